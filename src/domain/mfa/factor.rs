//! Second factors (AWS's guide "Adding MFA to a user pool").

use serde::{Deserialize, Serialize};

use crate::api::ChallengeNameType;
use crate::domain::contact::Contact;
use crate::error::{ApiError, Result};

/// A second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Factor {
    Sms,
    Email,
    SoftwareToken,
}

impl Factor {
    /// All factors, in the order in which `UserMFASettingList` names them.
    pub(crate) const ALL: [Self; 3] = [Self::Sms, Self::Email, Self::SoftwareToken];

    /// The name in `UserMFASettingList`, `PreferredMfaSetting` and the answer to `SELECT_MFA_TYPE`.
    pub(crate) fn name(self) -> &'static str {
        self.challenge().as_str()
    }

    /// The factor with this name. Returns `None` for any other name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|factor| factor.name() == name)
    }

    /// The challenge that asks for the factor.
    pub(crate) fn challenge(self) -> ChallengeNameType {
        match self {
            Self::Sms => ChallengeNameType::SmsMfa,
            Self::Email => ChallengeNameType::EmailOtp,
            Self::SoftwareToken => ChallengeNameType::SoftwareTokenMfa,
        }
    }

    /// What codes are sent to. Returns `None` for a factor without messages.
    pub(crate) fn contact(self) -> Option<Contact> {
        match self {
            Self::Sms => Some(Contact::PhoneNumber),
            Self::Email => Some(Contact::Email),
            Self::SoftwareToken => None,
        }
    }
}

/// The names of the factors as challenge parameters list them: a JSON array as text.
///
/// # Errors
/// `InternalErrorException`, never in practice.
pub(crate) fn names_as_json(factors: &[Factor]) -> Result<String> {
    let names: Vec<&str> = factors.iter().map(|factor| factor.name()).collect();
    serde_json::to_string(&names).map_err(ApiError::internal)
}
