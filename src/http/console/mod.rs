//! `/_poolhouse/console/`: the console, a page whose script calls the served operations and the control endpoints, signed with an
//! access key as by any SDK. Its files are open to everybody, since they hold nothing; what the page shows, it gets by its key. Each
//! file is answered from memory, and again only if it has changed, by its entity tag (RFC 9110 section 13.1.2).

mod files;

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH, LOCATION,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use serde_json::{Value, json};

use self::files::File;
use super::control::ShownClock;
use super::exchange::{Exchange, get};
use super::header::text;
use super::protocol::Protocol;
use super::{Shared, host};
use crate::api::ErrorCode;
use crate::error::{ApiError, Result};
use crate::settings::Settings;

/// What the browser allows the console (W3C's "Content Security Policy Level 3" and "Trusted Types"): its own files, calls of this
/// server, no text that becomes HTML or script, and no frame around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types 'none'";

const CROSS_ORIGIN_OPENER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

/// What of the greeting follows from the settings.
pub(super) struct Greeting {
    region: Value,
    /// The administrator's key, if everybody knows its secret.
    key: Option<Value>,
}

impl Greeting {
    pub(super) fn new(settings: &Settings) -> Self {
        let key = settings.shipped_key();
        Self {
            region: settings.region.as_str().into(),
            key: key.map(|(id, secret)| json!({"Id": id, "Secret": secret})),
        }
    }
}

/// Adds the paths of the console.
pub(super) fn routes(service: &mut web::ServiceConfig) {
    service
        .service(get("/_poolhouse/console", to_page))
        .service(get("/_poolhouse/console/greeting.json", greeting))
        .service(get("/_poolhouse/console/{file:.*}", file));
}

/// Leads to the page, so that the addresses in it are right.
async fn to_page(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let exchange = begin(&shared, &request);
    let found = host(&request).map(|_| ());
    let response = |()| {
        let mut response = HttpResponse::PermanentRedirect();
        response.insert_header((LOCATION, "console/")).finish()
    };
    exchange.end_with(found, response, |error| Protocol::Json11.error(error))
}

/// Answers with the Region, which signatures name; with the shipped key where that is the administrator's and may be used; and, as
/// `/_poolhouse/health` does, with what the clock shows if it was set.
async fn greeting(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let exchange = begin(&shared, &request);
    let told = host(&request).map(|host| {
        let Greeting { region, key } = &shared.greeting;
        let may = shared.audience.admit(&host, request.headers()).is_ok();
        let clock = shared.ambient.clock_set_to().map(ShownClock::from);
        json!({"Region": region, "AccessKey": key.as_ref().filter(|_| may), "Clock": clock})
    });
    exchange.end_with(
        told,
        |told| protected(HttpResponse::Ok()).json(told),
        |error| Protocol::Json11.error(error),
    )
}

/// Answers with a file of the console.
async fn file(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let exchange = begin(&shared, &request);
    let found = named(&request);
    exchange.end_with(
        found,
        |file| shown(file, &request),
        |error| {
            if error.code == ErrorCode::UnknownOperationException {
                return Protocol::Unknown.error(error);
            }
            Protocol::Json11.error(error)
        },
    )
}

/// The exchange of a request that is not among those that are shown, since each visit makes many.
fn begin(shared: &web::Data<Shared>, request: &HttpRequest) -> Exchange {
    let exchange = Exchange::at("console", shared, request);
    exchange.seen.hide();
    exchange
}

/// The file that the path names.
///
/// # Errors
/// `UnknownOperationException` if there is none.
fn named(request: &HttpRequest) -> Result<&'static File> {
    host(request)?;
    File::find(request.match_info().get("file").unwrap_or_default()).ok_or_else(|| {
        ApiError::bare(ErrorCode::UnknownOperationException).because("there is no such path")
    })
}

fn shown(file: &'static File, request: &HttpRequest) -> HttpResponse {
    let known = text(request.headers(), &IF_NONE_MATCH);
    let is_known = known.is_some_and(|known| known.contains(&file.tag));
    let mut response = protected(if is_known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    });
    response.insert_header((ETAG, file.tag.as_str()));
    if is_known {
        return response.finish();
    }
    response.content_type(file.kind).body(file.content)
}

/// The response with the headers that every file of the console has.
fn protected(mut response: HttpResponseBuilder) -> HttpResponseBuilder {
    for (name, value) in [
        (CACHE_CONTROL, "no-cache"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
        (CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
    ] {
        response.insert_header((name, HeaderValue::from_static(value)));
    }
    response
}
