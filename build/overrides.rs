//! All deviations from the API model and from plain naming rules, each with its reason.

/// Requests that hold the settings of a resource: the request, the structure that stores the settings, and the members of the
/// request that are not copied. The generator writes the copy of all other members. A member that a newer model adds is copied
/// too; if the structure does not have it, the build stops.
/// - A pool's name and schema are kept under other names; `UserPoolId` and `ClientId` name what is updated.
/// - A new client's name is required, and may hold the client's id; the other two ask for a secret, and where to publish it.
pub(crate) const SETTINGS: [(&str, &str, &[&str]); 4] = [
    (
        "CreateUserPoolRequest",
        "UserPoolType",
        &["PoolName", "Schema"],
    ),
    (
        "UpdateUserPoolRequest",
        "UserPoolType",
        &["PoolName", "UserPoolId"],
    ),
    (
        "CreateUserPoolClientRequest",
        "UserPoolClientType",
        &[
            "ClientName",
            "GenerateSecret",
            "PublishSecretsInAWSSecretsManager",
            "UserPoolId",
        ],
    ),
    (
        "UpdateUserPoolClientRequest",
        "UserPoolClientType",
        &[
            "ClientId",
            "PublishSecretsInAWSSecretsManager",
            "UserPoolId",
        ],
    ),
];

/// String shapes that have a type of their own in `crate::ids`: an id never travels as a bare string.
/// `Username` and `ClientId` are sensitive in the model; the types redact themselves, so they are not wrapped.
pub(crate) const ID_TYPES: [(&str, &str); 7] = [
    ("UserPoolIdType", "UserPoolId"),
    ("ClientIdType", "ClientId"),
    ("UsernameType", "Username"),
    ("DeviceKeyType", "DeviceKey"),
    ("GroupNameType", "GroupName"),
    ("UserImportJobIdType", "ImportJobId"),
    ("SessionIdType", "UserSessionId"),
];

/// Members (name, shape) with another type than their shape has. Only the Rust type changes: the constraints stay the shape's.
/// - Two operations on linked providers type their `UserPoolId` as a plain string, without a constraint. It names a pool
///   nevertheless and must pass the same access checks.
/// - The operations on tags name their pool by its ARN.
pub(crate) const MEMBER_TYPES: [(&str, &str, &str); 2] = [
    ("UserPoolId", "StringType", "UserPoolId"),
    ("ResourceArn", "ArnType", "ResourceArn"),
];

/// Required members of structures that are in requests and in answers, of which the answers leave the member out. Requests must
/// have it nevertheless.
/// - `DescribeUserPoolDomain` shows an empty `CustomDomainConfig` of a prefix (sample of the AWS CLI).
pub(crate) const ABSENT_IN_ANSWERS: [(&str, &str); 1] =
    [("CustomDomainConfigType", "CertificateArn")];

/// Enumerations whose values violations list in another order than the model, with that order (an answer of the service, recorded in
/// 2026).
pub(crate) const VALUES_IN_VIOLATIONS: [(&str, &[&str]); 1] = [(
    "IdentityProviderTypeType",
    &[
        "Facebook",
        "SAML",
        "SignInWithApple",
        "LoginWithAmazon",
        "OIDC",
        "Google",
    ],
)];

/// Shapes marked sensitive whose value the service repeats in violations nevertheless. Public answers of the service read `Value
/// '' at 'clientId' failed ..` since 2023.
pub(crate) const ECHOED: [&str; 1] = ["ClientIdType"];

/// Patterns that the `regex` crate cannot express, with an equivalent. A look-behind forbids the final
/// period of a bucket name; the same is said by naming what the last character may be.
pub(crate) const PATTERNS: [(&str, &str); 1] = [(
    r"^[0-9A-Za-z\.\-_]*(?<!\.)$",
    r"(?:[0-9A-Za-z.\-_]*[0-9A-Za-z\-_])?",
)];

/// Shapes whose pattern in the model is not the one that the service checks, with the service's: violations repeat
/// it. Passwords may have white space inside (public answers of the service since 2022).
pub(crate) const SERVICE_PATTERNS: [(&str, &str); 1] = [("PasswordType", r"^[\S]+.*[\S]+$")];

/// Shapes that accept more here than their pattern in the model, with the wider pattern. Violations repeat the model's pattern.
/// - The name of a new client may begin with the mark by which users of other stand-ins fix its id; the operation
///   takes it off.
/// - A custom domain is a whole host name (`auth.example.com`, AWS API reference, `CreateUserPoolDomain`), and a name that is no
///   domain's is refused with a sentence of its own (public reports of 2023 and 2025), not as a violation of the pattern.
pub(crate) const WIDER_PATTERNS: [(&str, &str); 2] = [
    ("ClientNameType", r"(?:_custom_id_:)?[\w\s+=,.@-]+"),
    ("DomainType", "(?s).*"),
];

/// Errors that every operation may answer with and that the model leaves out, with their HTTP status.
/// The AWS API reference lists them as common to all operations ("Common Error Types").
pub(crate) const COMMON_ERRORS: [(&str, u16); 12] = [
    // The target header names no operation of the service.
    ("UnknownOperationException", 400),
    // The body is not a JSON object of the operation's shape.
    ("SerializationException", 400),
    // The five ways in which a Signature Version 4 check fails.
    ("UnrecognizedClientException", 400),
    ("InvalidSignatureException", 400),
    ("IncompleteSignatureException", 400),
    ("MissingAuthenticationTokenException", 400),
    ("ExpiredTokenException", 400),
    // A quota, for an operation that declares no error of its own for it.
    ("ThrottlingException", 400),
    // The request breaks the rules of HTTP itself, for instance with an invalid host.
    ("MalformedHttpRequestException", 400),
    // The body is larger than any that the service reads.
    ("RequestEntityTooLargeException", 413),
    // The body did not arrive in time.
    ("RequestTimeoutException", 408),
    // Not AWS's own: the answer of an operation without a handler.
    ("NotImplementedException", 501),
];

/// Errors of the model that every signed operation may answer with, declared by it or not: IAM refuses
/// before the operation runs.
pub(crate) const COMMON_IN_MODEL: [&str; 1] = ["AccessDeniedException"];

/// HTTP status of a modelled exception that carries `fault`, and of one that does not. The model has
/// no status codes; the API reference gives 400 for all but the two server faults.
pub(crate) const FAULT_STATUS: u16 = 500;
pub(crate) const CLIENT_STATUS: u16 = 400;

/// Words that the rule for `snake_case` would tear apart (`callback_ur_ls`, `o_auth_flows`).
pub(crate) const WORDS: [(&str, &str); 2] = [("URLs", "Urls"), ("OAuth", "Oauth")];

/// Field names that are Rust keywords.
pub(crate) const KEYWORDS: [(&str, &str); 1] = [("type", "r#type")];
