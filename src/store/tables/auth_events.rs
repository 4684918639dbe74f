//! The table `auth_events`.
//!
//! Events go when they are old (`expiry.rs`), and the oldest of a user beyond a number whenever one is written: anybody who knows a
//! username can cause events.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::api::{ChallengeResponse, EventFeedbackType, Timestamp};
use crate::domain::auth_event::{AuthEvent, MAX_EVENTS_OF_USER, Origin, Progress};
use crate::domain::pool::Pool;
use crate::domain::user::User;
use crate::error::{ApiError, Result};
use crate::store::page::{Page, one_more};
use crate::store::tx::{ReadTx, Row, WriteTx};

impl ReadTx<'_> {
    /// Up to `limit` events of the user, the newest first, each with its number. They are older than the event of the number in the
    /// text `after`.
    ///
    /// # Errors
    /// `InvalidParameterException` when `after` is not the text of a number.
    pub(crate) fn auth_events(
        &self,
        user: &User,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Page<(i64, AuthEvent)>> {
        let before = after.map_or(Ok(i64::MAX), str::parse::<i64>);
        let before = before.map_err(|_| ApiError::bad_pagination_token())?;
        let found = self.all(
            "SELECT number, event_id, event_type, response, password, mfa, ip_address, device_name, timezone, feedback, feedback_by,
                 feedback_ms, created_ms
             FROM auth_events WHERE user_row = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3",
            (user.row, before, one_more(limit)),
            |row| Ok((row.get(0)?, auth_event(row)?)),
        )?;
        Ok(Page::cut(found, limit))
    }

    /// Checks that the user has an event with this id.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when the user has none.
    pub(crate) fn check_auth_event(&self, user: &User, event: &str) -> Result<()> {
        let found = self.maybe(
            "SELECT 1 FROM auth_events WHERE user_row = ?1 AND event_id = ?2",
            (user.row, event),
            |_| Ok(()),
        )?;
        found.ok_or_else(ApiError::no_such_event)
    }
}

impl WriteTx<'_> {
    /// Writes a new event of the user, without feedback, and drops the oldest one that there is no room for. Returns its number.
    pub(crate) fn insert_auth_event(&self, user: &User, event: &AuthEvent) -> Result<i64> {
        let number = self.insert_numbered(user.row, event)?;
        let number = number.ok_or_else(|| ApiError::internal("no event was inserted"))?;
        self.write(
            "DELETE FROM auth_events WHERE user_row = ?1 AND number <= ?2",
            (user.row, number.saturating_sub(MAX_EVENTS_OF_USER)),
        )?;
        Ok(number)
    }

    /// Does the work of writing an event for somebody who does not exist, and leaves nothing of it. It takes the place of an event
    /// of the pool's first user; in a pool without users nobody needs to be hidden.
    pub(crate) fn pretend_auth_event(&self, pool: &Pool, event: &AuthEvent) -> Result<()> {
        let user = self.maybe(
            "SELECT row FROM users WHERE pool >= ?1 AND pool <= ?1 ORDER BY pool, row LIMIT 1",
            [pool.row],
            |row| row.get(0),
        )?;
        let Some(user) = user else { return Ok(()) };
        let number = self.insert_numbered(user, event)?;
        self.write(
            "DELETE FROM auth_events WHERE user_row = ?1 AND number = ?2",
            (user, number),
        )
    }

    /// Returns the number of the event; `None` if another has got it meanwhile, whose writer did not hold the user.
    fn insert_numbered(&self, user: i64, event: &AuthEvent) -> Result<Option<i64>> {
        let Progress {
            response,
            password,
            mfa,
        } = event.progress;
        self.maybe(
            "INSERT INTO auth_events
                 (user_row, number, event_id, event_type, response, password, mfa, ip_address, device_name, timezone, created_ms)
             SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM auth_events WHERE user_row = ?1
             ON CONFLICT DO NOTHING RETURNING number",
            (
                user,
                &event.id,
                event.event_type.as_str(),
                response.as_str(),
                password.map(ChallengeResponse::as_str),
                mfa.map(ChallengeResponse::as_str),
                event.origin.ip_address.as_deref(),
                event.origin.device_name.as_deref(),
                event.origin.timezone.as_deref(),
                event.created.millis(),
            ),
            |row| row.get(0),
        )
    }

    /// Writes how far an event that is under way has come. A challenge that `progress` does not judge stays as it was. Returns the
    /// event's id, or `None` if the event is over with success, or not kept any more.
    pub(crate) fn move_auth_event(
        &self,
        user: &User,
        number: i64,
        progress: Progress,
    ) -> Result<Option<String>> {
        self.maybe(
            "UPDATE auth_events SET response = ?3, password = coalesce(?4, password), mfa = coalesce(?5, mfa)
             WHERE user_row = ?1 AND number = ?2 AND response <> 'Pass' RETURNING event_id",
            (
                user.row,
                number,
                progress.response.as_str(),
                progress.password.map(ChallengeResponse::as_str),
                progress.mfa.map(ChallengeResponse::as_str),
            ),
            |row| row.get(0),
        )
    }

    /// Writes feedback to the user's event with this id, over any that it has.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when the user has no such event.
    pub(crate) fn put_event_feedback(
        &self,
        user: &User,
        event: &str,
        feedback: &EventFeedbackType,
    ) -> Result<()> {
        let changed = self.run(
            "UPDATE auth_events SET feedback = ?3, feedback_by = ?4, feedback_ms = ?5 WHERE user_row = ?1 AND event_id = ?2",
            (
                user.row,
                event,
                feedback.feedback_value.as_str(),
                &feedback.provider,
                feedback.feedback_date.map(Timestamp::millis),
            ),
        )?;
        if changed == 0 {
            return Err(ApiError::no_such_event());
        }
        Ok(())
    }
}

/// Reads an event from the columns after the first.
pub(in crate::store) fn auth_event(row: Row<'_>) -> Result<AuthEvent> {
    let feedback = (row.get::<Option<String>>(9)?)
        .zip(row.get::<Option<String>>(10)?)
        .zip(row.get::<Option<i64>>(11)?);
    let feedback = feedback.map(|((value, provider), date)| {
        Ok::<_, ApiError>(EventFeedbackType {
            feedback_date: Some(Timestamp::from_millis(date)),
            feedback_value: named(value)?,
            provider,
        })
    });
    Ok(AuthEvent {
        id: row.get(1)?,
        event_type: named(row.get(2)?)?,
        progress: Progress {
            response: named(row.get(3)?)?,
            password: row.get::<Option<String>>(4)?.map(named).transpose()?,
            mfa: row.get::<Option<String>>(5)?.map(named).transpose()?,
        },
        origin: Origin {
            ip_address: row.get(6)?,
            device_name: row.get(7)?,
            timezone: row.get(8)?,
        },
        feedback: feedback.transpose()?,
        created: Timestamp::from_millis(row.get(12)?),
    })
}

/// The value of an enumeration of the model that has this name.
fn named<T: DeserializeOwned>(name: String) -> Result<T> {
    serde_json::from_value(Value::String(name)).map_err(ApiError::internal)
}
