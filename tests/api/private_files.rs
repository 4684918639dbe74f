//! What is written is for its owner alone, whatever the umask; and what commands do where a file is, or is not.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::app::{Client, POOL, registry};
use crate::tool::{Outcome, Server, Tool, bytes};

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

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

fn write_once(server: &Server) {
    let client = Client::of(server.told("Listening"));
    let input = json!({"UserPoolId": POOL, "Username": "diego"});
    client.call("AdminDisableUser", &input).ok();
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

#[test]
fn a_database_may_be_named_by_a_symbolic_link() {
    let tool = Tool::new();
    std::fs::create_dir(tool.path("real")).unwrap();
    // To a file that is not there yet, and then to the one that was made.
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
    let told = |name: &str| format!("{name}: 3 pools, 4 users, 6 devices\n");
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
    let told = "/dev/stdout: 3 pools, 4 users, 6 devices\n";
    let Outcome {
        code,
        stdout,
        stderr,
    } = tool.run("seed export /dev/stdout");
    assert_eq!((code, stderr.as_str()), (0, told));
    assert_eq!(serde_json::from_str::<Value>(&stdout).unwrap(), exported);
    // A file that a shell has opened is no other.
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
    // A file without anything in it is no registry either.
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
