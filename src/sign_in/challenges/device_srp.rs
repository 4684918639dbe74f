//! The device, after everything else (`DEVICE_SRP_AUTH`, then `DEVICE_PASSWORD_VERIFIER`; AWS's guide "Working with user devices
//! in your user pool", "Signing in with a device").
//!
//! Some clients send no session with `DEVICE_SRP_AUTH`. The registry knows each sign-in that waits for a device's proof, so a
//! proof never stands by itself. A username and a device key are not secret: an answer without a session begins an exchange and
//! uses nothing up. The right proof then uses the sign-in that waits.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::api::{ChallengeNameType, Sensitive};
use crate::auth::srp::{Identity, Verifier};
use crate::domain::sign_in::{Proved, Session, Step};
use crate::domain::user::User;
use crate::error::{ApiError, Result};
use crate::ids::{DeviceKey, Username};
use crate::sign_in::attempt::{Answered, NamedDevice, confirmed_device};
use crate::sign_in::client::ClientContext;
use crate::sign_in::parameters::{Parameters, parameters};
use crate::sign_in::srp::{ClaimedProof, begin_exchange};
use crate::sign_in::verdict::{ExchangePut, Failure, Proof, Verdict, WaitingSignIn};
use crate::store::{ReadTx, SignInDevice};

/// Begins an exchange with the device (`DEVICE_SRP_AUTH`).
///
/// # Errors
/// `InvalidParameterException` when a parameter is missing or `SRP_A` is not a number of the group; `NotAuthorizedException` of
/// a session that does not wait for this device, or when no sign-in waits for it; `ResourceNotFoundException` of a device that
/// is not remembered; `TooManyRequestsException`.
pub(super) async fn begin(
    client: &ClientContext,
    responses: &Parameters,
    session: Option<Sensitive<String>>,
) -> Result<Verdict> {
    let name = client.username_in(responses)?;
    let key = DeviceKey::from(responses.required("DEVICE_KEY")?.to_owned());
    let srp_a = responses.required("SRP_A")?.to_owned();
    client.pool.device_tracking()?;
    let session = session.map(|session| waiting_session(client, &session, &key));
    let session = session.transpose()?;
    let wanted = key.clone();
    let (user, sub, device, session) = client
        .read(move |client, tx| {
            tx.foresee(|tx| foresee(client, tx, session.as_ref(), (&name, &wanted)));
            let (user, sub) = user_of(client, tx, session.as_ref(), &name)?;
            let device = remembered(tx, &user, &wanted)?;
            if session.is_none() {
                check_awaited(client, tx, &user, &wanted)?;
            }
            Ok((user, sub, device, session))
        })
        .await?;
    client.cx.take_for_user(&sub)?;
    let verifier = device.verifier.unwrap_or_else(|| {
        let seal = &client.keys.seal;
        Verifier::decoy(&seal.derive("no verifier", key.as_str().as_bytes()))
    });
    let exchange = begin_exchange(client, &verifier, srp_a).await?;
    let step = Step::DevicePasswordVerifier {
        exchange: STANDARD.encode(exchange.to_bytes()),
        unbound: session.is_none(),
    };
    let event = session.as_ref().and_then(|session| session.event);
    let next = client.new_session(sub, step, Some(key.clone()));
    let next = next.with_event(event);
    let parameters = parameters([
        ("DEVICE_KEY", key.to_string()),
        ("SALT", verifier.salt_hex()),
        ("SECRET_BLOCK", client.seal_block(&next)?),
        ("SRP_B", exchange.srp_b()),
        ("USERNAME", user.username.as_str().to_owned()),
    ]);
    Ok(Verdict::Exchange(ExchangePut {
        challenge: ChallengeNameType::DevicePasswordVerifier,
        parameters,
        answers: session.map(|session| WaitingSignIn {
            session,
            owner: user.owner,
            device: key,
        }),
    }))
}

/// The session of a sign-in that waits for this device.
fn waiting_session(
    client: &ClientContext,
    sealed: &Sensitive<String>,
    key: &DeviceKey,
) -> Result<Session> {
    let session = client.open_session(Some(sealed))?;
    let awaited = matches!(session.step, Step::DeviceSrp);
    if !awaited || session.device.as_ref() != Some(key) {
        return Err(ApiError::invalid_session().because("the session is for something else"));
    }
    Ok(session)
}

/// The user that the answer is about, and the user's sub. Without a session nothing has been proved yet, so the answer about
/// somebody who does not exist is that about a device that does not.
fn user_of(
    client: &ClientContext,
    tx: &ReadTx<'_>,
    session: Option<&Session>,
    name: &Username,
) -> Result<(User, String)> {
    if let Some(session) = session {
        let (user, record) = client.user_of(tx, session, name)?;
        return Ok((user, record.sub));
    }
    let user = tx.find_user(&client.pool, client.configuration()?, name)?;
    let user = user.ok_or_else(ApiError::no_such_device)?;
    let sub = tx.user_record(&user)?.sub;
    Ok((user, sub))
}

/// Foresees what finding user and device reads.
fn foresee(
    client: &ClientContext,
    tx: &ReadTx<'_>,
    session: Option<&Session>,
    (name, key): (&Username, &DeviceKey),
) {
    match session {
        Some(session) => client.foresee_user_of(tx, session, name),
        None => {
            if let Ok(configuration) = client.configuration() {
                let _ = tx.find_user(&client.pool, configuration, name);
            }
        }
    }
    let Some(whom) = &client.whom else { return };
    let _ = confirmed_device(tx, &whom.user, key);
    if session.is_none() {
        let _ = tx.user_record(&whom.user);
        let _ = tx.device_challenge_end((&whom.user.owner, key), client.app.row);
    }
}

/// Judges the claim of an exchange with the device (`DEVICE_PASSWORD_VERIFIER`).
///
/// # Errors
/// As [`begin`]; `NotAuthorizedException` too of a wrong proof, and of a secret block that is not this device's.
pub(super) async fn judge(client: &ClientContext, responses: &Parameters) -> Result<Verdict> {
    let name = client.username_in(responses)?;
    let key = DeviceKey::from(responses.required("DEVICE_KEY")?.to_owned());
    let claim = ClaimedProof::read(client.cx.system_now(), responses)?;
    client.pool.device_tracking()?;
    let found = claim.session(client, ChallengeNameType::DevicePasswordVerifier);
    let (session, exchange) = found
        .filter(|(session, _)| session.device.as_ref() == Some(&key))
        .ok_or_else(|| {
            ApiError::wrong_password().because("the secret block is not this device's")
        })?;
    client.cx.take_for_user(&session.sub)?;
    let wanted = key.clone();
    let (session, device) = client
        .read(move |client, tx| {
            tx.foresee(|tx| foresee(client, tx, Some(&session), (&name, &wanted)));
            let (user, _) = client.user_of(tx, &session, &name)?;
            let device = remembered(tx, &user, &wanted)?;
            Ok((session, device))
        })
        .await?;
    let reason = match device.verifier {
        Some(_) => "the device's proof is wrong",
        None => "the device was confirmed without a verifier",
    };
    let right = client
        .cx
        .compute(move || {
            let who = Identity::device(&device.group_key, &device.key);
            let verifier = device.verifier.as_ref();
            verifier.is_some_and(|verifier| exchange.accepts(verifier, who, &claim.claim()))
        })
        .await?;
    if !right {
        return Ok(Verdict::Refused(Failure::Device(session, reason)));
    }
    Ok(Verdict::Proved(Proof {
        proved: Proved::Device,
        answered: Answered {
            sub: session.sub.clone(),
            device: Some(NamedDevice::Now(key)),
            session: Some(session),
        },
        effect: None,
    }))
}

/// Refuses a device that no sign-in of the client waits for.
///
/// # Errors
/// `NotAuthorizedException`.
fn check_awaited(
    client: &ClientContext,
    tx: &ReadTx<'_>,
    user: &User,
    key: &DeviceKey,
) -> Result<()> {
    let end = tx.device_challenge_end((&user.owner, key), client.app.row)?;
    let end =
        end.ok_or_else(|| ApiError::invalid_session().because("no sign-in awaits the device"))?;
    if client.cx.now > end {
        return Err(ApiError::session_expired());
    }
    Ok(())
}

/// The device, which must still be remembered.
///
/// # Errors
/// `ResourceNotFoundException` when the device is forgotten or not remembered any more.
fn remembered(tx: &ReadTx<'_>, user: &User, key: &DeviceKey) -> Result<SignInDevice> {
    let device = confirmed_device(tx, user, key)?;
    device
        .filter(|device| device.remembered)
        .ok_or_else(ApiError::no_such_device)
}
