//! Requests during which a snapshot is restored.

use crate::store::{State, Store};

/// How often a request is run again because a snapshot was restored while it ran.
const MAX_RUNS: u32 = 20;

/// Runs a request that began in `state`, and runs it again until its answer is of one state of the registry. What it wrote before is
/// gone with the state that it wrote it to. Returns `None` if snapshots are restored all the time.
pub(super) async fn in_one_state<T>(
    store: &Store,
    mut state: State,
    mut run: impl AsyncFnMut() -> T,
) -> Option<T> {
    for _ in 0..=MAX_RUNS {
        let answer = run().await;
        if store.is_still_in(state) {
            return Some(answer);
        }
        store.settle().await;
        state = store.state();
    }
    None
}
