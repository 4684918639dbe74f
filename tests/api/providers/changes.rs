//! What an update of a provider changes, and where its secret is.

use serde_json::json;

use super::{SECRET, call, create, describe, details};
use crate::world::{App, NOW, Setup, registry};

#[test]
fn an_update_keeps_what_it_leaves_out() {
    let app = App::with_devices();
    create(
        &app,
        "Login",
        json!({"IdpIdentifiers": ["example.com"], "AttributeMapping": {"email": "email"},
        "AcrMapping": {"Level1": "x"}}),
    );
    let before = describe(&app, "Login");
    app.seconds_pass(60);
    let changed = call(
        &app,
        "UpdateIdentityProvider",
        json!({"ProviderName": "Login"}),
    )
    .ok();
    let changed = &changed["IdentityProvider"];
    assert_eq!(changed.get("IdpIdentifiers"), None);
    let after = describe(&app, "Login");
    for member in [
        "IdpIdentifiers",
        "AttributeMapping",
        "AcrMapping",
        "ProviderDetails",
        "CreationDate",
    ] {
        assert_eq!(after[member], before[member]);
    }
    assert_eq!(after["LastModifiedDate"], NOW + 60.0);
    let cleared = json!({"ProviderName": "Login", "IdpIdentifiers": [], "AttributeMapping": {}, "AcrMapping": {}});
    let changed = call(&app, "UpdateIdentityProvider", cleared).ok();
    assert_eq!(changed["IdentityProvider"]["IdpIdentifiers"], json!([]));
    let after = describe(&app, "Login");
    for member in ["AttributeMapping", "AcrMapping"] {
        assert_eq!(after[member], json!({}), "even the username");
    }
}

#[test]
fn details_replace_all_details() {
    let app = App::with_devices();
    create(
        &app,
        "Login",
        json!({"ProviderDetails": {"token_url": "https://login.example.com/token"}}),
    );
    let input = json!({"ProviderName": "Login", "ProviderDetails": details()});
    let changed = call(&app, "UpdateIdentityProvider", input).ok();
    let shown = &changed["IdentityProvider"]["ProviderDetails"];
    assert_eq!(shown.get("token_url"), None);
    assert_eq!(shown["client_secret"], SECRET);
    let mut incomplete = details();
    incomplete.as_object_mut().unwrap().remove("client_id");
    let input = json!({"ProviderName": "Login", "ProviderDetails": incomplete});
    call(&app, "UpdateIdentityProvider", input).refused(
        "InvalidParameterException",
        "client_id, attributes_request_method, oidc_issuer and authorize_scopes are all required idp details",
    );
    assert_eq!(
        describe(&app, "Login")["ProviderDetails"]["client_id"],
        "app"
    );
}

#[test]
fn a_secret_is_sealed_in_the_file_and_survives_a_restart() {
    let app = Setup::new().seeded(registry()).on_disk().start();
    create(&app, "Login", json!({}));
    let shown = describe(&app, "Login");
    let app = app.stop().start();
    assert_eq!(describe(&app, "Login"), shown);
    assert_eq!(shown["ProviderDetails"]["client_secret"], SECRET);
    app.file()
        .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
        .unwrap();
    let bytes = std::fs::read(app.database()).unwrap();
    assert!(bytes.windows(5).any(|part| part == b"Login"));
    let found = bytes
        .windows(SECRET.len())
        .any(|part| part == SECRET.as_bytes());
    assert!(!found, "the secret is in the file");
    // Sealed for one provider, it opens for no other.
    create(
        &app,
        "Other",
        json!({"ProviderDetails": {"client_secret": "another"}}),
    );
    app.file()
        .execute_batch(
            "UPDATE identity_providers SET secrets = (SELECT secrets FROM identity_providers WHERE name = 'Login')
             WHERE name = 'Other'",
        )
        .unwrap();
    let answer = call(
        &app,
        "DescribeIdentityProvider",
        json!({"ProviderName": "Other"}),
    );
    assert_eq!(answer.refusal().0, "InternalErrorException");
}
