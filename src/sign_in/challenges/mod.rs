//! The challenges, a file each: how its answer is judged, and how the challenge is put where that takes more than its name. No
//! challenge knows which one comes next.

mod device_srp;
mod mfa_code;
mod mfa_setup;
pub(super) mod new_password;
pub(super) mod password;
pub(super) mod password_srp;
mod select_mfa;
mod software_token;

use crate::api::{ChallengeNameType, Sensitive};
use crate::error::{ApiError, Result};
use crate::sign_in::client::ClientContext;
use crate::sign_in::parameters::Parameters;
use crate::sign_in::verdict::Verdict;

pub(crate) use mfa_setup::{SettingUp, associate, verify};

/// Judges the answer to a challenge.
///
/// # Errors
/// Those of the challenge.
pub(super) async fn judge(
    client: &ClientContext,
    challenge: ChallengeNameType,
    responses: &Parameters,
    session: Option<Sensitive<String>>,
) -> Result<Verdict> {
    match challenge {
        ChallengeNameType::PasswordVerifier => password_srp::judge(client, responses).await,
        ChallengeNameType::NewPasswordRequired => {
            new_password::judge(client, responses, session).await
        }
        ChallengeNameType::DeviceSrpAuth => device_srp::begin(client, responses, session).await,
        ChallengeNameType::DevicePasswordVerifier => device_srp::judge(client, responses).await,
        ChallengeNameType::SmsMfa | ChallengeNameType::EmailOtp => {
            mfa_code::judge(client, challenge, responses, session).await
        }
        ChallengeNameType::SoftwareTokenMfa => {
            software_token::judge(client, responses, session).await
        }
        ChallengeNameType::SelectMfaType => select_mfa::judge(client, responses, session).await,
        ChallengeNameType::MfaSetup => mfa_setup::judge(client, responses, session).await,
        // No sign-in asks for one of these yet, so no session waits for it.
        ChallengeNameType::CustomChallenge
        | ChallengeNameType::SelectChallenge
        | ChallengeNameType::AdminNoSrpAuth
        | ChallengeNameType::SmsOtp
        | ChallengeNameType::Password
        | ChallengeNameType::WebAuthn
        | ChallengeNameType::PasswordSrp => {
            client.username_in(responses)?;
            client.open_session(session.as_ref())?;
            Err(ApiError::invalid_session().because("no sign-in asks for this challenge"))
        }
    }
}
