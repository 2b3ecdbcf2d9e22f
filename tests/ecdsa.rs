//! ECDSA against the vectors of RFC 6979 and of NIST, and hedged signatures against a computation of their own.
//!
//! The vectors are in `tests/vectors/ecdsa/`, each file headed by its source and licence. The draft that hedged
//! signatures come from has no vectors, so their nonces are computed again here, in the plainest way: `HMAC_DRBG`
//! written out on the crates hmac and sha2, and the signature's numbers by num-bigint.
//!
//! All of it runs on every engine that this CPU has.

use std::collections::BTreeMap;

use digest::block_api::BlockSizeUser;
use hmac::{KeyInit, Mac, SimpleHmac};
use num_bigint::BigUint;
use oneway::Error;
use oneway::ecdsa::{Curve, P256, P384, P521, Signature, SigningKey, VerifyingKey};
use oneway::hash::digest::{self, Digest};
use oneway::hazmat::engine::{self, Engine};
use signature::hazmat::{PrehashSigner, PrehashVerifier, RandomizedPrehashSigner};
use signature::{RandomizedSigner, SignatureEncoding, Signer, Verifier};

#[path = "engines/curves.rs"]
mod engines;
mod generators;
mod schoolbook;
mod vectors;

use generators::{Failing, Fixed};
use schoolbook::{Numbers, Schoolbook};
use vectors::{Block, run, spoiled, with_curve, with_hash};

fn signing_key<C: Curve>(engine: Engine, d: &[u8]) -> SigningKey<C> {
    engine::signing_key(&SigningKey::from_bytes(d).expect("a private key"), engine)
}

/// The key of a case's coordinates x and y.
fn verifying_key<C: Curve>(engine: Engine, case: &Block) -> oneway::Result<VerifyingKey<C>> {
    let sec1 = [vec![4], case.bytes("x"), case.bytes("y")].concat();
    VerifyingKey::from_bytes(&sec1).map(|key| engine::verifying_key(&key, engine))
}

/// A case's numbers r and s.
fn signature<C: Curve>(case: &Block) -> Signature<C> {
    Signature::from_bytes(&[case.bytes("r"), case.bytes("s")].concat()).expect("a signature in range")
}

/// `sign` and the other ways to sign a message that give the same signature.
fn assert_signs<C: Curve>(key: &SigningKey<C>, msg: &[u8], expected: &Signature<C>, at: &str) {
    let hash = C::Hash::digest(msg);
    assert_eq!(key.sign(msg), *expected, "{at}: sign");
    assert_eq!(key.sign_prehash(&hash), Ok(*expected), "{at}: sign_prehash");
    assert_eq!(Signer::try_sign(key, msg).ok(), Some(*expected), "{at}: the trait Signer");
    assert_eq!(
        PrehashSigner::sign_prehash(key, &hash).ok(),
        Some(*expected),
        "{at}: the trait PrehashSigner"
    );
}

/// The signature verifies, also as DER and with n − s, and it doesn't for another message, hash, key or number.
fn assert_verifies<C: Curve, D: Digest>(
    key: &VerifyingKey<C>,
    msg: &[u8],
    signature: &Signature<C>,
    at: &str,
) {
    let hash = D::digest(msg);
    assert_eq!(key.verify_with::<D>(msg, signature), Ok(()), "{at}");
    // A hash that's short for the curve is taken where the message is hashed, and else refused.
    let (len, min) = (hash.len(), signature.to_bytes().len() / 4);
    let short = (len < min).then_some(Error::HashTooShort { len, min });
    assert_eq!(key.verify_prehash(&hash, signature), short.map_or(Ok(()), Err), "{at}: the hash");
    assert_eq!(
        PrehashVerifier::verify_prehash(key, &hash, signature).is_ok(),
        short.is_none(),
        "{at}: the trait PrehashVerifier"
    );
    assert_eq!(Signature::from_der(&signature.to_der()).as_ref(), Ok(signature), "{at}: DER");
    assert_eq!(
        SignatureEncoding::to_bytes(signature),
        signature.to_bytes(),
        "{at}: the trait SignatureEncoding"
    );

    let other_s = if signature.is_low_s() { *signature } else { signature.normalized() };
    assert_eq!(key.verify_with::<D>(msg, &other_s), Ok(()), "{at}: normalized");
    assert!(other_s.is_low_s(), "{at}: normalized");

    let longer = [msg, b"\0"].concat();
    assert_eq!(key.verify_with::<D>(&longer, signature), Err(Error::Signature), "{at}: another message");
    assert_eq!(
        key.verify_prehash(&spoiled(&hash, 0), signature),
        Err(short.unwrap_or(Error::Signature)),
        "{at}: another hash"
    );
    let fixed = signature.to_bytes();
    for at_byte in [fixed.len() / 2 - 1, fixed.len() - 1] {
        let other = Signature::from_bytes(&spoiled(&fixed, at_byte)).expect("a signature in range");
        assert_eq!(key.verify_with::<D>(msg, &other), Err(Error::Signature), "{at}: a spoiled signature");
    }
}

#[test]
fn rfc_6979() {
    for engine in engines::available() {
        let own = |block: &Block| {
            (block.text("curve").to_owned(), block.bytes("d"), [block.bytes("x"), block.bytes("y")])
        };
        let seen = run("ecdsa/rfc6979.txt", own, |(curve, d, [x, y]), case| {
            let (msg, name, at) =
                (case.bytes("msg"), case.text("hash"), format!("{engine}, {curve}, {}", case.place()));
            with_curve!(&**curve, C => {
                let key = signing_key::<C>(engine, d);
                assert_eq!(key.verifying_key().to_bytes()[1..], [&x[..], y].concat(), "{at}: the public key");
                let expected = signature::<C>(case);
                with_hash!(name, D => {
                    assert_eq!(key.sign_with::<D>(&msg), expected, "{at}");
                    assert_verifies::<C, D>(key.verifying_key(), &msg, &expected, &at);
                });
                if name == own_hash(curve) {
                    assert_signs(&key, &msg, &expected, &at);
                    assert_eq!(key.verifying_key().verify(&msg, &expected), Ok(()), "{at}: verify");
                    assert!(Verifier::verify(key.verifying_key(), &msg, &expected).is_ok(), "{at}: the trait");
                }
            });
        });
        assert_eq!(seen, (3, 30), "keys and cases");
    }
}

/// The hash that belongs to a curve.
fn own_hash(curve: &str) -> &'static str {
    match curve {
        "P-256" => "sha256",
        "P-384" => "sha384",
        _ => "sha512",
    }
}

fn curve(block: &Block) -> String {
    block.text("curve").to_owned()
}

fn curve_and_hash(block: &Block) -> [String; 2] {
    ["curve", "hash"].map(|key| block.text(key).to_owned())
}

#[test]
fn key_pairs_of_nist() {
    for engine in engines::available() {
        let seen = run("ecdsa/key_pair.txt", curve, |curve, case| {
            with_curve!(&**curve, C => {
                let (d, at) = (case.bytes("d"), case.place());
                let key = signing_key::<C>(engine, &d);
                assert_eq!(*key.to_bytes(), d, "{at}");
                assert_eq!(Ok(key.verifying_key().clone()), verifying_key(engine, case), "{at}: {curve}");
                let agreement = oneway::ecdh::PrivateKey::<C>::from_bytes(&d).expect("a private key");
                let agreement = engine::agreement_key(&agreement, engine);
                assert_eq!(agreement.public_key().to_bytes(), key.verifying_key().to_bytes(), "{at}: {curve}");
            });
        });
        assert_eq!(seen, (3, 30), "curves and cases");
    }
}

#[test]
fn public_keys_of_nist() {
    let mut results = BTreeMap::new();
    let seen = run("ecdsa/public_key.txt", curve, |curve, case| {
        with_curve!(&**curve, C => {
            let (x, y, at) = (case.bytes("x"), case.bytes("y"), case.place());
            let sec1 = [&[4], &x[..], &y].concat();
            let key = VerifyingKey::<C>::from_bytes(&sec1);
            let bytes = C::numbers().bytes;
            match case.text("result") {
                "P (0)" => {
                    let key = key.unwrap_or_else(|error| panic!("{at}: {error}"));
                    assert_eq!(key.to_bytes(), sec1, "{at}");
                    let compressed = [&[2 + (y[bytes - 1] & 1)], &x[..]].concat();
                    assert_eq!(key.to_compressed_bytes(), compressed, "{at}");
                    assert_eq!(VerifyingKey::from_bytes(&compressed), Ok(key), "{at}");
                }
                _ if x.len() > bytes || y.len() > bytes => {
                    assert!(matches!(key, Err(Error::Length { .. })), "{at}: {key:?}");
                }
                _ => assert!(matches!(key, Err(Error::InvalidKey(_))), "{at}: {key:?}"),
            }
            let agreement = oneway::ecdh::PublicKey::<C>::from_bytes(&sec1).map(|key| key.to_bytes());
            assert_eq!(agreement, VerifyingKey::<C>::from_bytes(&sec1).map(|key| key.to_bytes()), "{at}: ECDH");
        });
        *results.entry(case.text("result").to_owned()).or_insert(0) += 1;
    });
    assert_eq!(seen, (3, 36), "curves and cases");
    let expected =
        [("F (1 - Q_x or Q_y out of range)", 12), ("F (2 - Point not on curve)", 12), ("P (0)", 12)];
    assert_eq!(
        results,
        expected.map(|(name, cases)| (name.to_owned(), cases)).into(),
        "cases of each result"
    );
}

#[test]
fn signatures_of_nist() {
    for engine in engines::available() {
        let seen = run("ecdsa/siggen.txt", curve_and_hash, |[curve, hash], case| {
            let (msg, at) = (case.bytes("msg"), format!("{engine}, {curve}, {hash}, {}", case.place()));
            with_curve!(&**curve, C => with_hash!(&**hash, D => {
                let key = signing_key::<C>(engine, &case.bytes("d"));
                assert_eq!(Ok(key.verifying_key().clone()), verifying_key(engine, case), "{at}: the public key");
                assert_verifies::<C, D>(key.verifying_key(), &msg, &signature(case), &at);
                let own = key.sign_with::<D>(&msg);
                assert_verifies::<C, D>(key.verifying_key(), &msg, &own, &at);
            }));
        });
        assert_eq!(seen, (15, 45), "curves with hashes, and cases");
    }
}

#[test]
fn signatures_of_nist_spoiled() {
    for engine in engines::available() {
        let mut results = BTreeMap::new();
        let seen = run("ecdsa/sigver.txt", curve_and_hash, |[curve, hash], case| {
            let (msg, result) = (case.bytes("msg"), case.text("result"));
            let wanted = if result == "P (0)" { Ok(()) } else { Err(Error::Signature) };
            let verdict = with_curve!(&**curve, C => with_hash!(&**hash, D => {
                let key = verifying_key::<C>(engine, case).expect("a point of the curve");
                key.verify_with::<D>(&msg, &signature(case))
            }));
            assert_eq!(verdict, wanted, "{engine}, {curve}, {hash}, {}: {result}", case.place());
            *results.entry(result.to_owned()).or_insert(0) += 1;
        });
        assert_eq!(seen, (15, 150), "curves with hashes, and cases");
        assert_eq!(results.into_values().collect::<Vec<_>>(), [30; 5], "cases of each result");
    }
}

// ---- hashes from outside ----

/// Half of the curve's bytes is the least. Shorter ones are refused when signing and verifying, in every way to do so; and
/// of an empty one there's a signature that anybody can make, which isn't taken.
fn short_hashes<C: Numbers>(min: usize) {
    let numbers = C::numbers();
    let key = SigningKey::<C>::from_bytes(&[1].repeat(numbers.bytes)).expect("a private key");
    let public = key.verifying_key();
    let rng = || Fixed(vec![0x77; numbers.bytes]);
    for len in 0..70 {
        let hash = vec![0x5a; len];
        if len >= min {
            let signature = key.sign_prehash(&hash).expect("a hash that's long enough");
            assert_eq!(public.verify_prehash(&hash, &signature), Ok(()), "{len}");
            assert_eq!(PrehashSigner::sign_prehash(&key, &hash).ok(), Some(signature), "{len}");
            assert!(PrehashVerifier::verify_prehash(public, &hash, &signature).is_ok(), "{len}");
            assert!(key.sign_prehash_hedged(&mut rng(), &hash).is_ok(), "{len}");
            continue;
        }
        let short = Error::HashTooShort { len, min };
        let signature = key.sign(b"a message");
        assert_eq!(key.sign_prehash(&hash), Err(short));
        assert_eq!(key.sign_prehash_hedged(&mut rng(), &hash), Err(short));
        assert!(PrehashSigner::sign_prehash(&key, &hash).is_err(), "{len}");
        assert!(RandomizedPrehashSigner::sign_prehash_with_rng(&key, &mut rng(), &hash).is_err(), "{len}");
        assert_eq!(public.verify_prehash(&hash, &signature), Err(short));
        assert!(PrehashVerifier::verify_prehash(public, &hash, &signature).is_err(), "{len}");
    }

    // (r, r/2) with r the x of 2·Q: made without the private key, and right for z = 0.
    let q = public.to_bytes();
    let (x, y) = q[1..].split_at(numbers.bytes);
    let point = Some((BigUint::from_bytes_be(x), BigUint::from_bytes_be(y)));
    let two = BigUint::from(2u32);
    let r = numbers.mul(&two, &point).expect("a point that isn't infinity").0 % &numbers.n;
    let s = &r * two.modinv(&numbers.n).expect("n is odd") % &numbers.n;
    let forged =
        Signature::<C>::from_bytes(&[numbers.fixed(&r), numbers.fixed(&s)].concat()).expect("in range");
    assert_eq!(public.verify_prehash(&vec![0; min], &forged), Ok(()), "it's a forgery of zero");
    assert_eq!(public.verify_prehash(b"", &forged), Err(Error::HashTooShort { len: 0, min }));
}

#[test]
fn hashes_that_are_too_short() {
    short_hashes::<P256>(16);
    short_hashes::<P384>(24);
    short_hashes::<P521>(33);
    let error = Error::HashTooShort { len: 20, min: 24 };
    assert_eq!(error.to_string(), "a hash of 20 bytes, but this curve takes none of less than 24");
}

/// Each of the two forms names the other one's function, and what's damaged is told as such.
fn forms<C: Numbers>() {
    let key = SigningKey::<C>::from_bytes(&[1].repeat(C::numbers().bytes)).expect("a private key");
    let signature = key.sign(b"a message");
    let (der, fixed) = (signature.to_der(), signature.to_bytes());
    let error = Signature::<C>::from_bytes(&der).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a signature in DER (for `from_der`), not r and s as bytes of fixed length"
    );
    assert_eq!(Signature::<C>::try_from(&der[..]), Err(error));
    assert_eq!(
        Signature::<C>::from_der(&fixed).unwrap_err().to_string(),
        "r and s as bytes of fixed length (for `from_bytes`), not a signature in DER"
    );
    let expected = fixed.len();
    assert_eq!(Signature::<C>::from_bytes(&fixed[1..]), Err(Error::Length { len: expected - 1, expected }));
    assert!(matches!(Signature::<C>::from_der(&der[..expected]), Err(Error::Malformed { .. })));
    assert!(matches!(Signature::<C>::from_der(&fixed[1..]), Err(Error::Malformed { .. })));
}

#[test]
fn signatures_in_the_other_form() {
    forms::<P256>();
    forms::<P384>();
    forms::<P521>();
}

// ---- hedged signatures ----

fn hmac<D: Digest + BlockSizeUser>(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = SimpleHmac::<D>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

/// A string of bits as a number: the leftmost ones, as many as n has.
fn bits_to_number(bytes: &[u8], n: &BigUint) -> BigUint {
    let excess = (8 * bytes.len() as u64).saturating_sub(n.bits());
    BigUint::from_bytes_be(bytes) >> excess
}

/// The nonce of the draft: RFC 6979, section 3.2, with the noise in the steps d and f.
fn hedged_nonce<D: Digest + BlockSizeUser>(
    numbers: &Schoolbook,
    x: &[u8],
    hash: &[u8],
    noise: &[u8],
) -> BigUint {
    let n = &numbers.n;
    let h = numbers.fixed(&(bits_to_number(hash, n) % n));
    let (hash_len, block_len) = (<D as Digest>::output_size(), D::block_size());
    let to_block = |bytes: Vec<u8>| {
        let len = bytes.len().next_multiple_of(block_len);
        [bytes.clone(), vec![0; len - bytes.len()]].concat()
    };
    let (mut k, mut v) = (vec![0; hash_len], vec![1; hash_len]);
    for step in 0..2 {
        let first = to_block([&v[..], &[step], noise].concat());
        k = hmac::<D>(&k, &[&first, &to_block(x.to_vec()), &h]);
        v = hmac::<D>(&k, &[&v]);
    }
    loop {
        let mut t = Vec::new();
        while 8 * (t.len() as u64) < n.bits() {
            v = hmac::<D>(&k, &[&v]);
            t.extend(&v);
        }
        let nonce = bits_to_number(&t, n);
        if nonce != BigUint::ZERO && nonce < *n {
            return nonce;
        }
        k = hmac::<D>(&k, &[&v, &[0]]);
        v = hmac::<D>(&k, &[&v]);
    }
}

/// The signature with that nonce: r ‖ s.
fn signature_with_nonce(numbers: &Schoolbook, x: &[u8], hash: &[u8], nonce: &BigUint) -> Vec<u8> {
    let n = &numbers.n;
    let r = numbers.mul(nonce, &numbers.g).expect("a point that isn't infinity").0 % n;
    let sum = bits_to_number(hash, n) + &r * BigUint::from_bytes_be(x);
    let s = nonce.modinv(n).expect("n is a prime") * sum % n;
    [numbers.fixed(&r), numbers.fixed(&s)].concat()
}

/// The same hash twice: ours, and the one of the crate sha2.
fn hedged<C: Numbers, D, Foreign>()
where
    D: Digest + BlockSizeUser + Clone,
    Foreign: Digest + BlockSizeUser,
{
    let numbers = C::numbers();
    let mut x = vec![0x5a; numbers.bytes];
    x[0] = 1;
    let key = SigningKey::<C>::from_bytes(&x).expect("a private key");
    let patterns: [&dyn Fn(usize) -> u8; 3] = [&|_| 0, &|_| 0xff, &|i| (i * 37 + 11) as u8];
    let mut all = vec![key.sign_with::<D>(b"a message")];
    for pattern in patterns {
        let noise: Vec<u8> = (0..numbers.bytes).map(pattern).collect();
        for msg in [&b""[..], b"a message"] {
            let hash = Foreign::digest(msg);
            let nonce = hedged_nonce::<Foreign>(&numbers, &x, &hash, &noise);
            let expected = signature_with_nonce(&numbers, &x, &hash, &nonce);
            let expected = Signature::from_bytes(&expected).expect("a signature in range");
            for engine in engines::available() {
                let key = engine::signing_key(&key, engine);
                let mut rng = Fixed(noise.clone());
                let signed = key.sign_hedged_with::<D, _>(&mut rng, msg).expect("a generator that works");
                assert_eq!(signed, expected, "{engine}, noise {noise:02x?}, {msg:?}");
                assert!(rng.0.is_empty(), "as much noise as n has bytes, and no more");
                assert_verifies::<C, D>(key.verifying_key(), msg, &signed, "hedged");
            }
            all.push(expected);
        }
    }
    for (i, a) in all.iter().enumerate() {
        assert!(all[i + 1..].iter().all(|b| a != b), "other noise or another message, another signature");
    }
}

#[test]
fn hedged_signatures() {
    hedged::<P256, oneway::hash::Sha256, sha2::Sha256>();
    hedged::<P256, oneway::hash::Sha512, sha2::Sha512>();
    hedged::<P384, oneway::hash::Sha224, sha2::Sha224>();
    hedged::<P384, oneway::hash::Sha384, sha2::Sha384>();
    hedged::<P521, oneway::hash::Sha256, sha2::Sha256>();
    hedged::<P521, oneway::hash::Sha512, sha2::Sha512>();
}

/// The other ways to make a hedged signature are the same, and a generator's failure is an error.
fn hedged_in_other_ways<C: Numbers>() {
    let bytes = C::numbers().bytes;
    let key = SigningKey::<C>::from_bytes(&[1].repeat(bytes)).expect("a private key");
    let (msg, hash) = (b"a message", C::Hash::digest(b"a message"));
    let rng = || Fixed(vec![0x77; bytes]);
    let expected = key.sign_hedged_with::<C::Hash, _>(&mut rng(), msg);
    assert_eq!(key.sign_hedged(&mut rng(), msg), expected);
    assert_eq!(key.sign_prehash_hedged(&mut rng(), &hash), expected);
    let expected = expected.ok();
    assert_eq!(RandomizedSigner::try_sign_with_rng(&key, &mut rng(), msg).ok(), expected);
    assert_eq!(RandomizedPrehashSigner::sign_prehash_with_rng(&key, &mut rng(), &hash).ok(), expected);

    assert_eq!(key.sign_hedged(&mut Failing, msg), Err(Error::Random));
    assert_eq!(key.sign_hedged_with::<sha2::Sha256, _>(&mut Failing, msg), Err(Error::Random));
    assert_eq!(key.sign_prehash_hedged(&mut Failing, &hash), Err(Error::Random));
    assert!(RandomizedSigner::try_sign_with_rng(&key, &mut Failing, msg).is_err());
    assert!(RandomizedPrehashSigner::sign_prehash_with_rng(&key, &mut Failing, &hash).is_err());
}

#[test]
fn hedged_signatures_in_other_ways() {
    hedged_in_other_ways::<P256>();
    hedged_in_other_ways::<P384>();
    hedged_in_other_ways::<P521>();
}

/// The computation without noise is RFC 6979's: the scaffold is right where there are vectors.
#[test]
fn nonces_without_noise_are_those_of_rfc_6979() {
    let key = SigningKey::<P256>::from_bytes(&[3; 32]).expect("a private key");
    let (numbers, hash) = (P256::numbers(), sha2::Sha256::digest(b"sample"));
    let h = numbers.fixed(&(BigUint::from_bytes_be(&hash) % &numbers.n));
    let (mut k, mut v) = (vec![0; 32], vec![1; 32]);
    for step in 0..2 {
        k = hmac::<sha2::Sha256>(&k, &[&v, &[step], &[3; 32], &h]);
        v = hmac::<sha2::Sha256>(&k, &[&v]);
    }
    let nonce = BigUint::from_bytes_be(&hmac::<sha2::Sha256>(&k, &[&v]));
    assert_eq!(key.sign(b"sample").to_bytes(), signature_with_nonce(&numbers, &[3; 32], &hash, &nonce));
}
