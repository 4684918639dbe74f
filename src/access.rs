//! Access keys: who may sign requests, for which account, and which actions and pools each key is granted.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use hmac::{Hmac, Mac};
use sha2::Sha256;
use wildmatch::WildMatch;

use crate::api::{ErrorCode, Sensitive};
use crate::error::{ApiError, Result};
use crate::ids::{AccountId, UserPoolId};
use crate::mac::hmac_sha256;

/// An action of Poolhouse's own: reading the messages in the outbox, with their codes, and the tokens that messages about
/// events would carry.
pub(crate) const READ_OUTBOX: &str = "poolhouse:ReadOutbox";

/// An action of Poolhouse's own: reading what became of the lines of an imported file.
pub(crate) const READ_IMPORT_LOG: &str = "poolhouse:ReadImportLog";

/// An action of Poolhouse's own: reading and setting the server's clock.
pub(crate) const SET_CLOCK: &str = "poolhouse:SetClock";

/// An action of Poolhouse's own: saving, listing, restoring and deleting snapshots of the registry.
pub(crate) const MANAGE_SNAPSHOTS: &str = "poolhouse:ManageSnapshots";

/// An action of Poolhouse's own: reading the last requests, and what became of them.
pub(crate) const READ_REQUESTS: &str = "poolhouse:ReadRequests";

/// An action of Poolhouse's own: taking the whole registry as a seed, and applying seeds.
pub(crate) const MANAGE_SEEDS: &str = "poolhouse:ManageSeeds";

/// An action of Poolhouse's own: listing, adding and clearing the faults that requests are made to suffer.
pub(crate) const SET_FAULTS: &str = "poolhouse:SetFaults";

/// An action of Poolhouse's own: reading what the server has counted.
pub(crate) const READ_METRICS: &str = "poolhouse:ReadMetrics";

/// All actions of Poolhouse's own.
pub(crate) const OWN_ACTIONS: [&str; 8] = [
    READ_OUTBOX,
    READ_IMPORT_LOG,
    SET_CLOCK,
    MANAGE_SNAPSHOTS,
    READ_REQUESTS,
    MANAGE_SEEDS,
    SET_FAULTS,
    READ_METRICS,
];

/// A configured access key: its secret, its account, and its grants.
#[derive(Debug, Clone)]
pub(crate) struct AccessKey {
    pub(crate) id: Arc<str>,
    secret: Sensitive<String>,
    pub(crate) account: AccountId,
    /// The last derived signing key, with its scope. It is valid for a day, and deriving it costs more than a signature.
    signing_key: Arc<RwLock<Option<(String, SigningKey)>>>,
    /// Whether the grants leave out any action or pool.
    narrowed: bool,
    actions: Vec<WildMatch>,
    pools: Vec<WildMatch>,
}

impl AccessKey {
    /// A key that is granted `actions` on `pools`. Both are patterns as in IAM policies: `*` stands for any characters, and
    /// letter case of actions is ignored.
    pub(crate) fn new(
        id: String,
        secret: Sensitive<String>,
        account: AccountId,
        actions: &[String],
        pools: &[String],
    ) -> Self {
        let everything = |patterns: &[String]| patterns.iter().any(|pattern| pattern == "*");
        Self {
            id: id.into(),
            secret,
            account,
            signing_key: Arc::default(),
            narrowed: !(everything(actions) && everything(pools)),
            actions: actions
                .iter()
                .map(|action| WildMatch::new_case_insensitive(action))
                .collect(),
            pools: pools.iter().map(|pool| WildMatch::new(pool)).collect(),
        }
    }

    /// Derives the key that signs the requests of a scope: date, Region, service and terminator with slashes between (AWS's
    /// guide "Signature Version 4", deriving the signing key).
    pub(crate) fn signing_key(&self, scope: &str) -> SigningKey {
        let known = self
            .signing_key
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some((_, key)) = known.as_ref().filter(|(of, _)| *of == scope) {
            return key.clone();
        }
        drop(known);
        let secret = format!("AWS4{}", self.secret.expose()).into_bytes();
        let derived = scope.split('/').fold(secret, |key, part| {
            let mac = hmac_sha256(&key).chain_update(part);
            mac.finalize().into_bytes().to_vec()
        });
        let key = SigningKey(hmac_sha256(&derived));
        let mut known = self
            .signing_key
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *known = Some((scope.to_owned(), key.clone()));
        key
    }

    /// Checks that the key is granted `action` on `pool`. An action without a pool needs a grant for all pools.
    ///
    /// # Errors
    /// `AccessDeniedException`, with the message of IAM's identity-based policies.
    pub(crate) fn authorize(
        &self,
        action: impl fmt::Display,
        pool: Option<&UserPoolId>,
        region: &str,
    ) -> Result<()> {
        if !self.narrowed {
            return Ok(());
        }
        let action = action.to_string();
        let target = pool.map_or("*", UserPoolId::as_str);
        let granted = self.actions.iter().any(|pattern| pattern.matches(&action))
            && self.pools.iter().any(|pattern| pattern.matches(target));
        if granted {
            return Ok(());
        }
        let account = &self.account;
        let resource = match pool {
            Some(pool) => pool.arn(region, account),
            None => "*".to_owned(),
        };
        Err(ApiError::new(
            ErrorCode::AccessDeniedException,
            format!(
                "User: arn:aws:iam::{account}:user/{} is not authorized to perform: {action} on resource: {resource} because \
                 no identity-based policy allows the {action} action",
                self.id
            ),
        )
        .because("the key was not granted the action on the pool"))
    }
}

/// The key that signs the requests of one day.
#[derive(Clone)]
pub(crate) struct SigningKey(Hmac<Sha256>);

impl SigningKey {
    /// The signature of these lines and the last one, which has no line break.
    pub(crate) fn sign(self, lines: [&[u8]; 3], last: &[u8]) -> [u8; 32] {
        let mac = lines.iter().fold(self.0, |mac, line| {
            mac.chain_update(line).chain_update(b"\n")
        });
        mac.chain_update(last).finalize().into_bytes().into()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[sensitive]")
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
        self.0.iter().find(|key| *key.id == *id)
    }

    /// The first key: the administrator's, unless it is switched off.
    pub(crate) fn first(&self) -> Option<&AccessKey> {
        self.0.first()
    }

    /// The account of each key.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = &AccountId> {
        self.0.iter().map(|key| &key.account)
    }
}
