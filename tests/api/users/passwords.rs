//! Passwords: the policy, the status that follows, what is kept of them, and seeds.

use serde_json::{Value, json};

use crate::world::{
    App, FOREIGN_POOL, NO_USER, PASSWORD, POOL, Pool, Setup, TEMPORARY, Tool, User, WEB,
    WRONG_PASSWORD, bytes, merge, sign_in_by_password,
};

fn input(password: &str, permanent: Value) -> Value {
    json!({"UserPoolId": POOL, "Username": "ana", "Password": password, "Permanent": permanent})
}

fn seed(user: Value) -> Value {
    json!({"UserPool": {"Id": POOL}, "Users": [user]})
}

#[test]
fn the_status_follows_the_password() {
    let app = Pool::new(POOL).user(User::new("ana")).start();
    for (permanent, expected) in [
        (json!(false), "FORCE_CHANGE_PASSWORD"),
        (json!(true), "CONFIRMED"),
        (Value::Null, "FORCE_CHANGE_PASSWORD"),
    ] {
        app.seconds_pass(1);
        let answer = app.call("AdminSetUserPassword", &input(PASSWORD, permanent));
        assert_eq!(answer.ok(), json!({}));
        assert_eq!(app.user("ana")["UserStatus"], expected);
    }
    assert_eq!(app.user("ana")["UserLastModifiedDate"], 1_795_357_383.5);
}

#[test]
fn the_policy_refuses_for_one_reason_at_a_time() {
    let app = Pool::new(POOL).user(User::new("ana")).start();
    for (password, why) in [
        ("aA1!", "Password not long enough"),
        ("ABCDEFGH", "Password must have lowercase characters"),
        ("abcdefgh", "Password must have uppercase characters"),
        ("Abcdefgh", "Password must have numeric characters"),
        ("Abcdefg1", "Password must have symbol characters"),
    ] {
        app.set_password(POOL, "ana", password, true).refused(
            "InvalidPasswordException",
            &format!("Password did not conform with policy: {why}"),
        );
    }
    app.set_password(POOL, "ana", &"aA1!".repeat(65), true)
        .refused(
            "InvalidParameterException",
            "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must have length less than \
             or equal to 256",
        );
    assert_eq!(
        app.set_password(POOL, "ana", &"aA1!".repeat(64), true)
            .status,
        200
    );
}

/// One rule for every password: the API's constraint for members of type `PasswordType`, the pool's policy for all others.
#[test]
fn white_space_stands_inside_a_password_and_not_at_its_ends() {
    let app = Pool::new(POOL)
        .client(WEB)
        .user(User::new("ana").password("Seed with 1 space"))
        .user(User::new("tom").temporary_password("Tom has 1 too"))
        .start();
    let sign_in =
        |username: &str, password: &str| sign_in_by_password(&app, WEB, username, password, &[]);
    let pattern = "^[\\S]+.*[\\S]+$";
    let long = "aA1!".repeat(65);
    for (operation, member, more) in [
        (
            "AdminSetUserPassword",
            "Password",
            json!({"UserPoolId": POOL, "Username": "ana"}),
        ),
        (
            "AdminCreateUser",
            "TemporaryPassword",
            json!({"UserPoolId": POOL, "Username": "eve"}),
        ),
        (
            "ChangePassword",
            "ProposedPassword",
            json!({"AccessToken": "a.b.c", "PreviousPassword": "Seed with 1 space"}),
        ),
        (
            "ChangePassword",
            "PreviousPassword",
            json!({"AccessToken": "a.b.c", "ProposedPassword": "Seed with 1 space"}),
        ),
    ] {
        let path = format!("{}{}", &member[..1].to_lowercase(), &member[1..]);
        let refused = |password: &str, what: &str| {
            let mut input = more.clone();
            input[member] = json!(password);
            let message = format!(
                "1 validation error detected: Value at '{path}' failed to satisfy constraint: Member must {what}"
            );
            app.call(operation, &input)
                .refused("InvalidParameterException", &message);
        };
        for password in [
            " Abcdef1!",
            "Abcdef1! ",
            "Abcdef1!\n",
            "\tAbcdef1!",
            "Abc\ndef1!",
            "",
        ] {
            refused(
                password,
                &format!("satisfy regular expression pattern: {pattern}"),
            );
        }
        refused(&long, "have length less than or equal to 256");
    }
    for (username, password) in [
        ("ana", " Seed with 1 space"),
        ("ana", &long),
        ("ana", "Seed\twith 1 space"),
    ] {
        sign_in(username, password).refused_as(WRONG_PASSWORD);
    }
    let session = sign_in("tom", "Tom has 1 too").ok()["Session"].clone();
    let answer = |password: &str| {
        let responses = json!({"USERNAME": "tom", "NEW_PASSWORD": password});
        let input = json!({"ClientId": WEB.id, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": session, "ChallengeResponses": responses});
        app.call("RespondToAuthChallenge", &input)
    };
    for password in [" Abcdef1!", "Abcdef1!\t", "Abc\ndef1!"] {
        let why = format!(
            "Password did not conform with policy: Password must satisfy regular expression pattern: {pattern}"
        );
        answer(password).refused("InvalidPasswordException", &why);
    }
    answer(&format!("aA1!{}", "x".repeat(5000))).refused(
        "InvalidPasswordException",
        "Password did not conform with policy: Password must have length less than or equal to 256",
    );
    let given = answer("Tom \t keeps 1").ok();
    let token = &given["AuthenticationResult"]["AccessToken"];
    let change = json!({"AccessToken": token, "PreviousPassword": "Tom \t keeps 1", "ProposedPassword": "Tom has 2 now"});
    assert_eq!(app.call("ChangePassword", &change).ok(), json!({}));
    assert_eq!(sign_in("tom", "Tom has 2 now").status, 200);
    app.set_password(POOL, "ana", "Ana has 1 too", true).ok();
    assert_eq!(sign_in("ana", "Ana has 1 too").status, 200);
}

#[test]
fn a_pool_s_own_policy_counts() {
    let policy = json!({"PasswordPolicy": {"MinimumLength": 6, "RequireNumbers": true}});
    let app = Setup::new()
        .seeded(
            json!({"UserPool": {"Id": POOL, "Policies": policy}, "Users": [{"Username": "ana"}]}),
        )
        .start();
    assert_eq!(app.set_password(POOL, "ana", "abcde1", true).status, 200);
    app.set_password(POOL, "ana", "abcdef", true).refused(
        "InvalidPasswordException",
        "Password did not conform with policy: Password must have numeric characters",
    );
}

#[test]
fn who_is_not_there_has_no_password() {
    let app = App::with_devices();
    app.set_password(POOL, "ana", PASSWORD, true)
        .refused_as(NO_USER);
    let mut foreign = input(PASSWORD, json!(true));
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
        {"Username": "ana", "Password": PASSWORD},
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
    assert!(!text.contains(PASSWORD) && !text.contains(TEMPORARY));
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
        assert!(!text.contains(PASSWORD) && !text.contains(TEMPORARY));
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
            json!({"Password": "Abcdef1! x "}),
            "Password did not conform with policy: Password must satisfy regular expression pattern: ^[\\S]+.*[\\S]+$",
        ),
        (
            json!({"TemporaryPassword": "aA1!".repeat(65)}),
            "Password did not conform with policy: Password must have length less than or equal to 256",
        ),
        (json!({"Password": 1}), "Password is a string"),
        (
            json!({"Password": PASSWORD, "TemporaryPassword": TEMPORARY}),
            verifier,
        ),
        (
            json!({"Password": PASSWORD, "PasswordVerifier": "AQ==", "Salt": "AQ=="}),
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
        merge(&mut named, user);
        tool.write_json("seed.json", &seed(named));
        let outcome = tool.run("seed apply --create seed.json");
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
    let client = server.client();
    let set = client.call("AdminSetUserPassword", &input(PASSWORD, json!(true)));
    assert_eq!(set.status, 200);
    let create = json!({"UserPoolId": POOL, "Username": "ben", "TemporaryPassword": PASSWORD});
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
    for password in [PASSWORD, TEMPORARY, "walnut-bridge"] {
        assert!(
            !log.contains(password) && !file.contains(password),
            "{password}"
        );
    }
}
