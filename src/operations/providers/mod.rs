//! Identity providers of a pool, and the links between identities at them and users.

mod life;
mod links;

use crate::operations::table::Table;
use crate::quotas::Category;

/// The operations of identity providers.
#[rustfmt::skip] // one line an operation
pub(super) fn table(table: Table) -> Table {
    table
        .op(Category::UserPoolResourceUpdate, life::create_identity_provider)
        .op(Category::UserPoolResourceRead, life::describe_identity_provider)
        .op(Category::UserPoolResourceRead, life::get_identity_provider_by_identifier)
        .op(Category::UserPoolResourceRead, life::list_identity_providers)
        .op(Category::UserPoolResourceUpdate, life::update_identity_provider)
        .op(Category::UserPoolResourceUpdate, life::delete_identity_provider)
        .op(Category::UserUpdate, links::admin_link_provider_for_user)
        .op(Category::UserUpdate, links::admin_disable_provider_for_user)
}
