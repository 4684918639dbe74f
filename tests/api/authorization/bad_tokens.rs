//! Invalid access tokens: ended, forged, or signed by the pool for another use.

use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::Refusal;
use super::registry::{ELSEWHERE, MOBILE, OTHER_POOL, POOL, WEB};
use crate::world::{
    App, INVALID_ACCESS_TOKEN, NO_USER, REVOKED_ACCESS_TOKEN, UNKNOWN_POOL,
    UNVERIFIED_ACCESS_TOKEN, access_token, sign_in, token,
};

fn invalid() -> Refusal {
    Refusal::of(INVALID_ACCESS_TOKEN)
}

fn not_verified() -> Refusal {
    Refusal::of(UNVERIFIED_ACCESS_TOKEN)
}

fn revoked() -> Refusal {
    Refusal::of(REVOKED_ACCESS_TOKEN)
}

fn no_scope() -> Refusal {
    Refusal::not_authorized("Access Token does not have required scopes")
}

fn nobody() -> Refusal {
    Refusal::of(NO_USER)
}

fn no_such_client(id: &str) -> Refusal {
    let message = format!("User pool client {id} does not exist.");
    Refusal::new("ResourceNotFoundException", message)
}

/// A kind of invalid token, such a token, and its refusal.
pub(super) type Kind = (String, String, Refusal);

/// Tokens that were valid once. Advances the clock.
pub(super) fn ended(app: &App) -> Vec<Kind> {
    let user = |name: &str| json!({"UserPoolId": POOL, "Username": name});
    let expired = access_token(&sign_in(app, WEB, "ana"));
    app.clock.advance(Duration::from_mins(61));
    let mut kinds: Vec<Kind> = vec![(
        "expired".to_owned(),
        expired,
        Refusal::not_authorized("Access Token has expired"),
    )];
    let mut end = |name: &str, refusal: Refusal, by: &dyn Fn(&Value)| {
        let answer = sign_in(app, WEB, name);
        by(&answer);
        kinds.push((name.to_owned(), access_token(&answer), refusal));
    };
    end("revoked", revoked(), &|answer| {
        let input = json!({"ClientId": WEB.id, "Token": token(answer, "RefreshToken")});
        app.call_open("RevokeToken", &input).ok();
    });
    end("signed-out", revoked(), &|answer| {
        let input = json!({"AccessToken": access_token(answer)});
        app.call_open("GlobalSignOut", &input).ok();
    });
    end("signed-out-by-admin", revoked(), &|_| {
        let input = user("signed-out-by-admin");
        app.call("AdminUserGlobalSignOut", &input).ok();
    });
    end("disabled", revoked(), &|_| {
        app.call("AdminDisableUser", &user("disabled")).ok();
    });
    end("enabled-again", revoked(), &|_| {
        app.call("AdminDisableUser", &user("enabled-again")).ok();
        app.call("AdminEnableUser", &user("enabled-again")).ok();
    });
    end("deleted", nobody(), &|_| {
        app.call("AdminDeleteUser", &user("deleted")).done();
    });
    let gone = sign_in(app, MOBILE, "ana");
    app.call(
        "DeleteUserPoolClient",
        &json!({"UserPoolId": POOL, "ClientId": MOBILE.id}),
    )
    .done();
    kinds.push((
        "of a deleted client".to_owned(),
        access_token(&gone),
        no_such_client(MOBILE.id),
    ));
    kinds
}

/// The header and the claims of a token.
fn parts(token: &str) -> [Value; 2] {
    let mut parts = token.split('.');
    [(); 2].map(|()| {
        let part = URL_SAFE_NO_PAD.decode(parts.next().unwrap()).unwrap();
        serde_json::from_slice(&part).unwrap()
    })
}

fn unsigned(header: &Value, claims: &Value) -> String {
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    [encode(header), encode(claims)].join(".")
}

/// Tokens made of a valid one, or of the other tokens of its sign-in, without the pool's keys.
#[expect(clippy::too_many_lines, reason = "a list")]
pub(super) fn forged(app: &App, answer: &Value) -> Vec<Kind> {
    let access = access_token(answer);
    let [header, claims] = parts(&access);
    let (signed, signature) = access.rsplit_once('.').unwrap();
    let keys = |pool: &str| {
        let request = http::Request::get(format!("{}/{pool}/.well-known/jwks.json", app.url()));
        app.send(request.body(Vec::new()).unwrap()).ok()["keys"].clone()
    };
    let (own, others) = (keys(POOL), keys(OTHER_POOL));
    let own = own.as_array().unwrap();
    let is_own = |key: &&Value| key["kid"] == header["kid"];
    let key = own.iter().find(is_own).unwrap();
    let other_key = own.iter().find(|key| !is_own(key)).unwrap();
    let n = key["n"].as_str().unwrap();

    let mut kinds: Vec<Kind> = Vec::new();
    let mut kind = |name: &str, token: String, refusal: Refusal| {
        kinds.push((name.to_owned(), token, refusal));
    };
    kind("an ID token", token(answer, "IdToken"), invalid());
    kind("a refresh token", token(answer, "RefreshToken"), invalid());
    kind("garbage", "garbage".to_owned(), invalid());
    kind("three words", "a.b.c".to_owned(), invalid());
    kind("dots", "..".to_owned(), invalid());
    kind("no signature part", signed.to_owned(), invalid());
    kind("a fourth part", format!("{access}.x"), invalid());
    kind("an empty signature", format!("{signed}."), not_verified());
    let cut = &signature[..signature.len() / 8 * 4];
    kind(
        "half a signature",
        format!("{signed}.{cut}"),
        not_verified(),
    );
    let id = token(answer, "IdToken");
    let of_id = id.rsplit_once('.').unwrap().1;
    kind(
        "the ID token's signature",
        format!("{signed}.{of_id}"),
        not_verified(),
    );

    let with_header = |header: &Value| format!("{}.{signature}", unsigned(header, &claims));
    let with_kid = |kid: &Value| with_header(&json!({"kid": kid, "alg": "RS256"}));
    kind(
        "the other key's id",
        with_kid(&other_key["kid"]),
        not_verified(),
    );
    kind(
        "another pool's key id",
        with_kid(&others[0]["kid"]),
        not_verified(),
    );
    kind(
        "an unknown key id",
        with_kid(&json!("nobody's")),
        not_verified(),
    );
    kind(
        "no key id",
        with_header(&json!({"alg": "RS256"})),
        invalid(),
    );
    kind(
        "no algorithm",
        with_header(&json!({"kid": header["kid"]})),
        invalid(),
    );
    let jwk = json!({"kid": header["kid"], "alg": "RS256", "jwk": key});
    kind(
        "a key that it brings along",
        with_header(&jwk),
        not_verified(),
    );
    let jku = json!({"kid": header["kid"], "alg": "RS256", "jku": "http://192.0.2.1/jwks.json"});
    kind("a place of keys", with_header(&jku), not_verified());
    let crit = json!({"kid": header["kid"], "alg": "RS256", "crit": ["exp"]});
    kind("a critical extension", with_header(&crit), not_verified());
    for alg in ["none", "None", "HS256", "HS512", "RS512", "PS256", "ES256"] {
        let header = json!({"kid": header["kid"], "alg": alg});
        kind(&format!("alg {alg}"), with_header(&header), not_verified());
        let signed = unsigned(&header, &claims);
        kind(
            &format!("alg {alg}, no signature"),
            format!("{signed}."),
            not_verified(),
        );
    }
    let hs256 = unsigned(&json!({"kid": header["kid"], "alg": "HS256"}), &claims);
    for (name, secret) in [
        (
            "the modulus as a secret",
            URL_SAFE_NO_PAD.decode(n).unwrap(),
        ),
        ("the modulus's text as a secret", n.as_bytes().to_vec()),
        ("the key's JSON as a secret", key.to_string().into_bytes()),
        ("no secret", Vec::new()),
    ] {
        let mac = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
        let mac = mac.chain_update(&hs256).finalize().into_bytes();
        let token = format!("{hs256}.{}", URL_SAFE_NO_PAD.encode(mac));
        kind(name, token, not_verified());
    }
    let with_claim = |name: &str, value: &Value| {
        let mut claims = claims.clone();
        claims[name] = value.clone();
        format!("{}.{signature}", unsigned(&header, &claims))
    };
    let issuer = |pool: &str| json!(format!("http://{}/{pool}", app.host()));
    for (name, claim, value) in [
        ("another user's name", "username", json!("ben")),
        (
            "another sub",
            "sub",
            json!("34c84488-e0e1-40ae-92ee-991ad1a898c8"),
        ),
        ("a later end", "exp", json!(4_102_444_800_i64)),
        ("another client", "client_id", json!(ELSEWHERE.id)),
        ("another pool as issuer", "iss", issuer(OTHER_POOL)),
        ("an unknown pool as issuer", "iss", issuer(UNKNOWN_POOL)),
        (
            "another sign-in",
            "origin_jti",
            json!("34c84488-e0e1-40ae-92ee-991ad1a898c8"),
        ),
    ] {
        kind(name, with_claim(claim, &value), not_verified());
    }
    kind(
        "an issuer without a pool",
        with_claim("iss", &json!("nobody")),
        invalid(),
    );
    for name in claims.as_object().unwrap().keys() {
        let mut claims = claims.clone();
        claims.as_object_mut().unwrap().remove(name);
        let token = format!("{}.{signature}", unsigned(&header, &claims));
        let refusal = if name == "iss" {
            invalid()
        } else {
            not_verified()
        };
        kind(&format!("without {name}"), token, refusal);
    }
    kinds
}

/// Tokens signed by the pool's own key that are no access tokens.
pub(super) fn signed_by_the_pool(app: &App, answer: &Value) -> Vec<Kind> {
    let file = app.file();
    let key = "SELECT access_key FROM pool_keys JOIN pools ON pools.row = pool_keys.pool WHERE pools.id = ?1";
    let key: Vec<u8> = file.query_row(key, [POOL], |row| row.get(0)).unwrap();
    let key = RsaKeyPair::from_pkcs8(&key).unwrap();
    let [header, claims] = parts(&access_token(answer));
    let signed = |claims: &Value| {
        let signed = unsigned(&header, claims);
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            signed.as_bytes(),
            &mut signature,
        )
        .unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    };
    // The key is right: otherwise the test would show nothing.
    app.call_open("GetUser", &json!({"AccessToken": signed(&claims)}))
        .ok();
    let mut kinds: Vec<Kind> = Vec::new();
    for (name, refusal) in [
        ("sub", invalid()),
        ("iss", invalid()),
        ("client_id", invalid()),
        ("token_use", invalid()),
        ("scope", no_scope()),
        ("auth_time", invalid()),
        ("exp", invalid()),
    ] {
        let mut without = claims.clone();
        without.as_object_mut().unwrap().remove(name);
        kinds.push((format!("signed without {name}"), signed(&without), refusal));
    }
    let uuid = json!("00000000-0000-4000-8000-000000000000");
    let other_pool = json!(format!("http://{}/{OTHER_POOL}", app.host()));
    for (name, value, refusal) in [
        ("sub", uuid.clone(), nobody()),
        ("iss", other_pool, not_verified()),
        ("client_id", json!(ELSEWHERE.id), revoked()),
        ("client_id", json!("nobodys"), no_such_client("nobodys")),
        ("token_use", json!("id"), invalid()),
        ("scope", json!("openid profile"), no_scope()),
        ("exp", json!("4102444800"), invalid()),
        ("origin_jti", uuid, revoked()),
    ] {
        let mut with = claims.clone();
        with[name] = value.clone();
        kinds.push((
            format!("signed with {name} {value}"),
            signed(&with),
            refusal,
        ));
    }
    kinds
}
