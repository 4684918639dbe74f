//! Recording what users do, where their pool has threat protection on. Elsewhere nothing is looked at and nothing written.
//!
//! A sign-in is one event, however many requests it takes. It begins when a password has been judged, and its number travels in
//! the session from then on.

use crate::api::{ChallengeResponse, ErrorCode, EventResponseType, EventType};
use crate::domain::auth_event::{AuthEvent, Collected, Origin, Progress};
use crate::domain::sign_in::Proved;
use crate::domain::user::User;
use crate::domain::user_agent::description;
use crate::error::{ApiError, Result};
use crate::sign_in::attempt::Answered;
use crate::sign_in::client::{ClientContext, OpenClient};
use crate::store::WriteTx;

impl OpenClient {
    /// Whether events of the pool's users are recorded.
    pub(crate) fn records_events(&self) -> bool {
        let configuration = self.configuration();
        configuration.is_ok_and(|configuration| configuration.threat_protection)
    }

    /// Records an event of the user that begins and ends with this request, where events are recorded. For a name without a user
    /// the same work is done, and nothing recorded.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails.
    pub(crate) fn record(
        &self,
        tx: &WriteTx<'_>,
        user: Option<&User>,
        event_type: EventType,
        progress: Progress,
    ) -> Result<()> {
        if !self.records_events() {
            return Ok(());
        }
        let event = self.event(event_type, progress);
        match user {
            Some(user) => tx.insert_auth_event(user, &event).map(drop),
            None => tx.pretend_auth_event(&self.pool, &event),
        }
    }

    /// An event that begins with this request, and is named by it.
    fn event(&self, event_type: EventType, progress: Progress) -> AuthEvent {
        AuthEvent {
            id: self.cx.seen.request_id().to_string(),
            event_type,
            progress,
            origin: self.origin(),
            feedback: None,
            created: self.cx.now,
        }
    }

    /// Where the user is. What AWS's libraries collected on the user's device comes before the headers of requests.
    fn origin(&self) -> Origin {
        let Collected {
            user_agent,
            timezone,
        } = self
            .encoded_data
            .as_deref()
            .map(Collected::read)
            .unwrap_or_default();
        Origin {
            ip_address: self.ip.clone(),
            device_name: user_agent
                .as_deref()
                .or(self.user_agent())
                .and_then(description),
            timezone,
        }
    }
}

/// The event of a sign-in that goes on, or is complete.
pub(super) struct SignInEvent {
    pub(super) number: i64,
    pub(super) id: String,
}

/// Records that a sign-in goes on, or is complete, after a right answer. `under_way` is the number of its event, if it has one by
/// now. Returns `None` where events are not recorded.
///
/// # Errors
/// `InternalErrorException` when the store fails.
pub(super) fn advance(
    client: &ClientContext,
    tx: &WriteTx<'_>,
    user: &User,
    under_way: Option<i64>,
    progress: Progress,
) -> Result<Option<SignInEvent>> {
    if !client.records_events() {
        return Ok(None);
    }
    if let Some(number) = under_way
        && let Some(id) = tx.move_auth_event(user, number, progress)?
    {
        return Ok(Some(SignInEvent { number, id }));
    }
    let event = client.event(EventType::SignIn, progress);
    let number = tx.insert_auth_event(user, &event)?;
    Ok(Some(SignInEvent {
        number,
        id: event.id,
    }))
}

/// Holds the user with this sub, where events are recorded: who records one later comes to what follows in the order of everybody.
///
/// # Errors
/// `TooManyRequestsException` when somebody else does not give the user up; `InternalErrorException` when the store fails.
pub(super) fn hold_user(client: &ClientContext, tx: &WriteTx<'_>, sub: &str) -> Result<()> {
    if client.records_events() {
        tx.find_user_by_sub(&client.pool, sub)?;
    }
    Ok(())
}

/// Records that a sign-in by the user with this sub fails. For somebody who does not exist the same work is done, and nothing
/// recorded.
///
/// # Errors
/// `InternalErrorException` when the store fails.
pub(super) fn fail(
    client: &ClientContext,
    tx: &WriteTx<'_>,
    sub: &str,
    under_way: Option<i64>,
    progress: Progress,
) -> Result<()> {
    if !client.records_events() {
        return Ok(());
    }
    let event = client.event(EventType::SignIn, progress);
    match (tx.find_user_by_sub(&client.pool, sub)?, under_way) {
        (None, _) => tx.pretend_auth_event(&client.pool, &event),
        (Some((user, _)), None) => tx.insert_auth_event(&user, &event).map(drop),
        (Some((user, _)), Some(number)) => tx.move_auth_event(&user, number, progress).map(drop),
    }
}

/// Records that a user has proved something and is refused nevertheless, because of the user's state. Returns whether there was
/// anything to record.
///
/// # Errors
/// `InternalErrorException` when the store fails.
pub(super) fn refuse(
    client: &ClientContext,
    tx: &WriteTx<'_>,
    (answered, proved): (&Answered, Option<Proved>),
    refusal: &ApiError,
) -> Result<bool> {
    let by_state = matches!(
        refusal.code,
        ErrorCode::NotAuthorizedException
            | ErrorCode::UserNotConfirmedException
            | ErrorCode::PasswordResetRequiredException
    );
    if !client.records_events() || !by_state {
        return Ok(false);
    }
    let session = answered.session.as_ref();
    if session.is_some_and(|session| tx.check_session(&session.id).is_err()) {
        // An answer that is sent again says nothing new.
        return Ok(false);
    }
    let under_way = session.and_then(|session| session.event);
    let progress = progress(EventResponseType::Fail, proved);
    fail(client, tx, &answered.sub, under_way, progress).map(|()| true)
}

/// The progress of a sign-in after a proof.
pub(super) fn progress(response: EventResponseType, proved: Option<Proved>) -> Progress {
    let progress = Progress::of(response);
    match proved {
        Some(Proved::Password) => progress.with_password(ChallengeResponse::Success),
        Some(Proved::SecondFactor) => progress.with_mfa(ChallengeResponse::Success),
        // Events have no name for these.
        Some(Proved::NewPassword | Proved::Device) | None => progress,
    }
}
