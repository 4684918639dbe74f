//! `MFA_SETUP`: where MFA is required and the user has no factor.

use serde_json::{Value, json};

use super::{REQUIRED, SMS, answer, last_code, next_step, other_than, prefer, start, text};
use crate::world::{
    App, INVALID_SESSION, PASSWORD, USED_SESSION, WRONG_CODE, access_token, sign_in,
    sign_in_by_password, totp,
};

#[test]
fn where_mfa_is_required_what_the_user_has_is_asked_for() {
    let app = start();
    assert_eq!(
        sign_in(&app, REQUIRED, "ana")["ChallengeName"],
        "SELECT_MFA_TYPE"
    );
    let only_sms = json!({"EmailMfaSettings": {"Enabled": false}});
    prefer(&app, REQUIRED, "ana", &only_sms).ok();
    assert_eq!(sign_in(&app, REQUIRED, "ana")["ChallengeName"], "SMS_MFA");
    // Switching all factors off does not avoid MFA.
    let none = json!({"SMSMfaSettings": {"Enabled": false}});
    prefer(&app, REQUIRED, "ana", &none).ok();
    assert_eq!(
        sign_in(&app, REQUIRED, "ana")["ChallengeName"],
        "SELECT_MFA_TYPE"
    );
}

/// Sets up the software token that a sign-in asks for. Returns the last session and the secret.
fn set_up_in_sign_in(app: &App, asked: &Value) -> (Value, String) {
    assert_eq!(asked["ChallengeName"], "MFA_SETUP", "{asked}");
    let associate =
        |session: &Value| app.call_open("AssociateSoftwareToken", &json!({"Session": session}));
    let associated = associate(&asked["Session"]).ok();
    associate(&asked["Session"]).refused_as(USED_SESSION);
    let secret = text(&associated["SecretCode"]).to_owned();
    let code = totp(app, &secret);
    let verify = |session: &Value, code: &str| {
        let input = json!({"Session": session, "UserCode": code, "FriendlyDeviceName": "phone"});
        app.call_open("VerifySoftwareToken", &input)
    };
    let session = &associated["Session"];
    verify(session, &other_than(&code)).refused("EnableSoftwareTokenMFAException", "Code mismatch");
    let verified = verify(session, &code).ok();
    verify(session, &code).refused_as(USED_SESSION);
    assert_eq!(verified["Status"], "SUCCESS");
    let last = json!({"ChallengeName": "MFA_SETUP", "Session": verified["Session"]});
    (last, secret)
}

#[test]
fn a_sign_in_demands_a_factor_where_mfa_is_required_after_a_new_password() {
    let app = start();
    let asked = sign_in(&app, REQUIRED, "dora");
    assert_eq!(asked["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    let new = "Otter-Candle-2290";
    let asked = answer(&app, REQUIRED, "dora", &asked, ("NEW_PASSWORD", new)).ok();
    assert_eq!(
        asked["ChallengeParameters"],
        json!({"MFAS_CAN_SETUP": r#"["SMS_MFA","EMAIL_OTP","SOFTWARE_TOKEN_MFA"]"#, "USER_ID_FOR_SRP": "dora"})
    );
    let early = answer(&app, REQUIRED, "dora", &asked, ("X", "x"));
    early.refused_as(INVALID_SESSION);
    let (last, secret) = set_up_in_sign_in(&app, &asked);
    let others = answer(&app, REQUIRED, "ana", &last, ("X", "x"));
    others.refused_as(INVALID_SESSION);
    access_token(&answer(&app, REQUIRED, "dora", &last, ("X", "x")).ok());
    let again = answer(&app, REQUIRED, "dora", &last, ("X", "x"));
    again.refused_as(USED_SESSION);
    let input = json!({"UserPoolId": REQUIRED.pool, "Username": "dora"});
    let user = app.call("AdminGetUser", &input).ok();
    assert_eq!(user["UserMFASettingList"], json!(["SOFTWARE_TOKEN_MFA"]));

    next_step(&app);
    let asked = sign_in_by_password(&app, REQUIRED, "dora", new, &[]).ok();
    assert_eq!(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    assert_eq!(
        asked["ChallengeParameters"]["FRIENDLY_DEVICE_NAME"],
        "phone"
    );
    let code = totp(&app, &secret);
    answer(
        &app,
        REQUIRED,
        "dora",
        &asked,
        ("SOFTWARE_TOKEN_MFA_CODE", &code),
    )
    .ok();
}

#[test]
fn what_was_set_up_in_one_sign_in_is_not_replaced_in_another() {
    let app = start();
    let mine = sign_in(&app, REQUIRED, "carl");
    let theirs = sign_in(&app, REQUIRED, "carl");
    let input = json!({"Session": theirs["Session"]});
    let associated = app.call_open("AssociateSoftwareToken", &input).ok();
    let (last, _) = set_up_in_sign_in(&app, &mine);
    answer(&app, REQUIRED, "carl", &last, ("X", "x")).ok();
    let code = totp(&app, text(&associated["SecretCode"]));
    let input = json!({"Session": associated["Session"], "UserCode": code});
    let refused = app.call_open("VerifySoftwareToken", &input);
    refused.refused_as(INVALID_SESSION);
    let third = json!({"ChallengeName": "MFA_SETUP", "Session": associated["Session"]});
    for response in [("X", "x"), ("EMAIL", "thief@example.com")] {
        answer(&app, REQUIRED, "carl", &third, response).refused_as(INVALID_SESSION);
    }
}

#[test]
fn an_address_or_a_number_is_set_up_by_the_code_that_went_there() {
    let app = start();
    for (user, name, value, factor, attribute) in [
        ("carl", "EMAIL", "carl@example.com", "EMAIL_OTP", "email"),
        (
            "dora",
            "PHONE_NUMBER",
            "+4930123456",
            "SMS_MFA",
            "phone_number",
        ),
    ] {
        let mut asked = sign_in(&app, REQUIRED, user);
        if user == "dora" {
            asked = answer(&app, REQUIRED, user, &asked, ("NEW_PASSWORD", PASSWORD)).ok();
        }
        let wrong = answer(&app, REQUIRED, user, &asked, (name, "nonsense"));
        assert_eq!(wrong.refusal().0, "InvalidParameterException");
        let setting_up = answer(&app, REQUIRED, user, &asked, (name, value)).ok();
        assert_eq!(setting_up["ChallengeName"], factor);
        let code = last_code(&app, REQUIRED, user);
        let shown = || {
            let input = json!({"UserPoolId": REQUIRED.pool, "Username": user});
            app.call("AdminGetUser", &input).ok()
        };
        assert!(!shown().to_string().contains(value), "not before the code");
        let response = format!("{factor}_CODE");
        let wrong = other_than(&code);
        answer(&app, REQUIRED, user, &setting_up, (&response, &wrong)).refused_as(WRONG_CODE);
        answer(&app, REQUIRED, user, &setting_up, (&response, &code)).ok();
        let user = shown();
        let attributes = user["UserAttributes"].as_array().unwrap();
        assert!(attributes.contains(&json!({"Name": attribute, "Value": value})));
        let verified = format!("{attribute}_verified");
        assert!(attributes.contains(&json!({"Name": verified, "Value": "true"})));
        assert_eq!(user["UserMFASettingList"], json!([factor]));
    }
    assert_eq!(
        sign_in(&app, REQUIRED, "carl")["ChallengeName"],
        "EMAIL_OTP"
    );
}

#[test]
fn a_factor_that_the_pool_does_not_have_is_not_set_up() {
    let app = start();
    let asked = sign_in(&app, SMS, "carl");
    assert_eq!(asked["ChallengeName"], "MFA_SETUP");
    assert_eq!(
        asked["ChallengeParameters"]["MFAS_CAN_SETUP"],
        r#"["SMS_MFA"]"#
    );
    let email = answer(&app, SMS, "carl", &asked, ("EMAIL", "carl@example.com"));
    assert_eq!(email.refusal().0, "MFAMethodNotFoundException");
    let input = json!({"Session": asked["Session"]});
    let token = app.call_open("AssociateSoftwareToken", &input);
    assert_eq!(token.refusal().0, "SoftwareTokenMFANotFoundException");
}
