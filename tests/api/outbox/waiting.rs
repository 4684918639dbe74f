//! Waiting for a message: by a request, and on the command line.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::{ELSEWHERE, POOL, WEB, read, registry, send_code, start, users};
use crate::world::{App, Client, Key, Tool};

/// How many requests may wait at the same time.
const PLACES: usize = 100;

/// Long enough for a request that is sent before to wait already. If it does not, the test shows less, but does not fail.
fn pause() {
    thread::sleep(Duration::from_millis(300));
}

fn wait(client: &Client, query: &str) -> Value {
    client
        .get_signed(&format!("/_poolhouse/outbox?{query}"))
        .ok()
}

#[test]
fn a_request_that_waits_is_answered_when_the_message_comes() {
    let app = start();
    send_code(&app, WEB, "ana");
    let before = wait(&app, &format!("UserPoolId={POOL}&Username=ana"));
    assert_eq!(before["LastId"], 1);
    let query = format!("UserPoolId={POOL}&Username=ana&after=1&wait=30");
    let shown = thread::scope(|scope| {
        let waits = scope.spawn(|| wait(&app, &query));
        pause();
        // These are not waited for.
        send_code(&app, WEB, "ben");
        send_code(&app, ELSEWHERE, "ana");
        pause();
        assert!(!waits.is_finished());
        send_code(&app, WEB, "ana");
        waits.join().unwrap()
    });
    assert_eq!(users(&shown), [(POOL, "ana")]);
    assert_eq!(
        (&shown["Messages"][0]["Id"], &shown["LastId"]),
        (&json!(4), &json!(4))
    );
    // What is there already is answered at once.
    assert_eq!(wait(&app, &query), shown);
}

#[test]
fn who_waits_in_vain_gets_an_empty_list_and_the_id_to_go_on_from() {
    let app = start();
    send_code(&app, WEB, "ana");
    for query in ["after=1&wait=1", "after=1"] {
        assert_eq!(wait(&app, query), json!({"Messages": [], "LastId": 1}));
    }
    for query in ["?wait=31", "?wait=-1", "?wait=x", "?after=x", "?After=1"] {
        let (code, _) = read(&app, &Key::default(), query).refusal();
        assert_eq!(code, "InvalidParameterException", "{query}");
    }
}

#[test]
fn an_id_is_never_given_again() {
    let app = start();
    for user in ["ana", "ben"] {
        send_code(&app, WEB, user);
    }
    app.call(
        "AdminDeleteUser",
        &json!({"UserPoolId": POOL, "Username": "ben"}),
    )
    .done();
    assert_eq!(wait(&app, "")["LastId"], 1);
    send_code(&app, WEB, "ana");
    assert_eq!(wait(&app, "after=2")["LastId"], 3);
}

#[test]
fn a_message_that_another_process_writes_answers_it_too() {
    let tool = Tool::new();
    tool.apply_seed(&registry());
    let arguments = "--limits off --log-format off";
    let servers = [tool.serve(arguments), tool.serve(arguments)];
    let (here, there) = (servers[0].client(), servers[1].client());
    let shown = thread::scope(|scope| {
        let waits = scope.spawn(|| wait(&here, "Username=ana&wait=30"));
        pause();
        send_code(&there, WEB, "ana");
        waits.join().unwrap()
    });
    assert_eq!(users(&shown), [(POOL, "ana")]);
}

#[test]
fn a_server_that_stops_answers_those_who_wait() {
    let app = start();
    let client = Client::of(&app.url());
    let request = http::Request::get(format!("{}/_poolhouse/outbox?wait=30", app.url()));
    let request = Key::default().sign_request(&app, request.body(Vec::new()).unwrap());
    let waits = thread::spawn(move || client.send(request));
    pause();
    app.stop();
    let shown = waits.join().unwrap().ok();
    assert_eq!(shown, json!({"Messages": [], "LastId": 0}));
}

/// A connection with a request that waits.
fn waiting(app: &App) -> TcpStream {
    let request = http::Request::get(format!("{}/_poolhouse/outbox?wait=30", app.url()));
    let request = Key::default().sign_request(app, request.body(Vec::new()).unwrap());
    let headers = request.headers().iter();
    let headers: String = headers
        .map(|(name, value)| [name.as_str(), ": ", value.to_str().unwrap(), "\r\n"].concat())
        .collect();
    let host = app.host();
    let head = format!("GET /_poolhouse/outbox?wait=30 HTTP/1.1\r\nhost: {host}\r\n{headers}\r\n");
    let mut stream = TcpStream::connect(app.host()).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

#[test]
fn only_so_many_wait_and_who_goes_away_leaves_the_place_to_others() {
    let app = start();
    let mut all: Vec<TcpStream> = (0..PLACES).map(|_| waiting(&app)).collect();
    let refused = || {
        let answer = read(&app, &Key::default(), "?wait=1");
        answer.status != 200 && {
            answer.refused("ThrottlingException", "Too many requests wait for messages");
            assert_eq!(answer.header("x-amz-retry-after"), "1000");
            true
        }
    };
    // One of them may have been refused because of a request that asked for this.
    while !refused() {
        all.push(waiting(&app));
    }
    // Who does not wait needs no place.
    read(&app, &Key::default(), "").ok();
    drop(all);
    // Far less than those would have waited.
    for _ in 0..100 {
        if !refused() {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("the places are still taken");
}

/// `poolhouse outbox --follow`, ended when the test ends.
struct Follower {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Follower {
    fn start(tool: &Tool, arguments: &str) -> Self {
        let mut command = tool.command(&format!("outbox --follow {arguments}"));
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line
    }

    /// Presses Ctrl-C. Returns the exit code and the rest of what was printed.
    fn interrupt(mut self) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        let status = Command::new("kill").args(["-s", "INT", &id]).status();
        assert!(status.unwrap().success());
        let mut rest = String::new();
        self.lines.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_command_line_follows_the_outbox_until_it_is_interrupted() {
    let tool = Tool::new();
    tool.apply_seed(&registry());
    let server = tool.serve("--limits off --log-format off");
    let client = server.client();
    send_code(&client, WEB, "ana");
    let mut all = Follower::start(&tool, "");
    let mut new_user = Follower::start(&tool, "--json --username eva");
    let first = all.line();
    assert!(first.contains("ana@example.com"), "{first}");
    let created = json!({"UserPoolId": POOL, "Username": "eva", "MessageAction": "SUPPRESS",
        "UserAttributes": [{"Name": "email", "Value": "eva@example.com"}, {"Name": "email_verified", "Value": "true"}]});
    client.call("AdminCreateUser", &created).ok();
    let password = json!({"UserPoolId": POOL, "Username": "eva", "Password": crate::world::PASSWORD, "Permanent": true});
    client.call("AdminSetUserPassword", &password).done();
    for (client_app, user) in [(ELSEWHERE, "ben"), (WEB, "eva")] {
        send_code(&client, client_app, user);
    }
    let message: Value = serde_json::from_str(&new_user.line()).unwrap();
    assert_eq!(
        (&message["Id"], &message["Username"]),
        (&json!(3), &json!("eva"))
    );
    assert!(all.line().contains("ben@example.org"));
    assert!(all.line().contains(message["Code"].as_str().unwrap()));
    drop(server);
    assert_eq!(all.interrupt(), (Some(0), String::new()));
    assert_eq!(new_user.interrupt(), (Some(0), String::new()));
    // No server runs any more.
    let mut later = Follower::start(&tool, "--username eva");
    assert!(later.line().contains("eva@example.com"));
    assert_eq!(later.interrupt().0, Some(0));
}

#[test]
fn following_ends_when_nobody_reads_what_it_prints() {
    let tool = Tool::new();
    tool.apply_seed(&registry());
    let server = tool.serve("--limits off --log-format off");
    let client = server.client();
    let mut command = tool.command("outbox --follow");
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    send_code(&client, WEB, "ana");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn following_needs_a_registry_in_a_file() {
    let tool = Tool::new();
    assert_eq!(tool.run("outbox --follow").code, 4);
    assert_eq!(tool.run("outbox --follow --database :memory:").code, 2);
}
