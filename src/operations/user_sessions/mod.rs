//! Sessions of users: how pools and clients configure them, and the sessions themselves.

mod configuration;
mod life;

use crate::operations::table::Table;
use crate::quotas::Category;

/// The operations of users' sessions.
#[rustfmt::skip] // one line an operation
pub(super) fn table(table: Table) -> Table {
    table
        .op(Category::UserPoolResourceRead, configuration::get_user_pool_session_configuration)
        .op(Category::UserPoolResourceUpdate, configuration::set_user_pool_session_configuration)
        .op(Category::UserPoolResourceRead, configuration::get_user_pool_client_session_configuration)
        .op(Category::UserPoolResourceUpdate, configuration::set_user_pool_client_session_configuration)
        .op(Category::UserResourceRead, life::admin_list_user_sessions)
        .op(Category::UserResourceRead, life::list_user_sessions)
        .op(Category::UserResourceUpdate, life::admin_revoke_user_session)
        .op(Category::UserResourceUpdate, life::revoke_user_session)
}
