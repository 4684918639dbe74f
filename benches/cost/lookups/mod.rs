//! What one `AdminGetDevice` costs, as the registry grows, beside what the HTTP server alone costs.
//!
//! Registries of several sizes are generated, served each with the real binary, and loaded one after the other with correctly
//! signed requests, in rounds, with the ceiling before each: the same HTTP server with a constant answer, no signature check
//! and no registry. What is shown is the median of the rounds; ratios are taken within a round, so that a machine that is
//! slower for a while slows both sides.

pub(crate) mod ceiling;
mod load;
mod registry;
mod report;
mod requests;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use self::load::Load;
use self::registry::Registry;
use self::report::{Report, Row};
use self::requests::{Expected, Requests};
use crate::Error;
use crate::report::progress;
use crate::server::Server;

/// How much is measured.
pub(crate) struct Plan {
    quick: bool,
    /// Devices of each registry, the smallest first.
    sizes: &'static [u64],
    rounds: usize,
    load: Load,
}

const FULL: Plan = Plan {
    quick: false,
    sizes: &[1_000, 100_000, 1_000_000],
    rounds: 9,
    load: Load {
        connections: 16,
        warm_up: Duration::from_millis(500),
        window: Duration::from_millis(1700),
    },
};

const QUICK: Plan = Plan {
    quick: true,
    sizes: &[1_000, 10_000],
    rounds: 5,
    load: Load {
        connections: 16,
        warm_up: Duration::from_millis(200),
        window: Duration::from_millis(500),
    },
};

/// Measures, and shows what came of it.
pub(crate) fn measure(quick: bool, connections: Option<usize>) -> Result<(), Error> {
    let mut plan = if quick { QUICK } else { FULL };
    plan.load.connections = connections.unwrap_or(plan.load.connections);
    run(&plan)
}

fn run(plan: &Plan) -> Result<(), Error> {
    report::introduce(&plan.load, plan.rounds);
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let mut registries = Vec::new();
    for &devices in plan.sizes {
        let registry = Registry::generate(directory.path(), devices)?;
        report::generated(&registry);
        registries.push(registry);
    }
    let mut rows = Vec::new();
    for registry in &registries {
        rows.push(Row::new(registry, "off", serve(registry, "off")?));
    }
    if let Some(smallest) = registries.first() {
        rows.push(Row::new(smallest, "json", serve(smallest, "json")?));
    }
    let mut report = Report {
        quick: plan.quick,
        ceiling: start_ceiling(&rows, directory.path())?,
        rows,
    };
    for round in 0..plan.rounds {
        report.measure(&plan.load)?;
        progress(round + 1, plan.rounds);
    }
    report.print()?;
    report.write_json(plan)
}

/// Starts the real thing with its own settings but for the quotas, the log and the address.
fn serve(registry: &Registry, log: &str) -> Result<Server, Error> {
    let output = registry.file.with_extension(format!("log-{log}"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_poolhouse"));
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--limits", "off"])
        .args(["--log-format", log, "--database"])
        .arg(&registry.file);
    Server::start(command, &output)
}

/// Starts the ceiling with an answer that the real thing gave.
fn start_ceiling(rows: &[Row<'_>], directory: &Path) -> Result<Server, Error> {
    let row = rows.last().ok_or("there is nothing to measure")?;
    let request = Requests::sign(row.registry, row.server.address, 1)?;
    let answer = load::once(row.server.address, &request, Expected::Device)?;
    let file = directory.join("answer.json");
    fs::write(&file, answer)?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(ceiling::ARGUMENT).arg(&file);
    Server::start(command, &directory.join("ceiling.out"))
}
