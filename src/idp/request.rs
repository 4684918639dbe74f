//! A request for authorization at the fake identity provider (OpenID Connect Core 1.0 section 3.1.2.1).

use super::provider::FakeProvider;
use super::ticket::{Ticket, Use};
use crate::api::Sensitive;
use crate::domain::provider::person::Person;
use crate::error::{ApiError, Result};
use crate::host::Host;
use crate::oauth2::Form;

/// The most people that are shown.
const MOST: u32 = 100;

/// What answers to the request go to: the endpoint of a domain.
const CALLBACK: &str = "/oauth2/idpresponse";

/// A request of one of the pool's providers, and who can be chosen.
pub(crate) struct AuthorizationRequest {
    client_id: String,
    redirect_uri: String,
    state: Option<String>,
    nonce: Option<String>,
    challenge: Option<String>,
    pub(crate) people: Vec<Person>,
}

/// What somebody does who is to choose a person.
pub(crate) enum Chosen<'a> {
    /// Chooses the one with this subject.
    Person(&'a str),
    /// Chooses nobody.
    Nobody,
}

impl FakeProvider {
    /// Checks a request.
    ///
    /// # Errors
    /// `InvalidParameterException` when it is none of a provider of the pool, or its answer would go anywhere but to a domain.
    pub(crate) async fn asked(&self, form: &Form) -> Result<AuthorizationRequest> {
        let needed = |name: &str| {
            let given = form.owned(name);
            given.ok_or_else(|| ApiError::invalid_parameter(format!("{name} is missing")))
        };
        let (client_id, redirect_uri) = (needed("client_id")?, needed("redirect_uri")?);
        if form.find("response_type") != Some("code") {
            return Err(ApiError::invalid_parameter("response_type must be code"));
        }
        if !self.is_own(&redirect_uri) {
            return Err(ApiError::invalid_parameter(
                "redirect_uri is not the address of a domain of this server",
            ));
        }
        let (pool, id) = (self.pool.clone(), client_id.clone());
        let read = self.cx.read(move |_, tx| {
            let client = Self::find_client(&pool, tx, &id)?;
            client.ok_or_else(|| {
                ApiError::invalid_parameter(
                    "no identity provider of the pool has this client_id and this issuer",
                )
            })?;
            let people = tx.documents::<Person>(&pool, None, MOST)?.items;
            Ok(people.into_iter().map(|document| document.body).collect())
        });
        Ok(AuthorizationRequest {
            people: read.await?,
            client_id,
            redirect_uri,
            state: form.owned("state"),
            nonce: form.owned("nonce"),
            challenge: form.owned("code_challenge"),
        })
    }

    /// Whether the address is one that this server sends with its requests.
    fn is_own(&self, redirect_uri: &str) -> bool {
        let rest = redirect_uri.split_once("://");
        let rest = rest.filter(|(scheme, _)| ["http", "https"].contains(scheme));
        let Some((host, path)) = rest.and_then(|(_, rest)| rest.split_once('/')) else {
            return false;
        };
        let host = Host::parse(host);
        let is_ours = host.is_some_and(|host| host.is_this_machine() || host == self.cx.host);
        is_ours && format!("/{path}").ends_with(CALLBACK) && !path.contains(['?', '#'])
    }

    /// The address that the choice leads to.
    ///
    /// # Errors
    /// `InvalidParameterException` when there is no such person; `InternalErrorException`.
    pub(crate) fn answer(
        &self,
        request: AuthorizationRequest,
        chosen: &Chosen<'_>,
    ) -> Result<Sensitive<String>> {
        let answer = match chosen {
            Chosen::Nobody => ("error", "access_denied".to_owned()),
            Chosen::Person(subject) => {
                let mut people = request.people.iter();
                if !people.any(|person| person.subject() == *subject) {
                    return Err(ApiError::invalid_parameter("there is no such person"));
                }
                let client = (request.client_id.as_str(), request.redirect_uri.as_str());
                let proofs = (request.nonce, request.challenge);
                let code = Ticket::new(self, subject, client, proofs);
                ("code", code.seal(self, Use::Code)?.into_inner())
            }
        };
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair(answer.0, &answer.1);
        if let Some(state) = &request.state {
            query.append_pair("state", state);
        }
        query.append_pair("iss", &self.issuer);
        Ok(format!("{}?{}", request.redirect_uri, query.finish()).into())
    }
}
