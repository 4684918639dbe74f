//! Files that cannot be used are left as they are.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use crate::world::{Tool, bytes, registry};

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
    let other = tool.file();
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

/// Runs the binary as a user without root's rights, also if root runs the tests.
fn run_bound_by_rights(tool: &Tool, arguments: &str) -> std::process::Output {
    let binary = tool.path("poolhouse");
    // Copied by another process: a process that another test starts meanwhile would hold the file open for writing, and a program
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
