//! User pools.

mod life;
mod mfa_config;
mod signing_certificate;
mod tags;

use crate::operations::table::Table;
use crate::quotas::Category;

/// The operations of user pools.
#[rustfmt::skip] // one line an operation
pub(super) fn table(table: Table) -> Table {
    table
        .op(Category::UserPoolRead, life::describe_user_pool)
        .op(Category::UserPoolRead, life::list_user_pools)
        .op(Category::UserPoolUpdate, life::create_user_pool)
        .op(Category::UserPoolUpdate, life::update_user_pool)
        .op(Category::UserPoolUpdate, life::delete_user_pool)
        .op(Category::UserPoolResourceRead, mfa_config::get_user_pool_mfa_config)
        .op(Category::UserPoolResourceUpdate, life::add_custom_attributes)
        .op(Category::UserPoolResourceUpdate, mfa_config::set_user_pool_mfa_config)
        .op(Category::UserPoolResourceRead, signing_certificate::get_signing_certificate)
        .op(Category::UserPoolResourceRead, tags::list_tags_for_resource)
        .op(Category::UserPoolResourceUpdate, tags::tag_resource)
        .op(Category::UserPoolResourceUpdate, tags::untag_resource)
}
