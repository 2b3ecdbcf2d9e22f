//! The roots that the operating system trusts, all of them: read, printed, and held to the rules of the Web.
#![cfg(all(feature = "std", feature = "trust"))]

use std::collections::BTreeMap;
use std::path::Path;

use oneway::ecdsa;
use oneway::key::PublicKey;
use oneway::rsa::Pkcs1v15;
use oneway::trust::x509_cert::{
    self,
    der::{Decode, Encode},
};
use oneway::trust::{Certificate, Error, Policy, Purpose, Reason, TrustStore, Verifier};

/// Debian's, and its kin's.
const BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";

/// The bundle's text, and the store that it makes; none where there's no bundle, which fails in CI.
fn bundle() -> Option<(String, TrustStore)> {
    let path = std::env::var("SSL_CERT_FILE").unwrap_or(BUNDLE.into());
    if !Path::new(&path).exists() {
        assert!(
            std::env::var_os("CI").is_none(),
            "there's no {path}: the package ca-certificates is missing"
        );
        eprintln!("skipped: there's no {path}");
        return None;
    }
    Some((std::fs::read_to_string(path).unwrap(), TrustStore::native().unwrap()))
}

#[test]
fn it_loads_whole() {
    let Some((text, store)) = bundle() else { return };
    let blocks = text.matches("-----BEGIN CERTIFICATE-----").count();
    assert!(blocks > 50, "{blocks} certificates");
    // Folders are read as well, which may have more.
    assert!(store.len() >= blocks);
    assert!(Certificate::bundle_from_pem(&text).unwrap().iter().all(|root| store.contains(root)));
    for root in store.certificates() {
        assert_eq!(&Certificate::from_pem(root.to_pem()).unwrap(), root);
    }
}

/// Every root's signature of itself is right. Those that were made with SHA-1 are refused by name here, as they'd prove
/// nothing of others; with somebody else's SHA-1 under our RSA they're right as well.
#[test]
fn self_signatures_are_right() {
    let Some((_, store)) = bundle() else { return };
    let (mut right, mut weak) = (0, Vec::new());
    for root in store.certificates().iter().filter(|root| root.issuer() == root.subject()) {
        match root.check_signed_by(root) {
            Ok(()) => {
                assert!(root.is_self_signed());
                right += 1;
            }
            Err(Reason::SignatureAlgorithm { algorithm, weak: true }) => {
                assert_eq!(algorithm, "RSA with SHA-1", "{}", root.subject());
                let parts = x509_cert::Certificate::from_der(root.to_der()).unwrap();
                let (key, signed) = (root.public_key().unwrap(), parts.tbs_certificate().to_der().unwrap());
                let scheme = Pkcs1v15::<sha1::Sha1>::new();
                let verified =
                    key.as_rsa().unwrap().verify_with(&scheme, &signed, parts.signature().raw_bytes());
                assert_eq!(verified, Ok(()), "{}", root.subject());
                weak.push(root.subject().to_string());
            }
            Err(reason) => panic!("{} {reason}", root.subject()),
        }
    }
    println!("{right} self-signatures are right, and {} made with SHA-1:", weak.len());
    for name in &weak {
        println!("  {name}");
    }
    assert!(right > weak.len());
}

#[test]
fn all_of_them_print() {
    let Some((_, store)) = bundle() else { return };
    for root in store.certificates() {
        let text = root.to_string();
        let headings = [
            "subject:      ",
            "\nissuer:       ",
            "\nvalid:        ",
            "\nkey:          ",
            "\nfingerprint:  ",
        ];
        assert!(headings.iter().all(|heading| text.contains(heading)), "{text}");
        for line in text.lines() {
            assert!(line.chars().count() <= 80 && line == line.trim_end(), "{line:?}");
            assert!(line.chars().all(|c| !c.is_control()), "{line:?}");
        }
        assert!(!text.contains("not usable here"), "{text}");
    }
}

/// Which rules of the Web a root breaks as an issuer.
///
/// Nobody here has their private keys. So each root gets a double, whose certificate is the same but for the
/// key, which is one of ours, and which issues a certificate of a server.
#[test]
fn rules_of_the_web() {
    let Some((_, store)) = bundle() else { return };
    let key = ecdsa::SigningKey::<ecdsa::P256>::from_bytes(&[7; 32]).unwrap();
    let mut broken: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut good = 0;
    for root in store.certificates() {
        let double = TrustStore::from_iter([with_key(root, &key)]);
        let leaf = leaf_of(&double.certificates()[0], &key);
        // A server's own certificate may be trusted, too.
        if !root.is_authority() {
            continue;
        }
        let verifier = Verifier::new(&double, Purpose::server("www.example.com").unwrap())
            // All are of the same time as their leaves: whether it's over doesn't matter here.
            .at(root.not_before());
        let (mut policy, mut breaks) = (Policy::web(), 0);
        while let Err(error) = verifier.clone().policy(policy.clone()).verify(&leaf) {
            let Error::Refused { position: 1, reason: Reason::Rule { rule, problem }, .. } = &error else {
                panic!("{error}");
            };
            broken.entry(format!("{rule:?}: {problem}")).or_default().push(root.subject().to_string());
            policy = policy.without(*rule);
            breaks += 1;
        }
        good += usize::from(breaks == 0);
        if let PublicKey::Rsa(key) = root.public_key().unwrap() {
            assert_eq!(key.modulus_bits() % 8, 0, "{}", root.subject());
        }
    }
    println!("{good} of {} roots keep all rules of the Web; the others break these:", store.len());
    for (rule, names) in &broken {
        println!("{rule}, {} times", names.len());
        println!("  {}", names.join("\n  "));
    }
    assert!(10 * good >= 9 * store.len(), "only {good} of {} roots keep all rules", store.len());
}

/// A root's certificate with another key. Its signature isn't right any more, and isn't looked at.
fn with_key(root: &Certificate, key: &ecdsa::SigningKey<ecdsa::P256>) -> Certificate {
    let own = root.public_key_der();
    let [tbs, algorithm, signature] = <[_; 3]>::try_from(parts(root.to_der())).unwrap();
    let other = PublicKey::from(key.verifying_key().clone()).to_der();
    let fields: Vec<&[u8]> =
        parts(tbs).into_iter().map(|field| if field == own { &other } else { field }).collect();
    let der = sequence(&[&sequence(&fields), algorithm, signature]);
    Certificate::from_der(&der).unwrap()
}

/// A certificate for www.example.com, issued by this root with this key.
fn leaf_of(root: &Certificate, key: &ecdsa::SigningKey<ecdsa::P256>) -> Certificate {
    // The first field of a root of version 3 is its version; then serial, algorithm, issuer, validity, subject.
    let tbs = parts(parts(root.to_der())[0]);
    let [validity, subject] = if tbs[0][0] == 0xa0 { [tbs[4], tbs[5]] } else { [tbs[3], tbs[4]] };
    // ecdsa-with-SHA256, 1.2.840.10045.4.3.2.
    let algorithm = sequence(&[&tlv(6, &[&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]])]);
    let extension = |id: &[u8], value: &[u8]| sequence(&[&tlv(6, &[id]), &tlv(4, &[value])]);
    // Alternative names, critical as there's no subject; extended key usage, for servers; authority key identifier.
    let mut extensions = vec![
        sequence(&[
            &tlv(6, &[&[0x55, 0x1d, 17]]),
            &tlv(1, &[&[0xff]]),
            &tlv(4, &[&sequence(&[&tlv(0x82, &[b"www.example.com"])])]),
        ]),
        extension(&[0x55, 0x1d, 37], &sequence(&[&tlv(6, &[&[0x2b, 6, 1, 5, 5, 7, 3, 1]])])),
    ];
    let key_id = key_id(root).unwrap_or_else(|| vec![0; 20]);
    extensions.push(extension(&[0x55, 0x1d, 35], &sequence(&[&tlv(0x80, &[&key_id])])));
    let extensions: Vec<&[u8]> = extensions.iter().map(Vec::as_slice).collect();
    let tbs = sequence(&[
        &tlv(0xa0, &[&tlv(2, &[&[2]])]),
        &tlv(2, &[&[1]]),
        &algorithm,
        subject,
        validity,
        &sequence(&[]),
        &PublicKey::from(key.verifying_key().clone()).to_der(),
        &tlv(0xa3, &[&sequence(&extensions)]),
    ]);
    let signature = key.sign(&tbs).to_der();
    Certificate::from_der(&sequence(&[&tbs, &algorithm, &tlv(3, &[&[0], &signature])])).unwrap()
}

/// The subject key identifier, as text of the certificate has it.
fn key_id(certificate: &Certificate) -> Option<Vec<u8>> {
    let text = certificate.to_string();
    let line = text.lines().find_map(|line| line.strip_prefix("key id: "))?;
    line.trim().split(':').map(|byte| u8::from_str_radix(byte, 16).ok()).collect()
}

/// The parts of a SEQUENCE, each with its tag and length.
fn parts(sequence: &[u8]) -> Vec<&[u8]> {
    let (mut rest, mut parts) = (content(sequence), Vec::new());
    while !rest.is_empty() {
        let (part, more) = rest.split_at(rest.len() - after(rest).len());
        parts.push(part);
        rest = more;
    }
    parts
}

/// Where the content of what comes first starts, and how long it is.
fn header(der: &[u8]) -> (usize, usize) {
    match der[1] {
        short @ ..0x80 => (2, short.into()),
        long => {
            let start = 2 + usize::from(long & 0x7f);
            (start, der[2..start].iter().fold(0, |len, byte| len << 8 | usize::from(*byte)))
        }
    }
}

fn content(der: &[u8]) -> &[u8] {
    let (start, len) = header(der);
    &der[start..start + len]
}

fn after(der: &[u8]) -> &[u8] {
    let (start, len) = header(der);
    &der[start + len..]
}

/// Something in DER of under 64 KiB.
fn tlv(tag: u8, content: &[&[u8]]) -> Vec<u8> {
    let content = content.concat();
    let len = u16::try_from(content.len()).unwrap();
    let header = match len {
        0..0x80 => vec![tag, len as u8],
        0x80..0x100 => vec![tag, 0x81, len as u8],
        _ => [[tag, 0x82], len.to_be_bytes()].concat(),
    };
    [header, content].concat()
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, parts)
}
