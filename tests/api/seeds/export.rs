//! `seed export`: the same registry elsewhere, with secrets only on demand.

use serde_json::{Value, json};

use super::{pool, refusal};
use crate::world::{
    Client, FLOWS, PASSWORD, POOL, Tool, WEB, bytes, device, registry, respond, sign_in_by_password,
};

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

/// A pool with every member of a seed but users.
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
    let client = server.client();
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
    // SMS is no factor in a pool without an SMS configuration.
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

/// A pool with a client, and a user who signs in with a remembered device.
fn with_device_secret() -> Value {
    let secret = json!({"PasswordVerifier": "AJ8SNFY=", "Salt": "ANoLcQ=="});
    let mut seed = pool(json!([{
        "Username": "ana", "Password": PASSWORD,
        "Devices": [{"DeviceKey": device::REMEMBERED, "DeviceGroupKey": "-uXyZ1234", "DeviceSecretVerifierConfig": secret,
            "DeviceAttributes": [{"Name": "dev:device_remembered_status", "Value": "remembered"}]}],
    }]));
    seed["Clients"] = json!([{"ClientId": WEB.id, "ExplicitAuthFlows": FLOWS}]);
    seed
}

/// Signs Ana in until her device must prove itself. Returns the parameters of that challenge.
fn challenge_of_the_device(client: &Client) -> Value {
    let key = [("DEVICE_KEY", device::REMEMBERED)];
    let answer = sign_in_by_password(client, WEB, "ana", PASSWORD, &key).ok();
    assert_eq!(answer["ChallengeName"], "DEVICE_SRP_AUTH", "{answer}");
    let responses =
        json!({"USERNAME": "ana", "DEVICE_KEY": device::REMEMBERED, "SRP_A": "ab".repeat(384)});
    let answer = respond(client, WEB, "DEVICE_SRP_AUTH", &answer, responses).ok();
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
    let asked = challenge_of_the_device(&server.client());
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
    challenge_of_the_device(&server.client());
    let jwks = |server: &crate::world::Server| {
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
    challenge_of_the_device(&server.client());
    let mut broken = exported;
    broken["UserPools"][0]["Keys"]["IdTokenKey"] = json!("AQ==");
    assert_eq!(
        refusal(&broken),
        "UserPools[0].Keys: IdTokenKey is not that of an export"
    );
}
