//! Paths below a domain that lead nowhere.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::view::View;
use crate::api::ErrorCode;
use crate::error::ApiError;
use crate::http::Shared;
use crate::http::exchange::{Answer, Exchange};

pub(in crate::http) async fn answer(
    shared: web::Data<Shared>,
    request: HttpRequest,
) -> HttpResponse {
    let exchange = Exchange::begin(&shared, &request);
    let (response, error) = page(&request);
    exchange.end(response, error)
}

/// The page that says so.
pub(super) fn page(request: &HttpRequest) -> Answer {
    let view = View::of(request);
    let response = view.say(StatusCode::NOT_FOUND, view.texts().no_such_page.into());
    let error = ApiError::bare(ErrorCode::UnknownOperationException);
    (response, Some(error.because("there is no such path")))
}
