//! Users, the names that they are found by, and their passwords.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Fault, Rule, against, first, no_date, no_flag};
use crate::api::schema;
use crate::auth::srp::Verifier;
use crate::domain::user_filter::search_keys;
use crate::store::tables::record;

pub(super) const RECORD: Rule = Rule {
    table: "users",
    rows: "SELECT row, pool, username, sub, enabled, status, created_ms, modified_ms, attributes FROM users",
    fault: Fault::Alone(|row| {
        let (username, status, sub): (String, String, String) =
            (row.get("username")?, row.get("status")?, row.get("sub")?);
        let shown = json!({"Username": username, "UserStatus": status});
        let attributes: String = row.get("attributes")?;
        let attributes = serde_json::from_str::<BTreeMap<String, String>>(&attributes);
        first([
            Ok(against(&schema::USER_TYPE, shown)),
            Ok(sub.is_empty().then(|| "sub is empty".to_owned())),
            no_flag(row, "enabled"),
            no_date(row, "created_ms"),
            no_date(row, "modified_ms"),
            Ok(attributes
                .as_ref()
                .err()
                .map(|error| format!("attributes: {error}"))),
            Ok(attributes
                .is_ok_and(|attributes| attributes.contains_key("sub"))
                .then(|| "sub is among the attributes".to_owned())),
        ])
    }),
};

/// What is kept beside the attributes for searches follows from them.
pub(super) const SEARCH_KEYS: Rule = Rule {
    table: "users",
    rows: "SELECT row, pool, attributes, search_keys FROM users",
    fault: Fault::Alone(|row| {
        let (attributes, kept): (String, Option<String>) = (row.get(2)?, row.get(3)?);
        let Ok(attributes) = serde_json::from_str::<BTreeMap<String, String>>(&attributes) else {
            // Told by another rule.
            return Ok(None);
        };
        let due = search_keys(&attributes).map(|keys| json!(keys));
        let kept = kept.map(|kept| serde_json::from_str::<Value>(&kept).unwrap_or_default());
        Ok((kept != due).then(|| "search_keys do not follow from the attributes".to_owned()))
    }),
};

/// Letter case counts, or not, as the pool says.
pub(super) const KEY: Rule = Rule {
    table: "users",
    rows: "SELECT row, pool, username, username_key FROM users",
    fault: Fault::InPool(|pool, row| {
        let (username, key): (String, String) = (row.get(2)?, row.get(3)?);
        Ok((pool.configuration.key_of(&username) != key)
            .then(|| "username_key is not what the pool finds the username by".to_owned()))
    }),
};

/// The columns that a record is read from come first.
pub(super) const ALIASES: Rule = Rule {
    table: "users",
    rows: "SELECT row, username, sub, enabled, status, created_ms, modified_ms, attributes, username_key, pool,
                  (SELECT json_group_array(json_array(attribute, value)) FROM user_aliases WHERE user = users.row)
           FROM users",
    fault: Fault::InPool(|pool, row| {
        let kept: String = row.get(10)?;
        let kept: BTreeSet<(String, String)> = serde_json::from_str(&kept).unwrap_or_default();
        let (_, user) = record(row)?;
        let aliases = user.aliases(&pool.configuration).into_iter();
        let due: BTreeSet<(String, String)> = aliases
            .map(|(attribute, value)| (attribute.to_owned(), value))
            .collect();
        let differ = kept.symmetric_difference(&due).next();
        Ok(differ.map(|(attribute, _)| {
            format!("the names that the user is found by do not follow from the user's {attribute}")
        }))
    }),
};

pub(super) const ALIAS_OF_ANOTHER_POOL: Rule = Rule {
    table: "user_aliases",
    rows:
        "SELECT users.row, users.pool FROM user_aliases JOIN users ON users.row = user_aliases.user
           WHERE user_aliases.pool <> users.pool",
    fault: Fault::Alone(|_| Ok(Some("the user is found in another pool".to_owned()))),
};

pub(super) const PASSWORD: Rule = Rule {
    table: "passwords",
    rows: "SELECT users.row, users.pool, salt, verifier, temporary, set_ms
           FROM passwords JOIN users ON users.row = passwords.user",
    fault: Fault::Alone(|row| {
        let (salt, verifier): (Vec<u8>, Vec<u8>) = (row.get("salt")?, row.get("verifier")?);
        first([
            Ok(Verifier::from_stored(&salt, &verifier)
                .err()
                .map(|error| error.to_string())),
            no_flag(row, "temporary"),
            no_date(row, "set_ms"),
        ])
    }),
};

/// What a password was made with is the username, in another case, and the pool knows of it.
pub(super) const SPELLING: Rule = Rule {
    table: "passwords",
    rows: "SELECT users.row, users.pool, passwords.username AS spelled, username_key, spelled_usernames
           FROM passwords JOIN users ON users.row = passwords.user JOIN pools ON pools.row = users.pool
           WHERE passwords.username IS NOT NULL",
    fault: Fault::Alone(|row| {
        let (spelled, key): (String, String) = (row.get("spelled")?, row.get("username_key")?);
        let wrong = if spelled.to_lowercase() != key.to_lowercase() {
            Some("the password was made with another user's name")
        } else if row.get("spelled_usernames")? {
            None
        } else {
            Some("the pool does not know of passwords that were made with usernames in mixed case")
        };
        Ok(wrong.map(str::to_owned))
    }),
};

pub(super) const FORMER_PASSWORD: Rule = Rule {
    table: "former_passwords",
    rows: "SELECT users.row, users.pool, salt, verifier FROM former_passwords JOIN users ON users.row = former_passwords.user",
    fault: Fault::Alone(|row| {
        let (salt, verifier): (Vec<u8>, Vec<u8>) = (row.get("salt")?, row.get("verifier")?);
        let verifier = Verifier::from_stored(&salt, &verifier);
        Ok(verifier.err().map(|error| error.to_string()))
    }),
};
