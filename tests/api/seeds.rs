//! Seeds: applied whole or not at all, again without effect, exported and applied to the same registry.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::app::{Client, POOL, SUB, device, registry};
use crate::srp_client::{AppClient, Device, access_token, prove_device, sign_in_by_srp};
use crate::tool::{Tool, bytes};

/// Why a seed is refused; nothing has been written then.
fn refusal(seed: &Value) -> String {
    let tool = Tool::new();
    refusal_in(&tool, seed)
}

fn refusal_in(tool: &Tool, seed: &Value) -> String {
    tool.write_json("seed.json", seed);
    let outcome = tool.run("seed apply --create seed.json");
    assert_eq!(
        (outcome.code, outcome.stdout.as_str()),
        (3, ""),
        "{outcome:?}"
    );
    outcome
        .stderr
        .trim_end()
        .trim_start_matches("poolhouse: seed: seed.json: ")
        .to_owned()
}

fn pool(users: Value) -> Value {
    json!({"UserPool": {"Id": POOL, "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": true}}, "Users": users})
}

#[test]
fn applying_again_changes_nothing() {
    let tool = Tool::new();
    assert_eq!(
        tool.apply_seed(&registry()),
        "13 created, 0 updated, 0 unchanged"
    );
    let before = tool.export();
    assert_eq!(
        tool.apply_seed(&registry()),
        "0 created, 0 updated, 13 unchanged"
    );
    assert_eq!(tool.export(), before);
}

#[test]
fn what_a_seed_says_holds_and_what_it_does_not_mention_stays() {
    let tool = Tool::new();
    tool.apply_seed(&registry());
    let mut change = registry();
    let mut diego = change["UserPools"][0]["Users"][0].take();
    diego["Devices"] = json!([{"DeviceKey": device::REMEMBERED, "DeviceAttributes": [
        {"Name": "device_name", "Value": "Renamed"}]}]);
    diego["Enabled"] = json!(false);
    let change = json!({"UserPool": change["UserPools"][0]["UserPool"], "Users": [diego]});
    assert_eq!(
        tool.apply_seed(&change),
        "0 created, 2 updated, 1 unchanged"
    );
    let exported = tool.export();
    let diego = &exported["UserPools"][0]["Users"][0];
    assert_eq!(diego["Enabled"], false);
    assert_eq!(
        diego["Devices"].as_array().unwrap().len(),
        3,
        "the other devices stay"
    );
    let attributes = diego["Devices"][0]["DeviceAttributes"].to_string();
    assert!(
        attributes.contains("Renamed") && !attributes.contains("192.0.2.1"),
        "{attributes}"
    );
    assert!(
        attributes.contains(r#""remembered""#),
        "what the seed leaves open stays: {attributes}"
    );
    assert_eq!(diego["Devices"][0]["DeviceCreateDate"], 1_715_100_742.022);
}

#[test]
fn an_export_gives_the_same_registry_elsewhere() {
    let (here, there) = (Tool::new(), Tool::new());
    here.apply_seed(&registry());
    let exported = here.export();
    assert_eq!(
        there.apply_seed(&exported),
        "13 created, 0 updated, 0 unchanged"
    );
    assert_eq!(there.export(), exported);
    assert_eq!(
        here.apply_seed(&exported),
        "0 created, 0 updated, 13 unchanged"
    );
    assert_eq!(here.run("seed export export.json").code, 0);
    assert_eq!(
        String::from_utf8(bytes(&here.path("export.json"))).unwrap(),
        here.run("seed export").stdout
    );
    assert_eq!(exported["UserPools"][2]["Account"], "111111111111");
}

#[test]
fn an_empty_registry_is_exported_as_a_valid_seed() {
    let tool = Tool::new();
    tool.write("empty.json", r#"{"UserPools": []}"#);
    assert_eq!(tool.run("seed apply --create empty.json").code, 0);
    let empty = tool.export();
    assert_eq!(empty, json!({"UserPools": []}));
    assert_eq!(tool.apply_seed(&empty), "0 created, 0 updated, 0 unchanged");
}

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
    let client = Client::of(server.told("Listening"));
    let input = json!({"UserPoolId": POOL, "Username": SUB, "DeviceKey": device::REMEMBERED});
    let shown = client.call("AdminGetDevice", &input).ok().to_string();
    assert!(
        shown.contains("owner/diego.us-east-1_Test00001/device"),
        "arn and owner follow from the registry: {shown}"
    );
}

#[test]
fn a_confirmed_device_of_a_pool_that_always_remembers_is_remembered() {
    for (only_on_prompt, status) in [(false, "remembered"), (true, "not_remembered")] {
        let mut seed =
            pool(json!([{"Username": "diego", "Devices": [{"DeviceKey": device::REMEMBERED}]}]));
        seed["UserPool"]["DeviceConfiguration"]["DeviceOnlyRememberedOnUserPrompt"] =
            json!(only_on_prompt);
        let tool = Tool::new();
        tool.apply_seed(&seed);
        let shown = tool.export()["UserPools"][0]["Users"][0]["Devices"][0].to_string();
        assert!(shown.contains(&format!(r#""Value":"{status}""#)), "{shown}");
    }
}

#[test]
fn a_user_without_a_sub_gets_the_same_one_everywhere() {
    let sub = || {
        let tool = Tool::new();
        tool.apply_seed(&pool(json!([{"Username": "diego"}])));
        tool.export()["UserPools"][0]["Users"][0]["Attributes"][0]["Value"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(sub(), sub());
    assert_eq!(sub().len(), 36);
}

#[test]
fn a_mistake_names_file_place_and_reason() {
    let mistakes = mistakes_in_pools()
        .into_iter()
        .chain(mistakes_in_clients())
        .chain(mistakes_in_users());
    for (seed, why) in mistakes {
        assert_eq!(refusal(&seed), why, "{seed}");
    }
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

fn mistakes_in_clients() -> Vec<(Value, &'static str)> {
    let clients = |clients: Value| json!({"UserPool": {"Id": POOL}, "Clients": clients});
    let factors = |factors: Value| json!({"UserPool": {"Id": POOL, "MfaConfiguration": "ON"}, "MfaConfig": factors});
    vec![
        (clients(json!({})), "Clients: a list is expected here"),
        (clients(json!([{}])), "Clients[0]: ClientId is missing"),
        (
            clients(json!([{"ClientId": "a", "Secret": "x"}])),
            "Clients[0]: unknown member 'Secret'",
        ),
        (
            clients(json!([{"ClientId": "a"}, {"ClientId": "a"}])),
            "Clients[1]: the client is given twice",
        ),
        (
            clients(json!([{"ClientId": "a", "UserPoolId": "us-east-1_Other"}])),
            "Clients[0]: UserPoolId is that of another pool",
        ),
        (
            clients(json!([{"ClientId": "a", "ClientSecret": "short"}])),
            "Clients[0]: 1 validation error detected: Value at 'clientSecret' failed to satisfy constraint: Member must have \
             length greater than or equal to 24",
        ),
        (
            clients(json!([{"ClientId": "a", "ReadAttributes": ["custom:team"]}])),
            "Clients[0]: Invalid read attributes specified while creating a client",
        ),
        (
            json!({"UserPools": [{"UserPool": {"Id": POOL}, "Clients": [{"ClientId": "a"}]},
                {"UserPool": {"Id": "us-east-1_Other"}, "Clients": [{"ClientId": "a"}]}]}),
            "UserPools[1].Clients[0]: User pool client a already exists.",
        ),
        (
            factors(json!({"Token": {}})),
            "MfaConfig: unknown member 'Token'",
        ),
        (
            factors(json!({"UserPoolId": POOL})),
            "MfaConfig: unknown member 'UserPoolId'",
        ),
        (
            factors(json!({"MfaConfiguration": "OFF"})),
            "MfaConfig: MfaConfiguration is not that of the pool",
        ),
        (
            json!({"UserPool": {"Id": POOL, "SchemaAttributes": [{"AttributeDataType": "String"}]}}),
            "UserPool.SchemaAttributes[0]: Name is missing",
        ),
        (
            json!({"UserPool": {"Id": POOL, "SchemaAttributes": [{"Name": "email", "Type": "String"}]}}),
            "UserPool.SchemaAttributes[0]: unknown member 'Type'",
        ),
        (
            json!({"UserPool": {"Id": POOL, "SchemaAttributes": [{"Name": "email"}, {"Name": "email"}]}}),
            "UserPool: email: Existing attribute already has name email.",
        ),
    ]
}

/// A pool with everything that a seed can say of it, users aside.
fn full_pool() -> Value {
    json!({
        "UserPool": {"Id": POOL, "Name": "full", "MfaConfiguration": "ON"},
        "MfaConfig": {
            "MfaConfiguration": "ON",
            "SmsMfaConfiguration": {"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms"}},
            "SoftwareTokenMfaConfiguration": {"Enabled": true},
            "WebAuthnConfiguration": {"RelyingPartyId": "example.com", "UserVerification": "preferred"},
        },
        "Clients": [
            {"ClientId": "webapp", "ClientName": "web", "UserPoolId": POOL},
            {"ClientId": "machine", "ClientName": "machine", "ClientSecret": "0123456789abcdef0123456789abcdef",
                "AllowedOAuthFlows": ["client_credentials"], "CreationDate": 1_715_100_742.022},
        ],
    })
}

#[test]
fn clients_and_second_factors_are_applied_once_and_exported() {
    let (here, there) = (Tool::new(), Tool::new());
    let mut seed = full_pool();
    assert_eq!(here.apply_seed(&seed), "3 created, 0 updated, 0 unchanged");
    assert_eq!(here.apply_seed(&seed), "0 created, 0 updated, 3 unchanged");
    let exported = here.export();
    assert_eq!(
        there.apply_seed(&exported),
        "3 created, 0 updated, 0 unchanged"
    );
    assert_eq!(there.export(), exported);
    assert_eq!(
        here.apply_seed(&exported),
        "0 created, 0 updated, 3 unchanged"
    );
    seed["Clients"][0]["ClientName"] = json!("renamed");
    seed["MfaConfig"]["SoftwareTokenMfaConfiguration"]["Enabled"] = json!(false);
    assert_eq!(here.apply_seed(&seed), "0 created, 2 updated, 1 unchanged");

    let server = there.serve("--limits off");
    let client = Client::of(server.told("Listening"));
    let shown = client.call("GetUserPoolMfaConfig", &json!({"UserPoolId": POOL}));
    assert_eq!(shown.ok(), full_pool()["MfaConfig"]);
    let input = json!({"UserPoolId": POOL, "ClientId": "machine"});
    let shown = client.call("DescribeUserPoolClient", &input).ok();
    assert_eq!(
        shown["UserPoolClient"]["ClientSecret"],
        "0123456789abcdef0123456789abcdef"
    );
    assert_eq!(shown["UserPoolClient"]["RefreshTokenValidity"], 30);
}

#[test]
fn second_factors_that_a_pool_has_but_does_not_ask_for_are_exported_so() {
    let tool = Tool::new();
    // Messages are no factor in a pool that has nobody to send them by.
    let factors = json!({"SoftwareTokenMfaConfiguration": {"Enabled": true},
        "SmsMfaConfiguration": {"SmsAuthenticationMessage": "{####}"}});
    let seed = json!({"UserPool": {"Id": POOL, "Name": "p"}, "MfaConfig": factors});
    assert_eq!(tool.apply_seed(&seed), "1 created, 0 updated, 0 unchanged");
    let exported = tool.export();
    assert_eq!(
        exported["UserPools"][0]["MfaConfig"]["MfaConfiguration"],
        "OFF"
    );
    assert_eq!(
        tool.apply_seed(&exported),
        "0 created, 0 updated, 1 unchanged"
    );
}

#[test]
fn what_the_operations_show_and_made_goes_in_as_a_seed() {
    let (here, there) = (Tool::new(), Tool::new());
    let server = here.serve("--limits off");
    let client = Client::of(server.told("Listening"));
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
    let elsewhere = Client::of(elsewhere.told("Listening"));
    let shown = elsewhere.call("DescribeUserPool", &json!({"UserPoolId": POOL}));
    assert_eq!(shown.ok(), pool);
    let input = json!({"UserPoolId": POOL, "ClientId": made["UserPoolClient"]["ClientId"]});
    let shown = elsewhere.call("DescribeUserPoolClient", &input);
    assert_eq!(shown.ok(), made);
}

fn mistakes_in_pools() -> Vec<(Value, &'static str)> {
    vec![
        (json!([]), "an object is expected here"),
        (json!({}), "UserPool is missing"),
        (
            json!({"UserPools": [{}]}),
            "UserPools[0]: UserPool is missing",
        ),
        (
            json!({"UserPools": {}}),
            "UserPools: a list is expected here",
        ),
        (
            json!({"UserPool": {"Name": "x"}}),
            "UserPool: Id is missing",
        ),
        (
            json!({"UserPool": {"Id": POOL}, "Client": []}),
            "unknown member 'Client'",
        ),
        (
            json!({"UserPools": [{"UserPool": {"Id": POOL}}, {"UserPool": {"Id": POOL}}]}),
            "UserPools[1].UserPool: the pool is given twice",
        ),
        (
            json!({"UserPool": {"Id": POOL}, "Account": "12"}),
            "Account: an AWS account id is a string of 12 digits",
        ),
        (
            json!({"UserPool": {"Id": POOL, "DeviceConfigration": {}}}),
            "UserPool: unknown member 'DeviceConfigration'",
        ),
        (
            json!({"UserPool": {"Id": POOL, "DeviceConfiguration": {"Challenge": true}}}),
            "UserPool: unknown member 'DeviceConfiguration.Challenge'",
        ),
        (
            json!({"UserPool": {"Id": "nowhere"}}),
            "UserPool: 1 validation error detected: Value 'nowhere' at 'id' failed to satisfy constraint: Member must satisfy \
             regular expression pattern: [\\w-]+_[0-9a-zA-Z]+",
        ),
        (
            json!({"UserPool": {"Id": "eu-west-1_Test00001"}}),
            "UserPool: the pool's id is of Region eu-west-1, this server stands for us-east-1 (setting region)",
        ),
        (
            json!({"UserPool": {"Id": POOL, "AliasAttributes": ["email"], "UsernameAttributes": ["email"]}}),
            "UserPool: Only one of the aliasAttributes or usernameAttributes can be set in a User pool.",
        ),
        (
            json!({"UserPool": {"Id": POOL, "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]}}}),
            "UserPool: All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes",
        ),
        (
            json!({"UserPool": {"Id": POOL}, "Clients": [{"ClientId": "a", "CallbackURLs": ["http://example.com"]}]}),
            "Clients[0]: http://example.com cannot use the HTTP protocol.",
        ),
        (
            json!({"UserPool": {"Id": POOL, "UserPoolTier": "ESSENTIALS", "UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}}}),
            "UserPool: The following features need to be disabled for the ESSENTIALS pricing tier configured: Threat Protection",
        ),
    ]
}

fn mistakes_in_users() -> Vec<(Value, &'static str)> {
    let users = |users: Value| pool(users);
    vec![
        (
            users(json!([{"Username": "a"}, {"Username": "a"}])),
            "Users[1]: the user is given twice",
        ),
        (
            users(json!([{"Attributes": []}])),
            "Users[0]: Username is missing",
        ),
        (
            users(json!([{"Username": "a", "Passwort": "x"}])),
            "Users[0]: unknown member 'Passwort'",
        ),
        (
            users(
                json!([{"Username": "a", "Attributes": [{"Name": "email", "Value": "1"}, {"Name": "email", "Value": "2"}]}]),
            ),
            "Users[0]: the attribute 'email' is given twice",
        ),
        (
            users(json!([{"Username": "a b"}])),
            "Users[0]: 1 validation error detected: Value at 'username' failed to satisfy constraint: Member must satisfy \
             regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+",
        ),
        (
            users(json!([{"Username": "a", "Devices": [{}]}])),
            "Users[0].Devices[0]: DeviceKey is missing",
        ),
        (
            users(
                json!([{"Username": "a", "Devices": [{"DeviceKey": device::REMEMBERED}, {"DeviceKey": device::REMEMBERED}]}]),
            ),
            "Users[0].Devices[1]: the device is given twice",
        ),
        (
            users(
                json!([{"Username": "a", "Devices": [{"DeviceKey": device::REMEMBERED, "Confirmed": "no"}]}]),
            ),
            "Users[0].Devices[0]: Confirmed is true or false",
        ),
        (
            users(
                json!([{"Username": "a", "Devices": [{"DeviceKey": device::REMEMBERED, "DeviceAttributes": [
                {"Name": "dev:device_remembered_status", "Value": "yes"}]}]}]),
            ),
            "Users[0].Devices[0]: dev:device_remembered_status is 'remembered' or 'not_remembered'",
        ),
        (
            users(
                json!([{"Username": "a", "Devices": [{"DeviceKey": device::REMEMBERED, "DeviceAttributes": [
                {"Name": "colour", "Value": "red"}]}]}]),
            ),
            "Users[0].Devices[0]: DeviceAttributes: devices have no attribute 'colour'",
        ),
    ]
}

#[test]
fn text_that_is_no_json_is_refused_with_line_and_column() {
    let tool = Tool::new();
    tool.write("seed.json", "{\n  \"UserPool\": nonsense\n}");
    let outcome = tool.run("seed apply --create seed.json");
    assert_eq!(outcome.code, 3);
    assert!(
        outcome.stderr.contains("seed.json: ") && outcome.stderr.contains("line 2 column"),
        "{outcome:?}"
    );
    assert_eq!(tool.run("seed apply --create missing.json").code, 3);
    assert_eq!(tool.run("seed apply").code, 2);
}

/// A seed whose pool stands after its users, one of them with a password.
fn users_first(pool: &str, user: &str) -> String {
    format!(
        r#"{{"Users": [{{"Username": "{user}", "Password": "Tulip-Kettle-4417"}}, {{"Username": "{user}-2"}}], "UserPool": {{"Id": "{pool}"}}}}"#
    )
}

#[test]
fn users_may_stand_before_their_pool_and_pools_and_files_be_several() {
    let tool = Tool::new();
    tool.write("one.json", users_first(POOL, "ana"));
    let pools = [
        users_first("us-east-1_Other0001", "bo"),
        users_first("us-east-1_Other0002", "cy"),
    ];
    tool.write(
        "two.json",
        format!(r#"{{"UserPools": [{}]}}"#, pools.join(", ")),
    );
    for summary in [
        "9 created, 0 updated, 0 unchanged",
        "0 created, 0 updated, 9 unchanged",
    ] {
        let outcome = tool.run("seed apply --create one.json two.json");
        assert_eq!(
            outcome.stdout,
            format!("data/poolhouse.db: {summary}\n"),
            "{outcome:?}"
        );
    }
    let exported = tool.export();
    let names = exported["UserPools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pool| {
            let users = pool["Users"].as_array().unwrap().iter();
            let named = users.map(|user| {
                let has_password = user.get("PasswordVerifier").is_some();
                (user["Username"].as_str().unwrap(), has_password)
            });
            named.collect::<Vec<_>>()
        });
    let pair = |name, other| vec![(name, true), (other, false)];
    assert_eq!(
        names.collect::<Vec<_>>(),
        [pair("bo", "bo-2"), pair("cy", "cy-2"), pair("ana", "ana-2")]
    );
    assert_eq!(tool.run("check --deep").code, 0);
}

#[test]
fn a_seed_comes_through_a_pipe() {
    let tool = Tool::new();
    let mut command = tool.command("seed apply --create /dev/stdin");
    let mut process = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = process.stdin.take().unwrap();
    input
        .write_all(users_first(POOL, "ana").as_bytes())
        .unwrap();
    drop(input);
    let output = process.wait_with_output().unwrap();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "data/poolhouse.db: 3 created, 0 updated, 0 unchanged\n"
    );
}

#[test]
fn a_mistake_in_the_last_of_many_users_changes_nothing() {
    let tool = Tool::new();
    tool.apply_seed(&pool(json!([{"Username": "user-7"}])));
    let before = tool.export();
    let users = |last: Value| {
        let users = (0..500).map(|number| json!({"Username": format!("user-{number}")}));
        pool(users.chain([last]).collect())
    };
    for (last, why) in [
        (
            json!({"Username": "x", "Enable": true}),
            "Users[500]: unknown member 'Enable'",
        ),
        // Named before, once by the registry and the seed, once by the seed alone.
        (
            json!({"Username": "user-7", "Enabled": false}),
            "Users[500]: the user is given twice",
        ),
        (
            json!({"Username": "user-8"}),
            "Users[500]: the user is given twice",
        ),
    ] {
        assert_eq!(refusal_in(&tool, &users(last)), why);
        assert_eq!(tool.export(), before);
    }
}

#[test]
fn a_list_of_users_that_is_given_twice_is_refused() {
    let tool = Tool::new();
    let seed = users_first(POOL, "ana");
    let twice = seed.trim_end_matches('}').to_owned() + r#"}, "Users": []}"#;
    for (text, why) in [
        (twice, "no JSON: Users is given twice at line 1 column"),
        (seed + "}", "no JSON: trailing characters at line 1 column"),
    ] {
        tool.write("seed.json", text);
        let outcome = tool.run("seed apply --create seed.json");
        assert_eq!(outcome.code, 3, "{outcome:?}");
        assert!(outcome.stderr.contains(why), "{outcome:?}");
    }
}

#[test]
fn two_users_cannot_share_an_alias_or_a_sub() {
    let email = json!([{"Name": "email", "Value": "a@example.com"}, {"Name": "email_verified", "Value": "true"}]);
    let mut seed = pool(
        json!([{"Username": "a", "Attributes": email}, {"Username": "b", "Attributes": email}]),
    );
    seed["UserPool"]["AliasAttributes"] = json!(["email"]);
    assert_eq!(
        refusal(&seed),
        "Users[1]: An account with the given email already exists."
    );
    let sub = json!([{"Name": "sub", "Value": SUB}]);
    let seed =
        pool(json!([{"Username": "a", "Attributes": sub}, {"Username": "b", "Attributes": sub}]));
    assert_eq!(refusal(&seed), "Users[1]: The sub is another user's.");
}

#[test]
fn a_mistake_in_the_last_of_several_files_changes_nothing() {
    let tool = Tool::new();
    tool.apply_seed(&registry());
    let before = tool.export();
    let other = json!({"UserPool": {"Id": "us-east-1_Other0001"}, "Users": [{"Username": "new"}]});
    tool.write_json("good.json", &other);
    let email = json!([{"Name": "email", "Value": "diego@example.com"}, {"Name": "email_verified", "Value": "true"}]);
    let mut clash = registry();
    let settings = clash["UserPools"][0]["UserPool"].take();
    tool.write_json(
        "bad.json",
        &json!({"UserPool": settings, "Users": [{"Username": "thief", "Attributes": email}]}),
    );
    let outcome = tool.run("seed apply --create good.json bad.json");
    assert_eq!(outcome.code, 3);
    assert_eq!(
        outcome.stderr,
        "poolhouse: seed: bad.json: Users[0]: An account with the given email already exists.\n"
    );
    assert_eq!(tool.export(), before);
}

#[test]
fn a_server_with_a_bad_seed_does_not_start() {
    let tool = Tool::new();
    tool.write("seed.json", "{}");
    let outcome = tool.run("serve --seed seed.json --listen 127.0.0.1:0");
    assert_eq!(
        (outcome.code, outcome.stderr.as_str()),
        (3, "poolhouse: seed: seed.json: UserPool is missing\n")
    );
    assert!(!outcome.stdout.contains("Ready."));
}

#[test]
fn a_generated_registry_is_the_same_for_the_same_numbers_and_grows_with_them() {
    let (here, there) = (Tool::new(), Tool::new());
    let outcome = here.run("seed generate --create --users 300 --devices-per-user 2");
    assert_eq!(
        outcome.stdout,
        "data/poolhouse.db: 901 created, 0 updated, 0 unchanged in pool us-east-1_Generated\n"
    );
    assert_eq!(outcome.stderr, "100 %  300 users, 600 devices\n");
    there.run("seed generate --create --users 300 --devices-per-user 2");
    let keys = |tool: &Tool| -> Vec<String> {
        let exported = tool.export();
        let users = exported["UserPools"][0]["Users"]
            .as_array()
            .unwrap()
            .clone();
        users
            .iter()
            .flat_map(|user| user["Devices"].as_array().unwrap())
            .map(|device| device["DeviceKey"].to_string())
            .collect()
    };
    assert_eq!(keys(&here).len(), 600);
    assert_eq!(keys(&here), keys(&there));
    let outcome = here.run("seed generate --create --users 301 --devices-per-user 2");
    assert_eq!(
        outcome.stdout,
        "data/poolhouse.db: 3 created, 0 updated, 900 unchanged in pool us-east-1_Generated\n"
    );
    let server = here.serve("--limits off");
    let input = json!({"UserPoolId": "us-east-1_Generated", "Username": "user-00000000", "DeviceKey": keys(&here)[0].trim_matches('"')});
    Client::of(server.told("Listening"))
        .call("AdminGetDevice", &input)
        .ok();
}

#[test]
fn generated_users_with_a_password_sign_in_and_their_devices_prove_themselves() {
    const PASSWORD: &str = "Tulip-Kettle-4417";
    let generate =
        format!("seed generate --create --users 3 --devices-per-user 2 --password {PASSWORD}");
    let (here, there) = (Tool::new(), Tool::new());
    let outcome = here.run(&generate);
    assert_eq!(
        outcome.stdout,
        "data/poolhouse.db: 11 created, 0 updated, 0 unchanged in pool us-east-1_Generated\n\
         Client generatedclient0000000001\n"
    );
    assert_eq!(
        here.run(&generate).stdout.lines().next(),
        Some("data/poolhouse.db: 0 created, 0 updated, 9 unchanged in pool us-east-1_Generated")
    );
    there.run(&generate);
    let users = |tool: &Tool| tool.export()["UserPools"][0]["Users"].clone();
    assert_eq!(
        users(&here)[2]["PasswordVerifier"],
        users(&there)[2]["PasswordVerifier"]
    );
    let server = here.serve("--limits off");
    let client = Client::of(server.told("Listening"));
    let app = AppClient::new("us-east-1_Generated", "generatedclient0000000001");
    for user in users(&here).as_array().unwrap() {
        let name = user["Username"].as_str().unwrap();
        for device in user["Devices"].as_array().unwrap() {
            let device = Device {
                key: device["DeviceKey"].as_str().unwrap().to_owned(),
                group_key: device["DeviceGroupKey"].as_str().unwrap().to_owned(),
                password: PASSWORD.to_owned(),
            };
            let key = [("DEVICE_KEY", device.key.as_str())];
            let asked = sign_in_by_srp(&client, app, name, PASSWORD, &key).ok();
            if asked["ChallengeName"].is_null() {
                // Every third device is not remembered.
                assert!(!access_token(&asked).is_empty());
            } else {
                assert!(
                    !access_token(&prove_device(&client, app, &device, &asked).ok()).is_empty()
                );
            }
        }
    }
    sign_in_by_srp(&client, app, "user-00000000", "Tulip-Kettle-4418", &[])
        .refused("NotAuthorizedException", "Incorrect username or password.");
}

#[test]
fn a_generated_password_is_held_to_the_pools_policy() {
    let tool = Tool::new();
    let outcome = tool.run("seed generate --create --users 1 --password short");
    assert_eq!(
        (outcome.code, outcome.stderr.as_str()),
        (
            2,
            "poolhouse: settings: Password did not conform with policy: Password not long enough\n"
        )
    );
    let outcome = tool.run("seed generate --create --users 1 --client-id web");
    assert_eq!(outcome.code, 2, "a client without a password: {outcome:?}");
    let users = tool.export()["UserPools"].as_array().map_or(0, Vec::len);
    assert_eq!(users, 0, "nothing was made");
}

#[test]
fn a_pool_id_that_no_server_here_could_have_is_refused() {
    let tool = Tool::new();
    for id in ["nonsense", "eu-west-1_Elsewhere"] {
        let outcome = tool.run(&format!("seed generate --create --users 1 --pool-id {id}"));
        assert_eq!(outcome.code, 2, "{outcome:?}");
        assert!(outcome.stderr.contains(id), "{outcome:?}");
    }
}

/// A pool that says this of how users are named.
fn named(settings: Value, users: Value) -> Value {
    let mut pool = settings;
    pool["Id"] = json!(POOL);
    pool["DeviceConfiguration"] = json!({"ChallengeRequiredOnNewDevice": false});
    json!({"UserPool": pool, "Users": users})
}

#[test]
fn a_pool_that_names_its_users_otherwise_finds_all_of_them_so() {
    let tool = Tool::new();
    let users = json!([{"Username": "Diego", "Devices": [{"DeviceKey": device::REMEMBERED}], "UserAttributes": [
        {"Name": "email", "Value": "Diego@Example.com"}, {"Name": "email_verified", "Value": "true"}]}]);
    let careless = json!({"UsernameConfiguration": {"CaseSensitive": false}});
    tool.apply_seed(&named(json!({}), users.clone()));
    let server = tool.serve("--limits off --log-format off");
    let client = Client::of(server.told("Listening"));
    let is_found = |name: &str| {
        let input = json!({"UserPoolId": POOL, "Username": name, "DeviceKey": device::REMEMBERED});
        let found = client.call("AdminGetUser", &input).status == 200;
        // The device goes wherever its user goes.
        assert_eq!(
            client.call("AdminGetDevice", &input).status == 200,
            found,
            "{name}"
        );
        found
    };
    let found = |names: [&str; 4]| names.map(is_found);
    let names = ["Diego", "diego", "Diego@Example.com", "diego@example.com"];
    let given = [true, false, true, false];
    // The pool that ignores case has flattened the address.
    let flattened = [true, false, false, true];
    for (settings, expected, with_users) in [
        (json!({}), [true, false, false, false], None),
        (careless, [true, true, false, false], None),
        (
            json!({"AliasAttributes": ["email"]}),
            flattened,
            Some(given),
        ),
        (
            json!({"AliasAttributes": ["email"], "UsernameConfiguration": {"CaseSensitive": false}}),
            [true; 4],
            None,
        ),
        (json!({}), [true, false, false, false], None),
    ] {
        // The first seed does not mention the user, who is there already.
        let with_users = with_users.unwrap_or(expected);
        for (users, expected) in [(json!([]), expected), (users.clone(), with_users)] {
            tool.apply_seed(&named(settings.clone(), users));
            assert_eq!(found(names), expected, "{settings}");
            assert_eq!(tool.run("check --deep").code, 0);
        }
    }
}

#[test]
fn a_pool_cannot_name_its_users_so_that_two_have_the_same_name() {
    let tool = Tool::new();
    let attributes = |email: &str| json!([{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]);
    let users = json!([
        {"Username": "diego", "UserAttributes": attributes("one@example.com")},
        {"Username": "Diego", "UserAttributes": attributes("two@example.com")},
        {"Username": "mary", "UserAttributes": attributes("two@example.com")},
    ]);
    tool.apply_seed(&named(json!({}), users));
    let before = tool.export();
    for (settings, why) in [
        (
            json!({"UsernameConfiguration": {"CaseSensitive": false}}),
            "User account already exists",
        ),
        (
            json!({"AliasAttributes": ["email"]}),
            "An account with the given email already exists.",
        ),
    ] {
        tool.write_json("seed.json", &named(settings, json!([])));
        let outcome = tool.run("seed apply --create seed.json");
        assert_eq!(outcome.code, 3, "{outcome:?}");
        let complaint = format!("poolhouse: seed: seed.json: UserPool: {why}");
        assert!(outcome.stderr.starts_with(&complaint), "{outcome:?}");
        assert_eq!(tool.export(), before);
    }
}

/// A pool with a client, and a user who signs in with a remembered device.
fn with_device_secret() -> Value {
    let secret = json!({"PasswordVerifier": "AJ8SNFY=", "Salt": "ANoLcQ=="});
    let mut seed = pool(json!([{
        "Username": "ana", "Password": "Tulip-Kettle-4417",
        "Devices": [{"DeviceKey": device::REMEMBERED, "DeviceGroupKey": "-uXyZ1234", "DeviceSecretVerifierConfig": secret,
            "DeviceAttributes": [{"Name": "dev:device_remembered_status", "Value": "remembered"}]}],
    }]));
    seed["Clients"] =
        json!([{"ClientId": "webapp", "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]}]);
    seed
}

/// Signs Ana in up to the point where her device proves itself; the parameters of that challenge.
fn challenge_of_the_device(client: &Client) -> Value {
    let parameters = json!({"USERNAME": "ana", "PASSWORD": "Tulip-Kettle-4417", "DEVICE_KEY": device::REMEMBERED});
    let input = json!({"ClientId": "webapp", "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters});
    let answer = client.call("InitiateAuth", &input).ok();
    assert_eq!(answer["ChallengeName"], "DEVICE_SRP_AUTH", "{answer}");
    let responses =
        json!({"USERNAME": "ana", "DEVICE_KEY": device::REMEMBERED, "SRP_A": "ab".repeat(384)});
    let input = json!({"ClientId": "webapp", "ChallengeName": "DEVICE_SRP_AUTH", "Session": answer["Session"],
        "ChallengeResponses": responses});
    let answer = client.call("RespondToAuthChallenge", &input).ok();
    assert_eq!(answer["ChallengeName"], "DEVICE_PASSWORD_VERIFIER");
    answer["ChallengeParameters"].clone()
}

#[test]
fn a_device_goes_on_proving_itself_where_an_export_is_applied() {
    let (here, there) = (Tool::new(), Tool::new());
    let seed = with_device_secret();
    assert_eq!(here.apply_seed(&seed), "4 created, 0 updated, 0 unchanged");
    assert_eq!(here.apply_seed(&seed), "0 created, 0 updated, 4 unchanged");
    let exported = here.export();
    assert_eq!(
        there.apply_seed(&exported),
        "4 created, 0 updated, 0 unchanged"
    );
    assert_eq!(there.export(), exported);
    let device = &exported["UserPools"][0]["Users"][0]["Devices"][0];
    assert_eq!(
        (
            &device["DeviceGroupKey"],
            &device["DeviceSecretVerifierConfig"]
        ),
        (
            &json!("-uXyZ1234"),
            &seed["Users"][0]["Devices"][0]["DeviceSecretVerifierConfig"]
        )
    );
    let server = there.serve("--limits off");
    let asked = challenge_of_the_device(&Client::of(server.told("Listening")));
    assert_eq!(asked["SALT"], "da0b71");
    let mut other = seed;
    other["Users"][0]["Devices"][0]["DeviceGroupKey"] = json!("-another");
    assert_eq!(here.apply_seed(&other), "0 created, 1 updated, 3 unchanged");
}

#[test]
fn keys_are_exported_only_on_demand_and_tokens_verify_with_them_elsewhere() {
    let (here, there) = (Tool::new(), Tool::new());
    here.apply_seed(&with_device_secret());
    let mut server = here.serve("--limits off");
    challenge_of_the_device(&Client::of(server.told("Listening")));
    let jwks = |server: &crate::tool::Server| {
        let url = format!("{}/{POOL}/.well-known/jwks.json", server.told("Listening"));
        let mut answer = ureq::get(&url).call().unwrap();
        answer.body_mut().read_to_string().unwrap()
    };
    let keys = jwks(&server);
    server.signal("TERM");
    server.wait();
    assert!(here.export()["UserPools"][0].get("Keys").is_none());
    let outcome = here.run("seed export --with-keys");
    let exported: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(
        there.apply_seed(&exported),
        "4 created, 0 updated, 0 unchanged"
    );
    assert_eq!(
        there.apply_seed(&exported),
        "0 created, 0 updated, 4 unchanged"
    );
    assert_eq!(there.run("seed export --with-keys").stdout, outcome.stdout);
    let server = there.serve("--limits off");
    assert_eq!(jwks(&server), keys);
    challenge_of_the_device(&Client::of(server.told("Listening")));
    let mut broken = exported;
    broken["UserPools"][0]["Keys"]["IdTokenKey"] = json!("AQ==");
    assert_eq!(
        refusal(&broken),
        "UserPools[0].Keys: IdTokenKey is not that of an export"
    );
}

#[test]
fn mistakes_in_device_secrets_and_attributes_are_told_with_their_place() {
    let with_device = |device: Value| pool(json!([{"Username": "a", "Devices": [device]}]));
    let key = device::REMEMBERED;
    for (device, why) in [
        (
            json!({"DeviceKey": key, "DeviceSecretVerifierConfig": {"PasswordVerifier": "AQ==", "Salt": "AQ=="}}),
            "DeviceSecretVerifierConfig goes with a DeviceGroupKey",
        ),
        (
            json!({"DeviceKey": key, "DeviceGroupKey": "-g", "DeviceSecretVerifierConfig": {"Salt": "AQ=="}}),
            "DeviceSecretVerifierConfig is none that ConfirmDevice takes",
        ),
        (
            json!({"DeviceKey": key, "DeviceGroupKey": "-g", "DeviceSecretVerifierConfig": {"PasswordVerifier": "AQ==", "Salt": "gA=="}}),
            "DeviceSecretVerifierConfig is none that ConfirmDevice takes",
        ),
        (
            json!({"DeviceKey": key, "DeviceGroupKey": 1}),
            "DeviceGroupKey is a string",
        ),
    ] {
        assert_eq!(
            refusal(&with_device(device)),
            format!("Users[0].Devices[0]: {why}")
        );
    }
    for (name, value, why) in [
        (
            "custom:team",
            "blue",
            "the pool's schema has no attribute 'custom:team'",
        ),
        (
            "colour",
            "red",
            "the pool's schema has no attribute 'colour'",
        ),
        (
            "birthdate",
            "1",
            "the attribute 'birthdate': String must be no shorter than 10 characters",
        ),
        (
            "email_verified",
            "yes",
            "the attribute 'email_verified': Attribute value must be true or false.",
        ),
        ("email", "nonsense", "Invalid email address format."),
        ("phone_number", "0123", "Invalid phone number format."),
    ] {
        let attributes = json!([{"Name": name, "Value": value}]);
        assert_eq!(
            refusal(&pool(
                json!([{"Username": "z"}, {"Username": "a", "Attributes": attributes}])
            )),
            format!("Users[1]: {why}")
        );
    }
    let seen = json!([
        {"Name": "phone_number_verified", "Value": "False"}, {"Name": "identities", "Value": "[]"}, {"Name": "name", "Value": ""},
    ]);
    Tool::new().apply_seed(&pool(json!([{"Username": "a", "Attributes": seen}])));
}
