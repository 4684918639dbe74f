//! What devices were issued and prove themselves with, in the table `devices`.

use std::collections::BTreeMap;

use crate::auth::srp::Verifier;
use crate::domain::device::DeviceOwner;
use crate::error::{ApiError, Result};
use crate::ids::DeviceKey;
use crate::store::tx::{ReadTx, WriteTx};

/// What a sign-in looks at in a device.
pub(crate) struct SignInDevice {
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

impl ReadTx<'_> {
    /// What a sign-in of the owner looks at in the device with this key.
    pub(crate) fn find_sign_in_device(
        &self,
        owner: &DeviceOwner,
        key: &DeviceKey,
    ) -> Result<Option<SignInDevice>> {
        let found = self.maybe(
            "SELECT confirmed, remembered, group_key, salt, verifier
             FROM devices JOIN device_attributes USING (pool, username_key, device_key)
             WHERE pool = ?1 AND username_key = ?2 AND device_key = ?3",
            (owner.pool, &owner.username_key, key.as_str()),
            |row| {
                let numbers: (Option<Vec<u8>>, Option<Vec<u8>>) = (row.get(3)?, row.get(4)?);
                Ok((
                    row.get(0)?,
                    row.get(1)?,
                    row.get::<Option<String>>(2)?,
                    numbers,
                ))
            },
        )?;
        let device = found.map(|(confirmed, remembered, group_key, (salt, value))| {
            Ok(SignInDevice {
                key: key.clone(),
                confirmed,
                remembered,
                group_key: group_key.unwrap_or_default(),
                verifier: verifier(salt, value)?,
            })
        });
        device.transpose()
    }

    /// What the owner's devices were issued and prove themselves with, by their keys.
    pub(crate) fn device_secrets(
        &self,
        owner: &DeviceOwner,
    ) -> Result<BTreeMap<String, DeviceSecret>> {
        let found = self.all(
            "SELECT device_key, group_key, salt, verifier
             FROM devices WHERE pool = ?1 AND username_key = ?2 AND group_key IS NOT NULL",
            (owner.pool, &owner.username_key),
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
    /// Writes what the owner's device was issued and proves itself with, over what it had.
    pub(crate) fn put_device_secret(
        &self,
        owner: &DeviceOwner,
        key: &DeviceKey,
        secret: &DeviceSecret,
    ) -> Result<()> {
        let verifier = secret.verifier.as_ref();
        let value = verifier.map(Verifier::value);
        self.write(
            "UPDATE devices SET group_key = ?4, salt = ?5, verifier = ?6
             WHERE pool = ?1 AND username_key = ?2 AND device_key = ?3",
            (
                owner.pool,
                &owner.username_key,
                key.as_str(),
                &secret.group_key,
                verifier.map(Verifier::salt),
                value.as_ref().map(|value| value.expose().as_slice()),
            ),
        )
    }

    /// Writes what the owner's device proves itself with, if it was issued anything.
    pub(crate) fn set_device_verifier(
        &self,
        owner: &DeviceOwner,
        key: &DeviceKey,
        verifier: &Verifier,
    ) -> Result<()> {
        self.write(
            "UPDATE devices SET salt = ?4, verifier = ?5
             WHERE pool = ?1 AND username_key = ?2 AND device_key = ?3 AND group_key IS NOT NULL",
            (
                owner.pool,
                &owner.username_key,
                key.as_str(),
                verifier.salt(),
                verifier.value().expose().as_slice(),
            ),
        )
    }
}

/// What a device's password is proved against, if its row has any.
fn verifier(salt: Option<Vec<u8>>, value: Option<Vec<u8>>) -> Result<Option<Verifier>> {
    let numbers = salt.zip(value);
    let verifier = numbers.map(|(salt, value)| Verifier::from_stored(&salt, &value));
    verifier.transpose().map_err(ApiError::internal)
}
