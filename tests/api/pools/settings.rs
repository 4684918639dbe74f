//! The settings of a pool: what Cognito fills in, and what an update resets.

use std::time::Duration;

use serde_json::{Value, json};

use super::{create, describe, settings, standard_schema, start, update};
use crate::world::{App, NOW, POOL, UNTRACKED_POOL};

/// A pool that was created with a name alone.
fn defaults(id: &str, name: &str) -> Value {
    json!({
        "Id": id,
        "Name": name,
        "Arn": format!("arn:aws:cognito-idp:us-east-1:000000000000:userpool/{id}"),
        "CreationDate": NOW,
        "LastModifiedDate": NOW,
        "Policies": {
            "PasswordPolicy": {
                "MinimumLength": 8, "RequireUppercase": true, "RequireLowercase": true, "RequireNumbers": true,
                "RequireSymbols": true, "TemporaryPasswordValidityDays": 7,
            },
            "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]},
        },
        "DeletionProtection": "INACTIVE",
        "LambdaConfig": {},
        "SchemaAttributes": standard_schema(),
        "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_CODE"},
        "MfaConfiguration": "OFF",
        "EstimatedNumberOfUsers": 0,
        "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
        "UserPoolTags": {},
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": false, "UnusedAccountValidityDays": 7},
        "AccountRecoverySetting": {"RecoveryMechanisms": [
            {"Priority": 1, "Name": "verified_email"}, {"Priority": 2, "Name": "verified_phone_number"},
        ]},
        "UserPoolTier": "ESSENTIALS",
    })
}

#[test]
fn a_new_pool_shows_every_default() {
    let app = start();
    let pool = create(&app, json!({"PoolName": "plain"}));
    let id = pool["Id"].as_str().unwrap();
    let drawn = id.strip_prefix("us-east-1_").unwrap();
    assert!(
        drawn.len() == 9 && drawn.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        "{id}"
    );
    assert_eq!(pool, defaults(id, "plain"));
    assert_eq!(describe(&app, &pool["Id"]), pool);
    let other = create(&app, json!({"PoolName": "plain"}));
    assert_ne!(other["Id"], pool["Id"]);
}

#[test]
fn a_seeded_pool_shows_the_defaults_as_well_and_counts_its_users() {
    let app = App::with_devices();
    let pool = describe(&app, &json!(UNTRACKED_POOL));
    let mut expected = defaults(UNTRACKED_POOL, "untracked");
    expected["EstimatedNumberOfUsers"] = json!(1);
    assert_eq!(pool, expected);
    assert_eq!(describe(&app, &json!(POOL))["EstimatedNumberOfUsers"], 2);
}

#[test]
fn the_users_of_a_pool_are_counted_whatever_becomes_of_them() {
    let app = App::with_devices();
    let other = create(&app, json!({"PoolName": "other"}));
    let count = |pool: &Value| describe(&app, pool)["EstimatedNumberOfUsers"].clone();
    let pool = json!(POOL);
    let create = |name: &str| {
        let input = json!({"UserPoolId": POOL, "Username": name, "MessageAction": "SUPPRESS"});
        app.call("AdminCreateUser", &input)
    };
    create("new").ok();
    assert_eq!(count(&pool), 3);
    create("new").refused("UsernameExistsException", "User account already exists");
    assert_eq!(count(&pool), 3, "a refused user is not there");
    let disable = json!({"UserPoolId": POOL, "Username": "new"});
    app.call("AdminDisableUser", &disable).ok();
    assert_eq!(count(&pool), 3, "a disabled user is");
    for name in ["new", "diego"] {
        let input = json!({"UserPoolId": POOL, "Username": name});
        assert_eq!(app.call("AdminDeleteUser", &input).status, 200);
    }
    assert_eq!(count(&pool), 1);
    create("new").ok();
    assert_eq!((count(&pool), count(&other["Id"])), (json!(2), json!(0)));
}

#[test]
fn what_was_said_is_shown_as_it_was_said() {
    let app = start();
    let mut input = settings();
    input["PoolName"] = json!("full");
    input["AliasAttributes"] = json!(["email"]);
    input["UsernameConfiguration"] = json!({"CaseSensitive": false});
    let pool = create(&app, input.clone());
    let mut expected = defaults(pool["Id"].as_str().unwrap(), "full");
    for (name, value) in input.as_object().unwrap() {
        if name != "PoolName" {
            expected[name] = value.clone();
        }
    }
    expected["AdminCreateUserConfig"]["UnusedAccountValidityDays"] = json!(2);
    assert_eq!(pool, expected);
    assert_eq!(describe(&app, &pool["Id"]), pool);
}

#[test]
fn what_is_given_in_part_is_filled_up() {
    let app = start();
    let policy = json!({"PasswordPolicy": {"MinimumLength": 6, "RequireNumbers": true}});
    let pool = create(&app, json!({"PoolName": "part", "Policies": policy}));
    assert_eq!(
        pool["Policies"]["PasswordPolicy"],
        json!({
            "MinimumLength": 6, "RequireUppercase": false, "RequireLowercase": false, "RequireNumbers": true,
            "RequireSymbols": false, "TemporaryPasswordValidityDays": 7,
        })
    );
    let pool = create(
        &app,
        json!({
            "PoolName": "part",
            "AdminCreateUserConfig": {"UnusedAccountValidityDays": 30},
            "EmailVerificationSubject": "Older",
            "VerificationMessageTemplate": {"EmailMessage": "Newer {####}"},
            "EmailConfiguration": {"ReplyToEmailAddress": "a@example.com"},
        }),
    );
    assert_eq!(
        pool["Policies"]["PasswordPolicy"]["TemporaryPasswordValidityDays"],
        30
    );
    assert_eq!(pool["EmailVerificationMessage"], "Newer {####}");
    assert_eq!(
        pool["VerificationMessageTemplate"],
        json!({"DefaultEmailOption": "CONFIRM_WITH_CODE", "EmailMessage": "Newer {####}", "EmailSubject": "Older"})
    );
    assert_eq!(
        pool["EmailConfiguration"],
        json!({"EmailSendingAccount": "COGNITO_DEFAULT", "ReplyToEmailAddress": "a@example.com"})
    );
}

#[test]
fn an_update_resets_what_it_leaves_out_and_keeps_what_never_changes() {
    let app = start();
    let mut input = settings();
    input["PoolName"] = json!("changing");
    input["UsernameAttributes"] = json!(["email"]);
    input["UsernameConfiguration"] = json!({"CaseSensitive": false});
    input["Schema"] = json!([{"Name": "team", "AttributeDataType": "String"}]);
    let before = create(&app, input);
    app.clock.advance(Duration::from_mins(1));
    assert_eq!(update(&app, &before["Id"], json!({})), json!({}));
    let mut expected = defaults(before["Id"].as_str().unwrap(), "changing");
    expected["LastModifiedDate"] = json!(NOW + 60.0);
    for kept in [
        "UsernameAttributes",
        "UsernameConfiguration",
        "SchemaAttributes",
    ] {
        expected[kept] = before[kept].clone();
    }
    assert_eq!(describe(&app, &before["Id"]), expected);

    let mut input = settings();
    input["PoolName"] = json!("renamed");
    update(&app, &before["Id"], input);
    let mut expected = before.clone();
    expected["Name"] = json!("renamed");
    expected["LastModifiedDate"] = json!(NOW + 60.0);
    assert_eq!(describe(&app, &before["Id"]), expected);
}

#[test]
fn an_update_switches_device_tracking_off_and_on() {
    let app = App::with_devices();
    let input = json!({"UserPoolId": POOL, "Username": "diego"});
    let listed = |app: &App| app.call("AdminListDevices", &input);
    let before = listed(&app).ok();
    update(&app, &json!(POOL), json!({}));
    listed(&app).refused(
        "InvalidUserPoolConfigurationException",
        &format!("Device tracking is not configured for user pool {POOL}."),
    );
    let tracking = json!({"DeviceConfiguration": {"ChallengeRequiredOnNewDevice": true}});
    update(&app, &json!(POOL), tracking);
    assert_eq!(listed(&app).ok(), before);
}
