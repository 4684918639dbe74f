//! Passwords: the policy, the status that follows, what is kept of them, and seeds.

use serde_json::{Value, json};

use crate::app::{App, FOREIGN_POOL, POOL, Setup};
use crate::tool::{Tool, bytes};

/// Passwords of these tests, which must appear nowhere in the clear.
const PERMANENT: &str = "Tulip-Kettle-4417";
const TEMPORARY: &str = "Walnut-Bridge-9052";

fn input(password: &str, permanent: Value) -> Value {
    json!({"UserPoolId": POOL, "Username": "ana", "Password": password, "Permanent": permanent})
}

fn seed(user: Value) -> Value {
    json!({"UserPool": {"Id": POOL}, "Users": [user]})
}

fn status(app: &App) -> Value {
    let input = json!({"UserPoolId": POOL, "Username": "ana"});
    app.call("AdminGetUser", &input).ok()["UserStatus"].clone()
}

#[test]
fn the_status_follows_the_password() {
    let app = Setup::new()
        .seeded(seed(json!({"Username": "ana"})))
        .start();
    for (permanent, expected) in [
        (json!(false), "FORCE_CHANGE_PASSWORD"),
        (json!(true), "CONFIRMED"),
        (Value::Null, "FORCE_CHANGE_PASSWORD"),
    ] {
        app.clock.advance(std::time::Duration::from_secs(1));
        let answer = app.call("AdminSetUserPassword", &input(PERMANENT, permanent));
        assert_eq!(answer.ok(), json!({}));
        assert_eq!(status(&app), expected);
    }
    let shown = app.call(
        "AdminGetUser",
        &json!({"UserPoolId": POOL, "Username": "ana"}),
    );
    assert_eq!(shown.ok()["UserLastModifiedDate"], 1_795_357_383.5);
}

#[test]
fn the_policy_refuses_for_one_reason_at_a_time() {
    let app = Setup::new()
        .seeded(seed(json!({"Username": "ana"})))
        .start();
    for (password, why) in [
        ("aA1!", "Password not long enough"),
        ("ABCDEFGH", "Password must have lowercase characters"),
        ("abcdefgh", "Password must have uppercase characters"),
        ("Abcdefgh", "Password must have numeric characters"),
        ("Abcdefg1", "Password must have symbol characters"),
    ] {
        app.call("AdminSetUserPassword", &input(password, json!(true)))
            .refused(
                "InvalidPasswordException",
                &format!("Password did not conform with policy: {why}"),
            );
    }
    app.call("AdminSetUserPassword", &input(&"aA1!".repeat(65), json!(true)))
        .refused(
            "InvalidParameterException",
            "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must have length less than \
             or equal to 256",
        );
    assert_eq!(
        app.call(
            "AdminSetUserPassword",
            &input(&"aA1!".repeat(64), json!(true))
        )
        .status,
        200
    );
}

#[test]
fn a_pool_s_own_policy_counts() {
    let policy = json!({"PasswordPolicy": {"MinimumLength": 6, "RequireNumbers": true}});
    let app = Setup::new()
        .seeded(
            json!({"UserPool": {"Id": POOL, "Policies": policy}, "Users": [{"Username": "ana"}]}),
        )
        .start();
    assert_eq!(
        app.call("AdminSetUserPassword", &input("abcde1", json!(true)))
            .status,
        200
    );
    app.call("AdminSetUserPassword", &input("abcdef", json!(true)))
        .refused(
            "InvalidPasswordException",
            "Password did not conform with policy: Password must have numeric characters",
        );
}

#[test]
fn who_is_not_there_has_no_password() {
    let app = App::with_devices();
    app.call("AdminSetUserPassword", &input(PERMANENT, json!(true)))
        .refused("UserNotFoundException", "User does not exist.");
    let mut foreign = input(PERMANENT, json!(true));
    foreign["UserPoolId"] = json!(FOREIGN_POOL);
    app.call("AdminSetUserPassword", &foreign).refused(
        "NotAuthorizedException",
        &format!("Not authorized to access user pool {FOREIGN_POOL}."),
    );
}

#[test]
fn a_seed_s_passwords_are_exported_as_verifiers_and_applied_again_without_a_change() {
    let (here, there) = (Tool::new(), Tool::new());
    let seed = json!({"UserPool": {"Id": POOL}, "Users": [
        {"Username": "ana", "Password": PERMANENT},
        {"Username": "ben", "TemporaryPassword": TEMPORARY},
        {"Username": "cleo"},
    ]});
    assert_eq!(here.apply_seed(&seed), "4 created, 0 updated, 0 unchanged");
    assert_eq!(here.apply_seed(&seed), "0 created, 0 updated, 4 unchanged");
    let exported = here.export();
    let users = &exported["UserPools"][0]["Users"];
    assert_eq!(users[0]["UserStatus"], "CONFIRMED");
    assert_eq!(users[1]["UserStatus"], "FORCE_CHANGE_PASSWORD");
    assert!(
        users[0]["PasswordVerifier"].is_string()
            && users[0].get("TemporaryPasswordSetDate").is_none()
    );
    assert!(users[1]["Salt"].is_string() && users[1]["TemporaryPasswordSetDate"].is_number());
    assert!(users[2].get("PasswordVerifier").is_none());
    let text = exported.to_string();
    assert!(!text.contains(PERMANENT) && !text.contains(TEMPORARY));
    assert_eq!(
        there.apply_seed(&exported),
        "4 created, 0 updated, 0 unchanged"
    );
    assert_eq!(there.export(), exported);
    assert_eq!(
        there.apply_seed(&exported),
        "0 created, 0 updated, 4 unchanged"
    );
    assert_eq!(
        there.apply_seed(&seed),
        "0 created, 0 updated, 4 unchanged",
        "it is still the same password"
    );
    let mut other = seed;
    other["Users"][0]["Password"] = json!("Another-Password-1");
    other["Users"][1] = json!({"Username": "ben", "Password": TEMPORARY});
    assert_eq!(
        there.apply_seed(&other),
        "0 created, 2 updated, 2 unchanged"
    );
    assert_eq!(
        there.export()["UserPools"][0]["Users"][1]["UserStatus"],
        "CONFIRMED"
    );
    for path in [
        here.path("data/poolhouse.db"),
        there.path("data/poolhouse.db"),
    ] {
        let text = String::from_utf8_lossy(&bytes(&path)).into_owned();
        assert!(!text.contains(PERMANENT) && !text.contains(TEMPORARY));
    }
}

#[test]
fn a_seed_s_mistakes_in_passwords_are_told() {
    let verifier = "a user has either Password, TemporaryPassword, or PasswordVerifier and Salt";
    for (user, why) in [
        (
            json!({"Password": "short"}),
            "Password did not conform with policy: Password not long enough",
        ),
        (
            json!({"TemporaryPassword": "alllowercase"}),
            "Password did not conform with policy: Password must have uppercase characters",
        ),
        (
            json!({"Password": "Abcdef1! x"}),
            "a password has at most 256 characters, none of them white space",
        ),
        (json!({"Password": 1}), "Password is a string"),
        (
            json!({"Password": PERMANENT, "TemporaryPassword": TEMPORARY}),
            verifier,
        ),
        (
            json!({"Password": PERMANENT, "PasswordVerifier": "AQ==", "Salt": "AQ=="}),
            verifier,
        ),
        (
            json!({"PasswordVerifier": "AQ==", "Salt": "?"}),
            "PasswordVerifier and Salt are not those of an export",
        ),
        (
            json!({"PasswordVerifier": "AQ==", "Salt": ""}),
            "PasswordVerifier and Salt are not those of an export",
        ),
    ] {
        let tool = Tool::new();
        let mut named = json!({"Username": "ana"});
        named
            .as_object_mut()
            .unwrap()
            .extend(user.as_object().unwrap().clone());
        tool.write_json("seed.json", &seed(named));
        let outcome = tool.run("seed apply seed.json");
        assert_eq!(outcome.code, 3);
        assert_eq!(
            outcome.stderr.trim_end(),
            format!("poolhouse: seed: seed.json: Users[0]: {why}")
        );
    }
}

#[test]
fn no_password_is_in_the_file_nor_in_the_log() {
    let tool = Tool::new();
    tool.write_json(
        "seed.json",
        &seed(json!({"Username": "ana", "Password": TEMPORARY})),
    );
    let mut server = tool.serve("--seed seed.json --limits off --log-format json");
    let client = crate::app::Client::of(server.told("Listening"));
    let set = client.call("AdminSetUserPassword", &input(PERMANENT, json!(true)));
    assert_eq!(set.status, 200);
    let create = json!({"UserPoolId": POOL, "Username": "ben", "TemporaryPassword": PERMANENT});
    assert_eq!(client.call("AdminCreateUser", &create).status, 200);
    let mut refused = create;
    refused["TemporaryPassword"] = json!("walnut-bridge");
    client.call("AdminCreateUser", &refused);
    refused["MessageAction"] = json!("RESEND");
    client.call("AdminCreateUser", &refused);
    client.call("AdminSetUserPassword", &input("walnut-bridge", json!(true)));
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    let log = server.rest();
    assert!(
        log.contains("AdminSetUserPassword") && log.contains("AdminCreateUser"),
        "{log}"
    );
    let file = String::from_utf8_lossy(&bytes(&tool.path("data/poolhouse.db"))).into_owned();
    for password in [PERMANENT, TEMPORARY, "walnut-bridge"] {
        assert!(
            !log.contains(password) && !file.contains(password),
            "{password}"
        );
    }
}
