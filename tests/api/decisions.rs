//! Decisions of `docs/decisions/` that no other test shows.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{
    Answer, App, Device, LOCKED_OUT, NEW, PASSWORD, POOL, Pool, THIRD, User, WEB, WRONG_PASSWORD,
    access_token, attribute, confirm_device, device, merge, sign_in, sign_in_by_password,
};

/// A pool with Ana, who has a password, an address and a number, neither of them verified.
fn pool() -> Pool {
    Pool::new(POOL)
        .client_with(
            WEB,
            json!({"ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH"]}),
        )
        .user(
            User::new("ana")
                .password(PASSWORD)
                .attribute("email", "ana@example.com")
                .attribute("phone_number", "+12065550100"),
        )
}

/// A server with such a pool and these settings.
fn start(settings: Value) -> App {
    pool().with(settings).start()
}

fn with_history(size: u32) -> App {
    start(
        json!({"Policies": {"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": size}}}),
    )
}

/// Signs Ana in with this password.
fn sign_in_with(app: &App, password: &str) -> Answer {
    sign_in_by_password(app, WEB, "ana", password, &[])
}

/// Calls an operation about Ana, with these further members.
fn about_ana(app: &App, operation: &str, further: Value) -> Answer {
    let mut input = json!({"UserPoolId": POOL, "Username": "ana"});
    merge(&mut input, further);
    app.call(operation, &input)
}

fn set_attribute(app: &App, name: &str, value: &str) -> Answer {
    let changed = json!({"UserAttributes": [attribute(name, value)]});
    about_ana(app, "AdminUpdateUserAttributes", changed)
}

#[test]
fn a_setting_that_an_older_version_accepted_stays_usable() {
    let app = pool().setup().on_disk().start();
    let file = app.file();
    let unchecked = r#"json_set(settings, '$.EmailConfiguration', json('{"EmailSendingAccount": "DEVELOPER"}'))"#;
    file.execute(&format!("UPDATE pools SET settings = {unchecked}"), [])
        .unwrap();
    sign_in_with(&app, PASSWORD).ok();
    let input =
        json!({"UserPoolId": POOL, "EmailConfiguration": {"EmailSendingAccount": "DEVELOPER"}});
    app.call("UpdateUserPool", &input).refused(
        "InvalidParameterException",
        "Source ARN is required to use DEVELOPER email sending owner",
    );
}

#[test]
fn a_preferred_username_does_not_read_like_an_address_that_is_an_alias() {
    let app = start(json!({"AliasAttributes": ["email", "phone_number", "preferred_username"]}));
    for (name, kind) in [
        ("boss@example.com", "email"),
        ("+12065550199", "phone number"),
    ] {
        let message = format!(
            "Preferred username cannot be of {kind} format, since user pool is configured for {kind} alias."
        );
        set_attribute(&app, "preferred_username", name)
            .refused("InvalidParameterException", &message);
    }
    let app = start(json!({"AliasAttributes": ["preferred_username"]}));
    set_attribute(&app, "preferred_username", "boss@example.com").ok();
}

#[test]
fn a_date_attribute_takes_any_text() {
    let attribute =
        |name: &str, kind: &str| json!({"Name": name, "AttributeDataType": kind, "Mutable": true});
    let schema = [
        attribute("email", "String"),
        attribute("phone_number", "String"),
        attribute("custom:since", "DateTime"),
    ];
    let app = start(json!({"SchemaAttributes": schema}));
    for value in ["2026-11-22T14:23:00Z", "1795357380", "last summer"] {
        set_attribute(&app, "custom:since", value).ok();
    }
}

#[test]
fn a_change_of_password_is_checked_by_policy_then_previous_password_then_history() {
    let app = with_history(3);
    let tokens = sign_in_with(&app, PASSWORD).ok();
    let change = |previous: &str, proposed: &str| {
        let input = json!({"AccessToken": tokens["AuthenticationResult"]["AccessToken"],
            "PreviousPassword": previous, "ProposedPassword": proposed});
        app.call_open("ChangePassword", &input)
    };
    change(PASSWORD, NEW).ok();
    for _ in 0..6 {
        change(THIRD, "short").refused(
            "InvalidPasswordException",
            "Password did not conform with policy: Password not long enough",
        );
    }
    change(THIRD, PASSWORD).refused_as(WRONG_PASSWORD);
    change(NEW, PASSWORD).refused(
        "PasswordHistoryPolicyViolationException",
        "Password has previously been used",
    );
    change(NEW, THIRD).ok();
}

#[test]
fn a_repeated_invitation_is_not_held_to_the_history() {
    let app = with_history(3);
    app.set_password(POOL, "ana", NEW, false).ok();
    app.set_password(POOL, "ana", PASSWORD, false).refused(
        "PasswordHistoryPolicyViolationException",
        "Password has previously been used",
    );
    let again = json!({"TemporaryPassword": PASSWORD, "MessageAction": "RESEND"});
    about_ana(&app, "AdminCreateUser", again).ok();
    let asked = sign_in_with(&app, PASSWORD).ok();
    assert_eq!(asked["ChallengeName"], "NEW_PASSWORD_REQUIRED");
}

#[test]
fn of_two_passwords_set_at_once_each_is_held_to_the_history() {
    let app = with_history(24);
    let refused = AtomicUsize::new(0);
    // All set the same password: it is new to the first, and a former one to those that come later.
    for round in 0..20 {
        let password = format!("Otter-Candle-{round}");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let answer = app.set_password(POOL, "ana", &password, true);
                    if answer.status == 200 {
                        return;
                    }
                    match answer.refusal().0.as_str() {
                        "PasswordHistoryPolicyViolationException" => {}
                        "TooManyRequestsException" => {
                            refused.fetch_add(1, Ordering::SeqCst);
                        }
                        other => panic!("{other}"),
                    }
                });
            }
        });
        app.set_password(POOL, "ana", &password, true).refused(
            "PasswordHistoryPolicyViolationException",
            "Password has previously been used",
        );
        if refused.load(Ordering::SeqCst) > 0 {
            return;
        }
    }
    panic!("no two came at once");
}

#[test]
fn a_factor_that_is_asked_for_unasked_is_not_listed_and_verifies_nothing() {
    let sms = json!({"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms"}});
    let mfa = json!({"MfaConfiguration": "ON", "SmsMfaConfiguration": sms});
    let app = pool().mfa(mfa).start();
    let asked = sign_in_with(&app, PASSWORD).ok();
    assert_eq!(asked["ChallengeName"], "SMS_MFA");
    let messages = app
        .get_signed(&format!("/_poolhouse/outbox?UserPoolId={POOL}"))
        .ok();
    let responses = json!({"USERNAME": "ana", "SMS_MFA_CODE": messages["Messages"][0]["Code"]});
    let input = json!({"ClientId": WEB.id, "ChallengeName": "SMS_MFA", "Session": asked["Session"],
        "ChallengeResponses": responses});
    app.call_open("RespondToAuthChallenge", &input).ok();
    let user = app.user("ana");
    assert_eq!(user["UserMFASettingList"], Value::Null);
    assert!(!user.to_string().contains("verified"), "{user}");
}

#[test]
fn a_sign_in_by_choice_is_not_served() {
    let app = start(json!({}));
    let input =
        json!({"ClientId": WEB.id, "AuthFlow": "USER_AUTH", "AuthParameters": {"USERNAME": "ana"}});
    let answer = app.call_open("InitiateAuth", &input);
    assert_eq!(answer.status, 501);
    assert_eq!(answer.refusal().0, "NotImplementedException");
}

#[test]
fn enabling_a_user_does_not_end_the_lock() {
    let app = start(json!({}));
    for _ in 0..5 {
        sign_in_with(&app, NEW).refused_as(WRONG_PASSWORD);
    }
    for operation in ["AdminDisableUser", "AdminEnableUser"] {
        about_ana(&app, operation, json!({})).ok();
    }
    sign_in_with(&app, PASSWORD).refused_as(LOCKED_OUT);
    app.seconds_pass(1);
    sign_in_with(&app, PASSWORD).ok();
}

#[test]
fn without_a_status_only_the_date_of_the_last_modification_moves() {
    let app = App::with_devices();
    let mut before = app.device("diego", device::REMEMBERED).ok();
    app.seconds_pass(1);
    let input = json!({"UserPoolId": POOL, "Username": "diego", "DeviceKey": device::REMEMBERED});
    app.call("AdminUpdateDeviceStatus", &input).ok();
    let after = app.device("diego", device::REMEMBERED).ok();
    let modified = &after["Device"]["DeviceLastModifiedDate"];
    assert_eq!(*modified, 1_795_357_381.5);
    before["Device"]["DeviceLastModifiedDate"] = modified.clone();
    assert_eq!(after, before);
}

#[test]
fn a_device_that_is_not_confirmed_for_a_day_goes_with_the_next_sign_in() {
    for (hours, is_there) in [(23, true), (25, false)] {
        let app = start(json!({"DeviceConfiguration": {"ChallengeRequiredOnNewDevice": false}}));
        let device = Device::issued(&sign_in(&app, WEB, "ana"));
        app.clock.advance(Duration::from_hours(hours));
        let access = access_token(&sign_in(&app, WEB, "ana"));
        let confirmed = confirm_device(&app, &access, &device);
        assert_eq!(confirmed.status == 200, is_there, "{confirmed:?}");
    }
}
