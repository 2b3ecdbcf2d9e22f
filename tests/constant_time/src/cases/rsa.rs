//! RSA: primes, exponents, messages and randomness are secret; n, e, ciphertexts and signatures aren't.
//!
//! The keys of the cases come from secret bytes by way of the crate's own loading, so everything in them is
//! secret that follows from the primes, but for what the crate itself makes public.

use crate::{
    case::{
        Case,
        Size::{Large, Normal, Small},
    },
    taint::{TaintedRng, public_bytes, secret, secret_bytes, still_secret},
    tool::poison,
};
use oneway::{
    Error,
    hash::{Sha256, Sha512, digest::Digest},
    hazmat::{
        engine::{self, Engine},
        rsa::{decrypt_pkcs1v15, encrypt_pkcs1v15_rng, private_op, public_op, small_private_key},
    },
    rsa::{Oaep, Pkcs1v15, PrivateKey, Pss, SignatureScheme},
};

const E: u64 = 65_537;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![];
    for (bits, size) in [(512, Small), (1024, Small), (2048, Normal), (3072, Normal), (4096, Large)] {
        // On the engine that the crate chooses: loading has no other.
        let mut case = |name: &str, run: fn(usize)| {
            cases.push(Case::new(format!("rsa: {name}, {bits} bits"), size, move || run(bits)));
        };
        case("loading from primes", load_primes);
        if bits >= 2048 {
            case("loading from n, e, d", load_components);
        }
        // Where it has code for the public operation, at least.
        for engine in super::engines().into_iter().filter(|engine| super::serves(*engine, bits / 64)) {
            let mut case = |name: &str, run: fn(&PrivateKey)| {
                let run = move || run(&engine::private_key(&key(bits), engine));
                cases.push(Case::new(format!("rsa: {name}, {bits} bits, {engine}"), size, run));
            };
            case("the bare private operation", bare);
            case("PKCS#1 v1.5 signatures", |key| sign(key, &Pkcs1v15::<Sha256>::new()));
            case("PKCS#1 v1.5 encryption", encrypt_v15);
            case("PKCS#1 v1.5 decryption, right and wrong", decrypt_v15);
            if bits >= 1024 {
                case("PSS signatures", |key| sign(key, &Pss::<Sha256>::new()));
                case("OAEP encryption", encrypt);
                case("OAEP decryption, right and wrong", decrypt);
            }
        }
    }
    for engine in super::engines() {
        for (bits, size) in [(512, Normal), (2048, Normal), (3072, Large), (4096, Large)] {
            if super::serves(engine, bits / 128) {
                let run = move || generate(bits, engine);
                cases.push(Case::new(format!("rsa: generation, {bits} bits, {engine}"), size, run));
            }
        }
        let bits = if super::serves(engine, 512 / 64) { 512 } else { 1024 };
        let run = move || renew(&engine::private_key(&key(bits), engine));
        let name = "rsa: 70 operations with one key, which renews its blinding";
        cases.push(Case::new(format!("{name}, {bits} bits, {engine}"), Small, run));
    }
    cases.extend([
        Case::new("rsa: loading what is no key", Small, load_wrong),
        Case::new("rsa: primes of unequal length", Small, unequal),
        Case::new("rsa: validation of a key, 512 bits", Normal, || validate(512)),
        Case::new("rsa: validation of a key, 2048 bits", Normal, || validate(2048)),
        Case::new("rsa: public keys, whose code may divide", Small, public_key),
    ]);
    cases
}

/// The low 16 bits of the two primes of a key, whose other bits are those of [`secret_bytes`] with seeds 1 and 2,
/// and the two top bits are set.
const TAILS: [(usize, [u16; 2]); 6] = [
    (256, [33, 87]),
    (512, [171, 67]),
    (1024, [187, 357]),
    (2048, [883, 805]),
    (3072, [749, 1159]),
    (4096, [375, 855]),
];

/// The primes of a key, secret but for the bits that make them prime.
pub(super) fn secret_primes(bits: usize) -> (Vec<u8>, Vec<u8>) {
    let (_, tails) = TAILS.iter().find(|(size, _)| *size == bits).expect("a size with primes");
    let prime = |seed, tail: u16| {
        let mut bytes = secret_bytes(seed, bits / 16);
        bytes[0] |= 0xc0;
        let at = bytes.len() - 2;
        bytes[at..].copy_from_slice(&tail.to_be_bytes());
        poison(&mut bytes);
        bytes
    };
    (prime(1, tails[0]), prime(2, tails[1]))
}

/// A key of these primes.
pub(super) fn key(bits: usize) -> PrivateKey {
    let (p, q) = secret_primes(bits);
    small_private_key(&p, &q, E).expect("a key")
}

/// Every secret part is one still, and the key works.
pub(super) fn use_key(key: &PrivateKey) {
    let (p, q) = key.primes();
    for part in [&p, &q, &key.private_exponent()] {
        still_secret(part);
    }
    let x = vec![1; key.public_key().size()];
    let x = &[&[0], &x[1..]].concat();
    let y = public_op(key.public_key(), x).expect("below n");
    assert_eq!(public_bytes(&private_op(key, &y).expect("below n")), *x);
}

fn load_primes(bits: usize) {
    let (p, q) = secret_primes(bits);
    use_key(&small_private_key(&p, &q, E).expect("a key"));
    // q > p, and zeros in front, whose number is public.
    let p = [&[0, 0], &p[..]].concat();
    use_key(&small_private_key(&q, &p, E).expect("a key"));
    if bits >= 2048 {
        use_key(&PrivateKey::from_primes(&p, &q, E).expect("a key"));
    }
}

fn load_components(bits: usize) {
    let key = key(bits);
    let (n, mut d) = (key.public_key().modulus(), key.private_exponent());
    poison(&mut d);
    use_key(&PrivateKey::from_components(&n, E, &d).expect("a key"));
    // That the parts don't belong together is public.
    for wrong in [secret_bytes(3, d.len() - 1), vec![0; d.len()], vec![0xff; d.len()], secret_bytes(3, 1)] {
        assert!(PrivateKey::from_components(&n, E, &wrong).is_err());
    }
}

fn load_wrong() {
    let (p, q) = secret_primes(512);
    let mut even = p.clone();
    even[31] &= 0xfe;
    let mut composite = p.clone();
    composite[31] ^= 2;
    let (nothing, seven) = (vec![], secret(7u8).to_be_bytes().to_vec());
    for (p, q, e) in [
        (&p, &p, E),
        (&even, &q, E),
        (&p, &even, E),
        (&nothing, &q, E),
        (&p, &q, 4),
        // Not prime, with or without an inverse of e; and 3 divides 7 − 1.
        (&composite, &q, E),
        (&p, &composite, E),
        (&seven, &q, 3),
    ] {
        assert!(small_private_key(p, q, e).is_err());
    }
}

/// The width of each prime is public: cost follows from it.
fn unequal() {
    let ((p, _), (_, q)) = (secret_primes(512), secret_primes(1024));
    for (p, q) in [(&p, &q), (&q, &p)] {
        use_key(&small_private_key(p, q, E).expect("a key"));
    }
}

fn validate(bits: usize) {
    key(bits).validate().expect("a valid key");
}

fn generate(bits: usize, engine: Engine) {
    use_key(&engine::generate_key(&mut TaintedRng::new(9), bits, engine).expect("no error"));
}

fn bare(key: &PrivateKey) {
    let y = [&[0], &secret_bytes(4, key.public_key().size() - 1)[..]].concat();
    for _ in 0..3 {
        still_secret(&private_op(key, &y).expect("below n"));
    }
    // That a number isn't below n is public.
    assert_eq!(private_op(key, &vec![0xff; y.len()]).err(), Some(Error::NotReduced));
}

fn renew(key: &PrivateKey) {
    // Without a pair to begin with.
    use_key(&key.clone());
    for i in 0..35 {
        let y = [&[0], &secret_bytes(i, key.public_key().size() - 1)[..]].concat();
        still_secret(&private_op(key, &y).expect("below n"));
        let signature = key.sign_with_rng(&mut TaintedRng::new(i), &Pkcs1v15::<Sha256>::new(), b"message");
        still_secret(&signature.expect("no error"));
    }
}

fn sign<S: SignatureScheme>(key: &PrivateKey, scheme: &S) {
    let rng = &mut TaintedRng::new(10);
    for _ in 0..2 {
        let signature = key.sign_with_rng(rng, scheme, &secret_bytes(5, 100)).expect("no error");
        still_secret(&signature);
        // The message becomes public with its signature, for who verifies.
        let message = public_bytes(&secret_bytes(5, 100));
        key.public_key().verify_with(scheme, &message, &public_bytes(&signature)).expect("the signature");
    }
}

fn encrypt(key: &PrivateKey) {
    let rng = &mut TaintedRng::new(11);
    for len in [0, 1, 30] {
        let message = secret_bytes(6, len);
        let ciphertext = key.public_key().encrypt_with_rng(rng, &Oaep::<Sha256>::new(), &message);
        still_secret(&ciphertext.expect("fits"));
    }
}

fn encrypt_v15(key: &PrivateKey) {
    let rng = &mut TaintedRng::new(11);
    for len in [0, 1, 30] {
        let message = secret_bytes(6, len);
        still_secret(&encrypt_pkcs1v15_rng(key.public_key(), rng, &message).expect("fits"));
    }
}

fn decrypt(key: &PrivateKey) {
    let rng = &mut TaintedRng::new(12);
    let public = key.public_key();
    let bits = public.modulus_bits();
    let oaep = Oaep::<Sha256>::new().label(b"label");
    let message = secret_bytes(6, 30);
    let ciphertext = public.encrypt_with_rng(rng, &oaep, &message).expect("fits");
    for _ in 0..2 {
        let decrypted = key.decrypt_with_rng(rng, &oaep, &public_bytes(&ciphertext)).expect("right");
        still_secret(&decrypted);
        assert_eq!(public_bytes(&decrypted), public_bytes(&message));
    }
    // By the operating system's generator, and by other hashes (where they fit).
    still_secret(&key.decrypt_with(&oaep, &public_bytes(&ciphertext)).expect("right"));
    if bits >= 2048 {
        let oaep = Oaep::<Sha512, Sha256>::new();
        let ciphertext = public_bytes(&public.encrypt_with_rng(rng, &oaep, &message).expect("fits"));
        still_secret(&key.decrypt_with_rng(rng, &oaep, &ciphertext).expect("right"));
    }
    // The wrong ones all end in the same error: first byte, label, no 1 that ends the zeros, something else there.
    let hash = Sha256::digest(b"label").to_vec();
    let (zeros, rest) = (vec![0; bits / 8 - 66 - 30], vec![7; 30]);
    let db = |hash: &[u8], end: u8| [hash, &zeros, &[end], &rest].concat();
    let right = em(0, db(&hash, 1));
    assert_eq!(
        public_bytes(
            &key.decrypt_with_rng(rng, &oaep, &public_op(public, &right).expect("below n")).expect("right")
        ),
        rest
    );
    let mut almost = hash.clone();
    almost[31] ^= 1;
    let all_zero = [&hash[..], &vec![0; bits / 8 - 65]].concat();
    let wrong = [
        em(1, db(&hash, 1)),
        em(0, db(&almost, 1)),
        em(0, db(&[0; 32], 1)),
        em(0, db(&hash, 2)),
        em(0, db(&hash, 0)),
        em(0, all_zero),
    ];
    for em in wrong {
        let ciphertext = public_op(public, &em).expect("below n");
        assert_eq!(key.decrypt_with_rng(rng, &oaep, &ciphertext).err(), Some(Error::Decryption));
    }
}

/// OAEP's encoded message for a data block (RFC 8017, section 7.1.1): the first byte, the seed masked by the
/// block, and the block masked by the seed.
fn em(first: u8, mut db: Vec<u8>) -> Vec<u8> {
    let mut seed = vec![0x5a; 32];
    xor_mask(&mut db, &seed);
    xor_mask(&mut seed, &db);
    [&[first], &seed[..], &db[..]].concat()
}

/// MGF1 with SHA-256.
fn xor_mask(data: &mut [u8], seed: &[u8]) {
    for (counter, chunk) in (0u32..).zip(data.chunks_mut(32)) {
        let mask = Sha256::new().chain_update(seed).chain_update(counter.to_be_bytes()).finalize();
        chunk.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    }
}

fn decrypt_v15(key: &PrivateKey) {
    let rng = &mut TaintedRng::new(13);
    let (public, k) = (key.public_key(), key.public_key().size());
    let message = secret_bytes(6, 30);
    let ciphertext = public_bytes(&encrypt_pkcs1v15_rng(public, rng, &message).expect("fits"));
    for (len, right) in [(30, true), (29, false), (0, false)] {
        let decrypted = decrypt_pkcs1v15(key, &ciphertext, len).expect("a ciphertext");
        if len > 0 {
            still_secret(&decrypted);
        }
        assert_eq!(public_bytes(&decrypted) == public_bytes(&message), right);
    }
    // The wrong ones give a message as well: first byte, second byte, padding that's too short, padding without
    // an end, and messages of other lengths.
    let em = |first: u8, second: u8, padding: usize| {
        let mut em = vec![0x77; k];
        (em[0], em[1]) = (first, second);
        if let Some(end) = em.get_mut(2 + padding) {
            *end = 0;
        }
        em
    };
    let ends = k - 33;
    for (em, right) in [
        (em(0, 2, ends), true),
        (em(1, 2, ends), false),
        (em(0, 1, ends), false),
        (em(0, 2, 7), false),
        (em(0, 2, k), false),
        (em(0, 2, ends - 1), false),
        (em(0, 2, ends + 1), false),
    ] {
        let ciphertext = public_op(public, &em).expect("below n");
        let decrypted = decrypt_pkcs1v15(key, &ciphertext, 30).expect("a ciphertext");
        still_secret(&decrypted);
        assert_eq!(public_bytes(&decrypted) == [0x77; 30], right);
    }
}

fn public_key() {
    let key = key(512);
    let public = key.public_key();
    assert!(format!("{key:?}").contains(&public.exponent().to_string()));
    public.validate().expect("no small factors");
}
