//! The tables `sign_ins` and `refresh_tokens`.
//!
//! A sign-in is what all tokens that follow from it have in common: it is revoked as a whole. Of a refresh token only a hash
//! is kept.

use crate::api::Timestamp;
use crate::domain::device::DeviceOwner;
use crate::domain::scopes::Scopes;
use crate::domain::tokens::SignIn;
use crate::domain::user::User;
use crate::error::{ApiError, Result};
use crate::ids::DeviceKey;
use crate::store::tx::{ReadTx, Row, WriteTx};

/// A refresh token that is known.
pub(crate) struct KeptRefreshToken {
    pub(crate) sign_in: SignIn,
    /// The rows of sign-in, user and client.
    pub(crate) row: i64,
    pub(crate) user: i64,
    pub(crate) client: i64,
    /// When another took its place.
    pub(crate) replaced: Option<Timestamp>,
}

impl ReadTx<'_> {
    /// The row of the sign-in that tokens name so, and that of its user, unless it is revoked.
    pub(crate) fn find_sign_in(&self, origin_jti: &str) -> Result<Option<(i64, i64)>> {
        self.maybe(
            "SELECT row, user_row FROM sign_ins WHERE origin_jti = ?1 AND NOT revoked",
            [origin_jti],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    }

    /// The row of the user's sign-in with the client, not revoked, of that second: all that a token tells of it whose client has
    /// token revocation switched off.
    pub(crate) fn find_sign_in_at(
        &self,
        user: &User,
        client: i64,
        auth_time: Timestamp,
    ) -> Result<Option<i64>> {
        self.maybe(
            "SELECT row FROM sign_ins WHERE user_row = ?1 AND client = ?2 AND auth_time_s = ?3 AND NOT revoked LIMIT 1",
            (user.row, client, auth_time.millis().div_euclid(1000)),
            |row| row.get(0),
        )
    }

    /// The refresh token with this hash, if there is one.
    pub(crate) fn find_refresh_token(&self, hash: &[u8; 32]) -> Result<Option<KeptRefreshToken>> {
        self.maybe_held(
            "SELECT s.row, s.origin_jti, s.device_key, s.auth_time_s, s.expires_ms, s.revoked, s.scopes, s.resource,
                 s.user_row, s.client, t.replaced_ms
             FROM refresh_tokens t JOIN sign_ins s ON s.row = t.sign_in WHERE t.hash = ?1",
            "s",
            [hash],
            |row| {
                Ok(KeptRefreshToken {
                    sign_in: sign_in(row)?,
                    row: row.get(0)?,
                    user: row.get(8)?,
                    client: row.get(9)?,
                    replaced: row.get::<Option<i64>>(10)?.map(Timestamp::from_millis),
                })
            },
        )
    }
}

impl WriteTx<'_> {
    /// Writes a new sign-in of the user with the client.
    pub(crate) fn insert_sign_in(&self, user: &User, client: i64, sign_in: &SignIn) -> Result<()> {
        let granted = sign_in.scopes.are_granted();
        self.write(
            "INSERT INTO sign_ins (user_row, client, origin_jti, device_key, auth_time_s, expires_ms, revoked, scopes, resource)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, FALSE, ?7, ?8)",
            (
                user.row,
                client,
                &sign_in.origin_jti,
                sign_in.device.as_ref().map(DeviceKey::as_str),
                sign_in.auth_time.millis().div_euclid(1000),
                sign_in.expires.millis(),
                granted.then(|| sign_in.scopes.claim().into_owned()),
                &sign_in.resource,
            ),
        )
    }

    /// Writes what a sign-in grants through OAuth 2.0: its scopes, and the resource that its access tokens are for.
    pub(crate) fn put_grant_of_sign_in(&self, sign_in: &SignIn) -> Result<()> {
        self.write(
            "UPDATE sign_ins SET scopes = ?2, resource = ?3 WHERE origin_jti = ?1",
            (
                &sign_in.origin_jti,
                sign_in.scopes.claim().into_owned(),
                &sign_in.resource,
            ),
        )
    }

    /// Gives the sign-in of a refresh token a new one, and notes that the old one, of this hash, was replaced; one that was
    /// replaced before keeps the time of that.
    ///
    /// # Errors
    /// `TooManyRequestsException` when it has been replaced since it was read.
    pub(crate) fn rotate_refresh_token(
        &self,
        old: &KeptRefreshToken,
        old_hash: &[u8; 32],
        new_hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<()> {
        if old.replaced.is_none() {
            let replaced = self.run(
                "UPDATE refresh_tokens SET replaced_ms = ?2 WHERE hash = ?1 AND replaced_ms IS NULL",
                (old_hash, now.millis()),
            )?;
            if replaced == 0 {
                return Err(
                    ApiError::rate_exceeded().because("the refresh token was replaced meanwhile")
                );
            }
        }
        self.insert_refresh_token(&old.sign_in, new_hash)
    }

    /// Writes a refresh token of the sign-in, by its hash.
    pub(crate) fn insert_refresh_token(&self, sign_in: &SignIn, hash: &[u8; 32]) -> Result<()> {
        self.write(
            "INSERT INTO refresh_tokens (hash, sign_in) SELECT ?1, row FROM sign_ins WHERE origin_jti = ?2",
            (hash, &sign_in.origin_jti),
        )
    }

    /// Revokes the sign-in of this row, and with it every token that follows from it. Its session ends.
    pub(crate) fn revoke_sign_in(&self, row: i64) -> Result<()> {
        self.write("UPDATE sign_ins SET revoked = TRUE WHERE row = ?1", [row])?;
        self.delete_user_session(row)
    }

    /// Revokes all sign-ins of the user. Their sessions end, and those of the user's browsers.
    pub(crate) fn revoke_sign_ins(&self, user: &User) -> Result<()> {
        self.write(
            "UPDATE sign_ins SET revoked = TRUE WHERE user_row = ?1 AND NOT revoked",
            [user.row],
        )?;
        self.delete_user_sessions(user)?;
        self.delete_browser_sessions(user)
    }

    /// Deletes the refresh tokens of the owner's sign-ins with a device, and the sessions that they were. Access tokens stay valid
    /// until they expire.
    pub(crate) fn drop_refresh_tokens_of(
        &self,
        owner: &DeviceOwner,
        device: &DeviceKey,
    ) -> Result<()> {
        self.write(
            "DELETE FROM user_sessions WHERE sign_in IN
                 (SELECT s.row FROM users u JOIN sign_ins s ON s.user_row = u.row
                  WHERE u.pool = ?1 AND u.username_key = ?2 AND s.device_key = ?3)",
            (owner.pool, &owner.username_key, device.as_str()),
        )?;
        self.write(
            "DELETE FROM refresh_tokens WHERE sign_in IN
                 (SELECT s.row FROM users u JOIN sign_ins s ON s.user_row = u.row
                  WHERE u.pool = ?1 AND u.username_key = ?2 AND s.device_key = ?3)",
            (owner.pool, &owner.username_key, device.as_str()),
        )
    }
}

/// The sign-in in the first columns of a row, after `row`: `origin_jti`, `device_key`, `auth_time_s`, `expires_ms`, `revoked`, `scopes`
/// and `resource`.
pub(super) fn sign_in(row: Row<'_>) -> Result<SignIn> {
    let scopes: Option<String> = row.get(6)?;
    Ok(SignIn {
        origin_jti: row.get(1)?,
        device: row.get::<Option<String>>(2)?.map(DeviceKey::from),
        auth_time: Timestamp::from_millis(row.get::<i64>(3)?.saturating_mul(1000)),
        expires: Timestamp::from_millis(row.get(4)?),
        revoked: row.get(5)?,
        scopes: scopes.map_or(Scopes::Api, |scopes| Scopes::parse(&scopes)),
        resource: row.get(7)?,
    })
}
