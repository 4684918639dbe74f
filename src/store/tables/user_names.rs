//! The table `user_aliases`, and what holds all names of users together: each name means one user of its pool.

use crate::domain::pool::{Configuration, Pool};
use crate::domain::user::attributes::CASE_INSENSITIVE;
use crate::domain::user::{User, UserRecord};
use crate::error::{ApiError, Result};
use crate::ids::Username;
use crate::store::tables::users::record;
use crate::store::tx::WriteTx;

impl WriteTx<'_> {
    /// Checks that nobody else is found by the key of the user's username.
    ///
    /// # Errors
    /// `UsernameExistsException`.
    pub(super) fn check_username_means_one(&self, pool: &Pool, row: i64, key: &str) -> Result<()> {
        let others = self.maybe(
            "SELECT 1 FROM users WHERE pool = ?1 AND sub = ?2 AND row <> ?3
             UNION ALL SELECT 1 FROM user_aliases WHERE pool = ?1 AND value = ?2 AND user_row <> ?3 LIMIT 1",
            (pool.row, key, row),
            |_| Ok(()),
        )?;
        match others {
            Some(()) => {
                Err(ApiError::username_exists()
                    .because("the username is another user's sub or alias"))
            }
            None => Ok(()),
        }
    }

    /// Checks that nobody else is found by the user's sub.
    ///
    /// # Errors
    /// `InvalidParameterException`.
    pub(super) fn check_sub_means_one(&self, pool: &Pool, row: i64, sub: &str) -> Result<()> {
        let others = self.maybe(
            "SELECT 1 FROM users WHERE pool = ?1 AND sub = ?2 AND row <> ?3
             UNION ALL SELECT 1 FROM users WHERE pool = ?1 AND username_key = ?2 AND row <> ?3
             UNION ALL SELECT 1 FROM user_aliases WHERE pool = ?1 AND value = ?2 AND user_row <> ?3 LIMIT 1",
            (pool.row, sub, row),
            |_| Ok(()),
        )?;
        match others {
            Some(()) => Err(ApiError::sub_exists()),
            None => Ok(()),
        }
    }

    /// Makes these the aliases that the user is found by, in place of all others.
    ///
    /// # Errors
    /// `AliasExistsException` of one that is new and by which another user is found, be it the username or the sub.
    pub(super) fn put_aliases(
        &self,
        row: i64,
        pool: &Pool,
        aliases: Vec<(&'static str, String)>,
    ) -> Result<()> {
        let kept: Vec<(String, String)> = self.all(
            "SELECT attribute, value FROM user_aliases WHERE user_row = ?1",
            [row],
            |found| Ok((found.get(0)?, found.get(1)?)),
        )?;
        let (stay, go): (Vec<_>, Vec<_>) = kept.into_iter().partition(|(attribute, value)| {
            let mut due = aliases.iter();
            due.any(|(name, alias)| name == attribute && alias == value)
        });
        for (attribute, value) in go {
            self.write(
                "DELETE FROM user_aliases WHERE pool = ?1 AND value = ?2 AND attribute = ?3",
                (pool.row, value, attribute),
            )?;
        }
        let is_new = |(name, alias): &(&str, String)| {
            let mut stay = stay.iter();
            !stay.any(|(attribute, value)| attribute == name && value == alias)
        };
        let new: Vec<_> = aliases.into_iter().filter(is_new).collect();
        if !new.is_empty() {
            let names: Vec<&str> = new.iter().map(|(_, value)| value.as_str()).collect();
            self.hold_names(pool.row, &names)?;
        }
        for (attribute, value) in new {
            let added = self.run(
                "INSERT INTO user_aliases (pool, value, attribute, user_row)
                 SELECT ?1, ?2, ?3, ?4
                 WHERE NOT EXISTS (SELECT 1 FROM users WHERE pool = ?1 AND username_key = ?2 AND row <> ?4)
                   AND NOT EXISTS (SELECT 1 FROM users WHERE pool = ?1 AND sub = ?2 AND row <> ?4)
                   AND NOT EXISTS (SELECT 1 FROM user_aliases WHERE pool = ?1 AND value = ?2 AND user_row <> ?4)
                 ON CONFLICT DO NOTHING",
                (pool.row, value, attribute, row),
            )?;
            if added == 0 {
                return Err(ApiError::alias_exists(attribute));
            }
        }
        Ok(())
    }

    /// Finds every user of the pool by the names that follow from a changed configuration.
    ///
    /// # Errors
    /// `UsernameExistsException` or `AliasExistsException` when two users would have the same.
    pub(crate) fn rename_users(&self, pool: &Pool, configuration: &Configuration) -> Result<()> {
        const BATCH: u32 = 1000;
        self.hold_pool(pool)?;
        self.write("DELETE FROM user_aliases WHERE pool = ?1", [pool.row])?;
        let mut after = i64::MIN;
        loop {
            let mut users = self.users_after(pool, after, BATCH)?;
            for (User { row, .. }, user) in &mut users {
                after = *row;
                let key = configuration.key_of(user.spelled.as_str());
                let renamed = self.run(
                    "UPDATE users SET username_key = ?3 WHERE row = ?2
                     AND NOT EXISTS (SELECT 1 FROM users WHERE pool = ?1 AND username_key = ?3 AND row <> ?2)",
                    (pool.row, *row, &key),
                )?;
                if renamed == 0 {
                    return Err(ApiError::username_exists());
                }
                self.check_username_means_one(pool, *row, &key)?;
                if key != user.username.as_str() {
                    self.keep_spelling(*row, &user.username)?;
                }
                user.username = Username::from(key);
                for name in CASE_INSENSITIVE {
                    if let Some(value) = user.attributes.get_mut(name) {
                        *value = configuration.key_of(value);
                    }
                }
                self.put_user(pool, configuration, user)?;
            }
            if users.is_empty() {
                return Ok(());
            }
        }
    }

    /// Takes the aliases of a new user from whoever has them: the address or number of that user is no longer verified (AWS
    /// API reference, `AdminCreateUser`, `ForceAliasCreation`). Preferred usernames, and the attributes that users are known
    /// by where they have no other name, stay.
    pub(crate) fn release_aliases(
        &self,
        pool: &Pool,
        configuration: &Configuration,
        user: &UserRecord,
    ) -> Result<()> {
        for (flag, attribute, value) in user.movable_aliases(configuration) {
            let holder = self.maybe_held(
                "SELECT row, username, sub, enabled, status, created_ms, modified_ms, attributes, username_key FROM users
                 WHERE row = (SELECT user_row FROM user_aliases WHERE pool = ?1 AND value = ?2 AND attribute = ?3)",
            "users",
                (pool.row, value, attribute),
                record,
            )?;
            if let Some((_, mut holder)) = holder {
                holder
                    .attributes
                    .insert(flag.to_owned(), "false".to_owned());
                self.put_user(pool, configuration, &holder)?;
            }
        }
        Ok(())
    }
}
