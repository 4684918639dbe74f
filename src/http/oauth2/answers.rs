//! The forms of answers: redirects, JSON, and what keeps both out of caches.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS, CACHE_CONTROL, CONTENT_TYPE,
    HeaderName, HeaderValue, LOCATION, REFERRER_POLICY,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde::Serialize;
use serde_json::json;

use super::site::Site;
use crate::api::ErrorCode;
use crate::error::ApiError;
use crate::http::exchange::{Answer, Exchange};
use crate::ids::ClientId;
use crate::oauth2::{OAuthError, PageError, Refusal, Word};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-cognito-request-id");

/// What the service sends with every answer in JSON (AWS's guide "userInfo endpoint", and a recorded answer of the token endpoint).
const HEADERS: [(&str, &str); 6] = [
    (
        "cache-control",
        "no-cache, no-store, max-age=0, must-revalidate",
    ),
    ("pragma", "no-cache"),
    ("expires", "0"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("x-xss-protection", "1; mode=block"),
];

/// A redirect (302) to this address, which no cache keeps and no page is told of.
pub(in crate::http) fn redirect(location: &str) -> Answer {
    let Ok(location) = HeaderValue::from_bytes(location.as_bytes()) else {
        return fault(ApiError::internal("an address is none of a header"));
    };
    let response = HttpResponse::Found()
        .insert_header((LOCATION, location))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .finish();
    (response, None)
}

/// The answer to a browser whose request is refused: the error page, or the app.
pub(in crate::http) fn refused(site: &Site, refusal: Refusal) -> Answer {
    let (response, error) = match &refusal {
        Refusal::Page(error, client) => to_error_page(site, *error, client.as_ref()),
        Refusal::Stray(_) => to_error_page(site, PageError::SomethingWentWrong, None),
        Refusal::App(location, _) => redirect(location),
        Refusal::Fault(error) => (status_of(error).finish(), None),
    };
    (response, error.or(Some(refusal.logged())))
}

fn to_error_page(site: &Site, error: PageError, client: Option<&ClientId>) -> Answer {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("error", error.words());
    if let Some(client) = client {
        query.append_pair("client_id", client.as_str());
    }
    redirect(&format!("{}?{}", site.path("/error"), query.finish()))
}

/// The answer to a browser when the server fails, when a quota is used up, or when there is no such domain.
pub(in crate::http) fn fault(error: ApiError) -> Answer {
    let message = error.message.as_deref().unwrap_or_default().to_owned();
    let mut response = status_of(&error);
    let response = response
        .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(message);
    (response, Some(error))
}

/// The answer with the status of an error.
pub(in crate::http) fn status_of(error: &ApiError) -> HttpResponseBuilder {
    let code = error.code;
    let throttled =
        code == ErrorCode::TooManyRequestsException || code == ErrorCode::ThrottlingException;
    HttpResponse::build(if throttled {
        StatusCode::TOO_MANY_REQUESTS
    } else if code == ErrorCode::ResourceNotFoundException {
        StatusCode::NOT_FOUND
    } else {
        StatusCode::from_u16(code.http_status()).unwrap_or(StatusCode::BAD_REQUEST)
    })
}

/// An answer in JSON.
pub(super) fn json(exchange: &Exchange, status: StatusCode, body: &impl Serialize) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    let response = response.insert_header((CONTENT_TYPE, "application/json;charset=UTF-8"));
    match serde_json::to_vec(body) {
        Ok(body) => with_headers(exchange, response.body(body)),
        Err(_) => with_headers(exchange, HttpResponse::InternalServerError().finish()),
    }
}

/// An answer without a body.
pub(super) fn empty(exchange: &Exchange) -> HttpResponse {
    with_headers(exchange, HttpResponse::Ok().finish())
}

/// A refusal in JSON. `of_client` is the status of `invalid_client`, which endpoints do not agree about.
pub(super) fn error(
    exchange: &Exchange,
    error: &OAuthError,
    of_client: StatusCode,
) -> HttpResponse {
    let status = match error.word {
        Word::InvalidClient => of_client,
        Word::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
        Word::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        Word::InvalidRequest
        | Word::InvalidGrant
        | Word::InvalidScope
        | Word::UnauthorizedClient
        | Word::UnsupportedGrantType
        | Word::UnsupportedTokenType
        | Word::LoginRequired
        | Word::OfProvider(_) => StatusCode::BAD_REQUEST,
    };
    let body = match &error.description {
        Some(text) => json!({"error": error.word.as_str(), "error_description": text}),
        None => json!({"error": error.word.as_str()}),
    };
    json(exchange, status, &body)
}

fn with_headers(exchange: &Exchange, mut response: HttpResponse) -> HttpResponse {
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    if let Ok(id) = HeaderValue::from_str(&exchange.seen.request_id().to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

/// The answer to a preflight request: every origin may call the endpoint, with the headers that it asks for.
pub(super) fn preflight(request: &HttpRequest) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .insert_header((ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"))
        .insert_header((ACCESS_CONTROL_MAX_AGE, "172800"));
    if let Some(asked) = request.headers().get(ACCESS_CONTROL_REQUEST_HEADERS) {
        response.insert_header((ACCESS_CONTROL_ALLOW_HEADERS, asked.clone()));
    }
    response.finish()
}
