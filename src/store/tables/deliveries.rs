//! The delivery of messages by email, in columns of the table `outbox`.

use crate::api::{Timestamp, UserPoolType};
use crate::domain::delivery::Undelivered;
use crate::error::{ApiError, Result};
use crate::store::tx::{ReadTx, Row, WriteTx};

/// What is said of a message that nobody has tried to send in time.
const EXPIRED: &str = "the code expired before the message could be sent";

impl ReadTx<'_> {
    /// Whether there is an email to send now, or one whose code has expired unsent.
    pub(crate) fn has_undelivered(&self, now: Timestamp) -> Result<bool> {
        let expired = self.maybe(
            "SELECT 1 FROM outbox
             WHERE medium = 'EMAIL' AND delivered_ms IS NULL AND failed_ms IS NULL AND expires_ms <= ?1 AND next_attempt_ms <= ?1
             LIMIT 1",
            [now.millis()],
            |_| Ok(()),
        )?;
        Ok(expired.is_some() || self.next_undelivered(now)?.is_some())
    }

    /// The email to send now: of those that are due the one whose code expires first.
    fn next_undelivered(&self, now: Timestamp) -> Result<Option<i64>> {
        self.maybe(
            "SELECT id FROM outbox
             WHERE medium = 'EMAIL' AND delivered_ms IS NULL AND failed_ms IS NULL AND expires_ms > ?1 AND next_attempt_ms <= ?1
             ORDER BY expires_ms LIMIT 1",
            [now.millis()],
            |row| row.get(0),
        )
    }
}

impl WriteTx<'_> {
    /// Takes the next email to send, for everybody else to leave alone `until` then. Returns `None` if none is due. Those whose codes
    /// have expired fail.
    pub(crate) fn take_undelivered(
        &self,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Undelivered>> {
        self.write(
            "UPDATE outbox SET failed_ms = ?1, delivery_error = coalesce(delivery_error, ?2)
             WHERE medium = 'EMAIL' AND delivered_ms IS NULL AND failed_ms IS NULL AND expires_ms <= ?1 AND next_attempt_ms <= ?1",
            (now.millis(), EXPIRED),
        )?;
        let id = loop {
            let Some(id) = self.next_undelivered(now)? else {
                return Ok(None);
            };
            let taken = self.run(
                "UPDATE outbox SET attempts = attempts + 1, next_attempt_ms = ?3
                 WHERE id = ?1 AND next_attempt_ms <= ?2 AND delivered_ms IS NULL AND failed_ms IS NULL",
                (id, now.millis(), until.millis()),
            )?;
            // Where others write meanwhile, one of them may have taken it.
            if taken > 0 {
                break id;
            }
        };
        self.maybe(
            "SELECT o.id, o.destination, o.subject, o.message, o.created_ms, o.attempts, p.settings
             FROM outbox o JOIN pools p ON p.row = o.pool WHERE o.id = ?1",
            [id],
            undelivered,
        )
    }

    /// Notes that the mail server has taken the message.
    pub(crate) fn put_delivered(&self, id: i64, now: Timestamp) -> Result<()> {
        self.write(
            "UPDATE outbox SET delivered_ms = ?2, failed_ms = NULL, delivery_error = NULL WHERE id = ?1 AND delivered_ms IS NULL",
            (id, now.millis()),
        )?;
        Ok(())
    }

    /// Notes that the message will not be sent, unless somebody has taken it again since this attempt.
    pub(crate) fn put_failed(
        &self,
        id: i64,
        attempts: u32,
        now: Timestamp,
        error: &str,
    ) -> Result<()> {
        self.write(
            "UPDATE outbox SET failed_ms = ?3, delivery_error = ?4 WHERE id = ?1 AND attempts = ?2 AND delivered_ms IS NULL",
            (id, attempts, now.millis(), error),
        )?;
        Ok(())
    }

    /// Notes that the attempt has failed and when the next one is due, unless somebody has taken the message again since. When the code
    /// expires before, the message fails then.
    pub(crate) fn put_back(
        &self,
        id: i64,
        attempts: u32,
        next: Timestamp,
        error: &str,
    ) -> Result<()> {
        self.write(
            "UPDATE outbox SET next_attempt_ms = CASE WHEN expires_ms < ?3 THEN expires_ms ELSE ?3 END, delivery_error = ?4
             WHERE id = ?1 AND attempts = ?2 AND delivered_ms IS NULL AND failed_ms IS NULL",
            (id, attempts, next.millis(), error),
        )?;
        Ok(())
    }
}

fn undelivered(row: Row<'_>) -> Result<Undelivered> {
    let settings: UserPoolType =
        serde_json::from_str(&row.get::<String>(6)?).map_err(ApiError::internal)?;
    let email = settings.email_configuration.unwrap_or_default();
    Ok(Undelivered {
        id: row.get(0)?,
        destination: row.get::<String>(1)?.into(),
        subject: row.get::<Option<String>>(2)?.unwrap_or_default(),
        text: row.get::<String>(3)?.into(),
        created: Timestamp::from_millis(row.get(4)?),
        attempts: row.get(5)?,
        from: email.from,
        reply_to: email.reply_to_email_address,
    })
}
