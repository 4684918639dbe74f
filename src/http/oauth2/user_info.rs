//! `GET /oauth2/userInfo`, and `POST`, which OpenID Connect Core 1.0 section 5.3.1 asks for.

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::answers::{fault, json as in_json};
use super::site::Site;
use crate::context::Cx;
use crate::error::ApiError;
use crate::http::Shared;
use crate::http::exchange::{Answer, Exchange};
use crate::http::header::text;
use crate::http::one_state::in_one_state;
use crate::oauth2::{PoolDomain, UserInfoError, shown_token, user_info};
use crate::quotas::Category;
use crate::store::ReadTx;

/// What the service says to a request without a token.
const NO_TOKEN: &str = "Bad OAuth2 request at UserInfo Endpoint";

/// What it says of a token that does not count.
const INVALID_TOKEN: &str =
    "Access token is expired, disabled, or deleted, or the user has globally signed out.";

/// What it says of a token that is not for it.
const NO_OPENID: &str = "Access token does not contain openid scope";

pub(super) async fn answer(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let exchange = Exchange::at("userInfo", &shared, &request);
    let run = async || respond(&shared, &exchange, &request).await;
    let answer = in_one_state(&shared.store, shared.store.state(), run).await;
    let (response, error) = answer.unwrap_or_else(|| fault(ApiError::snapshot_restored()));
    exchange.end(response, error)
}

async fn respond(shared: &Shared, exchange: &Exchange, request: &HttpRequest) -> Answer {
    let token = shown_token(text(request.headers(), &AUTHORIZATION));
    let pool = token.as_ref().ok().map(|token| token.pool().clone());
    let read = move |cx: &Cx, _: &PoolDomain, tx: &ReadTx<'_>| {
        let pool = pool.as_ref();
        Ok(pool.map(|pool| cx.verifying_keys(tx, pool)).transpose())
    };
    let entered = Site::enter(shared, exchange, request, Category::UserRead, read).await;
    let (site, cx, keys) = match entered {
        Ok(entered) => entered,
        Err(error) => return fault(error),
    };
    let told = async {
        let (token, keys) = (token?, keys?);
        let keys = keys.ok_or_else(|| ApiError::internal("no keys were read"))?;
        user_info(&cx, &site.domain, token, keys).await
    };
    match told.await {
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
