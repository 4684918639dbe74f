//! Faults of the disk: a file that vanishes, is moved, cut, or has flipped bits. What is answered is right, or it is a
//! refusal; nothing panics.

use std::collections::BTreeMap;
use std::fs;
use std::fs::File;
use std::path::Path;

use serde_json::{Value, json};

use crate::world::{Client, POOL, Server, Tool, bytes, device, device_of, registry};

fn set(client: &Client, status: &str) -> u16 {
    let mut input = device_of(POOL, "diego", device::REMEMBERED);
    input["DeviceRememberedStatus"] = json!(status);
    client.call("AdminUpdateDeviceStatus", &input).status
}

fn shown(client: &Client) -> Value {
    client
        .call(
            "AdminGetDevice",
            &device_of(POOL, "diego", device::REMEMBERED),
        )
        .ok()
}

fn is_ready(tool: &Tool, server: &Server) -> bool {
    let address = server.address();
    tool.run(&format!("health --listen {address}")).code == 0
}

/// A server on [`registry`], whose standard error goes to a file.
fn served(tool: &Tool) -> Server {
    tool.apply_seed(&registry());
    let mut command = tool.command("serve --listen 127.0.0.1:0 --limits off --log-format off");
    command.stderr(File::create(tool.path("complaints")).unwrap());
    Server::start(command)
}

/// Stops the server. Returns its exit code and its standard error.
fn stopped(tool: &Tool, mut server: Server) -> (Option<i32>, String) {
    server.signal("TERM");
    let code = server.wait();
    let complaints = fs::read_to_string(tool.path("complaints")).unwrap();
    (code, complaints)
}

#[test]
fn what_nobody_would_find_is_not_acknowledged_when_the_file_vanishes() {
    for vanish in [
        |tool: &Tool| fs::remove_file(tool.path("data/poolhouse.db")).unwrap(),
        |tool: &Tool| fs::remove_file(tool.path("data/poolhouse.db-wal")).unwrap(),
        |tool: &Tool| fs::remove_dir_all(tool.path("data")).unwrap(),
        |tool: &Tool| fs::rename(tool.path("data"), tool.path("elsewhere")).unwrap(),
        |tool: &Tool| {
            let other = tool.run("seed generate --create --users 1 --database other.db");
            assert_eq!(other.code, 0);
            fs::rename(tool.path("other.db"), tool.path("data/poolhouse.db")).unwrap();
        },
    ] {
        let tool = Tool::new();
        let server = served(&tool);
        let client = server.client();
        assert_eq!(set(&client, "not_remembered"), 200);
        let before = shown(&client);
        assert!(is_ready(&tool, &server));
        vanish(&tool);
        assert_eq!(set(&client, "remembered"), 500);
        assert_eq!(shown(&client), before, "the open file is still read");
        assert!(!is_ready(&tool, &server));
        let (code, complaints) = stopped(&tool, server);
        assert_eq!(code, Some(1), "{complaints}");
        assert!(
            complaints.contains("was removed, moved or replaced while it was in use"),
            "{complaints}"
        );
    }
}

#[test]
fn a_file_that_was_moved_and_is_back_is_written_to_again() {
    let tool = Tool::new();
    let server = served(&tool);
    let client = server.client();
    fs::rename(tool.path("data"), tool.path("elsewhere")).unwrap();
    let before = shown(&client);
    assert_eq!(set(&client, "not_remembered"), 500);
    fs::rename(tool.path("elsewhere"), tool.path("data")).unwrap();
    assert_eq!(shown(&client), before, "what was refused is not there");
    assert!(is_ready(&tool, &server));
    assert_eq!(set(&client, "not_remembered"), 200);
    let now = shown(&client);
    assert_eq!(stopped(&tool, server), (Some(0), String::new()));
    let server = tool.serve("--log-format off");
    assert_eq!(shown(&server.client()), now);
}

#[test]
fn a_registry_whose_journal_was_changed_is_served_with_a_write_ahead_log() {
    let tool = Tool::new();
    tool.apply_seed(&registry());
    let file = tool.file();
    file.pragma_update(None, "journal_mode", "DELETE").unwrap();
    drop(file);
    let server = tool.serve("--limits off --log-format off");
    assert!(tool.path("data/poolhouse.db-wal").exists());
    assert_eq!(set(&server.client(), "not_remembered"), 200);
}

/// Pseudorandom numbers, the same for the same seed (`SplitMix64`).
struct Dice(u64);

impl Dice {
    /// Takes the seed from the variable `FAULTS_SEED`, or a new one, and prints it, so that a failure can be repeated.
    fn new() -> Self {
        let seed = std::env::var("FAULTS_SEED").map_or_else(
            |_| {
                let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
                u64::try_from(now.as_nanos() & u128::from(u64::MAX)).unwrap()
            },
            |seed| seed.parse().unwrap(),
        );
        println!("FAULTS_SEED={seed}");
        Self(seed)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(end).unwrap()).unwrap()
    }
}

/// The number of damaged files that are tried: a few, or `FAULTS_ROUNDS`.
fn rounds() -> usize {
    std::env::var("FAULTS_ROUNDS").map_or(15, |rounds| rounds.parse().unwrap())
}

/// An undamaged registry of 120 devices, and the answer about each.
struct Whole {
    tool: Tool,
    file: Vec<u8>,
    answers: BTreeMap<(String, String), Value>,
}

impl Whole {
    fn new() -> Self {
        let tool = Tool::new();
        let mut users = Vec::new();
        for user in 0..40 {
            let devices: Vec<Value> = (0..3)
                .map(|number| {
                    json!({
                        "DeviceKey": format!("us-east-1_{user:08x}-0000-4000-8000-{number:012x}"),
                        "DeviceAttributes": [{"Name": "device_name", "Value": format!("Device {number} of {user}")}],
                        "DeviceCreateDate": 1_700_000_000 + user * 1000 + number,
                    })
                })
                .collect();
            users.push(
                json!({"Username": format!("user-{user}"), "Devices": devices, "UserAttributes": [
                    {"Name": "email", "Value": format!("user-{user}@example.com")},
                    {"Name": "email_verified", "Value": "true"},
                ]}),
            );
        }
        let pool = json!({"Id": POOL, "AliasAttributes": ["email"],
            "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": false}});
        tool.apply_seed(&json!({"UserPool": pool, "Users": users}));
        let server = tool.serve("--limits off --log-format off");
        let client = server.client();
        let answers = users.iter().flat_map(|user| {
            let name = user["Username"].as_str().unwrap();
            let devices = user["Devices"].as_array().unwrap().iter();
            devices
                .map(|device| {
                    let key = device["DeviceKey"].as_str().unwrap();
                    let answer = client
                        .call("AdminGetDevice", &device_of(POOL, name, key))
                        .ok();
                    ((name.to_owned(), key.to_owned()), answer)
                })
                .collect::<Vec<_>>()
        });
        let answers = answers.collect();
        drop(client);
        stop(server);
        let file = bytes(&tool.path("data/poolhouse.db"));
        Self {
            tool,
            file,
            answers,
        }
    }

    /// Serves a damaged file, and asks for every device.
    fn try_with(&self, file: &[u8]) -> Seen {
        let mut seen = Seen::default();
        fs::remove_dir_all(self.tool.path("data")).unwrap();
        fs::create_dir(self.tool.path("data")).unwrap();
        self.tool.write("data/poolhouse.db", file);
        let mut command = self
            .tool
            .command("serve --listen 127.0.0.1:0 --limits off --log-format off");
        command.stderr(File::create(self.tool.path("complaints")).unwrap());
        match Server::try_start(command) {
            Ok(server) => {
                let client = server.client();
                for ((name, key), right) in &self.answers {
                    let answer = client.call("AdminGetDevice", &device_of(POOL, name, key));
                    match answer.status {
                        200 if answer.json() == *right => seen.right += 1,
                        500 => seen.refused += 1,
                        _ => seen.wrong += 1,
                    }
                }
                drop(client);
                stop(server);
            }
            Err((start, code)) => {
                assert_eq!((start, code), (Vec::new(), Some(4)));
                seen.not_served = true;
            }
        }
        let complaints = fs::read_to_string(self.tool.path("complaints")).unwrap();
        assert!(!complaints.contains("panicked"), "{complaints}");
        assert_eq!(
            seen.not_served,
            complaints.starts_with("poolhouse: database: data/poolhouse.db: "),
            "{complaints}"
        );
        let outcome = self.tool.run("check --deep");
        assert!([0, 1, 4].contains(&outcome.code), "{outcome:?}");
        assert!(!outcome.stderr.contains("panicked"), "{outcome:?}");
        seen.reported = outcome.code != 0;
        seen
    }
}

/// Asks a server to stop, and ignores its exit code.
fn stop(mut server: Server) {
    server.signal("TERM");
    let code = server.wait();
    assert!([Some(0), Some(1)].contains(&code), "{code:?}");
}

/// What happened with a damaged file.
#[derive(Debug, Default)]
struct Seen {
    /// The server did not start on it.
    not_served: bool,
    /// The number of right answers, of internal errors, and of all others.
    right: usize,
    refused: usize,
    wrong: usize,
    /// `check --deep` found something.
    reported: bool,
}

/// Counts the results of all rounds.
fn told(what: &str, rounds: &[Seen]) {
    let count = |is: fn(&Seen) -> bool| rounds.iter().filter(|seen| is(seen)).count();
    let sum = |of: fn(&Seen) -> usize| rounds.iter().map(of).sum::<usize>();
    println!(
        "{what}: {} files, {} not served, {} reported; answers: {} right, {} refused, {} wrong ({} of them in files that are \
         reported); files with a wrong answer: {} reported, {} not",
        rounds.len(),
        count(|seen| seen.not_served),
        count(|seen| seen.reported),
        sum(|seen| seen.right),
        sum(|seen| seen.refused),
        sum(|seen| seen.wrong),
        sum(|seen| if seen.reported { seen.wrong } else { 0 }),
        count(|seen| seen.wrong > 0 && seen.reported),
        count(|seen| seen.wrong > 0 && !seen.reported),
    );
}

#[test]
fn a_file_with_flipped_bits_is_refused_or_served_as_far_as_it_can_be_read() {
    let mut dice = Dice::new();
    let whole = Whole::new();
    let mut rounds: Vec<Seen> = (0..rounds())
        .map(|round| {
            let mut file = whole.file.clone();
            for _ in 0..=round % 8 {
                let at = dice.below(file.len());
                file[at] ^= 1 << dice.below(8);
            }
            whole.try_with(&file)
        })
        .collect();
    told("bits", &rounds);
    rounds.retain(|seen| seen.refused > 0);
    assert!(
        rounds.iter().all(|seen| seen.reported),
        "what the server cannot read is found: {rounds:#?}"
    );
}

#[test]
fn a_file_with_lost_sectors_is_refused_or_served_as_far_as_it_can_be_read() {
    let mut dice = Dice::new();
    let whole = Whole::new();
    let rounds: Vec<Seen> = (0..rounds())
        .map(|round| {
            let mut file = whole.file.clone();
            let at = dice.below(file.len() / 512) * 512;
            let lost = &mut file[at..at + 512];
            if round % 2 == 0 {
                lost.fill(0);
            } else {
                lost.fill_with(|| u8::try_from(dice.below(256)).unwrap());
            }
            whole.try_with(&file)
        })
        .collect();
    told("sectors", &rounds);
    for seen in rounds {
        assert!(seen.refused == 0 || seen.reported, "{seen:?}");
    }
}

#[test]
fn a_file_that_was_cut_is_not_served() {
    let mut dice = Dice::new();
    let whole = Whole::new();
    // An empty file is a new registry, and SQLite takes one of a single byte for empty.
    let mut lengths: Vec<usize> = (0..rounds())
        .map(|_| 2 + dice.below(whole.file.len() - 2))
        .collect();
    lengths.extend([2, 99, 100, 4095, 4096, whole.file.len() - 1]);
    for length in lengths {
        let seen = whole.try_with(&whole.file[..length]);
        assert!(seen.not_served && seen.reported, "{length}: {seen:?}");
    }
}

#[test]
fn a_file_that_loses_pages_while_it_is_served_gives_right_answers_or_none() {
    const PAGE: usize = 4096;
    let mut dice = Dice::new();
    let whole = Whole::new();
    for _ in 0..rounds().div_ceil(5) {
        whole.tool.write("data/poolhouse.db", &whole.file);
        let server = whole.tool.serve("--limits off --log-format off");
        let client = server.client();
        let length = dice.below(whole.file.len() / PAGE) * PAGE;
        cut(&whole.tool.path("data/poolhouse.db"), length);
        for ((name, key), right) in &whole.answers {
            let answer = client.call("AdminGetDevice", &device_of(POOL, name, key));
            assert!(
                answer.status == 500 || answer.json() == *right,
                "cut at {length}: {answer:?}"
            );
        }
        drop(server);
        let _ = fs::remove_file(whole.tool.path("data/poolhouse.db-wal"));
        let _ = fs::remove_file(whole.tool.path("data/poolhouse.db-shm"));
    }
}

fn cut(path: &Path, length: usize) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_len(u64::try_from(length).unwrap()).unwrap();
}
