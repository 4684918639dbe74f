//! Turning the passwords of seeds into verifiers, on all processors, before the transaction begins.

use std::fmt::Display;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::bound::{BoundFile, FoundUser};
use super::records::password::SeedPassword;
use super::records::rules::PoolRules;
use super::refusal::Refusal;
use super::report::Progress;
use crate::ambient::Ambient;
use crate::api::{Sensitive, Timestamp};
use crate::auth::srp::{Identity, Verifier};
use crate::error::{ApiError, Result};
use crate::ids::{UserPoolId, Username};
use crate::store::{KeptPassword, Store};

/// A password in plain text of which the verifier has to be computed.
struct Plain {
    pool: UserPoolId,
    username: Username,
    password: Sensitive<String>,
    temporary: bool,
    /// What the registry keeps of the user's password. One that is still the user's keeps its salt, and counts as unchanged.
    before: Option<KeptPassword>,
}

/// What the registry keeps of the passwords that the files have in plain text, in the order of files and users.
///
/// # Errors
/// When a file is refused, and when the store fails.
pub(super) fn kept(
    store: &Store,
    files: &mut [BoundFile],
    ambient: &Ambient,
    now: Timestamp,
    tell: &(impl Fn(&dyn Display) + Sync),
) -> Result<Vec<KeptPassword>> {
    let mut passwords = Vec::new();
    for file in files.iter_mut().filter(|file| file.has_passwords) {
        file.each_user(
            |_| (),
            |found| {
                let FoundUser {
                    place, rules, user, ..
                } = found;
                if let Some(SeedPassword::Plain(password, temporary)) = user.password {
                    let before = before(store, rules, &user.username);
                    passwords.push(Plain {
                        before: before.map_err(|error| Refusal::of(place, error))?,
                        pool: rules.id.clone(),
                        username: user.username,
                        password,
                        temporary,
                    });
                }
                Ok(())
            },
        )?;
    }
    let (done, of) = (AtomicUsize::new(0), passwords.len());
    on_all_processors(passwords, |password| {
        let kept = password.kept(ambient, now);
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        tell(&Progress::Passwords { done, of });
        kept
    })
}

/// The results of `compute` for the items, in their order, computed on all processors.
///
/// # Errors
/// `InternalErrorException` when `compute` panics.
pub(super) fn on_all_processors<T: Send, R: Send>(
    items: Vec<T>,
    compute: impl Fn(T) -> R + Sync,
) -> Result<Vec<R>> {
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let (of, compute) = (items.len(), &compute);
    let size = of.div_ceil(processors).max(1);
    let mut rest = items.into_iter();
    thread::scope(|scope| {
        let mut shares = Vec::new();
        loop {
            let share: Vec<T> = rest.by_ref().take(size).collect();
            if share.is_empty() {
                break;
            }
            shares.push(scope.spawn(|| share.into_iter().map(compute).collect::<Vec<R>>()));
        }
        let mut results = Vec::with_capacity(of);
        for share in shares {
            let share = share.join();
            results
                .extend(share.map_err(|_| ApiError::internal("a password's arithmetic panicked"))?);
        }
        Ok(results)
    })
}

impl Plain {
    fn kept(self, ambient: &Ambient, now: Timestamp) -> KeptPassword {
        let who = Identity::user(&self.pool, self.username.as_str());
        let password = self.password.expose();
        let before = self.before.filter(|before| {
            let who = Identity::user(&self.pool, before.name(&self.username).as_str());
            before.temporary == self.temporary && before.verifier.accepts(who, password)
        });
        before.unwrap_or_else(|| KeptPassword {
            verifier: Verifier::of_password(who, password, ambient),
            made_with: None,
            temporary: self.temporary,
            set: now,
        })
    }
}

/// What the registry keeps of the password of the user with exactly this username; `None` if there is nothing.
fn before(store: &Store, pool: &PoolRules, username: &Username) -> Result<Option<KeptPassword>> {
    store.read_now(|tx| {
        let Some(found) = tx.find_pool(&pool.id)? else {
            return Ok(None);
        };
        match tx.find_user_record(&found, &pool.configuration, username)? {
            Some((row, record)) if record.username == *username => tx.find_password(row),
            _ => Ok(None),
        }
    })
}
