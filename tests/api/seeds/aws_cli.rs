//! Seeds made of what the AWS CLI prints.

use serde_json::json;

use super::refusal;
use crate::world::{POOL, SUB, Tool, device};

#[test]
fn what_the_aws_cli_prints_goes_in_as_it_is() {
    let described = json!({"UserPool": {
        "Id": POOL, "Name": "from-aws", "Policies": {"PasswordPolicy": {"MinimumLength": 8, "RequireUppercase": true,
            "RequireLowercase": true, "RequireNumbers": true, "RequireSymbols": true, "TemporaryPasswordValidityDays": 7}},
        "DeletionProtection": "INACTIVE", "LambdaConfig": {}, "LastModifiedDate": "2024-05-07T18:52:22.022000+02:00",
        "CreationDate": "2024-05-07T18:52:22.022000+02:00", "SchemaAttributes": [{"Name": "sub", "AttributeDataType": "String",
            "DeveloperOnlyAttribute": false, "Mutable": false, "Required": true,
            "StringAttributeConstraints": {"MinLength": "1", "MaxLength": "2048"}}],
        "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_CODE"}, "MfaConfiguration": "OPTIONAL",
        "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": false},
        "EstimatedNumberOfUsers": 3, "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"}, "UserPoolTags": {},
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": false, "UnusedAccountValidityDays": 7},
        "UsernameConfiguration": {"CaseSensitive": false}, "Arn": format!("arn:aws:cognito-idp:us-east-1:000000000000:userpool/{POOL}"),
        "AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}]}, "UserPoolTier": "ESSENTIALS",
    }});
    let user = json!({"Username": "diego", "UserAttributes": [{"Name": "email", "Value": "d@example.com"}, {"Name": "sub", "Value": SUB}],
        "UserCreateDate": "2024-05-07T18:52:22.022000+02:00", "UserLastModifiedDate": 1_715_100_742.022, "Enabled": true,
        "UserStatus": "FORCE_CHANGE_PASSWORD", "PreferredMfaSetting": "SOFTWARE_TOKEN_MFA", "UserMFASettingList": ["SOFTWARE_TOKEN_MFA"]});
    let device = json!({"DeviceKey": device::REMEMBERED, "DeviceAttributes": [
        {"Name": "device_status", "Value": "valid"}, {"Name": "device_name", "Value": "MyDevice"},
        {"Name": "dev:device_arn", "Value": "arn:aws:cognito-idp:us-east-1:000000000000:owner/x/device/y"},
        {"Name": "dev:device_owner", "Value": "diego.us-east-1_X"}, {"Name": "last_ip_used", "Value": "192.0.2.1"},
        {"Name": "dev:device_remembered_status", "Value": "not_remembered"}, {"Name": "dev:device_sdk", "Value": "aws-sdk"}],
        "DeviceCreateDate": "2024-05-07T18:52:22.022000+02:00", "DeviceLastModifiedDate": "2024-08-09T22:00:51.167000+02:00",
        "DeviceLastAuthenticatedDate": "2024-05-07T18:52:22+02:00"});
    let mut seed = described;
    seed["Users"] = json!([user]);
    seed["Users"][0]["Devices"] = json!([device]);
    let tool = Tool::new();
    tool.apply_seed(&seed);
    let exported = tool.export();
    assert_eq!(
        exported["UserPools"][0]["UserPool"]["CreationDate"],
        1_715_100_742.022
    );
    let device = &exported["UserPools"][0]["Users"][0]["Devices"][0];
    assert_eq!(device["DeviceCreateDate"], 1_715_100_742.022);
    assert_eq!(device["DeviceLastModifiedDate"], 1_723_233_651.167);
    let server = tool.serve("--limits off");
    let client = server.client();
    let input = json!({"UserPoolId": POOL, "Username": SUB, "DeviceKey": device::REMEMBERED});
    let shown = client.call("AdminGetDevice", &input).ok().to_string();
    assert!(
        shown.contains("owner/diego.us-east-1_Test00001/device"),
        "arn and owner follow from the registry: {shown}"
    );
}

/// `admin-get-device` and `describe-user-pool-client` print an object of one member.
#[test]
fn devices_and_clients_go_in_with_what_the_aws_cli_prints_around_them() {
    let plain = json!({"UserPool": {"Id": POOL}, "Clients": [{"ClientId": "a", "ClientName": "web"}],
        "Users": [{"Username": "ana", "Devices": [{"DeviceKey": device::REMEMBERED}]}]});
    let mut wrapped = plain.clone();
    let client = wrapped["Clients"][0].take();
    wrapped["Clients"][0] = json!({"UserPoolClient": client});
    let device = wrapped["Users"][0]["Devices"][0].take();
    wrapped["Users"][0]["Devices"][0] = json!({"Device": device});
    let tool = Tool::new();
    assert_eq!(
        tool.apply_seed(&wrapped),
        "4 created, 0 updated, 0 unchanged"
    );
    assert_eq!(tool.apply_seed(&plain), "0 created, 0 updated, 4 unchanged");
    let exported = tool.export();
    assert_eq!(exported["UserPools"][0]["Clients"][0]["ClientId"], "a");
    wrapped["Users"][0]["Devices"][0]["Confirmed"] = json!(true);
    assert_eq!(
        refusal(&wrapped),
        "Users[0].Devices[0]: unknown member 'Device'"
    );
    wrapped["Users"] = json!([]);
    wrapped["Clients"][0]["UserPoolClient"]["Secret"] = json!("x");
    assert_eq!(refusal(&wrapped), "Clients[0]: unknown member 'Secret'");
}

#[test]
fn what_the_operations_show_and_made_goes_in_as_a_seed() {
    let (here, there) = (Tool::new(), Tool::new());
    let server = here.serve("--limits off");
    let client = server.client();
    let schema = json!([{"Name": "a-name-of-20-letters", "AttributeDataType": "String", "DeveloperOnlyAttribute": true}]);
    let input = json!({"PoolName": "p", "Schema": schema, "UserPoolTags": {"_custom_id_": POOL}});
    let pool = client.call("CreateUserPool", &input).ok();
    let input = json!({"UserPoolId": POOL, "ClientName": "c", "GenerateSecret": true});
    let made = client.call("CreateUserPoolClient", &input).ok();
    let seed = json!({"UserPool": pool["UserPool"], "Clients": [made["UserPoolClient"]]});
    assert_eq!(there.apply_seed(&seed), "2 created, 0 updated, 0 unchanged");
    let exported = here.export();
    assert_eq!(
        here.apply_seed(&exported),
        "0 created, 0 updated, 2 unchanged"
    );
    let elsewhere = there.serve("--limits off");
    let elsewhere = elsewhere.client();
    let shown = elsewhere.call("DescribeUserPool", &json!({"UserPoolId": POOL}));
    assert_eq!(shown.ok(), pool);
    let input = json!({"UserPoolId": POOL, "ClientId": made["UserPoolClient"]["ClientId"]});
    let shown = elsewhere.call("DescribeUserPoolClient", &input);
    assert_eq!(shown.ok(), made);
}
