//! The connections of a worker: how long each may take for what, how many there may be, and how much they may hold in memory.
//!
//! A client that is slow, or means no good, gets no more than its time: for a head, for a body, for reading an answer, and for
//! doing nothing. What is left is that there are too many of them at once. So when the connections run out, or the memory for
//! what has arrived of unfinished requests, one gives way to what comes: of the clients' address that has most of it, the one
//! that has been waited for longest. A request that is being answered never gives way.
//!
//! actix-http bounds the time of a connection's first head alone (its `client_request_timeout`), so the times are kept here, by
//! a look at all connections once a second, and none of its timers is used.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::rc::Rc;
use std::task::Waker;
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use actix_web::rt::time::{Instant, sleep};

use super::exchange::canonical;
use super::socket::Socket;
use crate::ambient::Ambient;
use crate::log::Log;
use crate::settings::HttpSettings;

/// Files that the process needs open beside its connections: the database's, those of the threads, the log.
const OWN_FILES: usize = 128;

/// The most connections where the system sets no limit to open files.
const UNLIMITED: usize = 100_000;

/// How often the times are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// How long the rest of a refused body is read, so that the client can read the refusal.
const LINGER: Duration = Duration::from_secs(2);

/// What a head of usual size takes: beside it and the body, nothing has been read.
const USUAL_HEAD: usize = 16 * 1024;

/// What the connections of one worker may take.
#[derive(Clone)]
pub(super) struct Limits {
    /// Connections, before one gives way to a new one.
    connections: usize,
    /// Connections that may be accepted beside, while those that give way end.
    spare: usize,
    /// Bytes of unfinished requests.
    bytes: usize,
    head: Duration,
    body: Duration,
    idle: Duration,
}

impl Limits {
    /// Each worker's share.
    pub(super) fn new(settings: &HttpSettings) -> Self {
        let workers = settings.worker_count();
        let all = match settings.max_connections {
            0 => fs::read_to_string("/proc/self/limits")
                .ok()
                .and_then(|limits| open_files(&limits))
                .map_or(UNLIMITED, beside),
            limit => limit,
        };
        let own = (all / workers).max(2);
        let spare = (own / 8).clamp(1, 64);
        let bytes = settings.max_unfinished_bytes / workers;
        let time = |seconds| match seconds {
            0 => Duration::MAX,
            seconds => Duration::from_secs(seconds),
        };
        Self {
            connections: own.saturating_sub(spare),
            spare,
            // A single request always has room.
            bytes: bytes.max(settings.max_body_bytes.saturating_add(USUAL_HEAD)),
            head: time(settings.head_seconds),
            body: time(settings.body_seconds),
            idle: time(settings.keep_alive_seconds),
        }
    }

    /// The most connections that are accepted.
    pub(super) fn accepted(&self) -> usize {
        self.connections.saturating_add(self.spare)
    }
}

/// The soft limit on open files that Linux tells; `None` where there is none.
fn open_files(limits: &str) -> Option<usize> {
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// What is left of the limit for connections: at least half of it, however low it is.
fn beside(limit: usize) -> usize {
    limit.saturating_sub(OWN_FILES).max(limit / 2)
}

/// All connections of a worker.
pub(super) struct Connections {
    limits: Limits,
    log: Log,
    ambient: Ambient,
    open: RefCell<BTreeMap<u64, Rc<Connection>>>,
    next_id: Cell<u64>,
    /// How many of them are told to end and have not yet.
    ending: Cell<usize>,
    /// What all of them hold of unfinished requests.
    bytes: Cell<usize>,
    /// How many have given way since the log was last told.
    gave_way: Cell<usize>,
    is_watched: Cell<bool>,
}

/// What is known of one connection. Requests have it as their connection data.
pub(super) struct Connection {
    all: Rc<Connections>,
    id: u64,
    /// The address of the client.
    pub(super) peer: Option<SocketAddr>,
    /// The address that the client called.
    pub(super) local: Option<SocketAddr>,
    begun: Duration,
    phase: Cell<Phase>,
    /// When the phase began.
    since: Cell<Instant>,
    /// What has arrived of the request.
    bytes: Cell<usize>,
    /// How much of that is its body.
    body: Cell<usize>,
    /// Since when the client has read nothing of an answer.
    stuck: Cell<Option<Instant>>,
    end: Cell<Option<End>>,
    has_sent_a_request: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing has arrived yet.
    New,
    /// A request has been answered, and nothing of another has arrived since.
    Idle,
    /// Something of a head has arrived.
    Head,
    /// A head has arrived, and its body may not have.
    Body,
    /// The whole request is here.
    Answering,
    /// A request was refused before its body was here.
    Refused,
}

/// Why a connection ends before its client wants it to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Its time is over.
    Late,
    /// It gives way to others.
    Room,
}

/// What a socket reads next.
pub(super) enum Reading {
    On,
    /// Nothing: the request is about to be refused.
    Nothing,
    /// Its end.
    End,
    /// Its end, after a head that took too long.
    LateHead,
}

impl Connections {
    pub(super) fn new(limits: Limits, log: Log, ambient: Ambient) -> Rc<Self> {
        Rc::new(Self {
            limits,
            log,
            ambient,
            open: RefCell::default(),
            next_id: Cell::default(),
            ending: Cell::default(),
            bytes: Cell::default(),
            gave_way: Cell::default(),
            is_watched: Cell::default(),
        })
    }

    /// Takes in a connection that was accepted; another one gives way to it if there are enough.
    pub(super) fn admit(self: &Rc<Self>, stream: TcpStream) -> Socket {
        let id = self.next_id.get();
        self.next_id.set(id.wrapping_add(1));
        let connection = Rc::new(Connection {
            all: Rc::clone(self),
            id,
            peer: stream.peer_addr().ok(),
            local: stream.local_addr().ok(),
            begun: self.ambient.elapsed(),
            phase: Cell::new(Phase::New),
            since: Cell::new(Instant::now()),
            bytes: Cell::default(),
            body: Cell::default(),
            stuck: Cell::default(),
            end: Cell::default(),
            has_sent_a_request: Cell::default(),
            waker: RefCell::default(),
        });
        let staying = self.open.borrow().len().saturating_sub(self.ending.get());
        if staying >= self.limits.connections {
            self.make_room(|_| 1);
        }
        self.open.borrow_mut().insert(id, Rc::clone(&connection));
        self.watch();
        Socket::new(stream, connection)
    }

    /// Ends one connection: of the address whose connections have the most `weight` together, the one that has been waited for
    /// longest.
    fn make_room(&self, weight: impl Fn(&Connection) -> usize) {
        let open = self.open.borrow();
        let waiting = || {
            let all = open.values().filter(|one| one.is_waited_for());
            all.filter(|one| weight(one) > 0)
        };
        let mut weights: HashMap<Option<IpAddr>, usize> = HashMap::new();
        for one in waiting() {
            *weights.entry(one.neighbourhood()).or_default() += weight(one);
        }
        let heaviest = weights.into_iter().max_by_key(|(_, weight)| *weight);
        let Some((from, _)) = heaviest else { return };
        let longest = waiting()
            .filter(|one| one.neighbourhood() == from)
            .min_by_key(|one| one.since.get());
        if let Some(one) = longest {
            one.end(End::Room);
            self.gave_way.set(self.gave_way.get().saturating_add(1));
        }
    }

    /// Looks at the times as long as there are connections.
    fn watch(self: &Rc<Self>) {
        if self.is_watched.replace(true) {
            return;
        }
        let all = Rc::clone(self);
        actix_web::rt::spawn(async move {
            while !all.open.borrow().is_empty() {
                sleep(LOOK).await;
                all.look();
            }
            all.is_watched.set(false);
        });
    }

    /// Ends every connection whose time is over, and tells the log how many have given way.
    fn look(&self) {
        let now = Instant::now();
        for one in self.open.borrow().values() {
            let limit = match one.phase.get() {
                Phase::New | Phase::Head => self.limits.head,
                Phase::Idle => self.limits.idle,
                Phase::Body => self.limits.body,
                Phase::Answering => Duration::MAX,
                Phase::Refused => LINGER,
            };
            let is_late = |since: Instant, limit| now.saturating_duration_since(since) >= limit;
            let stuck = one.stuck.get();
            if is_late(one.since.get(), limit)
                || stuck.is_some_and(|since| is_late(since, self.limits.body))
            {
                one.end(End::Late);
            }
        }
        match self.gave_way.take() {
            0 => {}
            count => self.log.event(
                "Connections gave way to others.",
                Some(("connections", count.to_string())),
            ),
        }
    }
}

impl Connection {
    /// What counts as one client: an IPv4 address, or the network of an IPv6 address, which has 2^64 of them.
    fn neighbourhood(&self) -> Option<IpAddr> {
        let address = canonical(self.peer?.ip());
        Some(match address {
            IpAddr::V4(_) => address,
            IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into(),
        })
    }

    /// Whether the server waits for the client, and not the other way round.
    fn is_waited_for(&self) -> bool {
        let answering = self.phase.get() == Phase::Answering && self.stuck.get().is_none();
        self.end.get().is_none() && !answering
    }

    fn enter(&self, phase: Phase) {
        self.phase.set(phase);
        self.since.set(Instant::now());
    }

    fn hold(&self, bytes: usize) {
        let all = self.all.bytes.get().saturating_sub(self.bytes.get());
        self.bytes.set(bytes);
        self.all.bytes.set(all.saturating_add(bytes));
    }

    /// Ends it as soon as its task gets to it.
    fn end(&self, why: End) {
        if self.end.get().is_none() {
            self.all.ending.set(self.all.ending.get().saturating_add(1));
        }
        self.end.set(Some(why));
        // It is gone as good as at once, and what comes needs the room now.
        self.hold(0);
        if let Some(waker) = &*self.waker.borrow() {
            waker.wake_by_ref();
        }
    }

    /// Notes what wakes the task of the connection.
    pub(super) fn woken_by(&self, waker: &Waker) {
        let mut known = self.waker.borrow_mut();
        if known.as_ref().is_none_or(|known| !known.will_wake(waker)) {
            *known = Some(waker.clone());
        }
    }

    /// What the socket may read now.
    pub(super) fn reading(&self) -> Reading {
        let Some(why) = self.end.get() else {
            return Reading::On;
        };
        match self.phase.get() {
            Phase::Body => Reading::Nothing,
            Phase::Head if why == End::Late && self.stuck.get().is_none() => {
                self.enter(Phase::Idle);
                Reading::LateHead
            }
            Phase::Refused if self.since.get().elapsed() < LINGER => Reading::On,
            Phase::New | Phase::Idle | Phase::Head | Phase::Answering | Phase::Refused => {
                Reading::End
            }
        }
    }

    /// Notes that so many bytes have arrived. When all connections hold too many, one gives way, which may be this one.
    pub(super) fn received(&self, bytes: usize) {
        if bytes == 0 || self.end.get().is_some() {
            return;
        }
        if matches!(self.phase.get(), Phase::New | Phase::Idle) {
            self.enter(Phase::Head);
        }
        self.hold(self.bytes.get().saturating_add(bytes));
        if self.all.bytes.get() > self.all.limits.bytes {
            self.all.make_room(|one| one.bytes.get());
        }
    }

    /// Notes whether the client reads what is written.
    pub(super) fn wrote(&self, is_stuck: bool) {
        if !is_stuck {
            self.stuck.set(None);
        } else if self.stuck.get().is_none() {
            self.stuck.set(Some(Instant::now()));
        }
    }

    /// Whether nothing more can be written: the client reads nothing, and its time is over.
    pub(super) fn is_given_up(&self) -> bool {
        self.end.get().is_some() && self.stuck.get().is_some()
    }

    /// Notes that a head has arrived; the request is over when what is returned is dropped.
    pub(super) fn request(self: &Rc<Self>) -> CurrentRequest {
        self.body.set(0);
        self.enter(Phase::Body);
        self.has_sent_a_request.set(true);
        CurrentRequest(Rc::clone(self))
    }

    /// Why the rest of a body is not waited for, if it is not.
    pub(super) fn refused(&self) -> Option<End> {
        self.end.get()
    }

    /// Notes that the body is here.
    pub(super) fn has_body(&self, bytes: usize) {
        self.body.set(bytes);
        self.enter(Phase::Answering);
    }

    /// Notes that the connection is closed.
    pub(super) fn closed(&self) {
        self.hold(0);
        if self.end.get().is_some() {
            self.all.ending.set(self.all.ending.get().saturating_sub(1));
        }
        self.all.open.borrow_mut().remove(&self.id);
        if !self.has_sent_a_request.get() {
            // No request's line tells of it.
            let duration = self.all.ambient.elapsed().saturating_sub(self.begun);
            let source_ip = self.peer.map(|address| canonical(address.ip()));
            self.all.log.connection(source_ip, duration);
        }
    }
}

/// A request that is being read or answered.
pub(super) struct CurrentRequest(Rc<Connection>);

impl Drop for CurrentRequest {
    fn drop(&mut self) {
        let connection = &self.0;
        if connection.end.get().is_some() {
            connection.enter(Phase::Refused);
            return;
        }
        connection.enter(Phase::Idle);
        // More than a head is the beginning of what comes next.
        let rest = connection.bytes.get().saturating_sub(connection.body.get());
        connection.hold(if rest > USUAL_HEAD { rest } else { 0 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_on_open_files_is_read_and_some_are_spared() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
                      Max processes             63432                63432                processes \n\
                      Max open files            1024                 524288               files     \n";
        assert_eq!(open_files(limits), Some(1024));
        assert_eq!(open_files(&limits.replace("1024 ", "unlimited ")), None);
        assert_eq!(beside(1024), 896);
        assert_eq!(beside(64), 32);
        assert!(open_files(&fs::read_to_string("/proc/self/limits").unwrap()).is_some());
    }
}
