//! Sends bodies to one address, from a thread that may wait.

use std::sync::OnceLock;
use std::time::Duration;

use ureq::{Agent, http};

use super::sender::{FetchError, agent};
use crate::api::Sensitive;

/// The longest answer that is read, in bytes.
const MAX_ANSWER: u64 = 64 * 1024;

/// What the receiver sees of this program.
const USER_AGENT: &str = concat!("Poolhouse/", env!("CARGO_PKG_VERSION"));

/// Sends bodies to one address, with the same headers each.
pub(crate) struct Courier {
    url: String,
    headers: Vec<(String, Sensitive<String>)>,
    time: Duration,
    agent: OnceLock<Agent>,
}

/// The answer to a body, whatever its status.
pub(crate) struct Receipt {
    pub(crate) status: u16,
    /// When the receiver wants to be asked again (RFC 9110 section 10.2.3), if it says so in seconds.
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Vec<u8>,
}

impl Courier {
    /// `time` is how long the receiver may take for a body.
    pub(crate) fn new(
        url: String,
        headers: Vec<(String, Sensitive<String>)>,
        time: Duration,
    ) -> Self {
        Self {
            url,
            headers,
            time,
            agent: OnceLock::new(),
        }
    }

    /// Sends a body of this type by POST.
    ///
    /// # Errors
    /// Why there is no answer.
    pub(crate) fn post(&self, content_type: &str, body: &[u8]) -> Result<Receipt, FetchError> {
        let agent = self.agent.get_or_init(|| agent(self.time, USER_AGENT, 1));
        let mut request = http::Request::post(&self.url).header("content-type", content_type);
        for (name, value) in &self.headers {
            request = request.header(name, value.expose());
        }
        let unsendable = |_| FetchError::Failed("the request cannot be written".to_owned());
        let answer = agent.run(request.body(body).map_err(unsendable)?)?;
        let retry_after = answer.headers().get("retry-after");
        let retry_after = retry_after.and_then(|value| value.to_str().ok()?.parse().ok());
        let status = answer.status().as_u16();
        let body = answer.into_body().into_with_config().limit(MAX_ANSWER);
        Ok(Receipt {
            status,
            retry_after: retry_after.map(Duration::from_secs),
            body: body.read_to_vec()?,
        })
    }
}
