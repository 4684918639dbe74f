//! The door of the control endpoints that need an access key: who signed the request, and what the key is granted.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::access::AccessKey;
use crate::api::ErrorCode;
use crate::error::{ApiError, Result};
use crate::http::body::Body;
use crate::http::exchange::Exchange;
use crate::http::protocol::Protocol;
use crate::http::rpc::read_signed;
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
    let respond = async |exchange: &Exchange, body: &mut Body| {
        let done = match admit(&shared, exchange, &request, body).await {
            Ok(call) => work(&call).await,
            Err(error) => Err(error),
        };
        match done {
            Ok(done) => (HttpResponse::Ok().json(done), None),
            Err(error) => (Protocol::Json11.error(&error), Some(error)),
        }
    };
    let exchange = Exchange::at(name, &shared, &request);
    exchange.answer(body, respond).await
}

/// Checks who signed the request.
///
/// # Errors
/// Those of any signed operation.
async fn admit<'a>(
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
