//! `poolhouse check`.

use clap::Args;

use super::{Failure, SettingsArgs, say};
use crate::domain::pool::Configuration;
use crate::files::open_to_others;
use crate::ids::UserPoolId;
use crate::service;
use crate::settings::Database;
use crate::store::{Depth, NO_REGISTRY, NO_REGISTRY_IN_DATABASE, files_with_its_content, inspect};

/// A pool of the registry with its configuration, or the reason why that cannot be used.
type Pool = (UserPoolId, Result<Configuration, String>);

/// Check the settings, the database and every pool's configuration, and change nothing
///
/// The server may run meanwhile. Exit code 0: all is well; 1: a pool's configuration does not hold together, or a record is
/// not as it must be; 2: the settings cannot be used; 4: the database is damaged or cannot be used.
#[derive(Args)]
pub(crate) struct Check {
    /// Hold every record against the rules, too: forms, dates, names that follow from attributes, ...
    #[arg(long)]
    deep: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

impl Check {
    pub(super) fn run(self) -> Result<(), Failure> {
        let settings = self.settings.load(&[])?;
        say("Settings   ok");
        let files = match &settings.database {
            Database::Memory => {
                say("Database   in memory: nothing to check");
                return Ok(());
            }
            Database::File(path) if !path.exists() => {
                say(format_args!(
                    "Database   {}: there is no such file; `poolhouse serve` makes it if it can",
                    path.display()
                ));
                return Ok(());
            }
            Database::File(path) => files_with_its_content(path),
            Database::Postgres(_) => Vec::new(),
        };
        let depth = if self.deep {
            Depth::Records
        } else {
            Depth::File
        };
        let found = inspect(&settings.database, depth, service::busy(&settings))?;
        check_damage(&settings.database, &found.damage)?;
        if found.schema_version == 0 {
            let empty = match &settings.database {
                Database::Postgres(_) => NO_REGISTRY_IN_DATABASE,
                Database::File(_) | Database::Memory => NO_REGISTRY,
            };
            say(format_args!(
                "Database   {}: {empty}; `poolhouse serve` makes one in it",
                settings.database
            ));
            return Ok(());
        }
        let Some(stock) = &found.stock else {
            say(format_args!(
                "Database   {} ok: {found}, of an older Poolhouse; `poolhouse serve` brings it up to date",
                settings.database
            ));
            return Ok(());
        };
        say(format_args!(
            "Database   {} ok: schema version {}, {found}",
            settings.database, found.schema_version
        ));
        for open in files.iter().filter_map(|file| open_to_others(file)) {
            say(format_args!("Database   {open}"));
        }
        check_content(&stock.pools, &settings.region, &found.broken)?;
        if self.deep {
            say("Records    ok");
        }
        Ok(())
    }
}

/// Shows what SQLite finds damaged, and fails if there is anything.
fn check_damage(database: &Database, damage: &[String]) -> Result<(), Failure> {
    for damage in damage {
        say(format_args!("Database   {damage}"));
    }
    if damage.is_empty() {
        Ok(())
    } else {
        Err(Failure::Database(format!("{database} is damaged")))
    }
}

/// Shows each pool and the records that break a rule, and fails if a pool cannot be served or there is such a record.
fn check_content(pools: &[Pool], region: &str, broken: &[String]) -> Result<(), Failure> {
    let wrong = pools
        .iter()
        .filter(|(id, configuration)| !is_served(id, configuration.as_ref(), region))
        .count();
    for line in broken {
        say(format_args!("Record     {line}"));
    }
    if wrong > 0 {
        let pools = if wrong == 1 { "pool has" } else { "pools have" };
        let why = format!("{wrong} {pools} a configuration that cannot be served");
        return Err(Failure::Failed(why));
    }
    if !broken.is_empty() {
        return Err(Failure::Failed(
            "there are records that are not as they must be".to_owned(),
        ));
    }
    Ok(())
}

/// Shows the pool, and returns whether a server of the Region can serve it.
fn is_served(
    id: &UserPoolId,
    configuration: Result<&Configuration, &String>,
    region: &str,
) -> bool {
    match configuration {
        Ok(_) if id.region() == region => {
            say(format_args!("Pool       {id} ok"));
            true
        }
        Ok(_) => {
            say(format_args!(
                "Pool       {id} is not of Region {region} (setting region)"
            ));
            false
        }
        Err(why) => {
            say(format_args!("Pool       {id} {why}"));
            false
        }
    }
}
