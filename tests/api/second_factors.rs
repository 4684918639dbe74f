//! Second factors: which one a sign-in asks for, what it takes, and how users and administrators set them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::app::{Answer, App, Setup};
use crate::srp_client::{
    AppClient, Device, access_token, confirm_device, prove_device, sign_in_by_password,
    sign_in_by_srp,
};

const POOL: &str = "us-east-1_Test00001";
const CLIENT: AppClient<'_> = AppClient::new(POOL, "webclient0000000000000000a");
const OTHER_CLIENT: AppClient<'_> = AppClient::new(POOL, "webclient0000000000000000b");
const PASSWORD: &str = "Tulip-Kettle-4417";
const EMAIL: &str = "ana@example.com";
const PHONE: &str = "+12065550100";

/// A pool with every factor, and users who have an address, a number, both, or nothing.
fn setup(mode: &str, devices: Value) -> Setup {
    let client = |client: AppClient<'_>| {
        json!({"ClientId": client.id, "ClientName": "web", "ExplicitAuthFlows":
            ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"]})
    };
    let user = |name: &str, attributes: &[(&str, &str)]| {
        let attributes: Vec<Value> = attributes
            .iter()
            .map(|(name, value)| json!({"Name": name, "Value": value}))
            .collect();
        json!({"Username": name, "Password": PASSWORD, "UserAttributes": attributes})
    };
    let mut pool = json!({"Id": POOL, "SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms"}});
    if !devices.is_null() {
        pool["DeviceConfiguration"] = devices;
    }
    Setup::new().seeded(json!({
        "UserPool": pool,
        "MfaConfig": {
            "MfaConfiguration": mode,
            "SoftwareTokenMfaConfiguration": {"Enabled": true},
            "SmsMfaConfiguration": {"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms"}},
            "EmailMfaConfiguration": {},
        },
        "Clients": [client(CLIENT), client(OTHER_CLIENT)],
        "Users": [
            user("bare", &[]),
            user("ana", &[("email", EMAIL), ("email_verified", "true")]),
            user("tom", &[("phone_number", PHONE), ("phone_number_verified", "true")]),
            user("both", &[("email", EMAIL), ("phone_number", PHONE)]),
        ],
    }))
}

fn app(mode: &str) -> App {
    setup(mode, Value::Null).start()
}

fn sign_in(app: &App, user: &str) -> Value {
    sign_in_by_password(app, CLIENT, user, PASSWORD, &[]).ok()
}

fn respond(app: &App, challenge: &str, user: &str, session: &Value, responses: Value) -> Answer {
    respond_as(app, CLIENT, challenge, user, session, responses)
}

fn respond_as(
    app: &App,
    client: AppClient<'_>,
    challenge: &str,
    user: &str,
    session: &Value,
    mut responses: Value,
) -> Answer {
    responses["USERNAME"] = user.into();
    app.call_open(
        "RespondToAuthChallenge",
        &json!({"ClientId": client.id, "ChallengeName": challenge, "Session": session, "ChallengeResponses": responses}),
    )
}

/// The code that an authenticator app shows, `steps` of 30 seconds from now.
fn shown(app: &App, secret: &str, steps: i64) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let totp = totp_rs::Builder::new()
        .with_algorithm(totp_rs::Algorithm::SHA1)
        .with_secret(secret)
        .build()
        .unwrap();
    let seconds = app.clock.now().timestamp() + steps * 30;
    totp.generate(u64::try_from(seconds).unwrap()).to_string()
}

/// The last message that was sent, after how many.
fn outbox(app: &App) -> Vec<Value> {
    let request = http::Request::get(format!("{}/_poolhouse/outbox", app.url()))
        .body(Vec::new())
        .unwrap();
    let request = crate::app::Key::default().sign_request(app, request);
    let messages = app.send(request).ok()["Messages"].clone();
    messages.as_array().unwrap().clone()
}

fn last_code(app: &App) -> String {
    outbox(app).last().unwrap()["Code"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn other(code: &str) -> String {
    let number: u32 = code.parse().unwrap();
    format!("{:06}", (number + 1) % 1_000_000)
}

/// Gives a user who has signed in an authenticator app, which is switched on and preferred; its secret.
fn with_token(app: &App, user: &str, token: &str) -> String {
    let secret = app
        .call_open("AssociateSoftwareToken", &json!({"AccessToken": token}))
        .ok();
    let secret = secret["SecretCode"].as_str().unwrap().to_owned();
    assert_eq!(secret.len(), 52);
    let verify = json!({"AccessToken": token, "UserCode": shown(app, &secret, 0), "FriendlyDeviceName": "phone"});
    let verified = app.call_open("VerifySoftwareToken", &verify).ok();
    assert_eq!(verified, json!({"Status": "SUCCESS"}), "{user}");
    let prefer = json!({"AccessToken": token, "SoftwareTokenMfaSettings": {"Enabled": true, "PreferredMfa": true}});
    assert_eq!(
        app.call_open("SetUserMFAPreference", &prefer).ok(),
        json!({})
    );
    secret
}

#[test]
fn a_code_that_was_sent_by_mail_completes_the_sign_in() {
    let app = app("ON");
    let asked = sign_in(&app, "ana");
    assert_eq!(asked["ChallengeName"], "EMAIL_OTP");
    assert_eq!(
        asked["ChallengeParameters"],
        json!({"CODE_DELIVERY_DELIVERY_MEDIUM": "EMAIL", "CODE_DELIVERY_DESTINATION": "a***@e***", "USER_ID_FOR_SRP": "ana"})
    );
    let message = outbox(&app).pop().unwrap();
    assert_eq!(message["Destination"], EMAIL);
    assert_eq!(
        (&message["Username"], &message["Purpose"]),
        (&json!("ana"), &json!("EMAIL_OTP"))
    );
    let code = last_code(&app);
    respond(
        &app,
        "EMAIL_OTP",
        "ana",
        &asked["Session"],
        json!({"EMAIL_OTP_CODE": other(&code)}),
    )
    .refused("CodeMismatchException", "Invalid code received for user");
    let answer = respond(
        &app,
        "EMAIL_OTP",
        "ana",
        &asked["Session"],
        json!({"EMAIL_OTP_CODE": code}),
    )
    .ok();
    assert!(!access_token(&answer).is_empty());
    assert_eq!(answer["ChallengeParameters"], json!({}));
    respond(
        &app,
        "EMAIL_OTP",
        "ana",
        &asked["Session"],
        json!({"EMAIL_OTP_CODE": code}),
    )
    .refused(
        "NotAuthorizedException",
        "Invalid session for the user, session can only be used once.",
    );
}

#[test]
fn a_code_that_was_sent_to_a_phone_completes_the_sign_in() {
    let app = app("ON");
    let asked = sign_in_by_srp(&app, CLIENT, "tom", PASSWORD, &[]).ok();
    assert_eq!(asked["ChallengeName"], "SMS_MFA");
    assert_eq!(
        asked["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"],
        "+*******0100"
    );
    let code = last_code(&app);
    respond(&app, "SMS_MFA", "tom", &asked["Session"], json!({})).refused(
        "InvalidParameterException",
        "Missing required parameter SMS_MFA_CODE",
    );
    let answer = respond(
        &app,
        "SMS_MFA",
        "tom",
        &asked["Session"],
        json!({"SMS_MFA_CODE": code}),
    )
    .ok();
    assert!(!access_token(&answer).is_empty());
}

#[test]
fn a_session_is_for_its_user_its_client_its_challenge_and_its_time() {
    let app = app("ON");
    let asked = sign_in(&app, "ana");
    let (session, code) = (&asked["Session"], last_code(&app));
    let right = json!({"EMAIL_OTP_CODE": code, "SMS_MFA_CODE": code});
    let invalid =
        |answer: Answer| answer.refused("NotAuthorizedException", "Invalid session for the user.");
    invalid(respond(&app, "EMAIL_OTP", "tom", session, right.clone()));
    invalid(respond_as(
        &app,
        OTHER_CLIENT,
        "EMAIL_OTP",
        "ana",
        session,
        right.clone(),
    ));
    invalid(respond(&app, "SMS_MFA", "ana", session, right.clone()));
    invalid(respond(
        &app,
        "NEW_PASSWORD_REQUIRED",
        "ana",
        session,
        json!({"NEW_PASSWORD": PASSWORD}),
    ));
    invalid(respond(
        &app,
        "EMAIL_OTP",
        "ana",
        &json!("x".repeat(200)),
        right.clone(),
    ));
    respond(&app, "EMAIL_OTP", "ana", &Value::Null, right.clone()).refused(
        "InvalidParameterException",
        "Missing required parameter Session",
    );
    app.clock.advance(Duration::from_secs(3 * 60 + 1));
    respond(&app, "EMAIL_OTP", "ana", session, right).refused(
        "NotAuthorizedException",
        "Invalid session for the user, session is expired.",
    );
}

#[test]
fn five_wrong_codes_lock_like_five_wrong_passwords() {
    let app = app("ON");
    let asked = sign_in(&app, "ana");
    let code = last_code(&app);
    let answer = |code: &str| {
        respond(
            &app,
            "EMAIL_OTP",
            "ana",
            &asked["Session"],
            json!({"EMAIL_OTP_CODE": code}),
        )
    };
    for _ in 0..5 {
        answer(&other(&code)).refused("CodeMismatchException", "Invalid code received for user");
    }
    answer(&code).refused("NotAuthorizedException", "Password attempts exceeded");
    sign_in_by_password(&app, CLIENT, "ana", PASSWORD, &[])
        .refused("NotAuthorizedException", "Password attempts exceeded");
    app.clock.advance(Duration::from_secs(1));
    answer(&code).ok();
}

#[test]
fn who_has_several_factors_chooses_one() {
    let app = app("ON");
    let asked = sign_in(&app, "both");
    assert_eq!(asked["ChallengeName"], "SELECT_MFA_TYPE");
    assert_eq!(
        asked["ChallengeParameters"]["MFAS_CAN_CHOOSE"],
        r#"["SMS_MFA","EMAIL_OTP"]"#
    );
    assert!(outbox(&app).is_empty(), "nothing is sent before the choice");
    let choose = |choice: &str| {
        respond(
            &app,
            "SELECT_MFA_TYPE",
            "both",
            &asked["Session"],
            json!({"ANSWER": choice}),
        )
    };
    choose("CARRIER_PIGEON").refused("InvalidParameterException", "Invalid ANSWER given.");
    choose("SOFTWARE_TOKEN_MFA").refused("InvalidParameterException", "Invalid MFA type given.");
    let chosen = choose("EMAIL_OTP").ok();
    assert_eq!(chosen["ChallengeName"], "EMAIL_OTP");
    choose("SMS_MFA").refused(
        "NotAuthorizedException",
        "Invalid session for the user, session can only be used once.",
    );
    let code = json!({"EMAIL_OTP_CODE": last_code(&app)});
    respond(&app, "EMAIL_OTP", "both", &chosen["Session"], code).ok();
    let prefer = json!({"UserPoolId": POOL, "Username": "both",
        "SMSMfaSettings": {"Enabled": true, "PreferredMfa": true}});
    app.call("AdminSetUserMFAPreference", &prefer).ok();
    assert_eq!(
        sign_in(&app, "both")["ChallengeName"],
        "SMS_MFA",
        "the preferred one"
    );
}

#[test]
fn an_authenticator_app_is_set_up_in_the_middle_of_the_first_sign_in() {
    let app = app("ON");
    let asked = sign_in(&app, "bare");
    assert_eq!(asked["ChallengeName"], "MFA_SETUP");
    assert_eq!(
        asked["ChallengeParameters"]["MFAS_CAN_SETUP"],
        r#"["SMS_MFA","EMAIL_OTP","SOFTWARE_TOKEN_MFA"]"#
    );
    respond(&app, "MFA_SETUP", "bare", &asked["Session"], json!({}))
        .refused("NotAuthorizedException", "Invalid session for the user.");
    let associated = app
        .call_open(
            "AssociateSoftwareToken",
            &json!({"Session": asked["Session"]}),
        )
        .ok();
    let secret = associated["SecretCode"].as_str().unwrap();
    app.call_open(
        "AssociateSoftwareToken",
        &json!({"Session": asked["Session"]}),
    )
    .refused(
        "NotAuthorizedException",
        "Invalid session for the user, session can only be used once.",
    );
    let verify = |code: String| {
        app.call_open(
            "VerifySoftwareToken",
            &json!({"Session": associated["Session"], "UserCode": code}),
        )
    };
    verify(other(&shown(&app, secret, 0)))
        .refused("EnableSoftwareTokenMFAException", "Code mismatch");
    let verified = verify(shown(&app, secret, 0)).ok();
    assert_eq!(verified["Status"], "SUCCESS");
    let answer = respond(&app, "MFA_SETUP", "bare", &verified["Session"], json!({})).ok();
    assert!(!access_token(&answer).is_empty());
    let user = app
        .call(
            "AdminGetUser",
            &json!({"UserPoolId": POOL, "Username": "bare"}),
        )
        .ok();
    assert_eq!(user["UserMFASettingList"], json!(["SOFTWARE_TOKEN_MFA"]));
    assert_eq!(user.get("PreferredMfaSetting"), None);
    let asked = sign_in(&app, "bare");
    assert_eq!(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    let code = |steps| json!({"SOFTWARE_TOKEN_MFA_CODE": shown(&app, secret, steps)});
    let answer = |code: Value| respond(&app, "SOFTWARE_TOKEN_MFA", "bare", &asked["Session"], code);
    answer(code(0)).refused(
        "ExpiredCodeException",
        "Your software token has already been used once.",
    );
    answer(code(3)).refused("CodeMismatchException", "Invalid code received for user");
    answer(code(1)).ok();
}

#[test]
fn an_address_is_set_up_as_a_factor_in_the_middle_of_a_sign_in() {
    let app = app("ON");
    let asked = sign_in(&app, "bare");
    let set_up =
        |responses: Value| respond(&app, "MFA_SETUP", "bare", &asked["Session"], responses);
    set_up(json!({"EMAIL": "no address"}))
        .refused("InvalidParameterException", "Invalid email address format.");
    let sent = set_up(json!({"EMAIL": "bare@example.com"})).ok();
    assert_eq!(sent["ChallengeName"], "EMAIL_OTP");
    let code = json!({"EMAIL_OTP_CODE": last_code(&app)});
    respond(&app, "EMAIL_OTP", "bare", &sent["Session"], code).ok();
    let user = app
        .call(
            "AdminGetUser",
            &json!({"UserPoolId": POOL, "Username": "bare"}),
        )
        .ok();
    assert_eq!(user["UserMFASettingList"], json!(["EMAIL_OTP"]));
    let verified = json!({"Name": "email_verified", "Value": "true"});
    assert!(
        user["UserAttributes"]
            .as_array()
            .unwrap()
            .contains(&verified)
    );
    assert_eq!(sign_in(&app, "bare")["ChallengeName"], "EMAIL_OTP");
}

#[test]
fn in_an_optional_pool_only_what_a_user_has_switched_on_is_asked_for() {
    let app = app("OPTIONAL");
    let first = sign_in(&app, "ana");
    let token = access_token(&first);
    let secret = with_token(&app, "ana", &token);
    let user = app
        .call_open("GetUser", &json!({"AccessToken": token}))
        .ok();
    assert_eq!(user["UserMFASettingList"], json!(["SOFTWARE_TOKEN_MFA"]));
    assert_eq!(user["PreferredMfaSetting"], "SOFTWARE_TOKEN_MFA");
    let asked = sign_in(&app, "ana");
    assert_eq!(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    assert_eq!(
        asked["ChallengeParameters"],
        json!({"FRIENDLY_DEVICE_NAME": "phone", "USER_ID_FOR_SRP": "ana"})
    );
    let code = json!({"SOFTWARE_TOKEN_MFA_CODE": shown(&app, &secret, 1)});
    respond(&app, "SOFTWARE_TOKEN_MFA", "ana", &asked["Session"], code).ok();
    app.call(
        "AdminDeleteSoftwareToken",
        &json!({"UserPoolId": POOL, "Username": "ana"}),
    )
    .ok();
    access_token(&sign_in(&app, "ana"));
    let user = app
        .call(
            "AdminGetUser",
            &json!({"UserPoolId": POOL, "Username": "ana"}),
        )
        .ok();
    assert_eq!(user.get("UserMFASettingList"), None);
    assert_eq!(user.get("PreferredMfaSetting"), None);
}

#[test]
fn a_preference_is_refused_that_the_user_cannot_follow() {
    let app = app("OPTIONAL");
    let token = access_token(&sign_in(&app, "bare"));
    let set = |settings: Value| {
        let mut input = json!({"AccessToken": token});
        input
            .as_object_mut()
            .unwrap()
            .extend(settings.as_object().unwrap().clone());
        app.call_open("SetUserMFAPreference", &input)
    };
    let on = json!({"Enabled": true});
    set(json!({"SoftwareTokenMfaSettings": on})).refused(
        "InvalidParameterException",
        "User has not verified software token mfa",
    );
    set(json!({"SMSMfaSettings": on})).refused(
        "InvalidParameterException",
        "User does not have delivery config set to turn on SMS_MFA",
    );
    set(json!({"EmailMfaSettings": on})).refused(
        "InvalidParameterException",
        "User does not have delivery config set to turn on EMAIL_OTP",
    );
    let token = access_token(&sign_in(&app, "both"));
    let preferred = json!({"Enabled": true, "PreferredMfa": true});
    let both =
        json!({"AccessToken": token, "SMSMfaSettings": preferred, "EmailMfaSettings": preferred});
    let (code, _) = app.call_open("SetUserMFAPreference", &both).refusal();
    assert_eq!(code, "InvalidParameterException");
    let user = app
        .call_open("GetUser", &json!({"AccessToken": token}))
        .ok();
    assert_eq!(
        user.get("UserMFASettingList"),
        None,
        "nothing of it was kept"
    );
    app.call_open(
        "VerifySoftwareToken",
        &json!({"AccessToken": token, "UserCode": "123456"}),
    )
    .refused(
        "SoftwareTokenMFANotFoundException",
        "Software token MFA has not been enabled by the user.",
    );
}

#[test]
fn a_new_secret_leaves_the_verified_one_in_force_until_it_is_shown() {
    let app = app("OPTIONAL");
    let token = access_token(&sign_in(&app, "bare"));
    let old = with_token(&app, "bare", &token);
    app.call_open("AssociateSoftwareToken", &json!({"AccessToken": token}))
        .ok();
    let asked = sign_in(&app, "bare");
    let code = json!({"SOFTWARE_TOKEN_MFA_CODE": shown(&app, &old, 1)});
    respond(&app, "SOFTWARE_TOKEN_MFA", "bare", &asked["Session"], code).ok();
}

#[test]
fn a_remembered_device_takes_the_place_of_the_second_factor_where_the_pool_says_so() {
    for replaces in [true, false] {
        let app = setup("ON", json!({"ChallengeRequiredOnNewDevice": replaces})).start();
        let asked = sign_in_by_srp(&app, CLIENT, "ana", PASSWORD, &[]).ok();
        let code = json!({"EMAIL_OTP_CODE": last_code(&app)});
        let first = respond(&app, "EMAIL_OTP", "ana", &asked["Session"], code).ok();
        let device = Device::issued(&first);
        confirm_device(&app, &access_token(&first), &device).ok();
        let key = [("DEVICE_KEY", device.key.as_str())];
        let mut asked = sign_in_by_srp(&app, CLIENT, "ana", PASSWORD, &key).ok();
        if !replaces {
            assert_eq!(asked["ChallengeName"], "EMAIL_OTP");
            let code = json!({"EMAIL_OTP_CODE": last_code(&app)});
            asked = respond(&app, "EMAIL_OTP", "ana", &asked["Session"], code).ok();
        }
        assert_eq!(asked["ChallengeName"], "DEVICE_SRP_AUTH");
        let answer = prove_device(&app, CLIENT, &device, &asked).ok();
        assert!(!access_token(&answer).is_empty());
        let forget = json!({"UserPoolId": POOL, "Username": "ana", "DeviceKey": device.key});
        app.call("AdminForgetDevice", &forget);
        assert_eq!(sign_in(&app, "ana")["ChallengeName"], "EMAIL_OTP");
    }
}

#[test]
fn a_temporary_password_is_changed_before_a_second_factor_is_asked_for() {
    let app = app("ON");
    let create = json!({"UserPoolId": POOL, "Username": "new", "TemporaryPassword": PASSWORD});
    app.call("AdminCreateUser", &create).ok();
    let asked = sign_in(&app, "new");
    assert_eq!(asked["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    let new = json!({"NEW_PASSWORD": "Another-Kettle-1"});
    let asked = respond(&app, "NEW_PASSWORD_REQUIRED", "new", &asked["Session"], new).ok();
    assert_eq!(asked["ChallengeName"], "MFA_SETUP");
}

#[test]
fn an_administrator_answers_for_the_user() {
    let app = app("ON");
    let begin = json!({"UserPoolId": POOL, "ClientId": CLIENT.id, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": "ana", "PASSWORD": PASSWORD}});
    let asked = app.call("AdminInitiateAuth", &begin).ok();
    let answer = json!({"UserPoolId": POOL, "ClientId": CLIENT.id, "ChallengeName": "EMAIL_OTP",
        "Session": asked["Session"], "ChallengeResponses": {"USERNAME": "ana", "EMAIL_OTP_CODE": last_code(&app)}});
    access_token(&app.call("AdminRespondToAuthChallenge", &answer).ok());
}

#[test]
fn a_sign_in_goes_on_after_a_restart() {
    let app = setup("ON", Value::Null).on_disk().start();
    let asked = sign_in(&app, "bare");
    let associated = app
        .call_open(
            "AssociateSoftwareToken",
            &json!({"Session": asked["Session"]}),
        )
        .ok();
    let app = app.stop().start();
    let secret = associated["SecretCode"].as_str().unwrap();
    let verify = json!({"Session": associated["Session"], "UserCode": shown(&app, secret, 0)});
    let verified = app.call_open("VerifySoftwareToken", &verify).ok();
    let app = app.stop().start();
    access_token(&respond(&app, "MFA_SETUP", "bare", &verified["Session"], json!({})).ok());
    let asked = sign_in(&app, "ana");
    let app = app.stop().start();
    let code = json!({"EMAIL_OTP_CODE": last_code(&app)});
    access_token(&respond(&app, "EMAIL_OTP", "ana", &asked["Session"], code).ok());
}
