//! The page to sign in, to which other pages lead back.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::view::View;
use super::visit::{Notes, Visit};

/// The page to sign in.
#[derive(Template)]
#[template(path = "login.html")]
pub(super) struct LoginPage<'a> {
    view: &'a View,
    visit: &'a Visit,
    notes: Notes,
    name: &'a str,
}

impl LoginPage<'_> {
    /// The page, with this name in its field.
    pub(super) fn show(visit: &Visit, notes: Notes, name: &str) -> HttpResponse {
        Self::show_with(visit, StatusCode::OK, notes, name)
    }

    /// The same with another status.
    pub(super) fn show_with(
        visit: &Visit,
        status: StatusCode,
        notes: Notes,
        name: &str,
    ) -> HttpResponse {
        let view = &visit.view;
        visit.show_with(
            status,
            &LoginPage {
                view,
                visit,
                notes,
                name,
            },
        )
    }
}
