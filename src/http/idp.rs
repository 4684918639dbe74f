//! The endpoints of pools' fake identity providers, below `/_poolhouse/idp/<pool>`. They are there where what only tests need is allowed.
//! Its page is one of [`super::pages`].

use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde_json::json;

use super::body::Body;
use super::exchange::{Exchange, get, resource};
use super::header::text;
use super::{Shared, host};
use crate::api::ErrorCode;
use crate::error::{ApiError, Result};
use crate::idp::FakeProvider;
use crate::ids::UserPoolId;
use crate::oauth2::Form;
use crate::quotas::Category;

/// What the paths begin with.
pub(super) const SCOPE: &str = "/_poolhouse/idp/{pool}";

/// Adds the paths but that of the page.
pub(super) fn routes(service: &mut web::ServiceConfig) {
    service
        .service(get("/.well-known/openid-configuration", discovery))
        .service(get("/jwks", jwks))
        .service(resource("/token", "POST", [web::post().to(token)]))
        .service(resource(
            "/userinfo",
            "GET, POST",
            [web::get().to(user_info), web::post().to(user_info)],
        ));
}

/// The fake identity provider of the pool that the path names.
///
/// # Errors
/// `ResourceNotFoundException` when there is no such pool, or none is served.
pub(super) async fn provider(
    shared: &Shared,
    exchange: &Exchange,
    request: &HttpRequest,
) -> Result<FakeProvider> {
    if !shared.test_controls {
        return Err(ApiError::new(
            ErrorCode::ResourceNotFoundException,
            "There is no fake identity provider: the setting test_controls is off.",
        ));
    }
    let id = request.match_info().get("pool").unwrap_or_default();
    let host = host(request)?;
    let cx = shared.context(
        exchange,
        shared.account.clone(),
        host,
        Category::UserFederation,
    );
    FakeProvider::open(&cx, UserPoolId::from(id.to_owned())).await
}

async fn discovery(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let exchange = Exchange::at("fakeDiscovery", &shared, &request);
    let found = provider(&shared, &exchange, &request).await;
    answer(exchange, found.map(|provider| provider.discovery()))
}

async fn jwks(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let exchange = Exchange::at("fakeJwks", &shared, &request);
    let found = provider(&shared, &exchange, &request).await;
    answer(exchange, found.and_then(|provider| provider.jwks()))
}

async fn token(
    shared: web::Data<Shared>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let exchange = Exchange::at("fakeToken", &shared, &request);
    let mut body = Body::new(payload);
    let read = body.read(&request, shared.max_body_bytes).await;
    body.let_go().await;
    let tokens = async {
        let form = Form::parse(read?);
        let provider = provider(&shared, &exchange, &request).await?;
        provider.tokens(&form).await
    };
    let tokens = tokens.await;
    answer(exchange, tokens)
}

async fn user_info(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let exchange = Exchange::at("fakeUserInfo", &shared, &request);
    let told = async {
        let provider = provider(&shared, &exchange, &request).await?;
        let authorization = text(request.headers(), &AUTHORIZATION);
        provider.user_info(authorization.unwrap_or_default()).await
    };
    let told = told.await;
    answer(exchange, told)
}

fn answer(exchange: Exchange, told: Result<impl Serialize>) -> HttpResponse {
    exchange.end_with(
        told,
        |told| {
            HttpResponse::Ok()
                .insert_header((CACHE_CONTROL, "no-store"))
                .json(told)
        },
        |error| {
            let told = json!({"error": error.message});
            if error.code == ErrorCode::ResourceNotFoundException {
                HttpResponse::NotFound().json(told)
            } else if error.code == ErrorCode::InternalErrorException {
                HttpResponse::InternalServerError().json(told)
            } else {
                HttpResponse::BadRequest().json(told)
            }
        },
    )
}
