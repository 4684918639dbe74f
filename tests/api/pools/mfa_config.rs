//! `SetUserPoolMfaConfig` and `GetUserPoolMfaConfig`.

use std::time::Duration;

use serde_json::{Value, json};

use super::{create, describe, invalid, mfa, start, update};
use crate::world::{App, NOW, POOL};

fn set_mfa(app: &App, id: &Value, mut input: Value) -> Value {
    input["UserPoolId"] = id.clone();
    app.call("SetUserPoolMfaConfig", &input).ok()
}

#[test]
fn second_factors_are_set_together_and_shown_as_they_were_set() {
    let app = start();
    let email = json!({"EmailSendingAccount": "DEVELOPER", "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/example.com"});
    let pool = create(&app, json!({"PoolName": "p", "EmailConfiguration": email}));
    let id = &pool["Id"];
    assert_eq!(mfa(&app, id), json!({"MfaConfiguration": "OFF"}));
    let all = json!({
        "MfaConfiguration": "OPTIONAL",
        "SmsMfaConfiguration": {
            "SmsAuthenticationMessage": "Code {####}",
            "SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms", "ExternalId": "x"},
        },
        "SoftwareTokenMfaConfiguration": {"Enabled": true},
        "EmailMfaConfiguration": {"Message": "Code {####}", "Subject": "Code"},
        "WebAuthnConfiguration": {"RelyingPartyId": "example.com", "UserVerification": "preferred"},
    });
    app.clock.advance(Duration::from_mins(1));
    assert_eq!(set_mfa(&app, id, all.clone()), all);
    assert_eq!(mfa(&app, id), all);
    let shown = describe(&app, id);
    assert_eq!(shown["MfaConfiguration"], "OPTIONAL");
    assert_eq!(shown["SmsAuthenticationMessage"], "Code {####}");
    assert_eq!(
        shown["SmsConfiguration"],
        all["SmsMfaConfiguration"]["SmsConfiguration"]
    );
    assert_eq!(shown["LastModifiedDate"], NOW + 60.0);

    // Naming one factor replaces all. Passkeys and the sending of SMS messages are not factors.
    let token =
        json!({"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": {"Enabled": true}});
    let mut expected = token.clone();
    expected["WebAuthnConfiguration"] = all["WebAuthnConfiguration"].clone();
    assert_eq!(set_mfa(&app, id, token), expected);
    assert_eq!(
        describe(&app, id)["SmsConfiguration"],
        all["SmsMfaConfiguration"]["SmsConfiguration"]
    );
    let passkeys = json!({"RelyingPartyId": "example.org", "UserVerification": "required"});
    expected["WebAuthnConfiguration"] = passkeys.clone();
    assert_eq!(
        set_mfa(&app, id, json!({"WebAuthnConfiguration": passkeys})),
        expected
    );
    assert_eq!(mfa(&app, id), expected);
}

#[test]
fn with_another_factor_a_pool_needs_no_sms() {
    let app = start();
    let pool = create(&app, json!({"PoolName": "p"}));
    let token =
        json!({"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": {"Enabled": true}});
    set_mfa(&app, &pool["Id"], token.clone());
    update(&app, &pool["Id"], json!({"MfaConfiguration": "ON"}));
    assert_eq!(mfa(&app, &pool["Id"]), token);
    update(&app, &pool["Id"], json!({}));
    assert_eq!(mfa(&app, &pool["Id"])["MfaConfiguration"], "OFF");
}

#[test]
fn a_pool_that_was_created_with_mfa_has_it_by_sms() {
    let app = start();
    let sms = json!({"SnsCallerArn": "arn:aws:iam::000000000000:role/sms"});
    let input = json!({"PoolName": "p", "MfaConfiguration": "ON", "SmsConfiguration": sms, "SmsAuthenticationMessage": "Code {####}"});
    let pool = create(&app, input);
    assert_eq!(
        mfa(&app, &pool["Id"]),
        json!({
            "MfaConfiguration": "ON",
            "SmsMfaConfiguration": {"SmsAuthenticationMessage": "Code {####}", "SmsConfiguration": sms},
        })
    );
}

#[test]
fn factors_that_do_not_fit_together_are_refused() {
    let app = start();
    let pool = create(&app, json!({"PoolName": "p"}));
    let none = "Invalid MFA configuration given, can't disable all MFAs with a required or optional configuration.";
    let off = "Invalid MFA configuration given, can't turn off MFA and configure an MFA together.";
    let token = json!({"Enabled": true});
    for (mut input, message) in [
        (json!({"MfaConfiguration": "ON"}), none),
        (
            json!({"MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": {"Enabled": false}}),
            none,
        ),
        (
            json!({"MfaConfiguration": "OFF", "SoftwareTokenMfaConfiguration": token}),
            off,
        ),
        (json!({"EmailMfaConfiguration": {"Subject": "Code"}}), off),
        (
            json!({"MfaConfiguration": "ON", "EmailMfaConfiguration": {"Subject": "Code"}}),
            "Cannot set EmailMfaConfiguration when user pool EmailConfiguration contains an EmailSendingAccount of COGNITO_DEFAULT.",
        ),
        (
            json!({"MfaConfiguration": "ON", "SmsMfaConfiguration": {"SmsAuthenticationMessage": "Code {####}"}}),
            "SMS configuration and Auto verification for phone_number are required when MFA is required/optional",
        ),
    ] {
        input["UserPoolId"] = pool["Id"].clone();
        invalid(&app, "SetUserPoolMfaConfig", input, message);
    }
    assert_eq!(mfa(&app, &pool["Id"]), json!({"MfaConfiguration": "OFF"}));
    for operation in ["GetUserPoolMfaConfig", "SetUserPoolMfaConfig"] {
        let answer = app.call(operation, &json!({"UserPoolId": POOL}));
        answer.refused(
            "ResourceNotFoundException",
            &format!("User pool {POOL} does not exist."),
        );
    }
}
