//! The outbox: the messages to users, as the operator reads them.

use serde::Serialize;

use crate::api::{Sensitive, Timestamp};
use crate::domain::delivery::Delivery;
use crate::ids::{AccountId, UserPoolId, Username};

/// A stored message, as the outbox shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct StoredMessage {
    pub(crate) id: i64,
    pub(crate) user_pool_id: UserPoolId,
    pub(crate) username: Username,
    pub(crate) delivery_medium: String,
    pub(crate) destination: Sensitive<String>,
    pub(crate) purpose: String,
    /// The code, or the temporary password of an invitation.
    pub(crate) code: Sensitive<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) link: Option<Sensitive<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subject: Option<String>,
    pub(crate) message: Sensitive<String>,
    pub(crate) creation_date: Timestamp,
    pub(crate) expiration_date: Timestamp,
    /// How far its delivery by email has got; `None` if nobody has tried.
    #[serde(flatten)]
    pub(crate) delivery: Option<Delivery>,
}

/// The answer of `GET /_poolhouse/outbox`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct MessageList {
    /// The messages, the newest last.
    pub(crate) messages: Vec<StoredMessage>,
    /// The id of the last of them; without any, the id after which they were to come.
    pub(crate) last_id: i64,
}

/// The messages to read from the outbox. A member that is `None` restricts nothing.
#[derive(Debug, Default, Clone)]
pub(crate) struct MessageFilter {
    /// Only messages of this account's pools.
    pub(crate) account: Option<AccountId>,
    pub(crate) pool: Option<String>,
    /// The user's username, email address or phone number.
    pub(crate) user: Option<String>,
    /// Only messages with a greater id: those that came later. 0 restricts nothing.
    pub(crate) after: i64,
}
