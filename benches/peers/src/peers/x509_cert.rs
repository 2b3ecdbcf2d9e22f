//! RustCrypto's x509-cert, on which oneway's `trust` stands: it reads certificates, and doesn't verify them.

use oneway::trust::x509_cert::Certificate;
use oneway::trust::x509_cert::der::Decode;

use super::Peer;
use crate::race::Entry;
use crate::rows::{Fixtures, Op};

pub(super) const PEER: Peer =
    Peer { name: "x509-cert", packages: &["x509-cert", "der"], version: None, enter };

fn enter(op: Op, _: &Fixtures) -> Option<Entry> {
    let Op::ReadCertificate(family) = op else { return None };
    let fixture = Fixtures::certificates(family);
    Some(Entry::with_output(
        "copied; extensions not read",
        move || Certificate::from_der(&fixture.leaf).expect("a certificate"),
        |certificate| certificate.tbs_certificate().serial_number().as_bytes().to_vec(),
    ))
}
