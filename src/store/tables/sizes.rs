//! How many rows the larger tables have.

use crate::error::Result;
use crate::store::tx::ReadTx;

impl ReadTx<'_> {
    /// The tables that grow with use, and how many rows each has. Users and messages are counted as they come and go; of the others no
    /// more than 10,000 rows are counted, so that a large registry takes no longer.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails.
    pub(crate) fn sizes(&self) -> Result<Vec<(&'static str, u64)>> {
        let tables = [
            ("pools", "SELECT count(*) FROM pools"),
            (
                "app_clients",
                "SELECT count(*) FROM (SELECT 1 FROM app_clients LIMIT 10000) AS counted",
            ),
            (
                "users",
                "SELECT CAST(coalesce(sum(users), 0) AS BIGINT) FROM user_counts",
            ),
            (
                "groups",
                "SELECT count(*) FROM (SELECT 1 FROM groups LIMIT 10000) AS counted",
            ),
            (
                "devices",
                "SELECT count(*) FROM (SELECT 1 FROM devices LIMIT 10000) AS counted",
            ),
            (
                "sign_ins",
                "SELECT count(*) FROM (SELECT 1 FROM sign_ins LIMIT 10000) AS counted",
            ),
            (
                "refresh_tokens",
                "SELECT count(*) FROM (SELECT 1 FROM refresh_tokens LIMIT 10000) AS counted",
            ),
            (
                "auth_events",
                "SELECT count(*) FROM (SELECT 1 FROM auth_events LIMIT 10000) AS counted",
            ),
            (
                "outbox",
                "SELECT messages FROM outbox_size WHERE only_row = 1",
            ),
        ];
        let sizes = tables.into_iter().map(|(table, count)| {
            let rows: i64 = self.one(count, (), |row| row.get(0))?;
            Ok((table, u64::try_from(rows).unwrap_or_default()))
        });
        sizes.collect()
    }
}
