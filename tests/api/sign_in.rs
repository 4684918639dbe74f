//! Signing in without a device: the flows, the challenges and their order, sessions, the lock after failed attempts, and what
//! nobody learns.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use poolhouse::ambient::ManualClock;
use serde_json::{Value, json};

use crate::app::{Answer, App, POOL, Setup};
use crate::srp_client::{
    AppClient, Exchange, Secret, access_token, initiate, respond, secret_hash, sign_in_by_password,
    sign_in_by_srp, timestamp, token, with,
};

const PASSWORD: &str = "Tulip-Kettle-4417";
const TEMPORARY: &str = "Walnut-Bridge-9052";
const NEW: &str = "Copper-Lantern-3381";
const ANA_SUB: &str = "34c84488-e0e1-40ae-92ee-991ad1a898c8";

/// Allows every flow with a password, and tells which users exist.
const WEB: AppClient<'_> = AppClient::new(POOL, "web00000000000000000000001");
/// Does not tell.
const DISCREET: AppClient<'_> = AppClient::new(POOL, "discreet000000000000000001");
const WITH_SECRET: AppClient<'_> =
    AppClient::new(POOL, "secret00000000000000000001").with_secret("0123456789abcdefghijklmnopqr");
/// Names no flow.
const SILENT: AppClient<'_> = AppClient::new(POOL, "silent00000000000000000001");
/// Allows refreshing alone.
const REFRESHING: AppClient<'_> = AppClient::new(POOL, "refresh0000000000000000001");

const EMAIL_POOL: &str = "us-east-1_Test00004";
const EMAIL_APP: AppClient<'_> = AppClient::new(EMAIL_POOL, "email000000000000000000001");
const EVA_SUB: &str = "9c8f2d7e-1b3a-4c5d-8e6f-0a1b2c3d4e5f";

const WRONG: (&str, &str) = ("NotAuthorizedException", "Incorrect username or password.");
const EXCEEDED: (&str, &str) = ("NotAuthorizedException", "Password attempts exceeded");
const NO_SESSION: (&str, &str) = ("NotAuthorizedException", "Invalid session for the user.");
const USED_SESSION: (&str, &str) = (
    "NotAuthorizedException",
    "Invalid session for the user, session can only be used once.",
);
const EXPIRED_SESSION: (&str, &str) = (
    "NotAuthorizedException",
    "Invalid session for the user, session is expired.",
);

fn setup() -> Setup {
    let flows = [
        "ALLOW_USER_SRP_AUTH",
        "ALLOW_USER_PASSWORD_AUTH",
        "ALLOW_ADMIN_USER_PASSWORD_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH",
    ];
    let client = |client: AppClient<'_>, more: Value| {
        let mut settings =
            json!({"ClientId": client.id, "ClientName": "app", "ExplicitAuthFlows": flows});
        for (name, value) in more.as_object().unwrap() {
            settings[name] = value.clone();
        }
        settings
    };
    let user = |name: &str, status: &str| json!({"Username": name, "UserStatus": status, "Password": PASSWORD});
    let attribute = |name: &str, value: &str| json!({"Name": name, "Value": value});
    Setup::new().seeded(json!({"UserPools": [
        {
            "UserPool": {"Id": POOL, "AliasAttributes": ["email"], "UsernameConfiguration": {"CaseSensitive": false},
                "Policies": {"PasswordPolicy": {"MinimumLength": 8, "RequireUppercase": true, "TemporaryPasswordValidityDays": 3}},
                "SchemaAttributes": [
                    {"Name": "nickname", "AttributeDataType": "String", "Required": true, "Mutable": true},
                    {"Name": "address", "AttributeDataType": "String", "Mutable": true},
                    {"Name": "email", "AttributeDataType": "String", "Mutable": true},
                    {"Name": "email_verified", "AttributeDataType": "Boolean", "Mutable": true},
                    {"Name": "custom:plan", "AttributeDataType": "String", "Mutable": false},
                ]},
            "Clients": [
                client(WEB, json!({"WriteAttributes": ["nickname", "address", "custom:plan"]})),
                client(DISCREET, json!({"PreventUserExistenceErrors": "ENABLED"})),
                client(WITH_SECRET, json!({"ClientSecret": WITH_SECRET.secret})),
                {"ClientId": SILENT.id, "ClientName": "silent"},
                {"ClientId": REFRESHING.id, "ClientName": "refreshing", "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"]},
            ],
            "Users": [
                {"Username": "Ana", "Password": PASSWORD, "UserAttributes": [attribute("sub", ANA_SUB),
                    attribute("nickname", "ana"), attribute("email", "ana@example.com"), attribute("email_verified", "true")]},
                {"Username": "ben", "Password": PASSWORD, "UserAttributes": [attribute("nickname", "ben")]},
                {"Username": "dora", "Password": PASSWORD, "Enabled": false},
                user("una", "UNCONFIRMED"),
                user("rita", "RESET_REQUIRED"),
                {"Username": "tom", "TemporaryPassword": TEMPORARY,
                    "UserAttributes": [attribute("email", "tom@example.com"), attribute("email_verified", "true")]},
                {"Username": "pia", "UserAttributes": [attribute("nickname", "has no password")]},
            ],
        },
        {
            "UserPool": {"Id": EMAIL_POOL, "UsernameAttributes": ["email"], "UsernameConfiguration": {"CaseSensitive": true}},
            "Clients": [client(EMAIL_APP, json!({"PreventUserExistenceErrors": "ENABLED"}))],
            "Users": [{"Username": EVA_SUB, "Password": PASSWORD, "UserAttributes": [attribute("sub", EVA_SUB),
                attribute("email", "eva@example.com"), attribute("email_verified", "true")]}],
        },
    ]}))
}

fn start() -> App {
    setup().start()
}

#[track_caller]
fn refused(answer: &Answer, (code, message): (&str, &str)) {
    answer.refused(code, message);
}

fn seconds(app: &App, seconds: u64) {
    app.clock.advance(Duration::from_secs(seconds));
}

fn by_admin(app: &App, client: AppClient<'_>, flow: &str, parameters: Value) -> Answer {
    app.call(
        "AdminInitiateAuth",
        &json!({"UserPoolId": client.pool, "ClientId": client.id, "AuthFlow": flow, "AuthParameters": parameters}),
    )
}

/// The answer to `USER_SRP_AUTH`.
fn begun(app: &App, client: AppClient<'_>, user: &str) -> Value {
    let parameters = json!({"USERNAME": user, "SRP_A": Exchange::new().srp_a()});
    initiate(app, client, "USER_SRP_AUTH", parameters).ok()
}

/// The right responses to it.
fn claim(app: &App, client: AppClient<'_>, asked: &Value, password: &str) -> Value {
    let parameters = &asked["ChallengeParameters"];
    let name = parameters["USER_ID_FOR_SRP"].as_str().unwrap();
    Exchange::new().claim(
        app,
        Secret::of_user(client.pool, name, password),
        parameters,
    )
}

fn verify(app: &App, client: AppClient<'_>, responses: Value) -> Answer {
    respond(app, client, "PASSWORD_VERIFIER", &Value::Null, responses)
}

fn new_password(app: &App, client: AppClient<'_>, asked: &Value, responses: Value) -> Answer {
    respond(app, client, "NEW_PASSWORD_REQUIRED", asked, responses)
}

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

fn set_password(app: &App, user: &str, password: &str, permanent: bool) {
    let input =
        json!({"UserPoolId": POOL, "Username": user, "Password": password, "Permanent": permanent});
    app.call("AdminSetUserPassword", &input).ok();
}

// ---- Flows ----

#[test]
fn every_flow_with_the_right_password_gives_the_same_answer() {
    let app = start();
    let password = json!({"USERNAME": "Ana", "PASSWORD": PASSWORD});
    for answer in [
        sign_in_by_srp(&app, WEB, "Ana", PASSWORD, &[]),
        sign_in_by_srp(&app, SILENT, "Ana", PASSWORD, &[]),
        sign_in_by_password(&app, WEB, "Ana", PASSWORD, &[]),
        by_admin(&app, WEB, "ADMIN_USER_PASSWORD_AUTH", password.clone()),
        by_admin(&app, WEB, "ADMIN_NO_SRP_AUTH", password),
    ] {
        let answer = answer.ok();
        assert_eq!(
            keys(&answer),
            ["AuthenticationResult", "ChallengeParameters"]
        );
        assert_eq!(answer["ChallengeParameters"], json!({}));
        let result = &answer["AuthenticationResult"];
        let members = [
            "AccessToken",
            "ExpiresIn",
            "IdToken",
            "RefreshToken",
            "TokenType",
        ];
        assert_eq!(keys(result), members);
        assert_eq!(result["ExpiresIn"], 3600);
        assert_eq!(result["TokenType"], "Bearer");
        let shown = app.call_open("GetUser", &json!({"AccessToken": access_token(&answer)}));
        assert_eq!(shown.ok()["Username"], "ana");
    }
}

#[test]
fn an_administrator_can_carry_on_the_exchange_too() {
    let app = start();
    let parameters = json!({"USERNAME": "Ana", "SRP_A": Exchange::new().srp_a()});
    let asked = by_admin(&app, WEB, "USER_SRP_AUTH", parameters).ok();
    let answer = app.call(
        "AdminRespondToAuthChallenge",
        &json!({"UserPoolId": POOL, "ClientId": WEB.id, "ChallengeName": "PASSWORD_VERIFIER",
            "ChallengeResponses": claim(&app, WEB, &asked, PASSWORD)}),
    );
    assert!(!access_token(&answer.ok()).is_empty());
}

#[test]
fn a_client_signs_nobody_in_by_a_flow_that_it_does_not_allow() {
    let app = start();
    let parameters = json!({"USERNAME": "Ana", "PASSWORD": PASSWORD, "SRP_A": "2"});
    for (flow, client, message) in [
        (
            "USER_SRP_AUTH",
            REFRESHING,
            "USER_SRP_AUTH is not enabled for the client.",
        ),
        (
            "USER_PASSWORD_AUTH",
            REFRESHING,
            "USER_PASSWORD_AUTH flow not enabled for this client",
        ),
        (
            "USER_PASSWORD_AUTH",
            SILENT,
            "USER_PASSWORD_AUTH flow not enabled for this client",
        ),
        (
            "CUSTOM_AUTH",
            WEB,
            "CUSTOM_AUTH is not enabled for the client.",
        ),
        (
            "CUSTOM_AUTH",
            SILENT,
            "Custom auth lambda trigger is not configured for the user pool.",
        ),
        ("USER_AUTH", WEB, "USER_AUTH is not enabled for the client."),
        (
            "ADMIN_USER_PASSWORD_AUTH",
            WEB,
            "Initiate Auth method not supported.",
        ),
        (
            "ADMIN_NO_SRP_AUTH",
            WEB,
            "Initiate Auth method not supported.",
        ),
    ] {
        let answer = initiate(&app, client, flow, parameters.clone());
        answer.refused("InvalidParameterException", message);
    }
    for client in [WEB, REFRESHING] {
        by_admin(&app, client, "USER_PASSWORD_AUTH", parameters.clone()).refused(
            "InvalidParameterException",
            "Initiate Auth method not supported.",
        );
    }
    for flow in [
        "USER_SRP_AUTH",
        "ADMIN_USER_PASSWORD_AUTH",
        "ADMIN_NO_SRP_AUTH",
        "CUSTOM_AUTH",
        "USER_AUTH",
    ] {
        by_admin(&app, REFRESHING, flow, parameters.clone()).refused(
            "InvalidParameterException",
            "Auth flow not enabled for this client",
        );
    }
}

#[test]
fn unknown_clients_and_pools_are_refused_as_such() {
    let app = start();
    let unknown = AppClient::new(POOL, "unknown0000000000000000001");
    let message = "User pool client unknown0000000000000000001 does not exist.";
    sign_in_by_password(&app, unknown, "Ana", PASSWORD, &[])
        .refused("ResourceNotFoundException", message);
    let parameters = json!({"USERNAME": "Ana", "PASSWORD": PASSWORD});
    by_admin(&app, unknown, "ADMIN_NO_SRP_AUTH", parameters.clone())
        .refused("ResourceNotFoundException", message);
    let elsewhere = AppClient {
        pool: EMAIL_POOL,
        ..WEB
    };
    by_admin(&app, elsewhere, "ADMIN_NO_SRP_AUTH", parameters.clone()).refused(
        "ResourceNotFoundException",
        "User pool client web00000000000000000000001 does not exist.",
    );
    let nowhere = AppClient {
        pool: "us-east-1_Nowhere01",
        ..WEB
    };
    by_admin(&app, nowhere, "ADMIN_NO_SRP_AUTH", parameters).refused(
        "ResourceNotFoundException",
        "User pool us-east-1_Nowhere01 does not exist.",
    );
}

#[test]
fn missing_parameters_are_named_one_at_a_time() {
    let app = start();
    let missing = |answer: Answer, name: &str| {
        let message = format!("Missing required parameter {name}");
        answer.refused("InvalidParameterException", &message);
    };
    for flow in ["USER_PASSWORD_AUTH", "USER_SRP_AUTH"] {
        let input = json!({"ClientId": WEB.id, "AuthFlow": flow});
        missing(app.call_open("InitiateAuth", &input), "USERNAME");
        missing(initiate(&app, WEB, flow, json!({})), "USERNAME");
        missing(
            initiate(
                &app,
                WEB,
                flow,
                json!({"USERNAME": "", "PASSWORD": "x", "SRP_A": "2"}),
            ),
            "USERNAME",
        );
    }
    for (flow, name) in [
        ("USER_PASSWORD_AUTH", "PASSWORD"),
        ("USER_SRP_AUTH", "SRP_A"),
    ] {
        missing(initiate(&app, WEB, flow, json!({"USERNAME": "Ana"})), name);
        missing(
            initiate(&app, WEB, flow, json!({"USERNAME": "Ana", name: ""})),
            name,
        );
        // What is missing is said before who exists, and before the hash is looked at.
        missing(
            initiate(&app, WEB, flow, json!({"USERNAME": "nobody"})),
            name,
        );
        missing(
            initiate(
                &app,
                WITH_SECRET,
                flow,
                json!({"USERNAME": "Ana", "SECRET_HASH": "x"}),
            ),
            name,
        );
    }
    missing(
        initiate(&app, WEB, "REFRESH_TOKEN_AUTH", json!({})),
        "REFRESH_TOKEN",
    );
    for challenge in [
        "PASSWORD_VERIFIER",
        "NEW_PASSWORD_REQUIRED",
        "DEVICE_SRP_AUTH",
        "DEVICE_PASSWORD_VERIFIER",
    ] {
        missing(
            respond(&app, WEB, challenge, &Value::Null, json!({})),
            "USERNAME",
        );
    }
    let responses = claim(&app, WEB, &begun(&app, WEB, "Ana"), PASSWORD);
    for name in [
        "PASSWORD_CLAIM_SECRET_BLOCK",
        "PASSWORD_CLAIM_SIGNATURE",
        "TIMESTAMP",
        "USERNAME",
    ] {
        let mut responses = responses.clone();
        responses.as_object_mut().unwrap().remove(name);
        missing(verify(&app, WEB, responses), name);
    }
    missing(
        new_password(&app, WEB, &Value::Null, json!({"USERNAME": "tom"})),
        "NEW_PASSWORD",
    );
    missing(
        new_password(
            &app,
            WEB,
            &Value::Null,
            json!({"USERNAME": "tom", "NEW_PASSWORD": NEW}),
        ),
        "Session",
    );
    assert_eq!(verify(&app, WEB, responses).status, 200);
}

#[test]
fn what_is_no_number_of_the_group_is_no_srp_a() {
    let app = start();
    let n = include_str!("../data/srp-vectors.json");
    let n: Value = serde_json::from_str(n).unwrap();
    let n = n["N_hex"].as_str().unwrap();
    let beyond = format!("{n}00");
    for srp_a in ["0", "00", n, &beyond, "xyz", "-2", " 2"] {
        for client in [WEB, DISCREET] {
            let parameters = json!({"USERNAME": "Ana", "SRP_A": srp_a});
            initiate(&app, client, "USER_SRP_AUTH", parameters)
                .refused("InvalidParameterException", "Invalid SRP_A given.");
        }
    }
}

// ---- Secret hashes ----

/// Sends a request with further parameters.
type Send<'a> = &'a dyn Fn(&[(&str, &str)]) -> Answer;

#[test]
fn a_client_with_a_secret_asks_for_the_hash_in_every_step() {
    let app = start();
    let missing = format!(
        "Client {} is configured with secret but SECRET_HASH was not received",
        WITH_SECRET.id
    );
    let wrong = format!("Unable to verify secret hash for client {}", WITH_SECRET.id);
    let bare = AppClient {
        secret: None,
        ..WITH_SECRET
    };
    let other = secret_hash("another", "Ana", WITH_SECRET.id);
    let of_ben = secret_hash(WITH_SECRET.secret.unwrap(), "ben", WITH_SECRET.id);
    let of_web = secret_hash(WITH_SECRET.secret.unwrap(), "Ana", WEB.id);
    let check = |send: Send<'_>| {
        send(&[]).refused("NotAuthorizedException", &missing);
        send(&[("SECRET_HASH", "")]).refused("NotAuthorizedException", &missing);
        for hash in [
            other.as_str(),
            of_ben.as_str(),
            of_web.as_str(),
            "no base64!",
        ] {
            send(&[("SECRET_HASH", hash)]).refused("NotAuthorizedException", &wrong);
        }
    };
    check(&|hash| sign_in_by_password(&app, bare, "Ana", PASSWORD, hash));
    // The hash comes before the password and before who exists.
    check(&|hash| sign_in_by_password(&app, bare, "Ana", "wrong", hash));
    check(&|hash| sign_in_by_password(&app, bare, "nobody", PASSWORD, hash));
    check(&|hash| sign_in_by_srp(&app, bare, "Ana", PASSWORD, hash));
    check(&|hash| {
        by_admin(
            &app,
            bare,
            "ADMIN_USER_PASSWORD_AUTH",
            with(json!({"USERNAME": "Ana", "PASSWORD": PASSWORD}), hash),
        )
    });
    let asked = begun(&app, WITH_SECRET, "Ana");
    let responses = claim(&app, WITH_SECRET, &asked, PASSWORD);
    check(&|hash| verify(&app, bare, with(responses.clone(), hash)));
    let signed_in = verify(&app, WITH_SECRET, responses).ok();
    let refresh = json!({"REFRESH_TOKEN": token(&signed_in, "RefreshToken")});
    check(&|hash| {
        initiate(
            &app,
            bare,
            "REFRESH_TOKEN_AUTH",
            with(refresh.clone(), hash),
        )
    });
    let asked = sign_in_by_password(&app, WITH_SECRET, "tom", TEMPORARY, &[]).ok();
    let set = json!({"USERNAME": "tom", "NEW_PASSWORD": NEW, "userAttributes.nickname": "tommy"});
    check(&|hash| new_password(&app, bare, &asked, with(set.clone(), hash)));
    for challenge in ["DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER"] {
        check(&|hash| {
            respond(
                &app,
                bare,
                challenge,
                &Value::Null,
                with(json!({"USERNAME": "Ana"}), hash),
            )
        });
    }
    assert_eq!(new_password(&app, WITH_SECRET, &asked, set).status, 200);
}

#[test]
fn the_hash_is_over_the_name_as_it_was_sent() {
    let app = start();
    for name in ["Ana", "ana@example.com", ANA_SUB, "ANA"] {
        assert_eq!(
            sign_in_by_password(&app, WITH_SECRET, name, PASSWORD, &[]).status,
            200,
            "{name}"
        );
        assert_eq!(
            sign_in_by_srp(&app, WITH_SECRET, name, PASSWORD, &[]).status,
            200,
            "{name}"
        );
    }
    let of_username = secret_hash(WITH_SECRET.secret.unwrap(), "Ana", WITH_SECRET.id);
    sign_in_by_password(
        &app,
        WITH_SECRET,
        "ana@example.com",
        PASSWORD,
        &[("SECRET_HASH", &of_username)],
    )
    .refused(
        "NotAuthorizedException",
        "Unable to verify secret hash for client secret00000000000000000001",
    );
}

#[test]
fn a_client_without_a_secret_refuses_a_hash() {
    let app = start();
    let hash = secret_hash("guessed", "Ana", WEB.id);
    sign_in_by_password(&app, WEB, "Ana", PASSWORD, &[("SECRET_HASH", &hash)]).refused(
        "NotAuthorizedException",
        "Unable to verify secret hash for client web00000000000000000000001",
    );
}

// ---- Names ----

#[test]
fn whatever_name_is_sent_the_challenge_tells_the_internal_one() {
    let app = start();
    for name in [
        "Ana",
        "ana",
        "ANA",
        "ana@example.com",
        "Ana@Example.com",
        ANA_SUB,
    ] {
        let asked = begun(&app, WEB, name);
        assert_eq!(keys(&asked), ["ChallengeName", "ChallengeParameters"]);
        let parameters = &asked["ChallengeParameters"];
        assert_eq!(
            keys(parameters),
            [
                "SALT",
                "SECRET_BLOCK",
                "SRP_B",
                "USERNAME",
                "USER_ID_FOR_SRP"
            ]
        );
        assert_eq!(parameters["USERNAME"], "ana");
        assert_eq!(parameters["USER_ID_FOR_SRP"], "ana");
        // Some clients answer with the name that the user typed.
        let responses = with(claim(&app, WEB, &asked, PASSWORD), &[("USERNAME", name)]);
        assert_eq!(verify(&app, WEB, responses).status, 200, "{name}");
        assert_eq!(
            sign_in_by_password(&app, WEB, name, PASSWORD, &[]).status,
            200
        );
    }
}

#[test]
fn an_address_that_is_not_verified_is_no_name() {
    let app = start();
    let input = json!({"UserPoolId": POOL, "Username": "ben", "UserAttributes": [{"Name": "email", "Value": "ben@example.com"}]});
    app.call("AdminUpdateUserAttributes", &input).ok();
    sign_in_by_password(&app, WEB, "ben@example.com", PASSWORD, &[])
        .refused("UserNotFoundException", "User does not exist.");
}

#[test]
fn in_a_pool_of_addresses_the_username_is_the_sub() {
    let app = start();
    for name in ["eva@example.com", EVA_SUB] {
        let parameters = begun(&app, EMAIL_APP, name)["ChallengeParameters"].clone();
        assert_eq!(parameters["USERNAME"], EVA_SUB);
        assert_eq!(parameters["USER_ID_FOR_SRP"], EVA_SUB);
        assert_eq!(
            sign_in_by_srp(&app, EMAIL_APP, name, PASSWORD, &[]).status,
            200
        );
    }
    // This pool minds the case.
    refused(
        &sign_in_by_password(&app, EMAIL_APP, "Eva@example.com", PASSWORD, &[]),
        WRONG,
    );
}

// ---- Wrong proofs ----

#[test]
fn a_wrong_password_is_refused_in_every_flow() {
    let app = start();
    for password in ["wrong", "tulip-Kettle-4417", "Tulip-Kettle-4417 "] {
        refused(&sign_in_by_srp(&app, WEB, "Ana", password, &[]), WRONG);
        seconds(&app, 900);
        refused(&sign_in_by_password(&app, WEB, "Ana", password, &[]), WRONG);
        let parameters = json!({"USERNAME": "Ana", "PASSWORD": password});
        refused(
            &by_admin(&app, WEB, "ADMIN_USER_PASSWORD_AUTH", parameters),
            WRONG,
        );
    }
    // Nobody has the password of a user without one.
    refused(&sign_in_by_password(&app, WEB, "pia", PASSWORD, &[]), WRONG);
    refused(&sign_in_by_srp(&app, WEB, "pia", PASSWORD, &[]), WRONG);
}

#[test]
fn a_claim_that_was_altered_anywhere_is_refused() {
    let app = start();
    let altered = |name: &str, alter: &dyn Fn(&str) -> String| {
        seconds(&app, 900);
        let asked = begun(&app, WEB, "Ana");
        let mut responses = claim(&app, WEB, &asked, PASSWORD);
        responses[name] = alter(responses[name].as_str().unwrap()).into();
        refused(&verify(&app, WEB, responses), WRONG);
    };
    let flipped = |text: &str| {
        let other = if text.starts_with('A') { "B" } else { "A" };
        format!("{other}{}", &text[1..])
    };
    let turned = |text: &str| text.chars().rev().collect::<String>();
    for name in ["PASSWORD_CLAIM_SIGNATURE", "PASSWORD_CLAIM_SECRET_BLOCK"] {
        altered(name, &flipped);
        altered(name, &turned);
        altered(name, &|text| text[..text.len() - 4].to_owned());
        altered(name, &|_| "AAAA".to_owned());
        altered(name, &|_| "no base64!".to_owned());
    }
    // A time that is right, but not the one that was signed.
    let later = app.clock.now() + chrono::TimeDelta::seconds(930);
    altered("TIMESTAMP", &|_| {
        later.format("%a %b %-d %H:%M:%S UTC %Y").to_string()
    });
    altered("USERNAME", &|_| "ben".to_owned());
    altered("USERNAME", &|_| "nobody".to_owned());
}

#[test]
fn a_claim_is_for_the_block_that_it_was_made_for() {
    let app = start();
    let (first, second) = (begun(&app, WEB, "Ana"), begun(&app, WEB, "Ana"));
    let mut responses = claim(&app, WEB, &first, PASSWORD);
    responses["PASSWORD_CLAIM_SECRET_BLOCK"] =
        second["ChallengeParameters"]["SECRET_BLOCK"].clone();
    refused(&verify(&app, WEB, responses), WRONG);
    // Ben's block with Ben's password says nothing about Ana.
    let mut responses = claim(&app, WEB, &begun(&app, WEB, "ben"), PASSWORD);
    responses["USERNAME"] = "Ana".into();
    refused(&verify(&app, WEB, responses), WRONG);
}

#[test]
fn a_block_serves_once() {
    let app = start();
    let responses = claim(&app, WEB, &begun(&app, WEB, "Ana"), PASSWORD);
    assert_eq!(verify(&app, WEB, responses.clone()).status, 200);
    refused(&verify(&app, WEB, responses.clone()), USED_SESSION);
    seconds(&app, 120);
    let again = json!({"TIMESTAMP": timestamp(&app)});
    refused(
        &verify(
            &app,
            WEB,
            with(
                responses,
                &[("TIMESTAMP", again["TIMESTAMP"].as_str().unwrap())],
            ),
        ),
        WRONG,
    );
}

#[test]
fn a_block_is_its_clients_and_its_pools() {
    let app = start();
    let responses = claim(&app, WEB, &begun(&app, WEB, "Ana"), PASSWORD);
    for other in [DISCREET, SILENT, EMAIL_APP] {
        refused(&verify(&app, other, responses.clone()), WRONG);
    }
    assert_eq!(verify(&app, WEB, responses).status, 200);
}

#[test]
fn a_block_and_a_session_last_as_long_as_the_client_says() {
    let app = start();
    for (extra, ends) in [(0, false), (1, true)] {
        let (block, session) = (
            begun(&app, WEB, "Ana"),
            sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]).ok(),
        );
        app.clock.advance(Duration::from_millis(3 * 60_000 + extra));
        let answer = verify(&app, WEB, claim(&app, WEB, &block, PASSWORD));
        let set =
            json!({"USERNAME": "tom", "NEW_PASSWORD": "short", "userAttributes.nickname": "tommy"});
        let set = new_password(&app, WEB, &session, set);
        if ends {
            refused(&answer, WRONG);
            refused(&set, EXPIRED_SESSION);
        } else {
            assert_eq!(answer.status, 200);
            assert_eq!(set.refusal().0, "InvalidPasswordException");
        }
    }
    let settings = json!({"UserPoolId": POOL, "ClientId": WEB.id, "AuthSessionValidity": 15,
        "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"]});
    app.call("UpdateUserPoolClient", &settings).ok();
    let block = begun(&app, WEB, "Ana");
    seconds(&app, 15 * 60);
    assert_eq!(
        verify(&app, WEB, claim(&app, WEB, &block, PASSWORD)).status,
        200
    );
}

#[test]
fn a_time_is_written_as_public_clients_write_it_and_is_now() {
    let app = start();
    app.clock.advance(Duration::from_millis(500));
    let form = "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.";
    let claim_at = |text: &str| {
        let asked = begun(&app, WEB, "Ana");
        let parameters = &asked["ChallengeParameters"];
        let who = Secret::of_user(POOL, "ana", PASSWORD);
        let mut responses = claim(&app, WEB, &asked, PASSWORD);
        responses["PASSWORD_CLAIM_SIGNATURE"] =
            Exchange::new().signature(who, parameters, text).into();
        responses["TIMESTAMP"] = text.into();
        verify(&app, WEB, responses)
    };
    for text in [
        "2026-11-22T14:23:01Z",
        "Sun Nov 22 14:23:01 2026",
        "Sun Nov 22 14:23:01 UTC",
        "22 Nov 2026 14:23:01 UTC",
        "Sun Nov 31 14:23:01 UTC 2026",
        "Sun Nov 22 25:23:01 UTC 2026",
        "1795357381",
        "now",
    ] {
        claim_at(text).refused("InvalidParameterException", form);
    }
    for (text, right) in [
        ("Sun Nov 22 14:23:01 UTC 2026", true),
        ("Sun Nov 22 14:18:01 UTC 2026", true),
        ("Sun Nov 22 14:28:01 UTC 2026", true),
        ("Sun Nov 22 14:18:00 UTC 2026", false),
        ("Sun Nov 22 14:28:02 UTC 2026", false),
        ("Sat Nov 22 14:23:01 UTC 2025", false),
    ] {
        let answer = claim_at(text);
        if right {
            assert_eq!(answer.status, 200, "{text}");
        } else {
            refused(&answer, WRONG);
        }
    }
}

// ---- Users who may not ----

#[test]
fn who_may_not_sign_in_is_told_so_after_the_right_password_only() {
    let app = start();
    for (name, code, message) in [
        ("dora", "NotAuthorizedException", "User is disabled."),
        ("una", "UserNotConfirmedException", "User is not confirmed."),
        (
            "rita",
            "PasswordResetRequiredException",
            "Password reset required for the user",
        ),
    ] {
        for client in [WEB, DISCREET] {
            sign_in_by_password(&app, client, name, PASSWORD, &[]).refused(code, message);
            sign_in_by_srp(&app, client, name, PASSWORD, &[]).refused(code, message);
            refused(
                &sign_in_by_password(&app, client, name, "wrong", &[]),
                WRONG,
            );
            refused(&sign_in_by_srp(&app, client, name, "wrong", &[]), WRONG);
        }
        let parameters = json!({"USERNAME": name, "PASSWORD": PASSWORD});
        by_admin(&app, WEB, "ADMIN_USER_PASSWORD_AUTH", parameters).refused(code, message);
    }
    app.call(
        "AdminConfirmSignUp",
        &json!({"UserPoolId": POOL, "Username": "una"}),
    )
    .ok();
    assert_eq!(
        sign_in_by_password(&app, WEB, "una", PASSWORD, &[]).status,
        200
    );
}

#[test]
fn a_user_who_is_disabled_or_deleted_between_two_steps_gets_no_further() {
    let app = start();
    let responses = claim(&app, WEB, &begun(&app, WEB, "Ana"), PASSWORD);
    app.call(
        "AdminDisableUser",
        &json!({"UserPoolId": POOL, "Username": "Ana"}),
    )
    .ok();
    verify(&app, WEB, responses).refused("NotAuthorizedException", "User is disabled.");
    let set = json!({"USERNAME": "tom", "NEW_PASSWORD": NEW, "userAttributes.nickname": "tommy"});
    let asked = sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]).ok();
    app.call(
        "AdminDisableUser",
        &json!({"UserPoolId": POOL, "Username": "tom"}),
    )
    .ok();
    new_password(&app, WEB, &asked, set.clone())
        .refused("NotAuthorizedException", "User is disabled.");
    app.call(
        "AdminDeleteUser",
        &json!({"UserPoolId": POOL, "Username": "tom"}),
    )
    .done();
    refused(&new_password(&app, WEB, &asked, set), NO_SESSION);
    let responses = claim(&app, WEB, &begun(&app, WEB, "ben"), PASSWORD);
    app.call(
        "AdminDeleteUser",
        &json!({"UserPoolId": POOL, "Username": "ben"}),
    )
    .done();
    refused(&verify(&app, WEB, responses), WRONG);
}

#[test]
fn a_password_that_was_replaced_between_two_steps_proves_nothing() {
    let app = start();
    let responses = claim(&app, WEB, &begun(&app, WEB, "Ana"), PASSWORD);
    set_password(&app, "Ana", NEW, true);
    refused(&verify(&app, WEB, responses), WRONG);
    assert_eq!(sign_in_by_srp(&app, WEB, "Ana", NEW, &[]).status, 200);
}

// ---- Temporary passwords ----

#[test]
fn a_temporary_password_asks_for_another_in_every_flow_until_it_ends() {
    let app = start();
    let parameters = json!({"USERNAME": "tom@example.com", "PASSWORD": TEMPORARY});
    for answer in [
        sign_in_by_srp(&app, WEB, "tom", TEMPORARY, &[]),
        sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]),
        by_admin(&app, WEB, "ADMIN_USER_PASSWORD_AUTH", parameters),
    ] {
        let answer = answer.ok();
        assert_eq!(
            keys(&answer),
            ["ChallengeName", "ChallengeParameters", "Session"]
        );
        assert_eq!(answer["ChallengeName"], "NEW_PASSWORD_REQUIRED");
        let parameters = &answer["ChallengeParameters"];
        assert_eq!(parameters["USER_ID_FOR_SRP"], "tom");
        assert_eq!(
            parameters["requiredAttributes"],
            r#"["userAttributes.nickname"]"#
        );
        assert_eq!(
            parameters["userAttributes"],
            r#"{"email":"tom@example.com","email_verified":"true"}"#
        );
    }
    refused(&sign_in_by_password(&app, WEB, "tom", "wrong", &[]), WRONG);
    seconds(&app, 3 * 24 * 60 * 60 - 1);
    assert_eq!(
        sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]).status,
        200
    );
    seconds(&app, 1);
    let ended = (
        "NotAuthorizedException",
        "Temporary password has expired and must be reset by an administrator.",
    );
    refused(
        &sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]),
        ended,
    );
    refused(&sign_in_by_srp(&app, WEB, "tom", TEMPORARY, &[]), ended);
    refused(&sign_in_by_password(&app, WEB, "tom", "wrong", &[]), WRONG);
    set_password(&app, "tom", NEW, false);
    assert_eq!(sign_in_by_password(&app, WEB, "tom", NEW, &[]).status, 200);
}

/// `AdminCreateUserConfig.UnusedAccountValidityDays` is the older name of what the password policy says.
#[test]
fn a_temporary_password_ends_when_the_pool_shows_that_it_does() {
    for (named, days) in [
        (
            json!({"AdminCreateUserConfig": {"UnusedAccountValidityDays": 1}}),
            1,
        ),
        (
            json!({"Policies": {"PasswordPolicy": {"TemporaryPasswordValidityDays": 2}}}),
            2,
        ),
        (json!({}), 7),
    ] {
        let mut pool = json!({"Id": POOL});
        pool.as_object_mut()
            .unwrap()
            .extend(named.as_object().unwrap().clone());
        let flows = ["ALLOW_USER_PASSWORD_AUTH"];
        let app = Setup::new()
            .seeded(json!({
                "UserPool": pool,
                "Clients": [{"ClientId": WEB.id, "ClientName": "web", "ExplicitAuthFlows": flows}],
                "Users": [{"Username": "tom", "TemporaryPassword": TEMPORARY}],
            }))
            .start();
        let shown = app
            .call("DescribeUserPool", &json!({"UserPoolId": POOL}))
            .ok();
        let policy = &shown["UserPool"]["Policies"]["PasswordPolicy"];
        assert_eq!(policy["TemporaryPasswordValidityDays"], days);
        let sign_in = || sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]);
        seconds(&app, days * 24 * 60 * 60 - 1);
        assert_eq!(
            sign_in().ok()["ChallengeName"],
            "NEW_PASSWORD_REQUIRED",
            "{days}"
        );
        seconds(&app, 1);
        let ended = "Temporary password has expired and must be reset by an administrator.";
        sign_in().refused("NotAuthorizedException", ended);
    }
}

#[test]
fn a_new_password_takes_the_place_of_the_temporary_one() {
    let app = start();
    let asked = sign_in_by_srp(&app, WEB, "tom", TEMPORARY, &[]).ok();
    let set = json!({"USERNAME": "tom", "NEW_PASSWORD": NEW, "userAttributes.nickname": "tommy", "userAttributes.custom:plan": "free"});
    let answer = new_password(&app, WEB, &asked, set).ok();
    assert_eq!(
        keys(&answer),
        ["AuthenticationResult", "ChallengeParameters"]
    );
    let shown = app
        .call(
            "AdminGetUser",
            &json!({"UserPoolId": POOL, "Username": "tom"}),
        )
        .ok();
    assert_eq!(shown["UserStatus"], "CONFIRMED");
    let attributes = shown["UserAttributes"].to_string();
    assert!(
        attributes.contains("tommy") && attributes.contains("free"),
        "{attributes}"
    );
    refused(
        &sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]),
        WRONG,
    );
    assert!(!access_token(&sign_in_by_srp(&app, WEB, "tom", NEW, &[]).ok()).is_empty());
}

#[test]
fn the_new_password_may_be_the_temporary_one() {
    let app = start();
    let asked = sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]).ok();
    let set =
        json!({"USERNAME": "tom", "NEW_PASSWORD": TEMPORARY, "userAttributes.nickname": "tommy"});
    assert_eq!(new_password(&app, WEB, &asked, set).status, 200);
    assert!(!access_token(&sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]).ok()).is_empty());
}

#[test]
fn what_the_new_password_comes_with_is_checked_and_nothing_stays_of_a_refusal() {
    let app = start();
    let asked = sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]).ok();
    let base = json!({"USERNAME": "tom", "NEW_PASSWORD": NEW});
    let nickname = ("userAttributes.nickname", "tommy");
    for (further, code, message) in [
        (
            vec![],
            "InvalidParameterException",
            "Invalid attributes given, nickname is missing",
        ),
        (
            vec![("userAttributes.nickname", "")],
            "InvalidParameterException",
            "Invalid attributes given, nickname is missing",
        ),
        (
            vec![nickname, ("userAttributes.email", "other@example.com")],
            "NotAuthorizedException",
            "Cannot modify an already provided email",
        ),
        (
            vec![nickname, ("userAttributes.email_verified", "true")],
            "NotAuthorizedException",
            "Cannot modify an already provided email_verified",
        ),
        (
            vec![nickname, ("userAttributes.phone_number", "+12065550100")],
            "NotAuthorizedException",
            "A client attempted to write unauthorized attribute",
        ),
        (
            vec![nickname, ("userAttributes.sub", ANA_SUB)],
            "NotAuthorizedException",
            "A client attempted to write unauthorized attribute",
        ),
        (
            vec![nickname, ("NEW_PASSWORD", "Short1")],
            "InvalidPasswordException",
            "Password did not conform with policy: Password not long enough",
        ),
        (
            vec![nickname, ("NEW_PASSWORD", "all-lower-case")],
            "InvalidPasswordException",
            "Password did not conform with policy: Password must have uppercase characters",
        ),
    ] {
        new_password(&app, WEB, &asked, with(base.clone(), &further)).refused(code, message);
    }
    let shown = app
        .call(
            "AdminGetUser",
            &json!({"UserPoolId": POOL, "Username": "tom"}),
        )
        .ok();
    assert_eq!(shown["UserStatus"], "FORCE_CHANGE_PASSWORD");
    assert!(!shown["UserAttributes"].to_string().contains("tommy"));
    // The session has not served with a refusal.
    assert_eq!(
        new_password(&app, WEB, &asked, with(base, &[nickname])).status,
        200
    );
}

#[test]
fn the_session_of_a_new_password_serves_once_and_nobody_else() {
    let app = start();
    let asked = sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]).ok();
    let other = sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]).ok();
    let set = json!({"USERNAME": "tom", "NEW_PASSWORD": NEW, "userAttributes.nickname": "tommy"});
    refused(
        &new_password(&app, WEB, &asked, with(set.clone(), &[("USERNAME", "Ana")])),
        NO_SESSION,
    );
    refused(
        &new_password(
            &app,
            WEB,
            &asked,
            with(set.clone(), &[("USERNAME", "nobody")]),
        ),
        NO_SESSION,
    );
    for client in [DISCREET, EMAIL_APP] {
        refused(&new_password(&app, client, &asked, set.clone()), NO_SESSION);
    }
    let text = asked["Session"].as_str().unwrap();
    for forged in [
        "0123456789abcdefghij".to_owned(),
        format!("A{}", &text[1..]),
        text[..text.len() - 1].to_owned(),
        format!("{text}AAAA"),
    ] {
        if forged != text {
            refused(
                &new_password(&app, WEB, &json!({"Session": forged}), set.clone()),
                NO_SESSION,
            );
        }
    }
    new_password(&app, WEB, &json!({"Session": "too short"}), set.clone()).refused(
        "InvalidParameterException",
        "1 validation error detected: Value at 'session' failed to satisfy constraint: Member must have length greater than or equal to 20",
    );
    assert_eq!(new_password(&app, WEB, &asked, set.clone()).status, 200);
    refused(&new_password(&app, WEB, &asked, set.clone()), USED_SESSION);
    // Who also began with the temporary password cannot take the user over any more.
    let theirs = json!({"USERNAME": "tom", "NEW_PASSWORD": "Stolen-Account-1"});
    refused(&new_password(&app, WEB, &other, theirs), NO_SESSION);
    assert_eq!(sign_in_by_password(&app, WEB, "tom", NEW, &[]).status, 200);
}

#[test]
fn challenges_are_answered_in_their_order() {
    let app = start();
    let asked = sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]).ok();
    for challenge in [
        "CUSTOM_CHALLENGE",
        "SMS_MFA",
        "SOFTWARE_TOKEN_MFA",
        "SELECT_CHALLENGE",
        "WEB_AUTHN",
        "PASSWORD",
        "PASSWORD_SRP",
        "SMS_OTP",
        "ADMIN_NO_SRP_AUTH",
    ] {
        let responses = json!({"USERNAME": "tom", "DEVICE_KEY": "us-east-1_aaaaaaaa-0000-4000-8000-000000000001", "SRP_A": "2",
            "SMS_MFA_CODE": "123456", "SOFTWARE_TOKEN_MFA_CODE": "123456"});
        refused(
            &respond(&app, WEB, challenge, &asked, responses.clone()),
            NO_SESSION,
        );
        respond(&app, WEB, challenge, &Value::Null, responses).refused(
            "InvalidParameterException",
            "Missing required parameter Session",
        );
    }
    // Neither does a session serve as a secret block, nor a block as a session.
    let block = begun(&app, WEB, "Ana")["ChallengeParameters"]["SECRET_BLOCK"].clone();
    let mut responses = claim(&app, WEB, &begun(&app, WEB, "Ana"), PASSWORD);
    responses["PASSWORD_CLAIM_SECRET_BLOCK"] = asked["Session"].clone();
    refused(&verify(&app, WEB, responses), WRONG);
    let as_session = block
        .as_str()
        .unwrap()
        .replace('+', "-")
        .replace('/', "_")
        .replace('=', "");
    let set = json!({"USERNAME": "Ana", "NEW_PASSWORD": NEW});
    refused(
        &new_password(&app, WEB, &json!({"Session": as_session}), set),
        NO_SESSION,
    );
}

// ---- Failed attempts ----

/// Fails until the user is locked out for the first time.
fn lock(app: &App, client: AppClient<'_>, name: &str) {
    for _ in 0..5 {
        refused(&sign_in_by_password(app, client, name, "wrong", &[]), WRONG);
    }
    refused(
        &sign_in_by_password(app, client, name, "wrong", &[]),
        EXCEEDED,
    );
}

#[test]
fn failed_attempts_lock_for_longer_and_longer_whether_the_user_exists_or_not() {
    let app = start();
    for name in ["Ana", "nobody"] {
        lock(&app, DISCREET, name);
        for lock in [1000, 2000, 4000, 8000] {
            app.clock.advance(Duration::from_millis(lock - 1));
            // What comes inside does not count, the right password included.
            for password in ["wrong", PASSWORD, "wrong"] {
                refused(
                    &sign_in_by_password(&app, DISCREET, name, password, &[]),
                    EXCEEDED,
                );
                refused(
                    &sign_in_by_srp(&app, DISCREET, name, password, &[]),
                    EXCEEDED,
                );
            }
            app.clock.advance(Duration::from_millis(1));
            refused(
                &sign_in_by_password(&app, DISCREET, name, "wrong", &[]),
                WRONG,
            );
            refused(
                &sign_in_by_password(&app, DISCREET, name, "wrong", &[]),
                EXCEEDED,
            );
        }
    }
    seconds(&app, 16);
    assert_eq!(
        sign_in_by_password(&app, DISCREET, "Ana", PASSWORD, &[]).status,
        200
    );
}

#[test]
fn success_and_a_quiet_quarter_of_an_hour_start_anew() {
    let app = start();
    let wrong = || refused(&sign_in_by_srp(&app, WEB, "Ana", "wrong", &[]), WRONG);
    (0..4).for_each(|_| wrong());
    assert_eq!(sign_in_by_srp(&app, WEB, "Ana", PASSWORD, &[]).status, 200);
    lock(&app, WEB, "Ana");
    seconds(&app, 1);
    assert_eq!(
        sign_in_by_password(&app, WEB, "Ana", PASSWORD, &[]).status,
        200
    );
    lock(&app, WEB, "Ana");
    seconds(&app, 900);
    lock(&app, WEB, "Ana");
    seconds(&app, 899);
    wrong();
    refused(
        &sign_in_by_password(&app, WEB, "Ana", PASSWORD, &[]),
        EXCEEDED,
    );
    app.clock.advance(Duration::from_millis(1999));
    refused(
        &sign_in_by_password(&app, WEB, "Ana", PASSWORD, &[]),
        EXCEEDED,
    );
}

#[test]
fn the_lock_is_the_users_by_whatever_name_and_client_and_nobody_elses() {
    let app = start();
    for (index, name) in ["Ana", "ANA", "ana@example.com", ANA_SUB, "ana"]
        .into_iter()
        .enumerate()
    {
        let client = if index % 2 == 0 { WEB } else { DISCREET };
        refused(
            &sign_in_by_password(&app, client, name, "wrong", &[]),
            WRONG,
        );
    }
    for name in ["Ana", "ana@example.com"] {
        refused(
            &sign_in_by_srp(&app, WITH_SECRET, name, PASSWORD, &[]),
            EXCEEDED,
        );
    }
    assert_eq!(
        sign_in_by_password(&app, WEB, "ben", PASSWORD, &[]).status,
        200
    );
    assert_eq!(
        sign_in_by_password(&app, EMAIL_APP, "eva@example.com", PASSWORD, &[]).status,
        200
    );
    lock(&app, DISCREET, "NoBody");
    refused(
        &sign_in_by_password(&app, DISCREET, "nobody", "wrong", &[]),
        EXCEEDED,
    );
    refused(
        &sign_in_by_password(&app, DISCREET, "somebody", "wrong", &[]),
        WRONG,
    );
}

#[test]
fn a_lock_outlives_a_restart() {
    let app = setup().on_disk().start();
    lock(&app, WEB, "Ana");
    let app = app.stop().start();
    refused(
        &sign_in_by_password(&app, WEB, "Ana", PASSWORD, &[]),
        EXCEEDED,
    );
}

#[test]
fn a_clock_that_was_ahead_leaves_no_lock_and_no_session_of_hours() {
    let app = setup().on_disk().start();
    let now = app.clock.now();
    seconds(&app, 5 * 3600);
    for attempt in 1..=12 {
        refused(&sign_in_by_password(&app, WEB, "Ana", "wrong", &[]), WRONG);
        seconds(&app, 1 << (attempt.max(5) - 5));
    }
    let asked = sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]).ok();
    let block = begun(&app, WEB, "ben");
    let app = app.stop().start_at(ManualClock::at(now));
    // The next wrong attempt counts from the clock as it is now.
    lock(&app, WEB, "Ana");
    seconds(&app, 1);
    assert_eq!(
        sign_in_by_password(&app, WEB, "Ana", PASSWORD, &[]).status,
        200
    );
    let set = json!({"USERNAME": "tom", "NEW_PASSWORD": NEW});
    refused(
        &new_password(&app, WEB, &asked, set),
        (
            "NotAuthorizedException",
            "Invalid session for the user, session is expired.",
        ),
    );
    refused(
        &verify(&app, WEB, claim(&app, WEB, &block, PASSWORD)),
        WRONG,
    );
}

/// A request is judged by the time when it is whole, and by the attempts that failed until then.
#[test]
fn a_request_whose_body_was_held_back_is_locked_out_like_any_other() {
    let app = start();
    for attempt in 1..=14 {
        refused(&sign_in_by_password(&app, WEB, "Ana", "wrong", &[]), WRONG);
        seconds(&app, 1 << (attempt.max(5) - 5));
    }
    let body = json!({"ClientId": WEB.id, "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": "Ana", "PASSWORD": PASSWORD}})
    .to_string();
    let mut connection = TcpStream::connect(app.host()).unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-amz-json-1.1\r\n\
         X-Amz-Target: AWSCognitoIdentityProviderService.InitiateAuth\r\nContent-Length: {}\r\n\
         Expect: 100-continue\r\nConnection: close\r\n\r\n",
        app.host(),
        body.len()
    );
    connection.write_all(head.as_bytes()).unwrap();
    // The server has the head, and waits for the body.
    let mut told = [0; 25];
    connection.read_exact(&mut told).unwrap();
    assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
    app.clock.advance(Duration::from_millis(1));
    refused(&sign_in_by_password(&app, WEB, "Ana", "wrong", &[]), WRONG);
    connection.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.contains(EXCEEDED.1), "{answer}");
    refused(
        &sign_in_by_password(&app, WEB, "Ana", PASSWORD, &[]),
        EXCEEDED,
    );
}

#[test]
fn a_sub_in_other_letter_case_tells_nobody_that_it_is_one() {
    let app = start();
    let shown = |name: &str| {
        let parameters = begun(&app, DISCREET, name)["ChallengeParameters"].clone();
        (
            parameters["USER_ID_FOR_SRP"].clone(),
            parameters["SALT"].clone(),
        )
    };
    for sub in [ANA_SUB, "0c8b1d6f-2a47-4d0a-9e55-3f2a9c1e7b64"] {
        assert_eq!(shown(sub), shown(&sub.to_uppercase()), "{sub}");
    }
    let user = json!({"UserPoolId": POOL, "Username": ANA_SUB.to_uppercase()});
    assert_eq!(app.call("AdminGetUser", &user).ok()["Username"], "ana");
}

#[test]
fn an_administrator_who_sets_a_password_ends_the_lock() {
    let app = start();
    for permanent in [true, false] {
        lock(&app, WEB, "Ana");
        set_password(&app, "Ana", NEW, permanent);
        assert_eq!(sign_in_by_password(&app, WEB, "Ana", NEW, &[]).status, 200);
    }
    // Nobody has signed in to this pool yet, and nothing is counted.
    let input = json!({"UserPoolId": EMAIL_APP.pool, "Username": "eva@example.com", "Password": NEW, "Permanent": true});
    app.call("AdminSetUserPassword", &input).ok();
}

/// How often each status came when all were sent at once.
pub(crate) fn at_once(
    send: impl Fn() -> Answer + Sync,
) -> std::collections::BTreeMap<(u16, String), usize> {
    let mut counts = std::collections::BTreeMap::new();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(&send)).collect();
        for thread in threads {
            let answer = thread.join().unwrap();
            *counts
                .entry((answer.status, answer.refusal().1))
                .or_default() += 1;
        }
    });
    counts
}

#[test]
fn attempts_at_the_same_time_count_one_by_one() {
    let app = start();
    let counts = at_once(|| sign_in_by_password(&app, WEB, "Ana", "wrong", &[]));
    let expected = [
        ((400, WRONG.1.to_owned()), 5),
        ((400, EXCEEDED.1.to_owned()), 11),
    ];
    assert_eq!(counts, expected.into());
}

#[test]
fn of_answers_at_the_same_time_one_is_taken() {
    let app = start();
    let used = (400, USED_SESSION.1.to_owned());
    let expected = std::collections::BTreeMap::from([((200, String::new()), 1), (used, 15)]);
    let responses = claim(&app, WEB, &begun(&app, WEB, "Ana"), PASSWORD);
    assert_eq!(at_once(|| verify(&app, WEB, responses.clone())), expected);
    let asked = sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]).ok();
    let set = json!({"USERNAME": "tom", "NEW_PASSWORD": NEW, "userAttributes.nickname": "tommy"});
    assert_eq!(
        at_once(|| new_password(&app, WEB, &asked, set.clone())),
        expected
    );
}

// ---- Who exists ----

#[test]
fn a_client_that_says_so_tells_that_a_user_does_not_exist() {
    let app = start();
    let unknown = ("UserNotFoundException", "User does not exist.");
    refused(&sign_in_by_srp(&app, WEB, "nobody", PASSWORD, &[]), unknown);
    refused(
        &sign_in_by_password(&app, WEB, "nobody", PASSWORD, &[]),
        unknown,
    );
    for flow in ["ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"] {
        refused(
            &by_admin(
                &app,
                WEB,
                flow,
                json!({"USERNAME": "nobody", "PASSWORD": PASSWORD}),
            ),
            unknown,
        );
        refused(
            &by_admin(
                &app,
                DISCREET,
                flow,
                json!({"USERNAME": "nobody", "PASSWORD": PASSWORD}),
            ),
            WRONG,
        );
    }
}

#[test]
fn a_discreet_client_answers_about_nobody_as_about_somebody() {
    let app = setup().on_disk().start();
    let shape = |asked: &Value| {
        let parameters = &asked["ChallengeParameters"];
        let text = |name: &str| parameters[name].as_str().unwrap().to_owned();
        let salt = text("SALT");
        assert!(salt.bytes().all(|digit| digit.is_ascii_hexdigit()));
        assert!((0x01..=0x7f).contains(&u8::from_str_radix(&salt[..2], 16).unwrap()));
        assert!(text("SRP_B").len() > 760);
        assert_eq!(text("USERNAME"), text("USER_ID_FOR_SRP"));
        let id = text("USER_ID_FOR_SRP");
        let version = uuid::Uuid::parse_str(&id)
            .ok()
            .map(|id| (id.get_version_num(), id.get_variant()));
        (
            keys(asked).join(","),
            keys(parameters).join(","),
            salt.len(),
            text("SECRET_BLOCK").len() / 64,
            version,
        )
    };
    assert_eq!(
        shape(&begun(&app, DISCREET, "ben")),
        shape(&begun(&app, DISCREET, "bob"))
    );
    assert_eq!(
        begun(&app, DISCREET, "BEN")["ChallengeParameters"]["USERNAME"],
        "ben"
    );
    assert_eq!(
        begun(&app, DISCREET, "BOB")["ChallengeParameters"]["USERNAME"],
        "bob"
    );
    assert_eq!(
        shape(&begun(&app, EMAIL_APP, "eva@example.com")),
        shape(&begun(&app, EMAIL_APP, "eve@example.com"))
    );
    // The users of this pool have no UUIDs for names.
    let unknown = begun(&app, DISCREET, "nobody@example.com");
    assert_eq!(unknown["ChallengeParameters"]["USER_ID_FOR_SRP"], "nobody");

    let told = |app: &App, client, name: &str| {
        let parameters = begun(app, client, name)["ChallengeParameters"].clone();
        (
            parameters["SALT"].clone(),
            parameters["USER_ID_FOR_SRP"].clone(),
        )
    };
    let names = ["Ana", "bob", "BOB", "nobody@example.com", "bill"];
    let first = names.map(|name| told(&app, DISCREET, name));
    assert_eq!(first[1], first[2]);
    // What an address shows is shown again when it is typed, of nobody as of Ana; also when there is a user of that name.
    for (address, name) in [
        ("ana@example.com", "ana"),
        ("nobody@example.com", "nobody"),
        ("ben@example.com", "ben"),
        ("+1-is-no-number@example.com", "+1-is-no-number"),
    ] {
        let shown = told(&app, DISCREET, address);
        assert_eq!(
            shown,
            told(&app, DISCREET, shown.1.as_str().unwrap()),
            "{name}"
        );
    }
    // But nobody signs in by an address that is not the user's.
    refused(
        &sign_in_by_password(&app, DISCREET, "ben@example.com", PASSWORD, &[]),
        WRONG,
    );
    let responses = claim(
        &app,
        DISCREET,
        &begun(&app, DISCREET, "ben@example.com"),
        PASSWORD,
    );
    refused(&verify(&app, DISCREET, responses), WRONG);
    // A sub shows another name, of nobody as of Ana.
    let unknown = told(&app, DISCREET, "34c84488-e0e1-40ae-92ee-991ad1a898c9");
    assert!(uuid::Uuid::parse_str(unknown.1.as_str().unwrap()).is_err());
    let sub = told(&app, EMAIL_APP, "nobody@example.com");
    assert_eq!(told(&app, EMAIL_APP, sub.1.as_str().unwrap()), sub);
    assert_ne!(first[1].0, first[4].0);
    assert_ne!(told(&app, EMAIL_APP, "nobody@example.com"), first[3]);
    seconds(&app, 100_000);
    let app = app.stop().start();
    assert_eq!(names.map(|name| told(&app, DISCREET, name)), first);
    assert_ne!(
        begun(&app, DISCREET, "bob")["ChallengeParameters"]["SRP_B"],
        begun(&app, DISCREET, "bob")["ChallengeParameters"]["SRP_B"]
    );
}

#[test]
fn a_discreet_client_does_not_tell_which_names_are_one_users() {
    let app = start();
    let ana = ["ana", "ana@example.com", ANA_SUB];
    let bob = [
        "bob",
        "bob@example.com",
        "34c84488-e0e1-40ae-92ee-991ad1a898c9",
    ];
    let both = |place: usize, password: &str| {
        let [of_ana, of_bob] = [ana, bob].map(|names| {
            let by_srp = sign_in_by_srp(&app, DISCREET, names[place], password, &[]);
            let by_password = sign_in_by_password(&app, DISCREET, names[place], password, &[]);
            [by_srp.refusal(), by_password.refusal()]
        });
        assert_eq!(of_ana, of_bob, "{place}");
        of_ana.map(|(_, message)| message)
    };
    // Five attempts at Ana's password, and she is locked out by whatever name, although nobody is told.
    for place in [0, 1, 2] {
        assert_eq!(both(place, "wrong"), [WRONG.1; 2]);
    }
    assert_eq!(both(0, PASSWORD), [WRONG.1; 2]);
    refused(
        &sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]),
        EXCEEDED,
    );
    // What was typed five times is locked, of nobody as of Ana.
    assert_eq!(both(0, "wrong"), [WRONG.1, EXCEEDED.1]);
    assert_eq!(both(0, PASSWORD), [EXCEEDED.1; 2]);
    assert_eq!(both(1, "wrong"), [WRONG.1; 2]);
    // She signs in by any name when the time is over, and that ends the counts of all of them.
    seconds(&app, 1);
    assert_eq!(
        sign_in_by_srp(&app, DISCREET, "ana@example.com", PASSWORD, &[]).status,
        200
    );
    for name in ana {
        for _ in 0..4 {
            refused(
                &sign_in_by_password(&app, DISCREET, name, "wrong", &[]),
                WRONG,
            );
        }
        assert_eq!(
            sign_in_by_password(&app, DISCREET, name, PASSWORD, &[]).status,
            200
        );
    }
}

#[test]
fn nothing_that_goes_wrong_tells_a_discreet_clients_caller_who_exists() {
    let app = start();
    let device = "us-east-1_aaaaaaaa-0000-4000-8000-000000000001";
    let probes: [&dyn Fn(&str) -> Answer; 8] = [
        &|name| sign_in_by_password(&app, DISCREET, name, "wrong", &[]),
        &|name| sign_in_by_srp(&app, DISCREET, name, "wrong", &[]),
        &|name| sign_in_by_srp(&app, DISCREET, name, "wrong", &[("DEVICE_KEY", device)]),
        &|name| sign_in_by_password(&app, DISCREET, name, "wrong", &[("DEVICE_KEY", device)]),
        // The challenge is answered under another name.
        &|name| {
            let responses = claim(&app, DISCREET, &begun(&app, DISCREET, name), "wrong");
            verify(&app, DISCREET, with(responses, &[("USERNAME", "carl")]))
        },
        &|name| {
            let responses =
                json!({"USERNAME": name, "DEVICE_KEY": device, "SRP_A": Exchange::new().srp_a()});
            respond(&app, DISCREET, "DEVICE_SRP_AUTH", &Value::Null, responses)
        },
        &|name| {
            let responses = claim(&app, DISCREET, &begun(&app, DISCREET, name), "wrong");
            respond(
                &app,
                DISCREET,
                "DEVICE_PASSWORD_VERIFIER",
                &Value::Null,
                with(responses, &[("DEVICE_KEY", device)]),
            )
        },
        &|name| {
            let responses = claim(&app, DISCREET, &begun(&app, DISCREET, name), "wrong");
            verify(
                &app,
                DISCREET,
                with(responses, &[("PASSWORD_CLAIM_SIGNATURE", "AAAA")]),
            )
        },
    ];
    for (index, probe) in probes.iter().enumerate() {
        seconds(&app, 900);
        // Six times, so that one sees the lock too.
        for _ in 0..6 {
            assert_eq!(probe("ben").refusal(), probe("bob").refusal(), "{index}");
        }
    }
}

// ---- Restarts ----

#[test]
fn a_sign_in_goes_on_after_a_restart() {
    let app = setup().on_disk().start();
    let responses = claim(&app, WEB, &begun(&app, WEB, "Ana"), PASSWORD);
    let used = claim(&app, WEB, &begun(&app, WEB, "Ana"), PASSWORD);
    assert_eq!(verify(&app, WEB, used.clone()).status, 200);
    let asked = sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]).ok();
    let app = app.stop().start();
    assert_eq!(verify(&app, WEB, responses).status, 200);
    refused(&verify(&app, WEB, used), USED_SESSION);
    let set = json!({"USERNAME": "tom", "NEW_PASSWORD": NEW, "userAttributes.nickname": "tommy"});
    assert_eq!(new_password(&app, WEB, &asked, set.clone()).status, 200);
    let app = app.stop().start();
    refused(&new_password(&app, WEB, &asked, set), USED_SESSION);
}
