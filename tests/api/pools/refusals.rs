//! Settings of a pool that are refused.

use serde_json::json;

use super::{create, describe, invalid, start};
use crate::world::{PASSWORD, POOL, Pool, User, WEB, sign_in};

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
        invalid(&app, "CreateUserPool", input.clone(), message);
        input["UserPoolId"] = pool["Id"].clone();
        invalid(&app, "UpdateUserPool", input, message);
    }
    invalid(
        &app,
        "CreateUserPool",
        json!({"PoolName": "bad", "AliasAttributes": ["email"], "UsernameAttributes": ["email"]}),
        "Only one of the aliasAttributes or usernameAttributes can be set in a User pool.",
    );
    invalid(
        &app,
        "CreateUserPool",
        json!({}),
        "1 validation error detected: Value null at 'poolName' failed to satisfy constraint: Member must not be null",
    );
    assert_eq!(describe(&app, &pool["Id"]), pool);
}

#[test]
fn a_setting_that_an_older_version_accepted_stays_usable() {
    let app = Pool::new(POOL)
        .client(WEB)
        .user(User::new("ana").password(PASSWORD))
        .setup()
        .on_disk()
        .start();
    let file = app.file();
    let unchecked = r#"json_set(settings, '$.EmailConfiguration', json('{"EmailSendingAccount": "DEVELOPER"}'))"#;
    file.execute(&format!("UPDATE pools SET settings = {unchecked}"), [])
        .unwrap();
    sign_in(&app, WEB, "ana");
    let input =
        json!({"UserPoolId": POOL, "EmailConfiguration": {"EmailSendingAccount": "DEVELOPER"}});
    app.call("UpdateUserPool", &input).refused(
        "InvalidParameterException",
        "Source ARN is required to use DEVELOPER email sending owner",
    );
}
