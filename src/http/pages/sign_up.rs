//! `/signup`: a new account.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::code_form::Sent;
use super::confirm::CONFIRM;
use super::login_page::LoginPage;
use super::named::{Field, attributes, named};
use super::view::{View, status_of};
use super::visit::{Notes, Posted, Visit, get, post};
use crate::accounts::sign_up::{self, Application};
use crate::error::ApiError;
use crate::http::Shared;
use crate::http::exchange::Answer;
use crate::oauth2::Form;
use crate::quotas::Category;

#[derive(Template)]
#[template(path = "sign_up.html")]
struct SignUpPage<'a> {
    view: &'a View,
    visit: &'a Visit,
    notes: Notes,
    name: &'a str,
    fields: Vec<Field>,
}

fn page(visit: &Visit, status: StatusCode, notes: Notes, typed: Option<&Form>) -> HttpResponse {
    let name = typed.and_then(|form| form.find("username"));
    let page = SignUpPage {
        view: &visit.view,
        visit,
        notes,
        name: name
            .or(visit.request.login_hint.as_deref())
            .unwrap_or_default(),
        fields: Field::all(&visit.offers.attributes(), typed),
    };
    visit.show_with(status, &page)
}

/// `GET`: the form.
pub(super) async fn show(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    get(
        ("signup", Category::UserResourceRead),
        &shared,
        &request,
        |visit| page(visit, StatusCode::OK, Notes::default(), None),
    )
    .await
}

/// `POST`: the application.
pub(super) async fn receive(
    shared: web::Data<Shared>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let outdated = |visit: &Visit, notes: Notes| page(visit, StatusCode::OK, notes, None);
    let category = |_: &Form| Category::UserCreation;
    post(
        ("signup", category),
        shared,
        request,
        payload,
        (take, outdated),
    )
    .await
}

async fn take(posted: Posted) -> Answer {
    let visit = &posted.visit;
    let texts = visit.view.texts();
    let typed = posted.field("username");
    let signed_up = async {
        let username = named(typed)?;
        let application = Application {
            username,
            password: Some(posted.secret("password")),
            attributes: attributes(&posted.form, &visit.offers.attributes()),
        };
        sign_up::sign_up(&visit.client, application).await
    };
    match signed_up.await {
        Ok(signed_up) => {
            let sent = signed_up.sent.and_then(|sent| sent.destination);
            let response = match sent {
                Some(destination) => {
                    let (name, destination) = (typed.to_owned(), Some(destination));
                    CONFIRM.show(visit, Notes::default(), &Sent { name, destination })
                }
                None => LoginPage::show(visit, Notes::done(texts.wait_for_administrator), typed),
            };
            (response, None)
        }
        Err(error) => (refused(&posted, &error), Some(error)),
    }
}

fn refused(posted: &Posted, error: &ApiError) -> HttpResponse {
    let notes = Notes::refused(posted.visit.view.texts().refusal(error));
    page(&posted.visit, status_of(error), notes, Some(&posted.form))
}
