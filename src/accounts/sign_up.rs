//! Signing up, and confirming it.

use crate::api::{
    AliasAttributeType, AttributeType, CodeDeliveryDetailsType, ErrorCode, EventResponseType,
    EventType, Sensitive, UserPoolType, UserStatusType,
};
use crate::domain::auth_event::Progress;
use crate::domain::code::Allows;
use crate::domain::contact::Contact;
use crate::domain::message::Purpose;
use crate::domain::user::attributes::Schema;
use crate::domain::user::password::PasswordPolicy;
use crate::domain::user::{User, UserRecord};
use crate::error::{ApiError, Result};
use crate::ids::Username;
use crate::quotas::Hourly;
use crate::sign_in::{ClientContext, verifier_for};
use crate::store::{ReadTx, WriteTx};

use super::NewUser;
use super::codes::Slot;
use super::named::Named;
use super::outgoing::{Outgoing, verifies};

/// What somebody signs up with.
pub(crate) struct Application {
    pub(crate) username: Username,
    pub(crate) password: Option<Sensitive<String>>,
    pub(crate) attributes: Vec<AttributeType>,
}

/// A user who has signed up.
pub(crate) struct SignedUp {
    pub(crate) sub: String,
    /// Where the code was sent; `None` if none was sent.
    pub(crate) sent: Option<CodeDeliveryDetailsType>,
}

/// Makes a user of somebody who signs up, and sends what confirms it.
///
/// # Errors
/// `NotAuthorizedException` where administrators alone create users, of an attribute that the client may not write, or as
/// [`ClientContext::check_local`];
/// `InvalidParameterException` of a name or attributes that do not fit the pool; `InvalidPasswordException`;
/// `UsernameExistsException`.
pub(crate) async fn sign_up(client: &ClientContext, application: Application) -> Result<SignedUp> {
    client.check_local()?;
    let (settings, record, password) = client
        .read(move |client, tx| {
            let settings = tx.pool_settings(&client.pool)?;
            let (record, password) = check(client, tx, &settings, application)?;
            Ok((settings, record, password))
        })
        .await?;
    let pool = &client.pool.id;
    let kept = verifier_for(&client.cx, pool, &record.username, password, false).await?;
    let message = Outgoing::confirmation(client, &settings, &record, Purpose::SignUp);
    client
        .write(move |client, tx| {
            let (pool, configuration) = (&client.pool, client.configuration()?);
            let row = tx
                .insert_user(pool, configuration, &record)
                .map_err(user_exists)?;
            tx.put_password(row, &kept)?;
            let (user, record) = tx.user_of_row(row)?;
            let slot = Slot::of_user(pool, &user, &record, Allows::ConfirmSignUp);
            let sent = message.map(|message| message.send(&client.cx, tx, pool, &slot));
            let passed = Progress::of(EventResponseType::Pass);
            client.record(tx, Some(&user), EventType::SignUp, passed)?;
            Ok(SignedUp {
                sent: sent.transpose()?,
                sub: record.sub,
            })
        })
        .await
}

/// Checks an application. Returns the record of the new user, and the password.
fn check(
    client: &ClientContext,
    tx: &ReadTx<'_>,
    settings: &UserPoolType,
    application: Application,
) -> Result<(UserRecord, Sensitive<String>)> {
    let admin = settings.admin_create_user_config.as_ref();
    if admin.and_then(|admin| admin.allow_admin_create_user_only) == Some(true) {
        return Err(ApiError::not_authorized(
            "SignUp is not permitted for this user pool",
        ));
    }
    let given = application.attributes;
    let mut names = given.iter().map(|attribute| attribute.name.as_str());
    if !names.all(|name| client.app.may_write(name)) {
        return Err(ApiError::unauthorized_attribute());
    }
    let schema = Schema::of(settings);
    let new = NewUser {
        name: application.username,
        attributes: schema.of_new_user(given)?,
        status: UserStatusType::Unconfirmed,
    };
    let configuration = client.configuration()?;
    let record = new.into_record(&client.cx, configuration)?;
    schema.check_complete(&record.attributes)?;
    let aliases = settings.alias_attributes.iter().flatten();
    let by_preferred = { aliases }.any(|alias| *alias == AliasAttributeType::PreferredUsername);
    if by_preferred && record.attributes.contains_key("preferred_username") {
        return Err(ApiError::invalid_parameter(
            "Preferred username cannot be set before the user is confirmed, since user pool is configured for preferred username \
             alias.",
        ));
    }
    let password = application.password.unwrap_or_default();
    PasswordPolicy::of(settings.clone()).check(password.expose())?;
    tx.check_username_is_free(&client.pool, configuration, &record.username)
        .map_err(user_exists)?;
    Ok((record, password))
}

/// The words of `SignUp` for a username that is taken.
fn user_exists(refusal: ApiError) -> ApiError {
    if refusal.code == ErrorCode::UsernameExistsException {
        ApiError::new(refusal.code, "User already exists")
    } else {
        refusal
    }
}

/// Confirms a user who has signed up, by the code. The address or number that got the code is verified by it. With `force`, it
/// becomes an alias of this user even if it is another's.
///
/// # Errors
/// `UserNotFoundException`; `NotAuthorizedException` of a user who is confirmed already or disabled; `CodeMismatchException`,
/// `ExpiredCodeException`, `LimitExceededException`; `AliasExistsException`, after which the code still serves.
pub(crate) async fn confirm(
    client: &ClientContext,
    name: Username,
    code: Sensitive<String>,
    force: bool,
) -> Result<()> {
    let confirmed = client.write(move |client, tx| {
        let named = Named::find(client, tx, name)?;
        let slot = named.slot(client, Allows::ConfirmSignUp)?;
        if let Some((_, record)) = &named.holder {
            check_unconfirmed(record)?;
        }
        let kept = match slot.judge(&client.cx, tx, &code)? {
            Ok(kept) => kept,
            Err(refusal) => return Ok(Err(refusal)),
        };
        slot.use_up(tx, &kept)?;
        if let Some((_, record)) = named.holder.as_ref() {
            let contact = kept.destination.contact;
            make_confirmed(client, tx, record.clone(), contact, force)?;
        }
        Ok(Ok(()))
    });
    confirmed.await?
}

/// # Errors
/// `NotAuthorizedException` of a user who is not `UNCONFIRMED`, or disabled.
fn check_unconfirmed(record: &UserRecord) -> Result<()> {
    if !record.enabled {
        return Err(ApiError::user_disabled());
    }
    if record.status == UserStatusType::Unconfirmed {
        Ok(())
    } else {
        Err(ApiError::not_unconfirmed(record.status.as_str()))
    }
}

fn make_confirmed(
    client: &ClientContext,
    tx: &WriteTx<'_>,
    mut record: UserRecord,
    verified: Contact,
    force: bool,
) -> Result<()> {
    let (pool, configuration) = (&client.pool, client.configuration()?);
    record.status = UserStatusType::Confirmed;
    record.modified = client.cx.now;
    record
        .attributes
        .insert(verified.flag().to_owned(), "true".to_owned());
    if force {
        tx.release_aliases(pool, configuration, &record)?;
    }
    tx.put_user(pool, configuration, &record)
}

/// Sends another code, or link, to a user who has signed up; the one before no longer serves.
///
/// # Errors
/// `NotAuthorizedException` in a pool that verifies nothing; `UserNotFoundException`; `InvalidParameterException` of a user who is
/// confirmed, or has nothing that the pool verifies; `LimitExceededException`. A client that hides who exists is told that a code
/// was sent.
pub(crate) async fn resend(
    client: &ClientContext,
    name: Username,
) -> Result<CodeDeliveryDetailsType> {
    client
        .write(move |client, tx| {
            let settings = tx.pool_settings(&client.pool)?;
            let preferred = [Contact::PhoneNumber, Contact::Email]
                .into_iter()
                .find(|contact| verifies(&settings, *contact))
                .ok_or_else(ApiError::auto_verification_off)?;
            let named = Named::find(client, tx, name)?;
            named.take_hourly(client, Hourly::ResendConfirmationCode)?;
            let message = message_again(client, &settings, &named);
            let pretended = (Purpose::ResendCode, preferred);
            let message = named.or_pretend(client, message, pretended, &settings)?;
            let slot = named.slot(client, Allows::ConfirmSignUp)?;
            let receiver = named.receiver(&message);
            let sent = message.send(&client.cx, tx, &client.pool, &slot)?;
            let passed = Progress::of(EventResponseType::Pass);
            client.record(tx, receiver, EventType::ResendCode, passed)?;
            Ok(sent)
        })
        .await
}

/// The message to a user who still has to be confirmed.
fn message_again(
    client: &ClientContext,
    settings: &UserPoolType,
    named: &Named,
) -> Result<Outgoing> {
    let holder = named.holder.as_ref();
    let (_, record): &(User, UserRecord) = holder.ok_or_else(ApiError::no_such_user_of_client)?;
    if !record.enabled {
        return Err(ApiError::user_disabled());
    }
    if record.status != UserStatusType::Unconfirmed {
        return Err(ApiError::already_confirmed());
    }
    let message = Outgoing::confirmation(client, settings, record, Purpose::ResendCode);
    message.ok_or_else(|| ApiError::no_contact("email address or phone number"))
}
