//! The URL that takes the file of a job.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::{
    ENCRYPTION, HEADER, app, call, counts, create, describe, ended, file, import, line, on, pool,
    put, start, upload, url,
};
use crate::world::{Answer, App, POOL};

/// Code and message of a refusal in the form of Amazon S3.
fn refused(answer: &Answer, status: u16, code: &str, message: &str) {
    let body = String::from_utf8_lossy(&answer.body);
    let expected = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    assert_eq!((answer.status, &*body), (status, &*expected));
    assert_eq!(answer.header("content-type"), "application/xml");
}

const WRONG_SIGNATURE: &str = "The request signature we calculated does not match the signature you provided. Check your key and signing method.";

#[test]
fn the_url_names_account_pool_and_job_and_is_signed() {
    let app = app();
    let job = create(&app);
    let (id, url) = (job["JobId"].as_str().unwrap(), url(&job));
    let (path, query) = url.split_once('?').unwrap();
    assert_eq!(
        path,
        format!("{}/_poolhouse/import/000000000000/{POOL}/{id}", app.url())
    );
    let (signed, signature) = query.split_once("&X-Amz-Signature=").unwrap();
    assert_eq!(
        signed,
        "X-Amz-Date=20261122T142300Z&X-Amz-Expires=900&X-Amz-SignedHeaders=x-amz-server-side-encryption"
    );
    assert_eq!(signature.len(), 64);
    assert_ne!(
        url.rsplit_once('=').unwrap().1,
        self::url(&create(&app)).rsplit_once('=').unwrap().1
    );
    // It is shown for good, and a new server shows the same.
    app.seconds_pass(3 * 24 * 60 * 60);
    assert_eq!(describe(&app, &job)["PreSignedUrl"], url);
}

#[test]
fn the_url_begins_with_the_issuers_where_that_is_an_address_of_its_own() {
    let app = pool()
        .setup()
        .with("issuer", "https://id.example.com/pools")
        .start();
    let url = url(&create(&app));
    assert!(
        url.starts_with("https://id.example.com/pools/_poolhouse/import/"),
        "{url}"
    );
    // The proxy passes on what follows its own path.
    let here = url.replace("https://id.example.com/pools", &app.url());
    assert_eq!(app.send(put(&here, HEADER)).status, 200);
}

#[test]
fn a_wrong_signature_is_refused_and_so_is_a_missing_header() {
    let app = app();
    let job = create(&app);
    let right = url(&job);
    let other = url(&create(&app));
    let (path, query) = right.split_once('?').unwrap();
    let (_, other_query) = other.split_once('?').unwrap();
    let id = job["JobId"].as_str().unwrap();
    for wrong in [
        path.to_owned(),
        format!("{path}?{other_query}"),
        format!(
            "{path}?{}",
            query.replace("X-Amz-Signature=", "X-Amz-Signature=0")
        ),
        format!("{path}?{}", query.to_uppercase()),
        right.replace(POOL, "us-east-1_Other0001"),
        right.replace("/000000000000/", "/111111111111/"),
        right.replace(id, "import-none"),
    ] {
        refused(
            &app.send(put(&wrong, HEADER)),
            403,
            "SignatureDoesNotMatch",
            WRONG_SIGNATURE,
        );
    }
    for encryption in [None, Some("AES256")] {
        let mut request = put(&right, HEADER);
        request.headers_mut().remove(ENCRYPTION.0);
        if let Some(value) = encryption {
            request
                .headers_mut()
                .insert(ENCRYPTION.0, value.parse().unwrap());
        }
        let message = "The URL is signed for a request with the header x-amz-server-side-encryption: aws:kms.";
        refused(&app.send(request), 403, "SignatureDoesNotMatch", message);
    }
    let message = format!("No csv file was uploaded for {id}");
    call(&app, "StartUserImportJob", on(&job)).refused("PreconditionNotMetException", &message);
}

#[test]
fn the_url_is_valid_for_fifteen_minutes() {
    let app = app();
    let job = create(&app);
    app.seconds_pass(15 * 60);
    assert_eq!(app.send(put(&url(&job), "old")).status, 200);
    app.seconds_pass(1);
    refused(
        &app.send(put(&url(&job), "new")),
        403,
        "AccessDenied",
        "Request has expired",
    );
    // The file that came in time stays.
    start(&app, &job);
    assert_eq!(ended(&app, &job)["Status"], "Failed");
}

#[test]
fn other_methods_are_refused() {
    let app = app();
    let url = url(&create(&app));
    for method in ["GET", "HEAD", "POST", "DELETE"] {
        let request = http::Request::builder()
            .method(method)
            .uri(&url)
            .body(Vec::new());
        let answer = app.send(request.unwrap());
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, "PUT"),
            "{method}"
        );
    }
}

#[test]
fn a_job_that_was_started_takes_no_file() {
    let app = app();
    let job = create(&app);
    upload(&app, &job, file(&[line("ben", &[])]));
    start(&app, &job);
    let late = |job: &Value| {
        let message = "The user import job has been started or has ended, and takes no file.";
        refused(
            &app.send(put(&url(job), HEADER)),
            412,
            "PreconditionFailed",
            message,
        );
    };
    late(&job);
    ended(&app, &job);
    late(&job);
}

/// Sends a head for an upload and a part of its body.
fn begin(app: &App, job: &Value, headers: &str, body: &[u8]) -> TcpStream {
    let url = url(job);
    let target = url.strip_prefix(&app.url()).unwrap();
    let head = format!(
        "PUT {target} HTTP/1.1\r\nhost: {}\r\n{}: {}\r\n{headers}\r\n",
        app.host(),
        ENCRYPTION.0,
        ENCRYPTION.1
    );
    let mut stream = TcpStream::connect(app.host()).unwrap();
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
    stream
}

/// Waits until so many uploads have begun for the one job.
fn until_begun(app: &App, number: i64) {
    let begun = || -> i64 {
        let sql = "SELECT begun_upload FROM import_jobs";
        app.file().query_row(sql, [], |row| row.get(0)).unwrap()
    };
    while begun() != number {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

/// The answer, as far as it comes before the connection ends.
fn answer(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_file_says_how_long_it_is_and_has_a_hundred_megabytes_at_most() {
    let app = app();
    let job = create(&app);
    let said = answer(begin(
        &app,
        &job,
        "connection: close\r\ntransfer-encoding: chunked\r\n",
        b"0\r\n\r\n",
    ));
    assert!(said.starts_with("HTTP/1.1 411 "), "{said}");
    assert!(said.contains("<Code>MissingContentLength</Code>"), "{said}");
    // The refusal does not wait for the body.
    let said = answer(begin(
        &app,
        &job,
        "connection: close\r\ncontent-length: 104857601\r\n",
        b"name,",
    ));
    assert!(said.starts_with("HTTP/1.1 400 "), "{said}");
    assert!(said.contains("<Code>EntityTooLarge</Code>"), "{said}");
    assert!(
        said.contains("Your proposed upload exceeds the maximum allowed size"),
        "{said}"
    );
}

#[test]
fn a_file_that_is_larger_than_any_request_is_taken() {
    let app = pool()
        .setup()
        .with("http_max_unfinished_bytes", "1048576")
        .start();
    // The lines are long, so that they lie on the borders of pieces in every way.
    let lines: Vec<String> = (0..300)
        .map(|number| {
            let address = "ü".repeat(900 + number);
            line(
                &format!("u{number}"),
                &[
                    ("address", &address),
                    ("profile", &"p".repeat(2000)),
                    ("website", &"w".repeat(2000)),
                    ("picture", &"q".repeat(2000)),
                ],
            )
        })
        .collect();
    let file = file(&lines);
    assert!(file.len() > 2 << 20);
    let done = import(&app, file);
    assert_eq!(
        (done["Status"].as_str(), counts(&done)),
        (Some("Succeeded"), [300, 0, 0])
    );
    assert_eq!(app.attribute("u299", "address"), "ü".repeat(1199));
}

#[test]
fn the_last_file_counts_and_one_that_is_not_whole_does_not() {
    let app = pool().setup().on_disk().start();
    let job = create(&app);
    upload(&app, &job, file(&[line("old", &[])]));
    let half = begin(
        &app,
        &job,
        "content-length: 1000000\r\n",
        &vec![b'x'; 500_000],
    );
    until_begun(&app, 2);
    // Another upload takes its place.
    upload(&app, &job, file(&[line("new", &[]), line("newer", &[])]));
    drop(half);
    start(&app, &job);
    assert_eq!(counts(&ended(&app, &job)), [2, 0, 0]);
    app.user("new");
    assert_eq!(
        call(&app, "AdminGetUser", json!({"Username": "old"})).status,
        400
    );
}

#[test]
fn an_upload_that_another_replaces_is_told_so() {
    let app = pool().setup().on_disk().start();
    let job = create(&app);
    let mut slow = begin(
        &app,
        &job,
        "connection: close\r\ncontent-length: 200000\r\n",
        "x".repeat(70_000).as_bytes(),
    );
    until_begun(&app, 1);
    upload(&app, &job, file(&[line("ben", &[])]));
    let _ = slow.write_all("x".repeat(130_000).as_bytes());
    let said = answer(slow);
    assert!(said.starts_with("HTTP/1.1 409 "), "{said}");
    assert!(said.contains("<Code>OperationAborted</Code>"), "{said}");
    start(&app, &job);
    assert_eq!(counts(&ended(&app, &job)), [1, 0, 0]);
}

#[test]
fn a_file_that_does_not_come_in_time_is_refused() {
    let app = pool().setup().with("http_body_seconds", "1").start();
    let job = create(&app);
    let said = answer(begin(
        &app,
        &job,
        "content-length: 200000\r\n",
        "x".repeat(70_000).as_bytes(),
    ));
    assert!(said.starts_with("HTTP/1.1 400 "), "{said}");
    assert!(said.contains("<Code>RequestTimeout</Code>"), "{said}");
    // One that comes slowly, but piece by piece in time, is taken.
    let mut slow = begin(
        &app,
        &job,
        "connection: close\r\ncontent-length: 300000\r\n",
        b"",
    );
    for _ in 0..4 {
        slow.write_all("x".repeat(75_000).as_bytes()).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(600));
    }
    let said = answer(slow);
    assert!(said.starts_with("HTTP/1.1 200 "), "{said}");
}
