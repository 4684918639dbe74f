//! The settings: read once, checked once, passed on.
//!
//! `config/poolhouse.toml` is compiled in as the defaults, so that what it documents is what holds. Over it come the
//! operator's file, the environment and the command line, each naming only what differs. An environment variable's name
//! follows from the setting's place (`log.format` is `POOLHOUSE_LOG_FORMAT`), so no setting is spelled twice.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::{Table, Value};

use crate::access::{AccessKey, AccessKeys};
use crate::api::Sensitive;
use crate::host::{Host, Origin};
use crate::ids::UserPoolId;
use crate::quotas::Category;

/// The defaults, with their explanations.
const DEFAULTS: &str = include_str!("../config/poolhouse.toml");

/// Everything that an operator can set; `config/poolhouse.toml` explains each.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Address to listen on; port 0 takes any free port.
    pub listen: SocketAddr,
    /// The database file, or `:memory:`.
    pub database: Database,
    /// The AWS Region that the server stands for.
    pub region: String,
    /// The 12-digit AWS account of the administrator's key and of pools that name no other.
    pub account: String,
    /// Who the pools say that they are.
    pub issuer: Issuer,
    access_key_id: String,
    secret_access_key: Sensitive<String>,
    access_keys: Vec<AccessKeySettings>,
    /// Whether Cognito's quotas hold.
    pub limits: bool,
    /// The HTTP server.
    pub http: HttpSettings,
    /// The database connections.
    pub store: StoreSettings,
    /// The request log.
    pub log: LogSettings,
    /// Requests per second for each quota category; 0 is no limit.
    pub quotas: BTreeMap<Category, u32>,
    /// Requests per second for any single operation on any single pool, in the categories that have this limit; 0 is none.
    pub quota_per_pool_operation: u32,
}

/// Where the registry is kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum Database {
    /// In this file.
    File(PathBuf),
    /// In memory, gone with the process.
    Memory,
}

impl From<String> for Database {
    fn from(name: String) -> Self {
        if name == ":memory:" {
            Self::Memory
        } else {
            Self::File(name.into())
        }
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Memory => f.write_str(":memory:"),
        }
    }
}

/// Who the pools say that they are: the URL that a pool's id follows on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Issuer {
    /// The host that the client called.
    Host,
    /// Cognito itself.
    Aws,
    /// This URL, without a slash at its end.
    Fixed(String),
}

impl TryFrom<String> for Issuer {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "host" => Ok(Self::Host),
            "aws" => Ok(Self::Aws),
            url if url.starts_with("http://") || url.starts_with("https://") => {
                Ok(Self::Fixed(url.trim_end_matches('/').to_owned()))
            }
            other => Err(format!(
                "'{other}' is no issuer: \"host\", \"aws\" or a URL that begins with http:// or https://"
            )),
        }
    }
}

impl Issuer {
    /// The URL of the pool, for a client that called `host`.
    pub(crate) fn of(&self, pool: &UserPoolId, host: &Host) -> String {
        match self {
            Self::Host => format!("http://{host}/{pool}"),
            Self::Aws => format!("https://cognito-idp.{}.amazonaws.com/{pool}", pool.region()),
            Self::Fixed(url) => format!("{url}/{pool}"),
        }
    }

    /// The URL that the pool's keys are found under: the issuer's, unless that is Cognito's, where nobody knows this pool.
    pub(crate) fn keys_of(&self, pool: &UserPoolId, host: &Host) -> String {
        match self {
            Self::Host | Self::Aws => Self::Host.of(pool, host),
            Self::Fixed(_) => self.of(pool, host),
        }
    }
}

/// The section `[http]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpSettings {
    /// Threads that answer requests; 0 is one for each core.
    pub workers: usize,
    /// The largest body that is read.
    pub max_body_bytes: usize,
    /// How long a client may take to send the head of its first request, in seconds; 0 is no limit.
    pub head_seconds: u64,
    /// How long a client may take to send a body, in seconds; 0 is no limit.
    pub body_seconds: u64,
    /// How long a connection is kept open for another request, in seconds; 0 closes it.
    pub keep_alive_seconds: u64,
    /// Connections at the same time; 0 is what the limit on open files leaves.
    pub max_connections: usize,
    /// Hosts on which signed operations are answered while the shipped access key counts, beside this machine's own names.
    pub(crate) trusted_hosts: Vec<Host>,
    /// Origins of pages that signed operations are shared with while the shipped access key counts, beside this machine's own.
    pub(crate) trusted_origins: Vec<Origin>,
    /// Grace for running requests after SIGTERM, in seconds.
    pub shutdown_seconds: u64,
}

impl HttpSettings {
    /// Threads that answer requests, with 0 resolved.
    pub(crate) fn worker_count(&self) -> usize {
        match self.workers {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            workers => workers,
        }
    }
}

/// The section `[store]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreSettings {
    /// Connections that read; 0 is one for each worker and one to spare.
    pub readers: u32,
    /// How long a write waits for another process, in seconds.
    pub busy_seconds: u64,
}

/// The section `[log]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSettings {
    /// How log lines are written.
    pub format: LogFormat,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    Auto,
    /// For people.
    Text,
    /// For machines: one object a line.
    Json,
    /// None at all.
    Off,
}

/// One entry of `[[access_keys]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct AccessKeySettings {
    id: String,
    secret: Sensitive<String>,
    account: Option<String>,
    #[serde(default = "everything")]
    actions: Vec<String>,
    #[serde(default = "everything")]
    pools: Vec<String>,
}

fn everything() -> Vec<String> {
    vec!["*".to_owned()]
}

/// Settings that cannot be used, with the place and the reason.
#[derive(Debug)]
pub struct SettingsError(String);

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SettingsError {}

impl Settings {
    /// Reads the settings: defaults, then `file`, then `environment`, then `flags` (by the setting's dotted place).
    ///
    /// # Errors
    /// When the file cannot be read or is no TOML, when a value is unknown or of the wrong kind, and when values do not fit
    /// together; the error names the place.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
        flags: &[(&'static str, String)],
    ) -> Result<Self, SettingsError> {
        let mut table = defaults()?;
        if let Some(path) = file {
            overlay(&mut table, read(path)?);
        }
        for (name, text) in environment {
            if let Some(place) = place_of(&table, "POOLHOUSE", &name) {
                set(&mut table, &place, &text)
                    .map_err(|why| SettingsError(format!("{name}: {why}")))?;
            }
        }
        for (place, text) in flags {
            let path: Vec<String> = place.split('.').map(str::to_owned).collect();
            set(&mut table, &path, text)
                .map_err(|why| SettingsError(format!("--{}: {why}", place.replace('.', "-"))))?;
        }
        let source = file.map_or_else(String::new, |path| format!("{}: ", path.display()));
        let settings: Self = table.try_into().map_err(|error: toml::de::Error| {
            SettingsError(format!("{source}{}", error.to_string().trim_end()))
        })?;
        settings.checked()
    }

    /// The access keys that callers may sign with.
    #[must_use]
    pub(crate) fn access_keys(&self) -> AccessKeys {
        let administrator = AccessKey::new(
            self.access_key_id.clone(),
            self.secret_access_key.clone(),
            &self.account,
            &everything(),
            &everything(),
        );
        let own = (!self.access_key_id.is_empty()).then_some(administrator);
        AccessKeys::new(own.into_iter().chain(self.access_keys.iter().map(|key| {
            AccessKey::new(
                key.id.clone(),
                key.secret.clone(),
                key.account.as_deref().unwrap_or(&self.account),
                &key.actions,
                &key.pools,
            )
        })))
    }

    /// The administrator's key as it may be printed: the shipped one as it is, a secret of one's own as the variable to set.
    pub(crate) fn printable_credentials(&self) -> (&str, &str) {
        let own = "\"$AWS_SECRET_ACCESS_KEY\"";
        (
            &self.access_key_id,
            if self.has_shipped_key() {
                self.secret_access_key.expose()
            } else {
                own
            },
        )
    }

    /// Refuses values that do not fit together, and the shipped key where others could reach it.
    fn checked(self) -> Result<Self, SettingsError> {
        let refuse = |why: String| Err(SettingsError(why));
        let accounts = self
            .access_keys
            .iter()
            .filter_map(|key| key.account.as_ref());
        for account in accounts.chain([&self.account]) {
            if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
                return refuse(format!(
                    "account: '{account}' is not an AWS account id of 12 digits"
                ));
            }
        }
        if !is_region(&self.region) {
            return refuse(format!(
                "region: '{}' is not the name of an AWS Region",
                self.region
            ));
        }
        let mut ids: Vec<&str> = self.access_keys.iter().map(|key| key.id.as_str()).collect();
        ids.extend(
            [self.access_key_id.as_str()]
                .iter()
                .filter(|id| !id.is_empty()),
        );
        ids.sort_unstable();
        if let Some(id) = ids
            .windows(2)
            .find_map(|pair| (pair.first() == pair.last()).then(|| pair.first()))
        {
            return refuse(format!(
                "access_keys: the id '{}' is given twice",
                id.unwrap_or(&"")
            ));
        }
        if self
            .access_keys
            .iter()
            .any(|key| key.id.is_empty() || key.secret.expose().is_empty())
        {
            return refuse("access_keys: an access key needs an id and a secret".to_owned());
        }
        if !self.access_key_id.is_empty() && self.secret_access_key.expose().is_empty() {
            return refuse("secret_access_key: the access key needs a secret".to_owned());
        }
        if !self.listen.ip().is_loopback() && self.has_shipped_key() {
            return refuse(format!(
                "listen: {} can be reached from other machines, but the access key is the shipped test/test, which everybody \
                 knows. Set access_key_id and secret_access_key (POOLHOUSE_ACCESS_KEY_ID, POOLHOUSE_SECRET_ACCESS_KEY) to \
                 values of your own, or listen on a loopback address such as 127.0.0.1:{}",
                self.listen,
                self.listen.port()
            ));
        }
        Ok(self)
    }

    /// Whether an access key is the shipped one, which everybody knows.
    pub(crate) fn has_shipped_key(&self) -> bool {
        let shipped =
            |id: &str, secret: &Sensitive<String>| id == "test" && secret.expose() == "test";
        shipped(&self.access_key_id, &self.secret_access_key)
            || self
                .access_keys
                .iter()
                .any(|key| shipped(&key.id, &key.secret))
    }
}

fn is_region(name: &str) -> bool {
    name.len() <= 18
        && name.contains('-')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn defaults() -> Result<Table, SettingsError> {
    DEFAULTS
        .parse()
        .map_err(|error| SettingsError(format!("built-in defaults: {error}")))
}

fn read(path: &Path) -> Result<Table, SettingsError> {
    let fail = |why: &dyn fmt::Display| SettingsError(format!("{}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| fail(&error))?;
    text.parse().map_err(|error: toml::de::Error| {
        // The error would show the line as it stands, and secrets stand in this file.
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map_or(1, |before| before.matches('\n').count() + 1);
        fail(&format_args!("line {line}: {}", error.message()))
    })
}

/// Puts `over` on `table`: sections member by member, everything else whole.
fn overlay(table: &mut Table, over: Table) {
    for (name, value) in over {
        match (table.get_mut(&name), value) {
            (Some(Value::Table(section)), Value::Table(members)) => overlay(section, members),
            (_, value) => {
                table.insert(name, value);
            }
        }
    }
}

/// The place of the setting whose environment variable is `variable`, if it is one.
fn place_of(table: &Table, prefix: &str, variable: &str) -> Option<Vec<String>> {
    table.iter().find_map(|(name, value)| {
        let own = format!("{prefix}_{}", name.to_uppercase());
        match value {
            Value::Table(section) => {
                let mut place = place_of(section, &own, variable)?;
                place.insert(0, name.clone());
                Some(place)
            }
            Value::Array(_) => None,
            Value::String(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_) => (own == variable).then(|| vec![name.clone()]),
        }
    })
}

/// Sets the value at `place` from text, read as the kind of value that stands there.
fn set(table: &mut Table, place: &[String], text: &str) -> Result<(), String> {
    let (name, rest) = place.split_first().ok_or("no such setting")?;
    let value = table.get_mut(name).ok_or("no such setting")?;
    match value {
        Value::Table(section) => return set(section, rest, text),
        Value::Boolean(flag) => {
            *flag = match text {
                "on" | "true" => true,
                "off" | "false" => false,
                _ => return Err(format!("'{text}' is neither on nor off")),
            };
        }
        Value::Integer(number) => {
            *number = text
                .parse()
                .map_err(|_| format!("'{text}' is not a whole number"))?;
        }
        Value::String(_) | Value::Float(_) | Value::Datetime(_) | Value::Array(_) => {
            *value = Value::String(text.to_owned());
        }
    }
    Ok(())
}
