//! Groups of a pool, and the users who are in them.

mod life;
mod members;

use crate::api::GroupType;
use crate::domain::group::Group;
use crate::domain::pool::Pool;
use crate::operations::table::Table;
use crate::quotas::Category;

/// The operations of groups.
#[rustfmt::skip] // one line an operation
pub(super) fn table(table: Table) -> Table {
    table
        .op(Category::UserPoolResourceUpdate, life::create_group)
        .op(Category::UserPoolResourceRead, life::get_group)
        .op(Category::UserPoolResourceUpdate, life::update_group)
        .op(Category::UserPoolResourceUpdate, life::delete_group)
        .op(Category::UserPoolResourceRead, life::list_groups)
        .op(Category::UserUpdate, members::admin_add_user_to_group)
        .op(Category::UserUpdate, members::admin_remove_user_from_group)
        .op(Category::UserResourceRead, members::admin_list_groups_for_user)
        .op(Category::UserList, members::list_users_in_group)
}

/// The group as answers show it.
fn shown(group: Group, pool: &Pool) -> GroupType {
    GroupType {
        user_pool_id: Some(pool.id.clone()),
        ..group.into_group_type()
    }
}
