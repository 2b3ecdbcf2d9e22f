//! Storey 2: groups of points on elliptic curves, in which k ↦ k·P is easy and its inverse isn't.
//!
//! Three families, for three uses:
//! - [`weierstrass`]: y² = x³ − 3 x + b over a prime field, of prime order: P-256, P-384 and P-521 (ECDH, ECDSA);
//! - [`montgomery`]: v² = u³ + 486662 u² + u, of which u alone is computed with: Curve25519 (X25519);
//! - [`edwards`]: the same curve in another form, −x² + y² = 1 + d x² y², where one formula adds any two points
//!   (Ed25519, and X25519's public keys).
//!
//! Secret scalars are multiplied in constant time, and no exceptional case of an addition can come up or it's
//! handled without a branch; each file says why. Functions that end in `_vartime` are for public scalars.
//!
//! A whole multiplication runs on one [`Engine`], which the caller chooses once.
//!
//! Sources: SP 800-186, RFC 7748 (the curves); SEC 1, RFC 8032 (encodings).

mod base_table;
pub(crate) mod edwards;
pub(crate) mod montgomery;
pub(crate) mod weierstrass;

use digest::const_oid::{AssociatedOid, ObjectIdentifier};

pub(crate) use crate::kernel::engine::Engine;

/// P-256, also known as secp256r1 and prime256v1: 128 bits of security.
///
/// Source: SP 800-186, section 3.2.1.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct P256;

/// The curve's name in key files. Source: RFC 5480, section 2.1.1.1.
impl AssociatedOid for P256 {
    const OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
}

/// P-384, also known as secp384r1: 192 bits of security.
///
/// Source: SP 800-186, section 3.2.1.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct P384;

/// The curve's name in key files. Source: RFC 5480, section 2.1.1.1.
impl AssociatedOid for P384 {
    const OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
}

/// P-521, also known as secp521r1: 256 bits of security.
///
/// Source: SP 800-186, section 3.2.1.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct P521;

/// The curve's name in key files. Source: RFC 5480, section 2.1.1.1.
impl AssociatedOid for P521 {
    const OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
}

/// The function X25519 on Curve25519: 128 bits of security.
///
/// Source: RFC 7748, section 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct X25519;

/// The function's name in key files. Source: RFC 8410, section 3.
impl AssociatedOid for X25519 {
    const OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.110");
}
