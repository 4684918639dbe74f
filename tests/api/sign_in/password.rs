//! What the right password alone does not do: users who may not sign in, and what changes between two steps.

use serde_json::json;

use super::{
    DISCREET, NEW, NO_SESSION, PASSWORD, TEMPORARY, WEB, WRONG, begun, by_admin, claim,
    new_password, refused, set_password, start, verify,
};
use crate::world::{POOL, sign_in_by_password, sign_in_by_srp};

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
