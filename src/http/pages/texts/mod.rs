//! The texts of the pages, a table for each language. A table that lacks a text does not compile.

mod de;
mod en;
mod es;
mod ja;

use std::borrow::Cow;

use crate::api::ErrorCode;
use crate::error::ApiError;

pub(super) use en::ENGLISH;

/// The languages that the pages speak.
pub(super) const ALL: [&Texts; 4] = [&ENGLISH, &de::GERMAN, &es::SPANISH, &ja::JAPANESE];

/// The texts of one language.
pub(super) struct Texts {
    /// The tag of the language (RFC 5646).
    pub(super) tag: &'static str,
    pub(super) confirmed: &'static str,
    pub(super) incomplete_link: &'static str,
    pub(super) something_went_wrong: &'static str,
    /// What refusals say; `None` where they say what the API says.
    refusals: Option<Refusals>,
}

/// What refusals say in a language that the API does not speak.
struct Refusals {
    wrong_code: &'static str,
    expired_code: &'static str,
    too_many_attempts: &'static str,
    no_such_user: &'static str,
    address_taken: &'static str,
}

/// A text, and the language that it is in where that is not the language of the page.
pub(super) struct Said {
    pub(super) text: Cow<'static, str>,
    pub(super) language: Option<&'static str>,
}

impl From<&'static str> for Said {
    fn from(text: &'static str) -> Self {
        Self {
            text: Cow::Borrowed(text),
            language: None,
        }
    }
}

impl Texts {
    /// What the page says about a refusal: the sentence of its language, or else what the API says.
    pub(super) fn refusal(&self, error: &ApiError) -> Said {
        let own = self.refusals.as_ref();
        if let Some(own) = own.and_then(|refusals| refusals.find(error.code)) {
            return own.into();
        }
        match &error.message {
            Some(message) => Said {
                text: message.clone(),
                language: (self.tag != ENGLISH.tag).then_some(ENGLISH.tag),
            },
            None => self.something_went_wrong.into(),
        }
    }
}

impl Refusals {
    fn find(&self, code: ErrorCode) -> Option<&'static str> {
        let known = [
            (ErrorCode::CodeMismatchException, self.wrong_code),
            (ErrorCode::ExpiredCodeException, self.expired_code),
            (ErrorCode::LimitExceededException, self.too_many_attempts),
            (ErrorCode::TooManyRequestsException, self.too_many_attempts),
            (ErrorCode::UserNotFoundException, self.no_such_user),
            (ErrorCode::AliasExistsException, self.address_taken),
        ];
        let mut known = known.into_iter();
        known.find_map(|(known, said)| (known == code).then_some(said))
    }
}
