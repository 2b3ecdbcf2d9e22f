//! What a certificate is wanted for.

use x509_cert::der::flagset::FlagSet;
use x509_cert::ext::pkix::KeyUsages::{
    self, DigitalSignature, KeyAgreement, KeyEncipherment, NonRepudiation,
};

use super::certificate::Certificate;
use super::distinguished::shortened;
use super::extensions::{Known, Read};
use super::general_name::GeneralName;
use super::name::Name;
use super::oid::Oid;
use super::policy::{Policy, Rule};
use super::verify::Facts;
use super::{Reason, Result};
use crate::key::PublicKey;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

/// `id-kp-…`, 1.3.6.1.5.5.7.3: the contents of OBJECT IDENTIFIERs.
const SERVER: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];
pub(super) const CLIENT: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 2];
const CODE: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 3];
const MAIL: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 4];
const TIME_STAMPS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 8];
const ANSWERS_ON_REVOCATION: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 9];
/// `anyExtendedKeyUsage`, 2.5.29.37.0.
const ANYTHING: &[u8] = &[0x55, 0x1d, 37, 0];

/// What a server's certificate mustn't be for as well (CA/Browser Forum, section 7.1.2.7.10).
const NOT_FOR_SERVERS: [&[u8]; 5] = [CODE, MAIL, TIME_STAMPS, ANSWERS_ON_REVOCATION, ANYTHING];

/// How many of a certificate's names an error lists.
const MAX_LISTED: usize = 8;

/// What a certificate is wanted for, and for whom.
///
/// ```
/// use oneway::trust::Purpose;
///
/// let server = Purpose::server("www.example.com")?;
/// let client = Purpose::client();
/// let sender = Purpose::mail("alice@example.com")?;
/// assert!(Purpose::server("*.example.com").is_err());
/// # Ok::<(), oneway::trust::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Purpose {
    kind: Kind,
    names: Vec<Name>,
    usages: FlagSet<KeyUsages>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Server,
    Client,
    Mail,
    Code,
    Any,
}

impl Kind {
    /// What certificates call it, and what people do.
    pub(super) fn extended(self) -> Option<(&'static [u8], &'static str)> {
        match self {
            Self::Server => Some((SERVER, "servers")),
            Self::Client => Some((CLIENT, "clients")),
            Self::Mail => Some((MAIL, "mail")),
            Self::Code => Some((CODE, "signing programs")),
            Self::Any => None,
        }
    }
}

impl Purpose {
    pub(super) fn new(kind: Kind) -> Self {
        Self { kind, names: Vec::new(), usages: None.into() }
    }

    /// A server of this name: a domain name or an IP address.
    ///
    /// # Errors
    /// [`Error::Name`](super::Error::Name) if it's neither.
    pub fn server(name: &str) -> Result<Self> {
        match Name::new(name)? {
            Name::Mail(name) => {
                Err(super::Error::Name { name, problem: "a mail address, not a server's name" })
            }
            name => Ok(Self::new(Kind::Server).named(name)),
        }
    }

    /// A server, whatever its name: for who finds out about names in another way. A certificate for any server says
    /// nothing about which one it's from.
    pub fn any_server() -> Self {
        Self::new(Kind::Server)
    }

    /// A client, who shows a certificate to a server. Who it is tells the certificate.
    pub fn client() -> Self {
        Self::new(Kind::Client)
    }

    /// Somebody who sends or receives mail at this address.
    ///
    /// # Errors
    /// [`Error::Name`](super::Error::Name) if it's not a mail address.
    pub fn mail(address: &str) -> Result<Self> {
        match Name::new(address)? {
            name @ Name::Mail(_) => Ok(Self::new(Kind::Mail).named(name)),
            name => {
                let name = alloc::format!("{name}");
                Err(super::Error::Name { name, problem: super::name::NOT_MAIL })
            }
        }
    }

    /// Somebody who signs programs.
    pub fn code() -> Self {
        Self::new(Kind::Code)
    }

    /// Anything: what a certificate says that it's for isn't looked at.
    pub fn any() -> Self {
        Self::new(Kind::Any)
    }

    /// The same, for this name as well: all names that are asked for have to be the certificate's.
    #[must_use]
    pub fn named(mut self, name: Name) -> Self {
        self.names.push(name);
        self
    }

    /// The same, with a key that's for this as well.
    #[must_use]
    pub fn with_key_usage(mut self, usage: KeyUsages) -> Self {
        self.usages |= usage;
        self
    }

    pub(super) fn is_server(&self) -> bool {
        self.kind == Kind::Server
    }

    /// Checks the usages of the certificate that's wanted.
    pub(super) fn check_usages<'a>(
        &self,
        certificate: &'a Certificate,
        facts: &mut Facts<'a>,
        policy: &Policy,
    ) -> Result<(), Reason> {
        let explicit = self.is_server() && policy.has(Rule::ExplicitUsage);
        self.check_extended_usage(certificate, !explicit)?;
        let usage = extended_usage(certificate)?;
        let is_for_others = |usage: &&[u8]| NOT_FOR_SERVERS.contains(usage);
        if explicit && usage.as_ref().is_some_and(|usage| usage.value.iter().any(is_for_others)) {
            return Err(Reason::Rule {
                rule: Rule::ExplicitUsage,
                problem: "isn't for servers alone: it's for anything, programs, mail, time stamps or revocation",
            });
        }
        if explicit && usage.as_ref().is_some_and(|usage| usage.critical) {
            return Err(Reason::Rule {
                rule: Rule::ExplicitUsage,
                problem: "has a critical extended key usage",
            });
        }
        if explicit && usage.is_none() {
            let problem = "doesn't say that it's for servers";
            return Err(Reason::Rule { rule: Rule::ExplicitUsage, problem });
        }
        let Some(allowed) = certificate.key_usage() else { return Ok(()) };
        // RFC 5280, section 4.2.1.12, says which key usages go with which extended ones.
        let (one_of, wanted): (FlagSet<KeyUsages>, _) = match self.kind {
            // By signatures, or, until TLS 1.3, by RSA encryption.
            Kind::Server if policy.has(Rule::FittingKeyUsage) => match facts.key(certificate)? {
                PublicKey::Rsa(_) => (DigitalSignature | KeyEncipherment, "a server's handshake"),
                _ => (DigitalSignature.into(), "a server's signatures"),
            },
            Kind::Server => (DigitalSignature | KeyEncipherment | KeyAgreement, "a server's handshake"),
            Kind::Client => (DigitalSignature | KeyAgreement, "a client's signatures"),
            Kind::Mail => (
                DigitalSignature | NonRepudiation | KeyEncipherment | KeyAgreement,
                "signing or encrypting mail",
            ),
            Kind::Code => (DigitalSignature.into(), "signing"),
            Kind::Any => (FlagSet::full(), "anything"),
        };
        let is_asked = usage.is_some() || policy.has(Rule::FittingKeyUsage);
        if self.kind != Kind::Any && is_asked && (allowed.0 & one_of).is_empty() {
            return Err(Reason::KeyUsage { wanted });
        }
        if allowed.0.contains(self.usages) {
            Ok(())
        } else {
            Err(Reason::KeyUsage { wanted: "what was asked for" })
        }
    }

    /// Checks that an extended key usage, if there's one, has the one that's wanted. The usage of an authority is what
    /// certificates below it may be used for.
    pub(super) fn check_extended_usage(
        &self,
        certificate: &Certificate,
        anything_counts: bool,
    ) -> Result<(), Reason> {
        let (Some((wanted, name)), Some(offered)) = (self.kind.extended(), extended_usage(certificate)?)
        else {
            return Ok(());
        };
        let offered = offered.value;
        if offered.iter().any(|usage| *usage == wanted || (anything_counts && *usage == ANYTHING)) {
            return Ok(());
        }
        let offered = offered.into_iter().take(MAX_LISTED).map(super::oid::name_of).collect();
        Err(Reason::ExtendedKeyUsage { wanted: name, offered })
    }

    /// Checks what OpenSSL was told to trust a certificate for, if it came with that.
    pub(super) fn check_settings(&self, trusted: &Certificate) -> Result<(), Reason> {
        let (wanted, name) = self.kind.extended().unwrap_or((ANYTHING, "anything"));
        let settings = &trusted.settings;
        let has = |list: &[Oid]| list.iter().any(|usage| [wanted, ANYTHING].contains(&usage.as_bytes()));
        let is_asked = wanted != ANYTHING;
        if !has(&settings.rejected_for)
            && settings.trusted_for.as_deref().is_none_or(|list| !is_asked || has(list))
        {
            return Ok(());
        }
        let offered = settings.trusted_for.iter().flatten().take(MAX_LISTED);
        let offered = offered.map(|usage| super::oid::name_of(usage.as_bytes())).collect();
        Err(Reason::ExtendedKeyUsage { wanted: name, offered })
    }

    /// Checks that the certificate is for all names that are asked for.
    pub(super) fn check_names(&self, certificate: &Certificate) -> Result<(), Reason> {
        let missing = |wanted: &&Name| !certificate.alternative_names().any(|name| wanted.is(&name));
        let Some(wanted) = self.names.iter().find(missing) else { return Ok(()) };
        let offered = certificate.alternative_names();
        let more = offered.len().saturating_sub(MAX_LISTED);
        let mut listed: Vec<_> = offered.take(MAX_LISTED).map(|name| listed(&name)).collect();
        if more > 0 {
            listed.push(alloc::format!("{more} more"));
        }
        Err(Reason::Name { wanted: alloc::format!("{wanted}"), offered: listed })
    }
}

/// A name of a certificate for an error. An address among the domain names is for nobody, and looks as if it were.
fn listed(name: &GeneralName<'_>) -> String {
    let text = shortened(name);
    match name {
        GeneralName::Dns(address) if address.parse::<IpAddr>().is_ok() => {
            alloc::format!("\"{text}\" as a domain name (dNSName), where an address has to be an iPAddress")
        }
        _ => text,
    }
}

fn extended_usage(certificate: &Certificate) -> Result<Option<Read<Vec<&[u8]>>>, Reason> {
    let damaged = |problem| Reason::Damaged { extension: Known::ExtendedKeyUsage.name(), problem };
    certificate.extensions.extended_key_usage().map_err(damaged)
}
