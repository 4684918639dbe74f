//! Every secret in every place where none belongs.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{KEY_ID, POOL, Story, USER, WEB, WRONG, key};

impl Story<'_> {
    /// Sends every secret in every place where none belongs. The answers do not matter.
    pub(super) fn misplaced(&mut self) {
        let secrets: Vec<String> = self.secrets.0.keys().cloned().collect();
        // One long secret of each kind is enough.
        let mut kinds = BTreeMap::new();
        for secret in &secrets {
            kinds.insert(self.secrets.0[secret].0, secret.clone());
        }
        for secret in kinds.values() {
            let s = secret.as_str();
            for (operation, input) in open_inputs(s) {
                self.send(self.client.request(operation, input.to_string()));
            }
            for (operation, input) in signed_inputs(s) {
                let request = self.client.request(operation, input.to_string());
                self.send(key().sign_at(self.client.now(), request));
            }
            self.broken(s);
            self.in_head(s);
            // The log repeats the paths of requests, so a name in a path is left out.
            if !["a username", "a nickname"].contains(&self.secrets.0[secret].0) {
                self.in_path(s);
            }
        }
    }

    /// Sends bodies that are not JSON.
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

    /// Sends the secret in headers, paths and query strings.
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
            format!(
                "/confirmUser?client_id={percent}&user_name={percent}&confirmation_code={percent}"
            ),
            format!(
                "/confirmUser?client_id={}&user_name={percent}&confirmation_code={percent}",
                WEB.id
            ),
            format!("/login?client_id={percent}&redirect_uri={percent}&state={percent}"),
            format!("/_poolhouse/domains/{percent}/login?login_hint={percent}"),
            format!("/error?error={percent}"),
        ] {
            let request = http::Request::get(format!("{}{path}", self.url));
            let request = request.body(Vec::new()).unwrap();
            self.send(request.clone());
            self.send(key().sign_at(self.client.now(), request));
        }
        let request = http::Request::post(format!("{}/?Password={percent}", self.url));
        self.send(request.body(secret.as_bytes().to_vec()).unwrap());
    }

    /// Sends the secret as a part of a path, not encoded.
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
}

/// Unsigned requests with the secret in them.
fn open_inputs(s: &str) -> Vec<(&'static str, Value)> {
    vec![
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
            json!({"ClientId": s, "Username": s, "Password": s}),
        ),
        (
            "SignUp",
            json!({"ClientId": WEB.id, "Username": USER, "Password": s, "UserAttributes": [{"Name": s, "Value": s}]}),
        ),
        (
            "ConfirmSignUp",
            json!({"ClientId": WEB.id, "Username": s, "ConfirmationCode": s}),
        ),
        (
            "ResendConfirmationCode",
            json!({"ClientId": WEB.id, "Username": s, "SecretHash": s}),
        ),
        ("ForgotPassword", json!({"ClientId": WEB.id, "Username": s})),
        (
            "ConfirmForgotPassword",
            json!({"ClientId": WEB.id, "Username": s, "ConfirmationCode": s, "Password": s}),
        ),
        (
            "VerifyUserAttribute",
            json!({"AccessToken": s, "AttributeName": s, "Code": s}),
        ),
        ("NoSuchOperation", json!({"Password": s})),
    ]
}

/// Signed requests with the secret in them.
fn signed_inputs(s: &str) -> Vec<(&'static str, Value)> {
    vec![
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
    ]
}
