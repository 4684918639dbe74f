//! Reading a seed: JSON, the model's constraints, no unknown member, and values that fit together.

use std::collections::{BTreeMap, HashSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::api::constraint::{Kind, Structure, check};
use crate::api::{
    AttributeType, DeviceType, SchemaAttributeType, Sensitive, SetUserPoolMfaConfigRequest,
    Timestamp, UserPoolClientType, UserPoolType, UserStatusType, UserType, schema,
};
use crate::auth::srp::Verifier;
use crate::domain::device::{Attributes, attribute, remembered_status};
use crate::domain::mfa::Factors;
use crate::domain::password::PasswordPolicy;
use crate::domain::pool::Configuration;
use crate::domain::{client, schema_attributes};
use crate::ids::{ClientId, DeviceKey, UserPoolId, Username};

/// Members of `admin-get-user`'s output that say nothing about the registry.
const READ_OVER: [&str; 3] = ["MFAOptions", "PreferredMfaSetting", "UserMFASettingList"];

/// A mistake, and where in the file it is.
pub(super) struct Fault {
    pub(super) place: String,
    pub(super) why: String,
}

impl Fault {
    fn at(place: &str, why: impl Into<String>) -> Self {
        Self {
            place: place.to_owned(),
            why: why.into(),
        }
    }
}

/// A pool of a seed.
pub(crate) struct SeedPool {
    pub(crate) place: String,
    pub(crate) id: UserPoolId,
    pub(crate) account: Option<String>,
    pub(crate) settings: UserPoolType,
    pub(crate) configuration: Configuration,
    /// What the settings do not tell of the second factors, if the seed tells it.
    pub(crate) factors: Option<Factors>,
    pub(crate) clients: Vec<SeedClient>,
    pub(crate) users: Vec<SeedUser>,
}

/// An app client of a seed.
pub(crate) struct SeedClient {
    pub(crate) place: String,
    pub(crate) id: ClientId,
    pub(crate) settings: UserPoolClientType,
}

/// A user of a seed; what it leaves open stays as it is, or gets its default.
pub(crate) struct SeedUser {
    pub(crate) place: String,
    pub(crate) username: Username,
    pub(crate) sub: Option<String>,
    pub(crate) enabled: Option<bool>,
    pub(crate) status: Option<UserStatusType>,
    pub(crate) created: Option<Timestamp>,
    pub(crate) modified: Option<Timestamp>,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) password: Option<SeedPassword>,
    pub(crate) devices: Vec<SeedDevice>,
}

impl SeedUser {
    /// The status that the user shall have: as the seed says, or as its password asks, or as it was.
    pub(crate) fn status(&self, before: Option<UserStatusType>) -> UserStatusType {
        let temporary = self.password.as_ref().map(SeedPassword::is_temporary);
        self.status.unwrap_or(match (temporary, before) {
            (Some(true), _) => UserStatusType::ForceChangePassword,
            (Some(false), Some(UserStatusType::ForceChangePassword)) | (_, None) => {
                UserStatusType::Confirmed
            }
            (_, Some(before)) => before,
        })
    }
}

impl SeedPassword {
    fn is_temporary(&self) -> bool {
        match self {
            Self::Plain(_, temporary) => *temporary,
            Self::Verifier(_, set) => set.is_some(),
        }
    }
}

/// A password of a seed.
pub(crate) enum SeedPassword {
    /// As it is, and whether it is temporary.
    Plain(Sensitive<String>, bool),
    /// As an export writes it; for a temporary one, when it was set.
    Verifier(Box<Verifier>, Option<Timestamp>),
}

/// A device of a seed.
pub(crate) struct SeedDevice {
    pub(crate) place: String,
    pub(crate) key: DeviceKey,
    pub(crate) confirmed: bool,
    pub(crate) remembered: Option<bool>,
    pub(crate) created: Option<Timestamp>,
    pub(crate) modified: Option<Timestamp>,
    pub(crate) authenticated: Option<Timestamp>,
    pub(crate) attributes: Attributes,
}

/// The pools of a seed for a server that stands for `region`.
pub(super) fn pools(text: &[u8], region: &str) -> Result<Vec<SeedPool>, Fault> {
    let root: Value =
        serde_json::from_slice(text).map_err(|error| Fault::at("", format!("no JSON: {error}")))?;
    let mut root = object("", root)?;
    let entries = if root.contains_key("UserPools") {
        let entries = take_list("", &mut root, "UserPools")?;
        none_left("", &root)?;
        entries
            .into_iter()
            .enumerate()
            .map(|(index, entry)| (format!("UserPools[{index}]."), entry))
            .collect()
    } else {
        vec![(String::new(), Value::Object(root))]
    };
    let mut seen = HashSet::new();
    entries
        .into_iter()
        .map(|(prefix, entry)| {
            let pool = pool(&prefix, entry, region)?;
            if seen.insert(pool.id.clone()) {
                Ok(pool)
            } else {
                Err(Fault::at(&pool.place, "the pool is given twice"))
            }
        })
        .collect()
}

fn pool(prefix: &str, entry: Value, region: &str) -> Result<SeedPool, Fault> {
    let place = format!("{prefix}UserPool");
    let mut entry = object(prefix.trim_end_matches('.'), entry)?;
    let settings = entry
        .remove("UserPool")
        .ok_or_else(|| Fault::at(prefix.trim_end_matches('.'), "UserPool is missing"))?;
    let mut settings = pool_settings(&place, settings)?;
    let id = settings
        .id
        .clone()
        .ok_or_else(|| Fault::at(&place, "Id is missing"))?;
    if id.region() != region {
        let why = format!(
            "the pool's id is of Region {}, this server stands for {region} (setting region)",
            id.region()
        );
        return Err(Fault::at(&place, why));
    }
    let configuration = Configuration::of(&settings).map_err(|why| Fault::at(&place, why))?;
    let account = take_account(prefix, &mut entry)?;
    let factors = take_factors(prefix, &mut entry, &id, &mut settings)?;
    let clients = take_list(prefix, &mut entry, "Clients")?;
    let users = take_list(prefix, &mut entry, "Users")?;
    none_left(prefix.trim_end_matches('.'), &entry)?;
    let users: Vec<SeedUser> = users
        .into_iter()
        .enumerate()
        .map(|(index, value)| user(&format!("{prefix}Users[{index}]"), value))
        .collect::<Result<_, _>>()?;
    check_passwords(&settings, &users)?;
    let mut seen = HashSet::new();
    for user in &users {
        if !seen.insert(configuration.key_of(user.username.as_str())) {
            return Err(Fault::at(&user.place, "the user is given twice"));
        }
    }
    let clients = clients
        .into_iter()
        .enumerate()
        .map(|(index, value)| app_client(&format!("{prefix}Clients[{index}]"), value, &settings))
        .collect::<Result<Vec<_>, _>>()?;
    let mut seen = HashSet::new();
    if let Some(twice) = clients.iter().find(|client| !seen.insert(&client.id)) {
        return Err(Fault::at(&twice.place, "the client is given twice"));
    }
    Ok(SeedPool {
        place,
        id,
        account,
        settings,
        configuration,
        factors,
        clients,
        users,
    })
}

fn pool_settings(place: &str, value: Value) -> Result<UserPoolType, Fault> {
    let mut value = object(place, value)?;
    let given = value.contains_key("SchemaAttributes");
    let attributes = take_list(&format!("{place}."), &mut value, "SchemaAttributes")?
        .into_iter()
        .enumerate()
        .map(|(index, value)| {
            schema_attribute(&format!("{place}.SchemaAttributes[{index}]"), value)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let settings = decode(place, &schema::USER_POOL_TYPE, Value::Object(value))?;
    Ok(UserPoolType {
        schema_attributes: given.then_some(attributes),
        ..settings
    })
}

/// An attribute under the name that Cognito shows. The model limits the names that requests give: those that Cognito shows may
/// be longer by a prefix, and among its own is one that is longer in itself.
fn schema_attribute(place: &str, value: Value) -> Result<SchemaAttributeType, Fault> {
    let mut value = object(place, value)?;
    let Some(Value::String(name)) = value.remove("Name") else {
        return Err(Fault::at(place, "Name is missing"));
    };
    if !schema_attributes::is_standard(&name) {
        let given = schema_attributes::given_name(&name);
        value.insert("Name".to_owned(), Value::String(given.to_owned()));
    }
    let attribute = decode(place, &schema::SCHEMA_ATTRIBUTE_TYPE, Value::Object(value))?;
    Ok(SchemaAttributeType {
        name: Some(name),
        ..attribute
    })
}

/// What `get-user-pool-mfa-config` prints: the members of the request that sets it, but for the pool's id.
fn take_factors(
    prefix: &str,
    entry: &mut Map<String, Value>,
    id: &UserPoolId,
    settings: &mut UserPoolType,
) -> Result<Option<Factors>, Fault> {
    let Some(shown) = entry.remove("MfaConfig") else {
        return Ok(None);
    };
    let place = format!("{prefix}MfaConfig");
    let mut shown = object(&place, shown)?;
    let pool = Value::String(id.as_str().to_owned());
    if shown.insert("UserPoolId".to_owned(), pool).is_some() {
        return Err(Fault::at(&place, "unknown member 'UserPoolId'"));
    }
    let shape = &schema::SET_USER_POOL_MFA_CONFIG_REQUEST;
    let shown: SetUserPoolMfaConfigRequest = decode(&place, shape, Value::Object(shown))?;
    let modes = shown.mfa_configuration.zip(settings.mfa_configuration);
    if modes.is_some_and(|(one, other)| one != other) {
        return Err(Fault::at(
            &place,
            "MfaConfiguration is not that of the pool",
        ));
    }
    Ok(Some(Factors::from_shown(shown, settings)))
}

fn app_client(place: &str, value: Value, pool: &UserPoolType) -> Result<SeedClient, Fault> {
    let settings: UserPoolClientType = decode(place, &schema::USER_POOL_CLIENT_TYPE, value)?;
    if settings.user_pool_id.is_some() && settings.user_pool_id != pool.id {
        return Err(Fault::at(place, "UserPoolId is that of another pool"));
    }
    let standard = schema_attributes::standard();
    let attributes = pool.schema_attributes.as_ref().unwrap_or(&standard);
    client::check(&settings, attributes, "creating")
        .map_err(|error| Fault::at(place, error.message.unwrap_or_default()))?;
    Ok(SeedClient {
        place: place.to_owned(),
        id: settings
            .client_id
            .clone()
            .ok_or_else(|| Fault::at(place, "ClientId is missing"))?,
        settings: UserPoolClientType {
            client_id: None,
            user_pool_id: None,
            ..settings
        },
    })
}

fn take_account(prefix: &str, entry: &mut Map<String, Value>) -> Result<Option<String>, Fault> {
    match entry.remove("Account") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(id))
            if id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            Ok(Some(id))
        }
        Some(_) => Err(Fault::at(
            &format!("{prefix}Account"),
            "an AWS account id is a string of 12 digits",
        )),
    }
}

/// The passwords of a seed are held to the policy of their pool.
fn check_passwords(settings: &UserPoolType, users: &[SeedUser]) -> Result<(), Fault> {
    let policy = PasswordPolicy::of(settings.clone());
    for user in users {
        if let Some(SeedPassword::Plain(password, _)) = &user.password {
            policy
                .check(password.expose())
                .map_err(|refused| Fault::at(&user.place, refused.message.unwrap_or_default()))?;
        }
    }
    Ok(())
}

/// Takes the members that say something of the user's password.
fn take_password(
    place: &str,
    members: &mut Map<String, Value>,
) -> Result<Option<SeedPassword>, Fault> {
    let password = take_text(place, members, "Password")?;
    let temporary = take_text(place, members, "TemporaryPassword")?;
    let verifier = take_text(place, members, "PasswordVerifier")?;
    let salt = take_text(place, members, "Salt")?;
    let set = members.remove("TemporaryPasswordSetDate");
    let set: Option<Timestamp> = serde_json::from_value(set.unwrap_or_default())
        .map_err(|error| Fault::at(place, format!("TemporaryPasswordSetDate: {error}")))?;
    match (password, temporary, verifier.zip(salt)) {
        (None, None, None) => Ok(None),
        (Some(password), None, None) => plain(place, password, false),
        (None, Some(password), None) => plain(place, password, true),
        (None, None, Some((verifier, salt))) => {
            let verifier = stored(&verifier, &salt).ok_or_else(|| {
                Fault::at(
                    place,
                    "PasswordVerifier and Salt are not those of an export",
                )
            })?;
            Ok(Some(SeedPassword::Verifier(Box::new(verifier), set)))
        }
        _ => Err(Fault::at(
            place,
            "a user has either Password, TemporaryPassword, or PasswordVerifier and Salt",
        )),
    }
}

/// The limit of the model's `PasswordType`; its pattern allows no white space.
fn plain(place: &str, password: String, temporary: bool) -> Result<Option<SeedPassword>, Fault> {
    if password.chars().count() > 256 || password.chars().any(char::is_whitespace) {
        return Err(Fault::at(
            place,
            "a password has at most 256 characters, none of them white space",
        ));
    }
    Ok(Some(SeedPassword::Plain(password.into(), temporary)))
}

fn stored(verifier: &str, salt: &str) -> Option<Verifier> {
    let bytes = |text: &str| STANDARD.decode(text).ok();
    Verifier::from_stored(&bytes(salt)?, &bytes(verifier)?).ok()
}

fn take_text(
    place: &str,
    members: &mut Map<String, Value>,
    name: &str,
) -> Result<Option<String>, Fault> {
    match members.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Fault::at(place, format!("{name} is a string"))),
    }
}

fn user(place: &str, value: Value) -> Result<SeedUser, Fault> {
    let mut value = object(place, value)?;
    let devices = take_list(&format!("{place}."), &mut value, "Devices")?;
    let password = take_password(place, &mut value)?;
    for name in READ_OVER {
        value.remove(name);
    }
    // The two commands that print users name the attributes differently.
    if let Some(attributes) = value.remove("UserAttributes") {
        value.insert("Attributes".to_owned(), attributes);
    }
    let user: UserType = decode(place, &schema::USER_TYPE, Value::Object(value))?;
    let mut attributes = named_values(place, user.attributes.unwrap_or_default())?;
    let devices: Vec<SeedDevice> = devices
        .into_iter()
        .enumerate()
        .map(|(index, value)| device(&format!("{place}.Devices[{index}]"), value))
        .collect::<Result<_, _>>()?;
    let mut seen = HashSet::new();
    if let Some(twice) = devices.iter().find(|device| !seen.insert(&device.key)) {
        return Err(Fault::at(&twice.place, "the device is given twice"));
    }
    Ok(SeedUser {
        place: place.to_owned(),
        username: user
            .username
            .ok_or_else(|| Fault::at(place, "Username is missing"))?,
        sub: attributes.remove("sub"),
        enabled: user.enabled,
        status: user.user_status,
        created: user.user_create_date,
        modified: user.user_last_modified_date,
        attributes,
        password,
        devices,
    })
}

fn device(place: &str, value: Value) -> Result<SeedDevice, Fault> {
    let mut value = object(place, value)?;
    let confirmed = match value.remove("Confirmed") {
        None | Some(Value::Null) => true,
        Some(Value::Bool(confirmed)) => confirmed,
        Some(_) => return Err(Fault::at(place, "Confirmed is true or false")),
    };
    let device: DeviceType = decode(place, &schema::DEVICE_TYPE, Value::Object(value))?;
    let mut attributes = Attributes::default();
    let mut remembered = None;
    for (name, value) in named_values(place, device.device_attributes.unwrap_or_default())? {
        match name.as_str() {
            attribute::REMEMBERED_STATUS => remembered = Some(remembered_from(place, &value)?),
            // They follow from the registry.
            attribute::ARN | attribute::OWNER => {}
            _ if attributes.set(&name, value) => {}
            _ => {
                return Err(Fault::at(
                    place,
                    format!("DeviceAttributes: devices have no attribute '{name}'"),
                ));
            }
        }
    }
    Ok(SeedDevice {
        place: place.to_owned(),
        key: device
            .device_key
            .ok_or_else(|| Fault::at(place, "DeviceKey is missing"))?,
        confirmed,
        remembered,
        created: device.device_create_date,
        modified: device.device_last_modified_date,
        authenticated: device.device_last_authenticated_date,
        attributes,
    })
}

fn remembered_from(place: &str, status: &str) -> Result<bool, Fault> {
    [true, false]
        .into_iter()
        .find(|remembered| remembered_status(*remembered) == status)
        .ok_or_else(|| {
            Fault::at(
                place,
                format!(
                    "{} is '{}' or '{}'",
                    attribute::REMEMBERED_STATUS,
                    remembered_status(true),
                    remembered_status(false)
                ),
            )
        })
}

/// A list of names and values without the names that have no value.
fn named_values(place: &str, list: Vec<AttributeType>) -> Result<BTreeMap<String, String>, Fault> {
    let mut values = BTreeMap::new();
    for AttributeType { name, value } in list {
        let Some(value) = value else { continue };
        if values.insert(name.clone(), value.into_inner()).is_some() {
            return Err(Fault::at(
                place,
                format!("the attribute '{name}' is given twice"),
            ));
        }
    }
    Ok(values)
}

/// Checks a value against the model and decodes it; members that the model does not know are refused, since a misspelt one
/// would otherwise be lost in silence.
fn decode<T: DeserializeOwned>(
    place: &str,
    structure: &Structure,
    mut value: Value,
) -> Result<T, Fault> {
    if let Some(name) = unknown_member(structure, &value) {
        return Err(Fault::at(place, format!("unknown member '{name}'")));
    }
    check(structure, &mut value).map_err(|error| Fault::at(place, error.to_string()))?;
    serde_json::from_value(value).map_err(|error| Fault::at(place, error.to_string()))
}

/// The first member, however deep, that the model does not know.
fn unknown_member(structure: &Structure, value: &Value) -> Option<String> {
    value.as_object()?.iter().find_map(|(name, value)| {
        let Some(member) = structure.members.iter().find(|member| member.name == name) else {
            return Some(name.clone());
        };
        unknown_inside(&member.shape.kind, value).map(|inner| format!("{name}.{inner}"))
    })
}

fn unknown_inside(kind: &Kind, value: &Value) -> Option<String> {
    match kind {
        Kind::Structure(structure) => unknown_member(structure, value),
        Kind::List(items) => value
            .as_array()?
            .iter()
            .find_map(|item| unknown_inside(&items.kind, item)),
        Kind::Map { value: shape, .. } => value
            .as_object()?
            .values()
            .find_map(|value| unknown_inside(&shape.kind, value)),
        Kind::Text { .. }
        | Kind::Integer
        | Kind::Long
        | Kind::Boolean
        | Kind::Timestamp
        | Kind::Blob
        | Kind::Document => None,
    }
}

fn object(place: &str, value: Value) -> Result<Map<String, Value>, Fault> {
    match value {
        Value::Object(members) => Ok(members),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(Fault::at(place, "an object is expected here"))
        }
    }
}

fn take_list(
    prefix: &str,
    members: &mut Map<String, Value>,
    name: &str,
) -> Result<Vec<Value>, Fault> {
    match members.remove(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(Fault::at(
            &format!("{prefix}{name}"),
            "a list is expected here",
        )),
    }
}

fn none_left(place: &str, members: &Map<String, Value>) -> Result<(), Fault> {
    match members.keys().next() {
        Some(name) => Err(Fault::at(place, format!("unknown member '{name}'"))),
        None => Ok(()),
    }
}
