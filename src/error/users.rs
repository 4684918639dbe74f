//! Errors about users and their names.

use crate::api::ErrorCode;
use crate::error::ApiError;
use crate::ids::Username;

impl ApiError {
    /// `UserNotFoundException`: there is no such user.
    pub(crate) fn no_such_user() -> Self {
        Self::new(ErrorCode::UserNotFoundException, "User does not exist.")
    }

    /// `NotAuthorizedException` of an attribute that has a value already, where only missing ones can be given.
    pub(crate) fn attribute_provided(name: &str) -> Self {
        Self::not_authorized(format!("Cannot modify an already provided {name}"))
            .because("the attribute has a value already")
    }

    /// `UsernameExistsException`: another user has the name of the new user.
    pub(crate) fn username_exists() -> Self {
        Self::new(
            ErrorCode::UsernameExistsException,
            "User account already exists",
        )
    }

    /// `AliasExistsException`: another user has this value of an attribute that users sign in with.
    pub(crate) fn alias_exists(attribute: &str) -> Self {
        let message = format!("An account with the given {attribute} already exists.");
        Self::new(ErrorCode::AliasExistsException, message)
            .because(format_args!("another user has the {attribute}"))
    }

    /// `InvalidParameterException`: another user of the pool has the sub. Only seeds name subs.
    pub(crate) fn sub_exists() -> Self {
        Self::invalid_parameter("The sub is another user's.")
    }

    /// `NotAuthorizedException`: an administrator has disabled the user.
    pub(crate) fn user_disabled() -> Self {
        Self::not_authorized("User is disabled.")
    }

    /// `UserNotConfirmedException`: the user has signed up and is not confirmed.
    pub(crate) fn user_not_confirmed() -> Self {
        Self::new(
            ErrorCode::UserNotConfirmedException,
            "User is not confirmed.",
        )
    }

    /// `NotAuthorizedException`: the user to confirm has another status than `UNCONFIRMED`.
    pub(crate) fn not_unconfirmed(status: &str) -> Self {
        let message = format!("User cannot be confirmed. Current status is {status}");
        Self::not_authorized(message).because(format_args!("the user's status is {status}"))
    }

    /// `UnsupportedUserStateException`: an invitation is resent only to a user who has not used the first one.
    pub(crate) fn resend_not_possible(username: &Username) -> Self {
        let message = format!(
            "Resend not possible. {} status is not FORCE_CHANGE_PASSWORD",
            username.as_str()
        );
        Self::new(ErrorCode::UnsupportedUserStateException, message)
            .because("the user's status is not FORCE_CHANGE_PASSWORD")
    }
}
