//! The schema and its versions.
//!
//! A database begins with what the migrations of SQLite lead to, and has the same versions from there on. Servers that start at once
//! wait for each other.

use tokio_postgres::{Client, Error};

use super::session::Session;
#[cfg(test)]
use crate::error::Result;
use crate::store::options::Opening;
#[cfg(test)]
use crate::store::tx::ReadTx;

/// What is said of a database without a schema.
pub(crate) const NO_REGISTRY: &str = "the database holds no registry yet";

/// Every migration, with the version that it leads to.
const MIGRATIONS: &[(i64, &str)] = &[
    (
        23,
        include_str!("../../../migrations/postgres/0023_registry.sql"),
    ),
    (
        24,
        include_str!("../../../migrations/postgres/0024_domains_and_resource_servers.sql"),
    ),
    (
        25,
        include_str!("../../../migrations/postgres/0025_identity_providers.sql"),
    ),
    (
        26,
        include_str!("../../../migrations/postgres/0026_documents.sql"),
    ),
    (
        27,
        include_str!("../../../migrations/postgres/0027_oauth.sql"),
    ),
    (
        28,
        include_str!("../../../migrations/postgres/0028_external_aliases.sql"),
    ),
];

/// The version that all migrations lead to.
pub(in crate::store) const LATEST: i64 = match MIGRATIONS.last() {
    Some((version, _)) => *version,
    None => 0,
};

/// The oldest PostgreSQL that is supported, and tested.
const OLDEST: i32 = 15;

/// What migrations hold: the letters "Poolhous" as a number.
const LOCK: i64 = 0x506f_6f6c_686f_7573;

/// What tells a session whether its options have arrived: behind a pooler that shares connections they have not.
pub(super) const OPTIONS: &str = "-c poolhouse.session=own";

/// Checks that the server can keep a registry, and that the session is with it alone.
///
/// # Errors
/// Why not, in words for the operator.
pub(super) fn check_server(session: &Session) -> Result<(), String> {
    session
        .ask(async |client| Server::of(client).await)?
        .check()
}

/// What a server and a database tell of themselves.
struct Server {
    version: String,
    encoding: String,
    is_standby: bool,
    /// What [`OPTIONS`] set.
    session: Option<String>,
    /// Where new tables go.
    schema: Option<String>,
}

impl Server {
    async fn of(client: &Client) -> Result<Self, Error> {
        let row = client
            .query_one(
                "SELECT current_setting('server_version'), current_setting('server_encoding'), pg_is_in_recovery(),
                     current_setting('poolhouse.session', TRUE), CAST(current_schema() AS TEXT)",
                &[],
            )
            .await?;
        Ok(Self {
            version: row.try_get(0)?,
            encoding: row.try_get(1)?,
            is_standby: row.try_get(2)?,
            session: row.try_get(3)?,
            schema: row.try_get(4)?,
        })
    }

    /// Checks that it can keep a registry.
    ///
    /// # Errors
    /// Why not, in words for the operator.
    fn check(&self) -> Result<(), String> {
        let (version, encoding) = (&self.version, &self.encoding);
        let digits = version.split(|char: char| !char.is_ascii_digit()).next();
        if digits
            .and_then(|major| major.parse().ok())
            .is_some_and(|major: i32| major < OLDEST)
        {
            return Err(format!(
                "the server is PostgreSQL {version}; Poolhouse needs {OLDEST} or newer, and is tested with {OLDEST}"
            ));
        }
        if encoding != "UTF8" {
            return Err(format!(
                "the database's encoding is {encoding}; Poolhouse needs UTF8 (CREATE DATABASE .. ENCODING 'UTF8' TEMPLATE template0)"
            ));
        }
        if self.is_standby {
            return Err(
                "the server is a standby, which cannot be written to. Name the primary, or all servers with \
                 target_session_attrs=read-write"
                    .to_owned(),
            );
        }
        if self.session.as_deref() != Some("own") {
            return Err(
                "the options of the connection do not arrive at the server: a pooler stands between that shares connections, which \
                 Poolhouse's prepared statements do not survive. Connect to the server itself"
                    .to_owned(),
            );
        }
        if self.schema.is_none() {
            return Err(
                "no schema of the search path exists in the database (setting search_path)"
                    .to_owned(),
            );
        }
        Ok(())
    }
}

/// The version of the database's schema; 0 if it is empty.
///
/// # Errors
/// When it holds tables of another program.
pub(super) fn version(session: &Session) -> Result<i64, String> {
    session.ask(async |client| found(client).await)?.checked()
}

/// What the schema of the database shows.
struct Found {
    /// `None` if it is not marked as ours.
    version: Option<i64>,
    tables: i64,
}

impl Found {
    fn checked(self) -> Result<i64, String> {
        match (self.version, self.tables) {
            (Some(version), _) if version > LATEST => Err(format!(
                "the database has schema version {version}, made by a newer Poolhouse; this one knows versions up to {LATEST}. Use a \
                 newer Poolhouse, or another database"
            )),
            (Some(version), _) => Ok(version),
            (None, 0) => Ok(0),
            (None, _) => Err("the database holds tables of another program".to_owned()),
        }
    }
}

async fn found(client: &Client) -> Result<Found, Error> {
    let row = client
        .query_one(
            "SELECT to_regclass('poolhouse_schema') IS NOT NULL, count(*) FROM pg_class
             WHERE relnamespace = CAST(current_schema() AS regnamespace) AND relkind IN ('r', 'p', 'v', 'm', 'f')",
            &[],
        )
        .await?;
    let tables = row.try_get(1)?;
    if !row.try_get::<_, bool>(0)? {
        return Ok(Found {
            version: None,
            tables,
        });
    }
    let row = client
        .query_opt("SELECT version FROM poolhouse_schema", &[])
        .await?;
    let version = row.map(|row| row.try_get(0)).transpose()?;
    Ok(Found { version, tables })
}

/// Brings the schema up to date as `opening` says. Returns what was done, in sentences.
///
/// # Errors
/// Why the database cannot be used, in words for the operator; it is then as it was.
pub(super) fn prepare(session: &Session, opening: Opening) -> Result<Vec<String>, String> {
    let version = version(session)?;
    if version == LATEST {
        return Ok(Vec::new());
    }
    if version == 0 && opening != Opening::Create {
        return Err(NO_REGISTRY.to_owned());
    }
    if opening == Opening::AsItIs {
        return Err(format!(
            "the database has schema version {version}, made by an older Poolhouse; `poolhouse serve` brings it up to date"
        ));
    }
    let migrated = session.ask(async |client| {
        client.batch_execute("BEGIN").await?;
        client
            .batch_execute(&format!(
                "SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock({LOCK})"
            ))
            .await?;
        // Another server may have done it meanwhile.
        let from = match found(client).await?.checked() {
            Ok(from) => from,
            Err(why) => {
                client.batch_execute("ROLLBACK").await?;
                return Ok(Err(why));
            }
        };
        for (_, sql) in MIGRATIONS.iter().filter(|(version, _)| *version > from) {
            client.batch_execute(sql).await?;
        }
        client
            .batch_execute(&format!("UPDATE poolhouse_schema SET version = {LATEST}; COMMIT"))
            .await?;
        Ok(Ok(()))
    });
    match migrated {
        Ok(migrated) => migrated?,
        Err(why) => {
            session.disconnect();
            return Err(format!("the schema cannot be brought up to date: {why}"));
        }
    }
    Ok(match version {
        0 => Vec::new(),
        from => vec![format!(
            "The database was brought from schema version {from} to {LATEST}"
        )],
    })
}

/// What the schema has, a line for each column, key, unique constraint and reference.
#[cfg(test)]
pub(in crate::store) fn shape(tx: &ReadTx<'_>) -> Result<Vec<String>> {
    let mut lines = tx.all(
        "SELECT c.relname || '.' || a.attname || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
         WHERE c.relnamespace = CAST(current_schema() AS regnamespace) AND c.relkind = 'r' AND a.attnum > 0",
        (),
        |row| row.get::<String>(0),
    )?;
    lines.extend(tx.all(
        "SELECT c.relname || ' ' || replace(pg_get_constraintdef(k.oid), '\"', '') FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
         WHERE c.relnamespace = CAST(current_schema() AS regnamespace) AND k.contype IN ('p', 'u', 'f')",
        (),
        |row| row.get::<String>(0),
    )?);
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_too_old_is_refused_with_the_versions_that_are_not() {
        let checked = |version: &str| {
            let server = Server {
                version: version.to_owned(),
                encoding: "UTF8".to_owned(),
                is_standby: false,
                session: Some("own".to_owned()),
                schema: Some("public".to_owned()),
            };
            server.check()
        };
        assert_eq!(
            checked("14.9 (Debian 14.9-1)").unwrap_err(),
            "the server is PostgreSQL 14.9 (Debian 14.9-1); Poolhouse needs 15 or newer, and is tested with 15"
        );
        for version in ["15.18 (Debian 15.18-0+deb12u1)", "16beta1", "18.4"] {
            assert_eq!(checked(version), Ok(()));
        }
    }
}
