//! Public keys as PEM text: nothing panics, and what's read is written and read again as the same key.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oneway::{Error, ecdh, key, rsa};

fuzz_target!(|text: &[u8]| {
    let read = key::PublicKey::from_pem(text);
    for error in [rsa::PublicKey::from_pem(text).err(), ecdh::PublicKey::<ecdh::P384>::from_pem(text).err()] {
        assert!(error == read.as_ref().err().copied() || matches!(error, Some(Error::Found { .. })));
    }
    let Ok(key) = read else { return };
    let written = key.to_pem();
    let again = key::PublicKey::from_pem(&written).unwrap();
    assert_eq!(again, key);
    assert_eq!(again.to_pem(), written);
    assert_eq!(key::PublicKey::from_der(&key.to_der()).unwrap(), key);
});
