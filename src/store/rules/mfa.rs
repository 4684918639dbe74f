//! Second factors, and messages.

use super::{Fault, Judgement, Rule, check_date, check_flag, first};
use crate::auth::totp::TotpSecret;
use crate::domain::mfa::Factor;
use crate::store::tx::Row;

pub(super) const SOFTWARE_TOKEN: Rule = Rule {
    table: "software_tokens",
    rows: "SELECT users.row, users.pool, verified, secret FROM software_tokens JOIN users ON users.row = software_tokens.user_row",
    fault: Fault::Alone(|row| {
        let secret: Vec<u8> = row.get("secret")?;
        let short = TotpSecret::from_bytes(&secret).is_none();
        let short = short.then(|| "the secret of the authenticator app is too short".to_owned());
        first([check_flag(row, "verified"), Ok(short)])
    }),
};

pub(super) const PREFERENCES: Rule = Rule {
    table: "mfa_preferences",
    rows: "SELECT users.row, users.pool, sms, mfa_preferences.email AS by_email, software_token, preferred
           FROM mfa_preferences JOIN users ON users.row = mfa_preferences.user_row",
    fault: Fault::Alone(|row| {
        let preferred: Option<String> = row.get("preferred")?;
        let unknown = preferred.filter(|name| Factor::parse(name).is_none());
        first([
            check_flag(row, "sms"),
            check_flag(row, "by_email"),
            check_flag(row, "software_token"),
            Ok(unknown.map(|name| format!("'{name}' is preferred, which is no second factor"))),
        ])
    }),
};

pub(super) const MESSAGE: Rule = Rule {
    table: "outbox",
    rows: "SELECT outbox.id AS row, users.pool, outbox.created_ms, expires_ms, attempts, next_attempt_ms,
               delivered_ms, failed_ms, coalesce(delivered_ms, failed_ms, 0) AS ended_ms
           FROM outbox JOIN users ON users.row = outbox.user_row",
    fault: Fault::Alone(|row| {
        first([
            check_date(row, "created_ms"),
            check_date(row, "expires_ms"),
            check_date(row, "next_attempt_ms"),
            check_date(row, "ended_ms"),
            row.get::<u32>("attempts").map(|_| None),
            check_end(row),
        ])
    }),
};

pub(super) const OUTBOX_SIZE: Rule = Rule {
    table: "outbox_size",
    rows: "SELECT only_row AS row, 0 AS pool, messages, bytes, (SELECT count(*) FROM outbox) AS counted,
               (SELECT coalesce(sum(bytes), 0) FROM outbox) AS counted_bytes
           FROM outbox_size",
    fault: Fault::Alone(|row| {
        let kept: (i64, i64) = (row.get("messages")?, row.get("bytes")?);
        let counted: (i64, i64) = (row.get("counted")?, row.get("counted_bytes")?);
        Ok((kept != counted).then(|| {
            format!(
                "the outbox has {} messages of {} bytes, not {} of {}",
                counted.0, counted.1, kept.0, kept.1
            )
        }))
    }),
};

/// A message that was delivered has not failed, and somebody has tried to send it.
fn check_end(row: Row<'_>) -> Judgement {
    let (attempts, delivered): (i64, Option<i64>) =
        (row.get("attempts")?, row.get("delivered_ms")?);
    let failed: Option<i64> = row.get("failed_ms")?;
    Ok(match (delivered, failed) {
        (Some(_), Some(_)) => Some("the message was delivered, and has failed".to_owned()),
        (Some(_), None) if attempts == 0 => {
            Some("the message was delivered without an attempt".to_owned())
        }
        (_, _) => None,
    })
}
