//! The life of a request, the same for every endpoint: its id, its time, and its line in the log.

use std::borrow::Cow;
use std::cell::Cell;
use std::future::ready;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::{HeaderName, HeaderValue, USER_AGENT};
use actix_web::http::{Method, StatusCode};
use actix_web::rt::time::sleep;
use actix_web::{FromRequest, Handler, HttpRequest, HttpResponse, Resource, Responder, Route, web};
use chrono::{DateTime, TimeDelta, Utc};

use super::body::Body;
use super::connections::Connection;
use super::header::text;
use super::{Shared, parent};
use crate::error::{ApiError, Result};
use crate::faults::{Disconnect, Effect};
use crate::ids::UserPoolId;
use crate::log::{Check, Request, Seen};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// The longest part of a path that the log shows, in bytes.
const MAX_PART: usize = 24;

/// The bytes of the longest part that is shown although it mixes two of small letters, capitals and digits.
const MAX_MIXED: usize = 12;

/// The most digits of a part that the log shows.
const MAX_DIGITS: usize = 3;

/// The longest pool id of the API's model.
const MAX_POOL_ID: usize = 55;

/// The most parts of a path that the log shows.
const MAX_PARTS: usize = 8;

/// An answer, and the error that it reports, for the log.
pub(super) type Answer = (HttpResponse, Option<ApiError>);

/// A connection that is cut by a fault.
#[derive(Clone, Copy)]
struct Cut {
    /// The fault's id.
    by: u64,
    when: Disconnect,
}

/// A request that is being answered. Its line is written when it ends: with an answer, or without one if the exchange is dropped
/// because the connection has ended.
pub(super) struct Exchange {
    shared: web::Data<Shared>,
    request: HttpRequest,
    /// The facts for the log line.
    pub(super) seen: Arc<Seen>,
    /// When the head of the request arrived, by the system's clock.
    pub(super) now: DateTime<Utc>,
    started: Duration,
    answered: bool,
    /// How a fault cuts the connection.
    cut: Cell<Option<Cut>>,
    /// Whether it was admitted, which it is once, however often it is run.
    pub(super) admitted: Cell<bool>,
}

impl Exchange {
    /// Begins the exchange when the head of a request has arrived.
    pub(super) fn begin(shared: &web::Data<Shared>, request: &HttpRequest) -> Self {
        let ambient = &shared.ambient;
        // A server on IPv6 gets an IPv4 address mapped (RFC 4291 section 2.5.5.2).
        let source_ip = request.peer_addr().map(|peer| peer.ip().to_canonical());
        let started = ambient.elapsed();
        let trace = shared.traces.begin(started, || parent::of(request));
        let seen = Seen::new(ambient.uuid(), source_ip).traced(trace);
        if let Some(clock) = ambient.clock_set_to() {
            seen.set_clock(clock.time);
        }
        Self {
            shared: shared.clone(),
            request: request.clone(),
            seen: Arc::new(seen),
            now: ambient.system_now(),
            started,
            answered: false,
            cut: Cell::default(),
            admitted: Cell::default(),
        }
    }

    /// Begins the exchange of an endpoint that is not an operation, by the endpoint's name.
    pub(super) fn at(
        name: &'static str,
        shared: &web::Data<Shared>,
        request: &HttpRequest,
    ) -> Self {
        let exchange = Self::begin(shared, request);
        exchange.names(name, None);
        exchange
    }

    /// Sets the endpoint's name for the log, and the name of an unknown operation if the request called one.
    pub(super) fn names(&self, name: &'static str, target: Option<String>) {
        let region = &self.shared.region;
        self.seen.set_endpoint(
            name,
            target,
            shown_method(self.request.method()),
            shown_path(self.request.path(), region),
        );
    }

    /// The `User-Agent` of the request (RFC 9110 section 10.1.5). Returns `None` if there is none, or if it is not plain ASCII.
    pub(super) fn user_agent(&self) -> Option<Box<str>> {
        text(self.request.headers(), &USER_AGENT).map(Box::from)
    }

    /// Ends the exchange with what `work` makes of a request that may have a body. What `work` has not read of the body is let go.
    pub(super) async fn answer(
        self,
        payload: web::Payload,
        work: impl AsyncFnOnce(&Self, &mut Body) -> Answer,
    ) -> HttpResponse {
        let mut body = Body::new(payload);
        let (response, error) = work(&self, &mut body).await;
        body.let_go().await;
        self.end(response, error)
    }

    /// Lets a request that is admitted suffer the fault that is set for it and its pool, if there is one.
    ///
    /// # Errors
    /// That of the fault; `InternalErrorException`, which nobody reads, where the connection is cut before the work.
    pub(super) async fn suffer(&self, pool: Option<&UserPoolId>) -> Result<()> {
        let faults = &self.shared.faults;
        if !faults.may_strike() {
            return Ok(());
        }
        let strike = faults.strike(self.seen.name(), pool, &self.shared.ambient);
        let Some(strike) = strike else {
            return Ok(());
        };
        self.seen.begins(Check::Fault);
        self.seen.set_fault(strike.id);
        sleep(strike.delay).await;
        match strike.effect {
            Effect::Nothing => Ok(()),
            Effect::Refusal(code, message) => {
                let reason = format_args!("by fault {}", strike.id);
                Err(ApiError::new(code, message).because(reason))
            }
            Effect::Disconnect(when) => {
                self.cut.set(Some(Cut {
                    by: strike.id,
                    when,
                }));
                match when {
                    Disconnect::BeforeWork => Err(ApiError::internal("nobody reads this")),
                    Disconnect::AfterWork => Ok(()),
                }
            }
        }
    }

    /// Ends the exchange with an answer. `error` is the error that the answer reports.
    pub(super) fn end(
        mut self,
        mut response: HttpResponse,
        error: Option<ApiError>,
    ) -> HttpResponse {
        if let Some(cut) = self.cut.take() {
            self.cut_off(cut, error);
            return response;
        }
        let mut id = uuid::Uuid::encode_buffer();
        let id = self.seen.request_id().hyphenated().encode_lower(&mut id);
        if let Ok(id) = HeaderValue::from_str(id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        if !self.seen.has_name() {
            self.names("unknown", None);
        }
        self.answered = true;
        let (at, duration) = self.times();
        let seen = Arc::clone(&self.seen);
        let status = response.status().as_u16();
        self.is_over(Request::over(seen, at, status, error, duration));
        response
    }

    /// Ends the exchange with the answer to a result or to an error.
    pub(super) fn end_with<T>(
        self,
        result: Result<T>,
        answer: impl FnOnce(T) -> HttpResponse,
        refusal: impl FnOnce(&ApiError) -> HttpResponse,
    ) -> HttpResponse {
        match result {
            Ok(found) => self.end(answer(found), None),
            Err(error) => {
                let response = refusal(&error);
                self.end(response, Some(error))
            }
        }
    }

    /// Ends the exchange by cutting the connection. `error` is the error of the work, if that was done.
    fn cut_off(mut self, cut: Cut, error: Option<ApiError>) {
        if let Some(connection) = self.request.conn_data::<Rc<Connection>>() {
            connection.cut();
        }
        let by = format!("by fault {}", cut.by);
        let reason = match (cut.when, error) {
            (Disconnect::BeforeWork, _) => format!("{by}, before the work"),
            (Disconnect::AfterWork, None) => {
                self.seen.begins(Check::Answer);
                format!("{by}, when the work was done")
            }
            (Disconnect::AfterWork, Some(error)) => {
                format!("{by}, after {}", error.code.as_str())
            }
        };
        self.ends_unanswered(reason);
    }

    /// Writes the line of a request that gets no answer.
    fn ends_unanswered(&mut self, reason: impl Into<Cow<'static, str>>) {
        self.answered = true;
        if !self.seen.has_name() {
            self.names("unknown", None);
        }
        let (at, duration) = self.times();
        let seen = Arc::clone(&self.seen);
        self.is_over(Request::unanswered(seen, at, reason, duration));
    }

    /// Counts the request, and hands it on to those who remember it.
    fn is_over(&self, request: Request) {
        let (outcome, duration) = (request.outcome(), request.duration());
        self.shared.served.count(&self.seen, outcome, duration);
        let request = Arc::new(request);
        if !self.seen.is_hidden() {
            self.shared.recent.keep(&request);
        }
        self.shared.traces.keep(&request);
        self.shared.log.request(request);
    }

    /// The system's time, and the time since the request arrived. The first is computed from the second, which saves a system
    /// call.
    fn times(&self) -> (DateTime<Utc>, Duration) {
        let duration = self.shared.ambient.elapsed().saturating_sub(self.started);
        let since = TimeDelta::from_std(duration).unwrap_or_default();
        (self.now + since, duration)
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if self.answered {
            return;
        }
        self.ends_unanswered(if std::thread::panicking() {
            "the thread that answered panicked"
        } else {
            "the connection ended before the answer"
        });
    }
}

/// A path that answers the method GET, and refuses every other method.
pub(super) fn get<F, A>(path: &str, answer: F) -> Resource
where
    F: Handler<A>,
    A: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    resource(path, "GET", [web::get().to(answer)])
}

/// A path that answers the method PUT, and refuses every other method.
pub(super) fn put<F, A>(path: &str, answer: F) -> Resource
where
    F: Handler<A>,
    A: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    resource(path, "PUT", [web::put().to(answer)])
}

/// A path with a route for each of the `allowed` methods; it refuses every other one.
pub(super) fn resource(
    path: &str,
    allowed: &'static str,
    routes: impl IntoIterator<Item = Route>,
) -> Resource {
    routes
        .into_iter()
        .fold(web::resource(path), Resource::route)
        .default_service(web::to(move |shared, request| {
            ready(method_not_allowed(&shared, &request, allowed))
        }))
}

/// Refuses a method that the path does not support (RFC 9110 section 15.5.6), and names those that it does.
fn method_not_allowed(
    shared: &web::Data<Shared>,
    request: &HttpRequest,
    allowed: &'static str,
) -> HttpResponse {
    let exchange = Exchange::begin(shared, request);
    let error = ApiError::bare(crate::api::ErrorCode::UnknownOperationException)
        .because("the path does not have this method");
    let mut response = HttpResponse::new(StatusCode::METHOD_NOT_ALLOWED);
    response.headers_mut().insert(
        actix_web::http::header::ALLOW,
        HeaderValue::from_static(allowed),
    );
    exchange.end(response, Some(error))
}

/// The method for the log. Only methods of RFC 9110 and RFC 5789 are shown, because a request can name anything.
fn shown_method(method: &Method) -> &'static str {
    [
        "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
    ]
    .into_iter()
    .find(|known| *known == method.as_str())
    .unwrap_or("*")
}

/// The path for the log: without its query, shortened, and with a `*` for each part that could be a secret.
fn shown_path(path: &str, region: &str) -> String {
    let mut parts = path.split('/');
    let mut shown: String = parts
        .by_ref()
        .take(MAX_PARTS)
        .map(|part| if is_plain(part, region) { part } else { "*" })
        .collect::<Vec<_>>()
        .join("/");
    if parts.next().is_some() {
        shown.push_str("/...");
    }
    shown
}

/// Whether a part of a path is not a secret. Such parts are short, have plain characters and few digits, are not numbers, which
/// could be codes, and do not mix small letters, capitals and digits, as passwords do. Long parts do not even mix two of these, as
/// one in forty refresh tokens does. A part with the form of a pool id of this Region is shown too.
fn is_plain(part: &str, region: &str) -> bool {
    let id = part.strip_prefix(region);
    if let Some(name) = id.and_then(|id| id.strip_prefix('_')) {
        return part.len() <= MAX_POOL_ID && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    }
    let count = |is: fn(&u8) -> bool| part.bytes().filter(is).count();
    let digits = count(u8::is_ascii_digit);
    let (small, capital) = (count(u8::is_ascii_lowercase), count(u8::is_ascii_uppercase));
    let classes = [digits, small, capital]
        .iter()
        .filter(|count| **count > 0)
        .count();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    part.len() <= MAX_PART
        && part.bytes().all(plain)
        && digits <= MAX_DIGITS
        && (digits == 0 || small + capital > 0)
        && classes <= if part.len() <= MAX_MIXED { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_shown_without_what_could_be_a_secret() {
        let long = "a".repeat(MAX_PART + 1);
        for (path, shown) in [
            ("/", "/"),
            ("/wp-login.php", "/wp-login.php"),
            ("/.env", "/.env"),
            ("/oauth2/token", "/oauth2/token"),
            (
                "/us-east-1_AbCdEfG1/.well-known/jwks.json",
                "/us-east-1_AbCdEfG1/.well-known/jwks.json",
            ),
            (
                "/eu-west-1_AbCdEfG1/.well-known/jwks.json",
                "/*/.well-known/jwks.json",
            ),
            ("/confirm/042917", "/confirm/*"),
            ("/Password1", "/*"),
            ("/ana@example.com/x", "/*/x"),
            ("/%1b[2J", "/*"),
            ("/8f3k2m5v9x1c7b4n6q", "/*"),
            ("/qiojsy-oICcCnZIUwndTVw", "/*"),
            ("/SignIn/index.html", "/SignIn/index.html"),
            (&format!("/{long}"), "/*"),
            ("/a/b/c/d/e/f/g/h/i", "/a/b/c/d/e/f/g/..."),
            ("//", "//"),
        ] {
            assert_eq!(shown_path(path, "us-east-1"), shown, "{path}");
        }
        let other = Method::from_bytes(b"PASSWORD").unwrap();
        assert_eq!(shown_method(&other), "*");
        assert_eq!(shown_method(&Method::TRACE), "TRACE");
    }
}
