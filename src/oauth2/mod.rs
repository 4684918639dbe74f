//! OAuth 2.0 and OpenID Connect: requests for authorization, codes, browsers' sessions, and the grants of the token endpoint
//! (RFC 6749, RFC 7636, RFC 7009, OpenID Connect Core 1.0; AWS's guide "Managed login endpoints"). It knows no HTTP: the
//! endpoints and the pages hand texts in and get texts or outcomes back.
//!
//! A sign-in in the browser goes through these files:
//!
//! ```text
//! authorize ──> request   is the request one that the client may make?    a page of errors, or the app is told
//!    │
//!    ├─ browser           has the user signed in here before?             straight to `complete`
//!    ├─ federation        to an identity provider, and back               a grant
//!    v
//! the pages, by `sign_in`                                                  a grant
//!    v
//! complete ──> codes      a code or tokens for the app, and a session for the browser
//!
//! token ──> client        which client is it?
//!    └───> grants/*       a code, a refresh token, or the client itself
//! ```

mod authorize;
mod browser;
mod client;
mod codes;
mod complete;
mod domain;
mod error;
mod federation;
mod form;
mod grants;
mod logout;
mod page_error;
mod redirect;
mod request;
mod revoke;
mod token;
mod user_info;

pub(crate) use authorize::{Asked, Next, Visitor, authorize};
pub(crate) use browser::NewBrowserSession;
pub(crate) use complete::Written;
pub(crate) use domain::PoolDomain;
pub(crate) use error::{OAuthError, Word};
pub(crate) use federation::{Choices, Departure, arrive};
pub(crate) use form::Form;
pub(crate) use logout::{SignedOut, log_out};
pub(crate) use page_error::PageError;
pub(crate) use request::{AuthorizationRequest, Refusal};
pub(crate) use revoke::revoke;
pub(crate) use token::{category, token};
pub(crate) use user_info::{UserInfoError, shown_token, user_info};
