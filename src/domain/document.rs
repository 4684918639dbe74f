//! What is kept of an app client or of a pool and shown as it was given.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::api::Timestamp;
use crate::ids::ClientId;

/// What a kind of documents holds.
pub(crate) trait Body: Serialize + DeserializeOwned + Clone + PartialEq {
    /// The name of the kind.
    const KIND: &'static str;
}

/// A document of a pool.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Document<B> {
    /// What tells it from the pool's other documents of its kind.
    pub(crate) id: String,
    /// `None` for a document of the pool.
    pub(crate) client: Option<ClientId>,
    /// What tells it from its client's other documents of its kind; empty where a client has one at most.
    pub(crate) name: String,
    pub(crate) body: B,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
}
