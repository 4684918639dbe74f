//! The tables of proofs under way: `used_sessions`, `failed_attempts` and `device_challenges`.
//!
//! Each of them forgets what no longer matters whenever it is written to, a few rows at a time, so that none grows with the
//! age of the registry.

use super::{ReadTx, WriteTx};
use crate::api::Timestamp;
use crate::domain::device::DeviceOwner;
use crate::domain::lockout::Attempts;
use crate::domain::sign_in::SessionId;
use crate::error::{ApiError, Result};
use crate::ids::DeviceKey;

impl ReadTx<'_> {
    /// The failed attempts for the name with this hash.
    pub(crate) fn failed_attempts(&self, name: &[u8; 32]) -> Result<Attempts> {
        let found = self.maybe(
            "SELECT failures, last_ms FROM failed_attempts WHERE name = ?1",
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
}

impl WriteTx<'_> {
    /// Takes a session, which serves once.
    ///
    /// # Errors
    /// `NotAuthorizedException` when it has served.
    pub(crate) fn use_session(
        &self,
        id: &SessionId,
        expires: Timestamp,
        now: Timestamp,
    ) -> Result<()> {
        self.run(
            "DELETE FROM used_sessions WHERE id IN
                 (SELECT id FROM used_sessions WHERE expires_ms < ?1 ORDER BY expires_ms LIMIT 4)",
            [now.millis()],
        )?;
        let taken = self.run(
            "INSERT INTO used_sessions (id, expires_ms) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            (id, expires.millis()),
        )?;
        if taken == 0 {
            return Err(ApiError::session_used());
        }
        Ok(())
    }

    /// Sets the failed attempts for the name with this hash; none forgets it.
    pub(crate) fn set_failed_attempts(&self, name: &[u8; 32], attempts: Attempts) -> Result<()> {
        self.run(
            "DELETE FROM failed_attempts WHERE name IN
                 (SELECT name FROM failed_attempts WHERE last_ms < ?1 ORDER BY last_ms LIMIT 4)",
            [attempts.quiet_since().millis()],
        )?;
        if attempts.failures == 0 {
            return self
                .run("DELETE FROM failed_attempts WHERE name = ?1", [name])
                .map(drop);
        }
        self.run(
            "INSERT INTO failed_attempts (name, failures, last_ms) VALUES (?1, ?2, ?3)
             ON CONFLICT (name) DO UPDATE SET failures = excluded.failures, last_ms = excluded.last_ms",
            (name, attempts.failures, attempts.last.millis()),
        )
        .map(drop)
    }

    /// Notes that a client's sign-in waits for the proof of the owner's device, in place of any earlier one.
    pub(crate) fn put_device_challenge(
        &self,
        (owner, key): (&DeviceOwner, &DeviceKey),
        client: i64,
        session: &SessionId,
        expires: Timestamp,
    ) -> Result<()> {
        self.run(
            "INSERT INTO device_challenges (pool, username_key, device_key, client, session, expires_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (pool, username_key, device_key, client)
             DO UPDATE SET session = excluded.session, expires_ms = excluded.expires_ms",
            (
                owner.pool,
                &owner.username_key,
                key.as_str(),
                client,
                session,
                expires.millis(),
            ),
        )
        .map(drop)
    }

    /// Takes the sign-in of the client that waits for the proof of the owner's device, if there is one: its session, and when it
    /// expires.
    pub(crate) fn take_device_challenge(
        &self,
        (owner, key): (&DeviceOwner, &DeviceKey),
        client: i64,
    ) -> Result<Option<(SessionId, Timestamp)>> {
        self.maybe(
            "DELETE FROM device_challenges WHERE pool = ?1 AND username_key = ?2 AND device_key = ?3 AND client = ?4
             RETURNING session, expires_ms",
            (owner.pool, &owner.username_key, key.as_str(), client),
            |row| Ok((row.get(0)?, Timestamp::from_millis(row.get(1)?))),
        )
    }
}
