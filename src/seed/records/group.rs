//! The groups of a pool, as `get-group` prints them, and the groups that a user is in, by their names.

use std::fmt::Display;

use serde_json::{Value, json};

use super::kind::{Kind, Occasion, Record};
use super::user::KeptUser;
use crate::api::{GroupType, Timestamp, UserPoolType, schema};
use crate::domain::group::Group;
use crate::domain::pool::Pool;
use crate::error::Result;
use crate::ids::GroupName;
use crate::seed::members::{Members, decode, unwrapped};
use crate::seed::refusal::Refusal;
use crate::store::{ReadTx, WriteTx, Written};

pub(super) const OF_POOL: Kind<Pool> = Kind {
    list: "Groups",
    alone: Some("Group"),
    noun: "group",
    read: |place, value, pool| Ok(Box::new(read(place, value, pool)?)),
    export,
    number: Some(|holdings| &mut holdings.groups),
};

pub(super) const OF_USER: Kind<KeptUser> = Kind {
    list: "Groups",
    alone: None,
    noun: "group",
    read: |place, value, _| Ok(Box::new(Membership(read_name(place, value)?))),
    export: export_memberships,
    number: None,
};

/// Groups that are read from the registry at once.
const PAGE: u32 = 1000;

/// A group of a seed; what it leaves open stays as it is, or is not set.
struct SeedGroup {
    name: GroupName,
    given: GroupType,
}

/// A group of a seed that a user is in.
struct Membership(GroupName);

fn read(place: &dyn Display, value: Value, pool: &UserPoolType) -> Result<SeedGroup, Refusal> {
    let given: GroupType = decode(place, &schema::GROUP_TYPE, unwrapped("Group", value))?;
    if given.user_pool_id.is_some() && given.user_pool_id != pool.id {
        return Err(Refusal::at(place, "UserPoolId is that of another pool"));
    }
    let name = given.group_name.clone();
    Ok(SeedGroup {
        name: name.ok_or_else(|| Refusal::at(place, "GroupName is missing"))?,
        given,
    })
}

fn read_name(place: &dyn Display, value: Value) -> Result<GroupName, Refusal> {
    let members = Members::from_iter([("GroupName".to_owned(), value)]);
    let group: GroupType = decode(place, &schema::GROUP_TYPE, Value::Object(members))?;
    let name = group.group_name;
    name.ok_or_else(|| Refusal::at(place, "the name of a group is expected here"))
}

impl Record<Pool> for SeedGroup {
    fn key(&self) -> &str {
        self.name.as_str()
    }

    fn put(&self, tx: &WriteTx<'_>, pool: &Pool, occasion: &Occasion<'_>) -> Result<Written> {
        let before = tx.find_group(pool, &self.name)?;
        let group = self.after(before.as_ref(), occasion.now);
        match before {
            Some(before) if before == group => Ok(Written::Unchanged),
            Some(_) => {
                tx.put_group(pool, &group)?;
                Ok(Written::Updated)
            }
            None => {
                tx.insert_group(pool, &group)?;
                Ok(Written::Created)
            }
        }
    }
}

impl SeedGroup {
    /// The group as the seed says, with the dates that the seed leaves open.
    fn after(&self, before: Option<&Group>, now: Timestamp) -> Group {
        let created = self.given.creation_date;
        let created = created.or(before.map(|before| before.created));
        let created = created.unwrap_or(now);
        let modified = self.given.last_modified_date;
        let modified = modified.or(before.map(|before| before.modified));
        Group {
            name: self.name.clone(),
            description: self.given.description.clone(),
            role_arn: self.given.role_arn.clone(),
            precedence: self.given.precedence,
            created,
            modified: modified.unwrap_or(created),
        }
    }
}

impl Record<KeptUser> for Membership {
    fn key(&self) -> &str {
        self.0.as_str()
    }

    fn put(&self, tx: &WriteTx<'_>, user: &KeptUser, _: &Occasion<'_>) -> Result<Written> {
        let is_new = tx.put_group_member(&user.pool, &self.0, &user.user)?;
        Ok(if is_new {
            Written::Created
        } else {
            Written::Unchanged
        })
    }
}

fn export(tx: &ReadTx<'_>, pool: &Pool) -> Result<Vec<Value>> {
    let mut groups = Vec::new();
    let mut after = None;
    loop {
        let page = tx.groups(pool, after.as_ref().map(GroupName::as_str), PAGE)?;
        after = page.items.last().map(|group| group.name.clone());
        let exported = page.items.into_iter();
        groups.extend(exported.map(|group| json!(group.into_group_type())));
        if !page.more {
            return Ok(groups);
        }
    }
}

fn export_memberships(tx: &ReadTx<'_>, user: &KeptUser) -> Result<Vec<Value>> {
    let groups = tx.groups_of_user(&user.user)?;
    Ok(groups.into_iter().map(|group| json!(group.name)).collect())
}
