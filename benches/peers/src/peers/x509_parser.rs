//! x509-parser: it reads certificates.

use x509_parser::parse_x509_certificate;

use super::Peer;
use crate::race::Entry;
use crate::rows::{Fixtures, Op};

pub(super) const PEER: Peer = Peer { name: "x509-parser", packages: &["x509-parser"], version: None, enter };

fn enter(op: Op, _: &Fixtures) -> Option<Entry> {
    let Op::ReadCertificate(family) = op else { return None };
    let fixture = Fixtures::certificates(family);
    Some(Entry::new("borrowed; names and extensions read", move || {
        let (_, certificate) = parse_x509_certificate(&fixture.leaf).expect("a certificate");
        certificate.raw_serial().to_vec()
    }))
}
