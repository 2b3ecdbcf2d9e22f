//! P-256: five digits, R = 2^260; coordinates come and go in Montgomery form for 2^256.
//!
//! p = 2^256 − 2^224 + 2^192 + 2^96 − 1 is −1 modulo B = 2^52, so a Montgomery step takes the lowest column's
//! own low digit y: the column plus y·p is its carry plus
//!
//! > y (p + 1) = y · (2^44 B + 2^36 B³ + (2^48 − 2^16) B⁴),
//!
//! two shifts for each of the first two and one pair of multiply-adds for the last. As R is only 16 p, sums
//! need care: `settle!`.

use super::super::recode::Windows;

pub(super) const N: usize = 5;
const LIMBS: usize = 4;
const BITS: usize = 256;
/// The caller's form of x is x·2^`R_BITS` mod p.
const R_BITS: usize = 256;
/// What bounds have to spare, in hundredths of p: nothing.
const SLACK: u64 = 0;
/// Bit 5 of n is 0, so is bit 3.
const WINDOWS: Windows = Windows::new(BITS, 5, 5);
/// 51 windows of 16 entries of 128 bytes. (With 42 of 32, 9 additions less, it's 10 % slower: they're all
/// read. Zen 4, November 2026.)
const COMB: Windows = Windows::new(BITS, 5, 5);

// SEC 2, version 2, section 2.4.2; SP 800-186, section 3.2.1.3.
const PRIME: [u64; 4] = [u64::MAX, 0xffff_ffff, 0, 0xffff_ffff_0000_0001];
const ORDER: [u64; 4] = [0xf3b9_cac2_fc63_2551, 0xbce6_faad_a717_9e84, u64::MAX, 0xffff_ffff_0000_0000];
const G: [[u64; 4]; 2] = [
    [0xf4a1_3945_d898_c296, 0x7703_7d81_2deb_33a0, 0xf8bc_e6e5_63a4_40f2, 0x6b17_d1f2_e12c_4247],
    [0xcbb6_4068_37bf_51f5, 0x2bce_3357_6b31_5ece, 0x8ee7_eb4a_7c0f_9e16, 0x4fe3_42e2_fe1a_7f9b],
];

/// x − q·p, in the lanes of the first list for q = ⌊x₄ / 2^48⌋, in those of the second for one less.
///
/// With T = x₄ and |rest| < 2^217 in the lower columns (each below 2^60), x = T · 2^208 + rest, so x − q ·
/// 2^256 is in 0 … 2^256, up to rest. q · (2^256 − p) is below 2^6 · 2^224. So the result is in 0 … p, or p …
/// 2p, up to 2^-25 p; not below 0 in the first list, as the rest and q aren't there.
macro_rules! settle {
    ($x:expr; [$($l0:literal)*] [$($l1:literal)*]) => {{
        let mut x = $x;
        let q = sar_in::<48>($( (1 << $l0) | )* $( (1 << $l1) | )* 0, x[4]);
        let q = sub(q, four(ones_in(&[$($l1),*])));
        x[0] = add(x[0], q);
        x[1] = sub(x[1], shl::<44>(q));
        x[3] = sub(x[3], shl::<36>(q));
        x[4] = add(sub(x[4], shl::<48>(q)), shl::<16>(q));
        x
    }};
}
/// One step: column k is done, and what it leaves goes into k + 1 … k + 5. Columns aren't negative here.
///
/// `$y12` is y · 2^12 of the step before (its upper 40 bits are what counts): the high parts y >> 8 and y >>
/// 16 of y · 2^44 and y · 2^36, the latter one step late, as it falls into the column of this step's low
/// part. A column gets five low and five high halves of products, and from the reduction less than six words
/// below 2^52, and a carry: below 2^57.
macro_rules! step {
    ($t:ident, $k:literal, $y12:ident) => {
        let mask = all(MASK);
        let c = $t[$k];
        $t[$k + 1] = add(add($t[$k + 1], shr::<52>(c)), and(shl::<44>(c), mask));
        let middle = add(and(shl::<36>(c), mask), shr::<28>($y12));
        $t[$k + 3] = add($t[$k + 3], middle);
        let top = all((1 << 48) - (1 << 16));
        $t[$k + 4] = madd_low($t[$k + 4], c, top);
        $t[$k + 5] = madd_high($t[$k + 5], c, top);
        $y12 = shl::<12>(c);
        $t[$k + 2] = add($t[$k + 2], shr::<20>($y12));
    };
}
/// Four products, a·b/R: inlined, as a call costs more than it saves.
macro_rules! mul {
    ($a:expr, $b:expr) => {{
        let (a, b): (F, F) = ($a, $b);
        let zero = zero();
        let (mut t, mut h, mut y12) = ([zero; 10], [zero; 10], zero);
        macro_rules! row {
            ($i:literal) => {
                for j in 0..5 {
                    t[$i + j] = madd_low(t[$i + j], a[$i], b[j]);
                    h[$i + j + 1] = madd_high(h[$i + j + 1], a[$i], b[j]);
                }
                t[$i + 1] = add(t[$i + 1], h[$i + 1]);
            };
        }
        row!(0);
        row!(1);
        step!(t, 0, y12);
        row!(2);
        step!(t, 1, y12);
        row!(3);
        step!(t, 2, y12);
        row!(4);
        step!(t, 3, y12);
        step!(t, 4, y12);
        for k in 6..10 {
            t[k] = add(t[k], h[k]);
        }
        t[8] = add(t[8], shr::<28>(y12));
        [t[5], t[6], t[7], t[8], t[9]]
    }};
}
/// Four squares.
macro_rules! sqr {
    ($a:expr) => {{
        let a: F = $a;
        let zero = zero();
        let (mut t, mut y12) = ([zero; 10], zero);
        column!(t, a, 0);
        column!(t, a, 1);
        column!(t, a, 2);
        step!(t, 0, y12);
        column!(t, a, 3);
        step!(t, 1, y12);
        column!(t, a, 4);
        step!(t, 2, y12);
        column!(t, a, 5);
        step!(t, 3, y12);
        column!(t, a, 6);
        step!(t, 4, y12);
        column!(t, a, 7);
        column!(t, a, 8);
        column!(t, a, 9);
        t[8] = add(t[8], shr::<28>(y12));
        [t[5], t[6], t[7], t[8], t[9]]
    }};
}

#[path = "curve.rs"]
#[allow(clippy::duplicate_mod, reason = "one body of formulas for the three curves")]
mod curve;
#[allow(unused_imports, reason = "to be called by the curves")]
pub(crate) use curve::{mul, mul_base, mul_two_vartime};
