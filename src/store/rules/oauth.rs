//! What OAuth 2.0 keeps between the browser and the tokens.

use super::{Fault, Rule, check_date, check_length, first};

/// A code belongs to a sign-in that was granted scopes.
pub(super) const AUTHORIZATION_CODE: Rule = Rule {
    table: "authorization_codes",
    rows: "SELECT sign_ins.row, users.pool, hash, challenge, sign_ins.scopes, authorization_codes.expires_ms
           FROM authorization_codes JOIN sign_ins ON sign_ins.row = authorization_codes.sign_in
           JOIN users ON users.row = sign_ins.user_row",
    fault: Fault::Alone(|row| {
        let scopes: Option<String> = row.get("scopes")?;
        let of_api = scopes.is_none().then(|| "the sign-in was made through the API".to_owned());
        first([
            Ok(of_api),
            check_length::<32>(row, "hash"),
            check_date(row, "expires_ms"),
        ])
    }),
};

pub(super) const BROWSER_SESSION: Rule = Rule {
    table: "browser_sessions",
    rows: "SELECT users.row, users.pool, hash, auth_time_s, expires_ms FROM browser_sessions
           JOIN users ON users.row = browser_sessions.user_row",
    fault: Fault::Alone(|row| {
        first([
            check_length::<32>(row, "hash"),
            check_date(row, "auth_time_s"),
            check_date(row, "expires_ms"),
        ])
    }),
};
