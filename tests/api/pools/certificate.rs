//! `GetSigningCertificate`: a certificate for each pool, the same for a year.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::world::{App, FOREIGN_POOL, POOL, Setup, Tool, UNKNOWN_POOL, UNTRACKED_POOL, registry};

fn certificate(app: &App, pool: &str) -> String {
    let shown = app
        .call("GetSigningCertificate", &json!({"UserPoolId": pool}))
        .ok();
    assert_eq!(shown.as_object().unwrap().len(), 1);
    shown["Certificate"].as_str().unwrap().to_owned()
}

#[test]
fn a_pool_has_a_certificate_of_its_own_in_base64_without_a_header() {
    let app = Setup::new().seeded(registry()).drawing_keys().start();
    let shown = certificate(&app, POOL);
    let der = STANDARD.decode(&shown).unwrap();
    let text = String::from_utf8_lossy(&der);
    assert!(text.contains(POOL), "the subject");
    // The clock of the test stands at 22 November 2026.
    assert!(
        text.contains("261122000000Z") && text.contains("361122000000Z"),
        "ten years"
    );
    assert_eq!(certificate(&app, POOL), shown);
    assert_ne!(certificate(&app, UNTRACKED_POOL), shown);
}

#[test]
fn a_certificate_is_renewed_after_a_year_and_survives_a_restart() {
    let app = Setup::new()
        .on_disk()
        .seeded(registry())
        .drawing_keys()
        .start();
    let first = certificate(&app, POOL);
    let app = app.stop().start();
    assert_eq!(certificate(&app, POOL), first);
    app.clock.advance(Duration::from_hours(365 * 24 - 1));
    assert_eq!(certificate(&app, POOL), first);
    app.clock.advance(Duration::from_hours(1));
    let second = certificate(&app, POOL);
    assert_ne!(second, first);
    app.clock.advance(Duration::from_hours(364 * 24));
    assert_eq!(certificate(&app, POOL), second);
}

#[test]
fn first_requests_that_race_get_the_same_certificate() {
    let app = Setup::new().seeded(registry()).drawing_keys().start();
    let shown: BTreeSet<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| certificate(&app, POOL)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert_eq!(shown.len(), 1);
    assert_eq!(shown.first(), Some(&certificate(&app, POOL)));
}

#[test]
fn a_certificate_is_shown_to_the_account_of_the_pool_alone() {
    let app = App::with_devices();
    let call = |pool: &str| app.call("GetSigningCertificate", &json!({"UserPoolId": pool}));
    call(UNKNOWN_POOL).refused(
        "ResourceNotFoundException",
        &format!("User pool {UNKNOWN_POOL} does not exist."),
    );
    // The operation does not declare NotAuthorizedException.
    call(FOREIGN_POOL).refused(
        "AccessDeniedException",
        &format!("Not authorized to access user pool {FOREIGN_POOL}."),
    );
}

#[test]
fn a_certificate_that_is_not_that_of_its_key_is_told() {
    let tool = Tool::new();
    tool.apply_seed(&registry());
    let server = tool.serve("--limits off --log-format off");
    let client = server.client();
    for pool in [POOL, UNTRACKED_POOL] {
        client
            .call("GetSigningCertificate", &json!({"UserPoolId": pool}))
            .ok();
    }
    drop(server);
    assert_eq!(tool.run("check --deep").code, 0);
    let file = tool.file();
    let swap = "UPDATE signing_certificates SET certificate = (SELECT certificate FROM signing_certificates WHERE pool = 1)";
    file.execute(swap, []).unwrap();
    let outcome = tool.run("check --deep");
    assert_eq!(outcome.code, 1, "{outcome:?}");
    let line = format!(
        "signing_certificates row 2 of {UNTRACKED_POOL}: the certificate is not that of the key"
    );
    assert!(outcome.stdout.contains(&line), "{outcome:?}");
}
