//! Software tokens: set up, verified, asked for, replaced and taken away.

use std::time::Duration;

use poolhouse::ambient::ManualClock;
use serde_json::{Value, json};

use super::{
    ON, OPTIONAL, SMS, answer, next_step, other_than, prefer, setup, start, text, with_token,
};
use crate::world::{
    Answer, App, INVALID_SESSION, NO_USER, PASSWORD, WRONG_CODE, access_token, set_up_token,
    sign_in, totp,
};

#[test]
fn a_software_token_is_set_up_preferred_and_asked_for() {
    let app = start();
    let tokens = sign_in(&app, OPTIONAL, "ana");
    let token = access_token(&tokens);
    let secret = set_up_token(&app, &token, Some("Ana's phone"));
    assert_eq!(secret.len(), 52);
    let get = || {
        app.call_open("GetUser", &json!({"AccessToken": token}))
            .ok()
    };
    assert!(get().get("UserMFASettingList").is_none());
    access_token(&sign_in(&app, OPTIONAL, "ana"));
    let preference = json!({"AccessToken": token, "SoftwareTokenMfaSettings": {"Enabled": true, "PreferredMfa": true}});
    let answered = app.call_open("SetUserMFAPreference", &preference).ok();
    assert_eq!(answered, json!({}));
    assert_eq!(get()["UserMFASettingList"], json!(["SOFTWARE_TOKEN_MFA"]));
    assert_eq!(get()["PreferredMfaSetting"], "SOFTWARE_TOKEN_MFA");
    assert!(get().get("MFAOptions").is_none());
    next_step(&app);
    let asked = sign_in(&app, OPTIONAL, "ana");
    assert_eq!(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    assert_eq!(
        asked["ChallengeParameters"],
        json!({"FRIENDLY_DEVICE_NAME": "Ana's phone", "USER_ID_FOR_SRP": "ana"})
    );
    let code = totp(&app, &secret);
    let name = "SOFTWARE_TOKEN_MFA_CODE";
    let wrong = answer(&app, OPTIONAL, "ana", &asked, (name, &other_than(&code)));
    wrong.refused_as(WRONG_CODE);
    let tokens = answer(&app, OPTIONAL, "ana", &asked, (name, &code)).ok();
    access_token(&tokens);
}

#[test]
fn a_code_of_a_software_token_counts_once() {
    let app = start();
    let tokens = sign_in(&app, OPTIONAL, "ana");
    let secret = set_up_token(&app, &access_token(&tokens), None);
    prefer(
        &app,
        OPTIONAL,
        "ana",
        &json!({"SoftwareTokenMfaSettings": ON()}),
    )
    .ok();
    let used = |answer: Answer| {
        answer.refused(
            "ExpiredCodeException",
            "Your software token has already been used once.",
        );
    };
    let try_with = |code: &str| {
        let asked = sign_in(&app, OPTIONAL, "ana");
        answer(
            &app,
            OPTIONAL,
            "ana",
            &asked,
            ("SOFTWARE_TOKEN_MFA_CODE", code),
        )
    };
    used(try_with(&totp(&app, &secret)));
    next_step(&app);
    let code = totp(&app, &secret);
    try_with(&code).ok();
    used(try_with(&code));
    next_step(&app);
    used(try_with(&code));
    // An older code that was not used is refused after a newer one.
    let skipped = totp(&app, &secret);
    next_step(&app);
    try_with(&totp(&app, &secret)).ok();
    used(try_with(&skipped));
}

#[test]
fn a_clock_that_was_ahead_does_not_hold_up_a_software_token() {
    let app = setup().on_disk().start();
    let now = app.clock.now();
    app.clock.advance(Duration::from_hours(5));
    let secret = with_token(&app, "ana");
    let by_token = |app: &App| {
        let asked = sign_in(app, OPTIONAL, "ana");
        let code = totp(app, &secret);
        answer(
            app,
            OPTIONAL,
            "ana",
            &asked,
            ("SOFTWARE_TOKEN_MFA_CODE", &code),
        )
    };
    by_token(&app).ok();
    let app = app.stop().start_at(ManualClock::at(now));
    by_token(&app).ok();
    assert_eq!(by_token(&app).refusal().0, "ExpiredCodeException");
}

#[test]
fn a_new_token_takes_the_place_of_the_old_one_when_it_is_verified() {
    let app = start();
    let tokens = sign_in(&app, OPTIONAL, "ana");
    let token = access_token(&tokens);
    let old = set_up_token(&app, &token, None);
    prefer(
        &app,
        OPTIONAL,
        "ana",
        &json!({"SoftwareTokenMfaSettings": ON()}),
    )
    .ok();
    next_step(&app);
    let associated = app.call_open("AssociateSoftwareToken", &json!({"AccessToken": token}));
    let new = text(&associated.ok()["SecretCode"]).to_owned();
    let try_with = |secret: &str| {
        let asked = sign_in(&app, OPTIONAL, "ana");
        let code = totp(&app, secret);
        answer(
            &app,
            OPTIONAL,
            "ana",
            &asked,
            ("SOFTWARE_TOKEN_MFA_CODE", &code),
        )
    };
    try_with(&new).refused_as(WRONG_CODE);
    try_with(&old).ok();
    let verify = |code: &str| {
        let input = json!({"AccessToken": token, "UserCode": code});
        app.call_open("VerifySoftwareToken", &input)
    };
    verify(&totp(&app, &old)).refused("EnableSoftwareTokenMFAException", "Code mismatch");
    verify(&totp(&app, &new)).ok();
    verify(&totp(&app, &new)).refused(
        "SoftwareTokenMFANotFoundException",
        "Software Token MFA does not exist for the user.",
    );
    next_step(&app);
    try_with(&old).refused_as(WRONG_CODE);
    try_with(&new).ok();
}

#[test]
fn setting_up_needs_somebody() {
    let app = start();
    for (operation, input) in [
        ("AssociateSoftwareToken", json!({})),
        ("VerifySoftwareToken", json!({"UserCode": "123456"})),
    ] {
        app.call_open(operation, &input).refused(
            "InvalidParameterException",
            "Missing required parameter AccessToken",
        );
    }
    let asked = sign_in(&app, SMS, "ana");
    app.call_open(
        "AssociateSoftwareToken",
        &json!({"Session": asked["Session"]}),
    )
    .refused_as(INVALID_SESSION);
}

#[test]
fn an_administrator_takes_a_software_token_away() {
    let app = start();
    with_token(&app, "ana");
    let input = json!({"UserPoolId": OPTIONAL.pool, "Username": "ana"});
    let asked = sign_in(&app, OPTIONAL, "ana");
    for _ in 0..2 {
        let answered = app.call("AdminDeleteSoftwareToken", &input).ok();
        assert_eq!(answered, json!({}));
    }
    answer(
        &app,
        OPTIONAL,
        "ana",
        &asked,
        ("SOFTWARE_TOKEN_MFA_CODE", "123456"),
    )
    .refused(
        "SoftwareTokenMFANotFoundException",
        "Software Token MFA does not exist for the user.",
    );
    let user = app.call("AdminGetUser", &input).ok();
    assert!(user.get("UserMFASettingList").is_none());
    access_token(&sign_in(&app, OPTIONAL, "ana"));
    let nobody = json!({"UserPoolId": OPTIONAL.pool, "Username": "nobody"});
    let refused = app.call("AdminDeleteSoftwareToken", &nobody);
    refused.refused_as(NO_USER);
}

#[test]
fn a_new_password_and_a_sign_out_keep_the_token_and_deleting_the_user_does_not() {
    let app = start();
    with_token(&app, "ana");
    let ana = |more: Value| {
        let mut input = json!({"UserPoolId": OPTIONAL.pool, "Username": "ana"});
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    };
    app.call("AdminUserGlobalSignOut", &ana(json!({}))).ok();
    let password = json!({"Password": PASSWORD, "Permanent": true});
    app.call("AdminSetUserPassword", &ana(password.clone()))
        .ok();
    let asked = sign_in(&app, OPTIONAL, "ana");
    assert_eq!(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    app.call("AdminDeleteUser", &ana(json!({}))).done();
    answer(
        &app,
        OPTIONAL,
        "ana",
        &asked,
        ("SOFTWARE_TOKEN_MFA_CODE", "123456"),
    )
    .refused_as(INVALID_SESSION);
    app.call("AdminCreateUser", &ana(json!({}))).ok();
    app.call("AdminSetUserPassword", &ana(password)).ok();
    access_token(&sign_in(&app, OPTIONAL, "ana"));
}
