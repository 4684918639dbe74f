//! The rounds of lookups, their medians, and their report.

#![expect(clippy::print_stdout, reason = "a benchmark shows what it measured")]

use serde_json::{Value, json};

use super::{FEW, MANY, Plan, serve};
use crate::load::{Load, Measured};
use crate::registry::Registry;
use crate::report::{Aim, Figure, median, megabytes, thousands, write_json};
use crate::requests::Requests;
use crate::server::Server;
use crate::{Error, plot};

/// Requests that are signed for each measurement.
const REQUESTS: u64 = 16_384;

const MAX_OVER_CEILING: f64 = 1.6;
const MAX_OVER_NO_LOG: f64 = 1.08;
const MAX_GROWTH: f64 = 1.3;
const MAX_P99_TO_P50: f64 = 3.0;
const MAX_MEGABYTES: f64 = 100.0;
const MAX_START_MS: f64 = 25.0;

/// A server with one of the registries, under one load.
pub(crate) struct Row<'r> {
    pub(crate) registry: &'r Registry,
    pub(crate) server: Server,
    connections: usize,
    log: &'static str,
    rounds: Vec<Round>,
}

/// The measurements of a server in one round, and of the ceiling just before.
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
    pub(crate) fn new(
        registry: &'r Registry,
        connections: usize,
        log: &'static str,
    ) -> Result<Self, Error> {
        Ok(Self {
            registry,
            server: serve(registry, log)?,
            connections,
            log,
            rounds: Vec::new(),
        })
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
            name: format!(
                "{} devices, {} connections{log}",
                thousands(self.registry.devices),
                self.connections
            ),
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
            let sample = row.registry.sample(REQUESTS)?;
            let requests = Requests::lookups(row.server.address, &sample)?;
            row.registry.warm()?;
            let load = Load {
                connections: row.connections,
                ..*load
            };
            let ceiling = load.on(&self.ceiling, &requests, false)?;
            let server = load.on(&row.server, &requests, true)?;
            row.rounds.push(Round { server, ceiling });
        }
        Ok(())
    }

    fn lines(&self) -> Result<Vec<Line>, Error> {
        let ceilings = [FEW, MANY].into_iter().map(|connections| {
            let rows = self.with(connections);
            let rounds = rows.flat_map(|row| &row.rounds);
            Ok(Line {
                name: format!("the ceiling: HTTP alone, {connections} connections"),
                figures: medians(rounds.map(|round| round.ceiling)),
                over_ceiling: 1.0,
                growth: f64::NAN,
                megabytes: megabytes(self.ceiling.peak_memory()?),
            })
        });
        let rows = self
            .rows
            .iter()
            .map(|row| row.line(self.smallest(row.connections)?));
        ceilings.chain(rows).collect()
    }

    fn with(&self, connections: usize) -> impl Iterator<Item = &Row<'_>> + Clone {
        self.rows
            .iter()
            .filter(move |row| row.connections == connections && row.log == "off")
    }

    fn smallest(&self, connections: usize) -> Result<&Row<'_>, Error> {
        Ok(self
            .with(connections)
            .next()
            .ok_or("nothing was measured")?)
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
        Ok(())
    }

    fn figures(&self) -> Result<Vec<Figure>, Error> {
        let mut figures = Vec::new();
        let mut add = |what: String, measured: f64, aim: Aim| {
            figures.push(Figure {
                what,
                measured,
                aim,
            });
        };
        for connections in [FEW, MANY] {
            for row in self.with(connections) {
                let line = row.line(self.smallest(connections)?)?;
                let name = &line.name;
                add(
                    format!("CPU time of AdminGetDevice against the ceiling's: {name}"),
                    line.over_ceiling,
                    Aim::AtMost(MAX_OVER_CEILING),
                );
                add(
                    format!("the same against the smallest registry's: {name}"),
                    line.growth,
                    Aim::AtMost(MAX_GROWTH),
                );
                add(
                    format!("p99 of AdminGetDevice against its p50: {name}"),
                    line.figures.p99.as_secs_f64() / line.figures.p50.as_secs_f64(),
                    if connections == FEW {
                        Aim::AtMost(MAX_P99_TO_P50)
                    } else {
                        Aim::None
                    },
                );
                add(
                    format!("peak memory in MB: {name}"),
                    line.megabytes,
                    Aim::AtMost(MAX_MEGABYTES),
                );
            }
        }
        for row in self.rows.iter().filter(|row| row.log != "off") {
            let line = row.line(self.smallest(row.connections)?)?;
            add(
                format!("the same with a log against without: {}", line.name),
                line.growth,
                Aim::AtMost(MAX_OVER_NO_LOG),
            );
        }
        for row in self.with(FEW) {
            let devices = thousands(row.registry.devices);
            add(
                format!("milliseconds from start to Ready: {devices} devices"),
                row.server.start.as_secs_f64() * 1000.0,
                Aim::AtMost(MAX_START_MS),
            );
            add(
                format!(
                    "bytes of the file for a device and its share of its user: {devices} devices"
                ),
                row.registry.bytes_each(),
                Aim::None,
            );
        }
        Ok(figures)
    }

    /// Writes `target/bench/lookups.json`, and the plot after a full run; what was measured.
    pub(crate) fn write(&self, plan: &Plan) -> Result<Vec<Figure>, Error> {
        let registries = self.with(FEW).map(|row| {
            json!({
                "devices": row.registry.devices,
                "generation_s": row.registry.generation.as_secs_f64(),
                "bytes": row.registry.bytes,
            })
        });
        let registries: Vec<Value> = registries.collect();
        let figures = self.figures()?;
        let lines: Vec<Value> = self.lines()?.iter().map(Line::to_json).collect();
        write_json(
            "lookups",
            &json!({
                "quick": plan.quick,
                "cores": std::thread::available_parallelism()?,
                "window_s": plan.load.window.as_secs_f64(),
                "rounds": plan.rounds,
                "registries": registries,
                "rows": lines,
                "figures": figures.iter().map(Figure::to_json).collect::<Vec<_>>(),
            }),
        )?;
        if !plan.quick {
            let points = self.with(FEW).map(|row| {
                let line = row.line(self.smallest(FEW)?)?;
                Ok((row.registry.devices, line.over_ceiling))
            });
            plot::write(&points.collect::<Result<Vec<_>, Error>>()?)?;
        }
        Ok(figures)
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

pub(super) fn introduce(plan: &Plan) {
    println!(
        "AdminGetDevice, signed, over connections kept alive, each with one request under way; server and load have a \
         processor each. {} rounds of {:.1} s a row after {:.1} s of warm-up, medians. Quotas off, log off unless said; the \
         file is in the system's memory.\n",
        plan.rounds,
        plan.load.window.as_secs_f64(),
        plan.load.warm_up.as_secs_f64(),
    );
}

pub(crate) fn generated(registry: &Registry) {
    println!(
        "{:>10} devices generated in {:.1} s, {:.1} MB, {:.0} bytes a device",
        thousands(registry.devices),
        registry.generation.as_secs_f64(),
        megabytes(registry.bytes),
        registry.bytes_each(),
    );
}

fn print_row(cells: [&str; 8]) {
    let [name, rate, p50, p99, cpu, ceiling, smallest, memory] = cells;
    println!(
        "{name:<52} {rate:>7} {p50:>6} {p99:>6} {cpu:>8} {ceiling:>8} {smallest:>9} {memory:>6}"
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
