//! `GET /error`: what goes wrong where the app must not be told.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::view::{Sentence, View};
use crate::error::ApiError;
use crate::http::Shared;
use crate::http::exchange::Exchange;
use crate::oauth2::{Form, PageError};

pub(super) async fn answer(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let exchange = Exchange::at("error", &shared, &request);
    let view = View::of(&request);
    let form = Form::parse(request.query_string());
    let words = form.find("error").and_then(PageError::of_words);
    let page = Sentence {
        view: &view,
        said: view.texts().requested_page.into(),
        detail: words.map(PageError::words),
    };
    let response = view.answer(StatusCode::BAD_REQUEST, &page);
    let error = ApiError::invalid_parameter("the error page");
    exchange.end(response, Some(error))
}
