//! The tables `software_tokens` and `mfa_preferences`.

use super::{ReadTx, WriteTx};
use crate::auth::totp::TotpSecret;
use crate::domain::second_factor::{Factor, Preferences};
use crate::domain::user::User;
use crate::error::{ApiError, Result};

/// The authenticator app of a user.
pub(crate) struct SoftwareToken {
    pub(crate) secret: TotpSecret,
    /// What the user calls the device with the app.
    pub(crate) name: Option<String>,
    /// The 30-second step of the last code that was taken.
    pub(crate) last_step: i64,
}

impl ReadTx<'_> {
    /// The user's authenticator app: the verified one, or the one that is still to be verified.
    pub(crate) fn find_software_token(
        &self,
        user: &User,
        verified: bool,
    ) -> Result<Option<SoftwareToken>> {
        let found = self.maybe(
            "SELECT secret, name, last_step FROM software_tokens WHERE user = ?1 AND verified = ?2",
            (user.row, verified),
            |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get(1)?, row.get(2)?)),
        )?;
        let token = found.map(|(secret, name, last_step)| {
            Ok(SoftwareToken {
                secret: TotpSecret::from_bytes(&secret)
                    .ok_or_else(|| ApiError::internal("a software token's secret is too short"))?,
                name,
                last_step,
            })
        });
        token.transpose()
    }

    /// What the user wants of the second factors.
    pub(crate) fn mfa_preferences(&self, user: &User) -> Result<Preferences> {
        let found = self.maybe(
            "SELECT sms, email, software_token, preferred FROM mfa_preferences WHERE user = ?1",
            [user.row],
            |row| {
                let preferred: Option<String> = row.get(3)?;
                Ok(Preferences {
                    sms: row.get(0)?,
                    email: row.get(1)?,
                    software_token: row.get(2)?,
                    preferred: preferred.and_then(|name| name.parse().ok()),
                })
            },
        )?;
        Ok(found.unwrap_or_default())
    }
}

impl WriteTx<'_> {
    /// Keeps the secret of an authenticator app that is still to be verified, in place of any other such.
    pub(crate) fn put_pending_software_token(
        &self,
        user: &User,
        secret: &TotpSecret,
    ) -> Result<()> {
        self.run(
            "INSERT INTO software_tokens (user, verified, secret, last_step) VALUES (?1, FALSE, ?2, 0)
             ON CONFLICT (user, verified) DO UPDATE SET secret = excluded.secret",
            (user.row, secret.as_bytes()),
        )
        .map(drop)
    }

    /// Makes the authenticator app that was to be verified the user's own, by a code of this step.
    pub(crate) fn verify_software_token(
        &self,
        user: &User,
        name: Option<&str>,
        step: i64,
    ) -> Result<()> {
        self.run(
            "DELETE FROM software_tokens WHERE user = ?1 AND verified",
            [user.row],
        )?;
        self.run(
            "UPDATE software_tokens SET verified = TRUE, name = ?2, last_step = ?3 WHERE user = ?1",
            (user.row, name, step),
        )
        .map(drop)
    }

    /// Takes a code of this step, if none of it or of a later one has been taken; false otherwise.
    pub(crate) fn take_software_token_step(&self, user: &User, step: i64) -> Result<bool> {
        let taken = self.run(
            "UPDATE software_tokens SET last_step = ?2 WHERE user = ?1 AND verified AND last_step < ?2",
            (user.row, step),
        )?;
        Ok(taken > 0)
    }

    /// Forgets the user's authenticator app, verified or not.
    pub(crate) fn delete_software_token(&self, user: &User) -> Result<()> {
        self.run("DELETE FROM software_tokens WHERE user = ?1", [user.row])
            .map(drop)
    }

    /// Keeps what the user wants of the second factors.
    pub(crate) fn put_mfa_preferences(&self, user: &User, preferences: Preferences) -> Result<()> {
        self.run(
            "INSERT INTO mfa_preferences (user, sms, email, software_token, preferred) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (user) DO UPDATE SET sms = excluded.sms, email = excluded.email,
                 software_token = excluded.software_token, preferred = excluded.preferred",
            (
                user.row,
                preferences.sms,
                preferences.email,
                preferences.software_token,
                preferences.preferred.map(Factor::name),
            ),
        )
        .map(drop)
    }
}
