//! `InitiateAuth` and `AdminInitiateAuth`: which client allows which flow, the parameters of each, and secret hashes.

use serde_json::{Value, json};

use super::{EMAIL_POOL, REFRESHING, SILENT, begun, claim, new_password, start, verify};
use crate::world::{
    ANA_SUB, Answer, AppClient, Exchange, NEW, PASSWORD, POOL, Pool, TEMPORARY, UNKNOWN_POOL, User,
    WEB, WITH_SECRET, access_token, initiate, initiate_by_admin, keys, respond, secret_hash,
    sign_in_by_password, sign_in_by_srp, token, with,
};

#[test]
fn every_flow_with_the_right_password_gives_the_same_answer() {
    let app = start();
    let password = json!({"USERNAME": "Ana", "PASSWORD": PASSWORD});
    for answer in [
        sign_in_by_srp(&app, WEB, "Ana", PASSWORD, &[]),
        sign_in_by_srp(&app, SILENT, "Ana", PASSWORD, &[]),
        sign_in_by_password(&app, WEB, "Ana", PASSWORD, &[]),
        initiate_by_admin(&app, WEB, "ADMIN_USER_PASSWORD_AUTH", password.clone()),
        initiate_by_admin(&app, WEB, "ADMIN_NO_SRP_AUTH", password),
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
    let asked = initiate_by_admin(&app, WEB, "USER_SRP_AUTH", parameters).ok();
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
        initiate_by_admin(&app, client, "USER_PASSWORD_AUTH", parameters.clone()).refused(
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
        initiate_by_admin(&app, REFRESHING, flow, parameters.clone()).refused(
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
    initiate_by_admin(&app, unknown, "ADMIN_NO_SRP_AUTH", parameters.clone())
        .refused("ResourceNotFoundException", message);
    let elsewhere = AppClient {
        pool: EMAIL_POOL,
        ..WEB
    };
    initiate_by_admin(&app, elsewhere, "ADMIN_NO_SRP_AUTH", parameters.clone()).refused(
        "ResourceNotFoundException",
        "User pool client web00000000000000000000001 does not exist.",
    );
    let nowhere = AppClient {
        pool: UNKNOWN_POOL,
        ..WEB
    };
    initiate_by_admin(&app, nowhere, "ADMIN_NO_SRP_AUTH", parameters).refused(
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
        // Missing parameters come before the check of the user and of the hash.
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
    // The hash is checked before the user and the password.
    check(&|hash| sign_in_by_password(&app, bare, "Ana", "wrong", hash));
    check(&|hash| sign_in_by_password(&app, bare, "nobody", PASSWORD, hash));
    check(&|hash| sign_in_by_srp(&app, bare, "Ana", PASSWORD, hash));
    check(&|hash| {
        initiate_by_admin(
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

#[test]
fn a_sign_in_by_choice_is_not_served() {
    let app = Pool::new(POOL)
        .client_with(WEB, json!({"ExplicitAuthFlows": ["ALLOW_USER_AUTH"]}))
        .user(User::new("ana").password(PASSWORD))
        .start();
    let answer = initiate(&app, WEB, "USER_AUTH", json!({"USERNAME": "ana"}));
    assert_eq!(answer.status, 501);
    assert_eq!(answer.refusal().0, "NotImplementedException");
}
