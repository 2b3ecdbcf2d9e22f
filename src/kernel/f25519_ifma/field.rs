//! Four elements of GF(p), p = 2^255 − 19, side by side: products, squares, carries.
//!
//! An element is Σ x\[k\] · 2^(51 k) over five limbs; vector k has limb k of four elements, one to a lane.
//! Between two products a number is in one of two states, which have a type each:
//!
//! - [`Limbs`] are what is multiplied. `vpmadd52luq` and `vpmadd52huq` read 52 bits of each operand, so
//!   every limb is below 2^52. They are *reduced* if they are below 2^51 + 2^16, as those that
//!   [`Columns::carry`] makes; larger ones are what came from outside, and negatives of table entries.
//! - [`Columns`] are sums of products, not carried, and sums and differences of those, below 2^62 each. All
//!   sums of the ladder and of the curve are made of columns, which have room for them: so a factor costs
//!   one pass of carries, however many sums it is made of.
//!
//! **A product.** The low and the high half of x\[i\] · y\[j\], at 52 bits, weigh 2^(51 (i + j)) and 2 ·
//! 2^(51 (i + j + 1)): high halves count twice. As 2^255 ≡ 19, column k + 5 counts 19 times in column k.
//!
//! **Bounds** in units of u = 2^51. A low half is below 2 u. A high half is at most x·y / 2^52: below u/2 +
//! 2^17 if both limbs are reduced, below u + 2^17 if one of them is. Column 0 gets the most: one low half,
//! and 19 times four low and five high ones (each column further up gets one more at 1 times and one less
//! at 19 times, of either kind). That's below
//!
//! > 2 u + 19 · (4 · 2 u + 5 · 2 · (u/2 + 2^17)) < 250 u if both factors are reduced ([`REDUCED`]),
//! > 2 u + 19 · (4 · 2 u + 5 · 2 · (u + 2^17)) < 345 u if one of them is ([`HALF_REDUCED`]).
//!
//! **Differences.** x − y becomes x + 512 p − y: the columns of 512 p ([`BIAS`]) are over 511 u, more than
//! a product has, and at most 512 u. Adding them costs nothing: the sums of the product x start there
//! instead of at 0.
//!
//! **Carries.** Every column keeps 51 bits and sends the others up, all at once; what the top one sends
//! counts 19 times at the bottom. Columns below 2^62 send less than 2^11, so limbs are below u + 19 · 2^11
//! < u + 2^16.

use core::arch::x86_64::{
    __m256i, _mm256_add_epi64, _mm256_and_si256, _mm256_load_si256, _mm256_madd52hi_epu64,
    _mm256_madd52lo_epu64, _mm256_mullo_epi64, _mm256_set_epi64x, _mm256_set1_epi64x, _mm256_setzero_si256,
    _mm256_shuffle_epi32, _mm256_srli_epi64, _mm256_store_si256,
};

use zeroize::Zeroize;

use super::Element;

/// The bits of a limb.
const BITS: u32 = 51;
pub(super) const MASK: u64 = (1 << BITS) - 1;

/// Reduced limbs are below it.
const REDUCED_LIMB: u64 = (1 << BITS) + (1 << 16);

/// What a product adds to a column is below these, if both factors are reduced, or one.
const REDUCED: u64 = 250 << BITS;
const HALF_REDUCED: u64 = 345 << BITS;

/// n·p limb by limb.
pub(super) const fn times_p(n: u64) -> Element {
    [n * (MASK - 18), n * MASK, n * MASK, n * MASK, n * MASK]
}

/// 512 p: over 511 · 2^51 and below 512 · 2^51 in each column.
const BIAS: Element = times_p(512);

const _: () = {
    // The bounds of the head of this file.
    let (low, high) = (2 << BITS, [(1 << (BITS - 1)) + (1 << 17), (1 << BITS) + (1 << 17)]);
    assert!((REDUCED_LIMB as u128 * REDUCED_LIMB as u128) >> 52 < high[0] as u128);
    assert!((REDUCED_LIMB as u128 * (1 << 52)) >> 52 < high[1] as u128);
    assert!(low + 19 * (4 * low + 5 * 2 * high[0]) < REDUCED);
    assert!(low + 19 * (4 * low + 5 * 2 * high[1]) < HALF_REDUCED);
    assert!(HALF_REDUCED < 511 << BITS && BIAS[0] > 511 << BITS && BIAS[1] < 512 << BITS);
    assert!(MASK + 19 * (1 << (62 - BITS)) < REDUCED_LIMB);
};

/// Four elements in memory: vector by vector.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(32))]
pub(super) struct Stored(pub(super) [[u64; 4]; 5]);

impl Stored {
    pub(super) const ZERO: Self = Self([[0; 4]; 5]);
}

/// Four elements that can be multiplied: limbs below 2^52.
#[derive(Clone, Copy)]
pub(super) struct Limbs(pub(super) [__m256i; 5]);

/// Four elements in columns below 2^62.
#[derive(Clone, Copy)]
pub(super) struct Columns(pub(super) [__m256i; 5]);

/// x in all lanes.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
pub(super) fn all(x: u64) -> __m256i {
    _mm256_set1_epi64x(x.cast_signed())
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
pub(super) fn lanes(x: [u64; 4]) -> __m256i {
    let [x0, x1, x2, x3] = x.map(u64::cast_signed);
    _mm256_set_epi64x(x3, x2, x1, x0)
}

/// Whether all words are below a bound; it's for debug assertions.
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
fn all_below(x: &[__m256i; 5], bound: u64) -> bool {
    let mut words = Stored::ZERO;
    Limbs(*x).store(&mut words);
    words.0.as_flattened().iter().all(|word| *word < bound)
}

impl Columns {
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    pub(super) fn zero() -> Self {
        Self([_mm256_setzero_si256(); 5])
    }

    /// 512 p in the lanes whose bits are set, 0 in the others.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    pub(super) fn bias<const LANES: u8>() -> Self {
        Self(BIAS.map(|word| lanes(core::array::from_fn(|l| if LANES >> l & 1 == 1 { word } else { 0 }))))
    }

    /// Vector by vector.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    pub(super) fn plus(&self, x: &Self) -> Self {
        Self(core::array::from_fn(|k| _mm256_add_epi64(self.0[k], x.0[k])))
    }

    /// Lanes 1, 0, 3, 2.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    pub(super) fn swap_pairs(&self) -> Self {
        Self(self.0.map(|x| _mm256_shuffle_epi32::<0b01_00_11_10>(x)))
    }

    /// The same elements in reduced limbs.
    ///
    /// Requires columns below 2^62.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    pub(super) fn carry(&self) -> Limbs {
        debug_assert!(all_below(&self.0, 1 << 62));
        let (x, mask) = (&self.0, all(MASK));
        let low = |k: usize| _mm256_and_si256(x[k], mask);
        let high = |k: usize| _mm256_srli_epi64::<{ BITS.cast_signed() }>(x[k]);
        let limbs = Limbs([
            // 19 · 2^11 is a low half.
            _mm256_madd52lo_epu64(low(0), high(4), all(19)),
            _mm256_add_epi64(low(1), high(0)),
            _mm256_add_epi64(low(2), high(1)),
            _mm256_add_epi64(low(3), high(2)),
            _mm256_add_epi64(low(4), high(3)),
        ]);
        debug_assert!(limbs.are_reduced());
        limbs
    }
}

impl Limbs {
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    pub(super) fn are_reduced(&self) -> bool {
        all_below(&self.0, REDUCED_LIMB)
    }

    /// Elements from outside, one to a lane: words below 2^52.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    pub(super) fn from_words(x: [&Element; 4]) -> Self {
        let limbs = Self(core::array::from_fn(|k| lanes(x.map(|x| x[k]))));
        debug_assert!(all_below(&limbs.0, 1 << 52));
        limbs
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    pub(super) fn to_words(self) -> [Element; 4] {
        let mut words = Stored::ZERO;
        self.store(&mut words);
        let elements = core::array::from_fn(|l| core::array::from_fn(|k| words.0[k][l]));
        words.0.as_flattened_mut().zeroize();
        elements
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    pub(super) fn load(x: &Stored) -> Self {
        // SAFETY: 32 bytes are there to be read in each row; rows are as aligned as `Stored`, as they are
        // 32 bytes long.
        Self(core::array::from_fn(|k| unsafe { _mm256_load_si256(x.0[k].as_ptr().cast()) }))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    pub(super) fn store(&self, to: &mut Stored) {
        for k in 0..5 {
            // SAFETY: 32 bytes are there to be written in each row; for the alignment see `load`.
            unsafe { _mm256_store_si256(to.0[k].as_mut_ptr().cast(), self.0[k]) }
        }
    }

    /// start + self · y, lane by lane.
    ///
    /// Requires one of the factors to be reduced, lane by lane. Ensures that columns grow by less than
    /// [`HALF_REDUCED`], and by less than [`REDUCED`] if both factors are reduced.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    pub(super) fn times(&self, y: &Self, start: &Columns) -> Columns {
        debug_assert!(all_below(&self.0, 1 << 52) && all_below(&y.0, 1 << 52));
        let (x, y) = (&self.0, &y.0);
        let (mut low, mut high) = ([_mm256_setzero_si256(); 10], [_mm256_setzero_si256(); 10]);
        low[..5].copy_from_slice(&start.0);
        // The upper columns first: they have a longer way to go.
        for i in 0..5 {
            for j in 0..5 {
                if i + j >= 5 {
                    low[i + j] = _mm256_madd52lo_epu64(low[i + j], x[i], y[j]);
                }
                if i + j >= 4 {
                    high[i + j + 1] = _mm256_madd52hi_epu64(high[i + j + 1], x[i], y[j]);
                }
            }
        }
        for i in 0..5 {
            for j in 0..5 - i {
                low[i + j] = _mm256_madd52lo_epu64(low[i + j], x[i], y[j]);
                if i + j < 4 {
                    high[i + j + 1] = _mm256_madd52hi_epu64(high[i + j + 1], x[i], y[j]);
                }
            }
        }
        fold(&low, &high)
    }

    /// start + self², lane by lane.
    ///
    /// Requires reduced limbs. Ensures that columns grow by less than [`REDUCED`].
    ///
    /// The product of two different limbs is computed once: its low half counts twice, as high halves of
    /// squares do, and goes where they go; its high half counts four times.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    pub(super) fn square(&self, start: &Columns) -> Columns {
        debug_assert!(self.are_reduced());
        let (x, zero) = (&self.0, [_mm256_setzero_si256(); 10]);
        let (mut once, mut twice, mut four_times) = (zero, zero, zero);
        once[..5].copy_from_slice(&start.0);
        for upper in [true, false] {
            for i in 0..5 {
                for j in i..5 {
                    if (i + j >= 5) == upper {
                        let low = if i == j { &mut once } else { &mut twice };
                        low[i + j] = _mm256_madd52lo_epu64(low[i + j], x[i], x[j]);
                    }
                    if (i + j + 1 >= 5) == upper {
                        let high = if i == j { &mut twice } else { &mut four_times };
                        high[i + j + 1] = _mm256_madd52hi_epu64(high[i + j + 1], x[i], x[j]);
                    }
                }
            }
        }
        for k in 0..10 {
            twice[k] = _mm256_add_epi64(twice[k], _mm256_add_epi64(four_times[k], four_times[k]));
        }
        fold(&once, &twice)
    }
}

/// low + 2 high, with columns 5 to 9 counted 19 times in columns 0 to 4.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
fn fold(low: &[__m256i; 10], high: &[__m256i; 10]) -> Columns {
    let column = |k: usize| _mm256_add_epi64(low[k], _mm256_add_epi64(high[k], high[k]));
    Columns(core::array::from_fn(|k| _mm256_add_epi64(column(k), _mm256_mullo_epi64(column(k + 5), all(19)))))
}

/// [`super::Ifma::pow_p58`].
///
/// x^(2^n − 1) for longer and longer n, up to 250, then x^(4 · (2^250 − 1) + 1): 251 squares, 11 products.
#[cfg(feature = "alloc")]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
pub(super) fn pow_p58(x: &[Element; 4]) -> [Element; 4] {
    let x = Columns(Limbs::from_words(x.each_ref()).0).carry();
    // x^(2^n) · y
    let join = |x: &Limbs, n: usize, y: &Limbs| {
        let mut power = *x;
        for _ in 0..n {
            power = power.square(&Columns::zero()).carry();
        }
        power.times(y, &Columns::zero()).carry()
    };
    let n2 = join(&x, 1, &x);
    let n4 = join(&n2, 2, &n2);
    let n5 = join(&n4, 1, &x);
    let n10 = join(&n5, 5, &n5);
    let n20 = join(&n10, 10, &n10);
    let n40 = join(&n20, 20, &n20);
    let n50 = join(&n40, 10, &n10);
    let n100 = join(&n50, 50, &n50);
    let n200 = join(&n100, 100, &n100);
    let n250 = join(&n200, 50, &n50);
    join(&n250, 2, &x).to_words()
}

/// A number of four words, below 2^255, in limbs.
pub(super) const fn split(x: &[u64; 4]) -> Element {
    [
        x[0] & MASK,
        (x[0] >> 51 | x[1] << 13) & MASK,
        (x[1] >> 38 | x[2] << 26) & MASK,
        (x[2] >> 25 | x[3] << 39) & MASK,
        x[3] >> 12,
    ]
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::super::oracle::{Random, edges, on_ifma, p, value};
    use super::*;
    use num_bigint::BigUint;
    use std::vec::Vec;

    /// Words below a bound: the largest, the smallest, arbitrary ones.
    fn samples(bound: u64) -> Vec<Element> {
        let mut random = Random(bound);
        let mut samples: Vec<Element> =
            edges().into_iter().map(|x| x.map(|word| word.min(bound - 1))).collect();
        samples.extend((0..5).map(|at| core::array::from_fn(|k| if k == at { bound - 1 } else { 0 })));
        samples.push([bound - 1; 5]);
        samples.extend((0..100).map(|_| core::array::from_fn(|_| random.word() % bound)));
        samples
    }

    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    fn words(x: &Columns) -> [Element; 4] {
        Limbs(x.0).to_words()
    }

    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    fn products_of(x: &[Element], y: &[Element], bound: u64) {
        for x in x {
            for y in y.windows(4) {
                let factor = Limbs::from_words([x; 4]);
                let other = Limbs::from_words([&y[0], &y[1], &y[2], &y[3]]);
                let start = Columns::bias::<0b0110>();
                let products = words(&factor.times(&other, &start));
                let turned = words(&other.times(&factor, &start));
                for l in 0..4 {
                    assert_eq!(value(&products[l]), value(x) * value(&y[l]) % p());
                    let biased = if l == 1 || l == 2 { BIAS } else { [0; 5] };
                    for (word, bias) in products[l].iter().zip(biased) {
                        assert!((bias..bias + bound).contains(word));
                    }
                    assert_eq!(products[l], turned[l]);
                }
            }
        }
    }

    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    fn products() {
        products_of(&samples(REDUCED_LIMB), &samples(REDUCED_LIMB), REDUCED);
        products_of(&samples(REDUCED_LIMB), &samples(1 << 52), HALF_REDUCED);
    }

    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    fn squares() {
        for x in samples(REDUCED_LIMB).windows(4) {
            let limbs = Limbs::from_words([&x[0], &x[1], &x[2], &x[3]]);
            let start = Columns::bias::<0b1001>();
            assert_eq!(words(&limbs.square(&start)), words(&limbs.times(&limbs, &start)));
        }
    }

    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    fn carries() {
        for x in samples(1 << 62) {
            let columns = Columns(core::array::from_fn(|k| all(x[k])));
            let [first, .., last] = columns.carry().to_words();
            assert_eq!((value(&first), first), (value(&x), last));
            assert!(first.iter().all(|limb| *limb < REDUCED_LIMB));
        }
    }

    #[test]
    fn products_of_the_largest_and_other_limbs() {
        // SAFETY: the features are there.
        on_ifma(|_| unsafe { products() });
    }

    #[test]
    fn squares_are_products() {
        // SAFETY: the features are there.
        on_ifma(|_| unsafe { squares() });
    }

    #[test]
    fn carries_of_the_largest_and_other_columns() {
        // SAFETY: the features are there.
        on_ifma(|_| unsafe { carries() });
    }

    #[cfg(feature = "alloc")]
    #[test]
    fn powers() {
        on_ifma(|ifma| {
            let exponent = (p() - 5u8) / 8u8;
            for x in samples(1 << 52).as_chunks::<4>().0 {
                for (x, power) in x.iter().zip(ifma.pow_p58(x)) {
                    assert_eq!(value(&power), value(x).modpow(&exponent, &p()));
                    assert!(power.iter().all(|limb| *limb < REDUCED_LIMB));
                }
            }
        });
    }

    #[test]
    fn constants() {
        assert_eq!(value(&times_p(1)), BigUint::ZERO);
        assert_eq!(value(&BIAS), BigUint::ZERO);
    }
}
