//! Terms documents of app clients.

use serde_json::{Value, json};

use crate::world::{Answer, App, FOREIGN_POOL, NOW, POOL, UNKNOWN_POOL, UNTRACKED_POOL};

const NO_TERMS: (&str, &str) = (
    "ResourceNotFoundException",
    "Terms document does not exist.",
);
const UNKNOWN: &str = "00000000-0000-4000-8000-000000000000";

/// Calls an operation in the test pool, unless the input names another.
fn call(app: &App, operation: &str, mut input: Value) -> Answer {
    if input.get("UserPoolId").is_none() {
        input["UserPoolId"] = json!(POOL);
    }
    app.call(operation, &input)
}

/// Creates an app client. Returns its id.
fn client(app: &App) -> Value {
    let answer = call(app, "CreateUserPoolClient", json!({"ClientName": "c"}));
    answer.ok()["UserPoolClient"]["ClientId"].clone()
}

fn input(client: &Value, name: &str) -> Value {
    json!({"ClientId": client, "TermsName": name, "TermsSource": "LINK", "Enforcement": "NONE",
        "Links": {"cognito:default": "https://example.com", "cognito:german": "https://example.com/de"}})
}

fn create(app: &App, client: &Value, name: &str) -> Value {
    call(app, "CreateTerms", input(client, name)).ok()["Terms"].clone()
}

fn describe(app: &App, terms: &Value) -> Value {
    let answer = call(app, "DescribeTerms", json!({"TermsId": terms["TermsId"]}));
    answer.ok()["Terms"].clone()
}

#[test]
fn a_terms_document_shows_all_of_itself() {
    let app = App::with_devices();
    let client = client(&app);
    let terms = create(&app, &client, "terms-of-use");
    let mut expected = input(&client, "terms-of-use");
    expected["TermsId"] = terms["TermsId"].clone();
    expected["UserPoolId"] = json!(POOL);
    expected["CreationDate"] = json!(NOW);
    expected["LastModifiedDate"] = json!(NOW);
    assert_eq!(terms, expected);
    assert_eq!(describe(&app, &terms), expected);
    let by_client = json!({"ClientId": client, "TermsName": "terms-of-use"});
    assert_eq!(
        call(&app, "DescribeTermsByClient", by_client).ok()["Terms"],
        expected
    );
    let listed = json!({"Terms": [{"TermsId": terms["TermsId"], "TermsName": "terms-of-use", "Enforcement": "NONE",
        "CreationDate": NOW, "LastModifiedDate": NOW}]});
    assert_eq!(call(&app, "ListTerms", json!({})).ok(), listed);
}

#[test]
fn a_client_has_each_name_once() {
    let app = App::with_devices();
    let web = client(&app);
    let exists = (
        "TermsExistsException",
        "The app client already has a terms document with this name.",
    );
    create(&app, &web, "terms-of-use");
    call(&app, "CreateTerms", input(&web, "terms-of-use")).refused_as(exists);
    let policy = create(&app, &web, "privacy-policy");
    let rename = json!({"TermsId": policy["TermsId"], "TermsName": "terms-of-use"});
    call(&app, "UpdateTerms", rename.clone()).refused_as(exists);
    create(&app, &client(&app), "terms-of-use");
    let by_client = json!({"ClientId": web, "TermsName": "terms-of-use"});
    let first = call(&app, "DescribeTermsByClient", by_client).ok()["Terms"].clone();
    call(&app, "DeleteTerms", json!({"TermsId": first["TermsId"]})).done();
    call(&app, "UpdateTerms", rename).ok();
}

#[test]
fn an_update_keeps_what_it_leaves_out_and_replaces_all_links() {
    let app = App::with_devices();
    let terms = create(&app, &client(&app), "terms-of-use");
    app.seconds_pass(60);
    let update = |mut input: Value| {
        input["TermsId"] = terms["TermsId"].clone();
        call(&app, "UpdateTerms", input)
    };
    let same = update(json!({})).ok()["Terms"].clone();
    assert_eq!(
        [&same["Links"], &same["CreationDate"]],
        [&terms["Links"], &json!(NOW)]
    );
    assert_eq!(same["LastModifiedDate"], NOW + 60.0);
    let links = json!({"cognito:default": "https://example.org"});
    let changed = update(json!({"Links": links})).ok();
    assert_eq!(changed["Terms"]["Links"], links);
    let message = "Links must include a link for cognito:default.";
    let answer = update(json!({"Links": {"cognito:german": "https://example.org"}}));
    answer.refused("InvalidParameterException", message);
    let mut without = input(&client(&app), "terms-of-use");
    without.as_object_mut().unwrap().remove("Links");
    call(&app, "CreateTerms", without).refused("InvalidParameterException", message);
}

#[test]
fn unknown_terms_clients_and_pools_are_refused() {
    let app = App::with_devices();
    let web = client(&app);
    let terms = create(&app, &web, "terms-of-use");
    for operation in ["DescribeTerms", "UpdateTerms", "DeleteTerms"] {
        call(&app, operation, json!({"TermsId": UNKNOWN})).refused_as(NO_TERMS);
        let elsewhere = json!({"TermsId": terms["TermsId"], "UserPoolId": UNTRACKED_POOL});
        call(&app, operation, elsewhere).refused_as(NO_TERMS);
        let nowhere = json!({"TermsId": UNKNOWN, "UserPoolId": UNKNOWN_POOL});
        let message = "User pool us-east-1_Nowhere01 does not exist.";
        call(&app, operation, nowhere).refused("ResourceNotFoundException", message);
        let foreign = json!({"TermsId": UNKNOWN, "UserPoolId": FOREIGN_POOL});
        let message = format!("Not authorized to access user pool {FOREIGN_POOL}.");
        call(&app, operation, foreign).refused("NotAuthorizedException", &message);
    }
    let policy = json!({"ClientId": web, "TermsName": "privacy-policy"});
    call(&app, "DescribeTermsByClient", policy).refused_as(NO_TERMS);
    for operation in ["CreateTerms", "DescribeTermsByClient"] {
        let nobody = input(&json!("nobody"), "terms-of-use");
        let message = "User pool client nobody does not exist.";
        call(&app, operation, nobody).refused("ResourceNotFoundException", message);
    }
}

#[test]
fn terms_documents_are_listed_page_by_page_and_go_with_their_client() {
    let app = App::with_devices();
    let clients: Vec<Value> = (0..20).map(|_| client(&app)).collect();
    for client in &clients {
        create(&app, client, "terms-of-use");
        create(&app, client, "privacy-policy");
    }
    let extra = client(&app);
    call(&app, "CreateTerms", input(&extra, "terms-of-use")).refused(
        "LimitExceededException",
        "The user pool has the maximum number of terms documents.",
    );
    let page = |input: Value| {
        let answer = call(&app, "ListTerms", input).ok();
        (
            answer["Terms"].as_array().unwrap().len(),
            answer.get("NextToken").cloned(),
        )
    };
    assert_eq!(page(json!({})), (40, None));
    let (number, token) = page(json!({"MaxResults": 25}));
    assert_eq!(number, 25);
    assert_eq!(
        page(json!({"MaxResults": 25, "NextToken": token})),
        (15, None)
    );
    call(
        &app,
        "DeleteUserPoolClient",
        json!({"ClientId": clients[0]}),
    )
    .done();
    assert_eq!(page(json!({})), (38, None));
    let bad = call(&app, "ListTerms", json!({"NextToken": "nonsense"}));
    bad.refused(
        "InvalidParameterException",
        "Invalid pagination token given.",
    );
}
