//! The demo pool of `serve --demo`, and what to paste next.

use std::net::SocketAddr;
use std::path::Path;

use serde_json::{Value, json};

use super::Failure;
use crate::ambient::Ambient;
use crate::auth::srp::Identity;
use crate::domain::device::DeviceOwner;
use crate::domain::provider::COGNITO;
use crate::error::ApiError;
use crate::ids::{ClientId, DeviceKey, UserPoolId, Username};
use crate::seed::{self, Ending, SeedFile};
use crate::settings::Settings;
use crate::store::{Store, WriteTx};

/// The demo, as a seed for the Region below.
const SEED: &str = include_str!("demo.json");
const REGION: &str = "us-east-1";

/// The address of the server in the demo, as its identity provider names it.
const SERVER: &str = "localhost:9229";

/// What the issuer of the demo's identity provider begins with, before its port.
const HERE: &str = "http://localhost:";

/// The detail of a provider that is its issuer.
const ISSUER: &str = "oidc_issuer";

/// What stands for a record, and for the password, that is not as it was seeded.
const GONE: &str = "gone since the demo was seeded";
const CHANGED: &str = "changed since the demo was seeded";

/// The records of the demo as they are in the registry now.
pub(super) struct Demo {
    pool: String,
    client: Option<String>,
    user: Option<DemoUser>,
}

struct DemoUser {
    name: String,
    email: Option<String>,
    /// The password of the seed, if it is still the user's.
    password: Option<String>,
    /// The device of the seed, or else another one that the user has confirmed.
    device: Option<DeviceKey>,
}

/// Adds the demo pool to a registry that does not have it. An existing demo pool stays as it is.
pub(super) fn seed(
    store: &Store,
    (settings, address): (&Settings, SocketAddr),
    ambient: &Ambient,
) -> Result<Demo, Failure> {
    let server = format!("localhost:{}", address.port());
    let text = SEED
        .replace(REGION, &settings.region)
        .replace(SERVER, &server);
    let mut value: Value =
        serde_json::from_str(&text).map_err(|error| Failure::Failed(error.to_string()))?;
    if !settings.allows_test_controls() {
        leave_provider_out(&mut value);
    }
    let text_at = |place: &str| {
        let text = value.pointer(place).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let pool = UserPoolId::from(text_at("/UserPool/Id"));
    if store.read_now(|tx| tx.find_pool(&pool))?.is_none() {
        let file = SeedFile::parse(
            Path::new("demo"),
            value.to_string().into(),
            &settings.region,
        )?;
        let account = &settings.account;
        seed::apply(
            store,
            vec![file],
            None,
            account,
            ambient,
            Ending::Commit,
            |_| (),
        )?;
    } else if settings.allows_test_controls() {
        let provider = text_at("/IdentityProviders/0/ProviderName");
        let issuer = text_at("/IdentityProviders/0/ProviderDetails/oidc_issuer");
        let (pool, ambient) = (pool.clone(), ambient.clone());
        store.write_now(move |tx| move_provider(tx, &pool, (&provider, &issuer), &ambient))?;
    }
    let demo = store.read_now(|tx| {
        let found = tx.pool(&pool)?;
        let client = ClientId::from(text_at("/Clients/0/ClientId"));
        let name = Username::from(text_at("/Users/0/Username"));
        let user = tx.find_user_record(&found, found.configuration()?, &name)?;
        let user = match user {
            None => None,
            Some((row, record)) => {
                let owner = DeviceOwner::of_username(&found, found.configuration()?, &name);
                let password = text_at("/Users/0/Password");
                let holds = tx.find_password(row)?.is_some_and(|kept| {
                    let name = kept.name(&record.username);
                    let who = Identity::user(&pool, name.as_str());
                    kept.verifier.accepts(who, &password)
                });
                let key = DeviceKey::from(text_at("/Users/0/Devices/0/DeviceKey"));
                let device = tx.confirmed_device(&owner, &key)?.map(|device| device.key);
                let devices = tx.all_devices(&owner)?;
                let confirmed = devices.into_iter().find(|device| device.confirmed);
                Some(DemoUser {
                    name: record.username.as_str().to_owned(),
                    email: record.attributes.get("email").cloned(),
                    password: holds.then_some(password),
                    device: device.or(confirmed.map(|device| device.key)),
                })
            }
        };
        Ok(Demo {
            pool: pool.to_string(),
            client: (tx.find_client(&found, &client)?).map(|_| client.as_str().to_owned()),
            user,
        })
    })?;
    Ok(demo)
}

/// Gives the fake identity provider of an existing demo the issuer that it has now that the server listens on another port, unless
/// somebody has given it another one.
fn move_provider(
    tx: &WriteTx<'_>,
    pool: &UserPoolId,
    (name, issuer): (&str, &str),
    ambient: &Ambient,
) -> Result<(), ApiError> {
    let pool = tx.pool(pool)?;
    let Some(mut provider) = tx.find_provider(&pool, name)? else {
        return Ok(());
    };
    let Some(before) = provider.details.get_mut(ISSUER) else {
        return Ok(());
    };
    if before != issuer && without_port(before) == without_port(issuer) {
        issuer.clone_into(before);
        tx.put_provider(&pool, &provider, ambient)?;
    }
    Ok(())
}

/// The address of a server on this machine, without its port.
fn without_port(url: &str) -> Option<&str> {
    let port_and_path = url.strip_prefix(HERE)?;
    let path = port_and_path.trim_start_matches(|char: char| char.is_ascii_digit());
    path.starts_with('/').then_some(path)
}

/// Takes the fake identity provider out of the demo of a server that does not serve it.
fn leave_provider_out(demo: &mut Value) {
    if let Some(members) = demo.as_object_mut() {
        members.remove("IdentityProviders");
        members.remove("People");
    }
    if let Some(names) = demo.pointer_mut("/Clients/0/SupportedIdentityProviders") {
        *names = json!([COGNITO]);
    }
}

impl Demo {
    /// The records of the demo, and complete lines for the AWS CLI and boto3.
    pub(super) fn instructions(&self, settings: &Settings, address: SocketAddr) -> String {
        let calls = [
            self.lookup(settings, address),
            self.sign_in(settings, address),
        ];
        let is_as_seeded = calls.iter().all(Option::is_some);
        let mut lines = self.records();
        lines.push(format!("Console    http://{address}/_poolhouse/console/"));
        lines.extend(calls.into_iter().flatten());
        if !is_as_seeded {
            lines.push(format!(
                "\nThe registry keeps what was changed. For the demo as it was, stop the server, delete {} and start again.\n",
                settings.database
            ));
        }
        lines.join("\n")
    }

    /// A line for each record.
    fn records(&self) -> Vec<String> {
        let client = self.client.as_deref().unwrap_or(GONE);
        let mut lines = vec![
            format!("User pool  {}", self.pool),
            format!("Client     {client}"),
        ];
        let Some(user) = &self.user else {
            lines.push(format!("User       {GONE}"));
            return lines;
        };
        let name = &user.name;
        lines.push(match &user.email {
            Some(email) => format!("User       {name} (also found as {email})"),
            None => format!("User       {name}"),
        });
        let password = user.password.as_deref().unwrap_or(CHANGED);
        lines.push(format!("Password   {password}"));
        let device = user.device.as_ref().map_or(GONE, DeviceKey::as_str);
        lines.push(format!("Device     {device}"));
        lines
    }

    /// The calls that look up the device. Returns `None` if there is none.
    fn lookup(&self, settings: &Settings, address: SocketAddr) -> Option<String> {
        let (pool, region) = (&self.pool, &settings.region);
        let DemoUser { name, device, .. } = self.user.as_ref()?;
        let device = device.as_ref()?;
        let (key_id, secret) = settings.printable_credentials();
        Some(format!(
            r#"
Paste into another terminal, AWS CLI:

AWS_ACCESS_KEY_ID={key_id} AWS_SECRET_ACCESS_KEY={secret} aws cognito-idp admin-get-device \
  --endpoint-url http://{address} --region {region} \
  --user-pool-id {pool} --username {name} --device-key {device}

or Python with boto3:

AWS_ACCESS_KEY_ID={key_id} AWS_SECRET_ACCESS_KEY={secret} python3 -c '
import boto3
cognito = boto3.client("cognito-idp", endpoint_url="http://{address}", region_name="{region}")
print(cognito.admin_get_device(UserPoolId="{pool}", Username="{name}",
    DeviceKey="{device}")["Device"])'"#
        ))
    }

    /// The call that signs the user in. Returns `None` if there is no client, or no password that is known.
    fn sign_in(&self, settings: &Settings, address: SocketAddr) -> Option<String> {
        let (client, region) = (self.client.as_ref()?, &settings.region);
        let DemoUser { name, password, .. } = self.user.as_ref()?;
        let (password, port) = (password.as_ref()?, address.port());
        let friends = if settings.allows_test_controls() {
            " (Friends is a fake identity provider, where you choose who to be)"
        } else {
            ""
        };
        Some(format!(
            r"
Signing in, which needs no access key:

aws cognito-idp initiate-auth --endpoint-url http://{address} --region {region} \
  --client-id {client} --auth-flow USER_PASSWORD_AUTH \
  --auth-parameters USERNAME={name},PASSWORD={password}

or in the browser, which then goes to the address of an app with a code for it{friends}:

http://demo.localhost:{port}/login?client_id={client}&response_type=code&redirect_uri=http://localhost:3000/
"
        ))
    }
}
