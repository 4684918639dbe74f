//! Whether two kinds of times differ, of which each pair was taken in the same moment. A machine that becomes slower for a while does so
//! for both of a pair, so that pairs show differences which the scatter of all times hides.

use rand::RngExt;
use rand::rngs::StdRng;

use crate::Error;

/// The number of resamples of the bootstrap.
const RESAMPLES: usize = 1000;

/// A z beyond it is chance once in ten thousand comparisons.
const CERTAIN: f64 = 3.9;

/// The comparison of two kinds of times.
pub(super) struct Comparison {
    /// The median of the first kind.
    pub(super) median: f64,
    /// By how much the second of a pair is later: the median of the differences.
    pub(super) difference: f64,
    /// Where that would be in 99 of 100 repetitions, by the percentiles of the bootstrap (Efron 1979).
    pub(super) interval: (f64, f64),
    /// How far Wilcoxon's signed-rank sum (1945) is from its mean, in standard deviations.
    pub(super) z: f64,
}

impl Comparison {
    pub(super) fn of(pairs: &[(f64, f64)], chance: &mut StdRng) -> Result<Self, Error> {
        let mut first: Vec<f64> = pairs.iter().map(|(one, _)| *one).collect();
        let mut differences: Vec<f64> = pairs.iter().map(|(one, other)| other - one).collect();
        let mut resampled = (0..RESAMPLES)
            .map(|_| median(&mut again(&differences, chance)?))
            .collect::<Result<Vec<f64>, Error>>()?;
        resampled.sort_unstable_by(f64::total_cmp);
        let at = |place: usize| resampled.get(place).copied().ok_or("no differences");
        Ok(Self {
            median: median(&mut first)?,
            interval: (at(RESAMPLES / 200)?, at(RESAMPLES - 1 - RESAMPLES / 200)?),
            difference: median(&mut differences)?,
            z: z(differences),
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
fn z(mut differences: Vec<f64>) -> f64 {
    differences.sort_unstable_by(|a, b| a.abs().total_cmp(&b.abs()));
    // Times in nanoseconds are hardly ever equal, so ranks are not shared.
    let ranks = differences.iter().enumerate();
    let later = ranks.filter(|(_, difference)| **difference > 0.0);
    let sum: f64 = later.map(|(rank, _)| rank as f64 + 1.0).sum();
    let n = differences.len() as f64;
    (sum - n * (n + 1.0) / 4.0) / (n * (n + 1.0) * (2.0 * n + 1.0) / 24.0).sqrt()
}
