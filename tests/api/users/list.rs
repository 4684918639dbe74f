//! `ListUsers`: pages, filters, and malformed filters.

use serde_json::{Value, json};

use crate::world::{
    App, FOREIGN_POOL, NOW_MS, POOL, Pool, Setup, UNKNOWN_POOL, UNTRACKED_POOL, User, seed_of,
};

/// The users' attributes by which the filters of these tests tell them apart.
const USERS: [(&str, &[(&str, &str)]); 5] = [
    (
        "Ana",
        &[
            ("sub", "aaaa0000-0000-4000-8000-000000000001"),
            ("email", "ana@example.com"),
            ("name", "Ana Ruiz"),
            ("given_name", "Ana"),
            ("family_name", "Ruiz"),
            ("phone_number", "+12065550100"),
            ("preferred_username", "annie"),
        ],
    ),
    (
        "anton",
        &[
            ("sub", "aaaa0000-0000-4000-8000-000000000002"),
            ("email", "Anton@example.com"),
            ("name", "say \"hi\""),
            ("given_name", "Anton"),
            ("family_name", "Ruiz"),
            ("custom:x", "1"),
        ],
    ),
    (
        "ben",
        &[
            ("sub", "bbbb0000-0000-4000-8000-000000000003"),
            ("email", "ben@example.com"),
            ("name", "50%_\\"),
            ("given_name", "Ben"),
            ("phone_number", "+12065550199"),
        ],
    ),
    (
        "bea",
        &[
            ("sub", "bbbb0000-0000-4000-8000-000000000004"),
            ("given_name", "Ana"),
        ],
    ),
    (
        "Ångström",
        &[
            ("sub", "cccc0000-0000-4000-8000-000000000005"),
            ("name", "🦀 crab"),
            ("family_name", "Ångström"),
        ],
    ),
];

/// A pool with [`USERS`], of whom Bea is disabled and Ben is unconfirmed, beside a pool with another Ana.
fn pool(case_sensitive: bool) -> App {
    let users = USERS.iter().map(|(name, attributes)| {
        let status = if *name == "ben" {
            "UNCONFIRMED"
        } else {
            "CONFIRMED"
        };
        User::new(name)
            .attributes(attributes)
            .with(json!({"Enabled": *name != "bea", "UserStatus": status}))
    });
    let pool = Pool::new(POOL)
        .with(json!({
            "UsernameConfiguration": {"CaseSensitive": case_sensitive},
            "SchemaAttributes": [{"Name": "custom:x", "AttributeDataType": "String", "Mutable": true}],
        }))
        .users(users);
    let decoy = User::new("Ana").attribute("email", "ana@example.com");
    let other = Pool::new(UNTRACKED_POOL).user(decoy);
    Setup::new().seeded(seed_of([other, pool])).start()
}

/// The names of the users whom a list shows.
fn names(list: &Value) -> Vec<String> {
    let users = list["Users"].as_array().unwrap().iter();
    users
        .map(|user| user["Username"].as_str().unwrap().to_owned())
        .collect()
}

fn filtered(app: &App, filter: &str) -> Vec<String> {
    let list = app.call("ListUsers", &json!({"UserPoolId": POOL, "Filter": filter}));
    let mut names = names(&list.ok());
    names.sort();
    names
}

/// All pages, each of at most `limit` users.
fn pages(app: &App, filter: &str, limit: u64) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut input = json!({"UserPoolId": POOL, "Filter": filter, "Limit": limit});
    loop {
        let list = app.call("ListUsers", &input).ok();
        pages.push(names(&list));
        match list.get("PaginationToken") {
            Some(token) => input["PaginationToken"] = token.clone(),
            None => return pages,
        }
    }
}

#[test]
fn everybody_is_listed_as_users_are_shown() {
    let app = pool(true);
    let list = app.call("ListUsers", &json!({"UserPoolId": POOL})).ok();
    assert_eq!(names(&list), ["Ana", "anton", "ben", "bea", "Ångström"]);
    assert_eq!(list.get("PaginationToken"), None);
    let now = serde_json::Number::from_f64(1_795_357_380.5).unwrap();
    assert_eq!(NOW_MS, 1_795_357_380_500);
    assert_eq!(
        list["Users"][3],
        json!({
            "Username": "bea",
            "Attributes": [
                {"Name": "sub", "Value": "bbbb0000-0000-4000-8000-000000000004"},
                {"Name": "given_name", "Value": "Ana"},
            ],
            "UserCreateDate": now,
            "UserLastModifiedDate": now,
            "Enabled": false,
            "UserStatus": "CONFIRMED",
        })
    );
    let empty = Pool::new(POOL).start();
    let list = empty.call("ListUsers", &json!({"UserPoolId": POOL})).ok();
    assert_eq!(list, json!({"Users": []}));
}

#[test]
fn each_filter_finds_whom_it_names() {
    let app = pool(true);
    let found: [(&str, &[&str]); 41] = [
        ("", &["Ana", "anton", "bea", "ben", "Ångström"]),
        ("  ", &["Ana", "anton", "bea", "ben", "Ångström"]),
        (r#"username = "Ana""#, &["Ana"]),
        (r#"username = "ana""#, &[]),
        (r#""username" ^= "be""#, &["bea", "ben"]),
        (r#"username^="Å""#, &["Ångström"]),
        (
            r#"username ^= """#,
            &["Ana", "anton", "bea", "ben", "Ångström"],
        ),
        (r#"sub = "bbbb0000-0000-4000-8000-000000000003""#, &["ben"]),
        (r#"sub ^= "aaaa""#, &["Ana", "anton"]),
        (r#"email = "ana@example.com""#, &["Ana"]),
        (r#"email = "anton@example.com""#, &["anton"]),
        (r#"email = "ANTON@EXAMPLE.COM""#, &["anton"]),
        (r#"email ^= "aN""#, &["Ana", "anton"]),
        (r#"email ^= """#, &["Ana", "anton", "ben"]),
        (r#"phone_number = "+12065550100""#, &["Ana"]),
        (r#"phone_number ^= "+1206""#, &["Ana", "ben"]),
        (r#"name = "say \"hi\"""#, &["anton"]),
        (r#"name = "50%_\\""#, &["ben"]),
        (r#"name ^= "%""#, &[]),
        (r#"name ^= "🦀""#, &["Ångström"]),
        (r#"name = "ANA ruiz""#, &["Ana"]),
        (r#"family_name = "ångström""#, &["Ångström"]),
        (r#"family_name ^= "ÅNGSTR""#, &["Ångström"]),
        (r#"given_name = "Ana""#, &["Ana", "bea"]),
        (r#"given_name ^= "An""#, &["Ana", "anton", "bea"]),
        (r#"family_name = "Ruiz""#, &["Ana", "anton"]),
        (r#"given_name = "aNA""#, &["Ana", "bea"]),
        (r#"preferred_username = "ANNIE""#, &["Ana"]),
        (r#"preferred_username ^= "b""#, &[]),
        (r#"cognito:user_status = "UNCONFIRMED""#, &["ben"]),
        (r#"cognito:user_status = "unconfirmed""#, &["ben"]),
        (
            r#""cognito:user_status" ^= "CONF""#,
            &["Ana", "anton", "bea", "Ångström"],
        ),
        (r#"cognito:user_status = "NONE""#, &[]),
        (
            r#"status = "Enabled""#,
            &["Ana", "anton", "ben", "Ångström"],
        ),
        (r#"status = "Disabled""#, &["bea"]),
        (r#"status ^= "Dis""#, &["bea"]),
        (r#"status ^= "dis""#, &[]),
        (r#"status = "enabled""#, &[]),
        (r#"status = "On""#, &[]),
        (r#"name = "x' OR '1'='1""#, &[]),
        (r#"name = """#, &[]),
    ];
    for (filter, expected) in found {
        assert_eq!(filtered(&app, filter), expected, "{filter}");
    }
}

#[test]
fn a_pool_that_ignores_case_ignores_it_in_usernames() {
    let app = pool(false);
    assert_eq!(filtered(&app, r#"username = "ANA""#), ["ana"]);
    assert_eq!(filtered(&app, r#"username ^= "AN""#), ["ana", "anton"]);
    assert_eq!(filtered(&app, r#"username = "Ångström""#), ["ångström"]);
}

#[test]
fn a_filter_that_is_none_is_refused_and_never_lists_everybody() {
    let app = pool(true);
    for filter in [
        "x",
        "email",
        r#"email "a""#,
        "email = a",
        "email = 'a'",
        r#"email == "a""#,
        r#"email != "a""#,
        r#"email = "a"#,
        r#"email = "a" OR name = "b""#,
        r#"= "a""#,
        "*",
        "\"\"",
        r#"email ^ "a""#,
    ] {
        app.call("ListUsers", &json!({"UserPoolId": POOL, "Filter": filter}))
            .refused("InvalidParameterException", "Error while parsing filter");
    }
    for name in ["custom:x", "address", "Email", "email_verified", "enabled"] {
        app.call(
            "ListUsers",
            &json!({"UserPoolId": POOL, "Filter": format!("{name} = \"a\"")}),
        )
        .refused(
            "InvalidParameterException",
            &format!("Invalid search attribute: {name}"),
        );
    }
}

#[test]
fn only_the_attributes_asked_for_are_shown_and_they_must_exist() {
    let app = pool(true);
    let list = |wanted: Value| {
        app.call(
            "ListUsers",
            &json!({"UserPoolId": POOL, "AttributesToGet": wanted, "Limit": 1}),
        )
    };
    let shown = list(json!(["email", "sub"])).ok();
    assert_eq!(
        shown["Users"][0]["Attributes"],
        json!([
            {"Name": "sub", "Value": "aaaa0000-0000-4000-8000-000000000001"},
            {"Name": "email", "Value": "ana@example.com"},
        ])
    );
    assert_eq!(
        list(json!(["locale"])).ok()["Users"][0]["Attributes"],
        json!([])
    );
    assert_eq!(
        list(json!([])).ok()["Users"][0]["Attributes"]
            .as_array()
            .unwrap()
            .len(),
        7
    );
    for unknown in ["shoe_size", "custom:none", "username"] {
        list(json!(["email", unknown])).refused(
            "InvalidParameterException",
            "One or more requested attributes do not exist.",
        );
    }
}

#[test]
fn pages_show_everybody_once_in_every_order() {
    let users = (0..150).map(|number| {
        User::new(&format!("user-{:03}", 149 - number))
            .attribute("email", &format!("user{}@example.com", number % 7))
            .attribute("family_name", ["Ruiz", "RUIZ", "ruiz"][number % 3])
            .attribute("given_name", ["Æsa", "æSA"][number % 2])
            .with(json!({"Enabled": number % 2 == 0}))
    });
    let app = Pool::new(POOL).users(users).start();
    for (filter, limit, sizes) in [
        ("", 60, &[60, 60, 30][..]),
        ("", 0, &[60, 60, 30]),
        ("", 50, &[50, 50, 50]),
        (r#"family_name = "Ruiz""#, 60, &[60, 60, 30]),
        (r#"family_name ^= "Ru""#, 60, &[60, 60, 30]),
        (r#"given_name = "æsa""#, 60, &[60, 60, 30]),
        (r#"given_name ^= "ÆS""#, 60, &[60, 60, 30]),
        (r#"email ^= "user""#, 40, &[40, 40, 40, 30]),
        (r#"email = "user3@example.com""#, 20, &[20, 1]),
        (r#"username ^= "user-""#, 60, &[60, 60, 30]),
        (r#"username ^= "user-01""#, 3, &[3, 3, 3, 1]),
        (r#"status = "Enabled""#, 60, &[60, 15]),
        (r#"cognito:user_status ^= """#, 60, &[60, 60, 30]),
    ] {
        let pages = pages(&app, filter, limit);
        let lengths: Vec<usize> = pages.iter().map(Vec::len).collect();
        assert_eq!(lengths, sizes, "{filter}");
        let mut all: Vec<String> = pages.into_iter().flatten().collect();
        all.sort();
        let count = all.len();
        all.dedup();
        assert_eq!(all.len(), count, "{filter}: nobody comes twice");
    }
}

#[test]
fn users_who_come_and_go_between_pages_do_not_shift_the_others() {
    let users = (0..9).map(|number| User::new(&format!("user-{number}")));
    let app = Pool::new(POOL).users(users).start();
    let first = app
        .call("ListUsers", &json!({"UserPoolId": POOL, "Limit": 4}))
        .ok();
    assert_eq!(names(&first), ["user-0", "user-1", "user-2", "user-3"]);
    for gone in ["user-1", "user-3", "user-5"] {
        app.call(
            "AdminDeleteUser",
            &json!({"UserPoolId": POOL, "Username": gone}),
        );
    }
    let token = &first["PaginationToken"];
    let second = app.call(
        "ListUsers",
        &json!({"UserPoolId": POOL, "Limit": 4, "PaginationToken": token}),
    );
    assert_eq!(
        names(&second.ok()),
        ["user-4", "user-6", "user-7", "user-8"]
    );
}

#[test]
fn a_token_continues_only_the_list_that_gave_it() {
    let app = pool(true);
    let first = app
        .call("ListUsers", &json!({"UserPoolId": POOL, "Limit": 2}))
        .ok();
    let token = first["PaginationToken"].as_str().unwrap();
    for input in [
        json!({"UserPoolId": POOL, "PaginationToken": token, "Filter": r#"email ^= "a""#}),
        json!({"UserPoolId": UNTRACKED_POOL, "PaginationToken": token}),
        json!({"UserPoolId": POOL, "PaginationToken": "nonsense"}),
        // "users/<pool>/" and a place that is no number
        json!({"UserPoolId": POOL, "PaginationToken": "dXNlcnMvdXMtZWFzdC0xX1Rlc3QwMDAwMS8KeA"}),
    ] {
        app.call("ListUsers", &input).refused(
            "InvalidParameterException",
            "Invalid pagination token given.",
        );
    }
}

#[test]
fn pools_that_are_not_theirs_or_not_there_list_nobody() {
    let app = App::with_devices();
    app.call("ListUsers", &json!({"UserPoolId": FOREIGN_POOL}))
        .refused(
            "NotAuthorizedException",
            &format!("Not authorized to access user pool {FOREIGN_POOL}."),
        );
    app.call("ListUsers", &json!({"UserPoolId": UNKNOWN_POOL}))
        .refused(
            "ResourceNotFoundException",
            "User pool us-east-1_Nowhere01 does not exist.",
        );
}
