//! `PUT /_poolhouse/import/<account>/<pool>/<job>`: takes the file of a job that imports users. Whoever has the URL that the job's
//! answers show may send it, as to the URL of Amazon S3 that Cognito shows; refusals are in the words and the form of Amazon S3.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use crate::api::{ErrorCode, Timestamp, UserImportJobStatusType};
use crate::auth::is_secret;
use crate::domain::import::{ENCRYPTION, ImportJob, MAX_FILE_BYTES, PIECE_BYTES};
use crate::error::{ApiError, Result};
use crate::http::body::{Body, declared_length};
use crate::http::exchange::Exchange;
use crate::http::{Shared, host};

const SERVER_SIDE_ENCRYPTION: HeaderName = HeaderName::from_static("x-amz-server-side-encryption");

/// The parameter of the query string that is checked. The others follow from the job.
#[derive(Default, Deserialize)]
struct Query {
    #[serde(rename = "X-Amz-Signature")]
    signature: String,
}

/// Answers with status 200 and no body when the whole file is on disk.
pub(super) async fn answer(
    shared: web::Data<Shared>,
    request: HttpRequest,
    body: web::Payload,
) -> HttpResponse {
    let respond =
        async |exchange: &Exchange, body: &mut Body| match take(&shared, exchange, &request, body)
            .await
        {
            Ok(()) => (HttpResponse::Ok().finish(), None),
            Err(error) => (refusal(&error), Some(error)),
        };
    let exchange = Exchange::at("UploadImportFile", &shared, &request);
    exchange.answer(body, respond).await
}

/// Takes the file.
///
/// # Errors
/// Those of an upload; see [`refusal`].
async fn take(
    shared: &Shared,
    exchange: &Exchange,
    request: &HttpRequest,
    body: &mut Body,
) -> Result<()> {
    host(request)?;
    let job = signed_job(shared, exchange, request).await?;
    let encryption = request.headers().get(SERVER_SIDE_ENCRYPTION);
    if encryption.is_none_or(|value| value != ENCRYPTION) {
        return Err(ApiError::unencrypted_upload());
    }
    let now = Timestamp::from(shared.ambient.now());
    if job.is_closed_to_uploads(now) {
        return Err(ApiError::upload_expired());
    }
    if job.state_at(now).status != UserImportJobStatusType::Created {
        return Err(ApiError::upload_too_late());
    }
    let length = declared_length(request).ok_or_else(ApiError::upload_without_length)?;
    if length > MAX_FILE_BYTES {
        return Err(ApiError::upload_too_large());
    }
    keep(shared, request, body, job).await
}

/// The job whose URL the request names, with its signature.
async fn signed_job(
    shared: &Shared,
    exchange: &Exchange,
    request: &HttpRequest,
) -> Result<ImportJob> {
    let part = |name| {
        request
            .match_info()
            .get(name)
            .unwrap_or_default()
            .to_owned()
    };
    let (account, pool, id) = (part("account"), part("pool"), part("job"));
    let found = shared.store.read(move |tx| tx.find_import_job(&id)).await?;
    let Some((job, of_pool, of_account)) = found else {
        return Err(ApiError::wrong_upload_signature("there is no such job"));
    };
    let query = web::Query::<Query>::from_query(request.query_string());
    let given = query.map(|query| query.into_inner().signature);
    let signature = job.upload_signature(&of_account, &of_pool);
    let is_signed = is_secret(signature, given.unwrap_or_default());
    if !is_signed || account != of_account.as_str() || pool != of_pool.as_str() {
        return Err(ApiError::wrong_upload_signature("the signature is wrong"));
    }
    exchange.seen.set_pool(&of_pool);
    Ok(job)
}

/// Writes the body, piece by piece, and makes it the job's file.
async fn keep(
    shared: &Shared,
    request: &HttpRequest,
    body: &mut Body,
    job: ImportJob,
) -> Result<()> {
    let store = &shared.store;
    let state = store.state();
    let begun = job.clone();
    let upload = store
        .write_in(state, move |tx| tx.begin_import_upload(&begun))
        .await?;
    let mut number = 0;
    while let Some(piece) = body.next_piece(request, PIECE_BYTES).await? {
        let job = job.clone();
        store
            .write_in(state, move |tx| {
                tx.put_import_piece(&job, upload, number, &piece)
            })
            .await?;
        number += 1;
    }
    store
        .write_in(state, move |tx| tx.finish_import_upload(&job, upload))
        .await
}

/// The errors of an upload, and what they are called in the form of Amazon S3.
const REFUSALS: [(ErrorCode, StatusCode, &str); 10] = [
    (
        ErrorCode::InvalidSignatureException,
        StatusCode::FORBIDDEN,
        "SignatureDoesNotMatch",
    ),
    (
        ErrorCode::AccessDeniedException,
        StatusCode::FORBIDDEN,
        "AccessDenied",
    ),
    (
        ErrorCode::InvalidParameterException,
        StatusCode::LENGTH_REQUIRED,
        "MissingContentLength",
    ),
    (
        ErrorCode::RequestEntityTooLargeException,
        StatusCode::BAD_REQUEST,
        "EntityTooLarge",
    ),
    (
        ErrorCode::PreconditionNotMetException,
        StatusCode::PRECONDITION_FAILED,
        "PreconditionFailed",
    ),
    (
        ErrorCode::ConcurrentModificationException,
        StatusCode::CONFLICT,
        "OperationAborted",
    ),
    (
        ErrorCode::RequestTimeoutException,
        StatusCode::BAD_REQUEST,
        "RequestTimeout",
    ),
    (
        ErrorCode::ThrottlingException,
        StatusCode::SERVICE_UNAVAILABLE,
        "SlowDown",
    ),
    (
        ErrorCode::SerializationException,
        StatusCode::BAD_REQUEST,
        "IncompleteBody",
    ),
    (
        ErrorCode::MalformedHttpRequestException,
        StatusCode::BAD_REQUEST,
        "InvalidRequest",
    ),
];

/// The refusal in the form of Amazon S3 (its API reference, "Error responses"). The messages are fixed sentences, without characters
/// that XML would change.
fn refusal(error: &ApiError) -> HttpResponse {
    let known = REFUSALS.iter().find(|(known, ..)| *known == error.code);
    let (status, code) = known.map_or(
        (StatusCode::INTERNAL_SERVER_ERROR, "InternalError"),
        |(_, status, code)| (*status, *code),
    );
    // Only a body that was cut off has no message.
    let message = error.message.as_deref().unwrap_or(
        "You did not provide the number of bytes specified by the Content-Length HTTP header",
    );
    let mut response = HttpResponse::build(status);
    if let Some(wait) = error.retry_after {
        response.insert_header((RETRY_AFTER, wait.as_secs()));
    }
    response.content_type("application/xml").body(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    ))
}
