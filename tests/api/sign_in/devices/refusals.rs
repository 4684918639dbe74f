//! Proofs of a device that are refused.

use serde_json::{Value, json};

use crate::devices::{OTHER, always, asked_for, device_claim, device_verify, with_device};
use crate::world::{
    Device, Exchange, INVALID_SESSION, PASSWORD, POOL, Secret, TEMPORARY, USED_SESSION, WEB,
    WRONG_PASSWORD, begin_device, device, initiate, prove_device, respond, sign_in_by_password,
    with,
};

#[test]
fn the_sessions_of_a_device_are_for_it_alone() {
    let app = always();
    let (device, _) = with_device(&app, "ana");
    let (bens, _) = with_device(&app, "ben");
    let asked = asked_for(&app, "ana", &device);
    begin_device(&app, WEB, &device, &asked, "ben").refused_as(INVALID_SESSION);
    begin_device(&app, WEB, &bens, &asked, "ben").refused_as(INVALID_SESSION);
    begin_device(&app, OTHER, &device, &asked, "ana").refused_as(INVALID_SESSION);
    let tom = sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]).ok();
    begin_device(&app, WEB, &device, &tom, "tom").refused_as(INVALID_SESSION);
    let set = json!({"USERNAME": "ana", "NEW_PASSWORD": "Stolen-Account-1"});
    respond(&app, WEB, "NEW_PASSWORD_REQUIRED", &asked, set).refused_as(INVALID_SESSION);
    // A block of the password is not good for the device, and vice versa.
    let begun = initiate(
        &app,
        WEB,
        "USER_SRP_AUTH",
        json!({"USERNAME": "ana", "SRP_A": Exchange::new().srp_a(), "DEVICE_KEY": device.key}),
    )
    .ok();
    let responses = Exchange::new().claim(
        &app,
        Secret::of_user(POOL, "ana", PASSWORD),
        &begun["ChallengeParameters"],
    );
    device_verify(&app, with(responses, &[("DEVICE_KEY", &device.key)])).refused_as(WRONG_PASSWORD);
    let responses = device_claim(&app, &device, &asked);
    respond(
        &app,
        WEB,
        "PASSWORD_VERIFIER",
        &Value::Null,
        responses.clone(),
    )
    .refused_as(WRONG_PASSWORD);
    respond(
        &app,
        OTHER,
        "DEVICE_PASSWORD_VERIFIER",
        &Value::Null,
        responses.clone(),
    )
    .refused_as(WRONG_PASSWORD);
    assert_eq!(device_verify(&app, responses.clone()).status, 200);
    device_verify(&app, responses).refused_as(USED_SESSION);
}

#[test]
fn a_wrong_proof_of_the_device_is_refused_and_the_right_one_is_still_taken() {
    let app = always();
    let (device, _) = with_device(&app, "ana");
    let (second, _) = with_device(&app, "ana");
    let asked = asked_for(&app, "ana", &device);
    let right = device_claim(&app, &device, &asked);
    for (name, value) in [
        ("PASSWORD_CLAIM_SIGNATURE", "AAAA"),
        ("PASSWORD_CLAIM_SIGNATURE", "no base64!"),
        ("PASSWORD_CLAIM_SECRET_BLOCK", "AAAA"),
        ("DEVICE_KEY", &second.key),
        ("DEVICE_KEY", device::UNKNOWN),
        ("TIMESTAMP", "Sun Nov 22 14:23:01 UTC 2026"),
    ] {
        device_verify(&app, with(right.clone(), &[(name, value)])).refused_as(WRONG_PASSWORD);
    }
    for stranger in [
        Device {
            password: second.password.clone(),
            ..device.clone()
        },
        Device {
            group_key: second.group_key.clone(),
            ..device.clone()
        },
    ] {
        let asked = asked_for(&app, "ana", &device);
        prove_device(&app, WEB, &stranger, &asked).refused_as(WRONG_PASSWORD);
    }
    device_verify(&app, with(right.clone(), &[("USERNAME", "ben")])).refused_as(INVALID_SESSION);
    for name in [
        "USERNAME",
        "DEVICE_KEY",
        "PASSWORD_CLAIM_SECRET_BLOCK",
        "PASSWORD_CLAIM_SIGNATURE",
        "TIMESTAMP",
    ] {
        let message = format!("Missing required parameter {name}");
        device_verify(&app, with(right.clone(), &[(name, "")]))
            .refused("InvalidParameterException", &message);
    }
    assert_eq!(device_verify(&app, right).status, 200);
    let asked = asked_for(&app, "ana", &device);
    let responses = device_claim(&app, &device, &asked);
    app.milliseconds_pass(3 * 60_000 + 1);
    let late = crate::world::timestamp(&app);
    device_verify(&app, with(responses, &[("TIMESTAMP", &late)])).refused_as(WRONG_PASSWORD);
    for (name, value) in [("SRP_A", ""), ("DEVICE_KEY", "")] {
        let responses = with(
            json!({"USERNAME": "ana", "SRP_A": "2", "DEVICE_KEY": device.key}),
            &[(name, value)],
        );
        let message = format!("Missing required parameter {name}");
        respond(&app, WEB, "DEVICE_SRP_AUTH", &Value::Null, responses)
            .refused("InvalidParameterException", &message);
    }
    let asked = asked_for(&app, "ana", &device);
    let responses = json!({"USERNAME": "ana", "SRP_A": "0", "DEVICE_KEY": device.key});
    respond(&app, WEB, "DEVICE_SRP_AUTH", &asked, responses)
        .refused("InvalidParameterException", "Invalid SRP_A given.");
}
