//! Several requests at the same time.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use super::answer::Answer;

/// Sends the same request sixteen times at once. Counts the answers by status and message.
pub(crate) fn at_once(send: impl Fn() -> Answer + Sync) -> BTreeMap<(u16, String), usize> {
    let mut counts = BTreeMap::new();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(&send)).collect();
        for thread in threads {
            let answer = thread.join().unwrap();
            *counts
                .entry((answer.status, answer.refusal().1))
                .or_default() += 1;
        }
    });
    counts
}

/// The time in which something else goes on.
#[derive(Default)]
pub(crate) struct Meanwhile(AtomicBool);

impl Meanwhile {
    /// Asks again and again until it is over. Returns how many times.
    pub(crate) fn ask(&self, ask: impl Fn()) -> u32 {
        let mut answered = 0;
        while !self.0.load(Ordering::SeqCst) {
            ask();
            answered += 1;
        }
        answered
    }

    /// It is over.
    pub(crate) fn end(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}
