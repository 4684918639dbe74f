//! Nothing that the binary prints contains a secret, and neither does the database file.
//!
//! The test uses the API with secrets in their right places and in wrong ones, and the other commands, with mistakes in seeds
//! among them. Then it searches all output for every secret that was used, in every form.

mod kept;
mod misplaced;
mod mistakes;
mod oauth;
mod pages;
mod usual;

use std::fs::File;
use std::process::Command;

use serde_json::{Value, json};

use self::kept::{Secrets, Shown, every_form_is_found};
use self::mistakes::{wrong_seeds, wrong_settings};
use crate::world::{
    AppClient, Client, Collector, Key, MailServer, Outcome, Pool, Server, Tool, User,
};

const POOL: &str = "us-east-1_Secrets01";
const WEB: AppClient<'_> = AppClient::new(POOL, "web00000000000000000000001");
const CLIENT_SECRET: &str = "clientsecret8f3k2m5v9x1c7b4n6q";
const CONFIDENTIAL: AppClient<'_> =
    AppClient::new(POOL, "confidential00000000000001").with_secret(CLIENT_SECRET);
const MACHINE_SECRET: &str = "machinesecret2m5v9x1c7b4n6q8f3k";
const MACHINE: AppClient<'_> =
    AppClient::new(POOL, "machine0000000000000000001").with_secret(MACHINE_SECRET);
const KEY_ID: &str = "AKIAPOOLHOUSE";
const KEY_SECRET: &str = "Access/Key+Secret-71ab";
const MAIL_PASSWORD: &str = "Quartz-Ferry/2290+";
const COLLECTOR_KEY: &str = "Collector+Key/6613~";
const PASSWORD: &str = "Tulip+Kettle/4417";
const TEMPORARY: &str = "Walnut?Bridge&9052";
const NEW: &str = "Copper=Lantern%3381";
const WRONG: &str = "Mistyped-Marble-5568";
const SEEDED: &str = "Seeded~Sapling:7734";
const USER: &str = "zenobia-the-hidden";
const EMAIL: &str = "zenobia@hidden.example.com";
const NICKNAME: &str = "Nickname-Nobody-Reads";

/// One run: its client and its secrets.
struct Story<'a> {
    client: Client,
    url: &'a str,
    secrets: Secrets,
    /// The number of requests with a secret where none belongs.
    misplaced: usize,
}

impl Story<'_> {
    fn send(&mut self, request: http::Request<Vec<u8>>) {
        self.client.send(request);
        self.misplaced += 1;
    }
}

fn key() -> Key {
    Key::new(KEY_ID, KEY_SECRET)
}

/// Writes the settings. Returns the collector that they name.
fn set_up(tool: &Tool) -> Collector {
    let collector = Collector::start();
    tool.write("settings.toml", settings(&collector));
    collector
}

/// All that came to the collector.
fn all_of(collector: &Collector) -> String {
    let batches = collector.came();
    assert_eq!(batches[0].header("api-key"), Some(COLLECTOR_KEY));
    let spans = collector.spans().len();
    assert!(spans > 1000, "{spans}");
    let bodies = batches
        .iter()
        .map(|batch| String::from_utf8_lossy(&batch.body));
    bodies.collect::<Vec<_>>().join("\n")
}

/// An access key, a mail server that is down, so that each message has a reason why it was not sent, and a collector of traces.
fn settings(collector: &Collector) -> String {
    format!(
        "access_key_id = \"{KEY_ID}\"\nsecret_access_key = \"{KEY_SECRET}\"\n[smtp]\naddress = \"{}\"\ntls = \"none\"\n\
         username = \"mailer\"\npassword = \"{MAIL_PASSWORD}\"\nfrom = \"no-reply@example.org\"\n\
         [traces]\nendpoint = \"{}\"\nheaders = \"api-key={COLLECTOR_KEY}\"\n",
        MailServer::nowhere(),
        collector.url()
    )
}

fn seed() -> Value {
    let oauth = |flow: &str| {
        json!({"AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": [flow], "AllowedOAuthScopes": ["hidden/read"],
            "CallbackURLs": ["https://app.test/callback"]})
    };
    let mut pool = Pool::new(POOL)
        .with(json!({
            "Policies": {"PasswordPolicy": {"MinimumLength": 8}},
            "AutoVerifiedAttributes": ["email"],
            "UserPoolTier": "PLUS",
            "UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"},
            "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": false, "DeviceOnlyRememberedOnUserPrompt": true},
        }))
        .mfa(json!({"MfaConfiguration": "OPTIONAL", "EmailMfaConfiguration": {}, "SoftwareTokenMfaConfiguration": {"Enabled": true}}))
        .client(WEB)
        .client_with(CONFIDENTIAL, oauth("code"))
        .client_with(MACHINE, oauth("client_credentials"))
        .user(User::new("seeded").password(SEEDED))
        .into_seed();
    pool["Domains"] = json!([{"Domain": "hidden", "ManagedLoginVersion": 2}]);
    pool["ManagedLoginBrandings"] = json!([{"ClientId": CONFIDENTIAL.id, "UseCognitoProvidedValues": true, "Assets": [],
        "ManagedLoginBrandingId": "00000000-0000-4000-8000-000000000001", "CreationDate": 1_715_100_742,
        "LastModifiedDate": 1_715_100_742}]);
    pool["ResourceServers"] = json!([{"Identifier": "hidden", "Name": "Hidden",
        "Scopes": [{"ScopeName": "read", "ScopeDescription": "Read"}]}]);
    pool
}

/// Ends a process when the test ends or fails, because a thread reads its output to the end.
struct Ending(u32);

impl Drop for Ending {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.0.to_string()).status();
    }
}

#[test]
fn no_secret_is_printed_or_kept_in_the_clear() {
    let (mut searched, mut sought, mut misplaced) = (0, 0, 0);
    for format in ["json", "text"] {
        let tool = Tool::new();
        tool.write_json("seed.json", &seed());
        let collector = set_up(&tool);
        // What was printed, and what it may hold.
        let mut printed: Vec<(String, String, Vec<Shown>)> = Vec::new();
        let mut print = |what: &str, text: String, allowed: &[Shown]| {
            printed.push((what.to_owned(), text, allowed.to_vec()));
        };
        let all = |outcome: Outcome| outcome.stdout + &outcome.stderr;
        for (number, seed) in wrong_seeds().into_iter().enumerate() {
            tool.write("wrong.json", seed);
            let outcome = tool.run("seed apply --create wrong.json");
            assert_eq!(outcome.code, 3, "{number}: {outcome:?}");
            print(&format!("wrong seed {number}"), all(outcome), &[]);
        }
        for (number, settings) in wrong_settings().into_iter().enumerate() {
            tool.write("wrong.toml", settings);
            let outcome = tool.run("check --config wrong.toml");
            assert_eq!(outcome.code, 2, "{number}: {outcome:?}");
            print(&format!("wrong settings {number}"), all(outcome), &[]);
        }

        let mut command = tool.command(&format!(
            "serve --listen 127.0.0.1:0 --config settings.toml --seed seed.json --limits off --log-format {format}"
        ));
        command.stderr(File::create(tool.path("stderr")).unwrap());
        let mut server = Server::start(command);
        let (url, started, pid) = (
            server.told("Listening").to_owned(),
            server.start.join("\n"),
            server.pid(),
        );
        let (log, secrets) = std::thread::scope(|scope| {
            let log = scope.spawn(|| server.rest());
            let ending = Ending(pid);
            let client = Client::of(&url);
            let secrets = Secrets::fixed();
            let mut story = Story {
                client,
                url: &url,
                secrets,
                misplaced: 0,
            };
            story.usual();
            story.oauth();
            story.pages();
            story.misplaced();
            misplaced += story.misplaced;
            for (what, command, allowed) in [
                ("check", "check --deep", &[][..]),
                ("seed apply", "seed apply --create seed.json", &[]),
                (
                    "export",
                    "seed export",
                    &[Shown::InExports, Shown::InExportsAndOutbox],
                ),
                (
                    "outbox",
                    "outbox",
                    &[Shown::InOutbox, Shown::InExportsAndOutbox],
                ),
                (
                    "outbox",
                    "outbox --json",
                    &[Shown::InOutbox, Shown::InExportsAndOutbox],
                ),
                ("backup", "backup kept.db", &[]),
            ] {
                let outcome = tool.run(command);
                assert_eq!(outcome.code, 0, "{outcome:?}");
                print(what, all(outcome), allowed);
            }
            // While the server runs, because then the write-ahead log exists.
            let in_the_clear = [Shown::InExports, Shown::InExportsAndOutbox, Shown::InOutbox];
            for file in ["poolhouse.db", "poolhouse.db-wal"] {
                let bytes = std::fs::read(tool.path("data").join(file)).unwrap();
                assert!(!bytes.is_empty(), "{file}");
                let text = String::from_utf8_lossy(&bytes).into_owned();
                print(file, text, &in_the_clear);
            }
            drop(ending);
            (log.join().unwrap(), story.secrets)
        });
        assert!(log.lines().count() > 1000, "{}", log.len());
        every_refusal_has_a_reason(&log);
        let stderr = std::fs::read_to_string(tool.path("stderr")).unwrap();
        print("the spans", all_of(&collector), &[]);
        print("the server", [started, log, stderr].join("\n"), &[]);

        let mut found = Vec::new();
        for (what, text, allowed) in &printed {
            searched += text.len();
            let seen = secrets.in_text(text, allowed);
            found.extend(seen.iter().map(|secret| format!("{what}: {secret}")));
        }
        assert!(found.is_empty(), "{}", found.join("\n"));
        sought += secrets.0.len();
        every_form_is_found(&secrets);
    }
    println!(
        "{sought} secrets sought in {searched} bytes; {misplaced} requests with one in a wrong place"
    );
}

/// Asserts that a log in JSON has the reason of every refusal.
fn every_refusal_has_a_reason(log: &str) {
    let lines = log.lines();
    let lines = lines.filter_map(|line| serde_json::from_str(line).ok());
    let silent: Vec<String> = lines
        .filter(|line: &Value| line["outcome"].is_string() && line["outcome"] != "ok")
        .filter(|line| line["message"] != "connection" && !line["reason"].is_string())
        .map(|line| format!("{} {}", line["message"], line["outcome"]))
        .collect();
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}
