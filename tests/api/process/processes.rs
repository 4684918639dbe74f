//! Several processes on one file: what either has answered holds for both.

use std::collections::BTreeMap;
use std::sync::Barrier;

use serde_json::{Value, json};

use crate::world::{Client, PASSWORD, POOL, Pool, Tool, User, device};

/// How often each client writes.
const TIMES: usize = 40;

fn seed(users: &[String], attribute: &str) -> Value {
    let users = users.iter().map(|name| {
        User::new(name)
            .attribute("nickname", attribute)
            .device(json!({"DeviceKey": device::REMEMBERED}))
    });
    Pool::new(POOL).tracking(false).users(users).into_seed()
}

/// The attributes of a user.
fn attributes(client: &Client, name: &str) -> BTreeMap<String, String> {
    let answer = client
        .call(
            "AdminGetUser",
            &json!({"UserPoolId": POOL, "Username": name}),
        )
        .ok();
    let attributes = answer["UserAttributes"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    attributes
        .map(|attribute| (text(&attribute["Name"]), text(&attribute["Value"])))
        .collect()
}

fn set(client: &Client, user: &str, name: &str, value: &str) {
    let input = json!({"UserPoolId": POOL, "Username": user, "UserAttributes": [{"Name": name, "Value": value}]});
    client.call("AdminUpdateUserAttributes", &input).ok();
}

#[test]
fn two_servers_that_change_the_same_user_lose_no_change() {
    let tool = Tool::new();
    tool.apply_seed(&seed(&["diego".to_owned()], "none"));
    let servers = [
        tool.serve("--limits off --log-format off"),
        tool.serve("--limits off --log-format off"),
    ];
    let own = ["given_name", "family_name", "middle_name", "locale"];
    std::thread::scope(|scope| {
        for (index, name) in own.into_iter().enumerate() {
            let (writes, reads) = (&servers[index % 2], &servers[(index + 1) % 2]);
            scope.spawn(move || {
                let (here, there) = (writes.client(), reads.client());
                for number in 0..TIMES {
                    let value = number.to_string();
                    set(&here, "diego", name, &value);
                    assert_eq!(attributes(&there, "diego")[name], value);
                }
            });
        }
    });
    let last = (TIMES - 1).to_string();
    let kept = attributes(&servers[0].client(), "diego");
    assert_eq!(
        own.map(|name| kept[name].clone()),
        own.map(|_| last.clone())
    );
}

#[test]
fn of_two_servers_that_are_asked_for_the_same_only_one_does_it() {
    let tool = Tool::new();
    let names: Vec<String> = (0..TIMES).map(|number| format!("user-{number}")).collect();
    tool.apply_seed(&seed(&names, "none"));
    let servers = [
        tool.serve("--limits off --log-format off"),
        tool.serve("--limits off --log-format off"),
    ];
    let together = Barrier::new(2);
    let done: Vec<Vec<u16>> = std::thread::scope(|scope| {
        let clients = servers.each_ref().map(|server| {
            let (together, names) = (&together, &names);
            scope.spawn(move || {
                let client = server.client();
                let mut statuses = Vec::new();
                for name in names {
                    let create = json!({"UserPoolId": POOL, "Username": format!("new-{name}"),
                        "TemporaryPassword": PASSWORD, "MessageAction": "SUPPRESS"});
                    let forget = json!({"UserPoolId": POOL, "Username": name, "DeviceKey": device::REMEMBERED});
                    together.wait();
                    statuses.push(client.call("AdminForgetDevice", &forget).status);
                    statuses.push(client.call("AdminCreateUser", &create).status);
                }
                statuses
            })
        });
        clients.map(|client| client.join().unwrap()).into()
    });
    for (one, other) in done[0].iter().zip(&done[1]) {
        let mut statuses = [*one, *other];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400]);
    }
}

#[test]
fn seeds_applied_while_servers_write_lose_nothing_of_either() {
    let tool = Tool::new();
    let names = |round: usize| -> Vec<String> {
        (0..50)
            .map(|number| format!("seeded-{round}-{number}"))
            .collect()
    };
    tool.apply_seed(&seed(&names(0), "none"));
    let servers = [
        tool.serve("--limits off --log-format off"),
        tool.serve("--limits off --log-format off"),
    ];
    std::thread::scope(|scope| {
        for (index, server) in servers.iter().enumerate() {
            scope.spawn(move || {
                let client = server.client();
                for number in 0..TIMES {
                    let name = format!("created-{index}-{number}");
                    let create = json!({"UserPoolId": POOL, "Username": name, "MessageAction": "SUPPRESS",
                        "TemporaryPassword": PASSWORD});
                    client.call("AdminCreateUser", &create).ok();
                    // No later seed names this user.
                    set(&client, &format!("seeded-0-{index}"), "locale", &number.to_string());
                }
            });
        }
        for round in 1..8 {
            let printed = tool.apply_seed(&seed(&names(round), "seeded"));
            assert_eq!(printed, "100 created, 0 updated, 1 unchanged");
        }
    });
    let client = servers[0].client();
    for index in 0..2 {
        let kept = attributes(&client, &format!("seeded-0-{index}"));
        assert_eq!(kept["locale"], (TIMES - 1).to_string());
        assert_eq!(kept["nickname"], "none");
        for number in 0..TIMES {
            attributes(&client, &format!("created-{index}-{number}"));
        }
    }
    for name in (1..8).flat_map(names) {
        assert_eq!(attributes(&client, &name)["nickname"], "seeded");
        let input = json!({"UserPoolId": POOL, "Username": name, "DeviceKey": device::REMEMBERED});
        client.call("AdminGetDevice", &input).ok();
    }
    assert_eq!(tool.run("check --deep").code, 0);
}

#[test]
fn a_server_that_is_killed_takes_nothing_from_the_other() {
    let tool = Tool::new();
    tool.apply_seed(&seed(&["diego".to_owned()], "none"));
    let stays = tool.serve("--limits off --log-format off");
    for round in 0..5 {
        let mut killed = tool.serve("--limits off --log-format off");
        let both_write = Barrier::new(2);
        let answered: usize = std::thread::scope(|scope| {
            let (killed, both_write) = (&killed, &both_write);
            let ends = scope.spawn(move || {
                let client = killed.client();
                set(&client, "diego", "given_name", &format!("{round}-0"));
                both_write.wait();
                // Until the server has ended.
                let mut number = 0;
                while try_set(&client, "given_name", &format!("{round}-{}", number + 1)) {
                    number += 1;
                }
                number
            });
            let client = stays.client();
            both_write.wait();
            for number in 0..TIMES {
                set(
                    &client,
                    "diego",
                    "family_name",
                    &format!("{round}-{number}"),
                );
            }
            killed.signal("KILL");
            ends.join().unwrap()
        });
        assert_eq!(killed.wait(), None);
        let kept = attributes(&stays.client(), "diego");
        assert_eq!(kept["family_name"], format!("{round}-{}", TIMES - 1));
        // The write that was not answered may have been made.
        let given = &kept["given_name"];
        assert!(
            [answered, answered + 1]
                .map(|number| format!("{round}-{number}"))
                .contains(given),
            "{given} is kept, {answered} was answered"
        );
    }
}

/// Whether the server answered.
fn try_set(client: &Client, name: &str, value: &str) -> bool {
    let input = json!({"UserPoolId": POOL, "Username": "diego", "UserAttributes": [{"Name": name, "Value": value}]});
    client
        .try_call("AdminUpdateUserAttributes", &input)
        .inspect(|answer| drop(answer.ok()))
        .is_some()
}
