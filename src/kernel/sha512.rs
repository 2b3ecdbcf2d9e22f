//! The compression function of SHA-384 and SHA-512, and the choice of who computes it.
//!
//! The same construction as SHA-256's on words of 64 bits: 80 rounds in the place of 64, other distances of
//! rotation, `+` is addition mod 2^64.
//!
//! ```text
//! w[t] = σ1(w[t-2]) + w[t-7] + σ0(w[t-15]) + w[t-16]
//! t1 = h + Σ1(e) + Ch(e, f, g) + k[t] + w[t],    t2 = Σ0(a) + Maj(a, b, c)
//! (a, …, h) ← (t1 + t2, a, b, c, d + t1, e, f, g)
//! ```
//!
//! The schedule's last sixteen words live in a ring, and w[t] takes the place of w[t-16].
//!
//! Additions, rotations and word logic alone: time depends on the number of blocks and on nothing else.
//!
//! Source: FIPS 180-4, sections 4.1.3 (functions) and 6.4.2 (computation).
#![allow(clippy::inline_always, reason = "the rounds' variables have to stay in registers")]

use super::sha2::K512;
#[cfg(target_arch = "x86_64")]
use super::sha512_x86::{Avx2, Avx512};

/// A block: 1024 bits of message.
pub(crate) type Block = [u8; 128];

/// Who computes: integer code all through, or vectors for the message schedule.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Engine {
    Portable,
    Avx2(Avx2),
    Avx512(Avx512),
}

impl Engine {
    /// The engines that this CPU has, the best one first.
    #[inline]
    pub(crate) fn available() -> impl Iterator<Item = Self> {
        let (avx512, avx2) = (Avx512::detect().map(Self::Avx512), Avx2::detect().map(Self::Avx2));
        [avx512, avx2, Some(Self::Portable)].into_iter().flatten()
    }

    /// The best engine of this machine. After the first call that's a load and a comparison, or two of each.
    #[inline]
    pub(crate) fn detect() -> Self {
        match Avx512::detect() {
            Some(token) => Self::Avx512(token),
            None => Avx2::detect().map_or(Self::Portable, Self::Avx2),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2(_) => "avx2",
            Self::Avx512(_) => "avx512",
        }
    }

    /// Mixes the blocks into the state, in order.
    #[inline]
    pub(crate) fn compress(self, state: &mut [u64; 8], blocks: &[Block]) {
        match self {
            Self::Portable => portable(state, blocks),
            Self::Avx2(token) => token.compress(state, blocks),
            Self::Avx512(token) => token.compress(state, blocks),
        }
    }
}

/// Where there are no such vectors, their tokens can't be had.
#[cfg(not(target_arch = "x86_64"))]
#[derive(Clone, Copy, Debug)]
pub(crate) enum Absent {}
#[cfg(not(target_arch = "x86_64"))]
use self::{Absent as Avx2, Absent as Avx512};

#[cfg(not(target_arch = "x86_64"))]
impl Absent {
    fn detect() -> Option<Self> {
        None
    }

    fn compress(self, _: &mut [u64; 8], _: &[Block]) {
        match self {}
    }
}

/// The compression function in integer code.
fn portable(state: &mut [u64; 8], blocks: &[Block]) {
    for block in blocks {
        let mut w = [0; 16];
        for (word, bytes) in w.iter_mut().zip(block.as_chunks().0) {
            *word = u64::from_be_bytes(*bytes);
        }
        let mut v = Rounds::new(state);
        sixteen_rounds::<false>(&mut v, &mut w, &K512[0]);
        for k in &K512[1..] {
            sixteen_rounds::<true>(&mut v, &mut w, k);
        }
        v.add_to(state);
    }
}

/// Sixteen rounds, on the first sixteen words of the schedule (`NEXT` false) or on the next sixteen.
///
/// Written out, so that the rotation of the names costs no instruction, and so that the schedule's additions
/// fill the gaps of the rounds' long chain.
#[inline(always)]
fn sixteen_rounds<const NEXT: bool>(v: &mut Rounds, w: &mut [u64; 16], k: &[u64; 16]) {
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
fn scheduled_round<const NEXT: bool, const T: usize>(v: &mut Rounds, w: &mut [u64; 16], k: &[u64; 16]) {
    if NEXT {
        w[T] = next_word::<T>(w);
    }
    v.round(k[T].wrapping_add(w[T]));
}

/// The rounds' variables, a to h, with two values that the next round has a use for.
pub(super) struct Rounds {
    /// What is here of a: t1 + Maj of the round before. That round's Σ0 is added when this one has begun.
    a: u64,
    sigma0: u64,
    b: u64,
    c: u64,
    d: u64,
    e: u64,
    f: u64,
    g: u64,
    h: u64,
    b_xor_c: u64,
}

impl Rounds {
    /// Step 2 of section 6.4.2.
    #[inline(always)]
    pub(super) fn new(state: &[u64; 8]) -> Self {
        let [a, b, c, d, e, f, g, h] = *state;
        Self { a, sigma0: 0, b, c, d, e, f, g, h, b_xor_c: b ^ c }
    }

    /// One round: step 3 of section 6.4.2, with k[t] + w[t].
    ///
    /// The operations stand in the order in which a CPU had best begin them, and the compiler mostly keeps to
    /// it: the longest chain goes from e through Σ1 to the next e, and Maj and Σ0 fill its gaps. The order is
    /// found by measuring (Zen 4, Rust 1.95), and others cost up to a third of the speed.
    #[inline(always)]
    pub(super) fn round(&mut self, kw: u64) {
        let Self { b, c, d, e, f, g, h, b_xor_c, .. } = *self;
        // Ch = (e ∧ f) ⊕ (¬e ∧ g), whose two parts have no bit in common: they may be added instead.
        let e_and_f = e & f;
        let sum = h.wrapping_add(kw).wrapping_add(e_and_f);
        let two_of_sigma1 = e.rotate_right(41) ^ e.rotate_right(18);
        let a = self.a.wrapping_add(self.sigma0);
        let not_e_and_g = !e & g;
        let sigma1 = two_of_sigma1 ^ e.rotate_right(14);
        let sum = sum.wrapping_add(not_e_and_g);
        let a_xor_b = a ^ b;
        let t1 = sum.wrapping_add(sigma1);
        // Maj: where a and b differ, c decides. b ⊕ c is the a ⊕ b of the round before.
        let differs = a_xor_b & b_xor_c;
        let next_e = d.wrapping_add(t1);
        let (by_39, by_34) = (a.rotate_right(39), a.rotate_right(34));
        let majority = differs ^ b;
        let two_of_sigma0 = by_34 ^ a.rotate_right(28);
        let next_a = t1.wrapping_add(majority);
        let sigma0 = two_of_sigma0 ^ by_39;
        *self = Self { a: next_a, sigma0, b: a, c: b, d: c, e: next_e, f: e, g: f, h: g, b_xor_c: a_xor_b };
    }

    /// Step 4.
    #[inline(always)]
    pub(super) fn add_to(self, state: &mut [u64; 8]) {
        let Self { a, sigma0, b, c, d, e, f, g, h, .. } = self;
        for (word, new) in state.iter_mut().zip([a.wrapping_add(sigma0), b, c, d, e, f, g, h]) {
            *word = word.wrapping_add(new);
        }
    }
}

/// w[t] in the place of w[t-16], where t = T mod 16.
#[inline(always)]
fn next_word<const T: usize>(w: &[u64; 16]) -> u64 {
    let (x, y) = (w[(T + 1) % 16], w[(T + 14) % 16]);
    let sigma0 = x.rotate_right(1) ^ x.rotate_right(8) ^ (x >> 7);
    let sigma1 = y.rotate_right(19) ^ y.rotate_right(61) ^ (y >> 6);
    w[T].wrapping_add(sigma0).wrapping_add(w[(T + 9) % 16]).wrapping_add(sigma1)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::super::sha2::INITIAL_512;
    use super::*;
    use std::vec::Vec;

    /// The example of FIPS 180-2, appendix C.1: "abc", padded by hand.
    #[test]
    fn abc() {
        let mut block = [0; 128];
        block[..4].copy_from_slice(b"abc\x80");
        block[127] = 24;
        let mut state = INITIAL_512;
        portable(&mut state, &[block]);
        assert_eq!((state[0], state[7]), (0xddaf_35a1_9361_7aba, 0x2a9a_c94f_a54c_a49f));
    }

    #[test]
    fn no_block_no_change() {
        for engine in Engine::available() {
            let mut state = INITIAL_512;
            engine.compress(&mut state, &[]);
            assert_eq!(state, INITIAL_512);
        }
    }

    /// Every engine computes the portable one's function: random states, 1 to 17 random blocks, and all-ones.
    #[test]
    fn engines_agree() {
        let mut x = 0x9e37_79b9_7f4a_7c15_u64;
        let mut random = || {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            x
        };
        for round in 0..500 {
            let state: [u64; 8] = core::array::from_fn(|_| random());
            let mut blocks: Vec<Block> =
                (0..=round % 17).map(|_| core::array::from_fn(|_| random() as u8)).collect();
            if round % 50 == 0 {
                blocks.as_flattened_mut().fill(0xff);
            }
            let mut ours = state;
            portable(&mut ours, &blocks);
            for engine in Engine::available() {
                let mut theirs = state;
                engine.compress(&mut theirs, &blocks);
                assert_eq!(ours, theirs, "{} blocks, {}", blocks.len(), engine.name());
            }
        }
    }
}
