//! DER, and certificates and revocation lists made of it: right but for what the caller puts in.

// Each target includes this file, and uses its part of it.
#![allow(dead_code)]

use oneway::key::PublicKey;

use crate::signed;

/// An element of these contents.
pub fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let len = parts.iter().map(|part| part.len()).sum::<usize>();
    let bytes = u32::try_from(len).unwrap().to_be_bytes();
    let mut all = vec![tag];
    match len {
        0..0x80 => all.push(bytes[3]),
        0x80..0x100 => all.extend([0x81, bytes[3]]),
        0x100..0x1_0000 => all.extend([0x82, bytes[2], bytes[3]]),
        _ => all.extend([0x83, bytes[1], bytes[2], bytes[3]]),
    }
    parts.iter().for_each(|part| all.extend_from_slice(part));
    all
}

pub fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    der(0x30, parts)
}

/// An extension of `id-ce` (2.5.29).
pub fn extension(number: u8, critical: bool, value: &[u8]) -> Vec<u8> {
    let mark: &[u8] = if critical { &[1, 1, 0xff] } else { &[] };
    sequence(&[&[6, 3, 0x55, 0x1d, number], mark, &der(4, &[value])])
}

/// Marks an authority's certificate.
pub fn authority() -> Vec<u8> {
    extension(19, true, &sequence(&[&[1, 1, 0xff]]))
}

/// `CN=…`
pub fn name(common: &str) -> Vec<u8> {
    sequence(&[&der(0x31, &[&sequence(&[&[6, 3, 0x55, 4, 3], &der(0x0c, &[common.as_bytes()])])])])
}

/// `ecdsa-with-SHA256`.
const ALGORITHM: [u8; 12] = [0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
/// From the beginning of 2026 to the end of 2045.
fn times() -> Vec<u8> {
    [b"260101000000Z", b"451231235959Z"].map(|time| der(0x17, &[time])).concat()
}

/// A certificate of the one key, signed by it.
pub fn certificate(serial: u8, issuer: &str, subject: &str, extensions: &[Vec<u8>]) -> Vec<u8> {
    signed::sign(&sequence(&[
        &[0xa0, 3, 2, 1, 2],
        &[2, 2, 1, serial],
        &ALGORITHM,
        &name(issuer),
        &sequence(&[&times()]),
        &name(subject),
        &PublicKey::from(signed::KEY.verifying_key().clone()).to_der(),
        &der(0xa3, &[&sequence(&[&extensions.concat()])]),
    ]))
}

/// A revocation list of this number, of the contents of its list of entries.
pub fn list(number: u8, issuer: &str, entries: &[u8], extensions: &[Vec<u8>]) -> Vec<u8> {
    let entries = if entries.is_empty() { Vec::new() } else { sequence(&[entries]) };
    let number = extension(20, false, &[2, 2, 1, number]);
    signed::sign(&sequence(&[
        &[2, 1, 1],
        &ALGORITHM,
        &name(issuer),
        &times(),
        &entries,
        &der(0xa0, &[&sequence(&[&number, &extensions.concat()])]),
    ]))
}
