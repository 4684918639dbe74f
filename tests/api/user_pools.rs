//! The life of a user pool: what Cognito fills in, what an update resets, what is refused, and who sees it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::app::{App, FOREIGN_POOL, Key, POOL, Setup, UNTRACKED_POOL, registry};

/// The standing clock, as answers write it.
const NOW: f64 = 1_795_357_380.5;

fn start() -> App {
    Setup::new().start()
}

fn create(app: &App, input: Value) -> Value {
    app.call("CreateUserPool", &input).ok()["UserPool"].clone()
}

fn describe(app: &App, id: &Value) -> Value {
    let answer = app.call("DescribeUserPool", &json!({"UserPoolId": id}));
    answer.ok()["UserPool"].clone()
}

fn update(app: &App, id: &Value, mut input: Value) -> Value {
    input["UserPoolId"] = id.clone();
    app.call("UpdateUserPool", &input).ok()
}

fn refused(app: &App, operation: &str, input: Value, message: &str) {
    let answer = app.call(operation, &input);
    answer.refused("InvalidParameterException", message);
}

/// The ids of a page, and the token of the next.
fn page(app: &App, input: Value) -> (Vec<String>, Option<Value>) {
    let answer = app.call("ListUserPools", &input).ok();
    let pools = answer["UserPools"].as_array().unwrap();
    let ids = pools
        .iter()
        .map(|pool| pool["Id"].as_str().unwrap().to_owned());
    (ids.collect(), answer.get("NextToken").cloned())
}

fn text(name: &str, mutable: bool, required: bool, min: &str, max: &str) -> Value {
    json!({
        "Name": name, "AttributeDataType": "String", "DeveloperOnlyAttribute": false, "Mutable": mutable, "Required": required,
        "StringAttributeConstraints": {"MinLength": min, "MaxLength": max},
    })
}

fn flag(name: &str) -> Value {
    json!({"Name": name, "AttributeDataType": "Boolean", "DeveloperOnlyAttribute": false, "Mutable": true, "Required": false})
}

/// The schema of a pool that names no attribute.
fn standard_schema() -> Value {
    let any = |name| text(name, true, false, "0", "2048");
    json!([
        text("sub", false, true, "1", "2048"),
        any("name"), any("given_name"), any("family_name"), any("middle_name"), any("nickname"),
        any("preferred_username"), any("profile"), any("picture"), any("website"), any("email"), flag("email_verified"),
        any("gender"), text("birthdate", true, false, "10", "10"), any("zoneinfo"), any("locale"), any("phone_number"),
        flag("phone_number_verified"), any("address"),
        {
            "Name": "updated_at", "AttributeDataType": "Number", "DeveloperOnlyAttribute": false, "Mutable": true,
            "Required": false, "NumberAttributeConstraints": {"MinValue": "0"},
        },
    ])
}

/// A pool of which nothing but its name was said.
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

/// Settings that say something of everything.
fn settings() -> Value {
    let lambda = "arn:aws:lambda:us-east-1:000000000000:function:f";
    json!({
        "Policies": {
            "PasswordPolicy": {
                "MinimumLength": 10, "RequireUppercase": false, "RequireLowercase": true, "RequireNumbers": false,
                "RequireSymbols": true, "PasswordHistorySize": 3, "TemporaryPasswordValidityDays": 2,
            },
            "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]},
        },
        "DeletionProtection": "ACTIVE",
        "LambdaConfig": {"PreSignUp": lambda, "PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": lambda}},
        "AutoVerifiedAttributes": ["email", "phone_number"],
        "SmsVerificationMessage": "Sms {####}",
        "EmailVerificationMessage": "Mail {####}",
        "EmailVerificationSubject": "Subject",
        "VerificationMessageTemplate": {
            "DefaultEmailOption": "CONFIRM_WITH_LINK", "EmailMessageByLink": "Click {##here##}", "EmailSubjectByLink": "Link",
            "SmsMessage": "Sms {####}", "EmailMessage": "Mail {####}", "EmailSubject": "Subject",
        },
        "SmsAuthenticationMessage": "Code {####}",
        "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
        "MfaConfiguration": "OPTIONAL",
        "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": true},
        "EmailConfiguration": {
            "EmailSendingAccount": "DEVELOPER", "From": "a@example.com", "ReplyToEmailAddress": "b@example.com",
            "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/example.com", "ConfigurationSet": "set",
        },
        "SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms", "ExternalId": "x", "SnsRegion": "us-east-1"},
        "UserPoolTags": {"team": "web"},
        "AdminCreateUserConfig": {
            "AllowAdminCreateUserOnly": true,
            "InviteMessageTemplate": {"SMSMessage": "{username} {####}", "EmailMessage": "{username} {####}", "EmailSubject": "Hi"},
        },
        "UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"},
        "AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "admin_only"}]},
        "UserPoolTier": "PLUS",
    })
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

#[test]
fn the_schema_changes_standard_attributes_and_adds_custom_ones() {
    let app = start();
    let schema = json!([
        {"Name": "email", "AttributeDataType": "String", "Required": true, "Mutable": false},
        {"Name": "nickname", "StringAttributeConstraints": {"MinLength": "2", "MaxLength": "20"}},
        {"Name": "team", "AttributeDataType": "String"},
        {"Name": "level", "AttributeDataType": "Number", "Mutable": false, "NumberAttributeConstraints": {"MinValue": "-1", "MaxValue": "9"}},
        {"Name": "secret", "AttributeDataType": "Boolean", "DeveloperOnlyAttribute": true},
        {"Name": "since", "AttributeDataType": "DateTime"},
    ]);
    let pool = create(&app, json!({"PoolName": "schema", "Schema": schema}));
    let mut expected = standard_schema();
    expected[10] = text("email", false, true, "0", "2048");
    expected[5] = text("nickname", true, false, "2", "20");
    let custom = |name: &str, data_type: &str| json!({"Name": name, "AttributeDataType": data_type, "DeveloperOnlyAttribute": false, "Mutable": true, "Required": false});
    let mut team = custom("custom:team", "String");
    team["StringAttributeConstraints"] = json!({});
    let mut level = custom("custom:level", "Number");
    level["Mutable"] = json!(false);
    level["NumberAttributeConstraints"] = json!({"MinValue": "-1", "MaxValue": "9"});
    let mut secret = custom("dev:custom:secret", "Boolean");
    secret["DeveloperOnlyAttribute"] = json!(true);
    let list = expected.as_array_mut().unwrap();
    list.extend([team, level, secret, custom("custom:since", "DateTime")]);
    assert_eq!(pool["SchemaAttributes"], expected);
    assert_eq!(describe(&app, &pool["Id"]), pool);
}

#[test]
fn a_schema_that_cannot_be_is_refused() {
    let app = start();
    let text = |name: &str, min: &str, max: &str| json!([{"Name": name, "AttributeDataType": "String", "StringAttributeConstraints": {"MinLength": min, "MaxLength": max}}]);
    for (schema, message) in [
        (
            json!([{"Name": "team"}]),
            "Invalid AttributeDataType input, consider using the provided AttributeDataType enum.",
        ),
        (
            json!([{"Name": "team", "AttributeDataType": "String", "Required": true}]),
            "Required custom attributes are not supported currently.",
        ),
        (
            json!([{"Name": "email", "AttributeDataType": "Number"}]),
            "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email",
        ),
        (
            json!([{"Name": "email", "DeveloperOnlyAttribute": true}]),
            "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email",
        ),
        (
            json!([{"Name": "team", "AttributeDataType": "Number"}, {"Name": "team", "AttributeDataType": "String"}]),
            "Duplicate custom attribute names custom:team are not allowed in a user pool schema.",
        ),
        (
            text("team", "1", "2049"),
            "user.custom:team: String attributes cannot have a length of more than 2048",
        ),
        (
            text("email", "9", "8"),
            "Attribute email cannot have a max length shorter than it's min length",
        ),
        (
            text("team", "-1", "8"),
            "Invalid StringAttributeConstraints for schema attribute custom:team",
        ),
        (
            json!([{"Name": "level", "AttributeDataType": "Number", "NumberAttributeConstraints": {"MinValue": "many"}}]),
            "Invalid NumberAttributeConstraints for schema attribute custom:level",
        ),
        (
            json!([{"Name": "level", "AttributeDataType": "Number", "NumberAttributeConstraints": {"MinValue": "3", "MaxValue": "2"}}]),
            "Attribute custom:level cannot have a max value smaller than it's min value",
        ),
        (
            json!([{"Name": "a-name-beyond-its-limit", "AttributeDataType": "String"}]),
            "1 validation error detected: Value 'a-name-beyond-its-limit' at 'schema.1.member.name' failed to satisfy constraint: \
             Member must have length less than or equal to 20",
        ),
    ] {
        refused(
            &app,
            "CreateUserPool",
            json!({"PoolName": "p", "Schema": schema}),
            message,
        );
    }
    assert_eq!(page(&app, json!({"MaxResults": 60})), (vec![], None));
}

const LAMBDA: &str = "arn:aws:lambda:us-east-1:000000000000:function:f";

#[test]
fn a_feature_needs_its_plan() {
    let app = start();
    let pool = create(&app, json!({"PoolName": "good"}));
    let config =
        json!({"PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": LAMBDA}});
    let factors = json!({"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}});
    let protection = json!({"AdvancedSecurityMode": "ENFORCED"});
    for (mut input, plan, features) in [
        (
            json!({"UserPoolAddOns": protection}),
            "ESSENTIALS",
            "Threat Protection",
        ),
        (
            json!({"UserPoolTier": "LITE", "UserPoolAddOns": protection, "Policies": factors, "LambdaConfig": config}),
            "LITE",
            "Passwordless Sign-In, Token Customization with Pre-Token Generation Lambda V2_0, Threat Protection",
        ),
    ] {
        let message = format!(
            "The following features need to be disabled for the {plan} pricing tier configured: {features}"
        );
        input["PoolName"] = json!("bad");
        let answer = app.call("CreateUserPool", &input);
        answer.refused("FeatureUnavailableInTierException", &message);
        input["UserPoolId"] = pool["Id"].clone();
        let answer = app.call("UpdateUserPool", &input);
        answer.refused("FeatureUnavailableInTierException", &message);
    }
    let off = json!({"PoolName": "p", "UserPoolTier": "LITE", "UserPoolAddOns": {"AdvancedSecurityMode": "OFF"}});
    create(&app, off);
    create(
        &app,
        json!({"PoolName": "p", "Policies": factors, "LambdaConfig": config}),
    );
    create(
        &app,
        json!({"PoolName": "p", "UserPoolTier": "PLUS", "UserPoolAddOns": protection}),
    );
}

#[test]
fn a_temporary_password_is_good_for_no_days_as_for_seven() {
    let app = start();
    let policies = json!({"PasswordPolicy": {"TemporaryPasswordValidityDays": 0}});
    let pool = create(&app, json!({"PoolName": "p", "Policies": policies}));
    let shown = &pool["Policies"]["PasswordPolicy"]["TemporaryPasswordValidityDays"];
    assert_eq!(shown, 7);
    assert_eq!(
        pool["AdminCreateUserConfig"]["UnusedAccountValidityDays"],
        7
    );
}

#[test]
fn settings_that_do_not_fit_together_are_refused() {
    let app = start();
    let pool = create(&app, json!({"PoolName": "good"}));
    let policy = json!({"PasswordPolicy": {"TemporaryPasswordValidityDays": 7}});
    let mut cases = vec![
        (
            json!({"Policies": policy, "AdminCreateUserConfig": {"UnusedAccountValidityDays": 7}}),
            "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays",
        ),
        (
            json!({"AccountRecoverySetting": {"RecoveryMechanisms": [
                {"Priority": 1, "Name": "admin_only"}, {"Priority": 2, "Name": "verified_email"}]}}),
            "Invalid account recovery setting parameter. Account Recovery Setting cannot use admin_only setting with any other \
             recovery mechanisms.",
        ),
        (
            json!({"AccountRecoverySetting": {"RecoveryMechanisms": [
                {"Priority": 1, "Name": "verified_phone_number"}, {"Priority": 1, "Name": "verified_email"}]}}),
            "Invalid account recovery setting parameter. Account Recovery Setting cannot have duplicate priorities or recovery \
             mechanisms.",
        ),
        (
            json!({"AutoVerifiedAttributes": ["email"],
                "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email", "phone_number"]}}),
            "All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes",
        ),
        (
            json!({"AutoVerifiedAttributes": ["phone_number"]}),
            "SMS configuration is required when phone_number is selected for auto verification",
        ),
        (
            json!({"EmailConfiguration": {"EmailSendingAccount": "DEVELOPER"}}),
            "Source ARN is required to use DEVELOPER email sending owner",
        ),
        (
            json!({"EmailConfiguration": {"From": "a@example.com"}}),
            "Cannot configure From email address for default email configuration",
        ),
        (
            json!({"LambdaConfig": {"CustomEmailSender": {"LambdaVersion": "V1_0", "LambdaArn": LAMBDA}}}),
            "KMSKeyId parameter is required when Custom SMS/Email Lambda trigger is used.",
        ),
        (
            json!({"LambdaConfig": {"PreTokenGeneration": format!("{LAMBDA}2"),
                "PreTokenGenerationConfig": {"LambdaVersion": "V1_0", "LambdaArn": LAMBDA}}}),
            "Cannot use PreTokenGenerationLambda and PreTokenGeneration with different Lambda function ARN's",
        ),
        (
            json!({"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["EMAIL_OTP"]}}}),
            "Password should be configured as one of the allowed first auth factors.",
        ),
    ];
    for mfa in ["ON", "OPTIONAL"] {
        cases.push((
            json!({"MfaConfiguration": mfa}),
            "SMS configuration and Auto verification for phone_number are required when MFA is required/optional",
        ));
    }
    for (mut input, message) in cases {
        input["PoolName"] = json!("bad");
        refused(&app, "CreateUserPool", input.clone(), message);
        input["UserPoolId"] = pool["Id"].clone();
        refused(&app, "UpdateUserPool", input, message);
    }
    refused(
        &app,
        "CreateUserPool",
        json!({"PoolName": "bad", "AliasAttributes": ["email"], "UsernameAttributes": ["email"]}),
        "Only one of the aliasAttributes or usernameAttributes can be set in a User pool.",
    );
    refused(
        &app,
        "CreateUserPool",
        json!({}),
        "1 validation error detected: Value null at 'poolName' failed to satisfy constraint: Member must not be null",
    );
    assert_eq!(describe(&app, &pool["Id"]), pool);
}

#[test]
fn a_deleted_pool_is_gone_with_all_that_was_in_it() {
    let app = Setup::new().on_disk().seeded(registry()).start();
    let input = json!({"UserPoolId": POOL});
    let answer = app.call("DeleteUserPool", &input);
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    let gone = format!("User pool {POOL} does not exist.");
    for operation in ["DescribeUserPool", "UpdateUserPool", "DeleteUserPool"] {
        app.call(operation, &input)
            .refused("ResourceNotFoundException", &gone);
    }
    let file = rusqlite::Connection::open(app.database()).unwrap();
    let count = |table: &str| -> i64 {
        file.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| {
            row.get(0)
        })
        .unwrap()
    };
    let left = ["pools", "users", "user_aliases", "devices"].map(count);
    assert_eq!(left, [2, 2, 0, 2]);
    describe(&app, &json!(UNTRACKED_POOL));
}

#[test]
fn a_protected_pool_is_deleted_only_when_its_protection_is_lifted() {
    let app = start();
    let pool = create(
        &app,
        json!({"PoolName": "p", "DeletionProtection": "ACTIVE"}),
    );
    let input = json!({"UserPoolId": pool["Id"]});
    refused(
        &app,
        "DeleteUserPool",
        input.clone(),
        "The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.",
    );
    update(&app, &pool["Id"], json!({}));
    assert_eq!(app.call("DeleteUserPool", &input).status, 200);
}

#[test]
fn an_id_can_be_fixed_by_a_tag_that_is_not_kept() {
    let app = start();
    for (tag, id) in [
        ("_custom_id_", "us-east-1_mine"),
        ("ms-custom-id", "us-east-1_theirs"),
        ("floci:override-id", "us-east-1_OURS0001"),
    ] {
        let tags = json!({tag: id, "team": "web"});
        let pool = create(&app, json!({"PoolName": "fixed", "UserPoolTags": tags}));
        assert_eq!(pool["Id"], id);
        assert_eq!(pool["UserPoolTags"], json!({"team": "web"}));
        update(&app, &pool["Id"], json!({"UserPoolTags": tags}));
        let after = describe(&app, &pool["Id"]);
        assert_eq!(after["UserPoolTags"], json!({"team": "web"}));
    }
    for (id, message) in [
        ("us-east-1_mine", "User pool us-east-1_mine already exists."),
        (
            "eu-west-1_mine",
            "Tag _custom_id_: the pool id 'eu-west-1_mine' is not of Region us-east-1",
        ),
        (
            "mine",
            "Tag _custom_id_: 1 validation error detected: Value 'mine' at 'id' failed to satisfy constraint: Member must \
             satisfy regular expression pattern: [\\w-]+_[0-9a-zA-Z]+",
        ),
    ] {
        let input = json!({"PoolName": "fixed", "UserPoolTags": {"_custom_id_": id}});
        refused(&app, "CreateUserPool", input, message);
    }
}

#[test]
fn lists_go_on_by_key_and_show_the_pools_of_the_account_alone() {
    let app = App::with_devices();
    for name in ["us-east-1_Aaa", "us-east-1_Mmm", "us-east-1_Zzz"] {
        create(
            &app,
            json!({"PoolName": "p", "UserPoolTags": {"_custom_id_": name}}),
        );
    }
    let all = [
        "us-east-1_Aaa",
        "us-east-1_Mmm",
        POOL,
        UNTRACKED_POOL,
        "us-east-1_Zzz",
    ];
    assert_eq!(page(&app, json!({"MaxResults": 60})).0, all);
    let (first, token) = page(&app, json!({"MaxResults": 2}));
    // What is deleted or added meanwhile moves no other pool over the edge of a page.
    app.call("DeleteUserPool", &json!({"UserPoolId": "us-east-1_Aaa"}));
    let (second, next) = page(&app, json!({"MaxResults": 2, "NextToken": token}));
    let (third, last) = page(&app, json!({"MaxResults": 2, "NextToken": next}));
    assert_eq!([first, second, third].concat(), all);
    assert_eq!(last, None);
    let listed = app.call("ListUserPools", &json!({"MaxResults": 1})).ok();
    assert_eq!(
        listed["UserPools"],
        json!([{"Id": "us-east-1_Mmm", "Name": "p", "LambdaConfig": {}, "CreationDate": NOW, "LastModifiedDate": NOW}])
    );
    for token in ["nonsense", "cG9vbHM"] {
        refused(
            &app,
            "ListUserPools",
            json!({"MaxResults": 2, "NextToken": token}),
            "Invalid pagination token given.",
        );
    }
    refused(
        &app,
        "ListUserPools",
        json!({"MaxResults": 61}),
        "1 validation error detected: Value '61' at 'maxResults' failed to satisfy constraint: Member must have value less \
         than or equal to 60",
    );
}

#[test]
fn each_account_has_its_own_pools() {
    let keys = "[[access_keys]]\nid = \"OTHER\"\nsecret = \"other\"\naccount = \"111111111111\"\n";
    let app = Setup::new().with_file(keys).seeded(registry()).start();
    let other = Key::new("OTHER", "other");
    let input = json!({"UserPoolId": FOREIGN_POOL});
    for operation in ["DescribeUserPool", "UpdateUserPool", "DeleteUserPool"] {
        app.call(operation, &input).refused(
            "NotAuthorizedException",
            &format!("Not authorized to access user pool {FOREIGN_POOL}."),
        );
    }
    let pool = app.call_as(&other, "DescribeUserPool", &input).ok();
    assert_eq!(
        pool["UserPool"]["Arn"],
        format!("arn:aws:cognito-idp:us-east-1:111111111111:userpool/{FOREIGN_POOL}")
    );
    let created = app.call_as(&other, "CreateUserPool", &json!({"PoolName": "p"}));
    let id = created.ok()["UserPool"]["Id"].clone();
    let listed = app.call_as(&other, "ListUserPools", &json!({"MaxResults": 60}));
    let listed = listed.ok()["UserPools"].as_array().unwrap().len();
    assert_eq!(listed, 2);
    let answer = app.call("DescribeUserPool", &json!({"UserPoolId": id}));
    assert_eq!(answer.refusal().0, "NotAuthorizedException");
    // An id is one pool's, whoever's it is.
    refused(
        &app,
        "CreateUserPool",
        json!({"PoolName": "p", "UserPoolTags": {"_custom_id_": FOREIGN_POOL}}),
        &format!("User pool {FOREIGN_POOL} already exists."),
    );
}

#[test]
fn pools_survive_a_restart() {
    let app = Setup::new().on_disk().start();
    let mut input = settings();
    input["PoolName"] = json!("lasting");
    let pool = create(&app, input);
    let app = app.stop().start();
    assert_eq!(describe(&app, &pool["Id"]), pool);
}

fn mfa(app: &App, id: &Value) -> Value {
    app.call("GetUserPoolMfaConfig", &json!({"UserPoolId": id}))
        .ok()
}

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

    // Naming one replaces all; passkeys, and how SMS messages are sent, are no factors.
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
        refused(&app, "SetUserPoolMfaConfig", input, message);
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

#[test]
fn custom_attributes_are_added_once() {
    let app = App::with_devices();
    let add = |attributes: Value| json!({"UserPoolId": POOL, "CustomAttributes": attributes});
    let team = json!([{"Name": "team", "AttributeDataType": "String", "StringAttributeConstraints": {"MaxLength": "9"}}]);
    app.clock.advance(Duration::from_mins(1));
    let answer = app.call("AddCustomAttributes", &add(team.clone()));
    assert_eq!(answer.ok(), json!({}));
    let more = json!([
        {"Name": "email", "AttributeDataType": "Number"},
        {"Name": "team", "AttributeDataType": "Boolean", "DeveloperOnlyAttribute": true, "Mutable": false},
    ]);
    app.call("AddCustomAttributes", &add(more)).ok();
    let shown = describe(&app, &json!(POOL));
    assert_eq!(shown["LastModifiedDate"], NOW + 60.0);
    let schema = shown["SchemaAttributes"].as_array().unwrap();
    assert_eq!(schema[..20], standard_schema().as_array().unwrap()[..]);
    assert_eq!(
        schema[20..],
        [
            json!({
                "Name": "custom:team", "AttributeDataType": "String", "DeveloperOnlyAttribute": false, "Mutable": true,
                "Required": false, "StringAttributeConstraints": {"MaxLength": "9"},
            }),
            json!({
                "Name": "custom:email", "AttributeDataType": "Number", "DeveloperOnlyAttribute": false, "Mutable": true,
                "Required": false, "NumberAttributeConstraints": {},
            }),
            json!({
                "Name": "dev:custom:team", "AttributeDataType": "Boolean", "DeveloperOnlyAttribute": true, "Mutable": false,
                "Required": false,
            }),
        ]
    );
    for (attributes, message) in [
        (
            team,
            "custom:team: Existing attribute already has name custom:team.",
        ),
        (
            json!([{"Name": "new", "AttributeDataType": "String"}, {"Name": "new", "AttributeDataType": "String"}]),
            "custom:new: Existing attribute already has name custom:new.",
        ),
        (
            json!([{"Name": "new"}]),
            "Invalid AttributeDataType input, consider using the provided AttributeDataType enum.",
        ),
        (
            json!([{"Name": "new", "AttributeDataType": "String", "Required": true}]),
            "Required custom attributes are not supported currently.",
        ),
    ] {
        refused(&app, "AddCustomAttributes", add(attributes), message);
    }
    assert_eq!(describe(&app, &json!(POOL)), shown);
}
