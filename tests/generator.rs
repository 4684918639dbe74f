//! The generator on models of a few lines: what it names and types, and what it refuses.

#[path = "../build/emit.rs"]
mod emit;
#[path = "../build/errors.rs"]
mod errors;
#[path = "../build/java_regex.rs"]
mod java_regex;
#[path = "../build/lower.rs"]
mod lower;
#[path = "../build/model.rs"]
mod model;
#[path = "../build/names.rs"]
mod names;
#[path = "../build/output.rs"]
mod output;
#[path = "../build/overrides.rs"]
mod overrides;
#[path = "../build/reach.rs"]
mod reach;
#[path = "../build/shapes.rs"]
mod shapes;

use serde_json::{Value, json};

/// A text, since the order of members matters.
const TINY: &str = r#"{
    "source": {"package": "botocore", "version": "1.0", "date": "2026-01-02"}, "apiVersion": "2016-04-18", "targetPrefix": "Service", "jsonVersion": "1.1",
    "operations": {
        "Get": {"input": "GetRequest", "output": null, "auth": "none", "errors": ["LostException"]}
    },
    "shapes": {
        "GetRequest": {"type": "structure", "required": ["PoolId"], "members": {
            "PoolId": "UserPoolIdType", "CallbackURLs": "UrlsType", "MFAOptions": "ModeType"
        }},
        "UserPoolIdType": {"type": "string", "min": 1, "max": 55, "pattern": "[\\w-]+"},
        "UrlsType": {"type": "list", "member": "SecretType", "max": 2},
        "SecretType": {"type": "string", "sensitive": true},
        "ModeType": {"type": "string", "enum": ["V1_0", "USER_SRP"]},
        "LostException": {"type": "structure", "members": {}, "exception": true, "fault": true}
    }
}"#;

fn generate(model: &str) -> Result<String, String> {
    let model = model::parse(model)?;
    let text = emit::emit(&lower::lower(&model)?);
    // Indentation is the template's, not the text's.
    Ok(text.lines().map(str::trim).collect::<Vec<_>>().join("\n"))
}

fn with(pointer: &str, key: &str, value: Value) -> Result<String, String> {
    changed(TINY, pointer, key, value)
}

fn changed(model: &str, pointer: &str, key: &str, value: Value) -> Result<String, String> {
    let mut model: Value = serde_json::from_str(model).map_err(|error| error.to_string())?;
    model.pointer_mut(pointer).ok_or("no such place")?[key] = value;
    generate(&model.to_string())
}

#[test]
fn a_request_becomes_a_struct_with_alphabetical_fields() {
    let text = generate(TINY).unwrap();
    let expected = r#"/// Input of `Get`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct GetRequest {
/// `CallbackURLs`: at most 2 items.
#[serde(rename = "CallbackURLs", skip_serializing_if = "Option::is_none")]
pub callback_urls: Option<Vec<Sensitive<String>>>,
/// `MFAOptions`.
#[serde(rename = "MFAOptions", skip_serializing_if = "Option::is_none")]
pub mfa_options: Option<ModeType>,
/// `PoolId`: 1 to 55 characters, pattern `[\w-]+`, required.
#[serde(rename = "PoolId")]
pub pool_id: UserPoolId,
}
"#;
    assert!(text.contains(expected), "{text}");
}

/// Requests whose settings a structure keeps, beside what has names of its own.
const POOLS: &str = r#"{
    "source": {"package": "botocore", "version": "1.0", "date": "2026-01-02"}, "apiVersion": "2016-04-18", "targetPrefix": "Service", "jsonVersion": "1.1",
    "operations": {
        "CreateUserPool": {"input": "CreateUserPoolRequest", "output": "UserPoolType", "auth": "none", "errors": []}
    },
    "shapes": {
        "CreateUserPoolRequest": {"type": "structure", "required": ["PoolName"], "members": {
            "PoolName": "TextType", "UserPoolTags": "TextType", "Schema": "TextType", "LambdaConfig": "TextType"
        }},
        "UserPoolType": {"type": "structure", "members": {
            "Name": "TextType", "LambdaConfig": "TextType", "UserPoolTags": "TextType"
        }},
        "TextType": {"type": "string"},
        "OtherType": {"type": "string"}
    }
}"#;

#[test]
fn the_settings_of_a_request_are_copied_but_for_what_is_listed() {
    let text = generate(POOLS).unwrap();
    let expected = "impl CreateUserPoolRequest {
/// Takes the settings out of the request: all members but `PoolName`, `Schema`.
#[must_use]
pub fn take_settings(&mut self) -> UserPoolType {
UserPoolType { lambda_config: self.lambda_config.take(),user_pool_tags: self.user_pool_tags.take(), ..UserPoolType::default() }
}
}
";
    assert!(text.contains(expected), "{text}");
    assert!(!generate(TINY).unwrap().contains("take_settings"));
    let request = "/shapes/CreateUserPoolRequest";
    let members = "/shapes/CreateUserPoolRequest/members";
    for (pointer, key, value, words) in [
        (members, "NewSetting", json!("TextType"), "NewSetting"),
        (members, "LambdaConfig", json!("OtherType"), "LambdaConfig"),
        (request, "required", json!(["UserPoolTags"]), "UserPoolTags"),
        (
            request,
            "members",
            json!({"PoolName": "TextType"}),
            "Schema",
        ),
        (
            "/shapes",
            "UserPoolType",
            json!({"type": "string"}),
            "UserPoolType",
        ),
    ] {
        let error = changed(POOLS, pointer, key, value).unwrap_err();
        assert!(error.contains(words), "{error} does not name {words}");
    }
}

#[test]
fn tables_keep_the_order_and_the_patterns_of_the_model() {
    let text = generate(TINY).unwrap();
    for line in [
        r#"members: &[Member { name: "PoolId", path: "poolId", required: true, shape: &USER_POOL_ID_TYPE_SHAPE },Member { name: "CallbackURLs","#,
        r#"name: "MFAOptions", path: "mFAOptions", required: false"#,
        r#"Pattern::new("[\\w-]+", "\\A(?:[[0-9A-Za-z_]-]+)\\z")"#,
        "Shape { kind: Kind::Text { pattern: None, values: &[] }, masked: true, min: None, max: None }",
        r#"values: &["V1_0", "USER_SRP"]"#,
        r#"Self::V1_0 => "V1_0",Self::UserSrp => "USER_SRP","#,
        "Self::LostException => 500,",
        "fn user_pool_id(&self) -> Option<&UserPoolId> { Some(&self.pool_id) }",
        "type Output = NoContent;",
        "pub static OPERATIONS: [&OperationModel; 1]",
    ] {
        assert!(text.contains(line), "{line}\nis not in\n{text}");
    }
}

#[test]
fn a_request_that_names_its_pool_by_an_arn_knows_it() {
    let model = TINY.replace(
        r#""PoolId": "UserPoolIdType""#,
        r#""ResourceArn": "ArnType""#,
    );
    let model = model.replace(
        r#""ModeType": {"type""#,
        r#""ArnType": {"type": "string"}, "ModeType": {"type""#,
    );
    let optional = generate(&model.replace(r#""required": ["PoolId"], "#, "")).unwrap_err();
    assert!(optional.contains("ResourceArn may be absent"), "{optional}");
    let text = generate(&model.replace(r#"["PoolId"]"#, r#"["ResourceArn"]"#)).unwrap();
    for line in [
        "pub resource_arn: ResourceArn,",
        "fn user_pool_id(&self) -> Option<&UserPoolId> { self.resource_arn.user_pool_id() }",
    ] {
        assert!(text.contains(line), "{line}\nis not in\n{text}");
    }
}

#[test]
fn what_the_generator_does_not_know_stops_the_build() {
    for (pointer, key, value, words) in [
        (
            "/shapes/UrlsType",
            "uniqueItems",
            json!(true),
            "uniqueItems",
        ),
        ("/shapes/UrlsType", "pattern", json!("a"), "pattern"),
        ("/shapes/UrlsType", "type", json!("union"), "union"),
        ("/shapes/UrlsType", "member", json!("Nowhere"), "Nowhere"),
        (
            "/shapes/GetRequest",
            "required",
            json!(["Nobody"]),
            "GetRequest",
        ),
        ("/operations/Get", "auth", json!("bearer"), "bearer"),
        ("/operations/Get", "errors", json!(["Gone"]), "Gone"),
        ("", "jsonVersion", json!("1.0"), "1.0"),
        ("/shapes/SecretType", "pattern", json!("(?<=a)b"), "(?<"),
        ("/shapes/SecretType", "pattern", json!("a++"), "possessive"),
        ("/shapes/SecretType", "pattern", json!("[a--b]"), "--"),
        ("/shapes/SecretType", "pattern", json!("\\Bword"), "\\B"),
        ("/shapes/SecretType", "pattern", json!("(a)\\1"), "\\1"),
        (
            "/shapes/SecretType",
            "pattern",
            json!("(?!a)b"),
            "add a line",
        ),
        (
            "/shapes/SecretType",
            "pattern",
            json!("[\\uD83C-\\uDBFF]"),
            "half",
        ),
        ("/shapes/SecretType", "pattern", json!("a\\u12"), "digits"),
        ("/shapes/SecretType", "pattern", json!("[a"), "unclosed"),
        ("/shapes/SecretType", "enum", json!(["A"]), "SecretType"),
        (
            "/shapes/ModeType",
            "enum",
            json!(["A_B", "AB", "A-B"]),
            "ModeType",
        ),
    ] {
        let error = with(pointer, key, value).unwrap_err();
        assert!(error.contains(words), "{error} does not name {words}");
    }
}

#[test]
fn a_pattern_takes_what_java_takes() {
    for (java, taken, refused) in [
        (r"[0-9a-f]{2}\b-\b[0-9a-f]{2}", "0a-f9", "0a--f9"),
        (r"\bé\b", "", "é"),
        (r"\<a\>", "<a>", "a"),
        (r"[\p{Print}&&[^|:/]]+", "a b", "a:b"),
        (r"\p{Punct}+\ \%", "!~ %", "!~%"),
        (r"\v\f\x41", "\u{2028}\u{c}A", "\u{2028}\u{c}B"),
        (r"\0101\0377", "A\u{ff}", "A7"),
        (r"[\p{Upper}\p{XDigit}]+", "AZ0f", "g"),
        (r"\P{ASCII}", "é", "e"),
        (r"\p{Lu}\p{LD}", "Äß", "aß"),
        (r"(?s).", "\n", ""),
        (r".", "a", "\r"),
    ] {
        let pattern = regex::Regex::new(&java_regex::rust_regex(java).unwrap()).unwrap();
        assert!(
            taken.is_empty() || pattern.is_match(taken),
            "{java} takes {taken}"
        );
        assert!(!pattern.is_match(refused), "{java} refuses {refused}");
    }
}

#[test]
fn a_pattern_says_the_same_in_both_dialects() {
    let rewritten = |java: &str| java_regex::rust_regex(java).unwrap();
    assert_eq!(rewritten(r"[\S]+"), r"\A(?:[[^ \t\n\x0B\x0C\r]]+)\z");
    assert_eq!(
        rewritten(r"a.b"),
        r"\A(?:a[^\n\r\x{85}\x{2028}\x{2029}]b)\z"
    );
    assert_eq!(
        rewritten(r"[.]\.\\."),
        r"\A(?:[.]\.\\[^\n\r\x{85}\x{2028}\x{2029}])\z"
    );
    assert_eq!(rewritten(r"\++(?:\d)?"), r"\A(?:\++(?:[0-9])?)\z");
    assert_eq!(
        rewritten(r"a\b-\W\D"),
        r"\A(?:a(?-u:\b)-[^0-9A-Za-z_][^0-9])\z"
    );
    assert_eq!(
        rewritten(r"\A\p{L}[\P{C}\p{Alnum}]\z"),
        r"\A(?:\A\p{L}[\P{C}[0-9A-Za-z]]\z)\z"
    );
    assert_eq!(rewritten(r"[^\000-\037]"), r"\A(?:[^\x{0}-\x{1F}])\z");
    assert_eq!(
        rewritten(r"[\u0020-\uD7FF\uD800\uDC00-\uDBFF\uDFFF]"),
        r"\A(?:[\x{20}-\x{D7FF}\x{10000}-\x{10FFFF}])\z"
    );
    let bucket = rewritten(overrides::PATTERNS[0].0);
    assert!(bucket.contains(overrides::PATTERNS[0].1));
}
