//! `GET /_poolhouse/metrics`: what the server has counted, as OpenMetrics. The caller signs with an access key that is granted the
//! action `poolhouse:ReadMetrics`, or shows the token of the settings as a bearer token (RFC 6750), as Prometheus does. Requests of this
//! endpoint are not among those that are shown.

mod exposition;
mod families;

use actix_web::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse, web};

use super::signed;
use crate::access::READ_METRICS;
use crate::api::ErrorCode;
use crate::auth::is_secret;
use crate::error::{ApiError, Result};
use crate::http::body::Body;
use crate::http::exchange::Exchange;
use crate::http::header::text;
use crate::http::protocol::Protocol;
use crate::http::{Shared, host};

/// Answers with all metrics.
pub(super) async fn answer(
    shared: web::Data<Shared>,
    request: HttpRequest,
    body: web::Payload,
) -> HttpResponse {
    let bearer = text(request.headers(), &AUTHORIZATION).and_then(token);
    let respond = async |exchange: &Exchange, body: &mut Body| {
        let admitted = match bearer {
            Some(token) => host(&request).and_then(|_| admit(&shared, token)),
            None => signed::admit(&shared, exchange, &request, body)
                .await
                .and_then(|call| call.authorize_for_server(READ_METRICS)),
        };
        let found = match admitted {
            Ok(()) => {
                exchange.seen.hide();
                families::all(&shared).await.and_then(exposition::text)
            }
            Err(error) => Err(error),
        };
        match found {
            Ok(text) => (shown(text), None),
            Err(error) => (refused(bearer.is_some(), &error), Some(error)),
        }
    };
    let exchange = Exchange::at("ReadMetrics", &shared, &request);
    exchange.answer(body, respond).await
}

fn shown(text: String) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.content_type(exposition::CONTENT_TYPE).body(text)
}

/// The answer to a request that is refused. A wrong token gets what RFC 6750 section 3 asks for.
fn refused(by_token: bool, error: &ApiError) -> HttpResponse {
    if by_token && error.code == ErrorCode::NotAuthorizedException {
        let mut response = HttpResponse::Unauthorized();
        return response
            .insert_header((WWW_AUTHENTICATE, "Bearer"))
            .finish();
    }
    Protocol::Json11.error(error)
}

/// The token in a header `Authorization` of the scheme `Bearer`, whose letter case does not count.
fn token(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("Bearer")
        .then_some(token.trim())
}

/// # Errors
/// `NotAuthorizedException` if it is not the token of the settings, or they have none.
fn admit(shared: &Shared, token: &str) -> Result<()> {
    let own = shared.metrics_token.as_ref();
    if own.is_some_and(|own| is_secret(own.expose(), token)) {
        return Ok(());
    }
    Err(
        ApiError::not_authorized("The token is not that of metrics.token.")
            .because("the bearer token is wrong, or metrics.token is not set"),
    )
}
