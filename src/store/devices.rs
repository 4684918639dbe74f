//! The tables `devices` and `device_attributes`.
//!
//! Reading shows confirmed devices only, unless it says otherwise: a device that was issued but never confirmed exists for
//! `ConfirmDevice` and nobody else.

use std::collections::BTreeMap;

use rusqlite::Row;

use super::{ReadTx, WriteTx};
use crate::api::Timestamp;
use crate::auth::srp::Verifier;
use crate::domain::device::{Attributes, Device};
use crate::domain::user::User;
use crate::error::{ApiError, Result};
use crate::ids::DeviceKey;

/// How long after a sign-in its last access token may end.
pub(super) const LONGEST_ACCESS_TOKEN_MS: i64 = 24 * 60 * 60 * 1000;

/// Some devices of a user, in the order of their keys.
pub(crate) struct DevicePage {
    pub(crate) devices: Vec<Device>,
    /// Whether more follow.
    pub(crate) more: bool,
}

/// What a sign-in looks at in a device.
pub(crate) struct SignInDevice {
    pub(crate) row: i64,
    pub(crate) key: DeviceKey,
    pub(crate) confirmed: bool,
    pub(crate) remembered: bool,
    /// The key that was issued along with the device's.
    pub(crate) group_key: String,
    /// What its password is proved against, if it was confirmed with any.
    pub(crate) verifier: Option<Verifier>,
}

/// What a device was issued, and proves itself with.
#[derive(Clone)]
pub(crate) struct DeviceSecret {
    /// The key that was issued along with the device's.
    pub(crate) group_key: String,
    /// What its password is proved against, if it was confirmed with any.
    pub(crate) verifier: Option<Verifier>,
}

impl PartialEq for DeviceSecret {
    fn eq(&self, other: &Self) -> bool {
        let numbers = |secret: &Self| {
            let verifier = secret.verifier.as_ref();
            verifier.map(|verifier| (verifier.salt().to_vec(), verifier.value()))
        };
        self.group_key == other.group_key && numbers(self) == numbers(other)
    }
}

/// What writing a record came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    Created,
    Updated,
    Unchanged,
}

impl ReadTx<'_> {
    /// The user's confirmed device with this key.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when there is none: an unknown key, another user's, a forgotten or an unconfirmed one.
    pub(crate) fn device(&self, user: &User, key: &DeviceKey) -> Result<Device> {
        let device = self.find_device(user.row, key)?;
        device
            .filter(|device| device.confirmed)
            .ok_or_else(ApiError::no_such_device)
    }

    /// The user's device with this key, confirmed or not.
    pub(crate) fn find_device(&self, user: i64, key: &DeviceKey) -> Result<Option<Device>> {
        self.maybe(
            "SELECT d.device_key, d.confirmed, d.remembered, d.created_ms, d.modified_ms, d.authenticated_s,
                    a.status, a.name, a.last_ip, a.sdk
             FROM devices d LEFT JOIN device_attributes a ON a.device = d.row WHERE d.user = ?1 AND d.device_key = ?2",
            (user, key.as_str()),
            device,
        )
    }

    /// What a sign-in of the user looks at in the device with this key.
    pub(crate) fn find_sign_in_device(
        &self,
        user: &User,
        key: &DeviceKey,
    ) -> Result<Option<SignInDevice>> {
        let found = self.maybe(
            "SELECT d.row, d.confirmed, d.remembered, s.group_key, s.salt, s.verifier
             FROM devices d LEFT JOIN device_secrets s ON s.device = d.row WHERE d.user = ?1 AND d.device_key = ?2",
            (user.row, key.as_str()),
            |row| {
                let numbers: (Option<Vec<u8>>, Option<Vec<u8>>) = (row.get(4)?, row.get(5)?);
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get::<_, Option<String>>(3)?, numbers))
            },
        )?;
        let device = found.map(|(row, confirmed, remembered, group_key, (salt, value))| {
            Ok(SignInDevice {
                row,
                key: key.clone(),
                confirmed,
                remembered,
                group_key: group_key.unwrap_or_default(),
                verifier: verifier(salt, value)?,
            })
        });
        device.transpose()
    }

    /// Up to `limit` confirmed devices of the user whose keys come after `after`, all or the remembered ones.
    pub(crate) fn devices(
        &self,
        user: &User,
        only_remembered: bool,
        after: Option<&str>,
        limit: u32,
    ) -> Result<DevicePage> {
        let mut devices = self.all(
            "SELECT d.device_key, d.confirmed, d.remembered, d.created_ms, d.modified_ms, d.authenticated_s,
                    a.status, a.name, a.last_ip, a.sdk
             FROM devices d LEFT JOIN device_attributes a ON a.device = d.row
             WHERE d.user = ?1 AND d.confirmed AND (d.remembered OR NOT ?4) AND d.device_key > ?2
             ORDER BY d.device_key LIMIT ?3",
            (
                user.row,
                after.unwrap_or_default(),
                limit.saturating_add(1),
                only_remembered,
            ),
            device,
        )?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = devices.len() > limit;
        devices.truncate(limit);
        Ok(DevicePage { devices, more })
    }

    /// All devices of the user, confirmed or not, in the order of their keys.
    pub(crate) fn all_devices(&self, user: i64) -> Result<Vec<Device>> {
        self.all(
            "SELECT d.device_key, d.confirmed, d.remembered, d.created_ms, d.modified_ms, d.authenticated_s,
                    a.status, a.name, a.last_ip, a.sdk
             FROM devices d LEFT JOIN device_attributes a ON a.device = d.row WHERE d.user = ?1 ORDER BY d.device_key",
            [user],
            device,
        )
    }

    /// What the user's devices were issued and prove themselves with, by their keys.
    pub(crate) fn device_secrets(&self, user: i64) -> Result<BTreeMap<String, DeviceSecret>> {
        let found = self.all(
            "SELECT d.device_key, s.group_key, s.salt, s.verifier
             FROM device_secrets s JOIN devices d ON d.row = s.device WHERE d.user = ?1",
            [user],
            |row| {
                let numbers: (Option<Vec<u8>>, Option<Vec<u8>>) = (row.get(2)?, row.get(3)?);
                Ok((row.get(0)?, row.get(1)?, numbers))
            },
        )?;
        let secrets = found.into_iter().map(|(key, group_key, (salt, value))| {
            Ok((
                key,
                DeviceSecret {
                    group_key,
                    verifier: verifier(salt, value)?,
                },
            ))
        });
        secrets.collect()
    }
}

impl WriteTx<'_> {
    /// Writes the device, new or as it shall be from now on.
    pub(crate) fn put_device(&self, user: i64, device: &Device) -> Result<Written> {
        if self.add_device(user, device)? {
            return Ok(Written::Created);
        }
        if self.find_device(user, &device.key)?.as_ref() == Some(device) {
            return Ok(Written::Unchanged);
        }
        self.change_device(user, device)?;
        Ok(Written::Updated)
    }

    /// Writes a device that the user has, as it shall be from now on.
    pub(crate) fn change_device(&self, user: i64, device: &Device) -> Result<()> {
        let row = self.one(
            "SELECT row FROM devices WHERE user = ?1 AND device_key = ?2",
            (user, device.key.as_str()),
            |row| row.get(0),
        )?;
        self.run(
            "UPDATE devices SET confirmed = ?2, remembered = ?3, created_ms = ?4, modified_ms = ?5, authenticated_s = ?6
             WHERE row = ?1",
            (
                row,
                device.confirmed,
                device.remembered,
                device.created.millis(),
                device.modified.millis(),
                device.authenticated.millis().div_euclid(1000),
            ),
        )?;
        self.put_attributes(row, device)
    }

    /// Writes the device, unless the user has one with this key; whether it was written.
    pub(crate) fn add_device(&self, user: i64, device: &Device) -> Result<bool> {
        let row = self.insert(
            "INSERT INTO devices (user, device_key, confirmed, remembered, created_ms, modified_ms, authenticated_s)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
            (
                user,
                device.key.as_str(),
                device.confirmed,
                device.remembered,
                device.created.millis(),
                device.modified.millis(),
                device.authenticated.millis().div_euclid(1000),
            ),
        )?;
        row.map(|row| self.put_attributes(row, device))
            .transpose()?;
        Ok(row.is_some())
    }

    fn put_attributes(&self, row: i64, device: &Device) -> Result<()> {
        let given = &device.attributes;
        self.run(
            "INSERT INTO device_attributes (device, status, name, last_ip, sdk) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (device) DO UPDATE SET status = excluded.status, name = excluded.name,
                 last_ip = excluded.last_ip, sdk = excluded.sdk",
            (row, &given.status, &given.name, &given.last_ip, &given.sdk),
        )
        .map(drop)
    }

    /// Writes a device that a sign-in has issued, and forgets those that the user was issued so long ago that no access token
    /// is left to confirm them with.
    pub(crate) fn issue_device(&self, user: &User, device: &Device, group_key: &str) -> Result<()> {
        self.run(
            "DELETE FROM devices WHERE user = ?1 AND NOT confirmed AND created_ms < ?2",
            (
                user.row,
                device
                    .created
                    .millis()
                    .saturating_sub(LONGEST_ACCESS_TOKEN_MS),
            ),
        )?;
        self.put_device(user.row, device)?;
        self.run(
            "INSERT INTO device_secrets (device, group_key) SELECT row, ?3 FROM devices WHERE user = ?1 AND device_key = ?2",
            (user.row, device.key.as_str(), group_key),
        )
        .map(drop)
    }

    /// Keeps what the user's device was issued and proves itself with from now on, in place of anything else.
    pub(crate) fn put_device_secret(
        &self,
        user: i64,
        key: &DeviceKey,
        secret: &DeviceSecret,
    ) -> Result<()> {
        let verifier = secret.verifier.as_ref();
        let value = verifier.map(Verifier::value);
        self.run(
            "INSERT INTO device_secrets (device, group_key, salt, verifier)
             SELECT row, ?3, ?4, ?5 FROM devices WHERE user = ?1 AND device_key = ?2
             ON CONFLICT (device) DO UPDATE SET group_key = excluded.group_key, salt = excluded.salt,
                 verifier = excluded.verifier",
            (
                user,
                key.as_str(),
                &secret.group_key,
                verifier.map(Verifier::salt),
                value.as_ref().map(|value| value.expose().as_slice()),
            ),
        )
        .map(drop)
    }

    /// Keeps what the user's device proves itself with from now on.
    pub(crate) fn set_device_verifier(
        &self,
        user: &User,
        key: &DeviceKey,
        verifier: &Verifier,
    ) -> Result<()> {
        self.run(
            "UPDATE device_secrets SET salt = ?3, verifier = ?4
             WHERE device = (SELECT row FROM devices WHERE user = ?1 AND device_key = ?2)",
            (
                user.row,
                key.as_str(),
                verifier.salt(),
                verifier.value().expose().as_slice(),
            ),
        )
        .map(drop)
    }

    /// Writes down that the device with this row has signed in.
    pub(crate) fn device_signed_in(
        &self,
        device: i64,
        ip: Option<&str>,
        now: Timestamp,
    ) -> Result<()> {
        self.run(
            "UPDATE devices SET modified_ms = ?2, authenticated_s = ?3 WHERE row = ?1",
            (device, now.millis(), now.millis().div_euclid(1000)),
        )?;
        if let Some(ip) = ip {
            self.run(
                "INSERT INTO device_attributes (device, last_ip) VALUES (?1, ?2)
                 ON CONFLICT (device) DO UPDATE SET last_ip = excluded.last_ip",
                (device, ip),
            )?;
        }
        Ok(())
    }

    /// Remembers the user's confirmed device, or ceases to.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when there is no such device.
    pub(crate) fn set_remembered(
        &self,
        user: &User,
        key: &DeviceKey,
        remembered: bool,
        now: Timestamp,
    ) -> Result<()> {
        let changed = self.run(
            "UPDATE devices SET remembered = ?3, modified_ms = ?4 WHERE user = ?1 AND device_key = ?2 AND confirmed",
            (user.row, key.as_str(), remembered, now.millis()),
        )?;
        found(changed)
    }

    /// Forgets the user's confirmed device, and every refresh token that is bound to it.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when there is no such device.
    pub(crate) fn forget_device(&self, user: &User, key: &DeviceKey) -> Result<()> {
        let changed = self.run(
            "DELETE FROM devices WHERE user = ?1 AND device_key = ?2 AND confirmed",
            (user.row, key.as_str()),
        )?;
        found(changed)?;
        self.drop_refresh_tokens_of(user, key)
    }
}

/// What a device's password is proved against, if its row has any.
fn verifier(salt: Option<Vec<u8>>, value: Option<Vec<u8>>) -> Result<Option<Verifier>> {
    let numbers = salt.zip(value);
    let verifier = numbers.map(|(salt, value)| Verifier::from_stored(&salt, &value));
    verifier.transpose().map_err(ApiError::internal)
}

fn found(changed: usize) -> Result<()> {
    if changed == 0 {
        Err(ApiError::no_such_device())
    } else {
        Ok(())
    }
}

fn device(row: &Row<'_>) -> rusqlite::Result<Device> {
    Ok(Device {
        key: DeviceKey::from(row.get::<_, String>(0)?),
        confirmed: row.get(1)?,
        remembered: row.get(2)?,
        created: Timestamp::from_millis(row.get(3)?),
        modified: Timestamp::from_millis(row.get(4)?),
        authenticated: Timestamp::from_millis(row.get::<_, i64>(5)?.saturating_mul(1000)),
        attributes: Attributes {
            status: row.get(6)?,
            name: row.get(7)?,
            last_ip: row.get(8)?,
            sdk: row.get(9)?,
        },
    })
}
