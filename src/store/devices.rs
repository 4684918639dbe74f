//! The tables `devices` and `device_attributes`.
//!
//! Reading shows confirmed devices only, unless it says otherwise: a device that was issued but never confirmed exists for
//! `ConfirmDevice` and nobody else.

use rusqlite::{Params, Row};

use super::{ReadTx, WriteTx};
use crate::api::Timestamp;
use crate::domain::device::{Attributes, Device};
use crate::domain::user::User;
use crate::error::{ApiError, Result};
use crate::ids::DeviceKey;

/// Some devices of a user, in the order of their keys.
pub(crate) struct DevicePage {
    pub(crate) devices: Vec<Device>,
    /// Whether more follow.
    pub(crate) more: bool,
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
        let mut devices = self.gather(
            "SELECT d.device_key, d.confirmed, d.remembered, d.created_ms, d.modified_ms, d.authenticated_s, a.name, a.value
             FROM devices d LEFT JOIN device_attributes a ON a.device = d.row
             WHERE d.user = ?1 AND d.device_key = ?2",
            (user, key.as_str()),
        )?;
        Ok(devices.pop())
    }

    /// Up to `limit` confirmed devices of the user whose keys come after `after`.
    pub(crate) fn devices(
        &self,
        user: &User,
        after: Option<&str>,
        limit: u32,
    ) -> Result<DevicePage> {
        let mut devices = self.gather(
            "SELECT d.device_key, d.confirmed, d.remembered, d.created_ms, d.modified_ms, d.authenticated_s, a.name, a.value
             FROM (SELECT * FROM devices WHERE user = ?1 AND confirmed AND device_key > ?2 ORDER BY device_key LIMIT ?3) d
             LEFT JOIN device_attributes a ON a.device = d.row ORDER BY d.device_key",
            (user.row, after.unwrap_or_default(), limit.saturating_add(1)),
        )?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = devices.len() > limit;
        devices.truncate(limit);
        Ok(DevicePage { devices, more })
    }

    /// All devices of the user, confirmed or not, in the order of their keys.
    pub(crate) fn all_devices(&self, user: i64) -> Result<Vec<Device>> {
        self.gather(
            "SELECT d.device_key, d.confirmed, d.remembered, d.created_ms, d.modified_ms, d.authenticated_s, a.name, a.value
             FROM devices d LEFT JOIN device_attributes a ON a.device = d.row WHERE d.user = ?1 ORDER BY d.device_key",
            [user],
        )
    }

    /// Reads the rows of devices, each joined with its attributes, into devices.
    fn gather(&self, sql: &str, params: impl Params) -> Result<Vec<Device>> {
        let mut devices: Vec<Device> = Vec::new();
        self.all(sql, params, |row| {
            let key = row.get_ref(0)?.as_str()?;
            if devices.last().is_none_or(|last| last.key.as_str() != key) {
                devices.push(device(row, key)?);
            }
            if let (Some(device), Some(name)) =
                (devices.last_mut(), row.get_ref(6)?.as_str_or_null()?)
            {
                device.attributes.set(name, row.get(7)?);
            }
            Ok(())
        })?;
        Ok(devices)
    }
}

impl WriteTx<'_> {
    /// Writes the device, new or as it shall be from now on.
    pub(crate) fn put_device(&self, user: i64, device: &Device) -> Result<Written> {
        let written = match self.find_device(user, &device.key)? {
            Some(found) if found == *device => return Ok(Written::Unchanged),
            Some(_) => Written::Updated,
            None => Written::Created,
        };
        let row: i64 = self.one(
            "INSERT INTO devices (user, device_key, confirmed, remembered, created_ms, modified_ms, authenticated_s)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (user, device_key) DO UPDATE SET confirmed = excluded.confirmed, remembered = excluded.remembered,
                 created_ms = excluded.created_ms, modified_ms = excluded.modified_ms,
                 authenticated_s = excluded.authenticated_s
             RETURNING row",
            (
                user,
                device.key.as_str(),
                device.confirmed,
                device.remembered,
                device.created.millis(),
                device.modified.millis(),
                device.authenticated.millis().div_euclid(1000),
            ),
            |row| row.get(0),
        )?;
        if written == Written::Updated {
            self.run("DELETE FROM device_attributes WHERE device = ?1", [row])?;
        }
        for (name, value) in device.attributes.iter() {
            self.run(
                "INSERT INTO device_attributes (device, name, value) VALUES (?1, ?2, ?3)",
                (row, name, value),
            )?;
        }
        Ok(written)
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

    /// Forgets the user's confirmed device.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when there is no such device.
    pub(crate) fn forget_device(&self, user: &User, key: &DeviceKey) -> Result<()> {
        let changed = self.run(
            "DELETE FROM devices WHERE user = ?1 AND device_key = ?2 AND confirmed",
            (user.row, key.as_str()),
        )?;
        found(changed)
    }
}

fn found(changed: usize) -> Result<()> {
    if changed == 0 {
        Err(ApiError::no_such_device())
    } else {
        Ok(())
    }
}

fn device(row: &Row<'_>, key: &str) -> rusqlite::Result<Device> {
    Ok(Device {
        key: DeviceKey::from(key.to_owned()),
        confirmed: row.get(1)?,
        remembered: row.get(2)?,
        created: Timestamp::from_millis(row.get(3)?),
        modified: Timestamp::from_millis(row.get(4)?),
        authenticated: Timestamp::from_millis(row.get::<_, i64>(5)?.saturating_mul(1000)),
        attributes: Attributes::default(),
    })
}
