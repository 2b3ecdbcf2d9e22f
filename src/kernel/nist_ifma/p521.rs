//! P-521: eleven digits, R = 2^572; coordinates come and go as they are.
//!
//! p = 2^521 − 1 is −1 modulo 2^52: a Montgomery step takes the lowest column's own low digit y, and the
//! column plus y·p is its carry plus y · 2^521, which is 2y ten digits above. R is 2^51 p, so bounds take
//! care of themselves.

use super::super::recode::Windows;
#[allow(clippy::wildcard_imports, reason = "the vocabulary of the curves")]
use super::vector::*;

pub(super) const N: usize = 11;
const LIMBS: usize = 9;
const BITS: usize = 521;
/// The caller's form of x is x·2^`R_BITS` mod p: x.
const R_BITS: usize = 0;
/// What bounds have to spare, in hundredths of p.
const SLACK: u64 = 3000;
/// Bits 5 and 4 of n are 0.
const WINDOWS: Windows = Windows::new(BITS, 5, 5);
/// 130 windows of 8 entries of 192 bytes.
const COMB: Windows = Windows::new(BITS, 4, 4);

// SEC 2, version 2, section 2.6.1; SP 800-186, section 3.2.1.5.
const PRIME: [u64; 9] = {
    let mut p = [u64::MAX; 9];
    p[8] = 0x1ff;
    p
};
const ORDER: [u64; 9] = [
    0xbb6f_b71e_9138_6409,
    0x3bb5_c9b8_899c_47ae,
    0x7fcc_0148_f709_a5d0,
    0x5186_8783_bf2f_966b,
    0xffff_ffff_ffff_fffa,
    u64::MAX,
    u64::MAX,
    u64::MAX,
    0x1ff,
];
const G: [[u64; 9]; 2] = [
    [
        0xf97e_7e31_c2e5_bd66,
        0x3348_b3c1_856a_429b,
        0xfe1d_c127_a2ff_a8de,
        0xa14b_5e77_efe7_5928,
        0xf828_af60_6b4d_3dba,
        0x9c64_8139_053f_b521,
        0x9e3e_cb66_2395_b442,
        0x858e_06b7_0404_e9cd,
        0x0000_0000_0000_00c6,
    ],
    [
        0x88be_9476_9fd1_6650,
        0x353c_7086_a272_c240,
        0xc550_b901_3fad_0761,
        0x97ee_7299_5ef4_2640,
        0x17af_bd17_273e_662c,
        0x98f5_4449_579b_4468,
        0x5c8a_5fb4_2c7d_1bd9,
        0x3929_6a78_9a3b_c004,
        0x0000_0000_0000_0118,
    ],
];

type F = [V; N];

/// x + 8p in the lanes of the second list: above 0, and that's all there is to it.
macro_rules! settle {
    ($x:expr; [$($l0:literal)*] [$($l1:literal)*]) => {{
        let x = $x;
        with!(x; $($l1)* <- add!(x, multiple!(8)))
    }};
}
/// One step: column k is done. Columns aren't negative here.
/// A column gets eleven low and eleven high halves of products, one 2y and a carry: below 2^57.
macro_rules! step {
    ($t:ident, $h:ident, $k:literal) => {
        let c = add($t[$k], $h[$k]);
        $t[$k + 1] = add($t[$k + 1], shr::<52>(c));
        let y2 = and(shl::<1>(c), all(MASK << 1));
        $t[$k + 10] = add($t[$k + 10], y2);
    };
}
/// a·b/R.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn product(a: &F, b: &F) -> F {
    let zero = zero();
    let (mut t, mut h) = ([zero; 22], [zero; 22]);
    macro_rules! row {
        ($($i:literal)*) => { $(
            for j in 0..11 {
                t[$i + j] = madd_low(t[$i + j], a[$i], b[j]);
                h[$i + j + 1] = madd_high(h[$i + j + 1], a[$i], b[j]);
            }
            step!(t, h, $i);
        )* };
    }
    row!(0 1 2 3 4 5 6 7 8 9 10);
    let mut z = [zero; 11];
    for k in 0..11 {
        z[k] = add(t[k + 11], h[k + 11]);
    }
    z
}
/// a²/R.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn square(a: &F) -> F {
    let zero = zero();
    let (mut t, h) = ([zero; 22], [zero; 22]);
    column!(t, a, 0);
    column!(t, a, 1);
    step!(t, h, 0);
    column!(t, a, 2);
    column!(t, a, 3);
    step!(t, h, 1);
    column!(t, a, 4);
    column!(t, a, 5);
    step!(t, h, 2);
    column!(t, a, 6);
    column!(t, a, 7);
    step!(t, h, 3);
    column!(t, a, 8);
    column!(t, a, 9);
    step!(t, h, 4);
    column!(t, a, 10);
    column!(t, a, 11);
    step!(t, h, 5);
    column!(t, a, 12);
    column!(t, a, 13);
    step!(t, h, 6);
    column!(t, a, 14);
    column!(t, a, 15);
    step!(t, h, 7);
    column!(t, a, 16);
    column!(t, a, 17);
    step!(t, h, 8);
    column!(t, a, 18);
    column!(t, a, 19);
    step!(t, h, 9);
    column!(t, a, 20);
    step!(t, h, 10);
    column!(t, a, 21);
    let mut z = [zero; 11];
    z.copy_from_slice(&t[11..]);
    z
}
/// Four products: a call, as the function is long.
macro_rules! mul {
    ($a:expr, $b:expr) => {
        super::product(&$a, &$b)
    };
}
/// Four squares.
macro_rules! sqr {
    ($a:expr) => {
        super::square(&$a)
    };
}
#[path = "curve.rs"]
#[allow(clippy::duplicate_mod, reason = "one body of formulas for the three curves")]
mod curve;
#[allow(unused_imports, reason = "to be called by the curves")]
pub(crate) use curve::{mul, mul_base, mul_two_vartime};
