//! What `AdminGetDevice` shows of a device.

use serde_json::json;

use super::attributes;
use crate::world::{App, POOL, device};

#[test]
fn a_remembered_device_shows_all_seven_attributes_in_their_order() {
    let app = App::with_devices();
    let answer = app.device("diego", device::REMEMBERED).ok();
    let arn = format!(
        "arn:aws:cognito-idp:us-east-1:000000000000:owner/diego.{POOL}/device/{}",
        device::REMEMBERED
    );
    assert_eq!(
        attributes(&answer),
        [
            ("device_status", "valid"),
            ("device_name", "Diego's phone"),
            ("dev:device_arn", arn.as_str()),
            ("dev:device_owner", format!("diego.{POOL}").as_str()),
            ("last_ip_used", "192.0.2.1"),
            ("dev:device_remembered_status", "remembered"),
            ("dev:device_sdk", "aws-sdk-unknown-unknown"),
        ]
    );
    assert_eq!(answer["Device"]["DeviceKey"], device::REMEMBERED);
}

#[test]
fn members_come_in_alphabetical_order_and_dates_with_their_precision() {
    let app = App::with_devices();
    let body = String::from_utf8(app.device("diego", device::REMEMBERED).body).unwrap();
    let (_, rest) = body.split_once("],").unwrap();
    assert_eq!(
        rest,
        format!(
            r#""DeviceCreateDate":1715100742.022,"DeviceKey":"{}","DeviceLastAuthenticatedDate":1715100742.0,"DeviceLastModifiedDate":1723233651.167}}}}"#,
            device::REMEMBERED
        )
    );
    assert!(body.starts_with(
        r#"{"Device":{"DeviceAttributes":[{"Name":"device_status","Value":"valid"},"#
    ));
}

#[test]
fn a_tracked_device_is_shown_as_not_remembered_and_without_a_name_has_none() {
    let app = App::with_devices();
    let answer = app.device("diego", device::NOT_REMEMBERED).ok();
    let names: Vec<&str> = attributes(&answer).iter().map(|(name, _)| *name).collect();
    assert_eq!(
        names,
        [
            "device_status",
            "dev:device_arn",
            "dev:device_owner",
            "last_ip_used",
            "dev:device_remembered_status",
            "dev:device_sdk",
        ]
    );
    assert!(attributes(&answer).contains(&("dev:device_remembered_status", "not_remembered")));
    assert!(attributes(&answer).contains(&("last_ip_used", "2001:db8::17")));
    let device = &answer["Device"];
    assert_eq!(device["DeviceCreateDate"], json!(1_719_830_400.5));
    assert_eq!(device["DeviceLastModifiedDate"], json!(1_719_830_401.25));
    assert_eq!(
        device["DeviceLastAuthenticatedDate"],
        json!(1_719_830_400.0),
        "whole seconds, rounded down"
    );
}

#[test]
fn what_a_device_was_not_given_is_absent() {
    let app = App::with_devices();
    let answer = app.device("mary", device::OF_MARY).ok();
    let names: Vec<&str> = attributes(&answer).iter().map(|(name, _)| *name).collect();
    assert!(
        !names.contains(&"device_name") && !names.contains(&"last_ip_used"),
        "{names:?}"
    );
    assert!(attributes(&answer).contains(&("dev:device_sdk", "aws-sdk")));
}

#[test]
fn a_disabled_user_s_device_is_shown_as_usual() {
    let app = App::with_devices();
    assert_eq!(
        app.device("mary", device::OF_MARY).ok()["Device"]["DeviceKey"],
        device::OF_MARY
    );
}
