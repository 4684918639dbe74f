//! The section `[smtp]`: the mail server that delivers email.

use std::path::Path;

use lettre::message::Mailbox;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};

use super::SettingsError;
use super::given::Given;
use super::setting::Setting;
use crate::api::Sensitive;

/// The section `[smtp]`, where it names a mail server.
#[derive(Debug, Clone)]
pub struct SmtpSettings {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) tls: Tls,
    pub(crate) credentials: Option<Credentials>,
    /// The sender of messages whose pool names none.
    pub(crate) from: Mailbox,
}

/// What the server proves itself with to the mail server.
#[derive(Debug, Clone)]
pub(crate) struct Credentials {
    pub(crate) username: String,
    pub(crate) password: Sensitive<String>,
}

/// How a connection to the mail server is encrypted.
#[derive(Clone, Copy, PartialEq)]
enum Encryption {
    None,
    StartTls,
    Tls,
}

impl SmtpSettings {
    /// Reads the section. Returns `None` if it names no mail server.
    pub(super) fn read(given: &Given) -> Result<Option<Self>, SettingsError> {
        let address = given.at("smtp.address")?;
        if address.text()?.is_empty() {
            return Ok(None);
        }
        let (host, port) = address.formed(
            "a host and a port, such as mail.example.com:587",
            host_and_port,
        )?;
        let from = given.at("smtp.from")?;
        let words = [
            ("none", Encryption::None),
            ("starttls", Encryption::StartTls),
            ("tls", Encryption::Tls),
        ];
        let encryption = given.at("smtp.tls")?.choice(&words)?;
        let credentials = credentials(given, encryption, &host)?;
        Ok(Some(Self {
            tls: tls(&given.at("smtp.ca_file")?, encryption, &host)?,
            from: from.formed(
                "an email address, such as no-reply@example.com or \"Example <no-reply@example.com>\"",
                |text| text.parse().ok(),
            )?,
            host,
            port,
            credentials,
        }))
    }
}

/// Splits `mail.example.com:587`, `192.0.2.1:25` or `[2001:db8::1]:25`.
fn host_and_port(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let port = Some(port).filter(|port| port.bytes().all(|byte| byte.is_ascii_digit()))?;
    let port = port.parse().ok().filter(|port| *port > 0)?;
    let is_name = |host: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        !host.is_empty() && host.bytes().all(allowed)
    };
    let ip = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    match ip {
        Some(ip) => ip
            .parse::<std::net::Ipv6Addr>()
            .ok()
            .map(|_| (ip.to_owned(), port)),
        None => is_name(host).then(|| (host.to_owned(), port)),
    }
}

/// Whether the host is this machine itself.
fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// What the settings say to log in with: both a name and a password, or neither.
fn credentials(
    given: &Given,
    encryption: Encryption,
    host: &str,
) -> Result<Option<Credentials>, SettingsError> {
    let (name, secret) = (given.at("smtp.username")?, given.at("smtp.password")?);
    let (username, password) = (name.text()?.to_owned(), secret.secret()?);
    match (username.is_empty(), password.expose().is_empty()) {
        (true, true) => Ok(None),
        (true, false) => Err(secret.refuse("a password needs an smtp.username")),
        (false, true) => Err(name.refuse("a user name needs an smtp.password")),
        (false, false) if encryption == Encryption::None && !is_this_machine(host) => {
            Err(given.at("smtp.tls")?.refuse(
                "the password would be sent to another machine without encryption; set smtp.tls to \"starttls\" or \"tls\"",
            ))
        }
        (false, false) => Ok(Some(Credentials { username, password })),
    }
}

/// How the connection is encrypted, and by whom the mail server's certificate must be signed.
fn tls(file: &Setting<'_>, encryption: Encryption, host: &str) -> Result<Tls, SettingsError> {
    let name = file.text()?;
    if encryption == Encryption::None {
        return if name.is_empty() {
            Ok(Tls::None)
        } else {
            Err(file.refuse(
                "without encryption no certificate is checked; set smtp.tls, or leave this out",
            ))
        };
    }
    let mut parameters = TlsParameters::builder(host.to_owned());
    if !name.is_empty() {
        parameters = parameters
            .certificate_store(CertificateStore::None)
            .add_root_certificate(authorities(file, Path::new(name))?);
    }
    let parameters = parameters
        .build()
        .map_err(|error| file.refuse(format_args!("the certificates cannot be used: {error}")))?;
    Ok(if encryption == Encryption::Tls {
        Tls::Wrapper(parameters)
    } else {
        Tls::Required(parameters)
    })
}

/// The certificates in a file.
fn authorities(file: &Setting<'_>, path: &Path) -> Result<Certificate, SettingsError> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        file.refuse(format_args!("{}: cannot be read: {error}", path.display()))
    })?;
    let none = || {
        file.refuse(format_args!(
            "{}: holds no certificate; expected one or more in PEM form",
            path.display()
        ))
    };
    if !text.contains("-----BEGIN CERTIFICATE-----") {
        return Err(none());
    }
    Certificate::from_pem(text.as_bytes()).map_err(|_| none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_server_is_a_host_and_a_port() {
        for (text, host, port) in [
            ("mail.example.com:587", "mail.example.com", 587),
            ("localhost:1025", "localhost", 1025),
            ("192.0.2.1:25", "192.0.2.1", 25),
            ("[2001:db8::1]:465", "2001:db8::1", 465),
        ] {
            assert_eq!(host_and_port(text), Some((host.to_owned(), port)), "{text}");
        }
        for text in [
            "mail.example.com",
            ":25",
            "mail.example.com:",
            "mail.example.com:0",
            "mail.example.com:70000",
            "mail.example.com:+25",
            "smtp://mail.example.com:25",
            "2001:db8::1:25",
            "[mail]:25",
            "a b:25",
        ] {
            assert_eq!(host_and_port(text), None, "{text}");
        }
    }
}
