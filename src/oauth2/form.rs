//! The parameters of a request: the query of a URL, or a body of the type `application/x-www-form-urlencoded`.

use std::collections::{BTreeMap, BTreeSet};

/// Names and values that a caller sends. Any of them may be a secret.
pub(crate) struct Form {
    values: BTreeMap<String, String>,
    repeated: BTreeSet<String>,
}

impl Form {
    /// Reads the parameters. Every text is a form; of a parameter that is repeated, the first value is kept.
    pub(crate) fn parse(text: impl AsRef<[u8]>) -> Self {
        let (mut values, mut repeated) = (BTreeMap::new(), BTreeSet::new());
        for (name, value) in form_urlencoded::parse(text.as_ref()) {
            if values.contains_key(name.as_ref()) {
                repeated.insert(name.into_owned());
            } else {
                values.insert(name.into_owned(), value.into_owned());
            }
        }
        Self { values, repeated }
    }

    /// The value of a parameter. One without a value counts as left out (RFC 6749 section 3.1).
    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        let value = self.values.get(name).map(String::as_str);
        value.filter(|value| !value.is_empty())
    }

    /// The same as an owned text.
    pub(crate) fn owned(&self, name: &str) -> Option<String> {
        self.find(name).map(str::to_owned)
    }

    /// Whether one of the parameters is repeated, which RFC 6749 section 3.1 forbids.
    pub(crate) fn repeats_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.repeated.contains(*name))
    }
}
