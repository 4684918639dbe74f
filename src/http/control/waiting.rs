//! Waiting for messages: a request of the outbox that is answered as soon as there is one.
//!
//! A request that waits holds its connection and nothing else: no thread, no transaction. It is woken when this process has written a
//! message, and looks from time to time for those of other processes on the same file.

use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::rt::time::sleep;

use crate::api::ErrorCode;
use crate::domain::outbox::{MessageFilter, MessageList};
use crate::error::{ApiError, Result};
use crate::http::Shared;
use crate::http::connections::Connection;

/// How many requests may wait at the same time.
pub(crate) const MAX_WAITING: usize = 100;

/// How often messages of other processes are looked for.
const LOOK: Duration = Duration::from_millis(200);

/// When a client should try again that found no place to wait.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The wanted messages as soon as there are any. The list is empty if there are none within the time, if the server stops before, or
/// if the client goes away.
///
/// # Errors
/// `ThrottlingException` if too many requests wait; `InternalErrorException` when the store fails.
pub(super) async fn messages(
    shared: &Shared,
    request: &HttpRequest,
    mut wanted: MessageFilter,
    time: Duration,
) -> Result<MessageList> {
    let _place = shared.waiting.try_acquire().map_err(|_| {
        ApiError::new(
            ErrorCode::ThrottlingException,
            "Too many requests wait for messages",
        )
        .retry_after(RETRY_AFTER)
        .because("every place for requests that wait is taken")
    })?;
    let after = wanted.after;
    // Before the first look, so that no message comes between.
    let mut news = shared.store.message_news();
    let mut over = pin!(over(shared, request, time));
    loop {
        let (list, newest) = look(shared, wanted.clone()).await?;
        if !list.messages.is_empty() {
            return Ok(list);
        }
        // What is not wanted is not looked at again.
        wanted.after = wanted.after.max(newest);
        tokio::select! {
            _ = news.changed() => {}
            () = sleep(LOOK) => {}
            () = &mut over => {
                return Ok(MessageList { last_id: after, ..list });
            }
        }
    }
}

/// The wanted messages that are there, and the id of the newest of all.
async fn look(shared: &Shared, wanted: MessageFilter) -> Result<(MessageList, i64)> {
    let look = shared.store.read(move |tx| {
        let newest = tx.newest_message()?;
        let list = if newest > wanted.after {
            tx.outbox(&wanted)?
        } else {
            MessageList {
                messages: Vec::new(),
                last_id: wanted.after,
            }
        };
        Ok((list, newest))
    });
    look.await
}

/// Waits until there is no more reason to wait: the time is over, the server stops, or the client has gone.
async fn over(shared: &Shared, request: &HttpRequest, time: Duration) {
    let Some(connection) = request.conn_data::<Rc<Connection>>() else {
        return;
    };
    let mut stopping = shared.stopping.subscribe();
    tokio::select! {
        () = sleep(time) => {}
        _ = stopping.wait_for(|is_stopping| *is_stopping) => {}
        () = connection.left() => {}
    }
}
