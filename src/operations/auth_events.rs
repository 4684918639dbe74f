//! The events of a user that threat protection records, and what is said of them.

use std::sync::Arc;

use crate::api::{
    AdminListUserAuthEventsRequest, AdminListUserAuthEventsResponse,
    AdminUpdateAuthEventFeedbackRequest, AdminUpdateAuthEventFeedbackResponse, EventFeedbackType,
    FeedbackValueType, UpdateAuthEventFeedbackRequest, UpdateAuthEventFeedbackResponse,
};
use crate::auth::feedback_token::is_token;
use crate::context::Cx;
use crate::domain::pool::Pool;
use crate::domain::user::User;
use crate::error::{ApiError, Result};
use crate::ids::{UserPoolId, Username};
use crate::operations::page::PageRequest;
use crate::operations::table::Table;
use crate::quotas::Category;
use crate::store::ReadTx;

/// The operations of events.
#[rustfmt::skip] // one line an operation
pub(super) fn table(table: Table) -> Table {
    table
        .op(Category::UserResourceRead, admin_list_user_auth_events)
        .op(Category::UserResourceUpdate, admin_update_auth_event_feedback)
        .op(Category::UserResourceUpdate, update_auth_event_feedback)
}

/// Lists the events of a user, page by page, the newest first.
pub(crate) async fn admin_list_user_auth_events(
    cx: Cx,
    request: AdminListUserAuthEventsRequest,
) -> Result<AdminListUserAuthEventsResponse> {
    cx.read(move |cx, tx| {
        let (pool, user) = recorded_user(cx, tx, &request.user_pool_id, &request.username)?;
        let list = format!("events/{}/{}", pool.id, user.row);
        let page = PageRequest::of(list, request.max_results, request.next_token.as_deref())?;
        let found = tx.auth_events(&user, page.after(), page.limit())?;
        let (events, next_token) = page.answer(found, |(number, _)| number.to_string().into());
        let events = events.into_iter();
        let events = events.map(|(_, event)| event.into_auth_event_type());
        Ok(AdminListUserAuthEventsResponse {
            auth_events: Some(events.collect()),
            next_token,
        })
    })
    .await
}

/// Says of a user's event whether it was the user's own.
pub(crate) async fn admin_update_auth_event_feedback(
    cx: Cx,
    request: AdminUpdateAuthEventFeedbackRequest,
) -> Result<AdminUpdateAuthEventFeedbackResponse> {
    cx.write(move |cx, tx| {
        let (_, user) = recorded_user(cx, tx, &request.user_pool_id, &request.username)?;
        let feedback = feedback(cx, request.feedback_value, "Admin");
        tx.put_event_feedback(&user, &request.event_id, &feedback)?;
        Ok(AdminUpdateAuthEventFeedbackResponse {})
    })
    .await
}

/// The pool, which must have threat protection on, and the user in it.
///
/// # Errors
/// As [`Cx::user_in`]; `UserPoolAddOnNotEnabledException`.
fn recorded_user(
    cx: &Cx,
    tx: &ReadTx<'_>,
    pool: &UserPoolId,
    name: &Username,
) -> Result<(Arc<Pool>, User)> {
    let pool = cx.pool(tx, pool)?;
    let configuration = pool.configuration()?;
    configuration.check_threat_protection()?;
    let user = tx.user(&pool, configuration, name)?;
    Ok((pool, user))
}

/// Says of one's own event whether it was one's own, with the token of a message about it. Anybody may call it: who exists is not
/// told without the right token.
pub(crate) async fn update_auth_event_feedback(
    cx: Cx,
    request: UpdateAuthEventFeedbackRequest,
) -> Result<UpdateAuthEventFeedbackResponse> {
    cx.write(move |cx, tx| {
        let pool = tx.pool(&request.user_pool_id)?;
        cx.seen.set_pool(&pool.id);
        let configuration = pool.configuration()?;
        configuration.check_threat_protection()?;
        let invalid = |why: &str| ApiError::invalid_feedback_token().because(why);
        let keys = tx.find_pool_keys(&pool)?;
        let keys = keys.ok_or_else(|| invalid("the pool has never given a token"))?;
        let user = tx.find_user(&pool, configuration, &request.username)?;
        let user = user.ok_or_else(|| invalid("there is no such user"))?;
        let sub = tx.user_record(&user)?.sub;
        let (token, event) = (&request.feedback_token, &request.event_id);
        if !is_token(token, &keys.seal, &sub, event) {
            return Err(invalid("it is not the token of this event of the user"));
        }
        let feedback = feedback(cx, request.feedback_value, "User");
        tx.put_event_feedback(&user, event, &feedback)?;
        Ok(UpdateAuthEventFeedbackResponse {})
    })
    .await
}

/// Feedback of now.
fn feedback(cx: &Cx, value: FeedbackValueType, provider: &str) -> EventFeedbackType {
    EventFeedbackType {
        feedback_date: Some(cx.now),
        feedback_value: value,
        provider: provider.to_owned(),
    }
}
