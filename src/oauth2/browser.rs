//! The session of a browser at a domain, which all clients of the pool share (AWS's guide "User sessions").
//!
//! The cookie's value is random, and only its hash is kept. A session begins when a user signs in on the pages, and is not
//! extended by use. Signing out ends it, and so does what ends all of the user's sign-ins.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::api::{Sensitive, Timestamp, UserStatusType};
use crate::auth::refresh_token;
use crate::domain::pool::Pool;
use crate::domain::user::{User, UserRecord};
use crate::error::Result;
use crate::sign_in::ClientContext;
use crate::store::{BrowserSession, ReadTx, WriteTx};

/// Minutes for which a client reuses a session if nobody has set them.
const MINUTES: i64 = 60;

/// A session that has just begun, for the cookie.
pub(crate) struct NewBrowserSession {
    pub(crate) value: Sensitive<String>,
    /// How long it lasts.
    pub(crate) seconds: i64,
}

/// A session that the client may reuse, and its user.
pub(super) struct Found {
    pub(super) user: User,
    pub(super) record: UserRecord,
    pub(super) auth_time: Timestamp,
}

/// Begins a session of the user, who has just proved to be the user.
///
/// # Errors
/// `InternalErrorException` when the store fails.
pub(super) fn begin(
    client: &ClientContext,
    tx: &WriteTx<'_>,
    user: &User,
    auth_time: Timestamp,
) -> Result<NewBrowserSession> {
    let minutes = minutes(client, tx)?.max(MINUTES);
    let value = URL_SAFE_NO_PAD.encode(client.cx.ambient.bytes::<32>());
    let session = BrowserSession {
        user: user.row,
        auth_time,
        expires: after(auth_time, minutes),
    };
    tx.insert_browser_session(&hash(&value), user, &session)?;
    Ok(NewBrowserSession {
        value: value.into(),
        seconds: minutes.saturating_mul(60),
    })
}

/// The session of this cookie, if the client may reuse it now and its user may still sign in without being asked anything.
///
/// # Errors
/// `InternalErrorException` when the store fails.
pub(super) fn find(
    client: &ClientContext,
    tx: &ReadTx<'_>,
    value: &Sensitive<String>,
) -> Result<Option<Found>> {
    let Some(session) = tx.find_browser_session(&client.pool, &hash(value.expose()))? else {
        return Ok(None);
    };
    let end = after(session.auth_time, minutes(client, tx)?);
    if client.cx.now >= end.min(session.expires) {
        return Ok(None);
    }
    let (user, record) = tx.user_of_row(session.user)?;
    let asks_nothing = matches!(
        record.status,
        UserStatusType::Confirmed | UserStatusType::ExternalProvider
    );
    let may = record.enabled && asks_nothing;
    Ok(may.then_some(Found {
        user,
        record,
        auth_time: session.auth_time,
    }))
}

/// Ends the session of this cookie.
///
/// # Errors
/// `InternalErrorException` when the store fails.
pub(super) fn end(tx: &WriteTx<'_>, pool: &Pool, value: &Sensitive<String>) -> Result<()> {
    let hash = hash(value.expose());
    match tx.find_browser_session(pool, &hash)? {
        Some(_) => tx.delete_browser_session(&hash),
        None => Ok(()),
    }
}

/// The minutes for which the client reuses a session.
fn minutes(client: &ClientContext, tx: &ReadTx<'_>) -> Result<i64> {
    let set = tx.sso_session_minutes(&client.pool, &client.app.id)?;
    Ok(set.unwrap_or(MINUTES))
}

fn after(time: Timestamp, minutes: i64) -> Timestamp {
    let span = minutes.saturating_mul(60_000);
    Timestamp::from_millis(time.millis().saturating_add(span))
}

fn hash(value: &str) -> [u8; 32] {
    refresh_token::hash(value)
}
