//! The rules for OAuth: the flows of a client, its scopes, and the URLs that it may redirect to.

use crate::api::{ErrorCode, OAuthFlowType, UserPoolClientType};
use crate::error::{ApiError, Result};

/// Checks which OAuth flows go together, and that the client has what they need.
///
/// # Errors
/// `InvalidOAuthFlowException` or `InvalidParameterException`.
pub(super) fn check_flows(settings: &UserPoolClientType) -> Result<()> {
    let refused = |why: &'static str| Err(ApiError::new(ErrorCode::InvalidOAuthFlowException, why));
    let flows = settings.allowed_oauth_flows.as_deref().unwrap_or_default();
    let callbacks = settings.callback_urls.as_deref().unwrap_or_default();
    let redirects =
        flows.contains(&OAuthFlowType::Code) || flows.contains(&OAuthFlowType::Implicit);
    let machine = flows.contains(&OAuthFlowType::ClientCredentials);
    if redirects && machine {
        return refused(
            "client_credentials flow can not be selected along with code flow or implicit flow.",
        );
    }
    if machine && settings.client_secret.is_none() {
        return refused(
            "client_credentials flow can not be selected if client does not have a client secret.",
        );
    }
    if redirects && callbacks.is_empty() {
        return refused(
            "CallbackUrls can not be empty when code flow or implicit flow is selected",
        );
    }
    match &settings.default_redirect_uri {
        Some(uri) if !callbacks.contains(uri) => Err(ApiError::invalid_parameter(format!(
            "The default redirect URI {uri} is not in the callback URIs list."
        ))
        .because("the default redirect URI is not a callback URL")),
        Some(_) | None => Ok(()),
    }
}

/// Checks that the scopes fit the flows.
///
/// # Errors
/// `InvalidOAuthFlowException` or `InvalidParameterException`.
pub(super) fn check_scopes_of_flows(settings: &UserPoolClientType) -> Result<()> {
    let flows = settings.allowed_oauth_flows.as_deref().unwrap_or_default();
    let scopes = scopes(settings);
    let authorizes = settings.allowed_oauth_flows_user_pool_client == Some(true);
    if authorizes && (flows.is_empty() || scopes.is_empty()) {
        return Err(ApiError::invalid_parameter(
            "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.",
        ));
    }
    let openid = scopes.iter().any(|scope| scope == "openid");
    if openid && flows.contains(&OAuthFlowType::ClientCredentials) {
        return Err(ApiError::new(
            ErrorCode::InvalidOAuthFlowException,
            "openid is not supported with client_credentials flow",
        ));
    }
    Ok(())
}

/// The scopes that the client names.
pub(super) fn scopes(settings: &UserPoolClientType) -> &[String] {
    settings.allowed_oauth_scopes.as_deref().unwrap_or_default()
}

/// Redirect URLs are absolute. Plain HTTP is allowed for the developer's own machine, and apps may have schemes of their own.
/// Only a URL that receives a code or tokens must have no fragment, because the implicit flow puts the tokens there.
///
/// # Errors
/// `InvalidParameterException`.
pub(super) fn check_redirects(settings: &UserPoolClientType) -> Result<()> {
    let callbacks = settings.callback_urls.as_deref().unwrap_or_default();
    let logouts = settings.logout_urls.as_deref().unwrap_or_default();
    for url in callbacks.iter().chain(logouts) {
        let why = match host_of_http(url) {
            None if !is_absolute(url) => "is not an absolute URI.",
            Some(host) if !is_this_machine(host) => "cannot use the HTTP protocol.",
            _ => continue,
        };
        return Err(ApiError::invalid_parameter(format!("{url} {why}"))
            .because(format_args!("a URL of the client {why}")));
    }
    match callbacks.iter().find(|url| url.contains('#')) {
        Some(url) => Err(
            ApiError::invalid_parameter(format!("{url} cannot use fragment"))
                .because("a callback URL has a fragment"),
        ),
        None => Ok(()),
    }
}

/// The host of a plain HTTP URL: all between `http://` and the path. Returns `None` for other URLs.
fn host_of_http(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    let ends = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    scheme
        .eq_ignore_ascii_case("http")
        .then(|| rest.get(..ends))?
}

/// Whether Cognito allows plain HTTP for the host, which may have a port.
fn is_this_machine(host: &str) -> bool {
    let mut names = ["localhost", "127.0.0.1", "[::1]"].into_iter();
    names.any(|name| match host.strip_prefix(name) {
        Some("") => true,
        Some(rest) => rest
            .strip_prefix(':')
            .is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit())),
        None => false,
    })
}

/// Whether the text begins with a scheme (RFC 3986 section 3.1) and goes on; with HTTPS, whether it names a host.
fn is_absolute(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once(':') else {
        return false;
    };
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let is_web = ["http", "https"]
        .iter()
        .any(|web| scheme.eq_ignore_ascii_case(web));
    let has_host = || {
        let host = rest.strip_prefix("//").unwrap_or_default();
        !host.is_empty() && !host.starts_with(['/', '?', '#'])
    };
    is_scheme && !rest.is_empty() && (!is_web || has_host())
}
