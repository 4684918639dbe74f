//! Domains in seeds and exports.

use serde_json::{Value, json};

use super::{CERTIFICATE, describe, shown_by_pool};
use crate::world::{App, POOL, Pool, Tool, registry};

#[test]
fn a_pool_has_the_domains_that_its_settings_name() {
    let app = Pool::new(POOL)
        .with(json!({"Domain": "shop", "CustomDomain": "auth.example.com"}))
        .start();
    let both = [json!("shop"), json!("auth.example.com")];
    assert_eq!(shown_by_pool(&app, POOL), both);
    let shown = describe(&app, "auth.example.com");
    assert_eq!(
        [&shown["CustomDomainConfig"], &shown["ManagedLoginVersion"]],
        [&json!({}), &json!(1)]
    );
}

#[test]
fn what_describing_a_domain_printed_is_a_seed() {
    let printed = json!({"DomainDescription": {
        "UserPoolId": POOL, "AWSAccountId": "123456789012", "Domain": "shop", "S3Bucket": "aws-cognito-prod-iad-assets",
        "CloudFrontDistribution": "d111111abcdef8.cloudfront.net", "Version": "20190128175402", "Status": "ACTIVE",
        "CustomDomainConfig": {}, "ManagedLoginVersion": 2}});
    let app: App = Pool::new(POOL).setup().seeded(printed).start();
    let shown = describe(&app, "shop");
    assert_eq!(
        [&shown["Version"], &shown["ManagedLoginVersion"]],
        [&json!("20190128175402"), &json!(2)]
    );
}

/// The registry with a domain of each kind.
fn with_domains() -> Value {
    let mut seed = registry();
    seed["UserPools"][0]["Domains"] = json!([
        {"Domain": "shop", "ManagedLoginVersion": 2, "Version": "20261122142300"},
        {"Domain": "auth.example.com", "ManagedLoginVersion": 1, "Version": "20261122142301",
         "CustomDomainConfig": {"CertificateArn": CERTIFICATE, "SecurityPolicy": "TLS_V1"}},
    ]);
    seed
}

#[test]
fn an_export_has_the_domains_and_applies_again() {
    let tool = Tool::new();
    tool.apply_seed(&with_domains());
    assert_eq!(tool.run("seed export copy.json").code, 0);
    let copy: Value =
        serde_json::from_slice(&std::fs::read(tool.path("copy.json")).unwrap()).unwrap();
    assert_eq!(
        copy["UserPools"][0]["Domains"],
        with_domains()["UserPools"][0]["Domains"]
    );
    let again = tool.run("seed apply copy.json");
    assert!(again.stdout.contains("0 created, 0 updated"), "{again:?}");
    assert_eq!(tool.run("check --deep").code, 0);
}

#[test]
fn a_seed_is_refused_where_an_operation_would_refuse_its_domain() {
    let tool = Tool::new();
    tool.apply_seed(&with_domains());
    let refused = |domains: Value, why: &str| {
        let seed = json!({"UserPool": {"Id": "us-east-1_Test00002"}, "Domains": domains});
        tool.write_json("bad.json", &seed);
        let outcome = tool.run("seed apply bad.json");
        assert_eq!(outcome.code, 3);
        assert!(outcome.stderr.contains(why), "{outcome:?}");
    };
    refused(json!([{}]), "Domains[0]: Domain is missing");
    refused(
        json!([{"Domain": "A"}]),
        "Domains[0]: The domain name contains",
    );
    refused(
        json!([{"Domain": "shop"}]),
        "Domains[0]: Domain already associated with another user pool.",
    );
    refused(
        json!([{"Domain": "a"}, {"Domain": "b"}]),
        "Domains[1]: User pool already has a domain configured.",
    );
    refused(
        json!([{"Domain": "a"}, {"Domain": "a"}]),
        "Domains[1]: the domain is given twice",
    );
    refused(
        json!([{"Domain": "a", "ManagedLoginVersion": 3}]),
        "Domains[0]: ManagedLoginVersion must be 1 or 2.",
    );
    refused(
        json!([{"Domain": "a", "Version": "today"}]),
        "Domains[0]: Version is not a time",
    );
    refused(
        json!([{"Domain": "a", "UserPoolId": POOL}]),
        "Domains[0]: UserPoolId is that of another pool",
    );
}
