//! Wrong codes: the lock, and the session that ends after ten.

use serde_json::{Value, json};

use super::{
    EMAIL, REQUIRED, SMS, answer, last_code, other_than, remember_device, setup, start, text,
    tracking,
};
use crate::world::{
    Answer, App, AppClient, LOCKED_OUT, PASSWORD, USED_SESSION, WRONG_CODE, access_token, at_once,
    prove_device, sign_in, sign_in_by_password, totp,
};

#[test]
fn wrong_codes_lock_out_as_wrong_passwords_do() {
    let app = start();
    let locked = |answer: Answer| {
        answer.refused_as(LOCKED_OUT);
    };
    // The right password between them gives no new attempts.
    for attempt in 0..5 {
        let asked = sign_in(&app, SMS, "ana");
        let code = other_than(&last_code(&app, SMS, "ana"));
        let wrong = answer(&app, SMS, "ana", &asked, ("SMS_MFA_CODE", &code));
        assert_eq!(wrong.refusal().0, "CodeMismatchException", "{attempt}");
    }
    locked(sign_in_by_password(&app, SMS, "ana", PASSWORD, &[]));
    app.seconds_pass(1);
    let asked = sign_in(&app, SMS, "ana");
    let code = last_code(&app, SMS, "ana");
    answer(
        &app,
        SMS,
        "ana",
        &asked,
        ("SMS_MFA_CODE", &other_than(&code)),
    )
    .refused_as(WRONG_CODE);
    locked(answer(&app, SMS, "ana", &asked, ("SMS_MFA_CODE", &code)));
    app.milliseconds_pass(1999);
    locked(answer(&app, SMS, "ana", &asked, ("SMS_MFA_CODE", &code)));
    app.milliseconds_pass(1);
    answer(&app, SMS, "ana", &asked, ("SMS_MFA_CODE", &code)).ok();
    for _ in 0..4 {
        let asked = sign_in(&app, SMS, "ana");
        answer(&app, SMS, "ana", &asked, ("SMS_MFA_CODE", "0")).refused_as(WRONG_CODE);
    }
    access_token(&{
        let asked = sign_in(&app, SMS, "ana");
        let code = last_code(&app, SMS, "ana");
        answer(&app, SMS, "ana", &asked, ("SMS_MFA_CODE", &code)).ok()
    });
}

/// Sends a wrong code.
fn guess(app: &App, client: AppClient<'_>, asked: &Value) -> Answer {
    let name = format!("{}_CODE", text(&asked["ChallengeName"]));
    answer(app, client, "ana", asked, (&name, "0"))
}

#[test]
fn a_device_key_gives_no_new_attempts_at_the_second_factor() {
    let app = tracking(true);
    let device = remember_device(&app);
    let asked = sign_in(&app, EMAIL, "ana");
    let code = last_code(&app, EMAIL, "ana");
    let key = [("DEVICE_KEY", device.key.as_str())];
    for attempt in 0..5 {
        let waiting = sign_in_by_password(&app, EMAIL, "ana", PASSWORD, &key).ok();
        assert_eq!(waiting["ChallengeName"], "DEVICE_SRP_AUTH", "{attempt}");
        guess(&app, EMAIL, &asked).refused_as(WRONG_CODE);
    }
    answer(&app, EMAIL, "ana", &asked, ("EMAIL_OTP_CODE", &code)).refused_as(LOCKED_OUT);
    app.seconds_pass(1);
    // A remembered device and the password are enough.
    let waiting = sign_in_by_password(&app, EMAIL, "ana", PASSWORD, &key).ok();
    access_token(&prove_device(&app, EMAIL, &device, &waiting).ok());
    for _ in 0..4 {
        guess(&app, EMAIL, &asked).refused_as(WRONG_CODE);
    }
    answer(&app, EMAIL, "ana", &asked, ("EMAIL_OTP_CODE", &code)).ok();
}

#[test]
fn a_temporary_password_or_a_changed_one_gives_no_new_attempts_at_the_second_factor() {
    let app = start();
    let asked = sign_in(&app, SMS, "ana");
    let code = last_code(&app, SMS, "ana");
    let tokens = answer(&app, SMS, "ana", &asked, ("SMS_MFA_CODE", &code)).ok();
    let asked = sign_in(&app, SMS, "ana");
    for _ in 0..4 {
        guess(&app, SMS, &asked).refused_as(WRONG_CODE);
    }
    let input = json!({"AccessToken": access_token(&tokens), "PreviousPassword": PASSWORD,
        "ProposedPassword": PASSWORD});
    app.call_open("ChangePassword", &input).ok();
    guess(&app, SMS, &asked).refused_as(WRONG_CODE);
    guess(&app, SMS, &asked).refused_as(LOCKED_OUT);

    let app = start();
    let asked = sign_in(&app, SMS, "ana");
    app.set_password(SMS.pool, "ana", PASSWORD, false).ok();
    for _ in 0..4 {
        guess(&app, SMS, &asked).refused_as(WRONG_CODE);
    }
    let new = sign_in(&app, SMS, "ana");
    assert_eq!(new["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    guess(&app, SMS, &asked).refused_as(WRONG_CODE);
    guess(&app, SMS, &asked).refused_as(LOCKED_OUT);
}

#[test]
fn a_session_takes_ten_wrong_codes_whatever_the_lockout_does() {
    let app = setup().on_disk().start();
    let asked = sign_in(&app, SMS, "ana");
    let code = last_code(&app, SMS, "ana");
    let other = sign_in(&app, SMS, "ana");
    let other_code = last_code(&app, SMS, "ana");
    let four_wrong = |app: &App| {
        for _ in 0..4 {
            guess(app, SMS, &asked).refused_as(WRONG_CODE);
        }
        app.set_password(SMS.pool, "ana", PASSWORD, true).ok();
    };
    four_wrong(&app);
    let clock = app.clock.clone();
    let app = app.stop().start_at(clock);
    four_wrong(&app);
    for _ in 0..2 {
        guess(&app, SMS, &asked).refused_as(WRONG_CODE);
    }
    for code in [&code, "0"] {
        answer(&app, SMS, "ana", &asked, ("SMS_MFA_CODE", code)).refused_as(USED_SESSION);
    }
    answer(&app, SMS, "ana", &other, ("SMS_MFA_CODE", &other_code)).ok();
}

#[test]
fn guesses_at_the_same_time_count_one_by_one() {
    let app = start();
    let asked = sign_in(&app, SMS, "ana");
    let counts = at_once(|| guess(&app, SMS, &asked));
    let expected = [
        ((400, WRONG_CODE.1.to_owned()), 5),
        ((400, LOCKED_OUT.1.to_owned()), 11),
    ];
    assert_eq!(counts, expected.into());
}

#[test]
fn wrong_codes_of_a_token_that_a_sign_in_sets_up_end_its_session() {
    let app = start();
    let asked = sign_in(&app, REQUIRED, "carl");
    let input = json!({"Session": asked["Session"]});
    let associated = app.call_open("AssociateSoftwareToken", &input).ok();
    let code = totp(&app, text(&associated["SecretCode"]));
    let verify = |code: &str| {
        let input = json!({"Session": associated["Session"], "UserCode": code});
        app.call_open("VerifySoftwareToken", &input)
    };
    for _ in 0..10 {
        verify(&other_than(&code)).refused("EnableSoftwareTokenMFAException", "Code mismatch");
    }
    verify(&code).refused_as(USED_SESSION);
    // These attempts do not count for the user's lock.
    assert_eq!(
        sign_in(&app, REQUIRED, "carl")["ChallengeName"],
        "MFA_SETUP"
    );
}
