//! Keys on elliptic curves as bytes.

use oneway::ecdh::{self, P256, P384, P521, X25519};
use oneway::ecdsa::{self, SigningKey, VerifyingKey};
use oneway::ed25519;
use oneway::key::Fingerprint;
use sec1::{DecodeEcPrivateKey, EncodeEcPrivateKey};
use spki::der::Encode;
use spki::{AssociatedAlgorithmIdentifier, DynAssociatedAlgorithmIdentifier};

use super::*;

/// Everything that reads.
pub(super) fn read_all(bytes: &[u8]) {
    let _ = SigningKey::<P256>::from_der(bytes);
    let _ = SigningKey::<P384>::from_sec1_der(bytes);
    let _ = SigningKey::<P521>::from_pkcs8_der(bytes);
    let _ = ecdh::PrivateKey::<P256>::from_pem(bytes);
    let _ = VerifyingKey::<P256>::from_der(bytes);
    let _ = VerifyingKey::<P521>::from_public_key_der(bytes);
    let _ = ecdh::PublicKey::<P384>::from_pem(bytes);
    let _ = ed25519::SigningKey::from_der(bytes);
    let _ = ed25519::VerifyingKey::from_public_key_der(bytes);
    let _ = ecdh::PrivateKey::<X25519>::from_pkcs8_der(bytes);
    let _ = ecdh::PublicKey::<X25519>::from_der(bytes);
}

/// OpenSSL's files of a key on a NIST curve, and the curve's numbers.
struct Files {
    name: &'static str,
    pkcs8: &'static str,
    sec1: &'static str,
    spki: &'static str,
    compressed: &'static str,
    /// The OBJECT IDENTIFIER.
    oid: &'static [u8],
    /// n, the number of points.
    order: &'static str,
}

const FILES: [Files; 3] = [
    Files {
        name: "P-256",
        pkcs8: fixture!("p256.pem"),
        sec1: fixture!("p256.sec1.pem"),
        spki: fixture!("p256.pub.pem"),
        compressed: fixture!("p256.pub.compressed.pem"),
        oid: &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7],
        order: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    },
    Files {
        name: "P-384",
        pkcs8: fixture!("p384.pem"),
        sec1: fixture!("p384.sec1.pem"),
        spki: fixture!("p384.pub.pem"),
        compressed: fixture!("p384.pub.compressed.pem"),
        oid: &[6, 5, 0x2b, 0x81, 4, 0, 34],
        order: "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf\
                581a0db248b0a77aecec196accc52973",
    },
    Files {
        name: "P-521",
        pkcs8: fixture!("p521.pem"),
        sec1: fixture!("p521.sec1.pem"),
        spki: fixture!("p521.pub.pem"),
        compressed: fixture!("p521.pub.compressed.pem"),
        oid: &[6, 5, 0x2b, 0x81, 4, 0, 35],
        order: "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
                fffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
    },
];

const EC_PUBLIC_KEY: &[u8] = &[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

impl Files {
    fn algorithm(&self) -> Vec<u8> {
        seq(&[EC_PUBLIC_KEY, self.oid])
    }

    fn key(&self) -> key::PrivateKey {
        key::PrivateKey::from_pem(self.pkcs8).unwrap()
    }

    /// The number, and the point, by what's at the end of a file.
    fn numbers(&self) -> (Vec<u8>, Vec<u8>) {
        let (sec1, spki, len) = (der_of(self.sec1), der_of(self.spki), self.order.len() / 2);
        let start = if len == 32 { 7 } else { 8 };
        (sec1[start..start + len].to_vec(), spki[spki.len() - self.point_len()..].to_vec())
    }

    fn point_len(&self) -> usize {
        1 + 2 * (self.order.len() / 2)
    }
}

/// An `ECPrivateKey` in parts: the curve and the public key are there or not.
fn ec_private_key(number: &[u8], curve: &[u8], public: &[u8]) -> Vec<u8> {
    seq(&[V1, &tlv(4, &[number]), curve, public])
}

fn curve(parameters: &[u8]) -> Vec<u8> {
    tlv(0xa0, &[parameters])
}

fn bits(point: &[u8]) -> Vec<u8> {
    tlv(3, &[&[0], point])
}

fn point(point: &[u8]) -> Vec<u8> {
    tlv(0xa1, &[&bits(point)])
}

/// Calls a generic function for each curve.
macro_rules! on_each_curve {
    ($test:ident) => {
        $test::<P256>(&FILES[0]);
        $test::<P384>(&FILES[1]);
        $test::<P521>(&FILES[2]);
    };
}

#[test]
fn what_openssl_writes_is_what_is_written() {
    on_each_curve!(same_as_openssl);
}

fn same_as_openssl<C: ecdsa::Curve>(files: &Files)
where
    SigningKey<C>: EncodeEcPrivateKey,
    ecdh::PrivateKey<C>: EncodeEcPrivateKey,
{
    let key = files.key();
    assert_eq!(key.to_pem().as_str(), files.pkcs8);
    assert_eq!(key.public_key().to_pem(), files.spki);
    let key = SigningKey::<C>::from_pem(files.pkcs8).unwrap();
    assert_eq!(key.to_pem().as_str(), files.pkcs8);
    assert_eq!(key.verifying_key().to_pem(), files.spki);
    assert_eq!(key.to_sec1_pem(LineEnding::LF).unwrap().as_str(), files.sec1);
    let key = ecdh::PrivateKey::<C>::from_pem(files.pkcs8).unwrap();
    assert_eq!(key.to_pem().as_str(), files.pkcs8);
    assert_eq!(key.public_key().to_pem(), files.spki);
    assert_eq!(key.to_sec1_pem(LineEnding::LF).unwrap().as_str(), files.sec1);
}

#[test]
fn every_form_comes_back() {
    on_each_curve!(comes_back);
}

fn comes_back<C: ecdsa::Curve>(files: &Files)
where
    SigningKey<C>: EncodeEcPrivateKey + DecodeEcPrivateKey,
    ecdh::PrivateKey<C>: EncodeEcPrivateKey + DecodeEcPrivateKey,
{
    let key = SigningKey::<C>::from_pem(files.pkcs8).unwrap();
    let (number, point) = files.numbers();
    assert_eq!(*key.to_bytes(), number);
    assert_eq!(key.verifying_key().to_bytes(), point);
    let again = [
        SigningKey::<C>::from_bytes(&number).unwrap(),
        SigningKey::from_pem(files.sec1).unwrap(),
        SigningKey::from_pem(key.to_pem().as_bytes()).unwrap(),
        SigningKey::from_der(&key.to_der()).unwrap(),
        SigningKey::from_der(&der_of(files.sec1)).unwrap(),
        SigningKey::from_pkcs8_der(key.to_pkcs8_der().unwrap().as_bytes()).unwrap(),
        SigningKey::from_pkcs8_pem(&key.to_pkcs8_pem(LineEnding::CRLF).unwrap()).unwrap(),
        SigningKey::from_sec1_der(key.to_sec1_der().unwrap().as_bytes()).unwrap(),
        SigningKey::from_sec1_pem(&key.to_sec1_pem(LineEnding::CR).unwrap()).unwrap(),
        SigningKey::from(&ecdh::PrivateKey::from_pem(files.sec1).unwrap()),
    ];
    for again in again {
        assert_eq!(again.verifying_key(), key.verifying_key());
        assert_eq!(again.to_der(), key.to_der());
    }
    let agreement = ecdh::PrivateKey::from(&key);
    let again = [
        ecdh::PrivateKey::<C>::from_bytes(&number).unwrap(),
        ecdh::PrivateKey::from_der(&key.to_der()).unwrap(),
        ecdh::PrivateKey::from_pkcs8_pem(files.pkcs8).unwrap(),
        ecdh::PrivateKey::from_sec1_pem(files.sec1).unwrap(),
        ecdh::PrivateKey::from_sec1_der(agreement.to_sec1_der().unwrap().as_bytes()).unwrap(),
        ecdh::PrivateKey::from_pkcs8_der(agreement.to_pkcs8_der().unwrap().as_bytes()).unwrap(),
    ];
    for again in again {
        assert_eq!(again.public_key(), agreement.public_key());
        assert_eq!(again.to_der(), key.to_der());
    }

    let public = key.verifying_key();
    let again = [
        VerifyingKey::<C>::from_bytes(&point).unwrap(),
        VerifyingKey::from_pem(files.compressed).unwrap(),
        VerifyingKey::from_der(&public.to_der()).unwrap(),
        VerifyingKey::from_public_key_der(public.to_public_key_der().unwrap().as_bytes()).unwrap(),
        VerifyingKey::from_public_key_pem(&public.to_public_key_pem(LineEnding::LF).unwrap()).unwrap(),
        VerifyingKey::from(&ecdh::PublicKey::from_der(&public.to_der()).unwrap()),
        VerifyingKey::from(&ecdh::PublicKey::from_public_key_pem(files.compressed).unwrap()),
        VerifyingKey::from(&agreement.public_key()),
    ];
    for again in again {
        assert_eq!(&again, public);
        assert_eq!(again.fingerprint(), public.fingerprint());
    }
    assert_eq!(ecdh::PublicKey::from(public), agreement.public_key());
    assert_eq!(agreement.public_key().fingerprint(), public.fingerprint());
}

#[test]
fn enums_hold_every_kind() {
    let any = FILES.each_ref().map(Files::key);
    let (p256, p384, p521) = (any[0].as_p256(), any[1].as_p384(), any[2].as_p521());
    let keys = [p256.unwrap().clone().into(), p384.unwrap().clone().into(), p521.unwrap().clone().into()];
    let agreement: [key::PrivateKey; 3] = [
        ecdh::PrivateKey::from(p256.unwrap()).into(),
        ecdh::PrivateKey::from(p384.unwrap()).into(),
        ecdh::PrivateKey::from(p521.unwrap()).into(),
    ];
    let publics = any.each_ref().map(key::PrivateKey::public_key);
    let again: [key::PublicKey; 3] = [
        publics[0].as_p256().unwrap().clone().into(),
        publics[1].as_p384().unwrap().clone().into(),
        ecdh::PublicKey::from(publics[2].as_p521().unwrap()).into(),
    ];
    assert_eq!(again, publics);
    for (i, files) in FILES.iter().enumerate() {
        let of = |text: &str| key::PrivateKey::from_pem(text).unwrap().to_der();
        let der = of(files.pkcs8);
        for key in [&any[i], &keys[i], &agreement[i]] {
            assert_eq!((key.to_der(), key.public_key()), (der.clone(), publics[i].clone()));
        }
        assert_eq!(of(files.sec1), der);
        assert_eq!(key::PrivateKey::from_der(&der).unwrap().to_der(), der);
        let other = &any[(i + 1) % 3];
        assert!(any[i].as_rsa().is_none() && publics[i].as_rsa().is_none());
        assert_ne!(other.public_key(), publics[i]);
        let of = |text: &str| key::PublicKey::from_pem(text).unwrap();
        assert_eq!(of(files.compressed), publics[i]);
        assert_eq!(key::PublicKey::from_der(&publics[i].to_der()).as_ref(), Ok(&publics[i]));
        assert_eq!(publics[i].fingerprint(), of(files.spki).fingerprint());
        assert!(format!("{:?}", any[i]).contains(files.name));
    }
    assert!(any[0].as_p384().is_none() && any[1].as_p521().is_none() && any[2].as_p256().is_none());
    assert!(publics[0].as_p521().is_none() && publics[1].as_p256().is_none());
}

#[test]
fn fingerprints_are_those_of_the_written_form() {
    let fingerprint =
        VerifyingKey::<P256>::from_pem(fixture!("p256.pub.compressed.pem")).unwrap().fingerprint();
    // openssl pkey -pubin -in p256.pub.pem -outform DER | openssl dgst -sha256 -binary | base64
    assert_eq!(fingerprint.to_string(), "SHA256:vLjMXIyJCVUAtWOzfJErUC2HDSBcD1eIYW03EiUI9zI");
    let of = |text: &str| -> Fingerprint { key::PublicKey::from_pem(text).unwrap().fingerprint() };
    assert_eq!(of(fixture!("p256.pub.pem")), fingerprint);
}

/// What stands in a file before the key, and what may be in it.
#[test]
fn files_that_are_read_as_well() {
    on_each_curve!(read_as_well);
    let key = key::PrivateKey::from_pem(fixture!("p256.parameters.pem")).unwrap();
    assert_eq!(SigningKey::<P256>::from_pem(fixture!("p256.parameters.pem")).unwrap().to_der(), key.to_der());
}

fn read_as_well<C: ecdsa::Curve>(files: &Files) {
    let (number, uncompressed) = files.numbers();
    let compressed = VerifyingKey::<C>::from_pem(files.spki).unwrap().to_compressed_bytes();
    let (algorithm, named) = (files.algorithm(), curve(files.oid));
    let attributes = tlv(0xa0, &[&seq(&[EC_PUBLIC_KEY, &tlv(0x31, &[NULL])])]);
    let beside = |point: &[u8]| tlv(0x81, &[&[0], point]);
    let mut table = Vec::new();
    for public in [vec![], point(&uncompressed), point(&compressed)] {
        table.push(ec_private_key(&number, &named, &public));
        for parameters in [&[][..], &named] {
            let key = ec_private_key(&number, parameters, &public);
            for (version, rest) in [
                (V0, vec![]),
                (V0, attributes.clone()),
                (V1, beside(&uncompressed)),
                (V1, beside(&compressed)),
                (V1, [attributes.clone(), beside(&uncompressed)].concat()),
            ] {
                table.push(pkcs8(version, &algorithm, &key, &rest));
            }
        }
    }
    for der in table {
        assert_eq!(key::PrivateKey::from_der(&der).unwrap().to_der(), files.key().to_der());
        assert_eq!(SigningKey::<C>::from_der(&der).unwrap().to_der(), files.key().to_der());
    }
}

#[test]
fn another_kind_than_the_types() {
    let found = |error: Error, found: &str, expected: &str| {
        assert_eq!(error.to_string(), format!("{found}, not {expected}"));
    };
    for (files, name) in FILES.iter().zip(["a P-256 key", "a P-384 key", "a P-521 key"]) {
        for text in [files.pkcs8, files.sec1] {
            found(PrivateKey::from_pem(text).unwrap_err(), name, "an RSA key");
            if name == "a P-256 key" {
                found(SigningKey::<P521>::from_pem(text).unwrap_err(), name, "a P-521 key");
                continue;
            }
            found(SigningKey::<P256>::from_pem(text).unwrap_err(), name, "a P-256 key");
            found(ecdh::PrivateKey::<P256>::from_der(&der_of(text)).unwrap_err(), name, "a P-256 key");
            assert!(SigningKey::<P256>::from_pkcs8_pem(text).is_err());
            assert!(SigningKey::<P256>::from_sec1_pem(text).is_err());
        }
        for text in [files.spki, files.compressed] {
            found(PublicKey::from_pem(text).unwrap_err(), name, "an RSA key");
            if name != "a P-384 key" {
                found(VerifyingKey::<P384>::from_pem(text).unwrap_err(), name, "a P-384 key");
                found(ecdh::PublicKey::<P384>::from_der(&der_of(text)).unwrap_err(), name, "a P-384 key");
                assert!(VerifyingKey::<P384>::from_public_key_pem(text).is_err());
            }
        }
    }
    for text in [fixture!("rsa2048.pem"), fixture!("rsa2048.pkcs1.pem"), fixture!("pss2048.pem")] {
        found(SigningKey::<P256>::from_pem(text).unwrap_err(), "an RSA key", "a P-256 key");
        found(ecdh::PrivateKey::<P521>::from_der(&der_of(text)).unwrap_err(), "an RSA key", "a P-521 key");
    }
    for text in [fixture!("rsa2048.pub.pem"), fixture!("rsa2048.pub.pkcs1.pem")] {
        found(VerifyingKey::<P256>::from_pem(text).unwrap_err(), "an RSA key", "a P-256 key");
    }
}

/// Algorithm identifiers that are refused, in private keys and in public ones.
fn refused_algorithms() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let on =
        |name: &'static str, curve: &[u8], text: &'static str| (name, seq(&[EC_PUBLIC_KEY, curve]), text);
    let explicit = "keys with explicit curve parameters (`openssl ec -param_enc named_curve` converts them) aren't \
                    supported";
    let p256 = FILES[0].oid;
    vec![
        on("curve missing", &[], "malformed parameters of id-ecPublicKey: missing"),
        on(
            "NULL",
            NULL,
            "malformed parameters of id-ecPublicKey: there's a NULL in the place of the curve's name",
        ),
        on(
            "a curve and NULL",
            &[p256, NULL].concat(),
            "malformed parameters of id-ecPublicKey: there's a NULL after the curve's name, where nothing may be",
        ),
        on("explicit curve", &seq(&[V1]), explicit),
        on("empty explicit curve", &seq(&[]), explicit),
        on("curve as a number", V1, "malformed parameters of id-ecPublicKey: not an OBJECT IDENTIFIER"),
        on("two curves", &[p256, p256].concat(), "malformed parameters of id-ecPublicKey: trailing bytes"),
        on("unknown curve", &[6, 3, 42, 3, 4], "keys on an unknown curve aren't supported"),
        on("empty name", &[6, 0], "keys on an unknown curve aren't supported"),
        on("P-192", &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 1], "keys on P-192 aren't supported"),
        on("P-224", &[6, 5, 0x2b, 0x81, 4, 0, 33], "keys on P-224 aren't supported"),
        on("secp256k1", &[6, 5, 0x2b, 0x81, 4, 0, 10], "keys on secp256k1 aren't supported"),
        on(
            "brainpoolP512t1",
            &[6, 9, 0x2b, 0x24, 3, 3, 2, 8, 1, 1, 14],
            "keys on brainpoolP512t1 aren't supported",
        ),
        on(
            "SM2",
            &[6, 8, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x82, 0x2d],
            "keys on SM2's curve aren't supported",
        ),
        on(
            "FRP256v1",
            &[6, 10, 0x2a, 0x81, 0x7a, 1, 0x81, 0x5f, 0x65, 0x82, 0, 1],
            "keys on FRP256v1 aren't supported",
        ),
        (
            "id-ecDH",
            seq(&[&[6, 5, 0x2b, 0x81, 4, 1, 12], p256]),
            "keys that are bound to Diffie-Hellman (id-ecDH) aren't supported",
        ),
        (
            "id-ecMQV",
            seq(&[&[6, 5, 0x2b, 0x81, 4, 1, 13], p256]),
            "keys that are bound to MQV (id-ecMQV) aren't supported",
        ),
        ("Ed448", der_of(fixture!("ed448.pem"))[5..12].to_vec(), "Ed448 keys aren't supported"),
        ("X448", der_of(fixture!("x448.pem"))[5..12].to_vec(), "X448 keys aren't supported"),
        ("the curve alone", seq(&[p256]), "keys of an unknown algorithm aren't supported"),
    ]
}

#[test]
fn private_keys_that_are_refused() {
    on_each_curve!(refused_private);
    // Texts.
    for (text, expected) in [
        (fixture!("secp256k1.pem"), "keys on secp256k1 aren't supported"),
        (fixture!("brainpoolP256r1.pem"), "keys on brainpoolP256r1 aren't supported"),
        (fixture!("ed448.pem"), "Ed448 keys aren't supported"),
        (fixture!("x448.pem"), "X448 keys aren't supported"),
        (
            fixture!("explicit.pem"),
            "keys with explicit curve parameters (`openssl ec -param_enc named_curve` converts them) aren't supported",
        ),
        (
            fixture!("explicit.sec1.pem"),
            "keys with explicit curve parameters (`openssl ec -param_enc named_curve` converts them) aren't supported",
        ),
        (
            fixture!("legacy_ec.pem"),
            "keys in OpenSSL's old encryption (Proc-Type: 4,ENCRYPTED; `openssl pkcs8 -topk8` converts them) aren't \
             supported",
        ),
        (
            fixture!("enc_p256.pem"),
            "an encrypted key: a password is needed (`from_encrypted_pem`, with the feature `encryption`)",
        ),
        (fixture!("p256.pub.pem"), "a public key, not a private key"),
        (
            &fixture!("p256.pem").replace("PRIVATE", "EC PRIVATE"),
            "the contents of `BEGIN PRIVATE KEY`, not what its label says",
        ),
        (
            &fixture!("p256.sec1.pem").replace("EC", "RSA"),
            "the contents of `BEGIN EC PRIVATE KEY`, not what its label says",
        ),
        (
            &fixture!("p256.parameters.pem").split_inclusive("ETERS-----\n").take(2).collect::<String>(),
            "parameters without a key, not a private key",
        ),
        (
            &[fixture!("p256.sec1.pem"), fixture!("p256.parameters.pem")].concat(),
            "malformed PEM: there are several blocks, where one is expected",
        ),
    ] {
        let error = key::PrivateKey::from_pem(text).unwrap_err();
        assert_eq!(error.to_string(), expected, "{text}");
        assert_eq!(SigningKey::<P256>::from_pem(text).unwrap_err(), error);
        assert_eq!(ecdh::PrivateKey::<P256>::from_pem(text).unwrap_err(), error);
    }
}

// A table.
#[allow(clippy::too_many_lines)]
fn refused_private<C: ecdsa::Curve>(files: &Files)
where
    SigningKey<C>: DecodeEcPrivateKey,
{
    let (number, uncompressed) = files.numbers();
    let len = number.len();
    let (algorithm, named, public) = (files.algorithm(), curve(files.oid), point(&uncompressed));
    let order = unhex(files.order);
    let good = ec_private_key(&number, &named, &public);
    let trailing = |der: &[u8]| [der, &[0]].concat();
    let with_number = |number: &[u8]| ec_private_key(number, &named, &[]);
    let with_point = |point: &[u8]| ec_private_key(&number, &named, point);
    let another = |bit: u8| {
        let mut point = uncompressed.clone();
        *point.last_mut().unwrap() ^= bit;
        point
    };
    // −P: the other point with this x.
    let opposite = {
        let mut point = VerifyingKey::<C>::from_bytes(&uncompressed).unwrap().to_compressed_bytes().to_vec();
        point[0] ^= 1;
        point
    };
    let one = [vec![0; len - 1], vec![1]].concat();
    let base = SigningKey::<C>::from_bytes(&one).unwrap().verifying_key().to_bytes();
    let order_plus = |x: u32| {
        let sum = (num_bigint::BigUint::from_bytes_be(&order) + x).to_bytes_be();
        [vec![0; len - sum.len()], sum].concat()
    };
    let range = "the key is invalid: the number isn't between 1 and the group's order - 1";
    let not_its_own = "the key is invalid: the public key beside the private key isn't its own";
    let length = |len: usize| -> &'static str {
        format!("{len} bytes, where this key, curve or hash calls for {}", order.len()).leak()
    };
    let other = &FILES[usize::from(files.name == "P-256")];
    let key_inside = "malformed ECPrivateKey: ";
    let inside = |problem: &str| -> &'static str { format!("{key_inside}{problem}").leak() };
    let mut table: Vec<(&str, Vec<u8>, &str)> = vec![
        ("zero", with_number(&vec![0; len]), range),
        ("the order", with_number(&order), range),
        ("the order + 1", with_number(&order_plus(1)), range),
        ("all ones", with_number(&vec![0xff; len]), range),
        ("a byte less", with_number(&number[1..]), length(len - 1)),
        ("a byte more", with_number(&[&[0], &number[..]].concat()), length(len + 1)),
        ("no bytes", with_number(&[]), length(0)),
        ("many bytes", with_number(&vec![1; 3000]), length(3000)),
        ("version 0", seq(&[V0, &tlv(4, &[&number]), &named]), "malformed version of ECPrivateKey: not 1"),
        (
            "version 2",
            seq(&[&[2, 1, 2], &tlv(4, &[&number]), &named]),
            "malformed version of ECPrivateKey: not 1",
        ),
        (
            "no version",
            tlv(0x30, &[&tlv(4, &[&number]), &named]),
            "malformed DER: none of the forms that keys have",
        ),
        (
            "the number as an INTEGER",
            pkcs8(V0, &algorithm, &seq(&[V1, &int(&number)]), &[]),
            "malformed private key: not an OCTET STRING",
        ),
        ("no number", pkcs8(V0, &algorithm, &seq(&[V1]), &[]), "malformed private key: missing"),
        ("truncated", good[..good.len() - 1].to_vec(), "malformed DER: ends early"),
        ("trailing", trailing(&good), "malformed DER: trailing bytes"),
        ("trailing inside", seq(&[&good[if len == 32 { 2 } else { 3 }..], NULL]), inside("trailing bytes")),
        ("no curve", ec_private_key(&number, &[], &public), inside("it doesn't name its curve")),
        ("no curve, no point", ec_private_key(&number, &[], &[]), inside("it doesn't name its curve")),
        ("point before the curve", ec_private_key(&number, &public, &named), inside("trailing bytes")),
        ("curve twice", ec_private_key(&number, &named, &named), inside("trailing bytes")),
        (
            "curve of nothing",
            ec_private_key(&number, &curve(&[]), &[]),
            "malformed parameters of id-ecPublicKey: missing",
        ),
        ("curve without [0]", ec_private_key(&number, files.oid, &[]), inside("trailing bytes")),
        (
            "two curves",
            ec_private_key(&number, &curve(&[files.oid, files.oid].concat()), &[]),
            "malformed parameters of id-ecPublicKey: trailing bytes",
        ),
        (
            "another curve in PKCS#8 than in SEC 1",
            pkcs8(V0, &algorithm, &ec_private_key(&number, &curve(other.oid), &[]), &[]),
            "the key is invalid: it names two curves",
        ),
        (
            "explicit curve in PKCS#8 and named before",
            pkcs8(V0, &algorithm, &ec_private_key(&number, &curve(&seq(&[V1])), &[]), &[]),
            "keys with explicit curve parameters (`openssl ec -param_enc named_curve` converts them) aren't supported",
        ),
        ("another point", with_point(&point(&base)), not_its_own),
        ("opposite point", with_point(&point(&opposite)), not_its_own),
        ("point off the curve", with_point(&point(&another(1))), not_its_own),
        ("point at infinity", with_point(&point(&[0])), not_its_own),
        ("no point", with_point(&point(&[])), not_its_own),
        (
            "hybrid point",
            with_point(&point(
                &[&[6 | (uncompressed[2 * (uncompressed.len() / 2)] & 1)], &uncompressed[1..]].concat(),
            )),
            not_its_own,
        ),
        ("point and more", with_point(&point(&trailing(&uncompressed))), not_its_own),
        ("point of seven bits", with_point(&tlv(0xa1, &[&tlv(3, &[&[1], &uncompressed])])), not_its_own),
        ("empty BIT STRING", with_point(&tlv(0xa1, &[&[3, 0]])), not_its_own),
        (
            "point as an OCTET STRING",
            with_point(&tlv(0xa1, &[&tlv(4, &[&uncompressed])])),
            "malformed public key of ECPrivateKey: not a BIT STRING",
        ),
        (
            "point twice",
            with_point(&tlv(0xa1, &[&bits(&uncompressed), &bits(&uncompressed)])),
            "malformed public key of ECPrivateKey: trailing bytes",
        ),
        ("[1] twice", with_point(&[&public[..], &public].concat()), inside("trailing bytes")),
        (
            "another point beside, in PKCS#8",
            pkcs8(V1, &algorithm, &good, &tlv(0x81, &[&[0], &base])),
            not_its_own,
        ),
        (
            "point beside, in version 1",
            pkcs8(V0, &algorithm, &good, &tlv(0x81, &[&[0], &uncompressed])),
            "malformed version of PrivateKeyInfo: it's 0 (v1), but there's a public key, which came with v2",
        ),
        (
            "no point beside, in version 2",
            pkcs8(V1, &algorithm, &good, &[]),
            "malformed version of PrivateKeyInfo: it's 1 (v2), but there's no public key, for which v2 is",
        ),
        (
            "PKCS#8, version 2",
            pkcs8(&[2, 1, 2], &algorithm, &good, &[]),
            "malformed version of PrivateKeyInfo: not 0 or 1",
        ),
        (
            "PKCS#8, trailing in the key",
            pkcs8(V0, &algorithm, &trailing(&good), &[]),
            inside("trailing bytes"),
        ),
        ("PKCS#8, no key", pkcs8(V0, &algorithm, &[], &[]), inside("missing")),
        ("PKCS#8, bare number", pkcs8(V0, &algorithm, &number, &[]), inside("not a SEQUENCE")),
        (
            "PKCS#8, number in an OCTET STRING",
            pkcs8(V0, &algorithm, &tlv(4, &[&number]), &[]),
            inside("not a SEQUENCE"),
        ),
        ("public", der_of(files.spki), "a public key, not a private key"),
    ];
    for (name, der, text) in refused_algorithms() {
        table.push((name, pkcs8(V0, &der, &good, &[]), text));
        // In SEC 1 there's the curve alone.
        if let Some(parameters) = der[2..].strip_prefix(EC_PUBLIC_KEY) {
            table.push((name, ec_private_key(&number, &curve(parameters), &[]), text));
        }
    }
    assert!(table.len() > 75, "{}", table.len());
    for (name, der, expected) in table {
        let case = format!("{}, {name}", files.name);
        let error = key::PrivateKey::from_der(&der).unwrap_err();
        assert_eq!(error.to_string(), expected, "{case}");
        assert_eq!(SigningKey::<C>::from_der(&der).unwrap_err(), error, "{case}");
        assert_eq!(ecdh::PrivateKey::<C>::from_der(&der).unwrap_err(), error, "{case}");
        assert!(SigningKey::<C>::from_pkcs8_der(&der).is_err(), "{case}");
        assert!(SigningKey::<C>::from_sec1_der(&der).is_err(), "{case}");
    }
}

#[test]
fn public_keys_that_are_refused() {
    on_each_curve!(refused_public);
    for (text, expected) in [
        (fixture!("p256.pem"), "a private key, not a public key"),
        (fixture!("p256.sec1.pem"), "a private key, not a public key"),
        (fixture!("p256.parameters.pem"), "a private key, not a public key"),
        (fixture!("enc_p256.pem"), "an encrypted private key, not a public key"),
        (fixture!("secp256k1.pub.pem"), "keys on secp256k1 aren't supported"),
        (
            fixture!("explicit.pub.pem"),
            "keys with explicit curve parameters (`openssl ec -param_enc named_curve` converts them) aren't supported",
        ),
    ] {
        let error = key::PublicKey::from_pem(text).unwrap_err();
        assert_eq!(error.to_string(), expected, "{text}");
        assert_eq!(VerifyingKey::<P256>::from_pem(text).unwrap_err(), error);
        assert_eq!(ecdh::PublicKey::<P256>::from_pem(text).unwrap_err(), error);
    }
}

fn refused_public<C: ecdsa::Curve>(files: &Files) {
    let (_, uncompressed) = files.numbers();
    let algorithm = files.algorithm();
    let with = |point: &[u8]| spki(&algorithm, point);
    let changed = |at: usize, value: u8| {
        let mut point = uncompressed.clone();
        point[at] = value;
        point
    };
    let (half, whole) = (1 + uncompressed.len() / 2, uncompressed.len());
    let length = |len: usize, expected: usize| -> &'static str {
        format!("{len} bytes, where this key, curve or hash calls for {expected}").leak()
    };
    let off = "the key is invalid: the point isn't on the curve";
    let last = *uncompressed.last().unwrap();
    // The prime is all ones but for a few bits in the middle, at most.
    let large = [&[4][..], &vec![0xff; half - 1], &uncompressed[half..]].concat();
    let no_point_there = (0..=255)
        .map(|x| [&[2][..], &vec![0; half - 2], &[x]].concat())
        .find(|point| VerifyingKey::<C>::from_bytes(point).is_err())
        .unwrap();
    let mut table: Vec<(&str, Vec<u8>, &str)> = vec![
        ("nothing", with(&[]), "malformed point: no bytes"),
        ("infinity", with(&[0]), "the key is invalid: it's the point at infinity"),
        ("another y", with(&changed(whole - 1, last ^ 1)), off),
        ("x = y = 0", with(&[&[4][..], &vec![0; whole - 1]].concat()), off),
        ("no point with this x", with(&no_point_there), off),
        ("x not below p", with(&large), "the key is invalid: a coordinate isn't below the field's prime"),
        (
            "y not below p",
            with(&[&uncompressed[..half], &vec![0xff; half - 1]].concat()),
            "the key is invalid: a coordinate isn't below the field's prime",
        ),
        (
            "x not below p, compressed",
            with(&[&[3][..], &vec![0xff; half - 1]].concat()),
            "the key is invalid: a coordinate isn't below the field's prime",
        ),
        ("hybrid", with(&changed(0, 6 | last & 1)), "malformed point: the hybrid form isn't supported"),
        ("first byte", with(&changed(0, 5)), "malformed point: the first byte is none of 2, 3 and 4"),
        ("zero and more", with(&changed(0, 0)), "malformed point: the first byte is none of 2, 3 and 4"),
        ("a byte less", with(&uncompressed[..whole - 1]), length(whole - 1, whole)),
        ("a byte more", with(&[&uncompressed[..], &[0]].concat()), length(whole + 1, whole)),
        ("compressed with y", with(&changed(0, 2)), length(whole, half)),
        ("4 and x", with(&uncompressed[..half]), length(half, whole)),
        // Its tag is 4.
        (
            "in an OCTET STRING",
            with(&tlv(4, &[&uncompressed])),
            length(whole + 2 + usize::from(whole > 127), whole),
        ),
        (
            "seven bits",
            seq(&[&algorithm, &tlv(3, &[&[1], &uncompressed])]),
            "malformed public key: the BIT STRING isn't of full bytes",
        ),
        (
            "empty BIT STRING",
            seq(&[&algorithm, &[3, 0]]),
            "malformed public key: the BIT STRING isn't of full bytes",
        ),
        ("truncated", der_of(files.spki)[..whole].to_vec(), "malformed DER: ends early"),
        ("trailing", [der_of(files.spki), vec![0]].concat(), "malformed DER: trailing bytes"),
        (
            "trailing inside",
            seq(&[&algorithm, &bits(&uncompressed), NULL]),
            "malformed DER: none of the forms that keys have",
        ),
        ("private", der_of(files.pkcs8), "a private key, not a public key"),
        ("private, SEC 1", der_of(files.sec1), "a private key, not a public key"),
        ("the point alone", uncompressed.clone(), "malformed DER: not a SEQUENCE"),
    ];
    table.extend(
        refused_algorithms().into_iter().map(|(name, der, text)| (name, spki(&der, &uncompressed), text)),
    );
    for (name, der, expected) in table {
        let case = format!("{}, {name}", files.name);
        let error = key::PublicKey::from_der(&der).unwrap_err();
        assert_eq!(error.to_string(), expected, "{case}");
        assert_eq!(VerifyingKey::<C>::from_der(&der).unwrap_err(), error, "{case}");
        assert_eq!(ecdh::PublicKey::<C>::from_der(&der).unwrap_err(), error, "{case}");
        assert!(VerifyingKey::<C>::from_public_key_der(&der).is_err(), "{case}");
    }
}

#[test]
fn the_traits_errors_keep_what_they_have_words_for() {
    let algorithm = FILES[0].algorithm();
    let short = pkcs8(V0, &algorithm, &ec_private_key(&[7; 31], &[], &[]), &[]);
    let error = SigningKey::<P256>::from_pkcs8_der(&short).unwrap_err();
    assert_eq!(error, pkcs8::Error::KeyMalformed(pkcs8::KeyError::TooShort));
    let long = pkcs8(V0, &algorithm, &ec_private_key(&[7; 33], &[], &[]), &[]);
    let error = SigningKey::<P256>::from_pkcs8_der(&long).unwrap_err();
    assert_eq!(error, pkcs8::Error::KeyMalformed(pkcs8::KeyError::TooLong));
    let no_curve = pkcs8(V0, &seq(&[EC_PUBLIC_KEY]), &ec_private_key(&[7; 32], &[], &[]), &[]);
    let error = SigningKey::<P256>::from_pkcs8_der(&no_curve).unwrap_err();
    assert_eq!(error, pkcs8::Error::ParametersMalformed);

    let missing = spki(&seq(&[EC_PUBLIC_KEY]), &FILES[0].numbers().1);
    let error = VerifyingKey::<P256>::from_public_key_der(&missing).unwrap_err();
    assert_eq!(error, spki::Error::AlgorithmParametersMissing);
    // The name of the curve is what isn't known; or, if it's another than the type's.
    let unknown = |oid: &str| spki::Error::OidUnknown { oid: spki::ObjectIdentifier::new_unwrap(oid) };
    let error = VerifyingKey::<P256>::from_public_key_pem(fixture!("secp256k1.pub.pem")).unwrap_err();
    assert_eq!(error, unknown("1.3.132.0.10"));
    let error = VerifyingKey::<P256>::from_public_key_pem(fixture!("p384.pub.pem")).unwrap_err();
    assert_eq!(error, unknown("1.3.132.0.34"));
    let error = VerifyingKey::<P256>::from_public_key_pem(fixture!("rsa2048.pub.pem")).unwrap_err();
    assert_eq!(error, unknown("1.2.840.113549.1.1.1"));
    let error = key::PublicKey::from_public_key_pem(fixture!("explicit.pub.pem")).unwrap_err();
    assert_eq!(error, unknown("1.2.840.10045.2.1"));

    let version = seq(&[V0, &tlv(4, &[&[7; 32]])]);
    assert_eq!(SigningKey::<P256>::from_sec1_der(&version).unwrap_err(), sec1::Error::Version);
    let zero = ec_private_key(&[0; 32], &curve(FILES[0].oid), &[]);
    assert_eq!(SigningKey::<P256>::from_sec1_der(&zero).unwrap_err(), sec1::Error::Crypto);
    let malformed = sec1::Error::Asn1(pkcs8::der::ErrorKind::Failed.into());
    assert_eq!(SigningKey::<P256>::from_sec1_der(&[]).unwrap_err(), malformed);
    assert_eq!(SigningKey::<P256>::from_sec1_pem(fixture!("p256.pem")).unwrap_err(), malformed);
    assert!(SigningKey::<P256>::from_pkcs8_pem(fixture!("p256.sec1.pem")).is_err());
    let huge = vec![0x30; 65_537];
    assert!(SigningKey::<P256>::from_sec1_der(&huge).is_err());
    assert!(ecdh::PrivateKey::<P256>::from_pkcs8_der(&huge).is_err());
}

// ---- Ed25519 and X25519 ----

const ED25519: &[u8] = &[6, 3, 0x2b, 0x65, 0x70];
const ID_X25519: &[u8] = &[6, 3, 0x2b, 0x65, 0x6e];

/// The last bytes of a file, which are the key.
fn last_32(text: &str) -> Vec<u8> {
    let der = der_of(text);
    der[der.len() - 32..].to_vec()
}

#[test]
fn curve25519_what_openssl_writes_is_what_is_written() {
    let signing = ed25519::SigningKey::from_pem(fixture!("ed25519.pem")).unwrap();
    assert_eq!(signing.to_pem().as_str(), fixture!("ed25519.pem"));
    assert_eq!(signing.verifying_key().to_pem(), fixture!("ed25519.pub.pem"));
    assert_eq!(*signing.to_bytes(), last_32(fixture!("ed25519.pem")));
    let agreement = ecdh::PrivateKey::<X25519>::from_pem(fixture!("x25519.pem")).unwrap();
    assert_eq!(agreement.to_pem().as_str(), fixture!("x25519.pem"));
    assert_eq!(agreement.public_key().to_pem(), fixture!("x25519.pub.pem"));
    assert_eq!(*agreement.to_bytes(), last_32(fixture!("x25519.pem")));
}

#[test]
fn curve25519_every_form_comes_back() {
    let (text, key) =
        (fixture!("ed25519.pem"), ed25519::SigningKey::from_pem(fixture!("ed25519.pem")).unwrap());
    let any = key::PrivateKey::from_pem(text).unwrap();
    let again = [
        ed25519::SigningKey::from_der(&key.to_der()).unwrap(),
        ed25519::SigningKey::from_pkcs8_der(key.to_pkcs8_der().unwrap().as_bytes()).unwrap(),
        ed25519::SigningKey::from_pkcs8_pem(&key.to_pkcs8_pem(LineEnding::CR).unwrap()).unwrap(),
        any.as_ed25519().unwrap().clone(),
    ];
    for again in again {
        assert_eq!((again.verifying_key(), again.to_der()), (key.verifying_key(), any.to_der()));
    }
    let public = key.verifying_key();
    let again = [
        ed25519::VerifyingKey::from_pem(fixture!("ed25519.pub.pem")).unwrap(),
        ed25519::VerifyingKey::from_der(&public.to_der()).unwrap(),
        ed25519::VerifyingKey::from_public_key_der(public.to_public_key_der().unwrap().as_bytes()).unwrap(),
        any.public_key().as_ed25519().unwrap().clone(),
    ];
    for again in again {
        assert_eq!((&again, again.fingerprint()), (public, any.public_key().fingerprint()));
    }
    assert_eq!(key::PublicKey::from(public.clone()), key::PrivateKey::from(key).public_key());

    let key = ecdh::PrivateKey::<X25519>::from_pem(fixture!("x25519.pem")).unwrap();
    let any = key::PrivateKey::from_pem(fixture!("x25519.pem")).unwrap();
    let again = [
        ecdh::PrivateKey::<X25519>::from_der(&key.to_der()).unwrap(),
        ecdh::PrivateKey::from_pkcs8_der(key.to_pkcs8_der().unwrap().as_bytes()).unwrap(),
        any.as_x25519().unwrap().clone(),
    ];
    for again in again {
        assert_eq!((again.public_key(), again.to_der()), (key.public_key(), any.to_der()));
    }
    let public = key.public_key();
    let again = [
        ecdh::PublicKey::<X25519>::from_pem(fixture!("x25519.pub.pem")).unwrap(),
        ecdh::PublicKey::from_public_key_der(public.to_public_key_der().unwrap().as_bytes()).unwrap(),
        any.public_key().as_x25519().unwrap().clone(),
    ];
    for again in again {
        assert_eq!((&again, again.fingerprint()), (&public, any.public_key().fingerprint()));
    }
    assert_eq!(key::PublicKey::from(public), key::PrivateKey::from(key).public_key());
    assert!(any.as_ed25519().is_none() && any.as_rsa().is_none() && any.public_key().as_p256().is_none());
}

/// A type's name for its keys is the one that OpenSSL writes; it can be asked of a key, too.
#[test]
fn names_of_types_are_those_in_files() {
    let named = |file| {
        let der = der_of(file);
        SubjectPublicKeyInfoRef::try_from(der.as_slice()).unwrap().algorithm.to_der().unwrap()
    };
    macro_rules! check {
        ($($file:literal: $($key:ty),*;)*) => {
            $($(assert_eq!(<$key>::ALGORITHM_IDENTIFIER.to_der().unwrap(), named(fixture!($file)));)*)*
        };
    }
    check! {
        "p256.pub.pem": ecdh::PrivateKey<P256>, ecdh::PublicKey<P256>, SigningKey<P256>, VerifyingKey<P256>;
        "p384.pub.pem": ecdh::PrivateKey<P384>, ecdh::PublicKey<P384>, SigningKey<P384>, VerifyingKey<P384>;
        "p521.pub.pem": ecdh::PrivateKey<P521>, ecdh::PublicKey<P521>, SigningKey<P521>, VerifyingKey<P521>;
        "x25519.pub.pem": ecdh::PrivateKey<X25519>, ecdh::PublicKey<X25519>;
        "ed25519.pub.pem": ed25519::SigningKey, ed25519::VerifyingKey;
    }
    let key = ecdh::PublicKey::<X25519>::from_pem(fixture!("x25519.pub.pem")).unwrap();
    assert_eq!(key.algorithm_identifier().unwrap().to_der().unwrap(), named(fixture!("x25519.pub.pem")));
}

/// RFC 8410, section 10: a key alone, with its public key and an attribute, and the public key.
#[test]
fn examples_of_rfc_8410() {
    let alone = "-----BEGIN PRIVATE KEY-----\n\
                 MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
                 -----END PRIVATE KEY-----\n";
    let both = "-----BEGIN PRIVATE KEY-----\n\
                MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
                oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB\n\
                Z9w7lshQhqowtrbLDFw4rXAxZuE=\n\
                -----END PRIVATE KEY-----\n";
    let public = "-----BEGIN PUBLIC KEY-----\n\
                  MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
                  -----END PUBLIC KEY-----\n";
    for text in [alone, both] {
        let key = ed25519::SigningKey::from_pem(text).unwrap();
        assert_eq!(key.to_pem().as_str(), alone);
        assert_eq!(key.verifying_key().to_pem(), public);
    }
    assert_eq!(ed25519::VerifyingKey::from_pem(public).unwrap().to_der(), der_of(public));
}

const KEY_PAIR: &str = "a key pair of 64 bytes (as NaCl, libsodium and Go have it), not the private key alone, which is its \
                        first 32 bytes";
const EXPLICIT: &str = "malformed public key of PrivateKeyInfo: its tag is A1, where RFC 5958 has 81, as in keys for Ed25519 \
                        made by ring 0.16 and older (the 32 bytes after 04 22 04 20 are the private key, for \
                        `from_bytes`)";

/// The way out that the errors name leads out.
#[test]
fn what_errors_say_of_ed25519_is_so() {
    let key = ed25519::SigningKey::from_pem(fixture!("ed25519.pem")).unwrap();
    let pair = [&key.to_bytes()[..], &key.verifying_key().to_bytes()].concat();
    assert_eq!(ed25519::SigningKey::from_bytes(&pair).unwrap_err().to_string(), KEY_PAIR);
    assert_eq!(ed25519::SigningKey::from_bytes(&pair[..32]).unwrap().to_der(), key.to_der());
    // The hash of a seed has 64 bytes as well, of which the first 32 aren't a seed.
    let mut other = pair.clone();
    other[0] ^= 1;
    let length = Error::Length { len: 64, expected: 32 };
    assert_eq!(ed25519::SigningKey::from_bytes(&other).unwrap_err(), length);

    let file = der_of(fixture!("ed25519.explicit.pem"));
    let at = file.windows(4).position(|window| window == [4, 0x22, 4, 0x20]).unwrap() + 4;
    let key = ed25519::SigningKey::from_bytes(&file[at..at + 32]).unwrap();
    assert_eq!(file[file.len() - 32..], key.verifying_key().to_bytes()[..]);
}

// A table.
#[allow(clippy::too_many_lines)]
#[test]
fn curve25519_files_that_are_refused() {
    let kinds = [
        ("an Ed25519 key", ED25519, fixture!("ed25519.pem"), fixture!("ed25519.pub.pem")),
        ("an X25519 key", ID_X25519, fixture!("x25519.pem"), fixture!("x25519.pub.pem")),
    ];
    let not_its_own = "the key is invalid: the public key beside the private key isn't its own";
    for (name, oid, private, public) in kinds {
        let (seed, point, algorithm) = (last_32(private), last_32(public), seq(&[oid]));
        let bare = tlv(4, &[&seed]);
        let file = |algorithm: &[u8], key: &[u8]| pkcs8(V0, algorithm, key, &[]);
        let beside = |contents: &[&[u8]]| pkcs8(V1, &algorithm, &bare, &tlv(0x81, contents));
        for (version, rest) in [(V0, vec![]), (V1, tlv(0x81, &[&[0], &point]))] {
            let key = key::PrivateKey::from_der(&pkcs8(version, &algorithm, &bare, &rest)).unwrap();
            assert_eq!(key.to_pem().as_str(), private);
        }
        let mut other = point.clone();
        other[31] ^= 1;
        let table: Vec<(&str, Vec<u8>, &str)> = vec![
            (
                "NULL",
                file(&seq(&[oid, NULL]), &bare),
                "malformed parameters of a key of RFC 8410: there's a NULL, where nothing may be (section 3)",
            ),
            (
                "a curve",
                file(&seq(&[oid, FILES[0].oid]), &bare),
                "malformed parameters of a key of RFC 8410: trailing bytes",
            ),
            ("no OCTET STRING", file(&algorithm, &seed), "malformed CurvePrivateKey: "),
            ("nothing", file(&algorithm, &[]), "malformed CurvePrivateKey: missing"),
            ("no bytes", file(&algorithm, &[4, 0]), "0 bytes, where this key, curve or hash calls for 32"),
            (
                "31 bytes",
                file(&algorithm, &tlv(4, &[&seed[1..]])),
                "31 bytes, where this key, curve or hash calls for 32",
            ),
            (
                "33 bytes",
                file(&algorithm, &tlv(4, &[&seed, &[0]])),
                "33 bytes, where this key, curve or hash calls for 32",
            ),
            (
                "with its public key",
                file(&algorithm, &tlv(4, &[&seed, &point])),
                if oid == ED25519 {
                    KEY_PAIR
                } else {
                    "64 bytes, where this key, curve or hash calls for 32"
                },
            ),
            (
                "with another public key",
                file(&algorithm, &tlv(4, &[&seed, &other])),
                "64 bytes, where this key, curve or hash calls for 32",
            ),
            (
                "trailing",
                file(&algorithm, &[&bare[..], &[0]].concat()),
                "malformed CurvePrivateKey: trailing bytes",
            ),
            (
                "SEC 1",
                file(&algorithm, &ec_private_key(&seed, &[], &[])),
                "malformed CurvePrivateKey: not an OCTET STRING",
            ),
            ("another public key", beside(&[&[0], &other]), not_its_own),
            ("public key cut", beside(&[&[0], &point[1..]]), not_its_own),
            ("public key of seven bits", beside(&[&[1], &point]), not_its_own),
            ("no public key", beside(&[]), not_its_own),
            (
                "public key in version 1",
                pkcs8(V0, &algorithm, &bare, &tlv(0x81, &[&[0], &point])),
                "malformed version of PrivateKeyInfo: it's 0 (v1), but there's a public key, which came with v2",
            ),
            (
                "no public key in version 2",
                pkcs8(V1, &algorithm, &bare, &[]),
                "malformed version of PrivateKeyInfo: it's 1 (v2), but there's no public key, for which v2 is",
            ),
            ("explicit [1]", pkcs8(V1, &algorithm, &bare, &tlv(0xa1, &[&bits(&point)])), EXPLICIT),
            ("explicit [1] as ring had it", der_of(fixture!("ed25519.explicit.pem")), EXPLICIT),
            ("truncated", der_of(private)[..47].to_vec(), "malformed DER: ends early"),
            ("public", der_of(public), "a public key, not a private key"),
        ];
        for (case, der, expected) in table {
            let error = key::PrivateKey::from_der(&der).unwrap_err();
            assert!(error.to_string().starts_with(expected), "{name}, {case}: {error}");
            if oid == ED25519 {
                assert_eq!(ed25519::SigningKey::from_der(&der).unwrap_err(), error, "{case}");
                assert!(ed25519::SigningKey::from_pkcs8_der(&der).is_err(), "{case}");
            } else {
                assert_eq!(ecdh::PrivateKey::<X25519>::from_der(&der).unwrap_err(), error, "{case}");
                assert!(ecdh::PrivateKey::<X25519>::from_pkcs8_der(&der).is_err(), "{case}");
            }
        }
        let table: Vec<(&str, Vec<u8>, &str)> = vec![
            (
                "NULL",
                spki(&seq(&[oid, NULL]), &point),
                "malformed parameters of a key of RFC 8410: there's a NULL, where nothing may be (section 3)",
            ),
            (
                "31 bytes",
                spki(&algorithm, &point[1..]),
                "31 bytes, where this key, curve or hash calls for 32",
            ),
            (
                "33 bytes",
                spki(&algorithm, &[&[0], &point[..]].concat()),
                "33 bytes, where this key, curve or hash calls for 32",
            ),
            ("no bytes", spki(&algorithm, &[]), "0 bytes, where this key, curve or hash calls for 32"),
            (
                "seven bits",
                seq(&[&algorithm, &tlv(3, &[&[1], &point])]),
                "malformed public key: the BIT STRING isn't of full bytes",
            ),
            ("trailing", [der_of(public), vec![0]].concat(), "malformed DER: trailing bytes"),
            ("private", der_of(private), "a private key, not a public key"),
        ];
        for (case, der, expected) in table {
            let error = key::PublicKey::from_der(&der).unwrap_err();
            assert_eq!(error.to_string(), expected, "{name}, {case}");
            if oid == ED25519 {
                assert_eq!(ed25519::VerifyingKey::from_der(&der).unwrap_err(), error, "{case}");
            } else {
                assert_eq!(ecdh::PublicKey::<X25519>::from_der(&der).unwrap_err(), error, "{case}");
            }
        }
    }
    // What Ed25519 refuses: small order (0, 1), y not below p, no point with this y. X25519 takes all.
    let (zero, one, large, off) = ([0; 32], &mut [0; 32], [0xff; 32], &mut [0; 32]);
    (one[0], off[0]) = (1, 2);
    for bytes in [&zero, one, &large, off] {
        assert!(matches!(
            key::PublicKey::from_der(&spki(&seq(&[ED25519]), bytes)),
            Err(Error::InvalidKey(_))
        ));
        let key = key::PublicKey::from_der(&spki(&seq(&[ID_X25519]), bytes)).unwrap();
        assert_eq!(key.to_der(), spki(&seq(&[ID_X25519]), bytes));
    }
}

#[test]
fn curve25519_another_kind_than_the_types() {
    let texts = [
        ("an Ed25519 key", fixture!("ed25519.pem"), fixture!("ed25519.pub.pem")),
        ("an X25519 key", fixture!("x25519.pem"), fixture!("x25519.pub.pem")),
        ("a P-256 key", fixture!("p256.pem"), fixture!("p256.pub.pem")),
        ("an RSA key", fixture!("rsa2048.pem"), fixture!("rsa2048.pub.pem")),
    ];
    for (found, private, public) in texts {
        let errors = [
            ("an Ed25519 key", ed25519::SigningKey::from_pem(private).err()),
            ("an X25519 key", ecdh::PrivateKey::<X25519>::from_pem(private).err()),
            ("a P-256 key", SigningKey::<P256>::from_pem(private).err()),
            ("an RSA key", PrivateKey::from_pem(private).err()),
            ("an Ed25519 key", ed25519::VerifyingKey::from_pem(public).err()),
            ("an X25519 key", ecdh::PublicKey::<X25519>::from_pem(public).err()),
            ("a P-256 key", VerifyingKey::<P256>::from_pem(public).err()),
            ("an RSA key", PublicKey::from_pem(public).err()),
        ];
        for (expected, error) in errors {
            assert_eq!(error, (found != expected).then_some(Error::Found { found, expected }));
        }
    }
    let sec1 = ed25519::SigningKey::from_pem(fixture!("p256.sec1.pem")).unwrap_err();
    assert_eq!(sec1.to_string(), "a P-256 key, not an Ed25519 key");
}

#[test]
fn debug_shows_no_secret() {
    for files in &FILES {
        let (number, point) = files.numbers();
        let text = format!("{:?}", files.key());
        assert!(text.contains(&hex(&point)) && !text.contains(&hex(&number)[8..24]), "{text}");
    }
}

#[cfg(feature = "encryption")]
mod encrypted {
    use super::*;
    use oneway::key::{Cipher, Encryption, Kdf};

    #[test]
    fn under_a_password() {
        let text = fixture!("enc_p256.pem");
        let key = SigningKey::<P256>::from_encrypted_pem(text, "password").unwrap();
        assert_eq!(key.to_pem().as_str(), fixture!("p256.pem"));
        let any = key::PrivateKey::from_encrypted_der(&der_of(text), "password").unwrap();
        assert_eq!(any.to_der(), key.to_der());
        let found = ecdh::PrivateKey::<P384>::from_encrypted_pem(text, "password").unwrap_err();
        assert_eq!(found.to_string(), "a P-256 key, not a P-384 key");
        assert_eq!(
            PrivateKey::from_encrypted_pem(text, "password").unwrap_err().to_string(),
            "a P-256 key, not an RSA key"
        );
        assert_eq!(SigningKey::<P256>::from_encrypted_pem(text, "wrong").unwrap_err(), Error::Password);
        assert_eq!(
            SigningKey::<P256>::from_encrypted_pem(fixture!("p256.sec1.pem"), "password")
                .unwrap_err()
                .to_string(),
            "a private key without a password (for `from_pem`, `from_der`), not an encrypted private key"
        );
        let error =
            ecdh::PrivateKey::<P256>::from_encrypted_pem(fixture!("legacy_ec.pem"), "password").unwrap_err();
        assert!(error.to_string().contains("old encryption"), "{error}");
        on_each_curve!(round_trips);
        let key =
            ecdh::PrivateKey::<X25519>::from_encrypted_pem(fixture!("enc_x25519.pem"), "password").unwrap();
        assert_eq!(key.to_pem().as_str(), fixture!("x25519.pem"));
        let found =
            ed25519::SigningKey::from_encrypted_pem(fixture!("enc_x25519.pem"), "password").unwrap_err();
        assert_eq!(found.to_string(), "an X25519 key, not an Ed25519 key");
        let key = ed25519::SigningKey::from_pem(fixture!("ed25519.pem")).unwrap();
        let encryption = Encryption { kdf: Kdf::Pbkdf2 { rounds: 2 }, cipher: Cipher::Aes256 };
        let der = key.to_encrypted_der_with(&mut getrandom::SysRng, &encryption, "x").unwrap();
        assert_eq!(ed25519::SigningKey::from_encrypted_der(&der, "x").unwrap().to_der(), key.to_der());
        assert_eq!(key::PrivateKey::from_pkcs8_encrypted_der(&der, "x").unwrap().to_der(), key.to_der());
    }

    fn round_trips<C: ecdsa::Curve>(files: &Files) {
        let (rng, encryption) =
            (&mut getrandom::SysRng, Encryption { kdf: Kdf::Pbkdf2 { rounds: 2 }, cipher: Cipher::Aes128 });
        let key = SigningKey::<C>::from_pem(files.pkcs8).unwrap();
        let agreement = ecdh::PrivateKey::<C>::from(&key);
        let texts = [
            key.to_encrypted_pem_with(rng, &encryption, "x").unwrap(),
            agreement.to_encrypted_pem_with(rng, &encryption, "x").unwrap(),
            files.key().to_encrypted_pem_with(rng, &encryption, "x").unwrap(),
        ];
        for text in texts {
            assert_eq!(SigningKey::<C>::from_encrypted_pem(&text, "x").unwrap().to_der(), key.to_der());
            assert_eq!(
                ecdh::PrivateKey::<C>::from_pkcs8_encrypted_pem(&text, "x").unwrap().to_der(),
                key.to_der()
            );
        }
        let der = agreement.to_encrypted_der_with(rng, &encryption, "x").unwrap();
        assert_eq!(key::PrivateKey::from_encrypted_der(&der, "x").unwrap().to_der(), key.to_der());
        assert_eq!(SigningKey::<C>::from_pkcs8_encrypted_der(&der, "x").unwrap().to_der(), key.to_der());
    }
}
