//! A challenge of a sign-in that waits for its answer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::api::{ChallengeNameType, Sensitive};
use crate::domain::mfa::Factor;

/// The beginning of the names of attributes that a new password goes with.
pub(super) const ATTRIBUTE_PREFIX: &str = "userAttributes.";

/// A challenge that waits for its answer. It travels in the form.
#[derive(Serialize, Deserialize)]
pub(super) struct Pending {
    pub(super) challenge: ChallengeNameType,
    /// The name that was typed at first.
    pub(super) name: String,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) session: Option<Sensitive<String>>,
    /// The secret of a software token that is being set up.
    pub(super) secret: Option<Sensitive<String>>,
    /// The factor that is being set up.
    pub(super) setting_up: Option<Factor>,
}

impl Pending {
    /// The factors that the challenge lets choose among.
    pub(super) fn factors(&self, parameter: &str) -> Vec<Factor> {
        let named = self.parameters.get(parameter).map(String::as_str);
        let named: Vec<String> =
            serde_json::from_str(named.unwrap_or_default()).unwrap_or_default();
        named
            .iter()
            .filter_map(|name| Factor::parse(name))
            .collect()
    }

    /// The attributes that a new password has to come with.
    pub(super) fn required_attributes(&self) -> Vec<String> {
        let named = self
            .parameters
            .get("requiredAttributes")
            .map(String::as_str);
        let named: Vec<String> =
            serde_json::from_str(named.unwrap_or_default()).unwrap_or_default();
        let named = named
            .iter()
            .filter_map(|name| name.strip_prefix(ATTRIBUTE_PREFIX));
        named.map(str::to_owned).collect()
    }
}

/// A response, owned.
pub(super) fn own(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}
