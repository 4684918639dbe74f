//! What pool and group an answer is about, and mistakes in answers.

use serde_json::{Value, json};

use super::{OTHER, described_pool, dump, refusal, summary, user};
use crate::world::{POOL, Tool};

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
