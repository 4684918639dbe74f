//! Devices and their attributes.

use serde_json::json;

use super::{Fault, Rule, check_date, check_flag, first, violation};
use crate::api::schema;
use crate::auth::srp::Verifier;

pub(super) const RECORD: Rule = Rule {
    table: "device_attributes",
    rows: "SELECT device_key AS row, pool, confirmed, remembered, created_ms, modified_ms, authenticated_s,
                  status, name, last_ip, sdk
           FROM device_attributes",
    fault: Fault::Alone(|row| {
        let (confirmed, remembered): (i64, i64) = (row.get("confirmed")?, row.get("remembered")?);
        let hidden = (confirmed == 0 && remembered != 0)
            .then(|| "the device is remembered, but was never confirmed".to_owned());
        // The other attributes can only be checked for being readable.
        for attribute in ["status", "name", "last_ip", "sdk"] {
            let _shown: Option<String> = row.get(attribute)?;
        }
        first([
            check_flag(row, "confirmed"),
            check_flag(row, "remembered"),
            Ok(hidden),
            check_date(row, "created_ms"),
            check_date(row, "modified_ms"),
            check_date(row, "authenticated_s"),
        ])
    }),
};

/// A key has the form of the model, and begins with the pool's Region.
pub(super) const KEY: Rule = Rule {
    table: "devices",
    rows: "SELECT device_key AS row, pool FROM devices",
    fault: Fault::InPool(|pool, row| {
        let key: String = row.get("row")?;
        let region = key.rsplit_once('_').map_or("", |(region, _)| region);
        let of_another_region = (region != pool.id.region())
            .then(|| format!("the device key '{key}' is not of the pool's Region"));
        Ok(violation(&schema::DEVICE_TYPE, json!({"DeviceKey": key})).or(of_another_region))
    }),
};

/// A device is told of, and what it proves itself with is a number of the group, if there is any.
pub(super) const REGISTERED: Rule = Rule {
    table: "devices",
    rows: "SELECT device_key AS row, pool, salt, verifier, confirmed IS NOT NULL AS is_told
           FROM devices LEFT JOIN device_attributes USING (pool, username_key, device_key)",
    fault: Fault::Alone(|row| {
        if !row.get::<bool>("is_told")? {
            return Ok(Some("the device has no attributes".to_owned()));
        }
        let (salt, verifier): (Option<Vec<u8>>, Option<Vec<u8>>) =
            (row.get("salt")?, row.get("verifier")?);
        Ok(salt.zip(verifier).and_then(|(salt, verifier)| {
            let verifier = Verifier::from_stored(&salt, &verifier);
            verifier.err().map(|error| error.to_string())
        }))
    }),
};
