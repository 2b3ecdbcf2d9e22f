//! What each certificate of a chain, and the chain as a whole, is checked for.
//!
//! Positions count from the leaf, which is 0.

use super::certificate::{Certificate, refused};
use super::constraints::{self, Names};
use super::name::is_presented_domain;
use super::policy::{Policy, Rule};
use super::purpose::Purpose;
use super::verify::{Keys, Work};
use super::{Reason, Result, Time, policies};
use crate::key::PublicKey;

use alloc::string::ToString;
use core::net::IpAddr;

use x509_cert::ext::pkix::name::GeneralName;

/// No chain is longer, whatever the policy says: a search goes as deep as its chain is long.
const MAX_PATH: usize = 64;

/// Checks the certificate that's wanted, by itself.
pub(super) fn check_leaf(
    leaf: &Certificate,
    keys: &mut Keys,
    purpose: &Purpose,
    policy: &Policy,
    time: Time,
) -> Result<(), Reason> {
    check_time(leaf, time)?;
    check_any(leaf, false, keys, policy)?;
    purpose.check_names(leaf)?;
    purpose.check_usages(leaf, keys, policy)?;
    let broken = |rule, problem| Err(Reason::Rule { rule, problem });
    let extensions = &leaf.extensions;
    if !leaf.is_authority() && policy.has(Rule::OnlyAuthoritiesConstrain) {
        if extensions.name_constraints.is_some() {
            return broken(Rule::OnlyAuthoritiesConstrain, "has name constraints, and isn't an authority's");
        }
        if leaf.key_usage().is_some_and(|usage| usage.key_cert_sign()) {
            return broken(
                Rule::OnlyAuthoritiesConstrain,
                "has a key for signing certificates, and isn't an authority's",
            );
        }
    }
    if purpose.is_server() {
        let constraints = extensions.basic_constraints.as_ref().map(|constraints| &constraints.value);
        if policy.has(Rule::LeafIsNotAnAuthority) {
            if leaf.is_authority() {
                return broken(Rule::LeafIsNotAnAuthority, "is an authority's, not a server's");
            }
            if constraints.is_some_and(|constraints| constraints.path_len_constraint.is_some()) {
                return broken(Rule::LeafIsNotAnAuthority, "has a path length, and isn't an authority's");
            }
        }
        check_wildcards(leaf, policy)?;
        check_common_names(leaf, policy)?;
    }
    Ok(())
}

/// Checks a certificate that has issued another, by itself.
pub(super) fn check_issuer(
    issuer: &Certificate,
    trusted: bool,
    keys: &mut Keys,
    purpose: &Purpose,
    policy: &Policy,
    time: Time,
) -> Result<(), Reason> {
    if !trusted || policy.has(Rule::AnchorsExpire) {
        check_time(issuer, time)?;
    }
    if trusted && !policy.has(Rule::Anchors) {
        return constraints::check_applicable(issuer, policy);
    }
    let broken = |rule, problem| Err(Reason::Rule { rule, problem });
    check_authority(issuer)?;
    let critical =
        issuer.extensions.basic_constraints.as_ref().is_some_and(|constraints| constraints.critical);
    if !critical && policy.has(Rule::Criticality) {
        return broken(Rule::Criticality, "has basic constraints that aren't critical");
    }
    check_any(issuer, trusted, keys, policy)?;
    if issuer.subject().is_empty() && policy.has(Rule::Names) {
        return broken(Rule::Names, "is an authority without a name");
    }
    if issuer.extensions.subject_key_id.is_none() && policy.has(Rule::KeyIdentifiers) {
        return broken(Rule::KeyIdentifiers, "is an authority without a key identifier");
    }
    if trusted && issuer.is_self_issued() {
        check_root(issuer, purpose, policy)?;
    }
    purpose.check_extended_usage(issuer, true)?;
    constraints::check_form(issuer, policy)
}

/// Checks that a certificate is an authority's, whose key signs certificates.
pub(super) fn check_authority(certificate: &Certificate) -> Result<(), Reason> {
    match &certificate.extensions.basic_constraints {
        None if certificate.version == 1 => {
            return Err(Reason::NotAnAuthority("it's of version 1, which can't say so"));
        }
        None => return Err(Reason::NotAnAuthority("it doesn't say so")),
        Some(constraints) if !constraints.value.ca => {
            return Err(Reason::NotAnAuthority("it says that it isn't"));
        }
        Some(_) => {}
    }
    if certificate.key_usage().is_some_and(|usage| !usage.key_cert_sign()) {
        return Err(Reason::KeyUsage { wanted: "signing certificates" });
    }
    Ok(())
}

/// What the Web asks of a root beyond what it asks of an authority.
fn check_root(root: &Certificate, purpose: &Purpose, policy: &Policy) -> Result<(), Reason> {
    let broken = |rule, problem| Err(Reason::Rule { rule, problem });
    if purpose.is_server() && policy.has(Rule::ExplicitUsage) && root.extended_key_usage().is_some() {
        return broken(Rule::ExplicitUsage, "is a root that says what it's for");
    }
    let names_issuer = root.extensions.authority_key_id.is_some();
    let differs = root.extensions.issuer_key_id() != root.extensions.key_id();
    if names_issuer && differs && policy.has(Rule::PlainKeyIdentifiers) {
        return broken(Rule::PlainKeyIdentifiers, "is a root that doesn't name its own key identifier");
    }
    Ok(())
}

/// Checks what every certificate is checked for.
fn check_any(
    certificate: &Certificate,
    trusted: bool,
    keys: &mut Keys,
    policy: &Policy,
) -> Result<(), Reason> {
    let broken = |rule, problem| Err(Reason::Rule { rule, problem });
    let extensions = &certificate.extensions;
    if let Some(oid) = extensions.unknown_critical() {
        return Err(Reason::CriticalExtension { oid: super::algorithm::name_of(oid) });
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
    check_key(keys.of(certificate)?, policy)?;
    if policy.has(Rule::KeyIdentifiers) && extensions.issuer_key_id().is_none() {
        // What its own key signed need not.
        let is_exempt = if trusted { certificate.is_self_issued() } else { certificate.is_self_signed() };
        if !is_exempt {
            return broken(Rule::KeyIdentifiers, "doesn't name the key identifier of its issuer");
        }
    }
    let id = extensions.authority_key_id.as_ref().map(|id| &id.value);
    let says_more =
        id.is_some_and(|id| id.authority_cert_issuer.is_some() || id.authority_cert_serial_number.is_some());
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
    if extensions.policy_constraints.as_ref().is_some_and(|c| !c.critical) {
        return broken("has policy constraints that aren't critical");
    }
    if extensions.inhibit_any_policy.as_ref().is_some_and(|c| !c.critical) {
        return broken("inhibits anyPolicy by an extension that isn't critical");
    }
    if certificate.subject().is_empty() && extensions.alternative_names.as_ref().is_some_and(|c| !c.critical)
    {
        return broken("has no subject, and alternative names that aren't critical");
    }
    Ok(())
}

/// Lists that have to have a member (RFC 5280, appendix A: SIZE (1..MAX)).
fn check_lists(certificate: &Certificate) -> Result<(), Reason> {
    let extensions = &certificate.extensions;
    if extensions.extended_key_usage.as_ref().is_some_and(|usage| usage.value.is_empty()) {
        return Err(Reason::Empty("extended key usage"));
    }
    if extensions.alternative_names.as_ref().is_some_and(|names| names.value.is_empty()) {
        return Err(Reason::Empty("subject alternative name"));
    }
    if extensions.policies.as_ref().is_some_and(|policies| policies.value.is_empty()) {
        return Err(Reason::Empty("certificate policies"));
    }
    if extensions.key_usage.as_ref().is_some_and(|usage| usage.value.0.is_empty()) {
        return Err(Reason::Empty("key usage"));
    }
    Ok(())
}

fn check_key(key: &PublicKey, policy: &Policy) -> Result<(), Reason> {
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
    let names = leaf.extensions.alternative_names.as_ref();
    if !leaf.subject().is_empty() && names.is_some_and(|names| names.critical) {
        return broken("has a subject, and alternative names that are critical");
    }
    let mut all = leaf.subject().all_common_names();
    let Some(common) = all.next() else { return Ok(()) };
    if all.next().is_some() {
        return broken("has several common names");
    }
    let Some(common) = common else { return broken(OTHER) };
    let address = common.parse().ok().filter(|address: &IpAddr| address.to_string() == common);
    let is_copy = |name: &GeneralName| match name {
        GeneralName::DnsName(name) => {
            name.as_str() == common || name.as_str().strip_prefix("*.") == Some(&common)
        }
        GeneralName::IpAddress(bytes) => address.is_some() && super::name::ip(bytes.as_bytes()) == address,
        _ => false,
    };
    if leaf.alternative_names().iter().any(is_copy) { Ok(()) } else { broken(OTHER) }
}

/// No wildcard stands for names that strangers may register.
fn check_wildcards(leaf: &Certificate, policy: &Policy) -> Result<(), Reason> {
    let Some(is_public_suffix) = policy.is_public_suffix else { return Ok(()) };
    for name in leaf.alternative_names() {
        let GeneralName::DnsName(name) = name else { continue };
        let Some(parent) = name.as_str().strip_prefix("*.") else { continue };
        if is_presented_domain(name.as_str()) && is_public_suffix(&parent.to_ascii_lowercase()) {
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
) -> Result<()> {
    let position = path.len();
    let found = path[1..].iter().filter(|below| !below.is_self_issued()).count();
    let counted = found + usize::from(!trusted && !candidate.is_self_issued());
    // Those that are issued by themselves aren't counted, but there's an end to them too.
    let max = policy.max_intermediates.min(MAX_PATH - 2);
    if counted > max || position >= MAX_PATH {
        return Err(refused(0, path[0], Reason::ChainTooLong { max }));
    }
    let constraints = candidate.extensions.basic_constraints.as_ref();
    match constraints.and_then(|constraints| constraints.value.path_len_constraint) {
        Some(max) if found > usize::from(max) => {
            Err(refused(position, candidate, Reason::PathTooLong { max: max.into(), found }))
        }
        _ => Ok(()),
    }
}

/// Checks a path that has got to a trusted certificate for what concerns more than one of its certificates, and
/// isn't checked on the way: key identifiers, names, certificate policies.
pub(super) fn check(path: &[&Certificate], policy: &Policy, work: &mut Work) -> Result<()> {
    for (position, pair) in path.windows(2).enumerate() {
        let (below, above) = (&pair[0].extensions, &pair[1].extensions);
        let differ = matches!((below.issuer_key_id(), above.key_id()), (Some(a), Some(b)) if a != b);
        if differ && policy.has(Rule::KeyIdentifiers) {
            let problem = "names another key identifier than its issuer has";
            return Err(refused(position, pair[0], Reason::Rule { rule: Rule::KeyIdentifiers, problem }));
        }
    }
    for (position, certificate) in path.iter().enumerate() {
        // Who issued a certificate to itself has its constraints already.
        if position > 0 && certificate.is_self_issued() {
            continue;
        }
        let above = &path[position + 1..];
        if above.iter().all(|authority| authority.extensions.name_constraints.is_none()) {
            continue;
        }
        let names = Names::of(certificate);
        for authority in above {
            constraints::check(&names, authority, policy, work)
                .map_err(|reason| refused(position, certificate, reason))?;
        }
    }
    policies::check(path, policy, work)
}
