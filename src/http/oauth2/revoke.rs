//! `POST /oauth2/revoke`.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::answers;
use super::posted::{Failure, Posted, end};
use crate::http::Shared;
use crate::http::body::Body;
use crate::http::exchange::Exchange;
use crate::oauth2::revoke;
use crate::quotas::Category;

pub(super) async fn answer(
    shared: web::Data<Shared>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let exchange = Exchange::at("revoke", &shared, &request);
    let mut body = Body::new(payload);
    let answer = respond(&shared, &exchange, &request, &mut body).await;
    end(exchange, body, answer, StatusCode::UNAUTHORIZED).await
}

async fn respond(
    shared: &Shared,
    exchange: &Exchange,
    request: &HttpRequest,
    body: &mut Body,
) -> Result<HttpResponse, Failure> {
    let category = |_: &_| Category::UserToken;
    let posted = Posted::read(shared, exchange, request, body, category).await?;
    let authorization = posted.authorization.as_deref();
    revoke(&posted.cx, &posted.site.domain, &posted.form, authorization).await?;
    Ok(answers::empty(exchange))
}
