//! Requests to other servers: to those of identity providers, by HTTPS, and by plain HTTP to this machine alone.
//!
//! - `sender`: sends one request.
//! - `documents`: what is fetched now and then is kept in between.

mod documents;
mod sender;

pub(crate) use documents::{Document, Fetcher};
pub(crate) use sender::{Call, FetchError, Reply, may_call};
