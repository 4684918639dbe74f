//! What a sign-in in the browser costs: a whole code flow, a token of client credentials and `userInfo`, each against the cryptography
//! in it, and the first byte of the sign-in page against a lookup.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::Error;
use crate::http::Connection;
use crate::load::runtime;
use crate::registry::apply;
use crate::report::{Aim, Figure, median, say, write_json};
use crate::requests::Request;
use crate::server::{Server, poolhouse_on_all_cores};
use crate::sign_ins::cryptography::{self, Cryptography};

const POOL: &str = "us-east-1_Browser";
const WEB: &str = "web00000000000000000000000";
const MACHINE: &str = "machine0000000000000000000";
const SECRET: &str = "asecretofamachinethathasmanycharacters000000000";
const PASSWORD: &str = "Correct-Horse-7";
const DEVICE: &str = "us-east-1_3f2a9c1e-7b64-4d0a-9e55-0c8b1d6f2a47";

/// Users in turn, so that none has all sign-ins.
const USERS: usize = 50;

/// The request for authorization, as the query string of each address.
const REQUEST: &str = "client_id=web00000000000000000000000&response_type=code&scope=openid&state=s\
    &redirect_uri=http%3A%2F%2Flocalhost%3A3000%2F";

const MAX_RATIO: f64 = 1.5;

/// Measures and prints the results.
pub(crate) fn measure(quick: bool) -> Result<Vec<Figure>, Error> {
    let times = if quick { 50 } else { 500 };
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let database = directory.path().join("oauth.db");
    apply(&database, &seed())?;
    let server = poolhouse_on_all_cores(&database)?;
    let key = cryptography::key_pair()?;
    let known = Cryptography::measure(&key)?;
    let verification = cryptography::verification(&key)?;
    runtime()?.block_on(async {
        let mut browser = Browser::open(server.address).await?;
        let token = browser.sign_in("user0").await?;
        let mut flows = Vec::new();
        let flow = cpu(&server, times, async |number| {
            let begun = Instant::now();
            browser.sign_in(&format!("user{}", number % USERS)).await?;
            flows.push(begun.elapsed());
            Ok(())
        });
        let flow = flow.await?;
        let machine = cpu(&server, times, async |_| browser.client_credentials().await).await?;
        let user_info = cpu(&server, times, async |_| browser.user_info(&token).await).await?;
        let (page, lookup) = browser.first_bytes(times).await?;
        let rows = [
            (
                "a code flow",
                flow,
                2.0_f64.mul_add(known.signature, known.power_of_known),
            ),
            ("a token of client credentials", machine, known.signature),
            ("userInfo", user_info, verification),
        ];
        let mut figures = Vec::new();
        for (name, cpu, unavoidable) in rows {
            say(format_args!(
                "{name}: {cpu:.0} us of processor time, {unavoidable:.0} of them its cryptography"
            ));
            figures.push(Figure {
                what: format!("{name} against its cryptography"),
                measured: cpu / unavoidable,
                aim: Aim::AtMost(MAX_RATIO),
            });
        }
        let flow = median(flows.into_iter());
        say(format_args!(
            "a code flow takes {:.1} ms; the first byte of the sign-in page {} us, a lookup {} us",
            flow.as_secs_f64() * 1e3,
            page.as_micros(),
            lookup.as_micros()
        ));
        figures.push(Figure {
            what: "the first byte of the sign-in page against a lookup".to_owned(),
            measured: page.as_secs_f64() / lookup.as_secs_f64(),
            aim: Aim::AtMost(MAX_RATIO),
        });
        let shown: Vec<_> = figures.iter().map(Figure::to_json).collect();
        write_json("oauth", &json!({"quick": quick, "figures": shown}))?;
        Ok(figures)
    })
}

/// The server's processor time for each run of the work, in microseconds.
async fn cpu(
    server: &Server,
    times: usize,
    mut work: impl AsyncFnMut(usize) -> Result<(), Error>,
) -> Result<f64, Error> {
    let before = server.cpu()?;
    for number in 0..times {
        work(number).await?;
    }
    let taken = server.cpu()?.saturating_sub(before);
    Ok(taken.as_secs_f64() * 1e6 / f64::from(u32::try_from(times)?))
}

/// A pool with a domain, a client for browsers and one for machines.
fn seed() -> Value {
    let users = (0..USERS).map(|number| {
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

/// A browser with an app behind it, on one connection. It keeps no cookies from one sign-in to the next.
struct Browser {
    connection: Connection,
    address: SocketAddr,
}

impl Browser {
    async fn open(address: SocketAddr) -> Result<Self, Error> {
        Ok(Self {
            connection: Connection::open(address).await?,
            address,
        })
    }

    /// Goes through a whole code flow. Returns the access token.
    async fn sign_in(&mut self, username: &str) -> Result<String, Error> {
        let begun = self
            .get(&format!("/oauth2/authorize?{REQUEST}"), "")
            .await?;
        let page = self.get(&header(&begun.0, "location")?, "").await?;
        let cookie = header(&page.0, "set-cookie")?;
        let cookie = cookie.split(';').next().unwrap_or_default();
        let csrf = page.1.split("name=\"_csrf\" value=\"").nth(1);
        let csrf = csrf.and_then(|rest| rest.split('"').next());
        let csrf = csrf.ok_or("the page has no _csrf")?;
        let form =
            format!("_csrf={csrf}&username={username}&password={PASSWORD}&signInSubmitButton=");
        let cookie = format!("cookie: {cookie}\r\n");
        let sent = self
            .post(&format!("/login?{REQUEST}"), &cookie, &form)
            .await?;
        let back = header(&sent.0, "location")?;
        let code = back
            .split("code=")
            .nth(1)
            .and_then(|rest| rest.split('&').next());
        let code = code.ok_or("there is no code")?;
        let form = format!(
            "grant_type=authorization_code&client_id={WEB}&code={code}&redirect_uri=http%3A%2F%2Flocalhost%3A3000%2F"
        );
        let (_, body) = self.post("/oauth2/token", "", &form).await?;
        token(&body)
    }

    async fn client_credentials(&mut self) -> Result<(), Error> {
        let basic = STANDARD.encode(format!("{MACHINE}:{SECRET}"));
        let header = format!("authorization: Basic {basic}\r\n");
        let (_, body) = self
            .post("/oauth2/token", &header, "grant_type=client_credentials")
            .await?;
        token(&body).map(drop)
    }

    async fn user_info(&mut self, token: &str) -> Result<(), Error> {
        let header = format!("authorization: Bearer {token}\r\n");
        let (_, body) = self.get("/oauth2/userInfo", &header).await?;
        if body.contains("\"sub\"") {
            Ok(())
        } else {
            Err(body.into())
        }
    }

    /// How long the sign-in page takes, and `AdminGetDevice`, in turns: the medians.
    async fn first_bytes(&mut self, times: usize) -> Result<(Duration, Duration), Error> {
        let input = json!({"UserPoolId": POOL, "Username": "user0", "DeviceKey": DEVICE});
        let lookup = Request::sign(self.address, "AdminGetDevice", &input, String::new())?;
        let (mut pages, mut lookups) = (Vec::new(), Vec::new());
        for _ in 0..times {
            let begun = Instant::now();
            self.get(&format!("/login?{REQUEST}"), "").await?;
            pages.push(begun.elapsed());
            let begun = Instant::now();
            self.connection.call(&lookup.bytes).await?;
            lookups.push(begun.elapsed());
        }
        Ok((median(pages.into_iter()), median(lookups.into_iter())))
    }

    async fn get(&mut self, target: &str, headers: &str) -> Result<(String, String), Error> {
        self.send(&format!(
            "GET {target} HTTP/1.1\r\nhost: browser.localhost\r\n{headers}\r\n"
        ))
        .await
    }

    async fn post(
        &mut self,
        target: &str,
        headers: &str,
        form: &str,
    ) -> Result<(String, String), Error> {
        self.send(&format!(
            "POST {target} HTTP/1.1\r\nhost: browser.localhost\r\n{headers}content-type: application/x-www-form-urlencoded\r\n\
             content-length: {}\r\n\r\n{form}",
            form.len()
        ))
        .await
    }

    /// The head and the body of an answer.
    async fn send(&mut self, request: &str) -> Result<(String, String), Error> {
        let (head, body) = self.connection.answer(request.as_bytes()).await?;
        Ok((
            String::from_utf8(head.to_vec())?,
            String::from_utf8(body.to_vec())?,
        ))
    }
}

fn header(head: &str, name: &str) -> Result<String, Error> {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    let mut found = lines.filter(|(known, _)| known.eq_ignore_ascii_case(name));
    let (_, value) = found.next().ok_or_else(|| format!("no {name} in {head}"))?;
    Ok(value.to_owned())
}

fn token(body: &str) -> Result<String, Error> {
    let answer: Value = serde_json::from_str(body)?;
    let token = answer.get("access_token").and_then(Value::as_str);
    token.map(str::to_owned).ok_or_else(|| body.into())
}
