//! The pages for people (AWS's guide "User pool managed login"): HTML that needs no script, in several languages, light and dark.
//!
//! - `view`: what every page has, and the headers of its answer; the templates stand in the folder `templates`.
//! - `languages`: which language a page is in; `texts`: a table of texts for each.
//! - `style`: the style sheet of all pages; `look`: what the pages of a client have beside it, which `assets` serves and, for managed
//!   login, `managed_sheet` makes.
//! - `visit`: a visit to a page of a domain, and the forms that are posted there; `csrf` protects them, and `named` reads what people
//!   type.
//! - `challenge`, with `pending` and `mfa_setup`: whatever a sign-in asks for. It is [`crate::sign_in`] that decides.
//! - `code_form`: what the pages for a code that was sent have in common.
//! - The other files are the pages.

mod assets;
mod challenge;
mod code_form;
mod confirm;
mod confirm_user;
mod cookies;
mod csrf;
mod error;
mod forgot_password;
mod languages;
mod login;
mod login_page;
mod look;
mod managed_sheet;
mod mfa_setup;
mod named;
mod not_found;
mod pending;
mod people;
mod sign_up;
mod style;
mod texts;
mod view;
mod visit;

use actix_web::{FromRequest, Handler, Resource, Responder, web};

use super::exchange::{get, resource};

pub(super) use not_found::answer as not_found;

/// Adds the paths of pages that belong to no domain.
pub(super) fn routes(service: &mut web::ServiceConfig) {
    service
        .configure(style::routes)
        .configure(confirm_user::routes);
}

/// Adds the paths of a domain's pages.
pub(super) fn of_domain(service: &mut web::ServiceConfig) {
    service
        .service(form("/login", login::show, login::receive))
        .service(form("/signup", sign_up::show, sign_up::receive))
        .service(form("/confirm", confirm::show, confirm::receive))
        .service(form(
            "/forgotPassword",
            forgot_password::show,
            forgot_password::receive,
        ))
        .service(form(
            "/confirmforgotPassword",
            forgot_password::show_reset,
            forgot_password::receive_reset,
        ))
        .service(get("/error", error::answer));
}

/// Adds the path of what the pages of a domain show of a client's own.
pub(super) fn assets_of_domain(service: &mut web::ServiceConfig) {
    service.service(get(assets::PATH, assets::answer));
}

/// Adds the path of the page of a fake identity provider.
pub(super) fn of_fake_provider(service: &mut web::ServiceConfig) {
    service.service(get("/authorize", people::answer));
}

/// A path that shows a form by the method GET, takes it by POST, and refuses every other method.
fn form<S, A, R, B>(path: &str, show: S, receive: R) -> Resource
where
    S: Handler<A>,
    A: FromRequest + 'static,
    S::Output: Responder + 'static,
    R: Handler<B>,
    B: FromRequest + 'static,
    R::Output: Responder + 'static,
{
    let routes = [web::get().to(show), web::post().to(receive)];
    resource(path, "GET, POST", routes)
}
