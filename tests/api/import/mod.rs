//! Jobs that import users: their life, the upload of their file, what lines become, and what outlives the end of a server.

mod damage;
mod jobs;
mod lines;
mod outcomes;
mod resume;
mod upload;

use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{Answer, App, Client, POOL, Pool, User, WEB};

/// The columns of a pool without attributes of its own, as `GetCSVHeader` shows them.
const HEADER: &str = "name,given_name,family_name,middle_name,nickname,preferred_username,profile,picture,website,email,email_verified,\
                      gender,birthdate,zoneinfo,locale,phone_number,phone_number_verified,address,updated_at,cognito:mfa_enabled,\
                      cognito:username";

const ROLE: &str = "arn:aws:iam::000000000000:role/CloudWatchLogs";

/// The header that the URL for a file is signed with.
const ENCRYPTION: (&str, &str) = ("x-amz-server-side-encryption", "aws:kms");

/// A pool that verifies email addresses, with an app client.
fn pool() -> Pool {
    Pool::new(POOL)
        .with(json!({"AutoVerifiedAttributes": ["email"]}))
        .client(WEB)
}

/// A pool that verifies email addresses, and has the user `ana` already.
fn app() -> App {
    pool().user(User::new("ana")).start()
}

fn call(client: &Client, operation: &str, mut input: Value) -> Answer {
    if input.get("UserPoolId").is_none() {
        input["UserPoolId"] = json!(POOL);
    }
    client.call(operation, &input)
}

fn create(client: &Client) -> Value {
    let input = json!({"JobName": "import of 2026", "CloudWatchLogsRoleArn": ROLE});
    call(client, "CreateUserImportJob", input).ok()["UserImportJob"].clone()
}

fn on(job: &Value) -> Value {
    json!({"JobId": job["JobId"]})
}

fn start(client: &Client, job: &Value) -> Value {
    call(client, "StartUserImportJob", on(job)).ok()["UserImportJob"].clone()
}

fn describe(client: &Client, job: &Value) -> Value {
    call(client, "DescribeUserImportJob", on(job)).ok()["UserImportJob"].clone()
}

fn url(job: &Value) -> String {
    job["PreSignedUrl"].as_str().unwrap().to_owned()
}

/// A request that sends a file to a URL.
fn put(url: &str, file: impl AsRef<[u8]>) -> http::Request<Vec<u8>> {
    let request = http::Request::put(url).header(ENCRYPTION.0, ENCRYPTION.1);
    request.body(file.as_ref().to_vec()).unwrap()
}

fn upload(client: &Client, job: &Value, file: impl AsRef<[u8]>) {
    let answer = client.send(put(&url(job), file));
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.body.is_empty());
}

/// Creates a job and uploads its file.
fn uploaded(client: &Client, file: impl AsRef<[u8]>) -> Value {
    let job = create(client);
    upload(client, &job, file);
    job
}

/// Waits until a job that was started has ended.
fn ended(client: &Client, job: &Value) -> Value {
    loop {
        let shown = describe(client, job);
        if !["Pending", "InProgress"].contains(&shown["Status"].as_str().unwrap()) {
            return shown;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Imports a file, and waits for the end of the job.
fn import(client: &Client, file: impl AsRef<[u8]>) -> Value {
    let job = uploaded(client, file);
    start(client, &job);
    ended(client, &job)
}

/// The numbers of lines that were imported, skipped, and that failed.
fn counts(job: &Value) -> [i64; 3] {
    ["ImportedUsers", "SkippedUsers", "FailedUsers"].map(|name| job[name].as_i64().unwrap())
}

/// A time in milliseconds as answers write it.
fn seconds(ms: i64) -> Value {
    serde_json::from_str(&format!("{}.{:03}", ms / 1000, ms % 1000)).unwrap()
}

/// A line of a file with [`HEADER`]: a verified address, and these values for other columns.
fn line(username: &str, values: &[(&str, &str)]) -> String {
    let email = format!("{username}@example.com");
    let mut given = vec![
        ("email", email.as_str()),
        ("email_verified", "TRUE"),
        ("cognito:mfa_enabled", "FALSE"),
        ("cognito:username", username),
    ];
    given.extend(values);
    let value = |column: &str| {
        let found = given.iter().rev().find(|(name, _)| *name == column);
        found.map_or("", |(_, value)| value)
    };
    HEADER.split(',').map(value).collect::<Vec<_>>().join(",")
}

/// A file with these lines below the header.
fn file(lines: &[String]) -> String {
    format!("{HEADER}\n{}\n", lines.join("\n"))
}

/// The part of a job's log after a line.
fn log_after(client: &Client, job: &Value, after: i64) -> Value {
    let id = job["JobId"].as_str().unwrap();
    let path = format!("/_poolhouse/import-log?UserPoolId={POOL}&JobId={id}&After={after}");
    client.get_signed(&path).ok()
}

/// The messages of a job's log.
fn log(client: &Client, job: &Value) -> Vec<String> {
    let (mut messages, mut after) = (Vec::new(), 0);
    loop {
        let part = log_after(client, job, after);
        let events = part["Events"].as_array().unwrap();
        let texts = events
            .iter()
            .map(|event| event["Message"].as_str().unwrap());
        messages.extend(texts.map(str::to_owned));
        match part["NextAfter"].as_i64() {
            Some(next) => after = next,
            None => return messages,
        }
    }
}
