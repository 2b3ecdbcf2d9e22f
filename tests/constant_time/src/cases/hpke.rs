//! HPKE: private keys, pre-shared keys, messages and randomness are secret; encapsulated keys and ciphertexts, as
//! they're sent, aren't. The ciphers are other people's: that a tag is right or wrong is decided, and public, in
//! theirs.

use super::curves::{engines, number};
use crate::{
    case::{
        Case,
        Size::{self, Normal, Small},
    },
    taint::{TaintedRng, public_bytes, secret_bytes, still_secret},
};
use oneway::{
    Error,
    ecdh::{P256, P384, P521, PrivateKey, PublicKey, X25519},
    hazmat::engine::{self, Engine},
    hpke::{self, Aead, Kem, Mode, Psk, Suite},
};

const INFO: &[u8] = b"info";
const AAD: &[u8] = b"aad";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![];
    on_curve::<X25519>(&mut cases, "X25519", Small);
    on_curve::<P256>(&mut cases, "P-256", Small);
    on_curve::<P384>(&mut cases, "P-384", Normal);
    on_curve::<P521>(&mut cases, "P-521", Normal);
    cases
}

fn on_curve<C: Kem + 'static>(cases: &mut Vec<Case>, curve: &str, size: Size) {
    for engine in engines() {
        let mut case = |name: &str, run: fn(Engine)| {
            cases.push(Case::new(format!("hpke: {name}, {curve}, {engine}"), size, move || run(engine)));
        };
        case("AES-GCM, opening right and wrong", open::<C>);
        case("ChaCha20-Poly1305, keys on both sides and shared before", rows::<C>);
    }
    cases.push(Case::new(format!("hpke: key derived from bytes, {curve}"), size, || {
        let key = hpke::derive_key_pair::<C>(&secret_bytes(1, 66)).expect("long enough");
        still_secret(&key.to_bytes());
    }));
}

/// A secret key, and its public one.
fn pair<C: Kem>(seed: u64, engine: Engine) -> (PrivateKey<C>, PublicKey<C>) {
    let key = PrivateKey::<C>::from_bytes(&number::<C>(seed)).expect("in range");
    let key = engine::agreement_key(&key, engine);
    let public = public_bytes(&key.public_key().to_bytes());
    (key, PublicKey::from_bytes(&public).expect("a point"))
}

/// What was sealed, as it's sent.
fn sent(bytes: &[u8]) -> Vec<u8> {
    still_secret(bytes);
    public_bytes(bytes)
}

/// The curve's usual suite.
fn open<C: Kem>(engine: Engine) {
    let (key, public) = pair::<C>(1, engine);
    for len in [0, 1, 200] {
        let message = secret_bytes(2, len);
        let mut sealed =
            sent(&hpke::seal_rng(&mut TaintedRng::new(3), &public, INFO, AAD, &message).expect("sealed"));
        let opened = hpke::open(&key, INFO, AAD, &sealed).expect("opens");
        if len > 0 {
            still_secret(&opened);
        }
        assert_eq!(public_bytes(&opened), public_bytes(&message));
        *sealed.last_mut().expect("a tag") ^= 1;
        assert!(matches!(hpke::open(&key, INFO, AAD, &sealed), Err(Error::Decryption)));
    }
}

/// Two messages in a row, and a secret for something else.
fn rows<C: Kem>(engine: Engine) {
    let suite = Suite { kdf: C::KDF, aead: Aead::ChaCha20Poly1305 };
    let ((bob, bob_public), (alice, alice_public)) = (pair::<C>(4, engine), pair::<C>(5, engine));
    let shared = secret_bytes(6, 32);
    let psk = Psk::new(&shared, b"name").expect("long enough");
    let mode = Mode::AuthPsk(&alice, psk);
    let (enc, mut sender) =
        suite.setup_sender_rng(&mut TaintedRng::new(7), &bob_public, mode, INFO).expect("a row");
    let mode = Mode::AuthPsk(&alice_public, psk);
    let mut receiver = suite.setup_receiver(&bob, &sent(&enc), mode, INFO).expect("a row");
    for len in [64, 100] {
        let message = secret_bytes(8, len);
        let ciphertext = sent(&sender.seal(AAD, &message).expect("sealed"));
        assert!(matches!(receiver.open(b"another", &ciphertext), Err(Error::Decryption)));
        let opened = receiver.open(AAD, &ciphertext).expect("opens");
        still_secret(&opened);
        assert_eq!(public_bytes(&opened), public_bytes(&message));
    }
    let [mut key, mut same_key] = [[0; 40]; 2];
    sender.export(b"context", &mut key).expect("short");
    receiver.export(b"context", &mut same_key).expect("short");
    still_secret(&key);
    assert_eq!(public_bytes(&key), public_bytes(&same_key));
}
