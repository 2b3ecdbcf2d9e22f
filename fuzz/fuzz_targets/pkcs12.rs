//! Key stores and trust stores, PKCS#12, under the password `password`: nothing panics, what's read as a key store is
//! written and read again as the same one, and so are trust stores.
//!
//! Everything is allowed but work: a file asks for a thousand rounds at most.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oneway::key::{Cipher, Encryption, Kdf};
use oneway::trust::{KeyStore, Pkcs12, StoreOptions, TrustStore};

fuzz_target!(|bytes: &[u8]| {
    let _ = Pkcs12::open_with(bytes, "password", &StoreOptions::new().max_rounds(1000));
    let options =
        StoreOptions::new().allow_incomplete().allow_legacy().allow_unauthenticated().max_rounds(10_000);
    // The second is what `pbmac1.p12` has.
    for password in ["password", "1234"] {
        let Ok(file) = Pkcs12::open_with(bytes, password, &options) else { continue };
        let _ = format!("{file:?}");
        if let Ok(store) = file.trust_store() {
            check_trust(&store);
        }
        let _ = file.key_store(&options).map(|store| check(&store));
        for entry in file.keys().iter().take(4) {
            let _ = entry.key();
            if let Some(name) = entry.name()
                && let Ok(store) = file.key_store(&options.key_named(name))
            {
                assert_eq!(store.name(), Some(name));
                check(&store);
            }
        }
    }
});

/// What fails has to fail each time.
struct Fixed;

impl rand_core::TryRng for Fixed {
    type Error = core::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(7)
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(7)
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        bytes.fill(7);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Fixed {}

const QUICK: Encryption = Encryption { kdf: Kdf::Pbkdf2 { rounds: 2 }, cipher: Cipher::Aes128 };

fn check(store: &KeyStore) {
    let options = StoreOptions::new().allow_incomplete();
    let bytes = store.to_pkcs12_with(&mut Fixed, &QUICK, "another").unwrap();
    let again = KeyStore::from_pkcs12_with(&bytes, "another", &options).unwrap();
    assert_eq!(again.key().to_der(), store.key().to_der());
    assert_eq!(again.chain(), store.chain());
    assert!(KeyStore::from_pkcs12_with(&bytes, "password", &options).is_err());
    let again = KeyStore::from_pem_with(store.to_pem().as_bytes(), &options).unwrap();
    assert_eq!(again.chain(), store.chain());
    assert_eq!(again.certificate().public_key().unwrap(), store.key().public_key());
}

fn check_trust(store: &TrustStore) {
    let bytes = store.to_pkcs12_with(&mut Fixed, &QUICK, "another").unwrap();
    assert_eq!(TrustStore::from_pkcs12(&bytes, "another").unwrap().certificates(), store.certificates());
}
