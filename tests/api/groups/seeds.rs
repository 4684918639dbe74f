//! Groups in seeds and exports.

use serde_json::{Value, json};

use super::role;
use crate::world::{POOL, Tool};

/// A pool with two groups and two users in them.
fn seed() -> Value {
    json!({
        "UserPool": {"Id": POOL},
        "Groups": [
            {"Group": {"GroupName": "staff", "UserPoolId": POOL, "Description": "Everybody", "RoleArn": role("staff"),
                "Precedence": 3, "CreationDate": 1_715_100_742.022, "LastModifiedDate": 1_723_233_651.167}},
            {"GroupName": "guests"},
        ],
        "Users": [
            {"Username": "ana", "Groups": ["guests", "staff"]},
            {"Username": "ben", "Groups": ["guests"]},
            {"Username": "eva"},
        ],
    })
}

#[test]
fn groups_of_a_seed_are_applied_once_and_exported() {
    let (here, there) = (Tool::new(), Tool::new());
    assert_eq!(
        here.apply_seed(&seed()),
        "9 created, 0 updated, 0 unchanged"
    );
    assert_eq!(
        here.apply_seed(&seed()),
        "0 created, 0 updated, 9 unchanged"
    );
    let exported = here.export();
    let pool = &exported["UserPools"][0];
    assert_eq!(pool["Groups"][0]["GroupName"], "guests");
    assert_eq!(
        pool["Groups"][1],
        json!({"GroupName": "staff", "Description": "Everybody", "RoleArn": role("staff"), "Precedence": 3,
            "CreationDate": 1_715_100_742.022, "LastModifiedDate": 1_723_233_651.167})
    );
    assert_eq!(pool["Users"][0]["Groups"], json!(["staff", "guests"]));
    assert_eq!(pool["Users"][1]["Groups"], json!(["guests"]));
    assert_eq!(pool["Users"][2].get("Groups"), None);
    assert_eq!(
        there.apply_seed(&exported),
        "9 created, 0 updated, 0 unchanged"
    );
    assert_eq!(there.export(), exported);
    assert_eq!(
        here.apply_seed(&exported),
        "0 created, 0 updated, 9 unchanged"
    );
    assert_eq!(there.run("check --deep").code, 0);
}

#[test]
fn a_seed_changes_the_groups_that_it_names_and_leaves_the_others() {
    let tool = Tool::new();
    tool.apply_seed(&seed());
    let change = json!({
        "UserPool": {"Id": POOL},
        "Groups": [{"GroupName": "staff", "Precedence": 1}],
        "Users": [{"Username": "ben", "Groups": ["staff"]}],
    });
    assert_eq!(
        tool.apply_seed(&change),
        "1 created, 1 updated, 2 unchanged"
    );
    let exported = tool.export();
    let pool = &exported["UserPools"][0];
    assert_eq!(
        pool["Groups"][1],
        json!({"GroupName": "staff", "Precedence": 1, "CreationDate": 1_715_100_742.022,
            "LastModifiedDate": 1_723_233_651.167})
    );
    assert_eq!(pool["Users"][0]["Groups"], json!(["staff", "guests"]));
    assert_eq!(pool["Users"][1]["Groups"], json!(["staff", "guests"]));
}

#[test]
fn a_pool_without_groups_is_exported_without_them() {
    let tool = Tool::new();
    tool.apply_seed(&json!({"UserPool": {"Id": POOL}, "Users": [{"Username": "ana"}]}));
    let exported = tool.export();
    assert_eq!(exported["UserPools"][0].get("Groups"), None);
    assert_eq!(exported["UserPools"][0]["Users"][0].get("Groups"), None);
}

/// Why a seed with these groups, and a user with those, is refused.
fn refusal(groups: Value, of_user: Value) -> String {
    let tool = Tool::new();
    let user = json!({"Username": "ana", "Groups": of_user});
    let seed = json!({"UserPool": {"Id": POOL}, "Groups": groups, "Users": [user]});
    tool.write_json("seed.json", &seed);
    let outcome = tool.run("seed apply --create seed.json");
    assert_eq!(outcome.code, 3, "{outcome:?}");
    let refusal = outcome.stderr.trim_end();
    refusal
        .trim_start_matches("poolhouse: seed: seed.json: ")
        .to_owned()
}

#[test]
fn mistakes_in_groups_of_a_seed_are_told_with_their_place() {
    let none = || json!([]);
    for (groups, of_user, expected) in [
        (json!([{}]), none(), "Groups[0]: GroupName is missing"),
        (
            json!([{"GroupName": "g"}, {"GroupName": "g"}]),
            none(),
            "Groups[1]: the group is given twice",
        ),
        (
            json!([{"GroupName": "g", "UserPoolId": "us-east-1_Elsewhere"}]),
            none(),
            "Groups[0]: UserPoolId is that of another pool",
        ),
        (
            json!([{"GroupName": "g", "Members": []}]),
            none(),
            "Groups[0]: unknown member 'Members'",
        ),
        (none(), json!(["g"]), "Users[0].Groups[0]: Group not found."),
        (
            json!([{"GroupName": "g"}]),
            json!(["g", "g"]),
            "Users[0].Groups[1]: the group is given twice",
        ),
        (
            none(),
            json!([null]),
            "Users[0].Groups[0]: the name of a group is expected here",
        ),
    ] {
        assert_eq!(refusal(groups, of_user), expected);
    }
    let groups: Vec<Value> = (0..101)
        .map(|number| json!({"GroupName": format!("g{number}")}))
        .collect();
    let names: Vec<String> = (0..101).map(|number| format!("g{number}")).collect();
    assert_eq!(
        refusal(json!(groups), json!(names)),
        "Users[0].Groups[100]: The user is in the maximum number of groups."
    );
}

#[test]
fn damaged_groups_are_told_with_their_place() {
    for (damage, line) in [
        (
            "UPDATE groups SET name = 'a b' WHERE row = 1",
            "groups row 1 of us-east-1_Test00001: 1 validation error detected: Value 'a b' at 'groupName' failed",
        ),
        (
            "UPDATE groups SET precedence = -1 WHERE row = 1",
            "groups row 1 of us-east-1_Test00001: 1 validation error detected: Value '-1' at 'precedence' failed",
        ),
        (
            "UPDATE groups SET modified_ms = 253402300800000 WHERE row = 2",
            "groups row 2 of us-east-1_Test00001: modified_ms is 253402300800000, which is no date",
        ),
        (
            "UPDATE users SET pool = 2 WHERE username = 'ben'",
            "group_members row 2 of us-east-1_Test00002: the user is in a group of another pool",
        ),
    ] {
        let tool = Tool::new();
        let other = json!({"UserPool": {"Id": "us-east-1_Test00002"}});
        tool.apply_seed(&json!({"UserPools": [seed(), other]}));
        assert!(tool.file().execute(damage, []).unwrap() > 0);
        let outcome = tool.run("check --deep");
        assert_eq!(outcome.code, 1, "{outcome:?}");
        let line = format!("Record     {line}");
        let mut lines = outcome.stdout.lines();
        assert!(lines.any(|found| found.starts_with(&line)), "{outcome:?}");
    }
}
