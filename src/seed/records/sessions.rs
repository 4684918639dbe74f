//! How a pool and its clients treat sessions of users, as `get-user-pool-session-configuration` and
//! `get-user-pool-client-session-configuration` print it.

use std::fmt::Display;

use serde_json::{Value, json};

use crate::api::{
    ClientSSOSessionConfigType, SetUserPoolSessionConfigurationRequest, UserPoolType, schema,
};
use crate::domain::pool::{Pool, settings};
use crate::domain::user_session::{SessionTracking, sso_session};
use crate::error::Result;
use crate::ids::{ClientId, UserPoolId};
use crate::seed::members::{Members, decode, object};
use crate::seed::refusal::Refusal;
use crate::store::{ReadTx, WriteTx};

/// The member of a pool that says whether it tracks sessions.
const OF_POOL: &str = "SessionConfiguration";

/// The member of a client that says for how long it reuses an SSO session.
pub(super) const OF_CLIENT: &str = "SSOSession";

/// Takes the configuration out of the members of a pool with this id and these settings. Returns `None` if it has none.
pub(super) fn take(
    prefix: &dyn Display,
    entry: &mut Members,
    id: &UserPoolId,
    settings: &UserPoolType,
) -> Result<Option<SessionTracking>, Refusal> {
    let Some(shown) = entry.remove(OF_POOL) else {
        return Ok(None);
    };
    let place = format!("{prefix}{OF_POOL}");
    let mut shown = object(&place, shown)?;
    shown.entry("UserPoolId").or_insert_with(|| json!(id));
    let shape = &schema::SET_USER_POOL_SESSION_CONFIGURATION_REQUEST;
    let shown: SetUserPoolSessionConfigurationRequest =
        decode(&place, shape, Value::Object(shown))?;
    if shown.user_pool_id != *id {
        return Err(Refusal::at(&place, "UserPoolId is that of another pool"));
    }
    let tracking = SessionTracking::new(shown.user_session_tracking, &shown.token_session);
    if tracking.enabled {
        settings::check_has_sessions(settings).map_err(|error| Refusal::of(&place, error))?;
    }
    Ok(Some(tracking))
}

/// Gives the pool this configuration, if the seed has one. Returns whether the pool had another.
pub(super) fn put(
    tx: &WriteTx<'_>,
    pool: &Pool,
    tracking: Option<SessionTracking>,
) -> Result<bool> {
    let other = tracking.filter(|tracking| *tracking != pool.sessions);
    if let Some(tracking) = other {
        tx.put_session_tracking(pool, tracking)?;
    }
    Ok(other.is_some())
}

/// The member of the pool. Returns `None` if the configuration is the default.
pub(super) fn export(pool: &Pool) -> Option<(String, Value)> {
    let tracking = pool.sessions;
    let shown =
        json!({"UserSessionTracking": tracking.shown(), "TokenSession": tracking.token_session()});
    (tracking != SessionTracking::default()).then(|| (OF_POOL.to_owned(), shown))
}

/// Reads a client's configuration. Returns the minutes for which it reuses an SSO session.
pub(super) fn read_of_client(place: &dyn Display, shown: Value) -> Result<i64, Refusal> {
    let place = format!("{place}.{OF_CLIENT}");
    let shape = &schema::CLIENT_SSO_SESSION_CONFIG_TYPE;
    let shown: ClientSSOSessionConfigType = decode(&place, shape, shown)?;
    Ok(shown.max_validity_minutes)
}

/// A client's configuration. Returns `None` if nobody has set it.
pub(super) fn export_of_client(
    tx: &ReadTx<'_>,
    pool: &Pool,
    client: &ClientId,
) -> Result<Option<Value>> {
    let minutes = tx.sso_session_minutes(pool, client)?;
    Ok(minutes.map(|minutes| json!(sso_session(Some(minutes)))))
}
