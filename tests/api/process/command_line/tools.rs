//! `health`, `check`, `operations` and `help`.

use std::process::Command;

use crate::world::{POOL, Tool, migrations, registry};

#[test]
fn health_asks_a_running_server() {
    let tool = Tool::new();
    let server = tool.serve("--database :memory:");
    let address = server.address().to_owned();
    let outcome = tool.run(&format!("health --listen {address}"));
    assert_eq!(
        (outcome.code, outcome.stdout),
        (0, format!("{address} answers requests.\n"))
    );
    drop(server);
    let outcome = tool.run(&format!("health --listen {address}"));
    assert_eq!(outcome.code, 1);
    assert!(
        outcome
            .stderr
            .starts_with(&format!("poolhouse: no answer from {address}: ")),
        "{outcome:?}"
    );
}

#[test]
fn a_server_that_cannot_read_its_registry_is_not_ready() {
    let tool = Tool::new();
    let server = tool.serve("--log-format off");
    let file = tool.file();
    file.execute("ALTER TABLE pools RENAME TO away", [])
        .unwrap();
    let address = server.address();
    let outcome = tool.run(&format!("health --listen {address}"));
    assert_eq!(outcome.code, 1);
    assert!(
        outcome.stderr.contains("is not ready: HTTP/1.1 503"),
        "{outcome:?}"
    );
}

#[test]
fn check_says_what_it_found() {
    let tool = Tool::new();
    let outcome = tool.run("check");
    assert_eq!(outcome.code, 0);
    assert!(
        outcome.stdout.contains(
            "data/poolhouse.db: there is no such file; `poolhouse serve` makes it if it can"
        ),
        "{outcome:?}"
    );
    assert!(!tool.path("data").exists(), "checking changes nothing");
    tool.write_json("seed.json", &registry());
    let outcome = tool.run("check --database seed.json/no.db");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(
        outcome.stdout.contains("there is no such file"),
        "{outcome:?}"
    );
    tool.run("seed apply --create seed.json");
    let outcome = tool.run("check");
    assert_eq!(outcome.code, 0);
    let newest = migrations().len();
    let found = format!("ok: schema version {newest}, 3 pools, 0 groups, 4 users, 6 devices\n");
    assert!(outcome.stdout.contains(&found), "{outcome:?}");
    assert!(outcome.stdout.contains(&format!("Pool       {POOL} ok\n")));
    let outcome = tool.run("check --region eu-west-1");
    assert_eq!(outcome.code, 1);
    assert!(
        outcome
            .stdout
            .contains(&format!("{POOL} is not of Region eu-west-1")),
        "{outcome:?}"
    );
    let file = tool.file();
    let both = r#"UPDATE pools SET settings = json_set(settings, '$.AliasAttributes', json('["email"]'), '$.UsernameAttributes', json('["email"]'))"#;
    file.execute(both, []).unwrap();
    let outcome = tool.run("check");
    assert_eq!(outcome.code, 1);
    assert!(
        outcome
            .stdout
            .contains("Only one of the aliasAttributes or usernameAttributes"),
        "{outcome:?}"
    );
    assert_eq!(
        outcome.stderr,
        "poolhouse: 3 pools have a configuration that cannot be served\n"
    );
}

/// The operations that have a handler.
const SERVED: &[&str] = &[
    "AddCustomAttributes",
    "AddUserPoolClientSecret",
    "AdminAddUserToGroup",
    "AdminConfirmSignUp",
    "AdminCreateUser",
    "AdminDeleteSoftwareToken",
    "AdminDeleteUser",
    "AdminDeleteUserAttributes",
    "AdminDisableProviderForUser",
    "AdminDisableUser",
    "AdminEnableUser",
    "AdminForgetDevice",
    "AdminGetDevice",
    "AdminGetUser",
    "AdminGetUserAuthFactors",
    "AdminInitiateAuth",
    "AdminLinkProviderForUser",
    "AdminListDevices",
    "AdminListGroupsForUser",
    "AdminListUserAuthEvents",
    "AdminListUserSessions",
    "AdminRemoveUserFromGroup",
    "AdminResetUserPassword",
    "AdminRespondToAuthChallenge",
    "AdminRevokeUserSession",
    "AdminSetUserMFAPreference",
    "AdminSetUserPassword",
    "AdminSetUserSettings",
    "AdminUpdateAuthEventFeedback",
    "AdminUpdateDeviceStatus",
    "AdminUpdateUserAttributes",
    "AdminUserGlobalSignOut",
    "AssociateSoftwareToken",
    "ChangePassword",
    "ConfirmDevice",
    "ConfirmForgotPassword",
    "ConfirmSignUp",
    "CreateGroup",
    "CreateIdentityProvider",
    "CreateManagedLoginBranding",
    "CreateResourceServer",
    "CreateTerms",
    "CreateUserImportJob",
    "CreateUserPool",
    "CreateUserPoolClient",
    "CreateUserPoolDomain",
    "DeleteGroup",
    "DeleteIdentityProvider",
    "DeleteManagedLoginBranding",
    "DeleteResourceServer",
    "DeleteTerms",
    "DeleteUser",
    "DeleteUserAttributes",
    "DeleteUserPool",
    "DeleteUserPoolClient",
    "DeleteUserPoolClientSecret",
    "DeleteUserPoolDomain",
    "DescribeIdentityProvider",
    "DescribeManagedLoginBranding",
    "DescribeManagedLoginBrandingByClient",
    "DescribeResourceServer",
    "DescribeTerms",
    "DescribeTermsByClient",
    "DescribeUserImportJob",
    "DescribeUserPool",
    "DescribeUserPoolClient",
    "DescribeUserPoolDomain",
    "ForgetDevice",
    "ForgotPassword",
    "GetCSVHeader",
    "GetDevice",
    "GetGroup",
    "GetIdentityProviderByIdentifier",
    "GetSigningCertificate",
    "GetTokensFromRefreshToken",
    "GetUICustomization",
    "GetUser",
    "GetUserAttributeVerificationCode",
    "GetUserAuthFactors",
    "GetUserPoolClientSessionConfiguration",
    "GetUserPoolMfaConfig",
    "GetUserPoolSessionConfiguration",
    "GlobalSignOut",
    "InitiateAuth",
    "ListDevices",
    "ListGroups",
    "ListIdentityProviders",
    "ListResourceServers",
    "ListTagsForResource",
    "ListTerms",
    "ListUserImportJobs",
    "ListUserPoolClientSecrets",
    "ListUserPoolClients",
    "ListUserPools",
    "ListUserSessions",
    "ListUsers",
    "ListUsersInGroup",
    "ResendConfirmationCode",
    "RespondToAuthChallenge",
    "RevokeToken",
    "RevokeUserSession",
    "SetUICustomization",
    "SetUserMFAPreference",
    "SetUserPoolClientSessionConfiguration",
    "SetUserPoolMfaConfig",
    "SetUserPoolSessionConfiguration",
    "SetUserSettings",
    "SignUp",
    "StartUserImportJob",
    "StopUserImportJob",
    "TagResource",
    "UntagResource",
    "UpdateAuthEventFeedback",
    "UpdateDeviceStatus",
    "UpdateGroup",
    "UpdateIdentityProvider",
    "UpdateManagedLoginBranding",
    "UpdateResourceServer",
    "UpdateTerms",
    "UpdateUserAttributes",
    "UpdateUserPool",
    "UpdateUserPoolClient",
    "UpdateUserPoolDomain",
    "VerifySoftwareToken",
    "VerifyUserAttribute",
];

#[test]
fn operations_lists_all_153_and_says_which_are_served() {
    let tool = Tool::new();
    let all = tool.run("operations").stdout;
    assert_eq!(all.lines().count(), 1 + 153 + 1);
    let count = format!(
        "{} of 153 operations are served. The API is that of botocore 1.44.8 of 2026-11-20.",
        SERVED.len()
    );
    let heading: Vec<&str> = all.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(
        heading,
        ["Operation", "Served", "Signed", "Quota", "category"]
    );
    assert_eq!(all.lines().last(), Some(count.as_str()));
    let served = tool.run("operations --served").stdout;
    let names: Vec<&str> = served
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(&names[1..names.len() - 1], SERVED);
    assert_eq!(names.last(), Some(&SERVED.len().to_string().as_str()));
}

#[test]
fn every_command_explains_itself() {
    let tool = Tool::new();
    for command in [
        "",
        "serve",
        "backup",
        "check",
        "compact",
        "health",
        "operations",
        "outbox",
        "seed",
        "seed apply",
        "seed export",
        "seed generate",
    ] {
        let outcome = tool.run(&format!("{command} --help"));
        assert_eq!(outcome.code, 0, "{command}");
        assert!(
            outcome.stdout.contains("Usage: poolhouse") && outcome.stdout.lines().count() > 5,
            "{outcome:?}"
        );
    }
    assert_eq!(
        tool.run("--version").stdout,
        format!("poolhouse {}\n", env!("CARGO_PKG_VERSION"))
    );
    for usage in [
        "",
        "nonsense",
        "serve --nonsense",
        "seed generate --users many",
    ] {
        assert_eq!(tool.run(usage).code, 2, "{usage}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let tool = Tool::new();
    let binary = env!("CARGO_BIN_EXE_poolhouse");
    let status = Command::new("sh")
        .arg("-c")
        .arg(format!("{binary} operations | head -1"))
        .output()
        .unwrap();
    assert!(
        status.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&status.stderr)
    );
    drop(tool);
}

#[test]
fn every_command_is_completed_and_has_a_manual_page() {
    let tool = Tool::new();
    let commands = [
        "serve",
        "backup",
        "check",
        "compact",
        "completions",
        "health",
        "import",
        "manual",
        "operations",
        "outbox",
        "seed",
    ];
    for shell in ["bash", "zsh", "fish"] {
        let script = tool.run(&format!("completions {shell}"));
        assert_eq!(script.code, 0);
        for command in commands {
            assert!(script.stdout.contains(command), "{shell}: {command}");
        }
    }
    let outcome = tool.run("manual pages");
    assert_eq!(
        outcome.stdout, "Manual pages are in pages.\n",
        "{outcome:?}"
    );
    let page = |name: &str| std::fs::read_to_string(tool.path("pages").join(name)).unwrap();
    for command in commands {
        assert!(page("poolhouse.1").contains(command), "{command}");
        assert!(page(&format!("poolhouse-{command}.1")).contains(".SH SYNOPSIS"));
    }
    assert!(page("poolhouse-seed-apply.1").contains("create"));
    tool.write("file", "");
    assert_eq!(tool.run("manual file").code, 1);
}
