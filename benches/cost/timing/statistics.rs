//! Whether two samples of times differ.

use rand::RngExt;
use rand::rngs::StdRng;

use crate::Error;

/// The number of resamples of the bootstrap.
const RESAMPLES: usize = 1000;

/// A z beyond it is chance once in ten thousand comparisons.
const CERTAIN: f64 = 3.9;

/// The comparison of two samples.
pub(super) struct Comparison {
    /// The median of the first.
    pub(super) median: f64,
    /// By how much the second's median is later.
    pub(super) difference: f64,
    /// Where that would be in 99 of 100 repetitions, by the percentiles of the bootstrap (Efron 1979).
    pub(super) interval: (f64, f64),
    /// How far Mann and Whitney's U (1947) is from its mean, in standard deviations.
    pub(super) z: f64,
}

impl Comparison {
    pub(super) fn of(one: &[f64], other: &[f64], chance: &mut StdRng) -> Result<Self, Error> {
        let median = median(&mut one.to_vec())?;
        let mut differences = (0..RESAMPLES)
            .map(|_| {
                Ok(self::median(&mut again(other, chance)?)?
                    - self::median(&mut again(one, chance)?)?)
            })
            .collect::<Result<Vec<f64>, Error>>()?;
        differences.sort_unstable_by(f64::total_cmp);
        let at = |place: usize| differences.get(place).copied().ok_or("no differences");
        Ok(Self {
            median,
            difference: self::median(&mut other.to_vec())? - median,
            interval: (at(RESAMPLES / 200)?, at(RESAMPLES - 1 - RESAMPLES / 200)?),
            z: z(one, other),
        })
    }

    /// Whether the difference is hardly random.
    pub(super) fn is_certain(&self) -> bool {
        self.z.abs() > CERTAIN
    }
}

fn median(sample: &mut [f64]) -> Result<f64, Error> {
    let middle = sample.len() / 2;
    if sample.is_empty() {
        return Err("an empty sample".into());
    }
    let (_, median, _) = sample.select_nth_unstable_by(middle, f64::total_cmp);
    Ok(*median)
}

/// A resample of the same size.
fn again(sample: &[f64], chance: &mut StdRng) -> Result<Vec<f64>, Error> {
    let drawn =
        (0..sample.len()).map(|_| sample.get(chance.random_range(0..sample.len())).copied());
    drawn
        .collect::<Option<Vec<f64>>>()
        .ok_or_else(|| "an empty sample".into())
}

#[expect(clippy::cast_precision_loss, reason = "counts of thousands")]
fn z(one: &[f64], other: &[f64]) -> f64 {
    let firsts = one.iter().map(|time| (*time, true));
    let mut all: Vec<(f64, bool)> = firsts
        .chain(other.iter().map(|time| (*time, false)))
        .collect();
    all.sort_unstable_by(|(a, _), (b, _)| a.total_cmp(b));
    // Times in nanoseconds are hardly ever equal, so ranks are not shared.
    let ranks = all.iter().enumerate().filter(|(_, (_, first))| !first);
    let ranks: f64 = ranks.map(|(rank, _)| rank as f64 + 1.0).sum();
    let (n, m) = (one.len() as f64, other.len() as f64);
    let u = ranks - m * (m + 1.0) / 2.0;
    (u - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt()
}
