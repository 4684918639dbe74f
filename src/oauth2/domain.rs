//! The domain of a pool, at which its pages and endpoints are.

use std::sync::Arc;

use crate::domain::pool::Pool;
use crate::domain::user_pool_domain::{MANAGED_LOGIN, UserPoolDomain};

/// A pool, and the domain that a request has reached it by.
#[derive(Clone)]
pub(crate) struct PoolDomain {
    pub(crate) pool: Arc<Pool>,
    pub(crate) domain: UserPoolDomain,
    /// The URL at which the browser has reached it, without a slash at its end.
    pub(crate) url: String,
}

impl PoolDomain {
    /// Whether the domain has the pages of managed login, not those of the classic hosted UI.
    pub(crate) fn has_managed_login(&self) -> bool {
        self.domain.managed_login_version == MANAGED_LOGIN
    }
}
