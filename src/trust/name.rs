//! The names that people ask for, and whether a certificate is for one of them.
//!
//! A client knows whom it wants to talk to: `www.example.com`, `192.0.2.1`, `alice@example.com`. The certificate says
//! for whom it is, among its alternative names; the common name in its subject isn't looked at (RFC 9525, section
//! 2: it was never clear what it is).
//!
//! - **Domain names** are compared without regard to case, in their ASCII form (names in other scripts as
//!   `xn--…`, A-labels). A certificate's name may start with `*.`, which stands for one label: `*.example.com` is for
//!   `www.example.com`, not for `a.b.example.com` nor for `example.com`. `*` stands nowhere else, and not right below
//!   the root (`*.com` is for nobody).
//! - **Addresses** of the Internet Protocol are compared as numbers.
//! - **Mail addresses**: what's before the `@` is compared as it is, since its host alone knows what's the same, and
//!   the host as a domain name (RFC 5280, section 7.5; RFC 9598 for mailboxes in other scripts isn't offered).
//!
//! Sources: RFC 9525; RFC 5280, section 4.2.1.6; RFC 1034, section 3.5; RFC 5890 (A-labels).

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;

use super::der::{constructed, context, written};
use super::distinguished::{DistinguishedName, Printable, printable};
use super::general_name::GeneralName;
use super::{Error, Result};

/// A name that a certificate may be for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Name {
    /// A domain name, in lower case, without a dot at its end. One that a certificate is for may start with `*.`.
    Dns(String),
    /// An address of the Internet Protocol.
    Ip(IpAddr),
    /// A mail address.
    Mail(String),
    /// A URI, `spiffe://example.com/web` say: compared as it is.
    Uri(String),
    /// A distinguished name among the alternative names.
    Directory(DistinguishedName),
    /// A name of a kind that isn't asked for, or one that isn't well formed, as people read it. It's never what's asked
    /// for.
    Other(String),
}

impl Name {
    /// Tells what a text is: an IP address, a mail address if there's an `@`, or else a domain name.
    ///
    /// ```
    /// use oneway::trust::Name;
    ///
    /// assert_eq!(Name::new("WWW.example.com.")?, Name::Dns("www.example.com".into()));
    /// assert!(matches!(Name::new("2001:db8::1")?, Name::Ip(_)));
    /// assert!(matches!(Name::new("alice@example.com")?, Name::Mail(_)));
    /// assert!(Name::new("*.example.com").is_err(), "a name that's asked for is a whole one");
    /// # Ok::<(), oneway::trust::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Name`], with the problem: not a name, or one in another script that isn't written as `xn--…`.
    pub fn new(text: &str) -> Result<Self> {
        let error = |problem| Error::Name { name: printable(text), problem };
        if let Some(problem) = more_than_a_name(text) {
            return Err(error(problem));
        }
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        if let Ok(address) = bare.parse() {
            return Ok(Self::Ip(address));
        }
        if text.contains('@') {
            return match mailbox(text) {
                Some(_) => Ok(Self::Mail(text.to_string())),
                None => Err(error("not a mail address that certificates have, such as alice@example.com")),
            };
        }
        if !text.is_ascii() {
            return Err(error("names in other scripts have to be in their ASCII form, `xn--…` (IDNA)"));
        }
        let name = text.strip_suffix('.').unwrap_or(text);
        if is_domain(name) && !name.contains('*') {
            Ok(Self::Dns(name.to_ascii_lowercase()))
        } else {
            Err(error(if name.contains('*') {
                WILDCARD
            } else {
                "not a domain name, such as www.example.com"
            }))
        }
    }

    /// A domain name that a new certificate may be for: it may be a wildcard.
    pub(super) fn presented(text: &str) -> Result<Self> {
        let name = text.strip_suffix('.').unwrap_or(text);
        if is_issuable_domain(name) {
            return Ok(Self::Dns(name.to_ascii_lowercase()));
        }
        let problem = "not a domain name that certificates have (in other scripts than ASCII: `xn--…`, IDNA)";
        Err(Error::Name { name: printable(text), problem: more_than_a_name(text).unwrap_or(problem) })
    }

    /// The name as it stands in a certificate: the DER of a `GeneralName`, if it's of a kind that can be asked for.
    pub(super) fn to_general(&self) -> Vec<u8> {
        match self {
            Self::Dns(name) => written(context(2), &[name.as_bytes()]),
            Self::Ip(IpAddr::V4(address)) => written(context(7), &[&address.octets()]),
            Self::Ip(IpAddr::V6(address)) => written(context(7), &[&address.octets()]),
            Self::Mail(address) => written(context(1), &[address.as_bytes()]),
            Self::Uri(uri) | Self::Other(uri) => written(context(6), &[uri.as_bytes()]),
            Self::Directory(name) => written(constructed(4), &[name.to_der()]),
        }
    }

    /// A certificate's name, if it's of one of these kinds and well formed. A domain name may be a wildcard here.
    pub(super) fn of(name: &GeneralName<'_>) -> Option<Self> {
        match name {
            GeneralName::Dns(text) if is_presented_domain(text) => Some(Self::Dns(text.to_ascii_lowercase())),
            GeneralName::Mail(text) => mailbox(text).map(|_| Self::Mail((*text).to_string())),
            GeneralName::Ip(bytes) => ip(bytes).map(Self::Ip),
            GeneralName::Uri(text) => Some(Self::Uri((*text).to_string())),
            GeneralName::Directory(der) => Some(Self::Directory(DistinguishedName::known(der))),
            _ => None,
        }
    }

    /// A certificate's name, whatever it is.
    pub(super) fn of_any(name: &GeneralName<'_>) -> Self {
        Self::of(name).unwrap_or_else(|| Self::Other(name.to_string()))
    }

    /// Whether a certificate's name is this one.
    pub(super) fn is(&self, other: &GeneralName<'_>) -> bool {
        match (self, other) {
            (Self::Dns(wanted), GeneralName::Dns(offered)) => domain_matches(wanted, offered),
            (Self::Ip(wanted), GeneralName::Ip(offered)) => ip(offered) == Some(*wanted),
            (Self::Mail(wanted), GeneralName::Mail(offered)) => match (mailbox(wanted), mailbox(offered)) {
                (Some((user, host)), Some((other, at))) => user == other && host.eq_ignore_ascii_case(at),
                _ => false,
            },
            (Self::Uri(wanted), GeneralName::Uri(offered)) => wanted == offered,
            (Self::Directory(wanted), GeneralName::Directory(offered)) => {
                *wanted == DistinguishedName::known(offered)
            }
            _ => false,
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) | Self::Mail(name) | Self::Uri(name) | Self::Other(name) => {
                Printable(name).fmt(f)
            }
            Self::Ip(address) => address.fmt(f),
            Self::Directory(name) => name.fmt(f),
        }
    }
}

pub(super) const NOT_MAIL: &str = "not a mail address, such as alice@example.com";
const WILDCARD: &str =
    "not a domain name: `*` stands in certificates, and a name that's asked for is a whole one";

/// What's wrong with a text that has a name in it, as it's copied from elsewhere, or with none.
fn more_than_a_name(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        return Some("it's empty");
    }
    if text.contains("://") {
        return Some("a URL: only the name in it is wanted, without `https://`, port and path");
    }
    if text.contains('@') {
        return None;
    }
    if text.contains('/') {
        return Some("there's a `/` in it: a name is wanted, and nothing else");
    }
    let (name, port) = text.rsplit_once(':')?;
    let has_port = !port.is_empty() && port.bytes().all(|c| c.is_ascii_digit());
    let is_host = !name.contains(':') || name.ends_with(']');
    (has_port && is_host).then_some("it ends in a port: a name is wanted, and nothing else")
}

/// Whether a whole domain name, in lower case, is the one that a certificate has, which may start with `*.`.
fn domain_matches(wanted: &str, offered: &str) -> bool {
    if !is_domain(wanted) || !is_presented_domain(offered) {
        return false;
    }
    match offered.strip_prefix("*.") {
        Some(rest) => wanted.split_once('.').is_some_and(|(_, parent)| parent.eq_ignore_ascii_case(rest)),
        None => wanted.eq_ignore_ascii_case(offered),
    }
}

/// Whether text is a domain name: labels of letters, digits, `-` and `_`, of at most 63 characters and 253 in all;
/// the last one isn't a number, so that no IP address is taken for one.
///
/// `_` isn't allowed in names of hosts, and is in use.
pub(super) fn is_domain(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    name.len() <= 253 && name.split('.').all(is_label) && !last.bytes().all(|c| c.is_ascii_digit())
}

/// Whether a name in a certificate is a domain name, which may have `*` for its first label and then has two more.
pub(super) fn is_presented_domain(name: &str) -> bool {
    match name.strip_prefix("*.") {
        Some(rest) => is_domain(rest) && rest.contains('.'),
        None => is_domain(name),
    }
}

/// Whether a new certificate may be for a domain name: a host's, without `_` (RFC 5280, section 4.2.1.6), without
/// `--` where an A-label has it but for those (RFC 5890, section 2.3.1), and not one that browsers take for a number.
pub(super) fn is_issuable_domain(name: &str) -> bool {
    let is_label = |label: &str| {
        let reserved = label.as_bytes().get(2..4) == Some(b"--");
        let is_a_label = label.len() > 4 && label[..4].eq_ignore_ascii_case("xn--");
        !label.contains('_') && (!reserved || is_a_label)
    };
    let last = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let is_number =
        last.strip_prefix("0x").is_some_and(|digits| digits.bytes().all(|c| c.is_ascii_hexdigit()));
    is_presented_domain(name) && name.split('.').all(is_label) && !is_number
}

/// The two halves of a mail address: `user@host`, without quotes, comments and the like.
pub(super) fn mailbox(address: &str) -> Option<(&str, &str)> {
    let (user, host) = address.rsplit_once('@')?;
    let is_atom = |c: u8| c.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&c);
    let is_user =
        user.len() <= 64 && user.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atom));
    (is_user && is_domain(host)).then_some((user, host))
}

/// An address in a certificate: 4 or 16 bytes.
pub(super) fn ip(bytes: &[u8]) -> Option<IpAddr> {
    <[u8; 4]>::try_from(bytes)
        .map(IpAddr::from)
        .or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domain_names_of_new_certificates() {
        for name in ["example.com", "*.example.com", "localhost", "xn--bcher-kva.example", "a--b.com", "0x.a"]
        {
            assert!(is_issuable_domain(name), "{name}");
        }
        for name in ["_dmarc.example.com", "ab--c.com", "xn--.com", "*.com", "1.0x7f", "0x7f000001", "a..b"] {
            assert!(!is_issuable_domain(name), "{name}");
        }
    }

    #[test]
    fn domain_names() {
        for name in ["example.com", "a", "xn--bcher-kva.example", "a-b.c", "_dmarc.example.com", "1.2.3.a4"] {
            assert!(is_domain(name), "{name}");
        }
        let long = "a".repeat(64);
        for name in [
            "",
            ".",
            "a..b",
            ".a",
            "a.",
            "-a.b",
            "a-.b",
            "a b",
            "bücher.de",
            "1.2.3.4",
            "*.a",
            "a\0.b",
            &long,
        ] {
            assert!(!is_domain(name), "{name:?}");
        }
        assert!(is_domain(&["a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(61)].join(".")));
        assert!(!is_domain(&["a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(62)].join(".")));
    }

    #[test]
    fn wildcards() {
        let cases = [
            ("www.example.com", "*.example.com", true),
            ("WWW.example.com", "*.EXAMPLE.com", true),
            ("a.b.example.com", "*.example.com", false),
            ("example.com", "*.example.com", false),
            ("example.com", "*.com", false),
            ("www.example.com", "w*.example.com", false),
            ("www.example.com", "*w.example.com", false),
            ("www.example.com", "www.*.com", false),
            ("www.example.com", "*", false),
            ("www.example.com", "*.*.com", false),
            ("www.example.com", "*.example.com.", false),
            ("xn--a.example.com", "xn--*.example.com", false),
            ("www.example.com", "www.example.com\0.evil.com", false),
        ];
        for (wanted, offered, expected) in cases {
            let Name::Dns(wanted) = Name::new(wanted).unwrap() else { panic!("{wanted}") };
            assert_eq!(domain_matches(&wanted, offered), expected, "{wanted} {offered}");
        }
    }

    #[test]
    fn mail_addresses() {
        assert_eq!(mailbox("alice@example.com"), Some(("alice", "example.com")));
        assert_eq!(mailbox("*@example.com"), Some(("*", "example.com")));
        for address in [
            "@example.com",
            "a@",
            "a b@example.com",
            "\"a\"@example.com",
            "a@b@example.com",
            ".a@b.c",
            "a..b@c.d",
            "a@*.com",
        ] {
            assert_eq!(mailbox(address), None, "{address}");
        }
    }

    #[test]
    fn what_a_text_is() {
        assert_eq!(Name::new("[::1]").unwrap(), Name::Ip("::1".parse().unwrap()));
        for text in ["", "*.example.com", "bücher.de", "1.2.3", "a@b@c", "exa mple.com", "http://example.com"]
        {
            assert!(Name::new(text).is_err(), "{text}");
        }
        assert_eq!(Name::new("a//b@example.com").unwrap(), Name::Mail("a//b@example.com".into()));
        assert_eq!(Name::new("2001:db8::80").unwrap(), Name::Ip("2001:db8::80".parse().unwrap()));
    }
}
