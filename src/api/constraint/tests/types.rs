//! Bodies that are no object, and members of another JSON type than the model's.

use serde_json::{Value, json};

use super::{message, sign_up};
use crate::api::constraint::InputError;
use crate::api::{
    AdminGetDeviceRequest, CreateUserPoolRequest, ListDevicesRequest, Operation, SignUpRequest,
};

fn serialization(body: &[u8]) -> Option<String> {
    match AdminGetDeviceRequest::parse(body) {
        Err(InputError::Serialization(text)) => text,
        other => panic!("{body:?} gave {other:?}"),
    }
}

#[test]
fn what_is_no_object_is_refused_without_words() {
    let deep = format!("{{\"A\":{}1{}}}", "[".repeat(200), "]".repeat(200));
    for body in [
        "",
        " ",
        "null",
        "\"x\"",
        "1",
        "true",
        "{",
        "{}x",
        "{'a':1}",
        "{\"A\":\"\\ud800\"}",
        "{\"A\":1e999}",
        &deep,
    ] {
        assert_eq!(serialization(body.as_bytes()), None, "{body}");
    }
    assert_eq!(serialization(b"{\"A\":\"\xff\"}"), None);
    let list = "Start of list found where not expected";
    assert_eq!(serialization(b"[]").as_deref(), Some(list));
}

#[test]
fn a_wrong_json_type_has_the_words_of_the_service() {
    let list = "Start of list found where not expected";
    let object = "Start of structure or map found where not expected.";
    let no_list = "Expected list or null";
    for (member, value, words) in [
        (
            "Username",
            json!(1),
            "NUMBER_VALUE can not be converted to a String",
        ),
        (
            "Username",
            json!(true),
            "TRUE_VALUE can not be converted to a String",
        ),
        (
            "Username",
            json!(false),
            "FALSE_VALUE can not be converted to a String",
        ),
        ("Username", json!([]), list),
        ("Username", json!({}), object),
        ("UserAttributes", json!("x"), no_list),
        ("UserAttributes", json!(1), no_list),
        ("UserAttributes", json!({}), object),
        ("UserAttributes", json!(["x"]), "Expected null"),
        ("ClientMetadata", json!("x"), "Expected null"),
        ("ClientMetadata", json!([]), list),
        ("ClientMetadata", json!({"a": {}}), object),
        ("UserContextData", json!(true), "Expected null"),
        ("UserContextData", json!([]), list),
    ] {
        let body = sign_up(member, value);
        assert_eq!(message::<SignUpRequest>(&body), words, "{body}");
    }
    let number =
        |limit: Value| message::<ListDevicesRequest>(&json!({"AccessToken": "t", "Limit": limit}));
    assert_eq!(
        number(json!("5")),
        "STRING_VALUE can not be converted to an Integer"
    );
    assert_eq!(
        number(json!(true)),
        "TRUE_VALUE can not be converted to an Integer"
    );
    assert_eq!(number(json!([])), list);
    assert_eq!(number(json!({})), object);
    assert_eq!(number(json!(1e30)), "");
    let pool = |flag: Value| {
        message::<CreateUserPoolRequest>(&json!({
            "PoolName": "p", "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": flag},
        }))
    };
    assert_eq!(
        pool(json!("true")),
        "STRING_VALUE can not be converted to a Boolean"
    );
    assert_eq!(
        pool(json!(1)),
        "NUMBER_VALUE can not be converted to a Boolean"
    );
    assert_eq!(pool(json!(null)), "fine");
}

#[test]
fn a_wrong_type_wins_over_violations() {
    let body = json!({"UserPoolId": "", "DeviceKey": 1});
    let words = "NUMBER_VALUE can not be converted to a String";
    assert_eq!(message::<AdminGetDeviceRequest>(&body), words);
}

#[test]
fn nulls_are_absent_fractions_are_cut_and_the_last_twin_wins() {
    let body =
        br#"{"AccessToken":"a","AccessToken":"t","Limit":1.9,"PaginationToken":null,"New":[null]}"#;
    let request = ListDevicesRequest::parse(body).unwrap();
    assert_eq!(request.access_token.expose(), "t");
    assert_eq!(request.limit, Some(1));
    assert_eq!(request.pagination_token, None);
}
