//! Which of several factors the user wants to be asked for (`SELECT_MFA_TYPE`).

use crate::api::{ChallengeNameType, Sensitive};
use crate::domain::mfa::Factor;
use crate::error::{ApiError, Result};
use crate::sign_in::attempt::{Answered, Attempt};
use crate::sign_in::client::ClientContext;
use crate::sign_in::mfa::Asked;
use crate::sign_in::parameters::Parameters;
use crate::sign_in::verdict::Verdict;

/// Takes the factor that the user chooses.
///
/// # Errors
/// `InvalidParameterException` when a parameter is missing; `NotAuthorizedException` of a session that does not wait for the
/// choice, and while the user is locked out; `MFAMethodNotFoundException`; `TooManyRequestsException`.
pub(super) async fn judge(
    client: &ClientContext,
    responses: &Parameters,
    session: Option<Sensitive<String>>,
) -> Result<Verdict> {
    let name = client.username_in(responses)?;
    let answer = responses.required("ANSWER")?.to_owned();
    let session = client.open_session_for(ChallengeNameType::SelectMfaType, session.as_ref())?;
    client.cx.take_for_user(&session.sub)?;
    let device = responses.device_key();
    client
        .read(move |client, tx| {
            Attempt::of_session(client, tx, &session, &name)?;
            let factor = Factor::parse(&answer).ok_or_else(ApiError::no_such_mfa_method)?;
            let answered = Answered::of_session(session, device);
            Ok(Verdict::Ask(answered, Asked::Chosen(factor)))
        })
        .await
}
