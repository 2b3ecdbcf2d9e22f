//! P-384: eight digits, R = 2^416; coordinates come and go in Montgomery form for 2^384.
//!
//! p = 2^384 − 2^128 − 2^96 + 2^32 − 1, and −1/p is 2^32 + 1 modulo B = 2^52: a Montgomery step takes y = t +
//! 2^32 t of the lowest column t (the multiply-add reads 52 bits of it), and adds, with three constants of
//! one digit each,
//!
//! > y p = y · ((2^32 − 1) − 2^44 B − 2^24 B² + 2^20 B⁷).
//!
//! What is subtracted has accumulators of its own. R is 2^32 p, so bounds take care of themselves.

use super::super::recode::Windows;
#[allow(clippy::wildcard_imports, reason = "the vocabulary of the curves")]
use super::vector::*;

pub(super) const N: usize = 8;
const LIMBS: usize = 6;
const BITS: usize = 384;
/// The caller's form of x is x·2^`R_BITS` mod p.
const R_BITS: usize = 384;
/// What bounds have to spare, in hundredths of p.
const SLACK: u64 = 3000;
/// Bit 3 of n is 0. (Bits 4 and 5 aren't.)
const WINDOWS: Windows = Windows::new(BITS, 3, 5);
/// 77 windows of 16 entries of 128 bytes, of which the lowest needs four.
const COMB: Windows = Windows::new(BITS, 3, 5);

// SEC 2, version 2, section 2.5.1; SP 800-186, section 3.2.1.4.
const PRIME: [u64; 6] =
    [0xffff_ffff, 0xffff_ffff_0000_0000, 0xffff_ffff_ffff_fffe, u64::MAX, u64::MAX, u64::MAX];
const ORDER: [u64; 6] =
    [0xecec_196a_ccc5_2973, 0x581a_0db2_48b0_a77a, 0xc763_4d81_f437_2ddf, u64::MAX, u64::MAX, u64::MAX];
const G: [[u64; 6]; 2] = [
    [
        0x3a54_5e38_7276_0ab7,
        0x5502_f25d_bf55_296c,
        0x59f7_41e0_8254_2a38,
        0x6e1d_3b62_8ba7_9b98,
        0x8eb1_c71e_f320_ad74,
        0xaa87_ca22_be8b_0537,
    ],
    [
        0x7a43_1d7c_90ea_0e5f,
        0x0a60_b1ce_1d7e_819d,
        0xe9da_3113_b5f0_b8c0,
        0xf8f4_1dbd_289a_147c,
        0x5d9e_98bf_9292_dc29,
        0x3617_de4a_9626_2c6f,
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
/// One step: column k, which is t + h − n and may be negative, vanishes modulo 2^52; its carry and the rest
/// of y·p go into k + 1 … k + 8. A column gets eight low and eight high halves of products, five halves from
/// the reduction and a carry: below 2^57 either way.
macro_rules! step {
    ($t:ident, $h:ident, $n:ident, $k:literal) => {
        let c = sub(add($t[$k], $h[$k]), $n[$k]);
        let y = add(c, shl::<32>(c));
        let p0 = all(0xffff_ffff);
        let (p44, p24, p20) = (all(1 << 44), all(1 << 24), all(1 << 20));
        let low = madd_low(c, y, p0);
        $h[$k + 1] = madd_high($h[$k + 1], y, p0);
        $n[$k + 1] = madd_low($n[$k + 1], y, p44);
        $n[$k + 2] = madd_low(madd_high($n[$k + 2], y, p44), y, p24);
        $n[$k + 3] = madd_high($n[$k + 3], y, p24);
        $t[$k + 7] = madd_low($t[$k + 7], y, p20);
        $h[$k + 8] = madd_high($h[$k + 8], y, p20);
        $t[$k + 1] = add($t[$k + 1], sar::<52>(low));
    };
}
/// a·b/R.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn product(a: &F, b: &F) -> F {
    let zero = zero();
    let (mut t, mut h, mut n) = ([zero; 16], [zero; 16], [zero; 16]);
    macro_rules! row {
        ($i:literal) => {
            for j in 0..8 {
                t[$i + j] = madd_low(t[$i + j], a[$i], b[j]);
                h[$i + j + 1] = madd_high(h[$i + j + 1], a[$i], b[j]);
            }
        };
    }
    row!(0);
    row!(1);
    step!(t, h, n, 0);
    row!(2);
    step!(t, h, n, 1);
    row!(3);
    step!(t, h, n, 2);
    row!(4);
    step!(t, h, n, 3);
    row!(5);
    step!(t, h, n, 4);
    row!(6);
    step!(t, h, n, 5);
    row!(7);
    step!(t, h, n, 6);
    step!(t, h, n, 7);
    let mut z = [zero; 8];
    for k in 0..8 {
        z[k] = sub(add(t[k + 8], h[k + 8]), n[k + 8]);
    }
    z
}
/// a²/R.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn square(a: &F) -> F {
    let zero = zero();
    let (mut t, mut h, mut n) = ([zero; 16], [zero; 16], [zero; 16]);
    column!(t, a, 0);
    column!(t, a, 1);
    column!(t, a, 2);
    step!(t, h, n, 0);
    column!(t, a, 3);
    column!(t, a, 4);
    step!(t, h, n, 1);
    column!(t, a, 5);
    column!(t, a, 6);
    step!(t, h, n, 2);
    column!(t, a, 7);
    column!(t, a, 8);
    step!(t, h, n, 3);
    column!(t, a, 9);
    column!(t, a, 10);
    step!(t, h, n, 4);
    column!(t, a, 11);
    column!(t, a, 12);
    step!(t, h, n, 5);
    column!(t, a, 13);
    step!(t, h, n, 6);
    column!(t, a, 14);
    step!(t, h, n, 7);
    column!(t, a, 15);
    let mut z = [zero; 8];
    for k in 0..8 {
        z[k] = sub(add(t[k + 8], h[k + 8]), n[k + 8]);
    }
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
