//! Cognito's request quotas: a token bucket for each category and account, and buckets for single operations on pools and for
//! single users.
//!
//! The source is AWS's guide "Quotas in Amazon Cognito". Answers to challenges have a quota of their own of three times
//! `UserAuthentication`, and count there only beyond it; those with a new password count as account recovery. In four
//! categories, a single operation on a single pool is limited to 5 requests a second as well. Requests about one user are
//! limited to 10 a second that read, sign-ins included, and 10 that write; changes of the password and messages with codes to 5
//! an hour.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::ambient::Ambient;
use crate::error::{ApiError, Result};
use crate::ids::{AccountId, UserPoolId};
use crate::metrics::{Counter, Named};
use crate::quotas::{Category, Hourly, UserQuota};

/// The number of buckets for pools or users above which full buckets are dropped.
const KEYED_BUCKETS: usize = 4096;

/// How often each of [`Hourly`] is allowed to one user in an hour.
const PER_HOUR: NonZeroU32 = NonZeroU32::new(5).unwrap();

/// The time that governor measures by.
#[derive(Clone)]
enum Elapsed {
    /// The system's: what is allowed in a second protects the server, whatever its clock shows.
    Really(Ambient),
    /// The clock's: what a user is allowed in an hour.
    OnTheClock(Ambient),
}

impl Clock for Elapsed {
    type Instant = Duration;

    fn now(&self) -> Duration {
        match self {
            Self::Really(ambient) => ambient.elapsed(),
            Self::OnTheClock(ambient) => ambient.passed(),
        }
    }
}

type Bucket = RateLimiter<NotKeyed, InMemoryState, Elapsed, NoOpMiddleware<Duration>>;
type PoolOperation = (&'static str, String);
type KeyedBuckets<K> = RateLimiter<K, HashMapStateStore<K>, Elapsed, NoOpMiddleware<Duration>>;

/// The buckets of all accounts.
pub(crate) struct Limits {
    accounts: HashMap<AccountId, Buckets>,
    per_pool: Option<KeyedBuckets<PoolOperation>>,
    per_user: Option<KeyedBuckets<(UserQuota, u64, String)>>,
    per_hour: KeyedBuckets<(Hourly, u64, String)>,
    /// A part of the keys of users' buckets: with another number, all are full.
    users: AtomicU64,
    /// How many requests were refused, by the name of the quota.
    throttled: Named<Counter, 32>,
}

impl Limits {
    /// Makes full buckets for each account: `quotas` requests a second for each category, `per_pool` for a single operation on a
    /// single pool, and `per_user` for reads and for writes of a single user; 0 means no limit.
    pub(crate) fn new<'a>(
        quotas: &BTreeMap<Category, u32>,
        per_pool: u32,
        per_user: u32,
        accounts: impl IntoIterator<Item = &'a AccountId>,
        ambient: &Ambient,
    ) -> Self {
        let clock = Elapsed::Really(ambient.clone());
        Self {
            accounts: accounts
                .into_iter()
                .map(|account| (account.clone(), Buckets::new(quotas, &clock)))
                .collect(),
            per_pool: per_second(per_pool)
                .map(|quota| RateLimiter::new(quota, HashMapStateStore::default(), clock.clone())),
            per_user: per_second(per_user)
                .map(|quota| RateLimiter::new(quota, HashMapStateStore::default(), clock.clone())),
            per_hour: RateLimiter::new(
                Quota::per_hour(PER_HOUR),
                HashMapStateStore::default(),
                Elapsed::OnTheClock(ambient.clone()),
            ),
            users: AtomicU64::new(0),
            throttled: Named::default(),
        }
    }

    /// Takes one request from the account's bucket for the category.
    ///
    /// # Errors
    /// `TooManyRequestsException` when it is empty.
    pub(crate) fn take(&self, account: &AccountId, category: Category) -> Result<()> {
        let Some(buckets) = self.accounts.get(account) else {
            return Ok(());
        };
        buckets.take(category).map_err(|wait| {
            self.refuses(category.as_str());
            ApiError::rate_exceeded()
                .retry_after(wait)
                .because(format_args!("quota {category:?} of account {account}"))
        })
    }

    /// Takes one request from the operation's bucket on the pool, in the categories that have such buckets.
    ///
    /// # Errors
    /// `TooManyRequestsException` when it is empty.
    pub(crate) fn take_for_pool(
        &self,
        category: Category,
        operation: &'static str,
        pool: &UserPoolId,
    ) -> Result<()> {
        let Some(buckets) = self.per_pool.as_ref().filter(|_| category.is_per_pool()) else {
            return Ok(());
        };
        take(buckets, &(operation, pool.as_str().to_owned())).map_err(|wait| {
            self.refuses("PerPoolOperation");
            ApiError::rate_exceeded()
                .retry_after(wait)
                .because(format_args!(
                    "quota PerPoolOperation of {operation} on {pool}"
                ))
        })
    }

    /// Takes one request from the user's bucket for reads or for writes. A user who does not exist has buckets too, under the
    /// sub of the decoy.
    ///
    /// # Errors
    /// `TooManyRequestsException` when it is empty.
    pub(crate) fn take_for_user(&self, category: Category, sub: &str) -> Result<()> {
        let Some((buckets, quota)) = self.per_user.as_ref().zip(category.user_quota()) else {
            return Ok(());
        };
        take(buckets, &(quota, self.users(), sub.to_owned())).map_err(|wait| {
            self.refuses("PerUser");
            ApiError::too_many_requests()
                .retry_after(wait)
                .because(format_args!("quota PerUser, {quota:?}"))
        })
    }

    /// Forgets what has been taken for users: a registry that was set back has users who have done nothing yet.
    pub(crate) fn forget_users(&self) {
        self.users.fetch_add(1, Ordering::Relaxed);
    }

    /// How many requests were refused since the start, by the name of the quota: the category, or that of a single operation on a pool
    /// or of a single user.
    pub(crate) fn throttled(&self) -> BTreeMap<&'static str, u64> {
        let mut all = BTreeMap::new();
        for (quota, counter) in self.throttled.iter() {
            *all.entry(quota).or_default() += counter.get();
        }
        all
    }

    fn refuses(&self, quota: &'static str) {
        if let Some(counter) = self.throttled.of(quota) {
            counter.increment();
        }
    }

    fn users(&self) -> u64 {
        self.users.load(Ordering::Relaxed)
    }

    /// Takes one of what is allowed to one user 5 times in an hour.
    ///
    /// # Errors
    /// `LimitExceededException` when it was taken 5 times.
    pub(crate) fn take_hourly(&self, what: Hourly, user: &str) -> Result<()> {
        take(&self.per_hour, &(what, self.users(), user.to_owned())).map_err(|_| {
            self.refuses("PerUserInAnHour");
            let reason = format_args!("{what:?} of one user in an hour");
            ApiError::attempt_limit_exceeded().because(reason)
        })
    }
}

/// Takes one request from the bucket of the key.
///
/// # Errors
/// The time until the bucket holds a request again.
fn take<K: Hash + Eq + Clone>(buckets: &KeyedBuckets<K>, key: &K) -> Result<(), Duration> {
    if buckets.len() > KEYED_BUCKETS {
        buckets.retain_recent();
    }
    let taken = buckets.check_key(key);
    taken.map_err(|empty| empty.wait_time_from(buckets.clock().now()))
}

/// The buckets of one account; a category without a bucket has no limit.
struct Buckets(HashMap<Category, Bucket>);

impl Buckets {
    fn new(quotas: &BTreeMap<Category, u32>, clock: &Elapsed) -> Self {
        let challenge_responses = quotas
            .get(&Category::UserAuthentication)
            .map(|rate| (Category::ChallengeResponse, rate.saturating_mul(3)));
        let rates = quotas
            .iter()
            .map(|(category, rate)| (*category, *rate))
            .chain(challenge_responses);
        Self(
            rates
                .filter_map(|(category, rate)| {
                    Some((
                        category,
                        RateLimiter::direct_with_clock(per_second(rate)?, clock.clone()),
                    ))
                })
                .collect(),
        )
    }

    /// # Errors
    /// The time until the bucket holds a request again.
    fn take(&self, category: Category) -> Result<(), Duration> {
        let take = |category| {
            let Some(bucket) = self.0.get(&category) else {
                return Ok(());
            };
            let taken = bucket.check();
            taken.map_err(|empty| empty.wait_time_from(bucket.clock().now()))
        };
        match take(category) {
            Err(own) if category == Category::ChallengeResponse => {
                take(Category::UserAuthentication).map_err(|other| own.min(other))
            }
            taken => taken,
        }
    }
}

fn per_second(rate: u32) -> Option<Quota> {
    NonZeroU32::new(rate).map(Quota::per_second)
}
