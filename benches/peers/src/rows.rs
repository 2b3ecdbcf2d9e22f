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
use oneway::trust::{Authority, Certificate, PathLength, Profile, Request, Time, Validity};
use oneway::{ecdh, ecdsa, ed25519, hazmat, key};
use pkcs1::UintRef;
use pkcs8::PrivateKeyInfoRef;

use crate::race::Entry;
#[cfg(feature = "tls")]
use crate::tls::{self, World};

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
    /// X25519 or ECDH: the other side's public key, in bytes, is read, checked and agreed with.
    Agree(Curve),
    /// X25519 or ECDH: the public key, in bytes, of a private key.
    PublicKey(Curve),
    /// Ed25519 or ECDSA.
    CurveSign(Curve),
    CurveVerify(Curve),
    /// Ed25519: so many signatures of as many keys and messages; the figure is for one of them.
    Batch(usize),
    /// A certificate from DER.
    ReadCertificate(Family),
    /// A chain of so many certificates, the root among them, and all others from DER: is it a server's of that name, at
    /// that time?
    Chain(Family, usize),
    /// rustls, with the library as its provider.
    Tls(Tls),
}

/// What one end of a connection does, in one version of TLS.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Tls {
    /// A whole handshake with certificates of a family; the client has one, too, if that's true.
    Handshake(TlsVersion, Family, bool, End),
    /// A handshake that goes on with a session that both ends know.
    Resumption(TlsVersion, End),
    /// Data, from the client to the server: 1 MiB, in TLS 1.3.
    Transfer(Aead, End),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TlsVersion {
    Tls13,
    Tls12,
}

/// Whose work it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    Server,
    Client,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Aead {
    Aes128Gcm,
    Aes256Gcm,
    ChaCha20Poly1305,
}

/// Certificates whose keys, and signatures, are all of one kind; RSA's by PKCS#1 v1.5, with SHA-256 as on P-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Family {
    Rsa2048,
    P256,
    Ed25519,
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

/// A curve, with its hash for ECDSA: SHA-256, SHA-384, SHA-512.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Curve {
    /// X25519 and Ed25519.
    Curve25519,
    P256,
    P384,
    P521,
}

/// A table of rows that have most columns in common.
pub(crate) struct Section {
    pub(crate) title: &'static str,
    pub(crate) rows: Vec<Op>,
}

/// Every row there is.
pub(crate) fn sections() -> Vec<Section> {
    const RSA: [usize; 3] = [2048, 3072, 4096];
    const CURVES: [Curve; 4] = [Curve::Curve25519, Curve::P256, Curve::P384, Curve::P521];
    const FAMILIES: [Family; 3] = [Family::Rsa2048, Family::P256, Family::Ed25519];
    let each = |op: fn(usize) -> Op, sizes: &[usize]| sizes.iter().map(|&n| op(n)).collect::<Vec<_>>();
    let on_curves = |op: fn(Curve) -> Op| CURVES.map(op).to_vec();
    let mut sections = vec![
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
        Section { title: "X25519 and ECDH, agreement", rows: on_curves(Op::Agree) },
        Section { title: "X25519 and ECDH, public keys", rows: on_curves(Op::PublicKey) },
        Section { title: "Ed25519 and ECDSA, signing", rows: on_curves(Op::CurveSign) },
        Section {
            title: "Ed25519 and ECDSA, verification",
            rows: [on_curves(Op::CurveVerify), vec![Op::Batch(64)]].concat(),
        },
        Section { title: "Certificates, reading", rows: FAMILIES.map(Op::ReadCertificate).to_vec() },
        Section {
            title: "Certificates, a chain of three",
            rows: FAMILIES.map(|family| Op::Chain(family, 3)).to_vec(),
        },
        Section {
            title: "Hashes",
            rows: [
                each(|n| Op::Hash(Function::Sha256, n), &[64, 16_384]),
                each(|n| Op::Hash(Function::Sha512, n), &[64, 16_384]),
                each(|n| Op::Hash(Function::HmacSha256, n), &[1024]),
            ]
            .concat(),
        },
    ];
    if cfg!(feature = "tls") {
        sections.extend(tls_sections(FAMILIES));
    }
    sections
}

fn tls_sections(families: [Family; 3]) -> Vec<Section> {
    const VERSIONS: [TlsVersion; 2] = [TlsVersion::Tls13, TlsVersion::Tls12];
    let handshakes = |mutual, end| {
        let pairs = VERSIONS.into_iter().flat_map(|version| families.map(|family| (version, family)));
        pairs.map(|(version, family)| Op::Tls(Tls::Handshake(version, family, mutual, end))).collect()
    };
    let resumptions = |end| VERSIONS.map(|version| Op::Tls(Tls::Resumption(version, end)));
    let transfers = |end| {
        [Aead::Aes128Gcm, Aead::Aes256Gcm, Aead::ChaCha20Poly1305]
            .map(|aead| Op::Tls(Tls::Transfer(aead, end)))
    };
    let rows = |title, rows| Section { title, rows };
    vec![
        rows("TLS handshakes, the server's part", handshakes(false, End::Server)),
        rows("TLS handshakes, the client's part", handshakes(false, End::Client)),
        rows("TLS handshakes with a client's certificate, the server's part", handshakes(true, End::Server)),
        rows("TLS handshakes with a client's certificate, the client's part", handshakes(true, End::Client)),
        rows("TLS, sessions resumed", [resumptions(End::Server), resumptions(End::Client)].concat()),
        rows("TLS, 1 MiB of data", [transfers(End::Client), transfers(End::Server)].concat()),
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
            Self::Agree(Curve::Curve25519) => write!(f, "x25519 agree"),
            Self::PublicKey(Curve::Curve25519) => write!(f, "x25519 key"),
            Self::Agree(curve) => write!(f, "{curve} ecdh agree"),
            Self::PublicKey(curve) => write!(f, "{curve} ecdh key"),
            Self::CurveSign(Curve::Curve25519) => write!(f, "ed25519 sign"),
            Self::CurveVerify(Curve::Curve25519) => write!(f, "ed25519 verify"),
            Self::CurveSign(curve) => write!(f, "{curve} ecdsa sign"),
            Self::CurveVerify(curve) => write!(f, "{curve} ecdsa verify"),
            Self::Batch(count) => write!(f, "ed25519 verify, one of a batch of {count}"),
            Self::ReadCertificate(family) => write!(f, "certificate read {family}"),
            Self::Chain(family, 3) => write!(f, "certificate chain {family}"),
            Self::Chain(family, length) => write!(f, "certificate chain {family}, of {length}"),
            Self::Tls(Tls::Handshake(version, family, mutual, end)) => {
                write!(f, "{version} handshake {family}{}, {end}", if *mutual { " mutual" } else { "" })
            }
            Self::Tls(Tls::Resumption(version, end)) => write!(f, "{version} resumption, {end}"),
            Self::Tls(Tls::Transfer(aead, end)) => {
                write!(f, "tls 1.3 {aead} {}", if *end == End::Client { "send" } else { "receive" })
            }
        }
    }
}

impl fmt::Display for TlsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tls13 => "tls 1.3",
            Self::Tls12 => "tls 1.2",
        })
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server => "server",
            Self::Client => "client",
        })
    }
}

impl fmt::Display for Aead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Aes128Gcm => "aes-128-gcm",
            Self::Aes256Gcm => "aes-256-gcm",
            Self::ChaCha20Poly1305 => "chacha20-poly1305",
        })
    }
}

impl fmt::Display for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Curve25519 => "curve25519",
            Self::P256 => "p256",
            Self::P384 => "p384",
            Self::P521 => "p521",
        })
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rsa2048 => "rsa-2048",
            Self::P256 => "p256",
            Self::Ed25519 => "ed25519",
        })
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
            Self::Agree(Curve::P256) => Some((0.45, 1.1)),
            Self::PublicKey(Curve::P256) => Some((0.65, 1.1)),
            Self::CurveSign(Curve::P256) => Some((0.70, 1.1)),
            Self::CurveVerify(Curve::P256) => Some((0.42, 1.1)),
            Self::Agree(Curve::Curve25519 | Curve::P384 | Curve::P521)
            | Self::PublicKey(Curve::P521)
            | Self::CurveSign(Curve::P384)
            | Self::CurveVerify(Curve::P384) => Some((0.60, 1.2)),
            Self::CurveSign(Curve::Curve25519) => Some((0.80, 1.2)),
            Self::PublicKey(Curve::Curve25519) | Self::CurveVerify(Curve::Curve25519) | Self::Batch(_) => {
                Some((0.70, 1.2))
            }
            _ => None,
        }
    }

    /// The portable engine's goal, in times of RustCrypto's rsa, crypto-bigint or p256.
    pub(crate) fn portable_goal(self) -> Option<f64> {
        match self {
            Self::Sign(..) | Self::Decrypt(_) | Self::Verify(..) | Self::Pow(_) => Some(0.55),
            Self::Agree(Curve::P256)
            | Self::PublicKey(Curve::P256)
            | Self::CurveSign(Curve::P256)
            | Self::CurveVerify(Curve::P256) => Some(0.35),
            _ => None,
        }
    }

    /// What there is of it in a second, where people ask for that: how much of it one operation is, and its unit.
    pub(crate) fn rate(self) -> Option<(f64, &'static str)> {
        match self {
            Self::Tls(Tls::Transfer(..)) => Some((1_048_576.0 / 1e6, " MB/s")),
            Self::Tls(_) => Some((1.0, "/s")),
            _ => None,
        }
    }

    /// The size of the RSA key, where there's one.
    pub(crate) fn rsa_bits(self) -> Option<usize> {
        match self {
            Self::Sign(_, bits)
            | Self::Decrypt(bits)
            | Self::Verify(_, bits)
            | Self::Generate(bits)
            | Self::Load(bits) => Some(bits),
            _ => None,
        }
    }
}

/// What operations work on, made when it's first asked for.
pub(crate) struct Fixtures {
    keys: RefCell<BTreeMap<usize, Rc<Key>>>,
    powers: RefCell<BTreeMap<usize, Rc<Power>>>,
    primes: RefCell<BTreeMap<usize, Rc<Vec<u8>>>>,
    agreements: RefCell<BTreeMap<Curve, Rc<Agreement>>>,
    signatures: RefCell<BTreeMap<(Curve, usize), Rc<Signed>>>,
    chains: RefCell<BTreeMap<(Family, usize), Rc<Certificates>>>,
    #[cfg(feature = "tls")]
    worlds: RefCell<BTreeMap<Family, Rc<World>>>,
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

/// Two key pairs on a curve, in bytes, and what they agree on.
#[allow(dead_code)] // which parts are used depends on the features
pub(crate) struct Agreement {
    pub(crate) private: Vec<u8>,
    pub(crate) public: Vec<u8>,
    pub(crate) other_private: Vec<u8>,
    pub(crate) other_public: Vec<u8>,
    pub(crate) secret: Vec<u8>,
}

/// A key pair and the signature of a message, in bytes; of ECDSA r ‖ s.
#[allow(dead_code)]
pub(crate) struct Signed {
    pub(crate) private: Vec<u8>,
    pub(crate) public: Vec<u8>,
    pub(crate) message: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

/// Calls a generic function with the type of a curve for ECDSA.
macro_rules! on_nist_curve {
    ($curve:expr, $function:ident($($argument:expr),*)) => {
        match $curve {
            $crate::rows::Curve::P256 => $function::<oneway::ecdsa::P256>($($argument),*),
            $crate::rows::Curve::P384 => $function::<oneway::ecdsa::P384>($($argument),*),
            $crate::rows::Curve::P521 => $function::<oneway::ecdsa::P521>($($argument),*),
            $crate::rows::Curve::Curve25519 => unreachable!("it has Ed25519"),
        }
    };
}
/// Calls a generic function with the type of a curve for key agreement.
macro_rules! on_curve {
    ($curve:expr, $function:ident($($argument:expr),*)) => {
        match $curve {
            $crate::rows::Curve::Curve25519 => $function::<oneway::ecdh::X25519>($($argument),*),
            $crate::rows::Curve::P256 => $function::<oneway::ecdh::P256>($($argument),*),
            $crate::rows::Curve::P384 => $function::<oneway::ecdh::P384>($($argument),*),
            $crate::rows::Curve::P521 => $function::<oneway::ecdh::P521>($($argument),*),
        }
    };
}
pub(crate) use {on_curve, on_nist_curve};

impl Fixtures {
    pub(crate) fn new() -> Self {
        Self {
            keys: RefCell::default(),
            powers: RefCell::default(),
            primes: RefCell::default(),
            agreements: RefCell::default(),
            signatures: RefCell::default(),
            chains: RefCell::default(),
            #[cfg(feature = "tls")]
            worlds: RefCell::default(),
        }
    }

    /// The key agreement on that curve.
    pub(crate) fn agreement(&self, curve: Curve) -> Rc<Agreement> {
        let new = || Rc::new(on_curve!(curve, agreement()));
        self.agreements.borrow_mut().entry(curve).or_insert_with(new).clone()
    }

    /// The signature of [`MESSAGE`] on that curve.
    pub(crate) fn signed(&self, curve: Curve) -> Rc<Signed> {
        let new = || Rc::new(signed(curve, MESSAGE));
        self.signatures.borrow_mut().entry((curve, 0)).or_insert_with(new).clone()
    }

    /// The certificates of a chain of that length.
    pub(crate) fn chain(&self, family: Family, length: usize) -> Rc<Certificates> {
        if length == 3 {
            return Self::certificates(family);
        }
        let new = || Rc::new(Certificates::new(family, length));
        self.chains.borrow_mut().entry((family, length)).or_insert_with(new).clone()
    }

    /// The certificates of a family: root, intermediate and leaf.
    pub(crate) fn certificates(family: Family) -> Rc<Certificates> {
        macro_rules! files {
            ($family:literal) => {
                [
                    include_str!(concat!("../../../tests/trust/", $family, ".root.pem")),
                    include_str!(concat!("../../../tests/trust/", $family, ".intermediate.pem")),
                    include_str!(concat!("../../../tests/trust/", $family, ".leaf.pem")),
                ]
            };
        }
        let texts = match family {
            Family::Rsa2048 => files!("rsa"),
            Family::P256 => files!("p256"),
            Family::Ed25519 => files!("ed25519"),
        };
        let [root, intermediate, leaf] =
            texts.map(|text| Certificate::from_pem(text).expect("a certificate").to_der().to_vec());
        Rc::new(Certificates { root, intermediates: vec![intermediate], leaf })
    }

    /// Keys and certificates of that family, for both ends of a connection.
    #[cfg(feature = "tls")]
    pub(crate) fn world(&self, family: Family) -> Rc<World> {
        self.worlds.borrow_mut().entry(family).or_insert_with(|| Rc::new(World::new(family))).clone()
    }

    /// Signatures with Ed25519, of as many keys and messages.
    pub(crate) fn batch(&self, count: usize) -> Vec<Rc<Signed>> {
        let mut signatures = self.signatures.borrow_mut();
        let mut one = |i: usize| {
            let new = || Rc::new(signed(Curve::Curve25519, &[i as u8; 32]));
            signatures.entry((Curve::Curve25519, i)).or_insert_with(new).clone()
        };
        (1..=count).map(&mut one).collect()
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
        let private = rsa_key(bits);
        let public = private.public_key();
        Self {
            pkcs8: private.to_der().to_vec(),
            spki: public.to_der(),
            modulus: public.modulus(),
            pkcs1v15: private.sign_with(&Pkcs1v15::<Sha256>::new(), MESSAGE).expect("signs"),
            // Under 1024 bits there's no room for these two.
            pss: private.sign(MESSAGE).unwrap_or_default(),
            ciphertext: public.encrypt(MESSAGE).unwrap_or_default(),
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

fn agreement<C: ecdh::Curve>() -> Agreement {
    let [key, other] = [(); 2].map(|()| ecdh::PrivateKey::<C>::generate().expect("randomness"));
    Agreement {
        private: key.to_bytes().to_vec(),
        public: key.public_key().to_bytes().to_vec(),
        other_private: other.to_bytes().to_vec(),
        other_public: other.public_key().to_bytes().to_vec(),
        secret: other.agree(&key.public_key()).expect("an honest key").as_bytes().to_vec(),
    }
}

fn signed(curve: Curve, message: &[u8]) -> Signed {
    match curve {
        Curve::Curve25519 => {
            let key = ed25519::SigningKey::generate().expect("randomness");
            Signed {
                private: key.to_bytes().to_vec(),
                public: key.verifying_key().to_bytes().to_vec(),
                message: message.to_vec(),
                signature: key.sign(message).to_bytes().to_vec(),
            }
        }
        curve => on_nist_curve!(curve, ecdsa_signed(message)),
    }
}

fn ecdsa_signed<C: ecdsa::Curve>(message: &[u8]) -> Signed {
    let key = ecdsa::SigningKey::<C>::generate().expect("randomness");
    Signed {
        private: key.to_bytes().to_vec(),
        public: key.verifying_key().to_bytes().to_vec(),
        message: message.to_vec(),
        signature: key.sign(message).to_bytes().to_vec(),
    }
}

impl Agreement {
    /// Checks what a library agreed on that draws its keys itself: with the public key that's given, and the other
    /// side's.
    #[allow(dead_code)]
    pub(crate) fn check(&self, curve: Curve, public: &[u8], secret: &[u8]) {
        fn agree<C: ecdh::Curve>(private: &[u8], public: &[u8]) -> Vec<u8> {
            let key = ecdh::PrivateKey::<C>::from_bytes(private).expect("a key");
            let public = ecdh::PublicKey::from_bytes(public).expect("a public key");
            key.agree(&public).expect("an honest key").as_bytes().to_vec()
        }
        assert!(on_curve!(curve, agree(&self.other_private, public)) == secret, "another secret than ours");
    }

    /// An entry that agrees with the other side's public key. What's no public key, which it has to refuse, is tried
    /// at once: a point that isn't on the curve; for X25519, 0.
    pub(crate) fn agreeing<T: AsRef<[u8]>>(
        self: &Rc<Self>,
        curve: Curve,
        work: impl Into<String>,
        mut agree: impl FnMut(&[u8]) -> Option<T> + 'static,
    ) -> Entry {
        let mut wrong = self.other_public.clone();
        match curve {
            Curve::Curve25519 => wrong.fill(0),
            _ => *wrong.last_mut().expect("bytes") ^= 1,
        }
        assert!(agree(&wrong).is_none(), "agrees with what's no public key");
        let fixture = self.clone();
        Entry::new(work, move || agree(&fixture.other_public).expect("a public key"))
    }
}

impl Signed {
    /// An entry that verifies the signature. Others, which it has to refuse, are tried at once.
    pub(crate) fn verification(
        self: &Rc<Self>,
        work: &str,
        verify: impl Fn(&[u8], &[u8]) -> bool + 'static,
    ) -> Entry {
        for i in [9, self.signature.len() - 9] {
            let mut forged = self.signature.clone();
            forged[i] ^= 1;
            assert!(!verify(&self.message, &forged), "accepts a forgery");
        }
        assert!(!verify(MAC_KEY, &self.signature), "accepts a forgery");
        let fixture = self.clone();
        Entry::new(work, move || [u8::from(verify(&fixture.message, &fixture.signature))])
    }
}

/// Certificates of a chain in DER; the intermediates from the leaf's issuer on.
#[allow(dead_code)]
pub(crate) struct Certificates {
    pub(crate) root: Vec<u8>,
    pub(crate) intermediates: Vec<Vec<u8>>,
    pub(crate) leaf: Vec<u8>,
}

/// The first of December 2026, in seconds: when the certificates are valid.
pub(crate) const TIME: u64 = 1_796_083_200;
/// Whose the leaf is.
const HOST: &str = "www.example.com";

impl Certificates {
    /// A chain of so many, at least two, in the forms of oneway's authorities.
    fn new(family: Family, length: usize) -> Self {
        let [start, end] = [TIME - 86_400, TIME + 86_400].map(Time::from_unix_seconds);
        let validity = Validity::between(start, end);
        let root = Authority::self_signed("CN=Root", family.key(), validity).expect("a root");
        let root_der = root.certificate().to_der().to_vec();
        let (mut issuer, mut intermediates) = (root, Vec::new());
        for i in 2..length {
            let key = family.key();
            let request = Request::builder(format!("CN=Authority {i}")).sign(&key).expect("a request");
            let next = issuer.issue_authority(&request, validity, PathLength::Any).expect("a certificate");
            intermediates.insert(0, next.to_der().to_vec());
            issuer = Authority::new(next, key).expect("its key");
        }
        let request = Request::builder(format!("CN={HOST}")).sign(&family.key()).expect("a request");
        let leaf = issuer.issue(&request, Profile::server(), validity).expect("a certificate");
        Self { root: root_der, intermediates, leaf: leaf.to_der().to_vec() }
    }

    /// An entry that verifies a chain: of a leaf, with intermediates, for a name. What has to be refused is tried at
    /// once: wrong signatures, another name, no intermediates.
    #[allow(dead_code)]
    pub(crate) fn verification(
        self: &Rc<Self>,
        work: &str,
        verify: impl Fn(&[u8], &[Vec<u8>], &str) -> bool + 'static,
    ) -> Entry {
        let changed = |der: &[u8]| {
            let mut der = der.to_vec();
            *der.last_mut().expect("bytes") ^= 1;
            der
        };
        let (leaf, intermediates) = (&self.leaf, &self.intermediates);
        assert!(!verify(&changed(leaf), intermediates, HOST), "accepts a forgery");
        for (i, intermediate) in intermediates.iter().enumerate() {
            let mut forged = intermediates.clone();
            forged[i] = changed(intermediate);
            assert!(!verify(leaf, &forged, HOST), "accepts a forged intermediate");
            forged.remove(i);
            assert!(!verify(leaf, &forged, HOST), "accepts a chain that's none");
        }
        assert!(!verify(leaf, intermediates, "www.example.org"), "accepts another name");
        let this = self.clone();
        Entry::new(work, move || [u8::from(verify(&this.leaf, &this.intermediates, HOST))])
    }
}

impl Family {
    /// A new key of that kind.
    pub(crate) fn key(self) -> key::PrivateKey {
        match self {
            Self::Rsa2048 => rsa_key(2048).into(),
            Self::P256 => ecdsa::SigningKey::<ecdsa::P256>::generate().expect("randomness").into(),
            Self::Ed25519 => ed25519::SigningKey::generate().expect("randomness").into(),
        }
    }
}

/// A new RSA key of any size, the larger prime first: graviola 0.4 fails now and then if p < q.
fn rsa_key(bits: usize) -> PrivateKey {
    let key = hazmat::rsa::generate_small(&mut getrandom::SysRng, bits, |_| ()).expect("randomness");
    let (p, q) = key.primes();
    hazmat::rsa::small_private_key(Ord::max(&p[..], &q), Ord::min(&p[..], &q), 65_537).expect("primes")
}

/// An entry that verifies a batch whose signatures `read` reads before. One with two of them exchanged, which it has
/// to refuse, is tried at once.
#[allow(dead_code)]
pub(crate) fn batch_verification<S: 'static>(
    batch: &[Rc<Signed>],
    work: &str,
    read: impl Fn(&[u8]) -> S,
    verify: impl Fn(&[S]) -> bool + 'static,
) -> Entry {
    let mut signatures: Vec<S> = batch.iter().map(|fixture| read(&fixture.signature)).collect();
    signatures.swap(7, 8);
    assert!(!verify(&signatures), "accepts a forgery");
    signatures.swap(7, 8);
    Entry::new(work, move || [u8::from(verify(&signatures))]).batch_of(batch.len())
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
        Op::Verify(..) | Op::MillerRabin(_) | Op::CurveVerify(_) | Op::Batch(_) | Op::Chain(..) => vec![1],
        Op::ReadCertificate(family) => {
            let certificate = Certificate::from_der(&Fixtures::certificates(family).leaf);
            certificate.expect("a certificate").serial().to_vec()
        }
        Op::Agree(curve) => fixtures.agreement(curve).secret.clone(),
        Op::PublicKey(curve) => fixtures.agreement(curve).public.clone(),
        Op::CurveSign(Curve::Curve25519) => fixtures.signed(Curve::Curve25519).signature.clone(),
        Op::CurveSign(curve) => return on_nist_curve!(curve, check_ecdsa(&fixtures.signed(curve), output)),
        Op::Load(bits) => fixtures.key(bits).modulus.clone(),
        Op::Pow(bits) => fixtures.power(bits).result.clone(),
        Op::Hash(function, len) => hash(function, &vec![0x61; len]),
        #[cfg(feature = "tls")]
        Op::Tls(row) => tls::expected(row),
        #[cfg(not(feature = "tls"))]
        Op::Tls(_) => unreachable!("there are no such rows"),
    };
    if output == expected { Ok(()) } else { Err("another result than the others'".into()) }
}

fn check_ecdsa<C: ecdsa::Curve>(fixture: &Signed, signature: &[u8]) -> Result<(), String> {
    let public = ecdsa::VerifyingKey::<C>::from_bytes(&fixture.public);
    let signature = ecdsa::Signature::from_bytes(signature);
    public.and_then(|public| public.verify(&fixture.message, &signature?)).map_err(|e| e.to_string())
}

fn check_generated(bits: usize, pkcs8: &[u8]) -> Result<(), String> {
    let key = if bits < 2048 {
        small_key(pkcs8)?
    } else {
        PrivateKey::from_der(pkcs8).map_err(|e| e.to_string())?
    };
    key.validate().map_err(|e| e.to_string())?;
    let public = key.public_key();
    if (public.modulus_bits(), public.exponent()) == (bits, 65_537) {
        Ok(())
    } else {
        Err(format!("{} bits, e = {}", public.modulus_bits(), public.exponent()))
    }
}

/// A key that's too small for [`PrivateKey::from_der`].
fn small_key(pkcs8: &[u8]) -> Result<PrivateKey, String> {
    let info = PrivateKeyInfoRef::try_from(pkcs8).map_err(|e| e.to_string())?;
    let key = pkcs1::RsaPrivateKey::try_from(info.private_key.as_bytes()).map_err(|e| e.to_string())?;
    let (p, q): (UintRef<'_>, UintRef<'_>) = (key.prime1, key.prime2);
    hazmat::rsa::small_private_key(p.as_bytes(), q.as_bytes(), 65_537).map_err(|e| e.to_string())
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
