//! `poolhouse backup`.

use std::path::PathBuf;

use clap::Args;

use super::{Failure, SettingsArgs, say};
use crate::service;
use crate::settings::Database;
use crate::store::{BackupError, backup};

/// Copy the registry to a file, while the server runs
///
/// The copy is the registry at one moment, with everything that was answered before the command began. It gets its name only
/// when it is whole, looked over and on the disk. To go back to it, start the server on it, or put it in the database's place
/// while no server runs. It holds every secret that the database holds, and has the database's permissions.
#[derive(Args)]
pub(crate) struct Backup {
    /// File to write
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Overwrite FILE if it exists
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

impl Backup {
    pub(super) fn run(self) -> Result<(), Failure> {
        let settings = self.settings.load(&[])?;
        let Database::File(database) = &settings.database else {
            return Err(Failure::Settings(
                "database: a registry in memory is within its server alone".to_owned(),
            ));
        };
        let busy = service::busy(&settings);
        let copied = backup(database, &self.file, self.replace, busy)?;
        say(format_args!(
            "{}: {} pools, {} users, {} devices",
            self.file.display(),
            copied.pools.len(),
            copied.users,
            copied.devices
        ));
        Ok(())
    }
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::Source(unusable) => unusable.into(),
            BackupError::Target(why) => Self::Failed(why),
        }
    }
}
