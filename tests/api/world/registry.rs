//! The registry that most tests start from.

/// Device keys of [`registry`].
pub(crate) mod device {
    pub(crate) const REMEMBERED: &str = "us-east-1_aaaaaaaa-0000-4000-8000-000000000001";
    pub(crate) const NOT_REMEMBERED: &str = "us-east-1_aaaaaaaa-0000-4000-8000-000000000002";
    pub(crate) const UNCONFIRMED: &str = "us-east-1_aaaaaaaa-0000-4000-8000-000000000003";
    pub(crate) const OF_MARY: &str = "us-east-1_bbbbbbbb-0000-4000-8000-000000000001";
    pub(crate) const UNKNOWN: &str = "us-east-1_cccccccc-0000-4000-8000-000000000009";
}

use serde_json::{Value, json};

/// The registry that most tests start from.
pub(crate) const POOL: &str = "us-east-1_Test00001";

/// A pool of the same registry that tracks no devices.
pub(crate) const UNTRACKED_POOL: &str = "us-east-1_Test00002";

/// A pool of the same registry that belongs to another account.
pub(crate) const FOREIGN_POOL: &str = "us-east-1_Test00003";

/// The standing clock of every test: 22 November 2026, 14:23:00.500 UTC.
pub(crate) const NOW_MS: i64 = 1_795_357_380_500;
/// The same, as answers write it.
pub(crate) const NOW: f64 = 1_795_357_380.5;
/// A pool that is not there.
pub(crate) const UNKNOWN_POOL: &str = "us-east-1_Nowhere01";

/// Ana's sub, in tests that say it.
pub(crate) const ANA_SUB: &str = "34c84488-e0e1-40ae-92ee-991ad1a898c8";

/// Diego's sub in [`registry`].
pub(crate) const SUB: &str = "34c84488-e0e1-70ae-d2ee-991ad1a898c8";

/// The input of an operation about a device.
pub(crate) fn device_of(pool: &str, username: &str, key: &str) -> Value {
    json!({"UserPoolId": pool, "Username": username, "DeviceKey": key})
}

/// The input of an operation about Diego's remembered device.
pub(crate) fn remembered() -> Value {
    device_of(POOL, "diego", device::REMEMBERED)
}

/// Two users in a pool that tracks devices, and a pool that does not.
pub(crate) fn registry() -> Value {
    let user = |name: &str, devices: Value| json!({"Username": name, "Devices": devices});
    json!({"UserPools": [
        {
            "UserPool": {
                "Id": POOL,
                "Name": "tracked",
                "AliasAttributes": ["email", "phone_number", "preferred_username"],
                "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": true},
            },
            "Users": [
                {
                    "Username": "diego",
                    "UserAttributes": [
                        {"Name": "sub", "Value": SUB},
                        {"Name": "email", "Value": "diego@example.com"},
                        {"Name": "email_verified", "Value": "true"},
                        {"Name": "phone_number", "Value": "+12065550100"},
                        {"Name": "phone_number_verified", "Value": "true"},
                        {"Name": "preferred_username", "Value": "d.ramirez"},
                    ],
                    "Devices": [
                        {
                            "DeviceKey": device::REMEMBERED,
                            "DeviceAttributes": [
                                {"Name": "device_status", "Value": "valid"},
                                {"Name": "device_name", "Value": "Diego's phone"},
                                {"Name": "last_ip_used", "Value": "192.0.2.1"},
                                {"Name": "dev:device_remembered_status", "Value": "remembered"},
                                {"Name": "dev:device_sdk", "Value": "aws-sdk-unknown-unknown"},
                            ],
                            "DeviceCreateDate": 1_715_100_742.022,
                            "DeviceLastModifiedDate": 1_723_233_651.167,
                            "DeviceLastAuthenticatedDate": 1_715_100_742,
                        },
                        {
                            "DeviceKey": device::NOT_REMEMBERED,
                            "DeviceAttributes": [
                                {"Name": "last_ip_used", "Value": "2001:db8::17"},
                                {"Name": "dev:device_remembered_status", "Value": "not_remembered"},
                            ],
                            "DeviceCreateDate": 1_719_830_400.5,
                            "DeviceLastModifiedDate": 1_719_830_401.25,
                            "DeviceLastAuthenticatedDate": 1_719_830_400.9,
                        },
                        {"DeviceKey": device::UNCONFIRMED, "Confirmed": false},
                    ],
                },
                {
                    "Username": "mary",
                    "Enabled": false,
                    "UserAttributes": [{"Name": "email", "Value": "mary@example.com"}],
                    "Devices": [{"DeviceKey": device::OF_MARY}],
                },
            ],
        },
        {
            "UserPool": {"Id": UNTRACKED_POOL, "Name": "untracked"},
            "Users": [user("diego", json!([{"DeviceKey": device::REMEMBERED}]))],
        },
        {
            "Account": "111111111111",
            "UserPool": {"Id": FOREIGN_POOL, "Name": "foreign", "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": false}},
            "Users": [user("diego", json!([{"DeviceKey": device::REMEMBERED}]))],
        },
    ]})
}
