//! Authorization: every operation of the model refuses every kind of invalid credentials, and so do the control endpoints.
//!
//! Each walk has one list of credentials with what they are told, and one loop over the operations, whose inputs would take
//! effect if the credentials were valid. A dump of the database before and after shows that a refusal leaves no trace.

mod access_keys;
mod access_tokens;
mod bad_tokens;
mod control;
mod refresh_tokens;
mod registry;
mod sessions;

use std::collections::BTreeMap;

use crate::model::{Name, operation};
use crate::world::Answer;

/// How a request without valid credentials is refused.
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

    /// A refusal from its type and message.
    fn of((code, message): (&'static str, &'static str)) -> Self {
        Self::new(code, message)
    }

    fn not_authorized(message: impl Into<String>) -> Self {
        Self::new("NotAuthorizedException", message)
    }

    /// The answer of an operation that is not served, to a caller who may call it.
    fn not_served(name: Name) -> Self {
        let message = format!("Poolhouse does not serve {name}.");
        Self::new("NotImplementedException", message)
    }

    /// The same refusal by this operation, which may declare no error for users who do not exist, or for callers of other accounts.
    fn by(&self, name: Name) -> Self {
        let mut refusal = self.clone();
        let declares = |code: &str| operation(name).errors.iter().any(|error| error == code);
        if refusal.code == "UserNotFoundException" && !declares(refusal.code) {
            refusal.code = "ResourceNotFoundException";
        }
        if refusal.code == "NotAuthorizedException" && !declares(refusal.code) {
            refusal.code = "AccessDeniedException";
        }
        refusal
    }
}

/// Counts the operations and kinds of credentials that were tried.
#[derive(Default)]
struct Tally {
    operations: BTreeMap<Name, usize>,
    kinds: BTreeMap<String, usize>,
}

impl Tally {
    /// Asserts that the answer is this refusal.
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

    /// Asserts how many operations were tried with how many kinds of credentials, and prints both.
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
