//! Second factors: which ones a user has and is asked for, and how each challenge about them is put (AWS's guide "Adding MFA to
//! a user pool").
//!
//! A code that is sent is in the sealed session and in the outbox, and nowhere else.

use crate::api::{Sensitive, UserPoolMfaType};
use crate::auth::one_time_code;
use crate::domain::message::{Destination, Message, Purpose, Wording};
use crate::domain::mfa::{self, Ask, Factor, PoolMfa, Preferences, names_as_json};
use crate::domain::sign_in::{SentCode, Step};
use crate::domain::user::{User, UserRecord};
use crate::error::{ApiError, Result};
use crate::sign_in::attempt::Attempt;
use crate::sign_in::client::ClientContext;
use crate::sign_in::parameters::{ChallengeParameters, parameters};
use crate::store::ReadTx;

/// The factors that a sign-in of the user may ask for.
pub(super) struct Choice {
    pub(super) pool: PoolMfa,
    pub(super) preferences: Preferences,
    /// The user's factors that the pool accepts and that are not switched off.
    pub(super) usable: Vec<Factor>,
}

impl Choice {
    /// # Errors
    /// `InternalErrorException` when the store fails.
    pub(super) fn of(
        tx: &ReadTx<'_>,
        client: &ClientContext,
        user: &User,
        record: &UserRecord,
    ) -> Result<Self> {
        Self::among(tx.pool_mfa(&client.pool)?, tx, user, record)
    }

    /// The same, of what the pool asks for.
    fn among(pool: PoolMfa, tx: &ReadTx<'_>, user: &User, record: &UserRecord) -> Result<Self> {
        let preferences = tx.mfa_preferences(user)?;
        let held = held(tx, user, record)?;
        Ok(Self {
            usable: mfa::allowed(&pool, &held, preferences),
            pool,
            preferences,
        })
    }

    /// Refuses to set up a factor that the pool does not have, or a further factor for a user who has one: somebody who knows
    /// the password only must not set up another.
    ///
    /// # Errors
    /// `NotAuthorizedException` when the user has a factor, `MFAMethodNotFoundException` when the pool does not have this one.
    pub(super) fn check_sets_up(&self, factor: Factor) -> Result<()> {
        if !self.usable.is_empty() {
            return Err(ApiError::invalid_session().because("the user has a second factor by now"));
        }
        if self.pool.has(factor) {
            Ok(())
        } else {
            Err(ApiError::no_such_mfa_method().because("the pool does not have this factor"))
        }
    }
}

impl Attempt<'_> {
    /// The factors that the sign-in may ask for.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails.
    pub(super) fn mfa_choice(&self) -> Result<Choice> {
        Choice::of(self.tx, self.client, &self.user, &self.record)
    }
}

/// Whether the pool or the user asks for a second factor.
///
/// # Errors
/// `InternalErrorException` when the store fails.
pub(crate) fn is_asked_for(
    tx: &ReadTx<'_>,
    client: &ClientContext,
    user: &User,
    record: &UserRecord,
) -> Result<bool> {
    asked_for(tx, client, user, record).map(|choice| choice.is_some())
}

/// The factors that the sign-in may ask for, if the pool or the user asks for one.
///
/// # Errors
/// `InternalErrorException` when the store fails.
pub(super) fn asked_for(
    tx: &ReadTx<'_>,
    client: &ClientContext,
    user: &User,
    record: &UserRecord,
) -> Result<Option<Choice>> {
    let pool = tx.pool_mfa(&client.pool)?;
    let required = match pool.mode {
        UserPoolMfaType::Off => return Ok(None),
        UserPoolMfaType::On => true,
        UserPoolMfaType::Optional => false,
    };
    let choice = Choice::among(pool, tx, user, record)?;
    Ok((required || !choice.usable.is_empty()).then_some(choice))
}

/// Foresees what the choice of a factor reads.
pub(super) fn foresee_choice(tx: &ReadTx<'_>, client: &ClientContext, user: &User) {
    let _ = tx.pool_mfa(&client.pool);
    let _ = tx.mfa_preferences(user);
    let _ = tx.has_software_token(user);
}

/// The factors that the user has, in the pool's list or not: a verified software token, and addresses and numbers that codes can
/// be sent to.
///
/// # Errors
/// `InternalErrorException` when the store fails.
pub(crate) fn held(tx: &ReadTx<'_>, user: &User, record: &UserRecord) -> Result<Vec<Factor>> {
    let software_token = tx.has_software_token(user)?;
    let has = |factor: &Factor| match factor.contact() {
        Some(contact) => record.attributes.contains_key(contact.attribute()),
        None => software_token,
    };
    Ok(Factor::ALL.into_iter().filter(has).collect())
}

/// What an answer asks for about the second factor.
pub(super) enum Asked {
    /// This factor, which the user has chosen.
    Chosen(Factor),
    /// A code at an address or number that the user does not have yet.
    First(Factor, Sensitive<String>),
}

/// A challenge about the second factor, as far as the registry decides it.
#[derive(PartialEq)]
pub(super) enum Put {
    /// `SMS_MFA`, `EMAIL_OTP`.
    Code(Delivery),
    /// `SOFTWARE_TOKEN_MFA`, with what the user calls the authenticator.
    SoftwareToken(Option<String>),
    /// `SELECT_MFA_TYPE`, one of these.
    Select(Vec<Factor>),
    /// `MFA_SETUP`, one of these.
    SetUp(Vec<Factor>),
}

/// A code that is to be sent.
#[derive(PartialEq)]
pub(super) struct Delivery {
    factor: Factor,
    destination: Destination,
    wording: Wording,
    /// Whether the destination becomes the user's with the right code.
    first: bool,
}

impl Put {
    /// The challenge that asks for it.
    ///
    /// # Errors
    /// `MFAMethodNotFoundException` of a factor that the user cannot use; `SoftwareTokenMFANotFoundException`.
    pub(super) fn of(attempt: &Attempt<'_>, asked: &Asked) -> Result<Self> {
        match asked {
            Asked::Chosen(factor) => {
                if !attempt.mfa_choice()?.usable.contains(factor) {
                    return Err(ApiError::no_such_mfa_method());
                }
                Self::for_factor(attempt, *factor)
            }
            Asked::First(factor, destination) => {
                attempt.mfa_choice()?.check_sets_up(*factor)?;
                Self::code(attempt, *factor, destination.expose().clone(), true)
            }
        }
    }

    /// The challenge that asks for what pool and user prefer.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub(super) fn preferred(attempt: &Attempt<'_>, choice: Choice) -> Result<Self> {
        match mfa::ask(choice.usable, choice.preferences) {
            Ask::For(factor) => Self::for_factor(attempt, factor),
            Ask::Which(factors) => Ok(Self::Select(factors)),
            Ask::ToSetUp => Ok(Self::SetUp(choice.pool.factors)),
        }
    }

    fn for_factor(attempt: &Attempt<'_>, factor: Factor) -> Result<Self> {
        if let Some(contact) = factor.contact() {
            let value = attempt.record.attributes.get(contact.attribute());
            let value = value.ok_or_else(ApiError::no_such_mfa_method)?;
            return Self::code(attempt, factor, value.clone(), false);
        }
        let token = attempt.tx.software_token(&attempt.user)?;
        Ok(Self::SoftwareToken(token.friendly_name))
    }

    fn code(attempt: &Attempt<'_>, factor: Factor, value: String, first: bool) -> Result<Self> {
        let contact = factor.contact().ok_or_else(ApiError::no_such_mfa_method)?;
        Ok(Self::Code(Delivery {
            wording: wording(attempt.tx, attempt.client, factor)?,
            factor,
            destination: Destination { contact, value },
            first,
        }))
    }

    /// Whether a message brings a code.
    pub(super) fn has_message(&self) -> bool {
        matches!(self, Self::Code(_))
    }

    /// The message that brings the code, with a code that is drawn now. Returns `None` for a challenge without a message.
    pub(super) fn message(&self, client: &ClientContext) -> Option<Message> {
        let Self::Code(delivery) = self else {
            return None;
        };
        Some(Message::with_code(
            Purpose::Authentication,
            delivery.destination.clone(),
            &delivery.wording,
            one_time_code::draw(&client.cx.ambient),
            (client.cx.now, client.app.session_end(client.cx.now)),
        ))
    }

    /// The step that waits for the answer, and the parameters that the client gets.
    ///
    /// # Errors
    /// `MFAMethodNotFoundException` of a factor whose code no message brings.
    pub(super) fn step(
        &self,
        user: &User,
        message: Option<&Message>,
    ) -> Result<(Step, ChallengeParameters)> {
        let (step, mut told) = match self {
            Self::Code(delivery) => {
                delivery.step(message.ok_or_else(ApiError::no_such_mfa_method)?)
            }
            Self::SoftwareToken(name) => {
                let name = name.iter().cloned();
                let told = name.map(|name| ("FRIENDLY_DEVICE_NAME".to_owned(), name));
                (Step::SoftwareToken, told.collect())
            }
            Self::Select(factors) => (
                Step::SelectFactor,
                parameters([("MFAS_CAN_CHOOSE", names_as_json(factors)?)]),
            ),
            Self::SetUp(factors) => (
                Step::SetUpFactor { verified: false },
                parameters([("MFAS_CAN_SETUP", names_as_json(factors)?)]),
            ),
        };
        let name = user.username.as_str().to_owned();
        told.insert("USER_ID_FOR_SRP".to_owned(), name);
        Ok((step, told))
    }
}

impl Delivery {
    fn step(&self, message: &Message) -> (Step, ChallengeParameters) {
        let sent = SentCode {
            code: message.code.clone(),
            factor: self.factor,
            new_destination: self.first.then(|| self.destination.value.clone().into()),
        };
        let medium = message.medium().as_str().to_owned();
        let told = parameters([
            ("CODE_DELIVERY_DELIVERY_MEDIUM", medium),
            ("CODE_DELIVERY_DESTINATION", message.destination.masked()),
        ]);
        (Step::Code(sent), told)
    }
}

/// How the pool words the message with a code.
fn wording(tx: &ReadTx<'_>, client: &ClientContext, factor: Factor) -> Result<Wording> {
    if factor == Factor::Email {
        let email = tx.pool_factors(&client.pool)?.email.unwrap_or_default();
        return Ok(Wording::of_second_factor(email.message, email.subject));
    }
    let sms = tx.pool_settings(&client.pool)?.sms_authentication_message;
    Ok(Wording::of_second_factor(sms, None))
}
