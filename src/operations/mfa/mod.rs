//! Second factors of users.

mod preferences;
mod settings;
pub(super) mod shown;
mod software_tokens;

use crate::operations::table::Table;
use crate::quotas::Category;

/// The operations of second factors.
#[rustfmt::skip] // one line an operation
pub(super) fn table(table: Table) -> Table {
    table
        .op(Category::UserRead, shown::admin_get_user_auth_factors)
        .op(Category::UserRead, shown::get_user_auth_factors)
        .op(Category::UserResourceUpdate, settings::admin_set_user_settings)
        .op(Category::UserResourceUpdate, settings::set_user_settings)
        .op(Category::UserResourceUpdate, preferences::admin_set_user_mfa_preference)
        .op(Category::UserResourceUpdate, preferences::set_user_mfa_preference)
        .op(Category::UserResourceUpdate, preferences::admin_delete_software_token)
        .op(Category::UserResourceUpdate, software_tokens::verify_software_token)
        .op(Category::UserResourceUpdate, software_tokens::associate_software_token)
}
