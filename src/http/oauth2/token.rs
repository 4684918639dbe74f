//! `POST /oauth2/token`.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::{answers, posted};
use crate::http::Shared;
use crate::oauth2::{category, token};

pub(super) async fn answer(
    shared: web::Data<Shared>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let (what, sent) = (
        ("token", StatusCode::BAD_REQUEST),
        (shared, request, payload),
    );
    posted::answer(what, sent, category, async |exchange, posted| {
        let authorization = posted.authorization.as_deref();
        let tokens = token(&posted.cx, &posted.site.domain, &posted.form, authorization).await?;
        Ok(answers::json(exchange, StatusCode::OK, &tokens))
    })
    .await
}
