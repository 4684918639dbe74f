//! `/confirm`: the code that confirms a new account.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::{Deserialize, Serialize};

use super::login_page::LoginPage;
use super::named::named;
use super::view::{View, status_of};
use super::visit::{Notes, Outcome, Posted, Visit, get, post};
use crate::accounts::sign_up;
use crate::error::ApiError;
use crate::http::Shared;
use crate::oauth2::Form;
use crate::quotas::Category;

/// What the form is sealed for.
const USAGE: &str = "confirm";

/// Whose account the form confirms. It travels in the form.
#[derive(Serialize, Deserialize)]
struct Pending {
    name: String,
    /// Where the code was sent, masked.
    sent: Option<String>,
}

/// The page for the code.
#[derive(Template)]
#[template(path = "confirm.html")]
pub(super) struct ConfirmPage<'a> {
    view: &'a View,
    visit: &'a Visit,
    notes: Notes,
    state: String,
    told: String,
}

impl ConfirmPage<'_> {
    /// The page for the code of a new account.
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
            visit.show(&ConfirmPage {
                view,
                visit,
                notes,
                state,
                told,
            })
        }
        Err(error) => view.refuse(&error),
    }
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
    let outdated = |visit: &Visit, notes: Notes| LoginPage::show(visit, notes, "");
    post(
        ("confirm", category),
        shared,
        request,
        payload,
        (take, outdated),
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

/// Whether the button for a new code was pressed.
pub(super) fn wants_code(form: &Form) -> bool {
    form.find("action") == Some("resend")
}

async fn take(posted: Posted) -> Outcome {
    let visit = &posted.visit;
    let texts = visit.view.texts();
    let Some(mut pending) = visit.unseal::<Pending>(USAGE, &posted.form) else {
        let error = ApiError::invalid_session().because("the form was not sealed for this client");
        let notes = Notes::refused(texts.form_outdated);
        return (LoginPage::show(visit, notes, ""), Some(error));
    };
    let done = async {
        let name = named(&pending.name)?;
        if wants_code(&posted.form) {
            pending.sent = sign_up::resend(&visit.client, name).await?.destination;
            return Ok(page(visit, Notes::done(texts.code_again), &pending));
        }
        let code = posted.field("code").trim().to_owned().into();
        sign_up::confirm(&visit.client, name, code, false).await?;
        Ok(LoginPage::show(
            visit,
            Notes::done(texts.account_confirmed),
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
