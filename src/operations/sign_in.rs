//! The four operations of signing in. Those of an administrator and those of an app differ only in who may call them.

use std::sync::Arc;

use crate::api::{
    AdminInitiateAuthRequest, AdminInitiateAuthResponse, AdminRespondToAuthChallengeRequest,
    AdminRespondToAuthChallengeResponse, AuthFlowType, AuthenticationResultType, ChallengeNameType,
    InitiateAuthRequest, InitiateAuthResponse, RespondToAuthChallengeRequest,
    RespondToAuthChallengeResponse, Sensitive,
};
use crate::context::Cx;
use crate::error::Result;
use crate::operations::table::Table;
use crate::quotas::Category;
use crate::sign_in::{
    self, Caller, Challenge, ClientContext, Outcome, Parameters, TokensAtOnce, UserContext,
};

/// The operations of signing in.
#[rustfmt::skip] // one line an operation
pub(super) fn table(table: Table) -> Table {
    table
        .op(Category::UserAuthentication, initiate_auth)
        .op(Category::UserAuthentication, admin_initiate_auth)
        .op(Category::ChallengeResponse, respond_to_auth_challenge)
        .op(Category::ChallengeResponse, admin_respond_to_auth_challenge)
}

/// Begins a sign-in.
pub(crate) async fn initiate_auth(
    cx: Cx,
    request: InitiateAuthRequest,
) -> Result<InitiateAuthResponse> {
    cx.seen.set_flow(request.auth_flow);
    let told = UserContext::from(request.user_context_data);
    let parameters = Parameters::new(request.auth_parameters);
    let name = parameters.name();
    let client = ClientContext::open_for(&cx, Caller::App, request.client_id, told, name).await?;
    let answer = begin(&client, request.auth_flow, &parameters).await?;
    Ok(answer.into())
}

/// Begins a sign-in for a user, with the administrator's own credentials.
pub(crate) async fn admin_initiate_auth(
    cx: Cx,
    request: AdminInitiateAuthRequest,
) -> Result<AdminInitiateAuthResponse> {
    cx.seen.set_flow(request.auth_flow);
    let told = UserContext::from(request.context_data);
    let caller = Caller::Administrator(request.user_pool_id);
    let parameters = Parameters::new(request.auth_parameters);
    let name = parameters.name();
    let client = ClientContext::open_for(&cx, caller, request.client_id, told, name).await?;
    let answer = begin(&client, request.auth_flow, &parameters).await?;
    Ok(answer.into())
}

async fn begin(
    client: &ClientContext,
    flow: AuthFlowType,
    parameters: &Parameters,
) -> Result<Answer> {
    let outcome = sign_in::begin(client, flow, parameters).await?;
    Answer::of(client, outcome).await
}

/// Answers the challenge of a sign-in.
pub(crate) async fn respond_to_auth_challenge(
    cx: Cx,
    request: RespondToAuthChallengeRequest,
) -> Result<RespondToAuthChallengeResponse> {
    let challenge = request.challenge_name;
    cx.seen.set_challenge(challenge);
    let told = UserContext::from(request.user_context_data);
    let responses = Parameters::new(request.challenge_responses);
    let name = responses.name();
    let client = ClientContext::open_for(&cx, Caller::App, request.client_id, told, name).await?;
    let answer = answer(&client, challenge, &responses, request.session).await?;
    Ok(answer.into())
}

async fn answer(
    client: &ClientContext,
    challenge: ChallengeNameType,
    responses: &Parameters,
    session: Option<Sensitive<String>>,
) -> Result<Answer> {
    let completion = Arc::new(TokensAtOnce);
    let outcome = sign_in::answer(client, challenge, responses, session, &completion).await?;
    Answer::of(client, outcome).await
}

/// Answers the challenge of a user's sign-in, with the administrator's own credentials.
pub(crate) async fn admin_respond_to_auth_challenge(
    cx: Cx,
    request: AdminRespondToAuthChallengeRequest,
) -> Result<AdminRespondToAuthChallengeResponse> {
    let challenge = request.challenge_name;
    cx.seen.set_challenge(challenge);
    let told = UserContext::from(request.context_data);
    let caller = Caller::Administrator(request.user_pool_id);
    let responses = Parameters::new(request.challenge_responses);
    let name = responses.name();
    let client = ClientContext::open_for(&cx, caller, request.client_id, told, name).await?;
    let answer = answer(&client, challenge, &responses, request.session).await?;
    Ok(answer.into())
}

/// What all four operations answer: a challenge, or the tokens.
enum Answer {
    Challenge(Challenge),
    Tokens(AuthenticationResultType),
}

impl Answer {
    /// The answer that an outcome makes; tokens are signed now.
    async fn of(client: &ClientContext, outcome: Outcome) -> Result<Self> {
        let (answer, next) = match outcome {
            Outcome::Challenge(challenge) => {
                let name = challenge.name;
                (Self::Challenge(challenge), Some(name))
            }
            Outcome::Done(grant) => (Self::Tokens(grant.issue(client).await?), None),
        };
        client.cx.seen.set_next(next);
        Ok(answer)
    }
}

macro_rules! answers {
    ($($response:ident)*) => {$(
        impl From<Answer> for $response {
            fn from(answer: Answer) -> Self {
                match answer {
                    Answer::Challenge(challenge) => Self {
                        challenge_name: Some(challenge.name),
                        challenge_parameters: Some(challenge.parameters),
                        session: challenge.session,
                        ..Self::default()
                    },
                    Answer::Tokens(tokens) => Self {
                        authentication_result: Some(tokens),
                        challenge_parameters: Some(Default::default()),
                        ..Self::default()
                    },
                }
            }
        }
    )*};
}
answers! {
    InitiateAuthResponse AdminInitiateAuthResponse RespondToAuthChallengeResponse AdminRespondToAuthChallengeResponse
}
