//! The queue between the threads that answer requests and the thread that sends spans.
//!
//! A full queue drops requests, and their spans are counted. So a collector that is slow or down delays no request, and memory stays
//! bounded.

use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::log::Request;

/// The most requests in the queue.
const MAX_REQUESTS: usize = 2048;

/// The most requests that are sent at once.
pub(super) const BATCH: usize = 512;

/// How long requests are collected before they are sent, unless there are enough of them.
const GATHER: Duration = Duration::from_secs(1);

/// The queue of requests that are over.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    filled: Condvar,
    ended: Condvar,
}

#[derive(Default)]
struct State {
    requests: Vec<Arc<Request>>,
    /// Whether the thread waits for the first request.
    idle: bool,
    /// Whether the server stops: what is there is sent at once.
    closing: bool,
    /// Whether the thread has ended.
    ended: bool,
}

impl Queue {
    /// Adds a request. Returns whether there was room; never waits for the thread.
    pub(super) fn push(&self, request: &Arc<Request>) -> bool {
        let mut state = self.state();
        if state.requests.len() >= MAX_REQUESTS {
            return false;
        }
        state.requests.push(Arc::clone(request));
        // Waking a thread that collects would be a needless system call for each request.
        if mem::take(&mut state.idle) || state.requests.len() == BATCH {
            self.filled.notify_one();
        }
        true
    }

    /// Waits for requests and takes some of them. Returns `None` when the server stops and all are taken.
    pub(super) fn take(&self) -> Option<Vec<Arc<Request>>> {
        let mut state = self.state();
        while state.requests.is_empty() {
            if state.closing {
                return None;
            }
            state.idle = true;
            state = self
                .filled
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        let (mut state, _) = self
            .filled
            .wait_timeout_while(state, GATHER, |state| {
                !state.closing && state.requests.len() < BATCH
            })
            .unwrap_or_else(PoisonError::into_inner);
        let count = state.requests.len().min(BATCH);
        Some(state.requests.drain(..count).collect())
    }

    /// Waits so long, but no longer once the server stops. Returns whether it goes on.
    pub(super) fn pause(&self, time: Duration) -> bool {
        let waited = self
            .filled
            .wait_timeout_while(self.state(), time, |state| !state.closing);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        !state.closing
    }

    /// Notes that the thread has ended.
    pub(super) fn end(&self) {
        self.state().ended = true;
        self.ended.notify_all();
    }

    /// Has everything sent at once, and waits for it, but at most for `bound`.
    pub(super) fn finish(&self, bound: Duration) {
        let mut state = self.state();
        state.closing = true;
        self.filled.notify_all();
        // The caller goes on, whether or not the time was enough.
        drop(
            self.ended
                .wait_timeout_while(state, bound, |state| !state.ended),
        );
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::log::Seen;

    fn request() -> Arc<Request> {
        let seen = Arc::new(Seen::new(Uuid::nil(), None));
        let at = DateTime::UNIX_EPOCH;
        Arc::new(Request::over(seen, at, 200, None, Duration::ZERO))
    }

    #[test]
    fn a_full_queue_takes_no_more_and_its_end_gives_all_of_it() {
        let queue = Queue::default();
        let taken = (0..MAX_REQUESTS + 3).filter(|_| queue.push(&request()));
        assert_eq!(taken.count(), MAX_REQUESTS);
        assert_eq!(queue.take().map(|batch| batch.len()), Some(BATCH));
        queue.finish(Duration::ZERO);
        assert!(!queue.pause(Duration::from_mins(1)));
        let mut left = 0;
        while let Some(batch) = queue.take() {
            left += batch.len();
        }
        assert_eq!(left, MAX_REQUESTS - BATCH);
    }
}
