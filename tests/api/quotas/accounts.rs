//! The quotas of an account: by category, and by operation and pool.

use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{Answer, App, Key, NO_SIGNATURE, POOL, Setup, device, registry, remembered};

const OTHER_ACCOUNT: &str = "
[[access_keys]]
id = 'FOREIGNER'
secret = 'foreign-secret'
account = '111111111111'
";

fn limited() -> Setup {
    Setup::new().with("limits", "on").seeded(registry())
}

fn get_device(app: &App) -> Answer {
    app.device("diego", device::REMEMBERED)
}

/// The number of calls at one moment that are accepted. Asserts how the others are refused.
fn let_through(calls: u32, mut call: impl FnMut() -> Answer) -> u32 {
    (0..calls)
        .map(|_| {
            let answer = call();
            if answer.status == 400 && answer.refusal().0.starts_with('T') {
                answer.refused("TooManyRequestsException", "Rate exceeded");
                return 0;
            }
            1
        })
        .sum()
}

#[test]
fn admin_get_device_is_let_through_fifty_times_a_second() {
    let app = limited().start();
    assert_eq!(let_through(70, || get_device(&app)), 50);
    app.milliseconds_pass(100);
    assert_eq!(
        let_through(20, || get_device(&app)),
        5,
        "a tenth of a second later, a tenth of the quota"
    );
    app.seconds_pass(1);
    assert_eq!(let_through(70, || get_device(&app)), 50);
}

#[test]
fn operations_of_a_category_share_its_quota_and_other_categories_do_not() {
    let app = limited().start();
    let list = || {
        app.call(
            "AdminListDevices",
            &json!({"UserPoolId": POOL, "Username": "diego"}),
        )
    };
    assert_eq!(let_through(20, || get_device(&app)), 20);
    assert_eq!(let_through(40, list), 30);
    assert_eq!(get_device(&app).status, 400);
    let update = || {
        let input = remembered();
        app.call("AdminUpdateDeviceStatus", &input)
    };
    assert_eq!(let_through(30, update), 25);
}

#[test]
fn refused_requests_count_but_unsigned_ones_do_not() {
    let app = limited().start();
    for _ in 0..60 {
        app.send(app.request("AdminGetDevice", "{}"))
            .refused_as(NO_SIGNATURE);
    }
    let malformed = || app.call("AdminGetDevice", &json!({}));
    assert_eq!(
        let_through(60, malformed),
        50,
        "the quota comes before the input is looked at"
    );
}

#[test]
fn each_account_has_a_quota_of_its_own() {
    let app = limited().with_file(OTHER_ACCOUNT).start();
    assert_eq!(let_through(60, || get_device(&app)), 50);
    let foreigner = Key::new("FOREIGNER", "foreign-secret");
    let input = remembered();
    assert_eq!(
        let_through(60, || app.call_as(&foreigner, "AdminGetDevice", &input)),
        50
    );
}

#[test]
fn a_quota_can_be_changed_and_switched_off() {
    let app = limited().with("quotas_userresourceread", "3").start();
    assert_eq!(let_through(10, || get_device(&app)), 3);
    let app = limited()
        .with_file("[quotas]\nUserResourceRead = 0")
        .start();
    assert_eq!(let_through(80, || get_device(&app)), 80);
    let app = Setup::new()
        .with("limits", "off")
        .seeded(registry())
        .start();
    assert_eq!(let_through(80, || get_device(&app)), 80);
}

#[test]
fn challenge_answers_have_three_times_their_quota_before_they_count_as_sign_ins() {
    let app = limited().with("quotas_userauthentication", "4").start();
    let respond = || {
        app.send(app.request(
            "RespondToAuthChallenge",
            r#"{"ClientId":"a","ChallengeName":"SMS_MFA"}"#,
        ))
    };
    assert_eq!(let_through(10, respond), 10);
    let initiate = || {
        app.send(app.request(
            "InitiateAuth",
            r#"{"ClientId":"a","AuthFlow":"USER_SRP_AUTH"}"#,
        ))
    };
    assert_eq!(let_through(3, initiate), 3);
    assert_eq!(let_through(10, respond), 2 + 1);
    assert_eq!(let_through(10, initiate), 0);
}

#[test]
fn new_passwords_in_answers_to_challenges_count_as_account_recovery() {
    let app = limited()
        .with("quotas_userauthentication", "2")
        .with("quotas_useraccountrecovery", "5")
        .start();
    let new_password = || {
        app.send(app.request(
            "RespondToAuthChallenge",
            r#"{"ClientId":"a","Session":"01234567890123456789","ChallengeName":"NEW_PASSWORD_REQUIRED"}"#,
        ))
    };
    let by_administrator = || {
        app.call(
            "AdminRespondToAuthChallenge",
            &json!({"UserPoolId": POOL, "ClientId": "a", "ChallengeName": "NEW_PASSWORD_REQUIRED"}),
        )
    };
    let set = || {
        let input = json!({"UserPoolId": POOL, "Username": "diego", "Password": "short"});
        app.call("AdminSetUserPassword", &input)
    };
    assert_eq!(let_through(2, new_password), 2);
    assert_eq!(let_through(2, by_administrator), 2);
    assert_eq!(let_through(4, set), 1);
    assert_eq!(let_through(3, new_password), 0);
    let other =
        |body: &'static str| move |app: &App| app.send(app.request("RespondToAuthChallenge", body));
    let sms = other(r#"{"ClientId":"a","ChallengeName":"SMS_MFA"}"#);
    assert_eq!(let_through(4, || sms(&app)), 4);
    let unreadable = other(r#"{"ChallengeName":"NEW_PASSWORD_REQUIRED""#);
    assert_eq!(
        let_through(7, || unreadable(&app)),
        6 + 2 - 4,
        "what cannot be read counts as any other answer"
    );
}

#[test]
fn one_operation_on_one_pool_is_held_to_five_in_some_categories() {
    let app = limited().start();
    let groups = |pool: &str| app.call("ListGroups", &json!({"UserPoolId": pool}));
    assert_eq!(let_through(8, || groups(POOL)), 5);
    assert_eq!(
        let_through(8, || groups("us-east-1_Other0001")),
        5,
        "another pool"
    );
    let servers = || app.call("ListResourceServers", &json!({"UserPoolId": POOL}));
    assert_eq!(
        let_through(3, servers),
        3,
        "another operation; 19 of the category's 20 are taken"
    );
    assert_eq!(let_through(3, servers), 1);
    let app = limited().with("quota_per_pool_operation", "0").start();
    let groups = || app.call("ListGroups", &json!({"UserPoolId": POOL}));
    assert_eq!(let_through(30, groups), 20);
}

#[test]
fn an_operation_that_names_its_pool_by_an_arn_is_held_to_five_as_well() {
    let app = limited().start();
    let tags = |pool: &str| {
        let arn = format!("arn:aws:cognito-idp:us-east-1:000000000000:userpool/{pool}");
        app.call("ListTagsForResource", &json!({"ResourceArn": arn}))
    };
    assert_eq!(let_through(8, || tags(POOL)), 5);
    assert_eq!(let_through(8, || tags("us-east-1_Other0001")), 5);
}

#[test]
fn an_operation_that_declares_no_error_for_it_uses_the_common_one() {
    let app = limited().with("quotas_userpoolresourceread", "1").start();
    let input: Value = json!({"UserPoolId": POOL});
    app.call("GetSigningCertificate", &input).ok();
    app.call("GetSigningCertificate", &input)
        .refused("ThrottlingException", "Rate exceeded");
    let app = limited().start();
    for _ in 0..5 {
        app.call("GetSigningCertificate", &input).ok();
    }
    app.call("GetSigningCertificate", &input)
        .refused("ThrottlingException", "Rate exceeded");
}

/// The time that a refusal says to wait.
fn told_to_wait(answer: &Answer) -> Duration {
    answer.refused("TooManyRequestsException", "Rate exceeded");
    Duration::from_millis(answer.header("x-amz-retry-after").parse().unwrap())
}

#[test]
fn a_throttled_client_is_told_when_the_next_request_passes() {
    let app = limited()
        .with("quotas_userresourceread", "3")
        .with("quota_per_pool_operation", "3")
        .start();
    let groups = || app.call("ListGroups", &json!({"UserPoolId": POOL}));
    // A quota of a category, and one of an operation on a pool.
    let calls: [&dyn Fn() -> Answer; 2] = [&|| get_device(&app), &groups];
    for call in calls {
        for _ in 0..3 {
            assert_eq!(call().header("x-amz-retry-after"), "");
        }
        let wait = told_to_wait(&call());
        assert_eq!(
            wait,
            Duration::from_millis(334),
            "a third of a second, rounded up"
        );
        app.milliseconds_pass(333);
        assert_eq!(told_to_wait(&call()), Duration::from_millis(1));
        app.milliseconds_pass(1);
        assert!(!String::from_utf8_lossy(&call().body).contains("Rate exceeded"));
    }
}

#[test]
fn in_the_envelope_a_throttled_client_is_told_as_well() {
    let app = limited().with("quotas_userresourceread", "1").start();
    get_device(&app).ok();
    let mut request = app.request("AdminGetDevice", "{}");
    let json = "application/json".parse().unwrap();
    request.headers_mut().insert("content-type", json);
    let answer = app.send(Key::default().sign_request(&app, request));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-amz-retry-after"), "1000");
}
