//! Groups, and who is in them.

use serde_json::json;

use super::{Fault, Rule, check_date, first, violation};
use crate::api::{GroupType, schema};
use crate::store::tables::group;

/// The columns that a group is read from come first.
pub(super) const RECORD: Rule = Rule {
    table: "groups",
    rows: "SELECT name, description, role_arn, precedence, created_ms, modified_ms, row, pool FROM groups",
    fault: Fault::Alone(|row| {
        // Dates have a check of their own.
        let shown = GroupType {
            creation_date: None,
            last_modified_date: None,
            ..group(row)?.into_group_type()
        };
        first([
            Ok(violation(&schema::GROUP_TYPE, json!(shown))),
            check_date(row, "created_ms"),
            check_date(row, "modified_ms"),
        ])
    }),
};

pub(super) const MEMBER_OF_ANOTHER_POOL: Rule = Rule {
    table: "group_members",
    rows: "SELECT users.row, users.pool FROM group_members
           JOIN groups ON groups.row = group_members.group_row JOIN users ON users.row = group_members.user_row
           WHERE groups.pool <> users.pool",
    fault: Fault::Alone(|_| Ok(Some("the user is in a group of another pool".to_owned()))),
};
