//! What each line becomes.

use serde_json::{Value, json};

use super::{
    HEADER, app, call, counts, create, ended, file, import, line, log, log_after, pool, seconds,
    start, upload,
};
use crate::world::{
    App, DISCREET, Exchange, NOW_MS, PASSWORD, POOL, Pool, User, WEB, WRONG_PASSWORD, hides_users,
    initiate, sign_in_by_password, sign_in_by_srp,
};

/// Imports one line. Returns what its message says after the number of the line.
fn fate(app: &App, line: &str) -> String {
    let job = import(app, file(&[line.to_owned()]));
    let [message] = &log(app, &job)[..] else {
        panic!("one line, one message")
    };
    let (outcome, rest) = message.split_once("] Line Number 2 - ").unwrap();
    format!("{} {rest}", outcome.trim_start_matches('['))
}

const SUCCEEDED: &str = "SUCCEEDED The import succeeded.";

fn succeeds(app: &App, line: &str) {
    assert_eq!(fate(app, line), SUCCEEDED, "{line}");
}

fn fails(app: &App, line: &str, why: &str) {
    assert_eq!(fate(app, line), format!("FAILED {why}"), "{line}");
}

#[test]
fn an_imported_user_has_all_values_and_must_reset_the_password() {
    let app = pool().client_with(DISCREET, hides_users()).start();
    app.seconds_pass(5);
    succeeds(
        &app,
        &line(
            " ben ",
            &[
                ("name", "  Ben \"B\" Bond "),
                ("address", r"123 Any Street\, Anytown"),
                ("birthdate", "02/29/1984"),
                ("updated_at", "1715100742"),
                ("email", " ben@example.com "),
                ("email_verified", "tRuE"),
                ("phone_number_verified", "FALSE"),
            ],
        ),
    );
    let user = app.user("ben");
    let now = seconds(NOW_MS + 5000);
    assert_eq!(user["UserStatus"], "RESET_REQUIRED");
    assert_eq!(user["Enabled"], true);
    assert_eq!(
        (&user["UserCreateDate"], &user["UserLastModifiedDate"]),
        (&now, &now)
    );
    let attributes: Vec<(&str, &str)> = user["UserAttributes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|attribute| {
            (
                attribute["Name"].as_str().unwrap(),
                attribute["Value"].as_str().unwrap(),
            )
        })
        .filter(|(name, _)| *name != "sub")
        .collect();
    assert_eq!(
        attributes,
        [
            ("address", "123 Any Street, Anytown"),
            ("birthdate", "02/29/1984"),
            ("email", "ben@example.com"),
            ("email_verified", "true"),
            ("name", "Ben \"B\" Bond"),
            ("updated_at", "1715100742"),
        ]
    );
    let sent = app.get_signed("/_poolhouse/outbox").ok();
    assert_eq!(sent["Messages"], json!([]));
    let reset = (
        "PasswordResetRequiredException",
        "Password reset required for the user",
    );
    sign_in_by_password(&app, WEB, "ben", PASSWORD, &[]).refused_as(reset);
    sign_in_by_password(&app, DISCREET, "ben", PASSWORD, &[]).refused_as(WRONG_PASSWORD);
    let a = Exchange::new().srp_a();
    initiate(
        &app,
        WEB,
        "USER_SRP_AUTH",
        json!({"USERNAME": "ben", "SRP_A": a}),
    )
    .refused_as(reset);
    let hidden = sign_in_by_srp(&app, DISCREET, "ben", PASSWORD, &[]);
    hidden.refused_as(WRONG_PASSWORD);
    let whom = json!({"ClientId": WEB.id, "Username": "ben"});
    app.call_open("ForgotPassword", &whom).ok();
    let sent = app.get_signed("/_poolhouse/outbox").ok();
    let mut answer = whom;
    (answer["ConfirmationCode"], answer["Password"]) =
        (sent["Messages"][0]["Code"].clone(), json!(PASSWORD));
    app.call_open("ConfirmForgotPassword", &answer).ok();
    assert_eq!(app.user("ben")["UserStatus"], "CONFIRMED");
    sign_in_by_password(&app, WEB, "ben", PASSWORD, &[]).ok();
}

#[test]
fn columns_may_come_in_any_order_and_lines_may_be_blank() {
    let app = app();
    let header: Vec<&str> = HEADER.split(',').collect();
    let turn = |line: &str| {
        let mut values: Vec<&str> = line.split(',').collect();
        values.rotate_right(1);
        values.join(" , ")
    };
    let file = [
        turn(HEADER),
        String::new(),
        turn(&line("ben", &[])),
        " \t".to_owned(),
        turn(&line("ana", &[])),
        turn(&line("cleo", &[])) + ",",
        turn(&line("dora", &[])),
    ];
    let job = import(&app, file.join("\r\n"));
    assert_eq!(
        (job["Status"].as_str(), counts(&job)),
        (Some("Succeeded"), [2, 1, 1])
    );
    assert_eq!(header.len(), 21);
    assert_eq!(
        log(&app, &job),
        [
            "[SUCCEEDED] Line Number 3 - The import succeeded.",
            "[SKIPPED] Line Number 5 - The user already exists.",
            "[FAILED] Line Number 6 - The number of values is not that of the CSV header.",
            "[SUCCEEDED] Line Number 7 - The import succeeded.",
        ]
    );
    // A user who exists stays as it is.
    assert_eq!(app.attribute("ana", "email"), Value::Null);
}

#[test]
fn an_auto_verified_attribute_must_be_verified() {
    let why = "The User Record does not set any of the auto verified attributes to verified. (Example: email_verified to true).";
    let app = app();
    for values in [
        &[("email_verified", "false")][..],
        &[("email_verified", "")],
        // A number is not what this pool verifies.
        &[
            ("email_verified", "false"),
            ("phone_number", "+12065550100"),
            ("phone_number_verified", "true"),
        ],
    ] {
        fails(&app, &line("ben", values), why);
    }
    let no_address = line("ben", &[("email", "")]);
    fails(
        &app,
        &no_address,
        "Email is required to verify/un-verify an email",
    );
    let both = pool()
        .with(json!({"AutoVerifiedAttributes": ["email", "phone_number"],
            "SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms"}}))
        .start();
    let by_number = [
        ("email", ""),
        ("email_verified", "FALSE"),
        ("phone_number", "+12065550100"),
        ("phone_number_verified", "true"),
    ];
    succeeds(&both, &line("ben", &by_number));
    assert_eq!(both.attribute("ben", "email_verified"), Value::Null);
}

#[test]
fn values_that_the_schema_or_the_file_does_not_allow_fail_their_line_alone() {
    let app = app();
    let long = "x".repeat(2049);
    for (column, value, why) in [
        ("cognito:username", "", "cognito:username has no value."),
        (
            "cognito:username",
            "ben bond",
            "cognito:username must not have spaces or tabs.",
        ),
        (
            "birthdate",
            "1984-02-29",
            "birthdate must be of the form mm/dd/yyyy.",
        ),
        (
            "birthdate",
            "2/9/1984",
            "birthdate must be of the form mm/dd/yyyy.",
        ),
        (
            "birthdate",
            "02/30/1984",
            "birthdate must be of the form mm/dd/yyyy.",
        ),
        (
            "updated_at",
            "2024-05-07",
            "updated_at must be a time in seconds.",
        ),
        ("updated_at", "-1", "updated_at must be a time in seconds."),
        (
            "email_verified",
            "yes",
            "Attributes did not conform to the schema: email_verified: Attribute value must be true or false.",
        ),
        (
            "name",
            &long,
            "Attributes did not conform to the schema: name: String must be no longer than 2048 characters",
        ),
        ("email", "ben", "Invalid email address format."),
        (
            "phone_number",
            "12065550100",
            "Invalid phone number format.",
        ),
        (
            "cognito:mfa_enabled",
            "",
            "cognito:mfa_enabled must be true or false.",
        ),
        (
            "cognito:mfa_enabled",
            "no",
            "cognito:mfa_enabled must be true or false.",
        ),
        (
            "cognito:mfa_enabled",
            "TRUE",
            "cognito:mfa_enabled must be false, since the user pool has no MFA.",
        ),
    ] {
        fails(&app, &line("ben", &[(column, value)]), why);
    }
    let nameless = line(&"x".repeat(129), &[("email", "x@example.com")]);
    let why = fate(&app, &nameless);
    assert!(
        why.contains("at 'username' failed to satisfy constraint"),
        "{why}"
    );
    let mut file = file(&[line("ben", &[])]).into_bytes();
    file.extend(b"\xff\xfe\n");
    let job = import(&app, file);
    let messages = log(&app, &job);
    assert_eq!(
        messages[1],
        "[FAILED] Line Number 3 - The line is not UTF-8."
    );
    // Half of the lines is not more than half.
    assert_eq!(
        (job["Status"].as_str(), counts(&job)),
        (Some("Succeeded"), [1, 0, 1])
    );
}

#[test]
fn attributes_that_the_pool_requires_and_its_own_ones_count() {
    let app = Pool::new(POOL)
        .with(json!({"AutoVerifiedAttributes": ["email"], "SchemaAttributes": [
            {"Name": "nickname", "AttributeDataType": "String", "Required": true, "Mutable": true},
            {"Name": "custom:team", "AttributeDataType": "String", "Mutable": false,
                "StringAttributeConstraints": {"MaxLength": "4"}},
        ]}))
        .start();
    let header = HEADER.replace("updated_at,", "updated_at,custom:team,");
    let import_line = |nickname: &str, team: &str| {
        let line = line("ben", &[("nickname", nickname)]);
        let line = line.replace(",FALSE,ben", &format!(",{team},FALSE,ben"));
        let job = import(&app, format!("{header}\n{line}"));
        log(&app, &job)[0].clone()
    };
    assert_eq!(
        import_line("", "red"),
        "[FAILED] Line Number 2 - The required attribute nickname has no value."
    );
    assert_eq!(
        import_line("b", "green"),
        "[FAILED] Line Number 2 - Attributes did not conform to the schema: custom:team: String must be no longer than 4 characters"
    );
    assert_eq!(
        import_line("b", "red"),
        "[SUCCEEDED] Line Number 2 - The import succeeded."
    );
    assert_eq!(app.attribute("ben", "custom:team"), "red");
}

#[test]
fn mfa_enabled_goes_with_the_pools_mfa() {
    let sms = json!({"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms"}});
    let app_with = |mode: &str| {
        pool()
            .with(sms.clone())
            .mfa(json!({"MfaConfiguration": mode, "SmsMfaConfiguration": sms}))
            .start()
    };
    let required = app_with("ON");
    fails(
        &required,
        &line("ben", &[]),
        "cognito:mfa_enabled must be true, since the user pool requires MFA.",
    );
    succeeds(&required, &line("ben", &[("cognito:mfa_enabled", "true")]));
    let optional = app_with("OPTIONAL");
    let number = ("phone_number", "+12065550100");
    for (name, enabled, numbers, factors) in [
        ("ben", "TRUE", &[number][..], json!(["SMS_MFA"])),
        ("cleo", "FALSE", &[number], Value::Null),
        ("dora", "TRUE", &[], Value::Null),
    ] {
        let values = [&[("cognito:mfa_enabled", enabled)], numbers].concat();
        succeeds(&optional, &line(name, &values));
        assert_eq!(optional.user(name)["UserMFASettingList"], factors, "{name}");
    }
}

#[test]
fn where_users_sign_in_with_an_address_the_username_is_the_address() {
    let app = pool()
        .with(json!({"UsernameAttributes": ["email"]}))
        .start();
    let of = |name: &str| line(name, &[("email", "")]);
    succeeds(&app, &of("ben@example.com"));
    let user = app.user("ben@example.com");
    assert_eq!(user["Username"].as_str().unwrap().len(), 36);
    assert_eq!(app.attribute("ben@example.com", "email"), "ben@example.com");
    assert_eq!(
        fate(&app, &of("ben@example.com")),
        "SKIPPED The user already exists."
    );
    fails(&app, &of("ben"), "Username should be an email.");
}

#[test]
fn a_verified_alias_that_another_user_has_fails_its_line() {
    let app = pool()
        .with(json!({"AliasAttributes": ["email"], "UsernameConfiguration": {"CaseSensitive": false}}))
        .user(User::new("ana").verified_email("ana@example.com"))
        .start();
    let taken = [("email", "Ana@Example.com")];
    fails(
        &app,
        &line("ben", &taken),
        "An account with the given email already exists.",
    );
    // Nothing of it is there.
    assert_eq!(
        call(&app, "AdminGetUser", json!({"Username": "ben"})).status,
        400
    );
    assert_eq!(
        fate(&app, &line("ANA", &[])),
        "SKIPPED The user already exists."
    );
    succeeds(&app, &line("Ben", &[]));
    assert_eq!(app.user("ben@example.com")["Username"], "ben");
    fails(
        &app,
        &line("ben@example.org", &[]),
        "Username cannot be of email format, since user pool is configured for email alias.",
    );
}

#[test]
fn the_log_is_read_in_parts_and_bounded() {
    let app = app();
    let lines: Vec<String> = (0..2100)
        .map(|number| line(&format!("u{number}"), &[]))
        .collect();
    let job = import(&app, file(&lines));
    assert_eq!(counts(&job), [2100, 0, 0]);
    let first = log_after(&app, &job, 0);
    assert_eq!(
        first["LogGroupName"],
        format!("/aws/cognito/userpools/{POOL}/")
    );
    let id = job["JobId"].as_str().unwrap();
    assert_eq!(first["LogStreamName"], format!("{id}/import of 2026"));
    assert_eq!(first["Events"].as_array().unwrap().len(), 1000);
    assert_eq!(first["NextAfter"], 1001);
    assert_eq!(first["Events"][0]["Timestamp"], job["CreationDate"]);
    let all = log(&app, &job);
    assert_eq!(all.len(), 2100);
    assert_eq!(
        all[2099],
        "[SUCCEEDED] Line Number 2101 - The import succeeded."
    );
    assert_eq!(log_after(&app, &job, 2101)["Events"], json!([]));

    // Lines that fare alike take one row; of those that do not, ten thousand are kept.
    let lines = (0..12_000).map(|number| match number % 2 {
        0 => ",".to_owned(),
        _ => line("ana", &[]),
    });
    let job = create(&app);
    upload(&app, &job, file(&lines.collect::<Vec<_>>()));
    start(&app, &job);
    let job = ended(&app, &job);
    assert_eq!(
        (job["Status"].as_str(), counts(&job)),
        (Some("Failed"), [0, 6000, 6000])
    );
    assert_eq!(log(&app, &job).len(), 10_000);
}
