//! From a verdict to the next challenge, or to the tokens.
//!
//! A write decides what comes next, as the registry is now ([`crate::domain::sign_in::next`]), and writes it. What takes time or chance,
//! as the message with a code, is prepared outside of any transaction: a decision that needs it is not written yet, but prepared for,
//! and made again. This is the place for what may take long or call other programs.

use std::sync::Arc;

use crate::api::{
    ChallengeNameType, ChallengeResponse, EventResponseType, Sensitive, UserPoolType,
};
use crate::domain::auth_event::Progress;
use crate::domain::lockout::Attempts;
use crate::domain::message::Message;
use crate::domain::sign_in::{Facts, Next, Proved, Session, Step, next};
use crate::domain::user::password;
use crate::error::{ApiError, Result};
use crate::ids::DeviceKey;
use crate::sign_in::attempt::{
    Answered, Attempt, NamedDevice, check_may_sign_in, confirmed_device,
};
use crate::sign_in::challenges::new_password;
use crate::sign_in::client::ClientContext;
use crate::sign_in::events;
use crate::sign_in::grant::{Completion, Grant};
use crate::sign_in::lockout::{
    check_not_locked, count_failure, count_wrong_code, forget_failures, hold_failures,
};
use crate::sign_in::mfa::{self, Asked, Put};
use crate::sign_in::parameters::{ChallengeParameters, parameters};
use crate::sign_in::verdict::{Effect, ExchangePut, Failure, Proof, Verdict};
use crate::store::{ReadTx, SignInDevice, Whom, WriteTx};

/// How often a sign-in is decided before it is given up, because the user changes faster than it can be committed.
const MAX_DECISIONS: u32 = 5;

/// What a request for a sign-in leads to.
pub(crate) enum Outcome<D = Grant> {
    Challenge(Challenge),
    /// The sign-in is complete.
    Done(Box<D>),
}

/// A challenge as the client gets it.
pub(crate) struct Challenge {
    pub(crate) name: ChallengeNameType,
    pub(crate) parameters: ChallengeParameters,
    /// The sealed session; `None` for a challenge of an SRP exchange, which carries it in `SECRET_BLOCK`.
    pub(crate) session: Option<Sensitive<String>>,
}

/// Carries out a verdict.
///
/// # Errors
/// The refusal of a wrong answer. `NotAuthorizedException` when the session has served already, when too many attempts have
/// failed meanwhile, or when the user is disabled; `UserNotConfirmedException`, `PasswordResetRequiredException`;
/// `ResourceNotFoundException` when the request names a device that is not the user's; those of the effect of a proof and of the
/// completion; `TooManyRequestsException` when the user keeps changing.
pub(super) async fn carry_out<C: Completion>(
    client: &ClientContext,
    verdict: Verdict,
    completion: &Arc<C>,
) -> Result<Outcome<C::Done>> {
    match verdict {
        Verdict::Proved(proof) => {
            let Proof {
                proved,
                answered,
                effect,
            } = proof;
            go_on(client, answered, Goal::Proved(proved, effect), completion).await
        }
        Verdict::Ask(answered, asked) => {
            go_on(client, answered, Goal::Ask(asked), completion).await
        }
        Verdict::Exchange(exchange) => {
            Ok(Outcome::Challenge(put_exchange(client, exchange).await?))
        }
        Verdict::Refused(failure) => Err(count(client, failure).await?),
    }
}

/// Counts a failure. Returns the answer that it gets.
async fn count(client: &ClientContext, failure: Failure) -> Result<ApiError> {
    if let Failure::Device(Session { event: None, .. }, reason) = failure {
        return Ok(ApiError::wrong_password().because(reason));
    }
    let failed = Progress::of(EventResponseType::Fail);
    let counted = client.write(move |client, tx| match failure {
        Failure::Password(tried, reason) => {
            let failed = failed.with_password(ChallengeResponse::Failure);
            events::fail(client, tx, &tried.sub, None, failed)?;
            tried.count(client, tx, reason)
        }
        Failure::Code(session) => {
            events::hold_user(client, tx, &session.sub)?;
            // Before any row of theirs is held: of two guesses, the later one would hold what the earlier one comes to last.
            hold_failures(client, tx, &session.sub)?;
            tx.foresee(|tx| {
                let _ = tx.check_session(&session.id);
                let _ = check_not_locked(client, tx, &session.sub);
            });
            tx.check_session(&session.id)?;
            check_not_locked(client, tx, &session.sub)?;
            count_wrong_code(tx, &session)?;
            let failed = failed.with_mfa(ChallengeResponse::Failure);
            events::fail(client, tx, &session.sub, session.event, failed)?;
            count_failure(client, tx, &session.sub, ApiError::wrong_mfa_code())
        }
        Failure::Device(session, reason) => {
            events::fail(client, tx, &session.sub, session.event, failed)?;
            Ok(ApiError::wrong_password().because(reason))
        }
    });
    counted.await
}

/// Puts the challenge of an SRP exchange.
async fn put_exchange(client: &ClientContext, exchange: ExchangePut) -> Result<Challenge> {
    if let Some(waiting) = exchange.answers {
        client
            .write(move |client, tx| {
                let session = &waiting.session;
                tx.use_session(&session.id, session.expires())?;
                let whose = (&waiting.owner, &waiting.device);
                tx.delete_device_challenge(whose, client.app.row, &session.id)
            })
            .await?;
    }
    Ok(Challenge {
        name: exchange.challenge,
        parameters: exchange.parameters,
        session: None,
    })
}

/// What a right answer leads to.
enum Goal {
    /// The next step after a proof, which may change the registry.
    Proved(Proved, Option<Box<dyn Effect>>),
    /// A challenge about the second factor, in place of another one.
    Ask(Asked),
}

impl Goal {
    /// What the user has just proved. Returns `None` if the answer proves nothing.
    fn proved(&self) -> Option<Proved> {
        match self {
            Self::Proved(proved, _) => Some(*proved),
            Self::Ask(_) => None,
        }
    }
}

/// What comes next, as a transaction sees it.
#[derive(PartialEq)]
enum Decision {
    NewPassword(ChallengeParameters),
    Mfa(Put),
    Device(DeviceKey),
    Tokens(Option<DeviceKey>),
}

impl Decision {
    /// What has to be prepared for it. Returns `None` if nothing has.
    fn prepared(self, client: &ClientContext) -> Option<Prepared> {
        let Self::Mfa(put) = &self else { return None };
        let message = put.message(client)?;
        Some(Prepared {
            decision: self,
            message,
        })
    }

    fn needs_preparation(&self) -> bool {
        matches!(self, Self::Mfa(put) if put.has_message())
    }
}

/// A decision, and what was prepared for it.
struct Prepared {
    decision: Decision,
    message: Message,
}

/// What a transaction has come to.
enum Written<D> {
    Challenge(Session, ChallengeParameters),
    Done(Box<D>),
    /// Nothing was written yet.
    Unprepared(Decision),
    /// Nothing was written but that the user was refused.
    Refused(ApiError),
}

/// Decides, prepares and writes.
async fn go_on<C: Completion>(
    client: &ClientContext,
    answered: Answered,
    goal: Goal,
    completion: &Arc<C>,
) -> Result<Outcome<C::Done>> {
    let answer = Arc::new((answered, goal));
    let mut prepared = None;
    for _ in 0..MAX_DECISIONS {
        let (answer, ready) = (Arc::clone(&answer), prepared.take());
        let completion = Arc::clone(completion);
        let written = client.write(move |client, tx| {
            let (answered, goal) = &*answer;
            decide_and_write(client, tx, (answered, goal), (ready, &*completion))
        });
        match written.await? {
            Written::Challenge(session, parameters) => {
                return Ok(Outcome::Challenge(Challenge {
                    name: session.step.challenge(),
                    parameters,
                    session: Some(client.seal(&session)?),
                }));
            }
            Written::Done(done) => return Ok(Outcome::Done(done)),
            Written::Refused(refusal) => return Err(refusal),
            Written::Unprepared(decision) => prepared = decision.prepared(client),
        }
    }
    Err(ApiError::rate_exceeded().because("the user changes faster than a sign-in can be prepared"))
}

/// Decides, and writes what was decided if all that it needs was prepared.
fn decide_and_write<C: Completion>(
    client: &ClientContext,
    tx: &WriteTx<'_>,
    (answered, goal): (&Answered, &Goal),
    (prepared, completion): (Option<Prepared>, &C),
) -> Result<Written<C::Done>> {
    tx.foresee(|tx| foresee(client, tx, answered, goal));
    let decided = match decide(client, tx, answered, goal) {
        Ok(decided) => decided,
        Err(refusal) => {
            let about = (answered, goal.proved());
            return if events::refuse(client, tx, about, &refusal)? {
                Ok(Written::Refused(refusal))
            } else {
                Err(refusal)
            };
        }
    };
    let prepared = prepared.filter(|prepared| prepared.decision == decided.decision);
    if prepared.is_none() && decided.decision.needs_preparation() {
        return Ok(Written::Unprepared(decided.decision));
    }
    let message = prepared.map(|prepared| prepared.message);
    let ends = (message.as_ref(), completion);
    commit(tx, decided, (answered, goal), ends)
}

/// Foresees what [`decide`] reads.
fn foresee(client: &ClientContext, tx: &ReadTx<'_>, answered: &Answered, goal: &Goal) {
    let _ = tx.find_user_by_sub(&client.pool, &answered.sub);
    let _ = check_not_locked(client, tx, &answered.sub);
    let Some(Whom { user, .. }) = &client.whom else {
        return;
    };
    if let Goal::Proved(_, effect) = goal {
        if let Some(effect) = effect {
            if let Some(session) = &answered.session {
                let _ = tx.check_session(&session.id);
            }
            effect.foresee(client, tx, user);
        }
        if let Some(device) = &answered.device {
            let _ = confirmed_device(tx, user, device.key());
        }
        let _ = tx.temporary_password_since(user);
    }
    mfa::foresee_choice(tx, client, user);
    let _ = tx.find_software_token(user);
    let _ = tx.pool_factors(&client.pool);
    let _ = tx.groups_of_user(user);
}

/// A decision, and what it was made of.
struct Decided<'a> {
    attempt: Attempt<'a>,
    /// The failed attempts that the user has not been locked out for.
    failed: Attempts,
    decision: Decision,
}

/// Decides what comes next.
fn decide<'a>(
    client: &'a ClientContext,
    tx: &'a ReadTx<'a>,
    answered: &Answered,
    goal: &Goal,
) -> Result<Decided<'a>> {
    let mut attempt = Attempt::of_answer(client, tx, answered)?;
    check_may_sign_in(&attempt.record)?;
    let failed = check_not_locked(client, tx, &answered.sub)
        .map_err(|locked| answered.lock_refusal(client, locked))?;
    let decision = match goal {
        Goal::Ask(asked) => Decision::Mfa(Put::of(&attempt, asked)?),
        Goal::Proved(proved, effect) => {
            if let Some(effect) = effect {
                if let Some(session) = &answered.session {
                    tx.check_session(&session.id)?;
                }
                effect.apply(&mut attempt)?;
            }
            after(&attempt, *proved, answered.device.as_ref())?
        }
    };
    Ok(Decided {
        attempt,
        failed,
        decision,
    })
}

/// What comes after a proof.
fn after(attempt: &Attempt<'_>, proved: Proved, named: Option<&NamedDevice>) -> Result<Decision> {
    let device = named_device(attempt, named)?;
    let choice = mfa::asked_for(attempt.tx, attempt.client, &attempt.user, &attempt.record)?;
    let facts = facts(attempt, proved, (device.as_ref(), choice.is_some()))?;
    Ok(match (next(proved, facts), device) {
        (Next::NewPassword, _) => Decision::NewPassword(new_password::put(attempt)?),
        (Next::SecondFactor, _) => {
            let choice = choice.ok_or_else(|| ApiError::internal("no factor is asked for"))?;
            Decision::Mfa(Put::preferred(attempt, choice)?)
        }
        (Next::Device, Some(device)) => Decision::Device(device.key),
        (Next::Tokens | Next::Device, device) => Decision::Tokens(device.map(|device| device.key)),
    })
}

/// Writes down what was decided: with the message of a challenge, or by the completion of a sign-in.
fn commit<C: Completion>(
    tx: &WriteTx<'_>,
    decided: Decided<'_>,
    (answered, goal): (&Answered, &Goal),
    (message, completion): (Option<&Message>, &C),
) -> Result<Written<C::Done>> {
    let Decided {
        attempt,
        failed,
        decision,
    } = decided;
    let client = attempt.client;
    let groups = match &decision {
        Decision::Tokens(_) => tx.groups_of_user(&attempt.user)?,
        Decision::NewPassword(_) | Decision::Mfa(_) | Decision::Device(_) => Vec::new(),
    };
    let under_way = use_session(tx, &attempt, answered)?;
    if let Goal::Proved(_, Some(effect)) = goal {
        effect.write(&attempt, tx)?;
    }
    let response = match &decision {
        Decision::Tokens(_) => EventResponseType::Pass,
        Decision::NewPassword(_) | Decision::Mfa(_) | Decision::Device(_) => {
            EventResponseType::InProgress
        }
    };
    let progress = events::progress(response, goal.proved());
    let event = events::advance(client, tx, &attempt.user, under_way, progress)?;
    let number = event.as_ref().map(|event| event.number);
    let named = answered.device.as_ref().map(NamedDevice::key);
    let session = |step| {
        let session = client.new_session(answered.sub.clone(), step, named.cloned());
        session.with_event(number)
    };
    Ok(match decision {
        Decision::NewPassword(parameters) => {
            Written::Challenge(session(Step::NewPassword), parameters)
        }
        Decision::Mfa(put) => {
            if let Some(message) = message {
                tx.put_message(&client.pool, &attempt.user, message)?;
            }
            let (step, parameters) = put.step(&attempt.user, message)?;
            Written::Challenge(session(step), parameters)
        }
        Decision::Device(key) => {
            let session = session(Step::DeviceSrp);
            let whose = (&attempt.user.owner, &key);
            tx.insert_device_challenge(whose, client.app.row, &session)?;
            let parameters = parameters([
                ("USERNAME", attempt.user.username.as_str().to_owned()),
                ("DEVICE_KEY", key.to_string()),
            ]);
            Written::Challenge(session, parameters)
        }
        Decision::Tokens(device) => {
            let proved_device = matches!(goal, Goal::Proved(Proved::Device, _));
            if let Some(key) = device.as_ref().filter(|_| proved_device) {
                let ip = client.ip.as_deref();
                tx.device_signed_in(&attempt.user.owner, key, ip, client.cx.now)?;
            }
            // Not before: proving a part must not give new attempts at the rest.
            forget_failures(client, tx, &attempt.record, failed)?;
            let (user, grant) = Grant::write(attempt, tx, groups, (device, event))?;
            Written::Done(Box::new(completion.complete(client, tx, &user, grant)?))
        }
    })
}

/// Marks the session of the answer as served. An exchange that belongs to no sign-in uses the sign-in that waits for the device.
/// Returns the number of the sign-in's event, if one is recorded.
///
/// # Errors
/// `NotAuthorizedException` when the session has served, or when no sign-in waits any more.
fn use_session(
    tx: &WriteTx<'_>,
    attempt: &Attempt<'_>,
    answered: &Answered,
) -> Result<Option<i64>> {
    let Some(session) = &answered.session else {
        return Ok(None);
    };
    tx.use_session(&session.id, session.expires())?;
    if !matches!(
        session.step,
        Step::DevicePasswordVerifier { unbound: true, .. }
    ) {
        return Ok(session.event);
    }
    let client = attempt.client;
    let key = answered.device.as_ref().map(NamedDevice::key);
    let key = key.ok_or_else(ApiError::no_such_device)?;
    let whose = (&attempt.user.owner, key);
    let waiting = tx.take_device_challenge(whose, client.app.row, client.cx.now)?;
    let waiting = waiting.ok_or_else(|| {
        ApiError::invalid_session().because("no sign-in awaits the device any more")
    })?;
    tx.use_session(&waiting.session, waiting.expires)?;
    Ok(waiting.event)
}

/// The device that the client says it is, where the pool tracks devices.
///
/// # Errors
/// `ResourceNotFoundException` when the request itself names it, and it is not a confirmed device of the user.
fn named_device(
    attempt: &Attempt<'_>,
    named: Option<&NamedDevice>,
) -> Result<Option<SignInDevice>> {
    let tracks = attempt.client.pool.device_tracking().is_ok();
    let Some(named) = named.filter(|_| tracks) else {
        return Ok(None);
    };
    let device = attempt.confirmed_device(named.key())?;
    match named {
        NamedDevice::Now(_) if device.is_none() => Err(ApiError::no_such_device()),
        NamedDevice::Now(_) | NamedDevice::Before(_) => Ok(device),
    }
}

/// The facts that the next step follows from.
///
/// # Errors
/// `NotAuthorizedException` when the temporary password has expired.
fn facts(
    attempt: &Attempt<'_>,
    proved: Proved,
    (device, second_factor): (Option<&SignInDevice>, bool),
) -> Result<Facts> {
    let (client, tx) = (attempt.client, attempt.tx);
    let temporary_since = match proved {
        Proved::NewPassword => None,
        Proved::Password | Proved::SecondFactor | Proved::Device => {
            tx.temporary_password_since(&attempt.user)?
        }
    };
    if let Some(since) = temporary_since {
        let settings: UserPoolType = tx.pool_settings(&client.pool)?;
        if client.cx.now >= password::temporary_end(settings, since) {
            return Err(ApiError::temporary_password_expired());
        }
    }
    let devices = client.configuration()?.devices;
    Ok(Facts {
        temporary_password: temporary_since.is_some(),
        second_factor,
        remembered_device: device.is_some_and(|device| device.remembered),
        device_replaces_second_factor: devices
            .is_some_and(|devices| devices.challenge_required_on_new_device),
    })
}
