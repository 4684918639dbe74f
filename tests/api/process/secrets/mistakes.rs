//! Seeds and settings with a mistake, and a secret beside it or in it.

use serde_json::{Value, json};

use super::{
    CLIENT_SECRET, COLLECTOR_KEY, KEY_SECRET, MAIL_PASSWORD, NICKNAME, POOL, SEEDED, seed,
};

/// Seeds with a mistake, and a secret beside it or in it. None has the secret in a member that is for something else: mistakes
/// there are quoted.
pub(super) fn wrong_seeds() -> Vec<String> {
    let user = |user: Value| {
        let mut seed = seed();
        seed["Users"] = json!([user]);
        seed.to_string()
    };
    let client = |more: Value| {
        let mut seed = seed();
        seed["Clients"] = json!([more]);
        seed.to_string()
    };
    let whole = user(json!({"Username": "u", "Password": SEEDED}));
    vec![
        whole[..whole.len() - 5].to_owned(),
        whole.replace(&format!("\"{SEEDED}\""), SEEDED),
        whole.replace(SEEDED, &format!("{SEEDED}\\x")),
        user(json!({"Username": "u", "Password": {"is": SEEDED}})),
        user(json!({"Username": "u", "Password": [SEEDED]})),
        user(json!({"Username": "u", "Passwort": SEEDED})),
        user(json!({"Username": SEEDED, "Password": "short"})),
        user(json!({"Username": "u", "Password": SEEDED, "TemporaryPassword": SEEDED})),
        user(json!({"Username": "u", "PasswordVerifier": SEEDED, "Salt": SEEDED})),
        user(json!({"Username": "u", "Enabled": SEEDED})),
        user(json!({"Username": "u", "UserAttributes": SEEDED})),
        user(
            json!({"Username": "u", "UserAttributes": [{"Name": "email", "Value": {"is": NICKNAME}}]}),
        ),
        user(json!({"Username": "u", "UserAttributes": [{"Name": "email", "Value": NICKNAME}]})),
        user(
            json!({"Username": "u", "Devices": [{"DeviceKey": "us-east-1_0", "DeviceSecretVerifierConfig": {"Salt": SEEDED, "PasswordVerifier": SEEDED}}]}),
        ),
        user(json!({"Username": "u", "UserCreateDate": SEEDED})),
        user(json!(SEEDED)),
        client(json!({"ClientId": "c", "ClientName": "c", "ClientSecret": {"is": CLIENT_SECRET}})),
        client(
            json!({"ClientId": "c", "ClientName": "c", "ClientSecret": format!("{CLIENT_SECRET} !")}),
        ),
        client(json!({"ClientId": "c", "ClientName": "c", "ClientSecrets": CLIENT_SECRET})),
        json!({"UserPool": {"Id": POOL}, "Keys": SEEDED}).to_string(),
        json!({"UserPool": {"Id": POOL}, "Keys": {"Seal": SEEDED}}).to_string(),
        json!(SEEDED).to_string(),
    ]
}

/// Settings with a mistake beside the secret or in it.
pub(super) fn wrong_settings() -> [String; 11] {
    [
        format!("[smtp]\naddress = \"mail.example.com:25\"\npassword = \"{MAIL_PASSWORD}\""),
        format!(
            "[smtp]\naddress = \"mail.example.com:25\"\npassword = {{ is = \"{MAIL_PASSWORD}\" }}"
        ),
        format!("[traces]\nheaders = \"{COLLECTOR_KEY}\""),
        format!("[traces]\nheaders = \"content-type={COLLECTOR_KEY}\""),
        format!("[traces]\nheaders = [\"api-key={COLLECTOR_KEY}\"]"),
        format!("secret_access_key = \"{KEY_SECRET}\nregion = 5"),
        format!("secret_access_key = {KEY_SECRET}"),
        format!("secret_access_key = [\"{KEY_SECRET}\"]"),
        format!("secret_acces_key = \"{KEY_SECRET}\""),
        format!("[[access_keys]]\nid = \"A\"\nsecret = {{ is = \"{KEY_SECRET}\" }}"),
        format!("[[access_keys]]\nid = \"\"\nsecret = \"{KEY_SECRET}\""),
    ]
}
