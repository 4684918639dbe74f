//! `poolhouse check`.

use clap::Args;

use super::{Failure, SettingsArgs, say};
use crate::files::open_to_others;
use crate::service;
use crate::settings::Database;
use crate::store::{Depth, NO_REGISTRY, files_with_its_content, inspect};

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
        let Database::File(path) = &settings.database else {
            say("Database   in memory: nothing to check");
            return Ok(());
        };
        if !path.exists() {
            say(format_args!(
                "Database   {}: there is no such file; `poolhouse serve` makes it if it can",
                path.display()
            ));
            return Ok(());
        }
        let depth = if self.deep {
            Depth::Records
        } else {
            Depth::File
        };
        let found = inspect(&settings.database, depth, service::busy(&settings))?;
        for damage in &found.damage {
            say(format_args!("Database   {damage}"));
        }
        if !found.damage.is_empty() {
            return Err(Failure::Database(format!(
                "{} is damaged",
                settings.database
            )));
        }
        if found.schema_version == 0 {
            say(format_args!(
                "Database   {}: {NO_REGISTRY}; `poolhouse serve` makes one in it",
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
        for open in files_with_its_content(path)
            .iter()
            .filter_map(|file| open_to_others(file))
        {
            say(format_args!("Database   {open}"));
        }
        let mut wrong = 0;
        for (id, configuration) in &stock.pools {
            match configuration {
                Ok(_) if id.region() == settings.region => say(format_args!("Pool       {id} ok")),
                Ok(_) => {
                    wrong += 1;
                    say(format_args!(
                        "Pool       {id} is not of Region {} (setting region)",
                        settings.region
                    ));
                }
                Err(why) => {
                    wrong += 1;
                    say(format_args!("Pool       {id} {why}"));
                }
            }
        }
        for line in &found.broken {
            say(format_args!("Record     {line}"));
        }
        if wrong > 0 {
            let pools = if wrong == 1 { "pool has" } else { "pools have" };
            let why = format!("{wrong} {pools} a configuration that cannot be served");
            return Err(Failure::Failed(why));
        }
        if !found.broken.is_empty() {
            return Err(Failure::Failed(
                "there are records that are not as they must be".to_owned(),
            ));
        }
        if self.deep {
            say("Records    ok");
        }
        Ok(())
    }
}
