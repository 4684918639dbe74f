//! Documents that are fetched now and then and kept in between: discovery documents and keys of identity providers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value};

use super::sender::{Call, FetchError, Reply, Sender};
use crate::ambient::Ambient;

/// A JSON object.
pub(crate) type Document = Arc<Map<String, Value>>;

/// How long a document is kept.
const LIFE: Duration = Duration::from_mins(5);

/// How old a document is at least that is fetched anew before its time.
const AGAIN: Duration = Duration::from_secs(30);

/// The most documents that are kept. Beyond it the oldest goes.
const MOST: usize = 1000;

/// Sends requests to other servers, and keeps documents that it fetched.
pub(crate) struct Fetcher {
    sender: Sender,
    /// By their addresses.
    kept: Mutex<BTreeMap<String, Kept>>,
    ambient: Ambient,
}

#[derive(Clone)]
struct Kept {
    document: Document,
    /// When it was fetched.
    at: Duration,
}

impl Fetcher {
    /// `ambient` tells how old documents are.
    pub(crate) fn new(ambient: Ambient) -> Self {
        Self {
            sender: Sender::default(),
            kept: Mutex::default(),
            ambient,
        }
    }

    /// Sends the request.
    ///
    /// # Errors
    /// Why there is no answer.
    pub(crate) async fn send(&self, call: Call) -> Result<Reply, FetchError> {
        self.sender.send(call).await
    }

    /// The document of this address if it is younger than that.
    fn find(&self, url: &str, younger: Duration) -> Option<Document> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.get(url)?;
        let age = self.ambient.elapsed().saturating_sub(found.at);
        (age < younger).then(|| Arc::clone(&found.document))
    }

    fn keep(&self, url: &str, document: &Document) {
        let at = self.ambient.elapsed();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST && !kept.contains_key(url) {
            let oldest = kept.iter().min_by_key(|(_, one)| one.at);
            let oldest = oldest.map(|(url, _)| url.clone());
            oldest.map(|url| kept.remove(&url));
        }
        let document = Arc::clone(document);
        kept.insert(url.to_owned(), Kept { document, at });
    }

    /// The JSON object at this address, as it was some minutes ago at most.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) async fn document(&self, url: &str) -> Result<Document, FetchError> {
        self.document_younger_than(url, LIFE).await
    }

    /// The same as it is now, unless it was fetched some seconds ago: whoever looks for what it lacks can have it fetched only so
    /// often.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) async fn document_again(&self, url: &str) -> Result<Document, FetchError> {
        self.document_younger_than(url, AGAIN).await
    }

    async fn document_younger_than(
        &self,
        url: &str,
        age: Duration,
    ) -> Result<Document, FetchError> {
        if let Some(found) = self.find(url, age) {
            return Ok(found);
        }
        let reply = self.send(Call::get(url)).await?;
        if reply.status != 200 {
            return Err(FetchError::Unusable);
        }
        let read = serde_json::from_slice(reply.body.expose());
        let document = Arc::new(read.map_err(|_| FetchError::Unusable)?);
        self.keep(url, &document);
        Ok(document)
    }
}
