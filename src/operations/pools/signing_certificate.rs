//! The certificate by which SAML providers recognise a pool.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::api::{GetSigningCertificateRequest, GetSigningCertificateResponse};
use crate::auth::certificate::self_signed;
use crate::auth::signing_key::{KeyError, SigningKey};
use crate::context::Cx;
use crate::domain::pool::Pool;
use crate::error::{ApiError, Result};
use crate::ids::UserPoolId;
use crate::store::{KeptCertificate, ReadTx};

/// How long a pool gives the same certificate, in milliseconds: a year. The certificate itself is valid for longer (AWS API
/// reference, `GetSigningCertificate`).
const RENEWED_AFTER_MS: i64 = 365 * 24 * 60 * 60 * 1000;

/// Shows the pool's certificate, which is made now if there is none of this year.
pub(crate) async fn get_signing_certificate(
    cx: Cx,
    request: GetSigningCertificateRequest,
) -> Result<GetSigningCertificateResponse> {
    let id = request.user_pool_id.clone();
    let kept = cx.read(move |cx, tx| {
        let pool = cx.pool(tx, &id)?;
        current(cx, tx, &pool)
    });
    let certificate = match kept.await? {
        Some(certificate) => certificate,
        None => renew(&cx, request.user_pool_id).await?,
    };
    Ok(GetSigningCertificateResponse {
        certificate: Some(STANDARD.encode(certificate.der)),
    })
}

/// The pool's certificate, unless there is none or it is to be renewed.
fn current(cx: &Cx, tx: &ReadTx<'_>, pool: &Pool) -> Result<Option<KeptCertificate>> {
    let kept = tx.find_signing_certificate(pool)?;
    let age_ms = |kept: &KeptCertificate| cx.now.millis().saturating_sub(kept.created.millis());
    Ok(kept.filter(|kept| age_ms(kept) < RENEWED_AFTER_MS))
}

/// Makes a certificate with a new key, before the transaction, since drawing an RSA key takes a moment. Of several requests that
/// do so at once, all get the certificate that is kept first.
async fn renew(cx: &Cx, id: UserPoolId) -> Result<KeptCertificate> {
    let (name, serial, now) = (id.as_str().to_owned(), cx.ambient.bytes(), cx.now);
    let made = cx.compute(move || {
        let key = SigningKey::generate()?;
        let der = self_signed(&key, &name, serial, now.date_time())?;
        Ok::<_, KeyError>((key, KeptCertificate { der, created: now }))
    });
    let (key, certificate) = made.await?.map_err(ApiError::internal)?;
    cx.write(move |cx, tx| {
        let pool = cx.pool(tx, &id)?;
        if let Some(kept) = current(cx, tx, &pool)? {
            return Ok(kept);
        }
        tx.put_signing_certificate(&pool, &key, &certificate)?;
        Ok(certificate)
    })
    .await
}
