//! A code that was sent (`SMS_MFA`, `EMAIL_OTP`).

use crate::api::{AttributeType, ChallengeNameType, Sensitive};
use crate::auth::one_time_code;
use crate::domain::mfa::Factor;
use crate::domain::sign_in::{Proved, SentCode, Step};
use crate::domain::user::User;
use crate::domain::user::attributes::{Changes, Schema};
use crate::error::{ApiError, Result};
use crate::sign_in::attempt::{Answered, Attempt};
use crate::sign_in::client::ClientContext;
use crate::sign_in::mfa::foresee_choice;
use crate::sign_in::parameters::Parameters;
use crate::sign_in::verdict::{Effect, Failure, Proof, Verdict};
use crate::store::{ReadTx, WriteTx};

/// Judges the code.
///
/// # Errors
/// `InvalidParameterException` when a parameter is missing; `NotAuthorizedException` of a session that does not wait for the
/// code, and while the user is locked out; `TooManyRequestsException`.
pub(super) async fn judge(
    client: &ClientContext,
    challenge: ChallengeNameType,
    responses: &Parameters,
    session: Option<Sensitive<String>>,
) -> Result<Verdict> {
    let name = client.username_in(responses)?;
    let code = responses.required(&format!("{}_CODE", challenge.as_str()))?;
    let code = Sensitive::from(code.to_owned());
    let session = client.open_session_for(challenge, session.as_ref())?;
    client.cx.take_for_user(&session.sub)?;
    let device = responses.device_key();
    client
        .read(move |client, tx| {
            Attempt::of_session(client, tx, &session, &name)?;
            let Step::Code(SentCode {
                code: sent,
                factor,
                new_destination,
            }) = session.step.clone()
            else {
                return Err(ApiError::invalid_session().because("the session has no code"));
            };
            if !one_time_code::is_code(&sent, &code) {
                return Ok(Verdict::Refused(Failure::Code(session)));
            }
            let first = new_destination.map(|destination| FirstDestination {
                factor,
                destination,
            });
            Ok(Verdict::Proved(Proof {
                proved: Proved::SecondFactor,
                answered: Answered::of_session(session, device),
                effect: first.map(|first| Box::new(first) as Box<dyn Effect>),
            }))
        })
        .await
}

/// An address or number that the user did not have, and has now received a code at. It becomes the user's, and the factor too.
pub(super) struct FirstDestination {
    pub(super) factor: Factor,
    pub(super) destination: Sensitive<String>,
}

impl FirstDestination {
    /// The attribute with its value, and that it is verified.
    ///
    /// # Errors
    /// `NotAuthorizedException` when the user has one; `InvalidParameterException` when it does not fit the attribute.
    pub(super) fn changes(&self, attempt: &Attempt<'_>) -> Result<Changes> {
        let contact = self.factor.contact();
        let contact = contact.ok_or_else(ApiError::no_such_mfa_method)?;
        let name = contact.attribute();
        if attempt.record.attributes.contains_key(name) {
            return Err(ApiError::attribute_provided(name));
        }
        let attribute = |name: String, value: Sensitive<String>| AttributeType {
            name,
            value: Some(value),
        };
        let settings = attempt.tx.pool_settings(&attempt.client.pool)?;
        Schema::of(&settings).first_values(vec![
            attribute(name.to_owned(), self.destination.clone()),
            attribute(contact.flag().to_owned(), "true".to_owned().into()),
        ])
    }
}

impl Effect for FirstDestination {
    fn apply(&self, attempt: &mut Attempt<'_>) -> Result<()> {
        attempt.mfa_choice()?.check_sets_up(self.factor)?;
        let changes = self.changes(attempt)?;
        changes.apply(&mut attempt.record.attributes)?;
        attempt.record.modified = attempt.client.cx.now;
        Ok(())
    }

    fn foresee(&self, client: &ClientContext, tx: &ReadTx<'_>, user: &User) {
        foresee_choice(tx, client, user);
        let _ = tx.pool_settings(&client.pool);
    }

    fn write(&self, attempt: &Attempt<'_>, tx: &WriteTx<'_>) -> Result<()> {
        let client = attempt.client;
        tx.put_user(&client.pool, client.configuration()?, &attempt.record)?;
        let mut preferences = tx.mfa_preferences(&attempt.user)?;
        preferences.switch_on(self.factor);
        tx.put_mfa_preferences(&attempt.user, preferences)
    }
}
