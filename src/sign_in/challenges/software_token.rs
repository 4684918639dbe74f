//! A code of the user's authenticator (`SOFTWARE_TOKEN_MFA`; TOTP, RFC 6238).

use crate::api::{ChallengeNameType, ErrorCode, Sensitive};
use crate::domain::sign_in::Proved;
use crate::domain::user::User;
use crate::error::{ApiError, Result};
use crate::sign_in::attempt::{Answered, Attempt};
use crate::sign_in::client::ClientContext;
use crate::sign_in::parameters::Parameters;
use crate::sign_in::verdict::{Effect, Failure, Proof, Verdict};
use crate::store::{ReadTx, WriteTx};

/// Judges the code.
///
/// # Errors
/// `InvalidParameterException` when a parameter is missing; `NotAuthorizedException` of a session that does not wait for the
/// code, and while the user is locked out; `SoftwareTokenMFANotFoundException`; `ExpiredCodeException` of a code that has
/// counted before; `TooManyRequestsException`.
pub(super) async fn judge(
    client: &ClientContext,
    responses: &Parameters,
    session: Option<Sensitive<String>>,
) -> Result<Verdict> {
    let challenge = ChallengeNameType::SoftwareTokenMfa;
    let name = client.username_in(responses)?;
    let code = responses.required("SOFTWARE_TOKEN_MFA_CODE")?;
    let code = Sensitive::from(code.to_owned());
    let session = client.open_session_for(challenge, session.as_ref())?;
    client.cx.take_for_user(&session.sub)?;
    let device = responses.device_key();
    client
        .read(move |client, tx| {
            tx.foresee(|tx| {
                if let Some(whom) = &client.whom {
                    let _ = tx.software_token(&whom.user);
                }
            });
            let attempt = Attempt::of_session(client, tx, &session, &name)?;
            let token = tx.software_token(&attempt.user)?;
            let now = client.cx.now.millis().div_euclid(1000);
            let Some(step) = token.secret.step_of(code.expose(), now) else {
                return Ok(Verdict::Refused(Failure::Code(session)));
            };
            Ok(Verdict::Proved(Proof {
                proved: Proved::SecondFactor,
                answered: Answered::of_session(session, device),
                effect: Some(Box::new(UsedStep(step))),
            }))
        })
        .await
}

/// The time step of a code that counts now, and must not count again (RFC 6238 section 5.2).
struct UsedStep(i64);

impl Effect for UsedStep {
    fn apply(&self, attempt: &mut Attempt<'_>) -> Result<()> {
        let now = attempt.client.cx.now.millis().div_euclid(1000);
        let token = attempt.tx.software_token(&attempt.user)?;
        if token.has_counted(self.0, now) {
            return Err(ApiError::new(
                ErrorCode::ExpiredCodeException,
                "Your software token has already been used once.",
            ));
        }
        Ok(())
    }

    fn write(&self, attempt: &Attempt<'_>, tx: &WriteTx<'_>) -> Result<()> {
        tx.use_software_token(&attempt.user, self.0)
    }

    fn foresee(&self, _: &ClientContext, tx: &ReadTx<'_>, user: &User) {
        let _ = tx.software_token(user);
    }
}
