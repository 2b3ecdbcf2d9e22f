//! The extensions of a certificate (RFC 5280, section 4.2), read when they're asked for.
//!
//! An extension is an object identifier, a mark whether it's critical (who doesn't know it must refuse the
//! certificate), and a value in DER. The list is read with the certificate; each value is read when somebody wants to
//! know it, and a damaged one is told then: one that a verdict needs refuses the certificate, and another nobody minds.
//!
//! Sizes are as they're found: path lengths and numbers of certificates to skip that are larger than all of 32 bits are as
//! large as those, which no chain is long enough to tell apart.

use alloc::vec::Vec;
use core::ops::Range;

use x509_cert::der::flagset::FlagSet;
use x509_cert::ext::pkix::KeyUsages;

use super::certificate::place_of;
use super::der::{
    BOOLEAN, IA5_STRING, INTEGER, OCTET_STRING, Reader, Result, SEQUENCE, boolean, constructed, context,
    named_bits, only, saturating,
};
use super::distinguished::check_name;
use super::general_name::{GeneralName, GeneralNames};
use super::oid;
use alloc::string::String;

/// An extension that was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Read<T> {
    pub(super) critical: bool,
    pub(super) value: T,
}

/// An extension that's known here, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Known {
    SubjectKeyId,
    KeyUsage,
    AlternativeNames,
    IssuerAlternativeNames,
    BasicConstraints,
    NameConstraints,
    DistributionPoints,
    Policies,
    PolicyMappings,
    AuthorityKeyId,
    PolicyConstraints,
    ExtendedKeyUsage,
    InhibitAnyPolicy,
    AuthorityInfo,
    SubjectInfo,
    /// Where delta lists are.
    FreshestCrl,
}

use Known::{
    AlternativeNames, AuthorityInfo, AuthorityKeyId, BasicConstraints, DistributionPoints, ExtendedKeyUsage,
    FreshestCrl, InhibitAnyPolicy, IssuerAlternativeNames, NameConstraints, Policies, PolicyConstraints,
    PolicyMappings, SubjectInfo, SubjectKeyId,
};

/// `id-ce` (2.5.29) and `id-pe` (1.3.6.1.5.5.7.1).
const ID_CE: &[u8] = &[0x55, 0x1d];
const ID_PE: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1];

impl Known {
    const ALL: [Self; 16] = [
        SubjectKeyId,
        Self::KeyUsage,
        AlternativeNames,
        IssuerAlternativeNames,
        BasicConstraints,
        NameConstraints,
        DistributionPoints,
        Policies,
        PolicyMappings,
        AuthorityKeyId,
        PolicyConstraints,
        ExtendedKeyUsage,
        InhibitAnyPolicy,
        AuthorityInfo,
        SubjectInfo,
        FreshestCrl,
    ];

    fn of(oid: &[u8]) -> Option<Self> {
        Some(match (oid.strip_prefix(ID_CE), oid.strip_prefix(ID_PE)) {
            (Some([14]), _) => SubjectKeyId,
            (Some([15]), _) => Self::KeyUsage,
            (Some([17]), _) => AlternativeNames,
            (Some([18]), _) => IssuerAlternativeNames,
            (Some([19]), _) => BasicConstraints,
            (Some([30]), _) => NameConstraints,
            (Some([31]), _) => DistributionPoints,
            (Some([32]), _) => Policies,
            (Some([33]), _) => PolicyMappings,
            (Some([35]), _) => AuthorityKeyId,
            (Some([36]), _) => PolicyConstraints,
            (Some([37]), _) => ExtendedKeyUsage,
            (Some([46]), _) => FreshestCrl,
            (Some([54]), _) => InhibitAnyPolicy,
            (_, Some([1])) => AuthorityInfo,
            (_, Some([11])) => SubjectInfo,
            _ => return None,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            SubjectKeyId => "subject key identifier",
            Self::KeyUsage => "key usage",
            AlternativeNames => "subject alternative name",
            IssuerAlternativeNames => "issuer alternative name",
            BasicConstraints => "basic constraints",
            NameConstraints => "name constraints",
            DistributionPoints => "CRL distribution points",
            Policies => "certificate policies",
            PolicyMappings => "policy mappings",
            AuthorityKeyId => "authority key identifier",
            PolicyConstraints => "policy constraints",
            ExtendedKeyUsage => "extended key usage",
            InhibitAnyPolicy => "inhibit anyPolicy",
            AuthorityInfo => "authority information access",
            SubjectInfo => "subject information access",
            FreshestCrl => "freshest CRL",
        }
    }

    /// Whether every verdict depends on it, where it's there.
    fn is_of_every_verdict(self) -> bool {
        matches!(
            self,
            Self::KeyUsage
                | AlternativeNames
                | BasicConstraints
                | NameConstraints
                | Policies
                | PolicyMappings
                | PolicyConstraints
                | ExtendedKeyUsage
                | InhibitAnyPolicy
        )
    }

    /// Whether verification goes by it where it's critical. (The others must not be: RFC 5280, sections 4.2.1.1,
    /// 4.2.1.2, 4.2.1.7 and 4.2.2. Lists of changes only are looked for where the caller has them.)
    fn is_understood(self) -> bool {
        self.is_of_every_verdict() || self == DistributionPoints
    }
}

#[derive(Clone, Debug)]
struct Entry {
    known: Option<Known>,
    critical: bool,
    oid: Range<usize>,
    value: Range<usize>,
}

/// The extensions of a certificate, a request or a revocation list.
#[derive(Clone, Debug, Default)]
pub(super) struct Extensions {
    /// The contents of the SEQUENCE of them.
    der: Vec<u8>,
    list: Vec<Entry>,
}

/// A certificate has at most this many. (Those in use have about ten.)
const MAX_COUNT: usize = 128;

/// `BasicConstraints`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Basic {
    pub(super) ca: bool,
    pub(super) path_len: Option<u32>,
}

/// `AuthorityKeyIdentifier`: the key, and whether the issuer's issuer and serial number are named too.
#[derive(Clone, Copy, Debug)]
pub(super) struct IssuerKey<'a> {
    pub(super) id: Option<&'a [u8]>,
    pub(super) says_more: bool,
}

/// `NameConstraints`: the contents of both lists.
#[derive(Clone, Copy, Debug)]
pub(super) struct Constraints<'a> {
    pub(super) permitted: Option<&'a [u8]>,
    pub(super) excluded: Option<&'a [u8]>,
}

/// A `GeneralSubtree`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subtree<'a> {
    pub(super) base: GeneralName<'a>,
    /// Whether it has a minimum that isn't zero, or a maximum: which isn't used (RFC 5280, section 4.2.1.10).
    pub(super) is_bounded: bool,
}

/// `PolicyConstraints`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Skips {
    pub(super) explicit: Option<u32>,
    pub(super) inhibit_mapping: Option<u32>,
}

/// A `PolicyInformation`: the policy, and whether it has a qualifier that isn't known here.
#[derive(Clone, Copy, Debug)]
pub(super) struct PolicyInfo<'a> {
    pub(super) oid: &'a [u8],
    pub(super) unknown_qualifier: bool,
}

/// A `DistributionPoint`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point<'a> {
    pub(super) name: Option<PointName<'a>>,
    /// The reasons that lists there are about, as `ReasonFlags`; None for all.
    pub(super) reasons: Option<u16>,
    /// The names of who issues the lists, if that isn't the certificate's issuer.
    pub(super) issuer: Option<&'a [u8]>,
}

/// A `DistributionPointName`.
#[derive(Clone, Copy, Debug)]
pub(super) enum PointName<'a> {
    /// The contents of a `GeneralNames`.
    Full(&'a [u8]),
    /// The contents of a set of attributes, below the issuer of the list.
    Relative(&'a [u8]),
}

/// An `AccessDescription`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Access<'a> {
    pub(super) method: &'a [u8],
    pub(super) location: GeneralName<'a>,
}

impl Extensions {
    /// Reads the list: the DER of a SEQUENCE of extensions.
    pub(super) fn read(der: &[u8]) -> Result<Self, String> {
        let contents = only(der, SEQUENCE)?;
        if contents.is_empty() {
            return Err("its list of extensions is empty".into());
        }
        let (mut rest, mut list) = (Reader::new(contents), Vec::with_capacity(10));
        while !rest.is_empty() {
            let mut fields = rest.sequence()?;
            let (oid, critical) = (fields.oid()?, fields.true_or_absent()?);
            let value = fields.element(OCTET_STRING)?;
            fields.finish()?;
            let entry = Entry {
                known: Known::of(oid),
                critical,
                oid: place_of(oid, contents),
                value: place_of(value, contents),
            };
            if list.iter().any(|other: &Entry| contents[other.oid.clone()] == *oid) {
                let name = entry.known.map_or_else(|| oid::text(oid), |known| known.name().into());
                return Err(alloc::format!("it has the extension {name} twice"));
            }
            if list.len() == MAX_COUNT {
                return Err("it has more than 128 extensions".into());
            }
            list.push(entry);
        }
        Ok(Self { der: contents.to_vec(), list })
    }

    pub(super) fn has(&self, known: Known) -> bool {
        self.entry(known).is_some()
    }

    fn entry(&self, known: Known) -> Option<&Entry> {
        self.list.iter().find(|entry| entry.known == Some(known))
    }

    /// The value of an extension, read.
    fn get<'a, T>(
        &'a self,
        known: Known,
        read: impl FnOnce(&'a [u8]) -> Result<T>,
    ) -> Result<Option<Read<T>>> {
        let Some(entry) = self.entry(known) else { return Ok(None) };
        let value = read(&self.der[entry.value.clone()])?;
        Ok(Some(Read { critical: entry.critical, value }))
    }

    /// Whether it's there and critical.
    pub(super) fn is_critical(&self, known: Known) -> bool {
        self.entry(known).is_some_and(|entry| entry.critical)
    }

    /// Those that aren't known here: identifier, whether it's critical, value.
    pub(super) fn others(&self) -> impl Iterator<Item = (&[u8], bool, &[u8])> {
        let others = self.list.iter().filter(|entry| entry.known.is_none());
        others.map(|entry| (&self.der[entry.oid.clone()], entry.critical, &self.der[entry.value.clone()]))
    }

    /// The first one that can't be read, of those that this function wants to know of, and what's wrong with it.
    fn damaged_of(&self, wanted: impl Fn(&Entry, Known) -> bool) -> Option<(Known, &'static str)> {
        let known = self.list.iter().filter_map(|entry| Some((entry, entry.known?)));
        known.filter(|(entry, known)| wanted(entry, *known)).find_map(|(_, known)| {
            let checked = match known {
                SubjectKeyId => self.subject_key_id().map(drop),
                Known::KeyUsage => self.key_usage().map(drop),
                AlternativeNames => self.alternative_names().map(drop),
                IssuerAlternativeNames => self.get(known, names).map(drop),
                BasicConstraints => self.basic().map(drop),
                NameConstraints => self.name_constraints().and_then(|constraints| {
                    let lists = constraints.map(|read| [read.value.permitted, read.value.excluded]);
                    lists
                        .into_iter()
                        .flatten()
                        .flatten()
                        .try_for_each(|list| subtrees(list).try_for_each(|t| t.map(drop)))
                }),
                DistributionPoints | FreshestCrl => {
                    self.points(known).and_then(|mut points| points.try_for_each(|point| point.map(drop)))
                }
                Policies => self.policies().and_then(|policies| {
                    policies.into_iter().flat_map(|read| read.value).try_for_each(|info| info.map(drop))
                }),
                PolicyMappings => {
                    self.mappings().and_then(|mut pairs| pairs.try_for_each(|pair| pair.map(drop)))
                }
                AuthorityKeyId => self.issuer_key().map(drop),
                PolicyConstraints => self.policy_constraints().map(drop),
                ExtendedKeyUsage => self.extended_key_usage().map(drop),
                InhibitAnyPolicy => self.inhibit_any().map(drop),
                AuthorityInfo | SubjectInfo => {
                    self.access(known).and_then(|mut all| all.try_for_each(|access| access.map(drop)))
                }
            };
            checked.err().map(|problem| (known, problem))
        })
    }

    /// The first one that can't be read.
    pub(super) fn damaged(&self) -> Option<(Known, &'static str)> {
        self.damaged_of(|_, _| true).or_else(|| {
            [AlternativeNames, IssuerAlternativeNames].into_iter().find_map(|known| {
                let mut names = self.get(known, names).ok()??.value;
                Some((known, names.find_map(|name| name.readable().err())?))
            })
        })
    }

    /// The first one that can't be read, and that a verdict depends on: one that's critical, or known to matter.
    pub(super) fn damaged_for_verdict(&self) -> Option<(Known, &'static str)> {
        self.damaged_of(|entry, known| entry.critical || known.is_of_every_verdict())
    }

    /// An extension that must not be passed over, and isn't one that verification goes by.
    ///
    /// Where RFC 5280 says that an extension must not be critical, and verification doesn't need it, it's not
    /// one of them.
    pub(super) fn unknown_critical(&self) -> Option<&[u8]> {
        let is_unknown = |entry: &&Entry| entry.critical && !entry.known.is_some_and(Known::is_understood);
        self.list.iter().find(is_unknown).map(|entry| &self.der[entry.oid.clone()])
    }

    /// Whether a revocation list has one that must not be passed over, and isn't among these, which lists alone have.
    pub(super) fn unknown_critical_of_list(&self, known: &[&[u8]]) -> bool {
        let is_known = |entry: &Entry| {
            entry.known == Some(AuthorityKeyId) || known.contains(&&self.der[entry.oid.clone()])
        };
        self.list.iter().any(|entry| entry.critical && !is_known(entry))
    }

    pub(super) fn basic(&self) -> Result<Option<Read<Basic>>> {
        self.get(BasicConstraints, |value| {
            let mut fields = Reader::of_sequence(value)?;
            // FALSE is the default, and many authorities have spelt it out: no other than that can be meant by it.
            let ca = fields.optional(BOOLEAN)?.map_or(Ok(false), boolean)?;
            let path_len = fields.optional(INTEGER)?.map(saturating).transpose()?;
            fields.finish()?;
            Ok(Basic { ca, path_len })
        })
    }

    /// Whether it's marked as an authority's.
    pub(super) fn is_authority(&self) -> bool {
        matches!(self.basic(), Ok(Some(Read { value: Basic { ca: true, .. }, .. })))
    }

    /// How many authorities may be below it, if it says so.
    pub(super) fn path_len(&self) -> Option<u32> {
        self.basic().ok()?.and_then(|basic| basic.value.path_len)
    }

    pub(super) fn key_usage(&self) -> Result<Option<Read<FlagSet<KeyUsages>>>> {
        self.get(Known::KeyUsage, |value| {
            let bits = named_bits(only(value, super::der::BIT_STRING)?)?;
            // Named from the first bit on, which is the highest.
            Ok(FlagSet::new_truncated(bits.reverse_bits()))
        })
    }

    /// The contents of the OBJECT IDENTIFIERs.
    pub(super) fn extended_key_usage(&self) -> Result<Option<Read<Vec<&[u8]>>>> {
        self.get(ExtendedKeyUsage, |value| {
            let (mut list, mut all) = (Reader::of_sequence(value)?, Vec::new());
            while !list.is_empty() {
                all.push(list.oid()?);
            }
            Ok(all)
        })
    }

    pub(super) fn alternative_names(&self) -> Result<Option<Read<GeneralNames<'_>>>> {
        self.get(AlternativeNames, names)
    }

    /// The alternative names, none if it has no such extension, or one that can't be read.
    pub(super) fn names(&self) -> GeneralNames<'_> {
        self.alternative_names().ok().flatten().map_or_else(GeneralNames::none, |read| read.value)
    }

    fn subject_key_id(&self) -> Result<Option<Read<&[u8]>>> {
        self.get(SubjectKeyId, |value| only(value, OCTET_STRING))
    }

    pub(super) fn key_id(&self) -> Option<&[u8]> {
        self.subject_key_id().ok()?.map(|read| read.value)
    }

    pub(super) fn issuer_key(&self) -> Result<Option<Read<IssuerKey<'_>>>> {
        self.get(AuthorityKeyId, |value| {
            let mut fields = Reader::of_sequence(value)?;
            let id = fields.optional(context(0))?;
            let issuer = fields.optional(constructed(1))?.map(GeneralNames::of).transpose()?;
            let serial = fields.optional(context(2))?;
            fields.finish()?;
            Ok(IssuerKey { id, says_more: issuer.is_some() || serial.is_some() })
        })
    }

    pub(super) fn issuer_key_id(&self) -> Option<&[u8]> {
        self.issuer_key().ok()?.and_then(|read| read.value.id)
    }

    pub(super) fn name_constraints(&self) -> Result<Option<Read<Constraints<'_>>>> {
        self.get(NameConstraints, |value| {
            let mut fields = Reader::of_sequence(value)?;
            let permitted = fields.optional(constructed(0))?;
            let excluded = fields.optional(constructed(1))?;
            fields.finish()?;
            Ok(Constraints { permitted, excluded })
        })
    }

    pub(super) fn policy_constraints(&self) -> Result<Option<Read<Skips>>> {
        self.get(PolicyConstraints, |value| {
            let mut fields = Reader::of_sequence(value)?;
            let explicit = fields.optional(context(0))?.map(saturating).transpose()?;
            let inhibit_mapping = fields.optional(context(1))?.map(saturating).transpose()?;
            fields.finish()?;
            Ok(Skips { explicit, inhibit_mapping })
        })
    }

    pub(super) fn inhibit_any(&self) -> Result<Option<Read<u32>>> {
        self.get(InhibitAnyPolicy, |value| saturating(only(value, INTEGER)?))
    }

    pub(super) fn policies(
        &self,
    ) -> Result<Option<Read<impl Iterator<Item = Result<PolicyInfo<'_>>> + Clone>>> {
        self.get(Policies, |value| Ok(each(Reader::of_sequence(value)?, policy_info)))
    }

    /// Pairs of the issuer's policy and the subject's.
    pub(super) fn mappings(&self) -> Result<impl Iterator<Item = Result<(&[u8], &[u8])>>> {
        let read = self.get(PolicyMappings, Reader::of_sequence)?;
        Ok(each(read.map_or(Reader::new(&[]), |read| read.value), |rest| {
            let mut fields = rest.sequence()?;
            let pair = (fields.oid()?, fields.oid()?);
            fields.finish()?;
            Ok(pair)
        }))
    }

    /// Of the lists, or of the lists of changes.
    pub(super) fn points(&self, known: Known) -> Result<impl Iterator<Item = Result<Point<'_>>> + Clone> {
        let read = self.get(known, Reader::of_sequence)?;
        Ok(each(read.map_or(Reader::new(&[]), |read| read.value), point))
    }

    /// Of the authority, or of the subject.
    pub(super) fn access(&self, known: Known) -> Result<impl Iterator<Item = Result<Access<'_>>>> {
        let read = self.get(known, Reader::of_sequence)?;
        Ok(each(read.map_or(Reader::new(&[]), |read| read.value), |rest| {
            let mut fields = rest.sequence()?;
            let access =
                Access { method: fields.oid()?, location: GeneralName::of(fields.any()?)?.readable()? };
            fields.finish()?;
            Ok(access)
        }))
    }

    /// Which of those that are known are there.
    pub(super) fn present(&self) -> impl Iterator<Item = Known> + '_ {
        Known::ALL.into_iter().filter(|known| self.has(*known))
    }
}

/// What's read one after another, up to the first that can't be.
fn each<'a, T>(
    rest: Reader<'a>,
    read: impl Fn(&mut Reader<'a>) -> Result<T> + Clone,
) -> impl Iterator<Item = Result<T>> + Clone {
    let mut rest = Some(rest);
    core::iter::from_fn(move || {
        let reader = rest.as_mut().filter(|reader| !reader.is_empty())?;
        let item = read(reader);
        if item.is_err() {
            rest = None;
        }
        Some(item)
    })
}

/// The members of a list of subtrees.
pub(super) fn subtrees(contents: &[u8]) -> impl Iterator<Item = Result<Subtree<'_>>> {
    each(Reader::new(contents), |rest| {
        let mut fields = rest.sequence()?;
        let base = GeneralName::of(fields.any()?)?;
        let minimum = fields.optional(context(0))?.map(saturating).transpose()?;
        let maximum = fields.optional(context(1))?.map(saturating).transpose()?;
        fields.finish()?;
        Ok(Subtree { base, is_bounded: minimum.is_some_and(|minimum| minimum > 0) || maximum.is_some() })
    })
}

fn names(value: &[u8]) -> Result<GeneralNames<'_>> {
    GeneralNames::of(only(value, SEQUENCE)?)
}

fn policy_info<'a>(rest: &mut Reader<'a>) -> Result<PolicyInfo<'a>> {
    /// `id-qt`, 1.3.6.1.5.5.7.2: the qualifiers that RFC 5280 knows, 1 for a statement's address, 2 for a notice.
    const ID_QT: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 2];
    let mut fields = rest.sequence()?;
    let (oid, mut unknown_qualifier) = (fields.oid()?, false);
    if let Some(qualifiers) = fields.optional(SEQUENCE)? {
        let mut qualifiers = Reader::new(qualifiers);
        while !qualifiers.is_empty() {
            let mut qualifier = qualifiers.sequence()?;
            let (id, value) = (qualifier.oid()?, qualifier.any()?);
            qualifier.finish()?;
            unknown_qualifier |= match id.strip_prefix(ID_QT) {
                Some([1]) => value.tag != IA5_STRING,
                Some([2]) => value.tag != SEQUENCE,
                _ => true,
            };
        }
    }
    fields.finish()?;
    Ok(PolicyInfo { oid, unknown_qualifier })
}

fn point<'a>(rest: &mut Reader<'a>) -> Result<Point<'a>> {
    let mut fields = rest.sequence()?;
    let name = fields.optional(constructed(0))?.map(point_name).transpose()?;
    let reasons = fields.optional(context(1))?.map(named_bits).transpose()?;
    let issuer = fields.optional(constructed(2))?;
    issuer.map(GeneralNames::of).transpose()?;
    fields.finish()?;
    Ok(Point { name, reasons, issuer })
}

/// Reads a `DistributionPointName`.
pub(super) fn point_name(contents: &[u8]) -> Result<PointName<'_>> {
    let mut choice = Reader::new(contents);
    let element = choice.any()?;
    choice.finish()?;
    if element.tag == constructed(0) {
        GeneralNames::of(element.value)?;
        return Ok(PointName::Full(element.value));
    }
    if element.tag == constructed(1) {
        check_name(&super::der::sequence(&[&super::der::written(super::der::SET, &[element.value])]))?;
        return Ok(PointName::Relative(element.value));
    }
    Err("a distribution point's name is of another kind than known")
}
