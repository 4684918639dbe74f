//! A large body on its way into a file without a name, which nobody else can open.

use std::fs::File;
use std::io::Write as _;

use actix_web::HttpRequest;
use sha2::{Digest as _, Sha256};
use tokio::task::spawn_blocking;

use crate::api::ErrorCode;
use crate::error::{ApiError, Result};
use crate::http::body::{Body, declared_length};

/// How much is written at once, in bytes.
const PIECE_BYTES: usize = 256 * 1024;

/// The largest body, in bytes: 4 GiB.
const MAX_BYTES: u64 = 1 << 32;

/// What has been copied of a body.
pub(super) struct Copied {
    file: File,
    hash: Sha256,
    bytes: u64,
}

impl Copied {
    /// Nothing so far.
    ///
    /// # Errors
    /// `InternalErrorException` if there is no room for temporary files.
    pub(super) fn begin() -> Result<Self> {
        Ok(Self {
            file: tempfile::tempfile().map_err(ApiError::internal)?,
            hash: Sha256::new(),
            bytes: 0,
        })
    }

    /// This and the next piece, which another thread writes.
    ///
    /// # Errors
    /// `RequestEntityTooLargeException` beyond [`MAX_BYTES`]; `InternalErrorException` when it cannot be written.
    pub(super) async fn add(mut self, piece: Vec<u8>) -> Result<Self> {
        let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        self.bytes = self.bytes.saturating_add(length);
        check(self.bytes)?;
        let written = spawn_blocking(move || {
            self.file.write_all(&piece).map_err(ApiError::internal)?;
            self.hash.update(&piece);
            Ok(self)
        });
        written.await.map_err(ApiError::internal)?
    }

    /// The file, and the SHA-256 hash of what is in it.
    pub(super) fn finish(self) -> (File, [u8; 32]) {
        (self.file, self.hash.finalize().into())
    }
}

/// Copies the whole body. Returns the file and the SHA-256 hash of what is in it.
///
/// # Errors
/// Those of [`Copied::add`], and of a body that does not arrive.
pub(super) async fn whole(request: &HttpRequest, body: &mut Body) -> Result<(File, [u8; 32])> {
    check(declared_length(request).unwrap_or_default())?;
    let mut copied = Copied::begin()?;
    while let Some(piece) = body.next_piece(request, PIECE_BYTES).await? {
        copied = copied.add(piece).await?;
    }
    Ok(copied.finish())
}

fn check(bytes: u64) -> Result<()> {
    if bytes <= MAX_BYTES {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::RequestEntityTooLargeException,
        format!("The request body must not be larger than {MAX_BYTES} bytes."),
    )
    .because("the body is larger than any that is copied to a file"))
}
