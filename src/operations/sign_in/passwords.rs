//! Proving the password: on the wire, or by SRP without it.
//!
//! Somebody who does not exist gets a name, a salt, a verifier and failed attempts like anybody else where the client hides who
//! exists, the same each time and for the same work.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::NaiveDateTime;

use crate::api::{ChallengeNameType, Sensitive, Timestamp};
use crate::auth::srp::{Claim, Exchange, Identity, Verifier};
use crate::context::Cx;
use crate::domain::decoy::Decoys;
use crate::domain::sign_in::{Proved, Session, Step};
use crate::domain::user::User;
use crate::error::{ApiError, Result};
use crate::ids::Username;
use crate::operations::sign_in::app::App;
use crate::operations::sign_in::lockout::{Tried, take_for_tried};
use crate::operations::sign_in::parameters::Parameters;
use crate::operations::sign_in::progress::{Answer, NamedDevice, Proof, advance};
use crate::store::ReadTx;

/// How far the clock of an app may be from ours.
const CLOCK_SKEW_MS: i64 = 5 * 60 * 1000;

/// Why the password of somebody who does not exist is refused.
const NOBODY: &str = "there is no such user";

/// Somebody who signs in, and may or may not exist.
struct Subject {
    sub: String,
    /// Why no password can be right, for the log.
    hopeless: Option<&'static str>,
    /// What the name is in the exchange.
    user_id_for_srp: String,
    verifier: Verifier,
}

impl Subject {
    /// The user of this name.
    ///
    /// # Errors
    /// `UserNotFoundException` when there is none and the client does not hide it.
    fn named(tx: &ReadTx<'_>, app: &App, name: &Username) -> Result<Self> {
        match tx.find_user(&app.pool, app.configuration()?, name)? {
            Some(user) => Self::existing(tx, app, tx.user_record(&user)?.sub, &user),
            None if app.client.hides_users() => Self::pretended(tx, app, name),
            None => Err(ApiError::no_such_user()),
        }
    }

    /// The user of this sub, or whom it was pretended for.
    fn of_sub(tx: &ReadTx<'_>, app: &App, sub: String) -> Result<Self> {
        match tx.find_user_by_sub(&app.pool, &sub)? {
            Some((user, _)) => Self::existing(tx, app, sub, &user),
            None => Ok(Self {
                verifier: pretended_verifier(app, &sub),
                user_id_for_srp: String::new(),
                hopeless: Some(NOBODY),
                sub,
            }),
        }
    }

    fn existing(tx: &ReadTx<'_>, app: &App, sub: String, user: &User) -> Result<Self> {
        let kept = tx.find_password(user.row)?;
        let name = kept
            .as_ref()
            .map_or(&user.username, |kept| kept.name(&user.username));
        Ok(Self {
            user_id_for_srp: name.as_str().to_owned(),
            hopeless: kept.is_none().then_some("the user has no password"),
            // Nobody has the password of a user without one.
            verifier: kept.map_or_else(|| pretended_verifier(app, &sub), |kept| kept.verifier),
            sub,
        })
    }

    fn pretended(tx: &ReadTx<'_>, app: &App, name: &Username) -> Result<Self> {
        let configuration = app.configuration()?;
        let key = configuration.key_of(name.as_str());
        let seed = app.keys.seal.derive("pretended sub", key.as_bytes());
        let (bytes, _) = seed.split_first_chunk().unwrap_or((&[0; 16], &[]));
        // Of the form of every sub that is drawn here.
        let sub = uuid::Builder::from_random_bytes(*bytes)
            .into_uuid()
            .to_string();
        let example = tx.first_username(&app.pool)?;
        let decoys = Decoys {
            configuration,
            example: example.as_ref().map(Username::as_str),
            chance: |text: &str| app.keys.seal.derive("pretended username", text.as_bytes()),
        };
        let username = decoys.username(&key);
        let shown = Username::from(username.clone());
        // The name may be a user's. Then it is shown as it is shown when it is typed itself.
        let pretended = match tx.find_user(&app.pool, configuration, &shown)? {
            Some(user) => Self::existing(tx, app, tx.user_record(&user)?.sub, &user)?,
            None => Self {
                verifier: pretended_verifier(app, &username),
                user_id_for_srp: if tx.has_spelled_usernames(&app.pool)? {
                    decoys.spelled(&username)
                } else {
                    username
                },
                hopeless: Some(NOBODY),
                sub: sub.clone(),
            },
        };
        Ok(Self {
            sub,
            hopeless: Some(NOBODY),
            ..pretended
        })
    }
}

fn pretended_verifier(app: &App, whose: &str) -> Verifier {
    Verifier::pretended(&app.keys.seal.derive("pretended verifier", whose.as_bytes()))
}

/// Begins an SRP exchange (`USER_SRP_AUTH`).
pub(super) async fn begin_srp(cx: &Cx, app: App, parameters: &Parameters) -> Result<Answer> {
    let name = parameters.username()?;
    let srp_a = parameters.required("SRP_A")?.to_owned();
    app.check_secret_hash(name.as_str(), parameters.find("SECRET_HASH"))?;
    let (through, named) = (app.clone(), name.clone());
    let subject = cx
        .read(move |_, tx| Subject::named(tx, &through, &named))
        .await?;
    take_for_tried(cx, &app, &subject.sub, &name)?;
    let (ambient, verifier) = (cx.ambient.clone(), subject.verifier.clone());
    let exchange = cx
        .compute(move || Exchange::begin(&verifier, &srp_a, &ambient))
        .await?
        .map_err(ApiError::invalid_srp_a)?;
    let step = Step::PasswordVerifier {
        exchange: STANDARD.encode(exchange.to_bytes()),
        typed: name,
    };
    let session = app.session(cx, subject.sub, step, parameters.device_key());
    Ok(Answer::exchange(
        &session,
        [
            ("SALT", subject.verifier.salt_hex()),
            ("SECRET_BLOCK", app.seal_block(cx, &session)?),
            ("SRP_B", exchange.srp_b()),
            ("USERNAME", subject.user_id_for_srp.clone()),
            ("USER_ID_FOR_SRP", subject.user_id_for_srp),
        ],
    ))
}

/// Takes the claim of an SRP exchange (`PASSWORD_VERIFIER`).
pub(super) async fn verify(cx: &Cx, app: App, responses: &Parameters) -> Result<Answer> {
    let name = responses.username()?;
    let claim = ClaimedProof::read(cx, responses)?;
    app.check_secret_hash(name.as_str(), responses.find("SECRET_HASH"))?;
    let not_ours = || ApiError::wrong_password().because("the secret block is not ours or too old");
    let (session, exchange) = claim
        .session(cx, &app, ChallengeNameType::PasswordVerifier)
        .ok_or_else(not_ours)?;
    let Step::PasswordVerifier { typed, .. } = session.step.clone() else {
        return Err(not_ours());
    };
    take_for_tried(cx, &app, &session.sub, &typed)?;
    let (app, session, tried, subject, named) = cx
        .read(move |cx, tx| {
            let tried = Tried::new(cx, tx, &app, session.sub.clone(), typed)?;
            let subject = Subject::of_sub(tx, &app, session.sub.clone())?;
            let named = app.is_named(tx, &session.sub, &name)?;
            Ok((app, session, tried, subject, named))
        })
        .await?;
    let pool = app.pool.id.clone();
    let Subject {
        verifier,
        user_id_for_srp,
        hopeless,
        ..
    } = subject;
    let right = cx
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
    decide(cx, app, refused, tried, Some(session), device).await
}

/// Takes the password itself (`USER_PASSWORD_AUTH`, `ADMIN_USER_PASSWORD_AUTH`).
pub(super) async fn by_password(cx: &Cx, app: App, parameters: &Parameters) -> Result<Answer> {
    let name = parameters.username()?;
    let password = Sensitive::from(parameters.required("PASSWORD")?.to_owned());
    app.check_secret_hash(name.as_str(), parameters.find("SECRET_HASH"))?;
    let through = app.clone();
    let (subject, tried) = cx
        .read(move |cx, tx| {
            let app = through;
            let subject = Subject::named(tx, &app, &name)?;
            take_for_tried(cx, &app, &subject.sub, &name)?;
            let tried = Tried::new(cx, tx, &app, subject.sub.clone(), name)?;
            Ok((subject, tried))
        })
        .await?;
    let Subject {
        hopeless,
        user_id_for_srp,
        verifier,
        ..
    } = subject;
    let pool = app.pool.id.clone();
    let right = cx
        .compute(move || {
            verifier.accepts(Identity::user(&pool, &user_id_for_srp), password.expose())
        })
        .await?;
    let device = parameters.device_key().map(NamedDevice::Now);
    let refused = hopeless.or((!right).then_some("the password is wrong"));
    decide(cx, app, refused, tried, None, device).await
}

/// Goes on after the right password; counts one that is wrong, with the reason for the log, or that comes while every password
/// is.
async fn decide(
    cx: &Cx,
    app: App,
    refused: Option<&'static str>,
    tried: Tried,
    session: Option<Session>,
    device: Option<NamedDevice>,
) -> Result<Answer> {
    if refused.is_none() && tried.locked.is_none() {
        if app.client.hides_users() {
            // Until now the request has counted for the name that was typed alone.
            cx.take_for_user(&tried.sub)?;
        }
        let proof = Proof {
            proved: Proved::Password,
            sub: tried.sub,
            session,
            device,
        };
        return advance(cx, app, proof).await;
    }
    let refusal = cx
        .write(move |cx, tx| tried.count(cx, tx, &app, refused))
        .await?;
    Err(refusal)
}

/// The proof that a client claims to have, in either exchange.
pub(super) struct ClaimedProof {
    secret_block: Vec<u8>,
    timestamp: String,
    signature: Vec<u8>,
}

impl ClaimedProof {
    /// The proof in the responses to a challenge.
    ///
    /// # Errors
    /// `InvalidParameterException` when a part is missing or the time is none; `NotAuthorizedException` when something cannot
    /// be read or the time is not now.
    pub(super) fn read(cx: &Cx, responses: &Parameters) -> Result<Self> {
        let block = responses.required("PASSWORD_CLAIM_SECRET_BLOCK")?;
        let signature = responses.required("PASSWORD_CLAIM_SIGNATURE")?;
        let timestamp = responses.required("TIMESTAMP")?.to_owned();
        check_time(cx.now, &timestamp)?;
        let decoded = |text| {
            let bytes = STANDARD.decode(text);
            bytes.map_err(|_| {
                ApiError::wrong_password().because("a part of the claim is not Base64")
            })
        };
        Ok(Self {
            secret_block: decoded(block)?,
            signature: decoded(signature)?,
            timestamp,
        })
    }

    /// The session that the secret block carries, if it waits for an answer to this challenge, and the exchange in it.
    pub(super) fn session(
        &self,
        cx: &Cx,
        app: &App,
        challenge: ChallengeNameType,
    ) -> Option<(Session, Exchange)> {
        let session = app.open_block(cx, &self.secret_block)?;
        let (Step::PasswordVerifier { exchange, .. }
        | Step::DevicePasswordVerifier { exchange, .. }) = &session.step
        else {
            return None;
        };
        let exchange = Exchange::from_bytes(&STANDARD.decode(exchange).ok()?)?;
        (session.step.challenge() == challenge).then_some((session, exchange))
    }

    pub(super) fn claim(&self) -> Claim<'_> {
        Claim {
            secret_block: &self.secret_block,
            timestamp: &self.timestamp,
            signature: &self.signature,
        }
    }
}

/// Checks the time that a claim is about, as public clients write it: `Tue May 7 00:09:40 UTC 2024`.
fn check_time(now: Timestamp, text: &str) -> Result<()> {
    let time = NaiveDateTime::parse_from_str(text, "%a %b %e %H:%M:%S UTC %Y").map_err(|_| {
        ApiError::invalid_parameter(
            "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.",
        )
    })?;
    let off = now.millis().abs_diff(time.and_utc().timestamp_millis());
    if off > CLOCK_SKEW_MS.unsigned_abs() {
        return Err(ApiError::wrong_password().because("the claim is not about the present"));
    }
    Ok(())
}
