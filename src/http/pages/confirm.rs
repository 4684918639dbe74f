//! `/confirm`: the code that confirms a new account.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::code_form::{CodeForm, Sent, wants_code};
use super::login_page::LoginPage;
use super::named::named;
use super::view::View;
use super::visit::{Notes, Posted, Visit, get, post};
use crate::accounts::sign_up;
use crate::error::Result;
use crate::http::Shared;
use crate::http::exchange::Answer;
use crate::ids::Username;
use crate::oauth2::Form;
use crate::quotas::Category;

/// The form for the code of a new account.
pub(super) const CONFIRM: CodeForm = CodeForm {
    usage: "confirm",
    page,
    again,
};

/// The page for the code.
#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage<'a> {
    view: &'a View,
    visit: &'a Visit,
    notes: Notes,
    state: String,
    told: String,
}

fn page(visit: &Visit, notes: Notes, state: String, sent: &Sent) -> HttpResponse {
    visit.show(&ConfirmPage {
        view: &visit.view,
        visit,
        notes,
        state,
        told: sent.told(visit.view.texts()),
    })
}

fn again(visit: &Visit, notes: Notes) -> HttpResponse {
    LoginPage::show(visit, notes, "")
}

/// `GET`: the form is reached from another one only.
pub(super) async fn show(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let category = Category::UserResourceRead;
    get(("confirm", category), &shared, &request, |visit| {
        visit.go_to("/login")
    })
    .await
}

/// `POST`: the code, or the wish for a new one.
pub(super) async fn receive(
    shared: web::Data<Shared>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    post(
        ("confirm", category),
        shared,
        request,
        payload,
        (take, again),
    )
    .await
}

fn category(form: &Form) -> Category {
    if wants_code(form) {
        Category::UserResourceRead
    } else {
        Category::UserCreation
    }
}

async fn take(posted: Posted) -> Answer {
    let send = async |visit: &Visit, name: Username| {
        Ok(sign_up::resend(&visit.client, name).await?.destination)
    };
    CONFIRM.take(posted, send, confirm).await
}

async fn confirm(posted: &Posted, sent: &Sent) -> Result<HttpResponse> {
    let visit = &posted.visit;
    let code = posted.field("code").trim().to_owned().into();
    sign_up::confirm(&visit.client, named(&sent.name)?, code, false).await?;
    let notes = Notes::done(visit.view.texts().account_confirmed);
    Ok(LoginPage::show(visit, notes, &sent.name))
}
