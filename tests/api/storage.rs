//! The registry on disk: what was answered is there, and a file that cannot be used is left as it is.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::app::{App, Client, POOL, Setup, device, registry};
use crate::tool::{Server, Tool, bytes};

fn input(key: &str) -> serde_json::Value {
    json!({"UserPoolId": POOL, "Username": "diego", "DeviceKey": key})
}

#[test]
fn what_was_answered_is_there_after_a_restart() {
    let app = Setup::new().on_disk().seeded(registry()).start();
    let before = app.device("diego", device::REMEMBERED).ok();
    assert_eq!(
        app.call("AdminForgetDevice", &input(device::NOT_REMEMBERED))
            .status,
        200
    );
    let app = app.stop().start();
    assert_eq!(app.device("diego", device::REMEMBERED).ok(), before);
    app.device("diego", device::NOT_REMEMBERED)
        .refused("ResourceNotFoundException", "Device does not exist.");
}

#[test]
fn after_a_stop_the_file_alone_is_the_registry() {
    let app = Setup::new().on_disk().seeded(registry()).start();
    assert_eq!(
        app.call("AdminForgetDevice", &input(device::NOT_REMEMBERED))
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
    let client = Client::of(server.told("Listening"));
    assert_eq!(
        client
            .call("AdminForgetDevice", &input(device::NOT_REMEMBERED))
            .status,
        200
    );
    server.signal("KILL");
    assert_eq!(server.wait(), None);
    let server = tool.serve("--limits off");
    let client = Client::of(server.told("Listening"));
    assert_eq!(
        client
            .call("AdminGetDevice", &input(device::REMEMBERED))
            .status,
        200
    );
    let (_, message) = client
        .call("AdminGetDevice", &input(device::NOT_REMEMBERED))
        .refusal();
    assert_eq!(message, "Device does not exist.");
}

#[test]
fn writers_at_the_same_time_each_get_what_they_asked_for() {
    let devices: Vec<String> = (0..160)
        .map(|number| format!("us-east-1_{number:08x}"))
        .collect();
    let seeds: Vec<_> = devices
        .iter()
        .map(|key| json!({"DeviceKey": key}))
        .collect();
    let pool = json!({"UserPool": {"Id": POOL, "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": false}},
        "Users": [{"Username": "diego", "Devices": seeds}]});
    let app = Setup::new().on_disk().seeded(pool).start();
    std::thread::scope(|scope| {
        for chunk in devices.chunks(10) {
            let app = &app;
            scope.spawn(move || {
                for (index, key) in chunk.iter().enumerate() {
                    if index % 2 == 0 {
                        assert_eq!(app.call("AdminForgetDevice", &input(key)).status, 200);
                    } else {
                        // In one group with writes that succeed, this one is refused and leaves nothing.
                        app.call("AdminForgetDevice", &input(device::UNKNOWN))
                            .refused("ResourceNotFoundException", "Device does not exist.");
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
    let setup = App::with_devices().stop();
    let (code, message) = setup.start().device("diego", device::REMEMBERED).refusal();
    assert_eq!(
        (code.as_str(), message),
        (
            "ResourceNotFoundException",
            format!("User pool {POOL} does not exist.")
        )
    );
}

#[test]
fn a_file_of_a_newer_version_is_refused_and_left_alone() {
    let tool = Tool::new();
    assert_eq!(tool.run("seed generate --create --users 1").code, 0);
    let path = tool.path("data/poolhouse.db");
    rusqlite::Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let before = bytes(&path);
    for command in [
        "serve",
        "check",
        "seed export",
        "seed generate --create --users 1",
    ] {
        let outcome = tool.run(command);
        assert_eq!(outcome.code, 4, "{outcome:?}");
        assert!(
            outcome
                .stderr
                .contains("schema version 99, made by a newer Poolhouse"),
            "{outcome:?}"
        );
        assert_eq!(bytes(&path), before);
    }
}

#[test]
fn a_file_that_is_no_registry_is_refused_and_left_alone() {
    let tool = Tool::new();
    let text = tool.write(
        "notes.txt",
        "These are my notes, not a database. ".repeat(100),
    );
    let foreign = tool.path("foreign.db");
    rusqlite::Connection::open(&foreign)
        .unwrap()
        .execute("CREATE TABLE recipes (name TEXT)", [])
        .unwrap();
    for (path, why) in [
        (text, "the file is not a SQLite database"),
        (foreign, "the file is a SQLite database of another program"),
    ] {
        let before = bytes(&path);
        for command in ["serve", "check", "seed export"] {
            let outcome = tool.run(&format!("{command} --database {}", path.display()));
            assert_eq!(outcome.code, 4, "{outcome:?}");
            assert!(outcome.stderr.contains(why), "{outcome:?}");
            assert_eq!(bytes(&path), before);
        }
    }
}

#[test]
fn a_damaged_file_is_reported() {
    let tool = Tool::new();
    assert_eq!(tool.run("seed generate --create --users 2000").code, 0);
    let path = tool.path("data/poolhouse.db");
    let mut damaged = bytes(&path);
    let middle = damaged.len() / 2;
    damaged[middle..middle + 20_000].fill(0xa5);
    std::fs::write(&path, damaged).unwrap();
    let outcome = tool.run("check");
    assert_eq!(outcome.code, 4, "{outcome:?}");
    assert!(outcome.stderr.contains("damaged"), "{outcome:?}");
}

#[test]
fn a_place_where_no_file_can_be_made_is_reported() {
    let tool = Tool::new();
    tool.write("file", "");
    for place in ["/proc/nowhere/poolhouse.db", "file/poolhouse.db", "."] {
        let outcome = tool.run(&format!("serve --database {place}"));
        assert_eq!(outcome.code, 4, "{outcome:?}");
        assert!(
            outcome
                .stderr
                .starts_with(&format!("poolhouse: database: {place}: ")),
            "{outcome:?}"
        );
        assert_eq!(outcome.stdout, "");
    }
}

#[test]
fn a_directory_is_no_registry_for_any_command() {
    let tool = Tool::new();
    tool.write_json("seed.json", &registry());
    std::fs::create_dir(tool.path("folder")).unwrap();
    for command in [
        "serve --listen 127.0.0.1:0",
        "check",
        "compact",
        "outbox",
        "backup copy.db",
        "seed export",
        "seed apply seed.json",
        "seed apply --create seed.json",
        "seed generate --users 1",
    ] {
        let outcome = tool.run(&format!("{command} --database folder"));
        assert_eq!(outcome.code, 4, "{outcome:?}");
        assert_eq!(
            outcome.stderr, "poolhouse: database: folder: that is no file\n",
            "{command}"
        );
    }
}

#[test]
fn a_write_that_waited_for_another_process_in_vain_says_so() {
    let tool = Tool::new();
    tool.apply_seed(&registry());
    let other = rusqlite::Connection::open(tool.path("data/poolhouse.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut command = tool.command("seed generate --users 1");
    let output = command
        .env("POOLHOUSE_STORE_BUSY_SECONDS", "0")
        .output()
        .unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    let why =
        "another process writes to the file, or holds it locked; waited for store.busy_seconds";
    assert!(complaint.contains(why), "{complaint}");
    assert_ne!(output.status.code(), Some(0));
}

/// Runs the binary as somebody whom the rights of files bind, if an administrator runs the tests.
fn run_bound_by_rights(tool: &Tool, arguments: &str) -> std::process::Output {
    let binary = tool.path("poolhouse");
    // By a process of its own: what another test starts meanwhile would hold a file open that this one writes, and a program
    // that is open for writing cannot be run.
    let copied = Command::new("cp")
        .arg(env!("CARGO_BIN_EXE_poolhouse"))
        .arg(&binary)
        .status();
    assert!(copied.unwrap().success());
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    let nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    let mut command = if is_root {
        Command::new("setpriv")
    } else {
        Command::new(&binary)
    };
    if is_root {
        command.args(nobody).arg(&binary);
    }
    command
        .args(arguments.split(' '))
        .current_dir(tool.path(""))
        .output()
        .unwrap()
}

#[test]
fn a_file_or_directory_that_may_not_be_written_to_is_refused() {
    let tool = Tool::new();
    assert_eq!(tool.run("seed generate --create --users 1").code, 0);
    let (directory, file) = (tool.path("data"), tool.path("data/poolhouse.db"));
    let rights =
        |path: &Path, mode| std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    rights(&tool.path(""), 0o755);
    rights(&directory, 0o777);
    rights(&file, 0o444);
    let before = bytes(&file);
    let outcome = run_bound_by_rights(&tool, "serve --listen 127.0.0.1:0");
    let complaint = "poolhouse: database: data/poolhouse.db: the file cannot be written to\n";
    assert_eq!(
        (
            outcome.status.code(),
            String::from_utf8_lossy(&outcome.stderr)
        ),
        (Some(4), complaint.into())
    );
    assert_eq!(bytes(&file), before);
    rights(&directory, 0o555);
    let outcome = run_bound_by_rights(&tool, "serve --listen 127.0.0.1:0 --database data/new.db");
    let complaint = String::from_utf8_lossy(&outcome.stderr);
    assert_eq!(outcome.status.code(), Some(4));
    assert!(
        complaint.starts_with("poolhouse: database: data/new.db: the file cannot be opened"),
        "{complaint}"
    );
}

/// A server that may write files of up to `kilobytes`, and is told so by an error, not by a signal.
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
    let client = Client::of(server.told("Listening"));
    let set = |status: &str| {
        let mut input = input(device::REMEMBERED);
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
            .call("AdminGetDevice", &input(device::REMEMBERED))
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
    let client = Client::of(server.told("Listening"));
    assert_eq!(
        client
            .call("AdminGetDevice", &input(device::REMEMBERED))
            .status,
        400
    );
    tool.write_json("seed.json", &registry());
    assert_eq!(tool.run("seed apply --create seed.json").code, 0);
    assert_eq!(
        client
            .call("AdminGetDevice", &input(device::REMEMBERED))
            .status,
        200
    );
}

#[test]
fn the_log_of_much_that_was_written_at_once_is_cut_when_a_server_writes_on() {
    let tool = Tool::new();
    tool.write_json("seed.json", &registry());
    let server = tool.serve("--seed seed.json --limits off --log-format off");
    let client = Client::of(server.told("Listening"));
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
