//! The second factor: codes by SMS and email, software tokens, the choice between them, and their setting up.

use std::time::Duration;

use poolhouse::ambient::ManualClock;
use serde_json::{Value, json};
use totp_rs::{Algorithm, Builder, Secret};

use crate::app::{Answer, App, Client, Setup};
use crate::srp_client::{
    AppClient, Device, access_token, confirm_device, prove_device, respond, sign_in_by_password,
};

const PASSWORD: &str = "Tulip-Kettle-4417";

const SMS: AppClient<'_> = AppClient::new("us-east-1_Sms000001", "smsclient00000000000000001");
const EMAIL: AppClient<'_> = AppClient::new("us-east-1_Email0001", "emailclient000000000000001");
/// Asks for a software token, an email or a SMS message.
const REQUIRED: AppClient<'_> = AppClient::new("us-east-1_Required1", "requiredclient000000000001");
const OPTIONAL: AppClient<'_> = AppClient::new("us-east-1_Optional1", "optionalclient000000000001");
const OTHER_OPTIONAL: AppClient<'_> =
    AppClient::new("us-east-1_Optional1", "optionalclient000000000002")
        .with_secret("averylongsecretofanappclient");
const OFF: AppClient<'_> = AppClient::new("us-east-1_Off0000001", "offclient00000000000000001");

const INVALID: &str = "Invalid session for the user.";
const USED: &str = "Invalid session for the user, session can only be used once.";
const EXPIRED: &str = "Invalid session for the user, session is expired.";
const WRONG: &str = "Invalid code received for user";

fn pool(client: AppClient<'_>, settings: Value, mfa: Value) -> Value {
    let mut settings = settings;
    settings["Id"] = client.pool.into();
    let address = |name: &str, email: &str, phone: &str| {
        json!({"Username": name, "Password": PASSWORD, "UserAttributes": [
            {"Name": "email", "Value": email}, {"Name": "phone_number", "Value": phone},
        ]})
    };
    json!({
        "UserPool": settings,
        "MfaConfig": mfa,
        "Clients": [{"ClientId": client.id, "ClientName": "web", "ExplicitAuthFlows":
            ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"]}],
        "Users": [
            address("ana", "ana@example.com", "+12065550100"),
            address("bea", "bea@example.com", "+12065550199"),
            {"Username": "carl", "Password": PASSWORD},
            {"Username": "dora", "TemporaryPassword": PASSWORD},
        ],
    })
}

fn setup() -> Setup {
    let sms = json!({"SmsAuthenticationMessage": "Tulip says {####}.",
        "SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms"}});
    let token = json!({"Enabled": true});
    let mut optional = pool(
        OPTIONAL,
        json!({}),
        json!({"MfaConfiguration": "OPTIONAL", "SmsMfaConfiguration": sms, "EmailMfaConfiguration": {},
            "SoftwareTokenMfaConfiguration": token}),
    );
    let mut other = optional["Clients"][0].clone();
    other["ClientId"] = OTHER_OPTIONAL.id.into();
    other["ClientSecret"] = "averylongsecretofanappclient".into();
    optional["Clients"].as_array_mut().unwrap().push(other);
    let pools = [
        pool(
            SMS,
            json!({}),
            json!({"MfaConfiguration": "ON", "SmsMfaConfiguration": sms}),
        ),
        pool(
            EMAIL,
            json!({}),
            json!({"MfaConfiguration": "ON", "EmailMfaConfiguration": {"Message": "It is {####}", "Subject": "Hello"}}),
        ),
        pool(
            REQUIRED,
            json!({}),
            json!({"MfaConfiguration": "ON", "SmsMfaConfiguration": sms, "EmailMfaConfiguration": {},
                "SoftwareTokenMfaConfiguration": token}),
        ),
        optional,
        pool(OFF, json!({}), json!({"MfaConfiguration": "OFF"})),
    ];
    Setup::new().seeded(json!({"UserPools": pools}))
}

fn start() -> App {
    setup().start()
}

/// A pool with software tokens that tracks devices.
fn tracking(challenge_required_on_new_device: bool) -> App {
    let devices = json!({"DeviceConfiguration": {"ChallengeRequiredOnNewDevice": challenge_required_on_new_device}});
    let mfa = json!({"MfaConfiguration": "ON", "EmailMfaConfiguration": {}});
    Setup::new().seeded(pool(EMAIL, devices, mfa)).start()
}

fn sign_in(app: &App, client: AppClient<'_>, user: &str) -> Value {
    sign_in_by_password(app, client, user, PASSWORD, &[]).ok()
}

/// Answers a challenge with one response, and the user's name.
fn answer(
    app: &App,
    client: AppClient<'_>,
    user: &str,
    asked: &Value,
    response: (&str, &str),
) -> Answer {
    let challenge = asked["ChallengeName"].as_str().unwrap();
    let mut responses = json!({"USERNAME": user});
    responses[response.0] = response.1.into();
    respond(app, client, challenge, asked, responses)
}

/// The message of a user that was sent last.
fn last_message(app: &App, client: AppClient<'_>, user: &str) -> Value {
    let path = format!(
        "/_poolhouse/outbox?UserPoolId={}&Username={user}",
        client.pool
    );
    let shown = app.get_signed(&path).ok();
    let last = shown["Messages"].as_array().unwrap().last();
    last.unwrap_or_else(|| panic!("no message")).clone()
}

fn last_code(app: &App, client: AppClient<'_>, user: &str) -> String {
    let message = last_message(app, client, user);
    message["Code"].as_str().unwrap().to_owned()
}

/// Six digits that are not these.
fn other_than(code: &str) -> String {
    let first = if code.starts_with('1') { "2" } else { "1" };
    format!("{first}{}", &code[1..])
}

/// What an authenticator app shows.
/// The code that an authenticator app shows.
pub(crate) fn totp(app: &Client, secret: &str) -> String {
    let totp = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_secret(Secret::try_from_base32(secret).unwrap())
        .build_noncompliant();
    let now = app.now().timestamp();
    totp.generate(now.try_into().unwrap()).to_string()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value}"))
}

/// Sets up a software token with an access token; the secret.
pub(crate) fn set_up_token(app: &Client, access_token: &str, name: Option<&str>) -> String {
    let associated = app.call_open(
        "AssociateSoftwareToken",
        &json!({"AccessToken": access_token}),
    );
    let associated = associated.ok();
    assert!(associated.get("Session").is_none());
    let secret = text(&associated["SecretCode"]).to_owned();
    let mut input = json!({"AccessToken": access_token, "UserCode": totp(app, &secret)});
    if let Some(name) = name {
        input["FriendlyDeviceName"] = name.into();
    }
    let verified = app.call_open("VerifySoftwareToken", &input).ok();
    assert_eq!(verified, json!({"Status": "SUCCESS"}));
    secret
}

fn prefer(app: &App, client: AppClient<'_>, user: &str, settings: &Value) -> Answer {
    let mut input = settings.clone();
    input["UserPoolId"] = client.pool.into();
    input["Username"] = user.into();
    app.call("AdminSetUserMFAPreference", &input)
}

const ON: fn() -> Value = || json!({"Enabled": true});

/// Signs a user of the optional pool up for a software token, which is asked for from then on; the secret.
fn with_token(app: &App, user: &str) -> String {
    let tokens = sign_in(app, OPTIONAL, user);
    let secret = set_up_token(app, &access_token(&tokens), None);
    prefer(
        app,
        OPTIONAL,
        user,
        &json!({"SoftwareTokenMfaSettings": ON()}),
    )
    .ok();
    app.clock.advance(Duration::from_secs(30));
    secret
}

fn next_step(app: &App) {
    app.clock.advance(Duration::from_secs(30));
}

#[test]
fn a_code_by_sms_completes_the_sign_in() {
    let app = start();
    let asked = sign_in(&app, SMS, "ana");
    assert_eq!(asked["ChallengeName"], "SMS_MFA");
    assert_eq!(
        asked["ChallengeParameters"],
        json!({"CODE_DELIVERY_DELIVERY_MEDIUM": "SMS", "CODE_DELIVERY_DESTINATION": "+*******0100", "USER_ID_FOR_SRP": "ana"})
    );
    let message = last_message(&app, SMS, "ana");
    let code = text(&message["Code"]);
    assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()));
    assert_eq!(message["Message"], format!("Tulip says {code}."));
    assert!(
        !asked.to_string().contains(code),
        "the client is not told the code"
    );
    let tokens = answer(&app, SMS, "ana", &asked, ("SMS_MFA_CODE", code)).ok();
    assert_eq!(tokens["ChallengeParameters"], json!({}));
    app.call_open("GetUser", &json!({"AccessToken": access_token(&tokens)}))
        .ok();
}

#[test]
fn a_code_by_email_completes_the_sign_in() {
    let app = start();
    let asked = sign_in(&app, EMAIL, "ana");
    assert_eq!(asked["ChallengeName"], "EMAIL_OTP");
    assert_eq!(
        asked["ChallengeParameters"],
        json!({"CODE_DELIVERY_DELIVERY_MEDIUM": "EMAIL", "CODE_DELIVERY_DESTINATION": "a***@e***", "USER_ID_FOR_SRP": "ana"})
    );
    let message = last_message(&app, EMAIL, "ana%40example.com");
    let code = text(&message["Code"]);
    assert_eq!(
        (&message["Message"], &message["Subject"]),
        (&json!(format!("It is {code}")), &json!("Hello"))
    );
    let tokens = answer(&app, EMAIL, "ana", &asked, ("EMAIL_OTP_CODE", code)).ok();
    access_token(&tokens);
}

#[test]
fn a_wrong_code_is_refused_and_the_session_lives_on() {
    let app = start();
    let asked = sign_in(&app, SMS, "ana");
    let code = last_code(&app, SMS, "ana");
    for wrong in [&other_than(&code), "1", &format!("{code}0")] {
        answer(&app, SMS, "ana", &asked, ("SMS_MFA_CODE", wrong))
            .refused("CodeMismatchException", WRONG);
    }
    answer(&app, SMS, "ana", &asked, ("SMS_MFA_CODE", "")).refused(
        "InvalidParameterException",
        "Missing required parameter SMS_MFA_CODE",
    );
    answer(&app, SMS, "ana", &asked, ("SMS_MFA_CODE", &code)).ok();
    let again = answer(&app, SMS, "ana", &asked, ("SMS_MFA_CODE", &code));
    again.refused("NotAuthorizedException", USED);
    let wrong = answer(
        &app,
        SMS,
        "ana",
        &asked,
        ("SMS_MFA_CODE", &other_than(&code)),
    );
    wrong.refused("NotAuthorizedException", USED);
}

#[test]
fn each_sign_in_has_a_code_of_its_own() {
    let app = start();
    let first = sign_in(&app, SMS, "ana");
    let first_code = last_code(&app, SMS, "ana");
    let second = sign_in(&app, SMS, "ana");
    let second_code = last_code(&app, SMS, "ana");
    assert_ne!(first_code, second_code);
    answer(&app, SMS, "ana", &second, ("SMS_MFA_CODE", &first_code))
        .refused("CodeMismatchException", WRONG);
    answer(&app, SMS, "ana", &second, ("SMS_MFA_CODE", &second_code)).ok();
    answer(&app, SMS, "ana", &first, ("SMS_MFA_CODE", &first_code)).ok();
}

#[test]
fn a_session_counts_for_its_user_client_and_challenge_and_for_its_time() {
    let app = start();
    let secret = with_token(&app, "ana");
    let asked = sign_in(&app, OPTIONAL, "ana");
    assert_eq!(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    let refused = |answer: Answer| answer.refused("NotAuthorizedException", INVALID);
    let code = totp(&app, &secret);
    let response = ("SOFTWARE_TOKEN_MFA_CODE", code.as_str());
    refused(answer(&app, OPTIONAL, "bea", &asked, response));
    refused(answer(&app, OPTIONAL, "nobody", &asked, response));
    refused(answer(&app, OTHER_OPTIONAL, "ana", &asked, response));
    refused(answer(&app, SMS, "ana", &asked, response));
    for (challenge, name, value) in [
        ("SMS_MFA", "SMS_MFA_CODE", code.as_str()),
        ("EMAIL_OTP", "EMAIL_OTP_CODE", &code),
        ("SELECT_MFA_TYPE", "ANSWER", "SMS_MFA"),
        ("MFA_SETUP", "X", ""),
        ("MFA_SETUP", "EMAIL", "x@example.com"),
        ("NEW_PASSWORD_REQUIRED", "NEW_PASSWORD", PASSWORD),
    ] {
        let mut other = asked.clone();
        other["ChallengeName"] = challenge.into();
        refused(answer(&app, OPTIONAL, "ana", &other, (name, value)));
    }
    let mut none = asked.clone();
    none["Session"] = Value::Null;
    answer(&app, OPTIONAL, "ana", &none, response).refused(
        "InvalidParameterException",
        "Missing required parameter Session",
    );
    let session = text(&asked["Session"]);
    for forged in [
        "none.of.ours.at.all.whatever",
        &format!("{session}A"),
        &session.replacen(OPTIONAL.id, OTHER_OPTIONAL.id, 1),
        &session.replacen(OPTIONAL.id, SMS.id, 1),
        session.split_once('.').unwrap().1,
    ] {
        let mut altered = asked.clone();
        altered["Session"] = forged.into();
        refused(answer(&app, OPTIONAL, "ana", &altered, response));
        let input = json!({"Session": forged});
        refused(app.call_open("AssociateSoftwareToken", &input));
    }
    app.clock.advance(Duration::from_mins(3));
    let code = totp(&app, &secret);
    let response = ("SOFTWARE_TOKEN_MFA_CODE", code.as_str());
    answer(
        &app,
        OPTIONAL,
        "ana",
        &sign_in(&app, OPTIONAL, "ana"),
        response,
    )
    .ok();
    app.clock.advance(Duration::from_millis(1));
    answer(&app, OPTIONAL, "ana", &asked, response).refused("NotAuthorizedException", EXPIRED);
}

#[test]
fn a_session_is_good_to_its_last_moment() {
    let app = start();
    let asked = sign_in(&app, SMS, "ana");
    let code = last_code(&app, SMS, "ana");
    app.clock.advance(Duration::from_mins(3));
    answer(&app, SMS, "ana", &asked, ("SMS_MFA_CODE", &code)).ok();
}

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
    wrong.refused("CodeMismatchException", WRONG);
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
    // An older code that nobody has shown does not count behind a newer one, either.
    let skipped = totp(&app, &secret);
    next_step(&app);
    try_with(&totp(&app, &secret)).ok();
    used(try_with(&skipped));
}

#[test]
fn wrong_codes_lock_out_as_wrong_passwords_do() {
    let app = start();
    let locked = |answer: Answer| {
        answer.refused("NotAuthorizedException", "Password attempts exceeded");
    };
    // The right password in between gives no new attempts.
    for attempt in 0..5 {
        let asked = sign_in(&app, SMS, "ana");
        let code = other_than(&last_code(&app, SMS, "ana"));
        let wrong = answer(&app, SMS, "ana", &asked, ("SMS_MFA_CODE", &code));
        assert_eq!(wrong.refusal().0, "CodeMismatchException", "{attempt}");
    }
    locked(sign_in_by_password(&app, SMS, "ana", PASSWORD, &[]));
    app.clock.advance(Duration::from_secs(1));
    let asked = sign_in(&app, SMS, "ana");
    let code = last_code(&app, SMS, "ana");
    answer(
        &app,
        SMS,
        "ana",
        &asked,
        ("SMS_MFA_CODE", &other_than(&code)),
    )
    .refused("CodeMismatchException", WRONG);
    locked(answer(&app, SMS, "ana", &asked, ("SMS_MFA_CODE", &code)));
    app.clock.advance(Duration::from_millis(1999));
    locked(answer(&app, SMS, "ana", &asked, ("SMS_MFA_CODE", &code)));
    app.clock.advance(Duration::from_millis(1));
    answer(&app, SMS, "ana", &asked, ("SMS_MFA_CODE", &code)).ok();
    for _ in 0..4 {
        let asked = sign_in(&app, SMS, "ana");
        answer(&app, SMS, "ana", &asked, ("SMS_MFA_CODE", "0"))
            .refused("CodeMismatchException", WRONG);
    }
    access_token(&{
        let asked = sign_in(&app, SMS, "ana");
        let code = last_code(&app, SMS, "ana");
        answer(&app, SMS, "ana", &asked, ("SMS_MFA_CODE", &code)).ok()
    });
}

/// Sends a wrong code.
fn guess(app: &App, client: AppClient<'_>, asked: &Value) -> Answer {
    let name = format!("{}_CODE", text(&asked["ChallengeName"]));
    answer(app, client, "ana", asked, (&name, "0"))
}

fn set_password(app: &App, client: AppClient<'_>, user: &str, permanent: bool) {
    let input = json!({"UserPoolId": client.pool, "Username": user, "Password": PASSWORD, "Permanent": permanent});
    app.call("AdminSetUserPassword", &input).ok();
}

const LOCKED: (&str, &str) = ("NotAuthorizedException", "Password attempts exceeded");

#[test]
fn a_device_key_gives_no_new_attempts_at_the_second_factor() {
    let app = tracking(true);
    let device = remember_device(&app);
    let asked = sign_in(&app, EMAIL, "ana");
    let code = last_code(&app, EMAIL, "ana");
    let key = [("DEVICE_KEY", device.key.as_str())];
    for attempt in 0..5 {
        let waiting = sign_in_by_password(&app, EMAIL, "ana", PASSWORD, &key).ok();
        assert_eq!(waiting["ChallengeName"], "DEVICE_SRP_AUTH", "{attempt}");
        guess(&app, EMAIL, &asked).refused("CodeMismatchException", WRONG);
    }
    answer(&app, EMAIL, "ana", &asked, ("EMAIL_OTP_CODE", &code)).refused(LOCKED.0, LOCKED.1);
    app.clock.advance(Duration::from_secs(1));
    // The device itself, with the password, is all that is asked for.
    let waiting = sign_in_by_password(&app, EMAIL, "ana", PASSWORD, &key).ok();
    access_token(&prove_device(&app, EMAIL, &device, &waiting).ok());
    for _ in 0..4 {
        guess(&app, EMAIL, &asked).refused("CodeMismatchException", WRONG);
    }
    answer(&app, EMAIL, "ana", &asked, ("EMAIL_OTP_CODE", &code)).ok();
}

#[test]
fn a_temporary_password_or_a_changed_one_gives_no_new_attempts_at_the_second_factor() {
    let app = start();
    let asked = sign_in(&app, SMS, "ana");
    let code = last_code(&app, SMS, "ana");
    let tokens = answer(&app, SMS, "ana", &asked, ("SMS_MFA_CODE", &code)).ok();
    let asked = sign_in(&app, SMS, "ana");
    for _ in 0..4 {
        guess(&app, SMS, &asked).refused("CodeMismatchException", WRONG);
    }
    let input = json!({"AccessToken": access_token(&tokens), "PreviousPassword": PASSWORD,
        "ProposedPassword": PASSWORD});
    app.call_open("ChangePassword", &input).ok();
    guess(&app, SMS, &asked).refused("CodeMismatchException", WRONG);
    guess(&app, SMS, &asked).refused(LOCKED.0, LOCKED.1);

    let app = start();
    let asked = sign_in(&app, SMS, "ana");
    set_password(&app, SMS, "ana", false);
    for _ in 0..4 {
        guess(&app, SMS, &asked).refused("CodeMismatchException", WRONG);
    }
    let new = sign_in(&app, SMS, "ana");
    assert_eq!(new["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    guess(&app, SMS, &asked).refused("CodeMismatchException", WRONG);
    guess(&app, SMS, &asked).refused(LOCKED.0, LOCKED.1);
}

#[test]
fn a_session_takes_ten_wrong_codes_whatever_the_lockout_does() {
    let app = setup().on_disk().start();
    let asked = sign_in(&app, SMS, "ana");
    let code = last_code(&app, SMS, "ana");
    let other = sign_in(&app, SMS, "ana");
    let other_code = last_code(&app, SMS, "ana");
    let four_wrong = |app: &App| {
        for _ in 0..4 {
            guess(app, SMS, &asked).refused("CodeMismatchException", WRONG);
        }
        set_password(app, SMS, "ana", true);
    };
    four_wrong(&app);
    let clock = app.clock.clone();
    let app = app.stop().start_at(clock);
    four_wrong(&app);
    for _ in 0..2 {
        guess(&app, SMS, &asked).refused("CodeMismatchException", WRONG);
    }
    for code in [&code, "0"] {
        answer(&app, SMS, "ana", &asked, ("SMS_MFA_CODE", code))
            .refused("NotAuthorizedException", USED);
    }
    answer(&app, SMS, "ana", &other, ("SMS_MFA_CODE", &other_code)).ok();
}

#[test]
fn guesses_at_the_same_time_count_one_by_one() {
    let app = start();
    let asked = sign_in(&app, SMS, "ana");
    let counts = crate::sign_in::at_once(|| guess(&app, SMS, &asked));
    let expected = [
        ((400, WRONG.to_owned()), 5),
        ((400, LOCKED.1.to_owned()), 11),
    ];
    assert_eq!(counts, expected.into());
}

#[test]
fn wrong_codes_of_a_token_that_a_sign_in_sets_up_end_its_session() {
    let app = start();
    let asked = sign_in(&app, REQUIRED, "carl");
    let input = json!({"Session": asked["Session"]});
    let associated = app.call_open("AssociateSoftwareToken", &input).ok();
    let code = totp(&app, text(&associated["SecretCode"]));
    let verify = |code: &str| {
        let input = json!({"Session": associated["Session"], "UserCode": code});
        app.call_open("VerifySoftwareToken", &input)
    };
    for _ in 0..10 {
        verify(&other_than(&code)).refused("EnableSoftwareTokenMFAException", "Code mismatch");
    }
    verify(&code).refused("NotAuthorizedException", USED);
    // They are no attempts at the user's own secrets.
    assert_eq!(
        sign_in(&app, REQUIRED, "carl")["ChallengeName"],
        "MFA_SETUP"
    );
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
        again.refused("NotAuthorizedException", USED);
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
        // Users are told more of their software token.
        let not_set_up = "User has not set up software token mfa";
        own().refused("InvalidParameterException", not_set_up);
        app.call_open("AssociateSoftwareToken", &json!({"AccessToken": token}))
            .ok();
        let not_verified = "User has not verified software token mfa";
        own().refused("InvalidParameterException", not_verified);
        let refused = prefer(&app, OPTIONAL, "carl", &settings);
        refused.refused("InvalidParameterException", message);
    }
    // What is not there can be switched off.
    let off = json!({"SoftwareTokenMfaSettings": {"Enabled": false, "PreferredMfa": false}});
    prefer(&app, OPTIONAL, "carl", &off).ok();
    let two = json!({"SMSMfaSettings": preferred, "EmailMfaSettings": preferred});
    for wrong in [two, json!({"SMSMfaSettings": {"PreferredMfa": true}})] {
        let refused = prefer(&app, OPTIONAL, "ana", &wrong);
        assert_eq!(refused.refusal().0, "InvalidParameterException");
    }
    let passkeys = json!({"WebAuthnMfaSettings": ON()});
    assert_eq!(prefer(&app, OPTIONAL, "ana", &passkeys).status, 501);
    prefer(&app, OPTIONAL, "nobody", &json!({}))
        .refused("UserNotFoundException", "User does not exist.");
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
fn where_mfa_is_required_what_the_user_has_is_asked_for() {
    let app = start();
    assert_eq!(
        sign_in(&app, REQUIRED, "ana")["ChallengeName"],
        "SELECT_MFA_TYPE"
    );
    let only_sms = json!({"EmailMfaSettings": {"Enabled": false}});
    prefer(&app, REQUIRED, "ana", &only_sms).ok();
    assert_eq!(sign_in(&app, REQUIRED, "ana")["ChallengeName"], "SMS_MFA");
    // Nobody gets round the second factor by switching all of them off.
    let none = json!({"SMSMfaSettings": {"Enabled": false}});
    prefer(&app, REQUIRED, "ana", &none).ok();
    assert_eq!(
        sign_in(&app, REQUIRED, "ana")["ChallengeName"],
        "SELECT_MFA_TYPE"
    );
}

/// Goes through the setting up of a software token that a sign-in demands; the last session and the secret.
fn set_up_in_sign_in(app: &App, asked: &Value) -> (Value, String) {
    assert_eq!(asked["ChallengeName"], "MFA_SETUP", "{asked}");
    let associate =
        |session: &Value| app.call_open("AssociateSoftwareToken", &json!({"Session": session}));
    let associated = associate(&asked["Session"]).ok();
    associate(&asked["Session"]).refused("NotAuthorizedException", USED);
    let secret = text(&associated["SecretCode"]).to_owned();
    let code = totp(app, &secret);
    let verify = |session: &Value, code: &str| {
        let input = json!({"Session": session, "UserCode": code, "FriendlyDeviceName": "phone"});
        app.call_open("VerifySoftwareToken", &input)
    };
    let session = &associated["Session"];
    verify(session, &other_than(&code)).refused("EnableSoftwareTokenMFAException", "Code mismatch");
    let verified = verify(session, &code).ok();
    verify(session, &code).refused("NotAuthorizedException", USED);
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
    early.refused("NotAuthorizedException", INVALID);
    let (last, secret) = set_up_in_sign_in(&app, &asked);
    let others = answer(&app, REQUIRED, "ana", &last, ("X", "x"));
    others.refused("NotAuthorizedException", INVALID);
    access_token(&answer(&app, REQUIRED, "dora", &last, ("X", "x")).ok());
    let again = answer(&app, REQUIRED, "dora", &last, ("X", "x"));
    again.refused("NotAuthorizedException", USED);
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
    refused.refused("NotAuthorizedException", INVALID);
    let third = json!({"ChallengeName": "MFA_SETUP", "Session": associated["Session"]});
    for response in [("X", "x"), ("EMAIL", "thief@example.com")] {
        answer(&app, REQUIRED, "carl", &third, response).refused("NotAuthorizedException", INVALID);
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
        answer(&app, REQUIRED, user, &setting_up, (&response, &wrong))
            .refused("CodeMismatchException", WRONG);
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
    try_with(&new).refused("CodeMismatchException", WRONG);
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
    try_with(&old).refused("CodeMismatchException", WRONG);
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
    .refused("NotAuthorizedException", INVALID);
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
    refused.refused("UserNotFoundException", "User does not exist.");
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
    .refused("NotAuthorizedException", INVALID);
    app.call("AdminCreateUser", &ana(json!({}))).ok();
    app.call("AdminSetUserPassword", &ana(password)).ok();
    access_token(&sign_in(&app, OPTIONAL, "ana"));
}

#[test]
fn an_administrator_signs_a_user_in_with_a_second_factor() {
    let app = start();
    let asked = app.call(
        "AdminInitiateAuth",
        &json!({"UserPoolId": SMS.pool, "ClientId": SMS.id, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
            "AuthParameters": {"USERNAME": "ana", "PASSWORD": PASSWORD}}),
    );
    let asked = asked.ok();
    assert_eq!(asked["ChallengeName"], "SMS_MFA");
    let code = last_code(&app, SMS, "ana");
    let respond = |code: &str| {
        app.call(
            "AdminRespondToAuthChallenge",
            &json!({"UserPoolId": SMS.pool, "ClientId": SMS.id, "ChallengeName": "SMS_MFA", "Session": asked["Session"],
                "ChallengeResponses": {"USERNAME": "ana", "SMS_MFA_CODE": code}}),
        )
    };
    respond(&other_than(&code)).refused("CodeMismatchException", WRONG);
    access_token(&respond(&code).ok());
}

#[test]
fn a_user_who_was_disabled_meanwhile_is_refused() {
    let app = start();
    let asked = sign_in(&app, SMS, "ana");
    let code = last_code(&app, SMS, "ana");
    let input = json!({"UserPoolId": SMS.pool, "Username": "ana"});
    app.call("AdminDisableUser", &input).ok();
    answer(&app, SMS, "ana", &asked, ("SMS_MFA_CODE", &code))
        .refused("NotAuthorizedException", "User is disabled.");
}

/// Signs in with the second factor and confirms the device that is issued.
fn remember_device(app: &App) -> Device {
    let asked = sign_in(app, EMAIL, "ana");
    let code = last_code(app, EMAIL, "ana");
    let tokens = answer(app, EMAIL, "ana", &asked, ("EMAIL_OTP_CODE", &code)).ok();
    let device = Device::issued(&tokens);
    confirm_device(app, &access_token(&tokens), &device).ok();
    device
}

#[test]
fn a_remembered_device_takes_the_place_of_the_second_factor() {
    let app = tracking(true);
    let device = remember_device(&app);
    let key = [("DEVICE_KEY", device.key.as_str())];
    let asked = sign_in_by_password(&app, EMAIL, "ana", PASSWORD, &key).ok();
    assert_eq!(asked["ChallengeName"], "DEVICE_SRP_AUTH");
    access_token(&prove_device(&app, EMAIL, &device, &asked).ok());
    assert_eq!(sign_in(&app, EMAIL, "ana")["ChallengeName"], "EMAIL_OTP");
}

#[test]
fn a_remembered_device_comes_after_the_second_factor_where_it_does_not_take_its_place() {
    let app = tracking(false);
    let device = remember_device(&app);
    let key = [("DEVICE_KEY", device.key.as_str())];
    let asked = sign_in_by_password(&app, EMAIL, "ana", PASSWORD, &key).ok();
    assert_eq!(asked["ChallengeName"], "EMAIL_OTP");
    let code = last_code(&app, EMAIL, "ana");
    let asked = answer(&app, EMAIL, "ana", &asked, ("EMAIL_OTP_CODE", &code)).ok();
    assert_eq!(asked["ChallengeName"], "DEVICE_SRP_AUTH");
    let tokens = prove_device(&app, EMAIL, &device, &asked).ok();
    let result = &tokens["AuthenticationResult"];
    assert!(result.get("NewDeviceMetadata").is_none());
    // The device may be named with the code as well.
    let asked = sign_in(&app, EMAIL, "ana");
    let code = last_code(&app, EMAIL, "ana");
    let responses = json!({"USERNAME": "ana", "EMAIL_OTP_CODE": code, "DEVICE_KEY": device.key});
    let asked = respond(&app, EMAIL, "EMAIL_OTP", &asked, responses).ok();
    assert_eq!(asked["ChallengeName"], "DEVICE_SRP_AUTH");
}

#[test]
fn a_device_that_is_forgotten_before_the_code_is_a_new_one() {
    let app = tracking(false);
    let device = remember_device(&app);
    let forget = |device: &Device| {
        let input = json!({"UserPoolId": EMAIL.pool, "Username": "ana", "DeviceKey": device.key});
        app.call("AdminForgetDevice", &input).done();
    };
    for repeated in [false, true] {
        let device = remember_device(&app);
        let key = [("DEVICE_KEY", device.key.as_str())];
        let asked = sign_in_by_password(&app, EMAIL, "ana", PASSWORD, &key).ok();
        forget(&device);
        let code = last_code(&app, EMAIL, "ana");
        let mut responses = json!({"USERNAME": "ana", "EMAIL_OTP_CODE": code});
        if repeated {
            responses["DEVICE_KEY"] = device.key.clone().into();
        }
        let tokens = respond(&app, EMAIL, "EMAIL_OTP", &asked, responses).ok();
        assert_ne!(Device::issued(&tokens).key, device.key);
    }
    // A key that the code itself brings is refused, and the code is still good without it.
    forget(&device);
    let asked = sign_in(&app, EMAIL, "ana");
    let code = last_code(&app, EMAIL, "ana");
    let mut responses =
        json!({"USERNAME": "ana", "EMAIL_OTP_CODE": code, "DEVICE_KEY": device.key});
    respond(&app, EMAIL, "EMAIL_OTP", &asked, responses.clone())
        .refused("ResourceNotFoundException", "Device does not exist.");
    responses["DEVICE_KEY"] = Value::Null;
    Device::issued(&respond(&app, EMAIL, "EMAIL_OTP", &asked, responses).ok());
}

#[test]
fn a_restart_in_the_middle_changes_nothing() {
    let app = setup().on_disk().start();
    let secret = with_token(&app, "ana");
    let by_token = sign_in(&app, OPTIONAL, "ana");
    let by_sms = sign_in(&app, SMS, "ana");
    let code = last_code(&app, SMS, "ana");
    let setting_up = sign_in(&app, REQUIRED, "carl");
    let input = json!({"Session": setting_up["Session"]});
    let associated = app.call_open("AssociateSoftwareToken", &input).ok();
    let clock = app.clock.clone();
    let app = app.stop().start_at(clock);
    assert_eq!(last_code(&app, SMS, "ana"), code);
    answer(&app, SMS, "ana", &by_sms, ("SMS_MFA_CODE", &code)).ok();
    let code = totp(&app, &secret);
    let response = ("SOFTWARE_TOKEN_MFA_CODE", code.as_str());
    answer(&app, OPTIONAL, "ana", &by_token, response).ok();
    let code = totp(&app, text(&associated["SecretCode"]));
    let input = json!({"Session": associated["Session"], "UserCode": code});
    let verified = app.call_open("VerifySoftwareToken", &input).ok();
    let last = json!({"ChallengeName": "MFA_SETUP", "Session": verified["Session"]});
    answer(&app, REQUIRED, "carl", &last, ("X", "x")).ok();
}

#[test]
fn a_client_with_a_secret_proves_it_with_the_code_too() {
    let app = start();
    let secret = with_token(&app, "ana");
    let asked = sign_in(&app, OTHER_OPTIONAL, "ana");
    let code = totp(&app, &secret);
    let name = "SOFTWARE_TOKEN_MFA_CODE";
    let responses = json!({"USERNAME": "ana", name: code, "SECRET_HASH": "AAAA"});
    let refused = respond(
        &app,
        OTHER_OPTIONAL,
        "SOFTWARE_TOKEN_MFA",
        &asked,
        responses,
    );
    refused.refused(
        "NotAuthorizedException",
        &format!(
            "Unable to verify secret hash for client {}",
            OTHER_OPTIONAL.id
        ),
    );
    answer(&app, OTHER_OPTIONAL, "ana", &asked, (name, &code)).ok();
}
