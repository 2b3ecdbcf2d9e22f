//! The compression function of SHA-224 and SHA-256 with the SHA instructions of aarch64.
//!
//! `sha256h` and `sha256h2` do four rounds on a state in two vectors, ABCD and EFGH (lowest lane first): the one gives the
//! new ABCD, the other the new EFGH, of the same old state. A vector of the message schedule has four words, w[t] in the
//! lowest lane.
//!
//! With W0 … W3 the last four vectors, the next one is `su1(su0(W0, W1), W2, W3)`: `su0` adds σ0(w[t-15]) to w[t-16], `su1`
//! adds w[t-7] and σ1(w[t-2]).
//!
//! Time depends on the number of blocks and on nothing else. Vector registers aren't cleared: there's no intrinsic for
//! that here.
//!
//! Source: Arm Architecture Reference Manual, SHA256H, SHA256H2, SHA256SU0, SHA256SU1; FIPS 180-4, section 6.2.2.
#![allow(unsafe_code)]

use core::arch::aarch64::{
    uint32x4_t, vaddq_u32, vld1q_u8, vld1q_u32, vreinterpretq_u32_u8, vrev32q_u8, vsha256h2q_u32,
    vsha256hq_u32, vsha256su0q_u32, vsha256su1q_u32, vst1q_u32,
};

use super::sha2::K256;
use super::sha256::Block;

cpufeatures::new!(features, "sha2");

/// Whoever holds one has asked the CPU: it has the instructions for SHA-256.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instructions(());

impl Instructions {
    pub(super) const NAME: &str = "armv8-sha2";

    #[inline]
    pub(super) fn detect() -> Option<Self> {
        features::get().then_some(Self(()))
    }

    /// Mixes the blocks into the state, in order.
    #[inline]
    #[allow(clippy::unused_self, reason = "that there's a token is what counts")]
    pub(super) fn compress(self, state: &mut [u32; 8], blocks: &[Block]) {
        // SAFETY: `self` is made by `detect` alone, which has found the feature; every aarch64 that has it has NEON.
        unsafe { compress(state, blocks) }
    }
}

#[target_feature(enable = "neon,sha2")]
fn compress(state: &mut [u32; 8], blocks: &[Block]) {
    let (halves, _) = state.as_chunks_mut::<4>();
    let (mut abcd, mut efgh) = (load(&halves[0]), load(&halves[1]));
    for block in blocks {
        let (old_abcd, old_efgh) = (abcd, efgh);
        let [mut w0, mut w1, mut w2, mut w3] = load_block(block);
        // Each line is sixteen rounds, and makes the words of the next sixteen.
        for i in 0..3 {
            four_rounds(&mut abcd, &mut efgh, w0, i, 0);
            w0 = schedule(w0, w1, w2, w3);
            four_rounds(&mut abcd, &mut efgh, w1, i, 1);
            w1 = schedule(w1, w2, w3, w0);
            four_rounds(&mut abcd, &mut efgh, w2, i, 2);
            w2 = schedule(w2, w3, w0, w1);
            four_rounds(&mut abcd, &mut efgh, w3, i, 3);
            w3 = schedule(w3, w0, w1, w2);
        }
        four_rounds(&mut abcd, &mut efgh, w0, 3, 0);
        four_rounds(&mut abcd, &mut efgh, w1, 3, 1);
        four_rounds(&mut abcd, &mut efgh, w2, 3, 2);
        four_rounds(&mut abcd, &mut efgh, w3, 3, 3);
        abcd = vaddq_u32(abcd, old_abcd);
        efgh = vaddq_u32(efgh, old_efgh);
    }
    store(abcd, &mut halves[0]);
    store(efgh, &mut halves[1]);
}

/// Rounds 16 i + 4 j to 16 i + 4 j + 3. The constants' address is a function of the counters.
#[inline]
#[target_feature(enable = "neon,sha2")]
fn four_rounds(abcd: &mut uint32x4_t, efgh: &mut uint32x4_t, w: uint32x4_t, i: usize, j: usize) {
    let (vectors, _) = K256.0[i].as_chunks::<4>();
    let wk = vaddq_u32(w, load(&vectors[j]));
    let old = *abcd;
    *abcd = vsha256hq_u32(old, *efgh, wk);
    *efgh = vsha256h2q_u32(*efgh, old, wk);
}

/// w[t], …, w[t+3] from the sixteen words before them.
#[inline]
#[target_feature(enable = "neon,sha2")]
fn schedule(w0: uint32x4_t, w1: uint32x4_t, w2: uint32x4_t, w3: uint32x4_t) -> uint32x4_t {
    vsha256su1q_u32(vsha256su0q_u32(w0, w1), w2, w3)
}

/// The sixteen words of a block, which are big-endian in memory.
#[inline]
#[target_feature(enable = "neon,sha2")]
fn load_block(block: &Block) -> [uint32x4_t; 4] {
    let (vectors, _) = block.as_chunks::<16>();
    [load_words(&vectors[0]), load_words(&vectors[1]), load_words(&vectors[2]), load_words(&vectors[3])]
}

#[inline]
#[target_feature(enable = "neon,sha2")]
fn load_words(bytes: &[u8; 16]) -> uint32x4_t {
    // SAFETY: 16 bytes are there to read, and the load asks for no alignment but theirs.
    vreinterpretq_u32_u8(vrev32q_u8(unsafe { vld1q_u8(bytes.as_ptr()) }))
}

#[inline]
#[target_feature(enable = "neon,sha2")]
fn load(words: &[u32; 4]) -> uint32x4_t {
    // SAFETY: four words are there to read, and the load asks for no alignment but theirs.
    unsafe { vld1q_u32(words.as_ptr()) }
}

#[inline]
#[target_feature(enable = "neon,sha2")]
fn store(x: uint32x4_t, words: &mut [u32; 4]) {
    // SAFETY: four words are there to write, and the store asks for no alignment but theirs.
    unsafe { vst1q_u32(words.as_mut_ptr(), x) }
}
