//! `ForgotPassword`, `ConfirmForgotPassword` and `AdminResetUserPassword`.

use serde_json::{Value, json};

use super::{
    ATTEMPTS, CODE_MISMATCH, EXPIRED_CODE, NO_SUCH_NAME, call_for, last_code, messages, other_than,
    pool, sign_up,
};
use crate::world::{
    Answer, App, AppClient, DISABLED, DISCREET, NEW, NO_USER, PASSWORD, POOL, THIRD, User, WEB,
    WRONG_PASSWORD, access_token, at_once, sign_in_by_password,
};

const NO_CONTACT: (&str, &str) = (
    "InvalidParameterException",
    "Cannot reset password for the user as there is no registered/verified email or phone_number",
);
const NOT_IN_THIS_STATE: (&str, &str) = (
    "NotAuthorizedException",
    "User password cannot be reset in the current state.",
);
const RESET_REQUIRED: (&str, &str) = (
    "PasswordResetRequiredException",
    "Password reset required for the user",
);

fn forgot(app: &App, client: AppClient<'_>, name: &str) -> Answer {
    call_for(app, client, "ForgotPassword", name, json!({}))
}

fn confirm(app: &App, client: AppClient<'_>, name: &str, code: &str, password: &str) -> Answer {
    let more = json!({"ConfirmationCode": code, "Password": password});
    call_for(app, client, "ConfirmForgotPassword", name, more)
}

fn reset(app: &App, name: &str) -> Answer {
    let user = json!({"UserPoolId": POOL, "Username": name});
    app.call("AdminResetUserPassword", &user)
}

fn ana() -> User {
    User::new("ana")
        .password(PASSWORD)
        .verified_email("ana@example.com")
}

fn start() -> App {
    pool(json!({})).user(ana()).start()
}

#[test]
fn a_forgotten_password_is_replaced_by_the_code() {
    let app = start();
    let signed_in = sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok();
    let told =
        json!({"AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "a***@e***"});
    assert_eq!(
        forgot(&app, WEB, "ana").ok(),
        json!({"CodeDeliveryDetails": told})
    );
    let message = messages(&app).pop().unwrap();
    assert_eq!(message["Purpose"], "ForgotPassword");
    assert_eq!(message["ExpirationDate"], app_now() + 3600.0);
    // Until the code comes back, nothing changes.
    assert_eq!(app.user("ana")["UserStatus"], "CONFIRMED");
    sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok();
    let code = last_code(&app);
    assert_eq!(confirm(&app, WEB, "ana", &code, NEW).ok(), json!({}));
    sign_in_by_password(&app, WEB, "ana", NEW, &[]).ok();
    sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).refused_as(WRONG_PASSWORD);
    confirm(&app, WEB, "ana", &code, THIRD).refused_as(EXPIRED_CODE);
    // Whoever was signed in is not any more.
    let user = json!({"AccessToken": access_token(&signed_in)});
    app.call_open("GetUser", &user)
        .refused("NotAuthorizedException", "Access Token has been revoked");
}

/// The time of the server, in seconds.
fn app_now() -> f64 {
    1_795_357_380.5
}

#[test]
fn the_new_password_ends_a_lockout() {
    let app = start();
    for _ in 0..6 {
        sign_in_by_password(&app, WEB, "ana", "wrong", &[]);
    }
    forgot(&app, WEB, "ana").ok();
    confirm(&app, WEB, "ana", &last_code(&app), NEW).ok();
    sign_in_by_password(&app, WEB, "ana", NEW, &[]).ok();
}

#[test]
fn wrong_expired_and_replaced_codes_are_refused_and_change_nothing() {
    let app = start();
    confirm(&app, WEB, "ana", "123456", NEW).refused_as(EXPIRED_CODE);
    forgot(&app, WEB, "ana").ok();
    let code = last_code(&app);
    confirm(&app, WEB, "ana", other_than(&code), NEW).refused_as(CODE_MISMATCH);
    forgot(&app, WEB, "ana").ok();
    let newer = last_code(&app);
    if newer != code {
        confirm(&app, WEB, "ana", &code, NEW).refused_as(CODE_MISMATCH);
    }
    app.seconds_pass(60 * 60);
    confirm(&app, WEB, "ana", &newer, NEW).refused_as(EXPIRED_CODE);
    sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok();
    confirm(&app, WEB, "nobody", "123456", NEW).refused_as(NO_SUCH_NAME);
    forgot(&app, WEB, "nobody").refused_as(NO_SUCH_NAME);
}

#[test]
fn a_code_that_is_asked_for_under_one_name_serves_under_another() {
    let app = pool(json!({"AliasAttributes": ["email"]}))
        .user(ana())
        .start();
    for client in [WEB, DISCREET] {
        forgot(&app, client, "ana@example.com").ok();
        let code = last_code(&app);
        confirm(&app, client, "ana", other_than(&code), NEW).refused_as(CODE_MISMATCH);
        confirm(&app, client, "ana", &code, NEW).ok();
    }
}

#[test]
fn a_password_that_the_policy_or_the_history_refuses_leaves_the_code() {
    let app = pool(
        json!({"Policies": {"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": 2}}}),
    )
    .user(ana())
    .start();
    let weak = "Password did not conform with policy: Password not long enough";
    confirm(&app, WEB, "ana", "123456", "abc").refused("InvalidPasswordException", weak);
    forgot(&app, WEB, "ana").ok();
    let code = last_code(&app);
    confirm(&app, WEB, "ana", &code, "abc").refused("InvalidPasswordException", weak);
    confirm(&app, WEB, "ana", &code, PASSWORD).refused(
        "PasswordHistoryPolicyViolationException",
        "Password has previously been used",
    );
    confirm(&app, WEB, "ana", &code, NEW).ok();
}

#[test]
fn a_code_changes_the_password_once_however_many_send_it() {
    let app = start();
    forgot(&app, WEB, "ana").ok();
    let code = last_code(&app);
    let answers = at_once(|| confirm(&app, WEB, "ana", &code, NEW));
    assert_eq!(answers[&(200, String::new())], 1);
}

#[test]
fn codes_are_sent_five_times_and_tried_twenty_times_an_hour() {
    let app = pool(json!({}))
        .user(ana())
        .setup()
        .with("limits", "on")
        .start();
    for _ in 0..5 {
        forgot(&app, WEB, "ana").ok();
        app.seconds_pass(1);
    }
    forgot(&app, WEB, "ana").refused_as(ATTEMPTS);
    let code = last_code(&app);
    for _ in 0..20 {
        confirm(&app, WEB, "ana", other_than(&code), NEW).refused_as(CODE_MISMATCH);
        app.seconds_pass(1);
    }
    confirm(&app, WEB, "ana", &code, NEW).refused_as(ATTEMPTS);
    sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok();
}

#[test]
fn who_cannot_reset_the_password_is_told_why() {
    let app = pool(json!({}))
        .user(
            User::new("new")
                .temporary_password(PASSWORD)
                .verified_email("n@example.com"),
        )
        .user(User::new("bare").password(PASSWORD))
        .user(
            User::new("unverified")
                .password(PASSWORD)
                .attribute("email", "u@example.com"),
        )
        .user(ana())
        .start();
    sign_up(&app, "fresh", &[("email", "f@example.com")]).ok();
    let user = json!({"UserPoolId": POOL, "Username": "ana"});
    app.call("AdminDisableUser", &user).ok();
    let sent = messages(&app).len();
    for (name, refusal) in [
        ("new", NOT_IN_THIS_STATE),
        ("bare", NO_CONTACT),
        ("unverified", NO_CONTACT),
        ("fresh", NO_CONTACT),
        ("ana", DISABLED),
    ] {
        forgot(&app, WEB, name).refused_as(refusal);
        reset(&app, name).refused_as(refusal);
    }
    reset(&app, "nobody").refused_as(NO_USER);
    assert_eq!(messages(&app).len(), sent);
}

#[test]
fn who_hides_users_hears_of_a_code_in_every_case() {
    let app = pool(json!({}))
        .user(User::new("bare").password(PASSWORD))
        .user(ana())
        .start();
    sign_up(&app, "fresh", &[]).ok();
    let user = json!({"UserPoolId": POOL, "Username": "ana"});
    for name in ["nobody", "bare", "fresh"] {
        confirm(&app, DISCREET, name, "123456", NEW).refused_as(EXPIRED_CODE);
        let told = forgot(&app, DISCREET, name).ok()["CodeDeliveryDetails"].clone();
        assert_eq!(
            told,
            forgot(&app, DISCREET, name).ok()["CodeDeliveryDetails"]
        );
        // The phone comes first where the pool names no mechanisms, so a name that is no address is said to have one.
        let destination = told["Destination"].as_str().unwrap();
        assert!(destination.starts_with("+*******") && destination.len() == 12);
        confirm(&app, DISCREET, name, "123456", NEW).refused_as(CODE_MISMATCH);
    }
    assert_eq!(messages(&app), Vec::<Value>::new());
    forgot(&app, DISCREET, "ana").ok();
    let code = last_code(&app);
    app.call("AdminDisableUser", &user).ok();
    forgot(&app, DISCREET, "ana").ok();
    confirm(&app, DISCREET, "ana", &code, NEW).refused_as(CODE_MISMATCH);
    assert_eq!(messages(&app).len(), 1);
}

#[test]
fn the_code_goes_where_the_pool_says() {
    let sms = json!({"SnsCallerArn": "arn:aws:iam::000000000000:role/sms"});
    let start = |recovery: Value, mfa: bool| {
        let mut pool = pool(json!({"AccountRecoverySetting": recovery, "SmsConfiguration": sms}));
        if mfa {
            pool = pool.mfa(json!({"MfaConfiguration": "OPTIONAL", "SmsMfaConfiguration": {"SmsConfiguration": sms}}));
        }
        let both = ana()
            .attribute("phone_number", "+12065550100")
            .attribute("phone_number_verified", "true");
        pool.user(both).start()
    };
    let setting = |names: &[&str]| {
        let mechanisms = names.iter().enumerate();
        let mechanisms = mechanisms.map(|(at, name)| json!({"Name": name, "Priority": at + 1}));
        json!({"RecoveryMechanisms": mechanisms.collect::<Vec<_>>()})
    };
    let (email, phone) = ("verified_email", "verified_phone_number");
    for (recovery, medium) in [
        (Value::Null, "SMS"),
        (setting(&[email, phone]), "EMAIL"),
        (setting(&[phone, email]), "SMS"),
        (setting(&[phone]), "SMS"),
    ] {
        let app = start(recovery, false);
        let told = forgot(&app, WEB, "ana").ok()["CodeDeliveryDetails"].clone();
        assert_eq!(told["DeliveryMedium"], medium);
    }
    // A number that gets second factors recovers nothing where the pool names mechanisms.
    for (recovery, medium) in [
        (Value::Null, Some("SMS")),
        (setting(&[phone, email]), Some("EMAIL")),
        (setting(&[phone]), None),
    ] {
        let app = start(recovery, true);
        let preference =
            json!({"UserPoolId": POOL, "Username": "ana", "SMSMfaSettings": {"Enabled": true}});
        app.call("AdminSetUserMFAPreference", &preference).ok();
        let answer = forgot(&app, WEB, "ana");
        match medium {
            Some(medium) => {
                assert_eq!(answer.ok()["CodeDeliveryDetails"]["DeliveryMedium"], medium);
            }
            None => answer.refused_as(NO_CONTACT),
        }
    }
    let app = start(setting(&["admin_only"]), false);
    for answer in [
        forgot(&app, WEB, "ana"),
        forgot(&app, DISCREET, "nobody"),
        reset(&app, "ana"),
    ] {
        answer.refused(
            "NotAuthorizedException",
            "Contact administrator to reset password.",
        );
    }
}

#[test]
fn a_password_that_an_administrator_resets_opens_nothing_until_the_code_comes_back() {
    let app = start();
    assert_eq!(reset(&app, "ana").ok(), json!({}));
    assert_eq!(app.user("ana")["UserStatus"], "RESET_REQUIRED");
    let code = last_code(&app);
    for client in [WEB, DISCREET] {
        sign_in_by_password(&app, client, "ana", PASSWORD, &[]).refused_as(RESET_REQUIRED);
        sign_in_by_password(&app, client, "ana", "wrong", &[]).refused_as(WRONG_PASSWORD);
    }
    // Another code takes the place of the first.
    reset(&app, "ana").ok();
    let newer = last_code(&app);
    if newer != code {
        confirm(&app, WEB, "ana", &code, NEW).refused_as(CODE_MISMATCH);
    }
    confirm(&app, WEB, "ana", &newer, NEW).ok();
    assert_eq!(app.user("ana")["UserStatus"], "CONFIRMED");
    sign_in_by_password(&app, WEB, "ana", NEW, &[]).ok();
}

#[test]
fn a_user_without_a_password_who_must_reset_it_is_told_so() {
    let imported = User::new("ana")
        .verified_email("ana@example.com")
        .with(json!({"UserStatus": "RESET_REQUIRED"}));
    let app = pool(json!({})).user(imported).start();
    sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).refused_as(RESET_REQUIRED);
    sign_in_by_password(&app, DISCREET, "ana", PASSWORD, &[]).refused_as(WRONG_PASSWORD);
    forgot(&app, WEB, "ana").ok();
    confirm(&app, WEB, "ana", &last_code(&app), NEW).ok();
    sign_in_by_password(&app, WEB, "ana", NEW, &[]).ok();
}
