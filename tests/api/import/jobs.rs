//! From the header to the end of a job: what each operation shows, and what it refuses.

use serde_json::{Value, json};

use super::{
    HEADER, ROLE, app, call, create, describe, ended, file, import, line, on, pool, seconds, start,
    upload, uploaded,
};
use crate::world::{
    App, FOREIGN_POOL, Key, NOW_MS, POOL, Pool, Setup, UNKNOWN_POOL, access_denied, registry,
    seed_of,
};

const OPERATIONS: [&str; 6] = [
    "GetCSVHeader",
    "CreateUserImportJob",
    "DescribeUserImportJob",
    "ListUserImportJobs",
    "StartUserImportJob",
    "StopUserImportJob",
];

const DAY: u64 = 24 * 60 * 60;

fn accepted() -> Value {
    json!({"JobName": "import", "CloudWatchLogsRoleArn": ROLE, "JobId": "import-none", "MaxResults": 10})
}

#[test]
fn the_header_has_the_standard_columns_then_those_of_the_pool() {
    let app = app();
    let header = call(&app, "GetCSVHeader", json!({})).ok();
    let columns: Vec<&str> = HEADER.split(',').collect();
    assert_eq!(header, json!({"UserPoolId": POOL, "CSVHeader": columns}));
    let attributes = json!([{"Name": "team", "AttributeDataType": "String"},
        {"Name": "secret", "AttributeDataType": "String", "DeveloperOnlyAttribute": true}]);
    call(
        &app,
        "AddCustomAttributes",
        json!({"CustomAttributes": attributes}),
    )
    .ok();
    let header = call(&app, "GetCSVHeader", json!({})).ok();
    let header = header["CSVHeader"].as_array().unwrap();
    let last = json!([
        "updated_at",
        "custom:team",
        "dev:custom:secret",
        "cognito:mfa_enabled",
        "cognito:username"
    ]);
    assert_eq!(header[18..], *last.as_array().unwrap());
}

#[test]
fn a_job_is_shown_as_it_is_in_each_state() {
    let app = app();
    let created = create(&app);
    let id = created["JobId"].as_str().unwrap();
    let drawn = id.strip_prefix("import-").unwrap();
    assert!(drawn.len() == 10 && drawn.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let now = seconds(NOW_MS);
    let mut expected = json!({"JobId": id, "JobName": "import of 2026", "UserPoolId": POOL, "CloudWatchLogsRoleArn": ROLE,
        "CreationDate": now, "Status": "Created", "ImportedUsers": 0, "SkippedUsers": 0, "FailedUsers": 0});
    expected["PreSignedUrl"] = created["PreSignedUrl"].clone();
    assert_eq!(created, expected);
    assert_eq!(describe(&app, &created), expected);

    upload(
        &app,
        &created,
        file(&[line("ben", &[]), line("ana", &[]), line("cleo", &[])]),
    );
    assert_eq!(describe(&app, &created), expected);
    app.seconds_pass(60);
    let later = seconds(NOW_MS + 60_000);
    let started = start(&app, &created);
    expected["Status"] = json!("Pending");
    expected["StartDate"] = later.clone();
    assert_eq!(started, expected);
    expected["Status"] = json!("Succeeded");
    expected["CompletionDate"] = later;
    expected["CompletionMessage"] = json!("Import Job Completed Successfully.");
    (expected["ImportedUsers"], expected["SkippedUsers"]) = (json!(2), json!(1));
    assert_eq!(ended(&app, &created), expected);
}

#[test]
fn an_unknown_pool_another_accounts_and_an_unknown_job_are_refused() {
    let app = Setup::new()
        .seeded(registry())
        .seeded(seed_of([
            pool(),
            Pool::new("us-east-1_Other0001").with(json!({"AutoVerifiedAttributes": ["email"]})),
        ]))
        .start();
    for operation in OPERATIONS {
        let mut input = accepted();
        input["UserPoolId"] = json!(UNKNOWN_POOL);
        call(&app, operation, input.clone()).refused(
            "ResourceNotFoundException",
            "User pool us-east-1_Nowhere01 does not exist.",
        );
        input["UserPoolId"] = json!(FOREIGN_POOL);
        call(&app, operation, input).refused(
            "NotAuthorizedException",
            &format!("Not authorized to access user pool {FOREIGN_POOL}."),
        );
    }
    let other = json!({"UserPoolId": "us-east-1_Other0001", "JobName": "other", "CloudWatchLogsRoleArn": ROLE});
    let other = call(&app, "CreateUserImportJob", other).ok()["UserImportJob"]["JobId"].clone();
    for operation in [
        "DescribeUserImportJob",
        "StartUserImportJob",
        "StopUserImportJob",
    ] {
        for id in [json!("import-none"), other.clone()] {
            let text = id.as_str().unwrap();
            call(&app, operation, json!({"JobId": id})).refused(
                "ResourceNotFoundException",
                &format!("User import job {text} does not exist."),
            );
        }
    }
}

#[test]
fn a_narrowed_key_does_what_it_was_granted() {
    let keys = "[[access_keys]]\nid = \"READER\"\nsecret = \"reader-secret\"\n\
                actions = [\"cognito-idp:*CSV*\", \"cognito-idp:ListUserImport*\"]\npools = [\"us-east-1_Test00001\"]\n";
    let app = Setup::new()
        .with_file(keys)
        .seeded(pool().into_seed())
        .start();
    let reader = Key::new("READER", "reader-secret");
    let resource = format!("arn:aws:cognito-idp:us-east-1:000000000000:userpool/{POOL}");
    let mut input = accepted();
    input["UserPoolId"] = json!(POOL);
    for operation in OPERATIONS {
        let answer = app.call_as(&reader, operation, &input);
        if ["GetCSVHeader", "ListUserImportJobs"].contains(&operation) {
            answer.done();
        } else {
            let message = access_denied("READER", operation, &resource);
            answer.refused("AccessDeniedException", &message);
        }
    }
}

fn list(app: &App, size: u32, token: Option<&str>) -> (Vec<String>, Option<String>) {
    let mut input = json!({"MaxResults": size});
    if let Some(token) = token {
        input["PaginationToken"] = json!(token);
    }
    let answer = call(app, "ListUserImportJobs", input).ok();
    let jobs = answer["UserImportJobs"].as_array().unwrap();
    let names = jobs
        .iter()
        .map(|job| job["JobName"].as_str().unwrap().to_owned());
    let token = answer.get("PaginationToken");
    (
        names.collect(),
        token.map(|token| token.as_str().unwrap().to_owned()),
    )
}

#[test]
fn jobs_are_listed_page_by_page_the_newest_first() {
    let app = app();
    assert_eq!(list(&app, 1, None), (vec![], None));
    let mut ids = Vec::new();
    for number in 0..52 {
        let input = json!({"JobName": format!("job {number}"), "CloudWatchLogsRoleArn": ROLE});
        let job = call(&app, "CreateUserImportJob", input).ok();
        ids.push(job["UserImportJob"]["JobId"].as_str().unwrap().to_owned());
    }
    let (first, token) = list(&app, 2, None);
    assert_eq!(first, ["job 51", "job 50"]);
    let token = token.unwrap();
    assert_eq!(token, format!("{POOL}#{}#{NOW_MS}", ids[50]));
    let (second, _) = list(&app, 2, Some(&token));
    assert_eq!(second, ["job 49", "job 48"]);
    // A page has at most 50, whatever is asked for.
    let (largest, token) = list(&app, 60, None);
    assert_eq!((largest.len(), largest[49].as_str()), (50, "job 2"));
    let (rest, token) = list(&app, 60, token.as_deref());
    assert_eq!(
        (rest, token),
        (vec!["job 1".to_owned(), "job 0".to_owned()], None)
    );
    for bad in [
        "x".to_owned(),
        format!("{POOL}#{}#1", ids[3]),
        format!("us-east-1_Other0001#{}#{NOW_MS}", ids[3]),
        format!("{POOL}#import-none#{NOW_MS}"),
    ] {
        let input = json!({"MaxResults": 1, "PaginationToken": bad});
        call(&app, "ListUserImportJobs", input).refused(
            "InvalidParameterException",
            "Invalid pagination token given.",
        );
    }
    call(&app, "ListUserImportJobs", json!({})).refused(
        "InvalidParameterException",
        "1 validation error detected: Value null at 'maxResults' failed to satisfy constraint: Member must not be null",
    );
}

#[test]
fn a_pool_without_auto_verified_attributes_has_no_jobs() {
    let app = Pool::new(POOL).start();
    let refusal = (
        "PreconditionNotMetException",
        "The user pool must have at least one auto-verified attribute.",
    );
    call(&app, "CreateUserImportJob", accepted()).refused_as(refusal);
    let settings = |verified: Value| {
        call(
            &app,
            "UpdateUserPool",
            json!({"AutoVerifiedAttributes": verified}),
        )
        .ok();
    };
    settings(json!(["email"]));
    let job = uploaded(&app, file(&[]));
    settings(json!([]));
    call(&app, "StartUserImportJob", on(&job)).refused_as(refusal);
}

#[test]
fn a_job_starts_once_and_with_a_file() {
    let app = app();
    let job = create(&app);
    let id = job["JobId"].as_str().unwrap();
    let message = format!("No csv file was uploaded for {id}");
    call(&app, "StartUserImportJob", on(&job)).refused("PreconditionNotMetException", &message);
    let refused = |operation: &str, done: &str, job: &Value, status: &str| {
        let message = format!("A user import job with the status {status} can not be {done}.");
        call(&app, operation, on(job)).refused("PreconditionNotMetException", &message);
    };
    refused("StopUserImportJob", "stopped", &job, "Created");
    upload(&app, &job, file(&[line("ben", &[])]));
    start(&app, &job);
    ended(&app, &job);
    refused("StartUserImportJob", "started", &job, "Succeeded");
    refused("StopUserImportJob", "stopped", &job, "Succeeded");
}

#[test]
fn a_job_that_is_not_started_within_a_day_has_expired() {
    let app = app();
    let job = uploaded(&app, file(&[line("ben", &[])]));
    app.seconds_pass(DAY - 1);
    assert_eq!(describe(&app, &job)["Status"], "Created");
    app.seconds_pass(10);
    let mut expired = job.clone();
    expired["Status"] = json!("Expired");
    expired["CompletionMessage"] = json!("The user import job has expired.");
    expired["CompletionDate"] = seconds(NOW_MS + 86_400_000);
    assert_eq!(describe(&app, &job), expired);
    for (operation, done) in [
        ("StartUserImportJob", "started"),
        ("StopUserImportJob", "stopped"),
    ] {
        let message = format!("A user import job with the status Expired can not be {done}.");
        call(&app, operation, on(&job)).refused("PreconditionNotMetException", &message);
    }
}

#[test]
fn hashed_passwords_are_not_served() {
    let app = app();
    let mut input = accepted();
    input["PasswordHashingAlgorithm"] = json!("BCRYPT");
    let answer = call(&app, "CreateUserImportJob", input);
    assert_eq!(answer.status, 501);
    let expected = "Poolhouse does not serve PasswordHashingAlgorithm of CreateUserImportJob.";
    assert_eq!(
        answer.refusal(),
        ("NotImplementedException".to_owned(), expected.to_owned())
    );
}

#[test]
fn a_pool_keeps_a_thousand_jobs() {
    let app = pool().setup().on_disk().start();
    let job = create(&app);
    app.file()
        .execute_batch(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
             INSERT INTO import_jobs (pool, job_id, name, role_arn, base_url, upload_key, status, created_ms)
             SELECT pool, 'import-' || i, name, role_arn, base_url, upload_key, status, created_ms FROM import_jobs, n",
        )
        .unwrap();
    let answer = call(&app, "CreateUserImportJob", accepted());
    answer.refused(
        "LimitExceededException",
        "The user pool has the maximum number of user import jobs.",
    );
    assert_eq!(describe(&app, &job), job);
}

#[test]
fn the_pool_stays_as_it_is_while_users_are_imported() {
    let app = app();
    let job = uploaded(
        &app,
        file(
            &(0..5000)
                .map(|number| line(&format!("u{number}"), &[]))
                .collect::<Vec<_>>(),
        ),
    );
    start(&app, &job);
    let changes = [
        ("UpdateUserPool", json!({})),
        (
            "AddCustomAttributes",
            json!({"CustomAttributes": [{"Name": "team", "AttributeDataType": "String"}]}),
        ),
        ("DeleteUserPool", json!({})),
    ];
    for (operation, input) in changes.clone() {
        call(&app, operation, input).refused(
            "UserImportInProgressException",
            "A user import job is in progress for the user pool.",
        );
    }
    let another = uploaded(&app, file(&[line("ben", &[])]));
    call(&app, "StartUserImportJob", on(&another)).refused(
        "PreconditionNotMetException",
        "Another user import job of the account is in progress.",
    );
    assert_eq!(describe(&app, &another)["Status"], "Created");
    let answer = call(&app, "StopUserImportJob", on(&job)).ok();
    assert_eq!(answer["UserImportJob"]["Status"], "Stopped");
    start(&app, &another);
    assert_eq!(ended(&app, &another)["Status"], "Succeeded");
    for (operation, input) in changes {
        call(&app, operation, input).done();
    }
}

#[test]
fn another_account_imports_meanwhile() {
    let keys =
        "[[access_keys]]\nid = \"OTHER\"\nsecret = \"other-secret\"\naccount = \"111111111111\"\n";
    let other = Pool::new("us-east-1_Other0001")
        .with(json!({"AutoVerifiedAttributes": ["email"]}))
        .account("111111111111");
    let app = Setup::new()
        .with_file(keys)
        .seeded(seed_of([pool(), other]))
        .start();
    let key = Key::new("OTHER", "other-secret");
    let as_other = |operation: &str, mut input: Value| {
        input["UserPoolId"] = json!("us-east-1_Other0001");
        app.call_as(&key, operation, &input).ok()["UserImportJob"].clone()
    };
    let lines: Vec<String> = (0..200)
        .map(|number| line(&format!("u{number}"), &[]))
        .collect();
    let [ours, theirs] = [
        create(&app),
        as_other(
            "CreateUserImportJob",
            json!({"JobName": "other", "CloudWatchLogsRoleArn": ROLE}),
        ),
    ];
    for job in [&ours, &theirs] {
        upload(&app, job, file(&lines));
    }
    start(&app, &ours);
    as_other("StartUserImportJob", on(&theirs));
    assert_eq!(ended(&app, &ours)["ImportedUsers"], 200);
    while as_other("DescribeUserImportJob", on(&theirs))["Status"] != "Succeeded" {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
fn a_stopped_job_says_so_at_once_and_keeps_the_users_that_it_imported() {
    let app = app();
    let lines: Vec<String> = (0..2000)
        .map(|number| line(&format!("u{number}"), &[]))
        .collect();
    let job = uploaded(&app, file(&lines));
    start(&app, &job);
    while describe(&app, &job)["ImportedUsers"] == 0 {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let stopped = call(&app, "StopUserImportJob", on(&job)).ok()["UserImportJob"].clone();
    assert_eq!(stopped["Status"], "Stopped");
    assert_eq!(
        stopped["CompletionMessage"],
        "The Import Job was stopped by the developer."
    );
    assert_eq!(stopped["CompletionDate"], stopped["CreationDate"]);
    let imported = stopped["ImportedUsers"].as_i64().unwrap();
    assert!(imported > 0 && imported < 2000, "{imported}");
    std::thread::sleep(std::time::Duration::from_millis(50));
    assert_eq!(describe(&app, &job), stopped);
    let users = call(&app, "DescribeUserPool", json!({})).ok();
    assert_eq!(users["UserPool"]["EstimatedNumberOfUsers"], imported + 1);
    let message = "A user import job with the status Stopped can not be started.";
    call(&app, "StartUserImportJob", on(&job)).refused("PreconditionNotMetException", message);
}

#[test]
fn jobs_go_ninety_days_after_their_creation_and_files_as_soon_as_nobody_reads_them() {
    let app = pool()
        .setup()
        .on_disk()
        .with("store_expiry_seconds", "1")
        .start();
    let done = import(&app, file(&[line("ben", &[])]));
    let waiting = uploaded(&app, file(&[line("cleo", &[])]));
    let count = |table: &str| -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        app.file().query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    let until = |table: &str, number: i64| {
        while count(table) != number {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    };
    until("import_pieces", 1);
    app.seconds_pass(DAY);
    until("import_pieces", 0);
    assert_eq!((count("import_jobs"), count("import_log")), (2, 1));
    assert_eq!(describe(&app, &waiting)["Status"], "Expired");
    app.seconds_pass(89 * DAY + 1);
    until("import_jobs", 0);
    assert_eq!(count("import_log"), 0);
    assert_eq!(call(&app, "DescribeUserImportJob", on(&done)).status, 400);
}
