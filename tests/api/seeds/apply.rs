//! `seed apply`: records get what the seed says, and the others stay.

use serde_json::json;

use super::pool;
use crate::world::{Tool, device, registry};

#[test]
fn applying_again_changes_nothing() {
    let tool = Tool::new();
    assert_eq!(
        tool.apply_seed(&registry()),
        "13 created, 0 updated, 0 unchanged"
    );
    let before = tool.export();
    assert_eq!(
        tool.apply_seed(&registry()),
        "0 created, 0 updated, 13 unchanged"
    );
    assert_eq!(tool.export(), before);
}

#[test]
fn a_dry_run_says_what_would_be_done_and_writes_nothing() {
    let tool = Tool::new();
    tool.write_json("wanted.json", &registry());
    let dry_run = || {
        let outcome = tool.run("seed apply --dry-run wanted.json");
        assert_eq!(outcome.code, 0, "{outcome:?}");
        assert!(
            outcome.stderr.ends_with("Nothing was written.\n"),
            "{outcome:?}"
        );
        outcome.stdout
    };
    assert_eq!(
        dry_run(),
        "data/poolhouse.db: 13 created, 0 updated, 0 unchanged\n"
    );
    assert!(!tool.path("data").exists());
    let mut before = registry();
    before["UserPools"].as_array_mut().unwrap().truncate(1);
    tool.apply_seed(&before);
    let kept = tool.export();
    assert_eq!(
        dry_run(),
        "data/poolhouse.db: 6 created, 0 updated, 7 unchanged\n"
    );
    assert_eq!(tool.export(), kept);
    tool.write(
        "wanted.json",
        r#"{"UserPool": {"Id": "us-east-1_Wrong0001", "DeviceConfigration": {}}}"#,
    );
    let refused = tool.run("seed apply --dry-run wanted.json");
    assert!(
        refused.code == 3 && refused.stdout.is_empty(),
        "{refused:?}"
    );
}

#[test]
fn what_a_seed_says_holds_and_what_it_does_not_mention_stays() {
    let tool = Tool::new();
    tool.apply_seed(&registry());
    let mut change = registry();
    let mut diego = change["UserPools"][0]["Users"][0].take();
    diego["Devices"] = json!([{"DeviceKey": device::REMEMBERED, "DeviceAttributes": [
        {"Name": "device_name", "Value": "Renamed"}]}]);
    diego["Enabled"] = json!(false);
    let change = json!({"UserPool": change["UserPools"][0]["UserPool"], "Users": [diego]});
    assert_eq!(
        tool.apply_seed(&change),
        "0 created, 2 updated, 1 unchanged"
    );
    let exported = tool.export();
    let diego = &exported["UserPools"][0]["Users"][0];
    assert_eq!(diego["Enabled"], false);
    assert_eq!(
        diego["Devices"].as_array().unwrap().len(),
        3,
        "the other devices stay"
    );
    let attributes = diego["Devices"][0]["DeviceAttributes"].to_string();
    assert!(
        attributes.contains("Renamed") && !attributes.contains("192.0.2.1"),
        "{attributes}"
    );
    assert!(
        attributes.contains(r#""remembered""#),
        "what the seed leaves open stays: {attributes}"
    );
    assert_eq!(diego["Devices"][0]["DeviceCreateDate"], 1_715_100_742.022);
}

#[test]
fn a_confirmed_device_of_a_pool_that_always_remembers_is_remembered() {
    for (only_on_prompt, status) in [(false, "remembered"), (true, "not_remembered")] {
        let mut seed =
            pool(json!([{"Username": "diego", "Devices": [{"DeviceKey": device::REMEMBERED}]}]));
        seed["UserPool"]["DeviceConfiguration"]["DeviceOnlyRememberedOnUserPrompt"] =
            json!(only_on_prompt);
        let tool = Tool::new();
        tool.apply_seed(&seed);
        let shown = tool.export()["UserPools"][0]["Users"][0]["Devices"][0].to_string();
        assert!(shown.contains(&format!(r#""Value":"{status}""#)), "{shown}");
    }
}

#[test]
fn a_user_without_a_sub_gets_the_same_one_everywhere() {
    let sub = || {
        let tool = Tool::new();
        tool.apply_seed(&pool(json!([{"Username": "diego"}])));
        tool.export()["UserPools"][0]["Users"][0]["Attributes"][0]["Value"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(sub(), sub());
    assert_eq!(sub().len(), 36);
}
