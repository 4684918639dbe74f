//! Styles, customizations and terms in seeds and exports.

use serde_json::{Value, json};

use crate::world::{POOL, Tool, registry};

const CLIENT: &str = "web00000000000000000000001";
const DATE: f64 = 1_715_100_742.022;

/// The registry with a document of each kind.
fn with_documents() -> Value {
    let mut seed = registry();
    let pool = &mut seed["UserPools"][0];
    pool["Clients"] = json!([{"ClientId": CLIENT, "ClientName": "web"}]);
    pool["ManagedLoginBrandings"] = json!([{"ClientId": CLIENT, "ManagedLoginBrandingId": "00000000-0000-4000-8000-000000000001",
        "UseCognitoProvidedValues": false, "Settings": {"categories": {}}, "Assets": [], "CreationDate": DATE,
        "LastModifiedDate": DATE}]);
    pool["UICustomizations"] = json!([
        {"ClientId": "ALL", "CSS": ".logo-customizable { width: 1px }", "CreationDate": DATE, "LastModifiedDate": DATE},
        {"ClientId": CLIENT, "ImageFile": "iVBORw0KGgo=", "CreationDate": DATE, "LastModifiedDate": DATE},
    ]);
    pool["Terms"] = json!([{"ClientId": CLIENT, "TermsId": "00000000-0000-4000-8000-000000000002", "TermsName": "terms-of-use",
        "TermsSource": "LINK", "Enforcement": "NONE", "Links": {"cognito:default": "https://example.com"}, "CreationDate": DATE,
        "LastModifiedDate": DATE}]);
    seed
}

#[test]
fn an_export_has_the_documents_and_applies_again() {
    let tool = Tool::new();
    tool.apply_seed(&with_documents());
    assert_eq!(tool.run("seed export copy.json").code, 0);
    let copy = std::fs::read(tool.path("copy.json")).unwrap();
    let copy: Value = serde_json::from_slice(&copy).unwrap();
    for list in ["ManagedLoginBrandings", "UICustomizations", "Terms"] {
        let of = |seed: &Value| seed["UserPools"][0][list].clone();
        assert_eq!(of(&copy), of(&with_documents()), "{list}");
    }
    let again = tool.run("seed apply copy.json");
    assert!(again.stdout.contains("0 created, 0 updated"), "{again:?}");
    let mut other = with_documents();
    let style = &mut other["UserPools"][0]["ManagedLoginBrandings"][0];
    style["ManagedLoginBrandingId"] = json!("00000000-0000-4000-8000-000000000009");
    other["UserPools"][0]["Terms"][0]["Links"]["cognito:english"] = json!("https://example.com/en");
    tool.write_json("other.json", &other);
    let changed = tool.run("seed apply other.json");
    assert!(
        changed.stdout.contains("0 created, 2 updated"),
        "{changed:?}"
    );
    assert_eq!(tool.run("check --deep").code, 0);
}

#[test]
fn a_seed_is_refused_where_an_operation_would_refuse_its_document() {
    let tool = Tool::new();
    tool.apply_seed(&with_documents());
    let refused = |list: &str, document: Value, why: &str| {
        let seed = json!({"UserPool": {"Id": POOL}, list: [document]});
        tool.write_json("bad.json", &seed);
        let outcome = tool.run("seed apply bad.json");
        let why = format!("{list}[0]: {why}");
        assert!(
            outcome.code == 3 && outcome.stderr.contains(&why),
            "{outcome:?}"
        );
    };
    let style = |members: Value| {
        let mut style = json!({"ClientId": CLIENT});
        crate::world::merge(&mut style, members);
        style
    };
    refused(
        "ManagedLoginBrandings",
        json!({"Settings": {}}),
        "ClientId is missing",
    );
    refused(
        "ManagedLoginBrandings",
        style(json!({})),
        "Settings must be provided",
    );
    let unknown = json!({"ClientId": "nobody", "Settings": {}});
    refused(
        "ManagedLoginBrandings",
        unknown,
        "User pool client nobody does not exist.",
    );
    refused(
        "UICustomizations",
        json!({"CSS": "body {}"}),
        "Invalid CSS: body is not allowed.",
    );
    let elsewhere = json!({"UserPoolId": "us-east-1_Elsewhere"});
    refused(
        "UICustomizations",
        elsewhere,
        "UserPoolId is that of another pool",
    );
    let mut terms = with_documents()["UserPools"][0]["Terms"][0].clone();
    terms["Links"] = json!({"cognito:english": "https://example.com"});
    refused(
        "Terms",
        terms,
        "Links must include a link for cognito:default.",
    );
}
