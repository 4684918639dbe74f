//! `/_poolhouse/seeds`: the whole registry as a seed (`GET`), and a seed to apply (`POST`), as `poolhouse seed export` and
//! `poolhouse seed apply` have them. The caller signs with an access key that is granted the action `poolhouse:ManageSeeds`. Neither is
//! ever in memory as a whole: both are files without a name while they travel.

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _};
use std::path::Path;
use std::sync::Arc;

use actix_web::http::header::{CONTENT_DISPOSITION, X_CONTENT_TYPE_OPTIONS};
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::stream::{self, Stream};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::signed::{self, Call};
use crate::access::MANAGE_SEEDS;
use crate::error::{ApiError, Result};
use crate::http::Shared;
use crate::ids::UserPoolId;
use crate::seed::{self, Ending, SeedError, SeedFile};
use crate::store::Store;

/// How much of an export is sent at once, in bytes.
const PIECE_BYTES: usize = 64 * 1024;

/// What a seed that came in a request is called in refusals.
const NAME: &str = "seed";

/// The parameters of the query string of an export.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ExportQuery {
    /// Whether the keys that sign and seal for the pools come along.
    #[serde(default)]
    with_keys: bool,
}

/// The parameters of the query string of a seed to apply.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ApplyQuery {
    /// The pool of what names none.
    user_pool_id: Option<UserPoolId>,
}

/// Answers with the registry as a seed.
pub(super) async fn export(
    shared: web::Data<Shared>,
    request: HttpRequest,
    body: web::Payload,
) -> HttpResponse {
    signed::respond("ExportSeed", shared, request, body, exported).await
}

/// Applies the seed in the body, and answers with what it changed.
pub(super) async fn apply(
    shared: web::Data<Shared>,
    request: HttpRequest,
    body: web::Payload,
) -> HttpResponse {
    let may = |call: &Call<'_>| call.authorize_for_server(MANAGE_SEEDS);
    signed::take("ApplySeed", shared, request, body, may, applied).await
}

async fn exported(call: &Call<'_>) -> Result<HttpResponse> {
    call.authorize_for_server(MANAGE_SEEDS)?;
    let query: ExportQuery = call.query()?;
    let store = Arc::clone(&call.shared.store);
    let written = spawn_blocking(move || written(&store, query.with_keys));
    let (file, bytes) = written.await.map_err(ApiError::internal)??;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"seed.json\""))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .no_chunking(bytes)
        .streaming(pieces(file)))
}

/// The registry as a seed in a file, at its beginning, and how many bytes it has. What is sent is read from there, so that a slow
/// client holds no transaction.
fn written(store: &Store, with_keys: bool) -> Result<(File, u64)> {
    let mut output = BufWriter::new(tempfile::tempfile().map_err(ApiError::internal)?);
    seed::export(store, with_keys, &mut output, |_| ())?;
    let file = output.into_inner();
    let mut file = file.map_err(|error| ApiError::internal(error.error()))?;
    let bytes = file.stream_position().map_err(ApiError::internal)?;
    file.rewind().map_err(ApiError::internal)?;
    Ok((file, bytes))
}

/// The file piece by piece, each read by another thread.
fn pieces(file: File) -> impl Stream<Item = io::Result<web::Bytes>> {
    stream::try_unfold(file, async |mut file| {
        let read = spawn_blocking(move || {
            let mut piece = vec![0; PIECE_BYTES];
            let read = file.read(&mut piece)?;
            piece.truncate(read);
            Ok::<_, io::Error>((piece, file))
        });
        let (piece, file) = read.await.map_err(io::Error::other)??;
        Ok((!piece.is_empty()).then(|| (web::Bytes::from(piece), file)))
    })
}

async fn applied(call: &Call<'_>, file: File) -> Result<Value> {
    let query: ApplyQuery = call.query()?;
    let Shared {
        store,
        ambient,
        account,
        region,
        ..
    } = call.shared;
    let state = store.state();
    let (of, ambient) = (Arc::clone(store), ambient.clone());
    let (account, region) = (account.clone(), Arc::clone(region));
    let applied = spawn_blocking(move || {
        let file = SeedFile::take(Path::new(NAME), file, &region)?;
        seed::apply(
            &of,
            vec![file],
            query.user_pool_id,
            &account,
            &ambient,
            Ending::Commit,
            |_| (),
        )
    });
    let summary = applied.await.map_err(ApiError::internal)?;
    let summary = summary.map_err(refused)?;
    if !store.is_still_in(state) {
        return Err(ApiError::snapshot_restored());
    }
    Ok(json!({
        "Created": summary.created,
        "Updated": summary.updated,
        "Unchanged": summary.unchanged,
        "WithoutPassword": summary.without_password,
    }))
}

/// A refused seed as wrong input, with its place in the seed. The log does not get the place, which may name users.
fn refused(error: SeedError) -> ApiError {
    match error {
        SeedError::Unfit(why) => {
            ApiError::invalid_parameter(why).because("the seed cannot be applied")
        }
        SeedError::Store(why) => ApiError::internal(why),
    }
}
