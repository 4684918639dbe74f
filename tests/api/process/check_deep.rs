//! `poolhouse check --deep`: every record held against the rules.

use serde_json::{Value, json};

use crate::world::{NEW, PASSWORD, POOL, TEMPORARY, Tool, device, registry};

/// [`registry`] with an app client, MFA settings, a password, and a pool that ignores letter case.
fn rich() -> Value {
    let mut seed = registry();
    let pool = &mut seed["UserPools"][0];
    pool["Clients"] =
        json!([{"ClientId": "webapp", "ClientName": "web", "ClientSecret": "a".repeat(24)}]);
    pool["MfaConfig"] =
        json!({"SoftwareTokenMfaConfiguration": {"Enabled": true}, "MfaConfiguration": "OPTIONAL"});
    pool["Users"][0]["Password"] = json!(PASSWORD);
    pool["Users"][1]["TemporaryPassword"] = json!(TEMPORARY);
    let careless = json!({
        "UserPool": {
            "Id": "us-east-1_Careless1",
            "UsernameConfiguration": {"CaseSensitive": false},
            "AliasAttributes": ["email"],
        },
        "Users": [{"Username": "Diego", "UserAttributes": [
            {"Name": "email", "Value": "Diego@Example.com"}, {"Name": "email_verified", "Value": "true"},
        ]}],
    });
    seed["UserPools"].as_array_mut().unwrap().push(careless);
    seed
}

#[test]
fn all_that_seeds_the_demo_and_clients_write_is_as_it_must_be() {
    let tool = Tool::new();
    tool.apply_seed(&rich());
    assert_eq!(
        tool.run("seed generate --create --users 50 --devices-per-user 2")
            .code,
        0
    );
    let server = tool.serve("--demo --limits off --log-format off");
    let client = server.client();
    let user = json!({"UserPoolId": POOL, "Username": "new", "TemporaryPassword": NEW,
        "MessageAction": "SUPPRESS", "ForceAliasCreation": true, "UserAttributes": [
            {"Name": "email", "Value": "diego@example.com"}, {"Name": "email_verified", "Value": "true"}]});
    client.call("AdminCreateUser", &user).ok();
    let change = json!({"UserPoolId": POOL, "Username": "diego",
        "UserAttributes": [{"Name": "phone_number", "Value": "+12065550199"}]});
    client.call("AdminUpdateUserAttributes", &change).ok();
    let custom = json!({"UserPoolId": POOL, "CustomAttributes": [{"Name": "team", "AttributeDataType": "String"}]});
    client.call("AddCustomAttributes", &custom).ok();
    let app = json!({"UserPoolId": POOL, "ClientName": "app", "GenerateSecret": true, "ReadAttributes": ["custom:team"]});
    client.call("CreateUserPoolClient", &app).ok();
    let secret = json!({"UserPoolId": POOL, "ClientId": "webapp"});
    client.call("AddUserPoolClientSecret", &secret).ok();
    let device = json!({"UserPoolId": POOL, "Username": "diego", "DeviceKey": device::NOT_REMEMBERED,
        "DeviceRememberedStatus": "remembered"});
    client.call("AdminUpdateDeviceStatus", &device).ok();
    let outcome = tool.run("check --deep");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.stdout.ends_with("Records    ok\n"), "{outcome:?}");
}

/// A damage to the registry, and what the command says of it.
const DAMAGES: &[(&str, &str)] = &[
    (
        "UPDATE pools SET id = 'nonsense' WHERE row = 1",
        "pools row 1 of nonsense: 1 validation error detected: Value 'nonsense' at 'id' failed to satisfy constraint: Member \
         must satisfy regular expression pattern: [\\w-]+_[0-9a-zA-Z]+",
    ),
    (
        "UPDATE pools SET account = '12345' WHERE row = 1",
        "pools row 1 of us-east-1_Test00001: the account '12345' is none",
    ),
    (
        "UPDATE pools SET settings = json_set(settings, '$.MfaConfiguration', 'PERHAPS') WHERE row = 1",
        "pools row 1 of us-east-1_Test00001: settings: unknown variant `PERHAPS`",
    ),
    (
        "UPDATE pools SET settings = '[]' WHERE row = 2",
        "pools row 2 of us-east-1_Test00002: settings: ",
    ),
    (
        "UPDATE pools SET settings = json_set(settings, '$.Name', '') WHERE row = 1",
        "pools row 1 of us-east-1_Test00001: 2 validation errors detected: Value '' at 'name' failed to satisfy constraint: \
         Member must have length greater than or equal to 1",
    ),
    (
        "UPDATE pools SET factors = '{\"Sms\": \"perhaps\"}' WHERE row = 1",
        "pools row 1 of us-east-1_Test00001: factors: invalid type: string \"perhaps\", expected a boolean",
    ),
    (
        "UPDATE app_clients SET client_id = 'not an id'",
        "app_clients row 1 of us-east-1_Test00001: 1 validation error detected: Value 'not an id' at 'clientId' failed to satisfy \
         constraint: Member must satisfy regular expression pattern: [\\w+]+",
    ),
    (
        "UPDATE app_clients SET settings = json_set(settings, '$.ExplicitAuthFlows', 'none')",
        "app_clients row 1 of us-east-1_Test00001: settings: invalid type: string \"none\", expected a sequence",
    ),
    (
        "UPDATE app_clients SET settings = json_set(settings, '$.ReadAttributes', json('[\"custom:none\"]'))",
        "app_clients row 1 of us-east-1_Test00001: Invalid read attributes specified while keeping a client",
    ),
    (
        "UPDATE app_clients SET settings = json_set(settings, '$.RefreshTokenValidity', -1)",
        "app_clients row 1 of us-east-1_Test00001: 1 validation error detected: Value '-1' at 'refreshTokenValidity' failed to \
         satisfy constraint: Member must have value greater than or equal to 0",
    ),
    (
        "UPDATE app_clients SET second_secret = 'short', second_secret_ms = 7952342400000",
        "app_clients row 1 of us-east-1_Test00001: 1 validation error detected: Value at 'clientSecretValue' failed to satisfy \
         constraint: Member must have length greater than or equal to 24",
    ),
    (
        "UPDATE app_clients SET second_secret = 'bbbbbbbbbbbbbbbbbbbbbbbb', second_secret_ms = 5, secret_ms = 5",
        "app_clients row 1 of us-east-1_Test00001: the second secret is not the newer one",
    ),
    (
        "UPDATE app_clients SET second_secret = 'bbbbbbbbbbbbbbbbbbbbbbbb', second_secret_ms = 253402300800000",
        "app_clients row 1 of us-east-1_Test00001: second_secret_ms is 253402300800000, which is no date",
    ),
    (
        "UPDATE app_clients SET second_secret = 'bbbbbbbbbbbbbbbbbbbbbbbb', second_secret_ms = 7952342400000,
                settings = json_remove(settings, '$.ClientSecret')",
        "app_clients row 1 of us-east-1_Test00001: a public client has a second secret",
    ),
    (
        "INSERT INTO user_pool_domains (name, pool, is_custom, managed_login_version, created_ms) VALUES ('Shop', 1, 0, 1, 0)",
        "user_pool_domains row Shop of us-east-1_Test00001: Shop: The domain name contains an invalid character.",
    ),
    (
        "INSERT INTO user_pool_domains (name, pool, is_custom, managed_login_version, created_ms) VALUES ('shop', 1, 0, 3, 0)",
        "user_pool_domains row shop of us-east-1_Test00001: managed_login_version is 3",
    ),
    (
        "INSERT INTO user_pool_domains (name, pool, is_custom, certificate_arn, managed_login_version, created_ms)
         VALUES ('a.test', 1, 1, 'no arn of a certificate', 1, 0)",
        "user_pool_domains row a.test of us-east-1_Test00001: 1 validation error detected: Value 'no arn of a certificate' at \
         'customDomainConfig.certificateArn' failed to satisfy constraint: ",
    ),
    (
        "INSERT INTO resource_servers (pool, identifier, name, scopes) VALUES (1, 'a b', 'n', '[]')",
        "resource_servers row a b of us-east-1_Test00001: 1 validation error detected: Value 'a b' at 'identifier' failed to satisfy \
         constraint: ",
    ),
    (
        "INSERT INTO resource_servers (pool, identifier, name, scopes) VALUES (1, 'a', 'n',
             '[{\"ScopeName\": \"x\", \"ScopeDescription\": \"x\"}, {\"ScopeName\": \"x\", \"ScopeDescription\": \"y\"}]')",
        "resource_servers row a of us-east-1_Test00001: Scope x is given more than once.",
    ),
    (
        "INSERT INTO identity_providers (pool, name, provider_type, settings, created_ms, modified_ms)
         VALUES (1, 'Login', 'SAML', '{\"ProviderType\": \"OIDC\"}', 0, 0)",
        "identity_providers row Login of us-east-1_Test00001: provider_type is SAML, the settings say another",
    ),
    (
        "INSERT INTO identity_providers (pool, name, provider_type, settings, created_ms, modified_ms)
         VALUES (1, 'Login', 'OIDC', '{\"ProviderType\": \"OIDC\", \"ProviderDetails\": {\"client_secret\": \"x\"}}', 0, 0)",
        "identity_providers row Login of us-east-1_Test00001: client_secret is not sealed",
    ),
    (
        "INSERT INTO provider_seals (pool, seal) VALUES (1, x'00')",
        "provider_seals row 1 of us-east-1_Test00001: seal has 1 bytes, not 32",
    ),
    (
        "INSERT INTO user_identities (pool, provider, attribute, value, user_row) VALUES (1, 'Login', 'Cognito_Subject', '7', 1)",
        "user_identities row 7 of us-east-1_Test00001: the user's attribute does not show the identity",
    ),
    (
        "INSERT INTO user_identities (pool, provider, attribute, value, user_row) VALUES (2, 'Login', 'Cognito_Subject', '7', 1)",
        "user_identities row 7 of us-east-1_Test00001: the identity is of another pool than its user",
    ),
    (
        "INSERT INTO documents (row, pool, client, kind, id, name, body, created_ms, modified_ms)
         VALUES (1, 1, NULL, 'Terms', 'x', 'terms-of-use', '{}', 0, 0)",
        "documents row 1 of us-east-1_Test00001: it has no client",
    ),
    (
        "INSERT INTO documents (row, pool, client, kind, id, name, body, created_ms, modified_ms)
         VALUES (1, 1, 1, 'Letter', 'x', '', '{}', 0, 0)",
        "documents row 1 of us-east-1_Test00001: 'Letter' is no kind of documents",
    ),
    (
        "INSERT INTO documents (row, pool, client, kind, id, name, body, created_ms, modified_ms)
         VALUES (1, 1, NULL, 'UICustomization', 'ALL', '', '{\"CSS\": \"body {}\"}', 0, 0)",
        "documents row 1 of us-east-1_Test00001: Invalid CSS: body is not allowed.",
    ),
    (
        "UPDATE outbox_size SET messages = messages + 1",
        "outbox_size row 1 of no pool: the outbox has 0 messages of 0 bytes, not 1 of 0",
    ),
    (
        "UPDATE users SET status = 'LOST' WHERE row = 2",
        "users row 2 of us-east-1_Test00001: 1 validation error detected: Value 'LOST' at 'userStatus' failed to satisfy \
         constraint: Member must satisfy enum value set: ",
    ),
    (
        "UPDATE users SET username = '', username_key = '' WHERE row = 2",
        "users row 2 of us-east-1_Test00001: 2 validation errors detected: Value at 'username' failed to satisfy constraint: \
         Member must have length greater than or equal to 1; ",
    ),
    (
        "UPDATE users SET sub = '' WHERE row = 2",
        "users row 2 of us-east-1_Test00001: sub is empty",
    ),
    (
        "UPDATE users SET enabled = 7 WHERE row = 2",
        "users row 2 of us-east-1_Test00001: enabled is 7, neither 0 nor 1",
    ),
    (
        "UPDATE users SET created_ms = 253402300800000 WHERE row = 2",
        "users row 2 of us-east-1_Test00001: created_ms is 253402300800000, which is no date",
    ),
    (
        "UPDATE users SET modified_ms = -9223372036854775808 WHERE row = 2",
        "users row 2 of us-east-1_Test00001: modified_ms is -9223372036854775808, which is no date",
    ),
    (
        "UPDATE users SET attributes = json_set(attributes, '$.email', 7) WHERE row = 2",
        "users row 2 of us-east-1_Test00001: attributes: invalid type: integer `7`, expected a string",
    ),
    (
        "UPDATE users SET attributes = json_set(attributes, '$.sub', 'x') WHERE row = 2",
        "users row 2 of us-east-1_Test00001: sub is among the attributes",
    ),
    (
        "UPDATE users SET search_keys = '{\"name\": \"é\"}' WHERE row = 2",
        "users row 2 of us-east-1_Test00001: search_keys do not follow from the attributes",
    ),
    (
        "UPDATE users SET attributes = json_set(attributes, '$.name', 'É') WHERE row = 2",
        "users row 2 of us-east-1_Test00001: search_keys do not follow from the attributes",
    ),
    (
        "UPDATE users SET username_key = 'mari' WHERE row = 2",
        "users row 2 of us-east-1_Test00001: username_key is not what the pool finds the username by",
    ),
    (
        "UPDATE users SET username_key = username WHERE pool = 4",
        "users row 5 of us-east-1_Careless1: username_key is not what the pool finds the username by",
    ),
    (
        "UPDATE user_counts SET users = users + 1 WHERE pool = 1",
        "user_counts row 1 of us-east-1_Test00001: 3 users are counted, and there are 2",
    ),
    (
        "DELETE FROM user_counts WHERE pool = 2",
        "user_counts row 2 of us-east-1_Test00002: 0 users are counted, and there are 1",
    ),
    (
        "DELETE FROM user_aliases WHERE attribute = 'email' AND pool = 1",
        "users row 1 of us-east-1_Test00001: the names that the user is found by do not follow from the user's email",
    ),
    (
        "UPDATE user_aliases SET value = '+12065550111' WHERE attribute = 'phone_number'",
        "users row 1 of us-east-1_Test00001: the names that the user is found by do not follow from the user's phone_number",
    ),
    (
        "INSERT INTO user_aliases VALUES (1, 'mary@example.com', 'email', 2)",
        "users row 2 of us-east-1_Test00001: the names that the user is found by do not follow from the user's email",
    ),
    (
        "UPDATE user_aliases SET value = 'Diego@Example.com' WHERE pool = 4",
        "users row 5 of us-east-1_Careless1: the names that the user is found by do not follow from the user's email",
    ),
    (
        "UPDATE user_aliases SET pool = 2 WHERE attribute = 'email' AND pool = 1",
        "user_aliases row 1 of us-east-1_Test00001: the user is found in another pool",
    ),
    (
        "UPDATE passwords SET verifier = zeroblob(384) WHERE user_row = 1",
        "passwords row 1 of us-east-1_Test00001: the SRP number is zero or too large",
    ),
    (
        "UPDATE passwords SET verifier = CAST(verifier || x'00' AS BLOB), salt = x'0000' WHERE user_row = 1",
        "passwords row 1 of us-east-1_Test00001: the SRP number is zero or too large",
    ),
    (
        "UPDATE passwords SET username = 'Somebody' WHERE user_row = 1",
        "passwords row 1 of us-east-1_Test00001: the password was made with another user's name",
    ),
    (
        "UPDATE passwords SET username = upper((SELECT username FROM users WHERE row = 1)) WHERE user_row = 1",
        "passwords row 1 of us-east-1_Test00001: the pool does not know of passwords that were made with usernames in mixed case",
    ),
    (
        "UPDATE passwords SET temporary = 2 WHERE user_row = 1",
        "passwords row 1 of us-east-1_Test00001: temporary is 2, neither 0 nor 1",
    ),
    (
        "UPDATE passwords SET set_ms = 1795357380500000 WHERE user_row = 1",
        "passwords row 1 of us-east-1_Test00001: set_ms is 1795357380500000, which is no date",
    ),
    (
        "UPDATE device_attributes SET confirmed = 2 WHERE device_key LIKE '%8000-000000000001'",
        "device_attributes row us-east-1_aaaaaaaa-0000-4000-8000-000000000001 of us-east-1_Test00001: confirmed is 2, neither 0 nor 1",
    ),
    (
        "UPDATE device_attributes SET remembered = -1 WHERE device_key LIKE '%8000-000000000001'",
        "device_attributes row us-east-1_aaaaaaaa-0000-4000-8000-000000000001 of us-east-1_Test00001: remembered is -1, neither 0 nor 1",
    ),
    (
        "UPDATE device_attributes SET remembered = 1 WHERE NOT confirmed",
        "device_attributes row us-east-1_aaaaaaaa-0000-4000-8000-000000000003 of us-east-1_Test00001: the device is remembered, but was never confirmed",
    ),
    (
        "UPDATE device_attributes SET authenticated_s = 1715100742022 WHERE device_key LIKE '%8000-000000000001'",
        "device_attributes row us-east-1_aaaaaaaa-0000-4000-8000-000000000001 of us-east-1_Test00001: authenticated_s is 1715100742022, which is no date",
    ),
    (
        "UPDATE devices SET device_key = 'phone' WHERE device_key LIKE '%8000-000000000001'",
        "devices row phone of us-east-1_Test00001: 1 validation error detected: Value 'phone' at 'deviceKey' failed to satisfy \
         constraint: Member must satisfy regular expression pattern: [\\w-]+_[0-9a-f-]+",
    ),
    (
        "UPDATE devices SET device_key = replace(device_key, 'us-east-1', 'eu-west-1') WHERE device_key LIKE '%8000-000000000001'",
        "devices row eu-west-1_aaaaaaaa-0000-4000-8000-000000000001 of us-east-1_Test00001: the device key 'eu-west-1_aaaaaaaa-0000-4000-8000-000000000001' is not of the \
         pool's Region",
    ),
    (
        "UPDATE device_attributes SET name = CAST(x'44e9766963' AS TEXT) WHERE device_key LIKE '%8000-000000000001'",
        "device_attributes row us-east-1_aaaaaaaa-0000-4000-8000-000000000001 of us-east-1_Test00001: invalid utf-8 sequence of 1 bytes from index 1",
    ),
    (
        "INSERT INTO outbox (id, pool, user_row, medium, destination, purpose, code, message, created_ms, expires_ms, attempts,
             delivered_ms, failed_ms)
         VALUES (7, 1, 1, 'EMAIL', 'x', 'Authentication', '1', 'm', 1, 2, 1, 3, 4)",
        "outbox row 7 of us-east-1_Test00001: the message was delivered, and has failed",
    ),
    (
        "INSERT INTO wrong_codes VALUES (x'00', 1, 0)",
        "wrong_codes row 1 of no pool: session has 1 bytes, not 16",
    ),
    (
        "INSERT INTO wrong_codes VALUES (zeroblob(16), 0, 0)",
        "wrong_codes row 1 of no pool: count is 0, which is no count",
    ),
    (
        "UPDATE pools SET threat_protection = TRUE WHERE row = 1",
        "pools row 1 of us-east-1_Test00001: the columns taken out of settings are not what settings say",
    ),
    (
        "INSERT INTO auth_events (user_row, number, event_id, event_type, response, created_ms) VALUES (2, 1, 'e', 'Lost', 'Pass', 0)",
        "auth_events row 2 of us-east-1_Test00001: unknown variant `Lost`",
    ),
    (
        "INSERT INTO auth_events (user_row, number, event_id, event_type, response, created_ms) VALUES (2, 1, '', 'SignIn', 'Pass', 0)",
        "auth_events row 2 of us-east-1_Test00001: event_id is empty",
    ),
    (
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 201)
         INSERT INTO auth_events (user_row, number, event_id, event_type, response, created_ms)
         SELECT 2, i, 'e' || i, 'SignIn', 'Pass', 0 FROM n",
        "auth_events row 2 of us-east-1_Test00001: the user has 201 events",
    ),
    (
        "DELETE FROM device_attributes WHERE device_key LIKE '%8000-000000000001'",
        "devices row us-east-1_aaaaaaaa-0000-4000-8000-000000000001 of us-east-1_Test00001: the device has no attributes",
    ),
];

#[test]
fn each_record_that_is_not_as_it_must_be_is_told_in_one_line_with_its_place() {
    let tool = Tool::new();
    tool.apply_seed(&rich());
    assert_eq!(tool.run("backup whole.db").code, 0);
    let mut missed = Vec::new();
    for (damage, line) in DAMAGES {
        assert_eq!(
            tool.run("backup --replace --database whole.db damaged.db")
                .code,
            0
        );
        let file = rusqlite::Connection::open(tool.path("damaged.db")).unwrap();
        let changed = file.execute(damage, []).unwrap();
        assert!(changed > 0, "{damage}");
        drop(file);
        let outcome = tool.run("check --deep --database damaged.db");
        assert_eq!(outcome.code, 1, "{damage}: {outcome:?}");
        let found: Vec<&str> = outcome
            .stdout
            .lines()
            .filter_map(|line| line.strip_prefix("Record     "))
            .collect();
        if !found.iter().any(|found| found.starts_with(line)) {
            missed.push((damage, line, outcome.stdout.clone()));
        }
        assert!(!outcome.stdout.contains("Records    ok"));
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn columns_that_do_not_say_what_the_settings_say_are_told() {
    let tool = Tool::new();
    tool.apply_seed(&rich());
    let path = tool.path("data/poolhouse.db");
    // Moves the write-ahead log into the file, which is then the whole registry.
    rusqlite::Connection::open(&path)
        .unwrap()
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    // No statement can write a generated column, so the test changes a byte of the file: the first of two places is the column.
    let mut bytes = std::fs::read(&path).unwrap();
    let column = br#"["email","phone_number","preferred_username"]"#;
    let at: Vec<usize> = (0..bytes.len() - column.len())
        .filter(|at| bytes[*at..].starts_with(column))
        .collect();
    assert_eq!(at.len(), 2, "the column, and the settings themselves");
    bytes[at[0] + 2..at[0] + 7].copy_from_slice(b"phone");
    std::fs::write(&path, bytes).unwrap();
    let outcome = tool.run("check --deep");
    assert_eq!(outcome.code, 1, "{outcome:?}");
    let line = format!(
        "pools row 1 of {POOL}: the columns taken out of settings are not what settings say"
    );
    assert!(outcome.stdout.contains(&line), "{outcome:?}");
}

#[test]
fn of_many_rows_with_the_same_fault_some_are_told_and_the_others_counted() {
    let tool = Tool::new();
    assert_eq!(tool.run("seed generate --create --users 100").code, 0);
    let file = tool.file();
    file.execute("UPDATE device_attributes SET confirmed = 3", [])
        .unwrap();
    let outcome = tool.run("check --deep");
    let told = outcome
        .stdout
        .lines()
        .filter(|line| line.contains("confirmed is 3"));
    assert_eq!((outcome.code, told.count()), (1, 20));
    assert!(
        outcome
            .stdout
            .ends_with("Record     device_attributes: 80 more rows like the last\n"),
        "{outcome:?}"
    );
    assert_eq!(
        outcome.stderr,
        "poolhouse: there are records that are not as they must be\n"
    );
    assert_eq!(tool.run("check").code, 0, "without --deep nobody looks");
}

#[test]
fn a_row_that_belongs_to_nothing_is_damage() {
    let tool = Tool::new();
    tool.apply_seed(&rich());
    let file = tool.file();
    file.pragma_update(None, "foreign_keys", false).unwrap();
    file.execute("DELETE FROM users WHERE row = 1", []).unwrap();
    let outcome = tool.run("check --deep");
    assert_eq!(outcome.code, 4, "{outcome:?}");
    assert!(
        outcome
            .stdout
            .contains("a row of devices refers to a row of users that is not there"),
        "{outcome:?}"
    );
}
