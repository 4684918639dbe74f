//! The table `outbox`.
//!
//! Messages go when their codes have long expired (`expiry.rs`), and the oldest beyond a number and a size, of one user and of all
//! together, whenever one is written: messages cost whoever knows a password nothing.

use crate::api::{Sensitive, Timestamp};
use crate::domain::delivery::Delivery;
use crate::domain::message::{Message, Purpose};
use crate::domain::outbox::{MessageFilter, MessageList, StoredMessage};
use crate::domain::pool::Pool;
use crate::domain::user::User;
use crate::error::{ApiError, Result};
use crate::ids::{AccountId, UserPoolId, Username};
use crate::store::tx::{ReadTx, Row, WriteTx};

/// How long a message is kept after its code has expired.
pub(super) const KEPT_MS: i64 = 24 * 60 * 60 * 1000;

/// The most messages that are shown at once.
const MAX_SHOWN: i64 = 1000;

/// How many messages are kept, and how many bytes of text in them. The newest is kept in any case.
struct Bounds {
    messages: i64,
    bytes: i64,
}

/// What is kept for one user.
const OF_USER: Bounds = Bounds {
    messages: 50,
    bytes: 256 * 1024,
};

/// What is kept for all users together.
const OF_ALL: Bounds = Bounds {
    messages: 5000,
    bytes: 16 * 1024 * 1024,
};

impl Bounds {
    fn hold(&self, (messages, bytes): (i64, i64)) -> bool {
        messages <= 1 || (messages <= self.messages && bytes <= self.bytes)
    }
}

/// What a file's outbox has of the wanted messages.
pub(crate) enum Found {
    /// Empty if nothing wanted was sent.
    Messages(MessageList),
    NoSuchPool,
    NoSuchUser,
}

impl ReadTx<'_> {
    /// The newest 1,000 of the wanted messages, the newest last.
    pub(crate) fn outbox(&self, wanted: &MessageFilter) -> Result<MessageList> {
        let mut messages: Vec<StoredMessage> = self.all(
            "SELECT o.id, p.id, u.username_key, o.medium, o.destination, o.purpose, o.code, o.subject, o.message, o.created_ms,
                 o.expires_ms, o.link, o.attempts, o.delivered_ms, o.failed_ms, o.delivery_error
             FROM outbox o JOIN pools p ON p.row = o.pool JOIN users u ON u.row = o.user_row
             WHERE (CAST(?1 AS TEXT) IS NULL OR p.account = ?1) AND (CAST(?2 AS TEXT) IS NULL OR p.id = ?2)
                 AND (CAST(?3 AS TEXT) IS NULL OR u.username_key = ?3 OR u.username = ?3 OR u.email = ?3 OR u.phone_number = ?3)
                 AND o.id > ?4
             ORDER BY o.id DESC LIMIT ?5",
            (
                wanted.account.as_ref().map(AccountId::as_str),
                &wanted.pool,
                &wanted.user,
                wanted.after,
                MAX_SHOWN,
            ),
            kept,
        )?;
        messages.reverse();
        let last_id = messages.last().map_or(wanted.after, |message| message.id);
        Ok(MessageList { messages, last_id })
    }

    /// The id of the newest message of all; 0 if there is none. An id is never given again, so one that is greater is newer.
    pub(crate) fn newest_message(&self) -> Result<i64> {
        self.one("SELECT coalesce(max(id), 0) FROM outbox", (), |row| {
            row.get(0)
        })
    }

    /// The wanted messages, or that there is no such pool or user.
    pub(crate) fn find_messages(&self, wanted: &MessageFilter) -> Result<Found> {
        let list = self.outbox(wanted)?;
        if list.messages.is_empty() {
            self.who_is_wanted(wanted, list)
        } else {
            Ok(Found::Messages(list))
        }
    }

    /// Why there is no message that is wanted: nothing was sent, or there is no such pool or user.
    fn who_is_wanted(&self, wanted: &MessageFilter, nothing: MessageList) -> Result<Found> {
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
            return Ok(Found::Messages(nothing));
        };
        for pool in &pools {
            let found = self.maybe(
                "SELECT 1 FROM users
                 WHERE pool = ?1 AND (username = ?2 OR username_key = ?2 OR email = ?2 OR phone_number = ?2)",
                (pool.row, name),
                |_| Ok(()),
            )?;
            if found.is_some() {
                return Ok(Found::Messages(nothing));
            }
        }
        Ok(Found::NoSuchUser)
    }

    /// How many messages the user with this row has in the outbox, and their bytes.
    fn messages_of(&self, user: i64) -> Result<(i64, i64)> {
        self.one(
            "SELECT count(*), coalesce(sum(bytes), 0) FROM outbox WHERE user_row = ?1",
            [user],
            size,
        )
    }

    /// How many messages the outbox has, and their bytes.
    fn all_messages(&self) -> Result<(i64, i64)> {
        self.one(
            "SELECT messages, bytes FROM outbox_size WHERE only_row = 1",
            (),
            size,
        )
    }
}

impl WriteTx<'_> {
    /// Puts a message to the user into the outbox, and drops the oldest ones that it has no room for.
    pub(crate) fn put_message(&self, pool: &Pool, user: &User, message: &Message) -> Result<()> {
        self.insert_message(pool, user.row, message)?;
        self.announce_message();
        self.foresee_sizes(user.row);
        while !OF_USER.hold(self.messages_of(user.row)?) {
            self.write(
                "DELETE FROM outbox WHERE id = (SELECT min(id) FROM outbox WHERE user_row = ?1)",
                [user.row],
            )?;
        }
        while !OF_ALL.hold(self.all_messages()?) {
            self.write(
                "DELETE FROM outbox WHERE id = (SELECT min(id) FROM outbox)",
                (),
            )?;
        }
        Ok(())
    }

    /// Does the work of [`Self::put_message`] for a name without a user, and leaves nothing: the message is one of the pool's first
    /// user for a moment inside the transaction. A pool without users has nobody to hide.
    pub(crate) fn pretend_message(&self, pool: &Pool, message: &Message) -> Result<()> {
        let first = self.maybe(
            "SELECT row FROM users WHERE pool >= ?1 AND pool <= ?1 ORDER BY pool, row LIMIT 1",
            [pool.row],
            |row| row.get(0),
        )?;
        let Some(first) = first else {
            return Ok(());
        };
        let id = self.insert_message(pool, first, message)?;
        self.foresee_sizes(first);
        self.messages_of(first)?;
        self.all_messages()?;
        self.write("DELETE FROM outbox WHERE id = ?1", [id])
    }

    fn foresee_sizes(&self, user: i64) {
        self.foresee(|tx| {
            let _ = tx.messages_of(user);
            let _ = tx.all_messages();
        });
    }

    /// Inserts a message to the user with this row. Returns its id.
    fn insert_message(&self, pool: &Pool, user: i64, message: &Message) -> Result<i64> {
        let id = self.insert(
            "INSERT INTO outbox (pool, user_row, medium, destination, purpose, code, message, subject, link, created_ms,
                 expires_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            "id",
            (
                pool.row,
                user,
                message.medium().as_str(),
                &message.destination.value,
                message.purpose.as_str(),
                message.code.expose(),
                message.text.expose(),
                &message.subject,
                message.link.as_ref().map(Sensitive::expose),
                message.created.millis(),
                message.expires.millis(),
            ),
        )?;
        id.ok_or_else(|| ApiError::internal("no message was inserted"))
    }

    /// Removes the invitations of the user with this row: the temporary passwords in them no longer count.
    pub(super) fn delete_invitations(&self, user: i64) -> Result<()> {
        self.write(
            "DELETE FROM outbox WHERE user_row = ?1 AND purpose = ?2",
            (user, Purpose::AdminCreateUser.as_str()),
        )
    }
}

fn size(row: Row<'_>) -> Result<(i64, i64)> {
    Ok((row.get(0)?, row.get(1)?))
}

fn kept(row: Row<'_>) -> Result<StoredMessage> {
    Ok(StoredMessage {
        id: row.get(0)?,
        user_pool_id: UserPoolId::from(row.get::<String>(1)?),
        username: Username::from(row.get::<String>(2)?),
        delivery_medium: row.get(3)?,
        destination: row.get::<String>(4)?.into(),
        purpose: row.get(5)?,
        code: row.get::<String>(6)?.into(),
        subject: row.get(7)?,
        link: row.get::<Option<String>>(11)?.map(Sensitive::from),
        message: row.get::<String>(8)?.into(),
        creation_date: Timestamp::from_millis(row.get(9)?),
        expiration_date: Timestamp::from_millis(row.get(10)?),
        delivery: Delivery::of(
            row.get(12)?,
            row.get::<Option<i64>>(13)?.map(Timestamp::from_millis),
            row.get::<Option<i64>>(14)?.map(Timestamp::from_millis),
            row.get(15)?,
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ApiError;
    use crate::settings::Database;
    use crate::store::Store;

    /// A registry with two users of one pool.
    fn registry() -> Store {
        let store = Store::opened(Database::Memory, 1);
        store
            .write_now(|tx| {
                tx.run(
                    "INSERT INTO pools (row, id, account, settings) VALUES (1, 'us-east-1_A', '000000000000', '{}')",
                    (),
                )?;
                tx.run(
                    "INSERT INTO users (row, pool, username, username_key, sub, enabled, status, created_ms, modified_ms, attributes)
                     VALUES (1, 1, 'ana', 'ana', 'sub-1', 1, 'CONFIRMED', 0, 0, '{}'),
                            (2, 1, 'ben', 'ben', 'sub-2', 1, 'CONFIRMED', 0, 0, '{}')",
                    (),
                )
            })
            .unwrap();
        store
    }

    /// Keeps messages of so many bytes as if they were there already.
    fn fill(store: &Store, user: i64, messages: i64, bytes: i64) {
        store
            .write_now(move |tx| {
                for _ in 0..messages {
                    tx.run(
                        "INSERT INTO outbox (pool, user_row, medium, destination, purpose, code, message, created_ms, expires_ms)
                         VALUES (1, ?1, 'SMS', 'x', 'Authentication', '1', hex(zeroblob(?2 / 2)), 0, 0)",
                        (user, bytes),
                    )?;
                }
                Ok(())
            })
            .unwrap();
    }

    /// Puts one more message, and tells how many are kept: of the user, and of all.
    fn put(store: &Store, user: i64, text: &str) -> ((i64, i64), (i64, i64)) {
        let message = Message {
            destination: crate::domain::message::Destination {
                contact: crate::domain::contact::Contact::Email,
                value: "x".to_owned(),
            },
            purpose: Purpose::Authentication,
            link: None,
            code: "1".to_owned().into(),
            text: text.to_owned().into(),
            subject: Some("ü".to_owned()),
            created: Timestamp::from_millis(0),
            expires: Timestamp::from_millis(0),
        };
        let sub = format!("sub-{user}");
        store
            .write_now(move |tx| {
                let pool = tx.pool(&UserPoolId::from("us-east-1_A".to_owned()))?;
                let (user, _) = tx.find_user_by_sub(&pool, &sub)?.unwrap();
                tx.put_message(&pool, &user, &message)?;
                Ok((tx.messages_of(user.row)?, tx.all_messages()?))
            })
            .unwrap()
    }

    #[test]
    fn a_user_keeps_fifty_messages_and_a_quarter_of_a_mebibyte() {
        let store = registry();
        fill(&store, 2, 1, 100);
        fill(&store, 1, 60, 10);
        assert_eq!(put(&store, 1, "12").0, (50, 49 * 10 + 4));
        fill(&store, 1, 20, 20_000);
        let ((messages, bytes), _) = put(&store, 1, "12");
        assert_eq!((messages, bytes), (14, 13 * 20_000 + 4));
        // The newest stays, however large it is, and other users keep what they have.
        let large = "ü".repeat(300_000);
        assert_eq!(put(&store, 1, &large), ((1, 600_002), (2, 600_102)));
    }

    #[test]
    fn the_size_of_the_outbox_is_kept_when_users_and_pools_go() {
        let store = registry();
        fill(&store, 1, 3, 10);
        fill(&store, 2, 2, 100);
        let delete = |sql: &'static str| {
            store
                .write_now(move |tx| {
                    tx.run(sql, ())?;
                    tx.all_messages()
                })
                .unwrap()
        };
        assert_eq!(delete("DELETE FROM users WHERE row = 1"), (2, 200));
        assert_eq!(delete("DELETE FROM pools"), (0, 0));
    }

    #[test]
    fn only_a_message_that_is_on_disk_is_news() {
        let store = registry();
        let mut news = store.message_news();
        let mut is_news = || {
            let changed = news.has_changed().unwrap();
            news.mark_unchanged();
            changed
        };
        fill(&store, 1, 1, 10);
        assert!(!is_news());
        put(&store, 1, "12");
        assert!(is_news());
        let failed = store.write_now(|tx| {
            tx.announce_message();
            Err::<(), _>(ApiError::internal("on purpose"))
        });
        assert!(failed.is_err() && !is_news());
    }

    #[test]
    fn all_users_keep_five_thousand_messages_and_sixteen_mebibytes() {
        let store = registry();
        fill(&store, 1, 5003, 10);
        assert_eq!(put(&store, 2, "12"), ((1, 4), (5000, 49_994)));
        fill(&store, 1, 80, 250_000);
        let (ben, (messages, bytes)) = put(&store, 2, "12");
        assert_eq!(ben, (1, 4));
        assert!(bytes <= 16 * 1024 * 1024 && bytes > 16 * 1024 * 1024 - 250_000);
        assert_eq!(messages, 67 + 1, "the oldest go first");
    }
}
