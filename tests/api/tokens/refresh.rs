//! Refresh tokens: new tokens of the same sign-in.

use serde_json::json;

use super::{BRIEF, ELSEWHERE, exchange, refresh, show, start};
use crate::world::{
    ANA_SUB, AppClient, EXPIRED_REFRESH_TOKEN, INVALID_REFRESH_TOKEN, POOL, WEB, WITH_SECRET,
    access_token, claims, initiate, secret_hash, sign_in, token, with,
};

#[test]
fn a_refresh_gives_new_tokens_of_the_same_sign_in() {
    let app = start();
    let first = sign_in(&app, WEB, "ana");
    let refresh_token = token(&first, "RefreshToken");
    app.milliseconds_pass(10_000);
    let parameters = json!({"REFRESH_TOKEN": refresh_token});
    let by_admin = |flow: &str| {
        let input = json!({"UserPoolId": POOL, "ClientId": WEB.id, "AuthFlow": flow, "AuthParameters": parameters});
        app.call("AdminInitiateAuth", &input)
    };
    for answer in [
        initiate(&app, WEB, "REFRESH_TOKEN_AUTH", parameters.clone()),
        initiate(&app, WEB, "REFRESH_TOKEN", parameters.clone()),
        exchange(&app, WEB, &refresh_token),
        by_admin("REFRESH_TOKEN_AUTH"),
        by_admin("REFRESH_TOKEN"),
    ] {
        let event = answer.header("x-amzn-requestid").to_owned();
        let answer = answer.ok();
        let members: Vec<&String> = answer["AuthenticationResult"]
            .as_object()
            .unwrap()
            .keys()
            .collect();
        assert_eq!(
            members,
            ["AccessToken", "ExpiresIn", "IdToken", "TokenType"]
        );
        for name in ["AccessToken", "IdToken"] {
            let (before, after) = (claims(&token(&first, name)), claims(&token(&answer, name)));
            let mut expected = before.clone();
            expected["iat"] = 1_795_357_390.into();
            expected["exp"] = 1_795_360_990_i64.into();
            expected["event_id"] = event.clone().into();
            expected["jti"] = after["jti"].clone();
            assert_eq!(after, expected);
            assert_ne!(after["jti"], before["jti"]);
        }
        assert_eq!(show(&app, &access_token(&answer)).status, 200);
    }
    // The ID token has the present attributes.
    let input = json!({"UserPoolId": POOL, "Username": "ana", "UserAttributes": [{"Name": "nickname", "Value": "annie"}]});
    app.call("AdminUpdateUserAttributes", &input).ok();
    let again = refresh(&app, WEB, &refresh_token).ok();
    assert_eq!(claims(&token(&again, "IdToken"))["nickname"], "annie");
}

#[test]
fn a_refresh_token_lives_as_long_as_its_client_says() {
    let app = start();
    for (client, life) in [(BRIEF, 90 * 60_000), (WEB, 30 * 24 * 60 * 60_000)] {
        let refresh_token = token(&sign_in(&app, client, "ana"), "RefreshToken");
        app.milliseconds_pass(life - 1);
        assert_eq!(refresh(&app, client, &refresh_token).status, 200);
        // The tokens that it gave outlive it.
        let last = exchange(&app, client, &refresh_token).ok();
        app.milliseconds_pass(1);
        refresh(&app, client, &refresh_token).refused_as(EXPIRED_REFRESH_TOKEN);
        exchange(&app, client, &refresh_token).refused_as(EXPIRED_REFRESH_TOKEN);
        sign_in(&app, client, "ana");
        assert_eq!(show(&app, &access_token(&last)).status, 200);
    }
}

#[test]
fn a_refresh_token_is_its_clients() {
    let app = start();
    let refresh_token = token(&sign_in(&app, WEB, "ana"), "RefreshToken");
    for other in [BRIEF, ELSEWHERE, WITH_SECRET] {
        refresh(&app, other, &refresh_token).refused_as(INVALID_REFRESH_TOKEN);
        exchange(&app, other, &refresh_token).refused_as(INVALID_REFRESH_TOKEN);
    }
    let mut altered = refresh_token.clone();
    altered.replace_range(..1, if altered.starts_with('e') { "f" } else { "e" });
    let answer = sign_in(&app, WEB, "ana");
    for garbage in [
        "garbage",
        &altered,
        &access_token(&answer),
        &token(&answer, "IdToken"),
        &refresh_token[1..],
    ] {
        refresh(&app, WEB, garbage).refused_as(INVALID_REFRESH_TOKEN);
        exchange(&app, WEB, garbage).refused_as(INVALID_REFRESH_TOKEN);
    }
    assert_eq!(refresh(&app, WEB, &refresh_token).status, 200);
}

#[test]
fn a_client_with_a_secret_shows_that_it_knows_it() {
    let app = start();
    let refresh_token = token(&sign_in(&app, WITH_SECRET, "ana"), "RefreshToken");
    let bare = AppClient {
        secret: None,
        ..WITH_SECRET
    };
    let secret = WITH_SECRET.secret.unwrap();
    for name in ["ana", ANA_SUB] {
        let hash = secret_hash(secret, name, WITH_SECRET.id);
        let parameters = json!({"REFRESH_TOKEN": refresh_token, "SECRET_HASH": hash});
        assert_eq!(
            initiate(&app, bare, "REFRESH_TOKEN_AUTH", parameters).status,
            200
        );
    }
    let wrong = secret_hash(secret, "ben", WITH_SECRET.id);
    let parameters = json!({"REFRESH_TOKEN": refresh_token});
    let hashed = with(parameters.clone(), &[("SECRET_HASH", &wrong)]);
    initiate(&app, bare, "REFRESH_TOKEN_AUTH", hashed).refused(
        "NotAuthorizedException",
        "Unable to verify secret hash for client secret00000000000000000001",
    );
    initiate(&app, bare, "REFRESH_TOKEN_AUTH", parameters).refused(
        "NotAuthorizedException",
        "Client secret00000000000000000001 is configured with secret but SECRET_HASH was not received",
    );
    assert_eq!(exchange(&app, WITH_SECRET, &refresh_token).status, 200);
    for other in [
        bare,
        AppClient {
            secret: Some("another0123456789abcdefghijk"),
            ..WITH_SECRET
        },
    ] {
        assert_eq!(
            exchange(&app, other, &refresh_token).refusal().0,
            "NotAuthorizedException"
        );
    }
}
