//! Public keys in DER: nothing panics, and what's read is written and read again as the same key.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oneway::{key, rsa};
use pkcs1::{DecodeRsaPublicKey, EncodeRsaPublicKey};

fuzz_target!(|der: &[u8]| {
    let read = key::PublicKey::from_der(der);
    let as_rsa = rsa::PublicKey::from_der(der);
    assert_eq!(read.as_ref().err(), as_rsa.as_ref().err());
    let pkcs1 = rsa::PublicKey::from_pkcs1_der(der);
    let Ok(key) = read else { return assert!(pkcs1.is_err()) };
    let written = key.to_der();
    assert_eq!(key::PublicKey::from_der(&written).unwrap(), key);
    let rsa = as_rsa.unwrap();
    assert_eq!(Some(&rsa), key.as_rsa());
    let _ = (key.fingerprint().to_string(), rsa.fingerprint());
    // PKCS#1 can't say that a key is for PSS alone.
    let Ok(document) = rsa.to_pkcs1_der() else { return assert!(rsa.pss_binding().is_some()) };
    assert!(rsa.pss_binding().is_none());
    let again = rsa::PublicKey::from_der(document.as_bytes()).unwrap();
    assert_eq!((again.modulus(), again.exponent()), (rsa.modulus(), rsa.exponent()));
    // DER has one encoding of a key: what was read as PKCS#1 is what's written.
    if pkcs1.is_ok() {
        assert_eq!(document.as_bytes(), der);
    }
});
