//! `SELECT_MFA_TYPE` and the user's preferences.

use serde_json::{Value, json};

use super::{OFF, ON, OPTIONAL, SMS, answer, last_code, prefer, start, with_token};
use crate::world::{NO_USER, USED_SESSION, access_token, sign_in, totp};

#[test]
fn of_several_factors_the_user_chooses() {
    let app = start();
    let secret = with_token(&app, "ana");
    let all = json!({"SMSMfaSettings": ON(), "EmailMfaSettings": ON()});
    prefer(&app, OPTIONAL, "ana", &all).ok();
    let choose = |answered: &str| {
        let asked = sign_in(&app, OPTIONAL, "ana");
        assert_eq!(asked["ChallengeName"], "SELECT_MFA_TYPE");
        assert_eq!(
            asked["ChallengeParameters"],
            json!({"MFAS_CAN_CHOOSE": r#"["SMS_MFA","EMAIL_OTP","SOFTWARE_TOKEN_MFA"]"#, "USER_ID_FOR_SRP": "ana"})
        );
        let chosen = answer(&app, OPTIONAL, "ana", &asked, ("ANSWER", answered)).ok();
        assert_eq!(chosen["ChallengeName"], answered);
        let again = answer(&app, OPTIONAL, "ana", &asked, ("ANSWER", answered));
        again.refused_as(USED_SESSION);
        chosen
    };
    let chosen = choose("SMS_MFA");
    assert_eq!(
        chosen["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"],
        "+*******0100"
    );
    let code = last_code(&app, OPTIONAL, "ana");
    answer(&app, OPTIONAL, "ana", &chosen, ("SMS_MFA_CODE", &code)).ok();
    let chosen = choose("EMAIL_OTP");
    let code = last_code(&app, OPTIONAL, "ana");
    answer(&app, OPTIONAL, "ana", &chosen, ("EMAIL_OTP_CODE", &code)).ok();
    let chosen = choose("SOFTWARE_TOKEN_MFA");
    let code = totp(&app, &secret);
    answer(
        &app,
        OPTIONAL,
        "ana",
        &chosen,
        ("SOFTWARE_TOKEN_MFA_CODE", &code),
    )
    .ok();

    let asked = sign_in(&app, OPTIONAL, "ana");
    for nonsense in ["NOSUCH", "sms_mfa", "PASSWORD"] {
        answer(&app, OPTIONAL, "ana", &asked, ("ANSWER", nonsense)).refused(
            "MFAMethodNotFoundException",
            "MFA method not found for the user.",
        );
    }
    answer(&app, OPTIONAL, "ana", &asked, ("ANSWER", "EMAIL_OTP")).ok();
}

#[test]
fn a_factor_that_was_switched_off_meanwhile_cannot_be_chosen() {
    let app = start();
    let all = json!({"SMSMfaSettings": ON(), "EmailMfaSettings": ON()});
    prefer(&app, OPTIONAL, "ana", &all).ok();
    let asked = sign_in(&app, OPTIONAL, "ana");
    prefer(
        &app,
        OPTIONAL,
        "ana",
        &json!({"SMSMfaSettings": {"Enabled": false}}),
    )
    .ok();
    let refused = answer(&app, OPTIONAL, "ana", &asked, ("ANSWER", "SMS_MFA"));
    assert_eq!(refused.refusal().0, "MFAMethodNotFoundException");
}

#[test]
fn the_preferred_factor_is_asked_for() {
    let app = start();
    let preference = json!({"SMSMfaSettings": ON(), "EmailMfaSettings": {"Enabled": true, "PreferredMfa": true}});
    prefer(&app, OPTIONAL, "ana", &preference).ok();
    assert_eq!(sign_in(&app, OPTIONAL, "ana")["ChallengeName"], "EMAIL_OTP");
    let shown = || {
        let input = json!({"UserPoolId": OPTIONAL.pool, "Username": "ana"});
        let user = app.call("AdminGetUser", &input).ok();
        [
            user["UserMFASettingList"].clone(),
            user["PreferredMfaSetting"].clone(),
        ]
    };
    assert_eq!(
        shown(),
        [json!(["SMS_MFA", "EMAIL_OTP"]), json!("EMAIL_OTP")]
    );
    let other = json!({"SMSMfaSettings": {"PreferredMfa": true}});
    prefer(&app, OPTIONAL, "ana", &other).ok();
    assert_eq!(shown()[1], "SMS_MFA");
    let off = json!({"SMSMfaSettings": {"Enabled": false}});
    prefer(&app, OPTIONAL, "ana", &off).ok();
    assert_eq!(shown(), [json!(["EMAIL_OTP"]), Value::Null]);
    assert_eq!(sign_in(&app, OPTIONAL, "ana")["ChallengeName"], "EMAIL_OTP");
    let off = json!({"EmailMfaSettings": {"Enabled": false}});
    prefer(&app, OPTIONAL, "ana", &off).ok();
    assert_eq!(shown(), [Value::Null, Value::Null]);
    access_token(&sign_in(&app, OPTIONAL, "ana"));
}

#[test]
fn preferences_that_cannot_be_are_refused() {
    let app = start();
    let preferred = json!({"Enabled": true, "PreferredMfa": true});
    for (settings, message) in [
        (
            json!({"SoftwareTokenMfaSettings": ON()}),
            "User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA",
        ),
        (
            json!({"SMSMfaSettings": ON()}),
            "User does not have delivery config set to turn on SMS_MFA",
        ),
        (
            json!({"EmailMfaSettings": ON()}),
            "User does not have delivery config set to turn on EMAIL_OTP",
        ),
    ] {
        let refused = prefer(&app, OPTIONAL, "carl", &settings);
        refused.refused("InvalidParameterException", message);
        let token = access_token(&sign_in(&app, OPTIONAL, "carl"));
        let mut input = settings.clone();
        input["AccessToken"] = token.as_str().into();
        let own = || app.call_open("SetUserMFAPreference", &input);
        if settings.get("SoftwareTokenMfaSettings").is_none() {
            own().refused("InvalidParameterException", message);
            continue;
        }
        // `SetUserMFAPreference` has another message about the software token.
        let not_set_up = "User has not set up software token mfa";
        own().refused("InvalidParameterException", not_set_up);
        app.call_open("AssociateSoftwareToken", &json!({"AccessToken": token}))
            .ok();
        let not_verified = "User has not verified software token mfa";
        own().refused("InvalidParameterException", not_verified);
        let refused = prefer(&app, OPTIONAL, "carl", &settings);
        refused.refused("InvalidParameterException", message);
    }
    // A missing factor can be switched off.
    let off = json!({"SoftwareTokenMfaSettings": {"Enabled": false, "PreferredMfa": false}});
    prefer(&app, OPTIONAL, "carl", &off).ok();
    let two = json!({"SMSMfaSettings": preferred, "EmailMfaSettings": preferred});
    for wrong in [two, json!({"SMSMfaSettings": {"PreferredMfa": true}})] {
        let refused = prefer(&app, OPTIONAL, "ana", &wrong);
        assert_eq!(refused.refusal().0, "InvalidParameterException");
    }
    let passkeys = json!({"WebAuthnMfaSettings": ON()});
    assert_eq!(prefer(&app, OPTIONAL, "ana", &passkeys).status, 501);
    prefer(&app, OPTIONAL, "nobody", &json!({})).refused_as(NO_USER);
    access_token(&sign_in(&app, OPTIONAL, "ana"));
}

#[test]
fn a_pool_without_mfa_asks_for_none() {
    let app = start();
    prefer(&app, OFF, "ana", &json!({"SMSMfaSettings": ON()})).ok();
    let tokens = sign_in(&app, OFF, "ana");
    let token = access_token(&tokens);
    for (operation, input) in [
        ("AssociateSoftwareToken", json!({"AccessToken": token})),
        (
            "VerifySoftwareToken",
            json!({"AccessToken": token, "UserCode": "123456"}),
        ),
    ] {
        app.call_open(operation, &input).refused(
            "SoftwareTokenMFANotFoundException",
            "Software Token MFA has not been enabled by the userPool",
        );
    }
}

#[test]
fn a_factor_that_is_asked_for_unasked_is_not_listed_and_verifies_nothing() {
    let app = start();
    let asked = sign_in(&app, SMS, "ana");
    assert_eq!(asked["ChallengeName"], "SMS_MFA");
    let code = last_code(&app, SMS, "ana");
    answer(&app, SMS, "ana", &asked, ("SMS_MFA_CODE", &code)).ok();
    let user = json!({"UserPoolId": SMS.pool, "Username": "ana"});
    let user = app.call("AdminGetUser", &user).ok();
    assert_eq!(user["UserMFASettingList"], Value::Null);
    assert!(!user.to_string().contains("verified"), "{user}");
}
