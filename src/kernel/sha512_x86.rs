//! The compression function of SHA-384 and SHA-512 with the message schedule in vectors.
//!
//! The rounds stay in integer code (only the newest CPUs have instructions for them), which BMI makes
//! shorter: a rotation into another register, an and-not. The schedule goes into vectors of two words,
//! which run beside it. Two words are as many as can be had at once, as w[t] needs w[t-2]. AVX-512 rotates,
//! and joins three operands, in one instruction; its vectors are used at 128 bits, which slows no clock.
//!
//! The ring W0 … W7 has the schedule's last sixteen words, w[t] in the lower lane. The sums k[t] + w[t] go
//! through memory, sixteen at a time, from the vectors to the rounds.
//!
//! Time depends on the number of blocks and on nothing else. Sums and vector registers are cleared before the
//! return, as a hash's input may be a key.
//!
//! Sources: Guilford, Yap, Gopal, "Fast SHA-512 Implementations on Intel Architecture Processors" (2012),
//! whose division of the work this is; FIPS 180-4, section 6.4.2.
#![allow(unsafe_code)]

use core::arch::x86_64::{
    __m128i, _mm_add_epi64, _mm_alignr_epi8, _mm_loadu_si128, _mm_ror_epi64, _mm_set_epi64x,
    _mm_setzero_si128, _mm_shuffle_epi8, _mm_srli_epi64, _mm_storeu_si128, _mm_ternarylogic_epi64,
};

use zeroize::Zeroize;

use super::clear_x86::clear_registers;
use super::sha2::K512;
use super::sha512::{Block, round};

cpufeatures::new!(features, "avx2", "avx512f", "avx512vl", "bmi1", "bmi2");

/// Whoever holds one has asked the CPU: it has AVX2, AVX-512 F and VL, BMI1 and BMI2.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx512(());

impl Avx512 {
    #[inline]
    pub(super) fn detect() -> Option<Self> {
        features::get().then_some(Self(()))
    }

    /// Mixes the blocks into the state, in order.
    #[inline]
    #[allow(clippy::unused_self, reason = "that there's a token is what counts")]
    pub(super) fn compress(self, state: &mut [u64; 8], blocks: &[Block]) {
        // SAFETY: `self` is made by `detect` alone, which has found the five features.
        unsafe { compress(state, blocks) }
    }
}

#[target_feature(enable = "avx2,avx512f,avx512vl,bmi1,bmi2")]
fn compress(state: &mut [u64; 8], blocks: &[Block]) {
    let mut sums = [[0; 2]; 8];
    for block in blocks {
        let mut w = load_block(block);
        for i in 0..8 {
            sums[i] = add_constants(w[i], &K512[0], i);
        }
        let mut v = *state;
        for k in &K512[1..] {
            sixteen_rounds(&mut v, &mut w, &mut sums, k);
        }
        for [lower, upper] in sums {
            round(&mut v, lower);
            round(&mut v, upper);
        }
        for (word, new) in state.iter_mut().zip(v) {
            *word = word.wrapping_add(new);
        }
    }
    sums.as_flattened_mut().zeroize();
    clear_registers();
}

/// The sixteen rounds whose sums are there, while the next sixteen words and sums are made.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512vl,bmi1,bmi2")]
fn sixteen_rounds(v: &mut [u64; 8], w: &mut [__m128i; 8], sums: &mut [[u64; 2]; 8], k: &[u64; 16]) {
    two_rounds::<0>(v, w, sums, k);
    two_rounds::<1>(v, w, sums, k);
    two_rounds::<2>(v, w, sums, k);
    two_rounds::<3>(v, w, sums, k);
    two_rounds::<4>(v, w, sums, k);
    two_rounds::<5>(v, w, sums, k);
    two_rounds::<6>(v, w, sums, k);
    two_rounds::<7>(v, w, sums, k);
}

#[inline]
#[target_feature(enable = "avx2,avx512f,avx512vl,bmi1,bmi2")]
fn two_rounds<const I: usize>(
    v: &mut [u64; 8],
    w: &mut [__m128i; 8],
    sums: &mut [[u64; 2]; 8],
    k: &[u64; 16],
) {
    let [lower, upper] = sums[I];
    round(v, lower);
    w[I] = next_words::<I>(w);
    round(v, upper);
    sums[I] = add_constants(w[I], k, I);
}

/// w[t] and w[t+1] in the place of w[t-16] and w[t-15], where t = 2 I mod 16.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512vl,bmi1,bmi2")]
fn next_words<const I: usize>(w: &[__m128i; 8]) -> __m128i {
    let x = _mm_alignr_epi8::<8>(w[(I + 1) % 8], w[I]); // w[t-15], w[t-14]
    let t_minus_7 = _mm_alignr_epi8::<8>(w[(I + 5) % 8], w[(I + 4) % 8]);
    let y = w[(I + 7) % 8]; // w[t-2], w[t-1]
    let sigma0 = xor3(_mm_ror_epi64::<1>(x), _mm_ror_epi64::<8>(x), _mm_srli_epi64::<7>(x));
    let sigma1 = xor3(_mm_ror_epi64::<19>(y), _mm_ror_epi64::<61>(y), _mm_srli_epi64::<6>(y));
    _mm_add_epi64(_mm_add_epi64(w[I], sigma0), _mm_add_epi64(t_minus_7, sigma1))
}

/// x ⊕ y ⊕ z: 0x96 is the parity's truth table.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512vl,bmi1,bmi2")]
fn xor3(x: __m128i, y: __m128i, z: __m128i) -> __m128i {
    _mm_ternarylogic_epi64::<0x96>(x, y, z)
}

/// The words of the ring's vector `i` and their constants, added.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512vl,bmi1,bmi2")]
fn add_constants(w: __m128i, k: &[u64; 16], i: usize) -> [u64; 2] {
    let (pairs, _) = k.as_chunks::<2>();
    let mut sums = [0; 2];
    // SAFETY: two words are 16 bytes, to read and to write, and neither asks for an alignment.
    unsafe {
        let k = _mm_loadu_si128(pairs[i].as_ptr().cast());
        _mm_storeu_si128(sums.as_mut_ptr().cast(), _mm_add_epi64(w, k));
    }
    sums
}

/// The sixteen words of a block, which are big-endian in memory.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512vl,bmi1,bmi2")]
fn load_block(block: &Block) -> [__m128i; 8] {
    let swap = _mm_set_epi64x(0x0809_0a0b_0c0d_0e0f, 0x0001_0203_0405_0607);
    let (vectors, _) = block.as_chunks::<16>();
    let mut w = [_mm_setzero_si128(); 8];
    for (word, bytes) in w.iter_mut().zip(vectors) {
        // SAFETY: 16 bytes are there to read, and the load asks for no alignment.
        *word = _mm_shuffle_epi8(unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }, swap);
    }
    w
}
