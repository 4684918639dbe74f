//! The table `passwords`: of each only its SRP verifier, which cannot be turned back into it.

use rusqlite::Row;

use super::{ReadTx, WriteTx};
use crate::api::Timestamp;
use crate::auth::srp::Verifier;
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
    /// Keeps the user's password, in place of any other.
    pub(crate) fn put_password(&self, user: i64, password: &KeptPassword) -> Result<()> {
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
