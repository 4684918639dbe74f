//! Messages to users: codes, links, and invitations.
//!
//! A message names its purpose as Cognito's custom sender triggers do, and has the text that the pool's templates give.

mod wording;

use crate::api::{CodeDeliveryDetailsType, DeliveryMediumType, Sensitive, Timestamp};
use crate::domain::contact::Contact;

pub(crate) use wording::Wording;

/// The purpose of a message, by the name that Cognito's custom sender triggers have for it (AWS's guide "Custom sender Lambda
/// triggers").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The code is the second factor of a sign-in.
    Authentication,
    /// The code confirms a user who has just signed up.
    SignUp,
    /// The code confirms a user who has signed up, and takes the place of an earlier one.
    ResendCode,
    /// The code allows a new password.
    ForgotPassword,
    /// The code verifies an address or number that has just become the user's, or is to become it.
    UpdateUserAttribute,
    /// The code verifies an address or number, as the user asked.
    VerifyUserAttribute,
    /// The temporary password of a user that an administrator has created.
    AdminCreateUser,
}

impl Purpose {
    /// The trigger's name for the purpose.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Authentication => "Authentication",
            Self::SignUp => "SignUp",
            Self::ResendCode => "ResendCode",
            Self::ForgotPassword => "ForgotPassword",
            Self::UpdateUserAttribute => "UpdateUserAttribute",
            Self::VerifyUserAttribute => "VerifyUserAttribute",
            Self::AdminCreateUser => "AdminCreateUser",
        }
    }
}

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Destination {
    pub(crate) contact: Contact,
    /// The address or number.
    pub(crate) value: String,
}

impl Destination {
    /// The destination as answers show it: masked, so that only the user recognizes it. Of an email address the first characters
    /// of name and domain remain, `d***@e***`; of a number the plus sign and the last four digits, `+*******0100`.
    pub(crate) fn masked(&self) -> String {
        match self.contact {
            Contact::PhoneNumber => {
                let digits = self.value.trim_start_matches('+');
                let hidden = digits.chars().count().saturating_sub(4);
                let shown: String = digits.chars().skip(hidden).collect();
                format!("+{}{shown}", "*".repeat(hidden))
            }
            Contact::Email => {
                let (name, domain) = self.value.rsplit_once('@').unwrap_or((&self.value, ""));
                let first = |text: &str| text.chars().take(1).collect::<String>();
                format!("{}***@{}***", first(name), first(domain))
            }
        }
    }

    /// What an answer tells about a code that went there.
    pub(crate) fn details(&self) -> CodeDeliveryDetailsType {
        CodeDeliveryDetailsType {
            attribute_name: Some(self.contact.attribute().to_owned()),
            delivery_medium: Some(self.contact.medium()),
            destination: Some(self.masked()),
        }
    }
}

/// A message to a user.
pub(crate) struct Message {
    pub(crate) destination: Destination,
    pub(crate) purpose: Purpose,
    /// The code, or the temporary password of an invitation.
    pub(crate) code: Sensitive<String>,
    /// The link that does what the code does; `None` for a message without a link.
    pub(crate) link: Option<Sensitive<String>>,
    /// The whole text.
    pub(crate) text: Sensitive<String>,
    /// The subject of an email; `None` for an SMS message.
    pub(crate) subject: Option<String>,
    pub(crate) created: Timestamp,
    /// When the code expires.
    pub(crate) expires: Timestamp,
}

impl Message {
    /// The message with a code.
    pub(crate) fn with_code(
        purpose: Purpose,
        destination: Destination,
        wording: &Wording,
        code: Sensitive<String>,
        (created, expires): (Timestamp, Timestamp),
    ) -> Self {
        Self {
            subject: wording.subject_for(destination.contact.medium()),
            text: wording.with_code(code.expose()).into(),
            link: None,
            destination,
            purpose,
            code,
            created,
            expires,
        }
    }

    /// The same message with a link that does what the code does, worded for a link.
    #[must_use]
    pub(crate) fn with_link(self, wording: &Wording, link: String) -> Self {
        Self {
            subject: wording.subject_for(self.destination.contact.medium()),
            text: wording.with_link(&link).into(),
            link: Some(link.into()),
            ..self
        }
    }

    /// The invitation of a user with a temporary password.
    pub(crate) fn invitation(
        destination: Destination,
        wording: &Wording,
        (username, password): (&str, Sensitive<String>),
        (created, expires): (Timestamp, Timestamp),
    ) -> Self {
        Self {
            subject: wording.subject_for(destination.contact.medium()),
            text: wording.for_user(username, password.expose()).into(),
            link: None,
            destination,
            purpose: Purpose::AdminCreateUser,
            code: password,
            created,
            expires,
        }
    }

    /// How the message is sent.
    pub(crate) fn medium(&self) -> DeliveryMediumType {
        self.destination.contact.medium()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(contact: Contact, value: &str) -> String {
        let value = value.to_owned();
        Destination { contact, value }.masked()
    }

    #[test]
    fn destinations_are_shown_so_that_only_their_owner_knows_them_again() {
        for (number, shown) in [
            ("+12065550100", "+*******0100"),
            ("+4930123456", "+******3456"),
            ("+1234", "+1234"),
            ("+12", "+12"),
            ("+", "+"),
        ] {
            assert_eq!(masked(Contact::PhoneNumber, number), shown);
        }
        for (address, shown) in [
            ("test@example.com", "t***@e***"),
            ("ü.b@c@ärger.example", "ü***@ä***"),
            ("@example.com", "***@e***"),
            ("nobody", "n***@***"),
        ] {
            assert_eq!(masked(Contact::Email, address), shown);
        }
    }
}
