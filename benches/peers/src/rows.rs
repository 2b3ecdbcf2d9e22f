//! The rows of the race: operations, what they work on, what must come out, and the goals.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use num_bigint::BigUint;
use oneway::bignum::Nat;
use oneway::hash::{Hmac, Sha256, Sha512};
use oneway::prime;
use oneway::rsa::{Pkcs1v15, PrivateKey};

use crate::race::Entry;

/// A row: one operation at one size.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Op {
    Sign(Padding, usize),
    Decrypt(usize),
    Verify(Padding, usize),
    Generate(usize),
    Load(usize),
    Pow(usize),
    MillerRabin(usize),
    Hash(Function, usize),
}

/// The padding of a signature; the hash is SHA-256, PSS has a salt of 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Padding {
    Pkcs1v15,
    Pss,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Function {
    Sha256,
    Sha512,
    HmacSha256,
}

/// A table of rows that have most columns in common.
pub(crate) struct Section {
    pub(crate) title: &'static str,
    pub(crate) rows: Vec<Op>,
}

/// Every row there is.
pub(crate) fn sections() -> Vec<Section> {
    const RSA: [usize; 3] = [2048, 3072, 4096];
    let each = |op: fn(usize) -> Op, sizes: &[usize]| sizes.iter().map(|&n| op(n)).collect::<Vec<_>>();
    vec![
        Section {
            title: "RSA, private operation",
            rows: [
                each(|n| Op::Sign(Padding::Pkcs1v15, n), &RSA),
                each(|n| Op::Sign(Padding::Pss, n), &RSA),
                each(Op::Decrypt, &RSA),
            ]
            .concat(),
        },
        Section {
            title: "RSA, public operation",
            rows: [
                each(|n| Op::Verify(Padding::Pkcs1v15, n), &RSA),
                each(|n| Op::Verify(Padding::Pss, n), &RSA),
            ]
            .concat(),
        },
        Section { title: "RSA, key generation", rows: each(Op::Generate, &RSA) },
        Section { title: "Power with a secret exponent", rows: each(Op::Pow, &[1024, 1536, 2048, 4096]) },
        Section { title: "RSA, a private key from PKCS#8", rows: each(Op::Load, &RSA) },
        Section { title: "Miller-Rabin", rows: each(Op::MillerRabin, &[1024, 1536, 2048]) },
        Section {
            title: "Hashes",
            rows: [
                each(|n| Op::Hash(Function::Sha256, n), &[64, 16_384]),
                each(|n| Op::Hash(Function::Sha512, n), &[64, 16_384]),
                each(|n| Op::Hash(Function::HmacSha256, n), &[1024]),
            ]
            .concat(),
        },
    ]
}

impl fmt::Display for Op {
    /// The name that filters look at.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sign(Padding::Pkcs1v15, bits) => write!(f, "rsa-{bits} sign pkcs1v15"),
            Self::Sign(Padding::Pss, bits) => write!(f, "rsa-{bits} sign pss"),
            Self::Decrypt(bits) => write!(f, "rsa-{bits} decrypt oaep"),
            Self::Verify(Padding::Pkcs1v15, bits) => write!(f, "rsa-{bits} verify pkcs1v15"),
            Self::Verify(Padding::Pss, bits) => write!(f, "rsa-{bits} verify pss"),
            Self::Generate(bits) => write!(f, "rsa-{bits} generate"),
            Self::Load(bits) => write!(f, "rsa-{bits} load pkcs8"),
            Self::Pow(bits) => write!(f, "pow {bits}"),
            Self::MillerRabin(bits) => write!(f, "miller-rabin {bits}"),
            Self::Hash(Function::Sha256, len) => write!(f, "sha256 {len} B"),
            Self::Hash(Function::Sha512, len) => write!(f, "sha512 {len} B"),
            Self::Hash(Function::HmacSha256, len) => write!(f, "hmac-sha256 {len} B"),
        }
    }
}

impl Op {
    /// Goals for the time of the IFMA engine, and of the others, in times of the best peer. The second is
    /// meant for peers that don't use IFMA either.
    pub(crate) fn goals(self) -> Option<(f64, f64)> {
        match self {
            Self::Sign(_, 2048) | Self::Decrypt(2048) => Some((0.65, 1.0)),
            Self::Sign(_, 3072) | Self::Decrypt(3072) => Some((0.75, 1.0)),
            Self::Sign(_, 4096) | Self::Decrypt(4096) => Some((0.72, 1.0)),
            Self::Verify(..) => Some((0.30, 1.1)),
            Self::Generate(_) => Some((0.22, 0.7)),
            Self::Pow(1024) => Some((0.42, 0.9)),
            Self::Pow(2048 | 4096) => Some((0.28, 0.9)),
            Self::Hash(..) => Some((1.0, 1.0)),
            _ => None,
        }
    }

    /// The portable engine's goal, in times of RustCrypto's rsa or crypto-bigint.
    pub(crate) fn portable_goal(self) -> Option<f64> {
        matches!(self, Self::Sign(..) | Self::Decrypt(_) | Self::Verify(..) | Self::Pow(_)).then_some(0.55)
    }

    /// Whether the time varies from run to run, so that the mean of many runs is what says something.
    pub(crate) fn is_random(self) -> bool {
        matches!(self, Self::Generate(_))
    }
}

/// What operations work on, made when it's first asked for.
pub(crate) struct Fixtures {
    keys: RefCell<BTreeMap<usize, Rc<Key>>>,
    powers: RefCell<BTreeMap<usize, Rc<Power>>>,
    primes: RefCell<BTreeMap<usize, Rc<Vec<u8>>>>,
}

/// What's signed and encrypted.
pub(crate) const MESSAGE: &[u8; 32] = b"a message of thirty-two bytes ..";
/// What a key for HMAC looks like.
pub(crate) const MAC_KEY: &[u8; 32] = b"thirty-two bytes in a secret key";

/// An RSA key, and what belongs to it.
#[allow(dead_code)] // which parts are used depends on the features
pub(crate) struct Key {
    pub(crate) private: PrivateKey,
    pub(crate) pkcs8: Vec<u8>,
    pub(crate) spki: Vec<u8>,
    pub(crate) modulus: Vec<u8>,
    pub(crate) pkcs1v15: Vec<u8>,
    pub(crate) pss: Vec<u8>,
    pub(crate) ciphertext: Vec<u8>,
}

/// Big-endian numbers, as long as the modulus, of random bits with the top bit set: the exponent too, since
/// GMP's time depends on its length. The modulus is odd, the base below it.
pub(crate) struct Power {
    pub(crate) modulus: Vec<u8>,
    pub(crate) base: Vec<u8>,
    pub(crate) exponent: Vec<u8>,
    result: Vec<u8>,
}

impl Fixtures {
    pub(crate) fn new() -> Self {
        Self { keys: RefCell::default(), powers: RefCell::default(), primes: RefCell::default() }
    }

    /// The RSA key of that size.
    pub(crate) fn key(&self, bits: usize) -> Rc<Key> {
        self.keys.borrow_mut().entry(bits).or_insert_with(|| Rc::new(Key::new(bits))).clone()
    }

    /// The power of that size.
    pub(crate) fn power(&self, bits: usize) -> Rc<Power> {
        self.powers.borrow_mut().entry(bits).or_insert_with(|| Rc::new(Power::new(bits))).clone()
    }

    /// The prime of that size, big-endian.
    pub(crate) fn prime(&self, bits: usize) -> Rc<Vec<u8>> {
        let prime = || prime::random_prime(bits).expect("randomness").to_be_bytes().to_vec();
        self.primes.borrow_mut().entry(bits).or_insert_with(|| Rc::new(prime())).clone()
    }
}

impl Key {
    fn new(bits: usize) -> Self {
        let (p, q) = PrivateKey::generate(bits).expect("randomness").primes();
        // The larger one first: graviola 0.4 fails now and then if p < q.
        let private = PrivateKey::from_primes(Ord::max(&p[..], &q), Ord::min(&p[..], &q), 65_537);
        let private = private.expect("primes");
        let public = private.public_key();
        Self {
            pkcs8: private.to_der().to_vec(),
            spki: public.to_der(),
            modulus: public.modulus(),
            pkcs1v15: private.sign_with(&Pkcs1v15::<Sha256>::new(), MESSAGE).expect("signs"),
            pss: private.sign(MESSAGE).expect("signs"),
            ciphertext: public.encrypt(MESSAGE).expect("encrypts"),
            private,
        }
    }

    /// The signature of the message.
    pub(crate) fn signature(&self, padding: Padding) -> &[u8] {
        match padding {
            Padding::Pkcs1v15 => &self.pkcs1v15,
            Padding::Pss => &self.pss,
        }
    }

    /// An entry that verifies the message's signature. The other signatures, which it has to refuse, are
    /// tried at once.
    pub(crate) fn verification(
        self: &Rc<Self>,
        padding: Padding,
        work: &str,
        verify: impl Fn(&[u8], &[u8]) -> bool + 'static,
    ) -> Entry {
        let mut forged = self.signature(padding).to_vec();
        forged[9] ^= 1;
        assert!(!verify(MESSAGE, &forged) && !verify(MAC_KEY, self.signature(padding)), "accepts a forgery");
        let key = self.clone();
        Entry::new(work, move || [u8::from(verify(MESSAGE, key.signature(padding)))])
    }
}

impl Power {
    fn new(bits: usize) -> Self {
        let random = || {
            let mut x = vec![0; bits / 8];
            getrandom::fill(&mut x).expect("randomness");
            x
        };
        let (mut modulus, mut base, mut exponent) = (random(), random(), random());
        modulus[0] |= 0x80;
        modulus[bits / 8 - 1] |= 1;
        exponent[0] |= 0x80;
        base[0] &= 0x7f;
        let [m, b, e] = [&modulus, &base, &exponent].map(|x| BigUint::from_bytes_be(x));
        let result = padded(&b.modpow(&e, &m).to_bytes_be(), bits / 8);
        Self { modulus, base, exponent, result }
    }
}

/// Big-endian bytes with zeros before them, `len` in all.
pub(crate) fn padded(bytes: &[u8], len: usize) -> Vec<u8> {
    let zeros = len.saturating_sub(bytes.len());
    [&vec![0; zeros], bytes].concat()
}

/// Checks what came out of an operation: nobody is timed for a wrong result.
pub(crate) fn check(op: Op, fixtures: &Fixtures, output: &[u8]) -> Result<(), String> {
    let expected = match op {
        Op::Sign(Padding::Pkcs1v15, bits) => fixtures.key(bits).pkcs1v15.clone(),
        Op::Sign(Padding::Pss, bits) => {
            let key = fixtures.key(bits);
            return key.private.public_key().verify(MESSAGE, output).map_err(|e| e.to_string());
        }
        Op::Generate(bits) => return check_generated(bits, output),
        Op::Decrypt(_) => MESSAGE.to_vec(),
        Op::Verify(..) | Op::MillerRabin(_) => vec![1],
        Op::Load(bits) => fixtures.key(bits).modulus.clone(),
        Op::Pow(bits) => fixtures.power(bits).result.clone(),
        Op::Hash(function, len) => hash(function, &vec![0x61; len]),
    };
    if output == expected { Ok(()) } else { Err("another result than the others'".into()) }
}

fn check_generated(bits: usize, pkcs8: &[u8]) -> Result<(), String> {
    let key = PrivateKey::from_der(pkcs8).and_then(|key| key.validate().map(|()| key));
    let key = key.map_err(|e| e.to_string())?;
    let public = key.public_key();
    if (public.modulus_bits(), public.exponent()) == (bits, 65_537) {
        Ok(())
    } else {
        Err(format!("{} bits, e = {}", public.modulus_bits(), public.exponent()))
    }
}

fn hash(function: Function, message: &[u8]) -> Vec<u8> {
    use oneway::hash::digest::Digest;
    match function {
        Function::Sha256 => Sha256::digest(message).to_vec(),
        Function::Sha512 => Sha512::digest(message).to_vec(),
        Function::HmacSha256 => Hmac::<Sha256>::mac(MAC_KEY, message).to_vec(),
    }
}

/// Big-endian bytes as a number of exactly their width.
pub(crate) fn nat(bytes: &[u8]) -> Nat {
    Nat::from_be_bytes(bytes).expect("at most 32,768 bits")
}
