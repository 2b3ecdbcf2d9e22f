//! Private keys in DER: nothing panics, and what's read is written and read again as the same key.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oneway::{key, rsa};
use pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey};

fuzz_target!(|der: &[u8]| {
    let read = key::PrivateKey::from_der(der);
    let as_rsa = rsa::PrivateKey::from_der(der);
    assert_eq!(read.as_ref().err(), as_rsa.as_ref().err());
    // A key under a password is only recognised here; `encrypted_pem` goes on with it.
    if read.as_ref().err() != Some(&oneway::Error::PasswordNeeded) {
        assert!(key::PrivateKey::from_encrypted_der(der, "password").is_err());
    }
    let _ = rsa::PrivateKey::from_pkcs1_der(der);
    let Ok(key) = read else { return };
    assert_eq!(key.public_key(), as_rsa.unwrap().public_key().clone().into());
    // d may have had other representatives in the file; from here on it's one.
    let written = key.to_der();
    let again = key::PrivateKey::from_der(&written).unwrap();
    assert_eq!(again.public_key(), key.public_key());
    assert_eq!(again.to_der(), written);
    let rsa = key.as_rsa().unwrap();
    // PKCS#1 can't say that a key is for PSS alone.
    let Ok(pkcs1) = rsa.to_pkcs1_der() else { return assert!(rsa.public_key().pss_binding().is_some()) };
    assert!(rsa.public_key().pss_binding().is_none());
    let again = rsa::PrivateKey::from_der(pkcs1.as_bytes()).unwrap();
    assert_eq!(again.to_pkcs1_der().unwrap().as_bytes(), pkcs1.as_bytes());
});
