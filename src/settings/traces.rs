//! The section `[traces]`: the OpenTelemetry collector that traces are sent to.

use percent_encoding::percent_decode_str;

use super::given::Given;
use super::setting::Setting;
use super::{SettingsError, forms};
use crate::api::Sensitive;

/// The section `[traces]`, where it names a collector.
#[derive(Debug, Clone)]
pub struct TracesSettings {
    /// The URL that spans are sent to.
    pub(crate) url: String,
    /// The headers that go with them.
    pub(crate) headers: Vec<(String, Sensitive<String>)>,
    /// The share of requests that are traced, of those whose caller says nothing of it.
    pub(crate) ratio: f64,
    pub(crate) service_name: String,
}

/// What is added to the collector's address (OTLP specification, "OTLP/HTTP Request").
const PATH: &str = "/v1/traces";

/// Headers that the sending itself sets.
const OWN_HEADERS: [&str; 5] = [
    "connection",
    "content-length",
    "content-type",
    "host",
    "transfer-encoding",
];

impl TracesSettings {
    /// Reads the section. Returns `None` if it names no collector.
    pub(super) fn read(given: &Given) -> Result<Option<Self>, SettingsError> {
        let headers = headers(&given.at("traces.headers")?)?;
        let ratio = given.at("traces.ratio")?.share()?;
        let name = given.at("traces.service_name")?;
        let service_name = name.text()?.to_owned();
        if service_name.is_empty() {
            return Err(name.unexpected("a name, such as poolhouse"));
        }
        let url = url(&given.at("traces.endpoint")?)?;
        Ok(url.map(|url| Self {
            url,
            headers,
            ratio,
            service_name,
        }))
    }
}

/// The URL that spans are sent to. Returns `None` if the setting is empty.
fn url(setting: &Setting<'_>) -> Result<Option<String>, SettingsError> {
    if setting.text()?.is_empty() {
        return Ok(None);
    }
    let expected = "the collector's address, such as http://localhost:4318: http:// or https://, a host, and at most a port and a \
                    path";
    let base = setting.formed(expected, forms::base_url)?;
    if base.ends_with(PATH) {
        return Err(setting.refuse("leave out /v1/traces, which is added"));
    }
    Ok(Some(base + PATH))
}

/// Headers as OpenTelemetry writes them (`OTEL_EXPORTER_OTLP_HEADERS`): `name=value` with commas in between, and `%` before two
/// hexadecimal digits in a value.
fn headers(setting: &Setting<'_>) -> Result<Vec<(String, Sensitive<String>)>, SettingsError> {
    let text = setting.secret()?;
    let members = text.expose().split(',').map(str::trim);
    let members = members.filter(|member| !member.is_empty());
    let headers = members.map(|member| {
        header(member).ok_or_else(|| {
            setting.refuse(
                "expected headers as name=value with commas in between; a value has visible characters, with % before two \
                 hexadecimal digits for any other and for a comma",
            )
        })
    });
    let headers: Vec<(String, Sensitive<String>)> = headers.collect::<Result<_, _>>()?;
    let own = headers
        .iter()
        .find_map(|(name, _)| OWN_HEADERS.iter().find(|own| *own == name));
    match own {
        Some(own) => Err(setting.refuse(format_args!("the header {own} is set by Poolhouse"))),
        None => Ok(headers),
    }
}

/// A header, its name in small letters. Names are tokens (RFC 9110 section 5.1).
fn header(member: &str) -> Option<(String, Sensitive<String>)> {
    let (name, value) = member.split_once('=')?;
    let name = name.trim().to_ascii_lowercase();
    let in_name = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
    let is_value = value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let is_token = !name.is_empty() && name.bytes().all(in_name);
    (is_token && is_value).then(|| (name, value.into_owned().into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_what_opentelemetry_writes() {
        for (text, name, value) in [
            ("api-key=abc", "api-key", "abc"),
            (
                "Authorization=Basic dXNlcjpwYXNz==",
                "authorization",
                "Basic dXNlcjpwYXNz==",
            ),
            (
                "authorization=Bearer%20a%2Cb",
                "authorization",
                "Bearer a,b",
            ),
            (" x-scope = tenant ", "x-scope", "tenant"),
            ("empty=", "empty", ""),
        ] {
            let (found, content) = header(text).unwrap();
            assert_eq!((&*found, &**content.expose()), (name, value), "{text}");
        }
        for text in [
            "name",
            "=value",
            "a b=c",
            "a:b=c",
            "a=%0d%0ab: c",
            "a=%ff",
            "a=ü",
        ] {
            assert!(header(text).is_none(), "{text}");
        }
    }
}
