//! Counting failures: failed attempts of a user, which lock the user out, and wrong codes of a session, which end it.
//!
//! The two bounds do not depend on each other. The count of a user goes back to zero with every sign-in that is complete, so
//! somebody who knows the password could go on guessing codes while the user signs in; a session takes a fixed number of wrong
//! codes, whatever else happens.
//!
//! Failed attempts are counted for the user, over all names. A client that hides who exists counts them for the name that was
//! typed as well, and shows that lock only: to show that two names are locked together would show that they are one user's,
//! and so that there is a user. While only the user's lock holds, every password gets the answer of a wrong one.

use crate::auth::seal::SealKey;
use crate::domain::lockout::Attempts;
use crate::domain::pool::{Configuration, Pool};
use crate::domain::sign_in::{MAX_WRONG_CODES, Session};
use crate::domain::user::{User, UserRecord};
use crate::error::{ApiError, Result};
use crate::ids::Username;
use crate::sign_in::client::ClientContext;
use crate::store::{ReadTx, WriteTx};

/// The key that failed attempts for this sub are counted under.
fn attempts_key(seal: &SealKey, sub: &str) -> [u8; 32] {
    seal.derive("failed attempts", sub.as_bytes())
}

/// The key that failed attempts for a name are counted under, by the name as it was typed.
fn typed_attempts_key(seal: &SealKey, configuration: &Configuration, typed: &str) -> [u8; 32] {
    let key = configuration.key_of(typed);
    seal.derive("failed attempts by name", key.as_bytes())
}

/// The failed attempts of a user that failed attempts have not locked out.
///
/// # Errors
/// `NotAuthorizedException` when they have.
pub(crate) fn check_not_locked(
    client: &ClientContext,
    tx: &ReadTx<'_>,
    sub: &str,
) -> Result<Attempts> {
    not_locked(client, tx, &attempts_key(&client.keys.seal, sub))
}

fn not_locked(client: &ClientContext, tx: &ReadTx<'_>, key: &[u8; 32]) -> Result<Attempts> {
    let attempts = tx.failed_attempts(key)?;
    if attempts.locked(client.cx.now) {
        return Err(ApiError::not_authorized("Password attempts exceeded"));
    }
    Ok(attempts)
}

/// Holds the failed attempts of the user until the transaction ends: attempts at the same time wait for each other here.
///
/// # Errors
/// `TooManyRequestsException` when another attempt takes too long; `InternalErrorException` when the store fails.
pub(crate) fn hold_failures(client: &ClientContext, tx: &WriteTx<'_>, sub: &str) -> Result<()> {
    tx.hold_failed_attempts(&[&attempts_key(&client.keys.seal, sub)])
}

/// Counts a failed attempt of the user, whose failed attempts the transaction holds ([`hold_failures`]). Returns the answer that it gets: `refusal`, or that of a user who is locked out, whose
/// attempts do not count.
///
/// # Errors
/// `InternalErrorException` when the store fails.
pub(crate) fn count_failure(
    client: &ClientContext,
    tx: &WriteTx<'_>,
    sub: &str,
    refusal: ApiError,
) -> Result<ApiError> {
    let key = attempts_key(&client.keys.seal, sub);
    match not_locked(client, tx, &key) {
        Ok(attempts) => {
            tx.change_failed_attempts(&key, attempts, attempts.failed(client.cx.now))?;
            Ok(refusal)
        }
        Err(locked) => Ok(locked),
    }
}

/// Forgets the failed attempts of a user who has proved everything, under all names. `attempts` are those that
/// [`check_not_locked`] has read.
///
/// # Errors
/// `InternalErrorException` when the store fails.
pub(crate) fn forget_failures(
    client: &ClientContext,
    tx: &WriteTx<'_>,
    record: &UserRecord,
    attempts: Attempts,
) -> Result<()> {
    if attempts.failures == 0 {
        return Ok(());
    }
    forget(tx, &client.keys.seal, client.configuration()?, record)
}

/// Ends a user's lockout, and forgets the failed attempts.
///
/// # Errors
/// `InternalErrorException` when the store fails.
pub(crate) fn lift(tx: &WriteTx<'_>, pool: &Pool, user: &User) -> Result<()> {
    // In a pool without keys nobody has tried to sign in yet.
    let Some(keys) = tx.find_pool_keys(pool)? else {
        return Ok(());
    };
    let record = tx.user_record(user)?;
    forget(tx, &keys.seal, pool.configuration()?, &record)
}

fn forget(
    tx: &WriteTx<'_>,
    seal: &SealKey,
    configuration: &Configuration,
    record: &UserRecord,
) -> Result<()> {
    tx.forget_failed_attempts(&attempts_key(seal, &record.sub))?;
    let aliases = record.aliases(configuration).into_iter();
    let names = [record.username.as_str().to_owned(), record.sub.clone()]
        .into_iter()
        .chain(aliases.map(|(_, value)| value));
    for name in names {
        tx.forget_failed_attempts(&typed_attempts_key(seal, configuration, &name))?;
    }
    Ok(())
}

/// Takes one request from the quota of the user whose password is tried, by [`quota_name`].
///
/// # Errors
/// `TooManyRequestsException`.
pub(super) fn take_for_tried(client: &ClientContext, sub: &str, typed: &Username) -> Result<()> {
    let name = quota_name(client, sub, typed)?;
    client.cx.take_for_user(&name)
}

/// The name by which the quotas of a user are counted who has proved nothing yet: the sub. A client that hides who exists counts
/// by the name that was typed: a quota that two names share would show that they are one user's.
///
/// # Errors
/// As [`crate::sign_in::client::OpenClient::configuration`].
pub(crate) fn quota_name(client: &ClientContext, sub: &str, typed: &Username) -> Result<String> {
    if !client.app.hides_users() {
        return Ok(sub.to_owned());
    }
    let key = client.configuration()?.key_of(typed.as_str());
    // Hashed, since names of any length may be typed, and quotas are kept in memory.
    let key = client.keys.seal.derive("quota by name", key.as_bytes());
    Ok(hex::encode(key))
}

/// The user whose password is tried, who may not exist.
pub(super) struct Tried {
    pub(super) sub: String,
    /// The username as it was typed when the sign-in began.
    typed: Username,
    /// The answer to every password while attempts under other names have locked the user out.
    pub(super) locked: Option<ApiError>,
}

impl Tried {
    /// Foresees what [`Self::new`] reads of the user of one of these subs.
    pub(super) fn foresee(
        client: &ClientContext,
        tx: &ReadTx<'_>,
        subs: &[String],
        typed: &Username,
    ) {
        let seal = &client.keys.seal;
        let hides = client.app.hides_users().then(|| client.configuration());
        for configuration in hides.into_iter().flatten() {
            let key = typed_attempts_key(seal, configuration, typed.as_str());
            let _ = tx.failed_attempts(&key);
        }
        for sub in subs {
            let _ = tx.failed_attempts(&attempts_key(seal, sub));
        }
    }

    /// # Errors
    /// `NotAuthorizedException` when the user is locked out, and the client may know it.
    pub(super) fn new(
        client: &ClientContext,
        tx: &ReadTx<'_>,
        sub: String,
        typed: Username,
    ) -> Result<Self> {
        let locked = if client.app.hides_users() {
            not_locked(
                client,
                tx,
                &typed_attempts_key(&client.keys.seal, client.configuration()?, typed.as_str()),
            )?;
            let by_other_names = tx.failed_attempts(&attempts_key(&client.keys.seal, &sub))?;
            by_other_names.locked(client.cx.now).then(|| {
                ApiError::wrong_password()
                    .because("attempts under other names have locked the user out")
            })
        } else {
            check_not_locked(client, tx, &sub)?;
            None
        };
        Ok(Self { sub, typed, locked })
    }

    /// Counts a failed attempt, under the name too where the client hides who exists. Returns the answer that it gets, with the
    /// reason for the log.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails.
    pub(super) fn count(
        self,
        client: &ClientContext,
        tx: &WriteTx<'_>,
        reason: Option<&'static str>,
    ) -> Result<ApiError> {
        let refusal = self.locked.unwrap_or_else(|| ApiError {
            reason: reason.map(str::to_owned),
            ..ApiError::wrong_password()
        });
        if !client.app.hides_users() {
            hold_failures(client, tx, &self.sub)?;
            return count_failure(client, tx, &self.sub, refusal);
        }
        let typed = typed_attempts_key(
            &client.keys.seal,
            client.configuration()?,
            self.typed.as_str(),
        );
        let users = attempts_key(&client.keys.seal, &self.sub);
        tx.hold_failed_attempts(&[&typed, &users])?;
        tx.foresee(|tx| {
            let _ = tx.failed_attempts(&users);
            let _ = tx.failed_attempts(&typed);
        });
        // The user's before the name's, as who forgets them comes to them.
        let of_user = tx.failed_attempts(&users)?;
        let of_name = match not_locked(client, tx, &typed) {
            Ok(attempts) => attempts,
            Err(locked) => return Ok(locked),
        };
        let now = client.cx.now;
        tx.change_failed_attempts(&typed, of_name, of_name.failed(now))?;
        if !of_user.locked(now) {
            tx.change_failed_attempts(&users, of_user, of_user.failed(now))?;
        }
        Ok(refusal)
    }
}

/// Counts a wrong code that came with the session. The last one that a session takes ends it.
///
/// # Errors
/// `InternalErrorException` when the store fails.
pub(super) fn count_wrong_code(tx: &WriteTx<'_>, session: &Session) -> Result<()> {
    let wrong = tx.count_wrong_code(&session.id, session.expires())?;
    if wrong >= MAX_WRONG_CODES {
        tx.use_session(&session.id, session.expires())?;
    }
    Ok(())
}
