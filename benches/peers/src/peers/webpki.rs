//! rustls-webpki: reads certificates and verifies chains, with other libraries' signatures.

use rustls_pki_types::CertificateDer;
use webpki::EndEntityCert;

use super::Peer;
use crate::race::Entry;
use crate::rows::{Fixtures, Op};

/// What needs no signatures.
pub(super) const READER: Peer =
    Peer { name: "webpki", packages: &["rustls-webpki"], version: None, enter: read };

fn read(op: Op, _: &Fixtures) -> Option<Entry> {
    let Op::ReadCertificate(family) = op else { return None };
    let der = CertificateDer::from(Fixtures::certificates(family).leaf.clone());
    Some(Entry::new("borrowed; extensions found, and read when they're needed", move || {
        EndEntityCert::try_from(&der).expect("a certificate").serial().to_vec()
    }))
}

#[cfg(feature = "aws-lc-rs")]
pub(super) const WITH_AWS_LC: Peer = Peer {
    name: "webpki, AWS-LC",
    packages: &["rustls-webpki", "aws-lc-rs"],
    version: None,
    enter: |op, fixtures| {
        use webpki::aws_lc_rs::{ECDSA_P256_SHA256, ED25519, RSA_PKCS1_2048_8192_SHA256};
        verifying::enter(op, fixtures, [RSA_PKCS1_2048_8192_SHA256, ECDSA_P256_SHA256, ED25519])
    },
};

#[cfg(feature = "ring")]
pub(super) const WITH_RING: Peer = Peer {
    name: "webpki, ring",
    packages: &["rustls-webpki", "ring"],
    version: None,
    enter: |op, fixtures| {
        use webpki::ring::{ECDSA_P256_SHA256, ED25519, RSA_PKCS1_2048_8192_SHA256};
        verifying::enter(op, fixtures, [RSA_PKCS1_2048_8192_SHA256, ECDSA_P256_SHA256, ED25519])
    },
};

#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
mod verifying {
    use std::time::Duration;

    use rustls_pki_types::{
        CertificateDer, ServerName, SignatureVerificationAlgorithm, TrustAnchor, UnixTime,
    };
    use webpki::{EndEntityCert, Error, KeyUsage};

    use crate::race::Entry;
    use crate::rows::{Fixtures, Op, TIME};

    type Algorithms = [&'static dyn SignatureVerificationAlgorithm; 3];

    pub(super) fn enter(op: Op, fixtures: &Fixtures, algorithms: Algorithms) -> Option<Entry> {
        let Op::Chain(family, length) = op else { return None };
        let fixture = fixtures.chain(family, length);
        let root = CertificateDer::from(fixture.root.clone());
        let anchor = webpki::anchor_from_trusted_cert(&root).expect("a certificate").to_owned();
        let work = "all but the root read; RFC 5280, the root as a name and a key";
        Some(fixture.verification(work, move |leaf, intermediates, name| {
            verify_chain(&algorithms, &anchor, leaf, intermediates, name).is_ok()
        }))
    }

    fn verify_chain(
        algorithms: &Algorithms,
        anchor: &TrustAnchor<'static>,
        leaf: &[u8],
        intermediates: &[Vec<u8>],
        name: &str,
    ) -> Result<(), Error> {
        let leaf = CertificateDer::from(leaf);
        let leaf = EndEntityCert::try_from(&leaf)?;
        let time = UnixTime::since_unix_epoch(Duration::from_secs(TIME));
        let pool: Vec<CertificateDer<'_>> = intermediates.iter().map(|der| der.as_slice().into()).collect();
        leaf.verify_for_usage(
            algorithms,
            std::slice::from_ref(anchor),
            &pool,
            time,
            KeyUsage::server_auth(),
            None,
            None,
        )?;
        leaf.verify_is_valid_for_subject_name(&ServerName::try_from(name).expect("a name"))
    }
}
