//! `GetUserAttributeVerificationCode` and `VerifyUserAttribute`, and the codes that changes of attributes send.

use serde_json::{Value, json};

use super::{ATTEMPTS, CODE_MISMATCH, EXPIRED_CODE, last_code, messages, other_than, pool};
use crate::world::{
    Answer, App, INVALID_ACCESS_TOKEN, PASSWORD, POOL, User, WEB, access_token, attributes,
    sign_in_by_password,
};

const BEFORE_UPDATE: &str = "AttributesRequireVerificationBeforeUpdate";

/// A server with a signed-in user whose address is verified, and the access token.
fn signed_in(settings: Value) -> (App, String) {
    let ana = User::new("ana")
        .password(PASSWORD)
        .verified_email("ana@example.com");
    let app = pool(settings).user(ana).start();
    let token = access_token(&sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok());
    (app, token)
}

fn send(app: &App, token: &str, attribute: &str) -> Answer {
    let input = json!({"AccessToken": token, "AttributeName": attribute});
    app.call_open("GetUserAttributeVerificationCode", &input)
}

fn verify(app: &App, token: &str, attribute: &str, code: &str) -> Answer {
    let input = json!({"AccessToken": token, "AttributeName": attribute, "Code": code});
    app.call_open("VerifyUserAttribute", &input)
}

fn update(app: &App, token: &str, pairs: &[(&str, &str)]) -> Answer {
    let input = json!({"AccessToken": token, "UserAttributes": attributes(pairs)});
    app.call_open("UpdateUserAttributes", &input)
}

fn update_by_admin(app: &App, pairs: &[(&str, &str)]) -> Answer {
    let input = json!({"UserPoolId": POOL, "Username": "ana", "UserAttributes": attributes(pairs)});
    app.call("AdminUpdateUserAttributes", &input)
}

#[test]
fn a_new_address_is_unverified_until_its_code_comes_back() {
    let (app, token) = signed_in(json!({"AliasAttributes": ["email"]}));
    let sent = update(&app, &token, &[("email", "new@example.org")]).ok();
    let told =
        json!({"AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "n***@e***"});
    assert_eq!(sent, json!({"CodeDeliveryDetailsList": [told]}));
    assert_eq!(app.attribute("ana", "email"), "new@example.org");
    assert_eq!(app.attribute("ana", "email_verified"), "false");
    let message = messages(&app).pop().unwrap();
    assert_eq!(message["Purpose"], "UpdateUserAttribute");
    assert_eq!(message["Destination"], "new@example.org");
    let code = last_code(&app);
    verify(&app, &token, "email", other_than(&code)).refused_as(CODE_MISMATCH);
    assert_eq!(verify(&app, &token, "email", &code).ok(), json!({}));
    assert_eq!(app.user("new@example.org")["Username"], "ana");
    verify(&app, &token, "email", &code).refused_as(EXPIRED_CODE);
    // The same value again needs no code, nor does another attribute.
    for pair in [("email", "new@example.org"), ("nickname", "an")] {
        let sent = update(&app, &token, &[pair]).ok();
        assert_eq!(sent, json!({"CodeDeliveryDetailsList": []}));
    }
}

#[test]
fn a_code_is_sent_again_for_an_address_that_is_verified_or_not() {
    let (app, token) = signed_in(json!({"AutoVerifiedAttributes": []}));
    for _ in 0..2 {
        let told = send(&app, &token, "email").ok();
        assert_eq!(told["CodeDeliveryDetails"]["Destination"], "a***@e***");
        assert_eq!(
            messages(&app).pop().unwrap()["Purpose"],
            "VerifyUserAttribute"
        );
        verify(&app, &token, "email", &last_code(&app)).ok();
    }
    update(&app, &token, &[("email", "new@example.org")]).ok();
    send(&app, &token, "email").ok();
    verify(&app, &token, "email", &last_code(&app)).ok();
    assert_eq!(app.attribute("ana", "email_verified"), "true");
}

#[test]
fn what_cannot_be_verified_is_refused() {
    let (app, token) = signed_in(json!({}));
    let message = "Invalid attribute name. Only phone_number and email can be verified.";
    send(&app, &token, "nickname").refused("InvalidParameterException", message);
    verify(&app, &token, "nickname", "123456").refused("InvalidParameterException", message);
    send(&app, &token, "phone_number").refused(
        "InvalidParameterException",
        "User does not have a valid registered phone number",
    );
    verify(&app, &token, "email", "123456").refused_as(EXPIRED_CODE);
    send(&app, "a.b.c", "email").refused_as(INVALID_ACCESS_TOKEN);
    verify(&app, "a.b.c", "email", "123456").refused_as(INVALID_ACCESS_TOKEN);
    app.call(
        "AdminDeleteUserAttributes",
        &json!({"UserPoolId": POOL, "Username": "ana", "UserAttributeNames": ["email", "email_verified"]}),
    )
    .ok();
    send(&app, &token, "email").refused(
        "InvalidParameterException",
        "User does not have a valid registered email address",
    );
}

#[test]
fn a_code_for_an_address_does_not_verify_the_next_one() {
    let (app, token) = signed_in(json!({}));
    send(&app, &token, "email").ok();
    let code = last_code(&app);
    update_by_admin(
        &app,
        &[("email", "new@example.org"), ("email_verified", "true")],
    )
    .ok();
    assert_eq!(last_code(&app), code, "a verified address gets no code");
    update_by_admin(&app, &[("email_verified", "false")]).ok();
    verify(&app, &token, "email", &code).refused_as(EXPIRED_CODE);
    assert_eq!(app.attribute("ana", "email_verified"), "false");
}

#[test]
fn an_address_that_is_to_be_verified_first_waits_for_its_code() {
    let settings = json!({
        "AliasAttributes": ["email"],
        "UserAttributeUpdateSettings": {BEFORE_UPDATE: ["email"]},
    });
    let (app, token) = signed_in(settings);
    let sent = update(
        &app,
        &token,
        &[("email", "new@example.org"), ("nickname", "an")],
    )
    .ok();
    assert_eq!(
        sent["CodeDeliveryDetailsList"][0]["Destination"],
        "n***@e***"
    );
    assert_eq!(app.attribute("ana", "nickname"), "an");
    assert_eq!(app.attribute("ana", "email"), "ana@example.com");
    assert_eq!(app.attribute("ana", "email_verified"), "true");
    sign_in_by_password(&app, WEB, "ana@example.com", PASSWORD, &[]).ok();
    // A code that is asked for goes to the address that waits.
    send(&app, &token, "email").ok();
    assert_eq!(
        messages(&app).pop().unwrap()["Destination"],
        "new@example.org"
    );
    // A newer address takes its place.
    update_by_admin(&app, &[("email", "newer@example.org")]).ok();
    assert_eq!(app.attribute("ana", "email"), "ana@example.com");
    verify(&app, &token, "email", &last_code(&app)).ok();
    assert_eq!(app.attribute("ana", "email"), "newer@example.org");
    assert_eq!(app.user("newer@example.org")["Username"], "ana");
    // An administrator who says that it is verified changes it at once.
    update_by_admin(
        &app,
        &[("email", "own@example.org"), ("email_verified", "true")],
    )
    .ok();
    assert_eq!(app.attribute("ana", "email"), "own@example.org");
}

#[test]
fn an_address_that_another_user_has_verified_meanwhile_is_not_taken() {
    let settings = json!({
        "AliasAttributes": ["email"],
        "UserAttributeUpdateSettings": {BEFORE_UPDATE: ["email"]},
    });
    let (app, token) = signed_in(settings);
    update(&app, &token, &[("email", "shared@example.org")]).ok();
    let code = last_code(&app);
    let ben = attributes(&[("email", "shared@example.org"), ("email_verified", "true")]);
    let input = json!({"UserPoolId": POOL, "Username": "ben", "UserAttributes": ben, "MessageAction": "SUPPRESS"});
    app.call("AdminCreateUser", &input).ok();
    verify(&app, &token, "email", &code).refused(
        "AliasExistsException",
        "An account with the given email already exists.",
    );
    assert_eq!(app.attribute("ana", "email"), "ana@example.com");
}

#[test]
fn codes_are_tried_fifteen_times_and_asked_for_five_times_an_hour() {
    let ana = User::new("ana")
        .password(PASSWORD)
        .verified_email("ana@example.com");
    let app = pool(json!({}))
        .user(ana)
        .setup()
        .with("limits", "on")
        .start();
    let token = access_token(&sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok());
    for _ in 0..5 {
        send(&app, &token, "email").ok();
    }
    send(&app, &token, "email").refused_as(ATTEMPTS);
    let code = last_code(&app);
    for _ in 0..15 {
        app.seconds_pass(1);
        verify(&app, &token, "email", other_than(&code)).refused_as(CODE_MISMATCH);
    }
    verify(&app, &token, "email", &code).refused_as(ATTEMPTS);
}
