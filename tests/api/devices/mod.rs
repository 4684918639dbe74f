//! Devices, as users and administrators see them.

mod admin;
mod confirmation;
mod dates;
mod issued;
mod states;
mod tokens;

use serde_json::{Value, json};

use crate::world::{
    Answer, App, AppClient, Device, Exchange, PASSWORD, POOL, Pool, Secret, Setup, TEMPORARY, User,
    WEB, access_token, begin_device, confirm_device, initiate, respond, sign_in_by_password,
    sign_in_by_srp, with,
};

/// Another client of the same pool.
pub(crate) const OTHER: AppClient<'_> = AppClient::new(POOL, "other000000000000000000001");

/// A client that sends the addresses of its users.
const TELLING: AppClient<'_> =
    AppClient::new(POOL, "telling0000000000000000001").with_secret("0123456789abcdefghijklmnopqr");

/// A pool with this device configuration, or none, and three users.
pub(crate) fn setup(devices: Value) -> Setup {
    Pool::new(POOL)
        .with(json!({"AliasAttributes": ["email"], "DeviceConfiguration": devices}))
        .client(WEB)
        .client(OTHER)
        .client_with(
            TELLING,
            json!({"EnablePropagateAdditionalUserContextData": true}),
        )
        .user(
            User::new("ana")
                .password(PASSWORD)
                .verified_email("ana@example.com"),
        )
        .user(User::new("ben").password(PASSWORD))
        .user(User::new("tom").temporary_password(TEMPORARY))
        .setup()
}

/// A pool that remembers every device.
pub(crate) fn always() -> App {
    setup(json!({"ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": false}))
        .start()
}

/// A pool that remembers a device when the user asks for it.
pub(crate) fn opt_in() -> App {
    setup(json!({"ChallengeRequiredOnNewDevice": false, "DeviceOnlyRememberedOnUserPrompt": true}))
        .start()
}

/// Signs in and confirms the device that the sign-in issues. Returns the device and the answer.
pub(crate) fn with_device(app: &App, user: &str) -> (Device, Value) {
    let answer = sign_in_by_password(app, WEB, user, PASSWORD, &[]).ok();
    let device = Device::issued(&answer);
    confirm_device(app, &access_token(&answer), &device).ok();
    (device, answer)
}

/// Signs in with the password and the device's key, up to the challenge `DEVICE_SRP_AUTH`.
pub(crate) fn asked_for(app: &App, user: &str, device: &Device) -> Value {
    let answer = sign_in_by_srp(app, WEB, user, PASSWORD, &[("DEVICE_KEY", &device.key)]).ok();
    assert_eq!(answer["ChallengeName"], "DEVICE_SRP_AUTH", "{answer}");
    answer
}

/// Answers `DEVICE_SRP_AUTH`. Returns the right responses to the challenge that follows.
pub(crate) fn device_claim(app: &App, device: &Device, asked: &Value) -> Value {
    let begun = begin_device(app, WEB, device, asked, "ana").ok();
    let parameters = &begun["ChallengeParameters"];
    let claim = Exchange::new().claim(app, Secret::of_device(device), parameters);
    with(claim, &[("DEVICE_KEY", &device.key)])
}

/// Answers `DEVICE_PASSWORD_VERIFIER` without the session.
pub(crate) fn device_verify(app: &App, responses: Value) -> Answer {
    respond(
        app,
        WEB,
        "DEVICE_PASSWORD_VERIFIER",
        &Value::Null,
        responses,
    )
}

/// `NewDeviceMetadata` of a completed sign-in; `Null` if no device was issued.
pub(crate) fn metadata(answer: &Value) -> &Value {
    assert!(!access_token(answer).is_empty());
    &answer["AuthenticationResult"]["NewDeviceMetadata"]
}

/// `GetDevice`.
pub(crate) fn get(app: &App, access: &str, key: &str) -> Answer {
    app.call_open(
        "GetDevice",
        &json!({"AccessToken": access, "DeviceKey": key}),
    )
}

/// An operation of administrators on a device, with further members.
pub(crate) fn by_admin(app: &App, operation: &str, user: &str, key: &str, more: Value) -> Answer {
    let mut input = json!({"UserPoolId": POOL, "Username": user, "DeviceKey": key});
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    app.call(operation, &input)
}

/// `AdminGetDevice`.
pub(crate) fn admin_get(app: &App, user: &str, key: &str) -> Answer {
    by_admin(app, "AdminGetDevice", user, key, json!({}))
}

/// The keys of the devices in an answer.
pub(crate) fn listed(answer: &Answer) -> Vec<String> {
    let answer = answer.ok();
    let devices = answer["Devices"].as_array().unwrap().iter();
    devices
        .map(|device| device["DeviceKey"].as_str().unwrap().to_owned())
        .collect()
}

/// The keys that `ListDevices` shows.
pub(crate) fn list(app: &App, access: &str) -> Vec<String> {
    listed(&app.call_open("ListDevices", &json!({"AccessToken": access})))
}

/// `UpdateDeviceStatus`.
pub(crate) fn update(app: &App, access: &str, key: &str, status: Value) -> Answer {
    app.call_open(
        "UpdateDeviceStatus",
        &json!({"AccessToken": access, "DeviceKey": key, "DeviceRememberedStatus": status}),
    )
}

/// `ForgetDevice`.
pub(crate) fn forget(app: &App, access: &str, key: &str) -> Answer {
    app.call_open(
        "ForgetDevice",
        &json!({"AccessToken": access, "DeviceKey": key}),
    )
}

/// The value of an attribute of a device.
pub(crate) fn device_attribute(shown: &Value, name: &str) -> Option<String> {
    let attributes = shown["Device"]["DeviceAttributes"].as_array().unwrap();
    let found = attributes
        .iter()
        .find(|attribute| attribute["Name"] == name)?;
    Some(found["Value"].as_str().unwrap().to_owned())
}

/// The dates of creation, last modification and last sign-in.
pub(crate) fn dates(app: &App, key: &str) -> [Value; 3] {
    let shown = admin_get(app, "ana", key).ok();
    [
        "DeviceCreateDate",
        "DeviceLastModifiedDate",
        "DeviceLastAuthenticatedDate",
    ]
    .map(|name| shown["Device"][name].clone())
}

/// Sets the device configuration of the pool; `Null` switches tracking off.
pub(crate) fn track(app: &App, devices: Value) {
    let mut input = json!({"UserPoolId": POOL});
    if !devices.is_null() {
        input["DeviceConfiguration"] = devices;
    }
    app.call("UpdateUserPool", &input).ok();
}

/// `REFRESH_TOKEN_AUTH`.
pub(crate) fn refresh(
    app: &App,
    client: AppClient<'_>,
    token: &str,
    further: &[(&str, &str)],
) -> Answer {
    let parameters = with(json!({"REFRESH_TOKEN": token}), further);
    initiate(app, client, "REFRESH_TOKEN_AUTH", parameters)
}
