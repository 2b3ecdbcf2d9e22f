//! Name constraints: an authority that may vouch for some names only.
//!
//! An authority's certificate may list subtrees of names that certificates below it have to be in (permitted) and
//! mustn't be in (excluded). Lists of several authorities add up: each is checked by itself, which is the same
//! as the intersections and unions of RFC 5280, section 6.1.4 (g).
//!
//! | kind | a constraint | takes in |
//! |---|---|---|
//! | domain | `example.com` | it, and all below it |
//! | mail | `alice@example.com` | that address |
//! | | `example.com` | all addresses at that host |
//! | | `.example.com` | all addresses at hosts below it |
//! | URI | `example.com`, `.example.com` | URIs of that host; of hosts below it |
//! | IP | an address and a mask | addresses that agree where the mask has ones |
//! | directory name | a name | it, and all below it |
//!
//! A kind of names that has no permitted subtree is not constrained by them. Names of other kinds can't be
//! compared: where there's a constraint on them, they're refused. A wildcard stands for all names that it may be:
//! it's excluded if any of them is, and permitted if all of them are.
//!
//! A constraint that's damaged (an IP mask with holes, a domain that's none) damages the certificate that has it.
//!
//! Sources: RFC 5280, sections 4.2.1.10 and 6.1.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use x509_cert::ext::pkix::constraints::name::GeneralSubtree;
use x509_cert::ext::pkix::name::GeneralName;

use super::Reason;
use super::certificate::Certificate;
use super::distinguished::{DistinguishedName, printable};
use super::name::{is_domain, is_presented_domain, mailbox, shown};
use super::policy::{Policy, Rule};
use super::verify::Work;

/// A certificate's names, all kinds of them, as far as constraints are about them.
pub(super) struct Names<'a> {
    subject: Option<&'a DistinguishedName>,
    alternative: &'a [GeneralName],
    directory: Vec<Option<DistinguishedName>>,
    /// Mail addresses of the subject, where there are no alternative names.
    mail: Vec<String>,
}

impl<'a> Names<'a> {
    pub(super) fn of(certificate: &'a Certificate) -> Self {
        let subject = Some(certificate.subject()).filter(|name| !name.is_empty());
        let alternative = certificate.alternative_names();
        let has_alternatives = certificate.extensions.alternative_names.is_some();
        let mail =
            subject.filter(|_| !has_alternatives).map(|s| s.email_addresses().collect()).unwrap_or_default();
        let directory = alternative
            .iter()
            .map(|name| match name {
                GeneralName::DirectoryName(name) => Some(DistinguishedName::new(name.clone())),
                _ => None,
            })
            .collect();
        Self { subject, alternative, directory, mail }
    }

    /// The names of the same kind as the base of a constraint, each with how much of it the constraint takes in.
    fn against<'b>(&'b self, base: &'b Base) -> impl Iterator<Item = (String, Takes)> + 'b {
        let of_subject = self.subject.into_iter().filter_map(move |name| match base {
            Base::Directory(tree) => Some((name.to_string(), Takes::all_or_none(name.is_within(tree)))),
            _ => None,
        });
        let of_mail = self.mail.iter().filter_map(move |address| match base {
            Base::Mail(constraint) => Some((printable(address), constraint.takes(address))),
            _ => None,
        });
        let alternative = self.alternative.iter().zip(&self.directory);
        let others = alternative.filter_map(move |(name, directory)| {
            base.takes(name, directory.as_ref()).map(|takes| (shown(name), takes))
        });
        of_subject.chain(of_mail).chain(others)
    }

    fn len(&self) -> usize {
        1 + self.alternative.len() + self.mail.len()
    }
}

/// How much of what a name stands for a constraint takes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    All,
    Some,
    None,
    /// It can't be told: the name isn't well formed, or of a kind that isn't compared.
    Unknown,
}

impl Takes {
    fn all_or_none(all: bool) -> Self {
        if all { Self::All } else { Self::None }
    }
}

/// The base of a subtree.
enum Base {
    Domain {
        domain: String,
        only_below: bool,
    },
    Mail(Mail),
    Uri(Host),
    Ip {
        address: Vec<u8>,
        mask: Vec<u8>,
    },
    Directory(DistinguishedName),
    /// A kind that can't be compared, by its number.
    Other(u8),
}

enum Mail {
    Address(String),
    Host(Host),
}

/// `example.com`, that host, or `.example.com`, those below it.
struct Host {
    domain: String,
    only_below: bool,
}

impl Host {
    fn new(text: &str) -> Option<Self> {
        let domain = text.strip_prefix('.').unwrap_or(text);
        let only_below = domain.len() != text.len();
        is_domain(domain).then(|| Self { domain: domain.to_ascii_lowercase(), only_below })
    }

    fn takes(&self, host: &str) -> bool {
        if self.only_below { is_below(host, &self.domain) } else { host.eq_ignore_ascii_case(&self.domain) }
    }
}

impl Mail {
    fn takes(&self, address: &str) -> Takes {
        let Some((user, host)) = mailbox(address) else { return Takes::Unknown };
        Takes::all_or_none(match self {
            Self::Address(constraint) => {
                mailbox(constraint).is_some_and(|(u, h)| u == user && h.eq_ignore_ascii_case(host))
            }
            Self::Host(constraint) => constraint.takes(host),
        })
    }
}

/// Whether a domain name is below another, which is in lower case: not itself.
fn is_below(name: &str, domain: &str) -> bool {
    let Some(at) = name.len().checked_sub(domain.len()) else { return false };
    at > 0
        && name.is_char_boundary(at)
        && name[..at].ends_with('.')
        && name[at..].eq_ignore_ascii_case(domain)
}

impl Base {
    /// Reads it, or says what's wrong with it.
    fn read(name: &GeneralName, policy: &Policy) -> Result<Self, &'static str> {
        Ok(match name {
            GeneralName::DnsName(text) => {
                let text = text.as_str();
                let domain = text.strip_prefix('.').unwrap_or(text);
                let only_below = domain.len() != text.len();
                if only_below && policy.has(Rule::StrictNameConstraints) {
                    return Err("a domain name that starts with a dot");
                }
                // The empty one is the root of all.
                if !domain.is_empty() && !is_domain(domain) {
                    return Err("not a domain name");
                }
                Self::Domain { domain: domain.to_ascii_lowercase(), only_below }
            }
            GeneralName::Rfc822Name(text) => {
                let text = text.as_str();
                if text.contains('@') {
                    mailbox(text).ok_or("not a mail address")?;
                    Self::Mail(Mail::Address(text.to_string()))
                } else {
                    Self::Mail(Mail::Host(Host::new(text).ok_or("not a host of mail addresses")?))
                }
            }
            GeneralName::UniformResourceIdentifier(text) => {
                Self::Uri(Host::new(text.as_str()).ok_or("not a host of URIs")?)
            }
            GeneralName::IpAddress(bytes) => {
                let bytes = bytes.as_bytes();
                if !matches!(bytes.len(), 8 | 32) {
                    return Err("not an IP address and a mask");
                }
                let (address, mask) = bytes.split_at(bytes.len() / 2);
                let bits = mask.iter().fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
                let width = 8 * mask.len() as u32;
                if bits.count_ones() != (bits << (128 - width)).leading_ones() {
                    return Err("an IP mask with holes");
                }
                Self::Ip { address: address.to_vec(), mask: mask.to_vec() }
            }
            GeneralName::DirectoryName(name) => Self::Directory(DistinguishedName::new(name.clone())),
            GeneralName::OtherName(_) => Self::Other(0),
            GeneralName::EdiPartyName(_) => Self::Other(5),
            GeneralName::RegisteredId(_) => Self::Other(8),
        })
    }

    /// How much of an alternative name it takes in; None if the name is of another kind.
    fn takes(&self, name: &GeneralName, directory: Option<&DistinguishedName>) -> Option<Takes> {
        Some(match (self, name) {
            (Self::Domain { domain, only_below }, GeneralName::DnsName(name)) => {
                domain_takes(domain, *only_below, name.as_str())
            }
            (Self::Mail(constraint), GeneralName::Rfc822Name(address)) => constraint.takes(address.as_str()),
            (Self::Uri(constraint), GeneralName::UniformResourceIdentifier(uri)) => host_of_uri(uri.as_str())
                .map_or(Takes::Unknown, |host| Takes::all_or_none(constraint.takes(host))),
            (Self::Ip { address, mask }, GeneralName::IpAddress(bytes)) => {
                let bytes = bytes.as_bytes();
                let agrees = || address.iter().zip(mask).zip(bytes).all(|((a, mask), b)| (a ^ b) & mask == 0);
                if matches!(bytes.len(), 4 | 16) {
                    Takes::all_or_none(bytes.len() == address.len() && agrees())
                } else {
                    Takes::Unknown
                }
            }
            (Self::Directory(tree), GeneralName::DirectoryName(_)) => {
                directory.map_or(Takes::Unknown, |name| Takes::all_or_none(name.is_within(tree)))
            }
            (Self::Other(0), GeneralName::OtherName(_))
            | (Self::Other(5), GeneralName::EdiPartyName(_))
            | (Self::Other(8), GeneralName::RegisteredId(_)) => Takes::Unknown,
            _ => return None,
        })
    }
}

/// How much of a domain name, which may be a wildcard, is in a subtree.
fn domain_takes(domain: &str, only_below: bool, name: &str) -> Takes {
    if !is_presented_domain(name) {
        return Takes::Unknown;
    }
    if domain.is_empty() {
        return Takes::All;
    }
    let is_in = |name: &str| is_below(name, domain) || (!only_below && name.eq_ignore_ascii_case(domain));
    let Some(parent) = name.strip_prefix("*.") else { return Takes::all_or_none(is_in(name)) };
    // The names that the wildcard stands for are those right below its parent.
    if is_below(parent, domain) || parent.eq_ignore_ascii_case(domain) {
        return Takes::All;
    }
    // One of them may be the domain itself, with or without what's below it.
    let one =
        !only_below && domain.split_once('.').is_some_and(|(_, rest)| parent.eq_ignore_ascii_case(rest));
    if one { Takes::Some } else { Takes::None }
}

/// The host of a URI, if it's a domain name: `scheme://user@host:port/…`.
fn host_of_uri(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = host.split(':').next()?;
    is_domain(host).then_some(host)
}

/// Checks an authority's own constraints: whether each can be applied.
pub(super) fn check_form(authority: &Certificate, policy: &Policy) -> Result<(), Reason> {
    let Some(constraints) = &authority.extensions.name_constraints else { return Ok(()) };
    if policy.has(Rule::StrictNameConstraints) && !constraints.critical {
        return Err(Reason::Rule {
            rule: Rule::StrictNameConstraints,
            problem: "has name constraints that aren't critical",
        });
    }
    let lists = [&constraints.value.permitted_subtrees, &constraints.value.excluded_subtrees];
    let damaged = |constraint: String, problem| Err(Reason::DamagedConstraint { constraint, problem });
    if lists.iter().all(|list| list.is_none()) {
        return damaged("none".to_string(), "name constraints that constrain nothing");
    }
    for list in lists.into_iter().flatten() {
        if list.is_empty() {
            return damaged("none".to_string(), "an empty list of subtrees");
        }
        for subtree in list {
            if subtree.minimum != 0 || subtree.maximum.is_some() {
                return damaged(base_text(subtree), "a subtree with a minimum or a maximum");
            }
            read(subtree, policy)?;
        }
    }
    Ok(())
}

/// Reads the base of a subtree.
fn read(subtree: &GeneralSubtree, policy: &Policy) -> Result<Base, Reason> {
    Base::read(&subtree.base, policy)
        .map_err(|problem| Reason::DamagedConstraint { constraint: base_text(subtree), problem })
}

/// Checks names against the constraints of an authority above them.
pub(super) fn check(
    names: &Names<'_>,
    authority: &Certificate,
    policy: &Policy,
    work: &mut Work,
) -> Result<(), Reason> {
    let Some(constraints) = &authority.extensions.name_constraints else { return Ok(()) };
    let refused =
        |name, constraint| Err(Reason::NameConstraint { name, constraint, authority: authority.who() });
    for subtree in constraints.value.excluded_subtrees.iter().flatten() {
        work.compare(names.len())?;
        let base = read(subtree, policy)?;
        for (name, takes) in names.against(&base) {
            if takes != Takes::None {
                return refused(name, alloc::format!("may not vouch for {}", base_text(subtree)));
            }
        }
    }
    let Some(permitted) = &constraints.value.permitted_subtrees else { return Ok(()) };
    // For each name that some permitted subtree is about, one of them has to take it in.
    let mut open: Vec<String> = Vec::new();
    let mut taken: Vec<String> = Vec::new();
    for subtree in permitted {
        work.compare(names.len())?;
        let base = read(subtree, policy)?;
        for (name, takes) in names.against(&base) {
            // A name of one kind may read like one of another.
            let name = alloc::format!("{}:{name}", kind(&subtree.base));
            if takes == Takes::All { taken.push(name) } else { open.push(name) }
        }
    }
    taken.sort();
    let refused_name = open.into_iter().find(|name| taken.binary_search(name).is_err());
    match refused_name {
        Some(name) => {
            let name = name.split_once(':').map_or(name.clone(), |(_, name)| name.to_string());
            let all: Vec<_> = permitted.iter().take(8).map(base_text).collect();
            refused(name, alloc::format!("may vouch for {} only", all.join(", ")))
        }
        None => Ok(()),
    }
}

fn kind(name: &GeneralName) -> u8 {
    match name {
        GeneralName::OtherName(_) => 0,
        GeneralName::Rfc822Name(_) => 1,
        GeneralName::DnsName(_) => 2,
        GeneralName::DirectoryName(_) => 4,
        GeneralName::EdiPartyName(_) => 5,
        GeneralName::UniformResourceIdentifier(_) => 6,
        GeneralName::IpAddress(_) => 7,
        GeneralName::RegisteredId(_) => 8,
    }
}

/// The base of a subtree, as people read it.
pub(super) fn base_text(subtree: &GeneralSubtree) -> String {
    match &subtree.base {
        GeneralName::IpAddress(bytes) if matches!(bytes.as_bytes().len(), 8 | 32) => {
            let (address, mask) = bytes.as_bytes().split_at(bytes.as_bytes().len() / 2);
            let ones: u32 = mask.iter().map(|byte| byte.count_ones()).sum();
            super::name::ip(address).map_or_else(String::new, |address| alloc::format!("{address}/{ones}"))
        }
        GeneralName::DnsName(text) if text.as_str().is_empty() => "all domain names".to_string(),
        name => shown(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains() {
        use Takes::{All, None, Some};
        let cases = [
            ("example.com", "example.com", All),
            ("example.com", "www.EXAMPLE.com", All),
            ("example.com", "badexample.com", None),
            ("example.com", "com", None),
            ("example.com", "*.example.com", All),
            ("foo.example.com", "*.example.com", Some),
            ("a.foo.example.com", "*.example.com", None),
            ("example.com", "*.com.example", None),
            ("", "anything.example", All),
        ];
        for (constraint, name, expected) in cases {
            assert_eq!(domain_takes(constraint, false, name), expected, "{constraint} {name}");
        }
        assert_eq!(domain_takes("example.com", true, "example.com"), None);
        assert_eq!(domain_takes("example.com", true, "a.example.com"), All);
        assert_eq!(domain_takes("example.com", true, "*.example.com"), All);
        assert_eq!(domain_takes("example.com", false, "a..example.com"), Takes::Unknown);
    }

    #[test]
    fn mail() {
        let takes = |constraint: Mail, address: &str| constraint.takes(address) == Takes::All;
        let host = |text: &str| Mail::Host(Host::new(text).unwrap());
        assert!(
            takes(host("example.com"), "a@EXAMPLE.com") && !takes(host("example.com"), "a@b.example.com")
        );
        assert!(
            takes(host(".example.com"), "a@b.example.com") && !takes(host(".example.com"), "a@example.com")
        );
        assert!(takes(Mail::Address("a@example.com".into()), "a@Example.com"));
        assert!(!takes(Mail::Address("a@example.com".into()), "A@example.com"));
    }

    #[test]
    fn hosts_of_uris() {
        assert_eq!(host_of_uri("https://user@www.example.com:443/a@b?c"), Some("www.example.com"));
        assert_eq!(host_of_uri("https://192.0.2.1/"), None);
        assert_eq!(host_of_uri("urn:example"), None);
    }
}
