//! A new password in place of a temporary one (`NEW_PASSWORD_REQUIRED`).

use crate::api::{AttributeType, ChallengeNameType, Sensitive, UserStatusType};
use crate::domain::sign_in::{Proved, Session};
use crate::domain::tokens::readable;
use crate::domain::user::attributes::Schema;
use crate::domain::user::password::PasswordPolicy;
use crate::domain::user::{User, UserRecord};
use crate::error::{ApiError, Result};
use crate::ids::Username;
use crate::sign_in::attempt::{Answered, Attempt};
use crate::sign_in::client::ClientContext;
use crate::sign_in::parameters::{ChallengeParameters, Parameters, parameters};
use crate::sign_in::verdict::{Effect, Proof, Verdict};
use crate::sign_in::verifiers::{check_same_history, verifier_for_new};
use crate::store::{KeptPassword, PasswordHistory, ReadTx, WriteTx};

/// The prefix of responses that are attributes.
const ATTRIBUTE_PREFIX: &str = "userAttributes.";

/// The parameters of the challenge: the attributes that the user has, and the required ones that the user lacks.
///
/// # Errors
/// `InternalErrorException` when the store fails.
pub(crate) fn put(attempt: &Attempt<'_>) -> Result<ChallengeParameters> {
    let (client, record) = (attempt.client, &attempt.record);
    let schema = Schema::of(&attempt.tx.pool_settings(&client.pool)?);
    let missing = schema.missing(&record.attributes);
    let missing: Vec<String> = missing
        .map(|name| format!("{ATTRIBUTE_PREFIX}{name}"))
        .collect();
    let had = readable(&client.app, &record.attributes);
    let had: std::collections::BTreeMap<&str, &str> = had.collect();
    let json = |text: serde_json::Result<String>| text.map_err(ApiError::internal);
    Ok(parameters([
        ("USER_ID_FOR_SRP", record.username.as_str().to_owned()),
        ("requiredAttributes", json(serde_json::to_string(&missing))?),
        ("userAttributes", json(serde_json::to_string(&had))?),
    ]))
}

/// Judges the new password and the attributes that come with it.
///
/// # Errors
/// `InvalidPasswordException`, `PasswordHistoryPolicyViolationException`; `NotAuthorizedException` of an attribute that has a
/// value already or that the client may not write; `InvalidParameterException` of one that does not fit, or is still missing.
pub(super) async fn judge(
    client: &ClientContext,
    responses: &Parameters,
    session: Option<Sensitive<String>>,
) -> Result<Verdict> {
    let name = client.username_in(responses)?;
    let password = Sensitive::from(responses.required("NEW_PASSWORD")?.to_owned());
    let challenge = ChallengeNameType::NewPasswordRequired;
    let session = client.open_session_for(challenge, session.as_ref())?;
    client.cx.take_for_user(&session.sub)?;
    let given: Vec<AttributeType> = responses
        .with_prefix(ATTRIBUTE_PREFIX)
        .map(|(name, value)| AttributeType {
            name: name.to_owned(),
            value: Some(value.to_owned().into()),
        })
        .collect();
    let (session, password, given, user, history) = client
        .read(move |client, tx| {
            let (user, mut record) = user_with_temporary_password(client, tx, &session, &name)?;
            PasswordPolicy::of(tx.pool_settings(&client.pool)?).check(password.expose())?;
            add_attributes(client, tx, &mut record, &given)?;
            // The history lacks the temporary password, so the user may keep that one.
            let history = tx.password_history(&user)?;
            Ok((session, password, given, user, history))
        })
        .await?;
    let pool = &client.pool.id;
    let kept = verifier_for_new(&client.cx, pool, &user, &history, password, false).await?;
    Ok(Verdict::Proved(Proof {
        proved: Proved::NewPassword,
        answered: Answered::of_session(session, None),
        effect: Some(Box::new(Accepted {
            kept,
            history,
            given,
        })),
    }))
}

/// A new password that the policy allows, and the attributes that came with it.
struct Accepted {
    kept: KeptPassword,
    /// The history that the password was compared with.
    history: PasswordHistory,
    given: Vec<AttributeType>,
}

impl Effect for Accepted {
    fn apply(&self, attempt: &mut Attempt<'_>) -> Result<()> {
        check_temporary(attempt.tx, &attempt.user)?;
        check_same_history(attempt.tx, &attempt.user, &self.history)?;
        add_attributes(attempt.client, attempt.tx, &mut attempt.record, &self.given)?;
        attempt.record.status = UserStatusType::Confirmed;
        attempt.record.modified = attempt.client.cx.now;
        Ok(())
    }

    fn foresee(&self, client: &ClientContext, tx: &ReadTx<'_>, user: &User) {
        let _ = tx.pool_settings(&client.pool);
        let _ = tx.temporary_password_since(user);
        let _ = tx.password_history(user);
    }

    fn write(&self, attempt: &Attempt<'_>, tx: &WriteTx<'_>) -> Result<()> {
        let client = attempt.client;
        tx.put_user(&client.pool, client.configuration()?, &attempt.record)?;
        tx.put_password(attempt.user.row, &self.kept)
    }
}

/// The user of the session, who must still have a temporary password.
fn user_with_temporary_password(
    client: &ClientContext,
    tx: &ReadTx<'_>,
    session: &Session,
    named: &Username,
) -> Result<(User, UserRecord)> {
    tx.check_session(&session.id)?;
    let (user, record) = client.user_of(tx, session, named)?;
    check_temporary(tx, &user)?;
    Ok((user, record))
}

/// Refuses a user whose password is not temporary any more: a user who has chosen a password cannot choose another one in a
/// sign-in that began before.
fn check_temporary(tx: &ReadTx<'_>, user: &User) -> Result<()> {
    match tx.temporary_password_since(user)? {
        Some(_) => Ok(()),
        None => Err(ApiError::invalid_session().because("the password is not temporary any more")),
    }
}

/// Adds the given attributes to the record.
///
/// # Errors
/// `NotAuthorizedException` of an attribute that has a value already or that the client may not write;
/// `InvalidParameterException` of one that does not fit, or is still missing.
fn add_attributes(
    client: &ClientContext,
    tx: &ReadTx<'_>,
    record: &mut UserRecord,
    given: &[AttributeType],
) -> Result<()> {
    let schema = Schema::of(&tx.pool_settings(&client.pool)?);
    for AttributeType { name, .. } in given {
        if record.attributes.contains_key(name) {
            return Err(ApiError::attribute_provided(name));
        }
        if !client.app.may_write(name) {
            return Err(ApiError::unauthorized_attribute());
        }
    }
    let changes = schema.first_values(given.to_vec())?;
    changes.apply(&mut record.attributes)?;
    if let Some(name) = schema.missing(&record.attributes).next() {
        return Err(ApiError::invalid_parameter(format!(
            "Invalid attributes given, {name} is missing"
        ))
        .because("an attribute that the pool requires is missing"));
    }
    Ok(())
}
