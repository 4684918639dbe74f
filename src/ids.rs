//! Ids as types, so that no bare string crosses a module border as one. Values are made only by
//! decoding a request or seed file that was checked against the model, by reading a stored row, or by
//! the one place that draws new ids; nothing behind that border checks their form again.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The id of an AWS account: 12 digits. A copy costs no allocation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AccountId(Arc<str>);

impl AccountId {
    /// Returns `None` if the text is not an account id.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_id = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_id.then(|| Self(text.into()))
    }

    /// The id as settings and seeds write it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Reads a stored id.
impl From<String> for AccountId {
    fn from(id: String) -> Self {
        Self(id.into())
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The id of a user pool: the region, an underscore, and letters and digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserPoolId(String);

impl UserPoolId {
    /// The id as the wire writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The region the pool lives in: what stands before the last underscore.
    #[must_use]
    pub fn region(&self) -> &str {
        self.0.rsplit_once('_').map_or("", |(region, _)| region)
    }

    /// The pool's name in its region: what stands after the last underscore.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit_once('_').map_or("", |(_, name)| name)
    }

    /// The pool's Amazon Resource Name in a Region and an account. [`ResourceArn`] reads it.
    #[must_use]
    pub fn arn(&self, region: &str, account: &AccountId) -> String {
        format!("arn:aws:cognito-idp:{region}:{account}:{USER_POOL}{self}")
    }
}

/// What the resource of an ARN begins with if it is a user pool.
const USER_POOL: &str = "userpool/";

impl From<String> for UserPoolId {
    fn from(id: String) -> Self {
        Self(id)
    }
}

impl fmt::Display for UserPoolId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The Amazon Resource Name that a request gives, in which the pool's id was found once.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct ResourceArn {
    text: String,
    pool: Option<UserPoolId>,
}

impl ResourceArn {
    /// The ARN as the wire writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The user pool that the ARN names, in whatever Region and account. Returns `None` if the ARN is of another service or of
    /// another kind of resource, or if what it names cannot be the id of a pool.
    #[must_use]
    pub fn user_pool_id(&self) -> Option<&UserPoolId> {
        self.pool.as_ref()
    }
}

impl From<String> for ResourceArn {
    fn from(text: String) -> Self {
        let pool = user_pool_of(&text).map(|id| UserPoolId(id.to_owned()));
        Self { text, pool }
    }
}

/// The part of an ARN that is the id of a user pool.
fn user_pool_of(arn: &str) -> Option<&str> {
    let mut parts = arn.splitn(6, ':').skip(2);
    let (service, resource) = (parts.next()?, parts.nth(2)?);
    let id = resource.strip_prefix(USER_POOL)?;
    let (region, name) = id.rsplit_once('_')?;
    let region_fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    let is_id = service == "cognito-idp"
        && id.len() <= LONGEST_USER_POOL_ID
        && !region.is_empty()
        && region.bytes().all(region_fits)
        && !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_id.then_some(id)
}

/// The longest id of a user pool, in characters (the model's `UserPoolIdType`).
const LONGEST_USER_POOL_ID: usize = 55;

/// The name of a user, or an alias given in its place. The model marks it sensitive: it has no
/// `Display`, and its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Username(String);

impl Username {
    /// The name as the wire writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Username {
    fn from(name: String) -> Self {
        Self(name)
    }
}

impl fmt::Debug for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Username([sensitive])")
    }
}

/// The id of an app client. The model marks it sensitive, although browsers show it: it has no `Display`, and its `Debug` does
/// not show it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientId(String);

impl ClientId {
    /// The id as the wire writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for ClientId {
    fn from(id: String) -> Self {
        Self(id)
    }
}

impl fmt::Debug for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientId([sensitive])")
    }
}

/// The key of a device: the region, an underscore, and a UUID.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeviceKey(String);

impl DeviceKey {
    /// The key as the wire writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for DeviceKey {
    fn from(key: String) -> Self {
        Self(key)
    }
}

impl fmt::Display for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a group of a pool, which tells it from the pool's other groups.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GroupName(String);

impl GroupName {
    /// The name as the wire writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for GroupName {
    fn from(name: String) -> Self {
        Self(name)
    }
}

impl fmt::Display for GroupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The id of a job that imports users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ImportJobId(String);

impl ImportJobId {
    /// The id as the wire writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for ImportJobId {
    fn from(id: String) -> Self {
        Self(id)
    }
}

impl fmt::Display for ImportJobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The id of a session of a user: `tkn` or `sso`, and 25 small letters and digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserSessionId(String);

impl UserSessionId {
    /// The id as the wire writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for UserSessionId {
    fn from(id: String) -> Self {
        Self(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn region_and_name_part_at_the_last_underscore() {
        let parts = |id: &str| {
            let id = UserPoolId::from(id.to_owned());
            (id.region().to_owned(), id.name().to_owned())
        };
        let expected = |region: &str, name: &str| (region.to_owned(), name.to_owned());
        assert_eq!(
            parts("us-east-1_AbCdEfGhI"),
            expected("us-east-1", "AbCdEfGhI")
        );
        assert_eq!(parts("my_region_AbC"), expected("my_region", "AbC"));
        assert_eq!(parts("nothing"), expected("", ""));
    }

    #[test]
    fn a_pool_is_found_in_the_arn_that_was_made_of_it() {
        let account = AccountId::parse("012345678901").unwrap();
        for id in ["us-east-1_AbCdEfGhI", "my_region_0"] {
            let id = UserPoolId::from(id.to_owned());
            let arn = ResourceArn::from(id.arn("us-east-1", &account));
            assert_eq!(arn.user_pool_id(), Some(&id), "{arn:?}");
        }
        let long = "a".repeat(LONGEST_USER_POOL_ID);
        for (service, resource) in [
            ("cognito-identity", "userpool/us-east-1_A"),
            ("cognito-idp", "identitypool/us-east-1_A"),
            ("cognito-idp", "userpool/us-east-1_A/client/a"),
            ("cognito-idp", "userpool/us-east-1_A:1"),
            ("cognito-idp", "userpool/us.east.1_A"),
            ("cognito-idp", "userpool/us-east-1_"),
            ("cognito-idp", "userpool/_A"),
            ("cognito-idp", "userpool/A"),
            ("cognito-idp", "userpool/"),
            ("cognito-idp", "us-east-1_A"),
            ("cognito-idp", &format!("userpool/u_{long}")),
        ] {
            let arn = format!("arn:aws:{service}:us-east-1:{account}:{resource}");
            assert_eq!(ResourceArn::from(arn).user_pool_id(), None, "{resource}");
        }
        for text in ["", "arn", "arn:aws:cognito-idp:::"] {
            assert_eq!(ResourceArn::from(text.to_owned()).user_pool_id(), None);
        }
    }

    #[test]
    fn an_account_is_twelve_digits() {
        let id = AccountId::parse("012345678901").unwrap();
        assert_eq!(id.to_string(), "012345678901");
        for text in ["", "12345", "0123456789012", "01234567890x", "٠١٢٣٤٥"] {
            assert_eq!(AccountId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_the_model_marks_sensitive_is_never_printed() {
        let name = Username::from("diego".to_owned());
        assert_eq!(format!("{name:?}"), "Username([sensitive])");
        let client = ClientId::from("1example23456789".to_owned());
        assert_eq!(format!("{client:?}"), "ClientId([sensitive])");
    }
}
