//! The tables `codes` and `code_attempts`.

use crate::api::Timestamp;
use crate::domain::code::KeptCode;
use crate::domain::contact::Contact;
use crate::domain::message::Destination;
use crate::domain::user::User;
use crate::error::{ApiError, Result};
use crate::store::tx::{ReadTx, WriteTx};

/// The key of a code: a hash of whose it is and of what it allows.
pub(crate) type CodeSubject = [u8; 32];

impl ReadTx<'_> {
    /// The code that was sent last and not used; `None` if there is none, or if it has expired.
    pub(crate) fn find_code(
        &self,
        subject: &CodeSubject,
        now: Timestamp,
    ) -> Result<Option<KeptCode>> {
        self.maybe(
            "SELECT hash, contact, destination, pending, expires_ms FROM codes WHERE subject = ?1 AND expires_ms > ?2",
            (subject, now.millis()),
            |row| {
                let contact: String = row.get(1)?;
                let contact = Contact::parse(&contact)
                    .ok_or_else(|| ApiError::internal("a code was sent to no attribute"))?;
                Ok(KeptCode {
                    hash: row.get(0)?,
                    destination: Destination {
                        contact,
                        value: row.get(2)?,
                    },
                    pending: row.get(3)?,
                    expires: Timestamp::from_millis(row.get(4)?),
                })
            },
        )
    }
}

impl WriteTx<'_> {
    /// Keeps a code in place of the one before. `user` is `None` for a name without a user.
    pub(crate) fn put_code(
        &self,
        subject: &CodeSubject,
        user: Option<&User>,
        code: &KeptCode,
    ) -> Result<()> {
        self.write(
            "INSERT INTO codes (subject, user_row, hash, contact, destination, pending, expires_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (subject) DO UPDATE SET user_row = excluded.user_row, hash = excluded.hash, contact = excluded.contact,
                 destination = excluded.destination, pending = excluded.pending, expires_ms = excluded.expires_ms",
            (
                subject,
                user.map(|user| user.row),
                code.hash.as_slice(),
                code.destination.contact.attribute(),
                &code.destination.value,
                code.pending,
                code.expires.millis(),
            ),
        )
    }

    /// Uses up a code, which serves once.
    ///
    /// # Errors
    /// `ExpiredCodeException` when it has served, or when another has taken its place.
    pub(crate) fn use_code(&self, subject: &CodeSubject, code: &KeptCode) -> Result<()> {
        let used = self.run(
            "DELETE FROM codes WHERE subject = ?1 AND hash = ?2",
            (subject, code.hash.as_slice()),
        )?;
        if used == 0 {
            return Err(ApiError::expired_code().because("the code was used meanwhile"));
        }
        Ok(())
    }

    /// Counts an attempt with a code. Returns how many there have been in the hour that ends at `hour_end`.
    pub(crate) fn count_code_attempt(
        &self,
        subject: &CodeSubject,
        hour_end: Timestamp,
    ) -> Result<u32> {
        self.one(
            "INSERT INTO code_attempts (subject, count, expires_ms) VALUES (?1, 1, ?2)
             ON CONFLICT (subject) DO UPDATE SET expires_ms = excluded.expires_ms,
                 count = CASE WHEN code_attempts.expires_ms = excluded.expires_ms THEN code_attempts.count + 1 ELSE 1 END
             RETURNING count",
            (subject, hour_end.millis()),
            |row| row.get(0),
        )
    }
}
