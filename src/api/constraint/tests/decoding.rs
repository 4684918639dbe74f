//! What passes the checks is decoded, and comes back as it was.

use serde_json::{Value, json};

use crate::api::constraint::conform::conform_members;
use crate::api::constraint::{InputError, Kind, Shape, Structure, check};
use crate::api::{
    CreateUserPoolClientRequest, CreateUserPoolRequest, InitiateAuthRequest, Operation,
    SetUICustomizationRequest, SignUpRequest, schema,
};

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
