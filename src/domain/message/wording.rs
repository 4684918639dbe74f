//! How a pool words its messages (AWS's guides "Configuring email and SMS messages" and "Message templates").

use crate::api::{DeliveryMediumType, UserPoolType};
use crate::domain::pool::settings;

/// The placeholder for the code, or for the temporary password of an invitation.
const CODE: &str = "{####}";

/// The placeholder for the username in an invitation.
const USERNAME: &str = "{username}";

/// What encloses the caption of a link.
const LINK: (&str, &str) = ("{##", "##}");

/// Cognito's texts for pools that set none.
const AUTHENTICATION: (&str, &str) = (
    "Your authentication code",
    "Your authentication code is {####}. ",
);
const VERIFICATION: (&str, &str) = (
    "Your verification code",
    "Your verification code is {####}. ",
);
const VERIFICATION_LINK: (&str, &str) = (
    "Your verification link",
    "Please click the link below to verify your email address. {##Verify Your Email##} ",
);
const INVITATION: (&str, &str) = (
    "Your temporary password",
    "Your username is {username} and temporary password is {####}. ",
);

/// A template for the text of a message, and the subject if it is an email.
#[derive(Clone, PartialEq)]
pub(crate) struct Wording {
    text: String,
    subject: String,
}

impl Wording {
    /// The pool's own wording, with Cognito's where the pool has none.
    fn of(text: Option<String>, subject: Option<String>, defaults: (&str, &str)) -> Self {
        Self {
            text: text.unwrap_or_else(|| defaults.1.to_owned()),
            subject: subject.unwrap_or_else(|| defaults.0.to_owned()),
        }
    }

    /// For the code of a second factor, from the pool's own text and subject.
    pub(crate) fn of_second_factor(text: Option<String>, subject: Option<String>) -> Self {
        Self::of(text, subject, AUTHENTICATION)
    }

    /// For a code that confirms a user, verifies an address or number, or allows a new password.
    pub(crate) fn of_verification(pool: &UserPoolType, medium: DeliveryMediumType) -> Self {
        let pool = settings::complete(pool.clone());
        let template = pool.verification_message_template.unwrap_or_default();
        let text = match medium {
            DeliveryMediumType::Sms => template.sms_message,
            DeliveryMediumType::Email => template.email_message,
        };
        Self::of(text, template.email_subject, VERIFICATION)
    }

    /// For a link that confirms a user.
    pub(crate) fn of_verification_link(pool: &UserPoolType) -> Self {
        let template = pool.verification_message_template.clone();
        let template = template.unwrap_or_default();
        let (text, subject) = (
            template.email_message_by_link,
            template.email_subject_by_link,
        );
        Self::of(text, subject, VERIFICATION_LINK)
    }

    /// For the invitation of a user that an administrator has created.
    pub(crate) fn of_invitation(pool: &UserPoolType, medium: DeliveryMediumType) -> Self {
        let admin = pool.admin_create_user_config.clone().unwrap_or_default();
        let template = admin.invite_message_template.unwrap_or_default();
        let text = match medium {
            DeliveryMediumType::Sms => template.sms_message,
            DeliveryMediumType::Email => template.email_message,
        };
        Self::of(text, template.email_subject, INVITATION)
    }

    /// The subject of a message that is sent so. Returns `None` for an SMS message.
    pub(super) fn subject_for(&self, medium: DeliveryMediumType) -> Option<String> {
        (medium == DeliveryMediumType::Email).then(|| self.subject.clone())
    }

    /// The text with the code.
    pub(super) fn with_code(&self, code: &str) -> String {
        self.text.replace(CODE, code)
    }

    /// The text with the link, as HTML: the caption refers to it.
    pub(super) fn with_link(&self, link: &str) -> String {
        let link = link.replace('&', "&amp;");
        let mut text = String::new();
        let mut rest = self.text.as_str();
        while let Some((before, from)) = rest.split_once(LINK.0) {
            let Some((caption, after)) = from.split_once(LINK.1) else {
                break;
            };
            text.push_str(before);
            text += &anchor(&link, caption);
            rest = after;
        }
        text + rest
    }

    /// The text with the username and the temporary password. What they hold is not looked at for placeholders.
    pub(super) fn for_user(&self, username: &str, password: &str) -> String {
        let mut text = String::new();
        let mut rest = self.text.as_str();
        loop {
            let next = [(CODE, password), (USERNAME, username)]
                .into_iter()
                .filter_map(|(mark, value)| Some((rest.split_once(mark)?, value)))
                .min_by_key(|((before, _), _)| before.len());
            let Some(((before, after), value)) = next else {
                return text + rest;
            };
            text.push_str(before);
            text.push_str(value);
            rest = after;
        }
    }
}

/// A reference in HTML.
fn anchor(link: &str, caption: &str) -> String {
    format!(r#"<a href="{link}">{caption}</a>"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worded(text: &str) -> Wording {
        Wording::of(Some(text.to_owned()), None, AUTHENTICATION)
    }

    #[test]
    fn a_message_is_worded_by_the_pool_or_as_cognito_words_it() {
        let own = |text: Option<&str>, subject: Option<&str>| {
            Wording::of_second_factor(text.map(str::to_owned), subject.map(str::to_owned))
        };
        let cognito = own(None, None);
        assert_eq!(
            cognito.with_code("042000"),
            "Your authentication code is 042000. "
        );
        let email = cognito.subject_for(DeliveryMediumType::Email);
        assert_eq!(email.as_deref(), Some("Your authentication code"));
        let own = own(Some("{####}: {####}"), Some("Hi"));
        assert_eq!(own.with_code("042000"), "042000: 042000");
        let email = own.subject_for(DeliveryMediumType::Email);
        assert_eq!(email.as_deref(), Some("Hi"));
        assert_eq!(own.subject_for(DeliveryMediumType::Sms), None);
    }

    #[test]
    fn placeholders_are_filled_once_from_left_to_right() {
        let worded = |text| worded(text).for_user("{####}", "{username}");
        assert_eq!(worded("{username}: {####}"), "{####}: {username}");
        assert_eq!(worded("{####}{####} {user"), "{username}{username} {user");
    }

    #[test]
    fn every_caption_becomes_a_link() {
        let worded = |text| worded(text).with_link("http://x/?a=1&b=2");
        let link = |caption| format!(r#"<a href="http://x/?a=1&amp;b=2">{caption}</a>"#);
        assert_eq!(
            worded("a {##b##} c {####d##} {##e"),
            format!("a {} c {} {{##e", link("b"), link("##d"))
        );
    }
}
