//! The settings, read and checked once at the start.
//!
//! `config/poolhouse.toml` is compiled in as the defaults, so that it documents the real ones. The operator's file, the
//! environment and the command line override it, in this order, each with the settings that differ. The name of an environment
//! variable follows from the setting's path (`log.format` is `POOLHOUSE_LOG_FORMAT`), so no setting is named twice. The error
//! about an invalid value names the setting, the source of the value and the expected form.

mod access_keys;
mod forms;
mod given;
mod issuer;
mod postgres;
mod sections;
mod setting;
mod smtp;
mod traces;
mod value;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::value::{Error as NoCategory, StrDeserializer};

use self::access_keys::{AccessKeySettings, account, everything, is_shipped};
use self::given::Given;
use self::setting::Setting;
use crate::access::{AccessKey, AccessKeys};
use crate::api::Sensitive;
use crate::ids::AccountId;
use crate::quotas::Category;

pub use self::issuer::Issuer;
pub use self::postgres::PostgresUrl;
pub use self::sections::{HttpSettings, LogFormat, LogSettings, MetricsSettings, StoreSettings};
pub use self::smtp::SmtpSettings;
pub use self::traces::TracesSettings;

pub(crate) use self::given::PREFIX;

/// The defaults, with their explanations.
const DEFAULTS: &str = include_str!("../../config/poolhouse.toml");

/// The settings; `config/poolhouse.toml` explains each.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Address to listen on; port 0 takes any free port.
    pub listen: SocketAddr,
    /// The database: a file, `:memory:`, or the address of a PostgreSQL database.
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
    /// Whether what only tests need is allowed; `None` leaves it to where the server listens and by which key.
    test_controls: Option<bool>,
    /// Whether Cognito's request quotas apply.
    pub limits: bool,
    /// The HTTP server.
    pub http: HttpSettings,
    /// The database connections.
    pub store: StoreSettings,
    /// The request log.
    pub log: LogSettings,
    /// Who may read metrics.
    pub metrics: MetricsSettings,
    /// The collector that traces are sent to; `None` if nothing is traced.
    pub traces: Option<TracesSettings>,
    /// The mail server that emails are sent to; `None` if they only stay in the outbox.
    pub smtp: Option<SmtpSettings>,
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
    /// In a PostgreSQL database.
    Postgres(PostgresUrl),
}

impl Database {
    fn read(setting: &Setting<'_>) -> Result<Self, SettingsError> {
        match setting.text()? {
            ":memory:" => Ok(Self::Memory),
            "" => Err(setting.unexpected("the path of a file, :memory:, or postgres://...")),
            url if PostgresUrl::is_meant(url) => {
                PostgresUrl::parse(url).map(Self::Postgres).map_err(|why| {
                    setting.refuse(format_args!(
                        "the address of the database cannot be used: {why}"
                    ))
                })
            }
            name => Ok(Self::File(name.into())),
        }
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Memory => f.write_str(":memory:"),
            Self::Postgres(url) => url.fmt(f),
        }
    }
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
            test_controls: given.at("test_controls")?.choice(&[
                ("auto", None),
                ("on", Some(true)),
                ("off", Some(false)),
            ])?,
            limits: given.at("limits")?.flag()?,
            http: HttpSettings::read(&given)?,
            store: StoreSettings::read(&given)?,
            log: LogSettings::read(&given)?,
            metrics: MetricsSettings::read(&given)?,
            traces: TracesSettings::read(&given)?,
            smtp: SmtpSettings::read(&given)?,
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

    /// Whether what only tests need is allowed, such as setting the clock and making requests fail: as the setting says, or else on a server that only this
    /// machine reaches and whose secret access key everybody knows.
    pub(crate) fn allows_test_controls(&self) -> bool {
        let at_home = self.listen.ip().is_loopback() && self.has_shipped_secret();
        self.test_controls.unwrap_or(at_home)
    }

    /// Id and secret of the administrator's key, if the secret is the default one, which everybody knows.
    pub(crate) fn shipped_key(&self) -> Option<(&str, &str)> {
        let is_shipped = !self.access_key_id.is_empty() && is_shipped(&self.secret_access_key);
        is_shipped.then(|| (&*self.access_key_id, &**self.secret_access_key.expose()))
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
        self.shipped_key().is_some() || self.access_keys.iter().any(|key| is_shipped(&key.secret))
    }
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
