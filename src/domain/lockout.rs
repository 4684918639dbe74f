//! Lockout after failed attempts to sign in (AWS's guide "Authentication with Amazon Cognito user pools", "Lockout behavior for
//! failed sign-in attempts").
//!
//! The fifth failed attempt locks the name for a second, and each further one for twice as long as the one before it, up to 15
//! minutes. Attempts during a lock do not count. Success, or 15 minutes without an attempt, resets the count.
//!
//! Requests are not always judged in the order of their times: a request that is older than the last attempt is locked out like
//! one that comes right after it. The wall clock may also be set back after an attempt: an attempt that lies 15 minutes or more
//! in the future is forgotten, so that no lock lasts longer than half an hour.

use crate::api::Timestamp;

/// The failed attempts before the first lock.
const FREE_FAILURES: u32 = 4;

/// The longest lock, and the time without attempts after which the count is reset, in milliseconds.
const MAX_LOCK_MS: i64 = 15 * 60 * 1000;

/// The failed attempts for one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attempts {
    pub(crate) failures: u32,
    pub(crate) last: Timestamp,
}

impl Default for Attempts {
    fn default() -> Self {
        Self {
            failures: 0,
            last: Timestamp::from_millis(0),
        }
    }
}

impl Attempts {
    /// Whether the name is locked at `now`.
    pub(crate) fn locked(self, now: Timestamp) -> bool {
        let Some(doublings) = self.failures.checked_sub(FREE_FAILURES + 1) else {
            return false;
        };
        let lock = 1000_i64
            .checked_shl(doublings.min(32))
            .map_or(MAX_LOCK_MS, |lock| lock.min(MAX_LOCK_MS));
        !self.forgotten(now) && now.millis() < self.last.millis().saturating_add(lock)
    }

    /// Whether the last attempt is 15 minutes or more away from `now`, in either direction.
    fn forgotten(self, now: Timestamp) -> bool {
        now.millis().abs_diff(self.last.millis()) >= MAX_LOCK_MS.unsigned_abs()
    }

    /// The count after one more failed attempt at `now`.
    pub(crate) fn failed(self, now: Timestamp) -> Self {
        if self.forgotten(now) {
            return Self {
                failures: 1,
                last: now,
            };
        }
        Self {
            failures: self.failures.saturating_add(1),
            last: self.last.max(now),
        }
    }

    /// The count after a successful attempt at `now`.
    pub(crate) fn succeeded(now: Timestamp) -> Self {
        Self {
            failures: 0,
            last: now,
        }
    }

    /// The time before which the last attempt of another name is forgotten, if this count is the newest.
    pub(crate) fn quiet_since(self) -> Timestamp {
        Timestamp::from_millis(self.last.millis().saturating_sub(MAX_LOCK_MS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(1_715_100_742_022 + ms)
    }

    #[test]
    fn the_lock_doubles_from_the_fifth_failure_on_and_ends_at_fifteen_minutes() {
        let mut attempts = Attempts::default();
        for failure in 1..=20 {
            attempts = attempts.failed(at(0));
            let seconds = match failure {
                0..=4 => 0,
                5..=14 => 1 << (failure - 5),
                _ => 900,
            };
            assert_eq!(attempts.locked(at(0)), seconds > 0, "{failure}");
            assert_eq!(attempts.locked(at(seconds * 1000 - 1)), seconds > 0);
            assert!(!attempts.locked(at(seconds * 1000)), "{failure}");
        }
    }

    #[test]
    fn fifteen_quiet_minutes_start_anew() {
        let five = (0..5).fold(Attempts::default(), |attempts, _| attempts.failed(at(0)));
        assert_eq!(five.failed(at(MAX_LOCK_MS - 1)).failures, 6);
        assert_eq!(five.failed(at(MAX_LOCK_MS)).failures, 1);
        assert_eq!(Attempts::succeeded(at(0)).failures, 0);
    }

    #[test]
    fn a_request_that_is_older_than_the_last_attempt_is_locked_out_like_one_after_it() {
        for failures in 5..=20 {
            let attempts =
                (0..failures).fold(Attempts::default(), |attempts, _| attempts.failed(at(0)));
            for older in [1, 1000, MAX_LOCK_MS - 1] {
                assert!(attempts.locked(at(-older)), "{failures} {older}");
            }
            let counted = attempts.failed(at(-1000));
            assert_eq!(counted.failures, failures + 1);
            assert_eq!(counted.last, at(0), "the lock is not put back");
        }
    }

    #[test]
    fn a_clock_that_was_ahead_locks_for_half_an_hour_at_most() {
        let twenty = (0..20).fold(Attempts::default(), |attempts, _| attempts.failed(at(0)));
        assert!(twenty.locked(at(1 - MAX_LOCK_MS)));
        assert!(!twenty.locked(at(MAX_LOCK_MS)));
        for ahead in [MAX_LOCK_MS, 5 * 60 * 60 * 1000] {
            assert!(!twenty.locked(at(-ahead)), "{ahead} ms");
            assert_eq!(twenty.failed(at(-ahead)).failures, 1);
        }
    }
}
