//! What a server answers.

use poolhouse::api;
use poolhouse::api::ErrorCode;
use serde_json::Value;

use super::refusals::Refusal;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// A header's text, empty when it is absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Asserts success. Returns the body.
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        self.json()
    }

    /// Asserts success of an operation whose answer is empty.
    #[track_caller]
    pub(crate) fn done(&self) {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
    }

    /// Type and message of a refusal.
    pub(crate) fn refusal(&self) -> (String, String) {
        let body = self.json();
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        (text("__type"), text("message"))
    }

    /// Asserts a refusal by its type and message, with status 400 and the headers that go with it.
    #[track_caller]
    pub(crate) fn refused(&self, code: &str, message: &str) {
        assert_eq!(self.refusal(), (code.to_owned(), message.to_owned()));
        assert_eq!(self.status, 400);
        assert_eq!(self.header("x-amzn-errortype"), format!("{code}:"));
    }

    /// Asserts a refusal that several operations give.
    #[track_caller]
    pub(crate) fn refused_as(&self, (code, message): Refusal) {
        self.refused(code, message);
    }

    /// Asserts that an error is one that the operation declares, or one of the common errors.
    pub(crate) fn assert_declared(&self, operation: &str) {
        if self.status == 200 {
            return;
        }
        let (code, _) = self.refusal();
        let known = ErrorCode::ALL.iter().find(|known| known.as_str() == code);
        let known = known.unwrap_or_else(|| {
            panic!("{operation} answered with {code}, which is no error of the API")
        });
        assert_eq!(self.status, known.http_status(), "{code}");
        let declared = api::operation(operation).is_some_and(|model| model.errors.contains(known));
        assert!(
            declared || known.is_common(),
            "{operation} does not declare {code}"
        );
    }
}
