//! The contestants: one module per library.
//!
//! A library is a name and a function from a row to an [`Entry`], `None` if it doesn't do that.

use crate::race::Entry;
use crate::rows::{Fixtures, Op};

#[cfg(feature = "aws-lc-rs")]
mod aws_lc;
#[cfg(any(feature = "aws-lc-rs", feature = "boring", feature = "openssl"))]
mod bn;
#[cfg(feature = "boring")]
mod boring;
#[cfg(feature = "crypto-bigint")]
mod crypto_bigint;
#[cfg(feature = "crypto-primes")]
mod crypto_primes;
#[cfg(feature = "dalek")]
mod dalek;
#[cfg(any(feature = "aws-lc-rs", feature = "openssl"))]
mod ec;
#[cfg(feature = "rug")]
mod gmp;
#[cfg(feature = "graviola")]
mod graviola;
#[cfg(feature = "nist")]
mod nist;
mod num_bigint;
#[cfg(feature = "openssl")]
mod openssl;
pub(crate) mod ours;
#[cfg(feature = "ring")]
mod ring;
#[cfg(feature = "rsa")]
mod rsa;
#[cfg(feature = "sha2")]
mod sha2;
#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "webpki")]
mod webpki;
mod x509_cert;
#[cfg(feature = "x509-parser")]
mod x509_parser;

/// A library.
pub(crate) struct Peer {
    /// Its column.
    pub(crate) name: &'static str,
    /// The crates in Cargo.lock whose versions say which code runs.
    pub(crate) packages: &'static [&'static str],
    /// The version that the code itself tells.
    pub(crate) version: Option<fn() -> String>,
    /// What it does for a row.
    pub(crate) enter: fn(Op, &Fixtures) -> Option<Entry>,
}

/// The libraries that are asked for RSA with keys under 2048 bits. The others refuse some sizes, each in its way.
const SMALL_KEYS: [&str; 1] = ["rsa"];

impl Peer {
    /// Its entry for a row, if it does that.
    pub(crate) fn entry(&self, op: Op, fixtures: &Fixtures) -> Option<Entry> {
        let is_small = op.rsa_bits().is_some_and(|bits| bits < 2048);
        if is_small && !SMALL_KEYS.contains(&self.name) { None } else { (self.enter)(op, fixtures) }
    }
}

/// The libraries that this program was built with.
pub(crate) fn all() -> Vec<Peer> {
    vec![
        #[cfg(feature = "aws-lc-rs")]
        aws_lc::PEER,
        #[cfg(feature = "openssl")]
        openssl::PEER,
        #[cfg(feature = "boring")]
        boring::PEER,
        #[cfg(feature = "ring")]
        ring::PEER,
        #[cfg(feature = "rug")]
        gmp::PEER,
        #[cfg(feature = "graviola")]
        graviola::PEER,
        #[cfg(feature = "nist")]
        nist::PEER,
        #[cfg(feature = "dalek")]
        dalek::PEER,
        #[cfg(feature = "rsa")]
        rsa::PEER,
        #[cfg(feature = "crypto-bigint")]
        crypto_bigint::PEER,
        #[cfg(feature = "crypto-primes")]
        crypto_primes::PEER,
        #[cfg(feature = "sha2")]
        sha2::PEER,
        num_bigint::PEER,
        #[cfg(feature = "webpki")]
        webpki::READER,
        #[cfg(all(feature = "webpki", feature = "aws-lc-rs"))]
        webpki::WITH_AWS_LC,
        #[cfg(all(feature = "webpki", feature = "ring"))]
        webpki::WITH_RING,
        x509_cert::PEER,
        #[cfg(feature = "x509-parser")]
        x509_parser::PEER,
        #[cfg(all(feature = "tls", feature = "aws-lc-rs"))]
        tls::WITH_AWS_LC,
        #[cfg(all(feature = "tls", feature = "ring"))]
        tls::WITH_RING,
        #[cfg(all(feature = "tls", feature = "graviola"))]
        tls::WITH_GRAVIOLA,
    ]
}
