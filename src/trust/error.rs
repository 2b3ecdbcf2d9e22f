//! Why something isn't trusted, in words a person can act on.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::Time;
use super::policy::Rule;

/// What can go wrong with certificates.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The bytes aren't what they should be.
    Malformed {
        /// What was read: "certificate", "revocation list", and the part of it.
        part: &'static str,
        /// What's wrong with it.
        problem: String,
    },
    /// A name that was asked for isn't one that certificates can vouch for.
    Name {
        /// The name.
        name: String,
        /// What's wrong with it.
        problem: &'static str,
    },
    /// A file of certificates can't be read, or none was found in the usual places.
    File {
        /// Where it is.
        path: String,
        /// What the operating system says.
        problem: String,
    },
    /// Without the standard library there's no clock: [`Verifier::at`](super::Verifier::at) is needed, or
    /// [`Validity::between`](super::Validity::between).
    NoTime,
    /// A certificate of the chain doesn't convince.
    Refused {
        /// Which one: 0 is the one that was to be verified, 1 its issuer, and so on.
        position: usize,
        /// Its subject, or, where it has no name, what else is known of it.
        subject: String,
        /// Why.
        reason: Reason,
    },
    /// A request doesn't prove that its author has the private key: anybody can ask for a certificate of somebody
    /// else's public key.
    Possession {
        /// The subject of the request.
        subject: String,
        /// Why: its signature, or its key.
        reason: Reason,
    },
    /// A certificate, or a revocation list, can't be issued as it was asked for.
    Issue {
        /// For whom.
        subject: String,
        /// Why not.
        obstacle: Obstacle,
    },
    /// The private key is another than the certificate's.
    KeyMismatch {
        /// The subject of the certificate.
        subject: String,
    },
    /// A key store's chain ends before a root: the certificate of an issuer is missing.
    IncompleteChain {
        /// The subject of the last certificate that's there.
        subject: String,
        /// Its issuer, of which the certificate is missing.
        issuer: String,
    },
    /// There's no certificate for the private key.
    NoCertificate,
    /// There's no private key, where one is expected.
    NoKey,
    /// There are several private keys, and none was chosen; or none has the name that was asked for.
    WhichKey {
        /// The names of those that are there.
        names: Vec<String>,
    },
    /// The password is wrong, or the file is damaged.
    Password,
    /// A store, or the key in it, is protected in an old way, which is too weak; it's read if
    /// [`StoreOptions::allow_legacy`](super::StoreOptions::allow_legacy) says so.
    Legacy {
        /// By what.
        algorithm: &'static str,
    },
    /// Nothing shows that a store is what its owner has written: it has no message authentication code. It's read if
    /// [`StoreOptions::allow_unauthenticated`](super::StoreOptions::allow_unauthenticated) says so.
    Unauthenticated,
    /// A key can't be read, written or used.
    Key(crate::Error),
}

/// Why a certificate, or a revocation list, isn't issued.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Obstacle {
    /// It would be valid longer than its issuer.
    Outlives {
        /// Until when.
        until: Time,
        /// The subject of the issuer.
        issuer: String,
        /// The last second of the issuer's time.
        issuer_until: Time,
    },
    /// It would end before it begins.
    Backwards {
        /// The first second.
        from: Time,
        /// The last one.
        until: Time,
    },
    /// Its issuer may not have authorities below it: its path length is zero.
    PathLength {
        /// The subject of the issuer.
        issuer: String,
    },
    /// It would name nobody.
    NoName {
        /// What it has to name.
        wanted: &'static str,
    },
    /// The key of the issuer isn't for this.
    KeyUsage {
        /// What it would have to be for.
        wanted: &'static str,
    },
    /// Its subject isn't one that new certificates have.
    Subject {
        /// Why not.
        problem: &'static str,
    },
    /// There's too much of something in the request.
    TooMany {
        /// Of what.
        of: &'static str,
        /// How many there may be.
        max: usize,
    },
    /// A serial number would be revoked that no certificate has: zero, negative, or longer than 20 bytes.
    Serial {
        /// The number as it was given, in hexadecimal.
        serial: String,
    },
    /// The same serial number would be revoked twice.
    Twice {
        /// The number, in hexadecimal.
        serial: String,
    },
    /// A reason for revocation isn't one that a whole list can give: a list of changes alone says that a certificate was
    /// taken off (8), and others aren't known.
    Reason {
        /// Its number.
        reason: u8,
    },
}

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// Why a certificate doesn't convince.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Its time is over.
    Expired {
        /// The last second of its time.
        since: Time,
        /// The time that was asked about.
        at: Time,
    },
    /// Its time has not begun.
    NotYetValid {
        /// The first second of its time.
        until: Time,
        /// The time that was asked about.
        at: Time,
    },
    /// It's for other names.
    Name {
        /// The name that was asked for.
        wanted: String,
        /// The names that it's for, as many as are worth reading.
        offered: Vec<String>,
    },
    /// It's signed with its own key, and isn't among the trusted ones: anybody can make such a certificate.
    SelfSigned,
    /// No trusted certificate, and none of those at hand, has issued it.
    UnknownIssuer {
        /// The name of the issuer.
        issuer: String,
        /// Whether an intermediate certificate is missing, as far as one can tell: the issuer is named, but
        /// nobody with that name was at hand. (Otherwise someone was, whose key didn't sign it.)
        intermediate_missing: bool,
    },
    /// Its issuer's certificate was at hand, and left out before the verification, by who called it.
    IssuerLeftOut {
        /// The name of the issuer.
        issuer: String,
        /// What was left out, and why: a sentence.
        why: String,
    },
    /// Somebody with its issuer's name was at hand, but their key didn't make the signature.
    Signature,
    /// It's signed in a way that's too weak, or that isn't known here.
    SignatureAlgorithm {
        /// How.
        algorithm: String,
        /// Whether it's known, and refused as too weak.
        weak: bool,
    },
    /// The signature's algorithm stands in it twice, and differently.
    AlgorithmMismatch,
    /// Its key is too weak: an RSA key of so many bits.
    WeakKey {
        /// The size of its modulus.
        bits: usize,
    },
    /// Its key is of a kind that isn't known here, or not a key.
    Key(crate::Error),
    /// It has issued certificates, and isn't an authority's.
    NotAnAuthority(&'static str),
    /// There are more authorities below it than it allows.
    PathTooLong {
        /// How many it allows.
        max: usize,
        /// How many there are.
        found: usize,
    },
    /// The chain is longer than the policy allows.
    ChainTooLong {
        /// How many authorities may be between the certificate and the trusted one.
        max: usize,
    },
    /// Its key isn't for this.
    KeyUsage {
        /// What it would have to be for.
        wanted: &'static str,
    },
    /// The certificate isn't for this.
    ExtendedKeyUsage {
        /// What it would have to be for.
        wanted: &'static str,
        /// What it's for.
        offered: Vec<String>,
    },
    /// A name is outside of what an authority above may vouch for.
    NameConstraint {
        /// The name.
        name: String,
        /// The constraint.
        constraint: String,
        /// The subject of the authority that has it.
        authority: String,
    },
    /// It has a name constraint that can't be applied to anything.
    DamagedConstraint {
        /// The constraint.
        constraint: String,
        /// What's wrong with it.
        problem: &'static str,
    },
    /// A list in one of its extensions is empty.
    Empty(&'static str),
    /// An extension that the verdict depends on can't be read.
    Damaged {
        /// The extension.
        extension: &'static str,
        /// What's wrong with it.
        problem: &'static str,
    },
    /// It's for all names below a domain in which strangers register theirs.
    PublicSuffix {
        /// The name.
        name: String,
    },
    /// It has an extension that must not be passed over, which isn't known here.
    CriticalExtension {
        /// The extension's object identifier.
        oid: String,
    },
    /// It breaks a rule of the policy.
    Rule {
        /// The rule.
        rule: Rule,
        /// How it's broken.
        problem: &'static str,
    },
    /// Certificate policies are required, and there's none that the whole chain stands for.
    CertificatePolicies {
        /// The subject of the certificate that requires one, or "the caller".
        required_by: String,
    },
    /// Its extensions on certificate policies contradict the standard.
    Policies(&'static str),
    /// It was revoked.
    Revoked {
        /// When.
        since: Time,
        /// Why, as its issuer says.
        why: &'static str,
    },
    /// Whether it was revoked isn't known.
    RevocationUnknown {
        /// Why not.
        problem: &'static str,
    },
    /// Finding out would take more work than the budget has.
    Budget {
        /// What there was too much of.
        of: &'static str,
        /// How much the budget has.
        limit: usize,
    },
}

impl Reason {
    /// Why a key isn't taken.
    pub(super) fn key(error: crate::Error) -> Self {
        match error {
            crate::Error::Size { bits, .. } if bits < 2048 => Self::WeakKey { bits },
            error => Self::Key(error),
        }
    }

    /// How far a path got before it failed like this: the reason that tells most wins where several paths fail.
    pub(super) fn weight(&self) -> u8 {
        match self {
            // The work wasn't done, so nothing is known.
            Self::Budget { .. } => 9,
            // About the certificate itself, or about a whole path.
            Self::Revoked { .. } => 8,
            Self::Expired { .. } | Self::NotYetValid { .. } => 7,
            Self::UnknownIssuer { intermediate_missing: true, .. } => 1,
            Self::UnknownIssuer { .. } | Self::IssuerLeftOut { .. } | Self::SelfSigned => 2,
            Self::Signature => 3,
            _ => 6,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { part, problem } => write!(f, "malformed {part}: {problem}"),
            Self::Name { name, problem } => write!(f, "the name \"{name}\": {problem}"),
            Self::File { path, problem } => write!(f, "{path}: {problem}"),
            Self::NoTime => f.write_str(
                "there's no clock here: the time has to be given (`Verifier::at`, `Validity::between`)",
            ),
            Self::Refused { position, subject, reason } => {
                match position {
                    0 => write!(f, "the certificate of {subject}")?,
                    1 => write!(f, "its issuer, {subject},")?,
                    n => write!(f, "authority {n} above it, {subject},")?,
                }
                write!(f, " {reason}")
            }
            Self::Possession { subject, reason: Reason::Signature } => {
                write!(f, "the request of {subject} isn't signed with the key that it's about")
            }
            Self::Possession { subject, reason } => write!(f, "the request of {subject} {reason}"),
            Self::Issue { subject, obstacle } => write!(f, "nothing is issued for {subject}: {obstacle}"),
            Self::KeyMismatch { subject } => {
                write!(f, "the private key isn't the one of the certificate of {subject}")
            }
            Self::IncompleteChain { subject, issuer } => write!(
                f,
                "the chain is incomplete: it ends at the certificate of {subject}, and that of its issuer, {issuer}, is missing \
                 (`StoreOptions::trusting` takes a chain whose issuer is in a trust store, `allow_incomplete` any)"
            ),
            Self::NoCertificate => f.write_str("there's no certificate for the private key"),
            Self::NoKey => f.write_str("there's no private key in it"),
            Self::WhichKey { names } => {
                write!(f, "one of several private keys has to be chosen by its name: {}", names.join(", "))
            }
            Self::Password => f.write_str("the password is wrong, or the file is damaged"),
            Self::Legacy { algorithm } => write!(
                f,
                "it's protected by {algorithm}, which is too weak (`StoreOptions::allow_legacy` reads it nevertheless)"
            ),
            Self::Unauthenticated => f.write_str(
                "nothing in it shows that it wasn't changed (`StoreOptions::allow_unauthenticated` reads it nevertheless)",
            ),
            Self::Key(error) => error.fmt(f),
        }
    }
}

/// Continues "nothing is issued for …:".
impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outlives { until, issuer, issuer_until } => write!(
                f,
                "valid until {until}, it would outlive its issuer, {issuer}, whose time ends on {issuer_until}"
            ),
            Self::Backwards { from, until } => {
                write!(f, "its time would end on {until}, and begin on {from}")
            }
            Self::PathLength { issuer } => write!(f, "{issuer} may not have authorities below it"),
            Self::NoName { wanted } => write!(f, "it would have to name {wanted}"),
            Self::KeyUsage { wanted } => write!(f, "its issuer's key isn't for {wanted}"),
            Self::Subject { problem } => write!(f, "its subject isn't one for a new certificate: {problem}"),
            Self::TooMany { of, max } => write!(f, "there are more than {max} {of} in the request"),
            Self::Serial { serial } => write!(
                f,
                "no certificate has the serial number {serial} (it's the contents of a DER INTEGER, as `Certificate::serial` has it: positive, with a zero byte before a first bit that's set)"
            ),
            Self::Twice { serial } => write!(f, "the serial number {serial} would be revoked twice"),
            Self::Reason { reason } => write!(f, "a whole list can't give the reason {reason}"),
        }
    }
}

/// Continues a sentence whose subject is the certificate: "… expired on …".
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired { since, at } => write!(f, "expired on {since} (asked about {at})"),
            Self::NotYetValid { until, at } => write!(f, "isn't valid until {until} (asked about {at})"),
            Self::Name { wanted, offered } if offered.is_empty() => {
                write!(
                    f,
                    "isn't for {wanted}: it names nobody among its alternative names (a common name doesn't count)"
                )
            }
            Self::Name { wanted, offered } => write!(f, "isn't for {wanted}, but for {}", offered.join(", ")),
            Self::SelfSigned => f.write_str("is signed by itself, and isn't among the trusted certificates"),
            Self::UnknownIssuer { issuer, intermediate_missing: true } => write!(
                f,
                "was issued by {issuer}, of whom there's no certificate: it isn't trusted, or an intermediate is missing"
            ),
            Self::UnknownIssuer { issuer, .. } => {
                write!(f, "was issued by {issuer}, and no chain leads from there to a trusted certificate")
            }
            Self::IssuerLeftOut { issuer, why } => {
                write!(f, "was issued by {issuer}, of whom there's no certificate: {why}")
            }
            Self::Signature => f.write_str("has a signature that its issuer's key didn't make"),
            Self::SignatureAlgorithm { algorithm, weak: true } => {
                write!(f, "is signed by {algorithm}, which is too weak")
            }
            Self::SignatureAlgorithm { algorithm, weak: false } => {
                write!(f, "is signed by {algorithm}, which isn't taken here")
            }
            Self::AlgorithmMismatch => f.write_str("names two different algorithms for its one signature"),
            Self::WeakKey { bits } => write!(f, "has an RSA key of {bits} bits, which is too weak"),
            Self::Key(error) => write!(f, "has a key that isn't taken: {error}"),
            Self::NotAnAuthority(why) => write!(f, "isn't an authority's: {why}"),
            Self::PathTooLong { max, found } => {
                write!(f, "allows {max} authorities below it, and there are {found}")
            }
            Self::ChainTooLong { max } => {
                write!(f, "is further down than the {max} authorities allowed (`Policy::max_intermediates`)")
            }
            Self::KeyUsage { wanted } => write!(f, "has a key that isn't for {wanted}"),
            Self::ExtendedKeyUsage { wanted, offered } if offered.is_empty() => {
                write!(f, "isn't for {wanted}: it doesn't say what it's for")
            }
            Self::ExtendedKeyUsage { wanted, offered } => {
                write!(f, "isn't for {wanted}, but for {}", offered.join(", "))
            }
            Self::NameConstraint { name, constraint, authority } => {
                write!(f, "names {name}, but {authority} {constraint}")
            }
            Self::DamagedConstraint { constraint, problem } => {
                write!(f, "has a name constraint that can't be applied, {constraint}: {problem}")
            }
            Self::Empty(extension) => write!(f, "has an empty extension, {extension}"),
            Self::Damaged { extension, problem } => {
                write!(f, "has an extension that can't be read, {extension}: {problem}")
            }
            Self::PublicSuffix { name } => {
                write!(f, "is for {name}, under which strangers register their names")
            }
            Self::Policies(problem) => write!(f, "{problem}, which its extensions on policies mustn't"),
            Self::CriticalExtension { oid } => {
                write!(f, "has an extension that must be understood, and isn't: {oid}")
            }
            Self::Rule { rule, problem } => write!(
                f,
                "{problem} (Rule::{rule:?}, {rule}; {} it out, and so does `without(Rule::{rule:?})`)",
                rule.left_out_by()
            ),
            Self::CertificatePolicies { required_by } => {
                write!(
                    f,
                    "isn't covered by a certificate policy of the whole chain, which {required_by} requires"
                )
            }
            Self::Revoked { since, why } => write!(f, "was revoked on {since}: {why}"),
            Self::RevocationUnknown { problem } => write!(f, "may have been revoked: {problem}"),
            Self::Budget { of, limit } => {
                write!(f, "would take too much work to verify: more than {limit} {of}")
            }
        }
    }
}

/// The same sentence: it's what a program prints whose `main` returns an error.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Refused { reason: Reason::Key(error), .. }
            | Self::Possession { reason: Reason::Key(error), .. }
            | Self::Key(error) => Some(error),
            _ => None,
        }
    }
}

impl Error {
    /// The same, of something that's issued for this subject.
    pub(super) fn about(self, subject: String) -> Self {
        match self {
            Self::Issue { obstacle, .. } => Self::Issue { subject, obstacle },
            error => error,
        }
    }
}

/// A wrong password is one, whatever was under it.
impl From<crate::Error> for Error {
    fn from(error: crate::Error) -> Self {
        match error {
            crate::Error::Password => Self::Password,
            crate::Error::Legacy { algorithm } => Self::Legacy { algorithm },
            error => Self::Key(error),
        }
    }
}

/// `Malformed`, of what the crate `der` says.
pub(super) fn malformed(part: &'static str, problem: impl fmt::Display) -> Error {
    Error::Malformed { part, problem: alloc::format!("{problem}") }
}
