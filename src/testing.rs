//! A server for the tests of an app that is written in Rust, in the process of the test.
//!
//! A server starts in some milliseconds, so each test can have its own. `tests/api/testing.rs` is an example.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use crate::ambient::Ambient;
use crate::remote::{Remote, RemoteError};
use crate::service::{Running, Service};
use crate::settings::Settings;

/// How long the server may take for what is asked here. It waits for messages for up to 30 seconds.
const PATIENCE: Duration = Duration::from_mins(1);

/// Why a server for tests could not be started, or did not do what it was asked.
#[derive(Debug)]
pub struct Error(String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

impl From<RemoteError> for Error {
    fn from(RemoteError(why): RemoteError) -> Self {
        Self(why)
    }
}

/// A running server on a free port of 127.0.0.1, with a registry of its own in memory, without quotas and without a log. It takes the
/// shipped key, `test` with the secret `test`, in `us-east-1`. Dropping it stops it.
pub struct Server {
    remote: Remote,
    /// `None` only while it is dropped.
    running: Option<Running>,
}

impl Server {
    /// Starts a server with the registry of these seed files.
    ///
    /// # Errors
    /// When a seed cannot be read or does not fit, in words that name file and place; when there is no port.
    pub fn start(seeds: &[impl AsRef<Path>]) -> Result<Self, Error> {
        Self::start_with(&[], seeds)
    }

    /// The same, and with these settings, each the name of an environment variable (`POOLHOUSE_LIMITS`) and its value.
    ///
    /// # Errors
    /// Those of [`Server::start`]; when a setting is unknown or has an invalid value.
    pub fn start_with(
        settings: &[(&str, &str)],
        seeds: &[impl AsRef<Path>],
    ) -> Result<Self, Error> {
        let environment = OF_TESTS.iter().chain(settings);
        let environment =
            environment.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let settings =
            Settings::load(None, environment, &[]).map_err(|error| Error(error.to_string()))?;
        let failed = |error: &dyn fmt::Display| Error(error.to_string());
        let service = Service::open(settings.clone(), Ambient::system());
        let service = service.map_err(|error| failed(&error))?;
        let seeds: Vec<PathBuf> = seeds.iter().map(|path| path.as_ref().to_owned()).collect();
        service
            .seed(&seeds, |_| ())
            .map_err(|error| failed(&error))?;
        let running = service.start().map_err(|error| failed(&error))?;
        let remote = Remote::new(running.address(), &settings)
            .ok_or_else(|| Error("the server takes no access key".to_owned()))?;
        Ok(Self {
            remote,
            running: Some(running),
        })
    }

    /// What SDKs take as their endpoint, such as `http://127.0.0.1:41234`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.remote.address)
    }

    /// The messages that users were sent, the newest last, as `GET /_poolhouse/outbox` shows them. The query's members are
    /// `UserPoolId`, `Username`, `after` (an id) and `wait` (for a message, so many seconds).
    ///
    /// # Errors
    /// When the server refuses the query.
    pub fn outbox(&self, query: &[(&str, &str)]) -> Result<Vec<Value>, Error> {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(query)
            .finish();
        let mut answer = self.control("GET", &format!("outbox?{query}"), None)?;
        Ok(match answer.get_mut("Messages").map(Value::take) {
            Some(Value::Array(messages)) => messages,
            _ => Vec::new(),
        })
    }

    /// Sets the server's clock forward.
    ///
    /// # Errors
    /// When the clock cannot show that time.
    pub fn advance(&self, by: Duration) -> Result<(), Error> {
        let change = json!({"AdvanceSeconds": by.as_secs_f64()});
        self.control("POST", "clock", Some(&change)).map(drop)
    }

    /// Keeps the registry aside under a name: letters, digits, dots, dashes and underscores.
    ///
    /// # Errors
    /// When the name is none.
    pub fn save(&self, name: &str) -> Result<(), Error> {
        self.control("PUT", &format!("snapshots/{name}"), None)
            .map(drop)
    }

    /// Makes the registry what it was when it was saved under the name, and the clock the system's.
    ///
    /// # Errors
    /// When nothing was saved under the name.
    pub fn restore(&self, name: &str) -> Result<(), Error> {
        self.control("POST", &format!("snapshots/{name}/restore"), None)?;
        self.control("DELETE", "clock", None).map(drop)
    }

    /// Calls the control endpoint `/_poolhouse/<target>`, signed as any operation. Returns its answer.
    ///
    /// # Errors
    /// When the server refuses, in its words.
    pub fn control(
        &self,
        method: &str,
        target: &str,
        body: Option<&Value>,
    ) -> Result<Value, Error> {
        let target = format!("/_poolhouse/{target}");
        Ok(self.remote.call(method, &target, body, PATIENCE)?)
    }
}

/// The settings of every server for tests.
const OF_TESTS: [(&str, &str); 4] = [
    ("POOLHOUSE_LISTEN", "127.0.0.1:0"),
    ("POOLHOUSE_DATABASE", ":memory:"),
    ("POOLHOUSE_LIMITS", "off"),
    ("POOLHOUSE_LOG_FORMAT", "off"),
];

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Server").field(&self.url()).finish()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            // Its registry is in memory, so nothing is lost.
            let _ = running.stop();
        }
    }
}
