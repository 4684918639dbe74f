//! What verifiers of tokens ask for: a pool's public keys (RFC 7517) and its discovery document (OpenID Connect Discovery 1.0
//! section 4). Open to everybody, as with Cognito.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::protocol::Protocol;
use super::{Shared, cors, host};
use crate::api::ErrorCode;
use crate::error::Result;
use crate::ids::UserPoolId;

/// The public halves of the keys that the pool signs ID tokens and access tokens with.
pub(super) async fn jwks(
    shared: web::Data<Shared>,
    request: HttpRequest,
    pool: web::Path<String>,
) -> HttpResponse {
    let keys = keys(&shared, &request, &UserPoolId::from(pool.into_inner())).await;
    answer(&request, keys)
}

async fn keys(shared: &Shared, request: &HttpRequest, pool: &UserPoolId) -> Result<Value> {
    host(request)?;
    let pool = shared.store.read(|tx| tx.pool(pool)).await?;
    let keys = shared.key_ring.keys(&pool).await?;
    Ok(json!({"keys": [keys.id.jwk(), keys.access.jwk()]}))
}

/// Who the pool says that it is, and where its keys are found.
pub(super) async fn openid_configuration(
    shared: web::Data<Shared>,
    request: HttpRequest,
    pool: web::Path<String>,
) -> HttpResponse {
    let document = document(&shared, &request, &UserPoolId::from(pool.into_inner())).await;
    answer(&request, document)
}

async fn document(shared: &Shared, request: &HttpRequest, pool: &UserPoolId) -> Result<Value> {
    let host = host(request)?;
    let pool = shared.store.read(|tx| tx.pool(pool)).await?;
    let keys_at = shared.issuer.keys_of(&pool.id, &host);
    Ok(json!({
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": shared.issuer.of(&pool.id, &host),
        "jwks_uri": format!("{keys_at}/.well-known/jwks.json"),
        "response_types_supported": ["code", "token"],
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
    }))
}

fn answer(request: &HttpRequest, document: Result<Value>) -> HttpResponse {
    let mut response = match document {
        Ok(document) => HttpResponse::Ok().json(document),
        Err(error) if error.code == ErrorCode::ResourceNotFoundException => {
            HttpResponse::NotFound().json(json!({"message": error.message}))
        }
        Err(error) if error.code == ErrorCode::MalformedHttpRequestException => {
            Protocol::Json11.error(&error)
        }
        Err(error) => {
            tracing::error!(%error, "no keys");
            HttpResponse::InternalServerError().json(json!({"message": error.message}))
        }
    };
    cors::share_with_origin(request.headers(), &mut response);
    response
}
