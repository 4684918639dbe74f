//! A complete sign-in: what it writes down, and the tokens that it gives.

use crate::api::{AuthenticationResultType, NewDeviceMetadataType, Sensitive};
use crate::auth::signing_key::KeyError;
use crate::auth::{jwt, refresh_token};
use crate::domain::device::{Attributes, Device};
use crate::domain::group::Group;
use crate::domain::scopes::Scopes;
use crate::domain::tokens::{Issue, SignIn};
use crate::domain::user::{User, UserRecord};
use crate::error::{ApiError, Result};
use crate::ids::DeviceKey;
use crate::sign_in::attempt::Attempt;
use crate::sign_in::client::ClientContext;
use crate::sign_in::events::SignInEvent;
use crate::sign_in::user_session;
use crate::store::WriteTx;

/// What is done with the grant of a sign-in in the transaction that writes the sign-in down.
pub(crate) trait Completion: Send + Sync + 'static {
    /// What comes of the grant.
    type Done: Send + 'static;

    /// Completes the sign-in of the user.
    ///
    /// # Errors
    /// Whatever undoes the sign-in.
    fn complete(
        &self,
        client: &ClientContext,
        tx: &WriteTx<'_>,
        user: &User,
        grant: Grant,
    ) -> Result<Self::Done>;
}

/// The completion of a sign-in whose client gets the tokens of its grant at once.
pub(crate) struct TokensAtOnce;

impl Completion for TokensAtOnce {
    type Done = Grant;

    fn complete(
        &self,
        _: &ClientContext,
        _: &WriteTx<'_>,
        _: &User,
        grant: Grant,
    ) -> Result<Grant> {
        Ok(grant)
    }
}

/// What a sign-in gives: the tokens follow from it.
pub(crate) struct Grant {
    pub(crate) user: UserRecord,
    /// The groups that the user is in, in the order of their ranks.
    pub(crate) groups: Vec<Group>,
    pub(crate) sign_in: SignIn,
    /// The value that the ID token repeats, if a request for authorization had one.
    pub(crate) nonce: Option<String>,
    /// The refresh token, where a new one is given.
    pub(crate) refresh_token: Option<Sensitive<String>>,
    /// The device that the sign-in issued.
    pub(crate) new_device: Option<NewDeviceMetadataType>,
    /// The id of the sign-in's event; `None` where the request itself names the event.
    pub(crate) event: Option<String>,
}

impl Grant {
    /// Writes down the complete sign-in of an attempt by this device, whose event this is, of a user in these groups. Where the pool
    /// tracks devices and the client named none, the user is issued a device; where it tracks sessions, one begins. In the browser
    /// there is neither, and no refresh token: the token endpoint gives that for the code. Returns the user with it.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails.
    pub(super) fn write(
        attempt: Attempt<'_>,
        tx: &WriteTx<'_>,
        groups: Vec<Group>,
        (device, event): (Option<DeviceKey>, Option<SignInEvent>),
    ) -> Result<(User, Self)> {
        let client = attempt.client;
        let tracks = client.configuration()?.devices.is_some();
        let new_device = match &device {
            None if tracks && !client.in_browser => Some(issue_device(&attempt, tx)?),
            Some(_) | None => None,
        };
        let issued = new_device
            .as_ref()
            .and_then(|device| device.device_key.clone());
        let sign_in = SignIn {
            origin_jti: client.cx.ambient.uuid().to_string(),
            device: device.or(issued),
            auth_time: client.cx.now.whole_seconds(),
            expires: client.app.refresh_token_end(client.cx.now),
            revoked: false,
            scopes: Scopes::Api,
            resource: None,
        };
        tx.insert_sign_in(&attempt.user, client.app.row, &sign_in)?;
        let refresh_token = if client.in_browser {
            None
        } else {
            Some(begin_refreshing(client, tx, &attempt.user, &sign_in)?)
        };
        let grant = Self {
            groups,
            user: attempt.record,
            sign_in,
            nonce: None,
            refresh_token,
            new_device,
            event: event.map(|event| event.id),
        };
        Ok((attempt.user, grant))
    }

    /// The tokens, and what else the client gets with them.
    ///
    /// # Errors
    /// `InternalErrorException`.
    pub(crate) async fn issue(self, client: &ClientContext) -> Result<AuthenticationResultType> {
        let cx = &client.cx;
        let issuer = cx.issuer.of(&client.pool.id, &cx.host);
        let event = self.event;
        let event = event.unwrap_or_else(|| cx.seen.request_id().to_string());
        let issue = Issue {
            app: &client.app,
            user: &self.user,
            groups: &self.groups,
            sign_in: &self.sign_in,
            nonce: self.nonce.as_deref(),
            issuer: &issuer,
            event: &event,
            now: cx.now,
        };
        let jti = || cx.ambient.uuid().to_string();
        let scopes = &self.sign_in.scopes;
        let (access, hashed) = (issue.access_claims(&jti()), scopes.are_granted());
        let id = scopes.give_id_token().then(|| issue.id_claims(&jti()));
        let keys = client.keys.clone();
        let (access_token, id_token) = cx
            .compute(move || {
                let access = jwt::sign(&keys.access, &access)?;
                let id = id.map(|mut claims| {
                    if hashed {
                        claims.insert("at_hash".to_owned(), jwt::half_hash(&access).into());
                    }
                    jwt::sign(&keys.id, &claims)
                });
                Ok((access, id.transpose()?))
            })
            .await?
            .map_err(|error: KeyError| ApiError::internal(error))?;
        Ok(AuthenticationResultType {
            access_token: Some(access_token),
            expires_in: Some(client.app.access_token_seconds()),
            id_token,
            new_device_metadata: self.new_device,
            refresh_token: self.refresh_token,
            token_type: Some("Bearer".to_owned()),
        })
    }
}

/// Gives a sign-in its first refresh token. Where the pool tracks sessions, one begins with it.
///
/// # Errors
/// `InternalErrorException` when the store fails.
pub(crate) fn begin_refreshing(
    client: &ClientContext,
    tx: &WriteTx<'_>,
    user: &User,
    sign_in: &SignIn,
) -> Result<Sensitive<String>> {
    let refresh_token = refresh_token::draw(&client.cx.ambient);
    let hash = refresh_token::hash(refresh_token.expose());
    tx.insert_refresh_token(sign_in, &hash)?;
    user_session::begin(client, tx, user, sign_in)?;
    Ok(refresh_token)
}

/// Issues a device to the user. The client confirms it by `ConfirmDevice`.
fn issue_device(attempt: &Attempt<'_>, tx: &WriteTx<'_>) -> Result<NewDeviceMetadataType> {
    let (client, cx) = (attempt.client, &attempt.client.cx);
    let key = format!("{}_{}", client.pool.id.region(), cx.ambient.uuid());
    let key = DeviceKey::from(key);
    let device = Device {
        key: key.clone(),
        confirmed: false,
        remembered: false,
        created: cx.now,
        modified: cx.now,
        authenticated: cx.now.whole_seconds(),
        attributes: Attributes {
            status: Some("valid".to_owned()),
            name: None,
            last_ip: client.ip.clone(),
            sdk: Some("aws-sdk".to_owned()),
        },
    };
    let group_key = cx.ambient.device_group_key();
    tx.issue_device(&attempt.user.owner, &device, &group_key)?;
    Ok(NewDeviceMetadataType {
        device_group_key: Some(group_key),
        device_key: Some(key),
    })
}
