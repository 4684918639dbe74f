//! Settings of an app client that are refused.

use serde_json::{Value, json};

use super::{call, create, describe, page, update};
use crate::world::{App, POOL, Setup};

/// Asserts that these settings are refused by `CreateUserPoolClient` and `UpdateUserPoolClient`.
#[track_caller]
fn refused_whenever_written(app: &App, client: &Value, input: &Value, code: &str, message: &str) {
    for (operation, name, value) in [
        ("CreateUserPoolClient", "ClientName", json!("bad")),
        (
            "UpdateUserPoolClient",
            "ClientId",
            client["ClientId"].clone(),
        ),
    ] {
        let mut input = input.clone();
        input[name] = value;
        call(app, operation, input).refused(code, message);
    }
}

#[test]
fn settings_that_do_not_fit_together_are_refused() {
    let app = App::with_devices();
    let client = create(&app, json!({"ClientName": "good"}));
    let flow = "InvalidOAuthFlowException";
    let parameter = "InvalidParameterException";
    let range = "Invalid range for token validity.";
    for (input, code, message) in [
        (
            json!({"AllowedOAuthFlows": ["code"]}),
            flow,
            "CallbackUrls can not be empty when code flow or implicit flow is selected",
        ),
        (
            json!({"AllowedOAuthFlows": ["implicit"], "CallbackURLs": []}),
            flow,
            "CallbackUrls can not be empty when code flow or implicit flow is selected",
        ),
        (
            json!({"AllowedOAuthFlows": ["client_credentials"]}),
            flow,
            "client_credentials flow can not be selected if client does not have a client secret.",
        ),
        (
            json!({"AllowedOAuthFlows": ["client_credentials", "code"], "CallbackURLs": ["https://example.com"]}),
            flow,
            "client_credentials flow can not be selected along with code flow or implicit flow.",
        ),
        (
            json!({"CallbackURLs": ["https://example.com"], "DefaultRedirectURI": "https://example.org"}),
            parameter,
            "The default redirect URI https://example.org is not in the callback URIs list.",
        ),
        (json!({"AccessTokenValidity": 25}), parameter, range),
        (
            json!({"AccessTokenValidity": 4, "TokenValidityUnits": {"AccessToken": "minutes"}}),
            parameter,
            range,
        ),
        (
            json!({"IdTokenValidity": 2, "TokenValidityUnits": {"IdToken": "days"}}),
            parameter,
            range,
        ),
        (json!({"RefreshTokenValidity": 3651}), parameter, range),
        (
            json!({"RefreshTokenValidity": 59, "TokenValidityUnits": {"RefreshToken": "minutes"}}),
            parameter,
            range,
        ),
    ] {
        refused_whenever_written(&app, &client, &input, code, message);
    }
    assert_eq!(page(&app, json!({})).0, [client["ClientId"].clone()]);
    assert_eq!(describe(&app, &client["ClientId"]), client);
}

#[test]
fn members_that_depend_on_others_are_refused_without_them() {
    let app = App::with_devices();
    let client = create(&app, json!({"ClientName": "good"}));
    let parameter = "InvalidParameterException";
    for (input, code, message) in [
        (
            json!({"AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthScopes": ["openid"]}),
            parameter,
            "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.",
        ),
        (
            json!({"AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["code"], "CallbackURLs": ["https://example.com"]}),
            parameter,
            "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.",
        ),
        (
            json!({"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ADMIN_NO_SRP_AUTH"]}),
            parameter,
            "Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names.",
        ),
        (
            json!({"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
                "RefreshTokenRotation": {"Feature": "ENABLED"}}),
            parameter,
            "ALLOW_REFRESH_TOKEN_AUTH is not a permitted ExplicitAuthFlow when refresh token rotation is enabled",
        ),
        (
            json!({"EnablePropagateAdditionalUserContextData": true}),
            parameter,
            "Client Secret is required to set EnablePropagateAdditionalUserContextData as true",
        ),
        (
            json!({"AnalyticsConfiguration": {"ApplicationId": "d70b2ba36a8c4dc5a04a0451a31a1e12", "ExternalId": "x"}}),
            parameter,
            "Invalid analytics configuration given, either <application arn> or <application id, role arn, external id> are valid",
        ),
        (
            json!({"RefreshTokenValidity": 90, "IdTokenValidity": 2, "TokenValidityUnits": {"RefreshToken": "minutes"}}),
            parameter,
            "Access and Id Token expiration times must be less than or equal to refresh token expiration times.",
        ),
        (
            json!({"SupportedIdentityProviders": ["COGNITO", "Google"]}),
            parameter,
            "The provider Google does not exist for User Pool us-east-1_Test00001.",
        ),
        (
            json!({"AllowedOAuthScopes": ["openid", "shop/read"]}),
            "ScopeDoesNotExistException",
            "Invalid scope requested: shop/read",
        ),
    ] {
        refused_whenever_written(&app, &client, &input, code, message);
    }
    assert_eq!(page(&app, json!({})).0, [client["ClientId"].clone()]);
    assert_eq!(describe(&app, &client["ClientId"]), client);
}

#[test]
fn addresses_that_users_are_sent_to_are_absolute_and_encrypted_or_local() {
    let app = App::with_devices();
    let given = |member: &str, url: &str| {
        let mut input = json!({"ClientName": "c"});
        input[member] = json!([url]);
        call(&app, "CreateUserPoolClient", input)
    };
    for url in [
        "https://example.com",
        "HTTPS://example.com:8443/a?b=c",
        "http://localhost",
        "http://localhost:3000/callback",
        "http://127.0.0.1:8080",
        "http://[::1]:8080/",
        "http://localhost?a=b",
        "myapp://example",
        "com.example.app:/callback",
        "exp+app-1.x://host",
    ] {
        for member in ["CallbackURLs", "LogoutURLs"] {
            assert_eq!(given(member, url).status, 200, "{member}: {url}");
        }
    }
    for (url, why) in [
        ("http://example.com", "cannot use the HTTP protocol."),
        ("HTTP://example.com/x", "cannot use the HTTP protocol."),
        (
            "http://localhost.example.com",
            "cannot use the HTTP protocol.",
        ),
        (
            "http://localhost@example.com",
            "cannot use the HTTP protocol.",
        ),
        (
            "http://localhost:3000@example.com",
            "cannot use the HTTP protocol.",
        ),
        ("http://127.0.0.2", "cannot use the HTTP protocol."),
        ("http://", "cannot use the HTTP protocol."),
        ("https://", "is not an absolute URI."),
        ("https:///path", "is not an absolute URI."),
        ("http:localhost", "is not an absolute URI."),
        ("example.com/callback", "is not an absolute URI."),
        ("/callback", "is not an absolute URI."),
        ("1app://x", "is not an absolute URI."),
        ("myapp:", "is not an absolute URI."),
        ("://x", "is not an absolute URI."),
    ] {
        for member in ["CallbackURLs", "LogoutURLs"] {
            given(member, url).refused("InvalidParameterException", &format!("{url} {why}"));
        }
    }
    given("CallbackURLs", "https://example.com/#/home").refused(
        "InvalidParameterException",
        "https://example.com/#/home cannot use fragment",
    );
    assert_eq!(
        given("LogoutURLs", "https://example.com/#/home").status,
        200
    );
}

#[test]
fn a_secret_is_not_both_drawn_and_brought_along() {
    let app = App::with_devices();
    let both = json!({"ClientName": "c", "GenerateSecret": true, "ClientSecret": "a_secret_of_its_own_00000000"});
    call(&app, "CreateUserPoolClient", both).refused(
        "InvalidParameterException",
        "ClientSecret cannot be provided when GenerateSecret is true.",
    );
    let machine = json!({"ClientName": "c", "GenerateSecret": true, "AllowedOAuthFlows": ["client_credentials"],
        "AllowedOAuthScopes": ["openid"]});
    call(&app, "CreateUserPoolClient", machine).refused(
        "InvalidOAuthFlowException",
        "openid is not supported with client_credentials flow",
    );
}

/// The client is one of a pool with an identity provider and a resource server, which Poolhouse does not have.
#[test]
fn a_client_from_elsewhere_keeps_the_providers_and_scopes_that_it_came_with() {
    let client = json!({"ClientId": "fromaws", "ClientName": "web", "SupportedIdentityProviders": ["COGNITO", "Google"],
        "AllowedOAuthScopes": ["openid", "shop/read"], "AllowedOAuthFlows": ["code"], "AllowedOAuthFlowsUserPoolClient": true,
        "CallbackURLs": ["https://example.com/"]});
    let app = Setup::new()
        .seeded(json!({"UserPool": {"Id": POOL, "CustomDomain": "auth.example.com"}, "Clients": [client]}))
        .start();
    let mut input = client;
    input["LogoutURLs"] = json!(["https://example.com/bye"]);
    let updated = update(&app, &json!("fromaws"), input.clone());
    assert_eq!(
        updated["SupportedIdentityProviders"],
        json!(["COGNITO", "Google"])
    );
    assert_eq!(
        updated["AllowedOAuthScopes"],
        json!(["openid", "shop/read"])
    );
    input["SupportedIdentityProviders"] = json!(["Facebook"]);
    call(&app, "UpdateUserPoolClient", input).refused(
        "InvalidParameterException",
        &format!("The provider Facebook does not exist for User Pool {POOL}."),
    );
}

#[test]
fn a_client_reads_and_writes_what_its_pool_has() {
    let app = App::with_devices();
    let schema = json!([{"Name": "email", "Required": true}, {"Name": "team", "AttributeDataType": "String"}]);
    let pool = app
        .call(
            "CreateUserPool",
            &json!({"PoolName": "p", "Schema": schema}),
        )
        .ok();
    let pool = pool["UserPool"]["Id"].clone();
    let input = |read: Value, write: Value| json!({"UserPoolId": pool, "ClientName": "c", "ReadAttributes": read, "WriteAttributes": write});
    let client = create(
        &app,
        input(
            json!(["sub", "custom:team"]),
            json!(["email", "custom:team"]),
        ),
    );
    let refused = |operation: &str, mut input: Value, message: &str| {
        input["ClientId"] = client["ClientId"].clone();
        call(&app, operation, input).refused("InvalidParameterException", message);
    };
    refused(
        "CreateUserPoolClient",
        input(json!(["custom:nothing"]), json!([])),
        "Invalid read attributes specified while creating a client",
    );
    for write in ["custom:nothing", "name", "email_verified", "sub"] {
        // Without the email, which is required, or with attributes that no client may write.
        let write = if write == "name" {
            json!([write])
        } else {
            json!(["email", write])
        };
        refused(
            "UpdateUserPoolClient",
            input(json!([]), write.clone()),
            "Invalid write attributes specified while updating a client",
        );
        refused(
            "CreateUserPoolClient",
            input(json!([]), write),
            "Invalid write attributes specified while creating a client",
        );
    }
}
