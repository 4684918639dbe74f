//! From one proof to the next challenge, or to the tokens.

use std::collections::BTreeMap;

use crate::api::{
    AdminInitiateAuthResponse, AdminRespondToAuthChallengeResponse, AuthenticationResultType,
    ChallengeNameType, InitiateAuthResponse, NewDeviceMetadataType, RespondToAuthChallengeResponse,
    Sensitive, UserPoolType, UserStatusType,
};
use crate::auth::refresh_token;
use crate::context::Cx;
use crate::domain::device::{Attributes, Device};
use crate::domain::password;
use crate::domain::sign_in::{Facts, Next, Proved, Session, Step, next};
use crate::domain::tokens::SignIn;
use crate::domain::user::{User, UserRecord};
use crate::error::{ApiError, Result};
use crate::ids::DeviceKey;
use crate::operations::sign_in::app::App;
use crate::operations::sign_in::lockout::{check_not_locked, forget_failures};
use crate::operations::sign_in::tokens::{Grant, issue};
use crate::operations::sign_in::{new_password, second_factors};
use crate::store::{DeviceSecret, ReadTx, SignInDevice, WriteTx};

/// Something that a user has just proved.
pub(super) struct Proof {
    pub(super) proved: Proved,
    /// Whose proof it is.
    pub(super) sub: String,
    /// The session that it answered, which has served with it.
    pub(super) session: Option<Session>,
    /// The device that the client says it is.
    pub(super) device: Option<NamedDevice>,
}

impl Proof {
    /// The refusal of the proof while the user is locked out. A client that hides who exists answers the right password like any
    /// other until the session shows that it was proved before the lock.
    fn told(&self, app: &App, locked: ApiError) -> ApiError {
        let session = self.session.as_ref().map(|session| &session.step);
        match session {
            None | Some(Step::PasswordVerifier { .. }) if app.client.hides_users() => {
                ApiError::wrong_password().because("the user has been locked out meanwhile")
            }
            None | Some(_) => locked,
        }
    }
}

/// The device that a client says it is. A key that the user has no confirmed device for is refused in the request that names
/// it, which clients answer by naming none. What an earlier request of the sign-in named is not held against them then.
pub(super) enum NamedDevice {
    /// Named by the request itself.
    Now(DeviceKey),
    /// Named by an earlier request. It counts while it is a confirmed device of the user.
    Before(DeviceKey),
}

impl NamedDevice {
    /// The device that the answer to a challenge names, or else the one that the session knows of. An answer that repeats
    /// what the session knows names nothing new.
    pub(super) fn in_session(session: &Session, named: Option<DeviceKey>) -> Option<Self> {
        let before = session.device.clone();
        match named {
            Some(key) if before.as_ref() != Some(&key) => Some(Self::Now(key)),
            Some(_) | None => before.map(Self::Before),
        }
    }

    /// The key, whatever it is worth.
    pub(super) fn key(&self) -> &DeviceKey {
        match self {
            Self::Now(key) | Self::Before(key) => key,
        }
    }
}

/// What a proof came to.
pub(super) enum Outcome {
    /// A challenge, and what the client is told of it.
    Challenge(Session, BTreeMap<String, String>),
    Tokens(Box<Grant>),
}

/// What the operations of signing in answer.
pub(super) struct Answer {
    result: Option<AuthenticationResultType>,
    challenge: Option<ChallengeNameType>,
    parameters: BTreeMap<String, String>,
    session: Option<Sensitive<String>>,
}

impl Answer {
    /// The challenge of an SRP exchange, whose session travels in the parameters.
    pub(super) fn exchange<const N: usize>(
        session: &Session,
        parameters: [(&str, String); N],
    ) -> Self {
        Self {
            result: None,
            challenge: Some(session.step.challenge()),
            parameters: named(parameters),
            session: None,
        }
    }

    /// The challenge that it asks for; `None` where it gives tokens.
    pub(super) fn next(&self) -> Option<ChallengeNameType> {
        self.challenge
    }

    pub(super) fn tokens(result: AuthenticationResultType) -> Self {
        Self {
            result: Some(result),
            challenge: None,
            parameters: BTreeMap::new(),
            session: None,
        }
    }
}

macro_rules! answers {
    ($($response:ident)*) => {$(
        impl From<Answer> for $response {
            fn from(answer: Answer) -> Self {
                Self {
                    authentication_result: answer.result,
                    challenge_name: answer.challenge,
                    challenge_parameters: Some(answer.parameters),
                    session: answer.session,
                    ..Self::default()
                }
            }
        }
    )*};
}
answers! {
    InitiateAuthResponse AdminInitiateAuthResponse RespondToAuthChallengeResponse AdminRespondToAuthChallengeResponse
}

/// Challenge parameters.
pub(super) fn named<const N: usize>(parameters: [(&str, String); N]) -> BTreeMap<String, String> {
    let parameters = parameters.into_iter();
    parameters
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Goes on after a proof.
pub(super) async fn advance(cx: &Cx, app: App, proof: Proof) -> Result<Answer> {
    let through = app.clone();
    let outcome = cx
        .write(move |cx, tx| {
            let found = tx.find_user_by_sub(&through.pool, &proof.sub)?;
            // Deleted since the proof was looked at.
            let (user, record) = found.ok_or_else(ApiError::wrong_password)?;
            step_on(cx, tx, &through, &proof, &user, record)
        })
        .await?;
    finish(cx, &app, outcome).await
}

/// Tells the client what its proof came to.
pub(super) async fn finish(cx: &Cx, app: &App, outcome: Outcome) -> Result<Answer> {
    match outcome {
        Outcome::Challenge(session, parameters) => Ok(Answer {
            result: None,
            challenge: Some(session.step.challenge()),
            parameters,
            session: Some(app.seal(cx, &session)?),
        }),
        Outcome::Tokens(grant) => issue(cx, app, *grant).await.map(Answer::tokens),
    }
}

/// Writes down that the proof was given, and decides what comes next.
///
/// # Errors
/// `NotAuthorizedException` when the session has served already, when too many attempts failed meanwhile, or when the user is
/// disabled; `UserNotConfirmedException`, `PasswordResetRequiredException`; `ResourceNotFoundException` when the request names
/// a device that is not the user's.
pub(super) fn step_on(
    cx: &Cx,
    tx: &WriteTx<'_>,
    app: &App,
    proof: &Proof,
    user: &User,
    record: UserRecord,
) -> Result<Outcome> {
    check_may_sign_in(&record)?;
    let attempts =
        check_not_locked(cx, tx, app, &record.sub).map_err(|locked| proof.told(app, locked))?;
    let device = named_device(tx, app, user, proof.device.as_ref())?;
    let facts = facts(cx, tx, app, user, &record, device.as_ref())?;
    if let Some(session) = &proof.session {
        tx.use_session(&session.id, session.expires())?;
        if matches!(
            session.step,
            Step::DevicePasswordVerifier { unbound: true, .. }
        ) {
            use_waiting_sign_in(cx, tx, app, user, device.as_ref())?;
        }
    }
    let next = next(proof.proved, facts);
    let said = proof.device.as_ref().map(NamedDevice::key);
    let session = |step| app.session(cx, record.sub.clone(), step, said.cloned());
    Ok(match (next, device) {
        (Next::NewPassword, _) => {
            let parameters = new_password::asked(tx, app, &record)?;
            Outcome::Challenge(session(Step::NewPassword), parameters)
        }
        (Next::SecondFactor, _) => {
            let (step, parameters) = second_factors::ask(cx, tx, app, user, &record)?;
            Outcome::Challenge(session(step), parameters)
        }
        (Next::Device, Some(device)) => {
            let session = session(Step::DeviceSrp);
            let whose = (&user.owner, &device.key);
            let waiting = (&session.id, session.expires());
            tx.insert_device_challenge(whose, app.client.row, waiting)?;
            let parameters = named([
                ("USERNAME", user.username.as_str().to_owned()),
                ("DEVICE_KEY", device.key.to_string()),
            ]);
            Outcome::Challenge(session, parameters)
        }
        (Next::Tokens | Next::Device, device) => {
            if let Some(device) = device.as_ref().filter(|_| proof.proved == Proved::Device) {
                tx.device_signed_in(&user.owner, &device.key, app.ip.as_deref(), cx.now)?;
            }
            // Only now: a proof of less must not give new attempts at the rest.
            forget_failures(cx, tx, app, &record, attempts)?;
            Outcome::Tokens(Box::new(grant(cx, tx, app, user, record, device)?))
        }
    })
}

/// Takes a sign-in that waits for the proof of the device, which has been given in an exchange that belonged to none. It serves
/// once, like a session that the client sends.
///
/// # Errors
/// `NotAuthorizedException` when none waits any more.
fn use_waiting_sign_in(
    cx: &Cx,
    tx: &WriteTx<'_>,
    app: &App,
    user: &User,
    device: Option<&SignInDevice>,
) -> Result<()> {
    let device = device.ok_or_else(ApiError::no_such_device)?;
    let whose = (&user.owner, &device.key);
    let waiting = tx.take_device_challenge(whose, app.client.row, cx.now)?;
    let (session, expires) = waiting.ok_or_else(|| {
        ApiError::invalid_session().because("no sign-in awaits the device any more")
    })?;
    tx.use_session(&session, expires)
}

/// Refuses a user who may not sign in, now that the user has proved to be the user.
pub(super) fn check_may_sign_in(record: &UserRecord) -> Result<()> {
    if !record.enabled {
        return Err(ApiError::user_disabled());
    }
    match record.status {
        UserStatusType::Unconfirmed => Err(ApiError::user_not_confirmed()),
        UserStatusType::ResetRequired => Err(ApiError::password_reset_required()),
        UserStatusType::Archived
        | UserStatusType::Compromised
        | UserStatusType::ExternalProvider => {
            Err(ApiError::wrong_password().because("the user's status"))
        }
        UserStatusType::Confirmed
        | UserStatusType::ForceChangePassword
        | UserStatusType::Unknown => Ok(()),
    }
}

/// The device that the client says it is, where the pool tracks devices.
///
/// # Errors
/// `ResourceNotFoundException` when the request itself names it, and it is no confirmed device of the user.
fn named_device(
    tx: &ReadTx<'_>,
    app: &App,
    user: &User,
    named: Option<&NamedDevice>,
) -> Result<Option<SignInDevice>> {
    let Some(named) = named.filter(|_| app.pool.device_tracking().is_ok()) else {
        return Ok(None);
    };
    let device = confirmed_device(tx, user, named.key())?;
    match named {
        NamedDevice::Now(_) if device.is_none() => Err(ApiError::no_such_device()),
        NamedDevice::Now(_) | NamedDevice::Before(_) => Ok(device),
    }
}

/// The user's confirmed device with this key, if there is one.
pub(super) fn confirmed_device(
    tx: &ReadTx<'_>,
    user: &User,
    key: &DeviceKey,
) -> Result<Option<SignInDevice>> {
    let device = tx.find_sign_in_device(&user.owner, key)?;
    Ok(device.filter(|device| device.confirmed))
}

fn facts(
    cx: &Cx,
    tx: &ReadTx<'_>,
    app: &App,
    user: &User,
    record: &UserRecord,
    device: Option<&SignInDevice>,
) -> Result<Facts> {
    let temporary_since = tx.temporary_password_since(user)?;
    if let Some(since) = temporary_since {
        let settings: UserPoolType = tx.pool_settings(&app.pool)?;
        if cx.now >= password::temporary_end(settings, since) {
            return Err(ApiError::temporary_password_expired());
        }
    }
    let devices = app.configuration()?.devices;
    Ok(Facts {
        temporary_password: temporary_since.is_some(),
        second_factor: second_factors::is_asked_for(tx, app, user, record)?,
        remembered_device: device.is_some_and(|device| device.remembered),
        device_replaces_second_factor: devices
            .is_some_and(|devices| devices.challenge_required_on_new_device),
    })
}

/// Writes down a sign-in that is complete. Where the pool tracks devices and the client said of none, it is issued one.
fn grant(
    cx: &Cx,
    tx: &WriteTx<'_>,
    app: &App,
    user: &User,
    record: UserRecord,
    device: Option<SignInDevice>,
) -> Result<Grant> {
    let tracks = app.configuration()?.devices.is_some();
    let new_device = match &device {
        None if tracks => Some(issue_device(cx, tx, app, user)?),
        Some(_) | None => None,
    };
    let issued = new_device
        .as_ref()
        .and_then(|device| device.device_key.clone());
    let mut sign_in = SignIn {
        row: 0,
        origin_jti: cx.ambient.uuid().to_string(),
        device: device.map(|device| device.key).or(issued),
        auth_time: cx.now.whole_seconds(),
        expires: app.client.refresh_token_end(cx.now),
        revoked: false,
    };
    let refresh_token = refresh_token::draw(&cx.ambient);
    let hash = refresh_token::hash(refresh_token.expose());
    sign_in.row = tx.insert_sign_in(user, app.client.row, &sign_in, &hash)?;
    Ok(Grant {
        user: record,
        sign_in,
        refresh_token: Some(refresh_token),
        new_device,
    })
}

fn issue_device(
    cx: &Cx,
    tx: &WriteTx<'_>,
    app: &App,
    user: &User,
) -> Result<NewDeviceMetadataType> {
    let key = DeviceKey::from(format!("{}_{}", app.pool.id.region(), cx.ambient.uuid()));
    let group_key = cx.ambient.device_group_key();
    let device = Device {
        key: key.clone(),
        confirmed: false,
        remembered: false,
        created: cx.now,
        modified: cx.now,
        authenticated: cx.now.whole_seconds(),
        attributes: Attributes {
            status: Some("valid".to_owned()),
            name: None,
            last_ip: app.ip.clone(),
            sdk: Some("aws-sdk".to_owned()),
        },
    };
    let secret = DeviceSecret {
        group_key,
        verifier: None,
    };
    tx.issue_device(&user.owner, &device, &secret)?;
    Ok(NewDeviceMetadataType {
        device_group_key: Some(secret.group_key),
        device_key: Some(key),
    })
}
