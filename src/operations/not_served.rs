//! Operations of the model that are not served yet, by topic. Each names its quota category; its input is checked like that of a
//! served one, and then the answer says that it is not served.

use crate::api;
use crate::operations::table::Table;
use crate::quotas::Category;

/// All of them.
pub(super) fn table(table: Table) -> Table {
    table
        .with(passkeys)
        .with(oauth)
        .with(client_metadata)
        .with(pools)
}

/// Passkeys.
#[rustfmt::skip] // one line an operation
fn passkeys(table: Table) -> Table {
    table
        .not_yet::<api::StartWebAuthnRegistrationRequest>(Category::UserResourceUpdate)
        .not_yet::<api::CompleteWebAuthnRegistrationRequest>(Category::UserResourceUpdate)
        .not_yet::<api::ListWebAuthnCredentialsRequest>(Category::UserResourceRead)
        .not_yet::<api::DeleteWebAuthnCredentialRequest>(Category::UserResourceUpdate)
}

/// Tokens of clients.
#[rustfmt::skip] // one line an operation
fn oauth(table: Table) -> Table {
    table
        .not_yet::<api::GetClientTokenRequest>(Category::ClientAuthentication)
        .not_yet::<api::GetDerivedTokenRequest>(Category::UserAuthentication)
}

/// Clients that publish their metadata.
#[rustfmt::skip] // one line an operation
fn client_metadata(table: Table) -> Table {
    table
        .not_yet::<api::CreateCIMDPolicyRequest>(Category::UserPoolResourceUpdate)
        .not_yet::<api::DescribeCIMDPolicyRequest>(Category::UserPoolResourceRead)
        .not_yet::<api::ListCIMDPoliciesRequest>(Category::UserPoolResourceRead)
        .not_yet::<api::UpdateCIMDPolicyRequest>(Category::UserPoolResourceUpdate)
        .not_yet::<api::DeleteCIMDPolicyRequest>(Category::UserPoolResourceUpdate)
        .not_yet::<api::ListClientMetadataURLsRequest>(Category::UserPoolResourceRead)
        .not_yet::<api::UpdateClientMetadataURLStateRequest>(Category::UserPoolResourceUpdate)
}

/// Pools: risk, logs, replicas, recovery and limits.
#[rustfmt::skip] // one line an operation
fn pools(table: Table) -> Table {
    table
        .not_yet::<api::DescribeRiskConfigurationRequest>(Category::UserPoolResourceRead)
        .not_yet::<api::SetRiskConfigurationRequest>(Category::UserPoolResourceUpdate)
        .not_yet::<api::GetLogDeliveryConfigurationRequest>(Category::UserPoolResourceRead)
        .not_yet::<api::SetLogDeliveryConfigurationRequest>(Category::UserPoolResourceUpdate)
        .not_yet::<api::CreateUserPoolReplicaRequest>(Category::UserPoolResourceUpdate)
        .not_yet::<api::ListUserPoolReplicasRequest>(Category::UserPoolResourceRead)
        .not_yet::<api::UpdateUserPoolReplicaRequest>(Category::UserPoolResourceUpdate)
        .not_yet::<api::DeleteUserPoolReplicaRequest>(Category::UserPoolResourceUpdate)
        .not_yet::<api::InitiatePointInTimeRecoveryRequest>(Category::UserPoolResourceUpdate)
        .not_yet::<api::StartPointInTimeRecoveryRequest>(Category::UserPoolResourceUpdate)
        .not_yet::<api::CancelPointInTimeRecoveryRequest>(Category::UserPoolResourceUpdate)
        .not_yet::<api::DescribePointInTimeRecoveryRequest>(Category::UserPoolResourceRead)
        .not_yet::<api::ListPointInTimeRecoveriesRequest>(Category::UserPoolResourceRead)
        .not_yet::<api::GetProvisionedLimitRequest>(Category::LimitManagement)
        .not_yet::<api::UpdateProvisionedLimitRequest>(Category::LimitManagement)
}
