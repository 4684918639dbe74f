//! Devices and their attributes.

use serde_json::json;

use super::{Fault, Rule, against, first, no_date, no_flag};
use crate::api::schema;
use crate::auth::srp::Verifier;

pub(super) const RECORD: Rule = Rule {
    table: "devices",
    rows: "SELECT devices.row, users.pool, confirmed, remembered, devices.created_ms, devices.modified_ms, authenticated_s
           FROM devices JOIN users ON users.row = devices.user",
    fault: Fault::Alone(|row| {
        let (confirmed, remembered): (i64, i64) = (row.get("confirmed")?, row.get("remembered")?);
        let hidden = (confirmed == 0 && remembered != 0).then(|| {
            "the device is remembered, but was never confirmed".to_owned()
        });
        first([
            no_flag(row, "confirmed"),
            no_flag(row, "remembered"),
            Ok(hidden),
            no_date(row, "created_ms"),
            no_date(row, "modified_ms"),
            no_date(row, "authenticated_s"),
        ])
    }),
};

/// A key has the form of the model, and begins with the pool's Region.
pub(super) const KEY: Rule = Rule {
    table: "devices",
    rows: "SELECT devices.row, users.pool, device_key FROM devices JOIN users ON users.row = devices.user",
    fault: Fault::InPool(|pool, row| {
        let key: String = row.get(2)?;
        let region = key.rsplit_once('_').map_or("", |(region, _)| region);
        let of_another_region = (region != pool.id.region())
            .then(|| format!("the device key '{key}' is not of the pool's Region"));
        Ok(against(&schema::DEVICE_TYPE, json!({"DeviceKey": key})).or(of_another_region))
    }),
};

/// Of an attribute's value, all that can be told is that it can be shown.
pub(super) const ATTRIBUTES: Rule = Rule {
    table: "device_attributes",
    rows:
        "SELECT devices.row, users.pool, a.status, a.name, a.last_ip, a.sdk FROM device_attributes a
           JOIN devices ON devices.row = a.device JOIN users ON users.row = devices.user",
    fault: Fault::Alone(|row| {
        let _shown: [Option<String>; 4] = [row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?];
        Ok(None)
    }),
};

/// What a device proves itself with is a number of the group, if there is any.
pub(super) const SECRET: Rule = Rule {
    table: "device_secrets",
    rows: "SELECT devices.row, users.pool, salt, verifier FROM device_secrets
           JOIN devices ON devices.row = device_secrets.device JOIN users ON users.row = devices.user",
    fault: Fault::Alone(|row| {
        let (salt, verifier): (Option<Vec<u8>>, Option<Vec<u8>>) = (row.get(2)?, row.get(3)?);
        Ok(salt.zip(verifier).and_then(|(salt, verifier)| {
            let verifier = Verifier::from_stored(&salt, &verifier);
            verifier.err().map(|error| error.to_string())
        }))
    }),
};
