//! What Poolhouse costs on PostgreSQL, beside pgbench that sends the same statements to the same server in turns with it, and how a
//! lookup grows with the registry. Needs PostgreSQL's programs, which a server of the benchmark's own is started with.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::Error;
use crate::load::{Load, once};
use crate::registry::{Device, POOL};
use crate::report::{Aim, Figure, median, progress, say, thousands, write_json};
use crate::requests::{Request, Requests};
use crate::server::Server;

#[path = "../../tests/postgres/server.rs"]
#[expect(
    dead_code,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the tests' own server, of which a benchmark needs a part"
)]
mod engine;

const DEVICES_PER_USER: u64 = 5;

const MIN_LOOKUPS: f64 = 0.7;
const MIN_UPDATES: f64 = 0.8;
const MAX_GROWTH: f64 = 1.3;

/// The loads of both kinds, by their connections.
const CONNECTIONS: [usize; 2] = [16, 64];

/// A request, the aim of its rate against that of its statements alone, and how it is made.
struct Kind {
    operation: &'static str,
    at_least: f64,
    requests: fn(&Server, &[Device]) -> Result<Requests, Error>,
}

const KINDS: [Kind; 2] = [
    Kind {
        operation: "AdminGetDevice",
        at_least: MIN_LOOKUPS,
        requests: |server, devices| Requests::lookups(server.address, devices),
    },
    Kind {
        operation: "AdminUpdateDeviceStatus",
        at_least: MIN_UPDATES,
        requests: |server, devices| Requests::updates(server.address, devices),
    },
];

/// Measures and prints the results.
pub(crate) fn measure(quick: bool) -> Result<Vec<Figure>, Error> {
    let (small, large, rounds, window) = if quick {
        (1_000, 10_000, 1, Duration::from_secs(1))
    } else {
        (10_000, 1_000_000, 3, Duration::from_secs(5))
    };
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let engine = engine::Server::start(&[
        ("fsync", "on"),
        ("shared_buffers", "512MB"),
        ("max_wal_size", "4GB"),
    ]);
    let few = fill(&engine, directory.path(), "few", small)?;
    let many = fill(&engine, directory.path(), "many", large)?;
    let server = serve(&few, directory.path())?;
    let devices = sample(small, 4096);
    let mut figures = Vec::new();
    for kind in &KINDS {
        let script = script(&engine, kind, &few, directory.path(), small)?;
        for connections in CONNECTIONS {
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            for round in 0..rounds {
                let requests = (kind.requests)(&server, &devices)?;
                ours.push(
                    load(connections, window)
                        .on(&server, &requests, true)?
                        .per_second,
                );
                theirs.push(pgbench(&engine, &script, connections, window)?);
                progress(round + 1, rounds);
            }
            let (ours, theirs) = (median(ours.into_iter()), median(theirs.into_iter()));
            let operation = kind.operation;
            say(format_args!(
                "{operation}, {connections} connections: {ours:.0} a second, pgbench {theirs:.0}"
            ));
            figures.push(Figure {
                what: format!("{operation} a second against pgbench, {connections} connections"),
                measured: ours / theirs,
                aim: Aim::AtLeast(kind.at_least),
            });
        }
    }
    let larger = serve(&many, directory.path())?;
    let of_many = sample(large, 16_384);
    let mut growth = Vec::new();
    for _ in 0..rounds {
        let few = Requests::lookups(server.address, &devices)?;
        let many = Requests::lookups(larger.address, &of_many)?;
        let of_few = load(16, window).on(&server, &few, true)?;
        let of_many = load(16, window).on(&larger, &many, true)?;
        growth.push(of_few.per_second / of_many.per_second);
    }
    figures.push(Figure {
        what: format!(
            "the time of a lookup among {} devices against {}",
            thousands(large),
            thousands(small)
        ),
        measured: median(growth.into_iter()),
        aim: Aim::AtMost(MAX_GROWTH),
    });
    let shown: Vec<_> = figures.iter().map(Figure::to_json).collect();
    write_json("postgres", &json!({"quick": quick, "figures": shown}))?;
    Ok(figures)
}

fn load(connections: usize, window: Duration) -> Load {
    Load {
        connections,
        every: None,
        on_its_core: false,
        warm_up: window / 4,
        window,
    }
}

/// The device of this number, whose names follow from it.
fn device(number: u64) -> Device {
    Device {
        username: format!("user{:07}", number / DEVICES_PER_USER),
        key: format!("us-east-1_00000000-0000-4000-8000-{number:012}"),
    }
}

/// The names of the device of the number `d`, as pgbench makes them.
const USERNAME_OF_D: &str = "'user' || lpad(((:d)::int / 5)::text, 7, '0')";
const KEY_OF_D: &str = "'us-east-1_00000000-0000-4000-8000-' || lpad((:d)::text, 12, '0')";

/// So many devices from all over the registry.
fn sample(devices: u64, count: u64) -> Vec<Device> {
    // A prime, so that none comes twice before all have come.
    (0..count)
        .map(|place| device(place * 2_654_435_761 % devices))
        .collect()
}

/// Makes a database with so many devices, by way of a file. Returns its address.
fn fill(
    engine: &engine::Server,
    directory: &Path,
    name: &str,
    devices: u64,
) -> Result<String, Error> {
    let (seed, file) = (
        directory.join("seed.json"),
        directory.join(name).with_extension("db"),
    );
    let mut text = BufWriter::new(File::create(&seed)?);
    let tracking =
        json!({"ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": true});
    let pool = json!({"Id": POOL, "Name": "Bench", "DeviceConfiguration": tracking});
    write!(text, "{{\"UserPool\":{pool},\"Users\":[")?;
    for user in 0..devices / DEVICES_PER_USER {
        let first = user * DEVICES_PER_USER;
        let keys = (first..first + DEVICES_PER_USER)
            .map(|number| json!({"DeviceKey": device(number).key}));
        let record =
            json!({"Username": device(first).username, "Devices": keys.collect::<Vec<_>>()});
        let comma = if user == 0 { "" } else { "," };
        write!(text, "{comma}{record}")?;
    }
    write!(text, "]}}")?;
    text.into_inner()?.sync_all()?;
    let (seed, file) = (seed.to_string_lossy(), file.to_string_lossy());
    poolhouse(&["seed", "apply", "--create", &seed, "--database", &file])?;
    engine::execute(
        &engine.address("postgres"),
        &format!("CREATE DATABASE {name}"),
    );
    let address = engine.address(name);
    let begun = Instant::now();
    poolhouse(&["copy", "--from", &file, "--to", &address])?;
    let took = begun.elapsed().as_secs_f64();
    say(format_args!(
        "{} devices copied to PostgreSQL in {took:.1} s",
        thousands(devices)
    ));
    engine::execute(&address, "VACUUM ANALYZE");
    Ok(address)
}

/// Runs a command of Poolhouse.
fn poolhouse(arguments: &[&str]) -> Result<(), Error> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_poolhouse"));
    let done = command.env_clear().args(arguments).output()?;
    if done.status.success() {
        Ok(())
    } else {
        Err(format!("{arguments:?}: {}", String::from_utf8_lossy(&done.stderr)).into())
    }
}

/// Serves the database.
fn serve(address: &str, directory: &Path) -> Result<Server, Error> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_poolhouse"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--limits", "off"]);
    command.args(["--log-format", "off", "--database", address]);
    let name = address.rsplit('/').next().unwrap_or_default();
    Server::start(command, &directory.join(name).with_extension("out"))
}

/// Writes pgbench's script of the statements that PostgreSQL logs for one request, with another device each time. Returns its path
/// and the database.
fn script(
    engine: &engine::Server,
    kind: &Kind,
    address: &str,
    directory: &Path,
    devices: u64,
) -> Result<(String, String), Error> {
    let database = address
        .rsplit('/')
        .next()
        .ok_or("an address without a database")?
        .to_owned();
    let log = engine.folder.join("log");
    let of = |how: &str| engine::execute(address, &format!("ALTER DATABASE {database} {how}"));
    // Connections that are made from now on log what they are asked.
    of("SET log_statement = 'all'");
    let server = serve(address, directory)?;
    let logged = device(1);
    let requests = (kind.requests)(&server, std::slice::from_ref(&logged))?;
    let request: &Request = requests.0.first().ok_or("no request")?;
    once(server.address, &request.bytes)?;
    // The first request of a connection prepares statements; the second is as all others are.
    let before = fs::read_to_string(&log)?.len();
    once(server.address, &request.bytes)?;
    std::thread::sleep(Duration::from_millis(300));
    of("RESET log_statement");
    let log = fs::read_to_string(&log)?;
    let mut script = format!("\\set d random(0, {})\n", devices - 1);
    for statement in statements(log.get(before..).unwrap_or_default(), &logged) {
        script.push_str(&statement);
        script.push_str(";\n");
    }
    let path = engine.folder.join(kind.operation).with_extension("sql");
    fs::write(&path, script)?;
    Ok((path.to_string_lossy().into_owned(), database))
}

/// The statements of a log that name the device, and the transaction around them, as pgbench takes them.
fn statements(log: &str, logged: &Device) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    // An entry begins with a time; a statement may have several lines. Those of other sessions are left out.
    let entries = log.split("\n2").map(|entry| entry.replace("\n\t", " "));
    let mut entries: Vec<String> = entries.collect();
    let of_device = entries.iter().find(|entry| entry.contains(&logged.key));
    let session = of_device.and_then(|entry| entry.split_once('[')?.1.split_once(']'));
    let session = session.map_or_else(String::new, |(process, _)| format!("[{process}]"));
    entries.retain(|entry| entry.contains(&session));
    for (place, entry) in entries.iter().enumerate() {
        if let Some((_, statement)) = entry.split_once("LOG:  statement: ") {
            found.push(statement.trim().to_owned());
        } else if let Some((_, rest)) = entry.split_once("LOG:  execute ") {
            let statement = rest.split_once(": ").map_or("", |(_, statement)| statement);
            let detail = entries
                .get(place + 1)
                .and_then(|entry| entry.split_once("parameters: "));
            let parameters = detail.map_or("", |(_, parameters)| parameters.trim());
            found.push(with_parameters(statement.trim(), parameters, logged));
        }
    }
    // What the server does by itself names no device.
    let mut kept: Vec<String> = Vec::new();
    let mut transaction: Vec<String> = Vec::new();
    for statement in found {
        let ends = statement == "COMMIT";
        let begins = statement.starts_with("BEGIN");
        if begins {
            kept.append(&mut transaction);
        }
        transaction.push(statement);
        if ends
            || !transaction
                .first()
                .is_some_and(|first| first.starts_with("BEGIN"))
        {
            if transaction.iter().any(|statement| statement.contains(":d")) {
                kept.append(&mut transaction);
            }
            transaction.clear();
        }
    }
    kept
}

/// The statement with its parameters in place, those that name the device as they follow from its number.
fn with_parameters(statement: &str, parameters: &str, logged: &Device) -> String {
    let mut whole = statement.to_owned();
    let parameters: Vec<(&str, &str)> = parameters
        .split(", $")
        .filter_map(|parameter| parameter.split_once(" = "))
        .collect();
    // From the last on, so that $1 is not found in $10.
    for (number, value) in parameters.into_iter().rev() {
        let number = number.trim_start_matches('$');
        let value = if value == format!("'{}'", logged.username) {
            USERNAME_OF_D
        } else if value == format!("'{}'", logged.key) {
            KEY_OF_D
        } else {
            value
        };
        whole = whole.replace(&format!("${number}"), &format!("({value})"));
    }
    whole
}

/// The transactions a second that pgbench makes of the script.
fn pgbench(
    engine: &engine::Server,
    (script, database): &(String, String),
    connections: usize,
    window: Duration,
) -> Result<f64, Error> {
    let mut pgbench = engine.program("pgbench");
    pgbench.arg("-h").arg(&engine.folder);
    pgbench.args([
        "-U",
        "poolhouse",
        "-n",
        "-M",
        "prepared",
        "-j",
        "2",
        "-f",
        script,
    ]);
    pgbench.args([
        "-c",
        &connections.to_string(),
        "-T",
        &window.as_secs().to_string(),
        database,
    ]);
    let done = pgbench.output()?;
    let told = String::from_utf8_lossy(&done.stdout);
    let rate = told
        .lines()
        .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next());
    let rate = rate.filter(|_| done.status.success());
    let rate = rate.ok_or_else(|| String::from_utf8_lossy(&done.stderr).into_owned())?;
    Ok(rate.parse()?)
}
