//! Scopes of resource servers, and the clients that ask for them.

use serde_json::{Value, json};

use super::{call, create, scopes_of};
use crate::world::App;

#[test]
fn two_scopes_of_one_name_are_refused() {
    let app = App::with_devices();
    create(&app, "shop", &[]);
    for operation in ["CreateResourceServer", "UpdateResourceServer"] {
        let input = json!({"Identifier": "shop", "Name": "n", "Scopes": scopes_of(&["read", "write", "read"])});
        call(&app, operation, input).refused(
            "InvalidParameterException",
            "Scope read is given more than once.",
        );
    }
}

#[test]
fn a_client_asks_for_the_scopes_that_the_pool_defines() {
    let app = App::with_devices();
    create(&app, "https://api/", &["read"]);
    let scopes = json!(["openid", "https://api//read"]);
    let client = json!({"ClientName": "c", "AllowedOAuthScopes": scopes});
    let client = call(&app, "CreateUserPoolClient", client).ok()["UserPoolClient"].clone();
    assert_eq!(client["AllowedOAuthScopes"], scopes);
    let update = |scopes: Value| {
        let input = json!({"ClientId": client["ClientId"], "AllowedOAuthScopes": scopes});
        call(&app, "UpdateUserPoolClient", input)
    };
    for unknown in [
        "https://api//write",
        "https://api/read",
        "read",
        "other/read",
    ] {
        let message = format!("Invalid scope requested: {unknown}");
        update(json!([unknown])).refused("ScopeDoesNotExistException", &message);
    }
    // What a client names stays when its resource server goes.
    call(
        &app,
        "DeleteResourceServer",
        json!({"Identifier": "https://api/"}),
    )
    .done();
    update(scopes.clone()).ok();
    let input = json!({"ClientId": client["ClientId"]});
    let shown = call(&app, "DescribeUserPoolClient", input).ok();
    assert_eq!(shown["UserPoolClient"]["AllowedOAuthScopes"], scopes);
    let other = json!({"ClientName": "d", "AllowedOAuthScopes": ["https://api//read"]});
    call(&app, "CreateUserPoolClient", other).refused(
        "ScopeDoesNotExistException",
        "Invalid scope requested: https://api//read",
    );
}
