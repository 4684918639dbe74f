//! Errors about the domains of user pools.

use std::fmt;

use crate::error::ApiError;

impl ApiError {
    /// `InvalidParameterException`: the name is not that of a domain.
    pub(crate) fn invalid_domain_name() -> Self {
        Self::invalid_parameter(
            "The domain name contains an invalid character. Domain names can only contain lower-case letters, numbers, and \
             hyphens. Please enter a different name that follows this format: ^[a-z0-9](?:[a-z0-9\\-]{0,61}[a-z0-9])?$",
        )
    }

    /// `InvalidParameterException`: the prefix has a word in it that is reserved for AWS.
    pub(crate) fn reserved_domain_name(word: &str) -> Self {
        Self::invalid_parameter(format!("Domain cannot contain reserved word: {word}"))
            .because("the prefix of the domain has a reserved word in it")
    }

    /// `InvalidParameterException`: the custom domain is not below another domain.
    pub(crate) fn no_parent_domain() -> Self {
        Self::invalid_parameter(
            "Custom domain is not a valid subdomain: Was not able to resolve the root domain, please ensure an A record exists \
             for the root domain.",
        )
    }

    /// `InvalidParameterException`: the certificate of the custom domain is not one of AWS Certificate Manager in `us-east-1`.
    pub(crate) fn bad_domain_certificate(request: impl fmt::Display) -> Self {
        Self::invalid_parameter(format!(
            "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid \
             certificate chain. (Service: AmazonCloudFront; Status Code: 400; Error Code: InvalidViewerCertificate; Request ID: \
             {request}; Proxy: null)"
        ))
        .because("the certificate is not one of AWS Certificate Manager in us-east-1")
    }

    /// `InvalidParameterException`: another pool, or this one, has a domain of this name.
    pub(crate) fn domain_taken() -> Self {
        Self::invalid_parameter("Domain already associated with another user pool.")
    }

    /// `InvalidParameterException`: the pool has a domain of this kind already.
    pub(crate) fn pool_has_domain() -> Self {
        Self::invalid_parameter("User pool already has a domain configured.")
    }

    /// `InvalidParameterException`: the pool does not have this domain, or there is no such pool.
    pub(crate) fn no_such_domain() -> Self {
        Self::invalid_parameter("No such domain or user pool exists.")
    }

    /// `InvalidParameterException`: a prefix has no certificate to change.
    pub(crate) fn no_custom_domain() -> Self {
        Self::invalid_parameter(
            "User pool should have a custom domain associated, failed to update the certificate.",
        )
    }

    /// `InvalidParameterException`: there is no such version of the pages.
    pub(crate) fn bad_managed_login_version() -> Self {
        Self::invalid_parameter("ManagedLoginVersion must be 1 or 2.")
    }

    /// `InvalidParameterException`: the pool has no replica that another Region could answer with.
    pub(crate) fn no_replica_for_domain() -> Self {
        Self::invalid_parameter(
            "Routing can only be configured for a custom domain of a user pool with a replica.",
        )
    }

    /// `InvalidParameterException`: a pool with a domain is not deleted.
    pub(crate) fn domain_in_the_way() -> Self {
        Self::invalid_parameter(
            "User pool cannot be deleted. It has a domain configured that should be deleted first.",
        )
    }
}
