//! Applying seeds: what they say holds afterwards.

use std::fmt;
use std::path::Path;

use super::{SeedClient, SeedDevice, SeedError, SeedFile, SeedKeys, SeedPool, SeedUser, passwords};
use crate::ambient::Ambient;
use crate::api::{ErrorCode, Timestamp};
use crate::domain::device::Device;
use crate::domain::pool::Pool;
use crate::domain::user::{UserRecord, derived_sub};
use crate::error::{ApiError, Result};
use crate::store::{KeptPassword, Store, WriteTx, Written};

/// What the sdk attribute says of a device whose seed does not tell.
const DEFAULT_SDK: &str = "aws-sdk";
const DEFAULT_STATUS: &str = "valid";

/// How many records were created, updated, or already as they should be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) created: u64,
    pub(crate) updated: u64,
    pub(crate) unchanged: u64,
}

impl Summary {
    pub(super) fn add(&mut self, other: Self) {
        self.created += other.created;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
    }

    pub(super) fn count(&mut self, written: Written) {
        match written {
            Written::Created => self.created += 1,
            Written::Updated => self.updated += 1,
            Written::Unchanged => self.unchanged += 1,
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} created, {} updated, {} unchanged",
            self.created, self.updated, self.unchanged
        )
    }
}

/// Applies all files in one transaction; `account` owns the pools that name no other.
pub(crate) fn apply(
    store: &Store,
    files: Vec<SeedFile>,
    account: &str,
    ambient: &Ambient,
) -> Result<Summary, SeedError> {
    let account = account.to_owned();
    let now = Timestamp::from(ambient.now());
    let passwords = passwords::kept(store, &files, ambient, now)
        .map_err(|error| SeedError::Store(error.reason.unwrap_or_default()))?;
    store
        .write_now(move |tx| {
            let mut summary = Summary::default();
            let mut passwords = passwords.iter();
            for file in &files {
                for pool in &file.pools {
                    let passwords = passwords.by_ref().map(Option::as_ref);
                    apply_pool(tx, pool, passwords, &account, now, &mut summary)
                        .map_err(|(place, error)| at(&file.path, &place, error))?;
                }
            }
            Ok(summary)
        })
        .map_err(|error| {
            let why = error.reason.unwrap_or_default();
            if error.code == ErrorCode::InternalErrorException {
                SeedError::Store(why)
            } else {
                SeedError::Unfit(why)
            }
        })
}

/// A refusal with the file and the place in it as its reason; a failure of the registry has no place.
fn at(file: &Path, place: &str, error: ApiError) -> ApiError {
    if error.code == ErrorCode::InternalErrorException {
        return error;
    }
    let why = error.message.clone().unwrap_or_default();
    let seed_error = SeedError::new(file, place, why);
    error.because(seed_error)
}

type Placed<T> = Result<T, (String, ApiError)>;

fn apply_pool<'p>(
    tx: &WriteTx<'_>,
    seed: &SeedPool,
    passwords: impl Iterator<Item = Option<&'p KeptPassword>>,
    account: &str,
    now: Timestamp,
    summary: &mut Summary,
) -> Placed<()> {
    let fail = |error| (seed.place.clone(), error);
    let written = put_pool(tx, seed, account, now).map_err(fail)?;
    let pool = tx.pool(&seed.id).map_err(fail)?;
    summary.count(put_keys(tx, &pool, seed.keys.as_ref(), written).map_err(fail)?);
    for client in &seed.clients {
        let written =
            put_client(tx, &pool, client, now).map_err(|error| (client.place.clone(), error))?;
        summary.count(written);
    }
    for (user, password) in seed.users.iter().zip(passwords) {
        let (row, written) = put_user(tx, &pool, seed, user, now)
            .and_then(|(row, written)| Ok((row, put_password(tx, row, password, written)?)))
            .map_err(|error| (user.place.clone(), error))?;
        summary.count(written);
        for device in &user.devices {
            let written = put_device(tx, row, seed, device, now)
                .map_err(|error| (device.place.clone(), error))?;
            summary.count(written);
        }
    }
    Ok(())
}

fn put_pool(tx: &WriteTx<'_>, seed: &SeedPool, account: &str, now: Timestamp) -> Result<Written> {
    let found = tx.find_pool(&seed.id)?;
    let before = found
        .as_ref()
        .map(|pool| tx.pool_settings(pool))
        .transpose()?;
    let account = seed
        .account
        .as_deref()
        .or(found.as_ref().map(|pool| pool.account.as_str()))
        .unwrap_or(account);
    let mut settings = seed.settings.clone();
    let created = before
        .as_ref()
        .and_then(|before| before.creation_date)
        .unwrap_or(now);
    let modified = before
        .as_ref()
        .and_then(|before| before.last_modified_date)
        .unwrap_or(created);
    settings.creation_date = settings.creation_date.or(Some(created));
    settings.last_modified_date = settings.last_modified_date.or(Some(modified));
    let same_factors = match (&found, &seed.factors) {
        (Some(pool), Some(factors)) => tx.pool_factors(pool)? == *factors,
        (None, _) | (_, None) => true,
    };
    let written = match &found {
        None => Written::Created,
        Some(pool)
            if pool.account == account && before.as_ref() == Some(&settings) && same_factors =>
        {
            return Ok(Written::Unchanged);
        }
        Some(_) => Written::Updated,
    };
    tx.put_pool(&seed.id, account, &settings)?;
    if let Some(before) = found {
        let names_stay = before.configuration.is_ok_and(|before| {
            before.case_sensitive == seed.configuration.case_sensitive
                && before.sign_in == seed.configuration.sign_in
        });
        if !names_stay {
            tx.name_users_anew(&tx.pool(&seed.id)?, &seed.configuration)?;
        }
    }
    if let Some(factors) = &seed.factors {
        tx.put_pool_factors(&tx.pool(&seed.id)?, factors)?;
    }
    Ok(written)
}

/// Gives the pool the keys of the seed, if it has other ones; what writing both came to.
fn put_keys(
    tx: &WriteTx<'_>,
    pool: &Pool,
    keys: Option<&SeedKeys>,
    written: Written,
) -> Result<Written> {
    let Some(keys) = keys else {
        return Ok(written);
    };
    let same = tx.find_pool_keys(pool)?.is_some_and(|kept| {
        kept.seal.as_bytes() == keys.seal.as_bytes()
            && kept.id_kid == keys.id.kid()
            && kept.access_kid == keys.access.kid()
    });
    if same {
        return Ok(written);
    }
    tx.replace_pool_keys(pool, &keys.seal, &keys.id, &keys.access)?;
    Ok(changed(written))
}

/// What writing a record came to of which a part was written besides.
fn changed(written: Written) -> Written {
    match written {
        Written::Unchanged => Written::Updated,
        Written::Created | Written::Updated => written,
    }
}

fn put_client(tx: &WriteTx<'_>, pool: &Pool, seed: &SeedClient, now: Timestamp) -> Result<Written> {
    let before = tx.find_client(pool, &seed.id)?;
    let mut settings = seed.settings.clone();
    let earlier = before.as_ref();
    settings.creation_date = settings
        .creation_date
        .or(earlier.and_then(|before| before.creation_date))
        .or(Some(now));
    settings.last_modified_date = settings
        .last_modified_date
        .or(earlier.and_then(|before| before.last_modified_date))
        .or(settings.creation_date);
    let written = match &before {
        Some(before) if *before == settings => return Ok(Written::Unchanged),
        Some(_) => Written::Updated,
        None => Written::Created,
    };
    tx.put_client(pool, &seed.id, &settings)?;
    Ok(written)
}

fn put_user(
    tx: &WriteTx<'_>,
    pool: &Pool,
    seed: &SeedPool,
    user: &SeedUser,
    now: Timestamp,
) -> Result<(i64, Written)> {
    let found = tx.find_user_record(pool, &seed.configuration, &user.username)?;
    let before = found.as_ref().map(|(_, record)| record);
    let created = user
        .created
        .or(before.map(|before| before.created))
        .unwrap_or(now);
    let record = UserRecord {
        username: user.username.clone(),
        sub: (user.sub.clone())
            .or_else(|| before.map(|before| before.sub.clone()))
            .unwrap_or_else(|| derived_sub(&seed.id, &user.username)),
        enabled: user
            .enabled
            .or(before.map(|before| before.enabled))
            .unwrap_or(true),
        status: user.status(before.map(|before| before.status)),
        created,
        modified: user
            .modified
            .or(before.map(|before| before.modified))
            .unwrap_or(created),
        attributes: user.attributes.clone(),
    };
    match found {
        Some((row, before)) if before == record => Ok((row, Written::Unchanged)),
        Some(_) => Ok((
            tx.put_user(pool, &seed.configuration, &record)?,
            Written::Updated,
        )),
        None => Ok((
            tx.put_user(pool, &seed.configuration, &record)?,
            Written::Created,
        )),
    }
}

/// Keeps the password of a user who has been written, if the seed says one and it is another; what writing both came to.
fn put_password(
    tx: &WriteTx<'_>,
    user: i64,
    password: Option<&KeptPassword>,
    written: Written,
) -> Result<Written> {
    let Some(password) = password else {
        return Ok(written);
    };
    if tx.find_password(user)?.as_ref() == Some(password) {
        return Ok(written);
    }
    tx.put_password(user, password)?;
    Ok(changed(written))
}

fn put_device(
    tx: &WriteTx<'_>,
    user: i64,
    seed: &SeedPool,
    device: &SeedDevice,
    now: Timestamp,
) -> Result<Written> {
    let before = tx.find_device(user, &device.key)?;
    let before = before.as_ref();
    let created = device
        .created
        .or(before.map(|before| before.created))
        .unwrap_or(now);
    let authenticated = device
        .authenticated
        .or(before.map(|before| before.authenticated))
        .unwrap_or(created);
    let always = seed
        .configuration
        .devices
        .is_some_and(|devices| !devices.only_remembered_on_user_prompt);
    let mut attributes = device.attributes.clone();
    attributes
        .status
        .get_or_insert_with(|| DEFAULT_STATUS.to_owned());
    attributes.sdk.get_or_insert_with(|| DEFAULT_SDK.to_owned());
    let (key, secret) = (&device.key, &device.secret);
    let device = Device {
        key: device.key.clone(),
        confirmed: device.confirmed,
        remembered: device.confirmed
            && device
                .remembered
                .or(before.map(|before| before.remembered))
                .unwrap_or(always),
        created,
        modified: device
            .modified
            .or(before.map(|before| before.modified))
            .unwrap_or(created),
        authenticated: authenticated.whole_seconds(),
        attributes,
    };
    let written = tx.put_device(user, &device)?;
    match secret {
        Some(secret) if tx.device_secrets(user)?.get(key.as_str()) != Some(secret) => {
            tx.put_device_secret(user, key, secret)?;
            Ok(changed(written))
        }
        Some(_) | None => Ok(written),
    }
}
