//! Numbers modulo the prime N of the group, and powers of a base that is known beforehand. The arithmetic is crypto-bigint's, in
//! constant time.
//!
//! The benchmark of sign-ins includes this file, to time the least that a sign-in needs with the same arithmetic.

use crypto_bigint::modular::ConstMontyForm;
use crypto_bigint::{CtAssign, CtEq, U3072, const_monty_params};

const_monty_params!(
    Prime,
    U3072,
    concat!(
        "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD",
        "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED",
        "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F",
        "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B",
        "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510",
        "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7",
        "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C",
        "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    ),
    "N, in the form that numbers are multiplied in."
);

/// A number modulo N, in the form for multiplying.
pub(super) type Residue = ConstMontyForm<Prime, { U3072::LIMBS }>;

/// N itself.
pub(super) const fn prime() -> U3072 {
    *<Prime as crypto_bigint::modular::ConstMontyParams<{ U3072::LIMBS }>>::PARAMS
        .modulus()
        .as_ref()
}

/// The hexadecimal digits of an exponent.
const PLACES: usize = 64;

/// The powers of one base by one hexadecimal digit of an exponent: for each place, the base to the power of every digit there.
/// 393 kB.
pub(super) type PowerTable = Vec<[Residue; 16]>;

/// The table of a base's powers.
pub(super) fn power_table(base: &Residue) -> PowerTable {
    let mut base = *base;
    let place = |_| {
        let mut next = Residue::ONE;
        let powers = [(); 16].map(|()| {
            let power = next;
            next *= base;
            power
        });
        base = next;
        powers
    };
    (0..PLACES).map(place).collect()
}

/// The table's base to the power of `exponent`: one multiplication for each of its hexadecimal digits.
pub(super) fn power_by_table(table: &PowerTable, exponent: &[u8; PLACES / 2]) -> Residue {
    let digits = exponent.iter().rev();
    let digits = digits.flat_map(|byte| [byte & 0xf, byte >> 4]);
    let powers = table.iter().zip(digits);
    powers.fold(Residue::ONE, |product, (powers, digit)| {
        product * chosen(powers, digit)
    })
}

/// The power of this number in the list. All of them are read, whichever it is.
fn chosen(powers: &[Residue; 16], number: u8) -> Residue {
    let mut chosen = Residue::ONE;
    for (power, at) in powers.iter().zip(0_u8..) {
        chosen.ct_assign(power, at.ct_eq(&number));
    }
    chosen
}
