//! Errors about identity providers, and about the identities of users at them.

use crate::api::{ErrorCode, IdentityProviderTypeType};
use crate::error::ApiError;
use crate::ids::UserPoolId;

impl ApiError {
    /// `ResourceNotFoundException`: the pool has no such identity provider.
    pub(crate) fn no_such_provider(name: &str, pool: &UserPoolId) -> Self {
        let message = format!("Identity provider {name} for tenantId {pool} does not exist.");
        Self::new(ErrorCode::ResourceNotFoundException, message)
            .because("there is no such identity provider")
    }

    /// `ResourceNotFoundException`: the same in the words of `UpdateIdentityProvider`.
    pub(crate) fn no_provider_to_update(name: &str, pool: &UserPoolId) -> Self {
        let message = format!("Identity provider {name} in User Pool {pool} does not exist.");
        Self::new(ErrorCode::ResourceNotFoundException, message)
            .because("there is no such identity provider")
    }

    /// `ResourceNotFoundException`: no identity provider of the pool has this identifier.
    pub(crate) fn no_provider_with_identifier(identifier: &str, pool: &UserPoolId) -> Self {
        let message = format!(
            "Identity provider with identifier {identifier} for tenantId {pool} does not exist."
        );
        Self::new(ErrorCode::ResourceNotFoundException, message)
            .because("no identity provider has this identifier")
    }

    /// `InvalidParameterException`: a client or a link names an identity provider that the pool does not have.
    pub(crate) fn unknown_provider(name: &str, pool: &UserPoolId) -> Self {
        Self::invalid_parameter(format!(
            "The provider {name} does not exist for User Pool {pool}."
        ))
        .because("the pool does not have the identity provider")
    }

    /// `DuplicateProviderException`: the pool has an identity provider with this name or identifier.
    pub(crate) fn provider_exists(name: &str, pool: &UserPoolId) -> Self {
        let message = format!("{name} already exists for tenant {pool}.");
        Self::new(ErrorCode::DuplicateProviderException, message)
            .because("the pool has an identity provider of this name or with this identifier")
    }

    /// `LimitExceededException`: the pool has as many identity providers as a pool may have.
    pub(crate) fn too_many_providers() -> Self {
        Self::new(
            ErrorCode::LimitExceededException,
            "The user pool has the maximum number of identity providers.",
        )
    }

    /// `UnsupportedIdentityProviderException`: the pool itself is no identity provider that could be changed.
    pub(crate) fn unsupported_provider() -> Self {
        Self::new(
            ErrorCode::UnsupportedIdentityProviderException,
            "The identity provider is not supported.",
        )
    }

    /// `InvalidParameterException`: providers of this type are named after it, or this name is that of another type.
    pub(crate) fn provider_of_other_type(name: &str, of: IdentityProviderTypeType) -> Self {
        let message = format!("Provider {name} cannot be of type {}.", of.as_str());
        Self::invalid_parameter(message).because("name and type of the provider do not fit")
    }

    /// `InvalidParameterException`: details that the provider needs are missing.
    pub(crate) fn missing_provider_details(required: &[&str]) -> Self {
        let (last, others) = required.split_last().unwrap_or((&"", &[]));
        let message = format!(
            "{} and {last} are all required idp details",
            others.join(", ")
        );
        Self::invalid_parameter(message).because("details of the provider are missing")
    }

    /// `InvalidParameterException`: a SAML provider needs metadata.
    pub(crate) fn no_saml_metadata() -> Self {
        Self::invalid_parameter(
            "At least one of the MetadataURL or MetadataFile should be provided.",
        )
    }

    /// `InvalidParameterException`: a detail of the provider has a value that it cannot have.
    pub(crate) fn bad_provider_detail(sentence: &'static str) -> Self {
        Self::invalid_parameter(sentence)
    }

    /// `InvalidParameterException`: only OpenID Connect has authentication context classes.
    pub(crate) fn acr_mapping_without_oidc() -> Self {
        Self::invalid_parameter("AcrMapping is only supported for providers of type OIDC.")
    }

    /// `InvalidParameterException`: an identifier of the provider is given twice.
    pub(crate) fn identifier_given_twice(identifier: &str) -> Self {
        let message = format!("IdpIdentifier {identifier} is given more than once.");
        Self::invalid_parameter(message).because("an identifier of the provider is given twice")
    }

    /// `InvalidParameterException`: an update gives the provider an identifier of another. `UpdateIdentityProvider` declares no
    /// `DuplicateProviderException`.
    pub(crate) fn identifier_taken(identifier: &str, pool: &UserPoolId) -> Self {
        let message = format!("{identifier} already exists for tenant {pool}.");
        Self::invalid_parameter(message).because("another identity provider has this identifier")
    }

    /// `InvalidParameterException`: the pool does not have these attributes.
    pub(crate) fn bad_attribute_mapping(attributes: &[&str]) -> Self {
        let attributes = attributes.join(", ");
        let message = format!("AttributeMapping contains invalid mapping: [{attributes}]");
        Self::invalid_parameter(message).because("the mapping names attributes of no schema")
    }

    /// `InvalidParameterException`: a member of a user at a provider is missing.
    pub(crate) fn incomplete_identity() -> Self {
        Self::invalid_parameter(
            "ProviderName, ProviderAttributeName and ProviderAttributeValue of a user are required.",
        )
    }

    /// `InvalidParameterException`: identities of this provider are not linked by this attribute.
    pub(crate) fn bad_provider_attribute() -> Self {
        Self::invalid_parameter(
            "Invalid ProviderAttributeName: it must be Cognito_Subject or an attribute that a claim is mapped to.",
        )
    }

    /// `InvalidParameterException`: no provider has subjects that are so long.
    pub(crate) fn long_provider_attribute() -> Self {
        Self::invalid_parameter("ProviderAttributeValue must have at most 255 characters.")
    }

    /// `InvalidParameterException`: only identities of providers are linked to users.
    pub(crate) fn local_source_user() -> Self {
        Self::invalid_parameter(
            "Invalid SourceUser: Cognito users with a username/password may not be passed in as a SourceUser, only as a \
             DestinationUser",
        )
    }

    /// `InvalidParameterException`: the identity has a user of its own.
    pub(crate) fn source_user_signed_up() -> Self {
        Self::invalid_parameter(
            "Merging is not currently supported, provide a SourceUser that has not been signed up in order to link",
        )
    }

    /// `InvalidParameterException`: the identity is linked already.
    pub(crate) fn source_user_linked() -> Self {
        Self::invalid_parameter("SourceUser is already linked to DestinationUser")
    }

    /// `InvalidParameterException`: the identity is not linked.
    pub(crate) fn identity_not_linked() -> Self {
        Self::invalid_parameter(
            "Account isn't linked to anyone else, verify that the account has been linked",
        )
    }

    /// `LimitExceededException`: the user has as many identities as a user may have.
    pub(crate) fn too_many_identities() -> Self {
        Self::new(
            ErrorCode::LimitExceededException,
            "The user has the maximum number of linked identities.",
        )
    }
}
