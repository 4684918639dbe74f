//! Errors about user pools.

use crate::api::{ErrorCode, UserPoolTierType};
use crate::error::ApiError;
use crate::ids::UserPoolId;

impl ApiError {
    /// `ResourceNotFoundException`: there is no such pool.
    pub(crate) fn no_such_pool(pool: &UserPoolId) -> Self {
        let message = format!("User pool {pool} does not exist.");
        Self::new(ErrorCode::ResourceNotFoundException, message).because("there is no such pool")
    }

    /// `InvalidParameterException`: the ARN is not of a user pool.
    pub(crate) fn not_arn_of_pool() -> Self {
        Self::invalid_parameter("The resource ARN is not the ARN of a user pool.")
    }

    /// `NotAuthorizedException`: the pool belongs to another account.
    pub(crate) fn foreign_pool(pool: &UserPoolId) -> Self {
        let message = format!("Not authorized to access user pool {pool}.");
        Self::not_authorized(message).because("the pool belongs to another account")
    }

    /// `InvalidUserPoolConfigurationException`: the pool's settings contradict each other.
    pub(crate) fn invalid_pool_configuration(pool: &UserPoolId) -> Self {
        let message = format!("The configuration of user pool {pool} is not valid.");
        Self::new(ErrorCode::InvalidUserPoolConfigurationException, message)
    }

    /// `FeatureUnavailableInTierException`: the pool's feature plan does not have these features.
    pub(crate) fn unavailable_in_tier(tier: UserPoolTierType, features: &[String]) -> Self {
        let message = format!(
            "The following features need to be disabled for the {} pricing tier configured: {}",
            tier.as_str(),
            features.join(", ")
        );
        Self::new(ErrorCode::FeatureUnavailableInTierException, message)
    }

    /// `InvalidUserPoolConfigurationException`: the pool does not track devices.
    pub(crate) fn tracking_off(pool: &UserPoolId) -> Self {
        let message = format!("Device tracking is not configured for user pool {pool}.");
        Self::new(ErrorCode::InvalidUserPoolConfigurationException, message)
            .because("the pool tracks no devices")
    }
}
