//! App clients from creation to deletion: ids, lists, pools.

use serde_json::json;

use super::{call, create, defaults, describe, page, settings};
use crate::world::{
    Answer, App, FOREIGN_POOL, POOL, Setup, UNKNOWN_POOL, UNTRACKED_POOL, registry,
};

#[test]
fn an_unknown_client_or_pool_is_refused() {
    let app = App::with_devices();
    let client = create(&app, json!({"ClientName": "c"}))["ClientId"].clone();
    for operation in [
        "DescribeUserPoolClient",
        "UpdateUserPoolClient",
        "DeleteUserPoolClient",
    ] {
        call(&app, operation, json!({"ClientId": "nobody"})).refused(
            "ResourceNotFoundException",
            "User pool client nobody does not exist.",
        );
        let elsewhere = json!({"ClientId": client, "UserPoolId": UNTRACKED_POOL});
        call(&app, operation, elsewhere).refused(
            "ResourceNotFoundException",
            &format!(
                "User pool client {} does not exist.",
                client.as_str().unwrap()
            ),
        );
    }
    for (operation, input) in [
        ("CreateUserPoolClient", json!({"ClientName": "c"})),
        ("DescribeUserPoolClient", json!({"ClientId": client})),
        ("UpdateUserPoolClient", json!({"ClientId": client})),
        ("DeleteUserPoolClient", json!({"ClientId": client})),
        ("ListUserPoolClients", json!({})),
    ] {
        let mut input = input.clone();
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
    call(&app, "DescribeUserPoolClient", json!({"ClientId": "a-b"})).refused(
        "InvalidParameterException",
        "1 validation error detected: Value 'a-b' at 'clientId' failed to satisfy constraint: Member must satisfy regular \
         expression pattern: [\\w+]+",
    );
    describe(&app, &client);
}

#[test]
fn a_deleted_client_is_gone_and_a_deleted_pool_takes_its_clients_along() {
    let app = App::with_devices();
    let [one, two] =
        ["one", "two"].map(|name| create(&app, json!({"ClientName": name}))["ClientId"].clone());
    let answer = call(&app, "DeleteUserPoolClient", json!({"ClientId": one}));
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    let (code, _) = call(&app, "DeleteUserPoolClient", json!({"ClientId": one})).refusal();
    assert_eq!(code, "ResourceNotFoundException");
    assert_eq!(page(&app, json!({})), (vec![two.clone()], None));
    call(&app, "DeleteUserPool", json!({}));
    // The id is free again.
    let name = format!("_custom_id_:{}", two.as_str().unwrap());
    create(
        &app,
        json!({"ClientName": name, "UserPoolId": UNTRACKED_POOL}),
    );
}

#[test]
fn an_id_can_be_fixed_by_a_prefix_that_is_not_kept() {
    let app = App::with_devices();
    let client = create(&app, json!({"ClientName": "_custom_id_:MyApp_1"}));
    assert_eq!(client, defaults(&json!("MyApp_1"), "MyApp_1"));
    for (name, pool) in [("again", POOL), ("elsewhere", UNTRACKED_POOL)] {
        let input = json!({"ClientName": "_custom_id_:MyApp_1", "UserPoolId": pool});
        let answer = call(&app, "CreateUserPoolClient", input);
        assert_eq!(
            answer.refusal().1,
            "User pool client MyApp_1 already exists.",
            "{name}"
        );
        assert_eq!(answer.refusal().0, "InvalidParameterException");
    }
    call(&app, "CreateUserPoolClient", json!({"ClientName": "_custom_id_:my-app"})).refused(
        "InvalidParameterException",
        "1 validation error detected: Value 'my-app' at 'clientId' failed to satisfy constraint: Member must satisfy regular \
         expression pattern: [\\w+]+",
    );
    call(&app, "CreateUserPoolClient", json!({"ClientName": "my:app"})).refused(
        "InvalidParameterException",
        "1 validation error detected: Value 'my:app' at 'clientName' failed to satisfy constraint: Member must satisfy regular \
         expression pattern: [\\w\\s+=,.@-]+",
    );
}

#[test]
fn lists_go_on_by_key() {
    let app = App::with_devices();
    let ids = ["a", "b", "c", "d", "e"];
    for id in ids {
        create(&app, json!({"ClientName": format!("_custom_id_:{id}")}));
    }
    create(
        &app,
        json!({"ClientName": "other", "UserPoolId": UNTRACKED_POOL}),
    );
    let all = ids.map(|id| json!(id));
    assert_eq!(page(&app, json!({})), (all.to_vec(), None));
    let (first, token) = page(&app, json!({"MaxResults": 2}));
    call(&app, "DeleteUserPoolClient", json!({"ClientId": "a"}));
    let (second, next) = page(&app, json!({"MaxResults": 2, "NextToken": token}));
    let (third, last) = page(&app, json!({"MaxResults": 2, "NextToken": next}));
    assert_eq!([first, second, third].concat(), all);
    assert_eq!(last, None);
    let listed = call(&app, "ListUserPoolClients", json!({"MaxResults": 1})).ok();
    assert_eq!(
        listed["UserPoolClients"],
        json!([{"ClientId": "b", "ClientName": "b", "UserPoolId": POOL}])
    );
    assert_eq!(page(&app, json!({"ClientType": "REGULAR"})).0.len(), 4);
    assert_eq!(page(&app, json!({"ClientType": "DCR"})), (vec![], None));
    // A pagination token is good for the list that gave it.
    for input in [
        json!({"NextToken": token, "UserPoolId": UNTRACKED_POOL}),
        json!({"NextToken": "nonsense"}),
    ] {
        call(&app, "ListUserPoolClients", input).refused(
            "InvalidParameterException",
            "Invalid pagination token given.",
        );
    }
}

#[test]
fn clients_survive_a_restart() {
    let app = Setup::new().on_disk().seeded(registry()).start();
    let mut input = settings();
    input["ClientName"] = json!("lasting");
    input["GenerateSecret"] = json!(true);
    let client = create(&app, input);
    let app = app.stop().start();
    assert_eq!(describe(&app, &client["ClientId"]), client);
}

#[test]
fn a_secret_is_published_nowhere_else() {
    let app = Setup::new().seeded(registry()).start();
    let said = "Poolhouse does not serve PublishSecretsInAWSSecretsManager.";
    let input = json!({"ClientName": "web", "GenerateSecret": true, "PublishSecretsInAWSSecretsManager": true});
    let not_served = |answer: Answer| {
        assert_eq!((answer.status, answer.refusal().1.as_str()), (501, said));
    };
    not_served(call(&app, "CreateUserPoolClient", input));
    let client = create(
        &app,
        json!({"ClientName": "web", "PublishSecretsInAWSSecretsManager": false}),
    );
    assert_eq!(client, defaults(&client["ClientId"], "web"));
    let input = json!({"ClientId": client["ClientId"], "ClientName": "other", "PublishSecretsInAWSSecretsManager": true});
    not_served(call(&app, "UpdateUserPoolClient", input));
    assert_eq!(describe(&app, &client["ClientId"]), client);
}
