//! MGF1, the mask generation function: hash(seed ‖ 0), hash(seed ‖ 1), … (RFC 8017, appendix B.2.1).

use digest::Digest;
use zeroize::Zeroize;

/// Adds the mask of `seed` to `data`, bit by bit.
///
/// The counter has four bytes, enough for 2^32 blocks; keys of 16,384 bits take 2048 bytes at most.
pub(super) fn xor_mask<M: Digest>(data: &mut [u8], seed: &[u8]) {
    for (counter, chunk) in (0u32..).zip(data.chunks_mut(<M as Digest>::output_size())) {
        let mut mask = M::new().chain_update(seed).chain_update(counter.to_be_bytes()).finalize();
        chunk.iter_mut().zip(mask.iter()).for_each(|(byte, mask)| *byte ^= mask);
        mask.as_mut_slice().zeroize();
    }
}
