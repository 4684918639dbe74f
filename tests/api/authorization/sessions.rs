//! The operations that take a session, with invalid sessions.

use serde_json::{Value, json};

use super::registry::{ELSEWHERE, MOBILE, POOL, STRICT, WEB, assert_no_trace, dump, start};
use super::{Refusal, Tally};
use crate::world::{
    Answer, App, AppClient, Device, EXPIRED_SESSION, Exchange, INVALID_SESSION, PASSWORD, Secret,
    TEMPORARY, USED_SESSION, WRONG_CODE, WRONG_PASSWORD, access_token, begin_device,
    confirm_device, initiate, sign_in, sign_in_by_password, token,
};

/// How many kinds of invalid sessions each challenge is tried with.
const KINDS: usize = 12;

fn invalid() -> Refusal {
    Refusal::of(INVALID_SESSION)
}

fn expired() -> Refusal {
    Refusal::of(EXPIRED_SESSION)
}

/// The text with each character changed, one at a time, and without its first or its last character.
pub(super) fn altered(text: &str) -> impl Iterator<Item = String> {
    let changed = text.char_indices().map(|(place, char)| {
        let other = if char == 'A' { 'B' } else { 'A' };
        [
            &text[..place],
            &other.to_string(),
            &text[place + char.len_utf8()..],
        ]
        .concat()
    });
    changed.chain([text[1..].to_owned(), text[..text.len() - 1].to_owned()])
}

/// A challenge that waits for its answer.
struct Waiting {
    challenge: &'static str,
    client: AppClient<'static>,
    user: &'static str,
    session: String,
}

/// The responses of every challenge.
fn responses(user: &str, device: &Device) -> Value {
    json!({
        "USERNAME": user, "NEW_PASSWORD": "Stolen-Password-1", "SMS_MFA_CODE": "123456", "EMAIL_OTP_CODE": "123456",
        "SOFTWARE_TOKEN_MFA_CODE": "123456", "ANSWER": "EMAIL_OTP", "EMAIL": "thief@example.com",
        "DEVICE_KEY": device.key, "SRP_A": Exchange::new().srp_a(),
    })
}

/// Answers a challenge as an app, or as an administrator.
fn respond(
    app: &App,
    by_admin: bool,
    waiting: &Waiting,
    session: &str,
    responses: &Value,
) -> Answer {
    let client = waiting.client;
    let mut input = json!({"ClientId": client.id, "ChallengeName": waiting.challenge, "ChallengeResponses": responses,
        "Session": session});
    if by_admin {
        input["UserPoolId"] = client.pool.into();
        app.call("AdminRespondToAuthChallenge", &input)
    } else {
        app.call_open("RespondToAuthChallenge", &input)
    }
}

fn named(by_admin: bool) -> &'static str {
    if by_admin {
        "AdminRespondToAuthChallenge"
    } else {
        "RespondToAuthChallenge"
    }
}

/// A confirmed and remembered device of Ana's.
fn remembered(app: &App) -> Device {
    let answer = sign_in(app, WEB, "ana");
    let (device, access) = (Device::issued(&answer), access_token(&answer));
    confirm_device(app, &access, &device).ok();
    app.call_open(
        "UpdateDeviceStatus",
        &json!({"AccessToken": access, "DeviceKey": device.key, "DeviceRememberedStatus": "remembered"}),
    )
    .ok();
    device
}

/// A sign-in at each challenge that has a session.
fn waiting(app: &App, device: &Device) -> Vec<Waiting> {
    let asked = |client: AppClient<'static>, user, password, further: &[(&str, &str)]| {
        let answer = sign_in_by_password(app, client, user, password, further).ok();
        let challenge = [
            "NEW_PASSWORD_REQUIRED",
            "EMAIL_OTP",
            "SELECT_MFA_TYPE",
            "MFA_SETUP",
            "DEVICE_SRP_AUTH",
        ];
        let is_named = |name: &&str| answer["ChallengeName"] == **name;
        Waiting {
            challenge: challenge.into_iter().find(is_named).unwrap(),
            client,
            user,
            session: answer["Session"].as_str().unwrap().to_owned(),
        }
    };
    vec![
        asked(WEB, "tom", TEMPORARY, &[]),
        asked(WEB, "mia", PASSWORD, &[]),
        asked(STRICT, "both", PASSWORD, &[]),
        asked(STRICT, "none", PASSWORD, &[]),
        asked(WEB, "ana", PASSWORD, &[("DEVICE_KEY", &device.key)]),
    ]
}

/// Makes codes by email the user's preference.
fn prefer_email(app: &App, pool: &str, user: &str) {
    let input =
        json!({"UserPoolId": pool, "Username": user, "EmailMfaSettings": {"Enabled": true}});
    app.call("AdminSetUserMFAPreference", &input).ok();
}

#[test]
#[expect(clippy::too_many_lines, reason = "a walk and what it walks over")]
fn no_challenge_takes_a_session_that_does_not_count() {
    let app = start();
    prefer_email(&app, POOL, "mia");
    let device = remembered(&app);
    let too_old = waiting(&app, &device);
    app.seconds_pass(181);
    let now = waiting(&app, &device);
    let tokens = sign_in(&app, WEB, "ben");
    let others =
        json!({"UserPoolId": ELSEWHERE.pool, "Username": "tom", "TemporaryPassword": TEMPORARY});
    app.call("AdminCreateUser", &others).ok();
    let session_of = |client| {
        let answer = sign_in_by_password(&app, client, "tom", TEMPORARY, &[]).ok();
        answer["Session"].as_str().unwrap().to_owned()
    };
    let (mobile, elsewhere) = (session_of(MOBILE), session_of(ELSEWHERE));
    let renamed = |session: &str, client: AppClient<'_>| {
        let (_, sealed) = session.split_once('.').unwrap();
        format!("{}.{sealed}", client.id)
    };

    let before = dump(&app.database(), &[]);
    let mut tally = Tally::default();
    for (place, one) in now.iter().enumerate() {
        let responses = responses(one.user, &device);
        for by_admin in [false, true] {
            let mut refused = |kind: &str, session: &str, refusal: Refusal| {
                let answer = respond(&app, by_admin, one, session, &responses);
                let kind = format!("{}, {kind}", one.challenge);
                tally.expects(named(by_admin), &kind, &answer, &refusal);
            };
            refused("expired", &too_old[place].session, expired());
            for other in &now {
                if other.challenge != one.challenge {
                    refused("of another challenge", &other.session, invalid());
                    refused(
                        "of another challenge, renamed",
                        &renamed(&other.session, one.client),
                        invalid(),
                    );
                }
            }
            for (kind, session) in [
                ("another client's", &mobile),
                ("another pool's", &elsewhere),
            ] {
                refused(kind, session, invalid());
                refused(
                    &format!("{kind}, renamed"),
                    &renamed(session, one.client),
                    invalid(),
                );
            }
            refused("an access token", &access_token(&tokens), invalid());
            refused(
                "a refresh token",
                &token(&tokens, "RefreshToken"),
                invalid(),
            );
            refused("garbage", "garbage-in-place-of-a-session", invalid());
            refused(
                "a client's id alone",
                &format!("{}.", one.client.id),
                invalid(),
            );
            for session in altered(&one.session) {
                refused("altered", &session, invalid());
            }
        }
    }
    // `AssociateSoftwareToken` takes the same session, which alone says who the user is.
    let setting_up = now.iter().find(|one| one.challenge == "MFA_SETUP").unwrap();
    for name in ["AssociateSoftwareToken", "VerifySoftwareToken"] {
        let mut refused = |kind: &str, session: &str, refusal: Refusal| {
            let mut input = json!({"Session": session});
            if name == "VerifySoftwareToken" {
                input["UserCode"] = "123456".into();
            }
            let kind = format!("MFA_SETUP, {kind}");
            tally.expects(name, &kind, &app.call_open(name, &input), &refusal);
        };
        let old = too_old.iter().find(|one| one.challenge == "MFA_SETUP");
        refused("expired", &old.unwrap().session, expired());
        for other in now.iter().filter(|one| one.challenge != "MFA_SETUP") {
            refused("of another challenge", &other.session, invalid());
            refused(
                "of another challenge, renamed",
                &renamed(&other.session, STRICT),
                invalid(),
            );
        }
        refused("another pool's", &elsewhere, invalid());
        refused(
            "another pool's, renamed",
            &renamed(&elsewhere, STRICT),
            invalid(),
        );
        refused("garbage", "garbage-in-place-of-a-session", invalid());
        for session in altered(&setting_up.session) {
            refused("altered", &session, invalid());
        }
    }
    tally.came_to("sessions", 4, 5 * KINDS);
    assert_no_trace(&app, &before, &[]);

    // A session is good for its own user, and once. Each is accepted with the right name: otherwise the test would show nothing.
    for one in &now {
        let responses = responses(one.user, &device);
        let answer = |responses| respond(&app, false, one, &one.session, responses);
        let mut as_another = responses.clone();
        as_another["USERNAME"] = "ben".into();
        let (code, message) = answer(&as_another).refusal();
        assert_eq!(
            code, "NotAuthorizedException",
            "{}: {message}",
            one.challenge
        );
        let first = answer(&responses);
        if one.challenge == "EMAIL_OTP" {
            // A wrong code ends no session.
            first.refused_as(WRONG_CODE);
            continue;
        }
        first.ok();
        let again = answer(&responses);
        let (code, message) = again.refusal();
        assert_eq!((&*code, &*message), USED_SESSION, "{}", one.challenge);
    }
}

/// The answer to a challenge of an SRP exchange.
struct Claim {
    challenge: &'static str,
    client: AppClient<'static>,
    responses: Value,
}

impl Claim {
    /// The claim of a user who knows the password.
    fn of_user(app: &App, client: AppClient<'static>, user: &str) -> Self {
        let exchange = Exchange::new();
        let parameters = json!({"USERNAME": user, "SRP_A": exchange.srp_a()});
        let asked = initiate(app, client, "USER_SRP_AUTH", parameters).ok();
        let asked = &asked["ChallengeParameters"];
        let who = Secret::of_user(client.pool, user, PASSWORD);
        Self {
            challenge: "PASSWORD_VERIFIER",
            client,
            responses: exchange.claim(app, who, asked),
        }
    }

    /// The claim of Ana's device.
    fn of_device(app: &App, device: &Device) -> Self {
        let further = [("DEVICE_KEY", &*device.key)];
        let asked = sign_in_by_password(app, WEB, "ana", PASSWORD, &further).ok();
        let asked = begin_device(app, WEB, device, &asked, "ana").ok();
        let who = Secret::of_device(device);
        let mut responses = Exchange::new().claim(app, who, &asked["ChallengeParameters"]);
        responses["DEVICE_KEY"] = device.key.clone().into();
        Self {
            challenge: "DEVICE_PASSWORD_VERIFIER",
            client: WEB,
            responses,
        }
    }

    fn block(&self) -> &str {
        self.responses["PASSWORD_CLAIM_SECRET_BLOCK"]
            .as_str()
            .unwrap()
    }

    /// Sends the claim with this secret block instead of its own, as an app or as an administrator.
    fn send(&self, app: &App, by_admin: bool, block: &str) -> Answer {
        let mut responses = self.responses.clone();
        responses["PASSWORD_CLAIM_SECRET_BLOCK"] = block.into();
        let mut input = json!({"ClientId": self.client.id, "ChallengeName": self.challenge, "ChallengeResponses": responses});
        if by_admin {
            input["UserPoolId"] = self.client.pool.into();
            app.call("AdminRespondToAuthChallenge", &input)
        } else {
            app.call_open("RespondToAuthChallenge", &input)
        }
    }
}

#[test]
fn no_exchange_takes_a_secret_block_that_does_not_count() {
    let app = start();
    let device = remembered(&app);
    let all = || {
        [
            Claim::of_user(&app, WEB, "ana"),
            Claim::of_device(&app, &device),
        ]
    };
    let too_old = all();
    app.seconds_pass(181);
    let now = all();
    let (mobile, elsewhere) = (
        Claim::of_user(&app, MOBILE, "ana"),
        Claim::of_user(&app, ELSEWHERE, "ana"),
    );
    let tom = sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]).ok();
    let session = tom["Session"].as_str().unwrap().split_once('.').unwrap().1;
    let wrong = Refusal::of(WRONG_PASSWORD);
    let before = dump(&app.database(), &[]);
    let mut tally = Tally::default();
    for (place, one) in now.iter().enumerate() {
        for by_admin in [false, true] {
            let mut refused = |kind: &str, block: &str| {
                let answer = one.send(&app, by_admin, block);
                let kind = format!("{}, {kind}", one.challenge);
                tally.expects(named(by_admin), &kind, &answer, &wrong);
            };
            refused("expired", too_old[place].block());
            refused("of the other exchange", now[1 - place].block());
            refused("another client's", mobile.block());
            refused("another pool's", elsewhere.block());
            refused("a session", session);
            refused("garbage", "Z2FyYmFnZQ==");
            refused("no base64", "garbage!");
            for block in altered(one.block()) {
                refused("altered", &block);
            }
        }
    }
    tally.came_to("secret blocks", 2, 2 * 8);
    assert_no_trace(&app, &before, &[]);
    for one in &now {
        one.send(&app, false, one.block()).ok();
        let (code, _) = one.send(&app, false, one.block()).refusal();
        assert_eq!(code, "NotAuthorizedException", "{}", one.challenge);
    }
}
