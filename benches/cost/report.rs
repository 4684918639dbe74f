//! Printing and storing measurements.

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

/// Prints all figures, and whether they meet their aims.
pub(crate) fn print_figures(figures: &[Figure]) {
    println!("\n{:>12}  {:<14} {:<8}", "measured", "aim", "");
    for figure in figures {
        println!("{figure}");
    }
}

/// A measured figure with its aim.
pub(crate) struct Figure {
    pub(crate) what: String,
    pub(crate) measured: f64,
    pub(crate) aim: Aim,
}

/// The aim of a figure.
#[derive(Clone, Copy)]
pub(crate) enum Aim {
    AtMost(f64),
    AtLeast(f64),
    /// No aim: the figure is for information.
    None,
}

impl Figure {
    /// Whether the aim is met, if there is one.
    fn is_met(&self) -> Option<bool> {
        match self.aim {
            Aim::AtMost(most) => Some(self.measured <= most),
            Aim::AtLeast(least) => Some(self.measured >= least),
            Aim::None => None,
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({"what": self.what, "measured": self.measured, "aim": self.aim.to_string(), "met": self.is_met()})
    }
}

impl Display for Aim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(most) => write!(f, "at most {most}"),
            Self::AtLeast(least) => write!(f, "at least {least}"),
            Self::None => Ok(()),
        }
    }
}

impl Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.is_met() {
            Some(true) => "met",
            Some(false) => "MISSED",
            None => "",
        };
        let (what, measured, aim) = (&self.what, self.measured, self.aim.to_string());
        write!(f, "{measured:>12.2}  {aim:<14} {verdict:<8} {what}")
    }
}

/// Prints a line, ignoring errors.
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
