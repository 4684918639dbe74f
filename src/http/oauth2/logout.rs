//! `GET /logout`.

use actix_web::http::header::SET_COOKIE;
use actix_web::{HttpRequest, HttpResponse, web};

use super::answers::{fault, redirect, refused};
use super::cookie;
use super::site::Site;
use crate::http::Shared;
use crate::http::exchange::{Answer, Exchange};
use crate::oauth2::{Form, SignedOut, log_out};
use crate::quotas::Category;

pub(super) async fn answer(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let exchange = Exchange::at("logout", &shared, &request);
    let (response, error) = respond(&shared, &exchange, &request).await;
    exchange.end(response, error)
}

async fn respond(shared: &Shared, exchange: &Exchange, request: &HttpRequest) -> Answer {
    let entered = Site::enter(shared, exchange, request, Category::UserToken).await;
    let (site, cx) = match entered {
        Ok(entered) => entered,
        Err(error) => return fault(error),
    };
    let form = Form::parse(request.query_string());
    let (mut response, error) =
        match log_out(&cx, &site.domain, &form, cookie::session(request)).await {
            Ok(SignedOut::App(url)) => redirect(&url),
            Ok(SignedOut::SignIn(query)) => redirect(&format!("{}?{query}", site.path("/login"))),
            Err(refusal) => return refused(&site, refusal),
        };
    if let Some(forgotten) = cookie::forget(shared, &site) {
        response.headers_mut().insert(SET_COOKIE, forgotten);
    }
    (response, error)
}
