//! What users do for themselves with an access token: change attributes and password, and go.

mod attributes;
mod change_password;

use serde_json::{Value, json};

use crate::world::{
    Answer, App, AppClient, PASSWORD, POOL, Pool, User, WEB, device, sign_in_by_password,
};

/// A client that reads and writes only some attributes.
const NARROW: AppClient<'_> = AppClient::new(POOL, "narrow");

/// A pool with Ana, who has a password and a device, and Ben, who has an address.
fn pool() -> Pool {
    let custom = |name: &str| json!({"Name": name, "AttributeDataType": "String", "Mutable": true, "StringAttributeConstraints": {}});
    let narrow = ["name", "custom:team"];
    Pool::new(POOL)
        .with(json!({
            "AliasAttributes": ["preferred_username"],
            "SchemaAttributes": [custom("name"), custom("custom:team"), custom("custom:desk")],
            "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": false, "DeviceOnlyRememberedOnUserPrompt": true},
        }))
        .client(WEB)
        .client_with(
            NARROW,
            json!({"ReadAttributes": narrow, "WriteAttributes": narrow}),
        )
        .user(
            User::new("ana")
                .password(PASSWORD)
                .verified_email("ana@example.com")
                .attribute("name", "Ana")
                .attribute("custom:team", "blue")
                .device(json!({"DeviceKey": device::REMEMBERED})),
        )
        .user(User::new("ben").attribute("preferred_username", "benny"))
}

/// Signs Ana in with this password.
fn sign_in_with(app: &App, client: AppClient<'_>, password: &str) -> Answer {
    sign_in_by_password(app, client, "ana", password, &[])
}

/// An access token of Ana's.
fn token_of(app: &App, client: AppClient<'_>) -> Value {
    sign_in_with(app, client, PASSWORD).ok()["AuthenticationResult"]["AccessToken"].clone()
}

fn update(app: &App, token: &Value, pairs: &[(&str, &str)]) -> Answer {
    app.call(
        "UpdateUserAttributes",
        &json!({"AccessToken": token, "UserAttributes": crate::world::attributes(pairs)}),
    )
}

fn remove(app: &App, token: &Value, names: &[&str]) -> Answer {
    app.call(
        "DeleteUserAttributes",
        &json!({"AccessToken": token, "UserAttributeNames": names}),
    )
}
