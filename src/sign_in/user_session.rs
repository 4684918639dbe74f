//! The session that a sign-in begins for its user, in pools that track sessions.

use crate::domain::tokens::SignIn;
use crate::domain::user::User;
use crate::domain::user_agent;
use crate::domain::user_session::Activity;
use crate::error::Result;
use crate::ids::UserSessionId;
use crate::sign_in::client::ClientContext;
use crate::store::WriteTx;

/// Begins the session of a sign-in. Where the user has as many sessions as the pool allows, the one that was
/// active longest ago ends.
///
/// # Errors
/// `InternalErrorException` when the store fails.
pub(super) fn begin(
    client: &ClientContext,
    tx: &WriteTx<'_>,
    user: &User,
    sign_in: &SignIn,
) -> Result<()> {
    let tracking = client.pool.sessions;
    if !tracking.enabled {
        return Ok(());
    }
    tx.make_room_for_user_session(user, tracking.max_per_user, client.cx.now)?;
    let id = UserSessionId::from(client.cx.ambient.token_session_id());
    tx.insert_user_session(user, sign_in, &id, &activity(client))
}

/// Notes that the tokens of a sign-in are refreshed.
///
/// # Errors
/// `InternalErrorException` when the store fails.
pub(super) fn go_on(client: &ClientContext, tx: &WriteTx<'_>, sign_in: &SignIn) -> Result<()> {
    if !client.pool.sessions.enabled {
        return Ok(());
    }
    tx.put_activity(sign_in, &activity(client))
}

fn activity(client: &ClientContext) -> Activity {
    Activity {
        at: client.cx.now,
        ip: client.ip.clone(),
        device_type: client.user_agent().and_then(user_agent::description),
    }
}
