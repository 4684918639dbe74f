//! The claims of tokens.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{BRIEF, kid, start, texts};
use crate::world::{
    ANA_SUB, PASSWORD, POOL, WEB, access_token, claims, sign_in, sign_in_by_srp, token,
};

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
            "sub": ANA_SUB, "iss": issuer, "client_id": WEB.id, "origin_jti": id_claims["origin_jti"], "event_id": event,
            "token_use": "access", "scope": "aws.cognito.signin.user.admin", "auth_time": 1_795_357_380, "exp": 1_795_360_980,
            "iat": 1_795_357_380, "jti": access_claims["jti"], "username": "ana",
        })
    );
    assert_eq!(
        id_claims,
        json!({
            "sub": ANA_SUB, "email_verified": true, "iss": issuer, "phone_number_verified": false, "cognito:username": "ana",
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
    let answer = sign_in(&app, WEB, "ana");
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
    let answer = sign_in(&app, BRIEF, "ana");
    assert_eq!(answer["AuthenticationResult"]["ExpiresIn"], 600);
    let (access, id) = (
        claims(&access_token(&answer)),
        claims(&token(&answer, "IdToken")),
    );
    assert_eq!(access["exp"], 1_795_357_380 + 600);
    assert_eq!(id["exp"], 1_795_357_380 + 1200);
    // Custom attributes are texts, whatever their type, and only for clients that may read them.
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
    let (one, other) = (sign_in(&app, WEB, "ana"), sign_in(&app, WEB, "ana"));
    let ids: std::collections::HashSet<Value> = [&one, &other]
        .into_iter()
        .flat_map(|answer| ["AccessToken", "IdToken"].map(|name| claims(&token(answer, name))))
        .flat_map(|claims| [claims["jti"].clone(), claims["origin_jti"].clone()])
        .collect();
    assert_eq!(ids.len(), 6);
    assert_ne!(token(&one, "RefreshToken"), token(&other, "RefreshToken"));
}
