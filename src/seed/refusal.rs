//! Why a seed is refused, and where the mistake is.

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::path::Path;

use crate::api::ErrorCode;
use crate::error::ApiError;

/// Why a seed was not applied.
#[derive(Debug)]
pub(crate) enum SeedError {
    /// The seed is refused: file, place and reason.
    Unfit(String),
    /// The registry failed, whatever the seed.
    Store(String),
}

impl SeedError {
    /// Refuses the file at `path`, as a whole or because of what stands at `place` in it.
    pub(super) fn in_file(path: &Path, place: &str, why: impl Display) -> Self {
        let separator = if place.is_empty() { "" } else { ": " };
        Self::Unfit(format!("{}{separator}{place}: {why}", path.display()))
    }
}

impl Display for SeedError {
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

/// Why a part of a seed is refused, and its place in the file, such as `UserPools[0].Users[3]`.
pub(super) struct Refusal {
    place: String,
    error: ApiError,
}

impl Refusal {
    /// Refuses what stands at `place`.
    pub(super) fn at(place: impl Display, why: impl Into<Cow<'static, str>>) -> Self {
        Self::of(place, ApiError::invalid_parameter(why))
    }

    /// Refuses what stands at `place` with the error that an operation would answer with.
    pub(super) fn of(place: impl Display, error: ApiError) -> Self {
        let place = place.to_string();
        Self { place, error }
    }

    /// Refuses a file whose parts no longer fit together.
    pub(super) fn changed(place: impl Display) -> Self {
        Self::at(place, "the file was changed while it was read")
    }

    /// The error with file, place and reason as its reason; a failure of the registry stays as it is.
    pub(super) fn in_file(self, path: &Path) -> ApiError {
        let Self { place, error } = self;
        if error.code == ErrorCode::InternalErrorException {
            return error;
        }
        let why = error.message.clone().unwrap_or_default();
        let seed_error = SeedError::in_file(path, &place, why);
        error.because(seed_error)
    }
}
