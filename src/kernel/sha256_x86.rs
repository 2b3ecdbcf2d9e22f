//! The compression function of SHA-224 and SHA-256 with the SHA instructions of x86-64.
//!
//! `sha256rnds2` does two rounds on a state that's cut in two vectors, ABEF and CDGH (highest lane first):
//! after two rounds the new CDGH is the old ABEF, so the two vectors take turns and nothing is moved. A
//! vector of the message schedule has four words, w[t] in the lowest lane, hence two `sha256rnds2` per
//! vector.
//!
//! With W0 … W3 the last four vectors, the next one is `msg2(msg1(W0, W1) + w[t-7 …], W3)`: `msg1` adds
//! σ0(w[t-15]) to w[t-16], `msg2` adds σ1(w[t-2]), of which the upper two it has just made itself, and
//! w[t-7], …, w[t-4] are cut out of W2 and W3 by `palignr`.
//!
//! The two vectors of state depend on each other through 32 `sha256rnds2` in a row. That chain sets the
//! time; all the rest fits into its gaps.
//!
//! Time depends on the number of blocks and on nothing else. The vector registers are cleared before the
//! return, as a hash's input may be a key.
//!
//! Source: Gulley et al., "Intel SHA Extensions" (2013); Intel SDM vol. 2, SHA256RNDS2, SHA256MSG1,
//! SHA256MSG2; FIPS 180-4, section 6.2.2.
#![allow(unsafe_code)]

use core::arch::x86_64::{
    __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_blend_epi16, _mm_load_si128, _mm_loadu_si128,
    _mm_set_epi64x, _mm_sha256msg1_epu32, _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32, _mm_shuffle_epi8,
    _mm_shuffle_epi32, _mm_storeu_si128, _mm256_zeroall,
};

use super::sha2::K256;
use super::sha256::Block;

// AVX is asked for because it has the instruction that clears the registers, and a shorter encoding; the
// few CPUs that have SHA without it (Goldmont) run the portable code.
cpufeatures::new!(features, "sha", "ssse3", "sse4.1", "avx");

/// Whoever holds one has asked the CPU: it has SHA, SSSE3, SSE4.1 and AVX.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instructions(());

impl Instructions {
    pub(super) const NAME: &str = "sha-ni";

    #[inline]
    pub(super) fn detect() -> Option<Self> {
        features::get().then_some(Self(()))
    }

    /// Mixes the blocks into the state, in order.
    #[inline]
    #[allow(clippy::unused_self, reason = "that there's a token is what counts")]
    pub(super) fn compress(self, state: &mut [u32; 8], blocks: &[Block]) {
        // SAFETY: `self` is made by `detect` alone, which has found the four features.
        unsafe { compress(state, blocks) }
    }
}

#[target_feature(enable = "sha,ssse3,sse4.1,avx")]
fn compress(state: &mut [u32; 8], blocks: &[Block]) {
    let (mut abef, mut cdgh) = load_state(state);
    for block in blocks {
        let (old_abef, old_cdgh) = (abef, cdgh);
        let [mut w0, mut w1, mut w2, mut w3] = load_block(block);
        // Each line is sixteen rounds, and makes the words of the next sixteen.
        for i in 0..3 {
            four_rounds(&mut abef, &mut cdgh, w0, i, 0);
            w0 = schedule(w0, w1, w2, w3);
            four_rounds(&mut abef, &mut cdgh, w1, i, 1);
            w1 = schedule(w1, w2, w3, w0);
            four_rounds(&mut abef, &mut cdgh, w2, i, 2);
            w2 = schedule(w2, w3, w0, w1);
            four_rounds(&mut abef, &mut cdgh, w3, i, 3);
            w3 = schedule(w3, w0, w1, w2);
        }
        four_rounds(&mut abef, &mut cdgh, w0, 3, 0);
        four_rounds(&mut abef, &mut cdgh, w1, 3, 1);
        four_rounds(&mut abef, &mut cdgh, w2, 3, 2);
        four_rounds(&mut abef, &mut cdgh, w3, 3, 3);
        abef = _mm_add_epi32(abef, old_abef);
        cdgh = _mm_add_epi32(cdgh, old_cdgh);
    }
    store_state(state, abef, cdgh);
    _mm256_zeroall();
}

/// Rounds 16 i + 4 j to 16 i + 4 j + 3. The constants' address is a function of the counters.
#[inline]
#[target_feature(enable = "sha,ssse3,sse4.1,avx")]
fn four_rounds(abef: &mut __m128i, cdgh: &mut __m128i, w: __m128i, i: usize, j: usize) {
    let (vectors, _) = K256.0[i].as_chunks::<4>();
    // SAFETY: four words are 16 bytes, and the table is aligned to 64.
    let k = unsafe { _mm_load_si128((&raw const vectors[j]).cast()) };
    let wk = _mm_add_epi32(w, k);
    *cdgh = _mm_sha256rnds2_epu32(*cdgh, *abef, wk);
    *abef = _mm_sha256rnds2_epu32(*abef, *cdgh, _mm_shuffle_epi32::<0x0e>(wk));
}

/// w[t], …, w[t+3] from the sixteen words before them.
#[inline]
#[target_feature(enable = "sha,ssse3,sse4.1,avx")]
fn schedule(w0: __m128i, w1: __m128i, w2: __m128i, w3: __m128i) -> __m128i {
    let t_minus_7 = _mm_alignr_epi8::<4>(w3, w2);
    _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), t_minus_7), w3)
}

/// The sixteen words of a block, which are big-endian in memory.
#[inline]
#[target_feature(enable = "sha,ssse3,sse4.1,avx")]
fn load_block(block: &Block) -> [__m128i; 4] {
    let (vectors, _) = block.as_chunks::<16>();
    [load_words(&vectors[0]), load_words(&vectors[1]), load_words(&vectors[2]), load_words(&vectors[3])]
}

#[inline]
#[target_feature(enable = "sha,ssse3,sse4.1,avx")]
fn load_words(bytes: &[u8; 16]) -> __m128i {
    let swap = _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203);
    // SAFETY: 16 bytes are there to read, and the load asks for no alignment.
    _mm_shuffle_epi8(unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }, swap)
}

/// From a, …, h in memory to ABEF and CDGH.
#[inline]
#[target_feature(enable = "sha,ssse3,sse4.1,avx")]
fn load_state(state: &[u32; 8]) -> (__m128i, __m128i) {
    let (halves, _) = state.as_chunks::<4>();
    // SAFETY: each half is 16 bytes, and the loads ask for no alignment.
    let (dcba, hgfe) =
        unsafe { (_mm_loadu_si128(halves[0].as_ptr().cast()), _mm_loadu_si128(halves[1].as_ptr().cast())) };
    let cdab = _mm_shuffle_epi32::<0xb1>(dcba);
    let efgh = _mm_shuffle_epi32::<0x1b>(hgfe);
    (_mm_alignr_epi8::<8>(cdab, efgh), _mm_blend_epi16::<0xf0>(efgh, cdab))
}

/// From ABEF and CDGH to a, …, h in memory.
#[inline]
#[target_feature(enable = "sha,ssse3,sse4.1,avx")]
fn store_state(state: &mut [u32; 8], abef: __m128i, cdgh: __m128i) {
    let feba = _mm_shuffle_epi32::<0x1b>(abef);
    let dchg = _mm_shuffle_epi32::<0xb1>(cdgh);
    let (halves, _) = state.as_chunks_mut::<4>();
    // SAFETY: each half is 16 bytes, and the stores ask for no alignment.
    unsafe {
        _mm_storeu_si128(halves[0].as_mut_ptr().cast(), _mm_blend_epi16::<0xf0>(feba, dchg));
        _mm_storeu_si128(halves[1].as_mut_ptr().cast(), _mm_alignr_epi8::<8>(dchg, feba));
    }
}
