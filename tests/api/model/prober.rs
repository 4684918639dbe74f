//! Calls a server and counts the calls.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::shapes::{Name, is_signed, operation, operations};
use super::words::whole_message;
use crate::world::{Answer, App, Key, Setup};

/// Errors that no operation declares and every operation may answer with.
const COMMON_ERRORS: [&str; 11] = [
    "AccessDeniedException",
    "ExpiredTokenException",
    "IncompleteSignatureException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "NotImplementedException",
    "RequestEntityTooLargeException",
    "SerializationException",
    "ThrottlingException",
    "UnknownOperationException",
    "UnrecognizedClientException",
];

/// One server for a whole test, and counts of the calls.
pub(super) struct Prober {
    pub(super) app: App,
    pub(super) tally: BTreeMap<Name, usize>,
    pub(super) visited: BTreeSet<Name>,
}

impl Prober {
    pub(super) fn new() -> Self {
        Self {
            app: Setup::new().start(),
            tally: BTreeMap::new(),
            visited: BTreeSet::new(),
        }
    }

    /// Calls an operation, with a signature if it needs one.
    pub(super) fn ask(&mut self, kind: Name, name: Name, input: &Value) -> Answer {
        *self.tally.entry(kind).or_default() += 1;
        self.visited.insert(name);
        let body = input.to_string().into_bytes();
        let answer = self.app.send(if is_signed(operation(name)) {
            Key::default().sign(&self.app, name, body)
        } else {
            self.app.request(name, body)
        });
        assert_declared(name, &answer);
        answer
    }

    /// Asserts that the input has no violations, whatever the operation answers.
    pub(super) fn accepts(&mut self, kind: Name, name: Name, input: &Value) {
        let answer = self.ask(kind, name, input);
        if answer.status == 200 {
            return;
        }
        let (code, message) = answer.refusal();
        let seen = || format!("{name}, {kind}: {code}, {}", shortened(&message));
        assert_ne!(code, "SerializationException", "{}", seen());
        assert!(!message.contains("validation error"), "{}", seen());
        let unserved = code == "NotImplementedException";
        assert_eq!(unserved, answer.status == 501, "{}", seen());
        assert!(!unserved || message.contains(name), "{}", seen());
    }

    pub(super) fn refuses(
        &mut self,
        kind: Name,
        name: Name,
        input: &Value,
        code: &str,
        message: &str,
    ) {
        let answer = self.ask(kind, name, input);
        let seen = if answer.status == 200 {
            ("success".to_owned(), String::new())
        } else {
            answer.refusal()
        };
        assert!(
            seen == (code.to_owned(), message.to_owned()),
            "{name}, {kind}\n got {}: {}\nnot {code}: {}",
            seen.0,
            shortened(&seen.1),
            shortened(message)
        );
        assert_eq!(answer.status, 400, "{name}, {kind}");
    }

    /// Asserts that the input is refused with these violations, or accepted if there are none.
    pub(super) fn expects(&mut self, kind: Name, name: Name, input: &Value, violations: &[String]) {
        if violations.is_empty() {
            self.accepts(kind, name, input);
        } else {
            let message = whole_message(violations);
            self.refuses(kind, name, input, "InvalidParameterException", &message);
        }
    }

    /// Asserts the least number of checks, so that none is lost unnoticed.
    #[track_caller]
    pub(super) fn checked(&self, least: &[(Name, usize)]) {
        let kinds: BTreeSet<Name> = least.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(
            kinds,
            self.tally.keys().copied().collect(),
            "{:?}",
            self.tally
        );
        for (kind, least) in least {
            assert!(self.tally[kind] >= *least, "{:?}", self.tally);
        }
    }

    #[track_caller]
    pub(super) fn visited_all_operations(&self) {
        let all: BTreeSet<Name> = operations().map(|(name, _)| name).collect();
        assert_eq!(self.visited, all);
        assert_eq!(all.len(), 153);
    }
}

pub(super) fn assert_declared(name: Name, answer: &Answer) {
    if answer.status != 200 {
        let (code, _) = answer.refusal();
        let declared = operation(name).errors.contains(&code);
        assert!(
            declared || COMMON_ERRORS.contains(&code.as_str()),
            "{name} does not declare {code}"
        );
    }
}

pub(super) fn shortened(text: &str) -> String {
    text.chars().take(4000).collect()
}
