//! Codes that are sent to users, and what each of them allows.

use crate::api::Timestamp;
use crate::domain::contact::Contact;
use crate::domain::message::Destination;

const HOUR_MS: i64 = 60 * 60 * 1000;

/// What the right code allows, by the operation that takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allows {
    ConfirmSignUp,
    ConfirmForgotPassword,
    /// `VerifyUserAttribute` of this attribute.
    Verify(Contact),
}

impl Allows {
    /// A name that no other has.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ConfirmSignUp => "ConfirmSignUp",
            Self::ConfirmForgotPassword => "ConfirmForgotPassword",
            Self::Verify(Contact::Email) => "VerifyUserAttribute email",
            Self::Verify(Contact::PhoneNumber) => "VerifyUserAttribute phone_number",
        }
    }

    /// When a code that is sent at `now` expires (AWS's guide "Quotas in Amazon Cognito").
    pub(crate) fn end(self, now: Timestamp) -> Timestamp {
        let hours = match self {
            Self::ConfirmSignUp | Self::Verify(_) => 24,
            Self::ConfirmForgotPassword => 1,
        };
        Timestamp::from_millis(now.millis().saturating_add(hours * HOUR_MS))
    }

    /// How often a code may be tried in an hour (AWS's guide "Quotas in Amazon Cognito").
    pub(crate) fn attempts_per_hour(self) -> u32 {
        match self {
            Self::ConfirmSignUp | Self::Verify(_) => 15,
            Self::ConfirmForgotPassword => 20,
        }
    }
}

/// The end of the hour of the clock that `now` is in.
pub(crate) fn end_of_hour(now: Timestamp) -> Timestamp {
    let hour = now.millis().div_euclid(HOUR_MS).saturating_add(1);
    Timestamp::from_millis(hour.saturating_mul(HOUR_MS))
}

/// A code that was sent, as it is kept.
#[derive(Clone, PartialEq)]
pub(crate) struct KeptCode {
    /// The salted hash of the code.
    pub(crate) hash: Vec<u8>,
    pub(crate) destination: Destination,
    /// Whether the destination becomes the user's with the right code.
    pub(crate) pending: bool,
    pub(crate) expires: Timestamp,
}
