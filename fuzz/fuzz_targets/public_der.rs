//! Public keys in DER: nothing panics, and what's read is written and read again as the same key.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oneway::{Error, ecdh, ecdsa, ed25519, key, rsa};
use pkcs1::{DecodeRsaPublicKey, EncodeRsaPublicKey};

fuzz_target!(|der: &[u8]| {
    let read = key::PublicKey::from_der(der);
    let as_rsa = rsa::PublicKey::from_der(der);
    for error in [
        as_rsa.as_ref().err().copied(),
        ecdsa::VerifyingKey::<ecdsa::P256>::from_der(der).err(),
        ecdh::PublicKey::<ecdh::X25519>::from_der(der).err(),
        ed25519::VerifyingKey::from_der(der).err(),
    ] {
        assert!(error == read.as_ref().err().copied() || matches!(error, Some(Error::Found { .. })));
    }
    let pkcs1 = rsa::PublicKey::from_pkcs1_der(der);
    let Ok(key) = read else { return assert!(pkcs1.is_err()) };
    let written = key.to_der();
    assert_eq!(key::PublicKey::from_der(&written).unwrap(), key);
    let _ = key.fingerprint().to_string();
    let Ok(rsa) = as_rsa else { return assert!(key.as_rsa().is_none() && pkcs1.is_err()) };
    assert_eq!(Some(&rsa), key.as_rsa());
    assert_eq!(key.fingerprint(), rsa.fingerprint());
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
