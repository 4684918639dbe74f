//! The software tokens of MFA: time-based one-time passwords (RFC 6238) of six digits with HMAC-SHA-1 and steps of 30 seconds,
//! the defaults of authenticator apps.

use totp_rs::{Algorithm, Builder, Secret, Totp};

use crate::ambient::Ambient;
use crate::api::Sensitive;

/// How long an app shows a code, in seconds.
const STEP_SECONDS: u8 = 30;

/// How many steps before and after the current one are accepted as well (RFC 6238 section 5.2).
const SKEW: u8 = 1;

/// The secret that a user pool and an authenticator app share.
#[derive(Debug, Clone)]
pub(crate) struct TotpSecret(Sensitive<Totp>);

impl TotpSecret {
    /// A secret of 32 bytes: 52 characters, like the `SecretCode` of `AssociateSoftwareToken`.
    pub(crate) fn draw(chance: &Ambient) -> Self {
        Self(
            Self::builder(&chance.bytes::<32>())
                .build_noncompliant()
                .into(),
        )
    }

    /// Reads a stored secret. Returns `None` if it is shorter than the 128 bits that RFC 4226 section 4 requires.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let totp = Self::builder(bytes).build().ok()?;
        Some(Self(totp.into()))
    }

    /// Reads a secret as [`Self::base32`] writes it. Returns `None` of any other text, and if the secret is shorter than
    /// [`Self::from_bytes`] requires.
    pub(crate) fn from_base32(text: &str) -> Option<Self> {
        let secret = Secret::try_from_base32(text).ok()?;
        Self::from_bytes(secret.as_bytes())
    }

    fn builder(secret: &[u8]) -> Builder {
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_step_duration(STEP_SECONDS.into())
            .with_skew(SKEW.into())
            .with_secret(secret.to_vec())
    }

    /// The secret as it is stored.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.expose().secret().as_bytes()
    }

    /// The secret as people type it: base32 (RFC 4648 section 6) in capitals, without padding.
    pub(crate) fn base32(&self) -> Sensitive<String> {
        self.0.expose().secret().to_base32().into()
    }

    /// The step that the code belongs to: the current one, or one on either side (RFC 6238 section 5.2). Compared in constant
    /// time. Returns `None` if the code belongs to none of them. To accept a code only once, the caller stores the step and
    /// accepts only later ones.
    pub(crate) fn step_of(&self, code: &str, unix_seconds: i64) -> Option<i64> {
        let step = self
            .0
            .expose()
            .check(code, u64::try_from(unix_seconds).ok()?)?;
        i64::try_from(step).ok()
    }

    /// The last step whose code is accepted at this time.
    pub(crate) fn last_step_at(unix_seconds: i64) -> i64 {
        let step = unix_seconds.div_euclid(STEP_SECONDS.into());
        step.saturating_add(SKEW.into())
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::ambient::ManualClock;

    /// RFC 6238 appendix B, the rows of SHA-1: the last six of the eight digits.
    const RFC_6238: [(i64, &str); 6] = [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ];

    fn secret() -> TotpSecret {
        TotpSecret::from_bytes(b"12345678901234567890").unwrap()
    }

    #[test]
    fn a_code_counts_in_its_step_and_the_two_beside_it() {
        for (time, code) in RFC_6238 {
            let step = time / 30;
            assert_eq!(secret().step_of(code, time), Some(step));
            assert_eq!(secret().step_of(code, step * 30 - 30), Some(step));
            assert_eq!(secret().step_of(code, step * 30 + 59), Some(step));
            assert_eq!(secret().step_of(code, step * 30 - 31), None);
            assert_eq!(secret().step_of(code, step * 30 + 60), None);
        }
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for code in [
            "",
            "28708",
            "2870822",
            "287083",
            "+87082",
            " 87082",
            "28708x",
            "٢٨٧٠٨٢",
        ] {
            assert_eq!(secret().step_of(code, 59), None, "{code}");
        }
        assert_eq!(secret().step_of("94287082", 59), None);
        for time in [-1, i64::MIN, i64::MAX] {
            assert_eq!(secret().step_of("287082", time), None);
        }
    }

    #[test]
    fn a_secret_is_drawn_as_cognito_draws_it_kept_and_never_printed() {
        let chance = Ambient::set(ManualClock::at(DateTime::UNIX_EPOCH), 1);
        let (one, other) = (TotpSecret::draw(&chance), TotpSecret::draw(&chance));
        assert_ne!(one.as_bytes(), other.as_bytes());
        let base32 = one.base32();
        assert_eq!(base32.expose().len(), 52);
        let alphabet = |char| matches!(char, 'A'..='Z' | '2'..='7');
        assert!(base32.expose().chars().all(alphabet));
        let kept = TotpSecret::from_bytes(one.as_bytes()).unwrap();
        assert_eq!(kept.as_bytes(), one.as_bytes());
        assert_eq!(kept.base32(), base32);
        assert!(TotpSecret::from_bytes(&[7; 15]).is_none());
        assert_eq!(format!("{one:?}"), "TotpSecret([sensitive])");
    }

    #[test]
    fn the_secret_is_written_in_base32() {
        let base32 = secret().base32();
        assert_eq!(base32.expose(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }
}
