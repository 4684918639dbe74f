//! Users who may not sign in although the password is right, and changes between two steps.

use serde_json::json;

use super::{begun, claim, new_password, start, verify};
use crate::world::{
    DISABLED, DISCREET, INVALID_SESSION, NEW, PASSWORD, POOL, TEMPORARY, WEB, WRONG_PASSWORD,
    initiate_by_admin, sign_in_by_password, sign_in_by_srp,
};

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
            sign_in_by_password(&app, client, name, "wrong", &[]).refused_as(WRONG_PASSWORD);
            sign_in_by_srp(&app, client, name, "wrong", &[]).refused_as(WRONG_PASSWORD);
        }
        let parameters = json!({"USERNAME": name, "PASSWORD": PASSWORD});
        initiate_by_admin(&app, WEB, "ADMIN_USER_PASSWORD_AUTH", parameters).refused(code, message);
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
    verify(&app, WEB, responses).refused_as(DISABLED);
    let set = json!({"USERNAME": "tom", "NEW_PASSWORD": NEW, "userAttributes.nickname": "tommy"});
    let asked = sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]).ok();
    app.call(
        "AdminDisableUser",
        &json!({"UserPoolId": POOL, "Username": "tom"}),
    )
    .ok();
    new_password(&app, WEB, &asked, set.clone()).refused_as(DISABLED);
    app.call(
        "AdminDeleteUser",
        &json!({"UserPoolId": POOL, "Username": "tom"}),
    )
    .done();
    new_password(&app, WEB, &asked, set).refused_as(INVALID_SESSION);
    let responses = claim(&app, WEB, &begun(&app, WEB, "ben"), PASSWORD);
    app.call(
        "AdminDeleteUser",
        &json!({"UserPoolId": POOL, "Username": "ben"}),
    )
    .done();
    verify(&app, WEB, responses).refused_as(WRONG_PASSWORD);
}

#[test]
fn a_password_that_was_replaced_between_two_steps_proves_nothing() {
    let app = start();
    let responses = claim(&app, WEB, &begun(&app, WEB, "Ana"), PASSWORD);
    app.set_password(POOL, "Ana", NEW, true).ok();
    verify(&app, WEB, responses).refused_as(WRONG_PASSWORD);
    assert_eq!(sign_in_by_srp(&app, WEB, "Ana", NEW, &[]).status, 200);
}
