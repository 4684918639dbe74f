//! What is said of an event, by an administrator or by the user.

use serde_json::{Value, json};

use super::{NOT_ENABLED, PLAIN_POOL, events, last, setup, start};
use crate::world::{
    Answer, App, FOREIGN_POOL, Key, NO_USER, POOL, UNKNOWN_POOL, WEB, access_denied, sign_in,
};

const NO_EVENT: (&str, &str) = ("ResourceNotFoundException", "Event not found.");
const INVALID_TOKEN: (&str, &str) = ("NotAuthorizedException", "Invalid feedback token.");

/// The id of an event of Ana.
fn event(app: &App) -> Value {
    sign_in(app, WEB, "ana");
    last(app, "ana")["EventId"].clone()
}

fn by_admin(app: &App, user: &str, event: &Value, value: &str) -> Answer {
    let input =
        json!({"UserPoolId": POOL, "Username": user, "EventId": event, "FeedbackValue": value});
    app.call("AdminUpdateAuthEventFeedback", &input)
}

fn by_user(app: &App, user: &str, event: &Value, token: &Value) -> Answer {
    let input = json!({"UserPoolId": POOL, "Username": user, "EventId": event, "FeedbackToken": token, "FeedbackValue": "Invalid"});
    app.call_open("UpdateAuthEventFeedback", &input)
}

/// Asks for the feedback token of an event.
fn asked(app: &App, pool: &str, user: &str, event: &Value) -> Answer {
    let event = event.as_str().unwrap();
    app.get_signed(&format!(
        "/_poolhouse/feedback-token?UserPoolId={pool}&Username={user}&EventId={event}"
    ))
}

fn token(app: &App, event: &Value) -> Value {
    asked(app, POOL, "ana", event).ok()["FeedbackToken"].clone()
}

#[test]
fn an_administrator_says_of_an_event_whether_it_was_the_users() {
    let app = start();
    let (first, second) = (event(&app), event(&app));
    for value in ["Valid", "Invalid"] {
        app.seconds_pass(60);
        assert_eq!(by_admin(&app, "ana", &first, value).ok(), json!({}));
        let listed = events(&app, "ana");
        let date = app.now().timestamp_millis().to_string();
        let shown = listed[1]["EventFeedback"].as_object().unwrap();
        assert_eq!(shown.len(), 3);
        assert_eq!(
            (&shown["FeedbackValue"], &shown["Provider"]),
            (&json!(value), &json!("Admin"))
        );
        let shown = shown["FeedbackDate"].as_f64().unwrap();
        assert_eq!(format!("{:.0}", shown * 1000.0), date);
        assert_eq!(listed[0]["EventId"], second);
        assert!(listed[0].get("EventFeedback").is_none());
    }
    by_admin(&app, "ana", &json!("unknown"), "Valid").refused_as(NO_EVENT);
    by_admin(&app, "ben", &first, "Valid").refused_as(NO_EVENT);
    by_admin(&app, "nobody", &first, "Valid").refused_as(NO_USER);
    assert_eq!(
        by_admin(&app, "ana", &first, "valid").refusal().0,
        "InvalidParameterException"
    );
    let plain = json!({"UserPoolId": PLAIN_POOL, "Username": "ana", "EventId": "x", "FeedbackValue": "Valid"});
    app.call("AdminUpdateAuthEventFeedback", &plain)
        .refused_as(NOT_ENABLED);
}

#[test]
fn a_user_says_so_with_the_token_of_the_event() {
    let app = start();
    let (first, second) = (event(&app), event(&app));
    let right = token(&app, &first);
    assert_eq!(by_user(&app, "ana", &first, &right).ok(), json!({}));
    let shown = events(&app, "ana")[1]["EventFeedback"].clone();
    assert_eq!(
        (&shown["FeedbackValue"], &shown["Provider"]),
        (&json!("Invalid"), &json!("User"))
    );
    let before = events(&app, "ana");
    let altered = format!("A{}", &right.as_str().unwrap()[1..]);
    let altered = altered.replace("AA", "BA");
    for (user, event, token) in [
        ("ana", &second, &right),
        ("ana", &json!("unknown"), &right),
        ("ana", &first, &token(&app, &second)),
        ("ana", &first, &json!("x")),
        ("ana", &second, &json!(altered)),
        ("ben", &first, &right),
        // Anybody may ask, so who exists is not told.
        ("nobody", &first, &right),
    ] {
        by_user(&app, user, event, token).refused_as(INVALID_TOKEN);
    }
    assert_eq!(events(&app, "ana"), before);
    let input = |pool: &str| json!({"UserPoolId": pool, "Username": "ana", "EventId": first, "FeedbackToken": right, "FeedbackValue": "Valid"});
    app.call_open("UpdateAuthEventFeedback", &input(PLAIN_POOL))
        .refused_as(NOT_ENABLED);
    app.call_open("UpdateAuthEventFeedback", &input(UNKNOWN_POOL))
        .refused(
            "ResourceNotFoundException",
            &format!("User pool {UNKNOWN_POOL} does not exist."),
        );
}

#[test]
fn nobody_has_a_token_in_a_pool_where_nobody_has_signed_in() {
    let app = start();
    by_user(&app, "ana", &json!("x"), &json!("x")).refused_as(INVALID_TOKEN);
}

#[test]
fn the_right_token_of_an_event_that_is_gone_says_so() {
    let app = setup().on_disk().start();
    let id = event(&app);
    let right = token(&app, &id);
    app.file().execute("DELETE FROM auth_events", []).unwrap();
    by_user(&app, "ana", &id, &right).refused_as(NO_EVENT);
    asked(&app, POOL, "ana", &id).refused_as(NO_EVENT);
}

#[test]
fn whoever_may_read_messages_may_read_the_token_that_one_would_carry() {
    let keys = "[[access_keys]]\nid = \"READER\"\nsecret = \"reader-secret\"\nactions = [\"poolhouse:ReadOutbox\"]\n\
                [[access_keys]]\nid = \"OTHER\"\nsecret = \"reader-secret\"\nactions = [\"cognito-idp:*\"]\n";
    let app = setup().with_file(keys).start();
    let id = event(&app);
    let path = format!(
        "/_poolhouse/feedback-token?UserPoolId={POOL}&Username=ana&EventId={}",
        id.as_str().unwrap()
    );
    let shown = app.get_as(&Key::new("READER", "reader-secret"), &path).ok();
    assert_eq!(shown, json!({"FeedbackToken": token(&app, &id)}));
    assert_eq!(
        token(&app, &id),
        token(&app, &id),
        "it follows from the event"
    );
    let resource = format!("arn:aws:cognito-idp:us-east-1:000000000000:userpool/{POOL}");
    let message = access_denied("OTHER", "ReadOutbox", &resource);
    let message = message.replace("cognito-idp:ReadOutbox", "poolhouse:ReadOutbox");
    app.get_as(&Key::new("OTHER", "reader-secret"), &path)
        .refused("AccessDeniedException", &message);
    asked(&app, POOL, "nobody", &id).refused_as(NO_USER);
    asked(&app, POOL, "ben", &id).refused_as(NO_EVENT);
    asked(&app, PLAIN_POOL, "ana", &id).refused_as(NOT_ENABLED);
    asked(&app, UNKNOWN_POOL, "ana", &id).refused(
        "ResourceNotFoundException",
        &format!("User pool {UNKNOWN_POOL} does not exist."),
    );
    let incomplete = app.get_signed(&format!("/_poolhouse/feedback-token?UserPoolId={POOL}"));
    assert_eq!(incomplete.refusal().0, "InvalidParameterException");
    let foreign = App::with_devices();
    asked(&foreign, FOREIGN_POOL, "ana", &json!("x")).refused(
        "NotAuthorizedException",
        &format!("Not authorized to access user pool {FOREIGN_POOL}."),
    );
}
