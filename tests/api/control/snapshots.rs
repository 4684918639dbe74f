//! `/_poolhouse/snapshots` and `poolhouse snapshot`: a registry that is kept aside and put back while requests run.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use super::setup;
use crate::world::{
    Answer, App, Client, Key, Meanwhile, NEW, PASSWORD, POOL, Tool, WEB, access_token, sign_in,
    sign_in_by_password, sign_in_by_srp,
};

const SNAPSHOTS: &str = "/_poolhouse/snapshots";

fn call(app: &Client, method: &str, path: &str) -> Answer {
    let path = format!("{SNAPSHOTS}{path}");
    app.control(&Key::default(), method, &path, &Value::Null)
}

fn save(app: &Client, name: &str) -> Value {
    call(app, "PUT", &format!("/{name}")).ok()["Snapshot"].clone()
}

fn restore(app: &Client, name: &str) {
    call(app, "POST", &format!("/{name}/restore")).ok();
}

fn names(app: &Client) -> Vec<String> {
    let all = call(app, "GET", "").ok();
    let all = all["Snapshots"].as_array().unwrap().clone();
    let name = |snapshot: Value| snapshot["Name"].as_str().unwrap().to_owned();
    all.into_iter().map(name).collect()
}

fn set_nickname(app: &App, nickname: &str) -> Answer {
    let attributes = json!([{"Name": "nickname", "Value": nickname}]);
    app.call(
        "AdminUpdateUserAttributes",
        &json!({"UserPoolId": POOL, "Username": "ana", "UserAttributes": attributes}),
    )
}

fn nickname(app: &App) -> Value {
    app.attribute("ana", "nickname")
}

fn messages(app: &App, query: &str) -> Value {
    app.get_signed(&format!("/_poolhouse/outbox{query}")).ok()
}

#[test]
fn after_a_restore_every_client_sees_the_registry_as_it_was() {
    for setup in [setup().in_memory(), setup().on_disk()] {
        let app = setup.start();
        set_nickname(&app, "before").ok();
        let signed_in = sign_in(&app, WEB, "ana");
        let saved = save(&app, "first");
        assert_eq!(saved["Name"], "first");
        assert!(saved["Bytes"].as_u64().unwrap() > 0 && saved["CreationDate"].is_number());
        set_nickname(&app, "after").ok();
        app.set_password(POOL, "ana", NEW, true).done();
        let pool = json!({"PoolName": "another"});
        let pool = app.call("CreateUserPool", &pool).ok()["UserPool"]["Id"].clone();
        restore(&app, "first");
        assert_eq!(nickname(&app), "before");
        sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok();
        let gone = app.call("DescribeUserPool", &json!({"UserPoolId": pool}));
        assert_eq!(gone.refusal().0, "ResourceNotFoundException");
        let token = json!({"AccessToken": access_token(&signed_in)});
        app.call_open("GetUser", &token).ok();
        // Again, and it is still writable.
        set_nickname(&app, "after").ok();
        restore(&app, "first");
        assert_eq!(nickname(&app), "before");
        set_nickname(&app, "later").ok();
        assert_eq!(nickname(&app), "later");
    }
}

#[test]
fn snapshots_are_listed_replaced_and_deleted() {
    let app = setup().on_disk().start();
    assert!(names(&app).is_empty());
    set_nickname(&app, "one").ok();
    save(&app, "b");
    save(&app, "a");
    set_nickname(&app, "two").ok();
    save(&app, "b");
    assert_eq!(names(&app), ["a", "b"]);
    restore(&app, "b");
    assert_eq!(nickname(&app), "two");
    restore(&app, "a");
    assert_eq!(nickname(&app), "one");
    call(&app, "DELETE", "/b").ok();
    assert_eq!(names(&app), ["a"]);
    for (method, path) in [("DELETE", "/b"), ("POST", "/b/restore")] {
        call(&app, method, path).refused("ResourceNotFoundException", "Snapshot b does not exist.");
    }
    for name in [".hidden", "-a", &"x".repeat(65)] {
        let (code, message) = call(&app, "PUT", &format!("/{name}")).refusal();
        assert_eq!(code, "InvalidParameterException");
        assert!(
            message.starts_with("The name of a snapshot has"),
            "{message}"
        );
    }
    assert_eq!(nickname(&app), "one");
}

#[test]
fn snapshots_outlive_a_restart_and_are_their_owners_alone() {
    let app = setup().on_disk().start();
    set_nickname(&app, "before").ok();
    save(&app, "kept");
    let directory = app.database().with_extension("db.snapshots");
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(
        (mode(&directory), mode(&directory.join("kept"))),
        (0o700, 0o600)
    );
    let files = std::fs::read_dir(&directory).unwrap().count();
    assert_eq!(files, 1, "nothing is left beside it");
    set_nickname(&app, "after").ok();
    let app = app.stop().start();
    assert_eq!(nickname(&app), "after");
    restore(&app, "kept");
    assert_eq!(nickname(&app), "before");
    let app = app.stop().start();
    assert_eq!(nickname(&app), "before");
    let checked = std::process::Command::new(env!("CARGO_BIN_EXE_poolhouse"))
        .args(["check", "--deep", "--database"])
        .arg(app.database())
        .output()
        .unwrap();
    assert!(checked.status.success(), "{checked:?}");
}

#[test]
fn what_users_were_allowed_since_is_forgotten_and_messages_go_on_counting() {
    let app = setup()
        .in_memory()
        .with("limits", "on")
        .with("quota_per_user", "0")
        .start();
    let forgot = || {
        let ana = json!({"ClientId": WEB.id, "Username": "ana"});
        app.call_open("ForgotPassword", &ana).status
    };
    save(&app, "start");
    for _ in 0..3 {
        let attempts: Vec<u16> = (0..6).map(|_| forgot()).collect();
        assert_eq!(attempts, [200, 200, 200, 200, 200, 400]);
        let last = messages(&app, "")["LastId"].as_i64().unwrap();
        restore(&app, "start");
        assert_eq!(messages(&app, "")["Messages"], json!([]));
        forgot();
        let new = messages(&app, &format!("?after={last}&wait=5"));
        assert_eq!(new["Messages"].as_array().unwrap().len(), 1);
        restore(&app, "start");
    }
}

#[test]
fn requests_that_run_meanwhile_are_answered_and_none_mixes_two_states() {
    let app = setup().on_disk().with("http_workers", "2").start();
    save(&app, "old");
    app.set_password(POOL, "ana", NEW, true).done();
    set_nickname(&app, "new").ok();
    save(&app, "new");
    let restores = Meanwhile::default();
    let answered = std::thread::scope(|scope| {
        let signs_in = scope.spawn(|| {
            restores.ask(|| {
                for password in [PASSWORD, NEW] {
                    let status = sign_in_by_srp(&app, WEB, "ana", password, &[]).status;
                    assert!([200, 400].contains(&status), "{status}");
                }
            })
        });
        let reads = scope.spawn(|| {
            restores.ask(|| assert!([json!("new"), Value::Null].contains(&nickname(&app))))
        });
        let writes = scope.spawn(|| restores.ask(|| set_nickname(&app, "new").done()));
        for _ in 0..10 {
            restore(&app, "old");
            restore(&app, "new");
        }
        restores.end();
        [signs_in, reads, writes].map(|thread| thread.join().unwrap())
    });
    println!("answered beside twenty restores: {answered:?}");
    assert!(
        answered.iter().all(|answered| *answered > 0),
        "{answered:?}"
    );
    assert_eq!(nickname(&app), "new");
}

#[test]
fn the_command_line_saves_and_restores() {
    let tool = Tool::new();
    let server = tool.serve("--demo --log-format off");
    let address = server.address().to_owned();
    let snapshot = |arguments: &str| {
        let outcome = tool.run(&format!("snapshot {arguments} --listen {address}"));
        (outcome.code, outcome.stdout + &outcome.stderr)
    };
    let (code, said) = snapshot("save start");
    assert!(code == 0 && said.ends_with(" bytes  start\n"), "{said}");
    let client = server.client();
    let user = json!({"UserPoolId": "us-east-1_PoolDemo1", "Username": "diego"});
    client.call("AdminDeleteUser", &user).done();
    assert_eq!(snapshot("restore start"), (0, String::new()));
    client.call("AdminGetUser", &user).ok();
    assert_eq!(snapshot("list").1, said);
    assert_eq!(snapshot("delete start"), (0, String::new()));
    assert_eq!(snapshot("list"), (0, String::new()));
    let (code, said) = snapshot("restore start");
    assert_eq!(code, 1);
    assert!(
        said.ends_with("refuses: Snapshot start does not exist.\n"),
        "{said}"
    );
    assert_eq!(snapshot("save a/b").0, 1);
}
