//! The settings, read and checked once at the start.
//!
//! `config/poolhouse.toml` is compiled in as the defaults, so that it documents the real ones. The operator's file, the
//! environment and the command line override it, in this order, each with the settings that differ. The name of an environment
//! variable follows from the setting's path (`log.format` is `POOLHOUSE_LOG_FORMAT`), so no setting is named twice. The error
//! about an invalid value names the setting, the source of the value and the expected form.

mod forms;
mod given;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde::de::value::{Error as NoCategory, StrDeserializer};

use self::given::{Given, Setting};
use crate::access::{AccessKey, AccessKeys};
use crate::api::Sensitive;
use crate::host::{Host, Origin};
use crate::ids::AccountId;
use crate::ids::UserPoolId;
use crate::quotas::Category;

pub(crate) use self::given::PREFIX;

/// The defaults, with their explanations.
const DEFAULTS: &str = include_str!("../../config/poolhouse.toml");

/// The settings; `config/poolhouse.toml` explains each.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Address to listen on; port 0 takes any free port.
    pub listen: SocketAddr,
    /// The database file, or `:memory:`.
    pub database: Database,
    /// The AWS Region that the server stands for.
    pub region: String,
    /// The AWS account of the administrator's key, and of pools that name none.
    pub account: AccountId,
    /// The issuer of the pools' tokens.
    pub issuer: Issuer,
    access_key_id: String,
    secret_access_key: Sensitive<String>,
    access_keys: Vec<AccessKeySettings>,
    /// Whether Cognito's request quotas apply.
    pub limits: bool,
    /// The HTTP server.
    pub http: HttpSettings,
    /// The database connections.
    pub store: StoreSettings,
    /// The request log.
    pub log: LogSettings,
    /// Requests per second for each quota category; 0 is no limit.
    pub quotas: BTreeMap<Category, u32>,
    /// Requests per second for a single operation on a single pool, in the categories with this limit; 0 means no limit.
    pub quota_per_pool_operation: u32,
    /// Requests per second about a single user that read, sign-ins included, and the same number that write; 0 means no limit.
    pub quota_per_user: u32,
}

/// Where the registry is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// In this file.
    File(PathBuf),
    /// In memory, which the end of the process clears.
    Memory,
}

impl Database {
    fn read(setting: &Setting<'_>) -> Result<Self, SettingsError> {
        match setting.text()? {
            ":memory:" => Ok(Self::Memory),
            "" => Err(setting.unexpected("the path of a file, or :memory:")),
            name => Ok(Self::File(name.into())),
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

/// The issuer: the URL before the pool's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Issuer {
    /// The host that the client calls.
    Host,
    /// Cognito itself.
    Aws,
    /// This URL, without a slash at its end.
    Fixed(String),
}

impl Issuer {
    fn read(setting: &Setting<'_>) -> Result<Self, SettingsError> {
        let expected = "\"host\", \"aws\", or a URL such as https://id.example.com: http:// or https://, a host, and at most a \
                        port and a path";
        setting.formed(expected, |text| match text {
            "host" => Some(Self::Host),
            "aws" => Some(Self::Aws),
            url => forms::issuer_url(url).map(Self::Fixed),
        })
    }

    /// The issuer URL of the pool, for a client that calls `host`.
    pub(crate) fn of(&self, pool: &UserPoolId, host: &Host) -> String {
        match self {
            Self::Host => format!("http://{host}/{pool}"),
            Self::Aws => format!("https://cognito-idp.{}.amazonaws.com/{pool}", pool.region()),
            Self::Fixed(url) => format!("{url}/{pool}"),
        }
    }

    /// The URL under which the pool's keys are found: the issuer's, unless that is Cognito's, which does not know this pool.
    pub(crate) fn keys_of(&self, pool: &UserPoolId, host: &Host) -> String {
        match self {
            Self::Host | Self::Aws => Self::Host.of(pool, host),
            Self::Fixed(_) => self.of(pool, host),
        }
    }
}

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
    fn read(given: &Given) -> Result<Self, SettingsError> {
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
    /// How long a write waits while another process locks the registry, in seconds.
    pub busy_seconds: u64,
    /// How often expired records are removed, in seconds; 0 means never.
    pub expiry_seconds: u64,
    /// Whether a copy of the file is kept before its schema is upgraded.
    pub keep_before_upgrade: bool,
}

impl StoreSettings {
    fn read(given: &Given) -> Result<Self, SettingsError> {
        Ok(Self {
            expiry_seconds: given.at("store.expiry_seconds")?.number(0..=MAX_SECONDS)?,
            keep_before_upgrade: given.at("store.keep_before_upgrade")?.flag()?,
            readers: given.at("store.readers")?.number(0..=4096)?,
            busy_seconds: given.at("store.busy_seconds")?.number(0..=MAX_SECONDS)?,
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
    fn read(given: &Given) -> Result<Self, SettingsError> {
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

/// One entry of `[[access_keys]]`.
#[derive(Debug, Clone)]
struct AccessKeySettings {
    id: String,
    secret: Sensitive<String>,
    account: Option<AccountId>,
    actions: Vec<String>,
    pools: Vec<String>,
}

impl AccessKeySettings {
    fn read(setting: &Setting<'_>, region: &str) -> Result<Self, SettingsError> {
        let members = setting.members(&["id", "secret", "account", "actions", "pools"])?;
        let (id, secret) = (members.need("id")?, members.need("secret")?);
        let key = Self {
            id: id.text()?.to_owned(),
            secret: secret.secret()?,
            account: members.find("account").map(|it| account(&it)).transpose()?,
            actions: patterns(members.find("actions").as_ref(), |pattern| {
                forms::action_fault(pattern.text()?)
                    .map_or(Ok(()), |expected| Err(pattern.unexpected(expected)))
            })?,
            pools: patterns(members.find("pools").as_ref(), |pattern| {
                if forms::may_match_pool(pattern.text()?, region) {
                    return Ok(());
                }
                Err(pattern.unexpected(format_args!(
                    "the id of a pool of Region {region} (setting region), with * for any characters: {region}_*"
                )))
            })?,
        };
        if key.id.is_empty() {
            return Err(id.refuse("an access key needs an id"));
        }
        if key.secret.expose().is_empty() {
            return Err(secret.refuse("an access key needs a secret"));
        }
        Ok(key)
    }
}

/// The checked patterns of a list. Without a list, the pattern for everything.
fn patterns(
    list: Option<&Setting<'_>>,
    check: impl Fn(&Setting<'_>) -> Result<(), SettingsError>,
) -> Result<Vec<String>, SettingsError> {
    let Some(list) = list else {
        return Ok(everything());
    };
    let patterns = list.items()?;
    if patterns.is_empty() {
        return Err(list.refuse(
            "an empty list grants nothing; expected at least one pattern, or no such line for all",
        ));
    }
    let read = |pattern: &Setting<'_>| {
        check(pattern)?;
        Ok(pattern.text()?.to_owned())
    };
    patterns.iter().map(read).collect()
}

fn account(setting: &Setting<'_>) -> Result<AccountId, SettingsError> {
    setting.formed("an AWS account id of 12 digits", AccountId::parse)
}

fn everything() -> Vec<String> {
    vec!["*".to_owned()]
}

/// Why settings cannot be used, with the place.
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
    /// When the file cannot be read or is not TOML, when a setting is unknown or has an invalid value, or when settings
    /// contradict each other; the error names the place.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
        flags: &[(&'static str, String)],
    ) -> Result<Self, SettingsError> {
        let text = file.map(read).transpose()?;
        let file = file.zip(text.as_deref());
        let given = Given::new(DEFAULTS, file, environment, flags)?;
        let region = given
            .at("region")?
            .formed("the name of an AWS Region, such as us-east-1", |name| {
                forms::is_region(name).then(|| name.to_owned())
            })?;
        let access_keys = given.at("access_keys")?.items()?;
        let access_keys = access_keys
            .iter()
            .map(|key| AccessKeySettings::read(key, &region));
        let listen = given.at("listen")?;
        let expected = "an address and a port (127.0.0.1:9229), a name and a port (localhost:9229), or a port alone (9229 or \
                        :9229), which is one of 127.0.0.1";
        let settings = Self {
            listen: listen.formed(expected, forms::address)?,
            database: Database::read(&given.at("database")?)?,
            account: account(&given.at("account")?)?,
            issuer: Issuer::read(&given.at("issuer")?)?,
            access_key_id: given.at("access_key_id")?.text()?.to_owned(),
            secret_access_key: given.at("secret_access_key")?.secret()?,
            access_keys: access_keys.collect::<Result<_, _>>()?,
            limits: given.at("limits")?.flag()?,
            http: HttpSettings::read(&given)?,
            store: StoreSettings::read(&given)?,
            log: LogSettings::read(&given)?,
            quotas: quotas(&given)?,
            quota_per_pool_operation: given.at("quota_per_pool_operation")?.number(PER_SECOND)?,
            quota_per_user: given.at("quota_per_user")?.number(PER_SECOND)?,
            region,
        };
        settings.check(&given)?;
        Ok(settings)
    }

    /// The access keys that callers may sign with.
    #[must_use]
    pub(crate) fn access_keys(&self) -> AccessKeys {
        let administrator = AccessKey::new(
            self.access_key_id.clone(),
            self.secret_access_key.clone(),
            self.account.clone(),
            &everything(),
            &everything(),
        );
        let own = (!self.access_key_id.is_empty()).then_some(administrator);
        AccessKeys::new(own.into_iter().chain(self.access_keys.iter().map(|key| {
            AccessKey::new(
                key.id.clone(),
                key.secret.clone(),
                key.account.as_ref().unwrap_or(&self.account).clone(),
                &key.actions,
                &key.pools,
            )
        })))
    }

    /// The administrator's key for instructions: the default secret as it is, an own secret as the variable to set.
    pub(crate) fn printable_credentials(&self) -> (&str, &str) {
        let own = "\"$AWS_SECRET_ACCESS_KEY\"";
        (
            &self.access_key_id,
            if is_shipped(&self.secret_access_key) {
                self.secret_access_key.expose()
            } else {
                own
            },
        )
    }

    /// Refuses settings that contradict each other, and the default secret if others could reach the server.
    fn check(&self, given: &Given) -> Result<(), SettingsError> {
        let administrator = given.at("access_key_id")?;
        let mut seen = BTreeMap::new();
        if !self.access_key_id.is_empty() {
            seen.insert(self.access_key_id.as_str(), administrator.label());
        }
        for (key, setting) in self
            .access_keys
            .iter()
            .zip(given.at("access_keys")?.items()?)
        {
            if let Some(other) = seen.insert(&key.id, setting.label()) {
                return Err(
                    setting.refuse(format_args!("the id '{}' is that of {other}, too", key.id))
                );
            }
        }
        if !self.access_key_id.is_empty() && self.secret_access_key.expose().is_empty() {
            let secret = given.at("secret_access_key")?;
            return Err(secret
                .refuse("the access key needs a secret; an empty access_key_id switches it off"));
        }
        if !self.listen.ip().is_loopback() && self.has_shipped_secret() {
            return Err(given.at("listen")?.refuse(format_args!(
                "{} can be reached from other machines, but the secret access key is the shipped 'test', which everybody knows. Set \
                 access_key_id and secret_access_key (POOLHOUSE_ACCESS_KEY_ID, POOLHOUSE_SECRET_ACCESS_KEY) to values of your \
                 own, or listen on a loopback address such as 127.0.0.1:{}",
                self.listen,
                self.listen.port()
            )));
        }
        Ok(())
    }

    /// Whether an access key has the default secret, which everybody knows.
    pub(crate) fn has_shipped_secret(&self) -> bool {
        let administrator = !self.access_key_id.is_empty() && is_shipped(&self.secret_access_key);
        administrator || self.access_keys.iter().any(|key| is_shipped(&key.secret))
    }
}

/// Whether a secret is the one of `config/poolhouse.toml`.
fn is_shipped(secret: &Sensitive<String>) -> bool {
    secret.expose() == "test"
}

/// The allowed requests per second of a quota.
const PER_SECOND: std::ops::RangeInclusive<u64> = 0..=1_000_000;

fn quotas(given: &Given) -> Result<BTreeMap<Category, u32>, SettingsError> {
    let section = "quotas.";
    let rates = given.places(section).map(|place| {
        let setting = given.at(place)?;
        let name = place.strip_prefix(section).unwrap_or(place);
        let category = Category::deserialize(StrDeserializer::<NoCategory>::new(name))
            .map_err(|error| setting.refuse(error))?;
        Ok((category, setting.number(PER_SECOND)?))
    });
    rates.collect()
}

fn read(path: &Path) -> Result<String, SettingsError> {
    std::fs::read_to_string(path).map_err(|error| {
        SettingsError(format!(
            "{}: the settings file cannot be read: {error}",
            path.display()
        ))
    })
}
