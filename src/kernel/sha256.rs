//! The compression function of SHA-224 and SHA-256, and the choice of who computes it.
//!
//! A state is eight words of 32 bits, a block sixteen. The block is stretched to 64 words (the message
//! schedule), each of which is mixed into the state by one round; then the old state is added to the new
//! one, word by word, so that the rounds (which can be undone) become a function that can't.
//! `+` is addition mod 2^32.
//!
//! ```text
//! w[t] = σ1(w[t-2]) + w[t-7] + σ0(w[t-15]) + w[t-16]
//! t1 = h + Σ1(e) + Ch(e, f, g) + k[t] + w[t],    t2 = Σ0(a) + Maj(a, b, c)
//! (a, …, h) ← (t1 + t2, a, b, c, d + t1, e, f, g)
//! ```
//!
//! Only the last sixteen words of the schedule are ever needed: they live in a ring, and w[t] takes the
//! place of w[t-16].
//!
//! Additions, rotations and word logic alone: time depends on the number of blocks and on nothing else.
//!
//! Source: FIPS 180-4, sections 4.1.2 (functions) and 6.2.2 (computation).
#![allow(clippy::inline_always, reason = "the rounds' variables have to stay in registers")]

use super::sha2::K256;
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
use super::sha256_aarch64::Instructions;
#[cfg(target_arch = "x86_64")]
use super::sha256_x86::Instructions;

/// A block: 512 bits of message.
pub(crate) type Block = [u8; 64];

/// Who computes: the CPU's SHA instructions where it has them, else integer code.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Engine {
    Portable,
    Instructions(Instructions),
}

impl Engine {
    /// The best engine of this machine. After the first call that's one load and one comparison.
    #[inline]
    pub(crate) fn detect() -> Self {
        Instructions::detect().map_or(Self::Portable, Self::Instructions)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Instructions(_) => Instructions::NAME,
        }
    }

    /// Mixes the blocks into the state, in order.
    #[inline]
    pub(crate) fn compress(self, state: &mut [u32; 8], blocks: &[Block]) {
        match self {
            Self::Portable => portable(state, blocks),
            Self::Instructions(token) => token.compress(state, blocks),
        }
    }
}

/// Where there are no SHA instructions, their token can't be had.
#[cfg(not(any(target_arch = "x86_64", all(target_arch = "aarch64", target_endian = "little"))))]
#[derive(Clone, Copy, Debug)]
pub(crate) enum Instructions {}

#[cfg(not(any(target_arch = "x86_64", all(target_arch = "aarch64", target_endian = "little"))))]
impl Instructions {
    const NAME: &str = "none";

    fn detect() -> Option<Self> {
        None
    }

    fn compress(self, _: &mut [u32; 8], _: &[Block]) {
        match self {}
    }
}

/// The compression function in integer code.
fn portable(state: &mut [u32; 8], blocks: &[Block]) {
    for block in blocks {
        let mut w = [0; 16];
        for (word, bytes) in w.iter_mut().zip(block.as_chunks().0) {
            *word = u32::from_be_bytes(*bytes);
        }
        let mut v = *state;
        sixteen_rounds::<false>(&mut v, &mut w, &K256.0[0]);
        for k in &K256.0[1..] {
            sixteen_rounds::<true>(&mut v, &mut w, k);
        }
        for (word, new) in state.iter_mut().zip(v) {
            *word = word.wrapping_add(new);
        }
    }
}

/// Sixteen rounds, on the first sixteen words of the schedule (`NEXT` false) or on the next sixteen.
///
/// Written out, so that the rotation of the names costs no instruction, and so that the schedule's additions
/// fill the gaps of the rounds' long chain.
#[inline(always)]
fn sixteen_rounds<const NEXT: bool>(v: &mut [u32; 8], w: &mut [u32; 16], k: &[u32; 16]) {
    scheduled_round::<NEXT, 0>(v, w, k);
    scheduled_round::<NEXT, 1>(v, w, k);
    scheduled_round::<NEXT, 2>(v, w, k);
    scheduled_round::<NEXT, 3>(v, w, k);
    scheduled_round::<NEXT, 4>(v, w, k);
    scheduled_round::<NEXT, 5>(v, w, k);
    scheduled_round::<NEXT, 6>(v, w, k);
    scheduled_round::<NEXT, 7>(v, w, k);
    scheduled_round::<NEXT, 8>(v, w, k);
    scheduled_round::<NEXT, 9>(v, w, k);
    scheduled_round::<NEXT, 10>(v, w, k);
    scheduled_round::<NEXT, 11>(v, w, k);
    scheduled_round::<NEXT, 12>(v, w, k);
    scheduled_round::<NEXT, 13>(v, w, k);
    scheduled_round::<NEXT, 14>(v, w, k);
    scheduled_round::<NEXT, 15>(v, w, k);
}

#[inline(always)]
fn scheduled_round<const NEXT: bool, const T: usize>(v: &mut [u32; 8], w: &mut [u32; 16], k: &[u32; 16]) {
    if NEXT {
        w[T] = next_word::<T>(w);
    }
    round(v, k[T].wrapping_add(w[T]));
}

/// One round: step 3 of section 6.2.2, with k[t] + w[t].
#[inline(always)]
fn round(v: &mut [u32; 8], kw: u32) {
    let [a, b, c, d, e, f, g, h] = *v;
    let sigma1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
    // Ch = (e ∧ f) ⊕ (¬e ∧ g), whose two parts have no bit in common: they may be added instead.
    let t1 = h.wrapping_add(kw).wrapping_add(e & f).wrapping_add(!e & g).wrapping_add(sigma1);
    let sigma0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
    // Maj: where a and b differ, c decides. b ⊕ c is the a ⊕ b of the round before.
    let majority = ((a ^ b) & (b ^ c)) ^ b;
    let t2 = sigma0.wrapping_add(majority);
    *v = [t1.wrapping_add(t2), a, b, c, d.wrapping_add(t1), e, f, g];
}

/// w[t] in the place of w[t-16], where t = T mod 16.
#[inline(always)]
fn next_word<const T: usize>(w: &[u32; 16]) -> u32 {
    let (x, y) = (w[(T + 1) % 16], w[(T + 14) % 16]);
    let sigma0 = x.rotate_right(7) ^ x.rotate_right(18) ^ (x >> 3);
    let sigma1 = y.rotate_right(17) ^ y.rotate_right(19) ^ (y >> 10);
    w[T].wrapping_add(sigma0).wrapping_add(w[(T + 9) % 16]).wrapping_add(sigma1)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::super::sha2::INITIAL_256;
    use super::*;
    use std::vec::Vec;

    /// The example of FIPS 180-2, appendix B.1: "abc", padded by hand.
    #[test]
    fn abc() {
        let mut block = [0; 64];
        block[..4].copy_from_slice(b"abc\x80");
        block[63] = 24;
        let mut state = INITIAL_256;
        portable(&mut state, &[block]);
        assert_eq!((state[0], state[7]), (0xba78_16bf, 0xf200_15ad));
    }

    #[test]
    fn no_block_no_change() {
        for engine in [Engine::Portable, Engine::detect()] {
            let mut state = INITIAL_256;
            engine.compress(&mut state, &[]);
            assert_eq!(state, INITIAL_256);
        }
    }

    /// Every engine computes the portable one's function: random states, 1 to 17 random blocks, and all-ones.
    #[test]
    fn engines_agree() {
        let engine = Engine::detect();
        let mut x = 0x9e37_79b9_7f4a_7c15_u64;
        let mut random = || {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            x as u32
        };
        for round in 0..500 {
            let state: [u32; 8] = core::array::from_fn(|_| random());
            let mut blocks: Vec<Block> =
                (0..=round % 17).map(|_| core::array::from_fn(|_| random() as u8)).collect();
            if round % 50 == 0 {
                blocks.as_flattened_mut().fill(0xff);
            }
            let (mut ours, mut theirs) = (state, state);
            portable(&mut ours, &blocks);
            engine.compress(&mut theirs, &blocks);
            assert_eq!(ours, theirs, "{} blocks, {}", blocks.len(), engine.name());
        }
    }
}
