//! What things cost: each beside the least that they could cost, measured in the same run.
//!
//! `cargo bench --bench cost` measures everything; `-- bulk`, `lookups`, `lists`, `writes`, `sign-ins`, `accounts`,
//! `oauth`, `snapshots`, `postgres` or `growth` one part; `-- --quick` is for
//! work on the benchmark itself. `-- timing` is for what time must not tell.
//!
//! The figures are information: the exit code tells only whether every answer was right.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
#![expect(
    clippy::indexing_slicing,
    reason = "benchmarks build JSON by assigning its members"
)]

mod accounts;
mod bulk;
mod cores;
mod growth;
mod http;
mod lists;
mod load;
mod lookups;
mod oauth;
mod pages;
mod plot;
mod postgres;
mod registry;
mod report;
mod requests;
mod server;
mod sign_ins;
mod snapshots;
mod timing;
mod writes;

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use mimalloc::MiMalloc;

use lookups::ceiling;
use report::Figure;

/// The server's own, for the ceiling.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;

/// What can be measured by itself.
type Part = (&'static str, fn(bool) -> Result<Vec<Figure>, Error>);

/// Takes minutes, and is measured when it is named.
const TIMING: Part = ("timing", timing::measure);

const PARTS: [Part; 10] = [
    ("bulk", bulk::measure),
    ("lookups", lookups::measure),
    ("lists", lists::measure),
    ("writes", writes::measure),
    ("sign-ins", sign_ins::measure),
    ("accounts", accounts::measure),
    ("oauth", oauth::measure),
    ("snapshots", snapshots::measure),
    ("postgres", postgres::measure),
    ("growth", growth::measure),
];

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
    let (mut quick, mut only) = (false, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            ceiling::ARGUMENT => {
                let answer = arguments.next().ok_or("the ceiling needs its answer")?;
                return ceiling::serve(Path::new(&answer));
            }
            "--quick" => quick = true,
            // Cargo adds it.
            "--bench" => {}
            name => {
                let mut parts = PARTS.into_iter().chain([TIMING]);
                let part = parts.find(|(part, _)| *part == name);
                only = Some(part.ok_or(
                    "known are --quick, timing, and the parts that docs/performance.md lists",
                )?);
            }
        }
    }
    let mut figures = Vec::new();
    for (name, measure) in only.map_or(PARTS.to_vec(), |part| vec![part]) {
        let begun = Instant::now();
        figures.extend(measure(quick)?);
        report::say(format_args!("{name} took {} s", begun.elapsed().as_secs()));
    }
    report::print_figures(&figures);
    Ok(())
}
