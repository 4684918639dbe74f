//! The cost of filling a registry: generating users with a device each, and applying a seed of the same records.

#![expect(
    clippy::disallowed_methods,
    reason = "waits for another process, in real time"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::json;

use crate::Error;
use crate::report::{Aim, Figure, megabytes, say, thousands, write_json};
use crate::server::peak_memory;

/// The kernel counts the processor time of processes that have ended in hundredths of a second (`USER_HZ`).
const TICKS: f64 = 100.0;

const MIN_PER_SECOND: f64 = 50_000.0;
const MAX_MEGABYTES: f64 = 110.0;
const MAX_GROWTH: f64 = 1.2;

/// The resources that a command used.
struct Cost {
    /// Seconds of processor time.
    cpu: f64,
    /// The highest use of memory, in bytes.
    peak: u64,
}

/// The resources for filling registries of one size.
struct Filled {
    records: u64,
    generate: Cost,
    export: Cost,
    apply: Cost,
}

impl Filled {
    /// Fills a registry with this many users, and another one from its export.
    fn with(users: u64) -> Result<Self, Error> {
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let directory = directory.path();
        let users_argument = users.to_string();
        let generate = [
            "generate",
            "--create",
            "--users",
            &users_argument,
            "--database",
            "a.db",
        ];
        let generate = run(directory, &generate)?;
        let export = run(directory, &["export", "seed.json", "--database", "a.db"])?;
        let apply = run(
            directory,
            &["apply", "--create", "seed.json", "--database", "b.db"],
        )?;
        // The pool, and each user with a device.
        let records = 1 + 2 * users;
        Ok(Self {
            records,
            generate,
            export,
            apply,
        })
    }

    #[expect(clippy::cast_precision_loss, reason = "shown in whole records")]
    fn per_second(&self, cost: &Cost) -> f64 {
        self.records as f64 / cost.cpu
    }
}

/// Measures and prints the results.
pub(crate) fn measure(quick: bool) -> Result<Vec<Figure>, Error> {
    // The memory of the larger full ones is in use to its limit in both.
    let (smaller, larger) = if quick {
        (10_000, 20_000)
    } else {
        (150_000, 300_000)
    };
    let (half, whole) = (Filled::with(smaller)?, Filled::with(larger)?);
    let size = format!("{} users with a device each", thousands(larger));
    for (name, cost) in [
        ("generate", &whole.generate),
        ("export", &whole.export),
        ("apply", &whole.apply),
    ] {
        say(format_args!(
            "seed {name}, {size}: {:.0} records a second of CPU time, peak memory {:.1} MB",
            whole.per_second(cost),
            megabytes(cost.peak)
        ));
    }
    let mut figures = Vec::new();
    for (name, cost) in [("generate", &whole.generate), ("apply", &whole.apply)] {
        figures.push(Figure {
            what: format!("records that seed {name} writes a second of CPU time: {size}"),
            measured: whole.per_second(cost),
            aim: Aim::AtLeast(MIN_PER_SECOND),
        });
        figures.push(Figure {
            what: format!("peak memory of seed {name} in MB: {size}"),
            measured: megabytes(cost.peak),
            aim: Aim::AtMost(MAX_MEGABYTES),
        });
    }
    figures.push(Figure {
        what: format!("the peak memory of seed apply against that for half of the users: {size}"),
        measured: megabytes(whole.apply.peak) / megabytes(half.apply.peak),
        aim: if quick {
            Aim::None
        } else {
            Aim::AtMost(MAX_GROWTH)
        },
    });
    let json =
        json!({"quick": quick, "figures": figures.iter().map(Figure::to_json).collect::<Vec<_>>()});
    write_json("bulk", &json)?;
    Ok(figures)
}

/// Runs `poolhouse seed` until it ends.
fn run(directory: &Path, arguments: &[&str]) -> Result<Cost, Error> {
    let before = ended_children()?;
    let mut process = Command::new(env!("CARGO_BIN_EXE_poolhouse"))
        .env_clear()
        .current_dir(directory)
        .arg("seed")
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let mut peak = 0;
    let status = loop {
        // The kernel does not report it after the process has ended.
        peak = peak_memory(process.id()).unwrap_or(peak);
        if let Some(status) = process.try_wait()? {
            break status;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    if !status.success() {
        return Err(format!("seed {arguments:?} ended with {status}").into());
    }
    let cpu = ended_children()? - before;
    Ok(Cost { cpu, peak })
}

/// Seconds of processor time of all processes that this one has started and that have ended.
fn ended_children() -> Result<f64, Error> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // The name of the process, in brackets, may hold spaces; its state follows (proc_pid_stat(5): fields 16 and 17).
    let (_, fields) = stat.rsplit_once(')').ok_or("stat names no process")?;
    let ticks: Result<Vec<f64>, _> = fields
        .split_whitespace()
        .skip(13)
        .take(2)
        .map(str::parse)
        .collect();
    Ok(ticks?.into_iter().sum::<f64>() / TICKS)
}
