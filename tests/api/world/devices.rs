//! The device that an app runs on, and its part of a sign-in.

use std::cell::RefCell;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::answer::Answer;
use super::app_client::AppClient;
use super::client::Client;
use super::sign_in::{respond, with};
use super::srp::{Exchange, Secret, number, pad};

/// What an app keeps of the device that it runs on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Device {
    pub(crate) key: String,
    pub(crate) group_key: String,
    pub(crate) password: String,
}

/// A salt that begins with a set bit.
const DEVICE_SALT: &str = "8cd79ce5e86f61fc5d990d833049a358";

impl Device {
    /// The device that a completed sign-in issued. It draws a password of its own.
    pub(crate) fn issued(answer: &Value) -> Self {
        thread_local!(static DRAWN: RefCell<u32> = const { RefCell::new(0) });
        let drawn = DRAWN.with(|drawn| {
            *drawn.borrow_mut() += 1;
            *drawn.borrow()
        });
        let metadata = &answer["AuthenticationResult"]["NewDeviceMetadata"];
        let text = |name: &str| metadata[name].as_str().unwrap().to_owned();
        Self {
            key: text("DeviceKey"),
            group_key: text("DeviceGroupKey"),
            password: format!("EGcgpC780w9kSY4kIXGmIixaeP0JU02mYfXC6bnu/{drawn}"),
        }
    }

    /// `DeviceSecretVerifierConfig` with a salt that needs a zero byte in front.
    pub(crate) fn verifier_config(&self) -> Value {
        self.verifier_config_of(DEVICE_SALT)
    }

    /// `DeviceSecretVerifierConfig` with this salt.
    pub(crate) fn verifier_config_of(&self, salt: &str) -> Value {
        let salt = number(salt);
        let verifier = Secret::of_device(self).verifier(&salt);
        json!({"Salt": STANDARD.encode(pad(&salt)), "PasswordVerifier": STANDARD.encode(pad(&verifier))})
    }
}

/// `ConfirmDevice`, with the device's verifier.
pub(crate) fn confirm_device(app: &Client, access_token: &str, device: &Device) -> Answer {
    app.call_open(
        "ConfirmDevice",
        &json!({"AccessToken": access_token, "DeviceKey": device.key,
            "DeviceSecretVerifierConfig": device.verifier_config()}),
    )
}

/// Answers `DEVICE_SRP_AUTH`, which `asked` asks for, and then `DEVICE_PASSWORD_VERIFIER`.
pub(crate) fn prove_device(
    app: &Client,
    client: AppClient<'_>,
    device: &Device,
    asked: &Value,
) -> Answer {
    assert_eq!(asked["ChallengeName"], "DEVICE_SRP_AUTH", "{asked}");
    let exchange = Exchange::new();
    let name = asked["ChallengeParameters"]["USERNAME"].as_str().unwrap();
    let begun = begin_device(app, client, device, asked, name);
    if begun.status != 200 {
        return begun;
    }
    let asked = begun.ok();
    assert_eq!(asked["ChallengeName"], "DEVICE_PASSWORD_VERIFIER");
    let parameters = &asked["ChallengeParameters"];
    let claim = exchange.claim(app, Secret::of_device(device), parameters);
    let responses = with(claim, &[("DEVICE_KEY", &device.key)]);
    respond(app, client, "DEVICE_PASSWORD_VERIFIER", &asked, responses)
}

/// Answers `DEVICE_SRP_AUTH` alone, with the number of [`Exchange::new`].
pub(crate) fn begin_device(
    app: &Client,
    client: AppClient<'_>,
    device: &Device,
    asked: &Value,
    user: &str,
) -> Answer {
    let responses =
        json!({"USERNAME": user, "DEVICE_KEY": device.key, "SRP_A": Exchange::new().srp_a()});
    respond(app, client, "DEVICE_SRP_AUTH", asked, responses)
}
