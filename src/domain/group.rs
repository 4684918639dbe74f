//! A group of users, and the claims that follow from a user's groups (AWS's guide "Adding groups to a user pool").

use crate::api::{GroupType, Timestamp};
use crate::ids::GroupName;

/// The most groups that a pool may have (AWS's guide "Quotas in Amazon Cognito").
pub(crate) const MAX_GROUPS_OF_POOL: u32 = 10_000;

/// The most groups that a user may be in (AWS's guide "Quotas in Amazon Cognito").
pub(crate) const MAX_GROUPS_OF_USER: u32 = 100;

/// A stored group of a pool.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Group {
    pub(crate) name: GroupName,
    pub(crate) description: Option<String>,
    pub(crate) role_arn: Option<String>,
    /// 0 is the best. A group without a precedence stands behind those that have one.
    pub(crate) precedence: Option<i64>,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
}

impl Group {
    /// Where the group stands among the groups of a user: by precedence, then by name.
    pub(crate) fn rank(&self) -> (i64, &str) {
        (self.precedence.unwrap_or(i64::MAX), self.name.as_str())
    }

    /// The rank as a text. Texts of ranks have the same order as the ranks.
    pub(crate) fn rank_text(&self) -> String {
        let (precedence, name) = self.rank();
        format!("{precedence:019}{name}")
    }

    /// The group as answers and seeds show it, without the id of its pool.
    pub(crate) fn into_group_type(self) -> GroupType {
        GroupType {
            creation_date: Some(self.created),
            description: self.description,
            group_name: Some(self.name),
            last_modified_date: Some(self.modified),
            precedence: self.precedence,
            role_arn: self.role_arn,
            user_pool_id: None,
        }
    }
}

/// The claim `cognito:preferred_role` of a user in these groups, which are in the order of their ranks: the role of the group with
/// the best precedence among those that have a role. Returns `None` if no group has a role, or if the best of them have the same
/// precedence, or none, and different roles (AWS API reference, `CreateGroup`, parameter `Precedence`).
pub(crate) fn preferred_role(groups: &[Group]) -> Option<&str> {
    let mut roles = groups.iter().filter_map(|group| {
        let role = group.role_arn.as_deref()?;
        Some((group.precedence, role))
    });
    let (best, role) = roles.next()?;
    let mut equals = roles.take_while(|(precedence, _)| *precedence == best);
    equals.all(|(_, other)| other == role).then_some(role)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: &str, precedence: Option<i64>, role: Option<&str>) -> Group {
        Group {
            name: GroupName::from(name.to_owned()),
            description: None,
            role_arn: role.map(str::to_owned),
            precedence,
            created: Timestamp::from_millis(0),
            modified: Timestamp::from_millis(0),
        }
    }

    #[test]
    fn texts_of_ranks_have_the_order_of_the_ranks() {
        let ranks = [
            group("z", Some(0), None),
            group("y", Some(9), None),
            group("a", Some(10), None),
            group("b", Some(10), None),
            group("ba", Some(10), None),
            group("x", Some(i64::from(i32::MAX)), None),
            group("a", None, None),
        ];
        assert!(ranks.is_sorted_by(|one, next| one.rank() < next.rank()));
        assert!(ranks.is_sorted_by(|one, next| one.rank_text() < next.rank_text()));
    }

    #[test]
    fn the_preferred_role_is_that_of_the_best_precedence() {
        let preferred = |groups: &[Group]| preferred_role(groups).map(str::to_owned);
        assert_eq!(preferred(&[]), None);
        let last = group("e", None, Some("four"));
        let last_other = group("f", None, Some("five"));
        assert_eq!(preferred(std::slice::from_ref(&last)).unwrap(), "four");
        assert_eq!(preferred(&[last.clone(), last_other]), None);
        let best = group("a", Some(1), Some("one"));
        let same = group("b", Some(1), Some("one"));
        let other = group("c", Some(1), Some("two"));
        let worse = group("d", Some(2), Some("three"));
        let without = group("0", Some(0), None);
        assert_eq!(preferred(&[best.clone(), worse.clone()]).unwrap(), "one");
        assert_eq!(preferred(&[best.clone(), last]).unwrap(), "one");
        assert_eq!(preferred(&[best.clone(), same, worse]).unwrap(), "one");
        assert_eq!(preferred(&[best.clone(), other]), None);
        assert_eq!(preferred(&[without, best]).unwrap(), "one");
    }
}
