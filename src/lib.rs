//! Poolhouse: a self-hosted home for Amazon Cognito user pools and the devices they remember.
//!
//! # Layout, from the outside in
//! - [`cli`]: the command line; [`service`]: the whole server, to be started and stopped; [`settings`]: what can be set.
//! - [`testing`]: a server for the tests of an app; `remote`: a running server, asked by commands and tests.
//! - `http`: the way of a request to its operation and back: target, signature, quota, answer.
//! - `mail`: the outbox's emails on their way to a mail server.
//! - `otlp`: traces on their way to an OpenTelemetry collector.
//! - `operations`: the API's operations, a file or a folder for each resource, and their table.
//! - `import`: runs the jobs that import users.
//! - `idp`: a fake identity provider for each pool, for tests.
//! - `seed`: registries as files: apply, export, generate.
//! - `accounts`: signing up, recovering a password, verifying addresses, and the codes for it, for any endpoint.
//! - `oauth2`: requests for authorization, codes, browsers' sessions and grants of OAuth 2.0, for any endpoint.
//! - `sign_in`: from a password, a code or a token to the next challenge or to tokens, for any endpoint.
//! - `context`: what an endpoint gets besides its request: the caller, the time, the registry, the keys of pools.
//! - `store`: the registry on disk, SQL, a file for each table.
//! - `domain`: what pools, users, devices, sign-ins and tokens are; `auth`: the cryptography of passwords, sessions and tokens;
//!   `fetch`: requests to other servers; `access`: access keys and what they are narrowed to; `limits`: the buckets of the request quotas;
//!   `faults`: what requests are made to suffer in tests.
//! - [`api`]: types, constraints and error codes, generated from AWS's model; [`ids`], [`quotas`], `host`, `error`, `log`.
//! - `files`: files that only their owner may read; [`ambient`]: time and chance; `figures`: numbers as people read them;
//!   `metrics`: numbers that a running server counts; `trace`: the trace that a request is part of.
//! - `fuzzing`, not in the shipped program: fuzz targets, and the parts of requests that benchmarks measure.
//!
//! Each uses only what stands below it.

mod access;
mod accounts;
pub mod ambient;
pub mod api;
mod auth;
pub mod cli;
mod context;
mod domain;
mod error;
mod faults;
mod fetch;
mod figures;
mod files;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod host;
mod http;
mod idp;
pub mod ids;
mod import;
mod limits;
mod log;
mod mac;
mod mail;
mod metrics;
mod oauth2;
mod operations;
mod otlp;
pub mod quotas;
mod remote;
mod seed;
pub mod service;
pub mod settings;
mod sign_in;
mod store;
pub mod testing;
mod trace;
