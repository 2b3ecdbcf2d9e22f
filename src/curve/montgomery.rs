//! Curve25519, v² = u³ + 486662 u² + u over GF(2^255 − 19), by u alone: X25519.
//!
//! X25519(k, u) is the u-coordinate of k times a point with coordinate u, on the curve or on its twist. The ladder
//! keeps two points, n P and (n + 1) P, as fractions of u, and for each bit of k doubles one and adds both; their
//! difference is P, which is what lets it do without v. A zero in any place gives what RFC 7748 calls for, so there's
//! no exceptional case.
//!
//! Secret are k and the result. Time and addresses depend on neither: which of the two points is which is decided by
//! masks. Results of all zeros, from points of small order, are the caller's to refuse.
//!
//! Source: RFC 7748, section 5.

#![allow(
    clippy::inline_always,
    reason = "a step is inlined into the ladder, or its points go through memory"
)]

use zeroize::Zeroize;

use super::edwards;
use crate::field::f25519::F25519;
use crate::field::l25519::Scalar;
use crate::kernel::engine::Engine;
#[cfg(target_arch = "x86_64")]
use crate::kernel::f25519_ifma::Ifma;
use crate::kernel::word::mask;

/// (486662 − 2) / 4.
const A24: u64 = 121_665;

/// The number of a secret key's 32 bytes: a multiple of 8 with its top bit at 2^254.
///
/// Source: RFC 7748, section 5, `decodeScalar25519`.
pub(crate) fn clamp(k: &[u8; 32]) -> [u8; 32] {
    let mut k = *k;
    k[0] &= 0xf8;
    k[31] = k[31] & 0x7f | 0x40;
    k
}

/// X25519(k, 9): the public key of a secret one.
///
/// By way of the Edwards curve, whose base point corresponds to u = 9: there the multiples of it are in a table. The
/// result is never the identity: a clamped k is a multiple of 8 below 2^255 < 8 ℓ and not 0, so it isn't one of ℓ.
pub(crate) fn public(engine: Engine, k: &[u8; 32]) -> [u8; 32] {
    let mut clamped = clamp(k);
    let mut scalar = Scalar::from_bytes_mod_order(&clamped);
    let mut point = edwards::mul_base(engine, &scalar);
    let u = point.to_montgomery_u();
    clamped.zeroize();
    scalar.zeroize();
    point.zeroize();
    u
}

/// X25519(k, u): the shared secret. All zeros if u is of small order.
pub(crate) fn agree(engine: Engine, k: &[u8; 32], u: &[u8; 32]) -> [u8; 32] {
    let mut clamped = clamp(k);
    let (mut x, mut z) = ladder(engine, &clamped, &F25519::from_bytes_mod_p(u));
    z = z.invert();
    let shared = x.mul(&z).to_bytes();
    clamped.zeroize();
    x.zeroize();
    z.zeroize();
    shared
}

/// k P for the points P with coordinate u, as (X, Z) with coordinate X/Z, and Z = 0 for the point at infinity. k is
/// clamped.
fn ladder(engine: Engine, k: &[u8; 32], u: &F25519) -> (F25519, F25519) {
    #[cfg(target_arch = "x86_64")]
    if let Some(ifma) = Ifma::detect().filter(|_| engine == Engine::Ifma) {
        let (x, z) = ifma.ladder(k, &u.to_limbs());
        return (F25519::from_limbs(&x), F25519::from_limbs(&z));
    }
    let _ = engine;
    ladder_portable(k, u)
}

/// The coordinates of two points, n P and (n + 1) P, as fractions.
struct Ladder {
    x2: F25519,
    z2: F25519,
    x3: F25519,
    z3: F25519,
}

impl Ladder {
    /// (2 n P, (2 n + 1) P).
    ///
    /// The names are RFC 7748's.
    #[inline(always)]
    fn step(&self, u: &F25519) -> Self {
        let a = self.x2.add(&self.z2);
        let b = self.x2.sub(&self.z2);
        let da = self.x3.sub(&self.z3).mul(&a);
        let cb = self.x3.add(&self.z3).mul(&b);
        let (x2, z2) = double(&a.square(), &b.square());
        Self { x2, z2, x3: da.add(&cb).square(), z3: da.sub(&cb).square().mul(u) }
    }

    /// Exchanges the two points where the mask is all ones.
    #[inline(always)]
    fn swap(&mut self, m: u64) {
        self.x2.swap_masked(&mut self.x3, m);
        self.z2.swap_masked(&mut self.z3, m);
    }
}

/// The double of x/z, from (x + z)² and (x − z)².
#[inline(always)]
fn double(aa: &F25519, bb: &F25519) -> (F25519, F25519) {
    let e = aa.sub(bb);
    (aa.mul(bb), e.mul(&e.mul_small(A24).add(aa)))
}

/// A clamped k has bit 254, so the ladder starts at P and 2 P, and its last three bits are 0, which are doublings.
fn ladder_portable(k: &[u8; 32], u: &F25519) -> (F25519, F25519) {
    let one = F25519::ONE;
    let (x3, z3) = double(&u.add(&one).square(), &u.sub(&one).square());
    let mut points = Ladder { x2: *u, z2: one, x3, z3 };
    let mut swapped = 0;
    for i in (3..254).rev() {
        let bit = u64::from(k[i / 8] >> (i % 8) & 1);
        points.swap(mask(bit ^ swapped));
        swapped = bit;
        points = points.step(u);
    }
    points.swap(mask(swapped));
    let (mut x, mut z) = (points.x2, points.z2);
    for _ in 0..3 {
        (x, z) = double(&x.add(&z).square(), &x.sub(&z).square());
    }
    for coordinate in [&mut points.x2, &mut points.z2, &mut points.x3, &mut points.z3] {
        coordinate.zeroize();
    }
    (x, z)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use proptest::prelude::*;

    const NINE: [u8; 32] = {
        let mut nine = [0; 32];
        nine[0] = 9;
        nine
    };

    /// X25519 on the portable engine, with which all others agree.
    fn agree(k: &[u8; 32], u: &[u8; 32]) -> [u8; 32] {
        let shared = super::agree(Engine::Portable, k, u);
        assert!(Engine::available().all(|engine| super::agree(engine, k, u) == shared));
        shared
    }

    fn public(k: &[u8; 32]) -> [u8; 32] {
        let public = super::public(Engine::Portable, k);
        assert!(Engine::available().all(|engine| super::public(engine, k) == public));
        public
    }

    fn hex(text: &str) -> [u8; 32] {
        core::array::from_fn(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
    }

    /// RFC 7748, section 5.2.
    #[test]
    fn vectors_of_the_rfc() {
        for (k, u, shared) in [
            (
                "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
                "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
                "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
            ),
            (
                "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
                "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
                "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
            ),
        ] {
            assert_eq!(agree(&hex(k), &hex(u)), hex(shared));
        }
    }

    /// RFC 7748, section 5.2: k, u = X25519(k, u), k, over and over. A million times if the environment has
    /// `ONEWAY_MILLION`:
    ///
    /// ```sh
    /// ONEWAY_MILLION=1 cargo test --release --lib iterated_vectors_of_the_rfc
    /// ```
    ///
    /// That takes 100 seconds on all engines, and without `--release`, in the dev profile, some 120 (a Xeon with
    /// AVX-512 IFMA, November 2026).
    #[test]
    fn iterated_vectors_of_the_rfc() {
        let mut expected = std::vec![
            (1, "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"),
            (1000, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"),
        ];
        if std::env::var_os("ONEWAY_MILLION").is_some() {
            expected.push((1_000_000, "7c3911e0ab2586fd864497297e575e6f3bc601c0883c30df5f4dd2d24f665424"));
        }
        let (mut k, mut u, mut done) = (NINE, NINE, 0);
        for (times, result) in expected {
            while done < times {
                (k, u) = (agree(&k, &u), k);
                done += 1;
            }
            assert_eq!(k, hex(result), "after {times}");
        }
    }

    /// RFC 7748, section 6.1.
    #[test]
    fn diffie_hellman_of_the_rfc() {
        let a = hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
        let a_public = hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
        let b = hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
        let b_public = hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
        let shared = hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
        assert_eq!((public(&a), public(&b)), (a_public, b_public));
        assert_eq!((agree(&a, &b_public), agree(&b, &a_public)), (shared, shared));
    }

    /// 0, 1, −1 and the two of order 8, each as all numbers below 2^256 that are read as it.
    #[test]
    fn points_of_small_order_give_zeros() {
        let order_8 = [
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        ];
        let near_p = |low: u8| {
            let mut u = [0xff; 32];
            (u[0], u[31]) = (low, 0x7f);
            u
        };
        let mut one = [0; 32];
        one[0] = 1;
        let mut all = std::vec![[0; 32], one, near_p(0xec), near_p(0xed), near_p(0xee)];
        all.extend(order_8.map(hex));
        for mut u in all {
            assert_eq!(agree(&[0x42; 32], &u), [0; 32]);
            u[31] |= 0x80;
            assert_eq!(agree(&[0x42; 32], &u), [0; 32]);
        }
    }

    /// 2^255 − 10 is 9, and so is 2^255 + 9.
    #[test]
    fn coordinates_are_reduced() {
        let mut u = [0xff; 32];
        (u[0], u[31]) = (0xf6, 0x7f);
        assert_eq!(agree(&[0x42; 32], &u), public(&[0x42; 32]));
        u = NINE;
        u[31] = 0x80;
        assert_eq!(agree(&[0x42; 32], &u), public(&[0x42; 32]));
    }

    #[test]
    fn edge_scalars() {
        for k in [[0; 32], [0xff; 32], [7; 32], core::array::from_fn(|i| u8::from(i == 31) << 6)] {
            assert_eq!(agree(&k, &NINE), public(&k));
            assert_eq!(agree(&clamp(&k), &NINE), public(&k));
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_edwards_curve(a: [u8; 32], b: [u8; 32]) {
            prop_assert_eq!(agree(&a, &NINE), public(&a));
            let shared = agree(&a, &public(&b));
            prop_assert_eq!(shared, agree(&b, &public(&a)));
        }
    }
}
