//! `/login`: a name and a password, and then whatever the sign-in asks for.

use actix_web::{HttpRequest, HttpResponse, web};

use super::challenge;
use super::code_form::Sent;
use super::confirm::CONFIRM;
use super::forgot_password::RESET;
use super::login_page::LoginPage;
use super::named::named;
use super::view::status_of;
use super::visit::{Notes, Posted, Visit, get, post};
use crate::api::{AuthFlowType, ErrorCode};
use crate::error::ApiError;
use crate::http::Shared;
use crate::http::exchange::Answer;
use crate::oauth2::Form;
use crate::quotas::Category;
use crate::sign_in::{self, Parameters};

/// `GET`: the form.
pub(super) async fn show(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    get(
        ("login", Category::UserResourceRead),
        &shared,
        &request,
        |visit| {
            let hint = visit.request.login_hint.as_deref().unwrap_or_default();
            LoginPage::show(visit, Notes::default(), hint)
        },
    )
    .await
}

/// `POST`: the password, or the answer to what the sign-in asked for.
pub(super) async fn receive(
    shared: web::Data<Shared>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let outdated = |visit: &Visit, notes: Notes| LoginPage::show(visit, notes, "");
    post(
        ("login", category),
        shared,
        request,
        payload,
        (take, outdated),
    )
    .await
}

/// The categories of the operations that do the same.
fn category(form: &Form) -> Category {
    if form.find("state").is_none() {
        Category::UserAuthentication
    } else if form.find("new_password").is_some() {
        Category::UserAccountRecovery
    } else {
        Category::ChallengeResponse
    }
}

async fn take(posted: Posted) -> Answer {
    if posted.form.find("state").is_some() {
        challenge::take(posted, again).await
    } else {
        begin(posted).await
    }
}

/// Begins a sign-in by the password.
async fn begin(posted: Posted) -> Answer {
    let visit = &posted.visit;
    let typed = posted.field("username");
    let flow = AuthFlowType::UserPasswordAuth;
    visit.client.cx.seen.set_flow(flow);
    let begun = async {
        named(typed)?;
        let given = [("USERNAME", typed), ("PASSWORD", posted.field("password"))];
        let given = Parameters::of(given);
        sign_in::begin_in_browser(&visit.client, &given, &visit.request).await
    };
    let answered = match begun.await {
        Ok(outcome) => challenge::follow(visit, typed, outcome).await,
        Err(error) => Err(error),
    };
    match answered {
        Ok(response) => (response, None),
        Err(error) => (refused(visit, typed, &error), Some(error)),
    }
}

/// The page after a refused password. Somebody whose password was right but who has something to do first is led there.
fn refused(visit: &Visit, name: &str, error: &ApiError) -> HttpResponse {
    let notes = Notes::refused(visit.view.texts().refusal(error));
    let asks_for_code = if error.code == ErrorCode::UserNotConfirmedException {
        CONFIRM
    } else if error.code == ErrorCode::PasswordResetRequiredException {
        RESET
    } else {
        return LoginPage::show_with(visit, status_of(error), notes, name);
    };
    let sent = Sent {
        name: name.to_owned(),
        destination: None,
    };
    asks_for_code.show(visit, notes, &sent)
}

/// The page after a sign-in that cannot go on, to begin anew.
fn again(visit: &Visit, name: &str, error: &ApiError) -> HttpResponse {
    let notes = Notes::refused(visit.view.texts().refusal(error));
    LoginPage::show_with(visit, status_of(error), notes, name)
}
