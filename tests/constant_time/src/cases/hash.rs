//! SHA-2, HMAC and HKDF: everything that goes in is secret but its length.

use crate::{
    case::{Case, Size::Small},
    taint::{public_bytes, secret_bytes, still_secret},
};
use oneway::{
    Error,
    hash::{
        Hkdf, Hmac, Sha224, Sha256, Sha384, Sha512,
        digest::{Digest, block_api::BlockSizeUser},
    },
};

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("hash: SHA-224, SHA-256, SHA-384, SHA-512", Small, || {
            digests::<Sha224>();
            digests::<Sha256>();
            digests::<Sha384>();
            digests::<Sha512>();
        }),
        Case::new("hash: HMAC-SHA-256, HMAC-SHA-512", Small, || {
            hmac::<Sha256>();
            hmac::<Sha512>();
        }),
        Case::new("hash: HKDF-SHA-256, HKDF-SHA-512", Small, || {
            hkdf::<Sha256>();
            hkdf::<Sha512>();
        }),
    ]
}

/// Messages that end before, at and after the ends of blocks, whole and in pieces.
fn digests<D: Digest>() {
    for len in [1, 55, 56, 63, 64, 65, 111, 112, 127, 128, 129, 1000] {
        let message = secret_bytes(1, len);
        still_secret(&D::digest(&message));
        let mut hash = D::new();
        message.chunks(17).for_each(|piece| hash.update(piece));
        still_secret(&hash.finalize());
    }
}

/// Keys shorter and longer than a block; tags that are right, wrong and cut.
fn hmac<D: Digest + BlockSizeUser + Clone>() {
    for len in [1, 32, 64, 65, 128, 129] {
        let keyed = Hmac::<D>::new(&secret_bytes(2, len));
        let mac = |message: &[u8]| {
            let mut mac = keyed.clone();
            mac.update(message);
            mac
        };
        let message = secret_bytes(3, 100);
        let tag = mac(&message).finalize();
        still_secret(&tag);
        assert_eq!(mac(&message).verify(&tag), Ok(()));
        assert_eq!(mac(&message).verify_truncated(&tag[..tag.len() - 1]), Ok(()));
        assert_eq!(mac(b"another").verify(&tag), Err(Error::Mac));
    }
}

fn hkdf<D: Digest + BlockSizeUser + Clone>() {
    for len in [16, 32, 64, 200] {
        let mut okm = vec![0; 150];
        Hkdf::<D>::derive(&secret_bytes(4, 20), &secret_bytes(5, len), b"info", &mut okm).expect("short");
        still_secret(&okm);
        let prk = Hkdf::<D>::extract(b"", &secret_bytes(5, len));
        still_secret(prk.as_bytes());
        let mut parts = vec![0; 150];
        let keyed = Hkdf::<D>::from_prk(prk.as_bytes()).expect("as long as the hash");
        keyed.expand_parts(&[b"in", b"fo"], &mut parts).expect("short");
        still_secret(&parts);
    }
    // The same output in two ways: the taint was that of one value.
    let [mut a, mut b] = [[0; 40]; 2];
    Hkdf::<D>::derive(b"salt", &secret_bytes(6, 32), b"info", &mut a).expect("short");
    Hkdf::<D>::new(b"salt", &secret_bytes(6, 32)).expand(b"info", &mut b).expect("short");
    assert_eq!(public_bytes(&a), public_bytes(&b));
}
