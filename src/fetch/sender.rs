//! Sends a request. It takes a few seconds and a bounded answer at most, follows no redirect, and uses no proxy. It runs on a thread
//! that may wait; how many run at once is bounded.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustls::crypto::aws_lc_rs;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, http};

use crate::api::Sensitive;
use crate::host::Host;

/// How long a request may take in all.
const TIME: Duration = Duration::from_secs(5);

/// The longest answer that is read, in bytes.
const MAX_BODY: u64 = 256 * 1024;

/// How many requests run at once. Others wait for their turn.
const PLACES: usize = 32;

/// What other servers see of this one (AWS's guide "Using identity providers": the service's own name).
const USER_AGENT: &str = "Amazon/Cognito";

/// How many connections are kept for the next request: it comes with the next sign-in, and the connection may be dead by then.
const IDLE: usize = 0;

/// Sends requests to other servers.
pub(super) struct Sender(Arc<Shared>);

struct Shared {
    agent: OnceLock<Agent>,
    places: Semaphore,
    time: Duration,
}

/// A request.
pub(crate) struct Call {
    url: String,
    /// The form of a POST; `None` for a GET.
    form: Option<Sensitive<String>>,
    /// The token of the header `Authorization` (RFC 6750 section 2.1).
    bearer: Option<Sensitive<String>>,
}

/// An answer, whatever its status.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Sensitive<Vec<u8>>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum FetchError {
    /// The address is none that may be called.
    Address,
    /// There was no whole answer in time.
    TimedOut,
    /// The answer is longer than what is read.
    TooLong,
    /// The answer is not what was asked for.
    Unusable,
    /// The connection failed. The text is for the log; it repeats nothing of the request.
    Failed(String),
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => f.write_str("the address is neither of HTTPS nor of this machine"),
            Self::TimedOut => f.write_str("no answer came in time"),
            Self::TooLong => f.write_str("the answer is too long"),
            Self::Unusable => f.write_str("the answer is not a JSON object of status 200"),
            Self::Failed(why) => f.write_str(why),
        }
    }
}

impl Call {
    /// A request by GET.
    pub(crate) fn get(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            form: None,
            bearer: None,
        }
    }

    /// A form that is sent by POST.
    pub(crate) fn post(url: impl Into<String>, form: Sensitive<String>) -> Self {
        Self {
            form: Some(form),
            ..Self::get(url)
        }
    }

    /// Shows a token.
    pub(crate) fn bearing(self, token: Sensitive<String>) -> Self {
        Self {
            bearer: Some(token),
            ..self
        }
    }
}

/// Whether the address may be called: by HTTPS, or by plain HTTP if the host is this machine.
pub(crate) fn may_call(url: &str) -> bool {
    let host = |rest: &str| {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        rest.get(..end).and_then(Host::parse)
    };
    let is_text = url.bytes().all(|byte| byte.is_ascii_graphic());
    let is_allowed = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => host(rest).is_some(),
        (None, Some(rest)) => host(rest).is_some_and(|host| host.is_this_machine()),
        (None, None) => false,
    };
    is_text && is_allowed
}

impl Default for Sender {
    fn default() -> Self {
        Self::waiting_for(TIME)
    }
}

impl Sender {
    fn waiting_for(time: Duration) -> Self {
        Self(Arc::new(Shared {
            agent: OnceLock::new(),
            places: Semaphore::new(PLACES),
            time,
        }))
    }

    /// Sends the request.
    ///
    /// # Errors
    /// Why there is no answer.
    pub(super) async fn send(&self, call: Call) -> Result<Reply, FetchError> {
        if !may_call(&call.url) {
            return Err(FetchError::Address);
        }
        let failed = |why: &dyn fmt::Display| FetchError::Failed(why.to_string());
        let place = self.0.places.acquire().await;
        let place = place.map_err(|error| failed(&error))?;
        let shared = Arc::clone(&self.0);
        let sent = spawn_blocking(move || shared.send(call)).await;
        drop(place);
        sent.map_err(|error| failed(&error))?
    }
}

impl Shared {
    fn send(&self, call: Call) -> Result<Reply, FetchError> {
        let agent = self
            .agent
            .get_or_init(|| agent(self.time, USER_AGENT, IDLE));
        let mut request = http::Request::builder().uri(&call.url);
        request = request.header("accept", "application/json");
        if let Some(token) = &call.bearer {
            request = request.header("authorization", format!("Bearer {}", token.expose()));
        }
        let unsendable = |_| FetchError::Failed("the request cannot be written".to_owned());
        let answered = match call.form {
            None => agent.run(request.body(()).map_err(unsendable)?),
            Some(form) => {
                let kind = "application/x-www-form-urlencoded";
                let request = request.method("POST").header("content-type", kind);
                agent.run(request.body(form.into_inner()).map_err(unsendable)?)
            }
        };
        let answer = answered.map_err(FetchError::from)?;
        let status = answer.status().as_u16();
        let body = answer.into_body().into_with_config().limit(MAX_BODY);
        let body = body.read_to_vec().map_err(FetchError::from)?;
        Ok(Reply {
            status,
            body: body.into(),
        })
    }
}

impl From<ureq::Error> for FetchError {
    fn from(error: ureq::Error) -> Self {
        // What else an error says may repeat the address, which may have a code in it.
        if let ureq::Error::Timeout(_) = error {
            Self::TimedOut
        } else if let ureq::Error::BodyExceedsLimit(_) | ureq::Error::LargeResponseHeader(_, _) =
            error
        {
            Self::TooLong
        } else if let ureq::Error::Io(error) = error {
            Self::Failed(format!("the connection failed: {}", error.kind()))
        } else if let ureq::Error::Rustls(error) = error {
            Self::Failed(format!("TLS failed: {error}"))
        } else if let ureq::Error::HostNotFound = error {
            Self::Failed("the host is not known".to_owned())
        } else {
            Self::Failed("the exchange failed".to_owned())
        }
    }
}

/// What sends requests, each of which takes so long at most, and keeps so many connections that have nothing to do. Certificates are
/// checked by the authorities that this machine trusts.
pub(super) fn agent(time: Duration, user_agent: &str, idle: usize) -> Agent {
    let trusted = rustls_native_certs::load_native_certs().certs;
    let trusted = trusted
        .iter()
        .map(|one| Certificate::from_der(one).to_owned());
    let tls = TlsConfig::builder()
        .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()))
        .root_certs(RootCerts::Specific(Arc::new(trusted.collect())))
        .build();
    Agent::config_builder()
        .tls_config(tls)
        .proxy(None)
        .timeout_global(Some(time))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .max_idle_connections(idle)
        .user_agent(user_agent)
        .build()
        .into()
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;

    /// A server that reads a request, sends these bytes, and waits for the end of the connection. Returns its address.
    fn server(answer: Vec<u8>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(&answer);
            let _ = stream.read(&mut [0; 4096]);
        });
        format!("http://{address}/")
    }

    fn sent(url: &str) -> Result<Reply, FetchError> {
        let sender = Sender::waiting_for(Duration::from_millis(500));
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(sender.send(Call::get(url)))
    }

    #[test]
    fn only_https_and_this_machine_are_called() {
        for url in [
            "https://login.example.com",
            "https://login.example.com:8443/a?b=c",
            "http://localhost:9229/x",
            "http://127.0.0.1",
            "http://[::1]:80/",
            "http://shop.localhost/",
        ] {
            assert!(may_call(url), "{url}");
        }
        for url in [
            "",
            "login.example.com",
            "http://login.example.com/",
            "http://192.0.2.1/",
            "http://localhost@login.example.com/",
            "http://localhost.example.com",
            "https://",
            "https:///path",
            "https://a\r\nb/",
            "https://login.example.com/ x",
            "ftp://localhost/",
            "file:///etc/passwd",
        ] {
            assert!(!may_call(url), "{url}");
        }
    }

    #[test]
    fn an_answer_is_told_with_its_status() {
        let answer = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\n{}".to_vec();
        let reply = sent(&server(answer)).unwrap();
        assert_eq!(
            (reply.status, reply.body.expose().as_slice()),
            (400, &b"{}"[..])
        );
    }

    #[test]
    fn a_redirect_is_not_followed() {
        let answer =
            b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(sent(&server(answer.to_vec())).unwrap().status, 302);
    }

    #[test]
    fn a_server_that_is_silent_or_endless_is_given_up() {
        assert!(matches!(
            sent(&server(Vec::new())),
            Err(FetchError::TimedOut)
        ));
        let length = MAX_BODY + 1;
        let mut long = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n").into_bytes();
        long.resize(long.len() + usize::try_from(length).unwrap(), b'a');
        assert!(matches!(sent(&server(long)), Err(FetchError::TooLong)));
        assert!(matches!(
            sent("http://127.0.0.1:1/"),
            Err(FetchError::Failed(_))
        ));
    }
}
