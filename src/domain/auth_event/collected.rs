//! What AWS's libraries collect on a user's device for threat protection, and apps send as `EncodedData`.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

/// The longest time zone that is kept, in bytes. The libraries send offsets such as `-07:00`.
const MAX_TIMEZONE: usize = 32;

/// The facts that an event shows. All of them are as the device says.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Collected {
    pub(crate) user_agent: Option<String>,
    pub(crate) timezone: Option<String>,
}

impl Collected {
    /// Reads `EncodedData`: base64 of JSON, whose member `payload` is the facts as JSON. The signature in it is not checked, since
    /// its key is the id of the app client, which is no secret. What cannot be read says nothing.
    pub(crate) fn read(encoded: &str) -> Self {
        let facts = facts(encoded).unwrap_or_default();
        let text = |name: &str| {
            let text = facts.get(name).and_then(Value::as_str);
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        Self {
            user_agent: text("UserAgent"),
            timezone: text("ClientTimezone").filter(|zone| zone.len() <= MAX_TIMEZONE),
        }
    }
}

fn facts(encoded: &str) -> Option<BTreeMap<String, Value>> {
    #[derive(Deserialize)]
    struct Envelope {
        payload: String,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Payload {
        context_data: BTreeMap<String, Value>,
    }
    let envelope = STANDARD.decode(encoded).ok()?;
    let envelope: Envelope = serde_json::from_slice(&envelope).ok()?;
    let payload: Payload = serde_json::from_str(&envelope.payload).ok()?;
    Some(payload.context_data)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn encoded(facts: &Value) -> String {
        let payload =
            json!({"contextData": facts, "username": "ana", "userPoolId": "p", "timestamp": "1"});
        let envelope =
            json!({"payload": payload.to_string(), "signature": "x", "version": "JS20171115"});
        STANDARD.encode(envelope.to_string())
    }

    #[test]
    fn the_device_says_its_program_and_its_time_zone() {
        let both = json!({"UserAgent": "tulip/1", "ClientTimezone": "-07:00", "DeviceId": "x"});
        let read = Collected::read(&encoded(&both));
        assert_eq!(read.user_agent.as_deref(), Some("tulip/1"));
        assert_eq!(read.timezone.as_deref(), Some("-07:00"));
    }

    #[test]
    fn what_cannot_be_read_says_nothing() {
        let long = json!({"UserAgent": 7, "ClientTimezone": "x".repeat(MAX_TIMEZONE + 1)});
        for data in [
            String::new(),
            "AmazonCognitoAdvancedSecurityData_object".to_owned(),
            STANDARD.encode("{}"),
            STANDARD.encode(r#"{"payload": "{}"}"#),
            encoded(&json!([])),
            encoded(&json!({})),
            encoded(&json!({"UserAgent": "", "ClientTimezone": ""})),
            encoded(&long),
        ] {
            assert_eq!(Collected::read(&data), Collected::default(), "{data}");
        }
    }
}
