//! Hashes, HMAC and HKDF, against the crates sha2, hmac and hkdf: the same, in however many pieces a message comes.
//!
//! ```text
//! pieces    1 byte: how long each one is
//! key       1 byte of length, and so many bytes
//! message   the rest
//! ```
#![no_main]

use hmac::{KeyInit, Mac};
use libfuzzer_sys::fuzz_target;
use oneway::hash::digest::Digest;
use oneway::hash::{Hkdf, Hmac, Sha224, Sha256, Sha384, Sha512};

fuzz_target!(|bytes: &[u8]| {
    let [piece, len, rest @ ..] = bytes else { return };
    let (key, message) = rest.split_at(usize::from(*len).min(rest.len()));
    let piece = usize::from(*piece).max(1);
    same::<Sha224, sha2::Sha224>(piece, message);
    same::<Sha256, sha2::Sha256>(piece, message);
    same::<Sha384, sha2::Sha384>(piece, message);
    same::<Sha512, sha2::Sha512>(piece, message);

    let mut ours = Hmac::<Sha256>::new(key);
    let mut theirs = hmac::Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
    for part in message.chunks(piece) {
        ours.update(part);
        theirs.update(part);
    }
    assert_eq!(ours.finalize()[..], theirs.finalize().into_bytes()[..]);

    let (mut ours, mut theirs) = (vec![0; piece], vec![0; piece]);
    Hkdf::<Sha512>::derive(key, message, b"info", &mut ours).unwrap();
    hkdf::Hkdf::<sha2::Sha512>::new(Some(key), message).expand(b"info", &mut theirs).unwrap();
    assert_eq!(ours, theirs);
});

fn same<D: Digest, E: Digest>(piece: usize, message: &[u8]) {
    let mut hash = D::new();
    for part in message.chunks(piece) {
        hash.update(part);
    }
    assert_eq!(hash.finalize()[..], E::digest(message)[..]);
}
