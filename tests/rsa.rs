//! RSA through the front door: round trips, generated keys, and everything that is refused. What computes with a key
//! runs on every engine that this CPU has.
//!
//! `ONEWAY_KEYS=1000 cargo test --test rsa generated` generates and checks a thousand keys instead of fifty.
#![cfg(feature = "getrandom")]

use std::collections::HashSet;
use std::sync::OnceLock;

use num_bigint::BigUint;
use oneway::Error;
use oneway::hash::{Sha256, Sha384, Sha512};
use oneway::hazmat::engine;
use oneway::hazmat::rsa as hazmat;
use oneway::rsa::{Oaep, Pkcs1v15, PrivateKey, Pss, PublicKey};
use rand_core::{TryCryptoRng, TryRng};

mod engines;

const E: u64 = 65_537;

/// One key of 2048 bits for all tests that need any key.
fn key() -> &'static PrivateKey {
    static KEY: OnceLock<PrivateKey> = OnceLock::new();
    KEY.get_or_init(|| PrivateKey::generate(2048).unwrap())
}

fn public() -> &'static PublicKey {
    key().public_key()
}

/// Calls a test with the key on one engine after the other.
fn on_each_engine(test: impl Fn(&PrivateKey)) {
    for engine in engines::available() {
        println!("on the engine {engine}");
        test(&engine::private_key(key(), engine));
    }
}

/// A source of randomness that gives so many bytes and then fails.
struct Failing(usize);

#[derive(Debug)]
struct Exhausted;

impl std::fmt::Display for Exhausted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("exhausted")
    }
}

impl std::error::Error for Exhausted {}

impl TryRng for Failing {
    type Error = Exhausted;

    fn try_next_u32(&mut self) -> Result<u32, Exhausted> {
        Err(Exhausted)
    }

    fn try_next_u64(&mut self) -> Result<u64, Exhausted> {
        Err(Exhausted)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Exhausted> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(Exhausted)?;
        getrandom::SysRng.try_fill_bytes(bytes).map_err(|_| Exhausted)
    }
}

impl TryCryptoRng for Failing {}

#[test]
fn messages_of_every_length() {
    on_each_engine(|key| {
        let public = key.public_key();
        for len in [0u8, 1, 2, 32, 100, 189, 190] {
            let message: Vec<u8> = (0..len).collect();
            let ciphertext = public.encrypt(&message).unwrap();
            assert_eq!(key.decrypt(&ciphertext).unwrap().as_slice(), message);
            let signature = key.sign(&message).unwrap();
            assert_eq!(public.verify(&message, &signature), Ok(()));
        }
        assert_eq!(public.encrypt(&[0; 191]), Err(Error::MessageTooLong { len: 191, max: 190 }));
    });
}

#[test]
fn hashes_labels_and_salts_have_to_agree() {
    on_each_engine(|key| {
        let public = key.public_key();
        let oaep = Oaep::<Sha512, Sha256>::new().label(b"label");
        let ciphertext = public.encrypt_with(&oaep, b"message").unwrap();
        assert_eq!(key.decrypt_with(&oaep, &ciphertext).unwrap().as_slice(), b"message");
        assert_eq!(
            key.decrypt_with(&oaep.clone().label(b"other"), &ciphertext).err(),
            Some(Error::Decryption)
        );
        assert_eq!(
            key.decrypt_with(&Oaep::<Sha512>::new().label(b"label"), &ciphertext).err(),
            Some(Error::Decryption)
        );
        assert_eq!(key.decrypt(&ciphertext).err(), Some(Error::Decryption));

        for salt_len in [0, 1, 20, 48, 206] {
            let pss = Pss::<Sha384, Sha256>::new().salt_len(salt_len);
            let signature = key.sign_with(&pss, b"message").unwrap();
            assert_eq!(public.verify_with(&pss, b"message", &signature), Ok(()));
            assert_eq!(public.verify_with(&pss.any_salt_len(), b"message", &signature), Ok(()));
            for wrong in [salt_len + 1, salt_len.wrapping_sub(1)] {
                assert!(public.verify_with(&pss.salt_len(wrong), b"message", &signature).is_err());
            }
            assert_eq!(
                public.verify_with(&Pss::<Sha384>::new().any_salt_len(), b"message", &signature),
                Err(Error::Signature)
            );
        }
        for salt_len in [207, usize::MAX] {
            assert_eq!(key.sign_with(&Pss::<Sha384>::new().salt_len(salt_len), b""), Err(Error::KeyTooSmall));
        }

        let scheme = Pkcs1v15::<Sha512>::new();
        let signature = key.sign_with(&scheme, b"message").unwrap();
        assert_eq!(key.sign_with(&scheme, b"message").unwrap(), signature, "deterministic");
        assert_eq!(public.verify_with(&scheme, b"message", &signature), Ok(()));
        assert_eq!(
            public.verify_with(&Pkcs1v15::<Sha256>::new(), b"message", &signature),
            Err(Error::Signature)
        );
    });
}

#[test]
fn hashes_of_other_crates() {
    use sha3::digest::Digest;
    let message = b"message";
    let signature = key().sign_with(&Pss::<sha2::Sha256>::new(), message).unwrap();
    assert_eq!(public().verify(message, &signature), Ok(()), "their SHA-256 is ours");
    let scheme = Pkcs1v15::<sha1::Sha1>::new();
    let signature = key().sign_prehash(&scheme, &sha1::Sha1::digest(message)).unwrap();
    assert_eq!(public().verify_with(&scheme, message, &signature), Ok(()));
    let oaep = Oaep::<sha3::Sha3_256, sha1::Sha1>::new();
    let ciphertext = public().encrypt_with(&oaep, message).unwrap();
    assert_eq!(key().decrypt_with(&oaep, &ciphertext).unwrap().as_slice(), message);
}

#[test]
fn one_bit_changed_anywhere() {
    on_each_engine(|key| {
        let public = key.public_key();
        let (ciphertext, signature) = (public.encrypt(b"message").unwrap(), key.sign(b"message").unwrap());
        for bit in (0..2048).step_by(29) {
            let flipped = |bytes: &[u8]| {
                let mut bytes = bytes.to_vec();
                bytes[bit / 8] ^= 0x80 >> (bit % 8);
                bytes
            };
            assert_eq!(key.decrypt(&flipped(&ciphertext)).err(), Some(Error::Decryption));
            assert_eq!(public.verify(b"message", &flipped(&signature)), Err(Error::Signature));
        }
        assert_eq!(public.verify(b"another message", &signature), Err(Error::Signature));
    });
}

#[test]
fn wrong_lengths_and_numbers_out_of_range() {
    on_each_engine(|key| {
        let public = key.public_key();
        for len in (0..=258).filter(|len| *len != 256) {
            let expected = Error::Length { len, expected: 256 };
            let bytes = vec![1; len];
            assert_eq!(key.decrypt(&bytes).err(), Some(expected));
            assert_eq!(public.verify(b"", &bytes), Err(expected));
            assert_eq!(public.verify_with(&Pkcs1v15::<Sha256>::new(), b"", &bytes), Err(expected));
            assert_eq!(hazmat::decrypt_pkcs1v15(key, &bytes, 16).err(), Some(expected));
            assert_eq!(hazmat::public_op(public, &bytes).err(), Some(expected));
            assert_eq!(hazmat::private_op(key, &bytes).err(), Some(expected));
        }
        let n = BigUint::from_bytes_be(&public.modulus());
        let all_ones = BigUint::from_bytes_be(&[0xff; 256]);
        for too_large in [n.clone(), n + 1u32, all_ones] {
            let bytes = too_large.to_bytes_be();
            assert_eq!(key.decrypt(&bytes).err(), Some(Error::Decryption));
            assert_eq!(public.verify(b"", &bytes), Err(Error::Signature));
            assert_eq!(hazmat::public_op(public, &bytes).err(), Some(Error::NotReduced));
            assert_eq!(hazmat::private_op(key, &bytes).err(), Some(Error::NotReduced));
            assert_eq!(hazmat::decrypt_pkcs1v15(key, &bytes, 16).err(), Some(Error::NotReduced));
        }
        for len in [0, 31, 33, 64] {
            let expected = Error::Length { len, expected: 32 };
            assert_eq!(key.sign_prehash(&Pss::<Sha256>::new(), &vec![0; len]), Err(expected));
            assert_eq!(public.verify_prehash(&Pss::<Sha256>::new(), &vec![0; len], &[0; 256]), Err(expected));
        }
    });
}

#[test]
fn the_bare_function_on_edges() {
    on_each_engine(|key| {
        let public = key.public_key();
        let n = BigUint::from_bytes_be(&public.modulus());
        for x in [BigUint::ZERO, 1u32.into(), 2u32.into(), &n - 1u32, &n - 2u32, &n >> 1u32] {
            let mut bytes = vec![0; 256 - x.to_bytes_be().len()];
            bytes.extend(x.to_bytes_be());
            let y = hazmat::public_op(public, &bytes).unwrap();
            assert_eq!(BigUint::from_bytes_be(&y), x.modpow(&E.into(), &n));
            assert_eq!(hazmat::private_op(key, &y).unwrap().as_slice(), bytes);
        }
    });
}

#[test]
fn multiples_of_a_prime_go_through() {
    on_each_engine(|key| {
        let public = key.public_key();
        // y = p isn't a unit modulo n, and the trap door works all the same.
        let (p, _) = key.primes();
        let mut y = vec![0; 256 - p.len()];
        y.extend(p.as_slice());
        let x = hazmat::private_op(key, &y).unwrap();
        assert_eq!(hazmat::public_op(public, &x).unwrap(), y);
    });
}

#[test]
fn implicit_rejection() {
    on_each_engine(|key| {
        let public = key.public_key();
        let message = b"sixteen bytes ok";
        let ciphertext = hazmat::encrypt_pkcs1v15(public, message).unwrap();
        assert_eq!(hazmat::decrypt_pkcs1v15(key, &ciphertext, 16).unwrap().as_slice(), message);
        let other_length = hazmat::decrypt_pkcs1v15(key, &ciphertext, 15).unwrap();
        assert!(other_length.len() == 15 && other_length.as_slice() != &message[1..]);
        let mut padded = vec![0, 2];
        padded.extend([0xaa; 7]);
        padded.push(0);
        padded.resize(256, 0xbb);
        // Seven bytes of padding; a first byte of 1; no zero; block type 1.
        let mut wrong = vec![padded.clone(), vec![2; 256], vec![0xaa; 256], vec![0xaa; 256]];
        wrong[1][0] = 1;
        wrong[2][..2].copy_from_slice(&[0, 2]);
        wrong[3][..2].copy_from_slice(&[0, 1]);
        wrong[3][20] = 0;
        wrong[1][0] = 0;
        wrong[1][1] = 3;
        for encoded in wrong {
            let ciphertext = hazmat::public_op(public, &encoded).unwrap();
            let tail = |len| hazmat::decrypt_pkcs1v15(key, &ciphertext, len).unwrap();
            assert_eq!(tail(16), tail(16), "always the same");
            assert!(tail(16).as_slice() != &encoded[240..]);
            assert_eq!(tail(245).len(), 245);
            assert_eq!(tail(0).len(), 0);
        }
        let expected = Error::MessageTooLong { len: 246, max: 245 };
        assert_eq!(hazmat::decrypt_pkcs1v15(key, &ciphertext, 246).err(), Some(expected));
        assert_eq!(hazmat::encrypt_pkcs1v15(public, &[0; 246]).err(), Some(expected));
    });
}

#[test]
fn broken_public_keys() {
    let n = public().modulus();
    let even = (BigUint::from_bytes_be(&n) - 1u32).to_bytes_be();
    let size = |bits| Error::Size { bits, allowed: "2048 to 16384 bits" };
    let invalid = Error::InvalidKey;
    let too_small = BigUint::from_bytes_be(&n) >> 1u32;
    let table: [(&str, &[u8], u64, Error); 13] = [
        ("e even", &n, 4, Error::PublicExponent),
        ("e = 0", &n, 0, Error::PublicExponent),
        ("e = 1", &n, 1, Error::PublicExponent),
        ("e = 2", &n, 2, Error::PublicExponent),
        ("e = 2^33 + 1", &n, (1 << 33) + 1, Error::PublicExponent),
        ("e = 2^64 - 1", &n, u64::MAX, Error::PublicExponent),
        ("n even", &even, E, invalid("the modulus is even, or 1")),
        ("n empty", &[], E, size(0)),
        ("n zero", &[0; 256], E, size(0)),
        ("n small", &[0xff; 255], E, size(2040)),
        ("n of 2047 bits", &too_small.to_bytes_be(), E, size(2047)),
        ("n large", &[0xff; 2049], E, size(16_392)),
        ("n huge", &vec![0xff; 1 << 20], E, size(8 << 20)),
    ];
    for (name, n, e, expected) in table {
        assert_eq!(PublicKey::new(n, e), Err(expected), "{name}");
    }
    assert!(PublicKey::new(&n, 3).is_ok() && PublicKey::new(&n, (1 << 33) - 1).is_ok());
    let zeros = [&[0; 3][..], &n].concat();
    assert_eq!(PublicKey::new(&zeros, E).as_ref(), Ok(public()), "leading zeros are passed over");
    assert_eq!(public().validate(), Ok(()));
    let mersenne_prime = (BigUint::from(1u32) << 2203u32) - 1u32;
    let prime = PublicKey::new(&mersenne_prime.to_bytes_be(), E).unwrap();
    assert_eq!(prime.validate(), Err(invalid("the modulus is prime")));
    let multiple = PublicKey::new(&(BigUint::from_bytes_be(&n) * 65_521u32).to_bytes_be(), E).unwrap();
    assert_eq!(multiple.validate(), Err(invalid("the modulus has a small factor")));
}

#[test]
fn broken_private_keys() {
    let (p, q) = key().primes();
    let even = (BigUint::from_bytes_be(&p) - 1u32).to_bytes_be();
    // A prime p ≡ 1 (mod 3), for which e = 3 has no inverse: 2^1279 − 1.
    let one_mod_3 = ((BigUint::from(1u32) << 1279u32) - 1u32).to_bytes_be();
    let composite = [0xff; 128];
    let large = [0xff; 1100];
    let huge = vec![0xff; 1 << 16];
    let mersenne_prime = ((BigUint::from(1u32) << 2203u32) - 1u32).to_bytes_be();
    let table: [(&str, &[u8], &[u8], u64, &str); 17] = [
        ("e even", &p, &q, 6, "a public exponent has to be odd"),
        ("e = 1", &p, &q, 1, "a public exponent has to be odd"),
        ("e large", &p, &q, 1 << 40 | 1, "a public exponent has to be odd"),
        ("p even", &even, &q, E, "p or q is even, or 1"),
        ("q even", &p, &even, E, "p or q is even, or 1"),
        ("p = 1", &[1], &q, E, "p or q is even, or 1"),
        ("p = 0", &[0], &q, E, "p or q is even, or 1"),
        ("q empty", &p, &[], E, "p or q is even, or 1"),
        ("p = q", &p, &p, E, "p and q are equal"),
        (
            "p = 3 q",
            &(BigUint::from_bytes_be(&q) * 3u32).to_bytes_be(),
            &q,
            E,
            "p and q have a common divisor",
        ),
        ("n small", &p, &[0xff, 0xf1], E, "bits, but 2048 to 16384 bits are offered"),
        ("n large", &large, &large, E, "bits, but 2048 to 16384 bits are offered"),
        ("p huge", &huge, &q, E, "bits, but 2048 to 16384 bits are offered"),
        ("q short", &mersenne_prime, &[0xff, 0xf1], E, "less than a quarter of the modulus' bits"),
        ("p composite", &composite, &q, E, "p or q isn't prime"),
        ("q composite", &p, &composite, E, "p or q isn't prime"),
        ("e divides p - 1", &one_mod_3, &q, 3, "e has a common divisor with p - 1 or q - 1"),
    ];
    for (name, p, q, e, expected) in table {
        let error = PrivateKey::from_primes(p, q, e).unwrap_err().to_string();
        assert!(error.contains(expected), "{name}: {error}");
    }
}

#[test]
fn broken_components() {
    let n = public().modulus();
    let d = key().private_exponent();
    let number = BigUint::from_bytes_be;
    let inconsistent = Error::InvalidKey("n, e and d don't belong together");
    let range = Error::InvalidKey("d is zero or not below n");
    let plus = |x: &[u8], y: u32| (number(x) + y).to_bytes_be();
    let mersenne_prime = ((BigUint::from(1u32) << 2203u32) - 1u32).to_bytes_be();
    // d for the prime: e⁻¹ modulo n − 1, an inverse that works for n but gives no factors.
    let order = number(&mersenne_prime) - 1u32;
    let prime_d = BigUint::from(E).modinv(&order).unwrap().to_bytes_be();
    let square = number(&key().primes().0).pow(2).to_bytes_be();
    let table: [(&str, &[u8], u64, &[u8], Error); 14] = [
        ("d + 1", &n, E, &plus(&d, 1), inconsistent),
        ("d + 2", &n, E, &plus(&d, 2), inconsistent),
        ("d = 1", &n, E, &[1], inconsistent),
        ("d = 0", &n, E, &[0; 5], range),
        ("d empty", &n, E, &[], range),
        ("d = n", &n, E, &n, range),
        ("d wide", &n, E, &[0xff; 300], range),
        ("n + 2", &plus(&n, 2), E, &d, inconsistent),
        ("n + 1, even", &plus(&n, 1), E, &d, Error::InvalidKey("the modulus is even, or 1")),
        ("n prime", &mersenne_prime, E, &prime_d, inconsistent),
        ("n a square", &square, E, &d, inconsistent),
        ("e wrong", &n, 3, &d, inconsistent),
        ("e even", &n, 65_536, &d, Error::PublicExponent),
        ("n large", &[0xff; 2049], E, &d, Error::Size { bits: 16_392, allowed: "2048 to 16384 bits" }),
    ];
    for (name, n, e, d, expected) in table {
        assert_eq!(PrivateKey::from_components(n, e, d).err(), Some(expected), "{name}");
    }
}

#[test]
fn components_give_the_key_back() {
    let d = key().private_exponent();
    let (p, q) = key().primes();
    let number = BigUint::from_bytes_be;
    let order = (number(&p) - 1u32) * (number(&q) - 1u32);
    let longer = BigUint::from(E).modinv(&order).unwrap().to_bytes_be();
    // d by λ(n), d by (p − 1)(q − 1), and with zeros in front.
    for d in [d.to_vec(), longer, [&[0; 40][..], &d].concat()] {
        let loaded = PrivateKey::from_components(&public().modulus(), E, &d).unwrap();
        for engine in engines::available() {
            let again = engine::private_key(&loaded, engine);
            assert_eq!(again.public_key(), public());
            assert_eq!(number(&again.private_exponent()), number(&d));
            let (a, b) = again.primes();
            assert!((a == p && b == q) || (a == q && b == p));
            let ciphertext = public().encrypt(b"message").unwrap();
            assert_eq!(again.decrypt(&ciphertext).unwrap().as_slice(), b"message", "{engine}");
            assert_eq!(again.validate(), Ok(()), "{engine}");
        }
    }
}

#[test]
fn primes_of_unequal_length() {
    let p = oneway::prime::random_prime(1300).unwrap().declassify().to_be_bytes();
    let q = oneway::prime::random_prime(749).unwrap().declassify().to_be_bytes();
    for (p, q) in [(&p, &q), (&q, &p)] {
        let key = PrivateKey::from_primes(p, q, E).unwrap();
        let ciphertext = key.public_key().encrypt(b"message").unwrap();
        for engine in engines::available() {
            let key = engine::private_key(&key, engine);
            assert_eq!(key.decrypt(&ciphertext).unwrap().as_slice(), b"message", "{engine}");
        }
        let again =
            PrivateKey::from_components(&key.public_key().modulus(), E, &key.private_exponent()).unwrap();
        assert_eq!(again.decrypt(&ciphertext).unwrap().as_slice(), b"message");
        let (a, b) = again.primes();
        assert_eq!(PrivateKey::from_primes(&a, &b, E).unwrap().public_key(), key.public_key());
    }
}

#[test]
fn keys_from_tiny_to_odd_sizes() {
    for (p, q, e) in [(61u16, 53u16, 17), (3, 5, 3), (251, 241, 7), (65_521, 65_519, 11)] {
        let key = hazmat::small_private_key(&p.to_be_bytes(), &q.to_be_bytes(), e).unwrap();
        let k = key.public_key().size();
        for x in 0..(u32::from(p) * u32::from(q)).min(200) {
            let bytes = &x.to_be_bytes()[4 - k..];
            let y = hazmat::public_op(key.public_key(), bytes).unwrap();
            assert_eq!(hazmat::private_op(&key, &y).unwrap().as_slice(), bytes);
        }
        assert!(matches!(key.public_key().encrypt(b""), Err(Error::KeyTooSmall)));
        assert!(matches!(key.sign(b""), Err(Error::KeyTooSmall)));
        assert!(matches!(key.sign_with(&Pkcs1v15::<Sha256>::new(), b""), Err(Error::KeyTooSmall)));
        assert!(matches!(hazmat::encrypt_pkcs1v15(key.public_key(), b""), Err(Error::KeyTooSmall)));
    }
    for bits in [64, 66, 128, 510, 512, 514, 768, 1022, 1024, 1030] {
        let key = hazmat::generate_small(&mut getrandom::SysRng, bits, |_| ()).unwrap();
        assert_eq!(key.public_key().modulus_bits(), bits);
        for engine in engines::available().into_iter().filter(|_| bits > 600) {
            let key = engine::private_key(&key, engine);
            let signature = key.sign(b"message").unwrap();
            assert_eq!(key.public_key().verify(b"message", &signature), Ok(()), "{bits} bits on {engine}");
        }
    }
    for bits in [0, 1, 62, 65, 16_386, usize::MAX] {
        assert!(matches!(
            hazmat::generate_small(&mut getrandom::SysRng, bits, |_| ()),
            Err(Error::Size { .. })
        ));
    }
    for bits in [0, 512, 1024, 2047, 2049, 2050, 16_448, usize::MAX] {
        assert!(matches!(PrivateKey::generate(bits), Err(Error::Size { .. })), "{bits}");
    }
}

#[test]
fn a_source_of_randomness_that_fails() {
    let random = Some(Error::Random);
    assert_eq!(PrivateKey::generate_with(&mut Failing(0), 2048).err(), random);
    // Enough for one candidate, which is at most one prime.
    assert_eq!(PrivateKey::generate_with(&mut Failing(3_000), 2048).err(), random);
    assert_eq!(key().clone().sign_with_rng(&mut Failing(0), &Pss::<Sha256>::new(), b"").err(), random);
    assert_eq!(key().clone().sign_with_rng(&mut Failing(32), &Pss::<Sha256>::new(), b"").err(), random);
    assert_eq!(public().encrypt_with_rng(&mut Failing(31), &Oaep::<Sha256>::new(), b"").err(), random);
    let ciphertext = public().encrypt(b"").unwrap();
    assert_eq!(
        key().clone().decrypt_with_rng(&mut Failing(0), &Oaep::<Sha256>::new(), &ciphertext).err(),
        random
    );
    assert_eq!(hazmat::encrypt_pkcs1v15_rng(public(), &mut Failing(0), b"").err(), random);
    assert_eq!(oneway::prime::random_prime_with(&mut Failing(9), 256).err(), random);
}

#[test]
fn debug_shows_no_secret() {
    let text = format!("{:?}", key());
    let d = format!("{:x}", BigUint::from_bytes_be(&key().private_exponent()));
    assert!(text.contains("2048 bits") && !text.contains(&d[..16]));
    for prime in [key().primes().0, key().primes().1] {
        assert!(!text.contains(&format!("{:x}", BigUint::from_bytes_be(&prime))[..16]));
    }
}

#[test]
fn one_key_in_many_threads() {
    on_each_engine(|key| {
        let public = key.public_key();
        std::thread::scope(|scope| {
            for i in 0..4u8 {
                scope.spawn(move || {
                    for j in 0..20u8 {
                        let signature = key.sign(&[i, j]).unwrap();
                        assert_eq!(public.verify(&[i, j], &signature), Ok(()));
                    }
                });
            }
        });
    });
}

/// What one engine makes is what the others make, and what they take.
#[test]
fn engines_agree() {
    let scheme = Pkcs1v15::<Sha256>::new();
    let signature = key().sign_with(&scheme, b"message").unwrap();
    let ciphertext = hazmat::encrypt_pkcs1v15(public(), b"message").unwrap();
    let rejected = hazmat::decrypt_pkcs1v15(key(), &ciphertext, 16).unwrap();
    on_each_engine(|one| {
        assert_eq!(one.public_key(), public());
        assert_eq!(one.sign_with(&scheme, b"message").unwrap(), signature);
        assert_eq!(hazmat::decrypt_pkcs1v15(one, &ciphertext, 7).unwrap().as_slice(), b"message");
        assert_eq!(hazmat::decrypt_pkcs1v15(one, &ciphertext, 16).unwrap(), rejected);
        let (signed, encrypted) = (one.sign(b"message").unwrap(), one.public_key().encrypt(b"").unwrap());
        for engine in engines::available() {
            let other = engine::private_key(one, engine);
            let other_public = engine::public_key(one.public_key(), engine);
            assert_eq!(other_public.verify(b"message", &signed), Ok(()), "{engine}");
            assert_eq!(other_public.verify(b"another", &signed), Err(Error::Signature), "{engine}");
            assert_eq!(other.decrypt(&encrypted).unwrap().as_slice(), b"", "{engine}");
        }
    });
}

/// What FIPS 186-5 says of keys, and that this one works; its primes are new ones.
fn assert_good_key(key: &PrivateKey, bits: u64, seen: &mut HashSet<BigUint>) {
    let number = BigUint::from_bytes_be;
    let low = (BigUint::from(1u32) << (bits - 1)).sqrt();
    let (p, q) = key.primes();
    let (p, q, d) = (number(&p), number(&q), number(&key.private_exponent()));
    let n = number(&key.public_key().modulus());
    assert!(n == &p * &q && n.bits() == bits && key.public_key().exponent() == E);
    for x in [&p, &q] {
        assert!(x.bits() == bits / 2 && *x > low);
        assert_eq!(&d * E % (x - 1u32), 1u32.into());
        assert!(seen.insert(x.clone()), "a prime came twice");
    }
    let distance = if p > q { &p - &q } else { &q - &p };
    assert!(distance.bits() > bits / 2 - 100 && d.bits() > bits / 2);
    let message = n.to_bytes_be();
    assert_eq!(key.public_key().verify(&message, &key.sign(&message).unwrap()), Ok(()));
}

#[test]
fn generated_keys() {
    let count = std::env::var("ONEWAY_KEYS").map_or(50, |n| n.parse().expect("ONEWAY_KEYS is a number"));
    let mut seen = HashSet::new();
    for _ in 0..count {
        let mut primes = 0;
        let key = PrivateKey::generate_with_progress(&mut getrandom::SysRng, 2048, |progress| {
            primes += usize::from(progress == oneway::prime::Progress::Prime);
        })
        .unwrap();
        assert_eq!(primes, 2);
        assert_good_key(&key, 2048, &mut seen);
    }
    assert_eq!(seen.len(), 2 * count);
}

#[test]
fn keys_generated_on_each_engine() {
    let mut seen = HashSet::new();
    for engine in engines::available() {
        for bits in [2048, 2048, 2048, 3072] {
            let key = engine::generate_key(&mut getrandom::SysRng, bits, engine).unwrap();
            assert_good_key(&key, bits as u64, &mut seen);
            assert_eq!(key.validate(), Ok(()), "{engine}");
        }
        assert_eq!(engine::generate_key(&mut Failing(3_000), 2048, engine).err(), Some(Error::Random));
    }
    assert_eq!(seen.len(), 8 * engines::available().len());
}
