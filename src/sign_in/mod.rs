//! Signing in: the way from a password, a code or a token to the next challenge or to new tokens. Operations of the API and the
//! OAuth endpoints use it; it knows neither.
//!
//! The steps and their order are those of [`crate::domain::sign_in`]. An answer goes through these files:
//!
//! ```text
//! begin, answer ──> challenges/*  judges the answer: a verdict
//!                       │
//!                       v
//!                   dispatch      decides in a read, prepares, commits in a write
//!                       │
//!                       v
//!                   Outcome       a challenge, or what the completion makes of the grant: tokens, or a code for an app
//! ```

mod attempt;
mod by_provider;
mod challenges;
mod client;
mod dispatch;
mod events;
mod grant;
pub(crate) mod lockout;
mod mfa;
mod parameters;
pub(crate) mod refresh;
pub(crate) mod revocation;
mod session;
mod srp;
mod subject;
mod user_context;
mod user_session;
mod verdict;
mod verifiers;

use std::sync::Arc;

use crate::api::{AuthFlowType, ChallengeNameType, Sensitive};
use crate::domain::client::Flow;
use crate::error::{ApiError, Result};
use challenges::{judge, password, password_srp};
use dispatch::carry_out;

pub(crate) use attempt::check_may_sign_in;
pub(crate) use by_provider::by_provider;
pub(crate) use challenges::{
    SettingUp, associate as associate_software_token, verify as verify_software_token,
};
pub(crate) use client::{Caller, ClientContext};
pub(crate) use dispatch::{Challenge, Outcome};
pub(crate) use grant::{Completion, Grant, TokensAtOnce, begin_refreshing};
pub(crate) use mfa::{held as held_factors, is_asked_for as is_mfa_asked_for};
pub(crate) use parameters::Parameters;
pub(crate) use user_context::UserContext;
pub(crate) use verifiers::{check_same_history, verifier_for, verifier_for_new};

/// Begins a sign-in by this flow.
///
/// # Errors
/// `InvalidParameterException` of a flow that the client or the caller cannot use; those of the flow.
pub(crate) async fn begin(
    client: &ClientContext,
    flow: AuthFlowType,
    given: &Parameters,
) -> Result<Outcome> {
    check_enabled(client, flow)?;
    let verdict = match flow {
        AuthFlowType::UserSrpAuth => password_srp::begin(client, given).await?,
        AuthFlowType::UserPasswordAuth
        | AuthFlowType::AdminUserPasswordAuth
        | AuthFlowType::AdminNoSrpAuth => password::judge(client, given).await?,
        AuthFlowType::RefreshTokenAuth | AuthFlowType::RefreshToken => {
            let grant = refresh::by_parameters(client, given).await?;
            return Ok(Outcome::Done(Box::new(grant)));
        }
        AuthFlowType::CustomAuth => {
            return Err(ApiError::invalid_parameter(
                "Custom auth lambda trigger is not configured for the user pool.",
            ));
        }
        AuthFlowType::UserAuth => return Err(ApiError::not_served("the flow USER_AUTH")),
    };
    carry_out(client, verdict, &Arc::new(TokensAtOnce)).await
}

/// Begins a sign-in on the pages of this server, by the password. The flows of a client are those of the API: they say nothing about
/// the pages, where users of a client that names identity providers only do not sign in at all.
///
/// # Errors
/// `NotAuthorizedException` where users do not sign in at all; those of the flow and of the completion.
pub(crate) async fn begin_in_browser<C: Completion>(
    client: &ClientContext,
    given: &Parameters,
    completion: &Arc<C>,
) -> Result<Outcome<C::Done>> {
    client.check_local()?;
    let verdict = password::judge(client, given).await?;
    carry_out(client, verdict, completion).await
}

/// Refuses a flow that the client has not enabled, and one that is for administrators or for apps only.
fn check_enabled(client: &ClientContext, flow: AuthFlowType) -> Result<()> {
    let admin = client.by_administrator;
    let (flow, refusal) = match flow {
        AuthFlowType::UserSrpAuth => (
            Flow::UserSrp,
            "USER_SRP_AUTH is not enabled for the client.",
        ),
        AuthFlowType::UserPasswordAuth if !admin => (
            Flow::UserPassword,
            "USER_PASSWORD_AUTH flow not enabled for this client",
        ),
        AuthFlowType::AdminUserPasswordAuth | AuthFlowType::AdminNoSrpAuth if admin => {
            (Flow::AdminUserPassword, "")
        }
        AuthFlowType::UserPasswordAuth
        | AuthFlowType::AdminUserPasswordAuth
        | AuthFlowType::AdminNoSrpAuth => {
            return Err(ApiError::invalid_parameter(
                "Initiate Auth method not supported.",
            ));
        }
        AuthFlowType::RefreshTokenAuth | AuthFlowType::RefreshToken => (
            Flow::RefreshToken,
            "REFRESH_TOKEN_AUTH is not enabled for the client.",
        ),
        AuthFlowType::CustomAuth => (Flow::Custom, "CUSTOM_AUTH is not enabled for the client."),
        AuthFlowType::UserAuth => (Flow::User, "USER_AUTH is not enabled for the client."),
    };
    if client.app.allows(flow) {
        return Ok(());
    }
    Err(ApiError::invalid_parameter(if admin {
        "Auth flow not enabled for this client"
    } else {
        refusal
    }))
}

/// Answers the challenge of a sign-in.
///
/// # Errors
/// Those of the challenge and of the completion.
pub(crate) async fn answer<C: Completion>(
    client: &ClientContext,
    challenge: ChallengeNameType,
    responses: &Parameters,
    session: Option<Sensitive<String>>,
    completion: &Arc<C>,
) -> Result<Outcome<C::Done>> {
    let verdict = judge(client, challenge, responses, session).await?;
    carry_out(client, verdict, completion).await
}
