//! Forms that clients post to the endpoints for tokens.

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};

use super::answers;
use super::site::Site;
use crate::context::Cx;
use crate::error::{ApiError, Result};
use crate::http::Shared;
use crate::http::body::Body;
use crate::http::exchange::Exchange;
use crate::http::header::text;
use crate::oauth2::{Form, OAuthError, Word};
use crate::quotas::Category;

const FORM: &str = "application/x-www-form-urlencoded";

/// A form, and what is needed to answer it.
pub(super) struct Posted {
    pub(super) site: Site,
    pub(super) cx: Cx,
    pub(super) form: Form,
    /// The header `Authorization`.
    pub(super) authorization: Option<String>,
}

/// Why a form is not answered.
enum Failure {
    /// The request names no domain, or its body cannot be read.
    Request(ApiError),
    Refused(OAuthError),
}

impl From<OAuthError> for Failure {
    fn from(error: OAuthError) -> Self {
        Self::Refused(error)
    }
}

impl Posted {
    /// Reads the form, whose category `category` tells.
    ///
    /// # Errors
    /// `invalid_request` when the body is of another type; a used-up quota; what the body's reading refuses.
    async fn read(
        shared: &Shared,
        exchange: &Exchange,
        request: &HttpRequest,
        body: &mut Body,
        category: impl FnOnce(&Form) -> Category,
    ) -> Result<Self, Failure> {
        let site = Site::of(shared, exchange, request).await;
        let site = site.map_err(Failure::Request)?;
        let headers = request.headers();
        let content_type = text(headers, &CONTENT_TYPE).unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case(FORM) {
            return Err(OAuthError::new(Word::InvalidRequest, "the body is not a form").into());
        }
        let bytes = body.read(request, shared.max_body_bytes).await;
        let form = Form::parse(bytes.map_err(Failure::Request)?);
        let cx = site.context(shared, exchange, category(&form)).await;
        Ok(Self {
            cx: cx.map_err(OAuthError::from)?,
            site,
            form,
            authorization: text(headers, &AUTHORIZATION).map(str::to_owned),
        })
    }
}

/// Answers a form by `work`. `of_client` is the status of `invalid_client`.
pub(super) async fn answer(
    (name, of_client): (&'static str, StatusCode),
    (shared, request, payload): (web::Data<Shared>, HttpRequest, web::Payload),
    category: impl FnOnce(&Form) -> Category,
    work: impl AsyncFnOnce(&Exchange, Posted) -> Result<HttpResponse, OAuthError>,
) -> HttpResponse {
    let respond = async |exchange: &Exchange, body: &mut Body| {
        let answer = match Posted::read(&shared, exchange, &request, body, category).await {
            Ok(posted) => work(exchange, posted).await.map_err(Failure::from),
            Err(failure) => Err(failure),
        };
        match answer {
            Ok(response) => (response, None),
            Err(Failure::Refused(error)) => {
                let response = answers::error(exchange, &error, of_client);
                (response, Some(error.logged()))
            }
            Err(Failure::Request(error)) => answers::fault(error),
        }
    };
    let exchange = Exchange::at(name, &shared, &request);
    exchange.answer(payload, respond).await
}
