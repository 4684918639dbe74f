//! The tables `passwords` and `former_passwords`: of each password only its SRP verifier, which cannot be turned back into it.

use rusqlite::Row;

use super::{ReadTx, WriteTx};
use crate::api::Timestamp;
use crate::auth::srp::{Identity, Verifier};
use crate::domain::user::User;
use crate::error::{ApiError, Result};

/// What is kept of a password.
pub(crate) struct KeptPassword {
    pub(crate) verifier: Verifier,
    /// Whether it must be changed at the next sign-in, and ceases to count some days after it was set.
    pub(crate) temporary: bool,
    pub(crate) set: Timestamp,
}

impl PartialEq for KeptPassword {
    /// When a permanent password was set does not matter.
    fn eq(&self, other: &Self) -> bool {
        self.verifier.salt() == other.verifier.salt()
            && self.verifier.value() == other.verifier.value()
            && self.temporary == other.temporary
            && (!self.temporary || self.set == other.set)
    }
}

/// The passwords that a user may not take again.
#[derive(Clone)]
pub(crate) struct PasswordHistory(Vec<Verifier>);

impl PasswordHistory {
    /// Whether the password is one of them. It takes milliseconds for each.
    pub(crate) fn holds(&self, who: Identity<'_>, password: &str) -> bool {
        self.0
            .iter()
            .any(|verifier| verifier.accepts(who, password))
    }
}

impl PartialEq for PasswordHistory {
    /// Salts are drawn, so they tell one password that was set from another.
    fn eq(&self, other: &Self) -> bool {
        let salts = |history: &Self| -> Vec<Vec<u8>> {
            let verifiers = history.0.iter();
            verifiers.map(|verifier| verifier.salt().to_vec()).collect()
        };
        salts(self) == salts(other)
    }
}

impl ReadTx<'_> {
    /// What is kept of the password of the user with this row, if the user has one.
    pub(crate) fn find_password(&self, user: i64) -> Result<Option<KeptPassword>> {
        let found = self.maybe(
            "SELECT salt, verifier, temporary, set_ms FROM passwords WHERE user = ?1",
            [user],
            |row| Ok((numbers(row)?, row.get(2)?, row.get(3)?)),
        )?;
        let kept = found.map(|((salt, value), temporary, set)| {
            Ok(KeptPassword {
                verifier: Verifier::from_stored(&salt, &value).map_err(ApiError::internal)?,
                temporary,
                set: Timestamp::from_millis(set),
            })
        });
        kept.transpose()
    }

    /// The passwords that the pool's policy does not allow the user again: the last ones that the user had for good, the
    /// present one among them (AWS's guide "Passwords, account recovery, and password policies", "Password history").
    pub(crate) fn password_history(&self, user: &User) -> Result<PasswordHistory> {
        let found = self.all(
            "SELECT salt, verifier FROM
                 (SELECT 1 AS present, user AS row, salt, verifier FROM passwords WHERE user = ?1 AND NOT temporary
                  UNION ALL SELECT 0, row, salt, verifier FROM former_passwords WHERE user = ?1)
             ORDER BY present DESC, row DESC
             LIMIT (SELECT password_history_size FROM pools WHERE row = (SELECT pool FROM users WHERE row = ?1))",
            [user.row],
            numbers,
        )?;
        let verifiers = found
            .iter()
            .map(|(salt, value)| Verifier::from_stored(salt, value).map_err(ApiError::internal));
        verifiers.collect::<Result<_>>().map(PasswordHistory)
    }

    /// When the user was given the temporary password that is still to be changed, if it is one.
    pub(crate) fn temporary_password_since(&self, user: &User) -> Result<Option<Timestamp>> {
        self.maybe(
            "SELECT set_ms FROM passwords WHERE user = ?1 AND temporary",
            [user.row],
            |row| row.get(0).map(Timestamp::from_millis),
        )
    }
}

impl WriteTx<'_> {
    /// Keeps the user's password, in place of any other. One that the user had for good is remembered as far as the pool's
    /// policy asks.
    pub(crate) fn put_password(&self, user: i64, password: &KeptPassword) -> Result<()> {
        self.run(
            "INSERT INTO former_passwords (user, salt, verifier)
             SELECT user, salt, verifier FROM passwords WHERE user = ?1 AND NOT temporary",
            [user],
        )?;
        self.run(
            "DELETE FROM former_passwords WHERE user = ?1 AND row NOT IN
                 (SELECT row FROM former_passwords WHERE user = ?1 ORDER BY row DESC LIMIT
                     (SELECT password_history_size FROM pools WHERE row = (SELECT pool FROM users WHERE row = ?1)))",
            [user],
        )?;
        self.run(
            "INSERT INTO passwords (user, salt, verifier, temporary, set_ms) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (user) DO UPDATE SET salt = excluded.salt, verifier = excluded.verifier,
                 temporary = excluded.temporary, set_ms = excluded.set_ms",
            (
                user,
                password.verifier.salt(),
                password.verifier.value().expose().as_slice(),
                password.temporary,
                password.set.millis(),
            ),
        )
        .map(drop)
    }
}

/// Salt and verifier.
fn numbers(row: &Row<'_>) -> rusqlite::Result<(Vec<u8>, Vec<u8>)> {
    Ok((row.get(0)?, row.get(1)?))
}
