//! Usernames in pools that ignore case: kept and shown in lower case, while SRP uses the spelling that the password was made
//! with.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::world::{
    App, AppClient, DISCREET, Device, Exchange, NEW, PASSWORD, POOL, Pool, Secret, Setup, Tool,
    User, WEB, WITH_SECRET, access_token, attribute, claims, confirm_device, hides_users, initiate,
    number, pad, secret_hash, sign_in_by_password, sign_in_by_srp, token,
};

/// A pool that ignores case, or not, with these users.
fn pool(case_sensitive: bool, users: impl IntoIterator<Item = User>) -> Pool {
    Pool::new(POOL)
        .with(json!({
            "AliasAttributes": ["email"], "UsernameConfiguration": {"CaseSensitive": case_sensitive},
            "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": true},
            "Policies": {"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": 2}},
        }))
        .client(WEB)
        .client_with(DISCREET, hides_users())
        .client(WITH_SECRET)
        .users(users)
}

/// A user of an older export, which has usernames as they were spelled: the verifier is for `Ana`.
fn spelled() -> User {
    let salt = number("49d180ecf56132819571bf39d9b7b342");
    let verifier = Secret::of_user(POOL, "Ana", PASSWORD).verifier(&salt);
    User::new("Ana").with(json!({"Salt": STANDARD.encode(pad(&salt)),
        "PasswordVerifier": STANDARD.encode(verifier.to_bytes_be())}))
}

/// The name that an exchange shows.
fn shown(app: &App, client: AppClient<'_>, name: &str) -> String {
    let parameters = json!({"USERNAME": name, "SRP_A": Exchange::new().srp_a()});
    let asked = initiate(app, client, "USER_SRP_AUTH", parameters).ok();
    let parameters = &asked["ChallengeParameters"];
    assert_eq!(parameters["USERNAME"], parameters["USER_ID_FOR_SRP"]);
    parameters["USERNAME"].as_str().unwrap().to_owned()
}

#[test]
fn names_are_shown_in_lower_case_where_case_is_ignored_and_as_they_are_elsewhere() {
    for sensitive in [false, true] {
        let app = pool(sensitive, []).start();
        let expected = |text: &str| {
            if sensitive {
                text.to_owned()
            } else {
                text.to_lowercase()
            }
        };
        let input = json!({"UserPoolId": POOL, "Username": "Ana", "TemporaryPassword": PASSWORD, "UserAttributes": [
            attribute("email", "Ana@Example.com"), attribute("email_verified", "true"),
            attribute("preferred_username", "TheBoss"), attribute("name", "Ana Boss")]});
        let created = app.call("AdminCreateUser", &input).ok()["User"].clone();
        let all = |attributes: &Value, username: &Value| {
            assert_eq!(*username, expected("Ana"));
            for (name, value) in [
                ("email", expected("Ana@Example.com")),
                ("preferred_username", expected("TheBoss")),
                // The case of other attributes matters.
                ("name", "Ana Boss".to_owned()),
            ] {
                let attributes = attributes.as_array().unwrap();
                assert!(
                    attributes.contains(&attribute(name, &value)),
                    "{name}: {attributes:?}"
                );
            }
        };
        all(&created["Attributes"], &created["Username"]);
        let got = app.user("Ana");
        all(&got["UserAttributes"], &got["Username"]);
        let listed = app.call("ListUsers", &json!({"UserPoolId": POOL})).ok()["Users"][0].clone();
        all(&listed["Attributes"], &listed["Username"]);
        app.set_password(POOL, "Ana", PASSWORD, true).ok();
        assert_eq!(shown(&app, WEB, "Ana"), expected("Ana"));
        assert_eq!(shown(&app, DISCREET, "Ana@Example.com"), expected("Ana"));
        let tokens = sign_in_by_srp(&app, WEB, "Ana", PASSWORD, &[]).ok();
        let access = access_token(&tokens);
        assert_eq!(claims(&access)["username"], expected("Ana"));
        let id = claims(&token(&tokens, "IdToken"));
        assert_eq!(id["cognito:username"], expected("Ana"));
        assert_eq!(id["email"], expected("Ana@Example.com"));
        let own = app
            .call_open("GetUser", &json!({"AccessToken": access}))
            .ok();
        all(&own["UserAttributes"], &own["Username"]);
        let device = Device::issued(&tokens);
        confirm_device(&app, &access, &device).ok();
        let owner = format!("{}.{POOL}", expected("Ana"));
        let shown = app.device("Ana", &device.key).ok().to_string();
        assert!(shown.contains(&format!(r#""{owner}""#)), "{shown}");
        assert!(
            shown.contains(&format!(":owner/{owner}/device/")),
            "{shown}"
        );
        let change = json!({"AccessToken": access, "UserAttributes": [attribute("email", "A.B@Example.com")]});
        app.call_open("UpdateUserAttributes", &change).ok();
        let own = app
            .call_open("GetUser", &json!({"AccessToken": access}))
            .ok();
        let new = attribute("email", &expected("A.B@Example.com"));
        assert!(own["UserAttributes"].as_array().unwrap().contains(&new));
    }
}

#[test]
fn a_password_is_proved_by_the_spelling_that_it_was_made_with_until_another_is_set() {
    let app = pool(false, [spelled()]).start();
    for name in ["Ana", "ana", "ANA"] {
        for client in [WEB, DISCREET] {
            assert_eq!(shown(&app, client, name), "Ana");
            let tokens = sign_in_by_srp(&app, client, name, PASSWORD, &[]).ok();
            assert_eq!(claims(&access_token(&tokens))["username"], "ana");
            sign_in_by_password(&app, client, name, PASSWORD, &[]).ok();
        }
    }
    // The hash may be over the name of the exchange or over the name of the tokens.
    let tokens = sign_in_by_srp(&app, WITH_SECRET, "ana", PASSWORD, &[]).ok();
    confirm_device(&app, &access_token(&tokens), &Device::issued(&tokens)).ok();
    let device = tokens["AuthenticationResult"]["NewDeviceMetadata"]["DeviceKey"].clone();
    for (name, status) in [("Ana", 200), ("ana", 200), ("ANA", 400)] {
        let hash = secret_hash(WITH_SECRET.secret.unwrap(), name, WITH_SECRET.id);
        let parameters = json!({"REFRESH_TOKEN": token(&tokens, "RefreshToken"), "DEVICE_KEY": device, "SECRET_HASH": hash});
        let answer = initiate(&app, WITH_SECRET, "REFRESH_TOKEN_AUTH", parameters);
        assert_eq!(answer.status, status, "{name}");
    }
    let change = |previous: &str, proposed: &str| {
        let access = access_token(&sign_in_by_srp(&app, WEB, "ana", previous, &[]).ok());
        app.call_open(
            "ChangePassword",
            &json!({"AccessToken": access, "PreviousPassword": previous, "ProposedPassword": proposed}),
        )
    };
    change(PASSWORD, NEW).ok();
    assert_eq!(shown(&app, WEB, "Ana"), "ana");
    // The former password is still in the history.
    assert_eq!(
        change(NEW, PASSWORD).refusal().0,
        "PasswordHistoryPolicyViolationException"
    );
}

#[test]
fn nobody_shows_a_spelling_where_some_users_do() {
    let names: Vec<String> = (0..64).map(|number| format!("bob{number}")).collect();
    let spelled_names = |app: &App| {
        let shown = names.iter().map(|name| {
            let shown = shown(app, DISCREET, name);
            assert_eq!(shown.to_lowercase(), *name);
            assert_eq!(shown, self::shown(app, DISCREET, &name.to_uppercase()));
            shown
        });
        shown
            .filter(|shown| shown.contains(char::is_uppercase))
            .count()
    };
    let app = pool(false, [spelled()]).start();
    let spelled = spelled_names(&app);
    assert!((8..56).contains(&spelled), "{spelled}");
    // Nothing changes when the last such user has another password.
    app.set_password(POOL, "ana", NEW, true).ok();
    assert_eq!(spelled_names(&app), spelled);
    let without = pool(false, [User::new("Ana").password(PASSWORD)]).start();
    assert_eq!(shown(&without, DISCREET, "Ana"), "ana");
    assert_eq!(spelled_names(&without), 0);
}

#[test]
fn a_pool_that_comes_to_ignore_case_keeps_its_passwords() {
    let tool = Tool::new();
    let ana = User::new("Ana")
        .password(PASSWORD)
        .verified_email("Ana@Example.com");
    tool.apply_seed(&pool(true, [ana]).into_seed());
    tool.apply_seed(&pool(false, []).into_seed());
    let exported = tool.export();
    let user = &exported["UserPools"][0]["Users"][0];
    assert_eq!(user["Username"], "Ana", "by which the password is proved");
    assert!(user.to_string().contains("ana@example.com"), "{user}");
    let there = Tool::new();
    there.apply_seed(&exported);
    assert_eq!(there.export(), exported);
    assert_eq!(there.run("check --deep").code, 0);
    let app = Setup::new().seeded(exported.clone()).start();
    let tokens = sign_in_by_srp(&app, WEB, "ana@EXAMPLE.com", PASSWORD, &[]).ok();
    assert_eq!(claims(&access_token(&tokens))["username"], "ana");
}
