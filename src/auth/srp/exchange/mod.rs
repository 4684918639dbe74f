//! The server's half of one exchange, from the challenge to the claim that answers it (RFC 5054 section 2).

use crypto_bigint::U256;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::ambient::Ambient;
use crate::auth::srp::group::{self, Number, WIDTH};
use crate::auth::srp::{Identity, SrpError, Verifier};
use crate::mac::hmac_sha256;

/// The bytes of b: RFC 5054 section 2.6 asks for at least 256 bits.
const SECRET_WIDTH: usize = 32;

/// The server's half of an exchange: A, B and b.
pub(crate) struct Exchange {
    client: Number,
    server: Number,
    secret: Zeroizing<[u8; SECRET_WIDTH]>,
}

/// The answer of a client to `PASSWORD_VERIFIER` or `DEVICE_PASSWORD_VERIFIER` (AWS guide "Working with user devices in your
/// user pool"): an HMAC over the decoded secret block and a time, under the key that only the two ends have.
#[derive(Clone, Copy)]
pub(crate) struct Claim<'a> {
    /// `PASSWORD_CLAIM_SECRET_BLOCK`, decoded.
    pub(crate) secret_block: &'a [u8],
    /// `TIMESTAMP`, as it was sent.
    pub(crate) timestamp: &'a str,
    /// `PASSWORD_CLAIM_SIGNATURE`, decoded.
    pub(crate) signature: &'a [u8],
}

impl Exchange {
    /// Begins an exchange with a client's `SRP_A`: hexadecimal digits without a sign; their number may be odd. Zero is refused
    /// because it would make S zero for everybody (RFC 5054 section 2.5.4), and N and above because no power modulo N has such a
    /// value.
    pub(crate) fn begin(
        verifier: &Verifier,
        srp_a: &str,
        chance: &Ambient,
    ) -> Result<Self, SrpError> {
        let client = number_in_hex(srp_a)?;
        let secret = Zeroizing::new(chance.bytes());
        let server = group::public_number(verifier.number(), &group::power_of_g(&secret));
        Ok(Self {
            client,
            server,
            secret,
        })
    }

    /// B as challenges write it, in `SRP_B`.
    pub(crate) fn srp_b(&self) -> String {
        let digits = hex::encode(group::bytes(&self.server));
        digits.trim_start_matches('0').to_owned()
    }

    /// A ‖ B ‖ b, always of the same length. The caller must seal them, because b is the server's secret.
    pub(crate) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let (client, server) = (group::bytes(&self.client), group::bytes(&self.server));
        Zeroizing::new([&client[..], &server, &*self.secret].concat())
    }

    /// Reads the bytes of [`Exchange::to_bytes`]. Returns `None` for any other length.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (client, rest) = bytes.split_at_checked(WIDTH)?;
        let (server, secret) = rest.split_at_checked(WIDTH)?;
        Some(Self {
            client: group::number(client).ok()?,
            server: group::number(server).ok()?,
            secret: Zeroizing::new(secret.try_into().ok()?),
        })
    }

    /// Whether the client knows the secret of the verifier, compared in constant time.
    pub(crate) fn accepts(
        &self,
        verifier: &Verifier,
        who: Identity<'_>,
        claim: &Claim<'_>,
    ) -> bool {
        let u = scrambler(&self.client, &self.server);
        let secret = Zeroizing::new(U256::from_be_slice(&*self.secret));
        let base = Zeroizing::new(base_of_common_secret(&self.client, verifier.number(), &u));
        let common = Zeroizing::new(group::power(&base, &secret));
        SessionKey::of(&u, &common).made(who, claim)
    }
}

/// u = H(pad(A) ‖ pad(B)).
fn scrambler(client: &Number, server: &Number) -> [u8; 32] {
    group::hash(
        &group::pad(&group::bytes(client)),
        &group::pad(&group::bytes(server)),
    )
}

/// A·v^u, of which S is the power of b.
fn base_of_common_secret(client: &Number, verifier: &Number, u: &[u8; 32]) -> Number {
    let power = Zeroizing::new(group::power(verifier, &U256::from_be_slice(u)));
    group::product(client, &power)
}

/// K: HKDF-SHA256 (RFC 5869) of S with u as its salt, the first 16 bytes.
struct SessionKey(Zeroizing<[u8; 32]>);

impl SessionKey {
    const WIDTH: usize = 16;

    fn of(u: &[u8; 32], common: &Number) -> Self {
        let common = Zeroizing::new(group::bytes(common));
        let extract =
            hmac_sha256(&group::pad(u)).chain_update(&*Zeroizing::new(group::pad(&*common)));
        let extracted = Zeroizing::new(<[u8; 32]>::from(extract.finalize().into_bytes()));
        let expand = hmac_sha256(&*extracted).chain_update(b"Caldera Derived Key\x01");
        Self(Zeroizing::new(expand.finalize().into_bytes().into()))
    }

    fn bytes(&self) -> &[u8] {
        self.0.get(..Self::WIDTH).unwrap_or_default()
    }

    /// Whether the claim's signature was made with this key.
    fn made(&self, who: Identity<'_>, claim: &Claim<'_>) -> bool {
        self.signature(who, claim.secret_block, claim.timestamp)
            .verify_slice(claim.signature)
            .is_ok()
    }

    fn signature(&self, who: Identity<'_>, secret_block: &[u8], timestamp: &str) -> Hmac<Sha256> {
        hmac_sha256(self.bytes())
            .chain_update(who.scope)
            .chain_update(who.name)
            .chain_update(secret_block)
            .chain_update(timestamp)
    }
}

/// Reads a number of the group from hexadecimal digits.
fn number_in_hex(digits: &str) -> Result<Number, SrpError> {
    // The longest number, with a zero byte in front that says that it is not negative.
    if digits.len() > 2 * WIDTH + 2 {
        return Err(SrpError::OutOfRange);
    }
    let odd = if digits.len() % 2 == 1 { "0" } else { "" };
    let bytes = hex::decode([odd, digits].concat()).map_err(|_| SrpError::Malformed)?;
    group::number(&bytes)
}

#[cfg(test)]
mod tests;
