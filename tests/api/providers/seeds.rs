//! Identity providers and identities in seeds and exports.

use serde_json::{Value, json};

use super::{SECRET, call, describe, details};
use crate::world::{POOL, Pool, Tool, registry};

/// The registry with a provider, and a user who is linked to an identity at it.
fn with_provider() -> Value {
    let mut seed = registry();
    let pool = &mut seed["UserPools"][0];
    pool["IdentityProviders"] = json!([{"ProviderName": "Login", "ProviderType": "OIDC", "ProviderDetails": details(),
        "AttributeMapping": {"username": "sub"}, "IdpIdentifiers": [], "CreationDate": 1_715_100_742.022,
        "LastModifiedDate": 1_715_100_742.022}]);
    let identity = json!([{"userId": "12", "providerName": "Login", "providerType": "OIDC", "issuer": null, "primary": false,
        "dateCreated": 1}]);
    let attributes = pool["Users"][0]["UserAttributes"].as_array_mut().unwrap();
    attributes.push(json!({"Name": "identities", "Value": identity.to_string()}));
    seed
}

#[test]
fn an_export_has_the_providers_with_their_secrets_and_applies_again() {
    let tool = Tool::new();
    tool.apply_seed(&with_provider());
    assert_eq!(tool.run("seed export copy.json").code, 0);
    let copy = std::fs::read(tool.path("copy.json")).unwrap();
    let copy: Value = serde_json::from_slice(&copy).unwrap();
    let providers = |seed: &Value| seed["UserPools"][0]["IdentityProviders"].clone();
    assert_eq!(providers(&copy), providers(&with_provider()));
    let again = tool.run("seed apply copy.json");
    assert!(again.stdout.contains("0 created, 0 updated"), "{again:?}");
    tool.write_json("copy.json", &copy);
    let elsewhere = tool.run("seed apply --create --database elsewhere.db copy.json");
    assert_eq!(elsewhere.code, 0, "{elsewhere:?}");
    assert_eq!(tool.run("check --deep --database elsewhere.db").code, 0);
    assert_eq!(tool.run("check --deep").code, 0);
}

#[test]
fn a_seed_s_user_is_found_by_the_identities_that_the_user_shows() {
    let app = Pool::new(POOL).setup().seeded(with_provider()).start();
    assert_eq!(
        describe(&app, "Login")["ProviderDetails"]["client_secret"],
        SECRET
    );
    let identity = json!({"ProviderName": "Login", "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": "12"});
    let link = json!({"SourceUser": identity, "DestinationUser": {"ProviderName": "Cognito", "ProviderAttributeValue": "mary"}});
    call(&app, "AdminLinkProviderForUser", link).refused(
        "InvalidParameterException",
        "SourceUser is already linked to DestinationUser",
    );
}

#[test]
fn what_describing_a_provider_printed_is_a_seed() {
    // AWS does not print the private key.
    let printed = json!({"IdentityProvider": {"UserPoolId": POOL, "ProviderName": "SignInWithApple",
        "ProviderType": "SignInWithApple", "AttributeMapping": {"email": "email"}, "IdpIdentifiers": [],
        "ProviderDetails": {"client_id": "a", "team_id": "t", "key_id": "k", "authorize_scopes": "email",
            "attributes_url_add_attributes": "false", "oidc_issuer": "https://appleid.apple.com"}}});
    let app = Pool::new(POOL).setup().seeded(printed).start();
    assert_eq!(
        describe(&app, "SignInWithApple")["ProviderDetails"]["team_id"],
        "t"
    );
}

#[test]
fn a_seed_is_refused_where_an_operation_would_refuse_its_provider() {
    let tool = Tool::new();
    tool.apply_seed(&registry());
    for (provider, why) in [
        (json!({"ProviderType": "OIDC"}), "ProviderName is missing"),
        (json!({"ProviderName": "Login"}), "ProviderType is missing"),
        (
            json!({"ProviderName": "Login", "ProviderType": "Google"}),
            "Provider Login cannot be of type Google.",
        ),
        (
            json!({"ProviderName": "Login", "ProviderType": "OIDC", "AttributeMapping": {"custom:no": "x"}}),
            "AttributeMapping contains invalid mapping: [custom:no]",
        ),
    ] {
        let seed = json!({"UserPool": {"Id": POOL}, "IdentityProviders": [provider]});
        tool.write_json("bad.json", &seed);
        let outcome = tool.run("seed apply bad.json");
        let why = format!("IdentityProviders[0]: {why}");
        assert!(
            outcome.code == 3 && outcome.stderr.contains(&why),
            "{outcome:?}"
        );
    }
}
