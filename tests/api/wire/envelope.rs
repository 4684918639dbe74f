//! AWS JSON 1.1 on the wire: headers, CORS, and the errors before an operation runs.

use http::header::{HeaderName, HeaderValue};
use serde_json::json;

use crate::world::{Answer, App, Key, NO_DEVICE, NO_SIGNATURE, POOL, device, remembered};

const EXPOSED: &str = "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date";

fn valid() -> Vec<u8> {
    remembered().to_string().into_bytes()
}

/// A signed `AdminGetDevice` with one header set, or removed.
fn with_header(app: &App, name: &'static str, value: Option<&str>) -> Answer {
    let mut request = app.request("AdminGetDevice", valid());
    request.headers_mut().remove(name);
    if let Some(value) = value {
        request.headers_mut().insert(
            HeaderName::from_static(name),
            HeaderValue::from_str(value).unwrap(),
        );
    }
    app.send(Key::default().sign_request(app, request))
}

fn assert_request_id(answer: &Answer) {
    let id = answer.header("x-amzn-requestid");
    assert_eq!(id.len(), 36, "{answer:?}");
    assert_eq!(
        id.split('-').map(str::len).collect::<Vec<_>>(),
        [8, 4, 4, 4, 12]
    );
}

#[test]
fn an_answer_has_the_headers_that_sdks_read() {
    let app = App::with_devices();
    let answer = app.device("diego", device::REMEMBERED);
    assert_eq!(answer.header("content-type"), "application/x-amz-json-1.1");
    assert_eq!(
        answer.header("content-length"),
        answer.body.len().to_string()
    );
    assert!(answer.header("date").ends_with(" GMT"));
    assert_request_id(&answer);
    assert_eq!(
        answer.header("access-control-allow-origin"),
        "",
        "no page asked"
    );
    let second = app.device("diego", device::REMEMBERED);
    assert_ne!(
        answer.header("x-amzn-requestid"),
        second.header("x-amzn-requestid")
    );
}

#[test]
fn a_refusal_says_what_it_is_in_body_and_headers() {
    let app = App::with_devices();
    let answer = app.device("diego", device::UNKNOWN);
    answer.refused_as(NO_DEVICE);
    assert_eq!(
        answer.body,
        br#"{"__type":"ResourceNotFoundException","message":"Device does not exist."}"#
    );
    assert_eq!(answer.header("content-type"), "application/x-amz-json-1.1");
    assert_eq!(
        answer.header("x-amzn-errormessage"),
        "Device does not exist."
    );
    assert_request_id(&answer);
}

#[test]
fn a_message_with_any_text_is_still_one_header() {
    let app = App::with_devices();
    let long = "x".repeat(100_000);
    for key in ["a\r\nSet-Cookie: b", "\u{0}", "Δευτέρα", long.as_str()] {
        let answer = app.device("diego", key);
        let (code, message) = answer.refusal();
        assert_eq!(code, "InvalidParameterException");
        // The body has the whole text, or the beginning of a very long one.
        let shown = match key.get(..1024) {
            Some(beginning) => format!("Value '{beginning}...' at 'deviceKey'"),
            None => format!("Value '{key}' at 'deviceKey'"),
        };
        assert!(message.contains(&shown), "{message:.2000}");
        assert_eq!(answer.header("set-cookie"), "");
        assert!(answer.headers.get("x-amzn-errormessage").unwrap().len() <= 1024);
    }
}

#[test]
fn a_preflight_request_allows_what_it_asks_for() {
    let app = App::with_devices();
    let asked = "Authorization,Content-Type,X-Amz-Target,x-Amz-USER-agent";
    let request = http::Request::options(app.url() + "/")
        .header("origin", "http://localhost:5173")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", asked)
        .body(Vec::new())
        .unwrap();
    let answer = app.send(request);
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    for (name, value) in [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-headers", asked),
        ("access-control-allow-methods", "POST"),
        ("access-control-expose-headers", EXPOSED),
        ("access-control-max-age", "172800"),
        ("content-length", "0"),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
    assert_request_id(&answer);
}

#[test]
fn a_page_may_read_answers_and_refusals() {
    let app = App::with_devices();
    for key in [device::REMEMBERED, device::UNKNOWN, "malformed"] {
        let body = json!({"UserPoolId": POOL, "Username": "diego", "DeviceKey": key}).to_string();
        let mut request = app.request("AdminGetDevice", body);
        request
            .headers_mut()
            .insert("origin", HeaderValue::from_static("http://localhost:5173"));
        let answer = app.send(Key::default().sign_request(&app, request));
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("access-control-expose-headers"), EXPOSED);
    }
}

#[test]
fn an_empty_answer_is_empty_and_an_empty_structure_is_not() {
    let app = App::with_devices();
    let input = remembered();
    assert_eq!(app.call("AdminUpdateDeviceStatus", &input).body, b"{}");
    let answer = app.call("AdminForgetDevice", &input);
    assert_eq!((answer.status, answer.header("content-length")), (200, "0"));
}

#[test]
fn a_target_that_names_no_operation_is_unknown() {
    let app = App::with_devices();
    for target in [
        None,
        Some(""),
        Some("AWSCognitoIdentityProviderService"),
        Some("AWSCognitoIdentityProviderService."),
        Some("AWSCognitoIdentityProviderService.GetTheDevice"),
        Some("AWSCognitoIdentityProviderService.admingetdevice"),
        Some("AWSCognitoIdentityProviderService.AdminGetDevice "),
        Some("awscognitoidentityproviderservice.AdminGetDevice"),
        Some("AWSCognitoIdentityService.AdminGetDevice"),
        Some("AdminGetDevice"),
    ] {
        // A header's value has no spaces at its ends; the client would not send them.
        if target.is_some_and(|target| target.ends_with(' ')) {
            continue;
        }
        let answer = with_header(&app, "x-amz-target", target);
        assert_eq!(answer.status, 400, "{target:?}");
        assert_eq!(
            answer.body, br#"{"__type":"UnknownOperationException"}"#,
            "no message member"
        );
        assert_eq!(
            answer.header("x-amzn-errortype"),
            "UnknownOperationException:"
        );
        assert_request_id(&answer);
    }
}

#[test]
fn generic_json_is_answered_in_an_envelope_with_status_200() {
    let app = App::with_devices();
    for content_type in [
        "application/json",
        "application/json; charset=utf-8",
        "text/json",
        "application/vnd.api+json",
    ] {
        let answer = with_header(&app, "content-type", Some(content_type)).ok();
        assert_eq!(answer["Version"], "1.0");
        assert_eq!(answer["Output"]["Device"]["DeviceKey"], device::REMEMBERED);
        let mut request = app.request("AdminGetDevice", valid());
        request.headers_mut().remove("x-amz-target");
        request
            .headers_mut()
            .insert("content-type", HeaderValue::from_str(content_type).unwrap());
        assert_eq!(
            app.send(request).ok(),
            json!({"Output": {"__type": "com.amazon.coral.service#UnknownOperationException"}, "Version": "1.0"})
        );
    }
}

#[test]
fn the_content_type_may_carry_parameters_and_any_letter_case() {
    let app = App::with_devices();
    for content_type in [
        "application/x-amz-json-1.1; charset=utf-8",
        "Application/X-AMZ-JSON-1.1",
    ] {
        with_header(&app, "content-type", Some(content_type)).ok();
    }
}

#[test]
fn anything_else_is_not_understood() {
    let app = App::with_devices();
    let assert_unknown = |answer: Answer| {
        assert_eq!(answer.status, 404);
        assert_eq!(answer.body, b"<UnknownOperationException/>");
        assert_request_id(&answer);
    };
    for content_type in [
        None,
        Some("application/x-amz-json-1.0"),
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
    ] {
        assert_unknown(with_header(&app, "content-type", content_type));
    }
    for method in [
        http::Method::GET,
        http::Method::PUT,
        http::Method::DELETE,
        http::Method::PATCH,
    ] {
        let mut request = app.request("AdminGetDevice", Vec::new());
        *request.method_mut() = method;
        assert_unknown(app.send(request));
    }
    for path in ["/x", "/_poolhouse/nothing", "//", "/us-east-1_Test00001"] {
        let mut request = app.request("AdminGetDevice", valid());
        *request.uri_mut() = (app.url() + path).parse().unwrap();
        assert_unknown(app.send(request));
    }
}

#[test]
fn a_body_that_is_no_json_object_cannot_be_read() {
    let app = App::with_devices();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let open = r#"{"Username":"#.repeat(5_000);
    let nested = format!("{open}1{}", "}".repeat(5_000));
    for body in [
        "",
        " ",
        "null",
        "true",
        "7",
        r#""text""#,
        "{",
        r#"{"UserPoolId":"#,
        "{]",
        "nonsense",
        "{} {}",
        "{'a':1}",
        r#"{"Username":"\ud800"}"#,
        "\u{feff}{}",
        &deep,
        &nested,
    ] {
        let answer =
            app.send(Key::default().sign(&app, "AdminGetDevice", body.as_bytes().to_vec()));
        assert_eq!(answer.status, 400, "{body:.40}");
        assert_eq!(
            answer.body, br#"{"__type":"SerializationException"}"#,
            "{body:.40}"
        );
    }
    let not_utf8 =
        app.send(Key::default().sign(&app, "AdminGetDevice", b"{\"Username\":\"\xff\"}".to_vec()));
    assert_eq!(not_utf8.body, br#"{"__type":"SerializationException"}"#);
    app.send(Key::default().sign(&app, "AdminGetDevice", b"[]".to_vec()))
        .refused(
            "SerializationException",
            "Start of list found where not expected",
        );
}

#[test]
fn unknown_members_are_ignored_null_is_absent_and_the_last_of_two_wins() {
    let app = App::with_devices();
    let body = format!(
        r#"{{"UserPoolId":"nowhere","Extra":{{"deep":[1]}},"UserPoolId":"{POOL}","Username":"diego","DeviceKey":"{}"}}"#,
        device::REMEMBERED
    );
    app.send(Key::default().sign(&app, "AdminGetDevice", body.into_bytes()))
        .ok();
    app.call("AdminGetDevice", &json!({"UserPoolId": POOL, "Username": null, "DeviceKey": device::REMEMBERED})).refused(
        "InvalidParameterException",
        "1 validation error detected: Value at 'username' failed to satisfy constraint: Member must not be null",
    );
}

#[test]
fn a_body_of_one_mebibyte_is_read_and_a_larger_one_is_not() {
    let app = App::with_devices();
    let padded = |length: usize| {
        let mut body = valid();
        body.resize(length, b' ');
        body
    };
    app.send(Key::default().sign(&app, "AdminGetDevice", padded(1 << 20)))
        .ok();
    let answer = app.send(Key::default().sign(&app, "AdminGetDevice", padded((1 << 20) + 1)));
    assert_eq!(answer.status, 413);
    assert_eq!(
        answer.refusal(),
        (
            "RequestEntityTooLargeException".into(),
            "The request body must not be larger than 1048576 bytes.".into()
        )
    );
}

#[test]
fn a_chunked_body_is_read_and_an_endless_one_is_cut_off() {
    let app = App::with_devices();
    let head = |target: &str| {
        format!(
            "POST / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Target: \
             AWSCognitoIdentityProviderService.{target}\r\nTransfer-Encoding: chunked\r\n\r\n",
            app.host()
        )
    };
    // An operation that needs no signature, to leave signatures out of this test.
    let body = "12\r\n{\"AccessToken\":\"a\"\r\n1\r\n}\r\n0\r\n\r\n";
    let answer = app.raw(format!("{}{body}", head("GetUser")).as_bytes());
    assert!(answer.contains("Invalid Access Token"), "{answer}");
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    let answer = app.raw(format!("{}{}", head("GetUser"), chunk.repeat(17)).as_bytes());
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer:.200}");
}

#[test]
fn an_operation_that_is_not_served_says_so_after_its_input_was_checked() {
    let app = App::with_devices();
    let answer = app.call("GetLogDeliveryConfiguration", &json!({"UserPoolId": POOL}));
    assert_eq!(answer.status, 501);
    assert_eq!(
        answer.refusal(),
        (
            "NotImplementedException".into(),
            "Poolhouse does not serve GetLogDeliveryConfiguration.".into()
        )
    );
    assert_eq!(
        app.call("GetLogDeliveryConfiguration", &json!({}))
            .refusal()
            .0,
        "InvalidParameterException"
    );
    let unsigned = app.send(app.request("GetLogDeliveryConfiguration", "{}"));
    unsigned.refused_as(NO_SIGNATURE);
}

#[test]
fn health_and_readiness_are_open_to_everybody() {
    let app = App::with_devices();
    for (path, status) in [("/_poolhouse/health", "ok"), ("/_poolhouse/ready", "ready")] {
        let request = http::Request::get(app.url() + path)
            .body(Vec::new())
            .unwrap();
        assert_eq!(app.send(request).ok()["status"], status);
    }
}
