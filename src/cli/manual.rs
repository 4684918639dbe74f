//! `poolhouse manual`.

use std::fs;
use std::path::PathBuf;

use clap::{Args, CommandFactory};

use super::{Cli, Failure, say};

/// Write the manual page of each command, as `man` reads it, into a folder
///
/// The folder is made if there is none; pages of the same names are replaced.
#[derive(Args)]
pub(crate) struct Manual {
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

impl Manual {
    pub(super) fn run(self) -> Result<(), Failure> {
        let fails = |error| {
            Failure::Failed(format!(
                "cannot write to {}: {error}",
                self.folder.display()
            ))
        };
        fs::create_dir_all(&self.folder).map_err(fails)?;
        clap_mangen::generate_to(Cli::command(), &self.folder).map_err(fails)?;
        say(format_args!(
            "Manual pages are in {}.",
            self.folder.display()
        ));
        Ok(())
    }
}
