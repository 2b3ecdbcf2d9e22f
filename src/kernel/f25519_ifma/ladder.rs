//! The Montgomery ladder, its four coordinates in four lanes.
//!
//! A step takes P2 = (x2 : z2) and P3 = (x3 : z3), whose difference has the coordinate u, to 2·P2 and P2 +
//! P3; where the scalar's bit says so, to 2·P3 and P2 + P3. It is three products deep:
//!
//! | | lane 0 | lane 1 | lane 2 | lane 3 |
//! |---|---|---|---|---|
//! | the points | x2 | z2 | x3 | z3 |
//! | sums | a = x2 + z2 | b = x2 − z2 | c = x3 + z3 | d = x3 − z3 |
//! | first product | s² | t² | c·b | d·a |
//! | sums | s² | e = s² − t² | f = cb + da | g = cb − da |
//! | second product | s²·t² = x2 | s² + e·121665 | f·f = x3 | g·g |
//! | third product | | e·(s² + 121665 e) = z2 | | u·g² = z3 |
//!
//! with (s, t) = (a, b) or (c, d), the point that is doubled. Nothing else depends on the bit: to exchange
//! the points in c·b and d·a is to exchange these two, which changes the sign of g. So the bit decides what
//! the factors' lanes are taken from, and no word is exchanged. It does so as a mask, under permutations
//! that are constants: a bit in their index would do as well, but what comes of that the witness for vector
//! code takes for public.
//!
//! Bounds, in units of 2^51 (see [`super::field`]): s², cb, x2 and x3 are started with 512 p, so they're
//! over 511 and below 512 + 250; t², da and z2 are below 250, z3 is below 345 as u may not be reduced. So
//! all differences are positive, and all sums are below 762 + 345 < 2^11; the second product's lane 1 is
//! below 762 + 250.
//!
//! Sources: RFC 7748, section 5, whose step this is; Montgomery, "Speeding the Pollard and elliptic curve
//! methods of factorization" (1987), section 10.3.1. That a point at infinity comes out as (X : 0), and in
//! as well: Bernstein, "Curve25519: new Diffie-Hellman speed records" (2006), appendix B.

use core::arch::x86_64::{
    _mm256_mask_add_epi64, _mm256_mask_mov_epi64, _mm256_mask_permutex_epi64, _mm256_mask_sub_epi64,
    _mm256_permutex_epi64,
};

use super::super::clear_x86::clear_registers;
use super::super::word::mask;
use super::Element;
use super::field::{Columns, Limbs};

/// [`super::Ifma::ladder`].
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
pub(super) fn ladder(k: &[u8; 32], u: &Element) -> (Element, Element) {
    const ZERO: Element = [0; 5];
    const ONE: Element = [1, 0, 0, 0, 0];
    const A24: Element = [121_665, 0, 0, 0, 0];

    let bias = Columns::bias::<0b0101>();
    let constants = Limbs::from_words([&ZERO, &A24, &ZERO, u]);
    let mut points = Columns(Limbs::from_words([&ONE, &ZERO, u, &ONE]).0).plus(&bias);
    let mut before = 0;
    for i in (0..255).rev() {
        let bit = u64::from(k[i / 8] >> (i % 8) & 1);
        let exchanged = mask(bit ^ before);
        before = bit;

        let other = points.swap_pairs();
        let mut sums = points.plus(&other);
        for k in 0..5 {
            sums.0[k] = _mm256_mask_sub_epi64(sums.0[k], 0b1010, other.0[k], points.0[k]);
        }
        let sums = sums.carry();
        let left = first_point(&sums, exchanged);
        let right = replace::<0b1100>(&left, &reversed(&sums));
        let first = left.times(&right, &bias);

        let other = first.swap_pairs();
        let (mut left, mut right, mut start) = (first, first, bias);
        for k in 0..5 {
            let sum = _mm256_mask_add_epi64(first.0[k], 0b0100, first.0[k], other.0[k]);
            left.0[k] = _mm256_mask_sub_epi64(sum, 0b1010, other.0[k], first.0[k]);
            right.0[k] = _mm256_mask_mov_epi64(left.0[k], 0b0001, other.0[k]);
            start.0[k] = _mm256_mask_mov_epi64(start.0[k], 0b0010, other.0[k]);
        }
        let (left, right) = (left.carry(), replace::<0b0010>(&right.carry(), &constants));
        let second = left.times(&right, &start);

        // What is in lanes 0 and 2 of the third product isn't looked at.
        let left = replace::<0b1000>(&left, &constants);
        let third = left.times(&second.carry(), &Columns::zero());
        for k in 0..5 {
            points.0[k] = _mm256_mask_mov_epi64(second.0[k], 0b1010, third.0[k]);
        }
    }
    let [x, z, ..] = first_point(&points.carry(), mask(before)).to_words();
    clear_registers();
    (x, z)
}

/// Lanes 2 and 3 in the place of 0 and 1 under a mask.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
fn first_point(x: &Limbs, exchanged: u64) -> Limbs {
    let exchanged = (exchanged & 0b0011) as u8;
    Limbs(x.0.map(|x| _mm256_mask_permutex_epi64::<0b11_10_11_10>(x, exchanged, x)))
}

/// Lanes 3, 2, 1, 0.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
fn reversed(x: &Limbs) -> Limbs {
    Limbs(x.0.map(|x| _mm256_permutex_epi64::<0b00_01_10_11>(x)))
}

/// x with some of its lanes from y.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
fn replace<const LANES: u8>(x: &Limbs, y: &Limbs) -> Limbs {
    Limbs(core::array::from_fn(|k| _mm256_mask_mov_epi64(x.0[k], LANES, y.0[k])))
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::super::oracle::{Random, edges, forms, inverse, on_ifma, p, value};
    use super::super::{Element, Ifma};
    use num_bigint::BigUint;

    /// RFC 7748, section 5, by its formulas.
    fn expected(k: &[u8; 32], u: &BigUint) -> BigUint {
        let p = p();
        let one = BigUint::from(1u8);
        let (mut x2, mut z2, mut x3, mut z3) = (one.clone(), BigUint::ZERO, u.clone(), one);
        let mut swap = false;
        for t in (0..255).rev() {
            let bit = k[t / 8] >> (t % 8) & 1 == 1;
            if swap != bit {
                (x2, x3, z2, z3) = (x3, x2, z3, z2);
            }
            swap = bit;
            let (a, b) = ((&x2 + &z2) % &p, (&x2 + &p - &z2) % &p);
            let (aa, bb) = (&a * &a % &p, &b * &b % &p);
            let e = (&aa + &p - &bb) % &p;
            let (c, d) = (&x3 + &z3, &x3 + &p - &z3);
            let (da, cb) = (d * a % &p, c * b % &p);
            x3 = (&da + &cb).modpow(&BigUint::from(2u8), &p);
            z3 = u * (da + &p - cb).modpow(&BigUint::from(2u8), &p) % &p;
            x2 = &aa * bb % &p;
            z2 = &e * (aa + 121_665u32 * &e) % &p;
        }
        if swap {
            (x2, z2) = (x3, z3);
        }
        x2 * inverse(&z2) % p
    }

    fn quotient(ifma: Ifma, k: &[u8; 32], u: &Element) -> BigUint {
        let (x, z) = ifma.ladder(k, u);
        assert!(x.iter().chain(&z).all(|word| *word < (1 << 51) + (1 << 16)));
        value(&x) * inverse(&value(&z)) % p()
    }

    fn clamped(mut k: [u8; 32]) -> [u8; 32] {
        k[0] &= 0xf8;
        k[31] = k[31] & 0x7f | 0x40;
        k
    }

    fn bytes(x: &BigUint) -> [u8; 32] {
        let bytes = x.to_bytes_le();
        core::array::from_fn(|i| bytes.get(i).copied().unwrap_or(0))
    }

    /// RFC 7748, section 5.2: k and u start as 9; k becomes the result, and u what k was.
    #[test]
    fn a_thousand_times_as_in_the_rfc() {
        on_ifma(|ifma| {
            let nine = BigUint::from(9u8);
            let (mut k, mut u) = (nine.clone(), nine);
            for i in 1..=1000 {
                // What comes in as u has its top bit cleared, as every k that comes out has.
                let next = quotient(ifma, &clamped(bytes(&k)), &forms(&(u % p()))[i % 2]);
                (k, u) = (next, k);
                if i == 1 {
                    assert_eq!(k.to_str_radix(16), FIRST);
                }
            }
            assert_eq!(k.to_str_radix(16), LAST);
        });
    }

    /// The RFC's bytes are in the other order.
    const FIRST: &str = "7930ae1103e8603c784b85b67bb897789f27b72b3e0b35a1bcd727627a8e2c42";
    const LAST: &str = "512c53994db92e5f87e36093c487381c3c4d2f6f56ef0028550933a89bf54c68";

    #[test]
    fn edges_and_arbitrary_ones() {
        on_ifma(|ifma| {
            let mut random = Random(1);
            let mut arbitrary = || core::array::from_fn(|_| random.word() as u8);
            let mut scalars = std::vec![[0; 32], [255; 32], clamped([0; 32]), clamped([255; 32])];
            scalars.extend((0..4).map(|i| core::array::from_fn(|at| u8::from(at == 0) << i)));
            scalars.extend((0..4).map(|_| arbitrary()));
            let mut elements = edges();
            // Points of order 8 on the curve (RFC 7748, section 6.1, refuses what comes out), and 9.
            elements.push(forms(&BigUint::from(9u8))[0]);
            elements.extend(ORDER_8.map(|u| forms(&BigUint::parse_bytes(u.as_bytes(), 10).unwrap())[0]));
            elements.extend((0..4).map(|_| forms(&(BigUint::from_bytes_le(&arbitrary()) % p()))[1]));
            // Each with a third of the others.
            for (i, k) in scalars.iter().enumerate() {
                for u in elements.iter().skip(i % 3).step_by(3) {
                    assert_eq!(quotient(ifma, k, u), expected(k, &value(u)), "{k:?}, {u:?}");
                }
            }
        });
    }

    /// Bernstein, "Curve25519: new Diffie-Hellman speed records", and cr.yp.to/ecdh.html.
    const ORDER_8: [&str; 2] = [
        "325606250916557431795983626356110631294008115727848805560023387167927233504",
        "39382357235489614581723060781553021112529911719440698176882885853963445705823",
    ];
}
