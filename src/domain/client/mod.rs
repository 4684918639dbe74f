//! An app client, and the settings of it that sign-ins and tokens use. Where no other source is named, the rules are those of
//! the AWS API reference, `CreateUserPoolClient`.

pub(crate) mod secrets;
pub(crate) mod settings;

use crate::api::{
    ExplicitAuthFlowsType, FeatureType, OAuthFlowType, PreventUserExistenceErrorTypes, Sensitive,
    TimeUnitsType, Timestamp, TokenValidityUnitsType, UserPoolClientType,
};
use crate::domain::pool::schema_attributes;
use crate::domain::provider::COGNITO;
use crate::ids::ClientId;

/// Days that a refresh token is valid if the client names no time, or 0.
const REFRESH_TOKEN_DAYS: i64 = 30;
/// The longest time that a client's access tokens or ID tokens are valid, in seconds.
pub(crate) const MAX_ACCESS_TOKEN_SECONDS: i64 = DAY;
/// Minutes that a session is valid if the client names no time.
pub(super) const SESSION_MINUTES: i64 = 3;

pub(super) const MINUTE: i64 = 60;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;

/// Attributes that no client may write, because Cognito sets them.
pub(crate) const NOT_WRITABLE: [&str; 3] = ["sub", "email_verified", "phone_number_verified"];

/// The authentication flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    UserSrp,
    UserPassword,
    AdminUserPassword,
    RefreshToken,
    Custom,
    /// `USER_AUTH`: the user chooses among several first factors.
    User,
}

/// A stored app client.
pub(crate) struct AppClient {
    pub(crate) row: i64,
    pub(crate) id: ClientId,
    settings: UserPoolClientType,
    /// The secret that the settings do not tell.
    second_secret: Option<Sensitive<String>>,
}

impl AppClient {
    pub(crate) fn new(
        row: i64,
        id: ClientId,
        settings: UserPoolClientType,
        second_secret: Option<Sensitive<String>>,
    ) -> Self {
        Self {
            row,
            id,
            settings,
            second_secret,
        }
    }

    /// Whether the client allows the flow. A client that names no flow allows those that send no password. Names without
    /// `ALLOW_` are the older ones; they allow SRP as well (AWS API reference, `CreateUserPoolClient`, `ExplicitAuthFlows`).
    pub(crate) fn allows(&self, flow: Flow) -> bool {
        use ExplicitAuthFlowsType as Named;
        let named = self
            .settings
            .explicit_auth_flows
            .as_deref()
            .unwrap_or_default();
        let any_of = |flows: &[Named]| flows.iter().any(|flow| named.contains(flow));
        let silent = named.is_empty();
        let old = [
            Named::AdminNoSrpAuth,
            Named::CustomAuthFlowOnly,
            Named::UserPasswordAuth,
        ];
        let custom_only = any_of(&[Named::CustomAuthFlowOnly]);
        match flow {
            Flow::UserSrp => {
                silent || any_of(&[Named::AllowUserSrpAuth]) || (any_of(&old) && !custom_only)
            }
            Flow::UserPassword => any_of(&[Named::AllowUserPasswordAuth, Named::UserPasswordAuth]),
            Flow::AdminUserPassword => {
                any_of(&[Named::AllowAdminUserPasswordAuth, Named::AdminNoSrpAuth])
            }
            // If refresh tokens rotate, only `GetTokensFromRefreshToken` takes them (AWS's guide "Refresh tokens").
            Flow::RefreshToken => {
                self.rotation_grace_ms().is_none()
                    && (silent || any_of(&[Named::AllowRefreshTokenAuth]) || any_of(&old))
            }
            Flow::Custom => silent || any_of(&[Named::AllowCustomAuth, Named::CustomAuthFlowOnly]),
            Flow::User => any_of(&[Named::AllowUserAuth]),
        }
    }

    /// Whether the client hides which users exist (`PreventUserExistenceErrors`).
    pub(crate) fn hides_users(&self) -> bool {
        self.settings.prevent_user_existence_errors == Some(PreventUserExistenceErrorTypes::Enabled)
    }

    /// Whether the client may use this flow of OAuth 2.0.
    pub(crate) fn allows_oauth(&self, flow: OAuthFlowType) -> bool {
        let flows = self.settings.allowed_oauth_flows.as_deref();
        self.settings.allowed_oauth_flows_user_pool_client == Some(true)
            && flows.unwrap_or_default().contains(&flow)
    }

    /// The scopes that the client may ask for.
    pub(crate) fn oauth_scopes(&self) -> &[String] {
        let scopes = self.settings.allowed_oauth_scopes.as_deref();
        scopes.unwrap_or_default()
    }

    /// The URLs that codes and tokens may be sent to.
    pub(crate) fn callback_urls(&self) -> &[String] {
        self.settings.callback_urls.as_deref().unwrap_or_default()
    }

    /// The URLs that a browser may be sent to when it signs out.
    pub(crate) fn logout_urls(&self) -> &[String] {
        self.settings.logout_urls.as_deref().unwrap_or_default()
    }

    /// The names of the identity providers that its users may sign in at, in the order that was given; the pool itself is among them
    /// as [`COGNITO`].
    pub(crate) fn identity_providers(&self) -> &[String] {
        let names = self.settings.supported_identity_providers.as_deref();
        names.unwrap_or_default()
    }

    /// Whether users may sign in with what the pool itself knows of them. A client that names no provider leaves it open.
    pub(crate) fn signs_in_locally(&self) -> bool {
        let names = self.identity_providers();
        names.is_empty() || names.iter().any(|name| name == COGNITO)
    }

    /// Whether the client has a secret.
    pub(crate) fn is_confidential(&self) -> bool {
        self.settings.client_secret.is_some()
    }

    /// Whether one of the client's secrets passes the check. All are checked, so that the time does not tell which one passed.
    pub(crate) fn any_secret(&self, passes: impl Fn(&str) -> bool) -> bool {
        let secrets = [&self.settings.client_secret, &self.second_secret];
        let secrets = secrets.into_iter().flatten();
        secrets.fold(false, |passed, secret| passes(secret.expose()) | passed)
    }

    /// When a session that begins at `now` expires.
    pub(crate) fn session_end(&self, now: Timestamp) -> Timestamp {
        let minutes = self
            .settings
            .auth_session_validity
            .unwrap_or(SESSION_MINUTES);
        later(now, minutes.saturating_mul(MINUTE))
    }

    /// When a refresh token that is issued at `now` expires.
    pub(crate) fn refresh_token_end(&self, now: Timestamp) -> Timestamp {
        let seconds = long_lived(
            self.settings.refresh_token_validity,
            self.units().refresh_token,
        );
        later(now, seconds)
    }

    /// How long an access token is valid, in seconds.
    pub(crate) fn access_token_seconds(&self) -> i64 {
        short_lived(
            self.settings.access_token_validity,
            self.units().access_token,
        )
    }

    /// How long an ID token is valid, in seconds.
    pub(crate) fn id_token_seconds(&self) -> i64 {
        short_lived(self.settings.id_token_validity, self.units().id_token)
    }

    fn units(&self) -> TokenValidityUnitsType {
        self.settings
            .token_validity_units
            .clone()
            .unwrap_or_default()
    }

    /// Whether the client's tokens can be revoked. If so, they carry `origin_jti` and `jti`.
    pub(crate) fn revokes_tokens(&self) -> bool {
        self.settings.enable_token_revocation != Some(false)
    }

    /// Whether the client may pass on its users' IP addresses (`EnablePropagateAdditionalUserContextData`).
    pub(crate) fn tells_user_context(&self) -> bool {
        self.settings.enable_propagate_additional_user_context_data == Some(true)
    }

    /// How long a rotated refresh token is still accepted, in milliseconds. Returns `None` if the client's refresh tokens do not
    /// rotate.
    pub(crate) fn rotation_grace_ms(&self) -> Option<i64> {
        let rotation = self.settings.refresh_token_rotation.as_ref()?;
        let enabled = rotation.feature == FeatureType::Enabled;
        enabled.then(|| {
            rotation
                .retry_grace_period_seconds
                .unwrap_or(0)
                .saturating_mul(1000)
        })
    }

    /// Whether the client may read the attribute: one that it lists; if it lists none, every attribute but developer-only ones.
    /// The AWS API reference speaks of "standard" attributes for clients that list none, but such clients also read and write
    /// custom attributes.
    pub(crate) fn may_read(&self, attribute: &str) -> bool {
        may(self.settings.read_attributes.as_deref(), attribute)
    }

    /// Whether the client may write the attribute: by the rule of [`AppClient::may_read`], and not if Cognito sets it or it is
    /// developer-only (AWS API reference, `SchemaAttributeType`: "read-only to all app clients").
    pub(crate) fn may_write(&self, attribute: &str) -> bool {
        may(self.settings.write_attributes.as_deref(), attribute) && is_writable(attribute)
    }
}

fn may(named: Option<&[String]>, attribute: &str) -> bool {
    match named.filter(|named| !named.is_empty()) {
        Some(named) => named.iter().any(|name| name == attribute),
        None => !schema_attributes::is_for_developers(attribute),
    }
}

/// Whether a client can be allowed to write the attribute.
pub(super) fn is_writable(attribute: &str) -> bool {
    !NOT_WRITABLE.contains(&attribute) && !schema_attributes::is_for_developers(attribute)
}

fn later(now: Timestamp, seconds: i64) -> Timestamp {
    Timestamp::from_millis(now.millis().saturating_add(seconds.saturating_mul(1000)))
}

/// The validity of access or ID tokens, in seconds.
pub(super) fn short_lived(validity: Option<i64>, unit: Option<TimeUnitsType>) -> i64 {
    let unit = seconds(unit.unwrap_or(TimeUnitsType::Hours));
    validity.map_or(HOUR, |validity| validity.saturating_mul(unit))
}

/// The validity of refresh tokens, in seconds.
pub(super) fn long_lived(validity: Option<i64>, unit: Option<TimeUnitsType>) -> i64 {
    let unit = seconds(unit.unwrap_or(TimeUnitsType::Days));
    let validity = validity.filter(|validity| *validity > 0);
    validity.map_or(REFRESH_TOKEN_DAYS * DAY, |validity| {
        validity.saturating_mul(unit)
    })
}

/// The seconds of a unit.
pub(super) fn seconds(unit: TimeUnitsType) -> i64 {
    match unit {
        TimeUnitsType::Seconds => 1,
        TimeUnitsType::Minutes => MINUTE,
        TimeUnitsType::Hours => HOUR,
        TimeUnitsType::Days => DAY,
    }
}
