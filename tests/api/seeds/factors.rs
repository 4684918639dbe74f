//! Second factors of users in seeds and exports.

use serde_json::{Value, json};

use super::refusal;
use crate::world::{
    FLOWS, PASSWORD, POOL, SUB, Tool, User, WEB, device, respond, sign_in_by_password, totp,
};

const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// A pool where codes of authenticators are a second factor, with this user in it.
fn seed(user: User) -> Value {
    json!({
        "UserPool": {"Id": POOL, "Name": "p", "MfaConfiguration": "OPTIONAL", "AliasAttributes": ["email"],
            "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": true}},
        "MfaConfig": {"SoftwareTokenMfaConfiguration": {"Enabled": true}},
        "Clients": [{"ClientId": WEB.id, "ExplicitAuthFlows": FLOWS}],
        "Groups": [{"GroupName": "staff", "Precedence": 1}, {"GroupName": "guests"}],
        "Users": [user.into_seed()],
    })
}

/// A user of whom a seed says all that it can.
fn ana() -> User {
    User::new("ana")
        .password(PASSWORD)
        .verified_email("ana@example.com")
        .attribute("sub", SUB)
        .attribute("phone_number", "+12065550100")
        .with(json!({
            "Enabled": true, "UserStatus": "RESET_REQUIRED", "UserCreateDate": 1_715_100_742.022,
            "UserLastModifiedDate": 1_723_233_651.167, "Groups": ["guests", "staff"],
            "SMSMfaSettings": {"Enabled": false}, "EmailMfaSettings": {"Enabled": true},
            "SoftwareTokenMfaSettings": {"Enabled": true, "PreferredMfa": true},
            "SoftwareToken": {"SecretCode": SECRET, "FriendlyDeviceName": "Ana's phone"},
        }))
        .device(
            json!({"DeviceKey": device::REMEMBERED, "DeviceGroupKey": "-uXyZ1234",
            "DeviceSecretVerifierConfig": {"PasswordVerifier": "AJ8SNFY=", "Salt": "ANoLcQ=="}}),
        )
        .device(json!({"DeviceKey": device::UNCONFIRMED, "Confirmed": false}))
}

#[test]
fn a_user_who_has_everything_is_the_same_where_an_export_is_applied() {
    let (here, there) = (Tool::new(), Tool::new());
    let created = "9 created, 0 updated, 0 unchanged";
    let unchanged = "0 created, 0 updated, 9 unchanged";
    assert_eq!(here.apply_seed(&seed(ana())), created);
    assert_eq!(here.apply_seed(&seed(ana())), unchanged);
    let outcome = here.run("seed export export.json");
    assert_eq!(
        outcome.stdout,
        "export.json: 1 pool, 2 groups, 1 user, 2 devices\n"
    );
    let exported = here.export();
    let text = here.run("seed export").stdout;
    assert_eq!(there.apply_seed(&exported), created);
    assert_eq!(there.run("seed export").stdout, text);
    assert_eq!(there.apply_seed(&exported), unchanged);
    assert_eq!(here.apply_seed(&exported), unchanged);
    let shown = &exported["UserPools"][0]["Users"][0];
    assert_eq!(shown["UserStatus"], "RESET_REQUIRED");
    assert_eq!(shown["Groups"], json!(["staff", "guests"]));
    let setting = |enabled, preferred| json!({"Enabled": enabled, "PreferredMfa": preferred});
    assert_eq!(shown["SMSMfaSettings"], setting(false, false));
    assert_eq!(shown["EmailMfaSettings"], setting(true, false));
    assert_eq!(shown["SoftwareTokenMfaSettings"], setting(true, true));
    let token = json!({"SecretCode": SECRET, "FriendlyDeviceName": "Ana's phone"});
    assert_eq!(shown["SoftwareToken"], token);
    assert_eq!(there.run("check --deep").code, 0);
}

#[test]
fn a_user_of_a_seed_signs_in_with_the_code_of_the_authenticator() {
    let tool = Tool::new();
    tool.apply_seed(&seed(ana().with(json!({"UserStatus": "CONFIRMED"}))));
    let mut server = tool.serve("--limits off");
    let client = server.client();
    let asked = sign_in_by_password(&client, WEB, "ana", PASSWORD, &[]).ok();
    assert_eq!(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    let responses = json!({"USERNAME": "ana", "SOFTWARE_TOKEN_MFA_CODE": totp(&client, SECRET)});
    let answer = respond(
        &client,
        WEB,
        "SOFTWARE_TOKEN_MFA",
        &asked,
        responses.clone(),
    );
    answer.ok();
    // The same secret again is the same token, and its used code stays used.
    server.signal("TERM");
    server.wait();
    assert_eq!(
        tool.apply_seed(&seed(ana().with(
            json!({"UserStatus": "CONFIRMED", "SoftwareToken": {"SecretCode": SECRET}})
        ))),
        "0 created, 1 updated, 8 unchanged"
    );
    let step: Option<i64> = tool
        .file()
        .query_row("SELECT last_step FROM software_tokens", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert!(step.is_some());
    let other = json!({"SecretCode": "MZXW6YTBOJRGC6RAMZXW6YTBOJRGC6RA"});
    tool.apply_seed(&seed(ana().with(json!({"SoftwareToken": other}))));
    let step: Option<i64> = tool
        .file()
        .query_row("SELECT last_step FROM software_tokens", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(step, None);
}

#[test]
fn what_list_users_shows_of_codes_by_sms_holds_where_nothing_else_is_said() {
    let options = json!([{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}]);
    let by_email = json!([{"DeliveryMedium": "EMAIL", "AttributeName": "email"}]);
    let off = json!({"Enabled": false, "PreferredMfa": false});
    for (shown, expected) in [
        (json!({"MFAOptions": options}), json!(["SMS_MFA"])),
        (json!({"MFAOptions": by_email}), Value::Null),
        (json!({"MFAOptions": []}), Value::Null),
        (
            json!({"MFAOptions": options, "UserMFASettingList": ["EMAIL_OTP"]}),
            json!(["EMAIL_OTP"]),
        ),
        (
            json!({"MFAOptions": options, "SMSMfaSettings": off}),
            Value::Null,
        ),
    ] {
        let tool = Tool::new();
        let user = || {
            User::new("ana")
                .verified_email("ana@example.com")
                .attribute("phone_number", "+12065550100")
        };
        tool.apply_seed(&seed(user().with(shown.clone())));
        let again = tool.apply_seed(&seed(user().with(shown)));
        assert_eq!(again, "0 created, 0 updated, 5 unchanged");
        let server = tool.serve("--limits off");
        let input = json!({"UserPoolId": POOL, "Username": "ana"});
        let answer = server.client().call("AdminGetUser", &input).ok();
        assert_eq!(answer["UserMFASettingList"], expected);
    }
}

#[test]
fn what_admin_get_user_shows_of_factors_holds_afterwards() {
    let tool = Tool::new();
    tool.apply_seed(&seed(ana()));
    let bare = || {
        User::new("ana")
            .verified_email("ana@example.com")
            .attribute("phone_number", "+12065550100")
    };
    // A user of whom nothing is said keeps all.
    let before = tool.export();
    let kept = bare().attribute("sub", SUB);
    tool.apply_seed(&seed(kept));
    assert_eq!(tool.export(), before);
    let shown = json!({"UserMFASettingList": ["SMS_MFA"], "PreferredMfaSetting": "SMS_MFA"});
    assert_eq!(
        tool.apply_seed(&seed(bare().with(shown.clone()))),
        "0 created, 1 updated, 4 unchanged"
    );
    assert_eq!(
        tool.apply_seed(&seed(bare().with(shown))),
        "0 created, 0 updated, 5 unchanged"
    );
    let exported = tool.export();
    let user = &exported["UserPools"][0]["Users"][0];
    assert_eq!(
        user["SMSMfaSettings"],
        json!({"Enabled": true, "PreferredMfa": true})
    );
    assert_eq!(
        (
            user.get("EmailMfaSettings"),
            user.get("SoftwareTokenMfaSettings")
        ),
        (None, None)
    );
    assert_eq!(
        user["SoftwareToken"]["SecretCode"], SECRET,
        "the token itself stays"
    );
    let server = tool.serve("--limits off");
    let input = json!({"UserPoolId": POOL, "Username": "ana"});
    let answer = server.client().call("AdminGetUser", &input).ok();
    assert_eq!(answer["UserMFASettingList"], json!(["SMS_MFA"]));
    assert_eq!(answer["PreferredMfaSetting"], "SMS_MFA");
}

#[test]
fn mistakes_in_second_factors_are_told_with_their_place() {
    let setting = |enabled, preferred| json!({"Enabled": enabled, "PreferredMfa": preferred});
    for (members, why) in [
        (
            json!({"UserMFASettingList": ["SMS"]}),
            ".UserMFASettingList[0]: a second factor is one of SMS_MFA, EMAIL_OTP, SOFTWARE_TOKEN_MFA",
        ),
        (
            json!({"PreferredMfaSetting": "NOMFA"}),
            ".PreferredMfaSetting: a second factor is one of SMS_MFA, EMAIL_OTP, SOFTWARE_TOKEN_MFA",
        ),
        (
            json!({"UserMFASettingList": "SMS_MFA"}),
            ".UserMFASettingList: a list is expected here",
        ),
        (
            json!({"UserMFASettingList": ["SMS_MFA"], "SMSMfaSettings": setting(true, true)}),
            ": a user has either UserMFASettingList or MFA settings for each factor",
        ),
        (
            json!({"SMSMfaSettings": {"Enabled": true, "Preferred": true}}),
            ".SMSMfaSettings: unknown member 'Preferred'",
        ),
        (
            json!({"EmailMfaSettings": []}),
            ".EmailMfaSettings: an object is expected here",
        ),
        (
            json!({"EmailMfaSettings": setting(false, true)}),
            ": An MFA method that is not enabled can not be preferred.",
        ),
        (
            json!({"EmailMfaSettings": setting(true, true), "SMSMfaSettings": setting(true, true)}),
            ": Only one MFA method can be preferred.",
        ),
        (
            json!({"SoftwareToken": []}),
            ".SoftwareToken: an object is expected here",
        ),
        (
            json!({"SoftwareToken": {"SecretCode": "GEZDGNBV"}}),
            ".SoftwareToken: SecretCode is not the base32 of 16 bytes or more",
        ),
        (
            json!({"SoftwareToken": {"FriendlyDeviceName": "phone"}}),
            ".SoftwareToken: SecretCode is not the base32 of 16 bytes or more",
        ),
        (
            json!({"SoftwareToken": {"SecretCode": SECRET, "Secret": SECRET}}),
            ".SoftwareToken: unknown member 'Secret'",
        ),
    ] {
        let user = User::new("ana").with(members);
        assert_eq!(refusal(&seed(user)), format!("Users[0]{why}"));
    }
}
