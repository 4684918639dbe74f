//! The users who are in groups.

use serde_json::json;

use super::{NO_GROUP, add, call, create, groups_of, page, pages, remove, users_in};
use crate::world::{App, NO_USER, POOL, Pool, SUB, UNTRACKED_POOL, User};

#[test]
fn a_user_is_added_and_removed_under_every_name_as_often_as_asked() {
    let app = App::with_devices();
    create(&app, "staff", json!({}));
    for name in [
        "diego",
        "diego@example.com",
        "+12065550100",
        "d.ramirez",
        SUB,
    ] {
        for _ in 0..2 {
            add(&app, name, "staff");
            assert_eq!(users_in(&app, "staff"), ["diego"], "{name}");
            assert_eq!(groups_of(&app, name), ["staff"], "{name}");
        }
        for _ in 0..2 {
            remove(&app, name, "staff");
            assert_eq!(users_in(&app, "staff"), [""; 0], "{name}");
            assert_eq!(groups_of(&app, name), [""; 0], "{name}");
        }
    }
}

#[test]
fn unknown_users_and_groups_are_refused_the_user_first() {
    let app = App::with_devices();
    create(&app, "staff", json!({}));
    create(&app, "elsewhere", json!({"UserPoolId": UNTRACKED_POOL}));
    for operation in ["AdminAddUserToGroup", "AdminRemoveUserFromGroup"] {
        for (user, group, refusal) in [
            ("nobody", "staff", NO_USER),
            ("nobody", "nothing", NO_USER),
            ("diego", "nothing", NO_GROUP),
            ("diego", "elsewhere", NO_GROUP),
        ] {
            let input = json!({"Username": user, "GroupName": group});
            call(&app, operation, input).refused_as(refusal);
        }
    }
    let nobody = json!({"Username": "nobody"});
    call(&app, "AdminListGroupsForUser", nobody).refused_as(NO_USER);
    assert_eq!(users_in(&app, "staff"), [""; 0]);
}

#[test]
fn users_of_a_group_are_shown_as_list_users_shows_them() {
    let app = App::with_devices();
    create(&app, "staff", json!({}));
    let before = call(&app, "ListUsers", json!({})).ok();
    app.seconds_pass(60);
    add(&app, "mary", "staff");
    add(&app, "diego", "staff");
    let answer = call(&app, "ListUsersInGroup", json!({"GroupName": "staff"}));
    assert_eq!(
        answer.ok(),
        before,
        "in the same order, and being added changes no user's date"
    );
}

#[test]
fn users_of_a_group_are_listed_page_by_page() {
    let names: Vec<String> = (0..61).map(|number| format!("user-{number:02}")).collect();
    let pool = Pool::new(POOL).users(names.iter().map(|name| User::new(name)));
    let app = pool.start();
    create(&app, "all", json!({}));
    create(&app, "some", json!({}));
    for name in &names {
        add(&app, name, "all");
    }
    add(&app, "user-07", "some");
    let of_all = json!({"GroupName": "all"});
    let (first, token) = page(&app, "ListUsersInGroup", of_all.clone());
    assert_eq!((first.as_slice(), token.is_some()), (&names[..60], true));
    assert_eq!(pages(&app, "ListUsersInGroup", &of_all, 25).concat(), names);
    // A page goes on although the user that it goes on after is gone.
    let (_, token) = page(
        &app,
        "ListUsersInGroup",
        json!({"GroupName": "all", "Limit": 2}),
    );
    call(&app, "AdminDeleteUser", json!({"Username": "user-01"})).done();
    remove(&app, "user-02", "all");
    let input = json!({"GroupName": "all", "Limit": 1, "NextToken": token});
    assert_eq!(page(&app, "ListUsersInGroup", input).0, ["user-03"]);
    for input in [
        json!({"GroupName": "some", "NextToken": token}),
        json!({"GroupName": "all", "NextToken": "nonsense"}),
    ] {
        let answer = call(&app, "ListUsersInGroup", input);
        answer.refused(
            "InvalidParameterException",
            "Invalid pagination token given.",
        );
    }
}

#[test]
fn groups_of_a_user_are_listed_by_precedence_then_name() {
    let app = App::with_devices();
    for (name, precedence) in [
        ("none-b", json!({})),
        ("none-a", json!({})),
        ("ten", json!({"Precedence": 10})),
        ("nine", json!({"Precedence": 9})),
        ("zero-b", json!({"Precedence": 0})),
        ("zero-a", json!({"Precedence": 0})),
    ] {
        create(&app, name, precedence);
        add(&app, "diego", name);
    }
    let order = ["zero-a", "zero-b", "nine", "ten", "none-a", "none-b"];
    assert_eq!(groups_of(&app, "diego"), order);
    let diego = json!({"Username": "diego"});
    let by_two = pages(&app, "AdminListGroupsForUser", &diego, 2);
    assert_eq!(
        (by_two.len(), by_two.concat()),
        (3, order.map(str::to_owned).to_vec())
    );
    let (_, token) = page(
        &app,
        "AdminListGroupsForUser",
        json!({"Username": "diego", "Limit": 3}),
    );
    remove(&app, "diego", "nine");
    let input = json!({"Username": "diego", "Limit": 1, "NextToken": token});
    assert_eq!(page(&app, "AdminListGroupsForUser", input).0, ["ten"]);
    let change = json!({"GroupName": "none-b", "Precedence": 1});
    call(&app, "UpdateGroup", change).ok();
    assert_eq!(
        groups_of(&app, "diego"),
        ["zero-a", "zero-b", "none-b", "ten", "none-a"]
    );
    let of_another = json!({"Username": "mary", "NextToken": token});
    call(&app, "AdminListGroupsForUser", of_another).refused(
        "InvalidParameterException",
        "Invalid pagination token given.",
    );
}

#[test]
fn a_deleted_user_is_in_no_group() {
    let app = App::with_devices();
    create(&app, "staff", json!({}));
    add(&app, "diego", "staff");
    add(&app, "mary", "staff");
    call(&app, "AdminDeleteUser", json!({"Username": "diego"})).done();
    assert_eq!(users_in(&app, "staff"), ["mary"]);
    let again = json!({"Username": "diego", "MessageAction": "SUPPRESS"});
    call(&app, "AdminCreateUser", again).ok();
    assert_eq!(groups_of(&app, "diego"), [""; 0]);
}

#[test]
fn a_user_is_in_at_most_a_hundred_groups() {
    let app = App::with_devices();
    for number in 0..=100 {
        create(&app, &format!("g{number}"), json!({}));
    }
    for number in 0..100 {
        add(&app, "diego", &format!("g{number}"));
    }
    let more = json!({"Username": "diego", "GroupName": "g100"});
    call(&app, "AdminAddUserToGroup", more).refused(
        "InvalidParameterException",
        "The user is in the maximum number of groups.",
    );
    add(&app, "diego", "g99");
    add(&app, "mary", "g100");
    assert_eq!(users_in(&app, "g100"), ["mary"]);
    remove(&app, "diego", "g0");
    add(&app, "diego", "g100");
    let all = pages(
        &app,
        "AdminListGroupsForUser",
        &json!({"Username": "diego"}),
        60,
    );
    assert_eq!(all.iter().map(Vec::len).collect::<Vec<_>>(), [60, 40]);
}
