//! Devices that a sign-in issues.

use serde_json::{Value, json};

use super::{always, metadata, opt_in, refresh, setup, with_device};
use crate::world::{
    PASSWORD, POOL, TEMPORARY, WEB, access_token, claims, device, respond, sign_in_by_password,
    sign_in_by_srp, token,
};

#[test]
fn every_sign_in_without_a_device_is_issued_one() {
    let app = always();
    let password = json!({"USERNAME": "ana", "PASSWORD": PASSWORD});
    let admin = |flow: &str| {
        let input = json!({"UserPoolId": POOL, "ClientId": WEB.id, "AuthFlow": flow, "AuthParameters": password});
        app.call("AdminInitiateAuth", &input)
    };
    let temporary = sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]).ok();
    assert_eq!(temporary["AuthenticationResult"], Value::Null);
    let set = json!({"USERNAME": "tom", "NEW_PASSWORD": PASSWORD});
    let mut seen = std::collections::HashSet::new();
    for answer in [
        sign_in_by_srp(&app, WEB, "ana", PASSWORD, &[]),
        sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]),
        sign_in_by_password(&app, WEB, "ana", PASSWORD, &[("DEVICE_KEY", "")]),
        admin("ADMIN_USER_PASSWORD_AUTH"),
        admin("ADMIN_NO_SRP_AUTH"),
        respond(&app, WEB, "NEW_PASSWORD_REQUIRED", &temporary, set),
    ] {
        let answer = answer.ok();
        let metadata = metadata(&answer);
        let key = metadata["DeviceKey"].as_str().unwrap();
        let id = uuid::Uuid::parse_str(key.strip_prefix("us-east-1_").unwrap()).unwrap();
        assert_eq!(key, format!("us-east-1_{id}"));
        let group = metadata["DeviceGroupKey"].as_str().unwrap();
        assert_eq!(group.len(), 9);
        let drawn = group.strip_prefix('-').unwrap();
        assert!(drawn.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert!(seen.insert(key.to_owned()));
        assert_eq!(claims(&access_token(&answer))["device_key"], key);
        assert!(
            claims(&token(&answer, "IdToken"))
                .get("device_key")
                .is_none()
        );
    }
}

#[test]
fn no_device_is_issued_where_none_is_tracked_or_one_is_named() {
    let app = setup(Value::Null).start();
    for further in [
        vec![],
        vec![("DEVICE_KEY", device::UNKNOWN)],
        vec![("DEVICE_KEY", "no key at all")],
    ] {
        let answer = sign_in_by_srp(&app, WEB, "ana", PASSWORD, &further).ok();
        assert_eq!(*metadata(&answer), Value::Null);
        assert!(claims(&access_token(&answer)).get("device_key").is_none());
    }
    let app = opt_in();
    let (device, first) = with_device(&app, "ana");
    let again =
        sign_in_by_password(&app, WEB, "ana", PASSWORD, &[("DEVICE_KEY", &device.key)]).ok();
    assert_eq!(*metadata(&again), Value::Null);
    let refreshed = refresh(
        &app,
        WEB,
        &token(&first, "RefreshToken"),
        &[("DEVICE_KEY", &device.key)],
    )
    .ok();
    assert_eq!(*metadata(&refreshed), Value::Null);
    for answer in [again, refreshed] {
        assert_eq!(claims(&access_token(&answer))["device_key"], device.key);
    }
}

#[test]
fn one_property_of_the_configuration_switches_tracking_on() {
    for devices in [
        json!({"ChallengeRequiredOnNewDevice": false}),
        json!({"DeviceOnlyRememberedOnUserPrompt": false}),
    ] {
        let app = setup(devices).start();
        let answer = sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok();
        assert!(metadata(&answer)["DeviceKey"].is_string());
    }
}
