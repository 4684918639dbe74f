//! The life of an app client: what Cognito fills in, its secret, what an update resets, and what is refused.

use std::time::Duration;

use serde_json::{Value, json};

use crate::app::{Answer, App, FOREIGN_POOL, POOL, Setup, UNTRACKED_POOL, registry};

/// The standing clock, as answers write it.
const NOW: f64 = 1_795_357_380.5;

fn call(app: &App, operation: &str, mut input: Value) -> Answer {
    if input.get("UserPoolId").is_none() {
        input["UserPoolId"] = json!(POOL);
    }
    app.call(operation, &input)
}

fn create(app: &App, input: Value) -> Value {
    call(app, "CreateUserPoolClient", input).ok()["UserPoolClient"].clone()
}

fn describe(app: &App, id: &Value) -> Value {
    call(app, "DescribeUserPoolClient", json!({"ClientId": id})).ok()["UserPoolClient"].clone()
}

fn update(app: &App, id: &Value, mut input: Value) -> Value {
    input["ClientId"] = id.clone();
    call(app, "UpdateUserPoolClient", input).ok()["UserPoolClient"].clone()
}

/// The ids of a page, and the token of the next.
fn page(app: &App, input: Value) -> (Vec<Value>, Option<Value>) {
    let answer = call(app, "ListUserPoolClients", input).ok();
    let clients = answer["UserPoolClients"].as_array().unwrap();
    let ids = clients.iter().map(|client| client["ClientId"].clone());
    (ids.collect(), answer.get("NextToken").cloned())
}

fn is_drawn(text: &Value, length: usize) -> bool {
    let text = text.as_str().unwrap();
    text.len() == length
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// A client of which nothing but its name was said.
fn defaults(id: &Value, name: &str) -> Value {
    json!({
        "ClientId": id,
        "ClientName": name,
        "UserPoolId": POOL,
        "CreationDate": NOW,
        "LastModifiedDate": NOW,
        "RefreshTokenValidity": 30,
        "TokenValidityUnits": {},
        "AllowedOAuthFlowsUserPoolClient": false,
        "EnableTokenRevocation": true,
        "EnablePropagateAdditionalUserContextData": false,
        "AuthSessionValidity": 3,
    })
}

#[test]
fn a_new_client_shows_every_default_and_has_no_secret() {
    let app = App::with_devices();
    let client = create(&app, json!({"ClientName": "plain"}));
    assert!(is_drawn(&client["ClientId"], 26), "{client}");
    assert_eq!(client, defaults(&client["ClientId"], "plain"));
    assert_eq!(describe(&app, &client["ClientId"]), client);
}

#[test]
fn a_secret_is_drawn_or_brought_along_and_survives_updates() {
    let app = App::with_devices();
    let drawn = create(&app, json!({"ClientName": "drawn", "GenerateSecret": true}));
    assert!(is_drawn(&drawn["ClientSecret"], 51), "{drawn}");
    let brought = "a-secret-of-its-own".replace('-', "_") + "_000000";
    let own = create(&app, json!({"ClientName": "own", "ClientSecret": brought}));
    assert_eq!(own["ClientSecret"], brought);
    for client in [drawn, own] {
        let after = update(&app, &client["ClientId"], json!({}));
        assert_eq!(after, client);
        assert_eq!(describe(&app, &client["ClientId"]), client);
    }
}

/// Settings that say something of everything.
fn settings() -> Value {
    json!({
        "RefreshTokenValidity": 10,
        "AccessTokenValidity": 30,
        "IdTokenValidity": 3600,
        "TokenValidityUnits": {"AccessToken": "minutes", "IdToken": "seconds", "RefreshToken": "days"},
        "ReadAttributes": ["email", "email_verified"],
        "WriteAttributes": ["email"],
        "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        "SupportedIdentityProviders": ["COGNITO"],
        "CallbackURLs": ["https://example.com", "myapp://example"],
        "LogoutURLs": ["https://example.com/logout"],
        "DefaultRedirectURI": "https://example.com",
        "AllowedOAuthFlows": ["code", "implicit"],
        "AllowedOAuthScopes": ["openid", "email"],
        "AllowedOAuthFlowsUserPoolClient": true,
        "AnalyticsConfiguration": {"ApplicationId": "d70b2ba36a8c4dc5a04a0451a31a1e12", "UserDataShared": true,
            "RoleArn": "arn:aws:iam::000000000000:role/analytics", "ExternalId": "x"},
        "PreventUserExistenceErrors": "ENABLED",
        "EnableTokenRevocation": false,
        "EnablePropagateAdditionalUserContextData": true,
        "AuthSessionValidity": 9,
        "RefreshTokenRotation": {"Feature": "DISABLED", "RetryGracePeriodSeconds": 5},
    })
}

#[test]
fn what_was_said_is_shown_as_it_was_said_until_an_update_resets_it() {
    let app = App::with_devices();
    let mut input = settings();
    input["ClientName"] = json!("full");
    input["ClientSecret"] = json!("a_secret_of_its_own_00000000");
    let client = create(&app, input.clone());
    let mut expected = defaults(&client["ClientId"], "full");
    for (name, value) in input.as_object().unwrap() {
        expected[name] = value.clone();
    }
    assert_eq!(client, expected);
    assert_eq!(describe(&app, &client["ClientId"]), client);

    app.clock.advance(Duration::from_mins(1));
    let after = update(&app, &client["ClientId"], json!({}));
    let mut reset = defaults(&client["ClientId"], "full");
    reset["ClientSecret"] = client["ClientSecret"].clone();
    reset["LastModifiedDate"] = json!(NOW + 60.0);
    assert_eq!(after, reset);
    assert_eq!(describe(&app, &client["ClientId"]), reset);

    let mut input = settings();
    input["ClientName"] = json!("renamed");
    let after = update(&app, &client["ClientId"], input);
    expected["ClientName"] = json!("renamed");
    expected["LastModifiedDate"] = json!(NOW + 60.0);
    assert_eq!(after, expected);
}

#[test]
fn a_refresh_token_that_is_good_for_no_time_has_the_default_instead() {
    let app = App::with_devices();
    let client = create(
        &app,
        json!({"ClientName": "zero", "RefreshTokenValidity": 0}),
    );
    assert_eq!(client["RefreshTokenValidity"], 30);
    // The thirty days, in the unit that the client names.
    let units = json!({"RefreshToken": "hours"});
    let client = create(
        &app,
        json!({"ClientName": "c", "TokenValidityUnits": units}),
    );
    assert_eq!(client["RefreshTokenValidity"], 720);
    assert_eq!(describe(&app, &client["ClientId"]), client);
}

/// A new client with these settings is refused, and an old one does not get them.
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

/// `describe-user-pool-client` of a pool that has an identity provider and a resource server, which a pool here has not.
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
        // Without the email, which is required, or with what nobody writes.
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

#[test]
fn an_unknown_client_or_pool_is_refused() {
    let app = App::with_devices();
    let client = create(&app, json!({"ClientName": "c"}))["ClientId"].clone();
    for operation in [
        "DescribeUserPoolClient",
        "UpdateUserPoolClient",
        "DeleteUserPoolClient",
    ] {
        call(&app, operation, json!({"ClientId": "nobody"})).refused(
            "ResourceNotFoundException",
            "User pool client nobody does not exist.",
        );
        let elsewhere = json!({"ClientId": client, "UserPoolId": UNTRACKED_POOL});
        call(&app, operation, elsewhere).refused(
            "ResourceNotFoundException",
            &format!(
                "User pool client {} does not exist.",
                client.as_str().unwrap()
            ),
        );
    }
    for (operation, input) in [
        ("CreateUserPoolClient", json!({"ClientName": "c"})),
        ("DescribeUserPoolClient", json!({"ClientId": client})),
        ("UpdateUserPoolClient", json!({"ClientId": client})),
        ("DeleteUserPoolClient", json!({"ClientId": client})),
        ("ListUserPoolClients", json!({})),
    ] {
        let mut input = input.clone();
        input["UserPoolId"] = json!("us-east-1_Nowhere01");
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
    call(&app, "DescribeUserPoolClient", json!({"ClientId": "a-b"})).refused(
        "InvalidParameterException",
        "1 validation error detected: Value 'a-b' at 'clientId' failed to satisfy constraint: Member must satisfy regular \
         expression pattern: [\\w+]+",
    );
    describe(&app, &client);
}

#[test]
fn a_deleted_client_is_gone_and_a_deleted_pool_takes_its_clients_along() {
    let app = App::with_devices();
    let [one, two] =
        ["one", "two"].map(|name| create(&app, json!({"ClientName": name}))["ClientId"].clone());
    let answer = call(&app, "DeleteUserPoolClient", json!({"ClientId": one}));
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    let (code, _) = call(&app, "DeleteUserPoolClient", json!({"ClientId": one})).refusal();
    assert_eq!(code, "ResourceNotFoundException");
    assert_eq!(page(&app, json!({})), (vec![two.clone()], None));
    call(&app, "DeleteUserPool", json!({}));
    // The id is free again.
    let name = format!("_custom_id_:{}", two.as_str().unwrap());
    create(
        &app,
        json!({"ClientName": name, "UserPoolId": UNTRACKED_POOL}),
    );
}

#[test]
fn an_id_can_be_fixed_by_a_prefix_that_is_not_kept() {
    let app = App::with_devices();
    let client = create(&app, json!({"ClientName": "_custom_id_:MyApp_1"}));
    assert_eq!(client, defaults(&json!("MyApp_1"), "MyApp_1"));
    for (name, pool) in [("again", POOL), ("elsewhere", UNTRACKED_POOL)] {
        let input = json!({"ClientName": "_custom_id_:MyApp_1", "UserPoolId": pool});
        let answer = call(&app, "CreateUserPoolClient", input);
        assert_eq!(
            answer.refusal().1,
            "User pool client MyApp_1 already exists.",
            "{name}"
        );
        assert_eq!(answer.refusal().0, "InvalidParameterException");
    }
    call(&app, "CreateUserPoolClient", json!({"ClientName": "_custom_id_:my-app"})).refused(
        "InvalidParameterException",
        "1 validation error detected: Value 'my-app' at 'clientId' failed to satisfy constraint: Member must satisfy regular \
         expression pattern: [\\w+]+",
    );
    call(&app, "CreateUserPoolClient", json!({"ClientName": "my:app"})).refused(
        "InvalidParameterException",
        "1 validation error detected: Value 'my:app' at 'clientName' failed to satisfy constraint: Member must satisfy regular \
         expression pattern: [\\w\\s+=,.@-]+",
    );
}

#[test]
fn lists_go_on_by_key() {
    let app = App::with_devices();
    let ids = ["a", "b", "c", "d", "e"];
    for id in ids {
        create(&app, json!({"ClientName": format!("_custom_id_:{id}")}));
    }
    create(
        &app,
        json!({"ClientName": "other", "UserPoolId": UNTRACKED_POOL}),
    );
    let all = ids.map(|id| json!(id));
    assert_eq!(page(&app, json!({})), (all.to_vec(), None));
    let (first, token) = page(&app, json!({"MaxResults": 2}));
    call(&app, "DeleteUserPoolClient", json!({"ClientId": "a"}));
    let (second, next) = page(&app, json!({"MaxResults": 2, "NextToken": token}));
    let (third, last) = page(&app, json!({"MaxResults": 2, "NextToken": next}));
    assert_eq!([first, second, third].concat(), all);
    assert_eq!(last, None);
    let listed = call(&app, "ListUserPoolClients", json!({"MaxResults": 1})).ok();
    assert_eq!(
        listed["UserPoolClients"],
        json!([{"ClientId": "b", "ClientName": "b", "UserPoolId": POOL}])
    );
    assert_eq!(page(&app, json!({"ClientType": "REGULAR"})).0.len(), 4);
    assert_eq!(page(&app, json!({"ClientType": "DCR"})), (vec![], None));
    // A token is good for the list that gave it.
    for input in [
        json!({"NextToken": token, "UserPoolId": UNTRACKED_POOL}),
        json!({"NextToken": "nonsense"}),
    ] {
        call(&app, "ListUserPoolClients", input).refused(
            "InvalidParameterException",
            "Invalid pagination token given.",
        );
    }
}

#[test]
fn clients_survive_a_restart() {
    let app = Setup::new().on_disk().seeded(registry()).start();
    let mut input = settings();
    input["ClientName"] = json!("lasting");
    input["GenerateSecret"] = json!(true);
    let client = create(&app, input);
    let app = app.stop().start();
    assert_eq!(describe(&app, &client["ClientId"]), client);
}

#[test]
fn a_secret_is_published_nowhere_else() {
    let app = Setup::new().seeded(registry()).start();
    let said = "Poolhouse does not serve PublishSecretsInAWSSecretsManager.";
    let input = json!({"ClientName": "web", "GenerateSecret": true, "PublishSecretsInAWSSecretsManager": true});
    let not_served = |answer: Answer| {
        assert_eq!((answer.status, answer.refusal().1.as_str()), (501, said));
    };
    not_served(call(&app, "CreateUserPoolClient", input));
    let client = create(
        &app,
        json!({"ClientName": "web", "PublishSecretsInAWSSecretsManager": false}),
    );
    assert_eq!(client, defaults(&client["ClientId"], "web"));
    let input = json!({"ClientId": client["ClientId"], "ClientName": "other", "PublishSecretsInAWSSecretsManager": true});
    not_served(call(&app, "UpdateUserPoolClient", input));
    assert_eq!(describe(&app, &client["ClientId"]), client);
}
