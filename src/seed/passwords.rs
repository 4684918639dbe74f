//! The passwords of seeds: from what a seed says to what is kept, before any transaction begins.

use super::{SeedFile, SeedPassword, SeedPool, SeedUser};
use crate::ambient::Ambient;
use crate::api::Timestamp;
use crate::auth::srp::{Identity, Verifier};
use crate::error::Result;
use crate::store::{KeptPassword, Store};

/// What is to be kept of each user's password, in the order of files, pools and users.
pub(super) fn kept(
    store: &Store,
    files: &[SeedFile],
    ambient: &Ambient,
    now: Timestamp,
) -> Result<Vec<Option<KeptPassword>>> {
    let pools = files.iter().flat_map(|file| &file.pools);
    let users = pools.flat_map(|pool| pool.users.iter().map(move |user| (pool, user)));
    users
        .map(|(pool, user)| match &user.password {
            None => Ok(None),
            Some(SeedPassword::Verifier(verifier, set)) => Ok(Some(KeptPassword {
                verifier: Verifier::clone(verifier),
                temporary: set.is_some(),
                set: set.unwrap_or(now),
            })),
            Some(SeedPassword::Plain(password, temporary)) => {
                let who = Identity::user(&pool.id, user.username.as_str());
                let before = before(store, pool, user)?.filter(|before| {
                    before.temporary == *temporary
                        && before.verifier.accepts(who, password.expose())
                });
                Ok(Some(before.unwrap_or_else(|| KeptPassword {
                    verifier: Verifier::of_password(who, password.expose(), ambient),
                    temporary: *temporary,
                    set: now,
                })))
            }
        })
        .collect()
}

/// What is kept already: a password that still is the user's keeps its salt, and counts as unchanged.
fn before(store: &Store, pool: &SeedPool, user: &SeedUser) -> Result<Option<KeptPassword>> {
    store.read_now(|tx| {
        let Some(found) = tx.find_pool(&pool.id)? else {
            return Ok(None);
        };
        match tx.find_user_record(&found, &pool.configuration, &user.username)? {
            Some((row, record)) if record.username == user.username => tx.find_password(row),
            _ => Ok(None),
        }
    })
}
