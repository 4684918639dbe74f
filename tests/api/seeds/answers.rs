//! Files as AWS's tools print them: bare answers, several together, with what pages and boto3 add.

use serde_json::{Value, json};

use super::pool;
use crate::world::{Outcome, PASSWORD, POOL, SUB, Tool};

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
    json!({"Username": name, "Attributes": [{"Name": "email", "Value": format!("{name}@example.com")}], "Enabled": true,
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

/// They get a password like all others.
#[test]
fn users_of_answers_sign_in_once_they_have_a_password() {
    let tool = dump();
    assert_eq!(tool.run("seed apply --create pool.json users.json").code, 0);
    tool.write_json(
        "passwords.json",
        &json!({"Users": [{"Username": "ana", "Password": PASSWORD,
        "Attributes": user("ana", "")["Attributes"]}]}),
    );
    let outcome = tool.run(&format!("seed apply --pool {POOL} passwords.json"));
    assert_eq!(
        (summary(&outcome), outcome.stderr.as_str()),
        ("0 created, 1 updated, 0 unchanged", "")
    );
    let again = tool.run(&format!("seed apply --pool {POOL} passwords.json"));
    assert_eq!(summary(&again), "0 created, 0 updated, 1 unchanged");
    let short = json!({"Users": [{"Username": "ana", "Password": "short"}]});
    tool.write_json("passwords.json", &short);
    let why = refusal(&tool, &format!("--pool {POOL} passwords.json"));
    assert!(
        why.starts_with("passwords.json: Users[0]: Password did not conform with policy"),
        "{why}"
    );
    let both = Tool::new();
    both.write_json("pool.json", &described_pool());
    both.write("users.json", listed_users());
    both.write_json(
        "passwords.json",
        &json!({"Users": [{"Username": "ana", "Password": PASSWORD}]}),
    );
    let outcome = both.run("seed apply --create users.json passwords.json pool.json");
    assert!(
        outcome
            .stderr
            .starts_with("1 user was created without a password"),
        "{outcome:?}"
    );
}

#[test]
fn the_pool_of_what_names_none_is_the_only_one_or_is_named() {
    let tool = dump();
    // Neither in the files nor in the registry.
    assert_eq!(
        refusal(&tool, "users.json"),
        "users.json: this names no pool: name it by seed apply --pool"
    );
    assert_eq!(
        refusal(&tool, "shown.json"),
        "shown.json: this names no pool: name it by seed apply --pool"
    );
    assert_eq!(
        refusal(&tool, &format!("--pool {POOL} users.json")),
        format!("users.json: pool {POOL} is neither in the files nor in the registry")
    );
    assert_eq!(
        refusal(&tool, "groups.json"),
        format!("groups.json: pool {POOL} is neither in the files nor in the registry")
    );
    assert!(!tool.path("data").exists());
    // Two pools.
    tool.write_json("other.json", &json!({"UserPool": {"Id": OTHER}}));
    assert_eq!(
        refusal(&tool, "pool.json other.json users.json"),
        "users.json: this names no pool, and the files name several: name it by seed apply --pool"
    );
    let outcome = tool.run(&format!(
        "seed apply --create --pool {OTHER} pool.json other.json users.json groups.json"
    ));
    assert_eq!(summary(&outcome), "6 created, 0 updated, 0 unchanged");
    let exported = tool.export();
    assert_eq!(
        exported["UserPools"][0]["Users"].as_array().unwrap().len(),
        3,
        "--pool names the pool of the users"
    );
    assert_eq!(
        exported["UserPools"][1]["Groups"].as_array().unwrap().len(),
        1,
        "groups name their pool themselves"
    );
    // A pool of the registry that the file names, and that other files therefore mean.
    let outcome = tool.run("seed apply groups.json users.json shown.json");
    assert_eq!(summary(&outcome), "3 created, 1 updated, 3 unchanged");
    let outcome = tool.run("seed apply --pool nonsense users.json");
    assert_eq!(outcome.code, 2, "{outcome:?}");
    let outcome = tool.run("seed apply --pool eu-west-1_Test00001 users.json");
    assert_eq!(outcome.code, 2, "{outcome:?}");
}

#[test]
fn members_of_a_group_are_told_by_the_name_of_the_group() {
    let tool = dump();
    assert_eq!(
        refusal(&tool, "pool.json --group staff staff.json"),
        "staff.json: Users[0].Groups[0]: Group not found."
    );
    for file in ["groups.json", "pool.json", "shown.json"] {
        assert_eq!(
            refusal(
                &tool,
                &format!("pool.json groups.json --group staff {file}")
            ),
            format!("{file}: a file of a group (--group) is what list-users-in-group prints")
        );
    }
    assert_eq!(
        tool.run("seed apply --create pool.json groups.json").code,
        0
    );
    let outcome = tool.run(&format!(
        "seed apply --pool {POOL} --group staff staff.json --group staff users.json"
    ));
    // Two users and three memberships are new; two users come again with their memberships, and one is new.
    assert_eq!(summary(&outcome), "6 created, 0 updated, 4 unchanged");
    let exported = tool.export();
    for user in exported["UserPools"][0]["Users"].as_array().unwrap() {
        assert_eq!(user["Groups"], json!(["staff"]));
    }
    assert_eq!(tool.run("seed apply --group staff").code, 2);
}

#[test]
fn a_mistake_in_any_document_is_told_and_changes_nothing() {
    let tool = dump();
    assert_eq!(tool.run("seed apply --create pool.json").code, 0);
    let before = tool.export();
    let misspelt = json!({"Users": [{"Username": "x"}, {"Username": "y", "Enable": true}]});
    let second = |document: &Value| {
        format!(
            "{}\n{document}",
            json!({"Users": [user("ana", "CONFIRMED")]})
        )
    };
    for (text, why) in [
        (second(&misspelt), "document 2: Users[1]: unknown member 'Enable'"),
        (second(&json!({"Username": "y", "Enable": true})), "document 2: unknown member 'Enable'"),
        (json!({"Username": "y", "Enable": true}).to_string(), "unknown member 'Enable'"),
        (second(&json!({"Username": "y", "Groups": ["g"]})), "document 2: Groups[0]: Group not found."),
        (second(&json!({"Groups": [{"GroupName": "g", "Name": "g"}]})), "document 2: Groups[0]: unknown member 'Name'"),
        (second(&json!({"Group": {"GroupName": "g", "Name": "g"}})), "document 2: Group: unknown member 'Name'"),
        (
            json!({"UserPoolClient": {"ClientId": "a", "ClientSecret": 1, "UserPoolId": POOL}}).to_string(),
            "UserPoolClient: NUMBER_VALUE can not be converted to a String",
        ),
        (
            json!({"Group": {"GroupName": "g"}, "Groups": [{"GroupName": "g"}]}).to_string(),
            "Group: the group is given twice",
        ),
        (
            json!({"Groups": [{"GroupName": "g", "UserPoolId": POOL}, {"GroupName": "h", "UserPoolId": OTHER}]}).to_string(),
            "Groups[1]: UserPoolId is that of another pool",
        ),
        (second(&json!([])), "document 2: an object is expected here"),
        (second(&json!({})), "document 2: UserPool is missing"),
        (second(&json!({"ResponseMetadata": {}})), "document 2: UserPool is missing"),
        (second(&json!({"User": [], "Users": []})), "document 2: unknown member 'User'"),
        (
            second(&json!({"UserPools": [{"UserPool": {"Id": OTHER}}, {"UserPool": {"Id": "x"}}]})),
            "document 2: UserPools[1].UserPool: 1 validation error detected: Value 'x' at 'id' failed to satisfy constraint: \
             Member must satisfy regular expression pattern: [\\w-]+_[0-9a-zA-Z]+",
        ),
        (
            format!("{}{}", described_pool(), described_pool()),
            "document 2: UserPool: the pool is given twice",
        ),
        (
            json!({"Username": "y"}).to_string().repeat(2),
            "document 2: the user is given twice",
        ),
        (
            json!({"UserPoolClients": [{"ClientId": "web", "UserPoolId": POOL, "ClientName": "web"}]}).to_string(),
            "list-user-pool-clients shows no settings of clients: take describe-user-pool-client for each",
        ),
    ] {
        tool.write("mistake.json", &text);
        let told = refusal(&tool, &format!("--pool {POOL} users.json mistake.json"));
        assert_eq!(told, format!("mistake.json: {why}"), "{text}");
        assert_eq!(tool.export(), before, "{text}");
    }
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

/// `describe-user-pool` shows no factor but SMS; `get-user-pool-mfa-config` shows them all, and no pool.
#[test]
fn the_factors_of_a_pool_come_in_a_file_of_their_own() {
    let tool = Tool::new();
    tool.write_json(
        "pool.json",
        &json!({"UserPool": {"Id": POOL, "MfaConfiguration": "ON"}}),
    );
    tool.write_json("other.json", &json!({"UserPool": {"Id": OTHER}}));
    let factors =
        json!({"SoftwareTokenMfaConfiguration": {"Enabled": true}, "MfaConfiguration": "ON"});
    let mut shown = factors.clone();
    shown["ResponseMetadata"] = json!({});
    tool.write_json("mfa.json", &shown);
    tool.write_json("off.json", &json!({"MfaConfiguration": "OFF"}));
    for (arguments, why) in [
        (
            "pool.json",
            "pool.json: UserPool: SMS configuration and Auto verification for phone_number are required when MFA is required/optional; \
             the seed has no MfaConfig, which names other factors",
        ),
        (
            "mfa.json",
            "mfa.json: this names no pool: name it by seed apply --pool",
        ),
        (
            "pool.json other.json mfa.json",
            "mfa.json: this names no pool, and the files name several: name it by seed apply --pool",
        ),
        (
            "--pool us-east-1_Other0001 pool.json mfa.json",
            "mfa.json: MFA settings go with what describe-user-pool prints of the same pool",
        ),
        (
            "mfa.json mfa.json pool.json",
            "mfa.json: the pool's MFA settings are given twice",
        ),
        (
            "off.json pool.json",
            "off.json: MfaConfiguration is not that of the pool",
        ),
    ] {
        assert_eq!(refusal(&tool, arguments), why);
    }
    let command = format!("seed apply --create --pool {POOL} mfa.json other.json pool.json");
    assert_eq!(
        summary(&tool.run(&command)),
        "2 created, 0 updated, 0 unchanged"
    );
    assert_eq!(
        summary(&tool.run(&command)),
        "0 created, 0 updated, 2 unchanged"
    );
    assert_eq!(tool.export()["UserPools"][1]["MfaConfig"], factors);
}
