//! The table `user_counts`: how many users each pool has.
//!
//! Every user is added by [`WriteTx::add_user`] and deleted by [`WriteTx::delete_user`] or with the pool, so these two keep the
//! count, in the transaction of the user. On an engine where transactions write side by side, new users of a pool take turns at its
//! row.

use crate::domain::pool::Pool;
use crate::error::Result;
use crate::store::tx::{ReadTx, WriteTx};

impl ReadTx<'_> {
    /// How many users the pool has.
    pub(crate) fn number_of_users(&self, pool: &Pool) -> Result<i64> {
        let users = self.maybe(
            "SELECT users FROM user_counts WHERE pool = ?1",
            [pool.row],
            |row| row.get(0),
        )?;
        Ok(users.unwrap_or_default())
    }
}

impl WriteTx<'_> {
    /// Counts one more user of the pool with this row, or one less for -1.
    pub(super) fn count_user(&self, pool: i64, change: i64) -> Result<()> {
        self.write(
            "INSERT INTO user_counts (pool, users) VALUES (?1, ?2)
             ON CONFLICT (pool) DO UPDATE SET users = user_counts.users + excluded.users",
            (pool, change),
        )
    }
}
