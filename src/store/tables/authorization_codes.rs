//! The table `authorization_codes`. Of a code only a hash is kept.

use super::sign_ins::sign_in;
use crate::api::Timestamp;
use crate::domain::tokens::SignIn;
use crate::error::Result;
use crate::store::tx::{ReadTx, WriteTx};

/// What an authorization code is bound to, beside its sign-in.
pub(crate) struct AuthorizationCode {
    /// The redirect URI of the request for authorization.
    pub(crate) redirect_uri: String,
    /// The challenge that the client must show the verifier of (RFC 7636), by the method S256.
    pub(crate) challenge: Option<String>,
    /// What the ID token repeats.
    pub(crate) nonce: Option<String>,
    /// The id of the sign-in's event, if one is recorded.
    pub(crate) event: Option<String>,
    pub(crate) expires: Timestamp,
}

/// An authorization code that is known.
pub(crate) struct KeptCode {
    pub(crate) code: AuthorizationCode,
    pub(crate) sign_in: SignIn,
    /// The rows of user and client.
    pub(crate) user: i64,
    pub(crate) client: i64,
}

impl ReadTx<'_> {
    /// The code with this hash, if there is one that has not served.
    pub(crate) fn find_authorization_code(&self, hash: &[u8; 32]) -> Result<Option<KeptCode>> {
        self.maybe_held(
            "SELECT s.row, s.origin_jti, s.device_key, s.auth_time_s, s.expires_ms, s.revoked, s.scopes, s.resource,
                 s.user_row, s.client, c.redirect_uri, c.challenge, c.nonce, c.event, c.expires_ms
             FROM authorization_codes c JOIN sign_ins s ON s.row = c.sign_in WHERE c.hash = ?1",
            "s",
            [hash],
            |row| {
                Ok(KeptCode {
                    sign_in: sign_in(row)?,
                    user: row.get(8)?,
                    client: row.get(9)?,
                    code: AuthorizationCode {
                        redirect_uri: row.get(10)?,
                        challenge: row.get(11)?,
                        nonce: row.get(12)?,
                        event: row.get(13)?,
                        expires: Timestamp::from_millis(row.get(14)?),
                    },
                })
            },
        )
    }
}

impl WriteTx<'_> {
    /// Writes a code of the sign-in, by its hash.
    pub(crate) fn insert_authorization_code(
        &self,
        hash: &[u8; 32],
        sign_in: &SignIn,
        code: &AuthorizationCode,
    ) -> Result<()> {
        self.write(
            "INSERT INTO authorization_codes (hash, sign_in, redirect_uri, challenge, nonce, event, expires_ms)
             SELECT ?1, row, ?3, ?4, ?5, ?6, ?7 FROM sign_ins WHERE origin_jti = ?2",
            (
                hash,
                &sign_in.origin_jti,
                &code.redirect_uri,
                &code.challenge,
                &code.nonce,
                &code.event,
                code.expires.millis(),
            ),
        )
    }

    /// Uses up the code with this hash, which serves once. Returns whether it had not served.
    pub(crate) fn use_authorization_code(&self, hash: &[u8; 32]) -> Result<bool> {
        let used = self.run("DELETE FROM authorization_codes WHERE hash = ?1", [hash])?;
        Ok(used > 0)
    }
}
