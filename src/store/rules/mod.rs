//! What must hold of the records beyond what SQLite holds them to: one list of rules, and the search for rows that break
//! one.
//!
//! A new table needs a rule here, and a test asks for it. The statements stand beside their rules, not in the files of their
//! tables, since they look at everything as it is kept and across tables.

mod auth_events;
mod codes;
mod devices;
mod documents;
mod domains;
mod groups;
mod import;
mod mfa;
mod oauth;
mod pools;
mod providers;
mod resource_servers;
mod sign_in;
mod user_sessions;
mod users;

use std::collections::HashMap;

use chrono::Datelike;

use crate::api::constraint::{Structure, check};
use crate::api::{SchemaAttributeType, Timestamp};
use crate::domain::pool::Configuration;
use crate::error::Result;
use crate::ids::UserPoolId;
use crate::store::sql::Value;
use crate::store::tx::{ReadTx, Row};

/// How many rows that break the same rule get a line each.
const MAX_LINES: usize = 20;

/// Every rule there is.
const RULES: &[Rule] = &[
    pools::ID_AND_ACCOUNT,
    pools::SETTINGS,
    pools::EXTRACT,
    pools::FACTORS,
    pools::CLIENT,
    pools::CLIENT_SECRETS,
    pools::SIGNING_CERTIFICATE,
    domains::RECORD,
    resource_servers::RECORD,
    providers::RECORD,
    providers::SEAL,
    providers::IDENTITY,
    documents::RECORD,
    users::RECORD,
    users::COUNT,
    users::SEARCH_KEYS,
    users::KEY,
    users::ALIASES,
    users::ALIAS_OF_ANOTHER_POOL,
    users::PASSWORD,
    users::SPELLING,
    users::FORMER_PASSWORD,
    devices::RECORD,
    devices::KEY,
    devices::REGISTERED,
    groups::RECORD,
    groups::MEMBER_OF_ANOTHER_POOL,
    import::JOB,
    import::PIECE,
    import::LOG,
    sign_in::POOL_KEYS,
    sign_in::USED_SESSION,
    sign_in::WRONG_CODES,
    sign_in::FAILED_ATTEMPTS,
    sign_in::DEVICE_CHALLENGE,
    sign_in::SIGN_IN,
    sign_in::REFRESH_TOKEN,
    oauth::AUTHORIZATION_CODE,
    oauth::BROWSER_SESSION,
    user_sessions::TRACKING,
    user_sessions::SSO_SESSION,
    user_sessions::RECORD,
    mfa::SOFTWARE_TOKEN,
    mfa::PREFERENCES,
    mfa::MESSAGE,
    mfa::OUTBOX_SIZE,
    codes::CODE,
    codes::ATTEMPTS,
    auth_events::RECORD,
    auth_events::NUMBER_OF_USER,
];

/// What must hold of the rows of a table.
struct Rule {
    table: &'static str,
    /// Finds the rows: the number of each as `row`, or the key if it has no number, the row of its pool as `pool`, and what is
    /// looked at.
    rows: &'static str,
    /// Says what is wrong with a row, if anything is.
    fault: Fault,
}

/// What is wrong with a row: where the row alone tells, and where the pool that it belongs to must be known.
enum Fault {
    Alone(fn(Row<'_>) -> Judgement),
    InPool(fn(&KnownPool, Row<'_>) -> Judgement),
}

/// `None` where all is well. A row that cannot be read is at fault, too.
type Judgement = Result<Option<String>>;

/// A pool whose settings hold together.
struct KnownPool {
    id: UserPoolId,
    configuration: Configuration,
    attributes: Vec<SchemaAttributeType>,
}

/// Looks for rows that break a rule; a line for each, with its place. Rows of a pool whose settings do not hold together are
/// not held against them.
///
/// # Errors
/// `InternalErrorException` when the registry cannot be read.
pub(super) fn broken(tx: &ReadTx<'_>) -> Result<Vec<String>> {
    let known = pools::known(tx)?;
    let ids = pools::ids(tx)?;
    let mut lines = Vec::new();
    for rule in RULES {
        rule.search(tx, &known, &ids, &mut lines)?;
    }
    Ok(lines)
}

impl Rule {
    fn search(
        &self,
        tx: &ReadTx<'_>,
        known: &HashMap<i64, KnownPool>,
        ids: &HashMap<i64, String>,
        lines: &mut Vec<String>,
    ) -> Result<()> {
        let mut found = 0;
        tx.all(self.rows, (), |row| {
            let pool: i64 = row.get("pool")?;
            let judgement = match (&self.fault, known.get(&pool)) {
                (Fault::Alone(fault), _) => fault(row),
                (Fault::InPool(fault), Some(pool)) => fault(pool, row),
                (Fault::InPool(_), None) => Ok(None),
            };
            if let Some(fault) = judgement.unwrap_or_else(|error| error.reason) {
                found += 1;
                if found <= MAX_LINES {
                    let pool = ids.get(&pool).map_or("no pool", String::as_str);
                    let name = name(row)?;
                    lines.push(format!("{} row {name} of {pool}: {fault}", self.table));
                }
            }
            Ok(())
        })?;
        if found > MAX_LINES {
            let more = found - MAX_LINES;
            lines.push(format!("{}: {more} more rows like the last", self.table));
        }
        Ok(())
    }
}

/// What a row is called.
fn name(row: Row<'_>) -> Result<String> {
    Ok(match row.value("row")? {
        Value::Integer(number) => number.to_string(),
        Value::Text(key) => key.to_owned(),
        Value::Blob(key) => String::from_utf8_lossy(key).into_owned(),
        Value::Null => "without a key".to_owned(),
    })
}

/// How the value violates the model. Returns `None` if it does not.
fn violation(shape: &Structure, mut value: serde_json::Value) -> Option<String> {
    check(shape, &mut value)
        .err()
        .map(|error| error.to_string())
}

/// Checks that a column holds a flag, or nothing where it may be empty.
fn check_flag(row: Row<'_>, column: &str) -> Judgement {
    let value: Option<i64> = row.get(column)?;
    let wrong = value.filter(|value| !(0..=1).contains(value));
    Ok(wrong.map(|value| format!("{column} is {value}, neither 0 nor 1")))
}

/// Checks that a column holds `N` bytes.
fn check_length<const N: usize>(row: Row<'_>, column: &str) -> Judgement {
    let value: Vec<u8> = row.get(column)?;
    Ok((value.len() != N).then(|| format!("{column} has {} bytes, not {N}", value.len())))
}

/// Checks that a column holds a count of something that has happened at least once.
fn check_count(row: Row<'_>, column: &str) -> Judgement {
    let value: i64 = row.get(column)?;
    let fits = (1..=i64::from(u32::MAX)).contains(&value);
    Ok((!fits).then(|| format!("{column} is {value}, which is no count")))
}

/// Checks that a column holds a time that an answer can hold: of the years 0 to 9999.
fn check_date(row: Row<'_>, column: &str) -> Judgement {
    let value: i64 = row.get(column)?;
    let millis = if column.ends_with("_s") {
        value.saturating_mul(1000)
    } else {
        value
    };
    let year = Timestamp::from_millis(millis).date_time().year();
    Ok((!(0..=9999).contains(&year)).then(|| format!("{column} is {value}, which is no date")))
}

/// The first of the judgements that finds a fault.
fn first(judgements: impl IntoIterator<Item = Judgement>) -> Judgement {
    judgements
        .into_iter()
        .find_map(Result::transpose)
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Database;
    use crate::store::Store;
    use crate::store::sqlite::table_names;

    #[test]
    fn every_table_has_a_rule() {
        let store = Store::opened(Database::Memory, 1);
        let tables = store.read_now(table_names).unwrap();
        assert!(tables.len() > 5);
        for table in tables {
            assert!(
                RULES.iter().any(|rule| rule.table == table),
                "the table {table} has no rule"
            );
        }
    }
}
