//! Attacks that RFC 9700 and RFC 6819 describe.

use super::{
    CALLBACK, CHALLENGE, ELSEWHERE, SHOP, VERIFIER, asked, at, at_domain, authorize, browser,
    browser_of, changed, code, encoded, exchange, get, location, refused, start, text, token,
};
use crate::world::{Answer, WEB};

/// Open redirect: no address but a registered one is ever redirected to.
#[test]
fn no_request_leads_to_an_address_that_is_not_registered() {
    let app = start();
    let cookie = browser(&app, "ana");
    let evil = [
        "https://evil.test/",
        "https://app.test/callback/../../evil",
        "https://app.test/callback%2f..",
        "https://app.test/callback@evil.test",
        "https://app.test/callback\\@evil.test",
        "https://app.test\t/callback",
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.test",
        "/\\evil.test",
        "https://app.test/callback ",
    ];
    for uri in evil {
        for cookie in [None, Some(&*cookie)] {
            let sent = location(&authorize(
                &app,
                cookie,
                &changed(&asked(WEB), &[("redirect_uri", uri)]),
            ));
            assert!(
                sent.starts_with("/_poolhouse/domains/shop/error?error=redirect_mismatch"),
                "{uri}: {sent}"
            );
        }
        for name in ["logout_uri", "redirect_uri", "post_logout_redirect_uri"] {
            let query = encoded(&[("client_id", WEB.id), (name, uri)]);
            let sent = location(&get(
                &app,
                &format!("{}?{query}", at(&app, "/logout")),
                Some(&cookie),
            ));
            assert!(
                sent.starts_with("/_poolhouse/domains/shop/error?"),
                "{uri}: {sent}"
            );
        }
    }
}

/// A path that begins with two slashes is another host to browsers.
#[test]
fn no_path_of_the_server_becomes_another_host() {
    let app = start();
    for path in [
        "//evil.test/oauth2/authorize",
        "/_poolhouse/domains//evil.test/oauth2/authorize",
        "/\\evil.test/logout",
    ] {
        let answer = app.raw(
            format!("GET {path} HTTP/1.1\r\nHost: shop.localhost\r\nConnection: close\r\n\r\n")
                .as_bytes(),
        );
        assert!(
            !answer.to_ascii_lowercase().contains("location:"),
            "{path}: {answer}"
        );
    }
}

/// Code replay, also by two at once.
#[test]
fn a_code_gives_tokens_to_one_of_many() {
    let app = start();
    let cookie = browser(&app, "ana");
    for _ in 0..5 {
        let given = code(&authorize(&app, Some(&cookie), &asked(WEB)));
        let counts = crate::world::at_once(|| exchange(&app, WEB, &given));
        let of = |status: u16| counts.iter().filter(move |((one, _), _)| *one == status);
        assert_eq!(
            of(200).map(|(_, count)| count).sum::<usize>(),
            1,
            "{counts:?}"
        );
        assert_eq!(
            of(400).map(|(_, count)| count).sum::<usize>(),
            15,
            "{counts:?}"
        );
    }
}

/// Code injection: a code of one client or pool is nothing to another, also with its challenge.
#[test]
fn a_code_of_another_client_or_pool_gives_nothing() {
    let app = start();
    let challenged = [
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let cookie = browser(&app, "ana");
    let given = code(&authorize(
        &app,
        Some(&cookie),
        &changed(&asked(WEB), &challenged),
    ));
    let form = [
        ("grant_type", "authorization_code"),
        ("redirect_uri", CALLBACK),
        ("code", &*given),
        ("code_verifier", VERIFIER),
    ];
    refused(&token(&app, SHOP, &form), 400, "invalid_grant");
    let elsewhere = changed(&form, &[("client_id", ELSEWHERE.id)]);
    let request = http::Request::post(at_domain(&app, "other", "/oauth2/token"))
        .header("content-type", "application/x-www-form-urlencoded");
    let answer = app.send(request.body(encoded(&elsewhere).into_bytes()).unwrap());
    refused(&answer, 400, "invalid_grant");
    token(&app, WEB, &form).ok();
}

/// Mix-up: the endpoints of one pool's domain do not serve another pool's clients.
#[test]
fn a_domain_serves_the_clients_of_its_pool_alone() {
    let app = start();
    let cookie = browser_of(&app, ELSEWHERE.pool, "ana");
    let query = encoded(&changed(&asked(ELSEWHERE), &[("scope", "openid")]));
    let right = get(
        &app,
        &format!("{}?{query}", at_domain(&app, "other", "/oauth2/authorize")),
        Some(&cookie),
    );
    let given = code(&right);
    let wrong = get(
        &app,
        &format!("{}?{query}", at(&app, "/oauth2/authorize")),
        Some(&cookie),
    );
    assert!(location(&wrong).ends_with("/error?error=Client+does+not+exist"));
    refused(&exchange(&app, ELSEWHERE, &given), 400, "invalid_client");
}

/// PKCE downgrade: who takes the challenge out of the request for authorization gets a code that the app's verifier does not fit.
#[test]
fn taking_the_challenge_away_makes_the_code_useless_to_the_app() {
    let app = start();
    let cookie = browser(&app, "ana");
    let given = code(&authorize(&app, Some(&cookie), &asked(WEB)));
    let form = [
        ("grant_type", "authorization_code"),
        ("redirect_uri", CALLBACK),
        ("code", &*given),
        ("code_verifier", VERIFIER),
    ];
    refused(&token(&app, WEB, &form), 400, "invalid_grant");
    let plain = [
        ("code_challenge", VERIFIER),
        ("code_challenge_method", "plain"),
    ];
    let sent = location(&authorize(
        &app,
        Some(&cookie),
        &changed(&asked(WEB), &plain),
    ));
    assert!(sent.contains("error=invalid_request"), "{sent}");
}

/// Header injection by what comes back in `Location`.
#[test]
fn nothing_that_is_sent_becomes_a_header() {
    let app = start();
    let cookie = browser(&app, "ana");
    let split = "x\r\nSet-Cookie: cognito=evil\r\n\r\n<script>";
    let asks: Vec<Answer> = [
        "state",
        "client_id",
        "redirect_uri",
        "scope",
        "lang",
        "login_hint",
        "identity_provider",
    ]
    .into_iter()
    .flat_map(|name| {
        let request = changed(&asked(WEB), &[(name, split)]);
        [
            authorize(&app, None, &request),
            authorize(&app, Some(&cookie), &request),
        ]
    })
    .collect();
    for answer in asks {
        location(&answer);
        assert_eq!(answer.header("set-cookie"), "");
        assert!(
            !answer
                .headers
                .iter()
                .any(|(_, value)| value.as_bytes().contains(&b'\n'))
        );
    }
}

/// Framing and sniffing: what answers with a body says that it is no page.
#[test]
fn answers_are_not_framed_sniffed_or_kept() {
    let app = start();
    let told = [
        token(&app, WEB, &[]),
        get(&app, &at(&app, "/oauth2/userInfo"), None),
    ];
    for answer in told {
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(answer.header("cache-control").contains("no-store"));
    }
    let answer = authorize(&app, None, &asked(WEB));
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
}

/// A cookie is only as good as its hash in the registry: neither the hash nor another value is one.
#[test]
fn the_registry_holds_nothing_that_signs_in() {
    let app = start();
    let cookie = browser(&app, "ana");
    let given = code(&authorize(&app, Some(&cookie), &asked(WEB)));
    let kept: Vec<String> = ["authorization_codes", "browser_sessions"]
        .into_iter()
        .map(|table| {
            let sql = format!("SELECT lower(hex(hash)) FROM {table}");
            app.file().query_row(&sql, [], |row| row.get(0)).unwrap()
        })
        .collect();
    assert!(!kept.contains(&given) && !kept.contains(&cookie));
    refused(&exchange(&app, WEB, &kept[0]), 400, "invalid_grant");
    let sent = location(&authorize(&app, Some(&kept[1]), &asked(WEB)));
    assert!(sent.contains("/login?"), "{sent}");
}

/// Scopes cannot be widened when tokens are refreshed.
#[test]
fn refreshing_gives_no_more_scopes() {
    let app = start();
    let tokens = super::signed_in(&app, WEB, &changed(&asked(WEB), &[("scope", "shop/read")]));
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", text(&tokens, "refresh_token")),
        ("scope", "openid shop/read aws.cognito.signin.user.admin"),
    ];
    let refreshed = token(&app, WEB, &form).ok();
    assert_eq!(refreshed.get("id_token"), None);
    let access = crate::world::claims(text(&refreshed, "access_token"));
    assert_eq!(access["scope"], "shop/read");
}
