//! Private keys as PEM text: nothing panics, and what's read is written and read again as the same key.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oneway::trust::KeyStore;
use oneway::{Error, ecdsa, key, rsa};

fuzz_target!(|text: &[u8]| {
    // A store is a key and its certificates, each in a block of its own, in any order.
    if let Ok(store) = KeyStore::from_pem(text) {
        assert_eq!(KeyStore::from_pem(&*store.to_pem()).unwrap().to_pem(), store.to_pem());
    }
    let read = key::PrivateKey::from_pem(text);
    for error in
        [rsa::PrivateKey::from_pem(text).err(), ecdsa::SigningKey::<ecdsa::P256>::from_pem(text).err()]
    {
        assert!(error == read.as_ref().err().copied() || matches!(error, Some(Error::Found { .. })));
    }
    let Ok(key) = read else { return };
    let written = key.to_pem();
    let again = key::PrivateKey::from_pem(&*written).unwrap();
    assert_eq!(again.public_key(), key.public_key());
    assert_eq!(again.to_pem(), written);
    assert_eq!(again.to_der(), key.to_der());
});
