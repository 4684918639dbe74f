//! `GET /oauth2/authorize`.

use actix_web::http::header::SET_COOKIE;
use actix_web::{HttpRequest, HttpResponse, web};

use super::answers::{fault, redirect, refused};
use super::cookie;
use super::site::Site;
use crate::http::Shared;
use crate::http::exchange::{Answer, Exchange};
use crate::oauth2::{Departure, Next, Visitor, authorize};
use crate::quotas::Category;

pub(super) async fn answer(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let exchange = Exchange::at("authorize", &shared, &request);
    let (response, error) = respond(&shared, &exchange, &request).await;
    exchange.end(response, error)
}

async fn respond(shared: &Shared, exchange: &Exchange, request: &HttpRequest) -> Answer {
    let entered = Site::enter(shared, exchange, request, Category::UserAuthentication).await;
    let (site, cx) = match entered {
        Ok(entered) => entered,
        Err(error) => return fault(error),
    };
    let query = request.query_string();
    let visitor = Visitor {
        query,
        session: cookie::session(request),
        mark: cookie::mark(request),
    };
    match authorize(&cx, &site.domain, visitor).await {
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
