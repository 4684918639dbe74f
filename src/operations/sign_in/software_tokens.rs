//! Authenticator apps: set up by a user who has signed in, or in the middle of a sign-in that asks for a second factor.

use crate::api::{
    AdminDeleteSoftwareTokenRequest, AdminDeleteSoftwareTokenResponse,
    AssociateSoftwareTokenRequest, AssociateSoftwareTokenResponse, ErrorCode, Sensitive,
    VerifySoftwareTokenRequest, VerifySoftwareTokenResponse, VerifySoftwareTokenResponseType,
};
use crate::auth::totp::TotpSecret;
use crate::domain::second_factor::Factor;
use crate::domain::sign_in::{Session, Step};
use crate::domain::user::User;
use crate::error::{ApiError, Result};
use crate::operations::bearer::Bearer;
use crate::operations::context::Cx;
use crate::operations::sign_in::app::App;
use crate::operations::users;
use crate::store::WriteTx;

/// Who sets up an authenticator app.
enum Caller {
    /// A user who has signed in.
    SignedIn(Bearer),
    /// A user who signs in, and is asked to set up a second factor.
    SigningIn(Box<App>, Session),
}

impl Caller {
    /// # Errors
    /// `InvalidParameterException` when neither is given, or both are; `NotAuthorizedException` when it does not count.
    async fn of(
        cx: &Cx,
        access_token: Option<Sensitive<String>>,
        session: Option<Sensitive<String>>,
    ) -> Result<Self> {
        match (access_token, session) {
            (Some(token), None) => Ok(Self::SignedIn(cx.bearer(&token)?)),
            (None, Some(session)) => {
                let app = App::of_session(cx, &session).await?;
                let session = app.open_session(cx, Some(&session))?;
                if !matches!(session.step, Step::MfaSetup { .. }) {
                    return Err(ApiError::invalid_session()
                        .because("the session is not for setting up MFA"));
                }
                Ok(Self::SigningIn(Box::new(app), session))
            }
            (Some(_), Some(_)) | (None, None) => Err(ApiError::invalid_parameter(
                "Either an access token or a session must be given.",
            )),
        }
    }

    /// The user. A session has served with that.
    fn user(&self, cx: &Cx, tx: &WriteTx<'_>) -> Result<User> {
        match self {
            Self::SignedIn(bearer) => Ok(cx.holder(tx, bearer)?.user),
            Self::SigningIn(app, session) => {
                let found = tx.find_user_by_sub(&app.pool, &session.sub)?;
                let (user, _) = found.ok_or_else(ApiError::invalid_session)?;
                tx.use_session(&session.id, session.expires(), cx.now)?;
                Ok(user)
            }
        }
    }

    /// The session that the sign-in goes on with.
    fn next(self, cx: &Cx, verified: bool) -> Result<Option<Sensitive<String>>> {
        match self {
            Self::SignedIn(_) => Ok(None),
            Self::SigningIn(app, session) => {
                let step = Step::MfaSetup { verified };
                let next = app.session(cx, session.sub, step, session.device);
                app.seal(cx, &next).map(Some)
            }
        }
    }
}

/// Draws a secret for the user's authenticator app, which counts once a code of it has been shown.
pub(crate) async fn associate_software_token(
    cx: Cx,
    request: AssociateSoftwareTokenRequest,
) -> Result<AssociateSoftwareTokenResponse> {
    let caller = Caller::of(&cx, request.access_token, request.session).await?;
    let secret = TotpSecret::draw(&cx.ambient);
    let code = secret.base32();
    let context = cx.clone();
    let caller = cx
        .write(move |tx| {
            let user = caller.user(&context, tx)?;
            tx.put_pending_software_token(&user, &secret)?;
            Ok(caller)
        })
        .await?;
    Ok(AssociateSoftwareTokenResponse {
        secret_code: Some(code),
        session: caller.next(&cx, false)?,
    })
}

/// Makes the authenticator app the user's second factor, by a code that it shows.
pub(crate) async fn verify_software_token(
    cx: Cx,
    request: VerifySoftwareTokenRequest,
) -> Result<VerifySoftwareTokenResponse> {
    let caller = Caller::of(&cx, request.access_token, request.session).await?;
    let (code, name) = (request.user_code, request.friendly_device_name);
    let context = cx.clone();
    let caller = cx
        .write(move |tx| {
            let user = caller.user(&context, tx)?;
            let pending = tx.find_software_token(&user, false)?;
            let pending = pending.ok_or_else(ApiError::no_software_token)?;
            let seconds = context.now.millis().div_euclid(1000);
            let step = pending.secret.step_of(code.expose(), seconds);
            let step = step.ok_or_else(|| {
                ApiError::new(ErrorCode::EnableSoftwareTokenMFAException, "Code mismatch")
            })?;
            tx.verify_software_token(&user, name.as_deref(), step)?;
            if let Caller::SigningIn(..) = caller {
                let mut preferences = tx.mfa_preferences(&user)?;
                preferences.want(Factor::SoftwareToken, true);
                tx.put_mfa_preferences(&user, preferences)?;
            }
            Ok(caller)
        })
        .await?;
    Ok(VerifySoftwareTokenResponse {
        session: caller.next(&cx, true)?,
        status: Some(VerifySoftwareTokenResponseType::Success),
    })
}

/// Takes a user's authenticator app away.
pub(crate) async fn admin_delete_software_token(
    cx: Cx,
    request: AdminDeleteSoftwareTokenRequest,
) -> Result<AdminDeleteSoftwareTokenResponse> {
    let context = cx.clone();
    cx.write(move |tx| {
        let (_, user) = users::named(&context, tx, &request.user_pool_id, &request.username)?;
        tx.delete_software_token(&user)?;
        let mut preferences = tx.mfa_preferences(&user)?;
        preferences.want(Factor::SoftwareToken, false);
        tx.put_mfa_preferences(&user, preferences)
    })
    .await?;
    Ok(AdminDeleteSoftwareTokenResponse {})
}
