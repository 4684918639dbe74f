//! `USER_SRP_AUTH` and `PASSWORD_VERIFIER`: the numbers, the names and the claims of the exchange.

use serde_json::{Value, json};

use super::{EMAIL_APP, EVA_SUB, begun, claim, start, verify};
use crate::world::{
    ANA_SUB, DISCREET, Exchange, NO_USER, PASSWORD, POOL, Secret, WEB, WRONG_PASSWORD, initiate,
    initiate_by_admin, keys, sign_in_by_password, sign_in_by_srp, with,
};

#[test]
fn what_is_no_number_of_the_group_is_no_srp_a() {
    let app = start();
    let n = include_str!("../../data/srp-vectors.json");
    let n: Value = serde_json::from_str(n).unwrap();
    let n = n["N_hex"].as_str().unwrap();
    let beyond = format!("{n}00");
    for srp_a in ["0", "00", n, &beyond, "xyz", "-2", " 2"] {
        for client in [WEB, DISCREET] {
            let parameters = json!({"USERNAME": "Ana", "SRP_A": srp_a});
            initiate(&app, client, "USER_SRP_AUTH", parameters)
                .refused("InvalidParameterException", "Invalid SRP_A given.");
        }
    }
}

#[test]
fn whatever_name_is_sent_the_challenge_tells_the_internal_one() {
    let app = start();
    for name in [
        "Ana",
        "ana",
        "ANA",
        "ana@example.com",
        "Ana@Example.com",
        ANA_SUB,
    ] {
        let asked = begun(&app, WEB, name);
        assert_eq!(keys(&asked), ["ChallengeName", "ChallengeParameters"]);
        let parameters = &asked["ChallengeParameters"];
        assert_eq!(
            keys(parameters),
            [
                "SALT",
                "SECRET_BLOCK",
                "SRP_B",
                "USERNAME",
                "USER_ID_FOR_SRP"
            ]
        );
        assert_eq!(parameters["USERNAME"], "ana");
        assert_eq!(parameters["USER_ID_FOR_SRP"], "ana");
        // Some clients answer with the name that the user typed.
        let responses = with(claim(&app, WEB, &asked, PASSWORD), &[("USERNAME", name)]);
        assert_eq!(verify(&app, WEB, responses).status, 200, "{name}");
        assert_eq!(
            sign_in_by_password(&app, WEB, name, PASSWORD, &[]).status,
            200
        );
    }
}

#[test]
fn an_address_that_is_not_verified_is_no_name() {
    let app = start();
    let input = json!({"UserPoolId": POOL, "Username": "ben", "UserAttributes": [{"Name": "email", "Value": "ben@example.com"}]});
    app.call("AdminUpdateUserAttributes", &input).ok();
    sign_in_by_password(&app, WEB, "ben@example.com", PASSWORD, &[]).refused_as(NO_USER);
}

#[test]
fn in_a_pool_of_addresses_the_username_is_the_sub() {
    let app = start();
    for name in ["eva@example.com", EVA_SUB] {
        let parameters = begun(&app, EMAIL_APP, name)["ChallengeParameters"].clone();
        assert_eq!(parameters["USERNAME"], EVA_SUB);
        assert_eq!(parameters["USER_ID_FOR_SRP"], EVA_SUB);
        assert_eq!(
            sign_in_by_srp(&app, EMAIL_APP, name, PASSWORD, &[]).status,
            200
        );
    }
    // Case matters in this pool.
    sign_in_by_password(&app, EMAIL_APP, "Eva@example.com", PASSWORD, &[])
        .refused_as(WRONG_PASSWORD);
}

#[test]
fn a_wrong_password_is_refused_in_every_flow() {
    let app = start();
    for password in ["wrong", "tulip-Kettle-4417", "Tulip-Kettle-4417 "] {
        sign_in_by_srp(&app, WEB, "Ana", password, &[]).refused_as(WRONG_PASSWORD);
        app.seconds_pass(900);
        sign_in_by_password(&app, WEB, "Ana", password, &[]).refused_as(WRONG_PASSWORD);
        let parameters = json!({"USERNAME": "Ana", "PASSWORD": password});
        initiate_by_admin(&app, WEB, "ADMIN_USER_PASSWORD_AUTH", parameters)
            .refused_as(WRONG_PASSWORD);
    }
    // A user without a password has no right password.
    sign_in_by_password(&app, WEB, "pia", PASSWORD, &[]).refused_as(WRONG_PASSWORD);
    sign_in_by_srp(&app, WEB, "pia", PASSWORD, &[]).refused_as(WRONG_PASSWORD);
}

#[test]
fn a_claim_that_was_altered_anywhere_is_refused() {
    let app = start();
    let altered = |name: &str, alter: &dyn Fn(&str) -> String| {
        app.seconds_pass(900);
        let asked = begun(&app, WEB, "Ana");
        let mut responses = claim(&app, WEB, &asked, PASSWORD);
        responses[name] = alter(responses[name].as_str().unwrap()).into();
        verify(&app, WEB, responses).refused_as(WRONG_PASSWORD);
    };
    let flipped = |text: &str| {
        let other = if text.starts_with('A') { "B" } else { "A" };
        format!("{other}{}", &text[1..])
    };
    let turned = |text: &str| text.chars().rev().collect::<String>();
    for name in ["PASSWORD_CLAIM_SIGNATURE", "PASSWORD_CLAIM_SECRET_BLOCK"] {
        altered(name, &flipped);
        altered(name, &turned);
        altered(name, &|text| text[..text.len() - 4].to_owned());
        altered(name, &|_| "AAAA".to_owned());
        altered(name, &|_| "no base64!".to_owned());
    }
    // A right time, but not the one that was signed.
    let later = app.clock.now() + chrono::TimeDelta::seconds(930);
    altered("TIMESTAMP", &|_| {
        later.format("%a %b %-d %H:%M:%S UTC %Y").to_string()
    });
    altered("USERNAME", &|_| "ben".to_owned());
    altered("USERNAME", &|_| "nobody".to_owned());
}

#[test]
fn a_claim_is_for_the_block_that_it_was_made_for() {
    let app = start();
    let (first, second) = (begun(&app, WEB, "Ana"), begun(&app, WEB, "Ana"));
    let mut responses = claim(&app, WEB, &first, PASSWORD);
    responses["PASSWORD_CLAIM_SECRET_BLOCK"] =
        second["ChallengeParameters"]["SECRET_BLOCK"].clone();
    verify(&app, WEB, responses).refused_as(WRONG_PASSWORD);
    // Ben's block with Ben's password does not prove Ana.
    let mut responses = claim(&app, WEB, &begun(&app, WEB, "ben"), PASSWORD);
    responses["USERNAME"] = "Ana".into();
    verify(&app, WEB, responses).refused_as(WRONG_PASSWORD);
}

#[test]
fn a_time_is_written_as_public_clients_write_it_and_is_now() {
    let app = start();
    app.milliseconds_pass(500);
    let form = "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.";
    let claim_at = |text: &str| {
        let asked = begun(&app, WEB, "Ana");
        let parameters = &asked["ChallengeParameters"];
        let who = Secret::of_user(POOL, "ana", PASSWORD);
        let mut responses = claim(&app, WEB, &asked, PASSWORD);
        responses["PASSWORD_CLAIM_SIGNATURE"] =
            Exchange::new().signature(who, parameters, text).into();
        responses["TIMESTAMP"] = text.into();
        verify(&app, WEB, responses)
    };
    for text in [
        "2026-11-22T14:23:01Z",
        "Sun Nov 22 14:23:01 2026",
        "Sun Nov 22 14:23:01 UTC",
        "22 Nov 2026 14:23:01 UTC",
        "Sun Nov 31 14:23:01 UTC 2026",
        "Sun Nov 22 25:23:01 UTC 2026",
        "1795357381",
        "now",
    ] {
        claim_at(text).refused("InvalidParameterException", form);
    }
    for (text, right) in [
        ("Sun Nov 22 14:23:01 UTC 2026", true),
        ("Sun Nov 22 14:18:01 UTC 2026", true),
        ("Sun Nov 22 14:28:01 UTC 2026", true),
        ("Sun Nov 22 14:18:00 UTC 2026", false),
        ("Sun Nov 22 14:28:02 UTC 2026", false),
        ("Sat Nov 22 14:23:01 UTC 2025", false),
    ] {
        let answer = claim_at(text);
        if right {
            assert_eq!(answer.status, 200, "{text}");
        } else {
            answer.refused_as(WRONG_PASSWORD);
        }
    }
}
