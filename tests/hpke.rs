//! HPKE against the vectors of RFC 9180, and what it refuses.
//!
//! Everything goes by the public functions: a sender's fresh key is derived from as many random bytes as it has itself,
//! so a generator that gives the bytes of a vector makes the vector's key.

#![cfg(feature = "hpke")]

use std::collections::BTreeMap;
use std::convert::Infallible;

use oneway::ecdh::{P256, P384, P521, PrivateKey, PublicKey, X25519};
use oneway::hpke::{self, Aead, Kdf, Kem, Mode, Psk, Receiver, Sender, Suite};
use oneway::{Bytes, Error};
use rand_core::{TryCryptoRng, TryRng};

/// A generator that gives these bytes, and no more.
struct Given<'a>(&'a [u8]);

impl TryRng for Given<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("bytes are asked for")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("bytes are asked for")
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        let (given, rest) = self.0.split_at(out.len());
        out.copy_from_slice(given);
        self.0 = rest;
        Ok(())
    }
}

impl TryCryptoRng for Given<'_> {}

// The vectors.

/// A block of "name = hex" lines.
type Case<'a> = BTreeMap<&'a str, Vec<u8>>;

fn cases(text: &str) -> Vec<Case<'_>> {
    let bytes = |hex: &str| {
        assert!(hex.len().is_multiple_of(2), "half a byte in {hex}");
        let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal");
        (0..hex.len()).step_by(2).map(byte).collect()
    };
    text.split("\n\n")
        .skip(1)
        .map(|block| {
            let fields = block.lines().map(|line| line.split_once(" = ").expect("name = hex"));
            fields.map(|(name, hex)| (name, bytes(hex))).collect()
        })
        .collect()
}

const INFO: &[u8] = b"Ode on a Grecian Urn";
const MESSAGE: &[u8] = b"Beauty is truth, truth beauty";

/// One case: the sender's side, and the receiver's.
fn check<C: Kem>(case: &Case<'_>) {
    let number = |name: &str| u16::from_be_bytes(case[name][..].try_into().expect("two bytes"));
    let suite = Suite {
        kdf: Kdf::from_id(number("kdf")).expect("a KDF"),
        aead: Aead::from_id(number("aead")).expect("an AEAD"),
    };
    assert_eq!((number("kem"), number("kdf"), number("aead")), (C::ID, suite.kdf.id(), suite.aead.id()));

    let key = |ikm: &str, private: &str, public: &str| {
        let key = hpke::derive_key_pair::<C>(&case[ikm]).expect("enough bytes");
        assert_eq!(
            (&key.to_bytes()[..], &key.public_key().to_bytes()[..]),
            (&case[private][..], &case[public][..])
        );
        assert_eq!(PrivateKey::<C>::from_bytes(&case[private]).unwrap().public_key(), key.public_key());
        key
    };
    let receiver = key("ikmR", "skRm", "pkRm");
    let own = case.contains_key("ikmS").then(|| key("ikmS", "skSm", "pkSm"));
    let own_public = own.as_ref().map(PrivateKey::public_key);
    let psk = case.get("psk").map(|psk| Psk::new(psk, &case["psk_id"]).expect("32 bytes, and a name"));
    let (to, from) = match (case["mode"][0], psk, &own, &own_public) {
        (0, None, None, None) => (Mode::Base, Mode::Base),
        (1, Some(psk), None, None) => (Mode::Psk(psk), Mode::Psk(psk)),
        (2, None, Some(own), Some(public)) => (Mode::Auth(own), Mode::Auth(public)),
        (3, Some(psk), Some(own), Some(public)) => (Mode::AuthPsk(own, psk), Mode::AuthPsk(public, psk)),
        (mode, ..) => panic!("mode {mode} with another mode's fields"),
    };

    let mut random = Given(&case["ikmE"]);
    let (enc, mut sender) = suite.setup_sender_rng(&mut random, &receiver.public_key(), to, INFO).unwrap();
    assert_eq!((&enc[..], random.0.len()), (&case["enc"][..], 0));
    let mut opener = suite.setup_receiver(&receiver, &enc, from, INFO).unwrap();
    let mut compared = 0;
    for number in 0..=256 {
        let aad = format!("Count-{number}");
        if suite.aead == Aead::ExportOnly {
            let refused = Error::Unsupported("messages of an export-only suite");
            assert_eq!(sender.seal(aad.as_bytes(), MESSAGE), Err(refused));
            assert_eq!(opener.open(aad.as_bytes(), &[0; 16]), Err(refused));
            continue;
        }
        let ciphertext = sender.seal(aad.as_bytes(), MESSAGE).unwrap();
        if let Some(expected) = case.get(&format!("ct{number}")[..]) {
            assert_eq!(&ciphertext, expected, "message {number}");
            compared += 1;
        }
        assert_eq!(*opener.open(aad.as_bytes(), &ciphertext).unwrap(), MESSAGE);
    }
    assert_eq!(compared, if suite.aead == Aead::ExportOnly { 0 } else { 6 });
    for (name, context) in [("export0", &b""[..]), ("export1", b"\0"), ("export2", b"TestContext")] {
        let (mut out, mut same) = ([0; 32], [0; 32]);
        sender.export(context, &mut out).unwrap();
        opener.export(context, &mut same).unwrap();
        assert_eq!((&out[..], same), (&case[name][..], out), "{name}");
    }
}

/// Checks a file; how many cases there were for X25519, P-256, P-384 and P-521.
fn check_all(text: &str) -> [usize; 4] {
    let mut run = [0; 4];
    for case in cases(text) {
        let which = match case["kem"][..] {
            [0, 0x20] => {
                check::<X25519>(&case);
                0
            }
            [0, 0x10] => {
                check::<P256>(&case);
                1
            }
            [0, 0x11] => {
                check::<P384>(&case);
                2
            }
            [0, 0x12] => {
                check::<P521>(&case);
                3
            }
            _ => panic!("KEM {:?}", case["kem"]),
        };
        run[which] += 1;
    }
    run
}

#[test]
fn rfc_9180_appendix_a() {
    // On each curve two KDFs, four AEADs, four modes.
    assert_eq!(check_all(include_str!("vectors/hpke/rfc9180.txt")), [32, 32, 0, 32]);
}

#[test]
fn p_384_and_hkdf_sha_384() {
    assert_eq!(check_all(include_str!("vectors/hpke/pyhpke.txt")), [1, 1, 18, 1]);
}

// What's refused.

const SUITE: Suite = Suite { kdf: Kdf::HkdfSha256, aead: Aead::ChaCha20Poly1305 };

fn key<C: Kem>(seed: u8) -> PrivateKey<C> {
    hpke::derive_key_pair(&[seed; 66]).expect("enough bytes")
}

/// A sealed message of the front door, with a generator that repeats one byte.
fn sealed<C: Kem>(to: &PrivateKey<C>, message: &[u8]) -> Vec<u8> {
    hpke::seal_rng(&mut Given(&[9; 66]), &to.public_key(), b"info", b"aad", message).expect("sealed")
}

fn row<C: Kem>(to: &PrivateKey<C>, seed: u8) -> (Bytes, Sender, Receiver) {
    let random = &mut Given(&[seed; 66]);
    let (enc, sender) = SUITE.setup_sender_rng(random, &to.public_key(), Mode::Base, b"").expect("a sender");
    let receiver = SUITE.setup_receiver(to, &enc, Mode::Base, b"").expect("a receiver");
    (enc, sender, receiver)
}

fn front_door<C: Kem>(enc_len: usize) {
    let bob = key::<C>(1);
    for len in [0, 1, 15, 16, 17, 1000] {
        let message = vec![0x5a; len];
        let sealed = sealed(&bob, &message);
        assert_eq!(sealed.len(), enc_len + len + 16);
        assert_eq!(*hpke::open(&bob, b"info", b"aad", &sealed).unwrap(), message);
    }
    let sealed = sealed(&bob, b"a message");
    // The same by the long form.
    let (enc, ciphertext) = sealed.split_at(enc_len);
    let opened = Suite::of::<C>().open(&bob, enc, Mode::Base, b"info", b"aad", ciphertext);
    assert_eq!(*opened.unwrap(), b"a message");

    let refused = |key: &PrivateKey<C>, info: &[u8], aad: &[u8], sealed: &[u8]| {
        hpke::open(key, info, aad, sealed).expect_err("opened")
    };
    assert_eq!(refused(&key(2), b"info", b"aad", &sealed), Error::Decryption);
    assert_eq!(refused(&bob, b"inf0", b"aad", &sealed), Error::Decryption);
    assert_eq!(refused(&bob, b"", b"aad", &sealed), Error::Decryption);
    assert_eq!(refused(&bob, b"info", b"", &sealed), Error::Decryption);
    assert_eq!(refused(&bob, b"infoa", b"ad", &sealed), Error::Decryption);
    // Each byte changed, in turn: what isn't a point any more, or is another one; and each byte of the ciphertext.
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 0x10;
        let error = refused(&bob, b"info", b"aad", &changed);
        let is_about_the_point = matches!(error, Error::InvalidKey(_) | Error::Malformed { .. });
        assert!(error == Error::Decryption || (at < enc_len && is_about_the_point), "byte {at}: {error:?}");
    }
    for len in 0..sealed.len() {
        let error = refused(&bob, b"info", b"aad", &sealed[..len]);
        let short = Error::Length { len, expected: enc_len };
        assert_eq!(error, if len < enc_len { short } else { Error::Decryption }, "{len} bytes");
    }
    assert_eq!(refused(&bob, b"info", b"aad", &[&sealed[..], b"\0"].concat()), Error::Decryption);
}

#[test]
fn one_message() {
    front_door::<X25519>(32);
    front_door::<P256>(65);
    front_door::<P384>(97);
    front_door::<P521>(133);
}

#[test]
fn a_row_is_opened_in_its_order() {
    let bob = key::<P256>(1);
    let (_, mut sender, mut receiver) = row(&bob, 2);
    let sealed: Vec<_> = (0..4).map(|i| sender.seal(b"", &[i]).unwrap()).collect();
    assert_eq!(receiver.open(b"", &sealed[1]), Err(Error::Decryption));
    assert_eq!(*receiver.open(b"", &sealed[0]).unwrap(), [0]);
    assert_eq!(receiver.open(b"", &sealed[0]), Err(Error::Decryption), "once only");
    assert_eq!(receiver.open(b"", &sealed[2]), Err(Error::Decryption));
    assert_eq!(receiver.open(b"other", &sealed[1]), Err(Error::Decryption));
    assert_eq!(*receiver.open(b"", &sealed[1]).unwrap(), [1]);
    assert_eq!(*receiver.open(b"", &sealed[2]).unwrap(), [2]);
    for len in 0..sealed[3].len() {
        assert_eq!(receiver.open(b"", &sealed[3][..len]), Err(Error::Decryption));
    }
    assert_eq!(*receiver.open(b"", &sealed[3]).unwrap(), [3]);

    // Another row to the same key has other keys.
    let (other_enc, mut other, _) = row(&bob, 3);
    let (enc, _, mut receiver) = row(&bob, 2);
    assert_ne!(other_enc, enc);
    assert_eq!(receiver.open(b"", &other.seal(b"", &[0]).unwrap()), Err(Error::Decryption));
    assert_eq!(*receiver.open(b"", &sealed[0]).unwrap(), [0]);
}

#[test]
fn both_sides_have_the_same_mode() {
    let (bob, alice, eve) = (key::<P256>(1), key::<P256>(2), key::<P256>(3));
    let (alice_public, eve_public) = (alice.public_key(), eve.public_key());
    let secret = [7; 32];
    let (psk, other_key) = (Psk::new(&secret, b"id").unwrap(), Psk::new(&[8; 32], b"id").unwrap());
    let other_id = Psk::new(&secret, b"di").unwrap();
    let senders = [
        Mode::Base,
        Mode::Psk(psk),
        Mode::Psk(other_key),
        Mode::Psk(other_id),
        Mode::Auth(&alice),
        Mode::Auth(&eve),
        Mode::AuthPsk(&alice, psk),
        Mode::AuthPsk(&alice, other_id),
    ];
    let receivers = [
        Mode::Base,
        Mode::Psk(psk),
        Mode::Psk(other_key),
        Mode::Psk(other_id),
        Mode::Auth(&alice_public),
        Mode::Auth(&eve_public),
        Mode::AuthPsk(&alice_public, psk),
        Mode::AuthPsk(&alice_public, other_id),
    ];
    for (i, to) in senders.into_iter().enumerate() {
        let (enc, ciphertext) =
            SUITE.seal_rng(&mut Given(&[4; 32]), &bob.public_key(), to, b"", b"", MESSAGE).unwrap();
        for (j, from) in receivers.into_iter().enumerate() {
            let opened = SUITE.open(&bob, &enc, from, b"", b"", &ciphertext);
            assert_eq!(opened.is_ok(), i == j, "{to:?} and {from:?}");
            assert!(i == j || opened == Err(Error::Decryption));
        }
    }
    // And the same suite.
    let (enc, ciphertext) =
        SUITE.seal_rng(&mut Given(&[4; 32]), &bob.public_key(), Mode::Base, b"", b"", MESSAGE).unwrap();
    for suite in [Suite { kdf: Kdf::HkdfSha512, ..SUITE }, Suite { aead: Aead::Aes256Gcm, ..SUITE }] {
        assert_eq!(suite.open(&bob, &enc, Mode::Base, b"", b"", &ciphertext), Err(Error::Decryption));
    }
}

#[test]
fn pre_shared_keys_have_32_bytes_and_a_name() {
    let reason = |key: &[u8], id: &[u8]| Psk::new(key, id).expect_err("taken").to_string();
    assert_eq!(reason(&[1; 31], b"id"), "the key is invalid: a pre-shared key has less than 32 bytes");
    assert_eq!(reason(b"", b"id"), "the key is invalid: a pre-shared key has less than 32 bytes");
    assert_eq!(reason(&[1; 32], b""), "the key is invalid: a pre-shared key has no name");
    let psk = Psk::new(&[0xab; 32], b"id").unwrap();
    assert_eq!(format!("{psk:?}"), "Psk { id: [105, 100], .. }");
}

fn bad_points<C: Kem>() {
    let bob = key::<C>(1);
    let enc = bob.public_key().to_bytes().to_vec();
    let setup = |enc: &[u8]| SUITE.setup_receiver(&bob, enc, Mode::Base, b"").map(|_| ());
    assert_eq!(setup(&enc), Ok(()));
    for len in [0, 1, enc.len() / 2 + 1, enc.len() - 1] {
        assert_eq!(setup(&enc[..len]), Err(Error::Length { len, expected: enc.len() }));
    }
    // A right point in the wrong form: compressed.
    let mut compressed = enc[..=enc.len() / 2].to_vec();
    compressed[0] = 2 + (enc[enc.len() - 1] & 1);
    PublicKey::<C>::from_bytes(&compressed).expect("a point");
    assert!(matches!(setup(&compressed), Err(Error::Length { .. })));
    let mut off_curve = enc.clone();
    *off_curve.last_mut().unwrap() ^= 1;
    assert!(matches!(setup(&off_curve), Err(Error::InvalidKey(_))), "off the curve");
    let mut too_large = enc.clone();
    too_large[1..].fill(0xff);
    assert!(matches!(setup(&too_large), Err(Error::InvalidKey(_))), "coordinates above p");
    let mut other_form = enc;
    other_form[0] = 5;
    assert!(matches!(setup(&other_form), Err(Error::Malformed { .. })), "no form of SEC 1");
}

#[test]
fn encapsulated_keys_are_points() {
    bad_points::<P256>();
    bad_points::<P384>();
    bad_points::<P521>();
}

/// The u-coordinates of small order below 2^255 (Bernstein, cr.yp.to/ecdh.html), and with the top bit set, which is
/// ignored.
#[test]
fn points_of_small_order_are_refused() {
    let two = "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800";
    let other = "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157";
    let from_hex = |hex: &str| -> [u8; 32] {
        core::array::from_fn(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap())
    };
    let small = |low: u8| -> [u8; 32] { core::array::from_fn(|i| if i == 0 { low } else { 0 }) };
    // p - 1, p and p + 1 for p = 2^255 - 19.
    let near_p = |low: u8| -> [u8; 32] {
        core::array::from_fn(|i| match i {
            0 => low,
            31 => 0x7f,
            _ => 0xff,
        })
    };
    let points =
        [small(0), small(1), from_hex(two), from_hex(other), near_p(0xec), near_p(0xed), near_p(0xee)];
    let bob = key::<X25519>(1);
    for mut point in points {
        for top in [0, 0x80] {
            point[31] = point[31] & 0x7f | top;
            let setup = SUITE.setup_receiver(&bob, &point, Mode::Base, b"").map(|_| ());
            assert!(matches!(setup, Err(Error::InvalidKey(_))), "{point:02x?}: {setup:?}");
            let sealed = [&point[..], &[0; 40]].concat();
            assert!(matches!(hpke::open(&bob, b"", b"", &sealed), Err(Error::InvalidKey(_))));
            // As the receiver's key, and as the sender's.
            let public = PublicKey::<X25519>::from_bytes(&point).unwrap();
            let sealed = hpke::seal_rng(&mut Given(&[1; 32]), &public, b"", b"", b"");
            assert!(matches!(sealed, Err(Error::InvalidKey(_))), "{sealed:?}");
            let enc = bob.public_key().to_bytes();
            let setup = SUITE.setup_receiver(&bob, &enc, Mode::Auth(&public), b"").map(|_| ());
            assert!(matches!(setup, Err(Error::InvalidKey(_))), "{setup:?}");
        }
    }
    for len in [0, 31, 33, 65] {
        let error = SUITE.setup_receiver(&bob, &[9; 65][..len], Mode::Base, b"").map(|_| ());
        assert_eq!(error, Err(Error::Length { len, expected: 32 }));
    }
}

#[test]
fn exports_end_where_hkdf_does() {
    for (kdf, most) in [(Kdf::HkdfSha256, 255 * 32), (Kdf::HkdfSha384, 255 * 48), (Kdf::HkdfSha512, 255 * 64)]
    {
        let suite = Suite { kdf, ..SUITE };
        let to = key::<P256>(1).public_key();
        let (_, sender) = suite.setup_sender_rng(&mut Given(&[2; 32]), &to, Mode::Base, b"").unwrap();
        for (len, outcome) in [
            (0, Ok(())),
            (most, Ok(())),
            (most + 1, Err(Error::OutputTooLong)),
            (1 << 16, Err(Error::OutputTooLong)),
        ] {
            assert_eq!(sender.export(b"", &mut vec![0; len]), outcome, "{kdf:?}, {len} bytes");
        }
    }
}

#[test]
fn keys_are_derived_from_enough_bytes() {
    fn check<C: Kem>(len: usize) {
        let error = hpke::derive_key_pair::<C>(&vec![1; len - 1]).expect_err("derived");
        assert_eq!(error, Error::Length { len: len - 1, expected: len });
        let (key, other) =
            (hpke::derive_key_pair::<C>(&vec![1; len]), hpke::derive_key_pair(&vec![1; len + 1]));
        assert_ne!(key.unwrap().public_key(), other.unwrap().public_key());
    }
    check::<X25519>(32);
    check::<P256>(32);
    check::<P384>(48);
    check::<P521>(66);
}

#[test]
fn numbers_of_other_suites() {
    assert_eq!(Kdf::from_id(4), Err(Error::Unsupported("HPKE KDFs of this number")));
    assert_eq!(Aead::from_id(0), Err(Error::Unsupported("HPKE AEADs of this number")));
    for id in 1..=3 {
        assert_eq!((Kdf::from_id(id).unwrap().id(), Aead::from_id(id).unwrap().id()), (id, id));
    }
    assert_eq!(Suite::of::<X25519>(), Suite::of::<P256>());
    assert_eq!(Suite::of::<P256>(), Suite { kdf: Kdf::HkdfSha256, aead: Aead::Aes128Gcm });
    assert_eq!(Suite::of::<P384>(), Suite { kdf: Kdf::HkdfSha384, aead: Aead::Aes256Gcm });
    assert_eq!(Suite::of::<P521>(), Suite { kdf: Kdf::HkdfSha512, aead: Aead::Aes256Gcm });
}

#[test]
fn no_secret_is_shown() {
    let (_, sender, receiver) = row(&key::<P256>(1), 2);
    let shown = "{ suite: Suite { kdf: HkdfSha256, aead: ChaCha20Poly1305 }, next: 0, .. }";
    assert_eq!(format!("{sender:?}"), format!("Sender {shown}"));
    assert_eq!(format!("{receiver:?}"), format!("Receiver {shown}"));
}

/// A generator that fails.
struct Broken;

impl TryRng for Broken {
    type Error = std::fmt::Error;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Err(std::fmt::Error)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Err(std::fmt::Error)
    }

    fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Self::Error> {
        Err(std::fmt::Error)
    }
}

impl TryCryptoRng for Broken {}

#[test]
fn no_message_without_randomness() {
    let to = key::<P256>(1).public_key();
    assert_eq!(hpke::seal_rng(&mut Broken, &to, b"", b"", b""), Err(Error::Random));
}

#[cfg(feature = "getrandom")]
#[test]
fn two_messages_have_nothing_in_common() {
    let bob = key::<P256>(1);
    let [one, two] = [(); 2].map(|()| hpke::seal(&bob.public_key(), b"", b"", MESSAGE).unwrap());
    assert_ne!(one[..65], two[..65]);
    assert_ne!(one[65..], two[65..]);
}
