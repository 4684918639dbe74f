//! Sessions of users, and how pools and clients configure them.

use serde_json::json;

use super::{Fault, Rule, check_date, check_flag, first, violation};
use crate::api::schema;

pub(super) const TRACKING: Rule = Rule {
    table: "pools",
    rows: "SELECT row, row AS pool, session_tracking, max_sessions FROM pools",
    fault: Fault::Alone(|row| {
        let most: i64 = row.get("max_sessions")?;
        let shape = &schema::USER_POOL_TOKEN_SESSION_CONFIG_TYPE;
        first([
            check_flag(row, "session_tracking"),
            Ok(violation(shape, json!({"MaxPerUser": most}))),
        ])
    }),
};

pub(super) const SSO_SESSION: Rule = Rule {
    table: "app_clients",
    rows: "SELECT row, pool, sso_session_minutes FROM app_clients WHERE sso_session_minutes IS NOT NULL",
    fault: Fault::Alone(|row| {
        let minutes: i64 = row.get("sso_session_minutes")?;
        let shape = &schema::CLIENT_SSO_SESSION_CONFIG_TYPE;
        Ok(violation(shape, json!({"MaxValidityMinutes": minutes})))
    }),
};

pub(super) const RECORD: Rule = Rule {
    table: "user_sessions",
    rows: "SELECT user_sessions.sign_in AS row, users.pool, user_sessions.id, last_ip, device_type, user_sessions.created_ms,
                  last_active_ms, revoked, sign_ins.user_row <> user_sessions.user_row AS is_of_another
           FROM user_sessions JOIN sign_ins ON sign_ins.row = user_sessions.sign_in
           JOIN users ON users.row = user_sessions.user_row",
    fault: Fault::Alone(|row| {
        let (id, ip): (String, Option<String>) = (row.get("id")?, row.get("last_ip")?);
        let device_type: Option<String> = row.get("device_type")?;
        let shown = json!({"SessionId": id, "LastIPAddress": ip, "DeviceType": device_type});
        let (is_revoked, is_of_another): (bool, bool) =
            (row.get("revoked")?, row.get("is_of_another")?);
        let revoked = is_revoked.then(|| "the sign-in is revoked".to_owned());
        let of_another = is_of_another.then(|| "the sign-in is another user's".to_owned());
        first([
            Ok(violation(&schema::SESSION_DESCRIPTION_TYPE, shown)),
            Ok(revoked),
            Ok(of_another),
            check_date(row, "created_ms"),
            check_date(row, "last_active_ms"),
        ])
    }),
};
