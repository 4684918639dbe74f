//! Every constraint of the API model at its boundaries, over HTTP, for all operations.
//!
//! The expectations come from the model file itself, read and worded here without any of the generated tables. Inputs are
//! the smallest that the model allows, with one value planted at one place: the last that is allowed, or the first that is
//! not. Texts and blobs of more than 200,000 characters are left out: that is the bytes of a branding asset alone.

mod inputs;
mod prober;
mod probes;
mod samples;
mod shapes;
mod words;

use std::collections::BTreeSet;

use serde_json::{Value, json};

pub(crate) use self::inputs::minimal;
use self::inputs::{Spot, Step, spots};
use self::prober::Prober;
use self::probes::{all_wrong, probes};
use self::samples::SAMPLES;
pub(crate) use self::shapes::{Name, is_signed, members, operation, operations};
use self::shapes::{requires, shape};
use self::words::{Place, matching, mismatch};
use crate::world::{App, NO_SIGNATURE, POOL, Setup, device, device_of};

#[test]
fn every_operation_takes_its_smallest_input() {
    let mut prober = Prober::new();
    for (name, operation) in operations() {
        prober.accepts("smallest input", name, &minimal(&operation.input));
    }
    prober.visited_all_operations();
}

#[test]
fn a_required_member_that_is_left_out_or_null_is_missed() {
    let mut prober = Prober::new();
    for spot in spots() {
        let Step::Member(member) = spot.last() else {
            continue;
        };
        let missed = spot.null_violations();
        let kind = if requires(spot.parent(), member) {
            assert_eq!(missed.len(), 1);
            "required"
        } else {
            "optional"
        };
        prober.expects(kind, spot.operation, &spot.without(), &missed);
        prober.expects("null", spot.operation, &spot.with(&Value::Null), &missed);
    }
    prober.checked(&[("required", 300), ("optional", 300), ("null", 700)]);
}

#[test]
fn null_is_no_item_of_a_list_and_no_value_of_a_map() {
    let mut prober = Prober::new();
    for spot in spots() {
        let kind = match spot.last() {
            Step::Item => "item",
            Step::Value => "value",
            Step::Member(_) | Step::Key => continue,
        };
        let missed = spot.null_violations();
        prober.expects(kind, spot.operation, &spot.with(&Value::Null), &missed);
    }
    prober.checked(&[("item", 60), ("value", 30)]);
}

#[test]
fn every_boundary_is_allowed_and_the_next_value_is_not() {
    let mut prober = Prober::new();
    for spot in spots() {
        for probe in probes(spot.shape) {
            let violations = spot.violations(&probe.value, &probe.broken);
            let input = spot.with(&probe.value);
            prober.expects(probe.kind, spot.operation, &input, &violations);
        }
    }
    prober.checked(&[
        ("exactly the greatest size", 300),
        ("exactly the least size", 300),
        ("greatest number", 20),
        ("least number", 20),
        ("length before pattern", 200),
        ("one above the greatest number", 20),
        ("one above the greatest size", 300),
        ("one below the least number", 20),
        ("one below the least size", 200),
        ("pattern", 300),
        ("shortest match", 300),
        ("unknown enum value", 100),
        ("value of the enum", 100),
    ]);
}

#[test]
fn all_violations_of_an_input_come_together_in_the_order_of_the_model() {
    let (mut prober, mut most) = (Prober::new(), 0);
    for (name, operation) in operations() {
        let (input, violations) = all_wrong(&operation.input, &Place::default());
        most = most.max(violations.len());
        let kind = match violations.len() {
            0 => "nothing to violate",
            1 => "one",
            _ => "several",
        };
        prober.expects(kind, name, &input, &violations);
    }
    assert!(most > 50, "{most}");
    prober.visited_all_operations();
    prober.checked(&[("several", 100), ("one", 1)]);
}

#[test]
fn a_value_of_the_wrong_json_type_is_no_request() {
    let mut prober = Prober::new();
    for spot in spots() {
        if spot.last() == Step::Key {
            continue;
        }
        for (kind, value) in [
            ("string", json!("text")),
            ("number", json!(7)),
            ("true", json!(true)),
            ("false", json!(false)),
            ("list", json!([])),
            ("object", json!({})),
        ] {
            if let Some(words) = mismatch(spot.shape, &value) {
                let input = spot.with(&value);
                prober.refuses(
                    kind,
                    spot.operation,
                    &input,
                    "SerializationException",
                    &words,
                );
            }
        }
    }
    prober.checked(&[
        ("string", 300),
        ("number", 900),
        ("true", 900),
        ("false", 900),
        ("list", 900),
        ("object", 800),
    ]);
}

#[test]
fn only_the_operations_of_the_model_need_a_signature() {
    let mut prober = Prober::new();
    let mut unsigned = 0;
    for (name, operation) in operations() {
        let input = minimal(&operation.input).to_string();
        let answer = prober.app.send(prober.app.request(name, input));
        if is_signed(operation) {
            answer.refused_as(NO_SIGNATURE);
        } else {
            unsigned += 1;
            prober.accepts("without a signature", name, &minimal(&operation.input));
        }
    }
    assert_eq!(unsigned, 34);
    prober.checked(&[("without a signature", 34)]);
}

#[test]
fn every_pattern_of_an_input_has_its_sample() {
    let of_inputs: BTreeSet<&str> = spots()
        .iter()
        .filter_map(|spot| shape(spot.shape).pattern.as_deref())
        .collect();
    let sampled: BTreeSet<&str> = SAMPLES.iter().map(|sample| sample.pattern).collect();
    assert_eq!(sampled, of_inputs);
    assert_eq!(sampled.len(), SAMPLES.len(), "one sample each");
}

#[test]
fn patterns_are_those_of_java_and_match_the_whole_text() {
    let mut prober = Prober::new();
    let spots = spots();
    for sample in SAMPLES.iter() {
        let of_pattern =
            |spot: &&Spot| shape(spot.shape).pattern.as_deref() == Some(sample.pattern);
        let spot = spots.iter().find(of_pattern).unwrap();
        for text in sample.fits {
            prober.accepts("match", spot.operation, &spot.with(&json!(text)));
        }
        for text in sample.misfits {
            let violations = spot.violations(&json!(text), &[matching(shape(spot.shape))]);
            let input = spot.with(&json!(text));
            prober.expects("no match", spot.operation, &input, &violations);
        }
    }
    prober.checked(&[("match", 70), ("no match", 150)]);
}

// AdminGetDevice by hand, from the limits of its page in the API reference.

const USER: &str = "diego";

/// The id of an unknown pool, of 12 characters, and the refusal when the input has no violations.
const NO_POOL: &str = "us-east-1_No";
const PASSED: (&str, &str) = (
    "ResourceNotFoundException",
    "User pool us-east-1_No does not exist.",
);

#[track_caller]
fn admin_get_device(app: &App, input: &Value, (code, message): (&str, &str)) {
    app.call("AdminGetDevice", input).refused(code, message);
}

fn invalid(message: &str) -> (&str, &str) {
    ("InvalidParameterException", message)
}

#[test]
fn admin_get_device_names_every_missing_member() {
    let app = Setup::new().start();
    let message = "3 validation errors detected: \
                   Value null at 'deviceKey' failed to satisfy constraint: Member must not be null; \
                   Value null at 'userPoolId' failed to satisfy constraint: Member must not be null; \
                   Value at 'username' failed to satisfy constraint: Member must not be null";
    admin_get_device(&app, &json!({}), invalid(message));
    let nulls = json!({"UserPoolId": null, "Username": null, "DeviceKey": null});
    admin_get_device(&app, &nulls, invalid(message));
}

#[test]
fn admin_get_device_names_everything_that_is_wrong_with_all_members() {
    let app = Setup::new().start();
    let key = "é".repeat(56);
    let username = " ".repeat(129);
    let message = format!(
        "6 validation errors detected: \
         Value '{key}' at 'deviceKey' failed to satisfy constraint: Member must have length less than or equal to 55; \
         Value '{key}' at 'deviceKey' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w-]+_[0-9a-f-]+; \
         Value '' at 'userPoolId' failed to satisfy constraint: Member must have length greater than or equal to 1; \
         Value '' at 'userPoolId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w-]+_[0-9a-zA-Z]+; \
         Value at 'username' failed to satisfy constraint: Member must have length less than or equal to 128; \
         Value at 'username' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\p{{L}}\\p{{M}}\\p{{S}}\\p{{N}}\\p{{P}}]+"
    );
    admin_get_device(&app, &device_of("", &username, &key), invalid(&message));
}

#[test]
fn a_device_key_matches_as_a_whole_and_in_ascii() {
    let app = Setup::new().start();
    admin_get_device(&app, &device_of(NO_POOL, USER, device::UNKNOWN), PASSED);
    for key in [
        "us-east-1_0\n",
        "é_0",
        "us-east-1_G",
        "us-east-1",
        "us-east-1_",
        "us-east-1_0 ",
    ] {
        let message = format!(
            "1 validation error detected: Value '{key}' at 'deviceKey' failed to satisfy constraint: \
             Member must satisfy regular expression pattern: [\\w-]+_[0-9a-f-]+"
        );
        admin_get_device(&app, &device_of(NO_POOL, USER, key), invalid(&message));
    }
}

#[test]
fn a_pool_id_matches_as_a_whole_and_in_ascii() {
    let app = Setup::new().start();
    for pool in [
        format!("{POOL}\n"),
        "é_1".into(),
        "us-east-1_é".into(),
        "us-east-1_a-b".into(),
    ] {
        let message = format!(
            "1 validation error detected: Value '{pool}' at 'userPoolId' failed to satisfy constraint: \
             Member must satisfy regular expression pattern: [\\w-]+_[0-9a-zA-Z]+"
        );
        let input = device_of(&pool, USER, device::UNKNOWN);
        admin_get_device(&app, &input, invalid(&message));
    }
}

#[test]
fn a_username_may_have_any_letters_but_no_blanks() {
    let app = Setup::new().start();
    for name in [
        "é",
        "josé",
        "e\u{301}",
        "名前",
        "d.ramirez+1@example.com",
        "$½¿",
        "\u{1f98a}",
    ] {
        admin_get_device(&app, &device_of(NO_POOL, name, device::UNKNOWN), PASSED);
    }
    let message = "1 validation error detected: Value at 'username' failed to satisfy constraint: \
                   Member must satisfy regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+";
    for name in ["diego\n", "di ego", "\u{a0}", "\u{7}", "\u{200b}"] {
        let input = device_of(NO_POOL, name, device::UNKNOWN);
        admin_get_device(&app, &input, invalid(message));
    }
}

#[test]
fn lengths_are_counted_in_utf_16_units() {
    let app = Setup::new().start();
    let foxes = |count| device_of(NO_POOL, &"\u{1f98a}".repeat(count), device::UNKNOWN);
    admin_get_device(&app, &foxes(1), PASSED);
    admin_get_device(&app, &foxes(64), PASSED);
    let message = "1 validation error detected: Value at 'username' failed to satisfy constraint: \
                   Member must have length less than or equal to 128";
    admin_get_device(&app, &foxes(65), invalid(message));
}

#[test]
fn a_device_key_has_at_most_fifty_five_characters() {
    let app = Setup::new().start();
    let key = |length: usize| format!("us-east-1_{}", "0".repeat(length - 10));
    admin_get_device(&app, &device_of(NO_POOL, USER, &key(55)), PASSED);
    let too_long = key(56);
    let message = format!(
        "1 validation error detected: Value '{too_long}' at 'deviceKey' failed to satisfy constraint: \
         Member must have length less than or equal to 55"
    );
    admin_get_device(
        &app,
        &device_of(NO_POOL, USER, &too_long),
        invalid(&message),
    );
    let both = "G".repeat(56);
    let message = format!(
        "2 validation errors detected: \
         Value '{both}' at 'deviceKey' failed to satisfy constraint: Member must have length less than or equal to 55; \
         Value '{both}' at 'deviceKey' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w-]+_[0-9a-f-]+"
    );
    admin_get_device(&app, &device_of(NO_POOL, USER, &both), invalid(&message));
}

#[test]
fn a_pool_id_has_at_most_fifty_five_characters() {
    let app = Setup::new().start();
    let pool = |length: usize| format!("us-east-1_{}", "a".repeat(length - 10));
    let message = format!("User pool {} does not exist.", pool(55));
    let longest = device_of(&pool(55), USER, device::UNKNOWN);
    admin_get_device(&app, &longest, ("ResourceNotFoundException", &message));
    let message = format!(
        "1 validation error detected: Value '{}' at 'userPoolId' failed to satisfy constraint: \
         Member must have length less than or equal to 55",
        pool(56)
    );
    let too_long = device_of(&pool(56), USER, device::UNKNOWN);
    admin_get_device(&app, &too_long, invalid(&message));
}
