//! Groups: from creation to deletion, who is in them, what tokens say of them, and how seeds say them.

mod claims;
mod life;
mod members;
mod seeds;

use serde_json::{Value, json};

use crate::world::{Answer, App, FOREIGN_POOL, Key, POOL, UNKNOWN_POOL, access_denied};

const NO_GROUP: (&str, &str) = ("ResourceNotFoundException", "Group not found.");

/// Calls an operation in the test pool, unless the input names another.
fn call(app: &App, operation: &str, mut input: Value) -> Answer {
    if input.get("UserPoolId").is_none() {
        input["UserPoolId"] = json!(POOL);
    }
    app.call(operation, &input)
}

/// Creates a group with these members. Returns the group.
fn create(app: &App, name: &str, mut members: Value) -> Value {
    members["GroupName"] = json!(name);
    call(app, "CreateGroup", members).ok()["Group"].clone()
}

fn get(app: &App, name: &str) -> Value {
    call(app, "GetGroup", json!({"GroupName": name})).ok()["Group"].clone()
}

fn add(app: &App, user: &str, group: &str) {
    let input = json!({"Username": user, "GroupName": group});
    call(app, "AdminAddUserToGroup", input).done();
}

fn remove(app: &App, user: &str, group: &str) {
    let input = json!({"Username": user, "GroupName": group});
    call(app, "AdminRemoveUserFromGroup", input).done();
}

/// The ARN of a role with this name.
fn role(name: &str) -> String {
    format!("arn:aws:iam::000000000000:role/{name}")
}

/// What a page lists, by name, and the token of the next page.
fn page(app: &App, operation: &str, input: Value) -> (Vec<String>, Option<Value>) {
    let answer = call(app, operation, input).ok();
    let (list, name) = match operation {
        "ListUsersInGroup" => ("Users", "Username"),
        _ => ("Groups", "GroupName"),
    };
    let listed = answer[list].as_array().unwrap();
    let names = listed
        .iter()
        .map(|item| item[name].as_str().unwrap().to_owned());
    (names.collect(), answer.get("NextToken").cloned())
}

/// The names of all pages of this size.
fn pages(app: &App, operation: &str, input: &Value, limit: u32) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut token = None;
    loop {
        let mut input = input.clone();
        input["Limit"] = json!(limit);
        if let Some(token) = token {
            input["NextToken"] = token;
        }
        let (names, next) = page(app, operation, input);
        pages.push(names);
        token = next;
        if token.is_none() {
            return pages;
        }
    }
}

fn groups_of(app: &App, user: &str) -> Vec<String> {
    page(app, "AdminListGroupsForUser", json!({"Username": user})).0
}

fn users_in(app: &App, group: &str) -> Vec<String> {
    page(app, "ListUsersInGroup", json!({"GroupName": group})).0
}

/// An input that each operation accepts for the user `diego` and the group `staff`.
const OPERATIONS: [&str; 9] = [
    "CreateGroup",
    "GetGroup",
    "UpdateGroup",
    "ListGroups",
    "AdminAddUserToGroup",
    "ListUsersInGroup",
    "AdminListGroupsForUser",
    "AdminRemoveUserFromGroup",
    "DeleteGroup",
];

fn accepted() -> Value {
    json!({"GroupName": "staff", "Username": "diego"})
}

#[test]
fn every_operation_refuses_an_unknown_pool_and_one_of_another_account() {
    let app = App::with_devices();
    for operation in OPERATIONS {
        let mut input = accepted();
        input["UserPoolId"] = json!(UNKNOWN_POOL);
        call(&app, operation, input.clone()).refused(
            "ResourceNotFoundException",
            "User pool us-east-1_Nowhere01 does not exist.",
        );
        input["UserPoolId"] = json!(FOREIGN_POOL);
        call(&app, operation, input).refused(
            "NotAuthorizedException",
            &format!("Not authorized to access user pool {FOREIGN_POOL}."),
        );
    }
}

#[test]
fn a_narrowed_key_reaches_the_groups_that_it_was_granted() {
    let keys = "[[access_keys]]\nid = \"READER\"\nsecret = \"reader-secret\"\n\
                actions = [\"cognito-idp:GetGroup\", \"cognito-idp:*Groups*\", \"cognito-idp:ListUsersInGroup\"]\n\
                pools = [\"us-east-1_Test00001\"]\n";
    let setup = crate::world::Setup::new().with_file(keys);
    let app = setup.seeded(crate::world::registry()).start();
    create(&app, "staff", json!({}));
    let reader = Key::new("READER", "reader-secret");
    let resource = format!("arn:aws:cognito-idp:us-east-1:000000000000:userpool/{POOL}");
    let mut input = accepted();
    input["UserPoolId"] = json!(POOL);
    for operation in OPERATIONS {
        let answer = app.call_as(&reader, operation, &input);
        match operation {
            "GetGroup" | "ListGroups" | "ListUsersInGroup" | "AdminListGroupsForUser" => {
                answer.done();
            }
            _ => {
                let message = access_denied("READER", operation, &resource);
                answer.refused("AccessDeniedException", &message);
            }
        }
    }
}
