//! The dates and the address of a device.

use serde_json::{Value, json};

use super::{
    TELLING, admin_get, always, asked_for, dates, device_attribute, get, list, refresh, update,
    with_device,
};
use crate::world::{
    AppClient, Device, Exchange, PASSWORD, POOL, Secret, WEB, WRONG_PASSWORD, access_token,
    begin_device, confirm_device, prove_device, sign_in_by_password, token, with,
};

#[test]
fn only_what_happens_to_a_device_moves_its_dates() {
    let app = always();
    let answer = sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok();
    let (access, device) = (access_token(&answer), Device::issued(&answer));
    app.milliseconds_pass(1250);
    confirm_device(&app, &access, &device).ok();
    let created = 1_795_357_380.5;
    assert_eq!(
        dates(&app, &device.key),
        [json!(created), json!(created + 1.25), json!(created - 0.5)]
    );
    app.milliseconds_pass(10_000);
    // Reading it, other sign-ins, failed sign-ins and refreshing change no date.
    get(&app, &access, &device.key).ok();
    sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok();
    let asked = asked_for(&app, "ana", &device);
    let stranger = Device {
        password: "another".to_owned(),
        ..device.clone()
    };
    prove_device(&app, WEB, &stranger, &asked).refused_as(WRONG_PASSWORD);
    refresh(
        &app,
        WEB,
        &token(&answer, "RefreshToken"),
        &[("DEVICE_KEY", &device.key)],
    )
    .ok();
    assert_eq!(
        dates(&app, &device.key),
        [json!(created), json!(created + 1.25), json!(created - 0.5)]
    );
    update(&app, &access, &device.key, json!("remembered")).ok();
    assert_eq!(
        dates(&app, &device.key),
        [json!(created), json!(created + 11.25), json!(created - 0.5)]
    );
    app.milliseconds_pass(10_000);
    update(&app, &access, &device.key, Value::Null).ok();
    assert_eq!(
        dates(&app, &device.key),
        [json!(created), json!(created + 21.25), json!(created - 0.5)]
    );
    assert_eq!(list(&app, &access), std::slice::from_ref(&device.key));
    app.milliseconds_pass(10_000);
    let asked = asked_for(&app, "ana", &device);
    prove_device(&app, WEB, &device, &asked).ok();
    assert_eq!(
        dates(&app, &device.key),
        [
            json!(created),
            json!(created + 31.25),
            json!(created + 30.5)
        ]
    );
}

#[test]
fn the_address_is_the_one_of_the_last_sign_in_with_the_device() {
    let app = always();
    let ip = |device: &Device| {
        device_attribute(&admin_get(&app, "ana", &device.key).ok(), "last_ip_used").unwrap()
    };
    let sign_in = |client: AppClient<'_>, told: &str, device: Option<&Device>| {
        let key = device.map_or("", |device| &device.key);
        let hash = client
            .secret
            .map(|secret| crate::world::secret_hash(secret, "ana", client.id))
            .unwrap_or_default();
        let parameters = json!({"USERNAME": "ana", "PASSWORD": PASSWORD, "DEVICE_KEY": key, "SECRET_HASH": hash});
        let input = json!({"ClientId": client.id, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters,
            "UserContextData": {"IpAddress": told}});
        app.call_open("InitiateAuth", &input).ok()
    };
    for (client, told, expected) in [
        (TELLING, "2001:db8::17", "2001:db8::17"),
        (TELLING, "192.0.2.7", "192.0.2.7"),
        (TELLING, "<b>nowhere</b>", "127.0.0.1"),
        // Without the secret any address could be claimed.
        (WEB, "192.0.2.7", "127.0.0.1"),
    ] {
        let answer = sign_in(client, told, None);
        let device = Device::issued(&answer);
        confirm_device(&app, &access_token(&answer), &device).ok();
        assert_eq!(ip(&device), expected);
    }
    let (device, _) = with_device(&app, "ana");
    let asked = sign_in(TELLING, "192.0.2.9", Some(&device));
    assert_eq!(ip(&device), "127.0.0.1");
    let begun = begin_device(&app, TELLING, &device, &asked, "ana").ok();
    let claim = Exchange::new().claim(
        &app,
        Secret::of_device(&device),
        &begun["ChallengeParameters"],
    );
    let hash = crate::world::secret_hash(TELLING.secret.unwrap(), "ana", TELLING.id);
    let responses = with(
        claim,
        &[("DEVICE_KEY", &device.key), ("SECRET_HASH", &hash)],
    );
    app.call_open(
        "RespondToAuthChallenge",
        &json!({"ClientId": TELLING.id, "ChallengeName": "DEVICE_PASSWORD_VERIFIER",
        "ChallengeResponses": responses, "UserContextData": {"IpAddress": "192.0.2.10"}}),
    )
    .ok();
    assert_eq!(ip(&device), "192.0.2.10");
    let input = json!({"UserPoolId": POOL, "ClientId": WEB.id, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": "ana", "PASSWORD": PASSWORD},
        "ContextData": {"IpAddress": "198.51.100.4", "ServerName": "s", "ServerPath": "/", "HttpHeaders": []}});
    let answer = app.call("AdminInitiateAuth", &input).ok();
    let device = Device::issued(&answer);
    confirm_device(&app, &access_token(&answer), &device).ok();
    assert_eq!(ip(&device), "198.51.100.4");
}
