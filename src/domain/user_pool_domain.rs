//! A domain of a user pool, under which browsers reach the pool's pages and OAuth endpoints. Where no other source is named, the
//! rules are those of the AWS API reference, `CreateUserPoolDomain`.

use sha2::{Digest, Sha256};

use crate::api::{CustomDomainConfigType, DomainDescriptionType, DomainStatusType, Timestamp};
use crate::domain::pool::Pool;
use crate::error::{ApiError, Result};

/// The version of the pages of a domain that names none: the classic hosted UI.
pub(crate) const CLASSIC: i64 = 1;

/// The version of the pages that are called managed login.
pub(crate) const MANAGED_LOGIN: i64 = 2;

/// Words that no prefix may have in it, in the order in which they are looked for.
const RESERVED: [&str; 3] = ["aws", "amazon", "cognito"];

/// What the ARN of a certificate must have as its service and Region: `CloudFront` takes no other.
const CERTIFICATE_OF: [&str; 2] = ["acm", "us-east-1"];

/// A domain of a pool.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct UserPoolDomain {
    /// The prefix, or the whole name of a custom domain.
    pub(crate) name: String,
    pub(crate) kind: DomainKind,
    /// [`CLASSIC`] or [`MANAGED_LOGIN`].
    pub(crate) managed_login_version: i64,
    /// When the domain was created, to the second.
    pub(crate) created: Timestamp,
}

/// The kinds of domains. A pool has at most one of each.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum DomainKind {
    /// A prefix of a domain of AWS.
    Prefix,
    /// A domain of one's own, with its certificate, which is unknown if a seed names the domain alone.
    Custom(CustomDomainConfigType),
}

impl DomainKind {
    /// Whether it is a domain of one's own.
    pub(crate) fn is_custom(&self) -> bool {
        match self {
            Self::Prefix => false,
            Self::Custom(_) => true,
        }
    }

    /// The certificate as answers show it: without members for a prefix.
    pub(crate) fn config(&self) -> CustomDomainConfigType {
        match self {
            Self::Prefix => CustomDomainConfigType::default(),
            Self::Custom(config) => config.clone(),
        }
    }
}

impl UserPoolDomain {
    /// The domain as `DescribeUserPoolDomain` shows it.
    pub(crate) fn into_description(self, pool: &Pool) -> DomainDescriptionType {
        let version = version(self.created);
        DomainDescriptionType {
            aws_account_id: Some(pool.account.to_string()),
            cloud_front_distribution: Some(self.distribution()),
            custom_domain_config: Some(self.kind.config()),
            domain: Some(self.name),
            managed_login_version: Some(self.managed_login_version),
            routing: None,
            s3_bucket: Some(bucket(pool.id.region())),
            status: Some(DomainStatusType::Active),
            user_pool_id: Some(pool.id.clone()),
            version: Some(version),
        }
    }

    /// The name at which `CloudFront` would serve the domain. It follows from the domain's name.
    fn distribution(&self) -> String {
        let hash = Sha256::digest(&self.name);
        let bytes = hash.iter().take(6);
        let number = bytes.fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        format!("d{number:012x}.cloudfront.net")
    }

    /// The same as `CreateUserPoolDomain` and `UpdateUserPoolDomain` tell it: for a domain of one's own alone.
    pub(crate) fn told_distribution(&self) -> Option<String> {
        self.kind.is_custom().then(|| self.distribution())
    }
}

/// The form of the version of a domain: the time at which it was created.
pub(crate) const VERSION: &str = "%Y%m%d%H%M%S";

/// The version of what was created or last changed at this time, as AWS names it.
pub(crate) fn version(time: Timestamp) -> String {
    time.date_time().format(VERSION).to_string()
}

/// The bucket in which AWS keeps the assets of a Region's domains; named after the Region's airport.
fn bucket(region: &str) -> String {
    let place = match region {
        "ap-northeast-1" => "nrt",
        "ap-northeast-2" => "icn",
        "ap-south-1" => "bom",
        "ap-southeast-1" => "sin",
        "ap-southeast-2" => "syd",
        "ca-central-1" => "yul",
        "eu-central-1" => "fra",
        "eu-north-1" => "arn",
        "eu-west-1" => "dub",
        "eu-west-2" => "lhr",
        "eu-west-3" => "cdg",
        "sa-east-1" => "gru",
        "us-east-1" => "iad",
        "us-east-2" => "cmh",
        "us-west-1" => "sfo",
        "us-west-2" => "pdx",
        other => other,
    };
    format!("aws-cognito-prod-{place}-assets")
}

/// Checks the name of a new domain.
///
/// # Errors
/// `InvalidParameterException`.
pub(crate) fn check_name(name: &str, kind: &DomainKind) -> Result<()> {
    match kind {
        DomainKind::Prefix if !is_label(name) => Err(ApiError::invalid_domain_name()),
        DomainKind::Prefix => match RESERVED.iter().find(|word| name.contains(**word)) {
            Some(word) => Err(ApiError::reserved_domain_name(word)),
            None => Ok(()),
        },
        DomainKind::Custom(_) if !name.split('.').all(is_label) => {
            Err(ApiError::invalid_domain_name())
        }
        DomainKind::Custom(_) if name.contains('.') => Ok(()),
        DomainKind::Custom(_) => Err(ApiError::no_parent_domain()),
    }
}

/// Whether the text matches `^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$`, the pattern of a prefix.
fn is_label(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&text.len())
        && text.bytes().all(fits)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// Checks that the certificate of a domain of one's own is one that `CloudFront` can use. `request` is the id of the request.
///
/// # Errors
/// `InvalidParameterException`.
pub(crate) fn check_certificate(kind: &DomainKind, request: impl std::fmt::Display) -> Result<()> {
    let Some(arn) = kind.config().certificate_arn else {
        return Ok(());
    };
    let mut parts = arn.split(':').skip(2);
    let of = [parts.next(), parts.next()];
    if of == CERTIFICATE_OF.map(Some) {
        Ok(())
    } else {
        Err(ApiError::bad_domain_certificate(request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_a_label_and_a_custom_domain_has_several() {
        let custom = DomainKind::Custom(CustomDomainConfigType::default());
        let long = "a".repeat(63);
        for name in ["a", "0", "a-b", "a--b", &long] {
            assert!(check_name(name, &DomainKind::Prefix).is_ok(), "{name}");
            assert!(check_name(name, &custom).is_err(), "{name}");
            assert!(check_name(&format!("{name}.test"), &custom).is_ok());
        }
        for name in [
            "", "-a", "a-", "A", "a b", "a.b-", ".a", "a..b", "a.", "é", "a\n",
        ] {
            assert!(check_name(name, &DomainKind::Prefix).is_err(), "{name}");
            assert!(check_name(name, &custom).is_err(), "{name}");
        }
        for name in ["my-aws", "amazonia", "xcognitox"] {
            assert!(check_name(name, &DomainKind::Prefix).is_err(), "{name}");
        }
        assert!(check_name("auth.cognito.test", &custom).is_ok());
    }
}
