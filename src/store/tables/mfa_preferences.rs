//! The table `mfa_preferences`.

use crate::domain::mfa::{Factor, Preferences};
use crate::domain::user::User;
use crate::error::Result;
use crate::store::tx::{ReadTx, WriteTx};

impl ReadTx<'_> {
    /// The user's preferences for second factors; the default where none were set.
    pub(crate) fn mfa_preferences(&self, user: &User) -> Result<Preferences> {
        let found = self.maybe(
            "SELECT sms, email, software_token, preferred FROM mfa_preferences WHERE user_row = ?1",
            [user.row],
            |row| {
                let preferred: Option<String> = row.get(3)?;
                Ok(Preferences {
                    sms: row.get(0)?,
                    email: row.get(1)?,
                    software_token: row.get(2)?,
                    preferred: preferred.as_deref().and_then(Factor::parse),
                })
            },
        )?;
        Ok(found.unwrap_or_default())
    }

    /// Whether the user with this row has codes by SMS switched on.
    pub(crate) fn wants_codes_by_sms(&self, user: i64) -> Result<bool> {
        let found = self.maybe(
            "SELECT 1 FROM mfa_preferences WHERE user_row = ?1 AND sms",
            [user],
            |_| Ok(()),
        )?;
        Ok(found.is_some())
    }
}

impl WriteTx<'_> {
    /// Writes the user's preferences for second factors.
    pub(crate) fn put_mfa_preferences(&self, user: &User, preferences: Preferences) -> Result<()> {
        self.write(
            "INSERT INTO mfa_preferences (user_row, sms, email, software_token, preferred) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (user_row) DO UPDATE SET sms = excluded.sms, email = excluded.email,
                 software_token = excluded.software_token, preferred = excluded.preferred",
            (
                user.row,
                preferences.sms,
                preferences.email,
                preferences.software_token,
                preferences.preferred.map(Factor::name),
            ),
        )
    }
}
