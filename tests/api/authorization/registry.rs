//! The registry of these tests, and comparisons of what the database holds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::model::{Name, is_signed, members, minimal, operation, operations};
use crate::world::{
    App, AppClient, NOW_MS, PASSWORD, Pool, Setup, TEMPORARY, User, attribute, seed_of,
};

pub(super) const POOL: &str = "us-east-1_Rights001";
pub(super) const OTHER_POOL: &str = "us-east-1_Rights002";

/// Asks for a second factor of every user.
pub(super) const STRICT_POOL: &str = "us-east-1_Rights003";
pub(super) const WEB: AppClient<'_> = AppClient::new(POOL, "web00000000000000000000001");
pub(super) const MOBILE: AppClient<'_> = AppClient::new(POOL, "mobile00000000000000000001");
pub(super) const ROTATING: AppClient<'_> = AppClient::new(POOL, "rotating000000000000000001");
pub(super) const ELSEWHERE: AppClient<'_> =
    AppClient::new(OTHER_POOL, "elsewhere00000000000000001");
pub(super) const STRICT: AppClient<'_> = AppClient::new(STRICT_POOL, "strict00000000000000000001");
/// Has a secret.
const CONFIDENTIAL: AppClient<'_> =
    AppClient::new(POOL, "confidential00000000000001").with_secret("0123456789abcdefghijklmnopqr");
/// The key of Ana's device.
pub(super) const DEVICE: &str = "us-east-1_aaaaaaaa-0000-4000-8000-000000000001";

/// The id of Ana's session.
const SESSION: &str = "tknanaanaanaanaanaanaanaana1";

/// The id of an event of Ana.
pub(super) const EVENT: &str = "aaaaaaaa-0000-4000-8000-000000000002";

/// A job that imports users into [`POOL`], and has a file.
pub(super) const JOB: &str = "import-Rights0001";

/// An identity provider of [`POOL`].
const PROVIDER: &str = "Rights";

/// The id of a terms document and of a style of [`WEB`].
const DOCUMENT: &str = "aaaaaaaa-0000-4000-8000-000000000003";
const TERMS: &str = r#"{"TermsSource": "LINK", "Enforcement": "NONE", "Links": {"cognito:default": "https://example.com"}}"#;
const STYLE: &str = r#"{"UseCognitoProvidedValues": false, "Settings": {}, "Assets": []}"#;

/// Texts that only Ana's own records contain.
pub(super) const OF_ANA: [&str; 4] = ["ana@example.com", "ana's nickname", DEVICE, SESSION];

/// Gives Ana a session in a pool that tracks sessions.
const WITH_SESSION: &str = "
    UPDATE pools SET session_tracking = TRUE;
    INSERT INTO sign_ins (row, user_row, client, origin_jti, auth_time_s, expires_ms, revoked)
        SELECT 1000, u.row, c.row, 'of the session', 1, 4000000000000, FALSE FROM users u JOIN app_clients c USING (pool)
        WHERE u.username = 'ana' AND c.client_id = 'web00000000000000000000001';
    INSERT INTO user_sessions (sign_in, id, user_row, created_ms, last_active_ms)
        SELECT row, 'tknanaanaanaanaanaanaanaana1', user_row, 1000, 1000 FROM sign_ins;
";

/// Access keys beside the default one, which may do everything in its account.
const KEYS: &str = r#"
[[access_keys]]
id = "OTHER-ACTION"
secret = "secret-of-the-key"
actions = ["cognito-idp:InitiateAuth"]

[[access_keys]]
id = "OTHER-POOL"
secret = "secret-of-the-key"
pools = ["us-east-1_Rights002"]

[[access_keys]]
id = "OTHER-ACCOUNT"
secret = "secret-of-the-key"
account = "111111111111"
"#;

/// A server on a file.
pub(super) fn start() -> App {
    let sms = json!({"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms"}});
    let factors = |mode: &str| {
        json!({"MfaConfiguration": mode, "SmsMfaConfiguration": sms, "EmailMfaConfiguration": {},
            "SoftwareTokenMfaConfiguration": {"Enabled": true}})
    };
    let user = |name: &str| User::new(name).password(PASSWORD);
    let ended = [
        "revoked",
        "signed-out",
        "signed-out-by-admin",
        "disabled",
        "enabled-again",
        "deleted",
    ];
    let protected =
        json!({"UserPoolTier": "PLUS", "UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}});
    let pool = Pool::new(POOL)
        .with(protected)
        .tracking(false)
        .mfa(factors("OPTIONAL"))
        .client(WEB)
        .client(MOBILE)
        .client_with(CONFIDENTIAL, json!({"CreationDate": 1_715_100_742.022}))
        .client_with(
            ROTATING,
            json!({"RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
                "ExplicitAuthFlows": ["USER_PASSWORD_AUTH"]}),
        )
        .users(ended.map(user))
        .user(
            user("ana")
                .verified_email(OF_ANA[0])
                .attribute("nickname", OF_ANA[1])
                .attribute("phone_number", "+12065550111")
                .device(json!({"DeviceKey": DEVICE, "DeviceAttributes": [attribute("device_name", "Ana's phone")]})),
        )
        .user(user("mia").attribute("email", "mia@example.com"))
        .user(user("ben"))
        .user(User::new("tom").temporary_password(TEMPORARY));
    let other = Pool::new(OTHER_POOL)
        .tracking(false)
        .mfa(factors("OPTIONAL"))
        .client(ELSEWHERE)
        .user(user("ana"));
    let strict = Pool::new(STRICT_POOL)
        .mfa(factors("ON"))
        .client(STRICT)
        .user(user("none"))
        .user(
            user("both")
                .attribute("email", "both@example.com")
                .attribute("phone_number", "+12065550100"),
        );
    let app = Setup::new()
        .on_disk()
        .with_file(KEYS)
        .seeded(seed_of([pool, other, strict]))
        .start();
    app.file().execute_batch(WITH_SESSION).unwrap();
    let event = "INSERT INTO auth_events (user_row, number, event_id, event_type, response, created_ms)
        SELECT users.row, 1, ?1, 'SignIn', 'Pass', users.created_ms FROM users JOIN pools ON pools.row = users.pool
        WHERE pools.id = ?2 AND users.username = 'ana'";
    assert_eq!(app.file().execute(event, [EVENT, POOL]).unwrap(), 1);
    let domain =
        "INSERT INTO user_pool_domains (name, pool, is_custom, managed_login_version, created_ms)
                  SELECT 'rights', row, 0, 1, 0 FROM pools WHERE id = ?1";
    app.file().execute(domain, [POOL]).unwrap();
    let server = "INSERT INTO resource_servers (pool, identifier, name, scopes) SELECT row, 'rights', 'api', '[]' FROM pools
                  WHERE id = ?1";
    app.file().execute(server, [POOL]).unwrap();
    let provider = "INSERT INTO identity_providers (pool, name, provider_type, settings, created_ms, modified_ms)
                    SELECT row, ?2, 'OIDC', '{\"ProviderType\": \"OIDC\", \"IdpIdentifiers\": [\"rights\"]}', 0, 0 FROM pools WHERE id = ?1";
    app.file().execute(provider, (POOL, PROVIDER)).unwrap();
    let document =
        "INSERT INTO documents (pool, client, kind, id, name, body, created_ms, modified_ms)
                    SELECT pool, row, ?2, ?3, ?4, ?5, 0, 0 FROM app_clients WHERE client_id = ?1";
    for (kind, name, body) in [
        ("Terms", "terms-of-use", TERMS),
        ("ManagedLoginBranding", "", STYLE),
    ] {
        let values = (WEB.id, kind, DOCUMENT, name, body);
        app.file().execute(document, values).unwrap();
    }
    let job = "INSERT INTO import_jobs (pool, job_id, name, role_arn, base_url, upload_key, status, created_ms, begun_upload, upload)
               SELECT row, ?2, 'rights', 'arn:aws:iam::000000000000:role/logs', 'http://localhost', zeroblob(32), 'Created', ?3, 1, 1
               FROM pools WHERE id = ?1";
    app.file().execute(job, (POOL, JOB, NOW_MS)).unwrap();
    app
}

/// Values that take effect in the registry, for members that the smallest input fills with any value.
fn members_that_count() -> Vec<(&'static str, Value)> {
    vec![
        ("UserPoolId", json!(POOL)),
        (
            "ResourceArn",
            json!(format!(
                "arn:aws:cognito-idp:us-east-1:000000000000:userpool/{POOL}"
            )),
        ),
        ("Tags", json!({"owner": "a thief"})),
        ("Username", json!("ana")),
        ("ClientId", json!(WEB.id)),
        ("DeviceKey", json!(DEVICE)),
        ("JobId", json!(JOB)),
        ("SessionId", json!(SESSION)),
        ("DeviceRememberedStatus", json!("not_remembered")),
        ("Password", json!("Stolen-Password-1")),
        ("PreviousPassword", json!(PASSWORD)),
        ("ProposedPassword", json!("Stolen-Password-1")),
        (
            "UserAttributes",
            json!([{"Name": "nickname", "Value": "stolen"}]),
        ),
        ("UserAttributeNames", json!(["nickname"])),
        ("AttributeName", json!("email")),
        ("EmailMfaSettings", json!({"Enabled": true})),
        ("TargetUserPoolId", json!(POOL)),
        (
            "MFAOptions",
            json!([{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}]),
        ),
        (
            "ClientSecretId",
            json!(format!("{}--1715100742022", CONFIDENTIAL.id)),
        ),
        ("EventId", json!(EVENT)),
        ("Domain", json!("rights")),
        ("Identifier", json!("rights")),
        ("ProviderName", json!(PROVIDER)),
        ("ProviderType", json!("OIDC")),
        ("IdpIdentifier", json!("rights")),
        ("TermsId", json!(DOCUMENT)),
        ("ManagedLoginBrandingId", json!(DOCUMENT)),
        ("UseCognitoProvidedValues", json!(true)),
        (
            "Links",
            json!({"cognito:default": "https://example.com/stolen"}),
        ),
        ("CSS", json!(".logo-customizable { width: 1px }")),
        (
            "SourceUser",
            json!({"ProviderName": PROVIDER, "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": "1"}),
        ),
        (
            "DestinationUser",
            json!({"ProviderName": "Cognito", "ProviderAttributeValue": "ana"}),
        ),
        (
            "User",
            json!({"ProviderName": "Cognito", "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": "ben"}),
        ),
    ]
}

/// An input that takes effect where the caller is authorized.
pub(super) fn input(name: Name) -> Value {
    let shape = &operation(name).input;
    let mut input = minimal(shape);
    for (member, value) in members_that_count() {
        if members(shape).any(|(known, _)| known == member) {
            input[member] = value;
        }
    }
    match name {
        "CreateUserPoolDomain" => input["Domain"] = json!("stolen"),
        "CreateResourceServer" => input["Identifier"] = json!("stolen"),
        "CreateIdentityProvider" => {
            input["ProviderName"] = json!("Stolen");
            input["ProviderDetails"] = json!({"client_id": "a", "oidc_issuer": "https://example.com", "authorize_scopes": "openid",
                "attributes_request_method": "GET"});
        }
        "CreateTerms" => input["TermsName"] = json!("privacy-policy"),
        "CreateManagedLoginBranding" => input["ClientId"] = json!(MOBILE.id),
        _ => {}
    }
    if name.contains("UserPoolClientSecret") {
        input["ClientId"] = json!(CONFIDENTIAL.id);
    }
    input
}

/// Whether the operation is served. The others only check their input.
pub(super) fn is_served(name: Name) -> bool {
    static NOT_SERVED: LazyLock<BTreeSet<Name>> = LazyLock::new(|| {
        let app = Setup::new().start();
        let says_so = |name: Name| {
            let input = minimal(&operation(name).input);
            let answer = if is_signed(operation(name)) {
                app.call(name, &input)
            } else {
                app.call_open(name, &input)
            };
            answer.status == 501
        };
        let names = operations().map(|(name, _)| name);
        names.filter(|name| says_so(name)).collect()
    });
    !NOT_SERVED.contains(name)
}

/// Every row of every table but the exempt ones, as text.
pub(super) fn dump(database: &Path, exempt: &[&str]) -> BTreeMap<String, Vec<String>> {
    let file = rusqlite::Connection::open(database).unwrap();
    let mut tables = file
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
        .unwrap();
    let names = tables.query_map([], |row| row.get(0)).unwrap();
    let names: Vec<String> = names.map(Result::unwrap).collect();
    let dumped = names.into_iter().filter(|name| !exempt.contains(&&**name));
    dumped
        .map(|name| {
            let mut rows = file.prepare(&format!("SELECT * FROM {name}")).unwrap();
            let width = rows.column_count();
            let rows = rows.query_map([], |row| {
                let values: rusqlite::Result<Vec<rusqlite::types::Value>> =
                    (0..width).map(|column| row.get(column)).collect();
                values.map(|values| format!("{values:?}"))
            });
            let mut rows: Vec<String> = rows.unwrap().map(Result::unwrap).collect();
            rows.sort_unstable();
            (name, rows)
        })
        .collect()
}

/// Asserts that the database has not changed since the dump.
#[track_caller]
pub(super) fn assert_no_trace(app: &App, before: &BTreeMap<String, Vec<String>>, exempt: &[&str]) {
    let after = dump(&app.database(), exempt);
    for (table, rows) in before {
        assert_eq!(rows, &after[table], "{table}");
    }
    assert_eq!(before.len(), after.len());
}
