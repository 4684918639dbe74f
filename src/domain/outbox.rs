//! Messages with codes for users. Nothing sends them: they are stored in an outbox, which the operator reads.

use serde::Serialize;

use crate::api::{DeliveryMediumType, Sensitive, Timestamp};
use crate::domain::mfa::Factor;
use crate::ids::{AccountId, UserPoolId, Username};

/// The placeholder for the code in a message template.
const PLACEHOLDER: &str = "{####}";

/// Cognito's texts for pools that set none.
const AUTHENTICATION_MESSAGE: &str = "Your authentication code is {####}. ";
const AUTHENTICATION_SUBJECT: &str = "Your authentication code";

/// The purpose of a message, by the name that Cognito's custom sender triggers have for it (AWS's guide "Custom sender Lambda
/// triggers").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The code is the second factor of a sign-in.
    Authentication,
}

impl Purpose {
    /// The trigger's name for the purpose.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Authentication => "Authentication",
        }
    }
}

/// A message to a user.
pub(crate) struct Message {
    pub(crate) medium: DeliveryMediumType,
    pub(crate) destination: String,
    pub(crate) purpose: Purpose,
    pub(crate) code: Sensitive<String>,
    /// The whole text, with the code.
    pub(crate) text: Sensitive<String>,
    /// The subject of an email; `None` for an SMS message.
    pub(crate) subject: Option<String>,
    pub(crate) created: Timestamp,
    /// When the code expires.
    pub(crate) expires: Timestamp,
}

/// The pool's texts for messages about second factors; `None` stands for Cognito's text.
#[derive(Default, Clone, PartialEq)]
pub(crate) struct Wording {
    pub(crate) message: Option<String>,
    pub(crate) subject: Option<String>,
}

impl Message {
    /// The message with the code of a second factor. Returns `None` for a software token, which needs no message.
    pub(crate) fn of_second_factor(
        factor: Factor,
        destination: String,
        code: Sensitive<String>,
        wording: Wording,
        (created, expires): (Timestamp, Timestamp),
    ) -> Option<Self> {
        let subject = || {
            wording
                .subject
                .unwrap_or_else(|| AUTHENTICATION_SUBJECT.to_owned())
        };
        let (medium, subject) = match factor {
            Factor::Sms => (DeliveryMediumType::Sms, None),
            Factor::Email => (DeliveryMediumType::Email, Some(subject())),
            Factor::SoftwareToken => return None,
        };
        let template = wording.message.as_deref().unwrap_or(AUTHENTICATION_MESSAGE);
        Some(Self {
            medium,
            destination,
            purpose: Purpose::Authentication,
            text: template.replace(PLACEHOLDER, code.expose()).into(),
            code,
            subject,
            created,
            expires,
        })
    }

    /// The destination as challenges show it: masked, so that only the user recognizes it.
    pub(crate) fn masked_destination(&self) -> String {
        match self.medium {
            DeliveryMediumType::Sms => masked_number(&self.destination),
            DeliveryMediumType::Email => masked_address(&self.destination),
        }
    }
}

/// `+*******0100`: the plus sign and the last four digits.
fn masked_number(number: &str) -> String {
    let digits = number.trim_start_matches('+');
    let hidden = digits.chars().count().saturating_sub(4);
    let shown: String = digits.chars().skip(hidden).collect();
    format!("+{}{shown}", "*".repeat(hidden))
}

/// `d***@e***`: the first characters of name and domain.
fn masked_address(address: &str) -> String {
    let (name, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    let first = |text: &str| text.chars().take(1).collect::<String>();
    format!("{}***@{}***", first(name), first(domain))
}

/// A stored message, as the outbox shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct StoredMessage {
    pub(crate) id: i64,
    pub(crate) user_pool_id: UserPoolId,
    pub(crate) username: Username,
    pub(crate) delivery_medium: String,
    pub(crate) destination: Sensitive<String>,
    pub(crate) purpose: String,
    pub(crate) code: Sensitive<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subject: Option<String>,
    pub(crate) message: Sensitive<String>,
    pub(crate) creation_date: Timestamp,
    pub(crate) expiration_date: Timestamp,
}

/// The answer of `GET /_poolhouse/outbox`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct MessageList {
    /// The messages, the newest last.
    pub(crate) messages: Vec<StoredMessage>,
    /// The id of the last of them; without any, the id after which they were to come.
    pub(crate) last_id: i64,
}

/// The messages to read from the outbox. A member that is `None` restricts nothing.
#[derive(Debug, Default, Clone)]
pub(crate) struct MessageFilter {
    /// Only messages of this account's pools.
    pub(crate) account: Option<AccountId>,
    pub(crate) pool: Option<String>,
    /// The user's username, email address or phone number.
    pub(crate) user: Option<String>,
    /// Only messages with a greater id: those that came later. 0 restricts nothing.
    pub(crate) after: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations_are_shown_so_that_only_their_owner_knows_them_again() {
        for (number, masked) in [
            ("+12065550100", "+*******0100"),
            ("+4930123456", "+******3456"),
        ] {
            assert_eq!(masked_number(number), masked);
        }
        for (address, masked) in [
            ("test@example.com", "t***@e***"),
            ("ü.b@c@ärger.example", "ü***@ä***"),
            ("nobody", "n***@***"),
        ] {
            assert_eq!(masked_address(address), masked);
        }
    }

    #[test]
    fn a_message_is_worded_by_the_pool_or_as_cognito_words_it() {
        let message = |factor, wording| {
            let now = Timestamp::from_millis(0);
            let code = "042000".to_owned().into();
            Message::of_second_factor(factor, "x".to_owned(), code, wording, (now, now))
        };
        let email = message(Factor::Email, Wording::default()).unwrap();
        assert_eq!(email.text.expose(), "Your authentication code is 042000. ");
        assert_eq!(email.subject.as_deref(), Some("Your authentication code"));
        let own = |subject: Option<&str>| Wording {
            message: Some("{####}: {####}".to_owned()),
            subject: subject.map(str::to_owned),
        };
        let email = message(Factor::Email, own(Some("Hi"))).unwrap();
        assert_eq!(email.text.expose(), "042000: 042000");
        assert_eq!(email.subject.as_deref(), Some("Hi"));
        assert_eq!(message(Factor::Sms, own(Some("Hi"))).unwrap().subject, None);
        assert!(message(Factor::SoftwareToken, Wording::default()).is_none());
    }
}
