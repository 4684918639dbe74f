//! The tables of proofs under way: `used_sessions`, `wrong_codes`, `failed_attempts` and `device_challenges`.
//!
//! What no longer matters goes with time (`expiry.rs`), so that none grows with the age of the registry.

use crate::api::Timestamp;
use crate::domain::device::DeviceOwner;
use crate::domain::lockout::Attempts;
use crate::domain::sign_in::{Session, SessionId};
use crate::error::{ApiError, Result};
use crate::ids::DeviceKey;
use crate::store::tx::{ReadTx, WriteTx};

/// A sign-in that waited for its device.
pub(crate) struct DeviceChallenge {
    pub(crate) session: SessionId,
    pub(crate) expires: Timestamp,
    /// The number of its event, if one is recorded.
    pub(crate) event: Option<i64>,
}

impl ReadTx<'_> {
    /// The failed attempts for the name with this hash.
    pub(crate) fn failed_attempts(&self, name: &[u8; 32]) -> Result<Attempts> {
        let found = self.maybe_held(
            "SELECT failures, last_ms FROM failed_attempts WHERE name = ?1",
            "failed_attempts",
            [name],
            |row| {
                Ok(Attempts {
                    failures: row.get(0)?,
                    last: Timestamp::from_millis(row.get(1)?),
                })
            },
        )?;
        Ok(found.unwrap_or_default())
    }

    /// Refuses a session that has served.
    ///
    /// # Errors
    /// `NotAuthorizedException`.
    pub(crate) fn check_session(&self, id: &SessionId) -> Result<()> {
        let used = self.maybe(
            "SELECT 1 FROM used_sessions WHERE id = ?1",
            [id],
            |_| Ok(()),
        )?;
        match used {
            Some(()) => Err(ApiError::session_used()),
            None => Ok(()),
        }
    }

    /// When the last of the client's sign-ins that wait for the proof of the owner's device expires. Returns `None` if no sign-in
    /// waits.
    pub(crate) fn device_challenge_end(
        &self,
        (owner, key): (&DeviceOwner, &DeviceKey),
        client: i64,
    ) -> Result<Option<Timestamp>> {
        let last: Option<i64> = self.one(
            "SELECT max(expires_ms) FROM device_challenges
             WHERE pool = ?1 AND username_key = ?2 AND device_key = ?3 AND client = ?4",
            (owner.pool, &owner.username_key, key.as_str(), client),
            |row| row.get(0),
        )?;
        Ok(last.map(Timestamp::from_millis))
    }
}

impl WriteTx<'_> {
    /// Uses up a session, which serves once.
    ///
    /// # Errors
    /// `NotAuthorizedException` when it has served, at the latest at the end of the transaction.
    pub(crate) fn use_session(&self, id: &SessionId, expires: Timestamp) -> Result<()> {
        self.insert_new(
            "INSERT INTO used_sessions (id, expires_ms) VALUES (?1, ?2)",
            (id, expires.millis()),
            ApiError::session_used,
        )
    }

    /// Counts a wrong code that was sent with a session. Returns how many there have been.
    pub(crate) fn count_wrong_code(&self, session: &SessionId, expires: Timestamp) -> Result<u32> {
        self.one(
            "INSERT INTO wrong_codes (session, count, expires_ms) VALUES (?1, 1, ?2)
             ON CONFLICT (session) DO UPDATE SET count = wrong_codes.count + 1 RETURNING count",
            (session, expires.millis()),
            |row| row.get(0),
        )
    }

    /// Holds the failed attempts for the names with these hashes until the transaction ends: attempts at the same time count one by
    /// one, the first of all as well, of which there is no row to hold.
    ///
    /// # Errors
    /// As [`WriteTx::hold_names`].
    pub(crate) fn hold_failed_attempts(&self, names: &[&[u8; 32]]) -> Result<()> {
        let names: Vec<String> = names.iter().map(hex::encode).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.hold_names(0, &names)
    }

    /// Changes the failed attempts for the name with this hash from what they were when they were read.
    ///
    /// # Errors
    /// `TooManyRequestsException` when they have changed since.
    pub(crate) fn change_failed_attempts(
        &self,
        name: &[u8; 32],
        from: Attempts,
        to: Attempts,
    ) -> Result<()> {
        let changed = self.run(
            "INSERT INTO failed_attempts (name, failures, last_ms) VALUES (?1, ?2, ?3)
             ON CONFLICT (name) DO UPDATE SET failures = excluded.failures, last_ms = excluded.last_ms
             WHERE failed_attempts.failures = ?4 AND failed_attempts.last_ms = ?5",
            (
                name,
                to.failures,
                to.last.millis(),
                from.failures,
                from.last.millis(),
            ),
        )?;
        if changed == 0 {
            return Err(ApiError::rate_exceeded().because("another attempt was counted meanwhile"));
        }
        Ok(())
    }

    /// Forgets the failed attempts for the name with this hash.
    pub(crate) fn forget_failed_attempts(&self, name: &[u8; 32]) -> Result<()> {
        self.write("DELETE FROM failed_attempts WHERE name = ?1", [name])
    }

    /// Notes that a client's sign-in with this session waits for the proof of the owner's device.
    pub(crate) fn insert_device_challenge(
        &self,
        (owner, key): (&DeviceOwner, &DeviceKey),
        client: i64,
        session: &Session,
    ) -> Result<()> {
        self.write(
            "INSERT INTO device_challenges (pool, username_key, device_key, client, session, expires_ms, event)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            (
                owner.pool,
                &owner.username_key,
                key.as_str(),
                client,
                &session.id,
                session.expires().millis(),
                session.event,
            ),
        )
    }

    /// Removes one of the client's sign-ins that wait for the proof of the owner's device. Returns `None` if no
    /// sign-in waits.
    pub(crate) fn take_device_challenge(
        &self,
        (owner, key): (&DeviceOwner, &DeviceKey),
        client: i64,
        now: Timestamp,
    ) -> Result<Option<DeviceChallenge>> {
        self.maybe(
            "DELETE FROM device_challenges WHERE pool = ?1 AND username_key = ?2 AND device_key = ?3 AND client = ?4
                 AND session = (SELECT session FROM device_challenges
                                WHERE pool = ?1 AND username_key = ?2 AND device_key = ?3 AND client = ?4 AND expires_ms >= ?5
                                LIMIT 1)
             RETURNING session, expires_ms, event",
            (
                owner.pool,
                &owner.username_key,
                key.as_str(),
                client,
                now.millis(),
            ),
            |row| {
                Ok(DeviceChallenge {
                    session: row.get(0)?,
                    expires: Timestamp::from_millis(row.get(1)?),
                    event: row.get(2)?,
                })
            },
        )
    }

    /// Forgets that the sign-in with this session waits for the proof of the owner's device.
    pub(crate) fn delete_device_challenge(
        &self,
        (owner, key): (&DeviceOwner, &DeviceKey),
        client: i64,
        session: &SessionId,
    ) -> Result<()> {
        self.write(
            "DELETE FROM device_challenges
             WHERE pool = ?1 AND username_key = ?2 AND device_key = ?3 AND client = ?4 AND session = ?5",
            (
                owner.pool,
                &owner.username_key,
                key.as_str(),
                client,
                session,
            ),
        )
    }
}
