//! `GET /logout`.

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
use crate::oauth2::{Form, PoolDomain, SignedOut, log_out};
use crate::quotas::Category;
use crate::store::ReadTx;

pub(super) async fn answer(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let exchange = Exchange::at("logout", &shared, &request);
    let run = async || respond(&shared, &exchange, &request).await;
    let answer = in_one_state(&shared.store, shared.store.state(), run).await;
    let (response, error) = answer.unwrap_or_else(|| fault(ApiError::snapshot_restored()));
    exchange.end(response, error)
}

async fn respond(shared: &Shared, exchange: &Exchange, request: &HttpRequest) -> Answer {
    let form = Form::parse(request.query_string());
    let category = Category::UserToken;
    let read =
        move |cx: &Cx, domain: &PoolDomain, tx: &ReadTx<'_>| SignedOut::read(cx, tx, domain, &form);
    let (site, cx, read) = match Site::enter(shared, exchange, request, category, read).await {
        Ok(entered) => entered,
        Err(error) => return fault(error),
    };
    let ended = async {
        let signed_out = read?;
        if let Some(cookie) = cookie::session(request) {
            log_out(&cx, &site.domain, cookie).await?;
        }
        Ok(signed_out)
    };
    let (mut response, error) = match ended.await {
        Ok(SignedOut::App(url)) => redirect(&url),
        Ok(SignedOut::SignIn(query)) => redirect(&format!("{}?{query}", site.path("/login"))),
        Err(refusal) => return refused(&site, refusal),
    };
    if let Some(forgotten) = cookie::forget(shared, &site) {
        response.headers_mut().insert(SET_COOKIE, forgotten);
    }
    (response, error)
}
