//! Codes that were sent.

use super::{Fault, Rule, check_count, check_date, check_flag, check_length, first};
use crate::auth::one_time_code::HASH;
use crate::domain::contact::Contact;

pub(super) const CODE: Rule = Rule {
    table: "codes",
    rows: "SELECT row_number() OVER (ORDER BY subject) AS row, coalesce(users.pool, 0) AS pool, subject, hash, contact, pending,
               expires_ms
           FROM codes LEFT JOIN users ON users.row = codes.user_row",
    fault: Fault::Alone(|row| {
        let contact: String = row.get("contact")?;
        let unknown = Contact::parse(&contact).is_none();
        first([
            check_length::<32>(row, "subject"),
            check_length::<HASH>(row, "hash"),
            Ok(unknown.then(|| format!("it was sent to '{contact}', which takes no codes"))),
            check_flag(row, "pending"),
            check_date(row, "expires_ms"),
        ])
    }),
};

pub(super) const ATTEMPTS: Rule = Rule {
    table: "code_attempts",
    rows: "SELECT row_number() OVER (ORDER BY subject) AS row, 0 AS pool, subject, count, expires_ms FROM code_attempts",
    fault: Fault::Alone(|row| {
        first([
            check_length::<32>(row, "subject"),
            check_count(row, "count"),
            check_date(row, "expires_ms"),
        ])
    }),
};
