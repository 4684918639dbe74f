//! `GET /confirmUser`: the link in the email of a pool that confirms by links (AWS's guide "Customizing email verification
//! messages"). It does what `ConfirmSignUp` does, and answers with a page.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::super::exchange::{Exchange, get};
use super::super::one_state::in_one_state;
use super::super::{Shared, host};
use super::texts::ENGLISH;
use super::view::View;
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
#[derive(Clone, Deserialize)]
struct Query {
    client_id: ClientId,
    user_name: Username,
    confirmation_code: String,
}

async fn answer(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let exchange = Exchange::at("confirmUser", &shared, &request);
    let confirmed = confirm(&shared, &exchange, &request).await;
    let view = View::of(&request);
    exchange.end_with(
        confirmed,
        |()| view.say(StatusCode::OK, view.texts().confirmed.into()),
        |error| view.refuse(error),
    )
}

async fn confirm(shared: &Shared, exchange: &Exchange, request: &HttpRequest) -> Result<()> {
    let host = host(request)?;
    let category = Category::UserCreation;
    if let Some(limits) = &shared.limits {
        limits.take(&shared.account, category)?;
    }
    let query = web::Query::<Query>::from_query(request.query_string()).map_err(|_| {
        ApiError::invalid_parameter(ENGLISH.incomplete_link)
            .because("the query string cannot be read")
    })?;
    let run = async || {
        let Query {
            client_id,
            user_name,
            confirmation_code,
        } = query.0.clone();
        let cx = shared.context(exchange, shared.account.clone(), host.clone(), category);
        let told = UserContext::default();
        let client = ClientContext::open(&cx, Caller::App, client_id, told).await?;
        sign_up::confirm(&client, user_name, confirmation_code.into(), false).await
    };
    let answer = in_one_state(&shared.store, shared.store.state(), run).await;
    answer.unwrap_or_else(|| Err(ApiError::snapshot_restored()))
}
