//! `AdminGetUserAuthFactors` and `GetUserAuthFactors`: what a user can sign in with.

use serde_json::{Value, json};

use crate::world::{
    Answer, App, AppClient, FOREIGN_POOL, NO_USER, PASSWORD, Pool, Setup, User, access_token,
    registry, seed_of, set_up_token, sign_in,
};

/// Its pool has every second factor, and asks for one if the user wishes.
const MFA: AppClient<'_> = AppClient::new("us-east-1_Factors01", "factors0000000000000000001");
/// Its pool has no second factors, and lets users begin with a code by message.
const CODES_FIRST: AppClient<'_> =
    AppClient::new("us-east-1_Factors02", "factors0000000000000000002");
/// Its pool has neither.
const PLAIN: AppClient<'_> = AppClient::new("us-east-1_Factors03", "factors0000000000000000003");

fn start() -> App {
    let sms = json!({"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms"}});
    let pool = |client: AppClient<'_>| {
        Pool::new(client.pool)
            .client(client)
            .user(User::new("ana").password(PASSWORD).attributes(&[
                ("email", "ana@example.com"),
                ("phone_number", "+12065550100"),
            ]))
            .user(User::new("ben").password(PASSWORD))
            .user(User::new("eva").attribute("email", "eva@example.com"))
            .user(User::new("tom").temporary_password(PASSWORD))
    };
    let mfa = json!({"MfaConfiguration": "OPTIONAL", "SmsMfaConfiguration": sms, "EmailMfaConfiguration": {},
        "SoftwareTokenMfaConfiguration": {"Enabled": true}});
    let codes_first = json!({"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP"]}}});
    Setup::new()
        .seeded(seed_of([
            pool(MFA).mfa(mfa),
            pool(CODES_FIRST).with(codes_first),
            pool(PLAIN),
        ]))
        .start()
}

fn factors(app: &App, client: AppClient<'_>, user: &str) -> Answer {
    let input = json!({"UserPoolId": client.pool, "Username": user});
    app.call("AdminGetUserAuthFactors", &input)
}

fn configured(app: &App, client: AppClient<'_>, user: &str) -> Value {
    let shown = factors(app, client, user).ok();
    assert_eq!(shown["Username"], user);
    shown["ConfiguredUserAuthFactors"].clone()
}

#[test]
fn a_factor_is_configured_if_the_user_has_it_and_the_pool_allows_it() {
    let app = start();
    let all = json!(["PASSWORD", "EMAIL_OTP", "SMS_OTP"]);
    for client in [MFA, CODES_FIRST] {
        assert_eq!(configured(&app, client, "ana"), all);
        assert_eq!(configured(&app, client, "ben"), json!(["PASSWORD"]));
        assert_eq!(configured(&app, client, "eva"), json!(["EMAIL_OTP"]));
        assert_eq!(configured(&app, client, "tom"), json!(["PASSWORD"]));
    }
    assert_eq!(configured(&app, PLAIN, "ana"), json!(["PASSWORD"]));
    assert_eq!(configured(&app, PLAIN, "eva"), json!([]));

    let token = access_token(&sign_in(&app, MFA, "ben"));
    set_up_token(&app, &token, None);
    assert_eq!(
        configured(&app, MFA, "ben"),
        json!(["PASSWORD", "SOFTWARE_TOKEN"])
    );
    let off = json!({"UserPoolId": MFA.pool, "MfaConfiguration": "OFF"});
    app.call("SetUserPoolMfaConfig", &off).ok();
    assert_eq!(configured(&app, MFA, "ben"), json!(["PASSWORD"]));
}

#[test]
fn what_is_switched_on_and_preferred_is_shown_as_admin_get_user_shows_it() {
    let app = start();
    let ana = json!({"UserPoolId": MFA.pool, "Username": "ana"});
    let token = access_token(&sign_in(&app, MFA, "ana"));
    let own = || {
        app.call_open("GetUserAuthFactors", &json!({"AccessToken": token}))
            .ok()
    };
    let mut expected = json!({"Username": "ana", "ConfiguredUserAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP"]});
    assert_eq!(factors(&app, MFA, "ana").ok(), expected);
    assert_eq!(own(), expected);

    let mut preference = ana.clone();
    preference["EmailMfaSettings"] = json!({"Enabled": true, "PreferredMfa": true});
    preference["SMSMfaSettings"] = json!({"Enabled": true});
    app.call("AdminSetUserMFAPreference", &preference).ok();
    expected["UserMFASettingList"] = json!(["SMS_MFA", "EMAIL_OTP"]);
    expected["PreferredMfaSetting"] = json!("EMAIL_OTP");
    assert_eq!(factors(&app, MFA, "ana").ok(), expected);
    assert_eq!(own(), expected);
    let shown = app.call("AdminGetUser", &ana).ok();
    for name in ["UserMFASettingList", "PreferredMfaSetting"] {
        assert_eq!(shown[name], expected[name]);
    }
}

#[test]
fn users_are_found_as_everywhere() {
    let app = Setup::new().seeded(registry()).start();
    let call = |pool: &str, user: &str| {
        app.call(
            "AdminGetUserAuthFactors",
            &json!({"UserPoolId": pool, "Username": user}),
        )
    };
    let pool = crate::world::POOL;
    assert_eq!(call(pool, "diego@example.com").ok()["Username"], "diego");
    call(pool, "nobody").refused_as(NO_USER);
    assert_eq!(
        call("us-east-1_Nowhere01", "diego").refusal().0,
        "ResourceNotFoundException"
    );
    assert_eq!(
        call(FOREIGN_POOL, "diego").refusal().0,
        "NotAuthorizedException"
    );
}
