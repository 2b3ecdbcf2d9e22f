//! Private keys under a password, as PEM text and as DER: nothing panics, and what's read is written and read
//! again as the same key. The password is `password`.
//!
//! A file may ask for seconds of work, within the limits; one that asks for more than a little is left out
//! here, so that there's time for many.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oneway::key::{Cipher, Encryption, Kdf, PrivateKey};
use oneway::rsa;

const PBKDF2: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 12];
const SCRYPT: &[u8] = &[6, 9, 0x2b, 6, 1, 4, 1, 0xda, 0x47, 4, 11];

/// Whether the DER names a key derivation function of which the numbers' product is larger than that of the
/// costs in the seeds: rounds, or N, r and p, times the key's length if it's there.
fn is_costly(der: &[u8]) -> bool {
    let costs_after = |name: &[u8]| {
        let starts = der.windows(name.len()).enumerate().filter(|(_, window)| *window == name);
        starts.map(|(at, _)| &der[at + name.len()..]).any(|rest| {
            // SEQUENCE { OCTET STRING salt, INTEGER … }, with the short forms of lengths: longer ones are left out.
            let [0x30, ..0x80, 4, salt @ ..0x80, rest @ ..] = rest else { return true };
            let Some(mut rest) = rest.get(usize::from(*salt)..) else { return false };
            let mut cost = 1u64;
            while let [2, len, after @ ..] = rest {
                let len = usize::from(*len);
                if len > 3 || after.len() < len {
                    return len > 3;
                }
                let number = after[..len].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
                cost = cost.saturating_mul(number.max(1));
                rest = &after[len..];
            }
            // The key's length may be among them.
            cost > 10_000 * 32
        })
    };
    costs_after(PBKDF2) || costs_after(SCRYPT)
}

/// The bytes of what may be PEM text, by no more than its base64.
fn base64(text: &[u8]) -> Vec<u8> {
    let body = text.split(|c| matches!(c, b'\n' | b'\r')).filter(|line| !line.starts_with(b"-----"));
    let (mut bits, mut count, mut bytes) = (0u32, 0, Vec::new());
    for c in body.flatten() {
        let digit = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => continue,
        };
        (bits, count) = (bits << 6 | u32::from(digit), count + 6);
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

fuzz_target!(|text: &[u8]| {
    if !is_costly(&base64(text)) {
        check(PrivateKey::from_encrypted_pem(text, "password"));
        let _ = rsa::PrivateKey::from_encrypted_pem(text, "wrong");
    }
    if !is_costly(text) {
        check(PrivateKey::from_encrypted_der(text, "password"));
    }
});

fn check(read: oneway::Result<PrivateKey>) {
    let Ok(key) = read else { return };
    // A generator isn't needed for what's asked here, and what fails has to fail each time.
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
    for kdf in [Kdf::Pbkdf2 { rounds: 2 }, Kdf::Scrypt { log_n: 2, r: 1, p: 1 }] {
        let encryption = Encryption { kdf, cipher: Cipher::Aes128 };
        let written = key.to_encrypted_pem_with(&mut Fixed, &encryption, "another").unwrap();
        let again = PrivateKey::from_encrypted_pem(&written, "another").unwrap();
        assert_eq!(again.to_der(), key.to_der());
        assert!(PrivateKey::from_encrypted_pem(&written, "password").is_err());
    }
}
