//! Reading a seed: JSON, the model's constraints, no unknown member, and values that fit together.

mod members;
mod stream;
mod users;

use std::collections::HashSet;
use std::fmt::{self, Display};
use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

pub(super) use self::members::Fault;
use self::members::{decode, none_left, object, take_list, take_text, unwrapped};
use self::stream::{Outline, Stop};
use crate::api::{
    SchemaAttributeType, SetUserPoolMfaConfigRequest, UserPoolClientType, UserPoolType, schema,
};
use crate::auth::seal::SealKey;
use crate::auth::signing_key::SigningKey;
use crate::domain::attributes::Schema;
use crate::domain::mfa::Factors;
use crate::domain::password::PasswordPolicy;
use crate::domain::pool::Configuration;
use crate::domain::{client_settings, pool_settings, schema_attributes};
use crate::ids::{AccountId, ClientId, UserPoolId};

pub(super) use self::users::{SeedDevice, SeedPassword, SeedUser};

/// A pool of a seed, without its users.
pub(crate) struct SeedPool {
    pub(crate) place: String,
    pub(crate) id: UserPoolId,
    pub(crate) account: Option<AccountId>,
    pub(crate) settings: UserPoolType,
    pub(crate) configuration: Configuration,
    /// What the settings do not tell of the second factors, if the seed tells it.
    pub(crate) factors: Option<Factors>,
    pub(crate) keys: Option<SeedKeys>,
    pub(crate) clients: Vec<SeedClient>,
    /// What stands before the places of its parts.
    prefix: String,
    /// What its users' attributes and passwords are held to.
    schema: Schema,
    policy: PasswordPolicy,
}

impl AsRef<Self> for SeedPool {
    fn as_ref(&self) -> &Self {
        self
    }
}

/// An app client of a seed.
pub(crate) struct SeedClient {
    pub(crate) place: String,
    pub(crate) id: ClientId,
    pub(crate) settings: UserPoolClientType,
}

/// What a pool of a seed seals sessions and signs tokens with.
pub(crate) struct SeedKeys {
    pub(crate) seal: SealKey,
    pub(crate) id: SigningKey,
    pub(crate) access: SigningKey,
}

/// What a seed says, users aside.
pub(super) struct Head {
    pub(super) pools: Vec<SeedPool>,
    /// Whether a user has a password that has yet to be turned into a verifier.
    pub(super) has_passwords: bool,
}

/// Reads everything of a seed but its users, for a server that stands for `region`.
pub(super) fn head(text: impl Read, region: &str) -> Result<Head, Fault> {
    let Outline {
        value,
        has_passwords,
    } = stream::outline(text).map_err(|error| no_json(&error))?;
    Ok(Head {
        pools: pools(value, region)?,
        has_passwords,
    })
}

/// Hands over the users of a seed whose pools have been read: the pool, the user's place, and the user.
pub(super) fn users<P: AsRef<SeedPool>, E: From<Fault>>(
    text: impl Read,
    pools: &[P],
    mut each: impl FnMut(&P, &UserPlace<'_>, SeedUser) -> Result<(), E>,
) -> Result<(), E> {
    let walked = stream::users(text, |pool, index, value| {
        let pool = pools.get(pool).ok_or_else(|| Fault::changed(&""))?;
        let prefix = &pool.as_ref().prefix;
        let place = UserPlace { prefix, index };
        each(pool, &place, users::user(&place, value, pool.as_ref())?)
    });
    walked.map_err(|stop| match stop {
        Stop::Refused(error) => error,
        Stop::Unreadable(error) => no_json(&error).into(),
    })
}

/// Where a user stands in a seed.
pub(super) struct UserPlace<'p> {
    prefix: &'p str,
    index: usize,
}

impl Display for UserPlace<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}Users[{}]", self.prefix, self.index)
    }
}

/// Where a device of the user at `place` stands.
pub(super) fn device_place(place: &dyn Display, index: usize) -> impl Display {
    fmt::from_fn(move |f| write!(f, "{place}.Devices[{index}]"))
}

fn no_json(error: &serde_json::Error) -> Fault {
    if error.is_io() {
        Fault::at(&"", error.to_string())
    } else {
        Fault::at(&"", format!("no JSON: {error}"))
    }
}

fn pools(root: Value, region: &str) -> Result<Vec<SeedPool>, Fault> {
    let mut root = object(&"", root)?;
    let entries = if root.contains_key("UserPools") {
        let entries = take_list(&"", &mut root, "UserPools")?;
        none_left(&"", &root)?;
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
    let own = prefix.trim_end_matches('.');
    let mut entry = object(&own, entry)?;
    let settings = entry
        .remove("UserPool")
        .ok_or_else(|| Fault::at(&own, "UserPool is missing"))?;
    let mut settings = shown_settings(&place, settings)?;
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
    pool_settings::check_together(&settings, settings.user_pool_tier)
        .map_err(|refused| Fault::at(&place, refused.message.unwrap_or_default()))?;
    let keys = take_keys(prefix, &mut entry)?;
    let clients = take_list(&prefix, &mut entry, "Clients")?;
    take_list(&prefix, &mut entry, "Users")?;
    none_left(&own, &entry)?;
    let clients = clients
        .into_iter()
        .enumerate()
        .map(|(index, value)| {
            app_client(&format_args!("{prefix}Clients[{index}]"), value, &settings)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let mut seen = HashSet::new();
    if let Some(twice) = clients.iter().find(|client| !seen.insert(&client.id)) {
        return Err(Fault::at(&twice.place, "the client is given twice"));
    }
    Ok(SeedPool {
        place,
        id,
        account,
        configuration,
        factors,
        keys,
        clients,
        prefix: prefix.to_owned(),
        schema: Schema::of(&settings),
        policy: PasswordPolicy::of(settings.clone()),
        settings,
    })
}

fn shown_settings(place: &dyn Display, value: Value) -> Result<UserPoolType, Fault> {
    let mut value = object(place, value)?;
    let given = value.contains_key("SchemaAttributes");
    let attributes = take_list(&format_args!("{place}."), &mut value, "SchemaAttributes")?
        .into_iter()
        .enumerate()
        .map(|(index, value)| {
            schema_attribute(&format_args!("{place}.SchemaAttributes[{index}]"), value)
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
fn schema_attribute(place: &dyn Display, value: Value) -> Result<SchemaAttributeType, Fault> {
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

/// What `seed export --with-keys` writes of a pool's keys, each in base64.
fn take_keys(prefix: &str, entry: &mut Map<String, Value>) -> Result<Option<SeedKeys>, Fault> {
    let Some(keys) = entry.remove("Keys") else {
        return Ok(None);
    };
    let place = format!("{prefix}Keys");
    let mut keys = object(&place, keys)?;
    let mut bytes = |name: &str| {
        let text = take_text(&place, &mut keys, name)?;
        let bytes = text.and_then(|text| STANDARD.decode(text).ok());
        let unfit = || Fault::at(&place, format!("{name} is not that of an export"));
        Ok((bytes.map(Zeroizing::new).ok_or_else(unfit)?, unfit()))
    };
    let (seal, no_seal) = bytes("Seal")?;
    let (id, no_id) = bytes("IdTokenKey")?;
    let (access, no_access) = bytes("AccessTokenKey")?;
    none_left(&place, &keys)?;
    Ok(Some(SeedKeys {
        seal: SealKey::from_bytes(&seal).ok_or(no_seal)?,
        id: SigningKey::from_pkcs8(&id).map_err(|_| no_id)?,
        access: SigningKey::from_pkcs8(&access).map_err(|_| no_access)?,
    }))
}

fn app_client(place: &dyn Display, value: Value, pool: &UserPoolType) -> Result<SeedClient, Fault> {
    let value = unwrapped("UserPoolClient", value);
    let settings: UserPoolClientType = decode(place, &schema::USER_POOL_CLIENT_TYPE, value)?;
    if settings.user_pool_id.is_some() && settings.user_pool_id != pool.id {
        return Err(Fault::at(place, "UserPoolId is that of another pool"));
    }
    let standard = schema_attributes::standard();
    let attributes = pool.schema_attributes.as_ref().unwrap_or(&standard);
    client_settings::check_given(&settings, attributes, "creating")
        .map_err(|error| Fault::at(place, error.message.unwrap_or_default()))?;
    Ok(SeedClient {
        place: place.to_string(),
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

fn take_account(prefix: &str, entry: &mut Map<String, Value>) -> Result<Option<AccountId>, Fault> {
    let id = match entry.remove("Account") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(id)) => AccountId::parse(&id),
        Some(_) => None,
    };
    let id = id.ok_or_else(|| {
        Fault::at(
            &format_args!("{prefix}Account"),
            "an AWS account id is a string of 12 digits",
        )
    })?;
    Ok(Some(id))
}
