//! `POST /oauth2/revoke`.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::{answers, posted};
use crate::http::Shared;
use crate::oauth2::revoke;
use crate::quotas::Category;

pub(super) async fn answer(
    shared: web::Data<Shared>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let (what, sent) = (
        ("revoke", StatusCode::UNAUTHORIZED),
        (shared, request, payload),
    );
    posted::answer(
        what,
        sent,
        |_| Category::UserToken,
        async |exchange, posted| {
            let authorization = posted.authorization.as_deref();
            revoke(&posted.cx, &posted.site.domain, &posted.form, authorization).await?;
            Ok(answers::empty(exchange))
        },
    )
    .await
}
