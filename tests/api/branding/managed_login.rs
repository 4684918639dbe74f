//! The styles of managed login.

use serde_json::{Value, json};

use super::{call, client, invalid};
use crate::world::{App, NOW, POOL, UNTRACKED_POOL};

const NO_STYLE: (&str, &str) = (
    "ResourceNotFoundException",
    "Managed login branding style does not exist.",
);

fn create(app: &App, input: Value) -> Value {
    let answer = call(app, "CreateManagedLoginBranding", input);
    answer.ok()["ManagedLoginBranding"].clone()
}

fn describe(app: &App, style: &Value, merged: bool) -> Value {
    let input = json!({"ManagedLoginBrandingId": style["ManagedLoginBrandingId"], "ReturnMergedResources": merged});
    let answer = call(app, "DescribeManagedLoginBranding", input);
    answer.ok()["ManagedLoginBranding"].clone()
}

fn update(app: &App, style: &Value, mut input: Value) -> Value {
    input["ManagedLoginBrandingId"] = style["ManagedLoginBrandingId"].clone();
    let answer = call(app, "UpdateManagedLoginBranding", input);
    answer.ok()["ManagedLoginBranding"].clone()
}

fn asset(category: &str, mode: &str, bytes: &str) -> Value {
    json!({"Category": category, "ColorMode": mode, "Extension": "PNG", "Bytes": bytes})
}

#[test]
fn a_client_has_one_style_which_shows_no_client() {
    let app = App::with_devices();
    let id = client(&app);
    let settings = json!({"categories": {"global": {"colorSchemeMode": "DARK"}}});
    let input = json!({"ClientId": id, "Settings": settings, "Assets": [asset("FORM_LOGO", "LIGHT", "aGk=")]});
    let style = create(&app, input.clone());
    let style_id = style["ManagedLoginBrandingId"].as_str().unwrap();
    assert_eq!((style_id.len(), &style_id[14..15]), (36, "4"));
    let expected = json!({"ManagedLoginBrandingId": style_id, "UserPoolId": POOL, "UseCognitoProvidedValues": false,
        "Settings": settings, "Assets": [asset("FORM_LOGO", "LIGHT", "aGk=")], "CreationDate": NOW, "LastModifiedDate": NOW});
    assert_eq!(style, expected);
    assert_eq!(describe(&app, &style, false), expected);
    let by_client = call(
        &app,
        "DescribeManagedLoginBrandingByClient",
        json!({"ClientId": id}),
    );
    assert_eq!(by_client.ok()["ManagedLoginBranding"], expected);
    call(&app, "CreateManagedLoginBranding", input).refused(
        "ManagedLoginBrandingExistsException",
        "The app client already has a managed login branding style.",
    );
    let own = create(
        &app,
        json!({"ClientId": client(&app), "UseCognitoProvidedValues": true}),
    );
    assert_eq!(
        [&own["UseCognitoProvidedValues"], &own["Assets"]],
        [&json!(true), &json!([])]
    );
    assert_eq!(own.get("Settings"), None);
}

#[test]
fn a_style_is_cognito_s_own_or_given() {
    let app = App::with_devices();
    let id = client(&app);
    let create = "CreateManagedLoginBranding";
    let both = "Settings and Assets cannot be provided when UseCognitoProvidedValues is true.";
    for given in [
        json!({"Settings": {}}),
        json!({"Assets": [asset("FORM_LOGO", "DARK", "aGk=")]}),
    ] {
        let mut input = given;
        input["ClientId"] = id.clone();
        input["UseCognitoProvidedValues"] = json!(true);
        invalid(&app, create, input, both);
    }
    let neither = "Settings must be provided when UseCognitoProvidedValues is not true.";
    invalid(&app, create, json!({"ClientId": id}), neither);
    invalid(
        &app,
        create,
        json!({"ClientId": id, "UseCognitoProvidedValues": false}),
        neither,
    );
    let message = "Settings must be a JSON object.";
    invalid(
        &app,
        create,
        json!({"ClientId": id, "Settings": [1]}),
        message,
    );
    let twice = json!({"ClientId": id, "Settings": {}, "Assets": [asset("FORM_LOGO", "DARK", "aGk="), asset("FORM_LOGO", "DARK", "aGk=")]});
    invalid(
        &app,
        create,
        twice,
        "Two assets have the same Category and ColorMode.",
    );
}

#[test]
fn merged_resources_have_every_default() {
    let app = App::with_devices();
    let settings = json!({"components": {"form": {"borderRadius": 2.0}}});
    let style = create(
        &app,
        json!({"ClientId": client(&app), "Settings": settings}),
    );
    let merged = describe(&app, &style, true)["Settings"].clone();
    assert_eq!(merged["components"]["form"]["borderRadius"], 2.0);
    assert_eq!(
        merged["components"]["form"]["lightMode"]["backgroundColor"],
        "ffffffff"
    );
    assert_eq!(merged["categories"]["global"]["colorSchemeMode"], "LIGHT");
    assert_eq!(describe(&app, &style, false)["Settings"], settings);
}

#[test]
fn an_update_keeps_what_it_leaves_out_and_adds_assets() {
    let app = App::with_devices();
    let style = create(
        &app,
        json!({"ClientId": client(&app), "UseCognitoProvidedValues": true}),
    );
    app.seconds_pass(60);
    let same = update(&app, &style, json!({}));
    assert_eq!(same["UseCognitoProvidedValues"], true);
    let settings = json!({"categories": {}});
    let given = update(&app, &style, json!({"Settings": settings}));
    assert_eq!(
        [&given["UseCognitoProvidedValues"], &given["Settings"]],
        [&json!(false), &settings]
    );
    assert_eq!(
        [&given["CreationDate"], &given["LastModifiedDate"]],
        [NOW, NOW + 60.0]
    );
    let light = update(
        &app,
        &style,
        json!({"Assets": [asset("FORM_LOGO", "LIGHT", "YQ==")]}),
    );
    assert_eq!(light["Settings"], settings);
    let more = json!({"Assets": [asset("FORM_LOGO", "DARK", "Yg=="), asset("FORM_LOGO", "LIGHT", "Yw==")]});
    let more = update(&app, &style, more);
    let expected = json!([
        asset("FORM_LOGO", "LIGHT", "Yw=="),
        asset("FORM_LOGO", "DARK", "Yg==")
    ]);
    assert_eq!(more["Assets"], expected);
    let own = update(&app, &style, json!({"UseCognitoProvidedValues": true}));
    assert_eq!(
        [&own["Assets"], &own["Settings"]],
        [&json!([]), &Value::Null]
    );
    let input = json!({"ManagedLoginBrandingId": style["ManagedLoginBrandingId"], "UseCognitoProvidedValues": false});
    let neither = "Settings must be provided when UseCognitoProvidedValues is not true.";
    invalid(&app, "UpdateManagedLoginBranding", input, neither);
    let nothing = app.call("UpdateManagedLoginBranding", &json!({}));
    nothing.refused(
        "InvalidParameterException",
        "UserPoolId and ManagedLoginBrandingId are required.",
    );
}

#[test]
fn an_unknown_style_or_client_is_refused() {
    let app = App::with_devices();
    let style = create(
        &app,
        json!({"ClientId": client(&app), "UseCognitoProvidedValues": true}),
    );
    let unknown = "00000000-0000-4000-8000-000000000000";
    for (pool, id) in [
        (POOL, json!(unknown)),
        (UNTRACKED_POOL, style["ManagedLoginBrandingId"].clone()),
    ] {
        for operation in [
            "DescribeManagedLoginBranding",
            "UpdateManagedLoginBranding",
            "DeleteManagedLoginBranding",
        ] {
            let input = json!({"UserPoolId": pool, "ManagedLoginBrandingId": id});
            call(&app, operation, input).refused_as(NO_STYLE);
        }
    }
    let nobody = json!({"ClientId": "nobody", "UseCognitoProvidedValues": true});
    for operation in [
        "CreateManagedLoginBranding",
        "DescribeManagedLoginBrandingByClient",
    ] {
        call(&app, operation, nobody.clone()).refused(
            "ResourceNotFoundException",
            "User pool client nobody does not exist.",
        );
    }
    let without = json!({"ClientId": client(&app)});
    call(&app, "DescribeManagedLoginBrandingByClient", without).refused_as(NO_STYLE);
}

#[test]
fn a_deleted_style_is_gone_and_a_deleted_client_takes_its_style_along() {
    let app = App::with_devices();
    let id = client(&app);
    let input = json!({"ClientId": id, "UseCognitoProvidedValues": true});
    let style = create(&app, input.clone());
    let named = json!({"ManagedLoginBrandingId": style["ManagedLoginBrandingId"]});
    let answer = call(&app, "DeleteManagedLoginBranding", named.clone());
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    call(&app, "DeleteManagedLoginBranding", named).refused_as(NO_STYLE);
    let style = create(&app, input);
    call(&app, "DeleteUserPoolClient", json!({"ClientId": id})).done();
    let named = json!({"ManagedLoginBrandingId": style["ManagedLoginBrandingId"]});
    call(&app, "DescribeManagedLoginBranding", named).refused_as(NO_STYLE);
}

#[test]
fn a_pool_has_at_most_twenty_styles() {
    let app = App::with_devices();
    let own = |id: Value| json!({"ClientId": id, "UseCognitoProvidedValues": true});
    for _ in 0..20 {
        create(&app, own(client(&app)));
    }
    call(&app, "CreateManagedLoginBranding", own(client(&app))).refused(
        "LimitExceededException",
        "The user pool has the maximum number of managed login branding styles.",
    );
}
