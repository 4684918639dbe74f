//! Cognito's request quotas: `TooManyRequestsException`, and when the next request passes.

mod accounts;
mod users;
