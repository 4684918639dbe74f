//! Seeds: registries as JSON files, in AWS's own shapes.
//!
//! A file is either one pool or `{"UserPools": [...]}`. A pool is what `describe-user-pool` prints (`{"UserPool": {...}}`),
//! with `Account`, `MfaConfig`, `Clients` and `Users` beside it: `MfaConfig` is what `get-user-pool-mfa-config` prints; a
//! client is what `describe-user-pool-client` prints inside of its `UserPoolClient`; a user is what `admin-get-user` or
//! `list-users` print, with `Devices` beside it; a device is what `admin-get-device` prints, with `Confirmed: false` for one
//! that never was confirmed.
//!
//! A user's `Password` or `TemporaryPassword` is kept as its verifier alone, and exported so: `PasswordVerifier` and `Salt`, in
//! base64, with `TemporaryPasswordSetDate` for a temporary one.
//!
//! What a device was issued and proves itself with stands in it as AWS's `DeviceGroupKey` and `DeviceSecretVerifierConfig`, the
//! latter as `ConfirmDevice` takes it. The `Keys` of a pool, which seal its sessions and sign its tokens, are exported only if
//! that is asked for. Sign-ins and refresh tokens are not: users sign in again.
//!
//! Applying is idempotent: what a file says holds afterwards, what it does not mention stays. All files go in as one
//! transaction; a mistake changes nothing and names file, place and reason.

mod apply;
mod export;
mod generate;
mod parse;
mod passwords;

use std::fmt;
use std::path::{Path, PathBuf};

pub(crate) use apply::{Summary, apply};
pub(crate) use export::export;
pub(crate) use generate::{Plan, generate};
pub(crate) use parse::{SeedClient, SeedDevice, SeedKeys, SeedPassword, SeedPool, SeedUser};

/// Why a seed was not applied.
#[derive(Debug)]
pub(crate) enum SeedError {
    /// The seed does not fit: file, place and reason.
    Unfit(String),
    /// The registry failed, whatever the seed.
    Store(String),
}

impl SeedError {
    fn new(file: &Path, place: &str, why: impl fmt::Display) -> Self {
        let separator = if place.is_empty() { "" } else { ": " };
        Self::Unfit(format!("{}{separator}{place}: {why}", file.display()))
    }
}

impl fmt::Display for SeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Unfit(why) | Self::Store(why)) = self;
        f.write_str(why)
    }
}

/// A seed file, read and checked.
pub(crate) struct SeedFile {
    path: PathBuf,
    pools: Vec<SeedPool>,
}

impl SeedFile {
    /// Reads and checks files for a server that stands for `region`; all of them, before anything is written.
    pub(crate) fn read_all(paths: &[PathBuf], region: &str) -> Result<Vec<Self>, SeedError> {
        paths.iter().map(|path| Self::read(path, region)).collect()
    }

    fn read(path: &Path, region: &str) -> Result<Self, SeedError> {
        let text = std::fs::read(path).map_err(|error| SeedError::new(path, "", error))?;
        Self::parse(path, &text, region)
    }

    /// Checks the text of a file; `path` is for messages.
    pub(crate) fn parse(path: &Path, text: &[u8], region: &str) -> Result<Self, SeedError> {
        let pools = parse::pools(text, region)
            .map_err(|fault| SeedError::new(path, &fault.place, fault.why))?;
        Ok(Self {
            path: path.to_owned(),
            pools,
        })
    }
}
