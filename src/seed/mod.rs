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
//!
//! No file is held in memory. It is read once for its pools, once more for passwords that are to be turned into verifiers if
//! there are any, both before the transaction begins, and then for its users, who are written one at a time.

mod apply;
mod export;
mod generate;
mod parse;
mod passwords;
mod source;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::api::ErrorCode;
use crate::error::{ApiError, Result};
use crate::figures::Count;
pub(crate) use apply::{Summary, apply};
pub(crate) use export::export;
pub(crate) use generate::{Credentials, Plan, generate};
use parse::{Fault, Head, SeedPool, SeedUser, UserPlace};
use source::Source;

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

impl From<ApiError> for SeedError {
    fn from(error: ApiError) -> Self {
        let why = error.reason.unwrap_or_default();
        if error.code == ErrorCode::InternalErrorException {
            Self::Store(why)
        } else {
            Self::Unfit(why)
        }
    }
}

/// Why a part of a seed was refused, and where it stands.
struct Refusal {
    place: String,
    error: ApiError,
}

impl Refusal {
    fn at(place: impl fmt::Display, error: ApiError) -> Self {
        let place = place.to_string();
        Self { place, error }
    }

    /// The error with the file and the place in it as its reason; a failure of the registry has no place.
    fn in_file(self, file: &Path) -> ApiError {
        let Self { place, error } = self;
        if error.code == ErrorCode::InternalErrorException {
            return error;
        }
        let why = error.message.clone().unwrap_or_default();
        let seed_error = SeedError::new(file, &place, why);
        error.because(seed_error)
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::at(fault.place, ApiError::invalid_parameter(fault.why))
    }
}

/// How far applying has come.
enum Progress<'f> {
    /// Turning passwords into verifiers.
    Passwords { done: usize, of: usize },
    /// Writing what a file says: so many of its bytes.
    File { file: &'f Path, done: u64, of: u64 },
}

impl fmt::Display for Progress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passwords { done, of } => {
                let percent = done * 100 / of.max(&1);
                write!(
                    f,
                    "{percent:>3} %  {} of {} passwords",
                    Count::of(*done),
                    Count::of(*of)
                )
            }
            Self::File { file, done, of } => {
                let percent = done * 100 / of.max(&1);
                write!(f, "{percent:>3} %  {}", file.display())
            }
        }
    }
}

/// A seed file, of which everything but the users has been read and checked.
pub(crate) struct SeedFile {
    path: PathBuf,
    source: Source,
    pools: Vec<SeedPool>,
    /// Whether a user has a password that has yet to be turned into a verifier.
    has_passwords: bool,
}

impl SeedFile {
    /// Opens files for a server that stands for `region`, and checks all that they say but the users, before anything is
    /// written.
    pub(crate) fn read_all(paths: &[PathBuf], region: &str) -> Result<Vec<Self>, SeedError> {
        let files = paths.iter().map(|path| {
            let source = Source::open(path).map_err(|error| SeedError::new(path, "", error))?;
            Self::read(path, source, region)
        });
        files.collect()
    }

    /// The same for a text; `path` is for messages.
    pub(crate) fn parse(path: &Path, text: Vec<u8>, region: &str) -> Result<Self, SeedError> {
        Self::read(path, Source::of_text(text), region)
    }

    fn read(path: &Path, mut source: Source, region: &str) -> Result<Self, SeedError> {
        let text = source
            .read(|_| ())
            .map_err(|error| SeedError::new(path, "", error))?;
        let Head {
            pools,
            has_passwords,
        } = parse::head(text, region)
            .map_err(|fault| SeedError::new(path, &fault.place, fault.why))?;
        Ok(Self {
            path: path.to_owned(),
            source,
            pools,
            has_passwords,
        })
    }
}

/// Hands over every user of a file, with whom of `pools` the user is in; `tell` hears how many bytes have been read.
fn each_user<P: AsRef<SeedPool>>(
    path: &Path,
    source: &mut Source,
    pools: &[P],
    tell: impl FnMut(u64),
    each: impl FnMut(&P, &UserPlace<'_>, SeedUser) -> Result<(), Refusal>,
) -> Result<()> {
    let text = source.read(tell);
    text.map_err(|error| Fault::at(&"", error.to_string()).into())
        .and_then(|text| parse::users(text, pools, each))
        .map_err(|refusal: Refusal| refusal.in_file(path))
}
