//! The table of operations: one line each, with its quota category and its handler.
//!
//! An operation of the model without a handler stands here as well: its input is checked like any other, and then it says
//! that it is not served.

mod bearer;
mod change_password;
mod clients;
mod devices;
mod mfa_preferences;
mod page;
mod passwords;
mod sign_in;
mod software_tokens;
mod tokens;
mod user_attributes;
mod user_creation;
mod user_pools;
mod users;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

use serde::Deserialize;

use crate::api::{self, Answer, ChallengeNameType, Operation, OperationModel};
use crate::context::Cx;
use crate::error::{ApiError, Result};
use crate::ids::UserPoolId;
use crate::quotas::Category;

/// Every operation of the model, by name.
pub(crate) struct Table(BTreeMap<&'static str, Entry>);

/// One operation of the table.
pub(crate) struct Entry {
    pub(crate) model: &'static OperationModel,
    pub(crate) category: Category,
    pub(crate) served: bool,
    prepare: Prepare,
}

type Prepare = Box<dyn Fn(&[u8]) -> Result<Call> + Send + Sync>;

/// A request whose input has been checked, ready to run.
pub(crate) struct Call {
    /// The pool that the request names.
    pub(crate) pool: Option<UserPoolId>,
    run: Box<dyn FnOnce(Cx) -> Running>,
}

type Running = Pin<Box<dyn Future<Output = Result<Vec<u8>>>>>;

/// What the answer about a device or a user has room in.
const BODY_BYTES: usize = 1024;

/// What decides about the category of an answer to a challenge.
#[derive(Deserialize)]
struct ChallengeAnswer {
    #[serde(rename = "ChallengeName")]
    challenge: ChallengeNameType,
}

impl Entry {
    /// The category that a request counts into: the operation's, but for new passwords in place of temporary ones, which are
    /// answers to challenges and count as account recovery (AWS's guide "Quotas in Amazon Cognito"). Of all operations only
    /// those two have their input looked at before the quota is taken.
    pub(crate) fn counts_as(&self, body: &[u8]) -> Category {
        if self.category != Category::ChallengeResponse {
            return self.category;
        }
        match serde_json::from_slice(body) {
            Ok(ChallengeAnswer {
                challenge: ChallengeNameType::NewPasswordRequired,
            }) => Category::UserAccountRecovery,
            // What cannot be read is told its mistake after the quota.
            Ok(_) | Err(_) => self.category,
        }
    }

    /// Decodes and checks the input.
    ///
    /// # Errors
    /// `SerializationException` or `InvalidParameterException`.
    pub(crate) fn prepare(&self, body: &[u8]) -> Result<Call> {
        (self.prepare)(body)
    }
}

impl Call {
    /// Runs the handler; the body of the answer.
    pub(crate) async fn run(self, cx: Cx) -> Result<Vec<u8>> {
        (self.run)(cx).await
    }
}

impl Table {
    /// The whole table.
    #[expect(clippy::too_many_lines, reason = "a table: one line an operation")]
    #[rustfmt::skip] // one line an operation
    pub(crate) fn new() -> Self {
        Self(BTreeMap::new())
            .op(Category::UserAuthentication, sign_in::initiate_auth)
            .op(Category::UserAuthentication, sign_in::admin_initiate_auth)
            .op(Category::UserAuthentication, tokens::get_tokens_from_refresh_token)
            .not_yet::<api::GetDerivedTokenRequest>(Category::UserAuthentication)
            .op(Category::ChallengeResponse, sign_in::respond_to_auth_challenge)
            .op(Category::ChallengeResponse, sign_in::admin_respond_to_auth_challenge)
            .not_yet::<api::SignUpRequest>(Category::UserCreation)
            .not_yet::<api::ConfirmSignUpRequest>(Category::UserCreation)
            .op(Category::UserCreation, user_creation::admin_create_user)
            .op(Category::UserCreation, users::admin_confirm_sign_up)
            .op(Category::UserAccountRecovery, change_password::change_password)
            .not_yet::<api::ConfirmForgotPasswordRequest>(Category::UserAccountRecovery)
            .not_yet::<api::ForgotPasswordRequest>(Category::UserAccountRecovery)
            .not_yet::<api::AdminResetUserPasswordRequest>(Category::UserAccountRecovery)
            .op(Category::UserAccountRecovery, passwords::admin_set_user_password)
            .op(Category::UserRead, users::admin_get_user)
            .not_yet::<api::AdminGetUserAuthFactorsRequest>(Category::UserRead)
            .op(Category::UserRead, users::get_user)
            .not_yet::<api::GetUserAuthFactorsRequest>(Category::UserRead)
            .not_yet::<api::AdminAddUserToGroupRequest>(Category::UserUpdate)
            .not_yet::<api::AdminRemoveUserFromGroupRequest>(Category::UserUpdate)
            .op(Category::UserUpdate, user_attributes::admin_delete_user_attributes)
            .op(Category::UserUpdate, user_attributes::admin_update_user_attributes)
            .op(Category::UserUpdate, users::admin_delete_user)
            .op(Category::UserUpdate, users::admin_disable_user)
            .op(Category::UserUpdate, users::admin_enable_user)
            .not_yet::<api::AdminLinkProviderForUserRequest>(Category::UserUpdate)
            .not_yet::<api::AdminDisableProviderForUserRequest>(Category::UserUpdate)
            .not_yet::<api::VerifyUserAttributeRequest>(Category::UserUpdate)
            .op(Category::UserUpdate, users::delete_user)
            .op(Category::UserUpdate, user_attributes::delete_user_attributes)
            .op(Category::UserUpdate, user_attributes::update_user_attributes)
            .op(Category::UserUpdate, tokens::admin_user_global_sign_out)
            .op(Category::UserUpdate, tokens::global_sign_out)
            .op(Category::UserToken, tokens::revoke_token)
            .op(Category::UserResourceRead, devices::admin_get_device)
            .op(Category::UserResourceRead, devices::admin_list_devices)
            .op(Category::UserResourceRead, devices::get_device)
            .op(Category::UserResourceRead, devices::list_devices)
            .not_yet::<api::AdminListGroupsForUserRequest>(Category::UserResourceRead)
            .not_yet::<api::GetUserAttributeVerificationCodeRequest>(Category::UserResourceRead)
            .not_yet::<api::ResendConfirmationCodeRequest>(Category::UserResourceRead)
            .not_yet::<api::AdminListUserAuthEventsRequest>(Category::UserResourceRead)
            .not_yet::<api::AdminListUserSessionsRequest>(Category::UserResourceRead)
            .not_yet::<api::ListUserSessionsRequest>(Category::UserResourceRead)
            .not_yet::<api::ListWebAuthnCredentialsRequest>(Category::UserResourceRead)
            .op(Category::UserResourceUpdate, devices::admin_forget_device)
            .op(Category::UserResourceUpdate, devices::admin_update_device_status)
            .op(Category::UserResourceUpdate, devices::update_device_status)
            .op(Category::UserResourceUpdate, devices::confirm_device)
            .op(Category::UserResourceUpdate, devices::forget_device)
            .not_yet::<api::AdminUpdateAuthEventFeedbackRequest>(Category::UserResourceUpdate)
            .not_yet::<api::UpdateAuthEventFeedbackRequest>(Category::UserResourceUpdate)
            .op(Category::UserResourceUpdate, mfa_preferences::admin_set_user_mfa_preference)
            .op(Category::UserResourceUpdate, mfa_preferences::set_user_mfa_preference)
            .not_yet::<api::AdminSetUserSettingsRequest>(Category::UserResourceUpdate)
            .not_yet::<api::SetUserSettingsRequest>(Category::UserResourceUpdate)
            .op(Category::UserResourceUpdate, mfa_preferences::admin_delete_software_token)
            .op(Category::UserResourceUpdate, software_tokens::verify_software_token)
            .op(Category::UserResourceUpdate, software_tokens::associate_software_token)
            .not_yet::<api::AdminRevokeUserSessionRequest>(Category::UserResourceUpdate)
            .not_yet::<api::RevokeUserSessionRequest>(Category::UserResourceUpdate)
            .not_yet::<api::StartWebAuthnRegistrationRequest>(Category::UserResourceUpdate)
            .not_yet::<api::CompleteWebAuthnRegistrationRequest>(Category::UserResourceUpdate)
            .not_yet::<api::DeleteWebAuthnCredentialRequest>(Category::UserResourceUpdate)
            .op(Category::UserList, users::list_users)
            .not_yet::<api::ListUsersInGroupRequest>(Category::UserList)
            .op(Category::UserPoolRead, user_pools::describe_user_pool)
            .op(Category::UserPoolRead, user_pools::list_user_pools)
            .op(Category::UserPoolUpdate, user_pools::create_user_pool)
            .op(Category::UserPoolUpdate, user_pools::update_user_pool)
            .op(Category::UserPoolUpdate, user_pools::delete_user_pool)
            .not_yet::<api::DescribeIdentityProviderRequest>(Category::UserPoolResourceRead)
            .not_yet::<api::DescribeResourceServerRequest>(Category::UserPoolResourceRead)
            .not_yet::<api::DescribeUserImportJobRequest>(Category::UserPoolResourceRead)
            .not_yet::<api::DescribeUserPoolDomainRequest>(Category::UserPoolResourceRead)
            .not_yet::<api::GetCSVHeaderRequest>(Category::UserPoolResourceRead)
            .not_yet::<api::GetGroupRequest>(Category::UserPoolResourceRead)
            .not_yet::<api::GetSigningCertificateRequest>(Category::UserPoolResourceRead)
            .not_yet::<api::GetIdentityProviderByIdentifierRequest>(Category::UserPoolResourceRead)
            .op(Category::UserPoolResourceRead, user_pools::get_user_pool_mfa_config)
            .not_yet::<api::ListGroupsRequest>(Category::UserPoolResourceRead)
            .not_yet::<api::ListIdentityProvidersRequest>(Category::UserPoolResourceRead)
            .not_yet::<api::ListResourceServersRequest>(Category::UserPoolResourceRead)
            .not_yet::<api::ListTagsForResourceRequest>(Category::UserPoolResourceRead)
            .not_yet::<api::ListUserImportJobsRequest>(Category::UserPoolResourceRead)
            .not_yet::<api::DescribeRiskConfigurationRequest>(Category::UserPoolResourceRead)
            .not_yet::<api::GetUICustomizationRequest>(Category::UserPoolResourceRead)
            .not_yet::<api::DescribeManagedLoginBrandingRequest>(Category::UserPoolResourceRead)
            .not_yet::<api::DescribeManagedLoginBrandingByClientRequest>(Category::UserPoolResourceRead)
            .not_yet::<api::DescribeTermsRequest>(Category::UserPoolResourceRead)
            .not_yet::<api::DescribeTermsByClientRequest>(Category::UserPoolResourceRead)
            .not_yet::<api::ListTermsRequest>(Category::UserPoolResourceRead)
            .not_yet::<api::GetLogDeliveryConfigurationRequest>(Category::UserPoolResourceRead)
            .not_yet::<api::GetUserPoolSessionConfigurationRequest>(Category::UserPoolResourceRead)
            .not_yet::<api::GetUserPoolClientSessionConfigurationRequest>(Category::UserPoolResourceRead)
            .not_yet::<api::ListUserPoolReplicasRequest>(Category::UserPoolResourceRead)
            .not_yet::<api::DescribePointInTimeRecoveryRequest>(Category::UserPoolResourceRead)
            .not_yet::<api::ListPointInTimeRecoveriesRequest>(Category::UserPoolResourceRead)
            .not_yet::<api::DescribeCIMDPolicyRequest>(Category::UserPoolResourceRead)
            .not_yet::<api::ListCIMDPoliciesRequest>(Category::UserPoolResourceRead)
            .not_yet::<api::ListClientMetadataURLsRequest>(Category::UserPoolResourceRead)
            .op(Category::UserPoolResourceUpdate, user_pools::add_custom_attributes)
            .not_yet::<api::CreateGroupRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::UpdateGroupRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::DeleteGroupRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::CreateIdentityProviderRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::UpdateIdentityProviderRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::DeleteIdentityProviderRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::CreateResourceServerRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::UpdateResourceServerRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::DeleteResourceServerRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::CreateUserImportJobRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::StartUserImportJobRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::StopUserImportJobRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::CreateUserPoolDomainRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::UpdateUserPoolDomainRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::DeleteUserPoolDomainRequest>(Category::UserPoolResourceUpdate)
            .op(Category::UserPoolResourceUpdate, user_pools::set_user_pool_mfa_config)
            .not_yet::<api::SetRiskConfigurationRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::SetUICustomizationRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::TagResourceRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::UntagResourceRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::CreateManagedLoginBrandingRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::UpdateManagedLoginBrandingRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::DeleteManagedLoginBrandingRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::CreateTermsRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::UpdateTermsRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::DeleteTermsRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::SetLogDeliveryConfigurationRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::SetUserPoolSessionConfigurationRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::SetUserPoolClientSessionConfigurationRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::CreateUserPoolReplicaRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::InitiatePointInTimeRecoveryRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::StartPointInTimeRecoveryRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::CancelPointInTimeRecoveryRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::CreateCIMDPolicyRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::UpdateCIMDPolicyRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::DeleteCIMDPolicyRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::UpdateClientMetadataURLStateRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::UpdateUserPoolReplicaRequest>(Category::UserPoolResourceUpdate)
            .not_yet::<api::DeleteUserPoolReplicaRequest>(Category::UserPoolResourceUpdate)
            .op(Category::UserPoolClientRead, clients::describe_user_pool_client)
            .op(Category::UserPoolClientRead, clients::list_user_pool_clients)
            .not_yet::<api::ListUserPoolClientSecretsRequest>(Category::UserPoolClientRead)
            .op(Category::UserPoolClientUpdate, clients::create_user_pool_client)
            .op(Category::UserPoolClientUpdate, clients::update_user_pool_client)
            .op(Category::UserPoolClientUpdate, clients::delete_user_pool_client)
            .not_yet::<api::AddUserPoolClientSecretRequest>(Category::UserPoolClientUpdate)
            .not_yet::<api::DeleteUserPoolClientSecretRequest>(Category::UserPoolClientUpdate)
            .not_yet::<api::GetClientTokenRequest>(Category::ClientAuthentication)
            .not_yet::<api::GetProvisionedLimitRequest>(Category::LimitManagement)
            .not_yet::<api::UpdateProvisionedLimitRequest>(Category::LimitManagement)
    }

    /// The operation with this name.
    pub(crate) fn find(&self, name: &str) -> Option<&Entry> {
        self.0.get(name)
    }

    /// All operations, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.0.values()
    }

    /// Serves an operation by `handler`.
    fn op<R, F>(self, category: Category, handler: fn(Cx, R) -> F) -> Self
    where
        R: Operation,
        F: Future<Output = Result<R::Output>> + 'static,
    {
        self.add(R::MODEL, category, true, move |body| {
            let request = R::parse(body)?;
            Ok(Call {
                pool: request.user_pool_id().cloned(),
                run: Box::new(move |cx| {
                    Box::pin(async move { encode(&handler(cx, request).await?) })
                }),
            })
        })
    }

    /// Answers honestly that an operation is not served.
    fn not_yet<R: Operation>(self, category: Category) -> Self {
        self.add(R::MODEL, category, false, |body| {
            let request = R::parse(body)?;
            Ok(Call {
                pool: request.user_pool_id().cloned(),
                run: Box::new(|_| Box::pin(async { Err(ApiError::not_served(R::MODEL.name)) })),
            })
        })
    }

    /// Adds a line; the table is whole or the server does not start.
    fn add(
        mut self,
        model: &'static OperationModel,
        category: Category,
        served: bool,
        prepare: impl Fn(&[u8]) -> Result<Call> + Send + Sync + 'static,
    ) -> Self {
        let prepare = Box::new(prepare);
        let before = self.0.insert(
            model.name,
            Entry {
                model,
                category,
                served,
                prepare,
            },
        );
        assert!(
            before.is_none(),
            "{} stands twice in the table of operations",
            model.name
        );
        self
    }
}

/// The body of the answer.
pub(crate) fn encode<A: Answer>(answer: &A) -> Result<Vec<u8>> {
    if !A::HAS_BODY {
        return Ok(Vec::new());
    }
    let mut body = Vec::with_capacity(BODY_BYTES);
    serde_json::to_writer(&mut body, answer).map_err(ApiError::internal)?;
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_of_the_model_is_in_the_table() {
        let table = Table::new();
        let named: Vec<&str> = table.iter().map(|entry| entry.model.name).collect();
        let modelled: Vec<&str> = api::OPERATIONS.iter().map(|model| model.name).collect();
        assert_eq!(named, modelled);
    }
}
