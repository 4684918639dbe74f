//! X.509 certificates (RFC 5280) of key pairs.

use chrono::{DateTime, Datelike, Months, Utc};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, PKCS_RSA_SHA256, PublicKeyData, SerialNumber,
    SignatureAlgorithm, date_time_ymd,
};

use super::signing_key::{KeyError, SigningKey};

/// How long a certificate is valid, in months.
const MONTHS: Months = Months::new(10 * 12);

/// The length of a serial number in bytes, of the 20 that RFC 5280 section 4.1.2.2 allows.
const SERIAL_BYTES: usize = 16;

impl PublicKeyData for SigningKey {
    fn der_bytes(&self) -> &[u8] {
        self.public_der()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_RSA_SHA256
    }
}

impl rcgen::SigningKey for SigningKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signed = Self::sign(self, message);
        signed.map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

/// A certificate in DER that the key signs for itself, with `name` as the common name of its subject and its issuer. It is valid
/// for ten years from the beginning of the day of `now`.
///
/// # Errors
/// When the certificate cannot be written or signed.
pub(crate) fn self_signed(
    key: &SigningKey,
    name: &str,
    serial: [u8; SERIAL_BYTES],
    now: DateTime<Utc>,
) -> Result<Vec<u8>, KeyError> {
    let unfit = KeyError::NotCertified;
    let midnight = |day: DateTime<Utc>| {
        let small = |number: u32| u8::try_from(number).map_err(|_| unfit);
        let (month, number) = (small(day.month())?, small(day.day())?);
        // The function panics for years that no certificate can name.
        let year = day.year();
        let fits = (0..=9999).contains(&year);
        fits.then(|| date_time_ymd(year, month, number))
            .ok_or(unfit)
    };
    let end = now.checked_add_months(MONTHS).ok_or(unfit)?;
    let mut params = CertificateParams::default();
    params.not_before = midnight(now)?;
    params.not_after = midnight(end)?;
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    let certificate = params.self_signed(key).map_err(|_| unfit)?;
    Ok(certificate.der().to_vec())
}

/// Whether the certificate shows the public half of the key.
pub(crate) fn is_of(certificate: &[u8], key: &SigningKey) -> bool {
    let public = key.public_der();
    let mut parts = certificate.windows(public.len());
    parts.any(|part| part == public)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The content of the DER element that the bytes begin with, and the whole element. Its length has two bytes.
    fn element(der: &[u8]) -> (&[u8], &[u8]) {
        assert_eq!(der[..2], [0x30, 0x82]);
        let length = usize::from(der[2]) << 8 | usize::from(der[3]);
        (&der[4..4 + length], &der[..4 + length])
    }

    #[test]
    fn a_certificate_is_signed_by_its_own_key_and_valid_for_ten_years() {
        let (key, other) = (
            SigningKey::generate().unwrap(),
            SigningKey::generate().unwrap(),
        );
        let leap_day = "2028-02-29T23:30:00Z".parse().unwrap();
        let der = self_signed(&key, "us-east-1_Test00001", [0xff; SERIAL_BYTES], leap_day).unwrap();
        let (content, whole) = element(&der);
        assert_eq!(whole, der);
        let (_, signed) = element(content);
        let signature = &der[der.len() - 256..];
        assert!(key.verifies(signed, signature) && !other.verifies(signed, signature));
        assert!(is_of(&der, &key) && !is_of(&der, &other));
        let text = String::from_utf8_lossy(&der);
        assert_eq!(text.matches("us-east-1_Test00001").count(), 2);
        assert!(text.contains("280229000000Z") && text.contains("380228000000Z"));
        assert_eq!(
            self_signed(&key, "late", [1; SERIAL_BYTES], DateTime::<Utc>::MAX_UTC),
            Err(KeyError::NotCertified)
        );
    }
}
