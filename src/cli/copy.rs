//! `poolhouse copy`.

use clap::Args;

use super::progress::Pace;
use super::{Failure, SettingsArgs, check_exists, say};
use crate::ambient::Ambient;
use crate::figures::Count;
use crate::service;

/// Copy the whole registry to another database: from a file to PostgreSQL, or back
///
/// Everything is copied, in one state: users who are signed in stay so, with their devices, sessions and codes. What is written to
/// the source meanwhile is not in the copy, so stop its servers first. The target must hold nothing: a file that does not exist, or
/// an empty PostgreSQL database. The number of rows and a digest of each table are compared at the end; if anything fails, the
/// target holds nothing. Exit code 4: one of the databases cannot be used.
#[derive(Args)]
pub(crate) struct Copy {
    /// Database to copy: a file, or postgres://... [default: the database of the settings]
    #[arg(long, value_name = "DATABASE", required_unless_present = "to")]
    from: Option<String>,
    /// Database to copy to [default: the database of the settings]
    #[arg(long, value_name = "DATABASE")]
    to: Option<String>,
    #[command(flatten)]
    settings: SettingsArgs,
}

impl Copy {
    pub(super) fn run(self, ambient: &Ambient) -> Result<(), Failure> {
        let from = self.settings.load(&[("database", self.from.as_ref())])?;
        let to = self.settings.load(&[("database", self.to.as_ref())])?;
        check_exists(&from, None)?;
        let tell = Pace::of(ambient).lines();
        let copied = service::copy(&from.database, &to, ambient, tell);
        let copied = copied.map_err(Failure::Database)?;
        let mut rows = 0;
        for table in copied.iter().filter(|table| table.content.rows > 0) {
            rows += table.content.rows;
            say(format_args!("{:20} {}", table.name, table.content));
        }
        say(format_args!(
            "{}: {} rows of {} tables copied from {}; the numbers and digests of both agree",
            to.database,
            Count(rows),
            copied.len(),
            from.database
        ));
        Ok(())
    }
}
