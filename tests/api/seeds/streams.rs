//! How seeds are read: several files, pipes, and users before their pools.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use super::{pool, refusal, refusal_in};
use crate::world::{PASSWORD, POOL, SUB, Tool, registry};

/// A seed whose pool comes after its users, one of them with a password.
fn users_first(pool: &str, user: &str) -> String {
    format!(
        r#"{{"Users": [{{"Username": "{user}", "Password": "{PASSWORD}"}}, {{"Username": "{user}-2"}}], "UserPool": {{"Id": "{pool}"}}}}"#
    )
}

#[test]
fn users_may_stand_before_their_pool_and_pools_and_files_be_several() {
    let tool = Tool::new();
    tool.write("one.json", users_first(POOL, "ana"));
    let pools = [
        users_first("us-east-1_Other0001", "bo"),
        users_first("us-east-1_Other0002", "cy"),
    ];
    tool.write(
        "two.json",
        format!(r#"{{"UserPools": [{}]}}"#, pools.join(", ")),
    );
    for summary in [
        "9 created, 0 updated, 0 unchanged",
        "0 created, 0 updated, 9 unchanged",
    ] {
        let outcome = tool.run("seed apply --create one.json two.json");
        assert_eq!(
            outcome.stdout,
            format!("data/poolhouse.db: {summary}\n"),
            "{outcome:?}"
        );
    }
    let exported = tool.export();
    let names = exported["UserPools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pool| {
            let users = pool["Users"].as_array().unwrap().iter();
            let named = users.map(|user| {
                let has_password = user.get("PasswordVerifier").is_some();
                (user["Username"].as_str().unwrap(), has_password)
            });
            named.collect::<Vec<_>>()
        });
    let pair = |name, other| vec![(name, true), (other, false)];
    assert_eq!(
        names.collect::<Vec<_>>(),
        [pair("bo", "bo-2"), pair("cy", "cy-2"), pair("ana", "ana-2")]
    );
    assert_eq!(tool.run("check --deep").code, 0);
}

#[test]
fn a_seed_comes_through_a_pipe() {
    let tool = Tool::new();
    let mut command = tool.command("seed apply --create /dev/stdin");
    let mut process = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = process.stdin.take().unwrap();
    input
        .write_all(users_first(POOL, "ana").as_bytes())
        .unwrap();
    drop(input);
    let output = process.wait_with_output().unwrap();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "data/poolhouse.db: 3 created, 0 updated, 0 unchanged\n"
    );
}

#[test]
fn a_mistake_in_the_last_of_many_users_changes_nothing() {
    let tool = Tool::new();
    tool.apply_seed(&pool(json!([{"Username": "user-7"}])));
    let before = tool.export();
    let users = |last: Value| {
        let users = (0..500).map(|number| json!({"Username": format!("user-{number}")}));
        pool(users.chain([last]).collect())
    };
    for (last, why) in [
        (
            json!({"Username": "x", "Enable": true}),
            "Users[500]: unknown member 'Enable'",
        ),
        // The ones named before: once in the registry and the seed, once in the seed alone.
        (
            json!({"Username": "user-7", "Enabled": false}),
            "Users[500]: the user is given twice",
        ),
        (
            json!({"Username": "user-8"}),
            "Users[500]: the user is given twice",
        ),
    ] {
        assert_eq!(refusal_in(&tool, &users(last)), why);
        assert_eq!(tool.export(), before);
    }
}

#[test]
fn a_list_of_users_that_is_given_twice_is_refused() {
    let tool = Tool::new();
    let seed = users_first(POOL, "ana");
    let twice = seed.trim_end_matches('}').to_owned() + r#"}, "Users": []}"#;
    for (text, why) in [
        (twice, "no JSON: Users is given twice at line 1 column"),
        (seed + "}", "no JSON: expected value at line 1 column"),
    ] {
        tool.write("seed.json", text);
        let outcome = tool.run("seed apply --create seed.json");
        assert_eq!(outcome.code, 3, "{outcome:?}");
        assert!(outcome.stderr.contains(why), "{outcome:?}");
    }
}

#[test]
fn two_users_cannot_share_an_alias_or_a_sub() {
    let email = json!([{"Name": "email", "Value": "a@example.com"}, {"Name": "email_verified", "Value": "true"}]);
    let mut seed = pool(
        json!([{"Username": "a", "Attributes": email}, {"Username": "b", "Attributes": email}]),
    );
    seed["UserPool"]["AliasAttributes"] = json!(["email"]);
    assert_eq!(
        refusal(&seed),
        "Users[1]: An account with the given email already exists."
    );
    let sub = json!([{"Name": "sub", "Value": SUB}]);
    let seed =
        pool(json!([{"Username": "a", "Attributes": sub}, {"Username": "b", "Attributes": sub}]));
    assert_eq!(refusal(&seed), "Users[1]: The sub is another user's.");
}

#[test]
fn a_mistake_in_the_last_of_several_files_changes_nothing() {
    let tool = Tool::new();
    tool.apply_seed(&registry());
    let before = tool.export();
    let other = json!({"UserPool": {"Id": "us-east-1_Other0001"}, "Users": [{"Username": "new"}]});
    tool.write_json("good.json", &other);
    let email = json!([{"Name": "email", "Value": "diego@example.com"}, {"Name": "email_verified", "Value": "true"}]);
    let mut clash = registry();
    let settings = clash["UserPools"][0]["UserPool"].take();
    tool.write_json(
        "bad.json",
        &json!({"UserPool": settings, "Users": [{"Username": "thief", "Attributes": email}]}),
    );
    let outcome = tool.run("seed apply --create good.json bad.json");
    assert_eq!(outcome.code, 3);
    assert_eq!(
        outcome.stderr,
        "poolhouse: seed: bad.json: Users[0]: An account with the given email already exists.\n"
    );
    assert_eq!(tool.export(), before);
}

#[test]
fn a_server_with_a_bad_seed_does_not_start() {
    let tool = Tool::new();
    tool.write("seed.json", "{}");
    let outcome = tool.run("serve --seed seed.json --listen 127.0.0.1:0");
    assert_eq!(
        (outcome.code, outcome.stderr.as_str()),
        (3, "poolhouse: seed: seed.json: UserPool is missing\n")
    );
    assert!(!outcome.stdout.contains("Ready."));
}
