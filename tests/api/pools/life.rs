//! Pools from creation to deletion: ids, lists, accounts.

use serde_json::json;

use super::{create, describe, invalid, page, settings, start, update};
use crate::world::{App, FOREIGN_POOL, Key, NOW, POOL, Setup, UNTRACKED_POOL, registry};

#[test]
fn a_deleted_pool_is_gone_with_all_that_was_in_it() {
    let app = Setup::new().on_disk().seeded(registry()).start();
    let input = json!({"UserPoolId": POOL});
    let answer = app.call("DeleteUserPool", &input);
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    let gone = format!("User pool {POOL} does not exist.");
    for operation in ["DescribeUserPool", "UpdateUserPool", "DeleteUserPool"] {
        app.call(operation, &input)
            .refused("ResourceNotFoundException", &gone);
    }
    let file = app.file();
    let count = |table: &str| -> i64 {
        file.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| {
            row.get(0)
        })
        .unwrap()
    };
    let left = ["pools", "users", "user_aliases", "devices"].map(count);
    assert_eq!(left, [2, 2, 0, 2]);
    describe(&app, &json!(UNTRACKED_POOL));
}

#[test]
fn a_protected_pool_is_deleted_only_when_its_protection_is_lifted() {
    let app = start();
    let pool = create(
        &app,
        json!({"PoolName": "p", "DeletionProtection": "ACTIVE"}),
    );
    let input = json!({"UserPoolId": pool["Id"]});
    invalid(
        &app,
        "DeleteUserPool",
        input.clone(),
        "The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.",
    );
    update(&app, &pool["Id"], json!({}));
    assert_eq!(app.call("DeleteUserPool", &input).status, 200);
}

#[test]
fn an_id_can_be_fixed_by_a_tag_that_is_not_kept() {
    let app = start();
    for (tag, id) in [
        ("_custom_id_", "us-east-1_mine"),
        ("ms-custom-id", "us-east-1_theirs"),
        ("floci:override-id", "us-east-1_OURS0001"),
    ] {
        let tags = json!({tag: id, "team": "web"});
        let pool = create(&app, json!({"PoolName": "fixed", "UserPoolTags": tags}));
        assert_eq!(pool["Id"], id);
        assert_eq!(pool["UserPoolTags"], json!({"team": "web"}));
        update(&app, &pool["Id"], json!({"UserPoolTags": tags}));
        let after = describe(&app, &pool["Id"]);
        assert_eq!(after["UserPoolTags"], json!({"team": "web"}));
    }
    for (id, message) in [
        ("us-east-1_mine", "User pool us-east-1_mine already exists."),
        (
            "eu-west-1_mine",
            "Tag _custom_id_: the pool id 'eu-west-1_mine' is not of Region us-east-1",
        ),
        (
            "mine",
            "Tag _custom_id_: 1 validation error detected: Value 'mine' at 'id' failed to satisfy constraint: Member must \
             satisfy regular expression pattern: [\\w-]+_[0-9a-zA-Z]+",
        ),
    ] {
        let input = json!({"PoolName": "fixed", "UserPoolTags": {"_custom_id_": id}});
        invalid(&app, "CreateUserPool", input, message);
    }
}

#[test]
fn lists_go_on_by_key_and_show_the_pools_of_the_account_alone() {
    let app = App::with_devices();
    for name in ["us-east-1_Aaa", "us-east-1_Mmm", "us-east-1_Zzz"] {
        create(
            &app,
            json!({"PoolName": "p", "UserPoolTags": {"_custom_id_": name}}),
        );
    }
    let all = [
        "us-east-1_Aaa",
        "us-east-1_Mmm",
        POOL,
        UNTRACKED_POOL,
        "us-east-1_Zzz",
    ];
    assert_eq!(page(&app, json!({"MaxResults": 60})).0, all);
    let (first, token) = page(&app, json!({"MaxResults": 2}));
    // Pools that are deleted or added meanwhile move no other pool to another page.
    app.call("DeleteUserPool", &json!({"UserPoolId": "us-east-1_Aaa"}));
    let (second, next) = page(&app, json!({"MaxResults": 2, "NextToken": token}));
    let (third, last) = page(&app, json!({"MaxResults": 2, "NextToken": next}));
    assert_eq!([first, second, third].concat(), all);
    assert_eq!(last, None);
    let listed = app.call("ListUserPools", &json!({"MaxResults": 1})).ok();
    assert_eq!(
        listed["UserPools"],
        json!([{"Id": "us-east-1_Mmm", "Name": "p", "LambdaConfig": {}, "CreationDate": NOW, "LastModifiedDate": NOW}])
    );
    for token in ["nonsense", "cG9vbHM"] {
        invalid(
            &app,
            "ListUserPools",
            json!({"MaxResults": 2, "NextToken": token}),
            "Invalid pagination token given.",
        );
    }
    invalid(
        &app,
        "ListUserPools",
        json!({"MaxResults": 61}),
        "1 validation error detected: Value '61' at 'maxResults' failed to satisfy constraint: Member must have value less \
         than or equal to 60",
    );
}

#[test]
fn each_account_has_its_own_pools() {
    let keys = "[[access_keys]]\nid = \"OTHER\"\nsecret = \"other\"\naccount = \"111111111111\"\n";
    let app = Setup::new().with_file(keys).seeded(registry()).start();
    let other = Key::new("OTHER", "other");
    let input = json!({"UserPoolId": FOREIGN_POOL});
    for operation in ["DescribeUserPool", "UpdateUserPool", "DeleteUserPool"] {
        app.call(operation, &input).refused(
            "NotAuthorizedException",
            &format!("Not authorized to access user pool {FOREIGN_POOL}."),
        );
    }
    let pool = app.call_as(&other, "DescribeUserPool", &input).ok();
    assert_eq!(
        pool["UserPool"]["Arn"],
        format!("arn:aws:cognito-idp:us-east-1:111111111111:userpool/{FOREIGN_POOL}")
    );
    let created = app.call_as(&other, "CreateUserPool", &json!({"PoolName": "p"}));
    let id = created.ok()["UserPool"]["Id"].clone();
    let listed = app.call_as(&other, "ListUserPools", &json!({"MaxResults": 60}));
    let listed = listed.ok()["UserPools"].as_array().unwrap().len();
    assert_eq!(listed, 2);
    let answer = app.call("DescribeUserPool", &json!({"UserPoolId": id}));
    assert_eq!(answer.refusal().0, "NotAuthorizedException");
    // An id belongs to one pool, in whatever account.
    invalid(
        &app,
        "CreateUserPool",
        json!({"PoolName": "p", "UserPoolTags": {"_custom_id_": FOREIGN_POOL}}),
        &format!("User pool {FOREIGN_POOL} already exists."),
    );
}

#[test]
fn pools_survive_a_restart() {
    let app = Setup::new().on_disk().start();
    let mut input = settings();
    input["PoolName"] = json!("lasting");
    let pool = create(&app, input);
    let app = app.stop().start();
    assert_eq!(describe(&app, &pool["Id"]), pool);
}
