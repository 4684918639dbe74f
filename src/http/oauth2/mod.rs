//! The endpoints of a pool's domain: OAuth 2.0 and OpenID Connect (AWS's guide "Managed login endpoints").
//!
//! They stand at the root of the domain's host, and for clients that cannot resolve such a host below a path of every host
//! ([`site`]). They turn requests into calls of [`crate::oauth2`] and its outcomes into answers; they decide nothing.

pub(super) mod answers;
mod authorize;
pub(super) mod cookie;
mod idp_response;
mod logout;
mod posted;
mod revoke;
pub(super) mod site;
mod token;
mod user_info;

use actix_web::http::Method;
use actix_web::{FromRequest, Handler, HttpRequest, HttpResponse, Resource, Responder, web};

use super::Shared;
use super::exchange::{Exchange, get, resource};

/// Adds the paths of a domain.
pub(super) fn endpoints(service: &mut web::ServiceConfig) {
    service
        .service(get("/oauth2/authorize", authorize::answer))
        .service(resource(
            "/oauth2/idpresponse",
            "GET, POST",
            [
                web::get().to(idp_response::answer),
                web::post().to(idp_response::lead_on),
            ],
        ))
        .service(get("/logout", logout::answer))
        .service(post("/oauth2/token", token::answer))
        .service(post("/oauth2/revoke", revoke::answer))
        .service(resource(
            "/oauth2/userInfo",
            "GET, POST",
            [
                web::get().to(user_info::answer),
                web::post().to(user_info::answer),
                web::method(Method::OPTIONS).to(preflight),
            ],
        ));
}

/// A path that answers the method POST, also to pages of other origins, and refuses every other method.
fn post<F, A>(path: &str, answer: F) -> Resource
where
    F: Handler<A>,
    A: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let preflight = web::method(Method::OPTIONS).to(preflight);
    resource(path, "POST", [web::post().to(answer), preflight])
}

/// Lets pages of every origin call the endpoint. None of them looks at cookies.
async fn preflight(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let exchange = Exchange::at("preflight", &shared, &request);
    exchange.end(answers::preflight(&request), None)
}
