//! Where a user was during an event.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{TELLING, last, start};
use crate::world::{
    Answer, App, AppClient, Key, PASSWORD, POOL, WEB, access_token, secret_hash, sign_in,
};

const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 \
                      Safari/537.36";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

/// Signs Ana in with `UserContextData`, from an app with this `User-Agent`.
fn from_app(app: &App, client: AppClient<'_>, user_agent: &str, context: &Value) -> Answer {
    let mut parameters = json!({"USERNAME": "ana", "PASSWORD": PASSWORD});
    if let Some(secret) = client.secret {
        parameters["SECRET_HASH"] = secret_hash(secret, "ana", client.id).into();
    }
    let input = json!({"ClientId": client.id, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters,
        "UserContextData": context});
    let mut request = app.request("InitiateAuth", input.to_string());
    let user_agent = http::HeaderValue::from_str(user_agent).unwrap();
    request.headers_mut().insert("user-agent", user_agent);
    app.send(request)
}

/// `EncodedData`, as AWS's libraries make it.
fn encoded(facts: &Value) -> String {
    let payload = json!({"contextData": facts, "username": "ana", "userPoolId": POOL, "timestamp": "1715100742022"});
    let envelope =
        json!({"payload": payload.to_string(), "signature": "", "version": "JS20171115"});
    STANDARD.encode(envelope.to_string())
}

fn origin(app: &App) -> Value {
    last(app, "ana")["EventContextData"].clone()
}

#[test]
fn an_event_shows_the_address_and_the_program_of_the_request() {
    let app = start();
    from_app(&app, WEB, CHROME, &json!({})).ok();
    assert_eq!(
        origin(&app),
        json!({"IpAddress": "127.0.0.1", "DeviceName": "Chrome 125, Windows 10"})
    );
    from_app(&app, WEB, "", &json!({})).ok();
    assert_eq!(origin(&app), json!({"IpAddress": "127.0.0.1"}));
    let access = access_token(&sign_in(&app, WEB, "ana"));
    let input =
        json!({"AccessToken": access, "PreviousPassword": "wrong", "ProposedPassword": PASSWORD});
    let mut request = app.request("ChangePassword", input.to_string());
    let firefox = http::HeaderValue::from_static(FIREFOX);
    request.headers_mut().insert("user-agent", firefox);
    assert_eq!(app.send(request).status, 400);
    assert_eq!(
        origin(&app),
        json!({"IpAddress": "127.0.0.1", "DeviceName": "Firefox 128, Linux"})
    );
}

#[test]
fn what_the_device_collected_comes_before_the_request_and_an_address_counts_where_the_client_tells()
{
    let app = start();
    let facts = json!({"UserAgent": FIREFOX, "ClientTimezone": "-07:00", "DeviceId": "x"});
    let context = json!({"IpAddress": "192.0.2.7", "EncodedData": encoded(&facts)});
    for (client, address) in [(WEB, "127.0.0.1"), (TELLING, "192.0.2.7")] {
        from_app(&app, client, CHROME, &context).ok();
        let shown =
            json!({"IpAddress": address, "DeviceName": "Firefox 128, Linux", "Timezone": "-07:00"});
        assert_eq!(origin(&app), shown);
    }
    let unreadable = json!({"EncodedData": "AmazonCognitoAdvancedSecurityData_object"});
    from_app(&app, WEB, CHROME, &unreadable).ok();
    assert_eq!(
        origin(&app),
        json!({"IpAddress": "127.0.0.1", "DeviceName": "Chrome 125, Windows 10"})
    );
}

#[test]
fn an_administrator_tells_the_address_and_the_headers_of_the_user() {
    let app = start();
    let headers = json!([{"headerName": "accept", "headerValue": "*/*"}, {"headerName": "user-agent", "headerValue": FIREFOX}]);
    let input = json!({"UserPoolId": POOL, "ClientId": WEB.id, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": "ana", "PASSWORD": PASSWORD},
        "ContextData": {"IpAddress": "192.0.2.7", "ServerName": "s", "ServerPath": "/", "HttpHeaders": headers}});
    app.call_as(&Key::default(), "AdminInitiateAuth", &input)
        .ok();
    assert_eq!(
        origin(&app),
        json!({"IpAddress": "192.0.2.7", "DeviceName": "Firefox 128, Linux"})
    );
}
