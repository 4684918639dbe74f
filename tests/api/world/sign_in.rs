//! The steps that an app takes to sign a user in.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::answer::Answer;
use super::app_client::AppClient;
use super::client::Client;
use super::passwords::PASSWORD;
use super::srp::{Exchange, Secret};

/// `InitiateAuth`. A client with a secret adds `SECRET_HASH`.
pub(crate) fn initiate(
    app: &Client,
    client: AppClient<'_>,
    flow: &str,
    parameters: Value,
) -> Answer {
    app.call_open(
        "InitiateAuth",
        &json!({"ClientId": client.id, "AuthFlow": flow, "AuthParameters": client.hashed(parameters)}),
    )
}

/// `RespondToAuthChallenge`, with the session of an answer that has one.
pub(crate) fn respond(
    app: &Client,
    client: AppClient<'_>,
    challenge: &str,
    asked: &Value,
    responses: Value,
) -> Answer {
    app.call_open(
        "RespondToAuthChallenge",
        &json!({"ClientId": client.id, "ChallengeName": challenge, "Session": asked["Session"],
            "ChallengeResponses": client.hashed(responses)}),
    )
}

/// Signs a user in by SRP, up to the answer to `PASSWORD_VERIFIER`. Both requests have the further parameters.
pub(crate) fn sign_in_by_srp(
    app: &Client,
    client: AppClient<'_>,
    user: &str,
    password: &str,
    further: &[(&str, &str)],
) -> Answer {
    let exchange = Exchange::new();
    let parameters = json!({"USERNAME": user, "SRP_A": exchange.srp_a()});
    let begun = initiate(app, client, "USER_SRP_AUTH", with(parameters, further));
    if begun.status != 200 {
        return begun;
    }
    let asked = begun.ok();
    assert_eq!(asked["ChallengeName"], "PASSWORD_VERIFIER");
    let parameters = &asked["ChallengeParameters"];
    let name = parameters["USER_ID_FOR_SRP"].as_str().unwrap();
    let who = Secret::of_user(client.pool, name, password);
    let responses = with(exchange.claim(app, who, parameters), further);
    respond(app, client, "PASSWORD_VERIFIER", &asked, responses)
}

/// Signs a user in by `USER_PASSWORD_AUTH`.
pub(crate) fn sign_in_by_password(
    app: &Client,
    client: AppClient<'_>,
    user: &str,
    password: &str,
    further: &[(&str, &str)],
) -> Answer {
    let parameters = json!({"USERNAME": user, "PASSWORD": password});
    initiate(app, client, "USER_PASSWORD_AUTH", with(parameters, further))
}

/// Adds further parameters.
pub(crate) fn with(mut parameters: Value, further: &[(&str, &str)]) -> Value {
    for (name, value) in further {
        parameters[*name] = (*value).into();
    }
    parameters
}

/// The access token of a completed sign-in.
pub(crate) fn access_token(answer: &Value) -> String {
    token(answer, "AccessToken")
}

/// A token of a completed sign-in, by its name.
pub(crate) fn token(answer: &Value, name: &str) -> String {
    let token = answer["AuthenticationResult"][name].as_str();
    token.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// Signs in a user whose password is [`PASSWORD`].
pub(crate) fn sign_in(app: &Client, client: AppClient<'_>, user: &str) -> Value {
    sign_in_by_password(app, client, user, PASSWORD, &[]).ok()
}

/// `AdminInitiateAuth`.
pub(crate) fn initiate_by_admin(
    app: &Client,
    client: AppClient<'_>,
    flow: &str,
    parameters: Value,
) -> Answer {
    app.call(
        "AdminInitiateAuth",
        &json!({"UserPoolId": client.pool, "ClientId": client.id, "AuthFlow": flow, "AuthParameters": parameters}),
    )
}

/// The claims of a token.
pub(crate) fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}
