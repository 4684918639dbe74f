//! The rounds, their medians, and how they are shown.

#![expect(clippy::print_stdout, reason = "a benchmark shows what it measured")]

use std::fmt::{self, Display};
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::load::{Load, Measured};
use crate::registry::Registry;
use crate::requests::{Expected, Requests};
use crate::server::Server;
use crate::{Error, Plan};

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
        println!("\nAims, with the log off:");
        for aim in self.aims()? {
            println!("  {aim}");
        }
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
                what: "CPU time of a request against the ceiling's",
                measured: worst(|line| line.over_ceiling),
                most: MOST_OVER_CEILING,
            },
            Aim {
                what: "CPU time of a request against the smallest registry's",
                measured: worst(|line| line.growth),
                most: MOST_GROWTH,
            },
            Aim {
                what: "peak memory in MB",
                measured: worst(|line| line.megabytes),
                most: MOST_MEGABYTES,
            },
        ])
    }

    /// Writes `target/bench/admin_get_device.json`.
    pub(crate) fn write_json(&self, plan: &Plan) -> Result<(), Error> {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("bench");
        fs::create_dir_all(&directory)?;
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
        let file = directory.join("admin_get_device.json");
        fs::write(&file, format!("{json:#}\n"))?;
        println!("\nWritten to {}", file.display());
        Ok(())
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

/// An aim and what came of it.
struct Aim {
    what: &'static str,
    measured: f64,
    most: f64,
}

impl Aim {
    fn is_met(&self) -> bool {
        self.measured <= self.most
    }

    fn to_json(&self) -> Value {
        json!({"aim": self.what, "measured": self.measured, "most": self.most, "met": self.is_met()})
    }
}

impl Display for Aim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.is_met() { "met" } else { "MISSED" };
        let (what, measured, most) = (self.what, self.measured, self.most);
        write!(f, "{verdict:<6}  {measured:>6.2} of at most {most}: {what}")
    }
}

/// Prints a line; what goes wrong shows elsewhere.
pub(crate) fn say(line: impl Display) {
    println!("{line}");
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

pub(crate) fn progress(round: usize, rounds: usize) {
    println!("round {round} of {rounds} done");
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

/// The middle one, or the lower of the two.
fn median<T: PartialOrd + Default + Copy>(values: impl Iterator<Item = T>) -> T {
    let mut values: Vec<T> = values.collect();
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    let middle = values.len().saturating_sub(1) / 2;
    values.get(middle).copied().unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// `1000000` as `1,000,000`.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
