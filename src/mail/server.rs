//! The mail server: one connection for each message.

use std::error::Error as _;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::{AsyncSmtpTransport, Error};
use lettre::{AsyncTransport, Tokio1Executor};
use tokio::time::timeout;

use super::letter::letter;
use crate::domain::delivery::Undelivered;
use crate::settings::SmtpSettings;

/// How long the mail server may take for a message, from the connection on.
pub(super) const SEND_TIME: Duration = Duration::from_secs(20);

/// Replies about logging in, which are no fault of the message (RFC 4954 section 6).
const AUTHENTICATION: [&str; 4] = ["530", "534", "535", "538"];

/// The longest reason that is kept, in characters.
const REASON: usize = 200;

/// The mail server of the settings.
pub(super) struct MailServer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    sender: Mailbox,
}

/// Why a message was not sent. The reason holds nothing that the message holds.
#[derive(Debug, PartialEq)]
pub(super) struct Failure {
    pub(super) reason: String,
    pub(super) extent: Extent,
}

/// What a failure means for further attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// This message will never be taken.
    MessageForGood,
    /// This message may be taken later.
    MessageForNow,
    /// The mail server takes no message now.
    Server,
}

impl MailServer {
    pub(super) fn new(settings: &SmtpSettings) -> Self {
        let mut transport =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(settings.host.as_str())
                .port(settings.port)
                .tls(settings.tls.clone())
                .timeout(Some(SEND_TIME));
        if let Some(credentials) = &settings.credentials {
            transport = transport.credentials(Credentials::new(
                credentials.username.clone(),
                credentials.password.expose().clone(),
            ));
        }
        Self {
            transport: transport.build(),
            sender: settings.from.clone(),
        }
    }

    /// Sends the message; the mail server has taken responsibility for it when this returns.
    pub(super) async fn send(&self, message: &Undelivered) -> Result<(), Failure> {
        let letter = letter(message, &self.sender).map_err(|why| Failure {
            reason: why.to_owned(),
            extent: Extent::MessageForGood,
        })?;
        match timeout(SEND_TIME, self.transport.send(letter)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(Failure::of(&error)),
            Err(_) => Err(Failure {
                reason: format!(
                    "the mail server did not answer within {} seconds",
                    SEND_TIME.as_secs()
                ),
                extent: Extent::Server,
            }),
        }
    }
}

impl Failure {
    fn of(error: &Error) -> Self {
        let cause = error.source().map(ToString::to_string).unwrap_or_default();
        if let Some(code) = error.status() {
            return Self::refused(&code.to_string(), error.is_permanent(), &cause);
        }
        // Before anything of the message is sent, what the mail server cannot take is known.
        if error.is_client() && cause.contains("server does not support") {
            return Self {
                reason: "the mail server takes no addresses with such characters".to_owned(),
                extent: Extent::MessageForGood,
            };
        }
        let reason = if error.is_response() {
            "the mail server does not answer as one".to_owned()
        } else {
            format!("the mail server cannot be used: {}", plain(&cause))
        };
        Self {
            reason,
            extent: Extent::Server,
        }
    }

    /// The failure for a reply. Its text is left out, since mail servers repeat addresses in it, and anything else they like.
    fn refused(code: &str, for_good: bool, text: &str) -> Self {
        let extent = if AUTHENTICATION.contains(&code) || code == "421" {
            Extent::Server
        } else if for_good {
            Extent::MessageForGood
        } else {
            Extent::MessageForNow
        };
        let enhanced = enhanced_code(text).map_or_else(String::new, |code| format!(" {code}"));
        Self {
            reason: format!("the mail server answered {code}{enhanced}"),
            extent,
        }
    }
}

/// The enhanced status code that a reply begins with (RFC 3463), such as `5.1.1`.
fn enhanced_code(text: &str) -> Option<&str> {
    let first = text.split_whitespace().next()?;
    let mut parts = first.split('.');
    let is_number = |part: &str| {
        (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let fits = parts
        .by_ref()
        .take(3)
        .filter(|part| is_number(part))
        .count()
        == 3;
    (fits && parts.next().is_none()).then_some(first)
}

/// The beginning of a text, without control characters.
fn plain(text: &str) -> String {
    let shown = text.chars().take(REASON);
    shown
        .map(|char| if char.is_control() { ' ' } else { char })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_told_by_its_codes_alone() {
        for (code, for_good, text, reason, extent) in [
            (
                "550",
                true,
                "5.1.1 <ana@example.com>: unknown",
                "550 5.1.1",
                Extent::MessageForGood,
            ),
            (
                "450",
                false,
                "4.2.1 Greylisted",
                "450 4.2.1",
                Extent::MessageForNow,
            ),
            (
                "552",
                true,
                "ana@example.com is full",
                "552",
                Extent::MessageForGood,
            ),
            ("535", true, "5.7.8 c2VjcmV0", "535 5.7.8", Extent::Server),
            ("421", false, "1.2.3.4 is busy", "421", Extent::Server),
        ] {
            let expected = Failure {
                reason: format!("the mail server answered {reason}"),
                extent,
            };
            assert_eq!(Failure::refused(code, for_good, text), expected);
        }
    }

    #[test]
    fn a_reason_is_short_and_plain() {
        assert_eq!(plain("a\u{1b}[2Jb\r\n"), "a [2Jb  ");
        assert_eq!(plain(&"ü".repeat(300)).chars().count(), REASON);
    }
}
