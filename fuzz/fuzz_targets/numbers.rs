//! Numbers, against num-bigint: all operations, on every engine.
//!
//! ```text
//! lengths   3 bytes: of x, of y, and of the modulus
//! numbers   so many bytes, big-endian; the modulus is made odd
//! ```
#![no_main]

use libfuzzer_sys::fuzz_target;
use num_bigint::BigUint;
use oneway::bignum::{Modulus, Nat};
use oneway::hazmat::engine::Engine;
use subtle::{ConstantTimeEq, ConstantTimeGreater, ConstantTimeLess};

fn big(x: &Nat) -> BigUint {
    BigUint::from_bytes_be(&x.to_be_bytes())
}

fuzz_target!(|bytes: &[u8]| {
    let [a, b, c, rest @ ..] = bytes else { return };
    let (x, rest) = rest.split_at(usize::from(*a).min(rest.len()));
    let (y, rest) = rest.split_at(usize::from(*b).min(rest.len()));
    let m = &rest[..usize::from(*c).min(rest.len())];
    let (Ok(x), Ok(y)) = (Nat::from_be_bytes(x), Nat::from_be_bytes(y)) else { return };
    let (u, v) = (big(&x), big(&y));

    assert_eq!(big(&x.add(&y)), &u + &v);
    assert_eq!(big(&x.mul(&y)), &u * &v);
    assert_eq!(big(&x.square()), &u * &u);
    let difference = x.sub(&y);
    assert_eq!(bool::from(difference.is_some()), u >= v);
    if u >= v {
        assert_eq!(big(&difference.unwrap()), &u - &v);
    }
    assert_eq!(bool::from(x.ct_eq(&y)), u == v);
    assert_eq!(bool::from(x.ct_lt(&y)), u < v);
    assert_eq!(bool::from(x.ct_gt(&y)), u > v);
    let quotient = x.div_rem(&y);
    assert_eq!(bool::from(quotient.is_some()), v != BigUint::ZERO);
    if v != BigUint::ZERO {
        let (q, r) = quotient.unwrap();
        assert_eq!((big(&q), big(&r)), (&u / &v, &u % &v));
        assert_eq!(big(&x.rem(&y).unwrap()), &u % &v);
    }
    assert_eq!(big(&x.sqrt()), u.sqrt());
    assert_eq!(big(&x.gcd(&y)), gcd(u.clone(), v.clone()));
    let shift = usize::from(*c);
    assert_eq!(
        big(&x.shl_secret(shift as u64)),
        (&u << shift) % (BigUint::from(1u8) << (8 * x.to_be_bytes().len()))
    );
    assert_eq!(big(&x.shr_secret(shift as u64)), &u >> shift);

    let mut m = m.to_vec();
    if let Some(last) = m.last_mut() {
        *last |= 1;
    }
    let Ok(m) = Nat::from_be_bytes(&m) else { return };
    let w = big(&m);
    if w <= BigUint::from(1u8) {
        return;
    }
    for engine in Engine::available() {
        let modulus = Modulus::with_engine(&m, engine).unwrap();
        let (p, q) = (modulus.residue(&x), modulus.residue(&y));
        let is = |z: &oneway::bignum::Residue<'_>, expected: BigUint| {
            assert_eq!(BigUint::from_bytes_be(&z.to_be_bytes()), expected % &w, "{engine}");
        };
        is(&p, u.clone());
        is(&p.add(&q), &u + &v);
        is(&p.sub(&q), &u + (&w - &v % &w));
        is(&p.mul(&q), &u * &v);
        is(&p.square(), &u * &u);
        // Powers take time in the cube.
        if w.bits() <= 1100 {
            is(&p.pow(&y), u.modpow(&v, &w));
            is(&p.pow_vartime(&y), u.modpow(&v, &w));
        }
        let inverse = p.invert();
        assert_eq!(bool::from(inverse.is_some()), gcd(u.clone(), w.clone()) == BigUint::from(1u8));
        if inverse.is_some().into() {
            is(&inverse.unwrap().mul(&p), BigUint::from(1u8));
        }
    }
});

fn gcd(mut u: BigUint, mut v: BigUint) -> BigUint {
    while v != BigUint::ZERO {
        (u, v) = (v.clone(), u % v);
    }
    u
}
