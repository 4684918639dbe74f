//! The API's endpoint: target, signature, quota, input, grants, faults, operation, answer.
//!
//! The order of the checks is part of the behaviour: a request with several mistakes gets the error of the first check that
//! fails. The quota is taken as soon as caller and category are known, because a refusal for load must be cheap.

use actix_web::http::Method;
use actix_web::http::header::HeaderName;
use actix_web::{HttpRequest, HttpResponse, web};

use super::about;
use super::body::Body;
use super::exchange::{Answer, Exchange};
use super::header::text;
use super::one_state::in_one_state;
use super::protocol::Protocol;
use super::{Shared, cors, host, sigv4};
use crate::access::AccessKey;
use crate::api::{self, ErrorCode, MODEL_SOURCE, TARGET_PREFIX};
use crate::error::{ApiError, Result};
use crate::host::Host;
use crate::log::Check;
use crate::operations::Entry;

const TARGET: HeaderName = HeaderName::from_static("x-amz-target");

/// The longest name of an unknown operation that the log shows.
const MAX_OPERATION: usize = 64;

/// Verbs that names of AWS operations begin with, besides those of this model.
const VERBS: [&str; 20] = [
    "Apply", "Attach", "Batch", "Cancel", "Check", "Copy", "Detach", "Disable", "Enable", "Export",
    "Import", "Put", "Register", "Remove", "Restore", "Rotate", "Search", "Send", "Test",
    "Validate",
];

/// Adds the path of the API.
pub(super) fn routes(service: &mut web::ServiceConfig) {
    service.route("/", web::to(answer));
}

/// Answers every request that no other path takes.
pub(super) async fn answer(
    shared: web::Data<Shared>,
    request: HttpRequest,
    body: web::Payload,
) -> HttpResponse {
    let exchange = Exchange::begin(&shared, &request);
    let respond = async |exchange: &Exchange, body: &mut Body| {
        respond(&shared, exchange, &request, body).await
    };
    exchange.answer(body, respond).await
}

async fn respond(
    shared: &Shared,
    exchange: &Exchange,
    request: &HttpRequest,
    body: &mut Body,
) -> Answer {
    let headers = request.headers();
    let host = match host(request) {
        Ok(host) => host,
        Err(error) => return (Protocol::Json11.error(&error), Some(error)),
    };
    let at_root = request.path() == "/";
    if at_root && *request.method() == Method::OPTIONS {
        exchange.names("preflight", None);
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
    exchange.seen.begins(Check::Target);
    let entry = target(shared, exchange, request, protocol);
    if let Ok(entry) = &entry {
        exchange.seen.set_operation(entry.model.name);
        if entry.model.signed {
            exchange.seen.begins(Check::Audience);
            if let Err(error) = shared.audience.admit(&host, headers) {
                return (protocol.error(&error), Some(error));
            }
        }
    }
    let answer = match entry {
        Ok(entry) => call(shared, exchange, entry, request, host, body).await,
        Err(error) => Err(error),
    };
    let (mut response, error) = match answer {
        Ok(answer) => (protocol.answer(answer), None),
        Err(error) => (protocol.error(&error), Some(error)),
    };
    cors::share_with_origin(headers, &mut response);
    (response, error)
}

/// Reads the body, checks the signature and runs the operation. Returns the body of the answer.
async fn call(
    shared: &Shared,
    exchange: &Exchange,
    entry: &Entry,
    request: &HttpRequest,
    host: Host,
    body: &mut Body,
) -> Result<Vec<u8>> {
    let (key, body) = if entry.model.signed {
        let (key, body) = read_signed(shared, exchange, request, body).await?;
        (Some(key), body)
    } else {
        exchange.seen.begins(Check::Body);
        (None, body.read(request, shared.max_body_bytes).await?)
    };
    let answer = serve(shared, exchange, entry, key, host, &body).await;
    answer.map_err(|error| error.declared_by(entry.model.errors))
}

/// Takes from the quota, checks the input and the grants, then runs the operation.
async fn serve(
    shared: &Shared,
    exchange: &Exchange,
    entry: &Entry,
    key: Option<&AccessKey>,
    host: Host,
    body: &[u8],
) -> Result<Vec<u8>> {
    let operation = entry.model.name;
    let account = key.map_or(&shared.account, |key| &key.account);
    if let Some(limits) = &shared.limits {
        exchange.seen.begins(Check::Quota);
        limits.take(account, entry.counts_as(body))?;
    }
    exchange.seen.begins(Check::Input);
    let call = entry.prepare(body)?;
    let pool = call.pool.as_ref();
    if let Some(pool) = pool.filter(|pool| *pool.region() == *shared.region) {
        exchange.seen.set_pool(pool);
    }
    if let Some(key) = key {
        exchange.seen.begins(Check::Grant);
        let action = format_args!("cognito-idp:{operation}");
        key.authorize(action, call.pool.as_ref(), &shared.region)?;
    }
    if let Some((limits, pool)) = shared.limits.as_ref().zip(call.pool.as_ref()) {
        exchange.seen.begins(Check::PoolQuota);
        limits.take_for_pool(entry.category, operation, pool)?;
    }
    if shared.faults.may_strike() {
        let pool = about::pool(shared, pool, body).await;
        exchange.suffer(pool.as_ref()).await?;
    }
    exchange.seen.begins(Check::Operation);
    let mut first = Some(call);
    let run = async || {
        let call = first.take().map_or_else(|| entry.prepare(body), Ok)?;
        let cx = shared.context(exchange, account.clone(), host.clone(), entry.category);
        call.run(cx).await
    };
    let answer = in_one_state(&shared.store, shared.store.state(), run).await;
    answer.unwrap_or_else(|| Err(ApiError::snapshot_restored()))
}

/// The access key that signed the request, and the body. The checks that need no body come first, so that the server does not
/// wait for an unsigned body.
pub(super) async fn read_signed<'s>(
    shared: &'s Shared,
    exchange: &Exchange,
    request: &HttpRequest,
    body: &mut Body,
) -> Result<(&'s AccessKey, web::Bytes)> {
    let claim = claim(shared, exchange, request)?;
    let body = body.read(request, shared.max_body_bytes).await?;
    Ok((claim.prove(&body)?, body))
}

/// Who claims to have signed the request, after all checks that need no body.
///
/// # Errors
/// Those of a signature.
pub(super) fn claim<'r, 's>(
    shared: &'s Shared,
    exchange: &Exchange,
    request: &'r HttpRequest,
) -> Result<sigv4::Claim<'r, 's>> {
    let signed = sigv4::Signed {
        method: request.method().as_str(),
        path: request.path(),
        query: request.query_string(),
        headers: request.headers(),
    };
    exchange.seen.begins(Check::Signature);
    // The key is logged even if somebody else tries to use it.
    if let Some(key) = sigv4::named_key(request.headers(), &shared.keys) {
        exchange.seen.set_key(&key.id);
    }
    sigv4::check(signed, &shared.keys, &shared.region, exchange.now)
}

/// The operation in the header `X-Amz-Target`.
fn target<'s>(
    shared: &'s Shared,
    exchange: &Exchange,
    request: &HttpRequest,
    protocol: Protocol,
) -> Result<&'s Entry> {
    let unknown =
        |reason: &str| ApiError::bare(ErrorCode::UnknownOperationException).because(reason);
    if protocol == Protocol::Unknown {
        return Err(unknown(if request.path() != "/" {
            "there is no such path"
        } else if *request.method() != Method::POST {
            "operations are called by POST"
        } else {
            "the content type is not JSON"
        }));
    }
    let Some(target) = text(request.headers(), &TARGET) else {
        return Err(unknown("the header X-Amz-Target is missing"));
    };
    let name = target
        .strip_prefix(TARGET_PREFIX)
        .and_then(|rest| rest.strip_prefix('.'));
    let Some(name) = name else {
        return Err(unknown("the target is of another service"));
    };
    if let Some(entry) = shared.table.find(name) {
        return Ok(entry);
    }
    if !has_the_form_of_an_operation(name) {
        return Err(unknown("the target names no operation"));
    }
    exchange.names("unknown", Some(name.to_owned()));
    Err(
        ApiError::bare(ErrorCode::UnknownOperationException).because(format_args!(
            "the API's model, that of {MODEL_SOURCE}, has no operation of this name"
        )),
    )
}

/// Whether the name could be an operation of a newer model: a verb, then words in capitals. Only such names are logged, because
/// a header can hold anything, even a password.
fn has_the_form_of_an_operation(name: &str) -> bool {
    let end = name
        .char_indices()
        .skip(1)
        .find_map(|(at, char)| char.is_ascii_uppercase().then_some(at));
    let verb = end.and_then(|end| name.get(..end)).unwrap_or_default();
    let known = || {
        api::OPERATIONS.iter().any(|model| {
            let rest = model.name.strip_prefix(verb);
            rest.is_some_and(|rest| rest.starts_with(|next: char| next.is_ascii_uppercase()))
        })
    };
    (8..=MAX_OPERATION).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphabetic())
        && !verb.is_empty()
        && (VERBS.contains(&verb) || known())
}
