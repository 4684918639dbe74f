//! `AdminForgetDevice` and `AdminUpdateDeviceStatus`.

use serde_json::json;

use super::{attributes, keys, list};
use crate::world::{App, NO_DEVICE, POOL, device, device_of, remembered};

#[test]
fn a_forgotten_device_is_gone_for_every_operation() {
    let app = App::with_devices();
    let forgotten = device_of(POOL, "diego", device::REMEMBERED);
    let answer = app.call("AdminForgetDevice", &forgotten);
    assert_eq!(
        (answer.status, answer.body.len()),
        (200, 0),
        "an operation without output answers with an empty body"
    );
    for operation in [
        "AdminGetDevice",
        "AdminForgetDevice",
        "AdminUpdateDeviceStatus",
    ] {
        app.call(operation, &forgotten).refused_as(NO_DEVICE);
    }
    assert_eq!(keys(&list(&app, json!({}))), [device::NOT_REMEMBERED]);
}

#[test]
fn a_device_that_is_not_remembered_can_be_forgotten_as_well() {
    let app = App::with_devices();
    assert_eq!(
        app.call(
            "AdminForgetDevice",
            &device_of(POOL, "diego", device::NOT_REMEMBERED)
        )
        .status,
        200
    );
    app.device("diego", device::NOT_REMEMBERED)
        .refused_as(NO_DEVICE);
}

#[test]
fn the_status_flips_both_ways_and_moves_the_modification_date_alone() {
    let app = App::with_devices();
    let before = app.device("diego", device::NOT_REMEMBERED).ok();
    for status in ["remembered", "not_remembered", "remembered"] {
        app.milliseconds_pass(1_250);
        let mut input = device_of(POOL, "diego", device::NOT_REMEMBERED);
        input["DeviceRememberedStatus"] = json!(status);
        assert_eq!(app.call("AdminUpdateDeviceStatus", &input).ok(), json!({}));
        let after = app.device("diego", device::NOT_REMEMBERED).ok();
        assert!(attributes(&after).contains(&("dev:device_remembered_status", status)));
        let now = app.clock.now().timestamp_millis();
        let modified = after["Device"]["DeviceLastModifiedDate"].as_f64().unwrap();
        assert_eq!(
            format!("{modified:.3}"),
            format!("{}.{:03}", now / 1000, now % 1000)
        );
        for date in ["DeviceCreateDate", "DeviceLastAuthenticatedDate"] {
            assert_eq!(after["Device"][date], before["Device"][date]);
        }
    }
}

#[test]
fn without_a_status_a_device_stays_as_it_is() {
    let app = App::with_devices();
    for (key, status) in [
        (device::REMEMBERED, "remembered"),
        (device::NOT_REMEMBERED, "not_remembered"),
    ] {
        assert_eq!(
            app.call("AdminUpdateDeviceStatus", &device_of(POOL, "diego", key))
                .ok(),
            json!({})
        );
        let after = app.device("diego", key).ok();
        assert!(attributes(&after).contains(&("dev:device_remembered_status", status)));
    }
}

#[test]
fn a_refused_change_changes_nothing() {
    let app = App::with_devices();
    let before = list(&app, json!({}));
    let mut unheard_of = device_of(POOL, "diego", device::REMEMBERED);
    unheard_of["DeviceRememberedStatus"] = json!("forgotten");
    app.call("AdminUpdateDeviceStatus", &unheard_of).refused(
        "InvalidParameterException",
        "1 validation error detected: Value 'forgotten' at 'deviceRememberedStatus' failed to satisfy constraint: Member \
         must satisfy enum value set: [remembered, not_remembered]",
    );
    assert_eq!(list(&app, json!({})), before);
}

#[test]
fn without_a_status_only_the_date_of_the_last_modification_moves() {
    let app = App::with_devices();
    let mut before = app.device("diego", device::REMEMBERED).ok();
    app.seconds_pass(1);
    let input = remembered();
    app.call("AdminUpdateDeviceStatus", &input).ok();
    let after = app.device("diego", device::REMEMBERED).ok();
    let modified = &after["Device"]["DeviceLastModifiedDate"];
    assert_eq!(*modified, 1_795_357_381.5);
    before["Device"]["DeviceLastModifiedDate"] = modified.clone();
    assert_eq!(after, before);
}
