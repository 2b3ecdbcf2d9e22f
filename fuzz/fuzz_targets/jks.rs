//! Java's own formats, JKS and JCEKS, under the password `secret1`: nothing panics, and what's read as a key store or a
//! trust store is written as PKCS#12 and read again as the same one.
//!
//! The hash at the end is made right, as no change of the rest would be read otherwise.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oneway::key::{Cipher, Encryption, Kdf};
use oneway::trust::{Jks, KeyStore, StoreOptions, TrustStore};
use sha1::{Digest, Sha1};

const PASSWORD: &str = "secret1";
const QUICK: Encryption = Encryption { kdf: Kdf::Pbkdf2 { rounds: 2 }, cipher: Cipher::Aes128 };

fuzz_target!(|bytes: &[u8]| {
    let options = StoreOptions::new().allow_incomplete().allow_legacy().max_rounds(20_000);
    let _ = Jks::open_with(bytes, PASSWORD, &options);
    let Some((body, _)) = bytes.split_last_chunk::<20>() else { return };
    let password: Vec<u8> = PASSWORD.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let hash = Sha1::new().chain_update(password).chain_update("Mighty Aphrodite").chain_update(body);
    let file = [body, &hash.finalize()].concat();
    assert!(Jks::open(&file, PASSWORD).is_err(), "not unless old ways are allowed");
    let Ok(file) = Jks::open_with(&file, PASSWORD, &options) else { return };
    let _ = format!("{file:?}");
    if let Ok(store) = file.trust_store() {
        let bytes = store.to_pkcs12_with(&mut Fixed, &QUICK, "another").unwrap();
        assert_eq!(TrustStore::from_pkcs12(&bytes, "another").unwrap().certificates(), store.certificates());
    }
    for entry in file.keys().iter().take(4) {
        let _ = entry.key();
        if let Some(name) = entry.name()
            && let Ok(store) = file.key_store(&options.key_named(name))
        {
            assert_eq!(store.name(), Some(name));
            let bytes = store.to_pkcs12_with(&mut Fixed, &QUICK, "another").unwrap();
            let again = KeyStore::from_pkcs12_with(&bytes, "another", &options).unwrap();
            assert_eq!(again.key().to_der(), store.key().to_der());
            assert_eq!(again.chain(), store.chain());
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
