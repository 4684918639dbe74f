//! Apps that call for a user who has proved nothing yet: they name their client, and prove that they know its secret.

use crate::api::{Sensitive, UserContextDataType};
use crate::context::Cx;
use crate::error::Result;
use crate::ids::{ClientId, Username};
use crate::sign_in::{Caller, ClientContext, UserContext};

/// What such a request says about the app.
pub(super) struct AppCaller {
    pub(super) client: ClientId,
    pub(super) secret_hash: Option<Sensitive<String>>,
    pub(super) context: Option<Sensitive<UserContextDataType>>,
}

impl AppCaller {
    /// The client, whose secret hash for this name is right.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when there is no such client; `NotAuthorizedException` of a missing or wrong `SecretHash`;
    /// `InvalidUserPoolConfigurationException`.
    pub(super) async fn open(self, cx: &Cx, name: &Username) -> Result<ClientContext> {
        let told = UserContext::from(self.context);
        let client = ClientContext::open(cx, Caller::App, self.client, told).await?;
        let hash = self.secret_hash.as_ref().map(|hash| hash.expose().as_str());
        client.check_secret_hash(name.as_str(), hash)?;
        Ok(client)
    }
}
