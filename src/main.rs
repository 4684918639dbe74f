//! The command line of Poolhouse.

use std::process::ExitCode;

fn main() -> ExitCode {
    poolhouse::cli::run()
}
