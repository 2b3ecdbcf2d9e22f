//! Randomness that fails, repeats itself, or is all zeros or all ones: what needs it says so, or does what's safe without.
//! Nothing waits for better.
#![cfg(all(feature = "getrandom", feature = "hpke", feature = "encryption"))]

use std::collections::HashSet;
use std::sync::OnceLock;

use oneway::ecdh::{self, P256, P384, P521, X25519};
use oneway::ecdsa;
use oneway::hash::Sha256;
use oneway::hazmat::rsa::{decrypt_pkcs1v15, encrypt_pkcs1v15_rng};
use oneway::key::Encryption;
use oneway::rsa::{Oaep, Pkcs1v15, PrivateKey, Pss};
use oneway::{Error, ed25519, hpke, prime};
use rand_core::{TryCryptoRng, TryRng};

/// A generator that is broken: so many good bytes, then the same eight again and again, or nothing.
#[derive(Clone)]
struct Broken {
    good: usize,
    then: Option<[u8; 8]>,
    state: u64,
    drawn: usize,
}

impl Broken {
    /// Who asks for more bytes than this hasn't noticed.
    const MOST: usize = 1 << 28;
    const ZEROS: Self = Self::stuck([0; 8]);
    const ONES: Self = Self::stuck([0xff; 8]);
    const REPEATS: Self = Self::stuck(*b"\x3f again?");
    const NEVER: Self = Self { good: 0, then: None, state: 1, drawn: 0 };
    /// Those that give something.
    const STUCK: [Self; 3] = [Self::ZEROS, Self::ONES, Self::REPEATS];

    const fn stuck(bytes: [u8; 8]) -> Self {
        Self { then: Some(bytes), ..Self::NEVER }
    }
}

impl TryRng for Broken {
    type Error = std::fmt::Error;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes).map(|()| u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes).map(|()| u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.drawn += bytes.len();
        assert!(self.drawn <= Self::MOST, "drawn without end");
        for (i, byte) in bytes.iter_mut().enumerate() {
            if self.good > 0 {
                self.good -= 1;
                self.state = self.state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
                *byte = (self.state >> 56) as u8;
            } else {
                *byte = self.then.ok_or(std::fmt::Error)?[i % 8];
            }
        }
        Ok(())
    }
}

impl TryCryptoRng for Broken {}

/// A key that hasn't kept a blinding pair yet.
fn rsa_key() -> PrivateKey {
    static KEY: OnceLock<PrivateKey> = OnceLock::new();
    KEY.get_or_init(|| PrivateKey::generate(2048).unwrap()).clone()
}

/// What makes a key, of every kind, and uses it; and whether there's one of `ONES`, which are out of range on the NIST
/// curves, and one of `REPEATS`, which happen to be a prime, but not two.
fn generations() -> Vec<(&'static str, fn(&mut Broken) -> Option<Error>, [bool; 2])> {
    fn curve<C: ecdh::Curve>(rng: &mut Broken) -> Option<Error> {
        let key = ecdh::PrivateKey::<C>::generate_with(rng);
        key.and_then(|key| key.agree(&key.public_key())).err()
    }
    fn signing<C: ecdsa::Curve>(rng: &mut Broken) -> Option<Error> {
        let key = ecdsa::SigningKey::<C>::generate_with(rng);
        key.and_then(|key| key.verifying_key().verify(b"", &key.sign(b""))).err()
    }
    fn ed25519(rng: &mut Broken) -> Option<Error> {
        let key = ed25519::SigningKey::generate_with(rng);
        key.and_then(|key| key.verifying_key().verify(b"", &key.sign(b""))).err()
    }
    fn prime(rng: &mut Broken) -> Option<Error> {
        let p = prime::random_prime_with(rng, 512);
        p.map(|p| assert!(prime::is_probable_prime(&p.declassify()))).err()
    }
    vec![
        ("RSA", |rng| PrivateKey::generate_with(rng, 2048).err(), [false, false]),
        ("a prime", prime, [false, true]),
        ("X25519", curve::<X25519>, [true, true]),
        ("ECDH, P-256", curve::<P256>, [false, true]),
        ("ECDH, P-384", curve::<P384>, [false, true]),
        ("ECDH, P-521", curve::<P521>, [false, true]),
        ("ECDSA, P-256", signing::<P256>, [false, true]),
        ("ECDSA, P-384", signing::<P384>, [false, true]),
        ("ECDSA, P-521", signing::<P521>, [false, true]),
        ("Ed25519", ed25519, [true, true]),
    ]
}

#[test]
fn no_key_without_randomness() {
    for (name, generate, [of_ones, of_repeats]) in generations() {
        for good in [0, 1, 31] {
            let error = generate(&mut Broken { good, ..Broken::NEVER });
            assert_eq!(error, Some(Error::Random), "{name}, after {good} bytes");
        }
        for (mut rng, is_key) in Broken::STUCK.into_iter().zip([false, of_ones, of_repeats]) {
            let expected = if is_key { None } else { Some(Error::Random) };
            assert_eq!(generate(&mut rng), expected, "{name}, of {:?}", rng.then);
        }
        assert_eq!(generate(&mut Broken { good: 1 << 20, ..Broken::NEVER }), None, "{name}");
    }
}

/// Two primes of one key aren't the same, and a candidate that's drawn again isn't prime this time.
#[test]
fn no_rsa_key_of_repeated_randomness() {
    // Good enough for the first candidates: some hundred.
    for good in [5_000, 20_000] {
        let error = PrivateKey::generate_with(&mut Broken { good, ..Broken::REPEATS }, 2048).err();
        assert_eq!(error, Some(Error::Random), "after {good} bytes");
    }
}

/// Salts, seeds and blinding: an error if there's nothing.
#[test]
fn operations_that_need_randomness_say_so() {
    let key = rsa_key();
    let random = Some(Error::Random);
    let never = &mut Broken::NEVER.clone();
    let oaep = Oaep::<Sha256>::new();
    assert_eq!(key.clone().sign_with_rng(never, &Pss::<Sha256>::new(), b"").err(), random);
    assert_eq!(key.clone().sign_with_rng(never, &Pkcs1v15::<Sha256>::new(), b"").err(), random);
    assert_eq!(key.public_key().encrypt_with_rng(never, &oaep, b"").err(), random);
    assert_eq!(encrypt_pkcs1v15_rng(key.public_key(), never, b"").err(), random);
    let sealed = key.public_key().encrypt(b"message").unwrap();
    assert_eq!(key.clone().decrypt_with_rng(never, &oaep, &sealed).err(), random);
    assert_eq!(key.to_encrypted_der_with(never, &Encryption::default(), "password").err(), random);
    let public = ecdh::PrivateKey::<X25519>::generate().unwrap().public_key();
    assert_eq!(hpke::seal_rng(never, &public, b"", b"", b"message").err(), random);
    assert_eq!(hpke::seal_rng(&mut Broken::ZEROS.clone(), &public, b"", b"", b"message").err(), random);
    let key = ecdsa::SigningKey::<P256>::generate().unwrap();
    assert_eq!(key.sign_hedged(never, b"").err(), random);
    assert_eq!(key.sign_prehash_hedged(never, &[7; 32]).err(), random);
}

/// Zero has no inverse, so there's no pair; any other number will do for a result that's right.
#[test]
fn blinding_by_a_generator_that_is_stuck() {
    let oaep = Oaep::<Sha256>::new();
    let sealed = rsa_key().public_key().encrypt(b"message").unwrap();
    let error = rsa_key().decrypt_with_rng(&mut Broken::ZEROS.clone(), &oaep, &sealed).err();
    assert_eq!(error, Some(Error::Random));
    for rng in [Broken::ONES, Broken::REPEATS] {
        // One key, whose pair is squared from use to use and drawn anew after some; and a new one each time.
        let key = rsa_key();
        for _ in 0..70 {
            assert_eq!(*key.decrypt_with_rng(&mut rng.clone(), &oaep, &sealed).unwrap(), b"message");
        }
        assert_eq!(*rsa_key().decrypt_with_rng(&mut rng.clone(), &oaep, &sealed).unwrap(), b"message");
    }
    assert_eq!(decrypt_pkcs1v15(&rsa_key(), &sealed, 7).unwrap().len(), 7);
}

/// A salt that's the same each time makes PSS as deterministic as PKCS#1 v1.5 is, and no less right.
#[test]
fn pss_with_a_salt_that_repeats() {
    let (key, pss) = (rsa_key(), Pss::<Sha256>::new());
    // The pair for blinding is there from here on.
    key.sign(b"first").unwrap();
    for rng in Broken::STUCK {
        let sign = || key.sign_with_rng(&mut rng.clone(), &pss, b"message").unwrap();
        assert_eq!(key.public_key().verify_with(&pss, b"message", &sign()), Ok(()));
        assert_eq!(sign(), sign());
    }
}

/// Under a seed or padding that's the same each time, who sees two ciphertexts sees whether it's one message; that's all.
#[test]
fn encryption_with_padding_that_repeats() {
    let (key, oaep, message) = (rsa_key(), Oaep::<Sha256>::new(), b"message");
    let public = key.public_key();
    for rng in Broken::STUCK {
        let sealed = public.encrypt_with_rng(&mut rng.clone(), &oaep, message).unwrap();
        assert_eq!(*key.decrypt_with(&oaep, &sealed).unwrap(), message);
        let other = public.encrypt_with_rng(&mut rng.clone(), &oaep, b"messagf").unwrap();
        assert_ne!(sealed, other);
        let sealed = encrypt_pkcs1v15_rng(public, &mut rng.clone(), message).unwrap();
        assert_eq!(*decrypt_pkcs1v15(&key, &sealed, message.len()).unwrap(), message);
    }
}

/// Two signatures with one nonce give an ECDSA key away. Hedged nonces depend on key and message as well: r differs.
#[test]
fn nonces_differ_whatever_the_generator() {
    fn check<C: ecdsa::Curve>() {
        let keys = [(); 2].map(|()| ecdsa::SigningKey::<C>::generate().unwrap());
        for rng in Broken::STUCK {
            let mut seen = HashSet::new();
            for key in &keys {
                for message in [&b"one"[..], b"another", b""] {
                    let signature = key.sign_hedged(&mut rng.clone(), message).unwrap();
                    assert_eq!(key.verifying_key().verify(message, &signature), Ok(()));
                    let bytes = signature.to_bytes();
                    assert!(seen.insert(bytes[..bytes.len() / 2].to_vec()), "a nonce came twice");
                }
            }
            assert_eq!(seen.len(), 6);
        }
    }
    check::<P256>();
    check::<P384>();
    check::<P521>();
}
