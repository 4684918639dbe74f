//! How the pages of an app client look.

mod managed_login;
mod ui_customization;

use crate::operations::table::Table;
use crate::quotas::Category;

/// The operations of branding.
#[rustfmt::skip] // one line an operation
pub(super) fn table(table: Table) -> Table {
    table
        .op(Category::UserPoolResourceUpdate, managed_login::create_managed_login_branding)
        .op(Category::UserPoolResourceRead, managed_login::describe_managed_login_branding)
        .op(Category::UserPoolResourceRead, managed_login::describe_managed_login_branding_by_client)
        .op(Category::UserPoolResourceUpdate, managed_login::update_managed_login_branding)
        .op(Category::UserPoolResourceUpdate, managed_login::delete_managed_login_branding)
        .op(Category::UserPoolResourceRead, ui_customization::get_ui_customization)
        .op(Category::UserPoolResourceUpdate, ui_customization::set_ui_customization)
}
