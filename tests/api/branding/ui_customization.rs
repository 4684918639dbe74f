//! The customization of the classic pages.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{call, client, invalid};
use crate::world::{App, NOW, POOL};

const CSS: &str = ".banner-customizable { background: #fff; }";

/// A logo of this many bytes that begins as a PNG does, in base64.
fn logo(bytes: usize) -> String {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    png.resize(bytes, 0);
    STANDARD.encode(png)
}

fn start() -> App {
    let app = App::with_devices();
    call(&app, "CreateUserPoolDomain", json!({"Domain": "shop"})).ok();
    app
}

fn set(app: &App, input: Value) -> Value {
    let answer = call(app, "SetUICustomization", input).ok();
    answer["UICustomization"].clone()
}

fn get(app: &App, input: Value) -> Value {
    let answer = call(app, "GetUICustomization", input).ok();
    answer["UICustomization"].clone()
}

#[test]
fn a_pool_has_one_customization_and_a_client_its_own_instead() {
    let app = start();
    let id = client(&app);
    assert_eq!(get(&app, json!({})), json!({}));
    assert_eq!(get(&app, json!({"ClientId": id})), json!({}));
    let of_pool = set(&app, json!({"CSS": CSS, "ImageFile": logo(100)}));
    let url =
        "https://shop.auth.us-east-1.amazoncognito.com/ALL/20261122142300/assets/images/image.jpg";
    let expected = json!({"UserPoolId": POOL, "ClientId": "ALL", "CSS": CSS, "CSSVersion": "20261122142300", "ImageUrl": url,
        "CreationDate": NOW, "LastModifiedDate": NOW});
    assert_eq!(of_pool, expected);
    for input in [
        json!({}),
        json!({"ClientId": "ALL"}),
        json!({"ClientId": id}),
    ] {
        assert_eq!(get(&app, input), expected);
    }
    app.seconds_pass(60);
    let own = set(&app, json!({"ClientId": id, "ImageFile": logo(9)}));
    assert_eq!(get(&app, json!({"ClientId": id})), own);
    assert_eq!(
        [own.get("CSS"), own.get("CSSVersion")],
        [None, None],
        "nothing is the pool's"
    );
    assert_eq!(own["ClientId"], id);
    assert_eq!(get(&app, json!({})), expected);
    let changed = set(&app, json!({"CSS": CSS}));
    assert_eq!(changed.get("ImageUrl"), None, "what is left out is gone");
    assert_eq!(
        [&changed["CreationDate"], &changed["LastModifiedDate"]],
        [NOW, NOW + 60.0]
    );
}

#[test]
fn a_customization_without_parts_is_removed() {
    let app = start();
    let id = client(&app);
    set(&app, json!({"CSS": CSS}));
    set(&app, json!({"ClientId": id, "ImageFile": logo(9)}));
    for empty in [
        json!({"ClientId": id}),
        json!({"ClientId": id, "CSS": "", "ImageFile": ""}),
    ] {
        assert_eq!(set(&app, empty), json!({}));
        assert_eq!(get(&app, json!({"ClientId": id}))["ClientId"], "ALL");
    }
    assert_eq!(set(&app, json!({})), json!({}));
    assert_eq!(get(&app, json!({})), json!({}));
}

#[test]
fn a_customization_needs_a_domain_and_a_known_client() {
    let app = App::with_devices();
    let message = "Cannot perform specific action because there does not exist a valid user pool domain associated with the user pool";
    invalid(&app, "SetUICustomization", json!({"CSS": CSS}), message);
    for operation in ["SetUICustomization", "GetUICustomization"] {
        call(&app, operation, json!({"ClientId": "nobody"})).refused(
            "ResourceNotFoundException",
            "User pool client nobody does not exist.",
        );
    }
}

#[test]
fn style_sheet_and_logo_have_a_size_and_a_form() {
    let app = start();
    let large = "request parameters too large";
    let css = CSS.repeat(80);
    assert!(css.len() > 3072);
    invalid(&app, "SetUICustomization", json!({"CSS": css}), large);
    invalid(
        &app,
        "SetUICustomization",
        json!({"ImageFile": logo(102_401)}),
        large,
    );
    set(&app, json!({"ImageFile": logo(102_400)}));
    let gif = STANDARD.encode(b"GIF89a");
    let message = "The image file must be a PNG or a JPEG.";
    invalid(
        &app,
        "SetUICustomization",
        json!({"ImageFile": gif}),
        message,
    );
    for (css, what) in [
        ("body { color: red }", "body"),
        ("@import url(x);", "@import"),
        (".banner-customizable > a { color: red }", ">"),
    ] {
        let message = format!("Invalid CSS: {what} is not allowed.");
        invalid(&app, "SetUICustomization", json!({"CSS": css}), &message);
    }
}

#[test]
fn a_deleted_client_takes_its_customization_along() {
    let app = start();
    let id = client(&app);
    set(&app, json!({"ClientId": id, "CSS": CSS}));
    call(&app, "DeleteUserPoolClient", json!({"ClientId": id})).done();
    let again = json!({"ClientName": format!("_custom_id_:{}", id.as_str().unwrap())});
    call(&app, "CreateUserPoolClient", again).ok();
    assert_eq!(get(&app, json!({"ClientId": id})), json!({}));
}
