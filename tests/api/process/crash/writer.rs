//! A client that writes until the server is gone.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Known, SignIn, User, Writer};
use crate::world::{Answer, Client, DISABLED, PASSWORD, POOL, WEB};

impl Writer {
    pub(super) fn new(seed: u64, number: u64) -> Self {
        Self {
            number,
            chance: StdRng::seed_from_u64(seed.wrapping_mul(31).wrapping_add(number)),
            known: Known::new(),
            sign_ins: Vec::new(),
            pending: None,
            names: 0,
            database_fails: false,
        }
    }

    /// The same for a server whose database may be away while it runs.
    pub(super) fn where_the_database_fails(self) -> Self {
        Self {
            database_fails: true,
            ..self
        }
    }

    /// Writes until the server is gone. Returns the number of requests that were answered.
    pub(super) fn write(&mut self, client: &Client) -> u64 {
        let mut answered = 0;
        while self.step(client).is_some() {
            answered += 1;
        }
        answered
    }

    /// The same until `enough`, or until a request has no answer.
    pub(super) fn write_until(&mut self, client: &Client, enough: &AtomicBool) -> u64 {
        let mut answered = 0;
        while !enough.load(Ordering::SeqCst) && self.step(client).is_some() {
            answered += 1;
        }
        answered
    }

    /// Sends a request. Returns `None` if it had no answer, or, where the database may be away, one that leaves open what was done.
    fn call(&mut self, client: &Client, operation: &str, input: &Value) -> Option<Answer> {
        let answer = client.try_call(operation, input)?;
        if !self.database_fails || answer.status == 200 {
            return Some(answer);
        }
        match answer.refusal().0.as_str() {
            "InternalErrorException" => None,
            "TooManyRequestsException" => {
                // Nothing was done.
                self.pending = None;
                None
            }
            _ => Some(answer),
        }
    }

    /// Sends one request. Returns `None` if it had no answer.
    fn step(&mut self, client: &Client) -> Option<()> {
        let names: Vec<String> = self.known.keys().cloned().collect();
        let kind = self.chance.random_range(0..18);
        if names.is_empty() || kind == 0 {
            return self.create(client);
        }
        if kind == 14 {
            return self.sign_up(client);
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
            15..=16 => self.confirm_sign_up(client),
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
        let answer = self.call(client, operation, input)?;
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
                    status: "FORCE_CHANGE_PASSWORD".to_owned(),
                    ..User::default()
                },
            );
        })?;
        let input =
            json!({"UserPoolId": POOL, "Username": name, "Password": PASSWORD, "Permanent": true});
        self.change(client, "AdminSetUserPassword", &input, |known| {
            known.get_mut(&name).unwrap().status = "CONFIRMED".into();
        })
    }

    fn sign_up(&mut self, client: &Client) -> Option<()> {
        self.names += 1;
        let name = format!("user-{}-{}", self.number, self.names);
        let email = json!([{"Name": "email", "Value": format!("{name}@example.com")}]);
        let input = json!({"ClientId": WEB.id, "Username": name, "Password": PASSWORD, "UserAttributes": email});
        self.change(client, "SignUp", &input, |known| {
            known.insert(
                name.clone(),
                User {
                    enabled: true,
                    status: "UNCONFIRMED".to_owned(),
                    ..User::default()
                },
            );
        })
    }

    /// Confirms somebody who has signed up, by the code in the outbox: it is there if the user is.
    fn confirm_sign_up(&mut self, client: &Client) -> Option<()> {
        let mut known = self.known.iter();
        let waits = known.find(|(_, user)| user.enabled && user.status == "UNCONFIRMED");
        let Some((name, _)) = waits else {
            return Some(());
        };
        let name = name.clone();
        let path = format!("/_poolhouse/outbox?UserPoolId={POOL}&Username={name}");
        let outbox = client.try_get_signed(&path)?;
        if self.database_fails && outbox.status != 200 {
            return None;
        }
        let outbox = outbox.ok();
        let code = outbox["Messages"][0]["Code"].clone();
        let input = json!({"ClientId": WEB.id, "Username": name, "ConfirmationCode": code});
        self.change(client, "ConfirmSignUp", &input, |known| {
            known.get_mut(&name).unwrap().status = "CONFIRMED".into();
        })
    }

    fn sign_in(&mut self, client: &Client, name: &str) -> Option<()> {
        let input = json!({"ClientId": WEB.id, "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": {"USERNAME": name, "PASSWORD": PASSWORD}});
        let answer = self.call(client, "InitiateAuth", &input)?;
        if !self.known[name].enabled {
            answer.refused_as(DISABLED);
            return Some(());
        }
        if self.known[name].status == "UNCONFIRMED" {
            answer.refused("UserNotConfirmedException", "User is not confirmed.");
            return Some(());
        }
        let answer: Value = answer.ok();
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
        let answer = self.call(client, "ConfirmDevice", &input)?;
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
}
