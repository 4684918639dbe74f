//! What users do for themselves with an access token: change attributes and password, and go.

mod attributes;
mod change_password;

use serde_json::{Value, json};

use crate::world::{Answer, App, POOL, Setup, device};

const PASSWORD: &str = "Tulip-Kettle-4417";
const SECOND: &str = "Walnut-Bridge-9052";

/// Names no attribute: reads and writes all, custom ones included.
const CLIENT: &str = "webapp";

/// Reads and writes some attributes alone.
const NARROW: &str = "narrow";

/// A pool with Ana, who has a password and a device, and Ben, who has an address.
fn setup(settings: &Value) -> Setup {
    let custom = |name: &str| json!({"Name": name, "AttributeDataType": "String", "Mutable": true, "StringAttributeConstraints": {}});
    let mut pool = json!({
        "Id": POOL,
        "AliasAttributes": ["preferred_username"],
        "SchemaAttributes": [custom("name"), custom("custom:team"), custom("custom:desk")],
        "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": false, "DeviceOnlyRememberedOnUserPrompt": true},
    });
    pool.as_object_mut()
        .unwrap()
        .extend(settings.as_object().unwrap().clone());
    let flows = json!(["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]);
    let narrow = json!(["name", "custom:team"]);
    Setup::new().seeded(json!({
        "UserPool": pool,
        "Clients": [
            {"ClientId": CLIENT, "ExplicitAuthFlows": flows},
            {"ClientId": NARROW, "ExplicitAuthFlows": flows, "ReadAttributes": narrow, "WriteAttributes": narrow},
        ],
        "Users": [
            {
                "Username": "ana",
                "Password": PASSWORD,
                "Attributes": [
                    {"Name": "email", "Value": "ana@example.com"}, {"Name": "email_verified", "Value": "true"},
                    {"Name": "name", "Value": "Ana"}, {"Name": "custom:team", "Value": "blue"},
                ],
                "Devices": [{"DeviceKey": device::REMEMBERED}],
            },
            {"Username": "ben", "Attributes": [{"Name": "preferred_username", "Value": "benny"}]},
        ],
    }))
}

fn app() -> App {
    setup(&json!({})).start()
}

fn sign_in(app: &App, client: &str, password: &str) -> Answer {
    let parameters = json!({"USERNAME": "ana", "PASSWORD": password});
    app.call(
        "InitiateAuth",
        &json!({"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters}),
    )
}

/// An access token of Ana's.
fn token(app: &App, client: &str) -> Value {
    sign_in(app, client, PASSWORD).ok()["AuthenticationResult"]["AccessToken"].clone()
}

fn update(app: &App, token: &Value, attributes: &[(&str, &str)]) -> Answer {
    let attributes: Vec<Value> = attributes
        .iter()
        .map(|(name, value)| json!({"Name": name, "Value": value}))
        .collect();
    app.call(
        "UpdateUserAttributes",
        &json!({"AccessToken": token, "UserAttributes": attributes}),
    )
}

fn remove(app: &App, token: &Value, names: &[&str]) -> Answer {
    app.call(
        "DeleteUserAttributes",
        &json!({"AccessToken": token, "UserAttributeNames": names}),
    )
}

fn set(app: &App, password: &str, permanent: bool) -> Answer {
    let input = json!({"UserPoolId": POOL, "Username": "ana", "Password": password, "Permanent": permanent});
    app.call("AdminSetUserPassword", &input)
}

fn shown(app: &App) -> Value {
    app.call(
        "AdminGetUser",
        &json!({"UserPoolId": POOL, "Username": "ana"}),
    )
    .ok()
}

/// The value of an attribute of Ana's; `Null` when she has none.
fn value(app: &App, name: &str) -> Value {
    let user = shown(app);
    let attributes = user["UserAttributes"].as_array().unwrap();
    let found = attributes
        .iter()
        .find(|attribute| attribute["Name"] == name);
    found.map_or(Value::Null, |attribute| attribute["Value"].clone())
}
