//! Power cuts: a server in a process of its own is ended at a random moment while clients write, and what it kept is compared
//! with what it had acknowledged.
//!
//! Each client has users of its own and remembers what it was answered. When the server is killed, the one request of each
//! client that had no answer may have been done or not, but not in part. When the server is asked to end, every request that
//! it accepted is answered, so one without an answer was not done. `CRASH_ROUNDS` and `CRASH_SEED` repeat a run.

use std::collections::BTreeMap;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::world::{Answer, Client, DISABLED, NO_USER, PASSWORD, POOL, Pool, Tool, WEB};

const CLIENTS: u64 = 4;

/// What is known of a user.
#[derive(Debug, Clone, PartialEq, Default)]
struct User {
    nickname: Option<String>,
    enabled: bool,
    /// Confirmed devices, and whether each is remembered.
    devices: BTreeMap<String, bool>,
}

/// The users that a client knows, by name.
type Known = BTreeMap<String, User>;

/// A sign-in that gave tokens.
#[derive(Debug)]
struct SignIn {
    user: String,
    access_token: String,
    device: String,
    /// Whether its tokens are valid; `None` while the request that may have revoked them has no answer.
    alive: Option<bool>,
}

/// A client, what it knows, and its random numbers.
struct Writer {
    number: u64,
    chance: StdRng,
    known: Known,
    sign_ins: Vec<SignIn>,
    /// What the client would know if the request without an answer had been done.
    pending: Option<Known>,
    names: u64,
}

fn seed() -> Value {
    Pool::new(POOL)
        .with(json!({"DeviceConfiguration": {"DeviceOnlyRememberedOnUserPrompt": false}}))
        .client(WEB)
        .into_seed()
}

impl Writer {
    fn new(seed: u64, number: u64) -> Self {
        Self {
            number,
            chance: StdRng::seed_from_u64(seed.wrapping_mul(31).wrapping_add(number)),
            known: Known::new(),
            sign_ins: Vec::new(),
            pending: None,
            names: 0,
        }
    }

    /// Writes until the server is gone. Returns the number of requests that were answered.
    fn write(&mut self, client: &Client) -> u64 {
        let mut answered = 0;
        while self.step(client).is_some() {
            answered += 1;
        }
        answered
    }

    /// Sends one request. Returns `None` if it had no answer.
    fn step(&mut self, client: &Client) -> Option<()> {
        let names: Vec<String> = self.known.keys().cloned().collect();
        let kind = self.chance.random_range(0..14);
        if names.is_empty() || kind == 0 {
            return self.create(client);
        }
        let name = names[self.chance.random_range(0..names.len())].clone();
        let on_user = json!({"UserPoolId": POOL, "Username": name});
        match kind {
            1..=3 => self.sign_in(client, &name),
            4..=6 => self.confirm(client),
            7..=8 => {
                let nickname = self.chance.random_range(0..1_000_000_u32).to_string();
                let mut input = on_user;
                input["UserAttributes"] = json!([{"Name": "nickname", "Value": nickname}]);
                self.change(client, "AdminUpdateUserAttributes", &input, |known| {
                    known.get_mut(&name).unwrap().nickname = Some(nickname);
                })
            }
            9 => {
                let enable = !self.known[&name].enabled;
                let operation = if enable {
                    "AdminEnableUser"
                } else {
                    "AdminDisableUser"
                };
                if !enable {
                    self.doubt(&name);
                }
                self.change(client, operation, &on_user, |known| {
                    known.get_mut(&name).unwrap().enabled = enable;
                })?;
                if !enable {
                    self.settle(&name);
                }
                Some(())
            }
            10 => {
                self.doubt(&name);
                self.change(client, "AdminUserGlobalSignOut", &on_user, |_| {})?;
                self.settle(&name);
                Some(())
            }
            11 if names.len() > 3 => {
                self.doubt(&name);
                self.change(client, "AdminDeleteUser", &on_user, |known| {
                    known.remove(&name);
                })?;
                self.sign_ins.retain(|sign_in| sign_in.user != name);
                Some(())
            }
            _ => self.change_device(client, &name),
        }
    }

    /// Marks the user's tokens as unknown until there is an answer.
    fn doubt(&mut self, name: &str) {
        for sign_in in self
            .sign_ins
            .iter_mut()
            .filter(|sign_in| sign_in.user == name)
        {
            sign_in.alive = sign_in.alive.filter(|alive| !alive);
        }
    }

    fn settle(&mut self, name: &str) {
        for sign_in in self
            .sign_ins
            .iter_mut()
            .filter(|sign_in| sign_in.user == name)
        {
            sign_in.alive = Some(false);
        }
    }

    /// Sends a request that makes this change.
    fn change(
        &mut self,
        client: &Client,
        operation: &str,
        input: &Value,
        change: impl FnOnce(&mut Known),
    ) -> Option<()> {
        let mut after = self.known.clone();
        change(&mut after);
        self.pending = Some(after);
        let answer = client.try_call(operation, input)?;
        assert_eq!(answer.status, 200, "{operation} {input}: {answer:?}");
        self.known = self.pending.take().unwrap();
        Some(())
    }

    fn create(&mut self, client: &Client) -> Option<()> {
        self.names += 1;
        let name = format!("user-{}-{}", self.number, self.names);
        let input = json!({"UserPoolId": POOL, "Username": name, "TemporaryPassword": PASSWORD, "MessageAction": "SUPPRESS"});
        self.change(client, "AdminCreateUser", &input, |known| {
            known.insert(
                name.clone(),
                User {
                    enabled: true,
                    ..User::default()
                },
            );
        })?;
        let input =
            json!({"UserPoolId": POOL, "Username": name, "Password": PASSWORD, "Permanent": true});
        self.change(client, "AdminSetUserPassword", &input, |_| {})
    }

    fn sign_in(&mut self, client: &Client, name: &str) -> Option<()> {
        let input = json!({"ClientId": WEB.id, "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": {"USERNAME": name, "PASSWORD": PASSWORD}});
        let answer = client.try_call("InitiateAuth", &input)?;
        if !self.known[name].enabled {
            answer.refused_as(DISABLED);
            return Some(());
        }
        let answer = body(answer);
        // The answer to AdminSetUserPassword may have been lost with the server: the password is then still temporary.
        if answer["ChallengeName"] == "NEW_PASSWORD_REQUIRED" {
            return Some(());
        }
        let result = &answer["AuthenticationResult"];
        self.sign_ins.push(SignIn {
            user: name.to_owned(),
            access_token: result["AccessToken"].as_str().unwrap().to_owned(),
            device: result["NewDeviceMetadata"]["DeviceKey"]
                .as_str()
                .unwrap()
                .to_owned(),
            alive: Some(true),
        });
        Some(())
    }

    /// Confirms the device of a sign-in whose tokens are valid.
    fn confirm(&mut self, client: &Client) -> Option<()> {
        let ready = self.sign_ins.iter().rev().find(|sign_in| {
            let user = &self.known[&sign_in.user];
            sign_in.alive == Some(true) && !user.devices.contains_key(&sign_in.device)
        });
        let Some(SignIn {
            user,
            access_token,
            device,
            ..
        }) = ready
        else {
            return Some(());
        };
        let (user, device) = (user.clone(), device.clone());
        let input = json!({"AccessToken": access_token, "DeviceKey": device});
        let mut after = self.known.clone();
        after
            .get_mut(&user)
            .unwrap()
            .devices
            .insert(device.clone(), true);
        self.pending = Some(after);
        let answer = client.try_call("ConfirmDevice", &input)?;
        let after = self.pending.take().unwrap();
        if answer.status == 200 {
            self.known = after;
        } else {
            // A forgotten device stays forgotten.
            answer.refused("InvalidParameterException", "Invalid device key given.");
        }
        Some(())
    }

    fn change_device(&mut self, client: &Client, name: &str) -> Option<()> {
        let devices: Vec<(String, bool)> = self.known[name].devices.clone().into_iter().collect();
        if devices.is_empty() {
            return Some(());
        }
        let (key, remembered) = devices[self.chance.random_range(0..devices.len())].clone();
        let mut input = json!({"UserPoolId": POOL, "Username": name, "DeviceKey": key});
        if self.chance.random_range(0..3) == 0 {
            return self.change(client, "AdminForgetDevice", &input, |known| {
                known.get_mut(name).unwrap().devices.remove(&key);
            });
        }
        let status = if remembered {
            "not_remembered"
        } else {
            "remembered"
        };
        input["DeviceRememberedStatus"] = status.into();
        self.change(client, "AdminUpdateDeviceStatus", &input, |known| {
            known
                .get_mut(name)
                .unwrap()
                .devices
                .insert(key, !remembered);
        })
    }

    /// Compares what the server has kept with what the client knows. If `answered`, a request without an answer was not done.
    fn compare(&mut self, client: &Client, answered: bool) {
        let after = self.pending.take();
        let mut names: Vec<&String> = self.known.keys().collect();
        names.extend(after.iter().flat_map(|after| after.keys()));
        let kept: Known = names
            .into_iter()
            .filter_map(|name| Some((name.clone(), kept(client, name)?)))
            .collect();
        if kept != self.known {
            let done = after.filter(|_| !answered);
            assert_eq!(Some(&kept), done.as_ref(), "known was {:?}", self.known);
        }
        self.known = kept;
        let known = &self.known;
        self.sign_ins
            .retain(|sign_in| known.contains_key(&sign_in.user));
        for sign_in in &mut self.sign_ins {
            let answer = client.call("GetUser", &json!({"AccessToken": sign_in.access_token}));
            let alive = answer.status == 200;
            if !alive {
                let (code, text) = answer.refusal();
                assert_eq!(code, "NotAuthorizedException");
                assert_eq!(text, "Access Token has been revoked");
            }
            assert!(
                sign_in.alive.is_none_or(|known| known == alive),
                "{sign_in:?}"
            );
            sign_in.alive = Some(alive);
        }
    }
}

fn body(answer: Answer) -> Value {
    answer.ok()
}

/// The user as the server shows it, if there is one.
fn kept(client: &Client, name: &str) -> Option<User> {
    let input = json!({"UserPoolId": POOL, "Username": name});
    let answer = client.call("AdminGetUser", &input);
    if answer.status != 200 {
        answer.refused_as(NO_USER);
        return None;
    }
    let shown = answer.ok();
    let attributes = shown["UserAttributes"].as_array().unwrap().iter();
    let nickname = attributes
        .filter(|attribute| attribute["Name"] == "nickname")
        .map(|attribute| attribute["Value"].as_str().unwrap().to_owned())
        .next();
    let devices = client.call("AdminListDevices", &input).ok();
    let devices = devices["Devices"].as_array().unwrap().iter().map(|device| {
        let attributes = device["DeviceAttributes"].as_array().unwrap();
        let remembered = attributes
            .iter()
            .any(|attribute| attribute["Value"] == "remembered");
        (device["DeviceKey"].as_str().unwrap().to_owned(), remembered)
    });
    Some(User {
        nickname,
        enabled: shown["Enabled"].as_bool().unwrap(),
        devices: devices.collect(),
    })
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

#[test]
fn what_was_acknowledged_outlives_every_end_of_the_server() {
    let (rounds, seed_of_run) = (number("CRASH_ROUNDS", 24), number("CRASH_SEED", 20_261_124));
    let mut chance = StdRng::seed_from_u64(seed_of_run);
    let tool = Tool::new();
    tool.apply_seed(&seed());
    let mut writers: Vec<Writer> = (0..CLIENTS)
        .map(|number| Writer::new(seed_of_run, number))
        .collect();
    let mut answered = 0;
    for round in 0..rounds {
        let signal = if chance.random_range(0..4) == 0 {
            "TERM"
        } else {
            "KILL"
        };
        let after = Duration::from_millis(chance.random_range(5..250));
        println!("CRASH_SEED={seed_of_run} round {round}: {signal} after {after:?}");
        let mut server = tool.serve("--limits off --log-format off");
        let url = server.told("Listening").to_owned();
        answered += std::thread::scope(|scope| {
            let running: Vec<_> = writers
                .iter_mut()
                .map(|writer| {
                    let url = url.as_str();
                    scope.spawn(move || writer.write(&Client::of(url)))
                })
                .collect();
            std::thread::sleep(after);
            server.signal(signal);
            let answered = running.into_iter().map(|writer| writer.join().unwrap());
            answered.sum::<u64>()
        });
        assert_eq!(server.wait(), (signal == "TERM").then_some(0));
        let outcome = tool.run("check --deep");
        assert_eq!(outcome.code, 0, "{outcome:?}");
        let server = tool.serve("--limits off --log-format off");
        let client = server.client();
        for writer in &mut writers {
            writer.compare(&client, signal == "TERM");
        }
    }
    println!("{rounds} rounds, {answered} writes acknowledged, none lost");
    assert!(answered > rounds, "the clients wrote");
}
