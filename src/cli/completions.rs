//! `poolhouse completions`.

use std::io;

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use super::{Cli, Failure};

/// Print the completions of this command line for a shell
///
/// Bash reads them from `/usr/share/bash-completion/completions/poolhouse`, zsh from `_poolhouse` in a folder of its `fpath`, fish
/// from `~/.config/fish/completions/poolhouse.fish`.
#[derive(Args)]
pub(crate) struct Completions {
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self) -> Result<(), Failure> {
        // In memory first, because the generator panics if it cannot write.
        let mut script = Vec::new();
        generate(self.shell, &mut Cli::command(), "poolhouse", &mut script);
        io::Write::write_all(&mut io::stdout(), &script)?;
        Ok(())
    }
}
