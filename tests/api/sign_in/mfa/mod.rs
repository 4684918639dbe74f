//! MFA in a sign-in: codes by SMS and email, software tokens, the choice between them, and their setup.

mod codes;
mod devices;
mod selection;
mod setup;
mod software_token;
mod wrong_codes;

use serde_json::{Value, json};

use crate::world::{
    Answer, App, AppClient, Device, PASSWORD, Pool, Setup, User, access_token, confirm_device,
    respond, seed_of, set_up_token, sign_in,
};

const SMS: AppClient<'_> = AppClient::new("us-east-1_Sms000001", "smsclient00000000000000001");
const EMAIL: AppClient<'_> = AppClient::new("us-east-1_Email0001", "emailclient000000000000001");

/// Its pool requires MFA, by software token, email or SMS.
const REQUIRED: AppClient<'_> = AppClient::new("us-east-1_Required1", "requiredclient000000000001");
const OPTIONAL: AppClient<'_> = AppClient::new("us-east-1_Optional1", "optionalclient000000000001");
const OTHER_OPTIONAL: AppClient<'_> =
    AppClient::new("us-east-1_Optional1", "optionalclient000000000002")
        .with_secret("averylongsecretofanappclient");
const OFF: AppClient<'_> = AppClient::new("us-east-1_Off0000001", "offclient00000000000000001");

/// A pool with this client, this MFA configuration, and four users.
fn pool(client: AppClient<'_>, mfa: Value) -> Pool {
    let reachable = |name: &str, email: &str, phone: &str| {
        User::new(name)
            .password(PASSWORD)
            .attribute("email", email)
            .attribute("phone_number", phone)
    };
    Pool::new(client.pool)
        .mfa(mfa)
        .client(client)
        .user(reachable("ana", "ana@example.com", "+12065550100"))
        .user(reachable("bea", "bea@example.com", "+12065550199"))
        .user(User::new("carl").password(PASSWORD))
        .user(User::new("dora").temporary_password(PASSWORD))
}

/// A pool for each way to have MFA.
fn setup() -> Setup {
    let sms = json!({"SmsAuthenticationMessage": "Tulip says {####}.",
        "SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms"}});
    let all = |mode: &str| {
        json!({"MfaConfiguration": mode, "SmsMfaConfiguration": sms, "EmailMfaConfiguration": {},
            "SoftwareTokenMfaConfiguration": {"Enabled": true}})
    };
    let by_email = json!({"MfaConfiguration": "ON",
        "EmailMfaConfiguration": {"Message": "It is {####}", "Subject": "Hello"}});
    Setup::new().seeded(seed_of([
        pool(
            SMS,
            json!({"MfaConfiguration": "ON", "SmsMfaConfiguration": sms}),
        ),
        pool(EMAIL, by_email),
        pool(REQUIRED, all("ON")),
        pool(OPTIONAL, all("OPTIONAL")).client(OTHER_OPTIONAL),
        pool(OFF, json!({"MfaConfiguration": "OFF"})),
    ]))
}

fn start() -> App {
    setup().start()
}

/// A pool that requires MFA by email and tracks devices.
fn tracking(challenge_required: bool) -> App {
    let mfa = json!({"MfaConfiguration": "ON", "EmailMfaConfiguration": {}});
    pool(EMAIL, mfa).tracking(challenge_required).start()
}

/// Answers a challenge with the user's name and one response.
fn answer(
    app: &App,
    client: AppClient<'_>,
    user: &str,
    asked: &Value,
    response: (&str, &str),
) -> Answer {
    let challenge = asked["ChallengeName"].as_str().unwrap();
    let mut responses = json!({"USERNAME": user});
    responses[response.0] = response.1.into();
    respond(app, client, challenge, asked, responses)
}

/// The last message that was sent to a user.
fn last_message(app: &App, client: AppClient<'_>, user: &str) -> Value {
    let path = format!(
        "/_poolhouse/outbox?UserPoolId={}&Username={user}",
        client.pool
    );
    let shown = app.get_signed(&path).ok();
    let last = shown["Messages"].as_array().unwrap().last();
    last.unwrap_or_else(|| panic!("no message")).clone()
}

fn last_code(app: &App, client: AppClient<'_>, user: &str) -> String {
    let message = last_message(app, client, user);
    message["Code"].as_str().unwrap().to_owned()
}

/// Another code of six digits.
fn other_than(code: &str) -> String {
    let first = if code.starts_with('1') { "2" } else { "1" };
    format!("{first}{}", &code[1..])
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value}"))
}

fn prefer(app: &App, client: AppClient<'_>, user: &str, settings: &Value) -> Answer {
    let mut input = settings.clone();
    input["UserPoolId"] = client.pool.into();
    input["Username"] = user.into();
    app.call("AdminSetUserMFAPreference", &input)
}

const ON: fn() -> Value = || json!({"Enabled": true});

/// Sets up a software token for a user of the optional pool and makes it the preference. Returns its secret.
fn with_token(app: &App, user: &str) -> String {
    let tokens = sign_in(app, OPTIONAL, user);
    let secret = set_up_token(app, &access_token(&tokens), None);
    prefer(
        app,
        OPTIONAL,
        user,
        &json!({"SoftwareTokenMfaSettings": ON()}),
    )
    .ok();
    app.seconds_pass(30);
    secret
}

fn next_step(app: &App) {
    app.seconds_pass(30);
}

/// Signs in with the second factor and confirms the device that the sign-in issues.
fn remember_device(app: &App) -> Device {
    let asked = sign_in(app, EMAIL, "ana");
    let code = last_code(app, EMAIL, "ana");
    let tokens = answer(app, EMAIL, "ana", &asked, ("EMAIL_OTP_CODE", &code)).ok();
    let device = Device::issued(&tokens);
    confirm_device(app, &access_token(&tokens), &device).ok();
    device
}
