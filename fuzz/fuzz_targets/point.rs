//! Points of curves, as SEC 1 and RFC 8032 encode them: nothing panics, and what's read is written as the same bytes, or
//! as another encoding of the same point.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oneway::ecdsa::{Curve, P256, P384, P521, VerifyingKey};
use oneway::{ecdh, ed25519};

fuzz_target!(|bytes: &[u8]| {
    check::<P256>(bytes);
    check::<P384>(bytes);
    check::<P521>(bytes);
    if let Ok(key) = ed25519::VerifyingKey::from_bytes(bytes) {
        assert_eq!(key.to_bytes(), bytes);
    }
    if let Ok(key) = ecdh::PublicKey::<ecdh::X25519>::from_bytes(bytes) {
        assert_eq!(key.to_bytes(), bytes);
    }
});

fn check<C: Curve>(bytes: &[u8]) {
    let for_agreement = ecdh::PublicKey::<C>::from_bytes(bytes);
    let key = match VerifyingKey::<C>::from_bytes(bytes) {
        Ok(key) => key,
        Err(error) => return assert_eq!(for_agreement.unwrap_err(), error),
    };
    let (long, short) = (key.to_bytes(), key.to_compressed_bytes());
    assert!(long == bytes || short == bytes);
    assert_eq!(VerifyingKey::from_bytes(&long).unwrap(), key);
    assert_eq!(VerifyingKey::from_bytes(&short).unwrap(), key);
    assert_eq!(ecdh::PublicKey::from(&key), for_agreement.unwrap());
}
