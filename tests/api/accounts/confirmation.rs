//! `ConfirmSignUp` and `ResendConfirmationCode`.

use serde_json::{Value, json};

use super::{
    ATTEMPTS, CODE_MISMATCH, EXPIRED_CODE, NO_SUCH_NAME, call_for, last_code, messages, other_than,
    pool, sign_up,
};
use crate::world::{
    Answer, App, AppClient, DISABLED, DISCREET, PASSWORD, POOL, User, WEB, at_once,
    sign_in_by_password, value_of,
};

fn confirm(app: &App, client: AppClient<'_>, name: &str, code: &str) -> Answer {
    let more = json!({"ConfirmationCode": code});
    call_for(app, client, "ConfirmSignUp", name, more)
}

fn force(app: &App, name: &str, code: &str) -> Answer {
    let more = json!({"ConfirmationCode": code, "ForceAliasCreation": true});
    call_for(app, WEB, "ConfirmSignUp", name, more)
}

fn resend(app: &App, client: AppClient<'_>, name: &str) -> Answer {
    call_for(app, client, "ResendConfirmationCode", name, json!({}))
}

/// A server with somebody who has signed up, and the code.
fn signed_up() -> (App, String) {
    let app = pool(json!({})).start();
    sign_up(&app, "ana", &[("email", "ana@example.com")]).ok();
    let code = last_code(&app);
    (app, code)
}

#[test]
fn the_right_code_confirms_and_verifies_the_address_that_it_went_to() {
    let (app, code) = signed_up();
    assert_eq!(confirm(&app, WEB, "ana", &code).ok(), json!({}));
    let user = app.user("ana");
    assert_eq!(user["UserStatus"], "CONFIRMED");
    assert_eq!(value_of(&user["UserAttributes"], "email_verified"), "true");
    sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok();
    confirm(&app, WEB, "ana", &code).refused(
        "NotAuthorizedException",
        "User cannot be confirmed. Current status is CONFIRMED",
    );
}

#[test]
fn wrong_expired_replaced_and_foreign_codes_are_refused() {
    let (app, code) = signed_up();
    for wrong in [other_than(&code), "abc", &code[1..]] {
        confirm(&app, WEB, "ana", wrong).refused_as(CODE_MISMATCH);
    }
    sign_up(&app, "ben", &[("email", "ben@example.com")]).ok();
    if last_code(&app) != code {
        confirm(&app, WEB, "ben", &code).refused_as(CODE_MISMATCH);
    }
    resend(&app, WEB, "ana").ok();
    let newer = last_code(&app);
    if newer != code {
        confirm(&app, WEB, "ana", &code).refused_as(CODE_MISMATCH);
    }
    app.seconds_pass(24 * 60 * 60);
    confirm(&app, WEB, "ana", &newer).refused_as(EXPIRED_CODE);
    resend(&app, WEB, "ana").ok();
    confirm(&app, WEB, "ana", &last_code(&app)).ok();
}

#[test]
fn a_code_serves_one_of_many_at_once() {
    let (app, code) = signed_up();
    let answers = at_once(|| confirm(&app, WEB, "ana", &code));
    let late = "User cannot be confirmed. Current status is CONFIRMED";
    let (won, lost) = ((200, String::new()), (400, late.to_owned()));
    assert_eq!(answers, [(won, 1), (lost, 15)].into());
}

#[test]
fn after_fifteen_attempts_in_an_hour_no_code_is_right() {
    let (app, code) = signed_up();
    for _ in 0..15 {
        confirm(&app, WEB, "ana", other_than(&code)).refused_as(CODE_MISMATCH);
    }
    confirm(&app, WEB, "ana", &code).refused_as(ATTEMPTS);
    app.seconds_pass(60 * 60);
    confirm(&app, WEB, "ana", &code).ok();
}

#[test]
fn a_code_that_went_to_an_address_that_has_changed_is_expired() {
    let (app, code) = signed_up();
    let change = json!([{"Name": "email", "Value": "other@example.com"}]);
    let input = json!({"UserPoolId": POOL, "Username": "ana", "UserAttributes": change});
    app.call("AdminUpdateUserAttributes", &input).ok();
    confirm(&app, WEB, "ana", &code).refused_as(EXPIRED_CODE);
    assert_eq!(app.user("ana")["UserStatus"], "UNCONFIRMED");
}

#[test]
fn an_alias_moves_only_by_force_and_the_code_serves_until_then() {
    let app = pool(json!({"AliasAttributes": ["email"]}))
        .user(User::new("ben").verified_email("shared@example.com"))
        .start();
    sign_up(&app, "ana", &[("email", "shared@example.com")]).ok();
    let code = last_code(&app);
    confirm(&app, WEB, "ana", &code).refused(
        "AliasExistsException",
        "An account with the given email already exists.",
    );
    assert_eq!(app.user("ana")["UserStatus"], "UNCONFIRMED");
    force(&app, "ana", &code).ok();
    assert_eq!(app.user("shared@example.com")["Username"], "ana");
    assert_eq!(app.attribute("ben", "email"), "shared@example.com");
    assert_eq!(app.attribute("ben", "email_verified"), "false");
}

#[test]
fn another_code_is_sent_to_who_is_not_confirmed_yet() {
    let (app, _) = signed_up();
    app.seconds_pass(1);
    let told =
        json!({"AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "a***@e***"});
    assert_eq!(
        resend(&app, WEB, "ana").ok(),
        json!({"CodeDeliveryDetails": told})
    );
    assert_eq!(messages(&app).last().unwrap()["Purpose"], "ResendCode");
    confirm(&app, WEB, "ana", &last_code(&app)).ok();
    resend(&app, WEB, "ana").refused("InvalidParameterException", "User is already confirmed.");
    resend(&app, WEB, "nobody").refused_as(NO_SUCH_NAME);
    confirm(&app, WEB, "nobody", "123456").refused_as(NO_SUCH_NAME);
}

#[test]
fn a_pool_that_verifies_nothing_sends_nothing_again() {
    let app = pool(json!({"AutoVerifiedAttributes": []})).start();
    sign_up(&app, "ana", &[("email", "ana@example.com")]).ok();
    for client in [WEB, DISCREET] {
        resend(&app, client, "ana").refused(
            "NotAuthorizedException",
            "Cannot resend codes. Auto verification not turned on.",
        );
    }
    confirm(&app, WEB, "ana", "123456").refused_as(EXPIRED_CODE);
}

#[test]
fn a_disabled_user_is_not_confirmed() {
    let (app, code) = signed_up();
    let user = json!({"UserPoolId": POOL, "Username": "ana"});
    app.call("AdminDisableUser", &user).ok();
    confirm(&app, WEB, "ana", &code).refused_as(DISABLED);
    resend(&app, WEB, "ana").refused_as(DISABLED);
    let hidden = resend(&app, DISCREET, "ana").ok();
    assert_eq!(hidden["CodeDeliveryDetails"]["DeliveryMedium"], "EMAIL");
    confirm(&app, DISCREET, "ana", &code).refused_as(CODE_MISMATCH);
    assert_eq!(messages(&app).len(), 1, "nothing was sent to anybody");
}

#[test]
fn who_hides_users_hears_of_codes_to_nobody() {
    let app = pool(json!({})).start();
    confirm(&app, DISCREET, "nobody", "123456").refused_as(EXPIRED_CODE);
    let told = |name: &str| resend(&app, DISCREET, name).ok()["CodeDeliveryDetails"].clone();
    let first = told("nobody");
    assert_eq!(first["DeliveryMedium"], "EMAIL");
    assert_eq!(first, told("nobody"), "the same each time");
    assert_eq!(told("zoe@example.org")["Destination"], "z***@e***");
    assert_eq!(told("+12065550100")["Destination"], "+*******0100");
    assert_eq!(told("+12065550100")["DeliveryMedium"], "SMS");
    confirm(&app, DISCREET, "nobody", "123456").refused_as(CODE_MISMATCH);
    assert_eq!(messages(&app), Vec::<Value>::new());
    // A code is asked for as often as for a user.
    for _ in 0..13 {
        confirm(&app, DISCREET, "nobody", "123456").refused_as(CODE_MISMATCH);
    }
    confirm(&app, DISCREET, "nobody", "123456").refused_as(ATTEMPTS);
}
