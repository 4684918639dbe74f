//! The password by SRP, without sending it (`USER_SRP_AUTH`, then `PASSWORD_VERIFIER`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::api::ChallengeNameType;
use crate::auth::srp::Identity;
use crate::domain::sign_in::Step;
use crate::error::{ApiError, Result};
use crate::sign_in::attempt::NamedDevice;
use crate::sign_in::challenges::password;
use crate::sign_in::client::ClientContext;
use crate::sign_in::lockout::{Tried, take_for_tried};
use crate::sign_in::parameters::{Parameters, parameters};
use crate::sign_in::srp::{ClaimedProof, begin_exchange};
use crate::sign_in::subject::Subject;
use crate::sign_in::verdict::{ExchangePut, Verdict};

/// Begins an exchange (`USER_SRP_AUTH`).
///
/// # Errors
/// `InvalidParameterException` when a parameter is missing or `SRP_A` is not a number of the group; `NotAuthorizedException` of
/// a wrong `SECRET_HASH`; `UserNotFoundException`; `TooManyRequestsException`.
pub(crate) async fn begin(client: &ClientContext, given: &Parameters) -> Result<Verdict> {
    let name = given.username()?;
    let srp_a = given.required("SRP_A")?.to_owned();
    client.check_secret_hash(name.as_str(), given.find("SECRET_HASH"))?;
    let named = name.clone();
    let subject = client
        .read(move |client, tx| {
            tx.foresee(|tx| Subject::foresee_named(tx, client, &named));
            Subject::named(tx, client, &named)
        })
        .await?;
    take_for_tried(client, &subject.sub, &name)?;
    let exchange = begin_exchange(client, &subject.verifier, srp_a).await?;
    let step = Step::PasswordVerifier {
        exchange: STANDARD.encode(exchange.to_bytes()),
        typed: name,
    };
    let session = client.new_session(subject.sub, step, given.device_key());
    Ok(Verdict::Exchange(ExchangePut {
        challenge: ChallengeNameType::PasswordVerifier,
        parameters: parameters([
            ("SALT", subject.verifier.salt_hex()),
            ("SECRET_BLOCK", client.seal_block(&session)?),
            ("SRP_B", exchange.srp_b()),
            ("USERNAME", subject.user_id_for_srp.clone()),
            ("USER_ID_FOR_SRP", subject.user_id_for_srp),
        ]),
        answers: None,
    }))
}

/// Judges the claim of an exchange (`PASSWORD_VERIFIER`).
///
/// # Errors
/// As [`begin`]; `NotAuthorizedException` too of a secret block that is not ours or too old, and while the user is locked out.
pub(super) async fn judge(client: &ClientContext, responses: &Parameters) -> Result<Verdict> {
    let name = responses.username()?;
    let claim = ClaimedProof::read(client.cx.system_now(), responses)?;
    client.check_secret_hash(name.as_str(), responses.find("SECRET_HASH"))?;
    let not_ours = || ApiError::wrong_password().because("the secret block is not ours or too old");
    let (session, exchange) = claim
        .session(client, ChallengeNameType::PasswordVerifier)
        .ok_or_else(not_ours)?;
    let Step::PasswordVerifier { typed, .. } = session.step.clone() else {
        return Err(not_ours());
    };
    take_for_tried(client, &session.sub, &typed)?;
    let sub = session.sub.clone();
    let (tried, subject, named) = client
        .read(move |client, tx| {
            tx.foresee(|tx| {
                Tried::foresee(client, tx, std::slice::from_ref(&sub), &typed);
                client.foresee_is_named(tx, &name);
                Subject::foresee_of_sub(tx, client, &sub);
            });
            let tried = Tried::new(client, tx, sub.clone(), typed)?;
            let named = client.is_named(tx, &sub, &name)?;
            let subject = Subject::of_sub(tx, client, sub)?;
            Ok((tried, subject, named))
        })
        .await?;
    let pool = client.pool.id.clone();
    let Subject {
        verifier,
        user_id_for_srp,
        hopeless,
        ..
    } = subject;
    let right = client
        .cx
        .compute(move || {
            let who = Identity::user(&pool, &user_id_for_srp);
            exchange.accepts(&verifier, who, &claim.claim())
        })
        .await?;
    let before = session.device.clone().map(NamedDevice::Before);
    let device = responses.device_key().map(NamedDevice::Now).or(before);
    let others = (!named).then_some("the answer names another user than the sign-in began with");
    let wrong = (!right).then_some("the proof of the password is wrong");
    let refused = hopeless.or(others).or(wrong);
    password::verdict(client, refused, tried, Some(session), device)
}
