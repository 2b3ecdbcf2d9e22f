//! Private keys as bytes, read and written. Public are lengths, and with them how many zeros lead in a number.

use super::{rsa, varied};
use crate::{
    case::Size::{Normal, Small},
    trace::{Case, Work, public},
};
use oneway::{
    ecdh::{self, P256, P384, P521, X25519},
    ecdsa, ed25519,
    hazmat::engine::Engine,
    key::PrivateKey,
};
use pkcs1::EncodeRsaPrivateKey;

pub(super) fn cases() -> Vec<Case> {
    let case = |name: &str, secrets, run: fn(PrivateKey) -> Work| {
        Case::new(format!("key: {name}"), Normal, secrets, move |seed| run(rsa_key(seed)))
    };
    let mut cases = vec![
        case("writing, all forms", 6, write),
        case("reading PKCS#1, DER", 6, |key| {
            let rsa = key.as_rsa().expect("an RSA key");
            read_der(rsa.to_pkcs1_der().expect("DER").as_bytes(), &key)
        }),
        case("reading PKCS#8, DER", 6, |key| read_der(&key.to_der(), &key)),
        case("reading PKCS#8, PEM", 6, |key| read_pem(&key)),
    ];
    cases.push(Case::new("key: keys on curves, both ways, DER and PEM", Small, 8, |seed| {
        let keys = curve_keys(seed);
        let files = [0, 1, 2, 3, 4].map(|i: usize| (keys[i].to_der(), keys[i].to_pem()));
        let expected = files.iter().flat_map(|(der, _)| [&der[..], &der[..]].concat()).collect::<Vec<_>>();
        Work::new(move || {
            let mut out = vec![];
            for (key, (der, pem)) in keys.iter().zip(&files) {
                assert_eq!(key.to_pem().len(), pem.len());
                out.extend_from_slice(&PrivateKey::from_der(der).expect("a key").to_der());
                out.extend_from_slice(&PrivateKey::from_pem(pem.as_bytes()).expect("a key").to_der());
            }
            out
        })
        .checked(move |out| assert_eq!(out, expected))
    }));
    cases
}

/// Of the smallest size that has files. The lengths of its numbers in a file are public.
fn rsa_key(seed: u64) -> PrivateKey {
    let key = rsa::key(seed, 2048, Engine::available().next().expect("there's a portable one"));
    let (crt, (p, q)) = (key.crt_components(), key.primes());
    for number in [&key.private_exponent(), &p, &q, &crt.dp, &crt.dq, &crt.qinv] {
        // DER leaves out leading zeros, and has one before a top bit that is set.
        public(
            (number.iter().take_while(|byte| **byte == 0).count() as u64) << 1 | u64::from(top_bit(number)),
        );
    }
    public(key.public_key().modulus_bits() as u64);
    key.into()
}

fn top_bit(number: &[u8]) -> bool {
    number.iter().find(|byte| **byte != 0).is_some_and(|byte| byte >> 7 == 1)
}

fn curve_keys(seed: u64) -> [PrivateKey; 5] {
    [
        ecdsa::SigningKey::<P256>::from_bytes(&number(seed, 32)).expect("in range").into(),
        ecdsa::SigningKey::<P384>::from_bytes(&number(seed, 48)).expect("in range").into(),
        ecdsa::SigningKey::<P521>::from_bytes(&number(seed, 66)).expect("in range").into(),
        ed25519::SigningKey::from_bytes(&number(seed, 32)).expect("32 bytes").into(),
        ecdh::PrivateKey::<X25519>::from_bytes(&number(seed, 32)).expect("32 bytes").into(),
    ]
}

fn number(seed: u64, len: usize) -> Vec<u8> {
    let mut bytes = varied(seed, len);
    bytes[..1].fill(0);
    bytes[len - 1] |= 1;
    bytes
}

fn write(key: PrivateKey) -> Work {
    let same = key.to_der();
    Work::new(move || {
        let (der, pem) = (key.to_der(), key.to_pem());
        [&der[..], pem.as_bytes()].concat()
    })
    .checked(move |out| assert!(out.starts_with(&same) && out.ends_with(b"-----END PRIVATE KEY-----\n")))
}

/// What's read is written again, so that there's a result.
fn read_der(file: &[u8], key: &PrivateKey) -> Work {
    let (file, expected) = (file.to_vec(), key.to_der());
    Work::new(move || PrivateKey::from_der(&file).expect("a key").to_der().to_vec())
        .checked(move |out| assert_eq!(out, &expected[..]))
}

fn read_pem(key: &PrivateKey) -> Work {
    let (text, expected) = (key.to_pem(), key.to_der());
    Work::new(move || PrivateKey::from_pem(text.as_bytes()).expect("a key").to_der().to_vec())
        .checked(move |out| assert_eq!(out, &expected[..]))
}
