//! Revocation lists and what they're about: a certificate's distribution points, a list's issuing distribution point, and
//! its entries, of which the rest is right and signed.
//!
//! ```text
//! choice               1 byte: whether unknown is enough, which extensions there are, whether the list has changes only
//! distribution points  2 bytes of length, big-endian, and so many bytes: the value of the certificate's extension
//! scope                the same: the value of the list's extension
//! entries              the rest: the contents of the list of entries
//! ```
//!
//! Nothing panics, and a signed entry for the certificate refuses it, whatever the rest says.
#![no_main]

#[path = "../made.rs"]
mod made;
#[path = "../signed.rs"]
mod signed;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use made::extension;
use oneway::trust::{
    Certificate, Crl, Error, Policy, Purpose, Reason, Revocation, Revoked, Time, TrustStore, Verifier,
};

/// `id-ce-certificateIssuer`: entries from there on may be another issuer's.
const CERTIFICATE_ISSUER: &[u8] = &[0x55, 0x1d, 29];
/// `removeFromCRL`: the one entry that doesn't revoke, in a list of changes.
const REMOVED: u8 = 8;

static STORE: LazyLock<TrustStore> = LazyLock::new(|| {
    let root = made::certificate(1, "Root", "Root", &[made::authority()]);
    TrustStore::from_iter([Certificate::from_der(&root).unwrap()])
});

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, rest)) = bytes.split_first() else { return };
    let (points, rest) = part(rest);
    let (scope, entries) = part(rest);
    let mut extensions = Vec::new();
    if choice & 1 == 0 {
        extensions.push(extension(31, choice & 2 != 0, points));
    }
    // Some certificates are authorities', which lists may leave out.
    if choice & 4 != 0 {
        extensions.push(made::authority());
    }
    if extensions.is_empty() {
        return;
    }
    let leaf = made::certificate(7, "Root", "Leaf", &extensions);
    let Ok(leaf) = Certificate::from_der(&leaf) else { return };
    let mut extensions = Vec::new();
    if choice & 8 == 0 {
        extensions.push(extension(28, choice & 16 == 0, scope));
    }
    let has_changes_only = choice & 32 != 0;
    if has_changes_only {
        extensions.push(extension(27, true, &[2, 1, 1]));
    }
    let list = made::list(9, "Root", entries, &extensions);
    let Ok(list) = Crl::from_der(&list) else { return };

    let time: Time = "2030-01-01T00:00:00Z".parse().unwrap();
    let lists = [list];
    let revocation = Revocation::crls(&lists);
    let revocation = if choice & 64 == 0 { revocation } else { revocation.allow_unknown() };
    let policy = if choice & 128 == 0 { Policy::private() } else { Policy::rfc5280() };
    let verifier = Verifier::new(&STORE, Purpose::any()).at(time).policy(policy);
    if let Err(error) = verifier.verify(&leaf) {
        // Distribution points that are critical have to be read.
        assert!(matches!(error, Error::Refused { reason: Reason::Damaged { .. }, .. }), "{error:?}");
        return;
    }
    let result = verifier.revocation(revocation).verify(&leaf).map(drop);
    let is_own = !entries.windows(3).any(|part| part == CERTIFICATE_ISSUER);
    let is_revoked =
        |entry: &Revoked| entry.serial == leaf.serial() && !(has_changes_only && entry.reason == REMOVED);
    if is_own && lists[0].revoked().iter().any(is_revoked) {
        assert!(matches!(result, Err(Error::Refused { reason: Reason::Revoked { .. }, .. })), "{result:?}");
    }
});

/// A part with its length before it, and the rest.
fn part(bytes: &[u8]) -> (&[u8], &[u8]) {
    let Some((length, rest)) = bytes.split_first_chunk() else { return (&[], &[]) };
    rest.split_at(usize::from(u16::from_be_bytes(*length)).min(rest.len()))
}
