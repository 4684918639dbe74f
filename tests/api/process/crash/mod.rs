//! Power cuts: a server in a process of its own is ended at a random moment while clients write, and what it kept is compared
//! with what it had acknowledged.
//!
//! Each client has users of its own and remembers what it was answered. When the server is killed, the one request of each
//! client that had no answer may have been done or not, but not in part. When the server is asked to end, every request that
//! it accepted is answered, so one without an answer was not done. `CRASH_ROUNDS` and `CRASH_SEED` repeat a run.

mod postgres;
mod writer;

use std::collections::BTreeMap;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::world::{Client, NO_USER, POOL, Pool, Tool, WEB};

const CLIENTS: u64 = 4;

/// What is known of a user.
#[derive(Debug, Clone, PartialEq, Default)]
struct User {
    nickname: Option<String>,
    enabled: bool,
    status: String,
    /// Confirmed devices, and whether each is remembered.
    devices: BTreeMap<String, bool>,
}

/// The users that a client knows, by name.
type Known = BTreeMap<String, User>;

/// A sign-in that gave tokens.
#[derive(Debug)]
struct SignIn {
    user: String,
    access_token: String,
    device: String,
    /// Whether its tokens are valid; `None` while the request that may have revoked them has no answer.
    alive: Option<bool>,
}

/// A client, what it knows, and its random numbers.
struct Writer {
    number: u64,
    chance: StdRng,
    known: Known,
    sign_ins: Vec<SignIn>,
    /// What the client would know if the request without an answer had been done.
    pending: Option<Known>,
    names: u64,
    /// Whether its server's database may be away while the server runs.
    database_fails: bool,
}

fn seed() -> Value {
    Pool::new(POOL)
        .with(json!({"AutoVerifiedAttributes": ["email"], "DeviceConfiguration": {"DeviceOnlyRememberedOnUserPrompt": false}}))
        .client(WEB)
        .into_seed()
}

impl Writer {
    /// Compares what the server has kept with what the client knows. If `answered`, a request without an answer was not done.
    fn compare(&mut self, client: &Client, answered: bool) {
        let after = self.pending.take();
        let mut names: Vec<&String> = self.known.keys().collect();
        names.extend(after.iter().flat_map(|after| after.keys()));
        let kept: Known = names
            .into_iter()
            .filter_map(|name| Some((name.clone(), kept(client, name)?)))
            .collect();
        if kept != self.known {
            let done = after.filter(|_| !answered);
            assert_eq!(Some(&kept), done.as_ref(), "known was {:?}", self.known);
        }
        self.known = kept;
        let known = &self.known;
        self.sign_ins
            .retain(|sign_in| known.contains_key(&sign_in.user));
        for sign_in in &mut self.sign_ins {
            let answer = client.call("GetUser", &json!({"AccessToken": sign_in.access_token}));
            let alive = answer.status == 200;
            if !alive {
                let (code, text) = answer.refusal();
                assert_eq!(code, "NotAuthorizedException");
                assert_eq!(text, "Access Token has been revoked");
            }
            assert!(
                sign_in.alive.is_none_or(|known| known == alive),
                "{sign_in:?}"
            );
            sign_in.alive = Some(alive);
        }
    }
}

/// The user as the server shows it, if there is one.
fn kept(client: &Client, name: &str) -> Option<User> {
    let input = json!({"UserPoolId": POOL, "Username": name});
    let answer = client.call("AdminGetUser", &input);
    if answer.status != 200 {
        answer.refused_as(NO_USER);
        return None;
    }
    let shown = answer.ok();
    let attributes = shown["UserAttributes"].as_array().unwrap().iter();
    let nickname = attributes
        .filter(|attribute| attribute["Name"] == "nickname")
        .map(|attribute| attribute["Value"].as_str().unwrap().to_owned())
        .next();
    let devices = client.call("AdminListDevices", &input).ok();
    let devices = devices["Devices"].as_array().unwrap().iter().map(|device| {
        let attributes = device["DeviceAttributes"].as_array().unwrap();
        let remembered = attributes
            .iter()
            .any(|attribute| attribute["Value"] == "remembered");
        (device["DeviceKey"].as_str().unwrap().to_owned(), remembered)
    });
    Some(User {
        nickname,
        enabled: shown["Enabled"].as_bool().unwrap(),
        status: shown["UserStatus"].as_str().unwrap().to_owned(),
        devices: devices.collect(),
    })
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

#[test]
fn what_was_acknowledged_outlives_every_end_of_the_server() {
    let (rounds, seed_of_run) = (number("CRASH_ROUNDS", 24), number("CRASH_SEED", 20_261_124));
    let mut chance = StdRng::seed_from_u64(seed_of_run);
    let tool = Tool::new();
    tool.apply_seed(&seed());
    let mut writers: Vec<Writer> = (0..CLIENTS)
        .map(|number| Writer::new(seed_of_run, number))
        .collect();
    let mut answered = 0;
    for round in 0..rounds {
        let signal = if chance.random_range(0..4) == 0 {
            "TERM"
        } else {
            "KILL"
        };
        let after = Duration::from_millis(chance.random_range(5..250));
        println!("CRASH_SEED={seed_of_run} round {round}: {signal} after {after:?}");
        let mut server = tool.serve("--limits off --log-format off");
        let url = server.told("Listening").to_owned();
        answered += std::thread::scope(|scope| {
            let running: Vec<_> = writers
                .iter_mut()
                .map(|writer| {
                    let url = url.as_str();
                    scope.spawn(move || writer.write(&Client::of(url)))
                })
                .collect();
            std::thread::sleep(after);
            server.signal(signal);
            let answered = running.into_iter().map(|writer| writer.join().unwrap());
            answered.sum::<u64>()
        });
        assert_eq!(server.wait(), (signal == "TERM").then_some(0));
        let outcome = tool.run("check --deep");
        assert_eq!(outcome.code, 0, "{outcome:?}");
        let server = tool.serve("--limits off --log-format off");
        let client = server.client();
        for writer in &mut writers {
            writer.compare(&client, signal == "TERM");
        }
    }
    println!("{rounds} rounds, {answered} writes acknowledged, none lost");
    assert!(answered > rounds, "the clients wrote");
}
