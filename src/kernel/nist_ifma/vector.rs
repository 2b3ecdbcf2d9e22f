//! The vocabulary: four field elements in N vectors, one element in each 64-bit lane, one digit of 52 bits in
//! each vector.
//!
//! Functions are single instructions on a vector; macros work on whole elements, whatever N is where they're
//! used.

use core::arch::x86_64::{
    __m256i, __m512i, __mmask8, _mm256_add_epi64, _mm256_and_si256, _mm256_blend_epi32,
    _mm256_madd52hi_epu64, _mm256_madd52lo_epu64, _mm256_maskz_srai_epi64, _mm256_permutex_epi64,
    _mm256_set_epi64x, _mm256_set1_epi64x, _mm256_setzero_si256, _mm256_shuffle_epi32, _mm256_slli_epi64,
    _mm256_srai_epi64, _mm256_srli_epi64, _mm256_storeu_si256, _mm256_sub_epi64, _mm256_unpackhi_epi64,
    _mm256_unpacklo_epi64, _mm256_xor_si256, _mm512_cmpeq_epi64_mask, _mm512_loadu_si512,
    _mm512_mask_mov_epi64, _mm512_set1_epi64, _mm512_setzero_si512, _mm512_storeu_si512,
};

/// An element made digit by digit: `map!(i => the vector of digit i)`.
macro_rules! map {
    ($i:ident => $e:expr) => {{
        let mut z = [zero(); N];
        for $i in 0..N {
            z[$i] = $e;
        }
        z
    }};
}

/// x + y, x − y: digit by digit, no carries.
macro_rules! add {
    ($x:expr, $y:expr) => {{
        let (x, y) = ($x, $y);
        map!(i => add(x[i], y[i]))
    }};
}
macro_rules! sub {
    ($x:expr, $y:expr) => {{
        let (x, y) = ($x, $y);
        map!(i => sub(x[i], y[i]))
    }};
}

/// k·p in all lanes, for a constant k.
macro_rules! multiple {
    ($k:literal) => {{
        const KP: [u64; N] = multiple_of_p($k);
        map!(i => all(KP[i]))
    }};
}

/// The lanes of x in another order: `lanes!(x; 3 1 1 0)` has lane 3 of x in lane 0, and so on.
macro_rules! lanes {
    ($x:expr; $a:literal $b:literal $c:literal $d:literal) => {{
        let x = $x;
        map!(i => permute::<{ $a | $b << 2 | $c << 4 | $d << 6 }>(x[i]))
    }};
}

/// Lanes 0 and 1 exchanged, lanes 2 and 3 exchanged: one cycle, where `lanes!` takes four.
macro_rules! exchange {
    ($x:expr) => {{
        let x = $x;
        map!(i => exchange_pairs(x[i]))
    }};
}

/// Lanes 0 0 2 2, lanes 1 1 3 3 of x: as cheap as `exchange!`.
macro_rules! evens {
    ($x:expr) => {{
        let x = $x;
        map!(i => even_lanes(x[i]))
    }};
}
macro_rules! odds {
    ($x:expr) => {{
        let x = $x;
        map!(i => odd_lanes(x[i]))
    }};
}

/// The lanes named from y, the others from x: `with!(x; 0 3 <- y)`.
macro_rules! with {
    ($x:expr; $($lane:literal)* <- $y:expr) => {{
        let (x, y) = ($x, $y);
        map!(i => blend::<{ $( 3 << (2 * $lane) | )* 0 }>(x[i], y[i]))
    }};
}

/// The exact carries, from the lowest digit up; signed. Of what comes out, the low 52 bits of each word are
/// the digit, and the top word is all of what is left. Good for factors, whose low 52 bits alone are read;
/// before sums or memory, see `clean!`.
macro_rules! carry {
    ($x:expr) => {{
        let mut x = $x;
        for i in 1..N {
            x[i] = add(x[i], sar::<52>(x[i - 1]));
        }
        x
    }};
}

/// What `carry!` has left of a number from 0 to R − 1, cut to its digits: good for sums and memory.
macro_rules! clean {
    ($x:expr) => {{
        let x = $x;
        map!(i => and(x[i], all(MASK)))
    }};
}

/// Column K of a square, added to t: the products of different digits once, twice that, and the digit's
/// square.
macro_rules! column {
    ($t:ident, $a:ident, $k:literal) => {{
        const K: usize = $k;
        let (mut low, mut high) = (zero(), zero());
        for i in (K + 1).saturating_sub(N)..K.div_ceil(2) {
            low = madd_low(low, $a[i], $a[K - i]);
        }
        if K > 0 {
            for i in K.saturating_sub(N)..K / 2 {
                high = madd_high(high, $a[i], $a[K - 1 - i]);
            }
        }
        let sum = add(low, high);
        let sum = add(sum, sum);
        let sum = if K % 2 == 0 {
            madd_low(sum, $a[K / 2], $a[K / 2])
        } else {
            madd_high(sum, $a[K / 2], $a[K / 2])
        };
        $t[K] = add($t[K], sum);
    }};
}

/// Four digits of the same weight, one of each element.
pub(super) type V = __m256i;

/// The largest digit.
pub(super) const MASK: u64 = (1 << 52) - 1;

/// Words on the stack that held a secret: wiped.
pub(super) fn wipe<T: Copy>(x: &mut T, zero: T) {
    // SAFETY: a reference is valid for writes and aligned.
    unsafe { core::ptr::write_volatile(x, zero) }
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn load(x: &[u64; 8]) -> __m512i {
    // SAFETY: 64 bytes are there to be read, at any alignment.
    unsafe { _mm512_loadu_si512(x.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn store(x: __m512i) -> [u64; 8] {
    let mut to = [0; 8];
    // SAFETY: 64 bytes are there to be written, at any alignment.
    unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), x) }
    to
}

/// 1 in the lanes named, 0 in the others.
pub(super) const fn ones_in(lanes: &[usize]) -> [u64; 4] {
    let (mut ones, mut i) = ([0; 4], 0);
    while i < lanes.len() {
        ones[lanes[i]] = 1;
        i += 1;
    }
    ones
}

/// The four lanes as words.
#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
pub(super) fn words(x: V) -> [u64; 4] {
    let mut to = [0; 4];
    // SAFETY: 32 bytes are there to be written, at any alignment.
    unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), x) }
    to
}

// The instructions, under short names: on each of the four words by itself.

#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
pub(super) fn zero() -> V {
    _mm256_setzero_si256()
}

/// A word in all lanes.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
pub(super) fn all(x: u64) -> V {
    _mm256_set1_epi64x(x.cast_signed())
}

/// Four words, lane 0 first.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
pub(super) fn four(x: [u64; 4]) -> V {
    let [a, b, c, d] = x.map(u64::cast_signed);
    _mm256_set_epi64x(d, c, b, a)
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
pub(super) fn add(x: V, y: V) -> V {
    _mm256_add_epi64(x, y)
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
pub(super) fn sub(x: V, y: V) -> V {
    _mm256_sub_epi64(x, y)
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
pub(super) fn and(x: V, y: V) -> V {
    _mm256_and_si256(x, y)
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
pub(super) fn xor(x: V, y: V) -> V {
    _mm256_xor_si256(x, y)
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
pub(super) fn shl<const K: i32>(x: V) -> V {
    _mm256_slli_epi64::<K>(x)
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
pub(super) fn shr<const K: i32>(x: V) -> V {
    _mm256_srli_epi64::<K>(x)
}

/// A signed word's shift: ⌊x / 2^K⌋.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
pub(super) fn sar<const K: u32>(x: V) -> V {
    _mm256_srai_epi64::<K>(x)
}

/// z + the low 52 bits of x·y, of which the low 52 bits each are read.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
pub(super) fn madd_low(z: V, x: V, y: V) -> V {
    _mm256_madd52lo_epu64(z, x, y)
}

/// z + ⌊x·y / 2^52⌋, likewise.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
pub(super) fn madd_high(z: V, x: V, y: V) -> V {
    _mm256_madd52hi_epu64(z, x, y)
}

/// `sar` in the lanes of the mask, zero in the others.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
pub(super) fn sar_in<const K: u32>(lanes: __mmask8, x: V) -> V {
    _mm256_maskz_srai_epi64::<K>(lanes, x)
}

/// Lanes K mod 4, K / 4 mod 4, … of x.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
pub(super) fn permute<const K: i32>(x: V) -> V {
    _mm256_permutex_epi64::<K>(x)
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
pub(super) fn exchange_pairs(x: V) -> V {
    _mm256_shuffle_epi32::<0b01_00_11_10>(x)
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
pub(super) fn even_lanes(x: V) -> V {
    _mm256_unpacklo_epi64(x, x)
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
pub(super) fn odd_lanes(x: V) -> V {
    _mm256_unpackhi_epi64(x, x)
}

/// Half words from y where K has a bit.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
pub(super) fn blend<const K: i32>(x: V, y: V) -> V {
    _mm256_blend_epi32::<K>(x, y)
}

/// An entry of a table: the digits of x, the digits of y′ = 2y, zeros. E vectors of eight words.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(super) struct Entry<const E: usize>(pub(super) [[u64; 8]; E]);

impl<const E: usize> Entry<E> {
    pub(super) const ZERO: Self = Self([[0; 8]; E]);

    /// x, in all lanes.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
    pub(super) fn x<const N: usize>(&self) -> [V; N] {
        let words = self.0.as_flattened();
        map!(i => all(words[i]))
    }

    /// y′, in all lanes.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
    pub(super) fn y<const N: usize>(&self) -> [V; N] {
        let words = self.0.as_flattened();
        map!(i => all(words[N + i]))
    }

    /// x from lane 1 and y′ from lane 3, which are clean.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
    pub(super) fn from_lanes<const N: usize>(xy: &[V; N]) -> Self {
        let mut entry = Self::ZERO;
        let to = entry.0.as_flattened_mut();
        for i in 0..N {
            let lanes = words(xy[i]);
            (to[i], to[N + i]) = (lanes[1], lanes[3]);
        }
        entry
    }
}

/// Entry `index` of a table, all of which is read.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
pub(super) fn gather<const E: usize>(table: &[Entry<E>], index: u64) -> Entry<E> {
    let mut sum = [_mm512_setzero_si512(); E];
    let wanted = _mm512_set1_epi64(index.cast_signed());
    for (i, entry) in table.iter().enumerate() {
        let here = _mm512_cmpeq_epi64_mask(_mm512_set1_epi64((i as u64).cast_signed()), wanted);
        for (sum, words) in sum.iter_mut().zip(&entry.0) {
            *sum = _mm512_mask_mov_epi64(*sum, here, load(words));
        }
    }
    Entry(sum.map(|sum| store(sum)))
}
