//! The texts of the pages, a table for each language. A table that lacks a text does not compile.

mod de;
mod en;
mod es;
mod ja;

use std::borrow::Cow;

use crate::accounts::Name;
use crate::api::ErrorCode;
use crate::domain::mfa::Factor;
use crate::domain::user::password::{Needed, PasswordRules};
use crate::error::ApiError;

pub(super) use en::ENGLISH;

/// The languages that the pages speak.
pub(super) const ALL: [&Texts; 4] = [&ENGLISH, &de::GERMAN, &es::SPANISH, &ja::JAPANESE];

/// The texts of one language.
pub(super) struct Texts {
    /// The tag of the language (RFC 5646).
    pub(super) tag: &'static str,
    /// The key of links to terms in the language (AWS API reference, `CreateTerms`).
    pub(super) terms_language: &'static str,
    pub(super) confirmed: &'static str,
    pub(super) incomplete_link: &'static str,
    pub(super) something_went_wrong: &'static str,
    pub(super) error: &'static str,
    pub(super) sign_in: &'static str,
    pub(super) sign_up: &'static str,
    pub(super) no_account: &'static str,
    pub(super) have_account: &'static str,
    pub(super) username: &'static str,
    pub(super) email: &'static str,
    pub(super) phone_number: &'static str,
    pub(super) comma: &'static str,
    pub(super) or: &'static str,
    pub(super) password: &'static str,
    pub(super) new_password: &'static str,
    pub(super) repeat_password: &'static str,
    pub(super) passwords_differ: &'static str,
    pub(super) code: &'static str,
    pub(super) forgot_password: &'static str,
    pub(super) back: &'static str,
    pub(super) go_on: &'static str,
    continue_with: &'static str,
    pub(super) choose_person: &'static str,
    pub(super) fake_provider: &'static str,
    pub(super) no_people: &'static str,
    pub(super) cancel: &'static str,
    pub(super) confirm_account: &'static str,
    pub(super) confirm: &'static str,
    pub(super) resend_code: &'static str,
    pub(super) code_sent: &'static str,
    pub(super) code_asked: &'static str,
    pub(super) code_again: &'static str,
    pub(super) account_confirmed: &'static str,
    pub(super) wait_for_administrator: &'static str,
    pub(super) reset_password: &'static str,
    pub(super) reset_intro: &'static str,
    pub(super) send_code: &'static str,
    pub(super) change_password: &'static str,
    pub(super) password_changed: &'static str,
    pub(super) choose_password: &'static str,
    pub(super) choose_password_intro: &'static str,
    pub(super) password_rules: &'static str,
    pub(super) rule_length: &'static str,
    pub(super) rule_lowercase: &'static str,
    pub(super) rule_uppercase: &'static str,
    pub(super) rule_number: &'static str,
    pub(super) rule_symbol: &'static str,
    pub(super) second_factor: &'static str,
    pub(super) code_of_app: &'static str,
    pub(super) choose_factor: &'static str,
    pub(super) by_app: &'static str,
    pub(super) by_sms: &'static str,
    pub(super) by_email: &'static str,
    pub(super) set_up: &'static str,
    pub(super) set_up_intro: &'static str,
    pub(super) scan: &'static str,
    pub(super) qr_code: &'static str,
    pub(super) secret: &'static str,
    pub(super) app_name: &'static str,
    pub(super) form_outdated: &'static str,
    pub(super) no_such_page: &'static str,
    pub(super) requested_page: &'static str,
    pub(super) unavailable: &'static str,
    /// What is said around the links to the terms of use and to the privacy policy.
    pub(super) terms: [&'static str; 3],
    pub(super) terms_of_use: &'static str,
    pub(super) privacy_policy: &'static str,
    attributes: Attributes,
    /// What refusals say; `None` where they say what the API says.
    refusals: Option<Refusals>,
}

/// What the attributes of the standard schema are called.
struct Attributes {
    address: &'static str,
    birthdate: &'static str,
    email: &'static str,
    family_name: &'static str,
    gender: &'static str,
    given_name: &'static str,
    locale: &'static str,
    middle_name: &'static str,
    name: &'static str,
    nickname: &'static str,
    phone_number: &'static str,
    picture: &'static str,
    preferred_username: &'static str,
    profile: &'static str,
    website: &'static str,
    zoneinfo: &'static str,
}

/// What refusals say in a language that the API does not speak.
struct Refusals {
    wrong_password: &'static str,
    session_over: &'static str,
    weak_password: &'static str,
    used_password: &'static str,
    user_exists: &'static str,
    not_confirmed: &'static str,
    reset_required: &'static str,
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
    /// The way to an identity provider of this company.
    pub(super) fn continue_with(&self, company: &str) -> String {
        self.continue_with.replace("{}", company)
    }

    /// What an attribute is called: by its own name if it is none of the standard schema.
    pub(super) fn attribute<'a>(&self, name: &'a str) -> &'a str {
        let names = &self.attributes;
        match name {
            "address" => names.address,
            "birthdate" => names.birthdate,
            "email" => names.email,
            "family_name" => names.family_name,
            "gender" => names.gender,
            "given_name" => names.given_name,
            "locale" => names.locale,
            "middle_name" => names.middle_name,
            "name" => names.name,
            "nickname" => names.nickname,
            "phone_number" => names.phone_number,
            "picture" => names.picture,
            "preferred_username" => names.preferred_username,
            "profile" => names.profile,
            "website" => names.website,
            "zoneinfo" => names.zoneinfo,
            other => other,
        }
    }

    /// What users sign in with, as the label of a field.
    pub(super) fn names(&self, names: &[Name]) -> String {
        let words = names.iter().map(|name| match name {
            Name::Username => self.username,
            Name::Email => self.email,
            Name::PhoneNumber => self.phone_number,
        });
        let words: Vec<&str> = words.collect();
        let label = match words.as_slice() {
            [first @ .., last] if !first.is_empty() => {
                format!("{}{}{last}", first.join(self.comma), self.or)
            }
            words => words.concat(),
        };
        let mut letters = label.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(letters).collect()
    }

    /// That a code has been sent to this masked address or number.
    pub(super) fn code_sent_to(&self, destination: &str) -> String {
        self.code_sent.replace("{}", destination)
    }

    /// The rules for a new password, one a line.
    pub(super) fn rules(&self, rules: &PasswordRules) -> Vec<String> {
        let length = self
            .rule_length
            .replace("{}", &rules.minimum_length.to_string());
        let others = rules.needed.iter().map(|needed| match needed {
            Needed::Lowercase => self.rule_lowercase,
            Needed::Uppercase => self.rule_uppercase,
            Needed::Number => self.rule_number,
            Needed::Symbol => self.rule_symbol,
        });
        let others = others.map(str::to_owned);
        [length].into_iter().chain(others).collect()
    }

    /// What a second factor is called.
    pub(super) fn factor(&self, factor: Factor) -> &'static str {
        match factor {
            Factor::Sms => self.by_sms,
            Factor::Email => self.by_email,
            Factor::SoftwareToken => self.by_app,
        }
    }

    /// What the page says about a refusal: the sentence of its language, or else what the API says.
    pub(super) fn refusal(&self, error: &ApiError) -> Said {
        let sentences = [
            (ENGLISH.incomplete_link, self.incomplete_link),
            (ENGLISH.passwords_differ, self.passwords_differ),
        ];
        let message = error.message.as_deref();
        let mut sentences = sentences.into_iter();
        if let Some((_, own)) = sentences.find(|(english, _)| message == Some(*english)) {
            return own.into();
        }
        let own = self.refusals.as_ref();
        if let Some(own) = own.and_then(|refusals| refusals.find(error)) {
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
    fn find(&self, error: &ApiError) -> Option<&'static str> {
        if error.code == ErrorCode::NotAuthorizedException {
            let is = |other: ApiError| error.message == other.message;
            let over = is(ApiError::session_expired())
                || is(ApiError::invalid_session())
                || is(ApiError::session_used());
            return if is(ApiError::wrong_password()) {
                Some(self.wrong_password)
            } else {
                over.then_some(self.session_over)
            };
        }
        let code = error.code;
        let known = [
            (ErrorCode::EnableSoftwareTokenMFAException, self.wrong_code),
            (ErrorCode::InvalidPasswordException, self.weak_password),
            (
                ErrorCode::PasswordHistoryPolicyViolationException,
                self.used_password,
            ),
            (ErrorCode::UsernameExistsException, self.user_exists),
            (ErrorCode::UserNotConfirmedException, self.not_confirmed),
            (
                ErrorCode::PasswordResetRequiredException,
                self.reset_required,
            ),
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
