//! RSA against the vectors of the standards: RSA Laboratories' for OAEP and PSS, NIST's for PKCS #1 v1.5 and
//! PSS signatures, pyca's for OAEP with every pair of hashes, OpenSSL's for implicit rejection.
//!
//! The vectors are in `tests/vectors/rsa/`, each file headed by its source and licence; a key pair or a modulus
//! holds for the cases after it.
//!
//! A published signature or ciphertext can be made again only where its randomness can be given: the seed of
//! an OAEP encryption, the empty salt of PSS. For the salted PSS signatures the bare operations show both
//! directions: s^e gives the encoded block, and the block to the d gives s.
//!
//! All of it runs on every engine that this CPU has.

#![cfg(all(feature = "alloc", feature = "getrandom"))]

use std::collections::BTreeMap;

use oneway::hazmat::engine::{self, Engine};
use oneway::hazmat::rsa::{decrypt_pkcs1v15, private_op, public_op, small_private_key};
use oneway::rsa::{Oaep, Pkcs1v15, PrivateKey, Pss, PublicKey};
use oneway::{Error, Result};
use sha1::Sha1;

mod engines;
mod generators;
mod vectors;

use generators::Fixed;
use vectors::{Block, spoiled, with_hash};

/// Calls a test for one engine after the other.
fn on_each_engine(test: impl Fn(Engine)) {
    for engine in engines::available() {
        println!("on the engine {engine}");
        test(engine);
    }
}

// ---- the files ----

/// Runs `check` on every case of a file of `tests/vectors/rsa/`, with the key that `load` makes of the key block before
/// it, on an engine. Gives the number of keys and of cases.
fn run<K>(
    file: &'static str,
    engine: Engine,
    load: impl Fn(&Block, Engine) -> K,
    check: impl FnMut(&K, &Block),
) -> (usize, usize) {
    vectors::run(file, |block| load(block, engine), check)
}

/// A short number.
fn number(block: &Block, key: &str) -> u64 {
    block.bytes(key).iter().fold(0, |sum, &byte| (sum << 8) | u64::from(byte))
}

/// A key of the RSA Laboratories: 1024 to 2048 bits.
fn small_key(block: &Block, engine: Engine) -> PrivateKey {
    let key = small_private_key(&block.bytes("p"), &block.bytes("q"), number(block, "e"));
    engine::private_key(&key.expect("a key that loads"), engine)
}

/// A key of 2048 bits and more, out of its primes.
fn key(block: &Block, engine: Engine) -> PrivateKey {
    let key = PrivateKey::from_primes(&block.bytes("p"), &block.bytes("q"), number(block, "e"));
    engine::private_key(&key.expect("a key that loads"), engine)
}

/// A public key.
fn public_key(block: &Block, engine: Engine) -> PublicKey {
    let key = PublicKey::new(&block.bytes("n"), number(block, "e"));
    engine::public_key(&key.expect("a public key that loads"), engine)
}

// ---- OAEP ----

#[test]
fn oaep_of_rsa_laboratories() {
    on_each_engine(|engine| {
        let scheme = Oaep::<Sha1>::new();
        let seen = run("rsa/oaep_rsa_labs.txt", engine, small_key, |key, case| {
            let (msg, ct) = (case.bytes("msg"), case.bytes("ct"));
            let at = case.place();
            let mut seed = Fixed(case.bytes("seed"));
            let encrypted = key.public_key().encrypt_with_rng(&mut seed, &scheme, &msg);
            assert_eq!(encrypted.as_deref(), Ok(&ct[..]), "{at}: encryption with the seed of the vector");
            assert!(seed.0.is_empty(), "{at}: encryption draws the seed and nothing else");
            let decrypted = key.decrypt_with(&scheme, &ct).unwrap_or_else(|error| panic!("{at}: {error}"));
            assert_eq!(*decrypted, msg, "{at}: decryption");
            let last = ct.len() - 1;
            let refused = key.decrypt_with(&scheme, &spoiled(&ct, last)).map(|_| ());
            assert_eq!(refused, Err(Error::Decryption), "{at}: a spoiled ciphertext");
        });
        assert_eq!(seen, (10, 60), "keys and cases");
    });
}

#[test]
fn oaep_with_every_pair_of_hashes() {
    on_each_engine(|engine| {
        let mut pairs = BTreeMap::new();
        let seen = run("rsa/oaep_hashes.txt", engine, key, |key, case| {
            let (hash, mgf) = (case.text("hash"), case.text("mgf"));
            let label = if case.has("label") { case.bytes("label") } else { Vec::new() };
            *pairs.entry((hash.to_owned(), mgf.to_owned())).or_insert(0) += 1;
            let decrypt = |label: &[u8]| {
                with_hash!(hash, D => with_hash!(mgf, M => {
                    key.decrypt_with(&Oaep::<D, M>::new().label(label), &case.bytes("ct"))
                }))
            };
            let at = format!("{}, {hash} with {mgf}", case.place());
            let msg = decrypt(&label).unwrap_or_else(|error| panic!("{at}: {error}"));
            assert_eq!(*msg, case.bytes("msg"), "{at}");
            assert_eq!(decrypt(b"another label").map(|_| ()), Err(Error::Decryption), "{at}: another label");
        });
        assert_eq!(seen, (97, 97), "keys and cases");
        assert_eq!(pairs.len(), 24, "pairs of hashes");
        assert!(pairs.values().all(|&cases| cases >= 4), "cases of each pair: {pairs:?}");
    });
}

// ---- PSS ----

#[test]
fn pss_of_rsa_laboratories() {
    on_each_engine(|engine| {
        let seen = run("rsa/pss_rsa_labs.txt", engine, small_key, |key, case| {
            let (msg, sig) = (case.bytes("msg"), case.bytes("sig"));
            let (public, at) = (key.public_key(), case.place());
            let salt_len = case.bytes("salt").len();
            let verdict = |scheme: &Pss<Sha1>, msg: &[u8], sig: &[u8]| public.verify_with(scheme, msg, sig);
            let scheme = Pss::<Sha1>::new();
            assert_eq!(verdict(&scheme, &msg, &sig), Ok(()), "{at}");
            assert_eq!(
                verdict(&scheme.salt_len(salt_len), &msg, &sig),
                Ok(()),
                "{at}: the salt's length given"
            );
            assert_eq!(verdict(&scheme.any_salt_len(), &msg, &sig), Ok(()), "{at}: any salt length");
            let shorter = scheme.salt_len(salt_len - 1);
            assert_eq!(verdict(&shorter, &msg, &sig), Err(Error::Signature), "{at}: another salt length");
            assert_eq!(verdict(&scheme, b"another", &sig), Err(Error::Signature), "{at}: another message");
            assert_there_and_back(key, &sig, &at);
            let own = key.sign_with(&scheme, &msg).unwrap_or_else(|error| panic!("{at}: {error}"));
            assert_eq!(verdict(&scheme, &msg, &own), Ok(()), "{at}: a signature of our own");
        });
        assert_eq!(seen, (10, 60), "keys and cases");
    });
}

/// The block that the signature encodes, to the private exponent, is the signature.
fn assert_there_and_back(key: &PrivateKey, sig: &[u8], at: &str) {
    let block = public_op(key.public_key(), sig).unwrap_or_else(|error| panic!("{at}: {error}"));
    let signed = private_op(key, &block).unwrap_or_else(|error| panic!("{at}: {error}"));
    assert_eq!(*signed, sig, "{at}: the bare private operation");
}

fn verify_pss(key: &PublicKey, case: &Block, salt_len: usize) -> Result<()> {
    with_hash!(case.text("hash"), D => {
        key.verify_with(&Pss::<D>::new().salt_len(salt_len), &case.bytes("msg"), &case.bytes("sig"))
    })
}

fn verify_pkcs1v15(key: &PublicKey, case: &Block) -> Result<()> {
    with_hash!(case.text("hash"), D => {
        key.verify_with(&Pkcs1v15::<D>::new(), &case.bytes("msg"), &case.bytes("sig"))
    })
}

#[test]
fn pss_of_nist() {
    on_each_engine(|engine| {
        let seen = run("rsa/pss_siggen.txt", engine, public_key, |key, case| {
            let at = case.place();
            assert_eq!(verify_pss(key, case, 0), Ok(()), "{at}");
            assert_eq!(verify_pss(key, case, 1), Err(Error::Signature), "{at}: another salt length");
        });
        assert_eq!(seen, (2, 100), "keys and cases");
    });
}

#[test]
fn pss_of_nist_spoiled() {
    on_each_engine(|engine| {
        let verify = |key: &PublicKey, case: &Block| verify_pss(key, case, case.bytes("salt").len());
        assert_spoiled_file("rsa/pss_sigver.txt", engine, verify, |key, case| {
            assert_there_and_back(key, &case.bytes("sig"), &case.place());
        });
    });
}

// ---- PKCS #1 v1.5 ----

#[test]
fn pkcs1v15_of_nist() {
    on_each_engine(|engine| {
        let seen = run("rsa/pkcs1v15_siggen.txt", engine, public_key, |key, case| {
            assert_eq!(verify_pkcs1v15(key, case), Ok(()), "{}", case.place());
        });
        assert_eq!(seen, (2, 100), "keys and cases");
    });
}

#[test]
fn pkcs1v15_of_nist_spoiled() {
    on_each_engine(|engine| {
        assert_spoiled_file("rsa/pkcs1v15_sigver.txt", engine, verify_pkcs1v15, |key, case| {
            let made = with_hash!(case.text("hash"), D => {
                key.sign_with(&Pkcs1v15::<D>::new(), &case.bytes("msg"))
            });
            assert_eq!(made, Ok(case.bytes("sig")), "{}: the signature made again", case.place());
        });
    });
}

/// NIST's verification files: six moduli, each with five hashes and each of these with six cases, one good
/// and five spoiled. Every case has its own public exponent, so every case has its own key; the private key
/// is there for the good ones alone, as a changed exponent needn't have an inverse.
fn assert_spoiled_file(
    file: &'static str,
    engine: Engine,
    verify: impl Fn(&PublicKey, &Block) -> Result<()>,
    sign_again: impl Fn(&PrivateKey, &Block),
) {
    let mut results = BTreeMap::new();
    let own = |block: &Block, _| ["n", "p", "q"].map(|number| block.bytes(number));
    let seen = run(file, engine, own, |[n, p, q], case| {
        let (e, at) = (number(case, "e"), case.place());
        let public = PublicKey::new(n, e).unwrap_or_else(|error| panic!("{at}: {error}"));
        let public = engine::public_key(&public, engine);
        let result = case.text("result");
        let wanted = if result == "P" { Ok(()) } else { Err(Error::Signature) };
        assert_eq!(verify(&public, case), wanted, "{at}: {result}");
        if result == "P" {
            let key = PrivateKey::from_primes(p, q, e).unwrap_or_else(|error| panic!("{at}: {error}"));
            sign_again(&engine::private_key(&key, engine), case);
        }
        *results.entry(result.to_owned()).or_insert(0) += 1;
    });
    assert_eq!(seen, (6, 180), "{file}: moduli and cases");
    assert_eq!(results.into_values().collect::<Vec<_>>(), [30; 6], "{file}: cases of each kind");
}

/// The length of the message in most of the blocks whose padding is spoiled: "lorem ipsum".
const OFTEN_HIDDEN: usize = 11;

/// A valid ciphertext gives its message. An invalid one gives as many bytes as were asked for, always the
/// same; which bytes isn't asked here, as the way they're derived is no part of the contract.
#[test]
fn pkcs1v15_decryption_with_implicit_rejection() {
    on_each_engine(|engine| {
        let (mut valid, mut invalid) = (0, 0);
        let load = |block: &Block, engine| {
            let key = PrivateKey::from_components(&block.bytes("n"), number(block, "e"), &block.bytes("d"));
            engine::private_key(&key.expect("a key that loads"), engine)
        };
        let seen = run("rsa/implicit_rejection.txt", engine, load, |key, case| {
            let (ct, at) = (case.bytes("ct"), case.place());
            let decrypt =
                |len| decrypt_pkcs1v15(key, &ct, len).unwrap_or_else(|error| panic!("{at}: {error}"));
            if case.has("msg") {
                valid += 1;
                let msg = case.bytes("msg");
                assert_eq!(*decrypt(msg.len()), msg, "{at}");
                assert_ne!(decrypt(msg.len() - 1)[..], msg[1..], "{at}: one byte less asked for");
            } else {
                invalid += 1;
                let block = private_op(key, &ct).unwrap_or_else(|error| panic!("{at}: {error}"));
                let synthetic = case.bytes("synthetic");
                assert_eq!(*decrypt(synthetic.len()), synthetic, "{at}: OpenSSL rejects with the same bytes");
                for len in [synthetic.len(), OFTEN_HIDDEN, 32] {
                    let bytes = decrypt(len);
                    assert_eq!(bytes.len(), len, "{at}");
                    assert_eq!(*decrypt(len), *bytes, "{at}: twice");
                    assert!(len < 4 || !block.ends_with(&bytes), "{at}: the end of the padded block");
                }
            }
            assert_lengths_are_refused(key, &ct, &at);
        });
        assert_eq!(seen, (3, 28), "keys and cases");
        assert_eq!((valid, invalid), (10, 18), "valid and invalid ciphertexts");
    });
}

/// A ciphertext is as long as the modulus: OpenSSL lets leading zeros be left out, we don't.
fn assert_lengths_are_refused(key: &PrivateKey, ct: &[u8], at: &str) {
    let longer: Vec<u8> = [&[0], ct].concat();
    for wrong in [&ct[1..], &longer] {
        assert!(decrypt_pkcs1v15(key, wrong, 11).is_err(), "{at}: a ciphertext of {} bytes", wrong.len());
    }
    let longest = ct.len() - 11;
    assert!(decrypt_pkcs1v15(key, ct, longest).is_ok(), "{at}: as many bytes as fit");
    assert!(decrypt_pkcs1v15(key, ct, longest + 1).is_err(), "{at}: more bytes than fit");
}
