//! User pools: what Cognito fills in, what an update resets, what is refused, and who sees them.

mod certificate;
mod life;
mod mfa_config;
mod refusals;
mod schema;
mod settings;
mod tags;

use serde_json::{Value, json};

use crate::world::{App, Setup};

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

/// Asserts that the input is refused as invalid.
#[track_caller]
fn invalid(app: &App, operation: &str, input: Value, message: &str) {
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

/// Settings with every member.
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

fn mfa(app: &App, id: &Value) -> Value {
    app.call("GetUserPoolMfaConfig", &json!({"UserPoolId": id}))
        .ok()
}
