//! Requests to other servers: to those of identity providers, by HTTPS, and by plain HTTP to this machine alone; and to one whose
//! address an operator has set.
//!
//! - `sender`: sends one request.
//! - `courier`: sends bodies to one address.
//! - `documents`: what is fetched now and then is kept in between.

mod courier;
mod documents;
mod sender;

pub(crate) use courier::{Courier, Receipt};
pub(crate) use documents::{Document, Fetcher};
pub(crate) use sender::{Call, FetchError, Reply, may_call};
