//! The two secrets that an app client may have at a time.

use std::time::Duration;

use serde_json::{Value, json};

use super::{call, create, describe, update};
use crate::world::{
    Answer, App, AppClient, FLOWS, FOREIGN_POOL, NOW, NOW_MS, PASSWORD, POOL, Pool, Setup, Tool,
    UNTRACKED_POOL, User, WEB, WITH_SECRET, access_token, initiate, registry, secret_hash, sign_in,
    sign_in_by_srp, token,
};

/// A secret that an app brings along.
const BROUGHT: &str = "brought_along_0123456789";

fn start() -> App {
    Pool::new(POOL)
        .client(WITH_SECRET)
        .client(WEB)
        .user(User::new("ana").password(PASSWORD))
        .start()
}

fn add(app: &App, id: &str, input: Value) -> Answer {
    let mut input = input;
    input["ClientId"] = id.into();
    call(app, "AddUserPoolClientSecret", input)
}

fn added(app: &App, id: &str, input: Value) -> Value {
    add(app, id, input).ok()["ClientSecretDescriptor"].clone()
}

fn delete(app: &App, id: &str, secret: &Value) -> Answer {
    let input = json!({"ClientId": id, "ClientSecretId": secret});
    call(app, "DeleteUserPoolClientSecret", input)
}

fn list(app: &App, id: &str) -> Value {
    let listed = call(app, "ListUserPoolClientSecrets", json!({"ClientId": id})).ok();
    assert_eq!(listed.get("NextToken"), None);
    listed["ClientSecrets"].clone()
}

fn with(secret: &str) -> AppClient<'_> {
    WITH_SECRET.with_secret(secret)
}

/// Whether every way to show that one knows the client's secret accepts this one.
fn opens(app: &App, secret: &str) -> bool {
    let client = with(secret);
    let signed_in = sign_in_by_srp(app, client, "ana", PASSWORD, &[]);
    let trusted = sign_in(app, WITH_SECRET.with_secret(BROUGHT), "ana");
    let refresh_token = token(&trusted, "RefreshToken");
    let hash = secret_hash(secret, "ana", client.id);
    let parameters = json!({"REFRESH_TOKEN": refresh_token, "SECRET_HASH": hash});
    let by_token = |operation: &str, member: &str| {
        let input = json!({"ClientId": client.id, "ClientSecret": secret, member: refresh_token});
        app.call_open(operation, &input)
    };
    let answers = [
        signed_in,
        initiate(app, client, "REFRESH_TOKEN_AUTH", parameters),
        by_token("GetTokensFromRefreshToken", "RefreshToken"),
        by_token("RevokeToken", "Token"),
    ];
    let accepted = answers.iter().filter(|answer| answer.status == 200).count();
    let refusals = answers
        .each_ref()
        .map(|answer| answer.json()["message"].clone());
    assert!([0, answers.len()].contains(&accepted), "{refusals:?}");
    accepted > 0
}

#[test]
fn both_secrets_open_whatever_asks_for_the_secret_until_one_is_deleted() {
    let app = start();
    let first = WITH_SECRET.secret.unwrap();
    let second = added(&app, WITH_SECRET.id, json!({"ClientSecret": BROUGHT}));
    assert!(opens(&app, first) && opens(&app, BROUGHT));
    assert!(!opens(&app, "neither_one_nor_the_other"));
    let before = access_token(&sign_in(&app, WITH_SECRET, "ana"));
    let ids: Vec<Value> = (list(&app, WITH_SECRET.id).as_array().unwrap().iter())
        .map(|secret| secret["ClientSecretId"].clone())
        .collect();
    assert_eq!(ids[1], second["ClientSecretId"]);
    assert_eq!(delete(&app, WITH_SECRET.id, &ids[0]).ok(), json!({}));
    assert!(opens(&app, BROUGHT) && !opens(&app, first));
    // Tokens that were given stay valid.
    app.call_open("GetUser", &json!({"AccessToken": before}))
        .ok();
    // A new one takes the place.
    let third = added(&app, WITH_SECRET.id, json!({}));
    let drawn = third["ClientSecretValue"].as_str().unwrap();
    assert!(opens(&app, drawn) && opens(&app, BROUGHT));
    assert_eq!(
        delete(&app, WITH_SECRET.id, &third["ClientSecretId"]).ok(),
        json!({})
    );
    assert!(!opens(&app, drawn) && opens(&app, BROUGHT));
}

#[test]
fn a_secret_is_told_once_if_it_was_drawn_and_never_if_it_was_brought_along() {
    let app = App::with_devices();
    let client = create(&app, json!({"ClientName": "c", "GenerateSecret": true}));
    let id = client["ClientId"].as_str().unwrap();
    let first = json!({"ClientSecretId": format!("{id}--{NOW_MS}"), "ClientSecretCreateDate": NOW});
    assert_eq!(list(&app, id), json!([first]));
    // Made in the same millisecond as the client, and nevertheless a secret with an id of its own.
    let drawn = added(&app, id, json!({}));
    let value = drawn["ClientSecretValue"].as_str().unwrap();
    assert_eq!(value.len(), 51);
    let mut second = json!({"ClientSecretId": format!("{id}--{}", NOW_MS + 1), "ClientSecretCreateDate": NOW + 0.001});
    assert_eq!(list(&app, id), json!([first, second]));
    second["ClientSecretValue"] = value.into();
    assert_eq!(drawn, second);

    assert_eq!(delete(&app, id, &first["ClientSecretId"]).status, 200);
    app.clock.advance(Duration::from_mins(1));
    let brought = added(&app, id, json!({"ClientSecret": BROUGHT}));
    assert_eq!(
        brought,
        json!({"ClientSecretId": format!("{id}--{}", NOW_MS + 60_000), "ClientSecretCreateDate": NOW + 60.0})
    );
    second.as_object_mut().unwrap().remove("ClientSecretValue");
    assert_eq!(list(&app, id), json!([second, brought]));
}

#[test]
fn the_older_secret_is_the_one_that_the_client_shows() {
    let app = App::with_devices();
    let client = create(&app, json!({"ClientName": "c", "GenerateSecret": true}));
    let id = client["ClientId"].as_str().unwrap();
    app.clock.advance(Duration::from_mins(1));
    added(&app, id, json!({"ClientSecret": BROUGHT}));
    let mut expected = client.clone();
    expected["LastModifiedDate"] = json!(NOW + 60.0);
    assert_eq!(describe(&app, &client["ClientId"]), expected);
    // An update keeps both.
    assert_eq!(update(&app, &client["ClientId"], json!({})), expected);
    let secrets = list(&app, id);
    app.clock.advance(Duration::from_mins(1));
    assert_eq!(delete(&app, id, &secrets[0]["ClientSecretId"]).status, 200);
    expected["ClientSecret"] = json!(BROUGHT);
    expected["LastModifiedDate"] = json!(NOW + 120.0);
    assert_eq!(describe(&app, &client["ClientId"]), expected);
    assert_eq!(list(&app, id), json!([secrets[1]]));
}

#[test]
fn what_cannot_be_done_with_secrets() {
    let app = App::with_devices();
    let client = create(&app, json!({"ClientName": "c", "GenerateSecret": true}));
    let id = client["ClientId"].as_str().unwrap();
    let only = list(&app, id)[0]["ClientSecretId"].clone();
    delete(&app, id, &only).refused(
        "InvalidParameterException",
        "The last client secret cannot be deleted.",
    );
    added(&app, id, json!({}));
    let two = list(&app, id);
    for more in [json!({}), json!({"ClientSecret": BROUGHT})] {
        add(&app, id, more).refused(
            "LimitExceededException",
            "Client secrets cannot exceed limit of 2 secrets.",
        );
    }
    for unknown in ["nonsense", &format!("{id}--0"), &format!("other--{NOW_MS}")] {
        delete(&app, id, &json!(unknown))
            .refused("ResourceNotFoundException", "Client secret does not exist.");
    }
    let token = json!({"ClientId": id, "NextToken": "nonsense"});
    call(&app, "ListUserPoolClientSecrets", token).refused(
        "InvalidParameterException",
        "Invalid pagination token given.",
    );
    for short in ["too_short", "with-dashes-in-it-0123456789"] {
        let (code, message) = add(&app, id, json!({"ClientSecret": short})).refusal();
        assert_eq!(code, "InvalidParameterException");
        assert!(
            message.contains("at 'clientSecret' failed to satisfy constraint"),
            "{message}"
        );
        assert!(!message.contains(short), "{message}");
    }
    assert_eq!(list(&app, id), two);

    let public = create(&app, json!({"ClientName": "public"}));
    let public = public["ClientId"].as_str().unwrap();
    add(&app, public, json!({})).refused(
        "InvalidParameterException",
        &format!("User pool client {public} does not have a client secret."),
    );
    assert_eq!(list(&app, public), json!([]));
    assert_eq!(
        delete(&app, public, &only).refusal().0,
        "ResourceNotFoundException"
    );
}

#[test]
fn secrets_are_those_of_a_client_of_the_pool() {
    let app = App::with_devices();
    let client = create(&app, json!({"ClientName": "c", "GenerateSecret": true}));
    for operation in [
        "AddUserPoolClientSecret",
        "DeleteUserPoolClientSecret",
        "ListUserPoolClientSecrets",
    ] {
        let input = |pool: &str, client: &Value| json!({"UserPoolId": pool, "ClientId": client, "ClientSecretId": "any"});
        for (pool, client) in [
            (POOL, &json!("nobody")),
            (UNTRACKED_POOL, &client["ClientId"]),
        ] {
            call(&app, operation, input(pool, client)).refused(
                "ResourceNotFoundException",
                &format!(
                    "User pool client {} does not exist.",
                    client.as_str().unwrap()
                ),
            );
        }
        // These operations do not declare NotAuthorizedException.
        call(&app, operation, input(FOREIGN_POOL, &client["ClientId"])).refused(
            "AccessDeniedException",
            &format!("Not authorized to access user pool {FOREIGN_POOL}."),
        );
    }
}

#[test]
fn secrets_survive_a_restart() {
    let app = Setup::new().on_disk().seeded(registry()).start();
    let client = create(&app, json!({"ClientName": "c", "GenerateSecret": true}));
    let id = client["ClientId"].as_str().unwrap();
    added(&app, id, json!({}));
    let both = list(&app, id);
    let app = app.stop().start();
    assert_eq!(list(&app, id), both);
}

#[test]
fn a_seed_says_which_secrets_a_client_has_and_since_when() {
    let (here, there) = (Tool::new(), Tool::new());
    let mut seed = json!({
        "UserPool": {"Id": POOL},
        "Clients": [{
            "ClientId": "app", "ClientSecret": BROUGHT, "CreationDate": 1_715_100_742.022, "ExplicitAuthFlows": FLOWS,
            "ClientSecrets": [
                {"ClientSecretValue": BROUGHT, "ClientSecretCreateDate": "2026-01-30T10:00:00Z"},
                {"ClientSecretId": "app--1769770800000", "ClientSecretValue": "younger_secret_0123456789",
                    "ClientSecretCreateDate": 1_769_770_800},
            ],
        }],
    });
    assert_eq!(here.apply_seed(&seed), "2 created, 0 updated, 0 unchanged");
    assert_eq!(here.apply_seed(&seed), "0 created, 0 updated, 2 unchanged");
    let exported = here.export();
    let secrets = &exported["UserPools"][0]["Clients"][0]["ClientSecrets"];
    assert_eq!(
        secrets,
        &json!([
            {"ClientSecretId": "app--1769767200000", "ClientSecretValue": BROUGHT, "ClientSecretCreateDate": 1_769_767_200.0},
            {"ClientSecretId": "app--1769770800000", "ClientSecretValue": "younger_secret_0123456789",
                "ClientSecretCreateDate": 1_769_770_800.0},
        ])
    );
    assert_eq!(
        there.apply_seed(&exported),
        "2 created, 0 updated, 0 unchanged"
    );
    assert_eq!(there.export(), exported);
    assert_eq!(there.run("check --deep").code, 0);

    // A seed that lists no secrets leaves them, as long as it names the one that the client shows.
    let client = &mut seed["Clients"][0];
    let listed = client.as_object_mut().unwrap().remove("ClientSecrets");
    assert_eq!(here.apply_seed(&seed), "0 created, 0 updated, 2 unchanged");
    seed["Clients"][0]["ClientSecret"] = json!("another_secret_0123456789");
    assert_eq!(here.apply_seed(&seed), "0 created, 1 updated, 1 unchanged");
    let exported = here.export();
    assert_eq!(
        exported["UserPools"][0]["Clients"][0].get("ClientSecrets"),
        None
    );

    seed["Clients"][0]["ClientSecrets"] = listed.unwrap();
    refused(
        &here,
        &seed,
        "the first secret is not the client's ClientSecret",
    );
    seed["Clients"][0]["ClientSecret"] = json!(BROUGHT);
    let mut mistaken = |list: Value, why: &str| {
        seed["Clients"][0]["ClientSecrets"] = list;
        refused(&here, &seed, why);
    };
    let secret = |value: &str, date: i64| json!({"ClientSecretValue": value, "ClientSecretCreateDate": date});
    let order = "at most two secrets are expected, the older one first";
    mistaken(json!([secret(BROUGHT, 2), secret(BROUGHT, 2)]), order);
    mistaken(
        json!([secret(BROUGHT, 1), secret(BROUGHT, 2), secret(BROUGHT, 3)]),
        order,
    );
    mistaken(
        json!([{"ClientSecretValue": BROUGHT}]),
        "ClientSecretCreateDate is missing",
    );
    mistaken(
        json!([{"ClientSecretCreateDate": 1}]),
        "ClientSecretValue is missing",
    );
    mistaken(json!("none"), "a list is expected here");
    let mut misnamed = secret(BROUGHT, 1);
    misnamed["ClientSecretId"] = json!("app--1");
    mistaken(
        json!([misnamed]),
        "ClientSecretId does not follow from the client and the date",
    );
}

#[track_caller]
fn refused(tool: &Tool, seed: &Value, why: &str) {
    tool.write_json("wrong.json", seed);
    let outcome = tool.run("seed apply wrong.json");
    assert_eq!(outcome.code, 3, "{outcome:?}");
    let place = "wrong.json: Clients[0].ClientSecrets";
    assert!(
        outcome.stderr.contains(&format!("{place}: {why}")),
        "{outcome:?}"
    );
}
