//! A client that signs as AWS's SDKs do. [`Client::call`] fails the test when an answer's error is one that the operation does not
//! declare.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use poolhouse::ambient::ManualClock;
use serde_json::Value;

use super::answer::Answer;
use super::key::Key;

/// A client of a server, with a clock to sign by.
pub(crate) struct Client {
    pub(super) url: String,
    clock: Clock,
    agent: ureq::Agent,
}

/// What a client takes the time from.
pub(super) enum Clock {
    Manual(ManualClock),
    System,
}

impl Client {
    /// A client of a server in another process.
    pub(crate) fn of(url: &str) -> Self {
        Self::new(url, Clock::System)
    }

    /// A client of the server at this address.
    pub(super) fn new(url: &str, clock: Clock) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(30)))
            .build()
            .into();
        Self {
            url: url.to_owned(),
            clock,
            agent,
        }
    }

    /// Calls an operation as the administrator. Asserts that an error is one that the operation declares.
    pub(crate) fn call(&self, operation: &str, input: &Value) -> Answer {
        self.call_as(&Key::default(), operation, input)
    }

    /// Calls an operation with another access key.
    pub(crate) fn call_as(&self, key: &Key, operation: &str, input: &Value) -> Answer {
        let request = self.request(operation, input.to_string());
        let answer = self.send(key.sign_at(self.now(), request));
        answer.assert_declared(operation);
        answer
    }

    /// Calls an operation of a server that may stop. Returns `None` if there is no answer.
    pub(crate) fn try_call(&self, operation: &str, input: &Value) -> Option<Answer> {
        let request = self.request(operation, input.to_string());
        self.try_send(Key::default().sign_at(self.now(), request))
            .ok()
    }

    /// Calls an operation as an app does, without a signature.
    pub(crate) fn call_open(&self, operation: &str, input: &Value) -> Answer {
        let answer = self.send(self.request(operation, input.to_string()));
        answer.assert_declared(operation);
        answer
    }

    /// Reads a control endpoint, signed by the administrator.
    pub(crate) fn get_signed(&self, path: &str) -> Answer {
        self.get_as(&Key::default(), path)
    }

    /// What the metrics say of a counter, by its name with its labels. Returns `None` if there is none.
    pub(crate) fn counted(&self, series: &str) -> Option<u64> {
        let text = String::from_utf8(self.get_signed("/_poolhouse/metrics").body).unwrap();
        let mut lines = text.lines().filter_map(|line| line.rsplit_once(' '));
        let (_, value) = lines.find(|(name, _)| *name == series)?;
        Some(value.parse().unwrap())
    }

    /// Reads a control endpoint of a server that may stop. Returns `None` if there is no answer.
    pub(crate) fn try_get_signed(&self, path: &str) -> Option<Answer> {
        let request = http::Request::get(format!("{}{path}", self.url));
        let request = request.body(Vec::new()).unwrap();
        self.try_send(Key::default().sign_at(self.now(), request))
            .ok()
    }

    /// Reads a control endpoint, signed with another access key.
    pub(crate) fn get_as(&self, key: &Key, path: &str) -> Answer {
        let request = http::Request::get(format!("{}{path}", self.url));
        self.send(key.sign_at(self.now(), request.body(Vec::new()).unwrap()))
    }

    /// Calls a control endpoint, signed with this access key. `Null` is no body.
    pub(crate) fn control(&self, key: &Key, method: &str, path: &str, body: &Value) -> Answer {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url));
        let body = if body.is_null() {
            Vec::new()
        } else {
            body.to_string().into_bytes()
        };
        self.send(key.sign_at(self.now(), request.body(body).unwrap()))
    }

    /// Sends a request as it is.
    pub(crate) fn send(&self, request: http::Request<Vec<u8>>) -> Answer {
        self.try_send(request).unwrap()
    }

    fn try_send(&self, request: http::Request<Vec<u8>>) -> Result<Answer, ureq::Error> {
        let mut response = self.agent.run(request)?;
        Ok(Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.body_mut().read_to_vec()?,
        })
    }

    /// A request for an operation, not signed.
    pub(crate) fn request(
        &self,
        operation: &str,
        body: impl Into<Vec<u8>>,
    ) -> http::Request<Vec<u8>> {
        http::Request::post(format!("{}/", self.url))
            .header("content-type", "application/x-amz-json-1.1")
            .header(
                "x-amz-target",
                format!("AWSCognitoIdentityProviderService.{operation}"),
            )
            .body(body.into())
            .unwrap()
    }

    /// The time that it signs by.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        match &self.clock {
            Clock::Manual(clock) => clock.now(),
            Clock::System => DateTime::from(SystemTime::now()),
        }
    }
}
