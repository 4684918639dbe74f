//! A complete sign-in: what it writes down, and the tokens that it gives.

use crate::api::{AuthenticationResultType, NewDeviceMetadataType, Sensitive};
use crate::auth::{jwt, refresh_token};
use crate::domain::device::{Attributes, Device};
use crate::domain::group::Group;
use crate::domain::tokens::{Issue, Scopes, SignIn};
use crate::domain::user::UserRecord;
use crate::error::{ApiError, Result};
use crate::ids::DeviceKey;
use crate::sign_in::attempt::Attempt;
use crate::sign_in::client::ClientContext;
use crate::sign_in::events::SignInEvent;
use crate::sign_in::user_session;
use crate::store::{DeviceSecret, WriteTx};

/// What a sign-in gives: the tokens follow from it.
pub(crate) struct Grant {
    pub(crate) user: UserRecord,
    /// The groups that the user is in, in the order of their ranks.
    pub(crate) groups: Vec<Group>,
    pub(crate) sign_in: SignIn,
    /// The scopes of the access token.
    pub(crate) scopes: Scopes,
    /// The refresh token, where a new one is given.
    pub(crate) refresh_token: Option<Sensitive<String>>,
    /// The device that the sign-in issued.
    pub(crate) new_device: Option<NewDeviceMetadataType>,
    /// The id of the sign-in's event; `None` where the request itself names the event.
    pub(crate) event: Option<String>,
}

impl Grant {
    /// Writes down the complete sign-in of an attempt by this device, whose event this is. Where the pool tracks devices and the
    /// client named none, the user is issued a device; where it tracks sessions, one begins.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails.
    pub(super) fn write(
        attempt: Attempt<'_>,
        tx: &WriteTx<'_>,
        device: Option<DeviceKey>,
        event: Option<SignInEvent>,
    ) -> Result<Self> {
        let client = attempt.client;
        let tracks = client.configuration()?.devices.is_some();
        let new_device = match &device {
            None if tracks => Some(issue_device(&attempt, tx)?),
            Some(_) | None => None,
        };
        let issued = new_device
            .as_ref()
            .and_then(|device| device.device_key.clone());
        let mut sign_in = SignIn {
            row: 0,
            origin_jti: client.cx.ambient.uuid().to_string(),
            device: device.or(issued),
            auth_time: client.cx.now.whole_seconds(),
            expires: client.app.refresh_token_end(client.cx.now),
            revoked: false,
        };
        let refresh_token = refresh_token::draw(&client.cx.ambient);
        let hash = refresh_token::hash(refresh_token.expose());
        sign_in.row = tx.insert_sign_in(&attempt.user, client.app.row, &sign_in, &hash)?;
        user_session::begin(client, tx, &attempt.user, sign_in.row)?;
        Ok(Self {
            groups: tx.groups_of_user(&attempt.user)?,
            user: attempt.record,
            sign_in,
            scopes: Scopes::of_api_sign_in(),
            refresh_token: Some(refresh_token),
            new_device,
            event: event.map(|event| event.id),
        })
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
            scopes: &self.scopes,
            issuer: &issuer,
            event: &event,
            now: cx.now,
        };
        let jti = || cx.ambient.uuid().to_string();
        let (access, id) = (issue.access_claims(&jti()), issue.id_claims(&jti()));
        let keys = client.keys.clone();
        let (access_token, id_token) = cx
            .compute(move || {
                Ok::<_, ApiError>((
                    jwt::sign(&keys.access, &access).map_err(ApiError::internal)?,
                    jwt::sign(&keys.id, &id).map_err(ApiError::internal)?,
                ))
            })
            .await??;
        Ok(AuthenticationResultType {
            access_token: Some(access_token),
            expires_in: Some(client.app.access_token_seconds()),
            id_token: Some(id_token),
            new_device_metadata: self.new_device,
            refresh_token: self.refresh_token,
            token_type: Some("Bearer".to_owned()),
        })
    }
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
    let secret = DeviceSecret {
        group_key: cx.ambient.device_group_key(),
        verifier: None,
    };
    tx.issue_device(&attempt.user.owner, &device, &secret)?;
    Ok(NewDeviceMetadataType {
        device_group_key: Some(secret.group_key),
        device_key: Some(key),
    })
}
