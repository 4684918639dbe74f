//! Whether the time of an answer reveals which users exist, if the client hides them (`PreventUserExistenceErrors`).
//!
//! Users with a wrong password, names that nobody has, and users in states of their own are tried in random order, each name once
//! in each flow, so that none is locked out. What is compared are the medians of their times, by Mann and Whitney's test and with
//! confidence intervals. The same arithmetic must see no difference between two halves of one kind, and must see one where a
//! small delay is added, and where the client hides nothing; otherwise the run fails, at its end.
//!
//! The database is in memory where the system has a file system there: the time of a disk hides more than any of these times.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
#![expect(clippy::print_stdout, reason = "a benchmark shows what it measured")]

mod statistics;

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tempfile::TempDir;

use self::statistics::Comparison;
use crate::http::Connection;
use crate::load::runtime;
use crate::report::{Aim, Figure, write_json};
use crate::requests::Request;
use crate::server::{self, Server};
use crate::{Error, cores};

const POOL: &str = "us-east-1_Timing";
const DISCREET: &str = "discreet000000000000000000";
const TALKATIVE: &str = "talkative00000000000000000";
const PASSWORD: &str = "Correct-Horse-7";
const WRONG: &str = "Mistaken-Horse-7";

/// The delay that the test must detect when it is added to half of a sample.
const KNOWN_DELAY_US: f64 = 50.0;

/// The kinds of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    WrongPassword,
    Nobody,
    NoPassword,
    Disabled,
    Unconfirmed,
}

impl Kind {
    const ALL: [Self; 5] = [
        Self::WrongPassword,
        Self::Nobody,
        Self::NoPassword,
        Self::Disabled,
        Self::Unconfirmed,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::WrongPassword => "a user with a wrong password",
            Self::Nobody => "nobody",
            Self::NoPassword => "a user without a password",
            Self::Disabled => "a disabled user",
            Self::Unconfirmed => "a user who is not confirmed",
        }
    }

    /// The user in the seed, if there is one. Of those who are confirmed, only the first has a verified address; who is not
    /// confirmed has one that the pool verifies.
    fn seeded(self, name: &str) -> Option<Value> {
        let email = json!({"Name": "email", "Value": format!("{name}@example.com")});
        match self {
            Self::WrongPassword => Some(json!({"Username": name, "Password": PASSWORD,
                "UserAttributes": [email, {"Name": "email_verified", "Value": "true"}]})),
            Self::Nobody => None,
            Self::NoPassword => Some(json!({"Username": name})),
            Self::Disabled => {
                Some(json!({"Username": name, "Password": PASSWORD, "Enabled": false}))
            }
            Self::Unconfirmed => Some(json!({"Username": name, "Password": PASSWORD,
                "UserStatus": "UNCONFIRMED", "UserAttributes": [email]})),
        }
    }
}

/// The timed steps, and the kind of user that the others must look like: of the last four, the one who is really sent a code.
const STEPS: [(&str, Kind); 8] = [
    ("USER_SRP_AUTH", Kind::WrongPassword),
    ("PASSWORD_VERIFIER", Kind::WrongPassword),
    ("USER_PASSWORD_AUTH", Kind::WrongPassword),
    ("ADMIN_USER_PASSWORD_AUTH", Kind::WrongPassword),
    ("ForgotPassword", Kind::WrongPassword),
    ("ConfirmForgotPassword", Kind::WrongPassword),
    ("ResendConfirmationCode", Kind::Unconfirmed),
    ("ConfirmSignUp", Kind::Unconfirmed),
];

/// Times in microseconds, of each step and kind. `ConfirmSignUp` has none of users who are confirmed, which every client is told.
type Times = [[Vec<f64>; Kind::ALL.len()]; STEPS.len()];

/// The names of all kinds, all of the same form; which kind a name has is random.
struct Names(Vec<[String; Kind::ALL.len()]>);

impl Names {
    fn draw(count: usize, chance: &mut StdRng) -> Self {
        let name = |chance: &mut StdRng| format!("u{:016x}", chance.random::<u64>());
        Self(
            (0..count)
                .map(|_| Kind::ALL.map(|_| name(chance)))
                .collect(),
        )
    }

    fn seed(&self) -> Value {
        let users = self.0.iter().flat_map(|names| {
            let names = Kind::ALL.into_iter().zip(names);
            names.filter_map(|(kind, name)| kind.seeded(name))
        });
        let client = |id: &str, hides: &str| {
            json!({"ClientId": id, "ClientName": "Timing", "PreventUserExistenceErrors": hides, "ExplicitAuthFlows": [
                "ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"
            ]})
        };
        json!({
            "UserPool": {"Id": POOL, "Name": "Timing", "AutoVerifiedAttributes": ["email"],
                "AccountRecoverySetting": {"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]}},
            "Clients": [client(DISCREET, "ENABLED"), client(TALKATIVE, "LEGACY")],
            "Users": users.collect::<Vec<_>>(),
        })
    }
}

/// Measures every step.
pub(crate) fn measure(quick: bool) -> Result<Vec<Figure>, Error> {
    let count = if quick { 200 } else { 3000 };
    let mut chance = StdRng::seed_from_u64(rand::random());
    let directory = directory()?;
    let names = Names::draw(count, &mut chance);
    let seed = directory.path().join("timing.json");
    let database = directory.path().join("timing.db");
    fs::write(&seed, names.seed().to_string())?;
    let applied = Command::new(env!("CARGO_BIN_EXE_poolhouse"))
        .env_clear()
        .args(["seed", "apply", "--create"])
        .arg(&seed)
        .arg("--database")
        .arg(&database)
        .stdout(Stdio::null())
        .status()?;
    if !applied.success() {
        return Err(format!("seed apply ended with {applied}").into());
    }
    let server = server::poolhouse(&database, "off")?;
    cores::take_the_other()?;
    let discreet = times(&server, DISCREET, &names, &mut chance)?;
    // No user is locked out: the client that hides nothing tries half of the names, in the one step that counts no attempts.
    let few = Names(names.0.into_iter().take(count / 2).collect());
    let talkative = first_steps(&server, TALKATIVE, &few, &mut chance)?;

    let mut lines = Vec::new();
    let mut blind = Vec::new();
    println!(
        "{count} names of each kind; times and differences in microseconds, intervals of 99 %\n"
    );
    println!(
        "{:<26} {:<30} {:>9} {:>9} {:>20} {:>7}",
        "step", "against who it is real for", "median", "differs", "interval", "z"
    );
    let mut most: f64 = 0.0;
    for ((step, real), times) in STEPS.into_iter().zip(&discreet) {
        let real_times = &times[real as usize];
        for (kind, other) in Kind::ALL.into_iter().zip(times) {
            if kind == real || other.is_empty() {
                continue;
            }
            let came = Comparison::of(real_times, other, &mut chance)?;
            most = most.max(came.difference.abs());
            lines.push(shown(step, kind.name(), &came));
        }
        let (one, another) = halves(real_times, &mut chance);
        let same = Comparison::of(&one, &another, &mut chance)?;
        lines.push(shown(step, "itself, in two halves", &same));
        let late: Vec<f64> = another.iter().map(|time| time + KNOWN_DELAY_US).collect();
        let delayed = Comparison::of(&one, &late, &mut chance)?;
        lines.push(shown(
            step,
            &format!("itself and {KNOWN_DELAY_US} us"),
            &delayed,
        ));
        if !quick && (same.is_certain() || !delayed.is_certain()) {
            blind.push(step);
        }
    }
    let [wrong, nobody, ..] = &talkative;
    let told = Comparison::of(wrong, nobody, &mut chance)?;
    lines.push(shown(STEPS[0].0, "nobody, hidden by nothing", &told));
    if !told.is_certain() {
        return Err("a client that hides nothing shows no difference".into());
    }
    write_json(
        "timing",
        &json!({"quick": quick, "names": count, "rows": lines}),
    )?;
    if !blind.is_empty() {
        let steps = blind.join(", ");
        return Err(format!("{steps}: the arithmetic does not tell delays from chance").into());
    }
    Ok(vec![Figure {
        what: "microseconds between the medians of a wrong password and of anybody else, at most"
            .to_owned(),
        measured: most,
        aim: Aim::None,
    }])
}

/// A folder of the file system in memory, where Linux has one.
fn directory() -> Result<TempDir, Error> {
    let in_memory = Path::new("/dev/shm");
    Ok(if in_memory.is_dir() {
        tempfile::tempdir_in(in_memory)?
    } else {
        tempfile::tempdir()?
    })
}

fn shown(step: &str, against: &str, came: &Comparison) -> Value {
    let Comparison {
        median,
        difference,
        interval: (low, high),
        z,
    } = came;
    let interval = format!("{low:.1} to {high:.1}");
    println!("{step:<26} {against:<30} {median:>9.1} {difference:>9.1} {interval:>20} {z:>7.1}");
    json!({"step": step, "against": against, "median": median, "difference": difference, "low": low, "high": high, "z": z})
}

/// The sample, divided into two.
fn halves(sample: &[f64], chance: &mut StdRng) -> (Vec<f64>, Vec<f64>) {
    let mut dealt = sample.to_vec();
    dealt.shuffle(chance);
    let second = dealt.split_off(dealt.len() / 2);
    (dealt, second)
}

/// Tries every name in every flow, the kinds in random order.
fn times(
    server: &Server,
    client: &str,
    names: &Names,
    chance: &mut StdRng,
) -> Result<Times, Error> {
    let mut times = Times::default();
    runtime()?.block_on(async {
        let mut app = App::open(server.address, client).await?;
        for names in &names.0 {
            for place in order(chance) {
                let taken = app.try_all(&names[place], chance).await?;
                let confirmed =
                    ![Kind::Nobody, Kind::Disabled, Kind::Unconfirmed].contains(&Kind::ALL[place]);
                let codes = app.ask_for_codes(&names[place], confirmed).await?;
                let taken = taken.into_iter().map(Some).chain(codes);
                for (times, taken) in times.iter_mut().zip(taken) {
                    times[place].extend(taken);
                }
            }
        }
        Ok::<_, Error>(times)
    })
}

/// Tries every name in the first step of SRP only.
fn first_steps(
    server: &Server,
    client: &str,
    names: &Names,
    chance: &mut StdRng,
) -> Result<[Vec<f64>; Kind::ALL.len()], Error> {
    let mut times = <[Vec<f64>; Kind::ALL.len()]>::default();
    runtime()?.block_on(async {
        let mut app = App::open(server.address, client).await?;
        for names in &names.0 {
            for place in order(chance) {
                let (_, taken) = app.begin_srp(&names[place]).await?;
                times[place].push(taken);
            }
        }
        Ok::<_, Error>(times)
    })
}

fn order(chance: &mut StdRng) -> [usize; Kind::ALL.len()] {
    let mut order = std::array::from_fn(|place| place);
    order.shuffle(chance);
    order
}

/// An app that tries passwords.
struct App<'a> {
    connection: Connection,
    address: SocketAddr,
    client: &'a str,
}

impl<'a> App<'a> {
    async fn open(address: SocketAddr, client: &'a str) -> Result<Self, Error> {
        let connection = Connection::open(address).await?;
        Ok(Self {
            connection,
            address,
            client,
        })
    }

    /// The times of all steps that sign in.
    async fn try_all(&mut self, name: &str, chance: &mut StdRng) -> Result<[f64; 4], Error> {
        let (asked, begun) = self.begin_srp(name).await?;
        let asked = &asked["ChallengeParameters"];
        let now = chrono::Utc::now().format("%a %b %-d %H:%M:%S UTC %Y");
        let signature: [u8; 32] = chance.random();
        let responses = json!({
            "USERNAME": name, "PASSWORD_CLAIM_SECRET_BLOCK": asked["SECRET_BLOCK"], "TIMESTAMP": now.to_string(),
            "PASSWORD_CLAIM_SIGNATURE": STANDARD.encode(signature),
        });
        let claim = json!({"ClientId": self.client, "ChallengeName": STEPS[1].0, "ChallengeResponses": responses});
        let claim = Request::open(self.address, "RespondToAuthChallenge", &claim);
        let password = json!({"USERNAME": name, "PASSWORD": WRONG});
        let by_password =
            json!({"ClientId": self.client, "AuthFlow": STEPS[2].0, "AuthParameters": password});
        let by_password = Request::open(self.address, "InitiateAuth", &by_password);
        let by_admin = json!({"UserPoolId": POOL, "ClientId": self.client, "AuthFlow": STEPS[3].0, "AuthParameters": password});
        let by_admin = Request::sign(self.address, "AdminInitiateAuth", &by_admin, String::new())?;
        Ok([
            begun,
            self.refused(&claim).await?,
            self.refused(&by_password).await?,
            self.refused(&by_admin.bytes).await?,
        ])
    }

    /// The times of the steps with codes. A user who is `confirmed` is not confirmed again.
    async fn ask_for_codes(
        &mut self,
        name: &str,
        confirmed: bool,
    ) -> Result<[Option<f64>; 4], Error> {
        let input = json!({"ClientId": self.client, "Username": name, "ConfirmationCode": "nocode", "Password": PASSWORD});
        let request = |operation, members: &[&str]| {
            let members = members
                .iter()
                .map(|member| ((*member).to_owned(), input[*member].clone()));
            let input = Value::Object(members.collect());
            Request::open(self.address, operation, &input)
        };
        let who = ["ClientId", "Username"];
        let code = ["ClientId", "Username", "ConfirmationCode"];
        let all = ["ClientId", "Username", "ConfirmationCode", "Password"];
        let requests = [
            request(STEPS[4].0, &who),
            request(STEPS[5].0, &all),
            request(STEPS[6].0, &who),
            request(STEPS[7].0, &code),
        ];
        let [forgot, reset, resend, confirm] = &requests;
        let wrong = "Invalid verification code provided, please try again.";
        Ok([
            Some(self.answered(forgot, None).await?),
            Some(self.answered(reset, Some(wrong)).await?),
            Some(self.answered(resend, None).await?),
            if confirmed {
                None
            } else {
                Some(self.answered(confirm, Some(wrong)).await?)
            },
        ])
    }

    /// The answer to the first step of SRP, and how long it took.
    async fn begin_srp(&mut self, name: &str) -> Result<(Value, f64), Error> {
        let parameters = json!({"USERNAME": name, "SRP_A": "5a17".repeat(190)});
        let input =
            json!({"ClientId": self.client, "AuthFlow": STEPS[0].0, "AuthParameters": parameters});
        let request = Request::open(self.address, "InitiateAuth", &input);
        let (answer, taken) = self.timed(&request).await?;
        Ok((answer, taken))
    }

    /// How long a refusal of the password took.
    async fn refused(&mut self, request: &[u8]) -> Result<f64, Error> {
        self.answered(request, Some("Incorrect username or password."))
            .await
    }

    /// How long the answer took, which must have this message or none.
    async fn answered(&mut self, request: &[u8], message: Option<&str>) -> Result<f64, Error> {
        let (answer, taken) = self.timed(request).await?;
        if answer["message"].as_str() == message {
            Ok(taken)
        } else {
            Err(format!("expected {message:?}, answered {answer}").into())
        }
    }

    async fn timed(&mut self, request: &[u8]) -> Result<(Value, f64), Error> {
        let begun = Instant::now();
        let (_, body) = self.connection.exchange(request).await?;
        let taken: Duration = begun.elapsed();
        Ok((serde_json::from_slice(body)?, taken.as_secs_f64() * 1e6))
    }
}
