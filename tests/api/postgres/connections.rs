//! Connections to the server that end, and a server that does.

use serde_json::json;

use crate::world::{Client, OwnDatabase, POOL, Pool, PostgresServer, Relay, Tool, WEB};

fn create(client: &Client, name: &str) -> u16 {
    let input = json!({"UserPoolId": POOL, "Username": name, "MessageAction": "SUPPRESS"});
    client.call("AdminCreateUser", &input).status
}

fn exists(client: &Client, name: &str) -> bool {
    let input = json!({"UserPoolId": POOL, "Username": name});
    client.call("AdminGetUser", &input).status == 200
}

#[test]
fn a_change_whose_commit_has_no_answer_is_in_doubt_and_not_made_twice() {
    let tool = Tool::new();
    let database = OwnDatabase::empty();
    let relay = Relay::start();
    let seed = tool.write_json("seed.json", &Pool::new(POOL).client(WEB).into_seed());
    let mut server = tool.serve(&format!(
        "--limits off --log-format json --seed {} --database {}",
        seed.display(),
        database.by(relay.folder())
    ));
    let client = server.client();
    assert_eq!(create(&client, "ana"), 200);
    relay.swallow_next_answer();
    let input = json!({"UserPoolId": POOL, "Username": "eva", "MessageAction": "SUPPRESS"});
    let (code, _) = client.call("AdminCreateUser", &input).refusal();
    assert_eq!(code, "InternalErrorException");
    assert!(exists(&client, "eva"), "the server had made it");
    // A connection that ends between two requests costs none.
    relay.cut();
    assert_eq!(create(&client, "ida"), 200);
    server.signal("TERM");
    let log = server.rest();
    let doubts = log
        .matches("IN DOUBT: the connection was lost during COMMIT")
        .count();
    assert_eq!(doubts, 1, "{log}");
}

#[test]
fn a_server_is_ready_when_its_database_is() {
    let tool = Tool::new();
    let mut postgres = PostgresServer::start(&[]);
    let address = postgres.address("postgres");
    let server = tool.serve(&format!(
        "--limits off --log-format off --database {address}"
    ));
    let client = server.client();
    let ready = || client.get_signed("/_poolhouse/ready").status;
    assert_eq!(ready(), 200);
    postgres.kill();
    assert_eq!(ready(), 503);
    assert_eq!(client.get_signed("/_poolhouse/health").status, 200);
    postgres.run(&[]);
    assert_eq!(ready(), 200);
}
