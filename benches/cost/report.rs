//! How what was measured is shown and kept.

#![expect(clippy::print_stdout, reason = "a benchmark shows what it measured")]

use std::fmt::{self, Display};
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::Error;

/// Writes `target/bench/<name>.json`.
pub(crate) fn write_json(name: &str, what: &Value) -> Result<(), Error> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("bench");
    fs::create_dir_all(&directory)?;
    let file = directory.join(name).with_extension("json");
    fs::write(&file, format!("{what:#}\n"))?;
    println!("\nWritten to {}", file.display());
    Ok(())
}

/// Shows what came of the aims.
pub(crate) fn print_aims(aims: &[Aim]) {
    println!("\nAims, with the log off:");
    for aim in aims {
        println!("  {aim}");
    }
}

/// An aim and what came of it.
pub(crate) struct Aim {
    pub(crate) what: String,
    pub(crate) measured: f64,
    pub(crate) most: f64,
}

impl Aim {
    fn is_met(&self) -> bool {
        self.measured <= self.most
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({"aim": self.what, "measured": self.measured, "most": self.most, "met": self.is_met()})
    }
}

impl Display for Aim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.is_met() { "met" } else { "MISSED" };
        let (what, measured, most) = (&self.what, self.measured, self.most);
        write!(f, "{verdict:<6}  {measured:>6.2} of at most {most}: {what}")
    }
}

/// Prints a line; what goes wrong shows elsewhere.
pub(crate) fn say(line: impl Display) {
    println!("{line}");
}

pub(crate) fn progress(round: usize, rounds: usize) {
    println!("round {round} of {rounds} done");
}

/// The middle one, or the lower of the two.
pub(crate) fn median<T: PartialOrd + Default + Copy>(values: impl Iterator<Item = T>) -> T {
    let mut values: Vec<T> = values.collect();
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    let middle = values.len().saturating_sub(1) / 2;
    values.get(middle).copied().unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
pub(crate) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// `1000000` as `1,000,000`.
pub(crate) fn thousands(number: u64) -> String {
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
