//! SHA-224, SHA-256, SHA-384 and SHA-512: padding, counting, and the names of the `digest` traits.
//!
//! Two functions, on words of 32 and of 64 bits ([`Family`]), with two initial values each: the shorter hash
//! starts elsewhere and returns seven or six of the eight words of state.
//!
//! The message is padded to blocks of 16 words with a one, the fewest zeros that do, and its length in bits
//! as a number of two words (big-endian). A message has to be shorter than 2^64 bits (2,000,000 terabytes) or
//! 2^128 bits, which is taken for granted.
//!
//! Time depends on the message's length alone, and on how it was cut into updates.
//!
//! Source: FIPS 180-4, sections 5.1 (padding), 5.3 (initial values) and 6.2 to 6.5.

use core::fmt;

use digest::block_api::{
    AlgorithmName, Block, BlockSizeUser, Buffer, BufferKindUser, Eager, FixedOutputCore, OutputSizeUser,
    Reset, UpdateCore,
};
use digest::block_buffer::{BlockBuffer, BlockSizes};
use digest::const_oid::{AssociatedOid, ObjectIdentifier};
use digest::typenum::{U28, U32, U48, U64, U128};
use digest::{HashMarker, Output, array::Array};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::kernel::sha2::{INITIAL_224, INITIAL_256, INITIAL_384, INITIAL_512};
use crate::kernel::{sha256, sha512};

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
    pub struct Sha256(Core<Words32, 256>);
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
    pub struct Sha224(Core<Words32, 224>);
    impl: BaseFixedTraits AlgorithmName Default Clone HashMarker Reset FixedOutputReset;
);

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
    pub struct Sha512(Core<Words64, 512>);
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
    pub struct Sha384(Core<Words64, 384>);
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

/// id-sha512: RFC 8017, appendix B.1.
impl AssociatedOid for Sha512 {
    const OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
}

/// id-sha384: RFC 8017, appendix B.1.
impl AssociatedOid for Sha384 {
    const OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
}

// Both fields of the hashers, the core and the buffer, erase themselves.
impl ZeroizeOnDrop for Sha224 {}
impl ZeroizeOnDrop for Sha256 {}
impl ZeroizeOnDrop for Sha384 {}
impl ZeroizeOnDrop for Sha512 {}
const _: () = {
    const fn erases_itself<T: ZeroizeOnDrop>() {}
    erases_itself::<Core<Words32, 256>>();
    erases_itself::<Buffer<Core<Words32, 256>>>();
    erases_itself::<Core<Words64, 512>>();
    erases_itself::<Buffer<Core<Words64, 512>>>();
};

/// What words of 32 and of 64 bits differ in: the compression function and the size of blocks and lengths.
pub trait Family: 'static {
    /// A word of the state.
    type Word: Copy + Zeroize;
    /// Sixteen words, in bytes.
    type BlockSize: BlockSizes;

    /// Mixes the blocks into the state, in order.
    fn compress(state: &mut [Self::Word; 8], blocks: &[Array<u8, Self::BlockSize>]);

    /// Gives what's in the buffer to `compress` with its padding, for a message of `bits` bits.
    fn pad(
        buffer: &mut BlockBuffer<Self::BlockSize, Eager>,
        bits: u128,
        compress: impl FnMut(&Array<u8, Self::BlockSize>),
    );

    /// As many words as there's room for, big-endian.
    fn write(state: &[Self::Word; 8], out: &mut [u8]);
}

/// SHA-224 and SHA-256.
#[derive(Clone, Debug)]
pub struct Words32;

impl Family for Words32 {
    type Word = u32;
    type BlockSize = U64;

    #[inline]
    fn compress(state: &mut [u32; 8], blocks: &[Array<u8, U64>]) {
        sha256::Engine::detect().compress(state, Array::cast_slice_to_core(blocks));
    }

    #[inline]
    fn pad(buffer: &mut BlockBuffer<U64, Eager>, bits: u128, compress: impl FnMut(&Array<u8, U64>)) {
        buffer.len64_padding_be(bits as u64, compress);
    }

    #[inline]
    fn write(state: &[u32; 8], out: &mut [u8]) {
        for (bytes, word) in out.as_chunks_mut().0.iter_mut().zip(state) {
            *bytes = word.to_be_bytes();
        }
    }
}

/// SHA-384 and SHA-512.
#[derive(Clone, Debug)]
pub struct Words64;

impl Family for Words64 {
    type Word = u64;
    type BlockSize = U128;

    #[inline]
    fn compress(state: &mut [u64; 8], blocks: &[Array<u8, U128>]) {
        sha512::Engine::detect().compress(state, Array::cast_slice_to_core(blocks));
    }

    #[inline]
    fn pad(buffer: &mut BlockBuffer<U128, Eager>, bits: u128, compress: impl FnMut(&Array<u8, U128>)) {
        buffer.len128_padding_be(bits, compress);
    }

    #[inline]
    fn write(state: &[u64; 8], out: &mut [u8]) {
        for (bytes, word) in out.as_chunks_mut().0.iter_mut().zip(state) {
            *bytes = word.to_be_bytes();
        }
    }
}

/// A hash of `BITS` bits on full blocks: the state, and how many bytes went in.
#[derive(Clone)]
pub struct Core<F: Family, const BITS: usize> {
    state: [F::Word; 8],
    bytes: u128,
}

/// The initial state of a hash, FIPS 180-4, section 5.3.
pub trait Initial<F: Family> {
    /// Eight words.
    const INITIAL: [F::Word; 8];
}

impl Initial<Words32> for Core<Words32, 224> {
    const INITIAL: [u32; 8] = INITIAL_224;
}

impl OutputSizeUser for Core<Words32, 224> {
    type OutputSize = U28;
}

impl Initial<Words32> for Core<Words32, 256> {
    const INITIAL: [u32; 8] = INITIAL_256;
}

impl OutputSizeUser for Core<Words32, 256> {
    type OutputSize = U32;
}

impl Initial<Words64> for Core<Words64, 384> {
    const INITIAL: [u64; 8] = INITIAL_384;
}

impl OutputSizeUser for Core<Words64, 384> {
    type OutputSize = U48;
}

impl Initial<Words64> for Core<Words64, 512> {
    const INITIAL: [u64; 8] = INITIAL_512;
}

impl OutputSizeUser for Core<Words64, 512> {
    type OutputSize = U64;
}

impl<F: Family, const BITS: usize> Default for Core<F, BITS>
where
    Self: Initial<F>,
{
    #[inline]
    fn default() -> Self {
        Self { state: Self::INITIAL, bytes: 0 }
    }
}

impl<F: Family, const BITS: usize> Reset for Core<F, BITS>
where
    Self: Initial<F>,
{
    #[inline]
    fn reset(&mut self) {
        *self = Self::default();
    }
}

impl<F: Family, const BITS: usize> UpdateCore for Core<F, BITS> {
    #[inline]
    fn update_blocks(&mut self, blocks: &[Block<Self>]) {
        self.bytes += size_of_val(blocks) as u128;
        F::compress(&mut self.state, blocks);
    }
}

impl<F: Family, const BITS: usize> FixedOutputCore for Core<F, BITS>
where
    Self: OutputSizeUser,
{
    #[inline]
    fn finalize_fixed_core(&mut self, buffer: &mut Buffer<Self>, out: &mut Output<Self>) {
        let bits = 8 * (self.bytes + buffer.get_pos() as u128);
        F::pad(buffer, bits, |block| F::compress(&mut self.state, core::slice::from_ref(block)));
        F::write(&self.state, out);
    }
}

impl<F: Family, const BITS: usize> Drop for Core<F, BITS> {
    #[inline]
    fn drop(&mut self) {
        self.state.zeroize();
        self.bytes.zeroize();
    }
}

impl<F: Family, const BITS: usize> ZeroizeOnDrop for Core<F, BITS> {}
impl<F: Family, const BITS: usize> HashMarker for Core<F, BITS> {}

impl<F: Family, const BITS: usize> BlockSizeUser for Core<F, BITS> {
    type BlockSize = F::BlockSize;
}

impl<F: Family, const BITS: usize> BufferKindUser for Core<F, BITS> {
    type BufferKind = Eager;
}

impl<F: Family, const BITS: usize> AlgorithmName for Core<F, BITS> {
    fn write_alg_name(f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha{BITS}")
    }
}

impl<F: Family, const BITS: usize> fmt::Debug for Core<F, BITS> {
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
        assert_eq!(format!("{:?}", Sha512::new_with_prefix(b"secret")), "Sha512 { ... }");
        assert_eq!(format!("{:?}", Core::<Words32, 224>::default()), "Sha224 { … }");
    }

    /// 55 bytes are the longest that are padded within their block.
    #[test]
    fn padding_at_the_boundary_of_64_bytes() {
        let hash = |n| u32::from_be_bytes(*Sha256::digest(&[0; 128][..n]).first_chunk().unwrap());
        assert_eq!(hash(55), 0x0277_9466);
        assert_eq!(hash(56), 0xd481_7aa5);
        assert_eq!(hash(63), 0xc772_3fa1);
        assert_eq!(hash(64), 0xf5a5_fd42);
    }

    /// 111 bytes are the longest that are padded within their block.
    #[test]
    fn padding_at_the_boundary_of_128_bytes() {
        let hash = |n| u64::from_be_bytes(*Sha512::digest(&[0; 128][..n]).first_chunk().unwrap());
        assert_eq!(hash(111), 0x77dd_d3a5_42e5_30fd);
        assert_eq!(hash(112), 0x2be2_e788_c8a8_adea);
        assert_eq!(hash(127), 0x876f_ee26_a8dc_66d6);
        assert_eq!(hash(128), 0xab94_2f52_6272_e456);
    }

    #[test]
    fn reset_starts_over() {
        fn check<D: Digest + Reset + digest::FixedOutputReset>() {
            let mut hasher = D::new_with_prefix([7; 200]);
            Digest::reset(&mut hasher);
            Digest::update(&mut hasher, b"abc");
            assert!(Digest::finalize_reset(&mut hasher) == D::digest(b"abc"));
            assert!(hasher.finalize() == D::digest(b""));
        }
        check::<Sha224>();
        check::<Sha256>();
        check::<Sha384>();
        check::<Sha512>();
    }

    /// The whole hash, by every engine, at every length up to 300 and over many blocks.
    #[test]
    fn engines_agree_at_every_length() {
        let message: [u8; 1500] = core::array::from_fn(|i| (i * i / 7) as u8);
        for message in (0..=300).chain([511, 512, 513, 1024, 1500]).map(|len| &message[..len]) {
            let mut state = INITIAL_256;
            sha256::Engine::Portable.compress(&mut state, padded(message, 8).as_chunks().0);
            assert_eq!(state.map(u32::to_be_bytes).as_flattened(), Sha256::digest(message).as_slice());
            for engine in sha512::Engine::available() {
                let mut state = INITIAL_512;
                engine.compress(&mut state, padded(message, 16).as_chunks().0);
                assert_eq!(state.map(u64::to_be_bytes).as_flattened(), Sha512::digest(message).as_slice());
            }
        }
    }

    /// A message padded to blocks of 8 · `length` bytes, the last `length` of them for its length.
    fn padded(message: &[u8], length: usize) -> std::vec::Vec<u8> {
        let mut padded = message.to_vec();
        padded.push(0x80);
        while !(padded.len() + length).is_multiple_of(8 * length) {
            padded.push(0);
        }
        let bits = (8 * message.len() as u128).to_be_bytes();
        padded.extend(&bits[16 - length..]);
        padded
    }
}
