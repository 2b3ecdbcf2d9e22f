//! RSA keys in files: PKCS#1, alone and inside of PKCS#8 and SPKI.
//!
//! ```text
//! RSAPublicKey  = SEQUENCE { n, e }
//! RSAPrivateKey = SEQUENCE { 0, n, e, d, p, q, dp, dq, qinv }
//! ```
//!
//! Reading is strict. rsaEncryption needs its NULL (RFC 3279, section 2.3.1, says MUST; OpenSSL also takes
//! keys without). Every number of a private key is checked against the others, so that what's loaded is what
//! the file says, or an error. A key that is called id-RSASSA-PSS is for PSS alone ([`PssBinding`]), and is
//! written as such again.
//!
//! What leaks of a private key is named in `der.rs`. e is public, and so are n and the outcome of each check.
//!
//! Sources: RFC 8017, appendix A; RFC 3279; RFC 4055.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::der::{
    CONTEXT_0, NULL, OBJECT_IDENTIFIER, Reader, SEQUENCE, check_len, element, integer, is, malformed,
};
use super::info::{Kind, PrivateKeyInfo, SubjectPublicKeyInfo, check_public};
use super::{PrivateForms, PublicForms};
use crate::rsa::{CrtComponents, Numbers, PrivateKey, PssBinding, PssHash, PssParams, PublicKey};
use crate::{Error, Result};

/// The contents of OBJECT IDENTIFIERs.
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const MGF1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 8];
const RSASSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
const HASHES: [(PssHash, &[u8]); 5] = [
    (PssHash::Sha1, &[0x2b, 0x0e, 3, 2, 26]),
    (PssHash::Sha224, &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 4]),
    (PssHash::Sha256, &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1]),
    (PssHash::Sha384, &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2]),
    (PssHash::Sha512, &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3]),
];
/// The defaults of PSS parameters (RFC 8017, appendix A.2.3).
const DEFAULT_HASH: PssHash = PssHash::Sha1;
const DEFAULT_SALT_LEN: usize = 20;

/// Reads what follows the name of an algorithm, if it's one of RSA keys.
pub(super) fn read_parameters(oid: &[u8], fields: &mut Reader<'_>) -> Result<Option<Kind>> {
    if is(oid, RSA_ENCRYPTION) {
        const PARAMETERS: &str = "parameters of rsaEncryption";
        if !fields.element(NULL, PARAMETERS)?.is_empty() {
            return Err(malformed(PARAMETERS, "not NULL"));
        }
        fields.finish(PARAMETERS)?;
        return Ok(Some(Kind::Rsa(None)));
    }
    if is(oid, RSASSA_PSS) {
        if fields.tag() == Some(NULL) {
            return Err(malformed(PSS, "there's a NULL, where they're a SEQUENCE or left out"));
        }
        let binding =
            if fields.is_empty() { PssBinding::Any } else { PssBinding::Params(read_pss_params(fields)?) };
        fields.finish(PSS)?;
        return Ok(Some(Kind::Rsa(Some(binding))));
    }
    Ok(None)
}

const PSS: &str = "parameters of id-RSASSA-PSS";

/// `RSASSA-PSS-params` alone, as a signature has them. (There the salt is as long as they say, not longer.)
#[cfg(feature = "trust")]
pub(super) fn pss_parameters(der: &[u8]) -> Result<PssParams> {
    let mut outer = Reader::new(der);
    let params = read_pss_params(&mut outer)?;
    outer.finish(PSS)?;
    Ok(params)
}

/// Reads `RSASSA-PSS-params`, of which every field has a default.
fn read_pss_params(outer: &mut Reader<'_>) -> Result<PssParams> {
    let mut fields = outer.sequence(PSS)?;
    let mut optional = |number: u8| -> Result<Option<Reader<'_>>> {
        let tag = CONTEXT_0 + number;
        if fields.tag() == Some(tag) {
            fields.element(tag, PSS).map(|x| Some(Reader::new(x)))
        } else {
            Ok(None)
        }
    };
    let mut params = PssParams { hash: DEFAULT_HASH, mgf_hash: DEFAULT_HASH, min_salt_len: DEFAULT_SALT_LEN };
    if let Some(mut field) = optional(0)? {
        params.hash = read_hash(&mut field)?;
        field.finish(PSS)?;
    }
    if let Some(mut field) = optional(1)? {
        let mut mgf = field.sequence(PSS)?;
        if !is(mgf.element(OBJECT_IDENTIFIER, PSS)?, MGF1) {
            return Err(Error::Unsupported("mask generation functions other than MGF1"));
        }
        params.mgf_hash = read_hash(&mut mgf)?;
        mgf.finish(PSS)?;
        field.finish(PSS)?;
    }
    if let Some(mut field) = optional(2)? {
        // The same number on all targets.
        let len = field.small(PSS)?.and_then(|len| u32::try_from(len).ok());
        params.min_salt_len = len.ok_or(malformed(PSS, "the salt is too long"))? as usize;
        field.finish(PSS)?;
    }
    if let Some(mut field) = optional(3)? {
        if field.small(PSS)? != Some(1) {
            return Err(malformed(PSS, "the trailer isn't 0xbc"));
        }
        field.finish(PSS)?;
    }
    fields.finish(PSS)?;
    Ok(params)
}

/// Reads the algorithm identifier of a hash, with NULL or without (RFC 4055, section 2.1, asks for both).
fn read_hash(outer: &mut Reader<'_>) -> Result<PssHash> {
    let mut fields = outer.sequence(PSS)?;
    let oid = fields.element(OBJECT_IDENTIFIER, PSS)?;
    if !fields.is_empty() && !fields.element(NULL, PSS)?.is_empty() {
        return Err(malformed(PSS, "a hash has parameters"));
    }
    fields.finish(PSS)?;
    let known = HASHES.iter().find(|(_, known)| is(oid, known));
    known.map(|(hash, _)| *hash).ok_or(Error::Unsupported("PSS parameters with hashes but SHA-1 and SHA-2"))
}

/// The algorithm identifier of a key that's bound to this.
pub(super) fn algorithm(binding: Option<PssBinding>) -> Zeroizing<Vec<u8>> {
    let oid = |oid: &[u8]| element(OBJECT_IDENTIFIER, &[oid]);
    let sequence = |parts: &[&[u8]]| element(SEQUENCE, parts);
    let Some(binding) = binding else {
        return sequence(&[&oid(RSA_ENCRYPTION), &element(NULL, &[])]);
    };
    let PssBinding::Params(params) = binding else { return sequence(&[&oid(RSASSA_PSS)]) };
    let hash = |hash: PssHash| {
        let known = HASHES.iter().find(|(known, _)| *known == hash);
        sequence(&[&oid(known.expect("all are in the table").1), &element(NULL, &[])])
    };
    // DER leaves out what has its default value.
    let field = |number: u8, is_default: bool, value: Zeroizing<Vec<u8>>| {
        if is_default { Zeroizing::new(Vec::new()) } else { element(CONTEXT_0 + number, &[&value]) }
    };
    let PssParams { hash: h, mgf_hash, min_salt_len } = params;
    let fields = sequence(&[
        &field(0, h == DEFAULT_HASH, hash(h)),
        &field(1, mgf_hash == DEFAULT_HASH, sequence(&[&oid(MGF1), &hash(mgf_hash)])),
        &field(2, min_salt_len == DEFAULT_SALT_LEN, integer(&min_salt_len.to_be_bytes())),
    ]);
    sequence(&[&oid(RSASSA_PSS), &fields])
}

/// Reads e, for which 2^33 is the end.
fn read_exponent(fields: &mut Reader<'_>) -> Result<u64> {
    fields.small("public exponent e")?.ok_or(Error::PublicExponent)
}

/// Reads an `RSAPublicKey`.
pub(super) fn public_from_pkcs1(der: &[u8]) -> Result<PublicKey> {
    const PART: &str = "RSAPublicKey";
    check_len(der)?;
    let mut outer = Reader::new(der);
    let mut fields = outer.sequence(PART)?;
    outer.finish(PART)?;
    let n = fields.positive("modulus n")?;
    let e = read_exponent(&mut fields)?;
    fields.finish(PART)?;
    PublicKey::new(n, e)
}

pub(super) fn public_to_pkcs1(key: &PublicKey) -> Zeroizing<Vec<u8>> {
    element(SEQUENCE, &[&integer(&key.modulus()), &integer(&key.exponent().to_be_bytes())])
}

/// Reads an `RSAPrivateKey` of two primes.
pub(super) fn private_from_pkcs1(der: &[u8]) -> Result<PrivateKey> {
    const PART: &str = "RSAPrivateKey";
    check_len(der)?;
    let mut outer = Reader::new(der);
    let mut fields = outer.sequence(PART)?;
    outer.finish(PART)?;
    match fields.small("version of RSAPrivateKey")? {
        Some(0) => {}
        Some(1) => return Err(Error::Unsupported("RSA keys of more than two primes")),
        _ => return Err(malformed("version of RSAPrivateKey", "not 0")),
    }
    let numbers = Numbers {
        n: fields.positive("modulus n")?,
        e: read_exponent(&mut fields)?,
        d: fields.positive("private exponent d")?,
        p: fields.positive("prime p")?,
        q: fields.positive("prime q")?,
        dp: fields.positive("exponent dp")?,
        dq: fields.positive("exponent dq")?,
        qinv: fields.positive("coefficient qinv")?,
    };
    fields.finish(PART)?;
    PrivateKey::from_numbers(&numbers)
}

pub(super) fn private_to_pkcs1(key: &PrivateKey) -> Zeroizing<Vec<u8>> {
    let public = key.public_key();
    let ((p, q), CrtComponents { dp, dq, qinv }) = (key.primes(), key.crt_components());
    let (n, e) = (integer(&public.modulus()), integer(&public.exponent().to_be_bytes()));
    let [d, p, q, dp, dq, qinv] =
        [&key.private_exponent(), &p, &q, &dp, &dq, &qinv].map(|number| integer(number));
    element(SEQUENCE, &[&integer(&[0]), &n, &e, &d, &p, &q, &dp, &dq, &qinv])
}

impl PrivateForms for PrivateKey {
    fn from_info(info: &PrivateKeyInfo<'_>) -> Result<Self> {
        let Kind::Rsa(binding) = info.kind else { return Err(info.kind.instead_of(Kind::Rsa(None))) };
        let key = private_from_pkcs1(info.key)?;
        if let Some(bits) = info.public {
            check_public(bits, &[&public_to_pkcs1(key.public_key())])?;
        }
        if let Some(binding) = binding { key.bound_to_pss(binding) } else { Ok(key) }
    }

    fn to_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        PrivateKeyInfo::write(Kind::Rsa(self.public_key().pss_binding()), &private_to_pkcs1(self))
    }
}

impl PublicForms for PublicKey {
    fn from_info(info: &SubjectPublicKeyInfo<'_>) -> Result<Self> {
        let Kind::Rsa(binding) = info.kind else { return Err(info.kind.instead_of(Kind::Rsa(None))) };
        let key = public_from_pkcs1(info.key)?;
        if let Some(binding) = binding { key.bound_to_pss(binding) } else { Ok(key) }
    }

    fn to_spki(&self) -> Zeroizing<Vec<u8>> {
        SubjectPublicKeyInfo::write(Kind::Rsa(self.pss_binding()), &public_to_pkcs1(self))
    }
}

private_key_forms! {
    [] PrivateKey, "PKCS#8 or PKCS#1",
    /// Reads PEM text: PKCS#8 (`BEGIN PRIVATE KEY`) or PKCS#1 (`BEGIN RSA PRIVATE KEY`), in constant time.
    ///
    /// ```
    /// # #[cfg(feature = "getrandom")] {
    /// use oneway::rsa::PrivateKey;
    ///
    /// let key = PrivateKey::generate(2048)?;
    /// let text = key.to_pem();
    /// assert!(text.starts_with("-----BEGIN PRIVATE KEY-----\n"));
    /// assert_eq!(PrivateKey::from_pem(text.as_bytes())?.public_key(), key.public_key());
    /// # }
    /// # Ok::<(), oneway::Error>(())
    /// ```
}

public_key_forms! {
    [] PublicKey, "SPKI or PKCS#1",
    /// Reads PEM text: SPKI (`BEGIN PUBLIC KEY`) or PKCS#1 (`BEGIN RSA PUBLIC KEY`).
}
