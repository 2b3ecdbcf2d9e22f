//! rustls with the libraries that it has a provider of. The column is the library's, with rustls before its name.

use oneway::hazmat::engine::Engine;

use super::ours;
use crate::race::Entry;
use crate::rows::{End, Family, Fixtures, Tls};
use crate::tls::{Verifier, entry};

#[cfg(feature = "aws-lc-rs")]
pub(super) const WITH_AWS_LC: super::Peer = super::Peer {
    name: "rustls, AWS-LC",
    packages: &["rustls", "aws-lc-rs"],
    version: None,
    enter: |op, fixtures| {
        enter(op, fixtures, "RSA blinded and checked with e; ECDSA's nonces drawn", &|| {
            rustls::crypto::aws_lc_rs::default_provider()
        })
    },
};

#[cfg(feature = "ring")]
pub(super) const WITH_RING: super::Peer = super::Peer {
    name: "rustls, ring",
    packages: &["rustls", "ring"],
    version: None,
    enter: |op, fixtures| {
        enter(op, fixtures, "RSA not blinded, checked with e; ECDSA's nonces drawn", &|| {
            rustls::crypto::ring::default_provider()
        })
    },
};

#[cfg(feature = "graviola")]
pub(super) const WITH_GRAVIOLA: super::Peer = super::Peer {
    name: "rustls, graviola",
    packages: &["rustls", "rustls-graviola", "graviola"],
    version: None,
    enter: |op, fixtures| {
        enter(
            op,
            fixtures,
            "RSA not blinded, checked with e; ECDSA's nonces derived, with randomness",
            &|| rustls_graviola::default_provider(),
        )
    },
};

/// The notes are of signatures: data has none.
fn work(row: Tls, signing: &str) -> String {
    match row {
        Tls::Handshake(..) => signing.to_owned(),
        Tls::Resumption(..) | Tls::Transfer(..) => String::new(),
    }
}

fn family(row: Tls) -> Family {
    match row {
        Tls::Handshake(_, family, ..) => family,
        Tls::Resumption(..) | Tls::Transfer(..) => Family::P256,
    }
}

#[cfg(any(feature = "aws-lc-rs", feature = "graviola", feature = "ring"))]
fn enter(
    op: crate::rows::Op,
    fixtures: &Fixtures,
    signing: &str,
    provider: &dyn Fn() -> rustls::crypto::CryptoProvider,
) -> Option<Entry> {
    let crate::rows::Op::Tls(row) = op else { return None };
    entry(row, work(row, signing), provider, Verifier::Webpki, &fixtures.world(family(row)))
}

/// oneway's columns: by webpki's verifier as everyone, and where one verifies certificates, by its own as well. The
/// provider takes the best engine.
pub(super) fn ours(row: Tls, fixtures: &Fixtures) -> Vec<(String, Entry)> {
    let engine = Engine::available().next().expect("one at least");
    let signing =
        format!("engine {engine}; RSA blinded and checked with e; ECDSA's nonces derived (RFC 6979)");
    let world = fixtures.world(family(row));
    let column = |name: String, verifier| {
        let entry = entry(row, work(row, &signing), &rustls_oneway::provider, verifier, &world);
        (name, entry.expect("all rows are for it"))
    };
    let mut columns = vec![column(ours::NAME.into(), Verifier::Webpki)];
    if matches!(row, Tls::Handshake(.., End::Client) | Tls::Handshake(_, _, true, _)) {
        columns.push(column(format!("{}, its verifier", ours::NAME), Verifier::Oneway));
    }
    columns
}
