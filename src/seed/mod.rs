//! Seeds: registries as JSON files, in AWS's own shapes.
//!
//! A file has one JSON document or several. A document is either one pool or `{"UserPools": [...]}`. A pool is what
//! `describe-user-pool` prints (`{"UserPool": {...}}`), with `Account`, `MfaConfig`, `Clients`, `Groups` and `Users` beside it:
//! `MfaConfig` is what `get-user-pool-mfa-config` prints; a client is what `describe-user-pool-client` prints inside of its
//! `UserPoolClient`; a group is what `get-group` prints; a user is what `admin-get-user` or `list-users` print, with `Devices` and
//! the names of the user's `Groups` beside it; a device is what `admin-get-device` prints, with `Confirmed: false` for one that was
//! never confirmed.
//!
//! The bare answers of AWS are documents, too. One without `UserPool` is about a pool that another document or the registry has
//! (`bound`): lists of users and groups, a client or a group alone, and a user alone.
//!
//! A user's `Password` or `TemporaryPassword` is kept as its verifier alone, and exported so: `PasswordVerifier` and `Salt`, in
//! base64, with `TemporaryPasswordSetDate` for a temporary one. A user's `SoftwareToken` holds the secret of the authenticator.
//!
//! What a device was issued and proves itself with stands in it as AWS's `DeviceGroupKey` and `DeviceSecretVerifierConfig`, the
//! latter as `ConfirmDevice` takes it. The `Keys` of a pool, which seal its sessions and sign its tokens, are exported only if
//! that is asked for. Sign-ins and refresh tokens are not exported: users sign in again.
//!
//! Applying is idempotent: what a file says holds afterwards, what it does not mention stays. All files are applied in one
//! transaction; a mistake changes nothing, and the error names file, place and reason.
//!
//! No file is held in memory. It is read once for everything but its users, once more for passwords that have to be turned into verifiers if
//! there are any, both before the transaction begins, and then for its users, who are written one at a time.
//!
//! # How to add a kind of record
//! `records/` has a file for each kind, which reads, writes and exports it. A kind that a pool or a user lists, as `Clients` and
//! `Devices`, needs two things:
//! 1. A file in `records/` with a type that implements [`records::kind::Record`] (its key, and how it is written) and a constant
//!    `KIND` (the name of the list, the member of a record alone, how one record is read and checked, and how all of them are
//!    exported). `client.rs` is an
//!    example of a pool's records, `device.rs` of a user's.
//! 2. Its `mod` line in `records/mod.rs`, and its entry in `OF_POOLS` or `OF_USERS` there. The order of the entries is the order in
//!    which the kinds are written.
//!
//! Reading, applying and exporting walk along these lists.

mod apply;
mod bound;
mod cognito_local;
mod export;
mod file;
mod generate;
mod members;
mod passwords;
mod place;
mod records;
mod refusal;
mod report;
mod rows;
mod source;
mod stream;

pub(crate) use apply::{Ending, apply};
pub(crate) use cognito_local::{Converted, convert as convert_cognito_local};
pub(crate) use export::export;
pub(crate) use file::SeedFile;
pub(crate) use generate::{Credentials, Plan, generate};
pub(crate) use refusal::SeedError;
