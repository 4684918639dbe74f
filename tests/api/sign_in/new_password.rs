//! `NEW_PASSWORD_REQUIRED`: temporary passwords, and the passwords that replace them.

use serde_json::json;

use super::{new_password, start};
use crate::world::{
    ANA_SUB, NEW, POOL, Pool, TEMPORARY, User, WEB, WRONG_PASSWORD, access_token,
    initiate_by_admin, keys, sign_in_by_password, sign_in_by_srp, with,
};

#[test]
fn a_temporary_password_asks_for_another_in_every_flow_until_it_ends() {
    let app = start();
    let parameters = json!({"USERNAME": "tom@example.com", "PASSWORD": TEMPORARY});
    for answer in [
        sign_in_by_srp(&app, WEB, "tom", TEMPORARY, &[]),
        sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]),
        initiate_by_admin(&app, WEB, "ADMIN_USER_PASSWORD_AUTH", parameters),
    ] {
        let answer = answer.ok();
        assert_eq!(
            keys(&answer),
            ["ChallengeName", "ChallengeParameters", "Session"]
        );
        assert_eq!(answer["ChallengeName"], "NEW_PASSWORD_REQUIRED");
        let parameters = &answer["ChallengeParameters"];
        assert_eq!(parameters["USER_ID_FOR_SRP"], "tom");
        assert_eq!(
            parameters["requiredAttributes"],
            r#"["userAttributes.nickname"]"#
        );
        assert_eq!(
            parameters["userAttributes"],
            r#"{"email":"tom@example.com","email_verified":"true"}"#
        );
    }
    sign_in_by_password(&app, WEB, "tom", "wrong", &[]).refused_as(WRONG_PASSWORD);
    app.seconds_pass(3 * 24 * 60 * 60 - 1);
    assert_eq!(
        sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]).status,
        200
    );
    app.seconds_pass(1);
    let ended = (
        "NotAuthorizedException",
        "Temporary password has expired and must be reset by an administrator.",
    );
    sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]).refused_as(ended);
    sign_in_by_srp(&app, WEB, "tom", TEMPORARY, &[]).refused_as(ended);
    sign_in_by_password(&app, WEB, "tom", "wrong", &[]).refused_as(WRONG_PASSWORD);
    app.set_password(POOL, "tom", NEW, false).ok();
    assert_eq!(sign_in_by_password(&app, WEB, "tom", NEW, &[]).status, 200);
}

/// `AdminCreateUserConfig.UnusedAccountValidityDays` is the older name of what the password policy says.
#[test]
fn a_temporary_password_ends_when_the_pool_shows_that_it_does() {
    for (named, days) in [
        (
            json!({"AdminCreateUserConfig": {"UnusedAccountValidityDays": 1}}),
            1,
        ),
        (
            json!({"Policies": {"PasswordPolicy": {"TemporaryPasswordValidityDays": 2}}}),
            2,
        ),
        (json!({}), 7),
    ] {
        let app = Pool::new(POOL)
            .with(named)
            .client(WEB)
            .user(User::new("tom").temporary_password(TEMPORARY))
            .start();
        let shown = app
            .call("DescribeUserPool", &json!({"UserPoolId": POOL}))
            .ok();
        let policy = &shown["UserPool"]["Policies"]["PasswordPolicy"];
        assert_eq!(policy["TemporaryPasswordValidityDays"], days);
        let sign_in = || sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]);
        app.seconds_pass(days * 24 * 60 * 60 - 1);
        assert_eq!(
            sign_in().ok()["ChallengeName"],
            "NEW_PASSWORD_REQUIRED",
            "{days}"
        );
        app.seconds_pass(1);
        let ended = "Temporary password has expired and must be reset by an administrator.";
        sign_in().refused("NotAuthorizedException", ended);
    }
}

#[test]
fn a_new_password_takes_the_place_of_the_temporary_one() {
    let app = start();
    let asked = sign_in_by_srp(&app, WEB, "tom", TEMPORARY, &[]).ok();
    let set = json!({"USERNAME": "tom", "NEW_PASSWORD": NEW, "userAttributes.nickname": "tommy", "userAttributes.custom:plan": "free"});
    let answer = new_password(&app, WEB, &asked, set).ok();
    assert_eq!(
        keys(&answer),
        ["AuthenticationResult", "ChallengeParameters"]
    );
    let shown = app.user("tom");
    assert_eq!(shown["UserStatus"], "CONFIRMED");
    let attributes = shown["UserAttributes"].to_string();
    assert!(
        attributes.contains("tommy") && attributes.contains("free"),
        "{attributes}"
    );
    sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]).refused_as(WRONG_PASSWORD);
    assert!(!access_token(&sign_in_by_srp(&app, WEB, "tom", NEW, &[]).ok()).is_empty());
}

#[test]
fn the_new_password_may_be_the_temporary_one() {
    let app = start();
    let asked = sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]).ok();
    let set =
        json!({"USERNAME": "tom", "NEW_PASSWORD": TEMPORARY, "userAttributes.nickname": "tommy"});
    assert_eq!(new_password(&app, WEB, &asked, set).status, 200);
    assert!(!access_token(&sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]).ok()).is_empty());
}

#[test]
fn what_the_new_password_comes_with_is_checked_and_nothing_stays_of_a_refusal() {
    let app = start();
    let asked = sign_in_by_password(&app, WEB, "tom", TEMPORARY, &[]).ok();
    let base = json!({"USERNAME": "tom", "NEW_PASSWORD": NEW});
    let nickname = ("userAttributes.nickname", "tommy");
    for (further, code, message) in [
        (
            vec![],
            "InvalidParameterException",
            "Invalid attributes given, nickname is missing",
        ),
        (
            vec![("userAttributes.nickname", "")],
            "InvalidParameterException",
            "Invalid attributes given, nickname is missing",
        ),
        (
            vec![nickname, ("userAttributes.email", "other@example.com")],
            "NotAuthorizedException",
            "Cannot modify an already provided email",
        ),
        (
            vec![nickname, ("userAttributes.email_verified", "true")],
            "NotAuthorizedException",
            "Cannot modify an already provided email_verified",
        ),
        (
            vec![nickname, ("userAttributes.phone_number", "+12065550100")],
            "NotAuthorizedException",
            "A client attempted to write unauthorized attribute",
        ),
        (
            vec![nickname, ("userAttributes.sub", ANA_SUB)],
            "NotAuthorizedException",
            "A client attempted to write unauthorized attribute",
        ),
        (
            vec![nickname, ("NEW_PASSWORD", "Short1")],
            "InvalidPasswordException",
            "Password did not conform with policy: Password not long enough",
        ),
        (
            vec![nickname, ("NEW_PASSWORD", "all-lower-case")],
            "InvalidPasswordException",
            "Password did not conform with policy: Password must have uppercase characters",
        ),
    ] {
        new_password(&app, WEB, &asked, with(base.clone(), &further)).refused(code, message);
    }
    let shown = app.user("tom");
    assert_eq!(shown["UserStatus"], "FORCE_CHANGE_PASSWORD");
    assert!(!shown["UserAttributes"].to_string().contains("tommy"));
    // A refusal does not use up the session.
    assert_eq!(
        new_password(&app, WEB, &asked, with(base, &[nickname])).status,
        200
    );
}
