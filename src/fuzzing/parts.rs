//! The parts of requests, each prepared to run alone: `benches/parts.rs` measures them.

use std::fmt;
use std::hint::black_box;
use std::rc::Rc;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::TABLE;
use super::world::{self, CLIENT, POOL, World};
use crate::api::{AdminGetDeviceResponse, Timestamp};
use crate::auth::jwt::{self, UnverifiedJwt};
use crate::auth::srp::{Claim, Exchange, Identity, Verifier};
use crate::domain::device::DeviceOwner;
use crate::domain::pool::Pool;
use crate::error::{ApiError, Result};
use crate::ids::{DeviceKey, UserPoolId, Username};
use crate::operations::encode;
use crate::seed::{self, Plan};
use crate::service;
use crate::store::{ReadTx, Store};

/// A user of the world, and his device.
const USERNAME: &str = "diego";
const PASSWORD: &str = "Fuzz-Password-1";
const DEVICE_KEY: &str = "us-east-1_aaaaaaaa-0000-4000-8000-000000000001";

/// A piece of work that can be repeated.
pub struct Part {
    /// What the work is, in words.
    pub name: &'static str,
    run: Box<dyn FnMut()>,
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Part").field(&self.name).finish()
    }
}

impl Part {
    fn new<T>(name: &'static str, mut work: impl FnMut() -> T + 'static) -> Self {
        let run = Box::new(move || drop(black_box(work())));
        Self { name, run }
    }

    /// Does the work once.
    ///
    /// # Panics
    /// If the outcome is wrong.
    pub fn run(&mut self) {
        (self.run)();
    }
}

/// Prepares every part.
#[must_use]
pub fn parts() -> Vec<Part> {
    let world = Rc::new(World::new());
    let mut parts = Vec::from(inputs());
    parts.push(signature(&world));
    parts.extend(srp());
    parts.extend(sessions(&world));
    parts.extend(tokens(&world));
    parts.extend(registry());
    parts
}

/// Inputs, decoded and checked against the model.
fn inputs() -> [Part; 3] {
    let attribute =
        |number: u32| json!({"Name": format!("custom:attribute{number}"), "Value": "x".repeat(40)});
    let attributes: Vec<_> = (0..40).map(attribute).collect();
    let defined = |number: u32| {
        json!({"Name": format!("attribute{number}"), "AttributeDataType": "String", "Mutable": true,
            "StringAttributeConstraints": {"MinLength": "0", "MaxLength": "2048"}})
    };
    let schema: Vec<_> = (0..50).map(defined).collect();
    [
        ("input of AdminGetDevice", "AdminGetDevice", get_device()),
        (
            "input of AdminCreateUser, 40 attributes",
            "AdminCreateUser",
            json!({"UserPoolId": POOL, "Username": USERNAME, "UserAttributes": attributes}),
        ),
        (
            "input of CreateUserPool, 50 attributes",
            "CreateUserPool",
            json!({"PoolName": "pool", "Schema": schema}),
        ),
    ]
    .map(|(name, operation, body)| {
        let entry = TABLE.find(operation).expect("the table is whole");
        let body = body.to_string();
        Part::new(name, move || {
            let call = entry.prepare(body.as_bytes());
            assert!(call.is_ok(), "{operation} is refused");
            call
        })
    })
}

fn get_device() -> Value {
    json!({"UserPoolId": POOL, "Username": USERNAME, "DeviceKey": DEVICE_KEY})
}

/// The signature of a request, with the derived key of the day cached.
fn signature(world: &Rc<World>) -> Part {
    let world = Rc::clone(world);
    let received = world.received("AdminGetDevice", &get_device().to_string());
    Part::new("signature of AdminGetDevice, verified", move || {
        assert!(world.verifies(&received), "the signature is right");
    })
}

/// The steps of an SRP exchange. A device makes its verifier itself.
fn srp() -> [Part; 5] {
    let (pool, device) = (
        UserPoolId::from(POOL.to_owned()),
        DeviceKey::from(DEVICE_KEY.to_owned()),
    );
    let ambient = world::ambient();
    let verifier = Rc::new(Verifier::of_password(
        Identity::user(&pool, USERNAME),
        PASSWORD,
        &ambient,
    ));
    let (salt, of_device) = verifier.to_device();
    let begin = {
        let (verifier, ambient, srp_a) = (Rc::clone(&verifier), ambient.clone(), srp_a());
        move || Exchange::begin(&verifier, &srp_a, &ambient).expect("A is below N")
    };
    let exchange = Rc::new(begin());
    // A wrong proof takes as long to check as a right one.
    let claim = Claim {
        secret_block: &[1; 1000],
        timestamp: "Sun Nov 22 14:23:00 UTC 2026",
        signature: &[1; 32],
    };
    let (of_user, exchange_of_user, pool_of_user) =
        (Rc::clone(&verifier), Rc::clone(&exchange), pool.clone());
    [
        Part::new("SRP: verifier of a password", move || {
            Verifier::of_password(Identity::user(&pool, USERNAME), PASSWORD, &ambient)
        }),
        Part::new("SRP: verifier of a device, read", move || {
            Verifier::of_device(&salt, of_device.expose()).expect("it was written so")
        }),
        Part::new("SRP: challenge with the server's public value", begin),
        Part::new("SRP: proof of a user", move || {
            exchange_of_user.accepts(&of_user, Identity::user(&pool_of_user, USERNAME), &claim)
        }),
        Part::new("SRP: proof of a device", move || {
            exchange.accepts(&verifier, Identity::device("-group", &device), &claim)
        }),
    ]
}

/// A session as an exchange leaves it with the client.
fn sessions(world: &World) -> [Part; 2] {
    let begin = json!({"ClientId": CLIENT, "AuthFlow": "USER_SRP_AUTH",
        "AuthParameters": {"USERNAME": USERNAME, "SRP_A": srp_a()}});
    let mut conversation = world.conversation();
    conversation.call(&format!("InitiateAuth {begin}"));
    let sealed = STANDARD
        .decode(conversation.told("SECRET_BLOCK"))
        .expect("it is base64");
    let (context, ambient) = (world::seal_context(), world::ambient());
    let (seal, seal_to_open) = (world.seal.clone(), world.seal.clone());
    let open = move || {
        seal_to_open
            .open_bytes(&context, &sealed)
            .expect("it was sealed with this")
    };
    let plain = open();
    let context = world::seal_context();
    [
        Part::new("session of an exchange, sealed", move || {
            seal.seal_bytes(&context, &plain, &ambient)
                .expect("sealing works")
        }),
        Part::new("session of an exchange, opened", open),
    ]
}

/// An access token as a sign-in gives it.
fn tokens(world: &Rc<World>) -> [Part; 2] {
    let token = world.conversation().told("AccessToken").to_owned();
    let parsed = UnverifiedJwt::parse(&token).expect("it is a token");
    let claims = parsed.claims().clone();
    let (signing, verifying) = (Rc::clone(world), Rc::clone(world));
    [
        Part::new("access token, signed", move || {
            jwt::sign(&signing.access_key, &claims).expect("the key signs")
        }),
        Part::new("access token, verified", move || {
            let parsed = UnverifiedJwt::parse(&token).expect("it is a token");
            parsed
                .verified_by(&verifying.access_key)
                .expect("the key signed it")
        }),
    ]
}

/// What operations do in a registry in memory, and the JSON of an answer.
fn registry() -> [Part; 3] {
    let registry = Rc::new(Registry::generate());
    let written = Rc::clone(&registry);
    let answer = registry.read();
    let mut remembered = false;
    [
        Part::new("transaction of AdminGetDevice, 10,000 devices", move || {
            registry.read()
        }),
        Part::new("answer of AdminGetDevice, written", move || {
            encode(&answer).expect("it can be written")
        }),
        Part::new("transaction of AdminUpdateDeviceStatus", move || {
            remembered = !remembered;
            written.write(remembered);
        }),
    ]
}

/// A generated registry in memory, and the device in it that the parts read and write.
struct Registry {
    store: Store,
    pool: UserPoolId,
    username: Username,
    device: DeviceKey,
    now: Timestamp,
}

impl Registry {
    fn generate() -> Self {
        let settings = world::settings();
        let store =
            service::open_store(&settings, &world::ambient(), crate::store::Opening::Create)
                .expect("memory can be opened");
        let now = Timestamp::from(world::ambient().now());
        let plan = Plan {
            pool: UserPoolId::from(POOL.to_owned()),
            account: settings.account,
            users: 1_000,
            devices_per_user: 10,
            credentials: None,
        };
        seed::generate(&store, &plan, now, |_| {}).expect("memory can be written");
        let (pool, username) = (plan.pool, Username::from("user-00000500".to_owned()));
        let devices = store.read_now(|tx| {
            let (_, owner) = owner(tx, &pool, &username)?;
            tx.all_devices(&owner)
        });
        let mut devices = devices.expect("the user is there");
        Self {
            device: devices.swap_remove(5).key,
            store,
            pool,
            username,
            now,
        }
    }

    fn read(&self) -> AdminGetDeviceResponse {
        let answer = self.store.read_now(|tx| {
            let (pool, owner) = owner(tx, &self.pool, &self.username)?;
            let device = tx.confirmed_device(&owner, &self.device)?;
            let device = device.ok_or_else(ApiError::no_such_device)?;
            let username = owner.username();
            Ok(AdminGetDeviceResponse {
                device: device.into_admin_view(&pool, &username),
            })
        });
        answer.expect("the device is there")
    }

    fn write(&self, remembered: bool) {
        let (pool, username) = (self.pool.clone(), self.username.clone());
        let (device, now) = (self.device.clone(), self.now);
        let written = self.store.write_now(move |tx| {
            let (_, owner) = owner(tx, &pool, &username)?;
            tx.set_remembered(&owner, &device, Some(remembered), now)
        });
        assert!(written.expect("the registry can be written"));
    }
}

/// The pool, and the user of this username as an owner of devices.
fn owner(
    tx: &ReadTx<'_>,
    pool: &UserPoolId,
    username: &Username,
) -> Result<(Arc<Pool>, DeviceOwner)> {
    let pool = tx.pool(pool)?;
    let owner = DeviceOwner::of_username(&pool, pool.configuration()?, username);
    Ok((pool, owner))
}

/// A value of A: below N, and as long as most clients send.
fn srp_a() -> String {
    hex::encode(world::ambient().bytes::<383>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_can_be_run_again_and_again() {
        let mut parts = parts();
        assert!(parts.len() > 10);
        for part in &mut parts {
            println!("{}", part.name);
            part.run();
            part.run();
        }
    }
}
