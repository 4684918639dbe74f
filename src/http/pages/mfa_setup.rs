//! The pages that set up a second factor in the middle of a sign-in (`MFA_SETUP`).

use actix_web::HttpResponse;
use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use form_urlencoded::byte_serialize;
use qrcode::QrCode;
use qrcode::render::svg;

use super::pending::{Pending, own};
use super::view::View;
use super::visit::{Notes, Posted, Visit};
use crate::domain::mfa::Factor;
use crate::error::{ApiError, Result};
use crate::sign_in::SettingUp;

/// The page to set up a software token.
#[derive(Template)]
#[template(path = "software_token.html")]
struct SoftwareTokenPage<'a> {
    view: &'a View,
    visit: &'a Visit,
    notes: Notes,
    state: String,
    secret: &'a str,
    /// The image, as a `data:` URL.
    image: String,
}

/// The page for an address or number that codes are to be sent to.
#[derive(Template)]
#[template(path = "destination.html")]
struct DestinationPage<'a> {
    view: &'a View,
    visit: &'a Visit,
    notes: Notes,
    state: String,
    label: &'a str,
    kind: &'static str,
    autocomplete: &'static str,
}

/// Goes on with a factor that is to be set up. A software token is given its secret now.
///
/// # Errors
/// As [`SettingUp::associate`].
pub(super) async fn choose(visit: &Visit, pending: &mut Pending, factor: Factor) -> Result<()> {
    if factor == Factor::SoftwareToken {
        let (secret, session) = setting_up(visit, pending).await?.associate().await?;
        pending.secret = Some(secret);
        pending.session = Some(session);
    }
    pending.setting_up = Some(factor);
    Ok(())
}

/// The page for the factor that was chosen.
///
/// # Errors
/// `InternalErrorException`.
pub(super) fn page(
    visit: &Visit,
    pending: &Pending,
    notes: Notes,
    state: String,
) -> Result<HttpResponse> {
    let (view, texts) = (&visit.view, visit.view.texts());
    if let Some(secret) = &pending.secret {
        let secret = secret.expose().as_str();
        let image = qr_code(visit.offers.pool_name(), &pending.name, secret)?;
        return Ok(visit.show(&SoftwareTokenPage {
            view,
            visit,
            notes,
            state,
            secret,
            image,
        }));
    }
    let (label, kind, autocomplete) = match pending.setting_up {
        Some(Factor::Sms) => (texts.attribute("phone_number"), "tel", "tel"),
        _ => (texts.attribute("email"), "email", "email"),
    };
    Ok(visit.show(&DestinationPage {
        view,
        visit,
        notes,
        state,
        label,
        kind,
        autocomplete,
    }))
}

/// Takes what was typed. Returns the responses to the challenge, or `None` if there is more to ask.
///
/// # Errors
/// `MFAMethodNotFoundException`; as [`SettingUp::verify`].
pub(super) async fn take(
    posted: &Posted,
    pending: &mut Pending,
) -> Result<Option<Vec<(String, String)>>> {
    let visit = &posted.visit;
    let Some(factor) = pending.setting_up else {
        let factor = Factor::parse(posted.field("answer"));
        let factor = factor.filter(|factor| pending.factors("MFAS_CAN_SETUP").contains(factor));
        let factor = factor.ok_or_else(ApiError::no_such_mfa_method)?;
        choose(visit, pending, factor).await?;
        return Ok(None);
    };
    if factor == Factor::SoftwareToken {
        let name = posted.form.owned("device_name");
        let code = posted.field("code").trim().to_owned().into();
        let verified = setting_up(visit, pending).await?.verify(code, name).await?;
        pending.session = Some(verified);
        return Ok(Some(Vec::new()));
    }
    let name = if factor == Factor::Sms {
        "PHONE_NUMBER"
    } else {
        "EMAIL"
    };
    Ok(Some(vec![own(name, posted.field("destination").trim())]))
}

async fn setting_up(visit: &Visit, pending: &Pending) -> Result<SettingUp> {
    let session = pending
        .session
        .as_ref()
        .ok_or_else(ApiError::invalid_session)?;
    SettingUp::open(&visit.client.cx, session).await
}

/// What an authenticator app scans: the secret, whose it is and what it is for (the `otpauth` URLs that authenticator apps read).
fn qr_code(pool: &str, name: &str, secret: &str) -> Result<String> {
    let encoded = |text: &str| -> String {
        byte_serialize(text.as_bytes())
            .collect::<String>()
            .replace('+', "%20")
    };
    let (pool, name) = (encoded(pool), encoded(name));
    let url = format!("otpauth://totp/{pool}:{name}?secret={secret}&issuer={pool}");
    let code = QrCode::new(url).map_err(ApiError::internal)?;
    let image = code
        .render::<svg::Color<'_>>()
        .min_dimensions(200, 200)
        .build();
    Ok(format!(
        "data:image/svg+xml;base64,{}",
        STANDARD.encode(image)
    ))
}
