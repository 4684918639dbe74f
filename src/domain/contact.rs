//! What users are reached by: email addresses and phone numbers, and their forms.

use crate::api::{DeliveryMediumType, VerifiedAttributeType};

/// An attribute that codes are sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contact {
    Email,
    PhoneNumber,
}

impl Contact {
    /// Both of them.
    pub(crate) const ALL: [Self; 2] = [Self::Email, Self::PhoneNumber];

    /// The attribute with this name. Returns `None` for any other name.
    pub(crate) fn parse(attribute: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|contact| contact.attribute() == attribute)
    }

    /// The name of the attribute.
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::PhoneNumber => "phone_number",
        }
    }

    /// The attribute that says whether the value is verified.
    pub(crate) fn flag(self) -> &'static str {
        match self {
            Self::Email => "email_verified",
            Self::PhoneNumber => "phone_number_verified",
        }
    }

    /// How messages reach it.
    pub(crate) fn medium(self) -> DeliveryMediumType {
        match self {
            Self::Email => DeliveryMediumType::Email,
            Self::PhoneNumber => DeliveryMediumType::Sms,
        }
    }
}

impl From<VerifiedAttributeType> for Contact {
    fn from(attribute: VerifiedAttributeType) -> Self {
        match attribute {
            VerifiedAttributeType::Email => Self::Email,
            VerifiedAttributeType::PhoneNumber => Self::PhoneNumber,
        }
    }
}

/// The most digits of a telephone number (ITU-T E.164).
const PHONE_DIGITS: usize = 15;

/// The most bytes before the `@` of an email address (RFC 5321 section 4.5.3.1.1).
const LOCAL_PART: usize = 64;

/// Whether the text has the form of an email address: one `@`, something before it, and a domain name after it.
pub(crate) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let is_label = |label: &str| {
        !label.is_empty()
            && label
                .chars()
                .all(|char| char.is_alphanumeric() || char == '-')
    };
    (1..=LOCAL_PART).contains(&local.len())
        && !local
            .chars()
            .any(|char| char.is_whitespace() || char.is_control())
        && domain.split('.').all(is_label)
}

/// Whether the text is a phone number: a plus sign, then digits (AWS's guide "Working with user attributes").
pub(crate) fn is_phone_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (1..=PHONE_DIGITS).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn email_addresses_and_telephone_numbers_are_told_from_other_text() {
        for email in ["a@b", "user+tag@example.co.uk", "ü@bücher.example"] {
            assert!(is_email(email), "{email}");
        }
        for other in [
            "", "a", "@b", "a@", "a@b@c", "a b@c", "a@b..c", "a@b c", "a@.b",
        ] {
            assert!(!is_email(other), "{other}");
        }
        for number in ["+1", "+12065550100", "+123456789012345"] {
            assert!(is_phone_number(number), "{number}");
        }
        for other in ["", "+", "12065550100", "+1 206", "+1234567890123456", "+१२"] {
            assert!(!is_phone_number(other), "{other}");
        }
    }
}
