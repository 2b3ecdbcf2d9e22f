//! What each certificate of a chain, and the chain as a whole, is checked for.
//!
//! Positions count from the leaf, which is 0.

use alloc::string::ToString;
use core::net::IpAddr;

use super::certificate::Certificate;
use super::distinguished::COMMON_NAME;
use super::extensions::Known;
use super::general_name::GeneralName;
use super::name::is_presented_domain;
use super::policy::{Policy, Rule};
use super::purpose::Purpose;
use super::verify::{Facts, Work};
use super::{Reason, Result, Time, policies};
use crate::key::PublicKey;

/// No chain is longer, whatever the policy says: a search goes as deep as its chain is long.
const MAX_PATH: usize = 64;

/// Why a path doesn't hold, and which of its certificates it is.
pub(super) type Fault = (usize, Reason);

/// Checks the certificate that's wanted, by itself.
pub(super) fn check_leaf<'a>(
    leaf: &'a Certificate,
    facts: &mut Facts<'a>,
    purpose: &Purpose,
    policy: &Policy,
    time: Time,
) -> Result<(), Reason> {
    check_time(leaf, time)?;
    check_any(leaf, false, facts, policy)?;
    purpose.check_names(leaf)?;
    purpose.check_usages(leaf, facts, policy)?;
    let broken = |rule, problem| Err(Reason::Rule { rule, problem });
    let extensions = &leaf.extensions;
    if !leaf.is_authority() && policy.has(Rule::OnlyAuthoritiesConstrain) {
        if extensions.has(Known::NameConstraints) {
            return broken(Rule::OnlyAuthoritiesConstrain, "has name constraints, and isn't an authority's");
        }
        if leaf.key_usage().is_some_and(|usage| usage.key_cert_sign()) {
            return broken(
                Rule::OnlyAuthoritiesConstrain,
                "has a key for signing certificates, and isn't an authority's",
            );
        }
        if extensions.path_len().is_some() {
            return broken(Rule::OnlyAuthoritiesConstrain, "has a path length, and isn't an authority's");
        }
    }
    if purpose.is_server() {
        if policy.has(Rule::LeafIsNotAnAuthority) {
            if leaf.is_authority() {
                return broken(Rule::LeafIsNotAnAuthority, "is an authority's, not a server's");
            }
            if extensions.path_len().is_some() {
                return broken(Rule::LeafIsNotAnAuthority, "has a path length, and isn't an authority's");
            }
        }
        check_wildcards(leaf, policy)?;
        check_common_names(leaf, policy)?;
    }
    Ok(())
}

/// Checks a certificate that has issued another, by itself.
pub(super) fn check_issuer<'a>(
    issuer: &'a Certificate,
    trusted: bool,
    facts: &mut Facts<'a>,
    purpose: &Purpose,
    policy: &Policy,
    time: Time,
) -> Result<(), Reason> {
    if !trusted || policy.has(Rule::AnchorsExpire) {
        check_time(issuer, time)?;
    }
    if trusted && !policy.has(Rule::Anchors) {
        return check_anchor(issuer, facts, purpose, policy);
    }
    let broken = |rule, problem| Err(Reason::Rule { rule, problem });
    check_authority(issuer)?;
    if !issuer.extensions.is_critical(Known::BasicConstraints) && policy.has(Rule::Criticality) {
        return broken(Rule::Criticality, "has basic constraints that aren't critical");
    }
    check_any(issuer, trusted, facts, policy)?;
    if issuer.subject().is_empty() && policy.has(Rule::Names) {
        return broken(Rule::Names, "is an authority without a name");
    }
    if issuer.extensions.key_id().is_none() && policy.has(Rule::KeyIdentifiers) {
        return broken(Rule::KeyIdentifiers, "is an authority without a key identifier");
    }
    if trusted && issuer.is_self_issued() {
        check_root(issuer, purpose, policy)?;
    }
    purpose.check_extended_usage(issuer, true)?;
    if !issuer.extensions.is_critical(Known::NameConstraints)
        && issuer.extensions.has(Known::NameConstraints)
        && policy.has(Rule::StrictNameConstraints)
    {
        return broken(Rule::StrictNameConstraints, "has name constraints that aren't critical");
    }
    facts.constraints(issuer, policy).map(drop)
}

/// Checks a trusted certificate for what it says of itself. What it doesn't say is no limit: many roots are older than
/// these extensions.
fn check_anchor<'a>(
    anchor: &'a Certificate,
    facts: &mut Facts<'a>,
    purpose: &Purpose,
    policy: &Policy,
) -> Result<(), Reason> {
    check_readable(anchor)?;
    if anchor.extensions.has(Known::BasicConstraints) {
        check_authority(anchor)?;
    }
    check_certificate_signing(anchor)?;
    purpose.check_extended_usage(anchor, true)?;
    facts.constraints(anchor, policy).map(drop)
}

/// Checks that a certificate is an authority's, whose key signs certificates.
pub(super) fn check_authority(certificate: &Certificate) -> Result<(), Reason> {
    let damaged = |problem| Reason::Damaged { extension: Known::BasicConstraints.name(), problem };
    match certificate.extensions.basic().map_err(damaged)? {
        None if certificate.version == 1 => {
            return Err(Reason::NotAnAuthority("it's of version 1, which can't say so"));
        }
        None => return Err(Reason::NotAnAuthority("it doesn't say so")),
        Some(constraints) if !constraints.value.ca => {
            return Err(Reason::NotAnAuthority("it says that it isn't"));
        }
        Some(_) => {}
    }
    check_certificate_signing(certificate)
}

fn check_certificate_signing(certificate: &Certificate) -> Result<(), Reason> {
    if certificate.key_usage().is_some_and(|usage| !usage.key_cert_sign()) {
        return Err(Reason::KeyUsage { wanted: "signing certificates" });
    }
    Ok(())
}

/// Checks that no extension is there that the verdict depends on and that can't be read.
fn check_readable(certificate: &Certificate) -> Result<(), Reason> {
    match certificate.extensions.damaged_for_verdict() {
        Some((known, problem)) => Err(Reason::Damaged { extension: known.name(), problem }),
        None => Ok(()),
    }
}

/// What the Web asks of a root beyond what it asks of an authority.
fn check_root(root: &Certificate, purpose: &Purpose, policy: &Policy) -> Result<(), Reason> {
    let broken = |rule, problem| Err(Reason::Rule { rule, problem });
    if purpose.is_server() && policy.has(Rule::ExplicitUsage) && root.extended_key_usage().is_some() {
        return broken(Rule::ExplicitUsage, "is a root that says what it's for");
    }
    let names_issuer = root.extensions.has(Known::AuthorityKeyId);
    let differs = root.extensions.issuer_key_id() != root.extensions.key_id();
    if names_issuer && differs && policy.has(Rule::PlainKeyIdentifiers) {
        return broken(Rule::PlainKeyIdentifiers, "is a root that doesn't name its own key identifier");
    }
    Ok(())
}

/// Checks what every certificate is checked for.
fn check_any<'a>(
    certificate: &'a Certificate,
    trusted: bool,
    facts: &mut Facts<'a>,
    policy: &Policy,
) -> Result<(), Reason> {
    let broken = |rule, problem| Err(Reason::Rule { rule, problem });
    let extensions = &certificate.extensions;
    if let Some(oid) = extensions.unknown_critical() {
        return Err(Reason::CriticalExtension { oid: super::oid::name_of(oid) });
    }
    check_readable(certificate)?;
    if policy.has(Rule::ReadableExtensions) && extensions.damaged().is_some() {
        return broken(Rule::ReadableExtensions, "has an extension that can't be read");
    }
    if !certificate.algorithms_agree {
        return Err(Reason::AlgorithmMismatch);
    }
    if !trusted && policy.has(Rule::SerialNumbers) {
        match certificate.serial() {
            [first, ..] if first & 0x80 != 0 => {
                return broken(Rule::SerialNumbers, "has a negative serial number");
            }
            [0] => return broken(Rule::SerialNumbers, "has the serial number zero"),
            serial if serial.len() > 20 => {
                return broken(Rule::SerialNumbers, "has a serial number of more than 20 bytes");
            }
            _ => {}
        }
    }
    if certificate.issuer().is_empty() && policy.has(Rule::Names) {
        return broken(Rule::Names, "has no issuer");
    }
    check_criticality(certificate, policy)?;
    check_lists(certificate)?;
    policies::check_list(certificate)?;
    check_key(facts.key(certificate)?, policy)?;
    if policy.has(Rule::KeyIdentifiers) && extensions.issuer_key_id().is_none() {
        // What its own key signed need not.
        let is_exempt = if trusted { certificate.is_self_issued() } else { certificate.is_self_signed() };
        if !is_exempt {
            return broken(Rule::KeyIdentifiers, "doesn't name the key identifier of its issuer");
        }
    }
    let says_more = extensions.issuer_key().is_ok_and(|id| id.is_some_and(|id| id.value.says_more));
    if says_more && policy.has(Rule::PlainKeyIdentifiers) {
        return broken(Rule::PlainKeyIdentifiers, "names its issuer by more than a key identifier");
    }
    Ok(())
}

fn check_criticality(certificate: &Certificate, policy: &Policy) -> Result<(), Reason> {
    if !policy.has(Rule::Criticality) {
        return Ok(());
    }
    let extensions = &certificate.extensions;
    let broken = |problem| Err(Reason::Rule { rule: Rule::Criticality, problem });
    let is_mild = |known| extensions.has(known) && !extensions.is_critical(known);
    if is_mild(Known::PolicyConstraints) {
        return broken("has policy constraints that aren't critical");
    }
    if is_mild(Known::InhibitAnyPolicy) {
        return broken("inhibits anyPolicy by an extension that isn't critical");
    }
    if certificate.subject().is_empty() && is_mild(Known::AlternativeNames) {
        return broken("has no subject, and alternative names that aren't critical");
    }
    Ok(())
}

/// Lists that have to have a member (RFC 5280, appendix A: SIZE (1..MAX)).
fn check_lists(certificate: &Certificate) -> Result<(), Reason> {
    let extensions = &certificate.extensions;
    if matches!(extensions.extended_key_usage(), Ok(Some(usage)) if usage.value.is_empty()) {
        return Err(Reason::Empty(Known::ExtendedKeyUsage.name()));
    }
    if matches!(extensions.alternative_names(), Ok(Some(names)) if names.value.is_empty()) {
        return Err(Reason::Empty(Known::AlternativeNames.name()));
    }
    if matches!(extensions.key_usage(), Ok(Some(usage)) if usage.value.is_empty()) {
        return Err(Reason::Empty(Known::KeyUsage.name()));
    }
    Ok(())
}

pub(super) fn check_key(key: &PublicKey, policy: &Policy) -> Result<(), Reason> {
    match key {
        PublicKey::Rsa(key) if policy.has(Rule::RsaSizes) && key.modulus_bits() % 8 != 0 => {
            Err(Reason::Rule {
                rule: Rule::RsaSizes,
                problem: "has an RSA key whose size isn't a multiple of 8 bits",
            })
        }
        _ => Ok(()),
    }
}

/// A common name is a copy of an alternative name, as that's written, or the domain that a wildcard is right below.
fn check_common_names(leaf: &Certificate, policy: &Policy) -> Result<(), Reason> {
    const OTHER: &str = "has a common name that isn't among its alternative names";
    let rule = Rule::CommonNameIsAnAlternativeName;
    if !policy.has(rule) {
        return Ok(());
    }
    let broken = |problem| Err(Reason::Rule { rule, problem });
    if !leaf.subject().is_empty() && leaf.extensions.is_critical(Known::AlternativeNames) {
        return broken("has a subject, and alternative names that are critical");
    }
    let mut all = leaf.subject().values(COMMON_NAME);
    let Some(common) = all.next() else { return Ok(()) };
    if all.next().is_some() {
        return broken("has several common names");
    }
    let Some(common) = common else { return broken(OTHER) };
    let address = common.parse().ok().filter(|address: &IpAddr| address.to_string() == common);
    let is_copy = |name: GeneralName<'_>| match name {
        GeneralName::Dns(name) => name == common || name.strip_prefix("*.") == Some(&common),
        GeneralName::Ip(bytes) => address.is_some() && super::name::ip(bytes) == address,
        _ => false,
    };
    if leaf.alternative_names().any(is_copy) { Ok(()) } else { broken(OTHER) }
}

/// No wildcard stands for names that strangers may register.
fn check_wildcards(leaf: &Certificate, policy: &Policy) -> Result<(), Reason> {
    let Some(is_public_suffix) = policy.is_public_suffix else { return Ok(()) };
    for name in leaf.alternative_names() {
        let GeneralName::Dns(name) = name else { continue };
        let Some(parent) = name.strip_prefix("*.") else { continue };
        if is_presented_domain(name) && is_public_suffix(&parent.to_ascii_lowercase()) {
            return Err(Reason::PublicSuffix { name: name.to_string() });
        }
    }
    Ok(())
}

pub(super) fn check_time(certificate: &Certificate, at: Time) -> Result<(), Reason> {
    let (until, since) = (certificate.not_before(), certificate.not_after());
    if at < until {
        Err(Reason::NotYetValid { until, at })
    } else if at > since {
        Err(Reason::Expired { since, at })
    } else {
        Ok(())
    }
}

/// Checks whether a path may have one more certificate above it: what the candidate allows, and what the policy
/// does.
pub(super) fn check_length(
    path: &[&Certificate],
    candidate: &Certificate,
    trusted: bool,
    policy: &Policy,
) -> Result<(), Fault> {
    let position = path.len();
    let found = path[1..].iter().filter(|below| !below.is_self_issued()).count();
    let counted = found + usize::from(!trusted && !candidate.is_self_issued());
    // Those that are issued by themselves aren't counted, but there's an end to them too.
    let max = policy.max_intermediates.min(MAX_PATH - 2);
    if counted > max || position >= MAX_PATH {
        return Err((0, Reason::ChainTooLong { max }));
    }
    match candidate.extensions.path_len() {
        Some(max) if found > max as usize => {
            Err((position, Reason::PathTooLong { max: max as usize, found }))
        }
        _ => Ok(()),
    }
}

/// Checks a path that has got to a trusted certificate for what concerns more than one of its certificates, and
/// isn't checked on the way: key identifiers, names, certificate policies.
pub(super) fn check<'a>(
    path: &[&'a Certificate],
    policy: &Policy,
    facts: &mut Facts<'a>,
    work: &mut Work,
) -> Result<(), Fault> {
    for (position, pair) in path.windows(2).enumerate() {
        let (below, above) = (&pair[0].extensions, &pair[1].extensions);
        let differ = matches!((below.issuer_key_id(), above.key_id()), (Some(a), Some(b)) if a != b);
        if differ && policy.has(Rule::KeyIdentifiers) {
            let problem = "names another key identifier than its issuer has";
            return Err((position, Reason::Rule { rule: Rule::KeyIdentifiers, problem }));
        }
    }
    for (above, authority) in path.iter().enumerate().skip(1) {
        let constraints = facts.constraints(authority, policy).map_err(|reason| (above, reason))?;
        let Some(constraints) = constraints else { continue };
        for (position, certificate) in path[..above].iter().enumerate() {
            // Who issued a certificate to itself has its constraints already.
            if position > 0 && certificate.is_self_issued() {
                continue;
            }
            let names = facts.names(certificate);
            constraints.check(&names, authority, work).map_err(|reason| (position, reason))?;
        }
    }
    policies::check(path, policy, work)
}
