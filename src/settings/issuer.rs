//! The issuer of the pools' tokens, and the URLs that follow from it.

use super::setting::Setting;
use super::{SettingsError, forms};
use crate::host::Host;
use crate::ids::UserPoolId;

/// The issuer: the URL before the pool's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Issuer {
    /// The host that the client calls.
    Host,
    /// Cognito itself.
    Aws,
    /// This URL, without a slash at its end.
    Fixed(String),
}

impl Issuer {
    /// Reads the setting.
    pub(super) fn read(setting: &Setting<'_>) -> Result<Self, SettingsError> {
        let expected = "\"host\", \"aws\", or a URL such as https://id.example.com: http:// or https://, a host, and at most a \
                        port and a path";
        setting.formed(expected, |text| match text {
            "host" => Some(Self::Host),
            "aws" => Some(Self::Aws),
            url => forms::base_url(url).map(Self::Fixed),
        })
    }

    /// The issuer URL of the pool, for a client that calls `host`.
    pub(crate) fn of(&self, pool: &UserPoolId, host: &Host) -> String {
        match self {
            Self::Host => format!("http://{host}/{pool}"),
            Self::Aws => format!("https://cognito-idp.{}.amazonaws.com/{pool}", pool.region()),
            Self::Fixed(url) => format!("{url}/{pool}"),
        }
    }

    /// The URL under which the pool's keys are found: the issuer's, unless that is Cognito's, which does not know this pool.
    pub(crate) fn keys_of(&self, pool: &UserPoolId, host: &Host) -> String {
        format!("{}/{pool}", self.server(host))
    }

    /// Whether clients reach this server by HTTPS, as far as the issuer tells.
    pub(crate) fn is_https(&self) -> bool {
        matches!(self, Self::Fixed(url) if url.starts_with("https://"))
    }

    /// The URL of this server, without a slash at its end: the issuer's, unless that is Cognito's, which does not lead here.
    pub(crate) fn server(&self, host: &Host) -> String {
        match self {
            Self::Host | Self::Aws => format!("http://{host}"),
            Self::Fixed(url) => url.clone(),
        }
    }
}
