//! The scopes of access tokens (RFC 6749 section 3.3), and what they show of a user (AWS's guide "Scopes, M2M, and resource
//! servers").

use std::borrow::Cow;

/// The scope that lets a user's token call the API's operations for its user.
pub(crate) const API: &str = "aws.cognito.signin.user.admin";
/// The scope of an ID token, and of userInfo (OpenID Connect Core 1.0 section 3.1.2.1).
pub(crate) const OPENID: &str = "openid";
const EMAIL: &str = "email";
const PHONE: &str = "phone";
const PROFILE: &str = "profile";

/// The scopes that are not a resource server's, in the order in which a client has them that was asked for none.
pub(crate) const STANDARD: [&str; 5] = [OPENID, EMAIL, PHONE, PROFILE, API];

/// The scopes that show attributes (OpenID Connect Core 1.0 section 5.4), which go with `openid` only.
const OF_ATTRIBUTES: [&str; 3] = [EMAIL, PHONE, PROFILE];

/// The attributes of the scope `profile` in OpenID Connect Core 1.0 section 5.4. Custom attributes belong to it too.
const OF_PROFILE: [&str; 14] = [
    "name",
    "family_name",
    "given_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
];

/// The scopes of the access tokens of a sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scopes {
    /// Those of every sign-in through the API.
    Api,
    /// What was granted through OAuth 2.0: each scope once, in the order of the claim.
    Granted(Vec<String>),
}

impl Scopes {
    /// The scopes of a text that separates them by spaces, each once.
    pub(crate) fn parse(text: &str) -> Self {
        let mut scopes: Vec<String> = Vec::new();
        for scope in text.split(' ').filter(|scope| !scope.is_empty()) {
            if !scopes.iter().any(|known| known == scope) {
                scopes.push(scope.to_owned());
            }
        }
        Self::Granted(scopes)
    }

    /// The claim `scope`.
    pub(crate) fn claim(&self) -> Cow<'static, str> {
        match self {
            Self::Api => Cow::Borrowed(API),
            Self::Granted(scopes) => Cow::Owned(scopes.join(" ")),
        }
    }

    /// Whether they were granted through OAuth 2.0.
    pub(crate) fn are_granted(&self) -> bool {
        matches!(self, Self::Granted(_))
    }

    /// Each of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        let (api, granted) = match self {
            Self::Api => (Some(API), [].as_slice()),
            Self::Granted(scopes) => (None, scopes.as_slice()),
        };
        api.into_iter().chain(granted.iter().map(String::as_str))
    }

    /// Those that are not to be left out.
    pub(crate) fn without(self, left_out: impl Fn(&str) -> bool) -> Self {
        match self {
            Self::Api => Self::Api,
            Self::Granted(mut scopes) => {
                scopes.retain(|scope| !left_out(scope));
                Self::Granted(scopes)
            }
        }
    }

    /// Whether the scope is one of them.
    pub(crate) fn contain(&self, scope: &str) -> bool {
        self.iter().any(|one| one == scope)
    }

    /// Whether an ID token goes with the access token: after every sign-in through the API, and with `openid`.
    pub(crate) fn give_id_token(&self) -> bool {
        !self.are_granted() || self.contain(OPENID)
    }

    /// Whether they name attributes without `openid`, which is not allowed.
    pub(crate) fn lack_openid(&self) -> bool {
        OF_ATTRIBUTES.iter().any(|scope| self.contain(scope)) && !self.contain(OPENID)
    }

    /// Whether ID tokens and userInfo show the attribute: all attributes where no scope of attributes was granted.
    pub(crate) fn show(&self, attribute: &str) -> bool {
        let narrow = OF_ATTRIBUTES.iter().any(|scope| self.contain(scope));
        let of_profile = || OF_PROFILE.contains(&attribute) || attribute.starts_with("custom:");
        match attribute {
            _ if !self.are_granted() || !narrow => true,
            "email" | "email_verified" => self.contain(EMAIL),
            "phone_number" | "phone_number_verified" => self.contain(PHONE),
            _ => self.contain(PROFILE) && of_profile(),
        }
    }

    /// The attributes that a client must be able to read to get tokens with these scopes: an address goes with its flag (AWS's
    /// guide "Token endpoint", `invalid_grant`).
    pub(crate) fn needed_attributes(&self) -> impl Iterator<Item = &'static str> {
        let of = |scope, attributes| self.contain(scope).then_some(attributes);
        let named = [
            of(EMAIL, ["email", "email_verified"]),
            of(PHONE, ["phone_number", "phone_number_verified"]),
        ];
        named.into_iter().flatten().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(scopes: &str) -> Vec<&'static str> {
        let attributes = [
            "email",
            "email_verified",
            "phone_number",
            "name",
            "address",
            "custom:plan",
        ];
        let scopes = Scopes::parse(scopes);
        attributes
            .into_iter()
            .filter(|name| scopes.show(name))
            .collect()
    }

    #[test]
    fn scopes_show_the_attributes_of_openid_connect() {
        assert_eq!(shown("openid").len(), 6);
        assert_eq!(shown(&format!("openid {API} shop/read")).len(), 6);
        assert_eq!(shown("openid email"), ["email", "email_verified"]);
        assert_eq!(shown("phone openid"), ["phone_number"]);
        assert_eq!(shown("openid profile"), ["name", "custom:plan"]);
        let both = ["email", "email_verified", "name", "custom:plan"];
        assert_eq!(shown("openid profile email"), both);
    }

    #[test]
    fn scopes_are_kept_in_their_order_and_once() {
        let scopes = Scopes::parse("shop/read  openid shop/read email");
        assert_eq!(scopes.claim(), "shop/read openid email");
        assert!(scopes.give_id_token() && !scopes.lack_openid());
        assert!(Scopes::parse("email").lack_openid());
        assert!(!Scopes::parse("shop/read").give_id_token());
        assert!(Scopes::Api.give_id_token() && !Scopes::Api.lack_openid());
        assert_eq!(Scopes::Api.claim(), API);
    }
}
