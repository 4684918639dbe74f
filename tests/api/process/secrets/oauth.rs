//! Secrets at the endpoints of the pool's domain: in their places, and in wrong ones.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::kept::Shown;
use super::{CONFIDENTIAL, MACHINE, PASSWORD, SEEDED, Story, WRONG};
use crate::world::{AppClient, sign_in_by_password};

/// The path of the pool's domain on every host.
pub(super) const DOMAIN: &str = "/_poolhouse/domains/hidden";

const COOKIE: &str = "q7Jx-cookie_Value-4TzN0mYw8kRf";
const CODE: &str = "b5e0a2f4-19c7-4d3e-8a61-7f2c9d0e3b58";
const VERIFIER: &str = "verifier-Zk3nQ8sVd5Lw1Xc7Rb9Tf2Hj6Mp4Gy0Ua";
const STATE: &str = "state-9Yt4Kp-of-the-app";

impl Story<'_> {
    /// Browsers and clients at the domain.
    pub(super) fn oauth(&mut self) {
        for (what, text) in [
            ("a cookie", COOKIE),
            ("an authorization code", CODE),
            ("a code verifier", VERIFIER),
            ("a state", STATE),
        ] {
            self.secrets.keep(what, text, Shown::Nowhere);
        }
        let machine = [("grant_type", "client_credentials")];
        let token = self.form("/oauth2/token", MACHINE, &machine).ok();
        let token = token["access_token"].as_str().unwrap().to_owned();
        self.secrets
            .keep("a machine's token", &token, Shown::Nowhere);
        let signed_in = sign_in_by_password(&self.client, CONFIDENTIAL, "seeded", SEEDED, &[]).ok();
        self.secrets.keep_answer(&signed_in);
        let result = &signed_in["AuthenticationResult"];
        let refresh_token = result["RefreshToken"].as_str().unwrap();
        for (path, form) in [
            (
                "/oauth2/token",
                [
                    ("grant_type", "refresh_token"),
                    ("refresh_token", refresh_token),
                ],
            ),
            (
                "/oauth2/revoke",
                [("token", refresh_token), ("token_type_hint", PASSWORD)],
            ),
        ] {
            self.form(path, CONFIDENTIAL, &form);
            self.form(path, CONFIDENTIAL.with_secret(WRONG), &form);
        }
        let code = [
            ("grant_type", "authorization_code"),
            ("code", CODE),
            ("code_verifier", VERIFIER),
            ("redirect_uri", "https://app.test/callback"),
        ];
        self.form("/oauth2/token", CONFIDENTIAL, &code);
        self.misplace_in_oauth(&token);
    }

    /// Secrets in queries, headers and parameters where none belong.
    fn misplace_in_oauth(&mut self, token: &str) {
        for name in [
            "client_id",
            "redirect_uri",
            "scope",
            "state",
            "response_type",
            "nonce",
            "code",
            "iss",
            "error_description",
            "login_hint",
            PASSWORD,
        ] {
            for path in [
                "/oauth2/authorize",
                "/logout",
                "/oauth2/userInfo",
                "/oauth2/token",
                "/oauth2/idpresponse",
            ] {
                let known = format!(
                    "client_id={}&redirect_uri=https%3A%2F%2Fapp.test%2Fcallback&state={STATE}",
                    CONFIDENTIAL.id
                );
                let query = form_urlencoded::Serializer::new(known)
                    .append_pair(name, PASSWORD)
                    .finish();
                let request = http::Request::get(format!("{}{DOMAIN}{path}?{query}", self.url))
                    .header("cookie", format!("cognito={COOKIE}; csrf-state={COOKIE}"))
                    .header("authorization", format!("Bearer {token}"));
                self.send(request.body(Vec::new()).unwrap());
            }
        }
        for name in [
            "grant_type",
            "client_id",
            "code",
            "scope",
            "refresh_token",
            "token",
            PASSWORD,
        ] {
            for path in ["/oauth2/token", "/oauth2/revoke"] {
                self.form(path, MACHINE, &[(name, PASSWORD)]);
                self.misplaced += 1;
            }
        }
        for authorization in [
            format!("Bearer {PASSWORD}"),
            format!("Basic {}", STANDARD.encode(PASSWORD)),
            PASSWORD.to_owned(),
        ] {
            for path in ["/oauth2/userInfo", "/oauth2/token", "/oauth2/revoke"] {
                let request = http::Request::post(format!("{}{DOMAIN}{path}", self.url))
                    .header("content-type", "application/x-www-form-urlencoded")
                    .header("authorization", &authorization);
                self.send(request.body(Vec::new()).unwrap());
            }
        }
        let domain = format!("{}/_poolhouse/domains/{COOKIE}/logout", self.url);
        self.send(http::Request::get(domain).body(Vec::new()).unwrap());
    }

    /// Posts a form, as a client that sends its secret by HTTP Basic.
    fn form(
        &self,
        path: &str,
        client: AppClient<'_>,
        parameters: &[(&str, &str)],
    ) -> crate::world::Answer {
        let basic = STANDARD.encode(format!("{}:{}", client.id, client.secret.unwrap()));
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parameters)
            .finish();
        let request = http::Request::post(format!("{}{DOMAIN}{path}", self.url))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("authorization", format!("Basic {basic}"));
        self.client.send(request.body(form.into_bytes()).unwrap())
    }
}
