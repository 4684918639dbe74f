//! The sections `[http]`, `[store]`, `[metrics]` and `[log]`.

use std::time::Duration;

use super::SettingsError;
use super::given::Given;
use crate::api::Sensitive;
use crate::host::{Host, Origin};

/// The section `[http]`.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// Threads that answer requests; 0 means one for each core.
    pub workers: usize,
    /// The largest body that is read, in bytes.
    pub max_body_bytes: usize,
    /// The most bytes of unfinished requests, over all connections.
    pub max_unfinished_bytes: usize,
    /// How long a client may take to send the head of a request, in seconds; 0 is no limit.
    pub head_seconds: u64,
    /// How long a client may take to send a body, or read nothing of an answer, in seconds; 0 is no limit.
    pub body_seconds: u64,
    /// How long a connection is kept open for another request, in seconds; 0 closes it.
    pub keep_alive_seconds: u64,
    /// Connections before one gives way to a new one; 0 means as many as the limit on open files allows.
    pub max_connections: usize,
    /// Hosts on which signed operations are answered while an access key has the default secret, besides this machine's own
    /// names.
    pub(crate) trusted_hosts: Vec<Host>,
    /// Origins of pages that may call signed operations while an access key has the default secret, besides this machine's own.
    pub(crate) trusted_origins: Vec<Origin>,
    /// How long the server may take to stop after SIGTERM, in seconds.
    pub shutdown_seconds: u64,
}

/// The longest time that a setting may have, in seconds: a day.
const MAX_SECONDS: u64 = 24 * 60 * 60;

impl HttpSettings {
    /// Reads the section.
    pub(super) fn read(given: &Given) -> Result<Self, SettingsError> {
        let seconds = 0..=MAX_SECONDS;
        Ok(Self {
            workers: given.at("http.workers")?.number(0..=1024)?,
            max_body_bytes: given.at("http.max_body_bytes")?.number(1..=1 << 30)?,
            max_unfinished_bytes: given.at("http.max_unfinished_bytes")?.number(1..=1 << 40)?,
            head_seconds: given.at("http.head_seconds")?.number(seconds.clone())?,
            body_seconds: given.at("http.body_seconds")?.number(seconds.clone())?,
            keep_alive_seconds: given
                .at("http.keep_alive_seconds")?
                .number(seconds.clone())?,
            max_connections: given.at("http.max_connections")?.number(0..=1_000_000)?,
            trusted_hosts: given.at("http.trusted_hosts")?.list(
                "a host, such as cognito.test or cognito.test:9229",
                Host::parse,
            )?,
            trusted_origins: given.at("http.trusted_origins")?.list(
                "an origin, such as https://app.example.com, or null",
                Origin::parse,
            )?,
            shutdown_seconds: given.at("http.shutdown_seconds")?.number(seconds)?,
        })
    }

    /// The number of threads that answer requests, with 0 resolved.
    pub(crate) fn worker_count(&self) -> usize {
        match self.workers {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            workers => workers,
        }
    }

    /// How long the server may take to stop: at least a second.
    pub(crate) fn shutdown_time(&self) -> Duration {
        Duration::from_secs(self.shutdown_seconds.max(1))
    }
}

/// The section `[store]`.
#[derive(Debug, Clone)]
pub struct StoreSettings {
    /// Connections that read; 0 means one for each worker and one more.
    pub readers: u32,
    /// The most connections to a PostgreSQL database.
    pub connections: u32,
    /// How long a write waits while another process locks the registry, in seconds.
    pub busy_seconds: u64,
    /// How often expired records are removed, in seconds; 0 means never.
    pub expiry_seconds: u64,
    /// Whether a copy of the file is kept before its schema is upgraded.
    pub keep_before_upgrade: bool,
}

impl StoreSettings {
    /// Reads the section.
    pub(super) fn read(given: &Given) -> Result<Self, SettingsError> {
        Ok(Self {
            expiry_seconds: given.at("store.expiry_seconds")?.number(0..=MAX_SECONDS)?,
            keep_before_upgrade: given.at("store.keep_before_upgrade")?.flag()?,
            readers: given.at("store.readers")?.number(0..=4096)?,
            connections: given.at("store.connections")?.number(1..=4096)?,
            busy_seconds: given.at("store.busy_seconds")?.number(0..=MAX_SECONDS)?,
        })
    }
}

/// The section `[metrics]`.
#[derive(Debug, Clone)]
pub struct MetricsSettings {
    /// The bearer token that metrics are shown for; `None` if only signed requests get them.
    pub(crate) token: Option<Sensitive<String>>,
}

/// The shortest token that protects anything, in bytes.
const SHORTEST_TOKEN: usize = 16;

impl MetricsSettings {
    /// Reads the section.
    pub(super) fn read(given: &Given) -> Result<Self, SettingsError> {
        let setting = given.at("metrics.token")?;
        let token = setting.secret()?;
        let is_plain = token.expose().bytes().all(|byte| byte.is_ascii_graphic());
        let is_set = !token.expose().is_empty();
        if is_set && (token.expose().len() < SHORTEST_TOKEN || !is_plain) {
            return Err(setting.refuse(
                "a token has at least 16 characters, which are letters, digits and punctuation; an empty one is none",
            ));
        }
        Ok(Self {
            token: is_set.then_some(token),
        })
    }
}

/// The section `[log]`.
#[derive(Debug, Clone)]
pub struct LogSettings {
    /// How log lines are written.
    pub format: LogFormat,
}

impl LogSettings {
    /// Reads the section.
    pub(super) fn read(given: &Given) -> Result<Self, SettingsError> {
        let words = [
            ("auto", LogFormat::Auto),
            ("text", LogFormat::Text),
            ("json", LogFormat::Json),
            ("off", LogFormat::Off),
        ];
        Ok(Self {
            format: given.at("log.format")?.choice(&words)?,
        })
    }
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    Auto,
    /// For people.
    Text,
    /// For machines: a JSON object in each line.
    Json,
    /// No lines.
    Off,
}
