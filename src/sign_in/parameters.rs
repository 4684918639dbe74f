//! `AuthParameters` and `ChallengeResponses`, which a client sends, and `ChallengeParameters`, which it gets.

use std::collections::BTreeMap;

use crate::api::Sensitive;
use crate::error::{ApiError, Result};
use crate::ids::{DeviceKey, Username};

/// Names and values of `ChallengeParameters`.
pub(crate) type ChallengeParameters = BTreeMap<String, String>;

/// The parameters of a challenge, from an array.
pub(super) fn parameters<const N: usize>(given: [(&str, String); N]) -> ChallengeParameters {
    let given = given.into_iter();
    given
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Names and values that a client sends, all of them sensitive.
pub(crate) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// What the member of a request holds; nothing where the member is missing.
    pub(crate) fn new(given: Option<Sensitive<BTreeMap<String, String>>>) -> Self {
        Self(given.map(Sensitive::into_inner).unwrap_or_default())
    }

    /// These names and values.
    pub(crate) fn of<T: Into<String>>(given: impl IntoIterator<Item = (T, T)>) -> Self {
        let given = given.into_iter();
        Self(
            given
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }

    /// The value of a parameter that must be given.
    ///
    /// # Errors
    /// `InvalidParameterException` when it is missing or empty.
    pub(crate) fn required(&self, name: &str) -> Result<&str> {
        self.find(name)
            .ok_or_else(|| ApiError::missing_parameter(name))
    }

    /// The value of a parameter, if it is given and not empty.
    pub(super) fn find(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name).map(String::as_str);
        value.filter(|value| !value.is_empty())
    }

    /// The name of the user, if it is given.
    pub(crate) fn name(&self) -> Option<Username> {
        self.find("USERNAME")
            .map(|name| Username::from(name.to_owned()))
    }

    /// The user who signs in.
    ///
    /// # Errors
    /// As [`Self::required`].
    pub(super) fn username(&self) -> Result<Username> {
        self.required("USERNAME")
            .map(|name| Username::from(name.to_owned()))
    }

    /// The device that the client says it is.
    pub(super) fn device_key(&self) -> Option<DeviceKey> {
        self.find("DEVICE_KEY")
            .map(|key| DeviceKey::from(key.to_owned()))
    }

    /// The parameters whose names start with `prefix`. The names that it returns lack the prefix.
    pub(super) fn with_prefix<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        let named = self.0.iter();
        named.filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, value.as_str())))
    }
}
