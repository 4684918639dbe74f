//! Applying seeds: what they say holds afterwards.

use std::fmt::Display;
use std::sync::Arc;
use std::vec;

use super::file::{SeedFile, each_user};
use super::passwords;
use super::place::Place;
use super::records::kind::with_part;
use super::records::password::{self, SeedPassword};
use super::records::pool::SeedPool;
use super::records::user::{NamedUsers, SeedUser};
use super::refusal::{Refusal, SeedError};
use super::report::{Progress, Summary};
use crate::ambient::Ambient;
use crate::api::Timestamp;
use crate::domain::pool::Pool;
use crate::error::Result;
use crate::ids::AccountId;
use crate::store::{KeptPassword, Store, WriteTx, Written};

/// Applies all files in one transaction; `account` owns the new pools that name no other, `tell` hears how far it has come.
///
/// # Errors
/// [`SeedError::Unfit`] when a file is refused, [`SeedError::Store`] when the registry fails; nothing is written then.
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
            named: NamedUsers::default(),
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
    /// What is kept of the passwords that the seeds have in plain text, in the order of files and users.
    passwords: vec::IntoIter<KeptPassword>,
    /// The users that the file has named so far.
    named: NamedUsers,
    summary: Summary,
}

/// A pool that has been written, without its users.
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
        self.named = NamedUsers::default();
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

    /// Writes everything of a pool but its users.
    fn pool<'s>(&mut self, seed: &'s SeedPool) -> Result<WrittenPool<'s>, Refusal> {
        let (tx, now) = (self.tx, self.now);
        let (pool, written) = seed
            .put(tx, self.account, now)
            .map_err(|error| Refusal::of(&seed.place, error))?;
        self.summary.count(written);
        let records = &seed.records;
        records.put(&seed.prefix, tx, &*pool, now, &mut self.summary)?;
        Ok(WrittenPool { seed, pool })
    }

    fn user(
        &mut self,
        pool: &WrittenPool<'_>,
        place: &Place<'_>,
        mut user: SeedUser,
    ) -> Result<(), Refusal> {
        let fail = |error| Refusal::of(place, error);
        let (tx, now) = (self.tx, self.now);
        let WrittenPool { seed, pool } = pool;
        let (row, written) = user
            .put(tx, seed, pool, &mut self.named, now)
            .map_err(fail)?;
        let has_new_password = match self.password(place, &mut user)? {
            Some(password) => {
                let is_new_user = written == Written::Created;
                password::put(tx, row, &password, is_new_user).map_err(fail)?
            }
            None => false,
        };
        self.summary.count(with_part(written, has_new_password));
        let (user, records) = user.kept(pool, seed, row);
        let prefix = format_args!("{place}.");
        records.put(&prefix, tx, &user, now, &mut self.summary)
    }

    /// What is kept of the user's password; `None` if the seed gives none.
    fn password(
        &mut self,
        place: &Place<'_>,
        user: &mut SeedUser,
    ) -> Result<Option<KeptPassword>, Refusal> {
        match user.password.take() {
            None => Ok(None),
            Some(SeedPassword::Verifier(verifier, set)) => {
                let (username, spelled) = (&user.username, &user.spelled);
                let kept = password::kept(*verifier, set, username, spelled, self.now);
                Ok(Some(kept))
            }
            Some(SeedPassword::Plain(..)) => {
                let kept = self.passwords.next();
                kept.map(Some).ok_or_else(|| Refusal::changed(place))
            }
        }
    }
}
