//! Numbers that a running server counts, for whoever watches it: how many, and how long.
//!
//! Counting takes no lock. What every request counts is kept once for each of a few groups of threads ([`Sharded`]), so that threads do
//! not wait for each other's cache lines; whoever reads the numbers adds them up.

use std::marker::PhantomData;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

/// How many groups of threads count apart.
const SHARDS: usize = 8;

/// A number that grows, or that grows and shrinks.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    /// Counts one more.
    pub(crate) fn increment(&self) {
        self.add(1);
    }

    /// Counts so many more.
    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// Counts one less.
    pub(crate) fn decrement(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    /// The number.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What a histogram counts.
pub(crate) trait Scale {
    /// The upper bounds of the buckets, in rising order; what is greater than all of them has a bucket of its own.
    const BOUNDS: &'static [u64];
    /// How many of what is counted are one of what is shown.
    const UNIT: f64;
}

/// Times, counted in nanoseconds and shown in seconds.
#[derive(Debug)]
pub(crate) struct Seconds;

impl Scale for Seconds {
    const BOUNDS: &'static [u64] = &[
        25_000,
        100_000,
        250_000,
        500_000,
        1_000_000,
        2_500_000,
        5_000_000,
        10_000_000,
        25_000_000,
        50_000_000,
        100_000_000,
        250_000_000,
        500_000_000,
        1_000_000_000,
        2_500_000_000,
        10_000_000_000,
    ];
    const UNIT: f64 = 1e9;
}

/// How many belong together.
#[derive(Debug)]
pub(crate) struct Members;

impl Scale for Members {
    const BOUNDS: &'static [u64] = &[1, 2, 4, 8, 16, 32, 64, 128, 256];
    const UNIT: f64 = 1.0;
}

/// How often values of each size were observed.
#[derive(Debug)]
pub(crate) struct Histogram<S> {
    /// For each bound, how many values were not greater and greater than the one before; then, how many were greater than all.
    buckets: Box<[Counter]>,
    sum: Counter,
    scale: PhantomData<S>,
}

impl<S: Scale> Default for Histogram<S> {
    fn default() -> Self {
        Self {
            buckets: (0..=S::BOUNDS.len()).map(|_| Counter::default()).collect(),
            sum: Counter::default(),
            scale: PhantomData,
        }
    }
}

impl<S: Scale> Histogram<S> {
    /// Counts a value.
    pub(crate) fn observe(&self, value: u64) {
        let bucket = S::BOUNDS.partition_point(|bound| *bound < value);
        if let Some(bucket) = self.buckets.get(bucket) {
            bucket.increment();
        }
        self.sum.add(value);
    }
}

impl Histogram<Seconds> {
    /// Counts a time.
    pub(crate) fn took(&self, time: Duration) {
        self.observe(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    }
}

/// What histograms have counted together.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Distribution {
    /// For each bound and then for no bound, how many values it holds that the one before does not.
    pub(crate) buckets: Vec<(f64, u64)>,
    pub(crate) sum: f64,
}

impl Distribution {
    /// Adds up histograms of one scale.
    pub(crate) fn of<'h, S: Scale + 'h>(all: impl IntoIterator<Item = &'h Histogram<S>>) -> Self {
        let bounds = S::BOUNDS.iter().map(|bound| shown(*bound) / S::UNIT);
        let mut buckets: Vec<(f64, u64)> = bounds
            .chain([f64::INFINITY])
            .map(|bound| (bound, 0))
            .collect();
        let mut sum = 0;
        for one in all {
            for ((_, count), bucket) in buckets.iter_mut().zip(&one.buckets) {
                *count += bucket.get();
            }
            sum += one.sum.get();
        }
        Self {
            buckets,
            sum: shown(sum) / S::UNIT,
        }
    }

    /// How many values there were.
    pub(crate) fn count(&self) -> u64 {
        self.buckets.iter().map(|(_, count)| count).sum()
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "what is shown is exact to 15 digits"
)]
fn shown(number: u64) -> f64 {
    number as f64
}

/// Something for each of up to `N` names, made when a name is first used. The names stand in the program, so that they are few; one that
/// stands there twice may have two of them.
#[derive(Debug)]
pub(crate) struct Named<T, const N: usize>(OnceLock<Box<[Slot<T>]>>);

/// A name and what belongs to it.
type Slot<T> = OnceLock<(&'static str, T)>;

impl<T, const N: usize> Default for Named<T, N> {
    fn default() -> Self {
        Self(OnceLock::new())
    }
}

impl<T: Default, const N: usize> Named<T, N> {
    /// What belongs to the name. Returns `None` if there are `N` other names.
    pub(crate) fn of(&self, name: &'static str) -> Option<&T> {
        let slots = self.0.get_or_init(|| (0..N).map(|_| Slot::new()).collect());
        let place = name.as_ptr().addr();
        let (before, from) = slots.split_at((place ^ (place >> 8)) % N.max(1));
        let mut slots = from.iter().chain(before);
        slots.find_map(|slot| {
            let (known, value) = slot.get_or_init(|| (name, T::default()));
            (*known == name).then_some(value)
        })
    }

    /// All names that were used, and what belongs to them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, &T)> {
        let used = self.0.get().into_iter().flatten().filter_map(Slot::get);
        used.map(|(name, value)| (*name, value))
    }
}

/// Something for each group of threads.
#[derive(Debug, Default)]
pub(crate) struct Sharded<T>([Shard<T>; SHARDS]);

/// Something on cache lines of its own.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Shard<T>(T);

thread_local! {
    /// The group of this thread.
    static GROUP: usize = {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS
    };
}

impl<T> Sharded<T> {
    /// What belongs to this thread's group.
    pub(crate) fn here(&self) -> &T {
        let [first, ..] = &self.0;
        let own = GROUP.with(|group| self.0.get(*group));
        &own.unwrap_or(first).0
    }

    /// What belongs to each group.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|shard| &shard.0)
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_value_is_in_the_first_bucket_that_holds_it() {
        let sizes = [Histogram::<Members>::default(), Histogram::default()];
        for value in [0, 1, 2, 3, 256, 257] {
            sizes[0].observe(value);
        }
        sizes[1].observe(3);
        let all = Distribution::of(&sizes);
        let filled: Vec<(f64, u64)> = (all.buckets.iter().copied())
            .filter(|(_, count)| *count > 0)
            .collect();
        let expected = [(1.0, 2), (2.0, 1), (4.0, 2), (256.0, 1), (f64::INFINITY, 1)];
        assert_eq!(filled, expected);
        assert_eq!((all.count(), all.sum), (7, 522.0));
    }

    #[test]
    fn each_name_has_its_own_and_no_more_than_there_is_room_for() {
        let counters: Named<Counter, 2> = Named::default();
        assert_eq!(counters.iter().count(), 0);
        for name in ["one", "two", "one"] {
            counters.of(name).unwrap().increment();
        }
        let copy: &'static str = String::from("one").leak();
        counters.of(copy).unwrap().increment();
        assert!(counters.of("three").is_none());
        let mut found: Vec<_> = counters
            .iter()
            .map(|(name, one)| (name, one.get()))
            .collect();
        found.sort_unstable();
        assert_eq!(found, [("one", 3), ("two", 1)]);
    }

    #[test]
    fn what_threads_count_apart_is_all_there() {
        let counters: Sharded<Counter> = Sharded::default();
        thread::scope(|scope| {
            for _ in 0..2 * SHARDS {
                scope.spawn(|| (0..100).for_each(|_| counters.here().increment()));
            }
        });
        let all: u64 = counters.iter().map(Counter::get).sum();
        assert_eq!(all, 200 * u64::try_from(SHARDS).unwrap());
    }
}
