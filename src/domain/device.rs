//! A device of a user: its states, and how Cognito shows it.
//!
//! ```text
//! sign-in ──> issued ──ConfirmDevice──> tracked ──UpdateDeviceStatus──> remembered
//!             (hidden)                  (not_remembered) <────────────┘
//!                                            └────────── ForgetDevice ──> gone
//! ```

use crate::api::{AttributeType, DeviceType, Sensitive, Timestamp};
use crate::domain::pool::{Configuration, Pool};
use crate::ids::{DeviceKey, Username};

/// The attributes that a device is given, in the order in which Cognito shows them (AWS API reference, `AdminGetDevice` and
/// `AdminListDevices` samples).
pub(crate) mod attribute {
    pub(crate) const STATUS: &str = "device_status";
    pub(crate) const NAME: &str = "device_name";
    pub(crate) const ARN: &str = "dev:device_arn";
    pub(crate) const OWNER: &str = "dev:device_owner";
    pub(crate) const LAST_IP: &str = "last_ip_used";
    pub(crate) const REMEMBERED_STATUS: &str = "dev:device_remembered_status";
    pub(crate) const SDK: &str = "dev:device_sdk";
}

/// The owner of a device: the row of the pool, and the username in the form for searching.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeviceOwner {
    pub(crate) pool: i64,
    pub(crate) username_key: String,
}

impl DeviceOwner {
    /// The owner of devices of the user with this username, who need not exist.
    pub(crate) fn of_username(
        pool: &Pool,
        configuration: &Configuration,
        username: &Username,
    ) -> Self {
        Self {
            pool: pool.row,
            username_key: configuration.key_of(username.as_str()),
        }
    }

    /// The owner's username.
    pub(crate) fn username(&self) -> Username {
        Username::from(self.username_key.clone())
    }
}

/// A stored device.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Device {
    pub(crate) key: DeviceKey,
    /// Whether `ConfirmDevice` was called. Before that no operation shows the device.
    pub(crate) confirmed: bool,
    pub(crate) remembered: bool,
    /// When a sign-in issued the key, in milliseconds.
    pub(crate) created: Timestamp,
    /// When the device was last changed, in milliseconds.
    pub(crate) modified: Timestamp,
    /// When the device last took part in a sign-in, in whole seconds.
    pub(crate) authenticated: Timestamp,
    pub(crate) attributes: Attributes,
}

/// The attributes that are stored. The other three follow from pool and owner.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Attributes {
    pub(crate) status: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) last_ip: Option<String>,
    pub(crate) sdk: Option<String>,
}

impl Attributes {
    /// Sets the stored attribute `name`. Returns `false` if there is no such attribute.
    pub(crate) fn set(&mut self, name: &str, value: String) -> bool {
        let place = match name {
            attribute::STATUS => &mut self.status,
            attribute::NAME => &mut self.name,
            attribute::LAST_IP => &mut self.last_ip,
            attribute::SDK => &mut self.sdk,
            _ => return false,
        };
        *place = Some(value);
        true
    }

    /// The attributes that are set, with their names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let given = [
            (attribute::STATUS, &self.status),
            (attribute::NAME, &self.name),
            (attribute::LAST_IP, &self.last_ip),
            (attribute::SDK, &self.sdk),
        ];
        given
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.as_deref()?)))
    }
}

/// The words of AWS's `DeviceRememberedStatusType`.
pub(crate) fn remembered_status(remembered: bool) -> &'static str {
    if remembered {
        "remembered"
    } else {
        "not_remembered"
    }
}

impl Device {
    /// The device as administrators see it: all seven attributes, of which those that the device was not given are absent.
    pub(crate) fn into_admin_view(mut self, pool: &Pool, owner: &Username) -> DeviceType {
        let owner = [owner.as_str(), ".", pool.id.as_str()].concat();
        let arn = [
            "arn:aws:cognito-idp:",
            pool.id.region(),
            ":",
            pool.account.as_str(),
            ":owner/",
            &owner,
            "/device/",
            self.key.as_str(),
        ]
        .concat();
        let given = std::mem::take(&mut self.attributes);
        let attributes = [
            (attribute::STATUS, given.status),
            (attribute::NAME, given.name),
            (attribute::ARN, Some(arn)),
            (attribute::OWNER, Some(owner)),
            (attribute::LAST_IP, given.last_ip),
            (
                attribute::REMEMBERED_STATUS,
                Some(remembered_status(self.remembered).to_owned()),
            ),
            (attribute::SDK, given.sdk),
        ];
        self.shown(attributes)
    }

    /// The device as its user sees it: without the attributes that begin with `dev:`.
    pub(crate) fn into_user_view(mut self) -> DeviceType {
        let given = std::mem::take(&mut self.attributes);
        let attributes = [
            (attribute::STATUS, given.status),
            (attribute::NAME, given.name),
            (attribute::LAST_IP, given.last_ip),
        ];
        self.shown(attributes)
    }

    /// The device with these of its attributes, as far as it has them.
    fn shown<const N: usize>(self, attributes: [(&'static str, Option<String>); N]) -> DeviceType {
        let shown = attributes.into_iter().filter_map(|(name, value)| {
            Some(AttributeType {
                name: name.to_owned(),
                value: Some(Sensitive::from(value?)),
            })
        });
        DeviceType {
            device_attributes: Some(shown.collect()),
            device_create_date: Some(self.created),
            device_key: Some(self.key),
            device_last_authenticated_date: Some(self.authenticated),
            device_last_modified_date: Some(self.modified),
        }
    }
}
