//! SHA-256 and SHA-384, and HMAC with them; rustls makes HKDF and the PRF of TLS 1.2 of the latter.

use alloc::boxed::Box;

use digest::Digest;
use oneway::hash::{Hmac, Sha256, Sha384};
use rustls::crypto::{hash, hmac};

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

/// HMAC with one of the hashes; rustls asks for keys by it.
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
                hmac::Tag::new(&hmac.finalize())
            }

            fn tag_len(&self) -> usize {
                <$hash as Digest>::output_size()
            }
        }
    };
}

hmac! { HmacSha256, HmacSha256Key, Sha256 }
hmac! { HmacSha384, HmacSha384Key, Sha384 }
