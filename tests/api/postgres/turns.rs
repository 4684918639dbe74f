//! How often a request waits for the server: on a network, each turn is worth many statements.

use serde_json::json;

use crate::world::{
    Device, OwnDatabase, PASSWORD, POOL, Pool, Relay, Setup, User, WEB, access_token,
    confirm_device, device_of, initiate, sign_in, token,
};

/// The turns that the server waits for while `work` runs, after it has run before and its statements are prepared.
fn turns(relay: &Relay, work: impl Fn()) -> u64 {
    work();
    let before = relay.turns();
    work();
    relay.turns() - before
}

#[test]
fn requests_take_few_turns() {
    let database = OwnDatabase::empty();
    let relay = Relay::start();
    let ana = User::new("ana")
        .password(PASSWORD)
        .verified_email("ana@example.com");
    let pool = Pool::new(POOL).tracking(true).client(WEB).user(ana);
    let app = Setup::new()
        .with("database", &database.by(relay.folder()))
        .with("store_connections", "1")
        .seeded(pool.into_seed())
        .start();
    let tokens = sign_in(&app, WEB, "ana");
    let device = Device::issued(&tokens);
    confirm_device(&app, &access_token(&tokens), &device).ok();
    let of_device = device_of(POOL, "ana", &device.key);
    let refresh =
        json!({"REFRESH_TOKEN": token(&tokens, "RefreshToken"), "DEVICE_KEY": device.key});
    let by_name = || drop(app.call("AdminGetDevice", &of_device).ok());
    assert_eq!(turns(&relay, by_name), 1);
    let mut status = of_device.clone();
    status["DeviceRememberedStatus"] = "remembered".into();
    let update = || drop(app.call("AdminUpdateDeviceStatus", &status).ok());
    assert_eq!(turns(&relay, update), 3);
    // The end of a transaction that only reads counts, although nobody waits for it.
    let refreshed = || drop(initiate(&app, WEB, "REFRESH_TOKEN_AUTH", refresh.clone()).ok());
    assert!(turns(&relay, refreshed) <= 9);
    let signed_in = || drop(sign_in(&app, WEB, "ana"));
    assert!(turns(&relay, signed_in) <= 25);
}
