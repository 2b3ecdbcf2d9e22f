//! Certificate policies: rules of business that a whole chain stands for, by their object identifiers.
//!
//! A leaf's policy is valid if every authority above it has it too, or stands for any policy, or maps one of its
//! own to it. RFC 5280, section 6.1.2 keeps a tree of how each came about, which hostile certificates make grow
//! exponentially; RFC 9618 puts a graph in its place, which has each policy once per certificate, and so is as
//! large as the certificates are.
//!
//! Sources: RFC 5280, sections 6.1.2 to 6.1.5; RFC 9618, section 5.

use alloc::vec::Vec;

use x509_cert::der::asn1::ObjectIdentifier;

use super::certificate::Certificate;
use super::policy::Policy;
use super::verify::Work;
use super::{Error, Reason, certificate::refused};

const ANY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32.0");

/// A policy that's valid for the certificates so far.
struct Node {
    policy: ObjectIdentifier,
    /// What it's called in the next certificate.
    expected: Vec<ObjectIdentifier>,
    /// Whether one of the policies that the caller accepts led here.
    accepted: bool,
}

impl Node {
    fn new(policy: ObjectIdentifier, accepted: bool) -> Self {
        Self { policy, expected: alloc::vec![policy], accepted }
    }
}

/// Checks the certificate policies of a path, leaf first. Its last certificate is the trusted one, which has no part
/// in them.
pub(super) fn check(path: &[&Certificate], policy: &Policy, work: &mut Work) -> Result<(), Error> {
    let n = path.len() - 1;
    let start = |set: bool| if set { 0 } else { n + 1 };
    let mut explicit = start(policy.requires_policies);
    let mut inhibit_mapping = start(policy.inhibits_mapping);
    let mut inhibit_any = start(policy.inhibits_any);
    let mut required_by = "the caller".into();
    let is_acceptable = |oid: &ObjectIdentifier| {
        policy.acceptable_policies.as_ref().is_none_or(|set| set.contains(oid) || set.contains(&ANY))
    };
    let mut level = alloc::vec![Node::new(ANY, is_acceptable(&ANY))];

    for position in (0..n).rev() {
        let certificate = path[position];
        let fail = |reason: Reason| refused(position, certificate, reason);
        let extensions = &certificate.extensions;
        let is_leaf = position == 0;
        let any_counts = inhibit_any > 0 || (!is_leaf && certificate.is_self_issued());
        level = match &extensions.policies {
            Some(policies) => {
                let named = policies.value.iter().map(|info| info.policy_identifier);
                next_level(&level, named, any_counts, &is_acceptable, work).map_err(fail)?
            }
            None => Vec::new(),
        };
        if explicit == 0 && level.is_empty() {
            return Err(fail(Reason::CertificatePolicies { required_by }));
        }
        if is_leaf {
            break;
        }
        if let Some(mappings) = &extensions.policy_mappings {
            let pairs =
                mappings.value.iter().map(|map| (map.issuer_domain_policy, map.subject_domain_policy));
            map(&mut level, pairs, inhibit_mapping > 0, &is_acceptable, work).map_err(fail)?;
        }
        if !certificate.is_self_issued() {
            for count in [&mut explicit, &mut inhibit_mapping, &mut inhibit_any] {
                *count = count.saturating_sub(1);
            }
        }
        if let Some(constraints) = &extensions.policy_constraints {
            if let Some(skip) = constraints.value.require_explicit_policy {
                if (skip as usize) < explicit {
                    required_by = certificate.who();
                }
                explicit = explicit.min(skip as usize);
            }
            if let Some(skip) = constraints.value.inhibit_policy_mapping {
                inhibit_mapping = inhibit_mapping.min(skip as usize);
            }
        }
        if let Some(skip) = &extensions.inhibit_any_policy {
            inhibit_any = inhibit_any.min(skip.value as usize);
        }
    }

    let leaf = path[0];
    let of_leaf = leaf.extensions.policy_constraints.as_ref();
    let required_by_leaf = n > 0 && of_leaf.is_some_and(|c| c.value.require_explicit_policy == Some(0));
    // Here the leaf counts, whoever issued it (RFC 5280, section 6.1.5 (a)).
    let explicit = explicit.saturating_sub(1);
    let accepts_any = policy.acceptable_policies.as_ref().is_none_or(|set| !set.is_empty());
    let is_covered = level.iter().any(|node| node.accepted || (node.policy == ANY && accepts_any));
    if n > 0 && (explicit == 0 || required_by_leaf) && !is_covered {
        let required_by = if required_by_leaf { leaf.who() } else { required_by };
        return Err(refused(0, leaf, Reason::CertificatePolicies { required_by }));
    }
    Ok(())
}

/// The policies that are valid for the next certificate, which names these.
fn next_level(
    level: &[Node],
    named: impl Iterator<Item = ObjectIdentifier>,
    any_counts: bool,
    is_acceptable: &impl Fn(&ObjectIdentifier) -> bool,
    work: &mut Work,
) -> Result<Vec<Node>, Reason> {
    let any_above = level.iter().find(|node| node.policy == ANY);
    let mut next: Vec<Node> = Vec::new();
    let mut any_is_named = false;
    let size: usize = level.iter().map(|node| node.expected.len()).sum();
    for oid in named {
        work.compare(1 + size + next.len())?;
        if oid == ANY {
            any_is_named = true;
            continue;
        }
        if next.iter().any(|node| node.policy == oid) {
            continue;
        }
        let mut parents =
            level.iter().filter(|node| node.policy != ANY && node.expected.contains(&oid)).peekable();
        if parents.peek().is_some() {
            let accepted = parents.any(|node| node.accepted);
            next.push(Node::new(oid, accepted));
        } else if any_above.is_some() {
            next.push(Node::new(oid, is_acceptable(&oid)));
        }
    }
    if any_is_named && any_counts {
        for node in level {
            for expected in &node.expected {
                work.compare(1 + next.len())?;
                match next.iter_mut().find(|other| other.policy == *expected) {
                    Some(other) => other.accepted |= node.accepted,
                    None => next.push(Node::new(*expected, node.accepted)),
                }
            }
        }
    }
    Ok(next)
}

/// Renames policies for the certificates below.
fn map(
    level: &mut Vec<Node>,
    pairs: impl Iterator<Item = (ObjectIdentifier, ObjectIdentifier)>,
    may_map: bool,
    is_acceptable: &impl Fn(&ObjectIdentifier) -> bool,
    work: &mut Work,
) -> Result<(), Reason> {
    let mut mapped: Vec<(ObjectIdentifier, Vec<ObjectIdentifier>)> = Vec::new();
    for (from, to) in pairs {
        work.compare(1 + mapped.len() + level.len())?;
        if from == ANY || to == ANY {
            return Err(Reason::Policies("maps anyPolicy"));
        }
        match mapped.iter_mut().find(|(other, _)| *other == from) {
            Some((_, all)) => all.push(to),
            None => mapped.push((from, alloc::vec![to])),
        }
    }
    let any = level.iter().any(|node| node.policy == ANY);
    for (from, to) in mapped {
        work.compare(1 + level.len())?;
        if !may_map {
            level.retain(|node| node.policy != from);
        } else if let Some(node) = level.iter_mut().find(|node| node.policy == from) {
            node.expected = to;
        } else if any {
            level.push(Node { policy: from, expected: to, accepted: is_acceptable(&from) });
        }
    }
    Ok(())
}
