//! The demo pool of `serve --demo`, and what to paste next.

use std::net::SocketAddr;
use std::path::Path;

use serde_json::Value;

use super::Failure;
use crate::ambient::Ambient;
use crate::ids::UserPoolId;
use crate::seed::{self, SeedFile};
use crate::settings::Settings;
use crate::store::Store;

/// The demo, as a seed for the Region below.
const SEED: &str = include_str!("demo.json");
const REGION: &str = "us-east-1";

/// What the instructions name.
pub(super) struct Demo {
    pool: String,
    client: String,
    user: String,
    password: String,
    alias: String,
    device: String,
}

/// Seeds the demo pool into a registry that does not have it yet; what has become of it since stays.
pub(super) fn seed(store: &Store, settings: &Settings, ambient: &Ambient) -> Result<Demo, Failure> {
    let text = SEED.replace(REGION, &settings.region);
    let value: Value =
        serde_json::from_str(&text).map_err(|error| Failure::Failed(error.to_string()))?;
    let named = |place: &str| {
        value
            .pointer(place)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let demo = Demo {
        pool: named("/UserPool/Id"),
        client: named("/Clients/0/ClientId"),
        user: named("/Users/0/Username"),
        password: named("/Users/0/Password"),
        alias: named("/Users/0/UserAttributes/1/Value"),
        device: named("/Users/0/Devices/0/DeviceKey"),
    };
    let pool = UserPoolId::from(demo.pool.clone());
    if store.read_now(|tx| tx.find_pool(&pool))?.is_none() {
        let file = SeedFile::parse(Path::new("demo"), text.into(), &settings.region)?;
        seed::apply(store, vec![file], &settings.account, ambient, |_| ())?;
    }
    Ok(demo)
}

impl Demo {
    /// Complete lines for the AWS CLI and boto3 that work as they stand.
    pub(super) fn instructions(&self, settings: &Settings, address: SocketAddr) -> String {
        let Self {
            pool,
            client,
            user,
            password,
            alias,
            device,
        } = self;
        let (key_id, secret) = settings.printable_credentials();
        let region = &settings.region;
        format!(
            r#"User pool  {pool}
Client     {client}
User       {user} (also found as {alias})
Password   {password}
Device     {device}

Paste into another terminal, AWS CLI:

AWS_ACCESS_KEY_ID={key_id} AWS_SECRET_ACCESS_KEY={secret} aws cognito-idp admin-get-device \
  --endpoint-url http://{address} --region {region} \
  --user-pool-id {pool} --username {user} --device-key {device}

or Python with boto3:

AWS_ACCESS_KEY_ID={key_id} AWS_SECRET_ACCESS_KEY={secret} python3 -c '
import boto3
cognito = boto3.client("cognito-idp", endpoint_url="http://{address}", region_name="{region}")
print(cognito.admin_get_device(UserPoolId="{pool}", Username="{user}",
    DeviceKey="{device}")["Device"])'

Signing in, which needs no access key:

aws cognito-idp initiate-auth --endpoint-url http://{address} --region {region} \
  --client-id {client} --auth-flow USER_PASSWORD_AUTH \
  --auth-parameters USERNAME={user},PASSWORD={password}
"#
        )
    }
}
