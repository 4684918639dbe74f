//! `poolhouse backup`.

use std::path::PathBuf;

use clap::Args;

use super::{Failure, SettingsArgs, existing_file_of, say};
use crate::service;
use crate::store::{BackupError, backup};

/// Copy the registry to a file, while the server runs
///
/// The copy is the registry at one moment, with everything that was answered before the command began. It gets its name only
/// when it is whole, looked over and on the disk. To go back to it, start the server on it, or put it in the database's place
/// while no server runs. It holds every secret that the database holds, and nobody else may read it
/// (mode 0600).
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
        let database = existing_file_of(&settings)?;
        let busy = service::busy(&settings);
        let copied = backup(database, &self.file, self.replace, busy)?;
        say(format_args!("{}: {copied}", self.file.display()));
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
