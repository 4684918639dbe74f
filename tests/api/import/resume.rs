//! Jobs outlive the end of a server, and of several servers on one registry only one imports a line.

use std::time::Duration;

use serde_json::{Value, json};

use super::{call, counts, describe, ended, file, line, log, pool, start, uploaded};
use crate::world::{App, Client, Key, POOL, Server, Tool, access_denied};

/// As many lines as a server needs some time for; every tenth fails, and every hundredth is of a user who exists by then.
const LINES: usize = 4000;

fn lines() -> Vec<String> {
    let of = |number: usize| match number {
        _ if number % 10 == 3 => line(&format!("u{number}"), &[("email", "none")]),
        _ if number % 100 == 99 => line("u1", &[]),
        _ => line(&format!("u{number}"), &[]),
    };
    (0..LINES).map(of).collect()
}

/// Asserts that each line was imported once.
fn each_line_counted_once(client: &Client, job: &Value) {
    assert_eq!(job["Status"], "Succeeded");
    assert_eq!(counts(job), [3560, 40, 400]);
    let users = call(client, "DescribeUserPool", json!({})).ok();
    assert_eq!(users["UserPool"]["EstimatedNumberOfUsers"], 3560);
    let messages = log(client, job);
    assert_eq!(messages.len(), LINES);
    for (number, message) in messages.iter().enumerate() {
        let outcome = match number {
            _ if number % 10 == 3 => "FAILED",
            _ if number % 100 == 99 => "SKIPPED",
            _ => "SUCCEEDED",
        };
        let expected = format!("[{outcome}] Line Number {} - ", number + 2);
        assert!(message.starts_with(&expected), "{message}");
    }
}

#[test]
fn a_job_goes_on_where_a_server_was_killed() {
    let tool = Tool::new();
    tool.apply_seed(&pool().into_seed());
    let serve = || tool.serve("--limits off --log-format off");
    let server = serve();
    let job = uploaded(&server.client(), file(&lines()));
    start(&server.client(), &job);
    drop(server);
    let (mut stood, mut kills) = (0, 0);
    let done = loop {
        let mut server = serve();
        let client = server.client();
        // The server gets somewhat further each time.
        let shown = loop {
            let shown = describe(&client, &job);
            let imported = shown["ImportedUsers"].as_i64().unwrap();
            if imported >= stood + 300 || shown["Status"] == "Succeeded" {
                break shown;
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        if shown["Status"] == "Succeeded" {
            each_line_counted_once(&client, &shown);
            break shown;
        }
        server.signal("KILL");
        assert_eq!(server.wait(), None);
        let outcome = tool.run("check --deep");
        assert_eq!(outcome.code, 0, "{outcome:?}");
        stood = shown["ImportedUsers"].as_i64().unwrap();
        kills += 1;
    };
    assert_eq!(
        done["StartDate"],
        describe(&serve().client(), &job)["StartDate"]
    );
    assert!(kills >= 3, "{kills} kills");
    println!("{kills} kills");
}

#[test]
fn a_file_outlives_a_server_that_is_killed() {
    let tool = Tool::new();
    tool.apply_seed(&pool().into_seed());
    let mut server = tool.serve("--limits off --log-format off");
    let job = uploaded(&server.client(), file(&lines()));
    server.signal("KILL");
    server.wait();
    let server = tool.serve("--limits off --log-format off");
    let client = server.client();
    start(&client, &job);
    each_line_counted_once(&client, &ended(&client, &job));
    assert_eq!(tool.run("check --deep").code, 0);
    let exported = tool.export();
    let pool = exported["UserPools"][0].as_object().unwrap();
    let members: Vec<&String> = pool.keys().collect();
    assert_eq!(members, ["Account", "Clients", "UserPool", "Users"]);
}

#[test]
fn two_servers_on_one_registry_import_each_line_once() {
    let tool = Tool::new();
    tool.apply_seed(&pool().into_seed());
    let servers = [(); 2].map(|()| tool.serve("--limits off --log-format off"));
    let [one, other] = servers.each_ref().map(Server::client);
    let job = uploaded(&one, file(&lines()));
    start(&other, &job);
    each_line_counted_once(&other, &ended(&one, &job));
    assert_eq!(tool.run("check --deep").code, 0);
}

#[test]
fn a_stopped_server_leaves_a_job_that_the_next_one_ends() {
    let app = pool().setup().on_disk().start();
    let job = uploaded(&app, file(&lines()));
    start(&app, &job);
    while describe(&app, &job)["ImportedUsers"] == 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    let app: App = app.stop().start();
    each_line_counted_once(&app, &ended(&app, &job));
}

#[test]
fn the_log_needs_a_key_that_may_read_it() {
    let keys = "[[access_keys]]\nid = \"READER\"\nsecret = \"reader-secret\"\n\
                actions = [\"cognito-idp:*\", \"poolhouse:ReadOutbox\"]\n\
                [[access_keys]]\nid = \"LOGGER\"\nsecret = \"logger-secret\"\nactions = [\"poolhouse:ReadImportLog\"]\n";
    let app = pool().setup().with_file(keys).start();
    let job = super::import(&app, file(&[line("ben", &[])]));
    let id = job["JobId"].as_str().unwrap();
    let path = format!("/_poolhouse/import-log?UserPoolId={POOL}&JobId={id}");
    app.get_as(&Key::new("LOGGER", "logger-secret"), &path).ok();
    let denied = access_denied(
        "READER",
        "none",
        &format!("arn:aws:cognito-idp:us-east-1:000000000000:userpool/{POOL}"),
    )
    .replace("cognito-idp:none", "poolhouse:ReadImportLog");
    app.get_as(&Key::new("READER", "reader-secret"), &path)
        .refused("AccessDeniedException", &denied);
    let unknown = path.replace(id, "import-none");
    app.get_signed(&unknown).refused(
        "ResourceNotFoundException",
        "User import job import-none does not exist.",
    );
    for wrong in [
        "/_poolhouse/import-log",
        &format!("{path}&Limit=1"),
        &format!("{path}&After=x"),
    ] {
        let (code, message) = app.get_signed(wrong).refusal();
        assert_eq!(code, "InvalidParameterException", "{wrong}");
        assert!(message.starts_with("Query string: "), "{message}");
    }
}
