//! What providers of each type need, and what is shown of them.

use serde_json::{Value, json};

use super::{call, details, invalid, oidc};
use crate::world::App;

const CREATE: &str = "CreateIdentityProvider";

fn social(name: &str, details: Value) -> Value {
    json!({"ProviderName": name, "ProviderType": name, "ProviderDetails": details})
}

fn common() -> Value {
    json!({"client_id": "app", "client_secret": "s", "authorize_scopes": "openid email"})
}

#[test]
fn a_social_provider_is_named_after_its_type_and_no_other_is() {
    let app = App::with_devices();
    for (name, of) in [
        ("MyGoogle", "Google"),
        ("google", "Google"),
        ("Facebook", "Google"),
        ("Google", "OIDC"),
        ("COGNITO", "OIDC"),
        ("Cognito", "SAML"),
    ] {
        let mut input = social("Google", common());
        input["ProviderName"] = json!(name);
        input["ProviderType"] = json!(of);
        let message = format!("Provider {name} cannot be of type {of}.");
        invalid(&app, CREATE, input, &message);
    }
}

#[test]
fn the_addresses_of_a_social_provider_are_shown_with_it() {
    let app = App::with_devices();
    for (name, username, added) in [
        (
            "Google",
            "sub",
            json!({"attributes_url": "https://people.googleapis.com/v1/people/me?personFields=",
                "attributes_url_add_attributes": "true", "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth",
                "oidc_issuer": "https://accounts.google.com", "token_request_method": "POST",
                "token_url": "https://www.googleapis.com/oauth2/v4/token"}),
        ),
        (
            "Facebook",
            "id",
            json!({"attributes_url": "https://graph.facebook.com/me?fields=", "attributes_url_add_attributes": "true",
                "authorize_url": "https://www.facebook.com/v17.0/dialog/oauth", "token_request_method": "GET",
                "token_url": "https://graph.facebook.com/v17.0/oauth/access_token"}),
        ),
        (
            "LoginWithAmazon",
            "user_id",
            json!({"attributes_url": "https://api.amazon.com/user/profile", "attributes_url_add_attributes": "false",
                "authorize_url": "https://www.amazon.com/ap/oa", "token_request_method": "POST",
                "token_url": "https://api.amazon.com/auth/o2/token"}),
        ),
    ] {
        let shown = call(&app, CREATE, social(name, common())).ok()["IdentityProvider"].clone();
        let mut expected = common();
        crate::world::merge(&mut expected, added);
        assert_eq!(shown["ProviderDetails"], expected, "{name}");
        assert_eq!(shown["AttributeMapping"], json!({"username": username}));
    }
    let mut versioned = common();
    versioned["api_version"] = json!("v19.0");
    let input = json!({"ProviderName": "Facebook", "ProviderDetails": versioned});
    let shown = call(&app, "UpdateIdentityProvider", input).ok();
    let details = &shown["IdentityProvider"]["ProviderDetails"];
    assert_eq!(
        details["attributes_url"],
        "https://graph.facebook.com/v19.0/me?fields="
    );
    assert_eq!(
        details["authorize_url"],
        "https://www.facebook.com/v19.0/dialog/oauth"
    );
}

#[test]
fn the_private_key_of_apple_is_not_shown() {
    let app = App::with_devices();
    let given = json!({"client_id": "app", "team_id": "team", "key_id": "key", "private_key": "pem", "authorize_scopes": "email"});
    let shown = call(&app, CREATE, social("SignInWithApple", given)).ok();
    let details = &shown["IdentityProvider"]["ProviderDetails"];
    assert_eq!(details["private_key"], Value::Null);
    assert_eq!(details["team_id"], "team");
    assert_eq!(details["token_url"], "https://appleid.apple.com/auth/token");
}

#[test]
fn a_detail_that_the_type_needs_is_missed() {
    let app = App::with_devices();
    let without = |mut details: Value, name: &str| {
        details.as_object_mut().unwrap().remove(name);
        details
    };
    for name in ["client_id", "client_secret", "authorize_scopes"] {
        let input = social("Google", without(common(), name));
        let message = "client_id, client_secret and authorize_scopes are all required idp details";
        invalid(&app, CREATE, input, message);
    }
    let message =
        "client_id, team_id, key_id, private_key and authorize_scopes are all required idp details";
    invalid(&app, CREATE, social("SignInWithApple", common()), message);
    for name in [
        "client_id",
        "attributes_request_method",
        "oidc_issuer",
        "authorize_scopes",
    ] {
        let mut input = oidc("Login", json!({}));
        input["ProviderDetails"] = without(details(), name);
        let message = "client_id, attributes_request_method, oidc_issuer and authorize_scopes are all required idp details";
        invalid(&app, CREATE, input, message);
    }
    // A public client has no secret.
    let mut input = oidc("Public", json!({}));
    input["ProviderDetails"] = without(details(), "client_secret");
    call(&app, CREATE, input).ok();
    for (name, value, message) in [
        (
            "attributes_request_method",
            "PUT",
            "attributes_request_method must be GET or POST.",
        ),
        (
            "oidc_issuer",
            "login.example.com",
            "oidc_issuer must be a URL.",
        ),
    ] {
        let input = oidc("Login", json!({"ProviderDetails": {name: value}}));
        invalid(&app, CREATE, input, message);
    }
}

#[test]
fn a_saml_provider_is_kept_by_its_metadata() {
    let app = App::with_devices();
    let saml = |details: Value| json!({"ProviderName": "Corp", "ProviderType": "SAML", "ProviderDetails": details});
    let message = "At least one of the MetadataURL or MetadataFile should be provided.";
    invalid(&app, CREATE, saml(json!({})), message);
    let url = json!({"MetadataURL": "https://idp.example.com/metadata"});
    let shown = call(&app, CREATE, saml(url)).ok()["IdentityProvider"].clone();
    let details = json!({"MetadataURL": "https://idp.example.com/metadata", "IDPSignout": "false"});
    assert_eq!(shown["ProviderDetails"], details);
    assert_eq!(shown.get("AttributeMapping"), None);
    let mut input = saml(json!({"MetadataFile": "<EntityDescriptor/>"}));
    input["ProviderName"] = json!("Other");
    input["AcrMapping"] = json!({"Level1": "x"});
    let message = "AcrMapping is only supported for providers of type OIDC.";
    invalid(&app, CREATE, input, message);
}

#[test]
fn an_unknown_type_is_refused_with_the_list_of_types() {
    let app = App::with_devices();
    let input = oidc("Login", json!({"ProviderType": "NotARealType"}));
    invalid(
        &app,
        CREATE,
        input,
        "1 validation error detected: Value 'NotARealType' at 'providerType' failed to satisfy constraint: Member must satisfy enum \
         value set: [Facebook, SAML, SignInWithApple, LoginWithAmazon, OIDC, Google]",
    );
}

#[test]
fn claims_are_mapped_to_attributes_of_the_pool_alone() {
    let app = App::with_devices();
    let mapping = json!({"email": "email", "custom:team": "team", "custom:desk": "desk"});
    let input = oidc("Login", json!({"AttributeMapping": mapping}));
    let message = "AttributeMapping contains invalid mapping: [custom:desk, custom:team]";
    invalid(&app, CREATE, input.clone(), message);
    let attributes = json!([{"Name": "team", "AttributeDataType": "String"}, {"Name": "desk", "AttributeDataType": "String"}]);
    call(
        &app,
        "AddCustomAttributes",
        json!({"CustomAttributes": attributes}),
    )
    .ok();
    let shown = call(&app, CREATE, input).ok();
    let expected =
        json!({"email": "email", "custom:team": "team", "custom:desk": "desk", "username": "sub"});
    assert_eq!(shown["IdentityProvider"]["AttributeMapping"], expected);
}
