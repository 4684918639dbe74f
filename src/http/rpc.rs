//! The way of a request: target, signature, quota, input, grants, operation, and back to the wire with one log line.
//!
//! The order of the checks is behaviour: it decides which error a request with several mistakes gets. The quota comes as
//! soon as caller and category are known, since shedding load must cost little.

use std::sync::Arc;
use std::time::Duration;

use actix_web::body::{self, BodyStream};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::protocol::Protocol;
use super::{Shared, cors, host, sigv4};
use crate::access::AccessKey;
use crate::api::{ErrorCode, Timestamp};
use crate::error::{ApiError, Result};
use crate::host::Host;
use crate::ids::UserPoolId;
use crate::log::RequestLine;
use crate::operations::{Cx, Entry};

const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const TARGET_PREFIX: &str = "AWSCognitoIdentityProviderService.";
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// How long the rest of a body that is too large or too late is held.
const LINGER: Duration = Duration::from_secs(1);

/// What the log tells of a request, gathered on its way.
struct Seen {
    request_id: Arc<str>,
    operation: Option<&'static str>,
    pool: Option<UserPoolId>,
    key_id: Option<String>,
}

impl Seen {
    fn new(request_id: Uuid) -> Self {
        let mut text = Uuid::encode_buffer();
        Self {
            request_id: (&*request_id.hyphenated().encode_lower(&mut text)).into(),
            operation: None,
            pool: None,
            key_id: None,
        }
    }
}

/// Answers any request that is not for a control endpoint.
pub(super) async fn answer(
    shared: web::Data<Shared>,
    request: HttpRequest,
    mut body: web::Payload,
) -> HttpResponse {
    let started = shared.ambient.elapsed();
    let mut seen = Seen::new(shared.ambient.uuid());
    let (mut response, error) = respond(&shared, &request, &mut body, &mut seen).await;
    if [StatusCode::PAYLOAD_TOO_LARGE, StatusCode::REQUEST_TIMEOUT].contains(&response.status()) {
        // The server would read on to the end of a body that was let go of, and this one may never end. Held until the
        // answer is out, it makes the server close the connection instead.
        actix_web::rt::spawn(async move {
            actix_web::rt::time::sleep(LINGER).await;
            drop(body);
        });
    }
    if let Ok(id) = HeaderValue::from_str(&seen.request_id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    RequestLine {
        request_id: &seen.request_id,
        operation: seen.operation,
        pool: seen.pool.as_ref(),
        access_key_id: seen.key_id.as_deref(),
        status: response.status().as_u16(),
        error: error.as_ref(),
        duration: shared.ambient.elapsed().saturating_sub(started),
    }
    .write();
    response
}

async fn respond(
    shared: &Shared,
    request: &HttpRequest,
    body: &mut web::Payload,
    seen: &mut Seen,
) -> (HttpResponse, Option<ApiError>) {
    let headers = request.headers();
    let host = match host(request) {
        Ok(host) => host,
        Err(error) => return (Protocol::Json11.error(&error), Some(error)),
    };
    let at_root = request.path() == "/";
    if at_root && *request.method() == Method::OPTIONS {
        return match shared.audience.preflight(&host, headers) {
            Ok(response) => (response, None),
            Err(error) => (Protocol::Json11.error(&error), Some(error)),
        };
    }
    let protocol = if at_root && *request.method() == Method::POST {
        Protocol::of(headers)
    } else {
        Protocol::Unknown
    };
    let entry = target(shared, request, protocol);
    if let Ok(entry) = &entry
        && entry.model.signed
        && let Err(error) = shared.audience.admit(&host, headers)
    {
        seen.operation = Some(entry.model.name);
        return (protocol.error(&error), Some(error));
    }
    let answer = match entry {
        Ok(entry) => call(shared, entry, request, host, body, seen).await,
        Err(error) => Err(error),
    };
    let (mut response, error) = match answer {
        Ok(answer) => (protocol.answer(answer), None),
        Err(error) => (protocol.error(&error), Some(error)),
    };
    cors::share_with_origin(headers, &mut response);
    (response, error)
}

/// Everything between a request's headers and the body of its answer.
async fn call(
    shared: &Shared,
    entry: &Entry,
    request: &HttpRequest,
    host: Host,
    body: &mut web::Payload,
    seen: &mut Seen,
) -> Result<Vec<u8>> {
    seen.operation = Some(entry.model.name);
    let body = read(body, shared).await?;
    let answer = serve(shared, entry, request, host, &body, seen).await;
    answer.map_err(|error| error.declared_by(entry.model.errors))
}

/// Who calls, may it be now, what is asked, may it be asked: then the operation runs.
async fn serve(
    shared: &Shared,
    entry: &Entry,
    request: &HttpRequest,
    host: Host,
    body: &[u8],
    seen: &mut Seen,
) -> Result<Vec<u8>> {
    let (operation, now) = (entry.model.name, shared.ambient.now());
    let key = entry
        .model
        .signed
        .then(|| signer(shared, request, body, now));
    let key = key.transpose()?;
    seen.key_id = key.map(|key| key.id.clone());
    let account = Arc::clone(key.map_or(&shared.account, |key| &key.account));
    if let Some(limits) = &shared.limits {
        limits.take(&account, entry.counts_as(body))?;
    }
    let call = entry.prepare(body)?;
    // Only what can be a pool of this server: secrets have the form of ids elsewhere.
    let named = call.pool.as_ref();
    seen.pool = named
        .filter(|pool| *pool.region() == *shared.region)
        .cloned();
    if let Some(key) = key {
        let action = format_args!("cognito-idp:{operation}");
        key.authorize(action, call.pool.as_ref(), &shared.region)?;
    }
    if let Some((limits, pool)) = shared.limits.as_ref().zip(call.pool.as_ref()) {
        limits.take_for_pool(entry.category, operation, pool)?;
    }
    let cx = Cx {
        store: Arc::clone(&shared.store),
        operation: entry.model,
        account,
        now: Timestamp::from(now),
        region: Arc::clone(&shared.region),
        ambient: shared.ambient.clone(),
        request_id: Arc::clone(&seen.request_id),
        client_ip: request.peer_addr().map(|address| address.ip()),
        host,
        issuer: Arc::clone(&shared.issuer),
        key_ring: Arc::clone(&shared.key_ring),
        category: entry.category,
        limits: shared.limits.clone(),
    };
    call.run(cx).await
}

/// The access key that signed the request.
pub(super) fn signer<'s>(
    shared: &'s Shared,
    request: &HttpRequest,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<&'s AccessKey> {
    let signed = sigv4::Signed {
        method: request.method().as_str(),
        path: request.path(),
        query: request.query_string(),
        headers: request.headers(),
        body,
    };
    sigv4::verify(&signed, &shared.keys, &shared.region, now)
}

/// The operation that the request's target names.
fn target<'s>(shared: &'s Shared, request: &HttpRequest, protocol: Protocol) -> Result<&'s Entry> {
    let unknown =
        |reason: &str| ApiError::bare(ErrorCode::UnknownOperationException).because(reason);
    if protocol == Protocol::Unknown {
        return Err(unknown("method, path or content type"));
    }
    let target = request
        .headers()
        .get(TARGET)
        .and_then(|value| value.to_str().ok());
    target
        .and_then(|target| target.strip_prefix(TARGET_PREFIX))
        .and_then(|name| shared.table.find(name))
        .ok_or_else(|| unknown("missing or unknown target"))
}

/// The whole body, if it is not larger than it may be and arrives in time.
async fn read(body: &mut web::Payload, shared: &Shared) -> Result<web::Bytes> {
    let limit = shared.max_body_bytes;
    let whole = body::to_bytes_limited(BodyStream::new(body), limit);
    match actix_web::rt::time::timeout(shared.body_time, whole).await {
        Ok(Ok(Ok(bytes))) => Ok(bytes),
        Ok(Ok(Err(broken))) => {
            Err(ApiError::bare(ErrorCode::SerializationException).because(broken))
        }
        Err(_) => Err(ApiError::new(
            ErrorCode::RequestTimeoutException,
            "The request body did not arrive in time.",
        )),
        Ok(Err(_)) => Err(ApiError::new(
            ErrorCode::RequestEntityTooLargeException,
            format!("The request body must not be larger than {limit} bytes."),
        )),
    }
}
