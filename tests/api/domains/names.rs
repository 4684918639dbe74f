//! Which names, certificates and versions a domain can have.

use serde_json::json;

use super::{CERTIFICATE, call, invalid};
use crate::world::App;

#[test]
fn a_name_that_no_domain_can_have_is_refused_in_words_of_its_own() {
    let app = App::with_devices();
    let config = json!({"CertificateArn": CERTIFICATE});
    let invalid_character = "The domain name contains an invalid character. Domain names can only contain lower-case letters, \
                             numbers, and hyphens. Please enter a different name that follows this format: \
                             ^[a-z0-9](?:[a-z0-9\\-]{0,61}[a-z0-9])?$";
    for name in [
        "Shop",
        "shop.example.com",
        "-shop",
        "shop-",
        "my shop",
        "läden",
        "a\n",
    ] {
        let input = json!({"Domain": name});
        invalid(&app, "CreateUserPoolDomain", input, invalid_character);
    }
    for name in [
        "auth.Example.com",
        "auth..com",
        ".com",
        "auth.-a.com",
        "a b.com",
    ] {
        let input = json!({"Domain": name, "CustomDomainConfig": config});
        invalid(&app, "CreateUserPoolDomain", input, invalid_character);
    }
    for (name, word) in [
        ("myaws", "aws"),
        ("amazon", "amazon"),
        ("my-cognito-shop", "cognito"),
        ("cognito-on-aws", "aws"),
    ] {
        let message = format!("Domain cannot contain reserved word: {word}");
        invalid(
            &app,
            "CreateUserPoolDomain",
            json!({"Domain": name}),
            &message,
        );
    }
    let alone = json!({"Domain": "example", "CustomDomainConfig": config});
    let message = "Custom domain is not a valid subdomain: Was not able to resolve the root domain, please ensure an A record \
                   exists for the root domain.";
    invalid(&app, "CreateUserPoolDomain", alone, message);
    // The length is a constraint of the model.
    let long = json!({"Domain": "a".repeat(64)});
    let (_, message) = call(&app, "CreateUserPoolDomain", long).refusal();
    assert!(
        message.ends_with("Member must have length less than or equal to 63"),
        "{message}"
    );
}

#[test]
fn a_certificate_is_one_of_certificate_manager_in_the_region_of_cloudfront() {
    let app = App::with_devices();
    for arn in [
        CERTIFICATE.replace("us-east-1", "eu-west-1"),
        CERTIFICATE.replace("acm", "iam"),
    ] {
        let input =
            json!({"Domain": "auth.example.com", "CustomDomainConfig": {"CertificateArn": arn}});
        let (code, message) = call(&app, "CreateUserPoolDomain", input).refusal();
        assert_eq!(code, "InvalidParameterException");
        let begins = "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a \
                      valid certificate chain. (Service: AmazonCloudFront; Status Code: 400; Error Code: \
                      InvalidViewerCertificate; Request ID: ";
        assert!(
            message.starts_with(begins) && message.ends_with("; Proxy: null)"),
            "{message}"
        );
    }
}

#[test]
fn versions_and_routing_that_there_are_not_are_refused() {
    let app = App::with_devices();
    for version in [0, 3, -1] {
        let input = json!({"Domain": "shop", "ManagedLoginVersion": version});
        let message = "ManagedLoginVersion must be 1 or 2.";
        invalid(&app, "CreateUserPoolDomain", input, message);
    }
    let routing = json!({"Failover": {"SecondaryRegion": "eu-west-1", "PrimaryRoute53HealthCheckId": "check"}});
    let message =
        "Routing can only be configured for a custom domain of a user pool with a replica.";
    let input = json!({"Domain": "shop", "Routing": routing});
    invalid(&app, "CreateUserPoolDomain", input.clone(), message);
    call(&app, "CreateUserPoolDomain", json!({"Domain": "shop"})).ok();
    invalid(&app, "UpdateUserPoolDomain", input, message);
}
