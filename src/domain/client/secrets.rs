//! The secrets of an app client. A confidential client has one or two at a time, and each of them is accepted wherever the
//! client's secret is asked for, so that an app can change from one to the other (AWS API reference, `AddUserPoolClientSecret`).

use crate::api::{ClientSecretDescriptorType, Sensitive, Timestamp};
use crate::error::{ApiError, Result};
use crate::ids::ClientId;

/// The most secrets that a client has at a time.
const MAX_SECRETS: usize = 2;

/// A secret, and when it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientSecret {
    pub(crate) value: Sensitive<String>,
    pub(crate) created: Timestamp,
}

impl ClientSecret {
    /// The secret's id among those of the client.
    fn id(&self, client: &ClientId) -> String {
        format!("{}--{}", client.as_str(), self.created.millis())
    }

    /// What answers show of the secret: everything but its value.
    pub(crate) fn descriptor(&self, client: &ClientId) -> ClientSecretDescriptorType {
        ClientSecretDescriptorType {
            client_secret_create_date: Some(self.created),
            client_secret_id: Some(self.id(client)),
            client_secret_value: None,
        }
    }
}

/// The secrets of a client, the oldest first. A public client has none. No two were made at the same time, since that time is in
/// their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ClientSecrets(Vec<ClientSecret>);

impl ClientSecrets {
    /// The secrets, which must be in order and no more than two. Returns `None` if they are not.
    pub(crate) fn of(secrets: Vec<ClientSecret>) -> Option<Self> {
        let ordered = secrets.is_sorted_by(|one, next| one.created < next.created);
        (ordered && secrets.len() <= MAX_SECRETS).then_some(Self(secrets))
    }

    /// The secret of a client that is as old as the client itself; none for a public client.
    pub(crate) fn made_with_client(
        value: Option<Sensitive<String>>,
        created: Option<Timestamp>,
    ) -> Self {
        let created = created.unwrap_or(Timestamp::from_millis(0));
        Self(
            value
                .map(|value| ClientSecret { value, created })
                .into_iter()
                .collect(),
        )
    }

    /// The secrets, the oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &ClientSecret> {
        self.0.iter()
    }

    /// The one that `DescribeUserPoolClient` shows as `ClientSecret`: the oldest.
    pub(crate) fn shown(&self) -> Option<&ClientSecret> {
        self.0.first()
    }

    /// The one beside the shown one.
    pub(crate) fn second(&self) -> Option<&ClientSecret> {
        self.0.get(1)
    }

    /// Adds a secret that is made now.
    ///
    /// # Errors
    /// `InvalidParameterException` of a public client, `LimitExceededException` of a client that has two secrets already.
    pub(crate) fn add(
        &mut self,
        client: &ClientId,
        value: Sensitive<String>,
        now: Timestamp,
    ) -> Result<&ClientSecret> {
        let Some(last) = self.0.last() else {
            return Err(ApiError::public_client(client));
        };
        if self.0.len() == MAX_SECRETS {
            return Err(ApiError::too_many_client_secrets());
        }
        let after_last = Timestamp::from_millis(last.created.millis().saturating_add(1));
        let created = now.max(after_last);
        Ok(self.0.push_mut(ClientSecret { value, created }))
    }

    /// Removes the secret with this id.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when the client has none with this id; `InvalidParameterException` when it has no other.
    pub(crate) fn remove(&mut self, client: &ClientId, id: &str) -> Result<()> {
        let found = self.0.iter().position(|secret| secret.id(client) == id);
        let at = found.ok_or_else(ApiError::no_such_client_secret)?;
        if self.0.len() == 1 {
            return Err(ApiError::last_client_secret());
        }
        self.0.remove(at);
        Ok(())
    }
}
