//! Signing in: the steps, and which comes next.
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
//! In `MFA_SETUP` the client may also name an address or a number of its user, and goes on with `EMAIL_OTP` or `SMS_MFA`.
//!
//! Between two steps the client carries a [`Session`], sealed with a key of the pool: nobody else can read or make one. It
//! tells pool, client, user, step and end, and serves once. The order is that of AWS's guides "Authentication flows" and
//! "Working with user devices in your user pool".

use serde::{Deserialize, Serialize};

use crate::api::{ChallengeNameType, Sensitive, Timestamp};
use crate::domain::second_factor::Factor;
use crate::ids::{DeviceKey, Username};

/// The longest time that a session can last: the most that a client's `AuthSessionValidity` can be, and a minute for a clock
/// that was set back a little.
const MAX_SESSION_MS: i64 = (15 + 1) * 60 * 1000;

/// The wrong codes that a session takes. The last of them ends it, whatever the lockout of its user does.
pub(crate) const MAX_WRONG_CODES: u32 = 10;

/// What a session is told apart by.
pub(crate) type SessionId = [u8; 16];

/// A sign-in under way.
#[derive(Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) id: SessionId,
    /// Whose it is, by the sub; of somebody who does not exist, the pretended one.
    pub(crate) sub: String,
    pub(crate) step: Step,
    /// The device that the client says it is.
    pub(crate) device: Option<DeviceKey>,
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
            expires_ms: expires.millis(),
        }
    }

    /// The last moment at which it can be answered.
    pub(crate) fn expires(&self) -> Timestamp {
        Timestamp::from_millis(self.expires_ms)
    }

    /// Whether it can no longer be answered. So it is with one that lasts longer than any session: the clock was ahead when it
    /// was given, and has been set back.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        let left = self.expires_ms.saturating_sub(now.millis());
        !(0..=MAX_SESSION_MS).contains(&left)
    }
}

/// The challenge that a session waits to have answered, with what the answer is held against.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Step {
    PasswordVerifier {
        /// The server's half of the exchange about the password, in base64.
        exchange: String,
        /// What was typed as the username.
        typed: Username,
    },
    NewPassword,
    DeviceSrp,
    DevicePasswordVerifier {
        /// The server's half of the exchange about the device's password, in base64.
        exchange: String,
        /// Whether the client sent no session with `DEVICE_SRP_AUTH`. The exchange then belongs to no sign-in until the device
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

/// A code that was sent, and is to be sent back.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SentCode {
    pub(crate) code: Sensitive<String>,
    /// The factor that it is.
    pub(crate) factor: Factor,
    /// Where the code went, if the user has no address or number yet and this becomes it.
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

/// What a user has just proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proved {
    /// The password, and a new one in place of a temporary one.
    Password,
    SecondFactor,
    Device,
}

/// What decides about the next step.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four independent facts, as the pages of AWS name them"
)]
pub(crate) struct Facts {
    /// Whether the password must be changed.
    pub(crate) temporary_password: bool,
    /// Whether pool or user ask for a second factor.
    pub(crate) second_factor: bool,
    /// Whether the client says that it is a device that the user has remembered.
    pub(crate) remembered_device: bool,
    /// Whether in this pool such a device takes the place of the second factor.
    pub(crate) device_replaces_second_factor: bool,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    NewPassword,
    SecondFactor,
    Device,
    Tokens,
}

/// What comes after a proof.
pub(crate) fn next(proved: Proved, facts: Facts) -> Next {
    let device = facts.remembered_device;
    let replaced = device && facts.device_replaces_second_factor;
    match proved {
        // Also one that an administrator has set since the first step.
        _ if facts.temporary_password => Next::NewPassword,
        Proved::Password if facts.second_factor && !replaced => Next::SecondFactor,
        Proved::Password | Proved::SecondFactor if device => Next::Device,
        Proved::Password | Proved::SecondFactor | Proved::Device => Next::Tokens,
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
