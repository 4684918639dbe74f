//! RSA key pairs that are drawn and that no pool has yet. They are in memory alone.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;

use rustix::process::setpriority_process;
use tokio::task::spawn_blocking;

use crate::auth::signing_key::{KeyError, SigningKey};
use crate::error::{ApiError, Result};

/// The most pools whose pairs are drawn ahead.
const MAX_AHEAD: usize = 4;

/// The priority of a thread that runs when no other one wants to (`setpriority(2)`).
const LOWEST_PRIORITY: i32 = 19;

/// The two key pairs of one pool.
pub(super) struct Pairs {
    /// Signs ID tokens.
    pub(super) id: SigningKey,
    /// Signs access tokens.
    pub(super) access: SigningKey,
}

impl Pairs {
    fn draw() -> Result<Self, KeyError> {
        Ok(Self {
            id: SigningKey::generate()?,
            access: SigningKey::generate()?,
        })
    }
}

/// Draws pairs, some of them ahead of need.
///
/// A server whose second pool needs pairs is likely to need more, so it draws ahead from then on: for one pool after the second,
/// for two after the third, up to [`MAX_AHEAD`]. A server with one pool, as most tests start it, draws none in vain.
#[derive(Default)]
pub(super) struct SpareKeys(Mutex<State>);

#[derive(Default)]
struct State {
    pairs: Vec<Pairs>,
    /// The number of pools that have got pairs.
    given: usize,
    /// Whether a thread is drawing ahead.
    filling: bool,
}

impl State {
    fn is_full(&self) -> bool {
        self.pairs.len() >= self.given.saturating_sub(1).min(MAX_AHEAD)
    }

    /// Whether the caller is to draw ahead, and nobody else does yet.
    fn begins_to_fill(&mut self) -> bool {
        let begins = !self.filling && !self.is_full();
        self.filling |= begins;
        begins
    }
}

impl SpareKeys {
    /// Pairs for one pool: those that were drawn ahead, or new ones. Pairs whose caller no longer waits are another's.
    ///
    /// # Errors
    /// `InternalErrorException` when none can be drawn.
    pub(super) async fn take(self: &Arc<Self>) -> Result<Pairs> {
        loop {
            if let Some(pairs) = self.give() {
                self.fill_aside();
                return Ok(pairs);
            }
            let spare = Arc::clone(self);
            let drawn = spawn_blocking(move || spare.draw()).await;
            drawn
                .map_err(ApiError::internal)?
                .map_err(ApiError::internal)?;
        }
    }

    fn give(&self) -> Option<Pairs> {
        let mut state = self.lock();
        let pairs = state.pairs.pop()?;
        state.given += 1;
        Some(pairs)
    }

    fn draw(&self) -> Result<(), KeyError> {
        let pairs = Pairs::draw()?;
        self.lock().pairs.push(pairs);
        Ok(())
    }

    /// Draws ahead on a thread of its own, which neither delays others nor keeps the process from ending.
    fn fill_aside(self: &Arc<Self>) {
        if !self.lock().begins_to_fill() {
            return;
        }
        let spare = Arc::downgrade(self);
        let thread = thread::Builder::new().name("spare keys".to_owned());
        if thread.spawn(move || fill(&spare)).is_err() {
            // Pairs are then drawn when they are needed.
            self.lock().filling = false;
        }
    }

    /// The number of pools whose pairs were drawn.
    #[cfg(test)]
    pub(super) fn drawn(&self) -> usize {
        let state = self.lock();
        state.given + state.pairs.len()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Draws what is to be drawn ahead, as long as somebody may need it.
fn fill(spare: &Weak<SpareKeys>) {
    // If the priority cannot be lowered, the pairs are drawn at the usual one.
    setpriority_process(None, LOWEST_PRIORITY).ok();
    while let Some(spare) = spare.upgrade() {
        let drawn = spare.draw();
        let mut state = spare.lock();
        if drawn.is_err() || state.is_full() {
            state.filling = false;
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Waker};

    use tokio::runtime::Builder;

    use super::*;

    /// The numbers of pools that have got pairs, and of pairs for others.
    fn numbers(spare: &SpareKeys) -> (usize, usize) {
        let state = spare.lock();
        (state.given, state.pairs.len())
    }

    #[test]
    fn pairs_are_drawn_ahead_from_the_second_pool_on() {
        let spare = Arc::new(SpareKeys::default());
        for (given, ahead) in [(0, 0), (1, 0), (2, 1), (3, 2)] {
            spare.lock().given = given;
            assert_eq!(spare.lock().begins_to_fill(), ahead > 0, "{given}");
            assert!(!spare.lock().begins_to_fill(), "by two threads");
            if ahead > 0 {
                fill(&Arc::downgrade(&spare));
            }
            assert_eq!(numbers(&spare), (given, ahead));
        }
        spare.lock().given = 100;
        spare.draw().unwrap();
        assert!(!spare.lock().is_full());
        spare.draw().unwrap();
        assert!(spare.lock().is_full());
    }

    #[test]
    fn pairs_that_were_drawn_ahead_or_in_vain_are_given_to_the_next() {
        let runtime = Builder::new_current_thread().build().unwrap();
        let spare = Arc::new(SpareKeys::default());
        runtime.block_on(async {
            let mut nobody = Context::from_waker(Waker::noop());
            // It begins to draw; then the caller gives up.
            let taking = pin!(spare.take());
            assert!(taking.poll(&mut nobody).is_pending());
        });
        // Ends when the blocking thread has.
        drop(runtime);
        assert_eq!(numbers(&spare), (0, 1));
        let drawn = spare.lock().pairs[0].id.kid().to_owned();
        let runtime = Builder::new_current_thread().build().unwrap();
        let taken = runtime.block_on(spare.take()).unwrap();
        assert_eq!(taken.id.kid(), drawn);
        assert_eq!(numbers(&spare), (1, 0));
    }

    #[test]
    fn nothing_is_drawn_ahead_for_a_server_that_has_ended() {
        let spare = Arc::new(SpareKeys::default());
        let left = Arc::downgrade(&spare);
        drop(spare);
        fill(&left);
    }
}
