//! Pools of a seed: their ids, and the attributes that their users are named by.

use serde_json::json;

use super::named;
use crate::world::{POOL, Tool, device};

#[test]
fn a_pool_id_that_no_server_here_could_have_is_refused() {
    let tool = Tool::new();
    for id in ["nonsense", "eu-west-1_Elsewhere"] {
        let outcome = tool.run(&format!("seed generate --create --users 1 --pool-id {id}"));
        assert_eq!(outcome.code, 2, "{outcome:?}");
        assert!(outcome.stderr.contains(id), "{outcome:?}");
    }
}

#[test]
fn a_pool_that_names_its_users_otherwise_finds_all_of_them_so() {
    let tool = Tool::new();
    let users = json!([{"Username": "Diego", "Devices": [{"DeviceKey": device::REMEMBERED}], "UserAttributes": [
        {"Name": "email", "Value": "Diego@Example.com"}, {"Name": "email_verified", "Value": "true"}]}]);
    let careless = json!({"UsernameConfiguration": {"CaseSensitive": false}});
    tool.apply_seed(&named(json!({}), users.clone()));
    let server = tool.serve("--limits off --log-format off");
    let client = server.client();
    let is_found = |name: &str| {
        let input = json!({"UserPoolId": POOL, "Username": name, "DeviceKey": device::REMEMBERED});
        let found = client.call("AdminGetUser", &input).status == 200;
        // The device keeps its user.
        assert_eq!(
            client.call("AdminGetDevice", &input).status == 200,
            found,
            "{name}"
        );
        found
    };
    let found = |names: [&str; 4]| names.map(is_found);
    let names = ["Diego", "diego", "Diego@Example.com", "diego@example.com"];
    let given = [true, false, true, false];
    // The pool that ignores case has the address in lower case.
    let flattened = [true, false, false, true];
    for (settings, expected, with_users) in [
        (json!({}), [true, false, false, false], None),
        (careless, [true, true, false, false], None),
        (
            json!({"AliasAttributes": ["email"]}),
            flattened,
            Some(given),
        ),
        (
            json!({"AliasAttributes": ["email"], "UsernameConfiguration": {"CaseSensitive": false}}),
            [true; 4],
            None,
        ),
        (json!({}), [true, false, false, false], None),
    ] {
        // The first seed does not mention the user, who exists already.
        let with_users = with_users.unwrap_or(expected);
        for (users, expected) in [(json!([]), expected), (users.clone(), with_users)] {
            tool.apply_seed(&named(settings.clone(), users));
            assert_eq!(found(names), expected, "{settings}");
            assert_eq!(tool.run("check --deep").code, 0);
        }
    }
}

#[test]
fn a_pool_cannot_name_its_users_so_that_two_have_the_same_name() {
    let tool = Tool::new();
    let attributes = |email: &str| json!([{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]);
    let users = json!([
        {"Username": "diego", "UserAttributes": attributes("one@example.com")},
        {"Username": "Diego", "UserAttributes": attributes("two@example.com")},
        {"Username": "mary", "UserAttributes": attributes("two@example.com")},
    ]);
    tool.apply_seed(&named(json!({}), users));
    let before = tool.export();
    for (settings, why) in [
        (
            json!({"UsernameConfiguration": {"CaseSensitive": false}}),
            "User account already exists",
        ),
        (
            json!({"AliasAttributes": ["email"]}),
            "An account with the given email already exists.",
        ),
    ] {
        tool.write_json("seed.json", &named(settings, json!([])));
        let outcome = tool.run("seed apply --create seed.json");
        assert_eq!(outcome.code, 3, "{outcome:?}");
        let complaint = format!("poolhouse: seed: seed.json: UserPool: {why}");
        assert!(outcome.stderr.starts_with(&complaint), "{outcome:?}");
        assert_eq!(tool.export(), before);
    }
}
