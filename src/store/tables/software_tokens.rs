//! The table `software_tokens`.

use crate::auth::totp::TotpSecret;
use crate::domain::user::User;
use crate::error::{ApiError, Result};
use crate::store::tx::{ReadTx, Row, WriteTx};

/// The software token that a user's codes are held against.
pub(crate) struct SoftwareToken {
    pub(crate) secret: TotpSecret,
    /// What the user calls the authenticator.
    pub(crate) friendly_name: Option<String>,
    /// The step of the last code that counted.
    pub(crate) last_step: Option<i64>,
}

impl SoftwareToken {
    /// Whether the code of this step, or of a later one, was used before. A last step that is still to come was written while the
    /// clock was ahead, and does not count.
    pub(crate) fn has_counted(&self, step: i64, unix_seconds: i64) -> bool {
        let last = self.last_step;
        let last = last.filter(|last| *last <= TotpSecret::last_step_at(unix_seconds));
        last.is_some_and(|last| step <= last)
    }
}

impl ReadTx<'_> {
    /// Whether the user has a verified software token.
    pub(crate) fn has_software_token(&self, user: &User) -> Result<bool> {
        let found = self.maybe(
            "SELECT 1 FROM software_tokens WHERE user_row = ?1 AND verified",
            [user.row],
            |_| Ok(()),
        )?;
        Ok(found.is_some())
    }

    /// Whether the user has a software token that waits to be verified.
    pub(crate) fn has_pending_software_token(&self, user: &User) -> Result<bool> {
        let found = self.maybe(
            "SELECT 1 FROM software_tokens WHERE user_row = ?1 AND NOT verified",
            [user.row],
            |_| Ok(()),
        )?;
        Ok(found.is_some())
    }

    /// The user's verified software token.
    ///
    /// # Errors
    /// `SoftwareTokenMFANotFoundException`.
    pub(crate) fn software_token(&self, user: &User) -> Result<SoftwareToken> {
        self.find_software_token(user)?
            .ok_or_else(ApiError::no_software_token)
    }

    /// The user's verified software token, if there is one.
    pub(crate) fn find_software_token(&self, user: &User) -> Result<Option<SoftwareToken>> {
        let found = self.maybe(
            "SELECT secret, friendly_name, last_step FROM software_tokens WHERE user_row = ?1 AND verified",
            [user.row],
            |row| Ok((bytes(row)?, row.get(1)?, row.get(2)?)),
        )?;
        let Some((bytes, friendly_name, last_step)) = found else {
            return Ok(None);
        };
        Ok(Some(SoftwareToken {
            secret: secret(&bytes)?,
            friendly_name,
            last_step,
        }))
    }

    /// The secret of the user's software token that waits to be verified.
    ///
    /// # Errors
    /// `SoftwareTokenMFANotFoundException`.
    pub(crate) fn pending_software_token(&self, user: &User) -> Result<TotpSecret> {
        let found = self.maybe(
            "SELECT secret FROM software_tokens WHERE user_row = ?1 AND NOT verified",
            [user.row],
            bytes,
        )?;
        let bytes = found.ok_or_else(ApiError::no_software_token)?;
        secret(&bytes)
    }
}

impl WriteTx<'_> {
    /// Writes a secret that waits for a code of the user, over any other that waits.
    pub(crate) fn put_pending_software_token(
        &self,
        user: &User,
        secret: &TotpSecret,
    ) -> Result<()> {
        self.write(
            "INSERT INTO software_tokens (user_row, verified, secret) VALUES (?1, FALSE, ?2)
             ON CONFLICT (user_row, verified) DO UPDATE SET secret = excluded.secret",
            (user.row, secret.as_bytes()),
        )
    }

    /// Makes the token that waits the user's, in place of any other.
    pub(crate) fn verify_software_token(
        &self,
        user: &User,
        friendly_name: Option<&str>,
        step: i64,
    ) -> Result<()> {
        self.write(
            "DELETE FROM software_tokens WHERE user_row = ?1 AND verified",
            [user.row],
        )?;
        self.write(
            "UPDATE software_tokens SET verified = TRUE, friendly_name = ?2, last_step = ?3 WHERE user_row = ?1",
            (user.row, friendly_name, step),
        )
    }

    /// Gives the user a verified token, in place of any other. The codes that have counted stay used if the secret is the same.
    pub(crate) fn put_software_token(
        &self,
        user: &User,
        secret: &TotpSecret,
        friendly_name: Option<&str>,
    ) -> Result<()> {
        self.write(
            "INSERT INTO software_tokens (user_row, verified, secret, friendly_name) VALUES (?1, TRUE, ?2, ?3)
             ON CONFLICT (user_row, verified) DO UPDATE SET secret = excluded.secret, friendly_name = excluded.friendly_name,
                 last_step = CASE WHEN software_tokens.secret = excluded.secret THEN software_tokens.last_step END",
            (user.row, secret.as_bytes(), friendly_name),
        )
    }

    /// Uses the code of a step of the user's verified software token, which has not counted ([`SoftwareToken::has_counted`]).
    pub(crate) fn use_software_token(&self, user: &User, step: i64) -> Result<()> {
        self.write(
            "UPDATE software_tokens SET last_step = ?2 WHERE user_row = ?1 AND verified",
            (user.row, step),
        )
    }

    /// Deletes the user's software token, and one that waits to be verified.
    pub(crate) fn delete_software_tokens(&self, user: &User) -> Result<()> {
        self.write(
            "DELETE FROM software_tokens WHERE user_row = ?1",
            [user.row],
        )
    }
}

fn bytes(row: Row<'_>) -> Result<Vec<u8>> {
    row.get(0)
}

fn secret(bytes: &[u8]) -> Result<TotpSecret> {
    TotpSecret::from_bytes(bytes)
        .ok_or_else(|| ApiError::internal("the secret of a software token is too short"))
}
