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
//! clients don't look at. Mail addresses in a subject are among the alternative names too, or left out. That the names are
//! the author's is for the caller to find out: [`Request::names`] has all that a certificate gets of them.
//!
//! **The subject** is what the caller chooses: [`Profile::subject`], or, of the request's, [`Profile::keep`] or
//! [`Profile::keep_subject`]. Programs take groups, users and rights from it (`O=system:masters` is Kubernetes'
//! administrator), and its author may have written anything there. Unless it's chosen, a server's certificate keeps the
//! last common name that's one of its names, one for mail keeps mail addresses, an authority's all (it's who it is), and
//! others nothing.
//!
//! What's issued is what RFC 5280 asks for, and what [`Policy::web`](super::Policy::web) accepts. Authorities that the
//! public trusts have to say and to do more (certificate policies, answers on revocation, logs, short times, checked
//! names): extensions for that are the caller's, by [`Profile::with_extension`].
//!
//! Sources: RFC 5280, section 4.2; the CA/Browser Forum's Baseline Requirements for TLS server certificates, version 2,
//! section 7.1.2.

use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;

use x509_cert::der::flagset::FlagSet;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::KeyUsage;
use x509_cert::ext::pkix::KeyUsages::{
    self, CRLSign, DigitalSignature, KeyAgreement, KeyCertSign, KeyEncipherment, NonRepudiation,
};

use super::der::{
    BIT_STRING, BOOLEAN, OBJECT_IDENTIFIER, OCTET_STRING, constructed, context, sequence, sequence_of,
    written,
};
use super::display::usage_names;
use super::distinguished::{
    COMMON_NAME, DistinguishedName, EMAIL_ADDRESS, printable, shortened, type_name_or_number, type_of,
};
use super::extensions::{Basic, Extensions, Known};
use super::general_name::GeneralName;
use super::name::{is_domain, is_issuable_domain, mailbox};
use super::oid::name_of;
use super::path::check_key;
use super::policy::Policy;
use super::purpose::{CLIENT, Kind};
use super::request::Request;
use super::sign::{extension, extension_from, key_id};
use super::{Error, Name, Obstacle, Result, Time};
use crate::key::{PublicKey, der::integer};

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
/// let last: Time = "2027-05-31T23:59:59Z".parse().unwrap();
/// assert_eq!(later, Validity::between(may, last));
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
/// // An authority for these domains and addresses alone: an error of its, or a theft of its key, concerns no others.
/// let profile = Profile::authority(PathLength::Max(0)).permit("example.com")?.permit("192.0.2.0/24")?;
/// let servers = Authority::new(root.issue(&request, profile, Validity::days(365))?, key)?;
///
/// let request = Request::builder("CN=www.example.org").sign(&SigningKey::<P256>::generate()?)?;
/// let error = servers.issue(&request, Profile::server(), Validity::days(90)).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the certificate of CN=www.example.org names www.example.org, but CN=Example Servers may vouch for example.com, 192.0.2.0/24 only"
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
    pub(super) may_have_issuers_name: bool,
    subject: Subject,
    /// Subtrees, as DER.
    permitted: Vec<Vec<u8>>,
    excluded: Vec<Vec<u8>>,
    others: Vec<Extension>,
}

/// What becomes of a request's subject.
#[derive(Clone, Debug)]
enum Subject {
    /// What's usual for the profile.
    Usual,
    /// All of it.
    Kept,
    /// Attributes of these types, by the contents of their OBJECT IDENTIFIERs.
    Some(Vec<Vec<u8>>),
    /// Another one.
    Given(DistinguishedName),
}

/// How many names, and purposes, a request may have. (Certificates with more names than that aren't in use.)
const MAX_NAMES: usize = 1000;
const MAX_PURPOSES: usize = 100;
/// What's wanted where nobody is named.
const SUBJECT: &str =
    "a subject (`Profile::subject` gives one, `Profile::keep` keeps parts of the request's)";

impl Profile {
    fn new(kind: Kind, authority: Option<PathLength>) -> Self {
        let (permitted, excluded, others) = (Vec::new(), Vec::new(), Vec::new());
        let (may_outlive, may_have_issuers_name, subject) = (false, false, Subject::Usual);
        Self { kind, authority, may_outlive, may_have_issuers_name, subject, permitted, excluded, others }
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

    /// Signs a request whose subject is the issuer's own name, with another key: for an authority that gets a new key. Anybody
    /// else with that name could be taken for the issuer.
    #[must_use]
    pub fn allow_name_of_issuer(self) -> Self {
        Self { may_have_issuers_name: true, ..self }
    }

    /// With this subject, in the form of RFC 4514, whatever the request's is.
    ///
    /// # Errors
    /// [`Error::Name`] if it isn't one.
    pub fn subject(self, subject: impl AsRef<str>) -> Result<Self> {
        let subject = DistinguishedName::new_from_text(subject.as_ref())?;
        Ok(Self { subject: Subject::Given(subject), ..self })
    }

    /// Keeps attributes of these types of the request's subject, such as `["CN", "O"]`: whoever issues the certificate has
    /// looked at them.
    ///
    /// # Errors
    /// [`Error::Name`] for a type that isn't known, nor a dotted number.
    pub fn keep<T: AsRef<str>>(self, types: impl IntoIterator<Item = T>) -> Result<Self> {
        let problem = "not a type of attributes, such as CN, nor a dotted number";
        let types = types.into_iter().map(|name| {
            let name = name.as_ref();
            type_of(name).ok_or_else(|| Error::Name { name: printable(name), problem })
        });
        Ok(Self { subject: Subject::Some(types.collect::<Result<_>>()?), ..self })
    }

    /// Keeps the request's subject, but for what a certificate of this kind doesn't have: whoever issues the certificate
    /// has looked at it.
    #[must_use]
    pub fn keep_subject(self) -> Self {
        Self { subject: Subject::Kept, ..self }
    }

    /// The same, if nothing else was chosen: for who signs what's their own.
    pub(super) fn of_own_subject(&self) -> Self {
        match self.subject {
            Subject::Usual => self.clone().keep_subject(),
            _ => self.clone(),
        }
    }

    /// For an authority: it's for names within this, and, of the same kind, within nothing else that isn't permitted
    /// too. `example.com` permits that domain and all below it; `192.0.2.0/24` addresses; `@example.com` mail
    /// addresses at that host; `alice@example.com` that mailbox. Kinds of which nothing is permitted or excluded aren't
    /// constrained: who permits a domain alone permits all addresses, and all mail.
    ///
    /// # Errors
    /// [`Error::Name`] if it's none of these, and for other profiles than an authority's.
    pub fn permit(mut self, names: &str) -> Result<Self> {
        let trees = self.subtrees(names)?;
        self.permitted.extend(trees.into_iter().take(1));
        Ok(self)
    }

    /// For an authority: it isn't for names within this, in the forms of [`permit`](Self::permit). A range of addresses of
    /// version 4 also excludes those of version 6 that stand for them (`::ffff:192.0.2.0/120`).
    ///
    /// # Errors
    /// As for `permit`.
    pub fn exclude(mut self, names: &str) -> Result<Self> {
        let trees = self.subtrees(names)?;
        self.excluded.extend(trees);
        Ok(self)
    }

    fn subtrees(&self, names: &str) -> Result<Vec<Vec<u8>>> {
        if self.authority.is_some() {
            return subtrees(names);
        }
        let problem = "only an authority's certificate has name constraints";
        Err(Error::Name { name: printable(names), problem })
    }

    /// With an extension of the caller's, as it is: certificate policies, say. It can't be one that the profile makes
    /// itself, or a critical one that this crate doesn't know.
    #[must_use]
    pub fn with_extension(mut self, extension: Extension) -> Self {
        self.others.push(extension);
        self
    }

    /// What's issued to the author of a request: subject and extensions, without those that depend on the issuer.
    pub(super) fn grant(&self, request: &Request, key: &PublicKey, path_length: Option<u8>) -> Result<Grant> {
        let fails = |obstacle| Error::Issue { subject: request.who(), obstacle };
        check_key(key, &Policy::web())
            .map_err(|reason| Error::Possession { subject: request.who(), reason })?;
        let purposes = request.extended_key_usage().map_or(0, |all| all.len());
        for (of, count, max) in [
            ("names", request.alternative_names().len(), MAX_NAMES),
            ("extended key usages", purposes, MAX_PURPOSES),
        ] {
            if count > max {
                return Err(fails(Obstacle::TooMany { of, max }));
            }
        }
        let mut grant = Grant::default();
        let names = self.grant_names(request, &mut grant);
        grant.subject.check_writable().map_err(|problem| fails(Obstacle::Subject { problem }))?;
        let wanted = match self.kind {
            Kind::Server if names.is_empty() => Some("a domain or an address"),
            Kind::Mail if names.is_empty() => Some("a mail address"),
            _ if names.is_empty() && grant.subject.is_empty() => Some(SUBJECT),
            // An authority's subject is what it's found by.
            _ if self.authority.is_some() && grant.subject.is_empty() => Some(SUBJECT),
            _ => None,
        };
        if let Some(wanted) = wanted {
            return Err(fails(Obstacle::NoName { wanted }));
        }
        if !names.is_empty() {
            grant.extensions.push(extension(17, grant.subject.is_empty(), &sequence_of(&names)));
        }
        self.grant_usages(&request.extensions, key, &mut grant);
        self.grant_authority(&request.extensions, path_length, &mut grant);
        let key_id = self.key_id(request, &mut grant);
        grant.extensions.push(extension(14, false, &written(OCTET_STRING, &[&key_id])));
        self.refuse_others(&request.extensions, &mut grant);
        grant.extensions.extend(self.others.iter().map(extension_from));
        Ok(grant)
    }

    /// The key identifier. One that an authority asks for may be in what it has issued already; it's no more than a
    /// mark.
    fn key_id(&self, request: &Request, grant: &mut Grant) -> Vec<u8> {
        let own = key_id(request.public_key_der()).unwrap_or_default();
        match request.extensions.key_id() {
            Some(asked) if asked == own => {}
            Some(asked) if self.authority.is_some() && (1..=32).contains(&asked.len()) => {
                return asked.to_vec();
            }
            Some(_) => grant.refuse("subject key identifier", "the issuer makes it of the key"),
            None => {}
        }
        own
    }

    /// The alternative names; and the subject, of the grant.
    fn grant_names(&self, request: &Request, grant: &mut Grant) -> Vec<Vec<u8>> {
        let mut names = Names::default();
        // What the subject says about names comes first: people expect it there.
        let is_server = self.kind == Kind::Server;
        let has_mail = matches!(self.kind, Kind::Client | Kind::Mail);
        let source = match &self.subject {
            Subject::Given(subject) => subject,
            _ => request.subject(),
        };
        let mut common: Vec<Name> = Vec::new();
        if is_server {
            common.extend(source.common_names().filter_map(|text| server_name(&text)));
        }
        let last = common.last().cloned();
        common.reverse();
        names.extend(common);
        let mut refused = Vec::new();
        grant.subject = source.filtered(|attribute, text| {
            let (oid, name) = (attribute.oid, text.as_deref());
            let why = match oid {
                COMMON_NAME if is_server => match name.and_then(server_name) {
                    Some(name) if Some(&name) == last.as_ref() => return true,
                    Some(_) => "a server has one, the last; this one is among its other names",
                    None => "a server has one, which is one of its names, of at most 64 characters",
                },
                EMAIL_ADDRESS => match name.map(Name::new) {
                    Some(Ok(name @ Name::Mail(_))) if has_mail => {
                        names.extend([name]);
                        return self.keeps(oid) || matches!(self.subject, Subject::Usual);
                    }
                    _ => "not a mail address, or for a profile that has none",
                },
                _ if self.keeps(oid) => return true,
                _ => "not among what the profile keeps of a subject (`keep`, `keep_subject`, or `subject` for another)",
            };
            let text = name.map_or("that isn't text".to_string(), printable);
            let asked = alloc::format!("{} {}", kind_of(oid), shortened(&text));
            refused.push(Refusal { asked, why });
            false
        });
        for name in request.alternative_names() {
            match self.check_name(&name) {
                Ok(()) => names.extend([Name::of_any(&name)]),
                Err(why) => {
                    let asked = alloc::format!("name {}", shortened(&name));
                    refused.push(Refusal { asked, why });
                }
            }
        }
        grant.refused = refused;
        names.list
    }

    /// Whether attributes of a type are kept.
    fn keeps(&self, oid: &[u8]) -> bool {
        match &self.subject {
            Subject::Usual => self.authority.is_some(),
            Subject::Kept | Subject::Given(_) => true,
            Subject::Some(types) => types.iter().any(|kept| kept == oid),
        }
    }

    /// Whether the profile takes a name; if not, why not.
    fn check_name(&self, name: &GeneralName<'_>) -> Result<(), &'static str> {
        const OTHER: &str = "this profile doesn't have names of this kind";
        let (hosts, mail) = match self.kind {
            Kind::Server => (true, false),
            Kind::Mail => (false, true),
            Kind::Client => (true, true),
            _ => return Err(OTHER),
        };
        let is_taken = match name {
            GeneralName::Dns(_) | GeneralName::Ip(_) => hosts,
            GeneralName::Mail(_) => mail,
            GeneralName::Uri(_) => self.kind == Kind::Client,
            _ => false,
        };
        if !is_taken {
            return Err(OTHER);
        }
        let is_well_formed = match (name, Name::of(name)) {
            (GeneralName::Uri(uri), _) => is_uri(uri),
            (_, Some(Name::Dns(name))) => is_issuable_domain(&name),
            (_, Some(Name::Ip(address))) => address == address.to_canonical(),
            (_, name) => name.is_some(),
        };
        if is_well_formed { Ok(()) } else { Err("not well formed, or not one that new certificates have") }
    }

    /// Key usages: what such a key has in any case or nothing, what it has unless something is asked for, and what it may
    /// have.
    fn usages(&self, key: &PublicKey, for_clients: bool) -> [FlagSet<KeyUsages>; 3] {
        let none = FlagSet::from(None);
        let (signs, commits) = (FlagSet::from(DigitalSignature), FlagSet::from(NonRepudiation));
        // A key for PSS alone is for signatures (RFC 4055, section 1.2).
        let (encrypts, for_both) = match key {
            PublicKey::Rsa(key) if key.pss_binding().is_none() => (KeyEncipherment.into(), true),
            PublicKey::Rsa(_) | PublicKey::Ed25519(_) => (none, false),
            _ => (KeyAgreement.into(), false),
        };
        let certifies = KeyCertSign | CRLSign;
        match self.kind {
            _ if self.authority.is_some() => [certifies, certifies, certifies | DigitalSignature],
            Kind::Server if for_both && !for_clients => [none, signs, signs | encrypts],
            Kind::Server if for_both => [signs, signs, signs | encrypts],
            Kind::Mail if encrypts.is_empty() => [signs, signs, signs | commits],
            Kind::Mail => [none, signs | encrypts, signs | commits | encrypts],
            Kind::Code => [signs, signs, signs | commits],
            _ => [signs, signs, signs],
        }
    }

    fn grant_usages(&self, asked: &Extensions, key: &PublicKey, grant: &mut Grant) {
        let mut purposes: Vec<_> = self.kind.extended().into_iter().map(|(own, _)| own).collect();
        let usages = asked.extended_key_usage().ok().flatten();
        for oid in usages.into_iter().flat_map(|usage| usage.value) {
            if purposes.contains(&oid) {
                continue;
            }
            if self.kind == Kind::Server && oid == CLIENT {
                purposes.push(CLIENT);
            } else {
                let asked = alloc::format!("extended key usage: {}", name_of(oid));
                grant.refused.push(Refusal { asked, why: "this profile doesn't have it" });
            }
        }
        let [always, usual, allowed] = self.usages(key, purposes.contains(&CLIENT));
        let wanted = asked.key_usage().ok().flatten().map_or(FlagSet::from(None), |usage| usage.value);
        let refused = usage_names(KeyUsage(wanted & !allowed));
        if !refused.is_empty() {
            let asked = alloc::format!("key usage: {}", refused.join(", "));
            grant.refused.push(Refusal { asked, why: "this profile doesn't have it for such a key" });
        }
        let taken = wanted & allowed;
        let usages = if taken.is_empty() { usual } else { taken | always };
        grant.extensions.push(extension(15, true, &written_usages(usages)));
        if !purposes.is_empty() {
            let purposes = purposes.iter().map(|oid| written(OBJECT_IDENTIFIER, &[oid]));
            grant.extensions.push(extension(37, false, &sequence_of(purposes)));
        }
    }

    fn grant_authority(&self, asked: &Extensions, path_length: Option<u8>, grant: &mut Grant) {
        let ca = self.authority.is_some();
        let constraints = Basic { ca, path_len: path_length.filter(|_| ca).map(u32::from) };
        match asked.basic().ok().flatten().map(|asked| asked.value) {
            Some(asked) if asked.ca && !constraints.ca => {
                grant.refuse("basic constraints: an authority", "this profile isn't for authorities");
            }
            Some(asked) if !asked.ca && constraints.ca => {
                grant.refuse("basic constraints: not an authority", "this profile is for authorities");
            }
            Some(asked) if asked.path_len.is_some() && asked.path_len != constraints.path_len => {
                grant.refuse("basic constraints: path length", "its issuer decides about it");
            }
            _ => {}
        }
        let ca = if constraints.ca { written(BOOLEAN, &[&[0xff]]) } else { Vec::new() };
        let path_len = constraints.path_len.map_or_else(Vec::new, |max| integer(&max.to_be_bytes()).to_vec());
        grant.extensions.push(extension(19, true, &sequence(&[&ca, &path_len])));
        let trees = |number, trees: &[Vec<u8>]| match trees {
            [] => Vec::new(),
            trees => written(constructed(number), &[&trees.concat()]),
        };
        if self.authority.is_some() && !(self.permitted.is_empty() && self.excluded.is_empty()) {
            let value = sequence(&[&trees(0, &self.permitted), &trees(1, &self.excluded)]);
            grant.extensions.push(extension(30, true, &value));
        }
    }

    /// What's asked for beside what every profile knows.
    fn refuse_others(&self, asked: &Extensions, grant: &mut Grant) {
        for known in asked.present() {
            let is_of_profiles = matches!(
                known,
                Known::SubjectKeyId
                    | Known::KeyUsage
                    | Known::AlternativeNames
                    | Known::BasicConstraints
                    | Known::ExtendedKeyUsage
            );
            if !is_of_profiles {
                grant.refuse(known.name(), "it's for the issuer to say");
            }
        }
        let has = |oid: &[u8]| self.others.iter().any(|own| own.extn_id.as_bytes() == oid);
        for (oid, ..) in asked.others().filter(|(oid, ..)| !has(oid)) {
            let asked = alloc::format!("extension {}", name_of(oid));
            grant.refused.push(Refusal { asked, why: "this profile doesn't have it" });
        }
    }
}

/// What a part of a subject is called in what's reported.
fn kind_of(oid: &[u8]) -> String {
    match oid {
        COMMON_NAME => "common name".into(),
        EMAIL_ADDRESS => "mail address".into(),
        other => alloc::format!("{} of the subject", type_name_or_number(other)),
    }
}

/// A `KeyUsage`, as DER: its bits up to the last that's set.
pub(super) fn written_usages(usages: FlagSet<KeyUsages>) -> Vec<u8> {
    let bits = usages.bits().reverse_bits();
    let (len, unused) = (16 - bits.trailing_zeros().min(16), bits.trailing_zeros() % 8);
    let unused = if len == 0 { 0 } else { unused as u8 };
    written(BIT_STRING, &[&[unused], &bits.to_be_bytes()[..len.div_ceil(8) as usize]])
}

/// Names in the order in which they came, each one once: as a certificate is for them, whatever its letters' case.
#[derive(Default)]
struct Names {
    /// As DER.
    list: Vec<Vec<u8>>,
    seen: BTreeSet<Name>,
}

impl Extend<Name> for Names {
    fn extend<I: IntoIterator<Item = Name>>(&mut self, names: I) {
        for name in names {
            let der = name.to_general();
            if self.seen.insert(name) {
                self.list.push(der);
            }
        }
    }
}

/// What a profile makes of a request.
#[derive(Default)]
pub(super) struct Grant {
    pub(super) subject: DistinguishedName,
    /// As DER.
    pub(super) extensions: Vec<Vec<u8>>,
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
pub(super) fn server_name(common: &str) -> Option<Name> {
    // ub-common-name of RFC 5280, appendix A.1.
    if common.len() > 64 {
        return None;
    }
    if let Ok(address) = common.parse::<IpAddr>() {
        // Other ways of writing it are other common names.
        let is_copy = address.to_string() == common && address == address.to_canonical();
        return Some(Name::Ip(address)).filter(|_| is_copy);
    }
    is_issuable_domain(common).then(|| Name::Dns(common.to_string()))
}

/// `scheme:` and what's visible in ASCII.
pub(super) fn is_uri(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
            && !rest.is_empty()
            && rest.chars().all(is_of_uri)
    })
}

/// Whether a character may be in a URI (RFC 3986, appendix A).
pub(super) fn is_of_uri(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c)
}

/// The trees of names that a text stands for, as DER: the one that it says, and of a range of addresses of version 4 the
/// one of those of version 6 that stand for them.
fn subtrees(text: &str) -> Result<Vec<Vec<u8>>> {
    let error = || Error::Name {
        name: printable(text),
        problem: "not a domain, a range of addresses such as 192.0.2.0/24, or a mail address or @host",
    };
    let tree = |tag, base: &[u8]| sequence(&[&written(context(tag), &[base])]);
    let (address, bits) = text.split_once('/').unwrap_or((text, ""));
    if let Ok(address) = address.parse::<IpAddr>() {
        let is_number = bits.bytes().all(|c| c.is_ascii_digit());
        let bits: Option<u32> = match bits.parse() {
            Ok(bits) if is_number => Some(bits),
            Err(_) if !text.contains('/') => None,
            _ => return Err(error()),
        };
        let mut trees = alloc::vec![tree(7, &range(address, bits).ok_or_else(error)?)];
        if let IpAddr::V4(address) = address {
            let mapped = range(address.to_ipv6_mapped().into(), Some(96 + bits.unwrap_or(32)));
            trees.extend(mapped.map(|range| tree(7, &range)));
        }
        return Ok(trees);
    }
    let (tag, base) = if let Some(host) = text.strip_prefix('@').filter(|host| is_domain(host)) {
        (1, host)
    } else if mailbox(text).is_some() {
        (1, text)
    } else if is_domain(text) {
        (2, text)
    } else {
        return Err(error());
    };
    Ok(alloc::vec![tree(tag, base.as_bytes())])
}

/// A range of addresses as certificates have it: the first one, and a mask (RFC 5280, section 4.2.1.10).
fn range(address: IpAddr, bits: Option<u32>) -> Option<Vec<u8>> {
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
    Some([bytes(address), bytes(!host)].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_addresses() {
        // A tree is a SEQUENCE of one name, each with a head of two bytes.
        let of = |text: &str| Some(subtrees(text).ok()?[0][4..].to_vec());
        assert_eq!(of("192.0.2.0/24").unwrap(), [192, 0, 2, 0, 255, 255, 255, 0]);
        assert_eq!(of("192.0.2.1").unwrap(), [192, 0, 2, 1, 255, 255, 255, 255]);
        assert_eq!(of("0.0.0.0/0").unwrap(), [0; 8]);
        assert_eq!(of("10.0.0.0/31").unwrap(), [10, 0, 0, 0, 255, 255, 255, 254]);
        let six = of("2001:db8::/33").unwrap();
        assert_eq!(six.len(), 32);
        assert_eq!(six[16..22], [255, 255, 255, 255, 0x80, 0]);
        assert_eq!(of("::/0").unwrap(), [0; 32]);
        assert_eq!(of("::1").unwrap()[16..], [255; 16]);
        for text in [
            "192.0.2.1/24",
            "192.0.2.0/33",
            "::/129",
            "1.2.3.4/",
            "1.2.3.4/x",
            "/8",
            "1.2.3.0/+24",
            "*.a.de",
            ".a.de",
        ] {
            assert!(subtrees(text).is_err(), "{text}");
        }
    }

    #[test]
    fn mapped_addresses() {
        let [range, mapped] = &subtrees("192.0.2.0/24").unwrap()[..] else { panic!() };
        assert_eq!(range[4..], [192, 0, 2, 0, 255, 255, 255, 0]);
        assert_eq!(mapped[4..20], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 0]);
        assert_eq!(mapped[20..], [[255; 15].as_slice(), &[0]].concat());
        assert_eq!(subtrees("2001:db8::/33").unwrap().len(), 1);
    }

    #[test]
    fn usages_as_der() {
        assert_eq!(written_usages(DigitalSignature.into()), [3, 2, 7, 0x80]);
        assert_eq!(written_usages(KeyCertSign | CRLSign), [3, 2, 1, 6]);
        assert_eq!(written_usages(KeyUsages::DecipherOnly.into()), [3, 3, 7, 0, 0x80]);
        assert_eq!(written_usages(None.into()), [3, 1, 0]);
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
