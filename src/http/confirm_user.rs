//! `GET /confirmUser`: the link in the email of a pool that confirms by links (AWS's guide "Customizing email verification
//! messages"). It does what `ConfirmSignUp` does, and answers with a page.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::exchange::{Exchange, get};
use super::{Shared, host};
use crate::accounts::sign_up;
use crate::error::{ApiError, Result};
use crate::ids::{ClientId, Username};
use crate::quotas::Category;
use crate::sign_in::{Caller, ClientContext, UserContext};

/// Adds the path of the link, as AWS's guide writes it and without the slash.
pub(super) fn routes(service: &mut web::ServiceConfig) {
    service
        .service(get("/confirmUser", answer))
        .service(get("/confirmUser/", answer));
}

/// The parameters of the link.
#[derive(Deserialize)]
struct Query {
    client_id: ClientId,
    user_name: Username,
    confirmation_code: String,
}

async fn answer(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let exchange = Exchange::at("confirmUser", &shared, &request);
    let confirmed = confirm(&shared, &exchange, &request).await;
    exchange.end_with(
        confirmed,
        |()| page(StatusCode::OK, "Your registration has been confirmed."),
        |error| {
            let status = StatusCode::from_u16(error.code.http_status());
            let message = error.message.as_deref().unwrap_or("Something went wrong.");
            page(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), message)
        },
    )
}

async fn confirm(shared: &Shared, exchange: &Exchange, request: &HttpRequest) -> Result<()> {
    let host = host(request)?;
    let category = Category::UserCreation;
    if let Some(limits) = &shared.limits {
        limits.take(&shared.account, category)?;
    }
    let query = web::Query::<Query>::from_query(request.query_string()).map_err(|_| {
        ApiError::invalid_parameter("The link is not complete.")
            .because("the query string cannot be read")
    })?;
    let query = query.into_inner();
    let cx = shared.context(exchange, shared.account.clone(), host, category);
    let told = UserContext::default();
    let client = ClientContext::open(&cx, Caller::App, query.client_id, told).await?;
    let code = query.confirmation_code.into();
    sign_up::confirm(&client, query.user_name, code, false).await
}

/// A page that says one sentence.
fn page(status: StatusCode, sentence: &str) -> HttpResponse {
    let sentence = escaped(sentence);
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
             <title>{sentence}</title>\n</head>\n<body>\n<main>\n<h1>{sentence}</h1>\n</main>\n</body>\n</html>\n"
        ))
}

/// The text as HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
