//! `/oauth2/idpresponse`, to which identity providers send browsers back. Some have the browser post a form (OAuth 2.0 Form Post
//! Response Mode); cookies do not come with the forms of other sites, so it is led on by GET.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, LOCATION, REFERRER_POLICY, SET_COOKIE};
use actix_web::{HttpRequest, HttpResponse, web};

use super::answers::{fault, redirect, refused};
use super::cookie;
use super::site::Site;
use crate::http::Shared;
use crate::http::body::Body;
use crate::http::exchange::{Answer, Exchange};
use crate::oauth2::{Form, arrive};
use crate::quotas::Category;

/// The parameters of a posted answer that are led on.
const LED_ON: [&str; 5] = ["code", "state", "iss", "error", "error_description"];

/// `GET`: the answer of a provider.
pub(super) async fn answer(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let exchange = Exchange::at("idpresponse", &shared, &request);
    let (response, error) = respond(&shared, &exchange, &request).await;
    exchange.end(response, error)
}

async fn respond(shared: &Shared, exchange: &Exchange, request: &HttpRequest) -> Answer {
    let category = Category::UserFederation;
    let entered = Site::enter(shared, exchange, request, category, |_, _, _| Ok(())).await;
    let (site, cx, ()) = match entered {
        Ok(entered) => entered,
        Err(error) => return fault(error),
    };
    let form = Form::parse(request.query_string());
    match arrive(&cx, &site.domain, &form, cookie::mark(request)).await {
        Ok(completed) => {
            let (mut response, error) = redirect(completed.location.expose());
            if let Some(session) = cookie::set(shared, &site, &completed.session) {
                response.headers_mut().append(SET_COOKIE, session);
            }
            (response, error)
        }
        Err(refusal) => refused(&site, refusal),
    }
}

/// `POST`: the same as a form.
pub(super) async fn lead_on(
    shared: web::Data<Shared>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let respond = async |exchange: &Exchange, body: &mut Body| {
        let read = body.read(&request, shared.max_body_bytes).await;
        let site = Site::of(&shared, exchange, &request).await;
        match (site, read) {
            (Ok(site), Ok(bytes)) => (see_other(&site, &Form::parse(bytes)), None),
            (Err(error), _) | (_, Err(error)) => fault(error),
        }
    };
    let exchange = Exchange::at("idpresponse", &shared, &request);
    exchange.answer(payload, respond).await
}

fn see_other(site: &Site, form: &Form) -> HttpResponse {
    let given = LED_ON
        .iter()
        .filter_map(|name| Some((*name, form.find(name)?)));
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(given)
        .finish();
    HttpResponse::build(StatusCode::SEE_OTHER)
        .insert_header((
            LOCATION,
            format!("{}?{query}", site.path("/oauth2/idpresponse")),
        ))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .finish()
}
