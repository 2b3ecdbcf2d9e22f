//! Private keys in DER: nothing panics, and what's read is written and read again as the same key.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oneway::{Error, ecdh, ecdsa, ed25519, key, rsa};
use pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey};
use sec1::{DecodeEcPrivateKey, EncodeEcPrivateKey};

fuzz_target!(|der: &[u8]| {
    let read = key::PrivateKey::from_der(der);
    let as_rsa = rsa::PrivateKey::from_der(der);
    // What's wrong with a file is the same for all, but that a key of another kind isn't what was asked for.
    same_error(&read, as_rsa.as_ref().err());
    same_error(&read, ecdsa::SigningKey::<ecdsa::P256>::from_der(der).as_ref().err());
    same_error(&read, ecdh::PrivateKey::<ecdh::P521>::from_der(der).as_ref().err());
    same_error(&read, ed25519::SigningKey::from_der(der).as_ref().err());
    same_error(&read, ecdh::PrivateKey::<ecdh::X25519>::from_der(der).as_ref().err());
    // A key under a password is only recognised here; `encrypted_pem` goes on with it.
    if read.as_ref().err() != Some(&Error::PasswordNeeded) {
        assert!(key::PrivateKey::from_encrypted_der(der, "password").is_err());
    }
    let _ = rsa::PrivateKey::from_pkcs1_der(der);
    let sec1 = ecdsa::SigningKey::<ecdsa::P384>::from_sec1_der(der);
    let Ok(key) = read else { return assert!(sec1.is_err()) };
    // d may have had other representatives in the file; from here on it's one.
    let written = key.to_der();
    let again = key::PrivateKey::from_der(&written).unwrap();
    assert_eq!(again.public_key(), key.public_key());
    assert_eq!(again.to_der(), written);
    match &key {
        key::PrivateKey::Rsa(rsa) => check_rsa(rsa),
        key::PrivateKey::P256(key) => {
            let sec1 = key.to_sec1_der().unwrap();
            assert_eq!(
                ecdsa::SigningKey::<ecdsa::P256>::from_der(sec1.as_bytes()).unwrap().to_der(),
                written
            );
            assert_eq!(ecdh::PrivateKey::from(key).to_der(), written);
        }
        key::PrivateKey::P384(key) => assert_eq!(ecdh::PrivateKey::from(key).to_der(), written),
        key::PrivateKey::P521(key) => assert_eq!(ecdh::PrivateKey::from(key).to_der(), written),
        _ => {}
    }
    if let Ok(sec1) = sec1 {
        assert_eq!(sec1.to_der(), written);
    }
});

fn same_error(read: &oneway::Result<key::PrivateKey>, error: Option<&Error>) {
    match read {
        Ok(_) => assert!(matches!(error, None | Some(Error::Found { .. }))),
        // The kind is known before the rest is read.
        Err(expected) => assert!(error == Some(expected) || matches!(error, Some(Error::Found { .. }))),
    }
}

fn check_rsa(rsa: &rsa::PrivateKey) {
    // PKCS#1 can't say that a key is for PSS alone.
    let Ok(pkcs1) = rsa.to_pkcs1_der() else { return assert!(rsa.public_key().pss_binding().is_some()) };
    assert!(rsa.public_key().pss_binding().is_none());
    let again = rsa::PrivateKey::from_der(pkcs1.as_bytes()).unwrap();
    assert_eq!(again.to_pkcs1_der().unwrap().as_bytes(), pkcs1.as_bytes());
}
