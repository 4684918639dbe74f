//! The table `user_identities`.

use crate::domain::pool::Pool;
use crate::domain::provider::identity::Identity;
use crate::domain::user::{User, UserRecord};
use crate::error::Result;
use crate::store::tx::{ReadTx, WriteTx};

impl ReadTx<'_> {
    /// The user with the identity at the provider that has this value of the attribute, if there is one.
    pub(crate) fn find_user_by_identity(
        &self,
        pool: &Pool,
        provider: &str,
        attribute: &str,
        value: &str,
    ) -> Result<Option<(User, UserRecord)>> {
        let row = self.maybe(
            "SELECT user_row FROM user_identities WHERE pool = ?1 AND provider = ?2 AND attribute = ?3 AND value = ?4",
            (pool.row, provider, attribute, value),
            |row| row.get(0),
        )?;
        row.map(|row| self.user_of_row(row)).transpose()
    }
}

impl WriteTx<'_> {
    /// Finds the user with this row by these identities, and by no others. An identity that another user has is the other's no
    /// longer.
    pub(crate) fn put_user_identities(
        &self,
        pool: &Pool,
        user_row: i64,
        identities: &[Identity],
    ) -> Result<()> {
        self.write(
            "DELETE FROM user_identities WHERE user_row = ?1",
            [user_row],
        )?;
        for identity in identities {
            self.write(
                "INSERT INTO user_identities (pool, provider, attribute, value, user_row) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (pool, provider, attribute, value) DO UPDATE SET user_row = excluded.user_row",
                (
                    pool.row,
                    identity.provider_name.as_str(),
                    identity.attribute(),
                    identity.user_id.as_str(),
                    user_row,
                ),
            )?;
        }
        Ok(())
    }
}
