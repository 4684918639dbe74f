//! Groups from creation to deletion.

use serde_json::{Value, json};

use super::{NO_GROUP, add, call, create, get, groups_of, page, pages, role};
use crate::world::{App, NOW, POOL, Pool, Setup, UNTRACKED_POOL, registry};

#[test]
fn a_group_shows_what_it_was_given_and_its_dates() {
    let app = App::with_devices();
    let plain = json!({"GroupName": "plain", "UserPoolId": POOL, "CreationDate": NOW, "LastModifiedDate": NOW});
    assert_eq!(create(&app, "plain", json!({})), plain);
    let members = json!({"Description": "", "RoleArn": role("staff"), "Precedence": 0});
    let mut full = json!({"GroupName": "staff", "UserPoolId": POOL, "Description": "", "RoleArn": role("staff"),
        "Precedence": 0, "CreationDate": NOW, "LastModifiedDate": NOW});
    assert_eq!(create(&app, "staff", members), full);
    assert_eq!(
        (get(&app, "plain"), get(&app, "staff")),
        (plain, full.clone())
    );
    app.seconds_pass(60);
    let change =
        json!({"GroupName": "staff", "Description": "Everybody", "Precedence": 2_147_483_647});
    let changed = call(&app, "UpdateGroup", change).ok()["Group"].clone();
    full["Description"] = json!("Everybody");
    full["Precedence"] = json!(2_147_483_647);
    full["LastModifiedDate"] = json!(NOW + 60.0);
    assert_eq!(changed, full, "what a change leaves out stays");
    assert_eq!(get(&app, "staff"), full);
    let listed = call(&app, "ListGroups", json!({})).ok();
    assert_eq!(listed["Groups"][1], full);
}

#[test]
fn a_name_is_taken_once_in_a_pool_and_letter_case_counts() {
    let app = App::with_devices();
    create(&app, "staff", json!({"Description": "first"}));
    call(&app, "CreateGroup", json!({"GroupName": "staff"})).refused(
        "GroupExistsException",
        "A group with the name already exists.",
    );
    create(&app, "Staff", json!({}));
    create(&app, "staff", json!({"UserPoolId": UNTRACKED_POOL}));
    assert_eq!(get(&app, "staff")["Description"], "first");
    assert_eq!(page(&app, "ListGroups", json!({})).0, ["Staff", "staff"]);
}

#[test]
fn an_unknown_group_is_refused() {
    let app = App::with_devices();
    create(&app, "elsewhere", json!({"UserPoolId": UNTRACKED_POOL}));
    for operation in ["GetGroup", "UpdateGroup", "DeleteGroup", "ListUsersInGroup"] {
        for name in ["nobody", "elsewhere"] {
            call(&app, operation, json!({"GroupName": name})).refused_as(NO_GROUP);
        }
    }
}

#[test]
fn what_the_model_does_not_allow_is_refused() {
    let app = App::with_devices();
    let pattern = "[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+";
    let failed = |what: &str| format!("1 validation error detected: Value {what}");
    for (input, message) in [
        (
            json!({"GroupName": "a b"}),
            format!("'a b' at 'groupName' failed to satisfy constraint: Member must satisfy regular expression pattern: {pattern}"),
        ),
        (
            json!({"GroupName": "g".repeat(129)}),
            format!(
                "'{}' at 'groupName' failed to satisfy constraint: Member must have length less than or equal to 128",
                "g".repeat(129)
            ),
        ),
        (
            json!({"GroupName": "g", "Precedence": -1}),
            "'-1' at 'precedence' failed to satisfy constraint: Member must have value greater than or equal to 0".to_owned(),
        ),
    ] {
        let answer = call(&app, "CreateGroup", input);
        answer.refused("InvalidParameterException", &failed(&message));
    }
    for input in [
        json!({"GroupName": "g", "RoleArn": "arn:aws:iam::role/no-account"}),
        json!({"GroupName": "g", "Description": "d".repeat(2049)}),
    ] {
        let (code, _) = call(&app, "CreateGroup", input).refusal();
        assert_eq!(code, "InvalidParameterException");
    }
    let answer = call(&app, "ListGroups", json!({"Limit": 61}));
    assert_eq!(answer.refusal().0, "InvalidParameterException");
}

#[test]
fn a_deleted_group_is_gone_for_its_members_too() {
    let app = App::with_devices();
    create(&app, "staff", json!({}));
    create(&app, "other", json!({}));
    add(&app, "diego", "staff");
    add(&app, "diego", "other");
    let answer = call(&app, "DeleteGroup", json!({"GroupName": "staff"}));
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    call(&app, "DeleteGroup", json!({"GroupName": "staff"})).refused_as(NO_GROUP);
    assert_eq!(groups_of(&app, "diego"), ["other"]);
    // A group of the same name begins without members.
    create(&app, "staff", json!({}));
    assert_eq!(groups_of(&app, "diego"), ["other"]);
    call(&app, "DeleteUserPool", json!({})).done();
    let (code, _) = call(&app, "ListGroups", json!({})).refusal();
    assert_eq!(code, "ResourceNotFoundException");
}

#[test]
fn groups_are_listed_by_name_page_by_page() {
    let app = App::with_devices();
    let names: Vec<String> = (0..61).map(|number| format!("group-{number:02}")).collect();
    for name in names.iter().rev() {
        create(&app, name, json!({}));
    }
    create(&app, "elsewhere", json!({"UserPoolId": UNTRACKED_POOL}));
    let (first, token) = page(&app, "ListGroups", json!({}));
    assert_eq!(first, names[..60]);
    let (last, end) = page(&app, "ListGroups", json!({"NextToken": token, "Limit": 0}));
    assert_eq!((last.as_slice(), end), (&names[60..], None));
    let by_25 = pages(&app, "ListGroups", &json!({}), 25);
    assert_eq!(by_25.iter().map(Vec::len).collect::<Vec<_>>(), [25, 25, 11]);
    assert_eq!(by_25.concat(), names);
    // A page goes on although the group that it goes on after is deleted.
    let (_, token) = page(&app, "ListGroups", json!({"Limit": 2}));
    call(&app, "DeleteGroup", json!({"GroupName": "group-01"})).done();
    let (next, _) = page(&app, "ListGroups", json!({"Limit": 1, "NextToken": token}));
    assert_eq!(next, ["group-02"]);
    for input in [
        json!({"NextToken": token, "UserPoolId": UNTRACKED_POOL}),
        json!({"NextToken": "nonsense"}),
    ] {
        let answer = call(&app, "ListGroups", input);
        answer.refused(
            "InvalidParameterException",
            "Invalid pagination token given.",
        );
    }
}

#[test]
fn a_pool_has_at_most_ten_thousand_groups() {
    let app = Setup::new().seeded(registry()).on_disk().start();
    create(&app, "first", json!({}));
    app.file()
        .execute_batch(
            "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 9998)
             INSERT INTO groups (pool, name, created_ms, modified_ms) SELECT 1, 'g' || n, 0, 0 FROM number",
        )
        .unwrap();
    create(&app, "last", json!({}));
    let more = json!({"GroupName": "more"});
    call(&app, "CreateGroup", more.clone()).refused(
        "LimitExceededException",
        "The user pool has the maximum number of groups.",
    );
    call(&app, "GetGroup", more.clone()).refused_as(NO_GROUP);
    call(&app, "CreateGroup", json!({"GroupName": "last"})).refused(
        "GroupExistsException",
        "A group with the name already exists.",
    );
    call(&app, "DeleteGroup", json!({"GroupName": "first"})).done();
    call(&app, "CreateGroup", more).ok();
}

#[test]
fn a_pool_without_groups_lists_none() {
    let app = Pool::new(POOL).start();
    let none = json!({"Groups": []});
    assert_eq!(call(&app, "ListGroups", json!({})).ok(), none);
    let user = json!({"Username": "ana", "MessageAction": "SUPPRESS"});
    call(&app, "AdminCreateUser", user).ok();
    let groups = call(&app, "AdminListGroupsForUser", json!({"Username": "ana"}));
    assert_eq!(groups.ok(), none);
    create(&app, "staff", Value::Object(serde_json::Map::new()));
    let users = call(&app, "ListUsersInGroup", json!({"GroupName": "staff"}));
    assert_eq!(users.ok(), json!({"Users": []}));
}
