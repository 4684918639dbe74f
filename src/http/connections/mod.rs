//! The connections of a worker, with limits on their times, their number and their memory.
//!
//! A slow or hostile client gets limited times: for a head, for a body, for reading an answer, and for idling. What remains is
//! that too many clients come at once. When connections run out, or the memory for unfinished requests, one connection is closed
//! to make room: among those of the address that uses most, the one that the server has waited for longest. A request that is
//! being answered is never ended.
//!
//! actix-http limits only the time of a connection's first head (its `client_request_timeout`). So the times are kept here, by
//! checking all connections once a second, and none of its timers is used.

mod limits;
mod phase;
mod tally;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::future::poll_fn;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use actix_web::rt::time::{Instant, sleep};

use self::limits::USUAL_HEAD;
use self::phase::Phase;
use crate::ambient::Ambient;
use crate::log::Log;

pub(super) use self::limits::Limits;
pub(super) use self::phase::{End, Reading};
pub(super) use self::tally::Tally;

/// How often the times are checked.
const LOOK: Duration = Duration::from_secs(1);

/// How long the rest of a refused body is read, so that the client can read the answer.
const LINGER: Duration = Duration::from_secs(2);

/// All connections of a worker.
pub(super) struct Connections {
    limits: Limits,
    log: Log,
    ambient: Ambient,
    open: RefCell<BTreeMap<u64, Rc<Connection>>>,
    next_id: Cell<u64>,
    /// The connections that are to end and have not ended yet.
    ending: Cell<usize>,
    /// The bytes of unfinished requests in all connections.
    bytes: Cell<usize>,
    /// The connections that gave way since this was last logged.
    gave_way: Cell<usize>,
    is_watched: Cell<bool>,
    tally: Arc<Tally>,
}

/// The state of one connection. Requests carry it as their connection data.
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
    /// The bytes of the request that have arrived.
    bytes: Cell<usize>,
    /// The bytes of its body among them.
    body: Cell<usize>,
    /// Since when the client has not read from an answer.
    stuck: Cell<Option<Instant>>,
    end: Cell<Option<End>>,
    has_sent_a_request: Cell<bool>,
    /// Whether the client has closed its side.
    left: Cell<bool>,
    /// Whether nothing more is written.
    cut: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Connections {
    pub(super) fn new(limits: Limits, log: Log, ambient: Ambient, tally: Arc<Tally>) -> Rc<Self> {
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
            tally,
        })
    }

    /// Adds an accepted connection. If there are too many, another one gives way to it.
    pub(super) fn admit(self: &Rc<Self>, stream: &TcpStream) -> Rc<Connection> {
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
            left: Cell::default(),
            cut: Cell::default(),
            waker: RefCell::default(),
        });
        let staying = self.open.borrow().len().saturating_sub(self.ending.get());
        if staying >= self.limits.connections {
            self.make_room(|_| 1);
        }
        self.open.borrow_mut().insert(id, Rc::clone(&connection));
        self.tally.accepted.increment();
        self.tally.open.increment();
        self.watch();
        connection
    }

    /// Ends one connection: among those of the address whose connections have the most `weight` together, the one that the
    /// server has waited for longest.
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
            self.tally.gave_way.increment();
        }
    }

    /// Checks the times as long as there are connections.
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

    /// Ends every connection that took too long, and logs how many have given way.
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
                if one.end.get().is_none() {
                    self.tally.late.increment();
                }
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
    /// The address that counts as one client: an IPv4 address, or the network of an IPv6 address, which has 2^64 of them.
    fn neighbourhood(&self) -> Option<IpAddr> {
        let address = self.peer?.ip().to_canonical();
        Some(match address {
            IpAddr::V4(_) => address,
            IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into(),
        })
    }

    /// Whether the server waits for the client.
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

    /// Ends the connection as soon as its task runs.
    fn end(&self, why: End) {
        if self.end.get().is_none() {
            self.all.ending.set(self.all.ending.get().saturating_add(1));
        }
        self.end.set(Some(why));
        // The connection ends soon, and the new request needs the room now.
        self.hold(0);
        if let Some(waker) = &*self.waker.borrow() {
            waker.wake_by_ref();
        }
    }

    /// Stores the waker of the connection's task.
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

    /// Adds bytes that have arrived. If all connections together hold too many, one gives way, which may be this one.
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

    /// Stores whether the client reads what is written.
    pub(super) fn wrote(&self, is_stuck: bool) {
        if !is_stuck {
            self.stuck.set(None);
        } else if self.stuck.get().is_none() {
            self.stuck.set(Some(Instant::now()));
        }
    }

    /// Whether nothing more is written, because the client did not read in time, or because the connection is cut.
    pub(super) fn is_given_up(&self) -> bool {
        self.cut.get() || self.end.get().is_some() && self.stuck.get().is_some()
    }

    /// Ends the connection instead of writing an answer.
    pub(super) fn cut(&self) {
        self.cut.set(true);
    }

    /// Stores that a head has arrived. Dropping the result ends the request.
    pub(super) fn request(self: &Rc<Self>) -> CurrentRequest {
        self.body.set(0);
        self.enter(Phase::Body);
        self.has_sent_a_request.set(true);
        CurrentRequest(Rc::clone(self))
    }

    /// Why the rest of the body is refused. Returns `None` if it is not.
    pub(super) fn refused(&self) -> Option<End> {
        self.end.get()
    }

    /// Stores that the client has closed its side.
    pub(super) fn has_left(&self) {
        self.left.set(true);
    }

    /// Waits until the client has closed its side. Only the connection's own task may wait: it reads, and looks here then.
    pub(super) async fn left(&self) {
        poll_fn(|_| {
            if self.left.get() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }

    /// Stores that bytes of the body were handed on, and that the client sends it in time: what follows gets as much time.
    pub(super) fn handed_on(&self, bytes: usize) {
        if self.end.get().is_none() {
            self.hold(self.bytes.get().saturating_sub(bytes));
            self.enter(Phase::Body);
        }
    }

    /// Stores that the body has arrived.
    pub(super) fn has_body(&self, bytes: usize) {
        self.body.set(bytes);
        self.enter(Phase::Answering);
    }

    /// Removes the closed connection.
    pub(super) fn closed(&self) {
        self.hold(0);
        if self.end.get().is_some() {
            self.all.ending.set(self.all.ending.get().saturating_sub(1));
        }
        self.all.open.borrow_mut().remove(&self.id);
        self.all.tally.open.decrement();
        if !self.has_sent_a_request.get() {
            // No request has a line for this connection.
            let duration = self.all.ambient.elapsed().saturating_sub(self.begun);
            let source_ip = self.peer.map(|address| address.ip().to_canonical());
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
        // Bytes that follow belong to the next request.
        let rest = connection.bytes.get().saturating_sub(connection.body.get());
        connection.hold(if rest > USUAL_HEAD { rest } else { 0 });
    }
}
