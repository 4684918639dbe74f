//! What a clock shows that somebody may set: ahead of the system's time, behind it, or standing still.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// The first and the last second that a clock may be set to: the years 1970 to 2999. Whatever expires years later is then still
/// within the calendar.
const SETTABLE: (i64, i64) = (0, 32_503_679_999);

/// What a clock shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The time that it shows.
    pub time: DateTime<Utc>,
    /// Whether it stands still.
    pub frozen: bool,
}

/// A change of what a clock shows. What is `None` stays as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Change {
    /// The time to show.
    pub to: Option<DateTime<Utc>>,
    /// How far to go forward from there.
    pub by: Option<Duration>,
    /// Whether to stand still from then on.
    pub frozen: Option<bool>,
}

/// What clones of a clock share.
#[derive(Debug, Default)]
pub(super) struct Dial {
    /// Whether anybody has ever changed it, so that a clock that nobody sets costs no lock.
    touched: AtomicBool,
    hands: RwLock<Hands>,
}

/// How the time shown follows from the system's.
#[derive(Debug, Clone, Copy, Default)]
struct Hands {
    /// How far ahead of the system's time the clock is while it runs.
    ahead: TimeDelta,
    /// Where it stands if it is frozen.
    frozen: Option<DateTime<Utc>>,
    /// What had passed on it when it was last changed.
    passed: Duration,
    /// The elapsed time of that moment.
    since: Duration,
}

impl Hands {
    fn time(self, system: DateTime<Utc>) -> DateTime<Utc> {
        let running = || system.checked_add_signed(self.ahead).unwrap_or(system);
        self.frozen.unwrap_or_else(running)
    }

    fn passed(self, elapsed: Duration) -> Duration {
        match self.frozen {
            Some(_) => self.passed,
            None => self.passed + elapsed.saturating_sub(self.since),
        }
    }

    /// The hands that show `time` from now on. What lies between is passed only if they go forward.
    fn moved(self, to: Reading, system: DateTime<Utc>, elapsed: Duration) -> Self {
        let forward = (to.time - self.time(system)).to_std().unwrap_or_default();
        Self {
            ahead: to.time - system,
            frozen: to.frozen.then_some(to.time),
            passed: self.passed(elapsed) + forward,
            since: elapsed,
        }
    }
}

impl Dial {
    /// The hands. Returns `None` if nobody has ever changed them.
    fn hands(&self) -> Option<Hands> {
        let touched = self.touched.load(Ordering::Acquire);
        touched.then(|| *self.hands.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The time shown when it is `system` by the system's clock.
    pub(super) fn time(&self, system: DateTime<Utc>) -> DateTime<Utc> {
        self.hands().map_or(system, |hands| hands.time(system))
    }

    /// The time that has passed on the clock: it stands still with the clock, goes forward with it, and never back.
    pub(super) fn passed(&self, elapsed: Duration) -> Duration {
        self.hands().map_or(elapsed, |hands| hands.passed(elapsed))
    }

    /// What is shown, if it is not the system's time.
    pub(super) fn set_to(&self, system: impl FnOnce() -> DateTime<Utc>) -> Option<Reading> {
        let hands = self.hands()?;
        let system = system();
        let differs = hands.frozen.is_some() || !hands.ahead.is_zero();
        differs.then(|| Reading {
            time: hands.time(system),
            frozen: hands.frozen.is_some(),
        })
    }

    /// Changes what is shown. Returns `None`, and changes nothing, if the time would be outside of the years 1970 to 2999.
    pub(super) fn change(
        &self,
        change: Change,
        system: DateTime<Utc>,
        elapsed: Duration,
    ) -> Option<Reading> {
        let mut hands = self.hands.write().unwrap_or_else(PoisonError::into_inner);
        let from = change.to.unwrap_or_else(|| hands.time(system));
        let by = TimeDelta::from_std(change.by.unwrap_or_default()).ok()?;
        let time = from.checked_add_signed(by)?;
        if !(SETTABLE.0..=SETTABLE.1).contains(&time.timestamp()) {
            return None;
        }
        let frozen = change.frozen.unwrap_or(hands.frozen.is_some());
        let to = Reading { time, frozen };
        *hands = hands.moved(to, system, elapsed);
        self.touched.store(true, Ordering::Release);
        Some(to)
    }

    /// Shows the system's time again.
    pub(super) fn reset(&self, system: DateTime<Utc>, elapsed: Duration) {
        let mut hands = self.hands.write().unwrap_or_else(PoisonError::into_inner);
        let to = Reading {
            time: system,
            frozen: false,
        };
        // What was passed stays so.
        *hands = hands.moved(to, system, elapsed);
        self.touched.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_357_380 + seconds, 0).unwrap()
    }

    fn frozen(frozen: bool) -> Change {
        Change {
            frozen: Some(frozen),
            ..Change::default()
        }
    }

    #[test]
    fn what_nobody_sets_shows_the_systems_time() {
        let dial = Dial::default();
        assert_eq!(dial.time(at(7)), at(7));
        assert_eq!(dial.passed(MINUTE), MINUTE);
        assert_eq!(dial.set_to(|| at(7)), None);
    }

    #[test]
    fn time_passes_forward_alone_and_not_while_the_clock_stands() {
        let dial = Dial::default();
        let forward = Change {
            by: Some(60 * MINUTE),
            ..Change::default()
        };
        assert!(dial.change(forward, at(0), MINUTE).is_some());
        assert_eq!(dial.time(at(5)), at(3605));
        assert_eq!(dial.passed(MINUTE), 61 * MINUTE);
        assert!(dial.change(frozen(true), at(0), MINUTE).is_some());
        assert_eq!(
            (dial.time(at(60)), dial.passed(2 * MINUTE)),
            (at(3600), 61 * MINUTE)
        );
        assert!(dial.change(frozen(false), at(60), 2 * MINUTE).is_some());
        assert_eq!(
            (dial.time(at(61)), dial.passed(3 * MINUTE)),
            (at(3601), 62 * MINUTE)
        );
        dial.reset(at(120), 3 * MINUTE);
        assert_eq!(
            (dial.time(at(121)), dial.set_to(|| at(121))),
            (at(121), None)
        );
        assert_eq!(
            dial.passed(3 * MINUTE),
            62 * MINUTE,
            "going back takes nothing away"
        );
    }

    #[test]
    fn a_clock_keeps_to_the_calendar() {
        let dial = Dial::default();
        for seconds in [-1, SETTABLE.1 + 1] {
            let to = DateTime::from_timestamp(seconds, 0);
            let change = Change {
                to,
                ..Change::default()
            };
            assert_eq!(dial.change(change, at(0), MINUTE), None);
        }
        let by = Some(Duration::MAX);
        let change = Change {
            by,
            ..Change::default()
        };
        assert_eq!(dial.change(change, at(0), MINUTE), None);
        assert_eq!(dial.set_to(|| at(0)), None, "nothing was changed");
    }
}
