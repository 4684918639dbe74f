//! Cognito's quota categories (AWS's guide "Quotas in Amazon Cognito").

use serde::Deserialize;

/// A quota category: the requests of its operations are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[expect(missing_docs, reason = "the names are AWS's")]
pub enum Category {
    UserAuthentication,
    UserCreation,
    UserFederation,
    UserAccountRecovery,
    UserRead,
    UserUpdate,
    UserToken,
    UserResourceRead,
    UserResourceUpdate,
    UserList,
    UserPoolRead,
    UserPoolUpdate,
    UserPoolResourceRead,
    UserPoolResourceUpdate,
    UserPoolClientRead,
    UserPoolClientUpdate,
    ClientAuthentication,
    LimitManagement,
    /// Answers to challenges without a new password. Their quota is three times `UserAuthentication`, and the excess counts
    /// there.
    #[serde(skip)]
    ChallengeResponse,
}

/// The two quotas of requests about one user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UserQuota {
    /// Requests that read, and sign-ins.
    Reads,
    /// Requests that write.
    Writes,
}

/// The operations that one user may call a few times in an hour (AWS's guide "Quotas in Amazon Cognito").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are AWS's")]
pub enum Hourly {
    ChangePassword,
    ForgotPassword,
    GetUserAttributeVerificationCode,
    ResendConfirmationCode,
}

impl Category {
    /// The category's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UserAuthentication => "UserAuthentication",
            Self::UserCreation => "UserCreation",
            Self::UserAccountRecovery => "UserAccountRecovery",
            Self::UserFederation => "UserFederation",
            Self::UserRead => "UserRead",
            Self::UserUpdate => "UserUpdate",
            Self::UserToken => "UserToken",
            Self::UserResourceRead => "UserResourceRead",
            Self::UserResourceUpdate => "UserResourceUpdate",
            Self::UserList => "UserList",
            Self::UserPoolRead => "UserPoolRead",
            Self::UserPoolUpdate => "UserPoolUpdate",
            Self::UserPoolResourceRead => "UserPoolResourceRead",
            Self::UserPoolResourceUpdate => "UserPoolResourceUpdate",
            Self::UserPoolClientRead => "UserPoolClientRead",
            Self::UserPoolClientUpdate => "UserPoolClientUpdate",
            Self::ClientAuthentication => "ClientAuthentication",
            Self::LimitManagement => "LimitManagement",
            Self::ChallengeResponse => "ChallengeResponse",
        }
    }

    /// The quota of one user that a request of this category counts in as well. Returns `None` for categories without one.
    #[must_use]
    pub fn user_quota(self) -> Option<UserQuota> {
        match self {
            Self::UserAuthentication
            | Self::ChallengeResponse
            | Self::UserRead
            | Self::UserResourceRead => Some(UserQuota::Reads),
            Self::UserUpdate | Self::UserResourceUpdate | Self::UserAccountRecovery => {
                Some(UserQuota::Writes)
            }
            Self::UserCreation
            | Self::UserFederation
            | Self::UserToken
            | Self::UserList
            | Self::UserPoolRead
            | Self::UserPoolUpdate
            | Self::UserPoolResourceRead
            | Self::UserPoolResourceUpdate
            | Self::UserPoolClientRead
            | Self::UserPoolClientUpdate
            | Self::ClientAuthentication
            | Self::LimitManagement => None,
        }
    }

    /// Whether single operations on single pools have a quota too.
    #[must_use]
    pub fn is_per_pool(self) -> bool {
        matches!(
            self,
            Self::UserPoolResourceRead
                | Self::UserPoolResourceUpdate
                | Self::UserPoolClientRead
                | Self::UserPoolClientUpdate
        )
    }
}
