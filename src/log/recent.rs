//! The last requests, kept in memory so that an operator can ask what became of them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};
use uuid::Uuid;

use super::line::{Request, Style};
use super::seen::Check;

/// How many requests are kept. Everything that one holds is bounded, so they take some megabytes at most.
const MAX_REQUESTS: usize = 3000;

/// The last requests, numbered in the order of their ends.
#[derive(Default)]
pub(crate) struct RecentRequests(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    requests: VecDeque<Arc<Request>>,
    /// How many there have been.
    count: u64,
}

/// What became of a request.
#[derive(Debug)]
pub(crate) struct Explanation {
    /// The members of its line in the log.
    pub(crate) line: Map<String, Value>,
    /// The checks that it passed, in words.
    pub(crate) passed: Vec<&'static str>,
    /// The check that refused it, in words.
    pub(crate) refused_by: Option<&'static str>,
}

impl RecentRequests {
    /// Keeps a request that is over, in place of the oldest one.
    pub(crate) fn keep(&self, request: &Arc<Request>) {
        let mut kept = self.kept();
        kept.count += 1;
        let oldest = (kept.requests.len() >= MAX_REQUESTS).then(|| kept.requests.pop_front());
        kept.requests.push_back(Arc::clone(request));
        drop(kept);
        // What it held is given back when nobody waits for the lock.
        drop(oldest);
    }

    /// The lines of up to `most` of the newest requests with numbers greater than `after`, and the number of the last request of all.
    pub(crate) fn since(&self, after: u64, most: usize) -> (Vec<Map<String, Value>>, u64) {
        let kept = self.kept();
        let count = kept.count;
        let new = usize::try_from(count.saturating_sub(after)).unwrap_or(usize::MAX);
        let skipped = kept.requests.len().saturating_sub(new.min(most));
        let wanted: Vec<_> = kept.requests.iter().skip(skipped).cloned().collect();
        drop(kept);
        (wanted.iter().map(|request| line(request)).collect(), count)
    }

    /// What became of the request with this id. Returns `None` if it is not among those that are kept.
    pub(crate) fn explain(&self, id: Uuid) -> Option<Explanation> {
        let kept = self.kept();
        let mut newest_first = kept.requests.iter().rev();
        let found = newest_first.find(|request| request.seen.request_id() == id);
        let request = Arc::clone(found?);
        drop(kept);
        let (mut passed, at) = request.seen.checks();
        let is_answered = request.outcome == "ok";
        passed.extend(at.filter(|_| is_answered));
        Some(Explanation {
            line: line(&request),
            passed: passed.into_iter().map(Check::when_passed).collect(),
            refused_by: at.filter(|_| !is_answered).map(Check::in_words),
        })
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The members of the request's line in the log.
fn line(request: &Request) -> Map<String, Value> {
    let mut text = Vec::new();
    request.append_to(&mut text, Style::Json);
    serde_json::from_slice(&text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::DateTime;

    use super::*;
    use crate::log::Seen;

    fn request(number: u128) -> Arc<Request> {
        let seen = Seen::new(Uuid::from_u128(number), None);
        let at = DateTime::UNIX_EPOCH;
        Arc::new(Request::over(Arc::new(seen), at, 200, None, Duration::ZERO))
    }

    #[test]
    fn the_newest_are_kept_and_numbered() {
        let recent = RecentRequests::default();
        let most = MAX_REQUESTS as u128;
        (0..most + 5).for_each(|number| recent.keep(&request(number)));
        assert_eq!(recent.kept().requests.len(), MAX_REQUESTS);
        assert!(recent.explain(Uuid::from_u128(4)).is_none());
        assert!(recent.explain(Uuid::from_u128(5)).is_some());
        let count = MAX_REQUESTS as u64 + 5;
        let (lines, last) = recent.since(count - 2, 100);
        assert_eq!((lines.len(), last), (2, count));
        let id = |number| Value::from(Uuid::from_u128(number).to_string());
        assert_eq!(lines[1]["request_id"], id(most + 4));
        assert_eq!(recent.since(0, 3).0.len(), 3);
        assert_eq!(recent.since(count, 3), (Vec::new(), count));
    }
}
