//! `SetUserSettings` and `AdminSetUserSettings`, the older way to switch codes by SMS on and off.

use serde_json::{Value, json};

use crate::world::{
    Answer, App, AppClient, NO_USER, PASSWORD, Pool, Setup, User, access_token, sign_in,
};

const APP: AppClient<'_> = AppClient::new("us-east-1_Settings1", "settings000000000000000001");

fn start() -> App {
    let sms = json!({"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms"}});
    let member = json!({"Groups": ["all"]});
    let pool = Pool::new(APP.pool)
        .mfa(json!({"MfaConfiguration": "OPTIONAL", "SmsMfaConfiguration": sms, "EmailMfaConfiguration": {}}))
        .client(APP)
        .user(
            User::new("ana")
                .password(PASSWORD)
                .attributes(&[("email", "ana@example.com"), ("phone_number", "+12065550100")])
                .with(member.clone()),
        )
        .user(
            User::new("ben")
                .password(PASSWORD)
                .attribute("email", "ben@example.com")
                .with(member),
        );
    let mut seed = pool.into_seed();
    seed["Groups"] = json!([{"GroupName": "all"}]);
    Setup::new().seeded(seed).start()
}

fn by_sms() -> Value {
    json!([{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}])
}

fn about(app: &App, operation: &str, user: &str, more: Value) -> Answer {
    let mut input = more;
    (input["UserPoolId"], input["Username"]) = (APP.pool.into(), user.into());
    app.call(operation, &input)
}

fn set(app: &App, user: &str, options: Value) -> Answer {
    about(
        app,
        "AdminSetUserSettings",
        user,
        json!({"MFAOptions": options}),
    )
}

/// `MFAOptions` of Ana, which every operation that shows users shows alike; null if it is absent.
fn shown(app: &App, token: &str) -> Value {
    let options = about(app, "AdminGetUser", "ana", json!({})).ok()["MFAOptions"].clone();
    let own = app
        .call_open("GetUser", &json!({"AccessToken": token}))
        .ok();
    assert_eq!(own["MFAOptions"], options);
    let member = json!({"UserPoolId": APP.pool, "GroupName": "all"});
    for (operation, input) in [
        ("ListUsers", json!({"UserPoolId": APP.pool})),
        (
            "ListUsers",
            json!({"UserPoolId": APP.pool, "AttributesToGet": ["email"], "Filter": "email ^= \"ana\""}),
        ),
        ("ListUsersInGroup", member),
    ] {
        let listed = app.call(operation, &input).ok();
        let users = listed["Users"].as_array().unwrap();
        for user in users {
            let expected = if user["Username"] == "ana" {
                &options
            } else {
                &Value::Null
            };
            assert_eq!(&user["MFAOptions"], expected, "{operation}");
        }
    }
    options
}

#[test]
fn codes_by_sms_are_switched_on_and_off_by_users_and_administrators() {
    let app = start();
    let token = access_token(&sign_in(&app, APP, "ana"));
    assert_eq!(shown(&app, &token), Value::Null);
    let own = |options: Value| {
        app.call_open(
            "SetUserSettings",
            &json!({"AccessToken": token, "MFAOptions": options}),
        )
    };
    assert_eq!(own(by_sms()).ok(), json!({}));
    assert_eq!(shown(&app, &token), by_sms());
    assert_eq!(sign_in(&app, APP, "ana")["ChallengeName"], "SMS_MFA");
    assert_eq!(own(json!([])).ok(), json!({}));
    assert_eq!(shown(&app, &token), Value::Null);
    access_token(&sign_in(&app, APP, "ana"));
    assert_eq!(set(&app, "ana", by_sms()).ok(), json!({}));
    assert_eq!(shown(&app, &token), by_sms());
    assert_eq!(set(&app, "ana", json!([])).ok(), json!({}));
    assert_eq!(shown(&app, &token), Value::Null);
}

#[test]
fn settings_and_preferences_are_one() {
    let app = start();
    let token = access_token(&sign_in(&app, APP, "ana"));
    let preferences = || {
        let user = about(&app, "AdminGetUser", "ana", json!({})).ok();
        [
            user["UserMFASettingList"].clone(),
            user["PreferredMfaSetting"].clone(),
        ]
    };
    let prefer = |settings: Value| about(&app, "AdminSetUserMFAPreference", "ana", settings).ok();
    prefer(
        json!({"SMSMfaSettings": {"Enabled": true, "PreferredMfa": true}, "EmailMfaSettings": {"Enabled": true}}),
    );
    assert_eq!(shown(&app, &token), by_sms());
    // What the settings do not know stays.
    set(&app, "ana", json!([])).ok();
    assert_eq!(preferences(), [json!(["EMAIL_OTP"]), Value::Null]);
    set(&app, "ana", by_sms()).ok();
    assert_eq!(
        preferences(),
        [json!(["SMS_MFA", "EMAIL_OTP"]), Value::Null]
    );
    prefer(json!({"SMSMfaSettings": {"Enabled": false}}));
    assert_eq!(shown(&app, &token), Value::Null);
    // Without the number, the user does not have the factor.
    set(&app, "ana", by_sms()).ok();
    let number = json!({"UserAttributeNames": ["phone_number"]});
    about(&app, "AdminDeleteUserAttributes", "ana", number).ok();
    assert_eq!(shown(&app, &token), Value::Null);
}

#[test]
fn other_settings_are_refused() {
    let app = start();
    let ana = access_token(&sign_in(&app, APP, "ana"));
    let ben = access_token(&sign_in(&app, APP, "ben"));
    let own = |token: &str, options: &Value| {
        app.call_open(
            "SetUserSettings",
            &json!({"AccessToken": token, "MFAOptions": options}),
        )
    };
    let both = |token: &str, user: &str, options: Value, message: &str| {
        own(token, &options).refused("InvalidParameterException", message);
        set(&app, user, options).refused("InvalidParameterException", message);
    };
    for option in [
        json!({"DeliveryMedium": "EMAIL", "AttributeName": "email"}),
        json!({"DeliveryMedium": "SMS", "AttributeName": "email"}),
        json!({"DeliveryMedium": "SMS"}),
        json!({"AttributeName": "phone_number"}),
        json!({}),
    ] {
        let known = by_sms()[0].clone();
        let only = "MFAOptions can only be SMS with the attribute phone_number.";
        both(&ana, "ana", json!([known, option]), only);
    }
    let none = "User does not have delivery config set to turn on SMS_MFA";
    both(&ben, "ben", by_sms(), none);
    set(&app, "ben", json!([])).ok();
    let (code, message) = set(&app, "ana", json!([{"DeliveryMedium": "FAX"}])).refusal();
    assert_eq!(code, "InvalidParameterException");
    assert!(
        message.contains("Member must satisfy enum value set: [SMS, EMAIL]"),
        "{message}"
    );
    set(&app, "nobody", by_sms()).refused_as(NO_USER);
    assert_eq!(shown(&app, &ana), Value::Null);
}
