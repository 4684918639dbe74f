//! What accounts cost: signing up, confirming, recovering passwords and being created, by many clients at once, each answer on
//! disk before it comes.
//!
//! Processor time is shown as a multiple of the cryptography in it, timed alone in the same run, and the rate as a multiple of the
//! durable commits that one client gets in a second.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
#![expect(clippy::print_stdout, reason = "a benchmark shows what it measured")]

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Instant;

use rusqlite::{Connection as File, OpenFlags};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::Error;
use crate::http::Connection;
use crate::load::runtime;
use crate::registry::apply;
use crate::report::{Aim, Figure, write_json};
use crate::requests::Request;
use crate::server::{Server, poolhouse_on_all_cores};
use crate::sign_ins::cryptography::{Cryptography, key_pair};

const POOL: &str = "us-east-1_Accounts";
const CLIENT: &str = "accounts000000000000000000";
const PASSWORD: &str = "Correct-Horse-7";
const NEW: &str = "Correct-Horse-8";

/// Clients that call at the same time.
const CLIENTS: usize = 64;

/// The code that each user was sent last, by username.
type Codes = HashMap<String, String>;

/// Makes a step's request for the user of this name.
type MakeRequest = fn(SocketAddr, &str, &Codes) -> Result<Vec<u8>, Error>;

/// A step of an account's life, and the powers of a known base in it.
struct Step {
    name: &'static str,
    powers: f64,
    request: MakeRequest,
}

const STEPS: [Step; 5] = [
    Step {
        name: "AdminCreateUser",
        powers: 1.0,
        request: |address, name, _| {
            let input = json!({"UserPoolId": POOL, "Username": format!("created-{name}"), "TemporaryPassword": PASSWORD,
                "UserAttributes": email(name), "DesiredDeliveryMediums": ["EMAIL"]});
            Ok(Request::sign(address, "AdminCreateUser", &input, String::new())?.bytes)
        },
    },
    Step {
        name: "SignUp",
        powers: 1.0,
        request: |address, name, _| {
            let more = json!({"Password": PASSWORD, "UserAttributes": email(name)});
            Ok(open(address, "SignUp", name, more))
        },
    },
    Step {
        name: "ConfirmSignUp",
        powers: 0.0,
        request: |address, name, codes| {
            let more = json!({"ConfirmationCode": code(codes, name)?});
            Ok(open(address, "ConfirmSignUp", name, more))
        },
    },
    Step {
        name: "ForgotPassword",
        powers: 0.0,
        request: |address, name, _| Ok(open(address, "ForgotPassword", name, json!({}))),
    },
    Step {
        name: "ConfirmForgotPassword",
        powers: 1.0,
        request: |address, name, codes| {
            let more = json!({"ConfirmationCode": code(codes, name)?, "Password": NEW});
            Ok(open(address, "ConfirmForgotPassword", name, more))
        },
    },
];

fn email(name: &str) -> Value {
    json!([{"Name": "email", "Value": format!("{name}@example.com")}])
}

fn open(address: SocketAddr, operation: &str, name: &str, mut input: Value) -> Vec<u8> {
    input["ClientId"] = CLIENT.into();
    input["Username"] = name.into();
    Request::open(address, operation, &input)
}

fn code<'a>(codes: &'a Codes, name: &str) -> Result<&'a str, Error> {
    let code = codes.get(name).ok_or("no code was sent")?;
    Ok(code)
}

/// Measures and prints the results.
pub(crate) fn measure(quick: bool) -> Result<Vec<Figure>, Error> {
    let each = if quick { 4 } else { 64 };
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let database = directory.path().join("accounts.db");
    let server = serve(&database)?;
    // The first request of an app makes the pool's keys, which takes long.
    let first = open(
        server.address,
        "SignUp",
        "first",
        json!({"Password": PASSWORD}),
    );
    crate::load::once(server.address, &first)?;
    let cryptography = Cryptography::measure(&key_pair()?)?;
    let names: Vec<String> = (0..CLIENTS * each)
        .map(|user| format!("user{user}"))
        .collect();
    let commits = commits_of_one(&server, each)?;
    println!(
        "\nAccounts, {CLIENTS} clients, {} of each; one client gets {commits:.0} durable commits a second\n\n\
         {:<24} {:>9} {:>14} {:>12} {:>14} {:>9}",
        names.len(),
        "",
        "a second",
        "of one's",
        "CPU us each",
        "unavoidable us",
        "multiple"
    );
    let (mut figures, mut lines) = (Vec::new(), Vec::new());
    for step in &STEPS {
        let codes = codes(&database)?;
        let (rate, cpu) = measure_step(&server, step, &names, &codes)?;
        let unavoidable = step.powers * cryptography.power_of_known;
        let (of_one, multiple) = (rate / commits, cpu / unavoidable);
        let shown = if step.powers > 0.0 {
            format!("{multiple:.2}")
        } else {
            "-".to_owned()
        };
        let name = step.name;
        println!(
            "{name:<24} {rate:>9.0} {of_one:>14.1} {cpu:>12.0} {unavoidable:>14.0} {shown:>9}"
        );
        lines.push(json!({"name": name, "per_second": rate, "of_one": of_one, "cpu_us": cpu, "unavoidable_us": unavoidable}));
        figures.push(Figure {
            what: format!("{name} a second by {CLIENTS} clients against the commits of one"),
            measured: of_one,
            aim: Aim::None,
        });
    }
    let json =
        json!({"quick": quick, "clients": CLIENTS, "commits_of_one": commits, "rows": lines});
    write_json("accounts", &json)?;
    Ok(figures)
}

/// The rate of a step, and the server's processor time for one, in microseconds.
fn measure_step(
    server: &Server,
    step: &Step,
    names: &[String],
    codes: &Codes,
) -> Result<(f64, f64), Error> {
    let address = server.address;
    let requests = names
        .iter()
        .map(|name| (step.request)(address, name, codes));
    let requests = requests.collect::<Result<Vec<_>, _>>()?;
    let shares = requests.chunks(requests.len().div_ceil(CLIENTS));
    let shares: Vec<Vec<Vec<u8>>> = shares.map(<[_]>::to_vec).collect();
    let before = server.cpu()?;
    let begun = Instant::now();
    runtime()?.block_on(async {
        let mut running = JoinSet::new();
        for share in shares {
            running.spawn(send_all(address, share));
        }
        while let Some(done) = running.join_next().await {
            done??;
        }
        Ok::<_, Error>(())
    })?;
    let (took, cpu) = (begun.elapsed(), server.cpu()?.saturating_sub(before));
    let count = f64::from(u32::try_from(names.len())?);
    Ok((count / took.as_secs_f64(), cpu.as_secs_f64() * 1e6 / count))
}

async fn send_all(address: SocketAddr, requests: Vec<Vec<u8>>) -> Result<(), Error> {
    let mut connection = Connection::open(address).await?;
    for request in requests {
        connection.call(&request).await?;
    }
    Ok(())
}

/// The durable commits that one client gets in a second: changes of one user.
fn commits_of_one(server: &Server, each: usize) -> Result<f64, Error> {
    let address = server.address;
    let create = json!({"UserPoolId": POOL, "Username": "one", "MessageAction": "SUPPRESS"});
    let create = Request::sign(address, "AdminCreateUser", &create, String::new())?;
    let change = json!({"UserPoolId": POOL, "Username": "one", "UserAttributes": [{"Name": "nickname", "Value": "n"}]});
    let change = Request::sign(address, "AdminUpdateUserAttributes", &change, String::new())?;
    let count = each * 8;
    let changes = vec![change.bytes; count];
    runtime()?.block_on(async {
        send_all(address, vec![create.bytes]).await?;
        let begun = Instant::now();
        send_all(address, changes).await?;
        Ok(f64::from(u32::try_from(count)?) / begun.elapsed().as_secs_f64())
    })
}

/// The code that each user was sent last.
fn codes(database: &Path) -> Result<Codes, Error> {
    let file = File::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut rows = file.prepare(
        "SELECT username_key, code FROM outbox JOIN users ON users.row = outbox.user_row ORDER BY id",
    )?;
    let codes = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(codes.collect::<rusqlite::Result<_>>()?)
}

/// Serves a pool that verifies email addresses.
fn serve(database: &Path) -> Result<Server, Error> {
    let pool = json!({"Id": POOL, "Name": "Accounts", "AutoVerifiedAttributes": ["email"]});
    let client = json!({"ClientId": CLIENT, "ClientName": "Accounts"});
    apply(database, &json!({"UserPool": pool, "Clients": [client]}))?;
    poolhouse_on_all_cores(database)
}
