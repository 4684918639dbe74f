//! Bodies that do not end, and requests that are refused before their bodies have arrived.

use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;

use super::{LONG, assert_served, connect, head, holding, one_answer, patient, to_the_end};
use crate::world::{POOL, Setup, device, registry};

#[test]
fn others_are_served_while_endless_bodies_arrive() {
    let app = patient();
    let enough = AtomicBool::new(false);
    let cut_off = std::thread::scope(|scope| {
        let streams: Vec<_> = (0..8)
            .map(|_| {
                let mut stream = holding(&app, head(&app, "Transfer-Encoding: chunked").as_bytes());
                let enough = &enough;
                scope.spawn(move || {
                    let chunk = format!("400\r\n{}\r\n", "x".repeat(0x400));
                    // Until the server refuses it, after the others were served.
                    loop {
                        if stream.write_all(chunk.as_bytes()).is_err() {
                            return true;
                        }
                        if !enough.load(Ordering::SeqCst) {
                            std::thread::sleep(Duration::from_millis(1));
                        }
                    }
                })
            })
            .collect();
        assert_served(&app);
        enough.store(true, Ordering::SeqCst);
        let ends = streams.into_iter().map(|stream| stream.join().unwrap());
        ends.filter(|cut_off| *cut_off).count()
    });
    assert_eq!(cut_off, 8);
    assert_served(&app);
}

#[test]
fn others_are_served_beside_hundreds_of_unfinished_bodies() {
    let app = Setup::new()
        .with("http_max_unfinished_bytes", "4000000")
        .with("http_body_seconds", LONG)
        .seeded(registry())
        .start();
    let half = "x".repeat(500_000);
    let mut held: Vec<TcpStream> = (0..300)
        .map(|number| {
            let framing = if number % 2 == 0 {
                "Content-Length: 1000000".to_owned()
            } else {
                "Transfer-Encoding: chunked".to_owned()
            };
            let chunk = if number % 2 == 0 { "" } else { "f4240\r\n" };
            let stream = holding(
                &app,
                format!("{}{chunk}{half}", head(&app, &framing)).as_bytes(),
            );
            if number % 20 == 0 {
                app.device("diego", device::REMEMBERED).ok();
            }
            stream
        })
        .collect();
    assert_served(&app);
    // A large body that arrives is accepted as well.
    let large = json!({"UserPoolId": POOL, "Username": "diego", "DeviceKey": "k".repeat(900_000)});
    let answer = app.call("AdminGetDevice", &large);
    assert_eq!(answer.refusal().0, "InvalidParameterException");
    // At most eight fit.
    for mut stream in held.drain(..280) {
        let answer = to_the_end(&mut stream);
        assert!(
            answer.is_empty()
                || answer.contains(
                    r#"{"__type":"ThrottlingException","message":"Too many unfinished requests"}"#
                ),
            "{answer}"
        );
    }
    assert_served(&app);
}

#[test]
fn a_body_that_cannot_count_is_not_waited_for() {
    let app = patient();
    let signed = |body: &str| {
        let request = app.request("AdminGetDevice", body.as_bytes());
        crate::world::Key::default().sign_request(&app, request)
    };
    let mut hashed = app.request("AdminGetDevice", "{}");
    let other_hash = "0".repeat(64).parse().unwrap();
    hashed
        .headers_mut()
        .insert("x-amz-content-sha256", other_hash);
    let hashed = crate::world::Key::default().sign_request(&app, hashed);
    let authorization = |request: &http::Request<Vec<u8>>, name: &str| {
        request.headers()[name].to_str().unwrap().to_owned()
    };
    let date = authorization(&signed("{}"), "x-amz-date");
    let right = authorization(&signed("{}"), "authorization");
    let of_hashed = format!(
        "{}\r\nX-Amz-Content-Sha256: {}",
        authorization(&hashed, "authorization"),
        "0".repeat(64)
    );
    for (framing, authorization, expected) in [
        (
            "Content-Length: 1000000",
            "",
            "MissingAuthenticationTokenException",
        ),
        (
            "Transfer-Encoding: chunked",
            "",
            "MissingAuthenticationTokenException",
        ),
        (
            "Content-Length: 1000",
            &*right.replace("test/", "nobody/"),
            "UnrecognizedClientException",
        ),
        (
            "Content-Length: 1000",
            &*right.replace("us-east-1", "eu-west-1"),
            "InvalidSignatureException",
        ),
        (
            "Content-Length: 1000",
            &*right.replace(";x-amz-date", ""),
            "InvalidSignatureException",
        ),
        // Signed with another hash of the body than that of the header.
        (
            "Content-Length: 1000",
            &*of_hashed,
            "InvalidSignatureException",
        ),
        (
            "Content-Length: 1048577",
            &*right,
            "RequestEntityTooLargeException",
        ),
    ] {
        let authorization = if authorization.is_empty() {
            String::new()
        } else {
            format!("X-Amz-Date: {date}\r\nAuthorization: {authorization}\r\n")
        };
        let sent = format!(
            "POST / HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Target: \
             AWSCognitoIdentityProviderService.AdminGetDevice\r\n{authorization}{framing}\r\n\r\n",
            app.host()
        );
        let answer = to_the_end(&mut holding(&app, sent.as_bytes()));
        assert!(answer.contains(expected), "{expected}: {answer}");
    }
    // A request that is refused with its body keeps its connection.
    let mut stream = connect(&app);
    for _ in 0..2 {
        let sent = format!(
            "{}{{}}",
            head(&app, "Content-Length: 2").replace("GetUser", "ListUserPools")
        );
        stream.write_all(sent.as_bytes()).unwrap();
        assert!(one_answer(&mut stream).contains("MissingAuthenticationTokenException"));
    }
}
