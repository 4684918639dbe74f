//! Identity providers from creation to deletion.

use serde_json::{Value, json};

use super::{call, create, describe, details, invalid, oidc};
use crate::world::{App, FOREIGN_POOL, NOW, POOL, UNKNOWN_POOL, UNTRACKED_POOL};

fn unknown(name: &str) -> String {
    format!("Identity provider {name} for tenantId {POOL} does not exist.")
}

#[test]
fn a_provider_shows_its_secret_and_what_the_type_adds() {
    let app = App::with_devices();
    let mut shown_details = details();
    shown_details["attributes_url_add_attributes"] = json!("false");
    let mut expected = json!({"UserPoolId": POOL, "ProviderName": "Login", "ProviderType": "OIDC",
        "ProviderDetails": shown_details, "AttributeMapping": {"username": "sub"}, "CreationDate": NOW, "LastModifiedDate": NOW});
    assert_eq!(
        create(&app, "Login", json!({})),
        expected,
        "identifiers are not shown"
    );
    expected["IdpIdentifiers"] = json!([]);
    assert_eq!(describe(&app, "Login"), expected);
    let given = json!({"IdpIdentifiers": ["example.com"], "AttributeMapping": {"email": "mail", "username": "uid"},
        "AcrMapping": {"Level2": "urn:mfa"}});
    let other = create(&app, "Other", given.clone());
    for member in ["IdpIdentifiers", "AttributeMapping", "AcrMapping"] {
        assert_eq!(other[member], given[member]);
    }
    assert_eq!(describe(&app, "Other"), other);
}

#[test]
fn a_provider_is_found_by_an_identifier() {
    let app = App::with_devices();
    create(
        &app,
        "Login",
        json!({"IdpIdentifiers": ["a.example", "b.example"]}),
    );
    create(&app, "Other", json!({"IdpIdentifiers": ["c.example"]}));
    let get = |identifier: &str| {
        let input = json!({"IdpIdentifier": identifier});
        call(&app, "GetIdentityProviderByIdentifier", input)
    };
    assert_eq!(
        get("b.example").ok()["IdentityProvider"],
        describe(&app, "Login")
    );
    assert_eq!(
        get("c.example").ok()["IdentityProvider"],
        describe(&app, "Other")
    );
    get("Login").refused(
        "ResourceNotFoundException",
        "Identity provider with identifier Login for tenantId us-east-1_Test00001 does not exist.",
    );
}

#[test]
fn a_name_and_an_identifier_are_taken_once_in_a_pool() {
    let app = App::with_devices();
    create(&app, "Login", json!({"IdpIdentifiers": ["example.com"]}));
    let taken = |input: Value, what: &str| {
        let message = format!("{what} already exists for tenant {POOL}.");
        call(&app, "CreateIdentityProvider", input).refused("DuplicateProviderException", &message);
    };
    taken(oidc("Login", json!({})), "Login");
    taken(
        oidc("Other", json!({"IdpIdentifiers": ["example.com"]})),
        "example.com",
    );
    let twice = oidc("Other", json!({"IdpIdentifiers": ["a", "a"]}));
    invalid(
        &app,
        "CreateIdentityProvider",
        twice,
        "IdpIdentifier a is given more than once.",
    );
    create(
        &app,
        "Login",
        json!({"UserPoolId": UNTRACKED_POOL, "IdpIdentifiers": ["example.com"]}),
    );
    create(&app, "login", json!({}));
    create(&app, "Other", json!({"IdpIdentifiers": ["other"]}));
    let update = json!({"ProviderName": "Other", "IdpIdentifiers": ["example.com"]});
    let message = format!("example.com already exists for tenant {POOL}.");
    invalid(&app, "UpdateIdentityProvider", update, &message);
}

#[test]
fn an_unknown_provider_is_refused_in_the_words_of_the_operation() {
    let app = App::with_devices();
    create(&app, "Elsewhere", json!({"UserPoolId": UNTRACKED_POOL}));
    let not_found = "ResourceNotFoundException";
    for name in ["Nobody", "Elsewhere"] {
        let named = json!({"ProviderName": name});
        call(&app, "DescribeIdentityProvider", named.clone()).refused(not_found, &unknown(name));
        call(&app, "DeleteIdentityProvider", named.clone()).refused(not_found, &unknown(name));
        let message = format!("Identity provider {name} in User Pool {POOL} does not exist.");
        call(&app, "UpdateIdentityProvider", named).refused(not_found, &message);
    }
    for operation in ["UpdateIdentityProvider", "DeleteIdentityProvider"] {
        call(&app, operation, json!({"ProviderName": "COGNITO"})).refused(
            "UnsupportedIdentityProviderException",
            "The identity provider is not supported.",
        );
    }
}

#[test]
fn every_operation_refuses_an_unknown_pool_and_one_of_another_account() {
    let app = App::with_devices();
    let identity = json!({"ProviderName": "Login", "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": "1"});
    let all = json!({"IdpIdentifier": "x", "SourceUser": identity, "DestinationUser": identity, "User": identity});
    for operation in [
        "CreateIdentityProvider",
        "DescribeIdentityProvider",
        "GetIdentityProviderByIdentifier",
        "ListIdentityProviders",
        "UpdateIdentityProvider",
        "DeleteIdentityProvider",
        "AdminLinkProviderForUser",
        "AdminDisableProviderForUser",
    ] {
        let mut input = oidc("Login", all.clone());
        input["UserPoolId"] = json!(UNKNOWN_POOL);
        call(&app, operation, input.clone()).refused(
            "ResourceNotFoundException",
            "User pool us-east-1_Nowhere01 does not exist.",
        );
        input["UserPoolId"] = json!(FOREIGN_POOL);
        call(&app, operation, input).refused(
            "NotAuthorizedException",
            &format!("Not authorized to access user pool {FOREIGN_POOL}."),
        );
    }
}

#[test]
fn providers_are_listed_by_name_without_their_details() {
    let app = App::with_devices();
    let names: Vec<String> = (0..51).map(|number| format!("Login{number:02}")).collect();
    for name in names.iter().rev() {
        create(&app, name, json!({}));
    }
    let list = |input: Value| {
        let answer = call(&app, "ListIdentityProviders", input).ok();
        (
            answer["Providers"].clone(),
            answer.get("NextToken").cloned(),
        )
    };
    let description = |name: &str| json!({"ProviderName": name, "ProviderType": "OIDC", "CreationDate": NOW, "LastModifiedDate": NOW});
    let expected = |names: &[String]| {
        names
            .iter()
            .map(|name| description(name))
            .collect::<Value>()
    };
    for input in [
        json!({}),
        json!({"MaxResults": 0}),
        json!({"MaxResults": 60}),
    ] {
        let (first, token) = list(input);
        assert_eq!(first, expected(&names[..50]));
        assert_eq!(
            list(json!({"NextToken": token})),
            (expected(&names[50..]), None)
        );
    }
    let (first, _) = list(json!({"MaxResults": 2}));
    assert_eq!(first, expected(&names[..2]));
    let bad = json!({"NextToken": "nonsense"});
    invalid(
        &app,
        "ListIdentityProviders",
        bad,
        "Invalid pagination token given.",
    );
}

#[test]
fn a_deleted_provider_leaves_its_name_in_clients() {
    let app = App::with_devices();
    create(&app, "Login", json!({}));
    let providers = json!(["COGNITO", "Login"]);
    let client = json!({"ClientName": "c", "SupportedIdentityProviders": providers});
    let client = call(&app, "CreateUserPoolClient", client).ok()["UserPoolClient"].clone();
    assert_eq!(client["SupportedIdentityProviders"], providers);
    let answer = call(
        &app,
        "DeleteIdentityProvider",
        json!({"ProviderName": "Login"}),
    );
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    let named = json!({"ClientId": client["ClientId"]});
    let shown = call(&app, "DescribeUserPoolClient", named).ok();
    assert_eq!(
        shown["UserPoolClient"]["SupportedIdentityProviders"],
        providers
    );
    let update = json!({"ClientId": client["ClientId"], "SupportedIdentityProviders": providers});
    call(&app, "UpdateUserPoolClient", update).ok();
    let other = json!({"ClientName": "d", "SupportedIdentityProviders": ["Login"]});
    let message = "The provider Login does not exist for User Pool us-east-1_Test00001.";
    invalid(&app, "CreateUserPoolClient", other, message);
}
