//! Several requests at the same time.

use std::collections::BTreeMap;

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
