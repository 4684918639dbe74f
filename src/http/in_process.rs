//! The service without sockets, for fuzzing and benchmarks.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use actix_web::dev::ServiceResponse;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, Uri};
use actix_web::rt::{System, SystemRunner};
use actix_web::test::{self, TestRequest};
use actix_web::{App, web};

use super::{Shared, routes, sigv4};

/// The placeholder in an `Authorization` header that is replaced by the right signature.
pub(crate) const SIGNATURE: &str = "{signature}";

/// A request as bytes of a socket.
pub(crate) struct Request<'a> {
    pub(crate) method: &'a [u8],
    pub(crate) target: &'a [u8],
    pub(crate) headers: Vec<(&'a [u8], &'a [u8])>,
    pub(crate) body: &'a [u8],
}

/// A request with a parsed head.
pub(crate) struct Received {
    method: Method,
    target: Uri,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// The status and body of an answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: web::Bytes,
}

type Call = dyn Fn(TestRequest) -> Pin<Box<dyn Future<Output = ServiceResponse>>>;

/// The service on one thread.
pub(crate) struct InProcess {
    shared: web::Data<Shared>,
    call: Box<Call>,
    system: SystemRunner,
}

impl InProcess {
    pub(crate) fn new(shared: Shared) -> Self {
        let shared = web::Data::new(shared);
        let system = System::new();
        let app = App::new().app_data(shared.clone()).configure(routes);
        let service = Rc::new(system.block_on(test::init_service(app)));
        let call = move |request: TestRequest| -> Pin<Box<dyn Future<Output = ServiceResponse>>> {
            let service = Rc::clone(&service);
            Box::pin(async move { test::call_service(&*service, request.to_request()).await })
        };
        Self {
            shared,
            call: Box::new(call),
            system,
        }
    }

    /// Waits for something that runs beside the service.
    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.system.block_on(future)
    }

    /// The answer to a request. Returns `None` if the request is not HTTP.
    pub(crate) fn answer(&self, request: &Request<'_>) -> Option<Answer> {
        let received = self.received(request)?;
        let mut built = TestRequest::with_uri(&received.target.to_string())
            .method(received.method)
            .set_payload(received.body);
        for header in &received.headers {
            built = built.append_header(header);
        }
        let response = self.system.block_on((self.call)(built));
        Some(Answer {
            status: response.status().as_u16(),
            body: self.system.block_on(test::read_body(response)),
        })
    }

    /// The request as the service gets it, signed if it has a placeholder for a signature. Returns `None` if it is not HTTP.
    pub(crate) fn received(&self, request: &Request<'_>) -> Option<Received> {
        let mut headers = HeaderMap::new();
        for (name, value) in &request.headers {
            let name = HeaderName::from_bytes(name).ok()?;
            headers.append(name, HeaderValue::from_bytes(value).ok()?);
        }
        let mut received = Received {
            method: Method::from_bytes(request.method).ok()?,
            target: Uri::try_from(request.target).ok()?,
            headers,
            body: request.body.to_vec(),
        };
        if let Some(header) = self.authorization(&received) {
            received.headers.insert(header::AUTHORIZATION, header);
        }
        Some(received)
    }

    /// Whether an access key signed the request.
    pub(crate) fn verifies(&self, received: &Received) -> bool {
        let Shared {
            keys,
            region,
            ambient,
            ..
        } = &**self.shared;
        sigv4::check(received.signed(), keys, region, ambient.system_now())
            .and_then(|claim| claim.prove(&received.body))
            .is_ok()
    }

    /// The `Authorization` header with its placeholder replaced by the signature of the access key that it names. Returns `None`
    /// if it has no placeholder.
    fn authorization(&self, received: &Received) -> Option<HeaderValue> {
        let header = received.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (_, rest) = header.split_once("Credential=")?;
        let key = self.shared.keys.find(rest.split('/').next()?)?;
        let signature = header
            .contains(SIGNATURE)
            .then(|| sigv4::sign(&received.signed(), &received.body, key))?;
        HeaderValue::from_str(&header.replace(SIGNATURE, &signature.ok()?)).ok()
    }
}

impl Received {
    fn signed(&self) -> sigv4::Signed<'_> {
        sigv4::Signed {
            method: self.method.as_str(),
            path: self.target.path(),
            query: self.target.query().unwrap_or_default(),
            headers: &self.headers,
        }
    }
}
