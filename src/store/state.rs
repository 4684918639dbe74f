//! Which state of the registry requests see: another one after each snapshot that was put back.
//!
//! A request may read several times, decide, and write. It remembers the state that it began in: what it decided there is not written
//! to another one, and whoever runs it can tell at its end whether all that it saw was of that state.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The states of one registry. Clones count together.
#[derive(Clone, Default)]
pub(super) struct States(Arc<AtomicU64>);

/// A state of the registry, as long as no snapshot is put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct State(u64);

impl States {
    /// The present state.
    pub(super) fn present(&self) -> State {
        State(self.0.load(Ordering::SeqCst))
    }

    /// Whether a snapshot is taking the registry's place in this moment, so that nobody can say which of the two is read.
    pub(super) fn is_changing(&self) -> bool {
        !self.present().0.is_multiple_of(2)
    }

    /// Whether all that was read since `state` was the present state was of this state.
    pub(super) fn is_still(&self, state: State) -> bool {
        state.0.is_multiple_of(2) && self.present() == state
    }

    /// Begins to put another state in this one's place; it is there when what this returns is dropped.
    pub(super) fn change(&self) -> Change<'_> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Change(self)
    }
}

/// The time in which one state takes the place of another.
pub(super) struct Change<'s>(&'s States);

impl Drop for Change<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_began_before_or_during_a_change_is_not_of_one_state() {
        let states = States::default();
        let before = states.present();
        assert!(states.is_still(before));
        let change = states.change();
        let during = states.present();
        assert!(states.is_changing() && !states.is_still(before));
        assert!(!states.is_still(during), "nobody knows which");
        drop(change);
        assert!(!states.is_changing());
        assert!(!states.is_still(before) && !states.is_still(during));
        assert!(states.is_still(states.present()));
    }
}
