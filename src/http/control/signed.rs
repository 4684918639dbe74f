//! The door of the control endpoints that need an access key: who signed the request, and what the key is granted.

use std::fs::File;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::copied::{self, Copied};
use crate::access::AccessKey;
use crate::api::ErrorCode;
use crate::error::{ApiError, Result};
use crate::http::body::Body;
use crate::http::exchange::Exchange;
use crate::http::protocol::Protocol;
use crate::http::rpc::{claim, read_signed};
use crate::http::{Shared, host};

/// A request that was signed with an access key of this server.
pub(super) struct Call<'a> {
    pub(super) shared: &'a Shared,
    pub(super) exchange: &'a Exchange,
    pub(super) request: &'a HttpRequest,
    pub(super) key: &'a AccessKey,
    body: web::Bytes,
}

/// Answers a request of the endpoint `name`, if it is signed, with what `work` makes of it as JSON, or with an error in the words of
/// AWS's front ends.
pub(super) async fn answer<T: Serialize>(
    name: &'static str,
    shared: web::Data<Shared>,
    request: HttpRequest,
    body: web::Payload,
    work: impl AsyncFnOnce(&Call<'_>) -> Result<T>,
) -> HttpResponse {
    respond(name, shared, request, body, async |call| {
        work(call).await.map(|done| HttpResponse::Ok().json(done))
    })
    .await
}

/// The same for work that makes the response itself.
pub(super) async fn respond(
    name: &'static str,
    shared: web::Data<Shared>,
    request: HttpRequest,
    body: web::Payload,
    work: impl AsyncFnOnce(&Call<'_>) -> Result<HttpResponse>,
) -> HttpResponse {
    let respond = async |exchange: &Exchange, body: &mut Body| {
        told(match admit(&shared, exchange, &request, body).await {
            Ok(call) => work(&call).await,
            Err(error) => Err(error),
        })
    };
    let exchange = Exchange::at(name, &shared, &request);
    exchange.answer(body, respond).await
}

/// The same as [`answer`] for a body that may be larger than others, and that is read only if the caller `may` do this. `work` gets
/// it as a file without a name. If it is larger than other bodies may be, the header `X-Amz-Content-Sha256` has to declare its
/// hash, so that the signature is known to be right before much is read.
pub(super) async fn take<T: Serialize>(
    name: &'static str,
    shared: web::Data<Shared>,
    request: HttpRequest,
    body: web::Payload,
    may: impl FnOnce(&Call<'_>) -> Result<()>,
    work: impl AsyncFnOnce(&Call<'_>, File) -> Result<T>,
) -> HttpResponse {
    let respond = async |exchange: &Exchange, body: &mut Body| {
        let done = match receive(&shared, exchange, &request, body, may).await {
            Ok((call, file)) => work(&call, file).await,
            Err(error) => Err(error),
        };
        told(done.map(|done| HttpResponse::Ok().json(done)))
    };
    let exchange = Exchange::at(name, &shared, &request);
    exchange.answer(body, respond).await
}

/// The response to what was done, or an error in the words of AWS's front ends, which goes to the log as well.
fn told(done: Result<HttpResponse>) -> (HttpResponse, Option<ApiError>) {
    match done {
        Ok(response) => (response, None),
        Err(error) => (Protocol::Json11.error(&error), Some(error)),
    }
}

/// Checks who signed the request and whether the caller `may` do this, and copies the body to a file.
///
/// # Errors
/// Those of any signed operation, and of `may`.
async fn receive<'a>(
    shared: &'a Shared,
    exchange: &'a Exchange,
    request: &'a HttpRequest,
    body: &mut Body,
    may: impl FnOnce(&Call<'_>) -> Result<()>,
) -> Result<(Call<'a>, File)> {
    shared.audience.admit(&host(request)?, request.headers())?;
    let claim = claim(shared, exchange, request)?;
    let call = |key| Call {
        shared,
        exchange,
        request,
        key,
        body: web::Bytes::new(),
    };
    let Some(key) = claim.proved() else {
        let whole = body.read(request, shared.max_body_bytes).await?;
        let call = call(claim.prove(&whole)?);
        may(&call)?;
        let (file, _) = Copied::begin()?.add(whole.to_vec()).await?.finish();
        return Ok((call, file));
    };
    let call = call(key);
    may(&call)?;
    let (file, hash) = copied::whole(request, body).await?;
    claim.prove_hash(hash)?;
    Ok((call, file))
}

/// Checks who signed the request.
///
/// # Errors
/// Those of any signed operation.
pub(super) async fn admit<'a>(
    shared: &'a Shared,
    exchange: &'a Exchange,
    request: &'a HttpRequest,
    body: &mut Body,
) -> Result<Call<'a>> {
    shared.audience.admit(&host(request)?, request.headers())?;
    let (key, body) = read_signed(shared, exchange, request, body).await?;
    Ok(Call {
        shared,
        exchange,
        request,
        key,
        body,
    })
}

impl Call<'_> {
    /// The parameters of the query string.
    ///
    /// # Errors
    /// `InvalidParameterException` when they cannot be read.
    pub(super) fn query<Q: DeserializeOwned>(&self) -> Result<Q> {
        let query = web::Query::<Q>::from_query(self.request.query_string()).map_err(|why| {
            ApiError::invalid_parameter(format!("Query string: {why}"))
                .because("the query string cannot be read")
        })?;
        Ok(query.into_inner())
    }

    /// The body, which is JSON.
    ///
    /// # Errors
    /// `InvalidParameterException` when it cannot be read.
    pub(super) fn body<B: DeserializeOwned>(&self) -> Result<B> {
        serde_json::from_slice(&self.body).map_err(|why| {
            ApiError::invalid_parameter(format!("Body: {why}")).because("the body cannot be read")
        })
    }

    /// Checks that the caller may do something with the whole server: the key is granted `action` on all pools, and is one of the
    /// administrator's account, since the server is everybody's.
    ///
    /// # Errors
    /// `AccessDeniedException`.
    pub(super) fn authorize_for_server(&self, action: &'static str) -> Result<()> {
        self.key.authorize(action, None, &self.shared.region)?;
        if self.key.account == self.shared.account {
            return Ok(());
        }
        Err(ApiError::new(
            ErrorCode::AccessDeniedException,
            format!(
                "{action} is about the whole server, and is allowed to access keys of account {} alone.",
                self.shared.account
            ),
        )
        .because("the key is not of the administrator's account"))
    }

    /// The same for something that only tests need, and that would break a server that people rely on.
    ///
    /// # Errors
    /// `AccessDeniedException`, also if the settings do not allow such things.
    pub(super) fn authorize_for_tests(&self, action: &'static str) -> Result<()> {
        self.authorize_for_server(action)?;
        if self.shared.test_controls {
            return Ok(());
        }
        Err(ApiError::new(
            ErrorCode::AccessDeniedException,
            format!(
                "{action} is for tests, and off on this server. Set test_controls (POOLHOUSE_TEST_CONTROLS) to on to allow it."
            ),
        )
        .because("the setting test_controls does not allow it"))
    }
}
