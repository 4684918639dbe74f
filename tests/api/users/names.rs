//! Which user a `Username` names: by username, sub or alias, as the pool is configured.

use serde_json::{Value, json};

use crate::world::{App, NO_DEVICE, POOL, Pool, SUB, Setup, User, device, registry, seed_of};

/// A pool that tracks devices, with these further settings and users.
fn pool(settings: Value, users: impl IntoIterator<Item = User>) -> App {
    Pool::new(POOL)
        .tracking(false)
        .with(settings)
        .users(users)
        .start()
}

/// A registry of an older version, in which one name could be two users': these users, changed by these statements.
fn with_names_that_mean_two(users: impl IntoIterator<Item = User>, change: &str) -> App {
    let app = Pool::new(POOL)
        .tracking(false)
        .with(json!({"AliasAttributes": ["preferred_username"]}))
        .users(users)
        .setup()
        .on_disk()
        .start();
    app.file().execute_batch(change).unwrap();
    app
}

/// A user with a device.
fn user(name: &str, attributes: &[(&str, &str)], key: &str) -> User {
    User::new(name)
        .attributes(attributes)
        .device(json!({"DeviceKey": key}))
}

/// The owner of the device that `AdminGetDevice` finds by this name.
fn owner(app: &App, name: &str, key: &str) -> Option<String> {
    let answer = app.device(name, key);
    if answer.status != 200 {
        answer.refused("ResourceNotFoundException", "User does not exist.");
        return None;
    }
    let answer = answer.ok();
    let attributes = answer["Device"]["DeviceAttributes"].as_array().unwrap();
    let owner = attributes
        .iter()
        .find(|attribute| attribute["Name"] == "dev:device_owner")
        .unwrap();
    Some(
        owner["Value"]
            .as_str()
            .unwrap()
            .trim_end_matches(&format!(".{POOL}"))
            .to_owned(),
    )
}

#[test]
fn a_user_is_found_by_username_sub_and_every_alias_and_shown_by_username() {
    let app = Setup::new().seeded(registry()).start();
    for name in [
        "diego",
        SUB,
        "diego@example.com",
        "+12065550100",
        "d.ramirez",
    ] {
        assert_eq!(
            owner(&app, name, device::REMEMBERED).as_deref(),
            Some("diego"),
            "{name}"
        );
    }
}

#[test]
fn an_address_or_number_is_an_alias_only_once_it_is_verified() {
    let aliases = json!({"AliasAttributes": ["email", "phone_number"]});
    for (flag, found) in [("true", true), ("false", false)] {
        let attributes = [
            ("email", "a@example.com"),
            ("email_verified", flag),
            ("phone_number", "+15550100"),
            ("phone_number_verified", flag),
        ];
        let app = pool(
            aliases.clone(),
            [user("ana", &attributes, device::REMEMBERED)],
        );
        assert_eq!(
            owner(&app, "a@example.com", device::REMEMBERED).is_some(),
            found
        );
        assert_eq!(
            owner(&app, "+15550100", device::REMEMBERED).is_some(),
            found
        );
    }
}

#[test]
fn an_attribute_that_is_no_alias_of_the_pool_finds_nobody() {
    let attributes = [
        ("email", "a@example.com"),
        ("email_verified", "true"),
        ("preferred_username", "annie"),
    ];
    let app = pool(
        json!({"AliasAttributes": ["preferred_username"]}),
        [user("ana", &attributes, device::REMEMBERED)],
    );
    assert_eq!(owner(&app, "a@example.com", device::REMEMBERED), None);
    assert_eq!(
        owner(&app, "annie", device::REMEMBERED).as_deref(),
        Some("ana")
    );
}

#[test]
fn a_pool_with_sign_in_attributes_finds_users_by_them_and_by_sub() {
    let sub = "5d1f0a3c-7e20-70c1-88aa-0f4f6b1c2d3e";
    let attributes = [
        ("sub", sub),
        ("email", "a@example.com"),
        ("phone_number", "+15550100"),
    ];
    let app = pool(
        json!({"UsernameAttributes": ["email"]}),
        [user(sub, &attributes, device::REMEMBERED)],
    );
    for name in [sub, "a@example.com"] {
        assert_eq!(owner(&app, name, device::REMEMBERED).as_deref(), Some(sub));
    }
    assert_eq!(owner(&app, "+15550100", device::REMEMBERED), None);
}

#[test]
fn letter_case_matters_unless_the_pool_ignores_it() {
    let attributes = [
        ("email", "Ana@Example.com"),
        ("email_verified", "true"),
        ("preferred_username", "ÄNNIE"),
    ];
    let users = [user("Ana", &attributes, device::REMEMBERED)];
    let aliases = json!({"AliasAttributes": ["email", "preferred_username"]});
    let with = |sensitive: Option<bool>| {
        let mut configuration = aliases.clone();
        if let Some(sensitive) = sensitive {
            configuration["UsernameConfiguration"] = json!({"CaseSensitive": sensitive});
        }
        pool(configuration, users.clone())
    };
    for app in [with(None), with(Some(true))] {
        for name in ["Ana", "Ana@Example.com", "ÄNNIE"] {
            assert_eq!(
                owner(&app, name, device::REMEMBERED).as_deref(),
                Some("Ana"),
                "{name}"
            );
        }
        for name in ["ana", "ana@example.com", "ännie"] {
            assert_eq!(owner(&app, name, device::REMEMBERED), None, "{name}");
        }
    }
    let app = with(Some(false));
    for name in ["Ana", "ana", "ANA", "ana@EXAMPLE.com", "ännie"] {
        assert_eq!(
            owner(&app, name, device::REMEMBERED).as_deref(),
            Some("ana"),
            "{name}"
        );
    }
}

#[test]
fn a_username_wins_over_a_sub_and_a_sub_over_an_alias() {
    let sub = "5d1f0a3c-7e20-70c1-88aa-0f4f6b1c2d3e";
    let other = "6d1f0a3c-7e20-70c1-88aa-0f4f6b1c2d3e";
    let app = with_names_that_mean_two(
        [
            user("ana", &[("sub", sub)], device::REMEMBERED),
            user("ben", &[("preferred_username", "b")], device::REMEMBERED),
            user("cleo", &[("sub", other)], device::REMEMBERED),
            user("emil", &[], device::REMEMBERED),
            user("dora", &[("preferred_username", "d")], device::REMEMBERED),
        ],
        &format!(
            "UPDATE user_aliases SET value = '{sub}' WHERE value = 'b';
             UPDATE user_aliases SET value = 'ana' WHERE value = 'd';
             UPDATE users SET username = '{other}', username_key = '{other}' WHERE username = 'emil';"
        ),
    );
    assert_eq!(owner(&app, sub, device::REMEMBERED).as_deref(), Some("ana"));
    assert_eq!(
        owner(&app, other, device::REMEMBERED).as_deref(),
        Some(other)
    );
    assert_eq!(
        owner(&app, "ana", device::REMEMBERED).as_deref(),
        Some("ana")
    );
}

#[test]
fn whoever_has_the_username_hides_the_device_of_who_has_it_as_an_alias() {
    let app = with_names_that_mean_two(
        [
            user("ana", &[], device::REMEMBERED),
            user("dora", &[("preferred_username", "d")], device::OF_MARY),
        ],
        "UPDATE user_aliases SET value = 'ana' WHERE value = 'd'",
    );
    let input =
        |name: &str| json!({"UserPoolId": POOL, "Username": name, "DeviceKey": device::OF_MARY});
    for operation in [
        "AdminGetDevice",
        "AdminUpdateDeviceStatus",
        "AdminForgetDevice",
    ] {
        app.call(operation, &input("ana")).refused_as(NO_DEVICE);
    }
    assert_eq!(
        owner(&app, "dora", device::OF_MARY).as_deref(),
        Some("dora")
    );
}

#[test]
fn a_device_is_changed_and_forgotten_by_every_name_of_its_user() {
    let attributes = [
        ("sub", SUB),
        ("email", "Ana@Example.com"),
        ("email_verified", "true"),
    ];
    for case_sensitive in [true, false] {
        let settings = json!({
            "AliasAttributes": ["email"], "UsernameConfiguration": {"CaseSensitive": case_sensitive}});
        let other_case = if case_sensitive { "Ana" } else { "aNA" };
        for name in ["Ana", SUB, "Ana@Example.com", other_case] {
            let app = pool(
                settings.clone(),
                [user("Ana", &attributes, device::REMEMBERED)],
            );
            let input = |status: Option<&str>| json!({"UserPoolId": POOL, "Username": name, "DeviceKey": device::REMEMBERED, "DeviceRememberedStatus": status});
            let remembered = |expected: &str| {
                let device = app.device("Ana", device::REMEMBERED).ok().to_string();
                let shown =
                    format!(r#"{{"Name":"dev:device_remembered_status","Value":"{expected}"}}"#);
                assert!(device.contains(&shown), "{name}: {device}");
            };
            for status in ["not_remembered", "remembered"] {
                app.call("AdminUpdateDeviceStatus", &input(Some(status)))
                    .ok();
                remembered(status);
                app.call("AdminUpdateDeviceStatus", &input(None)).ok();
                remembered(status);
            }
            assert_eq!(app.call("AdminForgetDevice", &input(None)).status, 200);
            app.device("Ana", device::REMEMBERED).refused_as(NO_DEVICE);
        }
    }
}

#[test]
fn pools_do_not_see_each_other_s_users() {
    let other = "us-east-1_Other0001";
    let pools = [
        Pool::new(POOL).tracking(false),
        Pool::new(other)
            .tracking(false)
            .user(user("ana", &[], device::REMEMBERED)),
    ];
    let app = Setup::new().seeded(seed_of(pools)).start();
    assert_eq!(owner(&app, "ana", device::REMEMBERED), None);
}

#[test]
fn names_of_every_script_are_found() {
    for name in [
        "Δημήτρης",
        "李小龍",
        "user+tag@host",
        "🦀",
        "a'b\"c;--",
        "%_%",
    ] {
        let app = pool(json!({}), [user(name, &[], device::REMEMBERED)]);
        assert_eq!(owner(&app, name, device::REMEMBERED).as_deref(), Some(name));
    }
}
