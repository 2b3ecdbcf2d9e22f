//! oneway: a column for each engine that this CPU has, and one more for what has no engine to force.

use getrandom::SysRng;
use oneway::bignum::Modulus;
use oneway::hash::{Hmac, Sha256, Sha512, digest::Digest};
use oneway::hazmat::engine::{self, Engine};
use oneway::rsa::{Pkcs1v15, PrivateKey};
use oneway::trust::{Certificate, Policy, Purpose, Time, TrustStore, Verifier};
use oneway::{ecdh, ecdsa, ed25519, prime};

use crate::race::Entry;
use crate::rows::{
    Curve, Fixtures, Function, MAC_KEY, MESSAGE, Op, Padding, TIME, batch_verification, nat, on_curve,
    on_nist_curve,
};

/// The column of rows in which no engine is forced.
pub(crate) const NAME: &str = "oneway";

const PRIVATE: &str = "blinded (the factor is kept and squared), CRT, checked with e; hash and padding";

/// An entry with its column.
pub(crate) fn enter(op: Op, fixtures: &Fixtures) -> Vec<(String, Entry)> {
    #[cfg(feature = "tls")]
    if let Op::Tls(row) = op {
        return super::tls::ours(row, fixtures);
    }
    if let Some(entry) = without_engine(op, fixtures) {
        return vec![(NAME.into(), entry)];
    }
    let forced = |engine: Engine| (engine.to_string(), with_engine(op, fixtures, engine));
    // Curves have no code for AVX2.
    let is_curve =
        matches!(op, Op::Agree(_) | Op::PublicKey(_) | Op::CurveSign(_) | Op::CurveVerify(_) | Op::Batch(_));
    Engine::available().filter(|engine| !is_curve || *engine != Engine::Avx2).map(forced).collect()
}

fn without_engine(op: Op, fixtures: &Fixtures) -> Option<Entry> {
    Some(match op {
        Op::Load(bits) => {
            let key = fixtures.key(bits);
            Entry::with_output(
                "p, q, e against n, d, dp, dq, qinv; one private operation and its check; no primality",
                move || PrivateKey::from_der(&key.pkcs8).expect("a key"),
                |key| key.public_key().modulus(),
            )
        }
        Op::MillerRabin(bits) => {
            let n = nat(&fixtures.prime(bits));
            Entry::new("one random base, Montgomery constants, constant time", move || {
                [u8::from(prime::is_probable_prime_with(&mut SysRng, &n, 1).expect("randomness"))]
            })
        }
        Op::Hash(function, len) => {
            let message = vec![0x61; len];
            match function {
                Function::Sha256 => Entry::new("", move || Sha256::digest(&message)),
                Function::Sha512 => Entry::new("", move || Sha512::digest(&message)),
                Function::HmacSha256 => {
                    Entry::new("HMAC's key set up each time", move || Hmac::<Sha256>::mac(MAC_KEY, &message))
                }
            }
        }
        Op::ReadCertificate(family) => {
            let fixture = Fixtures::certificates(family);
            Entry::with_output(
                "copied; names in canonical form, extensions read",
                move || Certificate::from_der(&fixture.leaf).expect("a certificate"),
                |certificate| certificate.serial().to_vec(),
            )
        }
        Op::Chain(family, length) => {
            let fixture = fixtures.chain(family, length);
            let root = Certificate::from_der(&fixture.root).expect("a certificate");
            let store = TrustStore::from_iter([root]);
            let work = "all but the root read; RFC 5280, and the Web's rules";
            fixture.verification(work, move |leaf, intermediates, name| {
                verify_chain(&store, leaf, intermediates, name).is_ok()
            })
        }
        _ => return None,
    })
}

fn verify_chain(
    store: &TrustStore,
    leaf: &[u8],
    intermediates: &[Vec<u8>],
    name: &str,
) -> oneway::trust::Result<()> {
    let leaf = Certificate::from_der(leaf)?;
    let pool = intermediates.iter().map(|der| Certificate::from_der(der)).collect::<Result<Vec<_>, _>>()?;
    let verifier = Verifier::new(store, Purpose::server(name)?).intermediates(&pool);
    verifier.at(Time::from_unix_seconds(TIME)).policy(Policy::web()).verify(&leaf).map(drop)
}

fn with_engine(op: Op, fixtures: &Fixtures, engine: Engine) -> Entry {
    let private = |bits| engine::private_key(&fixtures.key(bits).private, engine);
    match op {
        Op::Sign(Padding::Pkcs1v15, bits) => {
            let (key, scheme) = (private(bits), Pkcs1v15::<Sha256>::new());
            Entry::new(PRIVATE, move || key.sign_with(&scheme, MESSAGE).expect("signs"))
        }
        Op::Sign(Padding::Pss, bits) => {
            let key = private(bits);
            Entry::new(PRIVATE, move || key.sign(MESSAGE).expect("signs"))
        }
        Op::Decrypt(bits) => {
            let (key, fixture) = (private(bits), fixtures.key(bits));
            Entry::new(PRIVATE, move || key.decrypt(&fixture.ciphertext).expect("decrypts"))
        }
        Op::Verify(padding, bits) => {
            let fixture = fixtures.key(bits);
            let key = engine::public_key(fixture.private.public_key(), engine);
            let scheme = Pkcs1v15::<Sha256>::new();
            fixture.verification(padding, "key loaded before; hash and padding", move |message, signature| {
                match padding {
                    Padding::Pkcs1v15 => key.verify_with(&scheme, message, signature).is_ok(),
                    Padding::Pss => key.verify(message, signature).is_ok(),
                }
            })
        }
        Op::Generate(bits) => Entry::with_output(
            "random bases, 5 at 2048 bits, 4 above (FIPS 186-5, table B.1); constant time",
            move || engine::generate_key(&mut SysRng, bits, engine).expect("randomness"),
            |key| key.to_der().to_vec(),
        ),
        Op::Pow(bits) => {
            let power = fixtures.power(bits);
            let modulus = Modulus::with_engine(&nat(&power.modulus), engine).expect("odd");
            let (base, exponent) = (nat(&power.base), nat(&power.exponent));
            Entry::with_output(
                "constants of the modulus known before; into and out of Montgomery form",
                move || modulus.residue(&base).pow(&exponent).to_nat(),
                |result| result.to_be_bytes().to_vec(),
            )
        }
        Op::Agree(curve) => on_curve!(curve, agree(curve, fixtures, engine)),
        Op::PublicKey(curve) => on_curve!(curve, public_key(curve, fixtures, engine)),
        Op::CurveSign(Curve::Curve25519) => {
            let key = ed25519_key(&fixtures.signed(Curve::Curve25519).private, engine);
            Entry::new("hashes; deterministic", move || key.sign(MESSAGE).to_bytes())
        }
        Op::CurveVerify(Curve::Curve25519) => {
            let fixture = fixtures.signed(Curve::Curve25519);
            let key = ed25519_key(&fixture.private, engine).verifying_key().clone();
            fixture.verification("key loaded before; hash", move |message, signature| {
                ed25519::Signature::from_bytes(signature).is_ok_and(|s| key.verify(message, &s).is_ok())
            })
        }
        Op::CurveSign(curve) => on_nist_curve!(curve, ecdsa_sign(curve, fixtures, engine)),
        Op::CurveVerify(curve) => on_nist_curve!(curve, ecdsa_verify(curve, fixtures, engine)),
        Op::Batch(count) => {
            let batch = fixtures.batch(count);
            let keys: Vec<_> = batch.iter().map(|one| ed25519_key(&one.private, engine)).collect();
            let messages: Vec<_> = batch.iter().map(|one| one.message.clone()).collect();
            let read = |bytes: &[u8]| ed25519::Signature::from_bytes(bytes).expect("a signature");
            batch_verification(&batch, "key loaded before; hash", read, move |signatures| {
                let keys = keys.iter().map(ed25519::SigningKey::verifying_key);
                let items = messages.iter().zip(signatures).zip(keys);
                let items: Vec<_> = items.map(|((message, s), key)| (&message[..], s, key)).collect();
                ed25519::verify_batch(&items).is_ok()
            })
        }
        Op::Load(_)
        | Op::MillerRabin(_)
        | Op::Hash(..)
        | Op::ReadCertificate(_)
        | Op::Chain(..)
        | Op::Tls(_) => {
            unreachable!("no engine to force")
        }
    }
}

fn agree<C: ecdh::Curve>(curve: Curve, fixtures: &Fixtures, engine: Engine) -> Entry {
    let fixture = fixtures.agreement(curve);
    let key = ecdh::PrivateKey::<C>::from_bytes(&fixture.private).expect("a key");
    let key = engine::agreement_key(&key, engine);
    fixture.agreeing(curve, "the public key read and checked", move |public| {
        let public = ecdh::PublicKey::<C>::from_bytes(public).ok()?;
        Some(key.agree(&public).ok()?.as_bytes().to_vec())
    })
}

fn public_key<C: ecdh::Curve>(curve: Curve, fixtures: &Fixtures, engine: Engine) -> Entry {
    let key = ecdh::PrivateKey::<C>::from_bytes(&fixtures.agreement(curve).private).expect("a key");
    Entry::new("of a given private key", move || engine::agreement_key(&key, engine).public_key().to_bytes())
}

fn ecdsa_sign<C: ecdsa::Curve>(curve: Curve, fixtures: &Fixtures, engine: Engine) -> Entry {
    let key = ecdsa::SigningKey::<C>::from_bytes(&fixtures.signed(curve).private).expect("a key");
    let key = engine::signing_key(&key, engine);
    Entry::new("deterministic nonce (RFC 6979); hash", move || key.sign(MESSAGE).to_bytes())
}

fn ecdsa_verify<C: ecdsa::Curve>(curve: Curve, fixtures: &Fixtures, engine: Engine) -> Entry {
    let fixture = fixtures.signed(curve);
    let key = ecdsa::VerifyingKey::<C>::from_bytes(&fixture.public).expect("a key");
    let key = engine::verifying_key(&key, engine);
    fixture.verification("key loaded before; hash", move |message, signature| {
        ecdsa::Signature::from_bytes(signature).is_ok_and(|s| key.verify(message, &s).is_ok())
    })
}

fn ed25519_key(seed: &[u8], engine: Engine) -> ed25519::SigningKey {
    engine::ed25519_signing_key(&ed25519::SigningKey::from_bytes(seed).expect("a key"), engine)
}
