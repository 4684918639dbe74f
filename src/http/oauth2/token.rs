//! `POST /oauth2/token`.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::answers;
use super::posted::{Failure, Posted, end};
use crate::http::Shared;
use crate::http::body::Body;
use crate::http::exchange::Exchange;
use crate::oauth2::{category, token};

pub(super) async fn answer(
    shared: web::Data<Shared>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let exchange = Exchange::at("token", &shared, &request);
    let mut body = Body::new(payload);
    let answer = respond(&shared, &exchange, &request, &mut body).await;
    end(exchange, body, answer, StatusCode::BAD_REQUEST).await
}

async fn respond(
    shared: &Shared,
    exchange: &Exchange,
    request: &HttpRequest,
    body: &mut Body,
) -> Result<HttpResponse, Failure> {
    let posted = Posted::read(shared, exchange, request, body, category).await?;
    let authorization = posted.authorization.as_deref();
    let tokens = token(&posted.cx, &posted.site.domain, &posted.form, authorization).await?;
    Ok(answers::json(exchange, StatusCode::OK, &tokens))
}
