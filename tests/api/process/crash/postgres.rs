//! The same on PostgreSQL: two servers behind a balancer, and a primary with a synchronous standby. Servers are killed, connections are
//! ended, primaries are killed and their standbys promoted.
//!
//! A request that was answered with an internal error was done or not, but not in part; one that was told to come again was not done.

use std::io::copy;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::{CLIENTS, Writer, number, seed};
use crate::world::{Client, PostgresServer, Server, Tool, execute, try_execute, until_so};

/// Hands connections to the servers in turn.
struct Balancer {
    address: SocketAddr,
    servers: Arc<Mutex<Vec<SocketAddr>>>,
}

impl Balancer {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let servers: Arc<Mutex<Vec<SocketAddr>>> = Arc::default();
        let shared = Arc::clone(&servers);
        thread::spawn(move || {
            let next = AtomicUsize::new(0);
            for client in listener.incoming().flatten() {
                let mut servers = shared.lock().unwrap().clone();
                let first = next.fetch_add(1, Ordering::Relaxed) % servers.len().max(1);
                servers.rotate_left(first);
                let reached = servers.iter().find_map(|one| TcpStream::connect(one).ok());
                if let Some(server) = reached {
                    carry(client, server);
                }
            }
        });
        Self { address, servers }
    }

    fn client(&self) -> Client {
        Client::of(&format!("http://{}", self.address))
    }
}

/// Passes on what both ends send.
fn carry(client: TcpStream, server: TcpStream) {
    for (mut from, mut to) in [
        (client.try_clone().unwrap(), server.try_clone().unwrap()),
        (server, client),
    ] {
        thread::spawn(move || {
            let _ = copy(&mut from, &mut to);
            for end in [from, to] {
                let _ = end.shutdown(Shutdown::Both);
            }
        });
    }
}

/// What happens while clients write.
#[derive(Debug, Clone, Copy)]
enum Event {
    /// One of the servers is killed and started again.
    ServerKilled(usize),
    /// The database ends all connections.
    ConnectionsEnded,
    /// The primary is killed, and the standby takes its place.
    FailedOver,
}

/// Two servers, and the two nodes of their database.
struct Site {
    tool: Tool,
    nodes: [PostgresServer; 2],
    /// Which node is the primary.
    primary: usize,
    servers: Vec<Server>,
    balancer: Balancer,
}

impl Site {
    fn new() -> Self {
        let mut nodes = [PostgresServer::start(&[]), PostgresServer::placed()];
        let tool = Tool::new();
        let [first, second] = &mut nodes;
        execute(&first.address("postgres"), "CREATE DATABASE registry");
        tool.write_json("seed.json", &seed());
        let apply = format!(
            "seed apply --create seed.json --database {}",
            first.address("registry")
        );
        assert_eq!(tool.run(&apply).code, 0);
        second.follow(first, &[]);
        let mut site = Self {
            tool,
            nodes,
            primary: 0,
            servers: Vec::new(),
            balancer: Balancer::start(),
        };
        site.synchronise();
        site.servers = vec![site.serve(), site.serve()];
        site.balance();
        site
    }

    /// Both nodes, whichever is the primary.
    fn address(&self) -> String {
        let folders = self
            .nodes
            .each_ref()
            .map(|node| node.folder.to_str().unwrap().replace('/', "%2F"));
        format!(
            "postgres://poolhouse@{}/registry?target_session_attrs=read-write",
            folders.join(",")
        )
    }

    fn primary(&self) -> String {
        self.nodes[self.primary].address("registry")
    }

    fn serve(&self) -> Server {
        self.tool.serve(&format!(
            "--limits off --log-format off --database {}",
            self.address()
        ))
    }

    /// Tells the balancer where the servers are.
    fn balance(&self) {
        let addresses = self
            .servers
            .iter()
            .map(|server| server.address().parse().unwrap());
        *self.balancer.servers.lock().unwrap() = addresses.collect();
    }

    /// Has the primary wait for its standby before it acknowledges anything, from when the standby is up to date.
    fn synchronise(&self) {
        let primary = self.primary();
        execute(&primary, "ALTER SYSTEM SET synchronous_standby_names = '*'");
        execute(&primary, "SELECT pg_reload_conf()");
        until_so("the standby is synchronous", || {
            let one = "SELECT 1 / count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
            try_execute(&primary, one).is_ok()
        });
    }

    fn undergo(&mut self, event: Event) {
        match event {
            Event::ServerKilled(which) => {
                self.servers[which].signal("KILL");
                self.servers[which].wait();
                self.servers[which] = self.serve();
                self.balance();
            }
            Event::ConnectionsEnded => execute(
                &self.primary(),
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'poolhouse'",
            ),
            Event::FailedOver => {
                let [first, second] = &mut self.nodes;
                let (old, new) = if self.primary == 0 {
                    (first, second)
                } else {
                    (second, first)
                };
                old.kill();
                execute(&new.address("registry"), "SELECT pg_promote()");
                old.follow(new, &[]);
                self.primary = 1 - self.primary;
                self.synchronise();
            }
        }
    }

    /// Waits until both servers reach their database.
    fn wait_until_ready(&self) {
        for server in &self.servers {
            let client = server.client();
            until_so("a server is ready", || {
                let ready = client.try_get_signed("/_poolhouse/ready");
                ready.is_some_and(|answer| answer.status == 200)
            });
        }
    }
}

#[test]
fn what_was_acknowledged_outlives_every_failover() {
    let (rounds, seed_of_run) = (number("CRASH_ROUNDS", 6), number("CRASH_SEED", 20_261_129));
    let mut chance = StdRng::seed_from_u64(seed_of_run);
    let mut site = Site::new();
    let mut writers: Vec<Writer> = (0..CLIENTS)
        .map(|number| Writer::new(seed_of_run, number).where_the_database_fails())
        .collect();
    let (mut answered, mut open, mut events) = (0, 0, [0; 3]);
    for round in 0..rounds {
        let (which, event) = match chance.random_range(0..3) {
            0 => (0, Event::ServerKilled(chance.random_range(0..2))),
            1 => (1, Event::ConnectionsEnded),
            _ => (2, Event::FailedOver),
        };
        events[which] += 1;
        let after = Duration::from_millis(chance.random_range(5..400));
        println!("CRASH_SEED={seed_of_run} round {round}: {event:?} after {after:?}");
        let enough = AtomicBool::new(false);
        answered += thread::scope(|scope| {
            let running: Vec<_> = (writers.iter_mut())
                .map(|writer| {
                    let (client, enough) = (site.balancer.client(), &enough);
                    scope.spawn(move || writer.write_until(&client, enough))
                })
                .collect();
            thread::sleep(after);
            site.undergo(event);
            site.wait_until_ready();
            enough.store(true, Ordering::SeqCst);
            let answered = running.into_iter().map(|writer| writer.join().unwrap());
            answered.sum::<u64>()
        });
        open += writers
            .iter()
            .filter(|writer| writer.pending.is_some())
            .count();
        // A server that was left in the middle of a request, or a session that was ended, may yet be at it.
        thread::sleep(Duration::from_millis(300));
        let outcome = site
            .tool
            .run(&format!("check --deep --database {}", site.primary()));
        assert_eq!(outcome.code, 0, "{outcome:?}");
        let client = site.balancer.client();
        for writer in &mut writers {
            writer.compare(&client, false);
        }
    }
    let [servers, connections, primaries] = events;
    println!(
        "{rounds} rounds ({servers} servers killed, connections ended {connections} times, {primaries} failovers), {answered} writes \
         acknowledged, {open} left open; none lost, none done in part or twice"
    );
    assert!(answered > rounds, "the clients wrote");
}
