//! What users do about their accounts before and beside signing in: signing up, recovering the password, verifying addresses and
//! numbers; and how they are invited. Operations of the API and the pages use it; it knows neither.
//!
//! - `named`: who a name means to a client, or that the client must not learn it.
//! - `codes`: a code for one thing, from drawing it to using it up; `outgoing`: the message that brings it.
//! - `offers`: what a pool offers to people, for its pages.
//! - `new_user`, `sign_up`, `recovery`, `verification`, `invitation`: what is done.

mod codes;
mod invitation;
mod named;
mod new_user;
mod offers;
mod outgoing;
pub(crate) mod recovery;
pub(crate) mod sign_up;
pub(crate) mod verification;

pub(crate) use invitation::Invitation;
pub(crate) use new_user::NewUser;
pub(crate) use offers::{Name, Offers};
