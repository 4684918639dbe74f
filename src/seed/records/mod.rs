//! The records of a seed: a file for each kind, which reads and checks, writes, and exports it.

mod client;
mod client_secrets;
mod device;
mod group;
mod keys;
pub(super) mod kind;
pub(super) mod password;
pub(super) mod pool;
pub(super) mod user;

use self::kind::Kind;
use self::user::KeptUser;
use crate::domain::pool::Pool;

/// What a pool lists beside its users, in the order in which it is written.
const OF_POOLS: &[Kind<Pool>] = &[client::KIND, group::OF_POOL];

/// What a user lists, in the order in which it is written.
const OF_USERS: &[Kind<KeptUser>] = &[device::KIND, group::OF_USER];
