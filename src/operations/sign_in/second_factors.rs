//! The second factor: asking for it, taking its code, and setting one up on the way.

use std::collections::BTreeMap;

use crate::api::{AttributeType, ChallengeNameType, ErrorCode, Sensitive};
use crate::auth::is_secret;
use crate::domain::attributes::Schema;
use crate::domain::second_factor::{Factor, Offer, Preferences, masked};
use crate::domain::sign_in::{Proved, Session, Step};
use crate::domain::user::{User, UserRecord};
use crate::error::{ApiError, Result};
use crate::ids::Username;
use crate::operations::context::Cx;
use crate::operations::sign_in::app::App;
use crate::operations::sign_in::parameters::Parameters;
use crate::operations::sign_in::passwords::{check_not_locked, count_failure};
use crate::operations::sign_in::progress::{Answer, Outcome, Proof, finish, named, step_on};
use crate::store::{Message, ReadTx, WriteTx};

/// What decides about a user's second factors.
struct Factors {
    offer: Offer,
    /// Those that count.
    active: Vec<Factor>,
    preferences: Preferences,
}

impl Factors {
    fn of(tx: &ReadTx<'_>, app: &App, user: &User, record: &UserRecord) -> Result<Self> {
        let shown = tx.pool_factors(&app.pool)?;
        let offer = Offer::of(&shown.shown(tx.pool_settings(&app.pool)?));
        let preferences = tx.mfa_preferences(user)?;
        let has_token = tx.find_software_token(user, true)?.is_some();
        let active = offer.factors_of(record, has_token, preferences);
        Ok(Self {
            offer,
            active,
            preferences,
        })
    }
}

/// Whether pool or user ask for a second factor.
pub(super) fn is_asked_for(
    tx: &ReadTx<'_>,
    app: &App,
    user: &User,
    record: &UserRecord,
) -> Result<bool> {
    let factors = Factors::of(tx, app, user, record)?;
    Ok(factors.offer.asks(&factors.active))
}

/// Asks for the second factor: the only one, the preferred one, or one that the user chooses; where there is none, that one
/// be set up.
pub(super) fn ask(
    cx: &Cx,
    tx: &WriteTx<'_>,
    app: &App,
    user: &User,
    record: &UserRecord,
) -> Result<(Step, BTreeMap<String, String>)> {
    let factors = Factors::of(tx, app, user, record)?;
    let preferred = factors
        .preferences
        .preferred
        .filter(|preferred| factors.active.contains(preferred));
    match (preferred, factors.active.as_slice()) {
        (Some(factor), _) | (None, &[factor]) => {
            challenge(cx, tx, app, user, record, factor, false)
        }
        (None, []) => {
            let parameters = listed(record, "MFAS_CAN_SETUP", factors.offer.factors())?;
            Ok((Step::MfaSetup { verified: false }, parameters))
        }
        (None, several) => {
            let parameters = listed(record, "MFAS_CAN_CHOOSE", several)?;
            Ok((Step::SelectMfaType, parameters))
        }
    }
}

fn listed(record: &UserRecord, name: &str, factors: &[Factor]) -> Result<BTreeMap<String, String>> {
    let names: Vec<&str> = factors.iter().map(|factor| factor.name()).collect();
    Ok(named([
        (
            name,
            serde_json::to_string(&names).map_err(ApiError::internal)?,
        ),
        ("USER_ID_FOR_SRP", record.username.as_str().to_owned()),
    ]))
}

/// Asks for a code of the factor, having sent it unless an authenticator app shows it.
fn challenge(
    cx: &Cx,
    tx: &WriteTx<'_>,
    app: &App,
    user: &User,
    record: &UserRecord,
    factor: Factor,
    sets_up: bool,
) -> Result<(Step, BTreeMap<String, String>)> {
    let id = ("USER_ID_FOR_SRP", record.username.as_str().to_owned());
    let Some((attribute, _)) = factor.attribute() else {
        let token = tx.find_software_token(user, true)?;
        let name = token.and_then(|token| token.name).unwrap_or_default();
        let step = Step::SecondFactor {
            factor,
            code: None,
            sets_up,
        };
        return Ok((step, named([("FRIENDLY_DEVICE_NAME", name), id])));
    };
    let destination = record.attributes.get(attribute);
    let destination = destination.ok_or_else(|| ApiError::internal("nowhere to send a code to"))?;
    let medium = if factor == Factor::Sms {
        "SMS"
    } else {
        "EMAIL"
    };
    let code = cx.ambient.code();
    let message = Message {
        medium,
        destination,
        purpose: factor.name(),
        code: &code,
        expires: app.client.session_end(cx.now),
    };
    tx.send(user, &message, cx.now)?;
    let parameters = named([
        ("CODE_DELIVERY_DELIVERY_MEDIUM", medium.to_owned()),
        ("CODE_DELIVERY_DESTINATION", masked(factor, destination)),
        id,
    ]);
    let step = Step::SecondFactor {
        factor,
        code: Some(code),
        sets_up,
    };
    Ok((step, parameters))
}

/// Takes the answer to a challenge about second factors.
pub(super) async fn answer(
    cx: &Cx,
    app: App,
    challenge: ChallengeNameType,
    responses: &Parameters,
    session: Option<Sensitive<String>>,
) -> Result<Answer> {
    let name = app.name_in(responses)?;
    let session = app.open_session(cx, session.as_ref())?;
    if session.step.challenge() != challenge {
        return Err(ApiError::invalid_session().because("the session is for another challenge"));
    }
    match session.step.clone() {
        Step::SecondFactor {
            factor,
            code,
            sets_up,
        } => {
            let given = responses.required(code_parameter(factor))?.to_owned();
            let right = Right {
                factor,
                code,
                sets_up,
            };
            take_code(cx, app, name, session, right, given).await
        }
        Step::SelectMfaType => {
            let chosen = responses.required("ANSWER")?.parse::<Factor>();
            let chosen =
                chosen.map_err(|()| ApiError::invalid_parameter("Invalid ANSWER given."))?;
            ask_for(cx, app, name, session, chosen, None).await
        }
        Step::MfaSetup { verified: true } => {
            let (context, through) = (cx.clone(), app.clone());
            let outcome = cx.write(move |tx| {
                let (user, record) = through.user_of(tx, &session, &name)?;
                step_on(&context, tx, &through, &proof(session), &user, record)
            });
            finish(cx, &app, outcome.await?).await
        }
        Step::MfaSetup { verified: false } => {
            let given = [(Factor::Email, "EMAIL"), (Factor::Sms, "PHONE_NUMBER")];
            let mut given = given.into_iter();
            let given = given.find_map(|(factor, name)| Some((factor, responses.find(name)?)));
            let (factor, destination) = given.ok_or_else(|| {
                ApiError::invalid_session().because("no second factor has been set up")
            })?;
            let destination = destination.to_owned();
            ask_for(cx, app, name, session, factor, Some(destination)).await
        }
        Step::PasswordVerifier(_)
        | Step::NewPassword
        | Step::DeviceSrp
        | Step::DevicePasswordVerifier(_) => Err(ApiError::invalid_session()),
    }
}

fn code_parameter(factor: Factor) -> &'static str {
    match factor {
        Factor::Sms => "SMS_MFA_CODE",
        Factor::Email => "EMAIL_OTP_CODE",
        Factor::SoftwareToken => "SOFTWARE_TOKEN_MFA_CODE",
    }
}

fn proof(session: Session) -> Proof {
    Proof {
        proved: Proved::SecondFactor,
        sub: session.sub.clone(),
        device: session.device.clone(),
        session: Some(session),
    }
}

/// What the right code is.
struct Right {
    factor: Factor,
    /// The code that was sent; an authenticator app's follows from its secret.
    code: Option<String>,
    /// Whether the code makes the factor the user's own.
    sets_up: bool,
}

/// Goes on after the right code; counts a wrong one, after which the session lives on.
async fn take_code(
    cx: &Cx,
    app: App,
    name: Username,
    session: Session,
    right: Right,
    given: String,
) -> Result<Answer> {
    let (context, through) = (cx.clone(), app.clone());
    let outcome = cx.write(move |tx| {
        let (user, mut record) = through.user_of(tx, &session, &name)?;
        check_not_locked(&context, tx, &through, &session.sub)?;
        let is_right = match &right.code {
            Some(code) => is_secret(code, &given),
            None => token_shows(&context, tx, &user, &given)?,
        };
        if !is_right {
            let wrong = ApiError::code_mismatch();
            return count_failure(&context, tx, &through, &session.sub, wrong).map(Err);
        }
        if right.sets_up {
            set_up(&context, tx, &through, &user, &mut record, right.factor)?;
        }
        step_on(&context, tx, &through, &proof(session), &user, record).map(Ok)
    });
    finish(cx, &app, outcome.await??).await
}

/// Whether the user's authenticator app shows this code now, and has not had it taken before.
///
/// # Errors
/// `SoftwareTokenMFANotFoundException` when the user has none any more, `ExpiredCodeException` of a code that was taken.
fn token_shows(cx: &Cx, tx: &WriteTx<'_>, user: &User, given: &str) -> Result<bool> {
    let token = tx.find_software_token(user, true)?;
    let token = token.ok_or_else(ApiError::no_software_token)?;
    let Some(step) = token
        .secret
        .step_of(given, cx.now.millis().div_euclid(1000))
    else {
        return Ok(false);
    };
    if step <= token.last_step || !tx.take_software_token_step(user, step)? {
        return Err(ApiError::new(
            ErrorCode::ExpiredCodeException,
            "Your software token has already been used once.",
        ));
    }
    Ok(true)
}

/// Makes an address or a number the user's second factor, now that a code sent there has come back.
fn set_up(
    cx: &Cx,
    tx: &WriteTx<'_>,
    app: &App,
    user: &User,
    record: &mut UserRecord,
    factor: Factor,
) -> Result<()> {
    if let Some((_, flag)) = factor.attribute() {
        record.attributes.insert(flag.to_owned(), "true".to_owned());
        record.modified = cx.now;
        tx.put_user(&app.pool, app.configuration()?, record)?;
    }
    let mut preferences = tx.mfa_preferences(user)?;
    preferences.want(factor, true);
    tx.put_mfa_preferences(user, preferences)
}

/// Asks for a code of the factor that the user has chosen; with a destination, of one that is set up by it.
async fn ask_for(
    cx: &Cx,
    app: App,
    name: Username,
    session: Session,
    factor: Factor,
    destination: Option<String>,
) -> Result<Answer> {
    let (context, through) = (cx.clone(), app.clone());
    let outcome = cx.write(move |tx| {
        let (cx, app) = (&context, &through);
        let (user, mut record) = app.user_of(tx, &session, &name)?;
        let factors = Factors::of(tx, app, &user, &record)?;
        let may = match destination {
            Some(_) => factors.offer.has(factor) && factors.active.is_empty(),
            None => factors.active.contains(&factor),
        };
        if !may {
            return Err(ApiError::invalid_parameter("Invalid MFA type given."));
        }
        let sets_up = destination.is_some();
        if let (Some(value), Some((attribute, _))) = (destination, factor.attribute()) {
            let value = AttributeType {
                name: attribute.to_owned(),
                value: Some(value.into()),
            };
            let schema = Schema::of(&tx.pool_settings(&app.pool)?);
            schema.changes(vec![value])?.apply(&mut record.attributes)?;
            tx.put_user(&app.pool, app.configuration()?, &record)?;
        }
        tx.use_session(&session.id, session.expires(), cx.now)?;
        let (step, parameters) = challenge(cx, tx, app, &user, &record, factor, sets_up)?;
        let session = app.session(cx, session.sub, step, session.device);
        Ok(Outcome::Challenge(session, parameters))
    });
    finish(cx, &app, outcome.await?).await
}
