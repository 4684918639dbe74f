//! What no longer matters, and when: the one place where rows go because of their age.
//!
//! A server removes them a few at a time, through the one writer, so that nobody has to sign in for it and nobody waits for it;
//! `poolhouse compact` does the same where no server runs.

use super::devices::MAX_ACCESS_TOKEN_MS;
use super::outbox::KEPT_MS;
use crate::api::Timestamp;
use crate::domain::auth_event;
use crate::domain::lockout::Attempts;
use crate::error::Result;
use crate::store::tx::WriteTx;

impl WriteTx<'_> {
    /// Removes up to `most` rows of each table that no longer matter. Returns how many in all.
    pub(crate) fn remove_expired(&self, now: Timestamp, most: u32) -> Result<usize> {
        let ms = now.millis();
        let statements = [
            (
                "DELETE FROM used_sessions WHERE id IN
                     (SELECT id FROM used_sessions WHERE expires_ms < ?1 ORDER BY expires_ms LIMIT ?2)",
                ms,
            ),
            (
                "DELETE FROM failed_attempts WHERE name IN
                     (SELECT name FROM failed_attempts WHERE last_ms < ?1 ORDER BY last_ms LIMIT ?2)",
                Attempts::succeeded(now).quiet_since().millis(),
            ),
            (
                "DELETE FROM wrong_codes WHERE session IN
                     (SELECT session FROM wrong_codes WHERE expires_ms < ?1 ORDER BY expires_ms LIMIT ?2)",
                ms,
            ),
            (
                "DELETE FROM device_challenges WHERE (pool, username_key, device_key, client, session) IN
                     (SELECT pool, username_key, device_key, client, session FROM device_challenges
                      WHERE expires_ms < ?1 ORDER BY expires_ms LIMIT ?2)",
                ms,
            ),
            (
                "DELETE FROM codes WHERE subject IN
                     (SELECT subject FROM codes WHERE expires_ms < ?1 ORDER BY expires_ms LIMIT ?2)",
                ms,
            ),
            (
                "DELETE FROM code_attempts WHERE subject IN
                     (SELECT subject FROM code_attempts WHERE expires_ms < ?1 ORDER BY expires_ms LIMIT ?2)",
                ms,
            ),
            (
                "DELETE FROM authorization_codes WHERE hash IN
                     (SELECT hash FROM authorization_codes WHERE expires_ms < ?1 ORDER BY expires_ms LIMIT ?2)",
                ms,
            ),
            (
                "DELETE FROM browser_sessions WHERE hash IN
                     (SELECT hash FROM browser_sessions WHERE expires_ms < ?1 ORDER BY expires_ms LIMIT ?2)",
                ms,
            ),
            (
                "DELETE FROM outbox WHERE id IN
                     (SELECT id FROM outbox WHERE expires_ms < ?1 ORDER BY expires_ms LIMIT ?2)",
                ms.saturating_sub(KEPT_MS),
            ),
            (
                "DELETE FROM auth_events WHERE (user_row, number) IN
                     (SELECT user_row, number FROM auth_events WHERE created_ms < ?1 ORDER BY created_ms LIMIT ?2)",
                ms.saturating_sub(auth_event::KEPT_MS),
            ),
            (
                // The last access token of a sign-in may have been given with its last refresh token.
                "DELETE FROM sign_ins WHERE row IN
                     (SELECT row FROM sign_ins WHERE expires_ms < ?1 ORDER BY expires_ms LIMIT ?2)",
                ms.saturating_sub(MAX_ACCESS_TOKEN_MS),
            ),
            (
                // Devices that were issued so long ago that no access token is left to confirm them with.
                "DELETE FROM devices WHERE (pool, username_key, device_key) IN
                     (SELECT pool, username_key, device_key FROM device_attributes
                      WHERE NOT confirmed AND created_ms < ?1 ORDER BY created_ms LIMIT ?2)",
                ms.saturating_sub(MAX_ACCESS_TOKEN_MS),
            ),
        ];
        let mut removed = 0;
        for (sql, before) in statements {
            removed += self.run(sql, (before, most))?;
        }
        removed += self.remove_useless_pieces(now)?;
        removed += self.remove_old_import_jobs(now)?;
        Ok(removed)
    }
}
