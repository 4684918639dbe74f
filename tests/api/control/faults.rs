//! `/_poolhouse/faults` and `poolhouse faults`: requests that are made to fail.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use super::{setup, start};
use crate::world::{
    Answer, App, AppClient, Client, Key, NOW, PASSWORD, POOL, Pool, Setup, Tool, User, WEB,
    access_token, sign_in, sign_in_by_password,
};

const FAULTS: &str = "/_poolhouse/faults";

/// Another pool, and its client.
const OTHER_POOL: &str = "us-east-1_Test00004";
const ELSEWHERE: AppClient<'_> = AppClient::new(OTHER_POOL, "elsewhere00000000000000001");

fn control(app: &Client, method: &str, path: &str, body: &Value) -> Answer {
    app.control(&Key::default(), method, path, body)
}

/// Adds a fault. Returns it as the server shows it.
fn add(app: &Client, rule: Value) -> Value {
    control(app, "POST", FAULTS, &rule).ok()["Fault"].clone()
}

fn list(app: &Client) -> Vec<Value> {
    let all = app.get_signed(FAULTS).ok();
    all["Faults"].as_array().unwrap().clone()
}

fn clear(app: &Client) {
    control(app, "DELETE", FAULTS, &Value::Null).ok();
}

fn ana() -> Value {
    json!({"UserPoolId": POOL, "Username": "ana"})
}

/// The codes of so many calls; empty where one succeeds.
fn codes(app: &App, operation: &str, calls: usize) -> Vec<String> {
    let call = |_| app.call(operation, &ana());
    let code = |answer: Answer| match answer.status {
        200 => String::new(),
        _ => answer.refusal().0,
    };
    (0..calls).map(call).map(code).collect()
}

/// What became of the last request.
fn last(app: &App) -> Value {
    let all = app.get_signed("/_poolhouse/requests").ok();
    let last = all["Requests"].as_array().unwrap().last().unwrap().clone();
    let id = last["request_id"].as_str().unwrap();
    app.get_signed(&format!("/_poolhouse/requests/{id}")).ok()
}

#[test]
fn an_operation_answers_with_the_error_as_often_as_it_is_told() {
    let app = start();
    let fault = add(
        &app,
        json!({"Operation": "AdminGetUser", "Error": "TooManyRequestsException", "Count": 2}),
    );
    assert_eq!(
        fault,
        json!({"Id": 1, "Summary": "AdminGetUser: TooManyRequestsException, 2 times", "Operation": "AdminGetUser",
            "Error": "TooManyRequestsException", "Count": 2, "Struck": 0, "Ended": false})
    );
    assert_eq!(
        codes(&app, "AdminListGroupsForUser", 1),
        [""],
        "another operation"
    );
    let refused = app.call("AdminGetUser", &ana());
    refused.refused("TooManyRequestsException", "Fault 1 of this server.");
    assert_eq!(refused.header("x-amz-retry-after"), "");
    let said = last(&app);
    assert_eq!(said["RefusedBy"], "a fault that was set for tests");
    assert_eq!(
        (&said["Request"]["fault"], &said["Request"]["reason"]),
        (&json!(1), &json!("by fault 1"))
    );
    assert_eq!(
        codes(&app, "AdminGetUser", 2),
        ["TooManyRequestsException", ""]
    );
    assert_eq!(last(&app)["Request"].get("fault"), None);
    let [fault] = &list(&app)[..] else {
        panic!("one fault")
    };
    assert_eq!(
        (&fault["Struck"], &fault["Ended"]),
        (&json!(2), &json!(true))
    );
}

#[test]
fn what_is_refused_for_another_reason_does_not_count() {
    let app = start();
    add(
        &app,
        json!({"Operation": "AdminGetUser", "Error": "InternalErrorException", "Count": 1}),
    );
    let unsigned = app.request("AdminGetUser", ana().to_string());
    assert_eq!(app.send(unsigned).status, 400);
    app.call("AdminGetUser", &json!({"UserPoolId": POOL}))
        .refusal();
    assert_eq!(list(&app)[0]["Struck"], 0);
    assert_eq!(app.call("AdminGetUser", &ana()).status, 500);
}

#[test]
fn an_operation_gives_the_errors_that_it_declares_under_its_own_names() {
    let app = start();
    add(&app, json!({"Error": "TooManyRequestsException"}));
    let declares_none = "AdminSetUserSettings";
    let input = json!({"UserPoolId": POOL, "Username": "ana", "MFAOptions": []});
    assert_eq!(
        app.call(declares_none, &input).refusal().0,
        "ThrottlingException"
    );
    assert_eq!(codes(&app, "AdminGetUser", 1), ["TooManyRequestsException"]);
    clear(&app);
    add(&app, json!({"Error": "InternalErrorException"}));
    let secrets = json!({"UserPoolId": POOL, "ClientId": WEB.id});
    let answer = app.call("ListUserPoolClientSecrets", &secrets);
    assert_eq!(
        (answer.status, &*answer.refusal().0),
        (500, "InternalServerException")
    );
    clear(&app);
    add(
        &app,
        json!({"Operation": "InitiateAuth", "Error": "PasswordResetRequiredException", "Message": "Set a new one."}),
    );
    sign_in_by_password(&app, WEB, "ana", PASSWORD, &[])
        .refused("PasswordResetRequiredException", "Set a new one.");
}

#[test]
fn a_fault_of_a_pool_strikes_what_leads_to_the_pool() {
    let other = Pool::new(OTHER_POOL)
        .client(ELSEWHERE)
        .user(User::new("ben").password(PASSWORD));
    let app = setup().seeded(other.into_seed()).start();
    let tokens = [(WEB, "ana"), (ELSEWHERE, "ben")]
        .map(|(client, user)| access_token(&sign_in(&app, client, user)));
    add(
        &app,
        json!({"UserPoolId": OTHER_POOL, "Error": "InternalErrorException"}),
    );
    let [here, there] = tokens.map(|token| {
        let answer = app.call_open("GetUser", &json!({"AccessToken": token}));
        answer.status
    });
    assert_eq!((here, there), (200, 500));
    let [here, there] = [(WEB, "ana"), (ELSEWHERE, "ben")]
        .map(|(client, user)| sign_in_by_password(&app, client, user, PASSWORD, &[]).status);
    assert_eq!((here, there), (200, 500));
    let [here, there] = [POOL, OTHER_POOL].map(|pool| {
        let answer = app.call("DescribeUserPool", &json!({"UserPoolId": pool}));
        answer.status
    });
    assert_eq!((here, there), (200, 500));
}

#[test]
fn a_connection_is_cut_before_the_work_or_when_it_is_done() {
    let app = start();
    let cut = |when: &str| {
        let rule = json!({"Operation": "AdminDisableUser", "Disconnect": when, "Count": 1});
        let id = add(&app, rule)["Id"].clone();
        assert!(app.try_call("AdminDisableUser", &ana()).is_none());
        let said = last(&app);
        let line = &said["Request"];
        assert_eq!(
            (&line["outcome"], &line["fault"], line.get("status")),
            (&json!("no answer"), &id, None)
        );
        let reason = line["reason"].as_str().unwrap().to_owned();
        (
            app.user("ana")["Enabled"] == true,
            reason,
            said["RefusedBy"].as_str().unwrap().to_owned(),
        )
    };
    let (enabled, reason, by) = cut("BEFORE_WORK");
    assert!(enabled, "nothing was done");
    assert_eq!(reason, "by fault 1, before the work");
    assert_eq!(by, "a fault that was set for tests");
    let (enabled, reason, by) = cut("AFTER_WORK");
    assert!(!enabled, "it was done");
    assert_eq!(reason, "by fault 2, when the work was done");
    assert_eq!(
        by,
        "a fault that was set for tests, which kept its answer back"
    );
    add(
        &app,
        json!({"Operation": "AdminGetUser", "Disconnect": "AFTER_WORK", "Count": 1}),
    );
    let nobody = json!({"UserPoolId": POOL, "Username": "nobody"});
    assert!(app.try_call("AdminGetUser", &nobody).is_none());
    let said = last(&app);
    assert_eq!(
        said["Request"]["reason"],
        "by fault 3, after UserNotFoundException"
    );
    assert_eq!(said["RefusedBy"], "the operation itself");
}

#[test]
fn a_request_waits_and_others_are_answered_meanwhile() {
    let app = setup().with("http_shutdown_seconds", "1").start();
    add(
        &app,
        json!({"Operation": "GetUser", "DelayMilliseconds": 60_000, "Count": 1}),
    );
    let body = json!({"AccessToken": "a"}).to_string();
    let head = format!(
        "POST / HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Target: \
         AWSCognitoIdentityProviderService.GetUser\r\nContent-Length: {}\r\n\r\n{body}",
        app.host(),
        body.len()
    );
    let mut stream = TcpStream::connect(app.host()).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    while list(&app)[0]["Struck"] != 1 {}
    app.user("ana");
    let patience = Some(Duration::from_millis(100));
    stream.set_read_timeout(patience).unwrap();
    let nothing = stream.read(&mut [0]).unwrap_err();
    assert!(matches!(
        nothing.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut
    ));
    add(
        &app,
        json!({"Operation": "AdminGetUser", "DelayMilliseconds": 1}),
    );
    app.user("ana");
    let said = last(&app);
    let passed = said["Passed"].as_array().unwrap();
    assert!(passed.contains(&json!("a fault that was set for tests let it do its work")));
    assert_eq!(
        (&said["Request"]["outcome"], &said["Request"]["fault"]),
        (&json!("ok"), &json!(2))
    );
}

#[test]
fn a_fault_ends_when_its_time_is_over() {
    let app = start();
    let fault = add(
        &app,
        json!({"Error": "ThrottlingException", "DurationSeconds": 60}),
    );
    assert_eq!(fault["ExpirationDate"], NOW + 60.0);
    app.seconds_pass(59);
    assert_eq!(codes(&app, "AdminGetUser", 1), ["ThrottlingException"]);
    // The clock that tests set is another one.
    control(
        &app,
        "POST",
        "/_poolhouse/clock",
        &json!({"AdvanceSeconds": 3600}),
    )
    .ok();
    assert_eq!(codes(&app, "AdminGetUser", 1), ["ThrottlingException"]);
    app.seconds_pass(1);
    assert_eq!(codes(&app, "AdminGetUser", 1), [""]);
    assert_eq!(list(&app)[0]["Ended"], true);
}

#[test]
fn the_first_fault_that_strikes_is_the_only_one() {
    let app = start();
    let of = |error: &str, more: Value| {
        let mut rule = json!({"Operation": "AdminGetUser", "Error": error});
        crate::world::merge(&mut rule, more);
        add(&app, rule);
    };
    of("InvalidParameterException", json!({"Share": 0}));
    of("ThrottlingException", json!({"Count": 1}));
    of("InternalErrorException", json!({"Share": 1, "Count": 1}));
    assert_eq!(
        codes(&app, "AdminGetUser", 3),
        ["ThrottlingException", "InternalErrorException", ""]
    );
    let struck: Vec<Value> = list(&app)
        .iter()
        .map(|fault| fault["Struck"].clone())
        .collect();
    assert_eq!(struck, [0, 1, 1]);
}

#[test]
fn endpoints_of_a_domain_and_the_documents_of_a_pool_suffer_as_well() {
    let mut pool = Pool::new(POOL).client(WEB).into_seed();
    pool["Domains"] = json!([{"Domain": "shop", "ManagedLoginVersion": 2}]);
    let app = Setup::new().seeded(pool).start();
    let at = |path: &str| format!("{}/_poolhouse/domains/shop{path}", app.url());
    let get = |url: &str| {
        app.send(http::Request::get(url).body(Vec::new()).unwrap())
            .status
    };
    let token = || {
        let request = http::Request::post(at("/oauth2/token"))
            .header("content-type", "application/x-www-form-urlencoded");
        let form = format!("grant_type=authorization_code&client_id={}&code=a", WEB.id);
        let answer = app.send(request.body(form.into_bytes()).unwrap());
        (answer.status, answer.json()["error"].clone())
    };
    let before = token();
    add(
        &app,
        json!({"Operation": "token", "Error": "TooManyRequestsException", "Count": 1}),
    );
    assert_eq!(token().0, 429);
    assert_eq!(token(), before);
    for error in ["ThrottlingException", "InternalErrorException"] {
        add(
            &app,
            json!({"Operation": "token", "UserPoolId": POOL, "Error": error, "Count": 1}),
        );
    }
    assert_eq!(token().0, 429);
    assert_eq!(token(), (500, json!("server_error")));
    let keys = format!("{}/{POOL}/.well-known/jwks.json", app.url());
    let discovery = format!("{}/{POOL}/.well-known/openid-configuration", app.url());
    for (name, url) in [
        ("jwks", &keys),
        ("openid-configuration", &discovery),
        ("userInfo", &at("/oauth2/userInfo")),
        ("authorize", &at("/oauth2/authorize")),
        ("logout", &at("/logout")),
        ("login", &at("/login")),
        ("signup", &at("/signup")),
        ("confirm", &at("/confirm")),
        ("forgotPassword", &at("/forgotPassword")),
        ("confirmforgotPassword", &at("/confirmforgotPassword")),
    ] {
        let before = get(url);
        add(
            &app,
            json!({"Operation": name, "Error": "InternalErrorException", "Count": 1}),
        );
        assert_eq!(get(url), 500, "{name}");
        assert_eq!(get(url), before, "{name}");
    }
    add(
        &app,
        json!({"Operation": "jwks", "Error": "ThrottlingException", "Count": 1}),
    );
    assert_eq!(get(&keys), 429);
}

#[test]
fn faults_are_listed_and_cleared_and_health_counts_them() {
    let app = start();
    let health = || {
        let request = http::Request::get(format!("{}/_poolhouse/health", app.url()));
        app.send(request.body(Vec::new()).unwrap()).ok()
    };
    assert_eq!(health().get("faults"), None);
    for _ in 0..3 {
        add(&app, json!({"Error": "ThrottlingException"}));
    }
    let once = json!({"Operation": "AdminGetUser", "DelayMilliseconds": 1, "Count": 1});
    add(&app, once);
    assert_eq!(health()["faults"], 4);
    let left = control(&app, "DELETE", &format!("{FAULTS}/2"), &Value::Null).ok();
    assert_eq!(left["Faults"].as_array().unwrap().len(), 3);
    for unknown in ["2", "9", "x"] {
        let path = format!("{FAULTS}/{unknown}");
        control(&app, "DELETE", &path, &Value::Null).refused(
            "ResourceNotFoundException",
            "This server has no fault of this id.",
        );
    }
    clear(&app);
    assert_eq!(health().get("faults"), None);
    assert!(list(&app).is_empty());
    clear(&app);
    app.user("ana");
}

#[test]
fn faults_are_gone_after_a_restart() {
    let app = setup().on_disk().start();
    add(&app, json!({"Error": "ThrottlingException"}));
    let app = app.stop().start();
    assert!(list(&app).is_empty());
    app.user("ana");
}

#[test]
fn what_can_be_no_fault_is_refused_in_words() {
    let app = start();
    let invalid = |rule: Value, why: &str| {
        let answer = control(&app, "POST", FAULTS, &rule);
        let (code, message) = answer.refusal();
        assert_eq!(code, "InvalidParameterException");
        assert!(message.contains(why), "{message}");
    };
    let with = |more: Value| {
        let mut rule = json!({"Error": "ThrottlingException"});
        crate::world::merge(&mut rule, more);
        rule
    };
    invalid(json!({}), "One of Error, DelayMilliseconds and Disconnect");
    invalid(
        json!({"DelayMilliseconds": 0}),
        "One of Error, DelayMilliseconds and Disconnect",
    );
    invalid(
        json!({"Error": "UserNotFoundException"}),
        "every operation cannot answer with UserNotFoundException, but with one of InternalErrorException, \
         ThrottlingException, TooManyRequestsException.",
    );
    invalid(
        json!({"Operation": "AdminGetUser", "Error": "CodeMismatchException"}),
        "AdminGetUser cannot answer with CodeMismatchException",
    );
    invalid(
        json!({"Operation": "token", "Error": "UserNotFoundException"}),
        "token cannot answer with UserNotFoundException",
    );
    invalid(
        with(json!({"Operation": "AdminGetUsr"})),
        "the API has no operation AdminGetUsr, and it is none of the endpoints authorize, ",
    );
    invalid(
        with(json!({"Operation": "ReadClock"})),
        "no operation ReadClock",
    );
    invalid(
        with(json!({"Disconnect": "AFTER_WORK"})),
        "with an Error or disconnected, not both",
    );
    invalid(
        json!({"Disconnect": "LATER"}),
        "unknown variant `LATER`, expected `BEFORE_WORK` or `AFTER_WORK`",
    );
    invalid(
        json!({"DelayMilliseconds": 1, "Message": "a"}),
        "Message is that of an Error",
    );
    invalid(
        with(json!({"DelayMilliseconds": 60_001})),
        "from 0 to 60000",
    );
    invalid(with(json!({"Count": 0})), "at least 1");
    invalid(with(json!({"Count": -1})), "Body: invalid value");
    for share in [-0.1, 1.1] {
        invalid(with(json!({"Share": share})), "from 0 to 1");
    }
    for seconds in [0, 86_401] {
        invalid(with(json!({"DurationSeconds": seconds})), "from 1 to 86400");
    }
    invalid(
        with(json!({"Message": "a".repeat(1025)})),
        "not be longer than 1024",
    );
    for id in ["", "pool", "us-east-1_", "us-east-1_a b"] {
        invalid(with(json!({"UserPoolId": id})), "the id of a user pool");
    }
    invalid(with(json!({"Pool": POOL})), "unknown field `Pool`");
    assert!(list(&app).is_empty());
}

#[test]
fn faults_are_for_tests_and_for_keys_of_the_administrators_account() {
    let keys = r#"
        [[access_keys]]
        id = "FAULTS"
        secret = "secret-of-the-key"
        actions = ["poolhouse:SetFaults"]

        [[access_keys]]
        id = "CLOCK"
        secret = "secret-of-the-key"
        actions = ["poolhouse:SetClock"]

        [[access_keys]]
        id = "OTHER"
        secret = "secret-of-the-key"
        account = "111111111111"
    "#;
    let rule = json!({"Error": "ThrottlingException"});
    let tried = |setup: Setup, id: &str| {
        let app = setup.with_file(keys).start();
        let key = Key::new(id, "secret-of-the-key");
        let answers = [
            ("GET", FAULTS, &Value::Null),
            ("POST", FAULTS, &rule),
            ("DELETE", "/_poolhouse/faults/1", &Value::Null),
            ("DELETE", FAULTS, &Value::Null),
        ]
        .map(|(method, path, body)| app.control(&key, method, path, body));
        let codes = answers.map(|answer| (answer.status, answer.json()["__type"].clone()));
        assert!(codes.iter().all(|code| *code == codes[0]), "{codes:?}");
        codes[0].1.as_str().map(str::to_owned)
    };
    let denied = Some("AccessDeniedException".to_owned());
    assert_eq!(tried(Setup::new(), "FAULTS"), None);
    assert_eq!(tried(Setup::new(), "CLOCK"), denied);
    assert_eq!(tried(Setup::new(), "OTHER"), denied);
    let off = Setup::new().with("test_controls", "off");
    assert_eq!(tried(off, "FAULTS"), denied);
    let own_secret = || Setup::new().with("secret_access_key", "a secret");
    assert_eq!(tried(own_secret(), "FAULTS"), denied, "no shipped secret");
    let on = own_secret().with("test_controls", "on");
    assert_eq!(tried(on, "FAULTS"), None);
}

#[test]
fn the_command_line_adds_lists_and_clears_faults_and_the_log_says_so() {
    let tool = Tool::new();
    let mut server = tool.serve("--demo --database :memory: --log-format json");
    let address = server.address().to_owned();
    let faults = |arguments: &str| {
        let outcome = tool.run(&format!("faults {arguments} --listen {address}"));
        (outcome.code, outcome.stdout + &outcome.stderr)
    };
    let said = |text: &str| (0, format!("{text}\n"));
    let first = "  1  AdminGetUser on us-east-1_PoolDemo1: ThrottlingException, after 10 ms, a share of 1, once, for 900 s";
    assert_eq!(
        faults(
            "add --operation AdminGetUser --pool us-east-1_PoolDemo1 --error ThrottlingException --delay 10 --share 1 \
             --count 1 --for 15m"
        ),
        said(&format!("{first}  (struck 0)"))
    );
    let second = "  2  every operation: disconnected after the work";
    assert_eq!(
        faults("add --disconnect after"),
        said(&format!("{second}  (struck 0)"))
    );
    let demo = json!({"UserPoolId": "us-east-1_PoolDemo1", "Username": "diego"});
    let refused = server.client().call("AdminGetUser", &demo);
    assert_eq!(refused.refusal().0, "ThrottlingException");
    assert_eq!(
        faults("list"),
        said(&format!("{first}  (struck 1, ended)\n{second}  (struck 0)"))
    );
    assert_eq!(faults("clear 1").0, 0);
    assert_eq!(faults("clear").0, 0);
    assert_eq!(faults("list"), (0, String::new()));
    let wrong = faults("add --error UserNotFoundException");
    assert_eq!(wrong.0, 1);
    assert!(wrong.1.contains("refuses: Error: every operation cannot"));
    assert_eq!(faults("add --error A --disconnect before").0, 2);
    let log: Vec<Value> = (0..9)
        .map(|_| serde_json::from_str(&server.next_line()).unwrap())
        .collect();
    let changes: Vec<&str> = log
        .iter()
        .filter_map(|line| line["change"].as_str())
        .collect();
    assert_eq!(
        changes[1..],
        [
            "2: every operation: disconnected after the work",
            "1 cleared",
            "all cleared"
        ]
    );
    let struck = log.iter().find(|line| line["message"] == "AdminGetUser");
    let struck = struck.unwrap();
    assert_eq!(
        (&struck["fault"], &struck["reason"]),
        (&json!(1), &json!("by fault 1"))
    );
}
