//! The arithmetic of the group against that of another library.

use num_bigint::BigUint;

use super::*;

fn big(number: &Number) -> BigUint {
    BigUint::from_bytes_be(&bytes(number))
}

/// 32 bytes that look random, others for each number.
fn some_bytes(number: u32) -> [u8; 32] {
    hash(b"some bytes", &number.to_be_bytes())
}

/// Exponents at the edges of what there are, and some between.
fn exponents() -> Vec<[u8; 32]> {
    let mut edges = vec![[0; 32], [0xff; 32], [0x10; 32], [0x0f; 32]];
    for (at, byte) in [(31, 1), (31, 2), (31, 0x10), (0, 0x80), (0, 1), (15, 0xf0)] {
        let mut exponent = [0; 32];
        exponent[at] = byte;
        edges.push(exponent);
    }
    edges.extend((0..4).map(some_bytes));
    edges
}

/// Bases at the edges of the group, and some between.
fn bases() -> Vec<Number> {
    let mut bases = vec![
        Number::ONE,
        Number::from_u8(2),
        prime().wrapping_sub(&Number::ONE),
        prime().wrapping_sub(&Number::from_u8(2)),
    ];
    bases.extend((0..3).map(|number| {
        let random: Vec<u8> = (0..12)
            .flat_map(|part| some_bytes(100 * number + part))
            .collect();
        let mut random = Number::from_be_slice(&random);
        random = random.shr_vartime(1);
        random
    }));
    bases
}

#[test]
fn powers_of_g_are_those_of_another_library() {
    let n = big(&prime());
    for exponent in exponents() {
        let expected = BigUint::from(2u8).modpow(&BigUint::from_bytes_be(&exponent), &n);
        assert_eq!(big(&power_of_g(&exponent)), expected, "{exponent:02x?}");
        let general = power(&Number::from_u8(2), &U256::from_be_slice(&exponent));
        assert_eq!(power_of_g(&exponent), general, "{exponent:02x?}");
    }
}

#[test]
fn powers_of_any_base_are_those_of_another_library() {
    let n = big(&prime());
    for base in bases() {
        for exponent in exponents() {
            let expected = big(&base).modpow(&BigUint::from_bytes_be(&exponent), &n);
            let power = power(&base, &U256::from_be_slice(&exponent));
            assert_eq!(
                big(&power),
                expected,
                "{base} to the power of {exponent:02x?}"
            );
        }
    }
}

#[test]
fn products_are_those_of_another_library() {
    let n = big(&prime());
    for one in bases() {
        for other in bases() {
            let expected = big(&one) * big(&other) % &n;
            assert_eq!(big(&product(&one, &other)), expected, "{one} times {other}");
        }
    }
}
