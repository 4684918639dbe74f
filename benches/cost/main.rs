//! What things cost: each beside the least that they could cost, measured in the same run.
//!
//! `cargo bench --bench cost` measures everything; `-- lookups` or `-- sign-ins` one part; `-- --quick` is for work on the
//! benchmark itself; `-- --connections N` changes the load of the lookups.
//!
//! The figures are information: the exit code tells only whether every answer was right.

mod http;
mod lookups;
mod report;
mod server;
mod sign_ins;

use std::path::Path;
use std::process::ExitCode;

use lookups::ceiling;

pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    match start() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::say(format_args!("failed: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn start() -> Result<(), Error> {
    let (mut quick, mut connections, mut part) = (false, None, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            ceiling::ARGUMENT => return ceiling::serve(Path::new(&value()?)),
            "--quick" => quick = true,
            "--connections" => connections = Some(value()?.parse()?),
            "lookups" | "sign-ins" => part = Some(argument),
            // Cargo adds it.
            "--bench" => {}
            other => {
                return Err(format!(
                    "{other}? Known are lookups, sign-ins, --quick and --connections N"
                )
                .into());
            }
        }
    }
    let wanted = |name: &str| part.as_deref().is_none_or(|part| part == name);
    if wanted("lookups") {
        lookups::measure(quick, connections)?;
    }
    if wanted("sign-ins") {
        sign_ins::measure(quick)?;
    }
    Ok(())
}
