//! `GET /oauth2/userInfo`, and `POST`, which OpenID Connect Core 1.0 section 5.3.1 asks for.

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::answers::{fault, json as in_json};
use super::site::Site;
use crate::error::ApiError;
use crate::http::Shared;
use crate::http::exchange::{Answer, Exchange};
use crate::http::header::text;
use crate::oauth2::{UserInfoError, user_info};
use crate::quotas::Category;

/// What the service says to a request without a token.
const NO_TOKEN: &str = "Bad OAuth2 request at UserInfo Endpoint";

/// What it says of a token that does not count.
const INVALID_TOKEN: &str =
    "Access token is expired, disabled, or deleted, or the user has globally signed out.";

/// What it says of a token that is not for it.
const NO_OPENID: &str = "Access token does not contain openid scope";

pub(super) async fn answer(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let exchange = Exchange::at("userInfo", &shared, &request);
    let (response, error) = respond(&shared, &exchange, &request).await;
    exchange.end(response, error)
}

async fn respond(shared: &Shared, exchange: &Exchange, request: &HttpRequest) -> Answer {
    let entered = Site::enter(shared, exchange, request, Category::UserRead).await;
    let (site, cx) = match entered {
        Ok(entered) => entered,
        Err(error) => return fault(error),
    };
    let authorization = text(request.headers(), &AUTHORIZATION);
    match user_info(&cx, &site.domain, authorization).await {
        Ok(told) => (in_json(exchange, StatusCode::OK, &told), None),
        Err(UserInfoError::NoToken(error)) => {
            let status = StatusCode::BAD_REQUEST;
            refused(exchange, status, "invalid_request", NO_TOKEN, error)
        }
        Err(UserInfoError::InvalidToken(error)) => {
            let status = StatusCode::UNAUTHORIZED;
            refused(exchange, status, "invalid_token", INVALID_TOKEN, error)
        }
        Err(UserInfoError::NoOpenid(error)) => {
            let status = StatusCode::UNAUTHORIZED;
            refused(exchange, status, "invalid_token", NO_OPENID, error)
        }
        Err(UserInfoError::Fault(error)) => fault(error),
    }
}

/// A refusal, in the body and in `WWW-Authenticate`: in the service's form, which has no scheme before `error`.
fn refused(
    exchange: &Exchange,
    status: StatusCode,
    word: &str,
    description: &str,
    error: ApiError,
) -> Answer {
    let body = json!({"error": word, "error_description": description});
    let mut response = in_json(exchange, status, &body);
    let challenge = format!("error=\"{word}\", error_description=\"{description}\"");
    if let Ok(challenge) = HeaderValue::from_str(&challenge) {
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    (response, Some(error))
}
