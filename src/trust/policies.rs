//! Certificate policies: rules of business that a whole chain stands for, by their object identifiers.
//!
//! A leaf's policy is valid if every authority above it has it too, or stands for any policy, or maps one of its
//! own to it. RFC 5280, section 6.1.2 keeps a tree of how each came about, which hostile certificates make grow
//! exponentially; RFC 9618 puts a graph in its place, which has each policy once per certificate, and so is as
//! large as the certificates are.
//!
//! Sources: RFC 5280, sections 6.1.2 to 6.1.5; RFC 9618, section 5.

use alloc::vec::Vec;

use super::Reason;
use super::certificate::Certificate;
use super::path::Fault;
use super::policy::Policy;
use super::verify::Work;

/// `anyPolicy`, 2.5.29.32.0.
const ANY: &[u8] = &[0x55, 0x1d, 32, 0];

/// A policy that's valid for the certificates so far, by the contents of its OBJECT IDENTIFIER.
struct Node<'a> {
    policy: &'a [u8],
    /// What it's called in the next certificate.
    expected: Vec<&'a [u8]>,
    /// Whether one of the policies that the caller accepts led here.
    accepted: bool,
}

impl<'a> Node<'a> {
    fn new(policy: &'a [u8], accepted: bool) -> Self {
        Self { policy, expected: alloc::vec![policy], accepted }
    }
}

/// Checks a certificate's list of policies by itself: none comes twice, and a critical one has no qualifier that isn't
/// understood (RFC 5280, section 4.2.1.4).
pub(super) fn check_list(certificate: &Certificate) -> Result<(), Reason> {
    let damaged = |problem| Reason::Damaged { extension: "certificate policies", problem };
    let Some(read) = certificate.extensions.policies().map_err(damaged)? else { return Ok(()) };
    let mut named = Vec::new();
    for info in read.value {
        let info = info.map_err(damaged)?;
        if read.critical && info.unknown_qualifier {
            return Err(Reason::Policies("has a critical policy with a qualifier that isn't known here"));
        }
        named.push(info.oid);
    }
    if named.is_empty() {
        return Err(Reason::Empty("certificate policies"));
    }
    named.sort_unstable();
    if named.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Reason::Policies("has the same policy twice"));
    }
    Ok(())
}

/// What's left to skip until a demand counts: a number of certificates.
struct Counters<'a> {
    explicit: usize,
    inhibit_mapping: usize,
    inhibit_any: usize,
    /// Who demands a policy; None for the caller.
    required_by: Option<&'a Certificate>,
}

impl<'a> Counters<'a> {
    /// What a certificate demands of those below it (RFC 5280, section 6.1.4 (i) and (j)).
    fn lower(&mut self, certificate: &'a Certificate) {
        let extensions = &certificate.extensions;
        if let Ok(Some(constraints)) = extensions.policy_constraints() {
            if let Some(skip) = constraints.value.explicit {
                if (skip as usize) < self.explicit {
                    self.required_by = Some(certificate);
                }
                self.explicit = self.explicit.min(skip as usize);
            }
            if let Some(skip) = constraints.value.inhibit_mapping {
                self.inhibit_mapping = self.inhibit_mapping.min(skip as usize);
            }
        }
        if let Ok(Some(skip)) = extensions.inhibit_any() {
            self.inhibit_any = self.inhibit_any.min(skip.value as usize);
        }
    }
}

/// Checks the certificate policies of a path, leaf first. Its last certificate is the trusted one: what it demands of
/// those below it counts (RFC 5937), and the policies that it has itself don't.
pub(super) fn check(path: &[&Certificate], policy: &Policy, work: &mut Work) -> Result<(), Fault> {
    let n = path.len() - 1;
    let start = |set: bool| if set { 0 } else { n + 1 };
    let mut counters = Counters {
        explicit: start(policy.requires_policies),
        inhibit_mapping: start(policy.inhibits_mapping),
        inhibit_any: start(policy.inhibits_any),
        required_by: None,
    };
    if n > 0 {
        counters.lower(path[n]);
    }
    let is_acceptable = |oid: &[u8]| {
        let set = policy.acceptable_policies.as_ref();
        set.is_none_or(|set| set.iter().any(|own| own.as_bytes() == oid || own.as_bytes() == ANY))
    };
    let mut level = alloc::vec![Node::new(ANY, is_acceptable(ANY))];

    for position in (0..n).rev() {
        let certificate = path[position];
        let fail = |reason: Reason| (position, reason);
        let damaged = |problem| fail(Reason::Damaged { extension: "policy mappings", problem });
        let extensions = &certificate.extensions;
        let is_leaf = position == 0;
        let any_counts = counters.inhibit_any > 0 || (!is_leaf && certificate.is_self_issued());
        level = match extensions.policies() {
            Ok(Some(policies)) => {
                let named = policies.value.filter_map(|info| Some(info.ok()?.oid));
                next_level(&level, named, any_counts, &is_acceptable, work).map_err(fail)?
            }
            _ => Vec::new(),
        };
        if counters.explicit == 0 && level.is_empty() {
            return Err(fail(no_policy(counters.required_by)));
        }
        if is_leaf {
            break;
        }
        let pairs = extensions.mappings().and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let pairs = pairs.map_err(damaged)?;
        if !pairs.is_empty() {
            let may_map = counters.inhibit_mapping > 0;
            map(&mut level, pairs.into_iter(), may_map, &is_acceptable, work).map_err(fail)?;
        }
        if !certificate.is_self_issued() {
            for count in [&mut counters.explicit, &mut counters.inhibit_mapping, &mut counters.inhibit_any] {
                *count = count.saturating_sub(1);
            }
        }
        counters.lower(certificate);
    }

    let leaf = path[0];
    let of_leaf = leaf.extensions.policy_constraints().ok().flatten();
    let required_by_leaf = n > 0 && of_leaf.is_some_and(|c| c.value.explicit == Some(0));
    // Here the leaf counts, whoever issued it (RFC 5280, section 6.1.5 (a)).
    let explicit = counters.explicit.saturating_sub(1);
    let accepts_any = policy.acceptable_policies.as_ref().is_none_or(|set| !set.is_empty());
    let is_covered = level.iter().any(|node| node.accepted || (node.policy == ANY && accepts_any));
    if n > 0 && (explicit == 0 || required_by_leaf) && !is_covered {
        let required_by = if required_by_leaf { Some(leaf) } else { counters.required_by };
        return Err((0, no_policy(required_by)));
    }
    Ok(())
}

/// Somebody demands a certificate policy, and there's none.
fn no_policy(required_by: Option<&Certificate>) -> Reason {
    Reason::CertificatePolicies {
        required_by: required_by.map_or_else(|| "the caller".into(), Certificate::who),
    }
}

/// The policies that are valid for the next certificate, which names these.
fn next_level<'a>(
    level: &[Node<'a>],
    named: impl Iterator<Item = &'a [u8]>,
    any_counts: bool,
    is_acceptable: &impl Fn(&[u8]) -> bool,
    work: &mut Work,
) -> Result<Vec<Node<'a>>, Reason> {
    let any_above = level.iter().find(|node| node.policy == ANY);
    let mut next: Vec<Node<'a>> = Vec::new();
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
            next.push(Node::new(oid, is_acceptable(oid)));
        }
    }
    if any_is_named && any_counts {
        for node in level {
            for expected in &node.expected {
                work.compare(1 + next.len())?;
                match next.iter_mut().find(|other| other.policy == *expected) {
                    Some(other) => other.accepted |= node.accepted,
                    None => next.push(Node::new(expected, node.accepted)),
                }
            }
        }
    }
    Ok(next)
}

/// Renames policies for the certificates below.
fn map<'a>(
    level: &mut Vec<Node<'a>>,
    pairs: impl Iterator<Item = (&'a [u8], &'a [u8])>,
    may_map: bool,
    is_acceptable: &impl Fn(&[u8]) -> bool,
    work: &mut Work,
) -> Result<(), Reason> {
    let mut mapped: Vec<(&[u8], Vec<&'a [u8]>)> = Vec::new();
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
            level.push(Node { policy: from, expected: to, accepted: is_acceptable(from) });
        }
    }
    Ok(())
}
