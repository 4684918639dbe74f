//! Resource servers from creation to deletion.

use serde_json::{Value, json};

use super::{call, create, describe, scopes_of};
use crate::world::{App, FOREIGN_POOL, POOL, Setup, Tool, UNKNOWN_POOL, UNTRACKED_POOL, registry};

fn unknown(identifier: &str) -> (&'static str, String) {
    let message = format!("Resource server {identifier} does not exist.");
    ("ResourceNotFoundException", message)
}

#[test]
fn a_resource_server_shows_its_scopes_if_it_has_any() {
    let app = App::with_devices();
    let server = create(&app, "https://api.example.com/", &["read", "write:all"]);
    let expected = json!({"UserPoolId": POOL, "Identifier": "https://api.example.com/", "Name": "api",
        "Scopes": scopes_of(&["read", "write:all"])});
    assert_eq!(server, expected);
    assert_eq!(describe(&app, "https://api.example.com/"), expected);
    let plain = call(
        &app,
        "CreateResourceServer",
        json!({"Identifier": "plain", "Name": "p"}),
    );
    let expected = json!({"UserPoolId": POOL, "Identifier": "plain", "Name": "p"});
    assert_eq!(plain.ok()["ResourceServer"], expected);
    assert_eq!(create(&app, "empty", &[]).get("Scopes"), None);
}

#[test]
fn an_identifier_is_taken_once_in_a_pool() {
    let app = App::with_devices();
    create(&app, "shop", &["read"]);
    call(
        &app,
        "CreateResourceServer",
        json!({"Identifier": "shop", "Name": "other"}),
    )
    .refused(
        "InvalidParameterException",
        "shop already exists in user pool us-east-1_Test00001.",
    );
    assert_eq!(describe(&app, "shop")["Name"], "api");
    let elsewhere = json!({"Identifier": "shop", "Name": "other", "UserPoolId": UNTRACKED_POOL});
    call(&app, "CreateResourceServer", elsewhere).ok();
    create(&app, "Shop", &[]);
}

#[test]
fn an_update_replaces_name_and_scopes() {
    let app = App::with_devices();
    create(&app, "shop", &["read", "write"]);
    let update = |input: Value| call(&app, "UpdateResourceServer", input);
    let input = json!({"Identifier": "shop", "Name": "Shop", "Scopes": scopes_of(&["buy"])});
    let changed = update(input).ok()["ResourceServer"].clone();
    let expected = json!({"UserPoolId": POOL, "Identifier": "shop", "Name": "Shop", "Scopes": scopes_of(&["buy"])});
    assert_eq!(changed, expected);
    update(json!({"Identifier": "shop", "Name": "Shop"})).ok();
    let expected = json!({"UserPoolId": POOL, "Identifier": "shop", "Name": "Shop"});
    assert_eq!(describe(&app, "shop"), expected, "scopes left out are none");
}

#[test]
fn an_unknown_resource_server_is_refused() {
    let app = App::with_devices();
    create(&app, "elsewhere", &[]);
    for operation in [
        "DescribeResourceServer",
        "UpdateResourceServer",
        "DeleteResourceServer",
    ] {
        let mut input = json!({"Identifier": "nothing"});
        if operation == "UpdateResourceServer" {
            input["Name"] = json!("n");
        }
        let (code, message) = unknown("nothing");
        call(&app, operation, input.clone()).refused(code, &message);
        input["Identifier"] = json!("elsewhere");
        input["UserPoolId"] = json!(UNTRACKED_POOL);
        let (code, message) = unknown("elsewhere");
        call(&app, operation, input.clone()).refused(code, &message);
        input["UserPoolId"] = json!(UNKNOWN_POOL);
        call(&app, operation, input.clone()).refused(
            "ResourceNotFoundException",
            "User pool us-east-1_Nowhere01 does not exist.",
        );
        input["UserPoolId"] = json!(FOREIGN_POOL);
        call(&app, operation, input).refused(
            "NotAuthorizedException",
            &format!("Not authorized to access user pool {FOREIGN_POOL}."),
        );
    }
    let answer = call(
        &app,
        "DeleteResourceServer",
        json!({"Identifier": "elsewhere"}),
    );
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    let (code, message) = unknown("elsewhere");
    call(
        &app,
        "DeleteResourceServer",
        json!({"Identifier": "elsewhere"}),
    )
    .refused(code, &message);
}

#[test]
fn resource_servers_are_listed_by_identifier_page_by_page() {
    let app = App::with_devices();
    let identifiers: Vec<String> = (0..51).map(|number| format!("api-{number:02}")).collect();
    for identifier in identifiers.iter().rev() {
        create(&app, identifier, &[]);
    }
    let page = |input: Value| {
        let answer = call(&app, "ListResourceServers", input).ok();
        let listed = answer["ResourceServers"].as_array().unwrap();
        let names = listed
            .iter()
            .map(|one| one["Identifier"].as_str().unwrap().to_owned());
        (names.collect::<Vec<_>>(), answer.get("NextToken").cloned())
    };
    let (first, token) = page(json!({}));
    assert_eq!(first, identifiers[..50]);
    assert_eq!(
        page(json!({"NextToken": token})),
        (identifiers[50..].to_vec(), None)
    );
    let (first, token) = page(json!({"MaxResults": 2}));
    assert_eq!(first, identifiers[..2]);
    let (second, _) = page(json!({"MaxResults": 1, "NextToken": token}));
    assert_eq!(second, identifiers[2..3]);
    for input in [
        json!({"NextToken": token, "UserPoolId": UNTRACKED_POOL}),
        json!({"NextToken": "nonsense"}),
    ] {
        call(&app, "ListResourceServers", input).refused(
            "InvalidParameterException",
            "Invalid pagination token given.",
        );
    }
    let (code, _) = call(&app, "ListResourceServers", json!({"MaxResults": 0})).refusal();
    assert_eq!(code, "InvalidParameterException");
}

#[test]
fn a_pool_has_at_most_three_hundred_resource_servers() {
    let app = Setup::new().seeded(registry()).on_disk().start();
    create(&app, "first", &[]);
    app.file()
        .execute_batch(
            "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 299)
             INSERT INTO resource_servers (pool, identifier, name, scopes) SELECT 1, 's' || n, 'n', '[]' FROM number",
        )
        .unwrap();
    let more = json!({"Identifier": "more", "Name": "n"});
    call(&app, "CreateResourceServer", more.clone()).refused(
        "LimitExceededException",
        "The user pool has the maximum number of resource servers.",
    );
    call(&app, "DeleteResourceServer", json!({"Identifier": "first"})).done();
    call(&app, "CreateResourceServer", more).ok();
}

#[test]
fn a_seed_and_an_export_have_the_resource_servers() {
    let servers = json!([
        {"Identifier": "a", "Name": "first"},
        {"Identifier": "b", "Name": "second", "Scopes": scopes_of(&["read"])},
    ]);
    let mut seed = registry();
    seed["UserPools"][0]["ResourceServers"] = servers.clone();
    let tool = Tool::new();
    tool.apply_seed(&seed);
    assert_eq!(tool.run("seed export copy.json").code, 0);
    let copy = std::fs::read(tool.path("copy.json")).unwrap();
    let copy: Value = serde_json::from_slice(&copy).unwrap();
    assert_eq!(copy["UserPools"][0]["ResourceServers"], servers);
    let again = tool.run("seed apply copy.json");
    assert!(again.stdout.contains("0 created, 0 updated"), "{again:?}");
    let listed =
        json!({"ResourceServers": [{"UserPoolId": POOL, "Identifier": "b", "Name": "second"}]});
    tool.write_json("listed.json", &listed);
    let changed = tool.run("seed apply listed.json");
    assert!(
        changed.stdout.contains("0 created, 1 updated"),
        "{changed:?}"
    );
    for (server, why) in [
        (
            json!({"Name": "n"}),
            "ResourceServers[0]: Identifier is missing",
        ),
        (
            json!({"Identifier": "c"}),
            "ResourceServers[0]: Name is missing",
        ),
        (
            json!({"Identifier": "c", "Name": "n", "Scopes": scopes_of(&["x", "x"])}),
            "ResourceServers[0]: Scope x is given more than once.",
        ),
    ] {
        let seed = json!({"UserPool": {"Id": POOL}, "ResourceServers": [server]});
        tool.write_json("bad.json", &seed);
        let outcome = tool.run("seed apply bad.json");
        assert!(
            outcome.code == 3 && outcome.stderr.contains(why),
            "{outcome:?}"
        );
    }
    assert_eq!(tool.run("check --deep").code, 0);
}
