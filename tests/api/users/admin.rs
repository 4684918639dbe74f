//! `AdminGetUser`, `AdminDisableUser`, `AdminEnableUser`, `AdminDeleteUser` and `AdminConfirmSignUp`.

use serde_json::{Value, json};

use crate::world::{
    App, FOREIGN_POOL, NO_USER, NOW, POOL, Pool, SUB, Setup, UNKNOWN_POOL, UNTRACKED_POOL, User,
    device, registry,
};

/// The operations of this file.
const OPERATIONS: [&str; 5] = [
    "AdminGetUser",
    "AdminDisableUser",
    "AdminEnableUser",
    "AdminDeleteUser",
    "AdminConfirmSignUp",
];

fn named(username: &str) -> Value {
    json!({"UserPoolId": POOL, "Username": username})
}

#[test]
fn a_user_is_shown_with_all_attributes_and_no_word_of_mfa() {
    let app = App::with_devices();
    assert_eq!(
        app.user("diego"),
        json!({
            "Username": "diego",
            "UserAttributes": [
                {"Name": "sub", "Value": SUB},
                {"Name": "email", "Value": "diego@example.com"},
                {"Name": "email_verified", "Value": "true"},
                {"Name": "phone_number", "Value": "+12065550100"},
                {"Name": "phone_number_verified", "Value": "true"},
                {"Name": "preferred_username", "Value": "d.ramirez"},
            ],
            "UserCreateDate": NOW,
            "UserLastModifiedDate": NOW,
            "Enabled": true,
            "UserStatus": "CONFIRMED",
        })
    );
}

#[test]
fn a_user_is_shown_by_whatever_name_was_asked_for() {
    let app = App::with_devices();
    for name in [SUB, "diego@example.com", "+12065550100", "d.ramirez"] {
        assert_eq!(app.user(name), app.user("diego"), "{name}");
    }
}

#[test]
fn a_disabled_user_keeps_everything_and_is_enabled_again() {
    let app = App::with_devices();
    app.seconds_pass(5);
    let disabled = app.call("AdminDisableUser", &named("d.ramirez"));
    assert_eq!(disabled.ok(), json!({}));
    let shown = app.user("diego");
    assert_eq!(shown["Enabled"], false);
    assert_eq!(shown["UserStatus"], "CONFIRMED");
    assert_eq!(shown["UserCreateDate"], NOW);
    assert_eq!(shown["UserLastModifiedDate"], NOW + 5.0);
    assert_eq!(app.device("diego", device::REMEMBERED).status, 200);
    app.seconds_pass(5);
    assert_eq!(app.call("AdminEnableUser", &named("diego")).ok(), json!({}));
    let shown = app.user("diego");
    assert_eq!(shown["Enabled"], true);
    assert_eq!(shown["UserLastModifiedDate"], NOW + 10.0);
}

#[test]
fn a_deleted_user_is_gone_with_names_and_devices() {
    let app = Setup::new().on_disk().seeded(registry()).start();
    let deleted = app.call("AdminDeleteUser", &named("diego"));
    assert_eq!((deleted.status, deleted.body.len()), (200, 0));
    for name in ["diego", SUB, "diego@example.com", "d.ramirez"] {
        app.call("AdminGetUser", &named(name)).refused_as(NO_USER);
    }
    assert_eq!(app.user("mary")["Username"], "mary");
    let other_pool = json!({"UserPoolId": UNTRACKED_POOL, "Username": "diego"});
    assert_eq!(app.call("AdminGetUser", &other_pool).status, 200);
    let database = app.database();
    let setup = app.stop();
    let left = rusqlite::Connection::open(database).unwrap();
    for (table, owner) in [
        ("user_aliases", "user_row IN (SELECT row FROM users)"),
        (
            "devices",
            "(pool, username_key) IN (SELECT pool, username_key FROM users)",
        ),
        (
            "device_attributes",
            "(pool, username_key) IN (SELECT pool, username_key FROM users)",
        ),
    ] {
        let orphans: i64 = left
            .query_row(
                &format!("SELECT count(*) FROM {table} WHERE NOT {owner}"),
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(orphans, 0, "{table}");
    }
    drop(left);
    let app = setup.start();
    app.call("AdminGetUser", &named("diego"))
        .refused_as(NO_USER);
}

#[test]
fn who_has_signed_up_is_confirmed_once() {
    let app = Pool::new(POOL)
        .user(
            User::new("new")
                .attribute("email", "new@example.com")
                .with(json!({"UserStatus": "UNCONFIRMED"})),
        )
        .user(User::new("invited").with(json!({"UserStatus": "FORCE_CHANGE_PASSWORD"})))
        .start();
    app.seconds_pass(5);
    let confirmed = app.call("AdminConfirmSignUp", &named("new"));
    assert_eq!(confirmed.ok(), json!({}));
    let shown = app.user("new");
    assert_eq!(shown["UserStatus"], "CONFIRMED");
    assert_eq!(shown["UserLastModifiedDate"], NOW + 5.0);
    assert!(!shown.to_string().contains("email_verified"), "{shown}");
    for (name, status) in [("new", "CONFIRMED"), ("invited", "FORCE_CHANGE_PASSWORD")] {
        let message = format!("User cannot be confirmed. Current status is {status}");
        app.call("AdminConfirmSignUp", &named(name))
            .refused("NotAuthorizedException", &message);
    }
}

#[test]
fn what_is_not_there_or_not_theirs_is_refused_everywhere() {
    let app = App::with_devices();
    for operation in OPERATIONS {
        app.call(operation, &named("nobody")).refused_as(NO_USER);
        app.call(
            operation,
            &json!({"UserPoolId": UNKNOWN_POOL, "Username": "diego"}),
        )
        .refused(
            "ResourceNotFoundException",
            &format!("User pool {UNKNOWN_POOL} does not exist."),
        );
        app.call(
            operation,
            &json!({"UserPoolId": FOREIGN_POOL, "Username": "diego"}),
        )
        .refused(
            "NotAuthorizedException",
            &format!("Not authorized to access user pool {FOREIGN_POOL}."),
        );
        app.call(operation, &json!({"UserPoolId": POOL})).refused(
            "InvalidParameterException",
            "1 validation error detected: Value at 'username' failed to satisfy constraint: Member must not be null",
        );
    }
}

#[test]
fn a_pool_whose_configuration_does_not_hold_together_is_refused_under_a_declared_name() {
    let app = Setup::new().on_disk().seeded(registry()).start();
    app.file()
        .execute(
            "UPDATE pools SET settings = json_set(settings, '$.UsernameAttributes', json('[\"email\"]')) WHERE id = ?1",
            [POOL],
        )
        .unwrap();
    app.call("AdminGetUser", &named("diego")).refused(
        "InvalidParameterException",
        &format!("The configuration of user pool {POOL} is not valid."),
    );
}
