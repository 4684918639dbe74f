//! A resource server: an API that an app calls with access tokens, and the scopes that it defines (AWS's guide "Scopes, M2M, and
//! resource servers").

use std::collections::BTreeSet;

use crate::api::{ResourceServerScopeType, ResourceServerType};
use crate::domain::pool::Pool;
use crate::error::{ApiError, Result};

/// The most resource servers that a pool may have (AWS's guide "Quotas in Amazon Cognito").
pub(crate) const MAX_RESOURCE_SERVERS: u32 = 300;

/// A resource server of a pool.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ResourceServer {
    /// What tells it from the pool's other resource servers, and begins the names of its scopes.
    pub(crate) identifier: String,
    pub(crate) name: String,
    pub(crate) scopes: Vec<ResourceServerScopeType>,
}

impl ResourceServer {
    /// Checks that no two scopes have the same name.
    ///
    /// # Errors
    /// `InvalidParameterException`.
    pub(crate) fn check(&self) -> Result<()> {
        let mut names = BTreeSet::new();
        let mut scopes = self.scopes.iter();
        match scopes.find(|scope| !names.insert(&scope.scope_name)) {
            Some(scope) => Err(ApiError::scope_given_twice(&scope.scope_name)),
            None => Ok(()),
        }
    }

    /// The names of its scopes, as clients and access tokens have them: `<identifier>/<scope>`.
    pub(crate) fn scope_names(&self) -> impl Iterator<Item = String> {
        let identifier = &self.identifier;
        let scopes = self.scopes.iter();
        scopes.map(move |scope| format!("{identifier}/{}", scope.scope_name))
    }

    /// The resource server as answers show it. Scopes are shown only if there are any.
    pub(crate) fn into_type(self, pool: &Pool) -> ResourceServerType {
        ResourceServerType {
            identifier: Some(self.identifier),
            managed_by: None,
            name: Some(self.name),
            scopes: Some(self.scopes).filter(|scopes| !scopes.is_empty()),
            user_pool_id: Some(pool.id.clone()),
        }
    }
}
