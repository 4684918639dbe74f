//! Applying seeds: what they say holds afterwards.

use std::collections::HashMap;
use std::fmt::{self, Display};
use std::sync::Arc;
use std::vec;

use super::parse::{
    SeedClient, SeedDevice, SeedKeys, SeedPassword, SeedPool, SeedUser, UserPlace, device_place,
};
use super::{Fault, Progress, Refusal, SeedError, SeedFile, each_user, passwords};
use crate::ambient::Ambient;
use crate::api::Timestamp;
use crate::domain::device::{Device, DeviceOwner};
use crate::domain::pool::Pool;
use crate::domain::user::{UserRecord, derived_sub};
use crate::error::{ApiError, Result};
use crate::figures::Count;
use crate::ids::AccountId;
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

    /// Counts a record that was added, or was there already and left as it was.
    pub(super) fn count_added(&mut self, added: bool) {
        self.count(if added {
            Written::Created
        } else {
            Written::Unchanged
        });
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} created, {} updated, {} unchanged",
            Count(self.created),
            Count(self.updated),
            Count(self.unchanged)
        )
    }
}

/// Applies all files in one transaction; `account` owns the pools that name no other, `tell` hears how far it has come.
pub(crate) fn apply(
    store: &Store,
    mut files: Vec<SeedFile>,
    account: &AccountId,
    ambient: &Ambient,
    tell: impl Fn(&dyn Display) + Send + Sync + 'static,
) -> Result<Summary, SeedError> {
    let account = account.clone();
    let now = Timestamp::from(ambient.now());
    let passwords = passwords::kept(store, &mut files, ambient, now, &tell)?;
    let summary = store.write_bulk(move |tx| {
        let mut application = Application {
            tx,
            now,
            account: &account,
            passwords: passwords.into_iter(),
            seen: Rows::default(),
            summary: Summary::default(),
        };
        for file in &mut files {
            application.file(file, &tell)?;
        }
        Ok(application.summary)
    })?;
    Ok(summary)
}

/// Seeds on their way into the registry.
struct Application<'t, 'c> {
    tx: &'t WriteTx<'c>,
    now: Timestamp,
    account: &'t AccountId,
    /// What is to be kept of the passwords that the seeds have as they are.
    passwords: vec::IntoIter<KeptPassword>,
    /// The users whom the file has named.
    seen: Rows,
    summary: Summary,
}

/// Rows of a table, a bit for each: they are numbered without large gaps.
#[derive(Default)]
struct Rows(HashMap<i64, u64>);

impl Rows {
    /// Adds the row; whether it was new.
    fn insert(&mut self, row: i64) -> bool {
        let bits = self.0.entry(row >> 6).or_default();
        let bit = 1 << (row & 63);
        let is_new = *bits & bit == 0;
        *bits |= bit;
        is_new
    }
}

/// A pool that has been written, its users aside.
struct WrittenPool<'s> {
    seed: &'s SeedPool,
    pool: Arc<Pool>,
}

impl AsRef<SeedPool> for WrittenPool<'_> {
    fn as_ref(&self) -> &SeedPool {
        self.seed
    }
}

impl Application<'_, '_> {
    fn file(&mut self, file: &mut SeedFile, tell: &impl Fn(&dyn Display)) -> Result<()> {
        let SeedFile {
            path,
            source,
            pools,
            ..
        } = file;
        let pools = pools.iter().map(|seed| self.pool(seed));
        let pools: Vec<WrittenPool<'_>> = pools
            .collect::<Result<_, _>>()
            .map_err(|refusal: Refusal| refusal.in_file(path))?;
        self.seen = Rows::default();
        let of = source.bytes();
        let tell = |done| {
            tell(&Progress::File {
                file: path,
                done,
                of,
            });
        };
        each_user(path, source, &pools, tell, |pool, place, user| {
            self.user(pool, place, user)
        })
    }

    /// Writes everything of the pool but its users.
    fn pool<'s>(&mut self, seed: &'s SeedPool) -> Result<WrittenPool<'s>, Refusal> {
        let (tx, now) = (self.tx, self.now);
        let fail = |error| Refusal::at(&seed.place, error);
        let written = put_pool(tx, seed, self.account, now).map_err(fail)?;
        let pool = tx.pool(&seed.id).map_err(fail)?;
        let written = put_keys(tx, &pool, seed.keys.as_ref(), written).map_err(fail)?;
        self.summary.count(written);
        for client in &seed.clients {
            let written = put_client(tx, &pool, client, now)
                .map_err(|error| Refusal::at(&client.place, error))?;
            self.summary.count(written);
        }
        Ok(WrittenPool { seed, pool })
    }

    fn user(
        &mut self,
        pool: &WrittenPool<'_>,
        place: &UserPlace<'_>,
        mut user: SeedUser,
    ) -> Result<(), Refusal> {
        let fail = |error| Refusal::at(place, error);
        let tx = self.tx;
        let (row, written) = self.put_user(pool, place, &user)?;
        let password = user.password.take();
        let password = self.password(place, &user, password)?;
        let written = put_password(tx, row, password.as_ref(), written).map_err(fail)?;
        self.summary.count(written);
        let owner = DeviceOwner::named(&pool.pool, &pool.seed.configuration, &user.username);
        for (index, device) in user.devices.iter().enumerate() {
            let written = put_device(tx, &owner, pool.seed, device, self.now)
                .map_err(|error| Refusal::at(device_place(place, index), error))?;
            self.summary.count(written);
        }
        Ok(())
    }

    /// Writes the user; the row, and what writing it came to.
    fn put_user(
        &mut self,
        pool: &WrittenPool<'_>,
        place: &UserPlace<'_>,
        user: &SeedUser,
    ) -> Result<(i64, Written), Refusal> {
        let fail = |error| Refusal::at(place, error);
        let (tx, now) = (self.tx, self.now);
        let WrittenPool { seed, pool } = pool;
        let configuration = &seed.configuration;
        // Most users are new, and writing one tells whether the pool has it.
        let added = tx.add_user(pool, configuration, &record(user, seed, None, now));
        if let Some(row) = added.map_err(fail)? {
            self.seen.insert(row);
            return Ok((row, Written::Created));
        }
        let found = tx.find_user_record(pool, configuration, &user.username);
        let (row, before) = found
            .and_then(|found| found.ok_or_else(|| ApiError::internal("the user is gone")))
            .map_err(fail)?;
        if !self.seen.insert(row) {
            return Err(Fault::at(place, "the user is given twice").into());
        }
        let record = record(user, seed, Some(&before), now);
        if before == record {
            return Ok((row, Written::Unchanged));
        }
        tx.put_user(pool, configuration, &record).map_err(fail)?;
        Ok((row, Written::Updated))
    }

    /// What is to be kept of a password.
    fn password(
        &mut self,
        place: &UserPlace<'_>,
        user: &SeedUser,
        password: Option<SeedPassword>,
    ) -> Result<Option<KeptPassword>, Refusal> {
        Ok(match password {
            None => None,
            Some(SeedPassword::Verifier(verifier, set)) => Some(KeptPassword {
                verifier: *verifier,
                made_with: Some(&user.spelled)
                    .filter(|spelled| **spelled != user.username)
                    .cloned(),
                temporary: set.is_some(),
                set: set.unwrap_or(self.now),
            }),
            Some(SeedPassword::Plain(..)) => {
                let kept = self.passwords.next();
                Some(kept.ok_or_else(|| Fault::changed(place))?)
            }
        })
    }
}

fn put_pool(
    tx: &WriteTx<'_>,
    seed: &SeedPool,
    account: &AccountId,
    now: Timestamp,
) -> Result<Written> {
    let found = tx.find_pool(&seed.id)?;
    let before = found
        .as_ref()
        .map(|pool| tx.pool_settings(pool))
        .transpose()?;
    let account = seed
        .account
        .as_ref()
        .or(found.as_ref().map(|pool| &pool.account))
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
            if pool.account == *account && before.as_ref() == Some(&settings) && same_factors =>
        {
            return Ok(Written::Unchanged);
        }
        Some(_) => Written::Updated,
    };
    tx.put_pool(&seed.id, account, &settings)?;
    if let Some(before) = found {
        let names_stay = before.configuration().is_ok_and(|before| {
            before.case_sensitive == seed.configuration.case_sensitive
                && before.sign_in == seed.configuration.sign_in
        });
        if !names_stay {
            let pool = tx.pool(&seed.id)?;
            tx.name_users_anew(&pool, &seed.configuration)?;
        }
    }
    if let Some(factors) = &seed.factors {
        let pool = tx.pool(&seed.id)?;
        tx.put_pool_factors(&pool, factors)?;
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

/// The user as the seed says, and where it leaves something open as it was, or as it is by default.
fn record(
    user: &SeedUser,
    seed: &SeedPool,
    before: Option<&UserRecord>,
    now: Timestamp,
) -> UserRecord {
    let created = user
        .created
        .or(before.map(|before| before.created))
        .unwrap_or(now);
    UserRecord {
        username: user.username.clone(),
        spelled: user.spelled.clone(),
        sub: (user.sub.clone())
            .or_else(|| before.map(|before| before.sub.clone()))
            .unwrap_or_else(|| derived_sub(&seed.id, &user.spelled)),
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
    if written != Written::Created && tx.find_password(user)?.as_ref() == Some(password) {
        return Ok(written);
    }
    tx.put_password(user, password)?;
    Ok(changed(written))
}

fn put_device(
    tx: &WriteTx<'_>,
    owner: &DeviceOwner,
    pool: &SeedPool,
    seed: &SeedDevice,
    now: Timestamp,
) -> Result<Written> {
    let secret = seed.secret.as_ref();
    // As with users, most are new.
    if tx.add_device(owner, &device(seed, pool, None, now), secret)? {
        return Ok(Written::Created);
    }
    let before = tx.find_device(owner, &seed.key)?;
    let device = device(seed, pool, before.as_ref(), now);
    let mut written = Written::Unchanged;
    if before.as_ref() != Some(&device) {
        tx.change_device(owner, &device)?;
        written = Written::Updated;
    }
    if let Some(secret) = secret
        && tx.device_secrets(owner)?.get(seed.key.as_str()) != Some(secret)
    {
        tx.put_device_secret(owner, &seed.key, secret)?;
        written = Written::Updated;
    }
    Ok(written)
}

/// The device as the seed says, and where it leaves something open as it was, or as it is by default.
fn device(seed: &SeedDevice, pool: &SeedPool, before: Option<&Device>, now: Timestamp) -> Device {
    let created = seed
        .created
        .or(before.map(|before| before.created))
        .unwrap_or(now);
    let authenticated = seed
        .authenticated
        .or(before.map(|before| before.authenticated))
        .unwrap_or(created);
    let always = pool
        .configuration
        .devices
        .is_some_and(|devices| !devices.only_remembered_on_user_prompt);
    let mut attributes = seed.attributes.clone();
    attributes
        .status
        .get_or_insert_with(|| DEFAULT_STATUS.to_owned());
    attributes.sdk.get_or_insert_with(|| DEFAULT_SDK.to_owned());
    Device {
        key: seed.key.clone(),
        confirmed: seed.confirmed,
        remembered: seed.confirmed
            && seed
                .remembered
                .or(before.map(|before| before.remembered))
                .unwrap_or(always),
        created,
        modified: seed
            .modified
            .or(before.map(|before| before.modified))
            .unwrap_or(created),
        authenticated: authenticated.whole_seconds(),
        attributes,
    }
}
