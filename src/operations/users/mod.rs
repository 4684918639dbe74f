//! Users, as administrators and the users themselves see and change them.

mod attributes;
mod creation;
mod life;
mod passwords;
mod verification;

use crate::operations::table::Table;
use crate::quotas::Category;

/// The operations of users.
#[rustfmt::skip] // one line an operation
pub(super) fn table(table: Table) -> Table {
    table
        .op(Category::UserCreation, life::admin_confirm_sign_up)
        .op(Category::UserRead, life::admin_get_user)
        .op(Category::UserRead, life::get_user)
        .op(Category::UserUpdate, life::admin_delete_user)
        .op(Category::UserUpdate, life::admin_disable_user)
        .op(Category::UserUpdate, life::admin_enable_user)
        .op(Category::UserUpdate, life::delete_user)
        .op(Category::UserList, life::list_users)
        .op(Category::UserCreation, creation::admin_create_user)
        .op(Category::UserUpdate, attributes::admin_delete_user_attributes)
        .op(Category::UserUpdate, attributes::admin_update_user_attributes)
        .op(Category::UserUpdate, attributes::delete_user_attributes)
        .op(Category::UserUpdate, attributes::update_user_attributes)
        .op(Category::UserResourceRead, verification::get_user_attribute_verification_code)
        .op(Category::UserUpdate, verification::verify_user_attribute)
        .op(Category::UserAccountRecovery, passwords::admin_set_user_password)
        .op(Category::UserAccountRecovery, passwords::change_password)
}
