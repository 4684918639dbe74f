//! `poolhouse backup`: the registry at one moment, while it is written to.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::world::{Client, PASSWORD, POOL, Tool, bytes, registry, remembered};

/// Clients that write at the same time.
const WRITERS: usize = 4;

fn name(writer: usize, number: usize) -> String {
    format!("writer-{writer}-{number:05}")
}

/// A user with everything that users have: attributes, an alias and a password.
fn create(client: &Client, writer: usize, number: usize) {
    let name = name(writer, number);
    let email = format!("{name}@example.com");
    let input = json!({
        "UserPoolId": POOL,
        "Username": name,
        "MessageAction": "SUPPRESS",
        "TemporaryPassword": PASSWORD,
        "UserAttributes": [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
    });
    client.call("AdminCreateUser", &input).ok();
}

/// The users of the test pool in an export, by name.
fn users(tool: &Tool, database: &str) -> BTreeMap<String, Value> {
    let outcome = tool.run(&format!("seed export --database {database}"));
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let export: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let pools = export["UserPools"].as_array().unwrap();
    let pool = pools
        .iter()
        .find(|pool| pool["UserPool"]["Id"] == POOL)
        .unwrap();
    let users = pool["Users"].as_array().unwrap().iter();
    users
        .map(|user| (user["Username"].as_str().unwrap().to_owned(), user.clone()))
        .collect()
}

/// The files of a directory, by name.
fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_backup_taken_under_load_is_the_registry_at_one_moment() {
    let tool = Tool::new();
    assert_eq!(tool.run("seed generate --create --users 3000").code, 0);
    tool.write_json("seed.json", &registry());
    let server = tool.serve("--seed seed.json --limits off --log-format off");
    let url = server.told("Listening");
    let answered: Vec<AtomicUsize> = (0..WRITERS).map(|_| AtomicUsize::new(0)).collect();
    let count = || {
        let counts = answered.iter().map(|count| count.load(Ordering::SeqCst));
        counts.collect::<Vec<_>>()
    };
    let finished = AtomicBool::new(false);
    let mut backups = Vec::new();
    std::thread::scope(|scope| {
        for (writer, answered) in answered.iter().enumerate() {
            let finished = &finished;
            scope.spawn(move || {
                let client = Client::of(url);
                for number in 0.. {
                    if finished.load(Ordering::SeqCst) {
                        break;
                    }
                    create(&client, writer, number);
                    answered.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        // Backups until some were made while every client was writing.
        let mut amid = 0;
        while amid < 3 {
            let file = format!("backup-{}.db", backups.len());
            let before = count();
            let outcome = tool.run(&format!("backup {file}"));
            let after = count();
            if outcome.code != 0 {
                finished.store(true, Ordering::SeqCst);
            }
            assert_eq!(outcome.code, 0, "{outcome:?}");
            let all_wrote = before
                .iter()
                .zip(&after)
                .all(|(before, after)| before < after);
            amid += usize::from(all_wrote);
            backups.push((file, before, after));
        }
        finished.store(true, Ordering::SeqCst);
    });
    drop(server);
    let finally = users(&tool, "data/poolhouse.db");
    for (file, before, after) in backups {
        assert_eq!(tool.run(&format!("check --database {file}")).code, 0);
        let copied = users(&tool, &file);
        for (name, user) in &copied {
            assert_eq!(user, &finally[name], "{file}: nothing half-written");
        }
        for writer in 0..WRITERS {
            let there = (0..copied.len())
                .take_while(|number| copied.contains_key(&name(writer, *number)))
                .count();
            let of_writer = format!("writer-{writer}-");
            let all = copied.keys().filter(|name| name.starts_with(&of_writer));
            assert_eq!(all.count(), there, "{file}: none that another came before");
            // The last one may be under way, and not answered yet.
            assert!(
                (before[writer]..=after[writer] + 1).contains(&there),
                "{file}: {there} users of writer {writer}, {before:?} before and {after:?} after"
            );
        }
        let server = tool.serve(&format!("--database {file} --limits off --log-format off"));
        let client = server.client();
        let input = remembered();
        client.call("AdminGetDevice", &input).ok();
        assert_eq!(client.call("AdminForgetDevice", &input).status, 200);
    }
}

#[test]
fn a_backup_is_one_file_that_nobody_else_may_read_and_served_with_a_write_ahead_log() {
    let tool = Tool::new();
    tool.apply_seed(&registry());
    let wide = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(tool.path("data/poolhouse.db"), wide).unwrap();
    std::fs::create_dir(tool.path("kept")).unwrap();
    let outcome = tool.run("backup kept/copy.db");
    let told = "kept/copy.db: 3 pools, 0 groups, 4 users, 6 devices\n";
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, told));
    assert_eq!(names(&tool.path("kept")), ["copy.db"]);
    let metadata = std::fs::metadata(tool.path("kept/copy.db")).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    let copy = rusqlite::Connection::open(tool.path("kept/copy.db")).unwrap();
    let journal: String = copy
        .query_row("PRAGMA journal_mode", [], |row| row.get(0))
        .unwrap();
    assert_eq!(journal, "wal");
    drop(copy);
    let original = tool.export();
    let copied = tool.run("seed export --database kept/copy.db").stdout;
    assert_eq!(original, serde_json::from_str::<Value>(&copied).unwrap());
}

#[test]
fn a_file_that_is_there_is_overwritten_only_when_told_to() {
    let tool = Tool::new();
    tool.apply_seed(&registry());
    tool.write("notes.txt", "My notes.");
    let outcome = tool.run("backup notes.txt");
    let why = "poolhouse: notes.txt: the file exists already (--replace overwrites it)\n";
    assert_eq!((outcome.code, outcome.stderr.as_str()), (1, why));
    assert_eq!(bytes(&tool.path("notes.txt")), b"My notes.");
    assert_eq!(tool.run("backup --replace notes.txt").code, 0);
    assert_eq!(tool.run("check --database notes.txt").code, 0);
    assert_eq!(tool.run("backup --replace notes.txt").code, 0);
}

#[test]
fn a_file_that_cannot_be_the_backup_is_refused_and_left_alone() {
    let tool = Tool::new();
    tool.apply_seed(&registry());
    tool.write("file", "");
    tool.write("used.db", "A database.");
    tool.write("used.db-wal", "Its log.");
    std::os::unix::fs::symlink("data/poolhouse.db", tool.path("link.db")).unwrap();
    for (place, why) in [
        ("data/poolhouse.db", "that is the database itself"),
        ("./data/../data/poolhouse.db", "that is the database itself"),
        ("link.db", "that is the database itself"),
        ("data", "that is no file"),
        (
            "used.db",
            "used.db-wal is beside it: the file is in use, or was when its server ended",
        ),
        ("nowhere/copy.db", "No such file or directory (os error 2)"),
        ("file/copy.db", "Not a directory (os error 20)"),
    ] {
        let before = names(&tool.path(""));
        let outcome = tool.run(&format!("backup --replace {place}"));
        let complaint = format!("poolhouse: {place}: {why}\n");
        assert_eq!((outcome.code, outcome.stderr), (1, complaint));
        assert_eq!(outcome.stdout, "");
        assert_eq!(names(&tool.path("")), before);
    }
    assert_eq!(bytes(&tool.path("used.db")), b"A database.");
    assert_eq!(tool.run("check").code, 0);
}

#[test]
fn what_is_no_registry_is_not_backed_up() {
    let tool = Tool::new();
    let outcome = tool.run("backup copy.db");
    assert_eq!(outcome.code, 4, "{outcome:?}");
    let why =
        "poolhouse: database: data/poolhouse.db: there is no such file. Name the registry's file";
    assert!(outcome.stderr.starts_with(why), "{outcome:?}");
    assert!(!tool.path("data").exists());
    tool.write("empty.db", "");
    tool.write("notes.txt", "These are my notes. ".repeat(100));
    tool.apply_seed(&registry());
    assert_eq!(
        tool.run("seed generate --create --users 2000 --database damaged.db")
            .code,
        0
    );
    let mut damaged = bytes(&tool.path("damaged.db"));
    let middle = damaged.len() / 2;
    damaged[middle..middle + 20_000].fill(0xa5);
    tool.write("damaged.db", &damaged);
    damaged.truncate(middle);
    tool.write("cut.db", damaged);
    for (file, why) in [
        ("empty.db", "the file holds no registry yet"),
        ("notes.txt", "the file is not a SQLite database"),
        ("damaged.db", "the database is damaged ("),
        ("cut.db", "the database is damaged"),
    ] {
        let outcome = tool.run(&format!("backup copy.db --database {file}"));
        let complaint = format!("poolhouse: database: {file}: {why}");
        assert!(outcome.stderr.starts_with(&complaint), "{outcome:?}");
        assert_eq!(outcome.code, 4);
        let left = names(&tool.path(""));
        assert!(
            !left.iter().any(|name| name.starts_with("copy.db")),
            "{left:?}"
        );
    }
    let outcome = tool.run("backup copy.db --database :memory:");
    assert_eq!(outcome.code, 2, "{outcome:?}");
    assert_eq!(tool.run("backup").code, 2);
}

#[test]
fn a_backup_for_which_there_is_no_room_leaves_nothing() {
    let tool = Tool::new();
    assert_eq!(tool.run("seed generate --create --users 2000").code, 0);
    let command = tool.command("");
    let script = "trap '' XFSZ; ulimit -S -f 100; exec \"$0\" backup copy.db";
    let output = Command::new("sh")
        .args(["-c", script])
        .arg(command.get_program())
        .current_dir(tool.path(""))
        .output()
        .unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{complaint}");
    assert!(
        complaint.starts_with("poolhouse: copy.db: the disk "),
        "{complaint}"
    );
    let left = names(&tool.path(""));
    assert!(
        !left.iter().any(|name| name.starts_with("copy.db")),
        "{left:?}"
    );
    assert_eq!(tool.run("backup copy.db").code, 0);
}
