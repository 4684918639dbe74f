//! An app client's settings: the defaults that Cognito adds, and the rules. Where no other source is named, the rules are those
//! of the AWS API reference, `CreateUserPoolClient`.

mod oauth;

use serde_json::json;

use self::oauth::{check_flows, check_redirects, check_scopes_of_flows, scopes};
use crate::api::constraint::check as check_shape;
use crate::api::{
    AnalyticsConfigurationType, ErrorCode, ExplicitAuthFlowsType, FeatureType, SchemaAttributeType,
    TimeUnitsType, UserPoolClientType, schema,
};
use crate::domain::client::{
    DAY, HOUR, MAX_ACCESS_TOKEN_SECONDS, MINUTE, NOT_WRITABLE, SESSION_MINUTES, is_writable,
    long_lived, seconds, short_lived,
};
use crate::domain::pool::Pool;
use crate::domain::provider::COGNITO;
use crate::error::{ApiError, Result};
use crate::ids::ClientId;

/// The shortest and longest validity of access and ID tokens, and of refresh tokens, in seconds.
const SHORT_LIVED: (i64, i64) = (5 * MINUTE, MAX_ACCESS_TOKEN_SECONDS);
const LONG_LIVED: (i64, i64) = (HOUR, 3650 * DAY);

/// The scopes of access tokens that no resource server defines.
const STANDARD_SCOPES: [&str; 5] = [
    "openid",
    "email",
    "phone",
    "profile",
    "aws.cognito.signin.user.admin",
];

/// The settings as Cognito shows them. A setting without a default is shown only if it was given; the authentication flows are
/// such a setting.
pub(crate) fn as_described(
    mut settings: UserPoolClientType,
    pool: &Pool,
    id: ClientId,
) -> UserPoolClientType {
    let unit = settings
        .token_validity_units
        .get_or_insert_default()
        .refresh_token;
    let refresh = long_lived(settings.refresh_token_validity, unit);
    settings.refresh_token_validity = Some(refresh / seconds(unit.unwrap_or(TimeUnitsType::Days)));
    settings
        .allowed_oauth_flows_user_pool_client
        .get_or_insert(false);
    settings.enable_token_revocation.get_or_insert(true);
    settings
        .enable_propagate_additional_user_context_data
        .get_or_insert(false);
    settings
        .auth_session_validity
        .get_or_insert(SESSION_MINUTES);
    UserPoolClientType {
        client_id: Some(id),
        user_pool_id: Some(pool.id.clone()),
        ..settings
    }
}

/// Checks the settings of a client that an operation or a seed gives: the rules for every stored client, and the members that
/// depend on each other. [`check_resources`] checks the other resources that the client names.
///
/// # Errors
/// `InvalidOAuthFlowException` or `InvalidParameterException`.
pub(crate) fn check_given(
    settings: &UserPoolClientType,
    attributes: &[SchemaAttributeType],
    doing: &str,
) -> Result<()> {
    check(settings, attributes, doing)?;
    check_redirects(settings)?;
    check_scopes_of_flows(settings)?;
    check_auth_flows(settings)
        .and_then(|()| check_order_of_validity(settings))
        .and_then(|()| check_user_context(settings))
        .and_then(|()| check_analytics(settings.analytics_configuration.as_ref()))
        .map_err(ApiError::invalid_parameter)
}

/// The resources of a pool that clients name.
pub(crate) struct Resources {
    /// The names of the pool's identity providers.
    pub(crate) providers: Vec<String>,
    /// The scopes that the pool's resource servers define.
    pub(crate) scopes: Vec<String>,
}

/// Checks that the pool has the identity providers and scopes that the client names. What the client named `before` may be gone:
/// deleted providers and resource servers leave their names in the clients that have them.
///
/// # Errors
/// `InvalidParameterException` or `ScopeDoesNotExistException`.
pub(crate) fn check_resources(
    settings: &UserPoolClientType,
    before: Option<&UserPoolClientType>,
    pool: &Pool,
    of_pool: &Resources,
) -> Result<()> {
    let unknown = |named: fn(&UserPoolClientType) -> &[String], known: &[&str], own: &[String]| {
        let before = before.map(named).unwrap_or_default();
        let is_known = |name: &String| {
            known.contains(&name.as_str()) || own.contains(name) || before.contains(name)
        };
        named(settings).iter().find(|name| !is_known(name))
    };
    if let Some(name) = unknown(providers, &[COGNITO], &of_pool.providers) {
        return Err(ApiError::unknown_provider(name, &pool.id));
    }
    if let Some(scope) = unknown(scopes, &STANDARD_SCOPES, &of_pool.scopes) {
        let message = format!("Invalid scope requested: {scope}");
        return Err(
            ApiError::new(ErrorCode::ScopeDoesNotExistException, message)
                .because("the client asks for a scope that does not exist"),
        );
    }
    Ok(())
}

fn providers(settings: &UserPoolClientType) -> &[String] {
    let names = settings.supported_identity_providers.as_deref();
    names.unwrap_or_default()
}

/// Checks the rules for every stored client of a pool with these attributes. `doing` names the occasion in messages.
///
/// # Errors
/// `InvalidOAuthFlowException` or `InvalidParameterException`.
pub(crate) fn check(
    settings: &UserPoolClientType,
    attributes: &[SchemaAttributeType],
    doing: &str,
) -> Result<()> {
    check_flows(settings)?;
    check_validity(settings).map_err(ApiError::invalid_parameter)?;
    check_attributes(settings, attributes, doing)
}

/// Flows with older and newer names exclude each other, and a client whose refresh tokens rotate cannot allow
/// `REFRESH_TOKEN_AUTH`.
fn check_auth_flows(settings: &UserPoolClientType) -> Result<(), &'static str> {
    let flows = settings.explicit_auth_flows.as_deref().unwrap_or_default();
    let newer = flows
        .iter()
        .filter(|flow| flow.as_str().starts_with("ALLOW_"))
        .count();
    if (1..flows.len()).contains(&newer) {
        return Err(
            "Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names.",
        );
    }
    let rotation = settings.refresh_token_rotation.as_ref();
    let rotates = rotation.is_some_and(|rotation| rotation.feature == FeatureType::Enabled);
    if rotates && flows.contains(&ExplicitAuthFlowsType::AllowRefreshTokenAuth) {
        return Err(
            "ALLOW_REFRESH_TOKEN_AUTH is not a permitted ExplicitAuthFlow when refresh token rotation is enabled",
        );
    }
    Ok(())
}

/// Access and ID tokens must not be valid longer than the refresh token.
fn check_order_of_validity(settings: &UserPoolClientType) -> Result<(), &'static str> {
    let units = settings.token_validity_units.clone().unwrap_or_default();
    let access = short_lived(settings.access_token_validity, units.access_token);
    let id = short_lived(settings.id_token_validity, units.id_token);
    if access.max(id) > long_lived(settings.refresh_token_validity, units.refresh_token) {
        return Err(
            "Access and Id Token expiration times must be less than or equal to refresh token expiration times.",
        );
    }
    Ok(())
}

fn check_user_context(settings: &UserPoolClientType) -> Result<(), &'static str> {
    let tells = settings.enable_propagate_additional_user_context_data == Some(true);
    if tells && settings.client_secret.is_none() {
        return Err(
            "Client Secret is required to set EnablePropagateAdditionalUserContextData as true",
        );
    }
    Ok(())
}

fn check_analytics(given: Option<&AnalyticsConfigurationType>) -> Result<(), &'static str> {
    let Some(given) = given else { return Ok(()) };
    let others = [&given.application_id, &given.role_arn, &given.external_id];
    let named = others.into_iter().flatten().count();
    match (&given.application_arn, named) {
        (Some(_), 0) | (None, 3) => Ok(()),
        _ => Err(
            "Invalid analytics configuration given, either <application arn> or <application id, role arn, external id> are valid",
        ),
    }
}

fn check_validity(settings: &UserPoolClientType) -> Result<(), &'static str> {
    let units = settings.token_validity_units.clone().unwrap_or_default();
    let hours = TimeUnitsType::Hours;
    let tokens = [
        (
            settings.access_token_validity,
            units.access_token,
            hours,
            SHORT_LIVED,
        ),
        (
            settings.id_token_validity,
            units.id_token,
            hours,
            SHORT_LIVED,
        ),
        (
            settings
                .refresh_token_validity
                .filter(|validity| *validity > 0),
            units.refresh_token,
            TimeUnitsType::Days,
            LONG_LIVED,
        ),
    ];
    for (validity, unit, usual, (least, most)) in tokens {
        let seconds =
            validity.map(|validity| validity.saturating_mul(seconds(unit.unwrap_or(usual))));
        if seconds.is_some_and(|seconds| !(least..=most).contains(&seconds)) {
            return Err("Invalid range for token validity.");
        }
    }
    Ok(())
}

/// A client lists only attributes of the pool; if it lists writable attributes, it lists the required ones among them.
fn check_attributes(
    settings: &UserPoolClientType,
    attributes: &[SchemaAttributeType],
    doing: &str,
) -> Result<()> {
    let refused = |what: &str| {
        let message = format!("Invalid {what} attributes specified while {doing} a client");
        Err(ApiError::invalid_parameter(message).because(format_args!(
            "the client's {what} attributes do not fit the pool's schema"
        )))
    };
    let known = |name: &String| {
        attributes
            .iter()
            .any(|attribute| attribute.name.as_ref() == Some(name))
    };
    let read = settings.read_attributes.as_deref().unwrap_or_default();
    if !read.iter().all(known) {
        return refused("read");
    }
    let write = settings.write_attributes.as_deref().unwrap_or_default();
    let writable = |name: &String| known(name) && is_writable(name);
    let mut required = attributes
        .iter()
        .filter(|attribute| attribute.required == Some(true))
        .filter_map(|attribute| attribute.name.as_ref())
        .filter(|name| !NOT_WRITABLE.contains(&name.as_str()));
    let whole = write.is_empty() || required.all(|name| write.contains(name));
    if !whole || !write.iter().all(writable) {
        return refused("write");
    }
    Ok(())
}

/// Checks the id of a new client.
///
/// # Errors
/// `InvalidParameterException`.
pub(crate) fn client_id(text: &str) -> Result<ClientId> {
    check_shape(
        &schema::USER_POOL_CLIENT_TYPE,
        &mut json!({"ClientId": text}),
    )?;
    Ok(ClientId::from(text.to_owned()))
}
