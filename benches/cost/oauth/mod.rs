//! What a sign-in in the browser costs: a whole code flow, a token of client credentials and `userInfo`, each against the cryptography
//! in it, and the page to sign in against a lookup.
//!
//! Browsers come all at once, each on a connection of its own, and the server's processor time is divided by what it has answered, as
//! for sign-ins and accounts: one browser alone would pay for the sleep and the waking of every thread and for each fsync, which the
//! browsers of a busy server share. Lookups are measured in the same way, in turns with everything else, and the cryptography in the
//! same rounds. What one browser alone waits for is shown beside it.
//!
//! The cryptography of a code flow is the power of g that its password is checked by, and the signatures of two tokens; that of client
//! credentials, the signature of one; that of `userInfo`, the verification of one with a key that has been read before. A signature
//! contains the hash of what is signed, which is as long as a token. The other hashes (of the code, the cookies, the form), of some
//! hundred bytes together, are not counted: they are part of the multiple.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
#![expect(clippy::print_stdout, reason = "a benchmark shows what it measured")]

mod browser;

use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::Error;
use crate::load::runtime;
use crate::registry::apply;
use crate::report::{Aim, Figure, median, progress, say, write_json};
use crate::server::{Server, poolhouse_on_all_cores};
use crate::sign_ins::cryptography::{self, Cryptography};
use browser::{Browser, Work};

const POOL: &str = "us-east-1_Browser";
const WEB: &str = "web00000000000000000000000";
const MACHINE: &str = "machine0000000000000000000";
const SECRET: &str = "asecretofamachinethathasmanycharacters000000000";
const PASSWORD: &str = "Correct-Horse-7";
const DEVICE: &str = "us-east-1_3f2a9c1e-7b64-4d0a-9e55-0c8b1d6f2a47";

/// Browsers that come at the same time, each of another user.
const BROWSERS: usize = 64;

/// The request for authorization, as the query string of each address.
const REQUEST: &str = "client_id=web00000000000000000000000&response_type=code&scope=openid&state=s\
    &redirect_uri=http%3A%2F%2Flocalhost%3A3000%2F";

const MAX_RATIO: f64 = 1.5;

/// What is measured: its name, its work, how often each browser does it in a round, and the cryptography in it.
struct Row {
    name: &'static str,
    work: Work,
    times: u32,
    unavoidable: fn(&Known) -> f64,
}

const ROWS: [Row; 3] = [
    Row {
        name: "a code flow",
        work: Work::CodeFlow,
        times: 8,
        unavoidable: |known| 2.0_f64.mul_add(known.signature, known.power),
    },
    Row {
        name: "a token of client credentials",
        work: Work::ClientCredentials,
        times: 16,
        unavoidable: |known| known.signature,
    },
    Row {
        name: "userInfo",
        work: Work::UserInfo,
        times: 64,
        unavoidable: |known| known.verification,
    },
];

/// The processor time of the cryptography, in microseconds.
struct Known {
    power: f64,
    signature: f64,
    verification: f64,
}

/// What one round has measured, in microseconds of processor time.
struct Round {
    lookup: f64,
    page: f64,
    /// Of each row: what it took, and the cryptography in it.
    rows: Vec<(f64, f64)>,
}

/// Measures and prints the results.
pub(crate) fn measure(quick: bool) -> Result<Vec<Figure>, Error> {
    let (rounds, share) = if quick { (3, 4) } else { (7, 1) };
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let database = directory.path().join("oauth.db");
    apply(&database, &seed())?;
    let server = poolhouse_on_all_cores(&database)?;
    println!(
        "\nSign-ins in the browser, {BROWSERS} browsers at once, medians of {rounds} rounds\n"
    );
    runtime()?.block_on(async {
        let mut browsers = Vec::new();
        for user in 0..BROWSERS {
            browsers.push(Browser::open(server.address, user).await?);
        }
        let mut measured = Vec::new();
        for round in 0..rounds {
            measured.push(one_round(&server, &mut browsers, share).await?);
            progress(round + 1, rounds);
        }
        let mut figures = figures(&measured);
        let alone = browsers.first_mut().ok_or("there is no browser")?;
        figures.push(alone_figure(
            alone.alone(if quick { 50 } else { 500 }).await?,
        ));
        let shown: Vec<_> = figures.iter().map(Figure::to_json).collect();
        write_json(
            "oauth",
            &json!({"quick": quick, "browsers": BROWSERS, "figures": shown}),
        )?;
        Ok(figures)
    })
}

async fn one_round(
    server: &Server,
    browsers: &mut Vec<Browser>,
    share: u32,
) -> Result<Round, Error> {
    let key = cryptography::key_pair()?;
    let known = Cryptography::measure(&key)?;
    let known = Known {
        power: known.power_of_known,
        signature: known.signature,
        verification: cryptography::verification(&key)?,
    };
    let mut rows = Vec::new();
    for row in &ROWS {
        let took = cpu(server, browsers, row.work, row.times.div_ceil(share)).await?;
        rows.push((took, (row.unavoidable)(&known)));
    }
    let times = 64_u32.div_ceil(share);
    Ok(Round {
        lookup: cpu(server, browsers, Work::Lookup, times).await?,
        page: cpu(server, browsers, Work::Page, times).await?,
        rows,
    })
}

/// The server's processor time for one piece of the work, in microseconds, when all browsers do it so many times.
async fn cpu(
    server: &Server,
    browsers: &mut Vec<Browser>,
    work: Work,
    times: u32,
) -> Result<f64, Error> {
    let count = f64::from(u32::try_from(browsers.len())? * times);
    let before = server.cpu()?;
    let mut working = JoinSet::new();
    for browser in browsers.drain(..) {
        working.spawn(browser.work(work, times));
    }
    while let Some(done) = working.join_next().await {
        browsers.push(done??);
    }
    let taken = server.cpu()?.saturating_sub(before);
    Ok(taken.as_secs_f64() * 1e6 / count)
}

fn figures(rounds: &[Round]) -> Vec<Figure> {
    let mut figures = Vec::new();
    for (number, row) in ROWS.iter().enumerate() {
        let of = |figure: fn(&(f64, f64)) -> f64| {
            let rows = rounds.iter().filter_map(|round| round.rows.get(number));
            median(rows.map(figure))
        };
        let (cpu, unavoidable) = (of(|row| row.0), of(|row| row.1));
        let name = row.name;
        say(format_args!(
            "{name}: {cpu:.0} us of processor time, its cryptography {unavoidable:.0}"
        ));
        figures.push(Figure {
            what: format!("{name} against its cryptography, processor time"),
            measured: of(|row| row.0 / row.1),
            aim: Aim::AtMost(MAX_RATIO),
        });
    }
    let of = |figure: fn(&Round) -> f64| median(rounds.iter().map(figure));
    say(format_args!(
        "the page to sign in: {:.1} us of processor time, a lookup {:.1}",
        of(|round| round.page),
        of(|round| round.lookup)
    ));
    figures.push(Figure {
        what: "the page to sign in against a lookup, processor time".to_owned(),
        measured: of(|round| round.page / round.lookup),
        aim: Aim::AtMost(MAX_RATIO),
    });
    figures
}

fn alone_figure([flow, page, lookup]: [Duration; 3]) -> Figure {
    say(format_args!(
        "one browser alone: a code flow {:.1} ms, the first byte of the page to sign in {} us, a lookup {} us",
        flow.as_secs_f64() * 1e3,
        page.as_micros(),
        lookup.as_micros()
    ));
    Figure {
        what: "the first byte of the page to sign in against a lookup, one browser alone"
            .to_owned(),
        measured: page.as_secs_f64() / lookup.as_secs_f64(),
        aim: Aim::AtMost(MAX_RATIO),
    }
}

/// A pool with a domain, a client for browsers and one for machines.
fn seed() -> Value {
    let users = (0..BROWSERS).map(|number| {
        json!({"Username": format!("user{number}"), "Password": PASSWORD, "Devices": [{"DeviceKey": DEVICE}]})
    });
    json!({
        "UserPool": {"Id": POOL, "Name": "Browser",
            "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": true}},
        "Domains": [{"Domain": "browser", "ManagedLoginVersion": 1}],
        "ResourceServers": [{"Identifier": "shop", "Name": "shop", "Scopes": [{"ScopeName": "read", "ScopeDescription": "read"}]}],
        "Clients": [
            {"ClientId": WEB, "ClientName": "web", "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["code"],
                "AllowedOAuthScopes": ["openid"], "CallbackURLs": ["http://localhost:3000/"], "SupportedIdentityProviders": ["COGNITO"]},
            {"ClientId": MACHINE, "ClientName": "machine", "ClientSecret": SECRET, "AllowedOAuthFlowsUserPoolClient": true,
                "AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthScopes": ["shop/read"]},
        ],
        "Users": users.collect::<Vec<_>>(),
    })
}
