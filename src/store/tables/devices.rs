//! The tables `devices` and `device_attributes`.
//!
//! Both stand under pool, username and device key, as operations name a device: what is told of one, in `device_attributes`, is
//! found in one step, without its user. Methods read confirmed devices only, unless they say otherwise: a device that was issued
//! but never confirmed exists for `ConfirmDevice` alone.

use std::sync::Arc;

use crate::api::Timestamp;
use crate::auth::srp::Verifier;
use crate::domain::client::MAX_ACCESS_TOKEN_SECONDS;
use crate::domain::device::{Attributes, Device, DeviceOwner};
use crate::domain::pool::Pool;
use crate::error::{ApiError, Result};
use crate::ids::{DeviceKey, UserPoolId, Username};
use crate::store::page::{Page, one_more};
use crate::store::tables::device_secrets::DeviceSecret;
use crate::store::tables::pools;
use crate::store::tx::{ReadTx, Row, WriteTx};

/// How long after a sign-in its last access token may end.
pub(super) const MAX_ACCESS_TOKEN_MS: i64 = MAX_ACCESS_TOKEN_SECONDS * 1000;

/// How many devices a user may have been issued and not confirmed.
const MAX_UNCONFIRMED: i64 = 50;

/// Whether a record was written, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    Created,
    Updated,
    Unchanged,
}

impl ReadTx<'_> {
    /// How many devices there are in all pools.
    pub(crate) fn count_devices(&self) -> Result<u64> {
        let count = self.one("SELECT count(*) FROM devices", (), |row| row.get(0))?;
        Ok(i64::cast_unsigned(count))
    }

    /// The owner's confirmed device with this key. Returns `None` for an unknown key, another user's device, a forgotten and an
    /// unconfirmed one.
    pub(crate) fn confirmed_device(
        &self,
        owner: &DeviceOwner,
        key: &DeviceKey,
    ) -> Result<Option<Device>> {
        let device = self.find_device(owner, key)?;
        Ok(device.filter(|device| device.confirmed))
    }

    /// The owner's device with this key, confirmed or not.
    pub(crate) fn find_device(
        &self,
        owner: &DeviceOwner,
        key: &DeviceKey,
    ) -> Result<Option<Device>> {
        self.maybe(
            "SELECT device_key, confirmed, remembered, created_ms, modified_ms, authenticated_s, status, name, last_ip, sdk
             FROM device_attributes WHERE pool = ?1 AND username_key = ?2 AND device_key = ?3",
            (owner.pool, &owner.username_key, key.as_str()),
            device,
        )
    }

    /// The pool with this id, and the device of this key that stands there under the name as a username, confirmed or not, by one
    /// statement. Returns `None` if there is no such pool. What else is read may be of a later state: no answer is made of both.
    pub(crate) fn glance_at_device(
        &self,
        pool: &UserPoolId,
        name: &Username,
        key: &DeviceKey,
    ) -> Result<Option<(Arc<Pool>, Option<Device>)>> {
        if let Some(pool) = self.pool_in_view(pool) {
            let owner = DeviceOwner::of_username(&pool, pool.configuration()?, name);
            let device = self.find_device(&owner, key)?;
            return Ok(Some((pool, device)));
        }
        self.glance(
            "SELECT pools.row, account, case_sensitive, alias_attributes, username_attributes,
                 challenge_required_on_new_device, device_only_remembered_on_user_prompt, threat_protection,
                 session_tracking, max_sessions,
                 device_key, confirmed, remembered, created_ms, modified_ms, authenticated_s, status, name, last_ip, sdk
             FROM pools LEFT JOIN device_attributes ON device_attributes.pool = pools.row
                 AND username_key = CASE WHEN coalesce(case_sensitive, TRUE) THEN ?2 ELSE ?3 END AND device_key = ?4
             WHERE id = ?1",
            (
                pool.as_str(),
                name.as_str(),
                name.as_str().to_lowercase(),
                key.as_str(),
            ),
            |row| {
                let is_there = row.get::<Option<String>>(10)?.is_some();
                let device = is_there.then(|| device_from(row, 10)).transpose()?;
                Ok((Arc::new(pools::pool(pool, row)?), device))
            },
        )
    }

    /// Up to `limit` confirmed devices of the owner whose keys come after `after`, all or the remembered ones.
    pub(crate) fn devices(
        &self,
        owner: &DeviceOwner,
        only_remembered: bool,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Page<Device>> {
        let devices = self.all(
            "SELECT device_key, confirmed, remembered, created_ms, modified_ms, authenticated_s, status, name, last_ip, sdk
             FROM device_attributes
             WHERE pool = ?1 AND username_key = ?2 AND confirmed AND (remembered OR NOT ?5) AND device_key > ?3
             ORDER BY device_key LIMIT ?4",
            (
                owner.pool,
                &owner.username_key,
                after.unwrap_or_default(),
                one_more(limit),
                only_remembered,
            ),
            device,
        )?;
        Ok(Page::cut(devices, limit))
    }

    /// All devices of the owner, confirmed or not, in the order of their keys.
    pub(crate) fn all_devices(&self, owner: &DeviceOwner) -> Result<Vec<Device>> {
        self.all(
            "SELECT device_key, confirmed, remembered, created_ms, modified_ms, authenticated_s, status, name, last_ip, sdk
             FROM device_attributes WHERE pool = ?1 AND username_key = ?2 ORDER BY device_key",
            (owner.pool, &owner.username_key),
            device,
        )
    }
}

impl WriteTx<'_> {
    /// Writes over a device that the owner has.
    pub(crate) fn change_device(&self, owner: &DeviceOwner, device: &Device) -> Result<()> {
        let given = &device.attributes;
        self.write(
            "UPDATE device_attributes SET confirmed = ?4, remembered = ?5, created_ms = ?6, modified_ms = ?7,
                 authenticated_s = ?8, status = ?9, name = ?10, last_ip = ?11, sdk = ?12
             WHERE pool = ?1 AND username_key = ?2 AND device_key = ?3",
            (
                owner.pool,
                &owner.username_key,
                device.key.as_str(),
                device.confirmed,
                device.remembered,
                device.created.millis(),
                device.modified.millis(),
                device.authenticated.millis().div_euclid(1000),
                &given.status,
                &given.name,
                &given.last_ip,
                &given.sdk,
            ),
        )
    }

    /// Writes the device and what it was issued. Returns false if the owner has one with this key, which stays as it is.
    pub(crate) fn add_device(
        &self,
        owner: &DeviceOwner,
        device: &Device,
        secret: Option<&DeviceSecret>,
    ) -> Result<bool> {
        let verifier = secret.and_then(|secret| secret.verifier.as_ref());
        let value = verifier.map(Verifier::value);
        let added = self.run(
            "INSERT INTO devices (pool, username_key, device_key, group_key, salt, verifier)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
            (
                owner.pool,
                &owner.username_key,
                device.key.as_str(),
                secret.map(|secret| &secret.group_key),
                verifier.map(Verifier::salt),
                value.as_ref().map(|value| value.expose().as_slice()),
            ),
        )?;
        if added == 0 {
            return Ok(false);
        }
        self.insert_device_attributes(owner, device)?;
        Ok(true)
    }

    fn insert_device_attributes(&self, owner: &DeviceOwner, device: &Device) -> Result<()> {
        let given = &device.attributes;
        self.write(
            "INSERT INTO device_attributes (pool, username_key, device_key, confirmed, remembered, created_ms, modified_ms,
                 authenticated_s, status, name, last_ip, sdk)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            (
                owner.pool,
                &owner.username_key,
                device.key.as_str(),
                device.confirmed,
                device.remembered,
                device.created.millis(),
                device.modified.millis(),
                device.authenticated.millis().div_euclid(1000),
                &given.status,
                &given.name,
                &given.last_ip,
                &given.sdk,
            ),
        )
    }

    /// Writes a device that a sign-in has issued with this group key. Of the owner's unconfirmed devices it deletes those that no access token can
    /// confirm any more, and the oldest beyond [`MAX_UNCONFIRMED`].
    pub(crate) fn issue_device(
        &self,
        owner: &DeviceOwner,
        device: &Device,
        group_key: &str,
    ) -> Result<()> {
        self.write(
            "DELETE FROM devices WHERE pool = ?1 AND username_key = ?2 AND device_key IN
                 (SELECT device_key FROM
                     (SELECT device_key, created_ms, row_number() OVER (ORDER BY created_ms DESC, device_key) AS place
                      FROM device_attributes WHERE pool = ?1 AND username_key = ?2 AND NOT confirmed) AS unconfirmed
                  WHERE created_ms < ?3 OR place >= ?4)",
            (
                owner.pool,
                &owner.username_key,
                device
                    .created
                    .millis()
                    .saturating_sub(MAX_ACCESS_TOKEN_MS),
                MAX_UNCONFIRMED,
            ),
        )?;
        self.insert_new(
            "INSERT INTO devices (pool, username_key, device_key, group_key) VALUES (?1, ?2, ?3, ?4)",
            (
                owner.pool,
                &owner.username_key,
                device.key.as_str(),
                group_key,
            ),
            || ApiError::internal("the key of a new device is taken"),
        )?;
        self.insert_device_attributes(owner, device)
    }

    /// Writes that the owner's device has signed in now, and from which address if that is known.
    pub(crate) fn device_signed_in(
        &self,
        owner: &DeviceOwner,
        key: &DeviceKey,
        ip: Option<&str>,
        now: Timestamp,
    ) -> Result<()> {
        self.write(
            "UPDATE device_attributes SET modified_ms = ?4, authenticated_s = ?5, last_ip = coalesce(?6, last_ip)
             WHERE pool = ?1 AND username_key = ?2 AND device_key = ?3",
            (
                owner.pool,
                &owner.username_key,
                key.as_str(),
                now.millis(),
                now.millis().div_euclid(1000),
                ip,
            ),
        )
    }

    /// Sets whether the owner's confirmed device is remembered, and its date of change. `None` changes the date alone. Returns
    /// false if there is no such device.
    pub(crate) fn set_remembered(
        &self,
        owner: &DeviceOwner,
        key: &DeviceKey,
        remembered: Option<bool>,
        now: Timestamp,
    ) -> Result<bool> {
        let changed = self.run(
            "UPDATE device_attributes SET remembered = coalesce(?4, remembered), modified_ms = ?5
             WHERE pool = ?1 AND username_key = ?2 AND device_key = ?3 AND confirmed",
            (
                owner.pool,
                &owner.username_key,
                key.as_str(),
                remembered,
                now.millis(),
            ),
        )?;
        Ok(changed > 0)
    }

    /// Deletes the owner's confirmed device. Returns false if there is no such device.
    pub(crate) fn forget_device(&self, owner: &DeviceOwner, key: &DeviceKey) -> Result<bool> {
        let forgotten = self.run(
            "DELETE FROM devices WHERE pool = ?1 AND username_key = ?2 AND device_key = ?3 AND EXISTS
                 (SELECT 1 FROM device_attributes
                  WHERE pool = ?1 AND username_key = ?2 AND device_key = ?3 AND confirmed)",
            (owner.pool, &owner.username_key, key.as_str()),
        )?;
        Ok(forgotten > 0)
    }
}

fn device(row: Row<'_>) -> Result<Device> {
    device_from(row, 0)
}

/// The device whose columns begin with the column `at`.
fn device_from(row: Row<'_>, at: usize) -> Result<Device> {
    Ok(Device {
        key: DeviceKey::from(row.get::<String>(at)?),
        confirmed: row.get(at + 1)?,
        remembered: row.get(at + 2)?,
        created: Timestamp::from_millis(row.get(at + 3)?),
        modified: Timestamp::from_millis(row.get(at + 4)?),
        authenticated: Timestamp::from_millis(row.get::<i64>(at + 5)?.saturating_mul(1000)),
        attributes: Attributes {
            status: row.get(at + 6)?,
            name: row.get(at + 7)?,
            last_ip: row.get(at + 8)?,
            sdk: row.get(at + 9)?,
        },
    })
}
