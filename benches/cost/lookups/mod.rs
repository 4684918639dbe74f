//! The cost of one `AdminGetDevice` as the registry grows, compared with that of the HTTP server.
//!
//! Registries of several sizes are generated, each grown out of the one before, served each with the real binary, and loaded
//! one after the other with correctly signed requests, in rounds, with the ceiling before each: the same HTTP server with a
//! constant answer, no signature check and no registry. Server and load have a processor each. What is shown is the median of
//! the rounds; ratios are taken within a round, so that a machine that is slower for a while slows both sides.

pub(crate) mod ceiling;
mod report;

use std::fs;
use std::path::Path;
use std::time::Duration;

use self::report::{Report, Row};
use crate::load::{self, Load};
use crate::registry::Registry;
use crate::report::{Figure, progress};
use crate::requests::Requests;
use crate::server::{Server, poolhouse};
use crate::{Error, cores};

const FEW: usize = 16;
const MANY: usize = 256;

/// The extent of a measurement.
pub(crate) struct Plan {
    quick: bool,
    /// Devices of each registry, the smallest first.
    sizes: &'static [u64],
    rounds: usize,
    load: Load,
}

const FULL: Plan = Plan {
    quick: false,
    sizes: &[1_000, 100_000, 1_000_000, 10_000_000],
    rounds: 3,
    load: Load {
        connections: FEW,
        every: None,
        on_its_core: true,
        warm_up: Duration::from_millis(400),
        window: Duration::from_millis(1200),
    },
};

const QUICK: Plan = Plan {
    quick: true,
    sizes: &[1_000, 10_000],
    rounds: 3,
    load: Load {
        warm_up: Duration::from_millis(200),
        window: Duration::from_millis(500),
        ..FULL.load
    },
};

/// Measures and prints the results.
pub(crate) fn measure(quick: bool) -> Result<Vec<Figure>, Error> {
    let plan = if quick { QUICK } else { FULL };
    report::introduce(&plan);
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let mut registries: Vec<Registry> = Vec::new();
    for &devices in plan.sizes {
        let registry = Registry::grow(registries.last(), directory.path(), devices)?;
        report::generated(&registry);
        registries.push(registry);
    }
    let mut rows = Vec::new();
    for registry in &registries {
        rows.push(Row::new(registry, FEW, "off")?);
    }
    let (smallest, largest) = registries
        .first()
        .zip(registries.last())
        .ok_or("there is nothing to measure")?;
    rows.push(Row::new(smallest, MANY, "off")?);
    rows.push(Row::new(largest, MANY, "off")?);
    rows.push(Row::new(smallest, FEW, "json")?);
    let mut report = Report {
        ceiling: start_ceiling(&rows, directory.path())?,
        rows,
    };
    for round in 0..plan.rounds {
        report.measure(&plan.load)?;
        progress(round + 1, plan.rounds);
    }
    report.print()?;
    report.write(&plan)
}

/// Starts Poolhouse on a registry.
fn serve(registry: &Registry, log: &str) -> Result<Server, Error> {
    poolhouse(&registry.file, log)
}

/// Starts the ceiling with an answer of Poolhouse.
fn start_ceiling(rows: &[Row<'_>], directory: &Path) -> Result<Server, Error> {
    let row = rows.last().ok_or("there is nothing to measure")?;
    let address = row.server.address;
    let requests = Requests::lookups(address, &row.registry.sample(1)?)?;
    let request = requests.0.first().ok_or("there is no request")?;
    let answer = load::once(address, &request.bytes)?;
    request.check(&answer)?;
    let file = directory.join("answer.json");
    fs::write(&file, answer)?;
    let mut command = cores::on_one_core(std::env::current_exe()?);
    command.arg(ceiling::ARGUMENT).arg(&file);
    Server::start(command, &directory.join("ceiling.out"))
}
