//! SHA-256 and SHA-384; HMAC, of which rustls makes the PRF of TLS 1.2; and HKDF, for TLS 1.3.

use alloc::boxed::Box;

use digest::Digest;
use oneway::hash::{Hkdf, Hmac, Sha256, Sha384};
use rustls::crypto::tls13::{HkdfExpander, OkmBlock, OutputLengthError};
use rustls::crypto::{hash, hmac, tls13};
use zeroize::{Zeroize, Zeroizing};

/// A hash of oneway's, as rustls knows it.
pub(crate) struct Hash<D> {
    algorithm: hash::HashAlgorithm,
    new: fn() -> D,
}

pub(crate) static SHA256: Hash<Sha256> = Hash { algorithm: hash::HashAlgorithm::SHA256, new: Sha256::new };
pub(crate) static SHA384: Hash<Sha384> = Hash { algorithm: hash::HashAlgorithm::SHA384, new: Sha384::new };

/// A message that's being hashed.
struct Context<D>(D);

impl<D: Digest + Clone + Send + Sync + 'static> hash::Hash for Hash<D> {
    fn start(&self) -> Box<dyn hash::Context> {
        Box::new(Context((self.new)()))
    }

    fn hash(&self, data: &[u8]) -> hash::Output {
        hash::Output::new(&D::digest(data))
    }

    fn output_len(&self) -> usize {
        <D as Digest>::output_size()
    }

    fn algorithm(&self) -> hash::HashAlgorithm {
        self.algorithm
    }
}

impl<D: Digest + Clone + Send + Sync + 'static> hash::Context for Context<D> {
    fn fork_finish(&self) -> hash::Output {
        hash::Output::new(&self.0.clone().finalize())
    }

    fn fork(&self) -> Box<dyn hash::Context> {
        Box::new(Self(self.0.clone()))
    }

    fn finish(self: Box<Self>) -> hash::Output {
        hash::Output::new(&self.0.finalize())
    }

    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }
}

/// What rustls takes, which is wiped by it; what it's taken from is wiped here.
fn tag(mac: &mut [u8]) -> hmac::Tag {
    let tag = hmac::Tag::new(mac);
    mac.zeroize();
    tag
}

/// HMAC with one of the hashes; rustls asks for keys by it.
#[cfg(feature = "tls12")]
macro_rules! hmac {
    ($name:ident, $key:ident, $hash:ty) => {
        pub(crate) struct $name;

        struct $key(Hmac<$hash>);

        impl hmac::Hmac for $name {
            fn with_key(&self, key: &[u8]) -> Box<dyn hmac::Key> {
                Box::new($key(Hmac::new(key)))
            }

            fn hash_output_len(&self) -> usize {
                <$hash as Digest>::output_size()
            }
        }

        impl hmac::Key for $key {
            fn sign_concat(&self, first: &[u8], middle: &[&[u8]], last: &[u8]) -> hmac::Tag {
                let mut hmac = self.0.clone();
                hmac.update(first);
                for part in middle {
                    hmac.update(part);
                }
                hmac.update(last);
                tag(&mut hmac.finalize())
            }

            fn tag_len(&self) -> usize {
                <$hash as Digest>::output_size()
            }
        }
    };
}

#[cfg(feature = "tls12")]
hmac! { HmacSha256, HmacSha256Key, Sha256 }
#[cfg(feature = "tls12")]
hmac! { HmacSha384, HmacSha384Key, Sha384 }

/// HKDF with one of the hashes. (rustls's own, made of HMAC, leaves the secrets that it extracts in memory.)
macro_rules! hkdf {
    ($name:ident, $expander:ident, $hash:ty) => {
        pub(crate) struct $name;

        struct $expander(Hkdf<$hash>);

        impl tls13::Hkdf for $name {
            fn extract_from_zero_ikm(&self, salt: Option<&[u8]>) -> Box<dyn HkdfExpander> {
                let zeros = <digest::Output<$hash>>::default();
                self.extract_from_secret(salt, &zeros)
            }

            /// No salt means zeros, which are nothing to HMAC.
            fn extract_from_secret(&self, salt: Option<&[u8]>, secret: &[u8]) -> Box<dyn HkdfExpander> {
                Box::new($expander(Hkdf::new(salt.unwrap_or_default(), secret)))
            }

            fn expander_for_okm(&self, okm: &OkmBlock) -> Box<dyn HkdfExpander> {
                Box::new($expander(Hkdf::from_prk(okm.as_ref()).expect("a block is as long as the hash")))
            }

            fn hmac_sign(&self, key: &OkmBlock, message: &[u8]) -> hmac::Tag {
                tag(&mut Hmac::<$hash>::mac(key.as_ref(), message))
            }
        }

        impl HkdfExpander for $expander {
            fn expand_slice(&self, info: &[&[u8]], out: &mut [u8]) -> Result<(), OutputLengthError> {
                self.0.expand_parts(info, out).map_err(|_| OutputLengthError)
            }

            fn expand_block(&self, info: &[&[u8]]) -> OkmBlock {
                let mut block = Zeroizing::new([0; OkmBlock::MAX_LEN]);
                let block = &mut block[..self.hash_len()];
                self.0.expand_parts(info, block).expect("one block");
                OkmBlock::new(block)
            }

            fn hash_len(&self) -> usize {
                <$hash as Digest>::output_size()
            }
        }
    };
}

hkdf! { HkdfSha256, HkdfSha256Expander, Sha256 }
hkdf! { HkdfSha384, HkdfSha384Expander, Sha384 }
