//! Sessions and secret blocks: each is good once, for one client and one challenge, and for a limited time.

use serde_json::{Value, json};

use super::{EMAIL_APP, SILENT, begun, claim, new_password, setup, start, verify};
use crate::world::{
    DISCREET, EXPIRED_SESSION, INVALID_SESSION, NEW, PASSWORD, POOL, TEMPORARY, USED_SESSION, WEB,
    WRONG_PASSWORD, at_once, respond, sign_in_by_password, timestamp, with,
};

#[test]
fn a_block_serves_once() {
    let app = start();
    let responses = claim(&app, WEB, &begun(&app, WEB, "Ana"), PASSWORD);
    assert_eq!(verify(&app, WEB, responses.clone()).status, 200);
    verify(&app, WEB, responses.clone()).refused_as(USED_SESSION);
    app.seconds_pass(120);
    let again = json!({"TIMESTAMP": timestamp(&app)});
    verify(
        &app,
        WEB,
        with(
            responses,
            &[("TIMESTAMP", again["TIMESTAMP"].as_str().unwrap())],
        ),
    )
    .refused_as(WRONG_PASSWORD);
}

#[test]
fn a_block_is_its_clients_and_its_pools() {
    let app = start();
    let responses = claim(&app, WEB, &begun(&app, WEB, "Ana"), PASSWORD);
    for other in [DISCREET, SILENT, EMAIL_APP] {
        verify(&app, other, responses.clone()).refused_as(WRONG_PASSWORD);
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
        app.milliseconds_pass(3 * 60_000 + extra);
        let answer = verify(&app, WEB, claim(&app, WEB, &block, PASSWORD));
        let set =
            json!({"USERNAME": "tom", "NEW_PASSWORD": "short", "userAttributes.nickname": "tommy"});
        let set = new_password(&app, WEB, &session, set);
        if ends {
            answer.refused_as(WRONG_PASSWORD);
            set.refused_as(EXPIRED_SESSION);
        } else {
            assert_eq!(answer.status, 200);
            assert_eq!(set.refusal().0, "InvalidPasswordException");
        }
    }
    let settings = json!({"UserPoolId": POOL, "ClientId": WEB.id, "AuthSessionValidity": 15,
        "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"]});
    app.call("UpdateUserPoolClient", &settings).ok();
    let block = begun(&app, WEB, "Ana");
    app.seconds_pass(15 * 60);
    assert_eq!(
        verify(&app, WEB, claim(&app, WEB, &block, PASSWORD)).status,
        200
    );
}

#[test]
fn the_session_of_a_new_password_serves_once_and_nobody_else() {
    let app = start();
    let asked = sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]).ok();
    let other = sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]).ok();
    let set = json!({"USERNAME": "tom", "NEW_PASSWORD": NEW, "userAttributes.nickname": "tommy"});
    new_password(&app, WEB, &asked, with(set.clone(), &[("USERNAME", "Ana")]))
        .refused_as(INVALID_SESSION);
    new_password(
        &app,
        WEB,
        &asked,
        with(set.clone(), &[("USERNAME", "nobody")]),
    )
    .refused_as(INVALID_SESSION);
    for client in [DISCREET, EMAIL_APP] {
        new_password(&app, client, &asked, set.clone()).refused_as(INVALID_SESSION);
    }
    let text = asked["Session"].as_str().unwrap();
    for forged in [
        "0123456789abcdefghij".to_owned(),
        format!("A{}", &text[1..]),
        text[..text.len() - 1].to_owned(),
        format!("{text}AAAA"),
    ] {
        if forged != text {
            new_password(&app, WEB, &json!({"Session": forged}), set.clone())
                .refused_as(INVALID_SESSION);
        }
    }
    new_password(&app, WEB, &json!({"Session": "too short"}), set.clone()).refused(
        "InvalidParameterException",
        "1 validation error detected: Value at 'session' failed to satisfy constraint: Member must have length greater than or equal to 20",
    );
    assert_eq!(new_password(&app, WEB, &asked, set.clone()).status, 200);
    new_password(&app, WEB, &asked, set.clone()).refused_as(USED_SESSION);
    // A second sign-in with the temporary password cannot set a password any more.
    let theirs = json!({"USERNAME": "tom", "NEW_PASSWORD": "Stolen-Account-1"});
    new_password(&app, WEB, &other, theirs).refused_as(INVALID_SESSION);
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
        respond(&app, WEB, challenge, &asked, responses.clone()).refused_as(INVALID_SESSION);
        respond(&app, WEB, challenge, &Value::Null, responses).refused(
            "InvalidParameterException",
            "Missing required parameter Session",
        );
    }
    // A session is not accepted as a secret block, nor a secret block as a session.
    let block = begun(&app, WEB, "Ana")["ChallengeParameters"]["SECRET_BLOCK"].clone();
    let mut responses = claim(&app, WEB, &begun(&app, WEB, "Ana"), PASSWORD);
    responses["PASSWORD_CLAIM_SECRET_BLOCK"] = asked["Session"].clone();
    verify(&app, WEB, responses).refused_as(WRONG_PASSWORD);
    let as_session = block
        .as_str()
        .unwrap()
        .replace('+', "-")
        .replace('/', "_")
        .replace('=', "");
    let set = json!({"USERNAME": "Ana", "NEW_PASSWORD": NEW});
    new_password(&app, WEB, &json!({"Session": as_session}), set).refused_as(INVALID_SESSION);
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

#[test]
fn a_sign_in_goes_on_after_a_restart() {
    let app = setup().on_disk().start();
    let responses = claim(&app, WEB, &begun(&app, WEB, "Ana"), PASSWORD);
    let used = claim(&app, WEB, &begun(&app, WEB, "Ana"), PASSWORD);
    assert_eq!(verify(&app, WEB, used.clone()).status, 200);
    let asked = sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]).ok();
    let app = app.stop().start();
    assert_eq!(verify(&app, WEB, responses).status, 200);
    verify(&app, WEB, used).refused_as(USED_SESSION);
    let set = json!({"USERNAME": "tom", "NEW_PASSWORD": NEW, "userAttributes.nickname": "tommy"});
    assert_eq!(new_password(&app, WEB, &asked, set.clone()).status, 200);
    let app = app.stop().start();
    new_password(&app, WEB, &asked, set).refused_as(USED_SESSION);
}
