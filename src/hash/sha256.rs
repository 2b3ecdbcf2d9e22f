//! SHA-224 and SHA-256.
//!
//! One function, two initial values: SHA-224 starts elsewhere and returns seven of the eight words.
//!
//! The message is padded to blocks of 512 bits with a one, the fewest zeros that do, and its length in bits
//! as a number of 64 bits (big-endian). A message has to be shorter than 2^64 bits, which the count of blocks
//! takes for granted: 2^64 bits are 2,000,000 terabytes.
//!
//! Time depends on the message's length alone, and on how it was cut into updates.
//!
//! Source: FIPS 180-4, sections 5.1.1 (padding), 5.3 (initial values), 6.2 (SHA-256) and 6.3 (SHA-224).

use core::fmt;

use digest::block_api::{
    AlgorithmName, Block, BlockSizeUser, Buffer, BufferKindUser, Eager, FixedOutputCore, OutputSizeUser,
    Reset, UpdateCore,
};
use digest::const_oid::{AssociatedOid, ObjectIdentifier};
use digest::typenum::{U28, U32, U64};
use digest::{HashMarker, Output, array::Array};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::kernel::sha2::{INITIAL_224, INITIAL_256};
use crate::kernel::sha256::Engine;

digest::buffer_fixed!(
    /// SHA-256: 32 bytes of hash, blocks of 64 bytes.
    ///
    /// The usual choice. Where an x86-64 CPU has SHA instructions (Zen, Ice Lake and newer) that's found
    /// out at run time, and they're used.
    ///
    /// ```
    /// use oneway::hash::{Sha256, digest::Digest};
    ///
    /// let hash = Sha256::digest(b"abc");
    /// assert_eq!(hash[..4], [0xba, 0x78, 0x16, 0xbf]);
    ///
    /// // A long message comes in parts.
    /// let mut hasher = Sha256::new();
    /// hasher.update(b"a");
    /// hasher.update(b"bc");
    /// assert_eq!(hasher.finalize(), hash);
    /// ```
    ///
    /// Source: FIPS 180-4, section 6.2.
    pub struct Sha256(Core<256>);
    impl: BaseFixedTraits AlgorithmName Default Clone HashMarker Reset FixedOutputReset;
);
digest::buffer_fixed!(
    /// SHA-224: 28 bytes of hash, blocks of 64 bytes. For those who have to speak it.
    ///
    /// ```
    /// use oneway::hash::{Sha224, digest::Digest};
    ///
    /// assert_eq!(Sha224::digest(b"abc")[..4], [0x23, 0x09, 0x7d, 0x22]);
    /// ```
    ///
    /// Source: FIPS 180-4, section 6.3.
    pub struct Sha224(Core<224>);
    impl: BaseFixedTraits AlgorithmName Default Clone HashMarker Reset FixedOutputReset;
);

/// id-sha256: RFC 8017, appendix B.1.
impl AssociatedOid for Sha256 {
    const OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
}

/// id-sha224: RFC 8017, appendix B.1.
impl AssociatedOid for Sha224 {
    const OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.4");
}

// Both fields of the hashers, the core and the buffer, erase themselves.
impl ZeroizeOnDrop for Sha256 {}
impl ZeroizeOnDrop for Sha224 {}
const _: () = {
    const fn erases_itself<T: ZeroizeOnDrop>() {}
    erases_itself::<Core<256>>();
    erases_itself::<Buffer<Core<256>>>();
};

/// SHA-256 (`BITS` = 256) or SHA-224 (`BITS` = 224) on full blocks: the state, and how many blocks went in.
#[derive(Clone)]
pub struct Core<const BITS: usize> {
    state: [u32; 8],
    blocks: u64,
}

impl<const BITS: usize> Core<BITS> {
    const INITIAL: [u32; 8] = match BITS {
        224 => INITIAL_224,
        256 => INITIAL_256,
        _ => panic!("SHA-2 on 32-bit words has 224 or 256 bits"),
    };
}

impl<const BITS: usize> Default for Core<BITS> {
    #[inline]
    fn default() -> Self {
        Self { state: Self::INITIAL, blocks: 0 }
    }
}

impl<const BITS: usize> Reset for Core<BITS> {
    #[inline]
    fn reset(&mut self) {
        *self = Self::default();
    }
}

impl<const BITS: usize> UpdateCore for Core<BITS> {
    #[inline]
    fn update_blocks(&mut self, blocks: &[Block<Self>]) {
        self.blocks = self.blocks.wrapping_add(blocks.len() as u64);
        Engine::detect().compress(&mut self.state, Array::cast_slice_to_core(blocks));
    }
}

impl<const BITS: usize> FixedOutputCore for Core<BITS>
where
    Self: OutputSizeUser,
{
    #[inline]
    fn finalize_fixed_core(&mut self, buffer: &mut Buffer<Self>, out: &mut Output<Self>) {
        let bits = self.blocks.wrapping_mul(512) + 8 * buffer.get_pos() as u64;
        let engine = Engine::detect();
        buffer.len64_padding_be(bits, |block| engine.compress(&mut self.state, &[block.0]));
        for (bytes, word) in out.as_chunks_mut::<4>().0.iter_mut().zip(&self.state) {
            *bytes = word.to_be_bytes();
        }
    }
}

impl<const BITS: usize> Drop for Core<BITS> {
    #[inline]
    fn drop(&mut self) {
        self.state.zeroize();
        self.blocks.zeroize();
    }
}

impl<const BITS: usize> ZeroizeOnDrop for Core<BITS> {}
impl<const BITS: usize> HashMarker for Core<BITS> {}

impl<const BITS: usize> BlockSizeUser for Core<BITS> {
    type BlockSize = U64;
}

impl<const BITS: usize> BufferKindUser for Core<BITS> {
    type BufferKind = Eager;
}

impl OutputSizeUser for Core<224> {
    type OutputSize = U28;
}

impl OutputSizeUser for Core<256> {
    type OutputSize = U32;
}

impl<const BITS: usize> AlgorithmName for Core<BITS> {
    fn write_alg_name(f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha{BITS}")
    }
}

impl<const BITS: usize> fmt::Debug for Core<BITS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha{BITS} {{ … }}")
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use digest::Digest;
    use std::format;

    #[test]
    fn debug_shows_no_state() {
        assert_eq!(format!("{:?}", Sha256::new_with_prefix(b"secret")), "Sha256 { ... }");
        assert_eq!(format!("{:?}", Core::<224>::default()), "Sha224 { … }");
    }

    /// 55 bytes are the longest that are padded within their block.
    #[test]
    fn padding_at_the_block_boundary() {
        let hash = |n| u32::from_be_bytes(*Sha256::digest(&[0; 128][..n]).first_chunk().unwrap());
        assert_eq!(hash(55), 0x0277_9466);
        assert_eq!(hash(56), 0xd481_7aa5);
        assert_eq!(hash(63), 0xc772_3fa1);
        assert_eq!(hash(64), 0xf5a5_fd42);
    }

    #[test]
    fn reset_starts_over() {
        let mut hasher = Sha224::new_with_prefix([7; 100]);
        Digest::reset(&mut hasher);
        hasher.update(b"abc");
        assert_eq!(hasher.finalize_reset(), Sha224::digest(b"abc"));
        assert_eq!(hasher.finalize(), Sha224::digest(b""));
    }

    /// The whole hash, by either engine, at every length up to 300 and over many blocks.
    #[test]
    fn engines_agree_at_every_length() {
        let message: [u8; 1500] = core::array::from_fn(|i| (i * i / 7) as u8);
        for len in (0..=300).chain([511, 512, 513, 1024, 1500]) {
            assert_eq!(portable(&message[..len]), Sha256::digest(&message[..len])[..], "{len} bytes");
        }
    }

    /// SHA-256 by the portable engine, whatever this machine has.
    fn portable(message: &[u8]) -> [u8; 32] {
        let mut padded = message.to_vec();
        padded.push(0x80);
        while padded.len() % 64 != 56 {
            padded.push(0);
        }
        padded.extend((8 * message.len() as u64).to_be_bytes());
        let mut state = INITIAL_256;
        Engine::Portable.compress(&mut state, padded.as_chunks().0);
        core::array::from_fn(|i| state[i / 4].to_be_bytes()[i % 4])
    }
}
