//! `DEVICE_KEY` in the first request: when it counts.

use serde_json::{Value, json};

use crate::devices::{
    always, asked_for, dates, device_claim, device_verify, forget, metadata, opt_in, update,
    with_device,
};
use crate::world::{
    Device, Exchange, NO_DEVICE, PASSWORD, POOL, Secret, TEMPORARY, WEB, WRONG_PASSWORD,
    access_token, begin_device, device, initiate, prove_device, respond, sign_in_by_password,
    sign_in_by_srp, with,
};

#[test]
fn a_device_that_is_not_the_users_is_told_after_the_right_password_only() {
    let app = always();
    let (forgotten, answer) = with_device(&app, "ana");
    forget(&app, &access_token(&answer), &forgotten.key).done();
    let (bens, _) = with_device(&app, "ben");
    let unconfirmed = Device::issued(&sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).ok());
    for key in [
        device::UNKNOWN,
        &forgotten.key,
        &bens.key,
        &unconfirmed.key,
        "no key at all",
    ] {
        let further = [("DEVICE_KEY", key)];
        app.milliseconds_pass(900_000);
        sign_in_by_password(&app, WEB, "ana", "wrong", &further).refused_as(WRONG_PASSWORD);
        sign_in_by_srp(&app, WEB, "ana", "wrong", &further).refused_as(WRONG_PASSWORD);
        sign_in_by_password(&app, WEB, "ana", PASSWORD, &further).refused_as(NO_DEVICE);
        // In both requests, as public clients send it, and in the second alone. After the refusal, clients try again
        // without the key, or with null.
        for first in [&further[..], &[][..]] {
            let parameters = json!({"USERNAME": "ana", "SRP_A": Exchange::new().srp_a()});
            let begun = initiate(&app, WEB, "USER_SRP_AUTH", with(parameters, first)).ok();
            let who = Secret::of_user(POOL, "ana", PASSWORD);
            let claim = Exchange::new().claim(&app, who, &begun["ChallengeParameters"]);
            let verify =
                |responses| respond(&app, WEB, "PASSWORD_VERIFIER", &Value::Null, responses);
            verify(with(claim.clone(), &further)).refused_as(NO_DEVICE);
            let mut without = claim.clone();
            if !first.is_empty() {
                without["DEVICE_KEY"] = Value::Null;
            }
            let answer = verify(without).ok();
            assert!(metadata(&answer)["DeviceKey"].is_string());
        }
    }
}

#[test]
fn a_key_of_the_first_request_counts_while_it_is_a_confirmed_device_of_the_user() {
    let app = always();
    let (device, first) = with_device(&app, "ana");
    let begin = |key: &Value| {
        let parameters =
            json!({"USERNAME": "ana", "SRP_A": Exchange::new().srp_a(), "DEVICE_KEY": key});
        let begun = initiate(&app, WEB, "USER_SRP_AUTH", parameters).ok();
        let who = Secret::of_user(POOL, "ana", PASSWORD);
        Exchange::new().claim(&app, who, &begun["ChallengeParameters"])
    };
    let verify = |responses| respond(&app, WEB, "PASSWORD_VERIFIER", &Value::Null, responses).ok();
    // An absent key and null mean the same in both requests.
    let answer = verify(with(begin(&Value::Null), &[]));
    assert!(metadata(&answer)["DeviceKey"].is_string());
    let mut null = begin(&json!(device.key));
    null["DEVICE_KEY"] = Value::Null;
    assert_eq!(verify(null)["ChallengeName"], "DEVICE_SRP_AUTH");
    let claims = [begin(&json!(device.key)), begin(&json!(device.key))];
    forget(&app, &access_token(&first), &device.key).done();
    let [once, again] = claims;
    assert!(metadata(&verify(once))["DeviceKey"].is_string());
    // In the response itself it is refused.
    let answer = respond(
        &app,
        WEB,
        "PASSWORD_VERIFIER",
        &Value::Null,
        with(again, &[("DEVICE_KEY", &device.key)]),
    );
    answer.refused_as(NO_DEVICE);
    // A key that was never issued.
    let answer = verify(begin(&json!(device::UNKNOWN)));
    assert!(metadata(&answer)["DeviceKey"].is_string());
    let parameters = json!({"USERNAME": "ana", "PASSWORD": PASSWORD, "DEVICE_KEY": null});
    let answer = initiate(&app, WEB, "USER_PASSWORD_AUTH", parameters).ok();
    assert!(metadata(&answer)["DeviceKey"].is_string());
}

#[test]
fn a_device_that_is_forgotten_before_the_new_password_is_a_new_one() {
    let app = always();
    let (device, first) = with_device(&app, "ana");
    app.set_password(POOL, "ana", TEMPORARY, false).ok();
    let key = [("DEVICE_KEY", device.key.as_str())];
    let asked = sign_in_by_password(&app, WEB, "ana", TEMPORARY, &key).ok();
    forget(&app, &access_token(&first), &device.key).done();
    let responses = json!({"USERNAME": "ana", "NEW_PASSWORD": PASSWORD});
    let answer = respond(&app, WEB, "NEW_PASSWORD_REQUIRED", &asked, responses).ok();
    assert!(metadata(&answer)["DeviceKey"].is_string());
}

#[test]
fn a_device_that_is_not_remembered_signs_in_as_if_it_were_none() {
    let app = opt_in();
    let (device, first) = with_device(&app, "ana");
    let before = dates(&app, &device.key);
    app.milliseconds_pass(5000);
    let further = [("DEVICE_KEY", device.key.as_str())];
    let answer = sign_in_by_srp(&app, WEB, "ana", PASSWORD, &further).ok();
    assert_eq!(*metadata(&answer), Value::Null);
    assert_eq!(dates(&app, &device.key), before);
    begin_device(&app, WEB, &device, &Value::Null, "ana").refused_as(NO_DEVICE);
    update(
        &app,
        &access_token(&first),
        &device.key,
        json!("remembered"),
    )
    .ok();
    let asked = asked_for(&app, "ana", &device);
    assert!(!access_token(&prove_device(&app, WEB, &device, &asked).ok()).is_empty());
    // After tracking was off and is on again, the device still knows its password.
    for status in ["not_remembered", "remembered"] {
        update(&app, &access_token(&first), &device.key, json!(status)).ok();
    }
    let asked = asked_for(&app, "ana", &device);
    assert!(!access_token(&prove_device(&app, WEB, &device, &asked).ok()).is_empty());
}

#[test]
fn a_temporary_password_is_replaced_before_the_device_proves_itself() {
    let app = always();
    let (device, _) = with_device(&app, "ana");
    let set_temporary = |password: &str| {
        app.set_password(POOL, "ana", password, false).ok();
    };
    let replace = |asked: &Value| {
        assert_eq!(asked["ChallengeName"], "NEW_PASSWORD_REQUIRED");
        let set = json!({"USERNAME": "ana", "NEW_PASSWORD": PASSWORD});
        respond(&app, WEB, "NEW_PASSWORD_REQUIRED", asked, set).ok()
    };
    set_temporary(TEMPORARY);
    let further = [("DEVICE_KEY", device.key.as_str())];
    let asked = sign_in_by_password(&app, WEB, "ana", TEMPORARY, &further).ok();
    let asked = replace(&asked);
    let responses = device_claim(&app, &device, &asked);
    // If it is remembered now, the device proves itself before the tokens.
    set_temporary(TEMPORARY);
    let asked = replace(&device_verify(&app, responses).ok());
    let answer = prove_device(&app, WEB, &device, &asked).ok();
    assert_eq!(*metadata(&answer), Value::Null);
}
