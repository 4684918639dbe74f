//! How jobs end.

use serde_json::json;

use super::{HEADER, app, call, counts, file, import, line, log};
use crate::world::POOL;

#[test]
fn a_job_fails_if_more_than_half_of_its_lines_did_and_its_users_stay() {
    let app = app();
    let too_many = "Too many users have failed or been skipped during the import.";
    let job = import(
        &app,
        file(&[line("ben", &[]), line("ana", &[]), ",".to_owned()]),
    );
    assert_eq!(
        (job["Status"].as_str(), job["CompletionMessage"].as_str()),
        (Some("Failed"), Some(too_many))
    );
    assert_eq!(counts(&job), [1, 1, 1]);
    app.user("ben");
    let job = import(&app, file(&[line("cleo", &[]), line("ana", &[])]));
    assert_eq!(job["Status"], "Succeeded");
    // A file without lines has nothing that failed.
    let job = import(&app, HEADER);
    assert_eq!(
        (job["Status"].as_str(), counts(&job)),
        (Some("Succeeded"), [0, 0, 0])
    );
}

#[test]
fn a_file_that_is_not_of_this_pool_ends_the_job_before_any_line() {
    let app = app();
    let long = "x".repeat(16_001);
    let missing = |name: &str| format!("The CSV header does not have the column {name}.");
    let further = "The CSV header has a column twice, or one that the user pool does not have.";
    for (file, message) in [
        (Vec::new(), missing("name")),
        (
            b"\xff\n".to_vec(),
            "The CSV header is not UTF-8.".to_owned(),
        ),
        (format!("\u{feff}{HEADER}").into_bytes(), missing("name")),
        (
            HEADER.replace("gender,", "").into_bytes(),
            missing("gender"),
        ),
        (
            HEADER.replace("email,", "Email,").into_bytes(),
            missing("email"),
        ),
        (
            HEADER.replace("name,given", "\"name\",given").into_bytes(),
            missing("name"),
        ),
        (format!("{HEADER},email").into_bytes(), further.to_owned()),
        (
            format!("{HEADER},custom:team").into_bytes(),
            further.to_owned(),
        ),
        (
            long.clone().into_bytes(),
            "Line Number 1 has more than 16000 characters.".to_owned(),
        ),
    ] {
        let mut file = file;
        file.extend(format!("\n{}", line("ben", &[])).bytes());
        let job = import(&app, file);
        assert_eq!(job["Status"], "Failed", "{message}");
        assert_eq!(job["CompletionMessage"], message);
        assert_eq!(counts(&job), [0, 0, 0]);
        assert!(log(&app, &job).is_empty());
    }
    assert_eq!(
        call(&app, "AdminGetUser", json!({"Username": "ben"})).status,
        400
    );
}

#[test]
fn a_line_that_is_too_long_ends_the_job_where_it_stands() {
    let app = app();
    let fits = line("ben", &[("website", &"w".repeat(100))]);
    let fits = format!("{fits}{}", " ".repeat(16_000 - fits.len()));
    let job = import(
        &app,
        file(&[fits.clone(), format!("{fits} "), line("cleo", &[])]),
    );
    assert_eq!(job["Status"], "Failed");
    assert_eq!(
        job["CompletionMessage"],
        "Line Number 3 has more than 16000 characters."
    );
    assert_eq!(counts(&job), [1, 0, 0]);
    let endless = file(&["x".repeat(300_000)]);
    let job = import(&app, endless);
    assert_eq!(
        job["CompletionMessage"],
        "Line Number 2 has more than 16000 characters."
    );
}

#[test]
fn a_pool_with_contradictory_settings_ends_the_job() {
    let app = super::pool().setup().on_disk().start();
    let job = super::uploaded(&app, file(&[line("ben", &[])]));
    let both = r#"UPDATE pools SET settings = json_set(settings, '$.AliasAttributes', json('["email"]'), '$.UsernameAttributes', json('["email"]'))"#;
    app.file().execute(both, []).unwrap();
    super::start(&app, &job);
    let job = super::ended(&app, &job);
    assert_eq!(job["Status"], "Failed");
    assert_eq!(
        job["CompletionMessage"],
        format!("The configuration of user pool {POOL} is not valid.")
    );
}
