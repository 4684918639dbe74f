//! App clients: what Cognito fills in, their secrets, what an update resets, and what is refused.

mod life;
mod refusals;
mod secrets;
mod settings;

use serde_json::{Value, json};

use crate::world::{Answer, App, NOW, POOL};

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

/// A client that was created with a name alone.
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

/// Settings with every member.
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
