//! `/forgotPassword` and `/confirmforgotPassword`: a new password by a code.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::{Deserialize, Serialize};

use super::confirm::wants_code;
use super::login_page::LoginPage;
use super::named::named;
use super::view::{View, status_of};
use super::visit::{Notes, Outcome, Posted, Visit, get, post};
use crate::accounts::recovery;
use crate::error::{ApiError, Result};
use crate::http::Shared;
use crate::oauth2::Form;
use crate::quotas::Category;

/// What the form for the new password is sealed for.
const USAGE: &str = "reset";

/// Whose password the form sets. It travels in the form.
#[derive(Serialize, Deserialize)]
struct Pending {
    name: String,
    /// Where the code was sent, masked.
    sent: Option<String>,
}

#[derive(Template)]
#[template(path = "forgot_password.html")]
struct ForgotPage<'a> {
    view: &'a View,
    visit: &'a Visit,
    notes: Notes,
    name: &'a str,
}

fn forgot_page(visit: &Visit, status: StatusCode, notes: Notes, name: &str) -> HttpResponse {
    let view = &visit.view;
    visit.show_with(
        status,
        &ForgotPage {
            view,
            visit,
            notes,
            name,
        },
    )
}

/// The page for the code and the new password.
#[derive(Template)]
#[template(path = "reset_password.html")]
pub(super) struct ResetPage<'a> {
    view: &'a View,
    visit: &'a Visit,
    notes: Notes,
    state: String,
    told: String,
    name: &'a str,
}

impl ResetPage<'_> {
    /// The page for the code and the new password of the user with this name.
    pub(super) fn show(
        visit: &Visit,
        notes: Notes,
        name: &str,
        sent: Option<String>,
    ) -> HttpResponse {
        let name = name.to_owned();
        page(visit, notes, &Pending { name, sent })
    }
}

fn page(visit: &Visit, notes: Notes, pending: &Pending) -> HttpResponse {
    let (view, texts) = (&visit.view, visit.view.texts());
    match visit.seal(USAGE, pending) {
        Ok(state) => {
            let sent = pending.sent.as_deref().map(|sent| texts.code_sent_to(sent));
            let told = sent.unwrap_or_else(|| texts.code_asked.to_owned());
            let name = pending.name.as_str();
            visit.show(&ResetPage {
                view,
                visit,
                notes,
                state,
                told,
                name,
            })
        }
        Err(error) => view.refuse(&error),
    }
}

/// `GET /forgotPassword`: the form for the name.
pub(super) async fn show(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    get(
        ("forgotPassword", Category::UserResourceRead),
        &shared,
        &request,
        |visit| {
            let hint = visit.request.login_hint.as_deref().unwrap_or_default();
            forgot_page(visit, StatusCode::OK, Notes::default(), hint)
        },
    )
    .await
}

/// `POST /forgotPassword`: the name.
pub(super) async fn receive(
    shared: web::Data<Shared>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let outdated = |visit: &Visit, notes: Notes| forgot_page(visit, StatusCode::OK, notes, "");
    let category = |_: &Form| Category::UserAccountRecovery;
    post(
        ("forgotPassword", category),
        shared,
        request,
        payload,
        (take_name, outdated),
    )
    .await
}

async fn take_name(posted: Posted) -> Outcome {
    let visit = &posted.visit;
    let typed = posted.field("username");
    match send(visit, typed).await {
        Ok(sent) => (ResetPage::show(visit, Notes::default(), typed, sent), None),
        Err(error) => {
            let notes = Notes::refused(visit.view.texts().refusal(&error));
            (
                forgot_page(visit, status_of(&error), notes, typed),
                Some(error),
            )
        }
    }
}

/// Sends a code to the user with this name. Returns where it was sent, masked.
async fn send(visit: &Visit, typed: &str) -> Result<Option<String>> {
    let sent = recovery::forgot_password(&visit.client, named(typed)?).await?;
    Ok(sent.destination)
}

/// `GET /confirmforgotPassword`: the form is reached from another one only.
pub(super) async fn show_reset(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let what = ("confirmforgotPassword", Category::UserResourceRead);
    get(what, &shared, &request, |visit| {
        visit.go_to("/forgotPassword")
    })
    .await
}

/// `POST /confirmforgotPassword`: the code and the new password, or the wish for a new code.
pub(super) async fn receive_reset(
    shared: web::Data<Shared>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let outdated = |visit: &Visit, notes: Notes| forgot_page(visit, StatusCode::OK, notes, "");
    let what = (
        "confirmforgotPassword",
        (|_: &Form| Category::UserAccountRecovery) as fn(&Form) -> Category,
    );
    post(what, shared, request, payload, (take_password, outdated)).await
}

async fn take_password(posted: Posted) -> Outcome {
    let visit = &posted.visit;
    let texts = visit.view.texts();
    let Some(mut pending) = visit.unseal::<Pending>(USAGE, &posted.form) else {
        let error = ApiError::invalid_session().because("the form was not sealed for this client");
        let notes = Notes::refused(texts.form_outdated);
        return (
            forgot_page(visit, StatusCode::BAD_REQUEST, notes, ""),
            Some(error),
        );
    };
    let done = async {
        if wants_code(&posted.form) {
            pending.sent = send(visit, &pending.name).await?;
            return Ok(page(visit, Notes::done(texts.code_again), &pending));
        }
        posted.check_repeated()?;
        let (name, password) = (named(&pending.name)?, posted.secret("new_password"));
        let code = posted.field("code").trim().to_owned().into();
        recovery::confirm_forgot_password(&visit.client, name, code, password).await?;
        Ok(LoginPage::show(
            visit,
            Notes::done(texts.password_changed),
            &pending.name,
        ))
    };
    match done.await {
        Ok(response) => (response, None),
        Err(error) => {
            let error: ApiError = error;
            let mut response = page(visit, Notes::refused(texts.refusal(&error)), &pending);
            *response.status_mut() = status_of(&error);
            (response, Some(error))
        }
    }
}
