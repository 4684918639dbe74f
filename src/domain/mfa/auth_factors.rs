//! The authentication factors that are set up for a user, first and second ones alike.

use super::{Factor, PoolMfa};
use crate::api::{AuthFactorType, UserPoolType};

/// What a user has of the factors of a pool.
pub(crate) struct Held {
    pub(crate) password: bool,
    /// The verified software token, and addresses and numbers.
    pub(crate) factors: Vec<Factor>,
}

/// The factors that the user has and that a sign-in to the pool may ask for: a password is a first factor, a software token a
/// second one, and a code by message is either, as the pool's sign-in policy or its MFA configuration says.
pub(crate) fn configured(
    settings: &UserPoolType,
    mfa: &PoolMfa,
    held: &Held,
) -> Vec<AuthFactorType> {
    let policy = settings.policies.as_ref();
    let policy = policy.and_then(|policies| policies.sign_in_policy.as_ref());
    let first = policy.and_then(|policy| policy.allowed_first_auth_factors.as_deref());
    let first = first.unwrap_or_default();
    let usable = |factor: Factor, as_first: Option<AuthFactorType>| {
        let allowed = mfa.has(factor) || as_first.is_some_and(|name| first.contains(&name));
        allowed && held.factors.contains(&factor)
    };
    let by_email = AuthFactorType::EmailOtp;
    let by_sms = AuthFactorType::SmsOtp;
    [
        (AuthFactorType::Password, held.password),
        (by_email, usable(Factor::Email, Some(by_email))),
        (by_sms, usable(Factor::Sms, Some(by_sms))),
        (
            AuthFactorType::SoftwareToken,
            usable(Factor::SoftwareToken, None),
        ),
    ]
    .into_iter()
    .filter_map(|(name, has)| has.then_some(name))
    .collect()
}
