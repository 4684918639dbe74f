//! Events of sign-ins: one for each, from the password to the tokens.

use serde_json::{Value, json};

use super::{PLAIN, PLAIN_POOL, events, last, request_id, start, told};
use crate::world::{
    Answer, DISCREET, Device, Exchange, NEW, PASSWORD, POOL, Secret, TEMPORARY, WEB, WRONG_CODE,
    WRONG_PASSWORD, access_token, at_once, begin_device, claims, confirm_device, initiate,
    initiate_by_admin, prove_device, respond, set_up_token, sign_in, sign_in_by_password,
    sign_in_by_srp, token, totp, with,
};

const SUCCESS: fn() -> Value = || json!({"Password": "Success"});

#[test]
fn a_sign_in_is_an_event_that_its_tokens_name() {
    let app = start();
    let ways: [&dyn Fn() -> Answer; 3] = [
        &|| sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]),
        &|| sign_in_by_srp(&app, WEB, "ana", PASSWORD, &[]),
        &|| {
            let password = json!({"USERNAME": "ana", "PASSWORD": PASSWORD});
            initiate_by_admin(&app, WEB, "ADMIN_USER_PASSWORD_AUTH", password)
        },
    ];
    for way in ways {
        let answer = way();
        let event = last(&app, "ana");
        assert_eq!(told(&event), ("SignIn", "Pass", SUCCESS()));
        assert_eq!(event["EventId"], request_id(&answer));
        let answer = answer.ok();
        for name in ["AccessToken", "IdToken"] {
            assert_eq!(claims(&token(&answer, name))["event_id"], event["EventId"]);
        }
        assert_eq!(
            event["EventRisk"],
            json!({"RiskDecision": "NoRisk", "CompromisedCredentialsDetected": false})
        );
        assert!(event.get("EventFeedback").is_none());
    }
    assert_eq!(events(&app, "ana").len(), 3);
    assert!(events(&app, "ben").is_empty());
}

#[test]
fn a_wrong_password_is_an_event_that_failed() {
    let app = start();
    let failed = ("SignIn", "Fail", json!({"Password": "Failure"}));
    for client in [WEB, DISCREET] {
        let answers = [
            sign_in_by_password(&app, client, "ana", "wrong", &[]),
            sign_in_by_srp(&app, client, "ana", "wrong", &[]),
        ];
        let kept = events(&app, "ana");
        for (event, answer) in kept.iter().zip(answers.iter().rev()) {
            answer.refused_as(WRONG_PASSWORD);
            assert_eq!(told(event), failed);
            assert_eq!(event["EventId"], request_id(answer));
        }
    }
    assert_eq!(events(&app, "ana").len(), 4);
}

#[test]
fn nothing_is_recorded_of_names_that_nobody_has_and_of_what_is_not_judged() {
    let app = super::setup().on_disk().start();
    let count = || -> i64 {
        let counted = "SELECT count(*) FROM auth_events";
        app.file().query_row(counted, [], |row| row.get(0)).unwrap()
    };
    sign_in_by_password(&app, DISCREET, "nobody", PASSWORD, &[]).refused_as(WRONG_PASSWORD);
    sign_in_by_srp(&app, DISCREET, "nobody", PASSWORD, &[]).refused_as(WRONG_PASSWORD);
    sign_in_by_password(&app, WEB, "nobody", PASSWORD, &[]);
    // Beginning an exchange proves nothing.
    let parameters = json!({"USERNAME": "ana", "SRP_A": Exchange::new().srp_a()});
    initiate(&app, WEB, "USER_SRP_AUTH", parameters).ok();
    initiate(&app, WEB, "USER_PASSWORD_AUTH", json!({"USERNAME": "ana"}));
    assert_eq!(count(), 0);
    for _ in 0..5 {
        sign_in_by_password(&app, WEB, "ana", "wrong", &[]).refused_as(WRONG_PASSWORD);
    }
    // During the lock no password is looked at.
    for password in ["wrong", PASSWORD] {
        let answer = sign_in_by_password(&app, WEB, "ana", password, &[]);
        answer.refused("NotAuthorizedException", "Password attempts exceeded");
    }
    assert_eq!(count(), 5);
}

#[test]
fn a_user_who_may_not_sign_in_fails_with_the_right_password() {
    let app = start();
    for (name, code) in [
        ("dora", "NotAuthorizedException"),
        ("una", "UserNotConfirmedException"),
        ("rita", "PasswordResetRequiredException"),
    ] {
        let refused = sign_in_by_password(&app, WEB, name, PASSWORD, &[]);
        assert_eq!(refused.refusal().0, code);
        let event = last(&app, name);
        assert_eq!(told(&event), ("SignIn", "Fail", SUCCESS()), "{name}");
        assert_eq!(event["EventId"], request_id(&refused));
    }
    app.seconds_pass(8 * 24 * 60 * 60);
    let expired = sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]);
    assert_eq!(expired.refusal().0, "NotAuthorizedException");
    assert_eq!(told(&last(&app, "tom")), ("SignIn", "Fail", SUCCESS()));
}

#[test]
fn a_new_password_goes_on_with_the_event_that_the_temporary_one_began() {
    let app = start();
    let begun = sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]);
    let event = last(&app, "tom");
    assert_eq!(told(&event), ("SignIn", "InProgress", SUCCESS()));
    assert_eq!(event["EventId"], request_id(&begun));
    let asked = begun.ok();
    let responses = json!({"USERNAME": "tom", "NEW_PASSWORD": NEW});
    app.seconds_pass(60);
    let answer = respond(&app, WEB, "NEW_PASSWORD_REQUIRED", &asked, responses).ok();
    let passed = events(&app, "tom");
    assert_eq!(passed.len(), 1);
    assert_eq!(told(&passed[0]), ("SignIn", "Pass", SUCCESS()));
    for name in ["EventId", "CreationDate"] {
        assert_eq!(passed[0][name], event[name], "as it began");
    }
    assert_eq!(claims(&access_token(&answer))["event_id"], event["EventId"]);
}

/// Gives Ana a software token and signs in up to its code. Returns the secret and the challenge.
fn asked_for_code(app: &crate::world::App) -> (String, Value) {
    let secret = set_up_token(app, &access_token(&sign_in(app, WEB, "ana")), None);
    let on = json!({"UserPoolId": POOL, "Username": "ana", "SoftwareTokenMfaSettings": {"Enabled": true}});
    app.call("AdminSetUserMFAPreference", &on).ok();
    app.seconds_pass(30);
    let asked = sign_in(app, WEB, "ana");
    assert_eq!(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    (secret, asked)
}

#[test]
fn a_second_factor_fails_and_passes_in_the_same_event() {
    let app = start();
    let (secret, asked) = asked_for_code(&app);
    let begun = last(&app, "ana");
    assert_eq!(told(&begun), ("SignIn", "InProgress", SUCCESS()));
    let code = |code: &str| json!({"USERNAME": "ana", "SOFTWARE_TOKEN_MFA_CODE": code});
    let answer = |given| respond(&app, WEB, "SOFTWARE_TOKEN_MFA", &asked, code(given));
    answer("000000").refused_as(WRONG_CODE);
    let judged = |how: &str| json!({"Password": "Success", "Mfa": how});
    let failed = last(&app, "ana");
    assert_eq!(told(&failed), ("SignIn", "Fail", judged("Failure")));
    let right = totp(&app, &secret);
    let tokens = answer(&right).ok();
    let passed = last(&app, "ana");
    assert_eq!(told(&passed), ("SignIn", "Pass", judged("Success")));
    assert_eq!(passed["EventId"], begun["EventId"]);
    assert_eq!(claims(&access_token(&tokens))["event_id"], begun["EventId"]);
    // An answer that is sent again changes nothing.
    for again in [&*right, "000000"] {
        assert_ne!(answer(again).status, 200);
    }
    assert_eq!(last(&app, "ana"), passed);
    assert_eq!(events(&app, "ana").len(), 2);
}

#[test]
fn sign_ins_side_by_side_are_events_of_their_own() {
    let app = start();
    let (secret, first) = asked_for_code(&app);
    let second = sign_in(&app, WEB, "ana");
    let ids: Vec<Value> = events(&app, "ana")[..2]
        .iter()
        .map(|event| event["EventId"].clone())
        .collect();
    let code = json!({"USERNAME": "ana", "SOFTWARE_TOKEN_MFA_CODE": totp(&app, &secret)});
    let tokens = respond(&app, WEB, "SOFTWARE_TOKEN_MFA", &first, code).ok();
    assert_eq!(claims(&access_token(&tokens))["event_id"], ids[1]);
    let outcomes = || -> Vec<Value> {
        let kept = events(&app, "ana");
        kept.iter()
            .map(|event| event["EventResponse"].clone())
            .collect()
    };
    assert_eq!(outcomes(), ["InProgress", "Pass", "Pass"]);
    app.seconds_pass(30);
    let code = json!({"USERNAME": "ana", "SOFTWARE_TOKEN_MFA_CODE": totp(&app, &secret)});
    respond(&app, WEB, "SOFTWARE_TOKEN_MFA", &second, code).ok();
    assert_eq!(outcomes(), ["Pass", "Pass", "Pass"]);
    let tally = at_once(|| sign_in_by_password(&app, WEB, "ben", PASSWORD, &[]));
    let answered: usize = tally.values().sum();
    assert_eq!(events(&app, "ben").len(), answered);
}

#[test]
fn a_device_proves_itself_in_the_event_of_its_sign_in() {
    let app = start();
    let first = sign_in(&app, WEB, "ben");
    let device = Device::issued(&first);
    confirm_device(&app, &access_token(&first), &device).ok();
    let key = [("DEVICE_KEY", device.key.as_str())];
    for with_session in [true, false] {
        let mut asked = sign_in_by_password(&app, WEB, "ben", PASSWORD, &key).ok();
        let begun = last(&app, "ben");
        assert_eq!(told(&begun), ("SignIn", "InProgress", SUCCESS()));
        if !with_session {
            asked["Session"] = Value::Null;
        }
        let tokens = prove_device(&app, WEB, &device, &asked).ok();
        let passed = last(&app, "ben");
        assert_eq!(told(&passed), ("SignIn", "Pass", SUCCESS()));
        assert_eq!(passed["EventId"], begun["EventId"]);
        assert_eq!(claims(&access_token(&tokens))["event_id"], begun["EventId"]);
    }
    assert_eq!(events(&app, "ben").len(), 3);
}

#[test]
fn a_wrong_proof_of_a_device_fails_the_event_of_its_sign_in_alone() {
    let app = start();
    let first = sign_in(&app, WEB, "ben");
    let device = Device::issued(&first);
    confirm_device(&app, &access_token(&first), &device).ok();
    let key = [("DEVICE_KEY", device.key.as_str())];
    let asked = sign_in_by_password(&app, WEB, "ben", PASSWORD, &key).ok();
    let stranger = Device {
        password: "another".to_owned(),
        ..device.clone()
    };
    let proof = |asked: &Value| {
        let begun = begin_device(&app, WEB, &device, asked, "ben").ok();
        let who = Secret::of_device(&stranger);
        let claim = Exchange::new().claim(&app, who, &begun["ChallengeParameters"]);
        let responses = with(claim, &key);
        respond(
            &app,
            WEB,
            "DEVICE_PASSWORD_VERIFIER",
            &Value::Null,
            responses,
        )
    };
    // Anybody can begin an exchange who knows a name and a key: it belongs to no sign-in.
    proof(&Value::Null).refused_as(WRONG_PASSWORD);
    assert_eq!(
        told(&last(&app, "ben")),
        ("SignIn", "InProgress", SUCCESS())
    );
    proof(&asked).refused_as(WRONG_PASSWORD);
    assert_eq!(told(&last(&app, "ben")), ("SignIn", "Fail", SUCCESS()));
    assert_eq!(events(&app, "ben").len(), 2);
}

#[test]
fn setting_up_a_factor_belongs_to_the_sign_in_that_asks_for_it() {
    let app = start();
    let on = json!({"UserPoolId": POOL, "MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": {"Enabled": true}});
    app.call("SetUserPoolMfaConfig", &on).ok();
    let asked = sign_in(&app, WEB, "ana");
    assert_eq!(asked["ChallengeName"], "MFA_SETUP");
    let id = last(&app, "ana")["EventId"].clone();
    let associated = json!({"Session": asked["Session"]});
    let associated = app.call_open("AssociateSoftwareToken", &associated).ok();
    let code = totp(&app, associated["SecretCode"].as_str().unwrap());
    let verify = json!({"Session": associated["Session"], "UserCode": code});
    let verified = app.call_open("VerifySoftwareToken", &verify).ok();
    let tokens = respond(
        &app,
        WEB,
        "MFA_SETUP",
        &verified,
        json!({"USERNAME": "ana"}),
    )
    .ok();
    assert_eq!(claims(&access_token(&tokens))["event_id"], id);
    let passed = json!({"Password": "Success", "Mfa": "Success"});
    assert_eq!(told(&last(&app, "ana")), ("SignIn", "Pass", passed));
    assert_eq!(events(&app, "ana").len(), 1);
}

#[test]
fn refreshing_is_no_event_and_is_named_by_its_request() {
    let app = start();
    let tokens = sign_in(&app, WEB, "ana");
    let parameters = json!({"REFRESH_TOKEN": token(&tokens, "RefreshToken"),
        "DEVICE_KEY": tokens["AuthenticationResult"]["NewDeviceMetadata"]["DeviceKey"]});
    confirm_device(&app, &access_token(&tokens), &Device::issued(&tokens)).ok();
    let answer = initiate(&app, WEB, "REFRESH_TOKEN_AUTH", parameters);
    let refreshed = access_token(&answer.ok());
    assert_eq!(claims(&refreshed)["event_id"], request_id(&answer));
    assert_eq!(events(&app, "ana").len(), 1);
}

#[test]
fn a_pool_without_threat_protection_records_nothing() {
    let app = super::setup().on_disk().start();
    let answer = sign_in_by_password(&app, PLAIN, "ana", PASSWORD, &[]);
    let access = claims(&access_token(&answer.ok()));
    assert_eq!(access["event_id"], request_id(&answer));
    sign_in_by_password(&app, PLAIN, "ana", "wrong", &[]).refused_as(WRONG_PASSWORD);
    let kept = "SELECT count(*) FROM auth_events";
    let kept: i64 = app.file().query_row(kept, [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 0);
    // What is switched on counts from the next sign-in on.
    let on = |mode: &str| {
        let mut input = super::protected(mode);
        input["UserPoolId"] = json!(PLAIN_POOL);
        app.call("UpdateUserPool", &input).ok();
    };
    let listed = || {
        let input = json!({"UserPoolId": PLAIN_POOL, "Username": "ana"});
        app.call("AdminListUserAuthEvents", &input)
    };
    for (mode, number) in [("AUDIT", 1), ("OFF", 1), ("ENFORCED", 2)] {
        on(mode);
        sign_in(&app, PLAIN, "ana");
        if mode == "OFF" {
            listed().refused_as(super::NOT_ENABLED);
        } else {
            assert_eq!(
                listed().ok()["AuthEvents"].as_array().unwrap().len(),
                number
            );
        }
    }
}
