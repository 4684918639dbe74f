//! The table `outbox`: messages with codes that Cognito would send.

use serde::Serialize;

use super::{ReadTx, WriteTx};
use crate::api::Timestamp;
use crate::domain::user::User;
use crate::error::Result;
use crate::ids::{UserPoolId, Username};

/// How long a message is kept after its code has expired.
const KEPT_MS: i64 = 24 * 60 * 60 * 1000;

/// A message to be sent.
pub(crate) struct Message<'a> {
    /// AWS's word for how: `SMS` or `EMAIL`.
    pub(crate) medium: &'a str,
    pub(crate) destination: &'a str,
    /// What the code is for, by the name of AWS's challenge or operation.
    pub(crate) purpose: &'a str,
    pub(crate) code: &'a str,
    pub(crate) expires: Timestamp,
}

/// A message as the owner of the registry reads it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct KeptMessage {
    pub(crate) user_pool_id: UserPoolId,
    pub(crate) username: Username,
    pub(crate) delivery_medium: String,
    pub(crate) destination: String,
    pub(crate) purpose: String,
    pub(crate) code: String,
    pub(crate) create_date: Timestamp,
    pub(crate) expiration_date: Timestamp,
}

impl ReadTx<'_> {
    /// The messages of an account's pools, or of all; of one pool, or of all; to one user, or to all; the newest last.
    pub(crate) fn outbox(
        &self,
        account: Option<&str>,
        pool: Option<&UserPoolId>,
        username: Option<&Username>,
    ) -> Result<Vec<KeptMessage>> {
        self.all(
            "SELECT pools.id, users.username, medium, destination, purpose, code, outbox.created_ms, expires_ms
             FROM outbox JOIN users ON users.row = outbox.user JOIN pools ON pools.row = users.pool
             WHERE (?1 IS NULL OR pools.account = ?1) AND (?2 IS NULL OR pools.id = ?2)
                 AND (?3 IS NULL OR users.username = ?3) ORDER BY outbox.row",
            (
                account,
                pool.map(UserPoolId::as_str),
                username.map(Username::as_str),
            ),
            |row| {
                Ok(KeptMessage {
                    user_pool_id: UserPoolId::from(row.get::<_, String>(0)?),
                    username: Username::from(row.get::<_, String>(1)?),
                    delivery_medium: row.get(2)?,
                    destination: row.get(3)?,
                    purpose: row.get(4)?,
                    code: row.get(5)?,
                    create_date: Timestamp::from_millis(row.get(6)?),
                    expiration_date: Timestamp::from_millis(row.get(7)?),
                })
            },
        )
    }
}

impl WriteTx<'_> {
    /// Sends a message to the user, and drops those whose codes expired a day ago.
    pub(crate) fn send(&self, user: &User, message: &Message<'_>, now: Timestamp) -> Result<()> {
        self.run(
            "DELETE FROM outbox WHERE row IN (SELECT row FROM outbox WHERE expires_ms < ?1 ORDER BY expires_ms LIMIT 4)",
            [now.millis().saturating_sub(KEPT_MS)],
        )?;
        self.run(
            "INSERT INTO outbox (user, medium, destination, purpose, code, created_ms, expires_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            (
                user.row,
                message.medium,
                message.destination,
                message.purpose,
                message.code,
                now.millis(),
                message.expires.millis(),
            ),
        )
        .map(drop)
    }
}
