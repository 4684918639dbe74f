//! What the records of a pool are read and checked against.

use crate::api::UserPoolType;
use crate::domain::pool::Configuration;
use crate::domain::user::attributes::Schema;
use crate::domain::user::password::PasswordPolicy;
use crate::ids::UserPoolId;

/// The settings of a pool, and what follows from them for its users.
pub(in crate::seed) struct PoolRules {
    pub(in crate::seed) id: UserPoolId,
    pub(in crate::seed) configuration: Configuration,
    pub(in crate::seed) settings: UserPoolType,
    /// What the attributes of users are checked against.
    pub(super) schema: Schema,
    /// What passwords of users in plain text are checked against.
    pub(super) policy: PasswordPolicy,
}

impl PoolRules {
    /// The rules of a pool with these settings.
    ///
    /// # Errors
    /// The reason why the settings are not consistent.
    pub(in crate::seed) fn of(id: UserPoolId, settings: UserPoolType) -> Result<Self, String> {
        Ok(Self {
            id,
            configuration: Configuration::of(&settings)?,
            schema: Schema::of(&settings),
            policy: PasswordPolicy::of(settings.clone()),
            settings,
        })
    }
}
