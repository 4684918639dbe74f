//! Proving the device, after everything else has been proved (AWS's guide "Working with user devices in your user pool",
//! "Signing in with a device").
//!
//! Some clients send no session with `DEVICE_SRP_AUTH`. The registry knows of each sign-in that waits for a device's proof, so
//! that a proof never stands by itself. A username and a device key are no secrets: such an answer begins an exchange and uses
//! nothing up. The proof itself takes the sign-in that waits.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::api::{ChallengeNameType, Sensitive};
use crate::auth::srp::{Exchange, Identity, Verifier};
use crate::context::Cx;
use crate::domain::sign_in::{Proved, Step};
use crate::domain::user::User;
use crate::error::{ApiError, Result};
use crate::ids::DeviceKey;
use crate::operations::sign_in::app::App;
use crate::operations::sign_in::parameters::Parameters;
use crate::operations::sign_in::passwords::ClaimedProof;
use crate::operations::sign_in::progress::{Answer, NamedDevice, Proof, advance, confirmed_device};
use crate::store::{ReadTx, SignInDevice};

/// Begins an SRP exchange with the device (`DEVICE_SRP_AUTH`).
pub(super) async fn begin_srp(
    cx: &Cx,
    app: App,
    responses: &Parameters,
    session: Option<Sensitive<String>>,
) -> Result<Answer> {
    let name = app.name_in(responses)?;
    let key = DeviceKey::from(responses.required("DEVICE_KEY")?.to_owned());
    let srp_a = responses.required("SRP_A")?.to_owned();
    app.pool.device_tracking()?;
    let session = session.map(|session| app.open_session(cx, Some(&session)));
    let session = session.transpose()?;
    if let Some(session) = &session {
        let awaited = matches!(session.step, Step::DeviceSrp);
        if !awaited || session.device.as_ref() != Some(&key) {
            return Err(ApiError::invalid_session().because("the session is for something else"));
        }
    }
    let (app, key, session, user, sub, device) = cx
        .read(move |cx, tx| {
            let (user, record) = if let Some(session) = &session {
                app.user_of(tx, session, &name)?
            } else {
                let user = tx.find_user(&app.pool, app.configuration()?, &name)?;
                // Who has proved nothing yet does not learn which users exist.
                let user = user.ok_or_else(ApiError::no_such_device)?;
                let record = tx.user_record(&user)?;
                (user, record)
            };
            let device = remembered(tx, &user, &key)?;
            if session.is_none() {
                check_awaited(cx, tx, &app, &user, &key)?;
            }
            Ok((app, key, session, user, record.sub, device))
        })
        .await?;
    cx.take_for_user(&sub)?;
    let verifier = device.verifier.unwrap_or_else(|| {
        Verifier::pretended(&app.keys.seal.derive("no verifier", key.as_str().as_bytes()))
    });
    let (ambient, of_device) = (cx.ambient.clone(), verifier.clone());
    let exchange = cx
        .compute(move || Exchange::begin(&of_device, &srp_a, &ambient))
        .await?
        .map_err(ApiError::invalid_srp_a)?;
    let unbound = session.is_none();
    if let Some(session) = session {
        let client = app.client.row;
        let (owner, key) = (user.owner, key.clone());
        cx.write(move |_, tx| {
            tx.use_session(&session.id, session.expires())?;
            tx.delete_device_challenge((&owner, &key), client, &session.id)
        })
        .await?;
    }
    let step = Step::DevicePasswordVerifier {
        exchange: STANDARD.encode(exchange.to_bytes()),
        unbound,
    };
    let session = app.session(cx, sub, step, Some(key.clone()));
    Ok(Answer::exchange(
        &session,
        [
            ("DEVICE_KEY", key.to_string()),
            ("SALT", verifier.salt_hex()),
            ("SECRET_BLOCK", app.seal_block(cx, &session)?),
            ("SRP_B", exchange.srp_b()),
            ("USERNAME", user.username.as_str().to_owned()),
        ],
    ))
}

/// Takes the claim of an SRP exchange with the device (`DEVICE_PASSWORD_VERIFIER`).
pub(super) async fn verify(cx: &Cx, app: App, responses: &Parameters) -> Result<Answer> {
    let name = app.name_in(responses)?;
    let key = DeviceKey::from(responses.required("DEVICE_KEY")?.to_owned());
    let claim = ClaimedProof::read(cx, responses)?;
    app.pool.device_tracking()?;
    let found = claim.session(cx, &app, ChallengeNameType::DevicePasswordVerifier);
    let (session, exchange) = found
        .filter(|(session, _)| session.device.as_ref() == Some(&key))
        .ok_or_else(|| {
            ApiError::wrong_password().because("the secret block is not this device's")
        })?;
    cx.take_for_user(&session.sub)?;
    let (app, key, session, device) = cx
        .read(move |_, tx| {
            let (user, _) = app.user_of(tx, &session, &name)?;
            let device = remembered(tx, &user, &key)?;
            Ok((app, key, session, device))
        })
        .await?;
    let reason = match device.verifier {
        Some(_) => "the device's proof is wrong",
        None => "the device was confirmed without a verifier",
    };
    let right = cx
        .compute(move || {
            let who = Identity::device(&device.group_key, &device.key);
            let verifier = device.verifier.as_ref();
            verifier.is_some_and(|verifier| exchange.accepts(verifier, who, &claim.claim()))
        })
        .await?;
    if !right {
        return Err(ApiError::wrong_password().because(reason));
    }
    let proof = Proof {
        proved: Proved::Device,
        sub: session.sub.clone(),
        device: Some(NamedDevice::Now(key)),
        session: Some(session),
    };
    advance(cx, app, proof).await
}

/// Refuses a device that no sign-in of the client waits for.
///
/// # Errors
/// `NotAuthorizedException`.
fn check_awaited(cx: &Cx, tx: &ReadTx<'_>, app: &App, user: &User, key: &DeviceKey) -> Result<()> {
    let end = tx.device_challenge_end((&user.owner, key), app.client.row)?;
    let end =
        end.ok_or_else(|| ApiError::invalid_session().because("no sign-in awaits the device"))?;
    if cx.now > end {
        return Err(ApiError::session_expired());
    }
    Ok(())
}

/// The device, which must still be remembered.
///
/// # Errors
/// `ResourceNotFoundException` when it is forgotten or no longer remembered.
fn remembered(tx: &ReadTx<'_>, user: &User, key: &DeviceKey) -> Result<SignInDevice> {
    let device = confirmed_device(tx, user, key)?;
    device
        .filter(|device| device.remembered)
        .ok_or_else(ApiError::no_such_device)
}
