//! Type mismatches, violations and masking, on real requests of the model.

use serde_json::{Value, json};

use super::violations::{MAX_REPEATED, MAX_REPEATED_TOGETHER};
use super::*;
use crate::api::{
    AddCustomAttributesRequest, AdminGetDeviceRequest, ConfirmDeviceRequest,
    CreateUserPoolClientRequest, CreateUserPoolRequest, InitiateAuthRequest, ListDevicesRequest,
    Operation, SetUICustomizationRequest, SignUpRequest, UpdateDeviceStatusRequest, schema,
};

const POOL: &str = "us-east-1_AbCdEfGhI";

fn message<R: Operation>(body: &Value) -> String {
    match R::parse(body.to_string().as_bytes()) {
        Ok(_) => "fine".to_owned(),
        Err(error) => error.message().unwrap_or_default(),
    }
}

fn serialization(body: &[u8]) -> Option<String> {
    match AdminGetDeviceRequest::parse(body) {
        Err(InputError::Serialization(text)) => text,
        other => panic!("{body:?} gave {other:?}"),
    }
}

fn sign_up(member: &str, value: Value) -> Value {
    let mut body = json!({"ClientId": "client", "Username": "diego"});
    body[member] = value;
    body
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

#[test]
fn all_violations_come_in_model_order_and_sensitive_values_are_left_out() {
    assert_eq!(
        message::<AdminGetDeviceRequest>(&json!({"UserPoolId": "", "Username": "a b"})),
        "4 validation errors detected: \
         Value null at 'deviceKey' failed to satisfy constraint: Member must not be null; \
         Value '' at 'userPoolId' failed to satisfy constraint: Member must have length greater than or equal to 1; \
         Value '' at 'userPoolId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w-]+_[0-9a-zA-Z]+; \
         Value at 'username' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+"
    );
    assert_eq!(
        message::<ListDevicesRequest>(&json!({})),
        "1 validation error detected: Value at 'accessToken' failed to satisfy constraint: Member must not be null"
    );
}

#[test]
fn the_client_id_is_repeated_though_the_model_calls_it_sensitive() {
    assert_eq!(
        message::<InitiateAuthRequest>(&json!({"AuthFlow": "MAGIC", "ClientId": "a-b"})),
        "2 validation errors detected: \
         Value 'MAGIC' at 'authFlow' failed to satisfy constraint: Member must satisfy enum value set: \
         [USER_SRP_AUTH, REFRESH_TOKEN_AUTH, REFRESH_TOKEN, CUSTOM_AUTH, ADMIN_NO_SRP_AUTH, USER_PASSWORD_AUTH, ADMIN_USER_PASSWORD_AUTH, USER_AUTH]; \
         Value 'a-b' at 'clientId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+]+"
    );
    let request = InitiateAuthRequest::parse(
        br#"{"AuthFlow":"USER_AUTH","ClientId":"abc","AuthParameters":{"PASSWORD":"tulip"}}"#,
    );
    let shown = format!("{:?}", request.unwrap());
    assert!(
        !shown.contains("tulip") && !shown.contains("abc"),
        "{shown}"
    );
}

#[test]
fn list_items_and_nested_members_have_their_place() {
    let items = json!([{"Name": "email", "Value": "x".repeat(2049)}, {"Name": ""}, null]);
    assert_eq!(
        message::<SignUpRequest>(&sign_up("UserAttributes", items)),
        "4 validation errors detected: \
         Value at 'userAttributes.1.member.value' failed to satisfy constraint: Member must have length less than or equal to 2048; \
         Value '' at 'userAttributes.2.member.name' failed to satisfy constraint: Member must have length greater than or equal to 1; \
         Value '' at 'userAttributes.2.member.name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\t\\n\\r ]+; \
         Value null at 'userAttributes.3.member' failed to satisfy constraint: Member must not be null"
    );
    assert_eq!(
        message::<AddCustomAttributesRequest>(&json!({
            "UserPoolId": POOL, "CustomAttributes": vec![json!({}); 26],
        })),
        format!(
            "1 validation error detected: Value '[{}]' at 'customAttributes' failed to satisfy constraint: \
             Member must have length less than or equal to 25",
            vec!["SchemaAttributeType"; 26].join(", ")
        )
    );
}

#[test]
fn scalars_in_a_list_are_reported_together() {
    let body = json!({
        "UserPoolId": POOL, "ClientName": "c", "AllowedOAuthScopes": ["openid", ""],
        "ReadAttributes": ["x".repeat(3), "y".repeat(2049)], "AllowedOAuthFlows": ["code", "magic", null],
    });
    let long = "y".repeat(MAX_REPEATED - "[xxx, ".len());
    let scope = r"[\x21\x23-\x5B\x5D-\x7E]+";
    assert_eq!(
        message::<CreateUserPoolClientRequest>(&body),
        format!(
            "4 validation errors detected: \
             Value '[xxx, {long}...' at 'readAttributes' failed to satisfy constraint: Member must satisfy constraint: \
             [Member must have length less than or equal to 2048, Member must have length greater than or equal to 1]; \
             Value null at 'allowedOAuthFlows.3.member' failed to satisfy constraint: Member must not be null; \
             Value '[code, magic, null]' at 'allowedOAuthFlows' failed to satisfy constraint: Member must satisfy constraint: \
             [Member must satisfy enum value set: [code, implicit, client_credentials]]; \
             Value '[openid, ]' at 'allowedOAuthScopes' failed to satisfy constraint: Member must satisfy constraint: \
             [Member must have length less than or equal to 256, Member must have length greater than or equal to 1, \
             Member must satisfy regular expression pattern: {scope}]"
        )
    );
}

#[test]
fn maps_are_reported_as_a_whole() {
    let body = json!({"PoolName": "p", "UserPoolTags": {"": "v", "a": "b"}});
    assert_eq!(
        message::<CreateUserPoolRequest>(&body),
        "1 validation error detected: Value '{=v, a=b}' at 'userPoolTags' failed to satisfy constraint: \
         Map keys must satisfy constraint: [Member must have length less than or equal to 128, \
         Member must have length greater than or equal to 1]"
    );
    let body = json!({"PoolName": "p", "UserPoolTags": {"a": "v".repeat(257)}});
    let text = message::<CreateUserPoolRequest>(&body);
    assert!(text.ends_with(
        "Map value must satisfy constraint: [Member must have length less than or equal to 256, \
         Member must have length greater than or equal to 0]"
    ));
    for map in ["ClientMetadata", "AuthParameters"] {
        let mut body = json!({"AuthFlow": "USER_AUTH", "ClientId": "c"});
        body[map] = json!({"SECRET": null});
        assert_eq!(
            message::<InitiateAuthRequest>(&body),
            "fine",
            "null is absent"
        );
    }
}

#[test]
fn numbers_and_lengths_have_limits() {
    let list =
        |limit: i64| message::<ListDevicesRequest>(&json!({"AccessToken": "t", "Limit": limit}));
    assert_eq!(list(60), "fine");
    assert_eq!(
        list(61),
        "1 validation error detected: Value '61' at 'limit' failed to satisfy constraint: \
         Member must have value less than or equal to 60"
    );
    assert_eq!(
        list(-1),
        "1 validation error detected: Value '-1' at 'limit' failed to satisfy constraint: \
         Member must have value greater than or equal to 0"
    );
    let name = |name: &str| {
        message::<ConfirmDeviceRequest>(&json!({
            "AccessToken": "t", "DeviceKey": "us-east-1_0a", "DeviceName": name,
        }))
    };
    // Characters count, not bytes.
    assert_eq!(name(&"é".repeat(1024)), "fine");
    assert!(
        name(&"é".repeat(1025)).ends_with("Member must have length less than or equal to 1024")
    );
}

#[test]
fn blobs_are_base64_and_count_in_bytes() {
    let image = |image: &str| {
        message::<SetUICustomizationRequest>(&json!({"UserPoolId": POOL, "ImageFile": image}))
    };
    for fine in ["", "AA==", "AAA=", "AAAA", "+/+/"] {
        assert_eq!(image(fine), "fine", "{fine}");
    }
    for wrong in ["A", "A===", "AA=A", "-_==", "é=", "===="] {
        assert_eq!(image(wrong), "", "{wrong}");
    }
    assert_eq!(image(&"A".repeat(131_072 / 3 * 4)), "fine");
    assert!(image(&"A".repeat(174_768)).ends_with("length less than or equal to 131072"));
}

#[test]
fn an_enum_names_its_values_in_model_order() {
    let body =
        json!({"AccessToken": "t", "DeviceKey": "us-east-1_0a", "DeviceRememberedStatus": "yes"});
    assert_eq!(
        message::<UpdateDeviceStatusRequest>(&body),
        "1 validation error detected: Value 'yes' at 'deviceRememberedStatus' failed to satisfy constraint: \
         Member must satisfy enum value set: [remembered, not_remembered]"
    );
}

#[test]
fn an_endless_list_has_a_short_answer() {
    let body = sign_up("UserAttributes", json!(vec![json!({}); 5000]));
    assert!(message::<SignUpRequest>(&body).starts_with("1000 validation errors detected: "));
}

#[test]
fn a_violation_repeats_no_more_than_the_beginning_of_a_long_value() {
    let of = |name: &str| {
        let body = json!({"ClientId": "c", "AuthFlow": name, "AuthParameters": {}});
        message::<InitiateAuthRequest>(&body)
    };
    let whole = "é".repeat(MAX_REPEATED);
    assert!(of(&whole).contains(&format!("Value '{whole}' at 'authFlow' failed")));
    for more in ["é", "🙂", &"é".repeat(500_000)] {
        let said = of(&format!("{whole}{more}"));
        assert!(said.contains(&format!("Value '{whole}...' at 'authFlow' failed")));
    }
    // A value in many parts is one value.
    let names = vec!["A".repeat(100); 1000];
    let body = json!({
        "UserPoolId": "eu-central-1_A", "ClientName": "c", "ExplicitAuthFlows": names,
    });
    let shown = format!("[{}", names.join(", "));
    let said = message::<CreateUserPoolClientRequest>(&body);
    let beginning = format!("Value '{}...' at", &shown[..MAX_REPEATED]);
    assert!(said.contains(&beginning), "{said:.2000}");
}

#[test]
fn all_violations_together_repeat_a_bounded_part_of_a_request() {
    let attribute = json!({"Name": "n".repeat(1000), "Value": "v"});
    let body = sign_up("UserAttributes", json!(vec![attribute; 1000]));
    let said = message::<SignUpRequest>(&body);
    assert!(said.starts_with("1000 validation errors detected: "));
    let repeated = said.chars().filter(|char| *char == 'n').count();
    assert!(repeated < MAX_REPEATED_TOGETHER + 100_000, "{repeated}");
    assert!(said.contains("Value '...' at 'userAttributes.1000.member.name' failed"));
}

#[test]
fn every_pattern_of_the_model_compiles() {
    for pattern in schema::PATTERNS {
        assert!(pattern.compiled().is_some(), "{}", pattern.text());
    }
}

fn pattern(text: &str) -> &'static Pattern {
    let mut patterns = schema::PATTERNS.into_iter();
    patterns.find(|pattern| pattern.text() == text).unwrap()
}

#[test]
fn patterns_match_as_they_do_in_java() {
    let pool = pattern(r"[\w-]+_[0-9a-zA-Z]+");
    assert!(pool.matches("us-east-1_Ab0") && pool.matches("a_b_C"));
    for wrong in [
        "é_A",
        "us-east-1_Ab0\n",
        "us-east-1",
        "us-east-1_é",
        " a_b",
        "",
    ] {
        assert!(!pool.matches(wrong), "{wrong:?}");
    }
    let name = pattern(r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+");
    assert!(name.matches("josé@例え.jp😀") && !name.matches("a b") && !name.matches("a\n"));
    let no_space = pattern(r"[\S]+");
    // A no-break space is no space in Java.
    assert!(no_space.matches("a\u{a0}b") && !no_space.matches("a\u{b}b"));
    let client = pattern(r"[\w\s+=,.@-]+");
    assert!(client.matches("My app\n@-") && !client.matches("\u{2003}"));
    let sms = pattern(r".*\{####\}.*");
    assert!(sms.matches("code {####}!") && !sms.matches("code\n{####}"));
    assert!(!sms.matches("code\u{2028}{####}"));
    assert!(pattern("(?s).*").matches("a\nb\u{85}"));
    assert!(
        pattern("[A-Za-z0-9-_=.]+").matches("a-_=.9") && !pattern("[A-Za-z0-9-_=.]+").matches(":")
    );
}

#[test]
fn the_look_behind_is_replaced_by_its_equal() {
    let bucket = pattern(r"^[0-9A-Za-z\.\-_]*(?<!\.)$");
    for fine in ["", "a", "a.b", "..a", "-", "a_"] {
        assert!(bucket.matches(fine), "{fine}");
    }
    for wrong in [".", "a.", "a..", "a b", "a\n", "é"] {
        assert!(!bucket.matches(wrong), "{wrong}");
    }
}

#[test]
fn a_seed_value_is_checked_like_a_request() {
    let mut user = json!({
        "Username": "diego", "UserCreateDate": "2024-05-07T12:52:22.022000-04:00",
        "UserLastModifiedDate": 1_715_100_742.022, "MFAOptions": null,
    });
    check(&schema::USER_TYPE, &mut user).unwrap();
    assert!(user.get("MFAOptions").is_none());
    let user: crate::api::UserType = serde_json::from_value(user).unwrap();
    assert_eq!(user.user_create_date, user.user_last_modified_date);
    for wrong in [json!("yesterday"), json!(1e18), json!("2024-05-07")] {
        let error = check(&schema::USER_TYPE, &mut json!({"UserCreateDate": wrong})).unwrap_err();
        assert!(matches!(error, InputError::Serialization(None)));
    }
    let error = check(
        &schema::USER_TYPE,
        &mut json!({"MFAOptions": [{"DeliveryMedium": "x"}]}),
    );
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("at 'mFAOptions.1.member.deliveryMedium' failed")
    );
}

/// A value that has every member, and of every JSON type what the table asks for.
fn sample(shape: &Shape) -> Value {
    match &shape.kind {
        Kind::Text { values, .. } => json!(values.first().unwrap_or(&"text")),
        Kind::Integer | Kind::Long => json!(1.5),
        Kind::Boolean => json!(true),
        Kind::Timestamp => json!(1_715_100_742),
        Kind::Blob => json!("AAAA"),
        Kind::Document => json!({"free": [null]}),
        Kind::List(item) => json!([sample(item)]),
        Kind::Map { value, .. } => json!({"Level1": sample(value)}),
        Kind::Structure(structure) => sample_of(structure),
    }
}

fn sample_of(structure: &Structure) -> Value {
    let members = structure.members.iter();
    members
        .map(|member| (member.name.to_owned(), sample(member.shape)))
        .collect()
}

/// A sample as the first pass leaves it.
fn conformed(structure: &Structure) -> Value {
    let mut value = sample_of(structure);
    conform_members(structure, value.as_object_mut().unwrap()).unwrap();
    value
}

fn decodes<R: Operation>() {
    let request: Result<R, _> = serde_json::from_value(conformed(R::MODEL.input));
    assert!(request.is_ok(), "{}", R::MODEL.name);
}

/// What decodes comes back as it was.
fn round_trip<T: serde::de::DeserializeOwned + serde::Serialize>(structure: &Structure) {
    let value = conformed(structure);
    let decoded: T = serde_json::from_value(value.clone()).unwrap();
    let back = serde_json::to_value(decoded).unwrap();
    let numbers_alike = |value: &Value| value.to_string().replace("742.0", "742");
    assert_eq!(
        numbers_alike(&back),
        numbers_alike(&value),
        "{}",
        structure.name
    );
}

#[test]
fn what_is_checked_is_decodable() {
    decodes::<CreateUserPoolRequest>();
    decodes::<CreateUserPoolClientRequest>();
    decodes::<SetUICustomizationRequest>();
    decodes::<InitiateAuthRequest>();
    decodes::<SignUpRequest>();
    round_trip::<crate::api::UserPoolType>(&schema::USER_POOL_TYPE);
    round_trip::<crate::api::UserPoolClientType>(&schema::USER_POOL_CLIENT_TYPE);
    round_trip::<crate::api::UserType>(&schema::USER_TYPE);
    round_trip::<crate::api::DeviceType>(&schema::DEVICE_TYPE);
    round_trip::<crate::api::ManagedLoginBrandingType>(&schema::MANAGED_LOGIN_BRANDING_TYPE);
}

#[test]
fn an_error_knows_its_code() {
    let error = AdminGetDeviceRequest::parse(b"{}").unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidParameterException);
    let error = AdminGetDeviceRequest::parse(b"").unwrap_err();
    assert_eq!(error.code(), ErrorCode::SerializationException);
}
