//! Storey 5: trust. Whose key is this, and why should one believe it?
//!
//! A **certificate** binds a name to a public key, under the signature of an **authority**, which has a certificate of
//! its own, and so on up to a **root**, which is trusted because it's in a [`TrustStore`]. A [`Verifier`] looks for
//! such a chain, checks all of it, and says why if there's none.
//!
//! ```
//! # #[cfg(feature = "std")]
//! # fn main() -> oneway::trust::Result<()> {
//! # let (roots, leaf, intermediate) = (DOC_ROOT, DOC_LEAF, DOC_INTERMEDIATE);
//! use oneway::trust::{Certificate, Policy, Purpose, Time, TrustStore, Verifier};
//!
//! let store = TrustStore::from_pem(roots)?;
//! let leaf = Certificate::from_pem(leaf)?;
//! let pool = Certificate::bundle_from_pem(intermediate)?;
//! let verifier = Verifier::new(&store, Purpose::server("www.example.com")?);
//! let verifier = verifier.intermediates(&pool).at("2026-12-01T00:00:00Z".parse::<Time>().unwrap());
//!
//! let chain = verifier.clone().policy(Policy::web()).verify(&leaf)?;
//! assert_eq!(chain.root().subject().to_string(), "CN=Example Root,O=Example,C=DE");
//!
//! let error = verifier.purpose(Purpose::server("www.example.org")?).verify(&leaf).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "the certificate of CN=www.example.com isn't for www.example.org, but for www.example.com, *.api.example.com"
//! );
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "std"))]
//! # fn main() {}
#![doc = include_str!("doc_certificates.txt")]
//! ```
//!
//! | type | what it is |
//! |---|---|
//! | [`Certificate`] | a certificate, read, printed, compared |
//! | [`DistinguishedName`], [`Name`] | who it's about, by the directory's names; and by those of the network |
//! | [`GeneralName`], [`Oid`] | names of all kinds, and object identifiers, as they stand in a certificate |
//! | [`TrustStore`] | the roots |
//! | [`KeyStore`] | a private key with its chain, from PEM or (feature `pkcs12`) PKCS#12 and Java's formats; [`StoreOptions`] |
//! | [`Verifier`], [`Chain`] | the verdict |
//! | [`Purpose`] | what for, and for whom |
//! | [`Policy`], [`Rule`], [`Budget`] | by which rules, and at what cost |
//! | [`Crl`], [`Revocation`] | what was taken back |
//! | [`Request`] | who wants a certificate: a name, a public key, and proof of the private one |
//! | [`Authority`] | who issues certificates, and takes them back |
//! | [`Profile`], [`Validity`], [`PathLength`] | what's issued, for how long; [`Refusal`], what isn't |
//! | [`Error`], [`Reason`], [`Obstacle`] | why not |
//!
//! Trust and encryption are independent: traffic can be encrypted with a party that isn't trusted. What's lost then is
//! knowing who reads it.
//!
//! Certificates are read where they stand, by this crate's own reader, which takes what standards allow and the crates
//! `der` and `x509-cert` don't (identifiers of any size, names of all kinds); for what's written, extensions of the caller's
//! come in the types of `x509-cert`.
//! Everything in here but the private keys of stores and authorities is public: none of it takes constant time.
//!
//! **Hostile input.** Certificates and requests come from strangers. One is at most 256 KiB long, nothing recurses but over
//! a chain's length, a verification's work is bounded by its [`Budget`], and a store's by [`StoreOptions::max_rounds`].
//!
//! Sources: RFC 5280, RFC 6818, RFC 9525, RFC 9618; RFC 2986 (requests); RFC 7292 (PKCS#12); the CA/Browser Forum's Baseline Requirements for TLS server
//! certificates, version 2.

mod algorithm;
mod authority;
mod certificate;
mod constraints;
mod crl;
mod der;
mod display;
mod distinguished;
#[cfg(feature = "pkcs12")]
mod entries;
mod error;
mod extensions;
mod general_name;
#[cfg(feature = "pkcs12")]
mod jks;
mod key_store;
mod name;
#[cfg(feature = "std")]
mod native;
mod oid;
mod path;
#[cfg(feature = "pkcs12")]
mod pbe;
#[cfg(feature = "pkcs12")]
mod pkcs12;
mod policies;
mod policy;
mod profile;
mod purpose;
mod request;
mod revocation;
mod sign;
mod store;
mod time;
mod verify;

pub use authority::Authority;
pub use certificate::Certificate;
pub use crl::{Crl, Revoked};
pub use distinguished::DistinguishedName;
#[cfg(feature = "pkcs12")]
pub use entries::{CertificateEntry, KeyEntry};
pub use error::{Error, Obstacle, Reason, Result};
pub use general_name::{GeneralName, GeneralNames};
#[cfg(feature = "pkcs12")]
pub use jks::Jks;
pub use key_store::{KeyStore, StoreOptions};
pub use name::Name;
pub use oid::Oid;
#[cfg(feature = "pkcs12")]
pub use pkcs12::Pkcs12;
pub use policy::{Budget, Policy, Rule};
pub use profile::{PathLength, Profile, Refusal, Validity};
pub use purpose::Purpose;
pub use request::{Request, RequestBuilder};
pub use revocation::Revocation;
pub use store::TrustStore;
pub use time::Time;
pub use verify::{Chain, Verifier};
pub use x509_cert;
pub use x509_cert::ext::pkix::{CrlReason, KeyUsages};
