//! A new password in place of a temporary one (`NEW_PASSWORD_REQUIRED`).

use std::collections::BTreeMap;

use crate::api::{AttributeType, Sensitive, UserStatusType};
use crate::context::Cx;
use crate::domain::attributes::{Changes, Schema};
use crate::domain::password::PasswordPolicy;
use crate::domain::sign_in::{Proved, Session, Step};
use crate::domain::tokens::readable;
use crate::domain::user::{User, UserRecord};
use crate::error::{ApiError, Result};
use crate::ids::Username;
use crate::operations::passwords::{check_same_history, keep_another};
use crate::operations::sign_in::app::App;
use crate::operations::sign_in::parameters::Parameters;
use crate::operations::sign_in::progress::{Answer, NamedDevice, Proof, finish, named, step_on};
use crate::store::ReadTx;

/// What attributes are called that come with the new password.
const ATTRIBUTE_PREFIX: &str = "userAttributes.";

/// What the client is told: the attributes that the user has, and those that are still to be given.
pub(super) fn asked(
    tx: &ReadTx<'_>,
    app: &App,
    record: &UserRecord,
) -> Result<BTreeMap<String, String>> {
    let schema = Schema::of(&tx.pool_settings(&app.pool)?);
    let missing = schema.missing(&record.attributes);
    let missing: Vec<String> = missing
        .map(|name| format!("{ATTRIBUTE_PREFIX}{name}"))
        .collect();
    let had: BTreeMap<&str, &str> = readable(&app.client, &record.attributes).collect();
    Ok(named([
        ("USER_ID_FOR_SRP", record.username.as_str().to_owned()),
        (
            "requiredAttributes",
            serde_json::to_string(&missing).map_err(ApiError::internal)?,
        ),
        (
            "userAttributes",
            serde_json::to_string(&had).map_err(ApiError::internal)?,
        ),
    ]))
}

/// Takes the new password, and the attributes that were still to be given.
pub(super) async fn set(
    cx: &Cx,
    app: App,
    responses: &Parameters,
    session: Option<Sensitive<String>>,
) -> Result<Answer> {
    let name = app.name_in(responses)?;
    let password = Sensitive::from(responses.required("NEW_PASSWORD")?.to_owned());
    let session = app.open_session(cx, session.as_ref())?;
    if !matches!(session.step, Step::NewPassword) {
        return Err(ApiError::invalid_session().because("the session is for another challenge"));
    }
    cx.take_for_user(&session.sub)?;
    let given: Vec<AttributeType> = responses
        .beginning(ATTRIBUTE_PREFIX)
        .map(|(name, value)| AttributeType {
            name: name.to_owned(),
            value: Some(value.to_owned().into()),
        })
        .collect();
    let (through, named) = (app.clone(), name.clone());
    let (session, given, password, user, history) = cx
        .read(move |_, tx| {
            tx.check_session(&session.id)?;
            let (user, record) = user_with_temporary_password(tx, &through, &session, &named)?;
            PasswordPolicy::of(tx.pool_settings(&through.pool)?).check(password.expose())?;
            with_attributes(tx, &through, record, given.clone())?;
            // The temporary password is none that the user had for good: it may be kept.
            let history = tx.password_history(&user)?;
            Ok((session, given, password, user, history))
        })
        .await?;
    let kept = keep_another(cx, &app.pool.id, &user, &history, password, false).await?;
    let through = app.clone();
    let outcome = cx
        .write(move |cx, tx| {
            tx.check_session(&session.id)?;
            let (user, record) = user_with_temporary_password(tx, &through, &session, &name)?;
            check_same_history(tx, &user, &history)?;
            let mut record = with_attributes(tx, &through, record, given)?;
            record.status = UserStatusType::Confirmed;
            record.modified = cx.now;
            tx.put_user(&through.pool, through.configuration()?, &record)?;
            tx.put_password(user.row, &kept)?;
            let proof = Proof {
                proved: Proved::Password,
                sub: session.sub.clone(),
                device: session.device.clone().map(NamedDevice::Before),
                session: Some(session),
            };
            step_on(cx, tx, &through, &proof, &user, record)
        })
        .await?;
    finish(cx, &app, outcome).await
}

/// The user whose session it is, who must still have a temporary password: who has chosen one, chooses no other in a sign-in that
/// began before.
fn user_with_temporary_password(
    tx: &ReadTx<'_>,
    app: &App,
    session: &Session,
    named: &Username,
) -> Result<(User, UserRecord)> {
    let (user, record) = app.user_of(tx, session, named)?;
    if tx.temporary_password_since(&user)?.is_none() {
        return Err(ApiError::invalid_session().because("the password is not temporary any more"));
    }
    Ok((user, record))
}

/// The user with the attributes that are given.
///
/// # Errors
/// `NotAuthorizedException` of an attribute that has a value already or that the client may not write;
/// `InvalidParameterException` of one that does not fit, or is still missing.
fn with_attributes(
    tx: &ReadTx<'_>,
    app: &App,
    mut record: UserRecord,
    given: Vec<AttributeType>,
) -> Result<UserRecord> {
    let schema = Schema::of(&tx.pool_settings(&app.pool)?);
    for AttributeType { name, .. } in &given {
        if record.attributes.contains_key(name) {
            return Err(ApiError::not_authorized(format!(
                "Cannot modify an already provided {name}"
            ))
            .because("the attribute has a value already"));
        }
        if !app.client.may_write(name) {
            return Err(ApiError::unauthorized_attribute());
        }
    }
    let changes: Changes = schema.first_values(given)?;
    changes.apply(&mut record.attributes)?;
    if let Some(name) = schema.missing(&record.attributes).next() {
        return Err(ApiError::invalid_parameter(format!(
            "Invalid attributes given, {name} is missing"
        ))
        .because("an attribute that the pool requires is missing"));
    }
    Ok(record)
}
