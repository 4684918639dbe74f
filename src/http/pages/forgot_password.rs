//! `/forgotPassword` and `/confirmforgotPassword`: a new password by a code.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::code_form::{CodeForm, Sent};
use super::login_page::LoginPage;
use super::named::named;
use super::view::{View, status_of};
use super::visit::{Notes, Posted, Visit, get, post};
use crate::accounts::recovery;
use crate::error::Result;
use crate::http::Shared;
use crate::http::exchange::Answer;
use crate::ids::Username;
use crate::oauth2::Form;
use crate::quotas::Category;

/// The form for the code and the new password.
pub(super) const RESET: CodeForm = CodeForm {
    usage: "reset",
    page,
    again,
};

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

fn again(visit: &Visit, notes: Notes) -> HttpResponse {
    forgot_page(visit, StatusCode::OK, notes, "")
}

/// The page for the code and the new password.
#[derive(Template)]
#[template(path = "reset_password.html")]
struct ResetPage<'a> {
    view: &'a View,
    visit: &'a Visit,
    notes: Notes,
    state: String,
    told: String,
    name: &'a str,
}

fn page(visit: &Visit, notes: Notes, state: String, sent: &Sent) -> HttpResponse {
    visit.show(&ResetPage {
        view: &visit.view,
        visit,
        notes,
        state,
        told: sent.told(visit.view.texts()),
        name: &sent.name,
    })
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
    let what = ("forgotPassword", category as fn(&Form) -> Category);
    post(what, shared, request, payload, (take_name, again)).await
}

fn category(_: &Form) -> Category {
    Category::UserAccountRecovery
}

async fn take_name(posted: Posted) -> Answer {
    let visit = &posted.visit;
    let name = posted.field("username");
    let sent = async { send(visit, named(name)?).await };
    match sent.await {
        Ok(destination) => {
            let name = name.to_owned();
            let sent = Sent { name, destination };
            (RESET.show(visit, Notes::default(), &sent), None)
        }
        Err(error) => {
            let notes = Notes::refused(visit.view.texts().refusal(&error));
            let response = forgot_page(visit, status_of(&error), notes, name);
            (response, Some(error))
        }
    }
}

/// Sends a code to the user with this name. Returns where it was sent, masked.
async fn send(visit: &Visit, name: Username) -> Result<Option<String>> {
    let sent = recovery::forgot_password(&visit.client, name).await?;
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
    let what = ("confirmforgotPassword", category as fn(&Form) -> Category);
    post(what, shared, request, payload, (take_password, again)).await
}

async fn take_password(posted: Posted) -> Answer {
    RESET.take(posted, send, reset).await
}

async fn reset(posted: &Posted, sent: &Sent) -> Result<HttpResponse> {
    let visit = &posted.visit;
    posted.check_repeated()?;
    let (name, password) = (named(&sent.name)?, posted.secret("new_password"));
    let code = posted.field("code").trim().to_owned().into();
    recovery::confirm_forgot_password(&visit.client, name, code, password).await?;
    let notes = Notes::done(visit.view.texts().password_changed);
    Ok(LoginPage::show(visit, notes, &sent.name))
}
