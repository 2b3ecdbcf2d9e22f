//! Keys as bytes: round trips of every form, and everything that is refused, each with its own error.
//!
//! The files in `tests/keys/` were made by OpenSSL; their README says how.
#![cfg(all(feature = "pem", feature = "getrandom"))]

use std::fmt::Write;
use std::sync::OnceLock;

use oneway::hash::{Sha256, Sha384, Sha512};
use oneway::key;
use oneway::rsa::{Oaep, Pkcs1v15, PrivateKey, Pss, PssBinding, PssHash, PssParams, PublicKey};
use oneway::{Error, hazmat};
use pkcs1::{DecodeRsaPrivateKey, DecodeRsaPublicKey, EncodeRsaPrivateKey, EncodeRsaPublicKey};
use pkcs8::{
    DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, LineEnding, SubjectPublicKeyInfoRef,
};
use proptest::prelude::*;

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/keys/", $name))
    };
}

#[path = "keys/curves.rs"]
mod curves;

fn private() -> &'static PrivateKey {
    static KEY: OnceLock<PrivateKey> = OnceLock::new();
    KEY.get_or_init(|| PrivateKey::from_pem(fixture!("rsa2048.pem")).unwrap())
}

fn public() -> &'static PublicKey {
    private().public_key()
}

/// The bytes of a PEM text, by another decoder than the one that's tested.
fn der_of(text: &str) -> Vec<u8> {
    pkcs8::Document::from_pem(text).unwrap().1.into_vec()
}

/// An element of DER.
fn tlv(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let contents = contents.concat();
    let mut der = vec![tag];
    match contents.len() {
        len @ 0..0x80 => der.push(len as u8),
        len @ 0x80..0x100 => der.extend([0x81, len as u8]),
        len => der.extend([0x82, (len >> 8) as u8, len as u8]),
    }
    [der, contents].concat()
}

fn seq(contents: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, contents)
}

/// The INTEGER of a positive number.
fn int(number: &[u8]) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let significant = &number[zeros..];
    let sign: &[u8] = if significant.first().is_none_or(|byte| byte & 0x80 != 0) { &[0] } else { &[] };
    tlv(2, &[sign, significant])
}

const RSA_ENCRYPTION: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const RSASSA_PSS: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
const MGF1: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 8];
const SHA_256: &[u8] = &[6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
const NULL: &[u8] = &[5, 0];
const V0: &[u8] = &[2, 1, 0];
const V1: &[u8] = &[2, 1, 1];

/// The nine INTEGERs of an `RSAPrivateKey`.
fn integers() -> Vec<Vec<u8>> {
    let ((p, q), crt) = (private().primes(), private().crt_components());
    let e = public().exponent().to_be_bytes();
    let (n, d) = (public().modulus(), private().private_exponent());
    [&[0][..], &n, &e, &d, &p, &q, &crt.dp, &crt.dq, &crt.qinv].map(int).to_vec()
}

fn join(elements: &[Vec<u8>]) -> Vec<u8> {
    seq(&elements.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// The `RSAPrivateKey` with one INTEGER replaced.
fn with(index: usize, element: Vec<u8>) -> Vec<u8> {
    let mut all = integers();
    all[index] = element;
    join(&all)
}

fn pkcs8(version: &[u8], algorithm: &[u8], key: &[u8], rest: &[u8]) -> Vec<u8> {
    seq(&[version, algorithm, &tlv(4, &[key]), rest])
}

fn spki(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    seq(&[algorithm, &tlv(3, &[&[0], key])])
}

fn public_pkcs1() -> Vec<u8> {
    seq(&[&int(&public().modulus()), &int(&[1, 0, 1])])
}

fn rsa_algorithm() -> Vec<u8> {
    seq(&[RSA_ENCRYPTION, NULL])
}

/// The algorithm of a key for PSS, with these fields.
fn pss_algorithm(fields: &[&[u8]]) -> Vec<u8> {
    seq(&[RSASSA_PSS, &seq(fields)])
}

#[test]
fn what_openssl_writes_is_what_is_written() {
    assert_eq!(private().to_pem().as_str(), fixture!("rsa2048.pem"));
    assert_eq!(public().to_pem(), fixture!("rsa2048.pub.pem"));
    let pkcs1 = private().to_pkcs1_pem(LineEnding::LF).unwrap();
    assert_eq!(pkcs1.as_str(), fixture!("rsa2048.pkcs1.pem"));
    assert_eq!(public().to_pkcs1_pem(LineEnding::LF).unwrap(), fixture!("rsa2048.pub.pkcs1.pem"));
    let pss = PrivateKey::from_pem(fixture!("pss2048.pem")).unwrap();
    assert_eq!(pss.to_pem().as_str(), fixture!("pss2048.pem"));
    assert_eq!(pss.public_key().to_pem(), fixture!("pss2048.pub.pem"));
    let any = PrivateKey::from_pem(fixture!("pss2048_any.pem")).unwrap();
    assert_eq!(any.to_pem().as_str(), fixture!("pss2048_any.pem"));
}

#[test]
fn every_form_comes_back() {
    let again = [
        PrivateKey::from_pem(fixture!("rsa2048.pkcs1.pem")).unwrap(),
        PrivateKey::from_pem(private().to_pem().as_bytes()).unwrap(),
        PrivateKey::from_der(&private().to_der()).unwrap(),
        PrivateKey::from_der(&join(&integers())).unwrap(),
        PrivateKey::from_pkcs8_der(private().to_pkcs8_der().unwrap().as_bytes()).unwrap(),
        PrivateKey::from_pkcs8_pem(&private().to_pkcs8_pem(LineEnding::CRLF).unwrap()).unwrap(),
        PrivateKey::from_pkcs1_der(private().to_pkcs1_der().unwrap().as_bytes()).unwrap(),
        PrivateKey::from_pkcs1_pem(&private().to_pkcs1_pem(LineEnding::CR).unwrap()).unwrap(),
    ];
    for key in again {
        assert_eq!(key.public_key(), public());
        assert_eq!(key.to_der(), private().to_der());
        assert_eq!(key.validate(), Ok(()));
    }
    let again = [
        PublicKey::from_pem(fixture!("rsa2048.pub.pkcs1.pem")).unwrap(),
        PublicKey::from_pem(public().to_pem()).unwrap(),
        PublicKey::from_der(&public().to_der()).unwrap(),
        PublicKey::from_der(&public_pkcs1()).unwrap(),
        PublicKey::from_public_key_der(public().to_public_key_der().unwrap().as_bytes()).unwrap(),
        PublicKey::from_public_key_pem(&public().to_public_key_pem(LineEnding::LF).unwrap()).unwrap(),
        PublicKey::from_pkcs1_der(public().to_pkcs1_der().unwrap().as_bytes()).unwrap(),
        PublicKey::from_pkcs1_pem(&public().to_pkcs1_pem(LineEnding::LF).unwrap()).unwrap(),
    ];
    for key in again {
        assert_eq!(&key, public());
    }
    // The enums, by the same traits.
    let key = key::PrivateKey::from_pkcs8_pem(fixture!("rsa2048.pem")).unwrap();
    assert_eq!(key.to_pkcs8_pem(LineEnding::LF).unwrap().as_str(), fixture!("rsa2048.pem"));
    assert_eq!(key.to_pkcs8_der().unwrap().as_bytes(), key.to_der().as_slice());
    assert_eq!(key.to_pem().as_str(), fixture!("rsa2048.pem"));
    let public_key = key::PublicKey::from_public_key_pem(fixture!("rsa2048.pub.pem")).unwrap();
    assert_eq!(public_key, key.public_key());
    assert_eq!(public_key.to_public_key_der().unwrap().as_bytes(), public_key.to_der());
    assert_eq!(public_key.as_rsa(), Some(public()));
    assert_eq!(key.as_rsa().map(PrivateKey::public_key), Some(public()));
}

#[test]
#[cfg(feature = "getrandom")]
fn keys_of_other_sizes_and_shapes_come_back() {
    // 2052 bits: k isn't a multiple of eight; and primes of unequal length.
    let (p, q) = (oneway::prime::random_prime(1026), oneway::prime::random_prime(1027));
    let (long, short) = (oneway::prime::random_prime(1500), oneway::prime::random_prime(600));
    let bytes = |prime: oneway::Result<oneway::bignum::Nat>| prime.unwrap().to_be_bytes();
    let (p, q, long, short) = (bytes(p), bytes(q), bytes(long), bytes(short));
    for (p, q) in [(&p, &q), (&q, &p), (&long, &short), (&short, &long)] {
        for e in [65_537, 257, (1 << 33) - 9] {
            let Ok(key) = PrivateKey::from_primes(p, q, e) else { continue };
            let again = PrivateKey::from_der(&key.to_der()).unwrap();
            assert_eq!(again.public_key(), key.public_key());
            assert_eq!(again.to_der(), key.to_der());
            assert_eq!(PublicKey::from_der(&key.public_key().to_der()).as_ref(), Ok(key.public_key()));
        }
    }
}

#[test]
fn d_is_kept_as_the_file_has_it() {
    // OpenSSL's d is the inverse modulo the least common multiple; others' is modulo (p − 1)(q − 1).
    let number = num_bigint::BigUint::from_bytes_be;
    let (p, q) = private().primes();
    let order = (number(&p) - 1u32) * (number(&q) - 1u32);
    let d = num_bigint::BigUint::from(65_537u32).modinv(&order).unwrap().to_bytes_be();
    assert_ne!(number(&d), number(&private().private_exponent()));
    let der = with(3, int(&d));
    let key = PrivateKey::from_der(&der).unwrap();
    assert_eq!(key.to_pkcs1_der().unwrap().as_bytes(), der);
}

#[test]
fn components() {
    let ((p, q), crt) = (private().primes(), private().crt_components());
    let number = num_bigint::BigUint::from_bytes_be;
    let d = number(&private().private_exponent());
    assert_eq!(number(&crt.dp), &d % (number(&p) - 1u32));
    assert_eq!(number(&crt.dq), &d % (number(&q) - 1u32));
    assert_eq!(number(&crt.qinv) * number(&q) % number(&p), 1u32.into());
    assert_eq!((crt.dp.len(), crt.dq.len(), crt.qinv.len()), (p.len(), q.len(), p.len()));
    assert_eq!(format!("{crt:?}"), "CrtComponents { .. }");
}

#[test]
fn fingerprints() {
    let fingerprint = public().fingerprint();
    assert_eq!(fingerprint.to_string(), "SHA256:5IKPassZ3dNqhLAlC9RkOD9A887ILBaxUjtC+VgHK8Y");
    assert_eq!(format!("{fingerprint:?}"), fingerprint.to_string());
    let hex = fingerprint.to_hex();
    assert_eq!(hex.replace(':', ""), "e4828f6acb19ddd36a84b0250bd464383f40f3cec82c16b1523b42f958072bc6");
    assert_eq!(hex.len(), 95);
    assert_eq!(fingerprint.as_bytes()[..2], [0xe4, 0x82]);
    assert_eq!(key::PrivateKey::from(private().clone()).public_key().fingerprint(), fingerprint);
}

#[test]
fn pkcs8_with_attributes_and_public_key() {
    let (algorithm, key) = (rsa_algorithm(), join(&integers()));
    let attributes = tlv(0xa0, &[&seq(&[RSA_ENCRYPTION, &tlv(0x31, &[NULL])])]);
    let public_key = tlv(0x81, &[&[0], &public_pkcs1()]);
    for (version, rest) in [
        (V0, vec![]),
        (V0, attributes.clone()),
        (V1, public_key.clone()),
        (V1, [attributes, public_key].concat()),
    ] {
        let key = PrivateKey::from_der(&pkcs8(version, &algorithm, &key, &rest)).unwrap();
        assert_eq!(key.public_key(), public());
    }
}

#[test]
fn text_that_real_files_have() {
    let lf = fixture!("rsa2048.pem");
    let lines: Vec<&str> = lf.lines().collect();
    let (first, last, body) = (lines[0], lines[lines.len() - 1], lines[1..lines.len() - 1].concat());
    let wrapped = |width: usize, end: &str| {
        let chunks: Vec<&str> =
            body.as_bytes().chunks(width).map(|c| std::str::from_utf8(c).unwrap()).collect();
        [first, &chunks.join(end), last, ""].join(end)
    };
    for text in [
        lf.replace('\n', "\r\n"),
        lf.replace('\n', "\r"),
        lf.replace('\n', " \t \n"),
        lf.replace('\n', "\n\n"),
        lf.trim_end().to_owned(),
        format!("{lf}\n  \n\t\r\n"),
        format!("\u{feff}{lf}"),
        format!("Bag Attributes\n    localKeyID: 01 02\nKey Attributes: <No Attributes>\n{lf}"),
        format!("-----\n---- not a block ----\nSchlüssel:\n\n{lf}"),
        wrapped(76, "\n"),
        wrapped(63, "\r\n"),
        wrapped(1, "\n"),
        wrapped(77, "\n"),
        wrapped(1000, "\n"),
        wrapped(body.len(), "\n"),
        wrapped(body.len(), "\r\n"),
    ] {
        assert_eq!(PrivateKey::from_pem(&text).map(|key| key.to_der()), Ok(private().to_der()), "{text}");
    }
    assert_eq!(PublicKey::from_pem(format!("key.pub\n{}", public().to_pem())).as_ref(), Ok(public()));
}

// A table.
#[allow(clippy::too_many_lines)]
#[test]
fn text_that_is_refused() {
    let text = fixture!("rsa2048.pem");
    let der = private().to_der();
    let lines: Vec<&str> = text.lines().collect();
    let body = lines[1..lines.len() - 1].join("\n");
    let block = |label: &str| format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
    let in_body = |body: &str| format!("{}\n{body}\n{}\n", lines[0], lines[lines.len() - 1]);
    let damaged = |at: usize, with: char| {
        let mut text = text.to_owned();
        text.replace_range(at..=at, with.encode_utf8(&mut [0; 4]));
        text
    };
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.bytes().flat_map(|c| [c, 0])).collect();
    let not_padded =
        "malformed PEM: its base64 isn't padded to full groups of four, or characters are missing";
    let table: Vec<(&str, Vec<u8>, &str)> = vec![
        ("nothing", vec![], "malformed PEM: it's empty"),
        (
            "a file's name",
            b"key.pem\n".to_vec(),
            "malformed PEM: it has no BEGIN line (what's wanted is what's in a file, not its name)",
        ),
        ("spaces", b" \n\n ".to_vec(), "malformed PEM: it has no BEGIN line"),
        ("DER", der.to_vec(), "DER (for `from_der`), not PEM text"),
        ("UTF-16", utf16, "UTF-16 text, not PEM text"),
        ("huge", vec![b'A'; 65_537], "malformed key: longer than 64 KiB"),
        (
            "base64 alone",
            body.clone().into(),
            "base64 without its BEGIN and END lines (decoded, it's for `from_der`), not PEM text",
        ),
        (
            "indented",
            text.replace("-----B", "\t -----B").into(),
            "malformed PEM: it's indented, and lines have to start without spaces",
        ),
        (
            "base64 indented",
            in_body(&format!(" {body}")).into(),
            "malformed PEM: it's indented, and lines have to start without spaces",
        ),
        (
            "one line",
            text.replace('\n', "").into(),
            "malformed PEM: its line ends are lost, as happens in environment variables: BEGIN and END have to be lines \
             of their own again",
        ),
        (
            "no dashes",
            text.replacen("KEY-----", "KEY----", 1).into(),
            "malformed PEM: its BEGIN line doesn't end after the label",
        ),
        (
            "end of END",
            text[..text.len() - 2].into(),
            "malformed PEM: its END line doesn't end after the label",
        ),
        ("no END", text[..1500].into(), "malformed PEM: it has no END line"),
        ("BEGIN alone", lines[0].into(), "malformed PEM: it has no END line"),
        (
            "two BEGINs",
            format!("{}\n{text}", lines[0]).into(),
            "malformed PEM: a block starts before the END line of the one before",
        ),
        (
            "another END",
            text.replace("END PRIVATE", "END PUBLIC").into(),
            "malformed PEM: its END line has another label than its BEGIN line",
        ),
        (
            "two keys",
            format!("{text}{text}").into(),
            "malformed PEM: there are several blocks, where one is expected",
        ),
        (
            "key and certificate",
            format!("{text}\nand\n{}", fixture!("certificate.pem")).into(),
            "malformed PEM: there are several blocks, where one is expected",
        ),
        ("text after", format!("{text}\nthe end").into(), "malformed PEM: text follows its END line"),
        ("text after END", format!("{text}AAAA").into(), "malformed PEM: text follows its END line"),
        ("empty", in_body("").into(), "malformed PEM: there's nothing between its BEGIN and END lines"),
        ("a character is missing", text.replacen("MII", "MI", 1).into(), not_padded),
        ("a line is short", in_body(&body[..100]).into(), not_padded),
        ("padding alone", in_body("====").into(), not_padded),
        ("too much padding", in_body("AA======").into(), not_padded),
        ("padding inside", damaged(200, '=').into(), "malformed PEM: its base64 is damaged"),
        ("a star", damaged(200, '*').into(), "malformed PEM: its base64 is damaged"),
        ("URL alphabet", damaged(200, '_').into(), "malformed PEM: its base64 is damaged"),
        ("a space inside", damaged(200, ' ').into(), "malformed PEM: its base64 is damaged"),
        ("a zero byte", damaged(200, '\0').into(), "malformed PEM: its base64 is damaged"),
        ("a letter from elsewhere", in_body("AAé=").into(), not_padded),
        ("bits left over", in_body("AAB=").into(), "malformed PEM: its base64 is damaged"),
        ("a byte of nothing", in_body("AA==").into(), "malformed PrivateKeyInfo: not a SEQUENCE"),
        (
            "headers",
            in_body(&format!("Comment: mine\n\n{body}")).into(),
            "malformed PEM: it has headers between the BEGIN line and the base64",
        ),
        (
            "OpenSSL's old encryption",
            fixture!("legacy.pem").into(),
            "keys in OpenSSL's old encryption (Proc-Type: 4,ENCRYPTED; `openssl pkcs8 -topk8` converts them) \
             aren't supported",
        ),
        ("public", fixture!("rsa2048.pub.pem").into(), "a public key, not a private key"),
        ("public, PKCS#1", fixture!("rsa2048.pub.pkcs1.pem").into(), "a public key, not a private key"),
        ("certificate", fixture!("certificate.pem").into(), "a certificate, not a private key"),
        ("request", fixture!("request.pem").into(), "a certificate request, not a private key"),
        ("PKCS#7", fixture!("pkcs7.pem").into(), "a PKCS#7 message, not a private key"),
        ("CRL", block("X509 CRL").into(), "a revocation list, not a private key"),
        ("parameters", block("EC PARAMETERS").into(), "parameters without a key, not a private key"),
        ("DSA", block("DSA PRIVATE KEY").into(), "DSA keys aren't supported"),
        ("OpenPGP", block("PGP PRIVATE KEY BLOCK").into(), "OpenPGP data, not a private key"),
        ("unknown label", block("SECRET").into(), "a PEM block with an unknown label, not a private key"),
        (
            "OpenSSH",
            block("OPENSSH PRIVATE KEY").into(),
            "keys in OpenSSH's own form (`ssh-keygen -p -m PKCS8` converts them) aren't supported",
        ),
        (
            "OpenSSH, public",
            b"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC me@here".to_vec(),
            "an OpenSSH public key (`ssh-keygen -e -m PKCS8` converts it), not PEM text",
        ),
        (
            "SSH2",
            b"---- BEGIN SSH2 PUBLIC KEY ----\nAAAA".to_vec(),
            "an SSH public key (`ssh-keygen -i -e -m PKCS8` converts it), not PEM text",
        ),
        (
            "PuTTY",
            b"PuTTY-User-Key-File-3: ssh-rsa\n".to_vec(),
            "a PuTTY key (PuTTYgen exports it in OpenSSL's form), not PEM text",
        ),
        (
            "encrypted",
            fixture!("enc_scrypt_aes256.pem").into(),
            "an encrypted key: a password is needed (`from_encrypted_pem`, with the feature `encryption`)",
        ),
        ("small", fixture!("rsa1024.pem").into(), "1024 bits, but 2048 to 16384 bits are offered"),
        (
            "PKCS#1 by the wrong name",
            fixture!("rsa2048.pkcs1.pem").replace("RSA ", "").into(),
            "the contents of `BEGIN RSA PRIVATE KEY`, not what its label says",
        ),
        (
            "PKCS#8 by the wrong name",
            block("RSA PRIVATE KEY").into(),
            "the contents of `BEGIN PRIVATE KEY`, not what its label says",
        ),
        (
            "a public key by the wrong name",
            fixture!("rsa2048.pub.pem").replace("PUBLIC", "PRIVATE").into(),
            "the contents of `BEGIN PUBLIC KEY`, not what its label says",
        ),
        (
            "a public key in PKCS#1 by the wrong name",
            fixture!("rsa2048.pub.pkcs1.pem").replace("PUBLIC", "PRIVATE").into(),
            "the contents of `BEGIN RSA PUBLIC KEY`, not what its label says",
        ),
        (
            "an encrypted key by the wrong name",
            fixture!("enc_scrypt_aes256.pem").replace("ENCRYPTED ", "").into(),
            "the contents of `BEGIN ENCRYPTED PRIVATE KEY`, not what its label says",
        ),
        (
            "a certificate by the wrong name",
            fixture!("certificate.pem").replace("CERTIFICATE", "PRIVATE KEY").into(),
            "a certificate, a certificate request or a revocation list, not what its label says",
        ),
        (
            "SEC 1 by the wrong name",
            fixture!("p256.sec1.pem").replace("EC ", "").into(),
            "the contents of `BEGIN EC PRIVATE KEY`, not what its label says",
        ),
    ];
    for (name, text, expected) in &table {
        let error = key::PrivateKey::from_pem(text).unwrap_err();
        assert_eq!(&error.to_string(), expected, "{name}");
        assert_eq!(PrivateKey::from_pem(text).unwrap_err(), error, "{name}");
    }
    for (text, expected) in [
        (text, "a private key, not a public key"),
        (fixture!("rsa2048.pkcs1.pem"), "a private key, not a public key"),
        (fixture!("p256.sec1.pem"), "a private key, not a public key"),
        (fixture!("enc_scrypt_aes256.pem"), "an encrypted private key, not a public key"),
        (
            fixture!("certificate.pem"),
            "a certificate (`trust::Certificate::public_key` has its key), not a public key",
        ),
        (
            &fixture!("rsa2048.pem").replace("PRIVATE", "PUBLIC"),
            "the contents of `BEGIN PRIVATE KEY`, not what its label says",
        ),
        ("", "malformed PEM: it's empty"),
    ] {
        assert_eq!(PublicKey::from_pem(text).unwrap_err().to_string(), expected);
        assert_eq!(key::PublicKey::from_pem(text).unwrap_err().to_string(), expected);
    }
}

/// DER that's refused as a private key.
// A table.
#[allow(clippy::too_many_lines)]
fn refused_private_der() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let good = join(&integers());
    let n = public().modulus();
    let (p, q) = private().primes();
    let plus = |number: &[u8], x: u32| (num_bigint::BigUint::from_bytes_be(number) + x).to_bytes_be();
    let d = private().private_exponent();
    let crt = private().crt_components();
    let algorithm = rsa_algorithm();
    let negative = |len: usize| tlv(2, &[&[0x80], &vec![1; len]]);
    let not_minimal = |number: &[u8]| tlv(2, &[&[0, 0], number]);
    let oversized = tlv(2, &[&[1; 2050]]);
    let trailing = |der: &[u8]| [der, &[0]].concat();
    let other_primes = seq(&[&seq(&[V1, V1, V1])]);
    let mut table = vec![
        ("nothing", vec![], "malformed DER: it's empty"),
        ("huge", vec![0x30; 65_537], "malformed key: longer than 64 KiB"),
        ("PEM", fixture!("rsa2048.pem").into(), "PEM text (for `from_pem`), not DER"),
        ("not a SEQUENCE", vec![4, 1, 0], "malformed DER: not a SEQUENCE"),
        ("indefinite", [&[0x30, 0x80], &good[4..], &[0, 0]].concat(), "malformed DER: indefinite length"),
        (
            "long length",
            [&[0x30, 0x83, 0], &good[2..]].concat(),
            "malformed DER: a length isn't encoded in as few bytes as possible",
        ),
        ("truncated", good[..good.len() - 1].to_vec(), "malformed DER: ends early"),
        ("trailing byte", trailing(&good), "malformed DER: trailing bytes"),
        ("empty SEQUENCE", vec![0x30, 0], "malformed DER: none of the forms that keys have"),
        ("SEQUENCE of NULL", seq(&[NULL]), "malformed DER: none of the forms that keys have"),
        ("element that ends early", seq(&[V0, &[2, 9, 1]]), "malformed DER: ends early"),
        (
            "certificate",
            der_of(fixture!("certificate.pem")),
            "a certificate, a certificate request or a revocation list, not a private key",
        ),
        (
            "PKCS#12",
            include_bytes!("keys/store.p12").to_vec(),
            "a PKCS#12 file (for `trust::KeyStore`), not a private key",
        ),
        (
            "PKCS#7",
            der_of(fixture!("pkcs7.pem")),
            "a PKCS#7 message (`openssl pkcs7 -inform DER -print_certs` takes the certificates out of it), not a private \
             key",
        ),
        ("SPKI", public().to_der(), "a public key, not a private key"),
        ("RSAPublicKey", public_pkcs1(), "a public key, not a private key"),
        (
            "encrypted",
            der_of(fixture!("enc_scrypt_aes256.pem")),
            "an encrypted key: a password is needed (`from_encrypted_pem`, with the feature `encryption`)",
        ),
        ("version 2", with(0, int(&[2])), "malformed version of RSAPrivateKey: not 0"),
        (
            "version negative",
            with(0, negative(0)),
            "malformed version of RSAPrivateKey: the INTEGER is negative",
        ),
        ("version huge", with(0, int(&[1; 9])), "malformed version of RSAPrivateKey: not 0"),
        (
            "three primes",
            seq(&[V1, &integers()[1..].concat(), &other_primes]),
            "RSA keys of more than two primes aren't supported",
        ),
        (
            "other primes in version 0",
            seq(&[&integers().concat(), &other_primes]),
            "malformed RSAPrivateKey: trailing bytes",
        ),
        ("qinv missing", join(&integers()[..8]), "malformed coefficient qinv: missing"),
        ("qinv and dq missing", join(&integers()[..7]), "malformed exponent dq: missing"),
        ("d isn't an INTEGER", with(3, tlv(4, &[&d])), "malformed private exponent d: not an INTEGER"),
        ("p isn't an INTEGER", with(4, tlv(3, &[&p])), "malformed prime p: not an INTEGER"),
        ("n small", with(1, int(&n[..255])), "2040 bits, but 2048 to 16384 bits are offered"),
        ("n large", with(1, int(&[0xff; 2049])), "malformed modulus n: the INTEGER has more than 16384 bits"),
        ("n + 2", with(1, int(&plus(&n, 2))), "the key is invalid: p * q is not n"),
        ("n even", with(1, int(&plus(&n, 1))), "the key is invalid: the modulus is even, or 1"),
        ("e even", with(2, int(&[4])), "a public exponent has to be odd, at least 3 and below 2^33"),
        ("e = 1", with(2, int(&[1])), "a public exponent has to be odd, at least 3 and below 2^33"),
        ("e = 0", with(2, int(&[0])), "a public exponent has to be odd, at least 3 and below 2^33"),
        (
            "e = 2^33 + 1",
            with(2, int(&[2, 0, 0, 0, 1])),
            "a public exponent has to be odd, at least 3 and below 2^33",
        ),
        (
            "e of nine bytes",
            with(2, int(&[1; 9])),
            "a public exponent has to be odd, at least 3 and below 2^33",
        ),
        ("e of all bytes", with(2, int(&n)), "a public exponent has to be odd, at least 3 and below 2^33"),
        ("e wrong", with(2, int(&[3])), "the key is invalid: e * d is not 1 modulo p - 1 and q - 1"),
        ("d + 1", with(3, int(&plus(&d, 1))), "the key is invalid: e * d is not 1 modulo p - 1 and q - 1"),
        ("d = n", with(3, int(&n)), "the key is invalid: d is zero or not below n"),
        ("d wide", with(3, int(&[0x7f; 2000])), "the key is invalid: d is zero or not below n"),
        ("p + 2", with(4, int(&plus(&p, 2))), "the key is invalid: p * q is not n"),
        ("q + 2", with(5, int(&plus(&q, 2))), "the key is invalid: p * q is not n"),
        ("p = 1", with(4, int(&[1])), "the key is invalid: p * q is not n"),
        (
            "p = n, q = 1",
            {
                let mut all = integers();
                all[4] = int(&n);
                all[5] = int(&[1]);
                join(&all)
            },
            "the key is invalid: p or q has less than a quarter of the modulus' bits",
        ),
        ("p wide", with(4, int(&[0x7f; 2000])), "the key is invalid: p * q is not n"),
        (
            "p and q exchanged",
            {
                let mut all = integers();
                all.swap(4, 5);
                join(&all)
            },
            "the key is invalid: dp is not d mod (p - 1)",
        ),
        ("dp + 1", with(6, int(&plus(&crt.dp, 1))), "the key is invalid: dp is not d mod (p - 1)"),
        ("dp = d", with(6, int(&d)), "the key is invalid: dp is not d mod (p - 1)"),
        ("dq + 1", with(7, int(&plus(&crt.dq, 1))), "the key is invalid: dq is not d mod (q - 1)"),
        (
            "qinv + 1",
            with(8, int(&plus(&crt.qinv, 1))),
            "the key is invalid: qinv is not the inverse of q modulo p",
        ),
        (
            "qinv wide",
            with(8, int(&[0x7f; 2000])),
            "the key is invalid: qinv is not the inverse of q modulo p",
        ),
        // PKCS#8.
        (
            "PKCS#8, version 2",
            pkcs8(&[2, 1, 2], &algorithm, &good, &[]),
            "malformed version of PrivateKeyInfo: not 0 or 1",
        ),
        ("PKCS#8, trailing", trailing(&private().to_der()), "malformed DER: trailing bytes"),
        (
            "PKCS#8, trailing inside",
            pkcs8(V0, &algorithm, &good, NULL),
            "malformed PrivateKeyInfo: trailing bytes",
        ),
        (
            "PKCS#8, trailing in the key",
            pkcs8(V0, &algorithm, &trailing(&good), &[]),
            "malformed RSAPrivateKey: trailing bytes",
        ),
        ("PKCS#8, no key", pkcs8(V0, &algorithm, &[], &[]), "malformed RSAPrivateKey: missing"),
        (
            "PKCS#8, public key in version 1",
            pkcs8(V0, &algorithm, &good, &tlv(0x81, &[&[0], &public_pkcs1()])),
            "malformed version of PrivateKeyInfo: it's 0 (v1), but there's a public key, which came with v2",
        ),
        (
            "PKCS#8, version 2 without a public key",
            pkcs8(V1, &algorithm, &good, &[]),
            "malformed version of PrivateKeyInfo: it's 1 (v2), but there's no public key, for which v2 is",
        ),
        (
            "PKCS#8, version 2 with attributes alone",
            pkcs8(V1, &algorithm, &good, &[0xa0, 0]),
            "malformed version of PrivateKeyInfo: it's 1 (v2), but there's no public key, for which v2 is",
        ),
        (
            "PKCS#8, another public key",
            pkcs8(V1, &algorithm, &good, &tlv(0x81, &[&[0; 270]])),
            "the key is invalid: the public key beside the private key isn't its own",
        ),
        (
            "PKCS#8, attributes twice",
            pkcs8(V0, &algorithm, &good, &[0xa0, 0, 0xa0, 0]),
            "malformed PrivateKeyInfo: trailing bytes",
        ),
    ];
    let names = [
        "version of RSAPrivateKey",
        "modulus n",
        "public exponent e",
        "private exponent d",
        "prime p",
        "prime q",
        "exponent dp",
        "exponent dq",
        "coefficient qinv",
    ];
    for (i, part) in names.iter().enumerate().skip(1) {
        let mut row = |element: Vec<u8>, problem: &str| {
            let expected: &'static str = format!("malformed {part}: the INTEGER {problem}").leak();
            table.push((part, with(i, element), expected));
        };
        row(negative(if i == 2 { 2 } else { 127 }), "is negative");
        row(tlv(2, &[]), "is empty");
        row(not_minimal(&[0x7f; 3]), "isn't encoded in as few bytes as possible");
        row(oversized.clone(), "has more than 16384 bits");
        if i != 2 {
            row(tlv(2, &[&[0]]), "is zero");
        }
    }
    table
}

/// Algorithm identifiers that are refused, in private keys and in public ones.
fn refused_algorithms() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let hash = seq(&[SHA_256, NULL]);
    let mgf = seq(&[MGF1, &hash]);
    let tagged = |number: u8, contents: &[u8]| tlv(0xa0 + number, &[contents]);
    let sha3 = seq(&[&[6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 8]]);
    let pss = |problem: &str| -> &'static str {
        format!("malformed parameters of id-RSASSA-PSS: {problem}").leak()
    };
    vec![
        ("no SEQUENCE of an algorithm", seq(&[]), "malformed algorithm: missing"),
        ("no OID", seq(&[NULL]), "malformed algorithm: not an OBJECT IDENTIFIER"),
        ("no NULL", seq(&[RSA_ENCRYPTION]), "malformed parameters of rsaEncryption: missing"),
        ("not NULL", seq(&[RSA_ENCRYPTION, V0]), "malformed parameters of rsaEncryption: not NULL"),
        (
            "NULL with contents",
            seq(&[RSA_ENCRYPTION, &[5, 1, 0]]),
            "malformed parameters of rsaEncryption: not NULL",
        ),
        (
            "more than NULL",
            seq(&[RSA_ENCRYPTION, NULL, NULL]),
            "malformed parameters of rsaEncryption: trailing bytes",
        ),
        ("unknown OID", seq(&[&[6, 3, 42, 3, 4], NULL]), "keys of an unknown algorithm aren't supported"),
        ("empty OID", seq(&[&[6, 0], NULL]), "keys of an unknown algorithm aren't supported"),
        (
            "OAEP",
            seq(&[&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 7]]),
            "keys that are bound to RSAES-OAEP aren't supported",
        ),
        ("DSA", seq(&[&[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1]]), "DSA keys aren't supported"),
        ("X448", seq(&[&[6, 3, 0x2b, 0x65, 0x6f]]), "X448 keys aren't supported"),
        ("Ed448", seq(&[&[6, 3, 0x2b, 0x65, 0x71]]), "Ed448 keys aren't supported"),
        (
            "DH",
            seq(&[&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 3, 1]]),
            "Diffie-Hellman keys aren't supported",
        ),
        ("PSS, NULL", seq(&[RSASSA_PSS, NULL]), pss("there's a NULL, where they're a SEQUENCE or left out")),
        ("PSS, twice", seq(&[RSASSA_PSS, &seq(&[]), &seq(&[])]), pss("trailing bytes")),
        ("PSS, unknown field", pss_algorithm(&[&tagged(4, V0)]), pss("trailing bytes")),
        (
            "PSS, fields out of order",
            pss_algorithm(&[&tagged(2, &[2, 1, 32]), &tagged(0, &hash)]),
            pss("trailing bytes"),
        ),
        (
            "PSS, field twice",
            pss_algorithm(&[&tagged(2, &[2, 1, 32]), &tagged(2, &[2, 1, 32])]),
            pss("trailing bytes"),
        ),
        ("PSS, empty hash", pss_algorithm(&[&tagged(0, &[])]), pss("missing")),
        ("PSS, hash with parameters", pss_algorithm(&[&tagged(0, &seq(&[SHA_256, V0]))]), pss("not NULL")),
        (
            "PSS, two hashes",
            pss_algorithm(&[&tagged(0, &[&hash[..], &hash].concat())]),
            pss("trailing bytes"),
        ),
        (
            "PSS, SHA-3",
            pss_algorithm(&[&tagged(0, &sha3)]),
            "PSS parameters with hashes but SHA-1 and SHA-2 aren't supported",
        ),
        (
            "PSS, not MGF1",
            pss_algorithm(&[&tagged(1, &hash)]),
            "mask generation functions other than MGF1 aren't supported",
        ),
        ("PSS, MGF1 of nothing", pss_algorithm(&[&tagged(1, &seq(&[MGF1]))]), pss("missing")),
        ("PSS, negative salt", pss_algorithm(&[&tagged(2, &[2, 1, 0xff])]), pss("the INTEGER is negative")),
        ("PSS, huge salt", pss_algorithm(&[&tagged(2, &int(&[1; 9]))]), pss("the salt is too long")),
        (
            "PSS, long salt",
            pss_algorithm(&[&tagged(2, &int(&[1, 0]))]),
            "the key is too small for this scheme's hash and salt",
        ),
        (
            "PSS, longest salt",
            pss_algorithm(&[&tagged(2, &int(&[0xff; 4]))]),
            "the key is too small for this scheme's hash and salt",
        ),
        (
            "PSS, salt of 2^32",
            pss_algorithm(&[&tagged(2, &int(&[1, 0, 0, 0, 0]))]),
            pss("the salt is too long"),
        ),
        (
            "PSS, trailer",
            pss_algorithm(&[&tagged(0, &hash), &tagged(1, &mgf), &tagged(3, &[2, 1, 2])]),
            pss("the trailer isn't 0xbc"),
        ),
    ]
}

/// What's taken for a private key's PEM or DER and is something else, or lost something on its way.
// A table.
#[allow(clippy::too_many_lines)]
fn something_else() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let pem = fixture!("p256.pem");
    let (der, spaces) = (der_of(pem), pem.trim_end().replace('\n', " "));
    let hex = der.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let jwk = fixture!("ec.jwk");
    let in_base64 = |bytes: &[u8]| {
        let text = pkcs8::der::pem::encode_string("X", LineEnding::LF, bytes).unwrap();
        text.lines().filter(|line| !line.starts_with('-')).collect::<String>()
    };
    let jks = include_bytes!("keys/store.jks").to_vec();
    let p12 = include_bytes!("keys/store.p12").to_vec();
    // The outer lengths of PKCS#12 and PKCS#7 as BER may have them.
    let indefinite = |der: &[u8]| [&[0x30, 0x80], &der[4..], &[0, 0]].concat();
    let java = "a Java key store (JKS, for `trust::KeyStore::from_jks_with`)";
    let jceks = "a Java key store (JCEKS, for `trust::KeyStore::from_jks_with`)";
    let jwk_name = "a JWK (a key as JSON, which isn't read here: what wrote it may write PEM, too)";
    let jwk_set = "a JWK set (keys as JSON, which aren't read here: what wrote it may write PEM, too)";
    let json_pem =
        "JSON with PEM text in it (a reader of JSON takes the text out, and makes line ends of each `\\n`)";
    let base64 = "base64 without its BEGIN and END lines (decoded, it's for `from_der`)";
    let base64_of_pem = "base64 of PEM text, as in a Kubernetes secret (it has to be decoded first)";
    let digits = "hexadecimal digits (their bytes are for `from_der`)";
    let pkcs12 = "a PKCS#12 file (for `trust::KeyStore`)";
    let pkcs7 =
        "a PKCS#7 message (`openssl pkcs7 -inform DER -print_certs` takes the certificates out of it)";
    let bare = "32 bytes in base64, as WireGuard has keys (decoded, they're for `from_bytes`)";
    let bare_digits = "64 hexadecimal digits (their 32 bytes, if they're a key, are for `from_bytes`)";
    let token = "the name of a key in a token (PKCS#11), from where none is read here";
    vec![
        ("32 bytes", format!("{}\n", in_base64(&[7; 32])).into(), bare),
        ("32 bytes in digits", "07".repeat(32).into(), bare_digits),
        ("PKCS#11", b"pkcs11:token=My%20token;object=key\n".to_vec(), token),
        ("JKS", jks.clone(), java),
        ("JKS, long", [jks, vec![0; 200_000]].concat(), java),
        ("JCEKS", vec![0xce, 0xce, 0xce, 0xce, 0, 0, 0, 2], jceks),
        ("PKCS#12", p12.clone(), pkcs12),
        ("PKCS#12 in BER", indefinite(&p12), pkcs12),
        ("PKCS#12, long", [&[0x30, 0x83, 2, 0, 0], &p12[4..], &vec![0; 130_000]].concat(), pkcs12),
        ("PKCS#7", der_of(fixture!("pkcs7.pem")), pkcs7),
        ("PKCS#7 in BER", indefinite(&der_of(fixture!("pkcs7.pem"))), pkcs7),
        ("JWK", jwk.into(), jwk_name),
        ("JWK in lines", format!("\u{feff}\n {}\n", jwk.replace(", ", ",\r\n  ")).into(), jwk_name),
        ("JWK set", format!("{{\"keys\": [{jwk}]}}").into(), jwk_set),
        ("array of JWKs", format!("[{jwk}]").into(), jwk_name),
        ("JSON", b"{\"key\": \"secret\"}".to_vec(), "JSON"),
        ("a service's JSON", format!("{{\"private_key\": {pem:?}}}").into(), json_pem),
        ("base64", in_base64(&der).into(), base64),
        (
            "base64 in lines",
            format!(" {}\n{}\n", &in_base64(&der)[..64], &in_base64(&der)[64..]).into(),
            base64,
        ),
        ("base64 without padding", in_base64(&der).trim_end_matches('=').into(), base64),
        ("base64 of PEM", in_base64(pem.as_bytes()).into(), base64_of_pem),
        ("hexadecimal", hex.clone().into(), digits),
        ("hexadecimal, capitals", format!("{}\n", hex.to_uppercase()).into(), digits),
        (
            "UTF-16",
            [0xfe, 0xff].into_iter().chain(spaces.bytes().flat_map(|c| [0, c])).collect(),
            "UTF-16 text",
        ),
    ]
}

#[test]
fn something_else_than_a_key_is_named() {
    for (name, bytes, found) in something_else() {
        // Files of stores are told by what they are, whatever was expected; text is told where bytes are expected.
        let is_text = !matches!(bytes[0], 0x30 if bytes[1] >= 0x80)
            && !matches!(bytes[0], 0xfe | 0xce if bytes[1] != 0xff);
        let error = key::PrivateKey::from_pem(&bytes).unwrap_err();
        assert_eq!(error.to_string(), format!("{found}, not PEM text"), "{name}");
        assert_eq!(key::PublicKey::from_pem(&bytes).unwrap_err(), error, "{name}");
        let (private, public) = if is_text { ("DER", "DER") } else { ("a private key", "a public key") };
        let error = key::PrivateKey::from_der(&bytes).unwrap_err();
        assert_eq!(error.to_string(), format!("{found}, not {private}"), "{name}");
        let error = key::PublicKey::from_der(&bytes).unwrap_err();
        assert_eq!(error.to_string(), format!("{found}, not {public}"), "{name}");
    }
    // What isn't told apart from a file's name, or from nothing at all.
    for text in ["keys/server/tls1", "3082", "30", "LS0t", "=", "====", "{", "kty", "server+key"] {
        let error = key::PrivateKey::from_pem(text).unwrap_err();
        assert!(!error.to_string().contains("base64"), "{text}: {error}");
        assert!(key::PrivateKey::from_der(text.as_bytes()).is_err(), "{text}");
    }
}

/// PEM text whose line ends didn't survive, and what else stands in the way of its lines.
#[test]
fn line_ends_that_are_lost() {
    let (text, two) = (fixture!("p256.pem"), fixture!("certificate.pem"));
    let backslashes = "malformed PEM: it has a backslash and a letter (`\\n`) in place of its line ends, as text from an \
                       environment variable or from JSON has: line ends have to be put there first";
    let one_line = "malformed PEM: its line ends are lost, as happens in environment variables: BEGIN and END have to \
                    be lines of their own again";
    let joined = "malformed PEM: two files are joined without a line end between them: BEGIN has to start a line, and \
                  END to end one";
    let before = "malformed PEM: there's something before BEGIN in its line, as a quotation mark or a name";
    let escaped = text.replace('\n', "\\n");
    let lines: Vec<&str> = text.lines().collect();
    let body = lines[1..lines.len() - 1].join("\\n");
    let parameters = fixture!("p256.parameters.pem");
    let table = [
        (fixture!("p256.backslashes.txt").to_owned(), backslashes),
        (escaped.clone(), backslashes),
        (format!("{escaped}\n"), backslashes),
        (text.replace('\n', "\\r\\n"), backslashes),
        (format!("\"{escaped}\""), backslashes),
        (format!("KEY='{escaped}'"), backslashes),
        (format!("  {escaped}"), backslashes),
        (format!("{}\n{body}\n{}\n", lines[0], lines[lines.len() - 1]), backslashes),
        (
            format!("{}\n{}\n{}\\n", lines[0], lines[1..lines.len() - 1].join("\n"), lines[lines.len() - 1]),
            backslashes,
        ),
        (text.replace('\n', " "), one_line),
        (text.replace('\n', "\t"), one_line),
        (text.replace('\n', ""), one_line),
        (format!("\"{}\"", text.replace('\n', " ")), one_line),
        (format!(" {}", text.trim_end().replace('\n', "  ")), one_line),
        (format!("{}{text}", text.trim_end()), joined),
        (format!("{}{two}", text.trim_end()), joined),
        (parameters.replacen("-----\n-----", "----------", 1), joined),
        (format!("\"{text}\""), before),
        (format!("tls.key: {text}"), before),
    ];
    for (text, expected) in table {
        assert_eq!(key::PrivateKey::from_pem(&text).unwrap_err().to_string(), expected, "{text}");
    }
    // One long line of base64 is all right.
    assert!(key::PrivateKey::from_pem(fixture!("p256.one_line.pem")).unwrap().as_p256().is_some());
}

/// Of two files that were joined none is passed over in silence, be the first one looked for or not; and bundles whose line
/// ends were lost are told as well.
#[cfg(feature = "trust")]
#[test]
fn bundles_of_joined_files() {
    use oneway::trust::{Certificate, KeyStore};

    let (certificate, key) = (fixture!("certificate.pem"), fixture!("p256.pem"));
    let problem = |text: &str| Certificate::bundle_from_pem(text).unwrap_err().to_string();
    let joined = |first: &str, second: &str| [first.trim_end(), second].concat();
    assert_eq!(Certificate::bundle_from_pem(certificate.repeat(2)).unwrap().len(), 2);
    assert_eq!(Certificate::bundle_from_pem([key, certificate].concat()).unwrap().len(), 1);
    let are_joined = "two files are joined without a line end between them";
    for text in [joined(certificate, certificate), joined(key, certificate), joined(certificate, key)] {
        assert!(problem(&text).contains(are_joined), "{text}");
    }
    let error = KeyStore::from_pem(joined(key, certificate)).unwrap_err().to_string();
    assert!(error.contains(are_joined), "{error}");
    assert!(problem(&certificate.replace('\n', "\\n")).contains("in place of its line ends"));
    assert!(problem(&certificate.replace('\n', " ")).contains("its line ends are lost"));
    // What there is in the place of PEM.
    assert!(problem(&format!("\"{certificate}\"")).contains("something before BEGIN in its line"));
    assert!(problem(fixture!("ec.jwk")).contains("a JWK"));
    let long = [&include_bytes!("keys/store.jks")[..], &vec![0; 200_000]].concat();
    let error = Certificate::bundle_from_pem(long).unwrap_err().to_string();
    assert!(error.contains("a Java key store"), "{error}");
}

/// The old form of DSA keys is SEQUENCE { 0, p, q, g, y, x }, which isn't RSA's with numbers missing.
#[test]
fn keys_for_dsa() {
    let text = fixture!("dsa.pem");
    let der = der_of(text);
    let unsupported = Error::Unsupported("DSA keys");
    assert_eq!(key::PrivateKey::from_pem(text).unwrap_err(), unsupported);
    assert_eq!(key::PrivateKey::from_der(&der).unwrap_err(), unsupported);
    assert_eq!(PrivateKey::from_der(&der).unwrap_err(), unsupported);
    assert_eq!(key::PrivateKey::from_pem(text.replace("DSA", "RSA")).unwrap_err(), unsupported);
    assert_eq!(key::PrivateKey::from_pem(text.replace("DSA ", "")).unwrap_err(), unsupported);
    assert_eq!(key::PublicKey::from_der(&der).unwrap_err().to_string(), "a private key, not a public key");
    let error = key::PrivateKey::from_der(&join(&integers()[..6])).unwrap_err();
    assert_eq!(error.to_string(), "malformed exponent dp: missing");
}

#[test]
fn private_der_that_is_refused() {
    let mut table = refused_private_der();
    let good = join(&integers());
    let algorithms = refused_algorithms();
    table.extend(algorithms.into_iter().map(|(name, der, text)| (name, pkcs8(V0, &der, &good, &[]), text)));
    assert!(table.len() > 120, "{}", table.len());
    for (name, der, expected) in table {
        let error = key::PrivateKey::from_der(&der).unwrap_err();
        assert_eq!(error.to_string(), expected, "{name}");
        assert_eq!(PrivateKey::from_der(&der).unwrap_err(), error, "{name}");
        assert!(PrivateKey::from_pkcs8_der(&der).is_err() && PrivateKey::from_pkcs1_der(&der).is_err());
    }
}

#[test]
fn public_der_that_is_refused() {
    let (good, algorithm) = (public_pkcs1(), rsa_algorithm());
    let n = public().modulus();
    let key = |n: &[u8], e: &[u8]| seq(&[n, e]);
    let e = int(&[1, 0, 1]);
    let mut table = vec![
        ("nothing", vec![], "malformed DER: it's empty"),
        ("PEM", fixture!("rsa2048.pub.pem").into(), "PEM text (for `from_pem`), not DER"),
        ("private", private().to_der().to_vec(), "a private key, not a public key"),
        ("private, PKCS#1", join(&integers()), "a private key, not a public key"),
        (
            "encrypted",
            der_of(fixture!("enc_scrypt_aes256.pem")),
            "an encrypted private key, not a public key",
        ),
        ("trailing", [public().to_der(), vec![0]].concat(), "malformed DER: trailing bytes"),
        (
            "trailing in the key",
            spki(&algorithm, &[&good[..], &[0]].concat()),
            "malformed RSAPublicKey: trailing bytes",
        ),
        (
            "three numbers",
            spki(&algorithm, &seq(&[&int(&n), &e, &e])),
            "malformed RSAPublicKey: trailing bytes",
        ),
        ("no key", spki(&algorithm, &[]), "malformed RSAPublicKey: missing"),
        (
            "empty BIT STRING",
            seq(&[&algorithm, &[3, 0]]),
            "malformed public key: the BIT STRING isn't of full bytes",
        ),
        (
            "seven bits",
            seq(&[&algorithm, &tlv(3, &[&[1], &good])]),
            "malformed public key: the BIT STRING isn't of full bytes",
        ),
        ("n negative", key(&tlv(2, &[&n]), &e), "malformed modulus n: the INTEGER is negative"),
        ("n zero", key(&[2, 1, 0], &e), "malformed modulus n: the INTEGER is zero"),
        (
            "n not minimal",
            key(&tlv(2, &[&[0, 0], &n]), &e),
            "malformed modulus n: the INTEGER isn't encoded in as few bytes as possible",
        ),
        ("n small", key(&int(&[0xff; 128]), &e), "1024 bits, but 2048 to 16384 bits are offered"),
        (
            "n large",
            key(&int(&[0xff; 2049]), &e),
            "malformed modulus n: the INTEGER has more than 16384 bits",
        ),
        ("n even", key(&int(&[0xfe; 256]), &e), "the key is invalid: the modulus is even, or 1"),
        ("e negative", key(&int(&n), &[2, 1, 0xff]), "malformed public exponent e: the INTEGER is negative"),
        ("e zero", key(&int(&n), &[2, 1, 0]), "a public exponent has to be odd, at least 3 and below 2^33"),
        ("e even", key(&int(&n), &[2, 1, 2]), "a public exponent has to be odd, at least 3 and below 2^33"),
        ("e large", key(&int(&n), &int(&n)), "a public exponent has to be odd, at least 3 and below 2^33"),
    ];
    table.extend(refused_algorithms().into_iter().map(|(name, der, text)| (name, spki(&der, &good), text)));
    for (name, der, expected) in table {
        let error = key::PublicKey::from_der(&der).unwrap_err();
        assert_eq!(error.to_string(), expected, "{name}");
        assert_eq!(PublicKey::from_der(&der).unwrap_err(), error, "{name}");
        assert!(PublicKey::from_public_key_der(&der).is_err());
    }
}

#[test]
fn the_traits_errors_keep_what_they_have_words_for() {
    let small = der_of(fixture!("rsa1024.pem"));
    let error = PrivateKey::from_pkcs8_der(&small).unwrap_err();
    assert_eq!(error, pkcs8::Error::KeyMalformed(pkcs8::KeyError::TooShort));
    let no_null = pkcs8(V0, &seq(&[RSA_ENCRYPTION]), &join(&integers()), &[]);
    assert_eq!(PrivateKey::from_pkcs8_der(&no_null).unwrap_err(), pkcs8::Error::ParametersMalformed);
    let no_null = spki(&seq(&[RSA_ENCRYPTION]), &public_pkcs1());
    let missing = spki::Error::AlgorithmParametersMissing;
    assert_eq!(PublicKey::from_public_key_der(&no_null).unwrap_err(), missing);
    // A key for PSS needs no parameters: that it's small is what's wrong with this one.
    let small_pss = spki(&seq(&[RSASSA_PSS]), &seq(&[&int(&[0xff; 128]), &int(&[3])]));
    assert_eq!(PublicKey::from_public_key_der(&small_pss).unwrap_err(), spki::Error::KeyMalformed);
    let unknown = spki(&seq(&[&[6, 3, 0x2b, 0x65, 0x70]]), &[0; 32]);
    let oid = spki::ObjectIdentifier::new_unwrap("1.3.101.112");
    let info = SubjectPublicKeyInfoRef::try_from(unknown.as_slice()).unwrap();
    assert_eq!(PublicKey::try_from(info).unwrap_err(), spki::Error::OidUnknown { oid });
    let version = PrivateKey::from_pkcs1_der(&with(0, int(&[2]))).unwrap_err();
    assert_eq!(version, pkcs1::Error::Version);
    assert_eq!(PrivateKey::from_pkcs1_der(&with(4, int(&[3]))).unwrap_err(), pkcs1::Error::Crypto);
    for huge in [vec![0x30; 65_537], [&[0x30, 0x83, 1, 0, 0][..], &vec![0; 65_536]].concat()] {
        assert_eq!(PrivateKey::from_pkcs1_der(&huge).unwrap_err(), pkcs1::Error::KeyMalformed);
        assert!(PrivateKey::from_pkcs8_der(&huge).is_err() && PublicKey::from_public_key_der(&huge).is_err());
    }
    assert_eq!(PrivateKey::from_pkcs1_pem("").unwrap_err(), pkcs1::Error::KeyMalformed);
    assert!(PrivateKey::from_pkcs1_pem(fixture!("rsa2048.pem")).is_err());
    assert!(PrivateKey::from_pkcs8_pem(fixture!("rsa2048.pkcs1.pem")).is_err());
}

#[test]
#[cfg(feature = "getrandom")]
fn a_key_that_is_bound_to_pss() {
    let key = PrivateKey::from_pem(fixture!("pss2048.pem")).unwrap();
    let params = PssParams { hash: PssHash::Sha384, mgf_hash: PssHash::Sha384, min_salt_len: 40 };
    let bound = key.public_key();
    assert_eq!(bound.pss_binding(), Some(PssBinding::Params(params)));
    assert!(format!("{bound:?}").contains("for PSS alone"));
    let refused = |result: oneway::Result<Vec<u8>>, why: &str| {
        assert_eq!(result.unwrap_err().to_string(), format!("the key is bound to RSASSA-PSS: {why}"));
    };
    let pss = Pss::<Sha384>::new();
    for salt_len in [40, 48, 100] {
        let signature = key.sign_with(&pss.salt_len(salt_len), b"message").unwrap();
        bound.verify_with(&pss.salt_len(salt_len), b"message", &signature).unwrap();
        bound.verify_with(&pss.any_salt_len(), b"message", &signature).unwrap();
        PublicKey::new(&bound.modulus(), 65_537)
            .unwrap()
            .verify_with(&Pss::<sha2::Sha384>::new().any_salt_len(), b"message", &signature)
            .unwrap();
    }
    refused(key.sign(b"message"), "its parameters name another hash");
    refused(key.sign_with(&pss.salt_len(39), b""), "its parameters ask for a longer salt");
    refused(key.sign_with(&Pss::<Sha384, Sha512>::new(), b""), "its parameters name another hash for MGF1");
    refused(key.sign_with(&Pkcs1v15::<Sha384>::new(), b""), "other signatures than PSS aren't for it");
    refused(bound.encrypt(b""), "encryption isn't for it");
    refused(bound.encrypt_with(&Oaep::<Sha384>::new(), b""), "encryption isn't for it");
    refused(key.decrypt(&[0; 256]).map(|x| x.to_vec()), "encryption isn't for it");
    refused(hazmat::rsa::encrypt_pkcs1v15(bound, b""), "encryption isn't for it");
    refused(hazmat::rsa::decrypt_pkcs1v15(&key, &[0; 256], 1).map(|x| x.to_vec()), "encryption isn't for it");
    // A form that can't say what the key is bound to.
    assert_eq!(key.to_pkcs1_der().unwrap_err(), pkcs1::Error::Crypto);
    assert_eq!(key.to_pkcs1_pem(LineEnding::LF).unwrap_err(), pkcs1::Error::Crypto);
    assert_eq!(bound.to_pkcs1_der().unwrap_err(), pkcs1::Error::Crypto);
    assert_eq!(bound.to_pkcs1_pem(LineEnding::LF).unwrap_err(), pkcs1::Error::Crypto);
    // Signatures that the same numbers make without the binding.
    let (p, q) = key.primes();
    let free = PrivateKey::from_primes(&p, &q, 65_537).unwrap();
    assert_ne!(free.public_key(), bound);
    assert_ne!(free.public_key().fingerprint(), bound.fingerprint());
    // A salt that's too short isn't signed with either if the scheme takes any to verify.
    let longer = "its parameters ask for a longer salt";
    refused(key.sign_with(&pss.salt_len(39).any_salt_len(), b""), longer);
    refused(key.sign_prehash(&pss.salt_len(0).any_salt_len(), &[0; 48]), longer);
    let signer = key.signer(pss.salt_len(39).any_salt_len());
    let error = signature::Signer::try_sign(&signer, b"").unwrap_err();
    assert!(std::error::Error::source(&error).unwrap().to_string().ends_with(longer));
    for scheme in [pss.any_salt_len(), pss.salt_len(40).any_salt_len()] {
        let signature = key.sign_with(&scheme, b"message").unwrap();
        bound.verify_with(&scheme, b"message", &signature).unwrap();
    }
    let short = free.sign_with(&pss.salt_len(39), b"message").unwrap();
    assert_eq!(bound.verify_with(&pss.any_salt_len(), b"message", &short), Err(Error::Signature));
    assert!(matches!(bound.verify_with(&pss.salt_len(39), b"message", &short), Err(Error::Scheme(_))));
    let other = free.sign_with(&Pkcs1v15::<Sha384>::new(), b"message").unwrap();
    assert!(matches!(
        bound.verify_with(&Pkcs1v15::<Sha384>::new(), b"message", &other),
        Err(Error::Scheme(_))
    ));
    assert!(matches!(bound.verify(b"message", &other), Err(Error::Scheme(_))));
    // Without parameters any hash will do.
    let any = PrivateKey::from_pem(fixture!("pss2048_any.pem")).unwrap();
    assert_eq!(any.public_key().pss_binding(), Some(PssBinding::Any));
    for scheme in [Pss::<Sha256>::new(), Pss::<Sha256>::new().salt_len(0)] {
        let signature = any.sign_with(&scheme, b"message").unwrap();
        any.public_key().verify_with(&scheme, b"message", &signature).unwrap();
    }
    assert!(matches!(any.sign_with(&Pkcs1v15::<Sha256>::new(), b""), Err(Error::Scheme(_))));
    assert!(matches!(any.public_key().encrypt(b""), Err(Error::Scheme(_))));
}

/// What a key does when it's bound once, it does when it's bound twice, or less of it.
#[test]
fn a_binding_is_made_stricter_and_never_looser() {
    let params =
        |hash, mgf_hash, min_salt_len| PssBinding::Params(PssParams { hash, mgf_hash, min_salt_len });
    let same = |hash, len| params(hash, hash, len);
    let (any, sha256) = (PssBinding::Any, same(PssHash::Sha256, 32));
    for (first, second, is_taken) in [
        (any, any, true),
        (any, sha256, true),
        (sha256, sha256, true),
        (sha256, same(PssHash::Sha256, 33), true),
        (sha256, same(PssHash::Sha256, 31), false),
        (sha256, same(PssHash::Sha384, 48), false),
        (sha256, params(PssHash::Sha256, PssHash::Sha1, 32), false),
        (sha256, any, false),
    ] {
        let error = Error::Scheme("another binding may only be a stricter one");
        let expected = if is_taken { Ok(Some(second)) } else { Err(error) };
        let key = public().clone().bound_to_pss(first).unwrap();
        assert_eq!(key.bound_to_pss(second).map(|key| key.pss_binding()), expected, "{first:?}, {second:?}");
        let key = private().clone().bound_to_pss(first).unwrap();
        let bound = key.bound_to_pss(second).map(|key| key.public_key().pss_binding());
        assert_eq!(bound, expected, "{first:?}, {second:?}");
    }
}

#[test]
fn pss_parameters_both_ways() {
    let hash = seq(&[SHA_256, NULL]);
    let tagged = |number: u8, contents: &[u8]| tlv(0xa0 + number, &[contents]);
    let sha_1 = seq(&[&[6, 5, 0x2b, 0x0e, 3, 2, 26], NULL]);
    let bare = seq(&[SHA_256]);
    let defaults = PssParams { hash: PssHash::Sha1, mgf_hash: PssHash::Sha1, min_salt_len: 20 };
    let sha256 = PssParams { hash: PssHash::Sha256, ..defaults };
    let all = PssParams { hash: PssHash::Sha256, mgf_hash: PssHash::Sha256, min_salt_len: 0 };
    let explicit =
        [tagged(0, &sha_1), tagged(1, &seq(&[MGF1, &sha_1])), tagged(2, &[2, 1, 20]), tagged(3, V1)];
    let fields = [tagged(0, &hash), tagged(1, &seq(&[MGF1, &hash])), tagged(2, V0)];
    // What's read, and whether it's written in the same way.
    for (algorithm, params, same) in [
        (pss_algorithm(&[]), defaults, true),
        (pss_algorithm(&[&explicit.concat()]), defaults, false),
        (pss_algorithm(&[&tagged(0, &hash)]), sha256, true),
        (pss_algorithm(&[&tagged(0, &bare)]), sha256, false),
        (pss_algorithm(&[&fields.concat()]), all, true),
    ] {
        let der = spki(&algorithm, &public_pkcs1());
        let key = PublicKey::from_der(&der).unwrap();
        assert_eq!(key.pss_binding(), Some(PssBinding::Params(params)));
        assert_eq!(key.to_der() == der, same);
        assert_eq!(PublicKey::from_der(&key.to_der()), Ok(key));
    }
    let hashes = [PssHash::Sha1, PssHash::Sha224, PssHash::Sha256, PssHash::Sha384, PssHash::Sha512];
    for hash in hashes {
        for mgf_hash in hashes {
            let binding = PssBinding::Params(PssParams { hash, mgf_hash, min_salt_len: 150 });
            let key = public().clone().bound_to_pss(binding).unwrap();
            assert_eq!(PublicKey::from_der(&key.to_der()), Ok(key));
        }
    }
}

#[test]
fn debug_and_errors_show_no_secret() {
    let hex = |bytes: &[u8]| {
        bytes.iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        })
    };
    let text = format!("{:?}", key::PrivateKey::from(private().clone()));
    assert!(text.contains(&hex(&public().modulus())) && !text.contains(&hex(&private().primes().0)[..16]));
}

/// `unwrap`, and a `main` that returns an error, print `Debug`.
#[test]
fn debug_of_an_error_is_its_sentence() {
    let error = PrivateKey::from_pem(fixture!("rsa1024.pem")).unwrap_err();
    assert_eq!(format!("{error:?}"), "1024 bits, but 2048 to 16384 bits are offered");
    let errors = [
        Error::Random,
        Error::TooWide { bits: 65, max: 64 },
        Error::PublicExponent,
        Error::InvalidKey("p and q are equal"),
        Error::MessageTooLong { len: 200, max: 190 },
        Error::Length { len: 31, expected: 32 },
        Error::HashTooShort { len: 0, min: 16 },
        Error::Decryption,
        Error::Malformed { part: "PEM", problem: "it's empty" },
        Error::Found { found: "a public key", expected: "a private key" },
        Error::Unsupported("DSA keys"),
        Error::PasswordNeeded,
        Error::KdfLimit { cost: "rounds", value: 11, max: 10 },
        Error::Scheme("encryption isn't for it"),
    ];
    for error in errors {
        assert_eq!(format!("{error:?}"), error.to_string());
        assert_eq!(format!("{:?}", Err::<(), _>(error)), format!("Err({error})"));
    }
}

#[cfg(feature = "encryption")]
mod encrypted {
    use super::*;
    use oneway::key::{Cipher, Decryption, Encryption, Kdf};

    const PASSWORD: &str = "password";

    /// What OpenSSL wrote, with every kind of parameters that's read.
    const FILES: [(&str, &str); 7] = [
        ("PBKDF2 with SHA-256, AES-256", fixture!("enc_pbkdf2_sha256_aes256.pem")),
        ("PBKDF2 with SHA-1, AES-128", fixture!("enc_pbkdf2_sha1_aes128.pem")),
        ("PBKDF2 with SHA-224, AES-256", fixture!("enc_pbkdf2_sha224_aes256.pem")),
        ("PBKDF2 with SHA-384, AES-256", fixture!("enc_pbkdf2_sha384_aes256.pem")),
        ("PBKDF2 with SHA-512, AES-192", fixture!("enc_pbkdf2_sha512_aes192.pem")),
        ("scrypt, AES-256", fixture!("enc_scrypt_aes256.pem")),
        ("scrypt, AES-128", fixture!("enc_scrypt_aes128.pem")),
    ];

    /// Quick enough for tests.
    const QUICK: Encryption = Encryption { kdf: Kdf::Pbkdf2 { rounds: 3 }, cipher: Cipher::Aes256 };

    #[test]
    fn what_openssl_encrypted() {
        for (name, text) in FILES {
            let key = PrivateKey::from_encrypted_pem(text, PASSWORD).expect(name);
            assert_eq!(key.to_der(), private().to_der(), "{name}");
            let key = key::PrivateKey::from_encrypted_der(&der_of(text), PASSWORD.as_bytes()).expect(name);
            assert_eq!(key.to_der(), private().to_der(), "{name}");
            for wrong in ["", "Password", "password ", "passwor", "\0"] {
                assert_eq!(PrivateKey::from_encrypted_pem(text, wrong).err(), Some(Error::Password));
            }
        }
        let text = FILES[0].1;
        assert_eq!(PrivateKey::from_pkcs8_encrypted_pem(text, PASSWORD).unwrap().public_key(), public());
        let key = key::PrivateKey::from_pkcs8_encrypted_der(&der_of(text), PASSWORD).unwrap();
        assert_eq!(key.as_rsa().unwrap().public_key(), public());
        let error = pkcs8::Error::EncryptedPrivateKey(pkcs8::pkcs5::Error::DecryptFailed);
        assert_eq!(PrivateKey::from_pkcs8_encrypted_pem(text, "").unwrap_err(), error);
        assert_eq!(key::PrivateKey::from_pkcs8_encrypted_pem(text, "").unwrap_err(), error);
    }

    #[test]
    fn old_ciphers_are_refused_then_read() {
        let old = Decryption::new().allow_legacy();
        let table: [(&str, &str, &str, &str); 3] = [
            ("triple DES under PBES2", fixture!("enc_des3.pem"), "triple DES", fixture!("rsa2048.pem")),
            ("triple DES as in PKCS#12", fixture!("enc_pbes1.pem"), "triple DES", fixture!("rsa2048.pem")),
            ("RC2 as in PKCS#12", fixture!("enc_rc2.pem"), "128-bit RC2", fixture!("p256.pem")),
        ];
        for (name, text, algorithm, plain) in table {
            let (der, refused) = (der_of(text), Some(Error::Legacy { algorithm }));
            assert_eq!(key::PrivateKey::from_encrypted_pem(text, PASSWORD).err(), refused, "{name}");
            assert_eq!(key::PrivateKey::from_encrypted_der(&der, PASSWORD).err(), refused, "{name}");
            let refused = key::PrivateKey::from_encrypted_pem_with(text, PASSWORD, &Decryption::new()).err();
            assert_eq!(refused, Some(Error::Legacy { algorithm }));
            let expected = key::PrivateKey::from_pem(plain).unwrap().to_der();
            let key = key::PrivateKey::from_encrypted_pem_with(text, PASSWORD, &old).expect(name);
            assert_eq!(key.to_der(), expected, "{name}");
            let key = key::PrivateKey::from_encrypted_der_with(&der, PASSWORD, &old).expect(name);
            assert_eq!(key.to_der(), expected, "{name}");
            // The last isn't text, for which alone PKCS#12 has a way.
            for wrong in [&b""[..], b"Password", b"\xff"] {
                let error = key::PrivateKey::from_encrypted_pem_with(text, wrong, &old).err();
                assert_eq!(error, Some(Error::Password), "{name}");
            }
            let mut damaged = der.clone();
            *damaged.last_mut().unwrap() ^= 1;
            assert!(key::PrivateKey::from_encrypted_der_with(&damaged, PASSWORD, &old).is_err());
            let cut = &der[..der.len() - 1];
            assert!(key::PrivateKey::from_encrypted_der_with(cut, PASSWORD, &old).is_err());
        }
        // The type of the key has the same functions, and what isn't old is read as before.
        let key = PrivateKey::from_encrypted_pem_with(fixture!("enc_des3.pem"), PASSWORD, &old).unwrap();
        assert_eq!(key.to_der(), private().to_der());
        for (name, text) in FILES {
            let key = PrivateKey::from_encrypted_pem_with(text, PASSWORD, &old).expect(name);
            assert_eq!(key.to_der(), private().to_der(), "{name}");
        }
        // Parameters that triple DES can't have.
        let des3 = |iv: usize, data: usize| {
            let name: &[u8] = &[6, 8, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 3, 7];
            let kdf = seq(&[PBKDF2, &seq(&[&octets(8), &number(1)])]);
            let pbes2 = seq(&[PBES2, &seq(&[&kdf, &seq(&[name, &octets(iv)])])]);
            let der = seq(&[&pbes2, &octets(data)]);
            key::PrivateKey::from_encrypted_der_with(&der, PASSWORD, &old).unwrap_err().to_string()
        };
        assert_eq!(des3(16, 8), "malformed cipher: the initial vector doesn't have 8 bytes");
        assert_eq!(des3(8, 12), "malformed encrypted data: its length isn't a multiple of 8");
        assert_eq!(des3(8, 0), "malformed encrypted data: its length isn't a multiple of 8");
        assert_eq!(des3(8, 8), Error::Password.to_string());
    }

    #[test]
    #[cfg(feature = "getrandom")]
    fn nothing_is_written_under_an_empty_password() {
        let (key, rng) = (key::PrivateKey::from(private().clone()), &mut getrandom::SysRng);
        let refused = Some(Error::EmptyPassword);
        assert_eq!(key.to_encrypted_pem("").err(), refused);
        assert_eq!(key.to_encrypted_der("").err(), refused);
        assert_eq!(private().to_encrypted_pem_with(rng, &QUICK, "").err(), refused);
        assert_eq!(private().to_encrypted_der_with(rng, &QUICK, b"").err(), refused);
        assert_eq!(
            Error::EmptyPassword.to_string(),
            "an empty password protects nothing, and nothing is written under it"
        );
        // What others wrote under one is read: `openssl pkcs8 -topk8 -v2 aes-128-cbc -iter 3 -passout pass:`.
        let key = key::PrivateKey::from_encrypted_pem(fixture!("enc_empty.pem"), "").unwrap();
        assert_eq!(key.to_der(), key::PrivateKey::from_pem(fixture!("p256.pem")).unwrap().to_der());
    }

    #[test]
    #[cfg(feature = "getrandom")]
    fn round_trips() {
        let kdfs = [
            Kdf::Pbkdf2 { rounds: 1 },
            Kdf::Pbkdf2 { rounds: 1000 },
            Kdf::SCRYPT,
            Kdf::Scrypt { log_n: 1, r: 1, p: 1 },
            Kdf::Scrypt { log_n: 4, r: 3, p: 200 },
        ];
        let rng = &mut getrandom::SysRng;
        for kdf in kdfs {
            for cipher in [Cipher::Aes128, Cipher::Aes192, Cipher::Aes256] {
                let encryption = Encryption { kdf, cipher };
                let text = private().to_encrypted_pem_with(rng, &encryption, "pass wörd").unwrap();
                assert!(text.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
                let again = PrivateKey::from_encrypted_pem(&text, "pass wörd".as_bytes()).unwrap();
                assert_eq!(again.to_der(), private().to_der());
                // Another implementation, where it takes such parameters.
                if !matches!(kdf, Kdf::Scrypt { p: 200, .. }) {
                    let der = der_of(&text);
                    let info = pkcs8::EncryptedPrivateKeyInfoRef::try_from(der.as_slice()).unwrap();
                    assert_eq!(info.decrypt("pass wörd").unwrap().as_bytes(), private().to_der().as_slice());
                }
            }
        }
        let key = key::PrivateKey::from(private().clone());
        let der = key.to_encrypted_der_with(rng, &QUICK, b"\xff").unwrap();
        assert_eq!(PrivateKey::from_encrypted_der(&der, [0xff]).unwrap().public_key(), public());
        assert_ne!(
            key.to_encrypted_der_with(rng, &QUICK, b"\xff").unwrap(),
            der,
            "salt and vector are random"
        );
        // The default.
        let text = key.to_encrypted_pem(PASSWORD).unwrap();
        assert_eq!(
            key::PrivateKey::from_encrypted_pem(&text, PASSWORD).unwrap().public_key(),
            key.public_key()
        );
        assert!(der_of(&text).windows(5).any(|w| w == [2, 3, 0x09, 0x27, 0xc0]), "600,000 rounds");
        let der = private().to_encrypted_der(PASSWORD).unwrap();
        assert!(PrivateKey::from_encrypted_der(&der, PASSWORD).is_ok());
        // A key for PSS is one again.
        let pss = PrivateKey::from_pem(fixture!("pss2048.pem")).unwrap();
        let der = pss.to_encrypted_der_with(rng, &QUICK, PASSWORD).unwrap();
        assert_eq!(PrivateKey::from_encrypted_der(&der, PASSWORD).unwrap().public_key(), pss.public_key());
    }

    #[test]
    #[cfg(feature = "getrandom")]
    fn what_could_not_be_read_again_is_not_written() {
        let table = [
            (Kdf::Pbkdf2 { rounds: 0 }, "malformed key derivation parameters: there are no rounds"),
            (
                Kdf::Pbkdf2 { rounds: 10_000_001 },
                "the file asks for 10000001 rounds of PBKDF2, but at most 10000000 are done",
            ),
            (
                Kdf::Scrypt { log_n: 17, r: 8, p: 1 },
                "the file asks for 134217728 bytes of memory for scrypt, but at most 67108864 are done",
            ),
            (
                Kdf::Scrypt { log_n: 64, r: 1, p: 1 },
                "the file asks for 18446744073709551615 bytes of memory for scrypt, but at most 67108864 are \
                 done",
            ),
            (
                Kdf::Scrypt { log_n: 0, r: 8, p: 1 },
                "malformed key derivation parameters: scrypt's N is 1, or its r or p is 0",
            ),
            (
                Kdf::Scrypt { log_n: 4, r: 0, p: 1 },
                "malformed key derivation parameters: scrypt's N is 1, or its r or p is 0",
            ),
        ];
        for (kdf, expected) in table {
            let encryption = Encryption { kdf, ..Encryption::default() };
            let error =
                private().to_encrypted_pem_with(&mut getrandom::SysRng, &encryption, "x").unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    }

    const PBES2: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13];
    const PBKDF2: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 12];
    const SCRYPT: &[u8] = &[6, 9, 0x2b, 6, 1, 4, 1, 0xda, 0x47, 4, 11];
    const AES_256: &[u8] = &[6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 42];

    fn hmac(last: u8) -> Vec<u8> {
        seq(&[&[6, 8, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, last], NULL])
    }

    fn octets(len: usize) -> Vec<u8> {
        tlv(4, &[&vec![7; len]])
    }

    fn number(x: u64) -> Vec<u8> {
        int(&x.to_be_bytes())
    }

    fn with_kdf(kdf: &[u8]) -> Vec<u8> {
        let cipher = seq(&[AES_256, &octets(16)]);
        seq(&[&seq(&[PBES2, &seq(&[kdf, &cipher])]), &octets(1232)])
    }

    fn pbkdf2(fields: &[&[u8]]) -> Vec<u8> {
        with_kdf(&seq(&[PBKDF2, &seq(fields)]))
    }

    fn scrypt(n: u64, r: u64, p: u64) -> Vec<u8> {
        with_kdf(&seq(&[SCRYPT, &seq(&[&octets(16), &number(n), &number(r), &number(p)])]))
    }

    // A table.
    #[allow(clippy::too_many_lines)]
    #[test]
    fn refused() {
        let (salt, prf) = (octets(16), hmac(9));
        let cipher = |cipher: &[u8]| {
            let kdf = seq(&[PBKDF2, &seq(&[&salt, &number(1), &prf])]);
            seq(&[&seq(&[PBES2, &seq(&[&kdf, cipher])]), &octets(16)])
        };
        let data = |data: Vec<u8>| {
            let kdf = seq(&[PBKDF2, &seq(&[&salt, &number(1), &prf])]);
            seq(&[&seq(&[PBES2, &seq(&[&kdf, &seq(&[AES_256, &octets(16)])])]), &data])
        };
        let good = der_of(FILES[0].1);
        let kdf = |problem: &str| -> &'static str {
            format!("malformed key derivation parameters: {problem}").leak()
        };
        let rounds = |n: u64| -> &'static str {
            format!("the file asks for {n} rounds of PBKDF2, but at most 10000000 are done").leak()
        };
        let scrypt_cost = |value: u64, what: &str, max: u64| -> &'static str {
            format!("the file asks for {value} bytes of memory{what} for scrypt, but at most {max} are done")
                .leak()
        };
        let memory = |value: u64| scrypt_cost(value, "", 64 << 20);
        let traffic = |value: u64| scrypt_cost(value, " traffic", 1 << 30);
        let wrong = "wrong password, or a damaged file";
        let damaged = |at: usize| {
            let mut der = good.clone();
            let at = der.len() - at;
            der[at] ^= 1;
            der
        };
        let table: Vec<(&str, Vec<u8>, &str)> = vec![
            // Hostile costs.
            ("rounds 10^7 + 1", pbkdf2(&[&salt, &number(10_000_001), &prf]), rounds(10_000_001)),
            ("rounds 2^31", pbkdf2(&[&salt, &number(1 << 31), &prf]), rounds(1 << 31)),
            ("rounds 2^63", pbkdf2(&[&salt, &number(1 << 63), &prf]), rounds(u64::MAX)),
            ("rounds of 100 bytes", pbkdf2(&[&salt, &int(&[1; 100]), &prf]), rounds(u64::MAX)),
            ("N = 2^17, r = 8", scrypt(1 << 17, 8, 1), memory(1 << 27)),
            ("N = 2^36, r = 8: 64 TiB", scrypt(1 << 36, 8, 1), memory(1 << 46)),
            ("N = 2^62", scrypt(1 << 62, 8, 1), memory(u64::MAX)),
            ("N = 2^64 - 1", scrypt(u64::MAX, 8, 1), memory(u64::MAX)),
            ("r = 2^30", scrypt(2, 1 << 30, 1), memory(1 << 38)),
            ("r = 2^62", scrypt(2, 1 << 62, 1), memory(u64::MAX)),
            ("p = 2^20", scrypt(2, 1, 1 << 20), memory(1 << 27)),
            ("p = 2^62", scrypt(2, 1, 1 << 62), memory(u64::MAX)),
            ("all large", scrypt(1 << 40, 1 << 40, 1 << 40), memory(u64::MAX)),
            ("p = 17 on 64 MiB", scrypt(1 << 16, 8, 17), traffic(17 << 26)),
            ("p = 2^19 on little", scrypt(1 << 10, 1, 1 << 19), traffic(1 << 36)),
            // Parameters that make no sense.
            ("no rounds", pbkdf2(&[&salt, &number(0), &prf]), kdf("there are no rounds")),
            ("negative rounds", pbkdf2(&[&salt, &[2, 1, 0xff], &prf]), kdf("the INTEGER is negative")),
            ("rounds missing", pbkdf2(&[&salt]), kdf("missing")),
            ("salt missing", pbkdf2(&[]), kdf("missing")),
            ("salt from elsewhere", pbkdf2(&[&seq(&[PBKDF2]), &number(1)]), kdf("not an OCTET STRING")),
            ("long salt", pbkdf2(&[&octets(1025), &number(1)]), kdf("the salt has more than 1024 bytes")),
            (
                "key length",
                pbkdf2(&[&salt, &number(1), &number(16), &prf]),
                kdf("the key's length isn't the cipher's"),
            ),
            (
                "huge key length",
                pbkdf2(&[&salt, &number(1), &number(1 << 40)]),
                kdf("the key's length isn't the cipher's"),
            ),
            ("trailing", pbkdf2(&[&salt, &number(1), &prf, NULL]), kdf("trailing bytes")),
            (
                "HMAC with parameters",
                pbkdf2(&[&salt, &number(1), &seq(&[&hmac(9)[2..12], V0])]),
                kdf("not NULL"),
            ),
            (
                "SHA-512/256",
                pbkdf2(&[&salt, &number(1), &hmac(13)]),
                "keys under PBKDF2 with hashes but SHA-1 and SHA-2 aren't supported",
            ),
            (
                "HMAC-MD5",
                pbkdf2(&[&salt, &number(1), &hmac(6)]),
                "keys under PBKDF2 with hashes but SHA-1 and SHA-2 aren't supported",
            ),
            ("N = 0", scrypt(0, 8, 1), kdf("scrypt's N isn't a power of two")),
            ("N = 1", scrypt(1, 8, 1), kdf("scrypt's N is 1, or its r or p is 0")),
            ("N = 3", scrypt(3, 8, 1), kdf("scrypt's N isn't a power of two")),
            ("r = 0", scrypt(16, 0, 1), kdf("scrypt's N is 1, or its r or p is 0")),
            ("p = 0", scrypt(16, 8, 0), kdf("scrypt's N is 1, or its r or p is 0")),
            (
                "another KDF",
                with_kdf(&seq(&[&[6, 1, 42], &seq(&[])])),
                "keys under other key derivation functions than PBKDF2 and scrypt aren't supported",
            ),
            ("KDF without parameters", with_kdf(&seq(&[PBKDF2])), kdf("missing")),
            // Ciphers.
            (
                "triple DES",
                der_of(fixture!("enc_des3.pem")),
                "it's encrypted by triple DES, which is too weak (`Decryption::allow_legacy` reads it \
                 nevertheless)",
            ),
            (
                "AES-GCM",
                cipher(&seq(&[&[6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 46], &octets(12)])),
                "keys encrypted by other ciphers than AES-CBC aren't supported",
            ),
            (
                "PBES1",
                der_of(fixture!("enc_pbes1.pem")),
                "it's encrypted by triple DES, which is too weak (`Decryption::allow_legacy` reads it \
                 nevertheless)",
            ),
            (
                "PKCS#5 v1.5",
                der_of(fixture!("enc_pkcs5.pem")),
                "keys in the old encryption of PKCS#5 v1.5 (`openssl pkcs8 -topk8` converts them) aren't supported",
            ),
            (
                "unknown scheme",
                seq(&[&seq(&[&[6, 1, 42]]), &octets(16)]),
                "keys in an unknown encryption aren't supported",
            ),
            (
                "short vector",
                cipher(&seq(&[AES_256, &octets(15)])),
                "malformed cipher: the initial vector doesn't have 16 bytes",
            ),
            ("no vector", cipher(&seq(&[AES_256, NULL])), "malformed cipher: not an OCTET STRING"),
            ("vector missing", cipher(&seq(&[AES_256])), "malformed cipher: missing"),
            ("no data", data(octets(0)), "malformed encrypted data: its length isn't a multiple of 16"),
            (
                "data of 17 bytes",
                data(octets(17)),
                "malformed encrypted data: its length isn't a multiple of 16",
            ),
            ("trailing bytes", [&good[..], &[0]].concat(), "malformed DER: trailing bytes"),
            ("truncated", good[..good.len() - 16].to_vec(), "malformed DER: ends early"),
            // Damage that looks like a wrong password.
            ("random data", data(octets(160)), wrong),
            ("last bit", damaged(1), wrong),
            ("bit of the last block but one", damaged(17), wrong),
            (
                "bit of the vector",
                {
                    let mut der = good.clone();
                    let at = der.len() - 1232 - 4 - 16;
                    der[at] ^= 1;
                    der
                },
                wrong,
            ),
            // Not encrypted.
            (
                "PKCS#8",
                private().to_der().to_vec(),
                "a private key without a password (for `from_pem`, `from_der`), not an encrypted private key",
            ),
            (
                "PKCS#1",
                join(&integers()),
                "a private key without a password (for `from_pem`, `from_der`), not an encrypted private key",
            ),
            ("public", public().to_der(), "a public key, not a private key"),
        ];
        for (name, der, expected) in table {
            let error = key::PrivateKey::from_encrypted_der(&der, PASSWORD).unwrap_err();
            assert_eq!(error.to_string(), expected, "{name}");
            assert_eq!(PrivateKey::from_encrypted_der(&der, PASSWORD).unwrap_err(), error);
            assert!(PrivateKey::from_pkcs8_encrypted_der(&der, PASSWORD).is_err());
        }
        for (text, expected) in [
            (
                fixture!("rsa2048.pem"),
                "a private key without a password (for `from_pem`, `from_der`), not an encrypted private key",
            ),
            (
                fixture!("rsa2048.pkcs1.pem"),
                "a private key without a password (for `from_pem`, `from_der`), not an encrypted private key",
            ),
            (
                fixture!("legacy.pem"),
                "keys in OpenSSL's old encryption (Proc-Type: 4,ENCRYPTED; `openssl pkcs8 -topk8` converts \
                 them) aren't supported",
            ),
            (fixture!("certificate.pem"), "a certificate, not a private key"),
            (
                &fixture!("rsa2048.pem").replace("PRIVATE", "ENCRYPTED PRIVATE"),
                "the contents of `BEGIN PRIVATE KEY`, not what its label says",
            ),
            ("", "malformed PEM: it's empty"),
        ] {
            assert_eq!(PrivateKey::from_encrypted_pem(text, PASSWORD).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn the_limits_themselves_are_taken() {
        // 64 MiB and 16 passes are allowed: the data isn't a key, which shows only after the work.
        for der in [scrypt(1 << 16, 8, 1), pbkdf2(&[&octets(1024), &number(1), &number(32), &hmac(11)])] {
            assert_eq!(PrivateKey::from_encrypted_der(&der, PASSWORD).err(), Some(Error::Password));
        }
    }

    #[test]
    #[cfg(feature = "getrandom")]
    fn wrong_passwords_are_told_whatever_they_decrypt_to() {
        let der = private().to_encrypted_der_with(&mut getrandom::SysRng, &QUICK, PASSWORD).unwrap();
        // About eight of these leave right padding.
        for i in 0..2000u32 {
            let error = PrivateKey::from_encrypted_der(&der, i.to_be_bytes()).err();
            assert_eq!(error, Some(Error::Password), "{i}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

        #[test]
        fn damaged_files_never_panic_and_end(at in 0usize..120, value: u8, inserted: bool) {
            for der in [scrypt(16, 8, 1), pbkdf2(&[&octets(16), &number(2), &number(32), &hmac(9)])] {
                let mut der = der;
                if inserted { der.insert(at, value) } else { der[at] = value }
                prop_assert!(PrivateKey::from_encrypted_der(&der, PASSWORD).is_err());
            }
        }
    }
}

/// Everything that reads, on bytes that may be anything.
fn read_all(bytes: &[u8]) {
    curves::read_all(bytes);
    let _ = key::PrivateKey::from_pem(bytes);
    let _ = key::PublicKey::from_pem(bytes);
    let _ = key::PrivateKey::from_der(bytes);
    let _ = key::PublicKey::from_der(bytes);
    let _ = PrivateKey::from_pkcs1_der(bytes);
    let _ = PrivateKey::from_pkcs8_der(bytes);
    let _ = PublicKey::from_pkcs1_der(bytes);
    let _ = PublicKey::from_public_key_der(bytes);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        read_all(&bytes);
        read_all(&[&[0x30, 0x82, 1, 0][..], &bytes].concat());
        read_all(&[b"-----BEGIN PRIVATE KEY-----\n", &bytes[..], b"\n-----END PRIVATE KEY-----"].concat());
    }

    #[test]
    fn damaged_files_never_panic(
        file in 0usize..14,
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..4), 1..6),
    ) {
        let files: [&[u8]; 14] = [
            &private().to_der(),
            &join(&integers()),
            &public().to_der(),
            &public_pkcs1(),
            fixture!("rsa2048.pem").as_bytes(),
            fixture!("rsa2048.pub.pem").as_bytes(),
            fixture!("pss2048.pem").as_bytes(),
            &der_of(fixture!("pss2048.pub.pem")),
            &der_of(fixture!("p256.pem")),
            &der_of(fixture!("p384.sec1.pem")),
            &der_of(fixture!("p521.pub.pem")),
            fixture!("p256.parameters.pem").as_bytes(),
            &der_of(fixture!("x25519.pem")),
            &der_of(fixture!("ed25519.pub.pem")),
        ];
        let mut bytes = files[file].to_vec();
        for (index, value, kind) in edits {
            // Structure is at the start more than elsewhere.
            let at = index.index(bytes.len().max(1));
            let at = if kind % 2 == 0 { at % 80 } else { at };
            match kind {
                _ if bytes.len() <= at => bytes.push(value),
                0 | 1 => bytes[at] = value,
                2 => bytes.insert(at, value),
                _ => { bytes.remove(at); }
            }
        }
        read_all(&bytes);
    }
}
