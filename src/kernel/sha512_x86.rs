//! The compression function of SHA-384 and SHA-512 with the message schedule in vectors.
//!
//! The rounds stay in integer code (only the newest CPUs have instructions for them), which BMI makes
//! shorter: a rotation into another register, an and-not. The schedule goes into vectors, which run beside
//! it. Two words of a block are as many as can be had at once, as w[t] needs w[t-2]; so of a vector's four
//! words, two are of one block and two of the next, whose schedule waits for nothing that the first block
//! computes. Both schedules are made during the rounds of the first block, and those of the second find all
//! their sums done.
//!
//! The ring W0 … W7 has the last sixteen words of either schedule, w[t] and w[t+1] of the first block in the
//! lower half of a vector, those of the second in the upper one. The sums k[t] + w[t] go through memory, from
//! the vectors to the rounds. A block without a partner fills both halves, and the upper one's sums aren't
//! used.
//!
//! There are two engines, made of one source: AVX-512 rotates, and joins three operands, in one instruction;
//! AVX2 needs three and two. Both have vectors of 256 bits, which slow no clock.
//!
//! Time depends on the number of blocks and on nothing else. Sums and vector registers are cleared before the
//! return, as a hash's input may be a key.
//!
//! Sources: Guilford, Yap, Gopal, "Fast SHA-512 Implementations on Intel Architecture Processors" (2012),
//! whose division of the work this is; Gueron, Krasnov, "Parallelizing message schedules to accelerate the
//! computations of hash functions" (2012), for two schedules side by side; FIPS 180-4, section 6.4.2.
#![allow(unsafe_code)]

use core::arch::x86_64::{
    __m256i, _mm256_add_epi64, _mm256_alignr_epi8, _mm256_loadu_si256, _mm256_loadu2_m128i, _mm256_or_si256,
    _mm256_ror_epi64, _mm256_set_epi64x, _mm256_set1_epi64x, _mm256_setzero_si256, _mm256_shuffle_epi8,
    _mm256_sllv_epi64, _mm256_srli_epi64, _mm256_store_si256, _mm256_ternarylogic_epi64, _mm256_xor_si256,
    _mm256_zeroall,
};
use core::ptr;

pub(super) use self::{avx2::Avx2, avx512::Avx512};
use super::clear_x86::clear_registers;
use super::sha2::K512;
use super::sha512::{Block, Rounds};

/// The round constants as vectors have them: k[t] and k[t+1], twice.
static K512_TWICE: [[[u64; 4]; 8]; 5] = {
    let (mut k, mut i) = ([[[0; 4]; 8]; 5], 0);
    while i < 160 {
        k[i / 32][i / 4 % 8][i % 4] = K512[i / 32][i / 4 % 8 * 2 + i % 2];
        i += 1;
    }
    k
};

/// k[t] + w[t] and k[t+1] + w[t+1] of two blocks, one after the other.
#[repr(C, align(32))]
struct Sums([[u64; 2]; 2]);

/// The sums of sixteen rounds: one turn of the ring.
type Turn = [Sums; 8];
const NO_SUMS: Turn = [const { Sums([[0; 2]; 2]) }; 8];

impl Sums {
    /// Two rounds of the first block or the second.
    #[inline(always)]
    fn two_rounds<const BLOCK: usize>(&self, v: &mut Rounds) {
        let [lower, upper] = self.0[BLOCK];
        v.round(lower);
        v.round(upper);
    }

    /// Sets the sums: words and constants, added.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn set(&mut self, w: __m256i, k: &[u64; 4]) {
        // SAFETY: four words are 32 bytes to read, at any alignment; `Sums` are 32 bytes to write, and aligned
        // to as many.
        unsafe {
            let k = _mm256_loadu_si256(k.as_ptr().cast());
            _mm256_store_si256(ptr::from_mut(self).cast(), _mm256_add_epi64(w, k));
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn wipe(&mut self) {
        // SAFETY: `Sums` are 32 bytes to write, and aligned to as many.
        unsafe { ptr::from_mut(self).cast::<__m256i>().write_volatile(_mm256_setzero_si256()) }
    }
}

/// Sixteen rounds of the first block or the second, with nothing beside them.
#[inline(always)]
fn sixteen_rounds<const BLOCK: usize>(v: &mut Rounds, [s0, s1, s2, s3, s4, s5, s6, s7]: &Turn) {
    s0.two_rounds::<BLOCK>(v);
    s1.two_rounds::<BLOCK>(v);
    s2.two_rounds::<BLOCK>(v);
    s3.two_rounds::<BLOCK>(v);
    s4.two_rounds::<BLOCK>(v);
    s5.two_rounds::<BLOCK>(v);
    s6.two_rounds::<BLOCK>(v);
    s7.two_rounds::<BLOCK>(v);
}

/// The sixteen words of two blocks, which are big-endian in memory.
#[inline]
#[target_feature(enable = "avx2")]
fn load_blocks(lower: &Block, upper: &Block) -> [__m256i; 8] {
    let (x, y) = (0x0809_0a0b_0c0d_0e0f, 0x0001_0203_0405_0607);
    let swap = _mm256_set_epi64x(x, y, x, y);
    let ((lower, _), (upper, _)) = (lower.as_chunks::<16>(), upper.as_chunks::<16>());
    let mut w = [_mm256_setzero_si256(); 8];
    for i in 0..8 {
        // SAFETY: 16 bytes are there to read in either block, and the load asks for no alignment.
        let bytes = unsafe { _mm256_loadu2_m128i(upper[i].as_ptr().cast(), lower[i].as_ptr().cast()) };
        w[i] = _mm256_shuffle_epi8(bytes, swap);
    }
    w
}

/// A rotation to the right by N bits, 0 < N < 64, for CPUs that can only shift.
#[inline]
#[target_feature(enable = "avx2")]
fn rotate<const N: i32>(x: __m256i) -> __m256i {
    _mm256_or_si256(_mm256_srli_epi64::<N>(x), _mm256_sllv_epi64(x, _mm256_set1_epi64x(64 - i64::from(N))))
}

/// x ⊕ y ⊕ z.
#[inline]
#[target_feature(enable = "avx2")]
fn xor3_avx2(x: __m256i, y: __m256i, z: __m256i) -> __m256i {
    _mm256_xor_si256(_mm256_xor_si256(x, y), z)
}

/// x ⊕ y ⊕ z: 0x96 is the parity's truth table.
#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn xor3_avx512(x: __m256i, y: __m256i, z: __m256i) -> __m256i {
    _mm256_ternarylogic_epi64::<0x96>(x, y, z)
}

/// An engine: its token, the CPU features it asks for, and the operations that it has in its own way.
macro_rules! engine {
    (
        $(#[$doc:meta])* $module:ident::$token:ident, [$($feature:tt),*],
        rotate: $rotate:ident, xor3: $xor3:ident, clear: $clear:ident
    ) => {
        mod $module {
            use super::*;

            cpufeatures::new!(features, $($feature),*);

            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub(crate) struct $token(());

            impl $token {
                #[inline]
                pub(in super::super) fn detect() -> Option<Self> {
                    features::get().then_some(Self(()))
                }

                /// Mixes the blocks into the state, in order.
                #[inline]
                #[allow(clippy::unused_self, reason = "that there's a token is what counts")]
                pub(in super::super) fn compress(self, state: &mut [u64; 8], blocks: &[Block]) {
                    // SAFETY: `self` is made by `detect` alone, which has found the features.
                    unsafe { compress(state, blocks) }
                }
            }

            #[target_feature($(enable = $feature),*)]
            fn compress(state: &mut [u64; 8], blocks: &[Block]) {
                let (pairs, last) = blocks.as_chunks();
                if !pairs.is_empty() {
                    mix::<2, 5>(state, pairs);
                }
                mix::<1, 1>(state, last.as_chunks().0);
                $clear();
            }

            /// Mixes blocks into the state, one or two at a time. The sums of all five turns are kept for the
            /// second block; without one, each turn's may take the place of the last one's.
            #[inline]
            #[target_feature($(enable = $feature),*)]
            fn mix<const BLOCKS: usize, const TURNS: usize>(
                state: &mut [u64; 8],
                blocks: &[[Block; BLOCKS]],
            ) {
                let mut sums = [NO_SUMS; TURNS];
                for blocks in blocks {
                    let mut w = load_blocks(&blocks[0], &blocks[BLOCKS - 1]);
                    for i in 0..8 {
                        sums[0][i].set(w[i], &K512_TWICE[0][i]);
                    }
                    let mut v = Rounds::new(state);
                    for turn in 1..5 {
                        // Written out, so that the rotation of the names costs no instruction.
                        two_rounds::<0, TURNS>(&mut v, &mut w, &mut sums, turn);
                        two_rounds::<1, TURNS>(&mut v, &mut w, &mut sums, turn);
                        two_rounds::<2, TURNS>(&mut v, &mut w, &mut sums, turn);
                        two_rounds::<3, TURNS>(&mut v, &mut w, &mut sums, turn);
                        two_rounds::<4, TURNS>(&mut v, &mut w, &mut sums, turn);
                        two_rounds::<5, TURNS>(&mut v, &mut w, &mut sums, turn);
                        two_rounds::<6, TURNS>(&mut v, &mut w, &mut sums, turn);
                        two_rounds::<7, TURNS>(&mut v, &mut w, &mut sums, turn);
                    }
                    sixteen_rounds::<0>(&mut v, &sums[TURNS - 1]);
                    v.add_to(state);
                    if BLOCKS == 2 {
                        let mut v = Rounds::new(state);
                        for sums in &sums {
                            sixteen_rounds::<1>(&mut v, sums);
                        }
                        v.add_to(state);
                    }
                }
                for sums in sums.as_flattened_mut() {
                    sums.wipe();
                }
            }

            /// The last turn's two rounds for the first block, and this turn's words and sums for both.
            #[inline]
            #[target_feature($(enable = $feature),*)]
            fn two_rounds<const I: usize, const TURNS: usize>(
                v: &mut Rounds,
                w: &mut [__m256i; 8],
                sums: &mut [Turn; TURNS],
                turn: usize,
            ) {
                let [lower, upper] = sums[(turn - 1) % TURNS][I].0[0];
                v.round(lower);
                w[I] = next_words::<I>(w);
                v.round(upper);
                sums[turn % TURNS][I].set(w[I], &K512_TWICE[turn][I]);
            }

            /// w[t] and w[t+1] in the place of w[t-16] and w[t-15], where t = 2 I mod 16.
            #[inline]
            #[target_feature($(enable = $feature),*)]
            fn next_words<const I: usize>(w: &[__m256i; 8]) -> __m256i {
                let x = _mm256_alignr_epi8::<8>(w[(I + 1) % 8], w[I]); // w[t-15], w[t-14]
                let t_minus_7 = _mm256_alignr_epi8::<8>(w[(I + 5) % 8], w[(I + 4) % 8]);
                let y = w[(I + 7) % 8]; // w[t-2], w[t-1]
                let sigma0 = $xor3($rotate::<1>(x), $rotate::<8>(x), _mm256_srli_epi64::<7>(x));
                let sigma1 = $xor3($rotate::<19>(y), $rotate::<61>(y), _mm256_srli_epi64::<6>(y));
                _mm256_add_epi64(_mm256_add_epi64(_mm256_add_epi64(w[I], sigma0), t_minus_7), sigma1)
            }
        }
    };
}

engine!(
    /// Whoever holds one has asked the CPU: it has AVX2, AVX-512 F and VL, BMI1 and BMI2.
    avx512::Avx512, ["avx2", "avx512f", "avx512vl", "bmi1", "bmi2"],
    rotate: _mm256_ror_epi64, xor3: xor3_avx512, clear: clear_registers
);
engine!(
    /// Whoever holds one has asked the CPU: it has AVX2, BMI1 and BMI2.
    avx2::Avx2, ["avx2", "bmi1", "bmi2"],
    rotate: rotate, xor3: xor3_avx2, clear: _mm256_zeroall
);
