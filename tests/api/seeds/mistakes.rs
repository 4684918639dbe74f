//! Mistakes in seeds, each with its file, place and reason.

use serde_json::{Value, json};

use super::{pool, refusal};
use crate::world::{POOL, Tool, device};

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

#[test]
fn a_member_that_is_given_twice_is_refused_wherever_it_stands() {
    let tool = Tool::new();
    let pool = format!(r#""UserPool": {{"Id": "{POOL}"}}"#);
    let users = |user: &str| format!("{{{pool}, \"Users\": [{{\"Username\": \"z\"}},\n {user}]}}");
    for (text, why) in [
        (
            format!("{{{pool}, {pool}}}"),
            "UserPool is given twice at line 1 column",
        ),
        (
            format!(r#"{{"UserPools": [{{{pool}}}], "UserPools": []}}"#),
            "UserPools is given twice at line 1 column",
        ),
        (
            format!(r#"{{"UserPools": [{{"UserPool": {{"Id": "{POOL}", "Id": "{POOL}"}}}}]}}"#),
            "UserPools[0].UserPool.Id is given twice at line 1 column",
        ),
        (
            format!(
                r#"{{{pool}, "Clients": [{{"ClientId": "a"}}, {{"ClientId": "b", "ClientId": "c"}}]}}"#
            ),
            "Clients[1].ClientId is given twice at line 1 column",
        ),
        (
            users(r#"{"Username": "a", "Username": "b"}"#),
            "Users[1].Username is given twice at line 2 column 30",
        ),
        (
            users(
                r#"{"Username": "a", "Password": "Tulip-Kettle-4417", "Password": "Tulip-Kettle-4418"}"#,
            ),
            "Users[1].Password is given twice at line 2 column",
        ),
        (
            users(
                r#"{"Username": "a", "UserAttributes": [{"Name": "sub", "Value": "1", "Value": "2"}]}"#,
            ),
            "Users[1].UserAttributes[0].Value is given twice at line 2 column",
        ),
        (
            users(r#"{"Username": "a", "Devices": [{"DeviceKey": "a", "DeviceKey": "b"}]}"#),
            "Users[1].Devices[0].DeviceKey is given twice at line 2 column",
        ),
    ] {
        tool.write("seed.json", text);
        let outcome = tool.run("seed apply --create seed.json");
        assert_eq!(outcome.code, 3, "{outcome:?}");
        let complaint = format!("poolhouse: seed: seed.json: no JSON: {why}");
        assert!(outcome.stderr.starts_with(&complaint), "{outcome:?}");
    }
}

#[test]
fn a_seed_that_is_refused_leaves_no_new_file() {
    let tool = Tool::new();
    // Only the last user is wrong, which is not known before the registry is open.
    let seed = pool(json!([{"Username": "a"}, {"Username": "b", "Enable": true}]));
    tool.write_json("seed.json", &seed);
    for command in [
        "seed apply --create seed.json",
        "serve --listen 127.0.0.1:0 --demo --seed seed.json",
    ] {
        let outcome = tool.run(command);
        let why = "poolhouse: seed: seed.json: Users[1]: unknown member 'Enable'\n";
        assert_eq!((outcome.code, outcome.stderr.as_str()), (3, why));
        assert!(!tool.path("data").exists(), "{command}");
    }
    // A registry that was there stays as it is.
    tool.apply_seed(&json!({"UserPools": []}));
    tool.write_json("seed.json", &seed);
    assert_eq!(
        tool.run("serve --listen 127.0.0.1:0 --seed seed.json").code,
        3
    );
    assert_eq!(tool.export(), json!({"UserPools": []}));
}

#[test]
fn a_pool_that_asks_for_mfa_has_a_factor() {
    const WHY: &str = "UserPool: SMS configuration and Auto verification for phone_number are required when MFA is \
                       required/optional";
    let asking = |mode: &str| json!({"UserPool": {"Id": POOL, "MfaConfiguration": mode}});
    let passkeys = json!({"WebAuthnConfiguration": {"RelyingPartyId": "example.com"}});
    let token = json!({"SoftwareTokenMfaConfiguration": {"Enabled": true}});
    let without = format!("{WHY}; the seed has no MfaConfig, which names other factors");
    assert_eq!(refusal(&asking("ON")), without);
    for mode in ["ON", "OPTIONAL"] {
        let mut seed = asking(mode);
        seed["MfaConfig"] = passkeys.clone();
        assert_eq!(refusal(&seed), WHY);
        seed["MfaConfig"] = token.clone();
        let tool = Tool::new();
        tool.apply_seed(&seed);
        // What a seed does not mention stays: the factors do.
        let mut seed = asking(mode);
        seed["UserPool"]["Name"] = json!("renamed");
        assert_eq!(tool.apply_seed(&seed), "0 created, 1 updated, 0 unchanged");
    }
    // `describe-user-pool` prints this of a pool with software tokens.
    Tool::new().apply_seed(&asking("OPTIONAL"));
}
