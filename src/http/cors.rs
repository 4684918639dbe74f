//! Which pages may read answers (the CORS protocol of WHATWG's Fetch standard), and the protection of a server that uses the
//! default secret access key.
//!
//! Cognito shares every answer with every origin, which is safe if only the owner knows an access key. Everybody knows the
//! default one: any page that a developer opens could sign with it, in a request across origins, or under a host name that
//! resolves to this machine (DNS rebinding). While it is in use, signed operations are answered only on the names of this
//! machine, and only to its own pages.

use actix_web::HttpResponse;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderValue, ORIGIN,
};

use crate::api::ErrorCode;
use crate::error::{ApiError, Result};
use crate::host::{Host, Origin};
use crate::settings::Settings;

const ANSWER_HEADERS: &str = "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date";

/// The callers that signed operations are answered to.
pub(super) enum Audience {
    Everybody,
    /// Callers on this machine, because an access key has the default secret; the hosts and origins of the settings; and callers
    /// of the service's own host name.
    ThisMachine {
        hosts: Vec<Host>,
        origins: Vec<Origin>,
    },
}

impl Audience {
    pub(super) fn new(settings: &Settings) -> Self {
        if settings.has_shipped_secret() {
            // Only the owner of this machine can make the service's own name resolve to it, for instance to redirect clients.
            let service = format!("cognito-idp.{}.amazonaws.com", settings.region);
            let trusted = settings.http.trusted_hosts.iter().cloned();
            Self::ThisMachine {
                hosts: trusted.chain(Host::parse(&service)).collect(),
                origins: settings.http.trusted_origins.clone(),
            }
        } else {
            Self::Everybody
        }
    }

    /// Checks that a signed operation may be answered on the host `called`, and to the page that the header `Origin` names.
    ///
    /// # Errors
    /// `AccessDeniedException`, with what a developer can do about it.
    pub(super) fn admit(&self, called: &Host, headers: &HeaderMap) -> Result<()> {
        let Self::ThisMachine { hosts, origins } = self else {
            return Ok(());
        };
        if !called.is_this_machine() && !hosts.iter().any(|host| host.covers(called)) {
            return Err(denied(
                format_args!(
                    "are answered on the names of this machine only, such as localhost, and not on {called}"
                ),
                "the host in http.trusted_hosts",
            )
            .because(format_args!(
                "the host {called} is not a name of this machine, and the secret access key is the shipped one"
            )));
        }
        let is_ours = |origin: &Origin| {
            let host = origin.host();
            host.is_some_and(|host| host == called || host.is_this_machine())
                || origins.contains(origin)
        };
        for value in headers.get_all(ORIGIN) {
            let origin = value.to_str().ok().and_then(Origin::parse);
            if !origin.as_ref().is_some_and(is_ours) {
                let origin =
                    origin.map_or_else(|| "unknown".to_owned(), |origin| origin.to_string());
                return Err(denied(
                    format_args!(
                        "are shared with pages of this machine only, such as those of http://localhost, and not with the \
                         origin {origin}"
                    ),
                    "the origin in http.trusted_origins",
                )
                .because(format_args!(
                    "the origin {origin} is not of this machine, and the secret access key is the shipped one"
                )));
            }
        }
        Ok(())
    }

    /// The answer to a preflight request: it allows what was asked for during two days, as Cognito does. If the request that
    /// follows will be signed, it is checked as by [`Self::admit`].
    ///
    /// # Errors
    /// Those of [`Self::admit`].
    pub(super) fn preflight(&self, called: &Host, headers: &HeaderMap) -> Result<HttpResponse> {
        let asked = headers.get_all(ACCESS_CONTROL_REQUEST_HEADERS);
        let will_be_signed = asked
            .filter_map(|value| value.to_str().ok())
            .flat_map(|names| names.split(','))
            .any(|name| name.trim().eq_ignore_ascii_case("authorization"));
        if will_be_signed {
            self.admit(called, headers)?;
        }
        let mut response = HttpResponse::Ok();
        response.insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"));
        for (asked, allowed) in [
            (ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_ALLOW_HEADERS),
            (ACCESS_CONTROL_REQUEST_METHOD, ACCESS_CONTROL_ALLOW_METHODS),
        ] {
            if let Some(value) = headers.get(asked) {
                response.insert_header((allowed, value.clone()));
            }
        }
        Ok(response
            .insert_header((ACCESS_CONTROL_EXPOSE_HEADERS, ANSWER_HEADERS))
            .insert_header((ACCESS_CONTROL_MAX_AGE, "172800"))
            .finish())
    }
}

fn denied(what: std::fmt::Arguments<'_>, otherwise: &str) -> ApiError {
    ApiError::new(
        ErrorCode::AccessDeniedException,
        format!(
            "While the secret access key is the shipped 'test', signed operations {what}. Set access_key_id and \
             secret_access_key to values of your own, or name {otherwise}."
        ),
    )
}

/// Allows the page at the request's origin to read the answer.
pub(super) fn share_with_origin(request: &HeaderMap, response: &mut HttpResponse) {
    if request.contains_key(ORIGIN) {
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static(ANSWER_HEADERS),
        );
    }
}
