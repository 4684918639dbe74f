//! Access keys: who may sign requests, for which account, and what each key is narrowed to.

use std::sync::Arc;

use wildmatch::WildMatch;

use crate::api::{ErrorCode, Sensitive};
use crate::error::{ApiError, Result};
use crate::ids::UserPoolId;

/// A configured access key: its secret, the account that it acts for, and its grants.
#[derive(Debug, Clone)]
pub(crate) struct AccessKey {
    pub(crate) id: String,
    pub(crate) secret: Sensitive<String>,
    pub(crate) account: Arc<str>,
    actions: Vec<WildMatch>,
    pools: Vec<WildMatch>,
}

impl AccessKey {
    /// A key narrowed to `actions` (as in IAM policies, `*` for any characters, letter case ignored) and `pools`.
    pub(crate) fn new(
        id: String,
        secret: Sensitive<String>,
        account: &str,
        actions: &[String],
        pools: &[String],
    ) -> Self {
        Self {
            id,
            secret,
            account: account.into(),
            actions: actions
                .iter()
                .map(|action| WildMatch::new_case_insensitive(action))
                .collect(),
            pools: pools.iter().map(|pool| WildMatch::new(pool)).collect(),
        }
    }

    /// Whether this key's grants cover `operation` on `pool`; an operation that names no pool needs a grant for all pools.
    ///
    /// # Errors
    /// `AccessDeniedException` in the words of IAM's identity-based policies.
    pub(crate) fn authorize(
        &self,
        operation: &str,
        pool: Option<&UserPoolId>,
        region: &str,
    ) -> Result<()> {
        let action = format!("cognito-idp:{operation}");
        let target = pool.map_or("*", UserPoolId::as_str);
        let granted = self.actions.iter().any(|pattern| pattern.matches(&action))
            && self.pools.iter().any(|pattern| pattern.matches(target));
        if granted {
            return Ok(());
        }
        let account = &self.account;
        let resource = match pool {
            Some(pool) => format!("arn:aws:cognito-idp:{region}:{account}:userpool/{pool}"),
            None => "*".to_owned(),
        };
        Err(ApiError::new(
            ErrorCode::AccessDeniedException,
            format!(
                "User: arn:aws:iam::{account}:user/{} is not authorized to perform: {action} on resource: {resource} because \
                 no identity-based policy allows the {action} action",
                self.id
            ),
        ))
    }
}

/// All configured access keys, found by id.
#[derive(Debug, Clone)]
pub(crate) struct AccessKeys(Vec<AccessKey>);

impl AccessKeys {
    pub(crate) fn new(keys: impl IntoIterator<Item = AccessKey>) -> Self {
        Self(keys.into_iter().collect())
    }

    /// The key with this id.
    pub(crate) fn find(&self, id: &str) -> Option<&AccessKey> {
        self.0.iter().find(|key| key.id == id)
    }

    /// The accounts that keys act for, each once.
    pub(crate) fn accounts(&self) -> Vec<&str> {
        let mut accounts: Vec<&str> = self.0.iter().map(|key| &*key.account).collect();
        accounts.sort_unstable();
        accounts.dedup();
        accounts
    }
}
