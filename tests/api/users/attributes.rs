//! How administrators change the attributes of users: the pool's schema holds, and names follow the attributes.

use serde_json::{Value, json};

use crate::world::{
    Answer, App, FOREIGN_POOL, NO_USER, POOL, Pool, UNKNOWN_POOL, User, attributes,
};

/// A pool with custom attributes, an immutable and a required standard one, and two users.
fn app() -> App {
    let text = |name: &str, min: &str, max: &str| {
        json!({"Name": name, "AttributeDataType": "String", "Mutable": true,
            "StringAttributeConstraints": {"MinLength": min, "MaxLength": max}})
    };
    let flag = |name: &str| json!({"Name": name, "AttributeDataType": "Boolean", "Mutable": true});
    let mut fixed = text("custom:fixed", "0", "2048");
    fixed["Mutable"] = json!(false);
    let mut locale = text("locale", "0", "2048");
    locale["Mutable"] = json!(false);
    let mut required = text("family_name", "0", "2048");
    required["Required"] = json!(true);
    let mut sub = text("sub", "1", "2048");
    sub["Mutable"] = json!(false);
    let schema = json!([
        sub, locale, required, fixed,
        text("name", "0", "2048"), text("given_name", "0", "2048"), text("preferred_username", "0", "2048"),
        text("birthdate", "10", "10"), text("email", "0", "2048"), text("phone_number", "0", "2048"),
        flag("email_verified"), flag("phone_number_verified"),
        text("custom:x", "3", "5"),
        {"Name": "custom:age", "AttributeDataType": "Number", "Mutable": true,
            "NumberAttributeConstraints": {"MinValue": "18", "MaxValue": "120"}},
        {"Name": "custom:member", "AttributeDataType": "Boolean", "Mutable": true},
    ]);
    Pool::new(POOL)
        .with(
            json!({"AliasAttributes": ["email", "preferred_username"], "SchemaAttributes": schema}),
        )
        .user(
            User::new("ana")
                .verified_email("ana@example.com")
                .attribute("family_name", "Ruiz")
                .attribute("custom:x", "four"),
        )
        .user(
            User::new("ben")
                .verified_email("ben@example.com")
                .attribute("preferred_username", "benny"),
        )
        .start()
}

fn input(pairs: &[(&str, &str)]) -> Value {
    json!({"UserPoolId": POOL, "Username": "ana", "UserAttributes": attributes(pairs)})
}

fn update(app: &App, pairs: &[(&str, &str)]) {
    let answer = app.call("AdminUpdateUserAttributes", &input(pairs));
    assert_eq!(answer.ok(), json!({}), "{pairs:?}");
}

/// Asserts that the update is refused, and changes nothing.
#[track_caller]
fn update_refused(app: &App, pairs: &[(&str, &str)], message: &str) {
    let before = app.user("ana");
    app.call("AdminUpdateUserAttributes", &input(pairs))
        .refused("InvalidParameterException", message);
    assert_eq!(app.user("ana"), before, "a refusal changes nothing");
}

fn remove(names: &[&str]) -> Value {
    json!({"UserPoolId": POOL, "Username": "ana", "UserAttributeNames": names})
}

#[test]
fn values_change_and_with_them_the_date_of_the_last_modification() {
    let app = app();
    let before = app.user("ana");
    app.milliseconds_pass(1500);
    update(
        &app,
        &[
            ("given_name", "Ana"),
            ("custom:x", "fünf!"),
            ("custom:age", "42"),
        ],
    );
    assert_eq!(app.attribute("ana", "given_name"), "Ana");
    assert_eq!(app.attribute("ana", "custom:x"), "fünf!");
    assert_eq!(app.attribute("ana", "custom:age"), "42");
    assert_eq!(
        app.attribute("ana", "family_name"),
        "Ruiz",
        "what is not named stays"
    );
    let after = app.user("ana");
    assert_eq!(after["UserCreateDate"], before["UserCreateDate"]);
    assert_eq!(before["UserLastModifiedDate"], 1_795_357_380.5);
    assert_eq!(after["UserLastModifiedDate"], 1_795_357_382.0);
}

#[test]
fn the_schema_holds() {
    let app = app();
    for (name, value, message) in [
        ("sub", "x", "Cannot modify the non-mutable attribute sub"),
        (
            "locale",
            "de",
            "Cannot modify the non-mutable attribute locale",
        ),
        (
            "custom:fixed",
            "x",
            "user.custom:fixed: Attribute cannot be updated.\n",
        ),
        (
            "custom:none",
            "x",
            "user.custom:none: Attribute does not exist in the schema.\n",
        ),
        (
            "shoe_size",
            "x",
            "user.shoe_size: Attribute does not exist in the schema.\n",
        ),
        (
            "custom:x",
            "ab",
            "user.custom:x: String must be no shorter than 3 characters\n",
        ),
        (
            "custom:x",
            "abcdef",
            "user.custom:x: String must be no longer than 5 characters\n",
        ),
        (
            "birthdate",
            "2000",
            "user.birthdate: String must be no shorter than 10 characters\n",
        ),
        (
            "custom:age",
            "17",
            "user.custom:age: Number must be no less than 18\n",
        ),
        (
            "custom:age",
            "121",
            "user.custom:age: Number must be no greater than 120\n",
        ),
        (
            "custom:age",
            "old",
            "user.custom:age: Attribute value must be a number.\n",
        ),
        (
            "custom:age",
            "NaN",
            "user.custom:age: Attribute value must be a number.\n",
        ),
        (
            "custom:member",
            "yes",
            "user.custom:member: Attribute value must be true or false.\n",
        ),
        ("email", "ana", "Invalid email address format."),
        ("phone_number", "555", "Invalid phone number format."),
        (
            "phone_number_verified",
            "true",
            "Phone Number is required to verify/un-verify a phone number",
        ),
        (
            "family_name",
            "",
            "Attributes did not conform to the schema: family_name: The attribute is required\n",
        ),
    ] {
        update_refused(&app, &[("given_name", "Ana"), (name, value)], message);
    }
    update_refused(
        &app,
        &[("custom:x", "ab"), ("custom:age", "1")],
        "user.custom:age: Number must be no less than 18\nuser.custom:x: String must be no shorter than 3 characters\n",
    );
    app.call(
        "AdminUpdateUserAttributes",
        &json!({"UserPoolId": POOL, "Username": "ana", "UserAttributes": [{"Name": "name"}]}),
    )
    .refused(
        "InvalidParameterException",
        "Attribute value for name must not be null",
    );
}

#[test]
fn a_new_address_is_verified_only_when_the_update_says_so() {
    let app = app();
    update(&app, &[("email", "ana@example.com")]);
    assert_eq!(
        app.attribute("ana", "email_verified"),
        "true",
        "the same address stays verified"
    );
    update(&app, &[("email", "new@example.com")]);
    assert_eq!(app.attribute("ana", "email_verified"), "false");
    assert_eq!(
        app.call(
            "AdminGetUser",
            &json!({"UserPoolId": POOL, "Username": "new@example.com"})
        )
        .status,
        400,
        "an address that is not verified is no alias"
    );
    update(&app, &[("email_verified", "True")]);
    assert_eq!(app.attribute("ana", "email_verified"), "true");
    assert_eq!(app.user("new@example.com")["Username"], "ana");
    update(
        &app,
        &[("email", "third@example.com"), ("email_verified", "true")],
    );
    assert_eq!(app.user("third@example.com")["Username"], "ana");
    update(&app, &[("phone_number", "+12065550100")]);
    assert_eq!(app.attribute("ana", "phone_number_verified"), "false");
}

#[test]
fn an_alias_of_another_user_is_refused() {
    let app = app();
    for (attributes, name) in [
        (
            &[("email", "ben@example.com"), ("email_verified", "true")][..],
            "email",
        ),
        (&[("preferred_username", "benny")], "preferred_username"),
    ] {
        let message = format!("An account with the given {name} already exists.");
        app.call("AdminUpdateUserAttributes", &input(attributes))
            .refused("AliasExistsException", &message);
        assert_eq!(app.attribute("ana", "email"), "ana@example.com");
        assert_eq!(app.user("ana@example.com")["Username"], "ana");
    }
    update(&app, &[("email", "ben@example.com")]);
    assert_eq!(app.user("ben@example.com")["Username"], "ben");
}

#[test]
fn an_empty_value_and_a_deletion_take_the_attribute_away() {
    let app = app();
    update(&app, &[("custom:x", "")]);
    assert_eq!(app.attribute("ana", "custom:x"), Value::Null);
    update(&app, &[("custom:x", "abc"), ("given_name", "Ana")]);
    let deleted = app.call(
        "AdminDeleteUserAttributes",
        &remove(&["custom:x", "email", "given_name", "name"]),
    );
    assert_eq!(deleted.ok(), json!({}));
    for name in ["custom:x", "given_name", "email", "email_verified"] {
        assert_eq!(app.attribute("ana", name), Value::Null, "{name}");
    }
    app.call(
        "AdminGetUser",
        &json!({"UserPoolId": POOL, "Username": "ana@example.com"}),
    )
    .refused_as(NO_USER);
}

#[test]
fn what_must_stay_cannot_be_deleted() {
    let app = app();
    for (name, message) in [
        ("sub", "Cannot modify the non-mutable attribute sub"),
        (
            "custom:fixed",
            "Invalid user attributes: custom:fixed: Attribute cannot be updated.\n",
        ),
        (
            "custom:none",
            "Invalid user attributes: custom:none: Attribute does not exist in the schema.\n",
        ),
        (
            "family_name",
            "Invalid user attributes: family_name: Required attribute cannot be deleted.\n",
        ),
    ] {
        app.call("AdminDeleteUserAttributes", &remove(&["custom:x", name]))
            .refused("InvalidParameterException", message);
        assert_eq!(app.attribute("ana", "custom:x"), "four");
    }
}

#[test]
fn who_is_not_there_has_no_attributes() {
    let app = App::with_devices();
    for (operation, member, none) in [
        ("AdminUpdateUserAttributes", "UserAttributes", json!([])),
        ("AdminDeleteUserAttributes", "UserAttributeNames", json!([])),
    ] {
        let input = |pool: &str| {
            let mut input = json!({"UserPoolId": pool, "Username": "nobody"});
            input[member] = none.clone();
            input
        };
        app.call(operation, &input(POOL)).refused_as(NO_USER);
        app.call(operation, &input(FOREIGN_POOL)).refused(
            "NotAuthorizedException",
            &format!("Not authorized to access user pool {FOREIGN_POOL}."),
        );
        app.call(operation, &input(UNKNOWN_POOL)).refused(
            "ResourceNotFoundException",
            "User pool us-east-1_Nowhere01 does not exist.",
        );
    }
}

/// A pool with these settings, and Ana without attributes.
fn plain(settings: Value) -> App {
    Pool::new(POOL)
        .with(settings)
        .user(User::new("ana"))
        .start()
}

/// Sets an attribute of Ana's.
fn set(app: &App, name: &str, value: &str) -> Answer {
    app.call("AdminUpdateUserAttributes", &input(&[(name, value)]))
}

#[test]
fn a_preferred_username_does_not_read_like_an_address_that_is_an_alias() {
    let app = plain(json!({"AliasAttributes": ["email", "phone_number", "preferred_username"]}));
    for (name, kind) in [
        ("boss@example.com", "email"),
        ("+12065550199", "phone number"),
    ] {
        let message = format!(
            "Preferred username cannot be of {kind} format, since user pool is configured for {kind} alias."
        );
        set(&app, "preferred_username", name).refused("InvalidParameterException", &message);
    }
    let app = plain(json!({"AliasAttributes": ["preferred_username"]}));
    set(&app, "preferred_username", "boss@example.com").ok();
}

#[test]
fn a_date_attribute_takes_any_text() {
    let schema =
        json!([{"Name": "custom:since", "AttributeDataType": "DateTime", "Mutable": true}]);
    let app = plain(json!({"SchemaAttributes": schema}));
    for value in ["2026-11-22T14:23:00Z", "1795357380", "last summer"] {
        set(&app, "custom:since", value).ok();
    }
}
