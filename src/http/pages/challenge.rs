//! The pages of the challenges of a sign-in: what each asks for, and the answers that go back to [`crate::sign_in`].

use actix_web::HttpResponse;
use askama::Template;

use super::mfa_setup;
use super::named::{Field, attributes};
use super::pending::{ATTRIBUTE_PREFIX, Pending, own};
use super::texts::Texts;
use super::view::{View, status_of};
use super::visit::{Notes, Posted, Visit};
use crate::api::{ChallengeNameType, ErrorCode, Sensitive};
use crate::domain::mfa::Factor;
use crate::error::{ApiError, Result};
use crate::http::exchange::Answer;
use crate::oauth2::{Form, Written};
use crate::sign_in::{self, Outcome, Parameters};

/// What the form of a challenge is sealed for.
const USAGE: &str = "challenge";

/// The page for a new password in place of a temporary one.
#[derive(Template)]
#[template(path = "new_password.html")]
struct NewPasswordPage<'a> {
    view: &'a View,
    visit: &'a Visit,
    notes: Notes,
    state: String,
    name: &'a str,
    fields: Vec<Field>,
}

/// The page for a code.
#[derive(Template)]
#[template(path = "code.html")]
struct CodePage<'a> {
    view: &'a View,
    visit: &'a Visit,
    notes: Notes,
    state: String,
    /// Where the code comes from.
    told: String,
}

/// The page to choose a factor.
#[derive(Template)]
#[template(path = "choose_factor.html")]
struct ChoicePage<'a> {
    view: &'a View,
    visit: &'a Visit,
    notes: Notes,
    state: String,
    heading: &'a str,
    told: &'a str,
    choices: Vec<Choice>,
}

/// A factor that can be chosen.
struct Choice {
    /// What the API calls it.
    name: &'static str,
    label: &'static str,
}

fn choices(texts: &Texts, factors: &[Factor]) -> Vec<Choice> {
    let choice = |factor: &Factor| Choice {
        name: factor.name(),
        label: texts.factor(*factor),
    };
    factors.iter().map(choice).collect()
}

/// Follows a sign-in: to the next challenge, or back to the app.
///
/// # Errors
/// As [`Visit::complete`]; `NotImplementedException` of a challenge that the pages cannot put.
pub(super) async fn follow(
    visit: &Visit,
    name: &str,
    outcome: Outcome<Written>,
) -> Result<HttpResponse> {
    let challenge = match outcome {
        Outcome::Done(written) => return visit.complete(*written).await,
        Outcome::Challenge(challenge) => challenge,
    };
    visit.client.cx.seen.set_next(Some(challenge.name));
    let mut pending = Pending {
        challenge: challenge.name,
        name: name.to_owned(),
        parameters: challenge.parameters,
        session: challenge.session,
        secret: None,
        setting_up: None,
    };
    if let [only] = pending.factors("MFAS_CAN_SETUP").as_slice() {
        mfa_setup::choose(visit, &mut pending, *only).await?;
    }
    page(visit, &pending, Notes::default(), None)
}

/// The page of a challenge, with what was typed before.
pub(super) fn page(
    visit: &Visit,
    pending: &Pending,
    notes: Notes,
    typed: Option<&Form>,
) -> Result<HttpResponse> {
    let (view, texts) = (&visit.view, visit.view.texts());
    let state = visit.seal(USAGE, pending)?;
    Ok(match pending.challenge {
        ChallengeNameType::NewPasswordRequired => {
            let name = pending.name.as_str();
            let fields = Field::all(&pending.required_attributes(), typed);
            visit.show(&NewPasswordPage {
                view,
                visit,
                notes,
                state,
                name,
                fields,
            })
        }
        ChallengeNameType::SmsMfa | ChallengeNameType::EmailOtp => {
            let destination = pending.parameters.get("CODE_DELIVERY_DESTINATION");
            let told = texts.code_sent_to(destination.map_or("", String::as_str));
            visit.show(&CodePage {
                view,
                visit,
                notes,
                state,
                told,
            })
        }
        ChallengeNameType::SoftwareTokenMfa => {
            let told = texts.code_of_app.to_owned();
            visit.show(&CodePage {
                view,
                visit,
                notes,
                state,
                told,
            })
        }
        ChallengeNameType::SelectMfaType => visit.show(&ChoicePage {
            heading: texts.second_factor,
            told: texts.choose_factor,
            choices: choices(texts, &pending.factors("MFAS_CAN_CHOOSE")),
            view,
            visit,
            notes,
            state,
        }),
        ChallengeNameType::MfaSetup if pending.setting_up.is_some() => {
            mfa_setup::page(visit, pending, notes, state)?
        }
        ChallengeNameType::MfaSetup => visit.show(&ChoicePage {
            heading: texts.set_up,
            told: texts.set_up_intro,
            choices: choices(texts, &pending.factors("MFAS_CAN_SETUP")),
            view,
            visit,
            notes,
            state,
        }),
        // A sign-in by the password, in which no device is named, asks for none of these.
        ChallengeNameType::PasswordVerifier
        | ChallengeNameType::CustomChallenge
        | ChallengeNameType::SelectChallenge
        | ChallengeNameType::DeviceSrpAuth
        | ChallengeNameType::DevicePasswordVerifier
        | ChallengeNameType::AdminNoSrpAuth
        | ChallengeNameType::SmsOtp
        | ChallengeNameType::Password
        | ChallengeNameType::WebAuthn
        | ChallengeNameType::PasswordSrp => {
            return Err(ApiError::not_served("this challenge in the browser"));
        }
    })
}

/// Takes the answer to a challenge. `again` is the page to begin anew.
pub(super) async fn take(
    posted: Posted,
    again: fn(&Visit, &str, &ApiError) -> HttpResponse,
) -> Answer {
    let visit = &posted.visit;
    let Some(mut pending) = visit.unseal::<Pending>(USAGE, &posted.form) else {
        let error = ApiError::invalid_session().because("the form was not sealed for this client");
        return (again(visit, "", &error), Some(error));
    };
    visit.client.cx.seen.set_challenge(pending.challenge);
    let error = match answer(&posted, &mut pending).await {
        Ok(response) => return (response, None),
        Err(error) => error,
    };
    // What is refused by this error cannot be tried again.
    let is_over = error.code == ErrorCode::NotAuthorizedException && !is_wrong_code(&error);
    let response = if is_over {
        again(visit, &pending.name, &error)
    } else {
        let notes = Notes::refused(visit.view.texts().refusal(&error));
        let shown = page(visit, &pending, notes, Some(&posted.form));
        let shown = shown.map(|mut shown| {
            *shown.status_mut() = status_of(&error);
            shown
        });
        shown.unwrap_or_else(|error| visit.view.refuse(&error))
    };
    (response, Some(error))
}

fn is_wrong_code(error: &ApiError) -> bool {
    error.message == ApiError::wrong_mfa_code().message
}

/// Hands the answer to the sign-in, and follows it.
async fn answer(posted: &Posted, pending: &mut Pending) -> Result<HttpResponse> {
    let visit = &posted.visit;
    let challenge = pending.challenge;
    let responses = if challenge == ChallengeNameType::MfaSetup {
        match mfa_setup::take(posted, pending).await? {
            Some(responses) => responses,
            None => return page(visit, pending, Notes::default(), None),
        }
    } else if challenge == ChallengeNameType::NewPasswordRequired {
        new_password(posted, pending)?
    } else if challenge == ChallengeNameType::SelectMfaType {
        vec![own("ANSWER", posted.field("answer"))]
    } else {
        let name = format!("{}_CODE", challenge.as_str());
        vec![own(&name, posted.field("code").trim())]
    };
    let name = own("USERNAME", &pending.name);
    let responses = Parameters::of(responses.into_iter().chain([name]));
    let session = pending.session.clone();
    let (client, request) = (&visit.client, &visit.request);
    let outcome = sign_in::answer(client, challenge, &responses, session, request).await?;
    follow(visit, &pending.name, outcome).await
}

/// The new password, and the attributes that it has to come with.
fn new_password(posted: &Posted, pending: &Pending) -> Result<Vec<(String, String)>> {
    let password = posted.field("new_password");
    posted.check_repeated()?;
    let given = attributes(&posted.form, &pending.required_attributes());
    let given = given.into_iter().map(|attribute| {
        let value = attribute.value.map(Sensitive::into_inner);
        (
            format!("{ATTRIBUTE_PREFIX}{}", attribute.name),
            value.unwrap_or_default(),
        )
    });
    Ok(given.chain([own("NEW_PASSWORD", password)]).collect())
}
