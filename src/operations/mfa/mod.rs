//! Second factors of users.

pub(super) mod preferences;
mod software_tokens;

use crate::operations::table::Table;
use crate::quotas::Category;

/// The operations of second factors.
#[rustfmt::skip] // one line an operation
pub(super) fn table(table: Table) -> Table {
    table
        .op(Category::UserResourceUpdate, preferences::admin_set_user_mfa_preference)
        .op(Category::UserResourceUpdate, preferences::set_user_mfa_preference)
        .op(Category::UserResourceUpdate, preferences::admin_delete_software_token)
        .op(Category::UserResourceUpdate, software_tokens::verify_software_token)
        .op(Category::UserResourceUpdate, software_tokens::associate_software_token)
}
