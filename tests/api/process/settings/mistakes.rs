//! Mistakes in settings, each with its place.

use std::os::unix::ffi::OsStrExt;

use poolhouse::settings::Settings;

use super::load;
use crate::world::Tool;

/// The refusal of a file, in which it is named without its directory.
fn refusal(file: &str) -> String {
    let error = load(Some(file), &[], &[]).unwrap_err();
    let directory = error
        .find("/settings.toml")
        .map(|end| (error.get(..end).unwrap().rfind(['(', ' ']), end));
    let Some((start, end)) = directory else {
        return error;
    };
    let start = start.map_or(0, |start| start + 1);
    [&error[..start], &error[end + 1..]].concat()
}

#[test]
fn a_variable_that_sets_nothing_is_refused_with_the_nearest_one() {
    for (name, nearest) in [
        ("POOLHOUSE_LISTN", "; the nearest is POOLHOUSE_LISTEN"),
        (
            "POOLHOUSE_LOGFORMAT",
            "; the nearest is POOLHOUSE_LOG_FORMAT",
        ),
        (
            "POOLHOUSE_QUOTA_USERREAD",
            "; the nearest is POOLHOUSE_QUOTAS_USERREAD",
        ),
        ("POOLHOUSE_CONFIG_FILE", "; the nearest is POOLHOUSE_CONFIG"),
        ("POOLHOUSE_", ""),
    ] {
        let why = load(None, &[(name, "1")], &[]).unwrap_err();
        let expected =
            format!("{name}: there is no setting for this environment variable{nearest}");
        assert_eq!(why, expected);
    }
    let why = load(None, &[("POOLHOUSE_ACCESS_KEYS", "hush")], &[]).unwrap_err();
    assert!(
        why.contains("stands in a settings file alone") && !why.contains("hush"),
        "{why}"
    );
    // Kubernetes sets these for a service of this name. An operator's own port variable is a mistake.
    for (name, text) in [
        ("POOLHOUSE_PORT", "tcp://10.0.0.1:9229"),
        ("POOLHOUSE_SERVICE_HOST", "10.0.0.1"),
        ("POOLHOUSE_SERVICE_PORT_HTTP", "9229"),
        ("POOLHOUSE_PORT_9229_TCP_ADDR", "10.0.0.1"),
        ("POOLHOUSE_CONFIG", "elsewhere.toml"),
        ("POOLHOUSE_BIN", "target/debug/poolhouse"),
        ("OTHER_LISTN", "1"),
    ] {
        load(None, &[(name, text)], &[]).unwrap();
    }
    load(None, &[("POOLHOUSE_PORT", "9229")], &[]).unwrap_err();
}

#[test]
fn a_mistake_in_the_file_is_refused_with_its_line_and_what_is_expected() {
    for (text, why) in [
        (
            "\nlisten = 'nowhere'",
            "listen (settings.toml:2): 'nowhere' cannot be used; expected an address and a port",
        ),
        (
            "[log]\nlevel = 'debug'",
            "log.level (settings.toml:2): there is no such setting",
        ),
        (
            "[log]\nfromat = 'text'",
            "log.fromat (settings.toml:2): there is no such setting; the nearest is log.format",
        ),
        (
            "[log]\nformat = 'xml'",
            "log.format (settings.toml:2): 'xml' cannot be used; expected \"auto\", or \"text\", or",
        ),
        (
            "log = 'text'",
            "log (settings.toml:1): this is a section; its settings stand below a line [log]",
        ),
        ("[logs]", "logs (settings.toml:1): there is no such setting"),
        (
            "listen.port = 5",
            "listen.port (settings.toml:1): there is no such setting",
        ),
        (
            "[quotas]\nUserResourceReads = 1",
            "quotas.UserResourceReads (settings.toml:2): there is no such setting; the nearest is quotas.UserResourceRead",
        ),
        (
            "[quotas]\nUserResourceRead = -1",
            "quotas.UserResourceRead (settings.toml:2): -1 cannot be used; expected a whole number from 0 to 1000000",
        ),
        (
            "quota_per_pool_operation = 5000000000",
            "quota_per_pool_operation (settings.toml:1): 5000000000 cannot be used; expected a whole number",
        ),
        (
            "limits = 'maybe'",
            "limits (settings.toml:1): 'maybe' cannot be used; expected on or off",
        ),
        ("region = ", "settings.toml:1: "),
        (
            "region = 'a'\nregion = 'b'",
            "settings.toml:2: duplicate key",
        ),
        (
            "database = ''",
            "database (settings.toml:1): '' cannot be used; expected the path of a file",
        ),
        (
            "database = 5",
            "database (settings.toml:1): 5 cannot be used; expected a text in quotes",
        ),
        (
            "[http]\nmax_body_bytes = 0",
            "http.max_body_bytes (settings.toml:2): 0 cannot be used; expected a whole number from 1 to",
        ),
        (
            "[http]\nworkers = 1.5",
            "http.workers (settings.toml:2): a fraction cannot be used; expected a whole number",
        ),
        (
            "[http]\nbody_seconds = 99999999999999999999",
            "http.body_seconds (settings.toml:2)",
        ),
        (
            "[store]\nbusy_seconds = -1",
            "store.busy_seconds (settings.toml:2): -1 cannot be used",
        ),
        (
            "account = '123'",
            "account (settings.toml:1): '123' cannot be used; expected an AWS account id of 12 digits",
        ),
        (
            "region = 'Mars'",
            "region (settings.toml:1): 'Mars' cannot be used; expected the name of an AWS Region",
        ),
        (
            "[http]\ntrusted_hosts = ['ok', 'a/b']",
            "http.trusted_hosts[1] (settings.toml:2): 'a/b' cannot be used; expected a host, such as cognito.test",
        ),
        (
            "[http]\ntrusted_origins = ['a']",
            "http.trusted_origins[0] (settings.toml:2): 'a' cannot be used; expected an origin",
        ),
    ] {
        let error = refusal(text);
        assert!(error.starts_with(why), "{text:?} gave {error:?}");
    }
    let missing = Settings::load(Some(std::path::Path::new("/nowhere.toml")), [], &[]).unwrap_err();
    assert!(
        missing
            .to_string()
            .starts_with("/nowhere.toml: the settings file cannot be read: "),
        "{missing}"
    );
}

#[test]
fn a_mistake_in_the_settings_of_traces_is_refused() {
    for (text, why) in [
        (
            "[traces]\nendpoint = 'collector:4318'",
            "traces.endpoint (settings.toml:2): 'collector:4318' cannot be used; expected the collector's address, such as",
        ),
        (
            "[traces]\nendpoint = 'http://collector:4318/v1/traces'",
            "traces.endpoint (settings.toml:2): leave out /v1/traces, which is added",
        ),
        (
            "[traces]\nratio = 1.5",
            "traces.ratio (settings.toml:2): 1.5 cannot be used; expected a number from 0 to 1, such as 0.1",
        ),
        (
            "[traces]\nratio = 'half'",
            "traces.ratio (settings.toml:2): 'half' cannot be used; expected a number from 0 to 1",
        ),
        (
            "[traces]\nservice_name = ''",
            "traces.service_name (settings.toml:2): '' cannot be used; expected a name",
        ),
        (
            "[traces]\nheaders = 'a key'",
            "traces.headers (settings.toml:2): expected headers as name=value",
        ),
        (
            "[traces]\nheaders = 'Host=a'",
            "traces.headers (settings.toml:2): the header host is set by Poolhouse",
        ),
    ] {
        let error = refusal(text);
        assert!(error.starts_with(why), "{text:?} gave {error:?}");
    }
}

#[test]
fn a_mistake_in_an_access_key_is_refused() {
    for (text, why) in [
        (
            "[[access_keys]]\nid = 'A'",
            "access_keys[0] (settings.toml:1): 'secret' is missing",
        ),
        (
            "[[access_keys]]\nid = 'A'\nsecret = ''",
            "access_keys[0].secret (settings.toml:3): an access key needs a secret",
        ),
        (
            "[[access_keys]]\nid = ''\nsecret = 'b'",
            "access_keys[0].id (settings.toml:2): an access key needs an id",
        ),
        (
            "[[access_keys]]\nsecrte = 'b'",
            "access_keys[0].secrte (settings.toml:2): there is no such setting; the nearest is secret",
        ),
        (
            "[[access_keys]]\nid = 'A'\nsecret = 'b'\naccount = 'x'",
            "access_keys[0].account (settings.toml:4): 'x' cannot be used; expected an AWS account id of 12 digits",
        ),
        (
            "[[access_keys]]\nid = 'test'\nsecret = 'b'",
            "access_keys[0] (settings.toml:1): the id 'test' is that of access_key_id (default), too",
        ),
        (
            "secret_access_key = ''",
            "secret_access_key (settings.toml:1): the access key needs a secret",
        ),
    ] {
        let error = refusal(text);
        assert!(error.starts_with(why), "{text:?} gave {error:?}");
    }
}

#[test]
fn a_grant_that_grants_nothing_is_refused() {
    let key = |grant: &str| format!("[[access_keys]]\nid = 'A'\nsecret = 'hush'\n{grant}");
    for (grant, why) in [
        (
            "actions = ['AdminGetUser']",
            "access_keys[0].actions[0] (settings.toml:4): 'AdminGetUser' cannot be used; expected an action with its service, as \
             in IAM policies: cognito-idp:AdminGetUser",
        ),
        (
            "actions = ['cognito-idp:*', 'cognito-idp:AdminGetUsr']",
            "access_keys[0].actions[1] (settings.toml:4): 'cognito-idp:AdminGetUsr' cannot be used; expected an action that \
             matches an operation, such as cognito-idp:AdminGet* or poolhouse:ReadOutbox; the nearest is cognito-idp:AdminGetUser",
        ),
        (
            "actions = []",
            "access_keys[0].actions (settings.toml:4): an empty list grants nothing",
        ),
        (
            "actions = '*'",
            "access_keys[0].actions (settings.toml:4): '*' cannot be used; expected a list",
        ),
        (
            "pools = ['eu-west-1_Abc']",
            "access_keys[0].pools[0] (settings.toml:4): 'eu-west-1_Abc' cannot be used; expected the id of a pool of Region \
             us-east-1 (setting region), with * for any characters: us-east-1_*",
        ),
        (
            "pools = ['Abc']",
            "access_keys[0].pools[0] (settings.toml:4): 'Abc' cannot be used",
        ),
    ] {
        let error = refusal(&key(grant));
        assert!(error.starts_with(why), "{grant} gave {error}");
        assert!(!error.contains("hush"), "{error}");
    }
    for grant in [
        "actions = ['poolhouse:ReadOutbox', 'COGNITO-IDP:admin*']",
        "pools = ['us-east-1_*']",
        "",
    ] {
        load(Some(&key(grant)), &[], &[]).unwrap();
    }
}

#[test]
fn an_issuer_that_no_token_could_name_is_refused() {
    for issuer in [
        "http://",
        "https://?",
        "http://a b",
        "http://a?b=c",
        "http://a/#b",
        "http://u@a",
        "poolhouse",
    ] {
        let error = refusal(&format!("issuer = '{issuer}'"));
        let why = format!(
            "issuer (settings.toml:1): '{issuer}' cannot be used; expected \"host\", \"aws\", or a URL"
        );
        assert!(error.starts_with(&why), "{error}");
    }
    for issuer in [
        "host",
        "aws",
        "https://id.example.com/",
        "http://127.0.0.1:9229",
    ] {
        load(None, &[("POOLHOUSE_ISSUER", issuer)], &[]).unwrap();
    }
}

#[test]
fn check_refuses_the_environment_that_the_start_would() {
    let tool = Tool::new();
    let mut command = tool.command("check");
    let output = command
        .env("POOLHOUSE_LISTN", "127.0.0.1:1")
        .output()
        .unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{complaint}");
    assert!(
        complaint.contains("the nearest is POOLHOUSE_LISTEN"),
        "{complaint}"
    );
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.db");
    let output = tool
        .command("check")
        .env("POOLHOUSE_DATABASE", name)
        .output()
        .unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        complaint,
        "poolhouse: settings: POOLHOUSE_DATABASE: the value is not UTF-8\n"
    );
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn an_empty_name_of_the_settings_file_is_refused_by_its_place() {
    let tool = Tool::new();
    let output = tool
        .command("check")
        .env("POOLHOUSE_CONFIG", "")
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "poolhouse: settings: POOLHOUSE_CONFIG: the value is empty; expected the path of a settings file\n"
    );
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_shipped_key_is_for_loopback_alone() {
    for address in ["0.0.0.0:9229", "192.0.2.7:1", "[::]:9229"] {
        let why = load(None, &[("POOLHOUSE_LISTEN", address)], &[]).unwrap_err();
        assert!(
            why.starts_with(&format!(
                "listen (environment variable POOLHOUSE_LISTEN): {address} can be reached from other machines"
            )),
            "{why}"
        );
        assert!(
            why.contains("POOLHOUSE_ACCESS_KEY_ID"),
            "it says what to do: {why}"
        );
        let same_in_a_list = "access_key_id = ''\n[[access_keys]]\nid = 'test'\nsecret = 'test'";
        assert!(load(Some(same_in_a_list), &[("POOLHOUSE_LISTEN", address)], &[]).is_err());
        let secret_in_a_list =
            "access_key_id = ''\n[[access_keys]]\nid = 'AKIAOWN'\nsecret = 'test'";
        for (file, more) in [
            (None, ("POOLHOUSE_ACCESS_KEY_ID", "admin")),
            (Some(secret_in_a_list), ("POOLHOUSE_LIMITS", "off")),
        ] {
            let given = [("POOLHOUSE_LISTEN", address), more];
            let why = load(file, &given, &[]).unwrap_err();
            assert!(why.contains("is the shipped 'test'"), "{why}");
        }
        let own_secret = [
            ("POOLHOUSE_LISTEN", address),
            ("POOLHOUSE_SECRET_ACCESS_KEY", "own"),
        ];
        load(None, &own_secret, &[]).unwrap();
        let none = [
            ("POOLHOUSE_LISTEN", address),
            ("POOLHOUSE_ACCESS_KEY_ID", ""),
        ];
        load(None, &none, &[]).unwrap();
        let own = [
            ("POOLHOUSE_LISTEN", address),
            ("POOLHOUSE_ACCESS_KEY_ID", "AKIAOWN"),
            ("POOLHOUSE_SECRET_ACCESS_KEY", "own"),
        ];
        load(None, &own, &[]).unwrap();
    }
    for address in ["127.0.0.1:0", "127.8.8.8:0", "[::1]:0"] {
        load(None, &[("POOLHOUSE_LISTEN", address)], &[]).unwrap();
    }
}

#[test]
fn a_mistake_in_the_mail_servers_settings_is_refused() {
    let mail = "[smtp]\naddress = \"mail.example.com:587\"\n";
    for (lines, expected) in [
        (
            "address = \"mail.example.com\"",
            "smtp.address (settings.toml:2): 'mail.example.com' cannot be used; expected a host and a port",
        ),
        (
            "tls = \"ssl\"",
            "smtp.tls (settings.toml:3): 'ssl' cannot be used; expected \"none\", or \"starttls\", or \"tls\"",
        ),
        (
            "from = \"nobody\"",
            "smtp.from (settings.toml:3): 'nobody' cannot be used; expected an email address",
        ),
        (
            "",
            "smtp.from (default): '' cannot be used; expected an email address",
        ),
        (
            "password = \"hush\"",
            "smtp.password (settings.toml:3): a password needs an smtp.username",
        ),
        (
            "username = \"ana\"",
            "smtp.username (settings.toml:3): a user name needs an smtp.password",
        ),
        (
            "tls = \"none\"\nusername = \"ana\"\npassword = \"hush\"",
            "smtp.tls (settings.toml:3): the password would be sent to another machine without encryption",
        ),
        (
            "tls = \"none\"\nca_file = \"ca.pem\"",
            "smtp.ca_file (settings.toml:4): without encryption no certificate is checked",
        ),
        (
            "ca_file = \"/nowhere.pem\"",
            "smtp.ca_file (settings.toml:3): /nowhere.pem: cannot be read",
        ),
        (
            "ca_file = \"/dev/null\"",
            "smtp.ca_file (settings.toml:3): /dev/null: holds no certificate",
        ),
    ] {
        let file = if lines.starts_with("address") {
            format!("[smtp]\n{lines}")
        } else {
            format!("{mail}{lines}")
        };
        let why = refusal(&file);
        assert!(why.starts_with(expected), "{lines}: {why}");
        assert!(!why.contains("hush"), "{why}");
    }
    // This machine's own mail server may get a password as it is; and without a mail server, nothing is looked at.
    let own = "[smtp]\naddress = \"localhost:1025\"\ntls = \"none\"\nusername = \"ana\"\npassword = \"hush\"\nfrom = \"a@b.c\"";
    load(Some(own), &[], &[]).unwrap();
    load(Some("[smtp]\npassword = \"hush\""), &[], &[]).unwrap();
}
