//! Cognito's quota categories (AWS's guide "Quotas in Amazon Cognito").

use serde::Deserialize;

/// A quota category: the requests of its operations are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[expect(missing_docs, reason = "the names are AWS's")]
pub enum Category {
    UserAuthentication,
    UserCreation,
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
    /// Answers to challenges, new passwords aside: an allowance of their own of three times `UserAuthentication`, into which the
    /// excess counts.
    #[serde(skip)]
    ChallengeResponse,
}

/// What the requests about one user are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OfUser {
    /// What reads, and signing in.
    Reads,
    /// What writes.
    Writes,
}

impl Category {
    /// What a request of this category about one user is counted by besides; `None` where nothing counts it.
    #[must_use]
    pub fn of_user(self) -> Option<OfUser> {
        match self {
            Self::UserAuthentication
            | Self::ChallengeResponse
            | Self::UserRead
            | Self::UserResourceRead => Some(OfUser::Reads),
            Self::UserUpdate | Self::UserResourceUpdate | Self::UserAccountRecovery => {
                Some(OfUser::Writes)
            }
            Self::UserCreation
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

    /// Whether any single operation on any single pool is held back as well.
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
