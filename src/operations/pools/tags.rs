//! The tags of user pools.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::api::{
    ListTagsForResourceRequest, ListTagsForResourceResponse, TagResourceRequest,
    TagResourceResponse, UntagResourceRequest, UntagResourceResponse,
};
use crate::context::Cx;
use crate::domain::pool::Pool;
use crate::error::{ApiError, Result};
use crate::ids::ResourceArn;
use crate::store::ReadTx;

/// The values of tags, by their keys.
type Tags = BTreeMap<String, String>;

/// Tags that fix the id of a new pool, as other stand-ins have them. They are not kept.
const ID_TAGS: [&str; 3] = ["_custom_id_", "ms-custom-id", "floci:override-id"];

/// What the keys of AWS's own tags begin with (AWS's guide "Tagging Amazon Cognito resources").
const RESERVED: &str = "aws:";

/// The most tags of a pool, AWS's own not counted (AWS API reference, `TagResource`).
const MOST_TAGS: usize = 50;

/// Adds tags to a pool. A tag whose key the pool has already gets the new value.
pub(crate) async fn tag_resource(
    cx: Cx,
    mut request: TagResourceRequest,
) -> Result<TagResourceResponse> {
    remove_id_tags(&mut request.tags);
    if request.tags.keys().any(|key| is_reserved(key)) {
        return Err(ApiError::invalid_parameter(
            "Tag keys that begin with aws: are reserved.",
        ));
    }
    change(cx, request.resource_arn, move |tags| {
        tags.extend(request.tags);
        if tags.keys().filter(|key| !is_reserved(key)).count() > MOST_TAGS {
            let message = format!("A user pool can have at most {MOST_TAGS} tags.");
            return Err(
                ApiError::invalid_parameter(message).because("the pool would have too many tags")
            );
        }
        Ok(())
    })
    .await?;
    Ok(TagResourceResponse {})
}

/// Removes tags from a pool. A key that the pool does not have is left out.
pub(crate) async fn untag_resource(
    cx: Cx,
    request: UntagResourceRequest,
) -> Result<UntagResourceResponse> {
    change(cx, request.resource_arn, move |tags| {
        for key in &request.tag_keys {
            tags.remove(key);
        }
        Ok(())
    })
    .await?;
    Ok(UntagResourceResponse {})
}

/// Shows a pool's tags.
pub(crate) async fn list_tags_for_resource(
    cx: Cx,
    request: ListTagsForResourceRequest,
) -> Result<ListTagsForResourceResponse> {
    cx.read(move |cx, tx| {
        let pool = pool_of(cx, tx, &request.resource_arn)?;
        let tags = tx.pool_settings(&pool)?.user_pool_tags;
        Ok(ListTagsForResourceResponse {
            tags: Some(tags.unwrap_or_default()),
        })
    })
    .await
}

/// Takes the tags that fix an id out of `tags`. Returns the first of them with its value.
pub(super) fn remove_id_tags(tags: &mut Tags) -> Option<(&'static str, String)> {
    let found = ID_TAGS.map(|tag| tags.remove(tag).map(|id| (tag, id)));
    found.into_iter().flatten().next()
}

fn is_reserved(key: &str) -> bool {
    key.starts_with(RESERVED)
}

/// Changes the tags of the pool with this ARN.
async fn change(
    cx: Cx,
    arn: ResourceArn,
    work: impl FnOnce(&mut Tags) -> Result<()> + Send + 'static,
) -> Result<()> {
    cx.write(move |cx, tx| {
        let pool = pool_of(cx, tx, &arn)?;
        tx.hold_pool(&pool)?;
        let mut settings = tx.pool_settings(&pool)?;
        work(settings.user_pool_tags.get_or_insert_default())?;
        settings.last_modified_date = Some(cx.now);
        tx.put_pool(&pool.id, &pool.account, &settings)
    })
    .await
}

/// The pool with this ARN, which the caller's account must own.
fn pool_of(cx: &Cx, tx: &ReadTx<'_>, arn: &ResourceArn) -> Result<Arc<Pool>> {
    let id = arn.user_pool_id().ok_or_else(ApiError::not_arn_of_pool)?;
    let pool = cx.pool(tx, id)?;
    if pool.arn() != arn.as_str() {
        return Err(ApiError::no_such_pool(id)
            .because("the ARN has another partition, Region or account than the pool's"));
    }
    Ok(pool)
}
