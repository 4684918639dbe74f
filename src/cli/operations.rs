//! `poolhouse operations`.

use clap::Args;

use super::{Failure, say};
use crate::api::MODEL_SOURCE;
use crate::operations::Table;

/// List the operations of Cognito's API: which are served and which are not
///
/// An operation that is not served still has its signature and input checked, and then answers
/// `NotImplementedException` with status 501.
#[derive(Args)]
pub(crate) struct Operations {
    /// Only those that are served
    #[arg(long)]
    served: bool,
}

impl Operations {
    #[expect(clippy::unnecessary_wraps, reason = "every command has the same face")]
    pub(super) fn run(self) -> Result<(), Failure> {
        let table = Table::new();
        say(format_args!(
            "{:<42} {:<8} {:<8} {}",
            "Operation", "Served", "Signed", "Quota category"
        ));
        for entry in table.iter().filter(|entry| entry.served || !self.served) {
            let served = if entry.served { "served" } else { "-" };
            let signed = if entry.model.signed { "signed" } else { "" };
            let line = format!(
                "{:<42} {served:<8} {signed:<8} {:?}",
                entry.model.name, entry.category
            );
            say(line);
        }
        let (served, all) = (
            table.iter().filter(|entry| entry.served).count(),
            table.iter().count(),
        );
        say(format_args!(
            "{served} of {all} operations are served. The API is that of {MODEL_SOURCE}."
        ));
        Ok(())
    }
}
