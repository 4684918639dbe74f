//! Counting what failed: attempts of a user, which lock out, and wrong codes of a session, which end it.
//!
//! The two bounds do not depend on each other. The failed attempts of a user start anew with tokens, so somebody who knows the
//! password could go on guessing codes while the user signs in; a session takes a fixed number of wrong codes whatever else
//! happens.
//!
//! Failed attempts are counted for the user, over all names. A client that hides who exists counts them for the name that was
//! typed as well, and tells of that lock alone: whether two names are one user's would tell that there is such a user. While
//! only the user's lock holds, every password is a wrong one.

use crate::auth::seal::SealKey;
use crate::context::Cx;
use crate::domain::lockout::Attempts;
use crate::domain::pool::{Configuration, Pool};
use crate::domain::sign_in::{MAX_WRONG_CODES, Session};
use crate::domain::user::{User, UserRecord};
use crate::error::{ApiError, Result};
use crate::ids::Username;
use crate::operations::sign_in::app::App;
use crate::store::{ReadTx, WriteTx};

/// What failed attempts to sign in with this sub are counted under.
fn attempts_key(seal: &SealKey, sub: &str) -> [u8; 32] {
    seal.derive("failed attempts", sub.as_bytes())
}

/// What failed attempts to sign in with what was typed are counted under.
fn typed_attempts_key(seal: &SealKey, configuration: &Configuration, typed: &str) -> [u8; 32] {
    let key = configuration.key_of(typed);
    seal.derive("failed attempts by name", key.as_bytes())
}

/// Refuses a user whom too many failed attempts have locked out.
///
/// # Errors
/// `NotAuthorizedException`.
pub(super) fn check_not_locked(cx: &Cx, tx: &ReadTx<'_>, app: &App, sub: &str) -> Result<Attempts> {
    not_locked(cx, tx, &attempts_key(&app.keys.seal, sub))
}

fn not_locked(cx: &Cx, tx: &ReadTx<'_>, key: &[u8; 32]) -> Result<Attempts> {
    let attempts = tx.failed_attempts(key)?;
    if attempts.locked(cx.now) {
        return Err(ApiError::not_authorized("Password attempts exceeded"));
    }
    Ok(attempts)
}

/// Counts a failed attempt; returns the refusal that it gets.
pub(super) fn count_failure(
    cx: &Cx,
    tx: &WriteTx<'_>,
    app: &App,
    sub: &str,
    refusal: ApiError,
) -> Result<ApiError> {
    let key = attempts_key(&app.keys.seal, sub);
    match not_locked(cx, tx, &key) {
        Ok(attempts) => {
            tx.set_failed_attempts(&key, attempts.failed(cx.now))?;
            Ok(refusal)
        }
        Err(locked) => Ok(locked),
    }
}

/// Forgets the failed attempts of the user by all names: everything that the user is asked for has been proved.
pub(super) fn forget_failures(
    cx: &Cx,
    tx: &WriteTx<'_>,
    app: &App,
    record: &UserRecord,
    attempts: Attempts,
) -> Result<()> {
    if attempts.failures == 0 {
        return Ok(());
    }
    forget(cx, tx, &app.keys.seal, app.configuration()?, record)
}

/// Ends a user's lockout, and forgets the failed attempts.
pub(crate) fn lift(cx: &Cx, tx: &WriteTx<'_>, pool: &Pool, user: &User) -> Result<()> {
    // A pool without keys: nobody has tried to sign in yet.
    let Some(keys) = tx.find_pool_keys(pool)? else {
        return Ok(());
    };
    let record = tx.user_record(user)?;
    forget(cx, tx, &keys.seal, pool.configuration()?, &record)
}

fn forget(
    cx: &Cx,
    tx: &WriteTx<'_>,
    seal: &SealKey,
    configuration: &Configuration,
    record: &UserRecord,
) -> Result<()> {
    let none = Attempts::succeeded(cx.now);
    tx.set_failed_attempts(&attempts_key(seal, &record.sub), none)?;
    let aliases = record.aliases(configuration).into_iter();
    let names = [record.username.as_str().to_owned(), record.sub.clone()]
        .into_iter()
        .chain(aliases.map(|(_, value)| value));
    for name in names {
        tx.set_failed_attempts(&typed_attempts_key(seal, configuration, &name), none)?;
    }
    Ok(())
}

/// Takes one request from the quota of somebody whose password is tried. A client that hides who exists counts the name that
/// was typed: that two names share a quota would tell that they are one user's.
///
/// # Errors
/// `TooManyRequestsException`.
pub(super) fn take_for_tried(cx: &Cx, app: &App, sub: &str, typed: &Username) -> Result<()> {
    if !app.client.hides_users() {
        return cx.take_for_user(sub);
    }
    let key = app.configuration()?.key_of(typed.as_str());
    // A hash, since anything of any length may be typed, and quotas are kept in memory.
    let key = app.keys.seal.derive("quota by name", key.as_bytes());
    cx.take_for_user(&hex::encode(key))
}

/// Whom a password is tried for.
pub(super) struct Tried {
    pub(super) sub: String,
    /// What was typed as the username, when the sign-in began.
    typed: Username,
    /// What every password is answered while attempts under other names have locked the user out.
    pub(super) locked: Option<ApiError>,
}

impl Tried {
    /// # Errors
    /// `NotAuthorizedException` when the client may be told that nobody may try now.
    pub(super) fn new(
        cx: &Cx,
        tx: &ReadTx<'_>,
        app: &App,
        sub: String,
        typed: Username,
    ) -> Result<Self> {
        let locked = if app.client.hides_users() {
            not_locked(
                cx,
                tx,
                &typed_attempts_key(&app.keys.seal, app.configuration()?, typed.as_str()),
            )?;
            let by_other_names = tx.failed_attempts(&attempts_key(&app.keys.seal, &sub))?;
            by_other_names.locked(cx.now).then(|| {
                ApiError::wrong_password()
                    .because("attempts under other names have locked the user out")
            })
        } else {
            check_not_locked(cx, tx, app, &sub)?;
            None
        };
        Ok(Self { sub, typed, locked })
    }

    /// Counts a failed attempt; the refusal that it gets, with the reason for the log.
    pub(super) fn count(
        self,
        cx: &Cx,
        tx: &WriteTx<'_>,
        app: &App,
        reason: Option<&'static str>,
    ) -> Result<ApiError> {
        let refusal = self.locked.unwrap_or_else(|| ApiError {
            reason: reason.map(str::to_owned),
            ..ApiError::wrong_password()
        });
        if !app.client.hides_users() {
            return count_failure(cx, tx, app, &self.sub, refusal);
        }
        let typed = typed_attempts_key(&app.keys.seal, app.configuration()?, self.typed.as_str());
        let typed = not_locked(cx, tx, &typed).map(|attempts| (typed, attempts));
        let (typed, attempts) = match typed {
            Ok(open) => open,
            Err(locked) => return Ok(locked),
        };
        tx.set_failed_attempts(&typed, attempts.failed(cx.now))?;
        let users = attempts_key(&app.keys.seal, &self.sub);
        let attempts = tx.failed_attempts(&users)?;
        if !attempts.locked(cx.now) {
            tx.set_failed_attempts(&users, attempts.failed(cx.now))?;
        }
        Ok(refusal)
    }
}

/// Counts a wrong code that was sent with the session. The last one that a session takes ends it.
pub(super) fn count_wrong_code(tx: &WriteTx<'_>, session: &Session) -> Result<()> {
    let wrong = tx.count_wrong_code(&session.id, session.expires())?;
    if wrong >= MAX_WRONG_CODES {
        tx.use_session(&session.id, session.expires())?;
    }
    Ok(())
}
