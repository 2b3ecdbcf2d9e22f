//! SHA-384 and SHA-512.
//!
//! One function, two initial values: SHA-384 starts elsewhere and returns six of the eight words.
//!
//! The message is padded to blocks of 1024 bits with a one, the fewest zeros that do, and its length in
//! bits as a number of 128 bits (big-endian). A message has to be shorter than 2^128 bits, which the count
//! of blocks takes for granted: no machine counts that far.
//!
//! Time depends on the message's length alone, and on how it was cut into updates.
//!
//! Source: FIPS 180-4, sections 5.1.2 (padding), 5.3 (initial values), 6.4 (SHA-512) and 6.5 (SHA-384).

use core::fmt;

use digest::block_api::{
    AlgorithmName, Block, BlockSizeUser, Buffer, BufferKindUser, Eager, FixedOutputCore, OutputSizeUser,
    Reset, UpdateCore,
};
use digest::const_oid::{AssociatedOid, ObjectIdentifier};
use digest::typenum::{U48, U64, U128};
use digest::{HashMarker, Output, array::Array};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::kernel::sha2::{INITIAL_384, INITIAL_512};
use crate::kernel::sha512::Engine;

digest::buffer_fixed!(
    /// SHA-512: 64 bytes of hash, blocks of 128 bytes.
    ///
    /// ```
    /// use oneway::hash::{Sha512, digest::Digest};
    ///
    /// let hash = Sha512::digest(b"abc");
    /// assert_eq!(hash[..4], [0xdd, 0xaf, 0x35, 0xa1]);
    ///
    /// // A long message comes in parts.
    /// let mut hasher = Sha512::new();
    /// hasher.update(b"a");
    /// hasher.update(b"bc");
    /// assert_eq!(hasher.finalize(), hash);
    /// ```
    ///
    /// Source: FIPS 180-4, section 6.4.
    pub struct Sha512(Core<512>);
    impl: BaseFixedTraits AlgorithmName Default Clone HashMarker Reset FixedOutputReset;
);
digest::buffer_fixed!(
    /// SHA-384: 48 bytes of hash, blocks of 128 bytes.
    ///
    /// As fast as SHA-512, and a hash doesn't give away the state to go on from.
    ///
    /// ```
    /// use oneway::hash::{Sha384, digest::Digest};
    ///
    /// assert_eq!(Sha384::digest(b"abc")[..4], [0xcb, 0x00, 0x75, 0x3f]);
    /// ```
    ///
    /// Source: FIPS 180-4, section 6.5.
    pub struct Sha384(Core<384>);
    impl: BaseFixedTraits AlgorithmName Default Clone HashMarker Reset FixedOutputReset;
);

/// id-sha512: RFC 8017, appendix B.1.
impl AssociatedOid for Sha512 {
    const OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
}

/// id-sha384: RFC 8017, appendix B.1.
impl AssociatedOid for Sha384 {
    const OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
}

// Both fields of the hashers, the core and the buffer, erase themselves.
impl ZeroizeOnDrop for Sha512 {}
impl ZeroizeOnDrop for Sha384 {}
const _: () = {
    const fn erases_itself<T: ZeroizeOnDrop>() {}
    erases_itself::<Core<512>>();
    erases_itself::<Buffer<Core<512>>>();
};

/// SHA-512 (`BITS` = 512) or SHA-384 (`BITS` = 384) on full blocks: the state, and how many blocks went in.
#[derive(Clone)]
pub struct Core<const BITS: usize> {
    state: [u64; 8],
    blocks: u128,
}

impl<const BITS: usize> Core<BITS> {
    const INITIAL: [u64; 8] = match BITS {
        384 => INITIAL_384,
        512 => INITIAL_512,
        _ => panic!("SHA-2 on 64-bit words has 384 or 512 bits"),
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
        self.blocks = self.blocks.wrapping_add(blocks.len() as u128);
        Engine::detect().compress(&mut self.state, Array::cast_slice_to_core(blocks));
    }
}

impl<const BITS: usize> FixedOutputCore for Core<BITS>
where
    Self: OutputSizeUser,
{
    #[inline]
    fn finalize_fixed_core(&mut self, buffer: &mut Buffer<Self>, out: &mut Output<Self>) {
        let bits = self.blocks.wrapping_mul(1024) + 8 * buffer.get_pos() as u128;
        let engine = Engine::detect();
        buffer.len128_padding_be(bits, |block| engine.compress(&mut self.state, &[block.0]));
        for (bytes, word) in out.as_chunks_mut::<8>().0.iter_mut().zip(&self.state) {
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
    type BlockSize = U128;
}

impl<const BITS: usize> BufferKindUser for Core<BITS> {
    type BufferKind = Eager;
}

impl OutputSizeUser for Core<384> {
    type OutputSize = U48;
}

impl OutputSizeUser for Core<512> {
    type OutputSize = U64;
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
        assert_eq!(format!("{:?}", Sha512::new_with_prefix(b"secret")), "Sha512 { ... }");
        assert_eq!(format!("{:?}", Core::<384>::default()), "Sha384 { … }");
    }

    /// 111 bytes are the longest that are padded within their block.
    #[test]
    fn padding_at_the_block_boundary() {
        let hash = |n| u64::from_be_bytes(*Sha512::digest(&[0; 128][..n]).first_chunk().unwrap());
        assert_eq!(hash(111), 0x77dd_d3a5_42e5_30fd);
        assert_eq!(hash(112), 0x2be2_e788_c8a8_adea);
        assert_eq!(hash(127), 0x876f_ee26_a8dc_66d6);
        assert_eq!(hash(128), 0xab94_2f52_6272_e456);
    }

    #[test]
    fn reset_starts_over() {
        let mut hasher = Sha384::new_with_prefix([7; 200]);
        Digest::reset(&mut hasher);
        hasher.update(b"abc");
        assert_eq!(hasher.finalize_reset(), Sha384::digest(b"abc"));
        assert_eq!(hasher.finalize(), Sha384::digest(b""));
    }

    /// The whole hash, by either engine, at every length up to 300 and over many blocks.
    #[test]
    fn engines_agree_at_every_length() {
        let message: [u8; 1500] = core::array::from_fn(|i| (i * i / 7) as u8);
        for len in (0..=300).chain([511, 512, 513, 1024, 1500]) {
            assert_eq!(portable(&message[..len]), Sha512::digest(&message[..len])[..], "{len} bytes");
        }
    }

    /// SHA-512 by the portable engine, whatever this machine has.
    fn portable(message: &[u8]) -> [u8; 64] {
        let mut padded = message.to_vec();
        padded.push(0x80);
        while padded.len() % 128 != 112 {
            padded.push(0);
        }
        padded.extend((8 * message.len() as u128).to_be_bytes());
        let mut state = INITIAL_512;
        Engine::Portable.compress(&mut state, padded.as_chunks().0);
        core::array::from_fn(|i| state[i / 8].to_be_bytes()[i % 8])
    }
}
