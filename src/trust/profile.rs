//! What a certificate is issued for, for how long, and what's taken of a request.
//!
//! | profile | names | key | what it's for |
//! |---|---|---|---|
//! | server | domains, addresses: at least one | signatures; for RSA also encryption of keys, if asked for | servers; also clients, if asked for |
//! | client | domains, addresses, mail, URIs | signatures | clients |
//! | mail | mail addresses: at least one | signatures, and RSA's encryption of keys or a curve's key agreement | mail |
//! | code | none but the subject | signatures | signing programs |
//! | authority | none but the subject | certificates, revocation lists | whatever its issuer is for |
//!
//! A request proposes, the profile decides: of what's asked for it takes what's in its row, and whatever else was asked
//! for is refused and reported. A server's names all stand among the alternative names, the common name too, which
//! clients don't look at; a common name that isn't a server's is left out. Who checks that the names are the
//! author's is the caller.
//!
//! Sources: RFC 5280, section 4.2; the CA/Browser Forum's Baseline Requirements for TLS server certificates, version 2,
//! section 7.1.2.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;

use x509_cert::der;
use x509_cert::der::asn1::{Ia5String, OctetString};
use x509_cert::der::flagset::FlagSet;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::KeyUsages::{
    self, CRLSign, DigitalSignature, KeyAgreement, KeyCertSign, KeyEncipherment, NonRepudiation,
};
use x509_cert::ext::pkix::constraints::name::GeneralSubtree;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage, NameConstraints};

use super::algorithm::name_of;
use super::display::usage_names;
use super::distinguished::{DistinguishedName, printable, shortened};
use super::extensions::Extensions;
use super::name::{is_domain, mailbox, shown};
use super::purpose::{CLIENT, Kind};
use super::request::Request;
use super::sign::{encoding, extension, key_id};
use super::{Error, Name, Obstacle, Result, Time};
use crate::key::PublicKey;

/// How many authorities may be between an authority's certificate and that of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathLength {
    /// As many as its issuer allows.
    Any,
    /// At most so many; none for 0: then it issues no authorities' certificates.
    Max(u8),
}

/// For how long a certificate is valid: from its first second to its last.
///
/// ```
/// use oneway::trust::{Time, Validity};
///
/// let quarter = Validity::days(90); // from the moment when it's issued
/// let may: Time = "2027-05-01T00:00:00Z".parse().unwrap();
/// let later = Validity::days(31).starting(may); // up to 23:59:59 on the 31st
/// assert_eq!(later, Validity::between(may, "2027-05-31T23:59:59Z".parse().unwrap()));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Validity {
    from: Option<Time>,
    length: Length,
}

#[derive(Clone, Copy, Debug)]
enum Length {
    Days(u32),
    Until(Time),
}

impl Validity {
    /// So many days from the moment when it's issued, to the second: its last second is the one before the same time
    /// of day.
    pub fn days(days: u32) -> Self {
        Self { from: None, length: Length::Days(days) }
    }

    /// From one second to another, both included.
    pub fn between(from: impl Into<Time>, until: impl Into<Time>) -> Self {
        Self { from: Some(from.into()), length: Length::Until(until.into()) }
    }

    /// The same, from this second on; the end of one that was made by `between` stays.
    #[must_use]
    pub fn starting(self, from: impl Into<Time>) -> Self {
        Self { from: Some(from.into()), ..self }
    }

    /// The first and the last second, of one that's used now; the error doesn't say for whom.
    pub(super) fn resolve(self) -> Result<(Time, Time)> {
        let from = match self.from {
            Some(time) => time,
            None => Time::clock()?,
        };
        let seconds = from.unix_seconds();
        let until = match self.length {
            Length::Days(days) => {
                Time::from_unix_seconds((seconds + u64::from(days) * 86_400).saturating_sub(1))
            }
            Length::Until(time) => Time::from_unix_seconds(time.unix_seconds()),
        };
        let from = Time::from_unix_seconds(seconds);
        if until < from {
            let obstacle = Obstacle::Backwards { from, until };
            return Err(Error::Issue { subject: String::new(), obstacle });
        }
        Ok((from, until))
    }
}

/// Two are equal if they start at the same time, or at none, and end at the same.
impl PartialEq for Validity {
    fn eq(&self, other: &Self) -> bool {
        match (self.from, other.from, self.length, other.length) {
            (None, None, Length::Days(a), Length::Days(b)) => a == b,
            (None, None, Length::Until(a), Length::Until(b)) => a == b,
            (Some(_), Some(_), ..) => self.resolve() == other.resolve(),
            _ => false,
        }
    }
}

impl Eq for Validity {}

/// What a certificate is issued for.
///
/// ```
/// # #[cfg(all(feature = "std", feature = "getrandom"))] {
/// use oneway::ecdsa::{P256, SigningKey};
/// use oneway::trust::{Authority, PathLength, Profile, Request, Validity};
///
/// let root = Authority::self_signed("CN=Example Root", SigningKey::<P256>::generate()?, Validity::days(3650))?;
/// let key = SigningKey::<P256>::generate()?;
/// let request = Request::builder("CN=Example Servers").sign(&key)?;
/// // An authority for these names alone: an error of its, or a theft of its key, concerns no others.
/// let profile = Profile::authority(PathLength::Max(0)).permit("example.com")?.permit("192.0.2.0/24")?;
/// let servers = Authority::new(root.issue(&request, profile, Validity::days(365))?, key)?;
///
/// let request = Request::builder("CN=www.example.org").sign(&SigningKey::<P256>::generate()?)?;
/// let error = servers.issue(&request, Profile::server(), Validity::days(90)).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the certificate of CN=www.example.org names www.example.org, but CN=Example Servers permits only names within example.com"
/// );
/// # }
/// # Ok::<(), oneway::trust::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Profile {
    pub(super) kind: Kind,
    /// None if it isn't an authority's.
    pub(super) authority: Option<PathLength>,
    pub(super) may_outlive: bool,
    permitted: Vec<GeneralSubtree>,
    excluded: Vec<GeneralSubtree>,
}

impl Profile {
    fn new(kind: Kind, authority: Option<PathLength>) -> Self {
        Self { kind, authority, may_outlive: false, permitted: Vec::new(), excluded: Vec::new() }
    }

    /// For a server: domain names and addresses.
    pub fn server() -> Self {
        Self::new(Kind::Server, None)
    }

    /// For a client, who shows it to a server.
    pub fn client() -> Self {
        Self::new(Kind::Client, None)
    }

    /// For somebody who signs mail, and gets it encrypted, at the addresses that it has: alternative names, or
    /// `emailAddress` in the subject.
    pub fn mail() -> Self {
        Self::new(Kind::Mail, None)
    }

    /// For somebody who signs programs.
    pub fn code() -> Self {
        Self::new(Kind::Code, None)
    }

    /// For an authority, which issues certificates itself. If its issuer allows fewer authorities below it, so few it
    /// is.
    pub fn authority(path_length: PathLength) -> Self {
        Self::new(Kind::Any, Some(path_length))
    }

    /// Lets the certificate be valid longer than its issuer's, after whose time it doesn't convince: for an issuer whose
    /// certificate will be renewed with the same key.
    #[must_use]
    pub fn allow_outliving_issuer(self) -> Self {
        Self { may_outlive: true, ..self }
    }

    /// For an authority: it's for names within this, and, of the same kind, within nothing else that isn't permitted
    /// too. `example.com` permits that domain and all below it; `192.0.2.0/24` addresses; `@example.com` mail
    /// addresses at that host; `alice@example.com` that mailbox. Kinds of which nothing is permitted or excluded aren't
    /// constrained.
    ///
    /// # Errors
    /// [`Error::Name`] if it's none of these.
    pub fn permit(mut self, names: &str) -> Result<Self> {
        self.permitted.push(subtree(names)?);
        Ok(self)
    }

    /// For an authority: it isn't for names within this, in the forms of [`permit`](Self::permit).
    ///
    /// # Errors
    /// As for `permit`.
    pub fn exclude(mut self, names: &str) -> Result<Self> {
        self.excluded.push(subtree(names)?);
        Ok(self)
    }

    /// What's issued to the author of a request: subject and extensions, without those that depend on the issuer.
    pub(super) fn grant(&self, request: &Request, key: &PublicKey, path_length: Option<u8>) -> Result<Grant> {
        let mut grant = Grant { subject: request.subject().clone(), ..Grant::default() };
        self.grant_names(request, &mut grant)?;
        self.grant_usages(&request.extensions, key, &mut grant).map_err(encoding)?;
        self.grant_authority(&request.extensions, path_length, &mut grant).map_err(encoding)?;
        let id = key_id(request.public_key_der()).map_err(encoding)?;
        if request.extensions.key_id().is_some_and(|asked| asked != id.as_bytes()) {
            grant.refuse("subject key identifier", "the issuer makes it of the key");
        }
        grant.extensions.push(extension(14, false, &id).map_err(encoding)?);
        refuse_others(&request.extensions, &mut grant);
        Ok(grant)
    }

    fn grant_names(&self, request: &Request, grant: &mut Grant) -> Result<()> {
        let takes = |name: &GeneralName| match (self.kind, Name::of(name)) {
            (Kind::Server, Some(Name::Dns(_) | Name::Ip(_)))
            | (Kind::Mail, Some(Name::Mail(_)))
            | (Kind::Client, Some(_)) => true,
            (Kind::Client, None) => {
                matches!(name, GeneralName::UniformResourceIdentifier(uri) if is_uri(uri))
            }
            _ => false,
        };
        let mut names: Vec<GeneralName> = Vec::new();
        // What the subject says about names comes first: people expect it there.
        let mut kept = false;
        if self.kind == Kind::Server {
            grant.subject = request.subject().without_common_names(|text| {
                let name = text.as_deref().filter(|_| !kept).and_then(server_name);
                kept |= name.is_some();
                if name.is_none() {
                    let text = text.as_deref().map_or("not text".to_string(), printable);
                    grant.refused.push(Refusal {
                        asked: alloc::format!("common name {}", shortened(&text)),
                        why: "a server has one, which is one of its names, of at most 64 characters",
                    });
                }
                let is_kept = name.is_some();
                names.extend(name);
                is_kept
            });
        }
        if self.kind == Kind::Mail {
            let addresses = request.subject().email_addresses().filter(|text| mailbox(text).is_some());
            names
                .extend(addresses.filter_map(|text| Ia5String::new(&text).ok()).map(GeneralName::Rfc822Name));
        }
        for name in request.alternative_names() {
            if !takes(name) {
                let why = "not a name that this profile has, or not well formed";
                grant
                    .refused
                    .push(Refusal { asked: alloc::format!("name {}", shortened(&shown(name))), why });
            } else if !names.iter().any(|other| is_same(other, name)) {
                names.push(name.clone());
            }
        }
        let wanted = match self.kind {
            Kind::Server if names.is_empty() => Some("a domain or an address"),
            Kind::Mail if names.is_empty() => Some("a mail address"),
            _ if names.is_empty() && grant.subject.is_empty() => Some("a subject"),
            // An authority's subject is what it's found by.
            _ if self.authority.is_some() && grant.subject.is_empty() => Some("a subject"),
            _ => None,
        };
        if let Some(wanted) = wanted {
            return Err(Error::Issue { subject: request.who(), obstacle: Obstacle::NoName { wanted } });
        }
        if !names.is_empty() {
            let critical = grant.subject.is_empty();
            grant.extensions.push(extension(17, critical, &names).map_err(encoding)?);
        }
        Ok(())
    }

    /// Key usages: what such a key has in any case or nothing, what it has unless something is asked for, and what it may
    /// have.
    fn usages(&self, key: &PublicKey) -> [FlagSet<KeyUsages>; 3] {
        let none = FlagSet::from(None);
        let (signs, commits) = (FlagSet::from(DigitalSignature), FlagSet::from(NonRepudiation));
        let encrypts = match key {
            PublicKey::Rsa(_) => KeyEncipherment.into(),
            PublicKey::Ed25519(_) => none,
            _ => KeyAgreement.into(),
        };
        let certifies = KeyCertSign | CRLSign;
        match (self.kind, key) {
            _ if self.authority.is_some() => [certifies, certifies, certifies | DigitalSignature],
            (Kind::Server, PublicKey::Rsa(_)) => [none, signs, signs | encrypts],
            (Kind::Mail, _) => [none, signs | encrypts, signs | commits | encrypts],
            (Kind::Code, _) => [signs, signs, signs | commits],
            _ => [signs, signs, signs],
        }
    }

    fn grant_usages(&self, asked: &Extensions, key: &PublicKey, grant: &mut Grant) -> der::Result<()> {
        let [always, usual, allowed] = self.usages(key);
        let wanted = asked.key_usage.as_ref().map_or(FlagSet::from(None), |usage| usage.value.0);
        let refused = usage_names(KeyUsage(wanted & !allowed));
        if !refused.is_empty() {
            let asked = alloc::format!("key usage: {}", refused.join(", "));
            grant.refused.push(Refusal { asked, why: "this profile doesn't have it for such a key" });
        }
        let taken = wanted & allowed;
        let usages = if taken.is_empty() { usual } else { taken | always };
        grant.extensions.push(extension(15, true, &KeyUsage(usages))?);

        let Some((own, _)) = self.kind.extended() else {
            if asked.extended_key_usage.is_some() {
                grant.refuse("extended key usage", "an authority's issuer doesn't limit it to that");
            }
            return Ok(());
        };
        let mut purposes = alloc::vec![own];
        for oid in asked.extended_key_usage.iter().flat_map(|usage| &usage.value) {
            if purposes.contains(oid) {
                continue;
            }
            if self.kind == Kind::Server && *oid == CLIENT {
                purposes.push(*oid);
            } else {
                let asked = alloc::format!("extended key usage: {}", name_of(*oid));
                grant.refused.push(Refusal { asked, why: "this profile doesn't have it" });
            }
        }
        grant.extensions.push(extension(37, false, &purposes)?);
        Ok(())
    }

    fn grant_authority(
        &self,
        asked: &Extensions,
        path_length: Option<u8>,
        grant: &mut Grant,
    ) -> der::Result<()> {
        let constraints = BasicConstraints {
            ca: self.authority.is_some(),
            path_len_constraint: path_length.filter(|_| self.authority.is_some()),
        };
        match asked.basic_constraints.as_ref().map(|asked| &asked.value) {
            Some(asked) if asked.ca && !constraints.ca => {
                grant.refuse("basic constraints: an authority", "this profile isn't for authorities");
            }
            Some(asked) if constraints.ca && asked.path_len_constraint != constraints.path_len_constraint => {
                grant.refuse("basic constraints: path length", "its issuer decides about it");
            }
            _ => {}
        }
        grant.extensions.push(extension(19, true, &constraints)?);
        let trees = |trees: &Vec<GeneralSubtree>| Some(trees.clone()).filter(|trees| !trees.is_empty());
        let constraints = NameConstraints {
            permitted_subtrees: trees(&self.permitted),
            excluded_subtrees: trees(&self.excluded),
        };
        let some = constraints.permitted_subtrees.is_some() || constraints.excluded_subtrees.is_some();
        if some && self.authority.is_some() {
            grant.extensions.push(extension(30, true, &constraints)?);
        }
        Ok(())
    }
}

/// What's asked for beside what every profile knows.
fn refuse_others(asked: &Extensions, grant: &mut Grant) {
    let known = [
        (asked.authority_key_id.is_some(), "authority key identifier"),
        (asked.policies.is_some(), "certificate policies"),
        (asked.policy_mappings.is_some(), "policy mappings"),
        (asked.issuer_alternative_names.is_some(), "issuer alternative name"),
        (asked.name_constraints.is_some(), "name constraints"),
        (asked.policy_constraints.is_some(), "policy constraints"),
        (asked.distribution_points.is_some(), "CRL distribution points"),
        (asked.inhibit_any_policy.is_some(), "inhibit anyPolicy"),
        (asked.authority_info.is_some(), "authority information access"),
        (asked.subject_info.is_some(), "subject information access"),
    ];
    for (_, name) in known.into_iter().filter(|(is_asked, _)| *is_asked) {
        grant.refuse(name, "it's for the issuer to say");
    }
    for (oid, _) in &asked.others {
        let asked = alloc::format!("extension {}", name_of(*oid));
        grant.refused.push(Refusal { asked, why: "this profile doesn't have it" });
    }
}

/// What a profile makes of a request.
#[derive(Default)]
pub(super) struct Grant {
    pub(super) subject: DistinguishedName,
    pub(super) extensions: Vec<Extension>,
    pub(super) refused: Vec<Refusal>,
}

impl Grant {
    fn refuse(&mut self, asked: &str, why: &'static str) {
        self.refused.push(Refusal { asked: asked.to_string(), why });
    }
}

/// Something that a request asked for and didn't get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What was asked for.
    pub asked: String,
    /// Why it wasn't granted.
    pub why: &'static str,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.asked, self.why)
    }
}

/// The name of a server that a common name is, written in the same way.
fn server_name(common: &str) -> Option<GeneralName> {
    // ub-common-name of RFC 5280, appendix A.1.
    if common.len() > 64 {
        return None;
    }
    if let Ok(address) = common.parse::<IpAddr>() {
        // Other ways of writing it are other common names.
        return Name::Ip(address).to_general().ok().filter(|_| address.to_string() == common);
    }
    let name = GeneralName::DnsName(Ia5String::new(common).ok()?);
    Name::of(&name).map(|_| name)
}

fn is_same(a: &GeneralName, b: &GeneralName) -> bool {
    a == b || (Name::of(a).is_some() && Name::of(a) == Name::of(b))
}

/// `scheme:` and what's visible in ASCII.
fn is_uri(text: &Ia5String) -> bool {
    let text = text.as_str();
    text.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
            && !rest.is_empty()
            && rest.chars().all(|c| c.is_ascii_graphic())
    })
}

/// The tree of names that a text stands for.
fn subtree(text: &str) -> Result<GeneralSubtree> {
    let error = || Error::Name {
        name: printable(text),
        problem: "not a domain, a range of addresses such as 192.0.2.0/24, or a mail address or @host",
    };
    let ia5 = |text: &str| Ia5String::new(text).map_err(|_| error());
    let (address, bits) = text.split_once('/').unwrap_or((text, ""));
    let base = if let Ok(address) = address.parse::<IpAddr>() {
        let bits = if text.contains('/') { Some(bits.parse().map_err(|_| error())?) } else { None };
        GeneralName::IpAddress(range(address, bits).ok_or_else(error)?)
    } else if let Some(host) = text.strip_prefix('@').filter(|host| is_domain(host)) {
        GeneralName::Rfc822Name(ia5(host)?)
    } else if mailbox(text).is_some() {
        GeneralName::Rfc822Name(ia5(text)?)
    } else if is_domain(text) {
        GeneralName::DnsName(ia5(text)?)
    } else {
        return Err(error());
    };
    Ok(GeneralSubtree { base, minimum: 0, maximum: None })
}

/// A range of addresses as certificates have it: the first one, and a mask (RFC 5280, section 4.2.1.10).
fn range(address: IpAddr, bits: Option<u32>) -> Option<OctetString> {
    let (address, width) = match address {
        IpAddr::V4(address) => (address.to_bits().into(), 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    };
    let bits = bits.unwrap_or(width);
    // All ones but the last bits, of which there may be none or all.
    let host =
        if bits > width { return None } else { u128::MAX.checked_shr(128 - (width - bits)).unwrap_or(0) };
    if address & host != 0 {
        return None;
    }
    let bytes = |number: u128| number.to_be_bytes()[16 - width as usize / 8..].to_vec();
    OctetString::new([bytes(address), bytes(!host)].concat()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_addresses() {
        let of = |text: &str| match subtree(text).ok()?.base {
            GeneralName::IpAddress(bytes) => Some(bytes.as_bytes().to_vec()),
            _ => None,
        };
        assert_eq!(of("192.0.2.0/24").unwrap(), [192, 0, 2, 0, 255, 255, 255, 0]);
        assert_eq!(of("192.0.2.1").unwrap(), [192, 0, 2, 1, 255, 255, 255, 255]);
        assert_eq!(of("0.0.0.0/0").unwrap(), [0; 8]);
        assert_eq!(of("10.0.0.0/31").unwrap(), [10, 0, 0, 0, 255, 255, 255, 254]);
        let six = of("2001:db8::/33").unwrap();
        assert_eq!(six.len(), 32);
        assert_eq!(six[16..22], [255, 255, 255, 255, 0x80, 0]);
        assert_eq!(of("::/0").unwrap(), [0; 32]);
        assert_eq!(of("::1").unwrap()[16..], [255; 16]);
        for text in
            ["192.0.2.1/24", "192.0.2.0/33", "::/129", "1.2.3.4/", "1.2.3.4/x", "/8", "*.a.de", ".a.de"]
        {
            assert!(subtree(text).is_err(), "{text}");
        }
    }

    #[test]
    fn common_names_of_servers() {
        for text in
            ["www.example.com", "*.example.com", "WWW.Example.Com", "192.0.2.1", "2001:db8::1", "localhost"]
        {
            assert!(server_name(text).is_some(), "{text}");
        }
        let long = alloc::format!("{}.example.com", "a".repeat(53));
        for text in ["Example Server", "2001:DB8::1", "2001:0db8::1", "a@example.com", "", "*.com", &long] {
            assert!(server_name(text).is_none(), "{text}");
        }
    }

    #[test]
    fn validity_to_the_second() {
        let from: Time = "2027-02-28T12:00:00.7Z".parse().unwrap();
        let (first, last) = Validity::days(1).starting(from).resolve().unwrap();
        assert_eq!(first.to_string(), "2027-02-28T12:00:00Z");
        assert_eq!(last.to_string(), "2027-03-01T11:59:59Z");
        let (first, last) = Validity::days(u32::MAX).starting(from).resolve().unwrap();
        assert!(first < last && last.to_string().starts_with("9999-12-31"));
        assert!(Validity::days(0).starting(from).resolve().is_err());
    }
}
