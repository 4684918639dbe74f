//! The password itself (`USER_PASSWORD_AUTH`, `ADMIN_USER_PASSWORD_AUTH`).

use crate::api::Sensitive;
use crate::auth::srp::Identity;
use crate::domain::sign_in::{Proved, Session};
use crate::error::Result;
use crate::sign_in::attempt::{Answered, NamedDevice};
use crate::sign_in::client::ClientContext;
use crate::sign_in::lockout::{Tried, take_for_tried};
use crate::sign_in::parameters::Parameters;
use crate::sign_in::subject::Subject;
use crate::sign_in::verdict::{Failure, Proof, Verdict};

/// Judges the password.
///
/// # Errors
/// `InvalidParameterException` when a parameter is missing; `NotAuthorizedException` of a wrong `SECRET_HASH`, or while the user
/// is locked out; `UserNotFoundException`; `TooManyRequestsException`.
pub(crate) async fn judge(client: &ClientContext, parameters: &Parameters) -> Result<Verdict> {
    let name = parameters.username()?;
    let password = Sensitive::from(parameters.required("PASSWORD")?.to_owned());
    client.check_secret_hash(name.as_str(), parameters.find("SECRET_HASH"))?;
    let (subject, tried) = client
        .read(move |client, tx| {
            tx.foresee(|tx| {
                Subject::foresee_named(tx, client, &name);
                Tried::foresee(client, tx, &Subject::probable_subs(client, &name), &name);
            });
            let subject = Subject::named(tx, client, &name)?;
            take_for_tried(client, &subject.sub, &name)?;
            let tried = Tried::new(client, tx, subject.sub.clone(), name)?;
            Ok((subject, tried))
        })
        .await?;
    let Subject {
        hopeless,
        user_id_for_srp,
        verifier,
        ..
    } = subject;
    let pool = client.pool.id.clone();
    let right = client
        .cx
        .compute(move || {
            verifier.accepts(Identity::user(&pool, &user_id_for_srp), password.expose())
        })
        .await?;
    let device = parameters.device_key().map(NamedDevice::Now);
    let refused = hopeless.or((!right).then_some("the password is wrong"));
    verdict(client, refused, tried, None, device)
}

/// The verdict on a password: it is wrong if there is a reason for the log to refuse it, and refused too while attempts under
/// other names have locked the user out.
///
/// # Errors
/// `TooManyRequestsException`.
pub(super) fn verdict(
    client: &ClientContext,
    refused: Option<&'static str>,
    tried: Tried,
    session: Option<Session>,
    device: Option<NamedDevice>,
) -> Result<Verdict> {
    if refused.is_some() || tried.locked.is_some() {
        return Ok(Verdict::Refused(Failure::Password(tried, refused)));
    }
    if client.app.hides_users() {
        // Until now the request has counted for the name only.
        client.cx.take_for_user(&tried.sub)?;
    }
    Ok(Verdict::Proved(Proof {
        proved: Proved::Password,
        answered: Answered {
            sub: tried.sub,
            session,
            device,
        },
        effect: None,
    }))
}
