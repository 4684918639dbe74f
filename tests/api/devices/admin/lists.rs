//! `AdminListDevices`, page by page.

use serde_json::{Value, json};

use super::{keys, list};
use crate::world::{App, POOL, Pool, User, device, device_of};

#[test]
fn a_list_shows_confirmed_devices_remembered_or_not_as_a_single_answer_does() {
    let app = App::with_devices();
    let listed = list(&app, json!({}));
    assert_eq!(keys(&listed), [device::REMEMBERED, device::NOT_REMEMBERED]);
    assert_eq!(
        listed["Devices"][0],
        app.device("diego", device::REMEMBERED).ok()["Device"]
    );
    assert_eq!(
        listed["Devices"][1],
        app.device("diego", device::NOT_REMEMBERED).ok()["Device"]
    );
    assert_eq!(listed.get("PaginationToken"), None);
}

#[test]
fn a_user_without_devices_has_an_empty_list() {
    let app = Pool::new(POOL)
        .tracking(false)
        .user(User::new("diego"))
        .start();
    assert_eq!(list(&app, json!({})), json!({"Devices": []}));
}

/// A user with `count` devices.
fn app_with_many(count: usize) -> App {
    let devices = (0..count).map(|number| json!({"DeviceKey": format!("us-east-1_{number:08x}")}));
    Pool::new(POOL)
        .tracking(false)
        .user(devices.fold(User::new("diego"), User::device))
        .user(User::new("mary"))
        .start()
}

#[test]
fn pages_lose_nothing_and_double_nothing() {
    let app = app_with_many(143);
    for limit in [1, 7, 60] {
        let mut found: Vec<String> = Vec::new();
        let mut token = Value::Null;
        loop {
            let page = list(&app, json!({"Limit": limit, "PaginationToken": token}));
            let of_page = keys(&page).len();
            found.extend(keys(&page).iter().map(|key| (*key).to_owned()));
            token = page["PaginationToken"].clone();
            if token.is_null() {
                break;
            }
            assert_eq!(of_page, limit);
        }
        let expected: Vec<String> = (0..143)
            .map(|number| format!("us-east-1_{number:08x}"))
            .collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn a_page_has_sixty_devices_unless_the_request_says_less() {
    let app = app_with_many(61);
    for limit in [json!(null), json!(0), json!(60)] {
        let page = list(&app, json!({"Limit": limit}));
        assert_eq!(keys(&page).len(), 60);
        assert!(page["PaginationToken"].is_string());
    }
    let exact = app_with_many(60);
    assert_eq!(
        list(&exact, json!({})).get("PaginationToken"),
        None,
        "given only when more follows"
    );
}

#[test]
fn a_page_goes_on_where_it_was_although_its_last_device_is_forgotten() {
    let app = app_with_many(5);
    let page = list(&app, json!({"Limit": 2}));
    app.call(
        "AdminForgetDevice",
        &device_of(POOL, "diego", keys(&page)[1]),
    );
    let next = list(
        &app,
        json!({"Limit": 2, "PaginationToken": page["PaginationToken"]}),
    );
    assert_eq!(keys(&next), ["us-east-1_00000002", "us-east-1_00000003"]);
}

#[test]
fn a_token_that_this_list_never_gave_is_refused() {
    let app = app_with_many(3);
    let own = list(&app, json!({"Limit": 1}))["PaginationToken"]
        .as_str()
        .unwrap()
        .to_owned();
    let altered = format!("A{}", &own[1..]);
    for (user, token) in [
        ("diego", "nonsense"),
        ("diego", "bm9uc2Vuc2U"),
        ("diego", altered.as_str()),
        ("mary", own.as_str()),
    ] {
        app.call(
            "AdminListDevices",
            &json!({"UserPoolId": POOL, "Username": user, "PaginationToken": token}),
        )
        .refused(
            "InvalidParameterException",
            "Invalid pagination token given.",
        );
    }
    app.call("AdminListDevices", &json!({"UserPoolId": POOL, "Username": "diego", "Limit": 61})).refused(
        "InvalidParameterException",
        "1 validation error detected: Value '61' at 'limit' failed to satisfy constraint: Member must have value less than or \
         equal to 60",
    );
}
