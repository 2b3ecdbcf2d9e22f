//! RSA: primes, exponents, messages and randomness are secret; so is, where that is a secret of the scheme, whether a
//! ciphertext is right.

use super::{Random, varied};
use crate::{
    case::Size::{self, Large, Normal, Small},
    cases::{engines, serves},
    taint::{TaintedRng, secret_bytes},
    trace::{Case, Work, public},
};
use oneway::{
    Error,
    hash::Sha256,
    hazmat::{
        engine::{self, Engine},
        rsa::{
            decrypt_pkcs1v15_rng, generate_small, private_op_rng, public_op, small_private_key,
            small_private_key_from_components,
        },
    },
    prime::{Progress, random_prime_with},
    rsa::{Oaep, Pkcs1v15, PrivateKey, Pss, SignatureScheme},
};
use std::sync::OnceLock;

const E: u64 = 65_537;

/// In bits, of the keys of which there are cases.
const SIZES: [(usize, Size); 6] =
    [(512, Small), (1024, Small), (1536, Normal), (2048, Normal), (3072, Normal), (4096, Large)];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![];
    for (bits, size) in SIZES {
        // On the engine that the crate chooses: loading has no other.
        cases.push(on_primes("loading from primes", bits, size, 6, |p, q| {
            Work::new(move || small_private_key(&p, &q, E).expect("a key").public_key().modulus())
        }));
        cases.push(on_primes("loading from n, e, d", bits, size, 6, |p, q| {
            let key = small_private_key(&p, &q, E).expect("a key");
            let (n, d) = (key.public_key().modulus(), key.private_exponent());
            // How many zeros lead in d is public.
            public(d.iter().take_while(|byte| **byte == 0).count() as u64);
            Work::new(move || {
                let key = small_private_key_from_components(&n, E, &d).expect("a key");
                key.public_key().modulus()
            })
        }));
    }
    for engine in engines() {
        // Where it has code for the public operation, at least.
        for (bits, size) in SIZES.into_iter().filter(|(bits, _)| serves(engine, bits / 64)) {
            let secrets = if bits <= 1024 { 8 } else { 6 };
            let mut case = |name: &str, secrets, run: fn(u64, PrivateKey) -> Work| {
                let name = format!("rsa: {name}, {bits} bits, {engine}");
                cases.push(Case::new(name, size, secrets, move |seed| run(seed, key(seed, bits, engine))));
            };
            case("the bare private operation", secrets, bare);
            case("PKCS#1 v1.5 signatures", secrets, |seed, key| sign(seed, key, Pkcs1v15::<Sha256>::new()));
            case("PKCS#1 v1.5 decryption, right and wrong", 8, decrypt_v15);
            if bits >= 1024 {
                case("PSS signatures", secrets, |seed, key| sign(seed, key, Pss::<Sha256>::new()));
                case("OAEP decryption, right and wrong", secrets, decrypt);
            }
        }
    }
    cases.extend([64, 128].map(generate));
    cases
}

/// The primes of a seed: two of a few that there are of each size, of which any two have a product of twice as many
/// bits. They are made the first time, when memory stays.
pub(super) fn primes(seed: u64, bits: usize) -> (Vec<u8>, Vec<u8>) {
    const COUNT: usize = 16;
    static PRIMES: [OnceLock<Vec<Vec<u8>>>; SIZES.len()] = [const { OnceLock::new() }; SIZES.len()];
    let prime = |seed| {
        let p = random_prime_with(&mut TaintedRng::new(seed), bits / 2).expect("no error");
        p.to_be_bytes().to_vec()
    };
    let at = SIZES.iter().position(|(size, _)| *size == bits).expect("one of the sizes");
    let large = || (0..).map(prime).filter(|p| p[0] >= 0xb6).take(COUNT);
    let primes = PRIMES[at].get_or_init(|| large().collect());
    let mut pairs = (0..COUNT).flat_map(|i| (0..i).map(move |j| (i, j)));
    let (i, j) = pairs.nth(seed as usize).expect("enough pairs for the seeds");
    // The larger one is the first of some pairs and the second of others.
    (primes[i].clone(), primes[j].clone())
}

/// A key of the primes of a seed. n is public, and so is its size.
pub(super) fn key(seed: u64, bits: usize, engine: Engine) -> PrivateKey {
    let (p, q) = primes(seed, bits);
    let key = engine::private_key(&small_private_key(&p, &q, E).expect("a key"), engine);
    public(key.public_key().modulus_bits() as u64);
    key
}

fn on_primes(name: &str, bits: usize, size: Size, secrets: usize, run: fn(Vec<u8>, Vec<u8>) -> Work) -> Case {
    Case::new(format!("rsa: {name}, {bits} bits"), size, secrets, move |seed| {
        public(key(seed, bits, Engine::Portable).public_key().modulus_bits() as u64);
        let (p, q) = primes(seed, bits);
        run(p, q)
    })
}

/// Twice: the first operation draws its blinding pair, the second one has it from the first.
fn twice(operation: impl Fn(&mut Random) -> Vec<u8>, seed: u64) -> Vec<u8> {
    let rng = &mut Random::new(seed);
    let first = operation(rng);
    let second = operation(rng);
    [first, second].concat()
}

fn bare(seed: u64, key: PrivateKey) -> Work {
    let y = [&[0], &secret_bytes(4, key.public_key().size() - 1)[..]].concat();
    let (public, expected) = (key.public_key().clone(), y.clone());
    Work::new(move || twice(|rng| private_op_rng(&key, rng, &y).expect("below n").to_vec(), seed)).checked(
        move |out| {
            for x in out.chunks(expected.len()) {
                assert_eq!(public_op(&public, x).expect("below n"), expected);
            }
        },
    )
}

fn sign<S: SignatureScheme + Clone + 'static>(seed: u64, key: PrivateKey, scheme: S) -> Work {
    let message = varied(seed, 100);
    let (public, expected, same) = (key.public_key().clone(), message.clone(), scheme.clone());
    Work::new(move || twice(|rng| key.sign_with_rng(rng, &scheme, &message).expect("no error"), seed))
        .checked(move |out| {
            for signature in out.chunks(public.size()) {
                public.verify_with(&same, &expected, signature).expect("the signature");
            }
        })
}

/// Right or not, and wrong in which way, is all the same: the message is one of 30 bytes in the end, as long as
/// what was asked for.
fn decrypt_v15(seed: u64, key: PrivateKey) -> Work {
    let k = key.public_key().size();
    // First byte, second byte, length of the padding, where it ends.
    let (first, second, padding) = match seed % 7 {
        1 => (0, 2, k - 33),
        2 => (1, 2, k - 33),
        3 => (0, 1, k - 33),
        4 => (0, 2, 7),
        5 => (0, 2, k),
        6 => (0, 2, k - 34),
        _ => (0, 2, k - 32),
    };
    let mut em = vec![0x77; k];
    (em[0], em[1]) = (first, second);
    if let Some(end) = em.get_mut(2 + padding) {
        *end = 0;
    }
    let ciphertext = public_op(key.public_key(), &em).expect("below n");
    Work::new(move || {
        let decrypt = |rng: &mut Random| decrypt_pkcs1v15_rng(&key, rng, &ciphertext, 30);
        twice(|rng| decrypt(rng).expect("a ciphertext").to_vec(), seed)
    })
    .checked(move |out| assert_eq!(out == [0x77; 60], seed % 7 == 1))
}

/// That a ciphertext is right is public, and the length of its message; of a wrong one, nothing else: the first byte,
/// the label, or anything.
fn decrypt(seed: u64, key: PrivateKey) -> Work {
    let (oaep, message) = (Oaep::<Sha256>::new().label(b"label"), varied(seed, 30));
    let (public, rng) = (key.public_key(), &mut TaintedRng::new(seed));
    let right = public.encrypt_with_rng(rng, &oaep, &message).expect("fits");
    let wrong = if seed.is_multiple_of(3) {
        let other = Oaep::<Sha256>::new().label(b"another");
        public.encrypt_with_rng(rng, &other, &message).expect("fits")
    } else {
        let em = [&[u8::from(seed % 3 == 1)], &secret_bytes(seed, public.size() - 1)[..]].concat();
        public_op(public, &em).expect("below n")
    };
    Work::new(move || {
        let rng = &mut Random::new(seed);
        let mut decrypt = |ciphertext: &[u8]| key.decrypt_with_rng(rng, &oaep, ciphertext);
        let (decrypted, refused) = (decrypt(&right).expect("right"), decrypt(&wrong).err());
        [&decrypted[..], &[u8::from(refused == Some(Error::Decryption))]].concat()
    })
    .checked(move |out| assert_eq!(out, [&message[..], &[1]].concat()))
}

/// From the first random bit on. How many candidates there are, and why each was refused, is public: where
/// randomness is asked for and progress reported in the same order, that's taken as the same. Keys have to be tiny for
/// that to happen.
fn generate(bits: usize) -> Case {
    Case::new(format!("rsa: generation, {bits} bits"), Small, 4, move |seed| {
        Work::new(move || {
            let progress = |step| public(100 + u64::from(matches!(step, Progress::Prime)));
            let key = generate_small(&mut Random::new(seed), bits, progress).expect("no error");
            key.public_key().modulus()
        })
    })
}
