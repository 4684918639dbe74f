//! The devices of a user, as `admin-get-device` prints them, with what they prove themselves with.

use std::fmt::Display;

use serde_json::{Value, json};

use super::kind::{Kind, Occasion, Record};
use super::user::KeptUser;
use crate::api::{
    AttributeType, DeviceSecretVerifierConfigType, DeviceType, Sensitive, Timestamp, schema,
};
use crate::auth::srp::Verifier;
use crate::domain::device::{Attributes, Device, attribute, remembered_status};
use crate::error::Result;
use crate::ids::DeviceKey;
use crate::seed::members::{
    Members, decode, members_of, named_values, object, take_text, unwrapped,
};
use crate::seed::refusal::Refusal;
use crate::store::{DeviceSecret, ReadTx, WriteTx, Written};

pub(super) const KIND: Kind<KeptUser> = Kind {
    list: "Devices",
    alone: None,
    noun: "device",
    read: |place, value, _| Ok(Box::new(read(place, value)?)),
    export,
    number: Some(|holdings| &mut holdings.devices),
};

/// The attributes of a new device of which the seed does not give them.
const DEFAULT_SDK: &str = "aws-sdk";
const DEFAULT_STATUS: &str = "valid";

/// A device of a seed.
struct SeedDevice {
    key: DeviceKey,
    confirmed: bool,
    remembered: Option<bool>,
    created: Option<Timestamp>,
    modified: Option<Timestamp>,
    authenticated: Option<Timestamp>,
    attributes: Attributes,
    secret: Option<DeviceSecret>,
}

fn read(place: &dyn Display, value: Value) -> Result<SeedDevice, Refusal> {
    let mut value = object(place, unwrapped("Device", value))?;
    let confirmed = match value.remove("Confirmed") {
        None | Some(Value::Null) => true,
        Some(Value::Bool(confirmed)) => confirmed,
        Some(_) => return Err(Refusal::at(place, "Confirmed is true or false")),
    };
    let secret = take_secret(place, &mut value)?;
    let device: DeviceType = decode(place, &schema::DEVICE_TYPE, Value::Object(value))?;
    let (attributes, remembered) =
        read_attributes(place, device.device_attributes.unwrap_or_default())?;
    Ok(SeedDevice {
        key: device
            .device_key
            .ok_or_else(|| Refusal::at(place, "DeviceKey is missing"))?,
        confirmed,
        remembered,
        created: device.device_create_date,
        modified: device.device_last_modified_date,
        authenticated: device.device_last_authenticated_date,
        attributes,
        secret,
    })
}

/// The attributes, and whether they say that the device is remembered.
fn read_attributes(
    place: &dyn Display,
    list: Vec<AttributeType>,
) -> Result<(Attributes, Option<bool>), Refusal> {
    let mut attributes = Attributes::default();
    let mut remembered = None;
    for (name, value) in named_values(place, list)? {
        match name.as_str() {
            attribute::REMEMBERED_STATUS => remembered = Some(is_remembered(place, &value)?),
            // They follow from the registry.
            attribute::ARN | attribute::OWNER => {}
            _ if attributes.set(&name, value) => {}
            _ => {
                return Err(Refusal::at(
                    place,
                    format!("DeviceAttributes: devices have no attribute '{name}'"),
                ));
            }
        }
    }
    Ok((attributes, remembered))
}

fn is_remembered(place: &dyn Display, status: &str) -> Result<bool, Refusal> {
    let [yes, no] = [true, false].map(remembered_status);
    if status == yes || status == no {
        return Ok(status == yes);
    }
    let name = attribute::REMEMBERED_STATUS;
    Err(Refusal::at(place, format!("{name} is '{yes}' or '{no}'")))
}

/// Takes what `NewDeviceMetadata` gave the device besides its key, and what the device sent with `ConfirmDevice`.
fn take_secret(
    place: &dyn Display,
    members: &mut Members,
) -> Result<Option<DeviceSecret>, Refusal> {
    let group_key = take_text(place, members, "DeviceGroupKey")?;
    let config = members.remove("DeviceSecretVerifierConfig");
    let config: Option<DeviceSecretVerifierConfigType> = config
        .filter(|config| !config.is_null())
        .map(|config| decode(place, &schema::DEVICE_SECRET_VERIFIER_CONFIG_TYPE, config))
        .transpose()?;
    let Some(group_key) = group_key else {
        return match config {
            None => Ok(None),
            Some(_) => Err(Refusal::at(
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
            return Err(Refusal::at(
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

impl Record<KeptUser> for SeedDevice {
    fn key(&self) -> &str {
        self.key.as_str()
    }

    fn put(&self, tx: &WriteTx<'_>, user: &KeptUser, occasion: &Occasion<'_>) -> Result<Written> {
        let now = occasion.now;
        let owner = &user.user.owner;
        let configuration = user.pool.configuration()?.devices;
        let always = configuration.is_some_and(|devices| !devices.only_remembered_on_user_prompt);
        // As with users, most are new.
        if tx.add_device(owner, &self.after(None, always, now), self.secret.as_ref())? {
            return Ok(Written::Created);
        }
        let before = tx.find_device(owner, &self.key)?;
        let device = self.after(before.as_ref(), always, now);
        let mut written = Written::Unchanged;
        if before.as_ref() != Some(&device) {
            tx.change_device(owner, &device)?;
            written = Written::Updated;
        }
        if let Some(secret) = &self.secret
            && tx.device_secrets(owner)?.get(self.key.as_str()) != Some(secret)
        {
            tx.put_device_secret(owner, &self.key, secret)?;
            written = Written::Updated;
        }
        Ok(written)
    }
}

impl SeedDevice {
    /// The device as the seed says. What the seed leaves open stays as it was `before`, or gets its default; `always` is whether
    /// the pool remembers every confirmed device.
    fn after(&self, before: Option<&Device>, always: bool, now: Timestamp) -> Device {
        let created = self
            .created
            .or(before.map(|before| before.created))
            .unwrap_or(now);
        let modified = self.modified.or(before.map(|before| before.modified));
        let authenticated = self
            .authenticated
            .or(before.map(|before| before.authenticated));
        let remembered = self.remembered.or(before.map(|before| before.remembered));
        let mut attributes = self.attributes.clone();
        attributes
            .status
            .get_or_insert_with(|| DEFAULT_STATUS.to_owned());
        attributes.sdk.get_or_insert_with(|| DEFAULT_SDK.to_owned());
        Device {
            key: self.key.clone(),
            confirmed: self.confirmed,
            remembered: self.confirmed && remembered.unwrap_or(always),
            created,
            modified: modified.unwrap_or(created),
            authenticated: authenticated.unwrap_or(created).whole_seconds(),
            attributes,
        }
    }
}

fn export(tx: &ReadTx<'_>, user: &KeptUser) -> Result<Vec<Value>> {
    let owner = &user.user.owner;
    let secrets = tx.device_secrets(owner)?;
    let devices = tx.all_devices(owner)?.into_iter().map(|device| {
        let secret = secrets.get(device.key.as_str());
        exported(device, secret)
    });
    devices.collect()
}

fn exported(device: Device, secret: Option<&DeviceSecret>) -> Result<Value> {
    let confirmed = device.confirmed;
    let mut members = members_of(&shown(device))?;
    let mut insert = |name: &str, value| members.insert(name.to_owned(), value);
    if !confirmed {
        insert("Confirmed", json!(false));
    }
    if let Some(secret) = secret {
        insert("DeviceGroupKey", json!(secret.group_key));
        if let Some(verifier) = &secret.verifier {
            let (salt, value) = verifier.to_device();
            let config = json!({"PasswordVerifier": value.expose(), "Salt": salt});
            insert("DeviceSecretVerifierConfig", config);
        }
    }
    Ok(Value::Object(members))
}

/// The device with the attributes that a seed has, in their order.
fn shown(device: Device) -> DeviceType {
    let remembered = (
        attribute::REMEMBERED_STATUS,
        remembered_status(device.remembered),
    );
    let attributes = device.attributes.iter().chain([remembered]);
    let attributes = attributes.map(|(name, value)| AttributeType {
        name: name.to_owned(),
        value: Some(Sensitive::from(value.to_owned())),
    });
    DeviceType {
        device_attributes: Some(attributes.collect()),
        device_create_date: Some(device.created),
        device_key: Some(device.key),
        device_last_authenticated_date: Some(device.authenticated),
        device_last_modified_date: Some(device.modified),
    }
}
