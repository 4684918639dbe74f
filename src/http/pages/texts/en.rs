//! English.

use super::Texts;

pub(in super::super) const ENGLISH: Texts = Texts {
    tag: "en",
    confirmed: "Your registration has been confirmed.",
    incomplete_link: "The link is not complete.",
    something_went_wrong: "Something went wrong.",
    refusals: None,
};
