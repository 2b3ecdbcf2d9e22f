//! What a certificate has to live up to: rules, limits, and the work that may be spent on finding out.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::oid::Oid;

/// A rule that a [`Policy`] may have or not.
///
/// What isn't in this list is always checked: signatures, validity, names, whether an authority is one, path
/// lengths, usages, name constraints, certificate policies, critical extensions, the strength of keys and hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// Trusted certificates are held to what authorities below them are held to. (To RFC 5280, section 6.1, such a
    /// certificate is a name and a key, and what it doesn't say is no limit. What it says of itself counts either way:
    /// that it isn't an authority's, what its key and it are for, its path length, its constraints on names and
    /// policies; RFC 5937.) Some of the roots that systems trust are older than these rules: with
    /// [`TrustStore::native`](super::TrustStore::native) one may want to do without.
    Anchors,
    /// Trusted certificates have their time too.
    AnchorsExpire,
    /// Serial numbers are positive, and at most 20 bytes long (RFC 5280, section 4.1.2.2). Trusted certificates are
    /// exempt: some have the number zero.
    SerialNumbers,
    /// Issuers have names, and authorities too (RFC 5280, sections 4.1.2.4 and 4.1.2.6).
    Names,
    /// Authorities' certificates have key identifiers, and all but self-signed ones name the key identifier of
    /// their issuer (RFC 5280, sections 4.2.1.1 and 4.2.1.2).
    KeyIdentifiers,
    /// Extensions that constrain what's below are critical: basic constraints, policy constraints, inhibit
    /// anyPolicy; so are alternative names where there's no subject (RFC 5280, sections 4.2.1.6, .9, .11 and .14).
    Criticality,
    /// Name constraints are critical, and constraints on domain names don't start with a dot (RFC 5280,
    /// section 4.2.1.10). The Web PKI is milder in both.
    StrictNameConstraints,
    /// A certificate that isn't an authority's has nothing that's for authorities: name constraints, a key usage of
    /// signing certificates, a path length (RFC 5280, sections 4.2.1.3, 4.2.1.9 and 4.2.1.10).
    OnlyAuthoritiesConstrain,
    /// A certificate that's verified for a server isn't an authority's, and has no path length (CA/Browser Forum,
    /// section 7.1.2.7.8).
    LeafIsNotAnAuthority,
    /// A key's usage fits what it's wanted for, also where the certificate doesn't say what for (where it does, both
    /// always have to fit: RFC 5280, section 4.2.1.12); for a server, keys of other kinds than RSA are for signatures
    /// (CA/Browser Forum, section 7.1.2.7.11).
    FittingKeyUsage,
    /// A revocation list says when the next one comes, has a number, names its issuer's key, and has no empty list of
    /// entries (RFC 5280, sections 5.1.2.5, 5.1.2.6, 5.2.1 and 5.2.3). One that doesn't proves nobody good.
    RevocationLists,
    /// There's at most one common name, and it's the exact copy of one of the alternative names (CA/Browser Forum,
    /// section 7.1.4.3), or the domain right above the star of one. Alternative names beside a subject aren't
    /// critical (section 7.1.2.7.12).
    CommonNameIsAnAlternativeName,
    /// A server's certificate says that it's for servers, isn't for anything, for signing programs, mail, time stamps
    /// or answers on revocation as well, and doesn't make that critical; a root doesn't say what it's for
    /// (CA/Browser Forum, sections 7.1.2.1.2 and 7.1.2.7.10).
    ExplicitUsage,
    /// Who names a key identifier of an issuer names nothing beside it, and a root its own (CA/Browser Forum,
    /// sections 7.1.2.1.3 and 7.1.2.11.1).
    PlainKeyIdentifiers,
    /// The size of an RSA modulus is a multiple of 8 bits (CA/Browser Forum, section 6.1.5).
    RsaSizes,
    /// All extensions that are known here can be read, also those that the verdict doesn't depend on (RFC 5280, section
    /// 4.2).
    ReadableExtensions,
}

const ALL: [Rule; 16] = [
    Rule::Anchors,
    Rule::AnchorsExpire,
    Rule::SerialNumbers,
    Rule::Names,
    Rule::KeyIdentifiers,
    Rule::Criticality,
    Rule::StrictNameConstraints,
    Rule::OnlyAuthoritiesConstrain,
    Rule::LeafIsNotAnAuthority,
    Rule::FittingKeyUsage,
    Rule::RevocationLists,
    Rule::CommonNameIsAnAlternativeName,
    Rule::ExplicitUsage,
    Rule::PlainKeyIdentifiers,
    Rule::RsaSizes,
    Rule::ReadableExtensions,
];

impl Rule {
    fn bit(self) -> u16 {
        1 << self as u16
    }

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.into_iter()
    }

    /// The policies without it, as the subject of a sentence.
    pub(super) fn left_out_by(self) -> String {
        let all = [
            ("Policy::rfc5280", Policy::rfc5280()),
            ("Policy::private", Policy::private()),
            ("Policy::strict", Policy::strict()),
            ("Policy::web", Policy::web()),
        ];
        let without: Vec<_> =
            all.iter().filter(|(_, policy)| !policy.has(self)).map(|(name, _)| *name).collect();
        match &without[..] {
            [] => "no policy leaves".into(),
            [one] => alloc::format!("{one} leaves"),
            [some @ .., last] => alloc::format!("{} and {last} leave", some.join(", ")),
        }
    }
}

/// Where the rule comes from.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Anchors | Self::AnchorsExpire => "the policy's rule on trusted certificates",
            Self::SerialNumbers => "RFC 5280, section 4.1.2.2",
            Self::Names => "RFC 5280, sections 4.1.2.4 and 4.1.2.6",
            Self::KeyIdentifiers => "RFC 5280, sections 4.2.1.1 and 4.2.1.2",
            Self::Criticality => "RFC 5280, sections 4.2.1.6, .9, .11 and .14",
            Self::StrictNameConstraints => "RFC 5280, section 4.2.1.10",
            Self::OnlyAuthoritiesConstrain => "RFC 5280, sections 4.2.1.3, 4.2.1.9 and 4.2.1.10",
            Self::LeafIsNotAnAuthority => "CA/Browser Forum, section 7.1.2.7.8",
            Self::FittingKeyUsage => "CA/Browser Forum, section 7.1.2.7.11",
            Self::RevocationLists => "RFC 5280, sections 5.1.2.5, 5.1.2.6, 5.2.1 and 5.2.3",
            Self::CommonNameIsAnAlternativeName => "CA/Browser Forum, sections 7.1.2.7.12 and 7.1.4.3",
            Self::ExplicitUsage => "CA/Browser Forum, sections 7.1.2.1.2 and 7.1.2.7.10",
            Self::PlainKeyIdentifiers => "CA/Browser Forum, sections 7.1.2.1.3 and 7.1.2.11.1",
            Self::RsaSizes => "CA/Browser Forum, section 6.1.5",
            Self::ReadableExtensions => "RFC 5280, section 4.2",
        })
    }
}

/// The work that one verification may cost, which a hostile pool of certificates can't exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Signatures that are checked, of certificates and of revocation lists. One by a key that makes checking slow (RSA
    /// of more than 4096 bits, or with a large public exponent), or of a very long certificate, counts as several.
    pub signatures: usize,
    /// Steps from a certificate to a possible issuer that are taken.
    pub steps: usize,
    /// Comparisons of a name with a constraint, of a certificate policy with another, and of those who may be an issuer.
    pub comparisons: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { signatures: 100, steps: 2000, comparisons: 1_100_000 }
    }
}

/// What a chain has to live up to.
///
/// | policy | what it asks for beyond what's always checked | for |
/// |---|---|---|
/// | [`rfc5280`](Self::rfc5280) | nothing: it's the algorithm of RFC 5280, section 6.1 | test suites; those who know |
/// | [`private`](Self::private) | that trusted certificates have their time too | authorities of one's own; the default |
/// | [`strict`](Self::strict) | all that RFC 5280 asks of those who issue certificates and lists | one's own authorities, to find their faults |
/// | [`web`](Self::web) | that, and the rules of browsers and their authorities | servers on the Web |
///
/// Names come from alternative names alone in all of them, and hashes and keys that are too weak are refused in all of
/// them. Each rule can be switched, and an error that's by a rule says which policies leave it out.
///
/// ```
/// use oneway::trust::{Policy, Rule};
///
/// let policy = Policy::web().without(Rule::CommonNameIsAnAlternativeName).max_intermediates(2);
/// assert!(!policy.has(Rule::CommonNameIsAnAlternativeName) && policy.has(Rule::Anchors));
/// ```
#[derive(Clone, Debug)]
pub struct Policy {
    rules: u16,
    pub(super) max_intermediates: usize,
    pub(super) budget: Budget,
    pub(super) is_public_suffix: Option<fn(&str) -> bool>,
    /// None for any.
    pub(super) acceptable_policies: Option<Vec<Oid>>,
    pub(super) requires_policies: bool,
    pub(super) inhibits_mapping: bool,
    pub(super) inhibits_any: bool,
}

impl Policy {
    /// RFC 5280, section 6.1: how a path is verified, and nothing of what's asked of those who issue certificates. Of the
    /// trusted certificate counts what it says of itself ([`Rule::Anchors`] asks for more); not its time.
    pub fn rfc5280() -> Self {
        Self {
            rules: 0,
            max_intermediates: usize::MAX,
            budget: Budget::default(),
            is_public_suffix: None,
            acceptable_policies: None,
            requires_policies: false,
            inhibits_mapping: false,
            inhibits_any: false,
        }
    }

    /// For authorities of one's own: [`rfc5280`](Self::rfc5280), and trusted certificates have their time too. What's made
    /// by Kubernetes, cert-manager, mkcert, Istio, easy-rsa, Java's keytool, `openssl req -x509` and `openssl x509 -req` is
    /// accepted, as far as it names whom it's for.
    pub fn private() -> Self {
        Self { max_intermediates: 16, ..Self::rfc5280() }.with(Rule::AnchorsExpire)
    }

    /// RFC 5280, with what it asks of those who issue certificates and revocation lists (sections 4 and 5), on all of a
    /// chain, the trusted certificate included.
    pub fn strict() -> Self {
        [
            Rule::Anchors,
            Rule::SerialNumbers,
            Rule::Names,
            Rule::KeyIdentifiers,
            Rule::Criticality,
            Rule::StrictNameConstraints,
            Rule::OnlyAuthoritiesConstrain,
            Rule::RevocationLists,
            Rule::ReadableExtensions,
        ]
        .into_iter()
        .fold(Self::private(), Self::with)
    }

    /// The Web's rules for servers: those of RFC 5280 as the Web applies them, and those of the CA/Browser Forum.
    pub fn web() -> Self {
        [
            Rule::LeafIsNotAnAuthority,
            Rule::FittingKeyUsage,
            Rule::CommonNameIsAnAlternativeName,
            Rule::ExplicitUsage,
            Rule::PlainKeyIdentifiers,
            Rule::RsaSizes,
        ]
        .into_iter()
        .fold(Self::strict().without(Rule::StrictNameConstraints), Self::with)
    }

    /// The same with a rule.
    #[must_use]
    pub fn with(self, rule: Rule) -> Self {
        Self { rules: self.rules | rule.bit(), ..self }
    }

    /// The same without a rule.
    #[must_use]
    pub fn without(self, rule: Rule) -> Self {
        Self { rules: self.rules & !rule.bit(), ..self }
    }

    /// Whether it has a rule.
    pub fn has(&self, rule: Rule) -> bool {
        self.rules & rule.bit() != 0
    }

    /// The same without a demand for certificate policies.
    pub(super) fn without_certificate_policies(&self) -> Self {
        let (requires_policies, inhibits_mapping, inhibits_any) = (false, false, false);
        Self { acceptable_policies: None, requires_policies, inhibits_mapping, inhibits_any, ..self.clone() }
    }

    /// How many authorities may stand between a certificate and the trusted one: 16 unless it's set, and with
    /// [`rfc5280`](Self::rfc5280) any number. One that's issued by itself under a new key isn't counted, as in path
    /// lengths. No chain has more than 64 certificates.
    #[must_use]
    pub fn max_intermediates(self, max: usize) -> Self {
        Self { max_intermediates: max, ..self }
    }

    /// The work that may be done.
    #[must_use]
    pub fn budget(self, budget: Budget) -> Self {
        Self { budget, ..self }
    }

    /// Refuses `*.co.uk`: wildcards right below a domain under which strangers register names, as this function
    /// tells them (by the Public Suffix List, which isn't part of this crate). It's asked about lower-case ASCII
    /// names.
    #[must_use]
    pub fn public_suffixes(self, is_public_suffix: fn(&str) -> bool) -> Self {
        Self { is_public_suffix: Some(is_public_suffix), ..self }
    }

    /// Requires one of these certificate policies of the whole chain, the trusted certificate apart: both
    /// [`accept_policies`](Self::accept_policies) and [`require_explicit_policy`](Self::require_explicit_policy).
    #[must_use]
    pub fn require_policies<P: Into<Oid>>(self, policies: impl IntoIterator<Item = P>) -> Self {
        self.accept_policies(policies).require_explicit_policy()
    }

    /// Accepts these certificate policies, where one is required, by the caller or by a certificate of the chain (RFC 5280,
    /// section 6.1.1 (c): the user-initial-policy-set). Unless it's called, all are accepted.
    #[must_use]
    pub fn accept_policies<P: Into<Oid>>(self, policies: impl IntoIterator<Item = P>) -> Self {
        Self { acceptable_policies: Some(policies.into_iter().map(P::into).collect()), ..self }
    }

    /// Requires a certificate policy of the whole chain, one of those that are accepted (RFC 5280, section 6.1.1 (e):
    /// initial-explicit-policy).
    #[must_use]
    pub fn require_explicit_policy(self) -> Self {
        Self { requires_policies: true, ..self }
    }

    /// Lets no authority say that a certificate policy of its own is equal to another's
    /// (initial-policy-mapping-inhibit).
    #[must_use]
    pub fn inhibit_policy_mapping(self) -> Self {
        Self { inhibits_mapping: true, ..self }
    }

    /// Lets no authority stand for any certificate policy (initial-any-policy-inhibit).
    #[must_use]
    pub fn inhibit_any_policy(self) -> Self {
        Self { inhibits_any: true, ..self }
    }
}

/// [`Policy::private`].
impl Default for Policy {
    fn default() -> Self {
        Self::private()
    }
}
