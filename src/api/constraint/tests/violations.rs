//! Violated constraints: the sentences, their order, and how much of a value they repeat.

use serde_json::json;

use super::{message, sign_up};
use crate::api::constraint::violations::{MAX_REPEATED, MAX_REPEATED_TOGETHER};
use crate::api::{
    AddCustomAttributesRequest, AdminGetDeviceRequest, ConfirmDeviceRequest,
    CreateUserPoolClientRequest, CreateUserPoolRequest, InitiateAuthRequest, ListDevicesRequest,
    Operation, SetUICustomizationRequest, SignUpRequest, UpdateDeviceStatusRequest,
};

const POOL: &str = "us-east-1_AbCdEfGhI";

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
