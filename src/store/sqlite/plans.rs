//! Holds every statement of `tables` to walking along an index, so that none grows slower with the registry.
//!
//! The statements are read from the source, tests left out: none is forgotten, run or not. What is put together when it runs (`user_search`) has a
//! test of its own.

use std::fs;
use std::path::Path;

use regex::Regex;
use rusqlite::Connection;

use super::schema;
use crate::domain::pool::Configuration;
use crate::domain::user::filter::{Comparison, SearchAttribute, UserFilter};
use crate::store::tables::search_sql;

/// Statements that begin so go through a whole table or sort, each with its reason.
const EXCEPTIONS: [(&str, &str); 9] = [
    ("SELECT count(*) FROM pools", "readiness: pools are few"),
    (
        "SELECT id FROM pools ORDER BY id",
        "all pools, for an export or a check; in the index's order",
    ),
    (
        "SELECT count(*) FROM users",
        "`poolhouse check` and `seed export` count",
    ),
    ("SELECT count(*) FROM devices", "`poolhouse check` counts"),
    ("SELECT count(*) FROM groups", "`poolhouse check` counts"),
    (
        "SELECT count(*) FROM (SELECT 1 FROM ",
        "metrics: 10,000 rows at most",
    ),
    (
        "SELECT CAST(coalesce(sum(users), 0) AS BIGINT) FROM user_counts",
        "metrics: a row for each pool, which are few",
    ),
    (
        "SELECT salt, verifier, username FROM\n                 (SELECT 1 AS present",
        "sorts the few passwords of one user",
    ),
    (
        "DELETE FROM devices WHERE pool = ?1 AND username_key = ?2 AND device_key IN\n                 (SELECT device_key FROM\n",
        "sorts the few devices of one user that are not confirmed",
    ),
];

/// All statements in the files of the tables.
fn statements() -> Vec<String> {
    let statement = Regex::new(r#""((?:SELECT|INSERT|UPDATE|DELETE|WITH) [^"]*)""#).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/tables");
    let mut found = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        let texts = statement
            .captures_iter(code)
            .map(|found| found[1].to_owned());
        found.extend(texts.filter(|sql| !sql.contains('{')));
    }
    found
}

/// How SQLite would run the statement, step by step.
fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut explained = connection
        .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    let unbound = vec![rusqlite::types::Null; explained.parameter_count()];
    let steps = explained
        .query_map(rusqlite::params_from_iter(unbound), |row| row.get(3))
        .unwrap();
    steps.collect::<rusqlite::Result<_>>().unwrap()
}

fn walks_an_index(plan: &[String]) -> bool {
    plan.iter().all(|step| {
        (step == "SCAN CONSTANT ROW" || !step.starts_with("SCAN")) && !step.contains("TEMP B-TREE")
    })
}

fn registry() -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    schema::prepare(&mut connection).unwrap();
    connection
}

#[test]
fn every_statement_walks_an_index() {
    let connection = registry();
    let statements = statements();
    assert!(statements.len() > 60, "only {} found", statements.len());
    let slow: Vec<(&String, Vec<String>)> = statements
        .iter()
        .map(|sql| (sql, plan(&connection, sql)))
        .filter(|(_, plan)| !walks_an_index(plan))
        .collect();
    for (sql, plan) in &slow {
        let expected = EXCEPTIONS.iter().any(|(begin, _)| sql.starts_with(begin));
        assert!(expected, "{sql}: {plan:#?}");
    }
    for (begin, _) in EXCEPTIONS {
        assert!(
            slow.iter().any(|(sql, _)| sql.starts_with(begin)),
            "{begin}"
        );
    }
}

/// Deleting a row looks for those that refer to it, which no plan shows.
#[test]
fn every_reference_is_found_by_an_index() {
    let connection = registry();
    let mut references = connection
        .prepare(
            "SELECT t.name, group_concat(r.\"from\" || ' = ?', ' AND ')
             FROM sqlite_schema t, pragma_foreign_key_list(t.name) r WHERE t.type = 'table' GROUP BY t.name, r.id",
        )
        .unwrap();
    let references: Vec<(String, String)> = references
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<rusqlite::Result<_>>()
        .unwrap();
    assert!(references.len() > 10);
    for (table, columns) in references {
        let plan = plan(
            &connection,
            &format!("SELECT 1 FROM {table} WHERE {columns}"),
        );
        assert!(walks_an_index(&plan), "{table}, {columns}: {plan:?}");
    }
}

#[test]
fn every_search_walks_an_index_and_sorts_nothing() {
    let connection = registry();
    let configuration =
        Configuration::new(Some(true), Vec::new(), Vec::new(), None, None, false).unwrap();
    let plan = |filter: Option<&UserFilter>| {
        plan(&connection, &search_sql(filter, &configuration)).join("; ")
    };
    let everybody = plan(None);
    assert!(
        everybody.contains("USING INDEX users_by_pool (pool=? AND rowid>?)"),
        "{everybody}"
    );
    for (name, attribute) in SearchAttribute::ALL {
        for comparison in [Comparison::Equals, Comparison::StartsWith] {
            let value = if attribute == SearchAttribute::Enabled {
                "Enabled"
            } else {
                "x"
            };
            let filter = UserFilter {
                attribute,
                comparison,
                value: value.to_owned(),
            };
            let plan = plan(Some(&filter));
            assert!(
                plan.starts_with("SEARCH users USING INDEX"),
                "{name}: {plan}"
            );
            assert!(
                plan.contains("pool=? AND ") && !plan.contains("B-TREE"),
                "{name}: {plan}"
            );
        }
    }
}
