//! A browser with an app behind it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{DEVICE, MACHINE, PASSWORD, POOL, REQUEST, SECRET, WEB};
use crate::Error;
use crate::http::Connection;
use crate::report::median;
use crate::requests::Request;

/// What a browser or its app does, over and over.
#[derive(Clone, Copy)]
pub(super) enum Work {
    Lookup,
    Page,
    UserInfo,
    ClientCredentials,
    CodeFlow,
}

/// A browser of one user, on one connection. It keeps no cookies from one sign-in to the next.
pub(super) struct Browser {
    connection: Connection,
    username: String,
    /// An access token of the user; empty before the first sign-in.
    token: String,
    /// A signed `AdminGetDevice`.
    lookup: Vec<u8>,
}

impl Browser {
    /// The browser of the user with this number, who has signed in once.
    pub(super) async fn open(address: SocketAddr, user: usize) -> Result<Self, Error> {
        let username = format!("user{user}");
        let input = json!({"UserPoolId": POOL, "Username": username, "DeviceKey": DEVICE});
        let mut browser = Self {
            connection: Connection::open(address).await?,
            lookup: Request::sign(address, "AdminGetDevice", &input, String::new())?.bytes,
            username,
            token: String::new(),
        };
        browser.token = browser.sign_in().await?;
        Ok(browser)
    }

    /// Works so many times.
    pub(super) async fn work(mut self, work: Work, times: u32) -> Result<Self, Error> {
        for _ in 0..times {
            match work {
                Work::Lookup => self.look_up().await?,
                Work::Page => self.page().await?,
                Work::UserInfo => self.user_info().await?,
                Work::ClientCredentials => self.client_credentials().await?,
                Work::CodeFlow => drop(self.sign_in().await?),
            }
        }
        Ok(self)
    }

    /// How long a code flow takes, the page to sign in, and a lookup, in turns: the medians.
    pub(super) async fn alone(&mut self, times: u32) -> Result<[Duration; 3], Error> {
        let (mut flows, mut pages, mut lookups) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..times {
            let begun = Instant::now();
            self.page().await?;
            pages.push(begun.elapsed());
            let begun = Instant::now();
            self.look_up().await?;
            lookups.push(begun.elapsed());
        }
        for _ in 0..times {
            let begun = Instant::now();
            self.sign_in().await?;
            flows.push(begun.elapsed());
        }
        Ok([flows, pages, lookups].map(|all| median(all.into_iter())))
    }

    async fn look_up(&mut self) -> Result<(), Error> {
        self.connection.call(&self.lookup).await.map(drop)
    }

    async fn page(&mut self) -> Result<(), Error> {
        self.get(&format!("/login?{REQUEST}"), "").await.map(drop)
    }

    /// Goes through a whole code flow. Returns the access token.
    async fn sign_in(&mut self) -> Result<String, Error> {
        let begun = self
            .get(&format!("/oauth2/authorize?{REQUEST}"), "")
            .await?;
        let page = self.get(&header(&begun.0, "location")?, "").await?;
        let cookie = header(&page.0, "set-cookie")?;
        let cookie = cookie.split(';').next().unwrap_or_default();
        let csrf = page.1.split("name=\"_csrf\" value=\"").nth(1);
        let csrf = csrf.and_then(|rest| rest.split('"').next());
        let csrf = csrf.ok_or("the page has no _csrf")?;
        let name = &self.username;
        let form = format!("_csrf={csrf}&username={name}&password={PASSWORD}&signInSubmitButton=");
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

    async fn user_info(&mut self) -> Result<(), Error> {
        let header = format!("authorization: Bearer {}\r\n", self.token);
        let (_, body) = self.get("/oauth2/userInfo", &header).await?;
        if body.contains("\"sub\"") {
            Ok(())
        } else {
            Err(body.into())
        }
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
