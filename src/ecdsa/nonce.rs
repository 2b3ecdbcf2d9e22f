//! The number k that's used once: derived from the key and the hash (RFC 6979), and where there is some from fresh
//! randomness ("noise") too.
//!
//! A generator, `HMAC_DRBG` with the message's hash function, is seeded with the key x and the hash h, and what it
//! gives is taken bit by bit, as many as n has, until a number 1 ≤ k < n comes up:
//!
//! ```text
//! K = 00 …, V = 01 …
//! K = HMAC(K, V ‖ 00 ‖ x ‖ h),  V = HMAC(K, V)
//! K = HMAC(K, V ‖ 01 ‖ x ‖ h),  V = HMAC(K, V)
//! T = HMAC(K, V) ‖ HMAC(K, HMAC(K, V)) …, until there are bits enough for k
//! refused: K = HMAC(K, V ‖ 00),  V = HMAC(K, V), and again
//! ```
//!
//! With noise Z it's `Z ‖ 0… ‖ x ‖ 0… ‖ h` in place of `x ‖ h`, with zeros so that V ‖ 00 ‖ Z ‖ 0… and x ‖ 0… are
//! whole blocks of the hash: the key meets a state that nobody knows.
//!
//! What leaks: how often k was out of range, which says nothing of the k that's taken.
//!
//! Sources: RFC 6979, section 3.2; draft-irtf-cfrg-det-sigs-with-noise-05, section 4; SP 800-90A, section 10.1.2.

use core::marker::PhantomData;

use digest::{Digest, Output, block_api::BlockSizeUser, typenum::Unsigned};
use zeroize::{Zeroize, Zeroizing};

use super::Curve;
use crate::Bytes;
use crate::curve::weierstrass::Secret;
use crate::field::{Field, limbs_from_be_bytes};
use crate::hash::Hmac;
use crate::kernel::limbs::shr1;

/// A string of bits as a number: its leftmost bits, as many as n has (`bits2int` of RFC 6979, section 2.3.2).
fn leftmost_bits<C: Curve>(bytes: &[u8]) -> C::Limbs {
    let bytes = &bytes[..bytes.len().min(C::Scalar::BYTES)];
    let mut limbs = C::Scalar::ZERO.to_limbs();
    let words = limbs.as_mut();
    // Never too large: there are no more bytes than n has.
    limbs_from_be_bytes(words, bytes);
    let excess = (8 * bytes.len()).saturating_sub(C::Scalar::BITS);
    (0..excess).for_each(|_| shr1(words, 0));
    limbs
}

/// The number that's signed for a hash: its leftmost bits modulo n.
#[inline(never)]
pub(super) fn number<C: Curve>(hash: &[u8]) -> C::Scalar {
    C::Scalar::from_limbs_reduced(&leftmost_bits::<C>(hash))
}

/// The generator of one signature's nonces.
pub(super) struct Nonces<C, D: Digest> {
    k: Output<D>,
    v: Output<D>,
    /// Whether there was a nonce already, which wasn't good.
    again: bool,
    curve: PhantomData<C>,
}

impl<C: Curve, D: Digest + BlockSizeUser + Clone> Nonces<C, D> {
    /// For a private key, the hash of a message modulo n, and noise: as many random bytes as n has, or none.
    pub(super) fn new(secret: &Secret<C>, hash: &C::Scalar, noise: &[u8]) -> Self {
        let mut v = Output::<D>::default();
        v.fill(1);
        let mut nonces = Self { k: Output::<D>::default(), v, again: false, curve: PhantomData };
        let x = secret.to_bytes();
        let mut h = Zeroizing::new(Bytes::zeros(C::Scalar::BYTES));
        hash.to_be_bytes(h.as_mut_slice());
        if noise.is_empty() {
            nonces.update(0, &[&x, &h]);
            nonces.update(1, &[&x, &h]);
        } else {
            let zeros = [0; 256];
            let to_block = |len: usize| {
                let zeros_needed = len.next_multiple_of(D::BlockSize::USIZE) - len;
                &zeros[..zeros_needed]
            };
            let after_noise = to_block(nonces.v.len() + 1 + noise.len());
            let data: [&[u8]; 5] = [noise, after_noise, &x, to_block(x.len()), &h];
            nonces.update(0, &data);
            nonces.update(1, &data);
        }
        nonces
    }

    /// K = HMAC(K, V ‖ step ‖ data), V = HMAC(K, V).
    fn update(&mut self, step: u8, data: &[&[u8]]) {
        let mut mac = Hmac::<D>::new(&self.k);
        mac.update(&self.v);
        mac.update(&[step]);
        for part in data {
            mac.update(part);
        }
        self.k = mac.finalize();
        self.v = Hmac::<D>::mac(&self.k, &self.v);
    }

    /// The next number that's in range.
    pub(super) fn next_nonce(&mut self) -> Secret<C> {
        loop {
            if self.again {
                self.update(0, &[]);
            }
            self.again = true;
            let mut bytes = Zeroizing::new(Bytes::zeros(C::Scalar::BYTES));
            for chunk in bytes.as_mut_slice().chunks_mut(<D as Digest>::output_size()) {
                self.v = Hmac::<D>::mac(&self.k, &self.v);
                chunk.copy_from_slice(&self.v[..chunk.len()]);
            }
            let mut limbs = leftmost_bits::<C>(&bytes);
            let nonce = Secret::try_from_limbs(&limbs);
            limbs.zeroize();
            if let Some(nonce) = nonce {
                return nonce;
            }
        }
    }
}

impl<C, D: Digest> Drop for Nonces<C, D> {
    fn drop(&mut self) {
        self.k.as_mut_slice().zeroize();
        self.v.as_mut_slice().zeroize();
    }
}
