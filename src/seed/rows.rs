//! Sets of users.

use std::collections::HashMap;

/// Rows of users. They are numbered without large gaps, so it is a bit for each.
#[derive(Default)]
pub(super) struct Rows(HashMap<i64, u64>);

impl Rows {
    /// Adds a row; returns whether it is new.
    pub(super) fn insert(&mut self, row: i64) -> bool {
        let bits = self.0.entry(row >> 6).or_default();
        let bit = 1 << (row & 63);
        let is_new = *bits & bit == 0;
        *bits |= bit;
        is_new
    }

    /// Takes a row out, if it is there.
    pub(super) fn remove(&mut self, row: i64) {
        if let Some(bits) = self.0.get_mut(&(row >> 6)) {
            *bits &= !(1 << (row & 63));
        }
    }

    /// How many rows there are.
    pub(super) fn count(&self) -> u64 {
        let bits = self.0.values();
        bits.map(|bits| u64::from(bits.count_ones())).sum()
    }
}
