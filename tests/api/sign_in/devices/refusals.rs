//! Proofs of a device that are refused.

use serde_json::{Value, json};

use crate::devices::{
    NO_SESSION, OTHER, PASSWORD, TEMPORARY, UNKNOWN, USED_SESSION, WEB, WRONG, always, asked_for,
    device_claim, device_verify, milliseconds, refused, with_device,
};
use crate::world::{
    Device, Exchange, POOL, Secret, begin_device, initiate, prove_device, respond,
    sign_in_by_password, with,
};

#[test]
fn the_sessions_of_a_device_are_for_it_alone() {
    let app = always();
    let (device, _) = with_device(&app, "ana");
    let (bens, _) = with_device(&app, "ben");
    let asked = asked_for(&app, "ana", &device);
    refused(&begin_device(&app, WEB, &device, &asked, "ben"), NO_SESSION);
    refused(&begin_device(&app, WEB, &bens, &asked, "ben"), NO_SESSION);
    refused(
        &begin_device(&app, OTHER, &device, &asked, "ana"),
        NO_SESSION,
    );
    let tom = sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]).ok();
    refused(&begin_device(&app, WEB, &device, &tom, "tom"), NO_SESSION);
    let set = json!({"USERNAME": "ana", "NEW_PASSWORD": "Stolen-Account-1"});
    refused(
        &respond(&app, WEB, "NEW_PASSWORD_REQUIRED", &asked, set),
        NO_SESSION,
    );
    // The user's block is no device's, and the other way round.
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
    refused(
        &device_verify(&app, with(responses, &[("DEVICE_KEY", &device.key)])),
        WRONG,
    );
    let responses = device_claim(&app, &device, &asked);
    refused(
        &respond(
            &app,
            WEB,
            "PASSWORD_VERIFIER",
            &Value::Null,
            responses.clone(),
        ),
        WRONG,
    );
    refused(
        &respond(
            &app,
            OTHER,
            "DEVICE_PASSWORD_VERIFIER",
            &Value::Null,
            responses.clone(),
        ),
        WRONG,
    );
    assert_eq!(device_verify(&app, responses.clone()).status, 200);
    refused(&device_verify(&app, responses), USED_SESSION);
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
        ("DEVICE_KEY", UNKNOWN),
        ("TIMESTAMP", "Sun Nov 22 14:23:01 UTC 2026"),
    ] {
        refused(
            &device_verify(&app, with(right.clone(), &[(name, value)])),
            WRONG,
        );
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
        refused(&prove_device(&app, WEB, &stranger, &asked), WRONG);
    }
    refused(
        &device_verify(&app, with(right.clone(), &[("USERNAME", "ben")])),
        NO_SESSION,
    );
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
    milliseconds(&app, 3 * 60_000 + 1);
    let late = crate::world::timestamp(&app);
    refused(
        &device_verify(&app, with(responses, &[("TIMESTAMP", &late)])),
        WRONG,
    );
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
