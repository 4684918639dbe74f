//! The people of a pool's fake identity provider.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::identity::MAX_VALUE;
use crate::domain::document::Body;
use crate::error::{ApiError, Result};

/// The claim that names a person (OpenID Connect Core 1.0 section 2).
const SUBJECT: &str = "sub";

/// Somebody who can sign in at the fake identity provider: claims by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Person {
    claims: Map<String, Value>,
}

impl Body for Person {
    const KIND: &'static str = "Person";
}

impl Person {
    /// Somebody with these claims.
    ///
    /// # Errors
    /// `InvalidParameterException` when none of them names the person.
    pub(crate) fn of(claims: Map<String, Value>) -> Result<Self> {
        let person = Self { claims };
        let length = person.subject().chars().count();
        if (1..=MAX_VALUE).contains(&length) {
            Ok(person)
        } else {
            Err(ApiError::invalid_parameter(
                "sub must be a text of 1 to 255 characters",
            ))
        }
    }

    /// What the person is called among programs; empty only if it was not checked by [`Person::of`].
    pub(crate) fn subject(&self) -> &str {
        self.text(SUBJECT).unwrap_or_default()
    }

    /// What the person is called among people.
    pub(crate) fn name(&self) -> &str {
        let name = self.text("name").or_else(|| self.text("email"));
        name.unwrap_or_else(|| self.subject())
    }

    /// What else tells the person from others: the address, or else the subject. Returns `None` if that is the name.
    pub(crate) fn detail(&self) -> Option<&str> {
        let detail = self.text("email").unwrap_or_else(|| self.subject());
        (detail != self.name()).then_some(detail)
    }

    /// All claims.
    pub(crate) fn into_claims(self) -> Map<String, Value> {
        self.claims
    }

    fn text(&self, claim: &str) -> Option<&str> {
        self.claims
            .get(claim)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    }
}
