//! Faults on demand: what a request is made to suffer, so that an app's retries can be tested.
//!
//! They are in memory, and gone with the process. A server without faults asks one flag for each request.

mod rule;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;

use crate::ambient::Ambient;
use crate::api::{ErrorCode, Timestamp};
use crate::error::{ApiError, Result};
use crate::ids::UserPoolId;
use rule::Checked;

pub(crate) use rule::{Disconnect, Rule};

/// The most faults that are kept, those that have ended included.
const MOST: usize = 100;

/// The faults of a server.
#[derive(Default)]
pub(crate) struct Faults {
    /// Whether any may strike, so that a server without faults takes no lock.
    any: AtomicBool,
    list: Mutex<List>,
}

#[derive(Default)]
struct List {
    /// In the order in which they were added.
    faults: Vec<Fault>,
    /// How many have ever been added, which is the id of the last one.
    added: u64,
}

struct Fault {
    id: u64,
    rule: Checked,
    /// When it ends, as elapsed time and by the system's clock.
    end: Option<(Duration, Timestamp)>,
    /// How many requests it has struck.
    struck: u64,
}

/// What a request suffers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Strike {
    /// The fault's id.
    pub(crate) id: u64,
    /// How long the request waits.
    pub(crate) delay: Duration,
    pub(crate) effect: Effect,
}

/// What a request suffers after the delay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing more.
    Nothing,
    /// It is refused with this error and message.
    Refusal(ErrorCode, String),
    /// Its connection ends without an answer.
    Disconnect(Disconnect),
}

/// A fault as callers see it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Shown {
    id: u64,
    /// The rule in words.
    summary: String,
    #[serde(flatten)]
    rule: Rule,
    /// When it ends, by the system's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_date: Option<Timestamp>,
    /// How many requests it has struck.
    struck: u64,
    /// Whether it strikes no more.
    ended: bool,
}

impl Shown {
    /// The fault in words, for the log.
    pub(crate) fn in_words(&self) -> String {
        format!("{}: {}", self.id, self.summary)
    }
}

impl Faults {
    /// Adds a fault after the others. Of [`MOST`], the oldest one that has ended gives way.
    ///
    /// # Errors
    /// `InvalidParameterException` when there can be no such fault; `LimitExceededException` when there are too many.
    pub(crate) fn add(&self, rule: Rule, ambient: &Ambient) -> Result<Shown> {
        let rule = Checked::of(rule)?;
        let now = ambient.elapsed();
        let end = rule.lasts().map(|lasts| {
            let date = ambient.system_now() + lasts;
            (now + lasts, Timestamp::from(date))
        });
        let mut list = self.list();
        if list.faults.len() >= MOST {
            let ended = list.faults.iter().position(|fault| fault.has_ended(now));
            let ended = ended.ok_or_else(|| {
                ApiError::new(
                    ErrorCode::LimitExceededException,
                    "There are 100 faults. Clear some of them.",
                )
            })?;
            list.faults.remove(ended);
        }
        list.added += 1;
        let fault = Fault {
            id: list.added,
            rule,
            end,
            struck: 0,
        };
        let shown = fault.shown(now);
        list.faults.push(fault);
        self.any.store(true, Ordering::Release);
        Ok(shown)
    }

    /// All faults, in the order in which they were added.
    pub(crate) fn all(&self, ambient: &Ambient) -> Vec<Shown> {
        let now = ambient.elapsed();
        let list = self.list();
        list.faults.iter().map(|fault| fault.shown(now)).collect()
    }

    /// Removes the fault with this id, or all of them. Returns whether there was one.
    pub(crate) fn clear(&self, id: Option<u64>) -> bool {
        let mut list = self.list();
        let before = list.faults.len();
        list.faults
            .retain(|fault| id.is_some_and(|id| fault.id != id));
        self.any.store(!list.faults.is_empty(), Ordering::Release);
        list.faults.len() < before
    }

    /// How many faults have not ended.
    pub(crate) fn count(&self, ambient: &Ambient) -> usize {
        if !self.may_strike() {
            return 0;
        }
        let now = ambient.elapsed();
        let list = self.list();
        list.faults
            .iter()
            .filter(|fault| !fault.has_ended(now))
            .count()
    }

    /// Whether any fault may strike.
    pub(crate) fn may_strike(&self) -> bool {
        self.any.load(Ordering::Acquire)
    }

    /// What a request for this operation or endpoint suffers: from the first fault that is set for it, and for its pool, and that chance
    /// lets strike.
    pub(crate) fn strike(
        &self,
        endpoint: &str,
        pool: Option<&UserPoolId>,
        ambient: &Ambient,
    ) -> Option<Strike> {
        let now = ambient.elapsed();
        let mut list = self.list();
        let fault = list.faults.iter_mut().find(|fault| {
            !fault.has_ended(now)
                && fault.rule.is_about(endpoint, pool)
                && fault
                    .rule
                    .share()
                    .is_none_or(|share| ambient.happens(share))
        })?;
        fault.struck += 1;
        let strike = Strike {
            id: fault.id,
            delay: fault.rule.delay(),
            effect: fault.rule.effect(fault.id),
        };
        let goes_on = list.faults.iter().any(|fault| !fault.has_ended(now));
        self.any.store(goes_on, Ordering::Release);
        Some(strike)
    }

    fn list(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fault {
    /// Whether it has struck as often as it may, or its time is over.
    fn has_ended(&self, now: Duration) -> bool {
        self.rule.count().is_some_and(|count| self.struck >= count)
            || self.end.is_some_and(|(end, _)| now >= end)
    }

    fn shown(&self, now: Duration) -> Shown {
        Shown {
            id: self.id,
            summary: self.rule.in_words(),
            rule: self.rule.given().clone(),
            expiration_date: self.end.map(|(_, date)| date),
            struck: self.struck,
            ended: self.has_ended(now),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::ambient::ManualClock;

    fn ambient() -> Ambient {
        Ambient::set(ManualClock::at(DateTime::UNIX_EPOCH), 1)
    }

    fn slow(count: Option<u64>) -> Rule {
        Rule {
            delay_milliseconds: Some(1),
            count,
            ..Rule::default()
        }
    }

    #[test]
    fn a_server_whose_faults_have_ended_looks_at_none() {
        let (faults, ambient) = (Faults::default(), ambient());
        assert!(!faults.may_strike());
        faults.add(slow(Some(2)), &ambient).unwrap();
        for id in [Some(1), Some(1), None] {
            assert_eq!(faults.may_strike(), id.is_some());
            let strike = faults.strike("AdminGetUser", None, &ambient);
            assert_eq!(strike.map(|strike| strike.id), id);
        }
        assert_eq!((faults.count(&ambient), faults.all(&ambient).len()), (0, 1));
        faults.add(slow(None), &ambient).unwrap();
        assert!(faults.may_strike());
        assert!(faults.clear(Some(2)) && !faults.clear(Some(2)));
        assert!(faults.clear(None) && !faults.may_strike());
    }

    #[test]
    fn the_oldest_that_has_ended_gives_way_and_no_other() {
        let (faults, ambient) = (Faults::default(), ambient());
        faults.add(slow(None), &ambient).unwrap();
        faults.add(slow(Some(0)), &ambient).unwrap_err();
        let brief = Rule {
            duration_seconds: Some(1),
            ..slow(None)
        };
        faults.add(brief, &ambient).unwrap();
        for _ in 2..MOST {
            faults.add(slow(None), &ambient).unwrap();
        }
        let refused = faults.add(slow(None), &ambient).unwrap_err();
        assert_eq!(refused.code, ErrorCode::LimitExceededException);
    }

    #[test]
    fn chance_strikes_the_share_that_it_is_told() {
        let (faults, ambient) = (Faults::default(), ambient());
        let some = |share| Rule {
            share: Some(share),
            ..slow(None)
        };
        faults.add(some(0.0), &ambient).unwrap();
        faults.add(some(0.25), &ambient).unwrap();
        let strikes = (0..1000).filter_map(|_| faults.strike("token", None, &ambient));
        let ids: Vec<u64> = strikes.map(|strike| strike.id).collect();
        assert!(ids.iter().all(|id| *id == 2));
        assert!((200..300).contains(&ids.len()), "{}", ids.len());
    }
}
