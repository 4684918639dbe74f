//! Whether the time of an answer reveals which users exist, if the client hides them (`PreventUserExistenceErrors`).
//!
//! Users with a wrong password, names that nobody has, and users in states of their own are tried in random order, each name once
//! in each flow, so that none is locked out. Then users sign up, with addresses that are an alias of somebody and with others. What
//! is compared are the times of one moment, in pairs, by Wilcoxon's test and with confidence intervals. The same arithmetic must see
//! no difference between pairs of one kind, and must see one where a small delay is added, and where the client hides nothing;
//! otherwise the run fails, at its end.
//!
//! The database is in memory where the system has a file system there: the time of a disk hides more than any of these times.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
#![expect(clippy::print_stdout, reason = "a benchmark shows what it measured")]

mod statistics;

use std::net::SocketAddr;
use std::path::Path;
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
use crate::registry::apply;
use crate::report::{Aim, Figure, write_json};
use crate::requests::Request;
use crate::server::{self, Server};
use crate::{Error, cores};

const POOL: &str = "us-east-1_Timing";
const DISCREET: &str = "discreet000000000000000000";
const TALKATIVE: &str = "talkative00000000000000000";
/// The pool and the client for sign-ups, where a verified email address names its user.
const POOL_OF_ALIASES: &str = "us-east-1_Aliases";
const APP_OF_ALIASES: &str = "aliases0000000000000000000";
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

/// Times in microseconds, of each step and kind, in the order of the rows of [`Names`]. `ConfirmSignUp` has none of users who are confirmed, which every client is told.
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

    /// The seed of the pool for everything but sign-ups.
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

    /// The seed of the pool for sign-ups: the address of every user with a password is somebody's alias there.
    fn seed_of_aliases(&self) -> Value {
        let users = self
            .0
            .iter()
            .map(|names| &names[Kind::WrongPassword as usize]);
        json!({
            "UserPool": {"Id": POOL_OF_ALIASES, "Name": "Aliases", "AutoVerifiedAttributes": ["email"], "AliasAttributes": ["email"]},
            "Clients": [{"ClientId": APP_OF_ALIASES, "ClientName": "Timing", "PreventUserExistenceErrors": "ENABLED"}],
            "Users": users.filter_map(|name| Kind::WrongPassword.seeded(name)).collect::<Vec<_>>(),
        })
    }
}

/// What was found, step by step.
struct Findings {
    quick: bool,
    lines: Vec<Value>,
    /// The steps where the arithmetic did not tell the known delay from chance.
    blind: Vec<&'static str>,
    /// The largest difference, in microseconds.
    most: f64,
}

impl Findings {
    /// Compares the times of the real kind with those of each other one, and checks the arithmetic on the real ones.
    fn compare<'a>(
        &mut self,
        step: &'static str,
        real: &[f64],
        others: impl IntoIterator<Item = (&'a str, &'a [f64])>,
        chance: &mut StdRng,
    ) -> Result<(), Error> {
        for (name, times) in others {
            let pairs: Vec<_> = real.iter().copied().zip(times.iter().copied()).collect();
            let came = Comparison::of(&pairs, chance)?;
            self.most = self.most.max(came.difference.abs());
            self.lines.push(shown(step, name, &came));
        }
        let mut neighbours = neighbours(real, chance);
        let same = Comparison::of(&neighbours, chance)?;
        self.lines.push(shown(step, "its neighbour", &same));
        for (_, later) in &mut neighbours {
            *later += KNOWN_DELAY_US;
        }
        let delayed = Comparison::of(&neighbours, chance)?;
        let against = format!("its neighbour and {KNOWN_DELAY_US} us");
        self.lines.push(shown(step, &against, &delayed));
        if !self.quick && (same.is_certain() || !delayed.is_certain()) {
            self.blind.push(step);
        }
        Ok(())
    }
}

/// Measures every step.
pub(crate) fn measure(quick: bool) -> Result<Vec<Figure>, Error> {
    let count = if quick { 200 } else { 3000 };
    let mut chance = StdRng::seed_from_u64(rand::random());
    let directory = directory()?;
    let names = Names::draw(count, &mut chance);
    let database = directory.path().join("timing.db");
    apply(&database, &names.seed())?;
    apply(&database, &names.seed_of_aliases())?;
    let server = server::poolhouse(&database, "off")?;
    cores::take_the_other()?;
    let discreet = times(&server, DISCREET, &names, &mut chance)?;
    let (free, taken) = sign_ups(&server, &names, &mut chance)?;
    // No user is locked out: the client that hides nothing tries half of the names, in the one step that counts no attempts.
    let few = Names(names.0.into_iter().take(count / 2).collect());
    let talkative = first_steps(&server, TALKATIVE, &few, &mut chance)?;

    let mut found = Findings {
        quick,
        lines: Vec::new(),
        blind: Vec::new(),
        most: 0.0,
    };
    println!(
        "{count} names of each kind; times and differences in microseconds, intervals of 99 %\n"
    );
    println!(
        "{:<26} {:<30} {:>9} {:>9} {:>20} {:>7}",
        "step", "against who it is real for", "median", "differs", "interval", "z"
    );
    for ((step, real), times) in STEPS.into_iter().zip(&discreet) {
        let others = Kind::ALL.into_iter().zip(times);
        let others = others.filter(|(kind, other)| *kind != real && !other.is_empty());
        let others = others.map(|(kind, other)| (kind.name(), other.as_slice()));
        found.compare(step, &times[real as usize], others, &mut chance)?;
    }
    let taken = [("an address that somebody has", taken.as_slice())];
    found.compare("SignUp", &free, taken, &mut chance)?;
    let [wrong, nobody, ..] = &talkative;
    let told: Vec<_> = wrong.iter().copied().zip(nobody.iter().copied()).collect();
    let told = Comparison::of(&told, &mut chance)?;
    let line = shown(STEPS[0].0, "nobody, hidden by nothing", &told);
    found.lines.push(line);
    if !told.is_certain() {
        return Err("a client that hides nothing shows no difference".into());
    }
    write_json(
        "timing",
        &json!({"quick": quick, "names": count, "rows": found.lines}),
    )?;
    if !found.blind.is_empty() {
        let steps = found.blind.join(", ");
        return Err(format!("{steps}: the arithmetic does not tell delays from chance").into());
    }
    Ok(vec![Figure {
        what: "microseconds between the medians of a wrong password and of anybody else, at most"
            .to_owned(),
        measured: found.most,
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

/// Times that follow each other, in pairs, each in random order.
fn neighbours(sample: &[f64], chance: &mut StdRng) -> Vec<(f64, f64)> {
    let pairs = sample.as_chunks().0.iter().map(|[one, next]| {
        if chance.random() {
            (*one, *next)
        } else {
            (*next, *one)
        }
    });
    pairs.collect()
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

/// Signs new users up, each of whom gives an address that nobody has, or one that somebody has, in random order. The times of both.
fn sign_ups(
    server: &Server,
    names: &Names,
    chance: &mut StdRng,
) -> Result<(Vec<f64>, Vec<f64>), Error> {
    let (mut free, mut taken) = (Vec::new(), Vec::new());
    runtime()?.block_on(async {
        let mut app = App::open(server.address, APP_OF_ALIASES).await?;
        for names in &names.0 {
            let [somebody, nobody, first, second, _] = names;
            let mut both = [(first, somebody, &mut taken), (second, nobody, &mut free)];
            both.shuffle(chance);
            for (name, address, times) in both {
                times.push(app.sign_up(name, address).await?);
            }
        }
        Ok::<_, Error>(())
    })?;
    Ok((free, taken))
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

    /// How long it took to sign the name up with this address at `example.com`.
    async fn sign_up(&mut self, name: &str, address: &str) -> Result<f64, Error> {
        let email = json!({"Name": "email", "Value": format!("{address}@example.com")});
        let input = json!({"ClientId": self.client, "Username": name, "Password": PASSWORD, "UserAttributes": [email]});
        let request = Request::open(self.address, "SignUp", &input);
        self.answered(&request, None).await
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
