//! A user's MFA preferences, and the decision which second factor a sign-in asks for (AWS's guide "Adding MFA to a user pool").

use super::{Factor, MfaConfig};
use crate::api::UserPoolMfaType;
use crate::error::{ApiError, Result};

/// The second factors of a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PoolMfa {
    pub(crate) mode: UserPoolMfaType,
    /// The factors that the pool has.
    pub(crate) factors: Vec<Factor>,
}

impl PoolMfa {
    pub(crate) fn new(mode: UserPoolMfaType, factors: &MfaConfig) -> Self {
        let token = factors.software_token.as_ref();
        let has = |factor: &Factor| match factor {
            Factor::Sms => factors.by_sms(mode),
            Factor::Email => factors.email.is_some(),
            Factor::SoftwareToken => token.is_some_and(|token| token.enabled == Some(true)),
        };
        Self {
            mode,
            factors: Factor::ALL.into_iter().filter(has).collect(),
        }
    }

    pub(crate) fn has(&self, factor: Factor) -> bool {
        self.factors.contains(&factor)
    }
}

/// A user's MFA preferences: whether each factor was switched on or off, and which one is preferred.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Preferences {
    pub(crate) sms: Option<bool>,
    pub(crate) email: Option<bool>,
    pub(crate) software_token: Option<bool>,
    pub(crate) preferred: Option<Factor>,
}

impl Preferences {
    /// Whether the factor was switched on or off; `None` if neither.
    pub(crate) fn of(self, factor: Factor) -> Option<bool> {
        match factor {
            Factor::Sms => self.sms,
            Factor::Email => self.email,
            Factor::SoftwareToken => self.software_token,
        }
    }

    fn place(&mut self, factor: Factor) -> &mut Option<bool> {
        match factor {
            Factor::Sms => &mut self.sms,
            Factor::Email => &mut self.email,
            Factor::SoftwareToken => &mut self.software_token,
        }
    }

    /// Whether the factor was switched on.
    pub(crate) fn is_on(self, factor: Factor) -> bool {
        self.of(factor) == Some(true)
    }

    /// Switches a factor on.
    pub(crate) fn switch_on(&mut self, factor: Factor) {
        *self.place(factor) = Some(true);
    }

    /// The preferences of a user of whom `AdminGetUser` shows these factors as switched on, and this one as preferred. It does not
    /// show which of the others were switched off, so these stay off.
    pub(crate) fn as_shown(mut self, on: &[Factor], preferred: Option<Factor>) -> Self {
        for factor in Factor::ALL {
            if on.contains(&factor) {
                self.switch_on(factor);
            } else if self.is_on(factor) {
                self.forget(factor);
            }
        }
        self.preferred = preferred;
        self
    }

    /// Removes the preference for a factor.
    pub(crate) fn forget(&mut self, factor: Factor) {
        *self.place(factor) = None;
        self.preferred = self.preferred.filter(|preferred| *preferred != factor);
    }

    /// Applies the wishes of a request. Factors that it does not name stay as they are, except that a newly preferred one
    /// replaces the one before.
    ///
    /// # Errors
    /// `InvalidParameterException` if two factors, or one that is not switched on, are to be preferred.
    pub(crate) fn set(mut self, wishes: &[(Factor, Wish)]) -> Result<Self> {
        let preferred = wishes
            .iter()
            .filter(|(_, wish)| wish.preferred == Some(true));
        if preferred.count() > 1 {
            return Err(ApiError::invalid_parameter(
                "Only one MFA method can be preferred.",
            ));
        }
        for (factor, wish) in wishes {
            let place = self.place(*factor);
            *place = wish.enabled.or(*place);
            let on = self.is_on(*factor);
            if wish.preferred == Some(true) {
                if !on {
                    return Err(ApiError::invalid_parameter(
                        "An MFA method that is not enabled can not be preferred.",
                    ));
                }
                self.preferred = Some(*factor);
            } else if !on || wish.preferred == Some(false) {
                self.preferred = self.preferred.filter(|preferred| preferred != factor);
            }
        }
        Ok(self)
    }
}

/// The wish of a request about one factor.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish {
    pub(crate) enabled: Option<bool>,
    pub(crate) preferred: Option<bool>,
}

/// The factors that a sign-in may ask for, among those that the pool offers and the user has. Where MFA is optional, these are
/// the factors that were switched on; where it is required, those that were not switched off. If it is required and the user
/// switched all of them off, all count: otherwise somebody who knows only the password could set up a factor of their own.
pub(crate) fn allowed(pool: &PoolMfa, held: &[Factor], preferences: Preferences) -> Vec<Factor> {
    let held = || held.iter().copied().filter(|factor| pool.has(*factor));
    match pool.mode {
        UserPoolMfaType::Off => Vec::new(),
        UserPoolMfaType::Optional => held().filter(|factor| preferences.is_on(*factor)).collect(),
        UserPoolMfaType::On => {
            let not_off = held().filter(|factor| preferences.of(*factor) != Some(false));
            let not_off: Vec<Factor> = not_off.collect();
            if not_off.is_empty() {
                held().collect()
            } else {
                not_off
            }
        }
    }
}

/// The way in which a sign-in asks for a second factor.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Ask for this factor.
    For(Factor),
    /// Ask the user to choose one of these.
    Which(Vec<Factor>),
    /// Ask the user to set up a factor.
    ToSetUp,
}

/// Decides how a sign-in asks for one of the factors that it may ask for.
pub(crate) fn ask(allowed: Vec<Factor>, preferences: Preferences) -> Ask {
    let preferred = preferences
        .preferred
        .filter(|preferred| allowed.contains(preferred));
    match (preferred, allowed.as_slice()) {
        (Some(factor), _) | (None, &[factor]) => Ask::For(factor),
        (None, []) => Ask::ToSetUp,
        (None, _) => Ask::Which(allowed),
    }
}

#[cfg(test)]
mod tests {
    use super::super::names_as_json;
    use super::*;

    fn pool(mode: UserPoolMfaType, factors: &[Factor]) -> PoolMfa {
        PoolMfa {
            mode,
            factors: factors.to_vec(),
        }
    }

    fn on(factors: &[Factor]) -> Preferences {
        let mut preferences = Preferences::default();
        for factor in factors {
            preferences.switch_on(*factor);
        }
        preferences
    }

    fn wish(enabled: Option<bool>, preferred: Option<bool>) -> Wish {
        Wish { enabled, preferred }
    }

    #[test]
    fn the_pool_decides_whether_silence_is_consent() {
        let [sms, email, token] = Factor::ALL;
        let nothing = Preferences::default();
        for (mode, expected) in [
            (UserPoolMfaType::Off, vec![]),
            (UserPoolMfaType::Optional, vec![]),
            (UserPoolMfaType::On, vec![sms, token]),
        ] {
            let pool = pool(mode, &[sms, token]);
            assert_eq!(allowed(&pool, &Factor::ALL, nothing), expected, "{mode:?}");
        }
        let optional = pool(UserPoolMfaType::Optional, &[sms, token]);
        assert_eq!(
            allowed(&optional, &Factor::ALL, on(&[email, token])),
            [token]
        );
        assert_eq!(allowed(&optional, &[sms], on(&[token])), []);
    }

    #[test]
    fn where_mfa_is_required_switching_all_off_switches_nothing_off() {
        let [sms, _, token] = Factor::ALL;
        let required = pool(UserPoolMfaType::On, &Factor::ALL);
        let off = |factors: &[Factor]| {
            let wishes: Vec<_> = (factors.iter())
                .map(|factor| (*factor, wish(Some(false), None)))
                .collect();
            Preferences::default().set(&wishes).unwrap()
        };
        let held = [sms, token];
        assert_eq!(allowed(&required, &held, off(&[sms])), [token]);
        assert_eq!(allowed(&required, &held, off(&held)), held);
        assert_eq!(allowed(&required, &[], off(&held)), []);
    }

    #[test]
    fn the_preferred_factor_wins_over_the_choice() {
        let [sms, email, token] = Factor::ALL;
        let mut preferences = on(&Factor::ALL);
        assert_eq!(ask(vec![], preferences), Ask::ToSetUp);
        assert_eq!(ask(vec![sms], preferences), Ask::For(sms));
        assert_eq!(
            ask(vec![sms, token], preferences),
            Ask::Which(vec![sms, token])
        );
        preferences.preferred = Some(token);
        assert_eq!(ask(vec![sms, token], preferences), Ask::For(token));
        assert_eq!(
            ask(vec![sms, email], preferences),
            Ask::Which(vec![sms, email])
        );
        assert_eq!(
            names_as_json(&[sms, token]).unwrap(),
            r#"["SMS_MFA","SOFTWARE_TOKEN_MFA"]"#
        );
    }

    #[test]
    fn preferences_hold_together() {
        let [sms, email, token] = Factor::ALL;
        let preferences = on(&[sms, email]);
        let both = [sms, email].map(|factor| (factor, wish(None, Some(true))));
        assert!(preferences.set(&both).is_err(), "two preferred");
        assert!(
            preferences.set(&[(token, wish(None, Some(true)))]).is_err(),
            "not on"
        );
        let off = [(sms, wish(Some(false), Some(true)))];
        assert!(preferences.set(&off).is_err(), "switched off and preferred");
        let preferring = preferences.set(&[(sms, wish(None, Some(true)))]).unwrap();
        assert_eq!(preferring.preferred, Some(sms));
        let other = preferring
            .set(&[(email, wish(Some(true), Some(true)))])
            .unwrap();
        assert_eq!(other.preferred, Some(email));
        let kept = preferring
            .set(&[(email, wish(Some(true), Some(false)))])
            .unwrap();
        assert_eq!(kept.preferred, Some(sms));
        for gone in [wish(Some(false), None), wish(None, Some(false))] {
            assert_eq!(preferring.set(&[(sms, gone)]).unwrap().preferred, None);
        }
        let mut forgotten = preferring;
        forgotten.forget(sms);
        assert_eq!((forgotten.sms, forgotten.preferred), (None, None));
    }
}
