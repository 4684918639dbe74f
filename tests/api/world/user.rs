//! Users of a seed.

use serde_json::{Value, json};

use super::attributes::{attribute, merge};

/// A user of a seed, by default enabled and confirmed, without a password or attributes.
#[derive(Clone)]
pub(crate) struct User(Value);

impl User {
    /// A user with this username.
    pub(crate) fn new(name: &str) -> Self {
        Self(json!({"Username": name}))
    }

    /// The user has this password for good.
    pub(crate) fn password(self, password: &str) -> Self {
        self.with(json!({"Password": password}))
    }

    /// The user must replace this password at the first sign-in.
    pub(crate) fn temporary_password(self, password: &str) -> Self {
        self.with(json!({"TemporaryPassword": password}))
    }

    /// The user has this attribute.
    pub(crate) fn attribute(mut self, name: &str, value: &str) -> Self {
        push(&mut self.0, "UserAttributes", attribute(name, value));
        self
    }

    /// The user has these attributes.
    pub(crate) fn attributes(self, pairs: &[(&str, &str)]) -> Self {
        let add = |user: Self, (name, value): &(&str, &str)| user.attribute(name, value);
        pairs.iter().fold(self, add)
    }

    /// The user has this address, and it is verified.
    pub(crate) fn verified_email(self, address: &str) -> Self {
        self.attribute("email", address)
            .attribute("email_verified", "true")
    }

    /// The user has this device: its key, and what else a seed says of it.
    pub(crate) fn device(mut self, device: Value) -> Self {
        push(&mut self.0, "Devices", device);
        self
    }

    /// Sets further members of the seed's user.
    pub(crate) fn with(mut self, members: Value) -> Self {
        merge(&mut self.0, members);
        self
    }

    /// The user as it stands in a seed.
    pub(crate) fn into_seed(self) -> Value {
        self.0
    }
}

/// Appends to a member that is a list, and absent while it is empty.
pub(super) fn push(object: &mut Value, list: &str, item: Value) {
    match object[list].as_array_mut() {
        Some(items) => items.push(item),
        None => object[list] = json!([item]),
    }
}
