//! The address of a PostgreSQL database.

use std::fmt;
use std::path::{Path, PathBuf};

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// What the address of a PostgreSQL database begins with.
const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// A PostgreSQL database, named as libpq names one (PostgreSQL's documentation, "Connection URIs"), but for TLS: wherever it is used,
/// the server's certificate and name are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresUrl {
    config: Box<Config>,
    ca_file: Option<PathBuf>,
}

impl PostgresUrl {
    /// Whether the text begins as an address of PostgreSQL does.
    pub(super) fn is_meant(text: &str) -> bool {
        SCHEMES.iter().any(|scheme| text.starts_with(scheme))
    }

    /// Reads an address.
    ///
    /// # Errors
    /// What is wrong with it, in words that do not repeat its password.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (base, query) = text.split_once('?').unwrap_or((text, ""));
        let (mut mode, mut ca_file, mut kept) = (None, None, Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                "sslmode" => mode = Some(tls(value)?),
                "sslrootcert" => ca_file = file(value),
                _ => kept.push(pair),
            }
        }
        let mut config: Config = format!("{base}?{}", kept.join("&"))
            .parse()
            .map_err(|error: tokio_postgres::Error| error.to_string())?;
        let is_local = config
            .get_hosts()
            .iter()
            .all(|host| matches!(host, Host::Unix(_)));
        if config.get_hosts().is_empty() {
            return Err("it names no host".to_owned());
        }
        let default = if is_local {
            SslMode::Disable
        } else {
            SslMode::Require
        };
        config.ssl_mode(mode.unwrap_or(default));
        if config.get_application_name().is_none() {
            config.application_name("poolhouse");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(std::time::Duration::from_secs(10));
        }
        Ok(Self {
            config: Box::new(config),
            ca_file,
        })
    }

    /// What the client connects by.
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// The authorities that may sign the server's certificate, in PEM form; `None` for those that this machine trusts.
    pub(crate) fn ca_file(&self) -> Option<&Path> {
        self.ca_file.as_deref()
    }
}

/// How the connection is encrypted. Whatever encrypts it checks the certificate as well.
fn tls(value: &str) -> Result<SslMode, String> {
    match value {
        "disable" => Ok(SslMode::Disable),
        "require" | "verify-ca" | "verify-full" => Ok(SslMode::Require),
        "allow" | "prefer" => Err(format!(
            "sslmode={value} would go on in plain text with a server that has no TLS; write require or disable"
        )),
        _ => Err("sslmode is one of disable, require, verify-ca and verify-full".to_owned()),
    }
}

/// The file of a parameter; `None` for the word that stands for the machine's own.
fn file(value: &str) -> Option<PathBuf> {
    let value = value.replace('+', "%2B");
    let name = form_urlencoded::parse(value.as_bytes()).next()?.0;
    (name != "system").then(|| PathBuf::from(name.into_owned()))
}

impl fmt::Display for PostgresUrl {
    /// The address without its password and parameters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        if let Some(user) = self.config.get_user() {
            write!(f, "{user}@")?;
        }
        let ports = self.config.get_ports();
        for (number, host) in self.config.get_hosts().iter().enumerate() {
            if number > 0 {
                f.write_str(",")?;
            }
            match host {
                Host::Tcp(name) => f.write_str(name)?,
                Host::Unix(path) => write!(f, "{}", path.display())?,
            }
            if let Some(port) = ports.get(number).or(ports.first()) {
                write!(f, ":{port}")?;
            }
        }
        write!(f, "/{}", self.config.get_dbname().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown() {
        let url = PostgresUrl::parse("postgres://ana:s3cret@db.example.com:5433/pool").unwrap();
        assert_eq!(url.to_string(), "postgres://ana@db.example.com:5433/pool");
        assert!(!format!("{url:?}").contains("s3cret"));
        for wrong in [
            "postgres://ana:s3cret@db.example.com:port/pool",
            "postgres://ana:s3cret@db.example.com/pool?sslmode=maybe",
            "postgres://ana:s3cret@db.example.com/pool?colour=red",
            "postgres://ana:s3cret@/pool",
        ] {
            assert!(!PostgresUrl::parse(wrong).unwrap_err().contains("s3cret"));
        }
    }

    #[test]
    fn tls_is_the_default_and_never_given_up_without_a_word() {
        let mode = |query: &str| {
            let url = PostgresUrl::parse(&format!("postgres://db.example.com/pool{query}"));
            url.map(|url| (url.config.get_ssl_mode(), url.ca_file))
        };
        let ca = |path: &str| Some(PathBuf::from(path));
        assert_eq!(mode(""), Ok((SslMode::Require, None)));
        assert_eq!(mode("?sslmode=disable"), Ok((SslMode::Disable, None)));
        assert_eq!(
            mode("?sslmode=verify-full&sslrootcert=/etc/a%20b+c.pem"),
            Ok((SslMode::Require, ca("/etc/a b+c.pem")))
        );
        assert_eq!(mode("?sslrootcert=system"), Ok((SslMode::Require, None)));
        assert!(mode("?sslmode=prefer").unwrap_err().contains("plain text"));
        let socket = PostgresUrl::parse("postgres://%2Frun%2Fpostgresql/pool").unwrap();
        assert_eq!(socket.config.get_ssl_mode(), SslMode::Disable);
    }
}
