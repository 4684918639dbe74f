//! The table `outbox`.
//!
//! It forgets messages whose codes have long expired whenever it is written to, a few rows at a time, so that it does not grow
//! with the age of the registry.

use std::time::Duration;

use rusqlite::Row;

use super::{Location, ReadTx, Unusable, WriteTx, explain, schema};
use crate::api::Timestamp;
use crate::domain::outbox::{Kept, Message, Wanted};
use crate::domain::pool::Pool;
use crate::domain::user::User;
use crate::error::{ApiError, Result};
use crate::ids::{UserPoolId, Username};
use crate::settings::Database;

/// How long a message is kept after its code has expired.
const KEPT_MS: i64 = 24 * 60 * 60 * 1000;

/// The most messages that are shown at once.
const MOST: i64 = 1000;

/// What a file's outbox has of the wanted messages.
pub(crate) enum Found {
    /// The newest last; none if nothing was sent that is wanted.
    Messages(Vec<Kept>),
    NoSuchPool,
    NoSuchUser,
}

/// The wanted messages in the outbox of a file, which is not changed.
///
/// # Errors
/// When the file cannot be used.
pub(crate) fn read_outbox(
    database: &Database,
    busy: Duration,
    wanted: &Wanted,
) -> Result<Found, Unusable> {
    let connection = Location::of(database)
        .connect_to_read(busy)
        .map_err(|error| Unusable::new(database, explain(&error)))?;
    schema::check_current(&connection).map_err(|why| Unusable::new(database, why))?;
    let read = || {
        let tx = ReadTx::begin(&connection)?;
        let messages = tx.outbox(wanted)?;
        if messages.is_empty() {
            tx.who_is_wanted(wanted)
        } else {
            Ok(Found::Messages(messages))
        }
    };
    read().map_err(|error: ApiError| Unusable::new(database, error.reason.unwrap_or_default()))
}

impl ReadTx<'_> {
    /// The wanted messages, the newest last, and if there are very many the newest of them.
    pub(crate) fn outbox(&self, wanted: &Wanted) -> Result<Vec<Kept>> {
        let mut messages = self.all(
            "SELECT o.id, p.id, u.username, o.medium, o.destination, o.purpose, o.code, o.subject, o.message, o.created_ms,
                 o.expires_ms
             FROM outbox o JOIN pools p ON p.row = o.pool JOIN users u ON u.row = o.user
             WHERE (?1 IS NULL OR p.account = ?1) AND (?2 IS NULL OR p.id = ?2)
                 AND (?3 IS NULL OR u.username = ?3 OR u.email = ?3 OR u.phone_number = ?3)
             ORDER BY o.id DESC LIMIT ?4",
            (&wanted.account, &wanted.pool, &wanted.user, MOST),
            kept,
        )?;
        messages.reverse();
        Ok(messages)
    }

    /// Why there is no message that is wanted: nothing was sent, or there is no such pool or user.
    fn who_is_wanted(&self, wanted: &Wanted) -> Result<Found> {
        let ids = match &wanted.pool {
            Some(id) => vec![UserPoolId::from(id.clone())],
            None => self.pool_ids()?,
        };
        let mut pools = Vec::with_capacity(ids.len());
        for id in &ids {
            pools.extend(self.find_pool(id)?);
        }
        if wanted.pool.is_some() && pools.is_empty() {
            return Ok(Found::NoSuchPool);
        }
        let Some(name) = &wanted.user else {
            return Ok(Found::Messages(Vec::new()));
        };
        for pool in &pools {
            let found = self.maybe(
                "SELECT 1 FROM users
                 WHERE pool = ?1 AND (username = ?2 OR username_key = ?2 OR email = ?2 OR phone_number = ?2)",
                (pool.row, name),
                |_| Ok(()),
            )?;
            if found.is_some() {
                return Ok(Found::Messages(Vec::new()));
            }
        }
        Ok(Found::NoSuchUser)
    }
}

impl WriteTx<'_> {
    /// Puts a message to the user into the outbox.
    pub(crate) fn put_message(&self, pool: &Pool, user: &User, message: &Message) -> Result<()> {
        self.run(
            "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE expires_ms < ?1 ORDER BY expires_ms LIMIT 4)",
            [message.created.millis().saturating_sub(KEPT_MS)],
        )?;
        self.run(
            "INSERT INTO outbox (pool, user, medium, destination, purpose, code, message, subject, created_ms, expires_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            (
                pool.row,
                user.row,
                message.medium.as_str(),
                &message.destination,
                message.purpose.as_str(),
                message.code.expose(),
                message.text.expose(),
                &message.subject,
                message.created.millis(),
                message.expires.millis(),
            ),
        )
        .map(drop)
    }
}

fn kept(row: &Row<'_>) -> rusqlite::Result<Kept> {
    Ok(Kept {
        id: row.get(0)?,
        user_pool_id: UserPoolId::from(row.get::<_, String>(1)?),
        username: Username::from(row.get::<_, String>(2)?),
        delivery_medium: row.get(3)?,
        destination: row.get::<_, String>(4)?.into(),
        purpose: row.get(5)?,
        code: row.get::<_, String>(6)?.into(),
        subject: row.get(7)?,
        message: row.get::<_, String>(8)?.into(),
        creation_date: Timestamp::from_millis(row.get(9)?),
        expiration_date: Timestamp::from_millis(row.get(10)?),
    })
}
