//! ECDSA signatures in DER and of a fixed length: nothing panics, and what's read is written as the same bytes: both
//! forms have one encoding of each signature.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oneway::ecdsa::{Curve, P256, P384, P521, Signature};

fuzz_target!(|bytes: &[u8]| {
    check::<P256>(bytes);
    check::<P384>(bytes);
    check::<P521>(bytes);
});

fn check<C: Curve>(bytes: &[u8]) {
    if let Ok(signature) = Signature::<C>::from_der(bytes) {
        assert_eq!(signature.to_der(), bytes);
        assert_eq!(Signature::from_bytes(&signature.to_bytes()).unwrap(), signature);
        assert!(signature.normalized().is_low_s());
    }
    if let Ok(signature) = Signature::<C>::from_bytes(bytes) {
        assert_eq!(signature.to_bytes(), bytes);
        assert_eq!(Signature::from_der(&signature.to_der()).unwrap(), signature);
    }
}
