//! The columns of a pool's CSV file.

use crate::api::UserPoolType;
use crate::domain::pool::schema_attributes;

/// The column with the username.
pub(crate) const USERNAME: &str = "cognito:username";

/// The column that says whether the user has MFA.
pub(crate) const MFA_ENABLED: &str = "cognito:mfa_enabled";

/// The columns that a file for the pool with these settings has, in the order of `GetCSVHeader`: the standard attributes without
/// `sub`, the pool's own ones, whether the user has MFA, and the username.
pub(crate) fn of_pool(settings: &UserPoolType) -> Vec<String> {
    let names = |attributes: Vec<_>| {
        let named = |attribute: crate::api::SchemaAttributeType| attribute.name;
        attributes.into_iter().filter_map(named)
    };
    let own = settings.schema_attributes.clone().unwrap_or_default();
    let own = names(own).filter(|name| !schema_attributes::is_standard(name));
    let last = [MFA_ENABLED, USERNAME].map(str::to_owned);
    names(schema_attributes::standard())
        .filter(|name| name != "sub")
        .chain(own)
        .chain(last)
        .collect()
}

/// The columns of a file, in its order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Columns(pub(super) Vec<String>);

impl Columns {
    /// Reads the values of a file's first line, which are the columns `due` in any order.
    ///
    /// # Errors
    /// What is wrong with the line, in words that repeat nothing of it.
    pub(crate) fn read(given: Vec<String>, due: &[String]) -> Result<Self, String> {
        if let Some(missing) = due.iter().find(|name| !given.contains(name)) {
            return Err(format!(
                "The CSV header does not have the column {missing}."
            ));
        }
        if given.len() > due.len() {
            return Err(
                "The CSV header has a column twice, or one that the user pool does not have."
                    .to_owned(),
            );
        }
        Ok(Self(given))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_may_come_in_any_order_but_each_once() {
        let due = of_pool(&UserPoolType::default());
        assert_eq!(due.len(), 21);
        let read = |given: Vec<String>| Columns::read(given, &due);
        let mut given = due.clone();
        given.rotate_right(1);
        assert_eq!(read(given.clone()).unwrap().0, given);
        given.push("email".to_owned());
        assert!(read(given.clone()).unwrap_err().contains("twice"));
        given.truncate(20);
        let missing = "The CSV header does not have the column cognito:mfa_enabled.";
        assert_eq!(read(given).unwrap_err(), missing);
        let mut marked = due.clone();
        marked[0].insert(0, '\u{feff}');
        assert!(read(marked).unwrap_err().ends_with("the column name."));
    }
}
