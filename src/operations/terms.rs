//! Terms documents of app clients.

use crate::api::{
    CreateTermsRequest, CreateTermsResponse, DeleteTermsRequest, DescribeTermsByClientRequest,
    DescribeTermsByClientResponse, DescribeTermsRequest, DescribeTermsResponse, ListTermsRequest,
    ListTermsResponse, NoContent, TermsType, UpdateTermsRequest, UpdateTermsResponse,
};
use crate::context::Cx;
use crate::domain::document::Document;
use crate::domain::pool::Pool;
use crate::domain::terms::{MAX_TERMS, Terms};
use crate::error::{ApiError, Result};
use crate::operations::page::PageRequest;
use crate::operations::table::Table;
use crate::quotas::Category;
use crate::store::ReadTx;

/// The operations of terms documents.
#[rustfmt::skip] // one line an operation
pub(super) fn table(table: Table) -> Table {
    table
        .op(Category::UserPoolResourceUpdate, create_terms)
        .op(Category::UserPoolResourceRead, describe_terms)
        .op(Category::UserPoolResourceRead, describe_terms_by_client)
        .op(Category::UserPoolResourceRead, list_terms)
        .op(Category::UserPoolResourceUpdate, update_terms)
        .op(Category::UserPoolResourceUpdate, delete_terms)
}

/// Creates a terms document of a client.
pub(crate) async fn create_terms(
    cx: Cx,
    request: CreateTermsRequest,
) -> Result<CreateTermsResponse> {
    let id = cx.ambient.uuid().to_string();
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        tx.client(&pool, &request.client_id)?;
        cx.seen.set_client(&request.client_id);
        let document = Document {
            id,
            client: Some(request.client_id.clone()),
            name: request.terms_name,
            body: Terms {
                source: request.terms_source,
                enforcement: request.enforcement,
                links: request.links.unwrap_or_default(),
            },
            created: cx.now,
            modified: cx.now,
        };
        document.body.check()?;
        tx.hold_pool(&pool)?;
        if !tx.insert_document(&pool, &document)? {
            return Err(ApiError::terms_exist());
        }
        if tx.count_documents::<Terms>(&pool)? > MAX_TERMS {
            return Err(ApiError::too_many_terms());
        }
        Ok(CreateTermsResponse {
            terms: Some(document.into_terms(&pool, request.client_id)),
        })
    })
    .await
}

/// Shows a terms document.
pub(crate) async fn describe_terms(
    cx: Cx,
    request: DescribeTermsRequest,
) -> Result<DescribeTermsResponse> {
    cx.read(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let found = terms(tx, &pool, &request.terms_id)?;
        Ok(DescribeTermsResponse {
            terms: Some(shown(found, &pool)?),
        })
    })
    .await
}

/// Shows the terms document of a client that has a name.
pub(crate) async fn describe_terms_by_client(
    cx: Cx,
    request: DescribeTermsByClientRequest,
) -> Result<DescribeTermsByClientResponse> {
    cx.read(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        tx.client(&pool, &request.client_id)?;
        cx.seen.set_client(&request.client_id);
        let found =
            tx.find_document_of_client::<Terms>(&pool, &request.client_id, &request.terms_name)?;
        let found = found.ok_or_else(ApiError::no_such_terms)?;
        Ok(DescribeTermsByClientResponse {
            terms: Some(shown(found, &pool)?),
        })
    })
    .await
}

/// Lists the terms documents of a pool, page by page in the order of their ids.
pub(crate) async fn list_terms(cx: Cx, request: ListTermsRequest) -> Result<ListTermsResponse> {
    cx.read(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        let list = format!("terms/{}", pool.id);
        let token = request.next_token.as_deref();
        let page = PageRequest::of(list, request.max_results, token)?;
        let found = tx.documents::<Terms>(&pool, page.after(), page.limit())?;
        let (terms, next_token) = page.answer(found, |document| document.id.as_str().into());
        let terms = terms.into_iter();
        Ok(ListTermsResponse {
            next_token,
            terms: terms.map(Document::into_description).collect(),
        })
    })
    .await
}

/// Changes a terms document. What the request leaves out stays as it is; links replace all links.
pub(crate) async fn update_terms(
    cx: Cx,
    request: UpdateTermsRequest,
) -> Result<UpdateTermsResponse> {
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        tx.hold_pool(&pool)?;
        let before = terms(tx, &pool, &request.terms_id)?;
        let document = Document {
            name: request.terms_name.unwrap_or(before.name),
            body: Terms {
                source: request.terms_source.unwrap_or(before.body.source),
                enforcement: request.enforcement.unwrap_or(before.body.enforcement),
                links: request.links.unwrap_or(before.body.links),
            },
            modified: cx.now,
            ..before
        };
        document.body.check()?;
        if !tx.put_document(&pool, &document)? {
            return Err(ApiError::terms_exist());
        }
        Ok(UpdateTermsResponse {
            terms: Some(shown(document, &pool)?),
        })
    })
    .await
}

/// Deletes a terms document.
pub(crate) async fn delete_terms(cx: Cx, request: DeleteTermsRequest) -> Result<NoContent> {
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &request.user_pool_id)?;
        if tx.delete_document::<Terms>(&pool, &request.terms_id)? {
            Ok(NoContent)
        } else {
            Err(ApiError::no_such_terms())
        }
    })
    .await
}

/// The terms document with this id.
///
/// # Errors
/// `ResourceNotFoundException` when the pool has none.
fn terms(tx: &ReadTx<'_>, pool: &Pool, id: &str) -> Result<Document<Terms>> {
    tx.find_document(pool, id)?
        .ok_or_else(ApiError::no_such_terms)
}

fn shown(document: Document<Terms>, pool: &Pool) -> Result<TermsType> {
    let client = document.client.clone();
    let client = client.ok_or_else(|| ApiError::internal("terms without a client"))?;
    Ok(document.into_terms(pool, client))
}
