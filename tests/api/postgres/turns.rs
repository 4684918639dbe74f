//! How often a request waits for the server: on a network, each turn is worth many statements.

use serde_json::{Value, json};

use crate::world::{
    App, AppClient, DISCREET, Device, Exchange, OwnDatabase, PASSWORD, POOL, Pool, Relay, Secret,
    Setup, User, WEB, access_token, begin_device, confirm_device, device_of, hides_users, initiate,
    respond, seed_of, set_up_token, sign_in, sign_in_by_password, token, totp, with,
};

/// Its pool asks for second factors where users have one.
const CODES: AppClient<'_> = AppClient::new("us-east-1_Codes0001", "codesclient000000000000001");

/// A server on PostgreSQL, and what counts its turns.
struct Counted {
    app: App,
    relay: Relay,
    _database: OwnDatabase,
}

/// The turns of each request of a flow.
struct Turns<'a> {
    counted: &'a Counted,
    seen: Vec<(String, u64)>,
}

impl Turns<'_> {
    /// What `request` comes to; its turns are noted.
    fn of<T>(&mut self, name: &str, request: impl FnOnce(&App) -> T) -> T {
        let before = self.counted.relay.turns();
        let answer = request(&self.counted.app);
        let turns = self.counted.relay.turns() - before;
        self.seen.push((name.to_owned(), turns));
        answer
    }
}

impl Counted {
    fn start() -> Self {
        let database = OwnDatabase::empty();
        let relay = Relay::start();
        let user = |name: &str| {
            let user = User::new(name).password(PASSWORD);
            user.verified_email(&format!("{name}@example.com"))
        };
        let pool = Pool::new(POOL)
            .tracking(true)
            .client(WEB)
            .client_with(DISCREET, hides_users())
            .users([user("ana"), user("bea")]);
        let codes = Pool::new(CODES.pool)
            .mfa(
                json!({"MfaConfiguration": "OPTIONAL", "EmailMfaConfiguration": {},
                "SoftwareTokenMfaConfiguration": {"Enabled": true}}),
            )
            .client(CODES)
            .users([user("ana"), user("bea")]);
        let app = Setup::new()
            .with("database", &database.by(relay.folder()))
            .with("store_connections", "1")
            .seeded(seed_of([pool, codes]))
            .start();
        Self {
            app,
            relay,
            _database: database,
        }
    }

    /// Holds each request of a flow to so many turns.
    fn takes<const N: usize>(&self, most: [(&str, u64); N], flow: impl Fn(&mut Turns<'_>)) {
        let seen = self.turns(flow);
        let names: Vec<&str> = seen.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, most.map(|(name, _)| name));
        let within = seen.iter().zip(most).all(|(seen, most)| seen.1 <= most.1);
        assert!(within, "{seen:?}");
    }

    /// The turns of each request of a flow. It is gone through before, so that its statements are prepared, and then several times,
    /// since the server has work of its own.
    fn turns(&self, flow: impl Fn(&mut Turns<'_>)) -> Vec<(String, u64)> {
        let go = || {
            let mut turns = Turns {
                counted: self,
                seen: Vec::new(),
            };
            flow(&mut turns);
            self.app.seconds_pass(30);
            turns.seen
        };
        go();
        let mut least = go();
        for _ in 0..2 {
            for (least, seen) in least.iter_mut().zip(go()) {
                least.1 = least.1.min(seen.1);
            }
        }
        least
    }
}

#[test]
fn requests_about_devices_take_few_turns() {
    let counted = Counted::start();
    let app = &counted.app;
    let tokens = sign_in(app, WEB, "ana");
    let device = Device::issued(&tokens);
    confirm_device(app, &access_token(&tokens), &device).ok();
    let mut input = device_of(POOL, "ana", &device.key);
    input["DeviceRememberedStatus"] = "remembered".into();
    counted.takes(
        [("AdminGetDevice", 1), ("AdminUpdateDeviceStatus", 3)],
        |turns| {
            turns.of("AdminGetDevice", |app| {
                let of_device = device_of(POOL, "ana", &device.key);
                app.call("AdminGetDevice", &of_device).ok();
            });
            turns.of("AdminUpdateDeviceStatus", |app| {
                app.call("AdminUpdateDeviceStatus", &input).ok();
            });
        },
    );
}

#[test]
fn a_sign_in_by_password_takes_four_turns_and_so_do_the_requests_after_it() {
    let counted = Counted::start();
    for (client, most) in [(WEB, 4), (DISCREET, 4)] {
        counted.takes(
            [
                ("password", most),
                ("refresh", 4),
                ("GetUser", 3),
                ("GlobalSignOut", 3),
            ],
            |turns| {
                let tokens = turns.of("password", |app| sign_in(app, client, "ana"));
                let device = Device::issued(&tokens);
                let access_token = access_token(&tokens);
                confirm_device(&counted.app, &access_token, &device).ok();
                let refresh = json!({"REFRESH_TOKEN": token(&tokens, "RefreshToken"), "DEVICE_KEY": device.key});
                turns.of("refresh", |app| {
                    initiate(app, client, "REFRESH_TOKEN_AUTH", refresh).ok();
                });
                let shown = json!({"AccessToken": access_token});
                turns.of("GetUser", |app| app.call_open("GetUser", &shown).ok());
                turns.of("GlobalSignOut", |app| {
                    app.call_open("GlobalSignOut", &shown).ok();
                });
            },
        );
    }
}

#[test]
fn each_step_of_a_sign_in_by_srp_with_a_device_takes_four_turns() {
    let counted = Counted::start();
    let app = &counted.app;
    let tokens = sign_in(app, WEB, "ana");
    let device = Device::issued(&tokens);
    confirm_device(app, &access_token(&tokens), &device).ok();
    let mut remembered = device_of(POOL, "ana", &device.key);
    remembered["DeviceRememberedStatus"] = "remembered".into();
    app.call("AdminUpdateDeviceStatus", &remembered).ok();
    let exchange = Exchange::new();
    let named = [("DEVICE_KEY", device.key.as_str())];
    for (client, most) in [(WEB, 4), (DISCREET, 4)] {
        counted.takes(
            [
                ("USER_SRP_AUTH", 2),
                ("PASSWORD_VERIFIER", most),
                ("DEVICE_SRP_AUTH", 4),
                ("DEVICE_PASSWORD_VERIFIER", 4),
            ],
            |turns| {
                let begin = json!({"USERNAME": "ana", "SRP_A": exchange.srp_a()});
                let asked = turns.of("USER_SRP_AUTH", |app| {
                    initiate(app, client, "USER_SRP_AUTH", with(begin, &named)).ok()
                });
                let user = Secret::of_user(POOL, "ana", PASSWORD);
                let claim = exchange.claim(app, user, &asked["ChallengeParameters"]);
                let asked = turns.of("PASSWORD_VERIFIER", |app| {
                    respond(
                        app,
                        client,
                        "PASSWORD_VERIFIER",
                        &asked,
                        with(claim, &named),
                    )
                    .ok()
                });
                let asked = turns.of("DEVICE_SRP_AUTH", |app| {
                    begin_device(app, client, &device, &asked, "ana").ok()
                });
                let whose = Secret::of_device(&device);
                let claim = exchange.claim(app, whose, &asked["ChallengeParameters"]);
                turns.of("DEVICE_PASSWORD_VERIFIER", |app| {
                    let claim = with(claim, &named);
                    respond(app, client, "DEVICE_PASSWORD_VERIFIER", &asked, claim).ok();
                });
            },
        );
    }
}

/// A code that is sent is drawn between two transactions, and put into an outbox that is kept small.
#[test]
fn a_code_takes_four_turns_and_one_that_is_sent_seven() {
    let counted = Counted::start();
    let app = &counted.app;
    let prefer = |user: &str, factor: &str| {
        let input = json!({"UserPoolId": CODES.pool, "Username": user, factor: {"Enabled": true, "PreferredMfa": true}});
        app.call("AdminSetUserMFAPreference", &input).ok();
    };
    let tokens = sign_in(app, CODES, "bea");
    let secret = set_up_token(app, &access_token(&tokens), None);
    app.seconds_pass(30);
    prefer("bea", "SoftwareTokenMfaSettings");
    prefer("ana", "EmailMfaSettings");
    let asked = |turns: &mut Turns<'_>, user: &str| -> Value {
        turns.of("password", |app| sign_in(app, CODES, user))
    };
    counted.takes([("password", 4), ("SOFTWARE_TOKEN_MFA", 4)], |turns| {
        let asked = asked(turns, "bea");
        let code = totp(app, &secret);
        let responses = json!({"USERNAME": "bea", "SOFTWARE_TOKEN_MFA_CODE": code});
        turns.of("SOFTWARE_TOKEN_MFA", |app| {
            respond(app, CODES, "SOFTWARE_TOKEN_MFA", &asked, responses).ok();
        });
    });
    counted.takes([("password", 7), ("EMAIL_OTP", 4)], |turns| {
        let asked = asked(turns, "ana");
        let path = format!("/_poolhouse/outbox?UserPoolId={}&Username=ana", CODES.pool);
        let shown = app.get_signed(&path).ok();
        let code = &shown["Messages"].as_array().unwrap().last().unwrap()["Code"];
        let responses = json!({"USERNAME": "ana", "EMAIL_OTP_CODE": code});
        turns.of("EMAIL_OTP", |app| {
            respond(app, CODES, "EMAIL_OTP", &asked, responses).ok();
        });
    });
}

#[test]
fn a_wrong_password_takes_as_many_turns_whether_there_is_such_a_user() {
    let counted = Counted::start();
    let refused = |user: &str| {
        counted.turns(|turns| {
            turns.of("wrong", |app| {
                sign_in_by_password(app, DISCREET, user, "Wrong-password-1", &[]).refusal();
            });
            let lift = json!({"UserPoolId": POOL, "Username": "ana", "Password": PASSWORD, "Permanent": true});
            counted.app.call("AdminSetUserPassword", &lift).ok();
        })
    };
    assert_eq!(refused("ana"), refused("nobody"));
    assert_eq!(refused("ana@example.com"), refused("nobody@example.com"));
}
