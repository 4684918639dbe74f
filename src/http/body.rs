//! Reading the body of a request.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use actix_web::body::{self, BodyStream, MessageBody};
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::{HttpRequest, web};

use super::connections::{Connection, End};
use crate::api::ErrorCode;
use crate::error::{ApiError, Result};

/// How long an unread body is kept open after the answer.
const LINGER: Duration = Duration::from_secs(1);

/// When a client should try again whose body was refused for lack of room.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The body of a request, which may not have arrived.
pub(super) struct Body {
    payload: web::Payload,
    is_whole: bool,
    /// What was read beyond the last piece.
    ahead: Vec<u8>,
}

impl Body {
    pub(super) fn new(payload: web::Payload) -> Self {
        Self {
            payload,
            is_whole: false,
            ahead: Vec::new(),
        }
    }

    /// The whole body.
    ///
    /// # Errors
    /// `RequestEntityTooLargeException` if the body has, or declares, more than `limit` bytes; `RequestTimeoutException` if it
    /// does not arrive in time; `ThrottlingException` if it gives way to other requests; `SerializationException` if it is cut
    /// off.
    pub(super) async fn read(&mut self, request: &HttpRequest, limit: usize) -> Result<web::Bytes> {
        let limit_bytes = u64::try_from(limit).unwrap_or(u64::MAX);
        if declared_length(request).is_some_and(|length| length > limit_bytes) {
            return Err(too_large(limit));
        }
        let connection = request.conn_data::<Rc<Connection>>();
        let mut whole = pin!(body::to_bytes_limited(
            BodyStream::new(&mut self.payload),
            limit
        ));
        let read = poll_fn(|cx| {
            if let Some(why) = connection.and_then(|connection| connection.refused()) {
                return Poll::Ready(Err(why));
            }
            whole.as_mut().poll(cx).map(Ok)
        });
        match read.await {
            Ok(Ok(Ok(bytes))) => {
                if let Some(connection) = connection {
                    connection.has_body(bytes.len());
                }
                self.is_whole = true;
                Ok(bytes)
            }
            Ok(Ok(Err(broken))) => Err(cut_off(broken)),
            Ok(Err(_)) => Err(too_large(limit)),
            Err(why) => Err(given_up(why)),
        }
    }

    /// The next `size` bytes of a body that is read piece by piece, fewer at its end, or `None` after it. Each piece may take as long
    /// as a whole body elsewhere, and what was read no longer counts as unfinished.
    ///
    /// # Errors
    /// `RequestTimeoutException`, `ThrottlingException` and `SerializationException` as [`Body::read`].
    pub(super) async fn next_piece(
        &mut self,
        request: &HttpRequest,
        size: usize,
    ) -> Result<Option<Vec<u8>>> {
        let connection = request.conn_data::<Rc<Connection>>();
        while self.ahead.len() < size && !self.is_whole {
            let mut stream = BodyStream::new(&mut self.payload);
            let read = poll_fn(|cx| {
                if let Some(why) = connection.and_then(|connection| connection.refused()) {
                    return Poll::Ready(Err(given_up(why)));
                }
                let next = Pin::new(&mut stream).poll_next(cx);
                next.map(|next| next.transpose().map_err(cut_off))
            });
            match read.await? {
                Some(bytes) => self.ahead.extend_from_slice(&bytes),
                None => self.is_whole = true,
            }
        }
        let rest = self.ahead.split_off(size.min(self.ahead.len()));
        let piece = std::mem::replace(&mut self.ahead, rest);
        if let Some(connection) = connection {
            connection.handed_on(piece.len());
            if self.is_whole && self.ahead.is_empty() {
                connection.has_body(0);
            }
        }
        Ok((!piece.is_empty()).then_some(piece))
    }

    /// Releases the body when the request is answered.
    pub(super) async fn let_go(mut self) {
        if self.is_whole {
            return;
        }
        // Bytes that came with the head are available after this yield.
        actix_web::rt::task::yield_now().await;
        if self.has_arrived() {
            return;
        }
        // If the body were dropped, the server would read it to its end, which may never come. Keeping it until the answer is
        // sent makes the server close the connection instead.
        actix_web::rt::spawn(async move {
            actix_web::rt::time::sleep(LINGER).await;
            drop(self);
        });
    }

    /// Discards the bytes that have arrived. Returns whether the body is complete.
    fn has_arrived(&mut self) -> bool {
        let mut cx = Context::from_waker(Waker::noop());
        let mut stream = BodyStream::new(&mut self.payload);
        loop {
            match Pin::new(&mut stream).poll_next(&mut cx) {
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(Some(Err(_)) | None) => return true,
                Poll::Pending => return false,
            }
        }
    }
}

/// The length that the head declares for the body, in bytes. Returns `None` if it declares none.
pub(super) fn declared_length(request: &HttpRequest) -> Option<u64> {
    let length = request.headers().get(CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}

/// The refusal of a body whose connection is to end.
fn given_up(why: End) -> ApiError {
    match why {
        End::Late => ApiError::new(
            ErrorCode::RequestTimeoutException,
            "The request body did not arrive in time.",
        ),
        End::Room => ApiError::new(
            ErrorCode::ThrottlingException,
            "Too many unfinished requests",
        )
        .retry_after(RETRY_AFTER)
        .because("the body had not arrived when others needed the room"),
    }
}

/// The refusal of a body that ended before its end.
fn cut_off(broken: impl std::fmt::Display) -> ApiError {
    ApiError::bare(ErrorCode::SerializationException).because(broken)
}

fn too_large(limit: usize) -> ApiError {
    ApiError::new(
        ErrorCode::RequestEntityTooLargeException,
        format!("The request body must not be larger than {limit} bytes."),
    )
    .because(format_args!("the body is larger than {limit} bytes"))
}
