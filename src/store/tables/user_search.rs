//! Searching the table `users`: every filter is a walk along one index, a page at a time.

use super::users::status;
use crate::api::{Timestamp, UserType};
use crate::domain::pool::{Configuration, Pool};
use crate::domain::user::filter::{Comparison, SearchAttribute, UserFilter, folded};
use crate::domain::user::kept_attribute_list;
use crate::error::{ApiError, Result};
use crate::ids::Username;
use crate::store::page::{Page, one_more};
use crate::store::sql::{Bind, Value};
use crate::store::tx::{ReadTx, Row};

/// A filter in terms of columns and what they hold.
enum Search {
    Everybody,
    Nobody,
    Equal(&'static str, Compared),
    StartsWith(&'static str, String),
}

/// What a column is compared with.
enum Compared {
    Number(i64),
    Text(String),
}

impl Bind for Compared {
    fn value(&self) -> Value<'_> {
        match self {
            Self::Number(number) => Value::Integer(*number),
            Self::Text(text) => Value::Text(text),
        }
    }
}

/// Where a user stands in a list: the row, or the searched value and the row where the list is in the order of values.
#[derive(Default)]
pub(crate) struct Cursor {
    row: i64,
    value: Option<String>,
}

impl ReadTx<'_> {
    /// Up to `limit` users of the pool whom the filter accepts, after the cursor `after`, each with its own cursor.
    ///
    /// # Errors
    /// `InvalidParameterException` when `after` is not the text of a cursor.
    pub(crate) fn search_users(
        &self,
        pool: &Pool,
        configuration: &Configuration,
        filter: Option<&UserFilter>,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Page<(Cursor, UserType)>> {
        let search = filter.map_or(Search::Everybody, |filter| {
            Search::of(filter, configuration)
        });
        let after = after.map(Cursor::parse).transpose()?.unwrap_or_default();
        let Some((sql, params)) = search.statement(pool.row, after, one_more(limit)) else {
            return Ok(Page::cut(Vec::new(), limit));
        };
        let found = self.all(&sql, params.as_slice(), placed)?;
        Ok(Page::cut(found, limit))
    }
}

impl Search {
    fn of(filter: &UserFilter, configuration: &Configuration) -> Self {
        let value = filter.value.clone();
        let (column, value) = match filter.attribute {
            SearchAttribute::Username => ("username_key", configuration.key_of(&value)),
            SearchAttribute::Sub => ("sub", value),
            SearchAttribute::Email => ("email_key", folded(&value)),
            SearchAttribute::PhoneNumber => ("phone_number", value),
            SearchAttribute::Name => ("name_key", folded(&value)),
            SearchAttribute::GivenName => ("given_name_key", folded(&value)),
            SearchAttribute::FamilyName => ("family_name_key", folded(&value)),
            SearchAttribute::PreferredUsername => ("preferred_username_key", folded(&value)),
            SearchAttribute::UserStatus => ("status", value.to_uppercase()),
            SearchAttribute::Enabled => return Self::of_enabled(filter),
        };
        match filter.comparison {
            Comparison::Equals => Self::Equal(column, Compared::Text(value)),
            Comparison::StartsWith => Self::StartsWith(column, value),
        }
    }

    fn of_enabled(filter: &UserFilter) -> Self {
        match (filter.accepts("Enabled"), filter.accepts("Disabled")) {
            (true, true) => Self::Everybody,
            (enabled, disabled) if enabled || disabled => {
                Self::Equal("enabled", Compared::Number(i64::from(enabled)))
            }
            _ => Self::Nobody,
        }
    }

    /// The statement and its parameters; `None` where nobody is searched for.
    fn statement(self, pool: i64, after: Cursor, rows: i64) -> Option<(String, Vec<Compared>)> {
        let (column, condition, order, mut values) = match self {
            Self::Nobody => return None,
            Self::Everybody => ("NULL", String::new(), "row".to_owned(), Vec::new()),
            Self::Equal(column, value) => (
                "NULL",
                format!("AND {column} = ?4"),
                "row".to_owned(),
                vec![value],
            ),
            Self::StartsWith(column, prefix) => {
                let end = end_of_prefix(&prefix);
                let before_end = end
                    .as_ref()
                    .map_or_else(String::new, |_| format!("AND {column} < ?5"));
                let from = after.value.unwrap_or(prefix);
                (
                    column,
                    format!("AND {column} >= ?4 {before_end} AND ({column} > ?4 OR row > ?2)"),
                    format!("{column}, row"),
                    [Some(from), end]
                        .into_iter()
                        .flatten()
                        .map(Compared::Text)
                        .collect(),
                )
            }
        };
        let by_row = if column == "NULL" { "AND row > ?2" } else { "" };
        let sql = format!(
            "SELECT row, username, sub, enabled, status, created_ms, modified_ms, attributes, username_key, {column} FROM users
             WHERE pool = ?1 {condition} {by_row} ORDER BY {order} LIMIT ?3"
        );
        let mut params = vec![
            Compared::Number(pool),
            Compared::Number(after.row),
            Compared::Number(rows),
        ];
        params.append(&mut values);
        Some((sql, params))
    }
}

impl Cursor {
    /// The row of the user who stands here.
    pub(crate) fn row(&self) -> i64 {
        self.row
    }

    fn parse(text: &str) -> Result<Self> {
        let (row, value) = match text.split_once('\n') {
            Some((row, value)) => (row, Some(value.to_owned())),
            None => (text, None),
        };
        let row = row.parse().map_err(|_| ApiError::bad_pagination_token())?;
        Ok(Self { row, value })
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{}\n{value}", self.row),
            None => write!(f, "{}", self.row),
        }
    }
}

fn placed(row: Row<'_>) -> Result<(Cursor, UserType)> {
    let (number, user) = shown(row)?;
    let cursor = Cursor {
        row: number,
        value: row.get(9)?,
    };
    Ok((cursor, user))
}

/// The row, and the user as lists show it, from the columns of a record.
pub(super) fn shown(row: Row<'_>) -> Result<(i64, UserType)> {
    let attributes = kept_attribute_list(row.get(2)?, row.text(7)?);
    let user = UserType {
        username: Some(Username::from(row.get::<String>(8)?)),
        attributes: Some(attributes.map_err(ApiError::internal)?),
        enabled: Some(row.get(3)?),
        user_status: Some(status(row)?),
        user_create_date: Some(Timestamp::from_millis(row.get(5)?)),
        user_last_modified_date: Some(Timestamp::from_millis(row.get(6)?)),
        ..UserType::default()
    };
    Ok((row.get(0)?, user))
}

/// The first text after all that start with `prefix`, in the order of code points, which is also that of their UTF-8 bytes;
/// `None` when there is none.
fn end_of_prefix(prefix: &str) -> Option<String> {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        // The characters after the last one, over the gap that surrogates leave.
        if let Some(next) = (last..=char::MAX).nth(1) {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}

/// The statement of a search without its parameters, for the test that looks at its plan.
#[cfg(test)]
pub(in crate::store) fn search_sql(
    filter: Option<&UserFilter>,
    configuration: &Configuration,
) -> String {
    let search = filter.map_or(Search::Everybody, |filter| {
        Search::of(filter, configuration)
    });
    let (sql, _) = search.statement(1, Cursor::default(), 60).unwrap();
    sql
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_before_the_next_text() {
        assert_eq!(end_of_prefix("jon").as_deref(), Some("joo"));
        assert_eq!(end_of_prefix("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(end_of_prefix("\u{d7ff}").as_deref(), Some("\u{e000}"));
        assert_eq!(end_of_prefix("\u{10ffff}"), None);
        assert_eq!(end_of_prefix(""), None);
    }
}
