//! The users of a seed, their passwords and their devices.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Display;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::members::{Fault, decode, named_values, object, take_list, take_text, unwrapped};
use super::{SeedPool, device_place};
use crate::api::{
    DeviceSecretVerifierConfigType, DeviceType, Sensitive, Timestamp, UserStatusType, UserType,
    schema,
};
use crate::auth::srp::Verifier;
use crate::domain::device::{Attributes, attribute, remembered_status};
use crate::domain::pool::SignIn;
use crate::ids::{DeviceKey, Username};
use crate::store::DeviceSecret;

/// Members of `admin-get-user`'s output that say nothing about the registry.
const READ_OVER: [&str; 3] = ["MFAOptions", "PreferredMfaSetting", "UserMFASettingList"];

/// A user of a seed; what it leaves open stays as it is, or gets its default.
pub(crate) struct SeedUser {
    /// In lower case where the pool ignores case.
    pub(crate) username: Username,
    /// The username as the seed spells it, which a verifier goes with.
    pub(crate) spelled: Username,
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
    pub(crate) key: DeviceKey,
    pub(crate) confirmed: bool,
    pub(crate) remembered: Option<bool>,
    pub(crate) created: Option<Timestamp>,
    pub(crate) modified: Option<Timestamp>,
    pub(crate) authenticated: Option<Timestamp>,
    pub(crate) attributes: Attributes,
    pub(crate) secret: Option<DeviceSecret>,
}

/// Takes the members that say something of the user's password.
fn take_password(
    place: &dyn Display,
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
        (Some(password), None, None) => Ok(Some(SeedPassword::Plain(password.into(), false))),
        (None, Some(password), None) => Ok(Some(SeedPassword::Plain(password.into(), true))),
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

fn stored(verifier: &str, salt: &str) -> Option<Verifier> {
    let bytes = |text: &str| STANDARD.decode(text).ok();
    Verifier::from_stored(&bytes(salt)?, &bytes(verifier)?).ok()
}

/// A user of the pool, whose schema and policy the attributes and the password are held to.
pub(super) fn user(place: &dyn Display, value: Value, pool: &SeedPool) -> Result<SeedUser, Fault> {
    let mut value = object(place, value)?;
    let devices = take_list(&format_args!("{place}."), &mut value, "Devices")?;
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
    let sub = attributes.remove("sub");
    let attributes =
        (pool.schema.as_they_stand(attributes)).map_err(|why| Fault::at(place, why))?;
    if let Some(SeedPassword::Plain(password, _)) = &password {
        let checked = pool.policy.check(password.expose());
        checked.map_err(|refused| Fault::at(place, refused.message.unwrap_or_default()))?;
    }
    let spelled = user
        .username
        .ok_or_else(|| Fault::at(place, "Username is missing"))?;
    let username = pool.configuration.key_of(spelled.as_str());
    if let SignIn::Username { .. } = pool.configuration.sign_in {
        let checked = pool.configuration.attribute_of_name(&username);
        checked.map_err(|refused| Fault::at(place, refused.message.unwrap_or_default()))?;
    }
    Ok(SeedUser {
        username: Username::from(username),
        spelled,
        sub,
        enabled: user.enabled,
        status: user.user_status,
        created: user.user_create_date,
        modified: user.user_last_modified_date,
        attributes,
        password,
        devices: user_devices(place, devices)?,
    })
}

fn user_devices(place: &dyn Display, values: Vec<Value>) -> Result<Vec<SeedDevice>, Fault> {
    let mut devices: Vec<SeedDevice> = Vec::with_capacity(values.len());
    let mut seen = HashSet::new();
    for (index, value) in values.into_iter().enumerate() {
        let place = device_place(place, index);
        let device = device(&place, value)?;
        if !seen.insert(device.key.clone()) {
            return Err(Fault::at(&place, "the device is given twice"));
        }
        devices.push(device);
    }
    Ok(devices)
}

fn device(place: &dyn Display, value: Value) -> Result<SeedDevice, Fault> {
    let mut value = object(place, unwrapped("Device", value))?;
    let confirmed = match value.remove("Confirmed") {
        None | Some(Value::Null) => true,
        Some(Value::Bool(confirmed)) => confirmed,
        Some(_) => return Err(Fault::at(place, "Confirmed is true or false")),
    };
    let secret = take_secret(place, &mut value)?;
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
        key: device
            .device_key
            .ok_or_else(|| Fault::at(place, "DeviceKey is missing"))?,
        confirmed,
        remembered,
        created: device.device_create_date,
        modified: device.device_last_modified_date,
        authenticated: device.device_last_authenticated_date,
        attributes,
        secret,
    })
}

/// What `NewDeviceMetadata` told the device beside its key, and what it sent with `ConfirmDevice`.
fn take_secret(
    place: &dyn Display,
    members: &mut Map<String, Value>,
) -> Result<Option<DeviceSecret>, Fault> {
    let group_key = take_text(place, members, "DeviceGroupKey")?;
    let config = members.remove("DeviceSecretVerifierConfig");
    let config: Option<DeviceSecretVerifierConfigType> = config
        .filter(|config| !config.is_null())
        .map(|config| decode(place, &schema::DEVICE_SECRET_VERIFIER_CONFIG_TYPE, config))
        .transpose()?;
    let Some(group_key) = group_key else {
        return match config {
            None => Ok(None),
            Some(_) => Err(Fault::at(
                place,
                "DeviceSecretVerifierConfig goes with a DeviceGroupKey",
            )),
        };
    };
    let verifier = config.map(|config| {
        let (salt, value) = config.salt.zip(config.password_verifier)?;
        Verifier::of_device(&salt, &value).ok()
    });
    let verifier = match verifier {
        None => None,
        Some(Some(verifier)) => Some(verifier),
        Some(None) => {
            return Err(Fault::at(
                place,
                "DeviceSecretVerifierConfig is none that ConfirmDevice takes",
            ));
        }
    };
    Ok(Some(DeviceSecret {
        group_key,
        verifier,
    }))
}

fn remembered_from(place: &dyn Display, status: &str) -> Result<bool, Fault> {
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
