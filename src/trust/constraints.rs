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
//! A constraint that's damaged (an IP mask with holes, a domain that's none) damages the certificate that has it. An
//! excluded range of addresses also excludes the addresses of version 6 that stand for them (`::ffff:192.0.2.1`), and the
//! other way round.
//!
//! A certificate's names, and its constraints, are read once for all paths that it's in ([`Names`], [`Constraints`]);
//! comparing one with another then takes some ten nanoseconds, and the budget counts how often that's done.
//!
//! Sources: RFC 5280, sections 4.2.1.10 and 6.1; RFC 3986, section 3.2 (hosts of URIs).

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::IpAddr;

use super::Reason;
use super::certificate::Certificate;
use super::distinguished::{DistinguishedName, EMAIL_ADDRESS, NamePath, Printable, shortened};
use super::extensions::{Known, Subtree, subtrees};
use super::general_name::GeneralName;
use super::name::{ip, is_domain, is_presented_domain, mailbox};
use super::policy::{Policy, Rule};
use super::verify::Work;

/// A certificate's names, all kinds of them, as far as constraints are about them.
pub(super) struct Names<'a> {
    names: Vec<Named<'a>>,
    /// What it costs to compare all of them with a constraint.
    cost: usize,
}

struct Named<'a> {
    shown: Shown<'a>,
    form: Form<'a>,
}

/// A name as errors show it.
enum Shown<'a> {
    Subject(&'a DistinguishedName),
    /// A mail address of the subject, where there are no alternative names; None if it isn't text.
    Mail(Option<String>),
    Alternative(GeneralName<'a>),
}

/// A name as it's compared.
enum Form<'a> {
    /// A domain name, which may be a wildcard.
    Domain(&'a str),
    /// User and host.
    Mail(String, String),
    /// The host of a URI.
    Uri(&'a str),
    Ip(&'a [u8]),
    Directory(NamePath),
    /// One that isn't well formed, or of a kind that isn't compared: the kind's number.
    Unknown(u8),
}

/// What addresses of version 6 that stand for such of version 4 begin with (RFC 4291, section 2.5.5.2).
const MAPPED: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
const DIRECTORY: u8 = 4;
const MAIL: u8 = 1;

impl<'a> Names<'a> {
    pub(super) fn of(certificate: &'a Certificate) -> Self {
        let subject = certificate.subject();
        let mut names = Vec::new();
        if !subject.is_empty() {
            names.push(Named { shown: Shown::Subject(subject), form: Form::Directory(subject.path()) });
        }
        if !certificate.extensions.has(Known::AlternativeNames) {
            for address in subject.values(EMAIL_ADDRESS) {
                let form = address.as_deref().map_or(Form::Unknown(MAIL), Form::mail);
                names.push(Named { shown: Shown::Mail(address), form });
            }
        }
        let alternative = certificate.alternative_names();
        names
            .extend(alternative.map(|name| Named { shown: Shown::Alternative(name), form: Form::of(&name) }));
        let cost = names.iter().map(|name| 1 + name.form.len() / 32).sum();
        Self { names, cost }
    }
}

impl<'a> Form<'a> {
    fn of(name: &GeneralName<'a>) -> Self {
        match name {
            GeneralName::Dns(text) if is_presented_domain(text) => Self::Domain(text),
            GeneralName::Mail(text) => Self::mail(text),
            GeneralName::Uri(text) => host_of_uri(text).map_or(Self::Unknown(name.kind()), Self::Uri),
            GeneralName::Ip(bytes) if matches!(bytes.len(), 4 | 16) => Self::Ip(bytes),
            GeneralName::Directory(der) => Self::Directory(NamePath::known(der)),
            other => Self::Unknown(other.kind()),
        }
    }

    fn mail(address: &str) -> Self {
        let form = |(user, host): (&str, &str)| Self::Mail(user.to_string(), host.to_string());
        mailbox(address).map_or(Self::Unknown(MAIL), form)
    }

    /// The address of version 4 that one of version 6 stands for.
    fn mapped(&self) -> Option<Self> {
        match self {
            Self::Ip(bytes) => {
                let address = bytes.strip_prefix(&MAPPED)?;
                Some(Self::Ip(address))
            }
            _ => None,
        }
    }

    /// How many bytes are compared at most.
    fn len(&self) -> usize {
        match self {
            Self::Domain(text) | Self::Uri(text) => text.len(),
            Self::Mail(user, host) => user.len() + host.len(),
            Self::Ip(_) | Self::Directory(_) => 32,
            Self::Unknown(_) => 0,
        }
    }
}

impl Shown<'_> {
    fn text(&self) -> String {
        match self {
            Self::Subject(name) => shortened(name),
            Self::Mail(Some(address)) => shortened(&Printable(address)),
            Self::Mail(None) => "a mail address that isn't text".to_string(),
            Self::Alternative(name) => shortened(name),
        }
    }
}

/// An authority's constraints, read.
pub(super) struct Constraints<'a> {
    permitted: Vec<Tree<'a>>,
    excluded: Vec<Tree<'a>>,
}

struct Tree<'a> {
    shown: GeneralName<'a>,
    base: Base<'a>,
}

impl<'a> Constraints<'a> {
    /// Reads them; None if there are none.
    ///
    /// # Errors
    /// [`Reason::DamagedConstraint`] for the first that can't be applied, and [`Reason::Rule`] for lists that aren't
    /// critical where the policy asks for that.
    pub(super) fn of(authority: &'a Certificate, policy: &Policy) -> Result<Option<Self>, Reason> {
        let damaged = |constraint: &str, problem| Reason::DamagedConstraint {
            constraint: constraint.to_string(),
            problem,
        };
        let read = authority.extensions.name_constraints().map_err(|problem| damaged("none", problem))?;
        let Some(read) = read else { return Ok(None) };
        let (permitted, excluded) = (read.value.permitted, read.value.excluded);
        if permitted.is_none() && excluded.is_none() {
            return Err(damaged("none", "name constraints that constrain nothing"));
        }
        if [permitted, excluded].into_iter().flatten().any(<[u8]>::is_empty) {
            return Err(damaged("none", "an empty list of subtrees"));
        }
        let trees = |list: Option<&'a [u8]>| -> Result<Vec<Tree<'a>>, Reason> {
            let tree = |subtree: Result<Subtree<'a>, &'static str>| {
                let Subtree { base: shown, is_bounded } =
                    subtree.map_err(|problem| damaged("none", problem))?;
                if is_bounded {
                    return Err(damaged(&base_text(&shown), "a subtree with a minimum or a maximum"));
                }
                let base =
                    Base::read(&shown, policy).map_err(|problem| damaged(&base_text(&shown), problem))?;
                Ok(Tree { shown, base })
            };
            list.into_iter().flat_map(subtrees).map(tree).collect()
        };
        Ok(Some(Self { permitted: trees(permitted)?, excluded: trees(excluded)? }))
    }

    /// Checks names against them.
    pub(super) fn check(
        &self,
        names: &Names<'_>,
        authority: &Certificate,
        work: &mut Work,
    ) -> Result<(), Reason> {
        let refused = |name: &Named<'_>, constraint| {
            let name = name.shown.text();
            Err(Reason::NameConstraint { name, constraint, authority: authority.who() })
        };
        for tree in &self.excluded {
            work.compare(names.cost)?;
            let takes =
                |base: &Base<'_>, form: &Form<'_>| base.takes(form).is_some_and(|takes| takes != Takes::None);
            let mapped = tree.base.mapped();
            let is_excluded = |name: &&Named<'_>| {
                takes(&tree.base, &name.form)
                    || name.form.mapped().is_some_and(|form| takes(&tree.base, &form))
                    || mapped.as_ref().is_some_and(|base| takes(base, &name.form))
            };
            if let Some(name) = names.names.iter().find(is_excluded) {
                return refused(name, alloc::format!("may not vouch for {}", base_text(&tree.shown)));
            }
        }
        // Each name that some permitted subtree is about has to be in one of them, all of it.
        let mut is_bound = alloc::vec![false; names.names.len()];
        let mut is_taken = is_bound.clone();
        for tree in &self.permitted {
            work.compare(names.cost)?;
            for (i, name) in names.names.iter().enumerate() {
                let takes = tree.base.takes(&name.form);
                is_bound[i] |= takes.is_some();
                is_taken[i] |= takes == Some(Takes::All);
            }
        }
        match (0..names.names.len()).find(|i| is_bound[*i] && !is_taken[*i]) {
            Some(i) => {
                let all: Vec<_> = self.permitted.iter().take(8).map(|tree| base_text(&tree.shown)).collect();
                refused(&names.names[i], alloc::format!("may vouch for {} only", all.join(", ")))
            }
            None => Ok(()),
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
enum Base<'a> {
    Domain(Host),
    /// A mailbox: user and host.
    Mailbox(&'a str, &'a str),
    /// All mailboxes at a host.
    Mail(Host),
    Uri(Host),
    Ip {
        address: &'a [u8],
        mask: &'a [u8],
    },
    Directory(NamePath),
    /// A kind that can't be compared, by its number.
    Other(u8),
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

/// Whether a domain name is below another, which is in lower case: not itself.
fn is_below(name: &str, domain: &str) -> bool {
    let Some(at) = name.len().checked_sub(domain.len()) else { return false };
    let (above, rest) = name.as_bytes().split_at(at);
    above.ends_with(b".") && rest.eq_ignore_ascii_case(domain.as_bytes())
}

impl<'a> Base<'a> {
    /// Reads it, or says what's wrong with it.
    fn read(name: &GeneralName<'a>, policy: &Policy) -> Result<Self, &'static str> {
        Ok(match name {
            GeneralName::Dns(text) => {
                let host = Host::new(text).ok_or("not a domain name")?;
                if host.only_below && policy.has(Rule::StrictNameConstraints) {
                    return Err("a domain name that starts with a dot");
                }
                Self::Domain(host)
            }
            GeneralName::Mail(text) if text.contains('@') => {
                let (user, host) = mailbox(text).ok_or("not a mail address")?;
                Self::Mailbox(user, host)
            }
            GeneralName::Mail(text) => Self::Mail(Host::new(text).ok_or("not a host of mail addresses")?),
            GeneralName::Uri(text) => Self::Uri(Host::new(text).ok_or("not a host of URIs")?),
            GeneralName::Ip(bytes) => {
                if !matches!(bytes.len(), 8 | 32) {
                    return Err("not an IP address and a mask");
                }
                let (address, mask) = bytes.split_at(bytes.len() / 2);
                let bits = mask.iter().fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
                let width = 8 * mask.len() as u32;
                if bits.count_ones() != (bits << (128 - width)).leading_ones() {
                    return Err("an IP mask with holes");
                }
                Self::Ip { address, mask }
            }
            GeneralName::Directory(der) => Self::Directory(NamePath::known(der)),
            GeneralName::Unreadable(..) => return Err("text that isn't ASCII"),
            other => Self::Other(other.kind()),
        })
    }

    /// The addresses of version 4 that a range of addresses of version 6 stands for, if it's of such alone.
    fn mapped(&self) -> Option<Self> {
        let Self::Ip { address, mask } = self else { return None };
        let address = address.strip_prefix(&MAPPED)?;
        Some(Self::Ip { address, mask: mask.strip_prefix(&[0xff; 12])? })
    }

    fn kind(&self) -> u8 {
        match self {
            Self::Mailbox(..) | Self::Mail(_) => MAIL,
            Self::Domain(_) => 2,
            Self::Directory(_) => DIRECTORY,
            Self::Uri(_) => 6,
            Self::Ip { .. } => 7,
            Self::Other(kind) => *kind,
        }
    }

    /// How much of a name it takes in; None if the name is of another kind.
    fn takes(&self, name: &Form<'_>) -> Option<Takes> {
        Some(match (self, name) {
            (Self::Domain(domain), Form::Domain(name)) => domain_takes(domain, name),
            (Self::Mailbox(user, host), Form::Mail(u, h)) => {
                Takes::all_or_none(user == u && host.eq_ignore_ascii_case(h))
            }
            (Self::Mail(constraint), Form::Mail(_, host)) => Takes::all_or_none(constraint.takes(host)),
            (Self::Uri(constraint), Form::Uri(host)) => Takes::all_or_none(constraint.takes(host)),
            (Self::Ip { address, mask }, Form::Ip(bytes)) => {
                let agrees =
                    || address.iter().zip(*mask).zip(*bytes).all(|((a, mask), b)| (a ^ b) & mask == 0);
                Takes::all_or_none(bytes.len() == address.len() && agrees())
            }
            (Self::Directory(tree), Form::Directory(name)) => {
                name.is_within(tree).map_or(Takes::Unknown, Takes::all_or_none)
            }
            (base, Form::Unknown(kind)) if base.kind() == *kind => Takes::Unknown,
            _ => return None,
        })
    }
}

/// How much of a domain name, which may be a wildcard and is well formed, is in a subtree.
fn domain_takes(tree: &Host, name: &str) -> Takes {
    let domain = tree.domain.as_str();
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

/// The host of a URI, if it's a domain name: `scheme://user@host:port/…`. Without a host, or with what URIs don't have
/// where it stands, there's none: programs differ in what they take such for.
fn host_of_uri(uri: &str) -> Option<&str> {
    let (scheme, rest) = uri.split_once("://")?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|c| c.is_ascii_alphanumeric() || b"+-.".contains(&c));
    let authority = rest.split(['/', '?', '#']).next()?;
    let (user, host) = authority.split_once('@').unwrap_or(("", authority));
    let is_user = user.bytes().all(|c| c.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:".contains(&c));
    let (host, port) = host.split_once(':').unwrap_or((host, ""));
    let is_port = port.bytes().all(|c| c.is_ascii_digit());
    (is_scheme && is_user && is_domain(host) && is_port).then_some(host)
}

/// The base of a subtree, as people read it.
pub(super) fn base_text(base: &GeneralName<'_>) -> String {
    match base {
        GeneralName::Ip(bytes) if matches!(bytes.len(), 8 | 32) => {
            let (address, mask) = bytes.split_at(bytes.len() / 2);
            let ones: u32 = mask.iter().map(|byte| byte.count_ones()).sum();
            ip(address).map_or_else(String::new, |address: IpAddr| alloc::format!("{address}/{ones}"))
        }
        GeneralName::Dns("") => "all domain names".to_string(),
        name => shortened(name),
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
        assert!(matches!(Form::of(&GeneralName::Dns("a..example.com")), Form::Unknown(2)));
    }

    #[test]
    fn mail() {
        let policy = Policy::rfc5280();
        let takes = |constraint: &str, address: &str| {
            let base = Base::read(&GeneralName::Mail(constraint), &policy).unwrap();
            base.takes(&Form::mail(address)) == Some(Takes::All)
        };
        assert!(takes("example.com", "a@EXAMPLE.com") && !takes("example.com", "a@b.example.com"));
        assert!(takes(".example.com", "a@b.example.com") && !takes(".example.com", "a@example.com"));
        assert!(takes("a@example.com", "a@Example.com") && !takes("a@example.com", "A@example.com"));
        let base = Base::read(&GeneralName::Mail("example.com"), &policy).unwrap();
        assert_eq!(base.takes(&Form::mail("a b@example.com")), Some(Takes::Unknown));
        assert_eq!(base.takes(&Form::Domain("example.com")), None);
    }

    #[test]
    fn hosts_of_uris() {
        assert_eq!(host_of_uri("https://www.example.com:443/a@b?c"), Some("www.example.com"));
        assert_eq!(host_of_uri("foo://user:secret@www.example.com:1"), Some("www.example.com"));
        for uri in [
            "https://192.0.2.1/",
            "urn:example",
            "urn:evil?x=://good.example/",
            "https://evil.example\\@good.example/",
            "https://evil.example@good.example@bad.example/",
            "https://us er@good.example/",
            "https://[::1]/",
        ] {
            assert_eq!(host_of_uri(uri), None, "{uri}");
        }
    }
}
