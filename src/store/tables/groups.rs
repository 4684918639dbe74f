//! The tables `groups` and `group_members`.

use super::user_search::shown;
use crate::api::{Timestamp, UserType};
use crate::domain::group::{Group, MAX_GROUPS_OF_POOL, MAX_GROUPS_OF_USER};
use crate::domain::pool::Pool;
use crate::domain::user::User;
use crate::error::{ApiError, Result};
use crate::ids::GroupName;
use crate::store::page::{Page, one_more};
use crate::store::tx::{ReadTx, Row, WriteTx};

impl ReadTx<'_> {
    /// How many groups there are in all pools.
    pub(crate) fn count_groups(&self) -> Result<u64> {
        let count = self.one("SELECT count(*) FROM groups", (), |row| row.get(0))?;
        Ok(i64::cast_unsigned(count))
    }

    /// The pool's group with this name.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when the pool has none.
    pub(crate) fn group(&self, pool: &Pool, name: &GroupName) -> Result<Group> {
        self.find_group(pool, name)?
            .ok_or_else(ApiError::no_such_group)
    }

    /// The pool's group with this name, if there is one.
    pub(crate) fn find_group(&self, pool: &Pool, name: &GroupName) -> Result<Option<Group>> {
        self.maybe_held(
            "SELECT name, description, role_arn, precedence, created_ms, modified_ms FROM groups WHERE pool = ?1 AND name = ?2",
            "groups",
            (pool.row, name.as_str()),
            group,
        )
    }

    /// Up to `limit` groups of the pool whose names come after `after`.
    pub(crate) fn groups(
        &self,
        pool: &Pool,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Page<Group>> {
        let found = self.all(
            "SELECT name, description, role_arn, precedence, created_ms, modified_ms FROM groups
             WHERE pool = ?1 AND name > ?2 ORDER BY name LIMIT ?3",
            (pool.row, after.unwrap_or_default(), one_more(limit)),
            group,
        )?;
        Ok(Page::cut(found, limit))
    }

    /// All groups that the user is in, in the order of their ranks.
    pub(crate) fn groups_of_user(&self, user: &User) -> Result<Vec<Group>> {
        let mut found = self.all(
            "SELECT name, description, role_arn, precedence, created_ms, modified_ms
             FROM group_members JOIN groups ON groups.row = group_members.group_row WHERE user_row = ?1",
            [user.row],
            group,
        )?;
        // They are few, and a change of a group's precedence stays a change of one row.
        found.sort_unstable_by(|one, other| one.rank().cmp(&other.rank()));
        Ok(found)
    }

    /// Up to `limit` groups that the user is in, in the order of their ranks, after the rank of the text `after`.
    pub(crate) fn some_groups_of_user(
        &self,
        user: &User,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Page<Group>> {
        let mut found = self.groups_of_user(user)?;
        if let Some(after) = after {
            found.retain(|group| group.rank_text().as_str() > after);
        }
        Ok(Page::cut(found, limit))
    }

    /// Up to `limit` users who are in the pool's group with this name, after the row of the text `after`, each with its row.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when the pool has no such group; `InvalidParameterException` when `after` is not the text of a
    /// row.
    pub(crate) fn users_in_group(
        &self,
        pool: &Pool,
        name: &GroupName,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Page<(i64, UserType)>> {
        let group = self.group_row(pool, name)?;
        let after = after.map_or(Ok(0), str::parse::<i64>);
        let after = after.map_err(|_| ApiError::bad_pagination_token())?;
        let found = self.all(
            "SELECT users.row, username, sub, enabled, status, created_ms, modified_ms, attributes, username_key
             FROM group_members JOIN users ON users.row = group_members.user_row
             WHERE group_row = ?1 AND user_row > ?2 ORDER BY user_row LIMIT ?3",
            (group, after, one_more(limit)),
            shown,
        )?;
        Ok(Page::cut(found, limit))
    }

    fn group_row(&self, pool: &Pool, name: &GroupName) -> Result<i64> {
        let found = self.maybe_held(
            "SELECT row FROM groups WHERE pool = ?1 AND name = ?2",
            "groups",
            (pool.row, name.as_str()),
            |row| row.get(0),
        )?;
        found.ok_or_else(ApiError::no_such_group)
    }
}

impl WriteTx<'_> {
    /// Writes a new group of the pool.
    ///
    /// # Errors
    /// `GroupExistsException` when the pool has a group with this name; `LimitExceededException` when it has as many groups as a
    /// pool may have.
    pub(crate) fn insert_group(&self, pool: &Pool, group: &Group) -> Result<()> {
        self.hold_pool(pool)?;
        let inserted = self.run(
            "INSERT INTO groups (pool, name, description, role_arn, precedence, created_ms, modified_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
            (
                pool.row,
                group.name.as_str(),
                group.description.as_deref(),
                group.role_arn.as_deref(),
                group.precedence,
                group.created.millis(),
                group.modified.millis(),
            ),
        )?;
        if inserted == 0 {
            return Err(ApiError::group_exists());
        }
        let number: u32 = self.one(
            "SELECT count(*) FROM groups WHERE pool = ?1",
            [pool.row],
            |row| row.get(0),
        )?;
        if number > MAX_GROUPS_OF_POOL {
            return Err(ApiError::too_many_groups());
        }
        Ok(())
    }

    /// Writes over the pool's group with the same name.
    pub(crate) fn put_group(&self, pool: &Pool, group: &Group) -> Result<()> {
        self.write(
            "UPDATE groups SET description = ?3, role_arn = ?4, precedence = ?5, created_ms = ?6, modified_ms = ?7
             WHERE pool = ?1 AND name = ?2",
            (
                pool.row,
                group.name.as_str(),
                group.description.as_deref(),
                group.role_arn.as_deref(),
                group.precedence,
                group.created.millis(),
                group.modified.millis(),
            ),
        )
    }

    /// Deletes the pool's group; the users who are in it stay.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when the pool has none with this name.
    pub(crate) fn delete_group(&self, pool: &Pool, name: &GroupName) -> Result<()> {
        let deleted = self.run(
            "DELETE FROM groups WHERE pool = ?1 AND name = ?2",
            (pool.row, name.as_str()),
        )?;
        if deleted == 0 {
            return Err(ApiError::no_such_group());
        }
        Ok(())
    }

    /// Adds the user to the pool's group with this name. Returns whether the user was not in it.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when the pool has no such group; `InvalidParameterException` when the user is in as many groups
    /// as a user may be in.
    pub(crate) fn put_group_member(
        &self,
        pool: &Pool,
        name: &GroupName,
        user: &User,
    ) -> Result<bool> {
        let group = self.group_row(pool, name)?;
        let inserted = self.run(
            "INSERT INTO group_members (group_row, user_row) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            (group, user.row),
        )?;
        if inserted == 0 {
            return Ok(false);
        }
        let number: u32 = self.one(
            "SELECT count(*) FROM group_members WHERE user_row = ?1",
            [user.row],
            |row| row.get(0),
        )?;
        if number > MAX_GROUPS_OF_USER {
            return Err(ApiError::too_many_groups_of_user());
        }
        Ok(true)
    }

    /// Takes the user out of the pool's group with this name, if the user is in it.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when the pool has no such group.
    pub(crate) fn delete_group_member(
        &self,
        pool: &Pool,
        name: &GroupName,
        user: &User,
    ) -> Result<()> {
        let group = self.group_row(pool, name)?;
        self.write(
            "DELETE FROM group_members WHERE group_row = ?1 AND user_row = ?2",
            (group, user.row),
        )
    }
}

/// Reads a group from the first six columns.
pub(in crate::store) fn group(row: Row<'_>) -> Result<Group> {
    Ok(Group {
        name: GroupName::from(row.get::<String>(0)?),
        description: row.get(1)?,
        role_arn: row.get(2)?,
        precedence: row.get(3)?,
        created: Timestamp::from_millis(row.get(4)?),
        modified: Timestamp::from_millis(row.get(5)?),
    })
}
