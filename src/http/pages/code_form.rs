//! The form for a code that was sent, with its button for a new one: what confirming an account and setting a new password have in
//! common.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};

use super::named::named;
use super::texts::Texts;
use super::view::status_of;
use super::visit::{Notes, Posted, Visit};
use crate::error::{ApiError, Result};
use crate::http::exchange::Answer;
use crate::ids::Username;
use crate::oauth2::Form;

/// Who was sent a code. It travels in the form.
#[derive(Serialize, Deserialize)]
pub(super) struct Sent {
    /// The name that was typed.
    pub(super) name: String,
    /// Where the code was sent, masked.
    pub(super) destination: Option<String>,
}

impl Sent {
    /// What the page says of the code.
    pub(super) fn told(&self, texts: &Texts) -> String {
        let sent = self.destination.as_deref();
        let sent = sent.map(|destination| texts.code_sent_to(destination));
        sent.unwrap_or_else(|| texts.code_asked.to_owned())
    }
}

/// Whether the button for a new code was pressed.
pub(super) fn wants_code(form: &Form) -> bool {
    form.find("action") == Some("resend")
}

/// A page with such a form.
pub(super) struct CodeForm {
    /// What the form is sealed for.
    pub(super) usage: &'static str,
    /// The page, whose form has this sealed state.
    pub(super) page: fn(&Visit, Notes, state: String, &Sent) -> HttpResponse,
    /// The page to begin anew.
    pub(super) again: fn(&Visit, Notes) -> HttpResponse,
}

impl CodeForm {
    /// The page for the code of the user who was sent one.
    pub(super) fn show(&self, visit: &Visit, notes: Notes, sent: &Sent) -> HttpResponse {
        match visit.seal(self.usage, sent) {
            Ok(state) => (self.page)(visit, notes, state, sent),
            Err(error) => visit.view.refuse(&error),
        }
    }

    /// Takes the form. `deliver` sends the user with this name a new code, and returns where; `done` does what the code allows.
    pub(super) async fn take(
        &self,
        posted: Posted,
        deliver: impl AsyncFnOnce(&Visit, Username) -> Result<Option<String>>,
        done: impl AsyncFnOnce(&Posted, &Sent) -> Result<HttpResponse>,
    ) -> Answer {
        let visit = &posted.visit;
        let texts = visit.view.texts();
        let Some(mut sent) = visit.unseal::<Sent>(self.usage, &posted.form) else {
            let error =
                ApiError::invalid_session().because("the form was not sealed for this client");
            let mut response = (self.again)(visit, Notes::refused(texts.form_outdated));
            *response.status_mut() = status_of(&error);
            return (response, Some(error));
        };
        let answered = if wants_code(&posted.form) {
            send_again(visit, &mut sent, deliver).await.map(|()| {
                let notes = Notes::done(texts.code_again);
                self.show(visit, notes, &sent)
            })
        } else {
            done(&posted, &sent).await
        };
        match answered {
            Ok(response) => (response, None),
            Err(error) => {
                let notes = Notes::refused(texts.refusal(&error));
                let mut response = self.show(visit, notes, &sent);
                *response.status_mut() = status_of(&error);
                (response, Some(error))
            }
        }
    }
}

async fn send_again(
    visit: &Visit,
    sent: &mut Sent,
    deliver: impl AsyncFnOnce(&Visit, Username) -> Result<Option<String>>,
) -> Result<()> {
    sent.destination = deliver(visit, named(&sent.name)?).await?;
    Ok(())
}
