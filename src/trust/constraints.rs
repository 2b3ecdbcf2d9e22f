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
use super::distinguished::{DistinguishedName, printable, shortened};
use super::name::{is_domain, is_presented_domain, mailbox, shown};
use super::policy::{Policy, Rule};
use super::verify::Work;

/// A certificate's names, all kinds of them, as far as constraints are about them.
pub(super) struct Names<'a> {
    names: Vec<Named<'a>>,
    /// What it costs to compare all of them with a constraint.
    cost: usize,
}

enum Named<'a> {
    Subject(&'a DistinguishedName),
    Directory(DistinguishedName),
    /// A mail address of the subject, where there are no alternative names; None if it isn't text.
    Mail(Option<String>),
    Alternative(&'a GeneralName),
}

impl<'a> Names<'a> {
    pub(super) fn of(certificate: &'a Certificate) -> Self {
        let subject = certificate.subject();
        let has_alternatives = certificate.extensions.alternative_names.is_some();
        let mail = subject.all_email_addresses().filter(|_| !has_alternatives).map(Named::Mail);
        let alternative = certificate.alternative_names().iter().map(|name| match name {
            GeneralName::DirectoryName(name) => Named::Directory(DistinguishedName::new(name.clone())),
            name => Named::Alternative(name),
        });
        let subject = Some(subject).filter(|name| !name.is_empty()).map(Named::Subject);
        let names: Vec<_> = subject.into_iter().chain(mail).chain(alternative).collect();
        let cost = names.iter().map(|name| 1 + name.len() / 32).sum();
        Self { names, cost }
    }
}

impl Named<'_> {
    /// How many bytes it has, about.
    fn len(&self) -> usize {
        match self {
            Self::Subject(name) => name.len(),
            Self::Directory(name) => name.len(),
            Self::Mail(address) => address.as_ref().map_or(0, String::len),
            Self::Alternative(
                GeneralName::DnsName(text)
                | GeneralName::Rfc822Name(text)
                | GeneralName::UniformResourceIdentifier(text),
            ) => text.as_str().len(),
            Self::Alternative(_) => 0,
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Subject(name) => shortened(name),
            Self::Directory(name) => shortened(name),
            Self::Mail(Some(address)) => shortened(&printable(address)),
            Self::Mail(None) => "a mail address that isn't text".to_string(),
            Self::Alternative(name) => shortened(&shown(name)),
        }
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
    Domain(Host),
    Mail(Mail),
    Uri(Host),
    Ip {
        address: Vec<u8>,
        mask: Vec<u8>,
    },
    Directory(DistinguishedName),
    /// A kind that can't be compared.
    Other(core::mem::Discriminant<GeneralName>),
}

enum Mail {
    Address(String),
    Host(Host),
}

/// `example.com`, that host, or `.example.com`, those below it. Without a name it's all of them.
struct Host {
    domain: String,
    only_below: bool,
}

impl Host {
    fn new(text: &str) -> Option<Self> {
        let domain = text.strip_prefix('.').unwrap_or(text);
        let only_below = domain.len() != text.len();
        (text.is_empty() || is_domain(domain))
            .then(|| Self { domain: domain.to_ascii_lowercase(), only_below })
    }

    fn takes(&self, host: &str) -> bool {
        if self.domain.is_empty() {
            true
        } else if self.only_below {
            is_below(host, &self.domain)
        } else {
            host.eq_ignore_ascii_case(&self.domain)
        }
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
                let host = Host::new(text.as_str()).ok_or("not a domain name")?;
                if host.only_below && policy.has(Rule::StrictNameConstraints) {
                    return Err("a domain name that starts with a dot");
                }
                Self::Domain(host)
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
            GeneralName::OtherName(_) | GeneralName::EdiPartyName(_) | GeneralName::RegisteredId(_) => {
                Self::Other(core::mem::discriminant(name))
            }
        })
    }

    /// How much of a name it takes in; None if the name is of another kind.
    fn takes(&self, name: &Named<'_>) -> Option<Takes> {
        Some(match (self, name) {
            (Self::Directory(tree), Named::Subject(name)) => Takes::all_or_none(name.is_within(tree)),
            (Self::Directory(tree), Named::Directory(name)) => Takes::all_or_none(name.is_within(tree)),
            (Self::Mail(constraint), Named::Mail(address)) => {
                address.as_ref().map_or(Takes::Unknown, |address| constraint.takes(address))
            }
            (base, Named::Alternative(name)) => return base.takes_alternative(name),
            _ => return None,
        })
    }

    fn takes_alternative(&self, name: &GeneralName) -> Option<Takes> {
        Some(match (self, name) {
            (Self::Domain(domain), GeneralName::DnsName(name)) => domain_takes(domain, name.as_str()),
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
            (Self::Other(kind), name) if *kind == core::mem::discriminant(name) => Takes::Unknown,
            _ => return None,
        })
    }
}

/// How much of a domain name, which may be a wildcard, is in a subtree.
fn domain_takes(tree: &Host, name: &str) -> Takes {
    let domain = tree.domain.as_str();
    if !is_presented_domain(name) {
        return Takes::Unknown;
    }
    if domain.is_empty() {
        return Takes::All;
    }
    let is_in =
        |name: &str| is_below(name, domain) || (!tree.only_below && name.eq_ignore_ascii_case(domain));
    let Some(parent) = name.strip_prefix("*.") else { return Takes::all_or_none(is_in(name)) };
    // The names that the wildcard stands for are those right below its parent.
    if is_below(parent, domain) || parent.eq_ignore_ascii_case(domain) {
        return Takes::All;
    }
    // One of them may be the domain itself, with or without what's below it.
    let one =
        !tree.only_below && domain.split_once('.').is_some_and(|(_, rest)| parent.eq_ignore_ascii_case(rest));
    if one { Takes::Some } else { Takes::None }
}

/// The host of a URI, if it's a domain name: `scheme://host:port/…`. Without a host, with a user before it, or with
/// what URIs don't have, there's none: programs differ in what they take such for.
fn host_of_uri(uri: &str) -> Option<&str> {
    let (scheme, rest) = uri.split_once("://")?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|c| c.is_ascii_alphanumeric() || b"+-.".contains(&c));
    let authority = rest.split(['/', '?', '#']).next()?;
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    (is_scheme && is_domain(host) && port.bytes().all(|c| c.is_ascii_digit())).then_some(host)
}

/// Checks an authority's own constraints.
pub(super) fn check_form(authority: &Certificate, policy: &Policy) -> Result<(), Reason> {
    let constraints = authority.extensions.name_constraints.as_ref();
    if policy.has(Rule::StrictNameConstraints) && constraints.is_some_and(|constraints| !constraints.critical)
    {
        return Err(Reason::Rule {
            rule: Rule::StrictNameConstraints,
            problem: "has name constraints that aren't critical",
        });
    }
    check_applicable(authority, policy)
}

/// Checks that each of an authority's constraints can be applied.
pub(super) fn check_applicable(authority: &Certificate, policy: &Policy) -> Result<(), Reason> {
    let Some(constraints) = &authority.extensions.name_constraints else { return Ok(()) };
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
    let refused = |name: &Named<'_>, constraint| {
        Err(Reason::NameConstraint { name: name.shown(), constraint, authority: authority.who() })
    };
    for subtree in constraints.value.excluded_subtrees.iter().flatten() {
        work.compare(names.cost)?;
        let base = read(subtree, policy)?;
        let is_excluded = |name: &&Named<'_>| base.takes(name).is_some_and(|takes| takes != Takes::None);
        if let Some(name) = names.names.iter().find(is_excluded) {
            return refused(name, alloc::format!("may not vouch for {}", base_text(subtree)));
        }
    }
    // Each name that some permitted subtree is about has to be in one of them, all of it.
    let mut is_bound = alloc::vec![false; names.names.len()];
    let mut is_taken = is_bound.clone();
    let permitted = constraints.value.permitted_subtrees.as_deref().unwrap_or_default();
    for subtree in permitted {
        work.compare(names.cost)?;
        let base = read(subtree, policy)?;
        for (i, name) in names.names.iter().enumerate() {
            let takes = base.takes(name);
            is_bound[i] |= takes.is_some();
            is_taken[i] |= takes == Some(Takes::All);
        }
    }
    match (0..names.names.len()).find(|i| is_bound[*i] && !is_taken[*i]) {
        Some(i) => {
            let all: Vec<_> = permitted.iter().take(8).map(base_text).collect();
            refused(&names.names[i], alloc::format!("may vouch for {} only", all.join(", ")))
        }
        None => Ok(()),
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
        name => shortened(&shown(name)),
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
        let takes = |tree: &str, name: &str| domain_takes(&Host::new(tree).unwrap(), name);
        for (constraint, name, expected) in cases {
            assert_eq!(takes(constraint, name), expected, "{constraint} {name}");
        }
        assert_eq!(takes(".example.com", "example.com"), None);
        assert_eq!(takes(".example.com", "a.example.com"), All);
        assert_eq!(takes(".example.com", "*.example.com"), All);
        assert_eq!(takes("example.com", "a..example.com"), Takes::Unknown);
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
        assert_eq!(host_of_uri("https://www.example.com:443/a@b?c"), Some("www.example.com"));
        for uri in [
            "https://192.0.2.1/",
            "urn:example",
            "urn:evil?x=://good.example/",
            "https://evil.example\\@good.example/",
            "https://user@good.example/",
            "https://[::1]/",
        ] {
            assert_eq!(host_of_uri(uri), None, "{uri}");
        }
    }
}
