//! `import cognito-local`, of a folder that version 5.3.0 wrote.

use serde_json::{Value, json};

use crate::world::{Outcome, Tool};

const POOL: &str = "us-east-1_1lzv6v00";
const WEB: &str = "4761jh0wq2vmws6r52hg81i1b";

fn folder() -> &'static str {
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/cognito-local")
}

fn import(tool: &Tool, more: &str) -> Outcome {
    tool.run(&format!("import cognito-local {} {more}", folder()))
}

#[test]
fn users_of_cognito_local_sign_in_as_before() {
    let tool = Tool::new();
    let outcome = import(&tool, "--create");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(
        outcome.stdout,
        "data/poolhouse.db: 8 created, 0 updated, 0 unchanged\n"
    );
    for remark in [
        "The pool local_1lzv6v00 is us-east-1_1lzv6v00 here.",
        "us-east-1_1lzv6v00: passwords that the policy does not allow do not come along: those of \
         a6eddbcb-ea5b-43bd-b046-ace6e24ac80d.",
        "us-east-1_1lzv6v00: codes and refresh tokens do not come along: users sign in again.",
        "us-east-1_1lzv6v00: the client 4761jh0wq2vmws6r52hg81i1b names no ExplicitAuthFlows: as in Cognito, it signs in by SRP \
         and refresh tokens alone.",
    ] {
        assert!(outcome.stderr.contains(remark), "{outcome:?}");
    }
    let server = tool.serve("--limits off");
    let client = server.client();
    let update = json!({"UserPoolId": POOL, "ClientId": WEB,
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]});
    client.call("UpdateUserPoolClient", &update).ok();
    let sign_in = |name: &str, password: &str| {
        let parameters = json!({"USERNAME": name, "PASSWORD": password});
        let input = json!({"ClientId": WEB, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters});
        client.call("InitiateAuth", &input)
    };
    let temporary = sign_in("ana@example.com", "Temp-Pass-1").ok();
    assert_eq!(temporary["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    sign_in("bob@example.com", "Bob-Pass-22")
        .refused("UserNotConfirmedException", "User is not confirmed.");
    sign_in("bob@example.com", "Bob-Pass-23")
        .refused("NotAuthorizedException", "Incorrect username or password.");
    let confirm = json!({"UserPoolId": POOL, "Username": "bob@example.com"});
    client.call("AdminConfirmSignUp", &confirm).ok();
    assert!(sign_in("bob@example.com", "Bob-Pass-22").ok()["AuthenticationResult"].is_object());
    let cat = json!({"UserPoolId": POOL, "Username": "cat@example.com"});
    let groups = client.call("AdminListGroupsForUser", &cat).ok();
    assert_eq!(groups["Groups"][0]["GroupName"], "staff");
    let bob = client.call("AdminGetUser", &confirm).ok();
    assert_eq!(attribute(&bob, "custom:tier"), "gold");
    assert_eq!(
        attribute(&bob, "sub"),
        "1343798a-964a-4374-beb3-78fb2527f6b6"
    );
}

fn attribute(user: &Value, name: &str) -> Value {
    let attributes = user["UserAttributes"].as_array().unwrap();
    let found = attributes
        .iter()
        .find(|attribute| attribute["Name"] == name);
    found.unwrap()["Value"].clone()
}

#[test]
fn importing_again_changes_nothing() {
    let tool = Tool::new();
    import(&tool, "--create");
    assert_eq!(
        import(&tool, "").stdout,
        "data/poolhouse.db: 0 created, 0 updated, 8 unchanged\n"
    );
}

#[test]
fn a_dry_run_says_what_would_be_taken_over_and_writes_nothing() {
    let tool = Tool::new();
    let outcome = import(&tool, "--dry-run");
    assert_eq!(
        outcome.stdout,
        "data/poolhouse.db: 8 created, 0 updated, 0 unchanged\n"
    );
    assert!(
        outcome.stderr.ends_with("Nothing was written.\n"),
        "{outcome:?}"
    );
    assert!(!tool.path("data").exists());
}

#[test]
fn a_folder_without_pools_is_refused() {
    let tool = Tool::new();
    let outcome = tool.run("import cognito-local . --create");
    assert_eq!(
        (outcome.code, outcome.stderr.as_str()),
        (3, "poolhouse: seed: .: no file of a pool is here\n")
    );
    tool.write("broken.json", "{");
    let outcome = tool.run("import cognito-local . --create");
    assert_eq!(outcome.code, 3);
    assert!(
        outcome
            .stderr
            .starts_with("poolhouse: seed: ./broken.json: "),
        "{outcome:?}"
    );
    assert_eq!(tool.run("import cognito-local nowhere --create").code, 3);
    assert!(!tool.path("data").exists());
}

/// What Cognito would refuse names its place in the folder.
#[test]
fn what_cognito_would_refuse_is_refused_with_its_place() {
    let tool = Tool::new();
    let pool = json!({"Options": {"Id": "local_1"}, "Groups": {}, "Users": {"ana": {"Username": "ana", "UserStatus": "CONFIRMED",
        "Attributes": [{"Name": "sub", "Value": "1"}, {"Name": "hat", "Value": "green"}, {"Name": "phone_number", "Value": "none"}]}}});
    tool.write_json("local_1.json", &pool);
    let outcome = tool.run("import cognito-local . --create");
    assert_eq!(outcome.code, 3, "{outcome:?}");
    assert!(
        outcome.stderr.contains(
            "the attribute 'hat' does not come along, since the schema does not have it (users: 1)"
        ),
        "{outcome:?}"
    );
    assert!(
        outcome
            .stderr
            .ends_with("UserPools[0].Users[0]: Invalid phone number format.\n"),
        "{outcome:?}"
    );
}
