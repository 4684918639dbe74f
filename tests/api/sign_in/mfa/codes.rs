//! `SMS_MFA` and `EMAIL_OTP`: codes that are sent, and the sessions that ask for them.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    EMAIL, OPTIONAL, OTHER_OPTIONAL, REQUIRED, SMS, answer, last_code, last_message, other_than,
    setup, start, text, with_token,
};
use crate::world::{
    Answer, DISABLED, EXPIRED_SESSION, INVALID_SESSION, PASSWORD, USED_SESSION, WRONG_CODE,
    access_token, respond, sign_in, totp,
};

#[test]
fn a_code_by_sms_completes_the_sign_in() {
    let app = start();
    let asked = sign_in(&app, SMS, "ana");
    assert_eq!(asked["ChallengeName"], "SMS_MFA");
    assert_eq!(
        asked["ChallengeParameters"],
        json!({"CODE_DELIVERY_DELIVERY_MEDIUM": "SMS", "CODE_DELIVERY_DESTINATION": "+*******0100", "USER_ID_FOR_SRP": "ana"})
    );
    let message = last_message(&app, SMS, "ana");
    let code = text(&message["Code"]);
    assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()));
    assert_eq!(message["Message"], format!("Tulip says {code}."));
    assert!(
        !asked.to_string().contains(code),
        "the client is not told the code"
    );
    let tokens = answer(&app, SMS, "ana", &asked, ("SMS_MFA_CODE", code)).ok();
    assert_eq!(tokens["ChallengeParameters"], json!({}));
    app.call_open("GetUser", &json!({"AccessToken": access_token(&tokens)}))
        .ok();
}

#[test]
fn a_code_by_email_completes_the_sign_in() {
    let app = start();
    let asked = sign_in(&app, EMAIL, "ana");
    assert_eq!(asked["ChallengeName"], "EMAIL_OTP");
    assert_eq!(
        asked["ChallengeParameters"],
        json!({"CODE_DELIVERY_DELIVERY_MEDIUM": "EMAIL", "CODE_DELIVERY_DESTINATION": "a***@e***", "USER_ID_FOR_SRP": "ana"})
    );
    let message = last_message(&app, EMAIL, "ana%40example.com");
    let code = text(&message["Code"]);
    assert_eq!(
        (&message["Message"], &message["Subject"]),
        (&json!(format!("It is {code}")), &json!("Hello"))
    );
    let tokens = answer(&app, EMAIL, "ana", &asked, ("EMAIL_OTP_CODE", code)).ok();
    access_token(&tokens);
}

#[test]
fn a_wrong_code_is_refused_and_the_session_lives_on() {
    let app = start();
    let asked = sign_in(&app, SMS, "ana");
    let code = last_code(&app, SMS, "ana");
    for wrong in [&other_than(&code), "1", &format!("{code}0")] {
        answer(&app, SMS, "ana", &asked, ("SMS_MFA_CODE", wrong)).refused_as(WRONG_CODE);
    }
    answer(&app, SMS, "ana", &asked, ("SMS_MFA_CODE", "")).refused(
        "InvalidParameterException",
        "Missing required parameter SMS_MFA_CODE",
    );
    answer(&app, SMS, "ana", &asked, ("SMS_MFA_CODE", &code)).ok();
    let again = answer(&app, SMS, "ana", &asked, ("SMS_MFA_CODE", &code));
    again.refused_as(USED_SESSION);
    let wrong = answer(
        &app,
        SMS,
        "ana",
        &asked,
        ("SMS_MFA_CODE", &other_than(&code)),
    );
    wrong.refused_as(USED_SESSION);
}

#[test]
fn each_sign_in_has_a_code_of_its_own() {
    let app = start();
    let first = sign_in(&app, SMS, "ana");
    let first_code = last_code(&app, SMS, "ana");
    let second = sign_in(&app, SMS, "ana");
    let second_code = last_code(&app, SMS, "ana");
    assert_ne!(first_code, second_code);
    answer(&app, SMS, "ana", &second, ("SMS_MFA_CODE", &first_code)).refused_as(WRONG_CODE);
    answer(&app, SMS, "ana", &second, ("SMS_MFA_CODE", &second_code)).ok();
    answer(&app, SMS, "ana", &first, ("SMS_MFA_CODE", &first_code)).ok();
}

#[test]
fn a_session_counts_for_its_user_client_and_challenge_and_for_its_time() {
    let app = start();
    let secret = with_token(&app, "ana");
    let asked = sign_in(&app, OPTIONAL, "ana");
    assert_eq!(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    let refused = |answer: Answer| answer.refused_as(INVALID_SESSION);
    let code = totp(&app, &secret);
    let response = ("SOFTWARE_TOKEN_MFA_CODE", code.as_str());
    refused(answer(&app, OPTIONAL, "bea", &asked, response));
    refused(answer(&app, OPTIONAL, "nobody", &asked, response));
    refused(answer(&app, OTHER_OPTIONAL, "ana", &asked, response));
    refused(answer(&app, SMS, "ana", &asked, response));
    for (challenge, name, value) in [
        ("SMS_MFA", "SMS_MFA_CODE", code.as_str()),
        ("EMAIL_OTP", "EMAIL_OTP_CODE", &code),
        ("SELECT_MFA_TYPE", "ANSWER", "SMS_MFA"),
        ("MFA_SETUP", "X", ""),
        ("MFA_SETUP", "EMAIL", "x@example.com"),
        ("NEW_PASSWORD_REQUIRED", "NEW_PASSWORD", PASSWORD),
    ] {
        let mut other = asked.clone();
        other["ChallengeName"] = challenge.into();
        refused(answer(&app, OPTIONAL, "ana", &other, (name, value)));
    }
    let mut none = asked.clone();
    none["Session"] = Value::Null;
    answer(&app, OPTIONAL, "ana", &none, response).refused(
        "InvalidParameterException",
        "Missing required parameter Session",
    );
    let session = text(&asked["Session"]);
    for forged in [
        "none.of.ours.at.all.whatever",
        &format!("{session}A"),
        &session.replacen(OPTIONAL.id, OTHER_OPTIONAL.id, 1),
        &session.replacen(OPTIONAL.id, SMS.id, 1),
        session.split_once('.').unwrap().1,
    ] {
        let mut altered = asked.clone();
        altered["Session"] = forged.into();
        refused(answer(&app, OPTIONAL, "ana", &altered, response));
        let input = json!({"Session": forged});
        refused(app.call_open("AssociateSoftwareToken", &input));
    }
    app.clock.advance(Duration::from_mins(3));
    let code = totp(&app, &secret);
    let response = ("SOFTWARE_TOKEN_MFA_CODE", code.as_str());
    answer(
        &app,
        OPTIONAL,
        "ana",
        &sign_in(&app, OPTIONAL, "ana"),
        response,
    )
    .ok();
    app.milliseconds_pass(1);
    answer(&app, OPTIONAL, "ana", &asked, response).refused_as(EXPIRED_SESSION);
}

#[test]
fn a_session_is_good_to_its_last_moment() {
    let app = start();
    let asked = sign_in(&app, SMS, "ana");
    let code = last_code(&app, SMS, "ana");
    app.clock.advance(Duration::from_mins(3));
    answer(&app, SMS, "ana", &asked, ("SMS_MFA_CODE", &code)).ok();
}

#[test]
fn an_administrator_signs_a_user_in_with_a_second_factor() {
    let app = start();
    let asked = app.call(
        "AdminInitiateAuth",
        &json!({"UserPoolId": SMS.pool, "ClientId": SMS.id, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
            "AuthParameters": {"USERNAME": "ana", "PASSWORD": PASSWORD}}),
    );
    let asked = asked.ok();
    assert_eq!(asked["ChallengeName"], "SMS_MFA");
    let code = last_code(&app, SMS, "ana");
    let respond = |code: &str| {
        app.call(
            "AdminRespondToAuthChallenge",
            &json!({"UserPoolId": SMS.pool, "ClientId": SMS.id, "ChallengeName": "SMS_MFA", "Session": asked["Session"],
                "ChallengeResponses": {"USERNAME": "ana", "SMS_MFA_CODE": code}}),
        )
    };
    respond(&other_than(&code)).refused_as(WRONG_CODE);
    access_token(&respond(&code).ok());
}

#[test]
fn a_user_who_was_disabled_meanwhile_is_refused() {
    let app = start();
    let asked = sign_in(&app, SMS, "ana");
    let code = last_code(&app, SMS, "ana");
    let input = json!({"UserPoolId": SMS.pool, "Username": "ana"});
    app.call("AdminDisableUser", &input).ok();
    answer(&app, SMS, "ana", &asked, ("SMS_MFA_CODE", &code)).refused_as(DISABLED);
}

#[test]
fn a_restart_in_the_middle_changes_nothing() {
    let app = setup().on_disk().start();
    let secret = with_token(&app, "ana");
    let by_token = sign_in(&app, OPTIONAL, "ana");
    let by_sms = sign_in(&app, SMS, "ana");
    let code = last_code(&app, SMS, "ana");
    let setting_up = sign_in(&app, REQUIRED, "carl");
    let input = json!({"Session": setting_up["Session"]});
    let associated = app.call_open("AssociateSoftwareToken", &input).ok();
    let clock = app.clock.clone();
    let app = app.stop().start_at(clock);
    assert_eq!(last_code(&app, SMS, "ana"), code);
    answer(&app, SMS, "ana", &by_sms, ("SMS_MFA_CODE", &code)).ok();
    let code = totp(&app, &secret);
    let response = ("SOFTWARE_TOKEN_MFA_CODE", code.as_str());
    answer(&app, OPTIONAL, "ana", &by_token, response).ok();
    let code = totp(&app, text(&associated["SecretCode"]));
    let input = json!({"Session": associated["Session"], "UserCode": code});
    let verified = app.call_open("VerifySoftwareToken", &input).ok();
    let last = json!({"ChallengeName": "MFA_SETUP", "Session": verified["Session"]});
    answer(&app, REQUIRED, "carl", &last, ("X", "x")).ok();
}

#[test]
fn a_client_with_a_secret_proves_it_with_the_code_too() {
    let app = start();
    let secret = with_token(&app, "ana");
    let asked = sign_in(&app, OTHER_OPTIONAL, "ana");
    let code = totp(&app, &secret);
    let name = "SOFTWARE_TOKEN_MFA_CODE";
    let responses = json!({"USERNAME": "ana", name: code, "SECRET_HASH": "AAAA"});
    let refused = respond(
        &app,
        OTHER_OPTIONAL,
        "SOFTWARE_TOKEN_MFA",
        &asked,
        responses,
    );
    refused.refused(
        "NotAuthorizedException",
        &format!(
            "Unable to verify secret hash for client {}",
            OTHER_OPTIONAL.id
        ),
    );
    answer(&app, OTHER_OPTIONAL, "ana", &asked, (name, &code)).ok();
}
