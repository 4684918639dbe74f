//! Password policies (AWS's guide "Passwords, account recovery, and password policies").

use crate::ambient::Ambient;
use crate::api::constraint::{length, violated_by};
use crate::api::{ErrorCode, PasswordPolicyType, Sensitive, Timestamp, UserPoolType, schema};
use crate::domain::pool::settings;
use crate::error::{ApiError, Result};

/// The length of a generated password, unless the policy requires more.
const DRAWN_LENGTH: usize = 12;

/// The characters that count as symbols. A space counts too, but no password begins or ends with one.
const SYMBOLS: &str = "^$*.[]{}()?-\"!@#%&/\\,><':;|_~`+= ";

/// A kind of character that a policy can require, and its name in the error message.
type Kind = (&'static str, fn(char) -> bool);

const LOWERCASE: Kind = ("lowercase", |char| char.is_ascii_lowercase());
const UPPERCASE: Kind = ("uppercase", |char| char.is_ascii_uppercase());
const NUMERIC: Kind = ("numeric", |char| char.is_ascii_digit());
const SYMBOL: Kind = ("symbol", |char| SYMBOLS.contains(char));

/// When a temporary password that was set at `since` expires, by `TemporaryPasswordValidityDays` as the pool shows it.
pub(crate) fn temporary_end(settings: UserPoolType, since: Timestamp) -> Timestamp {
    let days = password_policy(settings).temporary_password_validity_days;
    let milliseconds = days.unwrap_or_default().saturating_mul(24 * 60 * 60 * 1000);
    Timestamp::from_millis(since.millis().saturating_add(milliseconds))
}

/// The policy of the pool with these settings, defaults included.
fn password_policy(settings: UserPoolType) -> PasswordPolicyType {
    let policies = settings::complete(settings).policies;
    policies
        .and_then(|policies| policies.password_policy)
        .unwrap_or_default()
}

/// A kind of character that a password must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needed {
    Lowercase,
    Uppercase,
    Number,
    Symbol,
}

/// What a policy asks of passwords, as people are told it.
#[derive(Debug, Clone)]
pub(crate) struct PasswordRules {
    pub(crate) minimum_length: i64,
    pub(crate) needed: Vec<Needed>,
}

impl PasswordRules {
    /// The rules of the pool with these settings.
    pub(crate) fn of(settings: UserPoolType) -> Self {
        let policy = password_policy(settings);
        let needed = [
            (policy.require_lowercase, Needed::Lowercase),
            (policy.require_uppercase, Needed::Uppercase),
            (policy.require_numbers, Needed::Number),
            (policy.require_symbols, Needed::Symbol),
        ];
        let needed = needed
            .into_iter()
            .filter(|(needed, _)| *needed == Some(true));
        Self {
            minimum_length: policy.minimum_length.unwrap_or_default(),
            needed: needed.map(|(_, kind)| kind).collect(),
        }
    }
}

/// The rules for the passwords of a pool's users.
pub(crate) struct PasswordPolicy {
    minimum_length: usize,
    required: Vec<Kind>,
}

impl PasswordPolicy {
    /// The policy of the pool with these settings.
    pub(crate) fn of(settings: UserPoolType) -> Self {
        let policy = password_policy(settings);
        let required = [
            (policy.require_lowercase, LOWERCASE),
            (policy.require_uppercase, UPPERCASE),
            (policy.require_numbers, NUMERIC),
            (policy.require_symbols, SYMBOL),
        ];
        let required = required
            .into_iter()
            .filter_map(|(required, kind)| required.unwrap_or(false).then_some(kind));
        Self {
            minimum_length: policy
                .minimum_length
                .and_then(|length| usize::try_from(length).ok())
                .unwrap_or_default(),
            required: required.collect(),
        }
    }

    /// Checks a password's form, then the policy's rules; the error names the first rule that is broken. The form (no white
    /// space at the ends, no line break, at most 256 UTF-16 units) is that of the API's typed members. Passwords in typed
    /// members were checked for it before; those of a challenge or a seed were not.
    ///
    /// # Errors
    /// `InvalidPasswordException`.
    pub(crate) fn check(&self, password: &str) -> Result<()> {
        match self.complaint(password) {
            Some(why) => Err(ApiError::new(
                ErrorCode::InvalidPasswordException,
                format!("Password did not conform with policy: {why}"),
            )
            .because(why)),
            None => Ok(()),
        }
    }

    fn complaint(&self, password: &str) -> Option<String> {
        let form = &schema::ADMIN_SET_USER_PASSWORD_REQUEST;
        if let Some(violated) = violated_by(form, "Password", password) {
            return Some(violated.replacen("Member", "Password", 1));
        }
        if length(password) < self.minimum_length {
            return Some("Password not long enough".to_owned());
        }
        let mut required = self.required.iter();
        let (kind, _) = required.find(|(_, is_of_kind)| !password.chars().any(is_of_kind))?;
        Some(format!("Password must have {kind} characters"))
    }

    /// Generates a password that the policy allows.
    pub(crate) fn draw(&self, ambient: &Ambient) -> Sensitive<String> {
        let length = self.minimum_length.max(DRAWN_LENGTH);
        loop {
            // Each allowed password is equally likely. Most generated ones are allowed.
            let password = ambient.password(length);
            if self.complaint(&password).is_none() {
                return password.into();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::ambient::ManualClock;
    use crate::api::UserPoolPolicyType;

    fn policy(policy: Option<PasswordPolicyType>) -> PasswordPolicy {
        PasswordPolicy::of(UserPoolType {
            policies: policy.map(|password_policy| UserPoolPolicyType {
                password_policy: Some(password_policy),
                ..UserPoolPolicyType::default()
            }),
            ..UserPoolType::default()
        })
    }

    #[test]
    fn a_refusal_gives_the_first_reason() {
        let strict = policy(None);
        for (password, why) in [
            ("aA1!", Some("Password not long enough")),
            ("ABCDEFGH", Some("Password must have lowercase characters")),
            ("abcdefgh", Some("Password must have uppercase characters")),
            ("Abcdefgh", Some("Password must have numeric characters")),
            ("Abcdefg1", Some("Password must have symbol characters")),
            ("Äbcdefg1!", Some("Password must have uppercase characters")),
            ("Abcdef1!", None),
            ("Abcdef1~", None),
            ("Abc def1", None),
            (
                "Abcd\u{a0}ef1",
                Some("Password must have symbol characters"),
            ),
        ] {
            assert_eq!(strict.complaint(password).as_deref(), why, "{password}");
        }
        let lax = policy(Some(PasswordPolicyType {
            minimum_length: Some(6),
            ..PasswordPolicyType::default()
        }));
        assert_eq!(lax.complaint("äöüäöü"), None);
        // Three characters of two UTF-16 units each.
        assert_eq!(lax.complaint("\u{1f980}\u{1f980}\u{1f980}"), None);
    }

    /// White space is that of Java's `\s`: ASCII only.
    #[test]
    fn the_form_of_a_password_comes_before_its_policy() {
        let lax = policy(Some(PasswordPolicyType {
            minimum_length: Some(6),
            ..PasswordPolicyType::default()
        }));
        let ends = "Password must satisfy regular expression pattern: ^[\\S]+.*[\\S]+$";
        for text in [
            "",
            "x",
            " abcdef",
            "abcdef ",
            "\tabcdef",
            "abcdef\n",
            "abc\ndef",
            "abc \u{2028} def",
        ] {
            assert_eq!(lax.complaint(text).as_deref(), Some(ends), "{text:?}");
        }
        for text in [
            "abc def",
            "a  b\tc d",
            "\u{a0}abcde",
            "e\u{301}abcde",
            "abc\u{2028}def",
        ] {
            assert_eq!(lax.complaint(text), None, "{text:?}");
        }
        let long = "Password must have length less than or equal to 256";
        assert_eq!(lax.complaint(&"x".repeat(256)), None);
        assert_eq!(lax.complaint(&"x".repeat(257)).as_deref(), Some(long));
        assert_eq!(lax.complaint(&"\u{1f980}".repeat(128)), None);
        assert_eq!(
            lax.complaint(&"\u{1f980}".repeat(129)).as_deref(),
            Some(long)
        );
    }

    #[test]
    fn what_is_drawn_is_allowed() {
        let ambient = Ambient::set(ManualClock::at(DateTime::UNIX_EPOCH), 1);
        let long = policy(Some(PasswordPolicyType {
            minimum_length: Some(99),
            require_symbols: Some(true),
            ..PasswordPolicyType::default()
        }));
        for policy in [policy(None), long] {
            for _ in 0..100 {
                let password = policy.draw(&ambient);
                assert!(policy.check(password.expose()).is_ok());
            }
        }
    }
}
