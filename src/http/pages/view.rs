//! What every page has: its language, the address of its style sheet, and the headers of its answer.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, SET_COOKIE, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::languages::Language;
use super::look::Look;
use super::style;
use super::texts::{Said, Texts};
use crate::error::ApiError;

/// What no page does: run a script, load anything from elsewhere, stand in a frame, change the base of its addresses.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; \
                      form-action ";

/// What the templates ask of every page.
pub(super) struct View {
    language: Language,
    /// The address of the style sheet.
    pub(super) style: String,
    /// What the client's pages have of their own.
    pub(super) look: Look,
}

impl View {
    /// What a page has that answers this request.
    pub(super) fn of(request: &HttpRequest) -> Self {
        Self {
            language: Language::of(request),
            style: style::seen_from(request.path()),
            look: Look::default(),
        }
    }

    /// The texts of the page's language.
    pub(super) fn texts(&self) -> &'static Texts {
        self.language.texts
    }

    /// The answer with a page that has no form.
    pub(super) fn answer(&self, status: StatusCode, page: &impl Template) -> HttpResponse {
        self.answer_with_form(status, page, "'none'")
    }

    /// The answer with a page whose form may lead to these addresses, be it by redirects (`form-action` of Content Security Policy
    /// Level 3).
    pub(super) fn answer_with_form(
        &self,
        status: StatusCode,
        page: &impl Template,
        targets: &str,
    ) -> HttpResponse {
        let Ok(text) = page.render() else {
            return HttpResponse::InternalServerError().finish();
        };
        let mut response = HttpResponse::build(status);
        response
            .content_type("text/html; charset=utf-8")
            .insert_header((CONTENT_SECURITY_POLICY, format!("{POLICY}{targets}")))
            .insert_header((REFERRER_POLICY, "no-referrer"))
            .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((X_FRAME_OPTIONS, "DENY"))
            .insert_header((CACHE_CONTROL, "no-store"));
        if let Some(cookie) = self.language.cookie() {
            response.append_header((SET_COOKIE, cookie));
        }
        response.body(text)
    }

    /// The answer with a page that says one sentence.
    pub(super) fn say(&self, status: StatusCode, said: Said) -> HttpResponse {
        self.answer(
            status,
            &Sentence {
                view: self,
                said,
                detail: None,
            },
        )
    }

    /// The answer with a page that says why a request is refused.
    pub(super) fn refuse(&self, error: &ApiError) -> HttpResponse {
        self.say(status_of(error), self.texts().refusal(error))
    }
}

/// The status of a page that says why a request is refused.
pub(super) fn status_of(error: &ApiError) -> StatusCode {
    let status = StatusCode::from_u16(error.code.http_status());
    status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A page that says one sentence.
#[derive(Template)]
#[template(path = "sentence.html")]
pub(super) struct Sentence<'a> {
    pub(super) view: &'a View,
    pub(super) said: Said,
    /// The word that names the error.
    pub(super) detail: Option<&'static str>,
}
