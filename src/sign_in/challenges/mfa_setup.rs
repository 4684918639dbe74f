//! Setting up a first factor in the middle of a sign-in (`MFA_SETUP`): a software token, by `AssociateSoftwareToken` and
//! `VerifySoftwareToken`, or an address or number that codes are sent to.

use crate::api::{ChallengeNameType, ErrorCode, Sensitive, Timestamp};
use crate::auth::totp::TotpSecret;
use crate::context::Cx;
use crate::domain::mfa::Factor;
use crate::domain::sign_in::{Proved, Session, Step};
use crate::domain::user::User;
use crate::error::{ApiError, Result};
use crate::sign_in::attempt::{Answered, Attempt};
use crate::sign_in::challenges::mfa_code::FirstDestination;
use crate::sign_in::client::ClientContext;
use crate::sign_in::lockout::count_wrong_code;
use crate::sign_in::mfa::{Asked, Choice};
use crate::sign_in::parameters::Parameters;
use crate::sign_in::verdict::{Proof, Verdict};
use crate::store::{ReadTx, WriteTx};

/// The responses that name an address or a number.
const NEW_DESTINATIONS: [(&str, Factor); 2] =
    [("EMAIL", Factor::Email), ("PHONE_NUMBER", Factor::Sms)];

/// Judges the answer: an address or number that a code is to be sent to, or that a software token has been verified.
///
/// # Errors
/// `InvalidParameterException` when a parameter is missing, or does not fit its attribute; `NotAuthorizedException` of a session
/// that does not wait for this, and while the user is locked out; `MFAMethodNotFoundException`;
/// `SoftwareTokenMFANotFoundException`; `TooManyRequestsException`.
pub(super) async fn judge(
    client: &ClientContext,
    responses: &Parameters,
    session: Option<Sensitive<String>>,
) -> Result<Verdict> {
    let name = client.username_in(responses)?;
    let mut given = NEW_DESTINATIONS.into_iter();
    let destination = given.find_map(|(name, factor)| {
        let destination = responses.find(name)?.to_owned().into();
        Some(FirstDestination {
            factor,
            destination,
        })
    });
    let session = client.open_session_for(ChallengeNameType::MfaSetup, session.as_ref())?;
    client.cx.take_for_user(&session.sub)?;
    let device = responses.device_key();
    client
        .read(move |client, tx| {
            let attempt = Attempt::of_session(client, tx, &session, &name)?;
            if let Some(first) = destination {
                attempt.mfa_choice()?.check_sets_up(first.factor)?;
                first.changes(&attempt)?;
                let asked = Asked::First(first.factor, first.destination);
                return Ok(Verdict::Ask(Answered::of_session(session, device), asked));
            }
            check_verified(&attempt, &session)?;
            Ok(Verdict::Proved(Proof {
                proved: Proved::SecondFactor,
                answered: Answered::of_session(session, device),
                effect: None,
            }))
        })
        .await
}

/// Refuses a sign-in that has not verified a software token.
fn check_verified(attempt: &Attempt<'_>, session: &Session) -> Result<()> {
    if !matches!(session.step, Step::SetUpFactor { verified: true }) {
        return Err(ApiError::invalid_session().because("no software token was verified"));
    }
    if attempt.tx.has_software_token(&attempt.user)? {
        Ok(())
    } else {
        Err(ApiError::no_software_token())
    }
}

/// A sign-in that waits for a factor to be set up, and sets up a software token.
pub(crate) struct SettingUp {
    client: ClientContext,
    session: Session,
}

impl SettingUp {
    /// The sign-in that this session belongs to.
    ///
    /// # Errors
    /// `NotAuthorizedException` of what is no such session; `TooManyRequestsException`.
    pub(crate) async fn open(cx: &Cx, sealed: &Sensitive<String>) -> Result<Self> {
        let client = ClientContext::of_session(cx, sealed).await?;
        let challenge = ChallengeNameType::MfaSetup;
        let session = client.open_session_for(challenge, Some(sealed))?;
        cx.take_for_user(&session.sub)?;
        Ok(Self { client, session })
    }

    /// Gives the user a new secret. Returns it with the sealed session that the sign-in goes on with.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub(crate) async fn associate(self) -> Result<(Sensitive<String>, Sensitive<String>)> {
        let secret = TotpSecret::draw(&self.client.cx.ambient);
        let shown = secret.base32();
        let written = self.write(false, move |tx, user| associate(tx, user, &secret).map(Ok));
        Ok((shown, written.await?))
    }

    /// Verifies the first code of the user's new software token. Returns the sealed session that the sign-in goes on with.
    ///
    /// # Errors
    /// As [`Self::write`] and [`verify`]; `EnableSoftwareTokenMFAException` of a wrong code.
    pub(crate) async fn verify(
        self,
        code: Sensitive<String>,
        name: Option<String>,
    ) -> Result<Sensitive<String>> {
        let now = self.client.cx.now;
        let written = self.write(true, move |tx, user| {
            verify(tx, user, (&code, name.as_deref()), now)
        });
        written.await
    }

    /// Runs `change` for the user in one transaction, in which a software token is verified or not. Returns the sealed session
    /// that the sign-in goes on with. An error inside the result of `change` is a wrong code, and counts.
    ///
    /// # Errors
    /// `NotAuthorizedException` when the session has served, or the user has a factor; what `change` returns.
    pub(crate) async fn write(
        self,
        verified: bool,
        change: impl FnOnce(&WriteTx<'_>, &User) -> Result<Result<()>> + Send + 'static,
    ) -> Result<Sensitive<String>> {
        let Self { client, session } = self;
        let step = Step::SetUpFactor { verified };
        let next = client.new_session(session.sub.clone(), step, session.device.clone());
        let next = next.with_event(session.event);
        client
            .write(move |client, tx| {
                tx.check_session(&session.id)?;
                let user = user_of(client, tx, &session)?;
                if let Err(refusal) = change(tx, &user)? {
                    count_wrong_code(tx, &session)?;
                    return Ok(Err(refusal));
                }
                tx.use_session(&session.id, session.expires())?;
                if verified {
                    let mut preferences = tx.mfa_preferences(&user)?;
                    preferences.switch_on(Factor::SoftwareToken);
                    tx.put_mfa_preferences(&user, preferences)?;
                }
                Ok(Ok(()))
            })
            .await??;
        client.seal(&next)
    }
}

/// Gives the user a secret to put into an authenticator. A token that the user already has stays in force until a code of the new
/// one is verified.
///
/// # Errors
/// `InternalErrorException` when the store fails.
pub(crate) fn associate(tx: &WriteTx<'_>, user: &User, secret: &TotpSecret) -> Result<()> {
    tx.put_pending_software_token(user, secret)
}

/// Verifies the first code of a user's new software token, which is in force from then on. The code does not count again. The inner
/// result is the refusal of a wrong code.
///
/// # Errors
/// `SoftwareTokenMFANotFoundException` of a user without a new token; `InternalErrorException` when the store fails.
pub(crate) fn verify(
    tx: &WriteTx<'_>,
    user: &User,
    (code, name): (&Sensitive<String>, Option<&str>),
    now: Timestamp,
) -> Result<Result<()>> {
    let secret = tx.pending_software_token(user)?;
    let now = now.millis().div_euclid(1000);
    let Some(step) = secret.step_of(code.expose(), now) else {
        let code = ErrorCode::EnableSoftwareTokenMFAException;
        return Ok(Err(ApiError::new(code, "Code mismatch")));
    };
    tx.verify_software_token(user, name, step).map(Ok)
}

/// The user of a session that waits for a factor to be set up.
fn user_of(client: &ClientContext, tx: &ReadTx<'_>, session: &Session) -> Result<User> {
    let found = tx.find_user_by_sub(&client.pool, &session.sub)?;
    let (user, record) =
        found.ok_or_else(|| ApiError::invalid_session().because("the user is gone"))?;
    if !record.enabled {
        return Err(ApiError::user_disabled());
    }
    if !tx.pool_mfa(&client.pool)?.has(Factor::SoftwareToken) {
        return Err(ApiError::no_software_tokens_in_pool());
    }
    let choice = Choice::of(tx, client, &user, &record)?;
    choice.check_sets_up(Factor::SoftwareToken)?;
    Ok(user)
}
