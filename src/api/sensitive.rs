//! Values that the API model marks sensitive: passwords, tokens, secrets, attribute values. The type keeps them out of logs: it
//! has no `Display`, and its `Debug` shows nothing. It does not show on the wire.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// A value that must not be printed.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Sensitive<T>(T);

impl<T> Sensitive<T> {
    /// The value, for code that needs it.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// The value itself.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> From<T> for Sensitive<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Sensitive<T> {
    /// The error does not repeat a value of another type either.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self).map_err(|error| {
            // A missing member comes here as well; its error holds only the member's name.
            if error.to_string().starts_with("missing field") {
                error
            } else {
                D::Error::custom("a sensitive value of another form is expected")
            }
        })
    }
}

impl<T> fmt::Debug for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[sensitive]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_invisible_on_the_wire_and_silent_in_a_log() {
        let secret: Sensitive<String> = serde_json::from_str(r#""tulip""#).unwrap();
        assert_eq!(secret.expose(), "tulip");
        assert_eq!(format!("{:?}", Some(&secret)), "Some([sensitive])");
        assert_eq!(serde_json::to_string(&secret).unwrap(), r#""tulip""#);
        let other = serde_json::from_str::<Sensitive<u32>>(r#""tulip""#);
        assert!(!other.unwrap_err().to_string().contains("tulip"));
    }
}
