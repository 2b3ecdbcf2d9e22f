//! What RSA signatures are called in DER: the traits of the crate `spki`.
//!
//! - A PKCS#1 v1.5 signature has one name for each hash, with NULL for parameters (RFC 8017, appendix C;
//!   for SHA-3 RFC 9688 and NIST's registry of algorithms).
//! - A PSS signature has one name, and parameters: hash, mask generation function and salt length (RFC 8017,
//!   appendix A.2.3; RFC 4055, section 3.1). DER leaves out a field that has its default value: MGF1 with
//!   SHA-1, a salt of 20 bytes, the trailer 0xbc.
//!
//! Hashes are told by their OID, so that any crate's do: SHA-2 and SHA-3. SHA-1 has names for signatures,
//! too, but no collision resistance, and whoever asks for a name is about to sign a certificate: it's
//! refused like a hash that's unknown. As the hash of a mask generation function it's harmless, and taken.
//!
//! Everything in here is public.

use alloc::vec::Vec;

use digest::Digest;
use digest::const_oid::AssociatedOid;
use spki::der::asn1::{Any, AnyRef, BitString, ContextSpecificRef};
use spki::der::{self, Encode, EncodeValue, Tag, TagMode, TagNumber, Tagged};
use spki::{
    AlgorithmIdentifier, AlgorithmIdentifierOwned, AlgorithmIdentifierRef, DynSignatureAlgorithmIdentifier,
    ObjectIdentifier, SignatureBitStringEncoding,
};

use super::{Pkcs1v15, Pss, Signature, SigningKey, VerifyingKey};

const MGF1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.8");
const RSASSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const SHA_1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");

/// The salt length of PSS' parameters where they name none.
const DEFAULT_SALT_LEN: usize = 20;

/// A hash: its name, the parameters that stand with it, and the name of PKCS#1 v1.5 signatures with it.
struct Hash {
    oid: ObjectIdentifier,
    parameters: Option<AnyRef<'static>>,
    pkcs1v15: ObjectIdentifier,
}

impl Hash {
    const fn sha2(oid: &str, pkcs1v15: &str) -> Self {
        let (oid, pkcs1v15) = (ObjectIdentifier::new_unwrap(oid), ObjectIdentifier::new_unwrap(pkcs1v15));
        Self { oid, parameters: Some(AnyRef::NULL), pkcs1v15 }
    }

    /// SHA-3 stands without parameters (RFC 9688).
    const fn sha3(oid: &str, pkcs1v15: &str) -> Self {
        let (oid, pkcs1v15) = (ObjectIdentifier::new_unwrap(oid), ObjectIdentifier::new_unwrap(pkcs1v15));
        Self { oid, parameters: None, pkcs1v15 }
    }

    fn identifier(&self) -> AlgorithmIdentifierRef<'static> {
        AlgorithmIdentifier { oid: self.oid, parameters: self.parameters }
    }
}

static HASHES: [Hash; 10] = [
    Hash::sha2("2.16.840.1.101.3.4.2.1", "1.2.840.113549.1.1.11"), // SHA-256
    Hash::sha2("2.16.840.1.101.3.4.2.2", "1.2.840.113549.1.1.12"), // SHA-384
    Hash::sha2("2.16.840.1.101.3.4.2.3", "1.2.840.113549.1.1.13"), // SHA-512
    Hash::sha2("2.16.840.1.101.3.4.2.4", "1.2.840.113549.1.1.14"), // SHA-224
    Hash::sha2("2.16.840.1.101.3.4.2.5", "1.2.840.113549.1.1.15"), // SHA-512/224
    Hash::sha2("2.16.840.1.101.3.4.2.6", "1.2.840.113549.1.1.16"), // SHA-512/256
    Hash::sha3("2.16.840.1.101.3.4.2.7", "2.16.840.1.101.3.4.3.13"), // SHA3-224
    Hash::sha3("2.16.840.1.101.3.4.2.8", "2.16.840.1.101.3.4.3.14"), // SHA3-256
    Hash::sha3("2.16.840.1.101.3.4.2.9", "2.16.840.1.101.3.4.3.15"), // SHA3-384
    Hash::sha3("2.16.840.1.101.3.4.2.10", "2.16.840.1.101.3.4.3.16"), // SHA3-512
];

/// The hash of a name.
///
/// # Errors
/// [`spki::Error::OidUnknown`] for SHA-1, and for what isn't in the table.
fn hash(oid: ObjectIdentifier) -> spki::Result<&'static Hash> {
    HASHES.iter().find(|hash| hash.oid == oid).ok_or(spki::Error::OidUnknown { oid })
}

/// The name of the scheme's signatures.
///
/// # Errors
/// [`spki::Error::OidUnknown`] unless D is of SHA-2 or SHA-3.
impl<D: Digest + AssociatedOid> DynSignatureAlgorithmIdentifier for Pkcs1v15<D> {
    fn signature_algorithm_identifier(&self) -> spki::Result<AlgorithmIdentifierOwned> {
        Ok(AlgorithmIdentifier { oid: hash(D::OID)?.pkcs1v15, parameters: Some(Any::null()) })
    }
}

/// The name of the scheme's signatures, with the salt length that they're made with (also where
/// verification takes any).
///
/// # Errors
/// [`spki::Error::OidUnknown`] unless D is of SHA-2 or SHA-3, and M as well or SHA-1.
impl<D: Digest + AssociatedOid, M: Digest + AssociatedOid> DynSignatureAlgorithmIdentifier for Pss<D, M> {
    fn signature_algorithm_identifier(&self) -> spki::Result<AlgorithmIdentifierOwned> {
        let mut fields = explicit(0, &hash(D::OID)?.identifier())?;
        if M::OID != SHA_1 {
            let mgf = AlgorithmIdentifier { oid: MGF1, parameters: Some(hash(M::OID)?.identifier()) };
            fields.extend(explicit(1, &mgf)?);
        }
        if self.salt_len != DEFAULT_SALT_LEN {
            fields.extend(explicit(2, &(self.salt_len as u64))?);
        }
        Ok(AlgorithmIdentifier { oid: RSASSA_PSS, parameters: Some(Any::new(Tag::Sequence, fields)?) })
    }
}

/// A field of a SEQUENCE under its number: `[number] EXPLICIT`.
fn explicit<T: EncodeValue + Tagged>(number: u32, value: &T) -> der::Result<Vec<u8>> {
    ContextSpecificRef { tag_number: TagNumber(number), tag_mode: TagMode::Explicit, value }.to_der()
}

impl<S: DynSignatureAlgorithmIdentifier> DynSignatureAlgorithmIdentifier for SigningKey<S> {
    fn signature_algorithm_identifier(&self) -> spki::Result<AlgorithmIdentifierOwned> {
        self.scheme().signature_algorithm_identifier()
    }
}

impl<S: DynSignatureAlgorithmIdentifier> DynSignatureAlgorithmIdentifier for VerifyingKey<S> {
    fn signature_algorithm_identifier(&self) -> spki::Result<AlgorithmIdentifierOwned> {
        self.scheme().signature_algorithm_identifier()
    }
}

impl SignatureBitStringEncoding for Signature {
    fn to_bitstring(&self) -> der::Result<BitString> {
        BitString::from_bytes(self.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::{Sha256, Sha384, Sha512};
    use sha1::Sha1;
    use sha3::Sha3_256;

    fn name(scheme: &impl DynSignatureAlgorithmIdentifier) -> Vec<u8> {
        scheme.signature_algorithm_identifier().unwrap().to_der().unwrap()
    }

    #[test]
    fn every_field_of_pss_that_has_its_default_is_left_out() {
        let oid = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
        let sha256 = [0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0];
        let mgf1 = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08];
        let short = [&[0x30, 30], &oid[..], &[0x30, 17, 0xa0, 15], &sha256].concat();
        assert_eq!(name(&Pss::<Sha256, Sha1>::new().salt_len(20)), short);
        let fields = [&[0xa0, 15], &sha256[..], &[0xa1, 28, 0x30, 26], &mgf1, &sha256].concat();
        let long = [&[0x30, 65], &oid[..], &[0x30, 52], &fields, &[0xa2, 3, 2, 1, 32]].concat();
        assert_eq!(name(&Pss::<Sha256>::new()), long);
        assert_eq!(name(&Pss::<sha2::Sha256>::new().any_salt_len()), long);
        // A salt of 222 bytes: an INTEGER has a sign.
        let longer = name(&Pss::<Sha256>::new().salt_len(222));
        assert_eq!(longer[longer.len() - 6..], [0xa2, 4, 2, 2, 0, 222]);
        // SHA-3 without NULL.
        let sha3 = name(&Pss::<Sha3_256>::new());
        assert_eq!(
            sha3[13..],
            [
                &[0x30, 48, 0xa0, 13, 0x30, 11, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 8][..],
                &[0xa1, 26, 0x30, 24],
                &mgf1,
                &[0x30, 11, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 8, 0xa2, 3, 2, 1, 32],
            ]
            .concat()
        );
    }

    #[test]
    fn pkcs1v15_by_the_hash() {
        let oid = |scheme: &dyn Fn() -> spki::Result<AlgorithmIdentifierOwned>| {
            let identifier = scheme().unwrap();
            assert_eq!(identifier.parameters, Some(Any::null()));
            identifier.oid
        };
        let sha384 = oid(&|| Pkcs1v15::<Sha384>::new().signature_algorithm_identifier());
        assert_eq!(sha384, ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12"));
        assert_eq!(oid(&|| Pkcs1v15::<sha2::Sha384>::new().signature_algorithm_identifier()), sha384);
        let sha3 = oid(&|| Pkcs1v15::<Sha3_256>::new().signature_algorithm_identifier());
        assert_eq!(sha3, ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.14"));
    }

    #[test]
    fn sha_1_has_no_name_here() {
        let unknown = Err(spki::Error::OidUnknown { oid: SHA_1 });
        assert_eq!(Pkcs1v15::<Sha1>::new().signature_algorithm_identifier(), unknown);
        assert_eq!(Pss::<Sha1>::new().signature_algorithm_identifier(), unknown);
        assert!(Pss::<Sha512, Sha1>::new().signature_algorithm_identifier().is_ok());
    }
}
