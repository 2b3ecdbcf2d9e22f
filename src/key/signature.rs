//! What keys and signatures on curves are called in certificates: the traits of the crate `spki`.
//!
//! | key | signature | its bytes |
//! |---|---|---|
//! | id-ecPublicKey, P-256 | ecdsa-with-SHA256 | DER |
//! | id-ecPublicKey, P-384 | ecdsa-with-SHA384 | DER |
//! | id-ecPublicKey, P-521 | ecdsa-with-SHA512 | DER |
//! | id-Ed25519 | id-Ed25519 | R ‖ S |
//! | id-X25519 | | |
//!
//! A signature's name has no parameters. Signatures with another hash than the curve's own (`sign_with`) have
//! names as well, but certificates are signed by `Signer`, which takes that one.
//!
//! Everything in here is public. (RSA's names are in `rsa::spki`.)
//!
//! Sources: RFC 5758, section 3.2 (names), and RFC 3279, section 2.2.3 (DER); RFC 5480 (keys); RFC 8410.

use digest::const_oid::AssociatedOid;
use spki::der::asn1::{AnyRef, BitString};
use spki::{
    AlgorithmIdentifier, AssociatedAlgorithmIdentifier, ObjectIdentifier, SignatureAlgorithmIdentifier,
    SignatureBitStringEncoding,
};

use super::info::{EC_PUBLIC_KEY, ED25519};
use crate::ecdh::{self, X25519};
use crate::ecdsa::{self, P256, P384, P521};
use crate::ed25519;

/// `SignatureAlgorithmIdentifier` for types of keys, with the name of their signatures.
macro_rules! signature_names {
    ($($name:literal: $($key:ty),*;)*) => {
        $($(
            impl SignatureAlgorithmIdentifier for $key {
                type Params = AnyRef<'static>;

                const SIGNATURE_ALGORITHM_IDENTIFIER: AlgorithmIdentifier<AnyRef<'static>> =
                    AlgorithmIdentifier { oid: ObjectIdentifier::new_unwrap($name), parameters: None };
            }
        )*)*
    };
}

signature_names! {
    "1.2.840.10045.4.3.2": ecdsa::SigningKey<P256>, ecdsa::VerifyingKey<P256>;
    "1.2.840.10045.4.3.3": ecdsa::SigningKey<P384>, ecdsa::VerifyingKey<P384>;
    "1.2.840.10045.4.3.4": ecdsa::SigningKey<P521>, ecdsa::VerifyingKey<P521>;
    "1.3.101.112": ed25519::SigningKey, ed25519::VerifyingKey;
}

/// In DER, as certificates have it.
impl<C: ecdsa::Curve> SignatureBitStringEncoding for ecdsa::Signature<C> {
    fn to_bitstring(&self) -> spki::der::Result<BitString> {
        BitString::from_bytes(&self.to_der())
    }
}

/// R ‖ S.
impl SignatureBitStringEncoding for ed25519::Signature {
    fn to_bitstring(&self) -> spki::der::Result<BitString> {
        BitString::from_bytes(&self.to_bytes())
    }
}

/// `AssociatedAlgorithmIdentifier` for types of keys: generics, type, parameters' type, and the name.
macro_rules! key_names {
    ($([$($generics:tt)*] $key:ty, $parameters:ty, $name:expr;)*) => {
        $(
            impl<$($generics)*> AssociatedAlgorithmIdentifier for $key {
                type Params = $parameters;

                const ALGORITHM_IDENTIFIER: AlgorithmIdentifier<$parameters> = $name;
            }
        )*
    };
}

const fn on_curve(curve: ObjectIdentifier) -> AlgorithmIdentifier<ObjectIdentifier> {
    AlgorithmIdentifier { oid: EC_PUBLIC_KEY, parameters: Some(curve) }
}

/// A name that says the curve, too.
const fn alone(oid: ObjectIdentifier) -> AlgorithmIdentifier<AnyRef<'static>> {
    AlgorithmIdentifier { oid, parameters: None }
}

key_names! {
    [C: ecdsa::Curve] ecdsa::SigningKey<C>, ObjectIdentifier, on_curve(C::OID);
    [C: ecdsa::Curve] ecdsa::VerifyingKey<C>, ObjectIdentifier, on_curve(C::OID);
    [] ed25519::SigningKey, AnyRef<'static>, alone(ED25519);
    [] ed25519::VerifyingKey, AnyRef<'static>, alone(ED25519);
    [] ecdh::PrivateKey<P256>, ObjectIdentifier, on_curve(P256::OID);
    [] ecdh::PublicKey<P256>, ObjectIdentifier, on_curve(P256::OID);
    [] ecdh::PrivateKey<P384>, ObjectIdentifier, on_curve(P384::OID);
    [] ecdh::PublicKey<P384>, ObjectIdentifier, on_curve(P384::OID);
    [] ecdh::PrivateKey<P521>, ObjectIdentifier, on_curve(P521::OID);
    [] ecdh::PublicKey<P521>, ObjectIdentifier, on_curve(P521::OID);
    [] ecdh::PrivateKey<X25519>, AnyRef<'static>, alone(X25519::OID);
    [] ecdh::PublicKey<X25519>, AnyRef<'static>, alone(X25519::OID);
}
