//! Domains from creation to deletion.

use serde_json::{Value, json};

use super::{CERTIFICATE, call, create, describe, invalid, shown_by_pool};
use crate::world::{App, FOREIGN_POOL, Key, POOL, Setup, UNKNOWN_POOL, UNTRACKED_POOL, registry};

const NO_DOMAIN: &str = "No such domain or user pool exists.";

#[test]
fn a_prefix_is_shown_with_its_distribution_and_active_at_once() {
    let app = App::with_devices();
    let created = create(&app, json!({"Domain": "shop"}));
    assert_eq!(created, json!({"ManagedLoginVersion": 1}));
    let shown = describe(&app, "shop");
    let distribution = shown["CloudFrontDistribution"].as_str().unwrap();
    let name = distribution.strip_suffix(".cloudfront.net").unwrap();
    assert!(name.starts_with('d') && name.len() == 13, "{distribution}");
    let expected = json!({"UserPoolId": POOL, "AWSAccountId": "000000000000", "Domain": "shop",
        "S3Bucket": "aws-cognito-prod-iad-assets", "CloudFrontDistribution": distribution, "Version": "20261122142300",
        "Status": "ACTIVE", "CustomDomainConfig": {}, "ManagedLoginVersion": 1});
    assert_eq!(shown, expected);
    assert_eq!(shown_by_pool(&app, POOL), [json!("shop"), Value::Null]);
}

#[test]
fn a_custom_domain_has_its_certificate_and_tells_its_distribution() {
    let app = App::with_devices();
    let config = json!({"CertificateArn": CERTIFICATE, "SecurityPolicy": "TLS_V1_2_2021"});
    let input = json!({"Domain": "auth.example.com", "CustomDomainConfig": config, "ManagedLoginVersion": 2});
    let created = create(&app, input);
    let shown = describe(&app, "auth.example.com");
    let distribution = &shown["CloudFrontDistribution"];
    assert_eq!(
        created,
        json!({"CloudFrontDomain": distribution, "ManagedLoginVersion": 2})
    );
    assert_eq!(
        [&shown["CustomDomainConfig"], &shown["ManagedLoginVersion"]],
        [&config, &json!(2)]
    );
    create(&app, json!({"Domain": "shop"}));
    let both = [json!("shop"), json!("auth.example.com")];
    assert_eq!(shown_by_pool(&app, POOL), both);
    call(&app, "UpdateUserPool", json!({})).ok();
    assert_eq!(shown_by_pool(&app, POOL), both, "an update keeps them");
}

#[test]
fn a_domain_is_one_pool_s_and_a_pool_has_one_of_each_kind() {
    let app = App::with_devices();
    create(&app, json!({"Domain": "shop"}));
    let create = "CreateUserPoolDomain";
    let taken = "Domain already associated with another user pool.";
    let other = json!({"Domain": "shop", "UserPoolId": UNTRACKED_POOL});
    invalid(&app, create, other.clone(), taken);
    let second = "User pool already has a domain configured.";
    invalid(&app, create, json!({"Domain": "second"}), second);
    invalid(&app, create, json!({"Domain": "shop"}), second);
    let deleted = call(&app, "DeleteUserPoolDomain", json!({"Domain": "shop"}));
    assert_eq!(deleted.ok(), json!({}));
    assert_eq!(describe(&app, "shop"), json!({}));
    assert_eq!(shown_by_pool(&app, POOL), [Value::Null, Value::Null]);
    call(&app, create, other).ok();
    assert_eq!(describe(&app, "shop")["UserPoolId"], UNTRACKED_POOL);
}

#[test]
fn an_update_changes_what_it_names() {
    let app = App::with_devices();
    create(&app, json!({"Domain": "shop"}));
    let update = |input: Value| call(&app, "UpdateUserPoolDomain", input);
    let changed = update(json!({"Domain": "shop", "ManagedLoginVersion": 2}));
    assert_eq!(changed.ok(), json!({"ManagedLoginVersion": 2}));
    assert_eq!(
        update(json!({"Domain": "shop"})).ok(),
        json!({"ManagedLoginVersion": 2})
    );
    let config = json!({"CertificateArn": CERTIFICATE});
    let input = json!({"Domain": "auth.example.com", "CustomDomainConfig": config});
    create(&app, input);
    let newer = CERTIFICATE.replace("01", "02");
    let changed = json!({"CertificateArn": newer, "SecurityPolicy": "TLS_V1_3_2025"});
    app.seconds_pass(60);
    let answer = update(json!({"Domain": "auth.example.com", "CustomDomainConfig": changed})).ok();
    let shown = describe(&app, "auth.example.com");
    assert_eq!(answer["CloudFrontDomain"], shown["CloudFrontDistribution"]);
    assert_eq!(shown["CustomDomainConfig"], changed);
    assert_eq!(shown["Version"], "20261122142300");
    let answer = update(json!({"Domain": "shop", "CustomDomainConfig": config}));
    answer.refused(
        "InvalidParameterException",
        "User pool should have a custom domain associated, failed to update the certificate.",
    );
}

#[test]
fn an_unknown_domain_and_an_unknown_pool_are_refused_alike() {
    let app = App::with_devices();
    create(&app, json!({"Domain": "shop"}));
    for operation in ["UpdateUserPoolDomain", "DeleteUserPoolDomain"] {
        for input in [
            json!({"Domain": "nowhere"}),
            json!({"Domain": "Not a domain"}),
            json!({"Domain": "shop", "UserPoolId": UNTRACKED_POOL}),
            json!({"Domain": "shop", "UserPoolId": UNKNOWN_POOL}),
        ] {
            invalid(&app, operation, input, NO_DOMAIN);
        }
        let foreign = json!({"Domain": "shop", "UserPoolId": FOREIGN_POOL});
        call(&app, operation, foreign).refused(
            "NotAuthorizedException",
            &format!("Not authorized to access user pool {FOREIGN_POOL}."),
        );
    }
    let nowhere = json!({"Domain": "new", "UserPoolId": UNKNOWN_POOL});
    call(&app, "CreateUserPoolDomain", nowhere).refused(
        "ResourceNotFoundException",
        "User pool us-east-1_Nowhere01 does not exist.",
    );
    assert_eq!(describe(&app, "nowhere"), json!({}));
    assert_eq!(describe(&app, "Not a domain"), json!({}));
}

#[test]
fn a_domain_of_another_account_is_not_shown() {
    let keys = "[[access_keys]]\nid = \"OTHER\"\nsecret = \"secret-of-the-key\"\naccount = \"111111111111\"\n";
    let app = Setup::new().with_file(keys).seeded(registry()).start();
    create(&app, json!({"Domain": "shop"}));
    let other = Key::new("OTHER", "secret-of-the-key");
    let shop = json!({"Domain": "shop"});
    let answer = app.call_as(&other, "DescribeUserPoolDomain", &shop);
    assert_eq!(answer.ok(), json!({"DomainDescription": {}}));
    let input = json!({"Domain": "theirs", "UserPoolId": FOREIGN_POOL});
    app.call_as(&other, "CreateUserPoolDomain", &input).ok();
    assert_eq!(describe(&app, "theirs"), json!({}));
    let taken = "Domain already associated with another user pool.";
    invalid(
        &app,
        "CreateUserPoolDomain",
        json!({"Domain": "theirs", "UserPoolId": UNTRACKED_POOL}),
        taken,
    );
}

#[test]
fn a_pool_with_a_domain_is_not_deleted() {
    let app = App::with_devices();
    create(&app, json!({"Domain": "shop"}));
    let why =
        "User pool cannot be deleted. It has a domain configured that should be deleted first.";
    invalid(&app, "DeleteUserPool", json!({}), why);
    call(&app, "DeleteUserPoolDomain", json!({"Domain": "shop"})).ok();
    call(&app, "DeleteUserPool", json!({})).done();
}

#[test]
fn managed_login_needs_a_plan_that_has_it() {
    let app = App::with_devices();
    let tier = |tier: &str| call(&app, "UpdateUserPool", json!({"UserPoolTier": tier}));
    tier("LITE").ok();
    let version = |version: i64| json!({"Domain": "shop", "ManagedLoginVersion": version});
    let unavailable = (
        "FeatureUnavailableInTierException",
        "The following features need to be disabled for the LITE pricing tier configured: Managed Login",
    );
    call(&app, "CreateUserPoolDomain", version(2)).refused_as(unavailable);
    create(&app, version(1));
    call(&app, "UpdateUserPoolDomain", version(2)).refused_as(unavailable);
    tier("ESSENTIALS").ok();
    call(&app, "UpdateUserPoolDomain", version(2)).ok();
    tier("LITE").refused_as(unavailable);
}
