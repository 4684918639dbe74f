//! Pages of other origins, and what they may do with the shipped key and with keys of their own.

use serde_json::json;

use super::{FOREIGN_HOSTS, Page};
use crate::world::{App, Key, POOL, Setup, device, registry, remembered};

const FOREIGN_ORIGINS: [&str; 8] = [
    "https://evil.example",
    "http://localhost.evil.example:5173",
    "http://127.0.0.1.evil.example",
    "http://192.168.1.7:3000",
    "null",
    "file://",
    "http://localhost:5173, https://evil.example",
    "",
];

#[test]
fn a_page_of_another_origin_cannot_use_the_shipped_key() {
    let app = App::with_devices();
    for origin in FOREIGN_ORIGINS {
        let page = Page::of(&app, origin);
        page.forget().assert_denied("http.trusted_origins");
        // The signature and the operation make no difference.
        let unsigned = page.send(&page.post("AdminForgetDevice", &json!({})));
        unsigned.assert_denied("http.trusted_origins");
        for names in ["content-type,AUTHORIZATION ,x-amz-date", "authorization"] {
            page.preflight(names).assert_denied("http.trusted_origins");
        }
        let outbox = format!("http://{}/_poolhouse/outbox", app.host());
        let outbox = http::Request::get(outbox).body(Vec::new()).unwrap();
        page.signed(&Key::default(), outbox)
            .assert_denied("http.trusted_origins");
        // A form can send these to another origin without a preflight request.
        let mut simple = page.post("AdminForgetDevice", &remembered());
        simple
            .headers_mut()
            .insert("content-type", "text/plain".parse().unwrap());
        assert_eq!(page.signed(&Key::default(), simple).status(), "404");
    }
    app.device("diego", device::REMEMBERED).ok();
}

#[test]
fn a_page_of_this_machine_uses_the_shipped_key() {
    for origin in [
        "http://localhost:5173",
        "https://localhost",
        "http://127.0.0.1:3000",
        "http://[::1]:3000",
        "https://app.localhost:8443",
        "capacitor://localhost",
        "http://0.0.0.0:8000",
    ] {
        let app = App::with_devices();
        let page = Page::of(&app, origin);
        assert!(page.preflight("authorization,content-type").is_shared());
        let answered = page.forget();
        assert_eq!(answered.status(), "200", "{}", answered.body);
        assert!(answered.is_shared());
    }
}

#[test]
fn operations_without_a_signature_are_for_every_page() {
    let app = App::with_devices();
    for origin in FOREIGN_ORIGINS.into_iter().chain(["http://localhost:5173"]) {
        let page = Page::of(&app, origin);
        let answered = page.get_user();
        assert!(answered.is_shared());
        assert!(answered.body.contains("NotAuthorizedException"));
        assert!(page.preflight("content-type,x-amz-target").is_shared());
        let keys = format!("http://{}/{POOL}/.well-known/jwks.json", app.host());
        let keys = page.send(&http::Request::get(keys).body(Vec::new()).unwrap());
        assert!(keys.is_shared());
        assert_eq!(keys.status(), "200");
    }
    for host in FOREIGN_HOSTS {
        let answered = Page::on(&app, host).get_user();
        assert!(answered.body.contains("NotAuthorizedException"));
    }
}

#[test]
fn with_a_key_of_ones_own_every_page_may_call() {
    let app = Setup::new()
        .with("access_key_id", "AKIAOWN")
        .with("secret_access_key", "own")
        .seeded(registry())
        .start();
    let key = Key::new("AKIAOWN", "own");
    for origin in FOREIGN_ORIGINS {
        for host in FOREIGN_HOSTS {
            let page = Page {
                origin: Some(origin),
                ..Page::on(&app, host)
            };
            assert!(page.preflight("authorization").is_shared());
            let request = page.post("AdminGetDevice", &remembered());
            let answered = page.signed(&key, request);
            assert_eq!(answered.status(), "200", "{}", answered.body);
            assert!(answered.is_shared());
        }
    }
}

#[test]
fn the_shipped_key_is_guarded_among_others_as_well() {
    let others = "access_key_id = 'AKIAOWN'\nsecret_access_key = 'own'\n[[access_keys]]\nid = 'test'\nsecret = 'test'";
    let app = Setup::new().with_file(others).seeded(registry()).start();
    let page = Page::of(&app, "https://evil.example");
    page.forget().assert_denied("http.trusted_origins");
}

#[test]
fn the_shipped_secret_is_guarded_under_another_id_as_well() {
    let setup = Setup::new().with_file("access_key_id = 'admin'");
    let app = setup.seeded(registry()).start();
    let page = Page::of(&app, "https://evil.example");
    let request = page.post("AdminForgetDevice", &remembered());
    let answered = page.signed(&Key::new("admin", "test"), request);
    answered.assert_denied("http.trusted_origins");
}

#[test]
fn the_settings_name_more_hosts_and_origins() {
    let more = "[http]\ntrusted_hosts = ['Cognito.test', 'other.test:9229']\ntrusted_origins = ['HTTPS://app.example.com', 'null']";
    let app = Setup::new().with_file(more).seeded(registry()).start();
    let status = |page: Page<'_>| {
        let request = page.post("AdminGetDevice", &remembered());
        let answered = page.signed(&Key::default(), request);
        answered.status().to_owned()
    };
    for host in ["cognito.test", "cognito.TEST:1", "other.test:9229"] {
        assert_eq!(status(Page::on(&app, host)), "200", "{host}");
    }
    for host in ["other.test", "www.cognito.test"] {
        assert_eq!(status(Page::on(&app, host)), "400", "{host}");
    }
    for origin in ["https://app.example.com", "null"] {
        assert_eq!(status(Page::of(&app, origin)), "200", "{origin}");
    }
    for origin in ["http://app.example.com", "https://app.example.com:8443"] {
        assert_eq!(status(Page::of(&app, origin)), "400", "{origin}");
    }
    // A page on a trusted name of the server is the server's own.
    let page = Page {
        origin: Some("http://cognito.test:9229"),
        ..Page::on(&app, "cognito.test:9229")
    };
    assert_eq!(status(page), "200");
}
