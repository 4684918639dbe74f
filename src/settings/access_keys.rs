//! The entries of `[[access_keys]]`: further access keys, each with what it may do.

use super::setting::Setting;
use super::{SettingsError, forms};
use crate::api::Sensitive;
use crate::ids::AccountId;

/// One entry of `[[access_keys]]`.
#[derive(Debug, Clone)]
pub(super) struct AccessKeySettings {
    pub(super) id: String,
    pub(super) secret: Sensitive<String>,
    pub(super) account: Option<AccountId>,
    pub(super) actions: Vec<String>,
    pub(super) pools: Vec<String>,
}

impl AccessKeySettings {
    /// Reads the entry. `region` is the Region of the pools that it can name.
    pub(super) fn read(setting: &Setting<'_>, region: &str) -> Result<Self, SettingsError> {
        let members = setting.members(&["id", "secret", "account", "actions", "pools"])?;
        let (id, secret) = (members.need("id")?, members.need("secret")?);
        let key = Self {
            id: id.text()?.to_owned(),
            secret: secret.secret()?,
            account: members.find("account").map(|it| account(&it)).transpose()?,
            actions: patterns(members.find("actions").as_ref(), |pattern| {
                forms::action_fault(pattern.text()?)
                    .map_or(Ok(()), |expected| Err(pattern.unexpected(expected)))
            })?,
            pools: patterns(members.find("pools").as_ref(), |pattern| {
                if forms::may_match_pool(pattern.text()?, region) {
                    return Ok(());
                }
                Err(pattern.unexpected(format_args!(
                    "the id of a pool of Region {region} (setting region), with * for any characters: {region}_*"
                )))
            })?,
        };
        if key.id.is_empty() {
            return Err(id.refuse("an access key needs an id"));
        }
        if key.secret.expose().is_empty() {
            return Err(secret.refuse("an access key needs a secret"));
        }
        Ok(key)
    }
}

/// The checked patterns of a list. Without a list, the pattern for everything.
fn patterns(
    list: Option<&Setting<'_>>,
    check: impl Fn(&Setting<'_>) -> Result<(), SettingsError>,
) -> Result<Vec<String>, SettingsError> {
    let Some(list) = list else {
        return Ok(everything());
    };
    let patterns = list.items()?;
    if patterns.is_empty() {
        return Err(list.refuse(
            "an empty list grants nothing; expected at least one pattern, or no such line for all",
        ));
    }
    let read = |pattern: &Setting<'_>| {
        check(pattern)?;
        Ok(pattern.text()?.to_owned())
    };
    patterns.iter().map(read).collect()
}

/// Reads the id of an AWS account.
pub(super) fn account(setting: &Setting<'_>) -> Result<AccountId, SettingsError> {
    setting.formed("an AWS account id of 12 digits", AccountId::parse)
}

/// The patterns of a key that may do everything.
pub(super) fn everything() -> Vec<String> {
    vec!["*".to_owned()]
}

/// Whether a secret is the one of `config/poolhouse.toml`.
pub(super) fn is_shipped(secret: &Sensitive<String>) -> bool {
    secret.expose() == "test"
}
