//! A message of the outbox as an email (RFC 5322).

use std::time::{Duration, SystemTime};

use lettre::Message;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};

use crate::api::Timestamp;
use crate::domain::delivery::Undelivered;

/// Says that no person wrote it, so that nothing answers it by itself (RFC 3834 section 5).
const AUTO_SUBMITTED: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");

/// The email, from the pool's sender or else from `sender`. Its text is HTML, as Cognito sends it. Each attempt gives it the same id.
///
/// # Errors
/// Why there can be no such email, in words.
pub(super) fn letter(message: &Undelivered, sender: &Mailbox) -> Result<Message, &'static str> {
    let mailbox = |text: &str| text.parse::<Mailbox>().ok();
    let to = mailbox(message.destination.expose())
        .ok_or("the destination is no address that email can be sent to")?;
    // A sender that cannot be used must not keep the message from its user.
    let from = message.from.as_deref().and_then(mailbox);
    let from = from.unwrap_or_else(|| sender.clone());
    let created = message.created.millis();
    let id = format!("<{}.{created}@{}>", message.id, from.email.domain());
    let mut letter = Message::builder()
        .from(from)
        .to(to)
        .date(system_time(message.created))
        .message_id(Some(id))
        .raw_header(HeaderValue::new(
            AUTO_SUBMITTED,
            "auto-generated".to_owned(),
        ))
        .header(ContentType::TEXT_HTML)
        .subject(message.subject.clone());
    if let Some(reply_to) = message.reply_to.as_deref().and_then(mailbox) {
        letter = letter.reply_to(reply_to);
    }
    letter
        .body(message.text.expose().clone())
        .map_err(|_| "the message cannot be written as an email")
}

fn system_time(time: Timestamp) -> SystemTime {
    let since = Duration::from_millis(time.millis().try_into().unwrap_or_default());
    SystemTime::UNIX_EPOCH + since
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Undelivered {
        Undelivered {
            id: 7,
            destination: "ana@example.com".to_owned().into(),
            subject: "Ihr Schlüssel\r\nBcc: eve@example.com".to_owned(),
            text: "Für Sie: <b>042917</b>".to_owned().into(),
            created: Timestamp::from_millis(1_795_357_380_500),
            attempts: 1,
            from: None,
            reply_to: None,
        }
    }

    fn written(message: &Undelivered) -> String {
        let sender = "Poolhouse <no-reply@example.org>".parse().unwrap();
        String::from_utf8(letter(message, &sender).unwrap().formatted()).unwrap()
    }

    #[test]
    fn a_letter_names_its_sender_its_id_and_nothing_that_was_slipped_in() {
        let text = written(&message());
        for line in [
            "From: Poolhouse <no-reply@example.org>",
            "To: ana@example.com",
            "Date: Sun, 22 Nov 2026 14:23:00 +0000",
            "Message-ID: <7.1795357380500@example.org>",
            "Auto-Submitted: auto-generated",
            "Content-Type: text/html; charset=utf-8",
        ] {
            assert!(
                text.lines().any(|written| written == line),
                "{line}: {text}"
            );
        }
        assert!(!text.contains("\r\nBcc:"), "{text}");
    }

    #[test]
    fn the_pools_sender_comes_before_that_of_the_settings() {
        let own = |from: &str| Undelivered {
            from: Some(from.to_owned()),
            reply_to: Some("help@pool.example".to_owned()),
            ..message()
        };
        let text = written(&own("Pool <codes@pool.example>"));
        assert!(
            text.contains("From: Pool <codes@pool.example>\r\n"),
            "{text}"
        );
        assert!(text.contains("Reply-To: help@pool.example\r\n"), "{text}");
        let text = written(&own("nobody"));
        assert!(text.contains("<no-reply@example.org>"), "{text}");
    }

    #[test]
    fn a_destination_that_is_no_address_is_said() {
        let message = Undelivered {
            destination: "nobody".to_owned().into(),
            ..message()
        };
        let sender = "no-reply@example.org".parse().unwrap();
        assert!(letter(&message, &sender).is_err());
    }
}
