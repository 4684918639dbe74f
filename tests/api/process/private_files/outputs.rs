//! Files, pipes and devices that a command writes to.

use std::os::unix::fs::symlink;
use std::process::Command;

use serde_json::Value;

use super::{mode, set_mode, write_once};
use crate::world::{Outcome, Tool, bytes, registry};

#[test]
fn a_database_may_be_named_by_a_symbolic_link() {
    let tool = Tool::new();
    std::fs::create_dir(tool.path("real")).unwrap();
    // First to a new file, and then to the same one.
    symlink("real/poolhouse.db", tool.path("link.db")).unwrap();
    tool.write_json("seed.json", &registry());
    for start in ["--seed seed.json", ""] {
        let server = tool.serve(&format!("--limits off --database link.db {start}"));
        write_once(&server);
        assert!(tool.path("real/poolhouse.db-wal").exists());
        assert_eq!(mode(&tool.path("real/poolhouse.db")), 0o600);
    }
    assert!(
        std::fs::symlink_metadata(tool.path("link.db"))
            .unwrap()
            .is_symlink()
    );
    assert_eq!(tool.run("check --deep --database link.db").code, 0);
}

#[test]
fn an_export_takes_the_place_of_a_file_only_when_told_to_and_at_once() {
    let tool = Tool::new();
    tool.apply_seed(&registry());
    let notes = tool.write("notes.txt", "My notes.");
    set_mode(&notes, 0o644);
    let outcome = tool.run("seed export notes.txt");
    let why = "poolhouse: notes.txt: the file exists already (--replace overwrites it)\n";
    assert_eq!((outcome.code, outcome.stderr.as_str()), (1, why));
    assert_eq!(bytes(&notes), b"My notes.");
    symlink("notes.txt", tool.path("link.json")).unwrap();
    symlink("new.json", tool.path("dangling.json")).unwrap();
    assert_eq!(tool.run("seed export link.json").code, 1);
    let told = |name: &str| format!("{name}: 3 pools, 0 groups, 4 users, 6 devices\n");
    for name in ["link.json", "dangling.json", "notes.txt"] {
        let outcome = tool.run(&format!("seed export --replace {name}"));
        assert_eq!(
            (outcome.code, outcome.stdout),
            (0, told(name)),
            "{}",
            outcome.stderr
        );
        let text = std::fs::read_to_string(tool.path(name)).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), tool.export());
    }
    for link in ["link.json", "dangling.json"] {
        assert!(
            std::fs::symlink_metadata(tool.path(link))
                .unwrap()
                .is_symlink()
        );
    }
    assert_eq!((mode(&notes), mode(&tool.path("new.json"))), (0o600, 0o600));
    for (name, why) in [
        ("data/poolhouse.db", "that is the database itself"),
        ("data", "that is no file"),
        ("nowhere/e.json", "No such file or directory (os error 2)"),
    ] {
        let outcome = tool.run(&format!("seed export --replace {name}"));
        assert_eq!(
            (outcome.code, outcome.stderr),
            (1, format!("poolhouse: {name}: {why}\n"))
        );
    }
    assert_eq!(tool.run("check").code, 0);
}

#[test]
fn an_export_for_which_there_is_no_room_leaves_what_was_there() {
    let tool = Tool::new();
    assert_eq!(tool.run("seed generate --create --users 2000").code, 0);
    tool.write("export.json", "The last one.");
    let command = tool.command("");
    let script = "trap '' XFSZ; ulimit -S -f 100; exec \"$0\" seed export --replace export.json";
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).arg(command.get_program());
    let output = shell.current_dir(tool.path("")).output().unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{complaint}");
    assert!(
        complaint.starts_with("poolhouse: export.json: "),
        "{complaint}"
    );
    assert_eq!(bytes(&tool.path("export.json")), b"The last one.");
    let left = std::fs::read_dir(tool.path("")).unwrap().count();
    assert_eq!(left, 2, "data and the export");
}

#[test]
fn pipes_and_devices_are_written_to_as_it_comes() {
    let tool = Tool::new();
    tool.apply_seed(&registry());
    let exported = tool.export();
    let told = "/dev/stdout: 3 pools, 0 groups, 4 users, 6 devices\n";
    let Outcome {
        code,
        stdout,
        stderr,
    } = tool.run("seed export /dev/stdout");
    assert_eq!((code, stderr.as_str()), (0, told));
    assert_eq!(serde_json::from_str::<Value>(&stdout).unwrap(), exported);
    // A file that a shell has opened counts as well.
    let script = "exec \"$0\" seed export /dev/stdout >redirected.json";
    let command = tool.command("");
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).arg(command.get_program());
    let output = shell.current_dir(tool.path("")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = std::fs::read_to_string(tool.path("redirected.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), exported);
    let script = "mkfifo pipe; cat pipe & \"$0\" seed export pipe; wait";
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).arg(command.get_program());
    let output = shell.current_dir(tool.path("")).output().unwrap();
    assert_eq!(
        serde_json::from_slice::<Value>(&output.stdout).unwrap(),
        exported
    );
    assert_eq!(tool.run("seed export /dev/null").code, 0);
    let outcome = tool.run("seed export /dev/full");
    assert_eq!(outcome.code, 1);
    assert!(
        outcome.stderr.starts_with("poolhouse: /dev/full: "),
        "{outcome:?}"
    );
    let outcome = tool.run("backup /dev/stdout");
    assert_eq!(outcome.stderr, "poolhouse: /dev/stdout: that is no file\n");
}

#[test]
fn a_registry_that_is_not_there_is_refused_and_nothing_is_made() {
    let tool = Tool::new();
    tool.write_json("seed.json", &registry());
    for command in [
        "seed export",
        "seed export out.json",
        "seed apply seed.json",
        "seed generate --users 1",
        "outbox",
        "backup copy.db",
    ] {
        let outcome = tool.run(&format!("{command} --database no/such.db"));
        let why = "poolhouse: database: no/such.db: there is no such file. Name the registry's file, by --database or \
                   POOLHOUSE_DATABASE; `poolhouse serve` makes a new registry";
        assert_eq!(outcome.code, 4, "{outcome:?}");
        assert!(outcome.stderr.starts_with(why), "{outcome:?}");
        let maker = ["seed apply", "seed generate"]
            .into_iter()
            .find(|maker| command.starts_with(maker));
        let ending = maker.map_or_else(
            || "makes a new registry\n".to_owned(),
            |maker| format!("and so does `poolhouse {maker} --create`\n"),
        );
        assert!(outcome.stderr.ends_with(&ending), "{outcome:?}");
        let outcome = tool.run(&format!("{command} --database :memory:"));
        assert_eq!(outcome.code, 2, "{outcome:?}");
        let why = "poolhouse: settings: database: a registry in memory is within its server alone";
        assert!(outcome.stderr.starts_with(why), "{outcome:?}");
        let made = std::fs::read_dir(tool.path("")).unwrap().count();
        assert_eq!(made, 1, "{command}: the seed alone");
    }
    // An empty file is no registry either.
    tool.write("empty.db", "");
    let outcome = tool.run("check --database empty.db");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(
        outcome
            .stdout
            .contains("empty.db: the file holds no registry yet"),
        "{outcome:?}"
    );
    for command in [
        "seed export",
        "seed apply seed.json",
        "seed generate --users 1",
        "outbox",
        "compact",
    ] {
        let outcome = tool.run(&format!("{command} --database empty.db"));
        assert_eq!(outcome.code, 4, "{outcome:?}");
        assert!(
            outcome
                .stderr
                .contains("empty.db: the file holds no registry yet"),
            "{outcome:?}"
        );
        assert_eq!(bytes(&tool.path("empty.db")), b"");
    }
    let outcome = tool.run("seed apply --create seed.json --database no/such.db");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(
        tool.run("seed apply --create seed.json --database empty.db")
            .code,
        0
    );
    assert_eq!(tool.run("check --deep --database no/such.db").code, 0);
}
