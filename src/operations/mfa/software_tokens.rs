//! Software tokens. A user sets one up with an access token, or in the middle of a sign-in that asks for it.

use crate::api::{
    AssociateSoftwareTokenRequest, AssociateSoftwareTokenResponse, Sensitive,
    VerifySoftwareTokenRequest, VerifySoftwareTokenResponse, VerifySoftwareTokenResponseType,
};
use crate::auth::totp::TotpSecret;
use crate::context::{Bearer, Cx};
use crate::domain::mfa::Factor;
use crate::domain::user::User;
use crate::error::{ApiError, Result};
use crate::sign_in::{self, SettingUp};
use crate::store::WriteTx;

/// Who sets up a software token.
enum Owner {
    /// Somebody who has signed in.
    User(Bearer),
    /// Somebody who signs in.
    SignIn(SettingUp),
}

impl Owner {
    /// # Errors
    /// `NotAuthorizedException` of an access token or a session that does not count; `InvalidParameterException` when both are
    /// missing; `TooManyRequestsException`.
    async fn of(
        cx: &Cx,
        access_token: Option<Sensitive<String>>,
        session: Option<Sensitive<String>>,
    ) -> Result<Self> {
        if let Some(token) = access_token {
            return cx.bearer(&token).await.map(Self::User);
        }
        let sealed = session.ok_or_else(|| ApiError::missing_parameter("AccessToken"))?;
        SettingUp::open(cx, &sealed).await.map(Self::SignIn)
    }

    /// Runs `change` for the user in one transaction, in which a token is verified or not. Returns the session that a sign-in
    /// goes on with. An error inside the result of `change` is a wrong code, which a sign-in counts.
    async fn write(
        self,
        cx: &Cx,
        verified: bool,
        change: impl FnOnce(&WriteTx<'_>, &User) -> Result<Result<()>> + Send + 'static,
    ) -> Result<Option<Sensitive<String>>> {
        match self {
            Self::User(bearer) => {
                cx.write(move |cx, tx| {
                    let holder = cx.holder(tx, &bearer)?;
                    if !tx.pool_mfa(&holder.pool)?.has(Factor::SoftwareToken) {
                        return Err(ApiError::no_software_tokens_in_pool());
                    }
                    change(tx, &holder.user)
                })
                .await??;
                Ok(None)
            }
            Self::SignIn(setting_up) => setting_up.write(verified, change).await.map(Some),
        }
    }
}

/// Gives the user a secret to put into an authenticator. A token that the user already has stays in force until a code of the new
/// one is verified.
pub(crate) async fn associate_software_token(
    cx: Cx,
    request: AssociateSoftwareTokenRequest,
) -> Result<AssociateSoftwareTokenResponse> {
    let owner = Owner::of(&cx, request.access_token, request.session).await?;
    let secret = TotpSecret::draw(&cx.ambient);
    let secret_code = Some(secret.base32());
    let session = owner
        .write(&cx, false, move |tx, user| {
            sign_in::associate_software_token(tx, user, &secret).map(Ok)
        })
        .await?;
    Ok(AssociateSoftwareTokenResponse {
        secret_code,
        session,
    })
}

/// Verifies the first code of a user's new software token, which is in force from then on. The code does not count again.
pub(crate) async fn verify_software_token(
    cx: Cx,
    request: VerifySoftwareTokenRequest,
) -> Result<VerifySoftwareTokenResponse> {
    let owner = Owner::of(&cx, request.access_token, request.session).await?;
    let (code, name) = (request.user_code, request.friendly_device_name);
    let name = name.filter(|name| !name.is_empty());
    let now = cx.now;
    let session = owner
        .write(&cx, true, move |tx, user| {
            sign_in::verify_software_token(tx, user, (&code, name.as_deref()), now)
        })
        .await?;
    Ok(VerifySoftwareTokenResponse {
        session,
        status: Some(VerifySoftwareTokenResponseType::Success),
    })
}
