//! Files as AWS's tools print them: bare answers, several together, with what pages and boto3 add.

mod refusals;

use serde_json::{Value, json};

use super::pool;
use crate::world::{FLOWS, Outcome, PASSWORD, POOL, SUB, Tool, WEB, sign_in_by_password};

const OTHER: &str = "us-east-1_Other0001";

/// `describe-user-pool`, as boto3 answers.
fn described_pool() -> Value {
    json!({
        "UserPool": {"Id": POOL, "Name": "p", "CreationDate": "2024-05-07 18:52:22.022000+02:00",
            "LastModifiedDate": 1_715_100_742.022, "LambdaConfig": {},
            "MfaConfiguration": "OPTIONAL", "EstimatedNumberOfUsers": 2},
        "ResponseMetadata": {"RequestId": "r", "HTTPStatusCode": 200, "HTTPHeaders": {}, "RetryAttempts": 0},
    })
}

/// `describe-user-pool-client`.
fn described_client() -> Value {
    json!({"UserPoolClient": {"UserPoolId": POOL, "ClientId": "web", "ClientName": "web", "TokenValidityUnits": {},
        "LastModifiedDate": "2024-05-07T18:52:22.022000+02:00", "CreationDate": 1_715_100_742.022}})
}

fn user(name: &str, status: &str) -> Value {
    let email = json!({"Name": "email", "Value": format!("{name}@example.com")});
    let verified = json!({"Name": "email_verified", "Value": "true"});
    json!({"Username": name, "Attributes": [email, verified], "Enabled": true,
        "UserStatus": status, "UserCreateDate": "2024-05-07T18:52:22.022000+02:00", "UserLastModifiedDate": 1.715_100_742_022E9})
}

/// The two pages of `list-users`, one after the other.
fn listed_users() -> String {
    let first = json!({"Users": [user("ana", "CONFIRMED")], "PaginationToken": "CAISvQIIAR"});
    let second = json!({"Users": [user("ben", "UNCONFIRMED"), user("eva", "EXTERNAL_PROVIDER")]});
    format!("{first:#}\n{second:#}\n")
}

/// `admin-get-user` for each user, one after the other.
fn shown_users() -> String {
    let shown = |name, status, more: Value| {
        let mut shown = user(name, status);
        shown["UserAttributes"] = shown.as_object_mut().unwrap().remove("Attributes").unwrap();
        shown
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        shown
    };
    let sms =
        json!({"PreferredMfaSetting": "SMS_MFA", "UserMFASettingList": ["SMS_MFA", "EMAIL_OTP"]});
    let shown = [
        shown("ana", "CONFIRMED", sms),
        shown("ben", "UNCONFIRMED", json!({"MFAOptions": []})),
        shown("eva", "EXTERNAL_PROVIDER", json!({})),
    ];
    shown.map(|shown| format!("{shown}\n")).concat()
}

/// `list-groups`, and `get-group`.
fn listed_groups() -> Value {
    json!({"Groups": [{"GroupName": "staff", "UserPoolId": POOL, "Precedence": 1, "CreationDate": 1_715_100_742.022,
        "LastModifiedDate": 1_715_100_742.022}], "NextToken": "more"})
}

fn got_group() -> Value {
    json!({"Group": {"GroupName": "guests", "UserPoolId": POOL, "CreationDate": 1_715_100_742.022,
        "LastModifiedDate": 1_715_100_742.022}})
}

/// A directory with all of these answers.
fn dump() -> Tool {
    let tool = Tool::new();
    tool.write_json("pool.json", &described_pool());
    tool.write_json("client.json", &described_client());
    tool.write("users.json", listed_users());
    tool.write("shown.json", shown_users());
    tool.write_json("groups.json", &listed_groups());
    tool.write_json("group.json", &got_group());
    let staff = json!({"Users": [user("ana", "CONFIRMED"), user("ben", "UNCONFIRMED")], "NextToken": "more"});
    tool.write_json("staff.json", &staff);
    tool
}

fn summary(outcome: &Outcome) -> &str {
    assert_eq!(outcome.code, 0, "{outcome:?}");
    outcome
        .stdout
        .trim_end()
        .trim_start_matches("data/poolhouse.db: ")
}

/// Why the arguments of `seed apply` are refused, without anything being left behind.
fn refusal(tool: &Tool, arguments: &str) -> String {
    let outcome = tool.run(&format!("seed apply --create {arguments}"));
    assert_eq!(
        (outcome.code, outcome.stdout.as_str()),
        (3, ""),
        "{outcome:?}"
    );
    outcome
        .stderr
        .trim_end()
        .trim_start_matches("poolhouse: seed: ")
        .to_owned()
}

#[test]
fn answers_of_aws_go_in_as_they_come_and_in_any_order() {
    let mut exports = Vec::new();
    let files = [
        "pool.json",
        "client.json",
        "groups.json",
        "group.json",
        "users.json",
        "shown.json",
    ];
    let backwards: Vec<_> = files.iter().rev().copied().collect();
    for files in [&files[..], &backwards] {
        let tool = dump();
        let command = format!(
            "seed apply --create --group staff staff.json {}",
            files.join(" ")
        );
        let outcome = tool.run(&command);
        // Four of the pool, three users; what names a user again creates the memberships, or changes the factors.
        let expected = [
            "9 created, 1 updated, 4 unchanged",
            "9 created, 0 updated, 5 unchanged",
        ];
        assert!(expected.contains(&summary(&outcome)), "{outcome:?}");
        assert_eq!(
            outcome.stderr,
            "2 users were created without a password, and cannot sign in before one is set: by AdminSetUserPassword, by \
             ForgotPassword, or by a seed\n"
        );
        let again = tool.run(&command);
        assert_eq!(summary(&again), "0 created, 0 updated, 14 unchanged");
        assert_eq!(again.stderr, "");
        exports.push(tool.export());
        assert_eq!(tool.run("check --deep").code, 0);
    }
    assert_eq!(exports[0], exports[1]);
    let pool = &exports[0]["UserPools"][0];
    assert_eq!(pool["UserPool"]["CreationDate"], 1_715_100_742.022);
    assert_eq!(pool["Clients"][0]["ClientId"], "web");
    let groups = pool["Groups"].as_array().unwrap();
    assert_eq!(
        groups
            .iter()
            .map(|group| &group["GroupName"])
            .collect::<Vec<_>>(),
        ["guests", "staff"]
    );
    let ana = &pool["Users"][0];
    assert_eq!(
        (&ana["UserCreateDate"], &ana["UserLastModifiedDate"]),
        (&json!(1_715_100_742.022), &json!(1_715_100_742.022))
    );
    assert_eq!(ana["Groups"], json!(["staff"]));
    assert_eq!(
        ana["SMSMfaSettings"],
        json!({"Enabled": true, "PreferredMfa": true})
    );
    assert_eq!(
        ana["EmailMfaSettings"],
        json!({"Enabled": true, "PreferredMfa": false})
    );
    let statuses = pool["Users"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| &user["UserStatus"]);
    assert_eq!(
        statuses.collect::<Vec<_>>(),
        ["CONFIRMED", "UNCONFIRMED", "EXTERNAL_PROVIDER"]
    );
    assert_eq!(pool["Users"][2].get("Groups"), None);
}

/// A seed of one's own may leave the pool out as well.
#[test]
fn users_of_answers_sign_in_once_they_have_a_password() {
    let tool = dump();
    assert_eq!(tool.run("seed apply --create pool.json users.json").code, 0);
    let attributes = user("ana", "")["Attributes"].take();
    let ana = json!({"Username": "ana", "Password": PASSWORD, "Attributes": attributes});
    let client = json!({"ClientId": WEB.id, "ExplicitAuthFlows": FLOWS});
    tool.write_json("more.json", &json!({"Users": [ana], "Clients": [client]}));
    let apply = format!("seed apply --pool {POOL} more.json");
    let outcome = tool.run(&apply);
    assert_eq!(summary(&outcome), "1 created, 1 updated, 0 unchanged");
    assert_eq!(outcome.stderr, "");
    let again = tool.run(&apply);
    assert_eq!(summary(&again), "0 created, 0 updated, 2 unchanged");
    let short = json!({"Users": [{"Username": "ana", "Password": "short"}]});
    tool.write_json("short.json", &short);
    let why = refusal(&tool, &format!("--pool {POOL} short.json"));
    let expected = "short.json: Users[0]: Password did not conform with policy";
    assert!(why.starts_with(expected), "{why}");
    let server = tool.serve("--limits off");
    sign_in_by_password(&server.client(), WEB, "ana", PASSWORD, &[]).ok();
}

#[test]
fn a_user_who_gets_a_password_in_another_file_is_not_reported() {
    let tool = dump();
    tool.write_json(
        "more.json",
        &json!({"Users": [{"Username": "ana", "Password": PASSWORD}]}),
    );
    let outcome = tool.run("seed apply --create users.json more.json pool.json");
    let report = "1 user was created without a password";
    assert!(outcome.stderr.starts_with(report), "{outcome:?}");
}

#[test]
fn answers_follow_each_other_in_one_file() {
    let tool = Tool::new();
    let all = [
        listed_users(),
        shown_users(),
        described_client().to_string(),
        listed_groups().to_string(),
        described_pool().to_string(),
        pool(json!([])).to_string().replace(POOL, OTHER),
    ];
    tool.write("all.json", all.concat());
    let outcome = tool.run(&format!("seed apply --create --pool {POOL} all.json"));
    assert_eq!(summary(&outcome), "7 created, 1 updated, 2 unchanged");
    let again = tool.run(&format!("seed apply --pool {POOL} all.json"));
    assert_eq!(summary(&again), "0 created, 0 updated, 10 unchanged");
    tool.write(
        "one.json",
        [listed_users(), listed_groups().to_string()].concat(),
    );
    let server = tool.serve("--seed one.json --limits off");
    assert_eq!(server.told("Seed"), "0 created, 0 updated, 4 unchanged");
}

/// Where users have a UUID as their username, and a name that they sign in with, files have both.
#[test]
fn users_of_a_pool_of_email_addresses_come_by_their_usernames() {
    let tool = Tool::new();
    tool.write_json(
        "pool.json",
        &json!({"UserPool": {"Id": POOL, "UsernameAttributes": ["email"]}}),
    );
    let attributes =
        json!([{"Name": "sub", "Value": SUB}, {"Name": "email", "Value": "ana@example.com"}]);
    tool.write_json(
        "users.json",
        &json!({"Users": [{"Username": SUB, "Attributes": attributes}]}),
    );
    tool.write_json(
        "shown.json",
        &json!({"Username": SUB, "UserAttributes": attributes}),
    );
    let outcome = tool.run("seed apply --create users.json shown.json pool.json");
    assert_eq!(summary(&outcome), "2 created, 0 updated, 1 unchanged");
}

#[test]
fn users_of_answers_choose_a_password_as_if_they_had_forgotten_theirs() {
    let tool = dump();
    let apply = "seed apply --create pool.json client.json users.json";
    assert_eq!(tool.run(apply).code, 0);
    let server = tool.serve("--limits off");
    let app = server.client();
    let ana = json!({"ClientId": "web", "Username": "ana"});
    app.call_open("ForgotPassword", &ana).ok();
    let outbox = app.get_signed("/_poolhouse/outbox").ok();
    let mut confirmation = ana;
    confirmation["ConfirmationCode"] = outbox["Messages"][0]["Code"].clone();
    confirmation["Password"] = json!(PASSWORD);
    app.call_open("ConfirmForgotPassword", &confirmation).ok();
    // The status of the file counts: Ben has not been confirmed.
    let ben = json!({"UserPoolId": POOL, "Username": "ben"});
    app.call("AdminConfirmSignUp", &ben).ok();
}
