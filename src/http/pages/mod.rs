//! The pages for people (AWS's guide "User pool managed login"): HTML that needs no script, in several languages, light and dark.
//!
//! - `view`: what every page has, and the headers of its answer; the templates stand in the folder `templates`.
//! - `languages`: which language a page is in; `texts`: a table of texts for each.
//! - `style`: the style sheet.
//! - The other files are the pages.

mod confirm_user;
mod languages;
mod style;
mod texts;
mod view;

use actix_web::web;

/// Adds the paths of all pages.
pub(super) fn routes(service: &mut web::ServiceConfig) {
    service
        .configure(style::routes)
        .configure(confirm_user::routes);
}
