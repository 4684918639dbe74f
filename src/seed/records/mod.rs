//! The records of a seed: a file for each kind, which reads and checks, writes, and exports it.

mod branding;
mod client;
mod client_secrets;
mod device;
mod document;
mod domain;
mod factors;
mod group;
mod keys;
pub(super) mod kind;
pub(super) mod password;
mod person;
pub(super) mod pool;
mod provider;
mod resource_server;
pub(super) mod rules;
mod sessions;
mod terms;
mod ui_customization;
pub(super) mod user;

use std::fmt::Display;

use self::kind::{Kind, Records};
use self::user::KeptUser;
use super::members::{Members, no_others, take_list};
use super::refusal::Refusal;
use crate::api::UserPoolType;
use crate::domain::pool::Pool;
use crate::error::Result;

/// What a pool lists beside its users, in the order in which it is written.
const OF_POOLS: &[Kind<Pool>] = &[
    domain::KIND,
    resource_server::KIND,
    provider::KIND,
    person::KIND,
    client::KIND,
    group::OF_POOL,
    branding::KIND,
    ui_customization::KIND,
    terms::KIND,
];

/// Whether these are members of a pool's lists.
pub(super) fn has_lists_of_pool(members: &Members) -> bool {
    members.contains_key("Users") || OF_POOLS.iter().any(|kind| kind.is_in(members))
}

/// Reads all that a document lists of a pool with these settings, but the users; `prefix` stands before the names of members in
/// places.
///
/// # Errors
/// When a record is refused, and when the document says something else.
pub(super) fn read_lists(
    place: &dyn Display,
    prefix: &dyn Display,
    mut members: Members,
    pool: &UserPoolType,
) -> Result<Records<Pool>, Refusal> {
    let records = Records::take(OF_POOLS, prefix, &mut members, pool)?;
    take_list(prefix, &mut members, "Users")?;
    no_others(place, &members)?;
    Ok(records)
}

/// What a user lists, in the order in which it is written.
const OF_USERS: &[Kind<KeptUser>] = &[device::KIND, group::OF_USER];
