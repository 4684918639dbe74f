//! Links between users and their identities.

use serde_json::{Value, json};

use super::{call, create, invalid};
use crate::world::{
    App, AppClient, NOW, NOW_MS, PASSWORD, POOL, Pool, User, WRONG_PASSWORD, initiate, value_of,
};

const CLIENT: AppClient<'_> = AppClient::new(POOL, "web00000000000000000000001");
const NOT_LINKED: &str =
    "Account isn't linked to anyone else, verify that the account has been linked";

fn start() -> App {
    let federated = json!([{"userId": "77", "providerName": "Login", "providerType": "OIDC", "issuer": null, "primary": true,
        "dateCreated": 1_682_704_282_933_i64}]);
    let app = Pool::new(POOL)
        .client(CLIENT)
        .user(User::new("ana").password(PASSWORD))
        .user(User::new("ben"))
        .user(
            User::new("Login_77")
                .with(json!({"UserStatus": "EXTERNAL_PROVIDER"}))
                .attribute("identities", &federated.to_string()),
        )
        .start();
    create(
        &app,
        "Login",
        json!({"AttributeMapping": {"email": "email"}}),
    );
    let google = json!({"ProviderName": "Google", "ProviderType": "Google",
        "ProviderDetails": {"client_id": "a", "client_secret": "b", "authorize_scopes": "openid"}});
    call(&app, "CreateIdentityProvider", google).ok();
    app
}

fn identity(provider: &str, attribute: &str, value: &str) -> Value {
    json!({"ProviderName": provider, "ProviderAttributeName": attribute, "ProviderAttributeValue": value})
}

fn subject(provider: &str, value: &str) -> Value {
    identity(provider, "Cognito_Subject", value)
}

fn link(source: Value, destination: Value) -> Value {
    json!({"SourceUser": source, "DestinationUser": destination})
}

fn local(name: &str) -> Value {
    json!({"ProviderName": "Cognito", "ProviderAttributeValue": name})
}

/// What the user shows as identities.
fn identities(app: &App, user: &str) -> Value {
    let answer = call(app, "AdminGetUser", json!({"Username": user})).ok();
    let shown = value_of(&answer["UserAttributes"], "identities");
    shown
        .as_str()
        .map_or(Value::Null, |text| serde_json::from_str(text).unwrap())
}

#[test]
fn a_linked_identity_is_shown_by_its_user_until_the_link_is_taken_away() {
    let app = start();
    app.seconds_pass(60);
    let answer = call(
        &app,
        "AdminLinkProviderForUser",
        link(subject("Google", "12"), local("ana")),
    );
    assert_eq!(answer.ok(), json!({}));
    let expected = json!([{"userId": "12", "providerName": "Google", "providerType": "Google", "issuer": null, "primary": false,
        "dateCreated": NOW_MS + 60_000}]);
    assert_eq!(identities(&app, "ana"), expected);
    let ana = call(&app, "AdminGetUser", json!({"Username": "ana"})).ok();
    assert_eq!(ana["UserLastModifiedDate"], NOW + 60.0);
    let taken = json!({"User": subject("Google", "12")});
    assert_eq!(
        call(&app, "AdminDisableProviderForUser", taken.clone()).ok(),
        json!({})
    );
    assert_eq!(identities(&app, "ana"), Value::Null);
    invalid(&app, "AdminDisableProviderForUser", taken, NOT_LINKED);
    call(
        &app,
        "AdminLinkProviderForUser",
        link(subject("Google", "12"), local("ben")),
    )
    .ok();
}

#[test]
fn an_identity_is_linked_once_and_not_if_it_has_a_user_of_its_own() {
    let app = start();
    let linked = link(subject("Login", "12"), local("ana"));
    call(&app, "AdminLinkProviderForUser", linked.clone()).ok();
    let message = "SourceUser is already linked to DestinationUser";
    invalid(&app, "AdminLinkProviderForUser", linked, message);
    let other = link(subject("Login", "12"), local("ben"));
    invalid(&app, "AdminLinkProviderForUser", other, message);
    let message = "Merging is not currently supported, provide a SourceUser that has not been signed up in order to link";
    let own = link(subject("Login", "77"), local("ana"));
    invalid(&app, "AdminLinkProviderForUser", own, message);
    let message = "Invalid SourceUser: Cognito users with a username/password may not be passed in as a SourceUser, only as a \
                   DestinationUser";
    let source = link(subject("Cognito", "ben"), local("ana"));
    invalid(&app, "AdminLinkProviderForUser", source, message);
}

#[test]
fn a_federated_user_is_named_by_provider_and_subject() {
    let app = start();
    let both = link(
        subject("Google", "5"),
        json!({"ProviderName": "Login", "ProviderAttributeValue": "77"}),
    );
    call(&app, "AdminLinkProviderForUser", both).ok();
    let shown = identities(&app, "Login_77");
    assert_eq!([&shown[0]["primary"], &shown[1]["primary"]], [true, false]);
    let unknown = link(
        subject("Google", "6"),
        json!({"ProviderName": "Login", "ProviderAttributeValue": "78"}),
    );
    call(&app, "AdminLinkProviderForUser", unknown)
        .refused("UserNotFoundException", "User does not exist.");
    // The identity that the user was made for is no link.
    let own = json!({"User": subject("Login", "77")});
    invalid(&app, "AdminDisableProviderForUser", own, NOT_LINKED);
}

#[test]
fn an_identity_is_linked_by_the_subject_or_by_a_mapped_attribute() {
    let app = start();
    let by_email =
        |provider: &str| link(identity(provider, "email", "a@example.com"), local("ana"));
    let message = "Invalid ProviderAttributeName: it must be Cognito_Subject or an attribute that a claim is mapped to.";
    invalid(
        &app,
        "AdminLinkProviderForUser",
        by_email("Google"),
        message,
    );
    let unmapped = link(identity("Login", "nickname", "a"), local("ana"));
    invalid(&app, "AdminLinkProviderForUser", unmapped, message);
    call(&app, "AdminLinkProviderForUser", by_email("Login")).ok();
    let shown = identities(&app, "ana");
    assert_eq!(
        [&shown[0]["userId"], &shown[0]["providerAttributeName"]],
        ["a@example.com", "email"]
    );
    let message = "SourceUser is already linked to DestinationUser";
    invalid(&app, "AdminLinkProviderForUser", by_email("Login"), message);
    let taken = json!({"User": subject("Login", "a@example.com")});
    invalid(&app, "AdminDisableProviderForUser", taken, NOT_LINKED);
    let taken = json!({"User": identity("Login", "email", "a@example.com")});
    call(&app, "AdminDisableProviderForUser", taken).ok();
    let long = link(subject("Login", &"1".repeat(256)), local("ana"));
    let message = "ProviderAttributeValue must have at most 255 characters.";
    invalid(&app, "AdminLinkProviderForUser", long, message);
}

#[test]
fn what_is_missing_or_unknown_is_refused() {
    let app = start();
    let message =
        "ProviderName, ProviderAttributeName and ProviderAttributeValue of a user are required.";
    for incomplete in [
        json!({}),
        json!({"ProviderName": "Login", "ProviderAttributeName": "Cognito_Subject"}),
        json!({"ProviderName": "Login", "ProviderAttributeValue": "1"}),
        json!({"ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": "1"}),
        subject("Login", ""),
    ] {
        let input = link(incomplete.clone(), local("ana"));
        invalid(&app, "AdminLinkProviderForUser", input, message);
        invalid(
            &app,
            "AdminDisableProviderForUser",
            json!({"User": incomplete}),
            message,
        );
    }
    invalid(
        &app,
        "AdminLinkProviderForUser",
        link(subject("Login", "1"), json!({})),
        message,
    );
    let message = format!("The provider Nobody does not exist for User Pool {POOL}.");
    let unknown = subject("Nobody", "1");
    invalid(
        &app,
        "AdminLinkProviderForUser",
        link(unknown.clone(), local("ana")),
        &message,
    );
    invalid(
        &app,
        "AdminDisableProviderForUser",
        json!({"User": unknown}),
        &message,
    );
    let nobody = link(subject("Login", "1"), local("nobody"));
    call(&app, "AdminLinkProviderForUser", nobody)
        .refused("UserNotFoundException", "User does not exist.");
}

#[test]
fn a_user_has_at_most_five_identities() {
    let app = start();
    for number in 1..=5 {
        let linked = link(subject("Login", &number.to_string()), local("ana"));
        call(&app, "AdminLinkProviderForUser", linked).ok();
    }
    let sixth = link(subject("Login", "6"), local("ana"));
    call(&app, "AdminLinkProviderForUser", sixth).refused(
        "LimitExceededException",
        "The user has the maximum number of linked identities.",
    );
}

#[test]
fn a_user_of_the_pool_who_is_disabled_so_has_no_password() {
    let app = start();
    let sign_in = || {
        let parameters = json!({"USERNAME": "ana", "PASSWORD": PASSWORD});
        initiate(&app, CLIENT, "USER_PASSWORD_AUTH", parameters)
    };
    sign_in().ok();
    let taken = json!({"User": subject("Cognito", "ana")});
    assert_eq!(
        call(&app, "AdminDisableProviderForUser", taken).ok(),
        json!({})
    );
    sign_in().refused_as(WRONG_PASSWORD);
    let set = json!({"Username": "ana", "Password": PASSWORD, "Permanent": true});
    call(&app, "AdminSetUserPassword", set).ok();
    sign_in().ok();
    let nobody = json!({"User": subject("Cognito", "nobody")});
    call(&app, "AdminDisableProviderForUser", nobody)
        .refused("UserNotFoundException", "User does not exist.");
}

#[test]
fn the_identities_of_a_deleted_user_are_free() {
    let app = start();
    let linked = |user: &str| link(subject("Login", "12"), local(user));
    call(&app, "AdminLinkProviderForUser", linked("ben")).ok();
    call(&app, "AdminDeleteUser", json!({"Username": "ben"})).done();
    call(&app, "AdminLinkProviderForUser", linked("ana")).ok();
}
