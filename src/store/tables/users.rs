//! The table `users`.

use std::collections::BTreeMap;

use crate::api::{Timestamp, UserStatusType};
use crate::domain::device::DeviceOwner;
use crate::domain::pool::{Configuration, Pool};
use crate::domain::user::filter::search_keys;
use crate::domain::user::{User, UserRecord};
use crate::error::{ApiError, Result};
use crate::ids::{ClientId, Username};
use crate::store::tx::{ReadTx, Row, WriteTx};

/// Whom a request probably means: what is foreseen is read by it, and nothing is decided by it.
pub(crate) struct Whom {
    pub(crate) user: User,
    pub(crate) sub: String,
}

impl ReadTx<'_> {
    /// How many users there are in all pools.
    pub(crate) fn count_users(&self) -> Result<u64> {
        let count = self.one("SELECT count(*) FROM users", (), |row| row.get(0))?;
        Ok(i64::cast_unsigned(count))
    }

    /// The user that `name` names in the pool: by username, then by sub, then by the pool's sign-in attributes (AWS API
    /// reference, `AdminGetDevice`, parameter `Username`). Where the pool ignores letter case, it does so in subs as well.
    pub(crate) fn find_user(
        &self,
        pool: &Pool,
        configuration: &Configuration,
        name: &Username,
    ) -> Result<Option<User>> {
        let key = configuration.key_of(name.as_str());
        if let Some(user) = self.find_user_by_username(pool, &key)? {
            return Ok(Some(user));
        }
        for sub in subs(&key, name) {
            let by_sub = self.find_user_of_sub(pool, sub)?;
            if by_sub.is_some() {
                return Ok(by_sub);
            }
        }
        self.find_user_by_alias(pool, &key)
    }

    /// As [`Self::find_user`], for the same work whether there is such a user and by whichever name: for clients that hide which
    /// users exist.
    pub(crate) fn find_user_evenly(
        &self,
        pool: &Pool,
        configuration: &Configuration,
        name: &Username,
    ) -> Result<Option<User>> {
        let key = configuration.key_of(name.as_str());
        let mut found = self.find_user_by_username(pool, &key)?;
        for sub in subs(&key, name) {
            found = found.or(self.find_user_of_sub(pool, sub)?);
        }
        let by_alias = self.find_user_by_alias(pool, &key)?;
        Ok(found.or(by_alias))
    }

    fn find_user_by_username(&self, pool: &Pool, key: &str) -> Result<Option<User>> {
        // The key is the username; the index alone tells the rest.
        let row = self.find_user_row(pool, key)?;
        Ok(row.map(|row| User {
            row,
            username: Username::from(key.to_owned()),
            owner: DeviceOwner {
                pool: pool.row,
                username_key: key.to_owned(),
            },
        }))
    }

    fn find_user_of_sub(&self, pool: &Pool, sub: &str) -> Result<Option<User>> {
        self.maybe_held(
            "SELECT row, username_key, pool FROM users WHERE pool = ?1 AND sub = ?2",
            "users",
            (pool.row, sub),
            user,
        )
    }

    fn find_user_by_alias(&self, pool: &Pool, key: &str) -> Result<Option<User>> {
        self.maybe_held(
            "SELECT users.row, users.username_key, users.pool
             FROM user_aliases JOIN users ON users.row = user_aliases.user_row
             WHERE user_aliases.pool = ?1 AND user_aliases.value = ?2 ORDER BY user_aliases.attribute LIMIT 1",
            "users",
            (pool.row, key),
            user,
        )
    }

    /// The user that `name` means, as [`Self::find_user`] looks for it.
    ///
    /// # Errors
    /// `UserNotFoundException` when there is no such user.
    pub(crate) fn user(
        &self,
        pool: &Pool,
        configuration: &Configuration,
        name: &Username,
    ) -> Result<User> {
        self.find_user(pool, configuration, name)?
            .ok_or_else(ApiError::no_such_user)
    }

    /// The user with this sub, and all that is kept of the user, if there is one.
    pub(crate) fn find_user_by_sub(
        &self,
        pool: &Pool,
        sub: &str,
    ) -> Result<Option<(User, UserRecord)>> {
        self.maybe_held(
            "SELECT row, username, sub, enabled, status, created_ms, modified_ms, attributes, username_key, pool FROM users
             WHERE pool = ?1 AND sub = ?2",
            "users",
            (pool.row, sub),
            user_and_record,
        )
    }

    /// The user with this row.
    pub(crate) fn user_of_row(&self, row: i64) -> Result<(User, UserRecord)> {
        let found = self.maybe_held(
            "SELECT row, username, sub, enabled, status, created_ms, modified_ms, attributes, username_key, pool FROM users
             WHERE row = ?1",
            "users",
            [row],
            user_and_record,
        )?;
        found.ok_or_else(|| ApiError::internal("the user has gone"))
    }

    /// All that is kept of a user who has been found.
    pub(crate) fn user_record(&self, user: &User) -> Result<UserRecord> {
        self.user_of_row(user.row).map(|(_, record)| record)
    }

    /// Checks that no user of the pool has this username.
    ///
    /// # Errors
    /// `UsernameExistsException`.
    pub(crate) fn check_username_is_free(
        &self,
        pool: &Pool,
        configuration: &Configuration,
        username: &Username,
    ) -> Result<()> {
        match self.find_user_record(pool, configuration, username)? {
            Some(_) => Err(ApiError::username_exists()),
            None => Ok(()),
        }
    }

    /// The first of the pool's users; `None` where it has none.
    ///
    /// It is asked for between two bounds that are the same: of one pool, PostgreSQL may look for its first row among all pools'.
    pub(crate) fn first_user(&self, pool: &Pool) -> Result<Option<User>> {
        self.maybe(
            "SELECT row, username_key, pool FROM users WHERE pool >= ?1 AND pool <= ?1 ORDER BY pool, row LIMIT 1",
            [pool.row],
            user,
        )
    }

    /// Whom the name of a sign-in through this client probably means, by one statement that does the same for every name: the user
    /// who is found by it, or else the pool's first. Returns `None` if there is nobody in the pool.
    pub(crate) fn whom(&self, client: &ClientId, name: &Username) -> Result<Option<Whom>> {
        let found = self.maybe(
            "SELECT coalesce(n.row, b.row, f.row), coalesce(n.username_key, b.username_key, f.username_key), p.row,
                 coalesce(n.sub, b.sub, f.sub)
             FROM app_clients c JOIN pools p ON p.row = c.pool
                 LEFT JOIN users n ON n.pool = p.row
                     AND n.username_key = CASE WHEN coalesce(p.case_sensitive, TRUE) THEN ?2 ELSE ?3 END
                 LEFT JOIN user_aliases a ON a.pool = p.row
                     AND a.value = CASE WHEN coalesce(p.case_sensitive, TRUE) THEN ?2 ELSE ?3 END
                 LEFT JOIN users b ON b.row = a.user_row
                 LEFT JOIN users f ON f.row =
                     (SELECT row FROM users WHERE pool >= p.row AND pool <= p.row ORDER BY pool, row LIMIT 1)
             WHERE c.client_id = ?1 LIMIT 1",
            (client.as_str(), name.as_str(), name.as_str().to_lowercase()),
            |row| {
                let is_anybody = row.get::<Option<i64>>(0)?.is_some();
                let whom = is_anybody.then(|| {
                    Ok(Whom {
                        user: user(row)?,
                        sub: row.get(3)?,
                    })
                });
                whom.transpose()
            },
        )?;
        Ok(found.flatten())
    }

    fn find_user_row(&self, pool: &Pool, username_key: &str) -> Result<Option<i64>> {
        self.maybe_held(
            "SELECT row FROM users WHERE pool = ?1 AND username_key = ?2",
            "users",
            (pool.row, username_key),
            |row| row.get(0),
        )
    }

    /// All that is kept of the user with exactly this username.
    pub(crate) fn find_user_record(
        &self,
        pool: &Pool,
        configuration: &Configuration,
        username: &Username,
    ) -> Result<Option<(i64, UserRecord)>> {
        self.maybe_held(
            "SELECT row, username, sub, enabled, status, created_ms, modified_ms, attributes, username_key FROM users
             WHERE pool = ?1 AND username_key = ?2",
            "users",
            (pool.row, configuration.key_of(username.as_str())),
            record,
        )
    }

    /// Up to `limit` users of the pool that come after the row `after`, in the order of their rows.
    pub(crate) fn users_after(
        &self,
        pool: &Pool,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(User, UserRecord)>> {
        self.all(
            "SELECT row, username, sub, enabled, status, created_ms, modified_ms, attributes, username_key, pool FROM users
             WHERE pool = ?1 AND row > ?2 ORDER BY row LIMIT ?3",
            (pool.row, after, limit),
            user_and_record,
        )
    }
}

impl WriteTx<'_> {
    /// Writes a new user with the names that the user is found by. Returns the row, or `None` if the pool has a user of this
    /// username.
    ///
    /// # Errors
    /// `UsernameExistsException` when the username is another user's sub or alias; `AliasExistsException` when another user has
    /// one of the aliases, in whatever way; `InvalidParameterException` when the sub is another's.
    pub(crate) fn add_user(
        &self,
        pool: &Pool,
        configuration: &Configuration,
        user: &UserRecord,
    ) -> Result<Option<i64>> {
        let key = configuration.key_of(user.username.as_str());
        self.hold_names(pool.row, &[&key, &user.sub])?;
        let (attributes, search_keys) = written(&user.attributes)?;
        let row = self.insert(
            "INSERT INTO users (pool, username, username_key, sub, enabled, status, created_ms, modified_ms, attributes,
                 search_keys)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING",
            "row",
            (
                pool.row,
                user.spelled.as_str(),
                &key,
                &user.sub,
                user.enabled,
                user.status.as_str(),
                user.created.millis(),
                user.modified.millis(),
                attributes,
                search_keys,
            ),
        )?;
        if let Some(row) = row {
            self.check_username_means_one(pool, row, &key)?;
            self.check_sub_means_one(pool, row, &user.sub)?;
            self.put_aliases(row, pool, user.aliases(configuration))?;
            self.count_user(pool.row, 1)?;
        } else if self.find_user_row(pool, &key)?.is_none() {
            return Err(ApiError::sub_exists());
        }
        Ok(row)
    }

    /// Writes over a user of the pool, and the names that the user is found by.
    ///
    /// # Errors
    /// As [`WriteTx::add_user`].
    pub(crate) fn put_user(
        &self,
        pool: &Pool,
        configuration: &Configuration,
        user: &UserRecord,
    ) -> Result<()> {
        let found = self.maybe_held(
            "SELECT row, sub FROM users WHERE pool = ?1 AND username_key = ?2",
            "users",
            (pool.row, configuration.key_of(user.username.as_str())),
            |found| Ok((found.get(0)?, found.get::<String>(1)?)),
        )?;
        let (row, sub) =
            found.ok_or_else(|| ApiError::internal("the pool has no user of this name"))?;
        if sub != user.sub {
            self.hold_names(pool.row, &[&user.sub])?;
            self.check_sub_means_one(pool, row, &user.sub)?;
        }
        let (attributes, search_keys) = written(&user.attributes)?;
        self.write(
            "UPDATE users SET username = ?2, sub = ?3, enabled = ?4, status = ?5, created_ms = ?6, modified_ms = ?7,
                 attributes = ?8, search_keys = ?9
             WHERE row = ?1",
            (
                row,
                user.spelled.as_str(),
                &user.sub,
                user.enabled,
                user.status.as_str(),
                user.created.millis(),
                user.modified.millis(),
                attributes,
                search_keys,
            ),
        )?;
        self.put_aliases(row, pool, user.aliases(configuration))
    }

    /// Writes a new user. Returns the row.
    ///
    /// # Errors
    /// `UsernameExistsException`, also of another user's sub or alias; `AliasExistsException` when another user has one of the
    /// other names.
    pub(crate) fn insert_user(
        &self,
        pool: &Pool,
        configuration: &Configuration,
        user: &UserRecord,
    ) -> Result<i64> {
        self.add_user(pool, configuration, user)?
            .ok_or_else(ApiError::username_exists)
    }

    /// Enables or disables the user.
    pub(crate) fn set_enabled(&self, user: &User, enabled: bool, now: Timestamp) -> Result<()> {
        self.write(
            "UPDATE users SET enabled = ?2, modified_ms = ?3 WHERE row = ?1",
            (user.row, enabled, now.millis()),
        )
    }

    /// Sets the status of the user.
    pub(crate) fn set_status(
        &self,
        user: &User,
        status: UserStatusType,
        now: Timestamp,
    ) -> Result<()> {
        self.write(
            "UPDATE users SET status = ?2, modified_ms = ?3 WHERE row = ?1",
            (user.row, status.as_str(), now.millis()),
        )
    }

    /// Deletes the user with names, password, devices and everything else that belongs to the user.
    pub(crate) fn delete_user(&self, user: &User) -> Result<()> {
        let deleted = self.run("DELETE FROM users WHERE row = ?1", [user.row])?;
        if deleted == 0 {
            return Ok(());
        }
        self.count_user(user.owner.pool, -1)
    }
}

/// A user's attributes, and what the user is searched by beyond them, as they are kept.
fn written(attributes: &BTreeMap<String, String>) -> Result<(String, Option<String>)> {
    let search_keys = search_keys(attributes).map(|keys| serde_json::to_string(&keys));
    Ok((
        serde_json::to_string(attributes).map_err(ApiError::internal)?,
        search_keys.transpose().map_err(ApiError::internal)?,
    ))
}

/// The subs that a name may be: its key, and the name as it was typed where that is another.
///
/// One by one: for `sub IN (?2, ?3)` SQLite makes a table each time.
fn subs<'a>(key: &'a str, name: &'a Username) -> impl Iterator<Item = &'a str> {
    let as_typed = Some(name.as_str()).filter(|typed| *typed != key);
    [Some(key), as_typed].into_iter().flatten()
}

fn user(row: Row<'_>) -> Result<User> {
    let owner = owner(row, 1)?;
    Ok(User {
        row: row.get(0)?,
        username: owner.username(),
        owner,
    })
}

/// The owner of devices whose name stands in the column, and whose pool stands in the next.
fn owner(row: Row<'_>, column: usize) -> Result<DeviceOwner> {
    Ok(DeviceOwner {
        username_key: row.get(column)?,
        pool: row.get(column + 1)?,
    })
}

fn user_and_record(found: Row<'_>) -> Result<(User, UserRecord)> {
    let (row, record) = record(found)?;
    let user = User {
        row,
        username: record.username.clone(),
        owner: owner(found, 8)?,
    };
    Ok((user, record))
}

pub(super) fn status(row: Row<'_>) -> Result<UserStatusType> {
    let kept = row.text(4)?;
    let mut known = UserStatusType::ALL.iter().copied();
    known
        .find(|status| status.as_str() == kept)
        .ok_or_else(|| ApiError::internal(format_args!("unknown status {kept}")))
}

pub(in crate::store) fn record(row: Row<'_>) -> Result<(i64, UserRecord)> {
    let record = UserRecord {
        username: Username::from(row.get::<String>(8)?),
        spelled: Username::from(row.get::<String>(1)?),
        sub: row.get(2)?,
        enabled: row.get(3)?,
        status: status(row)?,
        created: Timestamp::from_millis(row.get(5)?),
        modified: Timestamp::from_millis(row.get(6)?),
        attributes: serde_json::from_str(row.text(7)?).map_err(ApiError::internal)?,
    };
    Ok((row.get(0)?, record))
}
