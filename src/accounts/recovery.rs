//! Recovering an account whose password is forgotten, or was reset by an administrator (AWS's guide "Recovering user accounts").

use crate::api::{
    CodeDeliveryDetailsType, EventResponseType, EventType, RecoveryOptionNameType, Sensitive,
    UserPoolType, UserStatusType,
};
use crate::context::Cx;
use crate::domain::auth_event::Progress;
use crate::domain::code::Allows;
use crate::domain::contact::Contact;
use crate::domain::message::{Destination, Purpose};
use crate::domain::mfa::{Factor, allowed};
use crate::domain::pool::Pool;
use crate::domain::user::password::PasswordPolicy;
use crate::domain::user::{User, UserRecord};
use crate::error::{ApiError, Result};
use crate::ids::{UserPoolId, Username};
use crate::quotas::Hourly;
use crate::sign_in::{ClientContext, check_same_history, lockout, verifier_for_new};
use crate::store::{KeptPassword, PasswordHistory, ReadTx, WriteTx};

use super::codes::Slot;
use super::named::Named;
use super::outgoing::Outgoing;

/// Sends a code that allows a new password. Until the code comes back, nothing changes.
///
/// # Errors
/// `UserNotFoundException`; `NotAuthorizedException` of a user who is disabled or still has a temporary password, in a pool
/// where administrators alone reset passwords, and as [`ClientContext::check_local`]; `InvalidParameterException` of a user
/// without a verified address or number; `LimitExceededException`. A client that hides who exists is told that a code was sent,
/// except to a user with a temporary password.
pub(crate) async fn forgot_password(
    client: &ClientContext,
    name: Username,
) -> Result<CodeDeliveryDetailsType> {
    client.check_local()?;
    client
        .write(move |client, tx| {
            let settings = tx.pool_settings(&client.pool)?;
            let named = Named::find(client, tx, name)?;
            let mechanisms = Mechanisms::of(&settings);
            if let Some((_, record)) = &named.holder {
                check_resettable(record)?;
            }
            mechanisms.check_self_service()?;
            let due = match &named.holder {
                Some((user, record)) => mechanisms.destination(tx, &client.pool, user, record),
                None => Err(ApiError::no_such_user_of_client()),
            };
            named.take_hourly(client, Hourly::ForgotPassword)?;
            let purpose = Purpose::ForgotPassword;
            let due = due.map(|destination| Outgoing::new(purpose, destination, &settings));
            let pretended = (purpose, mechanisms.first());
            let message = named.or_pretend(client, due, pretended, &settings)?;
            let slot = named.slot(client, Allows::ConfirmForgotPassword)?;
            let receiver = named.receiver(&message);
            let sent = message.send(&client.cx, tx, &client.pool, &slot)?;
            let passed = Progress::of(EventResponseType::Pass);
            client.record(tx, receiver, EventType::ForgotPassword, passed)?;
            Ok(sent)
        })
        .await
}

/// Refuses a user who cannot reset the password.
///
/// # Errors
/// `NotAuthorizedException`.
fn check_resettable(record: &UserRecord) -> Result<()> {
    if !record.enabled {
        return Err(ApiError::user_disabled());
    }
    match record.status {
        // A user who is not confirmed has no verified address or number, which is refused in its own words.
        UserStatusType::Confirmed | UserStatusType::ResetRequired | UserStatusType::Unconfirmed => {
            Ok(())
        }
        UserStatusType::ForceChangePassword
        | UserStatusType::Archived
        | UserStatusType::Compromised
        | UserStatusType::ExternalProvider
        | UserStatusType::Unknown => Err(ApiError::password_not_resettable()),
    }
}

/// How the users of a pool recover their accounts.
struct Mechanisms {
    /// The contacts in the order in which they are tried.
    contacts: Vec<Contact>,
    by_administrator: bool,
    /// Whether the pool says so, and not AWS's default.
    given: bool,
}

impl Mechanisms {
    fn of(settings: &UserPoolType) -> Self {
        let setting = settings.account_recovery_setting.as_ref();
        let mechanisms = setting.and_then(|setting| setting.recovery_mechanisms.clone());
        let Some(mut mechanisms) = mechanisms else {
            return Self {
                contacts: vec![Contact::PhoneNumber, Contact::Email],
                by_administrator: false,
                given: false,
            };
        };
        mechanisms.sort_by_key(|mechanism| mechanism.priority);
        let by = |mechanism: RecoveryOptionNameType| match mechanism {
            RecoveryOptionNameType::VerifiedEmail => Some(Contact::Email),
            RecoveryOptionNameType::VerifiedPhoneNumber => Some(Contact::PhoneNumber),
            RecoveryOptionNameType::AdminOnly => None,
        };
        let contacts: Vec<Contact> = { mechanisms.iter() }
            .filter_map(|mechanism| by(mechanism.name))
            .collect();
        Self {
            by_administrator: contacts.is_empty(),
            contacts,
            given: true,
        }
    }

    /// # Errors
    /// `NotAuthorizedException` where administrators alone reset passwords.
    fn check_self_service(&self) -> Result<()> {
        if self.by_administrator {
            return Err(ApiError::recovery_by_administrator());
        }
        Ok(())
    }

    /// The contact that is tried first.
    fn first(&self) -> Contact {
        self.contacts.first().copied().unwrap_or(Contact::Email)
    }

    /// Where the user's code goes: the first contact with a verified value. Where the pool names mechanisms, a number that gets
    /// second factors recovers nothing.
    ///
    /// # Errors
    /// `InvalidParameterException` when the user has no such value.
    fn destination(
        &self,
        tx: &ReadTx<'_>,
        pool: &Pool,
        user: &User,
        record: &UserRecord,
    ) -> Result<Destination> {
        for contact in &self.contacts {
            let verified = record.attributes.get(contact.flag());
            let value = record.attributes.get(contact.attribute());
            let Some(value) = value.filter(|_| verified.is_some_and(|flag| flag == "true")) else {
                continue;
            };
            if *contact == Contact::PhoneNumber && self.given && by_sms(tx, pool, user)? {
                continue;
            }
            return Ok(Destination {
                contact: *contact,
                value: value.clone(),
            });
        }
        Err(ApiError::no_recovery_contact())
    }
}

/// Whether users of a pool with these settings recover their accounts themselves.
pub(super) fn is_self_service(settings: &UserPoolType) -> bool {
    !Mechanisms::of(settings).by_administrator
}

/// Whether the user's number gets second factors.
fn by_sms(tx: &ReadTx<'_>, pool: &Pool, user: &User) -> Result<bool> {
    let factors = tx.pool_mfa(pool)?;
    Ok(!allowed(&factors, &[Factor::Sms], tx.mfa_preferences(user)?).is_empty())
}

/// Sets a new password by the code. The user is confirmed, signed out everywhere, and no longer locked out.
///
/// # Errors
/// `InvalidPasswordException`, which needs no code; `UserNotFoundException`; `CodeMismatchException`, `ExpiredCodeException`,
/// `LimitExceededException`; `PasswordHistoryPolicyViolationException`, after which the code still serves.
pub(crate) async fn confirm_forgot_password(
    client: &ClientContext,
    name: Username,
    code: Sensitive<String>,
    password: Sensitive<String>,
) -> Result<()> {
    let (tried, wanted, typed) = (code.clone(), password.clone(), name.clone());
    let reset = client
        .read(move |client, tx| Reset::check(client, tx, typed, &tried, wanted.expose()))
        .await?;
    let Some(reset) = reset else {
        let counted = client.write(move |client, tx| {
            let named = Named::known(client, tx, name)?;
            let slot = named.slot(client, Allows::ConfirmForgotPassword)?;
            let judged = slot.judge(&client.cx, tx, &code)?;
            record_change(client, tx, named.user(), EventResponseType::Fail)?;
            Ok(judged)
        });
        // The code may have been sent in between.
        return Err(counted.await?.err().unwrap_or_else(ApiError::code_mismatch));
    };
    let (pool, cx) = (&client.pool.id, &client.cx);
    let kept = verifier_for_new(cx, pool, &reset.user, &reset.history, password, false).await?;
    let made = client.write(move |client, tx| reset.make(client, tx, &code, &kept));
    made.await?
}

/// A new password for a user whose code is right.
struct Reset {
    user: User,
    sub: String,
    history: PasswordHistory,
}

impl Reset {
    /// Returns `None` if the code is refused, which is to be counted.
    fn check(
        client: &ClientContext,
        tx: &ReadTx<'_>,
        name: Username,
        code: &Sensitive<String>,
        password: &str,
    ) -> Result<Option<Self>> {
        let named = Named::find(client, tx, name)?;
        PasswordPolicy::of(tx.pool_settings(&client.pool)?).check(password)?;
        let slot = named.slot(client, Allows::ConfirmForgotPassword)?;
        if slot.peek(&client.cx, tx, code)?.is_err() {
            return Ok(None);
        }
        let Some((user, record)) = named.holder else {
            return Ok(None);
        };
        check_resettable(&record)?;
        Ok(Some(Self {
            history: tx.password_history(&user)?,
            sub: record.sub,
            user,
        }))
    }

    /// Writes the new password. The inner result is a refusal that is counted.
    fn make(
        self,
        client: &ClientContext,
        tx: &WriteTx<'_>,
        code: &Sensitive<String>,
        kept: &KeptPassword,
    ) -> Result<Result<()>> {
        let found = tx.find_user_by_sub(&client.pool, &self.sub)?;
        let gone = || ApiError::expired_code().because("the user is gone");
        let (user, record) = found.ok_or_else(gone)?;
        check_resettable(&record)?;
        let slot = Slot::of_user(&client.pool, &user, &record, Allows::ConfirmForgotPassword);
        let code = match slot.judge(&client.cx, tx, code)? {
            Ok(code) => code,
            Err(refusal) => {
                record_change(client, tx, Some(&user), EventResponseType::Fail)?;
                return Ok(Err(refusal));
            }
        };
        check_same_history(tx, &user, &self.history)?;
        slot.use_up(tx, &code)?;
        lockout::lift(tx, &client.pool, &user)?;
        tx.revoke_sign_ins(&user)?;
        tx.put_password(user.row, kept)?;
        tx.set_status(&user, UserStatusType::Confirmed, client.cx.now)?;
        record_change(client, tx, Some(&user), EventResponseType::Pass)?;
        Ok(Ok(()))
    }
}

/// Records that the password is changed by a code, or not.
fn record_change(
    client: &ClientContext,
    tx: &WriteTx<'_>,
    user: Option<&User>,
    response: EventResponseType,
) -> Result<()> {
    client.record(tx, user, EventType::PasswordChange, Progress::of(response))
}

/// Resets a user's password: the user gets a code for a new one, and cannot sign in before.
///
/// # Errors
/// `UserNotFoundException`; `NotAuthorizedException` of a user who is disabled or still has a temporary password, and in a pool
/// where administrators alone reset passwords; `InvalidParameterException` of a user without a verified address or number.
pub(crate) async fn reset_password(cx: Cx, pool: UserPoolId, name: Username) -> Result<()> {
    cx.write(move |cx, tx| {
        let (pool, user) = cx.user_in(tx, &pool, &name)?;
        let record = tx.user_record(&user)?;
        check_resettable(&record)?;
        let settings = tx.pool_settings(&pool)?;
        let mechanisms = Mechanisms::of(&settings);
        mechanisms.check_self_service()?;
        let destination = mechanisms.destination(tx, &pool, &user, &record)?;
        let message = Outgoing::new(Purpose::ForgotPassword, destination, &settings);
        let slot = Slot::of_user(&pool, &user, &record, Allows::ConfirmForgotPassword);
        message.send(cx, tx, &pool, &slot)?;
        tx.set_status(&user, UserStatusType::ResetRequired, cx.now)
    })
    .await
}
