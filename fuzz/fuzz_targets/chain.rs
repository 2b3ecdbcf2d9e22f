//! The verifier, on certificates and revocation lists that are all signed: each input has the parts that are to be signed
//! (`TBSCertificate`, `TBSCertList`), and one key signs them all, so that changed ones get past the signatures.
//!
//! ```text
//! purpose and policy   1 byte
//! parts                each 2 bytes of length, big-endian, and so many bytes: first the leaf, last the root
//! ```
//!
//! Nothing panics, and what's trusted is a chain from the leaf to the root in which each one has issued the one before.
#![no_main]

#[path = "../signed.rs"]
mod signed;

use libfuzzer_sys::fuzz_target;
use oneway::trust::{Certificate, Crl, Policy, Purpose, Revocation, Rule, Time, TrustStore, Verifier};

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, mut rest)) = bytes.split_first() else { return };
    let (mut certificates, mut crls) = (Vec::new(), Vec::new());
    while let Some((length, more)) = rest.split_first_chunk() {
        let (part, more) = more.split_at(usize::from(u16::from_be_bytes(*length)).min(more.len()));
        rest = more;
        let signed = signed::sign(part);
        certificates.extend(Certificate::from_der(&signed));
        crls.extend(Crl::from_der(&signed));
    }
    let [leaf, pool @ .., root] = certificates.as_slice() else { return };
    let store = TrustStore::from_iter([root.clone()]);
    let purpose = match choice & 3 {
        0 => Purpose::server("www.example.com").unwrap(),
        1 => Purpose::client(),
        2 => Purpose::mail("alice@example.com").unwrap(),
        _ => Purpose::any(),
    };
    let mut policy = if choice & 4 == 0 { Policy::web() } else { Policy::rfc5280() };
    if choice & 8 != 0 {
        policy = Rule::all().fold(policy, Policy::without);
    }
    let time: Time = "2030-01-01T00:00:00Z".parse().unwrap();
    let mut verifier = Verifier::new(&store, purpose).at(time).intermediates(pool).policy(policy);
    if choice & 16 != 0 {
        verifier = verifier.revocation(Revocation::crls(&crls));
    }
    match verifier.verify(leaf) {
        Ok(chain) => {
            assert!(chain.leaf() == leaf && chain.root() == root);
            for pair in chain.path().windows(2) {
                assert!(pair[0].issuer() == pair[1].subject() && pair[0].check_signed_by(pair[1]).is_ok());
            }
        }
        Err(error) => assert!(!error.to_string().contains(char::is_control), "{error:?}"),
    }
});
