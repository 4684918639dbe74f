//! The attributes of a pool.

use std::time::Duration;

use serde_json::{Value, json};

use super::{create, describe, invalid, page, standard_schema, start, text};
use crate::world::{App, NOW, POOL};

#[test]
fn the_schema_changes_standard_attributes_and_adds_custom_ones() {
    let app = start();
    let schema = json!([
        {"Name": "email", "AttributeDataType": "String", "Required": true, "Mutable": false},
        {"Name": "nickname", "StringAttributeConstraints": {"MinLength": "2", "MaxLength": "20"}},
        {"Name": "team", "AttributeDataType": "String"},
        {"Name": "level", "AttributeDataType": "Number", "Mutable": false, "NumberAttributeConstraints": {"MinValue": "-1", "MaxValue": "9"}},
        {"Name": "secret", "AttributeDataType": "Boolean", "DeveloperOnlyAttribute": true},
        {"Name": "since", "AttributeDataType": "DateTime"},
    ]);
    let pool = create(&app, json!({"PoolName": "schema", "Schema": schema}));
    let mut expected = standard_schema();
    expected[10] = text("email", false, true, "0", "2048");
    expected[5] = text("nickname", true, false, "2", "20");
    let custom = |name: &str, data_type: &str| json!({"Name": name, "AttributeDataType": data_type, "DeveloperOnlyAttribute": false, "Mutable": true, "Required": false});
    let mut team = custom("custom:team", "String");
    team["StringAttributeConstraints"] = json!({});
    let mut level = custom("custom:level", "Number");
    level["Mutable"] = json!(false);
    level["NumberAttributeConstraints"] = json!({"MinValue": "-1", "MaxValue": "9"});
    let mut secret = custom("dev:custom:secret", "Boolean");
    secret["DeveloperOnlyAttribute"] = json!(true);
    let list = expected.as_array_mut().unwrap();
    list.extend([team, level, secret, custom("custom:since", "DateTime")]);
    assert_eq!(pool["SchemaAttributes"], expected);
    assert_eq!(describe(&app, &pool["Id"]), pool);
}

#[test]
fn a_schema_that_cannot_be_is_refused() {
    let app = start();
    let text = |name: &str, min: &str, max: &str| json!([{"Name": name, "AttributeDataType": "String", "StringAttributeConstraints": {"MinLength": min, "MaxLength": max}}]);
    for (schema, message) in [
        (
            json!([{"Name": "team"}]),
            "Invalid AttributeDataType input, consider using the provided AttributeDataType enum.",
        ),
        (
            json!([{"Name": "team", "AttributeDataType": "String", "Required": true}]),
            "Required custom attributes are not supported currently.",
        ),
        (
            json!([{"Name": "email", "AttributeDataType": "Number"}]),
            "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email",
        ),
        (
            json!([{"Name": "email", "DeveloperOnlyAttribute": true}]),
            "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email",
        ),
        (
            json!([{"Name": "team", "AttributeDataType": "Number"}, {"Name": "team", "AttributeDataType": "String"}]),
            "Duplicate custom attribute names custom:team are not allowed in a user pool schema.",
        ),
        (
            text("team", "1", "2049"),
            "user.custom:team: String attributes cannot have a length of more than 2048",
        ),
        (
            text("email", "9", "8"),
            "Attribute email cannot have a max length shorter than it's min length",
        ),
        (
            text("team", "-1", "8"),
            "Invalid StringAttributeConstraints for schema attribute custom:team",
        ),
        (
            json!([{"Name": "level", "AttributeDataType": "Number", "NumberAttributeConstraints": {"MinValue": "many"}}]),
            "Invalid NumberAttributeConstraints for schema attribute custom:level",
        ),
        (
            json!([{"Name": "level", "AttributeDataType": "Number", "NumberAttributeConstraints": {"MinValue": "3", "MaxValue": "2"}}]),
            "Attribute custom:level cannot have a max value smaller than it's min value",
        ),
        (
            json!([{"Name": "a-name-beyond-its-limit", "AttributeDataType": "String"}]),
            "1 validation error detected: Value 'a-name-beyond-its-limit' at 'schema.1.member.name' failed to satisfy constraint: \
             Member must have length less than or equal to 20",
        ),
    ] {
        invalid(
            &app,
            "CreateUserPool",
            json!({"PoolName": "p", "Schema": schema}),
            message,
        );
    }
    assert_eq!(page(&app, json!({"MaxResults": 60})), (vec![], None));
}

#[test]
fn custom_attributes_are_added_once() {
    let app = App::with_devices();
    let add = |attributes: Value| json!({"UserPoolId": POOL, "CustomAttributes": attributes});
    let team = json!([{"Name": "team", "AttributeDataType": "String", "StringAttributeConstraints": {"MaxLength": "9"}}]);
    app.clock.advance(Duration::from_mins(1));
    let answer = app.call("AddCustomAttributes", &add(team.clone()));
    assert_eq!(answer.ok(), json!({}));
    let more = json!([
        {"Name": "email", "AttributeDataType": "Number"},
        {"Name": "team", "AttributeDataType": "Boolean", "DeveloperOnlyAttribute": true, "Mutable": false},
    ]);
    app.call("AddCustomAttributes", &add(more)).ok();
    let shown = describe(&app, &json!(POOL));
    assert_eq!(shown["LastModifiedDate"], NOW + 60.0);
    let schema = shown["SchemaAttributes"].as_array().unwrap();
    assert_eq!(schema[..20], standard_schema().as_array().unwrap()[..]);
    assert_eq!(
        schema[20..],
        [
            json!({
                "Name": "custom:team", "AttributeDataType": "String", "DeveloperOnlyAttribute": false, "Mutable": true,
                "Required": false, "StringAttributeConstraints": {"MaxLength": "9"},
            }),
            json!({
                "Name": "custom:email", "AttributeDataType": "Number", "DeveloperOnlyAttribute": false, "Mutable": true,
                "Required": false, "NumberAttributeConstraints": {},
            }),
            json!({
                "Name": "dev:custom:team", "AttributeDataType": "Boolean", "DeveloperOnlyAttribute": true, "Mutable": false,
                "Required": false,
            }),
        ]
    );
    for (attributes, message) in [
        (
            team,
            "custom:team: Existing attribute already has name custom:team.",
        ),
        (
            json!([{"Name": "new", "AttributeDataType": "String"}, {"Name": "new", "AttributeDataType": "String"}]),
            "custom:new: Existing attribute already has name custom:new.",
        ),
        (
            json!([{"Name": "new"}]),
            "Invalid AttributeDataType input, consider using the provided AttributeDataType enum.",
        ),
        (
            json!([{"Name": "new", "AttributeDataType": "String", "Required": true}]),
            "Required custom attributes are not supported currently.",
        ),
    ] {
        invalid(&app, "AddCustomAttributes", add(attributes), message);
    }
    assert_eq!(describe(&app, &json!(POOL)), shown);
}
