//! The second factor (AWS's guide "Adding MFA to a user pool", and AWS API reference, `RespondToAuthChallenge`).
//!
//! A code that is sent travels in the sealed session and in the outbox, nowhere else. A wrong code is counted like a wrong
//! password, and together with those; and it is counted for its session, which takes a few of them.

use std::collections::BTreeMap;

use crate::api::{AttributeType, ChallengeNameType, ErrorCode, Sensitive, UserPoolMfaType};
use crate::auth::one_time_code;
use crate::context::Cx;
use crate::domain::attributes::{Changes, Schema};
use crate::domain::outbox::{Message, Wording};
use crate::domain::second_factor::{self, Ask, Factor, PoolMfa, Preferences, listed};
use crate::domain::sign_in::{Proved, SentCode, Session, Step};
use crate::domain::user::{User, UserRecord};
use crate::error::{ApiError, Result};
use crate::ids::Username;
use crate::operations::mfa_preferences::held;
use crate::operations::sign_in::app::App;
use crate::operations::sign_in::lockout::{check_not_locked, count_failure, count_wrong_code};
use crate::operations::sign_in::parameters::Parameters;
use crate::operations::sign_in::progress::{
    Answer, NamedDevice, Outcome, Proof, check_may_sign_in, finish, named, step_on,
};
use crate::store::{ReadTx, WriteTx};

/// What the responses to `MFA_SETUP` call the address or number that codes shall be sent to from now on.
const NEW_DESTINATIONS: [(&str, Factor); 2] =
    [("EMAIL", Factor::Email), ("PHONE_NUMBER", Factor::Sms)];

/// The factors that a sign-in of the user may ask for.
pub(super) struct Choice {
    pub(super) pool: PoolMfa,
    preferences: Preferences,
    pub(super) usable: Vec<Factor>,
}

impl Choice {
    pub(super) fn of(tx: &ReadTx<'_>, app: &App, user: &User, record: &UserRecord) -> Result<Self> {
        let pool = tx.pool_mfa(&app.pool)?;
        let preferences = tx.mfa_preferences(user)?;
        let held = held(tx, user, record)?;
        Ok(Self {
            usable: second_factor::usable(&pool, &held, preferences),
            pool,
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
    match tx.pool_mfa(&app.pool)?.mode {
        UserPoolMfaType::Off => Ok(false),
        UserPoolMfaType::On => Ok(true),
        UserPoolMfaType::Optional => {
            Choice::of(tx, app, user, record).map(|choice| !choice.usable.is_empty())
        }
    }
}

/// Asks for the second factor.
pub(super) fn ask(
    cx: &Cx,
    tx: &WriteTx<'_>,
    app: &App,
    user: &User,
    record: &UserRecord,
) -> Result<(Step, BTreeMap<String, String>)> {
    let choice = Choice::of(tx, app, user, record)?;
    match second_factor::ask(choice.usable, choice.preferences) {
        Ask::For(factor) => ask_for(cx, tx, app, user, record, factor),
        Ask::Which(factors) => Ok((
            Step::SelectFactor,
            about(user, [("MFAS_CAN_CHOOSE", listed(&factors)?)]),
        )),
        Ask::ToSetUp => Ok((
            Step::SetUpFactor { verified: false },
            about(user, [("MFAS_CAN_SETUP", listed(&choice.pool.factors)?)]),
        )),
    }
}

/// Asks for one of the factors that the user has.
fn ask_for(
    cx: &Cx,
    tx: &WriteTx<'_>,
    app: &App,
    user: &User,
    record: &UserRecord,
    factor: Factor,
) -> Result<(Step, BTreeMap<String, String>)> {
    if let Some(attribute) = factor.attribute() {
        let destination = record.attributes.get(attribute);
        let destination = destination.ok_or_else(ApiError::no_such_mfa_method)?;
        return send(cx, tx, app, user, factor, destination, None);
    }
    let token = tx.software_token(user)?;
    let name = token
        .friendly_name
        .map(|name| ("FRIENDLY_DEVICE_NAME".to_owned(), name));
    let mut parameters = about(user, []);
    parameters.extend(name);
    Ok((Step::SoftwareToken, parameters))
}

/// Sends a code.
fn send(
    cx: &Cx,
    tx: &WriteTx<'_>,
    app: &App,
    user: &User,
    factor: Factor,
    destination: &str,
    new_destination: Option<Sensitive<String>>,
) -> Result<(Step, BTreeMap<String, String>)> {
    let code = one_time_code::draw(&cx.ambient);
    let message = Message::of_second_factor(
        factor,
        destination.to_owned(),
        code.clone(),
        wording(tx, app, factor)?,
        (cx.now, app.client.session_end(cx.now)),
    );
    let message = message.ok_or_else(ApiError::no_such_mfa_method)?;
    tx.put_message(&app.pool, user, &message)?;
    let delivery = [
        (
            "CODE_DELIVERY_DELIVERY_MEDIUM",
            message.medium.as_str().to_owned(),
        ),
        ("CODE_DELIVERY_DESTINATION", message.masked_destination()),
    ];
    let sent = SentCode {
        code,
        factor,
        new_destination,
    };
    Ok((Step::Code(sent), about(user, delivery)))
}

fn wording(tx: &ReadTx<'_>, app: &App, factor: Factor) -> Result<Wording> {
    if factor == Factor::Email {
        let email = tx.pool_factors(&app.pool)?.email.unwrap_or_default();
        return Ok(Wording {
            message: email.message,
            subject: email.subject,
        });
    }
    Ok(Wording {
        message: tx.pool_settings(&app.pool)?.sms_authentication_message,
        subject: None,
    })
}

/// The parameters of every challenge about second factors, and these.
fn about<const N: usize>(user: &User, parameters: [(&str, String); N]) -> BTreeMap<String, String> {
    let mut parameters = named(parameters);
    let name = user.username.as_str().to_owned();
    parameters.insert("USER_ID_FOR_SRP".to_owned(), name);
    parameters
}

/// What a client answers.
enum Response {
    Code(Sensitive<String>),
    /// The name of the factor that it shall be.
    Which(String),
    /// To send codes to from now on.
    NewDestination(Factor, String),
    /// That the software token is set up.
    SetUp,
}

impl Response {
    fn read(challenge: ChallengeNameType, responses: &Parameters) -> Result<Self> {
        if challenge == ChallengeNameType::SelectMfaType {
            return Ok(Self::Which(responses.required("ANSWER")?.to_owned()));
        }
        if challenge == ChallengeNameType::MfaSetup {
            let mut given = NEW_DESTINATIONS.into_iter();
            let given = given.find_map(|(name, factor)| Some((factor, responses.find(name)?)));
            return Ok(given.map_or(Self::SetUp, |(factor, destination)| {
                Self::NewDestination(factor, destination.to_owned())
            }));
        }
        let code = responses.required(&format!("{}_CODE", challenge.as_str()))?;
        Ok(Self::Code(code.to_owned().into()))
    }
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
    let response = Response::read(challenge, responses)?;
    let session = app.open_session(cx, session.as_ref())?;
    if session.step.challenge() != challenge {
        return Err(ApiError::invalid_session().because("the session is for another challenge"));
    }
    cx.take_for_user(&session.sub)?;
    let device = NamedDevice::in_session(&session, responses.device_key());
    let through = app.clone();
    let outcome = cx
        .write(move |cx, tx| {
            let answered = Answered {
                cx,
                tx,
                app: &through,
                session,
                device,
            };
            answered.by(&name, response)
        })
        .await??;
    finish(cx, &app, outcome).await
}

/// A challenge that is being answered.
struct Answered<'a> {
    cx: &'a Cx,
    tx: &'a WriteTx<'a>,
    app: &'a App,
    session: Session,
    /// The device that the client says it is.
    device: Option<NamedDevice>,
}

impl Answered<'_> {
    /// Judges the response of the user of this name.
    ///
    /// # Errors
    /// A refusal that leaves something behind, as that of a wrong code does, is inside the result.
    fn by(self, name: &Username, response: Response) -> Result<Result<Outcome>> {
        let Self { cx, tx, app, .. } = self;
        tx.check_session(&self.session.id)?;
        check_not_locked(cx, tx, app, &self.session.sub)?;
        let (user, record) = app.user_of(tx, &self.session, name)?;
        check_may_sign_in(&record)?;
        match (self.session.step.clone(), response) {
            (Step::Code(sent), Response::Code(code)) => {
                if !one_time_code::is_code(&sent.code, &code) {
                    return self.wrong();
                }
                let record = match sent.new_destination {
                    Some(destination) => self.keep(&user, record, sent.factor, destination)?,
                    None => record,
                };
                self.proved(&user, record)
            }
            (Step::SoftwareToken, Response::Code(code)) => {
                let token = tx.software_token(&user)?;
                let now = cx.now.millis().div_euclid(1000);
                let Some(step) = token.secret.step_of(code.expose(), now) else {
                    return self.wrong();
                };
                if token.has_counted(step, now) {
                    return Err(ApiError::new(
                        ErrorCode::ExpiredCodeException,
                        "Your software token has already been used once.",
                    ));
                }
                tx.use_software_token(&user, step)?;
                self.proved(&user, record)
            }
            (Step::SelectFactor, Response::Which(factor)) => {
                let usable = Choice::of(tx, app, &user, &record)?.usable;
                let factor = Factor::named(&factor).filter(|factor| usable.contains(factor));
                let factor = factor.ok_or_else(ApiError::no_such_mfa_method)?;
                let (step, parameters) = ask_for(cx, tx, app, &user, &record, factor)?;
                self.ask_on(step, parameters)
            }
            (Step::SetUpFactor { .. }, Response::NewDestination(factor, destination)) => {
                let choice = Choice::of(tx, app, &user, &record)?;
                check_sets_up(&choice, factor)?;
                first_values(tx, app, &record, factor, destination.clone())?;
                let new = Some(destination.clone().into());
                let (step, parameters) = send(cx, tx, app, &user, factor, &destination, new)?;
                self.ask_on(step, parameters)
            }
            (Step::SetUpFactor { verified: true }, Response::SetUp) => {
                if !tx.has_software_token(&user)? {
                    return Err(ApiError::no_software_token());
                }
                self.proved(&user, record)
            }
            (_, _) => Err(ApiError::invalid_session().because("no software token was verified")),
        }
    }

    fn wrong(self) -> Result<Result<Outcome>> {
        count_wrong_code(self.tx, &self.session)?;
        let refusal = ApiError::wrong_mfa_code();
        count_failure(self.cx, self.tx, self.app, &self.session.sub, refusal).map(Err)
    }

    /// Goes on after the second factor.
    fn proved(self, user: &User, record: UserRecord) -> Result<Result<Outcome>> {
        let proof = Proof {
            proved: Proved::SecondFactor,
            sub: self.session.sub.clone(),
            device: self.device,
            session: Some(self.session),
        };
        step_on(self.cx, self.tx, self.app, &proof, user, record).map(Ok)
    }

    /// Puts a further challenge about the second factor.
    fn ask_on(self, step: Step, parameters: BTreeMap<String, String>) -> Result<Result<Outcome>> {
        let Session { id, sub, .. } = &self.session;
        self.tx.use_session(id, self.session.expires())?;
        let device = self.device.as_ref().map(|named| named.key().clone());
        let session = self.app.session(self.cx, sub.clone(), step, device);
        Ok(Ok(Outcome::Challenge(session, parameters)))
    }

    /// Gives the user the address or number that has just proved to be the user's, and the factor with it.
    fn keep(
        &self,
        user: &User,
        mut record: UserRecord,
        factor: Factor,
        destination: Sensitive<String>,
    ) -> Result<UserRecord> {
        let Self { cx, tx, app, .. } = self;
        let choice = Choice::of(tx, app, user, &record)?;
        check_sets_up(&choice, factor)?;
        first_values(tx, app, &record, factor, destination.into_inner())?
            .apply(&mut record.attributes)?;
        record.modified = cx.now;
        tx.put_user(&app.pool, app.configuration()?, &record)?;
        let mut preferences = choice.preferences;
        preferences.switch_on(factor);
        tx.put_mfa_preferences(user, preferences)?;
        Ok(record)
    }
}

/// Refuses to set up a factor that the pool does not have, or for a user who has got one meanwhile: who knows the password alone
/// must not set up another.
pub(super) fn check_sets_up(choice: &Choice, factor: Factor) -> Result<()> {
    if !choice.usable.is_empty() {
        return Err(ApiError::invalid_session().because("the user has a second factor by now"));
    }
    if choice.pool.has(factor) {
        Ok(())
    } else {
        Err(ApiError::no_such_mfa_method().because("the pool does not have this factor"))
    }
}

/// An address or number that the user has not had yet, and that is verified.
///
/// # Errors
/// `NotAuthorizedException` when the user has one; `InvalidParameterException` when it is none.
fn first_values(
    tx: &ReadTx<'_>,
    app: &App,
    record: &UserRecord,
    factor: Factor,
    destination: String,
) -> Result<Changes> {
    let name = factor
        .attribute()
        .ok_or_else(ApiError::no_such_mfa_method)?;
    if record.attributes.contains_key(name) {
        return Err(
            ApiError::not_authorized(format!("Cannot modify an already provided {name}"))
                .because("the attribute has a value already"),
        );
    }
    let attribute = |name: String, value: String| AttributeType {
        name,
        value: Some(value.into()),
    };
    Schema::of(&tx.pool_settings(&app.pool)?).first_values(vec![
        attribute(name.to_owned(), destination),
        attribute(format!("{name}_verified"), "true".to_owned()),
    ])
}
