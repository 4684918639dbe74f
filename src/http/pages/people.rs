//! The page of a fake identity provider, on which one chooses who to be. Each person is a link, since no form can know where the way
//! ends.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::view::View;
use crate::api::ErrorCode;
use crate::domain::provider::person::Person;
use crate::error::Result;
use crate::http::Shared;
use crate::http::exchange::Exchange;
use crate::http::idp::provider;
use crate::http::oauth2::answers::redirect;
use crate::idp::Chosen;
use crate::oauth2::Form;

/// The parameter that says who was chosen; empty for nobody.
const PERSON: &str = "person";

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage<'a> {
    view: &'a View,
    people: Vec<Choice<'a>>,
    /// The query that chooses nobody.
    nobody: String,
}

/// A person, and the query that chooses the person.
struct Choice<'a> {
    person: &'a Person,
    query: String,
}

/// `GET`: the page, or the way back with who was chosen.
pub(super) async fn answer(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let exchange = Exchange::at("fakeAuthorize", &shared, &request);
    let view = View::of(&request);
    let (response, error) = match respond(&shared, &exchange, &request, &view).await {
        Ok(response) => (response, None),
        Err(error) if error.code == ErrorCode::ResourceNotFoundException => {
            let said = view.texts().refusal(&error);
            (view.say(StatusCode::NOT_FOUND, said), Some(error))
        }
        Err(error) => (view.refuse(&error), Some(error)),
    };
    exchange.end(response, error)
}

async fn respond(
    shared: &Shared,
    exchange: &Exchange,
    request: &HttpRequest,
    view: &View,
) -> Result<HttpResponse> {
    let provider = provider(shared, exchange, request).await?;
    let query = request.query_string();
    let asked = provider.asked(&Form::parse(query)).await?;
    let mut parameters = form_urlencoded::parse(query.as_bytes());
    if let Some((_, subject)) = parameters.find(|(name, _)| name == PERSON) {
        let chosen = if subject.is_empty() {
            Chosen::Nobody
        } else {
            Chosen::Person(&subject)
        };
        let location = provider.answer(asked, &chosen)?;
        let (response, error) = redirect(location.expose());
        return error.map_or(Ok(response), Err);
    }
    let choosing = |subject: &str| {
        let mut chosen = form_urlencoded::Serializer::new(query.to_owned());
        chosen.append_pair(PERSON, subject);
        chosen.finish()
    };
    let page = PeoplePage {
        view,
        people: { asked.people.iter() }
            .map(|person| Choice {
                query: choosing(person.subject()),
                person,
            })
            .collect(),
        nobody: choosing(""),
    };
    Ok(view.answer(StatusCode::OK, &page))
}
