//! The tables `passwords` and `former_passwords`: of each password only its SRP verifier, which cannot be turned back into it.

use crate::api::Timestamp;
use crate::auth::srp::{Identity, Verifier};
use crate::domain::user::User;
use crate::error::{ApiError, Result};
use crate::ids::{UserPoolId, Username};
use crate::store::tx::{ReadTx, Row, WriteTx};

/// What is kept of a password.
pub(crate) struct KeptPassword {
    pub(crate) verifier: Verifier,
    /// The username that it was made with, where that is not the user's as it is spelled now. Only by that name it is proved.
    pub(crate) made_with: Option<Username>,
    /// Whether it must be changed at the next sign-in. A temporary password is refused some days after it was set.
    pub(crate) temporary: bool,
    pub(crate) set: Timestamp,
}

impl PartialEq for KeptPassword {
    /// When a permanent password was set does not matter.
    fn eq(&self, other: &Self) -> bool {
        self.verifier.salt() == other.verifier.salt()
            && self.verifier.value() == other.verifier.value()
            && self.made_with == other.made_with
            && self.temporary == other.temporary
            && (!self.temporary || self.set == other.set)
    }
}

impl KeptPassword {
    /// The name that the user of this username proves it by.
    pub(crate) fn name<'a>(&'a self, username: &'a Username) -> &'a Username {
        self.made_with.as_ref().unwrap_or(username)
    }
}

/// The passwords that a user may not take again, and the username that each was made with, where it was another.
#[derive(Clone)]
pub(crate) struct PasswordHistory(Vec<(Verifier, Option<Username>)>);

impl PasswordHistory {
    /// Whether the password is one of them. It takes milliseconds for each.
    pub(crate) fn holds(&self, pool: &UserPoolId, username: &Username, password: &str) -> bool {
        self.0.iter().any(|(verifier, made_with)| {
            let name = made_with.as_ref().unwrap_or(username);
            verifier.accepts(Identity::user(pool, name.as_str()), password)
        })
    }
}

impl PartialEq for PasswordHistory {
    /// Salts are drawn, so they tell one password that was set from another.
    fn eq(&self, other: &Self) -> bool {
        let salts = |history: &Self| -> Vec<Vec<u8>> {
            let verifiers = history.0.iter();
            verifiers
                .map(|(verifier, _)| verifier.salt().to_vec())
                .collect()
        };
        salts(self) == salts(other)
    }
}

impl ReadTx<'_> {
    /// What is kept of the password of the user with this row, if the user has one.
    pub(crate) fn find_password(&self, user: i64) -> Result<Option<KeptPassword>> {
        let found = self.maybe(
            "SELECT salt, verifier, username, temporary, set_ms FROM passwords WHERE user_row = ?1",
            [user],
            |row| Ok((made(row)?, row.get(3)?, row.get(4)?)),
        )?;
        let kept = found.map(|(made, temporary, set)| {
            let (verifier, made_with) = verifier(made)?;
            Ok(KeptPassword {
                verifier,
                made_with,
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
            "SELECT salt, verifier, username FROM
                 (SELECT 1 AS present, user_row AS row, salt, verifier, username FROM passwords WHERE user_row = ?1 AND NOT temporary
                  UNION ALL SELECT 0, row, salt, verifier, username FROM former_passwords WHERE user_row = ?1) AS had
             ORDER BY present DESC, row DESC
             LIMIT (SELECT password_history_size FROM pools WHERE row = (SELECT pool FROM users WHERE row = ?1))",
            [user.row],
            made,
        )?;
        let verifiers = found.into_iter().map(verifier);
        verifiers.collect::<Result<_>>().map(PasswordHistory)
    }

    /// When the user was given the temporary password that is still to be changed, if it is one.
    pub(crate) fn temporary_password_since(&self, user: &User) -> Result<Option<Timestamp>> {
        self.maybe(
            "SELECT set_ms FROM passwords WHERE user_row = ?1 AND temporary",
            [user.row],
            |row| row.get(0).map(Timestamp::from_millis),
        )
    }
}

impl WriteTx<'_> {
    /// Keeps the user's password, in place of any other. One that the user had for good is remembered as far as the pool's
    /// policy asks. Invitations with a temporary password before it leave the outbox.
    pub(crate) fn put_password(&self, user: i64, password: &KeptPassword) -> Result<()> {
        self.write(
            "INSERT INTO former_passwords (user_row, salt, verifier, username)
             SELECT user_row, salt, verifier, username FROM passwords WHERE user_row = ?1 AND NOT temporary",
            [user],
        )?;
        self.write(
            "DELETE FROM former_passwords WHERE user_row = ?1 AND row NOT IN
                 (SELECT row FROM former_passwords WHERE user_row = ?1 ORDER BY row DESC LIMIT
                     (SELECT password_history_size FROM pools WHERE row = (SELECT pool FROM users WHERE row = ?1)))",
            [user],
        )?;
        self.write(
            "INSERT INTO passwords (user_row, salt, verifier, username, temporary, set_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (user_row) DO UPDATE SET salt = excluded.salt, verifier = excluded.verifier,
                 username = excluded.username, temporary = excluded.temporary, set_ms = excluded.set_ms",
            (
                user,
                password.verifier.salt(),
                password.verifier.value().expose().as_slice(),
                password.made_with.as_ref().map(Username::as_str),
                password.temporary,
                password.set.millis(),
            ),
        )?;
        if password.made_with.is_some() {
            self.note_spelled_usernames(user)?;
        }
        self.delete_invitations(user)
    }

    /// Deletes the user's password, if the user has one.
    pub(crate) fn delete_password(&self, user: &User) -> Result<()> {
        self.write("DELETE FROM passwords WHERE user_row = ?1", [user.row])
    }

    /// Notes that the passwords that a user has were made with the username as it was spelled before.
    pub(super) fn keep_spelling(&self, user: i64, spelled: &Username) -> Result<()> {
        self.write(
            "UPDATE former_passwords SET username = ?2 WHERE user_row = ?1 AND username IS NULL",
            (user, spelled.as_str()),
        )?;
        let has_password = self.run(
            "UPDATE passwords SET username = ?2 WHERE user_row = ?1 AND username IS NULL",
            (user, spelled.as_str()),
        )?;
        if has_password > 0 {
            self.note_spelled_usernames(user)?;
        }
        Ok(())
    }

    fn note_spelled_usernames(&self, user: i64) -> Result<()> {
        self.write(
            "UPDATE pools SET spelled_usernames = TRUE
             WHERE row = (SELECT pool FROM users WHERE row = ?1) AND NOT spelled_usernames",
            [user],
        )
    }
}

/// Salt and verifier, and the username that they were made with.
type Made = (Vec<u8>, Vec<u8>, Option<String>);

fn made(row: Row<'_>) -> Result<Made> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}

fn verifier((salt, value, username): Made) -> Result<(Verifier, Option<Username>)> {
    let verifier = Verifier::from_stored(&salt, &value).map_err(ApiError::internal)?;
    Ok((verifier, username.map(Username::from)))
}
