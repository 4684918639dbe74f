//! Applying seeds: what they say holds afterwards.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::vec;

use super::bound::{BoundFile, BoundPart, FoundUser, bind};
use super::file::SeedFile;
use super::passwords;
use super::place::Place;
use super::records::kind::{Occasion, with_part};
use super::records::password::{self, SeedPassword};
use super::records::rules::PoolRules;
use super::records::user::SeedUser;
use super::refusal::{Refusal, SeedError};
use super::report::{Progress, Summary};
use super::rows::Rows;
use crate::ambient::Ambient;
use crate::api::Timestamp;
use crate::domain::pool::Pool;
use crate::error::{ApiError, Result};
use crate::ids::{AccountId, UserPoolId};
use crate::store::{KeptPassword, Store, WriteTx, Written};

/// How a transaction ends that has applied all files.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Commit,
    /// All was checked against the registry, and nothing is written.
    RollBack,
}

/// Applies all files in one transaction, which then has this `ending`. `pool` is the pool of what names none, `account` owns the new
/// pools that name no other, and `tell` hears how far it has come.
///
/// # Errors
/// [`SeedError::Unfit`] when a file is refused, [`SeedError::Store`] when the registry fails; nothing is written then.
pub(crate) fn apply(
    store: &Store,
    files: Vec<SeedFile>,
    pool: Option<UserPoolId>,
    account: &AccountId,
    ambient: &Ambient,
    ending: Ending,
    tell: impl Fn(&dyn Display) + Send + Sync + 'static,
) -> Result<Summary, SeedError> {
    let account = account.clone();
    let now = Timestamp::from(ambient.now());
    let mut files = bind(store, files, pool)?;
    let passwords = passwords::kept(store, &mut files, ambient, now, &tell)?;
    let chance = ambient.clone();
    let (checked, what_was_checked) = sync_channel(1);
    let written = store.write_bulk(move |tx| {
        let mut application = Application {
            tx,
            occasion: Occasion {
                now,
                chance: &chance,
            },
            account: &account,
            passwords: passwords.into_iter(),
            pools: HashMap::new(),
            named: NamedUsers::default(),
            without_password: Rows::default(),
            summary: Summary::default(),
        };
        // Lists may stand in other files than their pools, and users in other files than their groups.
        application.each_part(&files, Application::pool)?;
        application.each_part(&files, Application::records)?;
        for file in &mut files {
            application.users(file, &tell)?;
        }
        application.summary.without_password = application.without_password.count();
        match ending {
            Ending::Commit => Ok(application.summary),
            Ending::RollBack => {
                let told = checked.try_send(application.summary);
                told.map_err(ApiError::internal)?;
                Err(ApiError::internal("the transaction was to be rolled back"))
            }
        }
    });
    match what_was_checked.try_recv() {
        Ok(summary) => Ok(summary),
        Err(_) => Ok(written?),
    }
}

/// Seeds on their way into the registry.
struct Application<'t, 'c> {
    tx: &'t WriteTx<'c>,
    occasion: Occasion<'t>,
    account: &'t AccountId,
    /// What is kept of the passwords that the seeds have in plain text, in the order of files and users.
    passwords: vec::IntoIter<KeptPassword>,
    /// The pools whose users have been written.
    pools: HashMap<UserPoolId, Arc<Pool>>,
    named: NamedUsers,
    /// The users who were created without a password and have got none since, without those of identity providers.
    without_password: Rows,
    summary: Summary,
}

/// The users that the document at hand has named so far. Users who are documents alone count as one document.
#[derive(Default)]
struct NamedUsers {
    document: Option<usize>,
    rows: Rows,
}

impl NamedUsers {
    /// The users that the document has named so far.
    fn of(&mut self, document: Option<usize>) -> &mut Rows {
        if self.document != document {
            *self = Self {
                document,
                rows: Rows::default(),
            };
        }
        &mut self.rows
    }
}

impl Application<'_, '_> {
    /// Writes something of each part of the files.
    fn each_part(
        &mut self,
        files: &[BoundFile],
        put: impl Fn(&mut Self, &BoundPart) -> Result<(), Refusal>,
    ) -> Result<()> {
        for file in files {
            for part in &file.parts {
                put(self, part).map_err(|refusal| refusal.in_file(&file.path))?;
            }
        }
        Ok(())
    }

    /// Writes the pool, if the part has its settings.
    fn pool(&mut self, part: &BoundPart) -> Result<(), Refusal> {
        if let Some(pool) = &part.pool {
            let written = pool.put(self.tx, self.account, self.occasion.now);
            let written = written.map_err(|error| Refusal::of(&pool.place, error))?;
            self.summary.count(written);
        }
        Ok(())
    }

    /// Writes what the part lists of its pool beside users.
    fn records(&mut self, part: &BoundPart) -> Result<(), Refusal> {
        let pool = self.written_pool(&part.prefix, &part.rules)?;
        let (records, prefix) = (&part.records, &part.prefix);
        records.put(prefix, self.tx, &*pool, &self.occasion, &mut self.summary)
    }

    /// The pool as it is when all pools have been written.
    fn written_pool(
        &mut self,
        place: &dyn Display,
        rules: &PoolRules,
    ) -> Result<Arc<Pool>, Refusal> {
        if let Some(pool) = self.pools.get(&rules.id) {
            return Ok(Arc::clone(pool));
        }
        let pool = self.tx.pool(&rules.id);
        let pool = pool.map_err(|error| Refusal::of(place, error))?;
        self.pools.insert(rules.id.clone(), Arc::clone(&pool));
        Ok(pool)
    }

    fn users(&mut self, file: &mut BoundFile, tell: &impl Fn(&dyn Display)) -> Result<()> {
        self.named = NamedUsers::default();
        let (path, of) = (file.path.clone(), file.source.bytes());
        let tell = |done| {
            tell(&Progress::File {
                file: &path,
                done,
                of,
            });
        };
        file.each_user(tell, |found| self.user(found))
    }

    fn user(&mut self, found: FoundUser<'_>) -> Result<(), Refusal> {
        let FoundUser {
            document,
            place,
            rules,
            mut user,
        } = found;
        let fail = |error| Refusal::of(place, error);
        let pool = self.written_pool(place, rules)?;
        let (tx, occasion) = (self.tx, self.occasion);
        let named = self.named.of(document);
        let written = user.put(tx, rules, &pool, named, occasion.now);
        let (row, written) = written.map_err(fail)?;
        let has_new_password = self.put_password(place, &mut user, row, written)?;
        let kept = user.kept(&pool, rules, row);
        let has_new_factors = user.factors.put(tx, &kept.user).map_err(fail)?;
        let written = with_part(written, has_new_password || has_new_factors);
        self.summary.count(written);
        let records = &user.records;
        records.put(&place.prefix(), tx, &kept, &occasion, &mut self.summary)
    }

    /// Writes the password of a user who has been `written`; returns whether the user had another, or none.
    fn put_password(
        &mut self,
        place: &Place<'_>,
        user: &mut SeedUser,
        row: i64,
        written: Written,
    ) -> Result<bool, Refusal> {
        let is_new_user = written == Written::Created;
        let Some(password) = self.password(place, user)? else {
            if is_new_user && !user.is_external() {
                self.without_password.insert(row);
            }
            return Ok(false);
        };
        self.without_password.remove(row);
        let put = password::put(self.tx, row, &password, is_new_user);
        put.map_err(|error| Refusal::of(place, error))
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
                let kept = password::kept(*verifier, set, username, spelled, self.occasion.now);
                Ok(Some(kept))
            }
            Some(SeedPassword::Plain(..)) => {
                let kept = self.passwords.next();
                kept.map(Some).ok_or_else(|| Refusal::changed(place))
            }
        }
    }
}
