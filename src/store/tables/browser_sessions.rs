//! The table `browser_sessions`. Of a cookie's value only a hash is kept.

use crate::api::Timestamp;
use crate::domain::pool::Pool;
use crate::domain::user::User;
use crate::error::Result;
use crate::store::tx::{ReadTx, WriteTx};

/// A browser in which a user has signed in.
pub(crate) struct BrowserSession {
    /// The row of the user.
    pub(crate) user: i64,
    /// When the user proved to be the user, in whole seconds.
    pub(crate) auth_time: Timestamp,
    pub(crate) expires: Timestamp,
}

impl ReadTx<'_> {
    /// The session of one of the pool's users whose cookie has this hash, if there is one.
    pub(crate) fn find_browser_session(
        &self,
        pool: &Pool,
        hash: &[u8; 32],
    ) -> Result<Option<BrowserSession>> {
        self.maybe_held(
            "SELECT b.user_row, b.auth_time_s, b.expires_ms FROM browser_sessions b JOIN users u ON u.row = b.user_row
             WHERE b.hash = ?2 AND u.pool = ?1",
            "b",
            (pool.row, hash),
            |row| {
                Ok(BrowserSession {
                    user: row.get(0)?,
                    auth_time: Timestamp::from_millis(row.get::<i64>(1)?.saturating_mul(1000)),
                    expires: Timestamp::from_millis(row.get(2)?),
                })
            },
        )
    }
}

impl WriteTx<'_> {
    /// Writes the session of the user whose cookie has this hash.
    pub(crate) fn insert_browser_session(
        &self,
        hash: &[u8; 32],
        user: &User,
        session: &BrowserSession,
    ) -> Result<()> {
        self.write(
            "INSERT INTO browser_sessions (hash, user_row, auth_time_s, expires_ms) VALUES (?1, ?2, ?3, ?4)",
            (
                hash,
                user.row,
                session.auth_time.millis().div_euclid(1000),
                session.expires.millis(),
            ),
        )
    }

    /// Ends the session whose cookie has this hash.
    pub(crate) fn delete_browser_session(&self, hash: &[u8; 32]) -> Result<()> {
        self.write("DELETE FROM browser_sessions WHERE hash = ?1", [hash])
    }

    /// Ends the sessions of all browsers in which the user has signed in.
    pub(super) fn delete_browser_sessions(&self, user: &User) -> Result<()> {
        self.write(
            "DELETE FROM browser_sessions WHERE user_row = ?1",
            [user.row],
        )
    }
}
