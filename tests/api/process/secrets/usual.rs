//! Every secret in its place: the usual requests of clients and administrators.

use serde_json::{Value, json};

use super::kept::Shown;
use super::{
    CLIENT_SECRET, CONFIDENTIAL, EMAIL, NEW, NICKNAME, PASSWORD, POOL, Story, TEMPORARY, USER, WEB,
    WRONG, key,
};
use crate::world::{
    Answer, Device, WRONG_CODE, WRONG_PASSWORD, access_token, confirm_device, initiate,
    prove_device, respond, secret_hash, set_up_token, sign_in_by_password, sign_in_by_srp, token,
    totp,
};

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

    /// Keeps the secrets of a sign-in's answer, and returns it.
    fn keep(&mut self, answer: &Answer) -> Value {
        let answer = answer.ok();
        self.secrets.keep_answer(&answer);
        answer
    }

    /// The code that was sent last.
    pub(super) fn code(&mut self) -> String {
        let path = format!("/_poolhouse/outbox?UserPoolId={POOL}");
        let shown = self.client.get_as(&key(), &path).ok();
        let last = shown["Messages"].as_array().unwrap().last().unwrap();
        let code = last["Code"].as_str().unwrap().to_owned();
        self.secrets.keep("a code", &code, Shown::InOutbox);
        code
    }

    /// Gives the client with a secret another one, and uses it.
    fn second_secret(&mut self) {
        let of_client = |more: Value| {
            let mut input = more;
            (input["UserPoolId"], input["ClientId"]) = (POOL.into(), CONFIDENTIAL.id.into());
            input
        };
        let added = self
            .admin("AddUserPoolClientSecret", of_client(json!({})))
            .ok();
        let added = &added["ClientSecretDescriptor"];
        let second = added["ClientSecretValue"].as_str().unwrap();
        self.secrets
            .keep("a client's second secret", second, Shown::InExports);
        let answer = sign_in_by_password(
            &self.client,
            CONFIDENTIAL.with_secret(second),
            USER,
            PASSWORD,
            &[],
        );
        self.keep(&answer);
        self.admin("ListUserPoolClientSecrets", of_client(json!({})))
            .ok();
        let brought = of_client(json!({"ClientSecret": CLIENT_SECRET}));
        let (code, _) = self.admin("AddUserPoolClientSecret", brought).refusal();
        assert_eq!(code, "LimitExceededException");
    }

    /// Imports users into a pool of their own.
    fn import(&mut self) {
        let pool = json!({"PoolName": "imported", "AutoVerifiedAttributes": ["email"]});
        let pool = self.admin("CreateUserPool", pool).ok()["UserPool"]["Id"].clone();
        let role = "arn:aws:iam::000000000000:role/logs";
        let job = json!({"UserPoolId": pool, "JobName": "import", "CloudWatchLogsRoleArn": role});
        let job = self.admin("CreateUserImportJob", job).ok()["UserImportJob"].clone();
        let url = job["PreSignedUrl"].as_str().unwrap();
        let (_, signature) = url.rsplit_once('=').unwrap();
        self.secrets
            .keep("the signature of a URL", signature, Shown::Nowhere);
        let on = json!({"UserPoolId": pool, "JobId": job["JobId"]});
        let header = self.admin("GetCSVHeader", on.clone()).ok()["CSVHeader"].clone();
        let columns: Vec<&str> = header
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap())
            .collect();
        let line = |verified: &str| {
            let value = |name: &&str| match *name {
                "cognito:username" => USER,
                "email" => EMAIL,
                "nickname" => NICKNAME,
                "email_verified" => verified,
                "cognito:mfa_enabled" => "false",
                _ => "",
            };
            columns.iter().map(value).collect::<Vec<_>>().join(",")
        };
        let file = [
            columns.join(","),
            line("true"),
            line("true"),
            line("false"),
            line("no"),
            format!("{EMAIL},"),
        ]
        .join("\n");
        for (url, status) in [
            (url.replace(signature, &"0".repeat(64)), 403),
            (url.to_owned(), 200),
        ] {
            let request = http::Request::put(url).header("x-amz-server-side-encryption", "aws:kms");
            let answer = self.client.send(request.body(file.clone().into()).unwrap());
            assert_eq!(answer.status, status);
        }
        self.admin("StartUserImportJob", on.clone()).ok();
        while self.admin("DescribeUserImportJob", on.clone()).ok()["UserImportJob"]["Status"]
            != "Failed"
        {}
        let id = job["JobId"].as_str().unwrap();
        let path = format!(
            "/_poolhouse/import-log?UserPoolId={}&JobId={id}",
            pool.as_str().unwrap()
        );
        let log = self.client.get_as(&key(), &path).ok();
        assert_eq!(log["Events"].as_array().unwrap().len(), 5);
        // Nobody who reads it learns of the users.
        let seen = self.secrets.in_text(&log.to_string(), &[]);
        assert!(seen.is_empty(), "{seen:?}");
    }

    /// Makes the usual requests.
    #[expect(clippy::too_many_lines, reason = "a story")]
    pub(super) fn usual(&mut self) {
        self.import();
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
        self.second_secret();
        self.admin("GetSigningCertificate", json!({"UserPoolId": POOL}))
            .ok();

        // Second factors.
        let secret = set_up_token(&self.client, &access, None);
        self.secrets
            .keep("a software token's secret", &secret, Shown::InExports);
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
        self.feedback();
        self.accounts();
    }

    /// Says of an event of the user, with its token, that it was the user's own.
    fn feedback(&mut self) {
        let listed = self.about("AdminListUserAuthEvents", USER, json!({})).ok();
        let event = listed["AuthEvents"][0]["EventId"].as_str().unwrap();
        let path =
            format!("/_poolhouse/feedback-token?EventId={event}&UserPoolId={POOL}&Username={USER}");
        let shown = self.client.get_as(&key(), &path).ok();
        let token = shown["FeedbackToken"].as_str().unwrap();
        self.secrets.keep("a feedback token", token, Shown::Nowhere);
        let said = json!({"UserPoolId": POOL, "Username": USER, "EventId": event, "FeedbackToken": token,
            "FeedbackValue": "Valid"});
        self.client.call_open("UpdateAuthEventFeedback", &said).ok();
    }

    /// Signs somebody up who then forgets the password, has it reset, and verifies the address again.
    fn accounts(&mut self) {
        let name = "zenobia-the-second";
        self.secrets
            .keep("a username", name, Shown::InExportsAndOutbox);
        let email = json!([{"Name": "email", "Value": EMAIL}]);
        let call = |story: &Self, operation: &str, mut input: Value| {
            input["ClientId"] = WEB.id.into();
            input["Username"] = name.into();
            story.client.call_open(operation, &input).ok();
        };
        call(
            self,
            "SignUp",
            json!({"Password": TEMPORARY, "UserAttributes": email}),
        );
        self.code();
        call(self, "ResendConfirmationCode", json!({}));
        let code = self.code();
        call(self, "ConfirmSignUp", json!({"ConfirmationCode": code}));
        call(self, "ForgotPassword", json!({}));
        self.code();
        self.about("AdminResetUserPassword", name, json!({})).ok();
        let code = self.code();
        let new = json!({"ConfirmationCode": code, "Password": NEW});
        call(self, "ConfirmForgotPassword", new);
        let signed_in = self.keep(&sign_in_by_password(&self.client, WEB, name, NEW, &[]));
        let own = json!({"AccessToken": access_token(&signed_in), "AttributeName": "email"});
        self.client
            .call_open("GetUserAttributeVerificationCode", &own)
            .ok();
        let mut verified = own;
        verified["Code"] = self.code().into();
        self.client.call_open("VerifyUserAttribute", &verified).ok();
    }
}
