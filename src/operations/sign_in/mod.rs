//! Signing in. The steps and their order are those of [`crate::domain::sign_in`]; an administrator's operations and those of
//! an app are the same but for who may call them.

mod app;
pub(crate) mod change_password;
mod devices;
pub(crate) mod lockout;
mod new_password;
mod parameters;
mod passwords;
mod progress;
mod second_factors;
pub(crate) mod software_tokens;
pub(crate) mod tokens;

use crate::api::{
    AdminInitiateAuthRequest, AdminInitiateAuthResponse, AdminRespondToAuthChallengeRequest,
    AdminRespondToAuthChallengeResponse, AuthFlowType, ChallengeNameType, InitiateAuthRequest,
    InitiateAuthResponse, RespondToAuthChallengeRequest, RespondToAuthChallengeResponse, Sensitive,
};
use crate::context::Cx;
use crate::domain::client::Flow;
use crate::error::{ApiError, Result};
use app::{App, Caller};
use parameters::Parameters;
use progress::Answer;

/// Begins a sign-in.
pub(crate) async fn initiate_auth(
    cx: Cx,
    request: InitiateAuthRequest,
) -> Result<InitiateAuthResponse> {
    cx.seen.set_flow(request.auth_flow);
    let context = request.user_context_data.map(Sensitive::into_inner);
    let ip = context.and_then(|context| context.ip_address);
    let app = App::open(&cx, Caller::App, request.client_id, ip).await?;
    let parameters = Parameters::new(request.auth_parameters);
    initiate(&cx, app, request.auth_flow, parameters)
        .await
        .inspect(|answer| cx.seen.set_next(answer.next()))
        .map(InitiateAuthResponse::from)
}

/// Begins a sign-in for a user, with the administrator's own credentials.
pub(crate) async fn admin_initiate_auth(
    cx: Cx,
    request: AdminInitiateAuthRequest,
) -> Result<AdminInitiateAuthResponse> {
    cx.seen.set_flow(request.auth_flow);
    let ip = request.context_data.map(|context| context.ip_address);
    let caller = Caller::Administrator(request.user_pool_id);
    let app = App::open(&cx, caller, request.client_id, ip).await?;
    let parameters = Parameters::new(request.auth_parameters);
    initiate(&cx, app, request.auth_flow, parameters)
        .await
        .inspect(|answer| cx.seen.set_next(answer.next()))
        .map(AdminInitiateAuthResponse::from)
}

async fn initiate(cx: &Cx, app: App, flow: AuthFlowType, parameters: Parameters) -> Result<Answer> {
    let refused = |why: &'static str| Err(ApiError::invalid_parameter(why));
    let admin = app.by_administrator;
    let not_enabled = |words: &'static str| {
        refused(if admin {
            "Auth flow not enabled for this client"
        } else {
            words
        })
    };
    match flow {
        AuthFlowType::UserSrpAuth => {
            if !app.client.allows(Flow::UserSrp) {
                return not_enabled("USER_SRP_AUTH is not enabled for the client.");
            }
            passwords::begin_srp(cx, app, &parameters).await
        }
        AuthFlowType::UserPasswordAuth if !admin => {
            if !app.client.allows(Flow::UserPassword) {
                return not_enabled("USER_PASSWORD_AUTH flow not enabled for this client");
            }
            passwords::by_password(cx, app, &parameters).await
        }
        AuthFlowType::AdminUserPasswordAuth | AuthFlowType::AdminNoSrpAuth if admin => {
            if !app.client.allows(Flow::AdminUserPassword) {
                return not_enabled("");
            }
            passwords::by_password(cx, app, &parameters).await
        }
        AuthFlowType::UserPasswordAuth
        | AuthFlowType::AdminUserPasswordAuth
        | AuthFlowType::AdminNoSrpAuth => refused("Initiate Auth method not supported."),
        AuthFlowType::RefreshTokenAuth | AuthFlowType::RefreshToken => {
            if !app.client.allows(Flow::RefreshToken) {
                return not_enabled("REFRESH_TOKEN_AUTH is not enabled for the client.");
            }
            tokens::by_refresh_token(cx, app, &parameters).await
        }
        AuthFlowType::CustomAuth if !app.client.allows(Flow::Custom) => {
            not_enabled("CUSTOM_AUTH is not enabled for the client.")
        }
        AuthFlowType::CustomAuth => {
            refused("Custom auth lambda trigger is not configured for the user pool.")
        }
        AuthFlowType::UserAuth if !app.client.allows(Flow::User) => {
            not_enabled("USER_AUTH is not enabled for the client.")
        }
        AuthFlowType::UserAuth => Err(ApiError::not_served("the flow USER_AUTH")),
    }
}

/// Answers the challenge of a sign-in.
pub(crate) async fn respond_to_auth_challenge(
    cx: Cx,
    request: RespondToAuthChallengeRequest,
) -> Result<RespondToAuthChallengeResponse> {
    cx.seen.set_challenge(request.challenge_name);
    let context = request.user_context_data.map(Sensitive::into_inner);
    let ip = context.and_then(|context| context.ip_address);
    let app = App::open(&cx, Caller::App, request.client_id, ip).await?;
    let responses = Parameters::new(request.challenge_responses);
    respond(&cx, app, request.challenge_name, responses, request.session)
        .await
        .inspect(|answer| cx.seen.set_next(answer.next()))
        .map(RespondToAuthChallengeResponse::from)
}

/// Answers the challenge of a user's sign-in, with the administrator's own credentials.
pub(crate) async fn admin_respond_to_auth_challenge(
    cx: Cx,
    request: AdminRespondToAuthChallengeRequest,
) -> Result<AdminRespondToAuthChallengeResponse> {
    cx.seen.set_challenge(request.challenge_name);
    let ip = request.context_data.map(|context| context.ip_address);
    let caller = Caller::Administrator(request.user_pool_id);
    let app = App::open(&cx, caller, request.client_id, ip).await?;
    let responses = Parameters::new(request.challenge_responses);
    respond(&cx, app, request.challenge_name, responses, request.session)
        .await
        .inspect(|answer| cx.seen.set_next(answer.next()))
        .map(AdminRespondToAuthChallengeResponse::from)
}

async fn respond(
    cx: &Cx,
    app: App,
    challenge: ChallengeNameType,
    responses: Parameters,
    session: Option<Sensitive<String>>,
) -> Result<Answer> {
    match challenge {
        ChallengeNameType::PasswordVerifier => passwords::verify(cx, app, &responses).await,
        ChallengeNameType::NewPasswordRequired => {
            new_password::set(cx, app, &responses, session).await
        }
        ChallengeNameType::DeviceSrpAuth => devices::begin_srp(cx, app, &responses, session).await,
        ChallengeNameType::DevicePasswordVerifier => devices::verify(cx, app, &responses).await,
        ChallengeNameType::SmsMfa
        | ChallengeNameType::EmailOtp
        | ChallengeNameType::SoftwareTokenMfa
        | ChallengeNameType::SelectMfaType
        | ChallengeNameType::MfaSetup => {
            second_factors::answer(cx, app, challenge, &responses, session).await
        }
        // No sign-in ever comes to one of these: no session is for them, but one must be given.
        ChallengeNameType::CustomChallenge
        | ChallengeNameType::SelectChallenge
        | ChallengeNameType::AdminNoSrpAuth
        | ChallengeNameType::SmsOtp
        | ChallengeNameType::Password
        | ChallengeNameType::WebAuthn
        | ChallengeNameType::PasswordSrp => {
            app.name_in(&responses)?;
            app.open_session(cx, session.as_ref())?;
            Err(ApiError::invalid_session().because("no sign-in asks for this challenge"))
        }
    }
}
