//! Tokens: what they say, who signed them, how long they count, and what ends them.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use num_bigint::BigUint;
use poolhouse::ambient::ManualClock;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::app::{Answer, App, POOL, Setup};
use crate::srp_client::{
    AppClient, access_token, initiate, secret_hash, sign_in_by_password, sign_in_by_srp, token,
    with,
};

const PASSWORD: &str = "Tulip-Kettle-4417";
const SUB: &str = "34c84488-e0e1-40ae-92ee-991ad1a898c8";
const WEB: AppClient<'_> = AppClient::new(POOL, "web00000000000000000000001");
/// Gives tokens of other lives, and reads little.
const BRIEF: AppClient<'_> = AppClient::new(POOL, "brief000000000000000000001");
const WITH_SECRET: AppClient<'_> =
    AppClient::new(POOL, "secret00000000000000000001").with_secret("0123456789abcdefghijklmnopqr");
/// Has token revocation switched off.
const UNREVOKED: AppClient<'_> = AppClient::new(POOL, "unrevoked00000000000000001");
/// Gives a new refresh token with every refresh.
const ROTATING: AppClient<'_> = AppClient::new(POOL, "rotating000000000000000001");
const OTHER_POOL: &str = "us-east-1_Test00004";
const ELSEWHERE: AppClient<'_> = AppClient::new(OTHER_POOL, "elsewhere00000000000000001");

const NOT_VERIFIED: &str = "Could not verify signature for Access Token";
const REVOKED: (&str, &str) = ("NotAuthorizedException", "Access Token has been revoked");
const INVALID_REFRESH: (&str, &str) = ("NotAuthorizedException", "Invalid Refresh Token");
const REVOKED_REFRESH: (&str, &str) = ("NotAuthorizedException", "Refresh Token has been revoked");
const EXPIRED_REFRESH: (&str, &str) = ("NotAuthorizedException", "Refresh Token has expired");

fn setup() -> Setup {
    let flows = [
        "ALLOW_USER_SRP_AUTH",
        "ALLOW_USER_PASSWORD_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH",
    ];
    let client = |client: AppClient<'_>, more: Value| {
        let mut settings =
            json!({"ClientId": client.id, "ClientName": "app", "ExplicitAuthFlows": flows});
        for (name, value) in more.as_object().unwrap() {
            settings[name] = value.clone();
        }
        settings
    };
    let attribute = |name: &str, value: &str| json!({"Name": name, "Value": value});
    let schema =
        |name: &str, kind: &str| json!({"Name": name, "AttributeDataType": kind, "Mutable": true});
    Setup::new().seeded(json!({"UserPools": [
        {
            "UserPool": {"Id": POOL, "SchemaAttributes": [schema("email", "String"), schema("email_verified", "Boolean"),
                schema("phone_number", "String"), schema("phone_number_verified", "Boolean"), schema("nickname", "String"),
                schema("custom:plan", "String"), schema("custom:seats", "Number"), schema("dev:custom:rank", "String")]},
            "Clients": [
                client(WEB, json!({})),
                client(BRIEF, json!({"AccessTokenValidity": 10, "IdTokenValidity": 1200, "RefreshTokenValidity": 90,
                    "TokenValidityUnits": {"AccessToken": "minutes", "IdToken": "seconds", "RefreshToken": "minutes"},
                    "ReadAttributes": ["email", "custom:plan", "custom:seats"]})),
                client(WITH_SECRET, json!({"ClientSecret": WITH_SECRET.secret})),
                client(UNREVOKED, json!({"EnableTokenRevocation": false})),
                // The older names of flows allow refreshing without naming it, which a client that rotates may not.
                client(ROTATING, json!({"RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10},
                    "ExplicitAuthFlows": ["USER_PASSWORD_AUTH"],
                    "RefreshTokenValidity": 2, "TokenValidityUnits": {"RefreshToken": "hours"}})),
            ],
            "Users": [
                {"Username": "ana", "Password": PASSWORD, "UserAttributes": [attribute("sub", SUB),
                    attribute("email", "ana@example.com"), attribute("email_verified", "true"),
                    attribute("phone_number", "+12065550100"), attribute("phone_number_verified", "false"),
                    attribute("nickname", "a/b \u{fc} \"c\" \\"), attribute("custom:plan", "free/paid"), attribute("custom:seats", "12"), attribute("dev:custom:rank", "1")]},
                {"Username": "ben", "Password": PASSWORD},
            ],
        },
        {
            "UserPool": {"Id": OTHER_POOL},
            "Clients": [client(ELSEWHERE, json!({}))],
            "Users": [{"Username": "ana", "Password": PASSWORD}],
        },
    ]}))
}

fn start() -> App {
    setup().start()
}

#[track_caller]
fn refused(answer: &Answer, (code, message): (&str, &str)) {
    answer.refused(code, message);
}

fn milliseconds(app: &App, milliseconds: u64) {
    app.clock.advance(Duration::from_millis(milliseconds));
}

fn sign_in(app: &App, client: AppClient<'_>) -> Value {
    sign_in_by_password(app, client, "ana", PASSWORD, &[]).ok()
}

/// Shows the token to an operation that needs one.
fn show(app: &App, access: &str) -> Answer {
    app.call_open("GetUser", &json!({"AccessToken": access}))
}

fn refresh(app: &App, client: AppClient<'_>, token: &str) -> Answer {
    let mut parameters = json!({"REFRESH_TOKEN": token});
    if let Some(secret) = client.secret {
        parameters["SECRET_HASH"] = secret_hash(secret, "ana", client.id).into();
    }
    initiate(app, client, "REFRESH_TOKEN_AUTH", parameters)
}

fn exchange(app: &App, client: AppClient<'_>, token: &str) -> Answer {
    let mut input = json!({"ClientId": client.id, "RefreshToken": token});
    if let Some(secret) = client.secret {
        input["ClientSecret"] = secret.into();
    }
    app.call_open("GetTokensFromRefreshToken", &input)
}

fn revoke(app: &App, client: AppClient<'_>, token: &str) -> Answer {
    let input = json!({"ClientId": client.id, "ClientSecret": client.secret, "Token": token});
    app.call_open("RevokeToken", &input)
}

/// The JSON texts of header and claims.
fn texts(token: &str) -> [String; 2] {
    let mut parts = token.split('.');
    [(); 2].map(|()| {
        let part = URL_SAFE_NO_PAD.decode(parts.next().unwrap()).unwrap();
        String::from_utf8(part).unwrap()
    })
}

fn claims(token: &str) -> Value {
    serde_json::from_str(&texts(token)[1]).unwrap()
}

fn kid(token: &str) -> Value {
    let header: Value = serde_json::from_str(&texts(token)[0]).unwrap();
    header["kid"].clone()
}

/// A document that anybody may have.
fn document(app: &App, path: &str) -> Value {
    let request = http::Request::get(format!("{}/{path}", app.url()));
    let answer = app.send(request.body(Vec::new()).unwrap());
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

fn jwks(app: &App, pool: &str) -> Value {
    document(app, &format!("{pool}/.well-known/jwks.json"))
}

/// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 8.2.2), by the textbook: the signature to the power of e is the padded hash.
fn is_signed_by(token: &str, key: &Value) -> bool {
    let number = |text: &str| BigUint::from_bytes_be(&URL_SAFE_NO_PAD.decode(text).unwrap());
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let n = number(key["n"].as_str().unwrap());
    let padded = number(signature).modpow(&number(key["e"].as_str().unwrap()), &n);
    let width = usize::try_from(n.bits().div_ceil(8)).unwrap();
    let algorithm = hex::decode("3031300d060960864801650304020105000420").unwrap();
    let hash = Sha256::digest(signed.as_bytes());
    let filling = vec![0xff; width - 3 - algorithm.len() - hash.len()];
    let expected = [&[0, 1][..], &filling, &[0], &algorithm, &hash].concat();
    padded == BigUint::from_bytes_be(&expected)
}

// ---- What tokens say ----

#[test]
fn tokens_say_what_cognitos_say() {
    let app = start();
    let answer = sign_in_by_srp(&app, WEB, "ana", PASSWORD, &[]);
    let event = answer.header("x-amzn-requestid").to_owned();
    let answer = answer.ok();
    let (access, id) = (access_token(&answer), token(&answer, "IdToken"));
    let (access_claims, id_claims) = (claims(&access), claims(&id));
    let issuer = format!("http://{}/{POOL}", app.host());
    let uuid = |value: &Value| uuid::Uuid::parse_str(value.as_str().unwrap()).is_ok();
    assert!(
        uuid(&access_claims["jti"])
            && uuid(&id_claims["jti"])
            && uuid(&access_claims["origin_jti"])
    );
    assert_ne!(access_claims["jti"], id_claims["jti"]);
    assert_ne!(access_claims["jti"], access_claims["origin_jti"]);
    assert_eq!(
        access_claims,
        json!({
            "sub": SUB, "iss": issuer, "client_id": WEB.id, "origin_jti": id_claims["origin_jti"], "event_id": event,
            "token_use": "access", "scope": "aws.cognito.signin.user.admin", "auth_time": 1_795_357_380, "exp": 1_795_360_980,
            "iat": 1_795_357_380, "jti": access_claims["jti"], "username": "ana",
        })
    );
    assert_eq!(
        id_claims,
        json!({
            "sub": SUB, "email_verified": true, "iss": issuer, "phone_number_verified": false, "cognito:username": "ana",
            "origin_jti": access_claims["origin_jti"], "aud": WEB.id, "event_id": event, "token_use": "id",
            "auth_time": 1_795_357_380, "phone_number": "+12065550100", "exp": 1_795_360_980, "iat": 1_795_357_380,
            "jti": id_claims["jti"], "email": "ana@example.com", "nickname": "a/b \u{fc} \"c\" \\",
            "custom:plan": "free/paid", "custom:seats": "12",
        })
    );
}

#[test]
fn tokens_are_written_as_cognito_writes_them() {
    let app = start();
    let answer = sign_in(&app, WEB);
    for name in ["AccessToken", "IdToken"] {
        let token = token(&answer, name);
        assert_eq!(token.split('.').count(), 3);
        let [header, claims] = texts(&token);
        let kid = kid(&token);
        let kid = kid.as_str().unwrap();
        assert_eq!(kid.len(), 44);
        assert_eq!(STANDARD.decode(kid).unwrap().len(), 32);
        assert_eq!(
            header,
            format!(r#"{{"kid":"{}","alg":"RS256"}}"#, kid.replace('/', r"\/"))
        );
        assert!(
            claims.contains(&format!(r#""iss":"http:\/\/{}\/{POOL}""#, app.host())),
            "{claims}"
        );
        assert_eq!(claims.matches('/').count(), claims.matches(r"\/").count());
    }
    assert!(texts(&token(&answer, "IdToken"))[1].contains(r#""nickname":"a\/b ü \"c\" \\""#));
}

#[test]
fn a_client_gives_tokens_of_its_own_lives_and_attributes() {
    let app = start();
    let answer = sign_in(&app, BRIEF);
    assert_eq!(answer["AuthenticationResult"]["ExpiresIn"], 600);
    let (access, id) = (
        claims(&access_token(&answer)),
        claims(&token(&answer, "IdToken")),
    );
    assert_eq!(access["exp"], 1_795_357_380 + 600);
    assert_eq!(id["exp"], 1_795_357_380 + 1200);
    // Custom attributes are texts, whatever their type, and only for who may read them.
    assert_eq!(id["custom:plan"], "free/paid");
    assert_eq!(id["custom:seats"], "12");
    assert_eq!(id["email"], "ana@example.com");
    for hidden in [
        "nickname",
        "phone_number",
        "phone_number_verified",
        "email_verified",
    ] {
        assert_eq!(id.get(hidden), None, "{hidden}");
    }
}

#[test]
fn a_users_tokens_share_an_origin_and_nothing_else() {
    let app = start();
    let (one, other) = (sign_in(&app, WEB), sign_in(&app, WEB));
    let ids: std::collections::HashSet<Value> = [&one, &other]
        .into_iter()
        .flat_map(|answer| ["AccessToken", "IdToken"].map(|name| claims(&token(answer, name))))
        .flat_map(|claims| [claims["jti"].clone(), claims["origin_jti"].clone()])
        .collect();
    assert_eq!(ids.len(), 6);
    assert_ne!(token(&one, "RefreshToken"), token(&other, "RefreshToken"));
}

// ---- Issuer and keys ----

#[test]
fn anybody_can_verify_the_tokens_with_the_published_keys() {
    let app = start();
    let published = jwks(&app, POOL);
    let keys = published["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2);
    for key in keys {
        let members: Vec<&String> = key.as_object().unwrap().keys().collect();
        assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"]);
        assert_eq!(
            [&key["alg"], &key["e"], &key["kty"], &key["use"]],
            ["RS256", "AQAB", "RSA", "sig"]
        );
        assert_eq!(
            URL_SAFE_NO_PAD
                .decode(key["n"].as_str().unwrap())
                .unwrap()
                .len(),
            256
        );
    }
    let answer = sign_in(&app, WEB);
    let (access, id) = (access_token(&answer), token(&answer, "IdToken"));
    assert_ne!(kid(&access), kid(&id));
    for token in [&access, &id] {
        for key in keys {
            assert_eq!(is_signed_by(token, key), key["kid"] == kid(token));
        }
    }
    let elsewhere = jwks(&app, OTHER_POOL);
    for key in elsewhere["keys"].as_array().unwrap() {
        assert!(keys.iter().all(|known| known["kid"] != key["kid"]));
        assert!(!is_signed_by(&access, key));
    }
    assert_eq!(jwks(&app, POOL), published);
}

#[test]
fn those_who_sign_in_first_at_the_same_time_get_tokens_of_the_same_keys() {
    let app = start();
    let kids: std::collections::HashSet<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..6)
            .map(|_| scope.spawn(|| access_token(&sign_in(&app, WEB))))
            .collect();
        let tokens = threads.into_iter().map(|thread| thread.join().unwrap());
        tokens
            .map(|access| {
                assert_eq!(show(&app, &access).status, 200);
                kid(&access).to_string()
            })
            .collect()
    });
    assert_eq!(kids.len(), 1);
}

#[test]
fn tokens_and_discovery_name_the_issuer_that_the_settings_say() {
    for (setting, issuer) in [
        ("host", None),
        ("aws", Some("https://cognito-idp.us-east-1.amazonaws.com")),
        (
            "https://id.example.com/pools/",
            Some("https://id.example.com/pools"),
        ),
    ] {
        let app = setup().with("issuer", setting).start();
        let host = format!("http://{}", app.host());
        let expected = format!("{}/{POOL}", issuer.unwrap_or(&host));
        let answer = sign_in(&app, WEB);
        for name in ["AccessToken", "IdToken"] {
            assert_eq!(claims(&token(&answer, name))["iss"], expected);
        }
        let found = document(&app, &format!("{POOL}/.well-known/openid-configuration"));
        assert_eq!(found["issuer"], expected);
        let keys_at = found["jwks_uri"].as_str().unwrap();
        if let Some(path) = keys_at.strip_prefix(&format!("{host}/")) {
            let keys = document(&app, path);
            let key = keys["keys"]
                .as_array()
                .unwrap()
                .iter()
                .find(|key| key["kid"] == kid(&access_token(&answer)));
            assert!(is_signed_by(&access_token(&answer), key.unwrap()));
        } else {
            assert_eq!(keys_at, format!("{expected}/.well-known/jwks.json"));
        }
        assert_eq!(show(&app, &access_token(&answer)).ok()["Username"], "ana");
    }
}

// ---- Tokens that do not count ----

#[test]
fn what_is_no_token_is_invalid() {
    let app = start();
    let answer = sign_in(&app, WEB);
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
        show(&app, garbage).refused("NotAuthorizedException", "Invalid Access Token");
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
    let access = access_token(&sign_in(&app, WEB));
    let [header, said] = texts(&access);
    let signature = access.rsplit_once('.').unwrap().1;
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let forged = |token: String| show(&app, &token).refused("NotAuthorizedException", NOT_VERIFIED);
    // Claims and signature.
    for (old, new) in [
        ("\"username\":\"ana\"", "\"username\":\"ben\""),
        ("1795360980", "2795360980"),
        (POOL, OTHER_POOL),
        (POOL, "us-east-1_Nowhere01"),
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
    // The other key's name, an unknown one, the other pool's.
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
    // No signature at all, and one with the public key as a secret.
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
        let access = access_token(&sign_in(&app, client));
        // It was given half a second after the second that it names.
        let into = u64::try_from(app.clock.now().timestamp_millis() % 1000).unwrap();
        milliseconds(&app, life - into - 1);
        assert_eq!(show(&app, &access).status, 200);
        milliseconds(&app, 1);
        show(&app, &access).refused("NotAuthorizedException", "Access Token has expired");
        // Altered as well, the signature comes first.
        let signed = access.rsplit_once('.').unwrap().0;
        show(&app, &format!("{signed}.AAAA")).refused("NotAuthorizedException", NOT_VERIFIED);
        milliseconds(&app, 500);
    }
}

#[test]
fn signing_out_everywhere_ends_all_tokens_of_the_user_and_of_nobody_else() {
    let app = start();
    let ben = sign_in_by_password(&app, WEB, "ben", PASSWORD, &[]).ok();
    let ana_elsewhere = sign_in(&app, ELSEWHERE);
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
        let first = sign_in(&app, WEB);
        let second = sign_in(&app, BRIEF);
        let third = refresh(&app, WEB, &token(&first, "RefreshToken")).ok();
        end(&access_token(&second));
        for answer in [&first, &second, &third] {
            refused(&show(&app, &access_token(answer)), REVOKED);
        }
        app.call("AdminEnableUser", &user).ok();
        for answer in [&first, &second, &third] {
            refused(&show(&app, &access_token(answer)), REVOKED);
        }
        refused(
            &refresh(&app, WEB, &token(&first, "RefreshToken")),
            REVOKED_REFRESH,
        );
        refused(
            &refresh(&app, BRIEF, &token(&second, "RefreshToken")),
            REVOKED_REFRESH,
        );
        assert_eq!(show(&app, &access_token(&sign_in(&app, WEB))).status, 200);
    }
    assert_eq!(show(&app, &access_token(&ben)).status, 200);
    assert_eq!(show(&app, &access_token(&ana_elsewhere)).status, 200);
    assert_eq!(refresh(&app, WEB, &token(&ben, "RefreshToken")).status, 200);
    let unknown = json!({"UserPoolId": POOL, "Username": "nobody"});
    app.call("AdminUserGlobalSignOut", &unknown)
        .refused("UserNotFoundException", "User does not exist.");
}

#[test]
fn a_disabled_users_refresh_token_gives_nothing() {
    let app = start();
    let answer = sign_in(&app, WEB);
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
    let of_ana = sign_in(&app, WEB);
    let of_brief = sign_in_by_password(&app, BRIEF, "ben", PASSWORD, &[]).ok();
    let elsewhere = sign_in(&app, ELSEWHERE);
    app.call(
        "AdminDeleteUser",
        &json!({"UserPoolId": POOL, "Username": "ana"}),
    )
    .done();
    show(&app, &access_token(&of_ana)).refused("UserNotFoundException", "User does not exist.");
    refused(
        &refresh(&app, WEB, &token(&of_ana, "RefreshToken")),
        INVALID_REFRESH,
    );
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
    // A user who is created anew under the name is another one.
    app.call(
        "AdminCreateUser",
        &json!({"UserPoolId": POOL, "Username": "ana"}),
    )
    .ok();
    show(&app, &access_token(&of_ana)).refused("UserNotFoundException", "User does not exist.");
}

// ---- Refreshing ----

#[test]
fn a_refresh_gives_new_tokens_of_the_same_sign_in() {
    let app = start();
    let first = sign_in(&app, WEB);
    let refresh_token = token(&first, "RefreshToken");
    milliseconds(&app, 10_000);
    let parameters = json!({"REFRESH_TOKEN": refresh_token});
    let by_admin = |flow: &str| {
        let input = json!({"UserPoolId": POOL, "ClientId": WEB.id, "AuthFlow": flow, "AuthParameters": parameters});
        app.call("AdminInitiateAuth", &input)
    };
    for answer in [
        initiate(&app, WEB, "REFRESH_TOKEN_AUTH", parameters.clone()),
        initiate(&app, WEB, "REFRESH_TOKEN", parameters.clone()),
        exchange(&app, WEB, &refresh_token),
        by_admin("REFRESH_TOKEN_AUTH"),
        by_admin("REFRESH_TOKEN"),
    ] {
        let event = answer.header("x-amzn-requestid").to_owned();
        let answer = answer.ok();
        let members: Vec<&String> = answer["AuthenticationResult"]
            .as_object()
            .unwrap()
            .keys()
            .collect();
        assert_eq!(
            members,
            ["AccessToken", "ExpiresIn", "IdToken", "TokenType"]
        );
        for name in ["AccessToken", "IdToken"] {
            let (before, after) = (claims(&token(&first, name)), claims(&token(&answer, name)));
            let mut expected = before.clone();
            expected["iat"] = 1_795_357_390.into();
            expected["exp"] = 1_795_360_990_i64.into();
            expected["event_id"] = event.clone().into();
            expected["jti"] = after["jti"].clone();
            assert_eq!(after, expected);
            assert_ne!(after["jti"], before["jti"]);
        }
        assert_eq!(show(&app, &access_token(&answer)).status, 200);
    }
    // The ID token tells what is so now.
    let input = json!({"UserPoolId": POOL, "Username": "ana", "UserAttributes": [{"Name": "nickname", "Value": "annie"}]});
    app.call("AdminUpdateUserAttributes", &input).ok();
    let again = refresh(&app, WEB, &refresh_token).ok();
    assert_eq!(claims(&token(&again, "IdToken"))["nickname"], "annie");
}

#[test]
fn a_refresh_token_lives_as_long_as_its_client_says() {
    let app = start();
    for (client, life) in [(BRIEF, 90 * 60_000), (WEB, 30 * 24 * 60 * 60_000)] {
        let refresh_token = token(&sign_in(&app, client), "RefreshToken");
        milliseconds(&app, life - 1);
        assert_eq!(refresh(&app, client, &refresh_token).status, 200);
        // What it gives lives on beyond it.
        let last = exchange(&app, client, &refresh_token).ok();
        milliseconds(&app, 1);
        refused(&refresh(&app, client, &refresh_token), EXPIRED_REFRESH);
        refused(&exchange(&app, client, &refresh_token), EXPIRED_REFRESH);
        sign_in(&app, client);
        assert_eq!(show(&app, &access_token(&last)).status, 200);
    }
}

#[test]
fn a_refresh_token_is_its_clients() {
    let app = start();
    let refresh_token = token(&sign_in(&app, WEB), "RefreshToken");
    for other in [BRIEF, ELSEWHERE, WITH_SECRET] {
        refused(&refresh(&app, other, &refresh_token), INVALID_REFRESH);
        refused(&exchange(&app, other, &refresh_token), INVALID_REFRESH);
    }
    let mut altered = refresh_token.clone();
    altered.replace_range(..1, if altered.starts_with('e') { "f" } else { "e" });
    let answer = sign_in(&app, WEB);
    for garbage in [
        "garbage",
        &altered,
        &access_token(&answer),
        &token(&answer, "IdToken"),
        &refresh_token[1..],
    ] {
        refused(&refresh(&app, WEB, garbage), INVALID_REFRESH);
        refused(&exchange(&app, WEB, garbage), INVALID_REFRESH);
    }
    assert_eq!(refresh(&app, WEB, &refresh_token).status, 200);
}

#[test]
fn a_client_with_a_secret_shows_that_it_knows_it() {
    let app = start();
    let refresh_token = token(&sign_in(&app, WITH_SECRET), "RefreshToken");
    let bare = AppClient {
        secret: None,
        ..WITH_SECRET
    };
    let secret = WITH_SECRET.secret.unwrap();
    for name in ["ana", SUB] {
        let hash = secret_hash(secret, name, WITH_SECRET.id);
        let parameters = json!({"REFRESH_TOKEN": refresh_token, "SECRET_HASH": hash});
        assert_eq!(
            initiate(&app, bare, "REFRESH_TOKEN_AUTH", parameters).status,
            200
        );
    }
    let wrong = secret_hash(secret, "ben", WITH_SECRET.id);
    let parameters = json!({"REFRESH_TOKEN": refresh_token});
    let hashed = with(parameters.clone(), &[("SECRET_HASH", &wrong)]);
    initiate(&app, bare, "REFRESH_TOKEN_AUTH", hashed).refused(
        "NotAuthorizedException",
        "Unable to verify secret hash for client secret00000000000000000001",
    );
    initiate(&app, bare, "REFRESH_TOKEN_AUTH", parameters).refused(
        "NotAuthorizedException",
        "Client secret00000000000000000001 is configured with secret but SECRET_HASH was not received",
    );
    assert_eq!(exchange(&app, WITH_SECRET, &refresh_token).status, 200);
    for other in [
        bare,
        AppClient {
            secret: Some("another0123456789abcdefghijk"),
            ..WITH_SECRET
        },
    ] {
        assert_eq!(
            exchange(&app, other, &refresh_token).refusal().0,
            "NotAuthorizedException"
        );
    }
}

// ---- Rotation ----

#[test]
fn a_rotating_client_gets_a_new_refresh_token_each_time_for_the_rest_of_the_life() {
    let app = start();
    let first = sign_in(&app, ROTATING);
    let mut current = token(&first, "RefreshToken");
    for _ in 0..3 {
        milliseconds(&app, 30 * 60_000);
        let answer = exchange(&app, ROTATING, &current).ok();
        let next = token(&answer, "RefreshToken");
        assert_ne!(next, current);
        assert_eq!(
            claims(&access_token(&answer))["origin_jti"],
            claims(&access_token(&first))["origin_jti"]
        );
        current = next;
    }
    milliseconds(&app, 30 * 60_000 - 1);
    current = token(&exchange(&app, ROTATING, &current).ok(), "RefreshToken");
    milliseconds(&app, 1);
    refused(&exchange(&app, ROTATING, &current), EXPIRED_REFRESH);
}

#[test]
fn a_refresh_token_that_was_replaced_is_taken_for_the_grace_period_alone() {
    let app = start();
    let old = token(&sign_in(&app, ROTATING), "RefreshToken");
    let new = token(&exchange(&app, ROTATING, &old).ok(), "RefreshToken");
    milliseconds(&app, 6_000);
    let retried = token(&exchange(&app, ROTATING, &old).ok(), "RefreshToken");
    // The retry does not lengthen it.
    milliseconds(&app, 4_000);
    assert_eq!(exchange(&app, ROTATING, &old).status, 200);
    milliseconds(&app, 1);
    assert_eq!(
        exchange(&app, ROTATING, &old).refusal().0,
        "RefreshTokenReuseException"
    );
    for token in [&new, &retried] {
        assert_eq!(exchange(&app, ROTATING, token).status, 200);
    }
    for client in [BRIEF, WEB] {
        refused(&exchange(&app, client, &new), INVALID_REFRESH);
    }
}

#[test]
fn a_clock_that_was_ahead_lengthens_no_grace_period() {
    let app = setup().on_disk().start();
    let now = app.clock.now();
    milliseconds(&app, 3_600_000);
    let old = token(&sign_in(&app, ROTATING), "RefreshToken");
    let new = token(&exchange(&app, ROTATING, &old).ok(), "RefreshToken");
    let app = app.stop().start_at(ManualClock::at(now));
    assert_eq!(
        exchange(&app, ROTATING, &old).refusal().0,
        "RefreshTokenReuseException"
    );
    assert_eq!(exchange(&app, ROTATING, &new).status, 200);
}

#[test]
fn a_rotating_client_refreshes_by_its_own_operation_alone() {
    let app = start();
    let refresh_token = token(&sign_in(&app, ROTATING), "RefreshToken");
    refresh(&app, ROTATING, &refresh_token).refused(
        "InvalidParameterException",
        "REFRESH_TOKEN_AUTH is not enabled for the client.",
    );
    let input = json!({"UserPoolId": POOL, "ClientId": ROTATING.id, "AuthFlow": "REFRESH_TOKEN_AUTH",
        "AuthParameters": {"REFRESH_TOKEN": refresh_token}});
    app.call("AdminInitiateAuth", &input).refused(
        "InvalidParameterException",
        "Auth flow not enabled for this client",
    );
    // Switched off, what was replaced stays so.
    let new = token(
        &exchange(&app, ROTATING, &refresh_token).ok(),
        "RefreshToken",
    );
    let input = json!({"UserPoolId": POOL, "ClientId": ROTATING.id, "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"]});
    app.call("UpdateUserPoolClient", &input).ok();
    refused(&refresh(&app, ROTATING, &refresh_token), INVALID_REFRESH);
    refused(&exchange(&app, ROTATING, &refresh_token), INVALID_REFRESH);
    assert_eq!(refresh(&app, ROTATING, &new).status, 200);
    assert_eq!(
        exchange(&app, ROTATING, &new).ok()["AuthenticationResult"]["RefreshToken"],
        Value::Null
    );
}

#[test]
fn revoking_any_token_of_a_rotation_ends_them_all() {
    let app = start();
    for which in 0..2 {
        let old = token(&sign_in(&app, ROTATING), "RefreshToken");
        let answer = exchange(&app, ROTATING, &old).ok();
        let new = token(&answer, "RefreshToken");
        revoke(&app, ROTATING, [&old, &new][which]).ok();
        for token in [&old, &new] {
            refused(&exchange(&app, ROTATING, token), REVOKED_REFRESH);
        }
        refused(&show(&app, &access_token(&answer)), REVOKED);
    }
}

// ---- Revoking ----

#[test]
fn revoking_a_refresh_token_ends_its_sign_in_and_no_other() {
    let app = start();
    let (one, other) = (sign_in(&app, WEB), sign_in(&app, WEB));
    let refresh_token = token(&one, "RefreshToken");
    let refreshed = refresh(&app, WEB, &refresh_token).ok();
    for _ in 0..2 {
        assert_eq!(revoke(&app, WEB, &refresh_token).ok(), json!({}));
        refused(&show(&app, &access_token(&one)), REVOKED);
        refused(&show(&app, &access_token(&refreshed)), REVOKED);
        refused(&refresh(&app, WEB, &refresh_token), REVOKED_REFRESH);
        refused(&exchange(&app, WEB, &refresh_token), REVOKED_REFRESH);
    }
    assert_eq!(show(&app, &access_token(&other)).status, 200);
    assert_eq!(
        refresh(&app, WEB, &token(&other, "RefreshToken")).status,
        200
    );
}

#[test]
fn what_cannot_be_revoked() {
    let app = start();
    let answer = sign_in(&app, WEB);
    let refresh_token = token(&answer, "RefreshToken");
    assert_eq!(revoke(&app, WEB, "unknown").ok(), json!({}));
    for name in ["AccessToken", "IdToken"] {
        let refusal = revoke(&app, WEB, &token(&answer, name)).refusal();
        assert_eq!(refusal.0, "UnsupportedTokenTypeException");
    }
    let unrevoked = token(&sign_in(&app, UNREVOKED), "RefreshToken");
    assert_eq!(
        revoke(&app, UNREVOKED, &unrevoked).refusal().0,
        "UnsupportedOperationException"
    );
    assert_eq!(refresh(&app, UNREVOKED, &unrevoked).status, 200);
    let of_secret = token(&sign_in(&app, WITH_SECRET), "RefreshToken");
    for (client, token) in [
        (
            AppClient {
                secret: None,
                ..WITH_SECRET
            },
            &of_secret,
        ),
        (
            AppClient {
                secret: Some("another0123456789abcdefghijk"),
                ..WITH_SECRET
            },
            &of_secret,
        ),
        (
            AppClient::new(POOL, "unknown0000000000000000001"),
            &of_secret,
        ),
        (BRIEF, &refresh_token),
        (ELSEWHERE, &refresh_token),
    ] {
        assert_eq!(
            revoke(&app, client, token).refusal().0,
            "UnauthorizedException",
            "{}",
            client.id
        );
    }
    assert_eq!(refresh(&app, WEB, &refresh_token).status, 200);
    assert_eq!(refresh(&app, WITH_SECRET, &of_secret).status, 200);
    revoke(&app, WITH_SECRET, &of_secret).ok();
    refused(&refresh(&app, WITH_SECRET, &of_secret), REVOKED_REFRESH);
}

#[test]
fn tokens_of_a_client_without_revocation_name_no_origin_and_still_end() {
    let app = start();
    let user = json!({"UserPoolId": POOL, "Username": "ana"});
    for admin in [false, true] {
        milliseconds(&app, 1000);
        let answer = sign_in(&app, UNREVOKED);
        milliseconds(&app, 1000);
        let refreshed = refresh(&app, UNREVOKED, &token(&answer, "RefreshToken")).ok();
        for answer in [&answer, &refreshed] {
            for name in ["AccessToken", "IdToken"] {
                let claims = claims(&token(answer, name));
                assert!(claims.get("jti").is_none() && claims.get("origin_jti").is_none());
            }
            assert_eq!(show(&app, &access_token(answer)).status, 200);
        }
        if admin {
            app.call("AdminUserGlobalSignOut", &user).ok();
        } else {
            app.call_open(
                "GlobalSignOut",
                &json!({"AccessToken": access_token(&refreshed)}),
            )
            .ok();
        }
        for answer in [&answer, &refreshed] {
            refused(&show(&app, &access_token(answer)), REVOKED);
        }
        refused(
            &refresh(&app, UNREVOKED, &token(&answer, "RefreshToken")),
            REVOKED_REFRESH,
        );
    }
}

// ---- Restarts ----

#[test]
fn tokens_live_on_after_a_restart_and_what_was_revoked_stays_so() {
    let app = setup().on_disk().with("issuer", "aws").start();
    let (kept, revoked) = (sign_in(&app, WEB), sign_in(&app, WEB));
    revoke(&app, WEB, &token(&revoked, "RefreshToken")).ok();
    let keys = jwks(&app, POOL);
    let app = app.stop().start();
    assert_eq!(jwks(&app, POOL), keys);
    assert_eq!(show(&app, &access_token(&kept)).status, 200);
    let again = refresh(&app, WEB, &token(&kept, "RefreshToken")).ok();
    assert_eq!(kid(&access_token(&again)), kid(&access_token(&kept)));
    refused(&show(&app, &access_token(&revoked)), REVOKED);
    refused(
        &refresh(&app, WEB, &token(&revoked, "RefreshToken")),
        REVOKED_REFRESH,
    );
    // Nothing that somebody could sign in with is in the file.
    let setup = app.stop();
    let file = std::fs::read(setup.database()).unwrap();
    for secret in [
        PASSWORD.to_owned(),
        token(&kept, "RefreshToken"),
        access_token(&kept),
    ] {
        assert!(
            !file
                .windows(secret.len())
                .any(|window| window == secret.as_bytes())
        );
    }
}
