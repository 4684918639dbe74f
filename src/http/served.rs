//! What was served: requests by operation and outcome, with their times, and the steps of sign-ins.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::log::Seen;
use crate::metrics::{Counter, Distribution, Histogram, Named, Seconds, Sharded};

/// The requests that have ended.
#[derive(Default)]
pub(super) struct Served {
    /// By the name of the operation or endpoint. There are 160 operations and some dozens of endpoints.
    endpoints: Sharded<Named<Endpoint, 256>>,
    /// By what a request asked for, then by what came of it.
    sign_ins: Named<Named<Counter, 96>, 48>,
}

/// The requests for one operation or endpoint.
#[derive(Debug, Default)]
struct Endpoint {
    /// By the code of the error, `ok`, or `no answer`. No operation declares more than 24 errors.
    outcomes: Named<Counter, 48>,
    times: Histogram<Seconds>,
}

impl Served {
    /// Counts a request that has ended.
    pub(super) fn count(&self, seen: &Seen, outcome: &'static str, duration: Duration) {
        if let Some(endpoint) = self.endpoints.here().of(seen.name()) {
            endpoint.times.took(duration);
            if let Some(counter) = endpoint.outcomes.of(outcome) {
                counter.increment();
            }
        }
        if let Some((step, next)) = seen.sign_in_step() {
            let result = if outcome == "ok" { next } else { Some(outcome) };
            let counters = self.sign_ins.of(step);
            let counter = counters.and_then(|counters| counters.of(result.unwrap_or("ok")));
            if let Some(counter) = counter {
                counter.increment();
            }
        }
    }

    /// How many requests there were, by operation and outcome.
    pub(super) fn requests(&self) -> BTreeMap<(&'static str, &'static str), u64> {
        let mut all = BTreeMap::new();
        for (name, endpoint) in self.endpoints() {
            for (outcome, counter) in endpoint.outcomes.iter() {
                *all.entry((name, outcome)).or_default() += counter.get();
            }
        }
        all
    }

    /// How long requests took, by operation.
    pub(super) fn times(&self) -> BTreeMap<&'static str, Distribution> {
        let mut all: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (name, endpoint) in self.endpoints() {
            all.entry(name).or_default().push(&endpoint.times);
        }
        let found = all.into_iter();
        found
            .map(|(name, times)| (name, Distribution::of(times)))
            .collect()
    }

    /// How many steps of sign-ins there were, by what they were and what came of them.
    pub(super) fn sign_ins(&self) -> BTreeMap<(&'static str, &'static str), u64> {
        let mut all = BTreeMap::new();
        for (step, results) in self.sign_ins.iter() {
            for (result, counter) in results.iter() {
                *all.entry((step, result)).or_default() += counter.get();
            }
        }
        all
    }

    fn endpoints(&self) -> impl Iterator<Item = (&'static str, &Endpoint)> {
        self.endpoints.iter().flat_map(Named::iter)
    }
}
