//! The steps of a sign-in, and the decision which step comes next.
//!
//! ```text
//!  InitiateAuth, AdminInitiateAuth
//!    │ USER_SRP_AUTH ──> PASSWORD_VERIFIER ─┐
//!    │ USER_PASSWORD_AUTH                   │
//!    │ ADMIN_USER_PASSWORD_AUTH ────────────┤
//!    │                              the password is proved
//!    │                                      │ temporary
//!    │                                      ├───────────> NEW_PASSWORD_REQUIRED
//!    │                                      │<──────────────────┘
//!    │                                      │
//!    │   remembered device that replaces    │ no second factor asked for          second factor asked for
//!    │   the second factor                  │                                     │
//!    │         │                            │             none set up: MFA_SETUP ─┤ AssociateSoftwareToken,
//!    │         │                            │                          │          │ VerifySoftwareToken
//!    │         │                            │                          │          ├─ several: SELECT_MFA_TYPE
//!    │         │                            │                          │          │             │
//!    │         │                            │                          │          └> SMS_MFA, EMAIL_OTP, SOFTWARE_TOKEN_MFA
//!    │         │                            │                          └─────────────────┤
//!    │         │                            │<────────── no remembered device ───────────┤
//!    │         │<───────────────────────────┼──────────── remembered device ─────────────┘
//!    │         v       remembered device    │
//!    │   DEVICE_SRP_AUTH <──────────────────┤
//!    │         v                            │
//!    │   DEVICE_PASSWORD_VERIFIER           │
//!    │         v                            v
//!    │         └───────────────────────> tokens
//!    │                                      ^
//!    └ REFRESH_TOKEN_AUTH ──────────────────┘
//! ```
//!
//! In `MFA_SETUP` the client may also name an address or a number of its user, and then answers `EMAIL_OTP` or `SMS_MFA`.
//!
//! Between two steps the client holds a [`Session`], sealed with a key of the pool, so that nobody else can read or make one. It
//! names the user, the step and the time of its end, is bound to pool and client, and can be used once. The order of the steps
//! is that of AWS's guides "Authentication flows" and "Working with user devices in your user pool".

use serde::{Deserialize, Serialize};

use crate::api::{ChallengeNameType, Sensitive, Timestamp};
use crate::domain::mfa::Factor;
use crate::ids::{DeviceKey, Username};

/// The longest validity of a session, in milliseconds: the maximum of `AuthSessionValidity`, and a minute more for a clock that
/// was set back a little.
const MAX_SESSION_MS: i64 = (15 + 1) * 60 * 1000;

/// The wrong codes that a session accepts. The last of them ends the session, independently of the user's lockout.
pub(crate) const MAX_WRONG_CODES: u32 = 10;

/// The id of a session.
pub(crate) type SessionId = [u8; 16];

/// A sign-in that is not complete.
#[derive(Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) id: SessionId,
    /// The user's sub; for a user who does not exist, the sub of the decoy.
    pub(crate) sub: String,
    pub(crate) step: Step,
    /// The device key that the client sent.
    pub(crate) device: Option<DeviceKey>,
    /// The number of the sign-in's event, if one is recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) event: Option<i64>,
    expires_ms: i64,
}

impl Session {
    pub(crate) fn new(
        id: SessionId,
        sub: String,
        step: Step,
        device: Option<DeviceKey>,
        expires: Timestamp,
    ) -> Self {
        Self {
            id,
            sub,
            step,
            device,
            event: None,
            expires_ms: expires.millis(),
        }
    }

    /// The same session of a sign-in whose event has this number.
    pub(crate) fn with_event(self, event: Option<i64>) -> Self {
        Self { event, ..self }
    }

    /// The last moment at which the session is valid.
    pub(crate) fn expires(&self) -> Timestamp {
        Timestamp::from_millis(self.expires_ms)
    }

    /// Whether the session has expired. A session that ends later than any session can has expired too: it was issued while the
    /// clock was ahead.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        let left = self.expires_ms.saturating_sub(now.millis());
        !(0..=MAX_SESSION_MS).contains(&left)
    }
}

/// The challenge that the session waits for, with the data that its answer is checked against.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Step {
    PasswordVerifier {
        /// The server's half of the exchange about the password, in base64.
        exchange: String,
        /// The username as the client sent it.
        typed: Username,
    },
    NewPassword,
    DeviceSrp,
    DevicePasswordVerifier {
        /// The server's half of the exchange about the device's password, in base64.
        exchange: String,
        /// Whether the client sent no session with `DEVICE_SRP_AUTH`. Such an exchange belongs to no sign-in until the device
        /// has proved itself.
        unbound: bool,
    },
    /// A code that was sent to the user.
    Code(SentCode),
    SoftwareToken,
    SelectFactor,
    SetUpFactor {
        /// Whether the sign-in has verified a software token.
        verified: bool,
    },
}

/// A code that was sent to the user.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SentCode {
    pub(crate) code: Sensitive<String>,
    /// The second factor that the code proves.
    pub(crate) factor: Factor,
    /// The address or number that the code was sent to, if the user does not have it yet and gets it by the right code.
    pub(crate) new_destination: Option<Sensitive<String>>,
}

impl Step {
    /// AWS's name of the challenge.
    pub(crate) fn challenge(&self) -> ChallengeNameType {
        match self {
            Self::PasswordVerifier { .. } => ChallengeNameType::PasswordVerifier,
            Self::NewPassword => ChallengeNameType::NewPasswordRequired,
            Self::DeviceSrp => ChallengeNameType::DeviceSrpAuth,
            Self::DevicePasswordVerifier { .. } => ChallengeNameType::DevicePasswordVerifier,
            Self::Code(sent) => sent.factor.challenge(),
            Self::SoftwareToken => ChallengeNameType::SoftwareTokenMfa,
            Self::SelectFactor => ChallengeNameType::SelectMfaType,
            Self::SetUpFactor { .. } => ChallengeNameType::MfaSetup,
        }
    }
}

/// What the user has just proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proved {
    /// The password.
    Password,
    /// The password, and a new one in place of the temporary one.
    NewPassword,
    SecondFactor,
    Device,
}

/// The facts that decide the next step.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four independent facts, named as AWS's pages name them"
)]
pub(crate) struct Facts {
    /// Whether the password must be changed.
    pub(crate) temporary_password: bool,
    /// Whether the sign-in requires a second factor.
    pub(crate) second_factor: bool,
    /// Whether the client named a device that the user has remembered.
    pub(crate) remembered_device: bool,
    /// Whether the pool lets such a device replace the second factor.
    pub(crate) device_replaces_second_factor: bool,
}

/// The next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    NewPassword,
    SecondFactor,
    Device,
    Tokens,
}

/// The step after a proof.
pub(crate) fn next(proved: Proved, facts: Facts) -> Next {
    let device = facts.remembered_device;
    let replaced = device && facts.device_replaces_second_factor;
    match proved {
        // This also holds for a password that an administrator has set since the first step.
        Proved::Password | Proved::SecondFactor | Proved::Device if facts.temporary_password => {
            Next::NewPassword
        }
        Proved::Password | Proved::NewPassword if facts.second_factor && !replaced => {
            Next::SecondFactor
        }
        Proved::Password | Proved::NewPassword | Proved::SecondFactor if device => Next::Device,
        Proved::Password | Proved::NewPassword | Proved::SecondFactor | Proved::Device => {
            Next::Tokens
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(proved: Proved, [temporary, second, device, replaces]: [bool; 4]) -> Next {
        next(
            proved,
            Facts {
                temporary_password: temporary,
                second_factor: second,
                remembered_device: device,
                device_replaces_second_factor: replaces,
            },
        )
    }

    #[test]
    fn a_session_ends_at_its_time_and_when_the_clock_was_ahead_as_it_began() {
        let at = Timestamp::from_millis;
        let session = Session::new([7; 16], String::new(), Step::NewPassword, None, at(180_000));
        for (now, over) in [(0, false), (180_000, false), (180_001, true)] {
            assert_eq!(session.is_over(at(now)), over, "{now}");
        }
        assert!(!session.is_over(at(180_000 - MAX_SESSION_MS)));
        assert!(session.is_over(at(179_999 - MAX_SESSION_MS)));
    }

    #[test]
    fn a_temporary_password_comes_before_everything() {
        for rest in 0..8 {
            let [a, b, c] = [rest & 1 != 0, rest & 2 != 0, rest & 4 != 0];
            for proved in [Proved::Password, Proved::SecondFactor, Proved::Device] {
                assert_eq!(after(proved, [true, a, b, c]), Next::NewPassword);
            }
            let chosen = after(Proved::NewPassword, [true, a, b, c]);
            assert_eq!(chosen, after(Proved::Password, [false, a, b, c]));
        }
    }

    #[test]
    fn a_remembered_device_takes_the_place_of_the_second_factor_where_the_pool_says_so() {
        let password = |facts| after(Proved::Password, facts);
        assert_eq!(password([false, false, false, false]), Next::Tokens);
        assert_eq!(password([false, true, false, false]), Next::SecondFactor);
        assert_eq!(password([false, true, false, true]), Next::SecondFactor);
        assert_eq!(password([false, true, true, false]), Next::SecondFactor);
        assert_eq!(password([false, true, true, true]), Next::Device);
        assert_eq!(password([false, false, true, false]), Next::Device);
        assert_eq!(password([false, false, true, true]), Next::Device);
    }

    #[test]
    fn the_device_is_proved_last() {
        for replaces in [false, true] {
            let facts = [false, true, true, replaces];
            assert_eq!(after(Proved::SecondFactor, facts), Next::Device);
            assert_eq!(after(Proved::Device, facts), Next::Tokens);
            let without = [false, true, false, replaces];
            assert_eq!(after(Proved::SecondFactor, without), Next::Tokens);
        }
    }
}
