//! The style sheet of the pages. Its name has its hash in it, so that browsers may keep it for ever.

use std::sync::LazyLock;

use actix_web::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use actix_web::{HttpRequest, HttpResponse, web};
use sha2::{Digest, Sha256};

use super::super::Shared;
use super::super::exchange::{Exchange, get};

const SHEET: &str = include_str!("../../../templates/style.css");

/// The path from the root of the server, without the first slash.
static PATH: LazyLock<String> = LazyLock::new(|| {
    let hash = hex::encode(Sha256::digest(SHEET));
    let short = hash.get(..8).unwrap_or(&hash);
    format!("_poolhouse/style-{short}.css")
});

/// Adds the path of the style sheet.
pub(super) fn routes(service: &mut web::ServiceConfig) {
    service.service(get(&format!("/{}", *PATH), answer));
}

/// The address of the style sheet for a page at this path. It is relative, so that a proxy may put a path before that of the server.
pub(super) fn seen_from(path: &str) -> String {
    let depth = path.matches('/').count().saturating_sub(1);
    format!("{}{}", "../".repeat(depth), *PATH)
}

async fn answer(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let exchange = Exchange::at("style", &shared, &request);
    let response = HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(SHEET);
    exchange.end(response, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_leads_from_the_page_to_the_root() {
        for (page, start) in [
            ("/login", "_poolhouse/style-"),
            ("/confirmUser/", "../_poolhouse/style-"),
            ("/_poolhouse/domains/a/login", "../../../_poolhouse/style-"),
        ] {
            assert!(seen_from(page).starts_with(start), "{page}");
        }
    }
}
