//! The rounds of lookups, their medians, and how they are shown.

#![expect(clippy::print_stdout, reason = "a benchmark shows what it measured")]

use serde_json::{Value, json};

use crate::Error;
use crate::lookups::Plan;
use crate::lookups::load::{Load, Measured};
use crate::lookups::registry::Registry;
use crate::lookups::requests::{Expected, Requests};
use crate::report::{Aim, median, megabytes, print_aims, thousands, write_json};
use crate::server::Server;

/// Requests that are signed for each measurement.
const REQUESTS: u64 = 16_384;

/// The aims: processor time against the ceiling's and against the smallest registry's, and memory.
const MOST_OVER_CEILING: f64 = 1.8;
const MOST_GROWTH: f64 = 1.3;
const MOST_MEGABYTES: f64 = 60.0;

/// A server with one of the registries.
pub(crate) struct Row<'r> {
    pub(crate) registry: &'r Registry,
    pub(crate) server: Server,
    log: &'static str,
    rounds: Vec<Round>,
}

/// What was measured of a server in one round, and of the ceiling just before.
struct Round {
    server: Measured,
    ceiling: Measured,
}

impl Round {
    /// The server's processor time for a request in units of the ceiling's.
    fn over_ceiling(&self) -> f64 {
        self.server.cpu / self.ceiling.cpu
    }
}

pub(crate) struct Report<'r> {
    pub(crate) quick: bool,
    pub(crate) ceiling: Server,
    /// The one with the smallest registry comes first.
    pub(crate) rows: Vec<Row<'r>>,
}

/// A line of the table.
struct Line {
    name: String,
    figures: Measured,
    over_ceiling: f64,
    growth: f64,
    megabytes: f64,
}

impl<'r> Row<'r> {
    pub(crate) fn new(registry: &'r Registry, log: &'static str, server: Server) -> Self {
        Self {
            registry,
            server,
            log,
            rounds: Vec::new(),
        }
    }

    /// The row's line, with what it costs against `smallest`. Both are taken in units of the ceiling that was measured
    /// just before: a machine's speed changes more from minute to minute than registries differ.
    fn line(&self, smallest: &Row<'_>) -> Result<Line, Error> {
        let growth = self.rounds.iter().zip(&smallest.rounds);
        let log = match self.log {
            "off" => String::new(),
            format => format!(", {format} log to a file"),
        };
        Ok(Line {
            name: format!("{} devices{log}", thousands(self.registry.devices)),
            figures: medians(self.rounds.iter().map(|round| round.server)),
            over_ceiling: median(self.rounds.iter().map(Round::over_ceiling)),
            growth: median(
                growth.map(|(round, smallest)| round.over_ceiling() / smallest.over_ceiling()),
            ),
            megabytes: megabytes(self.server.peak_memory()?),
        })
    }
}

impl Report<'_> {
    /// One round: each row with requests of its own, and before it the ceiling with the same.
    pub(crate) fn measure(&mut self, load: &Load) -> Result<(), Error> {
        for row in &mut self.rows {
            let requests = Requests::sign(row.registry, row.server.address, REQUESTS)?;
            row.registry.warm()?;
            let ceiling = load.on(&self.ceiling, &requests, Expected::Constant)?;
            let server = load.on(&row.server, &requests, Expected::Device)?;
            row.rounds.push(Round { server, ceiling });
        }
        Ok(())
    }

    fn lines(&self) -> Result<Vec<Line>, Error> {
        let rounds = self.rows.iter().flat_map(|row| &row.rounds);
        let ceiling = Line {
            name: "the ceiling: HTTP alone".to_owned(),
            figures: medians(rounds.map(|round| round.ceiling)),
            over_ceiling: 1.0,
            growth: f64::NAN,
            megabytes: megabytes(self.ceiling.peak_memory()?),
        };
        let rows = self.rows.iter().map(|row| row.line(self.smallest()?));
        std::iter::once(Ok(ceiling)).chain(rows).collect()
    }

    fn smallest(&self) -> Result<&Row<'_>, Error> {
        Ok(self.rows.first().ok_or("nothing was measured")?)
    }

    pub(crate) fn print(&self) -> Result<(), Error> {
        let title = ["", "req/s", "p50", "p99", "CPU/req", "x", "x", "peak"];
        let units = ["", "", "us", "us", "us", "ceiling", "smallest", "MB"];
        println!();
        print_row(title);
        print_row(units);
        for line in self.lines()? {
            let Measured {
                per_second,
                p50,
                p99,
                cpu,
            } = line.figures;
            let growth = if line.growth.is_nan() {
                String::new()
            } else {
                format!("{:.2}", line.growth)
            };
            print_row([
                &line.name,
                &format!("{per_second:.0}"),
                &p50.as_micros().to_string(),
                &p99.as_micros().to_string(),
                &format!("{cpu:.1}"),
                &format!("{:.2}", line.over_ceiling),
                &growth,
                &format!("{:.1}", line.megabytes),
            ]);
        }
        print_aims(&self.aims()?);
        Ok(())
    }

    fn aims(&self) -> Result<Vec<Aim>, Error> {
        let lines = self.rows.iter().filter(|row| row.log == "off");
        let lines: Vec<Line> = lines
            .map(|row| row.line(self.smallest()?))
            .collect::<Result<_, _>>()?;
        let worst = |figure: fn(&Line) -> f64| lines.iter().map(figure).fold(f64::MIN, f64::max);
        Ok(vec![
            Aim {
                what: "CPU time of a request against the ceiling's".to_owned(),
                measured: worst(|line| line.over_ceiling),
                most: MOST_OVER_CEILING,
            },
            Aim {
                what: "CPU time of a request against the smallest registry's".to_owned(),
                measured: worst(|line| line.growth),
                most: MOST_GROWTH,
            },
            Aim {
                what: "peak memory in MB".to_owned(),
                measured: worst(|line| line.megabytes),
                most: MOST_MEGABYTES,
            },
        ])
    }

    /// Writes `target/bench/lookups.json`.
    pub(crate) fn write_json(&self, plan: &Plan) -> Result<(), Error> {
        let registries = self.rows.iter().filter(|row| row.log == "off");
        let registries = registries.map(|row| {
            json!({
                "devices": row.registry.devices,
                "generation_s": row.registry.generation.as_secs_f64(),
                "bytes": row.registry.bytes,
            })
        });
        let lines: Vec<Value> = self.lines()?.iter().map(Line::to_json).collect();
        let aims: Vec<Value> = self.aims()?.iter().map(Aim::to_json).collect();
        let json = json!({
            "quick": self.quick,
            "cores": std::thread::available_parallelism()?,
            "connections": plan.load.connections,
            "window_s": plan.load.window.as_secs_f64(),
            "rounds": plan.rounds,
            "registries": registries.collect::<Vec<_>>(),
            "rows": lines,
            "aims": aims,
        });
        write_json("lookups", &json)
    }
}

impl Line {
    fn to_json(&self) -> Value {
        json!({
            "name": self.name,
            "requests_per_second": self.figures.per_second,
            "p50_us": self.figures.p50.as_secs_f64() * 1e6,
            "p99_us": self.figures.p99.as_secs_f64() * 1e6,
            "cpu_us": self.figures.cpu,
            "cpu_to_ceiling": self.over_ceiling,
            // Not a number for the ceiling, hence null.
            "cpu_to_smallest": self.growth,
            "peak_mb": self.megabytes,
        })
    }
}

pub(crate) fn introduce(load: &Load, rounds: usize) {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!(
        "AdminGetDevice, signed, {} connections kept alive, each with one request under way; load and server share {cores} \
         cores. {rounds} rounds of {:.1} s a row after {:.1} s of warm-up, medians. Quotas off, log off unless said; the \
         file is in the system's memory.\n",
        load.connections,
        load.window.as_secs_f64(),
        load.warm_up.as_secs_f64(),
    );
}

pub(crate) fn generated(registry: &Registry) {
    println!(
        "{:>9} devices generated in {:.1} s, {:.1} MB, {} bytes a device",
        thousands(registry.devices),
        registry.generation.as_secs_f64(),
        megabytes(registry.bytes),
        registry.bytes / registry.devices,
    );
}

fn print_row(cells: [&str; 8]) {
    let [name, rate, p50, p99, cpu, ceiling, smallest, memory] = cells;
    println!(
        "{name:<38} {rate:>7} {p50:>6} {p99:>6} {cpu:>8} {ceiling:>8} {smallest:>9} {memory:>6}"
    );
}

fn medians(rounds: impl Iterator<Item = Measured> + Clone) -> Measured {
    Measured {
        per_second: median(rounds.clone().map(|round| round.per_second)),
        p50: median(rounds.clone().map(|round| round.p50)),
        p99: median(rounds.clone().map(|round| round.p99)),
        cpu: median(rounds.map(|round| round.cpu)),
    }
}
