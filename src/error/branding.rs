//! Errors about how pages look, and about the terms that they show.

use crate::api::ErrorCode;
use crate::error::ApiError;

impl ApiError {
    /// `TermsExistsException`: the client has a terms document of this name.
    pub(crate) fn terms_exist() -> Self {
        Self::new(
            ErrorCode::TermsExistsException,
            "The app client already has a terms document with this name.",
        )
    }

    /// `LimitExceededException`: the pool has as many terms documents as a pool may have.
    pub(crate) fn too_many_terms() -> Self {
        Self::new(
            ErrorCode::LimitExceededException,
            "The user pool has the maximum number of terms documents.",
        )
    }

    /// `ResourceNotFoundException`: the pool or the client does not have the terms document.
    pub(crate) fn no_such_terms() -> Self {
        Self::new(
            ErrorCode::ResourceNotFoundException,
            "Terms document does not exist.",
        )
    }

    /// `InvalidParameterException`: users of other languages than those of the links would have no link.
    pub(crate) fn no_default_link() -> Self {
        Self::invalid_parameter("Links must include a link for cognito:default.")
    }

    /// `ManagedLoginBrandingExistsException`: the client has a style.
    pub(crate) fn branding_exists() -> Self {
        Self::new(
            ErrorCode::ManagedLoginBrandingExistsException,
            "The app client already has a managed login branding style.",
        )
    }

    /// `ResourceNotFoundException`: the pool or the client does not have the style.
    pub(crate) fn no_such_branding() -> Self {
        Self::new(
            ErrorCode::ResourceNotFoundException,
            "Managed login branding style does not exist.",
        )
    }

    /// `LimitExceededException`: the pool has as many styles as a pool may have.
    pub(crate) fn too_many_brandings() -> Self {
        Self::new(
            ErrorCode::LimitExceededException,
            "The user pool has the maximum number of managed login branding styles.",
        )
    }

    /// `InvalidParameterException`: a style is either Cognito's own or what was given.
    pub(crate) fn branding_both_own_and_given() -> Self {
        Self::invalid_parameter(
            "Settings and Assets cannot be provided when UseCognitoProvidedValues is true.",
        )
    }

    /// `InvalidParameterException`: a style is either Cognito's own or what was given.
    pub(crate) fn branding_neither_own_nor_given() -> Self {
        Self::invalid_parameter(
            "Settings must be provided when UseCognitoProvidedValues is not true.",
        )
    }

    /// `InvalidParameterException`: a style is a JSON object.
    pub(crate) fn branding_settings_no_object() -> Self {
        Self::invalid_parameter("Settings must be a JSON object.")
    }

    /// `InvalidParameterException`: an update does not say which style.
    pub(crate) fn unnamed_branding() -> Self {
        Self::invalid_parameter("UserPoolId and ManagedLoginBrandingId are required.")
    }

    /// `InvalidParameterException`: two assets are for the same place and the same colour mode.
    pub(crate) fn asset_given_twice() -> Self {
        Self::invalid_parameter("Two assets have the same Category and ColorMode.")
    }

    /// `InvalidParameterException`: a style has more assets than it may have.
    pub(crate) fn too_many_assets() -> Self {
        Self::invalid_parameter("A managed login branding style has at most 40 assets.")
    }

    /// `InvalidParameterException`: pages need a domain.
    pub(crate) fn no_domain_for_pages() -> Self {
        Self::invalid_parameter(
            "Cannot perform specific action because there does not exist a valid user pool domain associated with the user pool",
        )
    }

    /// `InvalidParameterException`: style sheet or logo are too large.
    pub(crate) fn large_ui_customization() -> Self {
        Self::invalid_parameter("request parameters too large")
    }

    /// `InvalidParameterException`: the logo is neither PNG nor JPEG.
    pub(crate) fn bad_logo() -> Self {
        Self::invalid_parameter("The image file must be a PNG or a JPEG.")
    }

    /// `InvalidParameterException`: the style sheet has more than the classes of the page.
    pub(crate) fn bad_css(what: &str) -> Self {
        Self::invalid_parameter(format!("Invalid CSS: {what} is not allowed."))
            .because("the style sheet has what the page does not allow")
    }
}
