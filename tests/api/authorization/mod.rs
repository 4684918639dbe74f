//! Nobody is let in: every operation of the model with every kind of credentials that do not count, and the control endpoints.
//!
//! Each walk has one list of credentials with what they are told, and one loop over the operations, whose inputs would take
//! effect if the door were open. A dump of the database before and after shows that a refusal leaves no trace.

mod access_keys;
mod access_tokens;
mod control;
mod refresh_tokens;
mod registry;
mod sessions;

use std::collections::BTreeMap;

use crate::model::{Name, operation};
use crate::world::Answer;

/// What somebody is told who is not let in.
#[derive(Debug, Clone, PartialEq)]
struct Refusal {
    code: &'static str,
    message: String,
}

impl Refusal {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code, message }
    }

    /// A refusal that is worded in `world`.
    fn of((code, message): (&'static str, &'static str)) -> Self {
        Self::new(code, message)
    }

    fn not_authorized(message: impl Into<String>) -> Self {
        Self::new("NotAuthorizedException", message)
    }

    /// What an operation says that is not served, to whoever may call it.
    fn not_served(name: Name) -> Self {
        let message = format!("Poolhouse does not serve {name}.");
        Self::new("NotImplementedException", message)
    }

    /// The same refusal by an operation that may have no name of its own for users who do not exist.
    fn by(&self, name: Name) -> Self {
        let mut refusal = self.clone();
        let declares = |code: &str| operation(name).errors.iter().any(|error| error == code);
        if refusal.code == "UserNotFoundException" && !declares(refusal.code) {
            refusal.code = "ResourceNotFoundException";
        }
        refusal
    }
}

/// Counts what was tried, and how often.
#[derive(Default)]
struct Tally {
    operations: BTreeMap<Name, usize>,
    kinds: BTreeMap<String, usize>,
}

impl Tally {
    /// Asserts that this is what came back.
    fn expects(&mut self, name: Name, kind: &str, answer: &Answer, refusal: &Refusal) {
        let shown = || format!("{name}, {kind}: {}", String::from_utf8_lossy(&answer.body));
        assert_ne!(answer.status, 200, "{}", shown());
        let (code, message) = answer.refusal();
        let told = (code.as_str(), message.as_str());
        assert_eq!(told, (refusal.code, &*refusal.message), "{}", shown());
        answer.assert_declared(name);
        *self.operations.entry(name).or_default() += 1;
        *self.kinds.entry(kind.to_owned()).or_default() += 1;
    }

    /// Asserts how many operations were tried, and with how many kinds; prints it.
    fn came_to(&self, what: &str, operations: usize, kinds: usize) {
        let tried: usize = self.kinds.values().sum();
        let came = (self.operations.len(), self.kinds.len());
        println!(
            "{what}: {} operations, {} kinds, {tried} refusals",
            came.0, came.1
        );
        assert_eq!(came, (operations, kinds), "{:?}", self.kinds);
    }
}
