//! Time and randomness, and the form of every random id, code and secret.
//!
//! This is the only file that asks the system for either. All other code gets an [`Ambient`], so that a test can set both: a
//! clock that stands still until it is moved, and a generator that gives the same values for the same seed.
//!
//! There are two times of day. [`Ambient::now`] is what the server's clock shows, which an operator may set: everything in the
//! registry follows it. [`Ambient::system_now`] is the system's: what clients sign by, and what the log says.

mod dial;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

use dial::Dial;

pub use dial::{Change, Reading};

/// The source of the time of day, of elapsed time and of random bytes. Clones share one clock.
#[derive(Clone, Debug)]
pub struct Ambient {
    source: Source,
    dial: Arc<Dial>,
}

#[derive(Clone, Debug)]
enum Source {
    /// The system's clocks and generator.
    System {
        /// The moment from which [`Ambient::elapsed`] counts.
        start: Instant,
    },
    /// A clock that moves only by [`ManualClock::advance`], and random values from a seed.
    Set {
        clock: ManualClock,
        chance: Arc<Mutex<StdRng>>,
    },
}

/// A clock that stands still until it is moved; clones show the same time.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// A clock that stands at `now`.
    #[must_use]
    pub fn at(now: DateTime<Utc>) -> Self {
        Self(Arc::new(AtomicI64::new(now.timestamp_millis())))
    }

    /// Moves the clock forward, at millisecond precision.
    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.0.fetch_add(by, Ordering::SeqCst);
    }

    /// The time that the clock shows.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0.load(Ordering::SeqCst)).unwrap_or_default()
    }
}

const LETTERS_AND_DIGITS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

const PASSWORD_CHARACTERS: &[u8] =
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&*+-=?@^_";

const DIGITS: &[u8] = b"0123456789";

const SMALL_LETTERS_AND_DIGITS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";

impl Ambient {
    /// The system's clocks and random generator.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the system"
    )]
    pub fn system() -> Self {
        Self::of(Source::System {
            start: Instant::now(),
        })
    }

    /// The time of `clock`, and random values that follow from `seed`.
    #[must_use]
    pub fn set(clock: ManualClock, seed: u64) -> Self {
        let chance = Arc::new(Mutex::new(StdRng::seed_from_u64(seed)));
        Self::of(Source::Set { clock, chance })
    }

    fn of(source: Source) -> Self {
        let dial = Arc::default();
        Self { source, dial }
    }

    /// The time of day that the clock shows: the system's, unless the clock was set.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.dial.time(self.system_now())
    }

    /// The system's time of day.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the system"
    )]
    pub fn system_now(&self) -> DateTime<Utc> {
        match &self.source {
            Source::System { .. } => Utc::now(),
            Source::Set { clock, .. } => clock.now(),
        }
    }

    /// The time since a fixed moment. It never runs backwards unless the system's clock does.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        match &self.source {
            Source::System { start } => start.elapsed(),
            Source::Set { clock, .. } => {
                Duration::from_millis(clock.now().timestamp_millis().unsigned_abs())
            }
        }
    }

    /// The time that has passed on the clock since a fixed moment: it goes forward and stands still with the clock, and never runs
    /// backwards.
    #[must_use]
    pub fn passed(&self) -> Duration {
        self.dial.passed(self.elapsed())
    }

    /// What the clock shows, if that is not the system's time.
    #[must_use]
    pub fn clock_set_to(&self) -> Option<Reading> {
        self.dial.set_to(|| self.system_now())
    }

    /// Changes what the clock shows. Returns `None`, and changes nothing, if the time would be outside of the years 1970 to 2999.
    #[must_use]
    pub fn change_clock(&self, change: Change) -> Option<Reading> {
        self.dial.change(change, self.system_now(), self.elapsed())
    }

    /// Makes the clock show the system's time again.
    pub fn reset_clock(&self) {
        self.dial.reset(self.system_now(), self.elapsed());
    }

    /// Whether something happens that does so with this probability, from 0 to 1.
    #[must_use]
    pub fn happens(&self, probability: f64) -> bool {
        let drawn = u32::from_be_bytes(self.bytes());
        f64::from(drawn) < probability * (f64::from(u32::MAX) + 1.0)
    }

    /// A random UUID (version 4, RFC 9562 section 5.4).
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    /// Random bytes for keys and secrets.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// The id of a new user pool: the Region, an underscore, and nine letters and digits.
    #[must_use]
    pub fn user_pool_id(&self, region: &str) -> String {
        format!("{region}_{}", self.text(LETTERS_AND_DIGITS, 9))
    }

    /// The id of a new job that imports users: `import-` and ten letters and digits.
    #[must_use]
    pub fn import_job_id(&self) -> String {
        format!("import-{}", self.text(LETTERS_AND_DIGITS, 10))
    }

    /// The id of a new app client: 26 small letters and digits.
    #[must_use]
    pub fn client_id(&self) -> String {
        self.text(SMALL_LETTERS_AND_DIGITS, 26)
    }

    /// The secret of a new app client: 51 small letters and digits.
    #[must_use]
    pub fn client_secret(&self) -> String {
        self.text(SMALL_LETTERS_AND_DIGITS, 51)
    }

    /// The id of a new token session of a user: `tkn`, and 25 small letters and digits.
    #[must_use]
    pub fn token_session_id(&self) -> String {
        format!("tkn{}", self.text(SMALL_LETTERS_AND_DIGITS, 25))
    }

    /// A device group key: a dash and eight letters and digits.
    #[must_use]
    pub fn device_group_key(&self) -> String {
        format!("-{}", self.text(LETTERS_AND_DIGITS, 8))
    }

    /// A code of `length` digits.
    #[must_use]
    pub fn digits(&self, length: usize) -> String {
        self.text(DIGITS, length)
    }

    /// A password of letters, digits and symbols.
    #[must_use]
    pub fn password(&self, length: usize) -> String {
        self.text(PASSWORD_CHARACTERS, length)
    }

    /// `length` characters of an alphabet, each equally likely.
    fn text(&self, alphabet: &[u8], length: usize) -> String {
        // Bytes from the last whole multiple of the alphabet's length on would make its first characters more likely.
        let usable = 256 - 256 % alphabet.len();
        let mut text = String::with_capacity(length);
        while text.len() < length {
            let mut bytes = [0; 32];
            self.fill(&mut bytes);
            let drawn = bytes
                .into_iter()
                .map(usize::from)
                .filter(|byte| *byte < usable)
                .filter_map(|byte| alphabet.get(byte % alphabet.len()));
            text.extend(drawn.take(length - text.len()).copied().map(char::from));
        }
        text
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the system"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        match &self.source {
            Source::System { .. } => rand::rng().fill_bytes(bytes),
            // A panic elsewhere cannot break the generator's state.
            Source::Set { chance, .. } => chance
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .fill_bytes(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_clock_moves_only_when_told_to() {
        let clock = ManualClock::at(DateTime::from_timestamp_millis(1_715_100_742_022).unwrap());
        let ambient = Ambient::set(clock.clone(), 7);
        let (before, since) = (ambient.now(), ambient.elapsed());
        clock.advance(Duration::from_millis(250));
        assert_eq!((ambient.now() - before).num_milliseconds(), 250);
        assert_eq!(
            ambient.elapsed().checked_sub(since),
            Some(Duration::from_millis(250))
        );
    }

    #[test]
    fn chance_repeats_from_its_seed() {
        let clock = ManualClock::at(DateTime::UNIX_EPOCH);
        let ids = |seed| {
            let ambient = Ambient::set(clock.clone(), seed);
            [ambient.uuid(), ambient.uuid()]
        };
        assert_eq!(ids(1), ids(1));
        assert_ne!(ids(1), ids(2));
        assert_eq!(ids(1)[0].get_version_num(), 4);
    }

    #[test]
    fn ids_have_their_shape_and_use_the_whole_alphabet() {
        let ambient = Ambient::set(ManualClock::at(DateTime::UNIX_EPOCH), 1);
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..200 {
            let id = ambient.user_pool_id("us-east-1");
            let drawn = id.strip_prefix("us-east-1_").unwrap();
            assert_eq!(drawn.len(), 9);
            seen.extend(drawn.bytes());
        }
        assert_eq!(seen.len(), LETTERS_AND_DIGITS.len());
    }
}
