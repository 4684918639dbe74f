//! Access tokens that are refused, and what ends them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{BRIEF, ELSEWHERE, OTHER_POOL, jwks, kid, refresh, show, start, texts};
use crate::world::{
    INVALID_ACCESS_TOKEN, INVALID_REFRESH_TOKEN, NO_USER, PASSWORD, POOL, REVOKED_ACCESS_TOKEN,
    REVOKED_REFRESH_TOKEN, UNKNOWN_POOL, WEB, access_token, sign_in, sign_in_by_password, token,
};

const NOT_VERIFIED: &str = "Could not verify signature for Access Token";

#[test]
fn what_is_no_token_is_invalid() {
    let app = start();
    let answer = sign_in(&app, WEB, "ana");
    let (access, id) = (access_token(&answer), token(&answer, "IdToken"));
    let two_parts = access.rsplit_once('.').unwrap().0;
    for garbage in [
        "THIS_IS_NOT_VALID_TOKEN",
        "a.b.c",
        "..",
        two_parts,
        &format!("{access}.x"),
        &id,
    ] {
        show(&app, garbage).refused_as(INVALID_ACCESS_TOKEN);
    }
    app.call_open("GetUser", &json!({})).refused(
        "InvalidParameterException",
        "1 validation error detected: Value at 'accessToken' failed to satisfy constraint: Member must not be null",
    );
    for text in ["", "with space"] {
        show(&app, text).refused(
            "InvalidParameterException",
            "1 validation error detected: Value at 'accessToken' failed to satisfy constraint: Member must satisfy regular \
             expression pattern: [A-Za-z0-9-_=.]+",
        );
    }
}

#[test]
fn a_token_that_was_altered_or_forged_is_not_verified() {
    let app = start();
    let access = access_token(&sign_in(&app, WEB, "ana"));
    let [header, said] = texts(&access);
    let signature = access.rsplit_once('.').unwrap().1;
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let forged = |token: String| show(&app, &token).refused("NotAuthorizedException", NOT_VERIFIED);
    // Claims and signature.
    for (old, new) in [
        ("\"username\":\"ana\"", "\"username\":\"ben\""),
        ("1795360980", "2795360980"),
        (POOL, OTHER_POOL),
        (POOL, UNKNOWN_POOL),
        (WEB.id, BRIEF.id),
    ] {
        assert!(said.contains(old));
        forged(format!(
            "{}.{}.{signature}",
            encode(&header),
            encode(&said.replace(old, new))
        ));
    }
    forged(format!(
        "{}.{}.{}",
        encode(&header),
        encode(&said),
        URL_SAFE_NO_PAD.encode([7; 256])
    ));
    forged(format!("{}.{}.", encode(&header), encode(&said)));
    // The id of the other key, an unknown id, the id of the other pool's key.
    let keys = jwks(&app, POOL);
    let own = kid(&access);
    let mut others: Vec<Value> = keys["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["kid"].clone())
        .collect();
    others.extend(
        jwks(&app, OTHER_POOL)["keys"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key["kid"].clone()),
    );
    others.push(json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));
    for kid in others.iter().filter(|kid| **kid != own) {
        let header = json!({"kid": kid, "alg": "RS256"}).to_string();
        forged(format!("{}.{}.{signature}", encode(&header), encode(&said)));
    }
    // Without a signature, and signed with the public key as a secret.
    for alg in ["none", "None", "NONE", "HS256", "RS384", "PS256"] {
        let header = json!({"kid": own, "alg": alg}).to_string();
        let signed = format!("{}.{}", encode(&header), encode(&said));
        forged(format!("{signed}."));
        forged(format!("{signed}.{signature}"));
        let key = keys["keys"]
            .as_array()
            .unwrap()
            .iter()
            .find(|key| key["kid"] == own)
            .unwrap();
        let n = key["n"].as_str().unwrap();
        for secret in [
            n.as_bytes().to_vec(),
            URL_SAFE_NO_PAD.decode(n).unwrap(),
            key.to_string().into_bytes(),
        ] {
            let mac = Hmac::<Sha256>::new_from_slice(&secret)
                .unwrap()
                .chain_update(&signed);
            forged(format!(
                "{signed}.{}",
                URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
            ));
        }
    }
    // A key that the token brings along.
    let header = json!({"kid": own, "alg": "RS256", "jwk": keys["keys"][0]}).to_string();
    forged(format!("{}.{}.{signature}", encode(&header), encode(&said)));
    assert_eq!(show(&app, &access).status, 200);
}

#[test]
fn an_access_token_ends_with_its_last_second() {
    let app = start();
    for (client, life) in [(WEB, 3_600_000), (BRIEF, 600_000)] {
        let access = access_token(&sign_in(&app, client, "ana"));
        // Its `iat` is half a second before it was issued.
        let into = u64::try_from(app.clock.now().timestamp_millis() % 1000).unwrap();
        app.milliseconds_pass(life - into - 1);
        assert_eq!(show(&app, &access).status, 200);
        app.milliseconds_pass(1);
        show(&app, &access).refused("NotAuthorizedException", "Access Token has expired");
        // If it is altered as well, the signature is checked first.
        let signed = access.rsplit_once('.').unwrap().0;
        show(&app, &format!("{signed}.AAAA")).refused("NotAuthorizedException", NOT_VERIFIED);
        app.milliseconds_pass(500);
    }
}

#[test]
fn signing_out_everywhere_ends_all_tokens_of_the_user_and_of_nobody_else() {
    let app = start();
    let ben = sign_in_by_password(&app, WEB, "ben", PASSWORD, &[]).ok();
    let ana_elsewhere = sign_in(&app, ELSEWHERE, "ana");
    let user = json!({"UserPoolId": POOL, "Username": "ana"});
    let ends: [&dyn Fn(&str); 3] = [
        &|access| {
            assert_eq!(
                app.call_open("GlobalSignOut", &json!({"AccessToken": access}))
                    .ok(),
                json!({})
            );
        },
        &|_| assert_eq!(app.call("AdminUserGlobalSignOut", &user).ok(), json!({})),
        &|_| {
            app.call("AdminDisableUser", &user).ok();
        },
    ];
    for end in ends {
        let first = sign_in(&app, WEB, "ana");
        let second = sign_in(&app, BRIEF, "ana");
        let third = refresh(&app, WEB, &token(&first, "RefreshToken")).ok();
        end(&access_token(&second));
        for answer in [&first, &second, &third] {
            show(&app, &access_token(answer)).refused_as(REVOKED_ACCESS_TOKEN);
        }
        app.call("AdminEnableUser", &user).ok();
        for answer in [&first, &second, &third] {
            show(&app, &access_token(answer)).refused_as(REVOKED_ACCESS_TOKEN);
        }
        refresh(&app, WEB, &token(&first, "RefreshToken")).refused_as(REVOKED_REFRESH_TOKEN);
        refresh(&app, BRIEF, &token(&second, "RefreshToken")).refused_as(REVOKED_REFRESH_TOKEN);
        assert_eq!(
            show(&app, &access_token(&sign_in(&app, WEB, "ana"))).status,
            200
        );
    }
    assert_eq!(show(&app, &access_token(&ben)).status, 200);
    assert_eq!(show(&app, &access_token(&ana_elsewhere)).status, 200);
    assert_eq!(refresh(&app, WEB, &token(&ben, "RefreshToken")).status, 200);
    let unknown = json!({"UserPoolId": POOL, "Username": "nobody"});
    app.call("AdminUserGlobalSignOut", &unknown)
        .refused_as(NO_USER);
}

#[test]
fn a_disabled_users_refresh_token_gives_nothing() {
    let app = start();
    let answer = sign_in(&app, WEB, "ana");
    app.call(
        "AdminDisableUser",
        &json!({"UserPoolId": POOL, "Username": "ana"}),
    )
    .ok();
    let refusal = refresh(&app, WEB, &token(&answer, "RefreshToken")).refusal();
    assert_eq!(refusal.0, "NotAuthorizedException");
}

#[test]
fn tokens_of_what_was_deleted_do_not_count() {
    let app = start();
    let of_ana = sign_in(&app, WEB, "ana");
    let of_brief = sign_in_by_password(&app, BRIEF, "ben", PASSWORD, &[]).ok();
    let elsewhere = sign_in(&app, ELSEWHERE, "ana");
    app.call(
        "AdminDeleteUser",
        &json!({"UserPoolId": POOL, "Username": "ana"}),
    )
    .done();
    show(&app, &access_token(&of_ana)).refused_as(NO_USER);
    refresh(&app, WEB, &token(&of_ana, "RefreshToken")).refused_as(INVALID_REFRESH_TOKEN);
    app.call(
        "DeleteUserPoolClient",
        &json!({"UserPoolId": POOL, "ClientId": BRIEF.id}),
    )
    .done();
    let gone = format!("User pool client {} does not exist.", BRIEF.id);
    show(&app, &access_token(&of_brief)).refused("ResourceNotFoundException", &gone);
    refresh(&app, BRIEF, &token(&of_brief, "RefreshToken"))
        .refused("ResourceNotFoundException", &gone);
    app.call("DeleteUserPool", &json!({"UserPoolId": OTHER_POOL}))
        .done();
    show(&app, &access_token(&elsewhere)).refused("NotAuthorizedException", NOT_VERIFIED);
    // A new user of the same name is another user.
    app.call(
        "AdminCreateUser",
        &json!({"UserPoolId": POOL, "Username": "ana"}),
    )
    .ok();
    show(&app, &access_token(&of_ana)).refused_as(NO_USER);
}
