//! What was answered is kept, whatever happens to the server.

use std::process::Command;

use serde_json::json;

use crate::world::{NO_DEVICE, POOL, Pool, Server, Setup, Tool, User, device, device_of, registry};

#[test]
fn what_was_answered_is_there_after_a_restart() {
    let app = Setup::new().on_disk().seeded(registry()).start();
    let before = app.device("diego", device::REMEMBERED).ok();
    assert_eq!(
        app.call(
            "AdminForgetDevice",
            &device_of(POOL, "diego", device::NOT_REMEMBERED)
        )
        .status,
        200
    );
    let app = app.stop().start();
    assert_eq!(app.device("diego", device::REMEMBERED).ok(), before);
    app.device("diego", device::NOT_REMEMBERED)
        .refused_as(NO_DEVICE);
}

#[test]
fn after_a_stop_the_file_alone_is_the_registry() {
    let app = Setup::new().on_disk().seeded(registry()).start();
    assert_eq!(
        app.call(
            "AdminForgetDevice",
            &device_of(POOL, "diego", device::NOT_REMEMBERED)
        )
        .status,
        200
    );
    let setup = app.stop();
    let tool = Tool::new();
    std::fs::copy(setup.database(), tool.path("copy.db")).unwrap();
    let exported = tool.run("seed export --database copy.db").stdout;
    assert!(exported.contains(device::REMEMBERED) && !exported.contains(device::NOT_REMEMBERED));
}

#[test]
fn a_killed_server_has_lost_nothing_that_it_answered() {
    let tool = Tool::new();
    tool.write_json("seed.json", &registry());
    let mut server = tool.serve("--seed seed.json --limits off");
    let client = server.client();
    assert_eq!(
        client
            .call(
                "AdminForgetDevice",
                &device_of(POOL, "diego", device::NOT_REMEMBERED)
            )
            .status,
        200
    );
    server.signal("KILL");
    assert_eq!(server.wait(), None);
    let server = tool.serve("--limits off");
    let client = server.client();
    assert_eq!(
        client
            .call(
                "AdminGetDevice",
                &device_of(POOL, "diego", device::REMEMBERED)
            )
            .status,
        200
    );
    let (_, message) = client
        .call(
            "AdminGetDevice",
            &device_of(POOL, "diego", device::NOT_REMEMBERED),
        )
        .refusal();
    assert_eq!(message, "Device does not exist.");
}

#[test]
fn writers_at_the_same_time_each_get_what_they_asked_for() {
    let devices: Vec<String> = (0..160)
        .map(|number| format!("us-east-1_{number:08x}"))
        .collect();
    let seeds = devices.iter().map(|key| json!({"DeviceKey": key}));
    let app = Pool::new(POOL)
        .tracking(false)
        .user(seeds.fold(User::new("diego"), User::device))
        .setup()
        .on_disk()
        .start();
    std::thread::scope(|scope| {
        for chunk in devices.chunks(10) {
            let app = &app;
            scope.spawn(move || {
                for (index, key) in chunk.iter().enumerate() {
                    if index % 2 == 0 {
                        assert_eq!(
                            app.call("AdminForgetDevice", &device_of(POOL, "diego", key))
                                .status,
                            200
                        );
                    } else {
                        // This write is refused in a group with writes that succeed, and leaves nothing.
                        app.call(
                            "AdminForgetDevice",
                            &device_of(POOL, "diego", device::UNKNOWN),
                        )
                        .refused_as(NO_DEVICE);
                    }
                }
            });
        }
    });
    let app = app.stop().start();
    for (index, key) in devices.iter().enumerate() {
        let expected = if index % 2 == 0 { 400 } else { 200 };
        assert_eq!(app.device("diego", key).status, expected, "{key}");
    }
}

#[test]
fn a_registry_in_memory_starts_empty_each_time() {
    let app = Setup::new()
        .with("database", ":memory:")
        .seeded(registry())
        .start();
    let setup = app.stop();
    let (code, message) = setup.start().device("diego", device::REMEMBERED).refusal();
    assert_eq!(
        (code.as_str(), message),
        (
            "ResourceNotFoundException",
            format!("User pool {POOL} does not exist.")
        )
    );
}

/// A server that can write files of up to `kilobytes`, and gets an error beyond that instead of a signal.
fn serve_with_little_room(tool: &Tool, kilobytes: u32) -> Server {
    let mut command = tool.command("");
    let script = format!(
        "trap '' XFSZ; ulimit -S -f {}; exec \"$0\" serve --listen 127.0.0.1:0 --limits off",
        kilobytes * 2
    );
    let mut shell = Command::new("sh");
    shell
        .arg("-c")
        .arg(script)
        .arg(command.get_program())
        .current_dir(command.get_current_dir().unwrap());
    command = shell;
    Server::start(command)
}

#[test]
fn when_no_room_is_left_writes_fail_reads_go_on_and_nothing_is_lost() {
    let tool = Tool::new();
    tool.write_json("seed.json", &registry());
    assert_eq!(tool.run("seed apply --create seed.json").code, 0);
    let server = serve_with_little_room(&tool, 160);
    let client = server.client();
    let set = |status: &str| {
        let mut input = device_of(POOL, "diego", device::REMEMBERED);
        input["DeviceRememberedStatus"] = json!(status);
        client.call("AdminUpdateDeviceStatus", &input)
    };
    let mut acknowledged = "remembered";
    let refused = (0..200).find_map(|round| {
        let status = if round % 2 == 0 {
            "not_remembered"
        } else {
            "remembered"
        };
        let answer = set(status);
        if answer.status == 200 {
            acknowledged = status;
            return None;
        }
        Some(answer)
    });
    let refused = refused.unwrap();
    assert_eq!(refused.status, 500);
    assert_eq!(refused.refusal().0, "InternalErrorException");
    let shown = || {
        client
            .call(
                "AdminGetDevice",
                &device_of(POOL, "diego", device::REMEMBERED),
            )
            .ok()
            .to_string()
    };
    assert!(shown().contains(&format!(
        "\"dev:device_remembered_status\",\"Value\":\"{acknowledged}\""
    )));
    let pid = server.pid().to_string();
    let freed = Command::new("prlimit")
        .args(["--pid", &pid, "--fsize=unlimited"])
        .status()
        .unwrap();
    assert!(freed.success());
    assert_eq!(set("not_remembered").status, 200, "there is room again");
    assert!(shown().contains("\"not_remembered\""));
    drop(server);
    assert_eq!(tool.run("check").code, 0);
}

#[test]
fn a_seed_applied_beside_a_running_server_is_seen_by_it() {
    let tool = Tool::new();
    let server = tool.serve("--limits off");
    let client = server.client();
    assert_eq!(
        client
            .call(
                "AdminGetDevice",
                &device_of(POOL, "diego", device::REMEMBERED)
            )
            .status,
        400
    );
    tool.write_json("seed.json", &registry());
    assert_eq!(tool.run("seed apply --create seed.json").code, 0);
    assert_eq!(
        client
            .call(
                "AdminGetDevice",
                &device_of(POOL, "diego", device::REMEMBERED)
            )
            .status,
        200
    );
}

#[test]
fn the_log_of_much_that_was_written_at_once_is_cut_when_a_server_writes_on() {
    let tool = Tool::new();
    tool.write_json("seed.json", &registry());
    let server = tool.serve("--seed seed.json --limits off --log-format off");
    let client = server.client();
    let log = || {
        let log = tool.path("data/poolhouse.db-wal");
        std::fs::metadata(log).unwrap().len()
    };
    assert_eq!(tool.run("seed generate --create --users 32000").code, 0);
    let most = 16 * 1024 * 1024;
    assert!(log() > most, "the log is {} bytes long", log());
    let input = json!({"UserPoolId": POOL, "Username": "diego"});
    client.call("AdminDisableUser", &input).ok();
    assert!(log() <= most, "the log is {} bytes long", log());
}
