//! SHA-2, HMAC and HKDF against the vectors of NIST and the RFCs, and as parts of other crates' generic code.

use digest::block_api::{BlockSizeUser, EagerHash};
use digest::const_oid::{AssociatedOid, ObjectIdentifier};
use oneway::hash::digest::{self, Digest};
use oneway::hash::{Hkdf, Hmac, Sha224, Sha256, Sha384, Sha512};
use proptest::prelude::*;
use zeroize::ZeroizeOnDrop;

/// The lines of a vector file that aren't comments, cut at blanks.
macro_rules! vectors {
    ($name:literal) => {
        lines(include_str!(concat!("vectors/hash/", $name, ".txt")))
    };
}

fn lines(text: &str) -> Vec<Vec<&str>> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split(' ').collect()).collect()
}

/// Bytes from hexadecimal; `-` is none.
fn hex(text: &str) -> Vec<u8> {
    if text == "-" {
        return Vec::new();
    }
    assert!(text.len().is_multiple_of(2), "half a byte in {text}");
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// SHAVS, sections 6.2 and 6.3: selected messages.
fn messages<D: Digest>(cases: &[Vec<&str>]) -> usize {
    for case in cases {
        let (message, hash) = (hex(case[0]), hex(case[1]));
        assert_eq!(D::digest(&message)[..], hash, "{} bytes", message.len());
    }
    cases.len()
}

/// SHAVS, section 6.4: from a seed, 100 rounds of 1000 hashes, each of the last three digests.
fn monte_carlo<D: Digest>(lines: &[Vec<&str>]) -> usize {
    let mut seed = hex(lines[0][0]);
    let expected = &lines[1..];
    for (round, line) in expected.iter().enumerate() {
        let mut last = [seed.clone(), seed.clone(), seed];
        for _ in 0..1000 {
            let next = D::digest(last.concat()).to_vec();
            let [_, b, c] = last;
            last = [b, c, next];
        }
        let [_, _, newest] = last;
        seed = newest;
        assert_eq!(seed, hex(line[0]), "round {round}");
    }
    expected.len()
}

#[test]
fn sha224_shavs() {
    assert_eq!(messages::<Sha224>(&vectors!("sha224-short")), 65);
    assert_eq!(messages::<Sha224>(&vectors!("sha224-long")), 16);
    assert_eq!(monte_carlo::<Sha224>(&vectors!("sha224-monte")), 100);
}

#[test]
fn sha256_shavs() {
    assert_eq!(messages::<Sha256>(&vectors!("sha256-short")), 65);
    assert_eq!(messages::<Sha256>(&vectors!("sha256-long")), 16);
    assert_eq!(monte_carlo::<Sha256>(&vectors!("sha256-monte")), 100);
}

#[test]
fn sha384_shavs() {
    assert_eq!(messages::<Sha384>(&vectors!("sha384-short")), 129);
    assert_eq!(messages::<Sha384>(&vectors!("sha384-long")), 16);
    assert_eq!(monte_carlo::<Sha384>(&vectors!("sha384-monte")), 100);
}

#[test]
fn sha512_shavs() {
    assert_eq!(messages::<Sha512>(&vectors!("sha512-short")), 129);
    assert_eq!(messages::<Sha512>(&vectors!("sha512-long")), 16);
    assert_eq!(monte_carlo::<Sha512>(&vectors!("sha512-monte")), 100);
}

/// The million of "a"s of FIPS 180-2, appendices B.3 and C.3, in updates of an odd length.
#[test]
fn a_million_times_a() {
    fn hash<D: Digest>() -> Vec<u8> {
        let mut hasher = D::new();
        vec![b'a'; 1_000_000].chunks(997).for_each(|chunk| hasher.update(chunk));
        hasher.finalize().to_vec()
    }
    assert_eq!(hash::<Sha256>(), hex("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"));
    assert_eq!(hash::<Sha512>()[..16], hex("e718483d0ce769644e2e42c7bc15b463"));
}

/// One case of RFC 4231: the tag is right, by this crate's HMAC and by the hmac crate's; a changed one is
/// refused.
fn hmac_case<D: EagerHash>(key: &[u8], message: &[u8], tag: &[u8]) {
    assert_eq!(Hmac::<D>::mac(key, message)[..tag.len()], *tag);
    assert_eq!(theirs::<hmac::Hmac<D>>(key, message)[..tag.len()], *tag);
    assert_eq!(theirs::<hmac::SimpleHmac<D>>(key, message)[..tag.len()], *tag);

    let mut mac = Hmac::<D>::new(key);
    message.chunks(7).for_each(|chunk| mac.update(chunk));
    let full = <D as Digest>::output_size();
    assert_eq!(mac.clone().verify(tag).is_ok(), tag.len() == full);
    assert_eq!(mac.clone().verify_truncated(tag).is_ok(), tag.len() >= full / 2);
    let mut forged = tag.to_vec();
    *forged.last_mut().unwrap() ^= 1;
    assert_eq!(mac.clone().verify(&forged), Err(oneway::Error::Mac));
    assert_eq!(mac.verify_truncated(&forged), Err(oneway::Error::Mac));
}

fn theirs<M: hmac::Mac + hmac::KeyInit>(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = <M as hmac::KeyInit>::new_from_slice(key).unwrap();
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

#[test]
fn hmac_rfc_4231() {
    let cases = vectors!("hmac-rfc4231");
    for case in &cases {
        let (key, message, tag) = (hex(case[1]), hex(case[2]), hex(case[3]));
        match case[0] {
            "sha224" => hmac_case::<Sha224>(&key, &message, &tag),
            "sha256" => hmac_case::<Sha256>(&key, &message, &tag),
            "sha384" => hmac_case::<Sha384>(&key, &message, &tag),
            "sha512" => hmac_case::<Sha512>(&key, &message, &tag),
            other => panic!("unknown hash {other}"),
        }
    }
    assert_eq!(cases.len(), 7 * 4);
}

/// One case of RFC 5869, by this crate's HKDF and by the hkdf crate's.
fn hkdf_case<D: EagerHash>(ikm: &[u8], salt: &[u8], info: &[u8], prk: &[u8], okm: &[u8]) {
    let mut out = vec![0; okm.len()];
    assert_eq!(Hkdf::<D>::extract(salt, ikm).as_bytes(), prk);
    Hkdf::<D>::from_prk(prk).unwrap().expand(info, &mut out).unwrap();
    assert_eq!(out, okm);
    out.fill(0);
    Hkdf::<D>::derive(salt, ikm, info, &mut out).unwrap();
    assert_eq!(out, okm);

    out.fill(0);
    hkdf::Hkdf::<D>::new(Some(salt), ikm).expand(info, &mut out).unwrap();
    assert_eq!(out, okm);
    out.fill(0);
    hkdf::SimpleHkdf::<D>::new(Some(salt), ikm).expand(info, &mut out).unwrap();
    assert_eq!(out, okm);
}

#[test]
fn hkdf_rfc_5869() {
    let cases = vectors!("hkdf-rfc5869");
    for case in &cases {
        let [ikm, salt, info, prk, okm] = [1, 2, 3, 4, 5].map(|i| hex(case[i]));
        match case[0] {
            "sha256" => hkdf_case::<Sha256>(&ikm, &salt, &info, &prk, &okm),
            "sha1" => hkdf_case::<sha1::Sha1>(&ikm, &salt, &info, &prk, &okm),
            other => panic!("unknown hash {other}"),
        }
    }
    assert_eq!(cases.len(), 7);
}

/// HMAC and HKDF stand on `Digest` alone: a sponge, with its blocks of 136 bytes, will do.
#[test]
fn foreign_hashes() {
    let mut ours = [0; 100];
    Hkdf::<sha3::Sha3_256>::derive(b"salt", b"ikm", b"info", &mut ours).unwrap();
    let mut other = [0; 100];
    hkdf::SimpleHkdf::<sha3::Sha3_256>::new(Some(b"salt"), b"ikm").expand(b"info", &mut other).unwrap();
    assert_eq!(ours, other);
}

#[test]
fn object_identifiers_and_sizes() {
    fn check<D, R>(oid: &str, block: usize, output: usize)
    where
        D: Digest + AssociatedOid + BlockSizeUser + ZeroizeOnDrop + Send + Sync,
        R: AssociatedOid,
    {
        assert_eq!(D::OID, ObjectIdentifier::new_unwrap(oid));
        assert_eq!(D::OID, R::OID);
        assert_eq!((D::block_size(), <D as Digest>::output_size()), (block, output));
    }
    check::<Sha256, sha2::Sha256>("2.16.840.1.101.3.4.2.1", 64, 32);
    check::<Sha384, sha2::Sha384>("2.16.840.1.101.3.4.2.2", 128, 48);
    check::<Sha512, sha2::Sha512>("2.16.840.1.101.3.4.2.3", 128, 64);
    check::<Sha224, sha2::Sha224>("2.16.840.1.101.3.4.2.4", 64, 28);
}

/// The same hash, in whatever updates the message comes, and the sha2 crate's.
fn splits<D: Digest + Clone, R: Digest>(message: &[u8], cuts: &[usize]) {
    let whole = D::digest(message);
    assert_eq!(whole[..], R::digest(message)[..]);
    let mut hasher = D::new();
    let mut rest = message;
    for cut in cuts {
        let (part, after) = rest.split_at(cut % (rest.len() + 1));
        hasher.update(part);
        rest = after;
        // A clone goes on alone: what it's fed doesn't come back.
        hasher.clone().update(b"elsewhere");
    }
    hasher.update(rest);
    assert_eq!(hasher.finalize()[..], whole[..]);
}

proptest! {
    #[test]
    fn cuts_change_nothing(
        message in prop::collection::vec(any::<u8>(), 0..2000),
        cuts in prop::collection::vec(0..700_usize, 0..12),
    ) {
        splits::<Sha224, sha2::Sha224>(&message, &cuts);
        splits::<Sha256, sha2::Sha256>(&message, &cuts);
        splits::<Sha384, sha2::Sha384>(&message, &cuts);
        splits::<Sha512, sha2::Sha512>(&message, &cuts);
    }

    #[test]
    fn hmac_agrees_with_rustcrypto(
        key in prop::collection::vec(any::<u8>(), 0..300),
        message in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        prop_assert_eq!(&Hmac::<Sha256>::mac(&key, &message)[..], &theirs::<hmac::Hmac<sha2::Sha256>>(&key, &message)[..]);
        prop_assert_eq!(&Hmac::<Sha384>::mac(&key, &message)[..], &theirs::<hmac::Hmac<sha2::Sha384>>(&key, &message)[..]);
    }
}
