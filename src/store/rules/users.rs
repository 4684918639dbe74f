//! Users, the names that they are found by, and their passwords.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Fault, Rule, check_date, check_flag, first, violation};
use crate::api::schema;
use crate::auth::srp::Verifier;
use crate::domain::user::filter::search_keys;
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
            Ok(violation(&schema::USER_TYPE, shown)),
            Ok(sub.is_empty().then(|| "sub is empty".to_owned())),
            check_flag(row, "enabled"),
            check_date(row, "created_ms"),
            check_date(row, "modified_ms"),
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

/// Every pool is looked at, with a count or without one.
pub(super) const COUNT: Rule = Rule {
    table: "user_counts",
    rows: "SELECT pools.row AS row, pools.row AS pool, coalesce(user_counts.users, 0) AS counted,
                  (SELECT count(*) FROM users WHERE users.pool = pools.row) AS there
           FROM pools LEFT JOIN user_counts ON user_counts.pool = pools.row",
    fault: Fault::Alone(|row| {
        let (counted, there): (i64, i64) = (row.get("counted")?, row.get("there")?);
        Ok((counted != there)
            .then(|| format!("{counted} users are counted, and there are {there}")))
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
                  (SELECT max(value) FROM user_aliases WHERE user_row = users.row AND attribute = 'email'),
                  (SELECT max(value) FROM user_aliases WHERE user_row = users.row AND attribute = 'phone_number'),
                  (SELECT max(value) FROM user_aliases WHERE user_row = users.row AND attribute = 'preferred_username'),
                  (SELECT count(*) FROM user_aliases WHERE user_row = users.row)
           FROM users",
    fault: Fault::InPool(|pool, row| {
        let (_, user) = record(row)?;
        let due: BTreeMap<_, _> = user.aliases(&pool.configuration).into_iter().collect();
        for (column, attribute) in (10..).zip(["email", "phone_number", "preferred_username"]) {
            let kept: Option<String> = row.get(column)?;
            if kept.as_ref() != due.get(attribute) {
                return Ok(Some(wrong_aliases(attribute)));
            }
        }
        let number: i64 = row.get(13)?;
        Ok((usize::try_from(number) != Ok(due.len())).then(|| wrong_aliases("attributes")))
    }),
};

fn wrong_aliases(attribute: &str) -> String {
    format!("the names that the user is found by do not follow from the user's {attribute}")
}

pub(super) const ALIAS_OF_ANOTHER_POOL: Rule = Rule {
    table: "user_aliases",
    rows:
        "SELECT users.row, users.pool FROM user_aliases JOIN users ON users.row = user_aliases.user_row
           WHERE user_aliases.pool <> users.pool",
    fault: Fault::Alone(|_| Ok(Some("the user is found in another pool".to_owned()))),
};

pub(super) const PASSWORD: Rule = Rule {
    table: "passwords",
    rows: "SELECT users.row, users.pool, salt, verifier, temporary, set_ms
           FROM passwords JOIN users ON users.row = passwords.user_row",
    fault: Fault::Alone(|row| {
        let (salt, verifier): (Vec<u8>, Vec<u8>) = (row.get("salt")?, row.get("verifier")?);
        first([
            Ok(Verifier::from_stored(&salt, &verifier)
                .err()
                .map(|error| error.to_string())),
            check_flag(row, "temporary"),
            check_date(row, "set_ms"),
        ])
    }),
};

/// What a password was made with is the username, in another case, and the pool knows of it.
pub(super) const SPELLING: Rule = Rule {
    table: "passwords",
    rows: "SELECT users.row, users.pool, passwords.username AS spelled, username_key, spelled_usernames
           FROM passwords JOIN users ON users.row = passwords.user_row JOIN pools ON pools.row = users.pool
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
    rows: "SELECT users.row, users.pool, salt, verifier FROM former_passwords JOIN users ON users.row = former_passwords.user_row",
    fault: Fault::Alone(|row| {
        let (salt, verifier): (Vec<u8>, Vec<u8>) = (row.get("salt")?, row.get("verifier")?);
        let verifier = Verifier::from_stored(&salt, &verifier);
        Ok(verifier.err().map(|error| error.to_string()))
    }),
};
