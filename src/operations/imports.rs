//! Jobs that import users into a pool from a CSV file. The module `import` runs them.

use crate::api::{
    CreateUserImportJobRequest, CreateUserImportJobResponse, DescribeUserImportJobRequest,
    DescribeUserImportJobResponse, GetCSVHeaderRequest, GetCSVHeaderResponse,
    ListUserImportJobsRequest, ListUserImportJobsResponse, StartUserImportJobRequest,
    StartUserImportJobResponse, StopUserImportJobRequest, StopUserImportJobResponse,
    UserImportJobStatusType, UserImportJobType,
};
use crate::context::Cx;
use crate::domain::import::{End, ImportJob, header};
use crate::domain::pool::Pool;
use crate::error::{ApiError, Result};
use crate::ids::{ImportJobId, UserPoolId};
use crate::operations::table::Table;
use crate::quotas::Category;
use crate::store::ReadTx;

/// The most jobs on a page, whatever the request asks for (the model's `UserImportJobsListType`).
const MAX_PAGE: u32 = 50;

/// The operations of imports.
#[rustfmt::skip] // one line an operation
pub(super) fn table(table: Table) -> Table {
    table
        .op(Category::UserPoolResourceRead, get_csv_header)
        .op(Category::UserPoolResourceUpdate, create_user_import_job)
        .op(Category::UserPoolResourceRead, describe_user_import_job)
        .op(Category::UserPoolResourceRead, list_user_import_jobs)
        .op(Category::UserPoolResourceUpdate, start_user_import_job)
        .op(Category::UserPoolResourceUpdate, stop_user_import_job)
}

/// Shows the columns that a pool's CSV file has.
async fn get_csv_header(cx: Cx, request: GetCSVHeaderRequest) -> Result<GetCSVHeaderResponse> {
    cx.read(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        Ok(GetCSVHeaderResponse {
            csv_header: Some(header::of_pool(&tx.pool_settings(&pool)?)),
            user_pool_id: Some(pool.id.clone()),
        })
    })
    .await
}

/// Creates a job, with a URL that takes its file.
async fn create_user_import_job(
    cx: Cx,
    request: CreateUserImportJobRequest,
) -> Result<CreateUserImportJobResponse> {
    if request.password_hashing_algorithm.is_some() {
        return Err(ApiError::not_served(
            "PasswordHashingAlgorithm of CreateUserImportJob",
        ));
    }
    let base_url = cx.issuer.server(&cx.host);
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        check_auto_verified(tx, &pool)?;
        let job = ImportJob::new(
            ImportJobId::from(cx.ambient.import_job_id()),
            (request.job_name, request.cloud_watch_logs_role_arn),
            base_url,
            cx.ambient.bytes(),
            cx.now,
        );
        tx.insert_import_job(&pool, &job)?;
        let user_import_job = Some(shown(cx, &pool, job));
        Ok(CreateUserImportJobResponse { user_import_job })
    })
    .await
}

/// Shows a job.
async fn describe_user_import_job(
    cx: Cx,
    request: DescribeUserImportJobRequest,
) -> Result<DescribeUserImportJobResponse> {
    cx.read(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let job = tx.import_job(&pool, &request.job_id)?;
        let user_import_job = Some(shown(cx, &pool, job));
        Ok(DescribeUserImportJobResponse { user_import_job })
    })
    .await
}

/// Lists the jobs of a pool, page by page, the newest first.
async fn list_user_import_jobs(
    cx: Cx,
    request: ListUserImportJobsRequest,
) -> Result<ListUserImportJobsResponse> {
    cx.read(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let token = request.pagination_token.as_deref();
        let before = token.map_or(Ok(i64::MAX), |token| row_of_token(tx, &pool, token))?;
        let limit = u32::try_from(request.max_results).unwrap_or(MAX_PAGE);
        let found = tx.import_jobs(&pool, before, limit.min(MAX_PAGE))?;
        let pagination_token = found.next_after().map(|job| token_of(&pool.id, job));
        let jobs = found.items.into_iter().map(|job| shown(cx, &pool, job));
        Ok(ListUserImportJobsResponse {
            pagination_token,
            user_import_jobs: Some(jobs.collect()),
        })
    })
    .await
}

/// Starts a job whose file was uploaded, unless another job of the account has not ended.
async fn start_user_import_job(
    cx: Cx,
    request: StartUserImportJobRequest,
) -> Result<StartUserImportJobResponse> {
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let job = tx.import_job(&pool, &request.job_id)?;
        let status = job.state_at(cx.now).status;
        if status != UserImportJobStatusType::Created {
            return Err(ApiError::wrong_import_state("started", status));
        }
        if job.upload == 0 {
            return Err(ApiError::no_file_uploaded(&job.id));
        }
        check_auto_verified(tx, &pool)?;
        tx.start_import_job(&pool.account, &job, cx.now)?;
        let job = tx.import_job(&pool, &request.job_id)?;
        let user_import_job = Some(shown(cx, &pool, job));
        Ok(StartUserImportJobResponse { user_import_job })
    })
    .await
}

/// Stops a job that was started. Users that it has imported stay.
async fn stop_user_import_job(
    cx: Cx,
    request: StopUserImportJobRequest,
) -> Result<StopUserImportJobResponse> {
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let job = tx.import_job(&pool, &request.job_id)?;
        if !tx.end_import_job(&job, End::Stopped, job.progress.counts, cx.now)? {
            let status = job.state_at(cx.now).status;
            return Err(ApiError::wrong_import_state("stopped", status));
        }
        let job = tx.import_job(&pool, &request.job_id)?;
        let user_import_job = Some(shown(cx, &pool, job));
        Ok(StopUserImportJobResponse { user_import_job })
    })
    .await
}

/// The job as answers show it.
fn shown(cx: &Cx, pool: &Pool, job: ImportJob) -> UserImportJobType {
    job.into_shown(&pool.account, &pool.id, cx.now)
}

/// Checks that the pool verifies an attribute by itself: a line must give a verified one.
///
/// # Errors
/// `PreconditionNotMetException`.
fn check_auto_verified(tx: &ReadTx<'_>, pool: &Pool) -> Result<()> {
    let verified = tx.pool_settings(pool)?.auto_verified_attributes;
    match verified.unwrap_or_default().as_slice() {
        [] => Err(ApiError::nothing_auto_verified()),
        [_, ..] => Ok(()),
    }
}

/// The token of the page after this job, in the form of Cognito's.
fn token_of(pool: &UserPoolId, job: &ImportJob) -> String {
    format!("{pool}#{}#{}", job.id, job.created.millis())
}

/// The row of the job after which the page starts.
///
/// # Errors
/// `InvalidParameterException` for a token that the list of this pool never gave, or whose job is no longer kept.
fn row_of_token(tx: &ReadTx<'_>, pool: &Pool, token: &str) -> Result<i64> {
    let id = token.split('#').nth(1).unwrap_or_default();
    let found = tx.find_import_job(id)?;
    let job = found.filter(|(job, of, _)| *of == pool.id && token_of(of, job) == token);
    job.map(|(job, _, _)| job.row)
        .ok_or_else(ApiError::bad_pagination_token)
}
