//! The authenticator app of a user.

use serde_json::json;
use totp_rs::{Algorithm, Builder, Secret};

use super::client::Client;

/// The code that an authenticator app shows.
pub(crate) fn totp(app: &Client, secret: &str) -> String {
    let totp = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_secret(Secret::try_from_base32(secret).unwrap())
        .build_noncompliant();
    let now = app.now().timestamp();
    totp.generate(now.try_into().unwrap()).to_string()
}

/// Sets up a software token with an access token. Returns its secret.
pub(crate) fn set_up_token(app: &Client, access_token: &str, name: Option<&str>) -> String {
    let associated = app.call_open(
        "AssociateSoftwareToken",
        &json!({"AccessToken": access_token}),
    );
    let associated = associated.ok();
    assert!(associated.get("Session").is_none());
    let secret = associated["SecretCode"].as_str().unwrap().to_owned();
    let mut input = json!({"AccessToken": access_token, "UserCode": totp(app, &secret)});
    if let Some(name) = name {
        input["FriendlyDeviceName"] = name.into();
    }
    let verified = app.call_open("VerifySoftwareToken", &input).ok();
    assert_eq!(verified, json!({"Status": "SUCCESS"}));
    secret
}
