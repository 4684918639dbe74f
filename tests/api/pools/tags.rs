//! `TagResource`, `UntagResource` and `ListTagsForResource`.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{create, describe, invalid, start, update};
use crate::world::{
    App, FOREIGN_POOL, Key, NOW, POOL, Setup, UNKNOWN_POOL, UNTRACKED_POOL, access_denied, registry,
};

const NOT_A_POOL: &str = "The resource ARN is not the ARN of a user pool.";

fn arn(pool: &str) -> String {
    arn_in("us-east-1", "000000000000", pool)
}

fn arn_in(region: &str, account: &str, pool: &str) -> String {
    format!("arn:aws:cognito-idp:{region}:{account}:userpool/{pool}")
}

fn list(app: &App, pool: &Value) -> Value {
    let answer = app.call("ListTagsForResource", &json!({"ResourceArn": pool["Arn"]}));
    answer.ok()["Tags"].clone()
}

fn tag(app: &App, pool: &Value, tags: &Value) {
    let input = json!({"ResourceArn": pool["Arn"], "Tags": tags});
    assert_eq!(app.call("TagResource", &input).ok(), json!({}));
}

fn untag(app: &App, pool: &Value, keys: &Value) {
    let input = json!({"ResourceArn": pool["Arn"], "TagKeys": keys});
    assert_eq!(app.call("UntagResource", &input).ok(), json!({}));
}

/// The three operations, each with an input that takes effect on the pool with this ARN.
fn inputs(arn: &str) -> [(&'static str, Value); 3] {
    [
        ("ListTagsForResource", json!({"ResourceArn": arn})),
        (
            "TagResource",
            json!({"ResourceArn": arn, "Tags": {"team": "mobile"}}),
        ),
        (
            "UntagResource",
            json!({"ResourceArn": arn, "TagKeys": ["team"]}),
        ),
    ]
}

#[test]
fn tags_are_added_overwritten_and_removed_as_the_pool_shows_them() {
    let app = start();
    let pool = create(&app, json!({"PoolName": "p"}));
    assert_eq!(list(&app, &pool), json!({}));
    tag(&app, &pool, &json!({"team": "web", "stage": ""}));
    tag(&app, &pool, &json!({"team": "mobile", "cost": "a b+é"}));
    let tags = json!({"team": "mobile", "stage": "", "cost": "a b+é"});
    assert_eq!(list(&app, &pool), tags);
    assert_eq!(describe(&app, &pool["Id"])["UserPoolTags"], tags);
    untag(&app, &pool, &json!(["stage", "never there", "Team"]));
    assert_eq!(
        list(&app, &pool),
        json!({"team": "mobile", "cost": "a b+é"})
    );
    untag(&app, &pool, &json!(["team", "cost"]));
    assert_eq!(list(&app, &pool), json!({}));
    untag(&app, &pool, &json!([]));
    tag(&app, &pool, &json!({}));
    assert_eq!(describe(&app, &pool["Id"])["UserPoolTags"], json!({}));
}

#[test]
fn tags_of_a_new_and_of_an_updated_pool_are_listed() {
    let app = start();
    let tags = json!({"team": "web"});
    let pool = create(&app, json!({"PoolName": "p", "UserPoolTags": tags}));
    assert_eq!(list(&app, &pool), tags);
    tag(&app, &pool, &json!({"stage": "test"}));
    let tags = json!({"owner": "ana"});
    update(&app, &pool["Id"], json!({"UserPoolTags": tags}));
    assert_eq!(list(&app, &pool), tags);
    update(&app, &pool["Id"], json!({}));
    assert_eq!(list(&app, &pool), json!({}));
}

#[test]
fn a_change_of_tags_is_a_change_of_the_pool_and_of_nothing_else_in_it() {
    let app = start();
    let mut pool = create(
        &app,
        json!({"PoolName": "p", "DeletionProtection": "ACTIVE", "UserPoolTags": {"a": "1"}}),
    );
    app.clock.advance(Duration::from_mins(1));
    list(&app, &pool);
    assert_eq!(describe(&app, &pool["Id"])["LastModifiedDate"], NOW);
    tag(&app, &pool, &json!({"b": "2"}));
    pool["UserPoolTags"] = json!({"a": "1", "b": "2"});
    pool["LastModifiedDate"] = json!(NOW + 60.0);
    assert_eq!(describe(&app, &pool["Id"]), pool);
    app.clock.advance(Duration::from_mins(1));
    untag(&app, &pool, &json!(["a"]));
    pool["UserPoolTags"] = json!({"b": "2"});
    pool["LastModifiedDate"] = json!(NOW + 120.0);
    assert_eq!(describe(&app, &pool["Id"]), pool);
}

#[test]
fn tags_that_would_fix_an_id_are_not_added() {
    let app = start();
    let pool = create(&app, json!({"PoolName": "p"}));
    for key in ["_custom_id_", "ms-custom-id", "floci:override-id"] {
        tag(&app, &pool, &json!({key: "us-east-1_Other", "team": "web"}));
        assert_eq!(list(&app, &pool), json!({"team": "web"}));
    }
    assert_eq!(describe(&app, &pool["Id"])["Id"], pool["Id"]);
}

#[test]
fn a_pool_has_at_most_fifty_tags_and_none_that_is_reserved() {
    let app = start();
    let numbered = |tags: u32| -> Map<String, Value> {
        (0..tags)
            .map(|number| (format!("tag{number:02}"), json!("")))
            .collect()
    };
    // A pool may already have tags of AWS; they do not count.
    let pool = create(
        &app,
        json!({"PoolName": "p", "UserPoolTags": {"aws:cloudformation:stack-name": "s"}}),
    );
    let refused = |tags: Value, message: &str| {
        let input = json!({"ResourceArn": pool["Arn"], "Tags": tags});
        invalid(&app, "TagResource", input, message);
    };
    let too_many = "A user pool can have at most 50 tags.";
    refused(json!(numbered(51)), too_many);
    assert_eq!(list(&app, &pool).as_object().unwrap().len(), 1);
    tag(&app, &pool, &json!(numbered(50)));
    tag(&app, &pool, &json!({"tag00": "overwritten"}));
    refused(json!({"one more": ""}), too_many);
    refused(
        json!({"aws:team": "web"}),
        "Tag keys that begin with aws: are reserved.",
    );
    let tags = list(&app, &pool);
    assert_eq!(tags.as_object().unwrap().len(), 51);
    assert_eq!(tags["tag00"], "overwritten");
}

#[test]
fn an_arn_of_anything_but_a_pool_is_refused() {
    let app = App::with_devices();
    for other in [
        format!("arn:aws:cognito-identity:us-east-1:000000000000:userpool/{POOL}"),
        format!("arn:aws:cognito-idp:us-east-1:000000000000:identitypool/{POOL}"),
        format!("arn:aws:cognito-idp:us-east-1:000000000000:{POOL}"),
        format!("arn:aws:cognito-idp:us-east-1:000000000000:userpool/{POOL}/client/a"),
        format!("arn:aws:cognito-idp:us-east-1:000000000000:userpool:{POOL}"),
        "arn:aws:cognito-idp:us-east-1:000000000000:userpool/nonsense".to_owned(),
    ] {
        for (operation, input) in inputs(&other) {
            invalid(&app, operation, input, NOT_A_POOL);
        }
    }
}

#[test]
fn an_arn_that_is_no_pool_s_own_names_a_pool_that_does_not_exist() {
    let app = App::with_devices();
    for (arn, pool) in [
        (arn(UNKNOWN_POOL), UNKNOWN_POOL),
        // Another Region, with a pool of that Region and with one of this.
        (
            arn_in("eu-west-1", "000000000000", "eu-west-1_Test00001"),
            "eu-west-1_Test00001",
        ),
        (arn_in("eu-west-1", "000000000000", POOL), POOL),
        (arn_in("", "000000000000", POOL), POOL),
        // Another account, or no account.
        (arn_in("us-east-1", "111111111111", POOL), POOL),
        (arn_in("us-east-1", "0", POOL), POOL),
        // Another partition.
        (arn(POOL).replace("arn:aws:", "arn:aws-cn:"), POOL),
    ] {
        for (operation, input) in inputs(&arn) {
            app.call(operation, &input).refused(
                "ResourceNotFoundException",
                &format!("User pool {pool} does not exist."),
            );
        }
    }
    let shown = app.call("ListTagsForResource", &inputs(&arn(POOL))[0].1);
    assert_eq!(shown.ok(), json!({"Tags": {}}));
}

#[test]
fn wrong_input_is_named_by_the_constraint_that_it_breaks() {
    let app = start();
    let pattern = "arn:[\\w+=/,.@-]+:[\\w+=/,.@-]+:([\\w+=/,.@-]*)?:[0-9]+:[\\w+=/,.@-]+(:[\\w+=/,.@-]+)?(:[\\w+=/,.@-]+)?";
    for (operation, input) in inputs("not an ARN, though long enough") {
        let message = format!(
            "1 validation error detected: Value 'not an ARN, though long enough' at 'resourceArn' failed to satisfy constraint: \
             Member must satisfy regular expression pattern: {pattern}"
        );
        invalid(&app, operation, input, &message);
    }
    let missing = |member: &str| {
        format!(
            "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
        )
    };
    for (operation, input, member) in [
        ("ListTagsForResource", json!({}), "resourceArn"),
        ("TagResource", json!({"ResourceArn": arn(POOL)}), "tags"),
        (
            "UntagResource",
            json!({"ResourceArn": arn(POOL)}),
            "tagKeys",
        ),
    ] {
        invalid(&app, operation, input, &missing(member));
    }
    for tags in [
        json!({"": "v"}),
        json!({"k".repeat(129): "v"}),
        json!({"k": "v".repeat(257)}),
    ] {
        let input = json!({"ResourceArn": arn(POOL), "Tags": tags});
        let (code, message) = app.call("TagResource", &input).refusal();
        assert_eq!(code, "InvalidParameterException");
        assert!(
            message.contains("at 'tags' failed to satisfy constraint"),
            "{message}"
        );
    }
}

const KEYS: &str = r#"
[[access_keys]]
id = "TAGGER"
secret = "tagger-secret"
actions = ["cognito-idp:*Tag*"]
pools = ["us-east-1_Test00001"]

[[access_keys]]
id = "FOREIGNER"
secret = "foreign-secret"
account = "111111111111"
"#;

#[test]
fn a_key_is_held_to_the_pool_that_the_arn_names() {
    let app = Setup::new().with_file(KEYS).seeded(registry()).start();
    let tagger = Key::new("TAGGER", "tagger-secret");
    for (operation, input) in inputs(&arn(POOL)) {
        app.call_as(&tagger, operation, &input).ok();
    }
    let of_no_pool = format!("{}/client/a", arn(POOL));
    for (arn, resource) in [
        (arn(UNTRACKED_POOL), arn(UNTRACKED_POOL)),
        (arn(UNKNOWN_POOL), arn(UNKNOWN_POOL)),
        (of_no_pool, "*".to_owned()),
    ] {
        for (operation, input) in inputs(&arn) {
            app.call_as(&tagger, operation, &input).refused(
                "AccessDeniedException",
                &access_denied("TAGGER", operation, &resource),
            );
        }
    }
}

#[test]
fn tags_are_shown_to_and_changed_by_the_pool_s_account_alone() {
    let app = Setup::new().with_file(KEYS).seeded(registry()).start();
    let foreigner = Key::new("FOREIGNER", "foreign-secret");
    for (operation, input) in inputs(&arn(POOL)) {
        app.call_as(&foreigner, operation, &input).refused(
            "NotAuthorizedException",
            &format!("Not authorized to access user pool {POOL}."),
        );
    }
    for account in ["000000000000", "111111111111"] {
        for (operation, input) in inputs(&arn_in("us-east-1", account, FOREIGN_POOL)) {
            app.call(operation, &input).refused(
                "NotAuthorizedException",
                &format!("Not authorized to access user pool {FOREIGN_POOL}."),
            );
        }
    }
    let own = arn_in("us-east-1", "111111111111", FOREIGN_POOL);
    for (operation, input) in inputs(&own) {
        app.call_as(&foreigner, operation, &input).ok();
    }
}

#[test]
fn tags_survive_a_restart() {
    let app = Setup::new().on_disk().start();
    let pool = create(&app, json!({"PoolName": "lasting"}));
    tag(&app, &pool, &json!({"team": "web"}));
    let app = app.stop().start();
    assert_eq!(list(&app, &pool), json!({"team": "web"}));
}
