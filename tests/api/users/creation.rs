//! `AdminCreateUser`: names, attributes, temporary passwords, and names that are taken.

use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{
    App, FOREIGN_POOL, NO_USER, NOW, POOL, Pool, Setup, UNKNOWN_POOL, attributes, value_of,
};

fn pool(settings: Value) -> App {
    Pool::new(POOL).with(settings).start()
}

fn input(name: &str, given: &[(&str, &str)]) -> Value {
    json!({"UserPoolId": POOL, "Username": name, "UserAttributes": attributes(given)})
}

fn create(app: &App, name: &str, given: &[(&str, &str)]) -> Value {
    app.call("AdminCreateUser", &input(name, given)).ok()["User"].clone()
}

#[test]
fn a_new_user_must_change_the_password_and_is_there_after_a_restart() {
    let app = Setup::new()
        .on_disk()
        .seeded(json!({"UserPool": {"Id": POOL}}))
        .start();
    let user = create(
        &app,
        "ana",
        &[
            ("email", "ana@example.com"),
            ("given_name", "Ana"),
            ("nickname", ""),
        ],
    );
    let sub = value_of(&user["Attributes"], "sub");
    assert_eq!(sub.as_str().unwrap().len(), 36);
    assert_eq!(
        user,
        json!({
            "Username": "ana",
            "Attributes": [
                {"Name": "sub", "Value": sub},
                {"Name": "email", "Value": "ana@example.com"},
                {"Name": "given_name", "Value": "Ana"},
            ],
            "Enabled": true,
            "UserStatus": "FORCE_CHANGE_PASSWORD",
            "UserCreateDate": NOW,
            "UserLastModifiedDate": NOW,
        })
    );
    let app = app.stop().start();
    let shown = app.user(sub.as_str().unwrap());
    assert_eq!(shown["UserAttributes"], user["Attributes"]);
    assert_eq!(shown["UserStatus"], "FORCE_CHANGE_PASSWORD");
}

#[test]
fn a_name_that_is_taken_is_refused() {
    let app = pool(json!({"UsernameConfiguration": {"CaseSensitive": false}}));
    create(&app, "ana", &[("given_name", "Ana")]);
    for name in ["ana", "ANA"] {
        for action in [Value::Null, json!("SUPPRESS")] {
            let mut again = input(name, &[("given_name", "Other")]);
            again["MessageAction"] = action;
            app.call("AdminCreateUser", &again)
                .refused("UsernameExistsException", "User account already exists");
        }
    }
    assert_eq!(
        value_of(&app.user("ana")["UserAttributes"], "given_name"),
        "Ana"
    );
}

#[test]
fn no_name_means_two_users() {
    let settings = json!({"AliasAttributes": ["preferred_username", "email"]});
    let taken = ("UsernameExistsException", "User account already exists");
    let taken_alias = "An account with the given preferred_username already exists.";
    for sensitive in [true, false] {
        let mut settings = settings.clone();
        settings["UsernameConfiguration"] = json!({"CaseSensitive": sensitive});
        let app = pool(settings);
        let ana = create(&app, "ana", &[("preferred_username", "boss")]);
        let sub = value_of(&ana["Attributes"], "sub")
            .as_str()
            .unwrap()
            .to_owned();
        // The sub or alias of another user cannot be a username, whether forced or not.
        for name in [sub.as_str(), "boss"] {
            for forced in [false, true] {
                let mut request = input(name, &[]);
                request["ForceAliasCreation"] = json!(forced);
                app.call("AdminCreateUser", &request)
                    .refused(taken.0, taken.1);
            }
        }
        assert_eq!(app.user(&sub)["Username"], "ana");
        assert_eq!(app.user("boss")["Username"], "ana");
        // The username, sub or alias of another user cannot be a preferred username.
        create(&app, "ben", &[]);
        let preferred = |name: &str| json!([{"Name": "preferred_username", "Value": name}]);
        for name in ["ana", sub.as_str(), "boss"] {
            app.call(
                "AdminCreateUser",
                &input("cleo", &[("preferred_username", name)]),
            )
            .refused("UsernameExistsException", taken_alias);
            let change =
                json!({"UserPoolId": POOL, "Username": "ben", "UserAttributes": preferred(name)});
            app.call("AdminUpdateUserAttributes", &change)
                .refused("AliasExistsException", taken_alias);
        }
        // A user's own names can.
        for name in ["ana", sub.as_str(), "boss"] {
            let change =
                json!({"UserPoolId": POOL, "Username": "ana", "UserAttributes": preferred(name)});
            app.call("AdminUpdateUserAttributes", &change).ok();
        }
    }
}

#[test]
fn every_member_that_says_how_to_tell_the_user_is_accepted() {
    let app = pool(json!({}));
    let mut request = input(
        "ana",
        &[("email", "ana@example.com"), ("email_verified", "True")],
    );
    request["MessageAction"] = json!("SUPPRESS");
    request["DesiredDeliveryMediums"] = json!(["EMAIL", "SMS"]);
    request["ClientMetadata"] = json!({"from": "test"});
    request["ValidationData"] = json!([{"Name": "x", "Value": "y"}]);
    request["TemporaryPassword"] = json!("Abcdef1!");
    let user = app.call("AdminCreateUser", &request).ok()["User"].clone();
    assert_eq!(value_of(&user["Attributes"], "email_verified"), "true");
}

#[test]
fn the_schema_holds_for_new_users() {
    let app = pool(json!({"SchemaAttributes": [
        {"Name": "family_name", "AttributeDataType": "String", "Required": true, "Mutable": true},
        {"Name": "custom:fixed", "AttributeDataType": "String", "Mutable": false,
            "StringAttributeConstraints": {"MinLength": "2", "MaxLength": "4"}},
    ]}));
    let not_conforming = "Attributes did not conform to the schema: ";
    for (name, value, message) in [
        (
            "sub",
            "x",
            "Cannot modify the non-mutable attribute sub".to_owned(),
        ),
        ("email", "ana", "Invalid email address format.".to_owned()),
        (
            "phone_number",
            "0049",
            "Invalid phone number format.".to_owned(),
        ),
        (
            "email_verified",
            "true",
            "Email is required to verify/un-verify an email".to_owned(),
        ),
        (
            "custom:none",
            "x",
            format!("{not_conforming}Type for attribute {{custom:none}} could not be determined"),
        ),
        (
            "shoe_size",
            "x",
            format!("{not_conforming}The attribute shoe_size is not defined in schema."),
        ),
        (
            "custom:fixed",
            "x",
            format!("{not_conforming}custom:fixed: String must be no shorter than 2 characters\n"),
        ),
        (
            "birthdate",
            "2000",
            format!("{not_conforming}birthdate: String must be no shorter than 10 characters\n"),
        ),
    ] {
        app.call("AdminCreateUser", &input("ana", &[(name, value)]))
            .refused("InvalidParameterException", &message);
    }
    let list = app.call("ListUsers", &json!({"UserPoolId": POOL})).ok();
    assert_eq!(list["Users"], json!([]), "a refusal creates nobody");
    let user = create(&app, "ana", &[("custom:fixed", "abc")]);
    assert_eq!(value_of(&user["Attributes"], "custom:fixed"), "abc");
}

#[test]
fn where_users_are_known_by_an_attribute_the_name_becomes_its_value() {
    for (attributes, taken, refused, message) in [
        (
            json!(["email"]),
            "ana@example.com",
            "ana",
            "Username should be an email.",
        ),
        (
            json!(["phone_number"]),
            "+12065550100",
            "ana@example.com",
            "Username should be a phone number.",
        ),
        (
            json!(["email", "phone_number"]),
            "+12065550100",
            "ana",
            "Username should be either an email or a phone number.",
        ),
    ] {
        let app = pool(json!({"UsernameAttributes": attributes}));
        app.call("AdminCreateUser", &input(refused, &[]))
            .refused("InvalidParameterException", message);
        let user = create(&app, taken, &[]);
        assert_eq!(user["Username"], value_of(&user["Attributes"], "sub"));
        let attribute = if taken.starts_with('+') {
            "phone_number"
        } else {
            "email"
        };
        assert_eq!(value_of(&user["Attributes"], attribute), taken);
        assert_eq!(app.user(taken)["Username"], user["Username"]);
        let message = format!("An account with the given {attribute} already exists.");
        app.call("AdminCreateUser", &input(taken, &[]))
            .refused("UsernameExistsException", &message);
    }
}

#[test]
fn an_alias_is_no_username() {
    let app = pool(json!({"AliasAttributes": ["email", "phone_number"]}));
    for (name, what) in [
        ("ana@example.com", "email"),
        ("+12065550100", "phone number"),
    ] {
        let message = format!(
            "Username cannot be of {what} format, since user pool is configured for {what} alias."
        );
        app.call("AdminCreateUser", &input(name, &[]))
            .refused("InvalidParameterException", &message);
    }
    let app = pool(json!({}));
    assert_eq!(
        create(&app, "ana@example.com", &[])["Username"],
        "ana@example.com"
    );
}

#[test]
fn an_alias_that_is_taken_is_refused_or_moves_when_forced() {
    let app = pool(json!({"AliasAttributes": ["email", "preferred_username"]}));
    let verified = [("email", "shared@example.com"), ("email_verified", "true")];
    create(&app, "ana", &verified);
    create(&app, "unverified", &[("email", "shared@example.com")]);
    let mut request = input("ben", &verified);
    app.call("AdminCreateUser", &request).refused(
        "UsernameExistsException",
        "An account with the given email already exists.",
    );
    request["ForceAliasCreation"] = json!(true);
    assert_eq!(app.call("AdminCreateUser", &request).status, 200);
    assert_eq!(app.user("shared@example.com")["Username"], "ben");
    let ana = app.user("ana");
    assert_eq!(
        value_of(&ana["UserAttributes"], "email"),
        "shared@example.com"
    );
    assert_eq!(value_of(&ana["UserAttributes"], "email_verified"), "false");
    create(&app, "cleo", &[("preferred_username", "boss")]);
    let mut request = input("dora", &[("preferred_username", "boss")]);
    request["ForceAliasCreation"] = json!(true);
    app.call("AdminCreateUser", &request).refused(
        "UsernameExistsException",
        "An account with the given preferred_username already exists.",
    );
}

#[test]
fn an_invitation_is_repeated_only_to_who_has_not_come_yet() {
    let app = pool(json!({}));
    let mut again = input("ana", &[("given_name", "Other")]);
    again["MessageAction"] = json!("RESEND");
    app.call("AdminCreateUser", &again).refused_as(NO_USER);
    let user = create(&app, "ana", &[("given_name", "Ana")]);
    app.clock.advance(Duration::from_mins(1));
    let resent = app.call("AdminCreateUser", &again).ok()["User"].clone();
    assert_eq!(
        resent["Attributes"], user["Attributes"],
        "nothing else changes"
    );
    assert_eq!(resent["UserCreateDate"], NOW);
    assert_eq!(resent["UserLastModifiedDate"], 1_795_357_440.5);
    app.call(
        "AdminSetUserPassword",
        &json!({"UserPoolId": POOL, "Username": "ana", "Password": "Abcdef1!", "Permanent": true}),
    )
    .ok();
    app.call("AdminCreateUser", &again).refused(
        "UnsupportedUserStateException",
        "Resend not possible. ana status is not FORCE_CHANGE_PASSWORD",
    );
}

#[test]
fn a_temporary_password_is_held_to_the_policy() {
    let app = pool(json!({}));
    let mut request = input("ana", &[]);
    request["TemporaryPassword"] = json!("abc");
    let message = "Password did not conform with policy: Password not long enough";
    app.call("AdminCreateUser", &request)
        .refused("InvalidPasswordException", message);
    create(&app, "ana", &[]);
    request["MessageAction"] = json!("RESEND");
    app.call("AdminCreateUser", &request)
        .refused("InvalidPasswordException", message);
}

#[test]
fn pools_that_are_not_theirs_or_not_there_get_no_users() {
    let app = App::with_devices();
    for action in [Value::Null, json!("RESEND")] {
        let input =
            |pool: &str| json!({"UserPoolId": pool, "Username": "x", "MessageAction": action});
        app.call("AdminCreateUser", &input(FOREIGN_POOL)).refused(
            "NotAuthorizedException",
            &format!("Not authorized to access user pool {FOREIGN_POOL}."),
        );
        app.call("AdminCreateUser", &input(UNKNOWN_POOL)).refused(
            "ResourceNotFoundException",
            "User pool us-east-1_Nowhere01 does not exist.",
        );
    }
}
