//! Public keys as PEM text: nothing panics, and what's read is written and read again as the same key.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oneway::{key, rsa};

fuzz_target!(|text: &[u8]| {
    let read = key::PublicKey::from_pem(text);
    let as_rsa = rsa::PublicKey::from_pem(text);
    assert_eq!(read.as_ref().err(), as_rsa.as_ref().err());
    let Ok(key) = read else { return };
    let written = key.to_pem();
    let again = key::PublicKey::from_pem(&written).unwrap();
    assert_eq!(again, key);
    assert_eq!(again.to_pem(), written);
    assert_eq!(key::PublicKey::from_der(&key.to_der()).unwrap(), key);
});
