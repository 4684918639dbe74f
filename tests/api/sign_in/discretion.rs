//! What a client with `PreventUserExistenceErrors` hides.

use serde_json::{Value, json};

use super::{EMAIL_APP, begun, claim, setup, start, verify};
use crate::world::{
    ANA_SUB, Answer, App, DISCREET, Exchange, LOCKED_OUT, PASSWORD, POOL, WEB, WRONG_PASSWORD,
    initiate_by_admin, keys, respond, sign_in_by_password, sign_in_by_srp, with,
};

#[test]
fn a_sub_in_other_letter_case_tells_nobody_that_it_is_one() {
    let app = start();
    let shown = |name: &str| {
        let parameters = begun(&app, DISCREET, name)["ChallengeParameters"].clone();
        (
            parameters["USER_ID_FOR_SRP"].clone(),
            parameters["SALT"].clone(),
        )
    };
    for sub in [ANA_SUB, "0c8b1d6f-2a47-4d0a-9e55-3f2a9c1e7b64"] {
        assert_eq!(shown(sub), shown(&sub.to_uppercase()), "{sub}");
    }
    let user = json!({"UserPoolId": POOL, "Username": ANA_SUB.to_uppercase()});
    assert_eq!(app.call("AdminGetUser", &user).ok()["Username"], "ana");
}

#[test]
fn a_client_that_says_so_tells_that_a_user_does_not_exist() {
    let app = start();
    let unknown = ("UserNotFoundException", "User does not exist.");
    sign_in_by_srp(&app, WEB, "nobody", PASSWORD, &[]).refused_as(unknown);
    sign_in_by_password(&app, WEB, "nobody", PASSWORD, &[]).refused_as(unknown);
    for flow in ["ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"] {
        initiate_by_admin(
            &app,
            WEB,
            flow,
            json!({"USERNAME": "nobody", "PASSWORD": PASSWORD}),
        )
        .refused_as(unknown);
        initiate_by_admin(
            &app,
            DISCREET,
            flow,
            json!({"USERNAME": "nobody", "PASSWORD": PASSWORD}),
        )
        .refused_as(WRONG_PASSWORD);
    }
}

#[test]
fn a_discreet_client_answers_about_nobody_as_about_somebody() {
    let app = setup().on_disk().start();
    let shape = |asked: &Value| {
        let parameters = &asked["ChallengeParameters"];
        let text = |name: &str| parameters[name].as_str().unwrap().to_owned();
        let salt = text("SALT");
        assert!(salt.bytes().all(|digit| digit.is_ascii_hexdigit()));
        assert!((0x01..=0x7f).contains(&u8::from_str_radix(&salt[..2], 16).unwrap()));
        assert!(text("SRP_B").len() > 760);
        assert_eq!(text("USERNAME"), text("USER_ID_FOR_SRP"));
        let id = text("USER_ID_FOR_SRP");
        let version = uuid::Uuid::parse_str(&id)
            .ok()
            .map(|id| (id.get_version_num(), id.get_variant()));
        (
            keys(asked).join(","),
            keys(parameters).join(","),
            salt.len(),
            text("SECRET_BLOCK").len() / 64,
            version,
        )
    };
    assert_eq!(
        shape(&begun(&app, DISCREET, "ben")),
        shape(&begun(&app, DISCREET, "bob"))
    );
    assert_eq!(
        begun(&app, DISCREET, "BEN")["ChallengeParameters"]["USERNAME"],
        "ben"
    );
    assert_eq!(
        begun(&app, DISCREET, "BOB")["ChallengeParameters"]["USERNAME"],
        "bob"
    );
    assert_eq!(
        shape(&begun(&app, EMAIL_APP, "eva@example.com")),
        shape(&begun(&app, EMAIL_APP, "eve@example.com"))
    );
    // The usernames of this pool are not UUIDs.
    let unknown = begun(&app, DISCREET, "nobody@example.com");
    assert_eq!(unknown["ChallengeParameters"]["USER_ID_FOR_SRP"], "nobody");

    let told = |app: &App, client, name: &str| {
        let parameters = begun(app, client, name)["ChallengeParameters"].clone();
        (
            parameters["SALT"].clone(),
            parameters["USER_ID_FOR_SRP"].clone(),
        )
    };
    let names = ["Ana", "bob", "BOB", "nobody@example.com", "bill"];
    let first = names.map(|name| told(&app, DISCREET, name));
    assert_eq!(first[1], first[2]);
    // An address and the username that it shows get the same answer, for unknown users as for Ana, also if that is a username.
    for (address, name) in [
        ("ana@example.com", "ana"),
        ("nobody@example.com", "nobody"),
        ("ben@example.com", "ben"),
        ("+1-is-no-number@example.com", "+1-is-no-number"),
    ] {
        let shown = told(&app, DISCREET, address);
        assert_eq!(
            shown,
            told(&app, DISCREET, shown.1.as_str().unwrap()),
            "{name}"
        );
    }
    // But nobody signs in by an address that is not theirs.
    sign_in_by_password(&app, DISCREET, "ben@example.com", PASSWORD, &[])
        .refused_as(WRONG_PASSWORD);
    let responses = claim(
        &app,
        DISCREET,
        &begun(&app, DISCREET, "ben@example.com"),
        PASSWORD,
    );
    verify(&app, DISCREET, responses).refused_as(WRONG_PASSWORD);
    // A sub has another username, for unknown users as for Ana.
    let unknown = told(&app, DISCREET, "34c84488-e0e1-40ae-92ee-991ad1a898c9");
    assert!(uuid::Uuid::parse_str(unknown.1.as_str().unwrap()).is_err());
    let sub = told(&app, EMAIL_APP, "nobody@example.com");
    assert_eq!(told(&app, EMAIL_APP, sub.1.as_str().unwrap()), sub);
    assert_ne!(first[1].0, first[4].0);
    assert_ne!(told(&app, EMAIL_APP, "nobody@example.com"), first[3]);
    app.seconds_pass(100_000);
    let app = app.stop().start();
    assert_eq!(names.map(|name| told(&app, DISCREET, name)), first);
    assert_ne!(
        begun(&app, DISCREET, "bob")["ChallengeParameters"]["SRP_B"],
        begun(&app, DISCREET, "bob")["ChallengeParameters"]["SRP_B"]
    );
}

#[test]
fn a_discreet_client_does_not_tell_which_names_are_one_users() {
    let app = start();
    let ana = ["ana", "ana@example.com", ANA_SUB];
    let bob = [
        "bob",
        "bob@example.com",
        "34c84488-e0e1-40ae-92ee-991ad1a898c9",
    ];
    let both = |place: usize, password: &str| {
        let [of_ana, of_bob] = [ana, bob].map(|names| {
            let by_srp = sign_in_by_srp(&app, DISCREET, names[place], password, &[]);
            let by_password = sign_in_by_password(&app, DISCREET, names[place], password, &[]);
            [by_srp.refusal(), by_password.refusal()]
        });
        assert_eq!(of_ana, of_bob, "{place}");
        of_ana.map(|(_, message)| message)
    };
    // Five attempts at Ana's password by any of her names lock her out, and the discreet client does not show it.
    for place in [0, 1, 2] {
        assert_eq!(both(place, "wrong"), [WRONG_PASSWORD.1; 2]);
    }
    assert_eq!(both(0, PASSWORD), [WRONG_PASSWORD.1; 2]);
    sign_in_by_password(&app, WEB, "ana", PASSWORD, &[]).refused_as(LOCKED_OUT);
    // A name that was used five times is locked, for unknown users as for Ana.
    assert_eq!(both(0, "wrong"), [WRONG_PASSWORD.1, LOCKED_OUT.1]);
    assert_eq!(both(0, PASSWORD), [LOCKED_OUT.1; 2]);
    assert_eq!(both(1, "wrong"), [WRONG_PASSWORD.1; 2]);
    // Afterwards she signs in by any name, which ends the counts of all her names.
    app.seconds_pass(1);
    assert_eq!(
        sign_in_by_srp(&app, DISCREET, "ana@example.com", PASSWORD, &[]).status,
        200
    );
    for name in ana {
        for _ in 0..4 {
            sign_in_by_password(&app, DISCREET, name, "wrong", &[]).refused_as(WRONG_PASSWORD);
        }
        assert_eq!(
            sign_in_by_password(&app, DISCREET, name, PASSWORD, &[]).status,
            200
        );
    }
}

#[test]
fn nothing_that_goes_wrong_tells_a_discreet_clients_caller_who_exists() {
    let app = start();
    let device = "us-east-1_aaaaaaaa-0000-4000-8000-000000000001";
    let probes: [&dyn Fn(&str) -> Answer; 8] = [
        &|name| sign_in_by_password(&app, DISCREET, name, "wrong", &[]),
        &|name| sign_in_by_srp(&app, DISCREET, name, "wrong", &[]),
        &|name| sign_in_by_srp(&app, DISCREET, name, "wrong", &[("DEVICE_KEY", device)]),
        &|name| sign_in_by_password(&app, DISCREET, name, "wrong", &[("DEVICE_KEY", device)]),
        // The challenge is answered under another name.
        &|name| {
            let responses = claim(&app, DISCREET, &begun(&app, DISCREET, name), "wrong");
            verify(&app, DISCREET, with(responses, &[("USERNAME", "carl")]))
        },
        &|name| {
            let responses =
                json!({"USERNAME": name, "DEVICE_KEY": device, "SRP_A": Exchange::new().srp_a()});
            respond(&app, DISCREET, "DEVICE_SRP_AUTH", &Value::Null, responses)
        },
        &|name| {
            let responses = claim(&app, DISCREET, &begun(&app, DISCREET, name), "wrong");
            respond(
                &app,
                DISCREET,
                "DEVICE_PASSWORD_VERIFIER",
                &Value::Null,
                with(responses, &[("DEVICE_KEY", device)]),
            )
        },
        &|name| {
            let responses = claim(&app, DISCREET, &begun(&app, DISCREET, name), "wrong");
            verify(
                &app,
                DISCREET,
                with(responses, &[("PASSWORD_CLAIM_SIGNATURE", "AAAA")]),
            )
        },
    ];
    for (index, probe) in probes.iter().enumerate() {
        app.seconds_pass(900);
        // Six times, to compare the lock as well.
        for _ in 0..6 {
            assert_eq!(probe("ben").refusal(), probe("bob").refusal(), "{index}");
        }
    }
}
