//! `GET /oauth2/authorize`.

use std::sync::Arc;

use actix_web::http::header::SET_COOKIE;
use actix_web::{HttpRequest, HttpResponse, web};

use super::answers::{fault, redirect, refused};
use super::cookie;
use super::site::Site;
use crate::context::Cx;
use crate::error::ApiError;
use crate::http::Shared;
use crate::http::exchange::{Answer, Exchange};
use crate::http::one_state::in_one_state;
use crate::oauth2::{Asked, Departure, Form, Next, PoolDomain, Visitor, authorize};
use crate::quotas::Category;
use crate::store::ReadTx;

pub(super) async fn answer(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let exchange = Exchange::at("authorize", &shared, &request);
    let run = async || respond(&shared, &exchange, &request).await;
    let answer = in_one_state(&shared.store, shared.store.state(), run).await;
    let (response, error) = answer.unwrap_or_else(|| fault(ApiError::snapshot_restored()));
    exchange.end(response, error)
}

async fn respond(shared: &Shared, exchange: &Exchange, request: &HttpRequest) -> Answer {
    let query = request.query_string();
    let form = Arc::new(Form::parse(query));
    let category = Category::UserAuthentication;
    let asked = Arc::clone(&form);
    let read =
        move |cx: &Cx, domain: &PoolDomain, tx: &ReadTx<'_>| Asked::read(cx, tx, domain, &asked);
    let (site, _, read) = match Site::enter(shared, exchange, request, category, read).await {
        Ok(entered) => entered,
        Err(error) => return fault(error),
    };
    let visitor = Visitor {
        query,
        form: &form,
        session: cookie::session(request),
        mark: cookie::mark(request),
    };
    let next = match read {
        Ok(asked) => authorize(&site.domain, asked, visitor).await,
        Err(refusal) => Err(refusal),
    };
    match next {
        Ok(Next::SignIn) => redirect(&format!("{}?{query}", site.path("/login"))),
        Ok(Next::App(location)) => redirect(location.expose()),
        Ok(Next::Provider(departure)) => to_provider(shared, &site, &departure),
        Err(refusal) => refused(&site, refusal),
    }
}

fn to_provider(shared: &Shared, site: &Site, departure: &Departure) -> Answer {
    let (mut response, error) = redirect(departure.location.expose());
    if let Some(mark) = cookie::set_mark(shared, site, &departure.mark) {
        response.headers_mut().append(SET_COOKIE, mark);
    }
    (response, error)
}
