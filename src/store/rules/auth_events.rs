//! Events of users.

use super::{Fault, Rule, check_date, first};
use crate::domain::auth_event::MAX_EVENTS_OF_USER;
use crate::store::tables::auth_event;

/// The columns that an event is read from come first.
pub(super) const RECORD: Rule = Rule {
    table: "auth_events",
    rows: "SELECT number, event_id, event_type, response, password, mfa, ip_address, device_name, timezone, feedback, feedback_by,
                  feedback_ms, auth_events.created_ms, coalesce(feedback_ms, 0) AS told_ms, users.row, users.pool
           FROM auth_events JOIN users ON users.row = auth_events.user_row",
    fault: Fault::Alone(|row| {
        let event = auth_event(row)?;
        first([
            Ok(event.id.is_empty().then(|| "event_id is empty".to_owned())),
            check_date(row, "created_ms"),
            check_date(row, "told_ms"),
        ])
    }),
};

pub(super) const NUMBER_OF_USER: Rule = Rule {
    table: "auth_events",
    rows: "SELECT users.row, users.pool, count(*) AS kept FROM auth_events JOIN users ON users.row = auth_events.user_row
           GROUP BY users.row",
    fault: Fault::Alone(|row| {
        let kept: i64 = row.get("kept")?;
        Ok((kept > MAX_EVENTS_OF_USER).then(|| format!("the user has {kept} events")))
    }),
};
