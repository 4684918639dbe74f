//! A user's app: signs in, over and over, as unmodified clients do.

#![expect(clippy::disallowed_methods, reason = "a claim is about real time")]
#![expect(
    clippy::indexing_slicing,
    reason = "members of JSON objects are set by name"
)]

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::srp::Secret;
use super::{CLIENT, Kind, PASSWORD, SCOPE};
use crate::Error;
use crate::http::Connection;
use crate::requests::Request;

const DEVICE_PASSWORD: &str = "a device's own password";
const DEVICE_SALT: &str = "5a17000102030405060708090a0b0c0d";

/// One user with one connection.
pub(crate) struct Client {
    connection: Connection,
    address: SocketAddr,
    username: String,
    secret: Option<Secret>,
    device: Option<Device>,
    refresh_token: String,
}

struct Device {
    key: String,
    secret: Secret,
}

/// A device that a sign-in was issued, as it is confirmed.
#[derive(Clone)]
pub(crate) struct Issued(Value);

impl Device {
    fn issued_by(answer: &Value) -> Result<Self, Error> {
        let key = text(answer, "/AuthenticationResult/NewDeviceMetadata/DeviceKey")?;
        let group = text(
            answer,
            "/AuthenticationResult/NewDeviceMetadata/DeviceGroupKey",
        )?;
        let secret = Secret::new(&group, &key, DEVICE_PASSWORD, DEVICE_SALT)?;
        Ok(Self { key, secret })
    }

    /// As it is confirmed with the access token of the same answer.
    fn as_issued(&self, answer: &Value) -> Result<Issued, Error> {
        Ok(Issued(json!({
            "AccessToken": text(answer, "/AuthenticationResult/AccessToken")?,
            "DeviceKey": self.key,
            "DeviceSecretVerifierConfig": {
                "Salt": super::base64_of_hex(DEVICE_SALT)?, "PasswordVerifier": self.secret.verifier()
            },
        })))
    }
}

impl Client {
    pub(crate) async fn new(address: SocketAddr, username: String) -> Result<Self, Error> {
        Ok(Self {
            connection: Connection::open(address).await?,
            address,
            username,
            secret: None,
            device: None,
            refresh_token: String::new(),
        })
    }

    /// The user, signed in once; for device sign-ins with a device that is remembered.
    pub(super) async fn ready(
        address: SocketAddr,
        username: String,
        kind: Kind,
    ) -> Result<Self, Error> {
        let mut client = Self::new(address, username).await?;
        let first = client.by_password().await?;
        client.refresh_token = text(&first, "/AuthenticationResult/RefreshToken")?;
        if kind == Kind::Device {
            let device = Device::issued_by(&first)?;
            client.confirm(&device.as_issued(&first)?).await?;
            client.device = Some(device);
        }
        Ok(client)
    }

    /// Signs in by password, for a device to be issued.
    pub(crate) async fn issued(&mut self) -> Result<Issued, Error> {
        let answer = self.by_password().await?;
        Device::issued_by(&answer)?.as_issued(&answer)
    }

    /// Confirms a device.
    pub(crate) async fn confirm(&mut self, device: &Issued) -> Result<(), Error> {
        self.call("ConfirmDevice", &device.0).await.map(drop)
    }

    /// Signs in once.
    pub(super) async fn sign_in(&mut self, kind: Kind) -> Result<(), Error> {
        let answer = match kind {
            Kind::Srp | Kind::Device => self.by_srp().await?,
            Kind::Password => self.by_password().await?,
            Kind::Refresh => self.by_refresh_token().await?,
        };
        text(&answer, "/AuthenticationResult/AccessToken").map(drop)
    }

    async fn by_password(&mut self) -> Result<Value, Error> {
        let parameters = json!({"USERNAME": self.username, "PASSWORD": PASSWORD});
        self.initiate("USER_PASSWORD_AUTH", parameters).await
    }

    async fn by_refresh_token(&mut self) -> Result<Value, Error> {
        let parameters = json!({"REFRESH_TOKEN": self.refresh_token});
        self.initiate("REFRESH_TOKEN_AUTH", parameters).await
    }

    async fn initiate(&mut self, flow: &str, parameters: Value) -> Result<Value, Error> {
        let request = json!({"AuthFlow": flow, "ClientId": CLIENT, "AuthParameters": parameters});
        self.call("InitiateAuth", &request).await
    }

    async fn by_srp(&mut self) -> Result<Value, Error> {
        // The public half is the same for all secrets of the name, and known before the salt is.
        let srp_a = match &self.secret {
            Some(secret) => secret.srp_a(),
            None => Secret::new(SCOPE, &self.username, PASSWORD, DEVICE_SALT)?.srp_a(),
        };
        let mut parameters = json!({"USERNAME": self.username, "SRP_A": srp_a});
        if let Some(device) = &self.device {
            parameters["DEVICE_KEY"] = json!(device.key);
        }
        let challenge = self.initiate("USER_SRP_AUTH", parameters).await?;
        let secret = match self.secret.take() {
            Some(secret) => secret,
            None => Secret::new(
                SCOPE,
                &self.username,
                PASSWORD,
                &text(&challenge, "/ChallengeParameters/SALT")?,
            )?,
        };
        let proof = claim(&secret, &challenge)?;
        self.secret = Some(secret);
        let answer = self.respond("PASSWORD_VERIFIER", proof, None).await?;
        let Some(device) = self.device.take() else {
            return Ok(answer);
        };
        let session = answer.get("Session").cloned();
        let begin = json!({"DEVICE_KEY": device.key, "SRP_A": device.secret.srp_a()});
        let challenge = self.respond("DEVICE_SRP_AUTH", begin, session).await?;
        let mut proof = claim(&device.secret, &challenge)?;
        proof["DEVICE_KEY"] = json!(device.key);
        self.device = Some(device);
        self.respond("DEVICE_PASSWORD_VERIFIER", proof, None).await
    }

    async fn respond(
        &mut self,
        challenge: &str,
        mut responses: Value,
        session: Option<Value>,
    ) -> Result<Value, Error> {
        responses["USERNAME"] = json!(self.username);
        let mut request = json!({
            "ChallengeName": challenge, "ClientId": CLIENT, "ChallengeResponses": responses
        });
        if let Some(session) = session {
            request["Session"] = session;
        }
        self.call("RespondToAuthChallenge", &request).await
    }

    async fn call(&mut self, operation: &str, input: &Value) -> Result<Value, Error> {
        let request = Request::open(self.address, operation, input);
        Ok(serde_json::from_slice(
            self.connection.call(&request).await?,
        )?)
    }
}

fn claim(secret: &Secret, challenge: &Value) -> Result<Value, Error> {
    let now = chrono::Utc::now()
        .format("%a %b %-d %H:%M:%S UTC %Y")
        .to_string();
    let block = text(challenge, "/ChallengeParameters/SECRET_BLOCK")?;
    let srp_b = text(challenge, "/ChallengeParameters/SRP_B")?;
    Ok(json!({
        "PASSWORD_CLAIM_SIGNATURE": secret.claim(&srp_b, &block, &now)?,
        "PASSWORD_CLAIM_SECRET_BLOCK": block,
        "TIMESTAMP": now,
    }))
}

fn text(answer: &Value, place: &str) -> Result<String, Error> {
    let text = answer.pointer(place).and_then(Value::as_str);
    text.map(str::to_owned)
        .ok_or_else(|| format!("there is no {place} in {answer}").into())
}
