//! The `Authorization` header of Signature Version 4: its parts, and what they must be apart from the signature.

use std::borrow::Cow;
use std::sync::LazyLock;

use actix_web::http::header::{DATE, HeaderMap, HeaderName};
use chrono::format::{Item, Parsed, StrftimeItems, parse};
use chrono::{DateTime, NaiveDate, NaiveDateTime, SubsecRound, TimeDelta, Utc};

use crate::api::ErrorCode;
use crate::error::{ApiError, Result};
use crate::http::header::text;

/// The scheme of the `Authorization` header, and the first line of what is signed.
pub(super) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const SERVICE: &str = "cognito-idp";
const TERMINATOR: &str = "aws4_request";
/// `YYYYMMDD'T'HHMMSS'Z'`, the basic form of ISO 8601 that `X-Amz-Date` has.
const DATE_FORMAT: &str = "%Y%m%dT%H%M%SZ";
static DATE_ITEMS: LazyLock<Vec<Item<'static>>> =
    LazyLock::new(|| StrftimeItems::new(DATE_FORMAT).collect());
const AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");
const NO_DATE: &str =
    "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
/// The largest difference between a request's date and the server's clock, either way.
const TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// The parsed `Authorization` header, with the date that belongs to it.
pub(super) struct Authorization<'a> {
    pub(super) scope: Scope<'a>,
    /// Lower-case names in the order in which they were signed.
    pub(super) signed_headers: Vec<&'a str>,
    /// The same, as the header writes them.
    pub(super) signed_headers_text: &'a str,
    pub(super) signature: &'a str,
    pub(super) date: RequestDate<'a>,
}

/// The date of a request, as it was sent and as a time.
pub(super) struct RequestDate<'a> {
    pub(super) text: &'a str,
    pub(super) time: DateTime<Utc>,
}

impl<'a> Authorization<'a> {
    /// Reads the header, and the date beside it.
    ///
    /// # Errors
    /// `IncompleteSignatureException`.
    pub(super) fn parse(header: &'a str, headers: &'a HeaderMap) -> Result<Self> {
        let parameters = match halves(header, b' ') {
            Some((ALGORITHM, parameters)) => parameters,
            // Another scheme has none of the parameters of Signature Version 4.
            Some(_) | None if !header.starts_with(ALGORITHM) => "",
            Some(_) | None => header.get(ALGORITHM.len()..).unwrap_or_default(),
        };
        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for parameter in parts(parameters, *b", ").filter(|parameter| !parameter.is_empty()) {
            let (name, value) = halves(parameter, b'=').ok_or_else(|| {
                incomplete(format!(
                    "'{parameter}' not a valid key=value pair (missing equal-sign) in Authorization header: '{header}'."
                ))
                .because("a part of the Authorization header has no equal-sign")
            })?;
            match name {
                "Credential" => credential = Some(value),
                "SignedHeaders" => signed_headers = Some(value),
                "Signature" => signature = Some(value),
                _ => {}
            }
        }
        let date = text(headers, &AMZ_DATE).or_else(|| text(headers, &DATE));
        match (
            non_empty(credential),
            non_empty(signature),
            non_empty(signed_headers),
            date,
        ) {
            (Some(credential), Some(signature), Some(signed_headers), Some(date)) => Ok(Self {
                scope: Scope::parse(credential)?,
                signed_headers: parts(signed_headers, *b";").collect(),
                signed_headers_text: signed_headers,
                signature,
                date: RequestDate::parse(date)?,
            }),
            (credential, signature, signed_headers, date) => {
                let parameters = [
                    ("Credential", credential),
                    ("Signature", signature),
                    ("SignedHeaders", signed_headers),
                ];
                let missing: String = parameters
                    .into_iter()
                    .filter(|(_, value)| value.is_none())
                    .map(|(name, _)| format!("Authorization header requires '{name}' parameter. "))
                    .chain(date.is_none().then(|| NO_DATE.to_owned()))
                    .collect();
                Err(incomplete(format!("{missing}Authorization={header}"))
                    .because(missing.trim_end()))
            }
        }
    }

    /// `host` and every `x-amz-` header of the request must be signed. A signed header that is missing makes the signature
    /// wrong.
    ///
    /// # Errors
    /// `InvalidSignatureException`.
    pub(super) fn check_signed_headers(&self, headers: &HeaderMap) -> Result<()> {
        let signed = |name: &str| self.signed_headers.contains(&name);
        if !signed("host") && !signed(":authority") {
            return Err(invalid_signature(
                "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
            ));
        }
        let unsigned = headers
            .keys()
            .map(HeaderName::as_str)
            .find(|name| name.starts_with("x-amz-") && !signed(name));
        match unsigned {
            Some(name) => Err(invalid_signature(format!(
                "'{name}' must be a 'SignedHeader' in the AWS Authorization."
            ))
            .because("a header that must be signed is not")),
            None => Ok(()),
        }
    }
}

/// `<access key id>/<date>/<region>/<service>/aws4_request`.
pub(super) struct Scope<'a> {
    pub(super) key_id: &'a str,
    /// The text after the key's id.
    pub(super) text: &'a str,
    date: &'a str,
    region: &'a str,
    service: &'a str,
    terminator: &'a str,
}

impl<'a> Scope<'a> {
    fn parse(credential: &'a str) -> Result<Self> {
        let (key_id, text) = halves(credential, b'/').unwrap_or((credential, ""));
        let mut parts = parts(text, *b"/");
        let scope = (|| {
            Some(Self {
                key_id,
                text,
                date: parts.next()?,
                region: parts.next()?,
                service: parts.next()?,
                terminator: parts.next()?,
            })
        })();
        match (scope, parts.next()) {
            (Some(scope), None) => Ok(scope),
            (_, _) => Err(incomplete(format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{credential}'"
            ))
            .because("the credential does not have five parts")),
        }
    }

    /// Checks the scope. The message names everything that is wrong with it.
    ///
    /// # Errors
    /// `InvalidSignatureException`.
    pub(super) fn check(&self, region: &str, date: &RequestDate<'_>) -> Result<()> {
        let wrong: String = [
            (self.region != region).then(|| {
                format!("Credential should be scoped to a valid region, not '{}'. ", self.region)
            }),
            (self.service != SERVICE)
                .then(|| format!("Credential should be scoped to correct service: '{SERVICE}'. ")),
            (self.terminator != TERMINATOR).then(|| {
                format!(
                    "Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{}'. ",
                    self.terminator
                )
            }),
            (self.date != date.day()).then(|| {
                format!(
                    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
                     '{}' != '{}', from '{}'.",
                    self.date,
                    date.day(),
                    date.text
                )
            }),
        ]
        .into_iter()
        .flatten()
        .collect();
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(invalid_signature(wrong)
                .because("the credential is for another Region, service or day"))
        }
    }
}

impl<'a> RequestDate<'a> {
    /// `YYYYMMDD`.
    fn day(&self) -> &'a str {
        self.text.get(..8).unwrap_or_default()
    }

    fn parse(text: &'a str) -> Result<Self> {
        let mut parsed = Parsed::new();
        // Chrono also reads what nearly has the form, such as fewer digits.
        plain_date(text)
            .map_or_else(
                || {
                    parse(&mut parsed, text, DATE_ITEMS.iter())
                        .and_then(|()| parsed.to_naive_datetime_with_offset(0))
                },
                Ok,
            )
            .map(|time| Self { text, time: time.and_utc() })
            .map_err(|_| {
                incomplete(format!(
                    "Date must be in ISO-8601 'basic format'. Got '{text}'. See http://en.wikipedia.org/wiki/ISO_8601"
                ))
                .because("the date cannot be read")
            })
    }
}

/// A date of exactly the form [`DATE_FORMAT`]. Returns `None` for any other text.
fn plain_date(text: &str) -> Option<NaiveDateTime> {
    let digits = |at: std::ops::Range<usize>| {
        let digits = text.as_bytes().get(at)?.iter();
        digits.copied().try_fold(0, |number, digit| {
            digit
                .is_ascii_digit()
                .then(|| number * 10 + u32::from(digit - b'0'))
        })
    };
    let marks = [8, 15].map(|at| text.as_bytes().get(at).copied());
    if text.len() != 16 || marks != [Some(b'T'), Some(b'Z')] {
        return None;
    }
    let year = i32::try_from(digits(0..4)?).ok()?;
    NaiveDate::from_ymd_opt(year, digits(4..6)?, digits(6..8)?)?.and_hms_opt(
        digits(9..11)?,
        digits(11..13)?,
        digits(13..15)?,
    )
}

/// The parts of an ASCII text between any of the bytes `ends`. `str::split` does the same, and looks for each end anew.
fn parts<const N: usize>(text: &str, ends: [u8; N]) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = text.bytes().position(|byte| ends.contains(&byte));
        rest = end.and_then(|end| text.get(end + 1..));
        text.get(..end.unwrap_or(text.len()))
    })
}

/// What stands before and after the first such byte of an ASCII text. It comes early, and `str::split_once` prepares for a long
/// search.
fn halves(text: &str, end: u8) -> Option<(&str, &str)> {
    let end = text.bytes().position(|byte| byte == end)?;
    text.get(..end).zip(text.get(end + 1..))
}

/// Checks the date of a request against the clock. Whole seconds are compared, because a request's date has no fractions.
///
/// # Errors
/// `InvalidSignatureException`.
pub(super) fn check_date(date: DateTime<Utc>, now: DateTime<Utc>) -> Result<()> {
    let now = now.trunc_subsecs(0);
    let text = |time: DateTime<Utc>| time.format(DATE_FORMAT);
    let (earliest, latest) = (now - TOLERANCE, now + TOLERANCE);
    if date < earliest {
        return Err(invalid_signature(format!(
            "Signature expired: {} is now earlier than {} ({} - 5 min.)",
            text(date),
            text(earliest),
            text(now)
        ))
        .because("the signature is too old"));
    }
    if date > latest {
        return Err(invalid_signature(format!(
            "Signature not yet current: {} is still later than {} ({} + 5 min.)",
            text(date),
            text(latest),
            text(now)
        ))
        .because("the signature is from the future"));
    }
    Ok(())
}

fn non_empty(value: Option<&str>) -> Option<&str> {
    value.filter(|value| !value.is_empty())
}

fn incomplete(message: String) -> ApiError {
    ApiError::new(ErrorCode::IncompleteSignatureException, message)
}

/// `InvalidSignatureException` with this message.
pub(super) fn invalid_signature(message: impl Into<Cow<'static, str>>) -> ApiError {
    ApiError::new(ErrorCode::InvalidSignatureException, message)
}
