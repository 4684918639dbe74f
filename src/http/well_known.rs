//! The public documents of a pool, for verifiers of tokens: its keys (RFC 7517) and its discovery document (OpenID Connect
//! Discovery 1.0 section 4). They are open to everybody, as with Cognito.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::exchange::{Exchange, get};
use super::oauth2::answers::status_of;
use super::oauth2::site::base_of;
use super::protocol::Protocol;
use super::{Shared, cors, host};
use crate::api::ErrorCode;
use crate::domain::pool::Pool;
use crate::error::Result;
use crate::ids::UserPoolId;

/// The endpoints of a domain.
const ENDPOINTS: [(&str, &str); 5] = [
    ("authorization_endpoint", "/oauth2/authorize"),
    ("end_session_endpoint", "/logout"),
    ("revocation_endpoint", "/oauth2/revoke"),
    ("token_endpoint", "/oauth2/token"),
    ("userinfo_endpoint", "/oauth2/userInfo"),
];

/// Adds the paths of a pool's public documents.
pub(super) fn routes(service: &mut web::ServiceConfig) {
    service
        .service(get("/{pool}/.well-known/jwks.json", jwks))
        .service(get(
            "/{pool}/.well-known/openid-configuration",
            openid_configuration,
        ));
}

/// The public halves of the keys that the pool signs ID tokens and access tokens with.
async fn jwks(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let exchange = Exchange::at("jwks", &shared, &request);
    let keys = keys(&shared, &exchange, &request).await;
    answer(exchange, &request, keys)
}

async fn keys(shared: &Shared, exchange: &Exchange, request: &HttpRequest) -> Result<Value> {
    host(request)?;
    let pool = pool(shared, exchange, request).await?;
    let keys = shared.key_ring.keys(&pool).await?;
    Ok(json!({"keys": [keys.id.jwk(), keys.access.jwk()]}))
}

/// The discovery document: the issuer of the pool, the URL of its keys, and the endpoints of its domain if it has one. A custom
/// domain comes before a prefix (AWS's guide "OIDC and managed login endpoints"). The endpoints are named below a path of this
/// server, where every client reaches them that has reached the document.
async fn openid_configuration(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let exchange = Exchange::at("openid-configuration", &shared, &request);
    let document = document(&shared, &exchange, &request).await;
    answer(exchange, &request, document)
}

async fn document(shared: &Shared, exchange: &Exchange, request: &HttpRequest) -> Result<Value> {
    let host = host(request)?;
    let pool = pool(shared, exchange, request).await?;
    let keys_at = shared.issuer.keys_of(&pool.id, &host);
    let mut document = json!({
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": shared.issuer.of(&pool.id, &host),
        "jwks_uri": format!("{keys_at}/.well-known/jwks.json"),
        "response_types_supported": ["code", "token"],
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
    });
    let domains = shared.store.read(move |tx| tx.domains(&pool)).await?;
    if let (Some(domain), Some(document)) = (domains.last(), document.as_object_mut()) {
        let server = shared.issuer.server(&host);
        let at = format!("{server}{}", base_of(&domain.name));
        let endpoints =
            ENDPOINTS.map(|(name, path)| (name.to_owned(), format!("{at}{path}").into()));
        document.extend(endpoints);
        let auth_methods = ["client_secret_basic", "client_secret_post"];
        let name = "token_endpoint_auth_methods_supported".to_owned();
        document.insert(name, auth_methods.as_slice().into());
    }
    Ok(document)
}

/// The pool that the path names.
async fn pool(shared: &Shared, exchange: &Exchange, request: &HttpRequest) -> Result<Arc<Pool>> {
    let id = request.match_info().get("pool").unwrap_or_default();
    let id = UserPoolId::from(id.to_owned());
    let pool = shared.store.read(move |tx| tx.pool(&id)).await?;
    exchange.seen.set_pool(&pool.id);
    exchange.suffer(Some(&pool.id)).await?;
    Ok(pool)
}

fn answer(exchange: Exchange, request: &HttpRequest, document: Result<Value>) -> HttpResponse {
    let shared_with_origin = |mut response| {
        cors::share_with_origin(request.headers(), &mut response);
        response
    };
    exchange.end_with(
        document,
        |document| shared_with_origin(HttpResponse::Ok().json(document)),
        |error| {
            let told = json!({"message": error.message});
            shared_with_origin(if error.code == ErrorCode::MalformedHttpRequestException {
                Protocol::Json11.error(error)
            } else {
                status_of(error).json(told)
            })
        },
    )
}
