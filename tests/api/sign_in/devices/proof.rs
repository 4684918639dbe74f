//! `DEVICE_SRP_AUTH` and `DEVICE_PASSWORD_VERIFIER`: a remembered device proves itself.

use serde_json::{Value, json};

use crate::devices::{
    OTHER, always, asked_for, device_claim, device_verify, metadata, with_device,
};
use crate::world::{
    Device, EXPIRED_SESSION, Exchange, INVALID_SESSION, NO_DEVICE, PASSWORD, POOL, Pool, Secret,
    USED_SESSION, User, WEB, WRONG_PASSWORD, access_token, at_once, begin_device, claims,
    confirm_device, initiate, prove_device, respond, sign_in_by_password, sign_in_by_srp, with,
};

#[test]
fn a_remembered_device_proves_itself_with_and_without_the_session() {
    let app = always();
    let (device, _) = with_device(&app, "ana");
    for with_session in [true, false] {
        for key_at_first in [true, false] {
            let further = [("DEVICE_KEY", device.key.as_str())];
            let mut asked = if key_at_first {
                sign_in_by_password(&app, WEB, "ana", PASSWORD, &further).ok()
            } else {
                let begun = initiate(
                    &app,
                    WEB,
                    "USER_SRP_AUTH",
                    json!({"USERNAME": "ana", "SRP_A": Exchange::new().srp_a()}),
                )
                .ok();
                let who = Secret::of_user(POOL, "ana", PASSWORD);
                let responses = Exchange::new().claim(&app, who, &begun["ChallengeParameters"]);
                respond(
                    &app,
                    WEB,
                    "PASSWORD_VERIFIER",
                    &Value::Null,
                    with(responses, &further),
                )
                .ok()
            };
            assert_eq!(asked["ChallengeName"], "DEVICE_SRP_AUTH");
            assert_eq!(
                asked["ChallengeParameters"],
                json!({"DEVICE_KEY": device.key, "USERNAME": "ana"})
            );
            assert!(asked["Session"].is_string());
            if !with_session {
                asked.as_object_mut().unwrap().remove("Session");
            }
            let begun = begin_device(&app, WEB, &device, &asked, "ana").ok();
            assert_eq!(begun["ChallengeName"], "DEVICE_PASSWORD_VERIFIER");
            let parameters = begun["ChallengeParameters"].as_object().unwrap();
            let names: Vec<&String> = parameters.keys().collect();
            assert_eq!(
                names,
                ["DEVICE_KEY", "SALT", "SECRET_BLOCK", "SRP_B", "USERNAME"]
            );
            let claim = Exchange::new().claim(
                &app,
                Secret::of_device(&device),
                &begun["ChallengeParameters"],
            );
            let answer = device_verify(&app, with(claim, &[("DEVICE_KEY", &device.key)])).ok();
            assert_eq!(*metadata(&answer), Value::Null);
            assert_eq!(claims(&access_token(&answer))["device_key"], device.key);
        }
    }
}

#[test]
fn an_administrator_carries_on_with_the_device_too() {
    let app = always();
    let (device, _) = with_device(&app, "ana");
    let respond = |challenge: &str, asked: &Value, responses: Value| {
        let input = json!({"UserPoolId": POOL, "ClientId": WEB.id, "ChallengeName": challenge, "Session": asked["Session"],
            "ChallengeResponses": responses});
        app.call("AdminRespondToAuthChallenge", &input).ok()
    };
    let input = json!({"UserPoolId": POOL, "ClientId": WEB.id, "AuthFlow": "ADMIN_NO_SRP_AUTH",
        "AuthParameters": {"USERNAME": "ana", "PASSWORD": PASSWORD, "DEVICE_KEY": device.key}});
    let asked = app.call("AdminInitiateAuth", &input).ok();
    assert_eq!(asked["ChallengeName"], "DEVICE_SRP_AUTH");
    let begun = respond(
        "DEVICE_SRP_AUTH",
        &asked,
        json!({"USERNAME": "ana", "DEVICE_KEY": device.key, "SRP_A": Exchange::new().srp_a()}),
    );
    let claim = Exchange::new().claim(
        &app,
        Secret::of_device(&device),
        &begun["ChallengeParameters"],
    );
    let answer = respond(
        "DEVICE_PASSWORD_VERIFIER",
        &begun,
        with(claim, &[("DEVICE_KEY", &device.key)]),
    );
    assert!(!access_token(&answer).is_empty());
}

#[test]
fn a_device_never_stands_by_itself() {
    let app = always();
    let (device, _) = with_device(&app, "ana");
    let alone = || begin_device(&app, WEB, &device, &Value::Null, "ana");
    alone().refused_as(INVALID_SESSION);
    // The sign-in of another client, of another user, or of another device of the user does not count.
    let key = [("DEVICE_KEY", device.key.as_str())];
    sign_in_by_password(&app, OTHER, "ana", PASSWORD, &key).ok();
    alone().refused_as(INVALID_SESSION);
    let (bens, _) = with_device(&app, "ben");
    asked_for(&app, "ben", &bens);
    alone().refused_as(INVALID_SESSION);
    begin_device(&app, WEB, &device, &Value::Null, "ben").refused_as(NO_DEVICE);
    begin_device(&app, WEB, &bens, &Value::Null, "ana").refused_as(NO_DEVICE);
    let (second, _) = with_device(&app, "ana");
    let of_second = asked_for(&app, "ana", &second);
    alone().refused_as(INVALID_SESSION);
    begin_device(&app, WEB, &device, &of_second, "ana").refused_as(INVALID_SESSION);
    // A failed one does not count either.
    sign_in_by_password(&app, WEB, "ana", "wrong", &key).refused_as(WRONG_PASSWORD);
    alone().refused_as(INVALID_SESSION);
    // A waiting sign-in is good for a limited time and once: until its session is used or the device has proved itself.
    let asked = asked_for(&app, "ana", &device);
    assert_eq!(alone().status, 200);
    assert_eq!(alone().status, 200);
    assert_eq!(begin_device(&app, WEB, &device, &asked, "ana").status, 200);
    begin_device(&app, WEB, &device, &asked, "ana").refused_as(USED_SESSION);
    alone().refused_as(INVALID_SESSION);
    asked_for(&app, "ana", &device);
    app.milliseconds_pass(3 * 60_000 + 1);
    alone().refused_as(EXPIRED_SESSION);
    let asked = asked_for(&app, "ana", &device);
    app.milliseconds_pass(3 * 60_000 + 1);
    begin_device(&app, WEB, &device, &asked, "ana").refused_as(EXPIRED_SESSION);
}

#[test]
fn whoever_knows_a_device_key_uses_up_nothing_of_a_sign_in_that_waits() {
    let app = always();
    let (device, _) = with_device(&app, "ana");
    let stranger = Device {
        password: "guessed".to_owned(),
        ..device.clone()
    };
    let alone =
        json!({"ChallengeName": "DEVICE_SRP_AUTH", "ChallengeParameters": {"USERNAME": "ana"}});
    let guess = || prove_device(&app, WEB, &stranger, &alone).refused_as(WRONG_PASSWORD);
    // With the session.
    let asked = asked_for(&app, "ana", &device);
    guess();
    let claim = device_claim(&app, &device, &asked);
    begin_device(&app, WEB, &stranger, &alone, "ana").refused_as(INVALID_SESSION);
    assert_eq!(device_verify(&app, claim).status, 200);
    // And without it.
    let asked = asked_for(&app, "ana", &device);
    guess();
    let claim = device_claim(&app, &device, &alone);
    let other_claim = device_claim(&app, &device, &alone);
    guess();
    assert_eq!(device_verify(&app, claim.clone()).status, 200);
    // That ended the sign-in: its session, its row, the proof, and every other exchange.
    begin_device(&app, WEB, &device, &asked, "ana").refused_as(USED_SESSION);
    begin_device(&app, WEB, &device, &alone, "ana").refused_as(INVALID_SESSION);
    device_verify(&app, claim).refused_as(USED_SESSION);
    device_verify(&app, other_claim).refused_as(INVALID_SESSION);
}

#[test]
fn a_session_that_is_used_ends_the_exchanges_without_it() {
    let app = always();
    let (device, _) = with_device(&app, "ana");
    let alone =
        json!({"ChallengeName": "DEVICE_SRP_AUTH", "ChallengeParameters": {"USERNAME": "ana"}});
    let asked = asked_for(&app, "ana", &device);
    let without = device_claim(&app, &device, &alone);
    let with_session = device_claim(&app, &device, &asked);
    device_verify(&app, without).refused_as(INVALID_SESSION);
    assert_eq!(device_verify(&app, with_session).status, 200);
    // An expired sign-in takes no proof either.
    asked_for(&app, "ana", &device);
    app.milliseconds_pass(2 * 60_000);
    let late = device_claim(&app, &device, &alone);
    app.milliseconds_pass(60_001);
    device_verify(&app, late).refused_as(INVALID_SESSION);
}

#[test]
fn sign_ins_with_one_device_at_the_same_time_do_not_disturb_each_other() {
    let app = always();
    let (device, _) = with_device(&app, "ana");
    let alone =
        json!({"ChallengeName": "DEVICE_SRP_AUTH", "ChallengeParameters": {"USERNAME": "ana"}});
    for _ in 0..2 {
        asked_for(&app, "ana", &device);
    }
    let claims = [(); 3].map(|()| device_claim(&app, &device, &alone));
    let [first, second, third] = claims;
    let counts = at_once(|| device_verify(&app, first.clone()));
    let used = (400, USED_SESSION.1.to_owned());
    assert_eq!(counts, [((200, String::new()), 1), (used, 15)].into());
    assert_eq!(device_verify(&app, second).status, 200);
    device_verify(&app, third).refused_as(INVALID_SESSION);
}

#[test]
fn a_user_signs_in_by_srp_and_then_with_the_remembered_device() {
    let app = Pool::new(POOL)
        .tracking(true)
        .client(WEB)
        .user(User::new("ana").password(PASSWORD))
        .start();
    let first = sign_in_by_srp(&app, WEB, "ana", PASSWORD, &[]).ok();
    let device = Device::issued(&first);
    confirm_device(&app, &access_token(&first), &device).ok();
    let key = [("DEVICE_KEY", device.key.as_str())];
    let asked = sign_in_by_srp(&app, WEB, "ana", PASSWORD, &key).ok();
    let answer = prove_device(&app, WEB, &device, &asked).ok();
    assert!(!access_token(&answer).is_empty());
}
