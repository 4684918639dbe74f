//! Secrets stay out of everything that the binary prints, and out of the database file.
//!
//! A whole run of the API, with secrets in their right places and in wrong ones, and of the other commands, seeds with mistakes
//! among them; then all output is searched for every secret that was used, in whatever form it could be written.

use std::collections::BTreeMap;
use std::fs::File;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::world::{
    Answer, AppClient, Client, Device, Key, Outcome, Pool, Server, Tool, User, WRONG_CODE,
    WRONG_PASSWORD, access_token, confirm_device, initiate, prove_device, respond, secret_hash,
    set_up_token, sign_in_by_password, sign_in_by_srp, token, totp,
};

const POOL: &str = "us-east-1_Secrets01";
const WEB: AppClient<'_> = AppClient::new(POOL, "web00000000000000000000001");
const CLIENT_SECRET: &str = "clientsecret8f3k2m5v9x1c7b4n6q";
const CONFIDENTIAL: AppClient<'_> =
    AppClient::new(POOL, "confidential00000000000001").with_secret(CLIENT_SECRET);
const KEY_ID: &str = "AKIAPOOLHOUSE";
const KEY_SECRET: &str = "Access/Key+Secret-71ab";
const PASSWORD: &str = "Tulip+Kettle/4417";
const TEMPORARY: &str = "Walnut?Bridge&9052";
const NEW: &str = "Copper=Lantern%3381";
const WRONG: &str = "Mistyped-Marble-5568";
const SEEDED: &str = "Seeded~Sapling:7734";
const USER: &str = "zenobia-the-hidden";
const EMAIL: &str = "zenobia@hidden.example.com";
const NICKNAME: &str = "Nickname-Nobody-Reads";

/// Where a secret may be seen all the same.
#[derive(Clone, Copy, PartialEq)]
enum Shown {
    Nowhere,
    /// In an export, which is the registry: names, attributes, secrets of clients.
    InExports,
    /// In an export, and in the outbox, which tells whom a code was sent to.
    InExportsAndOutbox,
    /// In the outbox, which is there to show codes.
    InOutbox,
}

/// Everything that must not be printed.
#[derive(Default)]
struct Secrets(BTreeMap<String, (&'static str, Shown)>);

impl Secrets {
    fn fixed() -> Self {
        let mut secrets = Self::default();
        for (text, what) in [
            (KEY_SECRET, "the access key's secret"),
            (PASSWORD, "a password"),
            (TEMPORARY, "a temporary password"),
            (NEW, "a new password"),
            (WRONG, "a wrong password"),
            (SEEDED, "a seed's password"),
        ] {
            secrets.keep(what, text, Shown::Nowhere);
        }
        secrets.keep("a client's secret", CLIENT_SECRET, Shown::InExports);
        secrets.keep("a nickname", NICKNAME, Shown::InExports);
        secrets.keep("a username", USER, Shown::InExportsAndOutbox);
        secrets.keep("an address", EMAIL, Shown::InExportsAndOutbox);
        secrets
    }

    fn keep(&mut self, what: &'static str, text: &str, shown: Shown) {
        self.0.insert(text.to_owned(), (what, shown));
    }

    /// The tokens and the session of an answer, and what it tells of a device.
    fn keep_answer(&mut self, answer: &Value) {
        let result = &answer["AuthenticationResult"];
        for (what, value) in [
            ("an access token", &result["AccessToken"]),
            ("an ID token", &result["IdToken"]),
            ("a refresh token", &result["RefreshToken"]),
            ("a session", &answer["Session"]),
            (
                "a secret block",
                &answer["ChallengeParameters"]["SECRET_BLOCK"],
            ),
        ] {
            if let Some(text) = value.as_str() {
                self.keep(what, text, Shown::Nowhere);
                // The signature of a token would be as bad.
                let part = text.rsplit('.').next().unwrap();
                self.keep(what, part, Shown::Nowhere);
            }
        }
    }

    /// The secrets that stand in the text, in any form, each with the first line that it stands in.
    fn in_text(&self, text: &str, allowed: &[Shown]) -> Vec<String> {
        let kept = self.0.iter();
        let forbidden = kept.filter(|(_, (_, shown))| !allowed.contains(shown));
        let found = forbidden.filter(|(secret, _)| is_in(secret, text));
        found
            .map(|(secret, (what, _))| {
                let line = text.lines().find(|line| is_in(secret, line));
                format!("{what}: {secret}\n  {}", line.unwrap_or_default())
            })
            .collect()
    }
}

/// How the text could be written: as it is, in base64 at any place of what is encoded, in hexadecimal digits, percent-encoded, and
/// with the escapes of JSON and of Rust.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![
        secret.to_owned(),
        hex::encode(secret),
        hex::encode_upper(secret),
        json!(secret).to_string().trim_matches('"').to_owned(),
        json!(secret)
            .to_string()
            .trim_matches('"')
            .replace('/', r"\/"),
        secret.escape_default().to_string(),
    ];
    for unreserved in ["-._~", ""] {
        let percent = secret.bytes().map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            _ if unreserved.as_bytes().contains(&byte) => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        });
        let percent: String = percent.collect();
        forms.extend([percent.to_lowercase(), percent]);
    }
    for before in 0..3 {
        let bytes = [&vec![b' '; before], secret.as_bytes()].concat();
        for engine in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD] {
            let encoded = engine.encode(&bytes);
            // The first and last letters depend on what stands beside it.
            let first = [0, 2, 3][before];
            let last = bytes.len() / 3 * 4;
            forms.push(encoded[first..last].to_owned());
        }
    }
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// Whether the secret stands in the text; a code of six digits only as a word of its own.
fn is_in(secret: &str, text: &str) -> bool {
    if secret.len() == 6 {
        return text
            .split(|char: char| !char.is_ascii_alphanumeric())
            .any(|word| word == secret);
    }
    forms(secret).iter().any(|form| text.contains(form))
}

/// One run: the client, the administrator's key, and what must not be seen.
struct Story<'a> {
    client: Client,
    url: &'a str,
    secrets: Secrets,
    /// How many requests held a secret where none belongs.
    misplaced: usize,
}

impl Story<'_> {
    fn admin(&self, operation: &str, input: Value) -> Answer {
        self.client.call_as(&key(), operation, &input)
    }

    fn about(&self, operation: &str, user: &str, more: Value) -> Answer {
        let mut input = more;
        input["UserPoolId"] = POOL.into();
        input["Username"] = user.into();
        self.admin(operation, input)
    }

    /// A sign-in's answer, whose secrets are kept.
    fn keep(&mut self, answer: &Answer) -> Value {
        let answer = answer.ok();
        self.secrets.keep_answer(&answer);
        answer
    }

    /// The code that was sent last.
    fn code(&mut self) -> String {
        let path = format!("/_poolhouse/outbox?UserPoolId={POOL}");
        let shown = self.client.get_as(&key(), &path).ok();
        let last = shown["Messages"].as_array().unwrap().last().unwrap();
        let code = last["Code"].as_str().unwrap().to_owned();
        self.secrets.keep("a code", &code, Shown::InOutbox);
        code
    }

    /// Everything in its place.
    #[expect(clippy::too_many_lines, reason = "a story")]
    fn usual(&mut self) {
        self.about(
            "AdminCreateUser",
            USER,
            json!({"TemporaryPassword": TEMPORARY, "UserAttributes": [
            {"Name": "email", "Value": EMAIL}, {"Name": "nickname", "Value": NICKNAME}]}),
        )
        .ok();
        let asked = sign_in_by_password(&self.client, WEB, USER, TEMPORARY, &[]);
        let asked = self.keep(&asked);
        let new = json!({"USERNAME": USER, "NEW_PASSWORD": PASSWORD});
        let answer = respond(&self.client, WEB, "NEW_PASSWORD_REQUIRED", &asked, new);
        self.keep(&answer);
        for wrong in [WRONG, TEMPORARY] {
            let answer = sign_in_by_password(&self.client, WEB, USER, wrong, &[]);
            answer.refused_as(WRONG_PASSWORD);
        }
        let answer = sign_in_by_srp(&self.client, WEB, USER, WRONG, &[]);
        answer.refused_as(WRONG_PASSWORD);

        // A device, which proves itself.
        let answer = sign_in_by_srp(&self.client, WEB, USER, PASSWORD, &[]);
        let first = self.keep(&answer);
        let (device, access) = (Device::issued(&first), access_token(&first));
        let config = device.verifier_config();
        self.secrets
            .keep("a device's password", &device.password, Shown::Nowhere);
        for part in ["Salt", "PasswordVerifier"] {
            let text = config[part].as_str().unwrap();
            self.secrets
                .keep("what a device proves itself with", text, Shown::InExports);
        }
        confirm_device(&self.client, &access, &device).ok();
        let remember = json!({"AccessToken": access, "DeviceKey": device.key, "DeviceRememberedStatus": "remembered"});
        self.client.call_open("UpdateDeviceStatus", &remember).ok();
        let further = [("DEVICE_KEY", &*device.key)];
        let asked = sign_in_by_srp(&self.client, WEB, USER, PASSWORD, &further);
        let asked = self.keep(&asked);
        let answer = prove_device(&self.client, WEB, &device, &asked);
        let signed_in = self.keep(&answer);
        let refreshed = initiate(
            &self.client,
            WEB,
            "REFRESH_TOKEN_AUTH",
            json!({"REFRESH_TOKEN": token(&signed_in, "RefreshToken"), "DEVICE_KEY": device.key}),
        );
        self.keep(&refreshed);

        // A client with a secret, in every way that it shows it.
        let answer = sign_in_by_password(&self.client, CONFIDENTIAL, USER, PASSWORD, &[]);
        let confidential = self.keep(&answer);
        let hash = secret_hash(CLIENT_SECRET, USER, CONFIDENTIAL.id);
        self.secrets.keep("a secret hash", &hash, Shown::Nowhere);
        let revoke = |secret: &str| {
            let token = token(&confidential, "RefreshToken");
            let input =
                json!({"ClientId": CONFIDENTIAL.id, "ClientSecret": secret, "Token": token});
            self.client.call_open("RevokeToken", &input)
        };
        revoke("wrongclientsecret00000000").refused("UnauthorizedException", "Invalid client.");
        revoke(CLIENT_SECRET).ok();

        // Second factors.
        let secret = set_up_token(&self.client, &access, None);
        self.secrets
            .keep("a software token's secret", &secret, Shown::Nowhere);
        self.secrets
            .keep("a code", &totp(&self.client, &secret), Shown::Nowhere);
        self.about(
            "AdminSetUserMFAPreference",
            USER,
            json!({"EmailMfaSettings": {"Enabled": true, "PreferredMfa": true}}),
        )
        .ok();
        let asked = sign_in_by_password(&self.client, WEB, USER, PASSWORD, &[]);
        let asked = self.keep(&asked);
        let code = self.code();
        let wrong = if code == "000000" { "000001" } else { "000000" };
        let answer = |code: &str| {
            let responses = json!({"USERNAME": USER, "EMAIL_OTP_CODE": code});
            respond(&self.client, WEB, "EMAIL_OTP", &asked, responses)
        };
        answer(wrong).refused_as(WRONG_CODE);
        let answer = answer(&code);
        let signed_in = self.keep(&answer);

        // The user's own things.
        let access = access_token(&signed_in);
        let change = |previous: &str, proposed: &str| {
            let input = json!({"AccessToken": access, "PreviousPassword": previous, "ProposedPassword": proposed});
            self.client.call_open("ChangePassword", &input)
        };
        assert_eq!(change(WRONG, NEW).status, 400);
        assert_eq!(change(PASSWORD, "short").status, 400);
        change(PASSWORD, NEW).ok();
        let attributes = json!({"AccessToken": access, "UserAttributes": [{"Name": "nickname", "Value": NICKNAME}]});
        self.client
            .call_open("UpdateUserAttributes", &attributes)
            .ok();
        self.client
            .call_open("GetUser", &json!({"AccessToken": access}))
            .ok();
        self.about("AdminGetUser", USER, json!({})).ok();
        let filter = format!("email = \"{EMAIL}\"");
        self.admin("ListUsers", json!({"UserPoolId": POOL, "Filter": filter}))
            .ok();
        self.admin(
            "DescribeUserPoolClient",
            json!({"UserPoolId": POOL, "ClientId": CONFIDENTIAL.id}),
        )
        .ok();
        self.about(
            "AdminSetUserPassword",
            USER,
            json!({"Password": PASSWORD, "Permanent": true}),
        )
        .ok();
        self.about("AdminSetUserPassword", USER, json!({"Password": "short"}));
        self.about("AdminCreateUser", USER, json!({}))
            .refused("UsernameExistsException", "User account already exists");
        self.client
            .call_open("GlobalSignOut", &json!({"AccessToken": access}))
            .ok();
    }

    /// Every secret in every place where none belongs; what comes back does not matter.
    #[expect(clippy::too_many_lines, reason = "a list")]
    fn misplaced(&mut self) {
        let secrets: Vec<String> = self.secrets.0.keys().cloned().collect();
        // The long ones of a kind are as good as each other.
        let mut kinds = BTreeMap::new();
        for secret in &secrets {
            kinds.insert(self.secrets.0[secret].0, secret.clone());
        }
        for secret in kinds.values() {
            let s = secret.as_str();
            let open = [
                (
                    "InitiateAuth",
                    json!({"ClientId": s, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": {"USERNAME": s, "PASSWORD": s}}),
                ),
                ("InitiateAuth", json!({"ClientId": WEB.id, "AuthFlow": s})),
                (
                    "InitiateAuth",
                    json!({"ClientId": WEB.id, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": {"USERNAME": s, "PASSWORD": WRONG}}),
                ),
                (
                    "InitiateAuth",
                    json!({"ClientId": WEB.id, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": {s: s}}),
                ),
                (
                    "InitiateAuth",
                    json!({"ClientId": WEB.id, "AuthFlow": "USER_SRP_AUTH", "AuthParameters": {"USERNAME": USER, "SRP_A": s}}),
                ),
                (
                    "InitiateAuth",
                    json!({"ClientId": WEB.id, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": {"REFRESH_TOKEN": s, "DEVICE_KEY": s}}),
                ),
                (
                    "InitiateAuth",
                    json!({"ClientId": WEB.id, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": {"USERNAME": USER, "PASSWORD": WRONG, "SECRET_HASH": s}}),
                ),
                (
                    "RespondToAuthChallenge",
                    json!({"ClientId": WEB.id, "ChallengeName": s, "Session": s}),
                ),
                (
                    "RespondToAuthChallenge",
                    json!({"ClientId": WEB.id, "ChallengeName": "EMAIL_OTP", "Session": format!("{s}.{s}"), "ChallengeResponses": {"USERNAME": s, "EMAIL_OTP_CODE": s}}),
                ),
                (
                    "RespondToAuthChallenge",
                    json!({"ClientId": WEB.id, "ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": {"USERNAME": s,
                    "PASSWORD_CLAIM_SECRET_BLOCK": s, "PASSWORD_CLAIM_SIGNATURE": s, "TIMESTAMP": s}}),
                ),
                ("GetUser", json!({"AccessToken": s})),
                ("GetUser", json!({"AccessToken": {"AccessToken": s}})),
                ("GetUser", json!([s])),
                ("GetUser", json!(s)),
                ("GetDevice", json!({"AccessToken": "a.b.c", "DeviceKey": s})),
                (
                    "ConfirmDevice",
                    json!({"AccessToken": "a.b.c", "DeviceKey": s, "DeviceName": s, "DeviceSecretVerifierConfig": {"Salt": s, "PasswordVerifier": s}}),
                ),
                (
                    "AssociateSoftwareToken",
                    json!({"Session": format!("{s}.aaaaaaaaaaaaaaaaaaaa")}),
                ),
                ("VerifySoftwareToken", json!({"UserCode": s})),
                (
                    "RevokeToken",
                    json!({"Token": s, "ClientId": s, "ClientSecret": s}),
                ),
                (
                    "GetTokensFromRefreshToken",
                    json!({"RefreshToken": s, "ClientId": WEB.id, "ClientSecret": s}),
                ),
                (
                    "SignUp",
                    json!({"ClientId": WEB.id, "Username": s, "Password": s}),
                ),
                ("NoSuchOperation", json!({"Password": s})),
            ];
            let signed = [
                ("AdminGetUser", json!({"UserPoolId": s, "Username": s})),
                ("AdminGetUser", json!({"UserPoolId": POOL, "Username": s})),
                (
                    "AdminGetDevice",
                    json!({"UserPoolId": POOL, "Username": USER, "DeviceKey": s}),
                ),
                (
                    "AdminListDevices",
                    json!({"UserPoolId": POOL, "Username": USER, "PaginationToken": s}),
                ),
                (
                    "AdminCreateUser",
                    json!({"UserPoolId": POOL, "Username": USER, "UserAttributes": [{"Name": s, "Value": s}]}),
                ),
                (
                    "AdminCreateUser",
                    json!({"UserPoolId": POOL, "Username": USER, "MessageAction": s}),
                ),
                (
                    "AdminUpdateUserAttributes",
                    json!({"UserPoolId": POOL, "Username": USER, "UserAttributes": [{"Name": "email", "Value": s}]}),
                ),
                (
                    "AdminUpdateUserAttributes",
                    json!({"UserPoolId": POOL, "Username": USER, "UserAttributes": [{"Name": "email_verified", "Value": s}]}),
                ),
                (
                    "AdminDeleteUserAttributes",
                    json!({"UserPoolId": POOL, "Username": USER, "UserAttributeNames": [s]}),
                ),
                (
                    "AdminInitiateAuth",
                    json!({"UserPoolId": POOL, "ClientId": s, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH"}),
                ),
                ("ListUsers", json!({"UserPoolId": POOL, "Filter": s})),
                (
                    "ListUsers",
                    json!({"UserPoolId": POOL, "Filter": format!("{s} = \"x\"")}),
                ),
                (
                    "ListUsers",
                    json!({"UserPoolId": POOL, "AttributesToGet": [s], "PaginationToken": s}),
                ),
                ("ListUserPools", json!({"MaxResults": 1, "NextToken": s})),
                ("ListUserPools", json!({"MaxResults": s})),
                (
                    "CreateUserPool",
                    json!({"PoolName": format!("{s}!{}", "x".repeat(128))}),
                ),
                (
                    "CreateUserPool",
                    json!({"PoolName": "x", "UserPoolTags": {"_custom_id_": s}}),
                ),
                (
                    "CreateUserPool",
                    json!({"PoolName": "x", "AliasAttributes": [s], "MfaConfiguration": s}),
                ),
                (
                    "CreateUserPool",
                    json!({"PoolName": "x", "Schema": [{"Name": s, "AttributeDataType": s}]}),
                ),
                (
                    "CreateUserPoolClient",
                    json!({"UserPoolId": POOL, "ClientName": format!("{s}#"), "ExplicitAuthFlows": [s]}),
                ),
                (
                    "CreateUserPoolClient",
                    json!({"UserPoolId": POOL, "ClientName": "x", "ReadAttributes": [s], "WriteAttributes": [s]}),
                ),
                (
                    "CreateUserPoolClient",
                    json!({"UserPoolId": POOL, "ClientName": "x", "CallbackURLs": [s], "AllowedOAuthFlows": [s]}),
                ),
                (
                    "UpdateUserPoolClient",
                    json!({"UserPoolId": POOL, "ClientId": s}),
                ),
                (
                    "DescribeUserPoolClient",
                    json!({"UserPoolId": POOL, "ClientId": s}),
                ),
                ("DescribeUserPoolDomain", json!({"Domain": s})),
                ("TagResource", json!({"ResourceArn": s, "Tags": {s: s}})),
            ];
            for (operation, input) in &open {
                self.send(self.client.request(operation, input.to_string()));
            }
            for (operation, input) in &signed {
                let request = self.client.request(operation, input.to_string());
                self.send(key().sign_at(self.client.now(), request));
            }
            self.broken(s);
            self.in_head(s);
            // A name in a path is no more than what somebody tried there.
            if !["a username", "a nickname"].contains(&self.secrets.0[secret].0) {
                self.in_path(s);
            }
        }
    }

    /// Bodies that are no JSON.
    fn broken(&mut self, secret: &str) {
        for body in [
            format!("{{\"AccessToken\":\"{secret}"),
            format!("{{\"AccessToken\":{secret}}}"),
            format!("AccessToken={secret}"),
            format!("{{\"{secret}\":}}"),
            format!("{{\"AccessToken\":\"{secret}\\u00\"}}"),
        ] {
            self.send(self.client.request("GetUser", body));
        }
    }

    /// Headers, path and query string.
    fn in_head(&mut self, secret: &str) {
        let percent =
            (secret.bytes()).fold(String::new(), |text, byte| text + &format!("%{byte:02X}"));
        let basic = format!("Basic {}", STANDARD.encode(format!("{USER}:{secret}")));
        let sigv4 = |credential: &str| {
            format!(
                "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host;x-amz-date, Signature={secret}"
            )
        };
        let scope = "20261122/us-east-1/cognito-idp/aws4_request";
        for (name, value) in [
            ("authorization", format!("Bearer {secret}")),
            ("authorization", basic),
            ("authorization", secret.to_owned()),
            ("authorization", format!("AWS4-HMAC-SHA256 {secret}")),
            ("authorization", sigv4(&format!("{secret}/{scope}"))),
            ("authorization", sigv4(secret)),
            (
                "authorization",
                sigv4(&format!("{KEY_ID}/{secret}/{secret}/{secret}/{secret}")),
            ),
            ("x-amz-security-token", secret.to_owned()),
            ("x-amz-date", secret.to_owned()),
            (
                "x-amz-target",
                format!("AWSCognitoIdentityProviderService.{secret}"),
            ),
            ("x-amz-target", secret.to_owned()),
            ("content-type", secret.to_owned()),
            ("user-agent", secret.to_owned()),
            ("cookie", format!("session={secret}")),
            ("origin", secret.to_owned()),
            ("x-api-key", secret.to_owned()),
        ] {
            let mut request = self.client.request("AdminGetUser", "{}");
            let headers = request.headers_mut();
            if name == "authorization" {
                headers.insert("x-amz-date", "20261122T142300Z".parse().unwrap());
            }
            let name = http::HeaderName::from_static(name);
            headers.insert(name, value.parse().unwrap());
            self.send(request);
        }
        for path in [
            format!("/?Password={percent}"),
            format!("/{percent}"),
            format!("/{percent}/.well-known/jwks.json"),
            format!("/_poolhouse/outbox?{percent}=1"),
            format!("/_poolhouse/outbox?UserPoolId={percent}&Username={percent}"),
            format!("/_poolhouse/{percent}"),
        ] {
            let request = http::Request::get(format!("{}{path}", self.url));
            let request = request.body(Vec::new()).unwrap();
            self.send(request.clone());
            self.send(key().sign_at(self.client.now(), request));
        }
        let request = http::Request::post(format!("{}/?Password={percent}", self.url));
        self.send(request.body(secret.as_bytes().to_vec()).unwrap());
    }

    /// As a part of a path, as it is.
    fn in_path(&mut self, secret: &str) {
        for path in [
            format!("/{secret}"),
            format!("/oauth2/{secret}/x"),
            format!("/_poolhouse/{secret}"),
            format!("/{secret}/.well-known/jwks.json"),
        ] {
            if let Ok(uri) = format!("{}{path}", self.url).parse::<http::Uri>() {
                self.send(http::Request::delete(uri).body(Vec::new()).unwrap());
            }
        }
    }

    fn send(&mut self, request: http::Request<Vec<u8>>) {
        self.client.send(request);
        self.misplaced += 1;
    }
}

fn key() -> Key {
    Key::new(KEY_ID, KEY_SECRET)
}

fn seed() -> Value {
    Pool::new(POOL)
        .with(json!({
            "Policies": {"PasswordPolicy": {"MinimumLength": 8}},
            "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": false, "DeviceOnlyRememberedOnUserPrompt": true},
        }))
        .mfa(json!({"MfaConfiguration": "OPTIONAL", "EmailMfaConfiguration": {}, "SoftwareTokenMfaConfiguration": {"Enabled": true}}))
        .client(WEB)
        .client(CONFIDENTIAL)
        .user(User::new("seeded").password(SEEDED))
        .into_seed()
}

/// Seeds with a mistake, each with a secret beside it or in it. What stands in a member that is for no secret is quoted to who wrote
/// it, so none of these is such a one.
fn wrong_seeds() -> Vec<String> {
    let user = |user: Value| {
        let mut seed = seed();
        seed["Users"] = json!([user]);
        seed.to_string()
    };
    let client = |more: Value| {
        let mut seed = seed();
        seed["Clients"] = json!([more]);
        seed.to_string()
    };
    let whole = user(json!({"Username": "u", "Password": SEEDED}));
    vec![
        whole[..whole.len() - 5].to_owned(),
        whole.replace(&format!("\"{SEEDED}\""), SEEDED),
        whole.replace(SEEDED, &format!("{SEEDED}\\x")),
        user(json!({"Username": "u", "Password": {"is": SEEDED}})),
        user(json!({"Username": "u", "Password": [SEEDED]})),
        user(json!({"Username": "u", "Passwort": SEEDED})),
        user(json!({"Username": SEEDED, "Password": "short"})),
        user(json!({"Username": "u", "Password": SEEDED, "TemporaryPassword": SEEDED})),
        user(json!({"Username": "u", "PasswordVerifier": SEEDED, "Salt": SEEDED})),
        user(json!({"Username": "u", "Enabled": SEEDED})),
        user(json!({"Username": "u", "UserAttributes": SEEDED})),
        user(
            json!({"Username": "u", "UserAttributes": [{"Name": "email", "Value": {"is": NICKNAME}}]}),
        ),
        user(json!({"Username": "u", "UserAttributes": [{"Name": "email", "Value": NICKNAME}]})),
        user(
            json!({"Username": "u", "Devices": [{"DeviceKey": "us-east-1_0", "DeviceSecretVerifierConfig": {"Salt": SEEDED, "PasswordVerifier": SEEDED}}]}),
        ),
        user(json!({"Username": "u", "UserCreateDate": SEEDED})),
        user(json!(SEEDED)),
        client(json!({"ClientId": "c", "ClientName": "c", "ClientSecret": {"is": CLIENT_SECRET}})),
        client(
            json!({"ClientId": "c", "ClientName": "c", "ClientSecret": format!("{CLIENT_SECRET} !")}),
        ),
        client(json!({"ClientId": "c", "ClientName": "c", "ClientSecrets": CLIENT_SECRET})),
        json!({"UserPool": {"Id": POOL}, "Keys": SEEDED}).to_string(),
        json!({"UserPool": {"Id": POOL}, "Keys": {"Seal": SEEDED}}).to_string(),
        json!(SEEDED).to_string(),
    ]
}

/// Settings with a mistake beside the secret or in it.
fn wrong_settings() -> [String; 6] {
    [
        format!("secret_access_key = \"{KEY_SECRET}\nregion = 5"),
        format!("secret_access_key = {KEY_SECRET}"),
        format!("secret_access_key = [\"{KEY_SECRET}\"]"),
        format!("secret_acces_key = \"{KEY_SECRET}\""),
        format!("[[access_keys]]\nid = \"A\"\nsecret = {{ is = \"{KEY_SECRET}\" }}"),
        format!("[[access_keys]]\nid = \"\"\nsecret = \"{KEY_SECRET}\""),
    ]
}

/// A process that is asked to end whatever becomes of the test, since somebody reads its output to the end.
struct Ending(u32);

impl Drop for Ending {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.0.to_string()).status();
    }
}

#[test]
fn no_secret_is_printed_or_kept_in_the_clear() {
    let (mut searched, mut sought, mut misplaced) = (0, 0, 0);
    for format in ["json", "text"] {
        let tool = Tool::new();
        tool.write_json("seed.json", &seed());
        tool.write(
            "settings.toml",
            format!("access_key_id = \"{KEY_ID}\"\nsecret_access_key = \"{KEY_SECRET}\"\n"),
        );
        // What was printed, and what it may hold.
        let mut printed: Vec<(String, String, Vec<Shown>)> = Vec::new();
        let mut print = |what: &str, text: String, allowed: &[Shown]| {
            printed.push((what.to_owned(), text, allowed.to_vec()));
        };
        let all = |outcome: Outcome| outcome.stdout + &outcome.stderr;
        for (number, seed) in wrong_seeds().into_iter().enumerate() {
            tool.write("wrong.json", seed);
            let outcome = tool.run("seed apply --create wrong.json");
            assert_eq!(outcome.code, 3, "{number}: {outcome:?}");
            print(&format!("wrong seed {number}"), all(outcome), &[]);
        }
        for (number, settings) in wrong_settings().into_iter().enumerate() {
            tool.write("wrong.toml", settings);
            let outcome = tool.run("check --config wrong.toml");
            assert_eq!(outcome.code, 2, "{number}: {outcome:?}");
            print(&format!("wrong settings {number}"), all(outcome), &[]);
        }

        let mut command = tool.command(&format!(
            "serve --listen 127.0.0.1:0 --config settings.toml --seed seed.json --limits off --log-format {format}"
        ));
        command.stderr(File::create(tool.path("stderr")).unwrap());
        let mut server = Server::start(command);
        let (url, started, pid) = (
            server.told("Listening").to_owned(),
            server.start.join("\n"),
            server.pid(),
        );
        let (log, secrets) = std::thread::scope(|scope| {
            let log = scope.spawn(|| server.rest());
            let ending = Ending(pid);
            let client = Client::of(&url);
            let secrets = Secrets::fixed();
            let mut story = Story {
                client,
                url: &url,
                secrets,
                misplaced: 0,
            };
            story.usual();
            story.misplaced();
            misplaced += story.misplaced;
            for (what, command, allowed) in [
                ("check", "check --deep", &[][..]),
                ("seed apply", "seed apply --create seed.json", &[]),
                (
                    "export",
                    "seed export",
                    &[Shown::InExports, Shown::InExportsAndOutbox],
                ),
                (
                    "outbox",
                    "outbox",
                    &[Shown::InOutbox, Shown::InExportsAndOutbox],
                ),
                (
                    "outbox",
                    "outbox --json",
                    &[Shown::InOutbox, Shown::InExportsAndOutbox],
                ),
                ("backup", "backup kept.db", &[]),
            ] {
                let outcome = tool.run(command);
                assert_eq!(outcome.code, 0, "{outcome:?}");
                print(what, all(outcome), allowed);
            }
            // While it is served, for the log of the database to be there.
            let in_the_clear = [Shown::InExports, Shown::InExportsAndOutbox, Shown::InOutbox];
            for file in ["poolhouse.db", "poolhouse.db-wal"] {
                let bytes = std::fs::read(tool.path("data").join(file)).unwrap();
                assert!(!bytes.is_empty(), "{file}");
                let text = String::from_utf8_lossy(&bytes).into_owned();
                print(file, text, &in_the_clear);
            }
            drop(ending);
            (log.join().unwrap(), story.secrets)
        });
        assert!(log.lines().count() > 1000, "{}", log.len());
        every_refusal_has_a_reason(&log);
        let stderr = std::fs::read_to_string(tool.path("stderr")).unwrap();
        print("the server", [started, log, stderr].join("\n"), &[]);

        let mut found = Vec::new();
        for (what, text, allowed) in &printed {
            searched += text.len();
            let seen = secrets.in_text(text, allowed);
            found.extend(seen.iter().map(|secret| format!("{what}: {secret}")));
        }
        assert!(found.is_empty(), "{}", found.join("\n"));
        sought += secrets.0.len();
        every_form_is_found(&secrets);
    }
    println!(
        "{sought} secrets sought in {searched} bytes; {misplaced} requests with one in a wrong place"
    );
}

/// Whatever was refused, a log in JSON says why.
fn every_refusal_has_a_reason(log: &str) {
    let lines = log.lines();
    let lines = lines.filter_map(|line| serde_json::from_str(line).ok());
    let silent: Vec<String> = lines
        .filter(|line: &Value| line["outcome"].is_string() && line["outcome"] != "ok")
        .filter(|line| line["message"] != "connection" && !line["reason"].is_string())
        .map(|line| format!("{} {}", line["message"], line["outcome"]))
        .collect();
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

/// The search finds each secret in each form, or all of that would show nothing.
fn every_form_is_found(secrets: &Secrets) {
    for secret in secrets.0.keys() {
        if secret.len() == 6 {
            assert!(is_in(secret, &format!("code={secret},")));
            continue;
        }
        assert!(!is_in(secret, "status=200 outcome=ok"));
        for form in forms(secret) {
            assert!(
                is_in(secret, &format!("a line with {form} in it")),
                "{form}"
            );
        }
        for before in ["", "x", "xy", "user:"] {
            let encoded = STANDARD.encode(format!("{before}{secret} and more"));
            assert!(is_in(secret, &encoded), "{encoded}");
        }
    }
}
