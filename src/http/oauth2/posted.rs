//! Forms that clients post to the endpoints for tokens.

use std::sync::Arc;

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
use crate::http::one_state::in_one_state;
use crate::oauth2::{Form, OAuthError, Word};
use crate::quotas::Category;

const FORM: &str = "application/x-www-form-urlencoded";

/// A form, and what is needed to answer it.
pub(super) struct Posted {
    pub(super) site: Site,
    pub(super) cx: Cx,
    pub(super) form: Arc<Form>,
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

/// Reads the form.
///
/// # Errors
/// `invalid_request` when the body is of another type; what the body's reading refuses.
async fn read_form(
    shared: &Shared,
    request: &HttpRequest,
    body: &mut Body,
) -> Result<Form, Failure> {
    let content_type = text(request.headers(), &CONTENT_TYPE).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case(FORM) {
        return Err(OAuthError::new(Word::InvalidRequest, "the body is not a form").into());
    }
    let bytes = body.read(request, shared.max_body_bytes).await;
    Ok(Form::parse(bytes.map_err(Failure::Request)?))
}

/// Answers a form by `work`. `of_client` is the status of `invalid_client`.
pub(super) async fn answer(
    (name, of_client): (&'static str, StatusCode),
    (shared, request, payload): (web::Data<Shared>, HttpRequest, web::Payload),
    category: impl Fn(&Form) -> Category,
    work: impl AsyncFn(&Exchange, Posted) -> Result<HttpResponse, OAuthError>,
) -> HttpResponse {
    let serve = async |exchange: &Exchange, body: &mut Body| {
        let state = shared.store.state();
        let find = async || {
            let site = Site::of(&shared, exchange, &request).await;
            site.map_err(Failure::Request)
        };
        let mut first = Some(find().await?);
        let form = Arc::new(read_form(&shared, &request, body).await?);
        let run = async || {
            let site = match first.take() {
                Some(site) => site,
                None => find().await?,
            };
            let cx = site.context(&shared, exchange, category(&form)).await;
            let posted = Posted {
                cx: cx.map_err(OAuthError::from)?,
                site,
                form: Arc::clone(&form),
                authorization: text(request.headers(), &AUTHORIZATION).map(str::to_owned),
            };
            Ok(work(exchange, posted).await?)
        };
        let answer = in_one_state(&shared.store, state, run).await;
        answer.unwrap_or_else(|| Err(OAuthError::from(ApiError::snapshot_restored()).into()))
    };
    let respond = async |exchange: &Exchange, body: &mut Body| match serve(exchange, body).await {
        Ok(response) => (response, None),
        Err(Failure::Refused(error)) => {
            let response = answers::error(exchange, &error, of_client);
            (response, Some(error.logged()))
        }
        Err(Failure::Request(error)) => answers::fault(error),
    };
    let exchange = Exchange::at(name, &shared, &request);
    exchange.answer(payload, respond).await
}
