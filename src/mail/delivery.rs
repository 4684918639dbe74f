//! Who sends what, when: takes the outbox's emails one by one, and notes what became of each.
//!
//! A message is taken for [`LEASE`] by a statement that says who came first, so no two servers send it at the same time. A server that
//! is killed meanwhile leaves it to be taken again when that time is over: a message may arrive twice then, with the same id, but
//! none is lost. While the mail server takes nothing, only one message at a time is tried, after pauses that grow.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::server::{Extent, Failure, MailServer, SEND_TIME};
use crate::ambient::Ambient;
use crate::api::Timestamp;
use crate::domain::delivery::{Undelivered, later, pause_after};
use crate::error::{ApiError, Result};
use crate::log::Log;
use crate::metrics::Counter;
use crate::settings::SmtpSettings;
use crate::store::{State, Store};

/// How long a message that was taken is left alone by all others.
const LEASE: Duration = SEND_TIME.saturating_add(Duration::from_secs(10));

/// How many messages are sent at the same time.
const AT_ONCE: u32 = 8;

/// How often messages are looked for that another process has written, or whose pause is over.
const LOOK: Duration = Duration::from_secs(1);

/// The pause after a failure of the mail server. Each further one doubles it, up to [`MAX_REST`].
const REST: Duration = Duration::from_secs(1);

/// The longest pause after a failure of the mail server.
const MAX_REST: Duration = Duration::from_secs(30);

/// What became of attempts to send messages.
#[derive(Default)]
pub(crate) struct Deliveries {
    delivered: Counter,
    deferred: Counter,
    failed: Counter,
}

impl Deliveries {
    fn count(&self, sent: &Result<(), Failure>) {
        let counter = match sent {
            Ok(()) => &self.delivered,
            Err(failure) if failure.extent == Extent::MessageForGood => &self.failed,
            Err(_) => &self.deferred,
        };
        counter.increment();
    }

    /// How many there were, by what became of them.
    pub(crate) fn all(&self) -> [(&'static str, u64); 3] {
        [
            ("delivered", self.delivered.get()),
            ("deferred", self.deferred.get()),
            ("failed", self.failed.get()),
        ]
    }
}

/// The delivery of a registry's messages.
pub(crate) struct Delivery {
    server: MailServer,
    store: Arc<Store>,
    ambient: Ambient,
    log: Log,
    counted: Arc<Deliveries>,
    /// One for each message that may be sent at the same time.
    places: Arc<Semaphore>,
    /// How often the mail server has failed since it last took a message.
    failures: Cell<u32>,
    /// Until when nothing is tried.
    resting_until: Cell<Option<Instant>>,
}

impl Delivery {
    pub(crate) fn new(
        settings: &SmtpSettings,
        store: Arc<Store>,
        ambient: Ambient,
        log: Log,
        counted: Arc<Deliveries>,
    ) -> Rc<Self> {
        Rc::new(Self {
            server: MailServer::new(settings),
            store,
            ambient,
            log,
            counted,
            places: Arc::new(Semaphore::new(AT_ONCE as usize)),
            failures: Cell::default(),
            resting_until: Cell::default(),
        })
    }

    /// Sends messages until the places are closed.
    pub(crate) async fn run(self: Rc<Self>) {
        let mut news = self.store.message_news();
        loop {
            if let Some(until) = self.resting_until.get() {
                sleep_until(until).await;
            }
            // While the mail server fails, one attempt at a time is enough to learn that it works again.
            let places = if self.failures.get() > 0 { AT_ONCE } else { 1 };
            let Ok(place) = Arc::clone(&self.places).acquire_many_owned(places).await else {
                return;
            };
            let state = self.store.state();
            match self.take().await {
                Ok(Some(message)) => {
                    let delivery = Rc::clone(&self);
                    // It ends with the server, or before: `finish` waits for it.
                    drop(tokio::task::spawn_local(async move {
                        delivery.attempt(message, state).await;
                        drop(place);
                    }));
                }
                Ok(None) => {
                    drop(place);
                    tokio::select! {
                        _ = news.changed() => {}
                        () = sleep(LOOK) => {}
                    }
                }
                Err(error) => {
                    drop(place);
                    self.fault("Messages cannot be taken from the outbox.", error);
                }
            }
        }
    }

    /// Takes no more messages, and waits until those that are being sent are done, but at most for `bound`.
    pub(crate) async fn finish(&self, bound: Duration) {
        // Whatever is not done by then is taken again by the next server.
        let _ = timeout(bound, self.places.acquire_many(AT_ONCE)).await;
        self.places.close();
    }

    /// The next message to send, taken for this attempt. Returns `None` if none is due.
    async fn take(&self) -> Result<Option<Undelivered>> {
        let now = self.now();
        // Looking needs no writer.
        if !self.store.read(move |tx| tx.has_undelivered(now)).await? {
            return Ok(None);
        }
        let until = later(now, LEASE);
        self.store
            .write(move |tx| tx.take_undelivered(now, until))
            .await
    }

    async fn attempt(&self, message: Undelivered, state: State) {
        let sent = self.server.send(&message).await;
        self.counted.count(&sent);
        if let Err(failure) = &sent {
            let reason = failure.reason.clone();
            self.log
                .fault("A message could not be sent.", ("reason", reason));
        }
        match &sent {
            Err(failure) if failure.extent == Extent::Server => self.rest(),
            Ok(()) | Err(_) => {
                self.failures.set(0);
                self.resting_until.set(None);
            }
        }
        if let Err(error) = self.note(&message, state, sent).await {
            self.fault("What became of a message cannot be noted.", error);
        }
    }

    /// Notes what became of the attempt.
    async fn note(
        &self,
        message: &Undelivered,
        state: State,
        sent: Result<(), Failure>,
    ) -> Result<()> {
        let (id, attempts, now) = (message.id, message.attempts, self.now());
        let noted = self.store.write_in(state, move |tx| match sent {
            Ok(()) => tx.put_delivered(id, now),
            Err(failure) if failure.extent == Extent::MessageForGood => {
                tx.put_failed(id, attempts, now, &failure.reason)
            }
            Err(failure) => {
                let next = later(now, pause_after(attempts));
                tx.put_back(id, attempts, next, &failure.reason)
            }
        });
        noted.await
    }

    /// Pauses before the next attempt, for longer the more failures there have been.
    fn rest(&self) {
        let now = Instant::now();
        if self.resting_until.get().is_some_and(|until| until > now) {
            // Those that were being sent at the same time are one failure.
            return;
        }
        let doubled = 2_u32.saturating_pow(self.failures.get());
        let pause = REST.saturating_mul(doubled).min(MAX_REST);
        self.failures.set(self.failures.get().saturating_add(1));
        self.resting_until.set(Some(now + pause));
    }

    fn fault(&self, what: &'static str, error: ApiError) {
        let reason = error.reason.unwrap_or_default();
        self.log.fault(what, ("reason", reason));
        self.rest();
    }

    fn now(&self) -> Timestamp {
        Timestamp::from(self.ambient.now())
    }
}
