//! Who may read the files that are written and kept.

use std::os::unix::fs::{MetadataExt, symlink};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::{mode, set_mode, write_once};
use crate::world::{Server, Tool, registry};

/// The command, run under a umask.
fn under(tool: &Tool, umask: &str, arguments: &str) -> Command {
    let own = tool.command(arguments);
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("umask {umask}; exec \"$0\" \"$@\"")])
        .arg(own.get_program())
        .args(own.get_args())
        .current_dir(tool.path(""))
        .stdin(Stdio::null());
    for (name, _) in own.get_envs() {
        shell.env_remove(name);
    }
    shell
}

#[test]
fn every_file_that_is_written_is_its_owners_alone_whatever_the_umask() {
    for umask in ["000", "022", "077"] {
        let tool = Tool::new();
        tool.write_json("seed.json", &registry());
        let serve = "serve --listen 127.0.0.1:0 --database made/here/poolhouse.db --seed seed.json --limits off";
        let mut server = Server::start(under(&tool, umask, serve));
        write_once(&server);
        for command in [
            "backup backup.db --database made/here/poolhouse.db",
            "seed export export.json --with-keys --database made/here/poolhouse.db",
            "seed apply seed.json --create --database applied/a.db",
            "seed generate --users 1 --create --database generated/g.db",
        ] {
            let output = under(&tool, umask, command).output().unwrap();
            assert!(output.status.success(), "{output:?}");
        }
        for file in ["poolhouse.db", "poolhouse.db-wal", "poolhouse.db-shm"] {
            assert_eq!(
                mode(&tool.path("made/here").join(file)),
                0o600,
                "{file} under {umask}"
            );
        }
        for file in ["backup.db", "export.json", "applied/a.db", "generated/g.db"] {
            assert_eq!(mode(&tool.path(file)), 0o600, "{file} under {umask}");
        }
        for directory in ["made", "made/here", "applied", "generated"] {
            assert_eq!(
                mode(&tool.path(directory)),
                0o700,
                "{directory} under {umask}"
            );
        }
        server.signal("KILL");
        server.wait();
        assert_eq!(mode(&tool.path("made/here/poolhouse.db-wal")), 0o600);
    }
}

#[test]
fn files_that_others_could_read_are_narrowed_at_the_start_and_it_is_said() {
    let tool = Tool::new();
    tool.apply_seed(&registry());
    let (directory, file) = (tool.path("data"), tool.path("data/poolhouse.db"));
    let mut killed = tool.serve("--limits off");
    write_once(&killed);
    killed.signal("KILL");
    killed.wait();
    let log = tool.path("data/poolhouse.db-wal");
    set_mode(&file, 0o644);
    set_mode(&log, 0o664);
    set_mode(&directory, 0o755);
    let outcome = tool.run("check");
    assert!(outcome.stdout.contains("others can open "), "{outcome:?}");
    assert_eq!(mode(&file), 0o644, "checking changes nothing");
    let server = tool.serve("--limits off");
    let notices: Vec<&String> = server
        .start
        .iter()
        .filter(|line| line.starts_with("Notice "))
        .collect();
    for said in [
        "poolhouse.db (mode 0644); narrowed to 0600",
        "poolhouse.db-wal (mode 0664); narrowed to 0600",
        "data (mode 0755); narrowed to 0700",
    ] {
        assert!(
            notices.iter().any(|line| line.ends_with(said)),
            "{notices:?}"
        );
    }
    assert_eq!(
        (mode(&file), mode(&log), mode(&directory)),
        (0o600, 0o600, 0o700)
    );
    drop(server);
    let again = tool.serve("--limits off");
    assert!(
        !again.start.iter().any(|line| line.starts_with("Notice ")),
        "{:?}",
        again.start
    );
    set_mode(&file, 0o644);
    let outcome = tool.run("seed export");
    assert!(outcome.stderr.contains("narrowed to 0600"), "{outcome:?}");
    serde_json::from_str::<Value>(&outcome.stdout).unwrap();
}

#[test]
fn files_kept_before_an_upgrade_are_narrowed_at_every_start() {
    let tool = Tool::new();
    tool.apply_seed(&registry());
    let named = |suffix: &str| tool.path(&format!("data/poolhouse.db{suffix}"));
    let kept = [".version-7", ".version-7.2", ".version-7-wal"];
    let others = [".version-old", ".old"];
    for suffix in kept.iter().chain(&others) {
        std::fs::write(named(suffix), "What the registry was.").unwrap();
        set_mode(&named(suffix), 0o644);
    }
    let notes = tool.write("notes.txt", "My notes.");
    set_mode(&notes, 0o644);
    symlink(&notes, named(".version-8")).unwrap();
    let outcome = tool.run("check");
    assert!(
        outcome
            .stdout
            .contains("poolhouse.db.version-7.2 (mode 0644); the next start narrows it"),
        "{outcome:?}"
    );
    let server = tool.serve("--limits off");
    for suffix in kept {
        let said = format!("poolhouse.db{suffix} (mode 0644); narrowed to 0600");
        assert!(
            server.start.iter().any(|line| line.ends_with(&said)),
            "{:?}",
            server.start
        );
        assert_eq!(mode(&named(suffix)), 0o600, "{suffix}");
    }
    for suffix in others {
        assert_eq!(mode(&named(suffix)), 0o644, "{suffix}");
    }
    assert_eq!(mode(&notes), 0o644, "a link is followed to no other file");
    drop(server);
    let again = tool.serve("--limits off");
    assert!(
        !again.start.iter().any(|line| line.starts_with("Notice ")),
        "{:?}",
        again.start
    );
}

#[test]
fn a_directory_that_is_not_ours_alone_is_left_and_said_where_others_can_write_to_it() {
    let tool = Tool::new();
    for (name, mode_before, said) in [
        ("shared", 0o755, false),
        ("open", 0o777, true),
        ("sticky", 0o1777, true),
    ] {
        let directory = tool.path(name);
        std::fs::create_dir(&directory).unwrap();
        std::fs::write(directory.join("notes.txt"), "Mine.").unwrap();
        set_mode(&directory, mode_before);
        let server = tool.serve(&format!("--database {name}/poolhouse.db"));
        let warning =
            format!("(mode {mode_before:04o}). It is not Poolhouse's alone and is left as it is");
        let found = server.start.iter().any(|line| line.contains(&warning));
        assert_eq!(found, said, "{:?}", server.start);
        assert_eq!(mode(&directory), mode_before);
        assert_eq!(mode(&directory.join("poolhouse.db")), 0o600);
    }
    // The directory that a server runs in is the operator's, whatever is in it.
    let own = Tool::new();
    set_mode(&own.path(""), 0o755);
    drop(own.serve("--database poolhouse.db"));
    assert_eq!(mode(&own.path("")), 0o755);
}

#[test]
fn a_file_of_another_user_is_served_with_a_warning() {
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if !is_root {
        return;
    }
    let tool = Tool::new();
    tool.apply_seed(&registry());
    let file = tool.path("data/poolhouse.db");
    std::os::unix::fs::chown(&file, Some(65534), None).unwrap();
    set_mode(&file, 0o644);
    let server = tool.serve("");
    let said = "it belongs to another user (uid 65534), who alone should narrow it: chmod 0600";
    assert!(
        server.start.iter().any(|line| line.ends_with(said)),
        "{:?}",
        server.start
    );
    assert_eq!(mode(&file), 0o644);
}

#[test]
fn a_file_that_is_none_of_ours_keeps_its_mode() {
    let tool = Tool::new();
    let notes = tool.write(
        "notes.txt",
        "These are my notes, not a database. ".repeat(100),
    );
    set_mode(&notes, 0o644);
    for command in [
        "serve --database notes.txt",
        "seed apply --create seed.json --database notes.txt",
    ] {
        tool.write_json("seed.json", &registry());
        assert_eq!(tool.run(command).code, 4);
        assert_eq!(mode(&notes), 0o644);
    }
}
