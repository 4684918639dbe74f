//! `/_poolhouse/clock` and `poolhouse clock`: a server whose clock is set.

use serde_json::{Value, json};

use super::{setup, start};
use crate::world::{
    Answer, App, Client, Key, NEW, NOW, PASSWORD, Setup, Tool, WEB, access_token, claims, initiate,
    sign_in, sign_in_by_password, sign_in_by_srp, token,
};

const CLOCK: &str = "/_poolhouse/clock";
const HOUR: f64 = 3600.0;

fn set(app: &Client, change: Value) -> Answer {
    app.control(&Key::default(), "POST", CLOCK, &change)
}

fn reset(app: &Client) -> Value {
    app.control(&Key::default(), "DELETE", CLOCK, &Value::Null)
        .ok()
}

fn shown(time: f64, frozen: bool) -> Value {
    json!({"Time": time, "Frozen": frozen, "SystemTime": NOW})
}

fn get_user(app: &App, access_token: &str) -> Answer {
    app.call_open("GetUser", &json!({"AccessToken": access_token}))
}

fn forgot(app: &App) -> Answer {
    let ana = json!({"ClientId": WEB.id, "Username": "ana"});
    app.call_open("ForgotPassword", &ana)
}

#[test]
fn what_expires_follows_the_clock_at_once() {
    let app = start();
    let signed_in = sign_in(&app, WEB, "ana");
    let access_token = access_token(&signed_in);
    forgot(&app).ok();
    let advanced = set(&app, json!({"AdvanceSeconds": HOUR})).ok();
    assert_eq!(advanced, shown(NOW + HOUR, false));
    get_user(&app, &access_token).refused("NotAuthorizedException", "Access Token has expired");
    let code = app.get_signed("/_poolhouse/outbox").ok()["Messages"][0]["Code"].clone();
    let late =
        json!({"ClientId": WEB.id, "Username": "ana", "ConfirmationCode": code, "Password": NEW});
    app.call_open("ConfirmForgotPassword", &late).refused(
        "ExpiredCodeException",
        "Invalid code provided, please request a code again.",
    );
    let refresh = json!({"REFRESH_TOKEN": token(&signed_in, "RefreshToken")});
    let refreshed = initiate(&app, WEB, "REFRESH_TOKEN_AUTH", refresh.clone()).ok();
    let issued = claims(&self::access_token(&refreshed));
    assert_eq!(
        issued["iat"],
        json!((NOW + HOUR).trunc().to_string().parse::<i64>().unwrap())
    );
    set(&app, json!({"AdvanceSeconds": 30.0 * 24.0 * HOUR})).ok();
    initiate(&app, WEB, "REFRESH_TOKEN_AUTH", refresh)
        .refused("NotAuthorizedException", "Refresh Token has expired");
    reset(&app);
    get_user(&app, &access_token).ok();
}

#[test]
fn a_lock_ends_when_the_clock_has_gone_on() {
    let app = start();
    for _ in 0..5 {
        sign_in_by_password(&app, WEB, "ana", "wrong", &[]);
    }
    let locked = sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]);
    locked.refused("NotAuthorizedException", "Password attempts exceeded");
    set(&app, json!({"AdvanceSeconds": 1})).ok();
    sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok();
}

#[test]
fn what_clients_sign_is_judged_by_the_systems_time() {
    let app = start();
    for time in ["2031-03-01T08:00:00Z", "2001-03-01T08:00:00Z"] {
        set(&app, json!({"Time": time})).ok();
        app.user("ana");
        sign_in_by_srp(&app, WEB, "ana", PASSWORD, &[]).ok();
        let ahead = Key {
            ahead: 360,
            ..Key::default()
        };
        let refused = app.control(&ahead, "GET", CLOCK, &Value::Null);
        assert_eq!(refused.refusal().0, "InvalidSignatureException");
    }
}

#[test]
fn a_clock_stands_still_and_goes_on() {
    let app = start();
    assert_eq!(app.get_signed(CLOCK).ok(), shown(NOW, false));
    assert_eq!(set(&app, json!({"Frozen": true})).ok(), shown(NOW, true));
    app.seconds_pass(60);
    let stands = app.get_signed(CLOCK).ok();
    let expected = json!({"Time": NOW, "Frozen": true, "SystemTime": NOW + 60.0});
    assert_eq!(stands, expected);
    let moved = set(&app, json!({"AdvanceSeconds": 5.5})).ok();
    assert_eq!(
        (&moved["Time"], &moved["Frozen"]),
        (&json!(NOW + 5.5), &json!(true))
    );
    set(&app, json!({"Frozen": false})).ok();
    app.seconds_pass(1);
    assert_eq!(app.get_signed(CLOCK).ok()["Time"], NOW + 6.5);
    let at = set(
        &app,
        json!({"Time": 1_800_000_000, "AdvanceSeconds": 10, "Frozen": true}),
    )
    .ok();
    assert_eq!(at["Time"], 1_800_000_010.0);
    let back = json!({"Time": NOW + 61.0, "Frozen": false, "SystemTime": NOW + 61.0});
    assert_eq!(reset(&app), back);
}

#[test]
fn what_a_user_may_do_in_an_hour_follows_the_clock_and_what_a_server_may_in_a_second_does_not() {
    let app = setup()
        .with("limits", "on")
        .with("quotas_userread", "2")
        .start();
    set(&app, json!({"Frozen": true})).ok();
    let attempts = || (0..5).map(|_| forgot(&app).status).collect::<Vec<_>>();
    assert_eq!(attempts(), [200; 5]);
    app.seconds_pass(3600);
    forgot(&app).refused(
        "LimitExceededException",
        "Attempt limit exceeded, please try after some time.",
    );
    set(&app, json!({"AdvanceSeconds": HOUR})).ok();
    assert_eq!(attempts(), [200; 5]);
    app.seconds_pass(1);
    // Going back gives nothing, and takes nothing away.
    set(&app, json!({"Time": NOW - 100.0 * HOUR})).ok();
    assert_eq!(forgot(&app).status, 400);
    set(&app, json!({"AdvanceSeconds": HOUR})).ok();
    assert_eq!(attempts(), [200; 5]);
    for _ in 0..3 {
        app.user("ana");
        app.user("ana");
        let ana = json!({"UserPoolId": WEB.pool, "Username": "ana"});
        assert_eq!(app.call("AdminGetUser", &ana).status, 400);
        app.seconds_pass(1);
    }
}

#[test]
fn health_says_what_a_clock_shows_that_was_set() {
    let app = start();
    let health = || {
        let request = http::Request::get(format!("{}/_poolhouse/health", app.url()));
        app.send(request.body(Vec::new()).unwrap()).ok()
    };
    assert_eq!(health().get("clock"), None);
    set(&app, json!({"AdvanceSeconds": 1, "Frozen": true})).ok();
    assert_eq!(
        health()["clock"],
        json!({"Time": NOW + 1.0, "Frozen": true})
    );
    reset(&app);
    assert_eq!(health().get("clock"), None);
}

#[test]
fn a_clock_is_the_systems_again_after_a_restart() {
    let app = setup().on_disk().start();
    set(&app, json!({"AdvanceSeconds": HOUR})).ok();
    let app = app.stop().start();
    assert_eq!(app.get_signed(CLOCK).ok(), shown(NOW, false));
}

#[test]
fn what_no_clock_can_show_is_refused_and_changes_nothing() {
    let app = start();
    let invalid = |change: Value, why: &str| {
        let (code, message) = set(&app, change).refusal();
        assert_eq!(code, "InvalidParameterException");
        assert!(message.contains(why), "{message}");
    };
    invalid(json!({}), "One of Time, AdvanceSeconds and Frozen");
    invalid(json!({"AdvanceSeconds": -1}), "0 or more");
    invalid(json!({"AdvanceSeconds": 1e300}), "0 or more");
    invalid(
        json!({"AdvanceSeconds": 1e11}),
        "from the year 1970 to the year 2999",
    );
    invalid(
        json!({"Time": "3000-01-01T00:00:00Z"}),
        "from the year 1970",
    );
    invalid(
        json!({"Time": "1969-12-31T23:59:59Z", "Frozen": true}),
        "from the year 1970",
    );
    invalid(json!({"Time": "tomorrow"}), "Body: no ISO 8601 time");
    invalid(json!({"Tme": 5}), "unknown field `Tme`");
    invalid(json!([]), "Body: ");
    assert_eq!(app.get_signed(CLOCK).ok(), shown(NOW, false));
}

#[test]
fn the_clock_is_for_tests_and_for_keys_of_the_administrators_account() {
    let keys = r#"
        [[access_keys]]
        id = "CLOCK"
        secret = "secret-of-the-key"
        actions = ["poolhouse:SetClock"]

        [[access_keys]]
        id = "ADMIN"
        secret = "secret-of-the-key"
        actions = ["cognito-idp:*"]

        [[access_keys]]
        id = "OTHER"
        secret = "secret-of-the-key"
        account = "111111111111"
    "#;
    let change = json!({"AdvanceSeconds": 1});
    let tried = |setup: Setup, id: &str| {
        let app = setup.with_file(keys).start();
        let key = if id == "test" {
            Key::default()
        } else {
            Key::new(id, "secret-of-the-key")
        };
        let answers = [
            ("GET", &Value::Null),
            ("POST", &change),
            ("DELETE", &Value::Null),
        ]
        .map(|(method, body)| app.control(&key, method, CLOCK, body));
        let codes = answers.map(|answer| (answer.status, answer.json()["__type"].clone()));
        assert!(codes.iter().all(|code| *code == codes[0]), "{codes:?}");
        codes[0].1.as_str().map(str::to_owned)
    };
    let denied = Some("AccessDeniedException".to_owned());
    assert_eq!(tried(Setup::new(), "test"), None);
    assert_eq!(tried(Setup::new(), "CLOCK"), None);
    assert_eq!(tried(Setup::new(), "ADMIN"), denied);
    assert_eq!(tried(Setup::new(), "OTHER"), denied);
    assert_eq!(
        tried(Setup::new().with("test_controls", "off"), "test"),
        denied
    );
    let own_secret = || Setup::new().with("secret_access_key", "a secret");
    assert_eq!(tried(own_secret(), "CLOCK"), denied, "no shipped secret");
    assert_eq!(
        tried(own_secret().with("test_controls", "on"), "CLOCK"),
        None
    );
}

#[test]
fn the_command_line_sets_the_clock_and_the_log_says_so() {
    let tool = Tool::new();
    let mut server = tool.serve("--database :memory: --log-format json");
    let address = server.address().to_owned();
    let clock = |arguments: &str| {
        let outcome = tool.run(&format!("clock {arguments} --listen {address}"));
        (outcome.code, outcome.stdout + &outcome.stderr)
    };
    let said = |text: &str| (0, format!("{text}\n"));
    assert_eq!(clock("freeze").0, 0);
    assert_eq!(
        clock("set 2027-03-01T08:00:00Z"),
        said("2027-03-01T08:00:00Z (standing still)")
    );
    assert_eq!(
        clock("advance 30d"),
        said("2027-03-31T08:00:00Z (standing still)")
    );
    assert_eq!(clock("show"), said("2027-03-31T08:00:00Z (standing still)"));
    assert_eq!(clock("run").0, 0);
    assert!(clock("reset").1.ends_with("(the system's time)\n"));
    let log: Vec<Value> = (0..11)
        .map(|_| serde_json::from_str(&server.next_line()).unwrap())
        .collect();
    let told: Vec<&Value> = log
        .iter()
        .filter(|line| line["message"] == "Clock")
        .collect();
    assert_eq!(told[1]["time"], "2027-03-01T08:00:00.000Z, standing still");
    assert_eq!(told.last().unwrap()["time"], "the system's");
    let read = log.iter().find(|line| line["message"] == "ReadClock");
    assert_eq!(read.unwrap()["clock"], "2027-03-31T08:00:00.000Z");
    let wrong = clock("set someday");
    assert_eq!(wrong.0, 2);
    assert!(wrong.1.contains("expected a time such as"), "{}", wrong.1);
    drop(server);
    let gone = clock("show");
    assert_eq!(gone.0, 1);
    assert!(
        gone.1.starts_with("poolhouse: no answer from"),
        "{}",
        gone.1
    );
}
