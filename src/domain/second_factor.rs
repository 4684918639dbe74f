//! Which second factors a user has, and which one a sign-in asks for (AWS's guide "Adding MFA to a user pool").
//!
//! A factor counts when the pool offers it and the user can use it: has a phone number, an email address, or a verified
//! authenticator app. Where the pool asks everybody for a second factor it then counts unless the user has switched it off,
//! elsewhere when the user has switched it on.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::api::{
    ChallengeNameType, EmailMfaSettingsType, GetUserPoolMfaConfigResponse, SMSMfaSettingsType,
    SoftwareTokenMfaSettingsType, UserPoolMfaType,
};
use crate::domain::user::UserRecord;
use crate::error::{ApiError, Result};

/// A second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Factor {
    Sms,
    Email,
    SoftwareToken,
}

impl Factor {
    /// All of them, in the order in which they are listed.
    pub(crate) const ALL: [Self; 3] = [Self::Sms, Self::Email, Self::SoftwareToken];

    /// The challenge that asks for it, by whose name it goes elsewhere, too.
    pub(crate) fn challenge(self) -> ChallengeNameType {
        match self {
            Self::Sms => ChallengeNameType::SmsMfa,
            Self::Email => ChallengeNameType::EmailOtp,
            Self::SoftwareToken => ChallengeNameType::SoftwareTokenMfa,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        self.challenge().as_str()
    }

    /// The attribute that a code is sent to, and the one that says that it is verified; an authenticator app has none.
    pub(crate) fn attribute(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Sms => Some(("phone_number", "phone_number_verified")),
            Self::Email => Some(("email", "email_verified")),
            Self::SoftwareToken => None,
        }
    }
}

impl FromStr for Factor {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        let mut all = Self::ALL.into_iter();
        all.find(|factor| factor.name() == name).ok_or(())
    }
}

/// What a pool asks of its users.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    mode: UserPoolMfaType,
    factors: Vec<Factor>,
}

impl Offer {
    /// The offer of a pool of which `GetUserPoolMfaConfig` shows this.
    pub(crate) fn of(shown: &GetUserPoolMfaConfigResponse) -> Self {
        let token = shown.software_token_mfa_configuration.as_ref();
        let offered = |factor: &Factor| match factor {
            Factor::Sms => shown.sms_mfa_configuration.is_some(),
            Factor::Email => shown.email_mfa_configuration.is_some(),
            Factor::SoftwareToken => token.is_some_and(|token| token.enabled == Some(true)),
        };
        Self {
            mode: shown.mfa_configuration.unwrap_or(UserPoolMfaType::Off),
            factors: Factor::ALL.into_iter().filter(offered).collect(),
        }
    }

    pub(crate) fn has(&self, factor: Factor) -> bool {
        self.factors.contains(&factor)
    }

    /// The factors that a user without any can set up.
    pub(crate) fn factors(&self) -> &[Factor] {
        &self.factors
    }

    /// Whether a sign-in of somebody with these factors asks for a second one.
    pub(crate) fn asks(&self, factors: &[Factor]) -> bool {
        match self.mode {
            UserPoolMfaType::Off => false,
            UserPoolMfaType::Optional => !factors.is_empty(),
            UserPoolMfaType::On => true,
        }
    }

    /// The factors that count for a user.
    pub(crate) fn factors_of(
        &self,
        user: &UserRecord,
        has_token: bool,
        preferences: Preferences,
    ) -> Vec<Factor> {
        let counts = |factor: &Factor| {
            let wanted = preferences.wants(*factor);
            let usable = match factor.attribute() {
                Some((attribute, _)) => user.attributes.contains_key(attribute),
                None => has_token,
            };
            usable && wanted.unwrap_or(self.mode == UserPoolMfaType::On)
        };
        match self.mode {
            UserPoolMfaType::Off => Vec::new(),
            UserPoolMfaType::On | UserPoolMfaType::Optional => {
                self.factors.iter().copied().filter(counts).collect()
            }
        }
    }
}

/// What a user wants of the second factors; `None` is what the user has not said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Preferences {
    pub(crate) sms: Option<bool>,
    pub(crate) email: Option<bool>,
    pub(crate) software_token: Option<bool>,
    pub(crate) preferred: Option<Factor>,
}

/// What a request says of each factor: whether it shall be on, and preferred.
pub(crate) type Asked = [(Factor, (Option<bool>, Option<bool>)); 3];

impl Preferences {
    /// Whether the user wants the factor.
    pub(crate) fn wants(self, factor: Factor) -> Option<bool> {
        match factor {
            Factor::Sms => self.sms,
            Factor::Email => self.email,
            Factor::SoftwareToken => self.software_token,
        }
    }

    /// Switches the factor on or off. One that is off is not preferred.
    pub(crate) fn want(&mut self, factor: Factor, wanted: bool) {
        let place = match factor {
            Factor::Sms => &mut self.sms,
            Factor::Email => &mut self.email,
            Factor::SoftwareToken => &mut self.software_token,
        };
        *place = Some(wanted);
        if !wanted && self.preferred == Some(factor) {
            self.preferred = None;
        }
    }

    /// The factors that the user has switched on.
    pub(crate) fn wanted(self) -> Vec<Factor> {
        let mut all = Factor::ALL.to_vec();
        all.retain(|factor| self.wants(*factor) == Some(true));
        all
    }

    /// Makes the changes that a request asks for.
    ///
    /// # Errors
    /// `InvalidParameterException` of a factor that the user cannot use, and of two that are preferred.
    pub(crate) fn change(
        &mut self,
        asked: Asked,
        user: &UserRecord,
        has_token: bool,
    ) -> Result<()> {
        let mut preferred = None;
        for (factor, (enabled, prefer)) in asked {
            if enabled == Some(true) {
                check_usable(factor, user, has_token)?;
            }
            if let Some(enabled) = enabled {
                self.want(factor, enabled);
            }
            if prefer == Some(true) {
                if self.wants(factor) != Some(true) || preferred.is_some() {
                    return Err(ApiError::invalid_parameter(
                        "Only one enabled MFA can be the preferred MFA.",
                    ));
                }
                preferred = Some(factor);
            } else if prefer == Some(false) && self.preferred == Some(factor) {
                self.preferred = None;
            }
        }
        self.preferred = preferred.or(self.preferred);
        Ok(())
    }
}

/// What the requests that set preferences say of each factor.
pub(crate) fn asked(
    sms: Option<SMSMfaSettingsType>,
    email: Option<EmailMfaSettingsType>,
    token: Option<SoftwareTokenMfaSettingsType>,
) -> Asked {
    let sms = sms.map_or((None, None), |sms| (sms.enabled, sms.preferred_mfa));
    let email = email.map_or((None, None), |email| (email.enabled, email.preferred_mfa));
    let token = token.map_or((None, None), |token| (token.enabled, token.preferred_mfa));
    [
        (Factor::Sms, sms),
        (Factor::Email, email),
        (Factor::SoftwareToken, token),
    ]
}

fn check_usable(factor: Factor, user: &UserRecord, has_token: bool) -> Result<()> {
    let refused = |why: String| Err(ApiError::invalid_parameter(why));
    match factor.attribute() {
        None if !has_token => refused("User has not verified software token mfa".to_owned()),
        Some((attribute, _)) if !user.attributes.contains_key(attribute) => refused(format!(
            "User does not have delivery config set to turn on {}",
            factor.name()
        )),
        Some(_) | None => Ok(()),
    }
}

/// An address or a number as a client sees it that has not proved to be the user's: `d***@e***`, `+*******0100`.
pub(crate) fn masked(factor: Factor, destination: &str) -> String {
    let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
    if factor == Factor::Email {
        let (local, domain) = destination.split_once('@').unwrap_or((destination, ""));
        return format!("{}***@{}***", first(local), first(domain));
    }
    let digits = destination.chars().filter(char::is_ascii_digit).count();
    let shown = digits.saturating_sub(4);
    let last: String = destination
        .chars()
        .filter(char::is_ascii_digit)
        .skip(shown)
        .collect();
    format!("+*******{last}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::api::{Timestamp, UserStatusType};
    use crate::ids::Username;

    fn user(attributes: &[(&str, &str)]) -> UserRecord {
        let attributes = attributes.iter();
        UserRecord {
            username: Username::from("diego".to_owned()),
            sub: String::new(),
            enabled: true,
            status: UserStatusType::Confirmed,
            created: Timestamp::from_millis(0),
            modified: Timestamp::from_millis(0),
            attributes: attributes
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect::<BTreeMap<_, _>>(),
        }
    }

    fn offer(mode: UserPoolMfaType) -> Offer {
        Offer {
            mode,
            factors: Factor::ALL.to_vec(),
        }
    }

    #[test]
    fn what_counts_follows_from_the_pool_the_user_and_what_the_user_wants() {
        let everything = user(&[("email", "a@b"), ("phone_number", "+1")]);
        let none = Preferences::default();
        let of = |mode, has_token, preferences| {
            offer(mode).factors_of(&everything, has_token, preferences)
        };
        assert_eq!(of(UserPoolMfaType::On, true, none), Factor::ALL);
        assert_eq!(of(UserPoolMfaType::Optional, true, none), []);
        assert_eq!(of(UserPoolMfaType::Off, true, none), []);
        let mut token_alone = none;
        token_alone.want(Factor::SoftwareToken, true);
        token_alone.want(Factor::Sms, false);
        token_alone.want(Factor::Email, false);
        for mode in [UserPoolMfaType::On, UserPoolMfaType::Optional] {
            assert_eq!(of(mode, true, token_alone), [Factor::SoftwareToken]);
            assert_eq!(of(mode, false, token_alone), []);
        }
        assert!(offer(UserPoolMfaType::On).asks(&[]));
        assert!(!offer(UserPoolMfaType::Optional).asks(&[]));
        assert_eq!(
            offer(UserPoolMfaType::On).factors_of(&user(&[("email", "a@b")]), false, none),
            [Factor::Email]
        );
    }

    #[test]
    fn destinations_are_masked() {
        assert_eq!(masked(Factor::Email, "diego@example.com"), "d***@e***");
        assert_eq!(masked(Factor::Sms, "+12065550100"), "+*******0100");
        assert_eq!(masked(Factor::Sms, "+12"), "+*******12");
    }
}
